package skills

import (
	"slices"
	"testing"
)

func TestInflected(t *testing.T) {
	tests := []struct {
		word string
		has  []string
		not  []string
	}{
		{"lifeguard", []string{"lifeguarding"}, nil},
		{"lifeguarding", []string{"lifeguard"}, nil},
		{"bookkeeper", []string{"bookkeeping"}, nil},
		{"bookkeeping", []string{"bookkeeper"}, nil},
		{"welder", []string{"welding", "weld"}, nil},
		{"welding", []string{"welder", "weld"}, nil},
		{"driver", []string{"driving", "drive"}, nil},
		{"swimmer", []string{"swimming", "swim"}, nil},
		{"glassblower", []string{"glassblowing"}, nil}, // no framework has it
		{"plasterer", []string{"plastering", "plaster"}, nil},
		{"nursing", []string{"nurse"}, []string{"nursery"}},
		{"animation", nil, []string{"animal"}},
		{"animal", nil, []string{"animation", "animator"}},
		{"engineering", []string{"engineer"}, []string{"engine"}},
		{"business", nil, []string{"busy"}},
		{"server", nil, []string{"serving", "serve"}},
		{"docker", nil, []string{"docking"}},
		{"ring", nil, []string{"r", "rer"}},
		{"go", nil, []string{"going"}},
		{"schweisser", []string{"schweissen"}, nil},
		{"soldador", []string{"soldadora"}, nil},
		{"c++", nil, []string{"c++ing"}},
	}
	for _, tt := range tests {
		got := Inflected(tt.word)
		for _, w := range tt.has {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q has no %s", tt.word, got, w)
			}
		}
		for _, w := range append(tt.not, tt.word) {
			if slices.Contains(got, w) {
				t.Errorf("%s: %q has %s", tt.word, got, w)
			}
		}
		if len(got) > maxForms || !slices.IsSorted(got) {
			t.Errorf("%s: %q", tt.word, got)
		}
	}
	for _, tt := range [][3]string{{"lifeguarding", "en", "lifeguard"}, {"spawanie", "pl", "spawanie"}, {"verpleegkundigen", "nl", "verpleegkund"}} {
		if got := Stem(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s in %s: %s", tt[0], tt[1], got)
		}
	}
}

func BenchmarkInflected(b *testing.B) {
	Inflected("welding")
	b.ReportAllocs()
	for b.Loop() {
		Inflected("bookkeeping")
	}
}

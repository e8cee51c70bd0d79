package skills

import (
	"slices"
	"strings"
	"testing"
)

// Related work is named, closest first, and never passes for the work itself.
func TestKin(t *testing.T) {
	tests := []struct {
		term  string
		kin   string // label of one that must be there
		want  int    // its weight, 0 = must not be there
		shows string
	}{
		{"cyber security", "ethical hacking principles", KinClose, "the issue's own case"},
		{"ethical hacking", "cyber security", KinClose, "a line of both directions, from its other end"},
		{"cyber security", "penetration testing tool", KinPart, "a part"},
		{"penetration testing", "cyber security", 0, "a line of one direction, from its other end"},
		{"cyber security", "ICT security standards", KinPart, "ISO 27001"},
		{"machine learning", "deep learning", KinClose, ""},
		{"data visualisation", "Tableau", KinClose, ""},
		{"digital marketing", "search engine optimisation", KinClose, ""},
		{".NET", "C#", KinClose, "a name that begins with a stop"},
		{"devops", "Kubernetes", KinClose, ""},
		{"waiter", "prepare mixed beverages", KinPart, ""},
		{"forklift", "warehouse operations", KinClose, "a trade"},
		{"nurse", "tend to elderly people", KinPart, "health care"},
		{"translation", "interpreting modes", KinClose, "languages"},
		{"data science", "machine learning", KinClose, "the greater weight of two lines"},
		{"Microsoft Excel", "Google Sheets", KinPart, "what is said of its equal in another framework"},
	}
	for name, tax := range taxonomies(t) {
		for _, tt := range tests {
			s := tax.Expand(tt.term, false)
			i := slices.IndexFunc(s.Kin, func(k KinRef) bool { return k.Label == tt.kin })
			got := 0
			if i >= 0 {
				got = s.Kin[i].Weight
			}
			if got != tt.want {
				t.Errorf("%s: %s: %s is kin of weight %d, want %d (%s): %+v", name, tt.term, tt.kin, got, tt.want, tt.shows, s.Kin)
			}
		}
		for i := range tax.concepts {
			c := &tax.concepts[i]
			if !c.core {
				continue
			}
			s := tax.Expand(c.id, false)
			last := KinClose
			for _, k := range s.Kin {
				if k.ID == c.id || slices.Contains(s.Roots, k.ID) || slices.Contains(s.Narrower, k.ID) {
					t.Errorf("%s: %s is kin of itself or of what lies below it: %s", name, c.label, k.Label)
				}
				if k.Weight > last || k.Weight < KinField {
					t.Errorf("%s: %s: kin %s of weight %d after %d", name, c.label, k.Label, k.Weight, last)
				}
				last = k.Weight
			}
		}
	}
}

// The table of neighbours means the same concepts, whatever is imported.
func TestKinIsTheCores(t *testing.T) {
	for name, tax := range taxonomies(t) {
		for i, list := range tax.kins {
			from := tax.concepts[i].id
			j, ok := Builtin().lookup(from)
			if !ok {
				t.Fatalf("%s: %s", name, from)
			}
			id := func(tax *Taxonomy, list []kin) (out []string) {
				for _, k := range list {
					out = append(out, tax.concepts[k.concept].id)
				}
				return out
			}
			if got, want := id(tax, list), id(Builtin(), Builtin().kins[j]); !slices.Equal(got, want) {
				t.Errorf("%s: kin of %s is %q, want %q", name, tax.concepts[i].label, got, want)
			}
		}
	}
	if n := len(Builtin().kins); n < 250 {
		t.Errorf("%d concepts have kin, want 250 or more", n)
	}
}

func TestReadKin(t *testing.T) {
	for _, line := range []string{
		"python\tboth\t3", "python\tboth\t3\t", "python\tbut\t3\tjava", "python\tto\t0\tjava", "python\tto\t4\tjava",
		"knot tying\tto\t1\tjava", "python\tto\t1\tjava|knot tying", "python\tto\t1\tpython programming",
	} {
		tax, err := build()
		if err != nil {
			t.Fatal(err)
		}
		if err := tax.readKin("# head\n" + line + "\n"); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// Words that are no skill's name have neighbours, and prove none.
func TestKinOfWords(t *testing.T) {
	for name, tax := range taxonomies(t) {
		for _, words := range []string{"IaC", "infrastructure as code"} {
			s := tax.Expand(words, true)
			if s.Known() || len(s.Kin) == 0 || s.Kin[0].Label != "IBM Terraform" || !tax.HasKin(Words(words)) {
				t.Errorf("%s: %s: %+v", name, words, s)
			}
		}
		if tax.HasKin([]string{"terraform"}) || tax.HasKin(nil) {
			t.Errorf("%s: a skill's name has neighbours as words", name)
		}
	}
}

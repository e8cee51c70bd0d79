package skills

import (
	"slices"
	"testing"

	"assay/verify/verdict"
)

// labelled gives the labels of what a badge of some name shows.
func labelled(t *Taxonomy, name string) []string {
	var out []string
	for _, s := range t.Resolve(verdict.Credential{Name: name}) {
		out = append(out, s.Label)
	}
	return out
}

// A misspelt word is the nearest name, a skill's or an occupation's; one letter in the
// wrong place is one error.
func TestNearestName(t *testing.T) {
	tax := Builtin()
	for _, tt := range []struct{ term, want, title string }{
		{"phyton", "python", ""},
		{"kubenretes", "kubernete", ""},
		{"barkeper", "barkeeper", ""},
		{"housekeper", "housekeeper", "housekeeper"},
		{"Erzieherinnen", "erzieherin", "childminder"},
		{"Schweißerinnen", "schweisserin", "welder"},
		{"innen", "innen", ""},
		{"zymurgology", "zymurgology", ""},
	} {
		s := tax.Expand(tt.term, true)
		title := ""
		if s.Occupation != nil {
			title = s.Occupation.Title
		}
		if tt.want != "" && s.Term != tt.want || tt.title != "" && title != tt.title {
			t.Errorf("%s is %q and %q, want %q and %q", tt.term, s.Term, title, tt.want, tt.title)
		}
	}
	for _, word := range []string{"joined", "thing", "innen", "qwertz"} {
		if s := tax.Expand(word, false); s.Known() || s.Occupation != nil {
			t.Errorf("%s is %+v", word, s)
		}
	}
}

func TestMoved(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"phyton", "python", true}, {"python", "phyton", true}, {"ab", "ba", true}, {"abc", "abc", false}, {"abcd", "dcba", false},
		{"abc", "abcd", false}, {"kubenretes", "kubernetes", true}, {"", "", false}, {"xbcde", "bcdex", true}, {"axc", "abc", false},
	} {
		if got := moved(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

// A name that is an ordinary word or another thing as well is read by what stands beside it.
func TestBesideOrdinaryWords(t *testing.T) {
	tax := Builtin()
	for _, tt := range []struct {
		name, label string
		want        bool
	}{
		{"Oracle Bone Inscriptions", "Oracle Database", false},
		{"Reading the Oracle: tarot and divination", "Oracle Database", false},
		{"Oracle Certified Professional", "Oracle Database", true},
		{"Oracle Database SQL Certified Associate", "Oracle Database", true},
		{"SAP Certified Associate - SAP S/4HANA Cloud Private Edition, Financial Accounting", "SAP software", true},
		{"SAP for digital supply networks", "SAP software", true},
		{"Tapping maple sap", "SAP software", false},
	} {
		if got := labelled(tax, tt.name); slices.Contains(got, tt.label) != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

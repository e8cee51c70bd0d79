package skills

import (
	"strings"
	"testing"
)

// Who looks for more than one types the plural, in any language: it is the title, and no
// typing error.
func TestPluralTitles(t *testing.T) {
	tax := Builtin()
	for _, tt := range []struct{ term, title string }{
		{"dependientes", "sales assistant"},
		{"soldadores", "welder"},
		{"conductores de camión", "lorry driver"},
		{"auxiliares de enfermería", "care assistant"},
		{"auxiliares administrativos", "office clerk"},
		{"Krankenschwestern", "nurse"},
		{"Schweißerinnen", "welder"},
		{"Pflegekräfte", "care assistant"},
		{"Feuerwehrmänner", "firefighter"},
		{"Bürokaufleute", "office clerk"},
		{"infirmières", "nurse"},
		{"agents de sécurité", "security guard"},
		{"infermieri", "nurse"},
		{"cuochi", "cook"},
		{"addetti alle pulizie", "cleaner"},
		{"verpleegkundigen", "nurse"},
		{"pielęgniarki", "nurse"},
		{"elektrycy", "electrician"},
		{"spawacze", "welder"},
		{"eletricistas industriais", "electrician"},
		{"motoristas de caminhão", "lorry driver"},
		{"garçons", "waiter"},
		{"firemen", "firefighter"},
		{"midwives", "midwife"},
	} {
		s := tax.Expand(tt.term, true)
		if s.Occupation == nil || s.Occupation.Title != tt.title || s.Corrected {
			t.Errorf("%s is %+v, corrected %v, want %s", tt.term, s.Occupation, s.Corrected, tt.title)
		}
		if one, ok := tax.oneOf(Folded(tt.term)); ok && tax.isNamed(one) && !tax.IsName(strings.Fields(Folded(tt.term))) {
			t.Errorf("%s is no name, though %s is", tt.term, one)
		}
	}
	// Another language's ending makes no plural of a word that only looks like one.
	for _, term := range []string{"cookies", "repository", "confectionery", "bakery", "innen", "men", "i", "", "monitor", strings.Repeat("soldadores ", 40)} {
		if s := tax.Expand(term, false); s.Occupation != nil {
			t.Errorf("%s is the occupation %s", term, s.Occupation.Title)
		}
	}
}

// A word that is right as it stands is no other one with a typing error.
func TestRightWords(t *testing.T) {
	tax := Builtin()
	for _, term := range []string{"property", "medication", "inventory", "retention", "message", "document", "oncology", "technology", "underwater", "solicitor", "commercial", "visit", "short"} {
		if s := tax.Expand(term, true); s.Corrected {
			t.Errorf("%s is taken for %s", term, s.Term)
		}
	}
	for term, want := range map[string]string{"medicatoin administration": "medication administration", "weldign": "welding", "plumbr": "plumber"} {
		if s := tax.Expand(term, true); !s.Corrected || s.Term != want {
			t.Errorf("%s is %q, corrected %v, want %q", term, s.Term, s.Corrected, want)
		}
	}
}

// A title with typing errors begins and ends as it does, and is long enough that a word near
// it is no other word.
func TestNearestTitle(t *testing.T) {
	for word, want := range map[string]string{
		"housekeper": "housekeeper", "paramdeic": "paramedic", "hosekeeper": "housekeeper",
		"operational": "", "operativo": "", "foreman": "", "carpentry": "", "plumbing": "", "": "",
	} {
		if got, _ := nearestTitle(word, EditDistance(word)); got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
}

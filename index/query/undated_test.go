package query

import (
	"errors"
	"testing"
)

// TestUndated: for a reader to whom no date is told, a question is refused that finds
// anybody, or leaves anybody out, by one, wherever in it that stands.
func TestUndated(t *testing.T) {
	for _, c := range []struct {
		text   string
		picked []Choice
	}{
		{"earned:2019", nil}, {"expires<2027", nil}, {"NOT earned:2019", nil}, {"python earned>2019 level:3", nil}, {"python OR (java AND expires<2027)", nil},
		{"python ?earned:2019", nil}, {"python 2025", nil}, {"python since 2024", nil}, {"python", []Choice{{FacetYear, []string{"2025"}}}}, {"", []Choice{{FacetYear, []string{"2025"}}}},
	} {
		var syntax *SyntaxError
		if _, err := New(c.text, Options{Undated: true, Choices: c.picked}); !errors.As(err, &syntax) || syntax.Kind != WrongDated {
			t.Errorf("%s %v: %v", c.text, c.picked, err)
		}
		if _, err := New(c.text, Options{Choices: c.picked}); err != nil {
			t.Errorf("%s %v: %v", c.text, c.picked, err)
		}
	}
	for _, text := range []string{"", "python", "status:expired", `badge:"2025"`, "level:3 include:expired", "issuer:college"} {
		if _, err := New(text, Options{Undated: true}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

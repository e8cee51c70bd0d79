package index_test

import (
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/skills"
)

// TestReadAdvert: an advert's skills are read as they are written, those that it only
// wishes for apart, in any language that names them, and no more than a match takes.
func TestReadAdvert(t *testing.T) {
	many := ""
	for _, s := range skills.Builtin().Suggest("a", 50) {
		many += s.Label + "\n"
	}
	for _, s := range skills.Builtin().Suggest("ma", 50) {
		many += s.Label + "\n"
	}
	for _, tc := range []struct {
		text             string
		required, wished []string
	}{
		{"", nil, nil},
		{"We offer a pension and free coffee. Apply by email.", nil, nil},
		{"You run our clusters (kubernets, AWS), write tools in Python and Python. A driving licence is welcome.", []string{"kubernet", "aws", "python"}, []string{"driving licence"}},
		{"Work at height, provide first aid.\nNice to have:\nwelding", []string{"work at height", "provide first aid", "welding"}, nil},
		{"Teamfähigkeit. Englischkenntnisse sind von Vorteil.", []string{"teamfahigkeit"}, []string{"englischkenntnisse"}},
		{"R and go as good as you can", nil, nil},
		{strings.Repeat("x ", index.MaxAdvert) + "python", nil, nil},
	} {
		r := index.ReadAdvert(skills.Builtin(), tc.text)
		if !slices.Equal(r.Required, tc.required) || !slices.Equal(r.Wished, tc.wished) || r.LeftOut != 0 {
			t.Errorf("%.60s: %q, wished %q, %d left out", tc.text, r.Required, r.Wished, r.LeftOut)
		}
	}
	if r := index.ReadAdvert(skills.Builtin(), many); len(r.Required)+len(r.Wished) != index.MaxRoleSkills || r.LeftOut == 0 {
		t.Errorf("%d required, %d wished, %d left out", len(r.Required), len(r.Wished), r.LeftOut)
	}
}

package skills

import "testing"

// What a framework adds to a name is no word of the skill.
func TestSearched(t *testing.T) {
	tests := []struct{ id, framework, label, want string }{
		{uPython, ESCO, "Python (computer programming)", "Python"},
		{escoSkill + "x", ESCO, "Jenkins (tools for software configuration management)", "Jenkins"},
		{escoSkill + "x", ESCO, "project management methodology (PM²)", "project management methodology (PM²)"},
		{escoSkill + "x", ESCO, "office software", "office software"},
		{onetTech + "Microsoft+Excel", ONET, "Microsoft Excel", "Excel"},
		{onetTech + "Microsoft+Azure+software", ONET, "Microsoft Azure software", "Azure"},
		{onetTech + "Rust+programming+language", ONET, "Rust programming language", "Rust"},
		{onetTech + "Dassault+Systemes+SolidWorks", ONET, "Dassault Systemes SolidWorks", "SolidWorks"},
		{onetTech + "x", ONET, "Microsoft", "Microsoft"},
		{onetTech + "x", ONET, "Software", "Software"},
		{onetTech + "x", ONET, "Googleplex", "Googleplex"},
		{onetElem + "2.B.3.e", ONET, "Programming", "Programming"},
		{"https://college.example/1", "College", "Microsoft tools (computer programming)", "Microsoft tools (computer programming)"},
		{"", ESCO, "Python (computer programming)", "Python (computer programming)"}, // unmapped: the badge's own words
	}
	for _, tt := range tests {
		s := Skill{ID: tt.id, Framework: tt.framework, Label: tt.label}
		if got := s.Searched(); got != tt.want {
			t.Errorf("%s %q is searched as %q, want %q", tt.framework, tt.label, got, tt.want)
		}
	}
	// Nothing that is loaded loses all of its words.
	for version, tax := range taxonomies(t) {
		for i := range tax.concepts {
			c := &tax.concepts[i]
			s := Skill{ID: c.id, Framework: c.framework, Label: c.label}
			if len(Words(c.label)) > 0 && len(Words(s.Searched())) == 0 {
				t.Errorf("%s: nothing is left of %q", version, c.label)
			}
		}
	}
}

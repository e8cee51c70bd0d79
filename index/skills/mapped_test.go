package skills

import (
	"slices"
	"testing"

	"assay/verify/verdict"
)

// TestMapped: a word that no framework knows is what an employer says it is; what a
// framework knows, and what the badge says itself, stays.
func TestMapped(t *testing.T) {
	tax := Builtin()
	const teams = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
	words := map[string]string{Folded("Foam Rosettas"): teams, Folded("teamwork"): "https://example.org/none"}
	says := func(list []Skill) []string {
		var out []string
		for _, s := range list {
			out = append(out, s.ID+" "+string(s.Basis))
		}
		return out
	}
	for _, tc := range []struct {
		desc string
		c    verdict.Credential
		want []string
	}{
		{"a tag", verdict.Credential{Name: "Course", Tags: []string{"foam rosettas"}}, []string{teams + " alias"}},
		{"the badge says it itself", verdict.Credential{Name: "Course", Tags: []string{"foam rosettas"}, Alignments: []verdict.Alignment{{TargetURL: teams}}}, []string{teams + " uri"}},
		{"another word", verdict.Credential{Name: "Course", Tags: []string{"quokka grooming"}}, []string{" unmapped"}},
	} {
		list := tax.Resolve(tc.c)
		was := says(list)
		got := says(tax.Mapped(list, words))
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v of %v", tc.desc, got, was)
		}
		if !slices.Equal(says(list), was) || !slices.Equal(says(tax.Mapped(list, nil)), was) {
			t.Errorf("%s: the list is changed", tc.desc)
		}
	}
	if got := says(tax.Mapped([]Skill{{Label: "Foam rosettas", Basis: BasisUnmapped}}, map[string]string{"foam rosettas": "https://example.org/none"})); !slices.Equal(got, []string{" unmapped"}) {
		t.Errorf("a concept that there is not: %v", got)
	}
}

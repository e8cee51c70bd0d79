package skills

import (
	"slices"

	"assay/verify/verdict"
)

// Mapped gives skills with those in place that an employer's words say: words has
// concepts' URIs by what a badge says, folded (Folded). A word that a framework knows stays
// what it is, and a URI that none has is passed over. list is not changed.
func (t *Taxonomy) Mapped(list []Skill, words map[string]string) []Skill {
	if len(words) == 0 || !slices.ContainsFunc(list, func(s Skill) bool { return s.Basis == BasisUnmapped }) {
		return list
	}
	out := make([]Skill, 0, len(list))
	for _, s := range list {
		if uri := words[Folded(s.Label)]; s.Basis == BasisUnmapped && uri != "" {
			is := func(x Skill) bool { return x.ID == uri }
			if slices.ContainsFunc(list, is) || slices.ContainsFunc(out, is) {
				continue // the badge says it already
			}
			if as, ok := t.as(uri); ok {
				// A reading, and not the badge's own word for the concept.
				as.Basis, as.Level, as.About = BasisAlias, s.Level, s.About
				s = as
			}
		}
		out = append(out, s)
	}
	return out
}

// as gives the skill that a concept is.
func (t *Taxonomy) as(uri string) (Skill, bool) {
	for _, s := range t.Resolve(verdict.Credential{Name: "-", Alignments: []verdict.Alignment{{TargetURL: uri}}}) {
		if s.ID == uri {
			return s, true
		}
	}
	return Skill{}, false
}

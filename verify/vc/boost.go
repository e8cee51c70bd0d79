package vc

import (
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// What LearnCard adds to a badge by its contexts of boosts (1.0.0 to 1.0.3): the
// skills that it is for, a category with a skill and its parts.
const (
	boostTerms   = "https://docs.learncard.com/definitions#"
	boostContext = "https://ctx.learncard.com/boosts/"
)

// boostSkills gives them as alignments by name, whose framework is the category.
// Of statements they are read by their IRIs, of a signed text by their names
// where it names LearnCard's context.
func boostSkills(o read.Object) (out []verdict.Alignment) {
	name := func(short, iri string) string { return boostTerms + iri }
	if !o.Has(boostTerms + "boostSkills") {
		if !slices.ContainsFunc(o.Strs("@context"), func(c string) bool { return strings.HasPrefix(c, boostContext) }) {
			return nil
		}
		name = func(short, iri string) string { return short }
	}
	for _, s := range o.Objs(name("skills", "boostSkills")) {
		category := s.Text(name("category", "boostSkillCategory"))
		for _, label := range append(s.Strs(name("skill", "boostSkill")), s.Strs(name("subskills", "boostSubskills"))...) {
			out = append(out, verdict.Alignment{TargetName: label, TargetFramework: category})
		}
	}
	return out
}

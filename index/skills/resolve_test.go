package skills

import (
	"testing"

	"assay/verify/verdict"
)

func TestResolve(t *testing.T) {
	const python = escoSkill + "ccd0a1d9-afda-43d9-b901-96344886e14d"
	tests := []struct {
		desc string
		c    verdict.Credential
		want []Skill // ID, Label, Framework, Basis, Level, Soft compared
	}{}
	_ = tests
	_ = python
	for _, s := range []string{"Python", "teamwork", "Teamwork Badge", "rope access", "English B2", "AWS", "first aid", "Communication Skills", "education", "Problem Solving"} {
		t.Log(s, Builtin().Resolve(verdict.Credential{Name: s}))
	}
	for _, s := range []string{"communication", "pyhton", "comunication", "teamwork", "leadership", "excel", "golang"} {
		x := Builtin().Expand(s, true)
		t.Logf("%s: exact %v alias %v soft %v n=%d also %v corr %v", s, x.Exact, x.Alias, x.Soft, x.Count, x.Also, x.Corrected)
	}
	t.Log(Builtin().Suggest("comm", 8), Builtin().Suggest("py", 8))
}

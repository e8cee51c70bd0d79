package skills

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"assay/verify/verdict"
)

// Concepts of the core that the tests speak of.
const (
	uPython   = escoSkill + "ccd0a1d9-afda-43d9-b901-96344886e14d"
	uTeams    = escoSkill + "60c78287-22eb-4103-9c8c-28deaa460da0"
	uCommGrp  = escoSkill + "6f142deb-03a9-4cd7-94ce-e0f023ae2169"
	uEnglish  = escoSkill + "6d3edede-8951-4621-a835-e04323300fa0"
	uFirstAid = escoSkill + "f7464f30-662b-4177-85a0-3df9693e9e58"
)

func TestResolve(t *testing.T) {
	al := func(a verdict.Alignment) verdict.Credential {
		return verdict.Credential{Name: "x", Alignments: []verdict.Alignment{a}}
	}
	python := func(b Basis) []Skill {
		return []Skill{{ID: uPython, Label: "Python (computer programming)", Framework: ESCO, Basis: b}}
	}
	tests := []struct {
		desc string
		c    verdict.Credential
		want []Skill
	}{
		{"concept URI", al(verdict.Alignment{TargetURL: uPython, TargetName: "whatever"}), python(BasisURI)},
		{"https form", al(verdict.Alignment{TargetURL: strings.Replace(uPython, "http:", "https:", 1)}), python(BasisURI)},
		{"trailing slash and capitals", al(verdict.Alignment{TargetURL: "HTTP://Data.Europa.EU/esco/skill/CCD0A1D9-afda-43d9-b901-96344886e14d/"}), python(BasisURI)},
		{"old portal", al(verdict.Alignment{TargetURL: "https://ec.europa.eu/esco/portal/skill?uri=http%3A%2F%2Fdata.europa.eu%2Fesco%2Fskill%2Fccd0a1d9-afda-43d9-b901-96344886e14d&conceptLanguage=en"}), python(BasisURI)},
		{"new portal", al(verdict.Alignment{TargetURL: "https://esco.ec.europa.eu/en/classification/skill?uri=http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d#overlayspin"}), python(BasisURI)},
		{"API", al(verdict.Alignment{TargetURL: "https://ec.europa.eu/esco/api/resource/skill?language=en&uri=http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"}), python(BasisURI)},
		{"another host's uri= is not ESCO's", al(verdict.Alignment{TargetURL: "https://europa.eu.example/?uri=" + uPython, TargetName: "nothing known"}),
			[]Skill{{Label: "nothing known", Basis: BasisUnmapped}}},
		{"O*NET element link", al(verdict.Alignment{TargetURL: "https://www.onetonline.org/find/descriptor/result/2.B.1.b?a=1"}),
			[]Skill{{ID: onetElem + "2.B.1.b", Label: "Coordination", Framework: ONET, Basis: BasisURI, Soft: "teamwork"}}},
		{"O*NET web service link", al(verdict.Alignment{TargetURL: "https://services.onetcenter.org/ws/online/onet_data/skills/2.A.1.b"}),
			[]Skill{{ID: onetElem + "2.A.1.b", Label: "Active Listening", Framework: ONET, Basis: BasisURI, Soft: "communication"}}},
		{"O*NET technology link", al(verdict.Alignment{TargetURL: "https://www.onetonline.org/search/tech/example?e=Docker&b=0"}),
			[]Skill{{ID: onetTech + "Docker", Label: "Docker", Framework: ONET, Basis: BasisURI}}},
		{"code in framework", al(verdict.Alignment{TargetName: "coord", TargetCode: "2.B.1.b", TargetFramework: "O*NET Content Model"}),
			[]Skill{{ID: onetElem + "2.B.1.b", Label: "Coordination", Framework: ONET, Basis: BasisCode, Soft: "teamwork"}}},
		{"group code in framework", al(verdict.Alignment{TargetName: "c", TargetCode: "T4.1", TargetFramework: "ESCO"}),
			[]Skill{{ID: uCommGrp, Label: "communicating", Framework: ESCO, Basis: BasisCode, Soft: "communication"}}},
		{"group code at the end of an ESCO URL", al(verdict.Alignment{TargetURL: "http://data.europa.eu/esco/skill/T4.1"}),
			[]Skill{{ID: uCommGrp, Label: "communicating", Framework: ESCO, Basis: BasisURI, Soft: "communication"}}},
		{"URI in the code", al(verdict.Alignment{TargetName: "p", TargetURL: "https://college.example/py", TargetCode: uPython}), python(BasisURI)},
		{"label in the named framework", al(verdict.Alignment{TargetName: "Work in Teams", TargetFramework: "ESCO - European Skills, Competences, Qualifications and Occupations"}),
			[]Skill{{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisLabel, Soft: "teamwork"}}},
		{"label without framework is text", al(verdict.Alignment{TargetName: "Work in Teams"}),
			[]Skill{{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisText, Soft: "teamwork"}}},
		{"label of another framework is text", al(verdict.Alignment{TargetName: "work in teams", TargetFramework: "College framework"}),
			[]Skill{{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisText, Soft: "teamwork"}}},
		{"alias", al(verdict.Alignment{TargetName: "Team Player"}),
			[]Skill{{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisAlias, Soft: "teamwork"}}},
		{"soft skill of hiring", al(verdict.Alignment{TargetName: "Communication Skills"}),
			[]Skill{{ID: uCommGrp, Label: "communicating", Framework: ESCO, Basis: BasisAlias, Soft: "communication"}}},
		{"unknown concept of a known framework keeps its id", al(verdict.Alignment{TargetURL: "https://credentialfinder.org/competency/ce-1b7b7b7b-0000-4000-8000-000000000001", TargetName: "Rope rescue"}),
			[]Skill{{ID: "https://credentialfinder.org/competency/ce-1b7b7b7b-0000-4000-8000-000000000001", Label: "Rope rescue", Framework: CTDL, Basis: BasisURI}}},
		{"CASE item", al(verdict.Alignment{TargetURL: "https://case.example.org/ims/case/v1p0/CFItems/1b7b7b7b-0000-4000-8000-000000000001", TargetName: "Fractions", TargetType: "CFItem"}),
			[]Skill{{ID: "https://case.example.org/ims/case/v1p0/CFItems/1b7b7b7b-0000-4000-8000-000000000001", Label: "Fractions", Framework: CASE, Basis: BasisURI}}},
		{"OSMT skill", al(verdict.Alignment{TargetURL: "https://osmt.example.org/api/skills/1b7b7b7b-0000-4000-8000-000000000001", TargetName: "Rigging plans"}),
			[]Skill{{ID: "https://osmt.example.org/api/skills/1b7b7b7b-0000-4000-8000-000000000001", Label: "Rigging plans", Framework: RSD, Basis: BasisURI}}},
		{"Lightcast id stays opaque, without the name behind it", al(verdict.Alignment{TargetURL: "https://lightcast.io/open-skills/skills/KS125LS6N7WP4S6SFTCK/python", TargetName: "Python (Programming Language)"}),
			[]Skill{{ID: "https://lightcast.io/open-skills/skills/KS125LS6N7WP4S6SFTCK", Label: "Python (Programming Language)", Framework: Lightcast, Basis: BasisURI}}},
		{"ceterms:Credential says where the badge is described", verdict.Credential{Name: "Team player", Alignments: []verdict.Alignment{{TargetURL: uPython, TargetName: "Python", TargetType: "ceterms:Credential"}}},
			[]Skill{{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisAlias, Soft: "teamwork"}}},
		{"a rubric is no skill", verdict.Credential{Name: "Team player", Alignments: []verdict.Alignment{{TargetURL: "https://r.example/1", TargetName: "Rubric", TargetType: "CFRubric"}}},
			[]Skill{{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisAlias, Soft: "teamwork"}}},
		{"CTDL credential page", al(verdict.Alignment{TargetURL: "https://credentialfinder.org/credential/ce-1b7b7b7b-0000-4000-8000-000000000001", TargetName: "Some diploma", TargetType: "CTDL"}),
			[]Skill{{Label: "x", Basis: BasisUnmapped}}},
		{"tags", verdict.Credential{Name: "Summer school", Tags: []string{"golang", " ", "Knot tying", "FIRST AID"}},
			[]Skill{{ID: onetTech + "Go", Label: "Go", Framework: ONET, Basis: BasisAlias},
				{Label: "Knot tying", Basis: BasisUnmapped},
				{ID: uFirstAid, Label: "first aid", Framework: ESCO, Basis: BasisText}}},
		{"badge name", verdict.Credential{Name: "Certified Python"}, python(BasisAlias)},
		{"badge name that nothing knows is kept", verdict.Credential{Name: "Rope access technician, level 2"},
			[]Skill{{Label: "Rope access technician", Basis: BasisUnmapped, Level: "level 2"}}},
		{"badge name beside skills is not a skill", verdict.Credential{Name: "Harbour week", Tags: []string{"python"}}, python(BasisAlias)},
		{"Competency is itself the skill", verdict.Credential{Name: "Harbour piloting", AchievementType: "Competency", Tags: []string{"python"}},
			append(python(BasisAlias), Skill{Label: "Harbour piloting", Basis: BasisUnmapped})},
		{"Competency by its id", verdict.Credential{Name: "Py", AchievementType: "Competency", AchievementID: uPython}, python(BasisURI)},
		{"level in the name", verdict.Credential{Name: "English B2"},
			[]Skill{{ID: uEnglish, Label: "English", Framework: ESCO, Basis: BasisText, Level: "B2"}}},
		{"level of a result goes to its alignment", verdict.Credential{Name: "x", Results: []verdict.Attainment{
			{Name: "Exam", Level: "Advanced", Alignments: []verdict.Alignment{{TargetURL: uPython}}}}},
			[]Skill{{ID: uPython, Label: "Python (computer programming)", Framework: ESCO, Basis: BasisURI, Level: "Advanced"}}},
		{"rubric level of a result", verdict.Credential{Name: "x", Results: []verdict.Attainment{
			{Name: "Exam", Alignments: []verdict.Alignment{{TargetURL: uPython}, {TargetName: "Expert", TargetType: "CFRubricCriterionLevel"}}}}},
			[]Skill{{ID: uPython, Label: "Python (computer programming)", Framework: ESCO, Basis: BasisURI, Level: "Expert"}}},
		{"level of the whole achievement", verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetURL: uPython}},
			Results: []verdict.Attainment{{Name: "Overall", Value: "85%", Type: "Percent"}}},
			[]Skill{{ID: uPython, Label: "Python (computer programming)", Framework: ESCO, Basis: BasisURI, Level: "85%"}}},
		{"hours are no level", verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetURL: uPython}},
			Results: []verdict.Attainment{{Name: "Hours", Value: "40", Type: "CreditHours"}}}, python(BasisURI)},
		{"a result that is named after a skill", verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetURL: uPython}},
			Results: []verdict.Attainment{{Name: "Teamwork", Level: "4"}}},
			append(python(BasisURI), Skill{ID: uTeams, Label: "work in teams", Framework: ESCO, Basis: BasisAlias, Soft: "teamwork", Level: "4"})},
		{"the better level and the more exact basis win", verdict.Credential{Name: "x", Tags: []string{"python"},
			Alignments: []verdict.Alignment{{TargetName: "python"}, {TargetURL: uPython}},
			Results: []verdict.Attainment{
				{Name: "a", Level: "Beginner", Alignments: []verdict.Alignment{{TargetURL: uPython}}},
				{Name: "b", Level: "Expert", Alignments: []verdict.Alignment{{TargetURL: uPython}}}}},
			[]Skill{{ID: uPython, Label: "Python (computer programming)", Framework: ESCO, Basis: BasisURI, Level: "Expert"}}},
		{"association: same as a concept", verdict.Credential{Name: "x", AchievementID: "urn:a", Associations: []verdict.Association{{Type: "exactMatchOf", Source: "urn:a", Target: uPython}}}, python(BasisURI)},
		{"association: the concept is its parent", verdict.Credential{Name: "x", AchievementID: "urn:a", Associations: []verdict.Association{{Type: "isParentOf", Source: uPython, Target: "urn:a"}}}, python(BasisURI)},
		{"association: merely related", verdict.Credential{Name: "x", AchievementID: "urn:a", Associations: []verdict.Association{{Type: "isRelatedTo", Source: "urn:a", Target: uPython}}},
			[]Skill{{Label: "x", Basis: BasisUnmapped}}},
		{"nothing", verdict.Credential{}, nil},
		{"empty alignment", verdict.Credential{Alignments: []verdict.Alignment{{}}}, nil},
		{"accents", verdict.Credential{Name: "x", Tags: []string{"Ténis", "PÝTHON"}}, []Skill{{Label: "Ténis", Basis: BasisUnmapped}, {ID: uPython, Label: "Python (computer programming)", Framework: ESCO, Basis: BasisAlias}}},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			got := Builtin().Resolve(tt.c)
			if d := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Skill{}, "Above", "About", "Certificate", "Target")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestResolveCarriesHierarchy(t *testing.T) {
	got := Builtin().Resolve(verdict.Credential{Alignments: []verdict.Alignment{{TargetURL: uTeams}}})
	if len(got) != 1 || !slices.Contains(got[0].Above.Ancestors, escoSkill+"036afa6e-cdde-4b38-a53a-8e7910a840e1") {
		t.Fatalf("work in teams is not below T4.3: %v", got)
	}
	if got[0].Above.Domain != "social and communication skills and competences" {
		t.Errorf("domain %q", got[0].Above.Domain)
	}
	// An O*NET entry stands below its ESCO equal.
	got = Builtin().Resolve(verdict.Credential{Alignments: []verdict.Alignment{{TargetURL: onetTech + "Python"}}})
	if len(got) != 1 || len(got[0].Above.Ancestors) == 0 || got[0].Above.Ancestors[0] != uPython {
		t.Errorf("O*NET's Python is not below ESCO's: %v", got)
	}
}

func TestResolveIsBounded(t *testing.T) {
	var c verdict.Credential
	for i := range 10_000 {
		c.Tags = append(c.Tags, fmt.Sprint("tag number ", i))
	}
	if n := len(Builtin().Resolve(c)); n != MaxSkills {
		t.Errorf("%d skills, want %d", n, MaxSkills)
	}
}

// usual is a credential of usual size.
func usual() verdict.Credential {
	return verdict.Credential{
		Name: "Harbour College: Working with Python, level 2", AchievementID: "https://college.example/a/1",
		Tags: []string{"python", "teamwork", "Spreadsheets", "harbour"},
		Alignments: []verdict.Alignment{
			{TargetURL: uPython, TargetName: "Python", TargetFramework: "ESCO"},
			{TargetURL: "https://www.onetonline.org/find/descriptor/result/2.B.1.b", TargetName: "Coordination", TargetCode: "2.B.1.b", TargetFramework: "O*NET"},
			{TargetURL: "https://college.example/skills/17", TargetName: "Communication skills", TargetFramework: "College"},
		},
		Results: []verdict.Attainment{{Name: "Final", Type: "RubricCriterionLevel", Level: "Advanced", Alignments: []verdict.Alignment{{TargetURL: uPython}}}},
	}
}

// The budget of issue 4: 2 KB a credential. One allocation is made, for what is
// returned.
func TestResolveAllocates(t *testing.T) {
	c, tax := usual(), Builtin()
	var got []Skill
	n := testing.AllocsPerRun(100, func() { got = tax.Resolve(c) })
	if n > 2 {
		t.Errorf("%v allocations", n)
	}
	if size := uintptr(len(got)) * unsafe.Sizeof(Skill{}); size > 2048 || len(got) < 5 {
		t.Errorf("%d skills of %d bytes in all", len(got), size)
	}
}

// TestConcurrent: one taxonomy serves everybody at once.
func TestConcurrent(t *testing.T) {
	c, tax := usual(), Builtin()
	want := len(tax.Resolve(c))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				own := c
				own.Name = c.Name + strings.Repeat(" certificate", i%3)
				if got := tax.Resolve(own); len(got) != want {
					t.Errorf("%d skills, not %d", len(got), want)
				}
				if _, ok := tax.Certificate("PMP"); !ok {
					t.Error("PMP is unknown")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkResolveCore(b *testing.B) {
	c, tax := usual(), Builtin()
	b.ReportAllocs()
	for b.Loop() {
		tax.Resolve(c)
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("Python", uPython, "2.B.1.b", "ESCO", "tag", "level 2")
	f.Add("0", "", "", "", "0"+strings.Repeat("\xa3", 600), "") // no UTF-8: a label is left all the same
	f.Add("C++ (x)", "https://esco.ec.europa.eu/en/classification/skill?uri=http%3A%2F%2F", "T4.1", "O*NET", "日本語", "B2")
	f.Fuzz(func(t *testing.T, name, url, code, framework, tag, level string) {
		c := verdict.Credential{Name: name, Tags: []string{tag, name}, AchievementType: "Competency", AchievementID: url,
			Alignments: []verdict.Alignment{{TargetURL: url, TargetName: tag, TargetCode: code, TargetFramework: framework}},
			Results:    []verdict.Attainment{{Name: name, Level: level, Alignments: []verdict.Alignment{{TargetURL: code}}}}}
		seen := map[string]bool{}
		for _, s := range Builtin().Resolve(c) {
			if s.Label == "" || s.Basis == "" {
				t.Errorf("skill without label or basis: %+v", s)
			}
			if s.ID == "" && s.Basis != BasisUnmapped {
				t.Errorf("mapped without id: %+v", s)
			}
			if s.ID != "" && seen[s.ID] {
				t.Errorf("%s twice", s.ID)
			}
			seen[s.ID] = true
		}
	})
}

package skills

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"assay/verify/verdict"
)

const (
	madeUp  = "deadbeef-0000-4000-8000-000000000001"
	uCASE   = "https://case.example.org/ims/case/v1p0/CFItems/" + madeUp
	uCTDL   = "https://credentialfinder.org/competency/ce-" + madeUp
	uRSD    = "https://osmt.example.org/api/skills/" + madeUp
	uRescue = "https://college.example/skills/rescue"
)

// brief writes skills in one line: label|framework|basis|level, and the id
// where nothing else knows it.
func brief(list []Skill) string {
	var out []string
	for _, s := range list {
		f := strings.TrimRight(strings.Join([]string{s.Label, s.Framework, string(s.Basis), s.Level}, "|"), "|")
		if s.Target != nil {
			f += " → " + strings.TrimSpace(s.Target.TargetURL+" "+s.Target.TargetCode)
		}
		out = append(out, f)
	}
	return strings.Join(out, "; ")
}

type credentialTest struct {
	desc string
	c    verdict.Credential
	want string
}

func testBrief(t *testing.T, tax *Taxonomy, tests []credentialTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			if got := brief(tax.Resolve(tt.c)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func aligned(a ...verdict.Alignment) verdict.Credential {
	return verdict.Credential{Name: "Harbour week", Alignments: a}
}

// An identifier is exact where its framework is loaded and has it, or where the
// framework is known by identifiers alone; never where it may be made up.
func TestExactIsNotMadeUp(t *testing.T) {
	const none = "Brain surgery||unmapped → "
	tests := []struct {
		desc, url, framework, want string
	}{
		{"ESCO without such a concept", escoSkill + madeUp, "", none},
		{"no UUID", escoSkill + "whatever-i-like", "", none},
		{"the framework is named too", escoSkill + madeUp, "ESCO", "Brain surgery|ESCO|unmapped → "},
		{"by the portal", "https://esco.ec.europa.eu/en/classification/skill?uri=" + escoSkill + madeUp, "", none},
		{"a field of education", escoBase + "isced-f/7777", "", none},
		{"O*NET element", onetElem + "2.A.9.z", "", none},
		{"O*NET technology", onetTech + "Scalpel", "", none},
		{"CASE", uCASE, "", "Brain surgery|CASE|uri"},
		{"CASE 1.1", strings.Replace(uCASE, "v1p0", "v1p1", 1), "", "Brain surgery|CASE|uri"},
		{"CFItems on any path", "https://evil.example/CFItems/" + madeUp, "", none},
		{"CFItems in the query", "https://evil.example/?/ims/case/v1p0/CFItems/" + madeUp, "", none},
		{"RSD", uRSD, "", "Brain surgery|RSD|uri"},
		{"skills on any path", "https://evil.example/blog/api/skills/" + madeUp, "", none},
		{"CTDL", uCTDL, "", "Brain surgery|CTDL|uri"},
		{"CTDL in the fragment", "https://credentialfinder.org/#/competency/ce-" + madeUp, "", "Brain surgery|CTDL|uri"},
		{"CTDL on another host", "https://evil.example/competency/ce-" + madeUp, "", none},
		{"a registry's resource, which may be anything", "https://credentialengineregistry.org/resources/ce-" + madeUp, "", none},
		{"Lightcast on another host", "https://evil.example/skills/KS125LS6N7WP4S6SFTCK", "", none},
		{"no id of Lightcast's", "https://lightcast.io/open-skills/skills/KSx", "", none},
	}
	for version, tax := range taxonomies(t) {
		for _, tt := range tests {
			t.Run(version+" "+tt.desc, func(t *testing.T) {
				want := tt.want
				if strings.HasSuffix(want, "→ ") {
					want += tt.url
				}
				got := tax.Resolve(aligned(verdict.Alignment{TargetURL: tt.url, TargetName: "Brain surgery", TargetFramework: tt.framework}))
				if brief(got) != want {
					t.Errorf("got  %s\nwant %s", brief(got), want)
				}
				if len(got) == 1 && got[0].Basis.Exact() != (got[0].ID != "") {
					t.Errorf("%+v", got[0])
				}
			})
		}
	}
}

func TestResolveOrder(t *testing.T) {
	testBrief(t, Builtin(), []credentialTest{
		{"an ESCO id that is none does not become what it is called", aligned(verdict.Alignment{TargetURL: escoSkill + madeUp, TargetName: "python"}), "python||unmapped → " + escoSkill + madeUp},
		{"nor in the named framework", aligned(verdict.Alignment{TargetURL: escoSkill + madeUp, TargetName: "python", TargetFramework: "ESCO"}), "python|ESCO|unmapped → " + escoSkill + madeUp},
		{"nor by a code that is none", aligned(verdict.Alignment{TargetCode: madeUp, TargetName: "python", TargetFramework: "ESCO"}), "python|ESCO|unmapped → " + madeUp},
		{"a CTDL id before words", aligned(verdict.Alignment{TargetURL: uCTDL, TargetName: "Leadership"}), "Leadership|CTDL|uri"},
		{"a CASE id before words", aligned(verdict.Alignment{TargetURL: uCASE, TargetName: "Leadership"}), "Leadership|CASE|uri"},
		{"a Lightcast id before words", aligned(verdict.Alignment{TargetURL: "https://skills.emsidata.com/skills/KS125LS6N7WP4S6SFTCK", TargetName: "Leadership"}), "Leadership|Lightcast|uri"},
		{"a Lightcast code", aligned(verdict.Alignment{TargetCode: "KS125LS6N7WP4S6SFTCK", TargetFramework: "Lightcast Open Skills", TargetName: "Python"}), "Python|Lightcast|code"},
		{"a code of a loaded framework before another's id", aligned(verdict.Alignment{TargetURL: uCTDL, TargetCode: "2.B.1.b", TargetFramework: "O*NET", TargetName: "x"}), "Coordination|O*NET|code"},
		{"an alias before a label", verdict.Credential{Name: "Harbour week", Tags: []string{"Communication", "Ethics"}}, "communicating|ESCO|alias; following ethical code of conduct|ESCO|alias"},
		{"a label of the named framework before an alias", aligned(verdict.Alignment{TargetName: "Communication", TargetFramework: "ESCO"}), "communication|ESCO|label"},
	})
	for version, tax := range taxonomies(t) { // the singular is another word
		if got := brief(tax.Resolve(aligned(verdict.Alignment{TargetName: "Security", TargetFramework: "ESCO"}))); got != "Security|ESCO|unmapped" {
			t.Errorf("%s: %s", version, got)
		}
	}
}

func TestFrameworkByName(t *testing.T) {
	named := func(framework, code, name string) verdict.Credential {
		return aligned(verdict.Alignment{TargetFramework: framework, TargetCode: code, TargetName: name})
	}
	testBrief(t, Builtin(), []credentialTest{
		{"esco corporation", named("esco corporation welding", "T4.1", "Purging"), "Purging|esco corporation welding|unmapped → T4.1"},
		{"ESCO with its version", named("ESCO v1.2.0", "T4.1", "x"), "communicating|ESCO|code"},
		{"ESCO at length", named("European Skills, Competences, Qualifications and Occupations", "T4.1", "x"), "communicating|ESCO|code"},
		{"another European framework", named("European e-Competence Framework", "T4.1", "Purging"), "Purging|European e-Competence Framework|unmapped → T4.1"},
		{"O*NET OnLine", named("O*NET OnLine 30.2", "2.B.1.b", "x"), "Coordination|O*NET|code"},
		{"an element's code alone", named("", "2.A.1.b", "Purging"), "Purging||unmapped → 2.A.1.b"},
		{"an element's code with its name", named("", "2.A.1.b", "active listening"), "Active Listening|O*NET|code"},
		{"an element's code in another framework", named("Yard codes", "2.A.1.b", "Active Listening"), "listen actively|ESCO|alias"},
	})
}

func TestCredentialsAreNoSkills(t *testing.T) {
	types := []string{"ceterms:Credential", "ceterms:credential", "CETERMS:Certificate", "ceterms:Diploma", "ceterms:Occupation", "https://purl.org/ctdl/terms/Credential", "https://purl.org/ctdl/terms/Certificate",
		"ceasn:CompetencyFramework", "ext:Credential", "ext:NursingDiploma", "CFRubric", "cfrubriccriterion", "https://purl.imsglobal.org/spec/ob/v3p0/vocab.html#CFRubricCriterionLevel", "ext:Course"}
	for _, typ := range types {
		for _, url := range []string{uPython, uCTDL, uRescue, "https://credentialengineregistry.org/resources/ce-" + madeUp} {
			if got := brief(Builtin().Resolve(aligned(verdict.Alignment{TargetURL: url, TargetName: "Diploma in Nursing", TargetType: typ}))); got != "Harbour week||unmapped" {
				t.Errorf("%s %s: %s", typ, url, got)
			}
		}
	}
	at := func(url, typ string) verdict.Credential {
		return aligned(verdict.Alignment{TargetURL: url, TargetName: "Diploma in Nursing", TargetType: typ})
	}
	const nothing, resource = "Harbour week||unmapped", "https://credentialengineregistry.org/resources/ce-" + madeUp
	testBrief(t, Builtin(), []credentialTest{
		{"a credential's page without a type", at("https://credentialfinder.org/credential/ce-"+madeUp, ""), nothing},
		{"in the fragment", at("https://credentialfinder.org/#/credential/ce-"+madeUp, ""), nothing},
		{"with a competency in the query", at("https://credentialfinder.org/credential/ce-"+madeUp+"?x=/competency/ce-"+madeUp, ""), nothing},
		{"an organisation's page", at("https://credentialfinder.org/organization/ce-"+madeUp, ""), nothing},
		{"a resource typed CTDL", at(resource, "CTDL"), nothing},
		{"a competency typed CTDL", at(uCTDL, "CTDL"), "Diploma in Nursing|CTDL|uri"},
		{"a resource that is a competency", at(resource, "ceasn:Competency"), "Diploma in Nursing|CTDL|uri"},
		{"by the full IRI", at(resource, "https://purl.org/ctdlasn/terms/Competency"), "Diploma in Nursing|CTDL|uri"},
		{"a type that nobody knows", at(uRescue, "ext:Knack"), "Diploma in Nursing||unmapped → " + uRescue},
	})
}

func TestOccupationsAreNoSkills(t *testing.T) {
	const rigger = escoBase + "occupation/1b7b7b7b-0000-4000-8000-000000000009"
	head := magic + "\tESCO\t1\t\n"
	onet := magic + "\tO*NET\t1\t\n"
	tax, err := build(head+"occupation\t"+rigger+"\t7215.1\trigger\t\t\t\t\n", onet+"occupation\t"+onetOcc+"15-1252.00\t15-1252.00\tSoftware Developers\t\t\t\t\n")
	if err != nil {
		t.Fatal(err)
	}
	if title, _, ok := tax.Occupation("7215.1"); !ok || title != "rigger" {
		t.Fatalf("%q %v", title, ok)
	}
	tests := []credentialTest{
		{"URL", aligned(verdict.Alignment{TargetURL: rigger, TargetName: "rigger work"}), "Harbour week||unmapped"},
		{"O*NET's URL", aligned(verdict.Alignment{TargetURL: onetOcc + "15-1252.00", TargetName: "Software Developers"}), "Harbour week||unmapped"},
		{"code", aligned(verdict.Alignment{TargetCode: "7215.1", TargetFramework: "ESCO", TargetName: "rigger work"}), "Harbour week||unmapped"},
		{"O*NET's code", aligned(verdict.Alignment{TargetCode: "15-1252.00", TargetFramework: "O*NET-SOC", TargetName: "Software Developers"}), "Harbour week||unmapped"},
		{"URL in the code", aligned(verdict.Alignment{TargetCode: rigger, TargetName: "rigger work"}), "Harbour week||unmapped"},
		{"code at the end of an ESCO URL", aligned(verdict.Alignment{TargetURL: escoSkill + "7215.1", TargetName: "rigger work"}), "Harbour week||unmapped"},
		{"tag", tagged(rigger), "Harbour week||unmapped"},
		{"Competency", verdict.Credential{Name: "Harbour week", AchievementType: "Competency", AchievementID: rigger}, "Harbour week||unmapped"},
		{"association", verdict.Credential{Name: "Harbour week", AchievementID: "urn:a", Associations: []verdict.Association{{Type: "isChildOf", Source: "urn:a", Target: rigger}}}, "Harbour week||unmapped"},
	}
	testBrief(t, tax, tests)
	if c, ok := tax.Concept(rigger); ok {
		t.Errorf("%+v", c)
	}
	// By their form alone, where no occupation is loaded.
	for _, tt := range tests {
		if strings.HasPrefix(tt.desc, "code") {
			continue
		}
		if got := brief(Builtin().Resolve(tt.c)); got != tt.want {
			t.Errorf("%s: %s", tt.desc, got)
		}
	}
}

func TestAssociations(t *testing.T) {
	c := func(list ...verdict.Association) verdict.Credential {
		return verdict.Credential{ID: "urn:c", AchievementID: "urn:a", Name: "Harbour week", Associations: list}
	}
	const python, nothing = "Python (computer programming)|ESCO|uri", "Harbour week||unmapped"
	testBrief(t, Builtin(), []credentialTest{
		{"of the achievement", c(verdict.Association{Type: "isChildOf", Source: "urn:a", Target: uPython}), python},
		{"of the credential", c(verdict.Association{Type: "isPartOf", Source: "urn:c", Target: uPython}), python},
		{"of another", c(verdict.Association{Type: "isChildOf", Source: "urn:OTHER", Target: uPython}), nothing},
		{"the same as another", c(verdict.Association{Type: "exactMatchOf", Source: "urn:OTHER", Target: uPython}), nothing},
		{"inverse of another", c(verdict.Association{Type: "isParentOf", Source: uPython, Target: "urn:OTHER"}), nothing},
		{"the wrong way round", c(verdict.Association{Type: "isChildOf", Source: uPython, Target: "urn:a"}), nothing},
		{"exact, inverse", c(verdict.Association{Type: "exactMatchOf", Source: uPython, Target: "urn:a"}), python},
		{"no ids at all", verdict.Credential{Name: "Harbour week", Associations: []verdict.Association{{Type: "isChildOf", Target: uPython}}}, nothing},
		{"CASE that is not loaded", c(verdict.Association{Type: "isChildOf", Source: "urn:a", Target: uCASE}), uCASE + "|CASE|uri"},
		{"CTDL that is not loaded", c(verdict.Association{Type: "exactMatchOf", Source: "urn:a", Target: uCTDL}), "Harbour week|CTDL|uri"},
		{"an ESCO id that is none", c(verdict.Association{Type: "isChildOf", Source: "urn:a", Target: escoSkill + madeUp}), escoSkill + madeUp + "||unmapped → " + escoSkill + madeUp},
		{"another achievement", c(verdict.Association{Type: "isChildOf", Source: "urn:a", Target: "https://college.example/a/2"}), nothing},
		{"a credential of the registry", c(verdict.Association{Type: "isPartOf", Source: "urn:a", Target: "https://credentialfinder.org/credential/ce-" + madeUp}), nothing},
	})
}

func TestLevels(t *testing.T) {
	result := func(list ...verdict.Attainment) verdict.Credential {
		return verdict.Credential{Name: "Harbour week", Alignments: []verdict.Alignment{{TargetURL: uPython}}, Results: list}
	}
	const python = "Python (computer programming)|ESCO|uri"
	testBrief(t, Builtin(), []credentialTest{
		{"of the name alone", verdict.Credential{Name: "English B2", Tags: []string{"python", "teamwork"}}, "Python (computer programming)|ESCO|alias; work in teams|ESCO|alias; English|ESCO|text|B2"},
		{"of a name that is no skill", verdict.Credential{Name: "Harbour week, level 2", Alignments: []verdict.Alignment{{TargetURL: uPython}}}, python},
		{"first in the name", verdict.Credential{Name: "Level 2 Food Hygiene"}, "food hygiene rules|ESCO|alias|Level 2; food safety principles|ESCO|name|Level 2"},
		{"first in the name, as a word", verdict.Credential{Name: "Advanced Excel"}, "use spreadsheets software|ESCO|alias|Advanced"},
		{"with badge words", verdict.Credential{Name: "Level 3 Certificate in Welding"}, "welding techniques|ESCO|alias|Level 3"},
		{"first in an unknown name", verdict.Credential{Name: "Level 3 Rope splicing"}, "Rope splicing||unmapped|Level 3"},
		{"part of an unknown name", verdict.Credential{Name: "Advanced Rope Support"}, "Advanced Rope Support||unmapped"},
		{"a role is no level", verdict.Credential{Name: "Harbour Master"}, "Harbour Master||unmapped"},
		{"of a name that shares a word with its one skill", verdict.Credential{Name: "Rope access technician, level 2", Alignments: []verdict.Alignment{{TargetName: "use rope access techniques"}}}, "use rope access techniques||unmapped|level 2"},
		{"of a name that shares a word with one of two", verdict.Credential{Name: "Rope access technician, level 2", Alignments: []verdict.Alignment{{TargetName: "use rope access techniques"}, {TargetURL: uPython}}}, "use rope access techniques||unmapped; " + python},
		{"attendance", result(verdict.Attainment{Name: "Attendance", Type: "Percent", Value: "95%"}), python},
		{"percent complete", result(verdict.Attainment{Name: "Percent complete", Value: "100%"}), python},
		{"status", result(verdict.Attainment{Name: "Overall", Type: "Status", Value: "Completed"}), python},
		{"status without a type", result(verdict.Attainment{Name: "Overall", Value: "Completed"}), python},
		{"an unknown skill's", result(verdict.Attainment{Name: "Rope splicing", Level: "Expert"}), python + "; Rope splicing||unmapped|Expert"},
		{"a known skill with a status", result(verdict.Attainment{Name: "Leadership", Type: "Status", Value: "Completed"}), python + "; leading others|ESCO|alias"},
		{"a known skill that was failed", result(verdict.Attainment{Name: "Leadership", Type: "Status", Value: "Failed"}), ""},
		{"a grade beside a status of failure", result(verdict.Attainment{Name: "Leadership", Type: "LetterGrade", Value: "C", Status: "Failed"}), ""},
		{"a known skill under way", result(verdict.Attainment{Name: "Leadership", Type: "Status", Value: "InProgress"}), ""},
		{"failed by its alignment", result(verdict.Attainment{Name: "Exam", Value: "F", Type: "LetterGrade", Alignments: []verdict.Alignment{{TargetURL: uTeams}}}), ""},
		{"predicted", result(verdict.Attainment{Name: "Leadership", Type: "PredictedScore", Value: "9"}), ""},
		{"of the whole, one skill", result(verdict.Attainment{Name: "Final grade", Value: "Advanced"}), python + "|Advanced"},
		{"of the whole, several skills", verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetURL: uPython}, {TargetURL: uTeams}}, Results: []verdict.Attainment{{Name: "Overall", Value: "Advanced"}}},
			python + "; work in teams|ESCO|uri"},
		{"of the whole goes past tags", verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetURL: uPython}}, Tags: []string{"teamwork"}, Results: []verdict.Attainment{{Name: "Overall", Value: "85", Type: "RawScore"}}},
			python + "|score 85; work in teams|ESCO|alias"},
		{"of an aligned attendance", result(verdict.Attainment{Name: "Attendance", Value: "95%", Alignments: []verdict.Alignment{{TargetURL: uTeams}}}), python + "; work in teams|ESCO|uri"},
	})
	for in, want := range map[string]string{"85": "score 85", "score 85": "score 85", "score 85.5": "score 85", "level 85": "number 85", "3": "number 3", "-3": " 0", "3.5": " 0", "3/5": " 0", "Level 3": "number 3", "100.0%": "percent 100", "100.1%": " 0"} {
		if s, n := ParseLevel(in); fmt.Sprint(s, " ", n) != want {
			t.Errorf("ParseLevel(%q) = %q %d, want %q", in, s, n, want)
		}
	}
	if got := BetterLevel("level 3", "score 85"); got != "level 3" {
		t.Errorf("a score is better than a level: %q", got)
	}
}

func TestNothingIsLost(t *testing.T) {
	long := strings.Repeat("knot ø ", 60)
	college, yard := verdict.Alignment{TargetName: "Rope rescue", TargetFramework: "College", TargetURL: uRescue, TargetCode: "R1"}, verdict.Alignment{TargetName: "Rope rescue", TargetFramework: "Yard"}
	testBrief(t, Builtin(), []credentialTest{
		{"URL and code of what is unmapped", aligned(college), "Rope rescue|College|unmapped → " + uRescue + " R1"},
		{"one name in two frameworks", aligned(college, yard), "Rope rescue|College|unmapped → " + uRescue + " R1; Rope rescue|Yard|unmapped"},
		{"one name twice", aligned(college, college), "Rope rescue|College|unmapped → " + uRescue + " R1"},
		{"one name at two URLs", aligned(verdict.Alignment{TargetName: "Splice", TargetURL: uRescue}, verdict.Alignment{TargetName: "Splice", TargetURL: uRescue + "2"}), "Splice||unmapped → " + uRescue + "; Splice||unmapped → " + uRescue + "2"},
		{"a tag tells no more", verdict.Credential{Name: "x", Alignments: []verdict.Alignment{college}, Tags: []string{"rope rescue"}}, "Rope rescue|College|unmapped → " + uRescue + " R1"},
		{"only a URL", aligned(verdict.Alignment{TargetURL: uRescue}), uRescue + "||unmapped → " + uRescue},
		{"a URL as a tag", tagged(uRescue), uRescue + "||unmapped → " + uRescue},
		{"an ESCO URL as a tag", tagged(uPython), "Python (computer programming)|ESCO|uri"},
		{"a list in a tag", tagged("python, teamwork; Knot tying"), "Python (computer programming)|ESCO|alias; work in teams|ESCO|alias; Knot tying||unmapped"},
		{"commas are no list", tagged("Portland, Maine"), "Portland, Maine||unmapped"},
		{"a label with commas", tagged("browse, search and filter data, information and digital content"), "browse, search and filter data, information and digital content|ESCO|text"},
		{"no width", tagged("team\u200bwork"), "work in teams|ESCO|alias"},
		{"soft hyphen", tagged("com\u00admuni\u00adcation"), "communicating|ESCO|alias"},
		{"byte order mark", tagged("\ufeffpython"), "Python (computer programming)|ESCO|alias"},
	})
	got := Builtin().Resolve(tagged(long))
	if len(got) != 1 || len(got[0].Label) < 190 || len(got[0].Label) > 200 || !utf8.ValidString(got[0].Label) {
		t.Errorf("%+v", got)
	}
	var many verdict.Credential
	for i := range MaxSkills + 10 {
		many.Tags = append(many.Tags, fmt.Sprintf("knot %d", i))
	}
	many.Tags = append(many.Tags, "python")
	list, left := Builtin().ResolveSome(many)
	if len(list) != MaxSkills || left != 11 {
		t.Errorf("%d skills, %d left, want %d and 11", len(list), left, MaxSkills)
	}
	if !slices.ContainsFunc(list, func(s Skill) bool { return s.ID == uPython }) {
		t.Error("what nobody knows takes the place of what is known")
	}
	if _, left := Builtin().ResolveSome(usual()); left != 0 {
		t.Errorf("%d left", left)
	}
}

// What a tag says is words: no key of the look-up can be written into one.
func TestKeysAreNoTags(t *testing.T) {
	for version, tax := range taxonomies(t) {
		for _, tag := range []string{"code:ESCO:S5", "ESCO:S5", "onet:2.B.1.b", "2.B.1.b", "esco:" + strings.TrimPrefix(uPython, escoSkill), "tech:python", "url:college.example/a", "id:x", "T4.1", "soc:15-1252.00"} {
			if got := tax.Resolve(tagged(tag)); len(got) != 1 || got[0].Basis != BasisUnmapped || got[0].Label != tag {
				t.Errorf("%s: %q is %+v", version, tag, got)
			}
		}
	}
}

func TestGroupsByLabel(t *testing.T) {
	tax := importDir(t, FormatESCO, shared(t, "skills/build"))
	for i := range tax.concepts {
		c := &tax.concepts[i]
		if c.kind != kindGroup || c.label == "languages" { // two groups that have nothing to do with each other
			continue
		}
		got := tax.Resolve(aligned(verdict.Alignment{TargetName: c.label, TargetFramework: "ESCO"}))
		if len(got) != 1 || got[0].Basis != BasisLabel || got[0].ID != c.id && Folded(got[0].Label) != Folded(c.label) {
			t.Errorf("%s %q: %+v", c.code, c.label, got)
		}
		if got := tax.Resolve(tagged(c.label)); len(got) == 1 && got[0].ID == c.id && got[0].Basis != BasisAlias && got[0].Basis != BasisUnmapped {
			t.Errorf("%s %q becomes a skill from a tag: %+v", c.code, c.label, got)
		}
	}
	// Whichever of a group and its part comes first, the broader is meant.
	for _, rows := range []string{"group\ta\tS9\tRigging\t\t\t\t\ngroup\tb\tS9.1\tRigging\tS9\t\t\t\n", "group\tb\tS9.1\tRigging\tS9\t\t\t\ngroup\ta\tS9\tRigging\t\t\t\t\n"} {
		tax, err := build(magic + "\tESCO\t1\t\n" + rows)
		if err != nil {
			t.Fatal(err)
		}
		if got := tax.Resolve(aligned(verdict.Alignment{TargetName: "rigging", TargetFramework: "ESCO"})); len(got) != 1 || got[0].ID != escoSkill+"a" {
			t.Errorf("%+v", got)
		}
	}
}

// finds reports whether a search for term shows someone who proves a concept.
func finds(t *testing.T, tax *Taxonomy, term, label string) bool {
	t.Helper()
	sense := tax.Expand(term, true)
	id := ""
	for i := range tax.concepts {
		if c := &tax.concepts[i]; c.label == label && c.kind != kindGroup && (id == "" || c.framework == ESCO) {
			id = c.id
		}
	}
	if id == "" {
		t.Fatalf("no concept %q", label)
	}
	got := tax.Resolve(aligned(verdict.Alignment{TargetURL: id}))[0]
	is := func(r Ref) bool { return r.ID == id }
	return slices.ContainsFunc(sense.Exact, is) || slices.ContainsFunc(sense.Alias, is) || slices.Contains(sense.Narrower, id) ||
		slices.Contains(sense.Soft, got.Soft) || slices.ContainsFunc(got.Above.Ancestors, func(a string) bool { return slices.Contains(sense.Roots, a) })
}

func TestHierarchyProves(t *testing.T) {
	tests := []struct {
		term, label string
		want, full  bool // full: the concept is in all of ESCO only
	}{
		{"critical thinking", "fell trees", false, false}, {"critical thinking", "think critically", true, false}, {"critical thinking", "Critical Thinking", true, false},
		{"thinking skills", "fell trees", false, false}, {"make decisions", "fell trees", false, false}, {"think critically", "analyse big data", false, false},
		{"leadership", "inspect scaffolding", false, false}, {"leadership", "lead a team", true, false}, {"leadership", "motivate others", true, false}, {"leadership", "manage musical staff", false, true},
		{"lead others", "inspect scaffolding", false, false}, {"lead others", "manage staff", false, false},
		{"teamwork", "assist in clinical trials", false, true}, {"teamwork", "cooperate with colleagues", true, false}, {"teamwork", "build team spirit", true, false},
		{"interpersonal skills", "cooperate with colleagues", true, false}, {"interpersonal skills", "assist in clinical trials", false, true},
		{"communication", "moderate a discussion", true, false}, {"communication", "listen actively", true, false}, {"communication", "conduct public presentations", true, false}, {"communication", "clinical reports", false, true},
		{"welding techniques", "fell trees", false, false}, {"English", "write English", true, false}, {"English", "aviation English", false, true},
		{"computer programming", "Haskell", true, false}, {"soft skills", "fell trees", false, false},
		{"weld", "welding techniques", true, false}, {"exel", "use spreadsheets software", true, false}, {"firstaid", "first aid", true, false}, {"machinelearning", "machine learning", true, false},
		{"data protection", "GDPR", true, false}, {"data protection", "data protection", true, false}, {"GDPR", "data protection", false, false},
	}
	for version, tax := range taxonomies(t) {
		for _, tt := range tests {
			if tt.full && count(tax, ESCO, kindSkill) < 10_000 {
				continue
			}
			if got := finds(t, tax, tt.term, tt.label); got != tt.want {
				t.Errorf("%s: a search for %q finds %q: %v, want %v", version, tt.term, tt.label, got, tt.want)
			}
		}
		// What lies below a soft skill is transversal or curated, so there is little of it.
		for _, s := range tax.SoftSkills() {
			if n := tax.Expand(s.Name, false).Count; n > 60 {
				t.Errorf("%s: %d concepts below %s", version, n, s.Name)
			}
		}
	}
	for _, term := range []string{"jva", "xqzw", "abcd"} {
		if s := Builtin().Expand(term, true); s.Known() {
			t.Errorf("%q is guessed at: %+v", term, s)
		}
	}
	if s := importDirOrBuiltin(t).Expand("security", true); slices.ContainsFunc(s.Exact, func(r Ref) bool { return r.Label == "securities" }) {
		t.Errorf("a search for security means %v", s.Exact)
	}
}

func importDirOrBuiltin(t *testing.T) *Taxonomy {
	if tax := taxonomies(t)["esco"]; tax != nil {
		return tax
	}
	return Builtin()
}

// Proxies collapse the slashes of a URL that stands in a path.
func TestCollapsedURL(t *testing.T) {
	for _, u := range []string{strings.Replace(uPython, "//", "/", 1), strings.Replace(uPython, "http://", "https:/", 1), uPython} {
		if c, ok := Builtin().Concept(u); !ok || c.ID != uPython || Builtin().Label(u) == "" {
			t.Errorf("%s: %+v", u, c)
		}
	}
	for _, u := range []string{"http:/", "http:", "http", "https:/x", "://"} {
		if _, ok := Builtin().Concept(u); ok {
			t.Errorf("%s is a concept", u)
		}
	}
}

// Every technology of the core has the code that O*NET gives it in the newest
// tables; where the older ones give another, O*NET has moved it.
func TestCoreTechnologyCodes(t *testing.T) {
	read := func(file string, name, code, title int) map[string][]string {
		b, err := os.ReadFile(filepath.Join(shared(t, "skills"), file))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string][]string{}
		for line := range strings.Lines(string(b)) {
			f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
			if v := f[code] + " " + f[title]; !slices.Contains(out[f[name]], v) {
				out[f[name]] = append(out[f[name]], v)
			}
		}
		return out
	}
	newer, older := read("onet-30.2/Technology Skills.txt", 1, 2, 3), read("build/onet_technologies.tsv", 0, 1, 2)
	n := 0
	for i := range Builtin().concepts {
		c := &Builtin().concepts[i]
		if c.kind != kindTechnology {
			continue
		}
		n++
		name, err := url.QueryUnescape(strings.TrimPrefix(c.id, onetTech))
		if err != nil {
			t.Fatal(err)
		}
		has := c.code + " " + c.domain
		if !slices.Contains(newer[name], has) {
			t.Errorf("%s is %s, in O*NET 30.2 %q", name, has, newer[name])
		}
		if old := older[name]; !slices.Contains(old, has) && slices.ContainsFunc(old, func(v string) bool { return slices.Contains(newer[name], v) }) || len(old) == 0 {
			t.Errorf("%s is %s, in O*NET 29.2 %q, and 30.2 still says so", name, has, old)
		}
	}
	if n < 100 {
		t.Errorf("%d technologies", n)
	}
}

package skills

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"assay/verify/verdict"
)

// Concepts that these tests speak of.
const (
	kTeams  = escoSkill + "60c78287-22eb-4103-9c8c-28deaa460da0" // work in teams
	kKnots  = escoSkill + "1b7b7b7b-0000-4000-8000-000000000001"
	kSplice = escoSkill + "1b7b7b7b-0000-4000-8000-000000000002"
	kRopes  = escoSkill + "1b7b7b7b-0000-4000-8000-00000000000a" // a group
	kHands  = escoSkill + "1b7b7b7b-0000-4000-8000-00000000000b" // the group above it
	kRigger = escoBase + "occupation/1b7b7b7b-0000-4000-8000-000000000009"
)

func folder(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

// official is a small ESCO in the layout of the official download.
func official() fstest.MapFS {
	return folder(
		"skills_en.csv", "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status\nKnowledgeSkillCompetence,"+kKnots+",skill/competence,x,tie knots,\"knotting\nknot work\",,released\nKnowledgeSkillCompetence,"+kSplice+",skill/competence,x,splice ropes,,rope splicing,released\n",
		"skillsHierarchy_en.csv", "Level 0 URI,Level 0 preferred term,Level 1 URI,Level 1 preferred term,Description,Scope note,Level 0 code,Level 1 code\n"+kHands+",handling\n"+kHands+",handling,"+kRopes+",\"handling, ropes\",,,S,S6\n",
		"broaderRelationsSkillPillar_en.csv", "conceptType,conceptUri,broaderType,broaderUri\nKnowledgeSkillCompetence,"+kKnots+",SkillGroup,"+kRopes+"\n",
		"occupations_en.csv", "conceptUri,preferredLabel,altLabels,code\n"+kRigger+",rigger,rope worker,7215.1\n",
		"occupationSkillRelations_en.csv", "occupationUri,relationType,skillType,skillUri\n"+kRigger+",essential,skill,"+kKnots+"\n"+kRigger+",essential,skill,"+kKnots+"\n",
		"conceptSchemes_en.csv", "whatever \"this is, it is not read",
	)
}

// imports prepares a source and loads what came of it.
func imports(t testing.TB, s Source) (Report, *Taxonomy) {
	t.Helper()
	var b bytes.Buffer
	r, err := s.Prepare(&b)
	if err != nil {
		t.Fatal(err)
	}
	tax, err := build(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return r, tax
}

func TestImportReport(t *testing.T) {
	r, tax := imports(t, Source{Format: FormatESCO, Files: official(), Folder: "ESCO dataset - v1.2.0 - classification - en - csv"})
	if r.Version.Version != "1.2.0" || r.Version.Concepts != 5 || r.Skills != 2 || r.Groups != 2 || r.Occupations != 1 || r.Relations != 3 {
		t.Errorf("%+v", r)
	}
	if want := []string{"skillsHierarchy_en.csv", "skills_en.csv", "broaderRelationsSkillPillar_en.csv", "occupations_en.csv", "occupationSkillRelations_en.csv"}; !slices.Equal(r.Files, want) {
		t.Errorf("read %q, want %q", r.Files, want)
	}
	if len(r.Warnings) > 0 {
		t.Errorf("warnings of a whole download: %q", r.Warnings)
	}
	// The names and the order of groups are skillsHierarchy's: no other file is there to give them.
	c, ok := tax.Concept(kKnots)
	if !ok || len(c.Broader) != 1 || c.Broader[0].Label != "handling, ropes" {
		t.Fatalf("%+v", c)
	}
	g, ok := tax.Concept(kRopes)
	if !ok || !g.Group || g.Code != "S6" || len(g.Broader) != 1 || g.Broader[0].Label != "handling" {
		t.Errorf("%+v", g)
	}
	if _, needs, ok := tax.Occupation("rigger"); !ok || len(needs) != 1 || !needs[0].Required {
		t.Errorf("%+v", needs)
	}
}

// What is missing is said, for it is missed only when somebody searches.
func TestImportWarns(t *testing.T) {
	tests := []struct {
		desc    string
		without []string
		want    string
	}{
		{"no relations", []string{"broaderRelationsSkillPillar_en.csv"}, "no broaderRelationsSkillPillar_en.csv: the skills have no hierarchy"},
		{"no groups", []string{"skillsHierarchy_en.csv"}, "no skillGroups_en.csv and no skillsHierarchy_en.csv"},
		{"no groups for the relations", []string{"skillsHierarchy_en.csv"}, "1 relations speak of concepts that no file has"},
		{"no occupations", []string{"occupations_en.csv"}, "no occupations_en.csv"},
		{"no occupations for the needs", []string{"occupations_en.csv"}, "2 relations speak of concepts that no file has"},
		{"no needs", []string{"occupationSkillRelations_en.csv"}, "no occupationSkillRelations_en.csv"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			in := official()
			for _, n := range tt.without {
				delete(in, n)
			}
			r, _ := imports(t, Source{Format: FormatESCO, Files: in, Version: "1"})
			if !strings.Contains(strings.Join(r.Warnings, "\n"), tt.want) {
				t.Errorf("warnings %q, want %q", r.Warnings, tt.want)
			}
		})
	}
}

// An alignment of a rich skill descriptor is no identity: its words must not
// become the other skill's.
func TestImportRSDAlignment(t *testing.T) {
	_, tax := imports(t, Source{Format: FormatRSD, Files: folder("a.json", rsdJSON)})
	got := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{"inspect slings"}})
	if len(got) == 0 || got[0].Label != "Inspect slings" || got[0].Framework != "Rigging" {
		t.Fatalf("%+v", got)
	}
	if got[0].Soft != "" || slices.Contains(got[0].Above.Ancestors, kTeams) {
		t.Errorf("inspecting slings is soft skill %q, below %q", got[0].Soft, got[0].Above.Ancestors)
	}
	if c, _ := tax.Concept(got[0].ID); c.Same != nil {
		t.Errorf("the same as %+v", c.Same)
	}
	// CTDL-ASN has a property that says identity; it stays one.
	_, tax = imports(t, Source{Format: FormatCTDL, Files: folder("a.json", `{"@graph":[{"@type":"ceasn:Competency","@id":"https://credentialengineregistry.org/resources/ce-1b7b7b7b-0000-4000-8000-000000000004","ceasn:competencyText":{"en-us":"Work as a team"},"ceasn:exactAlignment":["`+kTeams+`"]}]}`)})
	if c, _ := tax.Concept("ce-1b7b7b7b-0000-4000-8000-000000000004"); c.Same == nil || c.Same.ID != kTeams {
		t.Errorf("exact alignment: %+v", c)
	}
}

// contentModel is an extract of O*NET's outline in its official layout.
const contentModel = "Element ID\tElement Name\tDescription\r\n" +
	"1\tWorker Characteristics\tx\r\n1.A\tAbilities\tx\r\n1.A.1\tCognitive Abilities\tx\r\n1.A.1.a\tVerbal Abilities\tx\r\n1.A.1.a.1\tOral Comprehension\tx\r\n" +
	"1.B\tInterests\tx\r\n1.B.1.a\tRealistic\tx\r\n" +
	"1.D\tWork Styles\tx\r\n1.D.1\tGetting Things Done\tx\r\n1.D.1.a\tDependability\tx\r\n1.D.2\tHumility\tx\r\n" +
	"2.A\tBasic Skills\tx\r\n2.A.1\tContent\tx\r\n2.A.1.a\tReading Comprehension\tx\r\n2.A.2\tProcess\tx\r\n2.A.2.a\tCritical Thinking\tx\r\n" +
	"2.B\tCross-Functional Skills\tx\r\n2.B.1\tSocial Skills\tx\r\n2.B.1.a\tSocial Perceptiveness\tx\r\n" +
	"2.C\tKnowledge\tx\r\n2.C.3\tEngineering and Technology\tx\r\n2.C.3.b\tEngineering and Technology\tx\r\n2.C.10\tTransportation\tx\r\n" +
	"4.A\tGeneralized Work Activities\tx\r\n4.A.1.a.1\tGetting Information\tx\r\n"

func TestImportONETOutline(t *testing.T) {
	r, tax := imports(t, Source{Format: FormatONET, Version: "30.2", Files: folder("Content Model Reference.txt", contentModel)})
	want := []string{"1.D.1.a Dependability", "1.D.2 Humility", "2.A.1.a Reading Comprehension", "2.A.2.a Critical Thinking", "2.B.1.a Social Perceptiveness", "2.C.10 Transportation", "2.C.3.b Engineering and Technology"}
	for _, w := range want {
		code, label, _ := strings.Cut(w, " ")
		if c, ok := tax.Concept(onetElem + code); !ok || c.Label != label || c.Code != code || c.Framework != ONET || c.Group {
			t.Errorf("%s is %+v", w, c)
		}
	}
	if r.Skills != len(want) {
		t.Errorf("%d skills, want %d", r.Skills, len(want))
	}
	for _, heading := range []string{"Content", "Process", "Social Skills", "Getting Things Done", "Oral Comprehension", "Realistic", "Getting Information"} {
		if s := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{heading}}); len(s) > 0 && s[0].Framework == ONET && s[0].Basis != BasisUnmapped {
			t.Errorf("the heading %q is taken for a skill: %+v", heading, s[0])
		}
	}
	s := tax.Resolve(verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetFramework: "O*NET", TargetName: "Engineering and Technology"}}})
	if len(s) == 0 || s[0].ID != onetElem+"2.C.3.b" {
		t.Errorf("two rows share a name: %+v", s)
	}
	// Under 1.D something else may stand in another release.
	r, _ = imports(t, Source{Format: FormatONET, Version: "9", Files: folder("Content Model Reference.txt", strings.ReplaceAll(contentModel, "1.D\tWork Styles", "1.D\tFavourite Colours"))})
	if r.Skills != len(want)-2 {
		t.Errorf("%d skills, want %d without what 1.D holds", r.Skills, len(want)-2)
	}
	// The files of ratings alone hold leaves only.
	r, _ = imports(t, Source{Format: FormatONET, Version: "30.3", Files: folder(
		"Transferable Skills.txt", "O*NET-SOC Code\tElement ID\tElement Name\tScale ID\tData Value\r\n11-1011.00\t2.B.1.a\tSocial Perceptiveness\tIM\t4.12\r\n",
		"Essential Skills to Work Context.txt", "Element ID\r\n",
		"Software Skills.txt", "O*NET-SOC Code\tWorkplace Example\tHot Technology\tIn Demand\r\n11-1011.00\tKnotCAD\tY\tY\r\n",
		"Occupation Data.txt", "O*NET-SOC Code\tTitle\tDescription\r\n11-1011.00\tChief Executives\tx\r\n")})
	if r.Skills != 2 || r.Occupations != 1 || r.Relations != 2 || len(r.Files) != 3 {
		t.Errorf("%+v", r)
	}
}

func TestImportONETCredit(t *testing.T) {
	dir := shared(t, "skills/onet-30.2")
	r, tax := imports(t, Source{Format: FormatONET, Files: os.DirFS(dir), Folder: filepath.Base(dir)})
	if r.Version.Version != "30.2" || !strings.HasPrefix(r.Version.Attribution, "This page includes information from the O*NET 30.2 Database by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license.") {
		t.Errorf("%+v", r.Version)
	}
	if r.Occupations != 1016 || r.Skills != count(tax, ONET, kindTechnology) || r.Skills < 8000 {
		t.Errorf("%+v", r)
	}
	// This copy has no elements; the import says so instead of passing for all of O*NET.
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "technologies only") }) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// Every refusal says which file, where in it, and what was wanted.
func TestImportSaysWhere(t *testing.T) {
	const uri = "https://rsd.example.org/api/skills/1"
	head := "conceptType,conceptUri,preferredLabel,altLabels\n"
	rowOf := func(u, label string) string { return "KnowledgeSkillCompetence," + u + "," + label + ",\n" }
	tests := []struct {
		desc, format string
		files        fstest.MapFS
		want         []string
	}{
		{"CSV cut inside a quote", FormatESCO, folder("skills_en.csv", head+rowOf(kKnots, "tie knots")+"KnowledgeSkillCompetence,"+kSplice+",\"splice ro"), []string{"skills_en.csv:3: ", "does not close"}},
		{"CSV cut inside a line", FormatESCO, folder("skills_en.csv", head+rowOf(kKnots, "tie knots")+"KnowledgeSkillCompetence,"+kSplice), []string{"skills_en.csv:3: ", "2 cells; want 4"}},
		{"an HTML page", FormatESCO, folder("skills_en.csv", "<!DOCTYPE html>\n<html>\n"), []string{"skills_en.csv:1: ", `want a first line with ["conceptUri" "preferredLabel"]`, "<!DOCTYPE html>"}},
		{"an empty CSV file", FormatESCO, folder("skills_en.csv", ""), []string{"skills_en.csv:1: ", "nothing in it"}},
		{"UTF-16", FormatESCO, folder("skills_en.csv", "\xff\xfec\x00o\x00"), []string{"skills_en.csv:1: ", "want UTF-8"}},
		{"Latin-1", FormatESCO, folder("skills_en.csv", head+rowOf(kKnots, "fa\xe7ade")), []string{"skills_en.csv:2: ", "not UTF-8"}},
		{"no URI", FormatESCO, folder("skills_en.csv", head+rowOf("x", "tie knots")), []string{"skills_en.csv:2: ", "conceptUri", "want an ESCO URI"}},
		{"no skills file", FormatESCO, folder("occupations_en.csv", "conceptUri,preferredLabel\n"+kRigger+",rigger\n", "transversalSkillsCollection_en.csv", head+rowOf(kKnots, "tie knots")), []string{"no skills_en.csv"}},
		{"another language", FormatESCO, folder("skills_fr.csv", head), []string{"no skills_en.csv", "--language fr"}},
		{"relations cut", FormatESCO, folder("skills_en.csv", head+rowOf(kKnots, "tie knots"), "broaderRelationsSkillPillar_en.csv", "conceptType,conceptUri,broaderType,broaderUri\nKnowledgeSkillCompetence,"+kKnots+",SkillGroup,http://dat\n"), []string{"broaderRelationsSkillPillar_en.csv:2: ", "broaderUri"}},
		{"hierarchy without URIs", FormatESCO, folder("skills_en.csv", head, "skillsHierarchy_en.csv", "Level 0 URI,Level 0 preferred term\nx,handling\n"), []string{"skillsHierarchy_en.csv:2: ", "Level 0 URI"}},
		{"JSON lines of the wrong type", FormatESCO, folder("esco_skills_en.jsonl", `{"uri":"`+kKnots+`","label":"tie knots"}`+"\n\n"+`{"uri":1}`), []string{"esco_skills_en.jsonl:3: ", "uri"}},
		{"JSON lines without a label", FormatESCO, folder("esco_skills_en.jsonl", `{"uri":"`+kKnots+`"}`), []string{"esco_skills_en.jsonl:1: ", "want an ESCO URI and a label"}},
		{"commas instead of tabs", FormatONET, folder("Skills.txt", "O*NET-SOC Code,Element ID,Element Name,Scale ID,Data Value\n11-1011.00,2.A.1.a,Reading,IM,4\n"), []string{"Skills.txt:1: ", `no column "Element ID|element_id"`}},
		{"tabs cut", FormatONET, folder("Content Model Reference.txt", "Element ID\tElement Name\tDescription\n2.A.1.a\tReading\tx\n2.A.1.b\tWri"), []string{"Content Model Reference.txt:3: ", "2 cells; want 3"}},
		{"nothing of O*NET", FormatONET, folder("readme.txt", "x"), []string{"Content Model Reference.txt"}},
		{"occupations only", FormatONET, folder("Occupation Data.txt", "O*NET-SOC Code\tTitle\n11-1011.00\tChief Executives\n"), []string{"none of O*NET's files of skills"}},
		{"no JSON file", FormatRSD, folder("readme.txt", "x"), []string{"no .json or .jsonld file"}},
		{"JSON cut", FormatCASE, folder("a.json", "{\n\"CFItems\":[\n"), []string{"a.json:3 (byte 14): ", "ends too early"}},
		{"JSON cut inside an item", FormatCASE, folder("a.json", "{\n\"CFItems\":[\n{\"uri\":\"x"), []string{"a.json:3 (byte ", "ends too early"}},
		{"bad JSON", FormatRSD, folder("a.json", "[\n{\"id\":\""+uri+"\",\"skillName\":\"Splice\"},\n{\"id\":nul}]"), []string{"a.json:3 (byte 70): ", "invalid character"}},
		{"an HTML page for JSON", FormatCASE, folder("a.json", "<html>"), []string{"a.json:1 (byte 0): ", "invalid character '<'"}},
		{"two documents", FormatRSD, folder("a.json", "[{\"id\":\""+uri+"\",\"skillName\":\"Splice\"}]\n[]"), []string{"a.json:2 (byte ", "more after the end"}},
		{"a number", FormatRSD, folder("a.json", "7"), []string{"a.json:1 (byte 0): ", "want an object or a list"}},
		{"no items", FormatCASE, folder("a.json", `{"CFDocument":{}}`), []string{"a.json:1 (byte 0): ", "no CFItems; want a CFPackage"}},
		{"items that are none", FormatCASE, folder("a.json", `{"CFItems":null}`), []string{"a.json:1 ", "want a list"}},
		{"a CASE item without words", FormatCASE, folder("a.json", "{\"CFItems\":[\n{\"uri\":\"https://c.example/1\"}]}"), []string{"a.json:2 (byte 13): ", "item 1", "want fullStatement"}},
		{"an RSD item without id", FormatRSD, folder("a.json", "[{\"id\":\""+uri+"\",\"skillName\":\"Splice\"},\n {\"skillName\":\"Moor\"}]"), []string{"a.json:2 (byte ", "item 2 has no id"}},
		{"an RSD item without name", FormatRSD, folder("a.json", "\xef\xbb\xbf[\n\n{\"id\":\""+uri+"\"}]"), []string{"a.json:3 (byte 6): ", "item 1", "want skillName"}},
		{"an RSD item that is no object", FormatRSD, folder("a.json", "[\n[],[]]"), []string{"a.json:2 (byte 2): ", "item 1 has no id"}},
		{"an id that is no URL", FormatRSD, folder("a.json", `[{"id":"esco:60c78287-22eb-4103-9c8c-28deaa460da0","skillName":"Splice"}]`), []string{"a.json:1 ", "want a URL"}},
		{"another framework's id", FormatRSD, folder("a.json", `[{"id":"`+kTeams+`","skillName":"Splice"}]`), []string{"a.json:1 ", "which is ESCO's own"}},
		{"a CTDL competency without text", FormatCTDL, folder("a.json", `{"@graph":[{"@type":"ceasn:CompetencyFramework"},`+"\n"+`{"@type":"ceasn:Competency","@id":"https://c.example/1"}]}`), []string{"a.json:2 ", "item 2", "want ceasn:competencyText"}},
		{"two frameworks", FormatRSD, folder("a.json", `{"name":"A","skills":[{"id":"`+uri+`","skillName":"Splice"}]}`, "b.json", `{"name":"B","skills":[{"id":"`+uri+`2","skillName":"Moor"}]}`), []string{"b.json:1 ", `"B"`, `"A"`}},
		{"no such format", "sfia", folder("a.json", "{}"), []string{`"sfia"`}},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			_, err := Source{Format: tt.format, Files: tt.files}.Prepare(io.Discard)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

// Bounds hold for every reader, and are said.
func TestImportBounds(t *testing.T) {
	small := bounds{file: 100_000, total: 150_000, record: 2_000, files: 3, items: 4, links: 4, text: 1_000, depth: 5}
	items := func(n int, each func(i int) string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(each(i))
		}
		return "[" + b.String() + "]"
	}
	skill := func(i int) string {
		return fmt.Sprintf(`{"id":"https://r.example/%d","skillName":"s%d"}`, i, i)
	}
	csvOf := func(n int, label string) string {
		b := "conceptUri,preferredLabel\n"
		for i := range n {
			b += fmt.Sprintf("%s%d,%s%d\n", escoSkill, i, label, i)
		}
		return b
	}
	tests := []struct {
		desc, format string
		files        fstest.MapFS
		want         []string
	}{
		{"items", FormatRSD, folder("a.json", items(5, skill)), []string{"a.json:5 ", "more than 4 concepts"}},
		{"items of CSV", FormatESCO, folder("skills_en.csv", csvOf(5, "s")), []string{"skills_en.csv:6: ", "more than 4 concepts"}},
		{"text", FormatRSD, folder("a.json", items(2, func(i int) string {
			return fmt.Sprintf(`{"id":"https://r.example/%d","skillName":"%s"}`, i, strings.Repeat("x", 900))
		})), []string{"a.json:2 ", "of ids and labels"}},
		{"files", FormatRSD, folder("a.json", items(1, skill), "b.json", items(1, skill), "c.json", items(1, skill), "d.json", items(1, skill)), []string{"d.json", "more than 3 files"}},
		{"a file", FormatCASE, folder("a.json", `{"x":[`+strings.Repeat("1,\n", 40_000)+`1]}`), []string{"a.json:", "larger than 100000 bytes"}},
		{"all files", FormatCTDL, folder("a.json", `{"x":[`+strings.Repeat("1,\n", 30_000)+`1]}`, "b.json", `{"x":[`+strings.Repeat("1,\n", 30_000)+`1]}`), []string{"b.json:", "larger than 150000 bytes"}},
		{"an item", FormatRSD, folder("a.json", `[{"id":"`+strings.Repeat("x", 60_000)+`"}]`), []string{"a.json:1 ", "one record is larger than 2000 bytes"}},
		{"a value that nobody asks for", FormatCASE, folder("a.json", `{"x":"`+strings.Repeat("x", 60_000)+`"}`), []string{"a.json:1 ", "one record is larger"}},
		{"a line", FormatONET, folder("Skills.txt", strings.Repeat("x", 60_000)), []string{"Skills.txt:1: ", "longer than 2000 bytes"}},
		{"a quoted cell", FormatESCO, folder("skills_en.csv", "conceptUri,preferredLabel\n\""+strings.Repeat("x\n", 30_000)), []string{"skills_en.csv", "one record is larger"}},
		{"depth of an item", FormatRSD, folder("a.json", `[{"id":`+strings.Repeat("[", 9)+strings.Repeat("]", 9)+`}]`), []string{"a.json:1 ", "nested more than 5 deep"}},
		{"depth of what is stepped over", FormatCASE, folder("a.json", `{"x":`+strings.Repeat("[", 90)+strings.Repeat("]", 90)+`}`), []string{"a.json:1 ", "nested more than 5 deep"}},
		{"relations", FormatCASE, folder("a.json", `{"CFAssociations":`+items(5, func(int) string { return `{"associationType":"isChildOf"}` })+`}`), []string{"a.json:5 ", "more than 4 relations"}},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			_, err := Source{Format: tt.format, Files: tt.files}.prepare(io.Discard, small)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

// endless is a folder of one file that is made as it is read. It notes the most
// memory that was in use meanwhile.
type endless struct {
	name, head, item, tail string
	items                  int
	most                   *uint64
}

func (e endless) Open(name string) (fs.File, error) {
	if name == "." {
		return folder(e.name, "").Open(name)
	}
	if name != e.name {
		return nil, fs.ErrNotExist
	}
	return &endlessFile{e: e, r: strings.NewReader(e.head)}, nil
}

type endlessFile struct {
	e    endless
	r    *strings.Reader
	n    int
	done bool
}

func (f *endlessFile) Stat() (fs.FileInfo, error) { return fs.Stat(folder(f.e.name, ""), f.e.name) }
func (f *endlessFile) Close() error               { return nil }

func (f *endlessFile) Read(p []byte) (int, error) {
	for f.r.Len() == 0 {
		switch {
		case f.n < f.e.items:
			f.n++
			f.r.Reset(strings.Replace(f.e.item, "%", fmt.Sprint(f.n), 1))
			if f.n%(f.e.items/8) == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				*f.e.most = max(*f.e.most, m.HeapAlloc)
			}
		case !f.done:
			f.done = true
			f.r.Reset(f.e.tail)
		default:
			return 0, io.EOF
		}
	}
	return f.r.Read(p)
}

// Memory follows what is kept, not what is read.
func TestImportMemory(t *testing.T) {
	const last = `{"uri":"https://c.example/1","fullStatement":"Splice a rope"}`
	fat := `"notes":"` + strings.Repeat("x", 4_000) + `"`
	var most uint64
	tests := []struct {
		desc, format string
		in           endless
	}{
		{"CASE: items with much that is not kept", FormatCASE, endless{"a.json", `{"CFItems":[`, `{"uri":"https://c.example/1","fullStatement":"Splice a rope",` + fat + `},`, last + `]}`, 4_000, &most}},
		{"CASE: brackets in what is stepped over", FormatCASE, endless{"a.json", `{"CFItems":[` + last + `],"x":[`, strings.Repeat("[],", 500), `[]]}`, 10_000, &most}},
		{"ESCO: one row again and again", FormatESCO, endless{"skills_en.csv", "conceptUri,preferredLabel,description\n", kKnots + ",tie knots,\"" + strings.Repeat("x ", 2_000) + "\"\n", "", 4_000, &most}},
		{"O*NET: the ratings of one element", FormatONET, endless{"Skills.txt", "O*NET-SOC Code\tElement ID\tElement Name\tScale ID\tData Value\tx\n", "11-%\t2.A.1.a\tReading\tIM\t4\t" + strings.Repeat("x", 4_000) + "\n", "", 2_000, &most}},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			var before runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			most = 0
			if _, err := (Source{Format: tt.format, Files: tt.in}).Prepare(io.Discard); err != nil {
				t.Fatal(err)
			}
			read := tt.in.items * len(tt.in.item)
			if grown := int64(most) - int64(before.HeapAlloc); most == 0 || grown > 4<<20 {
				t.Errorf("%d MiB were in use for a file of %d MiB", grown>>20, read>>20)
			}
		})
	}
}

func TestImportReserved(t *testing.T) {
	dir := t.TempDir()
	if _, err := (Source{Format: FormatESCO, Files: official(), Version: "1.2.0"}).Install(dir, false); err != nil {
		t.Fatal(err)
	}
	rsd := `{"name":"%s","skills":[{"id":"https://r.example/1","skillName":"Splice"}]}`
	tests := []struct {
		desc, format, name, data string
		ok                       bool
	}{
		{"ESCO", FormatRSD, "ESCO", "", false},
		{"ESCO in small letters", FormatRSD, "esco", "", false},
		{"a name that badges mean ESCO by", FormatRSD, "European Skills, Competences (ESCO)", "", false},
		{"O*NET", FormatRSD, "O*NET", "", false},
		{"O*NET without the star", FormatRSD, "onet", "", false},
		{"core", FormatRSD, "Core", "", false},
		{"Lightcast", FormatRSD, "Lightcast", "", false},
		{"another format's own", FormatRSD, "CASE", "", false},
		{"no letters", FormatRSD, "***", "", false},
		{"by the file's own word", FormatRSD, "", "core", false},
		{"its own format's", FormatRSD, "", "RSD", true},
		{"a name", FormatRSD, "Harbour", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			in := folder("a.json", fmt.Sprintf(rsd, tt.data))
			_, err := Source{Format: tt.format, Name: tt.name, Files: in}.Install(dir, true) // force does not help
			if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, ErrRefused) {
				t.Errorf("error %v", err)
			}
			if p, err := CheckPrepared(filepath.Join(dir, "esco-1.2.0"+Suffix)); err != nil || p.Framework != ESCO || p.Format != FormatESCO {
				t.Errorf("ESCO is not there any more: %+v, %v", p, err)
			}
		})
	}
}

func TestInstallRefuses(t *testing.T) {
	rsd := func(n int) fstest.MapFS {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"https://r.example/%d","skillName":"Splice %d"}`, i, i))
		}
		return folder("a.json", "["+strings.Join(list, ",")+"]")
	}
	lone := official() // as many concepts, half the skills
	lone["skills_en.csv"] = folder("s", "conceptUri,preferredLabel\n"+kKnots+",tie knots\n")["s"]
	many := official()
	many["skills_en.csv"] = folder("s", "conceptUri,preferredLabel\n"+kKnots+",tie knots\n"+kSplice+",splice ropes\n"+kTeams+",work in teams\n")["s"]
	tests := []struct {
		desc       string
		first, now Source
		force      bool
		want       string // of the error
	}{
		{"as many", Source{Format: FormatRSD, Name: "Harbour", Files: rsd(5)}, Source{Format: FormatRSD, Name: "Harbour", Files: rsd(5)}, false, ""},
		{"half", Source{Format: FormatRSD, Name: "Harbour", Files: rsd(6)}, Source{Format: FormatRSD, Name: "Harbour", Files: rsd(3)}, false, ""},
		{"less than half", Source{Format: FormatRSD, Name: "Harbour", Files: rsd(6)}, Source{Format: FormatRSD, Name: "Harbour", Files: rsd(2)}, false, "has 6 concepts"},
		{"less than half by force", Source{Format: FormatRSD, Name: "Harbour", Files: rsd(6)}, Source{Format: FormatRSD, Name: "Harbour", Files: rsd(2)}, true, ""},
		{"less than half of the skills, though occupations make up for them", Source{Format: FormatESCO, Version: "1", Files: many}, Source{Format: FormatESCO, Version: "2", Files: lone}, false, "3 of them skills"},
		{"another format", Source{Format: FormatRSD, Name: "Harbour skills", Files: rsd(2)}, Source{Format: FormatCASE, Files: folder("a.json", caseJSON)}, false, "imported in the format rsd"},
		{"another format by force", Source{Format: FormatRSD, Name: "Harbour skills", Files: rsd(2)}, Source{Format: FormatCASE, Files: folder("a.json", caseJSON)}, true, ""},
		{"a name that cannot be told from another", Source{Format: FormatRSD, Name: "Harbour skills", Files: rsd(2)}, Source{Format: FormatRSD, Name: "harbour SKILL", Files: rsd(2)}, false, "cannot be told"},
		{"no version of ESCO", Source{Format: FormatRSD, Name: "Harbour", Files: rsd(2)}, Source{Format: FormatESCO, Files: official(), Folder: "esco"}, false, "--version"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			dir := t.TempDir()
			before, err := tt.first.Install(dir, false)
			if err != nil {
				t.Fatal(err)
			}
			now, err := tt.now.Install(dir, tt.force)
			names, globErr := filepath.Glob(filepath.Join(dir, "*"))
			if globErr != nil || len(names) != 1 {
				t.Fatalf("%q, %v", names, globErr)
			}
			p, checkErr := CheckPrepared(names[0])
			if checkErr != nil {
				t.Fatal(checkErr)
			}
			if tt.want == "" {
				if err != nil || p.Version != now.Version || p.Format != tt.now.Format {
					t.Errorf("error %v, %+v is there", err, p)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if p.Version != before.Version {
				t.Errorf("%+v is there, want what was there before", p)
			}
		})
	}
}

// Two frameworks whose names and versions make one name of a file are two.
func TestInstallFileNames(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []Source{{Name: "Dock", Version: "a-1"}, {Name: "Dock a", Version: "1"}, {Name: strings.Repeat("very long ", 19), Version: "1"}} {
		s.Format, s.Files = FormatRSD, folder("a.json", `[{"id":"https://r.example/`+s.Version+`","skillName":"Splice"}]`)
		if _, err := s.Install(dir, false); err != nil {
			t.Fatal(err)
		}
	}
	tax, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if v := tax.Versions(); len(v) != 4 {
		t.Errorf("%+v", v)
	}
}

func TestImportVersion(t *testing.T) {
	tests := []struct {
		desc, format, version, folder, want string
	}{
		{"said", FormatESCO, "1.3", "esco-1.2.0", "1.3"},
		{"the folder's", FormatESCO, "", "esco-1.2.0", "1.2.0"},
		{"O*NET's folder", FormatONET, "", "db_30_2_text", "30.2"},
		{"the official name", FormatESCO, "", "ESCO dataset - v1.2.1 - classification - en - csv", "1.2.1"},
		{"the package's own", FormatCASE, "", "harbour-7.1", "2.0"},
		{"nobody says it", FormatRSD, "", "folder", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			files := map[string]fstest.MapFS{
				FormatESCO: official(), FormatONET: folder("Content Model Reference.txt", contentModel), FormatRSD: folder("a.json", rsdJSON),
				FormatCASE: folder("a.json", strings.Replace(caseJSON, `"creator"`, `"version":"2.0","creator"`, 1)),
			}
			r, _ := imports(t, Source{Format: tt.format, Version: tt.version, Folder: tt.folder, Files: files[tt.format]})
			if r.Version.Version != tt.want {
				t.Errorf("version %q, want %q", r.Version.Version, tt.want)
			}
		})
	}
}

func TestImportLanguages(t *testing.T) {
	in := official()
	in["skills_fr.csv"] = folder("s", "conceptUri,preferredLabel,altLabels\n"+kKnots+",faire des nœuds,nouer\n"+kSplice+",,\n")["s"]
	in["skills_ar.csv"] = folder("s", "conceptUri,preferredLabel,altLabels\n"+kKnots+",عقد,\n")["s"] // sorts before English
	tests := []struct {
		desc, language, label string
		names                 []string
		splice                string
	}{
		{"English is meant when nothing is said", "", "tie knots", []string{"faire des nœuds", "nouer", "knotting", "عقد"}, "splice ropes"},
		{"French", "fr", "faire des nœuds", []string{"tie knots", "nouer", "knotting"}, "splice ropes"},
		{"in capitals", "FR", "faire des nœuds", []string{"tie knots"}, "splice ropes"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			r, tax := imports(t, Source{Format: FormatESCO, Version: "1", Language: tt.language, Files: in})
			c, _ := tax.Concept(kKnots)
			if c.Label != tt.label {
				t.Errorf("label %q, want %q", c.Label, tt.label)
			}
			for _, n := range tt.names {
				if !slices.Contains(c.Aliases, n) {
					t.Errorf("%q is missing from %q", n, c.Aliases)
				}
				if got := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{n}}); len(got) == 0 || got[0].ID != kKnots {
					t.Errorf("%q: %+v", n, got)
				}
			}
			if tax.Label(kSplice) != tt.splice {
				t.Errorf("a concept without a label in the language is called %q", tax.Label(kSplice))
			}
			if said := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "concepts have no label in fr") }); said != (tt.label != "tie knots") {
				t.Errorf("warnings %q", r.Warnings)
			}
		})
	}
}

// Every language that lies in the folder is imported: labels, other names, groups
// and occupations; what is said in the wanted language keeps its meaning.
func TestImportAllLanguages(t *testing.T) {
	skills := func(rows ...string) []byte {
		return []byte("conceptType,conceptUri,preferredLabel,altLabels\n" + strings.Join(rows, "\n") + "\n")
	}
	in := official()
	for language, rows := range map[string][]string{
		"de": {"KnowledgeSkillCompetence," + kKnots + ",Knoten binden,\"Knoten schlingen\nKnotenkunde\"", "KnowledgeSkillCompetence," + kSplice + ",Seile spleißen,tie knots"},
		"pl": {"KnowledgeSkillCompetence," + kKnots + ",wiązanie węzłów,węzły", "KnowledgeSkillCompetence," + kSplice + ",splatanie lin,węzły"},
	} {
		in["skills_"+language+".csv"] = &fstest.MapFile{Data: skills(rows...)}
	}
	in["occupations_de.csv"] = &fstest.MapFile{Data: []byte("conceptUri,preferredLabel,altLabels\n" + kRigger + ",Taklerin,Takler\n")}
	r, tax := imports(t, Source{Format: FormatESCO, Version: "1", Files: in})
	if r.Skills != 2 || r.Occupations != 1 || !slices.Contains(r.Files, "skills_pl.csv") || !slices.Contains(r.Files, "occupations_de.csv") {
		t.Errorf("%+v", r)
	}
	for name, id := range map[string]string{"Knoten binden": kKnots, "KNOTEN SCHLINGEN": kKnots, "Knotenkunde": kKnots, "wiązanie węzłów": kKnots, "wiazanie wezlow": kKnots,
		"Seile spleißen": kSplice, "splatanie lin": kSplice, "tie knots": kKnots} {
		if s := tax.Expand(name, false); len(refs(s)) != 1 || refs(s)[0] != id {
			t.Errorf("%q means %v, want %s", name, refs(s), id)
		}
		if got := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{name}}); len(got) == 0 || got[0].ID != id {
			t.Errorf("a badge of %q shows %+v", name, got)
		}
	}
	// One name for two skills: a search means both, a badge neither.
	if s := tax.Expand("węzły", false); len(refs(s)) != 2 {
		t.Errorf("%v", refs(s))
	}
	if got := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{"węzły"}}); len(got) != 1 || got[0].Basis != BasisUnmapped {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"rigger", "Taklerin", "Takler"} {
		if _, needs, ok := tax.Occupation(name); !ok || len(needs) != 1 {
			t.Errorf("the occupation %q needs %v", name, needs)
		}
	}
	// Nothing is shown in eight languages.
	for _, text := range []string{"kno", "tie", "wiaz"} {
		for _, r := range tax.Suggest(text, 10) {
			if r.ID == kKnots && r.Label != "tie knots" {
				t.Errorf("%q suggests %v", text, r)
			}
		}
	}
	if tax.vocabulary()["knotenkunde"] > 0 {
		t.Error("typing errors are set right to words of other languages")
	}
}

// The prepared file loads to what the source says, from nothing but itself.
func TestImportRoundTrip(t *testing.T) {
	from := shared(t, "skills/build")
	src, dir := t.TempDir(), filepath.Join(t.TempDir(), "frameworks")
	if err := os.CopyFS(src, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	s := Source{Format: FormatESCO, Version: "1.2.0", Files: os.DirFS(src)}
	r, err := s.Install(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if r.Version.Concepts != 14579 || r.Skills != 13939 || r.Groups != 640 || r.Relations < 20000 {
		t.Errorf("%+v", r)
	}
	_, want := imports(t, s)
	if err := os.RemoveAll(src); err != nil { // nothing is left to parse
		t.Fatal(err)
	}
	begin := time.Now()
	got, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("all of ESCO in %v", time.Since(begin).Round(time.Millisecond))
	if !reflect.DeepEqual(got.concepts, want.concepts) || !reflect.DeepEqual(got.names, want.names) || !reflect.DeepEqual(got.versions, want.versions) {
		t.Error("what is loaded is not what was imported")
	}
	// The same, against the source read by other means.
	n := 0
	for _, name := range []string{"esco_skills_en.jsonl", "esco_groups_en.jsonl"} {
		f, err := os.Open(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for d := json.NewDecoder(f); ; n++ {
			var c struct {
				URI, Label   string
				Alt, Broader []string
			}
			if err := d.Decode(&c); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			k, ok := got.Concept(c.URI)
			if !ok || k.ID != c.URI || k.Label != cell(c.Label) || len(k.Broader) != len(c.Broader) {
				t.Fatalf("%+v became %+v", c, k)
			}
			for _, a := range c.Alt {
				if a = cell(a); a != k.Label && !slices.Contains(k.Aliases, a) {
					t.Errorf("%s: %q is missing from %q", c.URI, a, k.Aliases)
				}
			}
			for _, b := range k.Broader {
				if !slices.Contains(c.Broader, b.ID) {
					t.Errorf("%s is below %s", c.URI, b.ID)
				}
			}
		}
	}
	if n != r.Version.Concepts {
		t.Errorf("%d concepts in the source, %d imported", n, r.Version.Concepts)
	}
}

// The shared folder lacks skills_en.csv and holds enough else to look like a
// framework: it must not take the place of a whole one.
func TestImportESCOWithoutSkills(t *testing.T) {
	dir := shared(t, "skills/esco-1.2.0")
	_, err := Source{Format: FormatESCO, Files: os.DirFS(dir), Folder: filepath.Base(dir)}.Prepare(io.Discard)
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "no skills_en.csv") {
		t.Errorf("error %v", err)
	}
	// With it, all is there; and cut short it is refused.
	in := fstest.MapFS{}
	for _, n := range []string{"skillsHierarchy_en.csv", "broaderRelationsSkillPillar_en.csv", "occupations_en.csv"} {
		b, err := os.ReadFile(filepath.Join(dir, n))
		if err != nil {
			t.Fatal(err)
		}
		in[n] = &fstest.MapFile{Data: b}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	record := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	record("conceptUri", "preferredLabel", "altLabels", "description")
	full := importDir(t, FormatESCO, shared(t, "skills/build"))
	for i := range full.concepts {
		if c := &full.concepts[i]; c.kind == kindSkill {
			record(c.id, c.label, strings.Join(c.names, "\n"), "A \"quoted\" word,\nand a second line.")
		}
	}
	w.Flush()
	in["skills_en.csv"] = &fstest.MapFile{Data: b.Bytes()}
	r, tax := imports(t, Source{Format: FormatESCO, Version: "1.2.0", Files: in})
	if r.Skills != 13939 || r.Groups != 640 || r.Occupations != 3039 || len(r.Warnings) != 1 {
		t.Errorf("%+v", r)
	}
	for i := range full.concepts { // groups by skillsHierarchy, without skillGroups
		if c := &full.concepts[i]; c.kind == kindGroup {
			if g, ok := tax.Concept(c.id); !ok || g.Label != c.label || g.Code != c.code {
				t.Errorf("%+v, want %q %q", g, c.code, c.label)
			}
		}
	}
	half := b.Bytes()[:b.Len()/2]
	in["skills_en.csv"] = &fstest.MapFile{Data: half[:bytes.LastIndex(half, []byte("A \"\"quoted"))+4]}
	if _, err := (Source{Format: FormatESCO, Version: "1.2.0", Files: in}).Prepare(io.Discard); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "skills_en.csv:") {
		t.Errorf("half a file: error %v", err)
	}
}

func TestCheckPrepared(t *testing.T) {
	tests := []struct{ desc, data, want string }{
		{"rubbish", "rubbish\n", `"z.skills": line 1: not a prepared file`},
		{"empty", "", `"z.skills": line 1: `},
		{"a short line", magic + "\tX\t1\t\nconcept\ta\n", `"z.skills": line 2`},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			p := filepath.Join(t.TempDir(), "z"+Suffix)
			if err := os.WriteFile(p, []byte(tt.data), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := CheckPrepared(p)
			if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	// A file of before the format was noted.
	p := filepath.Join(t.TempDir(), "e"+Suffix)
	if err := os.WriteFile(p, []byte(magic+"\tESCO\t1\t\ngroup\tisced-f/99\t99\tG\t\t\t\t\nskill\tx\t\tX\tisced-f/99\t\t\t\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if c, err := CheckPrepared(p); err != nil || c.Format != FormatESCO || c.Concepts != 2 || c.Skills != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzImport(f *testing.F) {
	kinds := []struct{ format, file string }{{FormatESCO, "skills_en.csv"}, {FormatESCO, "esco.jsonl"}, {FormatONET, "Content Model Reference.txt"}, {FormatCASE, "a.json"}, {FormatRSD, "a.json"}, {FormatCTDL, "a.json"}}
	f.Add(byte(0), official()["skills_en.csv"].Data)
	f.Add(byte(1), []byte(`{"uri":"`+kKnots+`","label":"tie knots","alt":["knotting"],"broader":["`+kRopes+`"]}`))
	f.Add(byte(2), []byte(contentModel))
	f.Add(byte(3), []byte(caseJSON))
	f.Add(byte(4), []byte(rsdJSON))
	f.Add(byte(5), []byte(ctdlJSON))
	f.Add(byte(4), []byte("[{\"id\":\"https://r.example/\x00|,\t\",\"skillName\":\"\u2028|\"}]"))
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		k := kinds[int(kind)%len(kinds)]
		var b bytes.Buffer
		r, err := Source{Format: k.format, Files: folder(k.file, string(data))}.Prepare(&b)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrRefused) {
				t.Errorf("error %v", err)
			}
			return
		}
		tax, err := build(b.String())
		if err != nil {
			t.Fatalf("what was imported does not load: %v\n%s", err, b.String())
		}
		if tax.Len() < Builtin().Len() || r.Skills == 0 {
			t.Errorf("%+v", r)
		}
	})
}

// BenchmarkOpenESCO is what a start pays: the prepared file is read from disk
// and made into a taxonomy.
func BenchmarkOpenESCO(b *testing.B) {
	dir := b.TempDir()
	if _, err := installEnglish(dir, FormatESCO, "", "1.2.0", os.DirFS(shared(b, "skills/build"))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		tax, err := Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		if tax.Len() < 14579 {
			b.Fatalf("%d concepts", tax.Len())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/open")
}

package skills

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"assay/verify/verdict"
)

func TestBuiltin(t *testing.T) {
	tax := Builtin()
	shown := 0
	for i := range tax.concepts {
		if tax.concepts[i].core {
			shown++
		}
	}
	if shown < 400 {
		t.Errorf("the core holds %d concepts, want about 400 or more", shown)
	}
	var softs []string
	for _, s := range tax.SoftSkills() {
		softs = append(softs, s.Name)
		if len(s.Groups) == 0 || len(s.Aliases) == 0 {
			t.Errorf("soft skill %s has no group or no alias", s.Name)
		}
	}
	want := []string{"communication", "teamwork", "leadership", "problem solving", "critical thinking", "creativity", "time management", "adaptability", "initiative", "ethics", "digital literacy"}
	if !slices.Equal(softs, want) {
		t.Errorf("soft skills %q, want %q", softs, want)
	}
	// An alias leads to one concept, or the look-up would depend on the order of lines.
	for name, first := range tax.names {
		of := map[int32]bool{}
		for e := first; e >= 0; e = tax.entries[e].next {
			if x := tax.entries[e]; x.kind&nameAlias != 0 && tax.concepts[x.concept].kind != kindGroup {
				of[x.concept] = true
			}
		}
		if len(of) > 1 {
			t.Errorf("alias %q leads to %d concepts", name, len(of))
		}
	}
	for i := range tax.concepts {
		c := &tax.concepts[i]
		if slices.Contains(c.ancestors, c.id) {
			t.Errorf("%s is its own ancestor", c.label)
		}
		if c.kind == kindSkill && len(c.ancestors) == 0 {
			t.Errorf("%s stands nowhere", c.label)
		}
	}
}

// Every identifier and label of the core is ESCO's or O*NET's own.
func TestCoreAgreesWithFrameworks(t *testing.T) {
	dir := shared(t, "skills/build")
	full := importDir(t, FormatESCO, dir)
	onet := importDir(t, FormatONET, dir)
	for i := range Builtin().concepts {
		c := &Builtin().concepts[i]
		from := full
		if c.framework == ONET {
			from = onet
		}
		j, ok := from.lookup(c.id)
		if !ok {
			t.Errorf("%s: %s is not in the framework", c.label, c.id)
			continue
		}
		if d := &from.concepts[j]; strings.TrimSpace(d.label) != c.label || c.kind != kindTechnology && d.code != c.code {
			t.Errorf("%s: the framework says %q %q, the core %q %q", c.id, d.code, d.label, c.code, c.label)
		}
		for _, b := range c.broader {
			above := Builtin().concepts[b].id
			if !reaches(from, j, above) || Builtin().proves(int32(i), b) && !slices.Contains(from.concepts[j].ancestors, above) {
				t.Errorf("%s is not below %s in the framework", c.label, Builtin().concepts[b].label)
			}
		}
	}
}

// reaches reports whether the framework has a concept below another, whether or
// not that proves the other.
func reaches(tax *Taxonomy, i int32, id string) bool {
	seen := map[int32]bool{}
	for queue := []int32{i}; len(queue) > 0; queue = queue[1:] {
		for _, b := range tax.concepts[queue[0]].broader {
			if tax.concepts[b].id == id {
				return true
			}
			if !seen[b] {
				seen[b] = true
				queue = append(queue, b)
			}
		}
	}
	return false
}

var imported = struct {
	sync.Mutex
	by map[string]*Taxonomy
}{by: map[string]*Taxonomy{}}

// importDir imports a folder and loads the result, once for all tests.
func importDir(t testing.TB, format, dir string) *Taxonomy {
	t.Helper()
	imported.Lock()
	defer imported.Unlock()
	if tax := imported.by[format+dir]; tax != nil {
		return tax
	}
	tax, err := build(prepared(t, format, dir))
	if err != nil {
		t.Fatal(err)
	}
	imported.by[format+dir] = tax
	return tax
}

func prepared(t testing.TB, format, dir string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := prepareEnglish(format, "", "test", os.DirFS(dir), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func count(tax *Taxonomy, framework string, kind conceptKind) int {
	n := 0
	for i := range tax.concepts {
		if c := &tax.concepts[i]; c.framework == framework && c.kind == kind {
			n++
		}
	}
	return n
}

func TestImportESCO(t *testing.T) {
	dir := shared(t, "skills/build")
	tax := importDir(t, FormatESCO, dir)
	if n := count(tax, ESCO, kindSkill); n != 13939 {
		t.Errorf("%d skills, want 13,939", n)
	}
	if n := count(tax, ESCO, kindGroup); n != 640 {
		t.Errorf("%d groups, want 640", n)
	}
	// The core's aliases reach into the whole framework.
	// An alias decides where alternative labels leave two concepts ("prince2").
	if got := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{"prince2"}}); len(got) != 1 || got[0].Label != "Prince2 project management" || got[0].Basis != BasisAlias {
		t.Errorf("%+v", got)
	}
	got := tax.Resolve(verdict.Credential{Name: "x", Tags: []string{"teamwork", "programme computers in Haskell", "rope manipulation"}})
	if len(got) < 2 || got[0].ID != uTeams || got[0].Basis != BasisAlias {
		t.Errorf("%+v", got)
	}
	if got[len(got)-1].Basis != BasisText || got[len(got)-1].Label != "rope manipulation" {
		t.Errorf("a label outside the core is not found: %+v", got)
	}
	// Hierarchy: every skill reaches a pillar.
	for i := range tax.concepts {
		c := &tax.concepts[i]
		if c.framework == ESCO && c.kind == kindSkill && len(c.ancestors) == 0 {
			t.Errorf("%s stands nowhere", c.label)
		}
	}
	s := tax.Expand("communication", true)
	if !slices.Contains(s.Also, "moderate a discussion") || !slices.Contains(s.Soft, "communication") {
		t.Errorf("communication: also %q, soft %q", s.Also, s.Soft)
	}
}

// The official download is CSV: the same data in its layout must give the same
// concepts. skills_en.csv itself is made here from the parts, in its columns.
func TestImportESCOOfficialLayout(t *testing.T) {
	dir := shared(t, "skills")
	files := fstest.MapFS{}
	for _, n := range []string{"skillGroups_en.csv", "broaderRelationsSkillPillar_en.csv", "occupations_en.csv", "transversalSkillsCollection_en.csv"} {
		b, err := os.ReadFile(filepath.Join(dir, "esco-1.2.0", n))
		if err != nil {
			t.Fatal(err)
		}
		files[n] = &fstest.MapFile{Data: b}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	record := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	record("conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "hiddenLabels", "status")
	f, err := os.Open(filepath.Join(dir, "build", "esco_skills_en.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var c struct {
			URI, Label string
			Alt        []string
		}
		if err := d.Decode(&c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		record("KnowledgeSkillCompetence", c.URI, "knowledge", "sector-specific", c.Label, strings.Join(c.Alt, "\n"), "", "released")
	}
	w.Flush()
	files["skills_en.csv"] = &fstest.MapFile{Data: append([]byte("\xef\xbb\xbf"), b.Bytes()...)}
	var out bytes.Buffer
	v, err := prepareEnglish(FormatESCO, "ignored", "1.2.0", files, &out)
	if err != nil {
		t.Fatal(err)
	}
	if v.Framework != ESCO || v.Attribution != AttributionESCO {
		t.Errorf("%+v", v)
	}
	got, err := build(out.String())
	if err != nil {
		t.Fatal(err)
	}
	want := importDir(t, FormatESCO, filepath.Join(dir, "build"))
	if n, m := count(got, ESCO, kindSkill), count(want, ESCO, kindSkill); n != m {
		t.Fatalf("%d skills, want %d", n, m)
	}
	if n := count(got, ESCO, kindOccupation); n != 3039 {
		t.Errorf("%d occupations, want 3,039", n)
	}
	for i := range want.concepts {
		c := &want.concepts[i]
		if c.framework != ESCO {
			continue
		}
		j, ok := got.lookup(c.id)
		if !ok {
			t.Fatalf("%s is missing", c.id)
		}
		d := &got.concepts[j]
		a, b := slices.Sorted(slices.Values(c.ancestors)), slices.Sorted(slices.Values(d.ancestors))
		if d.label != c.label || !slices.Equal(a, b) {
			t.Errorf("%s differs: %q under %d, want %q under %d", c.id, d.label, len(b), c.label, len(a))
		}
	}
}

func TestImportONET(t *testing.T) {
	build1 := importDir(t, FormatONET, shared(t, "skills/build"))
	if n := count(build1, ONET, kindElement); n != 84 {
		t.Errorf("%d elements, want 84", n)
	}
	if n := count(build1, ONET, kindTechnology); n != 8768 {
		t.Errorf("%d technologies, want 8,768", n)
	}
	official := importDir(t, FormatONET, shared(t, "skills/onet-30.2"))
	if n := count(official, ONET, kindOccupation); n < 1000 {
		t.Errorf("%d occupations", n)
	}
	for _, name := range []string{"Software Developers", "15-1252.00", "https://www.onetonline.org/link/summary/15-1252.00"} {
		title, needs, ok := official.Occupation(name)
		if !ok || title != "Software Developers" || len(needs) < 10 {
			t.Fatalf("%s: %q, %d needs, %v", name, title, len(needs), ok)
		}
		// By its title it is the carried occupation of that title first of all.
		want := Need{Ref{uPython, "Python (computer programming)", ESCO}, false}
		if name != "Software Developers" {
			want = Need{Ref{onetTech + "Python", "Python", ONET}, true}
		}
		if !slices.Contains(needs, want) {
			t.Errorf("%s: software developers do not need Python: %v", name, needs)
		}
	}
	if title, _, ok := Builtin().Occupation("Software Developers"); !ok || title != "software developer" {
		t.Errorf("the core knows %q", title)
	}
}

func TestImportONETRatings(t *testing.T) {
	in := fstest.MapFS{
		"Occupation Data.txt": {Data: []byte("O*NET-SOC Code\tTitle\tDescription\r\n11-1011.00\tChief Executives\tx\r\n")},
		"Skills.txt":          {Data: []byte("O*NET-SOC Code\tElement ID\tElement Name\tScale ID\tData Value\r\n11-1011.00\t2.A.1.a\tReading Comprehension\tIM\t4.12\r\n11-1011.00\t2.A.1.a\tReading Comprehension\tLV\t4.75\r\n11-1011.00\t2.A.1.e\tMathematics\tIM\t3.00\r\n11-1011.00\t2.A.1.f\tScience\tIM\t1.88\r\n")},
	}
	var b bytes.Buffer
	if _, err := prepareEnglish(FormatONET, "", "30", in, &b); err != nil {
		t.Fatal(err)
	}
	tax, err := build(b.String())
	if err != nil {
		t.Fatal(err)
	}
	_, needs, ok := tax.Occupation("chief executives")
	if !ok || len(needs) != 2 || needs[0].Label != "Reading Comprehension" || !needs[0].Required || needs[1].Label != "Mathematics" || needs[1].Required {
		t.Errorf("%v %+v", ok, needs)
	}
}

const caseJSON = `{"CFDocument":{"title":"Harbour skills","creator":"Harbour College","licenseURI":{"uri":"https://l.example/cc-by"}},
"CFItems":[{"identifier":"1b7b7b7b-0000-4000-8000-000000000001","uri":"https://case.example.org/ims/case/v1p0/CFItems/1b7b7b7b-0000-4000-8000-000000000001","fullStatement":"Work with ropes","humanCodingScheme":"R"},
{"identifier":"1b7b7b7b-0000-4000-8000-000000000002","uri":"https://case.example.org/ims/case/v1p0/CFItems/1b7b7b7b-0000-4000-8000-000000000002","fullStatement":"Tie a bowline","abbreviatedStatement":"Bowline","humanCodingScheme":"R.1"}],
"CFAssociations":[{"associationType":"isChildOf","originNodeURI":{"identifier":"1b7b7b7b-0000-4000-8000-000000000002"},"destinationNodeURI":{"identifier":"1b7b7b7b-0000-4000-8000-000000000001"}}]}`

const rsdJSON = `{"name":"Rigging","skills":[{"id":"https://osmt.example.org/api/skills/1b7b7b7b-0000-4000-8000-000000000003","uuid":"1b7b7b7b-0000-4000-8000-000000000003","skillName":"Inspect slings","skillStatement":"Inspect slings before use.",
"alignments":[{"id":"http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"}]}]}`

const ctdlJSON = `{"@graph":[{"@type":"ceasn:CompetencyFramework","ceasn:name":{"en-us":"Docks"}},
{"@type":"ceasn:Competency","@id":"https://credentialengineregistry.org/resources/ce-1b7b7b7b-0000-4000-8000-000000000004","ceterms:ctid":"ce-1b7b7b7b-0000-4000-8000-000000000004","ceasn:competencyText":{"en-us":"Moor a ship"}}]}`

func TestImportJSON(t *testing.T) {
	tests := []struct {
		desc, format, data string
		url, label, under  string
		framework          string
	}{
		{"CASE by the item's URL on another host", FormatCASE, caseJSON, "https://other.example.org/ims/case/v1p1/CFItems/1B7B7B7B-0000-4000-8000-000000000002", "Bowline", "https://case.example.org/ims/case/v1p0/CFItems/1b7b7b7b-0000-4000-8000-000000000001", "Harbour skills"},
		{"RSD", FormatRSD, rsdJSON, "https://osmt.example.org/api/skills/1b7b7b7b-0000-4000-8000-000000000003", "Inspect slings", "", "Rigging"},
		{"CTDL by the finder's page", FormatCTDL, ctdlJSON, "https://credentialfinder.org/#/competency/ce-1b7b7b7b-0000-4000-8000-000000000004", "Moor a ship", "", "Docks"},
		{"CTDL by its bare id", FormatCTDL, ctdlJSON, "ce-1b7b7b7b-0000-4000-8000-000000000004", "Moor a ship", "", "Docks"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			var b bytes.Buffer
			v, err := prepareEnglish(tt.format, "", "1", fstest.MapFS{"a.json": {Data: []byte(tt.data)}}, &b)
			if err != nil {
				t.Fatal(err)
			}
			if v.Framework != tt.framework {
				t.Errorf("framework %q, want %q", v.Framework, tt.framework)
			}
			tax, err := build(b.String())
			if err != nil {
				t.Fatal(err)
			}
			got := tax.Resolve(verdict.Credential{Name: "x", Alignments: []verdict.Alignment{{TargetURL: tt.url, TargetName: "as the badge says"}}})
			if len(got) != 1 || got[0].Label != tt.label || got[0].Basis != BasisURI || got[0].Framework != tt.framework {
				t.Fatalf("%+v", got)
			}
			if tt.under != "" && !slices.Contains(got[0].Above.Ancestors, tt.under) {
				t.Errorf("not below %s: %q", tt.under, got[0].Above.Ancestors)
			}
		})
	}
}

func TestImportRefuses(t *testing.T) {
	tests := []struct {
		desc, format, file, data string
	}{
		{"no such format", "sfia", "a.json", "{}"},
		{"nothing in the folder", FormatESCO, "readme.txt", "x"},
		{"broken JSON", FormatCASE, "a.json", "{"},
		{"no items", FormatCASE, "a.json", `{"CFDocument":{}}`},
		{"no skills", FormatRSD, "a.json", `{"skills":[]}`},
		{"broken JSON lines", FormatESCO, "esco_x.jsonl", `{"uri":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			_, err := prepareEnglish(tt.format, "", "", fstest.MapFS{tt.file: {Data: []byte(tt.data)}}, io.Discard)
			if !errors.Is(err, ErrFormat) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestInstallReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "frameworks")
	if tax, err := Open(dir); err != nil || tax != Builtin() {
		t.Fatalf("an absent folder: %v", err)
	}
	in := fstest.MapFS{"a.json": {Data: []byte(caseJSON)}}
	if _, err := installEnglish(dir, FormatCASE, "", "2025", in); err != nil {
		t.Fatal(err)
	}
	old, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	in["a.json"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(caseJSON, "Bowline", "Bowline knot"))}
	if _, err := installEnglish(dir, FormatCASE, "", "2024", in); err != nil { // the newest import counts, not the greatest name
		t.Fatal(err)
	}
	tax, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	const id = "https://case.example.org/ims/case/v1p0/CFItems/1b7b7b7b-0000-4000-8000-000000000002"
	if old.Label(id) != "Bowline" || tax.Label(id) != "Bowline knot" {
		t.Errorf("old %q, new %q", old.Label(id), tax.Label(id))
	}
	if v := tax.Versions(); len(v) != 2 || v[0].Version != "2024" || v[0].Concepts != 2 || v[1].Framework != "core" {
		t.Errorf("%+v", v)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 1 {
		t.Errorf("%q, %v", names, err)
	}
	// A broken file is refused, and does not take the place of a good one.
	if _, err := installEnglish(dir, FormatCASE, "", "2026", fstest.MapFS{"a.json": {Data: []byte("{")}}); !errors.Is(err, ErrFormat) {
		t.Errorf("error %v", err)
	}
	if tax, err := Open(dir); err != nil || tax.Label(id) != "Bowline knot" {
		t.Errorf("after a refused import: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "z"+Suffix), []byte("rubbish\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrFormat) {
		t.Errorf("error %v", err)
	}
}

func TestExpand(t *testing.T) {
	tests := []struct {
		desc, term string
		fuzzy      bool
		known      bool
		corrected  bool
		id         string // among Exact and Alias
		also       string // among Also
		soft       string
	}{
		{"alias", "golang", true, true, false, onetTech + "Go", "", ""},
		{"soft skill widens to what lies below", "communication", true, true, false, uCommGrp, "moderate a discussion", "communication"},
		{"teamwork is no label of ESCO", "teamwork", true, true, false, uTeams, "build team spirit", "teamwork"},
		{"swapped letters", "pyhton", true, true, true, uPython, "", ""},
		{"a missing letter", "comunication", true, true, true, uCommGrp, "moderate a discussion", "communication"},
		{"typing error in a phrase", "project managment", true, true, true, "", "", ""},
		{"no typing errors wanted", "pyhton", false, false, false, "", "", ""},
		{"short words are not guessed at", "jva", true, false, false, "", "", ""},
		{"unknown", "quaxolotl", true, false, false, "", "", ""},
		{"URI", uPython, true, true, false, uPython, "", ""},
		{"both frameworks", "python", true, true, false, onetTech + "Python", "", ""},
		{"empty", "", true, false, false, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			s := Builtin().Expand(tt.term, tt.fuzzy)
			if s.Known() != tt.known || s.Corrected != tt.corrected {
				t.Errorf("known %v, corrected %v: %+v", s.Known(), s.Corrected, s)
			}
			if tt.id != "" && !slices.ContainsFunc(append(s.Exact, s.Alias...), func(r Ref) bool { return r.ID == tt.id }) {
				t.Errorf("%s is missing from %v %v", tt.id, s.Exact, s.Alias)
			}
			if tt.also != "" && !slices.Contains(s.Also, tt.also) {
				t.Errorf("%q is missing from %q", tt.also, s.Also)
			}
			if tt.soft != "" && !slices.Contains(s.Soft, tt.soft) {
				t.Errorf("soft %q", s.Soft)
			}
		})
	}
}

func TestSuggest(t *testing.T) {
	tests := []struct{ prefix, want string }{
		{"py", "Python"}, {"WORK IN T", "work in teams"}, {"golan", "Go"}, {"first a", "first aid"}, {"teamw", "work in teams"},
	}
	for _, tt := range tests {
		got := Builtin().Suggest(tt.prefix, 10)
		if !slices.ContainsFunc(got, func(r Ref) bool { return r.Label == tt.want }) {
			t.Errorf("%q: %q is missing from %v", tt.prefix, tt.want, got)
		}
	}
	for _, p := range []string{"", "***", "zzzzqq"} {
		if got := Builtin().Suggest(p, 10); len(got) > 0 {
			t.Errorf("%q: %v", p, got)
		}
	}
	if got := Builtin().Suggest("a", 3); len(got) != 3 {
		t.Errorf("asked for 3, got %v", got)
	}
}

func TestConcept(t *testing.T) {
	c, ok := Builtin().Concept("https://esco.ec.europa.eu/en/classification/skill?uri=" + uPython)
	if !ok || c.Label != "Python (computer programming)" || c.Same == nil || c.Same.Framework != ONET || len(c.Broader) == 0 || !slices.Contains(c.Aliases, "python") {
		t.Errorf("%+v", c)
	}
	if _, ok := Builtin().Concept("https://nowhere.example/x"); ok {
		t.Error("a concept from nowhere")
	}
	if Builtin().Label(uTeams) != "work in teams" || Builtin().Label("x") != "" {
		t.Error("labels")
	}
}

// A framework whose hierarchy runs in a circle must not hang or overflow.
func TestCircle(t *testing.T) {
	head := magic + "\tLoop\t1\t\n"
	tax, err := build(head + "concept\thttps://l.example/1\t1\tOne\t2\t\t\t\nconcept\thttps://l.example/2\t2\tTwo\t1\t\t\t\nconcept\thttps://l.example/3\t3\tThree\t3\t\t\t\n")
	if err != nil {
		t.Fatal(err)
	}
	if s := tax.Expand("one", false); s.Count > 2 {
		t.Errorf("%+v", s)
	}
}

func FuzzBuild(f *testing.F) {
	f.Add("concept\thttps://l.example/1\t1\tOne\t2\t\t\ta|b\nskill\tx\t\tX\tT4.1\t\t\t\n")
	f.Add("occupation\t1\t11-1\tChief\t\t\t!https://l.example/1\t\nsoft\ta\t\tb\tT4.1\tb\t\tc\n")
	f.Add("group\tisced-f/99\t99\tG\t99\t\t\t\n")
	f.Fuzz(func(t *testing.T, body string) {
		tax, err := build(magic + "\tF\t1\t\n" + body)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("error %v", err)
			}
			return
		}
		tax.Expand("one", true)
		tax.Suggest("o", 5)
		tax.Resolve(verdict.Credential{Name: "One", Tags: []string{body}})
	})
}

func BenchmarkLoad(b *testing.B) {
	esco := prepared(b, FormatESCO, shared(b, "skills/build"))
	b.SetBytes(int64(len(esco)))
	for b.Loop() {
		if _, err := build(esco); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	dir := shared(b, "skills/build")
	for b.Loop() {
		if _, err := prepareEnglish(FormatESCO, "", "", os.DirFS(dir), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResolveESCO(b *testing.B) {
	tax := importDir(b, FormatESCO, shared(b, "skills/build"))
	c := usual()
	b.ReportAllocs()
	for b.Loop() {
		tax.Resolve(c)
	}
}

func BenchmarkExpand(b *testing.B) {
	tax := importDir(b, FormatESCO, shared(b, "skills/build"))
	for _, term := range []string{"communication", "pyhton", "rope manipulation"} {
		tax.Expand(term, true)
		b.Run(term, func(b *testing.B) {
			for b.Loop() {
				tax.Expand(term, true)
			}
		})
	}
}

func BenchmarkSuggest(b *testing.B) {
	tax := importDir(b, FormatESCO, shared(b, "skills/build"))
	tax.Suggest("x", 1)
	for b.Loop() {
		tax.Suggest("co", 10)
	}
}

func TestImportESCOOccupations(t *testing.T) {
	in := fstest.MapFS{
		"skills_en.csv":                   {Data: []byte("conceptType,conceptUri,preferredLabel,altLabels\nKnowledgeSkillCompetence,http://data.europa.eu/esco/skill/1b7b7b7b-0000-4000-8000-000000000001,tie knots,\"knotting\nknot work\"\nKnowledgeSkillCompetence,http://data.europa.eu/esco/skill/1b7b7b7b-0000-4000-8000-000000000002,splice ropes,\n")},
		"occupations_en.csv":              {Data: []byte("conceptUri,preferredLabel,altLabels,code\nhttp://data.europa.eu/esco/occupation/1b7b7b7b-0000-4000-8000-000000000009,rigger,rope worker,7215.1\n")},
		"occupationSkillRelations_en.csv": {Data: []byte("occupationUri,relationType,skillType,skillUri\nhttp://data.europa.eu/esco/occupation/1b7b7b7b-0000-4000-8000-000000000009,optional,knowledge,http://data.europa.eu/esco/skill/1b7b7b7b-0000-4000-8000-000000000002\nhttp://data.europa.eu/esco/occupation/1b7b7b7b-0000-4000-8000-000000000009,essential,skill,http://data.europa.eu/esco/skill/1b7b7b7b-0000-4000-8000-000000000001\n")},
	}
	var b bytes.Buffer
	if _, err := prepareEnglish(FormatESCO, "", "1", in, &b); err != nil {
		t.Fatal(err)
	}
	tax, err := build(b.String())
	if err != nil {
		t.Fatal(err)
	}
	title, needs, ok := tax.Occupation("Rope Worker")
	if !ok || title != "rigger" || len(needs) != 2 || needs[0].Label != "splice ropes" || needs[0].Required || needs[1].Label != "tie knots" || !needs[1].Required {
		t.Errorf("%q %+v %v", title, needs, ok)
	}
	// An occupation is not a skill, whatever a badge calls itself.
	got := tax.Resolve(verdict.Credential{Name: "Rigger!", Tags: []string{"knot work"}, Alignments: []verdict.Alignment{{TargetURL: "http://data.europa.eu/esco/occupation/1b7b7b7b-0000-4000-8000-000000000009"}}})
	if len(got) == 0 || got[0].Label != "tie knots" || got[0].Basis != BasisText {
		t.Errorf("%+v", got)
	}
	for _, s := range got {
		if strings.Contains(s.ID, "occupation") {
			t.Errorf("%+v", s)
		}
	}
}

// prepareEnglish prepares a framework in English.
func prepareEnglish(format, name, version string, in fs.FS, out io.Writer) (Version, error) {
	r, err := Source{Format: format, Files: in, Name: name, Version: version}.Prepare(out)
	return r.Version, err
}

// installEnglish imports one in English into a folder, without force.
func installEnglish(dir, format, name, version string, in fs.FS) (Version, error) {
	r, err := Source{Format: format, Files: in, Name: name, Version: version}.Install(dir, false)
	return r.Version, err
}

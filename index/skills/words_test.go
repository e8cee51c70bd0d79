package skills

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"assay/verify/verdict"
)

// taxonomies are what assay runs with: the core alone, and with all of ESCO and
// O*NET.
func taxonomies(t testing.TB) map[string]*Taxonomy {
	t.Helper()
	out := map[string]*Taxonomy{"core": Builtin()}
	if dir := sharedOrNot(t, "skills/build"); dir != "" {
		out["esco"] = importDir(t, FormatESCO, dir)
		out["onet"] = importDir(t, FormatONET, dir)
		bothOnce.Do(func() {
			var err error
			if both, err = build(prepared(t, FormatESCO, dir), prepared(t, FormatONET, dir)); err != nil {
				t.Fatal(err)
			}
		})
		out["both"] = both
	}
	return out
}

var (
	bothOnce sync.Once
	both     *Taxonomy
)

func tagged(tag string) verdict.Credential {
	return verdict.Credential{Name: "Harbour week", Tags: []string{tag}}
}

// Every name of every soft skill of hiring leads to it, as a tag and as the
// badge's name: ours, and those of the curated table.
func TestSoftSkillNames(t *testing.T) {
	names := map[string][]string{}
	for _, s := range Builtin().SoftSkills() {
		names[s.Name] = append([]string{s.Name, strings.ToUpper(s.Name)}, s.Aliases...)
	}
	if dir := sharedOrNot(t, "skills/build"); dir != "" {
		f, err := os.Open(filepath.Join(dir, "softskills.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		for s.Scan(); s.Scan(); {
			cells := strings.Split(s.Text(), "\t")
			soft := strings.ReplaceAll(cells[0], "-", " ")
			if names[soft] == nil {
				t.Errorf("no soft skill %q", soft)
			}
			names[soft] = append(append(names[soft], cells[0]), strings.Split(cells[5], "|")...)
		}
	}
	for version, tax := range taxonomies(t) {
		for soft, list := range names {
			for _, name := range list {
				for _, c := range []verdict.Credential{tagged(name), {Name: name}, {Name: name + " badge"}, {Alignments: []verdict.Alignment{{TargetName: name}}}} {
					_, certificate := tax.Certificate(name) // ecdl shows more than the one skill
					if got := tax.Resolve(c); len(got) != 1 && !certificate || len(got) == 0 || got[0].Soft != soft {
						t.Errorf("%s: %q is not %s: %+v", version, name, soft, got)
					}
				}
				if s := tax.Expand(name, false); len(s.Exact)+len(s.Alias) == 0 {
					t.Errorf("%s: a search for %q means nothing", version, name)
				}
			}
		}
	}
}

// Words that mean something else to everybody than to a framework.
func TestCommonWordsStayUnmapped(t *testing.T) {
	words := strings.Fields(`Security Gold Silver Bronze Platinum Diamond salt act flask unity rail containers
		send signing turning spring drive acrobat minutes skill skills service services level badge certificate course training completed
		slides canvas eclipse scratch puppet rage frostbite absorb assembly source less groovy blackberry less energy migration hair
		iron lead draw climb clean guide press helmet call chip coal paint experiment choose detect lexicon mocha harvest euphoria dylan curl pole
		fiction prose sequel confinement mechanisms patterns frames bacteria outlines jewels electric analytic medicine banking
		science design technology business management installation monitoring workshop expert advanced quality safety`)
	words = append(words, "continuous integration", "infrastructure as code", "data structures", "container orchestration", "ruby red", "online learning",
		"Level 2", "Gold badge", "Security certificate", "Harbour College", "2024", "Year 9", "Portland, Maine", "*** --")
	for version, tax := range taxonomies(t) {
		for _, w := range words {
			for _, s := range tax.Resolve(tagged(w)) {
				if s.Basis != BasisUnmapped {
					t.Errorf("%s: %q becomes %q (%s, %s)", version, w, s.Label, s.Framework, s.Basis)
				}
			}
		}
	}
}

func TestCommonWordsResolve(t *testing.T) {
	tests := []struct{ word, label string }{
		{"python", "Python (computer programming)"}, {"Java", "Java (computer programming)"}, {"golang", "Go"}, {"C++", "C++"}, {"c#", "C#"}, {"JavaScript", "JavaScript"},
		{"typescript", "TypeScript"}, {"SQL", "SQL"}, {"html", "Hypertext markup language HTML"}, {"css", "CSS"}, {"docker", "Docker"}, {"k8s", "Kubernetes"}, {"kubernetes", "Kubernetes"},
		{"aws", "Amazon Web Services AWS software"}, {"azure", "Microsoft Azure software"}, {"terraform", "IBM Terraform"}, {"jenkins", "Jenkins CI"}, {"spring boot", "Spring Boot"},
		{"ruby on rails", "Ruby on Rails"}, {"ruby", "Ruby (computer programming)"}, {"excel", "use spreadsheets software"}, {"spreadsheets", "use spreadsheets software"}, {"spreadsheet", "use spreadsheets software"},
		{"powerpoint", "use presentation software"}, {"adobe acrobat", "Adobe Acrobat"}, {"photoshop", "Adobe Photoshop"}, {"machine learning", "machine learning"}, {"ai", "principles of artificial intelligence"},
		{"data analysis", "data analytics"}, {"databases", "use databases"}, {"database", "use databases"}, {"algorithms", "algorithms"}, {"cyber security", "cyber security"}, {"cybersecurity", "cyber security"},
		{"gdpr", "GDPR"}, {"data protection", "data protection"}, {"data privacy", "data protection"}, {"welding", "welding techniques"}, {"weld", "welding techniques"}, {"forklift", "operate forklift"},
		{"first aid", "first aid"}, {"CPR", "resuscitation"}, {"food hygiene", "food hygiene rules"}, {"carpentry", "carpentry"}, {"plumbing", "install plumbing systems"}, {"bricklaying", "lay bricks"},
		{"nursing", "nursing science"}, {"accounting", "accounting"}, {"bookkeeping", "accounting techniques"}, {"project management", "project management"}, {"seo", "search engine optimisation"},
		{"English", "English"}, {"spanish", "Spanish"}, {"sign language", "sign language"}, {"teamwork", "work in teams"}, {"team-work", "collaborating in teams and networks"}, {"Leadership skills", "lead others"}, {"communication", "communicating"},
		{"ethics", "following ethical code of conduct"}, {"problem-solving", "solve problems"}, {"time management", "manage time"}, {"critical thinking", "think critically"}, {"public speaking", "conduct public presentations"},
		{"presentation skill", "conduct public presentations"}, {"mathematics", "mathematics"}, {"statistics", "statistics"}, {"soft skills", "transversal skills and competences"},
		{"barista", "prepare specialised coffee"}, {"hgv", "manoeuvre heavy trucks"}, {"drones", "operate drones in civil engineering"}, {"inventory management", "manage inventory"},
	}
	for version, tax := range taxonomies(t) {
		for _, tt := range tests {
			if got := tax.Resolve(tagged(tt.word)); len(got) != 1 || got[0].Label != tt.label || got[0].Basis == BasisUnmapped {
				t.Errorf("%s: %q is %+v, want %q", version, tt.word, got, tt.label)
			}
		}
	}
}

// The words of the table are as those that they are compared with: else nothing
// would ever be one of them.
func TestWordsAreFolded(t *testing.T) {
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(wordsFile) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(f) < 2 {
			continue
		}
		n++
		key := f[0] + " " + f[1]
		if f[0] == "speaks" || f[0] == "against" {
			key = strings.Join(f, " ") // of several fields
		}
		if seen[key] {
			t.Errorf("%s stands twice", key)
		} else {
			seen[key] = true
		}
		var buf [128]byte
		want := f[1]
		switch f[0] {
		case "level", "unattained", "attained", "letter", "measure", "whole", "beside":
			want = string(appendFolded(buf[:0], f[1]))
		case "alone", "homonym", "speaks", "against", "neutral", "not", "present", "certificate":
			want = string(fold(buf[:0], f[1], false))
		case "begins", "target", "target-part", "done", "ends", "opens", "vendor", "product":
			want = strings.ToLower(f[1])
		}
		if want != f[1] {
			t.Errorf("%s %q is looked up as %q", f[0], f[1], want)
		}
	}
	if n < 300 || n != len(seen) {
		t.Errorf("%d words", n)
	}
}

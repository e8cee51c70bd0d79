package look

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asksFor finds the messages that templates and handlers ask for by name.
var asksFor = []*regexp.Regexp{
	regexp.MustCompile(`\bt "((?:[^"\\]|\\.)*)"`),            // of a template
	regexp.MustCompile(`(?:\.T|\bmsg)\("((?:[^"\\]|\\.)*)"`), // of a handler
}

// sentences of other packages.
var sentences = regexp.MustCompile(`(?::\s+|return )"([^"]+)"`)

var verbs = regexp.MustCompile(`%(?:\[\d+\])?[a-z]`)

// TestCatalogues: each language has every message that is asked for, with the same
// verbs, and none that nobody asks for.
func TestCatalogues(t *testing.T) {
	asked := map[string]bool{}
	for _, s := range States() {
		asked[s.Word()], asked[s.Sentence()] = true, true
	}
	for _, m := range monthNames {
		asked[m], asked[m[:3]] = true, true
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".html"}, filepath.Ext(path)) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, re := range asksFor {
			for _, m := range re.FindAllSubmatch(b, -1) {
				var text string
				if err := json.Unmarshal([]byte(`"`+string(m[1])+`"`), &text); err != nil {
					t.Errorf("%s: %s: %v", path, m[1], err)
				}
				asked[text] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// What other packages say of badges and documents, by their codes.
	for _, x := range []struct{ path, from string }{{"verify/verdict/words.go", "var reasonWords = "}, {"verify/verdict/words.go", "func (q Question) Words() string {"}, {"verify/verdict/words.go", "var warningWords = "}, {"verify/verdict/standing.go", "func (l Level) Words() string {"}, {"extract/reasons.go", "var reasonWords = "}, {"ingest/examine/examine.go", "func (s Skipped) Words() string {"}} {
		path, from := x.path, x.from
		b, err := os.ReadFile(filepath.Join("../../..", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		_, part, ok := strings.Cut(string(b), from)
		part, _, _ = strings.Cut(part, "\n}\n")
		said := sentences.FindAllStringSubmatch(part, -1)
		if !ok || len(said) < 6 {
			t.Errorf("%s says %d sentences", path, len(said))
		}
		for _, m := range said {
			asked[m[1]] = true
		}
	}
	for _, name := range []string{"en", "de"} {
		b, err := files.ReadFile("catalogue/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var m messages
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		for key, raw := range m.Messages {
			if !asked[key] {
				t.Errorf("%s: nobody asks for %q", name, key)
			}
			texts := map[string]string{}
			if json.Unmarshal(raw, &texts) != nil {
				var one string
				if err := json.Unmarshal(raw, &one); err != nil {
					t.Errorf("%s: %q: %v", name, key, err)
				}
				texts["other"] = one
			}
			want := verbs.FindAllString(key, -1)
			slices.Sort(want)
			for form, text := range texts {
				got := verbs.FindAllString(text, -1)
				slices.Sort(got)
				if !slices.Equal(got, want) && (form != "one" || len(got) > len(want)) {
					t.Errorf("%s: %q has verbs %v, %q has %v", name, key, want, text, got)
				}
			}
		}
		if name == "en" {
			continue
		}
		for key := range asked {
			if m.Messages[key] == nil {
				t.Errorf("%s: lacks %q", name, key)
			}
		}
	}
}

// TestOneWordEach: a thing has one German word; those given up do not come back.
func TestOneWordEach(t *testing.T) {
	b, err := files.ReadFile("catalogue/de.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{"Auswahlliste", "Rahmenwerk", "Kandidat", "usgeben", "Letzter Blick", "Verweis ", "Verweise ", "geführten Ausstellers", "Sandkasten", `"vorbei`, "gesagt von"} {
		if strings.Contains(string(b), given) {
			t.Errorf("%q is said in another word", given)
		}
	}
}

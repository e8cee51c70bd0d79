package query

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/verdict"
)

// asked reads a question as of the tests' day.
func askedNow(t *testing.T, text string) Query {
	t.Helper()
	q, err := New(text, Options{Now: recordtest.Now})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return q
}

// reads holds what questions are read as to what is wanted.
func reads(t *testing.T, wanted map[string]string) {
	t.Helper()
	for text, want := range wanted {
		p, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.Tree.String(); got != want {
			t.Errorf("%s is read %s, want %s", text, got, want)
		}
	}
}

func ways(list []Reading) []Way {
	var out []Way
	for _, r := range list {
		out = append(out, r.Way)
	}
	return out
}

// Who types a skill with an error is shown its neighbours as who does not.
func TestRelatedToMisspelt(t *testing.T) {
	right, wrong := askedNow(t, "javascript"), askedNow(t, "javscript")
	r := Reading{Way: WayRelated}
	if want := right.Related(r); len(want) == 0 || !slices.Equal(wrong.Related(r), want) {
		t.Errorf("javscript: %q, want %q", wrong.Related(r), want)
	}
	if !slices.Contains(ways(wrong.Relax()), WayRelated) {
		t.Error("no reading by what is related")
	}
	if word := askedNow(t, "javscript zymurgology"); slices.ContainsFunc(word.RelaxBy([]int{1, 0}), func(r Reading) bool { return r.Drop == 2 }) {
		t.Error("the misspelt word stands alone where another was given up")
	}
}

// A role's word says something beside another only, but where it is all that was asked for.
func TestRoleAlone(t *testing.T) {
	for text, want := range map[string][]Way{
		"chef":                 {WayRelated},
		"experienced chef":     {WayFillers, WayRelated},
		"chef zymurgology":     nil,
		"chef with experience": {WayFillers, WayRelated},
	} {
		q := askedNow(t, text)
		got := ways(q.Relax())
		got = slices.DeleteFunc(got, func(w Way) bool { return w != WayFillers && w != WayRelated })
		if len(want) > 0 && !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	q := askedNow(t, "chef zymurgology")
	if _, ok := q.Read([]Reading{{Way: WayMost, Drop: 2}}, false); ok {
		t.Error("chef alone is enough for chef zymurgology")
	}
}

// A word that nobody meets hides no neighbours of the others.
func TestRelatedBesideUnmet(t *testing.T) {
	q := askedNow(t, "cooking zymurgology")
	for _, r := range q.RelaxBy([]int{1, 0}) {
		if r.Way == WayRelated && r.Drop == 2 {
			return
		}
	}
	t.Errorf("%+v", q.RelaxBy([]int{1, 0}))
}

// A level is one with its word before or after it, in any of the languages.
func TestLevelsAsWritten(t *testing.T) {
	for _, text := range []string{
		"german level B1", "german B1 level", "inglés nivel B1", "inglese livello B1", "niemiecki poziom B1", "anglais niveau B1", "Deutsch ab B1",
		"deutsch Niveau B1", "german from B1", "german since B1",
	} {
		q := askedNow(t, text)
		things := q.Things()
		if len(things) != 2 || len(q.Expanded) != 2 || q.Expanded[1].Label != "level B1 or above" {
			t.Errorf("%s: %+v", text, q.Expanded)
		}
	}
}

// The word for a level belongs to the number behind it, where one is: B1, and level 3.
func TestLevelOfTwo(t *testing.T) {
	var told []string
	for _, e := range askedNow(t, "German B1 level 3").Expanded {
		told = append(told, e.Term+": "+e.Label)
	}
	if want := []string{"German: German", "B1: level B1 or above", "level 3: level 3 or above"}; !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
}

// A title of one word that was typed as two, with an error, is that title; so is one of
// several words with an error in one of them, whatever each is alone.
func TestMisspeltTitles(t *testing.T) {
	for text, want := range map[string]string{
		"life gaurd": "lifeguard", "hair dreser": "hairdresser", "house keper": "housekeeper", "ware house worker": "warehouse worker",
		"software devloper": "software developer", "python life gaurd": "lifeguard", "life insurance": "", "house music": "", "hair colouring": "",
	} {
		q := askedNow(t, text)
		if title, _, _ := q.Occupation(); title != want {
			t.Errorf("%s is the occupation %q, want %q", text, title, want)
		}
	}
	if q := askedNow(t, "life gaurd"); len(q.Expanded) != 1 || q.Expanded[0].Label != "rescue bathers" || q.Expanded[0].How != HowTypo {
		t.Errorf("%+v", q.Expanded)
	}
}

// A name of one word that was typed as two is that name, unless both are names of their own.
func TestRunTogether(t *testing.T) {
	for text, want := range map[string]string{
		"hair dresser": "hairdresser: hairdressing", "book keeper": "bookkeeper: accounting techniques", "data base": "database: use databases",
		"java script": "java script: JavaScript", "hair care": "hair: ", "be have": "be: ", "python sql": "python: Python (computer programming)",
	} {
		if e := askedNow(t, text).Expanded; e[0].Term+": "+e[0].Label != want {
			t.Errorf("%s is told as %q: %q, want %q", text, e[0].Term, e[0].Label, want)
		}
	}
	for text, want := range map[string]string{"hair dresser": "hairdresser", "fire fighter": "firefighter", "office worker": ""} {
		q := askedNow(t, text)
		if title, _, _ := q.Occupation(); title != want {
			t.Errorf("%s is the occupation %q, want %q", text, title, want)
		}
	}
}

// Of a certificate an edition may be asked for that the table does not know.
func TestUnknownEdition(t *testing.T) {
	for text, want := range map[string]string{"CEH v14": "Certified Ethical Hacker", "CISSP v3.1": "Certified Information Systems Security Professional", "python v3": "Python (computer programming)", "CEH vault": "Certified Ethical Hacker"} {
		e := askedNow(t, text).Expanded
		if e[0].Label != want || strings.HasPrefix(text, "C") && (e[0].Term == text) != (text != "CEH vault") {
			t.Errorf("%s: %+v", text, e[0])
		}
	}
}

// The signs of a text are no part of its words, and its colon is that of no field.
func TestTextsSigns(t *testing.T) {
	reads(t, map[string]string{
		"java, python; sql.":      "java AND python AND sql",
		"data analyst: SQL, R!":   "data AND analyst AND SQL AND R",
		"Skills: forklift":        "Skills AND forklift",
		"java,":                   "java",
		"C++, C#.":                "C++ AND C#",
		".NET, Node.js":           ".NET AND Node.js",
		"http://a.example/x?":     "http://a.example/x?",
		"python (java, sql.) c++": "python AND (java AND sql) AND c++",
	})
	for _, text := range []string{"colour:red", "issuer: x", "level:", "colour>3", "colour>"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s is read as words", text)
		}
	}
}

// Single letters about a slash are one word.
func TestLettersAboutSlash(t *testing.T) {
	for text, want := range map[string]int{"a/b zymurgology": 2, "i/o zymurgology": 2, "aws/azure": 2, "c/c++": 2} {
		q := askedNow(t, text)
		if got := len(q.Things()); got != want {
			t.Errorf("%s: %d things, want %d", text, got, want)
		}
	}
}

// What says in an advert that everybody is meant asks for nothing, and ends no word.
func TestEverybodyIsMeant(t *testing.T) {
	reads(t, map[string]string{
		"Elektriker:in":                      "Elektriker",
		"Schweißer:innen":                    "Schweißer",
		"Elektriker*in python":               "Elektriker AND python",
		"Elektriker_in":                      "Elektriker",
		"Elektriker/-in, Berlin":             "Elektriker AND Berlin",
		"LKW-Fahrer/in (m/w/d)":              "LKW-Fahrer",
		"soudeur (H/F)":                      "soudeur",
		"soudeur H/F":                        "soudeur",
		"soudeur(se) inox":                   "soudeur AND inox",
		"technicien·ne":                      "technicien",
		"soldador/a":                         "soldador",
		"soldador(a)":                        "soldador",
		"saldatore/trice":                    "saldatore",
		"lasser (m/v)":                       "lasser",
		"spawacz (k / m)":                    "spawacz",
		"welder (m|f|d) AND java":            "welder AND java",
		"forklift driver (all genders)":      "forklift AND driver",
		"m/w/d":                              "m/w/d",
		"welder (a/b)":                       "welder AND a/b",
		"ci/cd":                              "ci/cd",
		"java/se":                            "java/se",
		"python/r":                           "python/r",
		"i/o":                                "i/o",
		`"Elektriker:in" (python OR java)`:   `"Elektriker:in" AND (python OR java)`,
		`"der Elektriker:in heute" python`:   `"der Elektriker:in heute" AND python`,
		"https://a.example/skills/a":         "https://a.example/skills/a",
		"issuer:in":                          "issuer:in",
		"python(java)":                       "python AND java",
		"Pflegefachkraft (m/w/d) (gn) in":    "Pflegefachkraft AND in",
		"Erzieher:in AND NOT Elektriker/in.": "Erzieher AND NOT Elektriker",
		// Languages, classes of licences, hardware, and words of one's own.
		"programming (C, R)":                   "programming AND (C AND R)",
		"Führerschein (B, C, E)":               "Führerschein AND (B AND C AND E)",
		"driver AND (C, D)":                    "driver AND (C AND D)",
		"permis(E)":                            "permis AND E",
		"H/W engineer":                         "H/W AND engineer",
		"plug/in sign/in":                      "plug/in AND sign/in",
		"(Elektriker:in OR Mechaniker:in) SPS": "(Elektriker OR Mechaniker) AND SPS",
		`"SPS" Elektriker:in (m/w/d)`:          `"SPS" AND Elektriker`,
		"welder OR m/f":                        "welder OR m/f",
		"NOT (m/f)":                            "NOT m/f",
		"-badge:in welder":                     "NOT badge:in AND welder",
	})
	bad := (*SyntaxError)(nil)
	if _, err := Parse("Elektriker:in (m/w/d) colour:red"); !errors.As(err, &bad) || bad.Column != 23 {
		t.Errorf("an error behind it is at %v", bad)
	}
}

// Where somebody has what a misspelt word was taken for, its neighbours are not needed.
func TestMisspeltAndFound(t *testing.T) {
	for text, want := range map[string]bool{"javscript": true, "javascript": false} {
		q := askedNow(t, text)
		if got := q.Hopeless(Reading{Way: WayRelated}, []int{3}, []int{5}); got != want {
			t.Errorf("%s, which three have: hopeless is %v", text, got)
		}
		if q.Hopeless(Reading{Way: WayRelated}, []int{0}, []int{5}) {
			t.Errorf("%s, which nobody has, is hopeless", text)
		}
	}
}

// A word that is an occupation's title with a typing error means that, and no skill that
// is spelt less nearly so.
func TestMisspeltTitle(t *testing.T) {
	for _, text := range []string{"housekeper", "housekeper zymurgology", "experienced housekeper"} {
		q := askedNow(t, text)
		if title, needs, _ := q.Occupation(); title != "housekeeper" || len(needs) == 0 {
			t.Errorf("%s: %q needs %q", text, title, needs)
		}
		for _, e := range q.Expanded {
			if e.Term == "housekeper" && e.known() {
				t.Errorf("%s is read as the skill %q", text, e.Label)
			}
		}
	}
}

// Words that name no skill are asked for as one, and lead to their neighbours.
func TestWordsOfNoSkill(t *testing.T) {
	for _, text := range []string{"iac", "infrastructure as code"} {
		q := askedNow(t, text)
		if len(q.Things()) != 1 || !slices.Contains(ways(q.Relax()), WayRelated) || !slices.Contains(q.Related(Reading{Way: WayRelated}), "IBM Terraform") {
			t.Errorf("%s: %d things, %q, %q", text, len(q.Things()), ways(q.Relax()), q.Related(Reading{Way: WayRelated}))
		}
	}
}

// A small "and", or an &, is part of the name that holds it, and parts all others.
func TestAndWithinNames(t *testing.T) {
	for text, want := range map[string][]string{
		"health and safety":              {"health and safety"},
		"health & safety":                {"health and safety"},
		"painting and decorating python": {"painting and decorating", "python"},
		"python and java":                {"python", "java"},
		"scrum and master":               {"scrum", "master"},
		"infection prevention & control": {"infection prevention and control"},
		"city and guilds":                {"city and guilds"},
	} {
		q := askedNow(t, text)
		var got []string
		for _, thing := range q.Things() {
			got = append(got, thing.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is read %q, want %q", text, got, want)
		}
		var told []string
		for _, a := range q.Asked() {
			told = append(told, a.Text)
		}
		if !slices.Equal(told, want) {
			t.Errorf("%s is told as %q, want %q", text, told, want)
		}
		again := askedNow(t, Tell(q.Asked()))
		if len(again.Things()) != len(want) {
			t.Errorf("%s, told as %q, asks for other things", text, Tell(q.Asked()))
		}
	}
	if q := askedNow(t, "health AND safety"); len(q.Things()) != 0 || len(q.Expanded) != 2 {
		t.Errorf("an AND that was written out is part of a name: %+v", q.Expanded)
	}
}

// A number within a certificate's name is part of it.
func TestNumbersWithinNames(t *testing.T) {
	for text, want := range map[string]int{
		"prince2 2017 practitioner": 1, "level 2 barista skills": 1, "telc English B1": 2, "telc English B1 2024": 3, "python 2017": 2, "german b1": 2,
	} {
		q := askedNow(t, text)
		if got := len(q.Things()); got != want {
			t.Errorf("%s: %d things, want %d: %+v", text, got, want, q.Expanded)
		}
	}
}

// A word that is right is no title of another trade with typing errors.
func TestRightWordsAreNoTitles(t *testing.T) {
	for _, word := range []string{"operations", "programme", "decoration", "administration", "journalistic", "electrical"} {
		if s := skills.Builtin().Expand(word, true); s.Corrected {
			t.Errorf("%s is read as %s", word, s.Term)
		}
	}
	for word, want := range map[string]string{"bookeeper": "bookkeeper", "electrican": "electrician"} {
		if s := skills.Builtin().Expand(word, true); s.Term != want {
			t.Errorf("%s is read as %s", word, s.Term)
		}
	}
}

// What a name says in passing proves nothing.
func TestNamesThatSayOther(t *testing.T) {
	for _, name := range []string{"LLM in International Commercial Law", "Front End Loader Operator", "Lorry Loader Operator", "Thomas Cook Customer Service", "BA (Hons) PPE",
		"Accounts Payable DPO", "Oracle ERP Cloud Fundamentals", "Network Plus Marketing", "Deckhand", "Nursery Teacher"} {
		for _, s := range skills.Builtin().Resolve(verdict.Credential{Name: name}) {
			for _, wrong := range []string{"artificial intelligence", "web programming", "heavy trucks", "cooking", "protective", "data protection", "SAP", "network engineering"} {
				if strings.Contains(s.Label, wrong) {
					t.Errorf("%s proves %s", name, s.Label)
				}
			}
		}
	}
}

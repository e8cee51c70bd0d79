package skills

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestWords(t *testing.T) {
	tests := []struct {
		in   string
		want string
	}{
		{"Work in Teams", "work in team"},
		{"  C++, C# and .NET! ", "c++ c# and net"},
		{"O*NET", "o net"},
		{"Élève à Zürich, Łódź, Straße", "eleve a zurich lodz strasse"},
		{"driver's driver’s", "driver driver"},
		{"batteries processes glass analysis status boxes coaches", "battery process glass analysis status box coach"},
		{"skills SKILLS Skill", "skill skill skill"},
		{"AT&T/R&D", "at and t r and d"},
		{"health & safety", "health and safety"},
		{"Santé＆sécurité", "sante and securite"},
		{"&", "and"},
		{"Scrum Master™ ITIL® Power℠ ©2024", "scrum master itil power 2024"},
		{"日本語 Python", "日 本 語 python"},
		{"İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"},
		{"ﬁre Ａｂｃ", "fire abc"},
		{"e\u0301cole \u00e9cole", "ecole ecole"},
		{"*** -- +", ""},
		{"level-2", "level 2"},
		{"com\u00admuni\u200bca\u2060tion\ufeff", "communication"},
		{"한국어", norm.NFKD.String("한국어")},
	}
	for _, tt := range tests {
		if got := strings.Join(Words(tt.in), " "); got != tt.want {
			t.Errorf("Words(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Characters are decomposed one at a time: what comes of it is what comes of
// the text decomposed as a whole (Unicode NFKD).
func TestFoldDecomposes(t *testing.T) {
	for r := rune(0); r < 0x30000; r++ {
		if r == '™' || r == '℠' {
			continue // their decompositions are letters, and they are none
		}
		if s := "x" + string(r) + "y"; Folded(s) != Folded(norm.NFKD.String(s)) {
			t.Errorf("%U: %q, decomposed %q", r, Folded(s), Folded(norm.NFKD.String(s)))
		}
	}
}

// Both forms of a name come of one reading.
func TestAppendStemmed(t *testing.T) {
	for _, s := range []string{"", "Batteries", "work in teams", "Élèves à Zürich", "日本語 Pythons", "processes, boxes"} {
		if got := string(appendStemmed(nil, fold(nil, s, false))); got != Folded(s) {
			t.Errorf("%q: %q, want %q", s, got, Folded(s))
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"Work in Teams", "C++ c#", "Straße", "日本語", "driver's", "\xff\xfe", "ﬁ İ", "a\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := Words(s)
		if !slices.Equal(w, strings.Split(Folded(s), " ")) && len(w) > 0 {
			t.Errorf("Words and Folded disagree on %q: %q, %q", s, w, Folded(s))
		}
		for _, x := range w {
			if x == "" || strings.ContainsAny(x, " \t\n") {
				t.Errorf("word %q of %q", x, s)
			}
		}
		for _, x := range WordSpans(s) {
			if x.Start < 0 || x.End > len(s) || x.Start >= x.End {
				t.Fatalf("span %+v of %q", x, s)
			}
			if utf8.ValidString(s) && !utf8.ValidString(s[x.Start:x.End]) {
				t.Errorf("span %+v cuts a character of %q", x, s)
			}
		}
	})
}

func TestWordSpans(t *testing.T) {
	s := "Élève: driver's C++ soft\u00adware"
	var got []string
	for _, w := range WordSpans(s) {
		got = append(got, s[w.Start:w.End]+"="+w.Word)
	}
	want := []string{"Élève=eleve", "driver's=driver", "C++=c++", "soft\u00adware=software"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestParseLevel(t *testing.T) {
	tests := []struct {
		in    string
		scale string
		rank  int
	}{
		{"B2", "cefr", 4}, {"CEFR C1", "cefr", 5}, {"a1", "cefr", 1}, {"level 3", "number", 3}, {"3", "number", 3},
		{"Advanced", "step", 3}, {"expert level", "step", 4}, {"Gold", "medal", 3}, {"80%", "percent", 80}, {"80.5 %", "percent", 80},
		{"", "", 0}, {"excellent!", "", 0}, {"101%", "", 0}, {"D1", "", 0}, {"Niveau 2", "number", 2}, {"nível 2", "number", 2}, {"poziom B1", "cefr", 3},
		{"B1+", "cefr", 3}, {"A1.2", "cefr", 1}, {"A1.9", "", 0}, {"B1x", "", 0}, {"Fortgeschrittene", "step", 3}, {"básico", "step", 1}, {strings.Repeat("9", 100), "", 0}, {"-3", "", 0},
	}
	for _, tt := range tests {
		if s, r := ParseLevel(tt.in); s != tt.scale || r != tt.rank {
			t.Errorf("ParseLevel(%q) = %q, %d; want %q, %d", tt.in, s, r, tt.scale, tt.rank)
		}
	}
}

func TestBetterLevel(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"B1", "B2", "B2"}, {"B2", "B1", "B2"}, {"", "x", "x"}, {"x", "", "x"}, {"passed", "3", "3"}, {"3", "passed", "3"}, {"Gold", "B2", "Gold"},
	}
	for _, tt := range tests {
		if got := BetterLevel(tt.a, tt.b); got != tt.want {
			t.Errorf("BetterLevel(%q, %q) = %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestLevelInName(t *testing.T) {
	tests := []struct{ in, base, level string }{
		{"Rope access technician, level 2", "Rope access technician", "level 2"},
		{"English B2", "English", "B2"}, {"Python - Advanced", "Python", "Advanced"}, {"Python (Advanced)", "Python", "Advanced"},
		{"Welding level 3", "Welding", "level 3"}, {"First Aid Gold", "First Aid", "Gold"},
		{"Web 2.0", "Web 2.0", ""}, {"Gestión de proyectos, nivel 2", "Gestión de proyectos", "nivel 2"}, {"Projektmanagement Stufe 2", "Projektmanagement", "Stufe 2"}, {"Deutsch B1+", "Deutsch", "B1+"}, {"Python 3", "Python 3", ""}, {"Expert", "Expert", ""}, {"", "", ""},
	}
	for _, tt := range tests {
		if b, l := levelInName(tt.in); b != tt.base || l != tt.level {
			t.Errorf("levelInName(%q) = %q, %q; want %q, %q", tt.in, b, l, tt.base, tt.level)
		}
	}
}

func TestWithin(t *testing.T) {
	tests := []struct {
		a, b string
		max  int
		d    int
		ok   bool
	}{
		{"python", "pyhton", 1, 1, true}, {"comunication", "communication", 2, 1, true}, {"abc", "abc", 0, 0, true},
		{"abcd", "badc", 2, 2, true}, {"abc", "abcdef", 2, 0, false}, {"kitten", "sitting", 2, 0, false}, {"kitten", "sitting", 3, 3, true}, {"é", "e", 1, 1, true},
	}
	for _, tt := range tests {
		if d, ok := Within(tt.a, tt.b, tt.max); d != tt.d && ok || ok != tt.ok {
			t.Errorf("Within(%q, %q, %d) = %d, %v; want %d, %v", tt.a, tt.b, tt.max, d, ok, tt.d, tt.ok)
		}
	}
}

package query

import (
	"slices"
	"testing"

	"assay/index/record/recordtest"
	"assay/verify/verdict"
)

// Brackets bind what stands in them, a list with commas too: nothing of it is given up.
func TestListInBrackets(t *testing.T) {
	for _, text := range []string{"cooking (welding, excel, first aid)", "cooking (welding; excel)", "cooking (welding excel)", "cooking (welding, excel OR sql)"} {
		q := askedNow(t, text)
		if got := q.Things(); len(got) != 1 {
			t.Errorf("%s: %d things may be given up, want 1: %+v", text, len(got), got)
		}
	}
}

// Two years with words between them are all from the one to the other, in any language.
func TestYearsBetween(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2023-05-01"})
	for text, want := range map[string]bool{
		"python between 2022 and 2024": true, "python from 2022 to 2024": true, "python 2022 to 2024": true, "python von 2022 bis 2024": true,
		"python entre 2022 et 2024": true, "python entre 2022 y 2024": true, "between 2024 and 2025 python": false, "python 2022 and 2024": false,
		"python tra 2024 e 2025": false, "python between 2024 and 2022": true,
	} {
		q := askedNow(t, text)
		if _, _, ok := q.Plan.Match(&a); ok != want {
			t.Errorf("%s: %v, read as %+v", text, ok, q.Expanded)
		}
	}
}

// What German writes as one with a skill's name, and a number right behind one, is said
// beside it; small words are no part of a name with typing errors.
func TestCompoundsAsTyped(t *testing.T) {
	for text, want := range map[string][]string{
		"Python-Kenntnisse": {"Python", "Kenntnisse"}, "Pythonkenntnisse": {"Python", "kenntnisse"}, "Java17": {"Java", "17"}, "OSHA30": {"OSHA 30"},
		"Scrum-Zertifikat": {"Scrum", "Zertifikat"}, "Hausmeister": {"Hausmeister"}, "first-aid": {"first-aid"}, "az900": {"az900"}, "IT-Grundschutz": {"IT-Grundschutz"},
		"Staplerfahrer (m/w/d) in Teilzeit": {"Staplerfahrer", "in", "Teilzeit"},
	} {
		var got []string
		for _, e := range askedNow(t, text).Expanded {
			got = append(got, e.Term)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is read %q, want %q", text, got, want)
		}
	}
	a := recordtest.Application("a", recordtest.Badge{Name: "KR-10 Elétrica", Issuer: "college"})
	q := askedNow(t, "KR10")
	if at := slices.IndexFunc(q.Relax(), func(r Reading) bool { return r.Way == WayForms }); at < 0 {
		t.Fatal("KR10 has no other form")
	}
	q, _ = q.Read([]Reading{{Way: WayForms}}, false)
	if _, _, ok := q.Plan.Match(&a); !ok {
		t.Error("KR10 finds no KR-10")
	}
}

// What is read as one word, or set right as several together, outweighs its parts, and
// stands where the rest is given up.
func TestSeveralAsOne(t *testing.T) {
	score := func(text string, b recordtest.Badge) int {
		a, q := recordtest.Application("a", b), askedNow(t, text)
		s, _, _ := q.Plan.Match(&a)
		return s
	}
	is := score("data base", recordtest.Badge{Name: "MySQL", Issuer: "college", Tags: []string{"databases"}})
	parts := score("data base", recordtest.Badge{Name: "Base Programming for Data", Issuer: "college"})
	if is <= parts || parts == 0 {
		t.Errorf("databases score %d, data and base %d", is, parts)
	}
	q := askedNow(t, "machine lerning zymurgology")
	if got := q.RelaxBy([]int{1, 0}); !slices.ContainsFunc(got, func(r Reading) bool { return r.Way == WayMost && r.Drop == 2 }) {
		t.Errorf("two words that were set right do not stand alone: %+v", got)
	}
}

// A badge whose own name holds what was typed stands before others of the same row of
// the table.
func TestCertificateCalled(t *testing.T) {
	score := func(name string, standing verdict.Level) int {
		a := recordtest.Application("a", recordtest.Badge{Name: name, Issuer: "https://apave.example", Standing: standing, Tags: []string{"electrician"}})
		q := askedNow(t, "NEN 3140")
		s, _, _ := q.Plan.Match(&a)
		return s
	}
	is, other := score("VOP NEN 3140", verdict.LevelDomain), score("Uprawnienia SEP do 1kV", verdict.LevelListed)
	if is <= other || other == 0 {
		t.Errorf("what was typed scores %d, another of its row %d", is, other)
	}
}

// A question of nothing but a date or a level finds whoever has a badge of it.
func TestNumbersAlone(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2021-05-01", Level: "3"})
	for text, want := range map[string]bool{
		"2021": true, "2022": false, "level 3": true, "level 4": false, "5+ years": true, "9+ years": false, "since 2020": true, "level 3 2021": true, "level 3 2022": false,
		"2020-2022": true, "2020 or 2021": false, `"2021"`: false,
	} {
		q := askedNow(t, text)
		if _, _, ok := q.Plan.Match(&a); ok != want {
			t.Errorf("%s: %v, read as %+v", text, ok, q.Expanded)
		}
	}
	named := recordtest.Application("b", recordtest.Badge{Name: "Windows 2021", Issuer: "college"})
	q := askedNow(t, "2021")
	one, _, _ := q.Plan.Match(&named)
	if other, _, _ := q.Plan.Match(&a); one <= other {
		t.Errorf("a badge of that name scores %d, one of that year %d", one, other)
	}
	if got := q.Expanded; len(got) != 1 || got[0].Label != "earned in 2021" {
		t.Errorf("2021 is read %+v", got)
	}
}

// Two words that say together how a job is held are given up together.
func TestFillersOfTwo(t *testing.T) {
	q := askedNow(t, "nurse full time")
	if got := q.Things(); len(got) != 1 || got[0].Text != "nurse" {
		t.Errorf("%+v", got)
	}
	q = askedNow(t, "time management")
	if got := q.Things(); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	if got := askedNow(t, "security+ zymurgology"); len(got.Parts()) == 2 {
		for _, v := range got.Variants(got.Parts()[0]) {
			if v.Why == "spelt right" {
				t.Errorf("a certificate's name is spelt right as %q", v.Text)
			}
		}
	}
}

// A badge that is called as the whole name comes first, where small words were left out.
func TestTerseNameCalled(t *testing.T) {
	score := func(name string) int {
		a, q := recordtest.Application("a", recordtest.Badge{Name: name, Issuer: "https://college.example", Standing: verdict.LevelDomain}), askedNow(t, "gestion projet")
		s, _, _ := q.Plan.Match(&a)
		return s
	}
	if is, other := score("Gestion de projet"), score("Projektmanagement"); is <= other || other == 0 {
		t.Errorf("what was typed scores %d, the same in another language %d", is, other)
	}
}

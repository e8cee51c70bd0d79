package query

import (
	"testing"

	"assay/index/record/recordtest"
	"assay/verify/verdict"
)

// An "or" that was written small stands between the names beside it.
func TestSpoken(t *testing.T) {
	for text, want := range map[string]string{
		"hr person with cipd or shrm":          "hr AND person AND with AND (cipd OR shrm)",
		"paramedic or emt with driving":        "(paramedic OR emt) AND with AND driving",
		"project manager or scrum master":      "(project AND manager) OR (scrum AND master)",
		"python 2024 or 2025":                  "python AND (2024 OR 2025)",
		"english b2 or better":                 "english AND b2",
		"b2 or better english":                 "b2 AND english",
		"aws 2024 or later docker":             "aws AND since AND 2024 AND docker",
		"python or better tools":               "(python OR better) AND tools",
		"aws 2024 or later":                    "aws AND since AND 2024",
		"hr python OR java":                    "(hr AND python) OR java",
		"hr (python or java)":                  "hr AND (python OR java)",
		`hr "python" or java`:                  `(hr AND "python") OR java`,
		"welder or plumber":                    "welder OR plumber",
		`"first aid`:                           `"first aid"`,
		`first aid" nurse`:                     "first AND aid AND nurse",
		"aws, azure or google cloud architect": "aws AND (azure OR (google AND cloud)) AND architect",
	} {
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := q.Tree.String(); got != want {
			t.Errorf("%s is read %s, want %s", text, got, want)
		}
	}
}

// Years and levels as people write them.
func TestNumbersAsWritten(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2023-05-01"})
	for text, want := range map[string]bool{
		"python 2022/2023": true, "python 2022-2024": true, "python 2024-2025": false, "python before 2024": true, "python until 2022": false,
		"python 2023 or 2025": true, "python 2024 or 2025": false, "python since 2024": false, "python a1/b2": false,
	} {
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := q.Plan.Match(&a); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
}

// A certificate that was asked for by its name stands before badges that only have a
// word of it, and what takes its place stands between.
func TestCertificateAsked(t *testing.T) {
	score := func(text string, b recordtest.Badge) int {
		a := recordtest.Application("a", b)
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		s, _, _ := q.Plan.Match(&a)
		return s
	}
	is := score("cpa", recordtest.Badge{Name: "Certified Public Accountant", Issuer: "aicpa.org"})
	other := score("cpa", recordtest.Badge{Name: "CPA – C++ Certified Associate Programmer", Issuer: "college"})
	if is <= other || other == 0 {
		t.Errorf("the accountant scores %d, the programmer %d", is, other)
	}
	if got := score("az-900", recordtest.Badge{Name: "Microsoft Certified: Azure Fundamentals", Issuer: "learn.microsoft.com"}); got == 0 {
		t.Error("an exam's code finds no certificate")
	}
}

// An edition of a certificate stands before its other editions, which count as well, and
// that is said.
func TestCertificateEditions(t *testing.T) {
	score := func(text, name, issuer string) int {
		a := recordtest.Application("a", recordtest.Badge{Name: name, Issuer: issuer, Standing: verdict.LevelListed})
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		s, _, _ := q.Plan.Match(&a)
		return s
	}
	const text = "MOS Excel 2019"
	asked := score(text, "Microsoft Office Specialist Excel 2019", "certiport.com")
	other := score(text, "MOS Excel 2010", "certiport.com")
	college := score(text, "Evening course 2019", "college")
	if asked <= other || other == 0 || college != 0 {
		t.Errorf("2019 scores %d, 2010 %d, a course of 2019 %d", asked, other, college)
	}
	for text, want := range map[string]string{text: NoteEditions, "MOS Excel": "", "CEH v12": NoteEditions, "AZ-900": "", "ITIL 4 Foundation": ""} {
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil || len(q.Expanded) != 1 || q.Expanded[0].Note != want {
			t.Errorf("%s: %+v, %v", text, q.Expanded, err)
		}
	}
}

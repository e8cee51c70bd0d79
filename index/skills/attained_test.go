package skills

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/vc"
	"assay/verify/verdict"
)

type nobody struct{}

func (nobody) Fetch(context.Context, fetch.Request) (*fetch.Response, error) {
	return nil, fetch.ErrUnreachable
}

// claimsOf reads a credential of Open Badges 3.0, or a record of them, as it is
// read when it is judged.
func claimsOf(t *testing.T, subject string) verdict.Verdict {
	t.Helper()
	kind := "OpenBadgeCredential"
	if strings.Contains(subject, "ClrSubject") {
		kind = "ClrCredential"
	}
	o, err := read.ParseDocument([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","` + kind + `"],
		"issuer":"https://college.example/","validFrom":"2026-01-01T00:00:00Z","credentialSubject":` + subject + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return vc.New().Verdict(t.Context(), vc.Env{Fetcher: nobody{}, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}, vc.Input{Object: o})
}

func labels(list []Skill) string {
	var out []string
	for _, s := range list {
		out = append(out, s.Label)
	}
	return strings.Join(out, "; ")
}

// TestAttack93NotAttained: what a badge says was failed, is under way or was
// predicted makes no skill, whatever else of the badge would make it.
func TestAttack93NotAttained(t *testing.T) {
	const python, teams = "Python (computer programming)", "work in teams"
	// Everything that makes a skill: alignments, tags, a known name, a type, an association.
	achievements := map[string]verdict.Credential{
		"aligned":     {Name: "Harbour week", Alignments: []verdict.Alignment{{TargetURL: uPython}}},
		"tagged":      {Name: "Harbour week", Tags: []string{"python", "Rope splicing"}},
		"by its name": {Name: "Python"},
		"unknown":     {Name: "Rope splicing"},
		"competency":  {Name: "Rope splicing", AchievementType: "Competency", AchievementID: uPython},
		"associated":  {Name: "Harbour week", AchievementID: "urn:a", Associations: []verdict.Association{{Type: "isChildOf", Source: "urn:a", Target: uPython}}},
		"unmapped":    {Name: "Harbour week", Alignments: []verdict.Alignment{{TargetName: "Rope rescue", TargetURL: uRescue}}},
	}
	// Every ResultStatusType of OB 3.0 §B, and words that issuers write in its place.
	statuses := map[string]bool{"Completed": true, "Enrolled": false, "Failed": false, "InProgress": false, "OnHold": false, "Provisional": false, "Withdrew": false,
		"Passed": true, "completed": true, "ext:Completed": true, "Dropped": false, "Withdrawn": false, "FAILED": false, "In progress": false, "ext:Dropped": false, "ext:Odd": false, "Nobody knows": false}
	types := []string{"", "GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore", "Result", "RubricCriterion", "RubricCriterionLevel", "RubricScore", "ScaledScore", "Status", "ext:Odd"}
	for kind, c := range achievements {
		if len(Builtin().Resolve(c)) == 0 {
			t.Fatalf("%s: no skill without a result", kind)
		}
		for status, good := range statuses {
			for _, typ := range types {
				for _, name := range []string{"", "Final grade", "Status", "Completion", "Rope test", "Leadership", c.Name} {
					for _, value := range []string{"", "B", "7"} {
						if typ == "Status" {
							value = status // as a result of this type says it
						}
						c.Results = []verdict.Attainment{{Name: name, Type: typ, Value: value, Status: status}}
						got := Builtin().Resolve(c)
						if want := good && typ != "PredictedScore"; want != (len(got) > 0) {
							t.Fatalf("%s, status %q, type %q, name %q, value %q: %s", kind, status, typ, name, value, labels(got))
						}
					}
				}
			}
		}
		for _, r := range []verdict.Attainment{
			{Type: "LetterGrade", Value: "F"}, {Value: "F"}, {Type: "LetterGrade", Value: "WF"}, {Type: "Percent", Value: "0"}, {Type: "RawScore", Value: "0.0"}, {Type: "Percent", Value: "0%"},
			{Type: "Status", Value: "Dropped"}, {Type: "PerformanceLevel", Level: "Not achieved"}, {Type: "Percent", Value: "40", Short: true}, {Type: "ext:PredictedScore", Value: "99"},
			{Type: "RubricCriterionLevel", Level: "Failed", Alignments: []verdict.Alignment{{TargetURL: uTeams}}},
		} {
			for _, name := range []string{"", "Final grade", "Rope test"} {
				r.Name = name
				c.Results = []verdict.Attainment{r}
				if got := Builtin().Resolve(c); len(got) > 0 {
					t.Errorf("%s, %+v: %s", kind, r, labels(got))
				}
			}
		}
	}

	// Several results. F is failed, P passed.
	result := func(name, typ, word string, to ...string) verdict.Attainment {
		r := verdict.Attainment{Name: name, Type: typ}
		switch {
		case typ == "LetterGrade":
			r.Value = map[string]string{"F": "F", "P": "B"}[word]
		case word == "F":
			r.Status = "Failed"
		case word == "P":
			r.Status = "Completed"
		default:
			r.Value = word
		}
		for _, u := range to {
			r.Alignments = append(r.Alignments, verdict.Alignment{TargetURL: u})
		}
		return r
	}
	both := verdict.Credential{Name: "Harbour week", Alignments: []verdict.Alignment{{TargetURL: uPython}, {TargetURL: uTeams}}}
	for _, tc := range []struct {
		desc    string
		results []verdict.Attainment
		want    string
	}{
		{"a second attempt", []verdict.Attainment{result("Final grade", "LetterGrade", "F"), result("Final grade", "LetterGrade", "P")}, python + "; " + teams},
		{"a second attempt, told first", []verdict.Attainment{result("", "Status", "P"), result("", "Status", "F")}, python + "; " + teams},
		{"numbered attempts", []verdict.Attainment{result("Attempt 1", "LetterGrade", "F"), result("Attempt 2", "LetterGrade", "P")}, python + "; " + teams},
		{"two failed attempts", []verdict.Attainment{result("Attempt 1", "LetterGrade", "F"), result("Attempt 2", "LetterGrade", "F")}, ""},
		{"failed, and was there", []verdict.Attainment{result("Final grade", "LetterGrade", "F"), result("Attendance", "Percent", "95%")}, ""},
		{"its one part failed, and was there", []verdict.Attainment{result("Programming", "Status", "F", uPython), result("Attendance", "Percent", "95%")}, ""},
		{"failed, with credits", []verdict.Attainment{result("Final grade", "LetterGrade", "F"), result("Credits", "CreditHours", "3")}, ""},
		{"a good midterm", []verdict.Attainment{result("Midterm", "LetterGrade", "P"), result("Final grade", "LetterGrade", "F")}, ""},
		{"completed with an F", []verdict.Attainment{result("Status", "Status", "P"), result("Final grade", "LetterGrade", "F")}, ""},
		{"a name in another language", []verdict.Attainment{result("Abschlussnote", "LetterGrade", "F"), result("Anwesenheit", "Percent", "95%")}, ""},
		{"predicted, then reached", []verdict.Attainment{{Name: "Forecast", Type: "PredictedScore", Value: "9"}, result("Final grade", "LetterGrade", "P")}, python + "; " + teams},
		{"one of several failed", []verdict.Attainment{result("Programming", "Status", "F", uPython), result("Team", "Status", "P", uTeams)}, teams},
		{"one of several failed, by names", []verdict.Attainment{result("python", "Status", "F"), result("Teamwork", "Status", "P")}, teams},
		{"one of several failed, another skill", []verdict.Attainment{result("Leadership", "Status", "F"), result("Knots", "Status", "P")}, python + "; " + teams},
		{"one of several, failed and passed", []verdict.Attainment{result("Programming", "Status", "F", uPython), result("Programming", "Status", "P", uPython), result("Team", "Status", "P", uTeams)}, teams + "; " + python},
		{"failed as a whole, one part passed", []verdict.Attainment{result("Final grade", "LetterGrade", "F"), result("Team", "RubricCriterionLevel", "P", uTeams)}, teams},
		{"an unknown part failed", []verdict.Attainment{result("Knots", "Status", "F"), result("Splicing", "Status", "P")}, python + "; " + teams},
	} {
		c := both
		c.Results = tc.results
		got := strings.Split(labels(Builtin().Resolve(c)), "; ")
		want := strings.Split(tc.want, "; ")
		if len(got) != len(want) || !sameSet(got, want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, want)
		}
	}

	byName := verdict.Credential{Name: "Python", Results: []verdict.Attainment{result("Status", "Status", "F"), result("Python", "LetterGrade", "P")}}
	if got := Builtin().Resolve(byName); len(got) > 0 {
		t.Errorf("a result by the name of what was failed: %s", labels(got))
	}

	// From the credential's own text.
	const subject = `{"type":["AchievementSubject"],"achievement":{"id":"urn:a","type":["Achievement"],"name":"Harbour week",
		"resultDescription":[{"id":"urn:d","type":["ResultDescription"],"name":"Grade","resultType":"Percent","requiredValue":"60"}],
		"alignment":[{"type":["Alignment"],"targetName":"Python","targetUrl":"` + uPython + `"}]},"result":[{"type":["Result"],%s}]}`
	for text, good := range map[string]bool{
		`"status":"Completed"`: true, `"status":"Failed"`: false, `"status":["Completed","Failed"]`: false, `"status":["Failed"]`: false,
		`"resultDescription":"urn:d","value":"61"`: true, `"resultDescription":"urn:d","value":"59.5"`: false, `"resultDescription":"urn:d","value":59`: false, `"value":"F"`: false,
	} {
		v := claimsOf(t, fmt.Sprintf(subject, text))
		if got := Builtin().Resolve(v.Credential); good != (len(got) > 0) {
			t.Errorf("%s: %s", text, labels(got))
		}
	}
	// A record that says it of one of its achievements, and of no named one.
	achievement := func(id string, to string) string {
		return `{"id":"` + id + `","type":["Achievement"],"name":"` + id + `","resultDescription":[{"id":"` + id + `d","type":["ResultDescription"],"name":"Grade","resultType":"Status"}],"alignment":[{"targetUrl":"` + to + `"}]}`
	}
	record := `{"type":["ClrSubject"],"achievement":[` + achievement("urn:a", uPython) + `,` + achievement("urn:b", uTeams) + `],"result":[%s]}`
	for text, want := range map[string]string{
		``: python + "|" + teams,
		`{"resultDescription":"urn:ad","status":"Failed"}`:                                                     "|" + teams,
		`{"resultDescription":"urn:ad","status":"Completed"},{"resultDescription":"urn:bd","status":"Failed"}`: python + "|",
		`{"status":"Withdrew"}`: "|",
	} {
		v := claimsOf(t, fmt.Sprintf(record, text))
		made := map[string]string{}
		for _, in := range v.Contained {
			made[in.Credential.AchievementID] = labels(Builtin().Resolve(in.Credential))
		}
		if got := made["urn:a"] + "|" + made["urn:b"]; got != want || len(made) != 2 {
			t.Errorf("record, %s: %q, want %q", text, made, want)
		}
	}
}

func sameSet(a, b []string) bool {
	for _, x := range a {
		if !strings.Contains("\x00"+strings.Join(b, "\x00")+"\x00", "\x00"+x+"\x00") {
			return false
		}
	}
	return true
}

// TestAttack307HiddenResult: of a credential whose results its holder may have left
// out, only the results that it shows make skills.
func TestAttack307HiddenResult(t *testing.T) {
	tax := Builtin()
	aligned := func(name string) verdict.Alignment { return verdict.Alignment{TargetName: name} }
	c := verdict.Credential{Name: "Welding", Tags: []string{"welding"}, Alignments: []verdict.Alignment{aligned("weld metal")}}
	if got := tax.Resolve(c); len(got) == 0 {
		t.Fatal("no skill to take away")
	}
	c.Undisclosed.Results = true
	if got := tax.Resolve(c); len(got) != 0 {
		t.Errorf("skills of an achievement whose results may be hidden: %q", labels(got))
	}
	c.Results = []verdict.Attainment{
		{Status: "Completed", Alignments: []verdict.Alignment{aligned("operate cranes")}},
		{Status: "Failed", Alignments: []verdict.Alignment{aligned("operate forklifts")}},
	}
	if got := tax.Resolve(c); len(got) != 1 || !strings.EqualFold(got[0].Label, "operate cranes") {
		t.Errorf("skills of what is shown: %q", labels(got))
	}
}

// Package recordtest makes applications for the tests of what handles them.
package recordtest

import (
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Key is the id key of the applications.
var Key = []byte("a key for tests of package index!")

// Day is the midnight, UTC, of a date such as 2026-06-01; it panics where s is none.
func Day(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

// Badge is a badge of a test.
type Badge struct {
	Name, Issuer    string // the issuer's id; its name is "The " and that, and listed ones are listed under it
	Tags            []string
	Result          verdict.Result // "" = verified
	Earned, Expires string         // days, as 2006-01-02
	Achievement     string         // its id
	Level           string
	About           string        // its description
	Standing        verdict.Level // "" = not asked
}

// Entry is the badge as it goes into an application.
func Entry(m Badge) record.Entry {
	v := verdict.Verdict{Result: m.Result, Credential: verdict.Credential{Name: m.Name, Tags: m.Tags, AchievementID: m.Achievement, Description: m.About,
		Issuer: verdict.Party{ID: m.Issuer, Name: "The " + m.Issuer}}}
	if m.Result == "" {
		v.Result = verdict.Verified
	}
	v.Aspects.Standing.Level = m.Standing
	switch v.Result {
	case verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched:
		pass := verdict.Aspect{State: verdict.Pass}
		v.Aspects.Integrity, v.Aspects.Issuer = pass, pass
		if host, ok := strings.CutPrefix(m.Issuer, "https://"); ok {
			host, _, _ = strings.Cut(host, "/")
			v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: host, Counts: host}
		}
		if m.Standing == verdict.LevelListed {
			v.Credential.Issuer.Shown = "The " + m.Issuer
		}
	}
	if m.Earned != "" {
		v.Credential.Issued = Day(m.Earned)
	}
	if m.Expires != "" {
		v.Credential.Expires = Day(m.Expires)
	}
	if m.Level != "" {
		v.Credential.Results = []verdict.Attainment{{Name: "Level", Level: m.Level}}
	}
	return record.Entry{Where: "cv.pdf", Carrier: "pdf", Verdict: v, Skills: skills.Builtin().Resolve(v.Credential)}
}

// Application is an application of tenant acme with these badges.
func Application(id string, badges ...Badge) record.Application {
	var entries []record.Entry
	for _, b := range badges {
		entries = append(entries, Entry(b))
	}
	return record.New(Key, record.Submission{Tenant: "acme", Application: id, Job: "Site technician", Candidate: "c-" + id, DisplayName: "Somebody",
		Submitted: Day("2026-05-01"), Checked: Day("2026-05-01").Add(time.Hour)}, entries, nil)
}

// Now is the moment at which Folk are asked for.
var Now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// Folk are applicants whom the tests of the question's meaning ask for, by id.
var Folk = map[string]record.Application{
	"both":     Application("both", Badge{Name: "Python", Issuer: "college", Earned: "2025-02-01", Standing: verdict.LevelListed, Level: "Advanced"}, Badge{Name: "Java", Issuer: "academy", Earned: "2020-02-01", Standing: verdict.LevelDomain}),
	"split":    Application("split", Badge{Name: "Python", Issuer: "academy", Earned: "2020-02-01"}, Badge{Name: "Knots", Issuer: "college", Earned: "2025-02-01"}),
	"java":     Application("java", Badge{Name: "Java", Issuer: "college", Earned: "2024-02-01", Expires: "2027-01-01"}),
	"rejected": Application("rejected", Badge{Name: "Python", Issuer: "college", Earned: "2025-02-01", Result: verdict.Rejected}),
	"mixed":    Application("mixed", Badge{Name: "Python", Issuer: "college", Earned: "2025-02-01", Result: verdict.Rejected}, Badge{Name: "Java", Issuer: "college", Earned: "2025-02-01"}),
	"auth":     Application("auth", Badge{Name: "Python", Issuer: "college", Earned: "2025-02-01", Result: verdict.Authentic}),
	"expired":  Application("expired", Badge{Name: "Python", Issuer: "college", Earned: "2021-02-01", Expires: "2026-06-01"}),
	"today":    Application("today", Badge{Name: "Python", Issuer: "college", Earned: "2021-02-01", Expires: "2026-06-02"}),
	"talker":   Application("talker", Badge{Name: "Round tables", Tags: []string{"moderate a discussion"}, Issuer: "club", Earned: "2019-01-01"}),
	"rope":     Application("rope", Badge{Name: "Rope access technician, level 3", Issuer: "yard", Earned: "2022-01-01"}),
	"ropy":     Application("ropy", Badge{Name: "Access to ropes", Issuer: "yard", Earned: "2022-01-01"}),
	"mention":  Application("mention", Badge{Name: "Cleaner", Tags: []string{"cleaning"}, Issuer: "yard", Earned: "2022-01-01", About: "Also python and abseiling"}),
}

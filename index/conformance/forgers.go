package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Forger is somebody who makes badges by himself, named like those of others, and
// has no domain.
type Forger struct {
	Name string
	at   func(n int) (issuer string, b verdict.Backing)
	says string // how each of his issuers must be shown to begin
}

// Forgers are an afternoon's ways without money.
var Forgers = []Forger{
	{"keys", func(n int) (string, verdict.Backing) {
		return fmt.Sprintf("did:key:z6Mk%d", n), verdict.Backing{Level: verdict.LevelKey, Counts: "key"}
	}, "a key that calls itself "},
	{"hosts of pages", func(n int) (string, verdict.Backing) {
		host := fmt.Sprintf("mit%d.github.io", n)
		return "https://" + host + "/issuer.json", verdict.Backing{Level: verdict.LevelPage, Host: host, Path: "/issuer.json", Counts: "github.io"}
	}, "a page on mit"},
	{"pastes", func(n int) (string, verdict.Backing) {
		path := fmt.Sprintf("/raw/mit%d", n)
		return "https://pastebin.com" + path, verdict.Backing{Level: verdict.LevelPage, Host: "pastebin.com", Path: path, Counts: "pastebin.com"}
	}, "a page on pastebin.com/raw/"},
	{"accounts", func(n int) (string, verdict.Backing) {
		return fmt.Sprintf("https://badges.example/issuers/%d", n), verdict.Backing{Level: verdict.LevelAccount, Host: "badges.example", Path: fmt.Sprintf("/issuers/%d", n), Platform: "badges.example", Counts: "badges.example"}
	}, "an account on badges.example that calls itself "},
}

// impersonated are the names that forged badges bear.
var impersonated = []string{"MIT", "Stanford University", "IBM", "Red Cross", "Harvard Medical School"}

// forgedSkills are the skills of 23 badges: the honest applicants' two first.
var forgedSkills = []string{python, java, sql, mysql, moderate, teams, firstAid, wound, dressings, welding, arcWelding, spokenFr}

// badgeOf makes a badge as a check would have left it under a policy.
func badgeOf(accept verdict.Level, issuer, name string, b verdict.Backing, id, recipient string, expired bool) record.Entry {
	v := verdict.Verdict{Format: verdict.OB30, Proof: "eddsa-rdfc-2022", Backing: b}
	v.Credential = verdict.Credential{ID: issuer + "/" + id, Name: "Certificate of " + name, Issuer: verdict.Party{ID: issuer, Name: name}, Issued: day("2025-01-01")}
	a := &v.Aspects
	a.Integrity, a.Issuer, a.Dates, a.Recipient, a.Standing = pass, pass, pass, pass, verdict.Aspect{State: verdict.Pass, Level: b.Level}
	a.Fill()
	switch recipient {
	case "nobody's":
		a.Recipient = verdict.Aspect{State: verdict.None, Reason: verdict.RecipientMissing}
	case "another's":
		a.Recipient = verdict.Aspect{State: verdict.Fail, Reason: verdict.RecipientMismatch}
	}
	if expired {
		v.Credential.Expires = day("2025-06-01")
		a.Dates = verdict.Aspect{State: verdict.Fail, Reason: verdict.PastEnd}
	}
	if !accept.Accepts(b.Level) {
		a.Standing.State, a.Standing.Reason = verdict.Unknown, verdict.IssuerUnvouched
	}
	v.Result = verdict.Decide(*a)
	v.Reason = a.Deciding(v.Result)
	v.Credential.Issuer.Shown = b.Shown(b.Level, "", name)
	found := skills.Builtin().Resolve(verdict.Credential{Alignments: []verdict.Alignment{{TargetURL: esco + id}}})
	found[0].About = false // one of several, as it were: nothing lifts whoever proves it
	return record.Entry{Where: "cv.pdf", Carrier: "json", Verdict: v, Skills: found}
}

// Forged holds an engine, which must be empty, to it that 23 badges of a forger put
// him before no applicant who has the same skills by an issuer on a domain of its
// own, in a search or a match, whatever the badges say of their holder and whatever
// the employer accepts; and that none is shown without what is known of its issuer
// going first.
func Forged(t *testing.T, e index.Engine, f Forger) {
	t.Helper()
	apply := func(name, applied string, entries ...record.Entry) record.Application {
		return record.New(Key, record.Submission{Tenant: "acme", Application: name, Job: "Developer", Candidate: name, Submitted: day(applied), Checked: day(applied)}, entries, nil)
	}
	var docs []record.Application
	for i := range 3 {
		host := fmt.Sprintf("college%d.example", i)
		by := verdict.Backing{Level: verdict.LevelDomain, Host: host, Counts: host}
		// Earlier than the forgers, and no broader than what is asked for.
		docs = append(docs, apply(fmt.Sprintf("honest-%d", i), "2026-01-01",
			badgeOf(verdict.LevelAccount, "https://"+host, "College", by, python, "", false), badgeOf(verdict.LevelAccount, "https://"+host, "College", by, java, "", false)))
	}
	for _, accept := range []verdict.Level{verdict.LevelKey, verdict.LevelAccount, verdict.LevelDomain} {
		for _, recipient := range []string{"his", "nobody's", "another's"} {
			for _, expired := range []bool{false, true} {
				var entries []record.Entry
				for n := range 23 {
					issuer, b := f.at(n)
					forged := badgeOf(accept, issuer, impersonated[n%len(impersonated)], b, forgedSkills[n%len(forgedSkills)], recipient, expired)
					// What is searched goes before who vouches, but for what anybody can write.
					forged.Verdict.Credential.Name = forged.Skills[0].Label
					forged.Skills[0].About = true
					entries = append(entries, forged)
				}
				docs = append(docs, apply(strings.ReplaceAll(fmt.Sprintf("forger-%s-%s-%v", accept, strings.Trim(recipient, "'s"), expired), "'", ""), "2026-03-01", entries...))
			}
		}
	}
	put(t, e, docs...)
	first := func(t *testing.T, what string, list []string) {
		t.Helper()
		for i, name := range list {
			if (i < 3) != strings.HasPrefix(name, "honest-") {
				t.Fatalf("%s: %v", what, list)
			}
		}
		if len(list) < 3 {
			t.Fatalf("%s: %v", what, list)
		}
	}
	told := func(t *testing.T, what string, list []query.Match) {
		t.Helper()
		for _, m := range list {
			if !strings.HasPrefix(m.IssuerName, f.says) && !strings.HasPrefix(m.IssuerName, "college") {
				t.Fatalf("%s: the issuer is shown as %q", what, m.IssuerName)
			}
		}
	}
	for _, text := range []string{"python", "python java", "java OR python", "python include:all", "python include:unvouched", "python include:authentic,expired", "skill:python earned>2020"} {
		r := search(t, e, "acme", text, query.Options{Size: query.MaxSize, Facets: query.AllFacets()})
		first(t, text, names(r))
		for _, h := range r.Hits {
			told(t, text, h.Why)
			if !strings.HasPrefix(h.Application, "honest-") && h.Breadth.Issuers > 1 {
				t.Errorf("%s: %s counts for %d issuers", text, h.Application, h.Breadth.Issuers)
			}
		}
		if !strings.Contains(text, "include") {
			// What nobody stands behind is found by nobody who does not ask for it.
			if slices.ContainsFunc(names(r), func(n string) bool { return strings.Contains(n, "forger-domain") }) {
				t.Errorf("%s: %v", text, names(r))
			}
		}
	}
	for _, name := range impersonated {
		if r := search(t, e, "acme", `issuer:"`+name+`" include:all`, query.Options{}); r.Total != 0 && f.Name == "keys" {
			t.Errorf("issuer:%s finds %v", name, names(r))
		}
	}
	role, err := index.MatchRole(t.Context(), e, "acme", index.Role{Required: []string{"python"}, Wished: []string{"java"}}, index.RoleOptions{Now: Now, Size: query.MaxSize})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, a := range role.Applicants {
		list = append(list, a.Application)
		for _, s := range a.Skills {
			if s.Match != nil {
				told(t, "match", []query.Match{*s.Match})
			}
		}
	}
	first(t, "match", list)
	for _, s := range role.Skills {
		for _, b := range s.Badges {
			told(t, "a gap's badge", []query.Match{{IssuerName: b.IssuerName}})
		}
	}
	suggested, err := e.Suggest(t.Context(), "acme", index.SuggestSkill, "weld", 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suggested {
		// Of the six kinds of forgers the employers who accept his standing have those
		// in date that are his.
		if s.Count > 3 {
			t.Errorf("suggested with %d applicants: %+v", s.Count, s)
		}
	}
}

func (s *suite) forgers(t *testing.T) {
	for _, f := range Forgers {
		s.run(t, f.Name, func(t *testing.T) { Forged(t, s.open(t), f) })
	}
}

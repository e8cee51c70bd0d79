// Package relevance measures how well an index.Engine ranks: judged queries
// over a made corpus. What is measured: nDCG at 10, precision at 10, recall of
// those that a recruiter must find, and that those who must not be shown are
// not. Corpus and judgments lie in testdata/relevance and were made by reading,
// not by running an engine.
//
// The measure of order is normalised discounted cumulative gain (Järvelin and
// Kekäläinen, 2002) with gains 2^grade-1, the ideal being taken over all judged
// applicants. Out of scope: speed.
package relevance

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Tenants of the corpus: the judged one, and one that holds twins.
const (
	Tenant = "acme"
	Other  = "other"
)

// Now is the moment at which the judgments hold.
var Now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

var issuers = map[string]verdict.Party{
	"college":   {ID: "did:web:college.example", Name: "Harbour College"},
	"academy":   {ID: "https://academy.example/issuer", Name: "Code Academy"},
	"club":      {ID: "https://club.example/issuer", Name: "Youth Club"},
	"redaid":    {ID: "https://redaid.example/issuer", Name: "Red Aid"},
	"redaid2":   {ID: "https://redaid-international.example/issuer", Name: "Red Aid International"},
	"yard":      {ID: "https://yard.example/issuer", Name: "Training Yard"},
	"harbour":   {ID: "did:web:ropes.example", Name: "Harbour Rope School"},
	"cloudco":   {ID: "https://cloud.example/issuer", Name: "Cloud Company"},
	"hospital":  {ID: "did:web:hospital.example", Name: "City Hospital"},
	"hospital2": {ID: "https://hospital-trust.example/issuer", Name: "City Hospital Trust"},
	"kitchen":   {ID: "https://kitchen.example/issuer", Name: "Kitchen Guild"},
	"ecole":     {ID: "https://ecole.example/issuer", Name: "École des Langues"},
	"colegio":   {ID: "https://colegio.example/issuer", Name: "Colegio San José"},
	"vhs":       {ID: "did:web:vhs.example", Name: "Volkshochschule München"},
	"zoo":       {ID: "https://zoo.example/issuer", Name: "Animal Park"},
	"forge":     {ID: "https://forge.example/issuer", Name: "Forge Mill"},
	"slowhost":  {ID: "https://slow.example/issuer", Name: "Slow Host"},
}

// A third of the corpus has issuers whom a registry lists or who speak from a
// domain of their own, so that ranking by standing is judged; the others are
// accounts at one platform.
var (
	listed  = []string{"college", "vhs", "hospital", "harbour"}
	domains = []string{"redaid", "redaid2", "hospital2", "kitchen"}
)

// platform is where the other issuers have their accounts.
const platform = "platform.example"

// stand says what a check would have answered of an issuer.
func stand(v *verdict.Verdict, issuer string) {
	by := &v.Credential.Issuer
	pass := verdict.Aspect{State: verdict.Pass}
	v.Aspects.Integrity, v.Aspects.Issuer, v.Aspects.Standing = pass, pass, pass
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(by.ID, "did:web:"), "https://"), "/")
	v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: host, Counts: host}
	a := &v.Aspects.Standing
	switch {
	case slices.Contains(listed, issuer):
		a.Level = verdict.LevelListed
	case slices.Contains(domains, issuer):
		a.Level = verdict.LevelDomain
	default:
		a.Level = verdict.LevelAccount
		v.Backing = verdict.Backing{Level: verdict.LevelAccount, Host: platform, Platform: platform, Counts: platform}
	}
	by.Shown = v.Backing.Shown(a.Level, by.Name, by.Name)
}

// Corpus gives the few people that tests count by hand, under an id key, in
// both tenants. Nobody judges them; see Judged.
func Corpus(key []byte, t *skills.Taxonomy) ([]record.Application, error) {
	return load("few.tsv", key, t)
}

// Judged gives the judged corpus under an id key. The other tenant holds a twin
// of everyone: none of them may be found.
func Judged(key []byte, t *skills.Taxonomy) ([]record.Application, error) {
	return load("corpus.tsv", key, t)
}

// person is an applicant as a file of people has it.
type person struct {
	id, job string
	badges  []string
}

func load(name string, key []byte, t *skills.Taxonomy) ([]record.Application, error) {
	dir, err := Folder()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	list, err := people(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []record.Application
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for n, p := range list {
		var entries []record.Entry
		for _, b := range p.badges {
			e, err := entry(t, b)
			if err != nil {
				return nil, fmt.Errorf("%s: applicant %s: %w", name, p.id, err)
			}
			entries = append(entries, e)
		}
		// Scattered, so that no order of the file helps where scores tie.
		applied := day.Add(time.Duration(n*389%997) * time.Hour)
		for tenant, id := range map[string]string{Tenant: p.id, Other: "twin-" + p.id} {
			out = append(out, record.New(key, record.Submission{
				Tenant: tenant, Application: id, Job: p.job, Candidate: "c-" + id, DisplayName: "Applicant " + id,
				Submitted: applied, Checked: applied.Add(time.Minute),
			}, entries, nil))
		}
	}
	return out, nil
}

// people reads a file of people: applicant, job and badge separated by tabs.
func people(data []byte) ([]person, error) {
	var out []person
	for i, l := range bytes.Split(data, []byte("\n")) {
		if len(l) == 0 || l[0] == '#' {
			continue
		}
		f := strings.Split(string(l), "\t")
		switch {
		case len(f) != 3 || f[2] == "" || (f[0] == "") != (f[1] == "") || f[0] == "" && len(out) == 0:
			return nil, fmt.Errorf("line %d is no applicant, job and badge", i+1)
		case f[0] == "":
			p := &out[len(out)-1]
			p.badges = append(p.badges, f[2])
		default:
			out = append(out, person{f[0], f[1], []string{f[2]}})
		}
	}
	return out, nil
}

// entry makes what a check would have found of one badge. Names of concepts are
// read by the built-in taxonomy, whatever t is: a badge does not change with
// what a reader has loaded.
func entry(t *skills.Taxonomy, spec string) (record.Entry, error) {
	v := verdict.Verdict{Format: verdict.OB30, Result: verdict.Verified}
	c := &v.Credential
	for i, part := range strings.Split(spec, " | ") {
		if i == 0 {
			c.Name = part
			continue
		}
		word, arg, _ := strings.Cut(part, " ")
		if arg == "" {
			return record.Entry{}, fmt.Errorf("%q has no value", part)
		}
		switch word {
		case "tag":
			c.Tags = append(c.Tags, arg)
		case "esco":
			id := escoID(arg)
			if id == "" {
				return record.Entry{}, fmt.Errorf("%q is no concept of ESCO", arg)
			}
			c.Alignments = append(c.Alignments, verdict.Alignment{TargetURL: id, TargetName: arg})
		case "onet":
			a := verdict.Alignment{TargetName: arg, TargetFramework: "O*NET", TargetURL: "https://www.onetonline.org/search/tech/example?e=" + url.QueryEscape(arg)}
			if len(arg) > 1 && arg[1] == '.' {
				a.TargetURL, a.TargetCode = "", arg
			}
			c.Alignments = append(c.Alignments, a)
		case "align":
			c.Alignments = append(c.Alignments, verdict.Alignment{TargetName: arg, TargetFramework: "House list", TargetURL: "https://list.example/items/" + url.QueryEscape(arg)})
		case "by":
			p, ok := issuers[arg]
			if !ok {
				return record.Entry{}, fmt.Errorf("no issuer %q", arg)
			}
			c.Issuer = p
			c.AchievementID = p.ID + "/" + c.Name
			stand(&v, arg)
		case "is":
			switch v.Result = verdict.Result(arg); v.Result {
			case verdict.Authentic, verdict.Unvouched, verdict.Pending, verdict.Rejected:
			default:
				return record.Entry{}, fmt.Errorf("no result %q", arg)
			}
		case "level":
			c.Results = append(c.Results, verdict.Attainment{Name: "Level", Type: "RubricCriterionLevel", Level: arg})
		case "about":
			c.Description = arg
		case "on", "until":
			from, to, err := period(arg)
			if err != nil {
				return record.Entry{}, err
			}
			if word == "on" {
				c.Issued = from.AddDate(0, 0, 14)
			} else {
				c.Expires = to
			}
		default:
			return record.Entry{}, fmt.Errorf("%q begins with no known word", part)
		}
	}
	return record.Entry{Where: "cv.pdf > attachment badge.json", Carrier: "pdf", Verdict: v, Skills: t.Resolve(*c)}, nil
}

// period reads a year or month: its first moment, and the last second of it.
func period(s string) (from, to time.Time, err error) {
	if from, err = time.Parse("2006-01", s); err == nil {
		return from, from.AddDate(0, 1, 0).Add(-time.Second), nil
	}
	if from, err = time.Parse("2006", s); err == nil {
		return from, from.AddDate(1, 0, 0).Add(-time.Second), nil
	}
	return from, to, fmt.Errorf("%q is no year or month", s)
}

func escoID(name string) string {
	s := skills.Builtin().Expand(name, false)
	// The preferred label goes before another's alias.
	for _, list := range [][]skills.Ref{s.Exact, s.Alias} {
		for _, r := range list {
			if r.Framework == skills.ESCO {
				return r.ID
			}
		}
	}
	return ""
}

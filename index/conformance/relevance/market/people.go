// Package market measures how well a search answers what recruiters type, on a
// made labour market: people whose badges are printed as their issuers print them
// (testdata/relevance/market/badges.tsv), and questions that are graded by rule
// (questions.tsv). Who proves what is remembered beside each badge and never
// stands in it. BM25 over the same texts is asked in the same run (in the tests),
// so that a measure is one of the search and not of the set.
//
// Nothing that the product carries is read for people or grades, so that neither
// moves with it: no name of a skill, no certificate, no synonym. Out of scope: speed.
package market

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/conformance/relevance"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Tenant of the market's people.
const Tenant = "market"

// What the measured market is made with.
const (
	Seed   = 14
	Number = 2400 // of people
)

// Now is the moment at which grades hold.
var Now = relevance.Now

// Badge is a kind of badge: a row of badges.tsv.
type Badge struct {
	ID, Sector string
	Topics     []string // what it proves
	Near       []string // what it is only kin to
	Names      []string // as printed
	Issuers    []Issuer
	Concepts   []verdict.Alignment // what its issuer would align it with
	Tags       []string
	Scale      string // "step", "cefr" or ""
	Rank       int
	Years      int // until it runs out, 0 = never

	at int // in the list of kinds
}

// Issuer is who prints a badge.
type Issuer struct{ Name, Host string }

// Held is a badge that somebody has, with what the market remembers of it.
type Held struct {
	Badge           *Badge
	Name            string
	Issuer          Issuer
	Impostor        bool // Issuer is none of those who give it
	Issued, Expires time.Time
	Result          verdict.Result

	words, by string // folded Name, and Issuer with its host
}

// Counts reports whether the badge is verified and has not run out.
func (h *Held) Counts() bool {
	return h.Result == verdict.Verified && (h.Expires.IsZero() || h.Expires.After(Now))
}

func (h *Held) fold() {
	h.words, h.by = " "+folded(h.Name)+" ", " "+folded(h.Issuer.Name)+" · "+folded(h.Issuer.Host)+" "
}

// Person is an applicant.
type Person struct {
	ID      string
	Applied time.Time
	Held    []Held
}

// Badges reads the kinds of badges.
func Badges() ([]Badge, error) {
	words, err := file("concepts.tsv")
	if err != nil {
		return nil, err
	}
	known, err := concepts(words)
	if err != nil {
		return nil, err
	}
	data, err := file("badges.tsv")
	if err != nil {
		return nil, err
	}
	return badges(data, known)
}

// concepts reads what badges are aligned with, by the words of badges.tsv.
func concepts(data []byte) (map[string]verdict.Alignment, error) {
	out := map[string]verdict.Alignment{}
	for i, l := range bytes.Split(data, []byte("\n")) {
		if len(l) == 0 || l[0] == '#' {
			continue
		}
		f := strings.Split(string(l), "\t")
		if len(f) != 4 {
			return nil, fmt.Errorf("line %d has %d fields, want 4", i+1, len(f))
		}
		a := verdict.Alignment{TargetFramework: f[1], TargetURL: f[2], TargetName: f[3]}
		if a.TargetURL == "-" {
			a.TargetURL = "https://www.onetonline.org/search/tech/example?e=" + url.QueryEscape(a.TargetName)
		}
		out[f[0]] = a
	}
	return out, nil
}

func file(name string) ([]byte, error) {
	dir, err := relevance.Folder()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "market", name))
}

func badges(data []byte, known map[string]verdict.Alignment) ([]Badge, error) {
	var out []Badge
	for i, l := range bytes.Split(data, []byte("\n")) {
		if len(l) == 0 || l[0] == '#' {
			continue
		}
		f := strings.Split(string(l), "\t")
		if len(f) != 9 {
			return nil, fmt.Errorf("line %d has %d fields, want 9", i+1, len(f))
		}
		b := Badge{ID: f[0], Sector: f[1], Names: list(f[3], "|"), Tags: list(f[6], ",")}
		for _, t := range list(f[2], " ") {
			if near, ok := strings.CutPrefix(t, "~"); ok {
				b.Near = append(b.Near, near)
			} else {
				b.Topics = append(b.Topics, t)
			}
		}
		for _, word := range list(f[5], ",") {
			a, ok := known[word]
			if !ok {
				return nil, fmt.Errorf("line %d: %q is no concept", i+1, word)
			}
			b.Concepts = append(b.Concepts, a)
		}
		for n, name := range b.Names {
			if len(name) > 3 && name[2] == ':' && name[3] != ' ' && strings.ToLower(name[:2]) == name[:2] {
				b.Names[n] = name[3:]
			}
		}
		for _, s := range list(f[4], "|") {
			name, host, ok := strings.Cut(s, "=")
			if !ok {
				return nil, fmt.Errorf("line %d: %q is no issuer with a host", i+1, s)
			}
			b.Issuers = append(b.Issuers, Issuer{name, host})
		}
		if f[7] != "-" {
			scale, value, _ := strings.Cut(f[7], " ")
			b.Scale, b.Rank = level(value)
			if b.Scale != scale {
				return nil, fmt.Errorf("line %d: %q is no level", i+1, f[7])
			}
		}
		var err error
		if b.Years, err = strconv.Atoi(f[8]); err != nil || b.ID == "" || len(b.Names) == 0 || len(b.Issuers) == 0 {
			return nil, fmt.Errorf("line %d is no badge", i+1)
		}
		b.at = len(out)
		out = append(out, b)
	}
	return out, nil
}

// list splits a field, "-" being none.
func list(s, sep string) []string {
	if s == "-" {
		return nil
	}
	out := strings.Split(s, sep)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// level reads a step from 1 to 4 or a level of the CEFR.
func level(s string) (scale string, rank int) {
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 4 {
		return "step", n
	}
	if rank = slices.Index([]string{"", "A1", "A2", "B1", "B2", "C1", "C2"}, s); rank > 0 {
		return "cefr", rank
	}
	return "", 0
}

// chance gives a number that is always the same for a text.
func chance(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64() >> 7
}

// shares says how often people have one badge, two and so on.
var shares = []int{24, 24, 18, 13, 9, 6, 4, 2}

// impostor gives badges that are named like others'.
var impostor = Issuer{"Skill Badges Online", "skillbadges.example"}

// People deals n people their badges. The same seed gives the same people; each
// stands for itself, so that more of them change nobody.
func People(kinds []Badge, seed uint64, n int) []Person {
	out := make([]Person, n)
	for i := range out {
		out[i] = deal(kinds, rand.New(rand.NewPCG(seed, uint64(i))), i)
	}
	return out
}

func deal(kinds []Badge, r *rand.Rand, n int) Person {
	// Scattered, so that no order of dealing helps where scores tie.
	p := Person{ID: fmt.Sprintf("m%04d", n), Applied: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n*389%3499) * time.Hour)}
	count, x := 0, r.IntN(100)
	for x >= 0 {
		x -= shares[count]
		count++
	}
	// Everybody's first badge and its name are dealt in turn, so that there is
	// somebody for each.
	first := &kinds[n%len(kinds)]
	has := map[string]bool{}
	for tries := 0; len(p.Held) < count && tries < 40; tries++ {
		b := first
		if len(p.Held) > 0 {
			b = next(kinds, first, r)
		}
		if has[b.ID] {
			continue
		}
		has[b.ID] = true
		name, turn := r.IntN(len(b.Names)), n/len(kinds)
		if len(p.Held) == 0 {
			name = turn % len(b.Names)
		}
		p.Held = append(p.Held, hold(b, name, r, p.Applied, len(p.Held) == 0 && turn < 2))
	}
	return p
}

// careers are topics that people gather together, the nearest to each other first.
var careers = [][]string{
	{"bls", "acls", "pals"},
	{"nurse", "bls", "acls", "lifesupport", "infectioncontrol"},
	{"forklift", "firstaid"},
	{"forklift", "warehouse", "hse", "truck"},
	{"linux", "docker"},
	{"kubernetes", "terraform", "docker", "devops"},
	{"aws", "kubernetes", "java", "linux"},
	{"gdpr", "iso27001"},
	{"privacy", "cyber", "audit"},
	{"barista", "foodhygiene"},
	{"foodsafety", "customerservice", "bartending", "cook"},
	{"doorsupervisor", "securityguard", "firstaid"},
	{"conflict", "firesafety", "cctv", "securityguard"},
	{"accounting", "excel"},
	{"accounting", "bookkeeping", "quickbooks", "payroll"},
	{"sixsigma", "iso9001"},
	{"quality", "lean", "iso14001"},
	{"truck", "adr", "hazmat", "forklift"},
	{"pm", "agile", "scrum", "leadership", "changemgmt"},
	{"python", "sql", "datascience", "dataviz", "ml"},
	{"teaching", "firstaid", "safeguarding", "edtech"},
	{"smsts", "firstaid", "cscs"},
	{"welding", "hse", "heights", "crane", "confined"},
	{"hr", "recruiting", "communication", "payroll"},
	{"care", "firstaid", "safeguarding", "movinghandling", "dementia"},
	{"java", "sql", "git", "webdev"},
	{"googleads", "analytics"},
	{"digitalmarketing", "content", "seo", "copywriting"},
}

// next draws another badge: mostly of somebody's trade or career, sometimes a
// language, a soft skill, first aid, or anything.
func next(kinds []Badge, first *Badge, r *rand.Rand) *Badge {
	var mine [][]string
	for _, c := range careers {
		if share(c, first.Topics) {
			mine = append(mine, c)
		}
	}
	x := r.IntN(100)
	fits := func(*Badge) bool { return true }
	switch {
	case x < 40 && len(mine) > 0:
		c := mine[r.IntN(len(mine))]
		fits = func(b *Badge) bool { return share(c, b.Topics) }
	case x < 58 && len(first.Topics) > 0:
		fits = func(b *Badge) bool { return share(first.Topics, b.Topics) }
	case x < 74:
		fits = func(b *Badge) bool { return b.Sector == first.Sector }
	case x < 81:
		fits = func(b *Badge) bool { return b.Sector == "language" }
	case x < 88:
		fits = func(b *Badge) bool { return b.Sector == "soft" }
	case x < 92:
		fits = func(b *Badge) bool {
			return slices.Contains(b.Topics, "firstaid") || b.Sector == "office" || b.Sector == "driving"
		}
	}
	var from []*Badge
	for i := range kinds {
		if fits(&kinds[i]) {
			from = append(from, &kinds[i])
		}
	}
	if len(from) == 0 {
		return first
	}
	return from[r.IntN(len(from))]
}

// share reports whether two lists have something in common.
func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// hold draws how somebody has a badge of a name; sure is verified and in force.
func hold(b *Badge, k int, r *rand.Rand, applied time.Time, sure bool) Held {
	h := Held{Badge: b, Result: verdict.Verified}
	h.Name = b.Names[k]
	h.Issuer = b.Issuers[k%len(b.Issuers)]
	if len(b.Names) == 1 {
		h.Issuer = b.Issuers[r.IntN(len(b.Issuers))]
	}
	span := 7 * 365
	if b.Years > 0 && (r.IntN(100) < 70 || sure) { // renewed
		span = min(span, b.Years*365-170)
	}
	h.Issued = applied.AddDate(0, 0, -1-r.IntN(span)).Truncate(24 * time.Hour)
	if b.Years > 0 {
		h.Expires = h.Issued.AddDate(b.Years, 0, 0)
	}
	switch x := r.IntN(100); {
	case sure, x < 80:
	case x < 88:
		h.Result = verdict.Authentic
	case x < 92:
		h.Result = verdict.Rejected
	case x < 96:
		h.Result = verdict.Unvouched
	default:
		h.Result = verdict.Pending
	}
	if r.IntN(100) < 3 && !sure && (b.Sector == "it" || b.Sector == "pm") {
		h.Issuer, h.Impostor = impostor, true
	}
	h.fold()
	return h
}

// Applications gives the people's documents under an id key, their badges resolved
// by t.
func Applications(key []byte, t *skills.Taxonomy, people []Person) []record.Application {
	var out []record.Application
	for i := range people {
		p := &people[i]
		var entries []record.Entry
		for k := range p.Held {
			v := verdictOf(&p.Held[k])
			entries = append(entries, record.Entry{Where: "cv.pdf > attachment " + strconv.Itoa(k+1), Carrier: "pdf", Verdict: v, Skills: record.SkillsOf(&v, t.Resolve)})
		}
		out = append(out, record.New(key, record.Submission{
			Tenant: Tenant, Application: p.ID, Job: "Opening " + strconv.Itoa(i%40), Candidate: "c-" + p.ID, DisplayName: "Applicant " + p.ID,
			Submitted: p.Applied, Checked: p.Applied.Add(time.Minute),
		}, entries, nil))
	}
	return out
}

// verdictOf is what a check would have found of a badge. What an issuer says
// beside the name is the same for everybody who has it from him: a third align it
// with a framework, a third tag it, a third print the name and no more.
func verdictOf(h *Held) verdict.Verdict {
	v := verdict.Verdict{Format: verdict.OB30, Result: h.Result}
	c := &v.Credential
	c.Name, c.Issued, c.Expires = h.Name, h.Issued, h.Expires
	c.Issuer = verdict.Party{ID: "https://" + h.Issuer.Host + "/issuer", Name: h.Issuer.Name}
	c.AchievementID = "https://" + h.Issuer.Host + "/badges/" + url.PathEscape(h.Name)
	switch class := chance(c.AchievementID); {
	case class%3 == 0 && len(h.Badge.Concepts) > 0:
		c.Alignments = h.Badge.Concepts
		if h.Badge.Scale == "cefr" {
			c.Results = []verdict.Attainment{{Name: "Level", Type: "RubricCriterionLevel", Level: h.Badge.cefr()}}
		}
	case class%3 != 2:
		c.Tags = h.Badge.Tags
		if class%2 == 0 {
			c.Description = "Who earned this has shown knowledge of " + strings.Join(h.Badge.Tags, ", ") + "."
		}
	}
	stand(&v, h)
	return v
}

func (b *Badge) cefr() string { return []string{"", "A1", "A2", "B1", "B2", "C1", "C2"}[b.Rank] }

// platform is where anybody can have an account.
const platform = "platform.example"

// stand says what a check under the default policy would have answered of the issuer:
// whoever has no more than an account at a platform is not vouched for, and an impostor
// has a domain of his own.
func stand(v *verdict.Verdict, h *Held) {
	pass := verdict.Aspect{State: verdict.Pass}
	v.Aspects.Integrity, v.Aspects.Issuer, v.Aspects.Standing = pass, pass, pass
	a, host := &v.Aspects.Standing, h.Issuer.Host
	v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: host, Counts: host}
	switch {
	case h.Result == verdict.Unvouched:
		*a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnvouched, Level: verdict.LevelAccount}
		v.Backing = verdict.Backing{Level: verdict.LevelAccount, Host: platform, Platform: platform, Counts: platform}
	case !h.Impostor && chance(host)%3 == 0:
		a.Level = verdict.LevelListed
	default:
		a.Level = verdict.LevelDomain
	}
	by := &v.Credential.Issuer
	by.Shown = v.Backing.Shown(a.Level, by.Name, by.Name)
}

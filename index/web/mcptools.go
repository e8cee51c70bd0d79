package web

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"assay/index"
	"assay/index/issuers"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// found is one applicant of an assistant's answer.
type found struct {
	Application string         `json:"application"`
	Name        *quoted        `json:"name,omitempty"`
	Job         *quoted        `json:"job,omitempty"`
	Applied     string         `json:"applied,omitempty"`
	Proof       []evidence     `json:"proof,omitempty"`
	Counts      verdict.Counts `json:"badges_by_result"`
}

// evidence is a badge that meets what was asked for.
type evidence struct {
	Skill    string         `json:"skill,omitempty"`      // a framework's label
	Label    *quoted        `json:"said_skill,omitempty"` // what the badge calls it, in no framework
	Exact    bool           `json:"exact,omitempty"`
	Result   verdict.Result `json:"result"`
	Standing string         `json:"issuer_standing,omitempty"`
	Level    *quoted        `json:"level,omitempty"`
	Badge    *quoted        `json:"badge,omitempty"`
	Issuer   *quoted        `json:"issuer,omitempty"`
	Why      string         `json:"why,omitempty"`
	Beware   string         `json:"beware,omitempty"`
	Earned   string         `json:"earned,omitempty"`
	Expires  string         `json:"expires,omitempty"`
}

// day is a date as an answer has it.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func (h *handler) evidenceOf(m *query.Match) evidence {
	e := evidence{Exact: m.Exact, Result: m.Status, Standing: m.Standing, Level: quote(m.Level), Badge: quote(m.Name), Issuer: quote(m.IssuerName),
		Why: m.Reason.Words(), Beware: m.Resembles.Words(), Earned: day(m.Earned), Expires: day(m.Expires)}
	e.Skill, e.Label = h.labelled(m.Skill, m.Label)
	return e
}

func (h *handler) foundOf(x *index.Hit) found {
	f := found{Application: x.Application, Name: quote(x.DisplayName), Job: quote(x.Job), Applied: day(x.AppliedAt), Counts: x.Counts}
	for _, list := range [][]query.Match{x.Why, x.Proven} {
		for i := range list {
			if len(f.Proof) < maxProof {
				f.Proof = append(f.Proof, h.evidenceOf(&list[i]))
			}
		}
	}
	return f
}

// Bounds of what an answer lists.
const (
	maxProof    = 4
	maxFound    = 20
	maxCompared = 5
	maxListed   = 50
)

type searchArgs struct {
	Query   string   `json:"query" jsonschema:"the question, in the query language"`
	Include []string `json:"include,omitempty" jsonschema:"results beside verified: authentic, expired, unvouched, pending, rejected"`
	Names   bool     `json:"names,omitempty" jsonschema:"with applicants' names, where the token allows it"`
	Size    int      `json:"size,omitempty" jsonschema:"applicants, 1 to 20; 5 if left out"`
	Cursor  string   `json:"cursor,omitempty" jsonschema:"of the answer before, for more"`
	Tokens  int      `json:"tokens,omitempty" jsonschema:"how large the answer may be, 200 to 8000 tokens; 1500 if left out"`
}

type searchAnswer struct {
	Notice     string        `json:"notice"`
	Read       string        `json:"read_as"`
	Total      int           `json:"total"`
	Applicants []found       `json:"applicants"`
	LeftOut    int           `json:"left_out_for_size,omitempty"`
	Cursor     string        `json:"cursor,omitempty"`
	Looser     []looserFound `json:"looser,omitempty"`
	Try        []tryAnswer   `json:"try,omitempty"`
}

// looserFound are those whom a looser reading of the question finds.
type looserFound struct {
	GaveUp     string  `json:"gave_up"`
	Total      int     `json:"total"`
	Applicants []found `json:"applicants"`
}

// tryAnswer is another question that finds somebody.
type tryAnswer struct {
	Query string `json:"query"`
	Finds int    `json:"finds"`
}

func (x *assistant) search(c *call, in searchArgs) (any, error) {
	n, err := size("size", in.Size, 5, maxFound)
	if err != nil {
		return nil, err
	}
	p := url.Values{"q": {in.Query}, "size": {n}, "include": in.Include}
	if len(in.Include) == 0 {
		p.Del("include")
	}
	if in.Cursor != "" {
		p.Set("cursor", in.Cursor)
	}
	a, err := c.asked(in.Names, p)
	if err != nil {
		return nil, err
	}
	q, err := x.h.searchOf(a.p, a.hides(), nil, false)
	if err != nil {
		return nil, err
	}
	res, err := index.Search(c.ctx, x.h.o.Engine, a.caller.Tenant, q)
	if err != nil {
		return nil, err
	}
	c.saw("", res.Shown())
	out := &searchAnswer{Notice: notice, Read: res.Read, Total: res.Total, Cursor: res.Cursor, Applicants: []found{}}
	for i := range res.Hits {
		out.Applicants = append(out.Applicants, x.h.foundOf(&res.Hits[i]))
	}
	for _, s := range res.Sections {
		l := looserFound{GaveUp: s.Heading, Total: s.Total, Applicants: []found{}}
		for i := range s.Hits[:min(len(s.Hits), 3)] {
			l.Applicants = append(l.Applicants, x.h.foundOf(&s.Hits[i]))
		}
		out.Looser = append(out.Looser, l)
	}
	if res.Help != nil {
		for _, t := range res.Help.Try {
			out.Try = append(out.Try, tryAnswer{t.Query, t.Count})
		}
	}
	return fit(out, in.Tokens, func() bool {
		if dropped := 0; shorter(&out.Looser, &dropped) {
			return true
		}
		if shorter(&out.Applicants, &out.LeftOut) {
			out.Cursor = "" // it leads past those who were left out
			return true
		}
		return false
	})
}

type explainArgs struct {
	Application string `json:"application" jsonschema:"the id of the application, as search gave it"`
	Query       string `json:"query" jsonschema:"the question, in the query language"`
	Names       bool   `json:"names,omitempty" jsonschema:"with the applicant's name, where the token allows it"`
}

type explainAnswer struct {
	Notice  string `json:"notice"`
	Read    string `json:"read_as"`
	Matches bool   `json:"matches"`        // with verified badges
	Weaker  bool   `json:"matches_weaker"` // with badges of other results
	Found   *found `json:"applicant,omitempty"`
}

// everyResult includes badges whatever came of them.
const everyResult = "all"

func (x *assistant) explain(c *call, in explainArgs) (any, error) {
	a, err := c.asked(in.Names, url.Values{"q": {in.Query}})
	if err != nil {
		return nil, err
	}
	app, err := x.read(c, a, in.Application)
	if err != nil {
		return nil, err
	}
	out := &explainAnswer{Notice: notice}
	hit, ok, err := x.meets(a, app, out)
	if err != nil {
		return nil, err
	}
	if out.Matches = ok; !ok {
		a.p.Set("include", everyResult)
		if hit, ok, err = x.meets(a, app, out); err != nil {
			return nil, err
		}
		out.Weaker = ok
	}
	if ok {
		f := x.h.foundOf(&hit)
		out.Found = &f
	}
	return out, nil
}

// meets asks a question of one application.
func (x *assistant) meets(a *asked, app *record.Application, out *explainAnswer) (index.Hit, bool, error) {
	q, err := x.h.searchOf(a.p, a.hides(), nil, false)
	if err != nil {
		return index.Hit{}, false, err
	}
	res := index.NewResults(&q)
	out.Read = res.Read
	hit, ok := res.Hit(a.caller.Tenant, app)
	return hit, ok, nil
}

// read gives an application of the caller's tenant, unmasked: what is shown of it goes
// through a Hit or h.record.
func (x *assistant) read(c *call, a *asked, application string) (*record.Application, error) {
	if err := token("application", application); err != nil {
		return nil, err
	}
	app, err := x.h.o.Engine.Get(c.ctx, a.caller.Tenant, application)
	if err != nil {
		return nil, err
	}
	c.saw(app.Application, 1)
	return app, nil
}

type getArgs struct {
	Application string `json:"application" jsonschema:"the id of the application, as search gave it"`
	Names       bool   `json:"names,omitempty" jsonschema:"with the applicant's name, where the token allows it"`
	Tokens      int    `json:"tokens,omitempty" jsonschema:"how large the answer may be, 200 to 8000 tokens; 1500 if left out"`
}

type getAnswer struct {
	Notice      string         `json:"notice"`
	Application string         `json:"application"`
	Name        *quoted        `json:"name,omitempty"`
	Job         *quoted        `json:"job,omitempty"`
	Applied     string         `json:"applied,omitempty"`
	Checked     string         `json:"checked,omitempty"`
	Counts      verdict.Counts `json:"badges_by_result"`
	Proven      []provenAnswer `json:"proven"`
	Badges      []badgeAnswer  `json:"badges"`
	LeftOut     int            `json:"left_out_for_size,omitempty"`
	Unread      int            `json:"parts_not_read,omitempty"`
	NotFollowed int            `json:"links_not_followed,omitempty"`
}

// provenAnswer is a skill that is proven now.
type provenAnswer struct {
	Skill       string  `json:"skill,omitempty"`
	Label       *quoted `json:"said_skill,omitempty"`
	Level       *quoted `json:"level,omitempty"`
	Credentials int     `json:"badges"`
	Issuers     int     `json:"issuers"`
	Last        string  `json:"newest,omitempty"`
	NextExpiry  string  `json:"next_expiry,omitempty"`
}

// badgeAnswer is a badge, whatever came of it.
type badgeAnswer struct {
	Badge    *quoted        `json:"badge,omitempty"`
	Issuer   *quoted        `json:"issuer,omitempty"`
	IssuerID *quoted        `json:"issuer_id,omitempty"`
	Result   verdict.Result `json:"result"`
	Why      string         `json:"why,omitempty"`
	Standing verdict.Level  `json:"issuer_standing,omitempty"`
	Earned   string         `json:"earned,omitempty"`
	Expires  string         `json:"expires,omitempty"`
}

// badgeOf tells of a badge as it is now: its time may be over since it was judged.
func badgeOf(v *verdict.Verdict, now time.Time) badgeAnswer {
	result, why := v.Result, v.Reason.Words()
	if e := v.Credential.Expires; good(result) && !e.IsZero() && !e.After(now) {
		result, why = verdict.Expired, verdict.PastEnd.Words()
	}
	return badgeAnswer{Badge: quote(v.Credential.Name), Issuer: quote(record.ShownIssuer(v)), IssuerID: quote(v.Credential.Issuer.ID), Result: result,
		Why: why, Standing: v.Aspects.Standing.Level, Earned: day(v.Credential.Issued), Expires: day(v.Credential.Expires)}
}

// badgesOf adds badges and those that they contain.
func badgesOf(out []badgeAnswer, list []verdict.Verdict, now time.Time) []badgeAnswer {
	for i := range list {
		out = badgesOf(append(out, badgeOf(&list[i], now)), list[i].Contained, now)
	}
	return out
}

func (x *assistant) provenOf(s *shown, now int64) []provenAnswer {
	out := []provenAnswer{}
	for _, d := range s.depth(now) {
		p := provenAnswer{Level: quote(d.Level), Credentials: d.Credentials, Issuers: d.Issuers, Last: day(d.Last), NextExpiry: day(d.NextExpiry)}
		p.Skill, p.Label = x.h.labelled(d.ID, d.Label)
		out = append(out, p)
	}
	return out
}

func (x *assistant) get(c *call, in getArgs) (any, error) {
	if err := token("application", in.Application); err != nil {
		return nil, err
	}
	a, err := c.asked(in.Names, nil)
	if err != nil {
		return nil, err
	}
	a.SetPathValue("id", in.Application)
	c.seen = true // record tells
	app, err := x.h.record(a)
	if err != nil {
		c.seen = false
		return nil, err
	}
	now := x.h.o.Now().Unix()
	out := &getAnswer{Notice: notice, Application: app.Application.Application, Name: quote(app.DisplayName), Job: quote(app.Job), Applied: day(app.AppliedAt), Checked: day(app.CheckedAt),
		Counts: record.CountsAt(app.whole, now), Proven: x.provenOf(app, now), Badges: []badgeAnswer{}, Unread: len(app.Unread)}
	out.NotFollowed, _ = app.LinksOf()
	for i := range app.Credentials {
		out.Badges = append(out.Badges, badgeOf(&app.Credentials[i].Verdict, x.h.o.Now()))
	}
	return fit(out, in.Tokens, func() bool {
		if len(out.Badges) > len(out.Proven) {
			return shorter(&out.Badges, &out.LeftOut)
		}
		return shorter(&out.Proven, &out.LeftOut)
	})
}

type matchArgs struct {
	Required   []string `json:"required,omitempty" jsonschema:"skills that the role needs, by name"`
	Wished     []string `json:"wished,omitempty" jsonschema:"skills that are welcome"`
	Occupation string   `json:"occupation,omitempty" jsonschema:"an occupation of a skills framework, in place of skills"`
	Names      bool     `json:"names,omitempty" jsonschema:"with applicants' names, where the token allows it"`
	Size       int      `json:"size,omitempty" jsonschema:"applicants, 1 to 20; 5 if left out"`
	Cursor     string   `json:"cursor,omitempty" jsonschema:"of the answer before, for more"`
	Tokens     int      `json:"tokens,omitempty" jsonschema:"how large the answer may be, 200 to 8000 tokens; 1500 if left out"`
}

type matchAnswer struct {
	Notice     string        `json:"notice"`
	Skills     []roleAnswer  `json:"skills"`
	Total      int           `json:"applicants_with_any"`
	Applicants []rankedFound `json:"applicants"`
	LeftOut    int           `json:"left_out_for_size,omitempty"`
	Cursor     string        `json:"cursor,omitempty"`
}

// roleAnswer is a skill of the role, as it was read, and what would prove it.
type roleAnswer struct {
	Asked    string   `json:"asked"`
	Read     string   `json:"read_as,omitempty"` // a framework's label; "" = looked for as words
	Required bool     `json:"required"`
	Provers  []prover `json:"proven_by,omitempty"`
}

// prover is a badge that proves a skill.
type prover struct {
	Badge  *quoted `json:"badge"`
	Issuer *quoted `json:"issuer,omitempty"`
}

// rankedFound is an applicant against the role.
type rankedFound struct {
	Application string   `json:"application"`
	Name        *quoted  `json:"name,omitempty"`
	Job         *quoted  `json:"job,omitempty"`
	Required    int      `json:"required_met"`
	Wished      int      `json:"wished_met"`
	Has         []string `json:"has,omitempty"`    // in the words of asked
	Weaker      []string `json:"weaker,omitempty"` // not verified, or read from words
	Lacks       []string `json:"lacks,omitempty"`
}

func (x *assistant) match(c *call, in matchArgs) (any, error) {
	n, err := size("size", in.Size, 5, maxFound)
	if err != nil {
		return nil, err
	}
	p := url.Values{"required": in.Required, "wished": in.Wished, "size": {n}, "occupation": {in.Occupation}}
	if in.Cursor != "" {
		p.Set("cursor", in.Cursor)
	}
	a, err := c.asked(in.Names, p)
	if err != nil {
		return nil, err
	}
	role, o, err := x.h.roleOf(a.p)
	if err != nil {
		return nil, err
	}
	res, err := x.h.ranked(a, role, o)
	if err != nil {
		return nil, err
	}
	c.saw("", len(res.Applicants))
	out := &matchAnswer{Notice: notice, Total: res.Total, Cursor: res.Cursor, Applicants: []rankedFound{}}
	for i := range res.Skills {
		s := &res.Skills[i]
		r := roleAnswer{Asked: s.Term, Required: s.Required}
		r.Read, _ = x.h.labelled(s.ID, s.Label)
		for _, b := range s.Badges {
			r.Provers = append(r.Provers, prover{quote(b.Name), quote(b.IssuerName)})
		}
		out.Skills = append(out.Skills, r)
	}
	for i := range res.Applicants {
		r := &res.Applicants[i]
		f := rankedFound{Application: r.Application, Name: quote(r.DisplayName), Job: quote(r.Job), Required: r.Required, Wished: r.Wished}
		for _, s := range r.Skills {
			switch s.Standing {
			case index.StandingHas:
				f.Has = append(f.Has, s.Term)
			case index.StandingWeaker:
				f.Weaker = append(f.Weaker, s.Term)
			default:
				f.Lacks = append(f.Lacks, s.Term)
			}
		}
		out.Applicants = append(out.Applicants, f)
	}
	return fit(out, in.Tokens, func() bool {
		for i := range out.Skills {
			if len(out.Skills[i].Provers) > 1 {
				out.Skills[i].Provers = out.Skills[i].Provers[:1]
				return true
			}
		}
		if shorter(&out.Applicants, &out.LeftOut) {
			out.Cursor = "" // it leads past those who were left out
			return true
		}
		return false
	})
}

type compareArgs struct {
	Applications []string `json:"applications" jsonschema:"two to five ids of applications"`
	Skills       []string `json:"skills,omitempty" jsonschema:"skills to compare by; what each proves best if left out"`
	Names        bool     `json:"names,omitempty" jsonschema:"with applicants' names, where the token allows it"`
	Tokens       int      `json:"tokens,omitempty" jsonschema:"how large the answer may be, 200 to 8000 tokens; 1500 if left out"`
}

type compareAnswer struct {
	Notice     string     `json:"notice"`
	Applicants []compared `json:"applicants"`
	LeftOut    int        `json:"left_out_for_size,omitempty"`
}

// compared is one of those that are set side by side.
type compared struct {
	Application string          `json:"application"`
	Name        *quoted         `json:"name,omitempty"`
	Counts      verdict.Counts  `json:"badges_by_result"`
	Skills      []comparedSkill `json:"skills,omitempty"`
	Proven      []provenAnswer  `json:"proven,omitempty"`
	Breadth     record.Breadth  `json:"breadth"`
}

// comparedSkill is how one applicant stands to one skill.
type comparedSkill struct {
	Asked    string         `json:"asked"`
	Standing index.Standing `json:"standing"`
	Result   verdict.Result `json:"result,omitempty"`
	Badge    *quoted        `json:"badge,omitempty"`
	Issuer   *quoted        `json:"issuer,omitempty"`
}

func (x *assistant) compare(c *call, in compareArgs) (any, error) {
	if n := len(in.Applications); n < 2 || n > maxCompared {
		return nil, badRequest("applications are %d, two to %d are compared", n, maxCompared)
	}
	if len(in.Skills) > index.MaxRoleSkills {
		return nil, badRequest("more than %d skills", index.MaxRoleSkills)
	}
	now := x.h.o.Now().Unix()
	out := &compareAnswer{Notice: notice, Applicants: []compared{}}
	for _, id := range in.Applications {
		if err := token("application", id); err != nil {
			return nil, err
		}
		a, err := c.asked(in.Names, nil)
		if err != nil {
			return nil, err
		}
		a.SetPathValue("id", id)
		app, err := x.h.record(a)
		if err != nil {
			return nil, err
		}
		c.seen = true // record tells
		f := compared{Application: app.Application.Application, Name: quote(app.DisplayName), Counts: record.CountsAt(app.whole, now), Breadth: record.BreadthOf(app.whole, now)}
		if len(in.Skills) == 0 {
			f.Proven = x.provenOf(app, now)
			f.Proven = f.Proven[:min(len(f.Proven), 10)]
		}
		for _, s := range in.Skills {
			k, err := x.standing(a, app.whole, s)
			if err != nil {
				return nil, err
			}
			f.Skills = append(f.Skills, k)
		}
		out.Applicants = append(out.Applicants, f)
	}
	return fit(out, in.Tokens, func() bool {
		most := 0
		for i := range out.Applicants {
			if len(out.Applicants[i].Proven) > len(out.Applicants[most].Proven) {
				most = i
			}
		}
		if shorter(&out.Applicants[most].Proven, &out.LeftOut) {
			return true
		}
		for i := range out.Applicants {
			if len(out.Applicants[i].Skills) > len(out.Applicants[most].Skills) {
				most = i
			}
		}
		return shorter(&out.Applicants[most].Skills, &out.LeftOut)
	})
}

// standing is how an applicant stands to a skill.
func (x *assistant) standing(a *asked, app *record.Application, skill string) (comparedSkill, error) {
	r, err := index.StandingTo(app, skill, index.RoleOptions{Taxonomy: x.h.o.Taxonomy(), Now: x.h.o.Now(), Blind: a.blind()})
	k := comparedSkill{Asked: clean(skill), Standing: r.Standing}
	if r.Match != nil {
		e := x.h.evidenceOf(r.Match)
		k.Result, k.Badge, k.Issuer = e.Result, e.Badge, e.Issuer
	}
	return k, err
}

type issuersArgs struct {
	Size   int `json:"size,omitempty" jsonschema:"issuers, 1 to 50; 20 if left out"`
	Tokens int `json:"tokens,omitempty" jsonschema:"how large the answer may be, 200 to 8000 tokens; 1500 if left out"`
}

type issuersAnswer struct {
	Notice  string         `json:"notice"`
	Accept  verdict.Level  `json:"least_standing"`
	Total   int            `json:"total"`
	Issuers []issuerAnswer `json:"issuers"`
	LeftOut int            `json:"left_out_for_size,omitempty"`
}

// issuerAnswer is an issuer of the tenant's applicants' badges.
type issuerAnswer struct {
	ID         *quoted       `json:"id"`
	Name       *quoted       `json:"name,omitempty"`
	Applicants int           `json:"applicants"`
	Standing   verdict.Level `json:"standing,omitempty"`
	Decision   issuers.Kind  `json:"decision,omitempty"`
	Resembles  bool          `json:"resembles_a_listed_one,omitempty"`
}

func (x *assistant) issuers(c *call, in issuersArgs) (any, error) {
	n := in.Size
	if n == 0 {
		n = defaultIssuers
	}
	if n < 1 || n > maxListed {
		return nil, badRequest("size is not a number from 1 to %d", maxListed)
	}
	list, err := x.h.o.Issuers.List(c.ctx, x.a.caller.Tenant, n)
	if err != nil {
		return nil, err
	}
	out := &issuersAnswer{Notice: notice, Accept: list.Accept, Total: list.Total, Issuers: []issuerAnswer{}}
	for _, r := range list.Issuers {
		out.Issuers = append(out.Issuers, issuerAnswer{quote(r.Issuer), quote(r.Shown), r.Applicants, r.Standing, r.Decision, r.Resembles})
	}
	return fit(out, in.Tokens, func() bool { return shorter(&out.Issuers, &out.LeftOut) })
}

type checkArgs struct {
	Name   string `json:"name,omitempty" jsonschema:"the file's name"`
	Base64 string `json:"base64" jsonschema:"the document's bytes in base64, 4 MiB at most; no address is taken"`
	Tokens int    `json:"tokens,omitempty" jsonschema:"how large the answer may be, 200 to 8000 tokens; 1500 if left out"`
}

type checkAnswer struct {
	Notice      string        `json:"notice"`
	Badges      []badgeAnswer `json:"badges"`
	LeftOut     int           `json:"left_out_for_size,omitempty"`
	Unread      []string      `json:"not_read,omitempty"` // why
	NotFollowed int           `json:"links_not_followed,omitempty"`
}

func (x *assistant) check(c *call, in checkArgs) (any, error) {
	if base64.StdEncoding.DecodedLen(len(in.Base64)) > maxAssistDoc {
		return nil, badRequest("the document is larger than %d MiB", maxAssistDoc>>20)
	}
	data, err := base64.StdEncoding.DecodeString(in.Base64)
	if err != nil || len(data) == 0 {
		return nil, badRequest("base64 is no document in base64")
	}
	end, ok := x.h.checks.begin(x.a.caller.Tenant + "/" + x.a.caller.Name)
	if !ok {
		return nil, errAtOnce
	}
	defer end()
	if err := x.h.hourly.take(x.a.caller); err != nil {
		return nil, err
	}
	name := fileName(in.Name)
	report, err := x.h.o.Documents.CheckBytes(c.ctx, x.a.caller.Tenant, name, data)
	if err != nil {
		return nil, err
	}
	var r struct {
		Findings    []verdict.Verdict `json:"findings"`
		Unread      []record.Unread   `json:"unread"`
		NotFollowed []json.RawMessage `json:"notFollowed"`
	}
	if err := json.Unmarshal(report, &r); err != nil {
		return nil, err
	}
	out := &checkAnswer{Notice: notice, Badges: []badgeAnswer{}, NotFollowed: len(r.NotFollowed)}
	out.Badges = badgesOf(out.Badges, r.Findings, x.h.o.Now())
	for _, u := range r.Unread[:min(len(r.Unread), maxFound)] {
		out.Unread = append(out.Unread, clean(cmp.Or(x.h.o.Unread(u.Reason), words(u.Reason))))
	}
	return fit(out, in.Tokens, func() bool {
		return shorter(&out.Unread, &out.LeftOut) || shorter(&out.Badges, &out.LeftOut)
	})
}

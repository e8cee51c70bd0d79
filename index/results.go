package index

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/guard"
	"assay/verify/verdict"

	"golang.org/x/sync/errgroup"
)

// Results is a page of hits with their facets.
type Results struct {
	Query    string            `json:"query"`
	Read     string            `json:"read"` // the parsed tree, printed with every operator and parenthesis
	Tree     *query.Node       `json:"tree,omitempty"`
	Expanded []query.Expansion `json:"expanded,omitempty"`
	Total    int               `json:"total"`
	Hits     []Hit             `json:"hits"`
	Facets   []FacetCounts     `json:"facets,omitempty"`
	Cursor   string            `json:"cursor,omitempty"` // of the next page, "" = this was the last
	// Sections hold who is found by looser readings, where the question as it stands
	// finds fewer than a page: Search makes them. Total, Hits and Cursor are never of
	// them, Facets are the first one's where the question as it stands finds nobody.
	Sections []Section     `json:"sections,omitempty"`
	Words    []WordCount   `json:"words,omitempty"`   // of what was asked for, thing by thing, where it was counted
	Instead  []Bucket      `json:"instead,omitempty"` // results that, included as well, would add so many to a thin answer
	Help     *Help         `json:"help,omitempty"`    // where the question finds nobody
	Took     time.Duration `json:"took_ns"`

	q      *query.Query
	called *called
}

// called is what the issuers of hits are called, by id.
type called struct {
	mu    sync.Mutex
	names map[string]string
}

// Hit is one application that matches.
type Hit struct {
	ID          string         `json:"id" blind:"-"`
	Tenant      string         `json:"-" blind:"-"`
	Application string         `json:"application" blind:"-"`
	Job         string         `json:"job,omitempty"`
	Candidate   string         `json:"candidate,omitempty"`
	DisplayName string         `json:"display_name,omitempty"`
	AppliedAt   time.Time      `json:"applied_at"`
	CheckedAt   time.Time      `json:"checked_at"`
	Score       int            `json:"score"`
	Why         []query.Match  `json:"why,omitempty"`
	Counts      verdict.Counts `json:"counts"`  // by effective status, now
	Breadth     record.Breadth `json:"breadth"` // now
	Unread      int            `json:"unread,omitempty"`
	Pending     int            `json:"links_pending,omitempty"` // links that could not be asked yet
	Proven      []query.Match  `json:"proven,omitempty"`        // the first skills that can be proven, where the question names none
	Refused     []Refused      `json:"refused,omitempty"`       // the first rejected badges
}

// FacetCounts are the buckets of one facet, most applications first.
type FacetCounts struct {
	Facet   query.Facet `json:"facet"`
	Buckets []Bucket    `json:"buckets"`
}

// Bucket is one value of a facet.
type Bucket struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"` // for a person, when Value is a URI
	Count int    `json:"count"`           // applications
}

// Suggestion completes what a recruiter types.
type Suggestion struct {
	Kind      SuggestionKind `json:"kind"`
	Label     string         `json:"label"`
	ID        string         `json:"id,omitempty"`
	Framework string         `json:"framework,omitempty"`
	Count     int            `json:"count"` // applicants of the tenant who can prove it; 0 of what only a framework knows
}

// SuggestionKind says what a suggestion is.
type SuggestionKind string

// Kinds of suggestions.
const (
	SuggestSkill       SuggestionKind = "skill"       // by the words of its label
	SuggestCertificate SuggestionKind = "certificate" // Claim.Certificate, by the words of a badge's own name
	SuggestIssuer      SuggestionKind = "issuer"      // by what is known of it; Label is how it may be named, ID its id
)

// SuggestionKinds lists every kind.
func SuggestionKinds() []SuggestionKind {
	return []SuggestionKind{SuggestSkill, SuggestCertificate, SuggestIssuer}
}

// NewResults begins the answer to a query: what an engine fills in. The query
// is opened (OpenCursor) before, and not changed after.
func NewResults(q *query.Query) *Results {
	return &Results{Query: q.Text, Read: q.Printed(), Tree: q.Tree, Expanded: q.Expanded, Hits: []Hit{}, q: q, called: &called{names: map[string]string{}}}
}

// Hit makes the hit of a stored document, or refuses it: when it is another
// tenant's, erased, or does not match after all. An engine adds only what this
// lets through, whatever its own filter said. Safe for concurrent use.
func (r *Results) Hit(tenant string, a *record.Application) (Hit, bool) {
	h, ok := r.hit(tenant, a)
	if ok {
		r.named(a)
	}
	return h, ok
}

// Ranked makes the hits of documents that are all that the query finds, in its order:
// for an engine that has found them without their scores.
func (r *Results) Ranked(tenant string, docs []*record.Application) []Hit {
	type found struct {
		hit   Hit
		doc   *record.Application
		place query.Position
	}
	var all []found
	for _, a := range docs {
		if h, ok := r.hit(tenant, a); ok {
			all = append(all, found{h, a, r.q.Position(a, h.Score, 0)})
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		if r.q.Sort.Before(a.place, b.place) {
			return -1
		}
		return 1
	})
	hits := make([]Hit, len(all))
	for i, f := range all {
		r.named(f.doc)
		hits[i] = f.hit
	}
	return hits
}

// named notes what issuers are called, of a hit: of several names the one that is first in
// the alphabet, in whatever order hits are made.
func (r *Results) named(a *record.Application) {
	blind := r.q.Plan.Blind
	a = record.Bar(a, r.q.Plan.Barred)
	mask := &record.Mask{}
	if blind {
		mask = record.MaskOf(a)
	}
	r.called.mu.Lock()
	defer r.called.mu.Unlock()
	for i := range a.Claims {
		// Only a badge whose issuer is proven says what the issuer is called.
		c := &a.Claims[i]
		if blind {
			c = c.ForBlind()
		}
		if !c.Proven() || c.IssuerName == "" {
			continue
		}
		name := mask.Text(c.IssuerName)
		if other, ok := r.called.names[c.Issuer]; !ok || name < other {
			r.called.names[c.Issuer] = name
		}
	}
}

func (r *Results) hit(tenant string, a *record.Application) (Hit, bool) {
	if a.Tenant != tenant || record.CheckToken("tenant", tenant) != nil {
		return Hit{}, false
	}
	q := r.q
	a = record.Bar(a, q.Plan.Barred)
	score, why, ok := q.Plan.Match(a)
	if !ok {
		return Hit{}, false
	}
	blind := q.Plan.Blind
	mask := &record.Mask{}
	if blind {
		mask = record.MaskOf(a)
	}
	h := Hit{
		ID: a.ID, Tenant: a.Tenant, Application: a.Application, Job: a.Job, Candidate: a.Candidate, DisplayName: a.DisplayName,
		AppliedAt: a.AppliedAt, CheckedAt: a.CheckedAt, Score: score, Why: why,
		Counts: record.CountsAt(a, q.Plan.Now), Breadth: record.BreadthOf(a, q.Plan.Now), Unread: len(a.Unread),
		Refused: refused(a, q.Plan.Now, blind),
	}
	_, h.Pending = a.LinksOf()
	if len(why) == 0 {
		h.Proven = query.Proven(a, q.Plan.Now, blind)
	}
	if blind {
		h.Application, h.DisplayName = a.Reference(mask), ""
		for i := range h.Refused {
			b := &h.Refused[i]
			b.Name = a.BadgeName(mask, b.Credential)
			b.Shown.Name = b.Name
		}
		mask.Fill(&h)
	}
	return h, true
}

// AddFacet adds the buckets of one facet, most applications first, then by
// value, MaxBuckets at most, with labels for URIs: of skills from the taxonomy,
// of issuers from the documents that Hit has let through before, all of them.
func (r *Results) AddFacet(f query.Facet, counts map[string]int) {
	fc := FacetCounts{Facet: f, Buckets: make([]Bucket, 0, len(counts))}
	if f == query.FacetStatus {
		for _, s := range query.FacetStatuses() {
			fc.Buckets = append(fc.Buckets, Bucket{Value: string(s), Count: counts[string(s)]})
		}
		r.Facets = append(r.Facets, fc)
		return
	}
	for v, n := range counts {
		if n <= 0 || v == "" {
			continue
		}
		fc.Buckets = append(fc.Buckets, Bucket{Value: v, Count: n})
	}
	slices.SortFunc(fc.Buckets, func(a, b Bucket) int {
		if f == query.FacetYear {
			return strings.Compare(b.Value, a.Value)
		}
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
	})
	fc.Buckets = fc.Buckets[:min(len(fc.Buckets), query.MaxBuckets)]
	for i := range fc.Buckets {
		switch b := &fc.Buckets[i]; f {
		case query.FacetSkill:
			b.Label = r.q.Options.Taxonomy.Label(b.Value)
		case query.FacetIssuer:
			b.Label = r.called.names[b.Value]
		}
	}
	r.Facets = append(r.Facets, fc)
}

// SealCursor makes the cursor of the page after pos. Whoever holds it can read
// it; OpenCursor refuses it when it was changed, under another tenant, and with
// another query.
func SealCursor(key []byte, tenant string, q *query.Query, pos query.Position) string {
	pos.Path = q.Path
	body, err := json.Marshal(pos)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(cursorMAC(key, tenant, q, body), body...))
}

// maxCursorAge is how long, in seconds, the moment of a first page may hold: what
// has run out since would still be shown as proven.
const maxCursorAge = 60 * 60

// OpenCursor checks q.Cursor, sets the query's moment to the first page's, so
// that nothing moves between pages, and gives the position. Call it before
// translating q.Plan. It gives nil for the first page and ErrCursor for a cursor
// that is not of this search, or is older than an hour.
func OpenCursor(key []byte, tenant string, q *query.Query) (*query.Position, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(raw) <= macSize || len(q.Cursor) > maxCursor {
		return nil, ErrCursor
	}
	body := raw[macSize:]
	if !hmac.Equal(raw[:macSize], cursorMAC(key, tenant, q, body)) {
		return nil, ErrCursor
	}
	var pos query.Position
	if err := json.Unmarshal(body, &pos); err != nil {
		return nil, ErrCursor
	}
	if !slices.Equal(pos.Path, q.Path) { // the plan is of another section
		return nil, ErrCursor
	}
	if age := q.Plan.Now - pos.Now; age > maxCursorAge || age < -maxCursorAge {
		return nil, ErrCursor
	}
	q.Plan.Now = pos.Now
	return &pos, nil
}

const (
	macSize   = 16
	maxCursor = 2048
)

func cursorMAC(key []byte, tenant string, q *query.Query, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	for _, part := range []string{"cursor 1", tenant, q.Text, string(q.Sort)} {
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	fmt.Fprintf(m, "%q %v %q %v %v %v", q.Plan.Include, q.Options.Exact, q.Options.Choices, q.Plan.Blind, q.Options.Unnamed, q.Options.Undated)
	m.Write(body)
	return m.Sum(nil)[:macSize]
}

// Suggest completes a prefix: first the skills, certificates and issuers of badges that
// the tenant's applicants can prove, most applicants first, then skills that nobody
// proves and the frameworks know, n in all.
func Suggest(ctx context.Context, e Engine, t *skills.Taxonomy, tenant, prefix string, n int) ([]Suggestion, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if n <= 0 || n > query.MaxSize {
		n = 10
	}
	prefix = record.Cut(strings.TrimSpace(prefix), query.MaxRunes)
	if skills.Folded(prefix) == "" {
		return []Suggestion{}, nil
	}
	out := []Suggestion{}
	var asked []suggesting
	for _, kind := range SuggestionKinds() {
		asked = append(asked, suggesting{kind, prefix})
	}
	lists, err := suggestAll(ctx, e, tenant, asked, n)
	if err != nil {
		return nil, err
	}
	for i, kind := range SuggestionKinds() {
		for _, s := range lists[i] {
			// A badge that is called like the skill is no second way to ask for it.
			if kind != SuggestCertificate || !slices.ContainsFunc(out, func(o Suggestion) bool { return skills.Folded(o.Label) == skills.Folded(s.Label) }) {
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return b.Count - a.Count })
	out = out[:min(len(out), n)]
	var called []query.Plan // of skills by other names than badges here have, in whatever language
	known := len(out)
	for _, r := range t.Suggest(prefix, n+moreCalled) {
		if len(called) == moreCalled || known == n {
			break
		}
		if !slices.ContainsFunc(out, func(s Suggestion) bool {
			return s.ID == r.ID || skills.Folded(s.Label) == skills.Folded(r.Label)
		}) {
			q, err := query.New(`"`+strings.ReplaceAll(r.Label, `"`, " ")+`"`, query.Options{Taxonomy: t})
			if err != nil {
				continue
			}
			called = append(called, q.Plan)
			out = append(out, Suggestion{Kind: SuggestSkill, Label: r.Label, ID: r.ID, Framework: r.Framework})
		}
	}
	counts, err := countOf(ctx, e, tenant, called)
	if err != nil {
		return nil, err
	}
	for i, n := range counts[0] {
		out[known+i].Count = n
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return b.Count - a.Count })
	return out[:min(len(out), n)], nil
}

// moreCalled is how many skills of other names are looked at for one suggestion: a name
// begins like many that nobody holds.
const moreCalled = 20

// suggesting is one thing that an engine is asked to complete.
type suggesting struct {
	kind   SuggestionKind
	prefix string
}

// suggestAside is how many of them an engine is asked at once for one request.
const suggestAside = 4

// suggestAll completes several things, some at once, and gives the answers in their order.
func suggestAll(ctx context.Context, e Engine, tenant string, asked []suggesting, n int) ([][]Suggestion, error) {
	out := make([][]Suggestion, len(asked))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(suggestAside)
	for i, x := range asked {
		g.Go(func() error {
			return guard.Try("suggesting", func() (err error) {
				out[i], err = e.Suggest(ctx, tenant, x.kind, x.prefix, n)
				return err
			})
		})
	}
	err := g.Wait()
	if fault := (*guard.Fault)(nil); errors.As(err, &fault) {
		panic(fault) // whoever serves the request tells it
	}
	return out, err
}

// maxRefused bounds the badges that a hit says prove nothing.
const maxRefused = 3

// Refused is a rejected badge of a hit, and why.
type Refused struct {
	Credential int            `json:"credential"` // position in Application.Credentials
	Name       string         `json:"name,omitempty" blind:"-"`
	Reason     verdict.Reason `json:"reason,omitempty"`
	Words      string         `json:"words,omitempty" blind:"-"` // the reason's
	Blocked    bool           `json:"-"`                         // its issuer is, by the employer
	Shown      query.Match    `json:"-"`                         // what else is known of it, as of a badge that matched
}

// refused gives the first badges of an application that are rejected.
func refused(a *record.Application, now int64, blind bool) []Refused {
	var out []Refused
	for i := range a.Credentials {
		v := &a.Credentials[i].Verdict
		reason := v.Reason
		if v.Result != verdict.Rejected {
			continue // what ran out, or what nobody stands behind, is not refused
		}
		r := Refused{Credential: i, Name: v.Credential.Name, Reason: reason, Words: reason.Words(), Blocked: v.Aspects.Standing.State == verdict.Fail}
		if m, ok := query.Of(a, i, now, blind); ok {
			r.Shown = m
		} else { // of more claims than are kept
			r.Shown = query.Match{Credential: i, Name: r.Name, Status: v.Result, Reason: reason}
		}
		if out = append(out, r); len(out) == maxRefused {
			break
		}
	}
	return out
}

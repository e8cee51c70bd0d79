package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	bolt "go.etcd.io/bbolt"
)

// Search implements index.Engine.
func (e *Engine) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	start := e.now()
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	after, err := index.OpenCursor(e.o.Key, tenant, &q)
	if err != nil {
		return nil, err
	}
	snap, t, err := e.acquire(tenant)
	if err != nil {
		return nil, err
	}
	defer snap.release()
	f := &finder{ctx: ctx, e: e, snap: snap, tenant: tenant, tenantRows: t, hidden: e.terms.hiddenTexts()}
	defer f.remember(q.Plan)()
	defer f.free(lists{})
	f.tenantID, _ = e.terms.find(tenant) // 0, which is no tenant, where it has no documents
	found, err := f.match(q.Plan)
	if err != nil {
		return nil, fmt.Errorf("search: %w", unavailable(err))
	}
	size := q.Size
	if size <= 0 {
		size = query.DefaultSize
	}
	page := f.top(found, q, after, min(size, query.MaxExportSize))
	res := index.NewResults(&q)
	res.Total = len(found)
	var counts map[query.Facet]map[string]int
	var statuses map[string]int
	shown := &hits{page: page, made: make([]index.Hit, len(page)), is: make([]bool, len(page))}
	show := func() error {
		return shown.make(e, func(a *record.Application) (index.Hit, bool) { return res.Hit(tenant, a) })
	}
	err = together(show, func() (err error) {
		if counts, err = f.facets(found, &q); err == nil && slices.Contains(q.Facets, query.FacetStatus) {
			statuses, err = f.statuses(&q)
		}
		return cmp.Or(err, show())
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", unavailable(err))
	}
	for i, h := range shown.made {
		if shown.is[i] {
			res.Hits = append(res.Hits, h)
		}
	}
	for _, facet := range q.Facets {
		of := counts[facet]
		if facet == query.FacetStatus {
			of = statuses
		}
		if of != nil {
			res.AddFacet(facet, of) // behind the hits, which say what values are called
		}
	}
	seen := len(page)
	if after != nil {
		seen += after.Seen
	}
	if len(page) == size && seen < len(found) {
		last := page[size-1]
		res.Cursor = index.SealCursor(e.o.Key, tenant, &q, query.Position{
			Score: last.score, Fresh: last.fresh, Breadth: last.breadth, Applied: last.row.applied, ID: last.row.id, Seen: seen, Now: q.Plan.Now,
		})
	}
	res.Took = e.now().Sub(start)
	return res, nil
}

// Searches implements index.Engine.
func (e *Engine) Searches(ctx context.Context, tenant string, list []query.Query) ([]*index.Results, error) {
	return index.OneByOne(list, func(q query.Query) (*index.Results, error) { return e.Search(ctx, tenant, q) })
}

// Count implements index.Engine.
func (e *Engine) Count(ctx context.Context, tenant string, plans []query.Plan) ([]int, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	snap, t, err := e.acquire(tenant)
	if err != nil {
		return nil, err
	}
	defer snap.release()
	out := make([]int, len(plans))
	f := &finder{ctx: ctx, e: e, snap: snap, tenant: tenant, tenantRows: t, counts: true, hidden: e.terms.hiddenTexts()}
	f.tenantID, _ = e.terms.find(tenant)
	if len(plans) > 0 {
		defer f.remember(plans[0])()
	}
	for i, p := range plans {
		if p.Now != f.now || p.Blind != f.blind {
			f.now, f.met, f.alike = p.Now, map[asked][]candidate{}, map[string][]candidate{}
		}
		found, err := f.match(p)
		if err != nil {
			return nil, fmt.Errorf("count: %w", unavailable(err))
		}
		out[i] = len(found)
		f.free(lists{})
	}
	return out, nil
}

func unavailable(err error) error {
	if errors.Is(err, index.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", index.ErrUnavailable, err)
}

// place is where a hit stands in an order of hits.
type place struct {
	row     *row
	score   int
	fresh   int
	breadth int // of the query's moment where hits are sorted by it, else the stored one
}

// order compares two hits: negative when a comes first.
func order(s query.Sort, a, b place) int {
	score := cmp.Compare(b.score, a.score)
	if score != 0 && s != query.SortBreadth && s != query.SortRecency {
		return score // as of most hits
	}
	breadth := cmp.Compare(b.breadth, a.breadth)
	applied := cmp.Compare(b.row.applied, a.row.applied)
	id := cmp.Compare(a.row.id, b.row.id)
	switch s {
	case query.SortBreadth:
		return cmp.Or(breadth, score, applied, id)
	case query.SortRecency:
		return cmp.Or(applied, score, breadth, id)
	}
	return cmp.Or(cmp.Compare(b.fresh, a.fresh), breadth, applied, id)
}

// top gives the first n hits behind a position.
func (f *finder) top(found []scored, q query.Query, after *query.Position, n int) []place {
	s, barred := q.Sort, f.numbers(q.Plan.Barred)
	var from place
	if after != nil {
		from = place{&row{id: after.ID, applied: after.Applied}, after.Score, after.Fresh, after.Breadth}
	}
	best := make([]place, 0, n+1)
	byScore := s != query.SortBreadth && s != query.SortRecency
	for _, x := range found {
		if byScore && len(best) == n && n > 0 && int(x.score) < best[n-1].score {
			continue // its row needs no look
		}
		r := f.snap.row(x.ordinal)
		p := place{r, int(x.score), r.fresh, r.breadth}
		if s == query.SortBreadth {
			p.breadth = r.breadthAt(f.now, barred)
		}
		if after != nil && order(s, p, from) <= 0 {
			continue
		}
		if len(best) == n && order(s, p, best[n-1]) > 0 {
			continue
		}
		at := sort.Search(len(best), func(i int) bool { return order(s, p, best[i]) < 0 })
		best = slices.Insert(best, at, p)
		best = best[:min(len(best), n)]
	}
	return best
}

// hits are made of a page's documents, each of which is read from the file by who comes
// first of those that make them.
type hits struct {
	page []place
	next atomic.Int32 // the first that nobody has taken
	made []index.Hit  // in the order of the page
	is   []bool       // whether there is one
}

// make makes hits until none is left to be taken.
func (h *hits) make(e *Engine, hit func(*record.Application) (index.Hit, bool)) error {
	return e.view(func(tx *bolt.Tx) error {
		docs := tx.Bucket(bucketDocuments)
		for {
			i := int(h.next.Add(1)) - 1
			if i >= len(h.page) {
				return nil
			}
			var a record.Application
			if err := json.Unmarshal(docs.Get([]byte(h.page[i].row.id)), &a); err != nil {
				return err
			}
			h.made[i], h.is[i] = hit(&a)
		}
	})
}

// counter counts, by the number of a value, the applications that it stands in.
// Counters are used again: between two uses every count is 0.
type counter struct {
	counts  []int32
	last    []uint32 // ordinal+1 of the application that was counted last
	touched []uint32
}

var counters = sync.Pool{New: func() any { return &counter{} }}

// newCounter gives a counter for n values.
func newCounter(n int) *counter {
	c := counters.Get().(*counter)
	if len(c.counts) < n {
		n += n / 4
		c.counts, c.last = make([]int32, n), make([]uint32, n)
	}
	return c
}

func (c *counter) add(value, ordinal uint32) {
	if value == 0 || c.last[value] == ordinal+1 {
		return
	}
	c.last[value] = ordinal + 1
	c.next(value)
}

// next counts one application more that has a value, which it was not asked of before.
func (c *counter) next(value uint32) {
	if c.counts[value] == 0 {
		c.touched = append(c.touched, value)
	}
	c.counts[value]++
}

// done gives the counts by text, and the counter back.
func (c *counter) done(names []string) map[string]int {
	out := make(map[string]int, len(c.touched))
	for _, v := range c.touched {
		out[names[v]] = int(c.counts[v])
		c.counts[v], c.last[v] = 0, 0
	}
	c.touched = c.touched[:0]
	counters.Put(c)
	return out
}

var facetNumbers = map[query.Facet]int{
	query.FacetSkill: facetSkill, query.FacetCertificate: facetCertificate, query.FacetSoft: facetSoft, query.FacetFramework: facetFramework,
	query.FacetIssuer: facetIssuer, query.FacetStanding: facetStanding, query.FacetYear: facetYear,
}

func (f *finder) facet(c *claim, n int) uint32 {
	switch n {
	case facetIssuer:
		return f.texts(c).issuer
	case facetCertificate:
		return f.texts(c).certificate
	}
	return [facets]uint32{c.skill, c.certificate, c.soft, c.framework, c.issuer, c.standing, c.year}[n]
}

// facets counts the facets of a search but the status: for each of its values, how many
// applications have it. It changes nothing of the finder, which looks for statuses meanwhile.
func (f *finder) facets(found []scored, q *query.Query) (_ map[query.Facet]map[string]int, err error) {
	names := f.e.terms.list()
	var include statusSet
	for _, s := range q.Plan.Include {
		include.add(s)
	}
	// The flat copies speak of verified claims that have not run out.
	flat := len(q.Plan.Include) == 1 && q.Plan.Include[0] == verdict.Verified && len(q.Plan.Barred) == 0
	barred := f.numbers(q.Plan.Barred)
	type counting struct {
		*counter
		facet query.Facet
		n     int
		flat  bool
	}
	var all []counting
	for _, facet := range q.Facets {
		if n, ok := facetNumbers[facet]; ok {
			all = append(all, counting{newCounter(len(names)), facet, n, flat && (n != facetIssuer && n != facetCertificate || !q.Plan.Blind)})
		}
	}
	// Each row is looked at once for all facets: most of the time goes to waiting for it.
	for i, s := range found {
		if i&1023 == 0 {
			if err = f.ctx.Err(); err != nil {
				break
			}
		}
		r := f.snap.row(s.ordinal)
		fresh := r.nextUntil > f.now
		for _, c := range all {
			if c.flat && fresh {
				for _, v := range r.flat(c.n) { // each once
					c.next(v)
				}
				continue
			}
			for i := range r.claims {
				if k := &r.claims[i]; include[k.effective(f.now)] && !barred[k.issuer] {
					c.add(f.facet(k, c.n), r.ordinal)
				}
			}
		}
	}
	of := map[query.Facet]map[string]int{}
	for _, c := range all {
		of[c.facet] = c.done(names) // the counter is given back whatever became of the search
	}
	return of, cmp.Or(err, f.ctx.Err())
}

// statuses counts the applications that a search finds among those of each status.
func (f *finder) statuses(q *query.Query) (map[string]int, error) {
	counts := map[string]int{}
	f.counts = true
	before := f.lists
	for _, s := range query.FacetStatuses() {
		found, err := f.match(q.Plan.WithInclude(s))
		if err != nil {
			return nil, err
		}
		counts[string(s)] = len(found)
		f.free(before)
	}
	return counts, nil
}

// Suggest implements index.Engine: the last word of prefix begins a word of the
// text that a kind goes by, the words before it stand in it whole.
func (e *Engine) Suggest(ctx context.Context, tenant string, kind index.SuggestionKind, prefix string, n int) ([]index.Suggestion, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	words := skills.Words(prefix)
	if len(words) == 0 || n <= 0 {
		return nil, nil
	}
	snap, t, err := e.acquire(tenant)
	if err != nil {
		return nil, err
	}
	defer snap.release()
	f := &finder{ctx: ctx, e: e, snap: snap, tenant: tenant, tenantRows: t}
	names := e.terms.list()
	begun := map[uint32]bool{} // by text
	fits, counts, called := map[suggested]bool{}, map[suggested]int{}, map[suggested]map[uint32]int{}
	now := e.now().Unix()
	for _, r := range t.rows {
		if !snap.alive(r) || !f.ours(r) {
			continue
		}
		if err := f.tick(); err != nil {
			return nil, fmt.Errorf("suggest: %w", unavailable(err))
		}
		var seen []suggested
		for i := range r.claims {
			c := &r.claims[i]
			v, text := c.suggested(kind)
			if v == (suggested{}) || c.effective(now) != statusVerified {
				continue
			}
			ok, known := begun[text]
			if !known {
				ok = begins(names[text], words)
				begun[text] = ok
			}
			if ok {
				fits[v] = true
			}
			if kind == index.SuggestIssuer {
				if called[v] == nil {
					called[v] = map[uint32]int{}
				}
				called[v][c.issuerName]++
			}
			if !slices.Contains(seen, v) {
				seen = append(seen, v)
				counts[v]++
			}
		}
	}
	out := make([]index.Suggestion, 0, len(fits))
	for v := range fits {
		s := index.Suggestion{Kind: kind, Label: names[v.label], ID: names[v.id], Framework: names[v.framework], Count: counts[v]}
		best := 0
		for name, k := range called[v] { // as most of its claims name it
			if k > best || k == best && names[name] < s.Label {
				s.Label, best = names[name], k
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b index.Suggestion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Framework, b.Framework))
	})
	return out[:min(n, len(out))], nil
}

// suggested is what a claim gives to suggest, by the numbers of its texts.
type suggested struct{ label, id, framework uint32 }

// suggested gives what a claim gives to suggest of a kind, and the text that it goes by;
// nothing where its label could tell a name.
func (c *claim) suggested(kind index.SuggestionKind) (suggested, uint32) {
	switch {
	case kind == index.SuggestSkill && c.label != 0 && (c.skill != 0 || c.blind == 0):
		return suggested{c.label, c.skill, c.framework}, c.labelWords
	case c.blind != 0:
	case kind == index.SuggestCertificate:
		return suggested{label: c.certificate}, c.titleWords
	case kind == index.SuggestIssuer:
		return suggested{id: c.issuer}, c.issuerWords
	}
	return suggested{}, 0
}

// begins reports whether the words stand in a label, the last as a beginning.
func begins(label string, words []string) bool {
	last := len(words) - 1
	if !hasWords(label, words[:last]) {
		return false
	}
	for _, w := range splitWords(label) {
		if len(w) >= len(words[last]) && w[:len(words[last])] == words[last] {
			return true
		}
	}
	return false
}

// Version implements index.Engine.
func (e *Engine) Version(ctx context.Context, tenant, application string) (int64, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return 0, err
	}
	if err := e.alive(ctx); err != nil {
		return 0, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, id := range index.IDs(e.o.Key, tenant, application) {
		switch r := e.byID[id]; {
		case r == nil:
		case r.tenant != tenant:
			return 0, index.ErrNotFound
		case r.erased:
			return 0, index.ErrErased
		default:
			return r.version, nil
		}
	}
	return 0, index.ErrNotFound
}

// Get implements index.Engine.
func (e *Engine) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if err := e.alive(ctx); err != nil {
		return nil, err
	}
	var a record.Application
	err := e.view(func(tx *bolt.Tx) error {
		for _, id := range index.IDs(e.o.Key, tenant, application) {
			if raw := tx.Bucket(bucketDocuments).Get([]byte(id)); raw != nil {
				if err := json.Unmarshal(raw, &a); err != nil || a.ID != id {
					return cmp.Or(err, index.ErrNotFound)
				}
				return nil
			}
		}
		return index.ErrNotFound
	})
	switch {
	case errors.Is(err, index.ErrNotFound):
		return nil, err
	case err != nil:
		return nil, unavailable(err)
	case a.Tenant != tenant:
		return nil, index.ErrNotFound
	case a.Erased:
		return nil, index.ErrErased
	}
	return &a, nil
}

// Scan implements index.Engine. It reads the index as it stands at the call,
// each document in its newest form.
func (e *Engine) Scan(ctx context.Context, tenant string, fn func(*record.Application) error) error {
	if tenant != "" {
		if err := record.CheckToken("tenant", tenant); err != nil {
			return err
		}
	}
	for _, id := range e.ids(tenant) {
		if err := ctx.Err(); err != nil {
			return err
		}
		var a record.Application
		err := e.view(func(tx *bolt.Tx) error {
			return json.Unmarshal(tx.Bucket(bucketDocuments).Get([]byte(id)), &a)
		})
		if err != nil {
			return fmt.Errorf("scan: %w", unavailable(err))
		}
		if a.Erased || tenant != "" && a.Tenant != tenant {
			continue
		}
		if err := fn(&a); err != nil {
			return err
		}
	}
	return nil
}

// ids lists the documents of a tenant, or of all.
func (e *Engine) ids(tenant string) []string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []string
	for id, r := range e.byID {
		if tenant == "" || r.tenant == tenant {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

package local

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/guard"
	"assay/verify/verdict"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bindex "github.com/blevesearch/bleve_index_api"
)

// scored is an application that matches so far.
type scored struct {
	ordinal uint32
	score   int32
}

// candidate is a claim that meets a term and what else is asked of it, but for
// its status: kept small and apart from its row, as it is looked at once for
// each status that is counted.
type candidate struct {
	at       uint32 // ordinal - snapshot.base
	weight   int32  // of the tier
	standing uint8  // record.StandingRank
	status   uint8  // effective
}

func newCandidate(at uint32, t *query.Tier, standing, status uint8) candidate {
	if status == statusVerified {
		return candidate{at, int32(t.Weight), standing, status}
	}
	return candidate{at, int32(t.Unproven), standing, status}
}

// score is what query.ClaimCond.Score gives.
func (c *candidate) score(of *query.ClaimCond) int32 {
	if of.Plain {
		return c.weight
	}
	by := int32(c.standing)
	switch {
	case c.status == statusVerified && of.Alike:
		by = record.MaxStandingRank
	case c.status == statusVerified:
	case c.standing >= record.KnownRank:
		by = 1
	default:
		by = 0
	}
	return c.weight*query.StandingStep + by*query.StandingUnit
}

// lists are those of one search, cut from pieces that the next searches use again: a list is
// as long as there are applications, and a search makes a dozen.
type lists struct {
	pieces []*[]scored
	used   int // of the last
}

const (
	listPiece = 1 << 18 // applications
	listFew   = 1 << 10 // for which no piece is taken
)

var listPieces = sync.Pool{New: func() any { list := make([]scored, listPiece); return &list }}

// list gives an empty list with room for n, until free.
func (l *lists) list(n int) []scored {
	if n < listFew || n > listPiece/2 {
		return make([]scored, 0, n)
	}
	if len(l.pieces) == 0 || l.used+n > listPiece {
		l.pieces, l.used = append(l.pieces, listPieces.Get().(*[]scored)), 0
	}
	from := l.used
	l.used += n
	return (*l.pieces[len(l.pieces)-1])[from:from:l.used]
}

// free ends the lists made since an earlier state: nobody may look at one any more.
func (l *lists) free(since lists) {
	for _, p := range l.pieces[len(since.pieces):] {
		listPieces.Put(p)
	}
	*l = since
}

// finder works one search out on one snapshot, for one tenant.
type finder struct {
	ctx        context.Context
	e          *Engine
	snap       *snapshot
	tenant     string
	tenantID   uint32 // its number among the terms
	tenantRows        // the tenant's; some dead
	now        int64
	blind      bool
	hidden     []blindTexts // terms.hidden
	// The claims that meet a term do not depend on the statuses asked for: they
	// are kept for the status facet, and for where a plan asks the same again.
	met    map[asked][]candidate
	alike  map[string][]candidate // the same by what is asked: plans of one question ask it again and again
	counts bool                   // scores are not asked for

	lists
	everybody []scored // once asked for; it is in none of the lists
	within    []scored // what a condition that only adds to scores is asked of; nil = all
	best      []int32  // scratch: weight+1 by ordinal-base
	steps     int
}

// asked is what is asked of a claim beside its status: plans that are made of one
// another share it.
type asked struct {
	tiers *query.Tier
	n     int
	where *query.Filter
}

func askedOf(c *query.ClaimCond) asked { return asked{&c.Tiers[0], len(c.Tiers), c.Where} }

// inFull gives what is asked as a text, the same for whatever asks the same; "" where it
// cannot say.
func inFull(c *query.ClaimCond) string {
	text, err := json.Marshal([]any{c.Tiers, c.Where})
	if err != nil || bytes.Contains(text, []byte(`\ufffd`)) { // which stands for any bytes
		return ""
	}
	return string(text)
}

// known gives what was found for a term, if it was looked for.
func (f *finder) known(c *query.ClaimCond) ([]candidate, bool) {
	key := askedOf(c)
	met, ok := f.met[key]
	if !ok {
		if met, ok = f.alike[inFull(c)]; ok {
			f.met[key] = met
		}
	}
	return met, ok
}

// keep keeps what was found for a term.
func (f *finder) keep(c *query.ClaimCond, met []candidate) {
	f.met[askedOf(c)] = met
	if text := inFull(c); text != "" {
		f.alike[text] = met
	}
}

// worked is what was found for one question so far, on one snapshot.
type worked struct {
	snap   *snapshot
	tenant string
	now    int64
	blind  bool
	met    map[asked][]candidate
	alike  map[string][]candidate
}

// remember begins with what the same question has found on this snapshot so far, and gives
// what keeps it for the next search.
func (f *finder) remember(p query.Plan) (keep func()) {
	f.now, f.blind, f.met, f.alike = p.Now, p.Blind, map[asked][]candidate{}, map[string][]candidate{}
	m := index.MemoryOf(f.ctx)
	if w, ok := m.Take().(worked); ok && w.snap == f.snap && w.tenant == f.tenant && w.now == f.now && w.blind == f.blind {
		f.met, f.alike = w.met, w.alike
	}
	return func() { m.Keep(worked{f.snap, f.tenant, f.now, f.blind, f.met, f.alike}) }
}

// texts gives what the reader may search of a claim.
func (f *finder) texts(c *claim) blindTexts {
	if f.blind {
		return c.texts(f.hidden)
	}
	return c.texts(nil)
}

// ours tells whether a row may be seen: the tenant's, alive, not erased.
func (f *finder) ours(r *row) bool {
	return r != nil && !r.erased && r.tenant == f.tenant
}

// match gives the tenant's applications that match a plan, by ordinal.
func (f *finder) match(p query.Plan) ([]scored, error) {
	f.blind = p.Blind
	if err := f.ahead(&p.Root); err != nil {
		return nil, err
	}
	return f.cond(&p.Root)
}

// ahead finds what the terms of a condition ask of claims, where there are several, on two
// processors.
func (f *finder) ahead(c *query.Cond) error {
	terms := f.terms(c, false, nil)
	if len(terms) < 2 {
		return nil
	}
	found := make([][]candidate, len(terms))
	half := func(from int) error {
		g := &finder{ctx: f.ctx, e: f.e, snap: f.snap, tenant: f.tenant, tenantID: f.tenantID, tenantRows: f.tenantRows, now: f.now, blind: f.blind, hidden: f.hidden}
		for i := from; i < len(terms); i += 2 {
			var err error
			if found[i], err = g.candidates(terms[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := together(func() error { return half(0) }, func() error { return half(1) }); err != nil {
		return err
	}
	for i, t := range terms {
		f.keep(t, found[i])
	}
	return nil
}

// terms adds to some the terms of a condition for which nothing is found yet, each once. What
// may hold, and is looked at in each row, is looked at in the rows of those found.
func (f *finder) terms(c *query.Cond, may bool, some []*query.ClaimCond) []*query.ClaimCond {
	switch c.Op {
	case query.OpMay:
		if f.counts {
			break
		}
		may = true
		fallthrough
	case query.OpAnd, query.OpOr, query.OpBest, query.OpMost, query.OpNot:
		for i := range c.Kids {
			some = f.terms(&c.Kids[i], may, some)
		}
	case query.OpClaim:
		if len(c.Claim.Tiers) == 0 || may && slices.ContainsFunc(c.Claim.Tiers, inRows) {
			break
		}
		key := askedOf(c.Claim)
		_, ok := f.known(c.Claim)
		if !ok && !slices.ContainsFunc(some, func(t *query.ClaimCond) bool { return askedOf(t) == key }) {
			some = append(some, c.Claim)
		}
	}
	return some
}

// together does two parts of a search at once, and ends when both have ended.
func together(a, b func() error) error {
	var other error
	var wg sync.WaitGroup
	defer wg.Wait() // whatever becomes of b: what a reads may go when this returns
	wg.Go(func() { other = guard.Try("a part of a search", func() error { return a() }) })
	err := b()
	wg.Wait()
	if fault := (*guard.Fault)(nil); errors.As(other, &fault) {
		panic(fault) // whoever serves the request tells it
	}
	return cmp.Or(err, other)
}

// all gives the tenant's applications, by ordinal. Nobody changes what it gives.
func (f *finder) all() []scored {
	if f.everybody != nil {
		return f.everybody
	}
	// Rows are in the order of commits, and within one in any order.
	is := make([]uint64, len(f.snap.rows)/64+1)
	for _, r := range f.rows {
		if f.ours(r) && f.snap.row(r.ordinal) == r {
			at := r.ordinal - f.snap.base
			is[at/64] |= 1 << (at % 64)
		}
	}
	out := make([]scored, 0, len(f.rows))
	for i, word := range is {
		for ; word != 0; word &= word - 1 {
			out = append(out, scored{f.snap.base + uint32(i*64+bits.TrailingZeros64(word)), 0})
		}
	}
	f.everybody = out
	return out
}

func (f *finder) cond(c *query.Cond) ([]scored, error) {
	switch c.Op {
	case query.OpAll:
		return f.all(), nil
	case query.OpAnd:
		if len(c.Kids) == 0 {
			return f.all(), nil
		}
		return f.and(c.Kids)
	case query.OpOr, query.OpBest:
		score := sum
		if c.Op == query.OpBest {
			score = best
		}
		var acc []scored
		for i := range c.Kids {
			k, err := f.cond(&c.Kids[i])
			if err != nil {
				return nil, err
			}
			if i == 0 {
				acc = k
			} else {
				acc = f.join(acc, k, score)
			}
		}
		return acc, nil
	case query.OpMost:
		return f.most(c)
	case query.OpMay:
		acc := f.all()
		for i := range c.Kids {
			k, err := f.cond(&c.Kids[i])
			if err != nil {
				return nil, err
			}
			acc = f.join(acc, k, sum)
		}
		return acc, nil
	case query.OpTies:
		return f.tied(f.all(), c.Ties), nil
	case query.OpNot:
		acc := f.all()
		for i := range c.Kids {
			k, err := f.cond(&c.Kids[i])
			if err != nil {
				return nil, err
			}
			acc = f.without(acc, k)
		}
		return acc, nil
	case query.OpJob:
		out := f.list(len(f.all()))
		for _, s := range f.all() {
			r := f.snap.row(s.ordinal)
			job := r.jobWords
			if f.blind {
				job = r.blindJob
			}
			if hasWords(job, c.Job) {
				out = append(out, s)
			}
		}
		return out, nil
	case query.OpClaim:
		return f.claim(c.Claim)
	default:
		return nil, nil
	}
}

// and gives the applications for which every kid holds. Kids that always hold are
// asked of those alone.
func (f *finder) and(kids []query.Cond) ([]scored, error) {
	var acc []scored
	begun := false
	var may []*query.Cond
	var ties []query.Tie
	for i := range kids {
		kid := &kids[i]
		if kid.Op == query.OpTies {
			ties = append(ties, kid.Ties...)
			continue
		}
		always := kid.Op == query.OpMay && len(kid.Kids) == 1
		if always {
			kid = &kid.Kids[0]
		}
		if always {
			if !f.counts {
				may = append(may, kid)
			}
			continue
		}
		k, err := f.cond(kid)
		switch {
		case err != nil:
			return nil, err
		case !begun:
			acc, begun = k, true
		default:
			acc = f.both(acc, k)
		}
	}
	if !begun {
		acc = f.all()
	}
	if len(acc) == 0 {
		return nil, nil
	}
	for _, kid := range may {
		outer := f.within
		f.within = acc
		k, err := f.cond(kid)
		f.within = outer
		if err != nil {
			return nil, err
		}
		acc = f.lifted(acc, k)
	}
	return f.tied(acc, ties), nil
}

// tied adds what settles ties to scores.
func (f *finder) tied(found []scored, ties []query.Tie) []scored {
	if f.counts {
		return found
	}
	type tie struct {
		weight int32
		any    []uint32
	}
	var known []tie
	for _, t := range ties {
		k := tie{weight: int32(t.Weight)}
		for v := range f.numbers(t.Any) {
			k.any = append(k.any, v)
		}
		if len(k.any) > 0 {
			known = append(known, k)
		}
	}
	if len(known) == 0 {
		return found
	}
	out := append(f.list(len(found)), found...)
	for i := range out {
		r := f.snap.row(out[i].ordinal)
		if r.nextUntil <= f.now {
			continue
		}
		for _, t := range known {
			if slices.ContainsFunc(t.any, func(v uint32) bool { return slices.Contains(r.flat(facets), v) }) {
				out[i].score += t.weight
			}
		}
	}
	return out
}

// lifted adds the scores of b to those that are in a.
func (f *finder) lifted(a, b []scored) []scored {
	out := append(f.list(len(a)), a...)
	for i, j := 0, 0; i < len(out) && j < len(b); {
		switch {
		case out[i].ordinal < b[j].ordinal:
			i++
		case out[i].ordinal > b[j].ordinal:
			j++
		default:
			out[i].score += b[j].score
			i++
			j++
		}
	}
	return out
}

// most gives the applications for which enough kids hold, each with the sum of
// their scores.
func (f *finder) most(c *query.Cond) ([]scored, error) {
	kids := make([][]scored, len(c.Kids))
	for i := range c.Kids {
		var err error
		if kids[i], err = f.cond(&c.Kids[i]); err != nil {
			return nil, err
		}
	}
	n := 0
	for _, k := range kids {
		n += len(k)
	}
	out := f.list(min(n, len(f.rows)))
	for {
		next, any := scored{}, false
		for _, k := range kids {
			if len(k) > 0 && (!any || k[0].ordinal < next.ordinal) {
				next, any = scored{ordinal: k[0].ordinal}, true
			}
		}
		if !any {
			return out, nil
		}
		n := 0
		for i, k := range kids {
			if len(k) > 0 && k[0].ordinal == next.ordinal {
				next.score += k[0].score
				kids[i] = k[1:]
				n++
			}
		}
		if n >= c.Least {
			out = append(out, next)
		}
	}
}

func (f *finder) both(a, b []scored) []scored {
	out := f.list(min(len(a), len(b)))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].ordinal < b[j].ordinal:
			i++
		case a[i].ordinal > b[j].ordinal:
			j++
		default:
			out = append(out, scored{a[i].ordinal, a[i].score + b[j].score})
			i++
			j++
		}
	}
	return out
}

func sum(x, y int32) int32  { return x + y }
func best(x, y int32) int32 { return max(x, y) }

// join gives what is in a or b; score gives the score of what is in both.
func (f *finder) join(a, b []scored, score func(x, y int32) int32) []scored {
	out := f.list(len(a) + len(b))
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i].ordinal < b[j].ordinal:
			out = append(out, a[i])
			i++
		case a[i].ordinal > b[j].ordinal:
			out = append(out, b[j])
			j++
		default:
			out = append(out, scored{a[i].ordinal, score(a[i].score, b[j].score)})
			i++
			j++
		}
	}
	return append(append(out, a[i:]...), b[j:]...)
}

func (f *finder) without(a, b []scored) []scored {
	out := f.list(len(a))
	j := 0
	for _, s := range a {
		for j < len(b) && b[j].ordinal < s.ordinal {
			j++
		}
		if j == len(b) || b[j].ordinal != s.ordinal {
			out = append(out, s)
		}
	}
	return out
}

// splitWords splits a folded text: its words are joined by one space.
func splitWords(text string) []string { return strings.Split(text, " ") }

func hasWords(text string, words []string) bool {
	have := splitWords(text)
	for _, w := range words {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return true
}

// claim gives the applications with a claim that fits, each with its greatest
// weight.
func (f *finder) claim(c *query.ClaimCond) ([]scored, error) {
	var allowed statusSet
	for _, s := range c.Status {
		allowed.add(s)
	}
	if len(c.Tiers) == 0 {
		fits, some := f.where(c.Where)
		if !some {
			return nil, nil
		}
		out := f.list(len(f.all()))
		for _, s := range f.all() {
			claims := f.snap.row(s.ordinal).claims
			for i := range claims {
				k := &claims[i]
				if allowed[k.effective(f.now)] && (!c.Known || k.weight >= record.KnownRank) && (fits == nil || fits(k)) {
					out = append(out, s)
					break
				}
			}
		}
		return out, nil
	}
	met, ok := f.known(c)
	if !ok {
		var err error
		if met, err = f.candidates(c); err != nil {
			return nil, err
		}
		if f.within == nil {
			f.keep(c, met)
		}
	}
	if f.best == nil {
		f.best = make([]int32, len(f.snap.rows))
	}
	n := 0
	first, last := uint32(len(f.best)), uint32(0)
	for status, asked := range allowed {
		if !asked {
			continue
		}
		for _, m := range ofStatus(met, uint8(status)) {
			if c.Known && m.standing < record.KnownRank {
				continue
			}
			if f.best[m.at] == 0 {
				n++
				first, last = min(first, m.at), max(last, m.at)
			}
			f.best[m.at] = max(f.best[m.at], m.score(c)+1)
		}
	}
	out := f.list(n)
	for at := first; len(out) < n && at <= last; at++ {
		if w := f.best[at]; w > 0 {
			out = append(out, scored{f.snap.base + at, w - 1})
			f.best[at] = 0
		}
	}
	return out, nil
}

// byStatus gives candidates by their status, in which they are looked at.
func byStatus(all []candidate) []candidate {
	var at [statusOther + 2]int // where each status begins
	for i := range all {
		at[all[i].status+1]++
	}
	for s := range at[1:] {
		at[s+1] += at[s]
	}
	out := make([]candidate, len(all))
	for _, c := range all {
		out[at[c.status]] = c
		at[c.status]++
	}
	return out
}

// ofStatus gives those of one status.
func ofStatus(all []candidate, status uint8) []candidate {
	from := sort.Search(len(all), func(i int) bool { return all[i].status >= status })
	to := sort.Search(len(all), func(i int) bool { return all[i].status > status })
	return all[from:to]
}

// scratches are used again: no candidate stays in one.
var scratches = sync.Pool{New: func() any { return new([]candidate) }}

// candidates finds the tenant's claims that meet one of the tiers and fit, by their status.
func (f *finder) candidates(c *query.ClaimCond) ([]candidate, error) {
	fits, some := f.where(c.Where)
	if !some {
		return nil, nil
	}
	scratch := scratches.Get().(*[]candidate)
	defer scratches.Put(scratch)
	out := (*scratch)[:0] // in no order yet
	// A claim that met a tier has its greatest weight: tiers go by descending
	// weight, and most claims meet several.
	seen := make([]uint64, f.snap.documents/64+1)
	for _, t := range c.Tiers {
		add := func(id bindex.IndexInternalID) error {
			n := id.Value()
			if bit := uint64(1) << (n & 63); seen[n>>6]&bit == 0 {
				seen[n>>6] |= bit
			} else {
				return nil
			}
			col, err := f.snap.column(n, f.e.terms)
			if err != nil {
				return err
			}
			if col.tenant != 0 && fits == nil {
				// A document that the reader shows is of a row that is alive: what
				// replaces a row takes its documents out in the same batch.
				if col.tenant == f.tenantID {
					out = append(out, newCandidate(col.ordinal-f.snap.base, &t, col.weight(), effective(col.status(), col.runsOut(), f.now)))
				}
				return nil
			}
			// No row: replaced since, or not yet shown.
			r := f.snap.row(col.ordinal)
			if !f.ours(r) || int(col.claim) >= len(r.claims) {
				return nil
			}
			if k := &r.claims[col.claim]; fits == nil || fits(k) {
				out = append(out, newCandidate(r.ordinal-f.snap.base, &t, k.weight, k.effective(f.now)))
			}
			return nil
		}
		for field, values := range map[string][]string{fieldSkill: t.Skills, fieldAncestors: t.Under, fieldSoft: t.Soft} {
			for _, v := range values {
				if err := f.postings(field, v, add); err != nil {
					return nil, err
				}
			}
		}
		if len(t.Words) == 0 {
			continue
		}
		if inRows(t) {
			var err error
			if out, err = f.inRows(t, fits, out); err != nil {
				return nil, err
			}
			continue
		}
		if !f.blind {
			if err := f.text(t, t.Field, add); err != nil {
				return nil, err
			}
			continue
		}
		// What everybody searches where a claim is clear, and else what is written
		// for blind readers.
		clear := func(id bindex.IndexInternalID) error {
			col, err := f.snap.column(id.Value(), f.e.terms)
			if err != nil {
				return err
			}
			is := col.clear
			if col.tenant == 0 {
				r := f.snap.row(col.ordinal)
				is = r != nil && int(col.claim) < len(r.claims) && r.claims[col.claim].blind == 0
			}
			if !is {
				return nil
			}
			return add(id)
		}
		if err := f.text(t, t.Field, clear); err != nil {
			return nil, err
		}
		if err := f.text(t, blindField(t.Field), add); err != nil {
			return nil, err
		}
	}
	*scratch = out
	return byStatus(out), nil
}

// inRows reports whether the words of a tier are those of a text that Bleve does not keep for
// every reader.
func inRows(t query.Tier) bool {
	return t.Field == query.FieldIssuer || t.Field == query.FieldClaimed || t.Field == query.FieldBadge
}

// inRows adds the claims in whose texts the words of a tier stand that Bleve does not
// keep for every reader: it looks at each text of the tenant's claims once.
func (f *finder) inRows(t query.Tier, fits func(*claim) bool, out []candidate) ([]candidate, error) {
	var has func(x *blindTexts) bool
	switch t.Field {
	case query.FieldIssuer, query.FieldClaimed:
		kind := issuerText
		if t.Field == query.FieldClaimed {
			kind = claimedText
		}
		says := f.saying(kind, t.Stands)
		if len(says) == 0 {
			return out, nil // no claim needs a look
		}
		has = func(x *blindTexts) bool { return says[x.issuerWords] }
		if kind == claimedText {
			has = func(x *blindTexts) bool { return says[x.claimedWords] }
		}
	default:
		names := f.e.terms.list()
		known := make([]uint32, len(names)) // by text: the words that stand in it, and in the last bit that it was looked at
		const looked = 1 << 31
		holds := func(n uint32) uint32 {
			if n == 0 {
				return 0
			}
			if known[n] == 0 {
				known[n] = looked | wordsIn(&t, names[n])
			}
			return known[n] &^ looked
		}
		all := uint32(1)<<min(len(t.Words), query.MaxTierWords) - 1
		has = func(x *blindTexts) bool {
			return holds(x.labelWords)|holds(x.nameWords)|holds(x.issuerWords)|holds(x.claimedWords) == all
		}
	}
	rows := f.rows
	if f.within != nil {
		rows = make([]*row, len(f.within))
		for i, s := range f.within {
			rows[i] = f.snap.row(s.ordinal)
		}
	}
	for _, r := range rows {
		if !f.snap.alive(r) || !f.ours(r) {
			continue
		}
		if err := f.tick(); err != nil {
			return nil, err
		}
		for i := range r.claims {
			k := &r.claims[i]
			x := f.texts(k)
			if has(&x) && (fits == nil || fits(k)) {
				out = append(out, newCandidate(r.ordinal-f.snap.base, &t, k.weight, k.effective(f.now)))
			}
		}
	}
	return out, nil
}

// wordsIn gives the words of a tier that stand in a text, a bit each.
func wordsIn(t *query.Tier, text string) uint32 {
	has, have := uint32(0), splitWords(text)
	for i, w := range t.Words[:min(len(t.Words), query.MaxTierWords)] {
		if slices.Contains(have, w) {
			has |= 1 << i
		}
	}
	return has
}

// text calls add for every claim in whose field the words of a tier stand.
func (f *finder) text(t query.Tier, field query.Field, add func(bindex.IndexInternalID) error) error {
	if text := f.textOf(field); text != nil && t.Phrase && len(t.Words) > 1 {
		return f.inText(t, field, text, add)
	}
	if len(t.Words) == 1 && !t.Prefix && (!t.Fuzzy || t.Distance(t.Words[0]) == 0) {
		return f.postings(string(field), t.Words[0], add)
	}
	s, err := f.words(t, field)
	if err != nil {
		return err
	}
	return f.drain(s, add)
}

// textOf gives where a claim keeps the text of a field, nil when it does not.
func (f *finder) textOf(field query.Field) func(*claim) uint32 {
	switch field {
	case query.FieldLabel:
		return func(c *claim) uint32 { return c.labelWords }
	case query.FieldName:
		return func(c *claim) uint32 { return c.nameWords }
	case query.FieldTitle:
		return func(c *claim) uint32 { return c.titleWords }
	case blindField(query.FieldTitle):
		return func(c *claim) uint32 { return c.texts(f.hidden).titleWords }
	case blindField(query.FieldLabel):
		return func(c *claim) uint32 { return c.texts(f.hidden).labelWords }
	case blindField(query.FieldName):
		return func(c *claim) uint32 { return c.texts(f.hidden).nameWords }
	}
	return nil
}

// inText calls add for every claim in whose text a phrase stands. It looks at the
// claims with all of its words, at each text once: Bleve's own phrases read and keep the
// places of every word.
func (f *finder) inText(t query.Tier, field query.Field, text func(*claim) uint32, add func(bindex.IndexInternalID) error) error {
	phrase := " " + strings.Join(t.Words, " ") + " "
	names := f.e.terms.list()
	known := map[uint32]bool{}
	t.Phrase = false
	s, err := f.words(t, field)
	if err != nil {
		return err
	}
	return f.drain(s, func(id bindex.IndexInternalID) error {
		col, err := f.snap.column(id.Value(), f.e.terms)
		if err != nil {
			return err
		}
		r := f.snap.row(col.ordinal)
		if r == nil || int(col.claim) >= len(r.claims) {
			return nil
		}
		n := text(&r.claims[col.claim])
		has, ok := known[n]
		if !ok {
			has = strings.Contains(" "+names[n]+" ", phrase)
			known[n] = has
		}
		if !has {
			return nil
		}
		return add(id)
	})
}

// postings calls add for every claim with a term.
func (f *finder) postings(field, term string, add func(bindex.IndexInternalID) error) error {
	t, err := f.snap.reader.TermFieldReader(f.ctx, []byte(term), field, false, false, false)
	if err != nil {
		return err
	}
	var doc bindex.TermFieldDoc
	for {
		d, err := t.Next(&doc)
		if err == nil && d == nil {
			return t.Close()
		}
		if err == nil {
			err = f.tick()
		}
		if err == nil {
			err = add(d.ID)
		}
		if err != nil {
			return errors.Join(err, t.Close())
		}
	}
}

// tick ends a search whose caller went away.
func (f *finder) tick() error {
	if f.steps++; f.steps&1023 == 0 {
		return f.ctx.Err()
	}
	return nil
}

var unscored = search.SearcherOptions{Score: "none"}

// words makes the searcher of a tier's words in a field.
func (f *finder) words(t query.Tier, in query.Field) (search.Searcher, error) {
	field := string(in)
	switch {
	case t.Phrase:
		return f.phrase(field, t.Words)
	case t.Any:
		return searcher.NewMultiTermSearcher(f.ctx, f.snap.reader, t.Words, field, 1, unscored, false)
	case t.Prefix:
		return f.beginning(field, t.Words[0], nil)
	}
	var all []search.Searcher
	for _, w := range t.Words {
		d := 0
		if t.Fuzzy {
			d = t.Distance(w)
		}
		s, err := f.word(field, w, d)
		if err != nil {
			for _, s := range all {
				_ = s.Close()
			}
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return searcher.NewConjunctionSearcher(f.ctx, f.snap.reader, all, unscored)
}

func (f *finder) phrase(field string, words []string) (search.Searcher, error) {
	return searcher.NewPhraseSearcher(f.ctx, f.snap.reader, words, 0, false, field, 1, unscored)
}

func (f *finder) word(field, word string, d int) (search.Searcher, error) {
	if d == 0 {
		return searcher.NewTermSearcher(f.ctx, f.snap.reader, word, field, 1, unscored)
	}
	if !isASCII(word) {
		return f.near(field, word, d)
	}
	return searcher.NewFuzzySearcher(f.ctx, f.snap.reader, word, 1, d, field, 1, unscored)
}

// near makes the searcher of the words within d typing errors by walking the
// field's words from the first letter on: Bleve's automaton misses some where a
// letter takes three bytes or more (Georgian, Hangul).
func (f *finder) near(field, word string, d int) (search.Searcher, error) {
	_, first := utf8.DecodeRuneInString(word)
	return f.beginning(field, word[:first], func(w string) bool {
		_, ok := skills.Within(w, word, d)
		return ok
	})
}

// beginning makes the searcher of a field's words that begin alike and fit.
func (f *finder) beginning(field, prefix string, fits func(string) bool) (search.Searcher, error) {
	dict, err := f.snap.reader.FieldDictPrefix(field, []byte(prefix))
	if err != nil {
		return nil, err
	}
	var words []string
	for {
		e, err := dict.Next()
		if err == nil && e != nil {
			err = f.tick()
		}
		if err != nil {
			return nil, errors.Join(err, dict.Close())
		}
		if e == nil {
			break
		}
		if fits == nil || fits(e.Term) {
			words = append(words, e.Term)
		}
	}
	if err := dict.Close(); err != nil {
		return nil, err
	}
	return searcher.NewMultiTermSearcher(f.ctx, f.snap.reader, words, field, 1, unscored, false)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// drain calls add for everything that a searcher finds, and closes it.
func (f *finder) drain(s search.Searcher, add func(bindex.IndexInternalID) error) error {
	sc := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0)}
	for {
		d, err := s.Next(sc)
		if err == nil && d == nil {
			return s.Close()
		}
		if err == nil {
			err = f.tick()
		}
		if err == nil {
			err = add(d.IndexInternalID)
		}
		if err != nil {
			return errors.Join(err, s.Close())
		}
		sc.DocumentMatchPool.Put(d)
	}
}

// where makes a condition on a claim, with its texts looked up once: nil where any claim
// fits. It tells whether some of the tenant's claims may fit.
func (f *finder) where(w *query.Filter) (fits func(*claim) bool, some bool) {
	if w == nil {
		return nil, true
	}
	switch w.Op {
	case query.OpAnd, query.OpOr, query.OpNot:
		kids, may := make([]func(*claim) bool, len(w.Kids)), make([]bool, len(w.Kids))
		for i := range w.Kids {
			kids[i], may[i] = f.where(&w.Kids[i])
		}
		// and: no kid fails; or: some kid holds; not: no kid holds.
		stop, then, some := false, false, !slices.Contains(may, false)
		switch w.Op {
		case query.OpOr:
			stop, then, some = true, true, slices.Contains(may, true)
		case query.OpNot:
			stop, then, some = true, false, true
		}
		return func(c *claim) bool {
			for _, k := range kids {
				if k(c) == stop {
					return then
				}
			}
			return !then
		}, some
	case query.OpLeaf:
		return f.leaf(w)
	}
	return noClaim, false
}

func noClaim(*claim) bool { return false }

// saying gives the texts of a kind, by their numbers, of which something holds.
func (f *finder) saying(kind int, holds func(text string) bool) map[uint32]bool {
	names := f.e.terms.list()
	has := map[uint32]bool{}
	for _, n := range f.said[kind] {
		if holds(names[n]) {
			has[n] = true
		}
	}
	return has
}

// next makes a condition on a text: that words stand in it next to each other. No
// words stand in none.
func next(words []string) func(text string) bool {
	phrase := " " + strings.Join(words, " ") + " "
	return func(text string) bool { return len(words) > 0 && strings.Contains(" "+text+" ", phrase) }
}

// byIssuer makes a condition on what is known of a claim's issuer, or on what it calls
// itself.
func (f *finder) byIssuer(w *query.Filter) (fits func(*claim) bool, some bool) {
	value := func(text string) bool { return slices.Contains(w.Values, text) }
	ids := f.saying(issuerID, value)
	if w.Field == query.FilterClaimed {
		words := f.saying(claimedText, next(w.Words))
		return func(c *claim) bool {
			t := f.texts(c)
			return ids[t.issuer] || words[t.claimedWords]
		}, len(ids)+len(words) > 0
	}
	words := f.saying(issuerText, next(w.Words))
	hosts := f.saying(hostsText, func(text string) bool { return slices.ContainsFunc(splitWords(text), value) })
	return func(c *claim) bool {
		t := f.texts(c)
		return ids[t.issuer] || words[t.issuerWords] || hosts[t.hosts]
	}, len(ids)+len(words)+len(hosts) > 0
}

// leaf is where for one thing that is asked.
func (f *finder) leaf(w *query.Filter) (fits func(*claim) bool, some bool) {
	var ids []uint32
	for _, v := range w.Values {
		if n, ok := f.e.terms.find(v); ok && n != 0 {
			ids = append(ids, n)
		}
	}
	in := func(n uint32) bool { return slices.Contains(ids, n) }
	some = len(ids) > 0 // no claim has a text that no document has
	switch w.Field {
	case query.FilterSkill:
		return func(c *claim) bool { return in(c.skill) }, some
	case query.FilterSoft:
		return func(c *claim) bool { return in(c.soft) }, some
	case query.FilterBarred:
		return func(c *claim) bool { return in(c.issuer) }, some
	case query.FilterIssuerID:
		return func(c *claim) bool { return in(f.texts(c).issuer) }, some
	case query.FilterIssuer, query.FilterClaimed:
		return f.byIssuer(w)
	case query.FilterBadge:
		words := f.saying(titleText, next(w.Words))
		return func(c *claim) bool { return words[f.texts(c).titleWords] }, len(words) > 0
	case query.FilterCertificate:
		return func(c *claim) bool { return in(f.texts(c).certificate) }, some
	case query.FilterFramework:
		return func(c *claim) bool { return in(c.frameworkKey) }, some
	case query.FilterStanding:
		return func(c *claim) bool { return in(c.standing) }, some
	case query.FilterStatus:
		var allowed statusSet
		for _, v := range w.Values {
			allowed.add(verdict.Result(v))
		}
		return func(c *claim) bool { return allowed[c.effective(f.now)] }, true
	case query.FilterLevel:
		return func(c *claim) bool { return some && c.scale == ids[0] && w.Min <= c.rank && c.rank <= w.Max }, some
	case query.FilterEarned:
		return func(c *claim) bool { return c.earned != noDate && w.Min <= c.earned && c.earned <= w.Max }, true
	case query.FilterExpires:
		return func(c *claim) bool { return w.Min <= c.until && c.until <= w.Max }, true
	case query.FilterYear:
		return func(c *claim) bool { return in(c.year) }, some
	}
	return noClaim, false
}

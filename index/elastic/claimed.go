package elastic

import (
	"maps"
	"slices"
	"strings"

	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// Most of what a search asks of one claim is one thing that the claim says under
// its status: a concept, a word of its label. That can be asked of flat copies
// of all claims, without a join with the nested ones. But a status changes when a
// claim runs out, so a document carries the copies as they are until the first
// claim does (claimed, in the document itself) and as they are after that and
// after each further one (later, nested). Of these states one is in force at any
// moment, and for most documents it is the first.

// document is an application as it lies in the index: its JSON form, and what is
// derived from it for this engine alone.
type document struct {
	*record.Application
	Claimed *claimed `json:"claimed,omitempty"`
	Later   []later  `json:"later,omitempty"`
}

// facetGap stands between a facet's name and a value.
const facetGap = " "

// claimed is the first state, until a claim runs out.
type claimed struct {
	state
	Beyond int64    `json:"beyond"`        // from here on no state is kept, the claims are asked; index.Never = nowhere
	Rank   int64    `json:"rank"`          // freshness and breadth at the check and applied_at as one number; see rank
	Few    []string `json:"few,omitempty"` // values of the facets that have few, behind the facet's name; holds as long as Flat does
}

// fewValued are the facets whose values are counted together: each field that is
// counted costs a look at every match.
var fewValued = []query.Facet{query.FacetSoft, query.FacetFramework, query.FacetStanding, query.FacetYear}

// rank joins what settles ties of scores, so that one column does: Breadth.Fresh
// first, then breadth, then when the applicant applied (milliseconds, 2527 at most).
func rank(fresh, breadth int, applied int64) int64 {
	return int64(fresh)<<55 | int64(min(breadth, 1<<11-1))<<44 | min(max(applied, 0), 1<<44-1)
}

// later is a state of the time after a claim has run out.
type later struct {
	state
	From int64    `json:"from"`
	Lost []string `json:"lost,omitempty"` // facet values of Flat that no verified claim has any more, behind their facet's name; of blindFacets also those for blind readers
}

// state is what the claims say by the status that they have in a span of time.
type state struct {
	Until       int64            `json:"until"`           // the end of the span, or index.Never
	Clear       bool             `json:"clear,omitempty"` // blind readers search the same texts as everybody
	Statuses    []verdict.Result `json:"statuses,omitempty"`
	Verified    *byStanding      `json:"verified,omitempty"`
	Authentic   *byStanding      `json:"authentic,omitempty"`
	Expired     *byStanding      `json:"expired,omitempty"`
	Unvouched   *byStanding      `json:"unvouched,omitempty"`
	Pending     *byStanding      `json:"pending,omitempty"`
	Rejected    *byStanding      `json:"rejected,omitempty"`
	Unsupported *byStanding      `json:"unsupported,omitempty"`
}

// byStanding is what the claims of one status say, by what their scores go by beside
// a tier (record.StandingWeight): of the verified ones all of it, of others Known and
// Other.
type byStanding struct {
	Listed  *said `json:"listed,omitempty"`
	Domain  *said `json:"domain,omitempty"`
	Account *said `json:"account,omitempty"`
	Page    *said `json:"page,omitempty"`
	Key     *said `json:"key,omitempty"`
	Known   *said `json:"known,omitempty"` // of weight 1
	Other   *said `json:"other,omitempty"` // of weight 0
}

// The members of byStanding by weight.
var (
	ofVerified = []string{"other", "key", "page", "account", "domain", "listed"}
	ofOthers   = []string{"other", "known"}
)

// inState gives the name that a field of words has within byStanding: another one than
// in claims, as its texts lie further apart (valueGap).
func inState(f query.Field) string { return strings.TrimSuffix(string(f), "_words") }

// ofAny is a member beside those of byStanding, which the server fills with what they
// all say: where no score is wanted one field is asked and not six.
const ofAny = "any"

// weights gives the members of byStanding that a status has.
func weights(s verdict.Result) []string {
	if s == verdict.Verified {
		return ofVerified
	}
	return ofOthers
}

// known reports whether a member is of issuers that not anybody can make.
func known(member string) bool {
	return slices.Contains(ofVerified[record.KnownRank:], member) || member == ofOthers[1]
}

func (b *byStanding) of(verified bool, weight int) **said {
	if !verified {
		return [...]**said{&b.Other, &b.Known}[weight]
	}
	return [...]**said{&b.Other, &b.Key, &b.Page, &b.Account, &b.Domain, &b.Listed}[weight]
}

// said is what the claims of one status and standing say, each value once. A text is one
// value, so that a phrase does not reach from one claim into another.
type said struct {
	Skills    []string `json:"skill,omitempty"`
	Ancestors []string `json:"ancestors,omitempty"`
	Soft      []string `json:"soft,omitempty"`
	Label     []string `json:"label,omitempty"`
	Name      []string `json:"name,omitempty"`
	Title     []string `json:"title,omitempty"`
	About     []string `json:"about,omitempty"`

	// What blind readers search where the state is not clear, of all its claims.
	BlindLabel []string `json:"blind_label,omitempty"`
	BlindName  []string `json:"blind_name,omitempty"`
	BlindTitle []string `json:"blind_title,omitempty"`
	BlindAbout []string `json:"blind_about,omitempty"`
}

// Bounds of what is kept beside the first state: a document of very many
// badges that run out one after the other would repeat itself as often.
const (
	maxLater       = 8
	maxLaterClaims = 400 // claims times states
)

// Words of one text are asked for in a state as near each other, in any order: within
// nearWords positions, of which no text has as many (record.Words keeps 64, and a sign
// for each skill), and which is less than the valueGap between two of them.
const (
	nearWords = 5000
	valueGap  = 2 * nearWords
)

// newDocument derives what lies in the index beside an application.
func newDocument(a *record.Application) document {
	if a.Erased {
		return document{Application: a}
	}
	var ends []int64
	for i := range a.Claims {
		k := &a.Claims[i]
		if k.Until < record.Never && (k.Status == verdict.Verified || k.Status == verdict.Authentic) {
			ends = append(ends, k.Until)
		}
	}
	slices.Sort(ends)
	ends = append(slices.Compact(ends), record.Never)
	// The first state is that of every moment before the first end.
	d := document{Application: a, Claimed: &claimed{state: stateAt(a, ends[0]-1), Beyond: record.Never}}
	d.Claimed.Until = ends[0]
	d.Claimed.Rank = rank(a.Breadth.Fresh(), a.Breadth.Skills, a.AppliedAt.UnixMilli())
	for f, values := range map[query.Facet][]string{query.FacetSoft: a.Flat.Soft, query.FacetFramework: a.Flat.Frameworks, query.FacetStanding: a.Flat.Standings, query.FacetYear: a.Flat.Years} {
		for _, v := range values {
			d.Claimed.Few = append(d.Claimed.Few, string(f)+facetGap+v)
		}
	}
	var checked []string
	if len(ends) > 1 {
		checked = facetValues(a, a.CheckedAt.Unix())
	}
	for i, from := range ends[:len(ends)-1] {
		if i == maxLater || (i+1)*len(a.Claims) > maxLaterClaims {
			d.Claimed.Beyond = from
			break
		}
		l := later{state: stateAt(a, from), From: from}
		l.Until = ends[i+1]
		have := facetValues(a, from)
		for _, v := range checked {
			if !slices.Contains(have, v) {
				l.Lost = append(l.Lost, v)
			}
		}
		d.Later = append(d.Later, l)
	}
	return d
}

// facetValues gives the values that facets have of the claims that are verified at a
// moment, behind the facet's name, for all readers and for blind ones.
func facetValues(a *record.Application, now int64) []string {
	var out []string
	for _, blind := range []bool{false, true} {
		p := query.Plan{Include: []verdict.Result{verdict.Verified}, Now: now, Blind: blind}
		facets := query.AllFacets()
		if blind {
			facets = slices.Collect(maps.Keys(blindFacets))
		}
		p.CountFacets(a, facets, func(f query.Facet, value string) {
			out = append(out, laterName(f, blind)+facetGap+value)
		})
	}
	return out
}

// stateAt gives what the claims say by the status that they have at a moment.
func stateAt(a *record.Application, now int64) state {
	st := state{Clear: !slices.ContainsFunc(a.Claims, func(c record.Claim) bool { return !c.Clear })}
	for i := range a.Claims {
		k := &a.Claims[i]
		status := record.EffectiveStatus(k, now)
		at := st.of(status)
		if at == nil {
			continue
		}
		if *at == nil {
			*at = &byStanding{}
			st.Statuses = append(st.Statuses, status)
		}
		verified := status == verdict.Verified
		said := (*at).of(verified, record.StandingWeight(verified, k.Standing))
		if *said == nil {
			*said = newSaid()
		}
		s := *said
		s.Skills = once(s.Skills, k.ID)
		for _, x := range k.Ancestors {
			s.Ancestors = once(s.Ancestors, x)
		}
		s.Soft = once(s.Soft, k.Soft)
		s.Label = once(s.Label, k.LabelWords)
		s.Name = once(s.Name, k.NameWords)
		s.Title = once(s.Title, k.TitleWords)
		s.About = once(s.About, k.AboutWords)
		if !st.Clear {
			b := k.ForBlind()
			s.BlindLabel, s.BlindName, s.BlindAbout = once(s.BlindLabel, b.LabelWords), once(s.BlindName, b.NameWords), once(s.BlindAbout, b.AboutWords)
			s.BlindTitle = once(s.BlindTitle, b.TitleWords)
		}
	}
	return st
}

// newSaid gives a said whose lists have room for what most applications say.
func newSaid() *said {
	var of struct {
		said
		room [7][8]string
	}
	s := &of
	for i, list := range []*[]string{&s.Skills, &s.Ancestors, &s.Soft, &s.Label, &s.Name, &s.Title, &s.About} {
		*list = s.room[i][:0]
	}
	return &s.said
}

func (st *state) of(s verdict.Result) **byStanding {
	switch s {
	case verdict.Verified:
		return &st.Verified
	case verdict.Authentic:
		return &st.Authentic
	case verdict.Expired:
		return &st.Expired
	case verdict.Unvouched:
		return &st.Unvouched
	case verdict.Pending:
		return &st.Pending
	case verdict.Rejected:
		return &st.Rejected
	case verdict.Unsupported:
		return &st.Unsupported
	}
	return nil
}

// once adds to a list what it does not have.
func once(list []string, values ...string) []string {
	for _, v := range values {
		if v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// stateProperties are the fields of a state. They are only looked up, so they
// need no columns. path is where the state stands.
func stateProperties(path string) object {
	value := object{"type": "keyword", "doc_values": false}
	words := object{"type": "text", "analyzer": "whitespace", "norms": false, "position_increment_gap": valueGap}
	p := object{"until": object{"type": "long"}, "statuses": value, "clear": object{"type": "boolean", "doc_values": false}}
	said := func(copied string) object {
		fields := object{}
		for name, how := range map[string]object{
			"skill": value, "ancestors": value, "soft": value,
			"label": words, "name": words, "title": words, "about": words,
			"blind_label": words, "blind_name": words, "blind_title": words, "blind_about": words,
		} {
			how = maps.Clone(how)
			if copied != "" {
				how["copy_to"] = copied + name
			}
			fields[name] = how
		}
		return object{"type": "object", "dynamic": "strict", "properties": fields}
	}
	for _, s := range verdict.Results() {
		by := object{ofAny: said("")}
		for _, w := range weights(s) {
			by[w] = said(path + string(s) + "." + ofAny + ".")
		}
		p[string(s)] = object{"type": "object", "dynamic": "strict", "properties": by}
	}
	return p
}

// Where the state in force stands. The engine makes a set of all documents in a
// range, so the small ones are named: where a claim has run out, and where no
// state is kept.

// inClaimed holds what is asked where no claim has run out.
func inClaimed(now int64, must object) object {
	return object{"bool": object{"must_not": lapsedIn("claimed.until", now), "must": must}}
}

// inLater holds what is asked where one has, and the state since then is kept.
func inLater(now int64, must object) object {
	return object{"bool": object{
		"must_not": lapsedIn("claimed.beyond", now),
		"must":     []object{unscored(lapsedIn("claimed.until", now)), must},
	}}
}

// inClaims holds what is asked where no state of the moment is kept.
func inClaims(now int64, must object) object {
	return object{"bool": object{"must": []object{unscored(lapsedIn("claimed.beyond", now)), must}}}
}

// unscored asks first, so that the engine prepares nothing behind it in a segment
// where it holds nowhere: of filters it would ask last.
func unscored(filter object) object {
	return object{"constant_score": object{"filter": filter, "boost": 0}}
}

// lapsedIn holds where a moment lies not after now.
func lapsedIn(field string, now int64) object {
	return object{"range": object{field: object{"lte": now}}}
}

// inForce holds for the later state of the moment.
func inForce(now int64) object {
	return object{"bool": object{"filter": lapsedIn("later.from", now), "must_not": lapsedIn("later.until", now)}}
}

// flat says whether states answer for a condition: what is asked of one claim
// must be one thing that a claim says under its status.
func flat(c *query.ClaimCond) bool {
	return c.Where == nil && (!c.Known || c.Plain && len(c.Tiers) > 0) && !slices.ContainsFunc(c.Tiers, func(t query.Tier) bool {
		switch t.Field {
		case query.FieldIssuer, query.FieldClaimed, query.FieldBadge: // no state has them
			return true
		}
		return len(t.Words) > 1 && t.Fuzzy || len(t.Words) > query.MaxTierWords
	})
}

// anyFlat says whether states answer for a condition of the plan.
func anyFlat(c query.Cond) bool {
	return c.Op == query.OpClaim && flat(c.Claim) || slices.ContainsFunc(c.Kids, anyFlat)
}

// allFlat says whether states answer for the whole condition: of a state that does not
// hold, a NOT would. Where no score is wanted, what adds to one only is not asked.
func allFlat(c query.Cond, unscored bool) bool {
	switch c.Op {
	case query.OpClaim:
		return flat(c.Claim)
	case query.OpMay, query.OpTies:
		if unscored {
			return true
		}
		return c.Op == query.OpMay && allFlat(c.Kids[0], false)
	case query.OpAnd, query.OpOr, query.OpBest, query.OpMost:
		return len(c.Kids) > 0 && !slices.ContainsFunc(c.Kids, func(k query.Cond) bool { return !allFlat(k, unscored) })
	}
	return false
}

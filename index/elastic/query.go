package elastic

import (
	"strconv"
	"strings"

	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// zeroApplied is what a missing applied_at sorts as: the zero time, in Unix
// milliseconds.
const zeroApplied = -62135596800000

// query gives the query of a plan, with its scores. The tenant stands in a filter
// outside everything that the user asked.
func (e *Engine) query(tenant string, p query.Plan) object {
	return e.within(tenant, e.asked(p, translation{now: p.Now, blind: p.Blind}))
}

// counted gives the query of a plan for what only counts: it finds the same and
// gives no scores, which lets the server look at less.
func (e *Engine) counted(tenant string, p query.Plan) object {
	return e.within(tenant, e.asked(p, translation{now: p.Now, blind: p.Blind, unscored: true}))
}

func (e *Engine) within(tenant string, asked object) object {
	return object{"bool": object{
		"filter":   object{"term": object{"tenant": tenant}},
		"must_not": object{"term": object{"erased": true}},
		"must":     []object{asked},
	}}
}

// asked is what the user asked. Where states answer for a part of it, it is
// asked of the state in force, wherever that stands.
func (e *Engine) asked(p query.Plan, t translation) object {
	if !e.states.Load() || !anyFlat(p.Root) {
		return t.cond(p.Root)
	}
	of := func(s source) object {
		t.of = s
		return t.cond(p.Root)
	}
	then := of(ofLater)
	if !allFlat(p.Root, t.unscored) { // else it is of the state in force alone
		then = inLater(p.Now, then)
	}
	return either([]object{inClaimed(p.Now, of(ofClaimed)), then, inClaims(p.Now, of(ofClaims))})
}

// translation says how conditions are put to the engine.
type translation struct {
	now      int64
	blind    bool // texts that name the applicant are left out
	of       source
	unscored bool
}

// source is what conditions on claims are asked of, where it answers for them;
// else the claims are asked.
type source int

const (
	ofClaims  source = iota
	ofClaimed        // the first state
	ofLater          // the later state in force
	ofState          // the same, from within it
)

var (
	nothing    = object{"match_none": object{}}
	everything = object{"constant_score": object{"filter": object{"match_all": object{}}, "boost": 0}}
)

// cond translates a condition on an application, with the score that
// query.Plan.Match gives.
func (t translation) cond(c query.Cond) object {
	switch c.Op {
	case query.OpOr, query.OpBest, query.OpMost:
		if t.of == ofLater && allFlat(c, t.unscored) {
			return t.inState(c)
		}
	}
	switch c.Op {
	case query.OpAll:
		return everything
	case query.OpAnd:
		return t.and(c.Kids)
	case query.OpOr:
		if len(c.Kids) == 0 {
			return nothing
		}
		return object{"bool": object{"should": t.conds(c.Kids), "minimum_should_match": 1}}
	case query.OpBest:
		if len(c.Kids) == 0 {
			return nothing
		}
		if t.unscored {
			return either(t.conds(c.Kids))
		}
		return object{"dis_max": object{"queries": t.conds(c.Kids)}}
	case query.OpMost:
		if len(c.Kids) == 0 {
			return nothing
		}
		return object{"bool": object{"should": t.conds(c.Kids), "minimum_should_match": max(c.Least, 1)}}
	case query.OpMay, query.OpTies:
		return t.and([]query.Cond{c})
	case query.OpNot:
		// The match_all keeps the score at 0, and what is kept out needs none.
		t.unscored = true
		return object{"bool": object{"filter": object{"match_all": object{}}, "must_not": t.conds(c.Kids)}}
	case query.OpJob:
		job := "job_words"
		if t.blind {
			job = "blind_job_words"
		}
		return object{"bool": object{"filter": terms(job, c.Job)}}
	case query.OpClaim:
		switch {
		case len(c.Claim.Status) == 0:
			return nothing // a list of no values is no query
		case t.of == ofClaimed && flat(c.Claim):
			return t.stated("claimed.", c.Claim)
		case t.of == ofLater && flat(c.Claim):
			return join("later", []object{inForce(t.now)}, t.stated("later.", c.Claim))
		case t.of == ofState:
			return t.stated("later.", c.Claim)
		}
		return t.claim(c.Claim)
	default:
		return nothing
	}
}

// inState asks conditions, for all of which states answer, of the later state in force at
// once: each join costs the engine the set of those states.
func (t translation) inState(all ...query.Cond) object {
	t.of = ofState
	return join("later", []object{inForce(t.now)}, t.and(all))
}

// and holds where all of these do, with the sum of their scores.
func (t translation) and(kids []query.Cond) object {
	var must, may []object
	var ofState []query.Cond
	var ties []query.Tie
	for _, k := range kids {
		switch {
		case k.Op == query.OpAll, t.unscored && (k.Op == query.OpMay || k.Op == query.OpTies):
		case t.of == ofLater && allFlat(k, t.unscored):
			ofState = append(ofState, k)
		case k.Op == query.OpMay:
			may = append(may, t.conds(k.Kids)...)
		case k.Op == query.OpTies:
			ties = append(ties, k.Ties...)
		default:
			must = append(must, t.cond(k))
		}
	}
	if len(ofState) > 0 {
		must = append(must, t.inState(ofState...))
	}
	may = append(may, t.tied(ties)...)
	switch {
	case len(must) == 0 && len(may) == 0:
		return everything
	case len(must) == 0:
		must = []object{everything}
	case len(must) == 1 && len(may) == 0:
		return must[0]
	}
	all := object{"must": must}
	if len(may) > 0 {
		all["should"] = may
	}
	return object{"bool": all}
}

func (t translation) conds(kids []query.Cond) []object {
	out := make([]object, len(kids))
	for i, k := range kids {
		out[i] = t.cond(k)
	}
	return out
}

// tied gives the scores of what settles ties, where it is in force: as long as no claim
// has run out that is.
func (t translation) tied(ties []query.Tie) []object {
	any := make([]object, len(ties))
	for i, k := range ties {
		any[i] = object{"constant_score": object{"filter": among("flat.ties", k.Any), "boost": k.Weight}}
	}
	if t.of == ofClaimed || len(any) == 0 {
		return any
	}
	return []object{{"bool": object{"must_not": lapsedIn("flat.next_until", t.now), "should": any, "minimum_should_match": 1}}}
}

// fewTerms is up to how many values are asked for one by one: of a list the engine
// looks for what each segment has of it, at more cost than they have.
const fewTerms = 8

// among holds where a field has one of these values.
func among(field string, values []string) object {
	if len(values) > fewTerms {
		return object{"terms": object{field: values}}
	}
	return either(terms(field, values))
}

// terms gives one term query for each word.
func terms(field string, words []string) []object {
	out := make([]object, len(words))
	for i, w := range words {
		out[i] = object{"term": object{field: w}}
	}
	return out
}

// claim translates a condition on one claim: nested, so that all of it is asked
// of the same claim.
func (t translation) claim(c *query.ClaimCond) object {
	filter := []object{status(c.Status, t.now)}
	if c.Where != nil {
		filter = append(filter, t.where(c.Where))
	}
	if c.Known {
		filter = append(filter, object{"terms": object{"claims.standing": ofVerified[record.KnownRank:]}})
	}
	if len(c.Tiers) == 0 {
		return join("claims", filter, nil)
	}
	met := t.met(c, false, func(k query.Tier, statuses []verdict.Result, _ string) []object {
		any := t.tier("claims.", "claims.", k)
		if len(statuses) == len(c.Status) {
			return any // the filter sees to it
		}
		return []object{both([]object{either(any), status(statuses, t.now)})}
	})
	if !t.unscored && !c.Plain {
		// A nested document is one claim: its standing adds to its tier.
		met = object{"bool": object{"must": met, "should": object{"dis_max": object{"queries": weighed(c, t.now)}}}}
	}
	return join("claims", filter, met)
}

// weighed gives what a claim's standing adds to its score.
func weighed(c *query.ClaimCond, now int64) []object {
	verified := status([]verdict.Result{verdict.Verified}, now)
	add := func(weight int, filter object) object {
		return object{"constant_score": object{"filter": filter, "boost": weight * query.StandingUnit}}
	}
	any := []object{add(1, object{"terms": object{"claims.standing": ofVerified[record.KnownRank:]}})}
	if c.Alike {
		return append(any, add(record.MaxStandingRank, verified))
	}
	for weight, name := range ofVerified {
		if weight > 0 {
			any = append(any, add(weight, both([]object{verified, {"term": object{"claims.standing": name}}})))
		}
	}
	return any
}

// join asks something of the nested documents at a path, with the greatest score
// among those that the filter lets through, or 0 where only the filter asks.
func join(path string, filter []object, scored object) object {
	if scored == nil {
		return object{"bool": object{"filter": object{"nested": object{
			"path":  path,
			"query": object{"bool": object{"filter": filter}},
		}}}}
	}
	return object{"nested": object{
		"path":       path,
		"score_mode": "max",
		"query":      object{"bool": object{"filter": filter, "must": scored}},
	}}
}

// stated asks a condition on one claim of a state.
func (t translation) stated(path string, c *query.ClaimCond) object {
	if len(c.Tiers) == 0 {
		return object{"bool": object{"filter": object{"terms": object{path + "statuses": c.Status}}}}
	}
	return t.met(c, true, func(k query.Tier, statuses []verdict.Result, only string) []object {
		var any []object
		for _, s := range statuses {
			if only == "" && !c.Known {
				any = append(any, t.tier(path, path+string(s)+"."+ofAny+".", k)...)
				continue
			}
			for _, w := range weights(s) {
				if only == "" && known(w) || w == only {
					any = append(any, t.tier(path, path+string(s)+"."+w+".", k)...)
				}
			}
		}
		return any
	})
}

// met gives the score of the best tier that is met: one weight for the verified,
// one for the others, and beside it, where states are asked, what the standing
// weighs. by translates a tier for some of the condition's statuses, and for one
// member of byStanding alone where it is named.
func (t translation) met(c *query.ClaimCond, states bool, by func(k query.Tier, statuses []verdict.Result, only string) []object) object {
	var any []object
	if t.unscored {
		for _, k := range together(c.Tiers) {
			any = append(any, by(k, c.Status, "")...)
		}
		return either(any)
	}
	var proven, others []verdict.Result
	for _, s := range c.Status {
		if s == verdict.Verified {
			proven = append(proven, s)
		} else {
			others = append(others, s)
		}
	}
	score := func(k query.Tier, statuses []verdict.Result, only string, score int) {
		any = append(any, object{"constant_score": object{"filter": either(by(k, statuses, only)), "boost": score}})
	}
	for _, k := range c.Tiers {
		if c.Plain {
			for _, part := range []struct {
				statuses []verdict.Result
				weight   int
			}{{proven, k.Weight}, {others, k.Unproven}} {
				if len(part.statuses) > 0 {
					score(k, part.statuses, "", part.weight)
				}
			}
			continue
		}
		for _, part := range []struct {
			statuses []verdict.Result
			members  []string
			weight   int
			alike    bool
		}{{proven, ofVerified, k.Weight * query.StandingStep, c.Alike}, {others, ofOthers, k.Unproven * query.StandingStep, false}} {
			switch {
			case len(part.statuses) == 0:
			case !states:
				score(k, part.statuses, "", part.weight)
			case part.alike:
				score(k, part.statuses, "", part.weight+record.MaxStandingRank*query.StandingUnit)
			default:
				for w, name := range part.members {
					score(k, part.statuses, name, part.weight+w*query.StandingUnit)
				}
			}
		}
	}
	return object{"dis_max": object{"queries": any}}
}

// together makes one tier of those that ask for concepts.
func together(tiers []query.Tier) []query.Tier {
	var concepts query.Tier
	out := []query.Tier{}
	for _, k := range tiers {
		if k.Field != "" {
			out = append(out, k)
			continue
		}
		concepts.Skills = append(concepts.Skills, k.Skills...)
		concepts.Under = append(concepts.Under, k.Under...)
		concepts.Soft = append(concepts.Soft, k.Soft...)
	}
	return append(out, concepts)
}

// status holds for claims whose effective status is one of these.
func status(statuses []verdict.Result, now int64) object {
	var good, plain []string
	ranOut := false
	for _, s := range statuses {
		switch s {
		case verdict.Verified, verdict.Authentic:
			good = append(good, string(s))
		case verdict.Expired:
			ranOut = true
			plain = append(plain, string(s))
		default:
			plain = append(plain, string(s))
		}
	}
	var any []object
	if len(good) > 0 {
		any = append(any, object{"bool": object{"filter": []object{
			{"terms": object{"claims.status": good}},
			{"range": object{"claims.until": object{"gt": now}}},
		}}})
	}
	if len(plain) > 0 {
		any = append(any, object{"terms": object{"claims.status": plain}})
	}
	if ranOut {
		any = append(any, lapsed(now))
	}
	return either(any)
}

// lapsed holds for claims that were good at the check and ran out since.
func lapsed(now int64) object {
	return object{"bool": object{"filter": []object{
		{"terms": object{"claims.status": []verdict.Result{verdict.Verified, verdict.Authentic}}},
		{"range": object{"claims.until": object{"lte": now}}},
	}}}
}

func either(any []object) object {
	switch len(any) {
	case 0:
		return nothing
	case 1:
		return any[0]
	}
	return object{"bool": object{"should": any, "minimum_should_match": 1}}
}

func both(all []object) object {
	switch len(all) {
	case 0:
		return object{"match_all": object{}}
	case 1:
		return all[0]
	}
	return object{"bool": object{"filter": all}}
}

// tier translates one way of meeting a term: any of what it gives, in the fields
// below a path. of is where it says whether they are clear.
func (t translation) tier(of, path string, k query.Tier) []object {
	var any []object
	if len(k.Skills) > 0 {
		any = append(any, among(path+"skill", k.Skills))
	}
	if len(k.Under) > 0 {
		any = append(any, among(path+"ancestors", k.Under))
	}
	if len(k.Soft) > 0 {
		any = append(any, among(path+"soft", k.Soft))
	}
	switch {
	case len(k.Words) == 0:
	case !t.blind:
		any = append(any, inField(path, k))
	default:
		// What everybody searches where it is clear, and else what is written for
		// blind readers.
		second := path + "blind_"
		if of == path {
			second = path + "blind."
		}
		any = append(any, both([]object{inField(path, k), isClear(of)}), inField(second, k))
	}
	return any
}

// inField asks for a tier's words in its field below a path.
func inField(path string, k query.Tier) object {
	if !strings.HasPrefix(path, "claims.") {
		if len(k.Words) > 1 && !k.Phrase && !k.Any {
			// In one text of the state.
			return object{"match_phrase": object{path + inState(k.Field): object{"query": strings.Join(once(nil, k.Words...), " "), "slop": nearWords}}}
		}
		return words(path+inState(k.Field), k)
	}
	if k.Field != query.FieldBadge {
		return words(path+string(k.Field), k)
	}
	all := make([]object, len(k.Words))
	for i, w := range k.Words {
		var any []object
		for _, f := range query.BadgeFields() {
			any = append(any, object{"term": object{path + string(f): w}})
		}
		all[i] = either(any)
	}
	return both(all)
}

// isClear holds where blind readers search what everybody does.
func isClear(of string) object { return object{"term": object{of + "clear": true}} }

// longestWord is more than an indexed word has in bytes, and the errors forgiven:
// an automaton for a longer one costs the server much and finds nothing.
const longestWord = 80

func words(field string, t query.Tier) object {
	switch {
	case t.Phrase:
		return phrase(field, t.Words)
	case t.Any:
		return among(field, t.Words)
	case t.Prefix:
		return object{"prefix": object{field: t.Words[0]}}
	case !t.Fuzzy:
		return both(terms(field, t.Words))
	}
	all := make([]object, len(t.Words))
	for i, w := range t.Words {
		d := t.Distance(w)
		if len(w) > longestWord {
			return nothing
		}
		if d == 0 {
			all[i] = object{"term": object{field: w}}
			continue
		}
		all[i] = object{"fuzzy": object{field: object{
			"value":          w,
			"fuzziness":      d,
			"prefix_length":  1,
			"transpositions": true,
			"rewrite":        "constant_score", // every word in reach, not the nearest fifty
		}}}
	}
	return both(all)
}

func phrase(field string, words []string) object {
	return object{"match_phrase": object{field: strings.Join(words, " ")}}
}

// where translates a condition on the same claim beside its term.
func (t translation) where(f *query.Filter) object {
	switch f.Op {
	case query.OpAnd:
		return both(t.wheres(f.Kids))
	case query.OpOr:
		return either(t.wheres(f.Kids))
	case query.OpNot:
		return object{"bool": object{"must_not": t.wheres(f.Kids)}}
	case query.OpLeaf:
		return t.leaf(f)
	default:
		return nothing
	}
}

func (t translation) wheres(kids []query.Filter) []object {
	out := make([]object, len(kids))
	for i := range kids {
		out[i] = t.where(&kids[i])
	}
	return out
}

func (t translation) leaf(f *query.Filter) object {
	in := func(field string) object {
		if len(f.Values) == 0 {
			return nothing
		}
		return object{"terms": object{field: f.Values}}
	}
	switch f.Field {
	case query.FilterSkill:
		return in("claims.skill")
	case query.FilterSoft:
		return in("claims.soft")
	case query.FilterBarred:
		return in("claims.issuer")
	case query.FilterIssuerID, query.FilterIssuer, query.FilterClaimed:
		of := func(path string) []object {
			any := []object{in(path + "issuer")}
			if f.Field == query.FilterIssuer {
				any = append(any, in(path+"issuer_hosts"))
			}
			if field, ok := issuerWords[f.Field]; ok && len(f.Words) > 0 {
				any = append(any, phrase(path+field, f.Words))
			}
			return any
		}
		if !t.blind {
			return either(of("claims."))
		}
		return either(append(of("claims.blind."), both([]object{either(of("claims.")), isClear("claims.")})))
	case query.FilterBadge:
		if len(f.Words) == 0 {
			return nothing
		}
		name := phrase("claims.title_words", f.Words)
		if !t.blind {
			return name
		}
		return either([]object{phrase("claims.blind.title_words", f.Words), both([]object{name, isClear("claims.")})})
	case query.FilterCertificate:
		if !t.blind {
			return in("claims.certificate")
		}
		return either([]object{in("claims.blind.certificate"), both([]object{in("claims.certificate"), isClear("claims.")})})
	case query.FilterFramework:
		return in("claims.framework_key")
	case query.FilterStanding:
		return in("claims.standing")
	case query.FilterStatus:
		var s []verdict.Result
		for _, v := range f.Values {
			s = append(s, verdict.Result(v))
		}
		return status(s, t.now)
	case query.FilterLevel:
		if len(f.Values) == 0 {
			return nothing
		}
		return both([]object{
			{"term": object{"claims.scale": f.Values[0]}},
			{"range": object{"claims.rank": object{"gte": f.Min, "lte": f.Max}}},
		})
	case query.FilterEarned:
		// A second is all of its milliseconds.
		lo, hi := clamp(f.Min), clamp(f.Max)
		return object{"range": object{"claims.earned": object{
			"gte": strconv.FormatInt(lo*1000, 10), "lte": strconv.FormatInt(hi*1000+999, 10), "format": "epoch_millis",
		}}}
	case query.FilterExpires:
		return object{"range": object{"claims.until": object{"gte": f.Min, "lte": f.Max}}}
	case query.FilterYear:
		var years []int
		for _, v := range f.Values {
			if y, err := strconv.Atoi(v); err == nil && strconv.Itoa(y) == v {
				years = append(years, y)
			}
		}
		if len(years) == 0 {
			return nothing
		}
		return object{"terms": object{"claims.year": years}}
	default:
		return nothing
	}
}

// issuerWords names the words that a filter looks into.
var issuerWords = map[query.FilterField]string{query.FilterIssuer: "issuer_words", query.FilterClaimed: "claimed_words"}

// clamp keeps Unix seconds within what a date can be.
func clamp(s int64) int64 {
	return min(max(s, zeroApplied/1000), record.Never)
}

// order gives the sort of a search and, with a position, what it goes on after.
func (e *Engine) order(s query.Sort, p query.Plan, after *query.Position) (keys []object, searchAfter []any) {
	score := object{"_score": object{"order": "desc"}}
	breadth := object{"breadth.skills": object{"order": "desc", "missing": 0}}
	applied := object{"applied_at": object{"order": "desc", "missing": zeroApplied, "format": "epoch_millis"}}
	id := object{"id": object{"order": "asc"}}
	switch s {
	case query.SortBreadth:
		// What can be proven now, not at the check.
		if e.states.Load() {
			breadth = object{"claims.worth": object{"order": "desc", "mode": "sum", "missing": 0, "nested": object{
				"path": "claims", "filter": unbarred(p, status([]verdict.Result{verdict.Verified}, p.Now)),
			}}}
		}
		keys = []object{breadth, score, applied, id}
	case query.SortRecency:
		keys = []object{applied, score, breadth, id}
	default:
		keys = []object{score, breadth, applied, id}
		if e.states.Load() {
			keys = []object{score, {"claimed.rank": object{"order": "desc", "missing": 0}}, id}
		}
	}
	if after == nil {
		return keys, nil
	}
	for _, k := range keys {
		switch {
		case k["_score"] != nil:
			searchAfter = append(searchAfter, after.Score)
		case k["breadth.skills"] != nil, k["claims.worth"] != nil:
			searchAfter = append(searchAfter, after.Breadth)
		case k["claimed.rank"] != nil:
			searchAfter = append(searchAfter, rank(after.Fresh, after.Breadth, after.Applied))
		case k["applied_at"] != nil:
			searchAfter = append(searchAfter, strconv.FormatInt(after.Applied, 10))
		default:
			searchAfter = append(searchAfter, after.ID)
		}
	}
	return keys, searchAfter
}

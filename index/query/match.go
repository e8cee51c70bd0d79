package query

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

func itoa(n int) string { return strconv.Itoa(n) }

// maxWhy bounds how many claims are shown for one term.
const maxWhy = 5

// Match says whether the plan holds for an application, with what score, and
// why. It is the meaning of a Plan: the engines' answers are held to it, and
// each of their hits is checked by it before it leaves. Tenants are not its
// business.
func (p *Plan) Match(a *record.Application) (score int, why []Match, ok bool) {
	if a.Erased {
		return 0, nil, false
	}
	m := matcher{a: a, now: p.Now, blind: p.Blind}
	score, ok = m.cond(&p.Root, true)
	if !ok {
		return 0, nil, false
	}
	return score, m.why, true
}

type matcher struct {
	a   *record.Application
	now int64
	why []Match

	blind bool
	mask  *record.Mask // made when it is first needed
}

// claimAt gives a claim as the reader may search it.
func (m *matcher) claimAt(i int) *record.Claim {
	if m.blind {
		return m.a.Claims[i].ForBlind()
	}
	return &m.a.Claims[i]
}

func (m *matcher) cond(c *Cond, positive bool) (int, bool) {
	switch c.Op {
	case OpAll:
		return 0, true
	case OpAnd:
		sum := 0
		for i := range c.Kids {
			s, ok := m.cond(&c.Kids[i], positive)
			if !ok {
				return 0, false
			}
			sum += s
		}
		return sum, true
	case OpOr:
		sum, any := 0, false
		for i := range c.Kids {
			before := len(m.why)
			s, ok := m.cond(&c.Kids[i], positive)
			if ok {
				sum, any = sum+s, true
			} else {
				m.why = m.why[:before]
			}
		}
		return sum, any
	case OpBest:
		best, any := 0, false
		for i := range c.Kids {
			before := len(m.why)
			s, ok := m.cond(&c.Kids[i], positive)
			if !ok || any {
				m.why = m.why[:before] // the first way that holds explains
			}
			if ok {
				best, any = max(best, s), true
			}
		}
		return best, any
	case OpMost:
		sum, n, first := 0, 0, len(m.why)
		for i := range c.Kids {
			before := len(m.why)
			s, ok := m.cond(&c.Kids[i], positive)
			if ok {
				sum, n = sum+s, n+1
			} else {
				m.why = m.why[:before]
			}
		}
		if n < c.Least || n == 0 {
			m.why = m.why[:first]
			return 0, false
		}
		return sum, true
	case OpMay:
		before := len(m.why)
		s, ok := m.cond(&c.Kids[0], positive)
		if !ok || !c.Told {
			m.why = m.why[:before] // it is no reason
		}
		if !ok {
			s = 0
		}
		return s, true
	case OpTies:
		return c.tied(&m.a.Flat, m.now), true
	case OpNot:
		_, ok := m.cond(&c.Kids[0], false)
		return 0, !ok
	case OpJob:
		job := m.a.JobWords
		if m.blind {
			job = m.a.BlindJob
		}
		return 0, hasWords(job, c.Job, false)
	case OpClaim:
		return m.claim(c.Claim, positive)
	}
	return 0, false
}

// tied gives the score of OpTies.
func (c *Cond) tied(f *record.Flat, now int64) int {
	if f.NextUntil <= now {
		return 0
	}
	sum := 0
	for _, t := range c.Ties {
		if slices.ContainsFunc(t.Any, func(v string) bool { return slices.Contains(f.Ties, v) }) {
			sum += t.Weight
		}
	}
	return sum
}

func (m *matcher) claim(c *ClaimCond, positive bool) (int, bool) {
	best, any := 0, false
	type found struct {
		claim  *record.Claim
		tier   *Tier
		rank   int // of the tier
		weight int
	}
	var list []found
	for i := range m.a.Claims {
		k := m.claimAt(i)
		if !slices.Contains(c.Status, record.EffectiveStatus(k, m.now)) || c.Known && record.StandingRank(m.a.Claims[i].Standing) < record.KnownRank || c.Where != nil && !c.Where.match(k, &m.a.Claims[i], m.now) {
			continue
		}
		var tier *Tier
		rank, weight := 0, 0
		if len(c.Tiers) > 0 {
			for j := range c.Tiers {
				if c.Tiers[j].match(k) {
					tier, rank = &c.Tiers[j], j
					break // tiers go by descending weight
				}
			}
			if tier == nil {
				continue
			}
			weight = c.Score(tier, record.EffectiveStatus(k, m.now) == verdict.Verified, k.Standing)
			best = max(best, weight)
		}
		any = true
		if !positive {
			return 0, true
		}
		list = append(list, found{k, tier, rank, weight})
	}
	if !any {
		return 0, false
	}
	slices.SortStableFunc(list, func(x, y found) int {
		return cmp.Or(y.weight-x.weight, x.rank-y.rank, y.claim.Earned.Compare(x.claim.Earned))
	})
	// Where a skill of a credential meets the term itself, the words of the
	// credential's name are no further reason to show its other skills.
	direct := map[int]bool{}
	for _, f := range list {
		if f.tier != nil && f.tier.Field != FieldName && f.tier.Field != FieldAbout {
			direct[f.claim.Credential] = true
		}
	}
	list = slices.DeleteFunc(list, func(f found) bool {
		return f.tier != nil && (f.tier.Field == FieldName || f.tier.Field == FieldAbout) && direct[f.claim.Credential]
	})
	for _, f := range list[:min(len(list), maxWhy)] {
		w := m.match(c, f.claim, f.tier)
		if !slices.ContainsFunc(m.why, func(o Match) bool {
			return o.Term == w.Term && o.Credential == w.Credential && o.Skill == w.Skill && o.Label == w.Label
		}) {
			m.why = append(m.why, w)
		}
	}
	return best, true
}

// match makes the explanation of one claim.
func (m *matcher) match(c *ClaimCond, k *record.Claim, t *Tier) Match {
	v := Match{
		Term: c.Term, Skill: k.ID, Label: k.Label, Framework: k.Framework, Basis: k.Basis, Exact: k.Basis.Exact(),
		Status: record.EffectiveStatus(k, m.now), Standing: k.Standing, Level: k.Level,
		Credential: k.Credential, Issuer: k.Issuer, IssuerName: k.IssuerName, Earned: k.Earned, Expires: k.Expires,
	}
	v.Expired = k.Until <= m.now
	if k.Credential < len(m.a.Credentials) {
		d := &m.a.Credentials[k.Credential].Verdict
		v.Name, v.Resembles = d.Credential.Name, Resembles(d.Warnings)
		switch {
		case (v.Status == verdict.Authentic || v.Status == verdict.Expired) && d.Reason == verdict.RecipientMismatch, v.Status == verdict.Rejected:
			v.Reason = d.Reason
		case v.Status == verdict.Unsupported:
			v.Form = d.Format
		}
	}
	if m.blind { // before anything in the texts is marked
		if m.mask == nil {
			m.mask = record.MaskOf(m.a)
		}
		v.Name = m.a.BadgeName(m.mask, k.Credential)
		m.mask.Fill(&v)
	}
	v.NameSpans = asked(v.Name, c.Where)
	if t == nil {
		return v
	}
	v.How = t.How
	words := t.Words
	if t.How == HowCertificate { // its words are a sign, and stand in no name
		words = record.Words(c.Term)
	} else if t.Field == "" {
		if v.Label != "" {
			v.LabelSpans = []Span{{0, len(v.Label)}}
		}
		words = record.Words(c.Term)
	} else {
		v.LabelSpans = highlight(v.Label, words, t)
	}
	v.NameSpans = JoinSpans(v.NameSpans, highlight(v.Name, words, t))
	return v
}

// asked finds the words of a badge's own name that a filter asks for.
func asked(name string, f *Filter) []Span {
	var out []Span
	switch {
	case f == nil || f.Op == OpNot:
	case f.Op == OpLeaf && f.Field == FilterBadge:
		out = highlight(name, f.Words, &Tier{})
	default:
		for i := range f.Kids {
			out = JoinSpans(out, asked(name, &f.Kids[i]))
		}
	}
	return out
}

// JoinSpans puts spans of one text together, in order, those that touch as one.
func JoinSpans(a, b []Span) []Span {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	all := slices.SortedFunc(slices.Values(slices.Concat(a, b)), func(x, y Span) int { return cmp.Compare(x.Start, y.Start) })
	var out []Span
	for _, s := range all {
		if n := len(out) - 1; n >= 0 && s.Start <= out[n].End {
			out[n].End = max(out[n].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Resembles gives the first of a badge's warnings that says that its issuer
// resembles a listed one.
func Resembles(list []verdict.Warning) verdict.Warning {
	for _, w := range list {
		if w == verdict.WarnNameLookalike || w == verdict.WarnHostLookalike {
			return w
		}
	}
	return ""
}

// Score gives what a claim scores that meets one of the condition's tiers: by the
// tier before all, then by what stands behind its issuer.
func (c *ClaimCond) Score(t *Tier, verified bool, standing string) int {
	weight, by := t.Weight, record.StandingWeight(verified, standing)
	switch {
	case !verified:
		weight = t.Unproven
	case c.Alike:
		by = record.MaxStandingRank
	}
	if c.Plain {
		return weight
	}
	return weight*StandingStep + by*StandingUnit
}

// highlight finds the words in s.
func highlight(s string, words []string, t *Tier) []Span {
	var out []Span
	for _, w := range skills.WordSpans(s) {
		if !slices.ContainsFunc(words, func(q string) bool { return t.sameWord(w.Word, q) }) {
			continue
		}
		if n := len(out); n > 0 && strings.TrimSpace(s[out[n-1].End:w.Start]) == "" {
			out[n-1].End = w.End
			continue
		}
		out = append(out, Span{w.Start, w.End})
	}
	return out
}

// sameWord reports whether a word is the one that was asked for.
func (t *Tier) sameWord(have, asked string) bool {
	if have == asked || t.Prefix && strings.HasPrefix(have, asked) {
		return true
	}
	if !t.Fuzzy {
		return false
	}
	limit := t.Distance(asked)
	if limit == 0 || firstRune(have) != firstRune(asked) {
		return false
	}
	_, ok := skills.Within(have, asked, limit)
	return ok
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// hasWords reports whether all words stand in a text field, as a phrase next to
// each other and in this order.
func hasWords(field string, words []string, phrase bool) bool {
	t := Tier{Words: words, Phrase: phrase}
	return t.in(field)
}

// Stands reports whether the tier's words stand in a text field.
func (t *Tier) Stands(field string) bool { return t.in(field) }

// in reports whether the tier's words stand in a text field.
func (t *Tier) in(field string) bool {
	words := t.Words
	if len(words) == 0 {
		return false
	}
	// Most texts hold none of the letters: they are not parted.
	stands := func(w string) bool { return strings.Contains(field, w) }
	switch {
	case t.Any:
		if !slices.ContainsFunc(words, stands) {
			return false
		}
	case t.Phrase || !t.Fuzzy:
		for _, w := range words {
			if !stands(w) {
				return false
			}
		}
	}
	have := strings.Fields(field)
	if t.Any {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(have, w) })
	}
	if !t.Phrase {
		for _, w := range words {
			if !slices.ContainsFunc(have, func(h string) bool { return t.sameWord(h, w) }) {
				return false
			}
		}
		return true
	}
	for i := 0; i+len(words) <= len(have); i++ {
		if slices.Equal(have[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

func (t *Tier) match(k *record.Claim) bool {
	switch {
	case t.Field == FieldLabel:
		return t.in(k.LabelWords)
	case t.Field == FieldName:
		return t.in(k.NameWords)
	case t.Field == FieldTitle:
		return t.in(k.TitleWords)
	case t.Field == FieldAbout:
		return t.in(k.AboutWords)
	case t.Field == FieldIssuer:
		return t.in(k.IssuerW)
	case t.Field == FieldClaimed:
		return t.in(k.ClaimedW)
	case t.Field == FieldBadge:
		return t.in(strings.Join([]string{k.LabelWords, k.NameWords, k.IssuerW, k.ClaimedW}, " "))
	}
	if k.ID != "" && slices.Contains(t.Skills, k.ID) || k.Soft != "" && slices.Contains(t.Soft, k.Soft) {
		return true
	}
	return slices.ContainsFunc(k.Ancestors, func(a string) bool { return slices.Contains(t.Under, a) })
}

// match judges a claim as the reader may search it; whole is the claim itself.
func (f *Filter) match(k, whole *record.Claim, now int64) bool {
	switch f.Op {
	case OpAnd:
		for i := range f.Kids {
			if !f.Kids[i].match(k, whole, now) {
				return false
			}
		}
		return true
	case OpOr:
		for i := range f.Kids {
			if f.Kids[i].match(k, whole, now) {
				return true
			}
		}
		return false
	case OpNot:
		return !f.Kids[0].match(k, whole, now)
	}
	if f.Field == FilterBarred {
		return whole.Issuer != "" && slices.Contains(f.Values, whole.Issuer)
	}
	return f.compare(k, now)
}

// names reports whether a leaf names a value.
func (f *Filter) names(v string) bool { return v != "" && slices.Contains(f.Values, v) }

// compare is match of a leaf.
func (f *Filter) compare(k *record.Claim, now int64) bool {
	switch f.Field {
	case FilterSkill:
		return f.names(k.ID)
	case FilterSoft:
		return f.names(k.Soft)
	case FilterIssuerID:
		return f.names(k.Issuer)
	case FilterIssuer:
		return f.names(k.Issuer) || hasWords(k.IssuerW, f.Words, len(f.Words) > 1) ||
			slices.ContainsFunc(k.Hosts, func(h string) bool { return slices.Contains(f.Values, h) })
	case FilterClaimed:
		return f.names(k.Issuer) || hasWords(k.ClaimedW, f.Words, len(f.Words) > 1)
	case FilterBadge:
		return hasWords(k.TitleWords, f.Words, len(f.Words) > 1)
	case FilterCertificate:
		return f.names(k.Certificate)
	case FilterFramework:
		return f.names(k.FrameworkW)
	case FilterStanding:
		return f.names(k.Standing)
	case FilterStatus:
		return slices.Contains(f.Values, string(record.EffectiveStatus(k, now)))
	case FilterLevel:
		return k.Scale == f.Values[0] && int64(k.Rank) >= f.Min && int64(k.Rank) <= f.Max
	case FilterEarned:
		return !k.Earned.IsZero() && k.Earned.Unix() >= f.Min && k.Earned.Unix() <= f.Max
	case FilterExpires:
		return k.Until >= f.Min && k.Until <= f.Max
	case FilterYear:
		return k.Year != 0 && slices.Contains(f.Values, itoa(k.Year))
	}
	return false
}

// CountFacets calls add once for each facet value of an application, for the
// facets wanted except FacetStatus: the meaning of a facet count, and what an
// engine does for documents whose Flat has run out.
func (p *Plan) CountFacets(a *record.Application, wanted []Facet, add func(f Facet, value string)) {
	for _, f := range wanted {
		var seen []string
		for i := range a.Claims {
			k := &a.Claims[i]
			if !slices.Contains(p.Include, record.EffectiveStatus(k, p.Now)) || slices.Contains(p.Barred, k.Issuer) {
				continue
			}
			if p.Blind {
				k = k.ForBlind()
			}
			if v := facetOf(k, f); v != "" && !slices.Contains(seen, v) {
				seen = append(seen, v)
				add(f, v)
			}
		}
	}
}

// facetOf gives the value of a facet that a claim has.
func facetOf(k *record.Claim, f Facet) string {
	switch f {
	case FacetSkill:
		return k.ID
	case FacetCertificate:
		return k.Certificate
	case FacetSoft:
		return k.Soft
	case FacetFramework:
		return k.Framework
	case FacetIssuer:
		return k.Issuer
	case FacetStanding:
		return k.Standing
	case FacetYear:
		if k.Year != 0 {
			return itoa(k.Year)
		}
	}
	return ""
}

// facetStatuses are the values of FacetStatus.
var facetStatuses = []verdict.Result{verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Pending, verdict.Rejected}

// FacetStatuses lists the values of FacetStatus, in order.
func FacetStatuses() []verdict.Result { return slices.Clone(facetStatuses) }

// Match says why a term met an application: the claims that met it, best first.
type Match struct {
	Term       string         `json:"term,omitempty" blind:"-"`
	How        How            `json:"how,omitempty"`
	Skill      string         `json:"skill,omitempty" blind:"-"`
	Label      string         `json:"label" blind:"Skill"`
	LabelSpans []Span         `json:"label_spans,omitempty"` // what to highlight in Label
	Framework  string         `json:"framework,omitempty" blind:"-"`
	Basis      skills.Basis   `json:"basis,omitempty"`
	Exact      bool           `json:"exact"` // the skill was named by the badge itself (uri or code), not inferred
	Status     verdict.Result `json:"status"`
	Expired    bool           `json:"expired,omitempty"` // its end has passed, whatever else is said of it
	Standing   string         `json:"standing,omitempty" blind:"-"`
	Level      string         `json:"level,omitempty"`
	Credential int            `json:"credential"`     // position in Application.Credentials
	Name       string         `json:"name" blind:"-"` // of the credential
	NameSpans  []Span         `json:"name_spans,omitempty"`
	Issuer     string         `json:"issuer,omitempty"`
	IssuerName string         `json:"issuer_name,omitempty"` // as it may be shown: what is known of the issuer, and then what it calls itself

	Reason    verdict.Reason  `json:"reason,omitempty"`    // of an authentic badge, and of one that was when it was checked: recipient_mismatch where it names another address or person; of a rejected one, why
	Form      verdict.Format  `json:"form,omitempty"`      // of one that is not judged: what it is
	Resembles verdict.Warning `json:"resembles,omitempty"` // the issuer's name or host resembles a listed issuer's, and it is another
	Earned    time.Time       `json:"earned,omitzero"`
	Expires   time.Time       `json:"expires,omitzero"`
}

// Span is a part of a string, in bytes: from Start up to End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Expansion says what else a term was taken to mean.
type Expansion struct {
	Term     string   `json:"term"`
	Concept  string   `json:"concept,omitempty"` // URI, "" when no framework knows the term
	Label    string   `json:"label,omitempty"`
	How      How      `json:"how,omitempty"`      // exact, alias or typo
	Also     []string `json:"also,omitempty"`     // labels of narrower concepts, the first few
	Narrower int      `json:"narrower,omitempty"` // how many there are
	Note     string   `json:"note,omitempty"`     // what in the term was not done, in English

	title string // of the occupation that a word with a typing error is
}

// known reports whether some framework knows the term.
func (e *Expansion) known() bool {
	return e.Concept != "" || e.Label != "" || e.Narrower > 0 || len(e.Also) > 0
}

// Of tells of one badge of an application what a match tells of one that met a question:
// by its first claim that names a skill, else by its first. False where the document has
// no claim of it.
func Of(a *record.Application, credential int, now int64, blind bool) (Match, bool) {
	m := &matcher{a: a, now: now, blind: blind}
	var first *record.Claim
	for i := range a.Claims {
		if a.Claims[i].Credential != credential {
			continue
		}
		if k := m.claimAt(i); first == nil || k.Label != "" {
			if first = k; k.Label != "" {
				break
			}
		}
	}
	if first == nil {
		return Match{}, false
	}
	return m.match(&ClaimCond{}, first, nil), true
}

// maxProven bounds what Proven gives.
const maxProven = 6

// Proven gives the first skills that an application can prove at now (Unix
// seconds), each skill once; blind, as a reader sees them who may not see names.
func Proven(a *record.Application, now int64, blind bool) []Match {
	m := &matcher{a: a, now: now, blind: blind}
	var out []Match
	seen := map[string]bool{}
	for i := range a.Claims {
		k := m.claimAt(i)
		key := k.ID
		if key == "" {
			key = k.LabelWords
		}
		if k.Label == "" || seen[key] || record.EffectiveStatus(k, now) != verdict.Verified {
			continue
		}
		seen[key] = true
		if out = append(out, m.match(&ClaimCond{}, k, nil)); len(out) == maxProven {
			break
		}
	}
	return out
}

package index

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Help is what is known of a way on where a question finds nobody. Nothing is in it
// that would find nobody, but for the parts, which are told as they are.
type Help struct {
	Parts      []PartCount  `json:"parts,omitempty"`      // of a question of several
	Try        []Attempt    `json:"try,omitempty"`        // questions that find somebody
	Near       []Suggestion `json:"near,omitempty"`       // skills, certificates and issuers here: what is spelt like a word that found nobody
	Unfiltered int          `json:"unfiltered,omitempty"` // applicants without what was picked beside the text
	Widened    int          `json:"widened,omitempty"`    // applicants where the question was asked exactly, and is not
	Looked     bool         `json:"-"`                    // what is here was looked through for Near
}

// PartCount says of a part of a question whom it finds alone, and whom the others do.
type PartCount struct {
	Words   string `json:"words"`
	Count   int    `json:"count"`
	Without int    `json:"without"`
	Rest    string `json:"rest"` // the question without it
}

// Attempt is another question, and whom it finds.
type Attempt struct {
	Query string `json:"query"`
	Why   string `json:"why"`
	Part  string `json:"part"` // of the question that is asked otherwise in it
	Count int    `json:"count"`
}

// Bounds of Help.
const (
	maxTry  = 6
	maxNear = 6
)

// ticks gives the plans of the question with one more result included each.
func ticks(q *query.Query) (results []verdict.Result, plans []query.Plan) {
	if q.OnlyStatus() || q.Options.Export || !q.Plan.AsksBadge() {
		return nil, nil
	}
	for _, s := range query.FacetStatuses() {
		if !slices.Contains(q.Plan.Include, s) {
			results = append(results, s)
			plans = append(plans, q.Plan.WithInclude(append(slices.Clone(q.Plan.Include), s)...))
		}
	}
	return results, plans
}

// added gives what each of the ticks would add to an answer.
func added(results []verdict.Result, counts []int, total int) []Bucket {
	var out []Bucket
	for i, s := range results {
		if n := counts[i] - total; n > 0 {
			out = append(out, Bucket{Value: string(s), Count: n})
		}
	}
	return out
}

// helping is a Help that is being made, of a question that finds nobody: each of its
// steps says what is to be counted for the next.
type helping struct {
	q        *query.Query
	h        *Help
	parts    []query.Part
	set      []*int // what is counted behind the parts
	suspects []query.Part
	variants []query.Variant
}

// helpFor begins the help for a question, nil where there is none to give.
func helpFor(q *query.Query) *helping {
	if q.Tree == nil && len(q.Options.Choices) == 0 {
		return nil
	}
	return &helping{q: q, h: &Help{}, parts: q.Parts()}
}

// around gives the plans of the question's parts and of what stands round it.
func (p *helping) around() []query.Plan {
	if p == nil {
		return nil
	}
	q := p.q
	var plans []query.Plan
	for _, x := range p.parts {
		for _, text := range []string{x.Text, x.Rest} {
			one, _ := q.Like(text) // what is printed of a tree can be read
			plans = append(plans, one.Plan)
		}
	}
	other := func(n *int, text string, o query.Options) {
		o.Cursor, o.Facets, o.Export, o.Size = "", nil, false, 0
		if one, err := query.New(text, o); err == nil {
			plans, p.set = append(plans, one.Plan), append(p.set, n)
		}
	}
	if len(q.Options.Choices) > 0 && q.Tree != nil {
		o := q.Options
		o.Choices = nil
		other(&p.h.Unfiltered, q.Text, o)
	}
	if q.Options.Exact {
		o := q.Options
		o.Exact = false
		other(&p.h.Widened, q.Text, o)
	}
	return plans
}

// others takes what around counted, and gives the plans of the other questions.
func (p *helping) others(counts []int) []query.Plan {
	if p == nil {
		return nil
	}
	for i, x := range p.parts {
		p.h.Parts = append(p.h.Parts, PartCount{x.Text, counts[2*i], counts[2*i+1], x.Rest})
	}
	for i, n := range p.set {
		*n = counts[2*len(p.parts)+i]
	}
	p.suspects = suspects(p.parts, p.h.Parts)
	var plans []query.Plan
	for _, x := range p.suspects {
		for _, v := range p.q.Variants(x) {
			if one, ok := p.q.Like(v.Text); ok {
				p.variants, plans = append(p.variants, v), append(plans, one.Plan)
			}
		}
	}
	return plans
}

// made takes what others counted, and gives the help.
func (p *helping) made(ctx context.Context, e Engine, tenant string, counts []int) (*Help, error) {
	if p == nil {
		return nil, nil
	}
	h := p.h
	for i, v := range p.variants {
		if counts[i] > 0 && len(h.Try) < maxTry {
			h.Try = append(h.Try, Attempt{v.Text, v.Why, v.Part, counts[i]})
		}
	}
	if len(p.parts) > 0 && !slices.ContainsFunc(h.Parts, func(x PartCount) bool { return x.Count == 0 }) {
		return h, nil // each word is somebody's: none is misspelt
	}
	return h, h.near(ctx, e, tenant, p.q, p.suspects)
}

// suspects are the parts that find nobody alone, or else all; of a question of one
// part, that.
func suspects(parts []query.Part, counts []PartCount) []query.Part {
	var out []query.Part
	for i, p := range parts {
		if counts[i].Count == 0 {
			out = append(out, p)
		}
	}
	switch {
	case len(parts) == 0:
		return []query.Part{{}}
	case len(out) == 0:
		return parts
	}
	return out
}

// near gives the skills, certificates and issuers here that are spelt like a word that found nobody.
func (h *Help) near(ctx context.Context, e Engine, tenant string, q *query.Query, parts []query.Part) error {
	var words []string
	for _, p := range parts {
		text := p.Text
		if text == "" {
			text = nameIn(q.Tree)
		}
		for _, w := range record.Words(text) {
			if utf8.RuneCountInString(w) >= leastNear && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	h.Looked = len(words) > 0
	var asked []suggesting
	var of []string // the word of each
	for _, w := range words[:min(len(words), maxNear)] {
		for _, kind := range SuggestionKinds() {
			if kind != SuggestIssuer || !q.Options.Unnamed {
				asked, of = append(asked, suggesting{kind, letters(w, nearBegin)}), append(of, w)
			}
		}
	}
	lists, err := suggestAll(ctx, e, tenant, asked, maxLooked)
	if err != nil {
		return err
	}
	for i, list := range lists {
		for _, s := range list {
			same := func(x Suggestion) bool { return skills.Folded(x.Label) == skills.Folded(s.Label) }
			if s.Count > 0 && isNear(of[i], nameOf(&s)) && !slices.ContainsFunc(h.Near, same) {
				h.Near = append(h.Near, s)
			}
		}
	}
	slices.SortStableFunc(h.Near, func(a, b Suggestion) int { return cmp.Compare(b.Count, a.Count) })
	h.Near = h.Near[:min(len(h.Near), maxNear)]
	return nil
}

// nameIn gives what could be a name where a question is one thing, else "".
func nameIn(n *query.Node) string {
	switch {
	case n == nil:
	case n.Op == query.NodeWord, n.Op == query.NodePhrase,
		n.Op == query.NodeField && slices.Contains([]string{"skill", "badge", "issuer"}, n.Field):
		return n.Value
	}
	return ""
}

// nameOf gives what is looked at of a suggestion: of an issuer what is known of it, not
// what it calls itself.
func nameOf(s *Suggestion) string {
	if s.Kind == SuggestIssuer {
		known, _, _ := strings.Cut(s.Label, claiming)
		return known
	}
	return s.Label
}

// claiming stands in the label of an issuer whose place is known before what it calls itself.
const claiming = ` which calls itself "`

// Of what is near a word.
const (
	leastNear = 4   // letters of the word
	nearBegin = 2   // of them are right
	maxLooked = 100 // suggestions that are looked at
)

// isNear reports whether a word of a label is spelt like a word, or begins as it does
// for two thirds of it.
func isNear(word, label string) bool {
	for _, w := range record.Words(label) {
		if _, ok := skills.Within(word, w, max(1, query.EditDistance(word))); ok {
			return true
		}
		if strings.HasPrefix(w, letters(word, max(leastNear, utf8.RuneCountInString(word)*2/3))) {
			return true
		}
	}
	return false
}

// letters gives the first letters of a word.
func letters(w string, n int) string {
	r := []rune(w)
	return string(r[:min(n, len(r))])
}

// countOf counts what lists of plans find, at once and without asking for those that can
// find nobody.
func countOf(ctx context.Context, e Engine, tenant string, lists ...[]query.Plan) ([][]int, error) {
	var asked []query.Plan
	var at []*int
	out := make([][]int, len(lists))
	for i, plans := range lists {
		out[i] = make([]int, len(plans))
		for k, p := range plans {
			if p.Root.Op != query.OpOr || len(p.Root.Kids) > 0 {
				asked, at = append(asked, p), append(at, &out[i][k])
			}
		}
	}
	if len(asked) == 0 {
		return out, nil
	}
	counts, err := e.Count(ctx, tenant, asked)
	if err != nil {
		return nil, err
	}
	for i, n := range counts {
		*at[i] = n
	}
	return out, nil
}

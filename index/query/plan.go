package query

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Weights of the tiers. They are constants, not frequencies: the same document
// scores alike on every engine, and no tenant's counts show in another's
// scores.
const (
	weightConcept  = 100 // the concept itself, by whatever name
	weightTypo     = 80  // the concept, after a typing error was set right
	weightNarrower = 60  // a concept below it
	weightLabel    = 50  // the words in a skill's label
	weightName     = 40  // the words in the badge's name or tags
	weightIssuer   = 30  // the words in what is known of the issuer
	weightForm     = 25  // another form of the words, in label or name
	weightFuzzy    = 20  // the words with typing errors, in label or name
	weightRelated  = 18  // a neighbour of the concept
	weightClaimed  = 15  // the words in what the issuer calls itself
	weightMisnamed = 14  // the words with typing errors, in what is known of the issuer; somewhat less in what it calls itself
	weightAbout    = 10  // the words in the badge's description
	// What is not proven weighs a fraction, so that the best of it stands behind
	// the least that is.
	unprovenShare = 12
)

// New reads a query and works it out against the taxonomy. An error is a
// *SyntaxError.
func New(text string, o Options) (Query, error) {
	parsed, err := Parse(text)
	if err != nil {
		return Query{}, err
	}
	if err := parsed.asksIssuer(&o); err != nil {
		return Query{}, err
	}
	if o.Taxonomy == nil {
		o.Taxonomy = skills.Builtin()
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	limit := MaxSize
	if o.Export {
		limit = MaxExportSize
	}
	switch {
	case o.Size < 0 || o.Size > limit:
		return Query{}, &SyntaxError{Problem: "size must be from 1 to " + itoa(limit)}
	case o.Size == 0 && o.Export:
		o.Size = MaxExportSize
	case o.Size == 0:
		o.Size = DefaultSize
	}
	switch o.Sort {
	case "":
		o.Sort = SortMatch
	case SortMatch, SortBreadth, SortRecency:
	default:
		return Query{}, &SyntaxError{Problem: "sort must be match, breadth or recency"}
	}
	for _, f := range o.Facets {
		if !slices.Contains(facetOrder, f) {
			return Query{}, &SyntaxError{Problem: "there is no facet " + quote(string(f))}
		}
	}
	b := planner{o: &o}
	b.include = []verdict.Result{verdict.Verified}
	for _, s := range slices.Concat(parsed.Include, o.Include) {
		switch s {
		case verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Pending, verdict.Rejected, verdict.Unsupported:
			b.include = append(b.include, s)
		default:
			return Query{}, &SyntaxError{Problem: "include knows verified, authentic, expired, unvouched, pending and rejected, not " + quote(string(s))}
		}
	}
	for _, c := range o.Choices {
		if c.Facet == FacetStatus && len(c.Values) > 0 {
			b.include = nil
			for _, v := range c.Values {
				b.include = append(b.include, verdict.Result(v))
			}
		}
	}
	b.include = sorted(b.include)
	root, items := Cond{}, []item(nil)
	if parsed.Tree = b.spoken(parsed.Tree); parsed.Tree != nil {
		root, items = b.top(parsed.Tree)
	}
	for _, n := range parsed.May {
		may := Cond{Op: OpMay, Kids: []Cond{b.cond(n, nil, false)}, Told: true}
		root = and(root, may)
		if items != nil {
			items = append(items, item{cond: may})
		}
	}
	for _, c := range o.Choices {
		f, ok := choice(c)
		if !ok {
			return Query{}, &SyntaxError{Problem: "there is no facet " + quote(string(c.Facet))}
		}
		if f != nil {
			picked := b.claim("", nil, []Filter{*f})
			root = and(root, picked)
			if items != nil {
				items = append(items, item{cond: picked})
			}
		}
	}
	if o.Undated && root.asksDate() {
		return Query{}, WrongDated.At(0)
	}
	b.star()
	return Query{
		Text: text, Tree: parsed.Tree, May: parsed.May, Sort: o.Sort, Size: o.Size, Cursor: o.Cursor, Facets: o.Facets,
		Plan:    Plan{Root: root, Include: b.include, Now: o.Now.Unix(), Blind: o.Blind},
		Options: o, Expanded: b.expanded, items: items,
	}, nil
}

// star tells which words with a * are no beginnings.
func (b *planner) star() {
	for i := range b.expanded {
		if e := &b.expanded[i]; strings.Contains(e.Term, "*") && e.Label == "" {
			e.Note = NoteStar
		}
	}
}

// asksIssuer refuses a question for an issuer where none is told. To leave it out would
// find everybody, and to answer it would tell who has a badge of it.
func (p *Parsed) asksIssuer(o *Options) error {
	if !o.Unnamed {
		return nil
	}
	for _, n := range append(slices.Clone(p.May), p.Tree) {
		if at := n.issuer(); at != nil {
			return WrongIssuer.At(at.Column)
		}
	}
	if slices.ContainsFunc(o.Choices, func(c Choice) bool { return c.Facet == FacetIssuer && len(c.Values) > 0 }) {
		return WrongIssuer.At(0)
	}
	return nil
}

// issuer gives the first node of a tree that names an issuer, nil where none does.
func (n *Node) issuer() *Node {
	if n == nil || n.Op == NodeField && n.Field == "issuer" {
		return n
	}
	for _, k := range n.Kids {
		if at := k.issuer(); at != nil {
			return at
		}
	}
	return nil
}

// asksDate reports whether anybody is found, or left out, by a date. To leave that out
// would find others, and to answer it would tell the date.
func (c *Cond) asksDate() bool {
	if c.Claim != nil && c.Claim.Where != nil && c.Claim.Where.asksDate() {
		return true
	}
	for i := range c.Kids {
		if c.Kids[i].asksDate() {
			return true
		}
	}
	return false
}

func (f *Filter) asksDate() bool {
	switch f.Field {
	case FilterEarned, FilterExpires, FilterYear:
		return true
	}
	for i := range f.Kids {
		if f.Kids[i].asksDate() {
			return true
		}
	}
	return false
}

// top works the whole tree out, and gives what it asks for thing by thing, where
// some of that may be given up.
func (b *planner) top(tree *Node) (Cond, []item) {
	items := b.numbered(tree)
	if items == nil {
		items = b.alone(tree)
	}
	switch {
	case items != nil:
	case tree.Op == NodeAnd:
		items = b.items(tree, nil, false)
	case tree.Op == NodeWord && !b.o.Exact && len(b.parted(tree)) > 1:
		items = b.items(&Node{Op: NodeAnd, Kids: b.parted(tree)}, nil, false)
	case tree.Op == NodeWord:
		it := item{cond: b.cond(tree, nil, false), words: []*Node{tree}, term: true}
		if len(b.expanded) > 0 {
			it.typo, it.title = b.expanded[0].How == HowTypo, b.expanded[0].title
		}
		items = []item{it}
	default:
		return b.cond(tree, nil, false), nil
	}
	q := Query{Options: *b.o, Plan: Plan{Include: b.include}, items: items}
	root := q.read(Reading{})
	if b.o.Exact || tree.bound || !slices.ContainsFunc(items, item.loose) {
		items = nil
	}
	return root, items
}

// choice gives the filter of a picked facet value; a status is not one: it
// stands in Plan.Include.
func choice(c Choice) (*Filter, bool) {
	if len(c.Values) == 0 || c.Facet == FacetStatus {
		return nil, c.Facet == FacetStatus || slices.Contains(facetOrder, c.Facet)
	}
	f := Filter{Op: OpLeaf, Values: c.Values}
	switch c.Facet {
	case FacetSkill:
		f.Field = FilterSkill
	case FacetCertificate:
		f.Field = FilterCertificate
	case FacetSoft:
		f.Field = FilterSoft
	case FacetFramework:
		f.Field = FilterFramework
		f.Values = nil
		for _, v := range c.Values {
			f.Values = append(f.Values, record.Key(v))
		}
	case FacetIssuer:
		f.Field = FilterIssuerID
	case FacetStanding:
		f = standings(c.Values)
	case FacetYear:
		f.Field = FilterYear
	default:
		return nil, false
	}
	return &f, true
}

type planner struct {
	o        *Options
	include  []verdict.Result
	expanded []Expansion
}

func and(kids ...Cond) Cond {
	var out []Cond
	for _, k := range kids {
		switch k.Op {
		case OpAll:
		case OpAnd:
			out = append(out, k.Kids...)
		default:
			out = append(out, k)
		}
	}
	switch len(out) {
	case 0:
		return Cond{}
	case 1:
		return out[0]
	}
	return Cond{Op: OpAnd, Kids: out}
}

// isFilter reports whether a node speaks of credentials only, not of skills:
// such a node binds to the same credential as the skill terms beside it.
func isFilter(n *Node) bool {
	if n.Op == NodeField {
		return n.Field != "skill" && n.Field != "job"
	}
	for _, k := range n.Kids {
		if !isFilter(k) {
			return false
		}
	}
	return len(n.Kids) > 0
}

// hasTerm reports whether a skill term stands in n outside every NOT.
func hasTerm(n *Node) bool {
	switch n.Op {
	case NodeWord, NodePhrase:
		return true
	case NodeField:
		return n.Field == "skill"
	case NodeNot:
		return false
	}
	return slices.ContainsFunc(n.Kids, hasTerm)
}

// cond works a node out. where holds what the terms below it must meet in the
// same credential.
//
// In an AND, everything that speaks of credentials (issuer, level, earned, …)
// binds to each skill term of that AND: "python java issuer:x" is Python by x
// and Java by x. Where an AND has no skill term, its credential conditions bind
// to each other, and a NOT among them excludes applicants. NOT before a skill
// always excludes applicants.
func (b *planner) cond(n *Node, where []Filter, negated bool) Cond {
	switch n.Op {
	case NodeAnd:
		return b.and(n, where, negated)
	case NodeOr:
		c := Cond{Op: OpOr}
		for _, k := range n.Kids {
			c.Kids = append(c.Kids, b.cond(k, where, negated))
		}
		return c
	case NodeNot:
		return Cond{Op: OpNot, Kids: []Cond{b.cond(n.Kids[0], nil, true)}}
	case NodeField:
		switch n.Field {
		case "job":
			return Cond{Op: OpJob, Job: record.Words(n.Value)}
		case "skill":
			return b.term(n, where, negated)
		}
		return b.claim("", nil, append(slices.Clip(where), b.filter(n)))
	}
	return b.word(n, where, negated)
}

// word works out a word or phrase that may be an issuer's, too: where no framework
// knows it as a skill.
func (b *planner) word(n *Node, where []Filter, negated bool) Cond {
	if begun := n.beginning(); begun != "" {
		return b.beginning(n, begun, where, negated)
	}
	told := len(b.expanded)
	c := b.term(n, where, negated)
	words := record.Words(n.Value)
	if len(b.expanded) > told {
		if certified, ok := b.certificate(c, n.Value, where, negated); ok {
			if e := &b.expanded[told]; !e.known() || e.How == HowTypo {
				return certified
			}
			c = certified
		}
	}
	if negated || b.o.Exact || len(words) == 0 || strings.Contains(n.Value, "://") || len(b.expanded) == told {
		return c
	}
	switch e := b.expanded[told]; {
	case e.How == HowTypo:
		c = b.named(c, n.Value, true, where)
	case e.known():
		return b.named(c, n.Value, false, where)
	}
	if tiers := issuerTiers(words); len(tiers) > 0 {
		if b.o.Unnamed {
			return Cond{Op: OpBest, Kids: []Cond{c, {Op: OpOr}}} // by nobody: see item.unknown
		}
		return Cond{Op: OpBest, Kids: []Cond{c, b.claim(n.Value, tiers, where)}}
	}
	return c
}

// leastBeginning is how many letters stand before a * at least.
const leastBeginning = 3

// NoteStar is the note of a word with a * that is no beginning.
const NoteStar = "words as they stand: a * ends the beginning of one, of three letters or more"

// beginning gives the beginning of a word that a * ends, "" where none does.
func (n *Node) beginning() string {
	if n.Op != NodeWord || !strings.HasSuffix(n.Value, "*") {
		return ""
	}
	words := record.Words(n.Value)
	if len(words) != 1 || utf8.RuneCountInString(words[0]) < leastBeginning {
		return ""
	}
	return words[0]
}

// beginning looks for words that begin so.
func (b *planner) beginning(n *Node, begun string, where []Filter, negated bool) Cond {
	tiers := textTiers([]string{begun}, false, negated)
	for i := range tiers {
		tiers[i].Prefix = true
	}
	if !negated {
		b.expanded = append(b.expanded, Expansion{Term: n.Value, Label: "words that begin with " + begun})
	}
	return b.claim(n.Value, tiers, where)
}

// weightNamed is what a badge weighs whose own name holds the words of a skill: it is
// about what was typed, where others prove the skill among several. It stands above who
// is behind the issuer: below it, the market's questions lose 0.02 of nDCG, as a badge
// of a listed issuer that proves a skill beside others is less of an answer.
const weightNamed = 10 * StandingStep

// What settles ties among those who prove a skill by issuers of like standing: together
// it is less than one step of standing, for several terms at once too. Of the year of
// the newest badge, which comes after, the order of hits knows (Position).
const (
	weightLevel  = 3 // for each step of the level that is proven
	weightBadges = 1 // several badges prove it; and again for several issuers
)

// ties makes what settles ties by the concepts that a condition asks for.
func ties(c *Cond) Cond {
	var ids []string
	for c.Op == OpBest || c.Op == OpAnd {
		c = &c.Kids[0]
	}
	if c.Op != OpClaim {
		return Cond{}
	}
	for _, t := range c.Claim.Tiers {
		if t.How == HowExact || t.How == HowAlias || t.How == HowTypo {
			ids = append(ids, t.Skills...)
		}
	}
	if len(ids) == 0 {
		return Cond{}
	}
	out := Cond{Op: OpTies}
	for _, k := range record.TieKinds() {
		t := Tie{Weight: weightLevel}
		if k.Badges() {
			t.Weight = weightBadges
		}
		for _, id := range ids {
			t.Any = append(t.Any, k.Of(id))
		}
		out.Ties = append(out.Ties, t)
	}
	return out
}

// weightMain is what a badge weighs that is about a skill before others.
const weightMain = 12 * StandingStep

// named lifts whoever has a badge whose own name holds the words of a skill, or that
// is about the skill before others, or is the certificate of that name, and settles ties.
func (b *planner) named(c Cond, typed string, misspelt bool, where []Filter) Cond {
	sense := b.o.Taxonomy.Expand(typed, misspelt)
	words := record.Words(typed)
	switch {
	case sense.Full != "":
		words = strings.Fields(sense.Full)
	case sense.Corrected:
		words = strings.Fields(sense.Term)
	}
	name := b.claim("", []Tier{{How: HowName, Weight: weightNamed, Field: FieldTitle, Words: words, Phrase: len(words) > 1}}, where)
	name.Claim.Plain, name.Claim.Known = true, true
	c = and(c, Cond{Op: OpMay, Kids: []Cond{name}}, ties(&c))
	var about []Tier
	for _, ids := range [][]string{slices.Concat(refIDs(sense.Exact), refIDs(sense.Alias)), sense.Narrower} {
		var signs []string
		for _, id := range ids {
			if s := record.Sign(id); s != "" {
				signs = append(signs, s)
			}
		}
		if len(signs) > 0 {
			about = append(about, Tier{How: HowName, Weight: weightMain / (len(about) + 1), Field: FieldName, Words: signs, Any: true})
		}
	}
	if len(about) == 0 {
		return c
	}
	return and(c, b.lift(about, where))
}

// lift lifts whoever has a badge with one of the signs of some tiers. What is not
// proven is lifted by next to nothing: all of it stands below what is. How a badge
// calls itself lifts nobody whose issuer anybody can make, above those who have none.
func (b *planner) lift(tiers []Tier, where []Filter) Cond {
	c := b.claim("", tiers, where)
	c.Claim.Plain, c.Claim.Known = true, true
	for i := range c.Claim.Tiers {
		c.Claim.Tiers[i].Unproven = 1
	}
	return Cond{Op: OpMay, Kids: []Cond{c}}
}

// urlWords stand in the ids of issuers, which are addresses, and name nobody.
var urlWords = []string{"http", "https", "issuer", "issuers", "badge", "badges", "open", "open badge", "profile", "organization", "credential", "public", "info", "assertion", "json"}

// leastClaimed is how many letters a word has that is looked for alone in what an
// issuer calls itself: its id is an address, with words like "it" and "dev" in it.
const leastClaimed = 4

// issuerTiers looks for words in what is known of an issuer, and then in what it
// calls itself, which anybody can.
func issuerTiers(words []string) []Tier {
	phrase := len(words) > 1
	if fillers := fillers(); !phrase {
		if _, ok := fillers[words[0]]; ok || slices.Contains(urlWords, words[0]) {
			return nil
		}
	}
	out := []Tier{{How: HowIssuer, Weight: weightIssuer, Field: FieldIssuer, Words: words, Phrase: phrase}}
	if phrase || utf8.RuneCountInString(words[0]) >= leastClaimed {
		out = append(out, Tier{How: HowClaimed, Weight: weightClaimed, Field: FieldClaimed, Words: words, Phrase: phrase})
	}
	return out
}

// item is one thing that an AND asks for.
type item struct {
	cond  Cond
	words []*Node  // bare words that make it up; none of anything else
	where []Filter // what they must meet in the same credential
	term  bool     // something to be proven, and no condition on it

	typo    bool     // known after a typing error was set right
	title   string   // of the occupation that it is with a typing error
	number  bool     // read as a condition on the badges of the others, too
	within  *Cond    // where there are such: what is meant where they are conditions,
	whereIn []Filter // with where as it is then

	beside []string // the word that it makes with the one before or after it: care giver, caregiver
}

// loose reports whether a thing may be given up: it is words, none of them in
// brackets or beside an AND that was written out.
func (i item) loose() bool {
	return len(i.words) > 0 && !slices.ContainsFunc(i.words, func(n *Node) bool { return n.bound })
}

// unknown reports whether a thing is a word that no framework knows.
func (i item) unknown() bool {
	if i.cond.Op != OpBest || len(i.cond.Kids) != 2 {
		return false
	}
	if by := &i.cond.Kids[1]; by.Op == OpOr {
		return len(by.Kids) == 0
	}
	by := i.cond.Kids[1].Claim
	return by != nil && len(by.Tiers) > 0 && by.Tiers[0].Field == FieldIssuer // a date alone has none
}

func conds(items []item) []Cond {
	out := make([]Cond, len(items))
	for i := range items {
		out[i] = items[i].cond
	}
	return out
}

func (b *planner) and(n *Node, where []Filter, negated bool) Cond {
	return and(conds(b.items(n, where, negated))...)
}

func (b *planner) items(n *Node, where []Filter, negated bool) []item {
	var filters, others []*Node
	for _, k := range n.Kids {
		switch {
		case isFilter(k):
			filters = append(filters, k)
		case !negated && !b.o.Exact:
			others = append(others, b.parted(k)...)
		default:
			others = append(others, k)
		}
	}
	var kids []item
	bound := slices.Clip(where)
	switch {
	case slices.ContainsFunc(others, hasTerm):
		for _, f := range filters {
			bound = append(bound, b.filter(f))
		}
	case len(filters) > 0:
		own := slices.Clip(where)
		for _, f := range filters {
			if f.Op == NodeNot {
				kids = append(kids, item{cond: b.cond(f, nil, negated)})
			} else {
				own = append(own, b.filter(f))
			}
		}
		if len(own) > len(where) {
			kids = append(kids, item{cond: b.claim("", nil, own)})
		}
	}
	for i := 0; i < len(others); {
		run := i
		for run < len(others) && others[run].Op == NodeWord {
			run++
		}
		if run-i >= 2 && !negated && !b.o.Exact {
			kids = append(kids, b.words(others[i:run], bound, false)...)
			i = run
			continue
		}
		told := len(b.expanded)
		k := item{cond: b.cond(others[i], bound, negated), term: hasTerm(others[i])}
		if len(b.expanded) > told {
			k.typo, k.title = b.expanded[told].How == HowTypo, b.expanded[told].title
		}
		if others[i].Op == NodeWord {
			k.words, k.where = others[i:i+1], bound
		}
		kids = append(kids, k)
		i++
	}
	return kids
}

// words works out words beside each other: where some of them together are the
// name of a skill ("machine learning"), that skill is meant as well as each word; and
// where they are that of a certificate or an issuer, unless they are to be read apart.
func (b *planner) words(run []*Node, where []Filter, apart bool) []item {
	var out []item
	for i := 0; i < len(run); {
		n := 0
		for l := len(run) - i; l >= 2 && n == 0; l-- {
			if name := record.Words(joined(run[i : i+l])); b.o.Taxonomy.IsName(name) || b.o.Taxonomy.HasKin(name) {
				n = l
			}
		}
		k := item{where: where, term: true}
		told := len(b.expanded)
		if l := b.called(run[i:]); l > n && !apart {
			k.words = run[i : i+l]
			k.cond = b.whole(k.words, where)
			out = append(out, k)
			i += l
			continue
		}
		if n == 0 {
			if n = b.misspelt(run[i:]); n > 0 {
				k.cond = b.either(run[i:i+n], joined(run[i:i+n]), where)
			} else if one := b.runTogether(run[i:]); one != "" {
				n = 1 + strings.Count(one, " ") + 1
				k.cond = b.either(run[i:i+n], one, where)
			} else {
				n = 1
				k.cond = b.word(run[i], where, false)
				if two := run[i:min(i+2, len(run))]; len(two) == 2 && (&item{words: two}).isFiller() { // full time
					n = 2
					k.cond = and(k.cond, b.word(two[1], where, false))
				}
			}
			k.words = run[i : i+n]
			if len(b.expanded) > told {
				k.typo, k.title = b.expanded[told].How == HowTypo, b.expanded[told].title
			}
			out = append(out, k)
			i += n
			continue
		}
		name := joined(run[i : i+n])
		together := b.term(&Node{Op: NodePhrase, Value: name, Column: run[i].Column}, where, false)
		// The words may stand apart, but in one text of one claim.
		apart := textTiers(wordsOf(run[i:i+n]), false, true)
		for i := range apart {
			apart[i].Phrase = false
		}
		k.cond, k.words = Cond{Op: OpBest, Kids: []Cond{together, b.claim(name, apart, where)}}, run[i:i+n]
		if c, ok := b.certificate(k.cond, name, where, false); ok {
			k.cond = c
		}
		k.cond = b.named(k.cond, name, false, where)
		out = append(out, k)
		i += n
	}
	for i := 1; i < len(out); i++ {
		x, y := wordsOf(out[i-1].words), wordsOf(out[i].words)
		if len(x) == 1 && len(y) == 1 && len(x[0]) > 2 && len(y[0]) > 2 {
			out[i-1].beside, out[i].beside = append(out[i-1].beside, x[0]+y[0]), append(out[i].beside, x[0]+y[0])
		}
	}
	return out
}

// wordsOf gives the folded words of nodes.
func wordsOf(run []*Node) []string {
	var words []string
	for _, k := range run {
		words = append(words, record.Words(k.Value)...)
	}
	return words
}

// isEdition is a standard's number with the year of its edition: 9001:2015.
var isEdition = regexp.MustCompile(`^[0-9]{3,6}:[0-9]{4}$`)

// parted takes a word with a slash in it for several, where it is no name as it
// stands: AWS/Azure, and not CI/CD nor A/B; and a standard's number apart from its year.
func (b *planner) parted(n *Node) []*Node {
	if n.Op == NodeWord && isEdition.MatchString(n.Value) {
		number, year, _ := strings.Cut(n.Value, ":")
		return []*Node{{Op: NodeWord, Value: number, Column: n.Column, bound: n.bound}, {Op: NodeWord, Value: year, Column: n.Column + len(number) + 1, bound: n.bound}}
	}
	if name, rest := b.compound(n); rest != "" {
		at := utf8.RuneCountInString(n.Value) - utf8.RuneCountInString(rest)
		return []*Node{{Op: NodeWord, Value: name, Column: n.Column, bound: n.bound, and: n.and}, {Op: NodeWord, Value: rest, Column: n.Column + at, bound: n.bound}}
	}
	if n.Op != NodeWord || !strings.Contains(n.Value, "/") || strings.Contains(n.Value, "://") || b.o.Taxonomy.IsName(record.Words(n.Value)) {
		return []*Node{n}
	}
	var out []*Node
	col, letters := n.Column, true
	for part := range strings.SplitSeq(n.Value, "/") {
		if len(record.Words(part)) > 0 {
			out = append(out, &Node{Op: NodeWord, Value: part, Column: col, bound: n.bound, and: n.and && len(out) == 0})
		}
		letters = letters && utf8.RuneCountInString(part) < 2
		col += utf8.RuneCountInString(part) + 1
	}
	if letters {
		return []*Node{n}
	}
	return out
}

// heads are words that German writes as one with the skill before them.
var heads = []string{"kenntnisse", "kenntnissen", "erfahrung", "zertifikat", "zertifizierung", "ausbildung", "meister", "meisterin", "geselle", "gesellin", "lehre", "kurs", "kurse"}

// numberedName is a name with a number right behind it: OSHA30, Java17.
var numberedName = regexp.MustCompile(`^(\p{L}{2,})([0-9]{1,3})$`)

// compound takes a word that no framework knows for the name that it begins with and what
// stands behind that: Python-Kenntnisse, Malermeister, OSHA30.
func (b *planner) compound(n *Node) (name, rest string) {
	if n.Op != NodeWord {
		return "", ""
	}
	is := func(s string) bool {
		_, certificate := b.o.Taxonomy.Certificate(s)
		return certificate || b.o.Taxonomy.IsName(record.Words(s))
	}
	switch at := strings.LastIndexByte(n.Value, '-'); {
	case at > 0:
		if name, rest = n.Value[:at], n.Value[at+1:]; !Filler(strings.Join(record.Words(rest), " ")) || len(rest) < leastTogether {
			return "", ""
		}
	case numberedName.MatchString(n.Value):
		m := numberedName.FindStringSubmatch(n.Value)
		if name, rest = m[1], m[2]; is(name + " " + rest) {
			break
		}
		if as := b.o.Taxonomy.Expand(n.Value, true); as.Known() {
			return "", "" // set right, as a whole
		}
	default:
		low := strings.ToLower(n.Value)
		for _, h := range heads {
			if len(low) == len(n.Value) && strings.HasSuffix(low, h) && len(low)-len(h) >= leastTogether {
				name, rest = n.Value[:len(low)-len(h)], n.Value[len(low)-len(h):]
			}
		}
	}
	if rest == "" || !is(name) && !is(name+" "+rest) || is(n.Value) {
		return "", ""
	}
	return name, rest
}

// maxMisspelt bounds the words of a name that is looked for with typing errors.
const maxMisspelt = 3

// misspelt gives how many of the first words together are a skill's name or an occupation's
// title with a typing error, when not all of them are names of their own.
func (b *planner) misspelt(run []*Node) int {
	for l := min(len(run), maxMisspelt); l >= 2; l-- {
		if isSmall(run[0]) || isSmall(run[l-1]) {
			continue // Staplerfahrer in Teilzeit is no Staplerfahrerin
		}
		known := true
		for _, k := range run[:l] {
			own := b.o.Taxonomy.Expand(k.Value, false)
			known = known && own.Known()
		}
		if all := b.o.Taxonomy.Expand(joined(run[:l]), true); !known && (all.Known() || all.Corrected && all.Occupation != nil) {
			return l
		}
	}
	return 0
}

// leastTogether is the letters of a word, at least, that is a part of another.
const leastTogether = 3

// isSmall reports whether a word says nothing of what is asked for, and is no role's.
func isSmall(n *Node) bool {
	role, ok := fillers()[strings.Join(record.Words(n.Value), " ")]
	return ok && !role
}

// runTogether gives the skill's name or the occupation's title that the first two words are
// when they are written as one (hair dresser), when they are not both names of their own.
func (b *planner) runTogether(run []*Node) string {
	if len(run) < 2 || isSmall(run[0]) || isSmall(run[1]) || min(utf8.RuneCountInString(run[0].Value), utf8.RuneCountInString(run[1].Value)) < leastTogether {
		return ""
	}
	own, other := b.o.Taxonomy.Expand(run[0].Value, false), b.o.Taxonomy.Expand(run[1].Value, false)
	if own.Known() && other.Known() {
		return ""
	}
	one := run[0].Value + run[1].Value
	if len(run) > 2 { // fork lift driver
		if longer := one + " " + run[2].Value; b.o.Taxonomy.IsName(record.Words(longer)) {
			return longer
		}
	}
	if x := b.o.Taxonomy.Expand(one, false); !x.Known() && x.Occupation == nil {
		return ""
	}
	return one
}

// either takes words for the one name that they are otherwise written, or each for itself.
func (b *planner) either(run []*Node, name string, where []Filter) Cond {
	together := b.term(&Node{Op: NodeWord, Value: name, Column: run[0].Column}, where, false)
	together = b.named(together, name, true, where)
	told := len(b.expanded)
	apart := Cond{Op: OpAnd}
	for _, k := range run {
		apart.Kids = append(apart.Kids, b.word(k, where, false).shared(len(run)))
	}
	b.expanded = b.expanded[:told] // the name is what was read
	return Cond{Op: OpBest, Kids: []Cond{together, apart}}
}

// shared is a condition that weighs as one of n for which one other stands.
func (c Cond) shared(n int) Cond {
	if c.Claim != nil {
		k := *c.Claim
		k.Tiers = slices.Clone(k.Tiers)
		for i := range k.Tiers {
			t := &k.Tiers[i]
			t.Weight, t.Unproven = max(t.Weight/n, 1), t.Unproven/n
		}
		c.Claim = &k
	}
	kids := slices.Clone(c.Kids)
	for i := range kids {
		kids[i] = kids[i].shared(n)
	}
	c.Kids = kids
	return c
}

// joined gives the words of nodes as they were typed, with the "and" between them: a name
// may hold it, and is no name without.
func joined(run []*Node) string {
	var b strings.Builder
	for i, k := range run {
		switch {
		case i > 0 && k.and:
			b.WriteString(" and ")
		case i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(k.Value)
	}
	return b.String()
}

// claim makes the condition on one claim.
func (b *planner) claim(term string, tiers []Tier, where []Filter) Cond {
	c := &ClaimCond{Term: term, Tiers: tiers}
	for i := range tiers {
		tiers[i].Unproven = tiers[i].Weight / unprovenShare
	}
	switch len(where) {
	case 0:
	case 1:
		c.Where = &where[0]
	default:
		c.Where = &Filter{Op: OpAnd, Kids: slices.Clone(where)}
	}
	for _, f := range where {
		c.Extra = named(c.Extra, &f, false)
	}
	c.Extra = sorted(c.Extra)
	c.Status = sorted(slices.Concat(b.include, c.Extra))
	return Cond{Op: OpClaim, Claim: c}
}

// named collects the statuses that a filter asks for by name: asking for
// rejected ones is asking to see them.
func named(list []verdict.Result, f *Filter, negated bool) []verdict.Result {
	if f.Op == OpNot {
		negated = !negated
	}
	if f.Op == OpLeaf && f.Field == FilterStatus && !negated {
		for _, v := range f.Values {
			list = append(list, verdict.Result(v))
		}
	}
	for i := range f.Kids {
		list = named(list, &f.Kids[i], negated)
	}
	return list
}

func sorted[S ~[]E, E cmp.Ordered](list S) S {
	l := slices.Clone(list)
	slices.Sort(l)
	return slices.Compact(l)
}

// term works out a word, phrase or skill: field.
func (b *planner) term(n *Node, where []Filter, negated bool) Cond {
	words := record.Words(n.Value)
	typed := skills.Typed(n.Value)
	isField := n.Op == NodeField
	quoted := b.asTyped(n)
	sense := b.o.Taxonomy.Expand(n.Value, !quoted && !negated && !b.o.Exact)
	var tiers []Tier
	e := Expansion{Term: n.Value}
	if sense.Corrected && sense.Occupation != nil {
		e.title = sense.Occupation.Title
	}
	if sense.Known() {
		how, weight := HowExact, weightConcept
		if sense.Corrected {
			how, weight = HowTypo, weightTypo
		}
		if b.o.Exact {
			sense.Alias = nil
		}
		main := mainRef(sense)
		e.Concept, e.Label, e.How = main.ID, main.Label, how
		if main.ID == "" {
			e.How = ""
		} else if !slices.Contains(sense.Exact, main) && how == HowExact {
			e.How = HowAlias
		}
		if ids := refIDs(sense.Exact); len(ids) > 0 {
			tiers = append(tiers, Tier{How: how, Weight: weight, Skills: ids})
		}
		if !b.o.Exact {
			if ids := refIDs(sense.Alias); len(ids) > 0 {
				h := HowAlias
				if sense.Corrected {
					h = HowTypo
				}
				tiers = append(tiers, Tier{How: h, Weight: weight, Skills: ids})
			}
			tiers = append(tiers, Tier{How: HowNarrower, Weight: weightNarrower, Skills: sense.Narrower, Under: sense.Roots, Soft: sense.Soft})
			e.Also, e.Narrower = sense.Also, sense.Count
		}
		if sense.Corrected {
			words = strings.Fields(sense.Term)
		}
	}
	if strings.Contains(n.Value, "://") {
		// Words of a URI are no words to look for; a framework that is not loaded
		// may have it.
		if !sense.Known() {
			tiers = append(tiers, Tier{How: HowExact, Weight: weightConcept, Skills: []string{n.Value}})
		}
	} else {
		tiers = append(tiers, textTiers(words, isField, sense.Known() || negated)...)
		if sense.English != "" && !b.o.Exact {
			tiers = append(tiers, textTiers(record.Words(sense.English), isField, true)...)
		}
		// What was corrected to a skill's name may have been meant for another word.
		unsure := !sense.Known() || sense.Corrected
		if unsure && !quoted && !negated && !b.o.Exact && slices.ContainsFunc(typed, func(w string) bool { return EditDistance(w) > 0 }) {
			// No more errors than were found in the skill's name: "wellding" is no
			// wedding.
			fuzzy := Tier{How: HowTypo, Weight: weightFuzzy, Field: FieldLabel, Words: typed, Fuzzy: true}
			if sense.Corrected {
				fuzzy.Edits = edits(typed, words)
			}
			tiers = append(tiers, fuzzy)
			if !isField {
				fuzzy.Field = FieldName
				tiers = append(tiers, fuzzy)
			}
		}
	}
	if !negated {
		b.expanded = append(b.expanded, e)
	}
	slices.SortStableFunc(tiers, func(x, y Tier) int { return y.Weight - x.Weight })
	return b.claim(n.Value, tiers, where)
}

// asTyped reports whether a word is as it was meant: quoted, the name of a certificate
// or a trade's, and no other word with a typing error.
func (b *planner) asTyped(n *Node) bool {
	_, certificate := b.o.Taxonomy.Certificate(n.Value)
	return certificate || n.Op == NodePhrase || n.Quoted || skills.IsRight(n.Value)
}

// edits gives the most typing errors in one word, 0 when the words do not stand
// for each other.
func edits(typed, meant []string) int {
	if len(typed) != len(meant) {
		return 0
	}
	most := 0
	for i, w := range typed {
		n, ok := skills.Within(w, meant[i], EditDistance(w))
		if !ok {
			return 0
		}
		most = max(most, n)
	}
	return most
}

// textTiers looks for words in label and name, and in the description where no
// framework knows the term: a description that mentions a known skill does not
// prove it. Several words are always a phrase: they were quoted, or one written
// word was taken apart.
func textTiers(words []string, labelOnly, known bool) []Tier {
	phrase := len(words) > 1
	out := []Tier{{How: HowLabel, Weight: weightLabel, Field: FieldLabel, Words: words, Phrase: phrase}}
	if !labelOnly {
		out = append(out, Tier{How: HowName, Weight: weightName, Field: FieldName, Words: words, Phrase: phrase})
		if !known {
			out = append(out, Tier{How: HowAbout, Weight: weightAbout, Field: FieldAbout, Words: words, Phrase: phrase})
		}
	}
	return out
}

// mainRef gives the concept by which a term is shown: ESCO's before another
// framework's, the exact one before an alias.
func mainRef(s skills.Sense) skills.Ref {
	all := slices.Concat(s.Exact, s.Alias)
	for _, r := range all {
		if r.Framework == skills.ESCO {
			return r
		}
	}
	if len(all) == 0 {
		return skills.Ref{}
	}
	return all[0]
}

func refIDs(refs []skills.Ref) []string {
	var out []string
	for _, r := range refs {
		out = append(out, r.ID)
	}
	return out
}

// filter works out a node that speaks of credentials only.
func (b *planner) filter(n *Node) Filter {
	switch n.Op {
	case NodeAnd, NodeOr:
		f := Filter{Op: Op(n.Op)}
		for _, k := range n.Kids {
			f.Kids = append(f.Kids, b.filter(k))
		}
		return f
	case NodeNot:
		return Filter{Op: OpNot, Kids: []Filter{b.filter(n.Kids[0])}}
	}
	f := Filter{Op: OpLeaf}
	switch n.Field {
	case "issuer":
		f.Field, f.Values, f.Words = FilterIssuer, []string{n.Value}, record.Words(n.Value)
		switch host := strings.ToLower(n.Value); {
		case n.Cmp == "~":
			f.Field = FilterClaimed
		case strings.Contains(host, ".") && !strings.ContainsAny(host, " /"):
			// A host is looked for as one: words of it stand in other hosts too.
			f.Values, f.Words = sorted(append(f.Values, host)), nil
		}
	case "badge":
		f.Field, f.Words = FilterBadge, record.Words(n.Value)
	case "framework":
		f.Field, f.Values = FilterFramework, []string{record.Key(n.Value)}
	case "status":
		f.Field = FilterStatus
		f.Values, _ = statuses(n.Value)
	case "standing", "trust":
		f = standings([]string{n.Value})
	case "level":
		scale, rank := skills.ParseLevel(n.Value)
		f.Field, f.Values = FilterLevel, []string{scale}
		f.Min, f.Max = bounds(n.Cmp, int64(rank), int64(rank)+1, 0, 1<<31-1)
	case "earned", "expires":
		f.Field = FilterEarned
		if n.Field == "expires" {
			f.Field = FilterExpires
		}
		f.Min, f.Max = bounds(n.Cmp, n.dates[0], n.dates[1], -1<<40, record.Never)
	}
	return f
}

// standings makes the condition that words of standing: mean.
func standings(words []string) Filter {
	var any []Filter
	for _, w := range words {
		switch values, ok := standingWords[strings.ToLower(w)]; {
		case ok && len(values) == 0: // what is none of all that can be said
			any = append(any, Filter{Op: OpNot, Kids: []Filter{{Op: OpLeaf, Field: FilterStanding, Values: record.Standings()}}})
		case ok:
			any = append(any, Filter{Op: OpLeaf, Field: FilterStanding, Values: values})
		default:
			any = append(any, Filter{Op: OpLeaf, Field: FilterStanding, Values: []string{w}})
		}
	}
	if len(any) == 1 {
		return any[0]
	}
	return Filter{Op: OpOr, Kids: any}
}

// StandingWord reports whether standing: knows a word.
func StandingWord(w string) bool { _, ok := standingWords[strings.ToLower(w)]; return ok }

// bounds gives the closed range that a comparison with the value [from, to)
// means: earned>2024 begins after the end of 2024.
func bounds(op string, from, to, least, most int64) (lo, hi int64) {
	switch op {
	case "<":
		return least, from - 1
	case "<=":
		return least, to - 1
	case ">":
		return to, most
	case ">=":
		return from, most
	}
	return from, to - 1
}

// WithInclude returns the plan with other base statuses, as the status facet
// needs it: every claim condition takes these and what status: named for it.
// Where nothing is asked of a badge (a job, a NOT, nothing at all), it asks for
// whoever has one of the status.
func (p Plan) WithInclude(list ...verdict.Result) Plan {
	p.Include = sorted(list)
	asks := p.AsksBadge()
	p.Root = p.Root.withInclude(p.Include)
	if !asks {
		p.Root = and(p.Root, Cond{Op: OpClaim, Claim: &ClaimCond{Status: p.Include, Where: p.notBarred()}})
	}
	return p
}

// AsksBadge reports whether whoever matches has a badge that counts.
func (p Plan) AsksBadge() bool { return p.Root.asksBadge() }

func (c Cond) asksBadge() bool {
	switch c.Op {
	case OpClaim:
		return true
	case OpAnd:
		return slices.ContainsFunc(c.Kids, Cond.asksBadge)
	case OpOr, OpBest, OpMost:
		return !slices.ContainsFunc(c.Kids, func(k Cond) bool { return !k.asksBadge() })
	}
	return false
}

func (c Cond) withInclude(include []verdict.Result) Cond {
	if c.Claim != nil {
		k := *c.Claim
		k.Status = sorted(slices.Concat(include, k.Extra))
		c.Claim = &k
	}
	kids := make([]Cond, len(c.Kids))
	for i, k := range c.Kids {
		kids[i] = k.withInclude(include)
	}
	if len(kids) > 0 {
		c.Kids = kids
	}
	return c
}

// EditDistance gives how many typing errors are forgiven in a word: none below
// five letters, one below eight, else two.
func EditDistance(word string) int { return skills.EditDistance(word) }

func quote(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		s = record.Cut(s, 40) + "…"
	}
	return `"` + s + `"`
}

// Evidence makes the two conditions of one skill: strong, which a verified
// claim of the concept meets, and weak, which any evidence meets. Whoever meets
// the strong one meets both, and gets both weights. A term that no framework knows is
// taken for the name that it is with typing errors, and the expansion says so.
func Evidence(t *skills.Taxonomy, term string, full, part int) (strong, weak Cond, e Expansion) {
	b := planner{o: &Options{Taxonomy: t}, include: []verdict.Result{verdict.Verified}}
	n := &Node{Op: NodePhrase, Value: term}
	if sense := t.Expand(term, false); !sense.Known() {
		n.Op = NodeWord // set right, where it is a name with typing errors
	}
	c := b.term(n, nil, false)
	s, w := *c.Claim, *c.Claim
	s.Tiers, w.Tiers = nil, nil
	w.Alike = true // the strong one tells them apart
	for _, tier := range c.Claim.Tiers {
		weaker := tier
		weaker.Weight, weaker.Unproven = part, part
		w.Tiers = append(w.Tiers, weaker)
		if tier.How != HowName && tier.How != HowAbout && !tier.Fuzzy {
			tier.Weight, tier.Unproven = full, full
			s.Tiers = append(s.Tiers, tier)
		}
	}
	s.Status = []verdict.Result{verdict.Verified}
	w.Extra = sorted([]verdict.Result{verdict.Authentic, verdict.Pending})
	w.Status = sorted([]verdict.Result{verdict.Verified, verdict.Authentic, verdict.Pending})
	return Cond{Op: OpClaim, Claim: &s}, Cond{Op: OpClaim, Claim: &w}, b.expanded[0]
}

// Beside makes the conditions of what shows something near one skill and proves it not,
// as a claim of it would: a badge of the skill whose time is over, and then a verified
// badge of a neighbouring skill, where the frameworks know one.
func Beside(t *skills.Taxonomy, term string) []Cond {
	strong, _, e := Evidence(t, term, weightConcept, weightConcept)
	over := *strong.Claim
	over.Status = []verdict.Result{verdict.Expired}
	out := []Cond{{Op: OpClaim, Claim: &over}}
	name := term
	if e.How == HowTypo {
		name = e.Label
	}
	if near := kinTiers(t.Expand(name, false)); len(near) > 0 {
		out = append(out, Cond{Op: OpClaim, Claim: &ClaimCond{Term: term, Tiers: near, Status: []verdict.Result{verdict.Verified}}})
	}
	return out
}

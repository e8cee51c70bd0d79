// Package query is the question that a recruiter asks: its language (Parse), its
// working-out against the skills frameworks (New), and its meaning (Plan.Match),
// which is what every engine must answer.
//
// A Plan is data only: nothing that a user typed becomes part of a query
// language. Scores are sums of constant weights. Out of scope: pages of hits,
// facets with their labels and cursors, which are package index's.
package query

import (
	"time"

	"assay/index/skills"
	"assay/verify/verdict"
)

// Limits of a query. A query beyond them is refused with a *SyntaxError.
const (
	MaxRunes      = 256
	MaxTerms      = 16
	DefaultSize   = 20
	MaxSize       = 50
	MaxBuckets    = 100 // of one facet
	MaxExportSize = 500 // hits on a page of an export
	MaxTierWords  = 31  // of FieldBadge
	maxNested     = 16  // parentheses and NOTs within each other
)

// Sort is the order of hits. Whatever the order, ties fall to the other two
// keys and then to the document's id, so that paging is stable.
type Sort string

// Orders of hits.
const (
	SortMatch   Sort = "match"   // score, year of the newest proven badge, breadth, applied_at: all descending; the zero value means this
	SortBreadth Sort = "breadth" // breadth.skills, score, applied_at
	SortRecency Sort = "recency" // applied_at, score, breadth
)

// Facet names a count that a search can return.
type Facet string

// Facets. Each counts applications, not claims.
const (
	FacetSkill       Facet = "skill"       // by concept URI
	FacetCertificate Facet = "certificate" // by Claim.Certificate
	FacetSoft        Facet = "soft"        // by soft skill of hiring
	FacetFramework   Facet = "framework"   // by Claim.Framework
	FacetIssuer      Facet = "issuer"      // by issuer id
	FacetStanding    Facet = "standing"    // by Claim.Standing
	FacetYear        Facet = "earned"      // by year earned
	// FacetStatus counts, for each of FacetStatuses, the applications that match the same query with Include being that status
	// alone (see Plan.WithInclude).
	FacetStatus Facet = "status"
)

// Facets lists every facet, in the order in which they are shown.
var facetOrder = []Facet{FacetStatus, FacetSkill, FacetCertificate, FacetSoft, FacetFramework, FacetIssuer, FacetStanding, FacetYear}

// AllFacets returns every facet, in the order in which they are shown.
func AllFacets() []Facet { return append([]Facet(nil), facetOrder...) }

// Query is a search, ready for an Engine. Make it with New.
type Query struct {
	Text   string
	Tree   *Node // as parsed; nil finds every application
	May    []*Node
	Plan   Plan
	Sort   Sort
	Size   int    // hits on the page: 1 to MaxSize, or MaxExportSize
	Cursor string // of the page before, "" = first page
	Facets []Facet

	Options  Options     // as asked, with the defaults filled in
	Expanded []Expansion // what else its terms were taken to mean

	Found int       // so many it found when they were counted, a moment ago; 0 = that is not known
	Path  []Reading // of a section of the answer: the readings that were answered before, and its own; see Relax
	items []item    // what an AND of words asks for, thing by thing; nil where nothing may be given up
}

// Choice is a facet value that was picked beside the text; it must hold for one
// claim of the application.
type Choice struct {
	Facet  Facet
	Values []string // any of them
}

// Options say how to read a query. The zero value is a good default.
type Options struct {
	Taxonomy *skills.Taxonomy // nil = skills.Builtin()
	Include  []verdict.Result // statuses beside verified, as include: does
	Exact    bool             // no synonyms, hierarchy or typing errors
	Choices  []Choice
	Sort     Sort
	Size     int
	Cursor   string
	Facets   []Facet
	Now      time.Time // expiry is judged at this moment; zero = time.Now
	Export   bool      // pages of up to MaxExportSize
	Blind    bool      // for a reader who may not see names: see Plan.Blind
	Unnamed  bool      // for a reader to whom no issuer is told: nobody is found by one, and a question for one is refused
	Undated  bool      // for a reader to whom no date is told: nobody is found by one, and a question for one is refused
}

// Plan is a query worked out against the taxonomy: what an engine translates
// into its own language. It holds data only, so nothing that a user typed can
// become part of a query language. Plan.Match gives its meaning: engines find
// exactly the applications for which it holds, with the score that it gives.
type Plan struct {
	Root    Cond
	Include []verdict.Result // base statuses, sorted; verified is among them unless WithInclude said otherwise
	Now     int64            // Unix seconds
	Barred  []string         // issuers whose claims count for nothing; see Plan.Bar
	// Blind: texts are asked of record.Claim.ForBlind and Application.BlindJob
	// alone, so that nobody is found by the name.
	Blind bool
}

// Op is the kind of a Cond.
type Op string

// Kinds of Cond and of Filter.
const (
	OpAll   Op = ""      // holds for every application that is not erased; score 0
	OpAnd   Op = "and"   // every kid holds; score is their sum
	OpOr    Op = "or"    // a kid holds; score is the sum of those that hold
	OpNot   Op = "not"   // the one kid does not hold; score 0
	OpBest  Op = "best"  // a kid holds, and all ask for one thing in several ways; score is the greatest of those that hold
	OpMost  Op = "most"  // Least kids hold at least; score is the sum of those that hold
	OpMay   Op = "may"   // always holds; score is that of the one kid where it holds
	OpTies  Op = "ties"  // always holds; score is the sum of Ties
	OpClaim Op = "claim" // a claim of the application fits Claim; score is the greatest that fits, see Tier
	OpJob   Op = "job"   // every word of Job is among JobWords; score 0
	OpLeaf  Op = "leaf"  // of a Filter: one comparison
)

// Cond is a condition on an application.
type Cond struct {
	Op    Op
	Kids  []Cond
	Least int // of OpMost: from 1 to the number of Kids
	Claim *ClaimCond
	Job   []string
	Ties  []Tie
	Told  bool // of OpMay: it was asked for, so that where it holds it is told
}

// Tie is what settles ties among those who meet a term alike: it adds Weight where
// one of Any is among Flat.Ties, as long as Flat holds.
type Tie struct {
	Weight int
	Any    []string
}

// ClaimCond is a condition on one claim: its effective status is among Status,
// Where holds, and one of Tiers fits (any claim when there are none; then the
// weight is 0). A condition that nothing can meet is an OpOr without kids.
type ClaimCond struct {
	Term   string // as typed, for why-matched
	Tiers  []Tier // by descending weight
	Where  *Filter
	Status []verdict.Result // effective statuses that count, sorted; see EffectiveStatus
	Alike  bool             // verified claims count alike, whoever stands behind their issuers
	Plain  bool             // the score is the tier's Weight alone, whoever stands behind it
	Known  bool             // only claims of issuers that not anybody can make: of record.KnownRank
	Extra  []verdict.Result // those of Status that status: named, beside Plan.Include
}

// How says in what way a term met a claim, from exact to loose.
type How string

// Ways of meeting.
const (
	HowExact       How = "exact"       // the concept that was typed
	HowAlias       How = "alias"       // another name of it
	HowNarrower    How = "narrower"    // a concept below it in the framework
	HowLabel       How = "label"       // the words stand in the skill's label
	HowName        How = "name"        // the words stand in the badge's name or tags
	HowAbout       How = "about"       // the words stand in the badge's description
	HowTypo        How = "typo"        // the same with a typing error set right
	HowForm        How = "form"        // another form of the word stands in label or name: lifeguarding for lifeguard
	HowIssuer      How = "issuer"      // the words stand in what is known of the issuer
	HowClaimed     How = "claimed"     // the words stand in what the issuer calls itself
	HowRelated     How = "related"     // a neighbour of the concept: no kind of it, and no proof of it
	HowCertificate How = "certificate" // the badge is the certificate that was typed, or one that takes its place
	HowTogether    How = "together"    // all the words stand in one badge; no reason of its own
)

// A claim's score is its tier's weight times StandingStep, and StandingUnit times
// record.StandingWeight. So standing decides among claims that meet a term alike,
// and no number of terms (MaxTerms ranks together, or those of a role, whose weights
// are further apart) adds up to another way of meeting one. Below one StandingUnit of
// a term lies what settles ties of standing: weightLevel, weightBadges.
const (
	StandingStep = 4500
	StandingUnit = 52
)

// Tier is one way in which a claim can meet a term: by concept (any of Skills,
// Under and Soft), or by words in one field (all of Words).
type Tier struct {
	How      How
	Weight   int      // of a verified claim: a small whole number, so that sums are exact
	Unproven int      // of any other claim, at most Weight
	Skills   []string // Claim.ID is one of these
	Under    []string // one of Claim.Ancestors is one of these
	Soft     []string // Claim.Soft is one of these
	Field    Field    // with Words
	Words    []string // all of them stand in Field, as whole words
	Phrase   bool     // next to each other and in this order
	Any      bool     // any of Words is enough: forms of one word
	Prefix   bool     // the one word of Words is the beginning of one in Field
	Fuzzy    bool     // each within Tier.Distance edits (insert, delete, replace, swap neighbours), first letter kept
	Edits    int      // with Fuzzy: how many at most, 0 = what EditDistance forgives
}

// Distance gives how many typing errors a fuzzy tier forgives in a word.
func (t *Tier) Distance(word string) int {
	d := EditDistance(word)
	if t.Edits > 0 {
		d = min(d, t.Edits)
	}
	return d
}

// Field names a text field of a Claim.
type Field string

// Text fields of a Claim, each a string of folded words joined by one space:
// an engine must split at spaces and do nothing else to them.
const (
	FieldLabel   Field = "label_words"
	FieldName    Field = "name_words"
	FieldTitle   Field = "title_words"
	FieldAbout   Field = "about_words"
	FieldIssuer  Field = "issuer_words"
	FieldClaimed Field = "claimed_words"
	// FieldBadge is all of these but Title and About: each of a tier's words stands in one of
	// them, in one claim.
	FieldBadge Field = "badge"
)

// badgeFields are the fields of FieldBadge.
var badgeFields = []Field{FieldLabel, FieldName, FieldIssuer, FieldClaimed}

// BadgeFields lists the fields of FieldBadge.
func BadgeFields() []Field { return append([]Field(nil), badgeFields...) }

// FilterField names what a leaf of a Filter compares.
type FilterField string

// What a leaf of a Filter compares.
const (
	FilterSkill       FilterField = "skill"       // Claim.ID in Values
	FilterSoft        FilterField = "soft"        // Claim.Soft in Values
	FilterIssuerID    FilterField = "issuer_id"   // Claim.Issuer in Values
	FilterBarred      FilterField = "barred"      // Claim.Issuer in Values, for blind readers too: nobody asks for it, see Plan.Bar
	FilterIssuer      FilterField = "issuer"      // Claim.Issuer or one of Claim.Hosts in Values, or Words as a phrase in issuer_words
	FilterClaimed     FilterField = "claimed"     // Claim.Issuer in Values, or Words as a phrase in claimed_words
	FilterBadge       FilterField = "badge"       // Words as a phrase in title_words
	FilterCertificate FilterField = "certificate" // Claim.Certificate in Values
	FilterFramework   FilterField = "framework"   // framework_key in Values
	FilterStanding    FilterField = "standing"    // Claim.Standing in Values
	FilterStatus      FilterField = "status"      // the effective status is in Values (as verdict.Result)
	FilterLevel       FilterField = "level"       // Claim.Scale is Values[0], Min <= Rank <= Max
	FilterEarned      FilterField = "earned"      // Min <= Earned in Unix seconds <= Max; a claim without Earned does not fit
	FilterExpires     FilterField = "expires"     // Min <= Until <= Max
	FilterYear        FilterField = "year"        // decimal Year in Values
)

// Filter is a condition on the same claim beside its term.
type Filter struct {
	Op     Op // OpAnd, OpOr, OpNot, OpLeaf
	Kids   []Filter
	Field  FilterField
	Values []string
	Words  []string
	Min    int64
	Max    int64
}

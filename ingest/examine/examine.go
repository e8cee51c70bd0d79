// Package examine takes one application from its documents to verdicts: the
// loop of extract, fetch and verify, without a queue. The worker and `assay
// check` both call it.
//
// A document is extracted; the links that the follow policy chooses are
// fetched, and what comes back is a document again, two hops at most; every
// badge that was found is verified once, however often it occurs.
//
// Out of scope: where applications come from and where verdicts go.
package examine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index/skills"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
)

// Extraction is how documents are read: the sandbox's pool, or the extractor
// itself where a test wants no child.
type Extraction interface {
	Extract(ctx context.Context, d extract.Document) (extract.Result, error)
}

// Follow says which links of a document are fetched.
type Follow string

// Policies. Whatever the policy, a URL that stands where a bake belongs is
// fetched, for it is the badge itself.
const (
	FollowLikely    Follow = "likely"    // known, and those whose host or path speaks of badges; the zero value means this
	FollowNone      Follow = "none"      // no link
	FollowKnown     Follow = "known"     // those of known providers
	FollowAll       Follow = "all"       // every http(s) link
	FollowPortfolio Follow = "portfolio" // every link, and one hop further
)

// ErrFollow is wrapped by ParseFollow.
var ErrFollow = errors.New("no such follow policy")

// ParseFollow reads a policy by its name; "" is FollowLikely.
func ParseFollow(s string) (Follow, error) {
	switch f := Follow(s); f {
	case "":
		return FollowLikely, nil
	case FollowLikely, FollowNone, FollowKnown, FollowAll, FollowPortfolio:
		return f, nil
	}
	return "", fmt.Errorf("%w: %q is none of none, known, likely, all, portfolio", ErrFollow, s)
}

// Defaults of Limits.
const (
	DefaultFetches     = 100
	DefaultLookups     = 300
	DefaultBadge       = 20 * time.Second
	DefaultApplication = 60 * time.Second
	DefaultParallel    = 4
)

// hops is how often the body of a link may be a document again.
const hops = 2

// linkBytes bounds the body of a link: a badge, a picture with one, a page;
// allLinkBytes those of an application together.
const (
	linkBytes    = 1 << 20
	allLinkBytes = 32 << 20
)

// Limits bound the work on one application. The zero value of a field means
// its Default.
type Limits struct {
	Fetches     int           // links fetched, and machine forms of their pages
	Lookups     int           // fetches that verifying makes (hosted copies, keys, status lists), not counting answers from a cache
	Badge       time.Duration // verifying one badge
	Application time.Duration // everything; half of what documents leave of it is for links, the rest for judging
	Parallel    int           // documents, fetches or badges in hand at a time
}

// Options configure an Examiner. Extraction and Verifier are required.
type Options struct {
	Extraction Extraction
	Verifier   *verify.Verifier
	Fetcher    fetch.Fetcher           // of links; nil = no link is followed
	Taxonomy   func() *skills.Taxonomy // asked for each badge, so it can be replaced; nil = skills.Builtin
	Follow     Follow
	Limits     Limits
	Took       func(Step, time.Duration) // is told how long each step of an application took; nil = nobody
}

// Step is a part of the work on one application.
type Step string

// The steps, in their order.
const (
	StepRead   Step = "read"   // documents, in children
	StepFollow Step = "follow" // links
	StepJudge  Step = "judge"  // badges
)

// grace is how long after its time a host may still be answered.
const grace = 500 * time.Millisecond

// Examiner examines applications. Safe for concurrent use.
type Examiner struct {
	o    Options
	left guard.Left // links that are still asked for when their time is over
}

// ErrBusy: no child was free for a document, or none could be started. It says
// nothing of the document, and passes.
var ErrBusy = errors.New("documents cannot be read just now")

// ErrOptions is wrapped by New when a required option is missing.
var ErrOptions = errors.New("option missing")

// New returns an Examiner.
func New(o Options) (*Examiner, error) {
	if o.Extraction == nil || o.Verifier == nil {
		return nil, fmt.Errorf("%w: Extraction and Verifier are required", ErrOptions)
	}
	if o.Taxonomy == nil {
		builtin := skills.Builtin()
		o.Taxonomy = func() *skills.Taxonomy { return builtin }
	}
	o.Follow = cmp.Or(o.Follow, FollowLikely)
	l := &o.Limits
	l.Fetches = cmp.Or(max(l.Fetches, 0), DefaultFetches)
	l.Lookups = cmp.Or(max(l.Lookups, 0), DefaultLookups)
	l.Badge = cmp.Or(max(l.Badge, 0), DefaultBadge)
	l.Application = cmp.Or(max(l.Application, 0), DefaultApplication)
	l.Parallel = cmp.Or(max(l.Parallel, 0), DefaultParallel)
	return &Examiner{o: o}, nil
}

// Left is how much is still under way, of links and badges that were given up
// because their time was over: none, where the Fetcher obeys its context.
func (e *Examiner) Left() int { return e.left.Running() + e.o.Verifier.Left() }

// Input is one application.
type Input struct {
	// Whose it is: what is asked of hosts, and the children that read documents, are
	// kept apart by it. Without a tenant it is nobody's, and each document has a
	// child of its own.
	Tenant, Application string

	Documents []extract.Document
	Links     []string // URLs that the application names beside its documents
	Applicant verify.Applicant
	Policy    *verify.Policy    // of the employer; nil = the verifier's own
	Words     map[string]string // what the employer says that words of badges are: concepts' URIs, by the words folded (skills.Folded)
	Explicit  bool              // fetch Links whatever the follow policy: somebody asked for just these

	// Asks is called before a host is asked, for a link or a badge, for what no cache
	// has, and what it gives when the answer is there: work that waits keeps nobody
	// from working. Its error, which should wrap fetch.ErrLater, stands for the answer.
	// nil = hosts are asked.
	Asks func(context.Context) (answered func(), err error)

	// Read is called when the documents have been read and are needed no more; nil =
	// nobody is.
	Read func()

	// Took is told, beside Options.Took, how long each step took; nil = nobody is.
	Took func(Step, time.Duration)

	// Earlier is what came of links when the same documents were examined before, by
	// the URL that was asked. One that has findings stands, and its URL is not asked
	// again; the URL of one that has none comes after those that were not asked then.
	Earlier map[string]Report
}

// Finding is one badge of a document with its verdict.
type Finding struct {
	Where   string
	Places  []extract.Place
	Carrier string
	verify.Verdict
	Skills []skills.Skill   // of Verdict.Credential
	Inner  [][]skills.Skill // of each of Contained
	Link   string           // URL in the document that led to it, "" when it stood there
	Keys   []string         // of an earlier finding: record.Credential.Key of the badge and each of Contained

	key string // digest of the payload, or the URL of a link without one
}

// Unfollowed is a link that was not followed, or that led to no badge.
type Unfollowed struct {
	Where  string  `json:"where"`
	URL    string  `json:"url"`
	Reason Skipped `json:"reason"`

	// Pending says that time can mend it, of a link that speaks of a badge or that
	// the application names: it is asked again as pending badges are.
	Pending bool `json:"pending,omitempty"`

	// More counts further links of a page that are as this one and not listed by
	// themselves.
	More int `json:"more,omitempty"`
}

// Skipped is a stable code that says why a link was not followed, or what came of
// asking.
type Skipped string

// Reasons of Unfollowed.
const (
	SkippedPolicy   Skipped = "policy"         // the follow policy does not choose it
	SkippedPortal   Skipped = "portal"         // a page that lists badges: follow portfolio
	SkippedBudget   Skipped = "budget"         // Limits.Fetches, or the bytes that all links of an application may give
	SkippedHops     Skipped = "hops"           // found too far from the document
	SkippedOffline  Skipped = "offline"        // the network is not used
	SkippedLater    Skipped = "being_asked"    // it is asked in a moment
	SkippedTime     Skipped = "limit_time"     // Limits.Application, or the part of it that is for links
	SkippedBusy     Skipped = "busy"           // the host is not asked just now: of its rate, or because it has failed often
	SkippedRefused  Skipped = "refused"        // an address that may not be fetched, or that leads to one
	SkippedNoAnswer Skipped = "no_answer"      // the host gave none
	SkippedNotFound Skipped = "not_found"      // the host says that there is nothing
	SkippedStatus   Skipped = "bad_status"     // the host neither gives it out nor says that it is not there: another HTTP status, a check for robots
	SkippedFault    Skipped = "internal_fault" // assay itself failed on it
	SkippedUnread   Skipped = "unreadable"     // what the host gives is too large, or no HTTP, or leads on without end, or to http
	SkippedNoBadge  Skipped = "no_badge"       // followed: what the host gives holds no badge, and leads to none
)

// Asked reports whether the code is of a link that was asked for.
func (s Skipped) Asked() bool {
	switch s {
	case SkippedNoAnswer, SkippedNotFound, SkippedStatus, SkippedUnread, SkippedNoBadge:
		return true
	}
	return false
}

// Passes reports whether time can mend it, so that asking again may give a badge.
func (s Skipped) Passes() bool {
	switch s {
	case SkippedBudget, SkippedTime, SkippedBusy, SkippedNoAnswer, SkippedLater:
		return true
	}
	return false
}

// Words is what the code means, in a sentence for a recruiter; "" for a code
// that this version does not know.
func (s Skipped) Words() string {
	switch s {
	case SkippedPolicy:
		return "The rule for following links leaves it out."
	case SkippedPortal:
		return "A page that lists badges; the rule for following links (portfolio) would read it."
	case SkippedBudget:
		return "More links than are fetched for one application at a time."
	case SkippedHops:
		return "Too many links away from the document."
	case SkippedOffline:
		return "The network was not to be used."
	case SkippedLater:
		return "The server is being asked, and what it says is not there yet."
	case SkippedTime:
		return "The time for this application was up."
	case SkippedBusy:
		return "The server is not asked just now: it is asked often, or has often given no answer."
	case SkippedRefused:
		return "The address, or where it leads, is not allowed."
	case SkippedNoAnswer:
		return "The server gives no answer."
	case SkippedNotFound:
		return "The server says that there is nothing."
	case SkippedStatus:
		return "The server does not give it out."
	case SkippedFault:
		return "A fault in assay itself kept it from being read."
	case SkippedUnread:
		return "What the server gives is too large, cannot be read, or leads on where nothing is followed."
	case SkippedNoBadge:
		return "What is there holds no badge."
	}
	return ""
}

// Report is what became of one document, or of one link of the application.
type Report struct {
	Document    string           `json:"document"`
	Findings    []Finding        `json:"findings"`
	Unread      []extract.Unread `json:"unread"`
	NotFollowed []Unfollowed     `json:"notFollowed,omitempty"`
}

// Examine gives one report for each document and then one for each link, in
// order. It never fails for a bad document or a dead host: that is in the
// reports; nor does the time limit of Limits. The error is ctx's, without
// reports, or wraps [guard.ErrFault] and stands beside them: assay itself failed
// on something, which is unsupported/internal_fault or unread, and the rest is
// as it would be without. ErrBusy beside them says the same of documents for which
// no child was to be had.
func (e *Examiner) Examine(ctx context.Context, in Input) ([]Report, error) {
	parent := ctx
	ctx, clock, cancel := withClock(ctx, e.o.Limits.Application)
	defer cancel()
	ctx = fetch.For(ctx, in.Tenant)
	ctx = withBudget(ctx, int64(e.o.Limits.Lookups))
	if in.Asks != nil {
		ctx = fetch.Asking(ctx, in.Asks)
	}
	ctx = sandbox.WithOwner(ctx, sandbox.Owner{Tenant: in.Tenant, Application: in.Application})
	x := &exam{Examiner: e, clock: clock, verifier: e.o.Verifier, earlier: in.Earlier, links: map[string]*link{}, verdicts: map[string]*judged{}}
	for _, name := range slices.Concat([]string{in.Applicant.Name}, in.Applicant.Emails, in.Applicant.Proven) {
		x.own = append(x.own, name[:min(len(name), maxOwnName)])
	}
	x.own = x.own[:min(len(x.own), maxOwnNames)]
	if in.Policy != nil {
		x.verifier = x.verifier.For(*in.Policy)
	}
	x.fetches.Store(int64(e.o.Limits.Fetches))
	x.bytes.Store(allLinkBytes)
	took := x.steps(in.Took)
	docs := x.read(ctx, in)
	if in.Documents = nil; in.Read != nil {
		in.Read()
	}
	took(StepRead)
	x.try("following links", func() {
		var roots []*node
		for _, d := range docs {
			roots = append(roots, d.nodes...)
		}
		x.until = clock.left() / 2
		x.follow(ctx, roots, 1)
	})
	took(StepFollow)
	x.try("judging", func() { x.judge(ctx, docs, in.Applicant, in.Words) })
	took(StepJudge)
	if err := parent.Err(); err != nil {
		return nil, err
	}
	reports := make([]Report, len(docs))
	for i, d := range docs {
		if !x.try("reporting", func() { reports[i] = x.report(d) }) {
			reports[i] = Report{Document: d.name, Findings: []Finding{}, Unread: []extract.Unread{failed(d.name)}}
		}
	}
	if x.busy.Load() {
		x.faults = append(x.faults, ErrBusy)
	}
	return reports, errors.Join(x.faults...)
}

// steps gives what ends a step, the first of which begins now.
func (x *exam) steps(also func(Step, time.Duration)) (took func(Step)) {
	start := time.Now()
	return func(s Step) {
		now := time.Now()
		for _, told := range []func(Step, time.Duration){x.o.Took, also} {
			if told != nil {
				told(s, now.Sub(start))
			}
		}
		start = now
	}
}

// maxOwnName is how much of a name is looked for, in bytes.
const maxOwnName = 512

// maxOwnNames is how many names and addresses of an applicant are looked for.
const maxOwnNames = 32

// exam is one application in hand.
type exam struct {
	*Examiner
	verifier *verify.Verifier // by the employer's policy
	clock    *clock
	busy     atomic.Bool       // no child was to be had for a document
	earlier  map[string]Report // by the URL of a link
	links    map[string]*link
	own      []string   // names of the applicant, over which no address is read on
	reading  sync.Mutex // held while a document is read
	spent    extract.Spent
	fetches  atomic.Int64  // left
	bytes    atomic.Int64  // left of allLinkBytes
	until    time.Duration // no link is asked for when less of the time is left
	verdicts map[string]*judged

	mu     sync.Mutex
	faults []error // of assay's own
}

// try calls f and reports whether it did its work: a fault of assay's own is
// kept for the error of Examine.
func (x *exam) try(where string, f func()) bool {
	return x.keep(guard.Do(where, func() { f() }))
}

// keep keeps a fault for the error of Examine, and reports that there is none.
func (x *exam) keep(err error) bool {
	if err == nil {
		return true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = append(x.faults, err)
	return false
}

// each calls f for 0 to n-1, Limits.Parallel at a time, and waits. Where assay
// itself fails on one, instead puts in its place what stands for it. may, when not
// nil, is asked of each in order once there is a hand for it, and says whether f is
// to be called at all.
func (x *exam) each(where string, n int, may func(i int) bool, f, instead func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, x.o.Limits.Parallel)
	for i := range n {
		slots <- struct{}{}
		if may != nil && !may(i) {
			<-slots
			continue
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if !x.keep(guard.Do(where, func() { f(i) })) {
				instead(i)
			}
		})
	}
	wg.Wait()
}

// failed says of a document that assay itself failed to read it.
func failed(where string) extract.Unread {
	return extract.Unread{Where: where, Reason: extract.ReasonReaderFailed, Reader: extract.ReaderNone}
}

// doc is one document, or one link of the application, in hand.
type doc struct {
	name   string
	nodes  []*node
	unread []extract.Unread
}

// node is a finding and, for a link, what it led to.
type node struct {
	extract.Finding
	origin string // URL whose whole body the payload is
	link   *link
	top    bool // a link that the application itself names
	asked  bool // and that is fetched whatever the policy
}

func (x *exam) read(ctx context.Context, in Input) []*doc {
	docs := make([]*doc, len(in.Documents))
	x.each("reading a document", len(docs), nil, func(i int) {
		d := &doc{name: in.Documents[i].Name}
		d.nodes, d.unread = x.extract(ctx, in.Documents[i], "")
		docs[i] = d
	}, func(i int) {
		name := in.Documents[i].Name
		docs[i] = &doc{name: name, unread: []extract.Unread{failed(name)}}
	})
	for _, u := range in.Links {
		f := extract.Finding{Kind: extract.KindLink, Payload: u, Carrier: "link", Places: []extract.Place{{Where: u}}}
		x.try("reading a link", func() {
			res, err := x.inTurn(ctx, extract.Document{Name: "link.txt", ContentType: "text/plain", Data: []byte(u)})
			if err == nil && len(res.Findings) > 0 && res.Findings[0].Kind == extract.KindLink {
				// The table of providers knows the URL's machine form.
				f.Link, f.Payload = res.Findings[0].Link, res.Findings[0].Payload
			}
		})
		docs = append(docs, &doc{name: u, nodes: []*node{{Finding: f, top: true, asked: in.Explicit}}})
	}
	return docs
}

// extract reads one document; origin is its URL when it was fetched.
func (x *exam) extract(ctx context.Context, d extract.Document, origin string) ([]*node, []extract.Unread) {
	d.Name = strings.ToValidUTF8(d.Name, "�") // places are text
	res, err := x.extraction(ctx, d)
	switch {
	case errors.Is(err, sandbox.ErrBusy):
		x.busy.Store(true)
		res.Unread = append(res.Unread, extract.Unread{Where: d.Name, Reason: extract.ReasonUnavailable})
	case err != nil:
		res.Unread = append(res.Unread, extract.Unread{Where: d.Name, Reason: extract.ReasonTime})
	}
	if slices.ContainsFunc(res.Unread, func(u extract.Unread) bool { return u.Reason == extract.ReasonUnavailable }) {
		x.busy.Store(true)
	}
	nodes := make([]*node, 0, len(res.Findings))
	for _, f := range res.Findings {
		if len(f.Places) == 0 {
			f.Places = []extract.Place{{Where: d.Name}}
		}
		n := &node{Finding: f}
		if origin != "" && f.Kind != extract.KindLink && f.Places[0].Where == d.Name {
			n.origin = origin
		}
		nodes = append(nodes, n)
	}
	return nodes, res.Unread
}

// extraction reads one document after the other: each gets what those before it
// left of the application's limits.
func (x *exam) extraction(ctx context.Context, d extract.Document) (extract.Result, error) {
	x.reading.Lock()
	defer x.reading.Unlock()
	d.Spent, d.Own = x.spent, x.own
	if d.Fetched {
		d.Spent.Known = 0
		d.Spent.Links = 0 // pages full of links, and documents, leave the next page its own
	}
	res, err := x.inTurn(ctx, d)
	x.spent = x.spent.After(res)
	return res, err
}

// inTurn reads a document as soon as there is a child for it; the wait for one is
// not the application's time.
func (x *exam) inTurn(ctx context.Context, d extract.Document) (extract.Result, error) {
	d.Started = x.clock.stop()
	defer d.Started() // where none came
	return x.o.Extraction.Extract(ctx, d)
}

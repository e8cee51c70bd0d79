package examine

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"

	"assay/extract"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/standing"
)

// link is one URL of the application, however often it occurs.
type link struct {
	url     string
	hop     int
	skipped Skipped // "" = followed
	err     error   // why there was no answer
	status  int     // HTTP status of the answer
	empty   bool    // the answer holds no badge and leads to none
	final   string  // the address that answered
	led     bool    // it led on to a page of a known provider
	by      string  // that provider
	kept    *Report // what came of it before, and stands
	unshare bool    // it is a page by which a badge was shared that gives none now
	nodes   []*node
	unread  []extract.Unread
}

// Classes of extract.Link.
const (
	classKnown  = extract.ClassKnown
	classLikely = extract.ClassLikely
)

func class(n *node) string {
	if n.Bake {
		return classKnown
	}
	if n.Link == nil {
		return ""
	}
	return n.Link.Class
}

// target is the URL to ask: the machine form where one is known.
func target(n *node) string {
	if n.Link != nil && n.Link.Machine != "" {
		return n.Link.Machine
	}
	return n.Payload
}

func claimed(n *node) bool { return n.Link != nil && n.Link.Claim && !n.Bake }
func portal(n *node) bool  { return n.Link != nil && n.Link.Portal && !n.Bake }

// rank orders links for the budget: bakes, what the application itself names,
// known providers, likely ones, the rest.
func rank(n *node) int {
	switch {
	case n.Bake:
		return 0
	case n.top:
		return 1
	case class(n) == classKnown:
		return 2
	case class(n) == classLikely:
		return 3
	}
	return 4
}

// inOrder gives the links in the order in which they are asked for: those that were
// not asked at the check before come first, by rank, and within one rank each host
// once before any comes again, so that one of which there are many, or which is slow,
// does not keep the others waiting.
func (x *exam) inOrder(nodes []*node) []*node {
	const askedBefore = 10 // more than any rank
	type place struct{ rank, round int }
	type stand struct {
		rank int
		host string
	}
	before := map[stand]int{}
	at := make(map[*node]place, len(nodes))
	for _, n := range nodes {
		host := target(n)
		if u, ok := read.HTTPURL(host); ok {
			host = u.Host
		}
		s := stand{rank(n), host}
		if _, ok := x.earlier[target(n)]; ok {
			s.rank += askedBefore
		}
		at[n] = place{s.rank, before[s]}
		before[s]++
	}
	slices.SortStableFunc(nodes, func(a, b *node) int {
		return cmp.Or(at[a].rank-at[b].rank, at[a].round-at[b].round)
	})
	return nodes
}

// chosen says why the policy leaves a link out, "" if it does not.
func (x *exam) chosen(n *node, hop int) Skipped {
	if n.Bake || n.asked {
		return ""
	}
	p := x.o.Follow
	switch {
	case p == FollowNone:
		return SkippedPolicy
	case p == FollowPortfolio:
		return ""
	case hop > 1:
		// The machine form of a page is part of the page; other links are one
		// hop further than was asked.
		if class(n) == classKnown && !portal(n) {
			return ""
		}
		return SkippedHops
	case p == FollowAll, n.top:
		return ""
	case portal(n):
		return SkippedPortal
	case class(n) == classKnown, p == FollowLikely && class(n) == classLikely:
		return ""
	}
	return SkippedPolicy
}

// follow fetches the links among nodes that the policy chooses, and the links
// in what they give.
func (x *exam) follow(ctx context.Context, nodes []*node, hop int) {
	var found []*node
	for _, n := range nodes {
		if n.Kind == extract.KindLink && !claimed(n) && n.link == nil {
			found = append(found, n)
		}
	}
	var todo []*link
	for _, n := range x.inOrder(found) {
		u := target(n)
		if l := x.links[u]; l != nil && (l.skipped == "" || l.skipped != SkippedPolicy && l.skipped != SkippedHops) {
			n.link = l
			continue
		}
		l := &link{url: u, hop: hop, skipped: x.chosen(n, hop)}
		x.links[u], n.link = l, l
		before, ok := x.earlier[u]
		switch {
		case l.skipped != "":
		case ok && hop == 1 && len(before.Findings) > 0:
			l.kept = &before
		case x.o.Fetcher == nil:
			l.skipped = SkippedOffline
		default:
			todo = append(todo, l)
		}
	}
	x.each("following a link", len(todo), func(i int) bool {
		// Taken in turn, so that what a page leads to is not left out for what stands
		// behind it.
		if x.fetches.Add(-1) < 0 {
			todo[i].skipped = SkippedBudget
			return false
		}
		return true
	}, func(i int) {
		x.fetch(ctx, todo[i])
		x.carried(ctx, todo[i])
	}, func(i int) {
		todo[i].skipped, todo[i].nodes, todo[i].unread = SkippedFault, nil, nil
	})
	if hop == hops {
		return
	}
	var next []*node
	for _, l := range todo {
		next = append(next, l.nodes...)
	}
	if len(next) > 0 {
		x.follow(ctx, next, hop+1)
	}
}

// accept asks for the machine form first.
const accept = "application/vc+jwt, application/vc, application/ld+json, application/json;q=0.9, image/png;q=0.8, image/svg+xml;q=0.8, text/html;q=0.7, */*;q=0.1"

func (x *exam) fetch(ctx context.Context, l *link) {
	if ctx.Err() != nil || x.clock.left() < x.until {
		l.skipped = SkippedTime
		return
	}
	if x.bytes.Load() <= 0 {
		l.skipped = SkippedBudget
		return
	}
	resp, err := x.ask(ctx, l.url)
	switch {
	case err == nil:
	case errors.Is(err, guard.ErrLeft):
		l.skipped, l.err = SkippedTime, err
		return
	case errors.Is(err, fetch.ErrOffline):
		l.skipped, l.err = SkippedOffline, err
		return
	case errors.Is(err, fetch.ErrLater):
		l.skipped, l.err = SkippedLater, err
		return
	case ctx.Err() != nil:
		l.skipped, l.err = SkippedTime, err
		return
	case errors.Is(err, verify.ErrFault):
		x.keep(err)
		l.skipped, l.err = SkippedFault, err
		return
	case errors.Is(err, fetch.ErrBusy):
		l.skipped, l.err = SkippedBusy, err
		return
	case fetch.Temporary(err):
		l.skipped, l.err = SkippedNoAnswer, err
		return
	case errors.Is(err, fetch.ErrTooLarge), errors.Is(err, fetch.ErrMalformed), errors.Is(err, fetch.ErrRedirect):
		l.skipped, l.err = SkippedUnread, err
		return
	default:
		l.skipped, l.err = SkippedRefused, err
		return
	}
	x.bytes.Add(-int64(len(resp.Body)))
	l.status, l.final = resp.Status, resp.URL
	given := resp.Gives() || resp.Status == http.StatusOK
	if given {
		l.nodes, l.unread = x.extract(ctx, extract.Document{Name: l.url, ContentType: resp.ContentType, Data: resp.Body, Fetched: true}, resp.URL)
	}
	switch {
	case !slices.ContainsFunc(l.nodes, badge) && x.redirected(ctx, l, resp.URL):
		return
	case given:
	case resp.Denies() && !elsewhere(l.url, resp.URL):
		l.skipped = SkippedNotFound
		return
	case resp.Status >= 500, resp.Status == http.StatusTooManyRequests:
		l.skipped, l.err = SkippedNoAnswer, fetch.ErrBusy
		return
	default:
		l.skipped = SkippedStatus
		return
	}
	if l.hop < hops {
		x.forms(ctx, l)
	}
	l.empty = true
	for _, n := range l.nodes {
		if n.Kind != extract.KindLink || class(n) == classKnown && !form(n) || form(n) && n.link != nil {
			l.empty = false
		}
	}
	if l.empty && inPlace(l.url, resp) {
		// Whatever such a page holds, it is not what was asked for.
		l.skipped, l.nodes = SkippedStatus, nil
	}
}

// inPlace reports whether an answer stands in place of what was asked for: a check for
// robots, or a page where one has to sign in, for what was not shared with everybody.
func inPlace(asked string, resp *fetch.Response) bool {
	return resp.Challenge() || resp.URL != asked && signIn.MatchString(resp.URL)
}

// signIn is the address of a page where one has to sign in, by its host or its path.
var signIn = regexp.MustCompile(`(?i)^https?://(?:(?:accounts?|login|signin|auth|sso|idp)\.[^/]*/|[^/?#]+/(?:[^?#]*/)?(?:(?:service)?log-?[io]n|sign[-_]?in|sso|authwall)(?:[/.?#]|$))`)

// elsewhere reports whether another host answered than the one that was asked, which
// says nothing of what that one has.
func elsewhere(asked, final string) bool {
	x, ok := read.HTTPURL(asked)
	y, ok2 := read.HTTPURL(final)
	return !ok || !ok2 || !read.SameOrigin(x, y) && !standing.Twins(standing.Host(x), standing.Host(y))
}

// redirected asks for the machine form of the page that a link led on to, such as a
// short one, where a provider is known to have it or a host of files the file, and
// reports whether what came of it takes the place of what the page holds.
func (x *exam) redirected(ctx context.Context, l *link, final string) bool {
	if final == l.url || l.led {
		return false
	}
	at, k, ok := extract.ParseLink(final)
	if !ok || k.Machine == l.url || k.Machine == final || at == l.url || k.Machine == "" && !k.Claim {
		return false
	}
	return x.leads(ctx, l, k.Machine, &k)
}

// carried asks for the address that stands whole in the query of a link which came to
// nothing itself: counters of clicks and pages of verifiers have there what was meant.
func (x *exam) carried(ctx context.Context, l *link) {
	switch l.skipped {
	case "":
		if !l.empty || l.led {
			return
		}
	case SkippedNotFound, SkippedStatus, SkippedNoAnswer, SkippedRefused, SkippedUnread:
	default:
		return
	}
	for _, from := range []string{l.final, l.url} {
		at, k, ok := extract.Carried(from)
		n := &node{Finding: extract.Finding{Kind: extract.KindLink, Payload: at, Link: &k}}
		if !ok || x.links[target(n)] != nil || x.chosen(n, l.hop) != "" {
			continue
		}
		x.leads(ctx, l, target(n), &k)
		return
	}
}

// leads asks for what a link led on to, and reports whether what came of it takes the
// place of what the link itself gave.
func (x *exam) leads(ctx context.Context, l *link, url string, k *extract.Link) bool {
	known := k.Class == classKnown
	switch {
	case k.Portal:
		return false
	case k.Claim:
		l.led, l.empty, l.by, l.nodes, l.skipped, l.err = true, true, k.Provider, nil, "", nil
		return true
	case x.fetches.Add(-1) < 0:
		l.led, l.skipped = known, SkippedBudget
		return true
	}
	answer := &link{url: url, hop: l.hop, led: true}
	x.fetch(ctx, answer)
	if !slices.ContainsFunc(answer.nodes, badge) && (answer.skipped == "" || !known) {
		return false
	}
	l.led, l.skipped, l.err, l.status, l.empty, l.nodes, l.unread = known, answer.skipped, answer.err, answer.status, answer.empty, answer.nodes, answer.unread
	l.unshare = k.Share && answer.skipped == SkippedNotFound
	return true
}

// ask fetches a link, and returns when ctx has ended whatever the host and the
// Fetcher do.
func (x *exam) ask(ctx context.Context, url string) (*fetch.Response, error) {
	var resp *fetch.Response
	var err error
	if gone := x.left.Within(ctx, grace, "following a link", func() {
		resp, err = x.o.Fetcher.Fetch(ctx, fetch.Request{URL: url, Accept: accept, MaxBytes: linkBytes, Private: true, Chosen: true, PlainHTTP: true})
	}); gone != nil {
		return nil, gone
	}
	return resp, err
}

func form(n *node) bool { return n.Link != nil && n.Link.Form }

func badge(n *node) bool { return n.Kind != extract.KindLink }

// forms asks for a page's own machine forms, in the order in which the page
// gives them, until one holds a badge: they are part of the page, so the others
// are neither asked for nor told of. A page that holds a badge itself needs
// none.
func (x *exam) forms(ctx context.Context, l *link) {
	need := !slices.ContainsFunc(l.nodes, badge)
	kept := l.nodes[:0]
	for _, n := range l.nodes {
		if !form(n) {
			kept = append(kept, n)
			continue
		}
		if !need || ctx.Err() != nil || target(n) == l.url {
			continue
		}
		if x.fetches.Add(-1) < 0 {
			l.skipped = SkippedBudget
			continue
		}
		answer := &link{url: target(n), hop: l.hop + 1}
		x.fetch(ctx, answer)
		if n.Link.Share {
			l.unshare = answer.skipped == SkippedNotFound
			if l.led = answer.skipped == SkippedBusy || answer.skipped == SkippedNoAnswer || answer.skipped == SkippedStatus; l.led {
				l.skipped, l.err = answer.skipped, answer.err
			}
		}
		if slices.ContainsFunc(answer.nodes, badge) {
			need, l.led, l.unshare, l.skipped, l.err = false, false, false, "", nil
			n.link = answer
			kept = append(kept, n)
		}
	}
	l.nodes = kept
}

// budgetKey carries the lookups that one Examine call has left.
type budgetKey struct{}

func withBudget(ctx context.Context, n int64) context.Context {
	left := new(atomic.Int64)
	left.Store(n)
	return context.WithValue(ctx, budgetKey{}, left)
}

type budgeted struct{ fetch.Fetcher }

// Budgeted returns f for use by a Verifier: under a context of Examine it
// refuses with fetch.ErrBudget what goes beyond Limits.Lookups. Answers from a
// cache are free.
func Budgeted(f fetch.Fetcher) fetch.Fetcher { return budgeted{f} }

func (b budgeted) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	left, _ := ctx.Value(budgetKey{}).(*atomic.Int64)
	if left == nil {
		return b.Fetcher.Fetch(ctx, r)
	}
	if left.Add(-1) < 0 {
		left.Add(1)
		return nil, fetch.ErrBudget
	}
	resp, err := b.Fetcher.Fetch(ctx, r)
	if err == nil && resp.Cached {
		left.Add(1)
	}
	return resp, err
}

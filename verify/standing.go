package verify

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/verify/did"
	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// Decide draws a verdict's result from its aspects and an employer's policy, and
// says how its issuer and endorsers may be named. It reads nothing but the
// verdict, so that one that was stored can be decided again when the policy
// changes: what was fetched and proven stays as it was. Only a badge whose own
// host could not prove its issuer, until an employer lists that host, must be
// judged again.
func Decide(out *Verdict, p Policy) {
	c := &out.Credential
	a := &out.Aspects
	if out.Backing == (verdict.Backing{}) && a.Issuer.State == verdict.Pass {
		out.Backing = standing.Of(c.Issuer.ID, nil) // stored before backing was
	}
	proven := a.Issuer.State == verdict.Pass && a.Integrity.State == verdict.Pass
	out.Warnings = slices.DeleteFunc(out.Warnings, func(w verdict.Warning) bool {
		return w == verdict.WarnNameLookalike || w == verdict.WarnHostLookalike
	})
	var name string
	a.Standing, name = p.standing(c.Issuer, out.Backing, proven, a.Standing.Evidence)
	if a.Standing.Level != verdict.LevelListed {
		out.Warnings = append(out.Warnings, p.Trust.lookalikes(c.Issuer)...)
	}
	if len(out.Warnings) == 0 {
		out.Warnings = nil
	}
	c.Issuer.Shown = ""
	if proven {
		c.Issuer.Shown = out.Backing.Shown(a.Standing.Level, name, seen(c.Issuer.Name))
	}
	for i := range out.Endorsements {
		p.endorser(&out.Endorsements[i])
	}
	if out.Result == verdict.Unsupported && out.Reason != "" && a.Integrity.State == verdict.None {
		return // nothing was judged
	}
	out.Result = verdict.Decide(*a)
	out.Reason = a.Deciding(out.Result)
}

// standing answers who stands behind an issuer, and gives the name that it is
// listed by. Evidence is what a domain that confirmed the issuer's key said.
func (p Policy) standing(by verdict.Party, b verdict.Backing, proven bool, evidence []verdict.Evidence) (a verdict.Aspect, name string) {
	accept := cmp.Or(p.Accept, DefaultAccept)
	listings := p.Trust.listings(by.ID)
	for _, e := range evidence {
		if e.URL != "" {
			a.Evidence = append(a.Evidence, e)
		}
	}
	if p.Trust.blocks(by.ID) {
		a.State, a.Reason = verdict.Fail, verdict.IssuerBlocked
		if proven {
			a.Level = b.Level
		}
		return a, ""
	}
	switch {
	case !proven && len(listings) > 0:
		// Naming a listed issuer is what a forger does.
		a.State, a.Reason = verdict.Unknown, verdict.IssuerUnproven
	case !proven:
		a.State = verdict.None
	case b.Level == verdict.LevelSelf:
		a.State, a.Reason, a.Level = verdict.Unknown, verdict.IssuerIsApplicant, verdict.LevelSelf
	case len(listings) > 0:
		a.State, a.Level = verdict.Pass, verdict.LevelListed
		for _, l := range listings {
			name = cmp.Or(name, l.name)
			a.Evidence = append(a.Evidence, verdict.Evidence{Note: strings.TrimSpace("listed by " + cmp.Or(l.registry, "a registry"))})
		}
	default:
		a.Level = b.Level
		if p.Trust != nil && p.Trust.registry {
			a.Reason = verdict.IssuerNotListed
		}
		a.State = verdict.Pass
		if !accept.Accepts(b.Level) {
			a.State, a.Reason = verdict.Unknown, cmp.Or(a.Reason, verdict.IssuerUnvouched)
			if accept != verdict.LevelListed {
				a.Reason = verdict.IssuerUnvouched
			}
		}
	}
	return a, name
}

// endorser judges who stands behind an endorsement by the same policy: one below
// the line is not shown as good.
func (p Policy) endorser(e *verdict.Endorsed) {
	good := e.Result == verdict.Authentic || e.Result == verdict.Unvouched || e.Reason == verdict.IssuerBlocked
	if !good {
		e.Issuer.Shown, e.Level = "", ""
		return
	}
	if e.Backing == (verdict.Backing{}) {
		e.Backing = standing.Of(e.Issuer.ID, nil)
	}
	a, name := p.standing(e.Issuer, e.Backing, true, nil)
	e.Level, e.Reason, e.Result = a.Level, "", verdict.Authentic
	switch a.State {
	case verdict.Fail:
		e.Result, e.Reason = verdict.Rejected, a.Reason
	case verdict.Unknown:
		e.Result, e.Reason = verdict.Unvouched, a.Reason
	}
	e.Issuer.Shown = e.Backing.Shown(a.Level, name, seen(e.Issuer.Name))
}

// back finds who stands behind a proven issuer, and behind those who endorse.
func (v *Verifier) back(ctx context.Context, f fetch.Fetcher, out *Verdict, who Applicant) {
	if out.Aspects.Issuer.State == verdict.Pass && out.Aspects.Integrity.State == verdict.Pass {
		by := out.Credential.Issuer
		if out.Seal == nil { // whose certificate says who stands behind it
			out.Backing = standing.Of(by.ID, v.local)
		}
		if out.Backing.Level == verdict.LevelKey && strings.HasPrefix(by.ID, "did:") {
			if b, e, ok := v.confirmed(ctx, f, by); ok {
				out.Backing = b
				out.Aspects.Standing.Evidence = []verdict.Evidence{e}
			}
		}
		if out.Backing.Level == verdict.LevelDomain && out.Backing.Path != "" && out.Backing.Platform == "" {
			if e, ok := v.hostSpeaks(ctx, f, by.ID, out.Signer); ok {
				out.Backing.Path = ""
				out.Aspects.Standing.Evidence = []verdict.Evidence{e}
			}
		}
		if own(out, who) {
			out.Backing.Level = verdict.LevelSelf
		} else if addressOn(by.ID, who) && out.Backing.Level == verdict.LevelDomain && out.Backing.Platform == "" {
			out.Warnings = append(out.Warnings, verdict.WarnSameDomain)
		}
	}
	for i := range out.Endorsements {
		e := &out.Endorsements[i]
		if e.Result == verdict.Authentic {
			e.Backing = standing.Of(e.Issuer.ID, v.local)
			if ownID(e.Issuer.ID, "", out.Credential.SubjectID, who) {
				e.Backing.Level = verdict.LevelSelf
			}
		}
	}
}

func (v *Verifier) local(hostport string) bool { return slices.Contains(v.o.Local, hostport) }

// own reports whether the issuer is the applicant, or whomever the badge names: by
// its id, its key or its site.
func own(out *Verdict, who Applicant) bool {
	issuer := out.Credential.Issuer.ID
	return ownID(issuer, out.Signer, out.Credential.SubjectID, who) || slices.ContainsFunc(out.Credential.Identities, func(id verdict.Identity) bool {
		return id.Kind == "id" && ownID(issuer, out.Signer, id.Value, who) // of several subjects, each
	})
}

func ownID(issuer, signer, subject string, who Applicant) bool {
	theirs := make([]string, 0, len(who.IDs)+1)
	theirs = append(theirs, who.IDs...)
	if strings.HasPrefix(subject, "did:") || issuer == subject {
		theirs = append(theirs, subject)
	}
	site := ""
	if u := standing.URL(issuer); u != nil {
		site = standing.Site(standing.Host(u))
	}
	for _, id := range theirs {
		switch {
		case id == "":
		case personKey(id) == personKey(issuer):
			return true
		case signer != "" && did.Thumbprint(id) == signer:
			return true
		case site != "" && id != subject && standing.OwnSite(id) == site:
			return true
		}
	}
	return false
}

// addressOn reports whether an address of the applicant lies on the issuer's
// domain.
func addressOn(issuer string, who Applicant) bool {
	u := standing.URL(issuer)
	if u == nil {
		return false
	}
	domain := standing.Registrable(standing.Host(u))
	return slices.ContainsFunc(slices.Concat(who.Emails, who.Proven), func(e string) bool {
		_, host, ok := strings.Cut(e, "@")
		return ok && standing.Registrable(lower(host)) == domain
	})
}

// Bounds of asking domains for the keys that they confirm.
const (
	linkFor     = 24 * time.Hour   // how long an answer holds
	linkAgain   = 10 * time.Minute // how long a host that gave none is left alone
	maxLinks    = 4096             // answers that are kept
	maxLinked   = 16               // credentials of one answer that are judged
	linkBytes   = 1 << 20
	maxNaming   = 3 // levels of a root's JSON in which an issuer's id is looked for
	linkSuite   = "/.well-known/did-configuration.json"
	linkageType = "DomainLinkageCredential"
)

// links keeps what domains said of keys.
type links struct {
	mu sync.Mutex
	m  map[string]link
}

type link struct {
	ok       bool
	until    time.Time
	evidence verdict.Evidence
}

func newLinks() *links { return &links{m: map[string]link{}} }

func (l *links) get(key string, now time.Time) (link, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, ok := l.m[key]
	return x, ok && now.Before(x.until)
}

func (l *links) put(key string, x link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.m) >= maxLinks {
		clear(l.m)
	}
	l.m[key] = x
}

// confirmed asks the domain that a signed issuer names as its url whether the
// issuer's DID is its own (DIF Well Known DID Configuration §4): a linkage
// credential signed by that DID and naming that origin. A domain that does not
// answer has confirmed nothing.
func (v *Verifier) confirmed(ctx context.Context, f fetch.Fetcher, by verdict.Party) (verdict.Backing, verdict.Evidence, bool) {
	u, ok := read.HTTPURL(by.URL)
	if !ok || u.Scheme != "https" {
		return verdict.Backing{}, verdict.Evidence{}, false
	}
	origin := (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	b, ok := standing.Confirmed(origin+"/", v.local)
	if !ok {
		return b, verdict.Evidence{}, false
	}
	id, _, _ := strings.Cut(by.ID, "#")
	key, now := id+" "+origin, v.o.Now()
	x, known := v.links.get(key, now)
	if !known {
		n := &noting{Fetcher: f}
		if x = v.linkage(ctx, n, id, origin, now); !n.later.Load() {
			v.links.put(key, x)
		}
	}
	return b, x.evidence, x.ok
}

// hostSpeaks asks whether the host of an issuer that lies at a path of it is that
// issuer, so that the path need not be told: the did:web document or the key set
// of the host names the key that signed the badge, or the JSON at its root names the
// issuer's id. Links in a page are not read: users of the host may have put them
// there.
func (v *Verifier) hostSpeaks(ctx context.Context, f fetch.Fetcher, id, signer string) (verdict.Evidence, bool) {
	u := standing.URL(id)
	if u == nil || u.Scheme != "https" || v.local(read.Authority(u)) {
		return verdict.Evidence{}, false
	}
	origin := (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	key, now := "host "+id+" "+signer, v.o.Now()
	x, known := v.links.get(key, now)
	if !known {
		n := &noting{Fetcher: f}
		if x = v.hostNames(ctx, n, u.Host, origin, id, signer, now); !n.later.Load() {
			v.links.put(key, x)
		}
	}
	return x.evidence, x.ok
}

// noting notes that a host is to be asked later: what follows from that is not to be
// remembered.
type noting struct {
	fetch.Fetcher
	later atomic.Bool
}

func (n *noting) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	resp, err := n.Fetcher.Fetch(ctx, r)
	if errors.Is(err, fetch.ErrLater) {
		n.later.Store(true)
	}
	return resp, err
}

func (v *Verifier) hostNames(ctx context.Context, f fetch.Fetcher, host, origin, id, signer string, now time.Time) link {
	out := link{until: now.Add(linkFor)}
	if signer != "" {
		keys := did.New(f, did.Options{Now: func() time.Time { return now }})
		for _, issuer := range []string{"did:web:" + strings.ReplaceAll(host, ":", "%3A"), origin + "/"} {
			_, read, err := keys.ResolveThumbprint(ctx, issuer, signer)
			switch {
			case err == nil && len(read) > 0:
				out.ok, out.evidence = true, read[len(read)-1]
				out.evidence.Note = "the host names this key as its own"
				return out
			case errors.Is(err, fetch.ErrBudget), errors.Is(err, context.Canceled):
				return link{}
			case fetch.Temporary(err):
				out.until = now.Add(linkAgain)
			}
		}
	}
	d, err := fetch.Get(ctx, f, fetch.Request{URL: origin + "/", Accept: "application/ld+json, application/json", MaxBytes: linkBytes, SameHost: true})
	switch {
	case errors.Is(err, fetch.ErrBudget), errors.Is(err, context.Canceled):
		return link{}
	case err != nil && fetch.Temporary(err):
		out.until = now.Add(linkAgain)
	case err == nil && d.Status == 200 && names(map[string]any(d.Object), id, maxNaming):
		out.ok, out.evidence = true, d.Evidence
		out.evidence.Note = "the host's root names this issuer"
	}
	return out
}

// names reports whether one of the values in a document is an id.
func names(v any, id string, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v := v.(type) {
	case string:
		return v == id
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return names(e, id, depth-1) })
	case map[string]any:
		for _, e := range v {
			if names(e, id, depth-1) {
				return true
			}
		}
	}
	return false
}

func (v *Verifier) linkage(ctx context.Context, f fetch.Fetcher, id, origin string, now time.Time) link {
	resp, err := f.Fetch(ctx, fetch.Request{URL: origin + linkSuite, Accept: "application/json", MaxBytes: linkBytes, SameHost: true})
	switch {
	case errors.Is(err, fetch.ErrBudget), errors.Is(err, context.Canceled):
		return link{}
	case err != nil:
		return link{until: now.Add(linkAgain)}
	case !resp.Gives() && !resp.Denies():
		return link{until: now.Add(linkAgain)}
	}
	out := link{until: now.Add(linkFor)}
	if resp.Status != 200 {
		return out
	}
	o, err := read.ParseObject(resp.Text(), read.Limits{Bytes: linkBytes})
	if err != nil {
		return out
	}
	list := read.Object(o).List("linked_dids")
	for _, e := range list[:min(len(list), maxLinked)] {
		if v.vc.Linked(ctx, v.env(f, now), e, id, origin) {
			out.ok, out.evidence = true, resp.Evidence("the domain names this key as its own")
			return out
		}
	}
	return out
}

package examine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"assay/extract"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/verdict"
)

// judged is one badge, verified once.
type judged struct {
	a         verify.Assertion
	verdict   verify.Verdict
	skills    []skills.Skill
	contained [][]skills.Skill
}

func key(n *node) string {
	h := sha256.New()
	h.Write([]byte(n.origin + "\x00" + n.Ambiguous + "\x00"))
	h.Write([]byte(n.Payload))
	return hex.EncodeToString(h.Sum(nil))
}

// walk calls f for every badge and link below nodes with the place of the link, or
// links, that led to it, and the first of these.
func walk(nodes []*node, via []extract.Place, depth int, from *link, f func(n *node, via []extract.Place, from *link)) {
	for _, n := range nodes {
		f(n, via, from)
		if n.link != nil && depth < hops {
			next := places(via, n.Places)
			if n.top {
				next = nil // what it gives begins with its URL anyway
			}
			first := from
			if first == nil {
				first = n.link
			}
			walk(n.link.nodes, next, depth+1, first, f)
		}
	}
}

// places gives inner as seen from outside, through the first of the places of
// the link that led there.
func places(via, inner []extract.Place) []extract.Place {
	if len(via) == 0 {
		return inner
	}
	out := make([]extract.Place, len(inner))
	for i, p := range inner {
		p.Where = via[0].Where + " > " + p.Where
		out[i] = p
	}
	return out
}

func (x *exam) judge(ctx context.Context, docs []*doc, who verify.Applicant, words map[string]string) {
	var todo []*judged
	for _, d := range docs {
		walk(d.nodes, nil, 0, nil, func(n *node, _ []extract.Place, _ *link) {
			if n.Kind == extract.KindLink {
				return
			}
			k := key(n)
			if x.verdicts[k] == nil {
				j := &judged{a: verify.Assertion{Payload: []byte(n.Payload), Origin: n.origin, Ambiguous: n.Ambiguous}, verdict: verdict.NotJudged(verdict.InternalFault)}
				x.verdicts[k] = j
				todo = append(todo, j)
			}
		})
	}
	x.each("judging a badge", len(todo), nil, func(i int) {
		j := todo[i]
		if ctx.Err() != nil {
			j.verdict = pending(verdict.LimitTime)
			return
		}
		bctx, cancel := context.WithTimeout(ctx, x.o.Limits.Badge)
		defer cancel()
		var err error
		if j.verdict, err = x.verifier.Verify(bctx, j.a, who); err != nil {
			x.keep(err)
		}
		tax := x.o.Taxonomy()
		record.NoteCertificate(&j.verdict, tax)
		resolve := func(c verdict.Credential) []skills.Skill { return tax.Mapped(tax.Resolve(c), words) }
		j.skills = record.SkillsOf(&j.verdict, resolve)
		for i := range j.verdict.Contained {
			record.NoteCertificate(&j.verdict.Contained[i], tax)
			j.contained = append(j.contained, record.SkillsOf(&j.verdict.Contained[i], resolve))
		}
	}, func(i int) { *todo[i] = judged{verdict: verdict.NotJudged(verdict.InternalFault)} })
}

// pending is the verdict on a badge that could not be asked for yet.
func pending(r verdict.Reason) verify.Verdict {
	v := verify.Verdict{Result: verdict.Pending, Reason: r, Aspects: verdict.Unasked()}
	v.Aspects.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: r, Passing: true}
	return v
}

func refused(r verdict.Reason) verify.Verdict {
	v := verify.Verdict{Result: verdict.Rejected, Reason: r, Aspects: verdict.Unasked()}
	v.Aspects.Integrity = verdict.Aspect{State: verdict.Fail, Reason: r}
	return v
}

// noBadge is the verdict on a link behind which a badge should have been, when
// that is worth a finding of its own: a bake, the page of a known provider, or one
// by which a badge was shared.
func noBadge(n *node) (verify.Verdict, bool) {
	l := n.link
	switch {
	case claimed(n):
		return claim(n.Link.Provider), true
	case l == nil:
		return verify.Verdict{}, false
	case l.unshare && l.empty, l.skipped == SkippedNotFound && (l.unshare || n.Link != nil && n.Link.Share):
		return verdict.NotJudged(verdict.NotShared), true
	case l.skipped == "" && l.empty && n.Bake:
		return refused(verdict.NotABadge), true
	case l.skipped == "" && l.empty && (class(n) == classKnown && !portal(n) || l.led):
		by := l.by
		if n.Link != nil {
			by = cmp.Or(by, n.Link.Provider)
		}
		return claim(by), true
	case l.skipped == SkippedNotFound && l.status == http.StatusGone && n.top && class(n) != "":
		return refused(verdict.Gone), true
	case l.skipped != "" && n.Bake:
		return bakeUnread(l), true
	case l.skipped != "" && (class(n) == classKnown && !portal(n) || l.led):
		return providerUnread(l)
	}
	return verify.Verdict{}, false
}

// claim is the verdict on a page that tells of a badge, with whose page it is; its
// address may name a person.
func claim(provider string) verify.Verdict {
	v := verdict.NotJudged(verdict.ClaimOnly)
	if provider != "" {
		v.Aspects.Integrity.Detail = "shown by " + provider
	}
	return v
}

// bakeUnread is the verdict on a bake whose address gave no badge.
func bakeUnread(l *link) verify.Verdict {
	switch l.skipped {
	case SkippedNotFound:
		if l.status == http.StatusGone {
			return refused(verdict.Gone)
		}
		return refused(verdict.NotFound)
	case SkippedOffline:
		return pending(verdict.Offline)
	}
	if v, ok := providerUnread(l); ok {
		return v
	}
	// Refused addresses look like dead ones: nothing is told of the network.
	return pending(verdict.HostUnreachable)
}

// providerUnread is the verdict on the page of a known provider that could not
// be asked, or would not give it out; that it is not there, or who forbade to
// ask, is no finding.
func providerUnread(l *link) (verify.Verdict, bool) {
	switch l.skipped {
	case SkippedTime:
		return pending(verdict.LimitTime), true
	case SkippedBudget:
		return pending(verdict.Budget), true
	case SkippedLater:
		return pending(verdict.BeingAsked), true
	case SkippedBusy, SkippedNoAnswer, SkippedStatus:
		if errors.Is(l.err, fetch.ErrBudget) {
			return pending(verdict.Budget), true
		}
		return pending(verdict.HostUnreachable), true
	case SkippedFault:
		return verdict.NotJudged(verdict.InternalFault), true
	}
	return verify.Verdict{}, false
}

// report puts together what was found below one document, each badge once.
func (x *exam) report(d *doc) Report {
	r := Report{Document: d.name, Findings: []Finding{}, Unread: []extract.Unread{}}
	r.Unread = append(r.Unread, d.unread...)
	at := map[string]int{}
	add := func(f Finding) {
		if i, ok := at[f.key]; ok {
			r.Findings[i].Places = append(r.Findings[i].Places, f.Places...)
			return
		}
		at[f.key] = len(r.Findings)
		r.Findings = append(r.Findings, f)
	}
	seen := map[*link]bool{}
	beyond := map[*link]int{} // by page, its first link that is too far: it stands for all
	walk(d.nodes, nil, 0, nil, func(n *node, via []extract.Place, from *link) {
		ps := places(via, n.Places)
		if n.Kind != extract.KindLink {
			j := x.verdicts[key(n)]
			if j == nil { // judging ended before it came to this one
				j = &judged{verdict: verdict.NotJudged(verdict.InternalFault)}
			}
			add(Finding{Where: ps[0].Where, Places: ps, Carrier: n.Carrier, Verdict: j.verdict, Skills: j.skills, Inner: j.contained, Link: from.address(), key: key(n)})
			return
		}
		if n.link != nil && n.link.kept != nil {
			if !seen[n.link] {
				seen[n.link] = true
				for i, f := range n.link.kept.Findings {
					f.Link, f.key = n.link.url, "kept "+strconv.Itoa(i)+" "+n.link.url
					add(f)
				}
				r.Unread = append(r.Unread, n.link.kept.Unread...)
				r.NotFollowed = append(r.NotFollowed, n.link.kept.NotFollowed...)
			}
			return
		}
		if v, ok := noBadge(n); ok {
			first := from
			if first == nil {
				first = n.link
			}
			add(Finding{Where: ps[0].Where, Places: ps, Carrier: n.Carrier, Verdict: v, Link: first.address(), key: "link " + target(n)})
		}
		if n.link == nil || seen[n.link] {
			return
		}
		seen[n.link] = true
		if s := cameTo(n); s != "" && (len(via) == 0 || speaks(n) || x.o.Follow == FollowAll || x.o.Follow == FollowPortfolio) {
			u := Unfollowed{Where: ps[0].Where, URL: n.link.url, Reason: s, Pending: s.Passes() && (n.top || speaks(n))}
			if s != SkippedHops || len(via) == 0 {
				r.NotFollowed = append(r.NotFollowed, u)
			} else if i, ok := beyond[from]; ok {
				r.NotFollowed[i].More++
			} else {
				beyond[from] = len(r.NotFollowed)
				r.NotFollowed = append(r.NotFollowed, u)
			}
		}
		for _, u := range n.link.unread {
			u.Where = ps[0].Where + " > " + u.Where
			r.Unread = append(r.Unread, u)
		}
	})
	r.Findings = merge(r.Findings)
	return r
}

// address is the URL that was asked, "" of no link.
func (l *link) address() string {
	if l == nil {
		return ""
	}
	return l.url
}

// cameTo says why a link led to no badge, "" when it did or a finding says so.
func cameTo(n *node) Skipped {
	l := n.link
	if _, found := noBadge(n); l.skipped == "" && l.empty && !found && len(l.unread) == 0 {
		return SkippedNoBadge
	}
	return l.skipped
}

// speaks reports whether a link speaks of a badge. One that does not is told of
// where it stands in what was sent; a page is full of such.
func speaks(n *node) bool {
	c := class(n)
	return c == classKnown || c == classLikely
}

// merge makes one finding of those that are the same badge with the same
// verdict, such as a baked copy and the hosted one behind a link.
func merge(fs []Finding) []Finding {
	type id struct {
		credential, issuer string
		result             verdict.Result
		reason             verdict.Reason
	}
	at := map[id]int{}
	out := fs[:0]
	for _, f := range fs {
		c := f.Credential
		k := id{c.ID, c.Issuer.ID, f.Result, f.Reason}
		if c.ID == "" || f.Result != verdict.Verified && f.Result != verdict.Authentic {
			out = append(out, f)
			continue
		}
		if i, ok := at[k]; ok && out[i].Proof == f.Proof {
			out[i].Places = append(out[i].Places, f.Places...)
			continue
		}
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// Merged gives the badges of all reports, each once.
func Merged(reports []Report) []Finding {
	var all []Finding
	at := map[string]int{}
	for _, r := range reports {
		for _, f := range r.Findings {
			if i, ok := at[f.key]; ok && f.key != "" {
				all[i].Places = append(append([]extract.Place(nil), all[i].Places...), f.Places...)
				continue
			}
			at[f.key] = len(all)
			all = append(all, f)
		}
	}
	return merge(all)
}

// credential is verdict.Credential with its skills beside it.
type credential struct {
	verify.Credential
	Skills []skills.Skill `json:"skills"`
}

type contained struct {
	verify.Verdict
	Credential credential `json:"credential"`
}

// MarshalJSON writes the form of `assay check --json`.
func (f Finding) MarshalJSON() ([]byte, error) {
	out := struct {
		Where        string              `json:"where"`
		Places       []extract.Place     `json:"places,omitempty"`
		Carrier      string              `json:"carrier"`
		Format       verdict.Format      `json:"format"`
		Proof        string              `json:"proof"`
		Result       verify.Result       `json:"result"`
		Reason       verify.Reason       `json:"reason,omitempty"`
		Aspects      verify.Aspects      `json:"aspects"`
		Credential   credential          `json:"credential"`
		Unconfirmed  verdict.Unconfirmed `json:"unconfirmed,omitzero"`
		Seal         *verdict.Seal       `json:"seal,omitempty"`
		Endorsements []verdict.Endorsed  `json:"endorsements,omitempty"`
		Contained    []contained         `json:"contained,omitempty"`
		Warnings     []verdict.Warning   `json:"warnings,omitempty"`
	}{
		Where: f.Where, Carrier: f.Carrier, Format: f.Format, Proof: f.Proof, Result: f.Result, Reason: f.Reason,
		Aspects: f.Aspects, Credential: credential{f.Credential, listed(f.Skills)}, Unconfirmed: f.Unconfirmed, Seal: f.Seal,
		Endorsements: f.Endorsements, Warnings: f.Warnings,
	}
	if len(f.Places) > 1 || len(f.Places) == 1 && (f.Places[0].Offset > 0 || f.Places[0].Object > 0 || len(f.Places[0].Flags) > 0) {
		out.Places = f.Places
	}
	for i, v := range f.Contained {
		c := contained{Verdict: v, Credential: credential{v.Credential, []skills.Skill{}}}
		if i < len(f.Inner) {
			c.Credential.Skills = listed(f.Inner[i])
		}
		out.Contained = append(out.Contained, c)
	}
	// A place reads "a > b", not "a \u003e b".
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(out)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// listed is s, and an empty list for none.
func listed(s []skills.Skill) []skills.Skill {
	if s == nil {
		return []skills.Skill{}
	}
	return s
}

package ob2

import (
	"errors"
	"time"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/verdict"
)

// maxList bounds a revocation list.
const maxList = 2 << 20

// judgeStatus asks whether the issuer has taken the badge back. A hosted badge
// says so itself; a signed one stands in its issuer's list, or in one of them.
func (j *job) judgeStatus(signed bool) {
	a := &j.v.Aspects
	if a.Status = takenBack(j.assertion, j.env.Now); a.Status.State != verdict.None {
		return
	}
	if !signed {
		a.Status = verdict.Aspect{State: verdict.Pass, Evidence: j.assertion.evidence}
		return
	}
	if j.issuer.obj == nil {
		// Whether there is a list stands in the document that is missing.
		a.Status = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnreachable, Passing: a.Issuer.Passing}
		return
	}
	by, _ := j.authority()
	if j.assertion.obj.Has("status") {
		// A claim of a token (Token Status List), which is not read.
		a.Status = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnknownType, Detail: "the claim status of a token"}
	}
	// Without a list the issuer does not revoke.
	for i, l := range by.revocationLists() {
		if i == maxLists {
			a.Status = worse(a.Status, verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Detail: "more revocation lists than are asked"})
			break
		}
		if named := j.embedded(l); named.State != verdict.None {
			a.Status = worse(a.Status, named)
		}
		a.Status = worse(a.Status, j.list(by, j.resolve(read.ID(l))))
	}
}

// embedded is what a list that stands in the issuer's profile says there of the
// assertion, none where it does not name it: what lies at the list's id may be older,
// or empty.
func (j *job) embedded(list any) verdict.Aspect {
	o, _ := list.(map[string]any)
	entries := o["revokedAssertions"]
	if entries == nil && o != nil {
		entries = o // of ids and reasons, as Open Badges 1 has it
	}
	switch answer, entry := j.among(entries); answer {
	case read.Yes:
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Detail: verdict.Clip(entry.Str("revocationReason")), Evidence: j.issuer.evidence}
	case read.Unclear:
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnclear, Evidence: j.issuer.evidence}
	}
	return verdict.Aspect{State: verdict.None}
}

// among looks the assertion up among entries of what was taken back, by each of its names.
func (j *job) among(entries any) (read.Answer, read.Object) {
	return read.TakenBack(entries, j.called()...)
}

// mentioned reports whether a list names the assertion anywhere.
func (j *job) mentioned(list read.Object) bool {
	return read.Mentions(map[string]any(list), j.called()...)
}

// called gives the ids of the assertion that a list may have.
func (j *job) called() []string {
	o := j.assertion.obj
	return []string{o.Text("id"), o.Text("@id"), o.Text("uid"), j.assertion.id}
}

// maxLists bounds how many revocation lists of one issuer are asked.
const maxLists = 4

// worse gives the answer that counts of two lists': fail before unknown.
func worse(a, b verdict.Aspect) verdict.Aspect {
	rank := map[verdict.State]int{verdict.Pass: 1, verdict.Unknown: 2, verdict.Fail: 3}
	if rank[b.State] > rank[a.State] {
		a, b = b, a
	}
	a.Evidence = append(a.Evidence, b.Evidence...)
	return a
}

// takenBack is what an object itself says of having been revoked; none when it
// does not.
func takenBack(p part, now time.Time) verdict.Aspect {
	switch p.obj.Denied("revoked", now) {
	case read.Yes:
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Detail: verdict.Clip(p.obj.Str("revocationReason")), Evidence: p.evidence}
	case read.Unclear:
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnclear, Evidence: p.evidence}
	}
	return verdict.Aspect{State: verdict.None}
}

// list looks the assertion up in a revocation list: of OB 2 (type
// RevocationList, revokedAssertions) or of OB 1 (an object of uid and reason).
func (j *job) list(by authority, where string) verdict.Aspect {
	if _, ok := read.HTTPURL(where); !ok {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Detail: "the revocation list has no http address"}
	}
	j.warnPlain(where)
	d, err := fetch.Get(j.ctx, j.env.Fetcher, fetch.Request{URL: where, MaxBytes: maxList, PlainHTTP: true})
	if errors.Is(err, fetch.ErrFormat) || errors.Is(err, fetch.ErrImage) {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Evidence: []verdict.Evidence{d.Evidence}}
	}
	if err != nil {
		r := fetch.Unreached(err, where)
		r.State, r.Reason = verdict.Unknown, verdict.StatusUnreachable
		if errors.Is(err, fetch.ErrWithheld) {
			r.Evidence = []verdict.Evidence{d.Evidence}
		}
		return r
	}
	ev := []verdict.Evidence{d.Evidence}
	if d.Status/100 != 2 || d.Object == nil {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnreachable, Passing: true, Evidence: ev}
	}
	d.Object = read.Plain(d.Object)
	old := j.v.Format == verdict.OB10 || j.v.Format == verdict.OB11
	entries := d.Object["revokedAssertions"]
	named := d.Object.Has("revokedAssertions") || d.Object.IsType("RevocationList")
	if !named && old {
		entries = map[string]any(d.Object)
	}
	answer, entry := j.among(entries)
	if answer == read.No && !d.Object.Has("revokedAssertions") && j.mentioned(d.Object) {
		answer = read.Unclear // in a member of another name
	}
	if answer == read.Yes {
		// Whoever says it: he answered where the issuer's profile points.
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Detail: verdict.Clip(entry.Str("revocationReason")), Evidence: ev}
	}
	unknown := func(r verdict.Reason, detail string) verdict.Aspect {
		return verdict.Aspect{State: verdict.Unknown, Reason: r, Detail: detail, Evidence: ev}
	}
	asked, _ := read.HTTPURL(where)
	if final, ok := read.HTTPURL(d.URL); !ok || !read.SameOrigin(asked, final) {
		return unknown(verdict.StatusForeign, "another host answered for the list")
	}
	switch issuer := read.ID(d.Object["issuer"]); {
	case !named && !old:
		return unknown(verdict.StatusInvalid, "not a RevocationList")
	case !named:
	case issuer == "":
		j.warn(verdict.WarnListNoIssuer)
	case !by.is(issuer):
		return unknown(verdict.StatusForeign, "the list is another issuer's")
	}
	if answer == read.Unclear {
		return unknown(verdict.StatusUnclear, "")
	}
	return verdict.Aspect{State: verdict.Pass, Evidence: ev}
}

// judgeDates compares issuedOn and expires with now (OB2 "Assertion"). A date that
// cannot be read says nothing against the badge, and one of issue that is not
// there nothing at all.
func (j *job) judgeDates() {
	a := &j.v.Aspects
	o := j.assertion.obj
	var unread []string
	begin := "issuedOn"
	if !o.Has(begin) {
		begin = "issued_on" // OB0.5, and some of OB1
	}
	from, ok := o.Latest(begin)
	if !ok {
		unread = append(unread, read.Quoted(begin, o[begin]))
	}
	to, ok := o.Earliest("expires")
	if !ok {
		unread = append(unread, read.Quoted("expires", o["expires"]))
	}
	j.v.Credential.Issued = from
	if j.in.Token != nil {
		// Tokens have claims of their own on it (RFC 7519 §4.1).
		exp, ends := read.Since(o["exp"])
		nbf, begins := read.Since(o["nbf"])
		for name, unclear := range map[string]bool{"exp": ends != read.No && exp.IsZero(), "nbf": begins != read.No && nbf.IsZero()} {
			if unclear {
				unread = append(unread, read.Quoted(name, o[name]))
			}
		}
		to = read.Sooner(to, exp)
		if nbf.After(from) {
			from = nbf
		}
	}
	j.v.Credential.Expires = to
	a.Dates = verdict.OfDates(from, to, j.env.Now, Skew, unread)
	if a.Dates.State == verdict.Pass && from.IsZero() && j.v.Format != verdict.OB05 {
		a.Dates.Reason = verdict.DateMissing
	}
}

package ob2

import (
	"errors"
	"fmt"
	"strings"
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
		a.Status = worse(a.Status, j.list(by, j.resolve(read.ID(l))))
	}
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
		return r
	}
	ev := []verdict.Evidence{d.Evidence}
	if d.Status/100 != 2 || d.Object == nil {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnreachable, Passing: true, Evidence: ev}
	}
	asked, _ := read.HTTPURL(where)
	if final, ok := read.HTTPURL(d.URL); !ok || !read.SameOrigin(asked, final) {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusForeign, Detail: "another host answered for the list", Evidence: ev}
	}
	old := j.v.Format == verdict.OB10 || j.v.Format == verdict.OB11
	entries := d.Object["revokedAssertions"]
	switch issuer := read.ID(d.Object["issuer"]); {
	case !d.Object.Has("revokedAssertions") && !d.Object.IsType("RevocationList"):
		if !old {
			return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Detail: "not a RevocationList", Evidence: ev}
		}
		entries = map[string]any(d.Object)
	case issuer == "":
		j.warn(verdict.WarnListNoIssuer)
	case !sameID(issuer, by.id):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusForeign, Evidence: ev}
	}
	o := j.assertion.obj
	switch answer, entry := read.TakenBack(entries, o.Text("id"), o.Text("@id"), o.Text("uid"), j.assertion.id); answer {
	case read.Yes:
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Detail: verdict.Clip(entry.Str("revocationReason")), Evidence: ev}
	case read.Unclear:
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnclear, Evidence: ev}
	}
	return verdict.Aspect{State: verdict.Pass, Evidence: ev}
}

// judgeDates compares issuedOn and expires with now (OB2 "Assertion").
func (j *job) judgeDates() {
	a := &j.v.Aspects
	o := j.assertion.obj
	issued, expires := o.Text("issuedOn"), o.Text("expires")
	if j.v.Format == verdict.OB05 && issued == "" {
		issued = o.Text("issued_on")
	}
	fail := func(r verdict.Reason) { a.Dates = verdict.Aspect{State: verdict.Fail, Reason: r} }
	if issued == "" && j.v.Format != verdict.OB05 {
		fail(verdict.DateMissing)
		return
	}
	var from, to time.Time
	var err error
	if issued != "" {
		if from, err = ParseTime(issued); err != nil {
			fail(verdict.DateMalformed)
			return
		}
		j.v.Credential.Issued = from
	}
	if o.Has("expires") {
		if to, err = ParseTime(expires); err != nil {
			fail(verdict.DateMalformed)
			return
		}
		if dateOnly(expires) {
			to = to.Add(24*time.Hour - time.Second) // to the end of the day
		}
		j.v.Credential.Expires = to
	}
	// Tokens have claims of their own on it (RFC 7519 §4.1).
	unclear := false
	if j.in.Token != nil {
		exp, ends := read.Since(o["exp"])
		nbf, begins := read.Since(o["nbf"])
		unclear = ends != read.No && exp.IsZero() || begins != read.No && nbf.IsZero()
		if !exp.IsZero() && (to.IsZero() || exp.Before(to)) {
			to = exp
			j.v.Credential.Expires = to
		}
		if nbf.After(from) {
			from = nbf
		}
	}
	switch {
	case from.After(j.env.Now.Add(Skew)):
		fail(verdict.NotYetValid)
	case !to.IsZero() && to.Before(from):
		fail(verdict.DateMalformed)
		a.Dates.Detail = "expires before it is issued"
	case !to.IsZero() && !to.After(j.env.Now):
		fail(verdict.PastEnd)
	case unclear:
		a.Dates = verdict.Aspect{State: verdict.Unknown, Reason: verdict.DateMalformed}
	default:
		a.Dates = verdict.Aspect{State: verdict.Pass}
	}
}

func dateOnly(s string) bool { return len(s) == len("2006-01-02") && strings.Count(s, "-") == 2 }

// ParseTime reads the dates of Open Badges before 3.0: ISO 8601 with or without
// time and zone (none is UTC), or seconds since 1970.
func ParseTime(s string) (time.Time, error) {
	if t, ok := read.Moment(s); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("no date: %w", errDate)
}

var errDate = errors.New("neither ISO 8601 nor seconds since 1970")

// zoned reports whether an ISO 8601 date-time says its zone.
func zoned(s string) bool {
	t := strings.IndexByte(s, 'T')
	return t > 0 && (strings.HasSuffix(s, "Z") || strings.ContainsAny(s[t:], "+-"))
}

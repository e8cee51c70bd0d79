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
// says so itself; a signed one stands in its issuer's list.
func (j *job) judgeStatus(signed bool) {
	a := &j.v.Aspects
	if j.assertion.obj.Bool("revoked") {
		a.Status = verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked,
			Detail: verdict.Clip(j.assertion.obj.Str("revocationReason")), Evidence: j.assertion.evidence}
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
	where, named := by.revocationList()
	if !named {
		return // none: the issuer does not revoke
	}
	a.Status = j.list(by, j.resolve(where))
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
	var ids []string
	for _, m := range []string{"id", "uid"} {
		if s := j.assertion.obj.Text(m); s != "" {
			ids = append(ids, s)
		}
	}
	revoked := func(reason any) verdict.Aspect {
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Detail: verdict.Clip(read.Text(reason)), Evidence: ev}
	}
	if !d.Object.Has("revokedAssertions") && !d.Object.IsType("RevocationList") {
		if j.v.Format != verdict.OB10 && j.v.Format != verdict.OB11 {
			return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Detail: "not a RevocationList", Evidence: ev}
		}
		for _, id := range ids {
			if reason, ok := d.Object[id]; ok {
				return revoked(reason)
			}
		}
		return verdict.Aspect{State: verdict.Pass, Evidence: ev}
	}
	switch issuer, _ := d.Object.Ref("issuer"); {
	case issuer == "":
		j.warn(verdict.WarnListNoIssuer)
	case !sameID(issuer, by.id):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusForeign, Evidence: ev}
	}
	for _, e := range d.Object.List("revokedAssertions") {
		switch x := e.(type) {
		case string:
			if named(ids, x) {
				return revoked(nil)
			}
		case map[string]any:
			o := read.Object(x)
			if (named(ids, o.Text("id")) || named(ids, o.Text("uid"))) && (!o.Has("revoked") || o.Bool("revoked")) {
				return revoked(o.Str("revocationReason"))
			}
		}
	}
	return verdict.Aspect{State: verdict.Pass, Evidence: ev}
}

func named(ids []string, s string) bool {
	if s == "" {
		return false
	}
	for _, id := range ids {
		if sameID(id, s) {
			return true
		}
	}
	return false
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
	switch {
	case from.After(j.env.Now.Add(Skew)):
		fail(verdict.NotYetValid)
	case !to.IsZero() && to.Before(from):
		fail(verdict.DateMalformed)
		a.Dates.Detail = "expires before it is issued"
	case !to.IsZero() && !to.After(j.env.Now):
		fail(verdict.Expired)
	default:
		a.Dates = verdict.Aspect{State: verdict.Pass}
	}
}

func dateOnly(s string) bool { return len(s) == len("2006-01-02") && strings.Count(s, "-") == 2 }

// ParseTime reads the dates of Open Badges before 3.0: ISO 8601 with or without
// time and zone (none is UTC), or seconds since 1970.
func ParseTime(s string) (time.Time, error) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999Z0700",
		"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05Z07:00", "2006-01-02",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	if n := len(s); n > 0 && n <= 11 && strings.Trim(s, "0123456789") == "" {
		var sec int64
		for _, c := range s {
			sec = sec*10 + int64(c-'0')
		}
		return time.Unix(sec, 0).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("ob2: no date: %w", errDate)
}

var errDate = errors.New("neither ISO 8601 nor seconds since 1970")

// zoned reports whether an ISO 8601 date-time says its zone.
func zoned(s string) bool {
	t := strings.IndexByte(s, 'T')
	return t > 0 && (strings.HasSuffix(s, "Z") || strings.ContainsAny(s[t:], "+-"))
}

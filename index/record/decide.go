package record

import (
	"reflect"
	"slices"

	"assay/verify/verdict"
)

// Redecide decides every verdict of an application again and works out what
// follows, with the skills that the claims have: nothing is resolved, fetched or
// parsed. It reports whether anything is another than before.
func Redecide(a *Application, decide func(*verdict.Verdict)) (changed bool) {
	if a.Erased {
		return false
	}
	for i := range a.Credentials {
		v := &a.Credentials[i].Verdict
		was := *v
		was.Warnings, was.Endorsements = slices.Clone(v.Warnings), slices.Clone(v.Endorsements)
		decide(v)
		if reflect.DeepEqual(was, *v) {
			continue
		}
		changed = true
		if was.Result != v.Result {
			a.Counts.Add(was.Result, -1)
			a.Counts.Add(v.Result, 1)
		}
	}
	if !changed {
		return false
	}
	a.restate()
	a.summarise(a.CheckedAt.Unix())
	return true
}

// restate makes the claims say anew what they say of their badges; what they say of
// skills stays.
func (a *Application) restate() {
	last, certificate, words := -1, "", ""
	for i := range a.Claims {
		if k := &a.Claims[i]; k.Credential >= 0 && k.Credential < len(a.Credentials) {
			v := &a.Credentials[k.Credential].Verdict
			if k.says(v); k.Credential != last {
				last = k.Credential
				certificate, words = titleOf(v)
			}
			k.Certificate, k.TitleWords = certificate, words
		}
	}
}

// Bar counts the badges of these issuers as blocked: it gives a with them
// rejected, or a itself where it has none of theirs. a is not changed.
func Bar(a *Application, issuers []string) *Application {
	if len(issuers) == 0 || !slices.ContainsFunc(a.Claims, func(c Claim) bool { return slices.Contains(issuers, c.Issuer) }) {
		return a
	}
	out := *a
	out.Credentials, out.Claims = slices.Clone(a.Credentials), slices.Clone(a.Claims)
	barred := map[int]bool{}
	for i := range out.Claims {
		c := &out.Claims[i]
		if c.Status == verdict.Unsupported || !slices.Contains(issuers, c.Issuer) {
			continue
		}
		c.Status, c.Standing, c.Worth = verdict.Rejected, Blocked, 0
		if n := c.Credential; n < len(out.Credentials) && !barred[n] {
			barred[n] = true
			v := &out.Credentials[n].Verdict
			out.Counts.Add(v.Result, -1)
			out.Counts.Add(verdict.Rejected, 1)
			if v.Result != verdict.Rejected || v.Reason == "" { // what failed before decides, as in verdict.Aspects.Deciding
				v.Result, v.Reason = verdict.Rejected, verdict.IssuerBlocked
			}
			v.Aspects.Standing = verdict.Aspect{State: verdict.Fail, Reason: verdict.IssuerBlocked, Level: v.Aspects.Standing.Level}
		}
	}
	return &out
}

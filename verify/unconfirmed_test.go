package verify

import (
	"strings"
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestAttack339Unconfirmed: what a copy says of a badge whose host is silent is told
// as what it is: nothing of it stands where what is proven stands.
func TestAttack339Unconfirmed(t *testing.T) {
	grand := m{"type": "BadgeClass", "id": ob2Class, "name": "Doctor\u200b of Medicine", "tags": []any{"surgery"}, "issuer": m{"id": ob2Profile, "type": "Profile", "name": "Famous University"}}
	to := func(identity string) m { return m{"type": "email", "hashed": false, "identity": identity} }
	silent := []verifytest.Answer{{Err: fetch.ErrTimeout}, {Err: fetch.ErrOffline}, {Status: 403, Type: "text/html", Body: "<html>"}, {Type: "text/html", Body: "<html>captcha"}, {Type: "image/png", Body: "a picture"}}
	for desc, tc := range map[string]struct {
		recipient any
		want      verdict.State
	}{
		"the applicant": {to("applicant@example.org"), verdict.Pass},
		"somebody else": {to("other@example.org"), verdict.Fail},
		"a telephone":   {m{"type": "telephone", "hashed": false, "identity": "+31612345678"}, verdict.Unknown},
		"nobody":        {nil, verdict.None},
	} {
		a := with(ob2Badge(), m{"badge": grand, "recipient": tc.recipient})
		for _, answer := range silent {
			w := ob2Web()
			w.Put(ob2URL, answer)
			v := check(t, w, a)
			u := v.Unconfirmed
			if u.Name != "Doctor of Medicine" || u.Issuer != "Famous University" || u.Recipient != tc.want || u.Identities != nil {
				t.Errorf("%s: %+v (%s)", desc, u, short(v))
			}
			c := v.Credential
			if v.Result != verdict.Pending && v.Result != verdict.Unsupported || c.Name != "" || c.Issuer.Name != "" || len(c.Tags) > 0 || !c.Issued.IsZero() || v.Identity != "" || v.Proven {
				t.Errorf("%s: it stands as proven: %s %+v", desc, short(v), c)
			}
			if words := u.Words(); !strings.Contains(words, `"Doctor of Medicine"`) || !strings.HasSuffix(words, "None of this is confirmed.") {
				t.Errorf("%s: %s", desc, words)
			}
		}
		// What the host says, or denies, needs no copy.
		for _, answer := range []any{a, with(a, m{"revoked": true}), verifytest.Answer{Status: 404}, verifytest.Answer{Status: 410}} {
			w := ob2Web()
			w.Put(ob2URL, answer)
			if v := check(t, w, a); v.Unconfirmed.Words() != "" {
				t.Errorf("%s: %+v of %s", desc, v.Unconfirmed, short(v))
			}
		}
	}
	// The host has said whose it is, and not what.
	w := ob2Web()
	w.Put(ob2URL, with(ob2Badge(), m{"badge": grand}))
	w.Put(ob2Class, verifytest.Answer{Err: fetch.ErrTimeout})
	v := check(t, w, with(ob2Badge(), m{"badge": grand}))
	if u := v.Unconfirmed; u.Name != "Doctor of Medicine" || u.Recipient != "" || v.Aspects.Recipient.State != verdict.Pass || v.Credential.Name != "" {
		t.Errorf("%+v %s", u, short(v))
	}
	// A copy that names its class by an address alone says no more than whose it is.
	w = ob2Web()
	w.Put(ob2URL, verifytest.Answer{Err: fetch.ErrTimeout})
	if u := check(t, w, ob2Badge()).Unconfirmed; u.Words() != "The copy that was sent names the applicant. None of this is confirmed." {
		t.Errorf("%s", u.Words())
	}
	if u := checkFor(t, w, ob2Badge(), Applicant{}).Unconfirmed; u.Recipient != verdict.Unknown {
		t.Errorf("of nobody: %+v", u)
	}
	// One that is sound says nothing so.
	if u := check(t, ob2Web(), ob2Badge()).Unconfirmed; u.Words() != "" {
		t.Errorf("%s", u.Words())
	}
}

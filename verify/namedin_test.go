package verify

import (
	"strings"
	"testing"

	"assay/verify/verdict"
)

// TestNamedInAnotherForm: a badge that names its holder by a member that no
// specification compares names somebody, who is not known; nobody is only who is
// named nowhere. Nothing there makes it the applicant's.
func TestNamedInAnotherForm(t *testing.T) {
	subject := func(change m) Verdict {
		b := badge(didWeb)
		b["credentialSubject"] = with(with(at(b, "credentialSubject"), m{"id": nil, "identifier": nil}), change)
		return check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": webMethod(issuerKey)}, issuerKey))
	}
	for name, value := range map[string]any{
		"email": "applicant@example.org", "name": "Ada Example", "givenName": "Ada", "familyName": m{"en": "Example"}, "profile": m{"email": "applicant@example.org"},
	} {
		v := subject(m{name: value})
		if a := v.Aspects.Recipient; a.State != verdict.Unknown || a.Reason != verdict.RecipientUnknown || !strings.Contains(a.Detail, "credentialSubject."+name) {
			t.Errorf("%s: %+v", name, a)
		}
		if v.Result != verdict.Authentic || v.Mend() != "" || v.Proven {
			t.Errorf("%s: %s, %q", name, short(v), v.Mend())
		}
	}
	for name, value := range map[string]any{"": nil, "email": "", "name": "Teamwork", "profile": m{}} {
		if v := subject(m{name: value}); v.Aspects.Recipient.Reason != verdict.RecipientMissing {
			t.Errorf("%s %v: %+v", name, value, v.Aspects.Recipient)
		}
	}
	w := ob2Web()
	for _, tc := range []struct {
		recipient m
		member    string
	}{{m{"type": "email", "hashed": false, "email": "applicant@example.org"}, "recipient.email"}, {m{"type": "email", "hashed": false}, ""}, {m{"type": "email", "identity": "", "name": "Ada"}, "recipient.name"}} {
		b := with(ob2Badge(), m{"recipient": tc.recipient})
		w.Put(b["id"].(string), b)
		a := check(t, w, b).Aspects.Recipient
		if named := a.Reason == verdict.RecipientUnknown && strings.Contains(a.Detail, tc.member); named != (tc.member != "") || !named && a.Reason != verdict.RecipientMissing {
			t.Errorf("%v: %+v", tc.recipient, a)
		}
	}
}

package verify

import (
	"slices"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// 217: assertion, host's copy, class and profile are written by different versions,
// so that the rules of one might be talked away by the other. In whatever
// generation each is, the profile's word on scope and keys binds, and who it lets in
// is let in.
func TestAttack217MixedGenerations(t *testing.T) {
	const elsewhere, key, class = "https://issuer.example/forum/1", "https://issuer.example/key", ob2Class
	as := func(version string, o m) m {
		switch version {
		case "1.0":
			return with(o, m{"@context": nil, "type": nil, "id": nil})
		case "1.1":
			return with(o, m{"@context": "https://w3id.org/openbadges/v1"})
		}
		return o
	}
	assertion := func(version, at, kind string) m {
		o := with(ob2Badge(), m{"id": at, "verification": m{"type": kind}})
		if version != "2.0" {
			o = with(o, m{"uid": "1", "verification": nil, "verify": m{"type": kind, "url": at}})
		}
		if kind == "signed" && version != "2.0" {
			o = with(o, m{"verify": m{"type": kind, "url": key}})
		}
		return as(version, o)
	}
	versions := []string{"1.0", "1.1", "2.0"}
	for _, hand := range versions {
		for _, said := range versions {
			for _, of := range versions {
				for _, by := range versions {
					desc := "at hand " + hand + ", host " + said + ", class " + of + ", profile " + by
					w := ob2Web()
					base := verifytest.Object(w.Answers[ob2Profile].Body)
					w.Put(class, as(of, verifytest.Object(w.Answers[class].Body)))
					put := func(change m) { w.Put(ob2Profile, as(by, with(base, change))) }

					// Hosted, outside of what the profile answers for.
					w.Put(elsewhere, assertion(said, elsewhere, "hosted"))
					put(m{"verification": m{"startsWith": "https://issuer.example/badges/"}})
					wantReason(t, check(t, w, assertion(hand, elsewhere, "hosted")), verdict.Rejected, verdict.HostNotIssuers)
					// And within.
					put(m{"verification": m{"startsWith": "https://issuer.example/forum/"}})
					v := check(t, w, assertion(hand, elsewhere, "hosted"))
					if v.Result != verdict.Verified {
						t.Errorf("%s: %s", desc, short(v))
					}
					mixed := v.Format != verdict.OB10 && (of == "1.1" && v.Format != verdict.OB11 || of == "2.0" && v.Format != verdict.OB20 ||
						by == "1.1" && v.Format != verdict.OB11 || by == "2.0" && v.Format != verdict.OB20)
					if slices.Contains(v.Warnings, verdict.WarnGenerations) != mixed {
						t.Errorf("%s, judged as %s: %v", desc, v.Format, v.Warnings)
					}
					if said != hand {
						continue // a signed one has no copy at a host
					}
					// Signed, by a key on the host that the profile does not list.
					sign := func() []byte {
						return verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(assertion(hand, "urn:uuid:1", "signed")), verifytest.Ed25519(77))
					}
					w.Put(key, m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(verifytest.Ed25519(77).Public())})
					for _, listed := range []any{nil, "https://issuer.example/other", []any{}} {
						put(m{"publicKey": listed})
						if v := check(t, w, sign()); v.Aspects.Issuer.State == verdict.Pass || v.Result == verdict.Verified {
							t.Errorf("%s, signed, listing %v: %s", desc, listed, short(v))
						}
					}
					put(m{"publicKey": key})
					if v := check(t, w, sign()); v.Result != verdict.Verified {
						t.Errorf("%s, signed: %s", desc, short(v))
					}
				}
			}
		}
	}
}

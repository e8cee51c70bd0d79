package vc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// record gives a signed CLR with one achievement of its own, a credential by the
// same issuer and one by another, and associations.
func record(t *testing.T, associations []any, change ...func(clr m)) m {
	t.Helper()
	key, other := verifytest.Ed25519(1), verifytest.Ed25519(2)
	did, method := verifytest.DIDKey(key)
	otherDID, otherMethod := verifytest.DIDKey(other)
	inner := func(id, issuer string) m {
		b := sound()
		b["id"] = "urn:uuid:" + id
		at(b, "issuer")["id"] = issuer
		at(b, "credentialSubject", "achievement")["id"] = "https://issuer.example/" + id
		return b
	}
	clr := m{
		"@context": []any{contextV2, "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:record", "type": []any{"VerifiableCredential", "ClrCredential"}, "name": "Record",
		"issuer": m{"id": did, "type": []any{"Profile"}, "name": "Issuer"}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{
			"type": []any{"ClrSubject"}, "id": "did:example:1",
			"achievement": []any{m{"id": "https://issuer.example/asserted", "type": []any{"Achievement"}, "name": "Asserted", "description": "d", "criteria": m{"narrative": "n"}}},
			"verifiableCredential": []any{
				verifytest.Secure(inner("own", did), key, method, "eddsa-jcs-2022"),
				verifytest.Secure(inner("strange", otherDID), other, otherMethod, "eddsa-jcs-2022"),
			},
			"association": associations,
		},
	}
	for _, f := range change {
		f(clr)
	}
	return verifytest.Secure(clr, key, method, "eddsa-jcs-2022")
}

func link(typ, source, target string) m {
	return m{"type": []any{"Association"}, "associationType": typ, "sourceId": source, "targetId": target}
}

// TestAssociations: what a record says of its parts reaches them, as far as its
// own word goes.
func TestAssociations(t *testing.T) {
	const concept = "http://data.europa.eu/esco/skill/"
	all := []any{
		link("isChildOf", "https://issuer.example/own", concept+"1"),
		link("isParentOf", concept+"2", "https://issuer.example/asserted"),
		link("isPartOf", "urn:uuid:own", concept+"3"),
		link("exactMatchOf", "https://issuer.example/strange", concept+"4"),
		link("isChildOf", "urn:uuid:record", concept+"5"),
		link("isChildOf", "https://issuer.example/own", concept+strings.Repeat("6", maxAssociation)),
		link("isChildOf", "https://issuer.example/own", concept+"1"),
	}
	judged := func(clr m) verdict.Verdict {
		t.Helper()
		v := New().Verdict(context.Background(), Env{Fetcher: verifytest.NewWeb(nil), Now: verifytest.Now}, Input{Object: clr})
		if len(v.Contained) != 3 {
			t.Fatalf("%d contained: %+v", len(v.Contained), v)
		}
		return v
	}
	targets := func(v verdict.Verdict) string {
		var out []string
		for _, a := range v.Credential.Associations {
			for _, id := range []string{a.Source, a.Target} {
				if rest, ok := strings.CutPrefix(id, concept); ok {
					out = append(out, rest[:1])
				}
			}
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}

	v := judged(record(t, all))
	if v.Asserted || !v.Record() || v.Contained[0].Asserted || v.Contained[0].Record() || !v.Contained[2].Asserted || v.Contained[2].Record() {
		t.Errorf("asserted and record: %t %t, %t %t, %t %t", v.Asserted, v.Record(), v.Contained[0].Asserted, v.Contained[0].Record(), v.Contained[2].Asserted, v.Contained[2].Record())
	}
	for _, tc := range []struct {
		of   string
		v    verdict.Verdict
		want string
	}{
		{"the record itself", v, "1 1 2 3 4 5 6"}, {"the credential by the same issuer", v.Contained[0], "1 3"},
		{"the credential by another issuer", v.Contained[1], ""}, {"the asserted achievement", v.Contained[2], "2"},
	} {
		if got := targets(tc.v); got != tc.want {
			t.Errorf("%s: associations with %q, want %q", tc.of, got, tc.want)
		}
	}

	edited := record(t, nil)
	at(edited, "credentialSubject")["association"] = all
	forged := record(t, all, func(clr m) { at(clr, "issuer")["id"], _ = verifytest.DIDKey(verifytest.Ed25519(2)) })
	expired := record(t, all, func(clr m) { clr["validUntil"] = "2026-02-01T00:00:00Z" })
	for desc, clr := range map[string]m{"edited": edited, "by a key that is not the issuer's": forged, "expired": expired} {
		v := judged(clr)
		if v.Aspects.Sound() || !v.Contained[0].Aspects.Sound() || !v.Contained[1].Aspects.Sound() {
			t.Errorf("a record that is %s: %+v: this test sees nothing", desc, v.Aspects)
		}
		for i, in := range v.Contained {
			if got := targets(in); got != "" {
				t.Errorf("a record that is %s gives contained %d associations with %q", desc, i, got)
			}
		}
	}
}

func TestAssociationsAreBounded(t *testing.T) {
	var many []any
	for i := range maxAssociations + 1 {
		many = append(many, link("isChildOf", "https://issuer.example/own", fmt.Sprintf("http://data.europa.eu/esco/skill/%d", i)))
	}
	v := New().Verdict(context.Background(), Env{Fetcher: verifytest.NewWeb(nil), Now: verifytest.Now}, Input{Object: record(t, many)})
	if n := len(v.Contained[0].Credential.Associations); n != maxAssociations || !slices.Contains(v.Warnings, verdict.WarnTruncated) {
		t.Errorf("%d associations, warnings %v", n, v.Warnings)
	}
}

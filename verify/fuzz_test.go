package verify

import (
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// FuzzVerify: no payload makes Verify panic, and none but the sound ones that
// it starts from is verified.
func FuzzVerify(f *testing.F) {
	did, method := verifytest.DIDKey(issuerKey)
	sound := [][]byte{
		verifytest.JSON(secured()), tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey),
		tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method}, issuerKey), verifytest.JSON(ob2Badge()),
	}
	for _, s := range sound {
		f.Add(s)
	}
	for _, s := range []string{
		`{}`, `{"type":["VerifiableCredential"],"vc":{}}`, `{"badge":{"issuer":{"origin":"https://x"}},"recipient":"a"}`,
		`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://issuer.example/a/1","badge":[],"verification":{"type":"hosted"}}`,
		`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","ClrCredential"],"credentialSubject":{"verifiableCredential":[{},"a.b.c",[[]]],"achievement":[{}]},"proof":[{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		v := check(t, ob2Web(), payload)
		if v.Result == "" || v.Aspects.Integrity.State == "" {
			t.Errorf("no verdict: %+v", v)
		}
		if v.Result == verdict.Verified && v.Credential.Name != "Teamwork" {
			t.Errorf("verified: %q", payload)
		}
	})
}

func FuzzLoadTrust(f *testing.F) {
	f.Add([]byte(`{"meta":{"title":"x"},"registry":{"did:key:z6Mk1":{"name":"A"}},"blocked":["https://b.example/"]}`))
	f.Add([]byte(`[{"blocked":[{"id":"did:web:x%3A1"}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, err := LoadTrust(data)
		if err != nil {
			return
		}
		if a, blocked, _ := stand(tr, verdict.Party{ID: "did:key:z6MkNobody", Name: "A"}, false); a.State == verdict.Pass {
			t.Errorf("an unproven issuer is trusted (%v): %q", blocked, data)
		}
	})
}

func TestC13UniformReasons(t *testing.T) {
	// Whatever keeps a host from being read, the verdict reads the same.
	var first string
	for i, err := range []error{fetch.ErrUnreachable, fetch.ErrTimeout, fetch.ErrBusy, fetch.ErrForbidden, fetch.ErrRedirect, fetch.ErrMalformed} {
		w := verifytest.NewWeb(nil)
		w.Put(ob2URL, verifytest.Answer{Err: err})
		v, err2 := New(Options{Fetcher: w, Now: clock, Accept: verdict.LevelKey})
		if err2 != nil {
			t.Fatal(err2)
		}
		got := string(verifytest.JSON(judged(t, v, Assertion{Payload: verifytest.JSON(ob2Badge())}, applicant)))
		if i == 0 {
			first = got
		} else if got != first {
			t.Errorf("%v reads\n%s\nand not\n%s", err, got, first)
		}
	}
}

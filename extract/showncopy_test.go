package extract

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestShownCopyBesideToken: a wallet's parsed copy of a token is another place of the
// token; a copy that says something else is a badge of its own, which nobody signed.
func TestShownCopyBesideToken(t *testing.T) {
	const vc = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential","OpenBadgeCredential"],"id":"urn:uuid:1","name":"Welding"}`
	b64 := base64.RawURLEncoding.EncodeToString
	token := b64([]byte(`{"alg":"EdDSA"}`)) + "." + b64([]byte(`{"iss":"did:example:1","vc":`+vc+`}`)) + "." + b64([]byte(strings.Repeat("s", 64)))
	wallet := func(parsed string) string {
		return `{"wallet":"w","document":"` + token + `","format":"jwt_vc_json","parsedDocument":` + parsed + `}`
	}
	for parsed, want := range map[string]int{vc: 1, strings.Replace(vc, "Welding", "Surgery", 1): 2, strings.Replace(vc, `"name"`, `"proof":{"type":"x"},"name"`, 1): 2} {
		var got []Finding
		for _, f := range find(t, "wallet.json", []byte(wallet(parsed))).Findings {
			if f.Kind != KindLink {
				got = append(got, f)
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d findings, want %d: %v", parsed, len(got), want, got)
		}
	}
}

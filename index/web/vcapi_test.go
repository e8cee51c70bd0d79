package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestVCRights: the VC API's routes are for who may check, under both of their names.
func TestVCRights(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("c")+" acme rights=check Checker\n"+digest("s")+" acme rights=search,submit,operate Searcher\n")
	if err != nil {
		t.Fatal(err)
	}
	s := openWith(t, Options{Identity: tokens.Caller})
	for _, base := range []string{"", "/v1"} {
		for path, body := range map[string]string{"/credentials/verify": `{"verifiableCredential":{}}`, "/presentations/verify": `{"verifiablePresentation":{}}`, "/challenges": `{}`} {
			for token, want := range map[string]bool{"c": true, "s": false} {
				status, answer := post(t, s, token, base+path, asJSON, body)
				if may := status != http.StatusForbidden; may != want || !may && !strings.Contains(answer, "the right check") {
					t.Errorf("%s%s by %s: %d %s", base, path, token, status, answer)
				}
			}
		}
	}
}

// TestSecuredText: an object that is written as a text is not verified, for a document with
// its proof in it is a map; a token is a text.
func TestSecuredText(t *testing.T) {
	s := open(t)
	for path, member := range map[string]string{"/credentials/verify": "verifiableCredential", "/presentations/verify": "verifiablePresentation"} {
		for value, refused := range map[string]bool{`{}`: false, `"ey.ey."`: false, `"{}"`: true, `" \n{\"proof\":{}}"`: true, `null`: true, `[]`: true, `7`: true} {
			status, answer := post(t, s, "", path, asJSON, `{"`+member+`":`+value+`}`)
			if got := status == http.StatusUnprocessableEntity && strings.Contains(answer, `"member":"`+member+`"`); got != refused {
				t.Errorf("%s %s: %d %s", member, value, status, answer)
			}
		}
	}
}

// TestPresentedOf: a presentation is verified only where its proof, what was asked for and
// each of its credentials is.
func TestPresentedOf(t *testing.T) {
	s := open(t)
	status, answer := post(t, s, "", "/presentations/verify", asJSON, `{"verifiablePresentation":{},"options":{"challenge":"c","domain":"jobs.example"}}`)
	for _, want := range []string{`"verified":false`, `"challenge":{"valid":true,"input":"c"}`, `"domain":{"valid":false,"input":"jobs.example"}`, "INVALID_DOMAIN_ERROR", "credential 1", "PROOF_VERIFICATION_ERROR"} {
		if status != 400 || !strings.Contains(answer, want) {
			t.Errorf("%d, no %s in %s", status, want, answer)
		}
	}
	if _, answer := post(t, s, "", "/presentations/verify", asJSON, `{"verifiablePresentation":{}}`); !strings.Contains(answer, "the proof has a domain, and none was asked for") {
		t.Error(answer)
	}
}

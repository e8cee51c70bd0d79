package extract

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tokenOf is a JWS over a payload, whose signature nobody made.
func tokenOf(payload string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl"
}

// TestPresentationTokens: of a presentation that is a token the credentials are
// handed out, from every carrier.
func TestPresentationTokens(t *testing.T) {
	const sd = jwsA + "~WyJzIiwibiIsInYiXQ~"
	vp := tokenOf(`{"aud":"https://verifier.example/cb","vp":{"type":["VerifiablePresentation"],"verifiableCredential":["` + jwsA + `"]}}`)
	vp2 := tokenOf(`{"type":"VerifiablePresentation","verifiableCredential":[{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + jwsA + `"}]}`)
	empty := tokenOf(`{"vp":{"type":"VerifiablePresentation"}}`)
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"alone", "x.jwt", []byte(vp), []string{"jws " + jwsA + " | x.jwt > vp.verifiableCredential[0]"}},
		{"a text in the place of a list", "x.jwt", []byte(tokenOf(`{"vp":{"verifiableCredential":"` + jwsA + `"}}`)), []string{"jws " + jwsA + " | x.jwt > vp.verifiableCredential"}},
		{"an SD-JWT in it", "x.jwt", []byte(tokenOf(`{"vp":{"verifiableCredential":"` + sd + `"}}`)), []string{"jws " + sd + " | x.jwt > vp.verifiableCredential"}},
		{"a credential in it", "x.jwt", []byte(tokenOf(`{"vp":{"verifiableCredential":[` + credentialA + `]}}`)), []string{"json " + credentialA + " | x.jwt > vp.verifiableCredential[0]"}},
		{"enveloped", "x.jwt", []byte(vp2), []string{"jws " + jwsA + " | x.jwt > verifiableCredential[0].id > data: URI"}},
		{"enveloped itself", "x.json", []byte(`{"type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,` + vp + `"}`), []string{"jws " + jwsA + " | x.json > id > data: URI > vp.verifiableCredential[0]"}},
		{"letter", "cv.txt", []byte("mine: " + vp + " yours"), []string{"jws " + jwsA + " | cv.txt > text > vp.verifiableCredential[0]"}},
		{"answer of a wallet", "x.json", []byte(`{"vp_token":["` + vp + `"]}`), []string{"jws " + jwsA + " | x.json > vp_token[0] > vp.verifiableCredential[0]"}},
		{"PNG", "x.png", pngWith(iTXt("openbadgecredential", vp)), []string{"jws " + jwsA + " | x.png > iTXt openbadgecredential > vp.verifiableCredential[0]"}},
		{"of nothing", "x.jwt", []byte(empty), []string{"jws " + empty + " | x.jwt"}},
		{"a JWS in JSON", "x.json", []byte(jsonOf(vp)), []string{"jws " + jwsA + " | x.json > vp.verifiableCredential[0]"}},
	} {
		if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
	// Beside another badge in the same picture it stays whole, and marked.
	r := find(t, "x.png", pngWith(iTXt("openbadgecredential", vp), iTXt("openbadges", tokenOf(`{"a":2}`))))
	for _, f := range r.Findings {
		if f.Ambiguous == "" {
			t.Errorf("not marked: %s", f.Payload)
		}
	}
}

func jsonOf(token string) string {
	p := strings.Split(token, ".")
	return `{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`
}

// TestAttack310NestedTokens: presentations in presentations have an end.
func TestAttack310NestedTokens(t *testing.T) {
	nest := func(levels int) []byte {
		token := jwsA
		for range levels {
			token = tokenOf(`{"vp":{"verifiableCredential":"` + token + `"}}`)
		}
		return []byte(token)
	}
	if r := find(t, "x.jwt", nest(8)); len(r.Findings) != 1 || r.Findings[0].Payload != jwsA || len(r.Unread) != 0 {
		t.Errorf("8 levels: %q %+v", show(r), r.Unread)
	}
	if r := find(t, "x.jwt", nest(12)); len(r.Findings) != 0 || len(r.Unread) != 1 || r.Unread[0].Reason != ReasonDepth {
		t.Errorf("12 levels: %q %+v", show(r), r.Unread)
	}
}

// TestJWSForms: a JWS in its JSON serialisation is found, whole, and so is one that
// is none for its padding.
func TestJWSForms(t *testing.T) {
	flat := jsonOf(jwsA)
	p := strings.Split(jwsA, ".")
	general := `{"payload":"` + p[1] + `","signatures":[{"protected":"` + p[0] + `","signature":"` + p[2] + `"}]}`
	padded := p[0] + "=." + p[1] + "==." + p[2] + "="
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"flattened", "x.json", []byte(flat), []string{"json " + flat + " | x.json"}},
		{"general", "x.json", []byte(general), []string{"json " + general + " | x.json"}},
		{"within", "x.json", []byte(`{"credential":` + flat + `}`), []string{"json " + flat + " | x.json > credential"}},
		{"letter", "cv.txt", []byte("mine: " + flat + " yours"), []string{"json " + flat + " | cv.txt > text"}},
		{"PNG", "x.png", pngWith(iTXt("openbadgecredential", flat)), []string{"json " + flat + " | x.png > iTXt openbadgecredential"}},
		{"padded", "x.jwt", []byte(padded), []string{"jws " + padded + " | x.jwt"}},
		{"padded, in a letter", "cv.txt", []byte("mine: " + padded + " yours"), []string{"jws " + padded + " | cv.txt > text"}},
		{"padded too much", "cv.txt", []byte("mine: " + p[0] + "===." + p[1] + "." + p[2]), nil},
		{"no JWS", "x.json", []byte(`{"payload":"x","signature":"y","protected":"z"}`), nil},
		{"a hook", "x.json", []byte(`{"payload":{"a":1},"signature":"c2ln"}`), nil},
	} {
		if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

func FuzzTokens(f *testing.F) {
	fuzzCarrier(f, "x.jwt", []byte(tokenOf(`{"vp":{"verifiableCredential":["`+jwsA+`",{"payload":"e30","protected":"e30","signature":"AA"}]}}`)),
		[]byte(jwsA+"~WyJzIiwibiIsInYiXQ~"), []byte(jsonOf(jwsA)))
}

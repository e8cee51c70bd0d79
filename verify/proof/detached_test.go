package proof

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// detachedSigners sign by each algorithm of JsonWebSignature2020.
func detachedSigners(t *testing.T) map[string]*signer {
	k1Key := moreKeys()["ES256K"]
	rk := testKeys()["RS256"].key.(*rsa.PrivateKey)
	key := func(pub crypto.PublicKey) Key { return Key{ID: testMethod, Public: pub, Assertion: true} }
	return map[string]*signer{
		"EdDSA": newEd25519(t, 1), "ES256": newECDSASigner(t, elliptic.P256(), 1), "ES384": newECDSASigner(t, elliptic.P384(), 1),
		"ES256K": {key: key(k1Key.key.Public()), sign: k1Key.sign},
		"PS256": {key: key(&rk.PublicKey), sign: func(in []byte) []byte {
			h := sha256.Sum256(in)
			sig, err := rsa.SignPSS(rand.Reader, rk, crypto.SHA256, h[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
			if err != nil {
				t.Fatal(err)
			}
			return sig
		}},
	}
}

func TestJSONWebSignature2020(t *testing.T) {
	all := detachedSigners(t)
	for alg, s := range all {
		if s.detachedAlg() != alg {
			t.Fatalf("%s signs by %s", alg, s.detachedAlg())
		}
		doc := again(t, s.signed(t, sample(t), "JsonWebSignature2020"))
		wantErr(t, alg, doc, s.options(), nil)
		for other, o := range all {
			if other != alg {
				wantErr(t, alg+" by the key of "+other, doc, DIOptions{Now: testNow, Keys: o.keys}, ErrKey)
			}
		}
		limited := *s
		limited.key.Alg = "RS256"
		wantErr(t, alg+", key for another algorithm", doc, limited.options(), ErrKey)
		edited := maps.Clone(doc)
		edited["name"] = "Doctor"
		wantErr(t, alg+", edited", edited, s.options(), ErrSignature)
	}
	// The suites have one arithmetic and are two: one's proof is none of the other's.
	s := newEd25519(t, 1)
	for a, b := range map[string]string{"Ed25519Signature2018": "JsonWebSignature2020", "JsonWebSignature2020": "Ed25519Signature2018"} {
		wantErr(t, a+" as "+b, with(s.signed(t, sample(t), a), set("type", b)), s.options(), ErrSignature)
	}
	wantErr(t, "Ed25519Signature2018 by P-256", all["ES256"].signed(t, sample(t), "Ed25519Signature2018"), all["ES256"].options(), ErrHeader)
}

// TestAttack246DetachedHeader: b64: false and crit are allowed in these suites, in
// one form, and change nothing of what a header may ask for.
func TestAttack246DetachedHeader(t *testing.T) {
	s := newEd25519(t, 1)
	for _, suite := range []string{"Ed25519Signature2018", "JsonWebSignature2020"} {
		config := proofConfig(suite)
		data, err := HashDataIntegrity(t.Context(), sample(t), config)
		if err != nil {
			t.Fatal(err)
		}
		put := func(value any) map[string]any {
			p := maps.Clone(config)
			p["jws"] = value
			out := sample(t)
			out["proof"] = p
			return out
		}
		for _, good := range []string{`{"alg":"EdDSA","b64":false,"crit":["b64"]}`, `{"crit": ["b64"], "b64": false, "alg": "EdDSA"}`} {
			wantErr(t, suite+" "+good, put(s.jws(good, data)), s.options(), nil)
		}
		for _, header := range []string{
			`{"alg":"EdDSA"}`, `{"alg":"EdDSA","b64":true,"crit":["b64"]}`, `{"alg":"EdDSA","b64":false}`, `{"alg":"EdDSA","b64":false,"crit":[]}`, `{"alg":"EdDSA","b64":"false","crit":["b64"]}`,
			`{"alg":"EdDSA","b64":false,"crit":["b64","exp"]}`, `{"alg":"EdDSA","b64":false,"crit":["exp"]}`, `{"alg":"EdDSA","b64":false,"crit":"b64"}`, `{"alg":"EdDSA","b64":false,"crit":["b64"],"jku":"https://evil.example/"}`,
			`{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"x"}`, `{"alg":"none","b64":false,"crit":["b64"]}`, `{"alg":"HS256","b64":false,"crit":["b64"]}`, `{"alg":"RS256","b64":false,"crit":["b64"]}`,
			`{"alg":"eddsa","b64":false,"crit":["b64"]}`, `{"b64":false,"crit":["b64"]}`, `{}`,
		} {
			wantErr(t, suite+" "+header, put(s.jws(header, data)), s.options(), ErrHeader)
		}
		good := s.jws(`{"alg":"EdDSA","b64":false,"crit":["b64"]}`, data)
		parts := strings.Split(good, ".")
		for desc, value := range map[string]any{
			"with its payload": parts[0] + "." + base64url.EncodeToString(data) + "." + parts[2], "two parts": parts[0] + "." + parts[2], "five parts": good + "..", "none": "", "a number": 7, "a list": []any{good},
			"no signature in base64url": parts[0] + "..!", "a header twice": base64url.EncodeToString([]byte(`{"alg":"EdDSA","alg":"EdDSA","b64":false,"crit":["b64"]}`)) + ".." + parts[2], "padding": good + "=",
		} {
			wantErr(t, suite+", "+desc, put(value), s.options(), ErrMalformed)
		}
		raw, err := base64url.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		for desc, sig := range map[string][]byte{"cut": raw[:63], "longer": append(slices.Clone(raw), 0), "nothing": {}, "zeros": make([]byte, 64)} {
			wantErr(t, suite+", "+desc, put(parts[0]+".."+base64url.EncodeToString(sig)), s.options(), ErrSignature)
		}
		wantErr(t, suite+", the header is not signed over", put(base64url.EncodeToString([]byte(`{"alg":"EdDSA","crit":["b64"],"b64":false}`))+".."+parts[2]), s.options(), ErrSignature)
		// Signed over the encoded payload, as a JWS that does not say b64: false is.
		wantErr(t, suite+", over the payload in base64url", put(s.jws(`{"alg":"EdDSA","b64":false,"crit":["b64"]}`, []byte(base64url.EncodeToString(data)))), s.options(), ErrSignature)
		both := put(good)
		both["proof"].(map[string]any)["proofValue"] = "z1"
		wantErr(t, suite+", beside a proofValue", both, s.options(), ErrMalformed)
		// A context in the proof is not signed, and has no say in what the proof means.
		for _, own := range []any{"https://evil.example/context", []any{"https://w3id.org/security/suites/jws-2020/v1"}, map[string]any{"created": "https://evil.example/created"}} {
			doc := put(good)
			doc["proof"].(map[string]any)["@context"] = own
			r := verdictOf(t, doc, s.options())
			if r.Err != nil || !slices.Contains(r.Warnings, verdict.WarnSuiteContext) {
				t.Errorf("%s, a context of its own: %v %v", suite, r.Err, r.Warnings)
			}
		}
		// What no context of the suite defines would not be signed.
		more := put(good)
		more["proof"].(map[string]any)["endorsedBy"] = "https://evil.example/"
		wantErr(t, suite+", a member that is not signed", more, s.options(), ErrDataLoss)
	}
	// In a token they are refused as before.
	for _, header := range []string{`{"alg":"EdDSA","b64":false,"crit":["b64"]}`} {
		if _, err := ParseJWS(makeToken(testKeys()["EdDSA"], header, `{}`)); err == nil {
			t.Errorf("%s in a token", header)
		}
	}
}

// TestMisspeltSuite: eddsa-rdf-2022 is read as eddsa-rdfc-2022, as it was signed
// and no other way.
func TestMisspeltSuite(t *testing.T) {
	s := newEd25519(t, 1)
	doc := s.signed(t, sample(t), "eddsa-rdf-2022")
	r := verdictOf(t, doc, s.options())
	if r.Err != nil || !slices.Contains(r.Warnings, verdict.WarnSuiteMisspelt) || r.Suite != "eddsa-rdf-2022" {
		t.Errorf("%v %v", r.Err, r.Warnings)
	}
	wantErr(t, "relabelled", with(doc, set("cryptosuite", "eddsa-rdfc-2022")), s.options(), ErrSignature)
	wantErr(t, "the other way", with(s.signed(t, sample(t), "eddsa-rdfc-2022"), set("cryptosuite", "eddsa-rdf-2022")), s.options(), ErrSignature)
}

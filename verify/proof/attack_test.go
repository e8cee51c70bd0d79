package proof

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/verify/rdf"
	"assay/verify/verdict"

	"github.com/mr-tron/base58"
)

// with gives doc with its proof changed.
func with(doc map[string]any, change func(p map[string]any)) map[string]any {
	out := maps.Clone(doc)
	p := maps.Clone(doc["proof"].(map[string]any))
	change(p)
	out["proof"] = p
	return out
}

func set(key string, value any) func(map[string]any) {
	return func(p map[string]any) { p[key] = value }
}

func unset(key string) func(map[string]any) {
	return func(p map[string]any) { delete(p, key) }
}

// resigned gives doc with a proof made over a changed configuration: the
// signature holds, so that nothing but the check in question can refuse it.
func (s *signer) resigned(t *testing.T, doc map[string]any, suite string, change func(config map[string]any)) map[string]any {
	t.Helper()
	config := proofConfig(suite)
	change(config)
	out := maps.Clone(doc)
	out["proof"] = s.proofFor(t, doc, config)
	return out
}

func wantErr(t *testing.T, desc string, doc map[string]any, o DIOptions, want error) {
	t.Helper()
	r := verdictOf(t, doc, o)
	if want == nil && (r.Err != nil || r.Document == nil) {
		t.Errorf("%s: got %v, want a good proof", desc, r.Err)
	}
	if want != nil && (!errors.Is(r.Err, want) || r.Document != nil) {
		t.Errorf("%s: got %v, want %v", desc, r.Err, want)
	}
}

// suites that the tests can sign for, with their keys.
func signers(t *testing.T) map[string]*signer {
	return map[string]*signer{
		"eddsa-rdfc-2022":      newEd25519(t, 1),
		"eddsa-jcs-2022":       newEd25519(t, 1),
		"Ed25519Signature2020": newEd25519(t, 1),
		"Ed25519Signature2018": newEd25519(t, 1),
		"JsonWebSignature2020": newEd25519(t, 1),
		"eddsa-rdf-2022":       newEd25519(t, 1),
		"ecdsa-rdfc-2019":      newECDSASigner(t, elliptic.P256(), 1),
		"ecdsa-jcs-2019":       newECDSASigner(t, elliptic.P256(), 1),
	}
}

// sampleFor gives the sample with the contexts that a suite needs.
func sampleFor(t testing.TB, suite string) map[string]any {
	doc := sample(t)
	if suite == "Ed25519Signature2020" {
		doc["@context"] = append(doc["@context"].([]any), "https://w3id.org/security/suites/ed25519-2020/v1")
	}
	return doc
}

func TestSuites(t *testing.T) {
	for suite, s := range signers(t) {
		doc := s.signed(t, sampleFor(t, suite), suite)
		wantErr(t, suite, again(t, doc), s.options(), nil)
		other := newEd25519(t, 99)
		if strings.HasPrefix(suite, "ecdsa") {
			other = newECDSASigner(t, elliptic.P256(), 99)
		}
		wantErr(t, suite+" of another key", doc, other.options(), ErrSignature)
	}
}

func TestAttack17SignatureForms(t *testing.T) {
	// Ed25519: S of the same signature plus the group order.
	s := newEd25519(t, 1)
	doc := s.signed(t, sample(t), "eddsa-rdfc-2022")
	wantErr(t, "good", doc, s.options(), nil)
	sig, err := base58.Decode(doc["proof"].(map[string]any)["proofValue"].(string)[1:])
	if err != nil {
		t.Fatal(err)
	}
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	le := slices.Clone(sig[32:])
	slices.Reverse(le)
	sum := new(big.Int).Add(new(big.Int).SetBytes(le), order).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	malleable := append(slices.Clone(sig[:32]), sum...)
	wantErr(t, "S ≥ L", with(doc, set("proofValue", "z"+base58.Encode(malleable))), s.options(), ErrSignature)
	for _, n := range []int{0, 63, 65, 128} {
		wantErr(t, "length", with(doc, set("proofValue", "z"+base58.Encode(append(slices.Clone(sig), make([]byte, 64)...)[:n]))), s.options(), ErrMalformed)
	}

	for _, c := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		e := newECDSASigner(t, c, 1)
		signed := maps.Clone(sample(t))
		config := proofConfig("ecdsa-rdfc-2019")
		data := e.hash(t, signed, config)
		raw := e.sign(data)
		put := func(b []byte) map[string]any {
			p := maps.Clone(config)
			p["proofValue"] = "z" + base58.Encode(b)
			out := maps.Clone(signed)
			out["proof"] = p
			return out
		}
		wantErr(t, "good P1363", put(raw), e.options(), nil)
		half := len(raw) / 2
		r, ss := new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])
		der, err := asn1.Marshal(struct{ R, S *big.Int }{r, ss})
		if err != nil {
			t.Fatal(err)
		}
		// Two spellings of one signature: never good, and nothing against who signed.
		wantErr(t, "DER", put(der), e.options(), ErrUnsupported)
		wantErr(t, "DER and more", put(append(slices.Clone(der), 0)), e.options(), ErrMalformed)
		wantErr(t, "DER cut", put(der[:len(der)-1]), e.options(), ErrMalformed)
		zero := make([]byte, half)
		n := c.Params().N.FillBytes(make([]byte, half))
		wantErr(t, "r = 0", put(append(slices.Clone(zero), raw[half:]...)), e.options(), errRange)
		wantErr(t, "s = 0", put(append(slices.Clone(raw[:half]), zero...)), e.options(), errRange)
		wantErr(t, "r = n", put(append(slices.Clone(n), raw[half:]...)), e.options(), errRange)
		wantErr(t, "s = n", put(append(slices.Clone(raw[:half]), n...)), e.options(), errRange)
		wantErr(t, "all zero", put(make([]byte, 2*half)), e.options(), errRange)
		wantErr(t, "short", put(raw[:len(raw)-1]), e.options(), ErrMalformed)
	}
}

// hash gives the hash data of the curve's hash.
func (s *signer) hash(t *testing.T, doc, config map[string]any) []byte {
	t.Helper()
	k, err := newECDSA(&s.key, "test")
	if err != nil {
		t.Fatal(err)
	}
	p := &diProof{v: &diVerifier{}, input: doc, config: maps.Clone(config), result: &DIResult{}}
	var out []byte
	if _, err := p.rdfc(context.Background(), k.hash, func(d []byte) bool { out = d; return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAttackA9Ed25519Keys(t *testing.T) {
	if err := CheckKey(newEd25519(t, 1).key.Public); err != nil {
		t.Error(err)
	}
	bad := []string{
		// order 1, 2, 4, 8 with and without the sign bit
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		// not canonical: p, p + 1, p + 2, 2^255 - 1
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"00",
	}
	for _, h := range bad {
		b, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckKey(ed25519.PublicKey(b)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, want ErrKey", h, err)
		}
	}
	// The neutral element verifies (R, S) = (neutral, 0) for every message.
	neutral, _ := hex.DecodeString(bad[0])
	forged := append(slices.Clone(neutral), make([]byte, 32)...)
	if !ed25519.Verify(neutral, []byte("any message"), forged) {
		t.Fatal("the attack does not work as described")
	}
	s := newEd25519(t, 1)
	s.key.Public = ed25519.PublicKey(neutral)
	doc := s.signed(t, sample(t), "eddsa-rdfc-2022")
	wantErr(t, "universal forgery", with(doc, set("proofValue", "z"+base58.Encode(forged))), s.options(), ErrKey)
}

func TestAttack18Encodings(t *testing.T) {
	s := newEd25519(t, 1)
	doc := s.signed(t, sample(t), "eddsa-rdfc-2022")
	value := doc["proof"].(map[string]any)["proofValue"].(string)
	raw, err := base58.Decode(value[1:])
	if err != nil {
		t.Fatal(err)
	}
	for desc, v := range map[string]any{
		"prefix of base58 flickr": "Z" + value[1:],
		"base64url, shorter":      "u" + base64url.EncodeToString(raw[1:]),
		"base16, longer":          "f" + hex.EncodeToString(raw) + "00",
		"no prefix, shorter":      base58.Encode(raw[1:]),
		"empty":                   "",
		"prefix alone":            "z",
		"character 0":             value[:10] + "0" + value[11:],
		"space":                   value + " ",
		"newline":                 value[:20] + "\n" + value[20:],
		"leading 1":               "z1" + value[1:],
		"very long":               "z" + strings.Repeat("2", 1<<20),
		"not a string":            []any{value},
		"null":                    nil,
	} {
		wantErr(t, desc, with(doc, set("proofValue", v)), s.options(), ErrMalformed)
	}
	// The same signature in another encoding is told by its name, and never taken.
	for desc, v := range map[string]string{
		"base58 without its prefix":    value[1:],
		"base64":                       "u" + base64url.EncodeToString(raw),
		"hexadecimal":                  "f" + hex.EncodeToString(raw),
		"base64 without a prefix":      strings.NewReplacer("-", "+", "_", "/").Replace(base64url.EncodeToString(raw)) + "==",
		"hexadecimal without a prefix": hex.EncodeToString(raw),
	} {
		r := verdictOf(t, with(doc, set("proofValue", v)), s.options())
		if !errors.Is(r.Err, ErrUnsupported) || !strings.HasSuffix(r.Err.Error(), "a proofValue in "+desc) || r.Document != nil {
			t.Errorf("%s: %v", desc, r.Err)
		}
	}
	sd := proofConfig("ecdsa-sd-2023")
	for _, v := range []string{"u2V0BhVhA", "z2V0B", "u2V0B+/", "u2V0BA==", "u", "u2V0B\n", "uaGFsbG8"} {
		sd["proofValue"] = v
		d := maps.Clone(sample(t))
		d["proof"] = sd
		e := newECDSASigner(t, elliptic.P256(), 1)
		wantErr(t, "sd "+v, d, e.options(), ErrMalformed)
	}
}

func TestKeyFits(t *testing.T) {
	ed, p256, p384 := newEd25519(t, 1), newECDSASigner(t, elliptic.P256(), 1), newECDSASigner(t, elliptic.P384(), 1)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(5), Y: big.NewInt(7)} //nolint:staticcheck // a point off its curve cannot be made otherwise
	for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2020", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023"} {
		doc := sampleFor(t, suite)
		p := proofConfig(suite)
		p["proofValue"] = "z" + base58.Encode(make([]byte, 64))
		doc["proof"] = p
		for desc, pub := range map[string]any{"Ed25519": ed.key.Public, "P-256": p256.key.Public, "P-384": p384.key.Public, "P-521": &p521.PublicKey, "RSA": &rsaKey.PublicKey, "off its curve": off, "none": nil, "bytes": []byte("key")} {
			fits := strings.HasPrefix(suite, "ecdsa") && (desc == "P-256" || desc == "P-384" && suite != "ecdsa-sd-2023") || !strings.HasPrefix(suite, "ecdsa") && desc == "Ed25519"
			keys := func(context.Context, string) ([]*Key, error) {
				return []*Key{{ID: testMethod, Public: pub, Assertion: true}}, nil
			}
			r := verdictOf(t, doc, DIOptions{Keys: keys, Now: testNow})
			if fits == errors.Is(r.Err, ErrKey) {
				t.Errorf("%s with a key of %s: got %v", suite, desc, r.Err)
			}
		}
	}
	for desc, alg := range map[string]struct {
		s     *signer
		suite string
		alg   string
	}{
		"EdDSA":           {ed, "eddsa-rdfc-2022", "ES256"},
		"ES256":           {p256, "ecdsa-rdfc-2019", "ES384"},
		"ES256 for EdDSA": {p256, "ecdsa-jcs-2019", "EdDSA"},
	} {
		doc := alg.s.signed(t, sampleFor(t, alg.suite), alg.suite)
		alg.s.key.Alg = alg.alg
		wantErr(t, desc+" limited to "+alg.alg, doc, alg.s.options(), ErrKey)
		alg.s.key.Alg = ""
		wantErr(t, desc, doc, alg.s.options(), nil)
	}
}

func TestAttack11And12KeyState(t *testing.T) {
	s := newEd25519(t, 1)
	doc := s.signed(t, sample(t), "eddsa-rdfc-2022")
	for _, tt := range []struct {
		desc   string
		change func(*Key)
		want   error
	}{
		{"as it is", func(*Key) {}, nil},
		{"not for assertions", func(k *Key) { k.Assertion = false }, ErrPurpose},
		{"revoked", func(k *Key) { k.Revoked = testNow.Add(-time.Second) }, ErrKey},
		{"revoked this instant", func(k *Key) { k.Revoked = testNow }, ErrKey},
		{"revoked later", func(k *Key) { k.Revoked = testNow.Add(time.Second) }, nil},
		{"expired", func(k *Key) { k.Expires = testNow.Add(-time.Second) }, ErrKey},
		{"expires later", func(k *Key) { k.Expires = testNow.Add(time.Second) }, nil},
	} {
		k := s.key
		tt.change(&k)
		wantErr(t, tt.desc, doc, DIOptions{Now: testNow, Keys: func(context.Context, string) ([]*Key, error) { return []*Key{&k}, nil }}, tt.want)
	}
	down := errors.New("host down")
	r := verdictOf(t, doc, DIOptions{Now: testNow, Keys: func(context.Context, string) ([]*Key, error) { return nil, down }})
	if !errors.Is(r.Err, down) {
		t.Errorf("the KeySource's error is lost: %v", r.Err)
	}
}

func TestAttack22Purpose(t *testing.T) {
	for suite, s := range signers(t) {
		doc := sampleFor(t, suite)
		// Signed for another purpose: the signature holds.
		for _, purpose := range []string{"authentication", "capabilityInvocation", "capabilityDelegation", "https://w3id.org/security#assertionMethod"} {
			if suite == "Ed25519Signature2018" && strings.HasPrefix(purpose, "capability") {
				continue // its context has no such purpose
			}
			wantErr(t, suite+" "+purpose, s.resigned(t, doc, suite, set("proofPurpose", purpose)), s.options(), ErrPurpose)
		}
		wantErr(t, suite+" none", s.resigned(t, doc, suite, unset("proofPurpose")), s.options(), ErrPurpose)
		good := s.signed(t, doc, suite)
		for _, v := range []any{"AssertionMethod", "keyAgreement", nil, []any{"assertionMethod"}, map[string]any{"id": "assertionMethod"}} {
			wantErr(t, suite+" odd", with(good, set("proofPurpose", v)), s.options(), ErrPurpose)
		}
	}
}

func TestAttack23Dates(t *testing.T) {
	for suite, s := range signers(t) {
		doc := sampleFor(t, suite)
		for _, tt := range []struct {
			desc, member, value string
			want                error
		}{
			{"created now", "created", "2026-11-23T12:00:00Z", nil},
			{"created within the skew", "created", "2026-11-23T12:00:59Z", nil},
			{"created in the future", "created", "2026-11-23T12:01:01Z", ErrDates},
			{"created in the future by its zone", "created", "2026-11-23T12:00:00-05:00", ErrDates},
			{"created with fractions", "created", "2026-01-01T12:00:00.123Z", nil},
			{"created without a zone, which is UTC", "created", "2026-01-01T12:00:00", nil},
			{"created without a zone, in the future", "created", "2026-11-23T12:01:01", ErrDates},
			{"expires without a zone", "expires", "2026-11-23T12:00:00", ErrDates},
			{"created at 24:00", "created", "2026-01-01T24:00:00Z", nil},
			{"created at 24:00, in the future", "created", "2026-11-23T24:00:00Z", ErrDates},
			{"created as a date", "created", "2026-01-01", nil},
			{"created tomorrow, as a date", "created", "2026-11-24", ErrDates},
			{"created with hours alone in its zone", "created", "2026-01-01T12:00:00+01", nil},
			{"created in the future, with hours alone in its zone", "created", "2026-11-23T12:30:00-01", ErrDates},
			{"created in basic form", "created", "20260101T120000Z", nil},
			{"created empty", "created", "", nil},
			{"created in words", "created", "yesterday", ErrUndated},
			{"created on no day", "created", "2026-02-30T12:00:00Z", ErrUndated},
			{"created with a comma", "created", "2026-01-01T12:00:00,5Z", nil},
			{"created as seconds", "created", "1764000000", nil},
			{"created in the future, as seconds", "created", "1864000000", ErrDates},
			{"created in the future, as milliseconds", "created", "1864000000000", ErrDates},
			{"expires later", "expires", "2027-01-01T00:00:00Z", nil},
			{"expires now", "expires", "2026-11-23T12:00:00Z", ErrDates},
			{"expired", "expires", "2026-11-23T11:59:59Z", ErrDates},
			{"expired, as a date", "expires", "2026-11-22", ErrDates},
			{"expires today", "expires", "2026-11-23", nil},
			{"expired, as seconds", "expires", "1764000000", ErrDates},
			{"expires empty", "expires", "", nil},
			{"expires malformed", "expires", "never", ErrUndated},
		} {
			if tt.member == "expires" && suite == "Ed25519Signature2020" && tt.want == nil {
				continue
			}
			signed := s.resigned(t, doc, suite, set(tt.member, tt.value))
			wantErr(t, suite+" "+tt.desc, signed, s.options(), tt.want)
			if tt.want == ErrUndated {
				value := "proofValue"
				if _, ok := detached[suite]; ok {
					value = "jws"
				}
				// Such a date shields nothing: neither what was changed, nor an end that is past.
				wantErr(t, suite+" "+tt.desc+", changed", with(signed, set(value, s.signed(t, doc, suite)["proof"].(map[string]any)[value])), s.options(), ErrSignature)
				other := map[string]string{"created": "expires", "expires": "created"}[tt.member]
				over := map[string]string{"created": "2027-01-01T00:00:00Z", "expires": "2026-01-01T00:00:00Z"}[other]
				wantErr(t, suite+" "+tt.desc+", and not of now", with(signed, set(other, over)), s.options(), ErrDates)
			}
		}
		want := ErrMalformed
		if strings.Contains(suite, "-jcs-") {
			want = ErrSignature
		}
		wantErr(t, suite+" created as a number", with(s.signed(t, doc, suite), set("created", 5)), s.options(), want)
		r := verdictOf(t, s.resigned(t, doc, suite, unset("created")), s.options())
		if r.Err != nil || !slices.Contains(r.Warnings, verdict.WarnNoCreated) {
			t.Errorf("%s without created: %v %v", suite, r.Err, r.Warnings)
		}
	}
}

func TestAttack24Chains(t *testing.T) {
	s := newEd25519(t, 1)
	doc := sample(t)
	first := proofConfig("eddsa-rdfc-2022")
	first["id"] = "urn:uuid:00000000-0000-4000-8000-000000000001"
	p1 := s.proofFor(t, doc, first)
	second := proofConfig("eddsa-rdfc-2022")
	second["previousProof"] = first["id"]
	over := maps.Clone(doc)
	over["proof"] = []any{p1}
	p2 := s.proofFor(t, over, second)

	chain := func(proofs ...any) []DIResult {
		t.Helper()
		d := maps.Clone(doc)
		d["proof"] = proofs
		r, err := VerifyDataIntegrity(context.Background(), d, s.options())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for i, r := range chain(p1, p2) {
		if r.Err != nil {
			t.Errorf("good chain, proof %d: %v", i, r.Err)
		}
	}
	for i, r := range chain(p2, p1) {
		if r.Err != nil {
			t.Errorf("good chain in another order, proof %d: %v", i, r.Err)
		}
	}
	if r := chain(p2); !errors.Is(r[0].Err, ErrChain) || r[0].Document != nil {
		t.Errorf("the proof before is missing: %v", r[0].Err)
	}
	bad := maps.Clone(p1)
	bad["created"] = "2026-01-16T09:00:00Z"
	if r := chain(bad, p2); !errors.Is(r[0].Err, ErrSignature) || !errors.Is(r[1].Err, ErrChain) {
		t.Errorf("the proof before is bad: %v, %v", r[0].Err, r[1].Err)
	}
	// The second proof alone, its reference taken away.
	cut := maps.Clone(p2)
	delete(cut, "previousProof")
	if r := chain(cut); !errors.Is(r[0].Err, ErrSignature) {
		t.Errorf("reference taken away: %v", r[0].Err)
	}
	// Proofs that name each other, or themselves.
	a, b := maps.Clone(p1), maps.Clone(p2)
	b["id"] = "urn:uuid:00000000-0000-4000-8000-000000000002"
	a["previousProof"] = b["id"]
	if r := chain(a, b); !errors.Is(r[0].Err, ErrChain) || !errors.Is(r[1].Err, ErrChain) {
		t.Errorf("circle: %v, %v", r[0].Err, r[1].Err)
	}
	a["previousProof"] = a["id"]
	if r := chain(a); !errors.Is(r[0].Err, ErrChain) {
		t.Errorf("itself: %v", r[0].Err)
	}
	for _, v := range []any{[]any{}, []any{nil}, map[string]any{}, 7} {
		c := maps.Clone(p2)
		c["previousProof"] = v
		if r := chain(p1, c); r[1].Err == nil || !errors.Is(r[1].Err, ErrChain) && !errors.Is(r[1].Err, ErrMalformed) {
			t.Errorf("previousProof %v: %v", v, r[1].Err)
		}
	}
	d := maps.Clone(doc)
	d["proof"] = []any{p1, p1}
	if _, err := VerifyDataIntegrity(context.Background(), d, s.options()); !errors.Is(err, ErrMalformed) {
		t.Errorf("two proofs with one id: %v", err)
	}

	// A set: each proof for itself, and the good one's document only.
	forged := maps.Clone(proofConfig("eddsa-rdfc-2022"))
	forged["proofValue"] = "z" + base58.Encode(make([]byte, 64))
	r := chain(forged, p1)
	if !errors.Is(r[0].Err, ErrSignature) || r[0].Document != nil || r[1].Err != nil || r[1].Document == nil {
		t.Errorf("set of a forged and a good proof: %v, %v", r[0].Err, r[1].Err)
	}
	if _, has := r[1].Document["proof"]; has {
		t.Error("the secured document has a proof")
	}
	many := slices.Repeat([]any{forged}, maxProofs+1)
	d["proof"] = many
	if _, err := VerifyDataIntegrity(context.Background(), d, s.options()); !errors.Is(err, ErrBudget) {
		t.Errorf("too many proofs: %v", err)
	}
}

// A proof is of one document: the outer record's does not serve an inner
// credential, nor the reverse.
func TestAttack25MovedProof(t *testing.T) {
	s := newEd25519(t, 1)
	inner := s.signed(t, sample(t), "eddsa-rdfc-2022")
	outer := parseDoc(t, []byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id": "urn:uuid:00000000-0000-4000-8000-0000000000aa",
		"type": ["VerifiableCredential", "ClrCredential"],
		"name": "Record", "issuer": {"id": "https://badges.example.edu/issuers/1", "type": "Profile"}, "validFrom": "2026-01-15T09:00:00Z"}`))
	outer["credentialSubject"] = map[string]any{"type": []any{"ClrSubject"}, "verifiableCredential": []any{inner}}
	clr := s.signed(t, outer, "eddsa-rdfc-2022")
	wantErr(t, "inner", inner, s.options(), nil)
	wantErr(t, "outer", clr, s.options(), nil)

	moved := maps.Clone(outer)
	moved["proof"] = inner["proof"]
	wantErr(t, "inner proof on the outer record", moved, s.options(), ErrSignature)
	moved = maps.Clone(inner)
	moved["proof"] = clr["proof"]
	wantErr(t, "outer proof on the inner credential", moved, s.options(), ErrSignature)
	stripped := maps.Clone(clr)
	stripped["credentialSubject"] = map[string]any{"type": []any{"ClrSubject"}, "verifiableCredential": []any{without(inner, "proof")}}
	wantErr(t, "inner proof taken away", stripped, s.options(), ErrSignature)
	// A proof that does not stand at the root is none.
	wantErr(t, "a proof further in", outer, s.options(), ErrMalformed)
	hidden := maps.Clone(sample(t))
	hidden["credentialSubject"] = map[string]any{"proof": inner["proof"]}
	wantErr(t, "a proof in the subject", hidden, s.options(), ErrMalformed)
}

func TestAttack27ExtendedContext(t *testing.T) {
	for _, suite := range []string{"eddsa-jcs-2022", "ecdsa-jcs-2019"} {
		s := signers(t)[suite]
		doc := sample(t)
		config := proofConfig(suite)
		config["@context"] = doc["@context"]
		signed := maps.Clone(doc)
		signed["proof"] = s.proofFor(t, doc, config)
		wantErr(t, suite, again(t, signed), s.options(), nil)

		// More contexts after the signed ones are allowed by the suite; the
		// document to read is the one without them.
		longer := maps.Clone(signed)
		longer["@context"] = append(slices.Clone(doc["@context"].([]any)), map[string]any{"name": "https://schema.org/description"})
		r := verdictOf(t, longer, s.options())
		if r.Err != nil || !sameJSON(r.Document["@context"], doc["@context"]) {
			t.Errorf("%s extended: %v, %v", suite, r.Err, r.Document["@context"])
		}
		for desc, c := range map[string]any{
			"before":    append([]any{"https://w3id.org/security/multikey/v1"}, doc["@context"].([]any)...),
			"shorter":   doc["@context"].([]any)[:1],
			"reordered": []any{doc["@context"].([]any)[1], doc["@context"].([]any)[0]},
			"none":      nil,
		} {
			other := maps.Clone(signed)
			other["@context"] = c
			wantErr(t, suite+" "+desc, other, s.options(), ErrSignature)
		}
		// What the document has beside the proof's stands in the way as it is: an
		// object is compared like an address.
		object := maps.Clone(doc)
		object["@context"] = append(slices.Clone(doc["@context"].([]any)), map[string]any{"gpa": "https://issuer.example/gpa"})
		config = proofConfig(suite)
		config["@context"] = object["@context"]
		if !startsWith(object["@context"], again(t, map[string]any{"c": config["@context"]})["c"]) {
			t.Error("a context that is the very same does not start with itself")
		}
		// Without a context in the proof the document's own is signed, whether
		// its options had it or not, and must still be one of ours.
		unwritten := maps.Clone(doc)
		unwritten["proof"] = s.proofFor(t, doc, contextConfig(suite, doc["@context"]))
		delete(unwritten["proof"].(map[string]any), "@context")
		r = verdictOf(t, again(t, unwritten), s.options())
		if r.Err != nil || !slices.Contains(r.Warnings, verdict.WarnUnwritten) {
			t.Errorf("%s, signed with a context that the proof does not write: %v, %v", suite, r.Err, r.Warnings)
		}
		for desc, change := range map[string]func(d map[string]any){
			"a name": func(d map[string]any) { d["name"] = "another" },
			"a context": func(d map[string]any) {
				d["@context"] = append(slices.Clone(doc["@context"].([]any)), "https://w3id.org/security/multikey/v1")
			},
		} {
			d := again(t, unwritten)
			change(d)
			wantErr(t, suite+" unwritten, changed "+desc, d, s.options(), ErrSignature)
		}
		plain := s.signed(t, doc, suite)
		longer = maps.Clone(plain)
		longer["@context"] = append(slices.Clone(doc["@context"].([]any)), "https://w3id.org/security/multikey/v1")
		wantErr(t, suite+" extended, no context in the proof", longer, s.options(), ErrSignature)
		inline := maps.Clone(doc)
		inline["@context"] = append(slices.Clone(doc["@context"].([]any)), map[string]any{"name": "https://schema.org/description"})
		if _, err := HashDataIntegrity(context.Background(), inline, proofConfig(suite)); !errors.Is(err, ErrContext) {
			t.Errorf("%s with a context object: %v", suite, err)
		}
	}
	// RDFC: the proof is read under the document's context.
	s := newEd25519(t, 1)
	doc := s.signed(t, sample(t), "eddsa-rdfc-2022")
	wantErr(t, "the same context in the proof", with(doc, set("@context", doc["@context"])), s.options(), nil)
	wantErr(t, "another context in the proof", with(doc, set("@context", "https://www.w3.org/ns/credentials/v2")), s.options(), ErrContext)
	wantErr(t, "a context object in the proof", with(doc, set("@context", map[string]any{})), s.options(), ErrContext)
}

func contextConfig(suite string, context any) map[string]any {
	c := proofConfig(suite)
	c["@context"] = context
	return c
}

func TestAttack28NoProof(t *testing.T) {
	s := newEd25519(t, 1)
	good := s.signed(t, sample(t), "eddsa-rdfc-2022")
	for desc, p := range map[string]any{"empty list": []any{}, "null": nil, "string": "proof", "true": true, "list of strings": []any{"x"}, "list of lists": []any{[]any{good["proof"]}}, "number": 1} {
		doc := maps.Clone(good)
		doc["proof"] = p
		want := ErrUnsupported // of a kind that is not told
		if list, _ := p.([]any); p == nil || list != nil && len(list) == 0 {
			want = ErrMalformed
		}
		wantErr(t, desc, doc, s.options(), want)
	}
	wantErr(t, "no member", sample(t), s.options(), ErrMalformed)
	for _, name := range []string{"RsaSignature2018", "EcdsaSecp256k1Signature2019", "BbsBlsSignature2020", "DataIntegrityproof", ""} {
		r := verdictOf(t, with(good, set("type", name)), s.options())
		if !errors.Is(r.Err, ErrUnsupported) || !strings.Contains(r.Err.Error(), name) {
			t.Errorf("type %q: %v", name, r.Err)
		}
	}
	for _, name := range []string{"bbs-2023", "eddsa-rdf-2023", "eddsa-rdfc-2023", "EDDSA-RDFC-2022", "none", "", "ecdsa-xi-2023"} {
		r := verdictOf(t, with(good, set("cryptosuite", name)), s.options())
		if !errors.Is(r.Err, ErrUnsupported) || !strings.Contains(r.Err.Error(), name) {
			t.Errorf("cryptosuite %q: %v", name, r.Err)
		}
	}
	for desc, change := range map[string]func(map[string]any){
		"no type":           unset("type"),
		"type list":         set("type", []any{"DataIntegrityProof"}),
		"no cryptosuite":    unset("cryptosuite"),
		"cryptosuite list":  set("cryptosuite", []any{"eddsa-rdfc-2022"}),
		"identifier number": set("id", 5),
	} {
		wantErr(t, desc, with(good, change), s.options(), ErrUnsupported)
	}
	for desc, change := range map[string]func(map[string]any){
		"embedded key": set("verificationMethod", map[string]any{"publicKeyMultibase": "z6Mk"}),
		"method list":  set("verificationMethod", []any{testMethod, testMethod + "2"}),
		"no value":     unset("proofValue"),
	} {
		wantErr(t, desc, with(good, change), s.options(), ErrMalformed)
	}
	// A proof may name no key; who gives none for it has said so.
	wantErr(t, "no method", with(good, unset("verificationMethod")), s.options(), errNoKey)
	wantErr(t, "no key", good, DIOptions{Now: testNow, Keys: func(context.Context, string) ([]*Key, error) { return nil, nil }}, ErrKey)
	ed := s.signed(t, sampleFor(t, "Ed25519Signature2020"), "Ed25519Signature2020")
	wantErr(t, "cryptosuite in Ed25519Signature2020", with(ed, set("cryptosuite", "eddsa-rdfc-2022")), s.options(), ErrMalformed)

	old := s.resigned(t, sample(t), "eddsa-rdfc-2022", func(map[string]any) {})
	config := proofConfig("eddsa-2022")
	p := &diProof{v: &diVerifier{}, input: without(old, "proof"), config: maps.Clone(config), result: &DIResult{}}
	var data []byte
	if _, err := p.rdfc(context.Background(), 5, func(d []byte) bool { data = d; return true }); err != nil {
		t.Fatal(err)
	}
	config["proofValue"] = "z" + base58.Encode(s.sign(data))
	old["proof"] = config
	if r := verdictOf(t, old, s.options()); r.Err != nil || !slices.Contains(r.Warnings, verdict.WarnOldSuiteName) {
		t.Errorf("eddsa-2022: %v %v", r.Err, r.Warnings)
	}
}

// The statements of a signed credential are all there are: what is added to
// one without changing its signature is refused as unsigned (29, 30), and
// contexts cannot be bent (31, 32).
func TestAttack29To32OnSigned(t *testing.T) {
	for _, suite := range []string{"eddsa-rdfc-2022", "ecdsa-rdfc-2019"} {
		s := signers(t)[suite]
		doc := s.signed(t, sample(t), suite)
		add := func(path []string, key string, value any) map[string]any {
			d := again(t, doc)
			m := d
			for _, p := range path {
				m = m[p].(map[string]any)
			}
			m[key] = value
			return d
		}
		achievement := []string{"credentialSubject", "achievement"}
		wantErr(t, "unknown term", add(nil, "gpa", "4.0"), s.options(), ErrDataLoss)
		wantErr(t, "unknown term further in", add(achievement, "skill", "x"), s.options(), ErrDataLoss)
		wantErr(t, "unknown term in the proof", add([]string{"proof"}, "note", "x"), s.options(), ErrDataLoss)
		forged := map[string]any{"id": "rel", "type": "Achievement", "name": "Doctor of Medicine"}
		for _, place := range []struct {
			path []string
			key  string
		}{{[]string{"credentialSubject"}, "achievement"}, {nil, "credentialSubject"}, {nil, "issuer"}, {nil, "evidence"}, {nil, "endorsement"}, {achievement, "alignment"}} {
			d := again(t, doc)
			m := d
			for _, p := range place.path {
				m = m[p].(map[string]any)
			}
			list := []any{forged}
			switch v := m[place.key].(type) {
			case nil:
			case []any:
				list = append(list, v...)
			default:
				list = append(list, v)
			}
			m[place.key] = list
			wantErr(t, "relative identifier in "+place.key, d, s.options(), ErrDataLoss)
		}
		for desc, c := range map[string]any{
			"object":      map[string]any{"Achievement": map[string]any{"@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"}},
			"@vocab":      map[string]any{"@vocab": "https://e.example/"},
			"unknown URL": "https://evil.example/context.json",
		} {
			d := again(t, doc)
			d["@context"] = append(d["@context"].([]any), c)
			wantErr(t, "context "+desc, d, s.options(), ErrContext)
		}
		for _, k := range []string{"@included", "@graph", "@reverse", "@nest", "@index"} {
			wantErr(t, k, add(nil, k, map[string]any{"id": "urn:x:1", "name": "n"}), s.options(), ErrMalformed)
		}
	}
}

func TestAttack36Arrays(t *testing.T) {
	s := newEd25519(t, 1)
	doc := s.signed(t, sample(t), "eddsa-rdfc-2022")
	for _, k := range []string{"issuer", "credentialSubject"} {
		d := again(t, doc)
		d[k] = []any{d[k], map[string]any{"id": "https://other.example/1", "type": []any{"Profile"}}}
		wantErr(t, "a second "+k, d, s.options(), ErrSignature)
		// A list of one says the same in JSON-LD; it is left to the reader of
		// the claims.
		d = again(t, doc)
		d[k] = []any{d[k]}
		wantErr(t, "a list of one "+k, d, s.options(), nil)
	}
}

// TestAttack39 for proofs: a hostile graph in a document or in a proof stops
// at the work counter.
func TestAttack39PoisonDocument(t *testing.T) {
	s := newEd25519(t, 1)
	doc := sample(t)
	var related []any
	for range 12 {
		related = append(related, map[string]any{"type": "Evidence", "name": map[string]any{"type": "Evidence"}})
	}
	doc["evidence"] = related
	d := s.signed(t, doc, "eddsa-rdfc-2022")
	wantErr(t, "look-alikes", d, s.options(), nil)
	o := s.options()
	o.Limits = rdf.Limits{Quads: 20}
	wantErr(t, "statements", d, o, ErrBudget)
	o.Limits = rdf.Limits{Blanks: 5}
	wantErr(t, "blank nodes", d, o, ErrBudget)
	o.Limits = rdf.Limits{Work: 3}
	wantErr(t, "work", d, o, ErrBudget)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := VerifyDataIntegrity(ctx, d, s.options())
	if err != nil || !errors.Is(r[0].Err, context.Canceled) {
		t.Errorf("cancelled: %v %v", err, r[0].Err)
	}
}

// Copies of the Open Badges 3.0.3 context: one with more terms verifies with
// that copy and says so.
func TestContextVariant(t *testing.T) {
	s := newEd25519(t, 1)
	doc := sample(t)
	doc["endorsementJwt"] = []any{"a.b.c"}
	config := proofConfig("eddsa-rdfc-2022")
	p := &diProof{v: &diVerifier{}, input: doc, config: maps.Clone(config), chained: true, result: &DIResult{}}
	p.config["@context"] = doc["@context"]
	data, _, err := p.rdfcHash(context.Background(), 5, "1edtech-validator")
	if err != nil {
		t.Fatal(err)
	}
	config["proofValue"] = "z" + base58.Encode(s.sign(data))
	signed := maps.Clone(doc)
	signed["proof"] = config
	r := verdictOf(t, signed, s.options())
	if r.Err != nil || r.Variant != "1edtech-validator" || !slices.Contains(r.Warnings, verdict.WarnVariant) {
		t.Errorf("got %v %q %v", r.Err, r.Variant, r.Warnings)
	}
	tampered := maps.Clone(signed)
	tampered["endorsementJwt"] = []any{"a.b.d"}
	if r := verdictOf(t, tampered, s.options()); r.Err == nil {
		t.Error("verified after a change")
	}
	if r := verdictOf(t, s.signed(t, sample(t), "eddsa-rdfc-2022"), s.options()); r.Err != nil || r.Variant != "" {
		t.Errorf("published: %v %q", r.Err, r.Variant)
	}
}

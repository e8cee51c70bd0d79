package proof_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verifytest"
)

// sdToken signs a payload; the digests in it are those of disclosures, by the
// names %0, %1, ….
func sdToken(payload string, disclosures ...string) (signed string, texts []string) {
	for i, d := range disclosures {
		text := base64.RawURLEncoding.EncodeToString([]byte(d))
		texts = append(texts, text)
		payload = strings.ReplaceAll(payload, fmt.Sprintf("%%%d", i), verifytest.SDDigest(text))
	}
	return string(verifytest.Compact(map[string]any{"alg": "EdDSA"}, []byte(payload), verifytest.Ed25519(1))), texts
}

// TestSDJWTProcessing holds ParseSDJWT against RFC 9901 §7.1, a row a rule.
func TestSDJWTProcessing(t *testing.T) {
	inner := base64.RawURLEncoding.EncodeToString([]byte(`["s","city","Oslo"]`))
	for _, tc := range []struct {
		desc, payload string
		disclosures   []string // all of them are shown
		want          string
		err           error
	}{
		{"nothing hidden", `{"a":1}`, nil, `{"a":1}`, nil},
		{"a claim", `{"a":1,"_sd":["%0"]}`, []string{`["s","b",2]`}, `{"a":1,"b":2}`, nil},
		{"a claim below", `{"a":{"_sd":["%0"]}}`, []string{`["s","b",{"c":[1]}]`}, `{"a":{"b":{"c":[1]}}}`, nil},
		{"an element", `{"a":[1,{"...":"%0"},3]}`, []string{`["s",2]`}, `{"a":[1,2,3]}`, nil},
		{"a claim in what is disclosed", `{"_sd":["%0"]}`, []string{`["s","home",{"_sd":["` + verifytest.SDDigest(inner) + `"]}]`, `["s","city","Oslo"]`}, `{"home":{"city":"Oslo"}}`, nil},
		{"by its hash", `{"_sd_alg":"sha-256","_sd":["%0"]}`, []string{`["s","b",2]`}, `{"b":2}`, nil},
		{"a decoy goes", `{"_sd":["%0","decoy"],"l":[{"...":"another"}]}`, []string{`["s","b",2]`}, `{"b":2,"l":[]}`, nil},
		{"a null is disclosed", `{"_sd":["%0"]}`, []string{`["s","b",null]`}, `{"b":null}`, nil},

		{"not signed", `{"a":1}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"a claim that is there", `{"b":1,"_sd":["%0"]}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"a claim that is there and null", `{"b":null,"_sd":["%0"]}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"two of one name", `{"_sd":["%0","%1"]}`, []string{`["s","b",2]`, `["t","b",3]`}, "", proof.ErrDisclosure},
		{"a digest twice", `{"_sd":["%0","%0"]}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"a digest twice, elsewhere", `{"_sd":["%0"],"a":{"_sd":["%0"]}}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"a decoy twice", `{"_sd":["d"],"a":[{"...":"d"}]}`, nil, "", proof.ErrDisclosure},
		{"named _sd", `{"_sd":["%0"]}`, []string{`["s","_sd",["x"]]`}, "", proof.ErrDisclosure},
		{"named ...", `{"_sd":["%0"]}`, []string{`["s","...","x"]`}, "", proof.ErrDisclosure},
		{"named _sd_alg", `{"_sd":["%0"]}`, []string{`["s","_sd_alg","x"]`}, "", proof.ErrDisclosure},
		{"an element as a claim", `{"_sd":["%0"]}`, []string{`["s",2]`}, "", proof.ErrDisclosure},
		{"a claim as an element", `{"a":[{"...":"%0"}]}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"an element with more", `{"a":[{"...":"%0","b":1}]}`, []string{`["s",2]`}, "", proof.ErrDisclosure},
		{"... outside of a list", `{"a":{"...":"%0"}}`, []string{`["s",2]`}, "", proof.ErrDisclosure},
		{"_sd is no list", `{"_sd":"%0"}`, []string{`["s","b",2]`}, "", proof.ErrDisclosure},
		{"a digest that is none", `{"_sd":[1]}`, nil, "", proof.ErrDisclosure},
		{"_sd_alg below", `{"a":{"_sd_alg":"sha-256"}}`, nil, "", proof.ErrDisclosure},
		{"no list", `{"_sd":["%0"]}`, []string{`{"b":2}`}, "", proof.ErrDisclosure},
		{"one", `{"_sd":["%0"]}`, []string{`["s"]`}, "", proof.ErrDisclosure},
		{"four", `{"_sd":["%0"]}`, []string{`["s","b",2,3]`}, "", proof.ErrDisclosure},
		{"no salt", `{"_sd":["%0"]}`, []string{`[1,"b",2]`}, "", proof.ErrDisclosure},
		{"no name", `{"_sd":["%0"]}`, []string{`["s",1,2]`}, "", proof.ErrDisclosure},
		{"a name twice in it", `{"_sd":["%0"]}`, []string{`["s","b",{"c":1,"c":2}]`}, "", proof.ErrDisclosure},
		{"rubbish", `{"_sd":["%0"]}`, []string{`["s","b",2`}, "", proof.ErrDisclosure},

		{"a hash that is not read", `{"_sd_alg":"sha3-256","_sd":["%0"]}`, []string{`["s","b",2]`}, "", proof.ErrUnsupported},
		{"a hash without a name", `{"_sd_alg":7}`, nil, "", proof.ErrUnsupported},
		{"no object", `[1]`, nil, "", proof.ErrMalformed},
	} {
		signed, texts := sdToken(tc.payload, tc.disclosures...)
		s, err := proof.ParseSDJWT([]byte(signed + "~" + strings.Join(texts, "~") + strings.Repeat("~", min(1, len(texts)))))
		if !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil) {
			t.Errorf("%s: %v, want %v", tc.desc, err, tc.err)
			continue
		}
		if err != nil {
			continue
		}
		if d := cmp.Diff(verifytest.Object(tc.want), map[string]any(s.Object)); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
		if proof.HoldsDigests(map[string]any(s.Object)) {
			t.Errorf("%s: digests are left", tc.desc)
		}
	}
	signed, texts := sdToken(`{"_sd":["%0"]}`, `["s","b",2]`)
	for desc, token := range map[string]string{
		"twice":                     signed + "~" + texts[0] + "~" + texts[0] + "~",
		"an empty one between them": signed + "~~" + texts[0] + "~",
		"padded":                    signed + "~" + texts[0] + "=~",
	} {
		if _, err := proof.ParseSDJWT([]byte(token)); !errors.Is(err, proof.ErrDisclosure) {
			t.Errorf("%s: %v", desc, err)
		}
	}
	if s, err := proof.ParseSDJWT([]byte(signed + "~" + texts[0])); err != nil || s.Left != nil {
		t.Errorf("without its last tilde: %v", err)
	}
	if _, err := proof.ParseSDJWT([]byte(signed + strings.Repeat("~e30", 2001) + "~")); !errors.Is(err, proof.ErrBudget) {
		t.Errorf("too many: %v", err)
	}
	if _, err := proof.ParseSDJWT([]byte(signed + "~" + strings.Repeat("A", proof.MaxSDJWT))); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
	// Disclosures within disclosures end.
	text, payload := "", ""
	var all strings.Builder
	for i := range 66 {
		d := `["s","a",{"_sd":["` + verifytest.SDDigest(text) + `"]}]`
		if i == 0 {
			d = `["s","a",1]`
		}
		text = base64.RawURLEncoding.EncodeToString([]byte(d))
		all.WriteString("~" + text)
		payload = `{"_sd":["` + verifytest.SDDigest(text) + `"]}`
	}
	signed, _ = sdToken(payload)
	if _, err := proof.ParseSDJWT([]byte(signed + all.String() + "~")); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("nested: %v", err)
	}
}

// TestSDJWTLeftOut: where something was left out is told of that place.
func TestSDJWTLeftOut(t *testing.T) {
	signed, texts := sdToken(`{"a":{"_sd":["%0","x"]},"l":[{"m":[{"...":"y"}]},{"n":{"_sd":["z"]}}],"s":[{"...":"w"}],"whole":{"p":1}}`, `["s","b",{"_sd":["v"]}]`)
	s, err := proof.ParseSDJWT([]byte(signed + "~" + texts[0] + "~"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"": "under", "a": "at under", "a.b": "at under", "l": "under", "l.m": "at under", "l.n": "at under", "s": "at under", "whole": "", "whole.p": "", "nowhere": "", "a.b.c": "",
	} {
		var steps []string
		if path != "" {
			steps = strings.Split(path, ".")
		}
		got := ""
		if s.Left.At(steps...) {
			got = "at "
		}
		if s.Left.Under(steps...) {
			got += "under"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	signed, _ = sdToken(`{"a":1}`)
	if s, err := proof.ParseSDJWT([]byte(signed + "~")); err != nil || s.Left != nil {
		t.Errorf("something was left out of what has no digest: %v", err)
	}
}

// TestSDJWTHolder: the proof of the holder's key holds by the key that the issuer
// names, over these very disclosures.
func TestSDJWTHolder(t *testing.T) {
	issuer, holder := verifytest.Ed25519(1), verifytest.Ed25519(2)
	kb := map[string]any{"alg": "EdDSA", "typ": "kb+jwt"}
	payload := map[string]any{"a": "1", "b": "2", "cnf": map[string]any{"jwk": verifytest.JWK(holder.Public())}}
	c := verifytest.Conceal(map[string]any{"alg": "EdDSA"}, payload, issuer, "a", "b")
	check := func(token []byte) (bound bool, err error) {
		t.Helper()
		s, err := proof.ParseSDJWT(token)
		if err != nil {
			t.Fatal(err)
		}
		return s.Bound(), s.CheckHolder()
	}
	for desc, tc := range map[string]struct {
		token []byte
		want  error
	}{
		"none":                  {c.Show(0), nil},
		"sound":                 {verifytest.Bind(c.Show(0), kb, holder), nil},
		"another key":           {verifytest.Bind(c.Show(0), kb, verifytest.Ed25519(3)), proof.ErrSignature},
		"other disclosures":     {append(append([]byte(nil), c.Show(0, 1)...), verifytest.Bind(c.Show(0), kb, holder)[len(c.Show(0)):]...), proof.ErrDisclosure},
		"another type":          {verifytest.Bind(c.Show(0), map[string]any{"alg": "EdDSA", "typ": "JWT"}, holder), proof.ErrUnsupported},
		"no sd_hash":            {verifytest.Bind(c.Show(0), kb, holder, func(m map[string]any) { delete(m, "sd_hash") }), proof.ErrUnsupported},
		"alg none":              {append(c.Show(0), "eyJhbGciOiJub25lIn0.e30."...), proof.ErrHeader},
		"no token":              {append(c.Show(0), "a.b.c"...), proof.ErrMalformed},
		"an algorithm not read": {append(c.Show(0), "eyJhbGciOiJYMSJ9.e30.AA"...), proof.ErrUnsupported},
	} {
		bound, err := check(tc.token)
		if !bound || !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v %v, want %v", desc, bound, err, tc.want)
		}
	}
	delete(payload, "cnf")
	c = verifytest.Conceal(map[string]any{"alg": "EdDSA"}, payload, issuer, "a")
	if bound, err := check(c.Show(0)); bound || err != nil {
		t.Errorf("for anybody: %v %v", bound, err)
	}
	if bound, err := check(verifytest.Bind(c.Show(0), kb, holder)); !bound || !errors.Is(err, proof.ErrUnsupported) {
		t.Errorf("a proof by a key that the issuer does not name: %v %v", bound, err)
	}
}

// FuzzSDJWT: whatever is read holds no digest, and its signed part is a JWS.
func FuzzSDJWT(f *testing.F) {
	signed, texts := sdToken(`{"a":[{"...":"%0"},{"_sd":["%1","x"]}],"_sd_alg":"sha-256"}`, `["s",{"_sd":["y"]}]`, `["s","b",2]`)
	f.Add(signed + "~" + strings.Join(texts, "~") + "~")
	f.Add(signed + "~" + texts[1] + "~" + signed)
	f.Add(signed)
	f.Fuzz(func(t *testing.T, token string) {
		s, err := proof.ParseSDJWT([]byte(token))
		if err != nil {
			return
		}
		if proof.HoldsDigests(map[string]any(s.Object)) {
			t.Error("digests are left")
		}
		if _, err := s.JWS.Object(); err != nil {
			t.Error("what is signed is no object")
		}
		s.Bound()
		_ = s.CheckHolder()
	})
}

// FuzzJWSJSON: whatever is given of a JWS in its JSON serialisation is a form that
// ParseJWS or ParseSDJWT reads as such, over the payload and by the header that
// stand in it.
func FuzzJWSJSON(f *testing.F) {
	p := strings.Split(string(verifytest.Compact(map[string]any{"alg": "EdDSA"}, []byte(`{"a":1}`), verifytest.Ed25519(1))), ".")
	f.Add(`{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`)
	f.Add(`{"payload":"` + p[1] + `","signatures":[{"protected":"` + p[0] + `","signature":"` + p[2] + `","header":{"disclosures":["x"],"kb_jwt":"a.b.c"}},{"header":{"alg":"none"}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		o, err := read.ParseDocument([]byte(text))
		if err != nil || !proof.IsJWSJSON(o) {
			return
		}
		forms, errs, err := proof.CompactForms(o)
		if err != nil {
			return
		}
		if len(forms) != len(errs) || len(forms) > proof.MaxSignatures {
			t.Fatalf("%d forms, %d errors", len(forms), len(errs))
		}
		for i, form := range forms {
			if errs[i] != nil {
				continue
			}
			jws, _, _ := strings.Cut(string(form), "~")
			if part := strings.Split(jws, "."); len(part) != 3 || part[1] != o.Str("payload") {
				t.Errorf("%q", form)
			}
			if j, err := proof.ParseJWS(form); err == nil && j.Alg == "" {
				t.Error("no algorithm")
			}
			_, _ = proof.ParseSDJWT(form)
		}
	})
}

package did_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mr-tron/base58"

	"assay/verify/did"
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
	vt "assay/verify/verifytest"
)

type obj = map[string]any

const (
	web    = "did:web:issuer.example.org"
	webDoc = "https://issuer.example.org/.well-known/did.json"
	httpID = "https://issuer.example.org/profile"
	jwks   = "https://issuer.example.org/.well-known/jwks.json"
)

var (
	key1, key2, evil = vt.Ed25519(1), vt.Ed25519(2), vt.Ed25519(9)
	options          = did.Options{Now: func() time.Time { return vt.Now }}
)

// strict gives a key by its name alone, as a proof that names one means it, and not
// what is tried where the name is of none; and what of that may make claims.
type strict struct{ *did.Resolver }

func strictly(f fetch.Fetcher, o did.Options) strict { return strict{did.New(f, o)} }

func (r strict) Resolve(ctx context.Context, issuer, method string) (*proof.Key, []verdict.Evidence, error) {
	return usable(r.Resolver.Resolve(ctx, issuer, method))
}

func (r strict) ResolveThumbprint(ctx context.Context, issuer, thumbprint string) (*proof.Key, []verdict.Evidence, error) {
	return usable(r.Resolver.ResolveThumbprint(ctx, issuer, thumbprint))
}

func usable(f *did.Found, ev []verdict.Evidence, err error) (*proof.Key, []verdict.Evidence, error) {
	switch {
	case err != nil:
		return nil, ev, err
	case !f.Named:
		return nil, ev, fmt.Errorf("by no name: %w", did.ErrNotIssuers)
	}
	if err := did.Withdrawn(f.Keys[0], vt.Now); err != nil {
		return nil, ev, err
	}
	return f.Keys[0], ev, nil
}

// multikey is a verification method as documents list it.
func multikey(id, controller string, k ed25519.PrivateKey) obj {
	m := obj{"id": id, "type": "Multikey", "publicKeyMultibase": vt.Multikey(k)}
	if controller != "-" {
		m["controller"] = controller
	}
	return m
}

func with(m obj, kv ...any) obj {
	out := vt.Clone(m)
	for i := 0; i < len(kv); i += 2 {
		out[kv[i].(string)] = kv[i+1]
	}
	return vt.Clone(out)
}

func thumb(t testing.TB, pub any) string {
	t.Helper()
	s, err := proof.Thumbprint(pub)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// didDoc is a usual DID document with one key for assertions.
func didDoc(id, method string, k ed25519.PrivateKey) obj {
	return obj{"id": id, "verificationMethod": []any{multikey(method, id, k)}, "assertionMethod": []any{method}}
}

// The vectors of the did:key specification: what its DID says, and what its
// document lists under assertionMethod.
func TestDIDKeyVectors(t *testing.T) {
	for file, want := range map[string]error{
		"ed25519-x25519.json": nil, "nist-curves.json": nil, "rsa.json": nil,
		"secp256k1.json": nil, "bls12381.json": proof.ErrUnsupported,
	} {
		data, err := os.ReadFile(vt.Shared(t, "vectors", "did-key", file))
		if err != nil {
			t.Fatal(err)
		}
		vectors, err := read.ParseObject(data, read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r := strictly(fetch.Offline(), options)
		passed := 0
		for id, v := range vectors {
			doc := read.Object(v.(obj)).Obj("didDocument")
			methods := read.List(doc["assertionMethod"])
			if len(methods) == 0 {
				t.Errorf("%s: no assertionMethod", id)
			}
			for _, m := range methods {
				method := read.ID(m)
				if strings.HasPrefix(method, "#") {
					method = id + method
				}
				k, _, err := r.Resolve(t.Context(), id, method)
				if strings.HasPrefix(id, "did:key:z5Tc") { // both BLS groups under one DID, with no codec of its own
					if err == nil {
						t.Errorf("%s resolves", id)
					}
					continue
				}
				if !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", method, err, want)
					continue
				}
				if want != nil {
					continue
				}
				passed++
				if k.ID != method || k.Controller != id || !k.Assertion {
					t.Errorf("%s: %+v", id, k)
				}
				// The document gives the key in another form: it must be the same.
				for _, vm := range read.Objects(doc["verificationMethod"]) {
					if vmID := read.ID(vm); vmID != method && id+vmID != method {
						continue
					}
					if j := vm.Obj("publicKeyJwk"); j != nil {
						other, err := proof.ParseJWK(j)
						if err != nil || thumb(t, other.Public) != thumb(t, k.Public) {
							t.Errorf("%s: another key than its document's (%v)", id, err)
						}
					}
				}
			}
		}
		if want == nil && passed == 0 {
			t.Errorf("%s: nothing passed", file)
		}
		t.Logf("%s: %d of %d resolved", file, passed, len(vectors))
	}
}

func TestDIDKey(t *testing.T) {
	r := strictly(fetch.Offline(), options)
	id, method := vt.DIDKey(key1)
	other, otherMethod := vt.DIDKey(evil)
	_, x25519frag, _ := strings.Cut(otherMethod, "#")
	for _, tc := range []struct {
		desc, issuer, method string
		want                 error
	}{
		{"its method", id, method, nil},
		{"relative", id, method[len(id):], nil},
		{"the DID for its only key", id, id, nil},
		{"another's method", id, otherMethod, did.ErrNotIssuers},
		{"another's DID", id, other, did.ErrNotIssuers},
		{"a fragment that is not its key", id, id + "#" + x25519frag, did.ErrNotIssuers},
		{"a fragment of words", id, id + "#key-1", did.ErrNotIssuers},
		{"an HTTP URL", id, "https://example.org/" + method[len(id):], did.ErrNotIssuers},
		{"nothing", id, "", did.ErrNotIssuers},
		{"issuer with a fragment", method, method, did.ErrUnprovable},
		{"issuer with a path", id + "/x", id + "/x" + method[len(id):], did.ErrUnprovable},
		{"issuer with a query", id + "?x", id + "?x" + method[len(id):], did.ErrUnprovable},
		{"DID in capitals", strings.ToUpper(id), method, did.ErrUnprovable},
		{"no key that is known", "did:key:z6Mk", "did:key:z6Mk#z6Mk", proof.ErrUnsupported},
		{"not base58", "did:key:z6M0", "did:key:z6M0#z6M0", proof.ErrMalformed},
		{"base64url key", "did:key:u7QE", "did:key:u7QE#u7QE", did.ErrMethod},
		{"empty", "did:key:", "did:key:#", did.ErrNotIssuers},
		{"versioned", "did:key:1.1:" + id[8:], "did:key:1.1:" + id[8:] + method[len(id):], did.ErrMethod},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			k, _, err := r.Resolve(t.Context(), tc.issuer, tc.method)
			if tc.desc == "empty" {
				if err == nil {
					t.Fatal("resolved")
				}
				return
			}
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if err == nil && thumb(t, k.Public) != thumb(t, key1.Public()) {
				t.Error("another key")
			}
		})
	}
}

func TestDIDJWK(t *testing.T) {
	r := strictly(fetch.Offline(), options)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	name := func(m obj) string { return "did:jwk:" + base64.RawURLEncoding.EncodeToString(vt.JSON(m)) }
	good := vt.JWK(&ec.PublicKey)
	for _, tc := range []struct {
		desc string
		id   string
		frag string
		want error
	}{
		{"P-256", name(good), "#0", nil},
		{"Ed25519", name(vt.JWK(key1.Public())), "#0", nil},
		{"for signatures", name(with(good, "use", "sig", "alg", "ES256")), "#0", nil},
		{"relative", name(good), "", nil},
		{"another fragment", name(good), "#1", did.ErrNotIssuers},
		{"for encryption", name(with(good, "use", "enc")), "#0", proof.ErrOtherUse},
		{"private", name(with(good, "d", "AQ")), "#0", proof.ErrKey},
		{"symmetric", name(obj{"kty": "oct", "k": "AQ"}), "#0", proof.ErrKey},
		{"not base64url", "did:jwk:e30=", "#0", did.ErrMethod},
		{"left-over bits", "did:jwk:e31", "#0", did.ErrMethod},
		{"not JSON", "did:jwk:AAAA", "#0", did.ErrMethod},
		{"twice the same member", "did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(`{"kty":"OKP","kty":"EC"}`)), "#0", did.ErrMethod},
		{"too long", "did:jwk:" + strings.Repeat("A", 5000), "#0", did.ErrMethod},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			_, _, err := r.Resolve(t.Context(), tc.id, tc.id+tc.frag)
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}

func TestDIDWebURL(t *testing.T) {
	for _, tc := range []struct{ id, url string }{
		{"did:web:example.org", "https://example.org/.well-known/did.json"},
		{"did:web:example.org:user:alice", "https://example.org/user/alice/did.json"},
		{"did:web:example.org%3A3000", "https://example.org:3000/.well-known/did.json"},
		{"did:web:example.org%3a3000:user", "https://example.org:3000/user/did.json"},
		{"did:web:example.org:a-b_c.d:%C3%A5", "https://example.org/a-b_c.d/%C3%A5/did.json"},
		{"did:web:", ""}, {"did:web:example.org:", ""}, {"did:web:example.org::a", ""}, {"did:web:example.org:..", ""}, {"did:web:example.org:.:a", ""},
		{"did:web:example.org:%2e%2e:a", ""}, {"did:web:example.org:a%2Fb", ""}, {"did:web:example.org:a%5Cb", ""}, {"did:web:example.org:a%3Fb", ""},
		{"did:web:example.org:a%23b", ""}, {"did:web:example.org:%252e%252e", ""}, {"did:web:example.org:a%00", ""}, {"did:web:example.org:a b", ""},
		{"did:web:example.org%2Fpath", ""}, {"did:web:user%40example.org", ""}, {"did:web:user@example.org", ""}, {"did:web:example.org/path", ""},
		{"did:web:example.org?x", ""}, {"did:web:example.org%3Ax", ""}, {"did:web:example.org%3A", ""}, {"did:web:example.org%3A80%3A80", ""}, {"did:web:%3A80", ""},
		{"did:web:example.org%", ""}, {"did:web:exa%0ample.org", ""}, {"did:web:[::1]", ""}, {"did:web:%5B::1%5D", ""}, {"did:web:example.org\\.evil.org", ""},
		{"did:web:example.org%23", ""}, {"did:web:" + strings.Repeat("a", 5000), ""},
	} {
		w := vt.NewWeb(nil)
		_, _, err := strictly(w, options).Resolve(t.Context(), tc.id, tc.id+"#k")
		if tc.url == "" {
			if err == nil || w.Total() != 0 {
				t.Errorf("%s: %v, asked %v", tc.id, err, w.Asked)
			}
			continue
		}
		if w.Asked[tc.url] != 1 || w.Total() != 1 || !fetch.Temporary(err) {
			t.Errorf("%s: %v, asked %v", tc.id, err, w.Asked)
		}
	}
}

func TestDIDWeb(t *testing.T) {
	m := web + "#k1"
	embedded := obj{"id": web, "assertionMethod": []any{multikey(m, web, key1)}}
	for _, tc := range []struct {
		desc   string
		doc    any
		method string // "" = m
		want   error
	}{
		{desc: "usual", doc: didDoc(web, m, key1)},
		{desc: "relative method", doc: didDoc(web, m, key1), method: "#k1"},
		{desc: "relative ids in the document", doc: obj{"id": web, "verificationMethod": []any{multikey("#k1", web, key1)}, "assertionMethod": []any{"#k1"}}},
		{desc: "embedded", doc: embedded},
		{desc: "embedded and listed, the same", doc: with(embedded, "verificationMethod", []any{multikey(m, web, key1)})},
		{desc: "single values", doc: obj{"id": web, "verificationMethod": multikey(m, web, key1), "assertionMethod": m}},
		{desc: "empty controller", doc: obj{"id": web, "verificationMethod": multikey(m, "", key1), "assertionMethod": m}},
		{desc: "no controller", doc: obj{"id": web, "verificationMethod": multikey(m, "-", key1), "assertionMethod": m}},
		{desc: "JWK", doc: obj{"id": web, "verificationMethod": obj{"id": m, "type": "JsonWebKey2020", "controller": web, "publicKeyJwk": vt.JWK(key1.Public())}, "assertionMethod": m}},
		{desc: "base58", doc: obj{"id": web, "verificationMethod": obj{"id": m, "type": "Ed25519VerificationKey2018", "controller": web, "publicKeyBase58": base58.Encode(key1.Public().(ed25519.PublicKey))}, "assertionMethod": m}},
		{desc: "base58 under a type that has none", doc: obj{"id": web, "verificationMethod": obj{"id": m, "type": "Multikey", "controller": web, "publicKeyBase58": base58.Encode(key1.Public().(ed25519.PublicKey))}, "assertionMethod": m}, want: did.ErrUnsupported},
		{desc: "another key of the list", doc: obj{"id": web, "verificationMethod": []any{multikey(web+"#k2", web, key2), multikey(m, web, key1)}, "assertionMethod": []any{web + "#k2", m}}},
		{desc: "not yet expired", doc: obj{"id": web, "assertionMethod": with(multikey(m, web, key1), "expires", "2027-01-01T00:00:00Z", "revoked", "2027-01-01T00:00:00Z")}},

		{desc: "without a fragment", doc: didDoc(web, m, key1), method: web, want: did.ErrNotIssuers},
		{desc: "not in the document", doc: didDoc(web, m, key1), method: web + "#k9", want: did.ErrNotIssuers},
		{desc: "no relationship at all", doc: obj{"id": web, "verificationMethod": multikey(m, web, key1)}, want: did.ErrNotAssertion},
		{desc: "controller is a list", doc: obj{"id": web, "assertionMethod": obj{"id": m, "controller": []any{web}, "publicKeyMultibase": vt.Multikey(key1)}}},
		{desc: "controller is another's list", doc: obj{"id": web, "assertionMethod": obj{"id": m, "controller": []any{"did:web:evil.example.com"}, "publicKeyMultibase": vt.Multikey(key1)}}, want: did.ErrNotIssuers},
		{desc: "two controllers", doc: obj{"id": web, "assertionMethod": obj{"id": m, "controller": []any{web, "did:web:evil.example.com"}, "publicKeyMultibase": vt.Multikey(key1)}}, want: did.ErrIllegible},
		{desc: "one key in two forms", doc: obj{"id": web, "assertionMethod": with(multikey(m, web, key1), "publicKeyJwk", vt.JWK(key1.Public()))}},
		{desc: "base58 under the type that followed", doc: obj{"id": web, "verificationMethod": obj{"id": m, "type": "Ed25519VerificationKey2020", "controller": web, "publicKeyBase58": base58.Encode(key1.Public().(ed25519.PublicKey))}, "assertionMethod": m}},
		{desc: "key in a form that is not read", doc: obj{"id": web, "assertionMethod": obj{"id": m, "publicKeyHex": "00"}}, want: did.ErrUnsupported},
		{desc: "@id", doc: obj{"@id": web, "assertionMethod": []any{multikey(m, web, key1)}}},
		{desc: "@id of another", doc: obj{"@id": "did:web:evil.example.com", "assertionMethod": []any{multikey(m, web, key1)}}, want: did.ErrDocument},
		{desc: "two keys by one name", doc: with(embedded, "verificationMethod", []any{multikey(m, web, key2)}), want: did.ErrDocument},
		{desc: "two keys in one method", doc: obj{"id": web, "assertionMethod": with(multikey(m, web, key1), "publicKeyJwk", vt.JWK(key2.Public()))}, want: did.ErrIllegible},
		{desc: "no key in the method", doc: obj{"id": web, "assertionMethod": obj{"id": m, "type": "Multikey", "controller": web}}, want: did.ErrIllegible},
		{desc: "key is a number", doc: obj{"id": web, "assertionMethod": obj{"id": m, "publicKeyMultibase": 1}}, want: did.ErrIllegible},
		{desc: "date that cannot be read", doc: obj{"id": web, "assertionMethod": with(multikey(m, web, key1), "revoked", "soon")}, want: did.ErrRevoked},
		{desc: "key agreement key", doc: obj{"id": web, "assertionMethod": obj{"id": m, "publicKeyMultibase": "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"}}, want: proof.ErrUnsupported},
		{desc: "no id", doc: obj{"verificationMethod": multikey(m, web, key1), "assertionMethod": m}, want: did.ErrIllegible},
		{desc: "not an object", doc: "[]", want: did.ErrDocument},
		{desc: "duplicate member", doc: `{"id":"` + web + `","id":"` + web + `"}`, want: did.ErrDocument},
		{desc: "page", doc: vt.Answer{Type: "text/html", Body: "<html>"}, want: did.ErrNotFound},
		{desc: "404", doc: vt.Answer{Status: 404, Body: "{}"}, want: did.ErrNotFound},
		{desc: "503", doc: vt.Answer{Status: 503}, want: fetch.ErrUnreachable},
		{desc: "429", doc: vt.Answer{Status: 429}, want: fetch.ErrUnreachable},
		{desc: "403", doc: vt.Answer{Status: 403}, want: fetch.ErrUnreachable},
		{desc: "timeout", doc: vt.Answer{Err: fetch.ErrTimeout}, want: fetch.ErrTimeout},
		{desc: "another host", doc: vt.Answer{Final: "https://evil.example.com/did.json", Body: string(vt.JSON(didDoc(web, m, key1)))}, want: fetch.ErrRedirect},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := vt.NewWeb(obj{webDoc: tc.doc})
			method := tc.method
			if method == "" {
				method = m
			}
			k, ev, err := strictly(w, options).Resolve(t.Context(), web, method)
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if tc.want == nil && (thumb(t, k.Public) != thumb(t, key1.Public()) || k.ID != m || !k.Assertion) {
				t.Errorf("%+v", k)
			}
			if w.Total() > 0 && (len(ev) != 1 || ev[0].URL != webDoc || ev[0].At.IsZero()) {
				t.Errorf("evidence %+v", ev)
			}
			if fetch.Temporary(err) != (errors.Is(err, fetch.ErrUnreachable) || errors.Is(err, fetch.ErrTimeout)) {
				t.Errorf("%v: temporary %t", err, fetch.Temporary(err))
			}
		})
	}
}

func TestUnsupportedDIDs(t *testing.T) {
	r := strictly(fetch.Offline(), options)
	for id, name := range map[string]string{
		"did:ion:abc": "did:ion", "did:ethr:0x1": "did:ethr", "did:velocity:v2:0x4:8": "did:velocity", "did:ebsi:z1": "did:ebsi", "did:example:12345": "did:example",
	} {
		if _, _, err := r.Resolve(t.Context(), id, id+"#k"); !errors.Is(err, did.ErrUnsupported) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", id, err)
		}
		if _, _, err := r.Unbound(t.Context(), id+"#k"); !errors.Is(err, did.ErrUnsupported) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164", "Resume Builder", "", "mailto:a@example.org", "ftp://example.org/", "https://", "https://user@example.org/"} {
		if _, _, err := r.Resolve(t.Context(), id, "did:key:z#z"); !errors.Is(err, did.ErrUnprovable) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestHTTPIssuer(t *testing.T) {
	m := httpID + "#k1"
	kid := func(k ed25519.PrivateKey, kv ...any) obj { return with(vt.JWK(k.Public()), kv...) }
	profile := func(kv ...any) obj { return with(obj{"id": httpID, "type": "Profile", "name": "Example"}, kv...) }
	for _, tc := range []struct {
		desc   string
		web    obj
		method string // "" = m
		want   error
	}{
		{desc: "verificationMethod", web: obj{httpID: profile("verificationMethod", []any{multikey(m, httpID, key1)})}},
		{desc: "an object, and no controller (a real issuer's)", web: obj{httpID: profile("verificationMethod", multikey(m, "", key1))}},
		{desc: "relative method", web: obj{httpID: profile("verificationMethod", multikey("#k1", httpID, key1))}, method: "#k1"},
		{desc: "assertionMethod", web: obj{httpID: profile("verificationMethod", multikey(m, httpID, key1), "assertionMethod", m)}},
		{desc: "embedded in assertionMethod", web: obj{httpID: profile("assertionMethod", multikey(m, httpID, key1))}},
		{desc: "publicKey, embedded", web: obj{httpID: profile("publicKey", obj{"id": m, "type": "CryptographicKey", "owner": httpID, "publicKeyPem": vt.PEM(key1.Public())})}},
		{desc: "publicKey, linked", method: httpID + "/key", web: obj{httpID: profile("publicKey", httpID+"/key"), httpID + "/key": obj{"id": httpID + "/key", "owner": httpID, "publicKeyPem": vt.PEM(key1.Public())}}},
		{desc: "publicKey, linked on another host and owned", method: "https://keys.example.com/1", web: obj{httpID: profile("publicKey", []any{"https://keys.example.com/1"}), "https://keys.example.com/1": obj{"id": "https://keys.example.com/1", "owner": httpID, "publicKeyPem": vt.PEM(key1.Public())}}},
		{desc: "profile without an id", web: obj{httpID: obj{"name": "Example", "verificationMethod": multikey(m, httpID, key1)}}},
		{desc: "jwks in the profile", web: obj{httpID: profile("jwks", obj{"keys": []any{kid(key1, "kid", "k1")}})}},
		{desc: "key set of the authority, kid a URL", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key2, "kid", "x"), kid(key1, "kid", m)}}}},
		{desc: "key set of the authority, kid a name", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key1, "kid", "k1")}}}},
		{desc: "key set of the authority, kid bare in the token", method: "k1", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key1, "kid", "k1")}}}},
		{desc: "key set of the authority, as a fragment of its URL", method: jwks + "#k1", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key1, "kid", "k1")}}}},
		{desc: "key set with iss", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key1, "kid", m, "iss", httpID)}}}},
		{desc: "key set, profile is a page", web: obj{httpID: vt.Answer{Type: "text/html", Body: "<html>"}, jwks: obj{"keys": []any{kid(key1, "kid", m)}}}},
		{desc: "key set, profile is gone", web: obj{httpID: vt.Answer{Status: 404}, jwks: obj{"keys": []any{kid(key1, "kid", m)}}}},
		{desc: "key set, profile is down", web: obj{jwks: obj{"keys": []any{kid(key1, "kid", m)}}}},
		{desc: "key document on the issuer's origin", method: "https://issuer.example.org/keys/1", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/keys/1": multikey("https://issuer.example.org/keys/1", httpID, key1)}, want: did.ErrUnreferred},
		{desc: "controller document on the issuer's origin", method: "https://issuer.example.org/keys#1", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/keys": obj{"assertionMethod": multikey("#1", httpID, key1)}}, want: did.ErrUnreferred},
		{desc: "JWK document on the issuer's origin, with iss", method: "https://issuer.example.org/keys/1.json", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/keys/1.json": kid(key1, "iss", httpID)}, want: did.ErrUnreferred},

		{desc: "a PEM on the issuer's origin, with an owner", method: "https://issuer.example.org/up/key", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/up/key": obj{"owner": httpID, "publicKeyPem": vt.PEM(key1.Public())}}, want: did.ErrUnreferred},
		{desc: "key document on the issuer's origin, profile is a page", method: "https://issuer.example.org/up/key", web: obj{httpID: vt.Answer{Type: "text/html", Body: "<html>"}, jwks: vt.Answer{Status: 404}, "https://issuer.example.org/up/key": multikey("https://issuer.example.org/up/key", httpID, key1)}, want: did.ErrNotFound},
		{desc: "assertionMethod, linked", method: "https://issuer.example.org/keys/1", web: obj{httpID: profile("assertionMethod", "https://issuer.example.org/keys/1"), "https://issuer.example.org/keys/1": multikey("https://issuer.example.org/keys/1", httpID, key1)}},
		{desc: "verificationMethod, linked, a bare JWK", method: "https://issuer.example.org/keys/1", web: obj{httpID: profile("verificationMethod", []any{"https://issuer.example.org/keys/1"}), "https://issuer.example.org/keys/1": kid(key1)}},
		{desc: "linked by a fragment to a document of several", method: "https://issuer.example.org/keys#1", web: obj{httpID: profile("assertionMethod", []any{"https://issuer.example.org/keys#1"}), "https://issuer.example.org/keys": obj{"verificationMethod": []any{multikey("#2", httpID, key2), multikey("#1", httpID, key1)}}}},
		{desc: "linked, but for authentication", method: "https://issuer.example.org/keys/1", web: obj{httpID: profile("verificationMethod", "https://issuer.example.org/keys/1", "authentication", "https://issuer.example.org/keys/1"), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/keys/1": multikey("https://issuer.example.org/keys/1", httpID, key1)}, want: did.ErrNotAssertion},
		{desc: "another than the linked one", method: "https://issuer.example.org/keys/2", web: obj{httpID: profile("assertionMethod", "https://issuer.example.org/keys/1"), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/keys/1": kid(key2), "https://issuer.example.org/keys/2": multikey("https://issuer.example.org/keys/2", httpID, key1)}, want: did.ErrNotIssuers},
		{desc: "linked by a fragment on another host, without a controller", method: "https://keys.example.com/k#1", web: obj{httpID: profile("assertionMethod", "https://keys.example.com/k#1"), jwks: vt.Answer{Status: 404}, "https://keys.example.com/k": obj{"verificationMethod": multikey("#1", "-", key1)}}, want: did.ErrNotIssuers},

		{desc: "not listed", web: obj{httpID: profile("verificationMethod", multikey(httpID+"#k2", httpID, key2)), jwks: obj{"keys": []any{}}}, want: did.ErrNotIssuers},
		{desc: "not listed, key set down: the profile has answered", web: obj{httpID: profile("verificationMethod", multikey(httpID+"#k2", httpID, key2))}, want: did.ErrNotIssuers},
		{desc: "profile without keys, key set down", web: obj{httpID: profile()}, want: fetch.ErrUnreachable},
		{desc: "profile without keys, no key set", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}}, want: did.ErrUnreferred},
		{desc: "profile without keys, no key set, by another's", method: "https://evil.example.com/#k", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}}, want: did.ErrNotIssuers},
		{desc: "all down", web: obj{}, want: fetch.ErrUnreachable},
		{desc: "all gone", web: obj{httpID: vt.Answer{Status: 404}, jwks: vt.Answer{Status: 404}}, want: did.ErrNotFound},
		{desc: "profile of another id", web: obj{httpID: with(profile("verificationMethod", multikey(m, httpID, key1)), "id", "https://evil.example.com/"), jwks: vt.Answer{Status: 404}}, want: did.ErrDocument},
		{desc: "profile from another host", web: obj{httpID: vt.Answer{Final: "https://evil.example.com/", Body: string(vt.JSON(profile("verificationMethod", multikey(m, httpID, key1))))}, jwks: vt.Answer{Status: 404}}, want: fetch.ErrRedirect},
		{desc: "another controller", web: obj{httpID: profile("verificationMethod", multikey(m, "https://evil.example.com/", key1))}, want: did.ErrNotIssuers},
		{desc: "not under assertionMethod", web: obj{httpID: profile("verificationMethod", []any{multikey(m, httpID, key1), multikey(httpID+"#k2", httpID, key2)}, "assertionMethod", httpID+"#k2")}, want: did.ErrNotAssertion},
		{desc: "under authentication only", web: obj{httpID: profile("verificationMethod", multikey(m, httpID, key1), "authentication", m)}, want: did.ErrNotAssertion},
		{desc: "revoked", web: obj{httpID: profile("verificationMethod", with(multikey(m, httpID, key1), "revoked", "2026-11-23T12:00:00Z"))}, want: did.ErrRevoked},
		{desc: "expired", web: obj{httpID: profile("verificationMethod", with(multikey(m, httpID, key1), "expires", "2026-11-23T12:00:00Z"))}, want: did.ErrExpired},
		{desc: "key set of another issuer on the host", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key1, "kid", m, "iss", "https://issuer.example.org/other")}}}, want: did.ErrNotIssuers},
		{desc: "private key in the key set", web: obj{httpID: profile(), jwks: obj{"keys": []any{kid(key1, "kid", m, "d", "AQ")}}}, want: proof.ErrKey},
		{desc: "symmetric key in the key set", web: obj{httpID: profile(), jwks: obj{"keys": []any{obj{"kty": "oct", "kid": m, "k": "AQ"}}}}, want: proof.ErrKey},
		{desc: "linked key without an owner on another host", method: "https://keys.example.com/1", web: obj{httpID: profile("publicKey", "https://keys.example.com/1"), jwks: vt.Answer{Status: 404}, "https://keys.example.com/1": obj{"id": "https://keys.example.com/1", "publicKeyPem": vt.PEM(key1.Public())}}, want: did.ErrNotIssuers},
		{desc: "linked key of another owner", method: httpID + "/key", web: obj{httpID: profile("publicKey", httpID+"/key"), jwks: vt.Answer{Status: 404}, httpID + "/key": obj{"id": httpID + "/key", "owner": "https://evil.example.com/", "publicKeyPem": vt.PEM(key1.Public())}}, want: did.ErrNotIssuers},
		{desc: "linked key down", method: httpID + "/key", web: obj{httpID: profile("publicKey", httpID+"/key")}, want: fetch.ErrUnreachable},
		{desc: "key document on the issuer's origin that names no controller", method: "https://issuer.example.org/~user/key", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/~user/key": multikey("https://issuer.example.org/~user/key", "-", key1)}, want: did.ErrUnreferred},
		{desc: "key document of another user of the host, beside a profile that lists keys", method: "https://issuer.example.org/~user/key", web: obj{httpID: profile("verificationMethod", multikey(m, httpID, key2)), jwks: vt.Answer{Status: 404}, "https://issuer.example.org/~user/key": multikey("https://issuer.example.org/~user/key", httpID, key1)}, want: did.ErrNotIssuers},
		{desc: "key on another port", method: "https://issuer.example.org:444/key", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "https://issuer.example.org:444/key": multikey("https://issuer.example.org:444/key", httpID, key1)}, want: did.ErrNotIssuers},
		{desc: "key by http", method: "http://issuer.example.org/key", web: obj{httpID: profile(), jwks: vt.Answer{Status: 404}, "http://issuer.example.org/key": multikey("http://issuer.example.org/key", httpID, key1)}, want: did.ErrNotIssuers},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := vt.NewWeb(tc.web)
			method := tc.method
			if method == "" {
				method = m
			}
			k, ev, err := strictly(w, options).Resolve(t.Context(), httpID, method)
			if !errors.Is(err, tc.want) || tc.want == did.ErrNotIssuers && errors.Is(err, did.ErrUnreferred) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if tc.want == nil && (thumb(t, k.Public) != thumb(t, key1.Public()) || !k.Assertion) {
				t.Errorf("%+v", k)
			}
			if len(ev) == 0 {
				t.Error("no evidence")
			}
			for _, e := range ev {
				if w.Answers[e.URL].Body != "" && e.SHA256 == "" {
					if a := w.Answers[e.URL]; a.Err == nil && a.Final == "" {
						t.Errorf("evidence without a digest: %+v", e)
					}
				}
			}
		})
	}
	if _, _, err := strictly(vt.NewWeb(nil), options).Resolve(t.Context(), httpID+"#me", m); !errors.Is(err, did.ErrUnprovable) {
		t.Errorf("issuer with a fragment: %v", err)
	}
}

// Attack 5: kid is the attacker's URL, whatever iss says. A5: kids that lead
// elsewhere. Nothing but the issuer's own documents may be asked.
func TestAttack05_A5_KidElsewhere(t *testing.T) {
	evilKey := func(id string) obj { return multikey(id, httpID, evil) }
	profile := obj{"id": httpID, "verificationMethod": multikey(httpID+"#k1", httpID, key1)}
	for _, kid := range []string{
		"https://evil.example.com/key", "https://evil.example.com/key#k1", "https://issuer.example.org.evil.com/key", "https://issuer.example.org@evil.example.com/key",
		"https://evil.example.com/#" + httpID, "//evil.example.com/key", "file:///etc/passwd", "../../../key", "/etc/passwd", "k1' OR '1'='1",
		"http://169.254.169.254/latest", "did:web:evil.example.com#k1", "did:key:" + vt.Multikey(evil), "data:application/json,{}", "#" + vt.Multikey(evil), "k1\r\nHost: x",
		"https://issuer.example.org/redirect?to=https://evil.example.com/key",
	} {
		w := vt.NewWeb(obj{httpID: profile, jwks: obj{"keys": []any{}}, "https://evil.example.com/key": evilKey("https://evil.example.com/key"),
			"https://issuer.example.org.evil.com/key":                             evilKey("https://issuer.example.org.evil.com/key"),
			"https://issuer.example.org/redirect?to=https://evil.example.com/key": vt.Answer{Final: "https://evil.example.com/key", Body: string(vt.JSON(evilKey("https://issuer.example.org/redirect?to=https://evil.example.com/key")))}})
		k, _, err := strictly(w, options).Resolve(t.Context(), httpID, kid)
		if !errors.Is(err, did.ErrNotIssuers) || k != nil {
			t.Errorf("%q: %v %v", kid, k, err)
		}
		for u := range w.Asked {
			if !strings.HasPrefix(u, "https://issuer.example.org/") {
				t.Errorf("%q: asked %s", kid, u)
			}
		}
	}
}

// Attack 6: the attacker's did:key signs for an issuer by another DID.
func TestAttack06_OtherDIDKey(t *testing.T) {
	_, method := vt.DIDKey(evil)
	victim, _ := vt.DIDKey(key1)
	w := vt.NewWeb(obj{webDoc: didDoc(web, web+"#k1", key1)})
	for _, issuer := range []string{victim, web, httpID} {
		if k, _, err := strictly(w, options).Resolve(t.Context(), issuer, method); !errors.Is(err, did.ErrNotIssuers) {
			t.Errorf("%s: %v %v", issuer, k, err)
		}
	}
}

// Attack 7: the attacker's key is the fragment of the victim's URL. It serves
// to say whose signature it is arithmetically, and is never the issuer's.
func TestAttack07_KeyInTheFragment(t *testing.T) {
	method := httpID + "#" + vt.Multikey(evil)
	w := vt.NewWeb(obj{httpID: obj{"id": httpID, "verificationMethod": multikey(httpID+"#k1", httpID, key1)}, jwks: vt.Answer{Status: 404}})
	r := strictly(w, options)
	if k, _, err := r.Resolve(t.Context(), httpID, method); !errors.Is(err, did.ErrNotIssuers) {
		t.Errorf("%v %v", k, err)
	}
	asked := w.Total()
	k, _, err := r.Unbound(t.Context(), method)
	if err != nil || thumb(t, k.Public) != thumb(t, evil.Public()) || k.Assertion || k.Controller != "" {
		t.Errorf("unbound: %+v %v", k, err)
	}
	if w.Total() != asked {
		t.Error("the key was in the name, and something was fetched")
	}
	// The same name, listed by the issuer, is the issuer's.
	w.Put(httpID, obj{"id": httpID, "verificationMethod": multikey(method, httpID, evil)})
	if _, _, err := r.Resolve(t.Context(), httpID, method); err != nil {
		t.Errorf("listed: %v", err)
	}
}

// Attack 8: a did:key without a fragment, for an issuer of another id.
func TestAttack08_DIDKeyWithoutFragment(t *testing.T) {
	method, _ := vt.DIDKey(evil)
	victim, _ := vt.DIDKey(key1)
	r := strictly(vt.NewWeb(obj{httpID: obj{"id": httpID}, jwks: vt.Answer{Status: 404}, webDoc: didDoc(web, web+"#k", key1)}), options)
	for _, issuer := range []string{victim, web, httpID} {
		if k, _, err := r.Resolve(t.Context(), issuer, method); !errors.Is(err, did.ErrNotIssuers) {
			t.Errorf("%s: %v %v", issuer, k, err)
		}
	}
	if _, _, err := r.Resolve(t.Context(), "urn:uuid:1", method); !errors.Is(err, did.ErrUnprovable) {
		t.Errorf("urn: %v", err)
	}
}

// Attack 9: a key document on the attacker's host says that the victim
// controls it.
func TestAttack09_ControllerClaimed(t *testing.T) {
	there := "https://evil.example.com/key"
	w := vt.NewWeb(obj{there: multikey(there, httpID, evil), httpID: obj{"id": httpID}, jwks: vt.Answer{Status: 404}, webDoc: didDoc(web, web+"#k", key1)})
	for _, issuer := range []string{httpID, web} {
		if k, _, err := strictly(w, options).Resolve(t.Context(), issuer, there); !errors.Is(err, did.ErrNotIssuers) {
			t.Errorf("%s: %v %v", issuer, k, err)
		}
	}
	if w.Asked[there] != 0 {
		t.Error("the attacker's host was asked")
	}
}

// Attack 10: a did:web document that calls itself another DID.
// TestDIDWebCapitals: a did:web is one whatever letters its host is written in, and
// two where its path differs in them.
func TestDIDWebCapitals(t *testing.T) {
	const small, capital = "did:web:issuer.example.org:dept", "did:web:Issuer.Example.org:dept"
	const where = "https://issuer.example.org/dept/did.json"
	for _, ids := range [][4]string{{small, small, capital, capital}, {capital, small, small, small}, {small, capital, small, capital}, {capital, capital, capital, capital}} {
		issuer, own, method, controller := ids[0], ids[1], ids[2]+"#k", ids[3]
		w := vt.NewWeb(obj{where: obj{"id": own, "verificationMethod": multikey(own+"#k", controller, key1), "assertionMethod": method}})
		if k, _, err := strictly(w, options).Resolve(t.Context(), issuer, method); err != nil || thumb(t, k.Public) != thumb(t, key1.Public()) {
			t.Errorf("%v: %v", ids, err)
		}
	}
	w := vt.NewWeb(obj{where: didDoc("did:web:issuer.example.org:Dept", "did:web:issuer.example.org:Dept#k", key1)})
	if _, _, err := strictly(w, options).Resolve(t.Context(), small, small+"#k"); !errors.Is(err, did.ErrDocument) || errors.Is(err, did.ErrIllegible) {
		t.Errorf("another path: %v", err)
	}
}

func TestAttack10_DocumentOfAnotherDID(t *testing.T) {
	m := web + "#k1"
	for _, id := range []any{"did:web:other.example.org", "DID:WEB:issuer.example.org", "did:web:issuer.example.org#", "", nil, []any{web}} {
		doc := didDoc(web, m, evil)
		doc["id"] = id
		r := strictly(vt.NewWeb(obj{webDoc: doc}), options)
		if k, _, err := r.Resolve(t.Context(), web, m); !errors.Is(err, did.ErrDocument) {
			t.Errorf("%v: %v %v", id, k, err)
		}
		if k, _, err := r.Unbound(t.Context(), m); !errors.Is(err, did.ErrDocument) {
			t.Errorf("unbound, %v: %v %v", id, k, err)
		}
	}
}

// Attack 11: the key is there, and not for assertions.
func TestAttack11_OtherRelationship(t *testing.T) {
	m := web + "#k1"
	for _, rel := range []string{"authentication", "keyAgreement", "capabilityInvocation", "capabilityDelegation"} {
		for desc, doc := range map[string]obj{
			"listed":                {"id": web, "verificationMethod": multikey(m, web, evil), rel: []any{m}},
			"embedded":              {"id": web, rel: multikey(m, web, evil)},
			"beside another":        {"id": web, "verificationMethod": []any{multikey(m, web, evil), multikey(web+"#k2", web, key2)}, rel: []any{m}, "assertionMethod": []any{web + "#k2"}},
			"assertionMethod empty": {"id": web, "verificationMethod": multikey(m, web, evil), rel: []any{m}, "assertionMethod": []any{}},
			"in another case":       {"id": web, "verificationMethod": multikey(m, web, evil), rel: []any{m}, "AssertionMethod": []any{m}},
		} {
			r := strictly(vt.NewWeb(obj{webDoc: doc}), options)
			if k, _, err := r.Resolve(t.Context(), web, m); !errors.Is(err, did.ErrNotAssertion) {
				t.Errorf("%s %s: %v %v", rel, desc, k, err)
			}
			if k, _, err := r.ResolveThumbprint(t.Context(), web, thumb(t, evil.Public())); !errors.Is(err, did.ErrNotAssertion) {
				t.Errorf("by thumbprint, %s %s: %v %v", rel, desc, k, err)
			}
		}
	}
}

// Attack 12: keys of the past.
func TestAttack12_OldKeys(t *testing.T) {
	m := web + "#k1"
	for _, tc := range []struct {
		desc, name, date string
		want             error
	}{
		{"revoked before", "revoked", "2020-01-01T00:00:00Z", did.ErrRevoked},
		{"revoked this very second", "revoked", "2026-11-23T12:00:00Z", did.ErrRevoked},
		{"revoked a second later", "revoked", "2026-11-23T12:00:01Z", nil},
		{"expired before", "expires", "2020-01-01T00:00:00Z", did.ErrExpired},
		{"expired this very second", "expires", "2026-11-23T13:00:00+01:00", did.ErrExpired},
		{"expires a second later", "expires", "2026-11-23T12:00:01Z", nil},
	} {
		doc := obj{"id": web, "assertionMethod": with(multikey(m, web, key1), tc.name, tc.date)}
		r := strictly(vt.NewWeb(obj{webDoc: doc}), options)
		if _, _, err := r.Resolve(t.Context(), web, m); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", tc.desc, err)
		}
	}
	// Listed twice, once as revoked: the good twin does not save it.
	doc := obj{"id": web, "assertionMethod": multikey(m, web, key1), "verificationMethod": with(multikey(m, web, key1), "revoked", "2020-01-01T00:00:00Z")}
	if k, _, err := strictly(vt.NewWeb(obj{webDoc: doc}), options).Resolve(t.Context(), web, m); !errors.Is(err, did.ErrRevoked) {
		t.Errorf("twins: %v %v", k, err)
	}
	// Removed after the badge was issued.
	r := strictly(vt.NewWeb(obj{webDoc: didDoc(web, web+"#k2", key2)}), options)
	if _, _, err := r.Resolve(t.Context(), web, m); !errors.Is(err, did.ErrNotIssuers) {
		t.Errorf("removed: %v", err)
	}
}

// A3: twenty badges in the name of twenty issuers, each with the attacker's key
// in its header. The same key counts once the issuer's own documents have it.
func TestA3_HeaderKey(t *testing.T) {
	found, forged := 0, 0
	for i := range 20 {
		issuer := fmt.Sprintf("https://u%d.example.edu/issuer", i)
		set := fmt.Sprintf("https://u%d.example.edu/.well-known/jwks.json", i)
		own := vt.Ed25519(byte(20 + i))
		w := vt.NewWeb(obj{issuer: obj{"id": issuer}, set: obj{"keys": []any{vt.JWK(own.Public())}}})
		r := strictly(w, options)
		if k, _, err := r.ResolveThumbprint(t.Context(), issuer, thumb(t, evil.Public())); !errors.Is(err, did.ErrNotIssuers) {
			forged++
			t.Errorf("%s: %v %v", issuer, k, err)
		}
		if k, _, err := r.ResolveThumbprint(t.Context(), issuer, thumb(t, own.Public())); err == nil && k.Assertion {
			found++
		}
		w.Put(set, obj{"keys": []any{vt.JWK(own.Public()), vt.JWK(evil.Public())}})
		if _, _, err := r.ResolveThumbprint(t.Context(), issuer, thumb(t, evil.Public())); err != nil {
			t.Errorf("%s, listed: %v", issuer, err)
		}
	}
	if found != 20 || forged != 0 {
		t.Errorf("%d found, %d forged", found, forged)
	}
	r := strictly(vt.NewWeb(obj{webDoc: didDoc(web, web+"#k1", key1)}), options)
	if _, _, err := r.ResolveThumbprint(t.Context(), web, thumb(t, key1.Public())); err != nil {
		t.Errorf("did:web: %v", err)
	}
	if _, _, err := r.ResolveThumbprint(t.Context(), web, thumb(t, evil.Public())); !errors.Is(err, did.ErrNotIssuers) {
		t.Errorf("did:web: %v", err)
	}
	id, _ := vt.DIDKey(key1)
	if _, _, err := r.ResolveThumbprint(t.Context(), id, thumb(t, key1.Public())); err != nil {
		t.Errorf("did:key: %v", err)
	}
	for _, issuer := range []string{id, web, httpID} {
		if _, _, err := r.ResolveThumbprint(t.Context(), issuer, ""); !errors.Is(err, did.ErrMethod) {
			t.Errorf("no thumbprint: %v", err)
		}
	}
}

// A10: four issuers, the methods of the four, three purposes, three
// relationships: of each issuer's 36 cells exactly one passes.
func TestA10_Matrix(t *testing.T) {
	id, _ := vt.DIDKey(key1)
	host := func(i int) string { return fmt.Sprintf("https://m%d.example.org", i) }
	issuers := []struct{ id, method string }{
		{"did:web:m0.example.org", "did:web:m0.example.org#k"},
		{"did:web:m1.example.org:dept", "did:web:m1.example.org:dept#k"},
		{host(2) + "/issuer", host(2) + "/issuer#k"},
		{host(3) + "/issuer", host(3) + "/issuer#k"},
	}
	keys := []ed25519.PrivateKey{vt.Ed25519(40), vt.Ed25519(41), vt.Ed25519(42), vt.Ed25519(43)}
	relationships := []string{"assertionMethod", "authentication", "keyAgreement"}
	cells, passed := 0, map[int]int{}
	for _, rel := range relationships {
		w := vt.NewWeb(nil)
		for i, is := range issuers {
			doc := obj{"id": is.id, "verificationMethod": multikey(is.method, is.id, keys[i]), rel: is.method}
			where := []string{host(0) + "/.well-known/did.json", host(1) + "/dept/did.json", is.id, is.id}[i]
			w.Put(where, doc)
			w.Put(host(i)+"/.well-known/jwks.json", vt.Answer{Status: 404})
		}
		r := strictly(w, options)
		for i, is := range issuers {
			for j, vm := range issuers {
				for _, purpose := range []string{"assertionMethod", "authentication", "capabilityInvocation"} {
					cells++
					doc := vt.Secure(obj{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiableCredential"}, "issuer": is.id,
						"credentialSubject": obj{"id": id}}, keys[j], vm.method, "eddsa-jcs-2022", func(p map[string]any) { p["proofPurpose"] = purpose })
					results, err := proof.VerifyDataIntegrity(t.Context(), vt.Clone(doc), proof.DIOptions{Now: vt.Now, Keys: func(ctx context.Context, m string) ([]*proof.Key, error) {
						k, _, err := r.Resolve(ctx, is.id, m)
						return []*proof.Key{k}, err
					}})
					good := err == nil && len(results) == 1 && results[0].Err == nil
					want := i == j && purpose == "assertionMethod" && rel == "assertionMethod"
					if good {
						passed[i]++
					}
					if good != want {
						t.Errorf("issuer %s, method %s, purpose %s, under %s: %t (%v)", is.id, vm.method, purpose, rel, good, err)
					}
				}
			}
		}
	}
	if cells != 144 {
		t.Errorf("%d cells", cells)
	}
	for i := range issuers {
		if passed[i] != 1 {
			t.Errorf("issuer %d: %d cells pass", i, passed[i])
		}
	}
}

func TestUnbound(t *testing.T) {
	id, method := vt.DIDKey(key1)
	w := vt.NewWeb(obj{
		webDoc:                       obj{"id": web, "authentication": multikey(web+"#k1", "did:key:other", key1)},
		"https://a.example.org/keys": obj{"verificationMethod": multikey("https://a.example.org/keys#k1", "https://other.example.org/", key1)},
		"https://a.example.org/jwk":  with(vt.JWK(key1.Public()), "kid", "k1"),
		"https://a.example.org/set":  obj{"keys": []any{with(vt.JWK(key1.Public()), "kid", "k1")}},
	})
	r := strictly(w, options)
	for _, m := range []string{method, id, web + "#k1", "https://x.example.org/#" + vt.Multikey(key1), "https://a.example.org/keys#k1", "https://a.example.org/jwk"} {
		k, _, err := r.Unbound(t.Context(), m)
		if err != nil || thumb(t, k.Public) != thumb(t, key1.Public()) {
			t.Errorf("%s: %v %v", m, k, err)
		}
	}
	for m, want := range map[string]error{
		"": did.ErrMethod, "z6Mk": did.ErrMethod, "xxx:z6Mk": did.ErrMethod, "did:example:1#k": did.ErrUnsupported, "did:web:nowhere.example.org#k": fetch.ErrUnreachable,
		web + "#k2": did.ErrMethod, "https://a.example.org/keys#k2": did.ErrMethod, "https://a.example.org/none": fetch.ErrUnreachable,
		"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG": did.ErrNotIssuers,
	} {
		if k, _, err := r.Unbound(t.Context(), m); !errors.Is(err, want) {
			t.Errorf("%q: %v %v, want %v", m, k, err, want)
		}
	}
}

// Documents of the DCC test fixtures, as they are.
func TestDCCDocuments(t *testing.T) {
	for name, file := range map[string]string{"legacy": "legacy", "oidf": "oidf"} {
		data, err := os.ReadFile(vt.Shared(t, "vectors", "dcc-vc-test-fixtures", "dids", file, "did.json"))
		if err != nil {
			t.Fatal(err)
		}
		id := "did:web:digitalcredentials.github.io:vc-test-fixtures:dids:" + name
		w := vt.NewWeb(obj{"https://digitalcredentials.github.io/vc-test-fixtures/dids/" + name + "/did.json": string(data)})
		k, _, err := strictly(w, options).Resolve(t.Context(), id, id+"#z6MkjXe1vZvPRqFuc9nRBtZ3e1Y9XKDFSbjFAfzLfW2bD6cZ")
		if err != nil || k.Controller != id {
			t.Errorf("%s: %+v %v", name, k, err)
		}
	}
}

func TestRSAInKeySet(t *testing.T) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w := vt.NewWeb(obj{httpID: vt.Answer{Status: 404}, jwks: obj{"keys": []any{with(vt.JWK(&k.PublicKey), "kid", "k1", "alg", "RS256", "use", "sig")}}})
	got, _, err := strictly(w, options).Resolve(t.Context(), httpID, httpID+"#k1")
	if err != nil || got.Alg != "RS256" || thumb(t, got.Public) != thumb(t, &k.PublicKey) {
		t.Errorf("%+v %v", got, err)
	}
}

// FuzzDocument: whatever a host says, a key is given only if the document is
// the issuer's, lists it for assertions, and names no other controller.
func FuzzDocument(f *testing.F) {
	m := web + "#k1"
	f.Add(vt.JSON(didDoc(web, m, key1)))
	f.Add(vt.JSON(obj{"id": web, "assertionMethod": []any{multikey(m, web, key1)}}))
	f.Add(vt.JSON(obj{"id": web, "verificationMethod": obj{"id": "#k1", "publicKeyJwk": vt.JWK(key1.Public())}, "assertionMethod": "#k1", "keyAgreement": []any{obj{"id": "#k1"}}}))
	f.Add([]byte(`{"id":"` + web + `","keys":[{"kty":"OKP"}],"jwks":{"keys":[{}]},"publicKey":["x",{"id":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := vt.NewWeb(obj{webDoc: string(data), httpID: string(data), jwks: string(data)})
		r := strictly(w, options)
		for _, issuer := range []string{web, httpID} {
			method := issuer + "#k1"
			k, _, err := r.Resolve(t.Context(), issuer, method)
			if err != nil {
				continue
			}
			if !k.Assertion || k.Controller != "" && k.Controller != issuer || proof.CheckKey(k.Public) != nil ||
				!k.Revoked.IsZero() && !vt.Now.Before(k.Revoked) || !k.Expires.IsZero() && !vt.Now.Before(k.Expires) {
				t.Fatalf("%s: %+v", data, k)
			}
			if issuer == web {
				var doc obj
				if json.Unmarshal(data, &doc) != nil || doc["id"] != any(web) || doc["assertionMethod"] == nil {
					t.Fatalf("%s", data)
				}
			}
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	m := web + "#k1"
	w := vt.NewWeb(obj{webDoc: didDoc(web, m, key1)})
	id, method := vt.DIDKey(key1)
	r := strictly(w, options)
	for _, bc := range []struct{ name, issuer, method string }{{"did:key", id, method}, {"did:web, cached", web, m}} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := r.Resolve(b.Context(), bc.issuer, bc.method); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestResolveThumbprintOfAnother: a key that the issuer's document lists for another
// controller is not found by its thumbprint; by its name it is, with its doubt.
func TestResolveThumbprintOfAnother(t *testing.T) {
	const web, m = "did:web:issuer.example.org", "did:web:issuer.example.org#k"
	w := vt.NewWeb(obj{"https://issuer.example.org/.well-known/did.json": obj{"id": web, "assertionMethod": multikey(m, "did:web:other.example.com", key1)}})
	r := did.New(w, did.Options{})
	thumbprint, err := proof.Thumbprint(key1.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.ResolveThumbprint(context.Background(), web, thumbprint); !errors.Is(err, did.ErrNotIssuers) {
		t.Errorf("by its thumbprint: %v", err)
	}
	found, _, err := r.Resolve(context.Background(), web, m)
	if err != nil || len(found.Keys) != 1 || !errors.Is(did.Withdrawn(found.Keys[0], time.Now()), did.ErrControlled) {
		t.Errorf("by its name: %+v, %v", found, err)
	}
}

// Package verifytest makes badges and the web that they live on, for the tests
// of package verify and the packages below it. Nothing here is used by the
// program.
package verifytest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"

	"github.com/mr-tron/base58"
)

// Now is the time at which tests judge.
var Now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Answer is what a host of the web says.
type Answer struct {
	Status int    // 0 = 200
	Type   string // content type, "" = application/json
	Body   string
	Final  string // URL after redirects, "" = the one that was asked
	Header map[string]string
	Err    error
}

// Web is a Fetcher that answers from a map, and counts.
type Web struct {
	mu      sync.Mutex
	Answers map[string]Answer
	Asked   map[string]int
}

// NewWeb returns a web of JSON documents and Answers by URL.
func NewWeb(docs map[string]any) *Web {
	w := &Web{Answers: map[string]Answer{}, Asked: map[string]int{}}
	for u, d := range docs {
		w.Put(u, d)
	}
	return w
}

// Put sets what is answered at a URL: an Answer, a text, or a value as JSON.
func (w *Web) Put(u string, d any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch x := d.(type) {
	case Answer:
		w.Answers[u] = x
	case string:
		w.Answers[u] = Answer{Body: x}
	default:
		w.Answers[u] = Answer{Body: string(JSON(d))}
	}
}

// Fetch answers; a URL that is not there cannot be reached.
func (w *Web) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Asked[r.URL]++
	if !r.PlainHTTP && strings.HasPrefix(r.URL, "http:") {
		return nil, fetch.ErrForbidden
	}
	a, ok := w.Answers[r.URL]
	if !ok {
		return nil, fetch.ErrUnreachable
	}
	if a.Err != nil {
		return nil, a.Err
	}
	max := r.MaxBytes
	if max <= 0 {
		max = fetch.DefaultMaxBytes
	}
	if int64(len(a.Body)) > max {
		return nil, fetch.ErrTooLarge
	}
	if r.SameHost && a.Final != "" {
		asked, err := url.Parse(r.URL)
		final, err2 := url.Parse(a.Final)
		if err != nil || err2 != nil || asked.Host != final.Host {
			return nil, fetch.ErrRedirect
		}
	}
	if a.Status == 0 {
		a.Status = 200
	}
	if a.Type == "" {
		a.Type = "application/json"
	}
	if a.Final == "" {
		a.Final = r.URL
	}
	sum := sha256.Sum256([]byte(a.Body))
	media, charset, _ := strings.Cut(a.Type, "; charset=")
	h := http.Header{}
	for k, v := range a.Header {
		h.Set(k, v)
	}
	return &fetch.Response{
		URL: a.Final, Status: a.Status, ContentType: media, Charset: charset, Header: h, Body: []byte(a.Body), At: Now, SHA256: hex.EncodeToString(sum[:]),
	}, nil
}

// Total is how many requests there were.
func (w *Web) Total() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.Asked {
		n += c
	}
	return n
}

// JSON gives a value as JSON text.
func JSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Object parses a JSON text as a test writes it.
func Object(text string) map[string]any {
	m, err := read.ParseObject([]byte(text), read.Limits{})
	if err != nil {
		panic(err)
	}
	return m
}

// Clone gives a deep copy of a JSON object.
func Clone(m map[string]any) map[string]any { return Object(string(JSON(m))) }

// Ed25519 gives the key of a seed byte.
func Ed25519(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed&0x7f)), ed25519.SeedSize)))
}

// Multikey gives an Ed25519 public key as publicKeyMultibase.
func Multikey(k ed25519.PrivateKey) string {
	return "z" + base58.Encode(append([]byte{0xed, 0x01}, k.Public().(ed25519.PublicKey)...))
}

// DIDKey gives the did:key of a key and its only verification method.
func DIDKey(k ed25519.PrivateKey) (did, method string) {
	m := Multikey(k)
	return "did:key:" + m, "did:key:" + m + "#" + m
}

// Secure adds a Data Integrity proof of an Ed25519 suite to a copy of doc.
// change, if any, alters the proof options before they are signed.
func Secure(doc map[string]any, k ed25519.PrivateKey, method, suite string, change ...func(p map[string]any)) map[string]any {
	out := Clone(doc)
	p := map[string]any{
		"type": "DataIntegrityProof", "cryptosuite": suite, "created": "2026-01-01T00:00:00Z",
		"verificationMethod": method, "proofPurpose": "assertionMethod",
	}
	detached := suite == "Ed25519Signature2018" || suite == "JsonWebSignature2020"
	if detached || suite == "Ed25519Signature2020" {
		delete(p, "cryptosuite")
		p["type"] = suite
	}
	if strings.Contains(suite, "jcs") {
		p["@context"] = out["@context"]
	}
	for _, f := range change {
		f(p)
	}
	had := out["proof"]
	if p["previousProof"] == nil {
		delete(out, "proof")
	}
	data, err := proof.HashDataIntegrity(context.Background(), out, p)
	if err != nil {
		panic(err)
	}
	if detached {
		b64 := base64.RawURLEncoding.EncodeToString
		head := b64([]byte(`{"alg":"EdDSA","b64":false,"crit":["b64"]}`))
		p["jws"] = head + ".." + b64(ed25519.Sign(k, append([]byte(head+"."), data...)))
	} else {
		p["proofValue"] = "z" + base58.Encode(ed25519.Sign(k, data))
	}
	switch x := had.(type) {
	case nil:
		out["proof"] = p
	case []any:
		out["proof"] = append(x, any(p))
	default:
		out["proof"] = []any{x, p}
	}
	return out
}

// Compact signs a payload as a compact JWS.
func Compact(header map[string]any, payload []byte, k crypto.Signer) []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64(JSON(header)) + "." + b64(payload)
	var sig []byte
	var err error
	sum := sha256.Sum256([]byte(input))
	switch key := k.(type) {
	case ed25519.PrivateKey:
		sig = ed25519.Sign(key, []byte(input))
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(zero{}, key, sum[:]); err == nil {
			sig = make([]byte, 64)
			r.FillBytes(sig[:32])
			s.FillBytes(sig[32:])
		}
	case *rsa.PrivateKey:
		sig, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	}
	if err != nil {
		panic(err)
	}
	return []byte(input + "." + b64(sig))
}

type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

var _ io.Reader = zero{}

// JWK gives a public key as a JWK.
func JWK(pub crypto.PublicKey) map[string]any {
	b64 := base64.RawURLEncoding.EncodeToString
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(k)}
	case *ecdsa.PublicKey:
		raw, err := k.Bytes()
		if err != nil {
			panic(err)
		}
		n := len(raw) / 2
		return map[string]any{"kty": "EC", "crv": k.Curve.Params().Name, "x": b64(raw[1 : 1+n]), "y": b64(raw[1+n:])}
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	}
	panic("verifytest: unknown key")
}

// PEM gives a public key as SubjectPublicKeyInfo in PEM.
func PEM(pub crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// Shared gives a path under the folder of shared test data, ASSAY_SHARED or
// shared beside the project. It skips the test where there is none, unless
// ASSAY_REQUIRE names it.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	return testenv.Shared(t, elem...)
}

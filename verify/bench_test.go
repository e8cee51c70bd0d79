package verify

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// benchVerify judges a badge over and over. raw is the primitive that it is
// compared with in the same run: the least time of many turns, taken in turn,
// which a busy machine does not change much.
func benchVerify(b *testing.B, payload []byte, w *verifytest.Web, raw func()) {
	v := newVerifier(b, w, nil)
	a := Assertion{Payload: payload}
	if got := judged(b, v, a, applicant); got.Result != verdict.Verified {
		b.Fatal(short(got))
	}
	b.ReportAllocs()
	for b.Loop() {
		judged(b, v, a, applicant)
	}
	if raw == nil {
		return
	}
	least := func(old time.Duration, f func()) time.Duration {
		start := time.Now()
		f()
		if d := time.Since(start); old == 0 || d < old {
			return d
		}
		return old
	}
	var whole, bare time.Duration
	for range 300 {
		whole = least(whole, func() { judged(b, v, a, applicant) })
		bare = least(bare, raw)
	}
	b.ReportMetric(float64(whole)/float64(bare), "×raw")
}

// BenchmarkVerifyOB3 judges a badge by eddsa-rdfc-2022 under a did:key, from
// bytes to verdict; BenchmarkRawEd25519 is the signature check alone.
func BenchmarkVerifyOB3(b *testing.B) {
	benchVerify(b, verifytest.JSON(secured()), issuers(), rawEd25519(b))
}

func BenchmarkRawEd25519(b *testing.B) { benchRaw(b, rawEd25519(b)) }

func rawEd25519(b *testing.B) func() {
	msg := []byte("64 bytes of hashes, as a Data Integrity proof signs: 0123456789ab")
	sig := ed25519.Sign(issuerKey, msg)
	pub := issuerKey.Public().(ed25519.PublicKey)
	return func() {
		if !ed25519.Verify(pub, msg, sig) {
			b.Fatal("bad")
		}
	}
}

func benchRaw(b *testing.B, raw func()) {
	b.ReportAllocs()
	for b.Loop() {
		raw()
	}
}

// BenchmarkVerifyJWT judges a badge as a VC-JWT by EdDSA; BenchmarkRawJWT is
// its raw signature check and the parsing of its JSON.
func BenchmarkVerifyJWT(b *testing.B) {
	did, method := verifytest.DIDKey(issuerKey)
	benchVerify(b, tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey), issuers(), rawJWT(b))
}

func BenchmarkRawJWT(b *testing.B) { benchRaw(b, rawJWT(b)) }

func rawJWT(b *testing.B) func() {
	did, method := verifytest.DIDKey(issuerKey)
	token := tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey)
	pub := issuerKey.Public().(ed25519.PublicKey)
	return func() {
		s := string(token)
		at := strings.LastIndexByte(s, '.')
		head, payload, _ := strings.Cut(s[:at], ".")
		var h, p map[string]any
		if json.Unmarshal(unb64(head), &h) != nil || json.Unmarshal(unb64(payload), &p) != nil || !ed25519.Verify(pub, token[:at], unb64(s[at+1:])) {
			b.Fatal("bad")
		}
	}
}

// BenchmarkVerifyJWTRS256 and BenchmarkRawRS256 are the same by RSA of 2048
// bits, with the key in the issuer's JWKS.
func BenchmarkVerifyJWTRS256(b *testing.B) {
	benchVerify(b, tokenOf(badge(httpIssuer), m{"alg": "RS256", "kid": "rsa"}, rsaKey()), issuers(), rawRS256(b))
}

func BenchmarkRawRS256(b *testing.B) { benchRaw(b, rawRS256(b)) }

func rawRS256(b *testing.B) func() {
	token := tokenOf(badge(httpIssuer), m{"alg": "RS256", "kid": "rsa"}, rsaKey())
	at := strings.LastIndexByte(string(token), '.')
	return func() {
		_, payload, _ := strings.Cut(string(token[:at]), ".")
		var p map[string]any
		sum := sha256.Sum256(token[:at])
		if json.Unmarshal(unb64(payload), &p) != nil || rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, sum[:], unb64(string(token[at+1:]))) != nil {
			b.Fatal("bad")
		}
	}
}

// BenchmarkVerifyOB2 judges a hosted Open Badges 2.0 badge, answers at hand.
func BenchmarkVerifyOB2(b *testing.B) { benchVerify(b, verifytest.JSON(ob2Badge()), ob2Web(), nil) }

// TestConcurrentBadges: a thousand badges of one issuer cost one fetch of its
// key and one of its status list.
func TestConcurrentBadges(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	docs := map[string][]byte{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path]++
		w.Header().Set("Content-Type", "application/json")
		if docs[r.URL.Path] == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if _, err := w.Write(docs[r.URL.Path]); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	issuer, list := srv.URL+"/issuer", srv.URL+"/status"
	docs["/issuer"] = verifytest.JSON(m{"id": issuer, "type": "Profile", "verificationMethod": []any{
		m{"id": issuer + "#k", "type": "Multikey", "controller": issuer, "publicKeyMultibase": verifytest.Multikey(issuerKey)}}})
	docs["/status"] = verifytest.JSON(verifytest.Secure(m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": list, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": issuer, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{"id": list + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131072, 500)},
	}, issuerKey, issuer+"#k", "eddsa-rdfc-2022"))
	client, err := fetch.NewClient(fetch.Options{AllowHosts: []string{strings.TrimPrefix(srv.URL, "http://")}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(Options{Fetcher: client, Now: clock, Accept: verdict.LevelPage})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var revoked, verified int
	turn := make(chan struct{}, 8)
	for i := range 1000 {
		b := with(badge(issuer), m{"id": fmt.Sprintf("urn:uuid:%d", i), "credentialStatus": m{
			"id": fmt.Sprintf("%s#%d", list, i), "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": fmt.Sprint(i), "statusListCredential": list}})
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			got := judged(t, v, Assertion{Payload: verifytest.JSON(verifytest.Secure(b, issuerKey, issuer+"#k", "eddsa-rdfc-2022"))}, applicant)
			mu.Lock()
			defer mu.Unlock()
			switch got.Result {
			case verdict.Verified:
				verified++
			case verdict.Rejected:
				revoked++
			default:
				t.Error(short(got))
			}
		})
	}
	wg.Wait()
	if verified != 999 || revoked != 1 {
		t.Errorf("%d verified, %d revoked", verified, revoked)
	}
	if asked["/issuer"] != 1 || asked["/status"] != 1 || len(asked) != 2 {
		t.Errorf("asked %v", asked)
	}
}

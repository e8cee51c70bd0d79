package intake

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/extract"
	"assay/index/local"
	"assay/index/web"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/contexts"
	"assay/verify/guard"
	"assay/verify/verifytest"

	"go.uber.org/zap"
)

// asking is a server whose verifier's part of the VC API is asked, with its clock.
func asking(t *testing.T, w *verifytest.Web, now *time.Time) *httptest.Server {
	t.Helper()
	issuer, _ := verifytest.DIDKey(verifytest.Ed25519(1))
	trust, err := verify.LoadTrust([]byte(`{"meta":{"title":"Harbour"},"registry":{"` + issuer + `":{"name":"Harbour College"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	known, err := contexts.Open(contexts.Options{Now: func() time.Time { return verifytest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Options{Fetcher: examine.Budgeted(w), Trust: trust, Contexts: known, Schemas: verifytest.Schemas{}, Now: func() time.Time { return verifytest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	x, err := examine.New(examine.Options{Extraction: inProcess{&extract.Extractor{}}, Verifier: v, Fetcher: w})
	if err != nil {
		t.Fatal(err)
	}
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h, err := web.New(web.Options{Engine: e, Checker: &Checker{Examiner: x, Faults: &guard.Watch{Log: zap.NewNop()}, Challenges: NewChallenges(func() time.Time { return *now }, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// verdictOf is an answer of the VC API.
type verdictOf struct {
	Verified       bool
	Errors         []string
	Warnings       []string
	ProblemDetails []struct{ Type, Title, State, Reason string }
	Verdict        struct {
		Result  string
		Aspects struct {
			Recipient struct{ State, Reason string }
		}
	}
	Results     struct{ Challenge, Domain, Holder struct{ Valid bool } }
	Credentials []verdictOf
}

func vcAsk(t *testing.T, s *httptest.Server, path, body string) (int, verdictOf, string) {
	t.Helper()
	status, answer := send(t, s, path, "application/json", body)
	var v verdictOf
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return status, v, answer
}

// holderBadge is a badge about a subject.
func holderBadge(subject string) map[string]any {
	k := verifytest.Ed25519(1)
	did, method := verifytest.DIDKey(k)
	b := badgeOf("Teamwork", "applicant@example.org")
	delete(b, "proof")
	b["issuer"] = did
	who := b["credentialSubject"].(map[string]any)
	who["id"] = subject
	delete(who, "identifier")
	return verifytest.Secure(b, k, method, "eddsa-rdfc-2022")
}

func presentationOf(k ed25519.PrivateKey, challenge, domain, purpose string, badge any) string {
	_, method := verifytest.DIDKey(k)
	return string(verifytest.JSON(verifytest.Secure(map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": []any{badge}},
		k, method, "eddsa-rdfc-2022", func(p map[string]any) {
			p["proofPurpose"], p["challenge"], p["domain"] = purpose, challenge, domain
		})))
}

// TestHolderProven: a recipient is the holder of a key only by an answer to assay's own
// challenge, once, in time, for the application and the domain that it was issued for.
func TestHolderProven(t *testing.T) {
	now := verifytest.Now
	s := asking(t, verifytest.NewWeb(nil), &now)
	key, stranger := verifytest.Ed25519(7), verifytest.Ed25519(8)
	did, _ := verifytest.DIDKey(key)
	badge := holderBadge(did)
	challenge := func(tenant, body string) string {
		t.Helper()
		status, answer := send(t, s, "/challenges?tenant="+tenant, "application/json", body)
		var c struct {
			Challenge string
			Expires   time.Time
		}
		if err := json.Unmarshal([]byte(answer), &c); status != 200 || err != nil || len(c.Challenge) < 40 || !c.Expires.Equal(now.Add(10*time.Minute)) {
			t.Fatalf("%d %s", status, answer)
		}
		return c.Challenge
	}
	present := func(tenant, vp, challenge, domain, application string) (int, verdictOf) {
		t.Helper()
		status, v, answer := vcAsk(t, s, "/presentations/verify?tenant="+tenant, fmt.Sprintf(`{"verifiablePresentation":%s,"options":{"challenge":%q,"domain":%q,"application":%q}}`, vp, challenge, domain, application))
		if len(v.Credentials) != 1 {
			t.Fatalf("%d %s", status, answer)
		}
		return status, v
	}
	const for1 = `{"application":"A-1","domain":"jobs.example"}`
	for _, tc := range []struct {
		desc                        string
		signed, asked               string // in place of the challenge
		domain, application, tenant string
		purpose                     string
		key                         ed25519.PrivateKey
		issue                       string
		late                        time.Duration
		status                      int
		proven                      bool
	}{
		{desc: "as it was issued", status: 200, proven: true},
		{desc: "in the last second", late: 10 * time.Minute, status: 200, proven: true},
		{desc: "late by a second", late: 10*time.Minute + time.Second, status: 200},
		{desc: "another challenge is signed", signed: "another", status: 400},
		{desc: "another challenge, of nobody's", signed: "another", asked: "another", status: 200},
		{desc: "another application", application: "A-2", status: 200},
		{desc: "no application", application: "-", status: 200},
		{desc: "issued for no application", issue: `{"domain":"jobs.example"}`, application: "-", status: 200},
		{desc: "another tenant", tenant: "rival", status: 200},
		{desc: "another domain", domain: "phish.example", status: 200},
		{desc: "made to assert", purpose: "assertionMethod", status: 400},
		{desc: "a key that is not the subject's", key: stranger, status: 200},
	} {
		pick := func(s, otherwise string) string {
			if s == "" {
				return otherwise
			}
			return strings.TrimPrefix(s, "-")
		}
		c := challenge("acme", pick(tc.issue, for1))
		domain := pick(tc.domain, "jobs.example")
		k := key
		if tc.key != nil {
			k = tc.key
		}
		vp := presentationOf(k, pick(tc.signed, c), domain, pick(tc.purpose, "authentication"), badge)
		now = now.Add(tc.late)
		status, v := present(pick(tc.tenant, "acme"), vp, pick(tc.asked, c), domain, pick(tc.application, "A-1"))
		one := v.Credentials[0].Verdict
		if proven := one.Aspects.Recipient.Reason == "holder_proven"; status != tc.status || v.Verified != (status == 200) || proven != tc.proven || (one.Result == "verified") != tc.proven {
			t.Errorf("%s: %d %+v", tc.desc, status, v)
		}
		if tc.signed != "" && tc.asked == "" && v.Results.Challenge.Valid {
			t.Errorf("%s: %+v", tc.desc, v)
		}
		if tc.proven { // a second time it proves nothing
			if status, v := present("acme", vp, c, domain, "A-1"); status != 200 || v.Credentials[0].Verdict.Result != "authentic" {
				t.Errorf("%s, again: %d %+v", tc.desc, status, v)
			}
		}
	}

	// In a document the very answer is a copy.
	c := challenge("acme", for1)
	vp := presentationOf(key, c, "jobs.example", "authentication", badge)
	kind, body := form("file=vp.json:"+vp, "applicant_email=applicant@example.org")
	if status, answer := send(t, s, "/v1/check?tenant=acme", kind, body); status != 200 || strings.Contains(answer, "holder_proven") || strings.Contains(answer, `"verified"`) || !strings.Contains(answer, `"authentic"`) {
		t.Errorf("in a document: %d %s", status, answer)
	}
	if _, v := present("acme", vp, c, "jobs.example", "A-1"); v.Credentials[0].Verdict.Result != "verified" {
		t.Errorf("and answers all the same: %+v", v)
	}

	// Without a body a challenge is nobody's.
	if c := challenge("acme", ""); c == "" {
		t.Error("no challenge")
	}
	for _, body := range []string{`{"application":"A 1"}`, `{"domain":"` + strings.Repeat("x", 600) + `"}`, `{"x":1}`} {
		if status, answer := send(t, s, "/v1/challenges", "application/json", body); status != 422 {
			t.Errorf("%.40s: %d %s", body, status, answer)
		}
	}
	for _, body := range []string{`{}`, `{"verifiablePresentation":7}`, `{"verifiablePresentation":{"type":"x"}}`, `{"verifiablePresentation":"x"}`} {
		if status, answer := send(t, s, "/presentations/verify", "application/json", body); status != 422 || !strings.Contains(answer, `"member":"verifiablePresentation"`) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
}

// TestChallengesBounded: so many are open at a time, and those whose time is over make room.
func TestChallengesBounded(t *testing.T) {
	now := verifytest.Now
	c := NewChallenges(func() time.Time { return now }, nil)
	for range maxChallenges {
		if _, _, err := c.issue("acme", "A-1", ""); err != nil {
			t.Fatal(err)
		}
	}
	var door *web.DoorError
	if _, _, err := c.issue("acme", "A-1", ""); !errors.As(err, &door) || door.Kind != web.KindBusy {
		t.Errorf("one too many: %v", err)
	}
	now = now.Add(challengeTime + time.Second)
	if text, _, err := c.issue("acme", "A-1", ""); err != nil || len(c.open) != 1 || !c.take("acme", "A-1", "", text) {
		t.Errorf("later: %v, %d open", err, len(c.open))
	}
	if _, _, err := NewChallenges(time.Now, bytes.NewReader(nil)).issue("acme", "A-1", ""); err == nil {
		t.Error("a challenge without chance")
	}
}

// TestVerifyCredential: what is verified is answered with 200, all else with 400 and why.
func TestVerifyCredential(t *testing.T) {
	now := verifytest.Now
	k := verifytest.Ed25519(1)
	_, method := verifytest.DIDKey(k)
	s := asking(t, verifytest.NewWeb(nil), &now)
	changed := func(suite string, f func(c map[string]any)) string {
		c := badgeOf("Teamwork", "applicant@example.org")
		delete(c, "proof")
		f(c)
		return string(verifytest.JSON(verifytest.Secure(c, k, method, suite)))
	}
	change := func(f func(c map[string]any)) string { return changed("eddsa-rdfc-2022", f) }
	good := change(func(map[string]any) {})
	plain := change(func(c map[string]any) {
		c["type"], c["credentialSubject"] = []any{"VerifiableCredential"}, map[string]any{"id": "did:example:1"}
	})
	token := string(verifytest.Compact(map[string]any{"alg": "EdDSA", "kid": method}, []byte(change(func(map[string]any) {})), k))
	const proof = "https://w3id.org/security#PROOF_VERIFICATION_ERROR"
	for _, tc := range []struct {
		desc, body string
		status     int
		kind       string // type of the problem
		reason     string
	}{
		{"a badge", good, 200, "", ""},
		{"a credential that is none", plain, 200, "", ""},
		{"a badge as a token", `"` + token + `"`, 200, "", ""},
		{"an envelope", `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + token + `"}`, 200, "", ""},
		{"one without its type", changed("eddsa-jcs-2022", func(c map[string]any) {
			c["type"], c["credentialSubject"] = []any{"https://types.example/Other"}, map[string]any{"id": "did:example:1"}
		}), 400, "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR", "schema_invalid"},
		{"one of nobody", change(func(c map[string]any) {
			c["type"] = []any{"VerifiableCredential"}
			delete(c, "credentialSubject")
		}), 400, "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR", "schema_invalid"},
		{"evidence without a type", change(func(c map[string]any) {
			c["type"], c["credentialSubject"], c["evidence"] = []any{"VerifiableCredential"}, map[string]any{"id": "did:example:1"}, map[string]any{}
		}), 400, "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR", "schema_invalid"},
		{"a badge without a type of its evidence", change(func(c map[string]any) { c["evidence"] = map[string]any{"name": "A photograph"} }), 200, "", ""},
		{"an edited one", strings.Replace(good, "Works well", "Works badly", 1), 400, proof, "proof_invalid"},
		{"an edited one that is no badge", strings.Replace(plain, "did:example:1", "did:example:2", 1), 400, proof, "proof_invalid"},
		{"past", change(func(c map[string]any) { c["validUntil"] = "2026-02-01T00:00:00Z" }), 400, "https://www.w3.org/TR/vc-data-model#RANGE_ERROR", "expired"},
		{"a list that is away", change(func(c map[string]any) {
			c["credentialStatus"] = map[string]any{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": "https://away.example/1"}
		}), 400, "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR", "status_unreachable"},
		{"another issuer's key", change(func(c map[string]any) { c["issuer"] = "did:web:" + "away.example" }), 400, "https://w3id.org/security#INVALID_VERIFICATION_METHOD", "key_not_issuers"},
		{"a suite that is not judged", strings.Replace(good, "eddsa-rdfc-2022", "bbs-2023", 1), 400, "about:blank", "suite_unsupported"},
		{"a text", `"hello"`, 400, "about:blank", "payload_unreadable"},
	} {
		status, v, answer := vcAsk(t, s, "/credentials/verify", `{"verifiableCredential":`+tc.body+`,"options":{"checks":["proof","credentialStatus"]}}`)
		kinds := []string{}
		for _, p := range v.ProblemDetails {
			kinds = append(kinds, p.Type+" "+p.Reason)
		}
		if status != tc.status || v.Verified != (status == 200) || (len(v.Errors) > 0) == v.Verified || tc.kind != "" && !slices.Contains(kinds, tc.kind+" "+tc.reason) {
			t.Errorf("%s: %d %v %s", tc.desc, status, kinds, answer)
		}
	}
	past := change(func(c map[string]any) { c["validUntil"] = "2026-02-01T00:00:00Z" })
	if status, v, _ := vcAsk(t, s, "/v1/credentials/verify", `{"verifiableCredential":`+past+`,"options":{"checks":["proof"]}}`); status != 200 || !v.Verified || v.Verdict.Result != "expired" && v.Verdict.Result != "authentic" {
		t.Errorf("its proof alone: %d %+v", status, v)
	}
	for body, want := range map[string]int{`{"verifiableCredential":[]}`: 422, `{}`: 422, `{"verifiableCredential":{},"x":1}`: 422, `{`: 400, `{"verifiableCredential":{"a":1,"a":2}}`: 400} {
		if status, answer := send(t, s, "/credentials/verify", "application/json", body); status != want || !strings.Contains(answer, "/v1/problems#") {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
}

// stricter are inputs of W3C's suites that come out otherwise than these demand, each
// with the reason.
var stricter = map[string]string{
	"w3c-vc-di-eddsa/eddsa-rdfc-2022/employ/signedDataInt.json":        anothersKey,
	"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json": anothersKey,
	"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json": anothersKey,
	"w3c-vc-di-ecdsa/ecdsa-sd-2023/employ/derivedRevealDocument.json":  anothersKey,
	"w3c-vc-di-ecdsa/ecdsa-sd-2023/prc/derivedRevealDocument.json":     anothersKey,
}

const anothersKey = "its issuer is a did:key, and it is signed with another key: anybody could have made it"

// TestW3CInputs asks about the signed credentials of W3C's test suites for Data Integrity,
// and about each with one thing wrong that the suites have: what they want verified is,
// and nothing else. Their issuer is made to list the suites' keys as its own, for which
// the suites do not ask.
func TestW3CInputs(t *testing.T) {
	top := verifytest.Shared(t, "vectors")
	now := verifytest.Now
	w := verifytest.NewWeb(nil)
	s := asking(t, w, &now)
	good, bad, wrong := 0, 0, map[string]string{}
	for _, dir := range []string{"w3c-vc-di-eddsa", "w3c-vc-di-ecdsa"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(path string, d fs.DirEntry, err error) error {
			name := filepath.Base(path)
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".json") || !strings.HasPrefix(strings.ToLower(name), "signed") && !strings.Contains(name, "RevealDocument") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			c := verifytest.Object(string(b))
			proofs, _ := c["proof"].([]any)
			if p, ok := c["proof"].(map[string]any); ok {
				proofs = []any{p}
			}
			if len(proofs) == 0 {
				return nil
			}
			rel, _ := filepath.Rel(top, path)
			listen(w, c, proofs)
			ask := func(doc map[string]any) (int, string) {
				status, _, answer := vcAsk(t, s, "/credentials/verify", `{"verifiableCredential":`+string(verifytest.JSON(doc))+`,"options":{"checks":["proof"]}}`)
				return status, answer
			}
			base := strings.Contains(rel, "ecdsa-sd-2023") && strings.HasPrefix(strings.ToLower(name), "signed") // of a base proof nothing is verified
			good++
			if status, answer := ask(c); (status == 200) == base {
				wrong[rel] = answer
			}
			if base || wrong[rel] != "" {
				return nil
			}
			for desc, f := range map[string]func(doc, p map[string]any){
				"another value":              func(doc, _ map[string]any) { doc["name"] = "Somebody else's" },
				"another proof value":        func(_, p map[string]any) { p["proofValue"] = "z" + strings.Repeat("2", 86) },
				"no proof value":             func(_, p map[string]any) { delete(p, "proofValue") },
				"a proof value that is none": func(_, p map[string]any) { p["proofValue"] = "not-multibase" },
				"another purpose":            func(_, p map[string]any) { p["proofPurpose"] = "invalidPurpose" },
				"no purpose":                 func(_, p map[string]any) { delete(p, "proofPurpose") },
				"no type":                    func(_, p map[string]any) { delete(p, "type") },
				"another type":               func(_, p map[string]any) { p["type"] = "UnknownProofType" },
				"another suite":              func(_, p map[string]any) { p["cryptosuite"] = "invalid-suite"; p["type"] = "DataIntegrityProof" },
				"a method that is none":      func(_, p map[string]any) { p["verificationMethod"] = "did:key:invalid" },
				"made at no time":            func(_, p map[string]any) { p["created"] = "invalid" },
				"no proof":                   func(doc, _ map[string]any) { delete(doc, "proof") },
			} {
				doc := verifytest.Clone(c)
				list, _ := doc["proof"].([]any)
				if p, ok := doc["proof"].(map[string]any); ok {
					list = []any{p}
				}
				for _, p := range list {
					f(doc, p.(map[string]any))
				}
				bad++
				if status, answer := ask(doc); status == 200 {
					t.Errorf("%s, %s: %s", rel, desc, answer)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, rel := range slices.Sorted(maps.Keys(wrong)) {
		if stricter[rel] == "" {
			t.Errorf("%s: %s", rel, wrong[rel])
		}
	}
	for rel := range stricter {
		if wrong[rel] == "" {
			t.Errorf("%s comes out as the suite demands", rel)
		}
	}
	t.Logf("%d of %d signed credentials come out as W3C's suites demand, and all of %d with one thing wrong", good-len(wrong), good, bad)
	if good < 16 || bad < 130 {
		t.Errorf("only %d and %d were seen", good, bad)
	}
}

// listen has the issuer of a credential list the keys of its proofs.
func listen(w *verifytest.Web, c map[string]any, proofs []any) {
	issuer, _ := c["issuer"].(string)
	if o, ok := c["issuer"].(map[string]any); ok {
		issuer, _ = o["id"].(string)
	}
	var keys []any
	for _, p := range proofs {
		method, _ := p.(map[string]any)["verificationMethod"].(string)
		_, key, _ := strings.Cut(method, "#")
		keys = append(keys, map[string]any{"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": key})
	}
	if strings.HasPrefix(issuer, "https://") {
		w.Put(issuer, map[string]any{"id": issuer, "type": "Profile", "assertionMethod": keys})
	}
}

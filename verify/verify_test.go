package verify

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

func clock() time.Time { return verifytest.Now }

// TestSound verifies a sound badge in each form that is judged.
func TestSound(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, tc := range []struct {
		desc    string
		payload any
		web     *verifytest.Web
		format  verdict.Format
		proof   string
	}{
		{"did:key, eddsa-rdfc-2022", secured(), issuers(), verdict.OB30, "eddsa-rdfc-2022"},
		{"did:key, eddsa-jcs-2022", verifytest.Secure(badge(did), issuerKey, method, "eddsa-jcs-2022"), issuers(), verdict.OB30, "eddsa-jcs-2022"},
		{"VCDM 1.1, Ed25519Signature2020", verifytest.Secure(with(badgeV1(did), m{"@context": []any{
			"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", "https://w3id.org/security/suites/ed25519-2020/v1"}}),
			issuerKey, method, "Ed25519Signature2020"), issuers(), verdict.OB30, "Ed25519Signature2020"},
		{"did:web", verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022"), issuers(), verdict.OB30, "eddsa-rdfc-2022"},
		{"HTTP issuer by its profile", verifytest.Secure(badge(httpIssuer), issuerKey, httpIssuer+"#k", "eddsa-rdfc-2022"), issuers(), verdict.OB30, "eddsa-rdfc-2022"},
		{"VC-JWT, VCDM 2.0, EdDSA", tokenOf(badge(did), m{"alg": "EdDSA", "kid": method, "typ": "vc+jwt"}, issuerKey), issuers(), verdict.OB30, "vc-jwt EdDSA"},
		{"VC-JWT, VCDM 1.1, EdDSA", tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method, "typ": "JWT"}, issuerKey), issuers(), verdict.OB30, "vc-jwt EdDSA"},
		{"VC-JWT, RS256, JWKS by kid", tokenOf(badge(httpIssuer), m{"alg": "RS256", "kid": "rsa"}, rsaKey()), issuers(), verdict.OB30, "vc-jwt RS256"},
		{"VC-JWT, RS256, jwk that stands in the JWKS", tokenOf(badge(httpIssuer), m{"alg": "RS256", "jwk": verifytest.JWK(rsaKey().Public())}, rsaKey()), issuers(), verdict.OB30, "vc-jwt RS256"},
		{"VC-JWT, relative kid", tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": "#" + verifytest.Multikey(issuerKey)}, issuerKey), issuers(), verdict.OB30, "vc-jwt EdDSA"},
		{"OB2 hosted", ob2Badge(), ob2Web(), verdict.OB20, "hosted"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			v := check(t, tc.web, tc.payload)
			wantVerified(t, v)
			if v.Format != tc.format || v.Proof != tc.proof {
				t.Errorf("format %q, proof %q", v.Format, v.Proof)
			}
			if a := v.Aspects.Conformance; a.State != verdict.Pass {
				t.Errorf("conformance %+v", a)
			}
			if v.Credential.Name != "Teamwork" || v.Credential.Issuer.Name != "Example University" || v.Credential.Issued.IsZero() {
				t.Errorf("claims %+v", v.Credential)
			}
			if v.Credential.Identities != nil {
				t.Error("personal data left in the verdict")
			}
		})
	}
}

func TestVerifyUnreadable(t *testing.T) {
	for desc, payload := range map[string]string{
		"empty": "", "spaces": "  ", "text": "hello", "list": "[]", "URL": "https://issuer.example/1", "number": "1", "null": "null",
		"cut": `{"a":`, "JWE": "a.b.c.d.e", "two dots": "..", "string": `"x"`,
	} {
		v := check(t, issuers(), []byte(payload))
		if v.Result != verdict.Unsupported && v.Result != verdict.Rejected || v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("%s: %s %s", desc, v.Result, v.Reason)
		}
	}
	if v := check(t, issuers(), make([]byte, MaxPayload+1)); v.Reason != verdict.PayloadTooLarge {
		t.Errorf("too large: %s", v.Reason)
	}
	if _, err := New(Options{}); !errors.Is(err, ErrNoFetcher) {
		t.Errorf("no fetcher: %v", err)
	}
}

// faulty is a Fetcher with a fault, here or, as a goroutine's is told, in its
// error. It panics with what a badge says.
type faulty struct{ told bool }

func (f faulty) Fetch(context.Context, fetch.Request) (*fetch.Response, error) {
	ask := func() { panic("Applicant One, applicant@example.org") }
	if f.told {
		return nil, guard.Do("fetching", ask)
	}
	ask()
	return nil, nil
}

// A fault of ours is an error beside a verdict about nothing: with the type and
// the place, and without a word of the badge, nor in the log.
func TestFaultIsNoVerdict(t *testing.T) {
	for _, f := range []faulty{{}, {told: true}} {
		for desc, b := range map[string]m{"hosted": ob2Badge(), "status list": secured(func(b m) {
			b["credentialStatus"] = m{"id": "https://s.example/1#5", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
				"statusListIndex": "5", "statusListCredential": "https://s.example/1"}
		})} {
			v, err := New(Options{Fetcher: f, Now: clock, Accept: verdict.LevelKey})
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Verify(context.Background(), Assertion{Payload: verifytest.JSON(b)}, applicant)
			if !errors.Is(err, ErrFault) || !strings.HasSuffix(err.Error(), "(string at assay/verify.faulty.Fetch.func1)") {
				t.Errorf("%s: error %v", desc, err)
			}
			if d := cmp.Diff(verdict.NotJudged(verdict.InternalFault), got); d != "" {
				t.Errorf("%s: a verdict about the badge (-want +got):\n%s", desc, d)
			}
			var log bytes.Buffer
			watch := guard.Watch{Log: zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&log), zapcore.DebugLevel))}
			watch.Tell(err)
			if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "faulty.Fetch") {
				t.Errorf("%s: log %s", desc, log.String())
			}
			if s := err.Error() + log.String(); strings.Contains(s, "Applicant") || strings.Contains(s, "applicant@") {
				t.Errorf("%s: quotes the badge: %s", desc, s)
			}
		}
	}
}

// TestPendingIsRetried: a host that is down makes the badge pending with a
// time to try again, and verified once it is back.
func TestPendingIsRetried(t *testing.T) {
	w := ob2Web()
	up := w.Answers[ob2URL]
	for _, err := range []error{fetch.ErrTimeout, fetch.ErrUnreachable, fetch.ErrBusy} {
		w.Put(ob2URL, verifytest.Answer{Err: err})
		v := check(t, w, ob2Badge())
		wantReason(t, v, verdict.Pending, verdict.HostUnreachable)
		if v.RetryAfter <= 0 {
			t.Error("no time to try again")
		}
	}
	w.Put(ob2URL, up)
	wantVerified(t, check(t, w, ob2Badge()))
}

func TestRefresh(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	const where = "https://issuer.example/refresh/1"
	old := secured(func(b m) { b["refreshService"] = m{"id": where, "type": "1EdTechCredentialRefresh"} })
	newer := func(change func(b m)) m {
		b := with(badge(did), m{"validFrom": "2026-06-01T00:00:00Z"})
		at(b, "credentialSubject", "achievement")["name"] = "Teamwork, advanced"
		change(b)
		return verifytest.Secure(b, issuerKey, method, "eddsa-rdfc-2022")
	}
	for _, tc := range []struct {
		desc   string
		answer any
		name   string
		result Result
	}{
		{"newer", newer(func(m) {}), "Teamwork, advanced", verdict.Verified},
		{"newer, expired", newer(func(b m) { b["validUntil"] = "2026-07-01T00:00:00Z" }), "Teamwork, advanced", verdict.Expired},
		{"down", verifytest.Answer{Err: fetch.ErrTimeout}, "Teamwork", verdict.Verified},
		{"404", verifytest.Answer{Status: 404}, "Teamwork", verdict.Verified},
		{"rubbish", "hello", "Teamwork", verdict.Verified},
		{"older", newer(func(b m) { b["validFrom"] = "2025-06-01T00:00:00Z" }), "Teamwork", verdict.Verified},
		{"another id", newer(func(b m) { b["id"] = "urn:uuid:2" }), "Teamwork", verdict.Verified},
		{"edited after it was signed", with(newer(func(m) {}), m{"name": "Doctor"}), "Teamwork", verdict.Verified},
		{"not signed", with(badge(did), m{"validFrom": "2026-06-01T00:00:00Z"}), "Teamwork", verdict.Verified},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := issuers()
			w.Put(where, tc.answer)
			v := check(t, w, old)
			if v.Credential.Name != tc.name || v.Result != tc.result {
				t.Errorf("%q, %s", v.Credential.Name, short(v))
			}
			if w.Asked[where] != 1 {
				t.Errorf("asked %d times", w.Asked[where])
			}
		})
	}
	// A loop: the newer copy names the service again.
	w := issuers()
	w.Put(where, newer(func(b m) { b["refreshService"] = m{"id": where, "type": "1EdTechCredentialRefresh"} }))
	wantVerified(t, check(t, w, old))
	if w.Asked[where] != 1 {
		t.Errorf("a refreshed copy was refreshed: %d", w.Asked[where])
	}
	// A copy whose proof is bad is not asked for.
	w.Asked[where] = 0
	bad := verifytest.Clone(old)
	bad["name"] = "Doctor"
	check(t, w, bad)
	if w.Asked[where] != 0 {
		t.Error("refreshed on the word of an unsigned document")
	}
}

func TestCredentialSchema(t *testing.T) {
	const where = "https://issuer.example/schema.json"
	named := func(entry m) m { return secured(func(b m) { b["credentialSchema"] = []any{entry} }) }
	good := `{"$schema":"https://json-schema.org/draft/2019-09/schema","type":"object","required":["name"]}`
	for _, tc := range []struct {
		desc   string
		entry  m
		schema any
		state  State
		reason Reason
	}{
		{"published", m{"id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json", "type": "1EdTechJsonSchemaValidator2019"}, nil, verdict.Pass, ""},
		{"published, for another kind", m{"id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json", "type": "1EdTechJsonSchemaValidator2019"}, nil, verdict.Fail, verdict.SchemaMismatch},
		{"the issuer's own", m{"id": where, "type": "1EdTechJsonSchemaValidator2019"}, good, verdict.Pass, ""},
		{"not obeyed", m{"id": where, "type": "JsonSchema"}, `{"required":["gpa"]}`, verdict.Fail, verdict.SchemaMismatch},
		{"down", m{"id": where, "type": "JsonSchema"}, verifytest.Answer{Err: fetch.ErrTimeout}, verdict.Unknown, verdict.SchemaUnknown},
		{"refers to the network", m{"id": where, "type": "JsonSchema"}, `{"$ref":"https://elsewhere.example/s.json"}`, verdict.Unknown, verdict.SchemaUnknown},
		{"no schema", m{"id": where, "type": "JsonSchema"}, `{"type":7}`, verdict.Unknown, verdict.SchemaUnknown},
		{"unknown kind", m{"id": where, "type": "OtherSchema"}, good, verdict.Unknown, verdict.SchemaUnknown},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := issuers()
			if tc.schema != nil {
				w.Put(where, tc.schema)
			}
			entry := tc.entry
			if entry["type"] == "OtherSchema" {
				// A term that no context defines cannot be signed: see attack 29.
				did, method := verifytest.DIDKey(issuerKey)
				v := check(t, w, tokenOf(with(badge(did), m{"credentialSchema": []any{entry}}), m{"alg": "EdDSA", "kid": method}, issuerKey))
				if got := v.Aspects.Conformance; got.State != tc.state || got.Reason != tc.reason {
					t.Errorf("%+v", got)
				}
				return
			}
			v := check(t, w, named(entry))
			wantVerified(t, v)
			if got := v.Aspects.Conformance; got.State != tc.state || got.Reason != tc.reason {
				t.Errorf("%+v", got)
			}
		})
	}
}

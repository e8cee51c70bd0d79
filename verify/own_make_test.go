package verify

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/mr-tron/base58"
	"github.com/rogpeppe/go-internal/txtar"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/verifytest"
)

// recipe is how a vector is made. What is expected is written here by hand, and
// from here into the file: the verifier is not asked.
type recipe struct {
	name, rule, what, expect string
	badge                    any
	web                      *verifytest.Web
	lines                    []string // headers beside those above
	registry                 any
	who                      *Applicant // nil = the applicant of the other tests
}

// writeVectors signs every vector anew.
func writeVectors(t *testing.T) {
	for dir, list := range map[string][]recipe{
		"did": append(didRecipes(), lookedUpRecipes()...), "ob2": ob2Recipes(), "proof": proofRecipes(), "status": statusRecipes(), "vc": vcRecipes(), "verify": append(verifyRecipes(), formRecipes()...),
	} {
		dir := filepath.Join(vectorDir, dir)
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if err := os.WriteFile(filepath.Join(dir, r.name+".txt"), txtar.Format(r.archive(t)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (r *recipe) archive(t *testing.T) *txtar.Archive {
	lines := []string{"rule: " + r.rule, "what: " + r.what, "expect: " + r.expect}
	lines = append(lines, r.lines...)
	who := applicant
	if r.who != nil {
		who = *r.who
	}
	for _, e := range who.Emails {
		lines = append(lines, "applicant: "+e)
	}
	for _, e := range who.Proven {
		lines = append(lines, "applicant-proven: "+e)
	}
	for _, id := range who.IDs {
		lines = append(lines, "applicant-id: "+id)
	}
	if who.Name != "" {
		lines = append(lines, "applicant-name: "+who.Name)
	}
	a := &txtar.Archive{Comment: []byte(strings.Join(lines, "\n") + "\n")}
	add := func(name string, v any) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: pretty(t, v)})
	}
	add("badge", r.badge)
	if r.registry != nil {
		add("registry", r.registry)
	}
	if r.web == nil {
		return a
	}
	text := string(pretty(t, r.badge))
	for part := range strings.SplitSeq(text, ".") {
		if b, err := base64.RawURLEncoding.DecodeString(part); err == nil {
			text += string(b)
		}
	}
	for _, u := range slices.Sorted(maps.Keys(r.web.Answers)) {
		// Of the honest issuers, those whose badge it is.
		if _, honest := issuers().Answers[u]; honest && !strings.Contains(text, map[bool]string{true: "did:web:issuer.example", false: "university.example"}[u == didWebDoc]) {
			continue
		}
		switch x := r.web.Answers[u]; {
		case x.Err != nil:
			for name, err := range errorsOfHosts {
				if errors.Is(x.Err, err) {
					add("error "+name+" "+u, []byte{})
				}
			}
		case x.Final != "":
			add(u+" => "+x.Final, []byte(x.Body))
		case x.Status != 0 || x.Type != "":
			status, typ := x.Status, x.Type
			if status == 0 {
				status = 200
			}
			if typ == "" {
				typ = "application/json"
			}
			add(fmt.Sprintf("%d %s %s", status, typ, u), []byte(x.Body))
		default:
			add(u, []byte(x.Body))
		}
	}
	return a
}

// pretty is JSON for people to read, and anything else as it is.
func pretty(t *testing.T, v any) []byte {
	b, ok := v.([]byte)
	if !ok {
		b = verifytest.JSON(v)
	}
	if len(b) > 0 && b[0] == '{' && json.Valid(b) {
		var out bytes.Buffer
		if err := json.Indent(&out, b, "", " "); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	return b
}

// p384Key is made once.
var p384Key = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

// p521Key is made once.
var p521Key = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

// secp256k1Key is made once.
var secp256k1Key = sync.OnceValue(func() *secp256k1.PrivateKey {
	k, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		panic(err)
	}
	return k
})

func jwkOfSecp256k1(kid string) m {
	raw := secp256k1Key().PubKey().SerializeUncompressed()
	b64 := base64.RawURLEncoding.EncodeToString
	return m{"kty": "EC", "crv": "secp256k1", "x": b64(raw[1:33]), "y": b64(raw[33:]), "kid": kid}
}

// didKeyP256 is the did:key of a P-256 key (did:key §3.1; Multicodec 0x1200).
func didKeyP256(k *ecdsa.PrivateKey) (did, method string) {
	raw := elliptic.MarshalCompressed(k.Curve, k.X, k.Y)
	mk := "z" + base58.Encode(append([]byte{0x80, 0x24}, raw...))
	return "did:key:" + mk, "did:key:" + mk + "#" + mk
}

// secureP256 adds a proof of a suite of ECDSA.
func secureP256(doc m, k *ecdsa.PrivateKey, method, suite string) m {
	out := verifytest.Clone(doc)
	p := m{"type": "DataIntegrityProof", "cryptosuite": suite, "created": "2026-01-01T00:00:00Z", "verificationMethod": method, "proofPurpose": "assertionMethod"}
	if strings.Contains(suite, "jcs") {
		p["@context"] = out["@context"]
	}
	data, err := proof.HashDataIntegrity(context.Background(), out, p)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(data)
	p["proofValue"] = "z" + base58.Encode(rawECDSA(k, sum[:]))
	out["proof"] = p
	return out
}

func rawECDSA(k *ecdsa.PrivateKey, sum []byte) []byte {
	r, s, err := ecdsa.Sign(rand.Reader, k, sum)
	if err != nil {
		panic(err)
	}
	n := (k.Params().BitSize + 7) / 8
	out := make([]byte, 2*n)
	r.FillBytes(out[:n])
	s.FillBytes(out[n:])
	return out
}

// compactAs is a compact JWS by an algorithm that verifytest has not.
func compactAs(alg string, header, claims m) []byte {
	header = with(header, m{"alg": alg})
	input := b64(header) + "." + b64(claims)
	var sig []byte
	switch alg {
	case "PS256":
		sum := sha256.Sum256([]byte(input))
		var err error
		if sig, err = rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err != nil {
			panic(err)
		}
	case "PS384":
		sum := sha512.Sum384([]byte(input))
		var err error
		if sig, err = rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA384, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err != nil {
			panic(err)
		}
	case "RS512":
		sum := sha512.Sum512([]byte(input))
		var err error
		if sig, err = rsa.SignPKCS1v15(nil, rsaKey(), crypto.SHA512, sum[:]); err != nil {
			panic(err)
		}
	case "ES384":
		sum := sha512.Sum384([]byte(input))
		sig = rawECDSA(p384Key(), sum[:])
	case "ES512":
		sum := sha512.Sum512([]byte(input))
		sig = rawECDSA(p521Key(), sum[:])
	case "ES256K":
		sum := sha256.Sum256([]byte(input))
		made := k1.Sign(secp256k1Key(), sum[:])
		r, s := made.R(), made.S()
		x, y := r.Bytes(), s.Bytes()
		sig = append(x[:], y[:]...)
	default:
		sig = ed25519.Sign(issuerKey, []byte(input))
	}
	return []byte(input + "." + base64.RawURLEncoding.EncodeToString(sig))
}

func thumbprintOf(pub crypto.PublicKey) string {
	t, err := proof.Thumbprint(pub)
	if err != nil {
		panic(err)
	}
	return t
}

// claimsOf are the claims of a token for a badge.
func claimsOf(b m) m {
	out := verifytest.Clone(b)
	out["iss"], out["jti"], out["nbf"], out["exp"] = at(b, "issuer")["id"], b["id"], 1767225600, 1893456000
	return out
}

func edited(o m, change func(b m)) m {
	b := verifytest.Clone(o)
	change(b)
	return b
}

const (
	ruleDI    = "VC Data Integrity 1.0 §4.4"
	ruleJWT   = "OB 3.0 §8.2.4; RFC 7515 §5.2"
	ruleOB3   = "OB 3.0 §B.1"
	ruleBSL   = "Bitstring Status List 1.0 §3.2"
	ruleOB2   = "OB 2.0 Hosted Verification"
	ruleWho   = "OB 3.0 §C.4; OB 2.0 IdentityObject"
	ruleHouse = "the verdict"
)

func proofRecipes() (out []recipe) {
	did, method := verifytest.DIDKey(issuerKey)
	_, evilMethod := verifytest.DIDKey(evilKey)
	add := func(name, rule, what, expect string, b any, lines ...string) {
		out = append(out, recipe{name: name, rule: rule, what: what, expect: expect, badge: b, web: issuers(), lines: lines})
	}
	rdfc := secured()
	jcs := verifytest.Secure(badge(did), issuerKey, method, "eddsa-jcs-2022")
	old := verifytest.Secure(with(badgeV1(did), m{"@context": []any{
		"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", "https://w3id.org/security/suites/ed25519-2020/v1"}}),
		issuerKey, method, "Ed25519Signature2020")
	old2018 := verifytest.Secure(badgeV1(did), issuerKey, method, "Ed25519Signature2018")
	ecDID, ecMethod := didKeyP256(ecKey())
	add("ed25519signature2018", "Ed25519 Signature 2018 §3; RFC 7797 §6", "a badge on VC data model 1.1 by the suite of 2018, a JWS without its payload", "verified", old2018, "format: ob3", "proof: Ed25519Signature2018")
	add("ed25519signature2018-edited", "Ed25519 Signature 2018 §3", "one word was changed after it was signed", "rejected proof_invalid", edited(old2018, func(b m) { b["name"] = "Doctor of Medicine" }), "integrity: fail proof_invalid")
	add("jsonwebsignature2020", "JSON Web Signature 2020 §2.2", "the same as a suite of any JWK, its context among those of the badge", "verified",
		verifytest.Secure(with(badgeV1(did), m{"@context": append(slices.Clone(badgeV1(did)["@context"].([]any)), "https://w3id.org/security/suites/jws-2020/v1")}), issuerKey, method, "JsonWebSignature2020"), "format: ob3", "proof: JsonWebSignature2020")
	add("eddsa-rdf-2022", "vc-di-eddsa 1.0 §3.2", "eddsa-rdfc-2022 as the implementation guide of Open Badges 3.0 misspells it", "verified", verifytest.Secure(badge(did), issuerKey, method, "eddsa-rdf-2022"), "proof: eddsa-rdf-2022", "warns: cryptosuite_misspelt")
	add("eddsa-rdf-2022-edited", ruleDI, "the same, changed after it was signed", "rejected proof_invalid", edited(verifytest.Secure(badge(did), issuerKey, method, "eddsa-rdf-2022"), func(b m) { b["name"] = "Doctor" }), "integrity: fail proof_invalid")
	add("eddsa-rdfc-2022", "vc-di-eddsa 1.0 §3.2", "the statements of the badge are signed by Ed25519", "verified", rdfc, "format: ob3", "proof: eddsa-rdfc-2022")
	add("keywords", "JSON-LD 1.1 §4.1.2", "@id and @type stand in place of id and type, which says the same statements", "verified", keyworded(rdfc), "proof: eddsa-rdfc-2022", "conformance: fail schema_invalid")
	add("keywords-twice", "JSON-LD 1.1 §4.1.2", "an issuer is named by id, and otherwise by @id", "rejected proof_malformed", edited(rdfc, func(b m) { at(b, "issuer")["@id"] = "https://famous.example" }), "integrity: fail proof_malformed")
	add("eddsa-jcs-2022", "vc-di-eddsa 1.0 §3.3", "the canonical JSON of the badge is signed by Ed25519", "verified", jcs, "format: ob3", "proof: eddsa-jcs-2022")
	add("ed25519signature2020", "Ed25519 Signature 2020 §3", "a badge on VC data model 1.1 by the suite before Data Integrity", "verified", old, "format: ob3", "proof: Ed25519Signature2020")
	add("ecdsa-rdfc-2019", "vc-di-ecdsa 1.0 §3.2", "the statements of the badge are signed by ECDSA on P-256", "verified", secureP256(badge(ecDID), ecKey(), ecMethod, "ecdsa-rdfc-2019"), "proof: ecdsa-rdfc-2019")
	add("ecdsa-jcs-2019", "vc-di-ecdsa 1.0 §3.3", "the canonical JSON of the badge is signed by ECDSA on P-256", "verified", secureP256(badge(ecDID), ecKey(), ecMethod, "ecdsa-jcs-2019"), "proof: ecdsa-jcs-2019")
	for name, b := range map[string]m{"eddsa-rdfc-2022": rdfc, "eddsa-jcs-2022": jcs, "ed25519signature2020": old} {
		add(name+"-edited", ruleDI, "one word was changed after it was signed", "rejected proof_invalid", edited(b, func(b m) { b["name"] = "Doctor of Medicine" }), "integrity: fail proof_invalid")
	}
	add("value-of-another", ruleDI, "the value of the proof is that of another badge", "rejected proof_invalid",
		edited(rdfc, func(b m) { at(b, "proof")["proofValue"] = at(jcs, "proof")["proofValue"] }), "integrity: fail proof_invalid")
	add("value-not-base58", ruleDI, "the value of the proof is no multibase", "rejected proof_malformed",
		edited(rdfc, func(b m) { at(b, "proof")["proofValue"] = "0OIl" }), "integrity: fail proof_malformed")
	change := func(f func(p m)) m { return verifytest.Secure(badge(did), issuerKey, method, "eddsa-rdfc-2022", f) }
	add("purpose", ruleDI, "the proof was made to log in", "rejected proof_purpose", change(func(p m) { p["proofPurpose"] = "authentication" }), "integrity: fail proof_purpose", "issuer: unknown proof_purpose")
	add("created-later", ruleDI, "the proof says that it was made in five minutes", "rejected proof_expired", change(func(p m) { p["created"] = "2026-11-23T12:05:00Z" }), "integrity: fail proof_expired", "issuer: unknown proof_expired")
	add("proof-expired", ruleDI, "the proof ended a second ago", "rejected proof_expired", change(func(p m) { p["expires"] = "2026-11-23T11:59:59Z" }), "integrity: fail proof_expired", "issuer: unknown proof_expired")
	add("chain-missing", "VC Data Integrity 1.0 §2.1.2", "the proof rests on one that is not there", "rejected proof_chain", change(func(p m) { p["previousProof"] = "urn:uuid:missing" }), "integrity: fail proof_chain", "issuer: unknown proof_chain")
	add("no-created", "VC Data Integrity 1.0 §2.1", "the proof does not say when it was made, which it need not", "verified", change(func(p m) { delete(p, "created") }), "warns: proof_without_created")
	add("proof-context", "vc-di-eddsa 1.0 §3.2.5", "the proof bears the context of its document", "verified",
		change(func(p m) { p["@context"] = badge(did)["@context"] }), "warns: proof_context_in_proof")
	add("suite-unknown", ruleDI, "a suite that nobody knows", "unsupported suite_unsupported",
		with(rdfc, m{"proof": with(at(rdfc, "proof"), m{"cryptosuite": "trust-me-2026"})}), "integrity: unknown suite_unsupported", "issuer: unknown suite_unsupported")
	add("two-proofs-one-bad", "VC Data Integrity 1.0 §2.1.1", "the issuer's proof holds, and a stranger's beside it does not", "verified",
		edited(verifytest.Secure(rdfc, evilKey, evilMethod, "eddsa-rdfc-2022"), func(b m) { at(b, "proof", 1)["proofValue"] = at(b, "proof", 0)["proofValue"] }), "warns: other_proof_bad")
	add("term-unsigned", "Verifiable Credentials 2.0 §5.2; JSON-LD 1.1 §4.1.2", "a member that no context defines, and that the signature would not cover", "rejected unsigned_content",
		edited(rdfc, func(b m) { b["gpa"] = "4.0" }), "integrity: fail unsigned_content", "conformance: pass")
	add("context-unknown", "OB 3.0 §B.1", "a context of the holder's own, whose host gives no answer", "pending context_unavailable",
		edited(rdfc, func(b m) { b["@context"].([]any)[1] = "https://evil.example/context.json" }), "integrity: unknown context_unavailable", "conformance: fail schema_invalid")
	add("context-renames", "VC Data Integrity 1.0 §2.4", "the end of a badge that is over under another name, by a context that the holder added", "unsupported context_not_allowed",
		edited(verifytest.Secure(with(badge(did), m{"validUntil": "2026-02-01T00:00:00Z"}), issuerKey, method, "eddsa-rdfc-2022"), func(b m) {
			b["@context"] = append(b["@context"].([]any), m{"until": m{"@id": "https://www.w3.org/2018/credentials#validUntil", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}})
			b["until"] = b["validUntil"]
			delete(b, "validUntil")
		}), "integrity: unknown context_not_allowed")
	add("context-adds", "OB 3.0 Extending and Profiling the Standard", "a term of the issuer's own, which a context in the badge defines", "verified",
		extended(with(badge(did), m{"grade": "A"}), nil, m{"grade": "https://contexts.example/#grade"}), "warns: context_adds")
	add("context-order", "VC Data Model 2.0 §4.3; OB 3.0 §B.1", "a context of another specification stands before that of Open Badges", "verified",
		verifytest.Secure(with(badge(did), m{"@context": []any{badge(did)["@context"].([]any)[0], "https://w3id.org/security/multikey/v1", badge(did)["@context"].([]any)[1]}}), issuerKey, method, "eddsa-rdfc-2022"), "conformance: fail schema_invalid")
	add("context-digest", "VC Data Model 2.0 §5.3", "the badge names one of its contexts by another digest", "rejected context_differs",
		verifytest.Secure(with(badge(did), m{"relatedResource": []any{m{"id": badge(did)["@context"].([]any)[1], "digestSRI": "sha256-AAAA"}}}), issuerKey, method, "eddsa-rdfc-2022"), "integrity: fail context_differs")
	add("text-direction", "VC Data Model 2.0 §11.1", "the name says in which direction it is written", "verified",
		verifytest.Secure(with(badge(did), m{"name": m{"@value": "شارة", "@language": "ar", "@direction": "rtl"}}), issuerKey, method, "eddsa-rdfc-2022"), "warns: text_direction", "conformance: fail schema_invalid")
	add("jcs-context-unwritten", "vc-di-eddsa, drafts of 2023", "a JCS proof was signed with the document's context and does not write it", "verified",
		edited(verifytest.Secure(badge(did), issuerKey, method, "eddsa-jcs-2022", func(p m) { p["@context"] = badge(did)["@context"] }), func(b m) { delete(at(b, "proof"), "@context") }), "warns: proof_context_unwritten")
	many := make([]any, 17)
	for i := range many {
		many[i] = at(rdfc, "proof")
	}
	add("too-many-proofs", "VC Data Integrity 1.0 §2.1.1", "seventeen proofs", "unsupported work_limit", with(rdfc, m{"proof": many}), "integrity: unknown work_limit", "issuer: unknown work_limit")

	jwt := func(header m, k any, change ...func(h, c m)) []byte { return tokenOf(badge(did), header, k, change...) }
	add("jwt-eddsa", ruleJWT, "a token by Ed25519 on VC data model 2.0", "verified", jwt(m{"alg": "EdDSA", "kid": method, "typ": "vc+jwt"}, issuerKey), "proof: vc-jwt EdDSA")
	add("jwt-vcdm1", ruleJWT, "a token on VC data model 1.1, the badge in its claim vc", "verified", tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method, "typ": "JWT"}, issuerKey), "proof: vc-jwt EdDSA")
	add("jwt-rs256", ruleJWT, "a token by RSA, the key in the issuer's key set", "verified", tokenOf(badge(httpIssuer), m{"alg": "RS256", "kid": "rsa"}, rsaKey()), "proof: vc-jwt RS256")
	set := func(keys ...any) *verifytest.Web {
		w := issuers()
		w.Put("https://university.example/.well-known/jwks.json", m{"keys": keys})
		return w
	}
	out = append(out,
		recipe{name: "jwt-ps256", rule: "RFC 7518 §3.5", what: "a token by RSA-PSS", expect: "verified", badge: compactAs("PS256", m{"kid": "ps"}, claimsOf(badge(httpIssuer))),
			web: set(with(verifytest.JWK(rsaKey().Public()), m{"kid": "ps"})), lines: []string{"proof: vc-jwt PS256"}},
		recipe{name: "jwt-es256", rule: "RFC 7518 §3.4", what: "a token by ECDSA on P-256", expect: "verified", badge: tokenOf(badge(httpIssuer), m{"alg": "ES256", "kid": "ec"}, ecKey()),
			web: set(with(verifytest.JWK(ecKey().Public()), m{"kid": "ec"})), lines: []string{"proof: vc-jwt ES256"}},
		recipe{name: "jwt-es384", rule: "RFC 7518 §3.4", what: "a token by ECDSA on P-384", expect: "verified", badge: compactAs("ES384", m{"kid": "ec"}, claimsOf(badge(httpIssuer))),
			web: set(with(verifytest.JWK(p384Key().Public()), m{"kid": "ec"})), lines: []string{"proof: vc-jwt ES384"}},
		recipe{name: "jwt-es512", rule: "RFC 7518 §3.4", what: "a token by ECDSA on P-521", expect: "verified", badge: compactAs("ES512", m{"kid": "ec"}, claimsOf(badge(httpIssuer))),
			web: set(with(verifytest.JWK(p521Key().Public()), m{"kid": "ec"})), lines: []string{"proof: vc-jwt ES512"}},
		recipe{name: "jwt-es256k", rule: "RFC 8812 §3.2", what: "a token by ECDSA on secp256k1", expect: "verified", badge: compactAs("ES256K", m{"kid": "k1"}, claimsOf(badge(httpIssuer))),
			web: set(jwkOfSecp256k1("k1")), lines: []string{"proof: vc-jwt ES256K"}},
		recipe{name: "jwt-rs512", rule: "RFC 7518 §3.3", what: "a token by RSA and SHA-512", expect: "verified", badge: compactAs("RS512", m{"kid": "rs"}, claimsOf(badge(httpIssuer))),
			web: set(with(verifytest.JWK(rsaKey().Public()), m{"kid": "rs"})), lines: []string{"proof: vc-jwt RS512"}},
		recipe{name: "jwt-ps384", rule: "RFC 7518 §3.5", what: "a token by RSA-PSS and SHA-384", expect: "verified", badge: compactAs("PS384", m{"kid": "ps"}, claimsOf(badge(httpIssuer))),
			web: set(with(verifytest.JWK(rsaKey().Public()), m{"kid": "ps"})), lines: []string{"proof: vc-jwt PS384"}},
		recipe{name: "jwt-alg-and-key", rule: "RFC 7518 §3.1", what: "the header names RS256 and the issuer's key of that name is for P-256", expect: "rejected proof_key",
			badge: tokenOf(badge(httpIssuer), m{"alg": "RS256", "kid": "ec"}, rsaKey()), web: set(with(verifytest.JWK(ecKey().Public()), m{"kid": "ec"})),
			lines: []string{"integrity: fail proof_key"}},
		recipe{name: "jwt-key-alg", rule: "RFC 7517 §4.4", what: "the key is limited to PS256 and the token is by RS256", expect: "rejected proof_key",
			badge: tokenOf(badge(httpIssuer), m{"alg": "RS256", "kid": "rsa"}, rsaKey()), web: set(with(verifytest.JWK(rsaKey().Public()), m{"kid": "rsa", "alg": "PS256"})),
			lines: []string{"integrity: fail proof_key"}},
	)
	parts := strings.Split(string(jwt(m{"alg": "EdDSA", "kid": method}, issuerKey)), ".")
	add("jwt-none", "RFC 7518 §3.6; RFC 8725 §3.2", "the header says that there is no signature", "rejected header_not_allowed", []byte(b64(m{"alg": "none", "kid": method})+"."+parts[1]+"."), "integrity: fail header_not_allowed")
	head := b64(m{"alg": "HS256", "kid": method})
	add("jwt-hs256", "RFC 8725 §2.1", "the public key is taken for a secret", "rejected header_not_allowed",
		[]byte(head+"."+parts[1]+"."+b64(hmac256([]byte(verifytest.PEM(issuerKey.Public())), head+"."+parts[1]))), "integrity: fail header_not_allowed")
	add("jwt-es256k-forged", "RFC 8812 §3.2", "it names ES256K and the issuer's key is for Ed25519", "rejected proof_key", []byte(b64(m{"alg": "ES256K", "kid": method})+"."+parts[1]+"."+parts[2]), "integrity: fail proof_key")
	add("jwt-ml-dsa", "RFC 7518 §3.1", "an algorithm that is not judged", "unsupported suite_unsupported", []byte(b64(m{"alg": "ML-DSA-44", "kid": method})+"."+parts[1]+"."+parts[2]), "integrity: unknown suite_unsupported")
	add("jwt-crit", "RFC 7515 §4.1.11; RFC 8725 §3.10", "the header has crit", "rejected header_not_allowed", jwt(m{"alg": "EdDSA", "kid": method, "crit": []any{"b64"}}, issuerKey), "integrity: fail header_not_allowed")
	add("jwt-zip", "RFC 7516 §4.1.3", "the payload is compressed, as only that of an encrypted token may be", "unsupported suite_unsupported", jwt(m{"alg": "EdDSA", "kid": method, "zip": "DEF"}, issuerKey), "integrity: unknown suite_unsupported")
	for _, name := range []string{"jku", "x5u"} {
		add("jwt-"+name, "RFC 7515 §4; RFC 8725 §3.10; OB 3.0 §8.2.4.1", "the header names a place of keys, which is not asked, and the issuer's own signed it", "verified",
			jwt(m{"alg": "EdDSA", "kid": method, name: "https://evil.example/k"}, issuerKey), "conformance: fail schema_invalid", "warns: header_ignored")
	}
	add("jwt-cty", "VC-JOSE-COSE 1.0 §3.1.1", "cty says what kind of thing is signed", "verified", jwt(m{"alg": "EdDSA", "kid": method, "typ": "vc+jwt", "cty": "vc"}, issuerKey))
	add("jwt-jwk-of-a-stranger", "RFC 7515 §4.1.3", "the key comes with the token, and is not the issuer's", "rejected key_not_issuers",
		tokenOf(badge(httpIssuer), m{"alg": "EdDSA", "jwk": verifytest.JWK(evilKey.Public())}, evilKey), "issuer: fail key_not_issuers")
	add("jwt-edited", ruleJWT, "the payload is that of another token", "rejected proof_invalid",
		[]byte(parts[0]+"."+strings.Split(string(tokenOf(with(badge(did), m{"name": "Doctor"}), m{"alg": "EdDSA", "kid": method}, issuerKey)), ".")[1]+"."+parts[2]), "integrity: fail proof_invalid")
	add("jwt-padding", "RFC 7515 §2", "base64url with padding", "unsupported payload_unreadable", []byte(parts[0]+"=."+parts[1]+"."+parts[2]))
	add("jwt-jwe", "RFC 7516 §3.1", "an encrypted token", "unsupported suite_unsupported", []byte("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d"), "integrity: unknown suite_unsupported")
	sd := func(paths ...string) *verifytest.Concealed {
		return verifytest.Conceal(m{"alg": "EdDSA", "kid": method, "typ": "vc+sd-jwt"}, badge(did), issuerKey, paths...)
	}
	add("jwt-sd", "VC-JOSE-COSE 1.0 §3.2.1", "an SD-JWT that discloses all", "verified", sd("validUntil", "name").Show(0, 1), "integrity: pass", "proof: sd-jwt EdDSA")
	add("jwt-sd-hidden", "RFC 9901 §9.7", "its holder may have left out the end and the status", "unsupported not_disclosed", sd("validUntil", "name").Show(1),
		"integrity: pass", "dates: unknown not_disclosed", "status: unknown not_disclosed", "warns: selectively_disclosed")
	add("jwt-sd-results", "OB 3.0 §B.1.3 AchievementSubject", "its holder may have left out a failed result", "verified", sd("credentialSubject.source").Show(),
		"warns: selectively_disclosed", "warns: results_undisclosed")
	add("jwt-sd-forged", "RFC 9901 §7.1", "a disclosure that the issuer did not sign", "rejected disclosure_invalid",
		append(sd("validUntil").Show(), sd("name").Disclosures[0]+"~"...), "integrity: fail disclosure_invalid")
	add("jwt-sd-holder", "RFC 9901 §4.3", "with the proof of a holder whose key the issuer does not name", "verified",
		verifytest.Bind(sd("validUntil").Show(0), m{"alg": "EdDSA", "typ": "kb+jwt"}, evilKey), "integrity: pass", "warns: holder_key", "warns: holder_proof_unread")
	add("jwt-sd-ob2", "OB 2.0 Signed Verification", "Open Badges 2.0, which knows no SD-JWT", "unsupported sd_jwt",
		append(verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(ob2Badge(), m{"verification": m{"type": "signed"}})), issuerKey), '~'))
	add("jwt-typ", "VC-JOSE-COSE 1.0 §3.1.1", "typ is of the writer's own making", "verified", jwt(m{"alg": "EdDSA", "kid": method, "typ": "badge"}, issuerKey), "warns: typ_unusual")
	return out
}

func didRecipes() (out []recipe) {
	_, method := verifytest.DIDKey(issuerKey)
	add := func(name, rule, what, expect string, b any, w *verifytest.Web, lines ...string) {
		out = append(out, recipe{name: name, rule: rule, what: what, expect: expect, badge: b, web: w, lines: lines})
	}
	web := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	document := func(doc any) *verifytest.Web {
		w := issuers()
		w.Put(didWebDoc, doc)
		return w
	}
	changed := func(change m) m {
		doc := didDocument(didWeb, issuerKey)
		doc["verificationMethod"] = []any{with(at(doc, "verificationMethod", 0), change)}
		return doc
	}
	jwk := verifytest.JWK(issuerKey.Public())
	didJWK := "did:jwk:" + b64(jwk)
	add("key", "did:key 0.9 §3.1", "the key is the name", "verified", secured(), nil)
	add("key-p256", "did:key 0.9 §3.1.2", "a P-256 key is the name", "verified", func() m {
		d, meth := didKeyP256(ecKey())
		return secureP256(badge(d), ecKey(), meth, "ecdsa-rdfc-2019")
	}(), nil)
	add("jwk", "did:jwk 1.0", "the key as a JWK is the name", "verified", verifytest.Secure(badge(didJWK), issuerKey, didJWK+"#0", "eddsa-rdfc-2022"), nil)
	add("web", "did:web 1.0 §2.5.2", "the key stands in the document of the host", "verified", web, issuers())
	const path = "did:web:host.example:schools:one"
	w := verifytest.NewWeb(m{"https://host.example/schools/one/did.json": didDocument(path, issuerKey)})
	add("web-path", "did:web 1.0 §2.5.2", "a did:web with a path", "verified", verifytest.Secure(badge(path), issuerKey, path+"#"+verifytest.Multikey(issuerKey), "eddsa-rdfc-2022"), w)
	add("https", "OB 3.0 §8.4", "the issuer is a web address whose profile lists the key", "verified", verifytest.Secure(badge(httpIssuer), issuerKey, httpIssuer+"#k", "eddsa-rdfc-2022"), issuers())
	add("another-did-key", "did:key 0.9 §3.1", "signed by another did:key than the issuer", "rejected key_not_issuers",
		verifytest.Secure(badge("did:key:"+strings.TrimPrefix(strings.Split(method, "#")[0], "did:key:")), evilKey, func() string { _, m := verifytest.DIDKey(evilKey); return m }(), "eddsa-rdfc-2022"), nil, "issuer: fail key_not_issuers")
	add("web-removed", "DID Core 1.0 §5.2", "the document lists another key", "rejected key_not_issuers", web, document(didDocument(didWeb, evilKey)), "issuer: fail key_not_issuers")
	add("web-of-another", "DID Core 1.0 §5.1.1", "the document is of another DID", "rejected key_not_issuers", web, document(didDocument("did:web:victim.example", issuerKey)), "issuer: fail key_not_issuers")
	add("web-controller", "DID Core 1.0 §5.2", "the key has another controller", "unsupported issuer_unprovable", web, document(changed(m{"controller": "did:web:evil.example"})), "issuer: unknown issuer_unprovable")
	add("web-authentication", "DID Core 1.0 §5.3.2", "the key is listed to log in, and not for assertions", "rejected key_not_for_claims", web,
		document(with(didDocument(didWeb, issuerKey), m{"authentication": []any{webMethod(issuerKey)}, "assertionMethod": nil})), "issuer: fail key_not_for_claims")
	add("web-revoked", "Controlled Identifiers 1.0 §2.2", "the key was revoked", "rejected key_revoked", web, document(changed(m{"revoked": "2026-02-01T00:00:00Z"})), "issuer: fail key_revoked")
	add("web-revoked-unclear", "Controlled Identifiers 1.0 §2.2", "when the key was revoked cannot be read", "rejected key_revoked", web, document(changed(m{"revoked": "soon"})), "issuer: fail key_revoked")
	add("web-expires-unclear", "Controlled Identifiers 1.0 §2.2", "when the key expires cannot be read", "pending key_unclear", web, document(changed(m{"expires": "soon"})), "issuer: unknown key_unclear")
	add("web-signed-after-the-end", "Controlled Identifiers 1.0 §2.2", "the key expired before the day on which the proof says that it was made", "rejected key_expired", web, document(changed(m{"expires": "2025-02-01T00:00:00Z"})), "issuer: fail key_expired")
	token := func(header m, by ed25519.PrivateKey) []byte {
		return tokenOf(badge(didWeb), with(m{"alg": "EdDSA", "typ": "vc+jwt"}, header), by)
	}
	two := didDocument(didWeb, issuerKey)
	two["verificationMethod"] = []any{with(at(didDocument(didWeb, evilKey), "verificationMethod", 0), m{"id": didWeb + "#old"}), at(two, "verificationMethod", 0)}
	two["assertionMethod"] = []any{didWeb + "#old", webMethod(issuerKey)}
	for name, kid := range map[string]string{"did": didWeb, "thumbprint": thumbprintOf(issuerKey.Public()), "path": "kms/alias/issuer-1", "fragment": "key-7", "fragment-of-the-did": didWeb + "#key-7"} {
		add("kid-"+name, "RFC 7515 §4.1.4", "kid is a hint that no key of the document bears; one of its two signed", "verified", token(m{"kid": kid}, issuerKey), document(two), "warns: key_tried")
	}
	add("kid-none", "RFC 7515 §4.1.4; OB 3.0 §8.2.4.1", "the token names no key; one of the two in the document signed", "verified", token(nil, issuerKey), document(two), "conformance: fail schema_invalid", "warns: key_tried")
	add("kid-none-forged", "RFC 7515 §4.1.4", "the token names no key, and none in the document signed", "rejected proof_invalid", token(nil, verifytest.Ed25519(77)), document(two), "integrity: fail proof_invalid", "issuer: fail key_not_issuers", "conformance: fail schema_invalid")
	lots := didDocument(didWeb, issuerKey)
	methods, listed := []any{}, []any{}
	for i := range 16 {
		id := fmt.Sprintf("%s#k%d", didWeb, i)
		methods = append(methods, with(at(didDocument(didWeb, verifytest.Ed25519(byte(100+i))), "verificationMethod", 0), m{"id": id}))
		listed = append(listed, id)
	}
	lots["verificationMethod"], lots["assertionMethod"] = append(methods, at(lots, "verificationMethod", 0)), append(listed, webMethod(issuerKey))
	add("kid-none-of-seventeen", "RFC 7515 §4.1.4", "the token names no key, and the one that signed is the seventeenth", "unsupported too_many_keys", token(nil, issuerKey), document(lots), "integrity: unknown key_unavailable", "issuer: unknown too_many_keys", "conformance: fail schema_invalid")
	add("kid-of-seventeen", "RFC 7515 §4.1.4", "the token names the seventeenth key", "verified", token(m{"kid": webMethod(issuerKey)}, issuerKey), document(lots))
	add("kid-unread-method", "DID Core 1.0 §7.1", "the key stands under a DID method that is not judged", "unsupported suite_unsupported", token(m{"kid": "did:velocity:v2:0x1:2#key-1"}, issuerKey), issuers(), "integrity: unknown suite_unsupported", "issuer: unknown suite_unsupported")
	add("web-expired", "Controlled Identifiers 1.0 §2.2", "the key has expired, after the day on which the proof says that it was made", "unsupported key_outdated", web, document(changed(m{"expires": "2026-02-01T00:00:00Z"})), "issuer: unknown key_outdated")
	school, gone := "https://school.example/tenants/7", verifytest.Answer{Status: 404, Type: "text/html"}
	metadata := func(answer any) *verifytest.Web {
		return verifytest.NewWeb(m{school: gone, "https://school.example/.well-known/jwks.json": gone, "https://school.example/.well-known/jwt-vc-issuer/tenants/7": answer})
	}
	vct := verifytest.Conceal(m{"alg": "EdDSA", "typ": "dc+sd-jwt", "kid": "1"}, m{"iss": school, "jti": "urn:uuid:1", "nbf": 1767225600, "exp": 1893456000,
		"vct": "https://school.example/OpenBadgeCredential", "credentialSubject": badge(school)["credentialSubject"]}, issuerKey).Show()
	add("metadata", "SD-JWT VC §5", "the key stands in the metadata of the issuer", "verified", vct, metadata(metadataOf(school, issuerKey.Public())), "conformance: fail schema_invalid")
	add("metadata-of-another", "SD-JWT VC §5.3", "the metadata is of another tenant", "pending key_unavailable", vct, metadata(metadataOf("https://school.example/tenants/8", issuerKey.Public())),
		"integrity: unknown key_unavailable", "issuer: unknown key_unavailable", "conformance: fail schema_invalid")
	add("web-not-found", "did:web 1.0 §2.5.2", "the document is not there", "pending key_unavailable", web, document(verifytest.Answer{Status: 404, Type: "text/html"}), "issuer: unknown key_unavailable")
	add("web-down", "did:web 1.0 §2.5.2", "the host does not answer", "pending host_unreachable", web, document(verifytest.Answer{Err: fetch.ErrTimeout}), "issuer: unknown host_unreachable")
	add("web-offline", "did:web 1.0 §2.5.2", "the network was not to be used", "pending offline", web, document(verifytest.Answer{Err: fetch.ErrOffline}), "issuer: unknown offline")
	add("web-private-key", "RFC 7517 §9.2", "the document publishes the private part", "rejected proof_key", web,
		document(changed(m{"publicKeyMultibase": nil, "type": "JsonWebKey", "publicKeyJwk": with(jwk, m{"d": "AA"})})), "issuer: fail proof_key")
	add("web-ed448", "DID Core 1.0 §5.2.1", "a key of a type that is not judged", "unsupported suite_unsupported", web,
		document(changed(m{"type": "JsonWebKey", "publicKeyMultibase": nil, "publicKeyJwk": m{"kty": "OKP", "crv": "Ed448", "x": b64(bytes.Repeat([]byte{1}, 57))}})), "issuer: unknown suite_unsupported")
	const slash = "did:web:evil.example%2fvictim.example"
	add("web-host-slash", "did:web 1.0 §2.5.2", "a did:web whose host is a path", "rejected key_not_issuers", verifytest.Secure(badge(slash), issuerKey, slash+"#"+verifytest.Multikey(issuerKey), "eddsa-rdfc-2022"), issuers(), "issuer: fail key_not_issuers")
	add("urn", "OB 3.0 §8.4", "the issuer is a name that no key can be bound to", "unsupported issuer_unprovable", verifytest.Secure(badge("urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164"), issuerKey, method, "eddsa-rdfc-2022"), nil, "issuer: unknown issuer_unprovable")
	const peer = "did:example:123"
	add("unknown-method", "DID Core 1.0 §7.1", "a DID method that is not judged", "unsupported suite_unsupported", verifytest.Secure(badge(peer), issuerKey, peer+"#k", "eddsa-rdfc-2022"), nil, "integrity: unknown key_unavailable", "issuer: unknown suite_unsupported")
	return out
}

func statusRecipes() (out []recipe) {
	did, method := verifytest.DIDKey(issuerKey)
	set := func(k string, v any) func(l m) { return func(l m) { at(l, "credentialSubject")[k] = v } }
	add := func(name, rule, what, expect string, b any, w *verifytest.Web, lines ...string) {
		out = append(out, recipe{name: name, rule: rule, what: what, expect: expect, badge: b, web: w, lines: lines})
	}
	bits := func(name, what, expect, status string, entry m, list func(l m), by any, bits ...int) {
		b, w := statusBadge(entry, list, by, bits...)
		var lines []string
		if status != "" {
			lines = []string{"status: " + status}
		}
		add("bits-"+name, ruleBSL, what, expect, b, w, lines...)
	}
	bits("clear", "the bits beside it are set, and its own is not", "verified", "pass", nil, nil, nil, 94566, 94568)
	bits("set", "its bit is set", "rejected revoked", "fail revoked", nil, nil, nil, 94567)
	bits("first", "bit 0 is set", "rejected revoked", "fail revoked", m{"statusListIndex": "0"}, nil, nil, 0)
	bits("suspended", "its bit on a list of suspensions is set", "rejected suspended", "fail suspended", m{"statusPurpose": "suspension"}, set("statusPurpose", "suspension"), nil, 94567)
	bits("purpose", "the list is for another purpose", "pending status_invalid", "unknown status_invalid", m{"statusPurpose": "suspension"}, nil, nil)
	bits("beyond", "the index lies beyond the list", "pending status_invalid", "unknown status_invalid", m{"statusListIndex": "131072"}, nil, nil)
	bits("negative", "the index is negative", "unsupported status_unfollowed", "unknown status_unfollowed", m{"statusListIndex": "-1"}, nil, nil)
	bits("index-padded", "the index is padded with zeros, and its bit is set", "rejected revoked", "fail revoked", m{"statusListIndex": "0094567"}, nil, nil, 94567)
	bits("purpose-capital", "the entry writes its purpose with a capital, and the bit is set", "rejected revoked", "fail revoked", m{"statusPurpose": "Revocation"}, nil, nil, 94567)
	bits("unsigned", "nobody signed the list", "pending status_invalid", "unknown status_invalid", nil, nil, "nobody")
	bits("unsigned-set", "nobody signed the list, and its bit is set", "rejected revoked", "fail revoked", nil, nil, "nobody", 94567)
	bits("forged", "somebody else signed the list in the issuer's name", "pending status_invalid", "unknown status_invalid", nil, nil, "forged")
	bits("elsewhere", "the list is another issuer's, and another host answered for it", "pending status_foreign", "unknown status_foreign", nil, nil, "elsewhere")
	bits("another-id", "the list is another issuer's, and calls itself by another address", "pending status_foreign", "unknown status_foreign", nil, func(l m) { l["id"] = "https://issuer.example/status/2" }, "evil")
	another := func(name, what, expect, status string, places int, by any, warns []string, bits ...int) {
		b, w := statusBadge(nil, func(l m) { at(l, "credentialSubject")["encodedList"] = encodedList(places, bits...) }, by)
		lines := []string{"status: " + status}
		for _, x := range warns {
			lines = append(lines, "warns: "+x)
		}
		add("bits-"+name, ruleBSL, what, expect, b, w, lines...)
	}
	another("foreign", "another than the issuer keeps the list", "verified", "pass", 131_072, "evil", []string{"status_list_issuer_differs"})
	another("short", "the list has 100,000 entries", "verified", "pass", 100_000, nil, []string{"status_list_short"})
	another("short-set", "the list has 100,000 entries, and its bit is set", "rejected revoked", "fail revoked", 100_000, nil, nil, 94567)
	another("short-foreign", "the list has 100,000 entries, and another than the issuer keeps it", "verified", "pass", 100_000, "evil", []string{"status_list_short", "status_list_issuer_differs"})
	another("short-foreign-set", "the list has 100,000 entries, another than the issuer keeps it, and its bit is set", "rejected revoked", "fail revoked", 100_000, "evil", nil, 94567)
	bits("expired", "the list has expired", "pending status_invalid", "unknown status_invalid", nil, func(l m) { l["validUntil"] = "2026-06-01T00:00:00Z" }, nil)
	bits("token", "the list is a token", "verified", "pass", nil, nil, "token")
	bits("down", "the host of the list does not answer", "pending status_unreachable", "unknown status_unreachable", nil, nil, verifytest.Answer{Err: fetch.ErrTimeout})
	bits("page", "a web page lies where the list was", "pending status_unreachable", "unknown status_unreachable", nil, nil, verifytest.Answer{Type: "text/html", Body: "<html>"})
	id := badge(did)["id"]
	const ims = "https://issuer.example/revoked"
	for _, tc := range []struct {
		name, what, expect, status string
		entry                      any
		list                       any
	}{
		{"listed", "the issuer's list names it", "rejected revoked", "fail revoked", m{"id": ims, "type": "1EdTechRevocationList"}, m{"id": ims, "issuer": did, "revokedCredential": []any{m{"id": id}}}},
		{"not-listed", "the issuer's list names another", "verified", "pass", m{"id": ims, "type": "1EdTechRevocationList"}, m{"id": ims, "issuer": did, "revokedCredential": []any{m{"id": "urn:uuid:2"}}}},
		{"list-foreign", "the list is another issuer's", "verified", "pass", m{"id": ims, "type": "1EdTechRevocationList"}, m{"id": ims, "issuer": didWeb, "revokedCredential": []any{}}},
		{"list-foreign-listed", "the list is another issuer's and names it", "rejected revoked", "fail revoked", m{"id": ims, "type": "1EdTechRevocationList"}, m{"id": ims, "issuer": didWeb, "revokedCredential": []any{m{"id": id}}}},
		{"list-of-nobody", "the list names no issuer", "pending status_invalid", "unknown status_invalid", m{"id": ims, "type": "1EdTechRevocationList"}, m{"id": ims, "revokedCredential": []any{}}},
		{"list-down", "the list is not there", "pending status_unreachable", "unknown status_unreachable", m{"id": ims, "type": "1EdTechRevocationList"}, verifytest.Answer{Status: 404}},
		{"kind-unknown", "a kind of status that nobody knows", "unsupported status_unknown_type", "unknown status_unknown_type", m{"id": "https://issuer.example/x", "type": "MyOwnStatus"}, nil},
	} {
		w := issuers()
		if tc.list != nil {
			w.Put(ims, tc.list)
		}
		lines := []string{"status: " + tc.status}
		if tc.name == "list-foreign" {
			lines = append(lines, "warns: status_list_issuer_differs")
		}
		add(tc.name, "1EdTech Revocation List Status 1.0", tc.what, tc.expect, tokenOf(with(badge(did), m{"credentialStatus": tc.entry}), m{"alg": "EdDSA", "kid": method}, issuerKey), w, lines...)
	}
	return out
}

func vcRecipes() (out []recipe) {
	did, method := verifytest.DIDKey(issuerKey)
	add := func(name, rule, what, expect string, b any, w *verifytest.Web, lines ...string) {
		out = append(out, recipe{name: name, rule: rule, what: what, expect: expect, badge: b, web: w, lines: lines})
	}
	jwt := func(change ...func(h, c m)) []byte {
		b := badge(did)
		at(b, "credentialSubject")["id"] = "did:example:applicant"
		return tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, change...)
	}
	for claim, value := range map[string]any{"iss": "did:example:another", "jti": "urn:uuid:2", "sub": "did:example:another", "exp": 1893456001} {
		add("claim-"+claim, "OB 3.0 §8.2.4.1", "the claim "+claim+" of the token is not what the badge in it says", "rejected claims_mismatch", jwt(func(_, c m) { c[claim] = value }), nil, "integrity: fail claims_mismatch")
	}
	add("claim-nbf", "VC-JOSE-COSE §3.1.3", "the signature is of a day after the badge's begin", "verified", jwt(func(_, c m) { c["nbf"] = 1767312000 }), nil, "warns: nbf_differs")
	add("claim-nbf-ahead", "VC-JOSE-COSE §3.1.3", "the signature is good from the year 2100 on", "rejected not_yet_valid", jwt(func(_, c m) { c["nbf"] = 4102444800 }), nil, "dates: fail not_yet_valid", "warns: nbf_differs")
	add("claim-iat", "RFC 7519 §4.1.6", "when the token was made is written as a text", "verified", jwt(func(_, c m) { c["iat"] = "2026-01-01T00:00:00Z" }), nil, "warns: iat_unreadable")
	add("two-in-one-token", "OB 3.0 §8.2.4.1", "a token with a badge in its claim vc and another beside it", "rejected ambiguous",
		tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { c["issuer"] = did }), nil, "integrity: fail ambiguous", "issuer: unknown ambiguous", "dates: unknown ambiguous", "conformance: fail ambiguous")
	add("expired", "VC Data Model 2.0 §4.9", "its time is over", "expired expired", secured(func(b m) { b["validUntil"] = "2026-11-23T11:59:59Z" }), nil, "dates: fail expired")
	add("not-begun", "VC Data Model 2.0 §4.9", "its time begins in two minutes, more than a clock may differ", "rejected not_yet_valid", secured(func(b m) { b["validFrom"] = "2026-11-23T12:02:00Z" }), nil, "dates: fail not_yet_valid")
	add("date-malformed", "VC Data Model 2.0 §4.9", "the end is no date and time", "pending date_malformed",
		tokenOf(with(badge(did), m{"validUntil": "next year"}), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { delete(c, "exp") }), nil, "dates: unknown date_malformed", "conformance: fail schema_invalid")
	add("date-missing", "OB 3.0 §B.1.3 validFrom", "the badge has no begin, and its token none", "verified",
		tokenOf(with(badge(did), m{"validFrom": nil}), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { delete(c, "nbf") }), nil, "dates: pass date_missing", "conformance: fail schema_invalid")
	add("day-alone", "VC Data Model 2.0 §4.9", "it ends with a day, which is today", "verified",
		tokenOf(with(badge(did), m{"validUntil": "2026-11-23"}), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { delete(c, "exp") }), nil, "conformance: fail schema_invalid")
	add("day-alone-past", "VC Data Model 2.0 §4.9", "it ended with the day before", "expired expired",
		tokenOf(with(badge(did), m{"validUntil": "2026-11-22"}), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { delete(c, "exp") }), nil, "dates: fail expired", "conformance: fail schema_invalid")
	add("no-proof", "OB 3.0 §8.1", "nobody signed it", "rejected unsigned", badge(did), nil, "integrity: fail unsigned", "issuer: unknown unsigned")
	lost := with(badge(did), m{"id": "https://issuer.example/badges/1"})
	silent := func(r string) []string {
		return []string{"integrity: unknown " + r, "issuer: unknown " + r, "dates: unknown " + r, "conformance: unknown " + r}
	}
	add("no-proof-at-home", "OB 3.0 §8.1", "nobody signed it, nor what its own address gives", "unsupported no_proof", lost, verifytest.NewWeb(m{"https://issuer.example/badges/1": lost}), silent("no_proof")...)
	add("no-proof-signed-at-home", "OB 3.0 §8.1", "its own address gives the signed one, which says something else", "verified", with(lost, m{"name": "Surgery"}),
		verifytest.NewWeb(m{"https://issuer.example/badges/1": verifytest.Secure(lost, issuerKey, method, "eddsa-jcs-2022")}), "warns: copy_differs")
	add("criteria-missing", "OB 3.0 §B.1.4 Achievement", "signed, and without the criteria that an achievement must have", "verified", secured(func(b m) { delete(at(b, "credentialSubject", "achievement"), "criteria") }), nil, "conformance: fail schema_invalid")
	const schema = "https://issuer.example/schema.json"
	named := func(entry m) m { return secured(func(b m) { b["credentialSchema"] = []any{entry} }) }
	web := func(s any) *verifytest.Web {
		w := issuers()
		w.Put(schema, s)
		return w
	}
	add("schema-obeyed", "VC JSON Schema 1.0 §3", "it obeys the schema that it names", "verified", named(m{"id": schema, "type": "JsonSchema"}), web(`{"required":["name"]}`))
	add("schema-broken", "VC JSON Schema 1.0 §3", "it does not obey the schema that it names", "verified", named(m{"id": schema, "type": "JsonSchema"}), web(`{"required":["gpa"]}`), "conformance: fail schema_mismatch")
	add("schema-down", "VC JSON Schema 1.0 §3", "the schema that it names is not to be had", "verified", named(m{"id": schema, "type": "JsonSchema"}), web(verifytest.Answer{Err: fetch.ErrTimeout}), "conformance: unknown schema_unknown", "warns: schema_unread")
	add("null-member", "OB 3.0 §B.1", "an empty list, which says nothing", "verified", secured(func(b m) { b["evidence"] = []any{} }), nil, "warns: null_or_empty_member")
	add("creator", "OB 3.0 §B.1.4 Achievement", "the achievement is said to be a famous university's", "verified", secured(func(b m) {
		at(b, "credentialSubject", "achievement")["creator"] = m{"id": "https://famous.example/", "type": []any{"Profile"}, "name": "Famous University"}
	}), nil, "warns: creator_not_issuer")
	add("result-undescribed", "OB 3.0 §B.1.21 Result", "a result of which the achievement describes nothing", "verified", secured(func(b m) {
		at(b, "credentialSubject")["result"] = []any{m{"type": []any{"Result"}, "resultDescription": "urn:uuid:none", "value": "A"}}
	}), nil, "conformance: fail schema_invalid", "warns: result_undescribed")
	add("identity-type", "OB 3.0 §B.2 IdentifierTypeEnum", "an identity of a type that the list has not", "authentic recipient_unknown", secured(func(b m) {
		at(b, "credentialSubject", "identifier", 0)["identityType"] = "shoeSize"
	}), nil, "recipient: unknown recipient_unknown", "conformance: fail schema_invalid", "warns: identity_type_unknown")
	add("not-a-badge", "OB 3.0 §B.1", "a credential of another type", "unsupported not_a_badge_type", tokenOf(with(badge(did), m{"type": []any{"VerifiableCredential", "DriversLicence"}}), m{"alg": "EdDSA", "kid": method}, issuerKey), nil)
	// Endorsements, records and newer copies.
	otherDID, otherMethod := verifytest.DIDKey(verifytest.Ed25519(5))
	id := badge(did)["id"].(string)
	for _, tc := range []struct {
		name, what, says string
		e                m
	}{
		{"endorsed", "another organisation endorses it", "authentic", verifytest.Secure(endorse(otherDID, id), verifytest.Ed25519(5), otherMethod, "eddsa-rdfc-2022")},
		{"endorsed-by-itself", "the issuer endorses itself", "rejected self_endorsed", verifytest.Secure(endorse(did, id), issuerKey, method, "eddsa-rdfc-2022")},
		{"endorsed-elsewhere", "the endorsement is of another badge", "rejected recipient_mismatch", verifytest.Secure(endorse(otherDID, "urn:uuid:2"), verifytest.Ed25519(5), otherMethod, "eddsa-rdfc-2022")},
		{"endorsed-forged", "somebody else signed the endorsement", "rejected proof_invalid", verifytest.Secure(endorse(otherDID, id), evilKey, otherMethod, "eddsa-rdfc-2022")},
	} {
		add(tc.name, "OB 3.0 §B.1.5 EndorsementCredential", tc.what, "verified", secured(func(b m) { b["endorsement"] = []any{tc.e} }), nil, "endorsed: "+tc.says)
	}
	clr := clrOf(did, with(secured(), nil), edited(secured(), func(b m) { b["name"] = "Doctor" }))
	clr["@context"] = append(clr["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
	add("clr", "CLR 2.0 §B.1", "a record of two badges, of which one was edited", "verified", verifytest.Secure(clr, issuerKey, method, "eddsa-jcs-2022"), nil, "format: clr2", "holds: verified", "holds: rejected proof_invalid")
	theirs := verifytest.Secure(func() m {
		b := badge(otherDID)
		at(b, "credentialSubject")["id"] = "did:example:somebody-else"
		return b
	}(), verifytest.Ed25519(5), otherMethod, "eddsa-rdfc-2022")
	mixed := clrOf(did, theirs)
	at(mixed, "credentialSubject")["association"] = []any{m{"type": []any{"Association"}, "associationType": "isParentOf", "sourceId": id, "targetId": "urn:uuid:missing"}}
	mixed["@context"] = append(mixed["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
	add("clr-subject", "CLR 2.0 §B.1.3 ClrSubject", "a record of a badge that is about another subject, and that relates it to one that is not in it", "verified",
		verifytest.Secure(mixed, issuerKey, method, "eddsa-jcs-2022"), nil, "warns: inner_subject_differs", "warns: association_unknown", "holds: verified")
	const refresh = "https://issuer.example/refresh/1"
	refreshed := secured(func(b m) { b["refreshService"] = m{"id": refresh, "type": "1EdTechCredentialRefresh"} })
	newer := func(k ed25519.PrivateKey) *verifytest.Web {
		b := with(badge(did), m{"validFrom": "2026-06-01T00:00:00Z"})
		w := issuers()
		w.Put(refresh, verifytest.Secure(b, k, method, "eddsa-rdfc-2022"))
		return w
	}
	add("refreshed", "OB 3.0 §5.4", "a newer copy by the same issuer", "verified", refreshed, newer(issuerKey), "warns: refreshed")
	add("refreshed-forged", "OB 3.0 §5.4", "a newer copy that somebody else signed", "verified", refreshed, newer(evilKey), "warns: refresh_failed")
	return out
}

func ob2Recipes() (out []recipe) {
	add := func(name, rule, what, expect string, b any, w *verifytest.Web, lines ...string) {
		out = append(out, recipe{name: name, rule: rule, what: what, expect: expect, badge: b, web: w, lines: lines})
	}
	web := func(put ...any) *verifytest.Web {
		w := ob2Web()
		for i := 0; i < len(put); i += 2 {
			if put[i+1] == nil {
				delete(w.Answers, put[i].(string))
				continue
			}
			w.Put(put[i].(string), put[i+1])
		}
		return w
	}
	// Without the host's copy nothing else of it is known.
	all := func(state, reason string) []string {
		return []string{"integrity: " + state + " " + reason, "issuer: unknown " + reason, "dates: unknown " + reason, "conformance: unknown " + reason}
	}
	doc := func(u string, change m) m { return with(verifytest.Object(ob2Web().Answers[u].Body), change) }
	add("hosted", ruleOB2, "the host says the same as the copy", "verified", ob2Badge(), web(), "format: ob2", "proof: hosted")
	add("edited-copy", ruleOB2, "the copy at hand was edited; the host's is judged", "verified", with(ob2Badge(), m{"expires": "2099-01-01T00:00:00Z"}), web(), "warns: copy_differs")
	add("not-found", ruleOB2, "the host knows no such badge", "rejected not_found", ob2Badge(), web(ob2URL, verifytest.Answer{Status: 404, Type: "text/html", Body: "<html>"}), all("fail", "not_found")...)
	add("gone", "OB 2.0 Revocation of hosted badges", "the host says that the badge is gone", "rejected revoked", ob2Badge(), web(ob2URL, verifytest.Answer{Status: 410, Body: `{"revoked":true}`}), append(all("unknown", "gone"), "status: fail revoked")...)
	add("revoked", "OB 2.0 Revocation of hosted badges", "the host says that the badge is revoked", "rejected revoked", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"revoked": true})), "status: fail revoked", "warns: copy_differs")
	add("revoked-unclear", "OB 2.0 Revocation of hosted badges", "the host says something of a revocation that is neither yes nor no", "pending status_unclear", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"revoked": "perhaps"})), "status: unknown status_unclear", "conformance: fail schema_invalid", "warns: copy_differs")
	add("page", ruleOB2, "a web page lies where the badge was", "pending not_a_badge", ob2Badge(), web(ob2URL, verifytest.Answer{Type: "text/html", Body: "<html>"}), all("unknown", "not_a_badge")...)
	add("picture", ruleOB2, "a picture lies where the badge was", "unsupported image_answer", ob2Badge(), web(ob2URL, verifytest.Answer{Type: "image/png", Body: "a picture"}), all("unknown", "image_answer")...)
	inPicture := with(ob2Badge(), m{"id": "https://issuer.example/a/1.png"})
	add("in-picture", "OB 2.0 Baking", "the host gives the baked picture itself", "verified", inPicture, web("https://issuer.example/a/1.png", verifytest.Answer{Type: "image/png", Body: "picture\n" + string(verifytest.JSON(inPicture))}), "warns: in_picture", "warns: shared_host")
	second := "https://issuer.example/a/2"
	add("other-id", ruleOB2, "what the host gives names another address, and what lies there the first", "pending id_mismatch", ob2Badge(),
		web(ob2URL, with(ob2Badge(), m{"id": second}), second, ob2Badge()), all("unknown", "id_mismatch")...)
	add("date-missing", "OB 2.0 Assertion issuedOn", "no date of issue", "verified", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"issuedOn": nil})), "dates: pass date_missing", "conformance: fail schema_invalid", "warns: copy_differs")
	add("redirected", ruleOB2, "another host answers in its stead", "rejected redirected_away", ob2Badge(), web(ob2URL, verifytest.Answer{Final: "https://evil.example/1", Body: string(verifytest.JSON(ob2Badge()))}), all("fail", "redirected_away")...)
	add("moved", ruleOB2, "the site answers from its name with www.", "verified", ob2Badge(), web(ob2URL, verifytest.Answer{Final: "https://www.issuer.example/a/1", Body: string(verifytest.JSON(ob2Badge()))}), "warns: moved")
	add("withheld", ruleOB2, "the host answers, and does not give the badge out", "pending host_unreachable", ob2Badge(), web(ob2URL, verifytest.Answer{Status: 403, Type: "text/html", Body: "<html>"}), all("unknown", "host_unreachable")...)
	add("too-large", ruleOB2, "the answer is larger than a badge may be", "unsupported answer_too_large", ob2Badge(), web(ob2URL, verifytest.Answer{Err: fetch.ErrTooLarge}), all("unknown", "answer_too_large")...)
	add("down", ruleOB2, "the host does not answer", "pending host_unreachable", ob2Badge(), web(ob2URL, verifytest.Answer{Err: fetch.ErrTimeout}), all("unknown", "host_unreachable")...)
	add("budget", ruleOB2, "the application's share of fetches is used up", "pending budget", ob2Badge(), web(ob2URL, verifytest.Answer{Err: fetch.ErrBudget}), all("unknown", "budget")...)
	add("unsigned", "OB 2.0 Verification", "neither signed nor at an address", "rejected unsigned", with(ob2Badge(), m{"id": "urn:uuid:1"}), web(), all("fail", "unsigned")...)
	evil := with(ob2Badge(), m{"id": "https://evil.example/1"})
	add("another-host", "OB 2.0 HostedBadge", "it lies on a host that its issuer does not answer for", "rejected host_not_issuers", evil, web("https://evil.example/1", evil), "issuer: fail host_not_issuers")
	add("starts-with", "OB 2.0 VerificationObject startsWith", "the issuer's policy names another part of the host", "rejected host_not_issuers", ob2Badge(), web(ob2Profile, doc(ob2Profile, m{"verification": m{"startsWith": "https://issuer.example/badges/"}})), "issuer: fail host_not_issuers")
	add("allowed-origins", "OB 2.0 VerificationObject allowedOrigins", "the issuer's policy names the host", "verified", evil,
		web("https://evil.example/1", evil, ob2Profile, doc(ob2Profile, m{"verification": m{"allowedOrigins": []any{"issuer.example", "evil.example"}}})))
	add("issuer-missing", "OB 2.0 BadgeClass issuer", "its class names no issuer", "pending issuer_missing", ob2Badge(), web(ob2Class, doc(ob2Class, m{"issuer": nil})), "issuer: unknown issuer_missing", "conformance: fail schema_invalid")
	add("issuer-urn", "OB 2.0 Profile id", "its issuer is no address", "unsupported issuer_unprovable", ob2Badge(), web(ob2Class, doc(ob2Class, m{"issuer": m{"id": "urn:uuid:1", "type": "Profile", "name": "Example University"}})), "issuer: unknown issuer_unprovable", "conformance: fail schema_invalid")
	add("plain-http", "OB 2.0 Hosted Verification", "read over a connection that anyone on the way could change", "verified",
		with(ob2Badge(), m{"id": "http://issuer.example/a/1"}), web("http://issuer.example/a/1", with(ob2Badge(), m{"id": "http://issuer.example/a/1"})), "warns: plain_http")
	add("expired", "OB 2.0 Assertion expires", "its time is over", "expired expired", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"expires": "2026-02-01T00:00:00Z"})), "dates: fail expired", "warns: copy_differs")
	add("date-malformed", "OB 2.0 DateTime", "the end is no date", "pending date_malformed", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"expires": "soon"})), "dates: unknown date_malformed", "conformance: fail schema_invalid", "warns: copy_differs")
	add("date-zero", "OB 2.0 DateTime", "the end is the zero of a clock", "pending date_malformed", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"expires": "0001-01-01T00:00:00Z"})), "dates: unknown date_malformed", "warns: copy_differs")
	add("date-basic", "OB 2.0 DateTime", "dates in the basic form of ISO 8601, with an offset of hours", "verified", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"issuedOn": "20260102T030405+01", "expires": "20300101"})), "conformance: fail schema_invalid", "warns: copy_differs")
	add("date-basic-past", "OB 2.0 DateTime", "an end of eight digits, which is past", "expired expired", ob2Badge(), web(ob2URL, with(ob2Badge(), m{"expires": "20260201"})), "dates: fail expired", "conformance: fail schema_invalid", "warns: copy_differs")
	add("context-redefines", "OB 2.0 JSON-LD contexts", "a context of the badge's own makes something else of a term", "verified",
		with(ob2Badge(), m{"@context": []any{ob2Context, m{"recipient": "https://evil.example/nobody"}}}), web(ob2URL, with(ob2Badge(), m{"@context": []any{ob2Context, m{"recipient": "https://evil.example/nobody"}}})), "conformance: fail context_redefines", "warns: context_adds")
	add("shared-host", "OB 2.0 HostedBadge", "the issuer's profile is served as a plain text, as hosts serve what their users put there", "verified", ob2Badge(),
		web(ob2Profile, verifytest.Answer{Type: "text/plain", Body: ob2Web().Answers[ob2Profile].Body}), "warns: shared_host")
	add("generations-differ", "OB 2.0 VerificationObject", "the issuer's profile is of Open Badges 1.1, the badge of 2.0", "verified", ob2Badge(),
		web(ob2Profile, doc(ob2Profile, m{"@context": "https://w3id.org/openbadges/v1", "type": "Issuer"})), "warns: generations_differ")
	within := with(ob2Badge(), m{"badge": doc(ob2Class, nil)})
	add("class-in-badge", "OB 2.0 BadgeClass", "the class stands in the host's answer, and its own address shows a picture", "verified", within,
		web(ob2URL, within, ob2Class, verifytest.Answer{Type: "image/png", Body: "\x89PNG"}), "warns: class_in_badge")
	elsewhere := with(ob2Badge(), m{"badge": "https://other.example/class"})
	add("class-elsewhere", "OB 2.0 BadgeClass", "another host than the badge's has no class at its address", "pending not_found", elsewhere,
		web(ob2URL, elsewhere, "https://other.example/class", verifytest.Answer{Status: 404}), "integrity: unknown not_found", "issuer: unknown issuer_missing")
	add("class-alone", "OB 2.0 BadgeClass", "a class of badges and no award", "unsupported not_an_assertion", doc(ob2Class, nil), web())
	// Signed.
	const keyURL, listURL = "https://issuer.example/key", "https://issuer.example/revoked"
	key := m{"@context": ob2Context, "type": "CryptographicKey", "id": keyURL, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
	signed := with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": keyURL}})
	sign := func(k ed25519.PrivateKey) []byte {
		return verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(signed), k)
	}
	keys := func(put ...any) *verifytest.Web {
		return web(append([]any{keyURL, key, ob2Profile, doc(ob2Profile, m{"publicKey": keyURL})}, put...)...)
	}
	add("signed", "OB 2.0 SignedBadge", "signed by a key that the issuer's profile lists", "verified", sign(issuerKey), keys(), "proof: signed")
	add("signed-forged", "OB 2.0 SignedBadge", "signed by another key", "rejected proof_invalid", sign(evilKey), keys(), "integrity: fail proof_invalid")
	add("signed-owner", "OB 2.0 CryptographicKey owner", "the key is another's", "rejected key_not_issuers", sign(issuerKey), keys(keyURL, with(key, m{"owner": "https://other.example/"})), "integrity: unknown key_unavailable", "issuer: fail key_not_issuers")
	add("signed-not-listed", "OB 2.0 Profile publicKey", "the issuer's profile lists no key", "rejected key_not_issuers", sign(issuerKey), keys(ob2Profile, doc(ob2Profile, nil)), "integrity: unknown key_unavailable", "issuer: fail key_not_issuers")
	list := func(l m) *verifytest.Web {
		return keys(ob2Profile, doc(ob2Profile, m{"publicKey": keyURL, "revocationList": listURL}), listURL, l)
	}
	add("signed-revoked", "OB 2.0 RevocationList", "the issuer's list names it", "rejected revoked", sign(issuerKey), list(m{"@context": ob2Context, "id": listURL, "type": "RevocationList", "issuer": ob2Profile, "revokedAssertions": []any{"urn:uuid:1"}}), "status: fail revoked")
	add("signed-not-revoked", "OB 2.0 RevocationList", "the issuer's list names another; it does not say whose it is", "verified", sign(issuerKey), list(m{"@context": ob2Context, "id": listURL, "type": "RevocationList", "revokedAssertions": []any{"urn:uuid:2"}}), "warns: list_without_issuer")
	add("signed-list-foreign", "OB 2.0 RevocationList", "the list is another issuer's", "pending status_foreign", sign(issuerKey), list(m{"@context": ob2Context, "id": listURL, "type": "RevocationList", "issuer": "https://other.example/", "revokedAssertions": []any{}}), "status: unknown status_foreign")
	// Recipients.
	who := func(r m) *verifytest.Web { return web(ob2URL, with(ob2Badge(), m{"recipient": r})) }
	plain := func(r m) m { return with(ob2Badge(), m{"recipient": r}) }
	other := m{"type": "email", "hashed": true, "salt": "pepper", "identity": sha("other@example.orgpepper")}
	add("somebody-elses", ruleWho, "the address is another's", "authentic recipient_mismatch", plain(other), who(other), "recipient: fail recipient_mismatch")
	unsalted := m{"type": "email", "hashed": true, "identity": sha("applicant@example.org")}
	add("unsalted", ruleWho, "the address is hashed without a salt", "verified", plain(unsalted), who(unsalted), "recipient: pass recipient_weak", "warns: recipient_unsalted")
	md5of := m{"type": "email", "hashed": true, "salt": "pepper", "identity": fmt.Sprintf("md5$%x", md5.Sum([]byte("applicant@example.orgpepper")))}
	add("md5", ruleWho, "the address is hashed by MD5", "verified", plain(md5of), who(md5of), "recipient: pass recipient_weak", "warns: recipient_md5")
	lies := m{"type": "email", "hashed": true, "identity": "applicant@example.org"}
	add("hashed-and-not", ruleWho, "the badge says that the address is hashed, and it is not", "authentic recipient_unknown", plain(lies), who(lies), "recipient: unknown recipient_unknown", "warns: recipient_form")
	// Versions before.
	old := m{"uid": "1", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": "https://old.example/class", "issuedOn": "2015-04-30", "verify": m{"type": "hosted", "url": "https://old.example/1"}}
	oldWeb := verifytest.NewWeb(m{
		"https://old.example/1":      old,
		"https://old.example/class":  m{"name": "Basic", "description": "d", "image": "https://old.example/i", "criteria": "https://old.example/c", "issuer": "https://old.example/issuer"},
		"https://old.example/issuer": m{"name": "Old issuer", "url": "https://old.example"},
	})
	add("ob1", "OB 1.0 Assertion", "a hosted badge of 2015", "verified", old, oldWeb, "format: ob1.0")
	older := m{
		"recipient": "sha256$85c4196c5516561cef673642157499b70066cb1070852b2a37fdbf3cc599b087", "salt": "s", "issued_on": "2011-06-01",
		"badge": m{"version": "0.5.0", "name": "Basic", "image": "/i.png", "description": "d", "criteria": "/c", "issuer": m{"origin": "https://old.example", "name": "Old"}},
	}
	add("ob05", "OB 0.5 Assertion", "a hosted badge of 2011, somebody else's", "authentic recipient_mismatch", older, verifytest.NewWeb(m{"https://old.example/a": older}), "origin: https://old.example/a", "format: ob0.5", "recipient: fail recipient_mismatch")
	return out
}

func verifyRecipes() (out []recipe) {
	did, _ := verifytest.DIDKey(issuerKey)
	add := func(name, rule, what, expect string, b any, registry any, who *Applicant, lines ...string) {
		out = append(out, recipe{name: name, rule: rule, what: what, expect: expect, badge: b, lines: lines, registry: registry, who: who})
	}
	for name, text := range map[string]string{"text": "hello", "list": "[]", "cut": `{"a":`} {
		add("unreadable-"+name, ruleHouse, "neither JSON nor a token", "unsupported payload_unreadable", []byte(text), nil, nil)
	}
	add("duplicate-name", "RFC 7493 §2.3", "a name that stands twice", "unsupported payload_unreadable", []byte(strings.Replace(string(verifytest.JSON(secured())), `"name":"Teamwork"`, `"name":"Doctor","name":"Teamwork"`, 1)), nil, nil)
	add("no-badge", ruleHouse, "JSON that is no badge", "unsupported format_unknown", m{"a": 1}, nil, nil)
	registry := func(id, name string) m { return m{"registry": m{id: m{"name": name}}} }
	add("listed", "the employer's registry", "the registry names the issuer's id", "verified", secured(), registry(did, "Example University"), nil, "standing: pass listed", "accept: listed")
	add("not-listed", "the employer's registry", "the registry names another, of the same name", "verified", secured(), registry("did:web:other.example", "Example University"), nil, "standing: pass issuer_not_listed key", "warns: issuer_name_lookalike")
	add("listed-unproven", "the employer's registry", "the registry names the issuer, and somebody else signed", "rejected proof_invalid", edited(secured(), func(b m) { b["name"] = "Doctor" }), registry(did, "Example University"), nil, "integrity: fail proof_invalid", "standing: unknown issuer_unproven")
	add("blocked", "the employer's block list", "the block list names the issuer", "rejected issuer_blocked", secured(), m{"blocked": []any{did}}, nil, "standing: fail issuer_blocked key")
	const ruleStanding = "who stands behind the issuer"
	add("key", ruleStanding, "nothing but a key stands behind the issuer", "unvouched issuer_unvouched", secured(), nil, nil, "accept: account", "standing: unknown issuer_unvouched key")
	add("key-of-anothers", ruleStanding, "the same, whomever the badge names", "unvouched issuer_unvouched", secured(), nil, &Applicant{Emails: []string{"other@example.org"}}, "accept: account", "standing: unknown issuer_unvouched key", "recipient: fail recipient_mismatch")
	add("key-expired", ruleStanding, "the same, and its time is over", "unvouched issuer_unvouched", secured(func(b m) { b["validUntil"] = "2026-11-23T11:59:59Z" }), nil, nil, "accept: account", "standing: unknown issuer_unvouched key", "dates: fail expired")
	add("listed-only", ruleStanding, "the employer accepts listed issuers alone, and the registry names another", "unvouched issuer_not_listed", secured(), registry("did:web:other.example", "Another"), nil, "accept: listed", "standing: unknown issuer_not_listed key")
	add("own-key", ruleStanding, "the issuer's id is the applicant's own", "unvouched issuer_is_applicant", secured(), nil, &Applicant{Emails: applicant.Emails, IDs: []string{did}}, "standing: unknown issuer_is_applicant self")
	placed := func(name, id, what, expect string, who *Applicant, lines ...string) {
		at := "https://" + strings.ReplaceAll(strings.TrimPrefix(id, "did:web:"), ":", "/")
		doc := at + "/did.json"
		if strings.Count(at, "/") == 2 {
			doc = at + "/.well-known/did.json"
		}
		add(name, ruleStanding, what, expect, verifytest.Secure(badge(id), issuerKey, id+"#"+verifytest.Multikey(issuerKey), "eddsa-rdfc-2022"), nil, who, append([]string{"accept: account"}, lines...)...)
		out[len(out)-1].web = verifytest.NewWeb(m{doc: didDocument(id, issuerKey)})
	}
	placed("domain", "did:web:badges.example.edu", "the issuer's id lies on a domain", "verified", nil, "standing: pass domain")
	placed("account", "did:web:network.learncard.com:users:somebody", "an account at a platform where anybody can sign up", "verified", nil, "standing: pass account")
	placed("page", "did:web:somebody.github.io", "a page at a place where anybody can put one", "unvouched issuer_unvouched", nil, "standing: unknown issuer_unvouched page")
	placed("folder", "did:web:example.edu:people:uploads:somebody", "a folder of what people put on a university's host", "unvouched issuer_unvouched", nil, "standing: unknown issuer_unvouched page")
	placed("own-site", "did:web:badges.somebody.example.com", "the issuer's id lies on the applicant's own site", "unvouched issuer_is_applicant", &Applicant{Emails: applicant.Emails, IDs: []string{"https://www.example.com/"}}, "standing: unknown issuer_is_applicant self")
	placed("same-domain", "did:web:badges.example.org", "the applicant's address lies on the issuer's domain, as a student's does", "verified", nil, "standing: pass domain", "warns: issuer_domain_applicants")
	const lookalike = "did:web:issuer.examp1e"
	add("host-lookalike", "the employer's registry", "an issuer whose host reads like that of one in the registry", "verified",
		verifytest.Secure(with(badge(lookalike), m{"issuer": m{"id": lookalike, "type": []any{"Profile"}, "name": "Another"}}), issuerKey, lookalike+"#"+verifytest.Multikey(issuerKey), "eddsa-rdfc-2022"),
		registry(didWeb, "Example University"), nil, "standing: pass issuer_not_listed page", "warns: issuer_host_lookalike")
	out[len(out)-1].web = verifytest.NewWeb(m{"https://issuer.examp1e/.well-known/did.json": didDocument(lookalike, issuerKey)})
	add("somebody-elses", ruleWho, "the applicant has another address", "authentic recipient_mismatch", secured(), nil, &Applicant{Emails: []string{"other@example.org"}}, "recipient: fail recipient_mismatch")
	add("address-claimed", ruleWho, "the applicant claims the address that it names", "verified", secured(), nil, nil, "recipient: pass address_claimed")
	add("address-proven", ruleWho, "the hiring system has confirmed the address that it names", "verified", secured(), nil, &Applicant{Emails: []string{"other@example.org"}, Proven: applicant.Emails}, "recipient: pass")
	add("nobody-told", ruleWho, "nobody told who the applicant is", "authentic", secured(), nil, &Applicant{})
	nobody := secured(func(b m) { delete(at(b, "credentialSubject"), "identifier") })
	add("names-nobody", ruleWho, "the badge names nobody", "authentic recipient_missing", nobody, nil, nil, "recipient: none recipient_missing", "conformance: fail schema_invalid")
	team := secured(func(b m) {
		second := verifytest.Clone(at(b, "credentialSubject"))
		at(second, "achievement")["id"], at(second, "achievement")["name"] = "https://issuer.example/achievements/other", "Another award"
		second["identifier"] = []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "second@example.org"}}
		b["credentialSubject"] = []any{b["credentialSubject"], second}
	})
	masked := secured(func(b m) {
		at(b, "credentialSubject")["identifier"] = []any{m{"type": "IdentityObject", "hashed": false, "identityHash": "a***@example.org", "identityType": "emailAddress"}}
	})
	add("address-masked", ruleWho, "the address is masked", "authentic recipient_unknown", masked, nil, nil, "recipient: unknown recipient_unknown")
	add("names-several", ruleWho, "the badge gives two holders an award each", "authentic recipient_several", team, nil, nil, "recipient: unknown recipient_several", "conformance: fail schema_invalid")
	name := secured(func(b m) {
		at(b, "credentialSubject")["identifier"] = []any{m{"type": "IdentityObject", "identityType": "name", "hashed": false, "identityHash": "Applicant One"}}
	})
	add("name-only", ruleWho, "nothing but a name ties it to the applicant", "authentic recipient_weak", name, nil, &Applicant{Name: "Applicant One"}, "recipient: unknown recipient_weak", "warns: recipient_name_only")
	return out
}

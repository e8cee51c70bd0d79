package proof

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/mr-tron/base58"

	"assay/verify/read"
)

// badge is a credential of usual size, not yet signed.
const badge = `{
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
  "id": "https://badges.example.edu/credentials/4711",
  "type": ["VerifiableCredential", "OpenBadgeCredential"],
  "name": "Cloud Operations",
  "issuer": {
    "id": "https://badges.example.edu/issuers/1",
    "type": ["Profile"],
    "name": "Example University",
    "url": "https://badges.example.edu",
    "email": "badges@example.edu",
    "image": {"id": "https://badges.example.edu/logo.png", "type": "Image", "caption": "Logo of Example University"}
  },
  "validFrom": "2026-01-15T09:00:00Z",
  "validUntil": "2029-01-15T09:00:00Z",
  "credentialSubject": {
    "type": ["AchievementSubject"],
    "identifier": [{"type": "IdentityObject", "hashed": true, "identityHash": "sha256$5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "identityType": "emailAddress", "salt": "c2FsdA"}],
    "achievement": {
      "id": "https://badges.example.edu/achievements/12",
      "type": ["Achievement"],
      "achievementType": "Certificate",
      "name": "Cloud Operations",
      "description": "The holder runs services on a public cloud, watches them and brings them back.",
      "criteria": {"narrative": "A course of forty hours, five practical tasks and a written examination."},
      "image": {"id": "https://badges.example.edu/achievements/12.png", "type": "Image"},
      "tag": ["cloud", "operations", "monitoring"],
      "alignment": [
        {"type": ["Alignment"], "targetCode": "S1.2.3", "targetFramework": "ESCO", "targetName": "cloud monitoring and reporting", "targetType": "CTDL", "targetUrl": "http://data.europa.eu/esco/skill/0001"},
        {"type": ["Alignment"], "targetFramework": "ESCO", "targetName": "incident management", "targetUrl": "http://data.europa.eu/esco/skill/0002"}
      ],
      "resultDescription": [{"id": "urn:uuid:6d1b5b0a-59c4-4c46-8f0a-2a3c0f7bd001", "type": ["ResultDescription"], "name": "Grade", "resultType": "LetterGrade"}]
    },
    "result": [{"type": ["Result"], "resultDescription": "urn:uuid:6d1b5b0a-59c4-4c46-8f0a-2a3c0f7bd001", "value": "A"}]
  },
  "credentialStatus": {
    "id": "https://badges.example.edu/status/3#94567",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "94567",
    "statusListCredential": "https://badges.example.edu/status/3"
  }
}`

const testMethod = "https://badges.example.edu/issuers/1#key-1"

// signer is a key that signs test credentials.
type signer struct {
	key  Key
	sign func(hashData []byte) []byte
}

func seeded(seed byte) *rand.ChaCha8 {
	var s [32]byte
	s[0] = seed
	return rand.NewChaCha8(s)
}

func newEd25519(t testing.TB, seed byte) *signer {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return &signer{
		key:  Key{ID: testMethod, Controller: "https://badges.example.edu/issuers/1", Public: pub, Assertion: true},
		sign: func(data []byte) []byte { return ed25519.Sign(priv, data) },
	}
}

func newECDSASigner(t testing.TB, c elliptic.Curve, seed byte) *signer {
	t.Helper()
	priv, err := ecdsa.GenerateKey(c, seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	size := (c.Params().BitSize + 7) / 8
	return &signer{
		key: Key{ID: testMethod, Controller: "https://badges.example.edu/issuers/1", Public: &priv.PublicKey, Assertion: true},
		sign: func(data []byte) []byte {
			var sum []byte
			if size == 32 {
				s := sha256.Sum256(data)
				sum = s[:]
			} else {
				s := sha512.Sum384(data)
				sum = s[:]
			}
			r, s, err := ecdsa.Sign(seeded(seed+1), priv, sum)
			if err != nil {
				t.Fatal(err)
			}
			out := make([]byte, 2*size)
			r.FillBytes(out[:size])
			s.FillBytes(out[size:])
			return out
		},
	}
}

func (s *signer) keys(_ context.Context, method string) ([]*Key, error) {
	if method != s.key.ID {
		return nil, errNoKey
	}
	k := s.key
	return []*Key{&k}, nil
}

// options are those under which a credential of s verifies.
func (s *signer) options() DIOptions { return DIOptions{Keys: s.keys, Now: testNow} }

// proofConfig is a proof without a value.
func proofConfig(suite string) map[string]any {
	p := map[string]any{
		"type":               "DataIntegrityProof",
		"cryptosuite":        suite,
		"created":            "2026-01-15T09:00:00Z",
		"verificationMethod": testMethod,
		"proofPurpose":       "assertionMethod",
	}
	if _, ok := detached[suite]; ok || suite == "Ed25519Signature2020" {
		p["type"] = suite
		delete(p, "cryptosuite")
	}
	return p
}

// detachedAlg is the algorithm of a signer of one of the detached suites.
func (s *signer) detachedAlg() string {
	switch k := s.key.Public.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P384() {
			return "ES384"
		}
		return "ES256"
	case *secp256k1.PublicKey:
		return "ES256K"
	case *rsa.PublicKey:
		return "PS256"
	}
	return "EdDSA"
}

// jws is a JWS without its payload under a header.
func (s *signer) jws(header string, data []byte) string {
	text := base64url.EncodeToString([]byte(header))
	return text + ".." + base64url.EncodeToString(s.sign(append([]byte(text+"."), data...)))
}

// proofFor gives a proof over doc.
func (s *signer) proofFor(t testing.TB, doc, config map[string]any) map[string]any {
	t.Helper()
	data, err := HashDataIntegrity(context.Background(), doc, config)
	if err != nil {
		t.Fatal(err)
	}
	p := maps.Clone(config)
	delete(p, "@context")
	if c, ok := config["@context"]; ok {
		p["@context"] = c
	}
	if _, ok := detached[config["type"].(string)]; ok {
		p["jws"] = s.jws(`{"alg":"`+s.detachedAlg()+`","b64":false,"crit":["b64"]}`, data)
	} else {
		p["proofValue"] = "z" + base58.Encode(s.sign(data))
	}
	return p
}

// signed gives doc with a proof of one suite.
func (s *signer) signed(t testing.TB, doc map[string]any, suite string) map[string]any {
	t.Helper()
	out := maps.Clone(doc)
	out["proof"] = s.proofFor(t, doc, proofConfig(suite))
	return out
}

func sample(t testing.TB) map[string]any { return parseDoc(t, []byte(badge)) }

// again writes doc as JSON and reads it, as it comes from an applicant.
func again(t testing.TB, doc map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	v, err := read.Parse(data, read.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

// verdictOf verifies a document with one proof.
func verdictOf(t testing.TB, doc map[string]any, o DIOptions) DIResult {
	t.Helper()
	results, err := VerifyDataIntegrity(context.Background(), doc, o)
	if err != nil {
		return DIResult{Err: err}
	}
	if len(results) != 1 {
		t.Fatalf("%d results", len(results))
	}
	return results[0]
}

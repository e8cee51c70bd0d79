package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"

	"assay/ingest"
	"assay/verify/proof"

	"github.com/mr-tron/base58"
)

// sampler makes applications for the bench and for tests: Open Badges 3.0 of ten
// issuers known by did:key, half of them with an eddsa-rdfc-2022 proof and half as
// VC-JWT, in a file of their own; and CVs with badges of issuers who have a site. The same
// number gives the same application.
type sampler struct {
	keys    []ed25519.PrivateKey
	picture []byte

	*academy // nil = no site
}

// benchSkills are what the badges are for.
var benchSkills = []struct{ name, url string }{
	{"work in teams", "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"},
	{"Python", ""}, {"first aid", ""}, {"welding", ""}, {"customer service", ""}, {"problem solving", ""}, {"leadership", ""},
}

func newSampler() (*sampler, error) {
	s := &sampler{}
	for i := range 10 {
		s.keys = append(s.keys, sampleKey(i))
	}
	var b bytes.Buffer
	err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 128, 128)))
	s.picture = b.Bytes()
	return s, err
}

func sampleKey(i int) ed25519.PrivateKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "assay bench issuer %d", i))
	return ed25519.NewKeyFromSeed(seed[:])
}

// keyText is a key as did:key writes it.
func keyText(key ed25519.PrivateKey) string {
	return "z" + base58.Encode(append([]byte{0xed, 0x01}, key.Public().(ed25519.PublicKey)...))
}

// simple makes application number i with one badge in a file of its own.
func (s *sampler) simple(ctx context.Context, i int) (ingest.Submission, error) {
	sub, email := s.applicant(i)
	text, err := s.badge(ctx, 2*i, email)
	sub.Files = []ingest.File{{Name: "badge.json", Type: "application/json", Data: []byte(text)}}
	return sub, err
}

// applicant is application number i without documents, and its address.
func (s *sampler) applicant(i int) (ingest.Submission, string) {
	email := fmt.Sprintf("applicant%d@example.org", i)
	return ingest.Submission{Tenant: "bench", Application: fmt.Sprintf("A-%07d", i), Job: "bench",
		Applicant: ingest.Applicant{Emails: []string{email}, Proven: []string{email}, Name: fmt.Sprintf("Applicant %d", i)}}, email
}

func (s *sampler) badge(ctx context.Context, n int, email string) (string, error) {
	return s.badgeWith(ctx, n, email, nil)
}

// badgeWith makes a badge with a status entry, nil for none; one with a proof is of an
// even number.
func (s *sampler) badgeWith(ctx context.Context, n int, email string, status any) (string, error) {
	key := s.keys[n%len(s.keys)]
	id := keyText(key)
	issuer, method := "did:key:"+id, "did:key:"+id+"#"+id
	skill := benchSkills[n%len(benchSkills)]
	salt := fmt.Sprintf("salt%d", n)
	hash := sha256.Sum256([]byte(email + salt))
	achievement := map[string]any{"id": fmt.Sprintf("urn:example:achievement:%d", n%len(benchSkills)), "type": []any{"Achievement"},
		"name": skill.name, "description": "Shown at work.", "criteria": map[string]any{"narrative": "Shown at work and confirmed."}}
	if skill.url != "" {
		achievement["alignment"] = []any{map[string]any{"type": []any{"Alignment"}, "targetName": skill.name, "targetUrl": skill.url, "targetFramework": "ESCO"}}
	}
	doc := map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       fmt.Sprintf("urn:example:badge:%d", n), "type": []any{"VerifiableCredential", "OpenBadgeCredential"}, "name": skill.name,
		"issuer":    map[string]any{"id": issuer, "type": []any{"Profile"}, "name": fmt.Sprintf("Bench Issuer %d", n%len(s.keys))},
		"validFrom": "2026-01-05T00:00:00Z",
		"credentialSubject": map[string]any{"type": []any{"AchievementSubject"}, "achievement": achievement,
			"identifier": []any{map[string]any{"type": "IdentityObject", "hashed": true, "identityType": "emailAddress", "salt": salt,
				"identityHash": "sha256$" + hex.EncodeToString(hash[:])}}},
	}
	if status != nil {
		doc["credentialStatus"] = status
	}
	if n%2 == 1 {
		// OB 3.0 §8.2.4.1: iss, nbf and jti as the credential says.
		payload := map[string]any{"iss": issuer, "jti": doc["id"], "nbf": 1767571200}
		for k, v := range doc {
			payload[k] = v
		}
		return jws(key, map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": method}, payload)
	}
	return prove(ctx, key, doc)
}

// prove gives a document with an eddsa-rdfc-2022 proof.
func prove(ctx context.Context, key ed25519.PrivateKey, doc map[string]any) (string, error) {
	id := keyText(key)
	config := map[string]any{"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-05T00:00:00Z",
		"verificationMethod": "did:key:" + id + "#" + id, "proofPurpose": "assertionMethod"}
	sum, err := proof.HashDataIntegrity(ctx, doc, config)
	if err != nil {
		return "", err
	}
	config["proofValue"] = "z" + base58.Encode(ed25519.Sign(key, sum))
	doc["proof"] = config
	b, err := json.Marshal(doc)
	return string(b), err
}

// jws signs with an Ed25519 key, or an RSA key and SHA-256.
func jws(key crypto.Signer, header, payload map[string]any) (string, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	p, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	input := enc.EncodeToString(h) + "." + enc.EncodeToString(p)
	if key, ok := key.(ed25519.PrivateKey); ok {
		return input + "." + enc.EncodeToString(ed25519.Sign(key, []byte(input))), nil
	}
	sum := sha256.Sum256([]byte(input))
	sig, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	return input + "." + enc.EncodeToString(sig), err
}

// bake puts the badge behind IHDR (OB 3.0 §5.3.1: an iTXt chunk).
func bake(picture []byte, text string) []byte { return bakeAs(picture, "openbadgecredential", text) }

// bakeAs bakes under another keyword, as that of OB 2.0.
func bakeAs(picture []byte, keyword, text string) []byte {
	const head = 8 + 25 // signature and IHDR
	data := append([]byte("iTXt"+keyword+"\x00\x00\x00\x00\x00"), text...)
	out := append([]byte(nil), picture[:head]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)-4))
	out = append(out, data...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(data))
	return append(out, picture[head:]...)
}

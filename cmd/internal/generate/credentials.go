package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"assay/verify/proof"

	"github.com/mr-tron/base58"
)

type object = map[string]any

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// uuid derives a stable urn:uuid from a name.
func uuid(name string) string {
	h := sha256.Sum256([]byte("assay sample " + name))
	h[6], h[8] = h[6]&0x0f|0x50, h[8]&0x3f|0x80
	s := hex.EncodeToString(h[:16])
	return fmt.Sprintf("urn:uuid:%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}

// edIssuer is an issuer known by did:key with an Ed25519 key of its name.
type edIssuer struct {
	name string
	key  ed25519.PrivateKey
	did  string
}

func newEdIssuer(name string) edIssuer {
	seed := sha256.Sum256([]byte("assay sample issuer " + name))
	key := ed25519.NewKeyFromSeed(seed[:])
	id := "z" + base58.Encode(append([]byte{0xed, 0x01}, key.Public().(ed25519.PublicKey)...))
	return edIssuer{name: name, key: key, did: "did:key:" + id}
}

func (i edIssuer) method() string { return i.did + "#" + i.did[len("did:key:"):] }

// prove adds an eddsa-rdfc-2022 proof (vc-di-eddsa §3.2).
func (i edIssuer) prove(doc object) (object, error) {
	config := object{
		"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-03-02T09:00:00Z",
		"verificationMethod": i.method(), "proofPurpose": "assertionMethod",
	}
	hash, err := proof.HashDataIntegrity(context.Background(), doc, config)
	if err != nil {
		return nil, err
	}
	config["proofValue"] = "z" + base58.Encode(ed25519.Sign(i.key, hash))
	out := maps.Clone(doc)
	out["proof"] = config
	return out, nil
}

// ecIssuer is an issuer known by did:key with a P-256 key of its name.
type ecIssuer struct {
	name string
	key  *ecdsa.PrivateKey
	did  string
}

func newECIssuer(name string) (ecIssuer, error) {
	seed := sha256.Sum256([]byte("assay sample issuer " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		return ecIssuer{}, err
	}
	point := elliptic.MarshalCompressed(elliptic.P256(), key.X, key.Y)
	return ecIssuer{name: name, key: key, did: "did:key:z" + base58.Encode(append([]byte{0x80, 0x24}, point...))}, nil
}

func (i ecIssuer) method() string { return i.did + "#" + i.did[len("did:key:"):] }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// compactJWS signs header and payload (RFC 7515) with the algorithm that fits
// the key. Every signature is deterministic.
func compactJWS(key crypto.Signer, header, payload object) (string, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	p, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	input := b64(h) + "." + b64(p)
	sum := sha256.Sum256([]byte(input))
	var sig []byte
	switch k := key.(type) {
	case ed25519.PrivateKey:
		sig = ed25519.Sign(k, []byte(input))
	case *rsa.PrivateKey:
		if sig, err = rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:]); err != nil {
			return "", err
		}
	case *ecdsa.PrivateKey:
		// Without randomness the signature follows RFC 6979.
		der, err := k.Sign(nil, sum[:], crypto.SHA256)
		if err != nil {
			return "", err
		}
		var rs struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &rs); err != nil {
			return "", err
		}
		sig = append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
	default:
		return "", errors.New("key of another kind")
	}
	return input + "." + b64(sig), nil
}

// rsaKey derives a 2048-bit RSA key from a name, so that no private key lies in
// the project and every run writes the same bytes.
func rsaKey(name string) (*rsa.PrivateKey, error) {
	primes := make([]*big.Int, 2)
	for i := range primes {
		primes[i] = primeOf(fmt.Sprintf("assay sample issuer %s %d", name, i))
	}
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(primes[0], one), new(big.Int).Sub(primes[1], one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(primes[0], primes[1]), E: 65537},
		D:         new(big.Int).ModInverse(big.NewInt(65537), phi), Primes: primes,
	}
	if key.D == nil {
		return nil, errors.New("RSA: exponent does not fit these primes")
	}
	key.Precompute()
	return key, key.Validate()
}

// primeOf gives the first 1024-bit prime at or after a number drawn from name.
func primeOf(name string) *big.Int {
	var b []byte
	for i := range 4 {
		h := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, i))
		b = append(b, h[:]...)
	}
	b[0] |= 0xc0 // the product has all its 2048 bits
	b[len(b)-1] |= 1
	p := new(big.Int).SetBytes(b)
	for !p.ProbablyPrime(20) {
		p.Add(p, big.NewInt(2))
	}
	return p
}

// publicPEM is the key as an OB 2.0 CryptographicKey carries it.
func publicPEM(key *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// hashedEmail is a recipient's e-mail as OB 2.0 and OB 3.0 hash it.
func hashedEmail(email, salt string) string {
	h := sha256.Sum256([]byte(email + salt))
	return "sha256$" + hex.EncodeToString(h[:])
}

// achievement is what a sample badge is for.
type achievement struct {
	name, description string
	skill             skill
	tags              []string
}

type skill struct{ url, name, framework, code string }

// ob3 makes an unsigned Open Badges 3.0 credential on VCDM 2.0 (OB3 §B.1).
func ob3(id, issuerID, issuerName string, a achievement, email, from, until string) object {
	salt := id[len(id)-8:]
	achievement := object{
		"id": uuid("achievement " + a.name), "type": []any{"Achievement"}, "name": a.name, "description": a.description,
		"criteria": object{"narrative": "Shown at work and confirmed by an assessor."},
	}
	if a.skill.url != "" {
		alignment := object{"type": []any{"Alignment"}, "targetName": a.skill.name, "targetUrl": a.skill.url, "targetFramework": a.skill.framework}
		if a.skill.code != "" {
			alignment["targetCode"] = a.skill.code
		}
		achievement["alignment"] = []any{alignment}
	}
	if len(a.tags) > 0 {
		var tags []any
		for _, t := range a.tags {
			tags = append(tags, t)
		}
		achievement["tag"] = tags
	}
	doc := object{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       id, "type": []any{"VerifiableCredential", "OpenBadgeCredential"}, "name": a.name,
		"issuer":    object{"id": issuerID, "type": []any{"Profile"}, "name": issuerName},
		"validFrom": from,
		"credentialSubject": object{
			"type": []any{"AchievementSubject"},
			"identifier": []any{object{
				"type": "IdentityObject", "hashed": true, "identityHash": hashedEmail(email, salt), "identityType": "emailAddress", "salt": salt,
			}},
			"achievement": achievement,
		},
	}
	if until != "" {
		doc["validUntil"] = until
	}
	return doc
}

func text(doc object) (string, error) {
	b, err := json.Marshal(doc)
	return string(b), err
}

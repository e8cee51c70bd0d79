package verifytest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/mr-tron/base58"

	"assay/verify/rdf"
)

// P256 gives a P-256 key of a seed byte.
func P256(seed byte) *ecdsa.PrivateKey {
	raw := make([]byte, 32)
	raw[31], raw[0] = seed, 1
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		panic(err)
	}
	return k
}

// P256DIDKey gives the did:key of a P-256 key and its only verification method.
func P256DIDKey(k *ecdsa.PrivateKey) (did, method string) {
	m := "z" + base58.Encode(compressedP256(&k.PublicKey))
	return "did:key:" + m, "did:key:" + m + "#" + m
}

// compressedP256 is a public key as a Multikey has it.
func compressedP256(k *ecdsa.PublicKey) []byte {
	raw, err := k.Bytes()
	if err != nil {
		panic(err)
	}
	return append([]byte{0x80, 0x24, 2 + raw[64]&1}, raw[1:33]...)
}

// Disclose adds a derived proof of ecdsa-sd-2023 to a copy of doc, which is what
// its holder discloses: an issuer's proof of which only these statements are
// left. mandatory says of each, as N-Quads, whether the issuer had made it so.
func Disclose(doc map[string]any, k *ecdsa.PrivateKey, method string, mandatory func(line string) bool) map[string]any {
	out := Clone(doc)
	p := map[string]any{
		"type": "DataIntegrityProof", "cryptosuite": "ecdsa-sd-2023", "created": "2026-01-01T00:00:00Z",
		"verificationMethod": method, "proofPurpose": "assertionMethod", "@context": out["@context"],
	}
	ctx := context.Background()
	dataset := func(doc map[string]any) *rdf.Dataset {
		d, err := rdf.ToRDF(doc, "", rdf.Limits{})
		if err != nil {
			panic(err)
		}
		return d
	}
	options, err := rdf.Hash(ctx, dataset(p).Quads, crypto.SHA256, rdf.Limits{})
	if err != nil {
		panic(err)
	}
	data := dataset(out)
	c, err := rdf.Canonicalize(ctx, data.Quads, crypto.SHA256, rdf.Limits{})
	if err != nil {
		panic(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	labels, names := map[uint64][]byte{}, map[string]string{}
	for label, canonical := range c.Labels {
		n, err := strconv.ParseUint(strings.TrimPrefix(canonical, "c14n"), 10, 32)
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256([]byte(canonical))
		labels[n], names[label] = sum[:], "u"+b64(sum[:])
	}
	var lines []string
	for _, q := range data.Quads {
		for _, t := range []*rdf.Term{&q.Subject, &q.Object, &q.Graph} {
			if t.Kind == rdf.Blank {
				t.Value = names[t.Value]
			}
		}
		lines = append(lines, string(rdf.AppendQuad(nil, q)))
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	single := P256(99)
	indexes, signatures := []uint64{}, [][]byte{}
	var fixed strings.Builder
	for i, l := range lines {
		if mandatory(l) {
			indexes = append(indexes, uint64(i))
			fixed.WriteString(l)
		} else {
			signatures = append(signatures, signP256(single, []byte(l)))
		}
	}
	sum := sha256.Sum256([]byte(fixed.String()))
	public := compressedP256(&single.PublicKey)
	base := signP256(k, slices.Concat(options, public, sum[:]))
	value, err := cbor.Marshal([]any{base, public, signatures, labels, indexes})
	if err != nil {
		panic(err)
	}
	delete(p, "@context")
	p["proofValue"] = "u" + b64(append([]byte{0xd9, 0x5d, 0x01}, value...))
	out["proof"] = p
	return out
}

func signP256(k *ecdsa.PrivateKey, data []byte) []byte {
	sum := sha256.Sum256(data)
	r, s, err := ecdsa.Sign(zero{}, k, sum[:])
	if err != nil {
		panic(err)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}

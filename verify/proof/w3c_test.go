package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/mr-tron/base58"

	"assay/verify/rdf"
)

// text reads a vector of one line or text.
func text(t *testing.T, path string) string {
	t.Helper()
	return strings.TrimSpace(string(readFile(t, path)))
}

// TestW3CIntermediateSteps follows the W3C examples of vc-di-eddsa and
// vc-di-ecdsa through every step: canonical document, canonical proof, the two
// hashes, their concatenation, the signature in both notations, the verdict.
func TestW3CIntermediateSteps(t *testing.T) {
	root := shared(t, "vectors")
	ctx := context.Background()
	for _, tt := range []struct {
		dir, name, suite string
		hash             crypto.Hash
	}{
		{"w3c-vc-di-eddsa/eddsa-rdfc-2022", "DataInt", "eddsa-rdfc-2022", crypto.SHA256},
		{"w3c-vc-di-eddsa/eddsa-rdfc-2022/employ", "DataInt", "eddsa-rdfc-2022", crypto.SHA256},
		{"w3c-vc-di-eddsa/eddsa-jcs-2022", "JCS", "eddsa-jcs-2022", crypto.SHA256},
		{"w3c-vc-di-eddsa/Ed25519Signature2020", "EdSig", "Ed25519Signature2020", crypto.SHA256},
		{"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p256", "ECDSAP256", "ecdsa-rdfc-2019", crypto.SHA256},
		{"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ", "ECDSAP256", "ecdsa-rdfc-2019", crypto.SHA256},
		{"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p384", "ECDSAP384", "ecdsa-rdfc-2019", crypto.SHA384},
		{"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ", "ECDSAP384", "ecdsa-rdfc-2019", crypto.SHA384},
		{"w3c-vc-di-ecdsa/ecdsa-jcs-2019-p256", "JCSECDSAP256", "ecdsa-jcs-2019", crypto.SHA256},
		{"w3c-vc-di-ecdsa/ecdsa-jcs-2019-p384", "JCSECDSAP384", "ecdsa-jcs-2019", crypto.SHA384},
	} {
		t.Run(tt.dir, func(t *testing.T) {
			file := func(prefix, ext string) string {
				return filepath.Join(root, filepath.FromSlash(tt.dir), prefix+tt.name+ext)
			}
			signed := parseDoc(t, readFile(t, file("signed", ".json")))
			unsecured := without(signed, "proof")
			config := parseDoc(t, readFile(t, file("proofConfig", ".json")))
			sum := func(s string) string {
				h := tt.hash.New()
				h.Write([]byte(s))
				return hex.EncodeToString(h.Sum(nil))
			}
			canonical := func(doc map[string]any) string {
				if strings.Contains(tt.suite, "jcs") {
					out, err := rdf.CanonicalJSON(doc)
					if err != nil {
						t.Fatal(err)
					}
					return string(out)
				}
				d, err := rdf.ToRDF(doc, "", rdf.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				c, err := rdf.Canonicalize(ctx, d.Quads, tt.hash, rdf.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				return string(c.NQuads)
			}
			check := func(step, got, want string) {
				t.Helper()
				if d := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); d != "" {
					t.Errorf("%s: %s", step, d)
				}
			}
			canonDoc, canonProof := canonical(unsecured), canonical(config)
			check("canonical document", canonDoc, text(t, file("canonDoc", ".txt")))
			check("canonical proof", canonProof, text(t, file("proofCanon", ".txt")))
			check("document hash", sum(canonDoc), text(t, file("docHash", ".txt")))
			check("proof hash", sum(canonProof), text(t, file("proofHash", ".txt")))
			check("hash data", sum(canonProof)+sum(canonDoc), text(t, file("combinedHash", ".txt")))

			value := signed["proof"].(map[string]any)["proofValue"].(string)
			check("signature", value, text(t, file("sigBTC58", ".txt")))
			raw, err := base58.Decode(value[1:])
			if err != nil {
				t.Fatal(err)
			}
			check("signature bytes", hex.EncodeToString(raw), text(t, file("sigHex", ".txt")))

			r := verdictOf(t, signed, DIOptions{Keys: fragmentKeys, Now: testNow})
			if r.Err != nil || r.Suite != tt.suite {
				t.Errorf("got %v of %s", r.Err, r.Suite)
			}
			if d := cmp.Diff(unsecured, r.Document); d != "" {
				t.Errorf("verified document: %s", d)
			}
			if tt.hash == crypto.SHA256 {
				data, err := HashDataIntegrity(ctx, unsecured, without(signed["proof"].(map[string]any), "proofValue"))
				if err != nil {
					t.Fatal(err)
				}
				check("HashDataIntegrity", hex.EncodeToString(data), text(t, file("combinedHash", ".txt")))
			}
		})
	}
}

// TestW3CSelectiveDisclosure follows the W3C examples of ecdsa-sd-2023 through
// the verifier's steps.
func TestW3CSelectiveDisclosure(t *testing.T) {
	root := shared(t, "vectors", "w3c-vc-di-ecdsa", "ecdsa-sd-2023")
	for _, name := range []string{"employ", "prc"} {
		t.Run(name, func(t *testing.T) {
			load := func(file string, into any) {
				t.Helper()
				if err := json.Unmarshal(readFile(t, filepath.Join(root, name, file)), into); err != nil {
					t.Fatal(err)
				}
			}
			doc := parseDoc(t, readFile(t, filepath.Join(root, name, "derivedRevealDocument.json")))
			var lines []string
			load("verifyNQuads.json", &lines)
			var want struct {
				BaseSignature, ProofHash, PublicKey, MandatoryHash string
				Signatures, NonMandatory                           []string
			}
			load("verifyCreateVerifyData.json", &want)

			value := doc["proof"].(map[string]any)["proofValue"].(string)
			d, err := parseDerived(value)
			if err != nil {
				t.Fatal(err)
			}
			if hex.EncodeToString(d.Base) != want.BaseSignature || "z"+base58.Encode(d.PublicKey) != want.PublicKey || len(d.Signatures) != len(want.Signatures) {
				t.Error("derived proof value is read otherwise")
			}
			config := without(doc["proof"].(map[string]any), "proofValue")
			config["@context"] = doc["@context"]
			p := &diProof{v: &diVerifier{}, input: without(doc, "proof"), result: &DIResult{}}
			if d := p.hashRDF(context.Background(), config, crypto.SHA256, ""); d.err != nil || hex.EncodeToString(d.sum) != want.ProofHash {
				t.Errorf("proof hash: %x, %v", d.sum, d.err)
			}
			got, links, err := p.relabel(context.Background(), d.Labels)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Errorf("statements: %s", diff)
			}
			sel, err := d.split(got, links)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.NonMandatory, sel.Disclosed); diff != "" {
				t.Errorf("disclosed: %s", diff)
			}
			mandatory := sha256.Sum256([]byte(strings.Join(sel.Mandatory, "")))
			if hex.EncodeToString(mandatory[:]) != want.MandatoryHash {
				t.Errorf("mandatory hash: %x", mandatory)
			}
			r := verdictOf(t, doc, DIOptions{Keys: fragmentKeys, Now: testNow})
			if r.Err != nil || r.Selective == nil || !r.Selective.HasMandatory("https://www.w3.org/2018/credentials#issuer") {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// TestAttack26: what a holder may and may not do with ecdsa-sd-2023.
func TestAttack26SelectiveDisclosure(t *testing.T) {
	root := shared(t, "vectors", "w3c-vc-di-ecdsa", "ecdsa-sd-2023")
	o := DIOptions{Keys: fragmentKeys, Now: testNow}
	for _, name := range []string{"employ", "prc"} {
		base := parseDoc(t, readFile(t, filepath.Join(root, name, "addSignedSDBase.json")))
		if r := verdictOf(t, base, o); !errors.Is(r.Err, ErrMalformed) || !strings.Contains(r.Err.Error(), "base proof") {
			t.Errorf("%s: base proof: got %v", name, r.Err)
		}
		derived := readFile(t, filepath.Join(root, name, "derivedRevealDocument.json"))
		doc := parseDoc(t, derived)
		for k := range doc {
			if k == "proof" || k == "@context" {
				continue
			}
			less := parseDoc(t, derived)
			delete(less, k)
			if r := verdictOf(t, less, o); r.Err == nil {
				t.Errorf("%s: verified without %s", name, k)
			}
		}
		more := parseDoc(t, derived)
		more["validUntil"] = "2040-01-01T00:00:00Z"
		if r := verdictOf(t, more, o); r.Err == nil {
			t.Errorf("%s: verified with an end of validity added", name)
		}
		// Every byte of the proof value matters.
		p := doc["proof"].(map[string]any)
		value := p["proofValue"].(string)
		raw, err := base64url.DecodeString(value[1:])
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(raw); i += 7 {
			bad := bytes.Clone(raw)
			bad[i] ^= 0x40
			changed := maps.Clone(doc)
			q := maps.Clone(p)
			q["proofValue"] = "u" + base64url.EncodeToString(bad)
			changed["proof"] = q
			if r := verdictOf(t, changed, o); r.Err == nil {
				t.Errorf("%s: verified with byte %d changed", name, i)
			}
		}
	}
}

// A derived proof says each thing once: what it says twice or too much could
// mean another thing to another reader.
func TestDerivedProofIsExact(t *testing.T) {
	path := shared(t, "vectors", "w3c-vc-di-ecdsa", "ecdsa-sd-2023", "employ", "derivedRevealDocument.json")
	o := DIOptions{Keys: fragmentKeys, Now: testNow}
	for _, tt := range []struct {
		desc   string
		change func(d *derivedProof)
		want   error
	}{
		{"unchanged", func(*derivedProof) {}, nil},
		{"one more signature", func(d *derivedProof) { d.Signatures = append(d.Signatures, d.Signatures[0]) }, ErrSignature},
		{"one signature less", func(d *derivedProof) { d.Signatures = d.Signatures[1:] }, ErrSignature},
		{"one label for two nodes", func(d *derivedProof) { d.Labels[0] = d.Labels[1] }, ErrMalformed},
		{"a label for no node", func(d *derivedProof) { d.Labels[99] = make([]byte, 32) }, ErrMalformed},
		{"no label for a node", func(d *derivedProof) { delete(d.Labels, 0) }, ErrMalformed},
		{"a short label", func(d *derivedProof) { d.Labels[0] = d.Labels[0][:31] }, ErrMalformed},
		{"an index twice", func(d *derivedProof) { d.Mandatory = append(d.Mandatory, d.Mandatory[0]) }, ErrMalformed},
		{"an index too large", func(d *derivedProof) { d.Mandatory = append(d.Mandatory, 1<<40) }, ErrMalformed},
		{"a mandatory statement made optional", func(d *derivedProof) { d.Mandatory = d.Mandatory[1:] }, ErrSignature},
		{"a short signature", func(d *derivedProof) { d.Signatures[0] = d.Signatures[0][:63] }, ErrMalformed},
	} {
		doc := parseDoc(t, readFile(t, path))
		p := doc["proof"].(map[string]any)
		d, err := parseDerived(p["proofValue"].(string))
		if err != nil {
			t.Fatal(err)
		}
		tt.change(d)
		b, err := cbor.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		p["proofValue"] = "u" + base64url.EncodeToString(append([]byte{0xd9, 0x5d, 0x01}, b...))
		wantErr(t, tt.desc, doc, o, tt.want)
	}
	d := &derivedProof{PublicKey: make([]byte, 35)}
	copy(d.PublicKey, []byte{0x80, 0x24, 2})
	for i, prefix := range [][]byte{{0xed, 0x01}, {0x81, 0x24}, {0x80, 0x25}} {
		copy(d.PublicKey, prefix)
		if _, err := d.key(); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "P-256") {
			t.Errorf("prefix %d: got %v, want ErrKey", i, err)
		}
	}
}

// Proof sets and chains of the W3C.
func TestW3CChains(t *testing.T) {
	root := shared(t, "vectors", "w3c-vc-di-eddsa", "proof-set-chain")
	names, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, n := range names {
		if !strings.HasPrefix(n.Name(), "signed") {
			continue
		}
		doc := parseDoc(t, readFile(t, filepath.Join(root, n.Name())))
		results, err := VerifyDataIntegrity(context.Background(), doc, DIOptions{Keys: fragmentKeys, Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r.Err != nil {
				t.Errorf("%s: proof %d: %v", n.Name(), i, r.Err)
			}
			checked++
		}
	}
	if checked != 10 {
		t.Errorf("%d proofs", checked)
	}
}

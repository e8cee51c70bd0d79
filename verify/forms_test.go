package verify

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// blockcert is a badge of Open Badges 2.0 with a proof of its place in a tree of
// hashes (Blockcerts 2).
func blockcert(change func(m)) m {
	b := m{
		"@context": []any{"https://w3id.org/openbadges/v2", "https://w3id.org/blockcerts/v2"}, "type": "Assertion", "id": "urn:uuid:5f7c0ab0-5b1c-4f4e-9d1e-6a1f0d1e2f30",
		"badge":     m{"type": "BadgeClass", "id": "urn:uuid:1", "name": "Nautical Science", "issuer": m{"type": "Profile", "id": "https://issuer.example/profile"}},
		"recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "issuedOn": "2017-06-29T14:58:57Z",
		"verification": m{"type": []any{"MerkleProofVerification2017", "Extension"}},
		"signature":    m{"type": []any{"MerkleProof2017", "Extension"}, "merkleRoot": "68", "targetHash": "68", "proof": []any{}},
	}
	if change != nil {
		change(b)
	}
	return b
}

// cborOf gives CBOR as base64url.
func cborOf(b string) []byte { return []byte(base64.RawURLEncoding.EncodeToString([]byte(b))) }

const (
	ruleNamed = "a form that is not judged is named"
	edciXML   = `<?xml version="1.0" encoding="UTF-8"?><europassCredential xmlns="http://data.europa.eu/snb"><title><text lang="en">Diploma in Nautical Science</text></title></europassCredential>`
	// A signed message, and a map that bears what an mdoc must.
	coseBytes = "\xd2\x84\x43\xa1\x01\x26\xa0\x58\x20pppppppppppppppppppppppppppppppp\x58\x20ssssssssssssssssssssssssssssssss"
	mdocBytes = "\xa2\x6anameSpaces\xa0\x6aissuerAuth" + "\x84\x43\xa1\x01\x26\xa0\x58\x20pppppppppppppppppppppppppppppppp\x58\x20ssssssssssssssssssssssssssssssss"
)

// formRecipes are of forms that are named.
func formRecipes() (out []recipe) {
	add := func(name, what, expect string, b any, lines ...string) {
		out = append(out, recipe{name: "form-" + name, rule: ruleNamed, what: what, expect: expect, badge: b, lines: lines})
	}
	none := []string{"integrity: unknown suite_unsupported", "issuer: unknown suite_unsupported", "dates: unknown suite_unsupported"}
	old := slices.Concat(none, []string{"conformance: unknown suite_unsupported"})
	add("europass-xml", "a Europass credential in XML", "unsupported europass_xml", []byte(edciXML), "format: edci")
	add("open-attestation", "a document of OpenAttestation 2", "unsupported open_attestation",
		m{"version": "https://schema.openattestation.com/2.0/schema.json", "data": m{"id": "a:string:1"}, "signature": m{"type": "SHA3MerkleProof", "merkleRoot": "ab"}}, "format: openattestation")
	add("open-attestation-4", "a document of OpenAttestation 4", "unsupported open_attestation",
		m{"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://schemata.openattestation.com/com/openattestation/4.0/context.json"}, "type": []any{"VerifiableCredential", "OpenAttestationCredential"},
			"issuer": m{"id": "did:ethr:0x1", "name": "x"}, "credentialSubject": m{"id": "urn:uuid:1"}, "proof": m{"type": "OpenAttestationHashAndSign2025"}},
		"format: openattestation", "integrity: unknown suite_unsupported", "issuer: unknown suite_unsupported")
	add("clr-1", "a Comprehensive Learner Record 1.0", "unsupported clr_1",
		m{"@context": "https://purl.imsglobal.org/spec/clr/v1p0/context/clr_v1p0.jsonld", "type": "Clr", "id": "urn:uuid:1", "learner": m{"id": "x"}, "assertions": []any{}}, "format: clr1")
	add("europass-unsealed", "a European Digital Credential without its seal", "unsupported unsealed", edc(nil), "format: edc", "integrity: fail unsigned", "issuer: unknown unsigned")
	add("mdoc", "a mobile document", "unsupported mdoc", cborOf(mdocBytes), "format: mdoc")
	add("cose", "a signed message in CBOR", "unsupported cose", cborOf(coseBytes), "format: cose")
	add("blockcerts-2", "a Blockcerts certificate, which is a badge with another proof", "unsupported suite_unsupported", blockcert(nil), slices.Concat(old, []string{"format: blockcerts"})...)
	add("blockcerts-2-proof", "the same, where only its proof tells", "unsupported suite_unsupported", blockcert(func(b m) { delete(b, "verification") }), slices.Concat(old, []string{"format: blockcerts"})...)
	add("blockcerts-3", "a Blockcerts certificate 3", "unsupported suite_unsupported",
		m{"@context": []any{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/blockcerts/v3"}, "type": []any{"VerifiableCredential", "BlockcertsCredential"}, "issuer": "did:ion:EiA_",
			"issuanceDate": "2022-08-18T14:04:24Z", "credentialSubject": m{"id": "did:example:1"}, "proof": m{"type": "MerkleProof2019", "proofPurpose": "assertionMethod", "verificationMethod": "did:ion:EiA_#key-1"}},
		"format: blockcerts", "integrity: unknown suite_unsupported", "issuer: unknown suite_unsupported")
	add("verification", "a badge that says that it is verified in another way", "unsupported suite_unsupported",
		blockcert(func(b m) { delete(b, "signature"); b["verification"] = m{"type": "EthereumAttestation2019"} }), slices.Concat(old, []string{"format: ob2"})...)
	add("verification-none", "a badge that says so of no way at all is nobody's", "rejected unsigned",
		blockcert(func(b m) { delete(b, "signature"); b["verification"] = m{"type": []any{"Extension"}} }),
		"integrity: fail unsigned", "issuer: unknown unsigned", "dates: unknown unsigned", "conformance: unknown unsigned")
	return out
}

// TestAttack333OtherForm: who says that his badge is proven in another way gains
// nothing by it: it is never good, what its host denies stands, and a badge that is
// judged stays judged.
func TestAttack333OtherForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		badge any
		web   *verifytest.Web
		want  string
	}{
		"a proof that proves nothing":                  {blockcert(nil), verifytest.NewWeb(nil), "unsupported suite_unsupported"},
		"at an address that has no such badge":         {blockcert(func(b m) { b["id"] = "https://issuer.example/a" }), verifytest.NewWeb(m{"https://issuer.example/a": verifytest.Answer{Status: 404}}), "unsupported suite_unsupported"},
		"at an address that took it back":              {blockcert(func(b m) { b["id"] = "https://issuer.example/a" }), verifytest.NewWeb(m{"https://issuer.example/a": verifytest.Answer{Status: 410}}), "rejected revoked"},
		"a badge without its signature that says more": {blockcert(func(b m) { delete(b, "signature"); b["verification"] = m{"type": []any{"SignedBadge", "Other2019"}} }), verifytest.NewWeb(nil), "rejected unsigned"},
		"a forged credential with a proof of another kind beside": {
			edited(secured(), func(b m) { b["name"] = "Doctor"; b["version"] = "https://schema.openattestation.com/2.0/schema.json" }), verifytest.NewWeb(nil), "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := New(Options{Fetcher: tc.web, Accept: verdict.LevelKey, Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			got := judged(t, v, Assertion{Payload: verifytest.JSON(tc.badge)}, applicant)
			if s := fmt.Sprint(got.Result, " ", got.Reason); !strings.HasPrefix(s, tc.want) {
				t.Errorf("%s, want %s", s, tc.want)
			}
		})
	}
}

// FuzzNamed: no text that is named panics, and none is judged good.
func FuzzNamed(f *testing.F) {
	f.Add([]byte(edciXML))
	f.Add(cborOf(mdocBytes))
	f.Add(cborOf(coseBytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		if v, ok := namedText(b); ok && v.Result != verdict.Unsupported {
			t.Errorf("%v", v.Result)
		}
	})
}

package extract

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// text and bytes of CBOR (RFC 8949 §3).
func cborText(s string) string { return string(rune(0x60+len(s))) + s }
func cborBytes(s string) string {
	return "\x58" + string([]byte{byte(len(s))}) + s
}

// coseA is a signed message, mdocA a credential of an mdoc, both of our own making.
func coseA() []byte {
	return []byte("\xd2\x84" + "\x43\xa1\x01\x26" + "\xa0" + cborBytes(strings.Repeat("p", 60)) + cborBytes(strings.Repeat("s", 64)))
}

func mdocA() []byte {
	return []byte("\xa2" + cborText("nameSpaces") + "\xa0" + cborText("issuerAuth") + string(coseA()[1:]))
}

// Forms of our own making.
const (
	edciA    = `<?xml version="1.0" encoding="UTF-8"?><europassCredential xmlns="http://data.europa.eu/snb"><title><text lang="en">Diploma</text></title></europassCredential>`
	certA    = `{"version":"https://schema.openattestation.com/2.0/schema.json","data":{"id":"a:string:1"},"signature":{"type":"SHA3MerkleProof","targetHash":"ab","proof":[],"merkleRoot":"ab"}}`
	certOldA = `{"schema":"opencerts/1.5","data":{"id":"a:string:1"},"signature":{"type":"SHA3MerkleProof","targetHash":"ab","proof":[],"merkleRoot":"ab"}}`
	clr1A    = `{"@context":"https://purl.imsglobal.org/spec/clr/v1p0/context/clr_v1p0.jsonld","id":"urn:uuid:1","type":"Clr","learner":{"id":"x"},"assertions":[]}`
	clr1B    = `{"id":"urn:uuid:1","learner":{"id":"x"},"publisher":{"id":"y"},"assertions":[{"id":"z"}]}`
	blockA   = `{"@context":"https://w3id.org/blockcerts/v1","type":"BlockchainCertificate","document":{},"signature":{"type":["MerkleProof2017"],"merkleRoot":"ab"}}`
)

// sealedA is a JWS with the heads given, in the general serialisation.
func sealedA(head string) string {
	return `{"payload":"e30","signatures":[{"protected":"` + base64.RawURLEncoding.EncodeToString([]byte(head)) + `","signature":"AAAA"}]}`
}

func TestForms(t *testing.T) {
	cose, mdoc := base64.RawURLEncoding.EncodeToString(coseA()), base64.RawURLEncoding.EncodeToString(mdocA())
	sealed, dated := sealedA(`{"alg":"RS256","x5c":["MIIB"]}`), sealedA(`{"alg":"RS256","sigT":"2025-01-01T00:00:00Z"}`)
	flat := `{"payload":"e30","protected":"` + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","x5t#S256":"x"}`)) + `","signature":"AAAA"}`
	zip := func(name string, data string) []byte { return zipped(t, file{name, data}) }
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"sealed", "x.jsonld", []byte(sealed), []string{"json " + sealed + " | x.jsonld"}},
		{"sealed, with a time", "x.json", []byte(dated), []string{"json " + dated + " | x.json"}},
		{"sealed, flattened", "x.json", []byte(flat), []string{"json " + flat + " | x.json"}},
		{"sealed, within another object", "x.json", []byte(`{"credentials":[{"credential":` + sealed + `}]}`), []string{"json " + sealed + " | x.json > credentials[0].credential"}},
		{"sealed, in a text of JSON", "x.json", []byte(`{"a":"` + strings.ReplaceAll(sealed, `"`, `\"`) + `"}`), []string{"json " + sealed + " | x.json > a"}},
		{"sealed, in prose", "x.txt", []byte("My diploma:\n" + sealed + "\nend"), []string{"json " + sealed + " | x.txt > text"}},
		{"sealed, in an archive", "x.zip", zip("d.jsonld", sealed), []string{"json " + sealed + " | x.zip > d.jsonld"}},
		{"no payload", "x.json", []byte(strings.Replace(sealed, `"payload"`, `"other"`, 1)), nil},
		{"OpenAttestation", "x.opencert", []byte(certA), []string{"json " + certA + " | x.opencert"}},
		{"OpenAttestation of before 2.0", "x.opencert", []byte(certOldA), []string{"json " + certOldA + " | x.opencert"}},
		{"OpenAttestation in prose", "x.txt", []byte("See " + certA), []string{"json " + certA + " | x.txt > text"}},
		{"CLR 1.0", "x.json", []byte(clr1A), []string{"json " + clr1A + " | x.json"}},
		{"CLR 1.0 without its type", "x.json", []byte(clr1B), []string{"json " + clr1B + " | x.json"}},
		{"Blockcerts of before 2.0", "x.json", []byte(blockA), []string{"json " + blockA + " | x.json"}},
		{"Europass in XML", "x.xml", []byte(edciA), []string{"form " + edciA + " | x.xml"}},
		{"Europass in XML without its first line", "x", []byte(edciA[38:]), []string{"form " + edciA[38:] + " | x"}},
		{"Europass in XML in an archive", "x.zip", zip("d.xml", edciA), []string{"form " + edciA + " | x.zip > d.xml"}},
		{"Europass in XML in JSON", "x.json", []byte(`{"xml":"` + strings.ReplaceAll(edciA, `"`, `\"`) + `"}`), []string{"form " + edciA + " | x.json > xml"}},
		{"with a prefix", "x.xml", []byte(`<e:europassCredential xmlns:e="http://data.europa.eu/snb#"/>`), []string{`form <e:europassCredential xmlns:e="http://data.europa.eu/snb#"/> | x.xml`}},
		{"a name that is not of that namespace", "x.xml", []byte(`<?xml version="1.0"?><europassCredential xmlns="https://example.org/"><!-- http://data.europa.eu/snb --></europassCredential>`), nil},
		{"another element of it", "x.xml", []byte(`<?xml version="1.0"?><curriculum xmlns="http://data.europa.eu/snb"/>`), nil},
		{"COSE", "x.cose", coseA(), []string{"form " + cose + " | x.cose"}},
		{"COSE without a tag", "x.cbor", coseA()[1:], []string{"form " + base64.RawURLEncoding.EncodeToString(coseA()[1:]) + " | x.cbor"}},
		{"mdoc", "x.mdoc", mdocA(), []string{"form " + mdoc + " | x.mdoc"}},
		{"mdoc as text", "x.txt", []byte("my card: " + mdoc + " thanks"), []string{"form " + mdoc + " | x.txt > text"}},
		{"mdoc in JSON", "x.json", []byte(`{"credential":"` + mdoc + `"}`), []string{"form " + mdoc + " | x.json > credential"}},
		{"mdoc baked", "x.png", baked(mdoc), []string{"form " + mdoc + " | x.png > iTXt openbadges"}},
		{"CBOR that ends too early", "x.txt", []byte(mdoc[:len(mdoc)-2]), nil},
		{"CBOR of another kind", "x.txt", []byte(base64.RawURLEncoding.EncodeToString([]byte("\xa1" + cborText("greeting") + cborBytes(strings.Repeat("x", 60))))), nil},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestFormTooLarge: of a form that is larger than a credential may be the
// beginning is handed on, which tells what it is.
func TestFormTooLarge(t *testing.T) {
	big := strings.Replace(edciA, "Diploma", strings.Repeat("x", maxPayload), 1)
	r := find(t, "x.xml", []byte(big))
	if len(r.Findings) != 1 || len(r.Findings[0].Payload) != maxRoot || !strings.Contains(strings.Join(r.Findings[0].Places[0].Flags, " "), "truncated") {
		t.Errorf("%d findings", len(r.Findings))
	}
}

// TestAttack334FormBombs: XML whose entities would grow without end, elements that
// never come, and CBOR that claims more than it has cost nothing and are no
// credential.
func TestAttack334FormBombs(t *testing.T) {
	laughs := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>` +
		`<europassCredential xmlns="http://data.europa.eu/snb"><title>&c;</title></europassCredential>`
	r := find(t, "x.xml", []byte(laughs))
	if len(r.Findings) != 1 || r.Findings[0].Payload != laughs {
		t.Errorf("%d findings: nothing of it may be expanded", len(r.Findings))
	}
	// message is a signed message whose open head holds an item.
	message := func(item string) string {
		return "\x84\x43\xa1\x01\x26\xa1\x01" + item + cborBytes(strings.Repeat("p", 60)) + cborBytes(strings.Repeat("s", 64))
	}
	if !isSignedCBOR([]byte(message("\x81\x00"))) {
		t.Error("a sound message is none")
	}
	for _, b := range []string{
		"\xa2" + strings.Repeat("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 10),
		"\xd2" + strings.Repeat("\x84", 200),
		"\x84\x5b\xff\xff\xff\xff\xff\xff\xff\xff" + strings.Repeat("x", 60),
		"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff" + strings.Repeat("\x60\x60", 40),
		strings.Repeat("\xd8\x12", 4000),
		message(strings.Repeat("\x81", 40) + "\x00"),
		message("\xbb\x80\x00\x00\x00\x00\x00\x00\x00"), // so many pairs that twice as many are none
	} {
		if isSignedCBOR([]byte(b)) {
			t.Errorf("%x is signed CBOR", b[:8])
		}
	}
}

func FuzzForms(f *testing.F) {
	for _, s := range []string{edciA, certA, clr1A, blockA, sealedA(`{"x5c":[]}`), string(mdocA()), string(coseA()), base64.RawURLEncoding.EncodeToString(mdocA())} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		isEuropassXML(b)
		isSignedCBOR(b)
		isCBORText(string(b))
		if json.Valid(b) && b[0] == '{' {
			isForm(string(b))
		}
	})
}

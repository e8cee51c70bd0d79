package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"io"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// Credentials of other kinds than assay judges are named: what each is shows in its
// form, and no more of it is looked at. Whatever says that it is one of them is
// unsupported, which counts for nothing.

// namedForm is the verdict on a JSON object that is a credential of another kind and
// no Verifiable Credential.
func namedForm(o read.Object) (Verdict, bool) {
	contexts := strings.Join(o.Strs("@context"), " ")
	switch {
	case strings.Contains(o.Str("version")+o.Str("schema"), "openattestation.com/"),
		o.Obj("data") != nil && o.Obj("signature").Has("merkleRoot"):
		return ofForm(verdict.OpenAttest, verdict.OpenAttestation, o.Obj("signature").Str("type")), true
	case o.IsType("Clr", "CLR") && !o.Has("credentialSubject"),
		strings.Contains(contexts, "purl.imsglobal.org/spec/clr/v1p0"),
		!o.Has("type") && o.Has("learner") && (o.Has("assertions") || o.Has("signedAssertions")):
		return ofForm(verdict.CLR10, verdict.CLR1, ""), true
	case o.IsType("BlockchainCertificate", "CertificateDocument"), o.Obj("document") != nil && o.Obj("signature").Has("merkleRoot"):
		out := ofForm(verdict.Blockcerts, verdict.SuiteUnsupported, "Blockcerts of before 2.0")
		return out, true
	}
	return Verdict{}, false
}

// namedText is the verdict on a text that is neither JSON nor a token.
func namedText(b []byte) (Verdict, bool) {
	if b[0] == '<' {
		root, name, ok := europassXML(b)
		if !ok {
			return Verdict{}, false
		}
		out := ofForm(verdict.EDCI, verdict.EuropassXML, root)
		out.Credential.Name = read.Cut(name, maxTitle)
		return out, true
	}
	if b[0] == '{' || len(b) > MaxPayload/2 || bytes.IndexByte(b, '.') >= 0 {
		return Verdict{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(bytes.TrimRight(b, "=")))
	if err != nil || len(raw) < 2 {
		return Verdict{}, false
	}
	switch major, n := raw[0]>>5, raw[0]&31; {
	case major == 6 && (n == 18 || n == 24 && (raw[1] == 61 || raw[1] == 98)), major == 4 && n == 4,
		major == 6 && n == 25 && binary.BigEndian.Uint16(append(raw[1:], 0, 0)) == 55799:
		return ofForm(verdict.COSEForm, verdict.COSE, ""), true
	case major == 5:
		for _, name := range []string{"issuerAuth", "nameSpaces", "issuerSigned", "documents"} {
			if bytes.Contains(raw, append([]byte{0x60 + byte(len(name))}, name...)) {
				return ofForm(verdict.MDocForm, verdict.MDoc, ""), true
			}
		}
	}
	return Verdict{}, false
}

func ofForm(f verdict.Format, r verdict.Reason, detail string) Verdict {
	out := unsupported(r, verdict.Clip(read.Printable(detail)))
	out.Format = f
	return out
}

// Bounds of reading a Europass credential in XML.
const (
	maxXMLHead = 16 << 10 // bytes
	maxTitle   = 200      // bytes
)

// europassXML gives the first element and the title of a Europass credential in XML
// (EDCI), from its beginning alone. Entities of its own are not expanded.
func europassXML(b []byte) (root, title string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(b[:min(len(b), maxXMLHead)]))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	inTitle := 0
	for {
		t, err := d.Token()
		if err != nil {
			return root, title, ok
		}
		switch t := t.(type) {
		case xml.StartElement:
			if root == "" {
				root, ok = t.Name.Local, strings.TrimRight(t.Name.Space, "/#") == "http://data.europa.eu/snb"
			}
			if !ok {
				return root, "", false
			}
			if inTitle > 0 || t.Name.Local == "title" {
				inTitle++
			}
		case xml.EndElement:
			if inTitle > 0 {
				if inTitle--; inTitle == 0 && title != "" {
					return root, title, ok
				}
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(t)); inTitle > 0 && title == "" {
				title = strings.ToValidUTF8(s, "")
			}
		}
	}
}

package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
)

// Forms that are handed on so that they are judged or at least named, and that no
// rule of Open Badges tells: a sealed document (ETSI TS 119 182-1), an
// OpenAttestation document, a Comprehensive Learner Record 1.0, a Blockcerts
// certificate of before 2.0, a Europass credential in XML, and CBOR that is signed
// (ISO/IEC 18013-5, RFC 9052). Package verify knows what each is.

// isForm reports whether the valid JSON object raw is one of these forms.
func isForm(raw string) bool {
	var version, data, signature, document, assertions, learner, typed, protected bool
	for k, v := range members(raw) {
		switch k {
		case "signatures", "protected":
			protected = true
		case "type", "@type":
			for _, t := range typesOf(v) {
				switch t {
				case "Clr", "CLR", "BlockchainCertificate", "CertificateDocument":
					return true
				}
				typed = true
			}
		case "version", "schema":
			version = version || strings.Contains(v, "openattestation.com/")
		case "data":
			data = v[0] == '{'
		case "signature":
			signature = v[0] == '{'
		case "document":
			document = v[0] == '{'
		case "assertions", "signedAssertions":
			assertions = v[0] == '['
		case "learner":
			learner = true
		}
	}
	return protected && isSealed(raw) || (data && version) || (data && signature && !typed && merkle(raw)) || (document && signature && !typed && merkle(raw)) ||
		(assertions && learner && !typed)
}

// merkle reports whether the signature of an object is a proof of its place in a
// tree of hashes.
func merkle(raw string) bool {
	for k, v := range members(raw) {
		if k != "signature" {
			continue
		}
		for n := range members(v) {
			if n == "merkleRoot" {
				return true
			}
		}
	}
	return false
}

// isSealed reports whether the valid JSON object raw is a JWS in its JSON
// serialisation (RFC 7515 §7.2) by which a certificate seals: its protected head
// holds one, or says when it was sealed (ETSI TS 119 182-1 §5.1.8, §5.2.1).
func isSealed(raw string) bool {
	var payload, sealed bool
	head := func(v string) {
		var s string
		if len(v) > maxPayload/4 || json.Unmarshal([]byte(v), &s) != nil {
			return
		}
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
		if err != nil || !json.Valid(b) {
			return
		}
		for k := range members(string(bytes.TrimSpace(b))) {
			switch k {
			case "x5c", "x5t#S256", "x5t#o", "sigT", "sigD":
				sealed = true
			}
		}
	}
	for k, v := range members(raw) {
		switch k {
		case "payload":
			payload = v[0] == '"'
		case "protected":
			head(v)
		case "signatures":
			for i, e := range elements(v) {
				if i == maxSeals {
					break
				}
				for n, p := range members(e) {
					if n == "protected" {
						head(p)
					}
				}
			}
		}
	}
	return payload && sealed
}

// Bounds of looking for these forms.
const (
	maxSeals  = 8        // signatures of one document whose heads are read
	maxRoot   = 16 << 10 // bytes until the first element of an XML document
	maxCBOR   = 64 << 10 // bytes of CBOR that stand in text
	minCBOR   = 40       // below it nothing is signed
	leastCBOR = 56       // characters of CBOR in base64url
)

// europassSpace is the namespace of Europass Digital Credentials in XML.
const europassSpace = "http://data.europa.eu/snb"

// isEuropassXML reports whether b is a Europass credential in XML (EDCI): its
// first element is of that namespace and is called one. Entities are not expanded.
func isEuropassXML(b []byte) bool {
	b = b[:min(len(b), maxRoot)]
	if isUTF16(b) {
		b = []byte(decodeText(b[:len(b)&^1]))
	}
	if !bytes.Contains(b, []byte(europassSpace)) {
		return false
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // names are ASCII
	for {
		t, err := d.RawToken()
		if err != nil {
			return false
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.HasSuffix(e.Name.Local, "Credential") && !strings.HasSuffix(e.Name.Local, "Presentation") {
			return false
		}
		for _, a := range e.Attr {
			space := a.Name.Space == "xmlns" && a.Name.Local == e.Name.Space || a.Name.Space == "" && a.Name.Local == "xmlns" && e.Name.Space == ""
			if space && strings.TrimRight(a.Value, "/#") == europassSpace {
				return true
			}
		}
		return false
	}
}

// form hands on text that is of a form which is named and not read.
func (p *part) form(text string, pl Place) {
	if !fitsPayload(text) {
		// What it is shows at its beginning, and more is not looked at.
		text = strings.ToValidUTF8(text[:maxRoot], "")
		pl = pl.flagged("truncated")
	}
	p.emit(Finding{Kind: KindForm, Payload: text, Carrier: p.carrier}, pl)
}

// sniffCBOR knows a file that is signed CBOR: an mdoc or a COSE message.
func sniffCBOR(p *part) bool {
	return len(p.data) >= minCBOR && len(p.data) <= maxPayload/2 && isSignedCBOR(p.data)
}

func extractCBOR(p *part) {
	p.form(base64.RawURLEncoding.EncodeToString(p.data), p.place())
}

// isCBORText reports whether text is signed CBOR in base64url, as wallets hand it
// out.
func isCBORText(s string) bool {
	if len(s) < leastCBOR || len(s) > 2*maxCBOR || !startsCBOR(s[0]) {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil && isSignedCBOR(b)
}

// startsCBOR reports whether c begins the base64url of what isSignedCBOR knows: a
// tag, an array of four or a map of less than eight.
func startsCBOR(c byte) bool { return c == '0' || c == '2' || c == 'h' || c == 'o' || c == 'p' }

// cbor takes the signed CBOR that begins at i and gives its end, or i when there
// is none.
func (t *scan) cbor(i int) int {
	if !startsCBOR(t.s[i]) || i > 0 && isBase64URL(t.s[i-1]) {
		return i
	}
	end := i
	for end < len(t.s) && end-i <= 2*maxCBOR && isBase64URL(t.s[end]) {
		end++
	}
	if !isCBORText(t.s[i:end]) {
		return i
	}
	t.p.form(t.s[i:end], t.at(i))
	return end
}

// tellsForm reports whether prose gives cause to try braces for one of the forms.
func tellsForm(s string) bool {
	return strings.Contains(s, `"protected"`) || strings.Contains(s, "openattestation.com/") || strings.Contains(s, `"merkleRoot"`) ||
		strings.Contains(s, `"learner"`)
}

// isSignedCBOR reports whether b is one item of CBOR that is a signed message: an
// array of four whose first is a byte string, under tag 18 or bare (COSE_Sign1, RFC
// 9052 §4.2), or a map that bears what an mdoc must (ISO/IEC 18013-5 §8.3.2.1.2.2).
func isSignedCBOR(b []byte) bool {
	if len(b) < minCBOR {
		return false
	}
	end, ok := cborEnd(b, 0, 0)
	if !ok || end != len(b) {
		return false
	}
	major, n, at, ok := cborHead(b, 0)
	if !ok {
		return false
	}
	for range 2 {
		if major != 6 {
			break
		}
		if n != 18 && n != 61 && n != 98 && n != 55799 {
			return false
		}
		if major, n, at, ok = cborHead(b, at); !ok {
			return false
		}
	}
	switch {
	case major == 4 && n == 4:
		return isCOSE(b, at)
	case major == 5:
		return isMDoc(b, at, n)
	}
	return false
}

// isCOSE reports whether the four items at i begin as those of a signed message: a
// byte string that holds the protected head, a map or nothing, then a map.
func isCOSE(b []byte, i int) bool {
	kind, size, inner, ok := cborHead(b, i)
	if !ok || kind != 2 || size > maxCBOR || size > 0 && b[inner]>>5 != 5 {
		return false
	}
	kind, _, _, ok = cborHead(b, inner+int(size))
	return ok && kind == 5
}

// isMDoc reports whether the n pairs at i bear what those of an mdoc must.
func isMDoc(b []byte, i int, n uint64) bool {
	names := map[string]bool{}
	for range n {
		kind, size, start, ok := cborHead(b, i)
		if !ok {
			return false
		}
		if kind == 3 && size <= 64 {
			names[string(b[start:start+int(size)])] = true
		}
		for range 2 {
			if i, ok = cborEnd(b, i, 0); !ok {
				return false
			}
		}
	}
	return names["issuerAuth"] && names["nameSpaces"] || names["docType"] && names["issuerSigned"] || names["documents"] && names["version"]
}

// cborHead reads the head of the item at i (RFC 8949 §3): its major type, its
// argument, and where what follows begins. A string must lie within b.
func cborHead(b []byte, i int) (major byte, n uint64, at int, ok bool) {
	if i < 0 || i >= len(b) {
		return 0, 0, 0, false
	}
	major, at = b[i]>>5, i+1
	switch low := b[i] & 31; {
	case low < 24:
		n = uint64(low)
	case low < 28:
		size := 1 << (low - 24)
		if at+size > len(b) {
			return 0, 0, 0, false
		}
		var wide [8]byte
		copy(wide[8-size:], b[at:at+size])
		n, at = binary.BigEndian.Uint64(wide[:]), at+size
	default:
		return 0, 0, 0, false // of no length that is told, which no signed message has
	}
	if (major == 2 || major == 3) && n > uint64(len(b)-at) {
		return 0, 0, 0, false
	}
	return major, n, at, true
}

// maxCBORDepth bounds the nesting of CBOR.
const maxCBORDepth = 16

// cborEnd gives where the item at i ends.
func cborEnd(b []byte, i, depth int) (int, bool) {
	major, n, at, ok := cborHead(b, i)
	if !ok || depth > maxCBORDepth {
		return 0, false
	}
	switch major {
	case 2, 3:
		return at + int(n), true
	case 4, 5, 6:
		if major == 6 {
			n = 1
		}
		if n > uint64(len(b)-at) {
			return 0, false // each takes a byte at least
		}
		if major == 5 {
			n *= 2
		}
		for range n {
			if at, ok = cborEnd(b, at, depth+1); !ok {
				return 0, false
			}
		}
	}
	return at, true
}

package extract

import (
	"bytes"
	"compress/zlib"
	"strings"
)

// Messages of the Cryptographic Message Syntax (RFC 5652): mail that is signed as
// one piece (S/MIME, RFC 8551 §3.5.2) and signed documents (cv.pdf.p7m). Wanted is
// what they contain. Whose signature it is and whether it holds says nothing of a
// badge and is not looked at.

// Content types (RFC 5652 §4 ff., RFC 3274 §1.1, RFC 5083 §2.1).
const (
	cmsPKCS7      = "\x2a\x86\x48\x86\xf7\x0d\x01\x07"         // what follows is one number
	cmsSMIME      = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01" // the same
	cmsData       = cmsPKCS7 + "\x01"                          // nothing around it
	cmsSigned     = cmsPKCS7 + "\x02"                          // signed
	cmsEnveloped  = cmsPKCS7 + "\x03"                          // encrypted for somebody
	cmsSealed     = cmsPKCS7 + "\x04"                          // signed and encrypted (PKCS #7 1.5)
	cmsDigested   = cmsPKCS7 + "\x05"                          // with a digest
	cmsEncrypted  = cmsPKCS7 + "\x06"                          // encrypted by a key that both have
	cmsCompressed = cmsSMIME + "\x09"                          // by zlib
	cmsAuthSealed = cmsSMIME + "\x17"                          // encrypted, by AEAD
	cmsHead       = 64                                         // bytes in which a message shows what it is
	maxBERDepth   = 16                                         // items within items
	cmsArmour     = "-----BEGIN "                              // RFC 7468 §8, §9
	cmsArmourEnd  = "-----END "                                // its end
	maxCMSArmour  = 2 << 10                                    // bytes before the armour
	cmsFirst      = "MI"                                       // base64 of a sequence
	berSequence   = 0x30                                       // X.690 §8.9
	berOID        = 0x06                                       // X.690 §8.19
	berOctets     = 0x04                                       // X.690 §8.7
	berOctetParts = 0x24                                       // the same in parts
	berExplicit   = 0xa0                                       // [0]
)

// sniffCMS knows a message by its content type, in BER, in base64 or in armour.
func sniffCMS(p *part) bool {
	b, _ := cmsBytes(p.data, cmsHead)
	kind, _, _ := cmsContent(b)
	return strings.HasPrefix(kind, cmsPKCS7) || kind == cmsCompressed || kind == cmsAuthSealed
}

// cmsBytes takes a message out of base64, of which most bytes suffice; 0 means all.
func cmsBytes(b []byte, most int) (der []byte, armoured bool) {
	if len(b) > 0 && b[0] == berSequence {
		return b, false
	}
	if i := bytes.Index(b[:min(len(b), maxCMSArmour)], []byte(cmsArmour)); i >= 0 {
		head := b[i+len(cmsArmour):]
		if !bytes.HasPrefix(head, []byte("PKCS7-----")) && !bytes.HasPrefix(head, []byte("PKCS #7 SIGNED DATA-----")) && !bytes.HasPrefix(head, []byte("CMS-----")) {
			return nil, false
		}
		_, b, _ = bytes.Cut(head, []byte("\n"))
		if i := bytes.Index(b, []byte(cmsArmourEnd)); i >= 0 {
			b = b[:i]
		}
	} else if b = bytes.TrimLeft(b, " \t\r\n"); !bytes.HasPrefix(b, []byte(cmsFirst)) {
		return nil, false
	}
	if most > 0 {
		b = b[:min(len(b), 2*most)]
	}
	return decodeBase64(string(b)), true
}

// cmsContent reads the head of a message: what it is, and its content. cut says
// that it ends before the length that it names.
func cmsContent(b []byte) (kind string, content []byte, cut bool) {
	message, cut, ok := berItem(b, berSequence)
	if !ok {
		return "", nil, false
	}
	oid, _, ok := berItem(message, berOID)
	if !ok {
		return "", nil, false
	}
	end, whole := berEnd(message, 0)
	if !whole {
		return "", nil, false
	}
	content, short, _ := berItem(message[end:], berExplicit)
	return string(oid), content, cut || short
}

// cmsEncapsulated gives the octets in the content of signed, digested or compressed
// data, each of which begins with two items and then has what it contains (RFC 5652
// §5.1, §7, RFC 3274 §1.1). There are none beside a detached signature.
func cmsEncapsulated(b []byte) []byte {
	b, _, ok := berItem(b, berSequence)
	for range 2 {
		end, whole := berEnd(b, 0)
		if !ok || !whole {
			return nil
		}
		b = b[end:]
	}
	if b, _, ok = berItem(b, berSequence); !ok {
		return nil
	}
	end, ok := berEnd(b, 0) // the content's type
	if !ok {
		return nil
	}
	if b, _, ok = berItem(b[end:], berExplicit); !ok {
		return nil
	}
	return berOctetString(b, 0)
}

// berOctetString gives the octets at the start of b, whose parts may have parts.
func berOctetString(b []byte, depth int) []byte {
	if whole, _, ok := berItem(b, berOctets); ok {
		return whole
	}
	b, _, ok := berItem(b, berOctetParts)
	if !ok || depth > maxBERDepth {
		return nil
	}
	var all []byte
	for len(b) > 1 && (b[0] == berOctets || b[0] == berOctetParts) {
		all = append(all, berOctetString(b, depth+1)...)
		end, ok := berEnd(b, depth+1)
		if !ok {
			break
		}
		b = b[end:]
	}
	return all
}

// berHead reads identifier and length of the item at the start of b (X.690 §8.1): how
// many bytes they take and how many follow, -1 for those of indefinite length.
func berHead(b []byte) (head, length int, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, 0, false
	}
	switch n := int(b[1]); {
	case n < 0x80:
		return 2, n, true
	case n == 0x80:
		return 2, -1, b[0]&0x20 != 0
	case n > 0x84 || len(b) < 2+n-0x80:
		return 0, 0, false
	default:
		head = 2 + n - 0x80
		for _, c := range b[2:head] {
			length = length<<8 | int(c)
		}
		return head, length, true
	}
}

// berItem gives what the item at the start of b holds, if that is what is wanted. Of
// one of indefinite length it is all that follows; cut says that less is there than
// its length.
func berItem(b []byte, want byte) (body []byte, cut, ok bool) {
	head, length, ok := berHead(b)
	if !ok || b[0] != want {
		return nil, false, false
	}
	if b = b[head:]; length < 0 {
		return b, false, true
	}
	return b[:min(len(b), length)], length > len(b), true
}

// berEnd gives where the item at the start of b ends; false when it does not.
func berEnd(b []byte, depth int) (int, bool) {
	head, length, ok := berHead(b)
	switch {
	case !ok || depth > maxBERDepth:
		return 0, false
	case length >= 0:
		return head + length, length <= len(b)-head
	}
	for at := head; at+2 <= len(b); {
		if b[at] == 0 && b[at+1] == 0 {
			return at + 2, true
		}
		end, ok := berEnd(b[at:], depth+1)
		if !ok {
			return 0, false
		}
		at += end
	}
	return 0, false
}

// extractCMS reads what a message contains. A signature beside what it signs and a
// list of certificates contain nothing.
func extractCMS(p *part) {
	b, _ := cmsBytes(p.data, 0)
	kind, content, cut := cmsContent(b)
	var data []byte
	switch kind {
	case cmsData:
		data = berOctetString(content, 0)
	case cmsSigned, cmsDigested, cmsCompressed:
		data = cmsEncapsulated(content)
	case cmsEnveloped, cmsSealed, cmsEncrypted, cmsAuthSealed:
		p.unread(p.where, ReasonEncrypted, "encrypted for its recipient")
		return
	default:
		p.unread(p.where, ReasonUnknown, "")
		return
	}
	if cut {
		p.unread(p.where, ReasonTruncated, "")
	}
	if kind == cmsCompressed && len(data) > 0 {
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = p.inflate(z, 0)
		}
		if err != nil {
			p.inflateFailed(p.where, err)
		}
	}
	if len(data) == 0 {
		return
	}
	name, contentType := p.name, ""
	if p.ext() == ".p7m" || p.ext() == ".p7s" || p.ext() == ".p7" {
		name = name[:strings.LastIndexByte(name, '.')]
	}
	if isEntity(data) {
		name, contentType = "message.eml", "message/rfc822"
	}
	p.embed(p.place("content"), name, contentType, data)
}

// isEntity reports whether b begins as an entity of MIME does, which is what S/MIME
// signs (RFC 8551 §3.1).
func isEntity(b []byte) bool {
	b = bytes.TrimLeft(b[:min(len(b), 256)], "\r\n")
	return hasFoldPrefix(string(b), "content-") || hasFoldPrefix(string(b), "mime-version:")
}

package extract

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"image/jpeg"
	"io"
	"strings"

	"golang.org/x/image/bmp"
)

// Pictures other than PNG and SVG have no baking standard. Their metadata is
// looked through for the same strings, and their pixels for QR codes.

func sniffJPEG(p *part) bool { return bytes.HasPrefix(p.data, []byte{0xFF, 0xD8, 0xFF}) }

func sniffGIF(p *part) bool {
	return bytes.HasPrefix(p.data, []byte("GIF87a")) || bytes.HasPrefix(p.data, []byte("GIF89a"))
}

func sniffWebP(p *part) bool {
	return len(p.data) >= 12 && string(p.data[:4]) == "RIFF" && string(p.data[8:12]) == "WEBP"
}

// sniffPicture is for pictures whose metadata is searched without a parser of
// their own.
func sniffPicture(p *part) bool {
	b := p.data
	switch {
	case len(b) < 12:
		return false
	case string(b[:4]) == "II*\x00", string(b[:4]) == "MM\x00*", string(b[:4]) == "8BPS":
		return true
	case string(b[:2]) == "BM" && binary.LittleEndian.Uint32(b[6:]) == 0 &&
		(int64(binary.LittleEndian.Uint32(b[2:])) <= int64(len(b))+4096 || isDIB(b)):
		return true
	case string(b[4:8]) == "ftyp":
		switch string(b[8:12]) {
		case "heic", "heix", "mif1", "msf1", "avif", "avis", "jxl ", "jp2 ":
			return true
		}
	case string(b[:12]) == "\x00\x00\x00\x0cjP  \r\n\x87\n":
		return true
	}
	return false
}

// isDIB reports whether a header of a length that there is follows that of a BMP
// file: such a file may be cut off.
func isDIB(b []byte) bool {
	if len(b) < 18 {
		return false
	}
	switch binary.LittleEndian.Uint32(b[14:]) {
	case 12, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// extractJPEG reads COM and the APP1 segments that hold XMP or Exif (XMP part 3
// §1.1.3), joining extended XMP.
func extractJPEG(p *part) {
	b := p.data
	var extended []byte
	cut := true
	for i := 2; i+4 <= len(b); {
		if b[i] != 0xFF {
			break
		}
		marker := b[i+1]
		if marker == 0xFF || marker == 0x01 || marker >= 0xD0 && marker <= 0xD8 {
			i++
			if marker != 0xFF {
				i++
			}
			continue
		}
		if marker == 0xD9 || marker == 0xDA { // the picture itself
			cut = false
			break
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if n < 2 || i+2+n > len(b) {
			break
		}
		seg := b[i+4 : i+2+n]
		if !p.count(1) {
			return
		}
		switch {
		case marker == 0xFE:
			p.comment(seg, "comment", i)
		case marker == 0xE1 && bytes.HasPrefix(seg, []byte("http://ns.adobe.com/xap/1.0/\x00")):
			p.xmp(seg[29:], "XMP", i)
		case marker == 0xE1 && bytes.HasPrefix(seg, []byte("http://ns.adobe.com/xmp/extension/\x00")) && len(seg) > 35+40:
			extended = append(extended, seg[35+40:]...)
		case marker == 0xE1 && bytes.HasPrefix(seg, []byte("Exif\x00")):
			p.comment(seg[5:], "Exif", i)
		case marker == 0xED:
			p.comment(seg, "IPTC", i)
		}
		i += 2 + n
	}
	if len(extended) > 0 {
		p.xmp(extended, "XMP", 0)
	}
	p.pixels(cut)
}

// extractGIF reads comments and XMP (GIF89a §24, §26; XMP part 3 §1.1.2).
func extractGIF(p *part) {
	b := p.data
	i := 13
	if len(b) > 10 && b[10]&0x80 != 0 {
		i += 3 << (b[10]&7 + 1)
	}
	cut := true
	for i < len(b) {
		switch b[i] {
		case 0x3B:
			cut = false
		case 0x2C:
			if i+10 > len(b) {
				i = len(b)
				continue
			}
			n := 10
			if b[i+9]&0x80 != 0 {
				n += 3 << (b[i+9]&7 + 1)
			}
			i, _ = blocks(b, i+n+1, false)
			continue
		case 0x21:
			if i+2 > len(b) || !p.count(1) {
				return
			}
			at, kind := i, b[i+1]
			xmpAt := 0
			if kind == 0xFF && i+14 <= len(b) && string(b[i+3:i+14]) == "XMP DataXMP" {
				xmpAt = i + 14
			}
			var data []byte
			i, data = blocks(b, i+2, kind == 0xFE)
			switch {
			case kind == 0xFE:
				p.comment(data, "comment", at)
			case xmpAt > 0 && xmpAt < i:
				// Not in blocks at all: it ends where the magic trailer begins.
				raw := b[xmpAt:min(i, len(b))]
				if k := bytes.LastIndex(raw, []byte{1, 0xFF}); k >= 0 {
					raw = raw[:k]
				}
				p.xmp(raw, "XMP", xmpAt)
			}
			continue
		default:
			cut = true
		}
		break
	}
	p.pixels(cut)
}

// blocks walks data sub-blocks (GIF89a §15) and gives the end, and with keep
// what they hold.
func blocks(b []byte, i int, keep bool) (int, []byte) {
	var data []byte
	for i < len(b) {
		n := int(b[i])
		i++
		if n == 0 {
			return i, data
		}
		if keep && len(data) < maxPayload {
			data = append(data, b[min(i, len(b)):min(i+n, len(b))]...)
		}
		i += n
	}
	return len(b), data
}

// extractWebP reads the XMP and EXIF chunks (WebP container §Metadata).
func extractWebP(p *part) {
	b := p.data
	cut := int64(binary.LittleEndian.Uint32(b[4:]))+8 > int64(len(b))
	for i := int64(12); i+8 <= int64(len(b)); {
		n := int64(binary.LittleEndian.Uint32(b[i+4:]))
		end := min(i+8+n, int64(len(b)))
		body := b[i+8 : end]
		if !p.count(1) {
			return
		}
		switch string(b[i : i+4]) {
		case "XMP ":
			p.xmp(body, "XMP", int(i))
		case "EXIF":
			p.comment(body, "Exif", int(i))
		}
		i += 8 + n + n&1
	}
	p.pixels(cut)
}

// extractPicture searches the bytes of a picture for an XMP packet.
func extractPicture(p *part) {
	rest, at := p.data, 0
	for range 4 {
		i := bytes.Index(rest, []byte("<x:xmpmeta"))
		if i < 0 {
			break
		}
		j := bytes.Index(rest[i:], []byte("</x:xmpmeta>"))
		if j < 0 {
			break
		}
		p.xmp(rest[i:i+j+12], "XMP", at+i)
		at += i + j + 12
		rest = p.data[at:]
	}
	p.pixels(false)
}

func (p *part) pixels(cut bool) {
	if cut && p.hits == 0 {
		p.unread(p.where, ReasonTruncated, "")
		return
	}
	if cut {
		p.unread(p.where, ReasonTruncated, "")
	}
	p.qrImage(p.place())
}

// undecoded tells of a picture whose pixels cannot be decoded: it is cut off, of a
// form that the decoder does not know, or damaged.
func (p *part) undecoded(where string, err error) {
	var jpegForm jpeg.UnsupportedError
	switch {
	case err == nil:
	case errors.As(err, &jpegForm), errors.Is(err, errForm), errors.Is(err, bmp.ErrUnsupported), p.carrier == "webp" && isAnimatedWebP(p.data):
		p.unread(where, ReasonUnknown, "a form of picture that is not searched for QR codes")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		// Of a JPEG the decoder says "short Huffman data".
		p.carrier == "jpeg" && !bytes.Contains(p.data[max(0, len(p.data)-1024):], []byte{0xFF, 0xD9}):
		p.unread(where, ReasonTruncated, "its pixels are not searched for QR codes")
	default:
		p.unread(where, ReasonMalformed, "its pixels are not searched for QR codes")
	}
}

// isAnimatedWebP reports whether a WebP is of several pictures, by its header
// (RFC 9649 §2.7.1).
func isAnimatedWebP(b []byte) bool {
	return len(b) > 20 && string(b[12:16]) == "VP8X" && b[20]&0x02 != 0
}

// comment takes metadata that is text, or binary with text in it.
func (p *part) comment(b []byte, step string, at int) {
	pl := p.place(step)
	pl.Offset = int64(at)
	s := string(b)
	if !p.candidate(s, pl, false) {
		p.text(s, pl)
	}
}

// xmp reads an XMP packet: the badge elements of the baking namespaces first,
// then whatever else its text and attributes carry.
func (p *part) xmp(b []byte, step string, at int) {
	pl := p.place(step)
	pl.Offset = int64(at)
	if len(b) > maxPayload {
		p.unread(pl.Where, ReasonTooLarge, "metadata")
		return
	}
	r := svgReader{p: p, top: pl, attrs: true}
	err := r.read(b)
	if len(r.found) > 0 {
		p.bakes(r.found, ambiguousBakes)
	}
	s := r.prose.String()
	if _, bad := err.(*xml.SyntaxError); bad {
		s += "\n" + string(b)
	}
	if strings.TrimSpace(s) != "" {
		p.text(s, pl)
	}
}

package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
)

// keywords under which a PNG bears a badge: OB 2.0 Baking §2.1, OB 3.0 §5.3.2,
// CLR 2.0 §5.3.2, and one that is only met in the wild.
var keywords = []string{"openbadges", "openbadgecredential", "clrcredential", "openbadge"}

const pngSignature = "\x89PNG\r\n\x1a\n"

// Bounds on the text chunks of one image.
const (
	maxChunk     = maxPayload // packed or plain
	maxTextInXML = 1 << 20    // XMP
)

func sniffPNG(p *part) bool {
	return len(p.data) >= 8 && string(p.data[:8]) == pngSignature
}

// extractPNG hops from chunk to chunk. Pixels are not looked at, except for QR
// codes when the chunks bear nothing.
func extractPNG(p *part) {
	b := p.data
	var found []bake
	var xmp []string
	var tail []byte
	ended, cut, pixels := false, false, false
	for off := 8; off < len(b); {
		if ended && !isChunk(b[off:]) {
			// Another file behind the picture, or nothing of interest.
			tail = b[off:]
			break
		}
		if len(b)-off < 12 {
			cut = !ended
			break
		}
		n := int64(binary.BigEndian.Uint32(b[off:]))
		kind := binary.BigEndian.Uint32(b[off+4:])
		end := int64(off) + 12 + n
		short := end > int64(len(b))
		switch kind {
		case 'i'<<24 | 'T'<<16 | 'X'<<8 | 't', 't'<<24 | 'E'<<16 | 'X'<<8 | 't', 'z'<<24 | 'T'<<16 | 'X'<<8 | 't':
			if !p.count(1) {
				return
			}
			body := b[off+8 : min(int64(len(b)), end-4)]
			if short {
				// The length lies or the file is cut off: take what is there, to the
				// end of its payload.
				body = b[off+8:]
			}
			c := textChunk{p: p, kind: string(b[off+4 : off+8]), body: body, offset: int64(off)}
			if short {
				c.flags = append(c.flags, "truncated")
			} else if crc32.ChecksumIEEE(b[off+4:end-4]) != binary.BigEndian.Uint32(b[end-4:]) {
				c.flags = append(c.flags, "bad_crc")
			}
			if ended {
				c.flags = append(c.flags, "after_iend")
			}
			c.read(&found, &xmp)
		case 'I'<<24 | 'E'<<16 | 'N'<<8 | 'D':
			ended = true
		case 'I'<<24 | 'D'<<16 | 'A'<<8 | 'T':
			pixels = true
		}
		if short {
			cut = !ended
			break
		}
		off = int(end)
	}
	if len(found) > 0 {
		p.bakes(found, ambiguousBakes)
	}
	for _, x := range xmp {
		p.xmp([]byte(x), "XMP", 0)
	}
	if len(tail) > 0 {
		p.embedQuiet(p.place("after IEND").flagged("after_iend"), "", tail)
	}
	if cut {
		p.unread(p.where, ReasonTruncated, "")
	}
	if pixels && !cut {
		p.qrImage(p.place())
	}
}

// isChunk reports whether b begins like a chunk that fits in it (PNG §5.3).
func isChunk(b []byte) bool {
	if len(b) < 12 || int64(binary.BigEndian.Uint32(b))+12 > int64(len(b)) {
		return false
	}
	for _, c := range b[4:8] {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

type textChunk struct {
	p      *part
	kind   string
	body   []byte
	offset int64
	flags  []string
}

// read takes the chunk for a bake or for XMP by its keyword (PNG §11.3.4).
func (c *textChunk) read(found *[]bake, xmp *[]string) {
	keyword, rest, ok := bytes.Cut(c.body, nul)
	if !ok || len(keyword) > 79 {
		return
	}
	name, exact := badgeKeyword(keyword)
	isXMP := string(keyword) == "XML:com.adobe.xmp" || string(keyword) == "Raw profile type xmp"
	if name == "" && !isXMP {
		return
	}
	pl := c.p.place(c.kind + " " + string(keyword))
	pl.Offset = c.offset
	if name != "" && !exact {
		c.flags = append(c.flags, "wrong_keyword")
	} else if name == "openbadge" {
		c.flags = append(c.flags, "legacy_keyword")
	}
	packed := c.kind == "zTXt"
	switch c.kind {
	case "zTXt":
		if len(rest) < 1 || rest[0] != 0 {
			c.p.unread(pl.Where, ReasonMalformed, "unknown compression")
			return
		}
		rest = rest[1:]
	case "iTXt":
		if len(rest) < 2 {
			c.p.unread(pl.Where, ReasonMalformed, "no compression flag")
			return
		}
		packed = rest[0] == 1
		if rest[0] > 1 || packed && rest[1] != 0 {
			c.p.unread(pl.Where, ReasonMalformed, "unknown compression")
			return
		}
		_, after, ok1 := bytes.Cut(rest[2:], nul) // language
		_, after, ok2 := bytes.Cut(after, nul)    // translated keyword
		if !ok1 || !ok2 {
			c.p.unread(pl.Where, ReasonMalformed, "no text")
			return
		}
		rest = after
	}
	if len(rest) > maxChunk {
		c.p.unread(pl.Where, ReasonTooLarge, "a text chunk")
		return
	}
	text := ""
	if packed {
		c.flags = append(c.flags, "compressed")
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			c.p.unread(pl.Where, ReasonMalformed, "cannot be decompressed")
			return
		}
		var out []byte
		out, err = c.p.inflate(z, maxPayload)
		if errors.Is(err, errTooLarge) {
			c.p.unread(pl.Where, ReasonInflated, "a text of more than 1 MiB")
			return
		}
		if err != nil {
			c.p.inflateFailed(pl.Where, err)
			return
		}
		text = string(out)
	} else {
		text = string(rest)
	}
	if len(c.flags) > 0 {
		if c.flags[0] == "truncated" && !isXMP {
			text = payloadHead(text)
		}
		pl = pl.flagged(c.flags...)
	}
	if isXMP {
		*xmp = append(*xmp, text)
		return
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	*found = append(*found, bake{text, pl})
}

var nul = []byte{0}

// badgeKeyword gives the keyword of a badge that k is, whatever its case, and
// whether it is written as it should be.
func badgeKeyword(k []byte) (name string, exact bool) {
	if len(k) < 9 || len(k) > 19 || k[0] != 'o' && k[0] != 'O' && k[0] != 'c' && k[0] != 'C' {
		return "", false
	}
	for _, w := range keywords {
		if string(k) == w {
			return w, true
		}
		if len(k) == len(w) && strings.EqualFold(string(k), w) {
			return w, false
		}
	}
	return "", false
}

// payloadHead is the part of s that can be the payload, where what follows it
// is not known to belong to it.
func payloadHead(s string) string {
	t := strings.TrimLeft(s, " \t\r\n\uFEFF")
	switch {
	case strings.HasPrefix(t, "{"):
		return t[:valueEnd(t, 0)]
	case strings.HasPrefix(t, "ey"):
		n := 0
		for n < len(t) && (isBase64URL(t[n]) || t[n] == '.') {
			n++
		}
		return t[:n]
	}
	return t[:urlEnd(t, 0)]
}

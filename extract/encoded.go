package extract

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"strings"
)

// Files that stand as text in text, in forms of before MIME: yEnc (yEnc draft 1.3) and
// BinHex 4.0 (RFC 1741); and text in quoted-printable (RFC 2045 §6.7) of which nobody
// says so, as it is where a message was copied by hand.

const (
	yencBegin   = "=ybegin "
	yencEnd     = "=yend"
	binhexBegin = "(This file must be converted with BinHex"
)

// sniffEncoded looks for the first line of a file in one of these forms.
func sniffEncoded(p *part) bool {
	head := p.data[:min(len(p.data), 1024)]
	return lineOf(head, yencBegin) >= 0 || lineOf(head, binhexBegin) >= 0
}

func extractEncoded(p *part) {
	rest := p.encodedFiles(p.data, p.place())
	p.plain(decodeText(rest), p.place("text"))
}

// lineOf is where a line begins with a text, -1 for nowhere.
func lineOf(b []byte, begin string) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(begin))
		if i < 0 {
			return -1
		}
		if at += i; at == 0 || b[at-1] == '\n' || b[at-1] == '\r' {
			return at
		}
		at++
	}
}

// lines finds where the next line of a text begins with one of some texts. They are asked
// for from ever further on: no part of the text is searched twice for the same.
type lines struct {
	b      []byte
	next   map[string]int // where each begins next, len(b) for nowhere
	looked int            // bytes that were searched
}

// from is where a line begins with a text, at or behind a place.
func (l *lines) from(begin string, at int) int {
	next, asked := l.next[begin]
	if asked && next >= at {
		return next
	}
	next = len(l.b)
	if i := lineOf(l.b[at:], begin); i >= 0 {
		next = at + i
	}
	l.looked += next - at
	if l.next == nil {
		l.next = map[string]int{}
	}
	l.next[begin] = next
	return next
}

// encodedFiles hands out the files in a text, and gives the text without them.
func (p *part) encodedFiles(b []byte, pl Place) []byte {
	return p.encodedIn(&lines{b: b}, pl)
}

func (p *part) encodedIn(l *lines, pl Place) []byte {
	b := l.b
	y, x := l.from(yencBegin, 0), l.from(binhexBegin, 0)
	if min(x, y) == len(b) {
		return b
	}
	var rest []byte
	at := 0
	for min(x, y) < len(b) && !p.done() && p.count(1) {
		rest = append(rest, b[at:min(x, y)]...)
		if y < x {
			at = y + p.yenc(b[y:], l.from(yencEnd, y)-y, pl)
		} else {
			at = x + p.binhex(b[x:], pl)
		}
		y, x = l.from(yencBegin, at), l.from(binhexBegin, at)
	}
	return append(rest, b[at:]...)
}

// decoded hands out a file that was decoded from text, and tells what is wrong with it.
func (p *part) decoded(data []byte, name string, pl Place, reason Reason, detail string) {
	if name == "" {
		name = "content"
	}
	pl.Where += " > " + cleanStep(name)
	if reason != "" {
		p.unread(pl.Where, reason, detail)
	}
	if len(data) > 0 {
		p.embed(pl.flagged(hostileName(name)...), baseName(name), "", data)
	}
}

// yenc reads the file in yEnc with which b begins, and gives where it ends; end is where
// its last line begins, len(b) for none.
func (p *part) yenc(b []byte, end int, pl Place) int {
	head, _, _ := bytes.Cut(b[:min(len(b), 1024)], []byte("\n"))
	field := func(line []byte, key string) string {
		_, v, _ := bytes.Cut(line, []byte(" "+key+"="))
		v, _, _ = bytes.Cut(v, []byte(" "))
		return strings.TrimSpace(string(v))
	}
	_, name, _ := bytes.Cut(head, []byte(" name="))
	shown := decodeText(bytes.TrimSpace(name))
	broken := end >= len(b)
	body := b[len(head):max(end, len(head))]
	last, after := []byte(nil), len(b)
	if !broken {
		last, _, _ = bytes.Cut(b[end:], []byte("\n"))
		after = min(len(b), end+len(last)+1)
	} else if !binary8(body) {
		return len(head) // somebody speaks of it
	}
	if field(head, "part") != "" && field(head, "total") != "1" {
		p.decoded(nil, shown, pl, ReasonUnknown, "a part of a file in yEnc")
		return after
	}
	if i := lineOf(body, "=ypart "); i >= 0 {
		if n := bytes.IndexByte(body[i:], '\n'); n >= 0 {
			body = body[i+n:]
		}
	}
	size, err := strconv.Atoi(field(head, "size"))
	data := unyenc(body, false)
	if err == nil && len(data) > size { // dots at the beginnings of lines are doubled on some ways
		data = unyenc(body, true)
	}
	sum, sumErr := strconv.ParseUint(field(last, "crc32"), 16, 32)
	switch {
	case broken || err == nil && len(data) < size:
		p.decoded(data, shown, pl, ReasonTruncated, "")
	case sumErr == nil && crc32.ChecksumIEEE(data) != uint32(sum):
		p.decoded(data, shown, pl, ReasonMalformed, badSum)
	default:
		p.decoded(data, shown, pl, "", "")
	}
	return after
}

// leastHigh is one in how many bytes of a file in yEnc lies above ASCII at least: half of
// them do.
const leastHigh = 8

// binary8 reports whether bytes may be a file in yEnc.
func binary8(b []byte) bool {
	b = b[:min(len(b), 4096)]
	high := 0
	for _, c := range b {
		if c >= 0x80 {
			high++
		}
	}
	return high >= max(1, len(b)/leastHigh)
}

// unyenc gives the bytes of lines in yEnc; dots says that one before another begins a line
// that begins with one.
func unyenc(b []byte, dots bool) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\r' || c == '\n':
		case c == '.' && dots && i > 0 && b[i-1] == '\n' && i+1 < len(b) && b[i+1] == '.':
		case c == '=' && i+1 < len(b):
			i++
			out = append(out, b[i]-64-42)
		default:
			out = append(out, c-42)
		}
	}
	return out
}

// binhexAlphabet has the characters of BinHex by their values.
const binhexAlphabet = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"

// binhex reads the file in BinHex with which b begins, of its two forks the data, and gives
// where it ends.
func (p *part) binhex(b []byte, pl Place) int {
	line := bytes.IndexAny(b[:min(len(b), 1024)], "\r\n")
	from := max(line, len(binhexBegin))
	for from < len(b) && b[from] <= ' ' {
		from++
	}
	if line < 0 || from == len(b) || b[from] != ':' {
		p.unread(pl.Where, ReasonTruncated, "a file in BinHex")
		return max(line, len(binhexBegin)) // and what follows is text
	}
	most := int(min(p.limits.FileBytes, p.inflated))
	out, n, over := unbinhex(b[from+1:], most)
	p.inflated -= int64(len(out))
	end := min(len(b), from+1+n)
	for over && end < len(b) && b[end-1] != ':' && (b[end] <= ' ' || b[end] == ':' || strings.IndexByte(binhexAlphabet, b[end]) >= 0) {
		end++ // the rest of it is no text
	}
	switch {
	case over && int64(most) == p.limits.FileBytes:
		p.unread(pl.Where, ReasonTooLarge, "a file in BinHex")
		return end
	case over:
		p.inflateFailed(pl.Where, errInflated)
		return end
	}
	const fixed = 1 + 4 + 4 + 2 + 4 + 4 + 2 // behind the name
	if len(out) == 0 || len(out) < 1+int(out[0])+fixed {
		p.unread(pl.Where, ReasonTruncated, "a file in BinHex")
		return line
	}
	name := decodeText(out[1 : 1+out[0]])
	head := out[:1+int(out[0])+fixed-2]
	if crcXModem(head) != binary.BigEndian.Uint16(out[len(head):]) {
		p.decoded(nil, name, pl, ReasonMalformed, "a file in BinHex")
		return line
	}
	size := int64(binary.BigEndian.Uint32(head[len(head)-8:]))
	data := out[len(head)+2:]
	switch {
	case size+2 > int64(len(data)):
		p.decoded(data, name, pl, ReasonTruncated, "")
	case crcXModem(data[:size]) != binary.BigEndian.Uint16(data[size:]):
		p.decoded(data[:size], name, pl, ReasonMalformed, badSum)
	default:
		p.decoded(data[:size], name, pl, "", "")
	}
	return end
}

// unbinhex gives the bytes of BinHex up to its colon, at most so many, and how many
// characters it read; over says that there were more.
func unbinhex(b []byte, most int) (out []byte, n int, over bool) {
	var bits, have uint
	repeat := false
	for i, c := range b {
		if c == ':' {
			return out, i + 1, false
		}
		if c <= ' ' {
			continue
		}
		v := strings.IndexByte(binhexAlphabet, c)
		if v < 0 {
			return out, i, false
		}
		bits, have = bits<<6|uint(v), have+6
		if have < 8 {
			continue
		}
		have -= 8
		one := byte(bits >> have)
		switch {
		case repeat && one == 0: // the mark itself
			out, repeat = append(out, 0x90), false
		case repeat:
			if len(out) > 0 {
				out = append(out, bytes.Repeat(out[len(out)-1:], int(one)-1)...)
			}
			repeat = false
		case one == 0x90:
			repeat = true
		default:
			out = append(out, one)
		}
		if len(out) > most {
			return out[:most], i + 1, true
		}
	}
	return out, len(b), false
}

// crcXModem is the checksum of BinHex: of 16 bits, by 0x1021.
func crcXModem(b []byte) (crc uint16) {
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

const (
	quotedLeast = 3  // signs of quoted-printable that make sure, one of them a line that goes on
	quotedShort = 60 // characters of a line that goes on, at least, and
	quotedLong  = 80 // at most: writers break them before 76
	quotedDoubt = 4  // of so many one may be another and it is told what it looks like
)

// unquoted gives text that is quoted-printable though nobody says so, and any other as it is.
// What looks like it but for some signs is told. Where sure is false the text may be another
// after all, in which values stand behind signs of equality: it is to be searched as it is,
// too.
func (p *part) unquoted(b []byte, pl Place) (text []byte, sure bool) {
	var codes, soft, others, full int
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '=')
		if n < 0 {
			break
		}
		switch i += n; {
		case isQuoted(b[i+1:]):
			switch quotedAs(b[i+1:]) {
			case quotedSure:
				codes++
				sure = true
			case quotedLikely:
				codes++
			case quotedNever:
				others++ // no writer has reason to write it so
			}
		case endsLine(b[i+1:]) > 0:
			soft++
			if line := i - bytes.LastIndexByte(b[:i], '\n'); line >= quotedShort && line <= quotedLong {
				full++
			}
		default:
			others++
		}
	}
	switch {
	case codes == 0 || full == 0 || 2*full < soft || codes+soft < quotedLeast || others*quotedDoubt > codes+soft:
		return b, true
	case others > 0:
		p.unread(pl.Where, ReasonUnknown, "it looks like quoted-printable in part, of which nothing is said")
		return b, true
	}
	text = make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch rest := b[i+1:]; {
		case b[i] != '=':
			text = append(text, b[i])
		case isQuoted(rest):
			text = append(text, hexOf(rest[0])<<4|hexOf(rest[1]))
			i += 2
		default:
			i += endsLine(rest)
		}
	}
	return text, sure
}

// How likely a byte is written as quoted-printable has it.
const (
	quotedAny = iota
	quotedSure
	quotedLikely
	quotedNever
)

// quotedAs says what the code of a byte speaks for, with what stands behind it.
func quotedAs(b []byte) int {
	switch c := hexOf(b[0])<<4 | hexOf(b[1]); {
	case c >= 0x80 || c == '=' && len(b) > 2 && (b[2] == '"' || b[2] == '\''):
		return quotedSure
	case c == ' ' || c == '\t' || c == 'F' && bytes.HasPrefix(b[2:], []byte("rom ")):
		return quotedAny
	case c < ' ' && c != '\r' && c != '\n' || isLetter(c) || c >= '0' && c <= '9':
		return quotedNever
	}
	return quotedLikely
}

// isQuoted reports whether two digits of a byte stand at the beginning, as writers must
// have them.
func isQuoted(b []byte) bool {
	digit := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' }
	return len(b) >= 2 && digit(b[0]) && digit(b[1])
}

func hexOf(c byte) byte {
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}

// endsLine is how long the end of a line is that stands at the beginning, 0 for none.
func endsLine(b []byte) int {
	switch {
	case len(b) >= 1 && b[0] == '\n':
		return 1
	case len(b) >= 2 && b[0] == '\r' && b[1] == '\n':
		return 2
	}
	return 0
}

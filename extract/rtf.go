package extract

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

func sniffRTF(p *part) bool { return bytes.HasPrefix(p.data, []byte(`{\rtf`)) }

// extractRTF reads prose, field codes, pictures and embedded objects (RTF 1.9.1
// §Fields, §Pictures, §Objects). Groups are not nested by recursion.
func extractRTF(p *part) {
	r := rtfReader{p: p, b: p.data}
	r.read()
	p.fields(r.codes.String(), p.place())
	p.text(r.prose.String(), p.place("text"))
}

// group is what a brace opened.
type group struct {
	to   int // where its text goes
	skip int // characters that stand for one \u
}

// Destinations of text.
const (
	toProse = iota
	toCode
	toPicture
	toObject
	toNothing
)

type rtfReader struct {
	p          *part
	b          []byte
	prose      strings.Builder
	codes      strings.Builder
	data       []byte // of the picture or object that is open
	dataDepth  int
	pictures   int
	stack      []group
	g          group
	star       bool
	pendingLow rune
	nibble     byte
	odd        bool // nibble waits for its other half
}

// Groups that hold no text of the author.
var rtfDull = map[string]bool{
	"fonttbl": true, "colortbl": true, "stylesheet": true, "listtable": true, "listoverridetable": true, "rsidtbl": true,
	"generator": true, "themedata": true, "colorschememapping": true, "latentstyles": true, "xmlnstbl": true, "filetbl": true,
}

const maxGroups = 4096

func (r *rtfReader) read() {
	b := r.b
	r.g.skip = 1
	drop := 0 // characters to pass over after \u
	for i := 0; i < len(b); {
		if i&0xffff == 0 && r.p.done() {
			return
		}
		switch c := b[i]; c {
		case '{':
			if len(r.stack) >= maxGroups {
				r.p.unread(r.p.where, ReasonDepth, "groups nested too deep")
				return
			}
			r.stack = append(r.stack, r.g)
			r.star = false
			i++
		case '}':
			if len(r.stack) == 0 {
				r.p.unread(r.p.where, ReasonMalformed, "a brace too many")
				return
			}
			if r.dataDepth == len(r.stack) {
				r.flush()
			}
			if r.g.to == toCode && r.stack[len(r.stack)-1].to != toCode {
				r.codes.WriteByte('\n')
			}
			r.g = r.stack[len(r.stack)-1]
			r.stack = r.stack[:len(r.stack)-1]
			if len(r.stack) == 0 {
				return
			}
			i++
		case '\\':
			i = r.control(i+1, &drop)
		case '\r', '\n':
			i++
		default:
			if drop > 0 {
				drop--
				i++
				continue
			}
			j := i
			for j < len(b) && b[j] != '{' && b[j] != '}' && b[j] != '\\' && b[j] != '\r' && b[j] != '\n' {
				j++
			}
			r.write(b[i:j])
			i = j
		}
	}
	r.flush()
	r.p.unread(r.p.where, ReasonTruncated, "a group is not closed")
}

// control reads the control word or symbol after the backslash at i-1.
func (r *rtfReader) control(i int, drop *int) int {
	b := r.b
	if i >= len(b) {
		return i
	}
	c := b[i]
	switch {
	case c == '\'':
		if i+3 <= len(b) {
			if v, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				if *drop > 0 {
					*drop--
				} else {
					r.writeRune(rune(v)) // Latin-1 does for links
				}
			}
		}
		return min(i+3, len(b))
	case c == '*':
		r.star = true
		return i + 1
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
	default:
		switch c {
		case '~':
			r.write([]byte(" "))
		case '\r', '\n':
			r.write([]byte("\n"))
		case '{', '}', '\\':
			r.write([]byte{c})
		}
		return i + 1
	}
	j := i
	for j < len(b) && j-i < 32 && (b[j] >= 'a' && b[j] <= 'z' || b[j] >= 'A' && b[j] <= 'Z') {
		j++
	}
	word := string(b[i:j])
	k := j
	if k < len(b) && b[k] == '-' {
		k++
	}
	for k < len(b) && k-j < 12 && b[k] >= '0' && b[k] <= '9' {
		k++
	}
	n, err := strconv.Atoi(string(b[j:k]))
	if k < len(b) && b[k] == ' ' {
		k++
	}
	switch word {
	case "par", "line", "row", "sect", "page":
		r.write([]byte("\n"))
	case "tab", "cell":
		r.write([]byte(" "))
	case "u":
		if err == nil {
			r.writeRune(rune(uint16(n)))
			*drop = r.g.skip
		}
	case "uc":
		if err == nil && n >= 0 && n < 8 {
			r.g.skip = n
		}
	case "bin":
		// Raw bytes follow, counted.
		if err == nil && n > 0 {
			end := min(k+n, len(b))
			if r.g.to == toPicture || r.g.to == toObject {
				r.take(b[k:end])
			}
			return end
		}
	case "fldinst":
		r.g.to = toCode
	case "fldrslt":
		r.g.to = toProse
	case "pict":
		r.open(toPicture)
	case "objdata":
		r.open(toObject)
	case "info", "footnote", "header", "footer", "annotation", "object", "field", "shppict", "nonshppict", "result":
	default:
		if rtfDull[word] || r.star && r.g.to == toProse && !rtfKept[word] {
			r.g.to = toNothing
		}
	}
	r.star = false
	return k
}

// rtfKept are optional destinations whose text counts.
var rtfKept = map[string]bool{"company": true, "userprops": true, "propname": true, "staticval": true, "atnid": true, "atnauthor": true, "hlinkbase": true, "docvar": true, "pn": true}

func (r *rtfReader) open(to int) {
	r.flush()
	r.g.to = to
	r.dataDepth = len(r.stack)
}

func (r *rtfReader) take(b []byte) {
	if int64(len(r.data)+len(b)) <= r.p.limits.FileBytes {
		r.data = append(r.data, b...)
	}
}

func (r *rtfReader) write(s []byte) {
	switch r.g.to {
	case toProse:
		r.prose.Write(s)
	case toCode:
		r.codes.Write(s)
	case toPicture, toObject:
		r.hex(s)
	}
}

// hex takes hexadecimal digits; a line may end between the two of a byte.
func (r *rtfReader) hex(s []byte) {
	if int64(len(r.data)) > r.p.limits.FileBytes {
		return
	}
	for _, c := range s {
		var v byte
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		default:
			continue
		}
		if r.odd = !r.odd; r.odd {
			r.nibble = v << 4
		} else {
			r.data = append(r.data, r.nibble|v)
		}
	}
}

func (r *rtfReader) writeRune(c rune) {
	switch {
	case c >= 0xD800 && c < 0xDC00:
		r.pendingLow = c
		return
	case c >= 0xDC00 && c < 0xE000 && r.pendingLow != 0:
		c = (r.pendingLow-0xD800)<<10 | (c - 0xDC00) + 0x10000
	}
	r.pendingLow = 0
	if r.g.to == toProse || r.g.to == toCode {
		r.write(utf8.AppendRune(nil, c))
	}
}

// flush sends the picture or object that is open on its way.
func (r *rtfReader) flush() {
	data := r.data
	r.data, r.dataDepth, r.odd = nil, 0, false
	if len(data) == 0 || !r.p.count(1) {
		return
	}
	r.pictures++
	r.p.embedQuiet(r.p.place("picture "+strconv.Itoa(r.pictures)), "", data)
}

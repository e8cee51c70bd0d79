package extract

import (
	"bytes"
	"html"
	"net/url"
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
	if r.base.Len() <= maxURL {
		p.linkBase, _ = url.Parse(strings.TrimSpace(r.base.String()))
	}
	p.fields(r.codes.String(), p.place())
	if r.html.Len() > 0 {
		// The message as it was before a mail program made RTF of it.
		p.embedQuiet(p.place("HTML"), "body.html", []byte(r.html.String()))
	}
	r.told()
	p.text(r.prose.String(), p.place("text"))
}

// group is what a brace opened.
type group struct {
	to   int  // where its text goes
	skip int  // characters that stand for one \u
	alt  bool // in a run that stands for HTML which is there itself
	gone bool // in one that was taken out while changes were kept

	beside bool // in what stands beside the text
}

// Destinations of text.
const (
	toProse = iota
	toCode
	toPicture
	toObject
	toHTML
	toBase
	toNothing
)

type rtfReader struct {
	p          *part
	b          []byte
	at         int // in b
	drop       int // characters to pass over after \u
	prose      strings.Builder
	later      strings.Builder // what stands beside the text: it follows the paragraph that it stands in
	codes      strings.Builder
	base       strings.Builder // of relative links (§Information Group)
	html       strings.Builder // what RTF made from HTML keeps of it ([MS-OXRTFEX] §2.1.3)
	fromHTML   bool
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

const maxGroups = 4096

func (r *rtfReader) read() {
	b := r.b
	r.g.skip = 1
	for r.at < len(b) {
		if r.at&0xffff == 0 && r.p.done() {
			return
		}
		switch c := b[r.at]; c {
		case '{':
			if len(r.stack) >= maxGroups {
				r.p.unread(r.p.where, ReasonDepth, "groups nested too deep")
				return
			}
			r.stack = append(r.stack, r.g)
			r.star = false
			r.at++
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
			beside := r.g.beside
			r.g = r.stack[len(r.stack)-1]
			if beside && !r.g.beside {
				r.later.WriteString("\n\n")
			}
			r.stack = r.stack[:len(r.stack)-1]
			if len(r.stack) == 0 {
				return
			}
			r.at++
		case '\\':
			r.at++
			r.control()
		case '\r', '\n':
			r.at++
		default:
			if r.drop > 0 {
				r.drop--
				r.at++
				continue
			}
			j := r.at
			for j < len(b) && b[j] != '{' && b[j] != '}' && b[j] != '\\' && b[j] != '\r' && b[j] != '\n' {
				j++
			}
			r.write(b[r.at:j])
			r.at = j
		}
	}
	r.flush()
	r.p.unread(r.p.where, ReasonTruncated, "a group is not closed")
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// control reads the control word or symbol behind a backslash (RTF 1.9.1
// §Control Word).
func (r *rtfReader) control() {
	b := r.b
	if r.at >= len(b) {
		return
	}
	if !isLetter(b[r.at]) {
		r.symbol()
		return
	}
	j := r.at
	for j < len(b) && j-r.at < 32 && isLetter(b[j]) {
		j++
	}
	word := b[r.at:j]
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
	r.at = k
	star := r.star
	r.star = false
	if do, ok := rtfWords[string(word)]; ok {
		do(r, n, err == nil)
	} else if star && r.g.to != toNothing {
		r.g.to = toNothing // a destination that a reader may leave out
	}
}

// symbol reads a control symbol.
func (r *rtfReader) symbol() {
	b, c := r.b, r.b[r.at]
	switch c {
	case '\'':
		if r.at+3 <= len(b) {
			if v, err := strconv.ParseUint(string(b[r.at+1:r.at+3]), 16, 8); err == nil {
				if r.drop > 0 {
					r.drop--
				} else {
					r.writeRune(rune(v)) // Latin-1 does for links
				}
			}
		}
		r.at = min(r.at+3, len(b))
		return
	case '*':
		r.star = true
	case '~':
		r.write([]byte(" "))
	case '_': // a hyphen at which no line ends
		r.write([]byte("-"))
	case '\r', '\n':
		r.write([]byte("\n"))
	case '{', '}', '\\':
		r.write([]byte{c})
	}
	r.at++
}

// rtfWords are the control words that mean something here, with their number
// and whether they had one. Any other is formatting, or a destination.
var rtfWords = func() map[string]func(r *rtfReader, n int, given bool) {
	type do = func(r *rtfReader, n int, given bool)
	text := func(s string) do { return func(r *rtfReader, _ int, _ bool) { r.write([]byte(s)) } }
	to := func(where int) do { return func(r *rtfReader, _ int, _ bool) { r.g.to = where } }
	open := func(where int) do { return func(r *rtfReader, _ int, _ bool) { r.open(where) } }
	m := map[string]do{
		"u": func(r *rtfReader, n int, given bool) {
			if given {
				r.writeRune(rune(uint16(n)))
				r.drop = r.g.skip
			}
		},
		"uc": func(r *rtfReader, n int, given bool) {
			if given && n >= 0 && n < 8 {
				r.g.skip = n
			}
		},
		// Raw bytes follow, counted.
		"bin": func(r *rtfReader, n int, given bool) {
			if !given || n <= 0 {
				return
			}
			end := min(r.at+n, len(r.b))
			if r.g.to == toPicture || r.g.to == toObject {
				r.take(r.b[r.at:end])
			}
			r.at = end
		},
		"fldinst": to(toCode),
		"fldrslt": to(toProse),
		// It is text like any other, too.
		"hlinkbase": to(toBase),
		"fromhtml":  func(r *rtfReader, _ int, _ bool) { r.fromHTML = true },
		"htmltag":   to(toHTML),
		"mhtmltag":  to(toNothing), // the same with other addresses
		"htmlrtf":   func(r *rtfReader, n int, given bool) { r.g.alt = !given || n != 0 },
		"deleted":   func(r *rtfReader, n int, given bool) { r.g.gone = !given || n != 0 },
		"pict":      open(toPicture),
		"objdata":   open(toObject),
	}
	for words, what := range map[string]do{
		"par line row sect page column nestrow":                                              text("\n"),
		"tab cell nestcell emspace enspace qmspace bullet lquote rquote ldblquote rdblquote": text(" "),
		"endash": text("–"),
		"emdash": text("—"),
		// What stands beside the text at some word of it: notes, text boxes, what shapes
		// say and where they lead, and what is shown of them where they are not known.
		"footnote annotation shptxt shprslt result atnid atnauthor hlsrc hlfr hlloc": func(r *rtfReader, _ int, _ bool) {
			r.g.to, r.g.beside = toProse, true
			r.write([]byte("\n\n"))
		},
		// Destinations whose text counts, the optional ones (\*) too.
		`info header footer object field shppict nonshppict
		company userprops propname staticval docvar pn hl`: func(*rtfReader, int, bool) {},
		// Groups that hold no text of the author.
		`fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator themedata
		colorschememapping latentstyles xmlnstbl filetbl`: to(toNothing),
	} {
		for _, w := range strings.Fields(words) {
			m[w] = what
		}
	}
	return m
}()

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
		if r.g.gone {
			return
		}
		if r.g.beside {
			r.later.Write(s)
		} else if r.prose.Write(s); len(s) == 1 && s[0] == '\n' {
			r.told()
		}
		if r.fromHTML && !r.g.alt {
			r.html.WriteString(html.EscapeString(string(s)))
		}
	case toBase:
		r.prose.Write(s)
		r.base.Write(s[:min(len(s), max(0, maxURL+1-r.base.Len()))])
	case toHTML:
		r.html.Write(s)
	case toCode:
		r.codes.Write(s)
	case toPicture, toObject:
		r.hex(s)
	}
}

// told ends a paragraph with what stood beside it.
func (r *rtfReader) told() {
	if r.later.Len() > 0 {
		r.prose.WriteString("\n" + r.later.String() + "\n")
		r.later.Reset()
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
	if r.g.to == toProse || r.g.to == toCode || r.g.to == toBase || r.g.to == toHTML {
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

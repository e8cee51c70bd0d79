package extract

import (
	"bytes"
	"encoding/json"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts that stand alone - a string of JSON, an element of XML, a property of a card -
// and files that stand in text.

// maxWords is how many texts may stand in one another. Each can be written with little
// more than the one within it.
const maxWords = 4

// value reads a text that stands alone for what it is: a badge, a link, or what words
// tells. The name of a vocabulary is no link.
func (p *part) value(s string, pl Place) {
	s = strings.TrimSpace(s)
	if len(s) < 8 || hasHTTP(s) && isNamespace(s) || p.candidate(s, pl, false) {
		return
	}
	p.words(s, pl)
}

// words reads a text that is no badge for what it is else: a file in base64 or in a
// data: URI, HTML, or prose. It reports whether a badge was in it.
func (p *part) words(s string, pl Place) bool {
	if p.root().fetched || p.wordsWithin == maxWords {
		return false // a page's own links are found by the rules for pages
	}
	p.wordsWithin++
	defer func() { p.wordsWithin-- }()
	found := p.creds
	switch {
	case hasFoldPrefix(s, "data:"):
		p.dataURI(s, pl)
	case isFile(s), isBase64Text(s):
		if p.count(1) {
			p.embedQuiet(pl, "", decodeBase64(s))
		}
	case !strings.Contains(s, "<") && strings.Contains(s, "&lt;") && strings.Contains(s, "&gt;"): // HTML that was escaped once more
		p.words(html.UnescapeString(s), pl)
	case strings.Contains(s, "</") || strings.Contains(s, "href=") || strings.Contains(s, "src="):
		if p.depth == p.limits.Depth {
			p.plain(s, pl)
		} else if p.count(1) {
			p.embedQuiet(pl, "string.html", []byte(s))
		}
	default:
		p.plain(s, pl)
	}
	return p.creds > found
}

// leastFile is how long a file in base64 is, in characters.
const leastFile = 64

// isFile reports whether s is base64, and begins as a file does that may bear a badge.
func isFile(s string) bool {
	if len(s) < leastFile || !beginsFile(s) {
		return false
	}
	for i := range min(len(s), 4096) {
		if c := s[i]; !isBase64(c) && c != '=' && c != '\r' && c != '\n' && c != ' ' && c != '\t' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// isBase64Text reports whether s is base64 of words that may name a badge: a CV in
// Markdown or plain text, of whatever encoding.
func isBase64Text(s string) bool {
	if len(s) < leastFile {
		return false
	}
	indent := true
	for i := range len(s) {
		c := s[i]
		if indent && (c == ' ' || c == '\t') {
			continue // property lists in XML indent every line
		}
		if indent = c == '\n'; !indent && !isBase64(c) && c != '=' && c != '\r' && c != '-' && c != '_' {
			return false
		}
	}
	return namesBadge(decodeBase64(s))
}

// namesBadge reports whether bytes are words that may name a badge.
func namesBadge(b []byte) bool {
	text := decodeText(b)
	if !utf8.ValidString(text) || strings.ContainsFunc(text[:min(len(text), 4096)], func(r rune) bool { return r < ' ' && !unicode.IsSpace(r) || r == utf8.RuneError }) {
		return false
	}
	return strings.Contains(text, "://") || strings.Contains(text, "www.") || strings.Contains(text, "eyJ") || strings.Contains(text, "{")
}

// fileStarts are the first bytes of files in base64.
var fileStarts = []string{
	"JVBERi",         // PDF
	"iVBORw0KGgo",    // PNG
	"/9j/",           // JPEG
	"R0lGOD",         // GIF
	"UklGR",          // WebP
	"SUkqA", "TU0AK", // TIFF
	"UEsDB",            // ZIP, and with it the documents of office programs
	"0M8R4KGx",         // compound files, and with it the older documents
	"e1xydG",           // RTF
	"PD94bW", "PHN2Zy", // XML, SVG
	"PCFET0NUW", "PCFkb2N0e", "PGh0bW", "PEhUTU", // HTML
	"YnBsaXN0MD",       // a property list
	"H4sI", "N3q8rycc", // gzip, 7z
}

// beginsFile reports whether s begins like base64 of a file.
func beginsFile(s string) bool {
	for _, begin := range fileStarts {
		if strings.HasPrefix(s, begin) {
			return true
		}
	}
	return false
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// pgpMessage begins a message that is encrypted within the text (RFC 9580 §6.2).
const pgpMessage = "-----BEGIN PGP MESSAGE-----"

// plain reads text as people write and send it: files that stand in it - in base64, as
// data: URIs, uuencoded - are files, and the rest is text.
func (p *part) plain(s string, pl Place) {
	if strings.Contains(s, pgpMessage) && !p.sealed {
		p.sealed = true
		p.unread(pl.Where, ReasonEncrypted, "encrypted for its recipient")
	}
	f := filesIn{p: p, s: s, place: pl}
	p.text(f.read(), pl)
}

// filesIn looks for the files in a text.
type filesIn struct {
	p     *part
	s     string
	place Place
	rest  []byte // the text with blanks where files stood; nil while there was none
	tried int    // before it nothing is looked for again
}

// read hands out the files and gives the text without them, in which all else keeps
// its place.
func (f *filesIn) read() string {
	s := f.s
	for i := 0; i < len(s); {
		end := i
		switch c := s[i]; {
		case i < f.tried:
		case strings.IndexByte("Ji/RUST0ePYHN", c) >= 0:
			if i == 0 || !isBase64URL(s[i-1]) && s[i-1] != '/' && s[i-1] != '+' && s[i-1] != '.' {
				end = f.base64(i)
			}
		case c == 'd' || c == 'D':
			if hasFoldPrefix(s[i:], "data:") && (i == 0 || !isBase64URL(s[i-1])) {
				end = f.dataURI(i)
			}
		case c == 'b':
			if i == 0 || s[i-1] == '\n' {
				end = f.uuencoded(i)
			}
		}
		if end > i {
			f.blank(i, end)
			i = end
			continue
		}
		if i++; i&0xffff == 0 && f.p.done() {
			break
		}
	}
	if f.rest == nil {
		return s
	}
	return string(f.rest)
}

func (f *filesIn) blank(from, to int) {
	if f.rest == nil {
		f.rest = []byte(f.s)
	}
	for i := from; i < to; i++ {
		if f.rest[i] != '\n' {
			f.rest[i] = ' '
		}
	}
}

// step is the place of the next file; false when there are too many.
func (f *filesIn) step(what string, at int) (Place, bool) {
	if !f.p.count(1) {
		return Place{}, false
	}
	pl := f.place
	pl.Where += " > " + cleanStep(what)
	if pl.Object == 0 {
		pl.Offset += int64(at)
	}
	return pl, true
}

// base64 takes a file in base64 that begins at i, and gives where it ends; i when there
// is none. Its lines are as long as the first, but for the last.
func (f *filesIn) base64(i int) int {
	s := f.s
	object := strings.HasPrefix(s[i:], "eyJ") || strings.HasPrefix(s[i:], "ewog") || strings.HasPrefix(s[i:], "ewoJ") || strings.HasPrefix(s[i:], "ew0K")
	if !object && !beginsFile(s[i:]) {
		return i
	}
	end := endOfBase64(s, i)
	f.tried = end
	if end-i < leastFile || end < len(s) && s[end] == '.' {
		return i
	}
	data := decodeBase64(strings.ReplaceAll(s[i:end], ">", ""))
	if object && !json.Valid(bytes.TrimSpace(data)) {
		return i
	}
	pl, ok := f.step("base64", i)
	if !ok {
		return i
	}
	f.p.embedQuiet(pl, "", data)
	return end
}

// endOfBase64 is where the base64 that begins at i ends, over the ends of lines.
func endOfBase64(s string, i int) int {
	end, first := i, -1
	for {
		line := end
		for end < len(s) && (isBase64(s[end]) || s[end] == '-' || s[end] == '_') {
			end++
		}
		n := end - line
		for end < len(s) && s[end] == '=' {
			end++
		}
		if first < 0 {
			first = n
		}
		next := end
		for next < len(s) && (s[next] == '\r' || s[next] == ' ' || s[next] == '\t') {
			next++
		}
		if n < first || n == 0 || end-line > n || next+1 >= len(s) || s[next] != '\n' {
			break
		}
		next++
		for next < len(s) && (s[next] == ' ' || s[next] == '\t' || s[next] == '>') { // a quotation, or set in
			next++
		}
		if next == len(s) || !isBase64(s[next]) || !lineOfBase64(s[next:], first) {
			break
		}
		end = next
	}
	return end
}

// lineOfBase64 reports whether s begins with a line of base64 of at most n characters.
func lineOfBase64(s string, n int) bool {
	i := 0
	for i < len(s) && i <= n && (isBase64(s[i]) || s[i] == '-' || s[i] == '_') {
		i++
	}
	if i > n {
		return false
	}
	end := strings.TrimLeft(s[i:min(len(s), i+8)], "= \t\r")
	return end == "" || end[0] == '\n'
}

// dataURI takes a data: URI that begins at i and gives where it ends; i when there is
// none.
func (f *filesIn) dataURI(i int) int {
	s := f.s
	comma := strings.IndexByte(s[i:min(len(s), i+256)], ',')
	if comma < 0 || strings.ContainsAny(s[i:i+comma], " \n\"<>") || !strings.Contains(s[i:i+comma], "/") {
		return i
	}
	end := i + comma + 1
	if strings.HasSuffix(s[i:i+comma], ";base64") {
		first := -1
		for {
			line := end
			for end < len(s) && (isBase64(s[end]) || strings.IndexByte("=-_%", s[end]) >= 0) {
				end++
			}
			if first < 0 {
				first = end - i
			}
			// Over the ends of lines, as base64 is.
			next := end
			for next < len(s) && next-end < 4 && strings.IndexByte("\r\n \t", s[next]) >= 0 {
				next++
			}
			if end == line || next == end || !strings.Contains(s[end:next], "\n") || next == len(s) || first < leastFile || !lineOfBase64(s[next:], first) {
				break
			}
			end = next
		}
	} else {
		for end < len(s) && strings.IndexByte(" \t\r\n<>\"`", s[end]) < 0 {
			end++
		}
		end = i + len(strings.TrimRight(s[i:end], ").,;\"'"))
	}
	f.tried = end
	pl, ok := f.step("text", i)
	if !ok {
		return i
	}
	pl.Where = f.place.Where
	if !f.p.dataURI(s[i:end], pl) {
		return i
	}
	return end
}

// uuencoded takes a file between "begin 644 NAME" and "end" (POSIX uuencode), and gives
// where it ends; i when there is none.
func (f *filesIn) uuencoded(i int) int {
	s := f.s
	line, _, _ := strings.Cut(s[i:min(len(s), i+300)], "\n")
	form, rest, _ := strings.Cut(strings.TrimRight(line, "\r"), " ")
	mode, name, ok := strings.Cut(rest, " ")
	if _, err := strconv.ParseUint(mode, 8, 16); err != nil || !ok || len(mode) < 3 || form != "begin" && form != "begin-base64" {
		return i
	}
	end := i + len(line) + 1
	if end >= len(s) {
		return i
	}
	var data []byte
	n := 0
	if form == "begin" {
		data, n = uudecode(s[i:])
	} else {
		at := end
		for at < len(s) && s[at] != '=' && lineOfBase64(s[at:], 100) {
			line, _, _ := strings.Cut(s[at:], "\n")
			at += len(line) + 1
		}
		if at < len(s) && strings.HasPrefix(s[at:], "====") {
			data, n = decodeBase64(s[end:at]), at+len("====")-i
		}
	}
	if len(data) == 0 {
		return i
	}
	pl, ok := f.step(name, i)
	if !ok {
		return i
	}
	f.p.embed(pl, name, "", data)
	return i + n
}

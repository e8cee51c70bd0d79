package extract

import (
	"bytes"
	"strconv"
)

// The syntax of PDF (ISO 32000-1 §7.2 and §7.3), read tolerantly and within
// bounds: what is broken is skipped, nothing recurses deeper than
// pdfMaxNesting, and every loop moves forward.

const pdfMaxNesting = 64

type (
	pdfName  string
	pdfRef   struct{ num, gen int }
	pdfArray []any
	pdfDict  []pdfEntry // in the order of the file; few entries, so no map
)

type pdfEntry struct {
	key string
	val any
}

// get returns the value of key. Of a key written twice the last one counts, as
// in the readers that most people use.
func (d pdfDict) get(key string) any {
	for i := len(d) - 1; i >= 0; i-- {
		if d[i].key == key {
			return d[i].val
		}
	}
	return nil
}

func (d pdfDict) name(key string) string {
	n, _ := d.get(key).(pdfName)
	return string(n)
}

func (d pdfDict) ref(key string) pdfRef {
	r, _ := d.get(key).(pdfRef)
	return r
}

func (d pdfDict) int(key string) (int, bool) {
	switch n := d.get(key).(type) {
	case int:
		return n, true
	case float64:
		return int(n), true
	}
	return 0, false
}

// pdfStream is a stream object: its dictionary and where its data starts.
type pdfStream struct {
	dict  pdfDict
	start int
}

type pdfTokenKind uint8

const (
	tokEOF pdfTokenKind = iota
	tokInt
	tokReal
	tokString
	tokName
	tokKeyword
	tokOpenDict
	tokCloseDict
	tokOpenArray
	tokCloseArray
)

// pdfToken is one token. Bytes point into the input or into the lexer's
// scratch space: they are good until the next token.
type pdfToken struct {
	kind  pdfTokenKind
	num   float64
	bytes []byte
}

// pdfLexer reads tokens from b.
type pdfLexer struct {
	b       []byte
	p       int
	scratch []byte
}

// newPDFLexer reads b from its beginning.
func newPDFLexer(b []byte) pdfLexer { return pdfLexer{b: b} }

// Classes of characters (ISO 32000-1 §7.2.2).
const (
	pdfRegular = iota
	pdfSpace
	pdfDelim
)

var pdfClass = func() (t [256]uint8) {
	for _, c := range "\x00\t\n\f\r " {
		t[c] = pdfSpace
	}
	for _, c := range "()<>[]{}/%" {
		t[c] = pdfDelim
	}
	return t
}()

func (l *pdfLexer) skipSpace() {
	for l.p < len(l.b) {
		switch c := l.b[l.p]; {
		case pdfClass[c] == pdfSpace:
			l.p++
		case c == '%':
			for l.p < len(l.b) && l.b[l.p] != '\n' && l.b[l.p] != '\r' {
				l.p++
			}
		default:
			return
		}
	}
}

func (l *pdfLexer) next() pdfToken {
	l.skipSpace()
	if l.p >= len(l.b) {
		return pdfToken{}
	}
	c := l.b[l.p]
	if pdfClass[c] == pdfRegular {
		return l.regular()
	}
	l.p++
	switch c {
	case '/':
		return pdfToken{kind: tokName, bytes: l.name()}
	case '(':
		return pdfToken{kind: tokString, bytes: l.literal()}
	case '<':
		if l.p < len(l.b) && l.b[l.p] == '<' {
			l.p++
			return pdfToken{kind: tokOpenDict}
		}
		return pdfToken{kind: tokString, bytes: l.hex()}
	case '>':
		if l.p < len(l.b) && l.b[l.p] == '>' {
			l.p++
			return pdfToken{kind: tokCloseDict}
		}
	case '[':
		return pdfToken{kind: tokOpenArray}
	case ']':
		return pdfToken{kind: tokCloseArray}
	}
	return pdfToken{kind: tokKeyword, bytes: l.b[l.p-1 : l.p]}
}

// regular reads a number or a keyword.
func (l *pdfLexer) regular() pdfToken {
	start := l.p
	p := start
	b := l.b
	neg := false
	if b[p] == '-' || b[p] == '+' {
		neg = b[p] == '-'
		p++
		for p < len(b) && b[p] == '-' { // "--5" of some writers
			p++
		}
	}
	n, digits := 0, 0
	for p < len(b) && b[p]-'0' <= 9 {
		n = n*10 + int(b[p]-'0')
		digits++
		p++
	}
	if digits <= 18 && (p == len(b) || pdfClass[b[p]] != pdfRegular) && digits > 0 {
		l.p = p
		if neg {
			n = -n
		}
		return pdfToken{kind: tokInt, num: float64(n)}
	}
	if digits <= 18 && p < len(b) && b[p] == '.' {
		p++
		f, scale := float64(n), 1.0
		for p < len(b) && b[p]-'0' <= 9 {
			if digits < 30 {
				scale /= 10
				f += float64(b[p]-'0') * scale
			}
			digits++
			p++
		}
		if digits > 0 {
			for p < len(b) && (b[p] == '-' || b[p]-'0' <= 9) { // "0.-5" of some writers
				p++
			}
			if p == len(b) || pdfClass[b[p]] != pdfRegular {
				l.p = p
				if neg {
					f = -f
				}
				return pdfToken{kind: tokReal, num: f}
			}
		}
	}
	p = start
	for p < len(b) && pdfClass[b[p]] == pdfRegular {
		p++
	}
	l.p = p
	return pdfToken{kind: tokKeyword, bytes: b[start:p]}
}

func (l *pdfLexer) name() []byte {
	start := l.p
	escaped := false
	for l.p < len(l.b) && pdfClass[l.b[l.p]] == pdfRegular {
		if l.b[l.p] == '#' {
			escaped = true
		}
		l.p++
	}
	raw := l.b[start:l.p]
	if !escaped {
		return raw
	}
	out := l.scratch[:0]
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if hi, lo := pdfUnhex(raw[i+1]), pdfUnhex(raw[i+2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	l.scratch = out
	return out
}

// literal reads a string in parentheses. An unknown escape loses its backslash
// (ISO 32000-1 §7.3.4.2), and one that is never closed ends with the input.
func (l *pdfLexer) literal() []byte {
	b := l.b
	start, depth := l.p, 1
	for p := start; p < len(b); p++ {
		switch b[p] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.p = p + 1
				return b[start:p]
			}
		case '\\', '\r':
			return l.literalSlow(start, p, depth)
		}
	}
	l.p = len(b)
	return b[start:]
}

func (l *pdfLexer) literalSlow(start, p, depth int) []byte {
	b := l.b
	out := append(l.scratch[:0], b[start:p]...)
	defer func() { l.scratch = out[:0] }()
	for ; p < len(b); p++ {
		switch c := b[p]; c {
		case '(':
			depth++
			out = append(out, c)
		case ')':
			if depth--; depth == 0 {
				l.p = p + 1
				return out
			}
			out = append(out, c)
		case '\r':
			if p+1 < len(b) && b[p+1] == '\n' {
				p++
			}
			out = append(out, '\n')
		case '\\':
			if p++; p >= len(b) {
				continue
			}
			switch c := b[p]; c {
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			case 't':
				out = append(out, '\t')
			case 'b':
				out = append(out, '\b')
			case 'f':
				out = append(out, '\f')
			case '\r':
				if p+1 < len(b) && b[p+1] == '\n' {
					p++
				}
			case '\n':
			case '0', '1', '2', '3', '4', '5', '6', '7':
				n := int(c - '0')
				for i := 0; i < 2 && p+1 < len(b) && b[p+1]-'0' <= 7; i++ {
					p++
					n = n<<3 | int(b[p]-'0')
				}
				out = append(out, byte(n))
			default:
				out = append(out, c)
			}
		default:
			out = append(out, c)
		}
	}
	l.p = len(b)
	return out
}

func (l *pdfLexer) hex() []byte {
	out := l.scratch[:0]
	half := -1
	for l.p < len(l.b) {
		c := l.b[l.p]
		l.p++
		if c == '>' {
			break
		}
		d := pdfUnhex(c)
		if d < 0 {
			continue
		}
		if half < 0 {
			half = d
			continue
		}
		out = append(out, byte(half<<4|d))
		half = -1
	}
	if half >= 0 {
		out = append(out, byte(half<<4))
	}
	l.scratch = out
	return out
}

func pdfUnhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// object reads one object: nil, bool, int, float64, string, pdfName, pdfRef,
// pdfArray or pdfDict; a pdfStream only when streams is set. It returns false
// at a keyword that starts no object, which it does not consume.
func (l *pdfLexer) object(depth int, streams bool) (any, bool) {
	start := l.p
	t := l.next()
	switch t.kind {
	case tokInt:
		n := int(t.num)
		if n >= 0 {
			if gen, ok := l.reference(); ok {
				return pdfRef{n, gen}, true
			}
		}
		return n, true
	case tokReal:
		return t.num, true
	case tokString:
		return string(t.bytes), true
	case tokName:
		return pdfName(t.bytes), true
	case tokOpenArray:
		var a pdfArray
		for {
			l.skipSpace()
			if l.p >= len(l.b) {
				return a, true
			}
			if l.b[l.p] == ']' {
				l.p++
				return a, true
			}
			v, ok := l.element(depth)
			if !ok {
				return a, true
			}
			if len(a) < pdfMaxArray {
				a = append(a, v)
			}
		}
	case tokOpenDict:
		d := l.dict(depth)
		if !streams {
			return d, true
		}
		end := l.p
		if t := l.next(); t.kind == tokKeyword && bytes.HasPrefix(t.bytes, []byte("stream")) {
			l.p += 6 - len(t.bytes) // "stream" may touch its data
			if l.p < len(l.b) && l.b[l.p] == ' ' {
				for l.p < len(l.b) && l.b[l.p] == ' ' {
					l.p++
				}
			}
			if l.p < len(l.b) && l.b[l.p] == '\r' {
				l.p++
			}
			if l.p < len(l.b) && l.b[l.p] == '\n' {
				l.p++
			}
			return pdfStream{d, l.p}, true
		}
		l.p = end
		return d, true
	case tokKeyword:
		switch string(t.bytes) {
		case "null":
			return nil, true
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	l.p = start
	return nil, false
}

// element reads a value inside an array or a dictionary; what cannot start one
// is skipped by one token. It returns false where the container must end.
func (l *pdfLexer) element(depth int) (any, bool) {
	if depth >= pdfMaxNesting {
		l.p = len(l.b)
		return nil, false
	}
	v, ok := l.object(depth+1, false)
	if ok {
		return v, true
	}
	start := l.p
	t := l.next()
	if t.kind == tokEOF || t.kind == tokKeyword && endsObject(t.bytes) {
		l.p = start // every container around it ends here too
		return nil, false
	}
	return nil, true
}

// endsObject reports whether a keyword stands where a container was never
// closed.
func endsObject(k []byte) bool {
	switch string(k) {
	case "obj", "endobj", "stream", "endstream", "xref", "trailer":
		return true
	}
	return false
}

// dict reads the entries of a dictionary after its "<<".
func (l *pdfLexer) dict(depth int) pdfDict {
	var d pdfDict
	for {
		start := l.p
		t := l.next()
		switch t.kind {
		case tokEOF, tokCloseDict:
			return d
		case tokName:
			key := string(t.bytes)
			l.skipSpace()
			if bytes.HasPrefix(l.b[min(l.p, len(l.b)):], []byte(">>")) {
				l.p += 2
				return append(d, pdfEntry{key, nil})
			}
			v, ok := l.element(depth)
			if !ok {
				return d
			}
			d = append(d, pdfEntry{key, v})
		case tokKeyword:
			if endsObject(t.bytes) {
				l.p = start
				return d
			}
		}
	}
}

// reference reads "G R" after a number.
func (l *pdfLexer) reference() (gen int, ok bool) {
	p, b := l.p, l.b
	if p >= len(b) || pdfClass[b[p]] != pdfSpace {
		return 0, false
	}
	for p < len(b) && pdfClass[b[p]] == pdfSpace {
		p++
	}
	start := p
	for p < len(b) && p-start < 6 && b[p]-'0' <= 9 {
		gen = gen*10 + int(b[p]-'0')
		p++
	}
	if p == start || p >= len(b) || pdfClass[b[p]] != pdfSpace {
		return 0, false
	}
	for p < len(b) && pdfClass[b[p]] == pdfSpace {
		p++
	}
	if p >= len(b) || b[p] != 'R' || p+1 < len(b) && pdfClass[b[p+1]] == pdfRegular {
		return 0, false
	}
	l.p = p + 1
	return gen, true
}

// pdfObjectHeader reads "N G obj" at p and returns what is named and the position
// behind it.
func pdfObjectHeader(b []byte, p int) (num, gen, body int, ok bool) {
	if p < 0 {
		return 0, 0, 0, false // a shifted cross reference can point before the file
	}
	for p < len(b) && pdfClass[b[p]] == pdfSpace {
		p++
	}
	read := func(most int) (int, bool) {
		n, start := 0, p
		for p < len(b) && p-start < most && b[p]-'0' <= 9 {
			n = n*10 + int(b[p]-'0')
			p++
		}
		return n, p > start
	}
	space := func() bool {
		start := p
		for p < len(b) && pdfClass[b[p]] == pdfSpace {
			p++
		}
		return p > start
	}
	if num, ok = read(10); !ok || !space() {
		return 0, 0, 0, false
	}
	if gen, ok = read(6); !ok {
		return 0, 0, 0, false
	}
	space()
	if !bytes.HasPrefix(b[p:], []byte("obj")) {
		return 0, 0, 0, false
	}
	return num, gen, p + 3, true
}

// appendPDF writes v as PDF syntax, strings in hexadecimal.
func appendPDF(out []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(out, v)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case float64:
		return strconv.AppendFloat(out, v, 'f', -1, 64)
	case string:
		const digits = "0123456789abcdef"
		out = append(out, '<')
		for i := 0; i < len(v); i++ {
			out = append(out, digits[v[i]>>4], digits[v[i]&15])
		}
		return append(out, '>')
	case pdfName:
		out = append(out, '/')
		for i := 0; i < len(v); i++ {
			if c := v[i]; c <= ' ' || c >= 0x7f || c == '#' || pdfClass[c] != pdfRegular {
				out = append(out, '#', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
			} else {
				out = append(out, c)
			}
		}
		return out
	case pdfRef:
		out = strconv.AppendInt(out, int64(v.num), 10)
		out = append(out, ' ')
		out = strconv.AppendInt(out, int64(v.gen), 10)
		return append(out, " R"...)
	case pdfArray:
		out = append(out, '[')
		for _, e := range v {
			out = append(appendPDF(out, e), ' ')
		}
		return append(out, ']')
	case pdfDict:
		out = append(out, "<<"...)
		for _, e := range v {
			out = append(appendPDF(out, pdfName(e.key)), ' ')
			out = append(appendPDF(out, e.val), ' ')
		}
		return append(out, ">>"...)
	}
	return append(out, "null"...)
}

// skipInlineImage goes behind the EI of an inline image (ISO 32000-1 §8.9.7).
func (l *pdfLexer) skipInlineImage() {
	for n := 0; n < 64; n++ {
		t := l.next()
		if t.kind == tokEOF {
			return
		}
		if t.kind == tokKeyword && string(t.bytes) == "ID" {
			break
		}
	}
	for p := l.p; ; {
		i := bytes.Index(l.b[p:], []byte("EI"))
		if i < 0 {
			l.p = len(l.b)
			return
		}
		p += i + 2
		before, after := l.b[p-3], byte(' ')
		if p < len(l.b) {
			after = l.b[p]
		}
		if pdfClass[before] != pdfSpace || pdfClass[after] != pdfSpace {
			continue
		}
		plain := true
		for _, c := range l.b[p:min(p+12, len(l.b))] {
			plain = plain && (c >= ' ' && c < 0x7f || pdfClass[c] == pdfSpace && c != 0)
		}
		if plain {
			l.p = p
			return
		}
	}
}

// Package pdf reads PDF files below the level of what they mean: tokens and
// objects (ISO 32000-1 §7.2 and §7.3), cross references, object streams and
// damage (§7.5), filters (§7.4), text strings (§7.9.2) and the codes of fonts
// (§9.7, §9.10), as ISO 32000-2 has them where it differs. What an object says
// of badges is the caller's business.
//
// Open does a preflight of our own: it finds every physical object, older
// revisions too, whatever the cross references say. OpenLedongthuc and
// OpenPdfcpu give the tree of objects as two libraries see it, behind one type,
// Node. A File is one document's, and not safe for concurrent use.
//
// Everything is bounded: nesting, array lengths, object numbers, decoded bytes.
// A limit that was hit is told in File.Limited or File.Cut, never left out in
// silence. What is broken is skipped, what breaks off gives what came before.
//
// Out of scope: rendering, pixels of pictures, scripts, signatures, writing, and
// passwords other than the empty one. No network, no files, no clock.
package pdf

import (
	"bytes"
	"strconv"
)

// The syntax of PDF (ISO 32000-1 §7.2 and §7.3), read tolerantly and within
// bounds: what is broken is skipped, nothing recurses deeper than
// maxNesting, and every loop moves forward.

const maxNesting = 64

type (
	// Name is a name without its slash, escapes undone.
	Name string
	// Ref is a reference to an object; the zero value is none.
	Ref struct{ Num, Gen int }
	// Array is an array, at most a million elements of it.
	Array []any
	// Dict is a dictionary in the order of the file; few entries, so no map.
	Dict []Entry
)

// Entry is one entry of a Dict.
type Entry struct {
	Key   string
	Value any // as Lexer reads objects: see File.Object
}

// Get returns the value of key, nil when there is none. Of a key written twice the last one counts, as
// in the readers that most people use.
func (d Dict) Get(key string) any {
	for i := len(d) - 1; i >= 0; i-- {
		if d[i].Key == key {
			return d[i].Value
		}
	}
	return nil
}

// Name returns the name under key, "" when there is none.
func (d Dict) Name(key string) string {
	n, _ := d.Get(key).(Name)
	return string(n)
}

// Ref returns the reference under key.
func (d Dict) Ref(key string) Ref {
	r, _ := d.Get(key).(Ref)
	return r
}

func (d Dict) integer(key string) (int, bool) {
	switch n := d.Get(key).(type) {
	case int:
		return n, true
	case float64:
		return int(n), true
	}
	return 0, false
}

// Stream is a stream object: its dictionary and where its data starts.
type Stream struct {
	Dict  Dict
	start int
}

// TokenKind is the kind of a Token.
type TokenKind uint8

// Kinds of tokens.
const (
	TokenEOF TokenKind = iota // also where the input breaks off
	TokenInt
	TokenReal
	TokenString
	TokenName
	TokenKeyword
	TokenOpenDict
	TokenCloseDict
	TokenOpenArray
	TokenCloseArray
)

// Token is one token. Bytes point into the input or into the lexer's
// scratch space: they are good until the next token.
type Token struct {
	Kind  TokenKind
	Num   float64 // of a number
	Bytes []byte  // of a string, a name or a keyword, escapes undone
}

// Lexer reads tokens. It never fails: what is broken is skipped.
type Lexer struct {
	Num   float64 // of the token that Advance has read, as Token has it
	Bytes []byte  // as well

	b       []byte
	p       int
	scratch []byte
	entries []Entry // of dictionaries that are open
	values  []any   // of arrays that are open
}

// NewLexer reads b from its beginning.
func NewLexer(b []byte) Lexer { return Lexer{b: b} }

// Classes of characters (ISO 32000-1 §7.2.2).
const (
	classRegular = iota
	classSpace
	classDelim
)

var classOf = func() (t [256]uint8) {
	for _, c := range "\x00\t\n\f\r " {
		t[c] = classSpace
	}
	for _, c := range "()<>[]{}/%" {
		t[c] = classDelim
	}
	return t
}()

func (l *Lexer) skipSpace() {
	for l.p < len(l.b) {
		switch c := l.b[l.p]; {
		case classOf[c] == classSpace:
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

// Next reads the next token. A character that cannot begin one is a keyword.
func (l *Lexer) Next() Token {
	switch k := l.Advance(); k {
	case TokenInt, TokenReal:
		return Token{Kind: k, Num: l.Num}
	case TokenString, TokenName, TokenKeyword:
		return Token{Kind: k, Bytes: l.Bytes}
	default:
		return Token{Kind: k}
	}
}

// Advance is Next for whoever reads many: a token is too large to be handed over in
// registers. Num is set by a number alone, Bytes by what has them.
func (l *Lexer) Advance() TokenKind {
	l.skipSpace()
	if l.p >= len(l.b) {
		return TokenEOF
	}
	c := l.b[l.p]
	if classOf[c] == classRegular {
		return l.regular()
	}
	l.p++
	switch c {
	case '/':
		l.Bytes = l.name()
		return TokenName
	case '(':
		l.Bytes = l.literal()
		return TokenString
	case '<':
		if l.p < len(l.b) && l.b[l.p] == '<' {
			l.p++
			return TokenOpenDict
		}
		l.Bytes = l.hex()
		return TokenString
	case '>':
		if l.p < len(l.b) && l.b[l.p] == '>' {
			l.p++
			return TokenCloseDict
		}
	case '[':
		return TokenOpenArray
	case ']':
		return TokenCloseArray
	}
	l.Bytes = l.b[l.p-1 : l.p]
	return TokenKeyword
}

var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// regular reads a number or a keyword.
func (l *Lexer) regular() TokenKind {
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
	if digits <= 18 && (p == len(b) || classOf[b[p]] != classRegular) && digits > 0 {
		l.p = p
		if neg {
			n = -n
		}
		l.Num = float64(n)
		return TokenInt
	}
	if digits <= 18 && p < len(b) && b[p] == '.' {
		p++
		places := 0
		for p < len(b) && b[p]-'0' <= 9 {
			if digits < 18 {
				n = n*10 + int(b[p]-'0')
				places++
			}
			digits++
			p++
		}
		f := float64(n) / tens[places]
		if digits > 0 {
			for p < len(b) && (b[p] == '-' || b[p]-'0' <= 9) { // "0.-5" of some writers
				p++
			}
			if p == len(b) || classOf[b[p]] != classRegular {
				l.p = p
				if neg {
					f = -f
				}
				l.Num = f
				return TokenReal
			}
		}
	}
	p = start
	for p < len(b) && classOf[b[p]] == classRegular {
		p++
	}
	l.p, l.Bytes = p, b[start:p]
	return TokenKeyword
}

func (l *Lexer) name() []byte {
	start := l.p
	escaped := false
	for l.p < len(l.b) && classOf[l.b[l.p]] == classRegular {
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
			if hi, lo := unhex(raw[i+1]), unhex(raw[i+2]); hi >= 0 && lo >= 0 {
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
func (l *Lexer) literal() []byte {
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

func (l *Lexer) literalSlow(start, p, depth int) []byte {
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

func (l *Lexer) hex() []byte {
	out := l.scratch[:0]
	half := -1
	for l.p < len(l.b) {
		c := l.b[l.p]
		l.p++
		if c == '>' {
			break
		}
		d := unhex(c)
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

func unhex(c byte) int {
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

// smallInts are the numbers that most are, so that they take no memory: widths of glyphs,
// boxes, lengths.
var smallInts = func() (t [1 << 10]any) {
	for n := range t {
		t[n] = n
	}
	return t
}()

// object reads one object: nil, bool, int, float64, string, Name, Ref,
// Array or Dict; a Stream only when streams is set. It returns false
// at a keyword that starts no object, which it does not consume.
func (l *Lexer) object(depth int, streams bool) (any, bool) {
	start := l.p
	switch l.Advance() {
	case TokenInt:
		n := int(l.Num)
		if n >= 0 {
			if gen, ok := l.reference(); ok {
				return Ref{n, gen}, true
			}
			if n < len(smallInts) {
				return smallInts[n], true
			}
		}
		return n, true
	case TokenReal:
		return l.Num, true
	case TokenString:
		return string(l.Bytes), true
	case TokenName:
		return Name(l.Bytes), true
	case TokenOpenArray:
		return l.array(depth), true
	case TokenOpenDict:
		d := l.Dict(depth)
		if !streams {
			return d, true
		}
		end := l.p
		if t := l.Next(); t.Kind == TokenKeyword && bytes.HasPrefix(t.Bytes, []byte("stream")) {
			l.p += 6 - len(t.Bytes) // "stream" may touch its data
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
			return Stream{d, l.p}, true
		}
		l.p = end
		return d, true
	case TokenKeyword:
		switch string(l.Bytes) {
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

// array reads the elements of an array after its "[".
func (l *Lexer) array(depth int) Array {
	first := len(l.values)
	for {
		if l.skipSpace(); l.p >= len(l.b) {
			break
		}
		if l.b[l.p] == ']' {
			l.p++
			break
		}
		v, ok := l.element(depth)
		if !ok {
			break
		}
		if len(l.values)-first < maxArray {
			l.values = append(l.values, v)
		}
	}
	return Array(taken(&l.values, first))
}

// taken takes what is open from first on, in memory of its own; nil for nothing.
func taken[T any](open *[]T, first int) []T {
	own := append([]T(nil), (*open)[first:]...)
	clear((*open)[first:])
	*open = (*open)[:first]
	return own
}

// element reads a value inside an array or a dictionary; what cannot start one
// is skipped by one token. It returns false where the container must end.
func (l *Lexer) element(depth int) (any, bool) {
	if depth >= maxNesting {
		l.p = len(l.b)
		return nil, false
	}
	v, ok := l.object(depth+1, false)
	if ok {
		return v, true
	}
	start := l.p
	t := l.Next()
	if t.Kind == TokenEOF || t.Kind == TokenKeyword && endsObject(t.Bytes) {
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

// Dict reads the entries of a dictionary after its "<<", which stands depth
// containers deep.
func (l *Lexer) Dict(depth int) Dict {
	first := len(l.entries)
loop:
	for {
		start := l.p
		switch l.Advance() {
		case TokenEOF, TokenCloseDict:
			break loop
		case TokenName:
			key := string(l.Bytes)
			l.skipSpace()
			if bytes.HasPrefix(l.b[min(l.p, len(l.b)):], []byte(">>")) {
				l.p += 2
				l.entries = append(l.entries, Entry{key, nil})
				break loop
			}
			v, ok := l.element(depth)
			if !ok {
				break loop
			}
			l.entries = append(l.entries, Entry{key, v})
		case TokenKeyword:
			if endsObject(l.Bytes) {
				l.p = start
				break loop
			}
		}
	}
	return Dict(taken(&l.entries, first))
}

// reference reads "G R" after a number.
func (l *Lexer) reference() (gen int, ok bool) {
	p, b := l.p, l.b
	if p >= len(b) || classOf[b[p]] != classSpace {
		return 0, false
	}
	for p < len(b) && classOf[b[p]] == classSpace {
		p++
	}
	start := p
	for p < len(b) && p-start < 6 && b[p]-'0' <= 9 {
		gen = gen*10 + int(b[p]-'0')
		p++
	}
	if p == start || p >= len(b) || classOf[b[p]] != classSpace {
		return 0, false
	}
	for p < len(b) && classOf[b[p]] == classSpace {
		p++
	}
	if p >= len(b) || b[p] != 'R' || p+1 < len(b) && classOf[b[p+1]] == classRegular {
		return 0, false
	}
	l.p = p + 1
	return gen, true
}

// objectHeader reads "N G obj" at p and returns what is named and the position
// behind it.
func objectHeader(b []byte, p int) (num, gen, body int, ok bool) {
	if p < 0 {
		return 0, 0, 0, false // a shifted cross reference can point before the file
	}
	for p < len(b) && classOf[b[p]] == classSpace {
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
		for p < len(b) && classOf[b[p]] == classSpace {
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

// appendObject writes v as PDF syntax, strings in hexadecimal.
func appendObject(out []byte, v any) []byte {
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
	case Name:
		out = append(out, '/')
		for i := 0; i < len(v); i++ {
			if c := v[i]; c <= ' ' || c >= 0x7f || c == '#' || classOf[c] != classRegular {
				out = append(out, '#', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
			} else {
				out = append(out, c)
			}
		}
		return out
	case Ref:
		out = strconv.AppendInt(out, int64(v.Num), 10)
		out = append(out, ' ')
		out = strconv.AppendInt(out, int64(v.Gen), 10)
		return append(out, " R"...)
	case Array:
		out = append(out, '[')
		for _, e := range v {
			out = append(appendObject(out, e), ' ')
		}
		return append(out, ']')
	case Dict:
		out = append(out, "<<"...)
		for _, e := range v {
			out = append(appendObject(out, Name(e.Key)), ' ')
			out = append(appendObject(out, e.Value), ' ')
		}
		return append(out, ">>"...)
	}
	return append(out, "null"...)
}

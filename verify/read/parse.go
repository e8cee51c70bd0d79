// Package read is how every document that decides about a badge is read: JSON
// that was signed or that decides about a signature, its members, web
// addresses in it, and the text that may be shown to a person.
//
// Two readers of one text must never see two values, so whatever RFC 8259
// leaves to the reader is refused: duplicate names, invalid UTF-8, unpaired
// surrogates, a byte order mark, numbers that no IEEE 754 double holds, data
// after the value (RFC 7493, I-JSON), and depth and size beyond a limit. Names
// are compared byte by byte: "Issuer" never stands for "issuer", as it may with
// encoding/json and struct tags.
//
// What is fetched is brought to UTF-8 first ([UTF8]), for hosts write texts in
// many ways; what is signed is read as it stands. Texts, dates ([DateOf]) and
// answers that take a badge back ([Denied]) are read in every form that issuers
// give them: what is not understood is told as such, and is never guessed.
//
// Members are read by their literal names. Open Badges 1.x and 2.x documents
// are plain JSON in practice; a JSON-LD alias in them is not followed, so a
// renamed member counts as absent and never as another.
//
// Out of scope: fetching (package fetch), writing JSON (json.Marshal does),
// canonical forms (RFC 8785), and schemas.
package read

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits bound what Parse accepts. A zero field takes its default.
type Limits struct {
	Bytes  int // length of the text; DefaultBytes
	Depth  int // nested objects and arrays; DefaultDepth
	Number int // characters of one number; DefaultNumber
}

// Defaults of Limits.
const (
	DefaultBytes  = 4 << 20
	DefaultDepth  = 32
	DefaultNumber = 64
)

// Why a text is refused. Parse wraps exactly one of them in an *Error.
var (
	ErrSyntax    = errors.New("not JSON")                       // RFC 8259 does not allow it
	ErrTrailing  = errors.New("data after the JSON value")      // a second value, or rubbish
	ErrDuplicate = errors.New("name occurs twice in an object") // RFC 7493 §2.3
	ErrEncoding  = errors.New("not well-formed Unicode")        // bad UTF-8, byte order mark, lone surrogate
	ErrNumber    = errors.New("number out of range")            // RFC 7493 §2.2, or too many digits
	ErrDepth     = errors.New("nested too deeply")              // Limits.Depth
	ErrSize      = errors.New("text is larger than the limit")  // Limits.Bytes
	errString    = fmt.Errorf("%w: control character in string", ErrSyntax)
	errEscape    = fmt.Errorf("%w: unknown escape", ErrSyntax)
	errSurrogate = fmt.Errorf("%w: unpaired surrogate", ErrEncoding)
)

// Error says where a text is refused and why.
type Error struct {
	Offset int    // in bytes from the beginning of the text
	Path   string // JSON Pointer (RFC 6901) of the value that holds it, "" = the whole
	Err    error
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("json: %v (at byte %d)", e.Err, e.Offset)
	}
	return fmt.Sprintf("json: %v (at byte %d, in %q)", e.Err, e.Offset, e.Path)
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads one JSON value: map[string]any, []any, string, json.Number,
// bool or nil. Strings share one copy of data, which may be changed afterwards.
func Parse(data []byte, l Limits) (any, error) {
	l.Bytes = cmp.Or(max(l.Bytes, 0), DefaultBytes)
	l.Depth = cmp.Or(max(l.Depth, 0), DefaultDepth)
	l.Number = cmp.Or(max(l.Number, 0), DefaultNumber)
	if len(data) > l.Bytes {
		return nil, &Error{Offset: l.Bytes, Err: ErrSize}
	}
	// One pass over the bytes here spares every string its own check.
	if !utf8.Valid(data) {
		return nil, &Error{Offset: invalidAt(data), Err: ErrEncoding}
	}
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		return nil, &Error{Err: fmt.Errorf("%w: byte order mark", ErrEncoding)}
	}
	p := parser{s: string(data), l: l}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i != len(p.s) {
		return nil, &Error{Offset: p.i, Err: ErrTrailing}
	}
	return v, nil
}

// ParseObject is Parse for a text that must be an object.
func ParseObject(data []byte, l Limits) (map[string]any, error) {
	v, err := Parse(data, l)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, &Error{Err: fmt.Errorf("%w object", ErrSyntax)}
	}
	return m, nil
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

type parser struct {
	s string
	i int
	l Limits
}

func (p *parser) fail(err error) error { return &Error{Offset: p.i, Err: err} }

// within adds a step to the path of an error on its way up, so that the good
// case pays nothing for paths.
func within(err error, step string) error {
	if e, ok := err.(*Error); ok {
		e.Path = "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step) + e.Path
	}
	return err
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	if p.i >= len(p.s) {
		return nil, p.fail(ErrSyntax)
	}
	switch c := p.s[p.i]; c {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.array(depth + 1)
	case '"':
		return p.str()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return p.number()
		}
		return nil, p.fail(ErrSyntax)
	}
}

func (p *parser) word(w string) error {
	if !strings.HasPrefix(p.s[p.i:], w) {
		return p.fail(ErrSyntax)
	}
	p.i += len(w)
	return nil
}

func (p *parser) object(depth int) (any, error) {
	empty, err := p.enter(depth, '}')
	m := make(map[string]any)
	if empty || err != nil {
		return m, err
	}
	for more := true; more; {
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return nil, p.fail(ErrSyntax)
		}
		at := p.i
		k, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, dup := m[k]; dup {
			return nil, within(&Error{Offset: at, Err: ErrDuplicate}, k)
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return nil, p.fail(ErrSyntax)
		}
		p.i++
		p.space()
		v, err := p.value(depth)
		if err != nil {
			return nil, within(err, k)
		}
		m[k] = v
		if more, err = p.next('}'); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (p *parser) array(depth int) (any, error) {
	empty, err := p.enter(depth, ']')
	a := []any{}
	if empty || err != nil {
		return a, err
	}
	for more := true; more; {
		p.space()
		v, err := p.value(depth)
		if err != nil {
			return nil, within(err, strconv.Itoa(len(a)))
		}
		a = append(a, v)
		if more, err = p.next(']'); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// enter steps over the bracket that opens an object or a list; empty is true
// where closing follows, which it steps over, too.
func (p *parser) enter(depth int, closing byte) (empty bool, err error) {
	if depth > p.l.Depth {
		return false, p.fail(ErrDepth)
	}
	p.i++
	p.space()
	if p.i < len(p.s) && p.s[p.i] == closing {
		p.i++
		return true, nil
	}
	return false, nil
}

// next steps over the comma behind a member or an element, or over closing, and
// says which it was.
func (p *parser) next(closing byte) (more bool, err error) {
	p.space()
	if p.i < len(p.s) {
		switch p.s[p.i] {
		case ',':
			p.i++
			return true, nil
		case closing:
			p.i++
			return false, nil
		}
	}
	return false, p.fail(ErrSyntax)
}

// str reads a string; p.i is at its opening quote.
func (p *parser) str() (string, error) {
	p.i++
	start := p.i
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			s := p.s[start:p.i]
			p.i++
			return s, nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.fail(errString)
		}
	}
	return "", p.fail(ErrSyntax)
}

// escaped reads on from the first backslash of a string.
func (p *parser) escaped(start int) (string, error) {
	b := append(make([]byte, 0, len(p.s[start:p.i])+32), p.s[start:p.i]...)
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			return string(b), nil
		case c < 0x20:
			return "", p.fail(errString)
		case c != '\\':
			b = append(b, c)
			p.i++
			continue
		}
		if p.i+1 >= len(p.s) {
			return "", p.fail(ErrSyntax)
		}
		switch e := p.s[p.i+1]; e {
		case '"', '\\', '/':
			b = append(b, e)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, err := p.unicode()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
			continue
		default:
			return "", p.fail(errEscape)
		}
		p.i += 2
	}
	return "", p.fail(ErrSyntax)
}

// unicode reads one \uXXXX, or two of them that make a surrogate pair.
func (p *parser) unicode() (rune, error) {
	r, ok := p.hex4(p.i)
	if !ok {
		return 0, p.fail(errEscape)
	}
	if !utf16.IsSurrogate(r) {
		p.i += 6
		return r, nil
	}
	low, ok := p.hex4(p.i + 6)
	if !ok {
		return 0, p.fail(errSurrogate)
	}
	full := utf16.DecodeRune(r, low)
	if full == utf8.RuneError {
		return 0, p.fail(errSurrogate)
	}
	p.i += 12
	return full, nil
}

func (p *parser) hex4(at int) (rune, bool) {
	if at+6 > len(p.s) || p.s[at] != '\\' || p.s[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.s[at+2 : at+6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (p *parser) digits() bool {
	at := p.i
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > at
}

func (p *parser) number() (any, error) {
	start := p.i
	if p.s[p.i] == '-' {
		p.i++
	}
	if p.i < len(p.s) && p.s[p.i] == '0' {
		p.i++
	} else if !p.digits() {
		return nil, p.fail(ErrSyntax)
	}
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		if !p.digits() {
			return nil, p.fail(ErrSyntax)
		}
	}
	exp := false
	if p.i < len(p.s) && (p.s[p.i] == 'e' || p.s[p.i] == 'E') {
		exp = true
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		if !p.digits() {
			return nil, p.fail(ErrSyntax)
		}
	}
	n := p.s[start:p.i]
	if len(n) > p.l.Number {
		p.i = start
		return nil, p.fail(ErrNumber)
	}
	if exp || len(n) > 300 {
		if f, err := strconv.ParseFloat(n, 64); err != nil || math.IsInf(f, 0) {
			p.i = start
			return nil, p.fail(ErrNumber)
		}
	}
	return json.Number(n), nil
}

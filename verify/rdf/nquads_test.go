package rdf

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/verify/verdict"
)

// parseNQuads reads RDF 1.1 N-Quads. IRIs must be absolute. Errors wrap
// ErrMalformed and name the line.
func parseNQuads(data []byte) ([]Quad, error) {
	if !utf8.Valid(data) {
		return nil, verdict.Because(ErrMalformed, "not UTF-8")
	}
	var quads []Quad
	for n := 1; len(data) > 0; n++ {
		line := data
		if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		p := nquadsParser{s: string(line)}
		q, ok, err := p.statement()
		if err != nil {
			return nil, verdict.Because(ErrMalformed, "line %d: %w", n, err)
		}
		if ok {
			quads = append(quads, q)
		}
	}
	return quads, nil
}

type nquadsParser struct {
	s string
	i int
}

type syntaxError string

func (e syntaxError) Error() string { return string(e) }

func (p *nquadsParser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t') {
		p.i++
	}
}

func (p *nquadsParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *nquadsParser) statement() (q Quad, ok bool, err error) {
	p.space()
	if p.i == len(p.s) || p.peek() == '#' {
		return q, false, nil
	}
	if q.Subject, err = p.term(false); err != nil {
		return q, false, err
	}
	p.space()
	if p.peek() != '<' {
		return q, false, syntaxError("the predicate is not an IRI")
	}
	if q.Predicate, err = p.term(false); err != nil {
		return q, false, err
	}
	p.space()
	if q.Object, err = p.term(true); err != nil {
		return q, false, err
	}
	p.space()
	if p.peek() != '.' {
		if q.Graph, err = p.term(false); err != nil {
			return q, false, err
		}
		p.space()
	}
	if p.peek() != '.' {
		return q, false, syntaxError("no full stop")
	}
	p.i++
	p.space()
	if p.i < len(p.s) && p.peek() != '#' {
		return q, false, syntaxError("text after the statement")
	}
	return q, true, nil
}

func (p *nquadsParser) term(literal bool) (Term, error) {
	switch p.peek() {
	case '<':
		iri, err := p.iri()
		return Term{Kind: IRI, Value: iri}, err
	case '_':
		return p.blank()
	case '"':
		if literal {
			return p.literal()
		}
	}
	return Term{}, syntaxError("a term is missing")
}

func (p *nquadsParser) iri() (string, error) {
	end := strings.IndexByte(p.s[p.i:], '>')
	if end < 0 {
		return "", syntaxError("an IRI without an end")
	}
	raw := p.s[p.i+1 : p.i+end]
	p.i += end + 1
	iri := raw
	if strings.IndexByte(raw, '\\') >= 0 {
		var b []byte
		for i := 0; i < len(raw); {
			if raw[i] != '\\' {
				b = append(b, raw[i])
				i++
				continue
			}
			r, n := unicodeEscape(raw[i:])
			if n == 0 {
				return "", syntaxError("a bad escape in an IRI")
			}
			b = utf8.AppendRune(b, r)
			i += n
		}
		iri = string(b)
	}
	if !absolute(iri) {
		return "", syntaxError("an IRI that is not absolute")
	}
	return iri, nil
}

// unicodeEscape reads \uXXXX or \UXXXXXXXX at the start of s; 0 bytes when
// there is none.
func unicodeEscape(s string) (rune, int) {
	n := 0
	switch {
	case strings.HasPrefix(s, `\u`):
		n = 6
	case strings.HasPrefix(s, `\U`):
		n = 10
	}
	if n == 0 || len(s) < n {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[2:n], 16, 32)
	if err != nil || v > utf8.MaxRune || !utf8.ValidRune(rune(v)) || strings.ContainsAny(s[2:n], "+-_") {
		return 0, 0
	}
	return rune(v), n
}

func (p *nquadsParser) blank() (Term, error) {
	if !strings.HasPrefix(p.s[p.i:], "_:") {
		return Term{}, syntaxError("a bad blank node")
	}
	p.i += 2
	from := p.i
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if !labelRune(r, p.i == from) {
			break
		}
		p.i += n
	}
	for p.i > from && p.s[p.i-1] == '.' { // a full stop ends the statement
		p.i--
	}
	if p.i == from {
		return Term{}, syntaxError("a blank node without a label")
	}
	return Term{Kind: Blank, Value: p.s[from:p.i]}, nil
}

// labelRune is PN_CHARS of RDF 1.1 N-Quads, roughly: the letters are taken by
// range, not by every exclusion.
func labelRune(r rune, first bool) bool {
	switch {
	case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == ':':
		return true
	case r == '-' || r == '.' || r == 0xB7:
		return !first
	}
	return r >= 0xC0 && r != 0xD7 && r != 0xF7 && r != utf8.RuneError
}

func (p *nquadsParser) literal() (Term, error) {
	t := Term{Kind: Literal, Datatype: xsdString}
	var b []byte
	i := p.i + 1
	from := i
	for ; ; i++ {
		if i >= len(p.s) {
			return t, syntaxError("a literal without an end")
		}
		if p.s[i] == '"' {
			break
		}
		if p.s[i] != '\\' {
			continue
		}
		b = append(b, p.s[from:i]...)
		if i+1 >= len(p.s) {
			return t, syntaxError("a literal without an end")
		}
		if at := strings.IndexByte(`tbnrf"'\`, p.s[i+1]); at >= 0 {
			b = append(b, "\t\b\n\r\f\"'\\"[at])
			i++
		} else {
			r, n := unicodeEscape(p.s[i:])
			if n == 0 {
				return t, syntaxError("a bad escape in a literal")
			}
			b = utf8.AppendRune(b, r)
			i += n - 1
		}
		from = i + 1
	}
	t.Value = string(append(b, p.s[from:i]...))
	p.i = i + 1
	switch {
	case strings.HasPrefix(p.s[p.i:], "^^<"):
		p.i += 2
		iri, err := p.iri()
		if err != nil {
			return t, err
		}
		if iri == rdfLangString {
			return t, syntaxError("a language string without a language")
		}
		t.Datatype = iri
	case p.peek() == '@':
		from := p.i + 1
		p.i++
		for p.i < len(p.s) && (p.s[p.i] == '-' || '0' <= p.s[p.i] && p.s[p.i] <= '9' || 'a' <= p.s[p.i]|0x20 && p.s[p.i]|0x20 <= 'z') {
			p.i++
		}
		t.Language, t.Datatype = p.s[from:p.i], rdfLangString
		if !wellFormedLanguage(t.Language) {
			return t, syntaxError("a bad language")
		}
	}
	return t, nil
}

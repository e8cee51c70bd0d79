package rdf

// appendTerm writes a term that is not a blank node in canonical N-Quads form;
// the default graph is nothing.
func appendTerm(b []byte, t *Term) []byte {
	switch t.Kind {
	case IRI:
		return appendIRI(b, t.Value)
	case Literal:
		b = append(b, '"')
		b = appendEscaped(b, t.Value)
		b = append(b, '"')
		if t.Datatype == rdfLangString {
			b = append(b, '@')
			return append(b, t.Language...)
		}
		if t.Datatype != xsdString {
			b = append(b, "^^"...)
			b = appendIRI(b, t.Datatype)
		}
	}
	return b
}

func appendIRI(b []byte, iri string) []byte {
	b = append(b, '<')
	b = append(b, iri...)
	return append(b, '>')
}

const upperHex = "0123456789ABCDEF"

// appendEscaped writes a string literal's text (RDFC-1.0 §5, canonical
// N-Quads).
func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&15])
		}
	}
	return append(b, s[from:]...)
}

// AppendQuad writes one statement in canonical N-Quads form, blank nodes with
// their own labels.
func AppendQuad(b []byte, q Quad) []byte {
	for i, t := range [4]*Term{&q.Subject, &q.Predicate, &q.Object, &q.Graph} {
		if i == 3 && t.Kind == DefaultGraph {
			break
		}
		if t.Kind == Blank {
			b = append(b, "_:"...)
			b = append(b, t.Value...)
		} else {
			b = appendTerm(b, t)
		}
		b = append(b, ' ')
	}
	return append(b, '.', '\n')
}

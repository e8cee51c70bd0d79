// Package rdf turns a signed JSON-LD credential into RDF statements and puts
// them into the canonical form that Data Integrity proofs sign, without ever
// losing a statement on the way.
//
// Specifications: JSON-LD 1.1 Processing Algorithms and API (context
// processing, expansion, deserialization to RDF), RDF Dataset Canonicalization
// (RDFC-1.0), RDF 1.1 N-Quads, and "Securing Data Losslessly" of Verifiable
// Credential Data Integrity 1.0.
//
// It is stricter than JSON-LD by design. Contexts come from the bundle in
// contexts/, pinned by SHA-256, named by exact URL, the data model first; any
// other is an [Extension], which may add terms and change none.
// Whatever a JSON-LD processor would drop in silence (an undefined term, a
// relative identifier, a number beyond double precision) is
// ErrDataLoss and names its place, because what is dropped is not signed. And
// what can be written so that the signature still holds but a reader of the
// JSON overlooks it (a property by its IRI, an end of validity as an object or
// a list, or in another object of the same identifier) is ErrMalformed.
//
// Out of scope: compaction, framing, finding contexts (package contexts), @included, @graph,
// @reverse, @nest and @index in a document, language maps, generalized RDF.
package rdf

import (
	"cmp"
	"errors"
)

// Kind tells what an RDF term is.
type Kind uint8

// The kinds of terms. The zero Kind in the graph position is the default
// graph.
const (
	DefaultGraph Kind = iota
	IRI
	Blank
	Literal
)

// Term is one position of a Quad.
type Term struct {
	Value    string // the IRI, the blank node label without "_:", or the lexical form
	Datatype string // of a literal, an IRI; never empty there
	Language string // of a literal with datatype rdf:langString
	Kind     Kind
}

// Quad is one statement.
type Quad struct{ Subject, Predicate, Object, Graph Term }

// IRIs of RDF and XML Schema that the algorithms name.
const (
	rdfType       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
	rdfFirst      = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first"
	rdfRest       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest"
	rdfNil        = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"
	rdfLangString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
	rdfJSON       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
	xsdString     = "http://www.w3.org/2001/XMLSchema#string"
	xsdBoolean    = "http://www.w3.org/2001/XMLSchema#boolean"
	xsdInteger    = "http://www.w3.org/2001/XMLSchema#integer"
	xsdDouble     = "http://www.w3.org/2001/XMLSchema#double"
)

// Why a document has no RDF form here.
var (
	ErrContext   = errors.New("context not allowed")             // one that a credential is not read by, or in the wrong place
	ErrUnread    = errors.New("context cannot be had just now")  // of an extension: it will be asked for again
	ErrChanged   = errors.New("context has changed")             // of an extension: not the text that was pinned
	ErrDataLoss  = errors.New("a statement would be dropped")    // the message names the place
	ErrMalformed = errors.New("not well-formed")                 // breaks JSON-LD or N-Quads syntax
	ErrBudget    = errors.New("work limit reached")              // too many statements, nodes or hashing steps
	ErrBundle    = errors.New("bundled context is not as built") // SHA-256 of an embedded file differs
)

// Limits bound the work for one document. A zero field means its default.
type Limits struct {
	Quads  int // most statements; default DefaultQuads
	Blanks int // most blank nodes; default DefaultBlanks
	Work   int // budget of hash-n-degree-quads: hashes, orders tried and what they copy; default DefaultWork
	Depth  int // deepest nesting of objects and arrays; default DefaultDepth
}

// Defaults of Limits. A usual badge has 20 to 60 statements and up to 10 blank
// nodes; a record of a whole study has thousands, but its nodes are told apart
// without hash-n-degree-quads, whose steps are what a hostile graph multiplies.
const (
	DefaultQuads  = 10_000
	DefaultBlanks = 2_000
	DefaultWork   = 50_000
	DefaultDepth  = 64
)

func (l Limits) orDefault() Limits {
	l.Quads = cmp.Or(max(l.Quads, 0), DefaultQuads)
	l.Blanks = cmp.Or(max(l.Blanks, 0), DefaultBlanks)
	l.Work = cmp.Or(max(l.Work, 0), DefaultWork)
	l.Depth = cmp.Or(max(l.Depth, 0), DefaultDepth)
	return l
}

package rdf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gowebpki/jcs"

	"assay/verify/verdict"
)

// IRIs of the properties whose values are credentials or proofs of their own:
// only there may an inner object have a context.
var carriesContext = map[string]bool{
	"https://www.w3.org/2018/credentials#verifiableCredential":               true,
	"https://purl.imsglobal.org/spec/vc/clr/vocab.html#verifiableCredential": true,
	"https://purl.imsglobal.org/spec/vc/ob/vocab.html#endorsement":           true,
	"https://w3id.org/security#proof":                                        true,
}

// namespaces of the terms that the bundle defines. A property of theirs must
// be written as its term: by its IRI it would be signed all the same, but a
// reader of the JSON would not see it (a validity that ends, a status).
var namespaces = []string{
	"https://www.w3.org/", "http://www.w3.org/", "https://w3id.org/", "https://purl.imsglobal.org/",
	"https://schema.org/", "http://schema.org/", "http://purl.org/", "https://www.iana.org/",
}

// known reports whether an IRI lies in one of the namespaces.
func known(iri string) bool {
	return slices.ContainsFunc(namespaces, func(n string) bool { return strings.HasPrefix(iri, n) })
}

// credentialNamespace has the properties that say what a credential is worth:
// issuer, dates, status, schema, refresh.
const credentialNamespace = "https://www.w3.org/2018/credentials#"

// Dataset is the RDF form of a document.
type Dataset struct {
	Quads   []Quad // may name a statement twice: a dataset is a set
	Root    Term   // the node that the document's own object is
	Nulls   int    // members with null or an empty array, which say nothing (OB3 forbids them)
	Turned  int    // texts that say in which direction they are written, which no statement holds
	Variant string // the copy of the contexts that it was read with

	renamed map[uintptr]*renamed // by the objects of the document
}

// ToRDF reads a JSON-LD credential, decoded with numbers as json.Number, into
// RDF. The document's @context must be one that CheckContext accepts; variant
// names the copy of the contexts, "" for the published ones. Errors wrap
// ErrContext, ErrDataLoss, ErrMalformed or ErrBudget.
func ToRDF(doc map[string]any, variant string, l Limits) (*Dataset, error) {
	return Extensions(nil).ToRDF(doc, variant, l)
}

// ToRDF is [ToRDF] of a document that may name these contexts, too.
func (x Extensions) ToRDF(doc map[string]any, variant string, l Limits) (*Dataset, error) {
	cats, err := catalogues()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(cats, func(c *catalogue) bool { return c.variant == variant })
	if i < 0 {
		return nil, verdict.Because(ErrContext, "no variant %.40q", variant)
	}
	if _, ok := doc["@context"]; !ok {
		return nil, verdict.Because(ErrContext, "none given")
	}
	b := builder{limits: l.orDefault(), ext: x}
	b.quads = make([]Quad, 0, min(countValues(doc, 0), b.limits.Quads))
	b.path = b.pathArray[:0]
	root, err := b.node(cats[i].empty, doc, nil, Term{}, true)
	if err != nil {
		return nil, err
	}
	if len(b.quads) == 0 {
		return nil, verdict.Because(ErrDataLoss, "the document says nothing")
	}
	return &Dataset{Quads: b.quads, Root: root, Nulls: b.nulls, Turned: b.turned, Variant: variant, renamed: b.renamed}, nil
}

// countValues gives about as many as there will be statements.
func countValues(v any, depth int) int {
	n := 1
	if depth > DefaultDepth {
		return n
	}
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			n += countValues(x, depth+1)
		}
	case []any:
		n = 0
		for _, x := range v {
			n += countValues(x, depth+1)
		}
	}
	return n
}

// A builder expands a document and emits its statements in one walk. The
// result is the same set as expansion, node map generation and RDF
// conversion give one after the other, because a dataset is a set.
type builder struct {
	limits    Limits
	ext       Extensions
	renamed   map[uintptr]*renamed
	applied   map[application]*activeContext
	quads     []Quad
	blanks    int
	nulls     int
	turned    int
	root      string // the identifier of the document's own object, "" if it has none
	path      []string
	pathArray [16]string
}

func (b *builder) errorf(kind error, format string, args ...any) error {
	return verdict.Because(kind, "at %s: %s", b.where(), fmt.Sprintf(format, args...))
}

// where names the place in the document, by its keys.
func (b *builder) where() string {
	if len(b.path) == 0 {
		return "the root"
	}
	var s strings.Builder
	for i, p := range b.path {
		if i > 0 {
			s.WriteByte('.')
		}
		if len(p) > 80 || strings.ContainsFunc(p, func(r rune) bool { return r < 0x21 || r == 0x7f || r == utf8.RuneError }) {
			p = strconv.QuoteToASCII(p[:min(len(p), 80)])
		}
		s.WriteString(p)
	}
	return s.String()
}

func (b *builder) emit(s Term, p string, o Term, g Term) error {
	if len(b.quads) >= b.limits.Quads {
		return verdict.Because(ErrBudget, "more than %d statements", b.limits.Quads)
	}
	b.quads = append(b.quads, Quad{s, Term{Kind: IRI, Value: p}, o, g})
	return nil
}

func (b *builder) blank() (Term, error) {
	if b.blanks >= b.limits.Blanks {
		return Term{}, verdict.Because(ErrBudget, "more than %d blank nodes", b.limits.Blanks)
	}
	t := Term{Kind: Blank, Value: blankLabel(b.blanks)}
	b.blanks++
	return t, nil
}

var smallLabels = func() (l [128]string) {
	for i := range l {
		l[i] = "b" + strconv.Itoa(i)
	}
	return
}()

func blankLabel(i int) string {
	if i < len(smallLabels) {
		return smallLabels[i]
	}
	return "b" + strconv.Itoa(i)
}

// node expands a node object (JSON-LD 1.1 API §5.1.2 steps 7 to 14) whose
// value it is of property def (nil at the root), and emits its statements
// into graph. It returns the node's term.
func (b *builder) node(active *activeContext, obj map[string]any, def *termDef, graph Term, root bool) (Term, error) {
	if len(b.path) > b.limits.Depth {
		return Term{}, verdict.Because(ErrBudget, "nested deeper than %d", b.limits.Depth)
	}
	active, err := b.scoped(active, obj, def, root)
	if err != nil {
		return Term{}, err
	}
	// The identifier and the types come first: the types bring contexts.
	typeScoped := active
	var types [4]string // most nodes have fewer
	n, err := b.naming(typeScoped, obj, types[:0])
	if err != nil {
		return Term{}, err
	}
	for _, name := range n.types {
		if t := typeScoped.term(name); t != nil && t.scope != nil {
			if active, err = active.withType(t.scope); err != nil {
				return Term{}, b.placed(err)
			}
		}
	}
	self, err := b.subject(active, n, root)
	if err != nil {
		return Term{}, err
	}
	if err := b.typed(typeScoped, self, obj, n.types, graph); err != nil {
		return Term{}, err
	}
	for k, v := range obj {
		if k == "@context" {
			continue
		}
		if v == nil && b.undefined(active, k) {
			b.nulls++ // it is as absent, and nobody reads it (§5.1.2 step 13.4)
			continue
		}
		b.path = append(b.path, k)
		t, err := b.member(active, k, n, root, self)
		if err != nil {
			return Term{}, err
		}
		if t != nil {
			if err := b.property(active, self, t, v, graph); err != nil {
				return Term{}, err
			}
			b.reads(active, obj, k, t)
		}
		b.path = b.path[:len(b.path)-1]
	}
	return self, nil
}

// reads notes by which name a member is read, where that is not the one that it
// has: a term of an extension says what its IRI says, and its text of JSON is
// nobody's.
func (b *builder) reads(active *activeContext, obj map[string]any, k string, t *termDef) {
	switch {
	case t.ext && t.typ == "@json":
		b.rename(obj, k, "")
	case t.ext, active.private && active.term(k) == nil:
		b.rename(obj, k, t.iri)
	}
}

// scoped gives the context that a node is read under (§5.1.2 steps 7 to 9).
func (b *builder) scoped(active *activeContext, obj map[string]any, def *termDef, root bool) (*activeContext, error) {
	// Step 7: leave the context of the surrounding node's types, except for a
	// bare reference.
	if active.previous != nil && !isReference(active, obj) {
		active = active.previous
	}
	var err error
	if def != nil && def.scope != nil {
		if active, err = active.withProperty(def.scope); err != nil {
			return nil, b.placed(err)
		}
	}
	local, ok := obj["@context"]
	if !ok {
		return active, nil
	}
	if !root && !carriesContext[def.iri] {
		return nil, b.errorf(ErrContext, "no context may stand here")
	}
	docs, err := active.cat.sequence(local, b.ext)
	if err != nil {
		return nil, b.placed(err)
	}
	for _, d := range docs {
		if active, err = b.apply(active, d); err != nil {
			return nil, b.placed(err)
		}
	}
	return active, nil
}

// apply applies a context; an extension that many nodes name, once for all of
// them.
func (b *builder) apply(active *activeContext, d *document) (*activeContext, error) {
	if d.role != roleExtension {
		return active.withDocument(d)
	}
	key := application{active, d}
	if a := b.applied[key]; a != nil {
		return a, nil
	}
	a, err := active.withDocument(d)
	if err != nil {
		return nil, err
	}
	if b.applied == nil {
		b.applied = map[application]*activeContext{}
	}
	b.applied[key] = a
	return a, nil
}

// An application is of an extension to a context.
type application struct {
	to  *activeContext
	doc *document
}

// naming is what a node calls itself.
type naming struct {
	id             string
	types          []string // sorted, each once
	hasID, hasType bool
}

// naming reads the identifier and the types of a node; the types go into names.
func (b *builder) naming(active *activeContext, obj map[string]any, names []string) (n naming, err error) {
	n.types = names
	var types any
	for k, v := range obj {
		means := k // a keyword, it may be
		if t := active.term(k); t != nil {
			means = t.iri
		}
		switch means {
		case "@id":
			if n.hasID {
				return n, b.errorf(ErrMalformed, "two identifiers (@id)")
			}
			s, ok := v.(string)
			if !ok {
				return n, b.errorf(ErrMalformed, "the identifier (@id) is not a string")
			}
			n.id, n.hasID = s, true
		case "@type":
			if n.hasType {
				return n, b.errorf(ErrMalformed, "two lists of types (@type)")
			}
			types, n.hasType = v, true
		}
	}
	if !n.hasType {
		return n, nil
	}
	switch v := types.(type) {
	case string:
		n.types = append(n.types, v)
	case []any:
		if len(v) == 0 {
			b.nulls++
		}
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return n, b.errorf(ErrMalformed, "a type (@type) is not a string")
			}
			n.types = append(n.types, s)
		}
	default:
		return n, b.errorf(ErrMalformed, "the type (@type) is not a string")
	}
	if len(n.types) > 1 {
		slices.Sort(n.types)
		n.types = slices.Compact(n.types) // each brings its context once
	}
	return n, nil
}

// subject is the term of a node: its identifier, or a blank node.
func (b *builder) subject(active *activeContext, n naming, root bool) (Term, error) {
	if !n.hasID {
		return b.blank()
	}
	iri := active.expandID(n.id)
	if iri != n.id {
		if active.extends(n.id) {
			b.path = append(b.path, "id")
			return Term{}, b.errorf(ErrContext, "an extension makes a prefix of what the identifier begins with")
		}
		// Whoever reads the JSON would see another identifier than was signed.
		b.path = append(b.path, "id")
		return Term{}, b.errorf(ErrMalformed, "an identifier by a prefix")
	}
	if !absolute(iri) {
		b.path = append(b.path, "id")
		return Term{}, b.errorf(ErrDataLoss, "%.80q is not an absolute identifier", n.id)
	}
	if root {
		b.root = iri
	}
	return Term{Kind: IRI, Value: iri}, nil
}

// typed emits the types of a node.
func (b *builder) typed(active *activeContext, self Term, obj map[string]any, types []string, graph Term) error {
	for _, n := range types {
		iri := active.expandVocab(n)
		if t := active.term(n); t != nil && t.ext {
			if t.refused != "" {
				b.path = append(b.path, "type")
				return b.errorf(ErrContext, "type %.80q is %s", n, t.refused)
			}
			b.retype(obj, n, iri)
		}
		if active.term(n) == nil && strings.Contains(n, ":") && known(iri) {
			b.path = append(b.path, "type")
			return b.errorf(ErrMalformed, "a type by its IRI instead of its term")
		}
		if !absolute(iri) {
			b.path = append(b.path, "type")
			return b.errorf(ErrDataLoss, "type %.80q is not defined", n)
		}
		if err := b.emit(self, rdfType, Term{Kind: IRI, Value: iri}, graph); err != nil {
			return err
		}
	}
	return nil
}

// member gives the property that a member of a node is, nil for its identifier
// and its types, by their terms or by the keywords that these stand for.
func (b *builder) member(active *activeContext, k string, n naming, root bool, self Term) (*termDef, error) {
	if k == "@id" || k == "@type" {
		return nil, nil // see naming
	}
	if k != "" && k[0] == '@' {
		return nil, b.errorf(ErrMalformed, "keyword not allowed here")
	}
	t := active.term(k)
	defined := t != nil
	if !defined {
		t = &termDef{iri: active.expandVocab(k)}
	}
	switch {
	case t.iri == "@id" || t.iri == "@type":
		if !n.hasID && t.iri == "@id" || !n.hasType && t.iri == "@type" {
			return nil, b.errorf(ErrMalformed, "a type redefines what an identifier is")
		}
		return nil, nil
	case t.refused != "":
		return nil, b.errorf(ErrContext, "the term is %s", t.refused)
	case t.iri == "" || !absolute(t.iri):
		if isKeyword(t.iri) {
			return nil, b.errorf(ErrMalformed, "keyword not allowed here")
		}
		return nil, b.errorf(ErrDataLoss, "the term is not defined by the contexts")
	case !defined && strings.Contains(k, ":") && known(t.iri):
		return nil, b.errorf(ErrMalformed, "a property by its IRI instead of its term")
	case defined && 'A' <= k[0] && k[0] <= 'Z' && active.hasTwin(k, t.iri):
		// Some contexts give a class the IRI of a property: criteria could be
		// written Criteria, signed all the same, and overlooked.
		return nil, b.errorf(ErrMalformed, "a property by the name of a class")
	case !root && n.hasID && self.Value == b.root && strings.HasPrefix(t.iri, credentialNamespace):
		// The statements of one node may stand in several objects; those
		// of the credential itself stand in its own or are overlooked.
		return nil, b.errorf(ErrMalformed, "a property of the credential away from it")
	}
	return t, nil
}

// undefined reports whether a member is of a name that neither a context nor a keyword
// gives a meaning.
func (b *builder) undefined(active *activeContext, k string) bool {
	if active.term(k) != nil || strings.HasPrefix(k, "@") {
		return false
	}
	iri := active.expandVocab(k)
	return !absolute(iri) && !isKeyword(iri)
}

// placed gives an error from elsewhere its place.
func (b *builder) placed(err error) error {
	if c := (*verdict.Cause)(nil); errors.As(err, &c) {
		return verdict.Because(c.Kind, "%s (at %s)", c.Detail, b.where())
	}
	return fmt.Errorf("%w (at %s)", err, b.where())
}

// isReference reports whether obj is nothing but an identifier, or is a value
// object: the contexts of types reach those.
func isReference(active *activeContext, obj map[string]any) bool {
	if len(obj) > 3 {
		return false
	}
	for k := range obj {
		switch active.expandVocab(k) {
		case "@value":
			return true
		case "@id":
			if len(obj) == 1 {
				return true
			}
		}
	}
	return false
}

// property emits the statements of one property of node self.
func (b *builder) property(active *activeContext, self Term, t *termDef, value any, graph Term) error {
	if t.typ == "@json" {
		o, err := b.jsonLiteral(value)
		if err != nil {
			return err
		}
		return b.emit(self, t.iri, o, graph)
	}
	switch {
	case t.container&containerGraph != 0:
		return b.each(value, func(v any) error { return b.graphValue(active, self, t, v, graph) })
	case t.container&containerList != 0:
		if value == nil {
			b.nulls++
			return nil
		}
		return b.list(active, self, t, value, graph)
	}
	if _, list := value.([]any); list && strings.HasSuffix(t.typ, "dateTime") {
		return b.errorf(ErrMalformed, "a list where a date and time stands")
	}
	return b.each(value, func(v any) error {
		o, err := b.object(active, t, v, graph)
		if err != nil {
			return err
		}
		return b.emit(self, t.iri, o, graph)
	})
}

// each calls f for every value of a property, arrays flattened. Nulls say
// nothing in JSON-LD; they are counted for the caller to report.
func (b *builder) each(value any, f func(any) error) error {
	switch v := value.(type) {
	case nil:
		b.nulls++
		return nil
	case []any:
		if len(v) == 0 {
			b.nulls++
		}
		for _, x := range v {
			if x, ok := x.([]any); ok {
				if len(b.path) > b.limits.Depth {
					return verdict.Because(ErrBudget, "nested deeper than %d", b.limits.Depth)
				}
				b.path = append(b.path, "[]")
				if err := b.each(x, f); err != nil {
					return err
				}
				b.path = b.path[:len(b.path)-1]
				continue
			}
			if x == nil {
				b.nulls++
				continue
			}
			if err := f(x); err != nil {
				return err
			}
		}
		return nil
	}
	return f(value)
}

// graphValue emits a value of a term with a graph container: a graph of its
// own, named by a blank node. What has no statements of its own would vanish.
func (b *builder) graphValue(active *activeContext, self Term, t *termDef, value any, graph Term) error {
	obj, ok := value.(map[string]any)
	if !ok {
		return b.errorf(ErrDataLoss, "a bare value in a graph of its own")
	}
	g, err := b.blank()
	if err != nil {
		return err
	}
	before := len(b.quads)
	inner, err := b.node(active, obj, t, g, false)
	if err != nil {
		return err
	}
	says := slices.ContainsFunc(b.quads[before:], func(q Quad) bool { return q.Graph == g && q.Subject == inner })
	if !says {
		return b.errorf(ErrDataLoss, "an empty graph")
	}
	return b.emit(self, t.iri, g, graph)
}

// list emits an RDF collection (JSON-LD 1.1 API §8.4).
func (b *builder) list(active *activeContext, self Term, t *termDef, value any, graph Term) error {
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	subject, predicate := self, t.iri
	for _, v := range items {
		if v == nil {
			b.nulls++
			continue
		}
		if _, nested := v.([]any); nested {
			return b.errorf(ErrMalformed, "a list in a list")
		}
		cell, err := b.blank()
		if err != nil {
			return err
		}
		if err := b.emit(subject, predicate, cell, graph); err != nil {
			return err
		}
		o, err := b.object(active, t, v, graph)
		if err != nil {
			return err
		}
		if err := b.emit(cell, rdfFirst, o, graph); err != nil {
			return err
		}
		subject, predicate = cell, rdfRest
	}
	return b.emit(subject, predicate, Term{Kind: IRI, Value: rdfNil}, graph)
}

// object gives the term of one value that is neither null nor an array.
func (b *builder) object(active *activeContext, t *termDef, value any, graph Term) (Term, error) {
	if obj, ok := value.(map[string]any); ok {
		if isValueObject(active, obj) {
			return b.valueObject(active, t, obj)
		}
		return b.node(active, obj, t, graph, false)
	}
	s, ok := value.(string)
	if !ok {
		return b.scalar(value, t.typ)
	}
	switch t.typ {
	case "":
		return Term{Kind: Literal, Value: s, Datatype: xsdString}, nil
	case "@id", "@vocab":
		if t.scope != nil {
			next, err := active.withProperty(t.scope)
			if err != nil {
				return Term{}, b.placed(err)
			}
			active = next
		}
		iri := ""
		if t.typ == "@vocab" {
			if !t.ext && active.extends(s) {
				return Term{}, b.errorf(ErrContext, "a value that an extension names")
			}
			iri = active.expandVocab(s)
		} else {
			if iri = active.expandID(s); iri != s {
				if active.extends(s) {
					return Term{}, b.errorf(ErrContext, "an extension makes a prefix of what the identifier begins with")
				}
				return Term{}, b.errorf(ErrMalformed, "an identifier by a prefix")
			}
		}
		if !absolute(iri) {
			return Term{}, b.errorf(ErrDataLoss, "%.80q is not an absolute identifier", s)
		}
		return Term{Kind: IRI, Value: iri}, nil
	}
	return Term{Kind: Literal, Value: s, Datatype: t.typ}, nil
}

func isValueObject(active *activeContext, obj map[string]any) bool {
	if len(obj) > 4 {
		return false
	}
	for k := range obj {
		if active.expandVocab(k) == "@value" {
			return true
		}
	}
	return false
}

// valueObject reads {"@value", "@language"} (JSON-LD 1.1 §9.5), text in a
// language, with or without "@direction": that has no form in RDF, so it is not
// signed, and changes no word. Any other value is written as JSON writes it: as a value object it
// would be signed alike but read otherwise.
func (b *builder) valueObject(active *activeContext, t *termDef, obj map[string]any) (Term, error) {
	if t.scope != nil {
		next, err := active.withProperty(t.scope)
		if err != nil {
			return Term{}, b.placed(err)
		}
		active = next
	}
	var text, language string
	seen := 0
	for k, v := range obj {
		bit := 0
		switch active.expandVocab(k) {
		case "@value":
			s, ok := v.(string)
			if !ok {
				return Term{}, b.errorf(ErrMalformed, "a value object without text")
			}
			bit, text = 1, s
		case "@language":
			s, ok := v.(string)
			if !ok || !wellFormedLanguage(s) {
				return Term{}, b.errorf(ErrDataLoss, "the language is not well-formed")
			}
			bit, language = 2, strings.ToLower(s)
		case "@direction":
			if v != "ltr" && v != "rtl" {
				return Term{}, b.errorf(ErrMalformed, "a text direction that is none")
			}
			bit = 4
			b.turned++
		default:
			return Term{}, b.errorf(ErrMalformed, "only text in a language may be a value object")
		}
		if seen&bit != 0 {
			return Term{}, b.errorf(ErrMalformed, "two of the same member in a value object")
		}
		seen |= bit
	}
	if seen&3 != 3 || t.typ != "" {
		return Term{}, b.errorf(ErrMalformed, "only text in a language may be a value object")
	}
	return Term{Kind: Literal, Value: text, Datatype: rdfLangString, Language: language}, nil
}

// wellFormedLanguage reports whether s has the form of a language tag of
// N-Quads (RDF 1.1 N-Quads, LANGTAG).
func wellFormedLanguage(s string) bool {
	part := 0
	first := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || !first && '0' <= c && c <= '9':
			if part++; part > 8 {
				return false
			}
		case c == '-' && part > 0:
			part, first = 0, false
		default:
			return false
		}
	}
	return part > 0
}

// scalar gives the literal of a number or boolean (JSON-LD 1.1 API §8.2.2).
func (b *builder) scalar(value any, datatype string) (Term, error) {
	if datatype == "@id" || datatype == "@vocab" {
		datatype = ""
	}
	switch v := value.(type) {
	case bool:
		if datatype == "" {
			datatype = xsdBoolean
		}
		return Term{Kind: Literal, Value: strconv.FormatBool(v), Datatype: datatype}, nil
	case json.Number:
		lexical, integer, ok := canonicalNumber(string(v), datatype == xsdDouble)
		if !ok {
			return Term{}, b.errorf(ErrDataLoss, "a number that a double cannot hold exactly")
		}
		if datatype == "" {
			datatype = xsdDouble
			if integer {
				datatype = xsdInteger
			}
		}
		return Term{Kind: Literal, Value: lexical, Datatype: datatype}, nil
	}
	return Term{}, b.errorf(ErrMalformed, "a value of a kind that JSON does not have")
}

// canonicalNumber gives the lexical form of a JSON number: an integer below
// 1e21 as such, anything else as a canonical double. ok is false when the form
// does not stand for the very number in the document: two documents would be
// signed alike.
func canonicalNumber(s string, double bool) (lexical string, integer, ok bool) {
	if !double && len(s) <= 15 && isPlainInteger(s) {
		return s, true, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", false, false
	}
	if integer = !double && f == math.Trunc(f) && math.Abs(f) < 1e21; integer {
		lexical = strconv.FormatFloat(f, 'f', -1, 64)
		if lexical == "-0" {
			return "", false, false
		}
	} else {
		lexical = strconv.FormatFloat(f, 'E', 15, 64)
		mantissa, exponent, _ := strings.Cut(lexical, "E")
		mantissa = strings.TrimRight(mantissa, "0")
		if strings.HasSuffix(mantissa, ".") {
			mantissa += "0"
		}
		sign := ""
		if exponent[0] == '-' {
			sign = "-"
		}
		if exponent = strings.TrimLeft(exponent[1:], "0"); exponent == "" {
			exponent, sign = "0", ""
		}
		lexical = mantissa + "E" + sign + exponent
	}
	return lexical, integer, sameDecimal(s, lexical)
}

func isPlainInteger(s string) bool {
	t := strings.TrimPrefix(s, "-")
	if t == "" || t[0] == '0' && (len(t) > 1 || t != s) {
		return false
	}
	for i := 0; i < len(t); i++ {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
	}
	return true
}

// sameDecimal reports whether two decimal numerals stand for the same number.
func sameDecimal(a, b string) bool {
	an, ad, ae, aok := decimal(a)
	bn, bd, be, bok := decimal(b)
	return aok && bok && an == bn && ad == bd && ae == be
}

// decimal splits a numeral into sign, digits without outer zeros, and the
// exponent of the last digit.
func decimal(s string) (negative bool, digits string, exponent int, ok bool) {
	if strings.HasPrefix(s, "-") {
		negative, s = true, s[1:]
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > 10_000 || e < -10_000 {
			return false, "", 0, false
		}
		exponent, s = e, s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits = whole + fraction
	exponent -= len(fraction)
	digits = strings.TrimLeft(digits, "0")
	trimmed := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(trimmed)
	if trimmed == "" {
		return false, "", 0, true
	}
	return negative, trimmed, exponent, true
}

// jsonLiteral gives the rdf:JSON literal of a value: its JCS form (JSON-LD 1.1
// API §8.2.2 step 6).
func (b *builder) jsonLiteral(value any) (Term, error) {
	data, err := CanonicalJSON(value)
	if err != nil {
		return Term{}, b.placed(err)
	}
	return Term{Kind: Literal, Value: string(data), Datatype: rdfJSON}, nil
}

func (b *builder) exactNumbers(value any, depth int) error {
	if depth > b.limits.Depth {
		return verdict.Because(ErrBudget, "nested deeper than %d", b.limits.Depth)
	}
	switch v := value.(type) {
	case json.Number:
		if !exactNumber(v) {
			return b.errorf(ErrDataLoss, "a number that a double cannot hold exactly")
		}
	case []any:
		for _, x := range v {
			if err := b.exactNumbers(x, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, x := range v {
			if err := b.exactNumbers(x, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// exactNumber reports whether the double that n is read as, written in its
// shortest form (ECMAScript, which JCS uses), is still the number n.
func exactNumber(n json.Number) bool {
	f, err := strconv.ParseFloat(string(n), 64)
	return err == nil && sameDecimal(string(n), strconv.FormatFloat(f, 'g', -1, 64))
}

// CanonicalJSON gives the JCS form (RFC 8785) of a decoded value. Numbers that
// a double cannot hold exactly are ErrDataLoss: JCS would write others in
// their place.
func CanonicalJSON(value any) ([]byte, error) {
	b := builder{limits: Limits{}.orDefault()}
	if err := b.exactNumbers(value, 0); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, verdict.Because(ErrMalformed, "%w", err)
	}
	out, err := jcs.Transform(buf.Bytes())
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "%w", err)
	}
	return out, nil
}

package rdf

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"assay/verify/verdict"
)

// Containers of a term that the bundle uses (JSON-LD 1.1 §9.15.1).
const (
	containerSet uint8 = 1 << iota
	containerList
	containerGraph
)

// containers are they by their keywords.
var containers = map[string]uint8{"@set": containerSet, "@list": containerList, "@graph": containerGraph}

// A termDef is a term definition (JSON-LD 1.1 API §4.1). iri is "" when the
// term is explicitly no IRI.
type termDef struct {
	iri       string
	typ       string // type mapping: "", "@id", "@vocab", "@json" or a datatype
	container uint8
	protected bool
	prefix    bool
	ext       bool   // an extension adds it
	refused   string // of an extension that is known: what it is, if no document may use it
	scope     *scope
}

// A scope is the scoped context of a term. Its identity is its address, which
// is what derived contexts are remembered by.
type scope struct {
	context any
	ext     *document // the extension that it stands in, nil in the bundle
}

// same reports whether two definitions are one, word for word.
func (t *termDef) same(o *termDef) bool {
	if t.iri != o.iri || t.typ != o.typ || t.container != o.container || t.prefix != o.prefix || (t.scope == nil) != (o.scope == nil) {
		return false
	}
	return t.scope == nil || reflect.DeepEqual(t.scope.context, o.scope.context)
}

// An activeContext is a compiled context: the terms that one local context
// adds, over the context that it was applied to. It does not change once
// compiled, apart from the memory of what was derived from it, and is shared
// by all documents.
type activeContext struct {
	cat      *catalogue
	parent   *activeContext // terms not found here are looked for there
	terms    map[string]*termDef
	vocab    string
	previous *activeContext // to return to in a node that the types' context does not reach
	private  bool           // an extension is part of it: one document's own

	derived sync.Map // derivation → *activeContext
}

// A derivation names a step from one active context to another.
type derivation struct {
	doc    *document
	scope  *scope
	byType bool
}

// maxDerived bounds the compiled contexts that are remembered, of the whole
// process: which of them there can be is the choice of whoever writes
// documents. A usual document needs about twenty.
const maxDerived = 1024

var derivedCount atomic.Int64

func (a *activeContext) term(name string) *termDef {
	for c := a; c != nil; c = c.parent {
		if t, ok := c.terms[name]; ok {
			return t
		}
	}
	return nil
}

func (a *activeContext) anyProtected() bool {
	for c := a; c != nil; c = c.parent {
		for _, t := range c.terms {
			if t.protected {
				return true
			}
		}
	}
	return false
}

func (a *activeContext) remember(d derivation, make func() (*activeContext, error)) (*activeContext, error) {
	if c, ok := a.derived.Load(d); ok {
		return c.(*activeContext), nil
	}
	c, err := make()
	if err != nil {
		return nil, err
	}
	if a.private {
		a.derived.Store(d, c)
		return c, nil
	}
	if derivedCount.Load() < maxDerived {
		if was, loaded := a.derived.LoadOrStore(d, c); loaded {
			return was.(*activeContext), nil
		}
		derivedCount.Add(1)
	}
	return c, nil
}

// withDocument applies a context of the bundle, or an extension.
func (a *activeContext) withDocument(d *document) (*activeContext, error) {
	if d.role == roleExtension {
		return a.process(d.context, true, false, d)
	}
	return a.remember(derivation{doc: d}, func() (*activeContext, error) {
		return a.process(d.context, true, false, nil)
	})
}

// withType applies the scoped context of a type: it reaches the node alone.
func (a *activeContext) withType(s *scope) (*activeContext, error) {
	return a.remember(derivation{scope: s, byType: true}, func() (*activeContext, error) {
		return a.process(s.context, false, false, s.ext)
	})
}

// withProperty applies the scoped context of a property, which may redefine
// protected terms.
func (a *activeContext) withProperty(s *scope) (*activeContext, error) {
	return a.remember(derivation{scope: s}, func() (*activeContext, error) {
		return a.process(s.context, true, true, s.ext)
	})
}

// process is the context processing algorithm (JSON-LD 1.1 API §4.1.2) for
// what the bundle contains: maps, lists of them, and null. Of ext, an extension,
// terms are admitted only if they change nothing.
func (a *activeContext) process(local any, propagate, override bool, ext *document) (*activeContext, error) {
	list, ok := local.([]any)
	if !ok {
		list = []any{local}
	}
	result := a
	for _, l := range list {
		switch l := l.(type) {
		case nil:
			if ext != nil {
				return nil, verdict.Because(ErrContext, "%s undoes other contexts (null)", ext.name())
			}
			if !override && result.anyProtected() {
				return nil, verdict.Because(ErrContext, "null would undo protected terms")
			}
			result = &activeContext{cat: a.cat, private: a.private}
		case map[string]any:
			next, err := result.define(l, override, ext)
			if err != nil {
				return nil, err
			}
			result = next
		default:
			return nil, verdict.Because(ErrContext, "a context has a form that is not known")
		}
	}
	if !propagate && result != a && result.previous == nil {
		result.previous = a
	}
	return result, nil
}

// A definer is one local context on its way into an active one.
type definer struct {
	base      *activeContext
	out       *activeContext
	local     map[string]any
	state     map[string]bool // false: being defined, true: defined
	protected bool
	override  bool
	ext       *document // the extension that it stands in, nil in the bundle
}

func (a *activeContext) define(local map[string]any, override bool, ext *document) (*activeContext, error) {
	d := &definer{
		base: a,
		out: &activeContext{cat: a.cat, parent: a, terms: make(map[string]*termDef, len(local)), vocab: a.vocab, previous: a.previous,
			private: a.private || ext != nil},
		ext:      ext,
		local:    local,
		state:    make(map[string]bool, len(local)),
		override: override,
	}
	for k, v := range local {
		switch k {
		case "@version":
			if v != 1.1 {
				return nil, verdict.Because(ErrContext, "@version")
			}
		case "@protected":
			d.protected, _ = v.(bool)
		case "@vocab":
			s, ok := v.(string)
			if ext != nil {
				return nil, verdict.Because(ErrContext, "%s has @vocab", ext.name())
			}
			if !ok || !absolute(s) {
				return nil, verdict.Because(ErrContext, "@vocab")
			}
			d.out.vocab = s
		default:
			if strings.HasPrefix(k, "@") {
				return nil, verdict.Because(ErrContext, "%s in a bundled context is not known", k)
			}
		}
	}
	for k := range local {
		if !strings.HasPrefix(k, "@") {
			if err := d.term(k); err != nil {
				return nil, err
			}
		}
	}
	return d.out, nil
}

// term is the create term definition algorithm (JSON-LD 1.1 API §4.2.2).
func (d *definer) term(name string) error {
	if done, ok := d.state[name]; ok {
		if !done {
			return verdict.Because(ErrContext, "cyclic term %s", name)
		}
		return nil
	}
	if name == "" {
		return verdict.Because(ErrContext, "empty term")
	}
	d.state[name] = false
	value := d.local[name]
	simple := false
	var m map[string]any
	switch v := value.(type) {
	case nil:
		m = map[string]any{"@id": nil}
	case string:
		m, simple = map[string]any{"@id": v}, true
	case map[string]any:
		m = v
	default:
		return verdict.Because(ErrContext, "term %s", name)
	}
	def := &termDef{protected: d.protected}
	if back, ok := m["@reverse"].(string); ok && d.ext != nil && d.ext.known {
		m, def.refused = map[string]any{"@id": back}, "a property that goes backwards"
	}
	for k, v := range m {
		if err := d.member(def, name, k, v); err != nil {
			return err
		}
	}
	if err := d.meaning(def, name, m, simple); err != nil {
		return err
	}
	switch {
	case d.ext != nil:
		var err error
		if def, err = d.admit(name, def); err != nil {
			return err
		}
	case d.out.private:
		if err := d.stays(name, def); err != nil {
			return err
		}
	}
	if was := d.base.term(name); was != nil && was.protected && !d.override {
		if !was.same(def) {
			return verdict.Because(ErrContext, "protected term %s would be redefined", name)
		}
		def = was
	}
	d.out.terms[name] = def
	d.state[name] = true
	return nil
}

// member reads one member of a term's definition.
func (d *definer) member(def *termDef, name, k string, v any) error {
	switch k {
	case "@id": // see meaning
	case "@protected":
		def.protected, _ = v.(bool)
	case "@prefix":
		def.prefix, _ = v.(bool)
	case "@type":
		s, ok := v.(string)
		if !ok {
			return verdict.Because(ErrContext, "@type of %s", name)
		}
		t, err := d.iri(s)
		if err != nil {
			return err
		}
		if t != "@id" && t != "@vocab" && t != "@json" && !absolute(t) {
			return verdict.Because(ErrContext, "@type of %s", name)
		}
		def.typ = t
	case "@container":
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, c := range list {
			s, _ := c.(string)
			bit, ok := containers[s]
			if !ok {
				return verdict.Because(ErrContext, "@container of %s is not known", name)
			}
			def.container |= bit
		}
	case "@context":
		def.scope = &scope{context: v, ext: d.ext}
	default:
		if d.ext != nil && d.ext.known && !strings.HasPrefix(k, "@") {
			return nil // a slip of its author's, which was seen
		}
		return verdict.Because(ErrContext, "%s of %s is not known", k, name)
	}
	return nil
}

// meaning finds the IRI of a term: its @id, or its name.
func (d *definer) meaning(def *termDef, name string, m map[string]any, simple bool) error {
	id, given := m["@id"]
	switch {
	case given && id == nil: // a term that is no IRI on purpose
	case given && id != any(name):
		s, ok := id.(string)
		if !ok {
			return verdict.Because(ErrContext, "@id of %s", name)
		}
		iri, err := d.iri(s)
		if err != nil {
			return err
		}
		if !isKeyword(iri) && !absolute(iri) {
			return verdict.Because(ErrContext, "@id of %s", name)
		}
		def.iri = iri
		if simple && !strings.ContainsAny(name, ":/") && strings.ContainsAny(iri[len(iri)-1:], ":/?#[]@") {
			def.prefix = true
		}
	case strings.Contains(name[1:], ":"):
		iri, err := d.iri(name)
		if err != nil {
			return err
		}
		if !absolute(iri) {
			return verdict.Because(ErrContext, "term %s", name)
		}
		def.iri = iri
	case d.out.vocab != "":
		def.iri = d.out.vocab + name
	default:
		return verdict.Because(ErrContext, "term %s has no IRI", name)
	}
	return nil
}

// iri is IRI expansion (JSON-LD 1.1 API §5.2.2) while a context is being
// defined, relative to the vocabulary.
func (d *definer) iri(value string) (string, error) {
	if isKeyword(value) {
		return value, nil
	}
	if _, ok := d.local[value]; ok && !strings.HasPrefix(value, "@") {
		if err := d.term(value); err != nil {
			return "", err
		}
	}
	if prefix, _, ok := cutPrefix(value); ok {
		if _, ok := d.local[prefix]; ok {
			if err := d.term(prefix); err != nil {
				return "", err
			}
		}
	}
	return d.out.expandVocab(value), nil
}

// cutPrefix splits a value that may be a compact IRI.
func cutPrefix(value string) (prefix, suffix string, ok bool) {
	i := strings.IndexByte(value, ':')
	if i <= 0 {
		return "", "", false
	}
	prefix, suffix = value[:i], value[i+1:]
	if prefix == "_" || strings.HasPrefix(suffix, "//") {
		return "", "", false
	}
	return prefix, suffix, true
}

// expandVocab expands a term, compact IRI or IRI (JSON-LD 1.1 API §5.2.2 with
// vocab true). The result may be a keyword or still relative; "" is a term
// that is no IRI.
func (a *activeContext) expandVocab(value string) string {
	if t := a.term(value); t != nil {
		return t.iri
	}
	if isKeyword(value) {
		return value
	}
	if r := a.expandID(value); strings.IndexByte(r, ':') > 0 {
		return r
	}
	if a.vocab != "" {
		return a.vocab + value
	}
	return value
}

// expandID expands the value of an @id (vocab false, base null): a compact IRI
// or an IRI.
func (a *activeContext) expandID(value string) string {
	if prefix, suffix, ok := cutPrefix(value); ok {
		if t := a.term(prefix); t != nil && t.prefix && t.iri != "" {
			return t.iri + suffix
		}
	}
	return value
}

// extends reports whether a term or prefix of an extension is what value is
// expanded by.
func (a *activeContext) extends(value string) bool {
	if t := a.term(value); t != nil {
		return t.ext
	}
	prefix, _, ok := cutPrefix(value)
	t := a.term(prefix)
	return ok && t != nil && t.ext
}

// hasTwin reports whether another term than name means iri.
func (a *activeContext) hasTwin(name, iri string) bool {
	for c := a; c != nil; c = c.parent {
		for other, def := range c.terms {
			if other != name && def.iri == iri && a.term(other) == def {
				return true
			}
		}
	}
	return false
}

// isKeyword reports whether s is a keyword of JSON-LD 1.1 (§1.7).
func isKeyword(s string) bool {
	if len(s) < 2 || s[0] != '@' {
		return false
	}
	switch s {
	case "@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included", "@index", "@json", "@language", "@list", "@nest", "@none", "@prefix", "@propagate", "@protected", "@reverse", "@set", "@type", "@value", "@version", "@vocab":
		return true
	}
	return false
}

// absolute reports whether s is an absolute IRI (RFC 3986 scheme, RFC 3987
// characters) that N-Quads can hold.
func absolute(s string) bool {
	colon := -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '"' || c == '{' || c == '}' || c == '|' || c == '\\' || c == '^' || c == '`':
			return false
		case colon >= 0:
		case c == ':':
			colon = i
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return colon > 0
}

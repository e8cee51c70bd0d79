package rdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// An Extension is a context beside those of the bundle, which an issuer's badges
// name to say more than their specification has terms for (OB3 "Extending and
// Profiling the Standard").
//
// A context is not signed: whoever holds a badge can name another one, and where
// a term of that has the IRI of an end of validity or of a status, give the
// member that says it another name, which no reader looks for; the statements
// stay as they were signed. So an extension may repeat terms of the bundle word
// for word, and else only add: terms of new names and IRIs, in maps that change
// nothing of what stands around them ([ParseExtension]). What its terms say is
// read by nobody by their names ([Dataset.Reading]).
type Extension struct {
	URL    string // "" of one that stands in a document
	SHA256 string // of its text, hex
	Text   []byte
	doc    *document
}

// Known reports whether the extension is one of those that were read through
// beforehand, by its address and text.
func (e *Extension) Known() bool { return e.doc.known }

// Extensions are the contexts that documents may name beside those of the
// bundle, by URL.
type Extensions map[string]*Extension

// MaxExtension is the most bytes of an extension context.
const MaxExtension = 128 << 10

// Bounds of what an extension context may hold.
const (
	maxExtensionDepth = 12
	maxExtensionTerms = 2000
)

// ParseExtension reads the text of an extension context. The error wraps
// ErrContext and names what it has that an extension may not have: a keyword
// that changes other terms (@vocab, @base, @import, @propagate, @language), a
// term that is none (null) or goes backwards (@reverse), is nested or indexed,
// another context by its address, a term that looks like an IRI. What its terms
// mean beside others is seen when it is applied.
func ParseExtension(url string, text []byte) (*Extension, error) {
	if len(text) > MaxExtension {
		return nil, verdict.Because(ErrContext, "%.120s is larger than a context may be", url)
	}
	sum := sha256.Sum256(text)
	e := &Extension{URL: url, SHA256: hex.EncodeToString(sum[:]), Text: text}
	// A byte order mark is a part of the file, and none of its JSON (RFC 8259 §8.1).
	obj, err := read.ParseDocument(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF")))
	if err != nil {
		return nil, verdict.Because(ErrContext, "%.120s is not strict JSON", url)
	}
	local, ok := obj["@context"]
	if !ok {
		return nil, verdict.Because(ErrContext, "%.120s has no @context", url)
	}
	if e.doc, err = extension(url, local, slices.Contains(reviewed[url].sums, e.SHA256)); err != nil {
		return nil, err
	}
	e.doc.sum = e.SHA256
	return e, nil
}

// extension makes a document of a context that is not in the bundle.
func extension(url string, local any, known bool) (*document, error) {
	// As the bundle is read, so that repeated scopes compare.
	text, err := json.Marshal(local)
	if err != nil {
		return nil, verdict.Because(ErrContext, "%.120s is not JSON", url)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, verdict.Because(ErrContext, "%.120s is not JSON", url)
	}
	d := &document{url: url, role: roleExtension, context: plain, known: known}
	if known {
		return d, nil
	}
	terms := 0
	return d, lint(d.name(), plain, 0, &terms)
}

// name is what an extension is called in errors.
func (d *document) name() string {
	if d.url == "" {
		return "the context inside the document"
	}
	return verdict.Clip(d.url)
}

// lint checks the form of an extension context, and of those in its terms.
func lint(name string, local any, depth int, terms *int) error {
	if depth > maxExtensionDepth {
		return verdict.Because(ErrContext, "%s is nested too deeply", name)
	}
	switch local := local.(type) {
	case []any:
		for _, l := range local {
			if _, list := l.([]any); list {
				return verdict.Because(ErrContext, "%s has a list in a list", name)
			}
			if err := lint(name, l, depth+1, terms); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, term := range slices.Sorted(maps.Keys(local)) {
			if *terms++; *terms > maxExtensionTerms {
				return verdict.Because(ErrContext, "%s has too many terms", name)
			}
			if err := lintTerm(name, term, local[term], depth, terms); err != nil {
				return err
			}
		}
		return nil
	case string:
		return verdict.Because(ErrContext, "%s names another context", name)
	case nil:
		return verdict.Because(ErrContext, "%s undoes other contexts (null)", name)
	}
	return verdict.Because(ErrContext, "%s is no context", name)
}

func lintTerm(name, term string, value any, depth int, terms *int) error {
	switch {
	case term == "@version" || term == "@protected":
		if _, ok := value.(bool); term == "@protected" && ok || term == "@version" && value == 1.1 {
			return nil
		}
		return verdict.Because(ErrContext, "%s has a %s that is none", name, term)
	case term == "" || term[0] == '@':
		return verdict.Because(ErrContext, "%s has %.40q", name, term)
	case strings.ContainsAny(term, ":/#?"):
		return verdict.Because(ErrContext, "%s has a term that looks like an IRI, %.60q", name, term)
	}
	switch v := value.(type) {
	case string:
		return nil
	case nil:
		return verdict.Because(ErrContext, "%s takes away a term, %.60q (null)", name, term)
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			ok := true
			switch x := v[k]; k {
			case "@id":
				_, ok = x.(string)
			case "@protected", "@prefix":
				_, ok = x.(bool)
			case "@type":
				s, is := x.(string)
				ok = is && (s == "@id" || s == "@vocab" || s == "@json" || !strings.HasPrefix(s, "@"))
			case "@container":
				ok = reflect.DeepEqual(x, "@set") || reflect.DeepEqual(x, "@list") || reflect.DeepEqual(x, []any{"@set"}) || reflect.DeepEqual(x, []any{"@list"})
			case "@context":
				if err := lint(name, x, depth+1, terms); err != nil {
					return err
				}
			default:
				ok = false
			}
			if !ok {
				return verdict.Because(ErrContext, "%s has a term %.60q with %.40q", name, term, k)
			}
		}
		if v["@id"] == nil {
			return verdict.Because(ErrContext, "%s has a term without an IRI, %.60q", name, term)
		}
		return nil
	}
	return verdict.Because(ErrContext, "%s has a term that is none, %.60q", name, term)
}

// pinned are the terms of the bundle, in whatever scope.
type pinned struct {
	terms map[string][]*termDef // by name, each definition once
	names map[string][]string   // by IRI, each name once
}

// pinnedTerms reads them once.
func pinnedTerms() (*pinned, error) {
	cats, err := catalogues()
	if err != nil {
		return nil, err
	}
	first := cats[0]
	first.once.Do(func() { first.pinned, first.err = readPinned(cats) })
	return first.pinned, first.err
}

func readPinned(cats []*catalogue) (*pinned, error) {
	p := &pinned{terms: map[string][]*termDef{}, names: map[string][]string{}}
	for _, c := range cats {
		for _, d := range c.docs {
			if d.role == roleGeneral {
				continue // never beside an extension
			}
			for _, base := range c.docs {
				if base.role != roleBase {
					continue
				}
				a, err := c.empty.process(base.context, true, false, nil)
				if err == nil && d.role != roleBase {
					a, err = a.process(d.context, true, false, nil)
				}
				if err == nil {
					err = p.add(a)
				}
				if err != nil && d.role == roleBase {
					return nil, err
				}
			}
		}
	}
	return p, nil
}

// add takes in the terms that a context adds, and those in their scopes.
func (p *pinned) add(a *activeContext) error {
	for name, def := range a.terms {
		if !slices.ContainsFunc(p.terms[name], def.same) {
			p.terms[name] = append(p.terms[name], def)
		}
		if !slices.Contains(p.names[def.iri], name) {
			p.names[def.iri] = append(p.names[def.iri], name)
		}
		if def.scope == nil {
			continue
		}
		in, err := a.process(def.scope.context, true, true, nil)
		if err != nil {
			return err
		}
		if err := p.add(in); err != nil {
			return err
		}
	}
	return nil
}

// member reports whether a name is one of a property: classes begin with a
// capital.
func member(name string) bool { return name[0] < 'A' || name[0] > 'Z' }

// second reports whether iri stands in the bundle under another member, or
// class, than name.
func (p *pinned) second(iri, name string) bool {
	return slices.ContainsFunc(p.names[iri], func(n string) bool { return n != name && member(n) == member(name) })
}

// admit gives the definition that a term of an extension counts by: that of the
// bundle, if it repeats one word for word, else its own, if neither its name nor
// its IRI is one of the bundle's.
func (d *definer) admit(name string, def *termDef) (*termDef, error) {
	p, err := pinnedTerms()
	if err != nil {
		return nil, err
	}
	was := d.base.term(name)
	if list := p.terms[name]; len(list) > 0 {
		if was != nil && !was.ext {
			list = []*termDef{was} // what it means here, not elsewhere
		}
		i := slices.IndexFunc(list, def.same)
		if i >= 0 && (was != nil && !was.ext || !p.second(def.iri, name)) {
			again := *list[i]
			again.protected = again.protected || def.protected
			return &again, nil
		}
		// A prefix is a way of writing that the terms of the bundle do not rest
		// on: see stays.
		prefix := def.plainPrefix() && !slices.ContainsFunc(p.terms[name], func(t *termDef) bool { return !t.plainPrefix() })
		if !prefix && !d.ext.known {
			return nil, verdict.Because(ErrContext, "%s gives %.60q another meaning than its specification", d.ext.name(), name)
		}
	}
	def.ext = true
	switch {
	case isKeyword(def.iri):
		def.refused = "another name of " + def.iri
	case len(p.names[def.iri]) > 0 && !slices.Contains(p.names[def.iri], name):
		def.refused = "a second name of <" + verdict.Clip(def.iri) + ">, which is " + p.names[def.iri][0]
	case strings.HasPrefix(def.iri, rdfNamespace) && def.iri != rdfNamespace:
		def.refused = "a name of <" + verdict.Clip(def.iri) + ">, which JSON-LD writes otherwise"
	}
	if def.refused != "" && !d.ext.known {
		return nil, verdict.Because(ErrContext, "%s makes %.60q %s", d.ext.name(), name, def.refused)
	}
	return def, nil
}

// plainPrefix reports whether a term is nothing but a prefix.
func (t *termDef) plainPrefix() bool {
	return t.prefix && t.typ == "" && t.container == 0 && t.scope == nil
}

// stays reports an error where a term of the bundle, defined where an extension
// is active, is not what it is in the bundle: its IRI may be written by a prefix
// that the extension has made another.
func (d *definer) stays(name string, def *termDef) error {
	p, err := pinnedTerms()
	if err != nil || slices.ContainsFunc(p.terms[name], def.same) {
		return err
	}
	return verdict.Because(ErrContext, "an extension would change what %.60q means", name)
}

const rdfNamespace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

// Foreign gives the addresses of the contexts that a document names, wherever
// they stand in it, and that are not in the bundle, sorted, each once.
func Foreign(doc map[string]any) ([]string, error) {
	cats, err := catalogues()
	if err != nil {
		return nil, err
	}
	var out []string
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		if depth > DefaultDepth {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x, depth+1)
			}
		case map[string]any:
			for k, x := range v {
				if k != "@context" {
					walk(x, depth+1)
					continue
				}
				list, ok := x.([]any)
				if !ok {
					list = []any{x}
				}
				for _, c := range list {
					if u, ok := c.(string); ok && cats[0].docs[u] == nil {
						out = append(out, u)
					}
				}
			}
		}
	}
	walk(doc, 0)
	if len(out) > 1 {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out, nil
}

// renamed says how an object is read: its members by terms of an extension go by
// their IRIs, and so do such types.
type renamed struct {
	members map[string]string // "" = not read at all
	types   map[string]string
}

// rename notes that a member of an object is read by its IRI.
func (b *builder) rename(obj map[string]any, name, iri string) {
	r := b.renames(obj)
	if r.members == nil {
		r.members = map[string]string{}
	}
	r.members[name] = iri
}

// retype notes that a type of an object is read by its IRI.
func (b *builder) retype(obj map[string]any, name, iri string) {
	r := b.renames(obj)
	if r.types == nil {
		r.types = map[string]string{}
	}
	r.types[name] = iri
}

func (b *builder) renames(obj map[string]any) *renamed {
	if b.renamed == nil {
		b.renamed = map[uintptr]*renamed{}
	}
	at := reflect.ValueOf(obj).Pointer()
	if b.renamed[at] == nil {
		b.renamed[at] = &renamed{}
	}
	return b.renamed[at]
}

// Extended reports whether terms of an extension stand in the document.
func (d *Dataset) Extended() bool { return len(d.renamed) > 0 }

// Reading gives the document that ToRDF was given as it is to be read: members
// and types by terms of an extension under their IRIs, so that none of them is
// taken for what a specification names so. It is the very document where there
// are none.
func (d *Dataset) Reading(doc map[string]any) map[string]any {
	if len(d.renamed) == 0 {
		return doc
	}
	return d.reading(doc).(map[string]any)
}

func (d *Dataset) reading(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = d.reading(x)
		}
		return out
	case map[string]any:
		r := d.renamed[reflect.ValueOf(v).Pointer()]
		if r == nil {
			r = &renamed{}
		}
		out := make(map[string]any, len(v))
		for k, x := range v {
			to, ok := r.members[k]
			switch {
			case k == "@context":
				out[k] = x
				continue
			case ok && to == "":
				continue
			case ok:
				k = to
			case (k == "type" || k == "@type") && len(r.types) > 0:
				x = retyped(x, r.types)
			}
			y := d.reading(x)
			if was, twice := out[k]; twice {
				y = slices.Concat(read.List(was), read.List(y))
			}
			out[k] = y
		}
		return out
	}
	return v
}

func retyped(v any, types map[string]string) any {
	list := slices.Clone(read.List(v))
	for i, x := range list {
		if s, ok := x.(string); ok && types[s] != "" {
			list[i] = types[s]
		}
	}
	return list
}

package rdf

import (
	"reflect"
	"sync"
)

// A Vocabulary is the terms that a context of Open Badges 1 or 2 defines.
// Badges of these versions are read by their literal names, so the context is
// not processed; it says which names are taken. Safe for concurrent use.
type Vocabulary struct {
	terms map[string]any // term to definition, one spelling of each

	// framework: an earlier edition of Open Badges 2.0, which circulates in
	// validators and is copied into badges, has another targetFramework.
	framework bool
}

// BadgeVocabulary gives the vocabulary of an Open Badges 1.1, 2.0 or 2.1
// context by its URL, exactly as its specification publishes it, with that of
// the contexts it names itself. It reports false for every other URL, those of
// Open Badges 3.0 included.
func BadgeVocabulary(url string) (*Vocabulary, bool) {
	all, err := vocabularies()
	if err != nil {
		return nil, false
	}
	v, ok := all[url]
	return v, ok
}

// Redefines reports whether definition, as an inline context gives it, makes
// something else of a term that the context defines. JSON-LD 1.1 §4.1.2: the
// later definition of a term counts.
func (v *Vocabulary) Redefines(term string, definition any) bool {
	have, ok := v.terms[term]
	if !ok {
		return false
	}
	def := plain(definition)
	return !reflect.DeepEqual(have, def) && !(v.framework && term == "targetFramework" && def == "schema:targetFramework")
}

// Copied reports whether an inline context is the whole of this one, written
// out where its URL could stand: it defines every term, and redefines none.
func (v *Vocabulary) Copied(context map[string]any) bool {
	for term := range v.terms {
		if definition, ok := context[term]; !ok || v.Redefines(term, definition) {
			return false
		}
	}
	return true
}

// plain gives {"@id": x} as x, which says the same.
func plain(definition any) any {
	if m, ok := definition.(map[string]any); ok && len(m) == 1 && m["@id"] != nil {
		return m["@id"]
	}
	return definition
}

var vocabularies = sync.OnceValues(func() (map[string]*Vocabulary, error) {
	docs := make(map[string]*document)
	for _, b := range bundle {
		if b.role != roleOld {
			continue
		}
		d, err := load(b)
		if err != nil {
			return nil, err
		}
		docs[b.url] = d
	}
	all := make(map[string]*Vocabulary, len(docs))
	for u, d := range docs {
		v := &Vocabulary{terms: make(map[string]any), framework: u == "https://w3id.org/openbadges/v2"}
		v.add(d.context, docs, len(docs))
		all[u] = v
	}
	return all, nil
})

// add reads a context; depth bounds how far contexts may name one another.
func (v *Vocabulary) add(context any, docs map[string]*document, depth int) {
	switch x := context.(type) {
	case string:
		if d := docs[x]; d != nil && depth > 0 {
			v.add(d.context, docs, depth-1)
		}
	case []any:
		for _, c := range x {
			v.add(c, docs, depth)
		}
	case map[string]any:
		for term, definition := range x {
			v.terms[term] = plain(definition)
		}
	}
}

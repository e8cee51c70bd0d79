package rdf

import (
	"maps"
	"slices"
	"testing"
)

// together gives every pair of contexts of the bundle that one credential may
// have after its data model, with the data models.
func together(t *testing.T, f func(base, a, b *document, c *catalogue)) {
	t.Helper()
	cats, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cats {
		for _, u := range slices.Sorted(maps.Keys(c.docs)) {
			for _, v := range slices.Sorted(maps.Keys(c.docs)) {
				for _, base := range []string{"https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"} {
					if _, err := c.sequence([]any{base, u, v}, nil); err == nil && u < v {
						f(c.docs[base], c.docs[u], c.docs[v], c)
					}
				}
			}
		}
	}
}

// apply applies documents without remembering them.
func apply(c *catalogue, docs ...*document) (*activeContext, error) {
	a := c.empty
	for _, d := range docs {
		var err error
		if a, err = a.process(d.context, true, false, nil); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// all gives the terms that count in an active context.
func (a *activeContext) all() map[string]*termDef {
	out := map[string]*termDef{}
	for c := a; c != nil; c = c.parent {
		for name, def := range c.terms {
			if out[name] == nil {
				out[name] = def
			}
		}
	}
	return out
}

// apart are the pairs that no credential can have, because the contexts protect
// their terms (JSON-LD 1.1 §4.1.11): JSON-LD itself refuses them in either order.
var apart = map[[2]string]bool{
	{"https://w3id.org/security/data-integrity/v1", "https://w3id.org/security/data-integrity/v2"}: true, // DataIntegrityProof
}

// TestNoTwoMeanings: whichever contexts of the bundle a credential has after its
// data model, and in whichever order, a term means one thing: so the order is a
// matter of form. Of three and more that follows from pairs. The citizenship
// vocabulary has another image than Open Badges; it never stands beside them.
func TestNoTwoMeanings(t *testing.T) {
	n, refused := 0, map[[2]string]bool{}
	together(t, func(base, a, b *document, c *catalogue) {
		for _, d := range []*document{a, b} {
			if _, err := apply(c, base, d); err != nil {
				return // of the other data model
			}
		}
		one, err1 := apply(c, base, a, b)
		two, err2 := apply(c, base, b, a)
		if pair := [2]string{a.url, b.url}; apart[pair] {
			if err1 == nil || err2 == nil {
				t.Errorf("%v go together: %v, %v", pair, err1, err2)
			}
			refused[pair] = true
			return
		}
		if err1 != nil || err2 != nil {
			t.Errorf("%s, %s, %s: %v, %v", base.url, a.url, b.url, err1, err2)
			return
		}
		n++
		x, y := one.all(), two.all()
		for name, def := range x {
			if other := y[name]; other == nil || !def.same(other) {
				t.Errorf("%s has two meanings in %s and %s: %+v, %+v", name, a.url, b.url, def, other)
			}
		}
		if len(x) != len(y) {
			t.Errorf("%s, %s: %d terms, the other way %d", a.url, b.url, len(x), len(y))
		}
	})
	if n < 100 || len(refused) != len(apart) {
		t.Errorf("%d pairs, apart %v", n, refused)
	}
	ci, ob := "https://w3id.org/citizenship/v4rc1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	if CheckContext([]any{"https://www.w3.org/ns/credentials/v2", ci, ob}, nil) == nil || CheckContext([]any{"https://www.w3.org/ns/credentials/v2", ob, ci}, nil) == nil {
		t.Error("citizenship stands beside Open Badges, and image has two meanings")
	}
}

// TestNoTwoMembers: whichever two contexts of the bundle a credential has, no IRI
// stands under two members, in any scope: a holder who adds a context of the
// bundle could rename one to the other. A class may have a property's IRI; it is
// refused as a property ([builder.member]).
func TestNoTwoMembers(t *testing.T) {
	seen := 0
	done := map[string]bool{}
	var walk func(where string, a *activeContext, depth int)
	walk = func(where string, a *activeContext, depth int) {
		if depth > 8 {
			t.Fatalf("%s is too deep", where)
		}
		all := a.all()
		members := map[string][]string{}
		for name, def := range all {
			if def.iri != "" && !isKeyword(def.iri) && ('a' <= name[0] && name[0] <= 'z') {
				members[def.iri] = append(members[def.iri], name)
			}
		}
		for iri, names := range members {
			if len(names) > 1 {
				slices.Sort(names)
				t.Errorf("%s: %s stands under %v", where, iri, names)
			}
		}
		seen++
		inner := a.terms
		if depth == 0 {
			inner = all
		}
		for name, def := range inner {
			if def.scope == nil {
				continue
			}
			next, err := a.process(def.scope.context, true, true, nil)
			if err != nil {
				t.Errorf("%s %s: %v", where, name, err)
				continue
			}
			walk(where+" "+name, next, depth+1)
		}
	}
	together(t, func(base, a, b *document, c *catalogue) {
		for _, docs := range [][]*document{{base, a, b}, {base, b, a}} {
			key := base.url + " " + docs[1].sum + " " + docs[2].sum
			if done[key] {
				continue
			}
			done[key] = true
			if active, err := apply(c, docs...); err == nil {
				walk(key, active, 0)
			}
		}
	})
	if seen < 1000 {
		t.Errorf("%d scopes", seen)
	}
}

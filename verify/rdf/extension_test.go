package rdf

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const extensionURL = "https://contexts.example/v1.json"

// extend reads an extension of that text.
func extend(t testing.TB, context string) (Extensions, error) {
	t.Helper()
	e, err := ParseExtension(extensionURL, []byte(`{"@context":`+context+`}`))
	if err != nil {
		return nil, err
	}
	return Extensions{extensionURL: e}, nil
}

// extendedCredential is credential with an extension.
func extendedCredential(t testing.TB, members string) map[string]any {
	t.Helper()
	doc := credential(t, members)
	doc["@context"] = append(doc["@context"].([]any), extensionURL)
	return doc
}

// TestAttack280ExtensionRules: what an extension may not have, and beside it the
// like of it that it may. Each is refused by the text, or where it is applied,
// at an address and in the document.
func TestAttack280ExtensionRules(t *testing.T) {
	const name, date = "https://schema.org/name", `"@type":"http://www.w3.org/2001/XMLSchema#dateTime"`
	for _, tt := range []struct {
		desc, context string
		says          string // "" = it is let pass
	}{
		{"nothing", `{}`, ""},
		{"a term", `{"gpa":"https://e.example/gpa"}`, ""},
		{"a term at length", `{"@version":1.1,"@protected":true,"gpa":{"@id":"https://e.example/gpa","@type":"http://www.w3.org/2001/XMLSchema#decimal","@container":"@set","@protected":false}}`, ""},
		{"a list", `{"steps":{"@id":"https://e.example/steps","@container":"@list"}}`, ""},
		{"a prefix", `{"e":"https://e.example/","gpa":"e:gpa"}`, ""},
		{"two contexts", `[{"e":"https://e.example/"},{"gpa":"e:gpa"}]`, ""},
		{"aliases that stand there already", `{"id":"@id","type":"@type"}`, ""},
		{"a term of the specification, word for word", `{"validUntil":{"@id":"https://www.w3.org/2018/credentials#validUntil",` + date + `}}`, ""},
		{"a scope of a new class", `{"Course":{"@id":"https://e.example/Course","@context":{"load":"https://e.example/load"}}}`, ""},
		{"another prefix of that name", `{"obi":"https://w3id.org/openbadges#"}`, ""},

		{"a vocabulary", `{"@vocab":"https://e.example/"}`, "@vocab"},
		{"a base", `{"@base":"https://e.example/"}`, "@base"},
		{"an import", `{"@import":"https://e.example/c"}`, "@import"},
		{"propagation", `{"@propagate":false}`, "@propagate"},
		{"a language", `{"@language":"en"}`, "@language"},
		{"a direction", `{"@direction":"rtl"}`, "@direction"},
		{"what looks like a keyword", `{"@vokab":"https://e.example/"}`, "@vokab"},
		{"protection that is none", `{"@protected":"yes"}`, "@protected"},
		{"another version", `{"@version":1.0}`, "@version"},
		{"null", `null`, "null"},
		{"null in a list", `[{"gpa":"https://e.example/gpa"},null]`, "null"},
		{"another context", `"https://e.example/c"`, "another context"},
		{"another context in a list", `["https://e.example/c"]`, "another context"},
		{"another context in a scope", `{"Course":{"@id":"https://e.example/Course","@context":"https://e.example/c"}}`, "another context"},
		{"null in a scope", `{"Course":{"@id":"https://e.example/Course","@context":null}}`, "null"},
		{"a vocabulary in a scope", `{"Course":{"@id":"https://e.example/Course","@context":{"@vocab":"https://e.example/"}}}`, "@vocab"},
		{"a list in a list", `[[{"gpa":"https://e.example/gpa"}]]`, "list"},
		{"a term taken away", `{"validUntil":null}`, "validUntil"},
		{"a term taken away at length", `{"validUntil":{"@id":null}}`, "validUntil"},
		{"a term without an IRI", `{"gpa":{"@type":"@id"}}`, "without an IRI"},
		{"a relative IRI", `{"gpa":"gpa2"}`, "gpa"},
		{"a blank node", `{"gpa":"_:gpa"}`, "gpa"},
		{"nested", `{"gpa":{"@id":"https://e.example/gpa","@nest":"@nest"}}`, "@nest"},
		{"backwards", `{"gpa":{"@reverse":"https://e.example/gpa"}}`, "@reverse"},
		{"by an index", `{"gpa":{"@id":"https://e.example/gpa","@container":"@index"}}`, "@container"},
		{"a graph", `{"gpa":{"@id":"https://e.example/gpa","@container":"@graph"}}`, "@container"},
		{"a graph and a set", `{"gpa":{"@id":"https://e.example/gpa","@container":["@graph","@set"]}}`, "@container"},
		{"in a language", `{"gpa":{"@id":"https://e.example/gpa","@language":"en"}}`, "@language"},
		{"of no type", `{"gpa":{"@id":"https://e.example/gpa","@type":"@none"}}`, "@type"},
		{"another alias of @id", `{"key":"@id"}`, "@id"},
		{"another alias of @type", `{"kind":"@type"}`, "@type"},
		{"an alias of @graph", `{"items":"@graph"}`, "@graph"},
		{"an alias of @value", `{"v":"@value"}`, "@value"},
		{"an alias of @included", `{"more":"@included"}`, "@included"},
		{"an IRI", `{"https://e.example/gpa":"https://e.example/gpa"}`, "looks like an IRI"},
		{"a compact IRI", `{"e":"https://e.example/","e:gpa":"https://e.example/gpa"}`, "looks like an IRI"},
		{"an empty term", `{"":"https://e.example/"}`, `""`},
		{"a number", `{"gpa":1}`, "gpa"},
		{"a text where a map stands", `"x"`, "another context"},

		{"a second name", `{"title":"` + name + `"}`, "second name"},
		{"a second name of a date", `{"until":{"@id":"https://www.w3.org/2018/credentials#validUntil",` + date + `}}`, "second name"},
		{"a second name by a prefix", `{"c":"https://www.w3.org/2018/credentials#","until":"c:validUntil"}`, "second name"},
		{"a second name by half a name", `{"c":{"@id":"https://www.w3.org/2018/credentials#valid","@prefix":true},"until":"c:Until"}`, "second name"},
		{"a second name by a term", `{"until":"name"}`, "second name"},
		{"a second name by a term of its own", `{"a":"until","until":"name"}`, "second name"},
		{"a second name in two contexts", `[{"c":"https://www.w3.org/2018/credentials#"},{"until":"c:validUntil"}]`, "second name"},
		{"a second name of a class", `{"Badge":"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"}`, "second name"},
		{"rdf:type", `{"kind":{"@id":"http://www.w3.org/1999/02/22-rdf-syntax-ns#type","@type":"@id"}}`, "JSON-LD writes otherwise"},
		{"rdf:first", `{"rdf":"http://www.w3.org/1999/02/22-rdf-syntax-ns#","head":"rdf:first"}`, "JSON-LD writes otherwise"},
		{"another meaning", `{"name":"https://e.example/name"}`, "another meaning"},
		{"a member of another type", `{"validUntil":"https://www.w3.org/2018/credentials#validUntil"}`, "another meaning"},
		{"a scope on a known type", `{"Achievement":{"@id":"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement","@context":{"gpa":"https://e.example/gpa"}}}`, "another meaning"},
		{"a scope on a known term", `{"name":{"@id":"` + name + `","@context":{"gpa":"https://e.example/gpa"}}}`, "another meaning"},
		{"a known type without its scope", `{"Achievement":"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"}`, "another meaning"},
		{"a prefix as a member", `{"name":"https://e.example/name#"}`, "another meaning"},
		{"a member as a prefix", `{"obi":{"@id":"https://e.example/","@type":"@id"}}`, "another meaning"},
	} {
		members := `,"credentialSubject":{"type":["AchievementSubject"]}`
		ext, err := extend(t, tt.context)
		if err == nil {
			_, err = ext.ToRDF(extendedCredential(t, members), "", Limits{})
		}
		inline := credential(t, members)
		inline["@context"] = append(inline["@context"].([]any), parse(t, `{"c":`+tt.context+`}`)["c"])
		_, err2 := ToRDF(inline, "", Limits{})
		if list := strings.HasPrefix(tt.context, "["); list || strings.HasPrefix(tt.context, `"`) || tt.context == "null" {
			err2 = err // a document has them another way
		}
		for where, err := range map[string]error{"at an address": err, "in the document": err2} {
			if ok := tt.says == ""; ok != (err == nil) || err != nil && (!errors.Is(err, ErrContext) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%s, %s: got %v, want %q", tt.desc, where, err, tt.says)
			}
		}
	}
	for desc, text := range map[string]string{
		"a name twice": `{"@context":{"a":"https://e.example/a","a":"https://e.example/b"}}`, "no JSON": `<html>`, "no context": `{}`,
		"too large": `{"@context":{}}` + strings.Repeat(" ", MaxExtension), "too many": `{"@context":{` + manyTerms() + `}}`,
		"too deep": `{"@context":` + strings.Repeat(`{"A":{"@id":"https://e.example/A","@context":`, 20) + `{}` + strings.Repeat(`}}`, 20) + `}`,
	} {
		if _, err := ParseExtension(extensionURL, []byte(text)); !errors.Is(err, ErrContext) {
			t.Errorf("%s: got %v", desc, err)
		}
	}
}

func manyTerms() string {
	var b strings.Builder
	for i := range maxExtensionTerms + 1 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"t%d":"https://e.example/%d"`, i, i)
	}
	return b.String()
}

// TestAttack281EveryIRI: no IRI of the bundle, of whatever scope, may stand under
// a new name, nor a name of it under another IRI.
func TestAttack281EveryIRI(t *testing.T) {
	p, err := pinnedTerms()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for iri, names := range p.names {
		if iri == "" || isKeyword(iri) || !strings.Contains(iri, "://") {
			continue
		}
		n++
		ext, err := extend(t, `{"zz":{"@id":"`+iri+`"}}`)
		if err == nil {
			err = CheckContext([]any{"https://www.w3.org/ns/credentials/v2", extensionURL}, ext)
		}
		if !errors.Is(err, ErrContext) {
			t.Errorf("%s (%v) under another name: %v", iri, names, err)
		}
		// In a document by its IRI, it is refused in its namespace.
		if member(names[0]) && !known(iri) {
			t.Errorf("%s (%v) lies in no namespace that is refused", iri, names)
		}
	}
	for name := range p.terms {
		if slices.ContainsFunc(p.terms[name], func(d *termDef) bool { return !d.plainPrefix() }) {
			n++
			ext, err := extend(t, `{"`+name+`":{"@id":"https://evil.example/terms"}}`)
			if err == nil {
				err = CheckContext([]any{"https://www.w3.org/ns/credentials/v2", extensionURL}, ext)
			}
			if !errors.Is(err, ErrContext) {
				t.Errorf("%s as something else: %v", name, err)
			}
		}
	}
	if n < 400 {
		t.Errorf("%d were tried", n)
	}
	// Bundle-wide, no IRI has two names of members: repeating a term of another
	// edition would be a way to rename one.
	for iri, names := range p.names {
		members := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !member(n) })
		if len(members) > 1 && iri != "" {
			t.Errorf("%s stands under %v", iri, members)
		}
	}
}

// TestAttack282Prefixes: an extension's prefix bends no term of the bundle, no
// identifier and no value.
func TestAttack282Prefixes(t *testing.T) {
	for _, c := range []string{`{"urn":"https://evil.example/"}`, `{"https":"https://evil.example/"}`} {
		ext, err := extend(t, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ext.ToRDF(extendedCredential(t, `,"credentialSubject":{"id":"urn:uuid:2","type":["AchievementSubject"]}`), "", Limits{}); !errors.Is(err, ErrContext) {
			// "https" is no prefix of what goes on with two slashes.
			if !strings.Contains(c, "https\":") || err != nil {
				t.Errorf("%s: %v", c, err)
			}
		}
	}
	// A value that specifications name is written by their name.
	for _, c := range []string{`{"zz":"https://evil.example/purpose"}`, `{"p":"https://evil.example/"}`} {
		for _, value := range []string{"zz", "p:purpose"} {
			ext, err := extend(t, c)
			if err != nil {
				t.Fatal(err)
			}
			doc := parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2","`+extensionURL+`"],"type":"DataIntegrityProof","proofPurpose":"`+value+`"}`)
			if d, err := ext.ToRDF(doc, "", Limits{}); err == nil && strings.Contains(fmt.Sprint(d.Quads), "evil") {
				t.Errorf("proofPurpose by %s of %s: %v", value, c, d.Quads)
			}
		}
	}
	// A term of the bundle that is written by a prefix is what it is, or nothing.
	p, err := pinnedTerms()
	if err != nil {
		t.Fatal(err)
	}
	for name, defs := range p.terms {
		if !slices.ContainsFunc(defs, (*termDef).plainPrefix) {
			continue
		}
		doc := extendedCredential(t, `,"credentialSubject":{"type":["AchievementSubject"],"achievement":{"id":"urn:uuid:3","type":["Achievement"],"name":"n"}}`)
		ext, err := extend(t, `{"`+name+`":"https://evil.example/ns#"}`)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range [][]any{doc["@context"].([]any), {doc["@context"].([]any)[0], extensionURL, doc["@context"].([]any)[1]}} {
			doc["@context"] = order
			d, err := ext.ToRDF(doc, "", Limits{})
			if err != nil && !errors.Is(err, ErrContext) {
				t.Errorf("%s: %v", name, err)
			}
			for _, q := range quadsOf(d) {
				if strings.Contains(q.Predicate.Value+q.Object.Value, "evil") {
					t.Errorf("%s makes %v", name, q)
				}
			}
		}
	}
	// A scope of the bundle whose IRIs rest on a prefix that stands around it.
	cats, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	base := cats[0].empty
	a, err := base.process(map[string]any{"obi": "https://evil.example/#"}, true, false, &document{role: roleExtension})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.process(map[string]any{"narrative": map[string]any{"@id": "obi:narrative"}}, true, true, nil); !errors.Is(err, ErrContext) {
		t.Errorf("a term of the bundle by an extension's prefix: %v", err)
	}
}

func quadsOf(d *Dataset) []Quad {
	if d == nil {
		return nil
	}
	return d.Quads
}

// TestReading: members and types by terms of an extension are read by their IRIs,
// what a specification names by its names, JSON that is no statement not at all.
func TestReading(t *testing.T) {
	ext, err := extend(t, `{"e":"https://e.example/","Course":{"@id":"e:Course","@context":{"load":"e:load","again":"e:load","raw":{"@id":"e:raw","@type":"@json"},"name":"https://schema.org/name"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	doc := extendedCredential(t, `,"credentialSubject":{"type":["AchievementSubject","Course"],"id":"urn:uuid:2","load":5,"again":6,"raw":{"id":"urn:uuid:2","name":"x"},"e:other":"y","name":"n"}`)
	before := fmt.Sprint(doc)
	d, err := ext.ToRDF(doc, "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := d.Reading(doc)["credentialSubject"].(map[string]any)
	load, _ := got["https://e.example/load"].([]any)
	slices.SortFunc(load, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if diff := cmp.Diff(`map[https://e.example/load:[5 6] https://e.example/other:y id:urn:uuid:2 name:n type:[AchievementSubject https://e.example/Course]]`, fmt.Sprint(got)); diff != "" {
		t.Error(diff)
	}
	if fmt.Sprint(doc) != before || !d.Extended() {
		t.Error("the document was changed, or is not told from one without")
	}
	plain := credential(t, ``)
	if d, err = ToRDF(plain, "", Limits{}); err != nil || d.Extended() || fmt.Sprint(d.Reading(plain)) != fmt.Sprint(plain) {
		t.Errorf("a document without: %v", err)
	}
	if d, err = ext.ToRDF(extendedCredential(t, ``), "", Limits{}); err != nil || d.Extended() {
		t.Errorf("a document with an extension that it does not use: %v", err)
	}
}

// TestExtensionOfAnEndorsement: an inner credential has its own contexts.
func TestExtensionOfAnEndorsement(t *testing.T) {
	ext, err := extend(t, `{"gpa":"https://e.example/gpa"}`)
	if err != nil {
		t.Fatal(err)
	}
	inner := `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json","` + extensionURL + `"],"id":"urn:x:1","type":["VerifiableCredential"],"gpa":"4"}`
	doc := credential(t, `,"endorsement":[`+inner+`]`)
	if urls, err := Foreign(doc); err != nil || !slices.Equal(urls, []string{extensionURL}) {
		t.Errorf("%v, %v", urls, err)
	}
	if _, err := ext.ToRDF(doc, "", Limits{}); err != nil {
		t.Error(err)
	}
	if _, err := ToRDF(doc, "", Limits{}); !errors.Is(err, ErrContext) {
		t.Errorf("without the extension: %v", err)
	}
	if urls, err := Foreign(credential(t, ``)); err != nil || len(urls) != 0 {
		t.Errorf("%v, %v", urls, err)
	}
}

// TestExtensionsAreNotRemembered: what a document's own contexts made is gone with
// it; the memory of the bundle's is for others.
func TestExtensionsAreNotRemembered(t *testing.T) {
	if _, err := ToRDF(credential(t, `,"credentialSubject":{"type":["AchievementSubject","Profile"]}`), "", Limits{}); err != nil {
		t.Fatal(err)
	}
	before := derivedCount.Load()
	for i := range 20 {
		ext, err := extend(t, fmt.Sprintf(`{"Course":{"@id":"https://e.example/Course","@context":{"gpa":"https://e.example/%d"}}}`, i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ext.ToRDF(extendedCredential(t, `,"credentialSubject":{"type":["AchievementSubject","Profile","Course"],"gpa":"4"}`), "", Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := derivedCount.Load() - before; n > 0 {
		t.Errorf("%d remembered", n)
	}
}

// A context may begin with a byte order mark, as files of some editors do; its digest
// is that of the file.
func TestExtensionWithAMark(t *testing.T) {
	const u, text = "https://contexts.example/marked.json", `{"@context":{"load":"https://contexts.example/terms#load"}}`
	e, err := ParseExtension(u, []byte("\xEF\xBB\xBF"+text))
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte("\xEF\xBB\xBF" + text)); e.SHA256 != hex.EncodeToString(sum[:]) {
		t.Error("the digest is of something else than the file")
	}
	if _, err := ParseExtension(u, []byte("\xEF\xBB\xBF\xEF\xBB\xBF"+text)); err == nil {
		t.Error("two marks are let pass")
	}
}

// An extension that a thousand nodes name is worked through once.
func TestExtensionOfManyNodes(t *testing.T) {
	ext, err := extend(t, `{"gpa":"https://e.example/gpa"}`)
	if err != nil {
		t.Fatal(err)
	}
	cats, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	b := builder{ext: ext}
	one, err := b.apply(cats[0].empty, ext[extensionURL].doc)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := b.apply(cats[0].empty, ext[extensionURL].doc); err != nil || two != one {
		t.Errorf("worked through again: %v", err)
	}
	inner := `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json","` + extensionURL + `"],"id":"urn:x:1","type":["VerifiableCredential"],"gpa":"4"}`
	if _, err := ext.ToRDF(credential(t, `,"endorsement":[`+strings.TrimSuffix(strings.Repeat(inner+",", 1000), ",")+`]`), "", Limits{}); err != nil {
		t.Error(err)
	}
}

// FuzzExtension: whatever the context, terms of the bundle say what they say.
func FuzzExtension(f *testing.F) {
	for _, c := range []string{`{"gpa":"https://e.example/gpa"}`, `[{"e":"https://e.example/"},{"gpa":"e:gpa"}]`, `{"Course":{"@id":"https://e.example/C","@context":{"name":"https://schema.org/name"}}}`, `{"obi":"https://e.example/#"}`} {
		f.Add([]byte(`{"@context":` + c + `}`))
	}
	doc := `,"name":"n","validUntil":"2026-01-01T00:00:00Z","credentialSubject":{"type":["AchievementSubject","Course"],"achievement":{"id":"urn:uuid:3","type":["Achievement"],"name":"n","tag":["t"]}}`
	want := func(d *Dataset) (out []string) {
		for _, q := range d.Quads {
			if known(q.Predicate.Value) && q.Predicate.Value != rdfType {
				out = append(out, q.Predicate.Value+" "+q.Object.Value)
			}
		}
		slices.Sort(out)
		return out
	}
	plain := credential(f, strings.Replace(doc, `,"Course"`, "", 1))
	d, err := ToRDF(plain, "", Limits{})
	if err != nil {
		f.Fatal(err)
	}
	right := fmt.Sprint(len(want(d)))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := ParseExtension(extensionURL, text)
		if err != nil {
			if !errors.Is(err, ErrContext) {
				t.Fatal(err)
			}
			return
		}
		whole := extendedCredential(t, doc)
		x, err := Extensions{extensionURL: e}.ToRDF(whole, "", Limits{})
		if err != nil {
			return
		}
		if got := fmt.Sprint(len(want(x))); got != right {
			t.Fatalf("%s statements, without %s: %v", got, right, want(x))
		}
		r := x.Reading(whole)
		if r["validUntil"] != "2026-01-01T00:00:00Z" || r["name"] != "n" {
			t.Fatalf("%v", r)
		}
	})
}

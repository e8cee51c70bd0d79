package rdf

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// credential gives a small credential with members of its own.
func credential(t testing.TB, members string) map[string]any {
	t.Helper()
	return parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
	"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"https://e.example/i","type":"Profile"}`+members+`}`)
}

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	m, err := decode([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

// refused checks that a document is refused for the right reason, at the right
// place, and that the same document without the attack is not.
func refused(t *testing.T, desc, members string, want error, place string) {
	t.Helper()
	_, err := ToRDF(credential(t, members), "", Limits{})
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", desc, err, want)
		return
	}
	if !strings.Contains(err.Error(), place) {
		t.Errorf("%s: %v does not name %s", desc, err, place)
	}
}

func accepted(t *testing.T, desc, members string) *Dataset {
	t.Helper()
	d, err := ToRDF(credential(t, members), "", Limits{})
	if err != nil {
		t.Errorf("%s: %v", desc, err)
		return &Dataset{}
	}
	return d
}

func TestAttack29UnknownTerm(t *testing.T) {
	accepted(t, "nothing added", ``)
	refused(t, "at the root", `,"gpa":"4.0"`, ErrDataLoss, "at gpa:")
	refused(t, "in the achievement", `,"credentialSubject":{"type":"AchievementSubject","achievement":{"type":"Achievement","gpa":"4.0"}}`, ErrDataLoss, "at credentialSubject.achievement.gpa:")
	refused(t, "a term of a type that the node has not", `,"credentialSubject":{"achievement":"https://e.example/a"}`, ErrDataLoss, "credentialSubject.achievement:")
	// Null is as absent, under whatever name: nothing is said, and nothing dropped.
	if d := accepted(t, "with null", `,"gpa":null`); d.Nulls != 1 {
		t.Errorf("with null: %d counted", d.Nulls)
	}
	for _, said := range []string{`[]`, `[null]`, `""`, `false`, `0`, `{"a":null}`, `{}`} {
		refused(t, "with "+said, `,"gpa":`+said, ErrDataLoss, "at gpa:")
	}
	refused(t, "a keyword with null", `,"@reverse":null`, ErrMalformed, "@reverse")
	refused(t, "what looks like a keyword, with null", `,"@foo":null`, ErrMalformed, "@foo")
	refused(t, "a look-alike key", `,"Issuer":"https://e.example/j"`, ErrDataLoss, "at Issuer:")
	refused(t, "empty key", `,"":"x"`, ErrDataLoss, `at :`)
	refused(t, "a type that is not defined", `,"credentialSubject":{"type":["AchievementSubject","Doctor"]}`, ErrDataLoss, "credentialSubject.type")
}

func TestAttack30RelativeIdentifier(t *testing.T) {
	accepted(t, "absolute", `,"credentialSubject":{"id":"did:example:1"}`)
	for _, id := range []string{"rel", "/a/b", "#frag", "", "?q", "//host/path", "1x:y", ":x", "http //e", "https://e.example/a b", "https://e.example/<", "https://e.example/\\u0000", "type", "@id", "@type"} {
		refused(t, "subject "+id, `,"credentialSubject":{"id":"`+id+`","name":"n"}`, ErrDataLoss, "credentialSubject.id")
		refused(t, "issuer of an inner node "+id, `,"evidence":[{"id":"`+id+`","type":"Evidence","name":"n"}]`, ErrDataLoss, "evidence.id")
		refused(t, "reference "+id, `,"credentialSubject":{"type":"AchievementSubject","source":"`+id+`"}`, ErrDataLoss, "credentialSubject.source")
	}
	refused(t, "second achievement", `,"credentialSubject":{"type":"AchievementSubject","achievement":[{"id":"rel","name":"Doctor of Medicine"},{"id":"urn:uuid:2","type":"Achievement"}]}`, ErrDataLoss, "credentialSubject.achievement.id")
	refused(t, "alignment", `,"credentialSubject":{"type":"AchievementSubject","achievement":{"type":"Achievement","alignment":[{"id":"rel","targetName":"n"}]}}`, ErrDataLoss, "alignment.id")
}

func TestAttack31And32InlineContext(t *testing.T) {
	for desc, c := range map[string]string{
		"swapped terms":    `{"Achievement":{"@id":"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement","@context":{"name":"https://schema.org/description","description":"https://schema.org/name"}}}`,
		"term set to null": `{"name":null}`,
		"@vocab":           `{"@vocab":"https://e.example/"}`,
		"@base":            `{"@base":"https://e.example/"}`,
		"@import":          `{"@import":"https://www.w3.org/ns/credentials/v2"}`,
		"@propagate":       `{"@propagate":false}`,
		"null":             `null`,
		"empty object":     `{}`,
		"a new term":       `{"gpa":"https://e.example/gpa"}`,
	} {
		doc := credential(t, `,"name":"n"`)
		doc["@context"] = append(doc["@context"].([]any), parse(t, `{"c":`+c+`}`)["c"])
		_, err := ToRDF(doc, "", Limits{})
		if harmless := desc == "empty object" || desc == "a new term"; harmless != (err == nil) || err != nil && !errors.Is(err, ErrContext) {
			t.Errorf("%s appended: got %v, harmless %v", desc, err, harmless)
		}
		if desc == "a new term" {
			continue // an endorsement has contexts of its own: TestExtensionOfAnEndorsement
		}
		refused(t, desc+" in an inner node", `,"credentialSubject":{"@context":`+c+`,"id":"urn:x:1"}`, ErrContext, "credentialSubject")
		refused(t, desc+" in an endorsement", `,"endorsement":[{"@context":`+c+`,"id":"urn:x:1"}]`, ErrContext, "endorsement")
	}
	refused(t, "a bundled context where no credential stands", `,"credentialSubject":{"@context":"https://www.w3.org/ns/credentials/v2","id":"urn:x:1"}`, ErrContext, "credentialSubject")
	accepted(t, "a bundled context of an endorsement", `,"endorsement":[{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"id":"urn:x:1","type":["VerifiableCredential","EndorsementCredential"]}]`)
	refused(t, "another data model in an endorsement", `,"endorsement":[{"@context":["https://www.w3.org/2018/credentials/v1"],"id":"urn:x:1","type":["VerifiableCredential"]}]`, ErrContext, "endorsement")
	if _, err := ToRDF(parse(t, `{"id":"urn:x:1"}`), "", Limits{}); !errors.Is(err, ErrContext) {
		t.Errorf("no context: got %v", err)
	}
}

func TestAttack33Keywords(t *testing.T) {
	for _, k := range []string{"@included", "@graph", "@reverse", "@nest", "@index", "@set", "@list", "@id", "@type", "@value", "@language", "@direction", "@json", "@none", "@base", "@unknown", "@"} {
		for _, v := range []string{`"x"`, `{"id":"urn:x:2","name":"n"}`, `[{"id":"urn:x:2"}]`, `null`} {
			if k == "@value" && v == `"x"` {
				continue
			}
			refused(t, k+" at the root", `,"`+k+`":`+v, ErrMalformed, k)
			if k != "@value" {
				refused(t, k+" in a node", `,"credentialSubject":{"id":"urn:x:1","type":"AchievementSubject","`+k+`":`+v+`}`, ErrMalformed, k)
			}
		}
	}
	refused(t, "an alias beside the keyword", `,"credentialSubject":{"id":"urn:x:1","@id":"urn:x:2"}`, ErrMalformed, "@id")
	// Alone they are what their terms are (TestKeywordsAreTerms), and nothing less is
	// asked of what they hold.
	refused(t, "@id that is relative", `,"credentialSubject":{"@id":"x"}`, ErrDataLoss, "credentialSubject.id")
	refused(t, "@id of a blank node", `,"credentialSubject":{"@id":"_:b0"}`, ErrDataLoss, "credentialSubject.id")
	refused(t, "@type that is not defined", `,"credentialSubject":{"@type":"Nothing"}`, ErrDataLoss, "credentialSubject.type")
	refused(t, "@type by its IRI", `,"credentialSubject":{"@type":"https://purl.imsglobal.org/spec/vc/ob/vocab.html#AchievementSubject"}`, ErrMalformed, "credentialSubject.type")
	refused(t, "a value with a type", `,"validFrom":{"@value":"2026-01-01T00:00:00Z","@type":"http://www.w3.org/2001/XMLSchema#dateTime"}`, ErrMalformed, "validFrom")
}

// TestKeywordsAreTerms: @id and @type give the statements that id and type give,
// with the contexts that types bring, and in references.
func TestKeywordsAreTerms(t *testing.T) {
	const plain = `,"credentialSubject":{"id":"urn:x:1","type":["AchievementSubject"],"achievement":{"id":"urn:x:2","type":["Achievement"],"name":"n"}}`
	want, err := ToRDF(credential(t, plain), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ToRDF(credential(t, strings.NewReplacer(`"id":`, `"@id":`, `"type":`, `"@type":`).Replace(plain)), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Dataset{want, got} {
		slices.SortFunc(d.Quads, func(a, b Quad) int { return strings.Compare(string(AppendQuad(nil, a)), string(AppendQuad(nil, b))) })
	}
	if len(want.Quads) < 8 || !slices.Equal(want.Quads, got.Quads) {
		t.Errorf("%v, want %v", got.Quads, want.Quads)
	}
}

func TestAttack34BlankNodes(t *testing.T) {
	refused(t, "labelled node", `,"credentialSubject":{"id":"_:b0","name":"n"}`, ErrDataLoss, "credentialSubject.id")
	refused(t, "reference to a labelled node", `,"credentialSubject":{"type":"AchievementSubject","source":"_:b0"}`, ErrDataLoss, "credentialSubject.source")
	refused(t, "blank type", `,"credentialSubject":{"type":"_:t"}`, ErrDataLoss, "credentialSubject.type")
	refused(t, "blank predicate", `,"_:p":"x"`, ErrDataLoss, "at _:p")
	doc := credential(t, ``)
	delete(doc, "@context")
	outer := map[string]any{"@context": credential(t, ``)["@context"], "@graph": []any{doc, doc}}
	if _, err := ToRDF(outer, "", Limits{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("two roots: got %v, want ErrMalformed", err)
	}
	if _, err := ToRDF(map[string]any{"@context": doc["@context"]}, "", Limits{}); !errors.Is(err, ErrContext) {
		t.Errorf("nothing: got %v", err)
	}
	empty := map[string]any{"@context": credential(t, ``)["@context"], "id": "urn:x:1"}
	if _, err := ToRDF(empty, "", Limits{}); !errors.Is(err, ErrDataLoss) {
		t.Errorf("a document that says nothing: got %v, want ErrDataLoss", err)
	}
}

func TestAttack35Nulls(t *testing.T) {
	if d := accepted(t, "none", `,"name":"n"`); d.Nulls != 0 {
		t.Errorf("none: %d counted", d.Nulls)
	}
	for _, m := range []string{`,"validUntil":null`, `,"name":[null]`, `,"name":[]`, `,"credentialSubject":{"type":"AchievementSubject","result":[]}`} {
		if d := accepted(t, m, m); d.Nulls != 1 {
			t.Errorf("%s: %d counted, want 1", m, d.Nulls)
		}
	}
	refused(t, "null identifier", `,"credentialSubject":{"id":null}`, ErrMalformed, "credentialSubject")
	refused(t, "null type", `,"credentialSubject":{"type":[null]}`, ErrMalformed, "credentialSubject")
	refused(t, "null value", `,"name":{"@value":null}`, ErrMalformed, "name")
}

// No bundled context has a second name for @id or @type. If one had, a node
// could have two identifiers, of which a reader sees one.
func TestTwoIdentifiers(t *testing.T) {
	a, err := (&activeContext{cat: &catalogue{}}).process(map[string]any{"id": "@id", "uri": "@id", "type": "@type", "kind": "@type", "name": "https://e.example/name"}, true, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{"id":"urn:x:1","uri":"urn:x:2","name":"n"}`, `{"type":"urn:x:T","kind":"urn:x:U","name":"n"}`} {
		b := builder{limits: Limits{}.orDefault()}
		if _, err := b.node(a, parse(t, text), nil, Term{}, true); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", text, err)
		}
	}
}

// What RDF cannot hold is never left out in silence.
func TestNothingIsDropped(t *testing.T) {
	if d := accepted(t, "text direction", `,"name":{"@value":"n","@language":"ar","@direction":"rtl"}`); d.Turned != 1 {
		t.Errorf("a text direction: %d told", d.Turned)
	}
	if d := accepted(t, "no text direction", `,"name":{"@value":"n","@language":"ar"}`); d.Turned != 0 {
		t.Errorf("no text direction: %d told", d.Turned)
	}
	refused(t, "text direction that is none", `,"name":{"@value":"n","@language":"ar","@direction":"up"}`, ErrMalformed, "name")
	refused(t, "text direction without a language", `,"name":{"@value":"n","@direction":"rtl"}`, ErrMalformed, "name")
	refused(t, "text direction of a date", `,"validFrom":{"@value":"2020-01-01T00:00:00Z","@language":"ar","@direction":"rtl"}`, ErrMalformed, "validFrom")
	refused(t, "bad language", `,"name":{"@value":"n","@language":"no good"}`, ErrDataLoss, "name")
	refused(t, "relative datatype", `,"name":{"@value":"n","@type":"t"}`, ErrMalformed, "name")
	refused(t, "index in a value", `,"name":{"@value":"n","@index":"i"}`, ErrMalformed, "name")
	refused(t, "a bare proof", `,"proof":"https://e.example/p"`, ErrDataLoss, "proof")
	refused(t, "a proof that is only an identifier", `,"proof":{"id":"urn:x:1"}`, ErrDataLoss, "proof")
	refused(t, "an empty proof", `,"proof":{}`, ErrDataLoss, "proof")
	refused(t, "identifier that is a number", `,"credentialSubject":{"id":5}`, ErrMalformed, "credentialSubject")
	refused(t, "a JSON literal with a number that JCS would change", `,"credentialSchema":{"type":"JsonSchema","jsonSchema":{"n":9007199254740993}}`, ErrDataLoss, "credentialSchema.jsonSchema")
	refused(t, "list in a list", `,"credentialSubject":{"type":"AchievementSubject","achievement":{"type":"Achievement","resultDescription":{"type":"ResultDescription","allowedValue":[["A"],"B"]}}}`, ErrMalformed, "allowedValue")
}

// What limits a credential is not moved out of a reader's sight under a good
// signature: the statements would be the same.
func TestNothingIsHidden(t *testing.T) {
	const until = `"2020-01-01T00:00:00Z"`
	accepted(t, "as it should be", `,"validUntil":`+until)
	same := func(a, b string) { // the attack is real: only the check refuses it
		t.Helper()
		x := credential(t, a)
		loader := newGoldLoader(t)
		one, err := loader.gold(x)
		if err != nil {
			t.Fatal(err)
		}
		two, err := loader.gold(credential(t, b))
		if err != nil {
			t.Fatal(err)
		}
		if canonicalText(t, one) != canonicalText(t, two) {
			t.Errorf("%s and %s are not the same statements", a, b)
		}
	}
	byIRI := `,"https://www.w3.org/2018/credentials#validUntil":{"@value":` + until + `,"@type":"http://www.w3.org/2001/XMLSchema#dateTime"}`
	same(`,"validUntil":`+until, byIRI)
	refused(t, "end of validity by its IRI", byIRI, ErrMalformed, "validUntil")
	status := `{"id":"https://e.example/s#1","type":"BitstringStatusListEntry","statusListIndex":"1"}`
	byIRI = `,"https://www.w3.org/2018/credentials#credentialStatus":` + status
	same(`,"credentialStatus":`+status, byIRI)
	refused(t, "status by its IRI", byIRI, ErrMalformed, "credentialStatus")
	object := `,"validUntil":{"@value":` + until + `,"@type":"http://www.w3.org/2001/XMLSchema#dateTime"}`
	same(`,"validUntil":`+until, object)
	refused(t, "end of validity as a value object", object, ErrMalformed, "validUntil")
	same(`,"validUntil":`+until, `,"validUntil":[`+until+`]`)
	refused(t, "end of validity as a list", `,"validUntil":[`+until+`]`, ErrMalformed, "validUntil")
	refused(t, "text as a value object", `,"name":{"@value":"n"}`, ErrMalformed, "name")
	refused(t, "number as a value object", `,"name":{"@value":4}`, ErrMalformed, "name")
	accepted(t, "text in a language", `,"name":{"@value":"n","@language":"en"}`)

	// An endorsement of the credential names it; its own statements could move
	// there.
	endorsed := func(root, there string) string {
		return root + `,"endorsement":[{"id":"urn:uuid:2","type":["VerifiableCredential","EndorsementCredential"],"credentialSubject":{"id":"urn:uuid:1","type":["EndorsementSubject","VerifiableCredential"],"endorsementComment":"good"` + there + `}}]`
	}
	same(endorsed(`,"validUntil":`+until, ``), endorsed(``, `,"validUntil":`+until))
	accepted(t, "an endorsement", endorsed(`,"validUntil":`+until, ``))
	refused(t, "end of validity in an endorsement", endorsed(``, `,"validUntil":`+until), ErrMalformed, "endorsement.credentialSubject.validUntil")
	refused(t, "status in an endorsement", endorsed(``, `,"credentialStatus":`+status), ErrMalformed, "endorsement.credentialSubject.credentialStatus")
	accepted(t, "a foreign property by its IRI", `,"https://e.example/vocabulary#x":"y"`)
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"7", `"7"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"-3", `"-3"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"3.0", `"3"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"1e3", `"1000"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"5.3", `"5.3E0"^^<http://www.w3.org/2001/XMLSchema#double>`},
		{"-0.001", `"-1.0E-3"^^<http://www.w3.org/2001/XMLSchema#double>`},
		{"1e21", `"1.0E21"^^<http://www.w3.org/2001/XMLSchema#double>`},
		{"9007199254740992", `"9007199254740992"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"9007199254740993", ""}, // a double holds …992 instead
		{"0.12345678901234567", ""},
		{"1e400", ""},
		{"-0", ""},
		{"1e-400", ""},
	} {
		d, err := ToRDF(credential(t, `,"name":`+tt.in), "", Limits{})
		if tt.want == "" {
			if !errors.Is(err, ErrDataLoss) {
				t.Errorf("%s: got %v, want ErrDataLoss", tt.in, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		var got string
		for _, q := range d.Quads {
			if q.Predicate.Value == "https://schema.org/name" {
				got = string(appendTerm(nil, &q.Object))
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
	if _, err := CanonicalJSON(map[string]any{"n": json.Number("9007199254740993")}); !errors.Is(err, ErrDataLoss) {
		t.Errorf("JCS of a number that it would change: got %v", err)
	}
	if out, err := CanonicalJSON(map[string]any{"b": json.Number("1.50"), "a": "<é>"}); err != nil || string(out) != `{"a":"<é>","b":1.5}` {
		t.Errorf("JCS: got %s, %v", out, err)
	}
}

func TestLimitsOfToRDF(t *testing.T) {
	doc := credential(t, `,"credentialSubject":{"type":"AchievementSubject","achievement":[{"type":"Achievement","tag":["a","b","c"]},{"type":"Achievement"}]}`)
	if _, err := ToRDF(doc, "", Limits{Quads: 5}); !errors.Is(err, ErrBudget) {
		t.Errorf("statements: got %v", err)
	}
	if _, err := ToRDF(doc, "", Limits{Blanks: 2}); !errors.Is(err, ErrBudget) {
		t.Errorf("blank nodes: got %v", err)
	}
	if _, err := ToRDF(doc, "", Limits{Depth: 1}); !errors.Is(err, ErrBudget) {
		t.Errorf("depth: got %v", err)
	}
	var deep any = "x"
	for range 100 {
		deep = []any{deep}
	}
	doc = credential(t, ``)
	doc["name"] = deep
	if _, err := ToRDF(doc, "", Limits{}); !errors.Is(err, ErrBudget) {
		t.Errorf("arrays: got %v", err)
	}
	if _, err := ToRDF(doc, "no such", Limits{}); !errors.Is(err, ErrContext) {
		t.Errorf("variant: got %v", err)
	}
}

// The copy of the Open Badges 3.0.3 context that the public validator carries
// has terms that the published one lacks.
func TestVariants(t *testing.T) {
	doc := credential(t, `,"endorsementJwt":["a.b.c"]`)
	if _, err := ToRDF(doc, "", Limits{}); !errors.Is(err, ErrDataLoss) {
		t.Errorf("published: got %v, want ErrDataLoss", err)
	}
	d, err := ToRDF(doc, "1edtech-validator", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Variant != "1edtech-validator" {
		t.Errorf("variant %q", d.Variant)
	}
	if v := Variants(); len(v) != 2 || v[0] != "" {
		t.Errorf("variants: %q", v)
	}
}

// Protected terms may not be redefined by a context that follows.
func TestProtectedTerms(t *testing.T) {
	c := &catalogue{}
	a, err := (&activeContext{cat: c}).process(map[string]any{"@protected": true, "name": "https://e.example/name"}, true, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.process(map[string]any{"name": "https://e.example/name"}, true, false, nil); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if _, err := a.process(map[string]any{"name": "https://e.example/other"}, true, false, nil); !errors.Is(err, ErrContext) {
		t.Errorf("another IRI: got %v, want ErrContext", err)
	}
	if _, err := a.process(nil, true, false, nil); !errors.Is(err, ErrContext) {
		t.Errorf("null: got %v, want ErrContext", err)
	}
	if _, err := a.process(map[string]any{"name": "https://e.example/other"}, true, true, nil); err != nil {
		t.Errorf("by a property: %v", err)
	}
}

// What is remembered of contexts does not grow with the documents.
func TestDerivedContextsAreBounded(t *testing.T) {
	types := []any{"Achievement", "AchievementSubject", "Address", "Alignment", "Evidence", "GeoCoordinates", "IdentifierEntry", "IdentityObject", "Image", "Profile", "Related", "Result", "ResultDescription", "RubricCriterionLevel"}
	for mask := range 1 << len(types) {
		var some []any
		for i, x := range types {
			if mask>>i&1 == 1 {
				some = append(some, x)
			}
		}
		doc := credential(t, `,"credentialSubject":{"id":"urn:x:1"}`)
		doc["credentialSubject"].(map[string]any)["type"] = some
		if _, err := ToRDF(doc, "", Limits{}); err != nil && !errors.Is(err, ErrContext) {
			t.Fatal(err)
		}
		if n := derivedCount.Load(); n > maxDerived+100 {
			t.Fatalf("%d remembered", n)
		}
		if mask > 8*maxDerived {
			break
		}
	}
	if n := derivedCount.Load(); n < maxDerived {
		t.Errorf("%d remembered: the bound was not reached", n)
	}
}

// A type given many times brings its context once: looking up a term does not
// slow down with what an attacker repeats.
func TestRepeatedTypes(t *testing.T) {
	doc := credential(t, `,"credentialSubject":{"id":"urn:x:1"}`)
	types := make([]any, 200_000)
	for i := range types {
		types[i] = "AchievementSubject"
	}
	doc["credentialSubject"].(map[string]any)["type"] = types
	before := derivedCount.Load()
	d, err := ToRDF(doc, "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, q := range d.Quads {
		if q.Predicate.Value == rdfType && q.Subject.Value == "urn:x:1" {
			n++
		}
	}
	if n != 1 || derivedCount.Load() > before+10 {
		t.Errorf("%d statements, %d contexts", n, derivedCount.Load()-before)
	}
}

// FuzzToRDF: whatever the document, the answer is statements that N-Quads can
// hold, or one of the package's errors.
func FuzzToRDF(f *testing.F) {
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"id":"urn:uuid:1","type":["VerifiableCredential"],"credentialSubject":{"type":"AchievementSubject","achievement":{"type":["Achievement"],"tag":["a",1.5,null],"resultDescription":[{"type":"ResultDescription","allowedValue":["A","B"]}]}}}`))
	f.Add([]byte(`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2"],"type":["VerifiableCredential"],"issuer":"did:key:z","proof":{"type":"DataIntegrityProof","proofPurpose":"assertionMethod"}}`))
	f.Add([]byte(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"JsonSchema","jsonSchema":{"a":[1e3,{"b":null}]},"name":{"@value":"x","@language":"EN"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := decode(data)
		if err != nil || !utf8.Valid(data) {
			return
		}
		d, err := ToRDF(doc, "", Limits{Quads: 500})
		if err != nil {
			if !errors.Is(err, ErrContext) && !errors.Is(err, ErrDataLoss) && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrBudget) {
				t.Fatal(err)
			}
			return
		}
		c, err := Canonicalize(context.Background(), d.Quads, crypto.SHA256, Limits{Work: 2000})
		if errors.Is(err, ErrBudget) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseNQuads(c.NQuads); err != nil {
			t.Fatalf("%v\n%s", err, c.NQuads)
		}
	})
}

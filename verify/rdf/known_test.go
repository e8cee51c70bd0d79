package rdf

import (
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
)

// TestReviewed: each text that is known has a digest and an address over https,
// and no context of the bundle is among them.
func TestReviewed(t *testing.T) {
	cats, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	for u, r := range reviewed {
		at, err := url.Parse(u)
		if err != nil || at.Scheme != "https" || at.Host == "" || r.what == "" || len(r.sums) == 0 || cats[0].docs[u] != nil {
			t.Errorf("%s: %+v", u, r)
		}
		for _, sum := range r.sums {
			if b, err := hex.DecodeString(sum); err != nil || len(b) != 32 || strings.ToLower(sum) != sum {
				t.Errorf("%s: %q is no SHA-256", u, sum)
			}
		}
	}
	for _, u := range []string{"https://ctx.learncard.com/boosts/1.0.0.json", "https://ctx.learncard.com/boosts/1.0.3.json", "https://w3id.org/dcc/v1"} {
		if !Reviewed(u) {
			t.Errorf("%s is not known", u)
		}
	}
	if Reviewed("https://ctx.learncard.com/boosts/1.0.4.json") {
		t.Error("an edition that nobody read is known")
	}
	// Another text at a known address is a stranger's.
	e, err := ParseExtension("https://w3id.org/dcc/v1", []byte(`{"@context":{"gpa":"https://e.example/gpa"}}`))
	if err != nil || e.Known() {
		t.Errorf("%v, %v", e, err)
	}
}

// reviewedLike is of our own making in the shape of contexts that are known: a
// scope whose terms have names of specifications, a property that goes
// backwards, a class as a property, a member of a definition that is none.
const reviewedLike = `{
	"id":"@id","type":"@type","x":"https://like.example/#","xsd":"https://www.w3.org/2001/XMLSchema#",
	"Like":{"@id":"x:Like","@context":{
		"files":{"@id":"x:files","@container":"@set","@context":{"type":{"@id":"x:fileType","@type":"xsd:string"},"url":{"@id":"x:fileUrl","context":{"a":"b"}}}},
		"whole":{"@id":"https://www.w3.org/2018/credentials#VerifiableCredential","@type":"@id","@container":"@graph"},
		"backwards":{"@reverse":"x:of"},
		"until":{"@id":"https://www.w3.org/2018/credentials#validUntil","@type":"http://www.w3.org/2001/XMLSchema#dateTime"}}}}`

// TestAttack283Reviewed: of a text that was read through, what would hide
// something is refused where a document uses it, and its members are read by
// their IRIs, whatever their names.
func TestAttack283Reviewed(t *testing.T) {
	if _, err := extend(t, reviewedLike); err == nil {
		t.Fatal("a stranger's text of that shape is let pass")
	}
	obj, err := decode([]byte(reviewedLike))
	if err != nil {
		t.Fatal(err)
	}
	d, err := extension(extensionURL, obj, true)
	if err != nil {
		t.Fatal(err)
	}
	ext := Extensions{extensionURL: {URL: extensionURL, doc: d}}
	doc := func(members string) map[string]any {
		out := extendedCredential(t, members)
		out["type"] = append(out["type"].([]any), "Like")
		return out
	}
	good := doc(`,"files":[{"type":"image","url":"u"}]`)
	data, err := ext.ToRDF(good, "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	read := data.Reading(good)
	files := read["https://like.example/#files"].([]any)[0].(map[string]any)
	if files["https://like.example/#fileType"] != "image" || files["type"] != nil || files["url"] != nil || read["files"] != nil {
		t.Errorf("%v", read)
	}
	for desc, members := range map[string]string{
		"an end under another name": `,"until":"2026-01-01T00:00:00Z"`,
		"a property backwards":      `,"backwards":{"id":"urn:x:1"}`,
		"a class as a property":     `,"whole":{"id":"urn:x:1","name":"n"}`,
	} {
		x, err := ext.ToRDF(doc(members), "", Limits{})
		if err == nil || !strings.Contains(err.Error(), ErrContext.Error()) {
			t.Errorf("%s: %v, %v", desc, err, quadsOf(x))
		}
	}
}

package ob2

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assay/verify/rdf"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The contexts that an object may have are those of the bundle.
func TestContextsAreBundled(t *testing.T) {
	for _, u := range []string{context11, context20, context21, context21At} {
		if _, ok := rdf.BadgeVocabulary(u); !ok {
			t.Errorf("%s is not bundled", u)
		}
	}
}

func TestContext(t *testing.T) {
	const ext = "https://extensions.example/context.json"
	list := func(l ...any) any { return l }
	const sound, invalid, redefines = "pass", "fail:schema_invalid", "fail:context_redefines"
	for _, tc := range []struct {
		desc    string
		context any
		want    string
		detail  string
		warned  bool
	}{
		{"2.0", context20, sound, "", false},
		{"2.0 in a list", list(context20), sound, "", false},
		{"2.1", context21, sound, "", false},
		{"2.1, the other address", context21At, sound, "", false},
		{"2.0 and 2.1", list(context20, context21), sound, "", false},
		{"with an extension", list(context20, ext), sound, "", true},
		{"with a term of its own", list(context20, m{"gpa": "https://extensions.example/gpa"}), sound, "", true},
		{"says again what is said", list(context20, m{"name": "schema:name", "badge": m{"@id": "obi:badge", "@type": "@id"}}), sound, "", true},
		{"redefines", list(context20, m{"issuedOn": "dc:created"}), redefines, "assertion: @context redefines issuedOn", true},
		{"redefines after an extension", list(context20, ext, m{"gpa": "x:gpa", "recipient": "x:r", "badge": "x:b"}), redefines, "assertion: @context redefines badge, recipient", true},
		{"takes a term away", list(context20, m{"expires": nil}), redefines, "assertion: @context redefines expires", true},
		{"redefines a prefix", list(context20, m{"obi": "https://evil.example/#"}), redefines, "assertion: @context redefines obi", true},
		{"2.1 redefining a term of 2.0", list(context21, m{"issuedOn": "dc:created"}), redefines, "assertion: @context redefines issuedOn", true},
		{"all inline", m{"issuedOn": "dc:created"}, redefines, "assertion: @context is not that of Open Badges; assertion: @context redefines issuedOn", true},
		{"inline first", list(m{"gpa": "x:gpa"}, context20), invalid, "assertion: @context is not that of Open Badges", true},
		{"extension first", list(ext, context20), invalid, "assertion: @context is not that of Open Badges", true},
		{"http", "http://w3id.org/openbadges/v2", invalid, "assertion: @context is not that of Open Badges", true},
		{"look-alike path", "https://w3id.org/openbadges/v2x", invalid, "assertion: @context is not that of Open Badges", true},
		{"look-alike host", "https://evil.example/w3id.org/openbadges/v2", invalid, "assertion: @context is not that of Open Badges", true},
		{"null forgets the rest", list(context20, nil), invalid, "assertion: @context holds neither a URL nor an object", false},
		{"number", list(context20, 2), invalid, "assertion: @context holds neither a URL nor an object", false},
		{"legacy", list(context20, "https://w3id.org/openbadges/v1"), invalid, "", false},
		{"1.1", context11, sound, "", false},
		{"1.1 with an extension", list(context11, ext), sound, "", true},
		{"1.1 redefining", list(context11, m{"uid": "x:uid"}), redefines, "assertion: @context redefines uid", true},
		{"1.1 redefining a term of the context it names", list(context11, m{"recipientEmail": "x:mail"}), redefines, "assertion: @context redefines recipientEmail", true},
		{"1.1 with a term of 2.0", list(context11, m{"allowedOrigins": "x:o"}), sound, "", true},
		{"1.1 and 2.0", list(context11, context20), invalid, "assertion: @context is that of two versions", false},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := hostedWeb()
			w.Put(aURL, with(assertion(), m{"@context": tc.context}))
			v := judge(t, w, with(assertion(), m{"@context": tc.context}))
			got := aspects(v)
			if want := "pass pass pass pass " + tc.want; got != want {
				t.Errorf("got  %s\nwant %s\n%s", got, want, v.Aspects.Conformance.Detail)
			}
			if d := v.Aspects.Conformance.Detail; tc.detail != "" && !strings.HasPrefix(d, tc.detail) {
				t.Errorf("detail %q, want %q", d, tc.detail)
			}
			if warned := slices.Contains(v.Warnings, verdict.WarnContextAdds); warned != tc.warned {
				t.Errorf("warnings %v", v.Warnings)
			}
		})
	}
}

// The class and the issuer are held to it as well, of whichever version.
func TestContextOfParts(t *testing.T) {
	whole := m{}
	for _, src := range rdf.Bundle() {
		if src.URL == context20 {
			var doc struct {
				Context m `json:"@context"`
			}
			if err := json.Unmarshal(src.Data, &doc); err != nil {
				t.Fatal(err)
			}
			whole = doc.Context
		}
	}
	swap := []any{ctx2, m{"name": "schema:description", "description": "schema:name"}}
	for _, tc := range []struct {
		desc   string
		web    func(w *verifytest.Web)
		want   verdict.Reason
		detail string
	}{
		{"class of 1.1", func(w *verifytest.Web) { w.Put(cURL, with(class(), m{"@context": context11})) }, "", ""},
		{"class without", func(w *verifytest.Web) { w.Put(cURL, with(class(), m{"@context": nil})) }, "", ""},
		{"class with a copy", func(w *verifytest.Web) { w.Put(cURL, with(class(), m{"@context": whole})) }, "", ""},
		{"class with a copy that is not one", func(w *verifytest.Web) {
			w.Put(cURL, with(class(), m{"@context": with(whole, m{"name": "schema:description"})}))
		}, verdict.ContextRedefines, "class: @context is not that of Open Badges; class: @context redefines name"},
		{"class with a copy that lacks a term", func(w *verifytest.Web) { w.Put(cURL, with(class(), m{"@context": with(whole, m{"salt": nil})})) }, verdict.SchemaInvalid, "class: @context is not that of Open Badges"},
		{"assertion with a copy", func(w *verifytest.Web) { w.Put(aURL, with(assertion(), m{"@context": whole})) }, verdict.SchemaInvalid, "assertion: @context is not that of Open Badges"},
		{"class of another", func(w *verifytest.Web) { w.Put(cURL, with(class(), m{"@context": "https://schema.org/"})) }, verdict.SchemaInvalid, "class: @context is not that of Open Badges"},
		{"class that swaps names", func(w *verifytest.Web) { w.Put(cURL, with(class(), m{"@context": swap})) }, verdict.ContextRedefines, "class: @context redefines description, name"},
		{"issuer that swaps names", func(w *verifytest.Web) { w.Put(pURL, with(profile(), m{"@context": swap})) }, verdict.ContextRedefines, "issuer: @context redefines description, name"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := hostedWeb()
			tc.web(w)
			c := judge(t, w, assertion()).Aspects.Conformance
			if c.Reason != tc.want || c.Detail != tc.detail || (c.State == verdict.Pass) != (tc.want == "") {
				t.Errorf("%+v", c)
			}
		})
	}
}

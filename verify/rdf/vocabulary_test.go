package rdf

import "testing"

func TestBadgeVocabulary(t *testing.T) {
	const (
		one      = "https://w3id.org/openbadges/v1"
		two      = "https://w3id.org/openbadges/v2"
		twoOne   = "https://purl.imsglobal.org/spec/ob/v2p1/context/ob_v2p1.jsonld"
		twoOneAt = "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld"
	)
	for _, tt := range []struct {
		url, term string
		want      bool
	}{
		{one, "uid", true},
		{one, "recipientEmail", true}, // of legacy-v1, which v1 names
		{one, "allowedOrigins", false},
		{two, "allowedOrigins", true},
		{two, "recipientEmail", false},
		{two, "id", true},
		{two, "", false},
		{twoOne, "apiBase", true},
		{twoOneAt, "apiBase", true},
		{twoOne, "issuedOn", false}, // an Assertion is of 2.0
	} {
		v, ok := BadgeVocabulary(tt.url)
		if !ok {
			t.Fatalf("%s is not known", tt.url)
		}
		if _, got := v.terms[tt.term]; got != tt.want {
			t.Errorf("%s defines %q: %v, want %v", tt.url, tt.term, got, tt.want)
		}
	}
	for _, u := range []string{
		"", "http://w3id.org/openbadges/v2", "https://w3id.org/openbadges/v2/", "https://w3id.org/openbadges/v3",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://www.w3.org/ns/credentials/v2",
	} {
		if _, ok := BadgeVocabulary(u); ok {
			t.Errorf("%q is taken for a context of Open Badges 1 or 2", u)
		}
	}
}

func TestRedefines(t *testing.T) {
	v, ok := BadgeVocabulary("https://w3id.org/openbadges/v2")
	if !ok {
		t.Fatal("not known")
	}
	type m = map[string]any
	for _, tt := range []struct {
		desc       string
		term       string
		definition any
		want       bool
	}{
		{"another meaning", "issuedOn", "dc:created", true},
		{"another type", "issuedOn", m{"@id": "obi:issueDate", "@type": "@id"}, true},
		{"taken away", "issuedOn", nil, true},
		{"the same", "issuedOn", m{"@id": "obi:issueDate", "@type": "xsd:dateTime"}, false},
		{"the same, shorter", "name", "schema:name", false},
		{"the same, longer", "obi", m{"@id": "https://w3id.org/openbadges#"}, false},
		{"swapped", "name", "schema:description", true},
		{"prefix", "obi", "https://evil.example/#", true},
		{"keyword alias", "type", "@id", true},
		{"of the earlier edition", "targetFramework", m{"@id": "schema:targetFramework"}, false},
		{"of no edition", "targetFramework", "schema:targetName", true},
		{"an earlier edition's, of another term", "targetName", "schema:targetFramework", true},
		{"not comparable", "targetFramework", m{"@id": "schema:targetFramework", "@type": []any{"@id"}}, true},
		{"new term", "gpa", "https://example.org/gpa", false},
		{"keyword", "@vocab", "https://example.org/", false},
	} {
		if got := v.Redefines(tt.term, tt.definition); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.desc, got, tt.want)
		}
	}
}

func TestCopied(t *testing.T) {
	v, ok := BadgeVocabulary("https://w3id.org/openbadges/v2")
	if !ok {
		t.Fatal("not known")
	}
	whole := func() map[string]any {
		m := make(map[string]any)
		for k, d := range v.terms {
			m[k] = d
		}
		return m
	}
	if !v.Copied(whole()) {
		t.Error("a copy is not taken for one")
	}
	more := whole()
	more["gpa"] = "https://example.org/gpa"
	if !v.Copied(more) {
		t.Error("a copy with a term more is not taken for one")
	}
	less := whole()
	delete(less, "salt")
	if v.Copied(less) {
		t.Error("a copy that lacks a term is taken for one")
	}
	other := whole()
	other["salt"] = "obi:uid"
	if v.Copied(other) || v.Copied(nil) {
		t.Error("another context is taken for a copy")
	}
}

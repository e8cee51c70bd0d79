package vc

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/verify/read"
)

// TestMalformed: what the data model demands of every credential is missed, member by member.
func TestMalformed(t *testing.T) {
	const good = `{"type":["VerifiableCredential"],"id":"urn:uuid:1","credentialSubject":{"id":"did:example:1"},"credentialSchema":{"id":"https://schemas.example/1","type":"JsonSchema"},` +
		`"evidence":[{"type":"Evidence"}],"relatedResource":{"id":"https://resources.example/1","digestSRI":"sha384-x"}}`
	for _, tc := range []struct{ from, to, want string }{
		{"", "", ""},
		{`"id":"urn:uuid:1",`, ``, ""},
		{`["VerifiableCredential"]`, `"VerifiableCredential"`, ""},
		{`"credentialSubject":{`, `"credentialSubject":[{"name":"A"},{`, ""}, // closed below
		{`"id":"urn:uuid:1"`, `"name":"A","description":[{"@value":"B","@language":"en"},{"@value":"C","@direction":"ltr"}],"issuer":{"id":"did:example:2","name":{"@value":"D"}}`, ""},
		{`"id":"urn:uuid:1"`, `"name":{"@value":"A","url":"did:example:2"}`, "name: "},
		{`"id":"urn:uuid:1"`, `"description":["A",7]`, "description: "},
		{`"id":"urn:uuid:1"`, `"issuer":{"id":"did:example:2","description":{"@value":7}}`, "description: "},
		{`["VerifiableCredential"]`, `["Other"]`, "type: "},
		{`"urn:uuid:1"`, `null`, "the credential: its id"},
		{`"urn:uuid:1"`, `["urn:uuid:1","urn:uuid:2"]`, "the credential: its id"},
		{`"urn:uuid:1"`, `"https ://no.example"`, "the credential: its id"},
		{`"https://schemas.example/1"`, `7`, "credentialSchema: id"},
		{`{"id":"did:example:1"}`, `{}`, "credentialSubject: says nothing"},
		{`{"id":"did:example:1"}`, `"did:example:1"`, "credentialSubject: says nothing"},
		{`"did:example:1"`, `["did:example:1","did:example:2"]`, "credentialSubject: its id"},
		{`,"type":"JsonSchema"`, ``, "credentialSchema: type"},
		{`"id":"https://schemas.example/1",`, ``, "credentialSchema: id"},
		{`{"type":"Evidence"}`, `{"type":"Evidence"},{}`, "evidence: type"},
		{`"id":"https://resources.example/1",`, ``, "relatedResource: "},
		{`,"digestSRI":"sha384-x"`, ``, "relatedResource: "},
	} {
		text := strings.Replace(good, tc.from, tc.to, 1)
		if strings.Contains(tc.to, `[{"name":"A"},{`) {
			text = strings.Replace(text, `"did:example:1"}`, `"did:example:1"}]`, 1)
		}
		var o read.Object
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := strings.Join(malformed(o), "; ")
		if (got == "") != (tc.want == "") || !strings.HasPrefix(got, tc.want) {
			t.Errorf("%q for %q: %q, want %q", tc.to, tc.from, got, tc.want)
		}
	}
}

package vc

import (
	"errors"
	"fmt"
	"testing"

	"assay/verify/proof"
	"assay/verify/read"
)

// TestMergedIsBounded: nodes that link to each other twice would double at each
// step, and one that links to itself would never end.
func TestMergedIsBounded(t *testing.T) {
	doc := map[string]any{"id": "urn:0"}
	at := doc
	for i := range 16 {
		next := map[string]any{"id": fmt.Sprint("urn:", i+1)}
		at["creator"], at["issuer"] = next, next["id"]
		at = next
	}
	if _, err := merged(doc); !errors.Is(err, proof.ErrBudget) {
		t.Error(err)
	}
	loop := map[string]any{"id": "urn:0", "creator": map[string]any{"id": "urn:1", "issuer": "urn:0", "name": "n"}}
	got, err := merged(loop)
	if err != nil || fmt.Sprint(got) != "map[creator:map[id:urn:1 issuer:urn:0 name:n] id:urn:0]" {
		t.Error(got, err)
	}
	var deep any = "x"
	for range 100 {
		deep = []any{deep}
	}
	if _, err := merged(map[string]any{"a": deep}); !errors.Is(err, proof.ErrMalformed) {
		t.Error(err)
	}
}

// TestMergedSaysWhatIsSaid: what is said of a node in one place is read as it
// stands there; in several, together, whichever of them comes first.
func TestMergedSaysWhatIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"once":                        {`{"id":"urn:0","creator":{"id":"urn:1","name":"n"}}`, `{"id":"urn:0","creator":{"id":"urn:1","name":"n"}}`},
		"twice":                       {`{"creator":{"id":"urn:1","name":"n"},"issuer":{"id":"urn:1","email":"e"}}`, `{"creator":{"id":"urn:1","name":"n","email":"e"},"issuer":{"id":"urn:1","name":"n","email":"e"}}`},
		"three times":                 {`{"creator":{"id":"urn:1","name":"n"},"issuer":{"id":"urn:1","name":"m"},"evidence":{"id":"urn:1","name":"n"}}`, `{"creator":{"id":"urn:1","name":["m","n"]},"issuer":{"id":"urn:1","name":["m","n"]},"evidence":{"id":"urn:1","name":["m","n"]}}`},
		"a link and a node":           {`{"creator":{"id":"urn:1","name":"n"},"issuer":"urn:1"}`, `{"creator":{"id":"urn:1","name":"n"},"issuer":{"id":"urn:1","name":"n"}}`},
		"an id that is none":          {`{"creator":{"id":["urn:1"],"name":"n"}}`, `{"creator":{"id":"urn:1","name":"n"}}`},
		"by keywords":                 {`{"creator":{"@id":"urn:1","name":"n"},"issuer":{"id":"urn:1","@type":"T"}}`, `{"creator":{"id":"urn:1","name":"n","type":"T"},"issuer":{"id":"urn:1","name":"n","type":"T"}}`},
		"inside what is judged alone": {`{"creator":{"id":"urn:1"},"endorsement":{"proof":{},"credentialSubject":{"@id":"urn:1","description":"d","name":"n"}}}`, `{"creator":{"id":"urn:1","description":"d"},"endorsement":{"proof":{},"credentialSubject":{"id":"urn:1","description":"d","name":"n"}}}`},
		"a stranger's word on it":     {`{"creator":{"id":"urn:1","description":"d"},"verifiableCredential":{"a":{"id":"urn:1","description":"e","alignment":"x","achievement":"y","identifier":"z"}}}`, `{"creator":{"id":"urn:1","description":"d"},"verifiableCredential":{"a":{"id":"urn:1","description":"e","alignment":"x","achievement":"y","identifier":"z"}}}`},
		"what lessens it":             {`{"achievement":{"id":"urn:1","resultDescription":{"id":"urn:2","name":"n"}},"verifiableCredential":{"a":[{"id":"urn:1","resultDescription":{"id":"urn:3","requiredValue":"60"}},{"id":"urn:2","requiredValue":"50"}]}}`, `{"achievement":{"id":"urn:1","resultDescription":[{"id":"urn:2","name":"n","requiredValue":"50"},{"id":"urn:3","requiredValue":"60"}]},"verifiableCredential":{"a":[{"id":"urn:1","resultDescription":{"id":"urn:3","requiredValue":"60"}},{"id":"urn:2","requiredValue":"50"}]}}`},
		"how a status is read":        {`{"credentialStatus":{"id":"urn:1","statusListIndex":"7"},"endorsement":{"a":{"id":"urn:1","statusSize":2}}}`, `{"credentialStatus":{"id":"urn:1","statusListIndex":"7","statusSize":2},"endorsement":{"a":{"id":"urn:1","statusSize":2}}}`},
		"what a badge within came to": {`{"achievement":{"id":"urn:1"},"endorsement":{"id":"urn:1","result":{"status":"Failed"}},"verifiableCredential":{"id":"urn:1","result":{"status":"Withdrew"}}}`, `{"achievement":{"id":"urn:1","result":{"status":"Failed"}},"endorsement":{"id":"urn:1","result":{"status":"Failed"}},"verifiableCredential":{"id":"urn:1","result":{"status":"Withdrew"}}}`},
		"lists":                       {`{"creator":[[{"id":"urn:1","name":["n",null]}]]}`, `{"creator":{"id":"urn:1","name":"n"}}`},
	} {
		doc, err := read.ParseDocument([]byte(c.doc))
		if err != nil {
			t.Fatal(err)
		}
		want, err := read.ParseDocument([]byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tree(doc, false, false); err != nil || !read.Equal(map[string]any(got), map[string]any(want)) {
			t.Errorf("%s: %v, want %v (%v)", name, got, want, err)
		}
		if again, err := read.ParseDocument([]byte(c.doc)); err != nil || !read.Equal(map[string]any(again), map[string]any(doc)) {
			t.Errorf("%s: the document itself was changed: %v (%v)", name, doc, err)
		}
	}
}

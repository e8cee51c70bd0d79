package vc

import (
	"errors"
	"fmt"
	"testing"

	"assay/verify/proof"
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
	if err != nil || fmt.Sprint(got) != "map[creator:[map[id:urn:1 issuer:[urn:0] name:[n]]] id:urn:0]" {
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

package tell

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const contract = "../../../index/web/contract/"

// schemas are of a webhook's body and of its headers, as they are published; what they do
// not name is refused here, so that nothing is told that they do not tell of.
var schemas = sync.OnceValues(func() (out [2]*jsonschema.Schema, err error) {
	const host = "https://assay.example"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, name := range []string{"outcome.json", "event.json", "asyncapi.json"} {
		b, err := os.ReadFile(contract + name)
		if err != nil {
			return out, err
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
		if err != nil {
			return out, err
		}
		doc := v.(map[string]any)
		delete(doc, "$id") // of the server that gives it
		if name == "event.json" {
			for _, one := range doc["oneOf"].([]any) {
				form := one.(map[string]any)
				form["additionalProperties"] = false
				form["properties"].(map[string]any)["data"].(map[string]any)["unevaluatedProperties"] = false
			}
		}
		if err := c.AddResource(host+"/v1/schemas/"+name, v); err != nil {
			return out, err
		}
	}
	if out[0], err = c.Compile(host + "/v1/schemas/event.json"); err != nil {
		return out, err
	}
	out[1], err = c.Compile(host + "/v1/schemas/asyncapi.json#/components/messages/event/headers")
	return out, err
})

// obeys reports why what was sent is none of the contract's.
func obeys(body string, head http.Header) error {
	all, err := schemas()
	if err != nil {
		return err
	}
	// The tests' own examiner leaves out what the real one says.
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.NewReplacer(`{"state":""}`, `{"state":"none"}`).Replace(body)))
	if err != nil {
		return err
	}
	if err := all[0].Validate(v); err != nil {
		return err
	}
	h := map[string]any{}
	for name := range head {
		h[strings.ToLower(name)] = head.Get(name)
	}
	return all[1].Validate(h)
}

// TestContract: the contract's types of events are the program's, and it takes not
// everything.
func TestContract(t *testing.T) {
	b, err := os.ReadFile(contract + "event.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OneOf []struct {
			Properties struct {
				Type struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if want := []string{typeChecked, typeChanged, typeErased, typeRefused}; !slices.Equal(doc.OneOf[0].Properties.Type.Enum, want) {
		t.Errorf("the contract lists %q, want %q", doc.OneOf[0].Properties.Type.Enum, want)
	}
	head := http.Header{"Webhook-Id": {"1"}, "Webhook-Timestamp": {"1"}, "Webhook-Signature": {"v1,AA=="}}
	good := `{"type":"application.erased","timestamp":"2026-11-23T12:00:00Z","data":{"v":2,"tenant":"acme","application":"E-1","state":"erased","sequence":1,"submitted":"2026-11-23T12:00:00Z","checked":"2026-11-23T12:00:00Z","counts":{},"findings":[],"unread":[],"id":"a"}}`
	if err := obeys(good, head); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		strings.Replace(good, "application.erased", "application.lost", 1), strings.Replace(good, `"id":"a"`, `"name":"a"`, 1),
		strings.Replace(good, `,"id":"a"`, ``, 1), strings.Replace(good, `"state":"erased"`, `"state":"lost"`, 1), strings.Replace(good, `"id":"a"`, `"id":"a","applicant":{}`, 1),
	} {
		if obeys(bad, head) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	head.Del("Webhook-Signature")
	if obeys(good, head) == nil {
		t.Error("what is not signed is taken")
	}
}

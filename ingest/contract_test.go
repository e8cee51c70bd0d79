package ingest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas are the published schemas; what they do not name is refused here, so that
// nothing is told that they do not tell of.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c, out := jsonschema.NewCompiler(), map[string]*jsonschema.Schema{}
	c.AssertFormat()
	for _, name := range []string{"submission", "outcome"} {
		b, err := os.ReadFile("../index/web/contract/" + name + ".json")
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
		if err != nil {
			return nil, err
		}
		closed(doc)
		at := "https://assay.example/v1/schemas/" + name + ".json"
		delete(doc.(map[string]any), "$id") // of the server that gives it
		if err := c.AddResource(at, doc); err != nil {
			return nil, err
		}
		if out[name], err = c.Compile(at); err != nil {
			return nil, err
		}
	}
	return out, nil
})

// closed lets no object have what its schema does not name.
func closed(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			closed(x)
		}
	case map[string]any:
		if _, has := v["properties"]; has && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closed(x)
		}
	}
}

// obeys reports why a message does not obey its schema.
func obeys(name string, body []byte) error {
	all, err := schemas()
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	return all[name].Validate(v)
}

// watch holds every outcome that the test brings about, and every submission that is
// taken, to the contract.
func (r *rig) watch(t *testing.T) {
	t.Helper()
	var mu sync.Mutex
	over := false
	look := func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		if tenant, application, ok := split(m.Subject, "applications"); ok {
			if _, err := Decode(m.Data, tenant, application); err == nil {
				if err := obeys("submission", m.Data); err != nil {
					t.Errorf("a submission that is taken is none of the contract's: %v\n%s", err, m.Data)
				}
			}
			return
		}
		var o Outcome
		if json.Unmarshal(m.Data, &o) != nil || o.V != OutcomeVersion {
			return // a test's own
		}
		// The tests' own examiners leave out what the real one says, and one makes up a reason.
		body := strings.NewReplacer(`{"state":""}`, `{"state":"none"}`, `"basis":""`, `"basis":"text"`, `"reason":"canary of a badge"`, `"reason":"proof_invalid"`).Replace(string(m.Data))
		if err := obeys("outcome", []byte(body)); err != nil {
			t.Errorf("an outcome is none of the contract's: %v\n%s", err, m.Data)
		}
	}
	for _, subject := range []string{"applications.*.*", "results.*.*"} {
		sub, err := r.nc.Subscribe(subject, look)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = sub.Unsubscribe()
			mu.Lock()
			defer mu.Unlock()
			over = true
		})
	}
}

// constants gives the values of the constants of a type in the Go files of a folder.
func constants(t *testing.T, dir, typ string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := v.Type.(*ast.Ident); ok && id.Name == typ {
				for _, x := range v.Values {
					if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						if s, err := strconv.Unquote(lit.Value); err == nil && s != "" {
							all = append(all, s)
						}
					}
				}
			}
			return true
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestContractLists: the schemas' closed lists are the program's constants.
func TestContractLists(t *testing.T) {
	read := func(name string) (doc any) {
		b, err := os.ReadFile("../index/web/contract/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(b, &doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	outcomes, asyncapi := read("outcome"), read("asyncapi")
	for _, tc := range []struct {
		doc            any
		path, dir, typ string
	}{
		{outcomes, "properties/state/enum", ".", "State"},
		{outcomes, "$defs/class/enum", ".", "Class"},
		{asyncapi, "components/messages/letter/headers/properties/Error-Class/enum", ".", "Class"},
		{outcomes, "$defs/reason/enum", "../verify/verdict", "Reason"},
		{outcomes, "$defs/says/properties/state/enum", "../verify/verdict", "State"},
		{outcomes, "$defs/says/properties/level/enum", "../verify/verdict", "Level"},
		{outcomes, "$defs/found/properties/result/enum", "../verify/verdict", "Result"},
		{outcomes, "$defs/found/properties/format/enum", "../verify/verdict", "Format"},
		{outcomes, "$defs/found/properties/elsewhere/enum", "../index/record", "Elsewhere"},
		{outcomes, "$defs/skill/properties/basis/enum", "../index/skills", "Basis"},
		{outcomes, "properties/unread/items/properties/reason/enum", "../extract", "Reason"},
		{outcomes, "properties/notFollowed/items/properties/reason/enum", "examine", "Skipped"},
	} {
		v := tc.doc
		for p := range strings.SplitSeq(tc.path, "/") {
			m, _ := v.(map[string]any)
			v = m[p]
		}
		list, _ := v.([]any)
		var have []string
		for _, x := range list {
			if s, _ := x.(string); s != "" {
				have = append(have, s)
			}
		}
		slices.Sort(have)
		if want := constants(t, tc.dir, tc.typ); len(want) == 0 || !slices.Equal(have, want) {
			t.Errorf("%s: the contract lists\n%v, the constants of %s.%s are\n%v", tc.path, have, tc.dir, tc.typ, want)
		}
	}
}

// TestContractExamples submits every example, and holds examples and what becomes of them
// to the schemas, which take not everything.
func TestContractExamples(t *testing.T) {
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	s, err := r.store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), jetstream.ObjectMeta{Name: "acme/E-3/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}, strings.NewReader("hello\n")); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/contract/submission-*.json")
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	unread := map[string]string{"E-4": "document_mismatch", "E-2": "unknown_format", "E-3": "unknown_format"}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := obeys("submission", b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var a Application
		if err := json.Unmarshal(b, &a); err != nil {
			t.Fatal(err)
		}
		// As a client does that has nothing of ours: the acknowledgement has the sequence.
		m, err := r.nc.Request("applications."+a.Tenant+"."+a.Application, b, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var ack struct {
			Stream string
			Seq    uint64
		}
		if err := json.Unmarshal(m.Data, &ack); err != nil || ack.Stream != StreamApplications || ack.Seq == 0 {
			t.Fatalf("%s: acknowledged with %s", name, m.Data)
		}
		o := r.outcome(t, a.Tenant, a.Application, &Receipt{Sequence: ack.Seq})
		got := ""
		if len(o.Unread) > 0 {
			got = o.Unread[0].Reason
		}
		if o.State != Indexed || o.Sequence != ack.Seq || got != unread[a.Application] {
			t.Errorf("%s: %+v", name, o)
		}
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := obeys("outcome", raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := obeys("outcome", []byte(`{"v":2,"tenant":"acme","application":"E-1","state":"erased","reason":"`+ErrErased.Error()+`","sequence":1,"submitted":"2026-11-23T12:00:00Z","checked":"2026-11-23T12:00:00Z","counts":{},"findings":[],"unread":[]}`)); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]string{
		"submission":  `{"v":1,"tenant":"acme","application":"E-1","phone":"1"}`,
		"submission ": `{"v":1,"tenant":"acme","application":"E 1"}`,
		"outcome":     `{"v":2,"tenant":"acme","application":"E-1","state":"lost","sequence":1,"submitted":"2026-11-23T12:00:00Z","checked":"2026-11-23T12:00:00Z","counts":{},"findings":[],"unread":[]}`,
	} {
		if obeys(strings.TrimSpace(name), []byte(bad)) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

package rdf

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"pgregory.net/rapid"
)

// goldLoader serves one catalogue to json-gold, the reference.
type goldLoader struct{ docs map[string]any }

func newGoldLoader(t testing.TB) goldLoader {
	t.Helper()
	l := goldLoader{docs: make(map[string]any)}
	for _, s := range Bundle() {
		if s.Variant != "" {
			continue
		}
		var j any
		if err := json.Unmarshal(s.Data, &j); err != nil {
			t.Fatal(err)
		}
		l.docs[s.URL] = j
	}
	return l
}

func (l goldLoader) LoadDocument(u string) (*ld.RemoteDocument, error) {
	if d, ok := l.docs[u]; ok {
		return &ld.RemoteDocument{DocumentURL: u, Document: d}, nil
	}
	return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, u)
}

// gold gives the statements that json-gold makes of a document.
func (l goldLoader) gold(doc map[string]any) ([]Quad, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var generic any
	if err := json.Unmarshal(data, &generic); err != nil {
		return nil, err
	}
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader = l
	o.SafeMode = true
	o.ProduceGeneralizedRdf = false
	set, err := ld.NewJsonLdProcessor().ToRDF(generic, o)
	if err != nil {
		return nil, err
	}
	var quads []Quad
	term := func(n ld.Node) (t Term, err error) {
		switch n := n.(type) {
		case *ld.IRI:
			return Term{Kind: IRI, Value: n.Value}, nil
		case ld.IRI:
			return Term{Kind: IRI, Value: n.Value}, nil
		case *ld.BlankNode:
			return Term{Kind: Blank, Value: strings.TrimPrefix(n.Attribute, "_:")}, nil
		case ld.BlankNode:
			return Term{Kind: Blank, Value: strings.TrimPrefix(n.Attribute, "_:")}, nil
		case *ld.Literal:
			return Term{Kind: Literal, Value: n.Value, Datatype: n.Datatype, Language: n.Language}, nil
		case ld.Literal:
			return Term{Kind: Literal, Value: n.Value, Datatype: n.Datatype, Language: n.Language}, nil
		}
		return t, fmt.Errorf("node %T", n)
	}
	for name, list := range set.(*ld.RDFDataset).Graphs {
		var graph Term
		if strings.HasPrefix(name, "_:") {
			graph = Term{Kind: Blank, Value: name[2:]}
		} else if name != "@default" {
			graph = Term{Kind: IRI, Value: name}
		}
		for _, q := range list {
			var n [3]Term
			for i, x := range []ld.Node{q.Subject, q.Predicate, q.Object} {
				if n[i], err = term(x); err != nil {
					return nil, err
				}
			}
			quads = append(quads, Quad{n[0], n[1], n[2], graph})
		}
	}
	return quads, nil
}

func canonicalText(t *testing.T, quads []Quad) string {
	t.Helper()
	c, err := Canonicalize(context.Background(), quads, crypto.SHA256, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return string(c.NQuads)
}

func decode(data []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var m map[string]any
	err := d.Decode(&m)
	return m, err
}

// Every document of the vectors, and every credential inside one, becomes the
// same statements as json-gold makes of it.
func TestDifferentialVectors(t *testing.T) {
	dir := shared(t, "vectors")
	loader := newGoldLoader(t)
	same, refused := 0, map[error]int{}
	seen := map[string]bool{}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for i, x := range v {
				walk(fmt.Sprintf("%s[%d]", name, i), x)
			}
		case map[string]any:
			for k, x := range v {
				walk(name+"."+k, x)
			}
			if v["@context"] == nil {
				return
			}
			docs := []map[string]any{v}
			if _, ok := v["proof"]; ok {
				docs = append(docs, withoutProof(v))
			}
			for _, doc := range docs {
				text, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				if seen[string(text)] {
					continue
				}
				seen[string(text)] = true
				d, err := ToRDF(doc, "", Limits{})
				if err != nil {
					for _, e := range []error{ErrContext, ErrDataLoss, ErrMalformed, ErrBudget} {
						if errors.Is(err, e) {
							refused[e]++
						}
					}
					continue
				}
				reference, err := loader.gold(doc)
				if err != nil {
					t.Errorf("%s: json-gold refuses: %v", name, err)
					continue
				}
				if a, b := canonicalText(t, d.Quads), canonicalText(t, reference); a != b {
					t.Errorf("%s: got\n%s\nwant\n%s", name, a, b)
				}
				same++
			}
		}
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if m, err := decode(data); err == nil {
			walk(path[len(dir):], m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents alike, refused: %v", same, refused)
	if same < 300 {
		t.Errorf("only %d documents compared", same)
	}
}

func withoutProof(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if k != "proof" {
			out[k] = v
		}
	}
	return out
}

// vocabulary of generated documents: terms of the contexts, and some that no
// context has.
var (
	genTypes = []string{"Achievement", "AchievementSubject", "Profile", "Alignment", "Result", "ResultDescription", "IdentityObject", "Evidence", "Image", "Address", "Related", "VerifiableCredential", "OpenBadgeCredential", "AchievementCredential", "BitstringStatusListEntry", "DataIntegrityProof", "JsonSchema", "ClrSubject", "Nonsense"}
	genTerms = []string{"name", "description", "narrative", "achievement", "alignment", "targetName", "targetUrl", "result", "resultDescription", "allowedValue", "tag", "identifier", "hashed", "issuer", "credentialSubject", "validFrom", "creditsEarned", "image", "url", "address", "endorsement", "related", "version", "status", "value", "proof", "cryptosuite", "proofPurpose", "jsonSchema", "statusSize", "statusPurpose", "statusListCredential", "verifiableCredential", "association", "criteria", "gpa"}
)

func genValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		top := 8
		if depth <= 0 {
			top = 5
		}
		switch rapid.IntRange(0, top).Draw(t, "kind") {
		case 0:
			return rapid.SampledFrom([]string{"plain", "https://example.org/x", "urn:uuid:1", "did:key:z6Mk#a", "relative", "assertionMethod", "xsd:date", "ü\u2028\x7f\n\"\\", "2026-01-01T00:00:00Z", ""}).Draw(t, "string")
		case 1:
			return json.Number(rapid.SampledFrom([]string{"0", "7", "-3", "1.5", "1e3", "0.1", "1E21", "12345678901234", "1e-7", "3.0", "9007199254740993"}).Draw(t, "number"))
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3:
			return nil
		case 4:
			m := map[string]any{"@value": rapid.SampledFrom([]any{"text", true, json.Number("4")}).Draw(t, "value")}
			if rapid.Bool().Draw(t, "language") {
				m["@language"] = rapid.SampledFrom([]string{"en", "de-CH", "x", "no good"}).Draw(t, "tag")
			}
			return m
		case 5, 6:
			return rapid.SliceOfN(genValue(depth-1), 0, 3).Draw(t, "list")
		}
		return genNode(depth-1).Draw(t, "node")
	})
}

func genNode(depth int) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{}
		if rapid.Bool().Draw(t, "id") {
			m["id"] = rapid.SampledFrom([]string{"https://example.org/1", "https://example.org/2", "urn:x:3", "rel", "_:b0"}).Filter(func(s string) bool {
				return s != "_:b0" && s != "rel" || rapid.IntRange(0, 9).Draw(t, "bad") == 0
			}).Draw(t, "id")
		}
		if n := rapid.IntRange(0, 2).Draw(t, "types"); n > 0 {
			var types []any
			for range n {
				types = append(types, rapid.SampledFrom(genTypes[:len(genTypes)-1+max(0, rapid.IntRange(-19, 1).Draw(t, "odd"))]).Draw(t, "type"))
			}
			m["type"] = types
		}
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			name := rapid.SampledFrom(genTerms).Draw(t, "term")
			v := genValue(depth).Draw(t, "member")
			if _, object := v.(map[string]any); name == "jsonSchema" && !object {
				v = map[string]any{"v": v} // json-gold cannot write a scalar as JSON
			}
			m[name] = v
		}
		return m
	})
}

// Generated documents: what ToRDF accepts is the same to json-gold.
func TestDifferentialGenerated(t *testing.T) {
	loader := newGoldLoader(t)
	contexts := []any{
		[]any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		[]any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json", "https://w3id.org/security/data-integrity/v2"},
		[]any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context.json"},
		[]any{"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"},
	}
	same, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		doc := genNode(3).Draw(rt, "document")
		doc["@context"] = rapid.SampledFrom(contexts).Draw(rt, "context")
		if rapid.IntRange(0, 3).Draw(rt, "credential") > 0 {
			doc["type"] = []any{"VerifiableCredential"}
		}
		d, err := ToRDF(doc, "", Limits{})
		if err != nil {
			refused++
			return
		}
		reference, err := loader.gold(said(doc))
		if err != nil {
			text, _ := json.Marshal(doc)
			rt.Fatalf("json-gold refuses %s: %v", text, err)
		}
		l := Limits{Work: 2000}
		a, err := Canonicalize(context.Background(), d.Quads, crypto.SHA256, l)
		if err != nil {
			return
		}
		b, err := Canonicalize(context.Background(), reference, crypto.SHA256, l)
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(a.NQuads, b.NQuads) {
			text, _ := json.Marshal(doc)
			rt.Fatalf("%s\ngot\n%s\nwant\n%s", text, a.NQuads, b.NQuads)
		}
		same++
	})
	t.Logf("%d alike, %d refused", same, refused)
	if same == 0 {
		t.Error("nothing was compared")
	}
}

// said is a document without the members that are null, but those of JSON: they say
// nothing, and json-gold refuses those of them that no context defines.
func said(doc map[string]any) map[string]any {
	out, _ := strip(doc).(map[string]any)
	return out
}

func strip(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			if k == "jsonSchema" {
				out[k] = e
			} else if e != nil {
				out[k] = strip(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = strip(e)
		}
		return out
	}
	return v
}

package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"assay/verify/read"
)

// A place is one member of an object or item of a list in a document.
type place struct {
	path string
	obj  map[string]any
	key  string
	list []any
	at   int
}

func (p place) get() any {
	if p.obj != nil {
		return p.obj[p.key]
	}
	return p.list[p.at]
}

func (p place) put(v any) {
	if p.obj != nil {
		p.obj[p.key] = v
	} else {
		p.list[p.at] = v
	}
}

// places lists every place of a document in a fixed order.
func places(path string, v any) []place {
	var out []place
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			out = append(out, place{path: path + "/" + k, obj: v, key: k})
			out = append(out, places(path+"/"+k, v[k])...)
		}
	case []any:
		for i := range v {
			p := fmt.Sprintf("%s/%d", path, i)
			out = append(out, place{path: p, list: v, at: i})
			out = append(out, places(p, v[i])...)
		}
	}
	return out
}

var mutantKeys = []string{"name", "description", "narrative", "validUntil", "validFrom", "id", "type", "issuer", "credentialStatus", "achievement", "alignment", "targetName", "gpa", "Issuer", "expires", "proofPurpose", "@id", "@graph", "nonce", "awardedDate", "endorsement"}

// mutate changes one field of doc and says what it did; "" when it would have
// changed nothing.
func mutate(r *rand.Rand, doc map[string]any) string {
	all := places("", doc)
	p := all[r.IntN(len(all))]
	old := p.get()
	change := func(kind string, v any) string {
		if reflect.DeepEqual(old, v) {
			return ""
		}
		p.put(v)
		return kind + " " + p.path
	}
	switch r.IntN(8) {
	case 0: // another text
		s, ok := old.(string)
		if !ok || s == "" {
			return ""
		}
		b := []byte(s)
		i := r.IntN(len(b))
		if b[i] >= 0x80 || b[i] < 0x20 {
			return ""
		}
		b[i] = byte('!' + r.IntN(94))
		return change("text", string(b))
	case 1:
		s, ok := old.(string)
		if !ok {
			return ""
		}
		return change("longer text", s+string(rune('a'+r.IntN(26))))
	case 2: // another value altogether
		return change("value", []any{nil, true, false, json.Number("7"), json.Number("3.5"), "x", "https://evil.example/1", map[string]any{}, map[string]any{"id": "https://evil.example/1"}}[r.IntN(9)])
	case 3: // left out
		if p.obj != nil {
			delete(p.obj, p.key)
			return "left out " + p.path
		}
		if len(p.list) < 2 {
			return ""
		}
		return change("replaced by its neighbour", p.list[(p.at+1)%len(p.list)])
	case 4: // something more
		m, ok := old.(map[string]any)
		if !ok {
			return ""
		}
		k := mutantKeys[r.IntN(len(mutantKeys))]
		if _, has := m[k]; has {
			return ""
		}
		m[k] = []any{"x", "https://evil.example/1", "2030-01-01T00:00:00Z", map[string]any{"id": "https://evil.example/1", "type": "Profile"}, json.Number("4")}[r.IntN(5)]
		return "added " + p.path + "/" + k
	case 5: // another name for the member
		if p.obj == nil {
			return ""
		}
		k := mutantKeys[r.IntN(len(mutantKeys))]
		if _, has := p.obj[k]; has {
			return ""
		}
		delete(p.obj, p.key)
		p.obj[k] = old
		return "renamed " + p.path + " to " + k
	case 6: // two values change places
		q := all[r.IntN(len(all))]
		v := q.get()
		if reflect.DeepEqual(v, old) || contains(v, old) || contains(old, v) {
			return ""
		}
		if p.list != nil && q.list != nil && &p.list[0] == &q.list[0] {
			return "" // the order within a set says nothing
		}
		if strings.HasPrefix(q.path, p.path+"/") || strings.HasPrefix(p.path, q.path+"/") {
			return "" // nor does a list around its only element
		}
		p.put(v)
		q.put(old)
		return "swapped " + p.path + " and " + q.path
	}
	// one more value
	switch v := old.(type) {
	case []any:
		return change("longer list", append(slices.Clone(v), "https://evil.example/1"))
	case nil:
		return ""
	}
	return change("list", []any{old, "https://evil.example/1"})
}

// contains reports whether v holds x: swapping the two would tie a knot.
func contains(v, x any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, y := range v {
			if sameValue(y, x) || contains(y, x) {
				return true
			}
		}
	case []any:
		for _, y := range v {
			if sameValue(y, x) || contains(y, x) {
				return true
			}
		}
	}
	return false
}

func sameValue(a, b any) bool {
	switch a.(type) {
	case map[string]any, []any:
		return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
	}
	return false
}

// TestOneFieldMutations: no change of one field of a signed credential, its
// proof included, verifies. What is outside the signature by specification is
// listed by TestUnsignedBySpecification.
func TestOneFieldMutations(t *testing.T) {
	total := 0
	for _, tt := range []struct {
		suite string
		n     int
	}{{"eddsa-rdfc-2022", 3000}, {"eddsa-jcs-2022", 1200}, {"Ed25519Signature2020", 1000}, {"Ed25519Signature2018", 500}, {"JsonWebSignature2020", 500}, {"ecdsa-rdfc-2019", 500}, {"ecdsa-jcs-2019", 300}} {
		s := signers(t)[tt.suite]
		data, err := json.Marshal(s.signed(t, sampleFor(t, tt.suite), tt.suite))
		if err != nil {
			t.Fatal(err)
		}
		v, err := read.Parse(data, read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		original := verdictOf(t, v.(map[string]any), s.options()).Document
		r := rand.New(seeded(7))
		for done := 0; done < tt.n; {
			v, err := read.Parse(data, read.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			doc := v.(map[string]any)
			what := mutate(r, doc)
			if what == "" {
				continue
			}
			done++
			if res := verdictOf(t, doc, s.options()); res.Err == nil {
				if strings.HasSuffix(what, "/id to @id") && !strings.Contains(tt.suite, "jcs") && reflect.DeepEqual(res.Document, original) {
					continue // the same statement, read as the same
				}
				text, _ := json.Marshal(doc)
				t.Errorf("%s: verified after: %s\n%s", tt.suite, what, text)
			}
		}
		total += tt.n
	}
	if total < 5000 {
		t.Errorf("only %d mutations", total)
	}
}

// TestUnsignedBySpecification lists the changes that leave a signature good
// because what is signed does not have them: the RDF statements have no order,
// no lists of one, no nulls, no context.
func TestUnsignedBySpecification(t *testing.T) {
	for _, tt := range []struct {
		desc   string
		rdfc   bool // good under eddsa-rdfc-2022
		jcs    bool // good under eddsa-jcs-2022
		change func(doc map[string]any)
	}{
		{"the order of a set", true, false, func(d map[string]any) {
			slices.Reverse(d["credentialSubject"].(map[string]any)["achievement"].(map[string]any)["tag"].([]any))
		}},
		{"a value given twice in a set", true, false, func(d map[string]any) {
			a := d["credentialSubject"].(map[string]any)["achievement"].(map[string]any)
			a["tag"] = append(a["tag"].([]any), a["tag"].([]any)[0])
		}},
		{"one value as a list of one", true, false, func(d map[string]any) { d["issuer"] = []any{d["issuer"]} }},
		{"null for a term that is defined", true, false, func(d map[string]any) { d["refreshService"] = nil }},
		{"an empty list for a term that is defined", true, false, func(d map[string]any) { d["evidence"] = []any{} }},
		{"a context of the bundle that nothing uses", true, false, func(d map[string]any) {
			d["@context"] = append(d["@context"].([]any), "https://w3id.org/security/multikey/v1")
		}},
		// A reader must look for the dates of both data models.
		{"the other data model, whose contexts give the same statements", true, false, func(d map[string]any) {
			d["@context"] = []any{"https://www.w3.org/2018/credentials/v1", d["@context"].([]any)[1], "https://w3id.org/security/data-integrity/v2", "https://www.w3.org/ns/credentials/status/v1"}
		}},
		{"the document's context in the proof", true, false, func(d map[string]any) { d["proof"].(map[string]any)["@context"] = d["@context"] }},
		{"@id and @type in place of id and type", true, false, func(d map[string]any) {
			a := d["credentialSubject"].(map[string]any)["achievement"].(map[string]any)
			a["@id"], a["@type"] = a["id"], a["type"]
			delete(a, "id")
			delete(a, "type")
		}},
		{"a list of one proof", true, true, func(d map[string]any) { d["proof"] = []any{d["proof"]} }},
	} {
		for suite, good := range map[string]bool{"eddsa-rdfc-2022": tt.rdfc, "eddsa-jcs-2022": tt.jcs} {
			s := newEd25519(t, 1)
			doc := again(t, s.signed(t, sample(t), suite))
			tt.change(doc)
			r := verdictOf(t, doc, s.options())
			if good != (r.Err == nil) {
				t.Errorf("%s under %s: got %v, want good %v", tt.desc, suite, r.Err, good)
			}
		}
	}
}

// FuzzDerivedProof: no proof value makes the reader of ecdsa-sd-2023 fail in
// another way than by an error.
func FuzzDerivedProof(f *testing.F) {
	f.Add("u2V0BhVhAAA")
	f.Add("u2V0B" + base64url.EncodeToString(make([]byte, 200)))
	f.Fuzz(func(t *testing.T, value string) {
		d, err := parseDerived(value)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrBudget) {
				t.Fatal(err)
			}
			return
		}
		if len(d.Base) != 64 || len(d.PublicKey) != 35 {
			t.Fatal("parts of the wrong size")
		}
		if _, err := d.key(); err != nil && !errors.Is(err, ErrKey) {
			t.Fatal(err)
		}
		if _, err := d.split([]string{"a\n", "b\n"}, nil); err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
	})
}

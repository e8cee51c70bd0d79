package read

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestByTerms: the keywords become terms, and what is not theirs to change stays.
func TestByTerms(t *testing.T) {
	for _, tc := range []struct{ desc, in, want string }{
		{"terms", `{"id":"a","type":["X"],"x":{"y":[1,null]}}`, ""},
		{"keywords", `{"@id":"a","@type":["X"],"x":[{"@id":"b","y":{"@type":"Y"}}]}`, `{"id":"a","type":["X"],"x":[{"id":"b","y":{"type":"Y"}}]}`},
		{"both", `{"@id":"a","id":"b","@type":"X","type":"X"}`, ""},
		{"beside null", `{"@id":"a","id":null}`, ""},
		{"a value with its type", `{"x":{"@value":"1","@type":"xsd:integer"}}`, ""},
		{"a context", `{"@context":[{"id":"@id","x":{"@id":"https://x.example/","@type":"@id"}}]}`, ""},
		{"what is secured by itself", `{"x":{"@id":"a","proof":{"@type":"P"}}}`, ""},
		{"what is secured itself", `{"@id":"a","proof":{"@type":"P"}}`, `{"id":"a","proof":{"type":"P"}}`},
	} {
		in, _ := ParseObject([]byte(tc.in), Limits{})
		kept := tc.in
		if tc.want == "" {
			tc.want = tc.in
		}
		want, _ := ParseObject([]byte(tc.want), Limits{})
		got, changed := ByTerms(in, false)
		if diff := cmp.Diff(want, map[string]any(got)); diff != "" || changed != (tc.want != kept) {
			t.Errorf("%s: %v, %s", tc.desc, changed, diff)
		}
		if again, _ := ParseObject([]byte(kept), Limits{}); !Equal(again, in) {
			t.Errorf("%s: what was given is changed: %v", tc.desc, in)
		}
	}
	in, _ := ParseObject([]byte(`{"x":{"@id":"a","proof":{}}}`), Limits{})
	if got, changed := ByTerms(in, true); !changed || got.Obj("x").Str("id") != "a" {
		t.Errorf("inner: %v", got)
	}
}

func TestPlain(t *testing.T) {
	for _, tc := range []struct{ desc, in, want string }{
		{"plain", `{"id":"a","type":["Assertion"],"x":{"y":[1,null]}}`, ""},
		{"keywords", `{"@id":"a","@type":"Assertion","badge":{"@id":"b"}}`, `{"id":"a","type":"Assertion","badge":{"id":"b"}}`},
		{"keywords beside names: the names count", `{"@id":"a","id":"b","@type":"X","type":"Y"}`, ""},
		{"beside null", `{"@id":"a","id":null}`, `{"id":"a"}`},
		{"a value", `{"issuedOn":{"@type":"xsd:dateTime","@value":"2016-02-25"},"revoked":{"@value":true}}`, `{"issuedOn":"2016-02-25","revoked":true}`},
		{"a text in a language", `{"name":{"@value":"Teamarbeit","@language":"de"}}`, `{"name":"Teamarbeit"}`},
		{"texts in several", `{"name":[{"@value":"Teamarbeit","@language":"de"},{"@value":"Teamwork","@language":"en-GB"}]}`, `{"name":"Teamwork"}`},
		{"lists", `{"tags":{"@list":["a",{"@value":"b"}]},"evidence":{"@set":"c"}}`, `{"tags":["a","b"],"evidence":["c"]}`},
		{"in a list", `{"badge":[{"@id":"b","alignment":[{"@type":"A"},"x"]}]}`, `{"badge":[{"id":"b","alignment":[{"type":"A"},"x"]}]}`},
		{"the context stays", `{"@context":{"name":{"@id":"schema:name","@type":"@id"}}}`, ""},
		{"a value beside names is an object", `{"x":{"@value":"a","y":1}}`, ""},
		{"a value beside its id is an object", `{"x":{"@value":"a","@id":"b"}}`, `{"x":{"@value":"a","id":"b"}}`},
		{"a text beside its id is an object", `{"x":{"@value":"a","@language":"en","@id":"b"}}`, `{"x":{"@value":"a","@language":"en","id":"b"}}`},
		{"a map of languages is an object", `{"name":{"en":"a"}}`, ""},
	} {
		in, err := ParseObject([]byte(tc.in), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		kept := tc.in
		if tc.want == "" {
			tc.want = tc.in
		}
		want, _ := ParseObject([]byte(tc.want), Limits{})
		if diff := cmp.Diff(want, map[string]any(Plain(in))); diff != "" {
			t.Errorf("%s: %s", tc.desc, diff)
		}
		if again, _ := ParseObject([]byte(kept), Limits{}); !Equal(again, in) {
			t.Errorf("%s: what was given is changed: %v", tc.desc, in)
		}
	}
	if Plain(nil) != nil {
		t.Error("nothing became something")
	}
}

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		`"Teamwork"`: "Teamwork", `7`: "7", `null`: "", `true`: "", `[]`: "", `["", "a", "b"]`: "a", `[1,"a"]`: "1",
		`{"en":"Teamwork","de":"Teamarbeit"}`: "Teamwork", `{"fr":"Travail","de":"Teamarbeit"}`: "Teamarbeit", `{"EN-us":"Teamwork","de":"x"}`: "Teamwork",
		`{"@none":"Teamwork","de":"Teamarbeit"}`: "Teamwork", `{"de":["Teamarbeit","x"]}`: "Teamarbeit", `{"zh-Hant-TW":"x"}`: "x",
		`{"@value":"Teamwork"}`: "Teamwork", `{"@value":7}`: "7", `{"@value":"Teamarbeit","@language":"de"}`: "Teamarbeit",
		`[{"@value":"Teamarbeit","@language":"de"},{"@value":"Teamwork","@language":"en"}]`: "Teamwork",
		`{"id":"a","type":"b"}`: "", `{"name":"a"}`: "", `{"en":7}`: "", `{"e":"x"}`: "", `{"en":{"@value":"x"}}`: "", `{"de-":"x"}`: "", `{}`: "",
	} {
		v, err := Parse([]byte(in), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Prose(v); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// FuzzPlain: what is plain stays plain, what is given is not changed, and reading
// it never fails.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{`{"@id":"a","x":[{"@value":1},{"@list":[{"@set":[]}]}]}`, `{"n":[{"@value":"a","@language":"de"},{"@value":"b","@language":"en"}]}`, `{"name":{"en":"a"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := ParseObject(data, Limits{})
		if err != nil {
			return
		}
		before, _ := json.Marshal(in)
		once := Plain(in)
		if after, _ := json.Marshal(in); string(after) != string(before) {
			t.Fatalf("%s became %s", before, after)
		}
		for name, v := range once {
			_ = Prose(v)
			_, _ = Earliest(v)
			_ = Quoted(name, v)
			if name == "@id" && once["id"] == nil && v != nil {
				t.Fatalf("%s is read as %v", before, once)
			}
		}
	})
}

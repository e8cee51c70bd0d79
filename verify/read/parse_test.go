package read

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tc := range []struct {
		desc string
		in   string
		want any
		err  error
	}{
		{desc: "object", in: ` {"a":[1,-0.5e+3,true,false,null,"x"],"b":{}} `, want: map[string]any{
			"a": []any{json.Number("1"), json.Number("-0.5e+3"), true, false, nil, "x"}, "b": map[string]any{}}},
		{desc: "escapes", in: `"\"\\\/\b\f\n\r\tÅ\u00e5x"`, want: "\"\\/\b\f\n\r\tÅåx"},
		{desc: "surrogate pair", in: `"\uD83D\ude00"`, want: "😀"},
		{desc: "names that differ in case are two names", in: `{"alg":"EdDSA","ALG":"none"}`, want: map[string]any{"alg": "EdDSA", "ALG": "none"}},
		{desc: "duplicate name", in: `{"a":1,"a":1}`, err: ErrDuplicate},
		{desc: "duplicate name by escape", in: `{"a":1,"\u0061":2}`, err: ErrDuplicate},
		{desc: "duplicate name, nested", in: `[{"b":{"a":1,"a":2}}]`, err: ErrDuplicate},
		{desc: "byte order mark", in: "\xEF\xBB\xBF{}", err: ErrEncoding},
		{desc: "invalid UTF-8", in: "\"\xff\"", err: ErrEncoding},
		{desc: "overlong UTF-8", in: "\"\xc0\x80\"", err: ErrEncoding},
		{desc: "surrogate in UTF-8", in: "\"\xed\xa0\x80\"", err: ErrEncoding},
		{desc: "lone high surrogate", in: `"\ud800"`, err: ErrEncoding},
		{desc: "lone low surrogate", in: `"\udc00x"`, err: ErrEncoding},
		{desc: "two high surrogates", in: `"\ud800\ud800"`, err: ErrEncoding},
		{desc: "surrogates the wrong way round", in: `"\udc00\ud800"`, err: ErrEncoding},
		{desc: "trailing value", in: `{} {}`, err: ErrTrailing},
		{desc: "trailing rubbish", in: `{}x`, err: ErrTrailing},
		{desc: "trailing NUL", in: "{}\x00", err: ErrTrailing},
		{desc: "depth at the limit", in: deep(DefaultDepth), want: nested(DefaultDepth)},
		{desc: "depth over the limit", in: deep(DefaultDepth + 1), err: ErrDepth},
		{desc: "depth far over the limit", in: strings.Repeat(`{"a":`, 500_000), err: ErrDepth},
		{desc: "huge exponent", in: `1e400`, err: ErrNumber},
		{desc: "many digits", in: strings.Repeat("9", DefaultNumber+1), err: ErrNumber},
		{desc: "leading zero", in: `01`, err: ErrTrailing},
		{desc: "plus sign", in: `+1`, err: ErrSyntax},
		{desc: "no digits after point", in: `1.`, err: ErrSyntax},
		{desc: "no digits in exponent", in: `1e`, err: ErrSyntax},
		{desc: "minus alone", in: `-`, err: ErrSyntax},
		{desc: "NaN", in: `NaN`, err: ErrSyntax},
		{desc: "infinity", in: `-Infinity`, err: ErrSyntax},
		{desc: "control character", in: "\"a\nb\"", err: ErrSyntax},
		{desc: "control character after escape", in: "\"\\t\nb\"", err: ErrSyntax},
		{desc: "unknown escape", in: `"\x"`, err: ErrSyntax},
		{desc: "short escape", in: `"\u12"`, err: ErrSyntax},
		{desc: "unterminated", in: `"abc`, err: ErrSyntax},
		{desc: "unterminated escape", in: `"abc\`, err: ErrSyntax},
		{desc: "comment", in: `{/*x*/}`, err: ErrSyntax},
		{desc: "trailing comma", in: `[1,]`, err: ErrSyntax},
		{desc: "missing colon", in: `{"a" 1}`, err: ErrSyntax},
		{desc: "single quotes", in: `{'a':1}`, err: ErrSyntax},
		{desc: "no-break space is not white space", in: "\u00a0{}", err: ErrSyntax},
		{desc: "empty", in: ``, err: ErrSyntax},
		{desc: "half a word", in: `tru`, err: ErrSyntax},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			got, err := Parse([]byte(tc.in), Limits{})
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			// Not cmp.Diff, whose time doubles with each level of nesting.
			if !reflect.DeepEqual(tc.want, got) {
				t.Errorf("got %#v, want %#v", got, tc.want)
			}
		})
	}
}

func nested(n int) any {
	v := []any{}
	for range n - 1 {
		v = []any{v}
	}
	return v
}

func TestErrorSaysWhere(t *testing.T) {
	_, err := Parse([]byte(`{"a":[0,{"b/c":1,"b/c":2}]}`), Limits{})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if e.Path != "/a/1/b~1c" || e.Offset != 17 {
		t.Errorf("path %q offset %d", e.Path, e.Offset)
	}
	if !strings.Contains(err.Error(), "byte 17") || !strings.Contains(err.Error(), "/a/1/b~1c") {
		t.Errorf("message %q", err)
	}
}

func TestSizeLimit(t *testing.T) {
	in := []byte(`"12345678"`)
	if _, err := Parse(in, Limits{Bytes: len(in)}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := Parse(in, Limits{Bytes: len(in) - 1}); !errors.Is(err, ErrSize) {
		t.Errorf("over the limit: %v", err)
	}
}

// The strings must not change when the caller's buffer does.
func TestParseCopies(t *testing.T) {
	in := []byte(`{"a":"b"}`)
	v, err := Parse(in, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	copy(in, bytes.Repeat([]byte("x"), len(in)))
	if diff := cmp.Diff(map[string]any{"a": "b"}, v); diff != "" {
		t.Error(diff)
	}
}

func TestParseObject(t *testing.T) {
	if _, err := ParseObject([]byte(`[]`), Limits{}); !errors.Is(err, ErrSyntax) {
		t.Errorf("list: %v", err)
	}
	if m, err := ParseObject([]byte(`{"a":1}`), Limits{}); err != nil || len(m) != 1 {
		t.Errorf("object: %v %v", m, err)
	}
}

func TestAccessors(t *testing.T) {
	m, err := ParseObject([]byte(`{"s":"x","n":1,"o":{"id":"i"},"l":["a",1,null,{"@id":"j"},"b"],"z":null}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		desc      string
		got, want any
	}{
		{"string", Object(m).Str("s"), "x"},
		{"number is no string", Object(m).Str("n"), ""},
		{"case counts", Object(m).Str("S"), ""},
		{"object", Object(m).Obj("o"), Object{"id": "i"}},
		{"string is no object", Object(m).Obj("s"), Object(nil)},
		{"strings of one", Strings(m["s"]), []string{"x"}},
		{"strings of many", Strings(m["l"]), []string{"a", "b"}},
		{"strings of null", Strings(m["z"]), []string(nil)},
		{"list of one", List(m["n"]), []any{json.Number("1")}},
		{"list of null", List(m["z"]), []any(nil)},
		{"a null within a list", len(List(m["l"])), 5},
		{"a null within a member", len(Object(m).List("l")), 4},
		{"empty strings", Strings([]any{"", "a"}), []string{"a"}},
		{"empty string", Strings(""), []string(nil)},
		{"objects of one", Objects(m["o"]), []Object{{"id": "i"}}},
		{"objects of many", Objects(m["l"]), []Object{{"@id": "j"}}},
		{"has", Has(m["l"], "b"), true},
		{"has one", Has(m["s"], "x"), true},
		{"has not", Has(m["l"], "c"), false},
		{"id of string", ID(m["s"]), "x"},
		{"id of object", ID(m["o"]), "i"},
		{"@id", ID(Objects(m["l"])[0]), "j"},
		{"id of number", ID(m["n"]), ""},
		{"id that is no text, beside @id", ID(Object{"id": []any{"i"}, "@id": "j"}), ""},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s: %s", tc.desc, diff)
		}
	}
}

// FuzzParse holds Parse against encoding/json: whatever Parse accepts,
// encoding/json reads to the same value; whatever Parse refuses and
// encoding/json accepts must be one of the strict refusals.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9\ud83d\ude00",null,true]}`, `{"a":1,"a":2}`, `"\ud800"`, "\xef\xbb\xbf1", `1e999`, `[[[[]]]]`, `{"":{"":[]}}`, "\"\xff\"", `{} x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(data, Limits{})
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		refErr := dec.Decode(&want)
		if refErr == nil && dec.More() || refErr == nil && len(bytes.TrimSpace(data[dec.InputOffset():])) > 0 {
			refErr = errors.New("trailing")
		}
		if err == nil {
			if refErr != nil {
				t.Fatalf("accepted %q, which encoding/json refuses: %v", data, refErr)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %#v, encoding/json says %#v", data, got, want)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) {
			t.Fatalf("%q: error without place: %v", data, err)
		}
		if refErr == nil {
			for _, ok := range []error{ErrDuplicate, ErrEncoding, ErrNumber, ErrDepth, ErrSize} {
				if errors.Is(err, ok) {
					return
				}
			}
			t.Fatalf("refused %q as %v, which encoding/json accepts", data, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	doc := []byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"id":"http://example.org/credentials/3527","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"did:key:z6Mk","type":["Profile"],"name":"Example"},"validFrom":"2026-01-01T00:00:00Z","name":"Teamwork","credentialSubject":{"id":"did:example:1","type":["AchievementSubject"],"achievement":{"id":"https://example.org/a/1","type":["Achievement"],"criteria":{"narrative":"Team members are nominated for this badge by their peers and recognized upon review by management."},"description":"This badge recognizes the development of the capacity to collaborate within a group environment.","name":"Teamwork","alignment":[{"type":["Alignment"],"targetName":"x","targetUrl":"https://example.org/x"}]}}}`)
	b.Run("strict", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(doc, Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(doc, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

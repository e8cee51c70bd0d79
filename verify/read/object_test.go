package read_test

import (
	"testing"

	"assay/verify/read"
	"assay/verify/verifytest"
)

func TestHTTPURL(t *testing.T) {
	for _, bad := range []string{"", "h.example", "//h.example", "ftp://h.example/", "https://", "https://u@h.example/", "https://u:p@h.example/", "https:h.example", "https://h.example\\@evil.example/", "https://h.example/ x", "urn:uuid:1", "javascript:1"} {
		if _, ok := read.HTTPURL(bad); ok {
			t.Errorf("%q is taken for a web address", bad)
		}
	}
	for pair, want := range map[[2]string]bool{
		{"https://h.example/a", "https://H.example:443/b"}: true, {"http://h.example/", "https://h.example/"}: true, {"https://h.example./", "https://h.example/"}: true,
		{"http://h.example:443/", "https://h.example/"}: false, {"https://h.example:80/", "http://h.example/"}: false, {"https://h.example:8443/", "https://h.example/"}: false,
		{"https://a.h.example/", "https://h.example/"}: false, {"http://h.example:8080/", "https://h.example/"}: false,
	} {
		a, _ := read.HTTPURL(pair[0])
		b, _ := read.HTTPURL(pair[1])
		if read.SameOrigin(a, b) != want || read.SameOrigin(b, a) != want {
			t.Errorf("%v: not %v", pair, want)
		}
	}
}

func TestObject(t *testing.T) {
	o := read.Object(verifytest.Object(`{"s":"x","n":7,"b":true,"tb":"true","null":null,"o":{"id":"i"},"one":[{"id":"j"}],"two":[{"id":"a"},{"id":"b"}],"list":["p",null,3],"type":["A","B"]}`))
	if o.Has("null") || o.Has("none") || !o.Has("s") || o.Str("n") != "" || o.Text("n") != "7" || !o.Bool("b") || !o.Bool("tb") || o.Bool("s") {
		t.Error("plain members")
	}
	if o.Obj("one").Str("id") != "j" || o.Obj("two") != nil || len(o.Objs("two")) != 2 || len(o.List("list")) != 2 || len(o.Strs("list")) != 1 || len(o.List("null")) != 0 {
		t.Error("lists")
	}
	if !o.IsType("B") || o.IsType("b") {
		t.Error("types")
	}
	for name, want := range map[string]string{"s": "x", "o": "i", "one": "j", "two": "", "none": ""} {
		if id, _ := o.Ref(name); id != want {
			t.Errorf("%s: %q", name, id)
		}
	}
	if !read.Nulls(map[string]any(o)) || read.Nulls(map[string]any{"a": []any{"b"}}) || !read.Nulls(map[string]any{"a": []any{}}) {
		t.Error("nulls")
	}
	var none read.Object
	if none.Str("x") != "" || none.Obj("x").Obj("y").List("z") != nil || none.IsType("x") {
		t.Error("no object")
	}
}

// TestEqual: members have no order, lists do, and a number is what is written.
func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[1,{"c":null}]}`, `{"b":[1,{"c":null}],"a":1}`, true},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":null}`, `{}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, false},
		{`{"a":[1]}`, `{"a":1}`, false},
		{`{"a":{}}`, `{"a":[]}`, false},
		{`{"a":[]}`, `{"a":null}`, false},
		{`{"a":"1"}`, `{"a":1}`, false},
		{`{"a":true}`, `{"a":true,"b":true}`, false},
	} {
		a, errA := read.ParseDocument([]byte(c.a))
		b, errB := read.ParseDocument([]byte(c.b))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		for range 2 {
			if got := read.Equal(map[string]any(a), map[string]any(b)); got != c.want {
				t.Errorf("%s and %s: %t", c.a, c.b, got)
			}
			a, b = b, a
		}
	}
	if x := []int{1}; read.Equal(x, x) {
		t.Error("what Parse does not give is equal to nothing")
	}
}

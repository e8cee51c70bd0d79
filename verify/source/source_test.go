package source_test

import (
	"context"
	"errors"
	"testing"

	"assay/verify/fetch"
	"assay/verify/source"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

func TestGet(t *testing.T) {
	w := verifytest.NewWeb(map[string]any{
		"https://h.example/doc":  map[string]any{"id": "x"},
		"https://h.example/gone": verifytest.Answer{Status: 410, Body: `{"revoked":true}`},
		"https://h.example/page": verifytest.Answer{Type: "text/html", Body: "<html>"},
		"https://h.example/404":  verifytest.Answer{Status: 404, Type: "text/html", Body: "<html>"},
		"https://h.example/png":  verifytest.Answer{Type: "image/png", Body: "\x89PNG\r\n\x1a\n"},
		"https://h.example/raw":  verifytest.Answer{Type: "application/octet-stream", Body: "\x89PNG\r\n\x1a\n"},
		"https://h.example/dup":  `{"a":1,"a":2}`,
		"https://h.example/list": `[]`,
	})
	for _, tc := range []struct {
		path   string
		status int
		obj    bool
		err    error
	}{
		{"doc", 200, true, nil}, {"gone", 410, true, nil}, {"404", 404, false, nil}, {"page", 200, false, source.ErrFormat}, {"png", 200, false, source.ErrImage},
		{"raw", 200, false, source.ErrImage}, {"dup", 200, false, source.ErrFormat}, {"list", 200, false, source.ErrFormat},
	} {
		d, err := source.Get(context.Background(), w, fetch.Request{URL: "https://h.example/" + tc.path})
		if !errors.Is(err, tc.err) || d.Status != tc.status || (d.Object != nil) != tc.obj || d.Evidence.SHA256 == "" {
			t.Errorf("%s: %+v %v", tc.path, d, err)
		}
	}
	if _, err := source.Get(context.Background(), w, fetch.Request{URL: "https://h.example/none"}); !errors.Is(err, fetch.ErrUnreachable) {
		t.Error(err)
	}
}

func TestUnreached(t *testing.T) {
	for err, want := range map[error]verdict.Aspect{
		fetch.ErrUnreachable: {State: verdict.Unknown, Reason: verdict.HostUnreachable, Passing: true},
		fetch.ErrForbidden:   {State: verdict.Unknown, Reason: verdict.HostUnreachable},
		fetch.ErrOffline:     {State: verdict.Unknown, Reason: verdict.Offline, Passing: true},
		fetch.ErrBudget:      {State: verdict.Unknown, Reason: verdict.Budget, Passing: true},
		fetch.ErrTooLarge:    {State: verdict.Fail, Reason: verdict.AnswerTooLarge},
	} {
		if got := source.Unreached(err, ""); got.State != want.State || got.Reason != want.Reason || got.Passing != want.Passing || got.Detail != "" {
			t.Errorf("%v: %+v", err, got)
		}
	}
}

func TestHTTPURL(t *testing.T) {
	for _, bad := range []string{"", "h.example", "//h.example", "ftp://h.example/", "https://", "https://u@h.example/", "https://u:p@h.example/", "https:h.example", "https://h.example\\@evil.example/", "https://h.example/ x", "urn:uuid:1", "javascript:1"} {
		if _, ok := source.HTTPURL(bad); ok {
			t.Errorf("%q is taken for a web address", bad)
		}
	}
	for pair, want := range map[[2]string]bool{
		{"https://h.example/a", "https://H.example:443/b"}: true, {"http://h.example/", "https://h.example/"}: true, {"https://h.example./", "https://h.example/"}: true,
		{"http://h.example:443/", "https://h.example/"}: false, {"https://h.example:80/", "http://h.example/"}: false, {"https://h.example:8443/", "https://h.example/"}: false,
		{"https://a.h.example/", "https://h.example/"}: false, {"http://h.example:8080/", "https://h.example/"}: false,
	} {
		a, _ := source.HTTPURL(pair[0])
		b, _ := source.HTTPURL(pair[1])
		if source.SameOrigin(a, b) != want || source.SameOrigin(b, a) != want {
			t.Errorf("%v: not %v", pair, want)
		}
	}
}

func TestObject(t *testing.T) {
	o := source.Object(verifytest.Object(`{"s":"x","n":7,"b":true,"tb":"true","null":null,"o":{"id":"i"},"one":[{"id":"j"}],"two":[{"id":"a"},{"id":"b"}],"list":["p",null,3],"type":["A","B"]}`))
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
	if !source.Nulls(map[string]any(o)) || source.Nulls(map[string]any{"a": []any{"b"}}) || !source.Nulls(map[string]any{"a": []any{}}) {
		t.Error("nulls")
	}
	var none source.Object
	if none.Str("x") != "" || none.Obj("x").Obj("y").List("z") != nil || none.IsType("x") {
		t.Error("no object")
	}
}

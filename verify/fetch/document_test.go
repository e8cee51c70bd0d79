package fetch_test

import (
	"context"
	"errors"
	"testing"

	"assay/verify/fetch"
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
		{"doc", 200, true, nil}, {"gone", 410, true, nil}, {"404", 404, false, nil}, {"page", 200, false, fetch.ErrFormat}, {"png", 200, false, fetch.ErrImage},
		{"raw", 200, false, fetch.ErrImage}, {"dup", 200, false, fetch.ErrFormat}, {"list", 200, false, fetch.ErrFormat},
	} {
		d, err := fetch.Get(context.Background(), w, fetch.Request{URL: "https://h.example/" + tc.path})
		if !errors.Is(err, tc.err) || d.Status != tc.status || (d.Object != nil) != tc.obj || d.Evidence.SHA256 == "" {
			t.Errorf("%s: %+v %v", tc.path, d, err)
		}
	}
	if _, err := fetch.Get(context.Background(), w, fetch.Request{URL: "https://h.example/none"}); !errors.Is(err, fetch.ErrUnreachable) {
		t.Error(err)
	}
}

func TestUnreached(t *testing.T) {
	for err, want := range map[error]verdict.Aspect{
		fetch.ErrUnreachable: {State: verdict.Unknown, Reason: verdict.HostUnreachable, Passing: true},
		fetch.ErrForbidden:   {State: verdict.Unknown, Reason: verdict.HostUnreachable},
		fetch.ErrOffline:     {State: verdict.Unknown, Reason: verdict.Offline, Passing: true},
		fetch.ErrBudget:      {State: verdict.Unknown, Reason: verdict.Budget, Passing: true},
		fetch.ErrTooLarge:    {State: verdict.Unknown, Reason: verdict.AnswerTooLarge},
	} {
		if got := fetch.Unreached(err, ""); got.State != want.State || got.Reason != want.Reason || got.Passing != want.Passing || got.Detail != "" {
			t.Errorf("%v: %+v", err, got)
		}
	}
}

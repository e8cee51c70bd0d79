package fetch

import (
	"context"
	"errors"
	"io"
	stdlog "log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var discardLog = stdlog.New(io.Discard, "", 0)

func writeWeb(t *testing.T, text string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := filepath.Join(dir, "web.json")
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecordedWeb(t *testing.T) {
	p := writeWeb(t, `{
		"https://example.org/a": {"status":200,"contentType":"application/ld+json; charset=utf-8","headers":{"Cache-Control":"max-age=1"},"file":"sub/a.json"},
		"https://example.org/gone": {"status":410},
		"https://example.org/robots": {"status":999},
		"https://example.org/slow": {"error":"timeout"},
		"https://example.org/moved": {"status":302,"headers":{"location":"/a"}},
		"https://example.org/out": {"status":301,"headers":{"Location":"https://example.com/a"}},
		"https://example.org/down": {"status":302,"headers":{"Location":"http://example.org/plain"}},
		"https://example.org/inside": {"status":302,"headers":{"Location":"https://169.254.169.254/"}},
		"https://example.org/1": {"status":302,"headers":{"Location":"2"}},
		"https://example.org/2": {"status":302,"headers":{"Location":"1"}},
		"https://example.org/missing": {"status":200,"file":"nowhere"},
		"https://example.com/a": {"status":200,"file":"sub/a.json"},
		"http://example.org/plain": {"status":200,"file":"sub/a.json"},
		"http://127.0.0.1:8081/issuer": {"status":200,"file":"sub/a.json"}
	}`, map[string]string{"sub/a.json": `{"a":1}`})
	k := newClock()
	w, err := OpenRecorded(p, k.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		desc   string
		r      Request
		status int
		url    string
		err    error
	}{
		{desc: "answer", r: Request{URL: "https://example.org/a"}, status: 200, url: "https://example.org/a"},
		{desc: "fragment", r: Request{URL: "https://example.org/a#key"}, status: 200, url: "https://example.org/a"},
		{desc: "capitals in the host", r: Request{URL: "https://EXAMPLE.org/a"}, status: 200, url: "https://example.org/a"},
		{desc: "410", r: Request{URL: "https://example.org/gone"}, status: 410, url: "https://example.org/gone"},
		{desc: "999, as LinkedIn has it for programs", r: Request{URL: "https://example.org/robots"}, status: 999, url: "https://example.org/robots"},
		{desc: "recorded error", r: Request{URL: "https://example.org/slow"}, err: ErrTimeout},
		{desc: "redirect", r: Request{URL: "https://example.org/moved"}, status: 200, url: "https://example.org/a"},
		{desc: "redirect to another host", r: Request{URL: "https://example.org/out"}, status: 200, url: "https://example.com/a"},
		{desc: "redirect to another host, refused", r: Request{URL: "https://example.org/out", SameHost: true}, err: ErrRedirect},
		{desc: "downgrade", r: Request{URL: "https://example.org/down"}, err: ErrForbidden},
		{desc: "downgrade where http is let pass", r: Request{URL: "https://example.org/down", PlainHTTP: true}, err: ErrRedirect},
		{desc: "redirect inside", r: Request{URL: "https://example.org/inside"}, err: ErrForbidden},
		{desc: "loop", r: Request{URL: "https://example.org/1"}, err: ErrRedirect},
		{desc: "http", r: Request{URL: "http://example.org/plain"}, err: ErrForbidden},
		{desc: "http asked for", r: Request{URL: "http://example.org/plain", PlainHTTP: true}, status: 200, url: "http://example.org/plain"},
		{desc: "address that was allowed when it was recorded", r: Request{URL: "http://127.0.0.1:8081/issuer"}, status: 200, url: "http://127.0.0.1:8081/issuer"},
		{desc: "address that was not", r: Request{URL: "http://127.0.0.1:8082/issuer"}, err: ErrForbidden},
		{desc: "unknown path", r: Request{URL: "https://example.org/b"}, err: ErrUnreachable},
		{desc: "unknown host", r: Request{URL: "https://nowhere.example.org/"}, err: ErrUnreachable},
		{desc: "path in other case", r: Request{URL: "https://example.org/A"}, err: ErrUnreachable},
		{desc: "file that is not there", r: Request{URL: "https://example.org/missing"}, err: ErrUnreachable},
		{desc: "too large", r: Request{URL: "https://example.org/a", MaxBytes: 6}, err: ErrTooLarge},
		{desc: "just not too large", r: Request{URL: "https://example.org/a", MaxBytes: 7}, status: 200, url: "https://example.org/a"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			resp, err := w.Fetch(t.Context(), tc.r)
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if tc.err != nil {
				return
			}
			if resp.Status != tc.status || resp.URL != tc.url || !resp.At.Equal(k.now()) {
				t.Errorf("%+v", resp)
			}
			if resp.Status == 200 && (string(resp.Body) != `{"a":1}` || resp.SHA256 != digest([]byte(`{"a":1}`))) {
				t.Errorf("body %s", resp.Body)
			}
		})
	}
	resp, err := w.Fetch(t.Context(), Request{URL: "https://example.org/a"})
	if err != nil || resp.ContentType != "application/ld+json" || resp.Header.Get("Cache-Control") != "max-age=1" {
		t.Errorf("%+v %v", resp, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Fetch(ctx, Request{URL: "https://example.org/a"}); !Temporary(err) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRecordedWebRefuses(t *testing.T) {
	for _, tc := range []struct{ desc, text, want string }{
		{"not JSON", `{`, "not JSON"},
		{"duplicate URL", `{"https://example.org/":{"status":200},"https://example.org/":{"status":404}}`, "twice"},
		{"unknown member", `{"https://example.org/":{"status":200,"body":"x"}}`, "body"},
		{"unknown error", `{"https://example.org/":{"error":"sad"}}`, "sad"},
		{"a status of four digits", `{"https://example.org/":{"status":1000}}`, "status"},
		{"no status", `{"https://example.org/":{}}`, "status"},
		{"relative URL", `{"/a":{"status":200}}`, "absolute"},
		{"file outside", `{"https://example.org/":{"status":200,"file":"../secret"}}`, "outside"},
		{"absolute file", `{"https://example.org/":{"status":200,"file":"/etc/passwd"}}`, "outside"},
	} {
		if _, err := OpenRecorded(writeWeb(t, tc.text, nil), nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.desc, err)
		}
	}
	if _, err := OpenRecorded(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// A symbolic link is no way out of the folder.
func TestRecordedWebSymlink(t *testing.T) {
	p := writeWeb(t, `{"https://example.org/":{"status":200,"file":"link"}}`, nil)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(filepath.Dir(p), "link")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	w, err := OpenRecorded(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := w.Fetch(t.Context(), Request{URL: "https://example.org/"}); err == nil {
		t.Errorf("read %s", resp.Body)
	}
}

// What the recorder writes answers as the network did.
func TestRecorderRoundTrip(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "https://www.example.com/a", http.StatusFound)
		case "/gone":
			w.WriteHeader(http.StatusGone)
			io.WriteString(w, `{"revoked":true}`)
		case "/latin1":
			w.Header().Set("Content-Type", "application/json; charset=ISO-8859-1")
			io.WriteString(w, "\"\xdf\"")
		case "/big":
			w.Write(make([]byte, 2000))
		default:
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"path":"`+r.URL.Path+`"}`)
		}
	})
	path := filepath.Join(t.TempDir(), "web.json")
	rec := NewRecorder(client(t, o), path)
	requests := []Request{
		{URL: "https://example.org/a"}, {URL: "https://example.org/a#key"}, {URL: "https://example.org/moved"},
		{URL: "https://example.org/gone"}, {URL: "https://example.org/big", MaxBytes: 1000}, {URL: "https://example.org/latin1"},
		{URL: "https://127.0.0.1/"}, {URL: "https://WWW.Example.org/capitals"}, {URL: "https://b\u00fccher.example.org/idn"}, {URL: "https://www.example.org./dot#x"},
	}
	type outcome struct {
		URL, Body, Text, Type, Err string
		Status                     int
	}
	run := func(f Fetcher) []outcome {
		var out []outcome
		for _, r := range requests {
			resp, err := f.Fetch(t.Context(), r)
			o := outcome{Err: errorName(err)}
			if resp != nil {
				o = outcome{resp.URL, string(resp.Body), string(resp.Text()), resp.ContentType, "", resp.Status}
			}
			out = append(out, o)
		}
		return out
	}
	want := run(rec)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := OpenRecorded(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, run(w)); diff != "" {
		t.Error(diff)
	}
}

func TestOffline(t *testing.T) {
	if _, err := Offline().Fetch(t.Context(), Request{URL: "https://example.org/"}); !errors.Is(err, ErrOffline) || !Temporary(err) {
		t.Errorf("%v", err)
	}
}

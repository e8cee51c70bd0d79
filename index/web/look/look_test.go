package look

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func fresh(t *testing.T) *Look {
	t.Helper()
	l, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestTongue: the language that was chosen, else the one that the browser likes best.
func TestTongue(t *testing.T) {
	l := fresh(t)
	for _, tc := range []struct{ chosen, accept, want string }{
		{"", "", "en"}, {"", "de-AT,de;q=0.9,en;q=0.5", "de"}, {"", "fr", "en"}, {"", "fr, de;q=0.1", "de"}, {"de", "en", "de"}, {"xx", "de", "de"},
		{"", "de;q=x", "en"}, {"", "de," + strings.Repeat("x", maxAccept), "en"},
	} {
		if got := l.Tongue(tc.chosen, tc.accept).Code; got != tc.want {
			t.Errorf("%q, %q: %s, want %s", tc.chosen, tc.accept, got, tc.want)
		}
	}
}

// TestWritten: numbers, dates and forms as each language writes them.
func TestWritten(t *testing.T) {
	l := fresh(t)
	en, de := l.Tongue("en", ""), l.Tongue("de", "")
	at := time.Date(2025, 5, 14, 9, 12, 0, 0, time.UTC)
	for _, tc := range []struct{ got, want string }{
		{en.Number(8310), "8,310"}, {de.Number(8310), "8.310"},
		{en.Date(at), "14 May 2025"}, {de.Date(at), "14. Mai 2025"},
		{en.Month(at.AddDate(0, 4, 0)), "Sep 2025"}, {de.Month(at.AddDate(0, 4, 0)), "Sept. 2025"},
		{en.Time(at), "14 May 2025, 09:12 UTC"},
		{en.Ago(at, at.Add(time.Minute)), "1 minute ago"}, {en.Ago(at, at.Add(3*time.Hour)), "3 hours ago"},
		{de.Ago(at, at.Add(time.Hour)), "vor 1 Stunde"}, {de.Ago(at, at.AddDate(0, 0, 12)), "vor 12 Tagen"}, {de.Ago(at, at.AddDate(0, 0, 1)), "gestern"},
		{en.T("100% sure"), "100% sure"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

// TestMoreTongues: a further language is a file; one that cannot be taken is refused.
func TestMoreTongues(t *testing.T) {
	l, err := New([]byte(`{"language":"fr","name":"Français","messages":{"Search":"Recherche","%d days ago":{"one":"il y a %d jour","other":"il y a %d jours"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	fr := l.Tongue("", "fr-CA")
	if fr.T("Search") != "Recherche" || fr.T("Saved") != "Saved" || fr.T("%d days ago", 1) != "il y a 1 jour" {
		t.Errorf("%s: %s, %s, %s", fr.Code, fr.T("Search"), fr.T("Saved"), fr.T("%d days ago", 1))
	}
	for _, bad := range []string{``, `{}`, `{"language":"fr"}`, `{"language":"-","name":"x"}`, `{"language":"fr","name":"x","messages":{"a":{}}}`, `{"language":"fr","name":"x","messages":{"a":1}}`} {
		if _, err := New([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// TestStatic: what a page names is there, for ever, and small where the client takes
// gzip.
func TestStatic(t *testing.T) {
	l := fresh(t)
	for name, kind := range map[string]string{"assay.css": "text/css; charset=utf-8", "assay.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		for _, accept := range []string{"", "br, gzip", "gzip;q=0", "gzip; q=0.5"} {
			r, w := httptest.NewRequest("GET", l.File(name), nil), httptest.NewRecorder()
			r.Header.Set("Accept-Encoding", accept)
			l.ServeHTTP(w, r)
			body := io.Reader(w.Body)
			if zipped := accept == "br, gzip" || accept == "gzip; q=0.5"; zipped != (w.Header().Get("Content-Encoding") == "gzip") {
				t.Errorf("%s with %q: %v", name, accept, w.Header())
			} else if zipped {
				var err error
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			b, err := io.ReadAll(body)
			want, _ := files.ReadFile("static/" + name)
			if err != nil || w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || string(b) != string(want) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s with %q: %d %v, %d bytes, %v", name, accept, w.Code, w.Header(), len(b), err)
			}
		}
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, httptest.NewRequest("GET", "/static/assay.css", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("without its hash: %d", w.Code)
	}
}

// TestBlindNote: what pages that tell of applicants begin with, while they are read blind.
func TestBlindNote(t *testing.T) {
	l := fresh(t)
	for _, tc := range []struct {
		r          *Reading
		has, lacks []string
	}{
		{nil, nil, []string{"<"}},
		{&Reading{}, nil, []string{"<"}},
		{&Reading{On: true, Says: "Hidden: much.", To: "/?q=a&b", Schools: true}, []string{"Hidden: much.", `name="key" value="k"`, `value="/?q=a&amp;b"`, `value="schools" checked`, `value="dates">`, `action="/blind?tenant=x"`}, []string{`value="lift"`, "until you sign out"}},
		{&Reading{On: true, MayLift: true, Session: true}, []string{`value="lift"`, "until you sign out"}, nil},
	} {
		b, err := l.Render(l.Tongue("en", ""), "blindnote", &Page{Keep: "?tenant=x", Key: "k", Reading: tc.r})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range tc.has {
			if !strings.Contains(string(b), s) {
				t.Errorf("%+v: %q is not in %s", tc.r, s, b)
			}
		}
		for _, s := range tc.lacks {
			if strings.Contains(string(b), s) {
				t.Errorf("%+v: %q is in %s", tc.r, s, b)
			}
		}
	}
}

// TestStylesAreUsed: each class of the style sheet stands in a template, in the script, or
// in the Go code that fills templates.
func TestStylesAreUsed(t *testing.T) {
	css, err := files.ReadFile("static/assay.css")
	if err != nil {
		t.Fatal(err)
	}
	var used strings.Builder
	texts, classes := regexp.MustCompile("[\"'`][^\"'`\\n]*[\"'`]"), regexp.MustCompile(`class="(?:[^"{]|\{\{.*?\}\})*"`)
	for _, pattern := range []string{"templates/*.html", "static/*.js", "*.go", "../*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if b, err := os.ReadFile(name); err != nil {
				t.Error(err)
			} else if !strings.HasSuffix(name, "_test.go") {
				find := texts
				if filepath.Ext(name) == ".html" {
					find = classes
				}
				used.WriteString(strings.Join(find.FindAllString(string(b), -1), " "))
			}
		}
	}
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`[a-z][a-z0-9-]*`).FindAllString(used.String(), -1) {
		words[w] = true
	}
	plain := regexp.MustCompile(`(?s)/\*.*?\*/|"[^"]*"|url\([^)]*\)`).ReplaceAllString(string(css), "")
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllStringSubmatch(plain, -1) {
		state, isState := strings.CutPrefix(m[1], "s-") // as "seal" makes it
		if !words[m[1]] && !(isState && words[state]) {
			t.Errorf("no page has the class %s", m[1])
			words[m[1]] = true
		}
	}
}

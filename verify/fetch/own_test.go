package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// errorsTold are the errors of this package by their names in vectors.
var errorsTold = map[string]error{"offline": ErrOffline, "budget": ErrBudget, "later": ErrLater, "image": ErrImage, "not_json": ErrFormat, "withheld": ErrWithheld}

func init() { maps.Copy(errorsTold, errorNames) }

// unspokenErrors are those that no vector expects, and why.
var unspokenErrors = map[string]string{
	"ErrBudget": "of one badge, counted by package verify: its vectors expect it",
	"ErrLater":  "of a context under Asking: see TestAsking",
	"ErrProxy":  "of an option: nothing is asked for",
}

// answerOf is an answer of a vector's web.
type answerOf struct {
	status int
	header http.Header
	body   []byte
	flood  int // bytes of headers
	fails  string
}

func readAnswer(data string) (a answerOf, err error) {
	head, body, _ := strings.Cut(data, "\n\n")
	first, rest, _ := strings.Cut(strings.TrimSuffix(head, "\n"), "\n")
	if a.status, err = strconv.Atoi(first); err != nil {
		return a, err
	}
	a.header, a.body = http.Header{}, []byte(body)
	for line := range strings.Lines(rest) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok:
			return a, fmt.Errorf("%q is no header", line)
		case name == "Times":
			n, err := strconv.Atoi(value)
			if err != nil {
				return a, err
			}
			a.body = []byte(strings.Repeat(body, n))
		case name == "Flood":
			if a.flood, err = strconv.Atoi(value); err != nil {
				return a, err
			}
		default:
			a.header.Set(name, value)
		}
	}
	return a, nil
}

// served asks the guarded client of a server that answers as the web says.
func served(t *testing.T, web map[string]answerOf) Fetcher {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		a, ok := web["https://"+r.Host+r.URL.RequestURI()]
		if !ok {
			panic(http.ErrAbortHandler)
		}
		maps.Copy(w.Header(), a.header)
		w.Header()["Content-Type"] = a.header["Content-Type"] // none is made up
		body := a.body
		if a.header.Get("Packed") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			body = gz(body)
		}
		for i := range a.flood / 1000 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
		}
		w.WriteHeader(a.status)
		w.Write(body)
	})
	return client(t, o)
}

// recorded is the same web, recorded.
func recorded(t *testing.T, web map[string]answerOf) Fetcher {
	entries, files := map[string]entry{}, map[string]string{}
	for url, a := range web {
		if a.fails != "" {
			entries[url] = entry{Error: a.fails}
			continue
		}
		e := entry{Status: a.status, ContentType: a.header.Get("Content-Type"), Headers: map[string]string{}, File: fmt.Sprint(len(files))}
		for name := range a.header {
			e.Headers[name] = a.header.Get(name)
		}
		files[e.File] = string(a.body)
		entries[url] = e
	}
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenRecorded(writeWeb(t, string(text), files), func() time.Time { return time.Unix(1_800_000_000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestOwnVectors asks every vector of our own: what must come stands in it. Every
// error of this package is expected by one.
func TestOwnVectors(t *testing.T) {
	names, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(names) < 4 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	told, n := map[string]bool{}, 0
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		web, table := map[string]answerOf{}, ""
		for _, f := range a.Files {
			if f.Name == "ask" {
				table = string(f.Data)
				continue
			}
			words := strings.Fields(f.Name)
			if len(words) == 3 && words[0] == "error" && errorNames[words[1]] != nil {
				web[words[2]] = answerOf{fails: words[1]}
				continue
			}
			if web[f.Name], err = readAnswer(string(f.Data)); err != nil || len(words) != 1 {
				t.Fatalf("%s: %s: %v", name, f.Name, err)
			}
		}
		for by := range strings.FieldsSeq(string(a.Comment)) {
			var f Fetcher
			switch by {
			case "client":
				f = served(t, web)
			case "recorded":
				f = recorded(t, web)
			case "offline":
				f = Offline()
			default:
				t.Fatalf("%s: no fetcher is called %q", name, by)
			}
			for line := range strings.Lines(table) {
				cells := strings.Split(strings.TrimSpace(line), " | ")
				if len(cells) != 3 {
					t.Fatalf("%s: %q is no line of the table", name, line)
				}
				n++
				t.Run(by+"/"+cells[0], func(t *testing.T) {
					if got := come(t, f, cells[1]); got != cells[2] {
						t.Errorf("%s\nbecame %s\nwant   %s", cells[1], got, cells[2])
					}
				})
				for w := range strings.FieldsSeq(cells[2]) {
					told[w] = true
				}
			}
		}
	}
	if n < 90 {
		t.Errorf("%d vectors were asked", n)
	}
	for name, err := range everyError(t) {
		word := ""
		for w, e := range errorsTold {
			if e == err {
				word = w
			}
		}
		_, excused := unspokenErrors[name]
		if told[word] == excused {
			t.Errorf("%s: expected by a vector %v, excused %v", name, told[word], excused)
		}
	}
}

// come asks and says what came.
func come(t *testing.T, f Fetcher, ask string) string {
	t.Helper()
	words := strings.Fields(ask)
	r := Request{URL: words[0]}
	for _, o := range words[1:] {
		switch {
		case o == "same-host":
			r.SameHost = true
		case o == "http":
			r.PlainHTTP = true
		case strings.HasPrefix(o, "max="):
			var err error
			if r.MaxBytes, err = strconv.ParseInt(o[4:], 10, 64); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("%q is no option", o)
		}
	}
	d, err := Get(t.Context(), f, r)
	if d == nil {
		for name, e := range errorsTold {
			if errors.Is(err, e) {
				return name
			}
		}
		return fmt.Sprint(err)
	}
	is := "-"
	switch {
	case errors.Is(err, ErrImage):
		is = "image"
	case errors.Is(err, ErrFormat):
		is = "not_json"
	case errors.Is(err, ErrWithheld):
		is = "withheld"
	case err != nil:
		is = err.Error()
	case d.Object != nil:
		is = "object"
	}
	typ := d.ContentType
	if typ == "" {
		typ = "-"
	}
	return fmt.Sprintf("%d %s %s %s", d.Status, typ, is, d.URL)
}

// everyError gives the errors that the package declares, by their names.
func everyError(t *testing.T) map[string]error {
	t.Helper()
	known := map[string]error{
		"ErrProxy":       ErrProxy,
		"ErrUnreachable": ErrUnreachable, "ErrTimeout": ErrTimeout, "ErrBusy": ErrBusy, "ErrForbidden": ErrForbidden, "ErrRedirect": ErrRedirect,
		"ErrTooLarge": ErrTooLarge, "ErrMalformed": ErrMalformed, "ErrOffline": ErrOffline, "ErrBudget": ErrBudget, "ErrLater": ErrLater, "ErrImage": ErrImage, "ErrFormat": ErrFormat, "ErrWithheld": ErrWithheld,
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(node ast.Node) bool {
			if v, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Err") {
				n++
				if known[v.Names[0].Name] == nil {
					t.Errorf("%s is new: say here, and in a vector, what it is", v.Names[0].Name)
				}
			}
			return true
		})
	}
	if n != len(known) {
		t.Errorf("%d errors are declared, %d known", n, len(known))
	}
	return known
}

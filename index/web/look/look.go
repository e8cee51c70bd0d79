// Package look is how the recruiters' page looks: its frame, seals and other
// components as html/template, its style sheet and script, and the catalogues of
// its messages (golang.org/x/text/message), English and German, more by a file.
//
// A page is rendered from a Page and the view that is in it. Templates escape all
// that they are given; nothing here makes markup of a text. No style and no script
// stands in a page, so that the strictest content security policy holds. Static
// files have their hash in their address and are cached for ever.
//
// Out of scope: what stands on a page, and who may see it.
package look

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed static templates catalogue
var files embed.FS

// StaticPath is where the static files are served.
const StaticPath = "/static/"

// Look renders pages.
type Look struct {
	tongues []*Tongue
	matcher language.Matcher
	pages   map[*Tongue]*template.Template
	static  map[string]*file // by the end of the address
	address map[string]string
}

type file struct {
	kind        string
	plain, gzip []byte
}

// Page is what every page has.
type Page struct {
	Title   string // of the window
	Keep    string // "?tenant=…" where links must carry it, else ""
	Nav     []Link // nil = a page of a person who is not signed in
	Blind   *Link  // how blind reading stands, and where it is changed
	Reading *Reading
	Named   bool // it is not read blind
	Me      *Me
	Key     string // of forms: "" where nobody is asked who he is
	Tongues []Choice
	View    any

	Lang string // set by Render
}

// Link is a link; one that is On is where the reader is.
type Link struct {
	Text, URL string
	On        bool
}

// Choice is a language that can be chosen.
type Choice struct {
	Code, Text, URL string
	On              bool
}

// Me is who is signed in.
type Me struct {
	Name, Hint string
	Links      []Link
	Forms      []Link // what is done by a form
}

// Reading is how the reader reads: what "blindnote" shows, and "blindness" changes.
type Reading struct {
	On             bool
	Says           string // what is hidden and what is not
	Schools, Dates bool   // are hidden, too
	MayLift        bool
	Session        bool   // it is remembered until its end
	To             string // the page that is gone back to
}

// Part is a piece of a text, marked where the question met it.
type Part struct {
	Text string
	Mark bool
}

// New reads what is built in, and further files of messages.
func New(more ...[]byte) (*Look, error) {
	l := &Look{pages: map[*Tongue]*template.Template{}, static: map[string]*file{}, address: map[string]string{}}
	var err error
	if l.tongues, err = readTongues(files, "catalogue"); err != nil {
		return nil, err
	}
	for _, b := range more {
		t, err := readTongue(b)
		if err != nil {
			return nil, err
		}
		l.tongues = append(l.tongues, t)
	}
	if err := l.readStatic(); err != nil {
		return nil, err
	}
	var tags []language.Tag
	for _, t := range l.tongues {
		tags = append(tags, language.Make(t.Code))
		page, err := template.New("").Funcs(l.funcs(t)).ParseFS(files, "templates/*.html")
		if err != nil {
			return nil, err
		}
		l.pages[t] = page
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// Check refuses a file of messages that New would not take.
func Check(b []byte) error {
	_, err := readTongue(b)
	return err
}

// funcs are what templates may call.
func (l *Look) funcs(t *Tongue) template.FuncMap {
	return template.FuncMap{
		"t": t.T, "num": t.Number, "month": t.Month, "time": t.Time,
		"iso":    func(at time.Time) string { return at.UTC().Format("2006-01-02") },
		"file":   func(name string) string { return l.address[name] },
		"states": States,
		"dict": func(pairs ...any) (map[string]any, error) {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				name, ok := pairs[i].(string)
				if !ok {
					return nil, fmt.Errorf("dict: %v is no name", pairs[i])
				}
				m[name] = pairs[i+1]
			}
			return m, nil
		},
	}
}

// Render writes a page in a language. An error is a defect of a template.
func (l *Look) Render(t *Tongue, name string, p *Page) ([]byte, error) {
	q := *p
	q.Lang = t.Code
	var b bytes.Buffer
	if err := l.pages[t].ExecuteTemplate(&b, name, &q); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func (l *Look) readStatic() error {
	list, err := fs.ReadDir(files, "static")
	if err != nil {
		return err
	}
	for _, e := range list {
		b, err := files.ReadFile(path.Join("static", e.Name()))
		if err != nil {
			return err
		}
		sum, ext := sha256.Sum256(b), path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		l.static[name] = &file{kind: kinds[ext], plain: b, gzip: Compress(b)}
		l.address[e.Name()] = StaticPath + name
	}
	return nil
}

// File is the address of a static file, by its name.
func (l *Look) File(name string) string { return l.address[name] }

// ServeHTTP serves the static files. What a hash names never changes.
func (l *Look) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := l.static[strings.TrimPrefix(r.URL.Path, StaticPath)]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	b := f.plain
	if Zips(r) {
		w.Header().Set("Content-Encoding", "gzip")
		b = f.gzip
	}
	_, _ = w.Write(b)
}

// Zips reports whether a client takes gzip (RFC 9110 §12.5.3).
func Zips(r *http.Request) bool {
	for _, list := range r.Header.Values("Accept-Encoding") {
		for one := range strings.SplitSeq(list, ",") {
			name, q, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") && !refused(q) {
				return true
			}
		}
	}
	return false
}

// refused reports whether a weight is nought.
func refused(q string) bool {
	q = strings.ReplaceAll(q, " ", "")
	return strings.HasPrefix(q, "q=0") && strings.Trim(q[len("q=0"):], ".0") == ""
}

// Compress gives bytes as gzip.
func Compress(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	_, _ = w.Write(b) // to memory
	_ = w.Close()
	return out.Bytes()
}

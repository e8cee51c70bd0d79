package skills

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// broken makes an error about a place in a file.
func broken(place, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %w", ErrFormat, place, fmt.Errorf(format, args...))
}

// list gives the files of the source whose name, in small letters, fits one of
// the patterns.
func (im *importer) list(patterns ...string) ([]string, error) {
	entries, err := fs.ReadDir(im.Files, ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if !slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, strings.ToLower(e.Name())); return ok }) {
			continue
		}
		// Stat follows a link, as opening the file does.
		if i, err := fs.Stat(im.Files, e.Name()); err != nil {
			return nil, err
		} else if i.Mode().IsRegular() {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// input is one file of an import: read forward, within bounds.
type input struct {
	im     *importer
	f      fs.File
	n      int64 // bytes read
	record int   // bytes read since the record at hand began
}

// Read refuses to go beyond the bounds. It gives little at a time, so that what
// a parser reads ahead does not count against a record.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.f.Read(p[:min(len(p), 16<<10)])
	in.n += int64(n)
	in.record += n
	in.im.left -= int64(n)
	switch max := in.im.max; {
	case in.n > max.file:
		return 0, fmt.Errorf("the file is larger than %d bytes", max.file)
	case in.im.left < 0:
		return 0, fmt.Errorf("all files together are larger than %d bytes", max.total)
	case in.record > max.record+32<<10:
		return 0, fmt.Errorf("one record is larger than %d bytes", max.record)
	}
	return n, err
}

const byteOrderMark = "\xef\xbb\xbf"

// open opens a file and steps over a byte order mark. The caller closes.
func (im *importer) open(name string) (*input, *bufio.Reader, error) {
	if im.files++; im.files > im.max.files {
		return nil, nil, broken(name, "more than %d files", im.max.files)
	}
	f, err := im.Files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	in := &input{im: im, f: f}
	b := bufio.NewReader(in)
	head, err := b.Peek(3)
	if len(head) == 0 && err != nil && err != io.EOF {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	switch {
	case string(head) == byteOrderMark:
		_, err = b.Discard(len(byteOrderMark))
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		err = broken(name+":1", "UTF-16; want UTF-8")
	default:
		err = nil
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	im.report.Files = append(im.report.Files, name)
	return in, b, nil
}

// columns of a table by their names, in small letters.
type columns map[string]int

// header takes the first line of a table. want lists the columns that must be
// there, a|b for either.
func header(place string, cells, want []string) (columns, error) {
	at := columns{}
	for i, h := range cells {
		at[strings.ToLower(strings.TrimSpace(h))] = i
	}
	for _, w := range want {
		if !slices.ContainsFunc(strings.Split(w, "|"), func(c string) bool { _, ok := at[strings.ToLower(c)]; return ok }) {
			return nil, broken(place, "no column %q; want a first line with %q, it is %q", w, want, cut(strings.Join(cells, "\t"), 80))
		}
	}
	return at, nil
}

// record is one line of a table, by columns. place says where it stands.
type record struct {
	at    columns
	cells []string
	place string
}

// get gives the cell of the first of the columns that is there, "" for none.
func (r *record) get(names ...string) string {
	for _, n := range names {
		if i, ok := r.at[n]; ok && i < len(r.cells) {
			return strings.TrimSpace(r.cells[i])
		}
	}
	return ""
}

// table is how a file of lines is to be read.
type table struct {
	want   []string // columns that must be there
	ragged bool     // lines may be shorter than the first: ESCO's skillsHierarchy leaves empty cells off
	each   func(r *record) error
}

// csv reads a CSV file as RFC 4180 has it: a quote that does not close is an
// error, for it is how half a download looks.
func (im *importer) csv(name string, t table) error {
	in, b, err := im.open(name)
	if err != nil {
		return err
	}
	defer in.f.Close()
	c := csv.NewReader(b)
	c.ReuseRecord = true
	if t.ragged {
		c.FieldsPerRecord = -1
	}
	r := record{}
	for first := true; ; first = false {
		in.record = 0
		cells, err := c.Read()
		if err == io.EOF && !first {
			return nil
		}
		if err == io.EOF {
			return broken(name+":1", "nothing in it; want a first line with %q", t.want)
		}
		var at *csv.ParseError
		if errors.As(err, &at) {
			said := at.Err.Error()
			switch {
			case errors.Is(err, csv.ErrFieldCount):
				said = fmt.Sprintf("%d cells; want %d as in the first line", len(cells), c.FieldsPerRecord)
			case errors.Is(err, csv.ErrQuote):
				said = fmt.Sprintf("a quote in this record does not close, or stands alone (read to line %d, column %d)", at.Line, at.Column)
			}
			return broken(fmt.Sprintf("%s:%d", name, at.StartLine), "%s", said)
		}
		if err != nil {
			return broken(fmt.Sprintf("%s (byte %d)", name, in.n), "%w", err)
		}
		line, _ := c.FieldPos(0)
		r.cells, r.place = cells, fmt.Sprintf("%s:%d", name, line)
		if err := im.line(&r, first, &t); err != nil {
			return err
		}
	}
}

// tabs reads O*NET's text files: cells between tabs, where quotes mean nothing.
func (im *importer) tabs(name string, t table) error {
	r := record{}
	wide := 0
	return im.lines(name, func(n int, line string) error {
		r.cells, r.place = strings.Split(line, "\t"), fmt.Sprintf("%s:%d", name, n)
		if n == 1 {
			wide = len(r.cells)
		} else if line == "" {
			return nil
		} else if len(r.cells) != wide {
			return broken(r.place, "%d cells; want %d as in the first line", len(r.cells), wide)
		}
		return im.line(&r, n == 1, &t)
	})
}

// line takes one line of a table.
func (im *importer) line(r *record, first bool, t *table) error {
	for _, c := range r.cells {
		if !utf8.ValidString(c) {
			return broken(r.place, "not UTF-8: %q", cut(c, 40))
		}
	}
	if first {
		at, err := header(r.place, r.cells, t.want)
		r.at = at
		return err
	}
	if err := t.each(r); err != nil {
		return err
	}
	if im.err != nil {
		return broken(r.place, "%w", im.err)
	}
	return nil
}

// lines reads a file line by line.
func (im *importer) lines(name string, each func(n int, line string) error) error {
	in, b, err := im.open(name)
	if err != nil {
		return err
	}
	defer in.f.Close()
	s := bufio.NewScanner(b)
	s.Buffer(make([]byte, 0, min(64<<10, im.max.record)), im.max.record)
	n := 0
	for {
		in.record = 0
		if !s.Scan() {
			break
		}
		n++
		if err := each(n, strings.TrimSuffix(s.Text(), "\r")); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return broken(fmt.Sprintf("%s:%d", name, n+1), "a line is longer than %d bytes", im.max.record)
	}
	if s.Err() != nil {
		return broken(fmt.Sprintf("%s:%d", name, n+1), "%w", s.Err())
	}
	if n == 0 {
		return broken(name+":1", "nothing in it")
	}
	return nil
}

// document is a JSON file that is read a value at a time.
type document struct {
	im    *importer
	in    *input
	d     *json.Decoder
	name  string
	begin int64 // where the value at hand begins
	mark  int64 // length of a byte order mark
}

// shape says what of a JSON document is wanted.
type shape struct {
	lists []string // keys of the top object whose elements are items; a top list is one too
	keep  []string // keys of the top object that are given as head
	item  func(list string, item any) error
	// done takes the head, and whether a list was there.
	done func(head map[string]any, listed bool) error
}

// document reads a JSON file item by item, never more than one in memory.
func (im *importer) document(name string, s shape) error {
	in, b, err := im.open(name)
	if err != nil {
		return err
	}
	defer in.f.Close()
	x := &document{im: im, in: in, d: json.NewDecoder(b), name: name}
	x.d.UseNumber()
	x.mark = in.n - int64(b.Buffered())
	if err := x.read(s); err != nil {
		return x.located(err)
	}
	return nil
}

func (x *document) read(s shape) error {
	head := map[string]any{}
	listed := false
	item := func(list string, v any) error {
		if err := s.item(list, v); err != nil {
			return err
		}
		return x.im.err
	}
	items := func(list string) error {
		listed = true
		for x.d.More() {
			v, err := x.value()
			if err == nil {
				err = item(list, v)
			}
			if err != nil {
				return err
			}
		}
		return x.close()
	}
	top, err := x.token()
	if err != nil {
		return err
	}
	switch top {
	case json.Delim('['):
		err = items("")
	case json.Delim('{'):
		for err == nil && x.d.More() {
			var key any
			if key, err = x.token(); err != nil {
				break
			}
			k, _ := key.(string)
			switch {
			case slices.Contains(s.lists, k):
				var t json.Token
				if t, err = x.token(); err != nil {
					break
				}
				switch t {
				case json.Delim('['):
					err = items(k)
				case json.Delim('{'): // JSON-LD writes a list of one as the one
					var v any
					if v, err = x.object(); err == nil {
						listed = true
						err = item(k, v)
					}
				default:
					err = fmt.Errorf("%q is %v; want a list", k, t)
				}
			case slices.Contains(s.keep, k):
				head[k], err = x.value()
			default:
				err = x.skip()
			}
		}
		if err == nil {
			err = x.close()
		}
	default:
		err = fmt.Errorf("%q; want an object or a list", cut(fmt.Sprint(top), 40))
	}
	if err != nil {
		return err
	}
	if _, err := x.token(); err == nil {
		return errors.New("more after the end of the document")
	} else if err != io.EOF {
		return err
	}
	x.begin = 0 // what is missing is missing from the whole
	if err := s.done(head, listed); err != nil {
		return err
	}
	return x.im.err
}

func (x *document) token() (json.Token, error) {
	x.begin, x.in.record = x.d.InputOffset(), 0
	return x.d.Token()
}

// close takes the bracket that ends an object or a list.
func (x *document) close() error {
	_, err := x.token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// value reads the value at hand.
func (x *document) value() (any, error) {
	x.begin, x.in.record = x.d.InputOffset(), 0
	var raw json.RawMessage
	if err := x.d.Decode(&raw); err != nil {
		return nil, err
	}
	if len(raw) > x.im.max.record {
		return nil, fmt.Errorf("one record is larger than %d bytes", x.im.max.record)
	}
	if deep(raw) > x.im.max.depth {
		return nil, fmt.Errorf("nested more than %d deep", x.im.max.depth)
	}
	var v any
	err := json.Unmarshal(raw, &v)
	return v, err
}

// object reads an object whose first bracket is taken.
func (x *document) object() (any, error) {
	begin, m := x.begin, map[string]any{}
	for x.d.More() {
		k, err := x.token()
		if err != nil {
			return nil, err
		}
		v, err := x.value()
		if err != nil {
			return nil, err
		}
		if s, ok := k.(string); ok {
			m[s] = v
		}
		if len(m) > 1000 {
			return nil, errors.New("one record has more than 1000 keys")
		}
	}
	err := x.close()
	x.begin = begin
	return m, err
}

// skip steps over the value at hand, token by token.
func (x *document) skip() error {
	for depth := 0; ; {
		t, err := x.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			if depth++; depth > x.im.max.depth {
				return fmt.Errorf("nested more than %d deep", x.im.max.depth)
			}
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// located says where in the file an error arose: for the line it is read again.
func (x *document) located(err error) error {
	if errors.Is(err, ErrFormat) || errors.Is(err, ErrRefused) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		x.begin, err = x.d.InputOffset(), errors.New("the file ends too early")
	}
	at, line := x.begin+x.mark, 1
	f, openErr := x.im.Files.Open(x.name)
	if openErr != nil {
		return broken(fmt.Sprintf("%s (byte %d)", x.name, at), "%w", err)
	}
	defer f.Close()
	b := bufio.NewReader(f)
	for n := int64(0); ; n++ {
		c, readErr := b.ReadByte()
		if readErr != nil || n >= at && strings.IndexByte(" \t\r\n,:", c) < 0 {
			at = max(n, at)
			break
		}
		if c == '\n' {
			line++
		}
	}
	return broken(fmt.Sprintf("%s:%d (byte %d)", x.name, line, at), "%w", err)
}

// deep gives how deeply a valid JSON value is nested.
func deep(raw []byte) int {
	depth, most := 0, 0
	quoted := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			most = max(most, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return most
}

package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

func opened(t *testing.T, data []byte) *File {
	t.Helper()
	return Open(data, func(int) bool { return true }, func(library string) { t.Errorf("%s failed", library) })
}

// TestPreflight: what is said of a file, whole and damaged
// (ISO 32000-1 §7.5).
func TestPreflight(t *testing.T) {
	plain, streams := (&pdftest.Builder{}).Build(), (&pdftest.Builder{}).BuildStreams("")
	replace := func(b []byte, old, new string) []byte {
		if !bytes.Contains(b, []byte(old)) {
			t.Fatalf("nothing to replace: %s", old)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
	type said struct{ damaged, invented, noEOF, encrypted, limited bool }
	for _, tc := range []struct {
		desc string
		data []byte
		want said
	}{
		{"a table", plain, said{}},
		{"object streams and a cross-reference stream", streams, said{}},
		{"junk before the header", append([]byte("junk\n"), plain...), said{}},
		{"a wrong startxref", replace(plain, "startxref\n", "startxref\n9"), said{damaged: true}},
		{"no end", plain[:bytes.LastIndex(plain, []byte("startxref"))], said{damaged: true, noEOF: true}},
		{"an offset that is off", replace(plain, "0000000015 00000 n", "0000000016 00000 n"), said{damaged: true}},
		{"a table that promises more than it holds", replace(plain, "xref\n0 6\n", "xref\n0 60\n"), said{}},
		{"a table that begins at 1", replace(plain, "xref\n0 6\n", "xref\n1 6\n"), said{}},
		{"no catalog", replace(plain, "/Type /Catalog", "/Type /Cxtalog"), said{}},
		{"the catalog is lost", replace(plain, "1 0 obj", "1 0 xbj"), said{damaged: true, invented: true}},
		{"an object number beyond belief", append(bytes.Clone(plain), "9999999 0 obj 1 endobj"...), said{}},
		{"the same in a file without a table", append(bytes.Clone(plain[:bytes.LastIndex(plain, []byte("xref\n0"))]), "9999999 0 obj 1 endobj"...), said{damaged: true, invented: true, noEOF: true, limited: true}},
		{"encrypted", (&pdftest.Builder{Encrypt: "rc4-128", Password: "not empty"}).Build(), said{encrypted: true}},
		{"encrypted, and open", (&pdftest.Builder{Encrypt: "rc4-128"}).Build(), said{}},
	} {
		f := opened(t, tc.data)
		if f == nil {
			t.Errorf("%s: no object in it", tc.desc)
			continue
		}
		got := said{f.Damaged, f.Invented, f.NoEOF, f.Encrypted, f.Limited}
		if got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.desc, got, tc.want)
		}
		root, _ := f.Resolve(f.Trailer.Get("Root")).(Dict)
		if root.Get("Pages") == nil && tc.desc != "no catalog" {
			t.Errorf("%s: the pages are not reached", tc.desc)
		}
	}
	for _, none := range []string{"", "%PDF-1.7\n", "no object", "1 0 object"} {
		if f := opened(t, []byte(none)); f != nil && len(f.Physical) == 0 {
			t.Errorf("%q: a file without an object", none)
		}
	}
}

// TestRevisions: what an update leaves behind is found, and told from what is
// current (§7.5.6).
func TestRevisions(t *testing.T) {
	b := &pdftest.Builder{Info: "/Title (old)"}
	b.Add("<</S /URI /URI (https://old.example.org/1)>>")
	data := b.Build()
	prev := bytes.LastIndex(data, []byte("xref\n0"))
	link := len(data)
	data = append(data, "6 0 obj\n<</S /URI /URI (https://new.example.org/1)>>\nendobj\n"...)
	info := len(data)
	data = append(data, "7 0 obj\n<</Title (new)>>\nendobj\n"...)
	start := len(data)
	data = append(data, fmt.Sprintf("xref\n6 2\n%010d 00000 n \n%010d 00000 n \ntrailer\n<</Size 8 /Root 1 0 R /Info 7 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", link, info, prev, start)...)
	f := opened(t, data)
	if f.Damaged || len(f.Older) != 1 || f.Older[0].Ref("Info").Num != 5 || f.Trailer.Ref("Info").Num != 7 {
		t.Fatalf("damaged %v, trailer %v, older %v", f.Damaged, f.Trailer, f.Older)
	}
	var got []string
	f.URIs(func(uri string, num, off int, stale bool) {
		got = append(got, fmt.Sprintf("%s %d %v", uri, num, stale))
		if !bytes.HasPrefix(data[off:], []byte("6 0 obj")) {
			t.Errorf("%s lies at %d", uri, off)
		}
	})
	if want := []string{"https://old.example.org/1 6 true", "https://new.example.org/1 6 false"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	current := 0
	for i := range f.Physical {
		o := &f.Physical[i]
		if f.Current(o) {
			current++
		}
		if d, ok := f.At(o).(Dict); o.Num == 6 && (!ok || d.Name("S") != "URI") {
			t.Errorf("object %d at %d: %v", o.Num, o.Off, f.At(o))
		}
	}
	if len(f.Physical) != 8 || current != 7 {
		t.Errorf("%d objects, %d current, want 8 and 7", len(f.Physical), current)
	}
}

// TestURIs: a /URI in an object, in an object stream, by reference; and what is
// none.
func TestURIs(t *testing.T) {
	b := &pdftest.Builder{}
	b.Add("<</S/URI/URI(https://a.example.org/)>>")
	b.Add("<</S /URI /URI 8 0 R>>")
	b.Add("(https://b.example.org/)")
	b.Add("<</S /URI /URIx (https://no.example.org/) /URI <68747470733a2f2f632e6578616d706c652e6f72672f>>>")
	want := []string{"https://a.example.org/", "https://b.example.org/", "https://c.example.org/"}
	for form, data := range map[string][]byte{"table": b.Build(), "streams": b.BuildStreams("")} {
		var got []string
		f := opened(t, data)
		f.URIs(func(uri string, _, _ int, stale bool) {
			if stale {
				t.Errorf("%s: %s is stale", form, uri)
			}
			got = append(got, uri)
		})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", form, got, want)
		}
	}
	b.Encrypt, b.Password = "aes-128", "not empty"
	opened(t, b.Build()).URIs(func(uri string, _, _ int, _ bool) { t.Errorf("%q in an encrypted file", uri) })
}

// TestStaleMembers: what an object stream holds and a later revision replaced.
func TestStaleMembers(t *testing.T) {
	b := &pdftest.Builder{}
	b.Add("<</S /URI /URI (https://old.example.org/)>>")
	data := b.BuildStreams("")
	prev := bytes.LastIndex(data, []byte(" 0 obj\n<</Type /XRef"))
	prev = bytes.LastIndexByte(data[:prev], '\n') + 1
	link := len(data)
	data = append(data, "6 0 obj\n<</S /URI /URI (https://new.example.org/)>>\nendobj\n"...)
	start := len(data)
	data = append(data, fmt.Sprintf("xref\n6 1\n%010d 00000 n \ntrailer\n<</Size 9 /Root 1 0 R /Info 5 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", link, prev, start)...)
	f := opened(t, data)
	if f.Damaged || len(f.Stale) != 1 || f.Stale[0].Num != 6 {
		t.Fatalf("damaged %v, stale %+v", f.Damaged, f.Stale)
	}
	if d, _ := f.Stale[0].Value().(Dict); d.Get("URI") != "https://old.example.org/" {
		t.Errorf("the stale object is %v", f.Stale[0].Value())
	}
	if d, _ := f.Object(6).(Dict); d.Get("URI") != "https://new.example.org/" {
		t.Errorf("the current object is %v", f.Object(6))
	}
}

// TestStreamEnds: how a stream's length is known (§7.3.8.2), and what is done
// when it is wrong.
func TestStreamEnds(t *testing.T) {
	for _, tc := range []struct{ desc, length, more string }{
		{"right", "/Length 8", ""},
		{"a reference", "/Length 7 0 R", "8"},
		{"a reference to nothing", "/Length 9 0 R", ""},
		{"too short", "/Length 3", ""},
		{"too long", "/Length 3000", ""},
		{"negative", "/Length -1", ""},
		{"none", "", ""},
	} {
		b := &pdftest.Builder{}
		b.Catalog = "/X " + b.Add("<<%s>> stream\nthe data\nendstream", tc.length)
		if tc.more != "" {
			b.Add("%s", tc.more)
		}
		f := opened(t, b.Build())
		s, ok := f.Object(6).(Stream)
		if data, _, err := f.Decode(s); !ok || string(data) != "the data" || err != nil {
			t.Errorf("%s: %q, %v, %v", tc.desc, data, ok, err)
		}
	}
}

// TestBudget: decoded bytes are asked for, and refused ones are not kept.
func TestBudget(t *testing.T) {
	b := &pdftest.Builder{}
	b.Catalog = "/X " + b.Packed("", strings.Repeat("x", 1000))
	asked := 0
	f := Open(b.Build(), func(n int) bool { asked += n; return asked <= 1000 }, func(string) {})
	s, _ := f.Object(6).(Stream)
	if data, _, err := f.Decode(s); len(data) != 1000 || err != nil || asked != 1000 || f.Cut {
		t.Errorf("%d bytes, %v, %d asked for", len(data), err, asked)
	}
	if data, _, err := f.Decode(s); data != nil || err != ErrLimit || !f.Cut {
		t.Errorf("beyond the budget: %d bytes, %v", len(data), err)
	}
}

// TestNames: which objects speak of files and of metadata.
func TestNames(t *testing.T) {
	b := &pdftest.Builder{Catalog: "/AF []"}
	b.Packed("/Type /EmbeddedFile", "x")
	b.Stream("/Type /Metadata", "<x/>")
	b.Add("<</Metadata 7 0 R>>")
	f := opened(t, b.Build())
	if !f.AssociatedFiles() || f.Metadata != 2 {
		t.Errorf("associated files %v, metadata in %d objects", f.AssociatedFiles(), f.Metadata)
	}
	for i := range f.Physical {
		o := &f.Physical[i]
		if o.EmbedsFile() != (o.Num == 6) || o.SpeaksOfMetadata() != (o.Num == 7) {
			t.Errorf("object %d: file %v, metadata %v", o.Num, o.EmbedsFile(), o.SpeaksOfMetadata())
		}
	}
	if opened(t, (&pdftest.Builder{}).Build()).AssociatedFiles() {
		t.Error("associated files where there are none")
	}
}

// TestReferredTexts: what many objects name is read once.
func TestReferredTexts(t *testing.T) {
	b := &pdftest.Builder{}
	text := b.Add("(see https://example.org/badge)")
	for range 50 {
		b.Add("<</Type /StructElem /Alt %s>>", text)
	}
	n := 0
	f := opened(t, b.Build())
	f.Alts(func(text string, _, _ int, _ bool) { n++ })
	if n != 1 {
		t.Errorf("read %d times", n)
	}
}

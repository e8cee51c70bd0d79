// Package pdftest makes PDF files for tests: small ones to order (Builder), and
// hostile ones (Hostile). It writes what ISO 32000-1 §7 says, and what breaks
// it. No test data of others is in it.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// Builder writes small PDFs. Object 1 is the catalog, 2 the page tree, 3
// the first page; further ones are numbered as they come.
type Builder struct {
	Catalog string // entries beside /Type and /Pages
	Page    string // entries of the page
	Content string // content stream of the page
	Info    string // entries of the information dictionary
	Header  string // first lines, "%PDF-1.7" when empty
	Trailer string // more entries of the trailer
	// Encrypt is one of Encryptions, and Password the user's: Build writes the
	// file encrypted.
	Encrypt, Password string
	// Handler changes the dictionary of the security handler as it is written.
	Handler func(dict string) string

	objects []string
}

// Add appends an object and returns its reference.
func (b *Builder) Add(format string, args ...any) string {
	b.objects = append(b.objects, fmt.Sprintf(format, args...))
	return fmt.Sprintf("%d 0 R", len(b.objects)+5)
}

// Stream appends a stream with the entries of its dictionary.
func (b *Builder) Stream(entries, data string) string {
	return b.Add("<<%s /Length %d>> stream\n%s\nendstream", entries, len(data), data)
}

// Packed appends a FlateDecode stream.
func (b *Builder) Packed(entries, data string) string {
	return b.Stream(entries+" /Filter /FlateDecode", Deflated(data))
}

// Deflated is s as FlateDecode reads it.
func Deflated(s string) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return z.String()
}

// all returns every object's text, by number from 1.
func (b *Builder) all() []string {
	list := []string{
		"<</Type /Catalog /Pages 2 0 R " + b.Catalog + ">>",
		"<</Type /Pages /Kids [3 0 R] /Count 1>>",
		"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>> /Contents 4 0 R " + b.Page + ">>",
		fmt.Sprintf("<</Length %d>> stream\n%s\nendstream", len(b.Content), b.Content),
		"<<" + b.Info + ">>",
	}
	return append(list, b.objects...)
}

// Build writes the file with a cross-reference table.
func (b *Builder) Build() []byte {
	var out bytes.Buffer
	if b.Header == "" {
		b.Header = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
	}
	out.WriteString(b.Header)
	objects := b.all()
	trailer := b.Trailer
	if b.Encrypt != "" {
		e := newEncryption(b.Encrypt, b.Password)
		for i := range objects {
			objects[i] = e.object(i+1, objects[i])
		}
		dict := e.dict
		if b.Handler != nil {
			dict = b.Handler(dict)
		}
		objects = append(objects, dict)
		trailer += fmt.Sprintf(" /Encrypt %d 0 R /ID [<%x> <%x>]", len(objects), fileID, fileID)
	}
	offsets := make([]int, len(objects)+1)
	for i, o := range objects {
		offsets[i+1] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets))
	for _, o := range offsets[1:] {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d /Root 1 0 R /Info 5 0 R %s>>\nstartxref\n%d\n%%%%EOF\n", len(offsets), trailer, start)
	return out.Bytes()
}

// BuildStreams writes the file with object streams and a cross-reference
// stream; extra are entries of the object stream's dictionary.
func (b *Builder) BuildStreams(extra string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	objects := b.all()
	stm := len(objects) + 1
	var head, body, table strings.Builder
	entry := func(kind, x, y int) { table.WriteString(string([]byte{byte(kind), byte(x >> 8), byte(x), byte(y)})) }
	entry(0, 0, 0)
	n := 0
	for i, o := range objects {
		if strings.Contains(o, "stream\n") {
			entry(1, out.Len(), 0)
			fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
			continue
		}
		fmt.Fprintf(&head, "%d %d ", i+1, body.Len())
		body.WriteString(o + " ")
		entry(2, stm, n)
		n++
	}
	packed := Deflated(head.String() + body.String())
	entry(1, out.Len(), 0)
	fmt.Fprintf(&out, "%d 0 obj\n<</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d %s>> stream\n%s\nendstream\nendobj\n", stm, n, head.Len(), len(packed), extra, packed)
	start := out.Len()
	entry(1, start, 0)
	fmt.Fprintf(&out, "%d 0 obj\n<</Type /XRef /Size %d /W [1 2 1] /Root 1 0 R /Info 5 0 R /Length %d %s>> stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", stm+1, stm+2, table.Len(), b.Trailer, table.String(), start)
	return out.Bytes()
}

// String writes a string literal.
func String(s string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
}

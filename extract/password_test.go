package extract

import (
	"encoding/binary"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"

	"github.com/google/go-cmp/cmp"
)

// fib is the beginning of a Word document's main stream with these flags
// ([MS-DOC] §2.5.1).
func fib(flags uint16) string {
	b := []byte{0xEC, 0xA5, 0xC1, 0, 0, 0, 0x09, 0x04, 0, 0}
	return string(binary.LittleEndian.AppendUint16(b, flags)) + strings.Repeat("\x00", 500)
}

// records are those of a sheet ([MS-XLS] §2.1.4), of a length each.
func records(ids ...uint16) string {
	var b []byte
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint16(b, id)
		b = append(binary.LittleEndian.AppendUint16(b, 6), "\x00\x06\x05\x00\x00\x00"...)
	}
	return string(b)
}

// Password-protected documents of before 2007 say so, whatever the cipher, and
// those that need none do not; names of streams are compared without case.
func TestPasswords(t *testing.T) {
	const u = "https://example.org/badges/1"
	user := func(token uint32) string {
		return "\x00\x00\xF6\x0F\x14\x00\x00\x00\x14\x00\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, token)) + strings.Repeat("\x00", 100)
	}
	link := func(name, stream string) string {
		return "link " + u + " | " + name + " > " + stream + " > text (rescue)"
	}
	open := file{"Data", "see " + u + strings.Repeat(" ", 100)}
	for _, tc := range []struct {
		desc, name string
		files      []file
		want       []string
	}{
		{"Word", "cv.doc", []file{{"WordDocument", fib(0x0100)}}, []string{"unread cv.doc: encrypted"}},
		{"Word, obfuscated by XOR", "cv.doc", []file{{"WordDocument", fib(0x8100)}}, []string{"unread cv.doc: encrypted"}},
		{"Word of 1995", "cv.doc", []file{{"WordDocument", "\xDC" + fib(0x0100)[1:]}}, []string{"unread cv.doc: encrypted"}},
		{"a field of a form", "cv.doc", []file{{"WordDocument", fib(0x00F0)}, {"contents", "\x00\x01\x02\x03" + strings.Repeat("\x00", 80) + wide("see "+u) + "\x00\x02\x14\x00"}}, []string{link("cv.doc", "contents")}},
		{"Word, open", "cv.doc", []file{{"WordDocument", fib(0x00F0)}}, nil},
		{"Word, what lies open in it", "cv.doc", []file{{"WordDocument", fib(0x0100)}, open}, []string{link("cv.doc", "Data"), "unread cv.doc: encrypted"}},
		{"Excel", "cv.xls", []file{{"Workbook", records(0x0809, 0x0086, 0x002F, 0x000A)}}, []string{"unread cv.xls: encrypted"}},
		{"Excel of 1995", "cv.xls", []file{{"Book", records(0x0809, 0x002F, 0x000A)}}, []string{"unread cv.xls: encrypted"}},
		{"Excel, open", "cv.xls", []file{{"Workbook", records(0x0809, 0x0086, 0x000A, 0x002F)}}, nil},
		{"Excel, cut off", "cv.xls", []file{{"Workbook", "\x09\x08\xFF\xFF"}}, nil},
		{"PowerPoint", "cv.ppt", []file{{"Current User", user(0xF3D1C4DF)}, {"PowerPoint Document", "x"}}, []string{"unread cv.ppt: encrypted"}},
		{"PowerPoint, its summary", "cv.ppt", []file{{"EncryptedSummary", "x"}, {"PowerPoint Document", "x"}}, []string{"unread cv.ppt: encrypted"}},
		{"PowerPoint, open", "cv.ppt", []file{{"Current User", user(0xE391C05F)}, {"PowerPoint Document", "x"}}, nil},
		{"rights management", "cv.doc", []file{{"\x09DRMContent", "x"}}, []string{"unread cv.doc: encrypted"}},
		{"capitals", "cv.docx", []file{{"ENCRYPTIONINFO", "x"}, {"ENCRYPTEDPACKAGE", "y"}}, []string{"unread cv.docx: encrypted"}},
		{"small letters", "cv.docx", []file{{"encryptedpackage", "y"}}, []string{"unread cv.docx: encrypted"}},
		{"a message in capitals", "m.msg", []file{{"__SUBSTG1.0_1000001F", wide("see " + u + "\r\n")}}, []string{"link " + u + " | m.msg > body > text"}},
	} {
		for _, small := range []bool{false, true} {
			if d := cmp.Diff(tc.want, show(find(t, tc.name, compoundWith(small, tc.files...)))); d != "" {
				t.Errorf("%s, small streams %v: %s", tc.desc, small, d)
			}
		}
	}
}

// An encrypted OpenDocument says so and nothing else, wherever its manifest
// stands; of one whose parts are not all encrypted the others are read.
func TestEncryptedODT(t *testing.T) {
	const u = "https://example.org/badges/1"
	kind := file{"mimetype", "application/vnd.oasis.opendocument.text"}
	manifest := file{"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`}
	plain := file{"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"/></manifest:manifest>`}
	noise := file{"content.xml", "\x93\x02\xFF\xC1 noise"}
	more := file{"styles.xml", "\x11\x9A more"}
	for _, tc := range []struct {
		desc  string
		files []file
		want  []string
	}{
		{"manifest last", []file{kind, noise, more, manifest}, []string{"unread cv.odt: encrypted"}},
		{"manifest first", []file{kind, manifest, noise, more}, []string{"unread cv.odt: encrypted"}},
		{"a part that is not", []file{kind, noise, {"meta.xml", `<a xlink:href="` + u + `"/>`}, manifest}, []string{"link " + u + " | cv.odt > meta.xml > link", "unread cv.odt: encrypted"}},
		{"none", []file{kind, noise, plain}, []string{"unread cv.odt > content.xml: malformed"}},
	} {
		if d := cmp.Diff(tc.want, show(find(t, "cv.odt", zipped(t, tc.files...)))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

// An attachment that needs a password, of a PDF that needs none, is not said to have
// nothing in it.
func TestClosedAttachment(t *testing.T) {
	b := &pdftest.Builder{}
	in := b.Stream("/Type /EmbeddedFile", strings.Repeat("x", 64))
	b.Catalog = "/Names <</EmbeddedFiles <</Names [(badge.json) <</Type /Filespec /F (badge.json) /EF <</F " + in + ">>>>]>>>>"
	b.Trailer = "/Encrypt " + b.Add("<</Filter /Standard /V 4 /R 4 /Length 128 /O (12345678901234567890123456789012) /U (12345678901234567890123456789012) /P -4 /CF <</StdCF <</CFM /AESV2 /AuthEvent /EFOpen /Length 16>>>> /StmF /Identity /StrF /Identity /EFF /StdCF>>")
	got := show(find(t, "cv.pdf", b.Build()))
	if want := []string{"unread cv.pdf: encrypted", "unread cv.pdf > attachment badge.json: encrypted"}; !cmp.Equal(want, got) {
		t.Errorf("%q, want %q", got, want)
	}
}

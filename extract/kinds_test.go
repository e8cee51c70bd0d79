package extract

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// noise is bytes that are of no kind.
func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{7})
	b := make([]byte, n)
	_, _ = r.Read(b)
	b[0] = 0xF7
	return b
}

// TestKinds: a file that no carrier reads is told with its kind, by its bytes and
// whatever its name says.
func TestKinds(t *testing.T) {
	fill := strings.Repeat("\x00\x01\x02\xFF", 40)
	for _, tc := range []struct{ name, data, kind string }{
		{"a.rar", "Rar!\x1A\x07\x01\x00" + fill, "RAR archive"},
		{"a.rar", "Rar!\x1A\x07\x00" + fill, "RAR archive"},
		{"a.pdf", "Rar!\x1A\x07\x01\x00" + fill, "RAR archive"},
		{"a", "Rar!\x1A\x07\x01\x00" + fill, "RAR archive"},
		{"a.zst", "\x28\xB5\x2F\xFD" + fill, "Zstandard archive"},
		{"a.lz4", "\x04\x22\x4D\x18" + fill, "LZ4 archive"},
		{"a.Z", "\x1F\x9D\x90" + fill, "compress archive"},
		{"a.lzh", "\x20\x7B-lh5-" + fill, "LHA archive"},
		{"a.txt.lzma", "\x5D\x00\x00\x80\x00" + fill, "LZMA archive"},
		{"a.j2k", "\xFF\x4F\xFF\x51\x00\x2F" + fill, "JPEG 2000 picture"},
		{"a.wmf", "\xD7\xCD\xC6\x9A\x00\x00" + fill, "Windows metafile"},
		{"a.emf", "\x01\x00\x00\x00\x6C" + strings.Repeat("\x00", 35) + " EMF" + fill, "Windows metafile"},
		{"a.mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00" + fill, "video/mp4"},
		{"a.mov", "\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00" + fill, "video/quicktime"},
		{"a.wav", "RIFF\x24\x00\x00\x00WAVEfmt " + fill, "audio/wav"},
		{"a.flac", "fLaC\x00\x00\x00\x22" + fill, "audio/flac"},
		{"a.exe", "MZ\x90\x00\x03\x00\x00\x00" + fill, "Windows program"},
		{"a.ico", "\x00\x00\x01\x00\x01\x00\x10\x10" + fill, "image/x-icon"},
		{"a.sqlite", "SQLite format 3\x00" + fill, "application/vnd.sqlite3"},
		{"a.ps", "%!PS-Adobe-3.0\n0 0 moveto 9 9 lineto stroke\n" + strings.Repeat("% drawn\n", 50), "PostScript document"},
		{"a.eps", "\xC5\xD0\xD3\xC6" + fill, "PostScript document"},
		{"a.tif", "II+\x00\x08\x00\x00\x00" + strings.Repeat("\xFF", 5000) + fill, "BigTIFF picture"},
		{"a.ppm", "P6\n40 40\n255\n" + strings.Repeat("\xFF", 4790) + "\x00\x00\x00\xFF", "image/x-portable-pixmap"},
		{"a.cpio", "07070100000001" + strings.Repeat("0", 96) + "cv.txt\x00\x00\x00text" + strings.Repeat("text ", 1000), "cpio archive"},
		{"a.tga", "\x00\x00\x02" + strings.Repeat("\xFF", 5000) + strings.Repeat("\x00", 500) + "\x01", ""},
		{"a.bin", string(noise(2000)), ""},
		{"a", string(noise(2000)), ""},
	} {
		r := find(t, tc.name, []byte(tc.data))
		if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonUnknown || r.Unread[0].Detail != tc.kind {
			t.Errorf("%s: %+v, want a %q", tc.name, r.Unread, tc.kind)
		}
	}
}

// What is told beside what was found: an archive of which the PDF that is stored in its
// first member is read; and what is text, with an end of zeros, is not told at all.
func TestKindsBeside(t *testing.T) {
	stored := append([]byte("Rar!\x1A\x07\x01\x00................"), pdfOfLines(pdfLine{font: "F1", text: "See https://example.org/badges/1", x: 72, y: 700})...)
	r := find(t, "a.rar", stored)
	if len(r.Findings) != 1 || len(r.Unread) != 1 || r.Unread[0].Detail != "RAR archive, of which one member is read" {
		t.Errorf("%q", show(r))
	}
	for _, s := range []string{"See https://example.org/badges/1 ." + strings.Repeat(" text", 6000) + strings.Repeat("\x00", 500), "MZ: see https://example.org/badges/1 ."} {
		if r := find(t, "a.txt", []byte(s)); len(r.Findings) != 1 || len(r.Unread) != 0 {
			t.Errorf("%.20s: %q", s, show(r))
		}
	}
}

// TestIWork: an iWork document is told once, as what it is, and what can be read
// of it is.
func TestIWork(t *testing.T) {
	b := zipped(t, file{"Index/Document.iwa", "\x00\x01\x02\xFF"}, file{"Index/Tables/DataList.iwa", "\x00\x01\x02\xFF"}, file{"Metadata/Properties.plist", "bplist00\x00\x01\xFF\x02"}, file{"Data/badge.png", string(baked(assertionA))})
	r := find(t, "cv.pages", b)
	if len(r.Findings) != 1 || len(r.Unread) != 1 || r.Unread[0].Where != "cv.pages" || r.Unread[0].Reason != ReasonUnknown || r.Unread[0].Detail != "Apple iWork document" {
		t.Errorf("%q, %+v", show(r), r.Unread)
	}
}

// TestAttack374_Pretends: a file whose name says what its bytes are not is told,
// be they noise, text or cut off; one that is read as what it is, or whose kind
// programs write as text too, is not.
func TestAttack374_Pretends(t *testing.T) {
	const u = "https://example.org/badges/1"
	random, words := string(noise(500)), base64.StdEncoding.EncodeToString(noise(40))+"\n"
	cutToken := jwsA[:strings.LastIndexByte(jwsA, '.')]
	for _, tc := range []struct {
		names, data string
		want        Reason
	}{
		{"cv.docx cv.xlsx cv.pptx cv.odt cv.pdf cv.png cv.jpg cv.JPEG cv.gif cv.tif cv.webp cv.svg cv.zip cv.7z cv.tar cv.gz cv.json a.jwt a.jws", random, ReasonMalformed},
		{"cv.doc cv.xls cv.ppt cv.msg cv.rtf cv.eml cv.txt cv.md cv.csv cv.html cv.xml", random, ReasonMalformed},
		{"cv cv.bin cv.xyz", random, ReasonUnknown},
		{"cv.docx cv.xlsx cv.odt cv.pdf cv.png cv.jpg cv.svg cv.zip cv.7z cv.tar.gz cv.json cv.jsonld a.jwt a.jws", words, ReasonMalformed},
		{"cv.docx cv.pdf cv.png cv.zip", "<!DOCTYPE html><p>Please sign in</p>", ReasonMalformed},
		{"cv.docx cv.pdf", "\n\n\n", ReasonMalformed},
		{"cv.txt cv.md cv.csv cv.html cv.doc cv.xls cv.rtf cv.eml cv cv.xyz", words, ""},
		{"cv.doc cv.xls cv.html", "<!DOCTYPE html><p>Please sign in</p>", ""},
		{"cv.doc cv.xls cv.ppt cv.msg cv.rtf cv.eml cv.pages cv.epub", base64.StdEncoding.EncodeToString(noise(2000)) + "\n", ReasonMalformed},
		{"cv.txt cv.html cv.xml", base64.StdEncoding.EncodeToString(noise(2000)) + "\n", ""},
		{"cv.doc cv.rtf", "Dear Sir or Madam, here is what I have done in these many years of work.\n", ""},
		{"cv.json", `"a string"`, ""},
		{"cv.json a.jws a.jwt cv.png", jwsA, ""},
		{"cv.json cv.png", assertionA, ""},
		{"a.jwt a.jws", jwsA[:20], ReasonTruncated},
		{"a.jwt a.jws", cutToken, ReasonTruncated},
		{"cv.pdf", "see " + u, ReasonMalformed},
	} {
		for name := range strings.FieldsSeq(tc.names) {
			r := find(t, name, []byte(tc.data))
			switch {
			case tc.want == "" && len(r.Unread) != 0:
				t.Errorf("%s of %.20q: %q", name, tc.data, show(r))
			case tc.want != "" && (len(r.Unread) != 1 || r.Unread[0].Where != name || r.Unread[0].Reason != tc.want):
				t.Errorf("%s of %.20q: %q, want %s", name, tc.data, show(r), tc.want)
			}
		}
	}
	// The name that an address has is not the sender's word; nor is that of an inner
	// part of a format.
	if r := findWith(t, Limits{}, Document{Name: "https://example.org/badge.png", Data: []byte("<!DOCTYPE html><p>Please sign in</p>"), Fetched: true}); len(r.Unread) != 0 {
		t.Errorf("fetched: %q", show(r))
	}
	if r := find(t, "cv.docx", docx(t, file{"word/media/image1.png", words}, file{"word/media/image2.emf", random})); len(r.Unread) != 0 {
		t.Errorf("inner parts: %q", show(r))
	}
}

// TestDrawings: drawings that are not searched for codes are told, where codes are
// looked for.
func TestDrawings(t *testing.T) {
	emf := "\x01\x00\x00\x00" + strings.Repeat("\x00", 36) + " EMF" + strings.Repeat("\x00\xFF", 40)
	wmf := "\xD7\xCD\xC6\x9A" + strings.Repeat("\x00\xFF", 40)
	b := docx(t, file{"word/media/image1.emf", emf}, file{"word/media/image2.wmf", wmf}, file{"word/media/font1.odttf", string(noise(200))})
	r := find(t, "cv.docx", b)
	if d := cmp.Diff([]string{"unread cv.docx > word/media/image1.emf: unknown_format", "unread cv.docx > word/media/image2.wmf: unknown_format"}, show(r)); d != "" {
		t.Error(d)
	}
	if r := findWith(t, Limits{QR: QRNever}, Document{Name: "cv.docx", Data: b}); len(r.Unread) != 0 {
		t.Errorf("without a search for codes: %q", show(r))
	}
}

// TestUnreadMany: of more than can be listed it is told that there is more.
func TestUnreadMany(t *testing.T) {
	var files []file
	for i := range maxUnread + 10 {
		files = append(files, file{fmt.Sprintf("%d.docx", i), fmt.Sprintf("\xF7\x01\x02\x03%d", i)})
	}
	r := find(t, "x.zip", zipped(t, files[:maxUnread]...))
	if len(r.Unread) != maxUnread || r.Unread[maxUnread-1].Reason != ReasonMalformed {
		t.Errorf("%d unread, the last %+v", len(r.Unread), r.Unread[len(r.Unread)-1])
	}
	r = find(t, "x.zip", zipped(t, files...))
	if last := r.Unread[len(r.Unread)-1]; len(r.Unread) != maxUnread+1 || last.Reason != ReasonParts || last.Where != "x.zip" {
		t.Errorf("%d unread, the last %+v", len(r.Unread), last)
	}
}

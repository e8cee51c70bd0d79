package extract

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file is a member for zipped.
type file struct {
	name, text string
}

func zipped(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.name == "mimetype" {
			h.Method = zip.Store
		}
		m, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(m, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t testing.TB, files ...file) []byte {
	return zipped(t, append([]file{{"[Content_Types].xml", `<Types/>`}, {"word/styles.xml", `<w:styles/>`}}, files...)...)
}

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

func body(s string) string {
	return `<?xml version="1.0"?><w:document ` + wordNS + `><w:body>` + s + `</w:body></w:document>`
}

func run(s string) string { return `<w:p><w:r><w:t>` + s + `</w:t></w:r></w:p>` }

func rels(targets ...string) string {
	s := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	for i, u := range targets {
		s += fmt.Sprintf(`<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="%s" TargetMode="External"/>`, i, u)
	}
	return s + `</Relationships>`
}

func TestOffice(t *testing.T) {
	const u = "https://example.org/badges/1"
	a := "json " + assertionA
	png := string(baked(assertionA))
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"no badge", "cv.docx", docx(t, file{"word/document.xml", body(run("hello"))}), nil},
		{"hyperlink", "cv.docx", docx(t, file{"word/document.xml", body("")}, file{"word/_rels/document.xml.rels", rels(u)}), []string{"link " + u + " | cv.docx > word/document.xml > link"}},
		{"hyperlink of a header", "cv.docx", docx(t, file{"word/_rels/header1.xml.rels", rels(u)}), []string{"link " + u + " | cv.docx > word/header1.xml > link"}},
		{"text", "cv.docx", docx(t, file{"word/document.xml", body(run("see "+u) + run("next"))}), []string{"link " + u + " | cv.docx > word/document.xml > text"}},
		{"text in runs", "cv.docx", docx(t, file{"word/document.xml", body(`<w:p><w:r><w:t>https://example.org/</w:t></w:r><w:r><w:t>badges/1</w:t></w:r></w:p>`)}), []string{"link " + u + " | cv.docx > word/document.xml > text"}},
		{"footnote", "cv.docx", docx(t, file{"word/footnotes.xml", body(run(u))}), []string{"link " + u + " | cv.docx > word/footnotes.xml > text"}},
		{"field", "cv.docx", docx(t, file{"word/document.xml", body(`<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPER</w:instrText></w:r><w:r><w:instrText>LINK "` + u + `" \o "tip"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>badge</w:t></w:r></w:p>`)}),
			[]string{"link " + u + " | cv.docx > word/document.xml > field HYPERLINK"}},
		{"simple field", "cv.docx", docx(t, file{"word/document.xml", body(`<w:fldSimple w:instr=" HYPERLINK &quot;` + u + `&quot; "/>`)}), []string{"link " + u + " | cv.docx > word/document.xml > field HYPERLINK"}},
		{"description of a picture", "cv.docx", docx(t, file{"word/document.xml", body(`<wp:docPr xmlns:wp="x" id="1" descr="badge ` + u + `"/>`)}), []string{"link " + u + " | cv.docx > word/document.xml > docPr descr"}},
		{"bake among the media", "cv.docx", docx(t, file{"word/media/image1.png", png}), []string{a + " | cv.docx > word/media/image1.png > iTXt openbadges"}},
		{"embedded workbook", "cv.docx", docx(t, file{"word/embeddings/x.xlsx", string(zipped(t, file{"[Content_Types].xml", "<Types/>"}, file{"xl/media/image1.png", png}))}), []string{a + " | cv.docx > word/embeddings/x.xlsx > xl/media/image1.png > iTXt openbadges"}},
		{"custom property", "cv.docx", docx(t, file{"docProps/custom.xml", `<Properties><property name="openbadges"><vt:lpwstr xmlns:vt="x">` + jwsA + `</vt:lpwstr></property></Properties>`}), []string{"jws " + jwsA + " | cv.docx > docProps/custom.xml > text"}},
		{"customXml", "cv.docx", docx(t, file{"customXml/item1.xml", `<b>` + cdata(assertionA) + `</b>`}), []string{a + " | cv.docx > customXml/item1.xml > text"}},
		{"customXml called styles.xml", "cv.docx", docx(t, file{"customXml/styles.xml", `<b>` + u + `</b>`}), []string{"link " + u + " | cv.docx > customXml/styles.xml > text"}},
		{"font is no news", "cv.docx", docx(t, file{"word/fonts/font1.odttf", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x02\x03\x04"}), nil},
		{"imported HTML", "cv.docx", docx(t, file{"word/afchunk.html", `<html><a href="` + u + `">x</a>`}), []string{"link " + u + " | cv.docx > word/afchunk.html > link"}},
		{"same badge in three places", "cv.docx", docx(t, file{"word/media/image1.png", png}, file{"word/media/image2.png", png}, file{"word/document.xml", body(run(urlA))}),
			[]string{a + " | cv.docx > word/media/image1.png > iTXt openbadges | cv.docx > word/media/image2.png > iTXt openbadges | cv.docx > word/document.xml > text"}},
		{"xlsx", "x.xlsx", zipped(t, file{"[Content_Types].xml", "<Types/>"}, file{"xl/sharedStrings.xml", `<sst><si><t>` + u + `</t></si><si><t>12</t></si></sst>`}, file{"xl/worksheets/sheet1.xml", `<worksheet><c><f>HYPERLINK("https://example.org/badges/2","x")</f></c></worksheet>`}),
			[]string{"link " + u + " | x.xlsx > xl/sharedStrings.xml > text", "link https://example.org/badges/2 | x.xlsx > xl/worksheets/sheet1.xml > text"}},
		{"spreadsheet of OpenDocument", "x.ods", zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, file{"content.xml", `<o><text:a xlink:href="` + u + `">x</text:a></o>`}), []string{"link " + u + " | x.ods > content.xml > link"}},
		{"presentation of OpenDocument", "x.odp", zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.presentation-template"}, file{"content.xml", `<o><text:p>` + u + `</text:p></o>`}), []string{"link " + u + " | x.odp > content.xml > text"}},
		{"OpenDocument without its type", "x.odt", zipped(t, file{"content.xml", `<o><text:p>` + u + `</text:p></o>`}, file{"META-INF/manifest.xml", "<m/>"}), []string{"link " + u + " | x.odt > content.xml > text"}},
		{"pptx", "x.pptx", zipped(t, file{"[Content_Types].xml", "<Types/>"}, file{"ppt/slides/slide1.xml", `<p:sld xmlns:a="x" xmlns:p="y"><a:p><a:r><a:t>` + u + `</a:t></a:r></a:p></p:sld>`}, file{"ppt/slides/_rels/slide1.xml.rels", rels("https://example.org/badges/2")}, file{"ppt/media/image1.png", png}),
			[]string{"link " + u + " | x.pptx > ppt/slides/slide1.xml > text", "link https://example.org/badges/2 | x.pptx > ppt/slides/slide1.xml > link", a + " | x.pptx > ppt/media/image1.png > iTXt openbadges"}},
		{"odt", "cv.odt", zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.text"}, file{"content.xml", `<office:document-content xmlns:text="t" xmlns:xlink="x"><text:p><text:a xlink:href="` + u + `">x</text:a> https://example.org/<text:span>badges/2</text:span></text:p></office:document-content>`}, file{"Pictures/1.png", png}, file{"styles.xml", `<s><text:p xmlns:text="t">https://example.org/badges/3</text:p></s>`}),
			[]string{"link " + u + " | cv.odt > content.xml > link", "link https://example.org/badges/2 | cv.odt > content.xml > text", a + " | cv.odt > Pictures/1.png > iTXt openbadges", "link https://example.org/badges/3 | cv.odt > styles.xml > text"}},
		{"flat odt", "cv.fodt", []byte(`<?xml version="1.0"?><office:document xmlns:office="o" xmlns:text="t"><text:p>` + u + `</text:p><office:binary-data>` + base64.StdEncoding.EncodeToString([]byte(png)) + `</office:binary-data></office:document>`),
			[]string{a + " | cv.fodt > binary-data > iTXt openbadges", "link " + u + " | cv.fodt > text"}},
		{"Word's XML of 2003", "cv.xml", []byte(`<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:body><w:p><w:r><w:t>` + u + `</w:t></w:r><w:r><w:pict><w:binData w:name="wordml://1.png">` + base64.StdEncoding.EncodeToString([]byte(png)) + `</w:binData></w:pict></w:r></w:p></w:body></w:wordDocument>`),
			[]string{a + " | cv.xml > binData > iTXt openbadges", "link " + u + " | cv.xml > text"}},
		{"encrypted odt as LibreOffice 24.2 and later have it", "cv.odt", zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.text"}, file{"encrypted-package", "\x01\x02\x03garbage"}, file{"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="encrypted-package"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`}), []string{"unread cv.odt: encrypted"}},
		{"encrypted odt", "cv.odt", zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.text"}, file{"META-INF/manifest.xml", `<manifest><encryption-data/></manifest>`}, file{"content.xml", "\x01\x02\x03garbage"}), []string{"unread cv.odt: encrypted"}},
		{"broken part", "cv.docx", docx(t, file{"word/document.xml", body(run(u))[:150]}, file{"word/_rels/document.xml.rels", rels(u) + "<"}), []string{"unread cv.docx > word/document.xml: malformed", "link " + u + " | cv.docx > word/document.xml > link"}},
		{"nested too deep", "cv.docx", docx(t, file{"word/document.xml", body(run(u) + strings.Repeat("<w:p>", maxXMLDepth) + strings.Repeat("</w:p>", maxXMLDepth))}), []string{"link " + u + " | cv.docx > word/document.xml > text", "unread cv.docx > word/document.xml: limit_depth"}},
		{"under another name", "cv.pdf", docx(t, file{"word/_rels/document.xml.rels", rels(u)}), []string{"link " + u + " | cv.pdf > word/document.xml > link"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			got := show(find(t, tc.name, tc.data))
			if tc.desc == "broken part" {
				if len(got) < 2 || !strings.HasPrefix(got[len(got)-1], "unread") {
					t.Error(got)
				}
				return
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestB07_External: targets outside of the file are listed as links, whatever
// they are for, and nothing else becomes of them.
func TestB07_External(t *testing.T) {
	r := `<Relationships>` +
		`<Relationship Type="http://x/attachedTemplate" Target="https://evil.example.org/t.dotm" TargetMode="External"/>` +
		`<Relationship Type="http://x/oleObject" Target="file://evil.example.org/share/x" TargetMode="External"/>` +
		`<Relationship Type="http://x/image" Target="\\evil.example.org\x.png" TargetMode="External"/>` +
		`<Relationship Type="http://x/frame" Target="mhtml:https://evil.example.org/x" TargetMode="External"/>` +
		`<Relationship Type="http://x/image" Target="media/image1.png"/></Relationships>`
	got := show(find(t, "cv.docx", docx(t, file{"word/_rels/settings.xml.rels", r}, file{"word/vbaProject.bin", "\x00\x01\x02\x03"})))
	if d := cmp.Diff([]string{"link https://evil.example.org/t.dotm | cv.docx > word/settings.xml > link attachedTemplate"}, got); d != "" {
		t.Error(d)
	}
}

func TestZIP(t *testing.T) {
	a := "json " + assertionA
	inner := zipped(t, file{"a/badge.png", string(baked(assertionA))})
	enc := zipped(t, file{"badge.json", assertionA}, file{"b.json", assertionB})
	// The first member is said to be encrypted, in both of its headers.
	enc[6] |= 1
	enc[bytes.Index(enc, []byte("PK\x01\x02"))+8] |= 1
	crc := zipped(t, file{"badge.json", assertionA})
	i := bytes.Index(crc, []byte("PK\x01\x02"))
	crc[i+16] ^= 1
	crc[i+8] &^= 8
	method := zipped(t, file{"badge.json", assertionA})
	method[bytes.Index(method, []byte("PK\x01\x02"))+10] = 93
	for _, tc := range []struct {
		desc string
		data []byte
		want []string
	}{
		{"member", zipped(t, file{"badge.json", assertionA}), []string{a + " | x.zip > badge.json"}},
		{"folders", inner, []string{a + " | x.zip > a/badge.png > iTXt openbadges"}},
		{"within another", zipped(t, file{"in.zip", string(inner)}), []string{a + " | x.zip > in.zip > a/badge.png > iTXt openbadges"}},
		{"the same in two", zipped(t, file{"1.json", assertionA}, file{"2.png", string(baked(assertionA))}, file{"3.zip", string(inner)}),
			[]string{a + " | x.zip > 1.json | x.zip > 2.png > iTXt openbadges | x.zip > 3.zip > a/badge.png > iTXt openbadges"}},
		{"encrypted member", enc, []string{"json " + assertionB + " | x.zip > b.json", "unread x.zip > badge.json: encrypted"}},
		{"bad CRC", crc, []string{a + " | x.zip > badge.json (bad_crc)", "unread x.zip > badge.json: malformed"}},
		{"unknown method", method, []string{"unread x.zip > badge.json: unknown_format"}},
		{"junk before", append([]byte("PK\x03\x04 not really, but some junk"), inner...), []string{a + " | x.zip > a/badge.png > iTXt openbadges"}},
		{"junk after", append(bytes.Clone(inner), bytes.Repeat([]byte{0}, 1000)...), []string{a + " | x.zip > a/badge.png > iTXt openbadges"}},
		{"directory cut off", zipped(t, file{"badge.json", assertionA}, file{"c.txt", "x"})[:300], []string{a + " | x.zip > badge.json (rescue)", "unread x.zip: truncated"}},
		{"empty", zipped(t), nil},
		{"empty member", zipped(t, file{"a.txt", ""}), []string{"unread x.zip > a.txt: empty"}},
		{"unknown member", zipped(t, file{"a.exe", "MZ\x00\x01\x02\x03\x04\x05\x06\x07\x08"}), []string{"unread x.zip > a.exe: unknown_format"}},
		{"litter", zipped(t, file{"__MACOSX/._x", "\x00\x01\x02"}, file{".DS_Store", "\x00\x01\x02"}, file{"dir/", ""}), nil},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, "x.zip", tc.data))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestZip64: the directory's place and a member's sizes in 64 bits.
func TestZip64(t *testing.T) {
	z := zipped(t, file{"badge.json", assertionA})
	end := len(z) - 22
	dir := int(binary.LittleEndian.Uint32(z[end+16:]))
	h := bytes.Clone(z[dir:end])
	packed, size := binary.LittleEndian.Uint32(h[20:]), binary.LittleEndian.Uint32(h[24:])
	binary.LittleEndian.PutUint32(h[20:], 0xffffffff)
	binary.LittleEndian.PutUint32(h[24:], 0xffffffff)
	binary.LittleEndian.PutUint32(h[42:], 0xffffffff)
	extra := []byte{1, 0, 24, 0}
	for _, v := range []uint64{uint64(size), uint64(packed), 0} {
		extra = binary.LittleEndian.AppendUint64(extra, v)
	}
	binary.LittleEndian.PutUint16(h[30:], uint16(len(extra)))
	h = append(h[:46+len("badge.json")], extra...)
	b := append(bytes.Clone(z[:dir]), h...)
	at := len(b)
	b = append(b, "PK\x06\x06"...)
	b = binary.LittleEndian.AppendUint64(b, 44)
	b = append(b, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, v := range []uint64{1, 1, uint64(len(h)), uint64(dir)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = append(b, "PK\x06\x07\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint64(b, uint64(at))
	b = append(b, 1, 0, 0, 0)
	b = append(b, "PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"...)
	if d := cmp.Diff([]string{"json " + assertionA + " | x.zip > badge.json"}, show(find(t, "x.zip", b))); d != "" {
		t.Error(d)
	}
}

// overlapping is a ZIP of n members which all unpack the same bytes.
func overlapping(n int) []byte {
	body := zlibbed(strings.Repeat("a", 1<<20))
	body = body[2 : len(body)-4] // bare deflate
	var b []byte
	b = append(b, "PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00"...)
	crc := crc32.ChecksumIEEE(bytes.Repeat([]byte("a"), 1<<20))
	b = binary.LittleEndian.AppendUint32(b, crc)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = binary.LittleEndian.AppendUint32(b, 1<<20)
	b = append(b, 1, 0, 0, 0, 'a')
	b = append(b, body...)
	dir := len(b)
	for range n {
		b = append(b, "PK\x01\x02\x14\x00\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00"...)
		b = binary.LittleEndian.AppendUint32(b, crc)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
		b = binary.LittleEndian.AppendUint32(b, 1<<20)
		b = append(b, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'a')
	}
	size := len(b) - dir
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(n))
	b = binary.LittleEndian.AppendUint16(b, uint16(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(dir))
	return append(b, 0, 0)
}

// TestB06_ZIP: bombs, nesting, names.
func TestB06_ZIP(t *testing.T) {
	nested := func(n int) []byte {
		b := zipped(t, file{"badge.json", assertionA})
		for range n - 1 {
			b = zipped(t, file{"in.zip", string(b)})
		}
		return b
	}
	in := func(n int) string { return strings.Repeat(" > in.zip", n) }
	a := "json " + assertionA
	link := &zip.FileHeader{Name: "link"}
	link.SetMode(os.ModeSymlink | 0o777)
	var sym bytes.Buffer
	w := zip.NewWriter(&sym)
	f, err := w.CreateHeader(link)
	if err == nil {
		_, err = io.WriteString(f, "/etc/passwd")
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	var many []file
	for i := range 150 {
		many = append(many, file{fmt.Sprintf("%02d.txt", i), strings.Repeat(string(rune('a'+i%26)), 1<<20)})
	}
	for _, tc := range []struct {
		desc string
		data []byte
		want []string
	}{
		{"depth n-1", nested(DefaultDepth - 1), []string{a + " | x.zip" + in(DefaultDepth-2) + " > badge.json"}},
		{"depth n", nested(DefaultDepth), []string{a + " | x.zip" + in(DefaultDepth-1) + " > badge.json"}},
		{"depth n+1", nested(DefaultDepth + 1), []string{"unread x.zip" + in(DefaultDepth) + " > badge.json: limit_depth"}},
		{"a clean page is a thousand to one", zipped(t, file{"a.txt", strings.Repeat("a", 20<<20)}, file{"b.json", assertionA}), []string{a + " | x.zip > b.json"}},
		{"a bomb is one by what it gives", zipped(t, file{"a.txt", strings.Repeat("a", DefaultFileBytes+1)}, file{"b.json", assertionA}), []string{a + " | x.zip > b.json", "unread x.zip > a.txt: limit_file_size"}},
		{"overlapping", overlapping(50), append([]string(nil), "unread x.zip > a: malformed")},
		{"traversal", zipped(t, file{"../../etc/badge.json", assertionA}), []string{a + " | x.zip > ../../etc/badge.json (hostile_name)"}},
		{"absolute", zipped(t, file{"/etc/badge.json", assertionA}), []string{a + " | x.zip > /etc/badge.json (hostile_name)"}},
		{"drive", zipped(t, file{`C:\badge.json`, assertionA}), []string{a + ` | x.zip > C:\badge.json (hostile_name)`}},
		{"a name that fakes a place", zipped(t, file{"a.zip > b\u202Egnp.json\n", assertionA}), []string{a + " | x.zip > a.zip › bgnp.json"}},
		{"long name", zipped(t, file{strings.Repeat("n", 5000) + ".json", assertionA}), []string{a + " | x.zip > " + strings.Repeat("n", maxStep) + "…"}},
		{"one name twice", zipped(t, file{"a.json", assertionA}, file{"a.json", assertionB}), []string{a + " | x.zip > a.json", "json " + assertionB + " | x.zip > a.json (duplicate_name)"}},
		{"symbolic link", sym.Bytes(), []string{"unread x.zip > link: unknown_format"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, "x.zip", tc.data))); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("budget of inflated bytes", func(t *testing.T) {
		for _, tc := range []struct {
			desc  string
			limit int64
			want  int
		}{{"n-1", 10_000 - 1, 1}, {"n", 10_000, 0}, {"n+1", 10_000 + 1, 0}} {
			r := findWith(t, Limits{InflatedBytes: tc.limit}, Document{Name: "x.zip", Data: zipped(t, file{"a.txt", strings.Repeat("abc ", 1250)}, file{"b.txt", strings.Repeat("def ", 1250)})})
			if len(r.Unread) != tc.want || tc.want == 1 && r.Unread[0].Reason != ReasonInflated {
				t.Errorf("%s: %v", tc.desc, r.Unread)
			}
		}
	})
	t.Run("150 times 1 MiB, each fair, ends at the budget", func(t *testing.T) {
		r := findWith(t, Limits{}, Document{Name: "x.zip", Data: zipped(t, many...)})
		if len(r.Unread) == 0 || r.Unread[0].Reason != ReasonInflated {
			t.Errorf("%v", r.Unread)
		}
	})
	t.Run("members", func(t *testing.T) {
		for _, tc := range []struct {
			desc string
			n    int
			want []string
		}{{"n-1", 9, nil}, {"n", 10, nil}, {"n+1", 11, []string{"unread x.zip: limit_parts"}}} {
			var files []file
			for i := range tc.n {
				files = append(files, file{fmt.Sprintf("%d/", i), ""})
			}
			if d := cmp.Diff(tc.want, show(findWith(t, Limits{Parts: 10}, Document{Name: "x.zip", Data: zipped(t, files...)}))); d != "" {
				t.Errorf("%s: %s", tc.desc, d)
			}
		}
	})
	t.Run("size of a member", func(t *testing.T) {
		for _, tc := range []struct {
			desc string
			n    int
			want int
		}{{"n-1", 999, 0}, {"n", 1000, 0}, {"n+1", 1001, 1}} {
			z := zipped(t, file{"a.txt", strings.Repeat("a", tc.n)})
			if int64(len(z)) > 1000 {
				t.Fatal("the archive itself is too large")
			}
			r := findWith(t, Limits{FileBytes: 1000}, Document{Name: "x.zip", Data: z})
			if len(r.Unread) != tc.want || tc.want == 1 && r.Unread[0].Reason != ReasonTooLarge {
				t.Errorf("%s: %v", tc.desc, r.Unread)
			}
		}
	})
}

// TestMade: the shared CV out of Word, Writer and a browser.
func TestMade(t *testing.T) {
	for _, name := range []string{"cv.docx", "cv.odt", "cv.html"} {
		r := find(t, name, readShared(t, "corpus", "made", name))
		all := strings.Join(show(r), "\n")
		want := []string{
			"link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11/public_url",
			"link https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48adaacecc",
			"link https://openbadgefactory.com/v1/assertion/db2ebffb91aa1e64c27090cf3feaf3e99dad3700.html?long=",
			"jws eyJhbGciOiJSUzI1NiJ9.",
		}
		switch filepath.Ext(name) {
		case ".html":
			want = append(want, "link https://api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ | ")
		case ".docx":
			want = append(want, " | cv.docx > word/media/image1.png > iTXt openbadges")
		default:
			want = append(want, " > Pictures/1000000100000015000000135FB1C8DFFF3C61D9.png > iTXt openbadges")
		}
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is missing", name, w)
			}
		}
		if strings.Contains(all, "jane") || len(r.Unread) > 0 {
			t.Errorf("%s: an address in the links, or unread parts: %v", name, r.Unread)
		}
	}
}

func BenchmarkDOCX(b *testing.B) {
	var text strings.Builder
	for i := range 500 {
		text.WriteString(run(fmt.Sprintf("Paragraph %d of a curriculum vitae, with some words in it.", i)))
	}
	data := docx(b, file{"word/document.xml", body(text.String())}, file{"word/_rels/document.xml.rels", rels("https://example.org/badges/1")}, file{"word/media/image1.png", string(baked(assertionA))})
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r := find(b, "cv.docx", data); len(r.Findings) != 2 {
			b.Fatal(show(r))
		}
	}
}

package extract

import (
	"slices"
	"strings"
	"testing"
)

// accredible is an address whose badge its fragment names.
const accredible = "https://www.credential.net/10000005#acc.AbCdEf12"

// TestBesideTheText reads addresses with something anchored right behind them, or in
// their middle, that is no part of them: a drawing's place on its page, a text box, the
// mark of a note, a comment. None may become part of the address, and what an address
// within says is told, too.
func TestBesideTheText(t *testing.T) {
	const other = "https://open.example/badges/other"
	odt := func(s string) []byte {
		return zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.text"}, file{"content.xml", `<?xml version="1.0"?><office:document-content ` + odfNS + `><office:body>` + s + `</office:body></office:document-content>`})
	}
	drawing := `<w:r><w:drawing><wp:anchor><wp:positionH><wp:posOffset>12345</wp:posOffset></wp:positionH></wp:anchor></w:drawing></w:r>`
	box := func(s string) string {
		return `<w:r><w:pict><v:textbox><w:txbxContent>` + run(s) + `</w:txbxContent></v:textbox></w:pict></w:r>`
	}
	word := func(s string) []byte {
		return docx(t, file{"word/document.xml", body(`<w:p>` + s + `</w:p>`)})
	}
	r := func(s string) string { return `<w:r><w:t>` + s + `</w:t></w:r>` }
	note := func(s string) string {
		return `<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>` + s + `</text:p></text:note-body></text:note>`
	}
	rtf := func(s string) []byte { return []byte(`{\rtf1\ansi see ` + s + `\par}`) }
	html := func(s string) []byte { return []byte(`<!DOCTYPE html><p>see ` + s + `</p>`) }
	for _, c := range []struct {
		name, file string
		data       []byte
		want       []string
	}{
		{"a drawing behind it", "a.docx", word(r(urlA) + drawing), []string{urlA}},
		{"a drawing in it", "a.docx", word(r(urlA[:20]) + drawing + r(urlA[20:])), []string{urlA}},
		{"a text box behind it", "a.docx", word(r(urlA) + box("in box")), []string{urlA}},
		{"a text box in it", "a.docx", word(r(urlA[:20]) + box("see "+other+" too") + r(urlA[20:])), []string{urlA, other}},
		{"a tab to a margin", "a.docx", word(r(urlA) + `<w:r><w:ptab/></w:r>` + r("x")), []string{urlA}},
		{"a note behind it", "a.odt", odt(`<text:p>` + urlA + note("see "+other) + `, and</text:p>`), []string{urlA, other}},
		{"a note in it", "a.odt", odt(`<text:p>` + urlA[:20] + note(other) + urlA[20:] + `</text:p>`), []string{urlA, other}},
		{"a comment behind it", "a.odt", odt(`<text:p>` + urlA + `<office:annotation><dc:creator>Me</dc:creator><text:p>x</text:p></office:annotation></text:p>`), []string{urlA}},
		{"a frame behind it", "a.odt", odt(`<text:p>` + urlA + `<draw:frame><draw:text-box><text:p>` + other + `</text:p></draw:text-box></draw:frame></text:p>`), []string{urlA, other}},
		{"a frame that the document breaks off in", "a.fodt", []byte(`<?xml version="1.0"?><office:document ` + odfNS + `><text:p>` + urlA + `<draw:frame><text:p>` + other + ` `), []string{urlA, other}},
		{"a note of RTF", "a.rtf", rtf(urlA + `{\super\chftn}{\footnote\pard{\super\chftn}` + other + `}, and`), []string{urlA, other}},
		{"a comment of RTF", "a.rtf", rtf(urlA + `{\*\atnid me}{\*\atnauthor Me}\chatn{\*\annotation x}`), []string{urlA}},
		{"a text box of RTF", "a.rtf", rtf(urlA + `{\shp{\*\shpinst\shpleft1{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard ` + other + `\par}}}`), []string{urlA, other}},
		{"a text box of RTF in it", "a.rtf", rtf(urlA[:20] + `{\shp{\*\shpinst\shpleft1{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard see ` + other + `\par}}{\shprslt\par\pard {\pict\pngblip 00}x\par}}` + urlA[20:]), []string{urlA, other}},
		{"a note of RTF in it", "a.rtf", rtf(urlA[:20] + `{\footnote\pard ` + other + `\par}` + urlA[20:]), []string{urlA, other}},
		{"an object of RTF in it", "a.rtf", rtf(urlA[:20] + `{\object\objemb{\*\objdata 0102}{\result\pard{\pict\pngblip 00}\par}}` + urlA[20:]), []string{urlA}},
		{"a picture of RTF in it", "a.rtf", rtf(urlA[:20] + `{\*\shppict{\pict\pngblip 00}}{\nonshppict{\pict\wmetafile8 00}}` + urlA[20:]), []string{urlA}},
		{"paragraphs of RTF", "a.rtf", rtf(urlA + `\par{\footnote x}\par ` + other), []string{urlA, other}},
		{"a text box of RTF that is not closed", "a.rtf", []byte(`{\rtf1 ` + urlA + `{\shp{\*\shpinst{\shptxt ` + other + ` `), []string{urlA, other}},
		{"a shape of RTF that leads somewhere", "a.rtf", rtf(`{\shp{\*\shpinst{\sp{\sn pihlShape}{\sv {\*\hl{\hlfr x}{\hlsrc ` + urlA + `}{\hlloc }}}}}}`), []string{urlA}},
		{"a space and a quote of RTF", "a.rtf", rtf(`\ldblquote ` + urlA + `\rdblquote x ` + other + `\emspace x`), []string{urlA, other}},
		{"a cell of RTF", "a.rtf", rtf(urlA + `\nestcell x`), []string{urlA}},
		{"the mark of a note", "a.html", html(urlA + `<sup>1</sup>`), []string{urlA}},
		{"a picture", "a.html", html(urlA + `<img src="x.png">y`), []string{urlA}},
		{"a button", "a.html", html(urlA + `<button>Copy</button>`), []string{urlA}},
		{"sections", "a.html", html(`<section>` + urlA + `</section><section>x</section><ul><li>` + other + `</ul>x`), []string{urlA, other}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := payloads(find(t, c.file, c.data)); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

const odfNS = `xmlns:office="o" xmlns:text="t" xmlns:draw="d" xmlns:dc="c"`

// TestGluedToAnID reads addresses of providers behind whose id something stands without
// a space: the raised number of a note in a PDF, a word beside a picture.
func TestGluedToAnID(t *testing.T) {
	const id = "7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"
	const credly = "https://www.credly.com/badges/" + id
	const moodle = "https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48adaacecc"
	for raw, want := range map[string]string{
		credly + "1":                      credly,
		credly + "12and":                  credly,
		credly + "-x":                     credly,
		credly + "%E2%80%A2":              credly,
		credly + "/public_url":            credly + "/public_url",
		credly + "?a=1":                   credly + "?a=1",
		moodle + "2":                      moodle,
		moodle + "Next":                   moodle,
		moodle + "&x=1":                   moodle + "&x=1",
		"https://example.org/" + id + "1": "https://example.org/" + id + "1", // nobody knows what that is
	} {
		got, l, ok := ParseLink(raw)
		if !ok || got != want || strings.Contains(raw, "credly") != (l.Provider == "credly") {
			t.Errorf("%s: %s of %q", raw, got, l.Provider)
		}
	}
}

// TestFragmentsApart reads links of office programs, which keep the fragment of an
// address apart from it; what a badge is at may be in it alone.
func TestFragmentsApart(t *testing.T) {
	target, fragment, _ := strings.Cut(accredible, "#")
	word := func(s string) []byte {
		return docx(t, file{"word/document.xml", body(s)}, file{"word/_rels/document.xml.rels", rels(target)})
	}
	link := func(more string) string {
		return `<w:hyperlink r:id="r0"` + more + `><w:r><w:t>x</w:t></w:r></w:hyperlink>`
	}
	sheet := zipped(t, file{"[Content_Types].xml", `<Types/>`}, file{"xl/worksheets/_rels/sheet1.xml.rels", rels(target)},
		file{"xl/worksheets/sheet1.xml", `<worksheet><hyperlinks><hyperlink ref="A1" r:id="r0" location="` + fragment + `"/></hyperlinks></worksheet>`})
	field := func(s string) []byte {
		return docx(t, file{"word/document.xml", body(`<w:p><w:r><w:instrText>` + s + `</w:instrText></w:r></w:p>`)})
	}
	for _, c := range []struct {
		name, file string
		data       []byte
		want       []string
	}{
		{"Word", "a.docx", word(link(` w:anchor="` + fragment + `"`)), []string{accredible}},
		{"one address with and without", "a.docx", word(link("") + link(` w:anchor="`+fragment+`"`)), []string{target, accredible}},
		{"a place in the document itself", "a.docx", word(`<w:hyperlink w:anchor="_Toc1"/>` + link("")), []string{target}},
		{"Excel", "a.xlsx", sheet, []string{accredible}},
		{"a field", "a.docx", field(`HYPERLINK "` + target + `" \l "` + fragment + `" \o "tip"`), []string{accredible}},
		{"a field that opens a window", "a.docx", field(`HYPERLINK "` + target + `" \n \l ` + fragment), []string{accredible}},
		{"fields", "a.docx", field(`HYPERLINK "` + urlA + `" HYPERLINK "` + target + `" \l "` + fragment + `"`), []string{urlA, accredible}},
		{"a field of RTF", "a.rtf", []byte(`{\rtf1{\field{\*\fldinst{HYPERLINK "` + target + `" \\l "` + fragment + `"}}{\fldrslt x}}}`), []string{accredible}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := payloads(find(t, c.file, c.data)); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func payloads(r Result) []string {
	var all []string
	for i := range r.Findings {
		all = append(all, r.Findings[i].Payload)
	}
	return all
}

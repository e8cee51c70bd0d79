package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// pdfLine is a line of text at a place of a page, in a font F1 or F2.
type pdfLine struct {
	x, y int
	font string
	text string
}

// pdfOfLines paints lines in Courier at ten points: a letter is six wide.
func pdfOfLines(lines ...pdfLine) []byte {
	var b pdftest.Builder
	b.Page = "/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>> /F2 <</Type /Font /Subtype /Type1 /BaseFont /Courier-Bold>>" +
		" /F3 <</Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding <</Differences [173 /uni2010]>>>>>>>>"
	for _, l := range lines {
		b.Content += fmt.Sprintf("BT /%s 10 Tf %d %d Td %s Tj ET\n", l.font, l.x, l.y, pdftest.String(l.text))
	}
	return b.Build()
}

// pdfParagraph is lines of one block in F1.
func pdfParagraph(x, y int, lines ...string) (all []pdfLine) {
	for i, l := range lines {
		all = append(all, pdfLine{x, y - 12*i, "F1", l})
	}
	return all
}

func linksOf(r Result) (links []string) {
	for _, f := range r.Findings {
		if f.Kind == KindLink {
			links = append(links, f.Payload)
		}
	}
	return links
}

func TestPDFLines(t *testing.T) {
	const start, whole = "https://badges.example.org/academy/assertion-", "https://badges.example.org/academy/assertion-welding.json"
	column := pdfParagraph(40, 700, "https://badges.exampl", "e.org/academy/asserti", "on-welding.json")
	table := pdfParagraph(300, 700, "Welding since 2019", "Brazing since 2020", "and much more besides")
	var rows []pdfLine // a table is painted row by row
	for i := range column {
		rows = append(rows, column[i], table[i])
	}
	for _, tc := range []struct {
		desc  string
		lines []pdfLine
		want  []string
	}{
		{"two lines", pdfParagraph(40, 700, start, "welding.json"), []string{whole, start}},
		{"words behind the end of a file's name", pdfParagraph(40, 700, "see my certificate at", "https://badges.example.org/academy/", "assertion-welding.json and others"), []string{whole, "https://badges.example.org/academy/"}},
		{"and within its ending", pdfParagraph(40, 700, "https://badges.example.org/academy/assertion-welding.js", "on which was issued"), []string{whole, "https://badges.example.org/academy/assertion-welding.js"}},
		{"words behind no such name", pdfParagraph(40, 700, "https://badges.example.org/academy/", "on which was issued by us"), []string{"https://badges.example.org/academy/"}},
		{"a host over three lines", pdfParagraph(40, 700, "https://badg", "es.example.o", "rg/academy/a", "ssertion-wel", "ding.json", "Languages"), []string{whole, "https://badges.example.org/academy/assertion-wel", "https://badges.example.org/academy/a", "https://badg"}},
		{"no host over three lines", pdfParagraph(40, 700, "https://badg", "es.exampl.en", "French", "Spanish/four"), []string{"https://badg"}},
		{"a port behind the end", pdfParagraph(40, 700, "https://badges.example.org:", "8443/academy/welding.json"), []string{"https://badges.example.org:8443/academy/welding.json", "https://badges.example.org"}},
		{"a number behind the end", pdfParagraph(40, 700, "https://badges.example.org:", "0170/1234567", "8443/1234567"), []string{"https://badges.example.org"}},
		{"divided behind the colon of its scheme", pdfParagraph(40, 700, "https:", "//badges.example.org/academy/assertion-welding.json"), []string{whole}},
		{"three lines, all readings", pdfParagraph(40, 700, start[:30], start[30:]+"of-the-", "welding.json"), []string{start + "of-the-welding.json", start + "of-the-", start[:30]}},
		{"then a heading", pdfParagraph(40, 700, start, "welding.json", "EDUCATION"), []string{whole, start}},
		{"then a heading, and it is whole", pdfParagraph(40, 700, whole, "EDUCATION"), []string{whole}},
		{"a narrow column", column, []string{whole, "https://badges.example.org/academy/asserti", "https://badges.exampl"}},
		{"a table, row by row", rows, []string{whole, "https://badges.example.org/academy/asserti", "https://badges.exampl"}},
		{"behind the scheme", pdfParagraph(40, 700, "see https://", "badges.example.org/", "academy/a.json"), []string{"https://badges.example.org/academy/a.json", "https://badges.example.org/"}},
		{"room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", start[:len(start)-1], "welding"), []string{start[:len(start)-1]}},
		{"another font", []pdfLine{{40, 700, "F1", start}, {40, 688, "F2", "welding.json"}}, []string{start}},
		{"another column", []pdfLine{{40, 700, "F1", start}, {340, 688, "F1", "welding.json"}}, []string{start}},
		{"far below", []pdfLine{{40, 700, "F1", start}, {40, 640, "F1", "welding.json"}}, []string{start}},
		{"no scheme but www", pdfParagraph(40, 700, "www.credly.com/badges/7e6dfd1a-6cb8-", "4a26-9d5b-2c2f8a0b1c11"), []string{"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"}},
		{"behind a hyphen room was left", pdfParagraph(40, 700, "https://www.credly.com/badges/7e6dfd1a-6cb8-", "4a26-9d5b-", "2c2f8a0b1c11 and more"), []string{"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"}},
		{"the last digit alone", pdfParagraph(40, 700, "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c1", "1 and more"), []string{"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"}},
		{"digits that any host could ask for", pdfParagraph(40, 700, "https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48ada", "12345 and more"), []string{"https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48ada"}},
		{"the last letters of an id", pdfParagraph(40, 700, "https://api.badgr.io/public/assertions/AbCdEfGhIjKlMnOpQr", "StUv and more"), []string{"https://api.badgr.io/public/assertions/AbCdEfGhIjKlMnOpQrStUv"}},
		{"letters more than an id has", pdfParagraph(40, 700, "https://api.badgr.io/public/assertions/AbCdEfGhIjKlMnOpQr", "Stuve and more"), []string{"https://api.badgr.io/public/assertions/AbCdEfGhIjKlMnOpQr"}},
		{"letters behind a whole id", pdfParagraph(40, 700, "https://api.badgr.io/public/assertions/AbCdEfGhIjKlMnOpQrStUv", "Stuv and more"), []string{"https://api.badgr.io/public/assertions/AbCdEfGhIjKlMnOpQrStUv"}},
		{"the last digits, and the end of a sentence", pdfParagraph(40, 700, "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1", "c11. And more"), []string{"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"}},
		{"an id that is not divided, and room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", "https://www.credly.com/badges/", "7e6dfd1a-6cb8-4a26-", "9d5b-2c2f8a0b1c11/public_url"), []string{"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11/public_url"}},
		{"an id of many capitals, and room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", "https://api.badgr.io/public/assertions/", "Ab0dEfGhIjKlMnOpQrStUv. And"), []string{"https://api.badgr.io/public/assertions/Ab0dEfGhIjKlMnOpQrStUv"}},
		{"a name that is no id, and room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", "https://badges.example.org/academy/", "some_name_of_1985_people"), []string{"https://badges.example.org/academy/"}},
		{"names that are no id, and room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", "https://badges.example.org/academy/", "AnnaMariaSophieLenaEva1990"), []string{"https://badges.example.org/academy/"}},
		{"a query goes on, and room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", "https://badges.example.org/academy/?", "name_of=welding&x=1"), []string{"https://badges.example.org/academy/?name_of=welding&x=1", "https://badges.example.org/academy/"}},
		{"a host with a port", pdfParagraph(40, 700, "https://badges.exam", "ple.org:8443/a.json"), []string{"https://badges.example.org:8443/a.json", "https://badges.exam"}},
		{"a host with a query", pdfParagraph(40, 700, "https://badges.exam", "ple.org?u=a/b"), []string{"https://badges.example.org?u=a/b", "https://badges.exam"}},
		{"a date of a query", pdfParagraph(40, 700, "https://badges.example.org/verify?title=", "Welding+2021-05-03&id=7"), []string{"https://badges.example.org/verify?title=Welding+2021-05-03&id=7", "https://badges.example.org/verify?title="}},
		{"a name of a query", pdfParagraph(40, 700, "https://badges.example.org/verify?", "name=Welding&id=7"), []string{"https://badges.example.org/verify?name=Welding&id=7", "https://badges.example.org/verify"}},
		{"a parameter apart from its value", pdfParagraph(40, 700, "https://badges.example.org/verify?", "hash", "=ab12"), []string{"https://badges.example.org/verify?hash", "https://badges.example.org/verify"}},
		{"behind the scheme room was left", pdfParagraph(40, 700, "A line of the block that is longer than the others, by very much", "see https://", "badges.example.org/a.json and"), []string{"https://badges.example.org/a.json"}},
		{"a number before a query", pdfParagraph(40, 700, "https://badges.example.org/academy/", "0123456789?", "a=b"), []string{"https://badges.example.org/academy/0123456789?a=b", "https://badges.example.org/academy/0123456789", "https://badges.example.org/academy/"}},
		{"a hyphen on a page whose words are divided", append(pdfParagraph(40, 700, "https://badges.example.org/welding-assert-", "ion.json"), pdfParagraph(40, 500, "This is a para-", "graph of some-", "thing that divi-", "des its words.")...), []string{"https://badges.example.org/welding-assert-ion.json", "https://badges.example.org/welding-assertion.json", "https://badges.example.org/welding-assert-"}},
		{"a hyphen that a provider's id has not", pdfParagraph(40, 700, "https://www.credly.com/badges/7e6df-", "d1a-6cb8-4a26-9d5b-2c2f8a0b1c11 and"), []string{"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"}},
		{"the scheme is divided, too", pdfParagraph(40, 700, "My badge is at ht-", "tps://badges.example.org/a.json and so on"), []string{"https://badges.example.org/a.json"}},
		{"a word before another scheme", pdfParagraph(40, 700, "My badge is at ht-", "ps://badges.example.org/a.json and so on"), nil},
		{"the end of a hash, at any host", pdfParagraph(40, 700, "https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48a", "da12345 and more"), []string{"https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48ada12345"}},
		{"prose", pdfParagraph(40, 700, "https://badges.example.org/a/1", "and more of what I can do"), []string{"https://badges.example.org/a/1"}},
		{"a soft hyphen that is painted", pdfParagraph(40, 700, "https://badges.example.org/a\xadb.json"), []string{"https://badges.example.org/a-b.json"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if got := linksOf(find(t, "cv.pdf", pdfOfLines(tc.lines...))); !slices.Equal(got, tc.want) {
				t.Errorf("links %q, want %q", got, tc.want)
			}
		})
	}
}

// TestPDFNarrowColumns: cells and frames of the width that LibreOffice's tables and text
// frames have, below or beside wider lines of the same letters, which say nothing of the
// room in them.
func TestPDFNarrowColumns(t *testing.T) {
	const whole = "https://badges.example.org/academy/assertion-17.json"
	wide := pdfParagraph(40, 712, "Curriculum vitae of somebody who has a long name")
	cell := func(lines ...string) []pdfLine { return append(wide[:1:1], pdfParagraph(40, 700, lines...)...) }
	beside := pdfParagraph(170, 700, "I have led teams", "of four to nine", "people for years", "and like it.")
	for _, tc := range []struct {
		desc  string
		lines []pdfLine
		want  string
	}{
		{"the next column is beside it", append(cell("https://badges.exam", "ple.org/academy/", "assertion-17.json"), beside...), whole},
		{"the next column is beside the lines above it", append(cell("I have made", "four to nine", "badges:", "see here:", "https://badges.exam", "ple.org/academy/", "assertion-17.json"), beside...), whole},
		{"the scheme went on, so the line was full", cell("https://", "badges.example.org/", "academy/assertion-", "17.json"), whole},
		{"the host is divided behind its scheme", cell("https://", "badges.exam", "ple.org/", "academy/", "assertion-", "17.json"), whole},
		{"a frame a little lower than the line beside it", append([]pdfLine{{40, 703, "F1", "a line beside the frame"}}, pdfParagraph(188, 700, "https://", "badges.example.org/", "academy/assertion-", "17.json")...), whole},
		{"one line with something beside it is no column", []pdfLine{{40, 724, "F1", "Curriculum vitae of somebody who has a long name"}, {40, 712, "F1", "Languages"}, {280, 712, "F1", "English"}, {40, 700, "F1", "https://badges.example.org/academy"}, {40, 688, "F1", "welding"}}, "https://badges.example.org/academy"},
		{"a place beside the address alone is no column, and has room before it", append(cell("https://badges.example.org/academy", "welding"), pdfLine{310, 700, "F1", "Berlin"}), "https://badges.example.org/academy"},
		{"a year beside its first line alone", append(cell("https://badges.exam", "ple.org/academy/", "assertion-17.json"), pdfLine{170, 700, "F1", "2019"}), whole},
		{"a column that is far away", append(cell("https://badges.example.org/academy", "welding"), pdfParagraph(400, 700, "2019", "2020")...), "https://badges.example.org/academy"},
	} {
		got := linksOf(find(t, "cv.pdf", pdfOfLines(tc.lines...)))
		if len(got) == 0 || got[0] != tc.want {
			t.Errorf("%s: %q, want %q first", tc.desc, got, tc.want)
		}
	}
}

// TestPDFLinesOfTwoSizes: an address may be of another font and size than the prose of its
// lines; goes on in the next line what ends and begins alike.
func TestPDFLinesOfTwoSizes(t *testing.T) {
	const start, whole = "https://badges.example.org/academy/assertion-", "https://badges.example.org/academy/assertion-welding.json"
	for _, tc := range []struct {
		desc         string
		first, below string // each a line, what is behind the bar in F2 at eight points
		want         []string
	}{
		{"prose before it", "My badge is at |" + start, "|welding.json", []string{whole, start}},
		{"prose around it", "My badge is at |" + start, "|welding.json| and more", []string{whole, start}},
		{"another size", "My badge is at |" + start, "welding.json", []string{start}},
	} {
		var b pdftest.Builder
		b.Page = "/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>> /F2 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>>>"
		b.Content = "BT 12 TL 40 700 Td "
		for _, line := range []string{tc.first, tc.below} {
			for i, s := range strings.Split(line, "|") {
				b.Content += []string{"/F1 10 Tf ", "/F2 8 Tf "}[i%2] + pdftest.String(s) + " Tj "
			}
			b.Content += "T* "
		}
		b.Content += "ET"
		if got := linksOf(find(t, "cv.pdf", b.Build())); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// TestPDFActualText: text that stands for glyphs is read where they are, and what follows
// them follows it.
func TestPDFActualText(t *testing.T) {
	const span = "/Span <</ActualText (-)>> BDC "
	for _, tc := range []struct{ desc, content string }{
		{"a hyphen in a word", "BT /F1 10 Tf 40 700 Td (https://badges.example.org/a) Tj " + span + "(x) Tj EMC (b) Tj ET"},
		{"moved to within", "BT /F1 10 Tf 40 700 Td (https://badges.example.org/a) Tj " + span + "1 0 0 1 208 700 Tm (x) Tj EMC (b) Tj ET"},
		{"each by itself", "BT /F1 10 Tf 40 700 Td (https://badges.example.org/a) Tj ET " + span + "BT /F1 10 Tf 208 700 Td (x) Tj ET EMC BT /F1 10 Tf 214 700 Td (b) Tj ET"},
		{"of many glyphs", "BT /F1 10 Tf 40 700 Td (https://badges.example.org/) Tj /Span <</ActualText (a-)>> BDC (x) Tj (y) Tj EMC (b) Tj ET"},
	} {
		b := pdftest.Builder{Content: tc.content, Page: "/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>>>"}
		if got, want := linksOf(find(t, "cv.pdf", b.Build())), []string{"https://badges.example.org/a-b"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, want)
		}
	}
	// Over the end of a line: what follows is another line.
	b := pdftest.Builder{Content: "BT /F1 10 Tf 12 TL 40 700 Td (see ) Tj /Span <</ActualText (together)>> BDC (toge-) Tj T* (ther) Tj EMC (https://badges.example.org/a) Tj ET", Page: "/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>>>"}
	if got, want := linksOf(find(t, "cv.pdf", b.Build())), []string{"https://badges.example.org/a"}; !slices.Equal(got, want) {
		t.Errorf("over two lines: %q, want %q", got, want)
	}
}

// TestPDFActualTextKept: none is lost where others stand within it, or nobody ends it.
func TestPDFActualTextKept(t *testing.T) {
	const u = "https://badges.example.org/a/1"
	const span = "/Span <</ActualText (" + u + ")>> BDC "
	for _, tc := range []struct{ desc, content, form string }{
		{"others in a form", span + "/Fm1 Do EMC", "/Span <</ActualText ( )>> BDC BT /F1 10 Tf 40 700 Td (x) Tj ET EMC"},
		{"in a form, of nothing", span + "/Fm1 Do EMC", "/Span <</ActualText ( )>> BDC EMC"},
		{"never ended", span + "0 0 m 9 9 l S", ""},
		{"never ended, in a form", "/Fm1 Do", span + "0 0 m 9 9 l S"},
	} {
		b := pdftest.Builder{Content: tc.content}
		const fonts = "/Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>"
		form := b.Stream("/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources <<"+fonts+">>", tc.form)
		b.Page = "/Resources <</XObject <</Fm1 " + form + ">> " + fonts + ">>"
		if got, want := linksOf(find(t, "cv.pdf", b.Build())), []string{u}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, want)
		}
	}
}

// What may be of the applicant is never told to the host of an address that stands
// above it.
func TestPDFLinesOfTheApplicant(t *testing.T) {
	for _, word := range []string{
		"applicant@example.org", "applicant@example.org/x-1", "+49-170-1234567", "1999", "2021-05-03", "03.05.2021", "May2021", "March-2021", "DE89370400440532013000", "C01234567",
		"linkedin.com/in/applicant", "applicant.example.com", "https://example.com/me", "www.example.com/me", "Telephone:", "Education",
	} {
		for _, start := range []string{"https://badges.example.org/academy/a/7", "https://badges.example.org/academy/a-"} {
			if strings.HasSuffix(start, "-") && word == "applicant.example.com" {
				continue // a word that is broken behind a hyphen may look like a host
			}
			r := find(t, "cv.pdf", pdfOfLines(pdfParagraph(40, 700, start, word)...))
			for _, l := range linksOf(r) {
				if strings.HasPrefix(l, start) && l != start {
					t.Errorf("%q above %q: told %q", start, word, l)
				}
			}
		}
	}
}

// A page of nothing but addresses that go on costs no more than the page.
func TestPDFLinesBounded(t *testing.T) {
	var lines []pdfLine
	for i := range 3000 {
		lines = append(lines, pdfLine{40 + i%3, 30_000 - 8*i, "F1", fmt.Sprintf("https://badges.example.org/%d/a-", i)}, pdfLine{40, 30_000 - 8*i - 3, "F1", "b-"})
	}
	l := newPDFLines("ab", []pdfPiece{{end: 1, height: 10, up: 20}, {start: 1, end: 2, height: 10, up: 10}})
	l.pieces[0].dirX, l.pieces[1].dirX = 1, 1
	for i := range pdfLineWork {
		if n := l.next(0, true); n != 1 {
			t.Fatalf("line %d looked for: %d", i, n)
		}
	}
	if n := l.next(0, true); n != -1 {
		t.Errorf("without work left a line was looked for: %d", n)
	}
	r := find(t, "cv.pdf", pdfOfLines(lines...))
	if n := len(linksOf(r)); n == 0 {
		t.Error("no link at all")
	}
}

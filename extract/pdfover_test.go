package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/extract/pdf/pdftest"
)

// pdfOfPageLines paints pages of lines as pdfOfLines does, with the same fonts in all.
func pdfOfPageLines(pages ...[]pdfLine) []byte {
	var b pdftest.Builder
	fonts := "/Resources <</Font <</F1 " + b.Add("<</Type /Font /Subtype /Type1 /BaseFont /Courier>>") + " /F2 " + b.Add("<</Type /Font /Subtype /Type1 /BaseFont /Courier-Bold>>") + ">>>>"
	var kids strings.Builder
	for _, lines := range pages {
		var content strings.Builder
		for _, l := range lines {
			fmt.Fprintf(&content, "BT /%s 10 Tf %d %d Td %s Tj ET\n", l.font, l.x, l.y, pdftest.String(l.text))
		}
		kids.WriteString(b.Add("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s %s>>", b.Stream("", content.String()), fonts) + " ")
	}
	b.Catalog = "/Pages " + b.Add("<</Type /Pages /Kids [%s] /Count %d>>", kids.String(), len(pages))
	return b.Build()
}

// TestPDFOverPages: what goes on at the top of the next column or page, under what runs
// over all pages.
func TestPDFOverPages(t *testing.T) {
	const (
		start, rest = "https://badges.example.org/academy/assertion-", "welding.json"
		whole       = start + rest
	)
	before := func(lines ...string) []pdfLine { return pdfParagraph(40, 100, lines...) }
	running := func(page int, lines []pdfLine) []pdfLine {
		return append([]pdfLine{{40, 800, "F1", "Record of my badges"}, {40, 30, "F1", fmt.Sprintf("page %d of 2", page)}}, lines...)
	}
	for desc, tc := range map[string]struct {
		pages [][]pdfLine
		want  []string
	}{
		"the next page":                 {[][]pdfLine{before("My badges are", start), pdfParagraph(40, 780, rest, "and others")}, []string{whole, start}},
		"and the lines below":           {[][]pdfLine{before("My badges are", start[:30]), pdfParagraph(40, 780, start[30:], rest)}, []string{whole, start, start[:30]}},
		"under running heads":           {[][]pdfLine{running(1, before(start)), running(2, pdfParagraph(40, 780, rest))}, []string{whole, start}},
		"a heading of another font":     {[][]pdfLine{before(start), append([]pdfLine{{40, 790, "F2", "Certificates"}}, pdfParagraph(40, 770, rest)...)}, []string{whole, start}},
		"a heading of the same":         {[][]pdfLine{before(start), pdfParagraph(40, 780, "EDUCATION", rest)}, []string{start}},
		"who is named there":            {[][]pdfLine{before(start), pdfParagraph(40, 780, "Name:Anna", "Anna.Smith")}, []string{start}},
		"another indent":                {[][]pdfLine{before(start), pdfParagraph(90, 780, rest)}, []string{start}},
		"not the last of its page":      {[][]pdfLine{append(pdfParagraph(40, 700, start), before("And more of it")...), pdfParagraph(40, 780, rest)}, []string{start}},
		"a page between":                {[][]pdfLine{before(start), {{40, 700, "F2", "x/y"}}, pdfParagraph(40, 780, rest)}, []string{start}},
		"room was left":                 {[][]pdfLine{before("A line of the block that is longer than the others, by very much", start[:len(start)-1]), pdfParagraph(40, 780, "welding")}, []string{start[:len(start)-1]}},
		"the next column":               {[][]pdfLine{append(before("My badges are", start), pdfParagraph(340, 780, rest, "and others")...)}, []string{whole, start}},
		"a column below":                {[][]pdfLine{append(pdfParagraph(40, 700, start), pdfParagraph(340, 650, rest)...)}, []string{start}},
		"the second column's next page": {[][]pdfLine{append(pdfParagraph(40, 700, "The first", "column"), pdfParagraph(340, 100, start)...), pdfParagraph(40, 780, rest)}, []string{whole, start}},
		"the column before it":          {[][]pdfLine{append(before(start), pdfParagraph(340, 780, "EDUCATION")...), pdfParagraph(40, 780, rest)}, []string{start}},
	} {
		t.Run(desc, func(t *testing.T) {
			if got := linksOf(find(t, "cv.pdf", pdfOfPageLines(tc.pages...))); !slices.Equal(got, tc.want) {
				t.Errorf("links %q, want %q", got, tc.want)
			}
		})
	}
}

// TestPDFOverPagesBounded: of many lines at one place of both pages, each is compared once,
// however many addresses go on.
func TestPDFOverPagesBounded(t *testing.T) {
	page := func(end string) []pdfLine {
		var lines []pdfLine
		for i := range 2 * pdfOver {
			lines = append(lines, pdfLine{40, 100, "F1", fmt.Sprintf("https://badges.example.org/academy/assertion-%d-", i)}, pdfLine{40, 3000, "F2", "x"})
		}
		for range pdfMaxPieces/2 - len(lines) {
			lines = append(lines, pdfLine{40, 700, "F1", strings.Repeat("1", 200) + end}, pdfLine{40, 3000, "F2", "x"})
		}
		return lines
	}
	data := pdfOfPageLines(page("a"), page("b"))
	began := time.Now()
	if got := linksOf(find(t, "cv.pdf", data)); len(got) < 2*pdfOver {
		t.Errorf("%d links", len(got))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

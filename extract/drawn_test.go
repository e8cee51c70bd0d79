package extract

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// drawnSVG is a code as an SVG of one path, with something beside it.
func drawnSVG(t testing.TB, text, beside string) string {
	var d strings.Builder
	m := modules(t, text)
	each(m, func(x, y int) { fmt.Fprintf(&d, "M%d %dh1v1h-1z", x, y) })
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d"><path d="%s"/>%s</svg>`, len(m), d.String(), beside)
}

func wideBE(s string) string {
	b := []byte("\xFE\xFF")
	for _, c := range []byte(s) {
		b = append(b, 0, c)
	}
	return string(b)
}

func encode64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestQRDrawnInSVG: whether a drawing is searched is asked of that drawing, and a
// link that leads nowhere is not something found.
func TestQRDrawnInSVG(t *testing.T) {
	const code, badge = "https://badges.example.org/assertions/1", "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	link := func(u string) string { return `<a href="` + u + `"><text>x</text></a>` }
	drawn := drawnSVG(t, code, "")
	for _, tc := range []struct {
		desc, name, data string
		mode             QRMode
		want             []string
	}{
		{"alone", "x.svg", drawn, QRAuto, []string{"x.svg > drawing > QR code"}},
		{"UTF-16", "x.svg", wideBE(drawn), QRAuto, []string{"x.svg > drawing > QR code"}},
		{"beside a link to the maker", "x.svg", drawnSVG(t, code, link("https://www.canva.com/")), QRAuto, []string{"x.svg > drawing > QR code"}},
		{"beside a profile", "x.svg", drawnSVG(t, code, link("https://www.credly.com/users/abc")), QRAuto, []string{"x.svg > drawing > QR code"}},
		{"beside a badge", "x.svg", drawnSVG(t, code, link(badge)), QRAuto, nil},
		{"beside a badge, all wanted", "x.svg", drawnSVG(t, code, link(badge)), QRAlways, []string{"x.svg > drawing > QR code"}},
		{"none wanted", "x.svg", drawn, QRNever, nil},
		{"in a page with a badge of its own", "x.html", "<html><a href=" + badge + ">x</a>" + drawn, QRAuto, []string{"x.html > inline SVG > drawing > QR code"}},
		{"in a page, beside another that is a badge", "x.html", "<html>" + svgWith(nsOB2, `<o:assertion>`+cdata(assertionA)+`</o:assertion>`)[21:] + drawn, QRAuto, []string{"x.html > inline SVG > drawing > QR code"}},
		{"in a page that styles it", "x.html", "<html><style>.ground{fill:#fff}</style>" + strings.Replace(drawn, "<path", `<rect class="ground" width="99" height="99"/><path`, 1), QRAuto, []string{"x.html > inline SVG > drawing > QR code"}},
		{"as a background", "x.html", `<html><p style="background: url('data:image/svg+xml,` + url.PathEscape(drawn) + `')">x`, QRAuto, []string{"x.html > inline file > data: URI > drawing > QR code"}},
		{"as a background of a rule", "x.html", `<html><style>p{background:#fff url("data:image/svg+xml;base64,` + encode64(drawn) + `") no-repeat}</style>`, QRAuto, []string{"x.html > inline file > data: URI > drawing > QR code"}},
		{"in a letter", "x.docx", string(docx(t, file{"word/document.xml", body(run("x"))}, file{"word/media/image2.svg", drawn})), QRAuto, []string{"x.docx > word/media/image2.svg > drawing > QR code"}},
		{"a picture in a drawing", "x.svg", `<svg xmlns="http://www.w3.org/2000/svg"><image width="9" height="9" href="data:image/png;base64,` + encode64(string(encoded(t, "png", qr(t, code, 4)))) + `"/></svg>`, QRAuto, []string{"x.svg > image > data: URI > QR code"}},
		{"an ornament", "x.svg", `<svg viewBox="0 0 100 100">` + strings.Repeat(`<rect width="50" height="3" fill="#123"/>`, 20) + `</svg>`, QRAuto, nil},
	} {
		r := findWith(t, Limits{QR: tc.mode}, Document{Name: tc.name, Data: []byte(tc.data)})
		if got := wheres(pdfFound(r, code)); !slices.Equal(got, tc.want) || len(r.Unread) > 0 {
			t.Errorf("%s: %q, want %q; %v", tc.desc, got, tc.want, show(r))
		}
	}
}

// TestQRDrawnTwice: of a drawing with several codes each is found, and so they are on the
// slides of a presentation, which lie over each other and are shown by a script.
func TestQRDrawnTwice(t *testing.T) {
	const first, second = "https://badges.example.org/assertions/1", "https://badges.example.org/assertions/2"
	one, two := drawnSVG(t, first, ""), drawnSVG(t, second, "")
	path := func(svg string) string { return svg[strings.Index(svg, "<path"):strings.LastIndex(svg, "</svg>")] }
	slide := func(inside string) string {
		return `<g visibility="hidden"><g clip-path="url(#page)">` + inside + `</g></g>`
	}
	for desc, data := range map[string]string{
		"beside each other": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60">` + path(one) + `<g transform="translate(100 0)">` + path(two) + `</g></svg>`,
		"slides of LibreOffice": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60"><defs><clipPath id="page" clipPathUnits="userSpaceOnUse"><rect width="200" height="60"/></clipPath></defs>` +
			`<g class="SlideGroup">` + slide(path(one)) + slide("") + slide(path(two)) + `</g></svg>`,
	} {
		r := find(t, "x.svg", []byte(data))
		for _, u := range []string{first, second} {
			if got := wheres(pdfFound(r, u)); !slices.Equal(got, []string{"x.svg > drawing > QR code"}) {
				t.Errorf("%s: %s at %q; %v", desc, u, got, show(r))
			}
		}
	}
}

// TestQRBehindLink: of pictures, too, a link in what is written beside the pixels
// keeps them from being searched only where it may lead to a badge.
func TestQRBehindLink(t *testing.T) {
	const code, badge = "https://badges.example.org/assertions/1", "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	jpeg := encoded(t, "jpg", qr(t, code, 4))
	for said, want := range map[string]int{"https://www.canva.com/": 1, "https://www.credly.com/users/abc": 1, badge: 0} {
		comment := append([]byte{0xFF, 0xFE, 0, byte(2 + len(said))}, said...)
		if r := find(t, "x.jpg", slices.Concat(jpeg[:2], comment, jpeg[2:])); len(pdfFound(r, code)) != want {
			t.Errorf("beside %s: %v, want %d", said, show(r), want)
		}
	}
}

// Attack 367: a page of drawings that are each like a code. They share what is left
// for the pictures, and it is said when it is spent.
func TestAttack367_DrawingsWithoutEnd(t *testing.T) {
	var d strings.Builder
	for i := range 60_000 / 4 {
		if i*i*7%11 < 5 {
			fmt.Fprintf(&d, "M%d %dh1v1h-1z", i%120, i/120)
		}
	}
	page := []byte("<html>" + strings.Repeat(`<svg viewBox="0 0 120 125"><path d="`+d.String()+`"/></svg>`, 3))
	spend := func(pixels int64, steps int) (*part, []Unread) {
		p := &part{call: newCall(context.Background(), Limits{}.WithDefaults(), nil), where: "x.html", name: "x.html", data: page, carrier: "html"}
		p.pixelsLeft, p.stepsLeft = pixels, steps
		extractHTML(p)
		return p, p.unreads
	}
	p, told := spend(allPixels, allSteps)
	each := (allPixels - p.pixelsLeft) / 3
	if len(told) > 0 || each <= 0 || each > 8<<22 || p.stepsLeft >= allSteps {
		t.Fatalf("%d pixels each, %d steps left, %v", each, p.stepsLeft, told)
	}
	p, told = spend(each+1000, allSteps)
	if len(told) != 1 || told[0].Reason != ReasonPixels || told[0].Where != "x.html > inline SVG > drawing" || p.pixelsLeft < 0 {
		t.Errorf("pixels spent: %d left, %v", p.pixelsLeft, told)
	}
	p, told = spend(allPixels, (allSteps-p.stepsLeft)/2)
	if len(told) != 1 || told[0].Reason != ReasonParts || told[0].Where != "x.html > inline SVG > drawing" || p.stepsLeft != 0 {
		t.Errorf("steps spent: %d left, %v", p.stepsLeft, told)
	}
}

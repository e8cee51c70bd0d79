package extract

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/extract/pdf/pdftest"
)

// Codes as the programs draw them that certificates are made with. The drawings are
// of our own making: the same operators, elements and units in the same order as
// the output of the program that each is named after, by its version of 2025 or 2026.

// modules are those of a code, with its margin of four.
func modules(t testing.TB, text string) [][]bool {
	img := qr(t, text, 1)
	m := make([][]bool, img.Rect.Dy())
	for y := range m {
		m[y] = make([]bool, img.Rect.Dx())
		for x := range m[y] {
			m[y][x] = img.Pix[y*img.Stride+x] == 0
		}
	}
	return m
}

// each calls draw for the dark modules.
func each(m [][]bool, draw func(x, y int)) {
	for y := range m {
		for x, dark := range m[y] {
			if dark {
				draw(x, y)
			}
		}
	}
}

// runs calls draw for the dark modules that stand in a row together.
func runs(m [][]bool, draw func(x, y, n int)) {
	for y, row := range m {
		for x := 0; x < len(row); x++ {
			n := 0
			for x+n < len(row) && row[x+n] {
				n++
			}
			if n > 0 {
				draw(x, y, n)
			}
			x += n
		}
	}
}

// outlines are the edges between dark and light, as closed lines, dark on their right.
func outlines(m [][]bool) [][][2]int {
	type point = [2]int
	next := map[point][]point{}
	dark := func(x, y int) bool { return y >= 0 && y < len(m) && x >= 0 && x < len(m) && m[y][x] }
	each(m, func(x, y int) {
		for _, e := range []struct {
			open     bool
			from, to point
		}{
			{!dark(x, y-1), point{x, y}, point{x + 1, y}}, {!dark(x+1, y), point{x + 1, y}, point{x + 1, y + 1}},
			{!dark(x, y+1), point{x + 1, y + 1}, point{x, y + 1}}, {!dark(x-1, y), point{x, y + 1}, point{x, y}},
		} {
			if e.open {
				next[e.from] = append(next[e.from], e.to)
			}
		}
	})
	var all [][][2]int
	for y := range len(m) + 1 {
		for x := range len(m) + 1 {
			for len(next[point{x, y}]) > 0 {
				var line [][2]int
				for at := (point{x, y}); len(next[at]) > 0; {
					to := next[at][0]
					next[at] = next[at][1:]
					// Corners alone.
					if n := len(line); n > 1 && (line[n-1][0] == line[n-2][0]) == (at[0] == line[n-1][0]) {
						line = line[:n-1]
					}
					line = append(line, at)
					at = to
				}
				all = append(all, line)
			}
		}
	}
	return all
}

// glyphs are what text is once it has been turned into outlines: many small curves.
func glyphs(n int, flip bool) string {
	rng := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for i := range n {
		x, y := 40+float64(i%80)*6, 60+float64(i/80)*11
		if flip {
			y = 842 - y
		}
		fmt.Fprintf(&b, "M%.2f %.2f", x, y)
		for range 4 + rng.IntN(8) {
			fmt.Fprintf(&b, "l%.2f %.2fc%.2f %.2f %.2f %.2f %.2f %.2f", 2*rng.Float64()-1, 2*rng.Float64()-1, rng.Float64(), -rng.Float64(), rng.Float64(), rng.Float64(), 2*rng.Float64()-1, 3*rng.Float64()-1.5)
		}
		b.WriteString("z")
	}
	return b.String()
}

// svgProducers draw a code as SVG.
var svgProducers = map[string]func(m [][]bool) string{
	"segno": func(m [][]bool) string {
		var d strings.Builder
		runs(m, func(x, y, n int) { fmt.Fprintf(&d, "M%d %d.5h%d", x, y, n) })
		return fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?><svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%[1]d" class="segno"><path transform="scale(4)" class="qrline" stroke="#000" d="%s"/></svg>`, 4*len(m), d.String())
	},
	"segno, relative, coloured, on a plate": func(m [][]bool) string {
		var d strings.Builder
		px, py := 0, 0
		runs(m, func(x, y, n int) {
			if px == 0 && py == 0 {
				fmt.Fprintf(&d, "M%d %d.5h%d", x, y, n)
			} else {
				fmt.Fprintf(&d, "m%d %dh%d", x-px, y-py, n)
			}
			px, py = x+n, y
		})
		return fmt.Sprintf(`<svg width="40mm" height="40mm" viewBox="0 0 %d %[1]d"><g transform="scale(4)"><path fill="#fff" d="M0 0h%d"/><path class="qrline" stroke="#00008b" d="%s"/></g></svg>`, 4*len(m), len(m), d.String())
	},
	"python-qrcode, rectangles": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) { fmt.Fprintf(&d, `<svg:rect x="%dmm" y="%dmm" width="1mm" height="1mm" />`, x, y) })
		return fmt.Sprintf(`<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="%dmm" height="%[1]dmm" version="1.1">%s</svg:svg>`, len(m), d.String())
	},
	"python-qrcode, path": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) { fmt.Fprintf(&d, "M%d,%dH%dV%dH%[1]dz", x, y, x+1, y+1) })
		return fmt.Sprintf(`<svg width="%dmm" height="%[1]dmm" version="1.1" viewBox="0 0 %[1]d %[1]d" xmlns="http://www.w3.org/2000/svg"><path d="%s" id="qr-path" fill="#000000" fill-opacity="1" fill-rule="nonzero" stroke="none"/></svg>`, len(m), d.String())
	},
	"python-qrcode, circles": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) {
			fmt.Fprintf(&d, "M%d,%d.5A0.5,0.5 0 0 0 %d,%[2]d.5A0.5,0.5 0 0 0 %[1]d,%[2]d.5z", x, y, x+1)
		})
		return fmt.Sprintf(`<svg width="%dmm" height="%[1]dmm" viewBox="0 0 %[1]d %[1]d"><path d="%s"/></svg>`, len(m), d.String())
	},
	"ReportLab": func(m [][]bool) string {
		var d strings.Builder
		runs(m, func(x, y, n int) {
			fmt.Fprintf(&d, `<rect x="%.4f" y="%.4f" width="%.4f" height="2.4516" style="stroke: none; stroke-width: 0; fill: rgb(0%%,0%%,0%%);" />`, 2.4516*float64(x), 2.4516*float64(len(m)-1-y), 2.4516*float64(n))
		})
		return `<svg width="120" height="120" preserveAspectRatio="xMinYMin meet" viewBox="0 0 120 120" xmlns="http://www.w3.org/2000/svg" version="1.0" fill-rule="evenodd"><title>...</title><clipPath id="clip"><rect x="0" y="0" width="120" height="120" /></clipPath>
<g id="group" transform="scale(1,-1) translate(0,-120)" style="clip-path: url(#clip)"><g transform=""><rect x="0" y="0" width="90" height="90" style="stroke: none; fill: none;" />` + d.String() + `</g></g></svg>`
	},
	"PyMuPDF, a page with its text as outlines": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) {
			fmt.Fprintf(&d, "M%.4g %.4gH%.4gV%.4gH%.4[1]gZ", 480+1.5*float64(x), 100-1.5*float64(y), 481.5+1.5*float64(x), 101.5-1.5*float64(y))
		})
		return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" width="595" height="842" viewBox="0 0 595 842"><defs><path id="font_1_36" d="M.66 .5C.63 .66 .54 .74 .38 .74 .28 .74 .2 .71 .15 .65H.58Z"/></defs>` +
			strings.Repeat(`<use data-text="C" xlink:href="#font_1_36" transform="matrix(12,0,0,-12,72,142)"/>`, 40) + `<path d="` + glyphs(1600, false) + `"/><path transform="matrix(1,0,0,-1,0,842)" d="` + d.String() + `"/></svg>`
	},
	"Typst, an image in a page": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) { fmt.Fprintf(&d, "M%d,%dH%dV%dH%[1]dz", x, y, x+1, y+1) })
		inner := fmt.Sprintf(`<svg viewBox="0 0 %d %[1]d" xmlns="http://www.w3.org/2000/svg"><path d="%s"/></svg>`, len(m), d.String())
		return `<svg viewBox="0 0 595.28 841.89" width="595.28pt" height="841.89pt" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><path fill="#ffffff" fill-rule="nonzero" d="M 0 0v 841.89h 595.28v -841.89Z "/><g transform="translate(70.866 70.866)"><image xlink:href="data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString([]byte(inner)) + `" width="85" height="85" preserveAspectRatio="none"/></g></svg>`
	},
	"BaconQrCode, outlines": func(m [][]bool) string {
		var d strings.Builder
		for _, line := range outlines(m) {
			for i, p := range line {
				d.WriteByte("ML"[min(i, 1)])
				fmt.Fprintf(&d, "%d %d", p[0], p[1])
			}
			d.WriteByte('Z')
		}
		return `<?xml version="1.0" encoding="UTF-8"?><svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="200" height="200" viewBox="0 0 200 200"><rect x="0" y="0" width="200" height="200" fill="#fefefe"/><g transform="scale(4.878)"><g transform="translate(0,0)"><path fill-rule="evenodd" d="` + d.String() + `" fill="#000000"/></g></g></svg>`
	},
	"endroid, a block used again": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) { fmt.Fprintf(&d, `<use x="%d" y="%d" xlink:href="#block"/>`, 10*x, 10*y) })
		return fmt.Sprintf(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="%dpx" height="%[1]dpx" viewBox="0 0 %[1]d %[1]d"><defs><rect id="block" width="10" height="10" fill="#000000" fill-opacity="1"/></defs><rect x="0" y="0" width="%[1]d" height="%[1]d" fill="#ffffff" fill-opacity="1"/>%s</svg>`, 10*len(m), d.String())
	},
	"chillerlan, classes of a style sheet": func(m [][]bool) string {
		var dark, light strings.Builder
		for y := range m {
			for x, is := range m[y] {
				d := &light
				if is {
					d = &dark
				}
				fmt.Fprintf(d, "M%d %d h1 v1 h-1Z ", x, y)
			}
		}
		return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="qr-svg qrcode" viewBox="0 0 %d %[1]d" preserveAspectRatio="xMidYMid"><defs><style>rect{shape-rendering:crispEdges} .dark{fill:#1a1a1a} .qr-svg .x{fill:red} .light{ fill: #eee; }</style></defs><path class="qr-2 light" d="%s"/><path class="qr-512 dark" d="%s"/></svg>`, len(m), light.String(), dark.String())
	},
	"qr-code-styling, a clip path of dots": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) {
			switch (x + y) % 3 {
			case 0:
				fmt.Fprintf(&d, `<circle cx="%d.5" cy="%d.5" r="0.5" transform="rotate(0,%[1]d.5,%[2]d.5)"/>`, x, y)
			case 1:
				fmt.Fprintf(&d, `<rect x="%d" y="%d" width="1" height="1" transform="rotate(90,%[1]d.5,%[2]d.5)"/>`, x, y)
			default:
				fmt.Fprintf(&d, `<path d="M %d %dv 1h 0.5a 0.5 0.5, 0, 0, 0, 0 -1" transform="rotate(180,%[1]d.5,%[2]d.5)"/>`, x, y)
			}
		})
		return fmt.Sprintf(`<svg width="300" height="300" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d"><defs><clipPath id="clip-path-background-color"><rect x="0" y="0" width="%[1]d" height="%[1]d"/></clipPath><clipPath id="clip-path-dot-color">%s</clipPath></defs><rect x="0" y="0" height="%[1]d" width="%[1]d" clip-path="url('#clip-path-background-color')" fill="#ffffff"/><rect x="0" y="0" height="%[1]d" width="%[1]d" clip-path="url('#clip-path-dot-color')" fill="#6a1a4c"/></svg>`, len(m), d.String())
	},
	"LibreOffice Draw, polygons of hundredths of a millimetre": func(m [][]bool) string {
		var d strings.Builder
		runs(m, func(x, y, n int) {
			fmt.Fprintf(&d, `<g class="com.sun.star.drawing.PolyPolygonShape"><g id="id%d"><path fill="rgb(0,0,0)" stroke="none" d="M %d,%d L %d,%[3]d %[4]d,%[5]d %[2]d,%[5]d %[2]d,%[3]d Z"/></g></g>`, 3+y, 15000+75*x, 23000+75*y, 15000+75*(x+n), 23075+75*y)
		})
		return `<svg version="1.2" width="210mm" height="297mm" viewBox="0 0 21000 29700" preserveAspectRatio="xMidYMid" fill-rule="evenodd" stroke-width="28.222" stroke-linejoin="round" xmlns="http://www.w3.org/2000/svg"><defs class="ClipPathGroup"><clipPath id="presentation_clip_path" clipPathUnits="userSpaceOnUse"><rect x="0" y="0" width="21000" height="29700"/></clipPath></defs><g class="SlideGroup"><g class="Slide" clip-path="url(#presentation_clip_path)"><g class="Page"><path fill="none" stroke="rgb(52,101,164)" d="M 1000,1000 L 20000,1000 20000,28700 1000,28700 Z"/>` + d.String() + `</g></g></g></svg>`
	},
	"Inkscape, turned and in its own coordinates": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) {
			fmt.Fprintf(&d, `<rect style="fill:#000000;fill-opacity:1;stroke:none" id="rect%d" width="0.7" height="0.7" x="%.2f" y="%.2f"/>`, 1000*y+x, 0.7*float64(x), 0.7*float64(y))
		})
		return `<svg width="210mm" height="297mm" viewBox="0 0 210 297" version="1.1" xmlns="http://www.w3.org/2000/svg" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"><sodipodi:namedview id="namedview7" pagecolor="#ffffff"/><g id="layer1" style="display:inline"><rect style="fill:#f4eede;stroke:#000" width="210" height="297"/><g transform="matrix(0.9848,0.1736,-0.1736,0.9848,150,240)">` + d.String() + `</g></g></svg>`
	},
	"Illustrator, a class and light on dark": func(m [][]bool) string {
		var d strings.Builder
		each(m, func(x, y int) {
			fmt.Fprintf(&d, `<polygon class="cls-2" points="%.1f %.1f %.1[1]f %.1[3]f %.1[4]f %.1[3]f %.1[4]f %.1[2]f %.1[1]f %.1[2]f"/>`, 600+2.5*float64(x), 400+2.5*float64(y), 402.5+2.5*float64(y), 602.5+2.5*float64(x))
		})
		return `<svg id="Layer_1" data-name="Layer 1" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 841.89 595.28"><defs><style>.cls-1{fill:none;stroke:#b79a5b;stroke-miterlimit:10;stroke-width:4px;}.cls-1,.cls-3{opacity:0.8}.cls-2{fill:#f5f5f5;}.cls-4{fill:#14213d}</style></defs><rect class="cls-4" width="841.89" height="595.28"/><rect class="cls-1" x="20" y="20" width="801" height="555"/>` + d.String() + `</svg>`
	},
}

const producedURL = "https://badges.example.org/assertions/7e6dfd1a"

// TestQROfSVGProducers: a code is found in whatever way an SVG draws it: as a file, in
// a page, and as a data: URI.
func TestQROfSVGProducers(t *testing.T) {
	m := modules(t, producedURL)
	for name, draw := range svgProducers {
		svg := draw(m)
		_, inner, _ := strings.Cut(svg, "<svg")
		for in, data := range map[string]string{
			"certificate.svg":  svg,
			"page.html":        "<!DOCTYPE html><html><body><h1>Certificate</h1><div><svg" + inner + "</div></body></html>",
			"data.html":        `<html><body><img alt="" src="data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString([]byte(svg)) + `"></body></html>`,
			"certificate.svgz": string(gzipped([]byte(svg))),
		} {
			if in == "page.html" && (strings.Contains(svg, "svg:svg") || strings.Contains(name, "Typst")) {
				continue // not as it stands
			}
			r := find(t, in, []byte(data))
			if len(r.Findings) != 1 || r.Findings[0].Payload != producedURL || !strings.HasSuffix(r.Findings[0].Places[0].Where, "drawing > QR code") || len(r.Unread) > 0 {
				t.Errorf("%s in %s: %v", name, in, show(r))
			}
		}
	}
}

// pdfProducers draw a code on a page of A4.
var pdfProducers = map[string]func(m [][]bool, b *pdftest.Builder, f func(string, ...any)){
	"ReportLab, its widget": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("1 0 0 1 0 0 cm BT /F1 12 Tf 14.4 TL ET BT 1 0 0 1 72 700 Tm (Certificate) Tj T* ET q 1 0 0 1 400 60 cm 0 0 0 RG 1 w 0 J 0 j [] 0 d 0 0 0 rg q 1 0 0 1 0 0 cm q 1 0 0 1 0 0 cm")
		f("q 0 w 0 J 0 j [] 0 d n 0 0 90.70866 90.70866 re n Q")
		runs(m, func(x, y, n int) {
			f("q 0 0 0 rg 0 w 0 J 0 j [] 0 d n %.5f %.5f %.5f 2.451585 re f* Q", 2.451585*float64(x), 2.451585*float64(len(m)-1-y), 2.451585*float64(n))
		})
		f("Q Q Q")
	},
	"fpdf2, an SVG of python-qrcode": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("2 J 0.57 w q 2.8346 0 0 -2.8346 0 841.89 cm [] 0 d q 1 0 0 1 120 200 cm q 0 g")
		each(m, func(x, y int) { f("%d %d m %d %[2]d l %[3]d %[4]d l %[1]d %[4]d l h", x, y, x+1, y+1) })
		f("f Q Q Q")
	},
	"PyMuPDF, a shape of rectangles": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("\nq")
		each(m, func(x, y int) { f("%d %d 3 3 re", 100+3*x, 739-3*y) })
		f("h\n0 0 0 rg f\nQ")
	},
	"segno, one stroke": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("4 0 0 4 0 0 cm 1 0 0 1 4 %d.5 cm", len(m))
		runs(m, func(x, y, n int) { f("%d %d m %d %[2]d l", x, -y, x+n) })
		f("S")
	},
	"WeasyPrint, an SVG of segno": func(m [][]bool, b *pdftest.Builder, f func(string, ...any)) {
		b.Page = "/Resources <</ExtGState <</a1.0 <</ca 1>> /A1.0 <</CA 1>>>>>>"
		f("1 0 0 -1 0 841.889764 cm q 0.75 0 0 0.75 0 0 cm q q q q /a1.0 gs 0 0 0 rg q 83 155.47375 200 200 re W n q 1 0 0 1 83 155.47375 cm q q 1 0 0 1 0 0 cm q 4 0 0 4 0 0 cm /a1.0 gs /A1.0 gs 0 0 0 RG 1 w [] 0 d 0 J 0 j 4 M 0 0 m")
		runs(m, func(x, y, n int) { f("%d %d.5 m\n%d %[2]d.5 l", x, y, x+n) })
		f("B Q Q Q Q Q Q Q Q Q Q")
	},
	"Chromium, an SVG of segno": func(m [][]bool, b *pdftest.Builder, f func(string, ...any)) {
		b.Page = "/Resources <</ExtGState <</G3 <</ca 1 /BM /Normal>> /G5 <</CA 1 /ca 1 /LC 0 /LJ 0 /LW 1 /ML 4 /SA true /BM /Normal>>>>>>"
		f(".23999999 0 0 -.23999999 0 792 cm q 115.625 115.625 2316.6992 3066.6992 re W* n q 140.625 325 562.5 562.5 re W* n q 12.5 0 0 12.5 140.625 325 cm 0 0 0 RG 0 0 0 rg /G5 gs")
		runs(m, func(x, y, n int) { f("%d %d.5 m\n%d %[2]d.5 l", x, y, x+n) })
		f("S Q Q Q")
	},
	"Chromium, a clip path of an SVG of qr-code-styling": func(m [][]bool, b *pdftest.Builder, f func(string, ...any)) {
		const form = "/Type /XObject /Subtype /Form /BBox [0 0 939 939] /Group <</Type /Group /S /Transparency /I true>> "
		var cells strings.Builder
		cells.WriteString("q 20 0 0 20 40 40 cm 0 0 0 RG 0 0 0 rg\n")
		each(m, func(x, y int) {
			fmt.Fprintf(&cells, "%d.5 %d m %[1]d.8 %[2]d %[3]d %[2]d.2 %[3]d %[2]d.5 c %[3]d %[2]d.8 %[1]d.8 %[4]d %[1]d.5 %[4]d c %[1]d.2 %[4]d %[1]d %[2]d.8 %[1]d %[2]d.5 c %[1]d %[2]d.2 %[1]d.2 %[2]d %[1]d.5 %[2]d c\nh\n", x, y, x+1, y+1)
		})
		inner := b.Packed(form, cells.String()+"f Q")
		shape := b.Stream(form+"/Resources <</XObject <</X6 "+inner+">>>>", "0 0 0 RG 0 0 0 rg /X6 Do")
		all := b.Stream(form, "0 0 0 RG 0 0 0 rg 0 0 939 939 re f")
		turned := b.Stream("/FunctionType 4 /Domain [0 1] /Range [0 1]", "{1 exch sub}")
		fill := b.Stream(form, "q 40 40 860 860 re W* n q 25 0 0 25 0 0 cm .4157 .102 .298 RG .4157 .102 .298 rg 0 0 37 37 re f Q Q")
		group := b.Stream(form+"/Resources <</ExtGState <</G10 <</SMask <</Type /Mask /S /Alpha /G "+all+" /TR "+turned+">>>> /G11 <</SMask /None>> /G12 <</SMask <</Type /Mask /S /Alpha /G "+shape+">>>>>> /XObject <</X5 "+fill+">>>>",
			"0 0 0 RG 0 0 0 rg /G10 gs /X5 Do /G11 gs /G12 gs /X5 Do /G11 gs")
		b.Page = "/Resources <</XObject <</X13 " + group + ">>>>"
		f(".23999999 0 0 -.23999999 0 792 cm q 140.625 368.75 937.5 937.5 re W* n q 25.337839 0 0 25.337839 140.625 368.75 cm 1 1 1 rg 0 0 37 37 re f Q Q q 1 0 0 1 140 368 cm 0 0 0 rg /X13 Do Q")
	},
	"Typst, an SVG of python-qrcode": func(m [][]bool, b *pdftest.Builder, f func(string, ...any)) {
		b.Page = "/Resources <</ColorSpace <</c0 [/ICCBased " + b.Stream("/N 1", "") + "]>>>>"
		f("/Span<</MCID 1>>BDC q 439.3701 155.90552 m 524.4094 155.90552 l 524.4094 70.86615 l 439.3701 70.86615 l h W n q 2.0741 0 0 -2.0741 439.3701 155.90552 cm/c0 cs 0 scn")
		each(m, func(x, y int) { f("%d %d m %d %[2]d l %[3]d %[4]d l %[1]d %[4]d l\nh", x, y, x+1, y+1) })
		f("f Q Q EMC")
	},
	"TCPDF, its 2D barcode": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("q 0.000000 0.000000 0.000000 rg")
		each(m, func(x, y int) {
			f("%.6f %.6f 1.417323 -1.417323 re f", 480+1.417323*float64(x), 180-1.417323*float64(y))
		})
		f("Q")
	},
	"LaTeX, package qrcode": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("q 1 0 0 1 72 720 cm 1 0 0 1 380 -600 cm")
		each(m, func(x, y int) {
			f("q 1 0 0 1 %.3f %.3f cm 0 0 1.939 1.939 re f Q", 1.939*float64(x), 1.939*float64(len(m)-y))
		})
		f("Q")
	},
	"LibreOffice Draw, a polygon": func(m [][]bool, _ *pdftest.Builder, f func(string, ...any)) {
		f("0.1 w\nq 0 0.028 595.275 841.861 re W* n q 0 0 0 rg")
		for _, line := range outlines(m) {
			for i, p := range line {
				f("%.3f %.3f %c", 425.197+2.126*float64(p[0]), 240.945-2.126*float64(p[1]), "ml"[min(i, 1)])
			}
			f("h")
		}
		f("f* Q Q")
	},
	"img2pdf, a picture of one bit": func(m [][]bool, b *pdftest.Builder, f func(string, ...any)) {
		var rows strings.Builder
		for y := range 4 * len(m) {
			line := make([]byte, (4*len(m)+7)/8)
			for x := range 4 * len(m) {
				if !m[y/4][x/4] {
					line[x/8] |= 0x80 >> (x % 8)
				}
			}
			rows.WriteString("\x00" + string(line)) // a predictor that keeps the row
		}
		b.Page = "/Resources <</XObject <</Im0 " + b.Packed(fmt.Sprintf("/Type /XObject /Subtype /Image /BitsPerComponent 1 /ColorSpace /DeviceGray /Width %d /Height %[1]d /DecodeParms <</BitsPerComponent 1 /Colors 1 /Columns %[1]d /Predictor 15>>", 4*len(m)), rows.String()) + ">>>>"
		f("q\n277.5000 0 0 277.5000 0.0000 0.0000 cm\n/Im0 Do\nQ")
	},
	"Word, a PNG of python-qrcode with its own transparency": func(m [][]bool, b *pdftest.Builder, f func(string, ...any)) {
		var rgb strings.Builder
		for y := range 6 * len(m) {
			for x := range 6 * len(m) {
				rgb.WriteString(map[bool]string{true: "\x00\x00\x00", false: "\xff\xff\xff"}[m[y/6][x/6]])
			}
		}
		size := fmt.Sprintf("/Type /XObject /Subtype /Image /BitsPerComponent 8 /Width %d /Height %[1]d", 6*len(m))
		mask := b.Packed(size+" /ColorSpace /DeviceGray", strings.Repeat("\xff", 36*len(m)*len(m)))
		b.Page = "/Resources <</XObject <</Image9 " + b.Packed(size+" /ColorSpace /DeviceRGB /Interpolate true /SMask "+mask, rgb.String()) + ">>>>"
		f("q 85.104 0 0 85.104 433.66 112.32 cm /Image9 Do Q")
	},
}

// TestQROfPDFProducers: a code is found in whatever way a page draws it.
func TestQROfPDFProducers(t *testing.T) {
	m := modules(t, producedURL)
	if len(pdfProducers) < 8 {
		t.Fatal("fewer than eight producers")
	}
	for name, draw := range pdfProducers {
		var b pdftest.Builder
		var content strings.Builder
		draw(m, &b, func(format string, args ...any) { fmt.Fprintf(&content, format+"\n", args...) })
		b.Content = content.String()
		r := find(t, "certificate.pdf", b.Build())
		if len(r.Findings) != 1 || r.Findings[0].Payload != producedURL || !strings.HasSuffix(r.Findings[0].Places[0].Where, " > QR code") || len(r.Unread) > 0 {
			t.Errorf("%s: %v", name, show(r))
		}
	}
}

// TestPDFSoftMasks: what an alpha mask encloses is seen, and nothing else; a mask of
// another kind hides nothing.
func TestPDFSoftMasks(t *testing.T) {
	m := modules(t, producedURL)
	const form = "/Type /XObject /Subtype /Form /BBox [0 0 600 850] "
	for _, tc := range []struct {
		desc, kind, content string
		turned, seen        bool
	}{
		{"a frame around it", "Alpha", "50 600 300 200 re f", false, true},
		{"a part of it", "Alpha", "50 600 100 200 re f", false, false},
		{"another place", "Alpha", "300 300 100 100 re f", false, false},
		{"nothing", "Alpha", "", false, false},
		{"all but another place", "Alpha", "300 300 100 100 re f", true, true},
		{"all but all", "Alpha", "0 0 600 850 re f", true, false},
		{"by its light", "Luminosity", "300 300 100 100 re f", false, true},
		{"of strokes", "Alpha", "300 300 m 400 400 l S", false, true},
		{"of itself", "Alpha", "/G1 gs 50 600 300 200 re f", false, true},
	} {
		var b pdftest.Builder
		resources := "/Resources <</ExtGState <</G1 9 0 R /G2 <</SMask /None>>>>>>"
		g := b.Stream(form+resources, tc.content)                                    // 6
		tr := b.Stream("/FunctionType 4 /Domain [0 1] /Range [0 1]", "{1 exch sub}") // 7
		mask := map[bool]string{true: " /TR " + tr}[tc.turned]                       //
		_ = b.Add("<</SMask <</Type /Mask /S /%s /G %s%s>>>>", tc.kind, g, mask)     // 8
		at := b.Add("<</Type /ExtGState /SMask <</Type /Mask /S /%s /G %s%s>>>>", tc.kind, g, mask)
		if at != "9 0 R" {
			t.Fatal(at)
		}
		var content strings.Builder
		content.WriteString("q /G1 gs\n")
		pdfProducers["PyMuPDF, a shape of rectangles"](m, &b, func(format string, args ...any) { fmt.Fprintf(&content, format+"\n", args...) })
		b.Page, b.Content = resources, content.String()+"/G2 gs Q"
		if r := find(t, "x.pdf", b.Build()); (len(pdfFound(r, producedURL)) == 1) != tc.seen {
			t.Errorf("%s: %v", tc.desc, show(r))
		}
	}
}

// TestQROfChromium: what the browser itself prints of an SVG in a page, and of a
// picture of it.
func TestQROfChromium(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		testenv.Missing(t, testenv.Chromium, "no chromium")
	}
	dir := t.TempDir()
	for _, name := range []string{"segno", "qr-code-styling, a clip path of dots", "chillerlan, classes of a style sheet"} {
		svg := svgProducers[name](modules(t, producedURL))
		page := `<!DOCTYPE html><title>x</title><h1>Certificate</h1><div style="width:3cm;height:3cm">` + svg[strings.Index(svg, "<svg"):] + `</div>`
		if err := os.WriteFile(filepath.Join(dir, "x.html"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		out, err := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+filepath.Join(dir, "profile"),
			"--no-pdf-header-footer", "--print-to-pdf="+filepath.Join(dir, "x.pdf"), "file://"+filepath.Join(dir, "x.html")).CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("chromium: %v\n%s", err, out)
		}
		data, err := os.ReadFile(filepath.Join(dir, "x.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		if r := find(t, "x.pdf", data); len(r.Findings) != 1 || r.Findings[0].Payload != producedURL {
			t.Errorf("%s: %v", name, show(r))
		}
	}
}

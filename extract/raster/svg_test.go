package raster

import (
	"fmt"
	"image"
	"runtime"
	"strings"
	"testing"
)

func never() bool { return false }

const manySteps = 120_000

// picture draws an SVG of 8 by 8 units, a pixel each, and shows dark as #.
func picture(t *testing.T, inside, styles string) string {
	t.Helper()
	var page Styles
	page.Add(styles)
	s := ReadSVG([]byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8">`+inside+`</svg>`), &page, manySteps, never)
	if s.Cut {
		t.Errorf("cut: %s", inside)
	}
	return shades(s.Draw(View{Width: 8, Height: 8, box: s.box}))
}

func shades(g *image.Gray) string {
	var b strings.Builder
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			switch v := g.Pix[y*g.Stride+x]; {
			case v < 64:
				b.WriteByte('#')
			case v < 192:
				b.WriteByte('+')
			default:
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(strings.TrimRight(b.String(), ".\n"), "\n")
}

// at is a picture with a rectangle of # from x0, y0 to x1, y1.
func at(x0, y0, x1, y1 int) string {
	g := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range g.Pix {
		g.Pix[i] = 255
		if x, y := i%8, i/8; x >= x0 && x < x1 && y >= y0 && y < y1 {
			g.Pix[i] = 0
		}
	}
	return shades(g)
}

func TestSVG(t *testing.T) {
	box := at(2, 3, 4, 6)
	const rect = `<rect x="2" y="3" width="2" height="3"/>`
	for _, tc := range []struct{ desc, in, styles, want string }{
		{"rect", rect, "", box},
		{"with a prefix", `<s:rect x="2" y="3" width="2" height="3"/>`, "", box},
		{"units", `<rect x="1.5pt" y="3px" width="2" height="3e0"/>`, "", box},
		{"percentages", `<rect x="25%" y="37.5%" width="25%" height="37.5%"/>`, "", box},
		{"no width", `<rect x="2" y="3" height="3"/>`, "", ""},
		{"path", `<path d="M2 3h2v3h-2z"/>`, "", box},
		{"path without spaces", `<path d="m2,.3e1+2-0-.0.3e1-2-.0Z"/>`, "", box},
		{"path, absolute", `<path d="M2 3H4V6H2Z"/>`, "", box},
		{"what follows a z", `<path d="M0 3h1v1h-1zm2 0h2v3h-2z"/>`, "", "........\n........\n........\n#.##....\n..##....\n..##"},
		{"lines after a move", `<path d="m2 3 2 0 0 3-2 0"/>`, "", box},
		{"two parts", `<path d="M0 0h1v1h-1zM2 0h1v1h-1z"/>`, "", "#.#"},
		{"even and odd", `<path fill-rule="evenodd" d="M0 0h3v3h-3zM1 1h1v1h-1z"/>`, "", "###.....\n#.#.....\n###"},
		{"nonzero", `<path d="M0 0h3v3h-3zM1 1h1v1h-1z"/>`, "", at(0, 0, 3, 3)},
		{"nonzero, the other way round", `<path d="M0 0h3v3h-3zM1 1v1h1v-1z"/>`, "", "###.....\n#.#.....\n###"},
		{"broken path: as far as it is right", `<path d="M2 3h2v3h-2z L x"/>`, "", box},
		{"polygon", `<polygon points="2,3 4,3 4,6 2,6"/>`, "", box},
		{"polyline", `<polyline points="2 3 4 3 4 6 2 6"/>`, "", box},
		{"circle", `<circle cx="4" cy="4" r="3"/>`, "", "........\n..####..\n.######.\n.######.\n.######.\n.######.\n..####"},
		{"ellipse", `<ellipse cx="4" cy="4" rx="4" ry="1"/>`, "", "........\n........\n........\n.######.\n.######"},
		{"arcs", `<path d="M1 4a3 3 0 0 1 6 0a3 3 0 01-6 0z"/>`, "", "........\n..####..\n.######.\n.######.\n.######.\n.######.\n..####"},
		{"curves", `<path d="M0 0C8 0 8 8 0 8Q2 4 0 0S0 0 0 0T0 0z"/>`, "", "##......\n.####...\n.####...\n.#####..\n.#####..\n.####...\n.####...\n##"},
		{"line", `<line x1="1" y1="2.5" x2="5" y2="2.5" stroke="#000"/>`, "", at(1, 2, 5, 3)},
		{"rows of strokes", `<path stroke="#000" d="M1 1.5h2m1 0h1M1 2.5h4"/>`, "", "........\n.##.#...\n.####"},
		{"strokes with square ends", `<path stroke="black" stroke-linecap="square" d="M1.5 1.5h2"/>`, "", at(1, 1, 4, 2)},
		{"wide strokes", `<path stroke="black" stroke-width="2" d="M1 2h3"/>`, "", at(1, 1, 4, 3)},
		{"no stroke", `<path d="M1 1.5h2"/>`, "", ""},
		{"translate and scale", `<g transform="translate(2,3) scale(2 3)"><rect width="1" height="1"/></g>`, "", box},
		{"matrix", `<rect transform="matrix(2 0 0 3 2 3)" width="1" height="1"/>`, "", box},
		{"rotate", `<rect transform="rotate(90)" x="3" y="-4" width="3" height="2"/>`, "", box},
		{"rotate about a point", `<rect transform="rotate(180 4 4)" x="4" y="2" width="2" height="3"/>`, "", box},
		{"skew", `<path transform="skewX(45)" d="M0 3h2v3h-2z"/>`, "", "........\n........\n........\n...##...\n....##..\n.....##"},
		{"a style's transform", `<rect style="transform: translate(2px, 3px)" width="2" height="3"/>`, "", box},
		{"fill of none", `<g fill="none">` + rect + `</g>`, "", ""},
		{"white over black", rect + `<rect x="2" y="4" width="2" height="2" fill="#fff"/>`, "", at(2, 3, 4, 4)},
		{"inherited", `<g fill="white"><rect width="8" height="8" fill="inherit"/></g>` + rect, "", box},
		{"the fill of a style", `<rect x="2" y="3" width="2" height="3" fill="white" style="fill:black"/>`, "", box},
		{"colours", `<rect width="1" height="1" fill="navy"/><rect x="1" width="1" height="1" fill="#eee"/><rect x="2" width="1" height="1" fill="rgb(10,20,30)"/><rect x="3" width="1" height="1" fill="rgb(90%, 90%, 90%)"/><rect x="4" width="1" height="1" fill="hsl(120, 50%, 10%)"/><rect x="5" width="1" height="1" fill="#0000"/><rect x="6" width="1" height="1" fill="rgba(0 0 0 / 50%)"/>`, "", "#.#.#.+"},
		{"the current colour", `<g color="white">` + `<rect x="2" y="3" width="2" height="3" fill="currentColor"/>` + `</g>`, "", ""},
		{"opacity", `<g opacity="0.5"><rect x="2" y="3" width="2" height="3" fill-opacity=".4"/></g>` + `<rect width="1" height="1" opacity="0"/>`, "", ""},
		{"not shown", `<g display="none">` + rect + `</g><g visibility="hidden">` + rect + `</g>`, "", ""},
		{"a slide that a script shows", `<g class="SlideGroup"><g visibility="hidden">` + rect + `</g></g>`, "", box},
		{"what is hidden on a slide", `<g class="SlideGroup"><g visibility="hidden"><g visibility="hidden">` + rect + `</g></g></g>`, "", ""},
		{"shown in what is hidden", `<g visibility="hidden"><g visibility="visible">` + rect + `</g></g>`, "", box},
		{"a gradient", `<linearGradient id="gR"><stop stop-color="#222"/><stop style="stop-color:#000"/></linearGradient><rect x="2" y="3" width="2" height="3" fill="url(#gR)"/>`, "", box},
		{"a gradient of another", `<linearGradient id="a"><stop stop-color="#222"/></linearGradient><linearGradient id="b" xlink:href="#a"/><rect x="2" y="3" width="2" height="3" fill="url('#b')"/>`, "", box},
		{"no gradient, and a colour instead", `<rect x="2" y="3" width="2" height="3" fill="url(#x) #000"/>`, "", box},
		{"a pattern is not drawn", `<pattern id="p"><rect width="1" height="1"/></pattern><rect width="8" height="8" fill="url(#p)"/>`, "", ""},
		{"a class", `<style>.w{fill:#fff} .b{ fill : black }</style><rect width="8" height="8" class="w"/><rect class="a b" x="2" y="3" width="2" height="3"/>`, "", box},
		{"rules weigh", `<style>/* rect{} */ @import url(x); rect,.none{fill:#fff} #i{fill:#000} @media print{rect{fill:#fff}} rect.x{fill:#fff} g > rect{fill:#fff}</style><rect id="i" class="x" x="2" y="3" width="2" height="3"/>`, "", box},
		{"rules of the page around it", `<rect class="w" width="8" height="8"/>` + rect, "svg .w{fill:#fff}", box},
		{"use", `<defs><rect id="m" width="2" height="3"/></defs><use xlink:href="#m" x="2" y="3"/>`, "", box},
		{"use of what comes later", `<use href="#m" transform="translate(2 3)"/><symbol id="m"><rect width="2" height="3"/></symbol>`, "", box},
		{"use of a symbol with a viewBox", `<symbol id="m" viewBox="0 0 20 30"><rect width="20" height="30"/></symbol><use href="#m" x="2" y="3" width="2" height="3"/>`, "", box},
		{"use has its own paint", `<defs><rect id="m" x="2" y="3" width="2" height="3"/></defs><use href="#m" fill="white"/>`, "", ""},
		{"nested svg", `<svg x="2" y="3" width="2" height="3" viewBox="10 10 20 30"><rect x="10" y="10" width="100%" height="100%"/></svg>`, "", box},
		{"nested svg keeps its shape", `<svg width="8" height="8" viewBox="0 0 4 8"><rect width="4" height="8"/></svg>`, "", at(2, 0, 6, 8)},
		{"nested svg that does not", `<svg width="8" height="8" viewBox="0 0 4 8" preserveAspectRatio="none"><rect width="4" height="8"/></svg>`, "", at(0, 0, 8, 8)},
		{"clip", `<clipPath id="c"><rect x="2" y="3" width="2" height="3"/></clipPath><rect width="8" height="8" clip-path="url(#c)"/>`, "", box},
		{"clip of a group, within a clip", `<clipPath id="c"><path d="M2 0h6v6h-6z"/></clipPath><clipPath id="d"><rect y="3" width="4" height="8"/></clipPath><g clip-path="url(#c)"><rect width="8" height="8" style="clip-path:url(#d)"/></g><rect x="7" y="7" width="0" height="1"/>`, "", box},
		{"not drawn by itself", `<defs>` + rect + `</defs><symbol>` + rect + `</symbol><mask>` + rect + `</mask><marker>` + rect + `</marker><text>` + rect + `</text><clipPath>` + rect + `</clipPath>`, "", ""},
		{"not well-formed: as far as it is", rect + `<<<`, "", box},
		{"attributes without quotes", `<rect x=2 y=3 width=2 height=3 />`, "", box},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if got := picture(t, tc.in, tc.styles); got != tc.want {
				t.Errorf("%s\n%s\nwant\n%s", tc.in, got, tc.want)
			}
		})
	}
}

// Attack 363: what brings itself again and again.
func TestAttack363_SVGThatUsesItself(t *testing.T) {
	const many = `<g id="a"><rect width="1" height="1"/><use href="#a"/></g>`
	tenfold := `<g id="g0"><rect width="1" height="1"/></g>`
	for i := range 6 {
		tenfold += fmt.Sprintf(`<g id="g%d">%s</g>`, i+1, strings.Repeat(fmt.Sprintf(`<use href="#g%d"/>`, i), 10))
	}
	for _, tc := range []struct {
		desc, in string
		most     int
	}{
		{"itself", many, 1 + maxUses},
		{"each other", `<g id="a"><rect width="1" height="1"/><use href="#b"/></g><g id="b"><use href="#a"/></g>`, 2 + maxUses},
		{"tenfold", tenfold, manySteps},
		{"a clip of itself", `<clipPath id="c"><rect width="8" height="8" clip-path="url(#c)"/><use href="#u"/></clipPath><g id="u"><use href="#u"/></g><rect id="r" width="8" height="8" clip-path="url(#c)"/>`, 1},
		{"a gradient of itself", `<linearGradient id="a" href="#a"/><linearGradient id="b"><stop stop-color="url(#b)" fill="url(#b)"/></linearGradient><rect width="8" height="8" fill="url(#a)"/><rect width="8" height="8" fill="url(#b)"/>`, 2},
		{"a symbol of itself", `<symbol id="s"><use href="#s"/><rect width="1" height="1"/></symbol><use href="#s"/>`, 1 + maxUses},
	} {
		s := ReadSVG([]byte(`<svg>`+tc.in+`</svg>`), nil, manySteps, never)
		if n := len(s.shapes); n > tc.most {
			t.Errorf("%s: %d shapes, at most %d", tc.desc, n, tc.most)
		}
		if strings.Contains(tc.in, "<use") && !strings.Contains(tc.in, "clip") && !s.Cut {
			t.Errorf("%s: not told", tc.desc)
		}
	}
}

// Attack 364: coordinates and sizes that are no numbers, or beyond measure.
func TestAttack364_SVGFarAway(t *testing.T) {
	for _, in := range []string{
		`<svg viewBox="0 0 1e308 1e308"><rect width="1e308" height="1e308"/>%s</svg>`,
		`<svg viewBox="0 0 1e-308 1e-308">%s</svg>`,
		`<svg width="1e9" height="1e9">%s</svg>`,
		`<svg width="99999999" height="3">%s</svg>`,
		`<svg><g transform="scale(1e308)"><rect width="1e308" height="1"/></g>%s</svg>`,
		`<svg><g transform="matrix(1e308 1e308 1e308 1e308 1e308 -1e308)"><circle r="1e300"/></g>%s</svg>`,
		`<svg><path d="M1e308 1e308L-1e308 1e308A1e308 1e-308 1e9 0 1 0 0z"/><path d="M0 0A1e300 1 0 0 0 1e300 5"/>%s</svg>`,
		`<svg><path stroke="#000" stroke-width="1e308" d="M0 0h1"/>%s</svg>`,
		`<svg><svg width="1e-300" height="1" viewBox="0 0 1e300 1e300"><rect width="1" height="1"/></svg>%s</svg>`,
		`<svg><rect x="nan" y="inf" width="NaN" height="1"/><rect transform="rotate(1e308) skewX(90)" width="1" height="1"/>%s</svg>`,
	} {
		dots := strings.Builder{}
		for i := range 400 {
			fmt.Fprintf(&dots, `<rect x="%d" y="%d" width="1" height="1"/>`, i%20*2, i/20*2)
		}
		s := ReadSVG(fmt.Appendf(nil, in, dots.String()), nil, manySteps, never)
		views := s.Views()
		if len(views) == 0 || len(views) > maxViews {
			t.Errorf("%s: %d views", in, len(views))
			continue
		}
		for _, v := range views {
			if v.Width > maxView+1 || v.Height > maxView+1 {
				t.Errorf("%s: %d by %d", in, v.Width, v.Height)
			}
		}
		// The dots are seen all the same.
		if n := strings.Count(shades(s.Draw(views[0])), "#"); n < 400 {
			t.Errorf("%s: %d dark", in, n)
		}
		for _, q := range s.shapes {
			if !(q.box.X1-q.box.X0 < 2*maxFar && q.box.Y1-q.box.Y0 < 2*maxFar) {
				t.Errorf("%s: %v", in, q.box)
			}
		}
	}
}

func numbered(n int, form string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

// Attack 365: more shapes, points and depth than anybody draws.
func TestAttack365_SVGOfAMillionShapes(t *testing.T) {
	for _, tc := range []struct{ desc, in string }{
		{"rectangles", strings.Repeat(`<rect width="1" height="1"/>`, 2*manySteps)},
		{"points", `<path d="M0 0` + strings.Repeat("h1", 500_000) + `"/>`},
		{"points of a polygon", `<polygon points="` + strings.Repeat("1 1 ", 500_000) + `"/>`},
		{"paths of many points", strings.Repeat(`<path d="M0 0`+strings.Repeat("h1", 60_000)+`"/>`, 20)},
		{"depth", strings.Repeat("<g>", 1000)},
		{"names", numbered(100_000, `<g id="%d"/>`) + "<use/>"},
		{"rules", "<style>" + strings.Repeat(".a{fill:red}", 2*maxRules) + `</style>`},
		{"clips", `<clipPath id="c"><rect width="1" height="1"/></clipPath>` + numbered(5_000, `<rect width="1" height="1" transform="translate(%d)" clip-path="url(#c)"/>`)},
	} {
		b := []byte(`<svg viewBox="0 0 100 100">` + tc.in + `</svg>`)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := ReadSVG(b, nil, manySteps, never)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if !s.Cut {
			t.Errorf("%s: not told", tc.desc)
		}
		if len(s.shapes) > manySteps || s.points > maxPoints || len(s.clips) > maxClips {
			t.Errorf("%s: %d shapes, %d points, %d clips", tc.desc, len(s.shapes), s.points, len(s.clips))
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
			t.Errorf("%s: %d MiB kept", tc.desc, grown>>20)
		}
	}
}

// What is painted over and over is left, in an SVG as on a page.
func TestAttack357_SVGPaintedOver(t *testing.T) {
	s := ReadSVG([]byte(`<svg viewBox="0 0 8 8">`+strings.Repeat(`<rect width="8" height="8"/>`, 100_000)+`</svg>`), nil, manySteps, never)
	s.Draw(View{Width: 64, Height: 64, box: s.box})
	if !s.Cut {
		t.Error("not told")
	}
}

// Attack 366: a little that has much read again and again.
func TestAttack366_SVGReadAgain(t *testing.T) {
	large := `<g id="a" x="` + strings.Repeat("x", 1<<20) + `"><rect width="1" height="1"/></g>`
	for _, tc := range []struct {
		desc, in string
		most     int
	}{
		{"an attribute", large + strings.Repeat(`<use href="#a"/>`, 100), 2 + manySteps*stepBytes>>20},
		{"a path", `<path id="a" d="M0 0` + strings.Repeat("h1", 20_000) + `"/>` + strings.Repeat(`<use href="#a"/>`, 100), 1 + maxPoints/20_000},
		{"rules", `<style>` + strings.Repeat(`rect{fill:red}`, 1000) + `</style>` + strings.Repeat(`<rect width="1" height="1"/>`, 5000), 1 + manySteps*stepRules/1000},
	} {
		s := ReadSVG([]byte(`<svg>`+tc.in+`</svg>`), nil, manySteps, never)
		if n := len(s.shapes); !s.Cut || n > tc.most {
			t.Errorf("%s: %d shapes, at most %d; told %v", tc.desc, n, tc.most, s.Cut)
		}
	}
	stop := 0
	ReadSVG([]byte(`<svg>`+strings.Repeat(`<rect width="1" height="1"/>`, 100_000)+`</svg>`), nil, manySteps, func() bool { stop++; return stop > 3 })
	if stop != 4 {
		t.Errorf("asked %d times after it was to end", stop-4)
	}
}

func FuzzSVG(f *testing.F) {
	for _, s := range []string{
		`<svg viewBox="0 0 8 8"><rect x="1" width="2" height="50%"/><circle r="1"/><path d="M0 0h1a1 1 0 01 2 2C1 1 2 2 3 3S1 2 3 4Q1 2 3 4T5 5z" fill-rule="evenodd"/></svg>`,
		`<svg><style>.a{fill:red}rect#b{stroke:rgb(1%,2%,3%)}</style><defs><g id="b"><rect class="a" width="1" height="1"/></g></defs><use href="#b" x="1"/></svg>`,
		`<svg><linearGradient id="g"><stop stop-color="#123"/></linearGradient><clipPath id="c"><circle r="9"/></clipPath><polygon points="1,2 3,4 5,6" fill="url(#g)" clip-path="url(#c)" transform="rotate(9 1 2) skewX(3)"/></svg>`,
		`<svg><svg width="1" height="2" viewBox="0 0 1 1" preserveAspectRatio="none"><line x1="1" x2="3" stroke="hsl(1,2%,3%)" stroke-width="3mm" style="opacity:.5"/></svg></svg>`,
	} {
		f.Add([]byte(s), "a{fill:red}")
	}
	f.Fuzz(func(t *testing.T, b []byte, styles string) {
		if len(b) > 64<<10 || len(styles) > 16<<10 {
			t.Skip()
		}
		var page Styles
		page.Add(styles)
		s := ReadSVG(b, &page, 20_000, never)
		for _, v := range s.Views() {
			if v.Width > maxView+1 || v.Height > maxView+1 || v.Width < 21 || v.Height < 21 {
				t.Fatalf("%d by %d", v.Width, v.Height)
			}
			s.Draw(v)
		}
	})
}

func BenchmarkSVG(b *testing.B) {
	var d strings.Builder
	for i := range 41 * 41 {
		if i*7%3 == 0 {
			fmt.Fprintf(&d, "M%d %dh1v1h-1z", i%41, i/41)
		}
	}
	data := []byte(`<svg viewBox="0 0 41 41"><path d="` + d.String() + `"/></svg>`)
	b.ReportAllocs()
	for b.Loop() {
		s := ReadSVG(data, nil, manySteps, never)
		for _, v := range s.Views() {
			s.Draw(v)
		}
	}
}

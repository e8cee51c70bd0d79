package raster

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strings"
)

// Bounds of one SVG. What is beyond them is left out, and Cut says so.
const (
	maxPoints = 400_000 // of all paths
	maxClips  = 1000
	maxUses   = 8 // use within use
	maxNested = 128
	maxNames  = 20_000 // elements with an id
	maxRules  = 10_000 // of style sheets
	maxFar    = 1e7    // beyond it nothing is drawn
)

// What a step is: an element visited, by use once more each time, and
const (
	stepBytes  = 64 // bytes that use, a clip or a gradient has read again
	stepPoints = 16 // points of a path
	stepRules  = 4  // rules that an element obeys
)

// SVG is what an SVG draws: rectangles, circles, ellipses, lines, polygons and paths,
// filled and stroked in shades of gray (SVG 2 §5, §8 to §10, §13), moved by transform,
// viewBox, nested svg, use and symbol, styled by attributes, style, and rules for an
// element, a class or an id. Left out are text, pictures (which are files of their
// own), patterns, masks, filters, markers and animation.
type SVG struct {
	Cut    bool // more is drawn than the bounds or the steps allow
	Steps  int  // that are left
	shapes []shape
	survey Survey
	clips  []clip
	box    Box // that the viewer shows
	points int
}

// shape is one path with its paint, where the SVG shows it.
type shape struct {
	path   Path
	box    Box
	ink    Ink
	rule   Rule
	width  float64 // of the stroke, 0 for a fill
	square bool    // the stroke's ends
	clip   int     // of SVG.clips, counted from 1; 0 for none
}

// clip is what shapes are cut to: what path encloses, of the clip before it.
type clip struct {
	path   Path
	rule   Rule
	before int // of SVG.clips, counted from 1; 0 for none
}

func (b Box) join(c Box) Box {
	return Box{min(b.X0, c.X0), min(b.Y0, c.Y0), max(b.X1, c.X1), max(b.Y1, c.Y1)}
}

func (b Box) empty() bool { return !(b.X1 > b.X0 && b.Y1 > b.Y0) }

// ReadSVG reads what the text b draws. Page are the styles that hold for it beside its
// own, of the page that it stands in, nil for none. It takes at most about so many steps, one for
// each element and more for much of it, and ends early where done says so. b may be
// anything; what is not well-formed ends the drawing.
func ReadSVG(b []byte, page *Styles, steps int, done func() bool) *SVG {
	r := svgReader{svg: &SVG{box: NoBox, Steps: steps}, b: b, done: done}
	if r.page = page; page == nil {
		r.page = &Styles{}
	}
	if r.refers() {
		r.names()
	}
	r.read(b, svgState{
		m: Identity, fill: paint{}, stroke: paint{none: true}, opacity: 1, fillOpacity: 1, strokeOpacity: 1, width: 1, view: [2]float64{100, 100},
	}, 0, nil)
	return r.svg
}

type svgReader struct {
	svg   *SVG
	b     []byte
	done  func() bool
	ids   map[string]int // where an element begins
	lower map[string]int // the same by names in lower case
	clips map[clipKey]int
	clip  *clip // that is being read
	stops bool  // a gradient is being read
	slide int   // slides of a presentation that were met
	page  *Styles
	own   Styles
}

// refers reports whether anything is named that must be found first.
func (r *svgReader) refers() bool {
	for _, s := range []string{"use", "url(", "<style", ":style"} {
		if bytes.Contains(r.b, []byte(s)) {
			return true
		}
	}
	return false
}

func newDecoder(b []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // shapes are ASCII
	return d
}

// names notes where each element with an id begins, and reads the style sheets.
func (r *svgReader) names() {
	r.ids, r.lower, r.clips = map[string]int{}, map[string]int{}, map[clipKey]int{}
	d := newDecoder(r.b)
	style := false
	for n := 0; ; n++ {
		if n&0xff == 0 && r.done() {
			return
		}
		at := d.InputOffset()
		t, err := d.RawToken()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			style = t.Name.Local == "style"
			for _, a := range t.Attr {
				if a.Name.Local != "id" || len(a.Value) > 200 {
					continue
				}
				if len(r.ids) >= maxNames {
					r.svg.Cut = true
				} else if _, twice := r.ids[a.Value]; !twice {
					r.ids[a.Value], r.lower[strings.ToLower(a.Value)] = int(at), int(at)
				}
			}
		case xml.EndElement:
			style = false
		case xml.CharData:
			if style {
				r.own.Add(string(t))
				r.svg.Cut = r.svg.Cut || r.own.Cut
			}
		}
	}
}

// svgState is what an element hands down to those in it.
type svgState struct {
	m                                   Matrix
	fill, stroke                        paint
	color                               paint
	opacity, fillOpacity, strokeOpacity float64
	width                               float64 // of strokes
	rule, clipRule                      Rule
	hidden, unseen, square              bool
	view                                [2]float64 // width and height that percentages are of
	clip                                int        // of SVG.clips, counted from 1
	inner                               bool       // below the outermost svg
	slides                              bool       // what stands right in it are slides
}

// notDrawn are elements that only others draw, and those without shapes.
var notDrawn = map[string]bool{
	"defs": true, "symbol": true, "clippath": true, "mask": true, "pattern": true, "marker": true, "lineargradient": true,
	"radialgradient": true, "filter": true, "metadata": true, "title": true, "desc": true, "style": true, "script": true,
	"text": true, "foreignobject": true, "image": true, "font": true, "glyph": true,
}

// read draws the first element of b and all in it. With used it stands in the
// place of a use element, whose attributes these are: then it is drawn whatever it is.
func (r *svgReader) read(b []byte, s svgState, uses int, used attributes) {
	d := newDecoder(b)
	states := []svgState{s}
	skip := 0 // depth of an element that is not drawn
	if used != nil {
		defer func() { r.spend(int(d.InputOffset()) / stepBytes) }()
	}
	for n := 1; ; n++ {
		if n&0x3f == 0 && r.done() {
			return
		}
		t, err := d.RawToken()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			if !r.spend(1) {
				return
			}
			if len(states) > maxNested {
				r.svg.Cut = true
				return
			}
			s := states[len(states)-1]
			name := strings.ToLower(t.Name.Local)
			first := len(states) == 1 && used != nil
			if skip == 0 && notDrawn[name] && !(first && name != "style" && name != "script") {
				skip = len(states)
			}
			if skip == 0 {
				r.element(name, attributesOf(t), &s, uses, first, used)
			}
			states = append(states, s)
		case xml.EndElement:
			if len(states) > 1 {
				states = states[:len(states)-1]
			}
			if skip == len(states) {
				skip = 0
			}
			if len(states) == 1 && used != nil {
				return
			}
		}
	}
}

// spend takes n steps, and reports whether they were there.
func (r *svgReader) spend(n int) bool {
	if r.svg.Steps -= n; r.svg.Steps < 0 {
		r.svg.Steps, r.svg.Cut = 0, true
		return false
	}
	return true
}

// element draws one element, and makes of s what holds within it.
func (r *svgReader) element(name string, a attributes, s *svgState, uses int, first bool, used attributes) {
	r.style(name, a, s)
	if s.slides && name == "g" && s.unseen && !r.svg.box.empty() {
		r.beside(s)
	}
	s.slides = name == "g" && a["class"] == "SlideGroup"
	if s.hidden {
		return
	}
	switch name {
	case "svg", "symbol":
		r.viewport(a, s, first, used)
		return
	case "use":
		r.use(a, *s, uses)
		return
	}
	var p pen
	p.m = s.m
	switch name {
	case "rect":
		x, y, w, h := a.length("x", s.view[0], 0), a.length("y", s.view[1], 0), a.length("width", s.view[0], 0), a.length("height", s.view[1], 0)
		if !(w > 0 && h > 0) {
			return
		}
		p.rect(x, y, w, h)
	case "circle", "ellipse":
		rx, ry := a.length("rx", s.view[0], 0), a.length("ry", s.view[1], 0)
		if name == "circle" {
			rx = a.length("r", math.Hypot(s.view[0], s.view[1])/math.Sqrt2, 0)
			ry = rx
		}
		if !(rx > 0 && ry > 0) {
			return
		}
		p.ellipse(a.length("cx", s.view[0], 0), a.length("cy", s.view[1], 0), rx, ry)
	case "line":
		p.move(a.length("x1", s.view[0], 0), a.length("y1", s.view[1], 0))
		p.line(a.length("x2", s.view[0], 0), a.length("y2", s.view[1], 0))
		s.fill.none = true
	case "polyline", "polygon":
		p.polygon(a["points"], name == "polygon", maxPoints-r.svg.points)
	case "path":
		p.read(a["d"], maxPoints-r.svg.points)
	default:
		return
	}
	r.draw(&p, s)
}

// beside shows a slide of a presentation that LibreOffice has exported: all of them are at one
// place, and hidden until a script shows one. Here they stand in a row.
func (r *svgReader) beside(s *svgState) {
	box := &r.svg.box
	wide := (box.X1 - box.X0) / float64(max(1, r.slide))
	if s.unseen = false; r.slide > 0 {
		s.m = s.m.Mul(Matrix{1, 0, 0, 1, wide * float64(r.slide), 0})
		box.X1 += wide
	}
	r.slide++
}

// draw keeps a path with its paint.
func (r *svgReader) draw(p *pen, s *svgState) {
	if p.path.Empty() {
		return
	}
	n := len(p.path.points)
	if !r.spend(n/stepPoints) || n > maxPoints-r.svg.points || p.full || p.path.full {
		r.svg.Cut = true
		return
	}
	r.svg.points += n
	if p.far || s.unseen {
		return
	}
	if r.clip != nil {
		r.clip.path.Append(&p.path, Identity)
		r.clip.rule = s.clipRule
		r.svg.survey.Fill(&p.path, Identity)
		return
	}
	if ink, ok := s.fill.on(s.opacity * s.fillOpacity); ok {
		r.svg.shapes = append(r.svg.shapes, shape{path: p.path, box: p.box, ink: ink, rule: s.rule, clip: s.clip})
		r.svg.survey.Fill(&p.path, Identity)
	}
	width := s.width * s.m.Scale()
	if ink, ok := s.stroke.on(s.opacity * s.strokeOpacity); ok && width > 0 && width < maxFar {
		b := p.box
		b = Box{b.X0 - width, b.Y0 - width, b.X1 + width, b.Y1 + width}
		r.svg.shapes = append(r.svg.shapes, shape{path: p.path, box: b, ink: ink, width: width, square: s.square, clip: s.clip})
		r.svg.survey.Stroke(&p.path, Identity, width)
	}
}

// Append adds the parts of q, moved by m.
func (p *Path) Append(q *Path, m Matrix) {
	if len(q.points) > MaxPath-len(p.points) {
		p.full = true
		return
	}
	for _, x := range q.parts {
		x.start += len(p.points)
		p.parts = append(p.parts, x)
	}
	for _, at := range q.points {
		x, y := m.At(at.X, at.Y)
		p.points = append(p.points, Point{x, y})
	}
	p.full = p.full || q.full
}

// clipKey is a clip path at one place.
type clipKey struct {
	id     string
	m      Matrix
	before int
}

// clipTo narrows what is drawn to a clipPath (CSS Masking 1 §5), of user space.
func (r *svgReader) clipTo(id string, s *svgState) {
	at, ok := r.ids[id]
	if !ok || r.clip != nil {
		return
	}
	key := clipKey{id, s.m, s.clip}
	if n := r.clips[key]; n > 0 {
		s.clip = n
		return
	}
	if len(r.svg.clips) >= maxClips {
		r.svg.Cut = true
		return
	}
	inner := *s
	inner.clip, inner.hidden, inner.unseen = 0, false, false
	c := clip{before: s.clip}
	r.clip = &c
	r.read(r.b[at:], inner, maxUses-1, attributes{})
	r.clip = nil
	if c.path.Empty() {
		return // of a kind that is not known, or nothing at all
	}
	r.svg.clips = append(r.svg.clips, c)
	s.clip = len(r.svg.clips)
	r.clips[key] = s.clip
}

// use draws another element again (SVG 2 §5.6).
func (r *svgReader) use(a attributes, s svgState, uses int) {
	id, ok := strings.CutPrefix(strings.TrimSpace(a["href"]), "#")
	at, there := r.ids[id]
	if !ok || !there {
		return
	}
	if uses >= maxUses {
		r.svg.Cut = true
		return
	}
	s.m = Matrix{1, 0, 0, 1, a.length("x", s.view[0], 0), a.length("y", s.view[1], 0)}.Mul(s.m)
	r.read(r.b[at:], s, uses+1, a)
}

// viewport maps the inside of an svg or symbol to its place (SVG 2 §8).
func (r *svgReader) viewport(a attributes, s *svgState, first bool, used attributes) {
	of := a
	if first { // width and height of a use are those of what it shows
		of = attributes{"x": a["x"], "y": a["y"], "width": a["width"], "height": a["height"]}
		for _, k := range []string{"width", "height"} {
			if v := used[k]; v != "" {
				of[k] = v
			}
		}
	}
	w, h := of.length("width", s.view[0], s.view[0]), of.length("height", s.view[1], s.view[1])
	vb, boxed := a.viewBox()
	if !s.inner {
		s.inner = true
		// The outermost is drawn in its own units, whatever size it is shown at.
		if boxed {
			r.svg.box = Box{vb[0], vb[1], vb[0] + vb[2], vb[1] + vb[3]}
			s.view = [2]float64{vb[2], vb[3]}
		} else if a["width"] != "" && a["height"] != "" && !strings.Contains(a["width"]+a["height"], "%") {
			r.svg.box = Box{0, 0, w, h}
			s.view = [2]float64{w, h}
		}
		return
	}
	x, y := of.length("x", s.view[0], 0), of.length("y", s.view[1], 0)
	if !boxed {
		s.m = Matrix{1, 0, 0, 1, x, y}.Mul(s.m)
		s.view = [2]float64{w, h}
		return
	}
	if !(w > 0 && h > 0 && vb[2] > 0 && vb[3] > 0) {
		s.hidden = true
		return
	}
	sx, sy := w/vb[2], h/vb[3]
	if !strings.HasPrefix(strings.TrimSpace(a["preserveaspectratio"]), "none") {
		sx = min(sx, sy)
		sy = sx
	}
	s.m = Matrix{sx, 0, 0, sy, x + (w-sx*vb[2])/2 - sx*vb[0], y + (h-sy*vb[3])/2 - sy*vb[1]}.Mul(s.m)
	s.view = [2]float64{vb[2], vb[3]}
}

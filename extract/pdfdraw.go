package extract

import (
	"image"
	"image/color"
	"math"
	"slices"

	"assay/extract/pdf"
	"assay/extract/raster"
)

// What a page paints (ISO 32000-1 §8), as far as a code can be made of it: paths,
// pictures, forms, tiling patterns, glyphs that are content streams (pdfglyphs.go); of
// colours and shadings how light they are. Other text, soft masks of the graphics state
// but for those of fills, and blending other than Multiply are not painted; what a soft
// mask holds is searched by itself.

const (
	pdfMaxStates    = 64        // q within q
	pdfMaxClips     = 64        // within one another that wait for something to be painted
	pdfMaxOps       = 1_000_000 // operators of one page, each time it is painted
	pdfMaxTiles     = 256       // of one pattern that is filled with
	pdfMaxPlaced    = 4096      // pictures placed on one page
	pdfMaxDrawnArgs = 64        // operands of one operator
)

// pdfPainter paints pages: into a survey, which says where codes could be, or on a
// canvas.
type pdfPainter struct {
	w       *pdfWalk
	survey  *raster.Survey
	canvas  *raster.Canvas
	placed  []pdfPlaced                                // pictures of the survey
	shows   func(pdfPlaced) (img, opacity *image.Gray) // decodes one for the canvas; nil for none
	ops     int                                        // still allowed on this page
	bytes   int                                        // of content still allowed
	cut     bool                                       // something was left out
	mask    *raster.Path                               // of a soft mask, whose fills it takes
	soft    bool                                       // it is made of more than fills
	streams map[int][]byte                             // decoded, as long as there is room
	kept    int                                        // bytes of streams
	glyphs  map[pdfFontKey]pdfGlyphUse                 // Type 3 fonts that are painted
	glyph   pdfGlyphUse                                // of the glyph that is being painted
	letter  bool                                       // it holds a picture of more than a cell
	unit    float64                                    // of the page, in those of what it is painted on
	fonts   map[pdfFontKey]*pdfGlyphFont
	undrawn bool // a shading that could be a code was not drawn
}

// pdfPlaced is a picture where a page puts it.
type pdfPlaced struct {
	pdf.Node
	at      raster.Matrix // of the unit square
	stencil bool
	grouped bool // searched as a part of a larger one
	glyph   bool // the whole of one
}

// pdfColor is what is painted with.
type pdfColor struct {
	space   pdfSpace
	shade   uint8
	pattern pdf.Node // nil for none
}

// pdfPen is the part of the graphics state that says what paint looks like.
type pdfPen struct {
	ctm          raster.Matrix
	fill, stroke pdfColor
	opaque, line float64 // of fills, of strokes
	multiply     bool
	width        float64
	square       bool
	clip         *raster.Clip
	masked       bool         // the clip is a soft mask, too,
	unmasked     *raster.Clip // and was this
	under        *pdfClip     // clips of a survey
	text         pdfTextPen
}

// paint paints a page, and the appearances of its annotations, with base for its
// coordinates.
func (t *pdfPainter) paint(page pdfPage, base raster.Matrix) {
	t.ops, t.glyphs = int(min(pdfMaxOps, t.w.d.p.pixelsLeft/pdfOpPixels)), page.drawn.glyphs
	t.unit = base.Scale()
	pen := newPen(base)
	contents, res := page.Key("Contents"), page.resources()
	b := page.drawn.content
	if b == nil && contents.IsStream() {
		b = t.read(contents)
	}
	for i := 0; page.drawn.content == nil && i < contents.Len() && t.w.spend() && len(b) <= pdf.MaxStream; i++ {
		b = append(append(b, t.read(contents.Index(i))...), '\n')
	}
	t.run(b, res, pen, nil)
	annots := page.Key("Annots")
	for i := 0; i < annots.Len() && t.w.spend(); i++ {
		a := annots.Index(i)
		if kind := a.Key("Subtype").Name(); kind == "Link" || kind == "Popup" {
			continue
		}
		if n := pdfNormal(a); n.IsStream() {
			at := pen
			at.ctm = pdfAppearance(a, n).Mul(base)
			t.form(n, res, at, nil)
		}
	}
}

// newPen is what a page begins with (ISO 32000-1 §8.4.1).
func newPen(base raster.Matrix) pdfPen {
	black := pdfColor{space: pdfSpace{comps: 1}}
	return pdfPen{ctm: base, fill: black, stroke: black, opaque: 1, line: 1, width: 1, text: pdfTextPen{scale: 1}}
}

// pdfNormal is the appearance of an annotation that is seen: of several, that of its
// state (ISO 32000-1 §12.5.5).
func pdfNormal(a pdf.Node) pdf.Node {
	n := a.Key("AP").Key("N")
	if n.IsDict() && !n.IsStream() {
		n = n.Key(a.Key("AS").Name())
	}
	return n
}

// pdfAppearance moves an annotation's appearance to its place (ISO 32000-1 §12.5.5).
func pdfAppearance(a, form pdf.Node) raster.Matrix {
	rect, ok := pdfBox(a.Key("Rect"))
	inner, has := pdfBox(form.Key("BBox"))
	if !ok || !has {
		return raster.Identity
	}
	m := pdfMatrixOf(form.Key("Matrix"))
	w, h := inner.X1-inner.X0, inner.Y1-inner.Y0
	box := raster.Matrix{w, 0, 0, h, inner.X0, inner.Y0}.Mul(m).Square()
	sx, sy := (rect.X1-rect.X0)/(box.X1-box.X0), (rect.Y1-rect.Y0)/(box.Y1-box.Y0)
	if !(sx > 0 && sy > 0) || math.IsInf(sx+sy, 0) {
		return raster.Identity
	}
	return raster.Matrix{sx, 0, 0, sy, rect.X0 - box.X0*sx, rect.Y0 - box.Y0*sy}
}

// pdfBox reads a rectangle (ISO 32000-1 §7.9.5); false for one of no area.
func pdfBox(n pdf.Node) (raster.Box, bool) {
	b := raster.NoBox
	if n.Len() == 4 {
		var v [4]float64
		for i := range v {
			v[i], _ = n.Index(i).Num()
		}
		b = b.Add(v[0], v[1]).Add(v[2], v[3])
	}
	return b, b.X1 > b.X0 && b.Y1 > b.Y0
}

func pdfMatrixOf(n pdf.Node) raster.Matrix {
	if n.Len() != 6 {
		return raster.Identity
	}
	var m raster.Matrix
	for i := range m {
		m[i], _ = n.Index(i).Num()
	}
	return m
}

// read decodes a content stream.
func (t *pdfPainter) read(n pdf.Node) []byte {
	if !n.IsStream() {
		return nil
	}
	num := n.Object()
	if b, ok := t.streams[num]; ok && num != 0 {
		return b
	}
	b, picture, err := n.Data()
	if picture != "" || err != nil && b == nil {
		return nil
	}
	if t.bytes -= len(b); t.bytes < 0 {
		t.cut = true
		return nil
	}
	if num != 0 && t.kept+len(b) <= pdfCached {
		if t.streams == nil {
			t.streams = map[int][]byte{}
		}
		t.kept += len(b)
		t.streams[num] = b
	}
	return b
}

// form paints a form XObject (ISO 32000-1 §8.10).
func (t *pdfPainter) form(n, inherited pdf.Node, pen pdfPen, open []int) {
	pen.ctm = pdfMatrixOf(n.Key("Matrix")).Mul(pen.ctm)
	t.content(n, inherited, pen, open)
}

// content paints what a form or a tile holds, in its own coordinates.
func (t *pdfPainter) content(n, inherited pdf.Node, pen pdfPen, open []int) {
	num := n.Object()
	if t.ops -= 16; t.ops <= 0 { // that of nothing has its cost, too
		t.cut = true
		return
	}
	if slices.Contains(open, num) || len(open) > pdfMaxForms {
		return
	}
	if box, ok := pdfBox(n.Key("BBox")); ok && t.canvas != nil {
		var p raster.Path
		p.Rect(box.X0, box.Y0, box.X1-box.X0, box.Y1-box.Y0)
		pen.clip = t.canvas.Narrow(pen.clip, &p, pen.ctm, raster.NonZero)
	}
	res := n.Key("Resources")
	if !res.IsDict() {
		res = inherited
	}
	t.run(t.read(n), res, pen, append(open[:len(open):len(open)], num))
}

// pdfStrokes is one content stream on its way to paper.
type pdfStrokes struct {
	*pdfPainter
	l      pdf.Lexer
	res    pdf.Node
	open   []int // forms around it
	pen    pdfPen
	base   raster.Matrix // at the beginning
	states []pdfPen
	lost   int // q that were too many
	path   raster.Path
	rule   raster.Rule // of the clip that is asked for
	clips  bool
	args   []float64
	name   []byte
	shown  []pdfShown // operands of what shows text, where glyphs are painted
	tm     raster.Matrix
	line   raster.Matrix // where the line of text begins
	spaces map[string]pdfSpace
}

func (t *pdfPainter) run(b []byte, res pdf.Node, pen pdfPen, open []int) {
	s := &pdfStrokes{pdfPainter: t, l: pdf.NewLexer(b), res: res, open: open, pen: pen, base: pen.ctm, tm: raster.Identity, line: raster.Identity}
	for {
		switch s.l.Advance() {
		case pdf.TokenEOF:
			return
		case pdf.TokenInt, pdf.TokenReal:
			if len(s.args) < pdfMaxDrawnArgs {
				s.args = append(s.args, s.l.Num)
			}
			if t.glyphs != nil && len(s.shown) < pdfMaxShown {
				s.shown = append(s.shown, pdfShown{move: s.l.Num})
			}
		case pdf.TokenString:
			if t.glyphs != nil && len(s.shown) < pdfMaxShown {
				s.shown = append(s.shown, pdfShown{codes: string(s.l.Bytes)})
			}
		case pdf.TokenName:
			s.name = append(s.name[:0], s.l.Bytes...)
		case pdf.TokenOpenDict:
			s.l.Dict(0)
		case pdf.TokenKeyword:
			t.w.d.p.pixelsLeft -= pdfOpPixels
			if t.ops--; t.ops <= 0 {
				t.cut = true
				return
			}
			if t.ops%1024 == 0 && t.w.d.p.done() {
				return
			}
			s.operate(s.l.Bytes)
			s.args, s.name, s.shown = s.args[:0], s.name[:0], s.shown[:0]
		}
	}
}

// num is the i-th operand from the end.
func (s *pdfStrokes) num(i int) float64 {
	if i = len(s.args) - 1 - i; i >= 0 {
		return s.args[i]
	}
	return 0
}

// onPath does what an operator says of the path; false for any other.
func (s *pdfStrokes) onPath(op string) bool {
	switch op {
	// Paths (§8.5.2).
	case "m":
		s.path.Move(s.num(1), s.num(0))
	case "l":
		s.path.Line(s.num(1), s.num(0))
	case "c":
		s.path.Cube(s.num(5), s.num(4), s.num(3), s.num(2), s.num(1), s.num(0))
	case "v":
		at := s.path.Pen()
		s.path.Cube(at.X, at.Y, s.num(3), s.num(2), s.num(1), s.num(0))
	case "y":
		s.path.Cube(s.num(3), s.num(2), s.num(1), s.num(0), s.num(1), s.num(0))
	case "h":
		s.path.Close()
	case "re":
		s.path.Rect(s.num(3), s.num(2), s.num(1), s.num(0))
	// Painting (§8.5.3) and clipping (§8.5.4).
	case "f", "F":
		s.end(true, false, raster.NonZero)
	case "f*":
		s.end(true, false, raster.EvenOdd)
	case "B":
		s.end(true, true, raster.NonZero)
	case "B*":
		s.end(true, true, raster.EvenOdd)
	case "b":
		s.path.Close()
		s.end(true, true, raster.NonZero)
	case "b*":
		s.path.Close()
		s.end(true, true, raster.EvenOdd)
	case "S":
		s.end(false, true, raster.NonZero)
	case "s":
		s.path.Close()
		s.end(false, true, raster.NonZero)
	case "n":
		s.end(false, false, raster.NonZero)
	case "W":
		s.clips, s.rule = true, raster.NonZero
	case "W*":
		s.clips, s.rule = true, raster.EvenOdd
	default:
		return false
	}
	return true
}

// operate does what an operator says (ISO 32000-1 annex A).
func (s *pdfStrokes) operate(op []byte) {
	if s.onPath(string(op)) || s.glyphs != nil && s.onText(string(op)) {
		return
	}
	switch string(op) {
	// Graphics state (§8.4.4).
	case "q":
		if len(s.states) >= pdfMaxStates {
			s.lost++
			return
		}
		s.states = append(s.states, s.pen)
	case "Q":
		if n := len(s.states); s.lost > 0 {
			s.lost--
		} else if n > 0 {
			s.pen, s.states = s.states[n-1], s.states[:n-1]
		}
	case "cm":
		s.pen.ctm = raster.Matrix{s.num(5), s.num(4), s.num(3), s.num(2), s.num(1), s.num(0)}.Mul(s.pen.ctm)
	case "w":
		s.pen.width = s.num(0)
	case "J":
		s.pen.square = s.num(0) > 0
	case "gs":
		s.state(s.res.Key("ExtGState").Key(string(s.name)))
	// Colours (§8.6.8).
	case "g":
		s.color(&s.pen.fill, pdfSpace{comps: 1})
	case "G":
		s.color(&s.pen.stroke, pdfSpace{comps: 1})
	case "rg":
		s.color(&s.pen.fill, pdfSpace{comps: 3})
	case "RG":
		s.color(&s.pen.stroke, pdfSpace{comps: 3})
	case "k":
		s.color(&s.pen.fill, pdfSpace{comps: 4})
	case "K":
		s.color(&s.pen.stroke, pdfSpace{comps: 4})
	case "cs":
		s.pen.fill = s.space().first()
	case "CS":
		s.pen.stroke = s.space().first()
	case "sc", "scn":
		s.color(&s.pen.fill, s.pen.fill.space)
	case "SC", "SCN":
		s.color(&s.pen.stroke, s.pen.stroke.space)
	// XObjects and inline images (§8.8, §8.9.7).
	case "Do":
		s.object()
	case "sh":
		s.shading()
	case "BI":
		s.picture(s.l.InlineImage(s.res.Key("ColorSpace")))
	}
}

// state is gs (§8.4.5): width and opacity.
func (s *pdfStrokes) state(gs pdf.Node) {
	if v, ok := gs.Key("LW").Num(); ok {
		s.pen.width = v
	}
	if v, ok := gs.Key("ca").Num(); ok {
		s.pen.opaque = v
	}
	if v, ok := gs.Key("CA").Num(); ok {
		s.pen.line = v
	}
	if bm := gs.Key("BM"); !bm.Null() {
		s.pen.multiply = bm.Name() == "Multiply" || bm.Index(0).Name() == "Multiply"
	}
	if m := gs.Key("SMask"); !m.Null() {
		s.softMask(m)
	}
}

// softMask cuts what follows to what the fills of an alpha mask enclose (§11.6.5.3):
// browsers print clips so. Other masks are not obeyed.
func (s *pdfStrokes) softMask(m pdf.Node) {
	if s.pen.masked {
		s.pen.clip, s.pen.masked = s.pen.unmasked, false
	}
	g := m.Key("G")
	if m.Key("S").Name() != "Alpha" || !g.IsStream() || s.mask != nil || !s.w.spend() {
		return
	}
	pen := newPen(s.pen.ctm)
	if s.canvas == nil {
		s.form(g, s.res, pen, s.open)
		return
	}
	var path raster.Path
	s.mask, s.soft = &path, false
	s.form(g, s.res, pen, s.open)
	s.mask = nil
	if tr := m.Key("TR"); !tr.Null() && tr.Name() != "Identity" {
		// Turned round: of all there is nothing left, of a part the rest.
		box, ok := pdfBox(g.Key("BBox"))
		all, have := pdfMatrixOf(g.Key("Matrix")).Mul(s.pen.ctm), path.Bounds(raster.Identity)
		all = raster.Matrix{box.X1 - box.X0, 0, 0, box.Y1 - box.Y0, box.X0, box.Y0}.Mul(all)
		if q := all.Square(); !ok || have.X0 > q.X0+1 || have.Y0 > q.Y0+1 || have.X1 < q.X1-1 || have.Y1 < q.Y1-1 {
			return
		}
		path = raster.Path{}
	} else if s.soft {
		return
	}
	s.pen.unmasked, s.pen.masked = s.pen.clip, true
	s.pen.clip = s.canvas.Narrow(s.pen.clip, &path, raster.Identity, raster.NonZero)
}

// color sets a colour from the operands, or from the name of a pattern.
func (s *pdfStrokes) color(c *pdfColor, space pdfSpace) {
	c.space, c.pattern = space, nil
	if len(s.name) > 0 {
		c.pattern = s.res.Key("Pattern").Key(string(s.name))
		if len(s.args) > 0 { // an uncoloured one
			c.shade = pdfSpace{comps: len(s.args)}.shade(s.args)
		}
		return
	}
	c.shade = space.shade(s.args)
}

// space is the colour space that the operand names.
func (s *pdfStrokes) space() pdfSpace {
	name := string(s.name)
	if k, ok := s.spaces[name]; ok {
		return k
	}
	n := s.res.Key("ColorSpace").Key(name)
	k := pdfSpaceOf(n, name)
	if s.spaces == nil {
		s.spaces = map[string]pdfSpace{}
	}
	if len(s.spaces) < 256 {
		s.spaces[name] = k
	}
	return k
}

func (s *pdfStrokes) ink(c pdfColor, opacity float64) raster.Ink {
	ink := raster.Ink{Shade: c.shade, Opacity: uint8(255 * math.Max(0, math.Min(opacity, 1)))}
	if s.pen.multiply { // what is below is made darker, never lighter
		ink = raster.Ink{Opacity: uint8(int(ink.Opacity) * (255 - int(ink.Shade)) / 255)}
	}
	return ink
}

// end paints the path, and narrows the clip to it where that is asked for.
func (s *pdfStrokes) end(fill, stroke bool, rule raster.Rule) {
	if !s.path.Empty() {
		if fill && s.pen.fill.pattern != nil {
			s.pattern(rule)
		} else if fill {
			s.fill(rule)
		}
		if stroke {
			s.stroke()
		}
		switch {
		case !s.clips:
		case s.canvas != nil:
			s.pen.clip = s.canvas.Narrow(s.pen.clip, &s.path, s.pen.ctm, s.rule)
		case s.survey != nil:
			c := &pdfClip{outer: s.pen.under, depth: 1}
			if c.outer != nil {
				c.depth += c.outer.depth
			}
			if c.depth > pdfMaxClips {
				s.underClips()
				c.outer, c.depth = nil, 1
			}
			c.path.Append(&s.path, s.pen.ctm)
			s.pen.under = c
		}
	}
	s.path.Reset()
	s.clips = false
}

// pdfClip is a clip of a survey: what is painted under it may have its shape.
type pdfClip struct {
	path  raster.Path
	outer *pdfClip // nil for one that is noted
	depth int
	noted bool
}

// underClips notes the clips that something is painted under: most are for text, or for
// nothing.
func (s *pdfStrokes) underClips() {
	if s.survey == nil {
		return
	}
	for c := s.pen.under; c != nil && !c.noted; {
		s.w.clips.Fill(&c.path, raster.Identity)
		outer := c.outer
		*c = pdfClip{noted: true}
		c = outer
	}
}

func (s *pdfStrokes) fill(rule raster.Rule) {
	ink := s.ink(s.pen.fill, s.pen.opaque)
	switch {
	case ink.Opacity == 0:
	case s.mask != nil:
		s.mask.Append(&s.path, s.pen.ctm)
	case s.survey != nil:
		s.underClips()
		s.survey.Fill(&s.path, s.pen.ctm)
	default:
		s.canvas.Clip = s.pen.clip
		s.canvas.Fill(&s.path, s.pen.ctm, rule, ink)
	}
}

func (s *pdfStrokes) stroke() {
	ink := s.ink(s.pen.stroke, s.pen.line)
	switch {
	case ink.Opacity == 0:
	case s.mask != nil:
		s.soft = true
	case s.survey != nil:
		s.underClips()
		s.survey.Stroke(&s.path, s.pen.ctm, s.pen.width)
	default:
		s.canvas.Clip = s.pen.clip
		s.canvas.Stroke(&s.path, s.pen.ctm, s.pen.width, s.pen.square, ink)
	}
}

// pattern fills the path with a pattern (§8.7): tiles as forms, cut to the path; a
// shading as one shade.
func (s *pdfStrokes) pattern(rule raster.Rule) {
	n := s.pen.fill.pattern
	if n.Null() {
		return
	}
	if !n.IsStream() {
		s.undrawn = s.undrawn || s.survey != nil && pdfManyCells(n.Key("Shading"))
		s.pen.fill.shade = pdfShading(n.Key("Shading"))
		s.fill(rule)
		return
	}
	if s.mask != nil {
		s.soft = true
		return
	}
	pen := s.pen
	pen.fill.pattern, pen.stroke.pattern = nil, nil
	if s.survey != nil { // it may be one of a single colour
		s.underClips()
		s.survey.Fill(&s.path, s.pen.ctm)
	}
	if s.canvas != nil {
		pen.clip = s.canvas.Narrow(pen.clip, &s.path, s.pen.ctm, rule)
	}
	// Where tiles are needed: in the pattern's own coordinates.
	own := pdfMatrixOf(n.Key("Matrix")).Mul(s.base)
	back, ok := own.Inverse()
	box, has := pdfBox(n.Key("BBox"))
	if !ok || !has {
		return
	}
	need := s.path.Bounds(s.pen.ctm.Mul(back))
	dx, _ := n.Key("XStep").Num()
	dy, _ := n.Key("YStep").Num()
	dx, dy = math.Abs(dx), math.Abs(dy)
	if !(dx > 0) {
		dx = box.X1 - box.X0
	}
	if !(dy > 0) {
		dy = box.Y1 - box.Y0
	}
	const edge = 1e-3 // of a tile: those that only touch are not needed
	x0, x1 := math.Ceil((need.X0-box.X1)/dx+edge), math.Floor((need.X1-box.X0)/dx-edge)
	y0, y1 := math.Ceil((need.Y0-box.Y1)/dy+edge), math.Floor((need.Y1-box.Y0)/dy-edge)
	if !((x1-x0+1)*(y1-y0+1) <= pdfMaxTiles) {
		return // as fine as that it is no code
	}
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			pen.ctm = raster.Matrix{1, 0, 0, 1, x * dx, y * dy}.Mul(own)
			s.content(n, s.res, pen, s.open)
		}
	}
}

// shading is sh (§8.7.4.2): all that the clip leaves in one shade.
func (s *pdfStrokes) shading() {
	n := s.res.Key("Shading").Key(string(s.name))
	if s.mask != nil {
		s.soft = true
		return
	}
	s.undrawn = s.undrawn || s.survey != nil && pdfManyCells(n)
	s.underClips()
	if s.canvas == nil || n.Null() {
		return
	}
	c := pdfColor{shade: pdfShading(n)}
	var all raster.Path
	all.Rect(0, 0, raster.MaxSide, raster.MaxSide)
	s.canvas.Clip = s.pen.clip
	s.canvas.Fill(&all, raster.Identity, raster.NonZero, s.ink(c, s.pen.opaque))
}

// object is Do.
func (s *pdfStrokes) object() {
	if !s.w.spend() {
		return
	}
	x := s.res.Key("XObject").Key(string(s.name))
	switch {
	case !x.IsStream():
	case x.Key("Subtype").Name() == "Form":
		s.form(x, s.res, s.pen, s.open)
	default:
		s.picture(x)
	}
}

// picture is an image XObject or an inline image where it is painted.
func (s *pdfStrokes) picture(n pdf.Node) {
	p := pdfPlaced{Node: n, at: s.pen.ctm, stencil: n.Key("ImageMask").IsTrue()}
	w, _ := n.Key("Width").Num()
	h, _ := n.Key("Height").Num()
	switch {
	case !(w >= 1 && h >= 1):
	case s.mask != nil:
		s.soft = true
	case s.glyph != (pdfGlyphUse{}) && w*h > 16:
		s.glyphPicture(p, w, h)
	case s.survey != nil:
		s.underClips()
		if s.glyph != (pdfGlyphUse{}) {
			s.survey.Square(p.at)
			return
		}
		if len(s.placed) >= pdfMaxPlaced {
			s.cut = true
			return
		}
		s.placed = append(s.placed, p)
		if w*h <= 16 {
			s.survey.Square(p.at)
		}
	default:
		img, opacity := s.shows(p)
		s.canvas.Clip = s.pen.clip
		if p.stencil {
			s.canvas.Stencil(opacity, s.ink(s.pen.fill, s.pen.opaque), p.at)
		} else {
			s.canvas.Picture(img, opacity, p.at)
		}
	}
}

// pdfSpace is a colour space, as far as it says how light a colour is.
type pdfSpace struct {
	comps   int
	palette []uint8
	tint    *[2]uint8 // shades of no ink and of all of it: Separation and DeviceN
	lab     bool
}

// pdfSpaceOf reads a colour space (ISO 32000-1 §8.6); name is what it is asked for
// by, which may be its own.
func pdfSpaceOf(n pdf.Node, name string) pdfSpace {
	kind := n.Name()
	if kind == "" {
		kind = n.Index(0).Name()
	}
	if kind == "" {
		kind = name
	}
	switch kind {
	case "DeviceRGB", "CalRGB", "RGB":
		return pdfSpace{comps: 3}
	case "DeviceCMYK", "CMYK":
		return pdfSpace{comps: 4}
	case "Lab":
		return pdfSpace{comps: 3, lab: true}
	case "ICCBased":
		if v, ok := n.Index(1).Key("N").Num(); ok && v >= 1 && v <= 4 {
			return pdfSpace{comps: int(v)}
		}
	case "Indexed", "I":
		_, palette := pdfColors(n, 0)
		return pdfSpace{comps: 1, palette: palette}
	case "Separation", "DeviceN":
		s := pdfSpace{comps: max(1, min(n.Index(1).Len(), 32)), tint: &[2]uint8{255, 0}}
		// An exponential function says what all of the ink looks like (§7.10.3).
		f := n.Index(3)
		if kind, _ := f.Key("FunctionType").Num(); kind == 2 {
			alternate := pdfSpaceOf(n.Index(2), "")
			if alternate.tint == nil {
				s.tint[0] = alternate.shade(pdfNumbers(f.Key("C0"), 0))
				s.tint[1] = alternate.shade(pdfNumbers(f.Key("C1"), 1))
			}
		}
		return s
	}
	return pdfSpace{comps: 1}
}

// pdfNumbers are those of an array, and one for none.
func pdfNumbers(n pdf.Node, none float64) []float64 {
	if n.Len() == 0 {
		return []float64{none}
	}
	out := make([]float64, min(n.Len(), 32))
	for i := range out {
		out[i], _ = n.Index(i).Num()
	}
	return out
}

// first is the colour that a space begins with: black where there is black, and all
// of the ink (ISO 32000-1 §8.6.8).
func (k pdfSpace) first() pdfColor {
	c := pdfColor{space: k}
	if k.tint != nil {
		c.shade = k.tint[1]
	}
	if k.palette != nil {
		c.shade = k.palette[0]
	}
	return c
}

// shade is how light a colour is.
func (k pdfSpace) shade(v []float64) uint8 {
	part := func(i int) float64 {
		if i < len(v) && v[i] > 0 {
			return math.Min(v[i], 1)
		}
		return 0
	}
	light := func(f float64) uint8 { return uint8(math.Round(255 * f)) }
	switch {
	case len(v) == 0:
		return 0
	case k.palette != nil:
		return k.palette[int(math.Max(0, math.Min(v[0], float64(len(k.palette)-1))))]
	case k.lab:
		return light(math.Max(0, math.Min(v[0]/100, 1)))
	case k.tint != nil:
		most := 0.0
		for i := range v {
			most = math.Max(most, part(i))
		}
		return light((float64(k.tint[0])*(1-most) + float64(k.tint[1])*most) / 255)
	case k.comps == 3:
		return light(0.299*part(0) + 0.587*part(1) + 0.114*part(2))
	case k.comps == 4:
		r, g, b := color.CMYKToRGB(light(part(0)), light(part(1)), light(part(2)), light(part(3)))
		return color.GrayModel.Convert(color.RGBA{r, g, b, 255}).(color.Gray).Y
	}
	return light(part(0))
}

// pdfShading is how light a shading is in the middle, dark where that is not said
// simply: a code in two colours is dark in both.
func pdfShading(n pdf.Node) uint8 {
	const dark = 64
	f := n.Key("Function")
	if kind, _ := f.Key("FunctionType").Num(); kind == 3 {
		f = f.Key("Functions").Index(0)
	}
	if kind, _ := f.Key("FunctionType").Num(); kind != 2 {
		return dark
	}
	space := pdfSpaceOf(n.Key("ColorSpace"), "")
	from, to := space.shade(pdfNumbers(f.Key("C0"), 0)), space.shade(pdfNumbers(f.Key("C1"), 1))
	return uint8((int(from) + int(to)) / 2)
}

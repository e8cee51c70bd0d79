package extract

import (
	"math"

	"assay/extract/pdf"
	"assay/extract/raster"
)

// Glyphs that are content streams (Type 3 fonts, ISO 32000-1 §9.6.5): some writers draw a
// code with a font whose glyphs are its cells, or the whole of it. Of other fonts nothing
// is painted. Text of such a font is mostly text: a font is painted only where it shows few
// kinds of small glyphs many times, and a glyph by itself only where it is large.

const (
	pdfGlyphCells = 100  // glyphs that a code of cells or runs has at least
	pdfGlyphKinds = 16   // kinds of them, at most
	pdfGlyphLarge = 40   // units of a glyph that could be a code by itself
	pdfGlyphBytes = 256  // of the content of one that could be a cell: letters take more
	pdfMaxFonts   = 1024 // Type 3 fonts of a page
	pdfMaxWhole   = 64   // pictures in large glyphs of a document that are searched
	pdfMaxShown   = 4096 // strings and numbers of one operator that shows text
)

// pdfGlyphUse says what the glyphs of a font could be.
type pdfGlyphUse struct{ cells, whole bool }

// pdfGlyphs is what a page shows of one font.
type pdfGlyphs struct {
	key          pdfFontKey
	large        bool // some glyphs
	count, kinds int
	seen         [4]uint64
}

// font takes a font that is set. One that is no object is read again in each form that
// sets it, and stays the same.
func (d *pdfDrawn) font(f *pdf.Font, key pdfFontKey) {
	if d.fonts == nil {
		d.fonts, d.known = map[*pdf.Font]*pdfGlyphs{}, map[pdfFontKey]*pdfGlyphs{}
	}
	g := d.known[key]
	switch {
	case d.fonts[f] != nil:
	case g == nil && len(d.known) >= pdfMaxFonts, len(d.fonts) >= 4*pdfMaxFonts:
		d.manyFonts = true
	case g == nil:
		g = &pdfGlyphs{key: key}
		d.known[key] = g
		fallthrough
	default:
		d.fonts[f] = g
	}
}

// shown takes a string of such a font, whose glyphs are so many units wide in the mean.
func (d *pdfDrawn) shown(f *pdf.Font, codes []byte, wide float64) {
	g := d.fonts[f]
	if g == nil {
		return
	}
	g.count += len(codes)
	for _, c := range codes {
		if bit := uint64(1) << (c & 63); g.seen[c>>6]&bit == 0 {
			g.seen[c>>6] |= bit
			g.kinds++
		}
	}
	g.large = g.large || wide >= pdfGlyphLarge
}

// cells reports whether glyphs could be a code or its cells, and notes their fonts: one
// that draws a code does not make those of text worth painting.
func (d *pdfDrawn) cells() bool {
	for _, g := range d.known {
		use := pdfGlyphUse{g.count >= pdfGlyphCells && g.kinds <= pdfGlyphKinds, g.large}
		if use == (pdfGlyphUse{}) {
			continue
		}
		if d.glyphs == nil {
			d.glyphs = map[pdfFontKey]pdfGlyphUse{}
		}
		known := d.glyphs[g.key]
		d.glyphs[g.key] = pdfGlyphUse{use.cells || known.cells, use.whole || known.whole}
	}
	return d.glyphs != nil
}

// pdfTextPen is the text state (ISO 32000-1 §9.3).
type pdfTextPen struct {
	font                                     *pdfGlyphFont // nil for one that is not painted
	size, chars, words, scale, leading, rise float64
}

// pdfShown is an operand of what shows text: a string, or how far the pen moves.
type pdfShown struct {
	codes string
	move  float64
}

// pdfFontKey is a font's object, or that of the resources that hold it and its name there.
type pdfFontKey struct {
	object int
	name   string
}

// pdfFontKeyOf is the key of a font of resources: the name counts where it is no object.
func pdfFontKeyOf(res, font pdf.Node, name string) pdfFontKey {
	if num := font.Object(); num != res.Object() {
		return pdfFontKey{object: num}
	}
	return pdfFontKey{font.Object(), name}
}

// pdfGlyphFont is a Type 3 font.
type pdfGlyphFont struct {
	*pdf.Font
	use       pdfGlyphUse
	matrix    raster.Matrix
	resources pdf.Node
	streams   [256]pdf.Node // of the glyphs; nil for none
	sized     [256]bool     // they were looked at, and those of
	small     [256]bool     // could be cells
}

// glyphFont reads the font of a name, nil for one that is not painted.
func (s *pdfStrokes) glyphFont(name string) *pdfGlyphFont {
	n := s.res.Key("Font").Key(name)
	key := pdfFontKeyOf(s.res, n, name)
	use, painted := s.glyphs[key]
	if !painted {
		return nil
	}
	if f, ok := s.fonts[key]; ok {
		return f
	}
	if s.fonts == nil { // at most as many as there are painted: none is built twice
		s.fonts = map[pdfFontKey]*pdfGlyphFont{}
	}
	var f *pdfGlyphFont
	if n.Key("Subtype").Name() == "Type3" && s.w.spend() {
		f = &pdfGlyphFont{Font: pdf.NewFont(n, s.w.spend), use: use, matrix: pdfMatrixOf(n.Key("FontMatrix")), resources: n.Key("Resources")}
		glyphs, differences := n.Key("CharProcs"), n.Key("Encoding").Key("Differences")
		code := 0
		for i := 0; i < min(differences.Len(), 1024) && s.w.spend(); i++ {
			e := differences.Index(i)
			if v, ok := e.Num(); ok {
				code = int(v)
				continue
			}
			if code >= 0 && code < len(f.streams) {
				f.streams[code] = glyphs.Key(e.Name())
			}
			code++
		}
	}
	s.fonts[key] = f
	return f
}

// as says what a glyph of so many units is painted as: nothing, mostly.
func (s *pdfStrokes) as(f *pdfGlyphFont, c byte, units float64) (as pdfGlyphUse) {
	glyph := f.streams[c]
	if glyph == nil || !glyph.IsStream() {
		return as
	}
	if as.whole = f.use.whole && units >= pdfGlyphLarge; as.whole || !f.use.cells {
		return as
	}
	if !f.sized[c] {
		f.sized[c], f.small[c] = true, len(s.read(glyph)) <= pdfGlyphBytes
	}
	as.cells = f.small[c]
	return as
}

// glyphPicture takes a picture of more than some pixels in a glyph: that of a letter,
// mostly. One that could be a code is searched once, of whatever size and wherever it is
// shown; none is a part of others.
func (s *pdfStrokes) glyphPicture(p pdfPlaced, w, h float64) {
	s.letter = true
	if s.survey == nil || !s.glyph.whole || w < pdfMinQR || h < pdfMinQR || len(s.open) == 0 {
		return
	}
	b, glyph := p.at.Square(), s.open[len(s.open)-1]
	wide, high := b.X1-b.X0, b.Y1-b.Y0
	if !(max(wide, high) <= 1.3*min(wide, high)) || s.w.glyphs[glyph] || len(s.w.glyphs) >= pdfMaxWhole {
		return
	}
	if s.w.glyphs == nil {
		s.w.glyphs = map[int]bool{}
	}
	s.w.glyphs[glyph] = true
	if p.glyph = true; len(s.placed) < pdfMaxPlaced {
		s.placed = append(s.placed, p)
	}
}

// onText does what an operator says of text; false for any other (§9.3, §9.4).
func (s *pdfStrokes) onText(op string) bool {
	text := &s.pen.text
	switch op {
	case "BT":
		s.tm, s.line = raster.Identity, raster.Identity
	case "Tf":
		text.font, text.size = s.glyphFont(string(s.name)), s.num(0)
	case "Tc":
		text.chars = s.num(0)
	case "Tw":
		text.words = s.num(0)
	case "Tz":
		text.scale = s.num(0) / 100
	case "TL":
		text.leading = s.num(0)
	case "Ts":
		text.rise = s.num(0)
	case "Td":
		s.nextLine(s.num(1), s.num(0))
	case "TD":
		text.leading = -s.num(0)
		s.nextLine(s.num(1), s.num(0))
	case "Tm":
		s.line = raster.Matrix{s.num(5), s.num(4), s.num(3), s.num(2), s.num(1), s.num(0)}
		s.tm = s.line
	case "T*":
		s.nextLine(0, -text.leading)
	case "Tj", "TJ":
		s.show()
	case "'":
		s.nextLine(0, -text.leading)
		s.show()
	case "\"":
		text.words, text.chars = s.num(1), s.num(0)
		s.nextLine(0, -text.leading)
		for i := range s.shown {
			s.shown[i].move = 0
		}
		s.show()
	default:
		return false
	}
	return true
}

func (s *pdfStrokes) nextLine(x, y float64) {
	s.line.Move(x, y)
	s.tm = s.line
}

// show paints strings, and moves the pen between them.
func (s *pdfStrokes) show() {
	text := s.pen.text
	if text.font == nil {
		return
	}
	shown := s.shown
	s.shown = nil // glyphs have operands of their own
	var none [64]byte
	for _, operand := range shown {
		s.tm.Move(-operand.move/1000*text.size*text.scale, 0)
		for i := range len(operand.codes) {
			c := operand.codes[i]
			s.w.d.p.pixelsLeft -= pdfOpPixels
			if s.ops--; s.ops <= 0 || s.ops%1024 == 0 && s.w.d.p.done() { // those of nothing have their cost, too
				s.cut = s.cut || s.ops <= 0
				return
			}
			_, wide, _, _ := text.font.Decode(none[:0], []byte{c})
			units := math.Abs(wide*text.size*text.scale) * s.tm.Scale() * s.pen.ctm.Scale() / s.unit
			if as := s.as(text.font, c, units); as != (pdfGlyphUse{}) && !s.cut {
				outer := s.glyph
				s.glyph = as
				pen := s.pen
				pen.ctm = text.font.matrix.Mul(raster.Matrix{text.size * text.scale, 0, 0, text.size, 0, text.rise}).Mul(s.tm).Mul(s.pen.ctm)
				res := text.font.resources
				if !res.IsDict() {
					res = s.res
				}
				s.content(text.font.streams[c], res, pen, s.open)
				if s.glyph = outer; s.letter { // it is no cell, wherever else it is shown
					text.font.small[c], s.letter = false, false
				}
			}
			move := wide*text.size + text.chars
			if c == ' ' {
				move += text.words
			}
			s.tm.Move(move*text.scale, 0)
		}
	}
	s.shown = shown[:0]
}

// pdfMask is a soft mask of the graphics state that could hold a code (ISO 32000-1
// §11.6.5.3).
type pdfMask struct {
	group pdf.Node
	at    raster.Matrix // where it is set
	light uint8         // what is behind it
}

const (
	pdfMaxMasks  = 32  // of a page
	pdfMaskBytes = 400 // of the content of one that could draw a code
)

// mask notes a soft mask that is set: those of a shading, which most are, are none.
func (d *pdfDrawn) mask(m pdf.Node, at raster.Matrix) {
	g := m.Key("G")
	size, _ := g.Key("Length").Num()
	if !g.IsStream() || len(d.masks) >= pdfMaxMasks || size < pdfMaskBytes && !g.Key("Resources").Key("XObject").IsDict() {
		return
	}
	light := uint8(255)
	if m.Key("S").Name() == "Luminosity" {
		light = 0
	}
	if bc := m.Key("BC"); light == 0 && bc.Len() > 0 {
		light = pdfSpaceOf(g.Key("Group").Key("CS"), "").shade(pdfNumbers(bc, 0))
	}
	d.masks = append(d.masks, pdfMask{g, at, light})
}

// paint paints what a mask holds.
func (m *pdfMask) paint(t *pdfPainter, base raster.Matrix) {
	t.ops = int(min(pdfMaxOps, t.w.d.p.pixelsLeft/pdfOpPixels))
	pen := newPen(m.at.Mul(base))
	if t.canvas != nil {
		var all raster.Path
		all.Rect(0, 0, raster.MaxSide, raster.MaxSide)
		t.canvas.Clip = nil
		t.canvas.Fill(&all, raster.Identity, raster.NonZero, raster.Ink{Shade: m.light, Opacity: 255})
	}
	t.form(m.group, pdf.Null{}, pen, nil)
}

// inMask searches what a soft mask of a page holds: what is painted through it has its
// shape.
func (w *pdfWalk) inMask(page pdfPage, number int, m pdfMask) {
	c := w.codesOn(page, number)
	c.mask = &m
	c.search()
	c.rest()
}

// pdfManyCells reports whether a shading has room for a code's modules, and is none of
// those that are painted as one shade: samples of a function of two inputs, triangles and
// patches (ISO 32000-1 §8.7.4.5).
func pdfManyCells(n pdf.Node) bool {
	kind, _ := n.Key("ShadingType").Num()
	num := func(n pdf.Node, key string) float64 {
		v, _ := n.Key(key).Num()
		return math.Max(0, v)
	}
	switch {
	case kind == 1:
		f := n.Key("Function")
		if f.Len() > 0 {
			f = f.Index(0)
		}
		w, _ := f.Key("Size").Index(0).Num()
		h, _ := f.Key("Size").Index(1).Num()
		return num(f, "FunctionType") == 0 && w >= pdfMinQR && h >= pdfMinQR
	case !(kind >= 4 && kind <= 7) || !n.IsStream():
		return false
	}
	b, _, _ := n.Data()
	colors := (n.Key("Decode").Len() - 4) / 2
	point, color := 2*num(n, "BitsPerCoordinate"), float64(max(colors, 1))*num(n, "BitsPerComponent")
	var cell float64 // bits of one module that is dark, or of a point of the grid
	cells := 200.0
	switch kind {
	case 4:
		cell = 6 * (point + color + num(n, "BitsPerFlag"))
	case 5:
		cell, cells = point+color, 22*22
	case 6:
		cell = 12*point + 4*color
	default:
		cell = 16*point + 4*color
	}
	return cell > 0 && 8*float64(len(b)) >= cells*cell
}

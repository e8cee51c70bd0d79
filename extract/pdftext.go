package extract

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"assay/extract/pdf"
	"assay/extract/raster"
)

// Text of pages (ISO 32000-1 §9), in the order in which it is painted, with
// spaces and line ends where the pen moved. Invisible text counts too: it is
// what a search or an OCR layer would find.

const (
	pdfMaxPageText = 1 << 20  // bytes of text of one page
	pdfMaxText     = 16 << 20 // and of one document
	pdfMaxContent  = 64 << 20 // bytes of content streams of one document
	pdfMaxForms    = 12       // forms within forms
	pdfFormCache   = 4 << 20
	pdfMaxNamed    = 256 // fonts of one content stream that are known by their names
)

// pdfInterpreter reads content streams.
type pdfInterpreter struct {
	w       *pdfWalk
	fonts   map[int]*pdf.Font
	forms   map[int][]byte // decoded, as long as there is room
	cached  int
	pages   int // bytes of content that pages keep
	content int // bytes still allowed
	total   int // bytes of text so far
	out     []byte
	where   string
	lost    bool // content of the page cannot be decoded
	started bool // the pen has an end position
	endX    float64
	endY    float64
	endH    float64
	dirX    float64
	dirY    float64
	arena   []byte
	args    []pdfArg
	pieces  []pdfPiece // of the lines of this page
	fresh   bool       // the next text begins one
	instead string     // of glyphs that are about to be shown
	drawn   pdfDrawn   // beside the text of this page
}

// pdfState is the part of the graphics state that moves text.
type pdfState struct {
	ctm                                            raster.Matrix
	font                                           *pdf.Font
	size, charSpace, wordSpace, scale, lead, raise float64
}

type pdfArg struct {
	kind       pdf.TokenKind
	num        float64
	start, end int // of a string or a name in the arena
}

// texts reads the text of the pages and of their annotations' appearances.
func (w *pdfWalk) texts() {
	in := &pdfInterpreter{w: w, fonts: map[int]*pdf.Font{}, forms: map[int][]byte{}, content: pdfMaxContent}
	w.left = pdfMaxNodes
	undecoded := 0
	var held *pdfPageText // its address may go on in the next page
	defer func() {
		if held != nil {
			w.d.pageText(held, nil)
		}
	}()
	for i, page := range w.pages {
		if i >= w.d.p.limits.Pages {
			w.d.tooManyPages(w.d.p.limits.Pages)
			return
		}
		if w.d.p.done() {
			return
		}
		pl := w.d.p.place("page "+strconv.Itoa(i+1), "text")
		pl.Reader, pl.Object = readerText, page.Object()
		in.drawn = pdfDrawn{}
		in.lost, in.where = false, pl.Where
		in.page(page)
		if in.lost {
			if undecoded++; undecoded <= pdfToldEach {
				w.d.p.unread(pl.Where, ReasonMalformed, "cannot be decoded")
			}
		}
		w.pages[i].drawn = in.drawn
		text := pdfPageText{string(in.out), pl, in.pieces}
		if held != nil {
			w.d.pageText(held, &text)
			held = nil
		}
		if pdfTelling(text.s) {
			text.pieces = slices.Clone(text.pieces)
			held = &text
		}
		in.total += len(in.out)
		in.out, in.pieces = in.out[:0], in.pieces[:0]
		if in.total > pdfMaxText || in.content <= 0 {
			w.d.file.Limited = true
			return
		}
	}
}

func (in *pdfInterpreter) page(page pdfPage) {
	var b []byte
	contents := page.Key("Contents")
	if contents.IsStream() {
		b = in.read(contents)
	}
	for i := 0; i < contents.Len() && in.w.spend(); i++ {
		b = append(append(b, in.read(contents.Index(i))...), '\n')
		if len(b) > min(in.content, pdf.MaxStream) {
			in.w.d.file.Limited = true
			break
		}
	}
	in.started, in.instead = false, ""
	st := pdfState{ctm: raster.Identity, scale: 1}
	resources := page.resources()
	in.run(b, resources, st, 0, nil)
	defer func() {
		if in.w.d.p.limits.QR != QRNever && in.pages+len(b) <= pdfCached && in.drawn.worth() {
			in.pages += len(b)
			in.drawn.content = b
		}
	}()
	annots := page.Key("Annots")
	for i := 0; i < annots.Len() && in.w.spend(); i++ {
		a := annots.Index(i)
		if a.Key("Subtype").Name() == "Link" || a.Key("Subtype").Name() == "Popup" {
			continue
		}
		if n := pdfNormal(a); n.IsStream() {
			in.newline()
			in.form(n, resources, st, 0, nil)
		}
	}
}

// read decodes a content stream.
func (in *pdfInterpreter) read(n pdf.Node) []byte {
	if !n.IsStream() {
		return nil
	}
	b, picture, err := n.Data()
	if err != nil && picture == "" && !errors.Is(err, pdf.ErrLimit) {
		in.lost = true
	}
	in.w.d.met(n, in.where)
	if picture != "" || err != nil && b == nil {
		return nil
	}
	return b
}

// form runs a form XObject (ISO 32000-1 §8.10).
func (in *pdfInterpreter) form(n, inherited pdf.Node, st pdfState, depth int, open []int) {
	num := n.Object()
	for _, o := range open {
		if o == num {
			return
		}
	}
	if depth > pdfMaxForms {
		return
	}
	b, ok := in.forms[num]
	if !ok {
		b = in.read(n)
		if in.cached+len(b) <= pdfFormCache && num != 0 {
			in.cached += len(b)
			in.forms[num] = b
		}
	}
	if m := n.Key("Matrix"); m.Len() == 6 {
		var f raster.Matrix
		for i := range f {
			f[i], _ = m.Index(i).Num()
		}
		st.ctm = f.Mul(st.ctm)
	}
	res := n.Key("Resources")
	if !res.IsDict() {
		res = inherited
	}
	in.run(b, res, st, depth+1, append(open[:len(open):len(open)], num))
}

func (in *pdfInterpreter) font(res pdf.Node, name string) *pdf.Font {
	n := res.Key("Font").Key(name)
	if !n.IsDict() {
		return nil
	}
	num := n.Object()
	direct := num == res.Object() || num == 0
	if f, ok := in.fonts[num]; ok && !direct {
		return f
	}
	f := pdf.NewFont(n, in.w.spend)
	if !direct && len(in.fonts) < 2000 {
		in.fonts[num] = f
	}
	return f
}

// run interprets one content stream.
func (in *pdfInterpreter) run(b []byte, res pdf.Node, st pdfState, depth int, open []int) {
	in.content -= len(b)
	if in.content < 0 || len(b) == 0 {
		return
	}
	c := &pdfContent{pdfInterpreter: in, l: pdf.NewLexer(b), res: res, st: st, depth: depth, open: open, tm: raster.Identity, tlm: raster.Identity}
	in.args, in.arena = in.args[:0], in.arena[:0]
	defer func() {
		if c.hide > 0 {
			c.actual(&c.st, &c.tm) // of what nobody ended
		}
	}()
	for ops := 0; ; {
		switch kind := c.l.Advance(); kind {
		case pdf.TokenEOF:
			return
		case pdf.TokenInt, pdf.TokenReal:
			in.args = append(in.args, pdfArg{kind: pdf.TokenReal, num: c.l.Num})
		case pdf.TokenString, pdf.TokenName:
			in.arena = append(in.arena, c.l.Bytes...)
			in.args = append(in.args, pdfArg{kind: kind, start: len(in.arena) - len(c.l.Bytes), end: len(in.arena)})
		case pdf.TokenOpenDict:
			// Property lists of marked content; only /ActualText matters.
			d := c.l.Dict(0)
			text, _ := d.Get("ActualText").(string)
			if text != "" {
				text = pdf.TextString(text)
			}
			in.arena = append(in.arena, text...)
			in.args = append(in.args, pdfArg{kind: pdf.TokenOpenDict, num: 1, start: len(in.arena) - len(text), end: len(in.arena)})
			if d.Get("ActualText") == nil {
				in.args[len(in.args)-1].num = 0
			}
		case pdf.TokenOpenArray, pdf.TokenCloseArray, pdf.TokenCloseDict:
		case pdf.TokenKeyword:
			if ops++; ops%1024 == 0 && (in.w.d.p.done() || len(in.out) > pdfMaxPageText) {
				return
			}
			if operate := pdfOperatorOf(c.l.Bytes); operate != nil {
				operate(c)
			}
			in.args, in.arena = in.args[:0], in.arena[:0]
		}
		if len(in.args) > 1<<14 { // an array without an operator
			in.args, in.arena = in.args[:0], in.arena[:0]
		}
	}
}

// pdfContent is one content stream on its way through the interpreter.
type pdfContent struct {
	*pdfInterpreter
	l       pdf.Lexer
	res     pdf.Node
	depth   int   // of forms
	open    []int // forms around it
	st      pdfState
	stack   []pdfState
	tm, tlm raster.Matrix
	named   []pdfNamedFont // of these resources
	states  []string       // graphics states of these resources that were looked at
	mark    []bool         // marked content: whether its text is replaced
	hide    int
}

type pdfNamedFont struct {
	name string
	font *pdf.Font
}

// pdfOperatorRooms has the operators that move or show text (ISO 32000-1 annex A), and
// those by which a page is known that may draw a code. Others that paint, color or
// clip are none of its business.
// They are found at once: every content stream asks for one after every few bytes.
var pdfOperatorRooms [256][]pdfOperator

type pdfOperator struct {
	name    string
	operate func(*pdfContent)
}

// pdfOperatorRoom gives those that an operator may be, by its first and last byte.
func pdfOperatorRoom(op []byte) *[]pdfOperator {
	return &pdfOperatorRooms[op[0]+op[len(op)-1]<<3]
}

func pdfOperatorOf(op []byte) func(*pdfContent) {
	for _, o := range *pdfOperatorRoom(op) {
		if o.name == string(op) {
			return o.operate
		}
	}
	return nil
}

// The table leads to forms, whose content reads it: hence not initialised where
// it is declared.
func init() {
	operators := map[string]func(*pdfContent){
		// Graphics state (§8.4.4).
		"q": func(c *pdfContent) {
			if len(c.stack) < 256 {
				c.stack = append(c.stack, c.st)
			}
		},
		"Q": func(c *pdfContent) {
			if n := len(c.stack); n > 0 {
				c.st, c.stack = c.stack[n-1], c.stack[:n-1]
			}
		},
		"cm": func(c *pdfContent) { c.st.ctm = c.matrix().Mul(c.st.ctm) },
		"gs": (*pdfContent).setState,
		// Text state (§9.3).
		"Tf": (*pdfContent).setFont,
		"Tc": func(c *pdfContent) { c.st.charSpace = c.num(0) },
		"Tw": func(c *pdfContent) { c.st.wordSpace = c.num(0) },
		"Tz": func(c *pdfContent) { c.st.scale = c.num(0) / 100 },
		"TL": func(c *pdfContent) { c.st.lead = c.num(0) },
		"Ts": func(c *pdfContent) { c.st.raise = c.num(0) },
		// Text positioning (§9.4.2).
		"BT": func(c *pdfContent) { c.tm, c.tlm = raster.Identity, raster.Identity },
		"Td": func(c *pdfContent) { c.move(c.num(1), c.num(0)) },
		"TD": func(c *pdfContent) {
			c.st.lead = -c.num(0)
			c.move(c.num(1), c.num(0))
		},
		"Tm": func(c *pdfContent) {
			c.tm = c.matrix()
			c.tlm = c.tm
		},
		"T*": (*pdfContent).nextLine,
		// Text showing (§9.4.3).
		"Tj": (*pdfContent).showString,
		"'": func(c *pdfContent) {
			c.nextLine()
			c.showString()
		},
		"\"": func(c *pdfContent) {
			c.st.wordSpace, c.st.charSpace = c.num(2), c.num(1)
			c.nextLine()
			c.showString()
		},
		"TJ": (*pdfContent).showStrings,
		// XObjects and inline images (§8.8, §8.9.7).
		"Do": (*pdfContent).paint,
		"BI": func(c *pdfContent) {
			c.l.InlineImage(pdf.Null{})
			c.drawn.other = true
		},
		// Paths and patterns (§8.5.2, §8.7).
		"re":  func(c *pdfContent) { c.drawn.edges += 4 },
		"m":   func(c *pdfContent) { c.drawn.edges++ },
		"l":   func(c *pdfContent) { c.drawn.edges++ },
		"c":   func(c *pdfContent) { c.drawn.edges++ },
		"v":   func(c *pdfContent) { c.drawn.edges++ },
		"y":   func(c *pdfContent) { c.drawn.edges++ },
		"scn": func(c *pdfContent) { a, ok := c.last(); c.drawn.other = c.drawn.other || ok && a.kind == pdf.TokenName },
		"sh":  (*pdfContent).shade,
		// Marked content (§14.6).
		"BMC": func(c *pdfContent) { c.beginMarked(false) },
		"BDC": func(c *pdfContent) { c.beginMarked(true) },
		"EMC": (*pdfContent).endMarked,
	}
	for name, operate := range operators {
		room := pdfOperatorRoom([]byte(name))
		*room = append(*room, pdfOperator{name, operate})
	}
}

// num is the i-th operand from the end.
func (c *pdfContent) num(i int) float64 {
	if i = len(c.args) - 1 - i; i >= 0 {
		return c.args[i].num
	}
	return 0
}

func (c *pdfContent) str(a pdfArg) []byte { return c.arena[a.start:a.end] }

func (c *pdfContent) last() (pdfArg, bool) {
	if len(c.args) == 0 {
		return pdfArg{}, false
	}
	return c.args[len(c.args)-1], true
}

// matrix is made of the last six operands.
func (c *pdfContent) matrix() raster.Matrix {
	return raster.Matrix{c.num(5), c.num(4), c.num(3), c.num(2), c.num(1), c.num(0)}
}

func (c *pdfContent) move(tx, ty float64) {
	c.tlm.Move(tx, ty)
	c.tm = c.tlm
}

func (c *pdfContent) nextLine() { c.move(0, -c.st.lead) }

// setFont is Tf: a name among these resources, and a size.
func (c *pdfContent) setFont() {
	if len(c.args) < 2 {
		return
	}
	c.st.size = c.num(0)
	name := c.str(c.args[len(c.args)-2])
	for i := range c.named {
		if c.named[i].name == string(name) {
			c.st.font = c.named[i].font
			return
		}
	}
	n := string(name)
	c.st.font = c.font(c.res, n)
	if len(c.named) < pdfMaxNamed && c.st.font != nil {
		c.named = append(c.named, pdfNamedFont{n, c.st.font})
	}
	if f := c.st.font; f != nil && f.Drawn {
		c.drawn.font(f, pdfFontKeyOf(c.res, c.res.Key("Font").Key(n), n))
	}
}

// setState looks whether a soft mask is set: it may be one of a code's cells, or hold
// a code.
func (c *pdfContent) setState() {
	a, ok := c.last()
	if !ok || len(c.states) >= 256 {
		return
	}
	name := c.str(a)
	for _, n := range c.states {
		if n == string(name) {
			return
		}
	}
	c.states = append(c.states, string(name))
	m := c.res.Key("ExtGState").Key(string(name)).Key("SMask")
	switch m.Key("S").Name() {
	case "Alpha":
		c.drawn.other = true
		c.drawn.mask(m, c.st.ctm)
	case "Luminosity":
		c.drawn.mask(m, c.st.ctm)
	}
}

// shade is sh: a shading that could be a code is noticed.
func (c *pdfContent) shade() {
	if a, ok := c.last(); ok && !c.drawn.other && a.kind == pdf.TokenName && c.w.spend() {
		kind, _ := c.res.Key("Shading").Key(string(c.str(a))).Key("ShadingType").Num()
		c.drawn.other = kind == 1 || kind >= 4
	}
}

func (c *pdfContent) showOne(s []byte) {
	if c.st.font == nil || len(s) == 0 {
		return
	}
	from := c.tm
	c.show(s, &c.st, &c.tm, c.hide > 0)
	if c.st.font.Drawn {
		one := (c.tm[4] - from[4]) / float64(len(s))
		if from[0] == 0 { // it goes along another axis
			one = (c.tm[5] - from[5]) / float64(len(s))
		}
		c.drawn.shown(c.st.font, s, math.Abs(one)*c.st.ctm.Scale())
	}
}

func (c *pdfContent) showString() {
	if a, ok := c.last(); ok && a.kind == pdf.TokenString {
		c.showOne(c.str(a))
	}
}

// showStrings is TJ: strings, and numbers that move the pen between them.
func (c *pdfContent) showStrings() {
	for _, a := range c.args {
		switch a.kind {
		case pdf.TokenString:
			c.showOne(c.str(a))
		case pdf.TokenReal:
			c.tm.Move(-a.num/1000*c.st.size*c.st.scale, 0)
		}
	}
}

// paint is Do: of the XObjects only forms have text, where pictures lie is noticed.
func (c *pdfContent) paint() {
	if a, ok := c.last(); ok && a.kind == pdf.TokenName && c.w.spend() {
		x := c.res.Key("XObject").Key(string(c.str(a)))
		switch {
		case !x.IsStream():
		case x.Key("Subtype").Name() == "Form":
			c.form(x, c.res, c.st, c.depth, c.open)
		default:
			c.drawn.picture(x, c.st.ctm)
		}
	}
}

// beginMarked is BDC and BMC; properties may be a name among the resources.
func (c *pdfContent) beginMarked(properties bool) {
	if len(c.mark) >= 256 {
		return
	}
	text, replaced := "", false
	if a, ok := c.last(); ok {
		switch {
		case a.kind == pdf.TokenOpenDict && a.num == 1:
			text, replaced = string(c.str(a)), true
		case a.kind == pdf.TokenName && properties:
			v := c.res.Key("Properties").Key(string(c.str(a))).Key("ActualText")
			if text, replaced = v.Str(); replaced {
				text = pdf.TextString(text)
			}
		}
	}
	if replaced {
		if c.hide == 0 {
			c.actual(&c.st, &c.tm) // of what a form stands in
			c.instead = text       // where the glyphs are: they may be moved to yet
		}
		c.hide++
	}
	c.mark = append(c.mark, replaced)
}

func (c *pdfContent) endMarked() {
	if n := len(c.mark); n > 0 {
		if c.mark[n-1] {
			c.actual(&c.st, &c.tm)
			c.hide--
		}
		c.mark = c.mark[:n-1]
	}
}

// show paints s and moves the matrix behind it.
func (in *pdfInterpreter) show(s []byte, st *pdfState, tm *raster.Matrix, hidden bool) {
	if len(in.out) > pdfMaxPageText {
		in.w.d.file.Limited = true
		return
	}
	s = s[:min(len(s), 1<<16)]
	if hidden {
		in.actual(st, tm)
	} else {
		in.gap(st, tm)
	}
	at := len(in.out)
	out, width, codes, spaces := st.font.Decode(in.out, s)
	in.out = paintedHyphens(out, at)
	if hidden {
		in.out = in.out[:at]
	}
	tx := (width*st.size + float64(codes)*st.charSpace + float64(spaces)*st.wordSpace) * st.scale
	from := *tm
	tm.Move(tx, 0)
	if !hidden || in.beside(st, &from, tm) {
		in.pen(st, tm)
	}
}

// beside reports whether glyphs that stand for other text, from one place to another, go on
// where the pen is: what follows them follows that text.
func (in *pdfInterpreter) beside(st *pdfState, from, to *raster.Matrix) bool {
	x, y := in.endX, in.endY
	h := math.Abs(st.size) * math.Hypot(st.ctm[2], st.ctm[3])
	for _, tm := range []*raster.Matrix{from, to} {
		m := tm.Mul(st.ctm)
		dx, dy := m[4]+st.raise*m[2]-x, m[5]+st.raise*m[3]-y
		if !(math.Abs(dy*in.dirX-dx*in.dirY) <= h*math.Hypot(tm[2], tm[3])/2) {
			return false
		}
	}
	return in.started
}

// paintedHyphens makes hyphens of what fonts call so in other ways, from i on: a
// soft hyphen that is painted is one (fonts have one glyph for both), and so are
// the dashes within an address.
func paintedHyphens(out []byte, i int) []byte {
	if bytes.IndexByte(out[i:], 0xc2) < 0 && bytes.IndexByte(out[i:], 0xe2) < 0 {
		return out
	}
	word := bytes.LastIndexAny(out[max(0, i-maxURL):i], " \n") + 1 + max(0, i-maxURL)
	added := string(out[i:])
	out = out[:i]
	for _, r := range added {
		switch {
		case r == ' ' || r == '\n':
			word = len(out) + 1
		case r == '\u00ad':
			r = '-'
		case isDash(r):
			if w := out[min(word, len(out)):]; bytes.Contains(w, []byte("://")) || bytes.HasPrefix(w, []byte("www.")) {
				r = '-'
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// pen remembers where text ended.
func (in *pdfInterpreter) pen(st *pdfState, tm *raster.Matrix) {
	m := tm.Mul(st.ctm)
	in.endX, in.endY = m[4]+st.raise*m[2], m[5]+st.raise*m[3]
	in.started = true
	if n := len(in.pieces); n > 0 {
		p := &in.pieces[n-1]
		p.right, p.end, p.last, p.tall = math.Max(p.right, in.endX*p.dirX+in.endY*p.dirY), len(in.out), st.font, in.endH
	}
}

// gap puts a space or a line end where the pen moved since the last text.
func (in *pdfInterpreter) gap(st *pdfState, tm *raster.Matrix) {
	m := tm.Mul(st.ctm)
	x, y := m[4]+st.raise*m[2], m[5]+st.raise*m[3]
	h := math.Abs(st.size) * math.Hypot(m[2], m[3])
	norm := math.Hypot(m[0], m[1])
	if norm == 0 || h == 0 || math.IsNaN(h) {
		return
	}
	ux, uy := m[0]/norm, m[1]/norm
	if !in.started {
		in.newline()
	} else if ux*in.dirX+uy*in.dirY < 0.9 {
		in.newline()
	} else {
		dx, dy := x-in.endX, y-in.endY
		along, across := dx*ux+dy*uy, math.Abs(dy*ux-dx*uy)
		big := math.Max(h, in.endH)
		switch {
		case across > 0.5*big, along < -2*big:
			in.newline()
		case along > 0.18*h, along < -0.6*big:
			in.space()
			// A column or a cell; what is moved up or down there is of another block.
			in.fresh = in.fresh || math.Abs(along) > 1.2*h || math.Abs(along) > 0.5*h && across > 0.1*big
		}
	}
	in.endH, in.dirX, in.dirY = h, ux, uy
	if n := len(in.out); (in.fresh || n == 0 || in.out[n-1] == '\n') && len(in.pieces) < pdfMaxPieces {
		left := x*ux + y*uy
		in.pieces = append(in.pieces, pdfPiece{start: n, end: n, left: left, right: left, up: y*ux - x*uy, height: h, tall: h, dirX: ux, dirY: uy, first: st.font})
	}
	in.fresh = false
}

func (in *pdfInterpreter) newline() {
	if n := len(in.out); n > 0 && in.out[n-1] != '\n' {
		in.out = append(in.out, '\n')
	}
}

func (in *pdfInterpreter) space() {
	if n := len(in.out); n > 0 && in.out[n-1] != '\n' && in.out[n-1] != ' ' {
		in.out = append(in.out, ' ')
	}
}

// actual puts the replacement text of marked content (ISO 32000-1 §14.9.4).
func (in *pdfInterpreter) actual(st *pdfState, tm *raster.Matrix) {
	if in.instead == "" {
		return
	}
	if st.font != nil {
		in.gap(st, tm)
	}
	in.out = append(in.out, in.instead...)
	in.instead = ""
	in.pen(st, tm)
}

package extract

import (
	"math"
	"strconv"

	"assay/extract/pdf"
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
)

// pdfInterpreter reads content streams.
type pdfInterpreter struct {
	w       *pdfWalk
	fonts   map[int]*pdf.Font
	forms   map[int][]byte // decoded, as long as there is room
	cached  int
	content int // bytes still allowed
	total   int // bytes of text so far
	out     []byte
	started bool // the pen has an end position
	endX    float64
	endY    float64
	endH    float64
	dirX    float64
	dirY    float64
	arena   []byte
	args    []pdfArg
}

type pdfMatrix [6]float64

var pdfIdentity = pdfMatrix{1, 0, 0, 1, 0, 0}

func (m pdfMatrix) mul(n pdfMatrix) pdfMatrix {
	return pdfMatrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// pdfState is the part of the graphics state that moves text.
type pdfState struct {
	ctm                                            pdfMatrix
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
		in.page(page)
		if len(in.out) > 0 {
			if s := string(in.out); pdfTelling(s) {
				w.d.pageText(s, pl)
			}
			in.total += len(in.out)
			in.out = in.out[:0]
		}
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
	in.started = false
	st := pdfState{ctm: pdfIdentity, scale: 1}
	resources := page.resources()
	in.run(b, resources, st, 0, nil)
	annots := page.Key("Annots")
	for i := 0; i < annots.Len() && in.w.spend(); i++ {
		a := annots.Index(i)
		if a.Key("Subtype").Name() == "Link" || a.Key("Subtype").Name() == "Popup" {
			continue
		}
		n := a.Key("AP").Key("N")
		if n.IsDict() && !n.IsStream() {
			n = n.Key(a.Key("AS").Name())
		}
		if n.IsStream() {
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
		var f pdfMatrix
		for i := range f {
			f[i], _ = m.Index(i).Num()
		}
		st.ctm = f.mul(st.ctm)
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
	type named struct {
		name string
		font *pdf.Font
	}
	var (
		l     = pdf.NewLexer(b)
		stack []pdfState
		tm    = pdfIdentity
		tlm   = pdfIdentity
		fonts []named // of these resources
		mark  []bool  // marked content: whether its text is replaced
		hide  int
	)
	num := func(i int) float64 { // i-th operand from the end
		if i = len(in.args) - 1 - i; i >= 0 {
			return in.args[i].num
		}
		return 0
	}
	str := func(a pdfArg) []byte { return in.arena[a.start:a.end] }
	last := func() (pdfArg, bool) {
		if len(in.args) == 0 {
			return pdfArg{}, false
		}
		return in.args[len(in.args)-1], true
	}
	move := func(tx, ty float64) {
		tlm = pdfMatrix{1, 0, 0, 1, tx, ty}.mul(tlm)
		tm = tlm
	}
	show := func(s []byte) {
		if st.font == nil || len(s) == 0 {
			return
		}
		tm = in.show(s, &st, tm, hide > 0)
	}
	in.args, in.arena = in.args[:0], in.arena[:0]
	for ops := 0; ; {
		t := l.Next()
		switch t.Kind {
		case pdf.TokenEOF:
			return
		case pdf.TokenInt, pdf.TokenReal:
			in.args = append(in.args, pdfArg{kind: pdf.TokenReal, num: t.Num})
		case pdf.TokenString, pdf.TokenName:
			in.arena = append(in.arena, t.Bytes...)
			in.args = append(in.args, pdfArg{kind: t.Kind, start: len(in.arena) - len(t.Bytes), end: len(in.arena)})
		case pdf.TokenOpenDict:
			// Property lists of marked content; only /ActualText matters.
			d := l.Dict(0)
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
			switch string(t.Bytes) {
			case "q":
				if len(stack) < 256 {
					stack = append(stack, st)
				}
			case "Q":
				if n := len(stack); n > 0 {
					st, stack = stack[n-1], stack[:n-1]
				}
			case "cm":
				st.ctm = pdfMatrix{num(5), num(4), num(3), num(2), num(1), num(0)}.mul(st.ctm)
			case "BT":
				tm, tlm = pdfIdentity, pdfIdentity
			case "Tf":
				if len(in.args) >= 2 {
					st.size = num(0)
					name := str(in.args[len(in.args)-2])
					st.font = nil
					known := false
					for i := range fonts {
						if fonts[i].name == string(name) {
							st.font, known = fonts[i].font, true
							break
						}
					}
					if !known {
						n := string(name)
						st.font = in.font(res, n)
						fonts = append(fonts, named{n, st.font})
					}
				}
			case "Td":
				move(num(1), num(0))
			case "TD":
				st.lead = -num(0)
				move(num(1), num(0))
			case "Tm":
				tm = pdfMatrix{num(5), num(4), num(3), num(2), num(1), num(0)}
				tlm = tm
			case "T*":
				move(0, -st.lead)
			case "Tc":
				st.charSpace = num(0)
			case "Tw":
				st.wordSpace = num(0)
			case "Tz":
				st.scale = num(0) / 100
			case "TL":
				st.lead = num(0)
			case "Ts":
				st.raise = num(0)
			case "Tj":
				if a, ok := last(); ok && a.kind == pdf.TokenString {
					show(str(a))
				}
			case "'":
				move(0, -st.lead)
				if a, ok := last(); ok && a.kind == pdf.TokenString {
					show(str(a))
				}
			case "\"":
				st.wordSpace, st.charSpace = num(2), num(1)
				move(0, -st.lead)
				if a, ok := last(); ok && a.kind == pdf.TokenString {
					show(str(a))
				}
			case "TJ":
				for _, a := range in.args {
					switch a.kind {
					case pdf.TokenString:
						show(str(a))
					case pdf.TokenReal:
						tm = pdfMatrix{1, 0, 0, 1, -a.num / 1000 * st.size * st.scale, 0}.mul(tm)
					}
				}
			case "Do":
				if a, ok := last(); ok && a.kind == pdf.TokenName && in.w.spend() {
					x := res.Key("XObject").Key(string(str(a)))
					if x.IsStream() && x.Key("Subtype").Name() == "Form" {
						in.form(x, res, st, depth, open)
					}
				}
			case "BDC", "BMC":
				replaced := false
				if a, ok := last(); ok && len(mark) < 256 {
					text, has := "", false
					switch {
					case a.kind == pdf.TokenOpenDict && a.num == 1:
						text, has = string(str(a)), true
					case a.kind == pdf.TokenName && string(t.Bytes) == "BDC":
						v := res.Key("Properties").Key(string(str(a))).Key("ActualText")
						if text, has = v.Str(); has {
							text = pdf.TextString(text)
						}
					}
					if has {
						replaced = true
						in.actual(text, &st, tm, hide > 0)
						hide++
					}
				}
				if len(mark) < 256 {
					mark = append(mark, replaced)
				}
			case "EMC":
				if n := len(mark); n > 0 {
					if mark[n-1] {
						hide--
					}
					mark = mark[:n-1]
				}
			case "BI":
				l.SkipInlineImage()
			}
			in.args, in.arena = in.args[:0], in.arena[:0]
		}
		if len(in.args) > 1<<14 { // an array without an operator
			in.args, in.arena = in.args[:0], in.arena[:0]
		}
	}
}

// show paints s and returns the matrix behind it.
func (in *pdfInterpreter) show(s []byte, st *pdfState, tm pdfMatrix, hidden bool) pdfMatrix {
	if len(in.out) > pdfMaxPageText {
		in.w.d.file.Limited = true
		return tm
	}
	s = s[:min(len(s), 1<<16)]
	if !hidden {
		in.gap(st, tm)
	}
	at := len(in.out)
	out, width, codes, spaces := st.font.Decode(in.out, s)
	in.out = out
	if hidden {
		in.out = in.out[:at]
	}
	tx := (width*st.size + float64(codes)*st.charSpace + float64(spaces)*st.wordSpace) * st.scale
	tm = pdfMatrix{1, 0, 0, 1, tx, 0}.mul(tm)
	if !hidden {
		in.pen(st, tm)
	}
	return tm
}

// pen remembers where text ended.
func (in *pdfInterpreter) pen(st *pdfState, tm pdfMatrix) {
	m := tm.mul(st.ctm)
	in.endX, in.endY = m[4]+st.raise*m[2], m[5]+st.raise*m[3]
	in.started = true
}

// gap puts a space or a line end where the pen moved since the last text.
func (in *pdfInterpreter) gap(st *pdfState, tm pdfMatrix) {
	m := tm.mul(st.ctm)
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
		}
	}
	in.endH, in.dirX, in.dirY = h, ux, uy
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
func (in *pdfInterpreter) actual(text string, st *pdfState, tm pdfMatrix, hidden bool) {
	if hidden || text == "" {
		return
	}
	if st.font != nil {
		in.gap(st, tm)
	}
	in.out = append(in.out, text...)
	in.pen(st, tm)
}

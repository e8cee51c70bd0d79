package raster

import (
	"cmp"
	"encoding/xml"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// told are the attributes that a drawing is made of.
var told = map[string]bool{
	"id": true, "class": true, "style": true, "transform": true, "href": true, "viewbox": true, "preserveaspectratio": true,
	"x": true, "y": true, "width": true, "height": true, "cx": true, "cy": true, "r": true, "rx": true, "ry": true,
	"x1": true, "y1": true, "x2": true, "y2": true, "points": true, "d": true,
}

func init() {
	for _, k := range properties {
		told[k] = true
	}
}

// attributes are those of an element, by their names in lower case, without prefix.
type attributes map[string]string

func attributesOf(t xml.StartElement) attributes {
	a := make(attributes, min(len(t.Attr), 16))
	for _, x := range t.Attr {
		k := strings.ToLower(x.Name.Local)
		if !told[k] {
			continue
		}
		if _, twice := a[k]; !twice || x.Name.Space == "" {
			a[k] = x.Value
		}
	}
	return a
}

// units in pixels (CSS Values 3 §6.2).
var units = map[string]float64{"": 1, "px": 1, "pt": 96. / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "rem": 16, "ex": 8}

// length reads a length, of which a percentage is of whole.
func (a attributes) length(key string, whole, otherwise float64) float64 {
	s := strings.TrimSpace(a[key])
	if s == "" {
		return otherwise
	}
	n := numbers{s: s}
	v, ok := n.next()
	if !ok {
		return otherwise
	}
	unit := strings.ToLower(strings.TrimSpace(s[n.i:]))
	if unit == "%" {
		return v / 100 * whole
	}
	if f, ok := units[unit]; ok {
		return v * f
	}
	return otherwise
}

func (a attributes) viewBox() (v [4]float64, ok bool) {
	n := numbers{s: a["viewbox"]}
	for i := range v {
		if v[i], ok = n.next(); !ok {
			return v, false
		}
	}
	return v, v[2] > 0 && v[3] > 0 && v[2] < maxFar && v[3] < maxFar && math.Abs(v[0]) < maxFar && math.Abs(v[1]) < maxFar
}

// paint is the colour of a fill or a stroke, as a shade of gray.
type paint struct {
	none  bool
	shade uint8
	clear float64 // how much of it is transparent
}

// on is what it paints at such an opacity; false where nothing is to be seen.
func (q paint) on(opacity float64) (Ink, bool) {
	alpha := (1 - q.clear) * max(0, min(opacity, 1))
	if q.none || !(alpha >= 0.02) {
		return Ink{}, false
	}
	return Ink{q.shade, uint8(math.Round(255 * alpha))}, true
}

func shadeOf(r, g, b float64) uint8 {
	return uint8(max(0, min(255, 0.299*r+0.587*g+0.114*b)))
}

// paint reads a colour (CSS Color 4 §4 to §7); false for what is none.
func (r *svgReader) paint(s string, current paint) (q paint, ok bool) {
	if len(s) > 300 {
		return paint{}, false
	}
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "none", s == "transparent":
		return paint{none: true}, true
	case s == "currentcolor":
		return current, true
	case strings.HasPrefix(s, "url("):
		ref, fallback, _ := strings.Cut(s[4:], ")")
		if shade, ok := r.gradient(strings.Trim(ref, `'" `)); ok {
			return paint{shade: shade}, true
		}
		if q, ok := r.paint(fallback, current); ok && !strings.HasPrefix(strings.TrimSpace(fallback), "url(") {
			return q, true
		}
		return paint{none: true}, true
	case strings.HasPrefix(s, "#"):
		return hexPaint(s[1:])
	case strings.HasPrefix(s, "rgb"), strings.HasPrefix(s, "hsl"):
		return functionPaint(s)
	}
	if c, ok := colornames.Map[s]; ok {
		return paint{shade: shadeOf(float64(c.R), float64(c.G), float64(c.B))}, true
	}
	return paint{}, false
}

func hexPaint(s string) (paint, bool) {
	if len(s) == 3 || len(s) == 4 {
		long := make([]byte, 0, 8)
		for i := range len(s) {
			long = append(long, s[i], s[i])
		}
		s = string(long)
	}
	if len(s) == 6 {
		s += "ff"
	}
	v, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 8 {
		return paint{}, false
	}
	c := color.NRGBA{uint8(v >> 24), uint8(v >> 16), uint8(v >> 8), uint8(v)}
	return paint{shade: shadeOf(float64(c.R), float64(c.G), float64(c.B)), clear: 1 - float64(c.A)/255}, true
}

func functionPaint(s string) (paint, bool) {
	name, rest, _ := strings.Cut(s, "(")
	var v [4]float64
	v[3] = 1
	n := numbers{s: strings.ReplaceAll(rest, "/", " ")}
	for i := range v {
		x, ok := n.next()
		if !ok {
			if i < 3 {
				return paint{}, false
			}
			break
		}
		for n.i < len(n.s) && n.s[n.i] >= 'a' && n.s[n.i] <= 'z' {
			n.i++
		}
		if n.i < len(n.s) && n.s[n.i] == '%' {
			n.i++
			if x /= 100; i < 3 && strings.HasPrefix(name, "rgb") {
				x *= 255
			}
		}
		v[i] = x
	}
	q := paint{clear: 1 - max(0, min(v[3], 1))}
	if strings.HasPrefix(name, "hsl") {
		q.shade = shadeOf(255*v[2], 255*v[2], 255*v[2]) // its lightness
	} else {
		q.shade = shadeOf(v[0], v[1], v[2])
	}
	return q, true
}

// gradient is the mean shade of a gradient's stops (SVG 2 §13.2).
func (r *svgReader) gradient(ref string) (uint8, bool) {
	if r.stops {
		return 0, false // a stop whose colour is a gradient
	}
	r.stops = true
	defer func() { r.stops = false }()
	for range 4 { // those that take the stops of another
		at, ok := r.id(ref)
		if !ok {
			return 0, false
		}
		sum, n, next := r.stopsOf(r.b[at:])
		if n > 0 {
			return uint8(sum / n), true
		}
		ref = next
	}
	return 0, false
}

// stopsOf adds up the shades of the first stops of the gradient at the beginning of
// b, and says which other it refers to.
func (r *svgReader) stopsOf(b []byte) (sum, n int, next string) {
	d := newDecoder(b)
	defer func() { r.spend(int(d.InputOffset()) / stepBytes) }()
	depth := 0
	for range 64 {
		t, err := d.RawToken()
		if err != nil {
			return sum, n, next
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			a := attributesOf(t)
			name := strings.ToLower(t.Name.Local)
			switch {
			case depth == 1 && !strings.HasSuffix(name, "gradient"):
				return 0, 0, ""
			case depth == 1:
				next = a["href"]
			case name == "stop":
				s := svgState{}
				r.each(name, a, func(k, v string) {
					if k == "stop-color" {
						r.property(k, v, &s)
					}
				})
				sum += int(s.color.shade)
				n++
			}
		case xml.EndElement:
			if depth--; depth <= 0 {
				return sum, n, next
			}
		}
	}
	return sum, n, next
}

// id finds the element that "#name" names, whatever its letters' case: colours were
// made lower case.
func (r *svgReader) id(ref string) (int, bool) {
	name, ok := strings.CutPrefix(strings.TrimSpace(ref), "#")
	if !ok {
		return 0, false
	}
	if at, ok := r.ids[name]; ok {
		return at, true
	}
	at, ok := r.lower[strings.ToLower(name)]
	return at, ok
}

// rule is one of a style sheet, for one simple selector.
type rule struct {
	element       string // "" for any
	key           string // ".class", "#id", or element
	weight, order int
	declared      string
}

// Styles are the rules of style sheets that say how something is drawn, by simple
// selectors: an element, a class, an id, or an element with one of these (Selectors
// 3 §6). Rules for some media alone are left out. The zero Styles has none.
type Styles struct {
	Cut   bool // there were more than are kept
	rules []rule
	by    map[string][]int // of rules, by what their selectors ask for
}

// Add adds the rules of a style sheet.
func (l *Styles) Add(sheet string) {
	sheet = uncommented(sheet)
	for {
		i := strings.IndexByte(sheet, '{')
		if i < 0 {
			return
		}
		selectors := strings.TrimSpace(sheet[:i])
		sheet = sheet[i+1:]
		if k := strings.LastIndexByte(selectors, ';'); k >= 0 { // @import, @charset
			selectors = strings.TrimSpace(selectors[k+1:])
		}
		if strings.HasPrefix(selectors, "@") {
			sheet = afterBlock(sheet)
			continue
		}
		declared, rest, _ := strings.Cut(sheet, "}")
		sheet = rest
		if len(declared) > 4096 || len(selectors) > 4096 || !drawing(declared) {
			continue
		}
		for one := range strings.SplitSeq(selectors, ",") {
			q, ok := selector(strings.TrimSpace(one))
			if !ok {
				continue
			}
			if len(l.rules) >= maxRules {
				l.Cut = true
				return
			}
			if l.by == nil {
				l.by = map[string][]int{}
			}
			q.declared, q.order = declared, len(l.rules)
			l.by[q.key] = append(l.by[q.key], q.order)
			l.rules = append(l.rules, q)
		}
	}
}

// fit adds to list the rules that hold for an element.
func (l *Styles) fit(name string, a attributes, list []*rule) []*rule {
	from := len(list)
	keep := func(key string) {
		for _, i := range l.by[key] {
			if q := &l.rules[i]; q.element == "" || q.element == name {
				list = append(list, q)
			}
		}
	}
	keep("")
	keep(name)
	for _, c := range strings.Fields(a["class"][:min(len(a["class"]), 1000)]) {
		keep("." + c)
	}
	if id := a["id"]; id != "" {
		keep("#" + id)
	}
	slices.SortStableFunc(list[from:], func(x, y *rule) int { return cmp.Or(x.weight-y.weight, x.order-y.order) })
	return list
}

// drawing reports whether declarations speak of what is drawn at all.
func drawing(declared string) bool {
	for _, k := range properties {
		if strings.Contains(declared, k) {
			return true
		}
	}
	return strings.Contains(declared, "transform")
}

func uncommented(s string) string {
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "/*")
		b.WriteString(before)
		if _, s, _ = strings.Cut(rest, "*/"); !ok {
			return b.String()
		}
		b.WriteByte(' ')
	}
}

// afterBlock is what follows a block of blocks.
func afterBlock(s string) string {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return ""
}

func selector(s string) (q rule, ok bool) {
	if f := strings.Fields(s); len(f) == 2 && f[0] == "svg" {
		s = f[1]
	}
	if s == "" || strings.ContainsAny(s, " >+~:[\t\r\n") {
		return q, false
	}
	i := strings.IndexAny(s, ".#")
	if i < 0 {
		i = len(s)
	}
	q.element = strings.ToLower(s[:i])
	if q.weight = 1; q.element == "*" {
		q.element, q.weight = "", 0
	}
	q.key = q.element
	if rest := s[i:]; rest != "" {
		switch {
		case strings.ContainsAny(rest[1:], ".#"), len(rest) == 1:
			return q, false
		case rest[0] == '.':
			q.weight += 10
		default:
			q.weight += 100
		}
		q.key = rest
	}
	return q, true
}

// each calls set for what the attributes, the rules and the style of an element say,
// what counts most last.
func (r *svgReader) each(name string, a attributes, set func(key, value string)) {
	for _, k := range properties {
		if v := a[k]; v != "" {
			set(k, v)
		}
	}
	declare := func(list string) {
		for one := range strings.SplitSeq(list, ";") {
			k, v, _ := strings.Cut(one, ":")
			set(strings.ToLower(strings.TrimSpace(k)), strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "!important")))
		}
	}
	// The rules of the page first, for an SVG brings its own along.
	fit := r.own.fit(name, a, r.page.fit(name, a, nil))
	if !r.spend(len(fit) / stepRules) {
		return
	}
	for _, q := range fit {
		declare(q.declared)
	}
	declare(a["style"])
}

// style sets in s what an element says.
func (r *svgReader) style(name string, a attributes, s *svgState) {
	turn, clip := a["transform"], ""
	r.each(name, a, func(k, v string) {
		switch k {
		case "transform":
			turn = v
		case "clip-path":
			clip = v
		case "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry": // SVG 2 §7
			a[k] = v
		default:
			r.property(k, v, s)
		}
	})
	if turn != "" {
		s.m = transform(turn).Mul(s.m)
	}
	if ref, ok := strings.CutPrefix(clip, "url("); ok {
		ref, _, _ = strings.Cut(ref, ")")
		r.clipTo(strings.TrimPrefix(strings.Trim(ref, `'" `), "#"), s)
	}
}

// properties in the order in which they are set: a fill may be of the colour.
var properties = []string{"color", "stop-color", "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-linecap", "fill-rule", "clip-rule", "display", "visibility", "clip-path"}

// property sets one property.
func (r *svgReader) property(key, v string, s *svgState) {
	if v == "inherit" {
		return
	}
	amount := func(old *float64, whole float64) {
		*old = attributes{"": v}.length("", whole, *old)
	}
	switch key {
	case "color", "stop-color":
		if q, ok := r.paint(v, s.color); ok {
			s.color = q
		}
	case "fill":
		if q, ok := r.paint(v, s.color); ok {
			s.fill = q
		}
	case "stroke":
		if q, ok := r.paint(v, s.color); ok {
			s.stroke = q
		}
	case "opacity":
		x := 1.
		amount(&x, 1)
		s.opacity *= x
	case "fill-opacity":
		amount(&s.fillOpacity, 1)
	case "stroke-opacity":
		amount(&s.strokeOpacity, 1)
	case "stroke-width":
		amount(&s.width, math.Hypot(s.view[0], s.view[1])/math.Sqrt2)
	case "fill-rule":
		if s.rule = NonZero; v == "evenodd" {
			s.rule = EvenOdd
		}
	case "display":
		s.hidden = v == "none"
	case "visibility":
		s.unseen = v != "visible"
	case "clip-rule":
		if s.clipRule = NonZero; v == "evenodd" {
			s.clipRule = EvenOdd
		}
	case "stroke-linecap":
		s.square = v == "square"
	}
}

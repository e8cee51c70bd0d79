// Package raster draws paths and pictures in shades of gray, without smoothing and
// without text: enough to find the QR codes that a page of PDF or an SVG draws.
//
//	c := raster.New(400, 300)                 // white
//	var p raster.Path
//	p.Rect(10, 10, 4, 4)                      // also Move, Line, Cube, Close
//	m := raster.Matrix{2, 0, 0, -2, 0, 300}   // user space to pixels
//	c.Fill(&p, m, raster.NonZero, raster.Black)
//	c.Stroke(&p, m, 1.5, false, raster.Black) // width in user space
//	c.Clip = c.Narrow(c.Clip, &p, m, raster.EvenOdd)
//	c.Picture(img, nil, m)                    // on the unit square, as in PDF
//	c.Stencil(mask, raster.Black, m)
//	search(c.Gray)                            // and c.Cut: something was left out
//
// Where to look, and how finely to draw, says a Survey of the same paths first.
//
// Pixels count from the upper left corner, y downwards; a pixel is painted where
// its middle lies within. So cells that share an edge leave no gap, and no pixel is
// painted by two of them. Coordinates that are no numbers paint nothing, and those
// far away are as good as MaxFar.
//
// golang.org/x/image/vector, which smooths, knows the nonzero rule alone, and half
// covered pixels between two cells are gray: both would cost codes.
//
// Out of scope: colours, joins, round caps, dashes, text, and blending other than by
// opacity. A Canvas and a Path are not safe for concurrent use.
package raster

import (
	"image"
	"math"
	"slices"
)

// Bounds of one drawing. What is beyond them is left out, and Canvas.Cut says so.
const (
	MaxSide  = 4096       // pixels of a side of a canvas
	MaxPath  = 1 << 17    // points of one path: a code of 177 modules has fewer
	MaxWork  = 64_000_000 // pixels painted and edges crossed, of one canvas
	MaxFar   = 1 << 20    // pixels from the corner; what is farther is taken to be there
	maxMasks = 4 << 20    // bytes of the clips of one canvas
	pieces   = 4          // straight pieces of a curve
)

// Matrix maps x, y to x*m[0]+y*m[2]+m[4], x*m[1]+y*m[3]+m[5], as in ISO 32000-1
// §8.3.4 and in SVG.
type Matrix [6]float64

// Identity changes nothing.
var Identity = Matrix{1, 0, 0, 1, 0, 0}

// Mul is m, and then n.
func (m Matrix) Mul(n Matrix) Matrix {
	return Matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// Move makes m one that moves by x and y before anything else.
func (m *Matrix) Move(x, y float64) {
	m[4], m[5] = x*m[0]+y*m[2]+m[4], x*m[1]+y*m[3]+m[5]
}

// At is where m puts a point.
func (m Matrix) At(x, y float64) (float64, float64) {
	return x*m[0] + y*m[2] + m[4], x*m[1] + y*m[3] + m[5]
}

// Scale is how many times longer m makes a line in the mean of all directions.
func (m Matrix) Scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }

// Inverse undoes m; false for one that cannot be undone.
func (m Matrix) Inverse() (Matrix, bool) {
	det := m[0]*m[3] - m[1]*m[2]
	n := Matrix{
		m[3] / det, -m[1] / det, -m[2] / det, m[0] / det,
		(m[2]*m[5] - m[3]*m[4]) / det, (m[1]*m[4] - m[0]*m[5]) / det,
	}
	for _, v := range n {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Identity, false
		}
	}
	return n, true
}

// Box is an upright rectangle, from X0, Y0 to X1, Y1.
type Box struct{ X0, Y0, X1, Y1 float64 }

// NoBox is the box of nothing: what is added to it is all of it.
var NoBox = Box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

// Add is the box around b and a point.
func (b Box) Add(x, y float64) Box {
	return Box{min(b.X0, x), min(b.Y0, y), max(b.X1, x), max(b.Y1, y)}
}

// Square is where m puts the unit square.
func (m Matrix) Square() Box {
	b := NoBox
	for _, q := range [4]Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		b = b.Add(m.At(q.X, q.Y))
	}
	return b
}

// Point is a point of a path.
type Point struct{ X, Y float64 }

// Path is lines one after another; a curve is a few lines. The zero Path is empty.
type Path struct {
	points []Point
	parts  []part
	full   bool // there were more than MaxPath
}

type part struct {
	start          int
	closed, curved bool
}

// Reset empties p and keeps its memory.
func (p *Path) Reset() { p.points, p.parts, p.full = p.points[:0], p.parts[:0], false }

// Move begins a part of the path.
func (p *Path) Move(x, y float64) {
	if n := len(p.parts); n > 0 && p.parts[n-1].start == len(p.points)-1 && !p.parts[n-1].closed {
		p.points[len(p.points)-1] = Point{x, y} // a move after a move
		return
	}
	if p.add(x, y) {
		p.parts = append(p.parts, part{start: len(p.points) - 1})
	}
}

func (p *Path) add(x, y float64) bool {
	if len(p.points) >= MaxPath {
		p.full = true
		return false
	}
	p.points = append(p.points, Point{x, y})
	return true
}

// Line goes on in a straight line; without a beginning it begins.
func (p *Path) Line(x, y float64) {
	n := len(p.parts)
	switch {
	case n == 0:
		p.Move(x, y)
		return
	case p.parts[n-1].closed: // it goes on from where the closed part began
		start := p.points[p.parts[n-1].start]
		p.Move(start.X, start.Y)
	}
	p.add(x, y)
}

// Cube goes on in a Bézier curve with two handles.
func (p *Path) Cube(ax, ay, bx, by, x, y float64) {
	at := p.Pen()
	for i := 1; i <= pieces; i++ {
		t := float64(i) / pieces
		s := 1 - t
		p.Line(s*s*s*at.X+3*s*s*t*ax+3*s*t*t*bx+t*t*t*x, s*s*s*at.Y+3*s*s*t*ay+3*s*t*t*by+t*t*t*y)
	}
	p.parts[len(p.parts)-1].curved = true
}

// Rect is a closed part of its own.
func (p *Path) Rect(x, y, w, h float64) {
	p.Move(x, y)
	p.Line(x+w, y)
	p.Line(x+w, y+h)
	p.Line(x, y+h)
	p.Close()
}

// Close goes back to the beginning of the part.
func (p *Path) Close() {
	if n := len(p.parts); n > 0 {
		p.parts[n-1].closed = true
	}
}

// Pen is the point reached; 0, 0 at first.
func (p *Path) Pen() Point {
	n := len(p.parts)
	switch {
	case n == 0:
		return Point{}
	case p.parts[n-1].closed:
		return p.points[p.parts[n-1].start]
	}
	return p.points[len(p.points)-1]
}

// Empty reports whether there is nothing to paint.
func (p *Path) Empty() bool { return len(p.points) == 0 }

// Bounds is the box around the points of p, moved by m.
func (p *Path) Bounds(m Matrix) Box {
	b := NoBox
	for _, q := range p.points {
		b = b.Add(m.At(q.X, q.Y))
	}
	return b
}

// part gives the points of the i-th part.
func (p *Path) part(i int) []Point {
	if i+1 < len(p.parts) {
		return p.points[p.parts[i].start:p.parts[i+1].start]
	}
	return p.points[p.parts[i].start:]
}

// Rule says what a path encloses (ISO 32000-1 §8.5.3.3, SVG fill-rule).
type Rule uint8

// The rules.
const (
	NonZero Rule = iota
	EvenOdd
)

// Ink is what is painted with: a shade, 0 black and 255 white, and an opacity.
type Ink struct{ Shade, Opacity uint8 }

// Black is what codes are painted with.
var Black = Ink{0, 255}

// Canvas is what is drawn on, white at first.
type Canvas struct {
	Gray *image.Gray
	Clip *Clip // what is painted is cut to it; nil for all
	Cut  bool  // something was left out, for a bound
	Work int   // what may be painted still: MaxWork at first
	// Memory that is used again.
	edges []edge
	open  []edge
	row   []crossing
	masks int
}

// New makes a canvas of w by h pixels, at least one and at most MaxSide each.
func New(w, h int) *Canvas {
	w, h = max(1, min(w, MaxSide)), max(1, min(h, MaxSide))
	return On(make([]byte, w*h), w, h)
}

// On is New in memory of the caller's, of w by h bytes with anything in them.
func On(pix []byte, w, h int) *Canvas {
	c := &Canvas{Gray: &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}, Work: MaxWork}
	pix[0] = 255
	for n := 1; n < len(pix); {
		n += copy(pix[n:], pix[:min(n, 4<<10)])
	}
	return c
}

// spend takes n off what may be painted still.
func (c *Canvas) spend(n int) bool {
	if c.Work -= n; c.Work < 0 {
		c.Cut = true
		return false
	}
	return true
}

// Clip is a part of a canvas. It never changes.
type Clip struct {
	box    image.Rectangle
	mask   []byte          // a bit for each pixel of masked, row by row; nil for all
	masked image.Rectangle // box lies within
}

// has reports whether a pixel of k's box is in k.
func (k *Clip) has(x, y int) bool {
	if k.mask == nil {
		return true
	}
	i := (y-k.masked.Min.Y)*k.masked.Dx() + x - k.masked.Min.X
	return k.mask[i>>3]>>(i&7)&1 == 1
}

// bounds is what may be painted.
func (c *Canvas) bounds() image.Rectangle {
	if c.Clip != nil {
		return c.Clip.box
	}
	return c.Gray.Rect
}

// Narrow gives the part of k, nil for the whole canvas, that p encloses, too. Beyond
// what a canvas has room for, it is the box around it.
func (c *Canvas) Narrow(k *Clip, p *Path, m Matrix, rule Rule) *Clip {
	n := Clip{box: c.Gray.Rect}
	if k != nil {
		n = *k
	}
	if p.full {
		c.Cut = true
		return k
	}
	if x0, y0, x1, y1, ok := p.upright(m); ok {
		n.box = pixels(x0, y0, x1, y1).Intersect(n.box)
		return &n
	}
	c.collect(p, m)
	box := NoBox
	for _, e := range c.edges {
		box = box.Add(e.x0, e.y0).Add(e.x1, e.y1)
	}
	if len(c.edges) == 0 {
		return &Clip{}
	}
	n.box = pixels(box.X0, box.Y0, box.X1, box.Y1).Intersect(n.box)
	size := (n.box.Dx()*n.box.Dy() + 7) / 8
	if c.masks+size > maxMasks {
		c.Cut = true
		return &n
	}
	c.masks += size
	n.mask, n.masked = make([]byte, size), n.box
	c.scan(rule, n.box, func(y, from, to int) {
		for x := from; x < to; x++ {
			if k == nil || k.has(x, y) {
				i := (y-n.box.Min.Y)*n.box.Dx() + x - n.box.Min.X
				n.mask[i>>3] |= 1 << (i & 7)
			}
		}
	})
	return &n
}

// pixels are those whose middle lies within.
func pixels(x0, y0, x1, y1 float64) image.Rectangle {
	return image.Rectangle{image.Pt(pixel(x0), pixel(y0)), image.Pt(pixel(x1), pixel(y1))}
}

// pixel is the first whose middle is not before v.
func pixel(v float64) int { return int(math.Ceil(near(v) - 0.5)) }

func near(v float64) float64 { return max(-MaxFar, min(v, MaxFar)) }

// upright gives the rectangle that p is, if it is one.
func (p *Path) upright(m Matrix) (x0, y0, x1, y1 float64, ok bool) {
	if len(p.parts) != 1 || len(p.points) != 4 && (len(p.points) != 5 || p.points[4] != p.points[0]) {
		return 0, 0, 0, 0, false
	}
	var q [4]Point
	for i := range q {
		q[i].X, q[i].Y = m.At(p.points[i].X, p.points[i].Y)
	}
	// q[0] and q[2] are corners that face each other: a side goes along x, the next
	// along y, or the other way round.
	flat := q[0].Y == q[1].Y && q[1].X == q[2].X && q[2].Y == q[3].Y && q[3].X == q[0].X
	steep := q[0].X == q[1].X && q[1].Y == q[2].Y && q[2].X == q[3].X && q[3].Y == q[0].Y
	if !flat && !steep {
		return 0, 0, 0, 0, false // NaN is none either
	}
	return min(q[0].X, q[2].X), min(q[0].Y, q[2].Y), max(q[0].X, q[2].X), max(q[0].Y, q[2].Y), true
}

type edge struct {
	x0, y0, x1, y1 float64 // y0 < y1
	turn           int
}

type crossing struct {
	x    float64
	turn int
}

// Fill fills what p, moved by m, encloses.
func (c *Canvas) Fill(p *Path, m Matrix, rule Rule, ink Ink) {
	if p.full {
		c.Cut = true
		return
	}
	if !c.spend(1 + len(p.points)) {
		return
	}
	if x0, y0, x1, y1, ok := p.upright(m); ok {
		box := pixels(x0, y0, x1, y1).Intersect(c.bounds())
		if box.Empty() || !c.spend(box.Dy()+box.Dx()*box.Dy()/8) {
			return
		}
		for y := box.Min.Y; y < box.Max.Y; y++ {
			c.span(y, box.Min.X, box.Max.X, ink)
		}
		return
	}
	c.collect(p, m)
	c.scan(rule, c.bounds(), func(y, from, to int) { c.span(y, from, to, ink) })
}

// collect makes edges of p, each part closed; none where a point is no number.
func (c *Canvas) collect(p *Path, m Matrix) {
	c.edges = c.edges[:0]
	for i := range p.parts {
		points := p.part(i)
		for k, a := range points {
			b := points[(k+1)%len(points)]
			x0, y0 := m.At(a.X, a.Y)
			x1, y1 := m.At(b.X, b.Y)
			if s := x0 + y0 + x1 + y1; math.IsNaN(s) {
				c.edges = c.edges[:0]
				return
			}
			x0, y0, x1, y1 = near(x0), near(y0), near(x1), near(y1)
			switch {
			case y0 < y1:
				c.edges = append(c.edges, edge{x0, y0, x1, y1, 1})
			case y1 < y0:
				c.edges = append(c.edges, edge{x1, y1, x0, y0, -1})
			}
		}
	}
}

// scan goes down the rows of box with the edges that cross each, and calls paint for
// what they enclose.
func (c *Canvas) scan(rule Rule, box image.Rectangle, paint func(y, from, to int)) {
	if len(c.edges) == 0 || box.Empty() {
		return
	}
	slices.SortFunc(c.edges, func(a, b edge) int { return order(a.y0, b.y0) })
	open, row := c.open[:0], c.row[:0]
	defer func() { c.open, c.row = open[:0], row[:0] }()
	next := 0
	for y := max(box.Min.Y, pixel(c.edges[0].y0)); y < box.Max.Y && (next < len(c.edges) || len(open) > 0); y++ {
		middle := float64(y) + 0.5
		for ; next < len(c.edges) && c.edges[next].y0 <= middle; next++ {
			open = append(open, c.edges[next])
		}
		open = slices.DeleteFunc(open, func(e edge) bool { return e.y1 <= middle })
		row = row[:0]
		for _, e := range open {
			row = append(row, crossing{e.x0 + (middle-e.y0)*(e.x1-e.x0)/(e.y1-e.y0), e.turn})
		}
		if !c.spend(1 + 12*len(row)) { // they are sorted, too
			return
		}
		slices.SortFunc(row, func(a, b crossing) int { return order(a.x, b.x) })
		turn := 0
		for i := 0; i+1 < len(row); i++ {
			turn += row[i].turn
			if rule == EvenOdd && i%2 == 1 || rule == NonZero && turn == 0 {
				continue
			}
			from, to := max(box.Min.X, pixel(row[i].x)), min(box.Max.X, pixel(row[i+1].x))
			if from < to {
				if !c.spend((to - from) / 8) {
					return
				}
				paint(y, from, to)
			}
		}
	}
}

func order(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// span paints pixels of a row that lie within the bounds.
func (c *Canvas) span(y, from, to int, ink Ink) {
	line := c.Gray.Pix[y*c.Gray.Stride:][from:to]
	if c.Clip == nil || c.Clip.mask == nil {
		if ink.Opacity == 255 {
			for i := range line {
				line[i] = ink.Shade
			}
			return
		}
		for i, v := range line {
			line[i] = over(v, ink.Shade, ink.Opacity)
		}
		return
	}
	for i, v := range line {
		if c.Clip.has(from+i, y) {
			line[i] = over(v, ink.Shade, ink.Opacity)
		}
	}
}

// over is a shade painted over another.
func over(below, shade, opacity uint8) uint8 {
	return uint8((int(shade)*int(opacity) + int(below)*(255-int(opacity)) + 127) / 255)
}

// Stroke draws the lines of p as bars of a width, in the units of p; square says that
// they go on for half of it at both ends, as they do at each corner.
func (c *Canvas) Stroke(p *Path, m Matrix, width float64, square bool, ink Ink) {
	if p.full {
		c.Cut = true
		return
	}
	width = math.Abs(width)
	if s := m.Scale(); s > 0 && width*s < 1 {
		width = 1 / s // the thinnest line there is (ISO 32000-1 §8.4.3.2)
	}
	var bar Path
	for i := range p.parts {
		points, closed := p.part(i), p.parts[i].closed
		last := len(points) - 1
		if closed {
			last++
		}
		for k := range last {
			a, b := points[k], points[(k+1)%len(points)]
			n := math.Hypot(b.X-a.X, b.Y-a.Y)
			if !(n > 0) || math.IsInf(n, 0) {
				continue
			}
			dx, dy := (b.X-a.X)/n*width/2, (b.Y-a.Y)/n*width/2
			if square || closed || k > 0 {
				a.X, a.Y = a.X-dx, a.Y-dy
			}
			if square || closed || k+1 < last {
				b.X, b.Y = b.X+dx, b.Y+dy
			}
			bar.Reset()
			bar.Move(a.X-dy, a.Y+dx)
			bar.Line(b.X-dy, b.Y+dx)
			bar.Line(b.X+dy, b.Y-dx)
			bar.Line(a.X+dy, a.Y-dx)
			c.Fill(&bar, m, NonZero, ink)
			if c.Work < 0 {
				return
			}
		}
	}
}

// Picture draws img where m puts the unit square, whose upper edge is img's first row
// (ISO 32000-1 §8.9.5.1); opacity, of any size, says how much of it covers what was
// there, nil for all.
func (c *Canvas) Picture(img, opacity *image.Gray, m Matrix) {
	if opacity == nil && m[1] == 0 && m[2] == 0 && (c.Clip == nil || c.Clip.mask == nil) && c.upright(img, m) {
		return
	}
	c.pixels(img, m, func(x, y int, u, v, du, dv float64) {
		o := uint8(255)
		if opacity != nil {
			o = sample(opacity, u, v, du, dv)
		}
		if o > 0 {
			i := y*c.Gray.Stride + x
			c.Gray.Pix[i] = over(c.Gray.Pix[i], sample(img, u, v, du, dv), o)
		}
	})
}

// upright is Picture for one that stands upright and is no finer than the canvas, as
// most strips are.
func (c *Canvas) upright(img *image.Gray, m Matrix) bool {
	b := m.Square()
	if img == nil || img.Rect.Empty() || !(b.X1-b.X0 > 1e-9 && b.Y1-b.Y0 > 1e-9) || math.IsInf(b.X1-b.X0+b.Y1-b.Y0, 0) {
		return false
	}
	fw, fh := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	if taps(fw/(b.X1-b.X0)) != 1 || taps(fh/(b.Y1-b.Y0)) != 1 {
		return false
	}
	box := pixels(b.X0, b.Y0, b.X1, b.Y1).Intersect(c.bounds())
	if !c.spend(box.Dx() * box.Dy()) {
		return true
	}
	columns := make([]int, box.Dx())
	for i := range columns {
		columns[i] = min(int((float64(box.Min.X+i)+0.5-m[4])/m[0]*fw), img.Rect.Dx()-1)
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		from := img.Pix[min(int((1-(float64(y)+0.5-m[5])/m[3])*fh), img.Rect.Dy()-1)*img.Stride:]
		to := c.Gray.Pix[y*c.Gray.Stride+box.Min.X:][:len(columns)]
		for i, x := range columns {
			to[i] = from[x]
		}
	}
	return true
}

// Stencil paints ink where m puts the unit square, as much of it as opacity says
// (image masks, ISO 32000-1 §8.9.6.2).
func (c *Canvas) Stencil(opacity *image.Gray, ink Ink, m Matrix) {
	c.pixels(opacity, m, func(x, y int, u, v, du, dv float64) {
		if o := sample(opacity, u, v, du, dv); o > 0 {
			i := y*c.Gray.Stride + x
			c.Gray.Pix[i] = over(c.Gray.Pix[i], ink.Shade, uint8(int(o)*int(ink.Opacity)/255))
		}
	})
}

// pixels calls paint for the pixels of the unit square moved by m, with their place
// in it, from the upper left corner, and how much of it a pixel is.
func (c *Canvas) pixels(img *image.Gray, m Matrix, paint func(x, y int, u, v, du, dv float64)) {
	det := m[0]*m[3] - m[1]*m[2]
	b := m.Square()
	if img == nil || img.Rect.Empty() || !(math.Abs(det) > 1e-9) || math.IsInf(det, 0) || math.IsNaN(b.X0+b.Y0+b.X1+b.Y1) {
		return
	}
	box := pixels(b.X0, b.Y0, b.X1, b.Y1).Intersect(c.bounds())
	du, dv := (math.Abs(m[3])+math.Abs(m[2]))/math.Abs(det), (math.Abs(m[0])+math.Abs(m[1]))/math.Abs(det)
	each := 1 + taps(du*float64(img.Rect.Dx()))*taps(dv*float64(img.Rect.Dy()))
	for y := box.Min.Y; y < box.Max.Y; y++ {
		if !c.spend(each * box.Dx()) {
			return
		}
		for x := box.Min.X; x < box.Max.X; x++ {
			dx, dy := float64(x)+0.5-m[4], float64(y)+0.5-m[5]
			u, v := (dx*m[3]-dy*m[2])/det, 1-(dy*m[0]-dx*m[1])/det
			if u >= 0 && u < 1 && v >= 0 && v < 1 && (c.Clip == nil || c.Clip.has(x, y)) {
				paint(x, y, u, v, du, dv)
			}
		}
	}
}

// taps is how many samples of a picture, of so many that a pixel covers, are asked in
// one direction.
func taps(n float64) int {
	if !(n > 1.5) {
		return 1
	}
	return int(math.Min(math.Round(n), 4))
}

// sample is the shade at u, v of img, the mean where a pixel covers more than one.
func sample(img *image.Gray, u, v, du, dv float64) uint8 {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	fw, fh := float64(w), float64(h)
	nx, ny := taps(du*fw), taps(dv*fh)
	if nx == 1 && ny == 1 {
		return img.Pix[min(int(v*fh), h-1)*img.Stride+min(int(u*fw), w-1)]
	}
	sum := 0
	for j := range ny {
		y := int((v + dv*((float64(j)+0.5)/float64(ny)-0.5)) * fh)
		line := img.Pix[max(0, min(y, h-1))*img.Stride:]
		for i := range nx {
			x := int((u + du*((float64(i)+0.5)/float64(nx)-0.5)) * fw)
			sum += int(line[max(0, min(x, w-1))])
		}
	}
	return uint8(sum / (nx * ny))
}

package raster

import (
	"math"
	"strconv"
	"strings"
)

// pen makes a path where the SVG shows it, out of points of an element.
type pen struct {
	m      Matrix
	path   Path
	box    Box
	x, y   float64
	x0, y0 float64 // where it began
	begun  bool    // there is a part
	far    bool    // it leaves what can be drawn
	full   bool    // it has more points than are left
}

func (p *pen) put(x, y float64) (float64, float64) {
	if p.path.Empty() {
		p.box = NoBox
	}
	x, y = p.m.At(x, y)
	if !(math.Abs(x) < maxFar && math.Abs(y) < maxFar) {
		p.far = true
		return 0, 0
	}
	p.box = p.box.Add(x, y)
	return x, y
}

func (p *pen) move(x, y float64) {
	p.x, p.y, p.x0, p.y0, p.begun = x, y, x, y, true
	p.path.Move(p.put(x, y))
}

func (p *pen) line(x, y float64) {
	if !p.begun {
		p.move(p.x, p.y)
	}
	p.path.Line(p.put(x, y))
	p.x, p.y = x, y
}

func (p *pen) cube(ax, ay, bx, by, x, y float64) {
	if !p.begun {
		p.move(p.x, p.y)
	}
	ax, ay = p.put(ax, ay)
	bx, by = p.put(bx, by)
	ex, ey := p.put(x, y)
	p.path.Cube(ax, ay, bx, by, ex, ey)
	p.x, p.y = x, y
}

func (p *pen) close() {
	if !p.begun {
		return
	}
	p.path.Close()
	p.begun = false // what goes on without a move begins here
	p.x, p.y = p.x0, p.y0
}

func (p *pen) rect(x, y, w, h float64) {
	p.move(x, y)
	p.line(x+w, y)
	p.line(x+w, y+h)
	p.line(x, y+h)
	p.close()
}

// round is how far the handles of a quarter of a circle are.
const round = 0.5522847498

func (p *pen) ellipse(x, y, rx, ry float64) {
	p.move(x+rx, y)
	p.cube(x+rx, y+round*ry, x+round*rx, y+ry, x, y+ry)
	p.cube(x-round*rx, y+ry, x-rx, y+round*ry, x-rx, y)
	p.cube(x-rx, y-round*ry, x-round*rx, y-ry, x, y-ry)
	p.cube(x+round*rx, y-ry, x+rx, y-round*ry, x+rx, y)
}

func (p *pen) polygon(points string, closed bool, most int) {
	n := numbers{s: points}
	for first := true; ; first = false {
		x, ok := n.next()
		y, too := n.next()
		if !ok || !too {
			break
		}
		if len(p.path.points) >= most || p.path.full {
			p.full = true
			return
		}
		if first {
			p.move(x, y)
		} else {
			p.line(x, y)
		}
	}
	if closed {
		p.close()
	}
}

// numbers reads numbers as path data has them: with or without anything in between
// (SVG 2 §9.3.9).
type numbers struct {
	s string
	i int
}

func (n *numbers) space() {
	for n.i < len(n.s) && (n.s[n.i] <= ' ' || n.s[n.i] == ',') {
		n.i++
	}
}

func (n *numbers) next() (float64, bool) {
	n.space()
	i, dot, digits := n.i, false, false
	if i < len(n.s) && (n.s[i] == '-' || n.s[i] == '+') {
		i++
	}
	for ; i < len(n.s); i++ {
		c := n.s[i]
		switch {
		case c >= '0' && c <= '9':
			digits = true
			continue
		case c == '.' && !dot:
			dot = true
			continue
		case (c == 'e' || c == 'E') && digits:
			k := i + 1
			if k < len(n.s) && (n.s[k] == '-' || n.s[k] == '+') {
				k++
			}
			if k < len(n.s) && n.s[k] >= '0' && n.s[k] <= '9' {
				for k < len(n.s) && n.s[k] >= '0' && n.s[k] <= '9' {
					k++
				}
				i = k
			}
		}
		break
	}
	if !digits || i-n.i > 400 {
		return 0, false
	}
	v, err := strconv.ParseFloat(n.s[n.i:i], 64)
	n.i = i
	return v, err == nil || !math.IsNaN(v) // what is too large is infinite, and far
}

// flag reads one digit of an arc.
func (n *numbers) flag() (bool, bool) {
	n.space()
	if n.i >= len(n.s) || n.s[n.i] != '0' && n.s[n.i] != '1' {
		return false, false
	}
	n.i++
	return n.s[n.i-1] == '1', true
}

// arguments is how many numbers a command of path data takes.
var arguments = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'S': 4, 'Q': 4, 'T': 2, 'A': 7, 'Z': 0}

// read draws path data (SVG 2 §9.3), as far as it is right, and at most about so
// many points of it.
func (p *pen) read(d string, most int) {
	n := numbers{s: d}
	var command, last byte
	var hx, hy float64 // the last handle
	var v [8]float64
	for {
		if len(p.path.points) >= most || p.path.full {
			p.full = true
			return
		}
		n.space()
		if n.i >= len(n.s) {
			return
		}
		if c := n.s[n.i]; c >= 'A' && c <= 'z' {
			command = c
			n.i++
		} else if command == 0 || command|0x20 == 'z' {
			return
		}
		upper := command &^ 0x20
		count, known := arguments[upper]
		if !known {
			return
		}
		if !n.arguments(upper, v[:count]) {
			return
		}
		p.place(command, v[:count+1])
		x, y := p.x, p.y
		switch upper {
		case 'M':
			p.move(v[0], v[1])
			command-- // pairs that follow are lines
		case 'L', 'H', 'V':
			p.line(v[0], v[1])
		case 'C':
			p.cube(v[0], v[1], v[2], v[3], v[4], v[5])
			hx, hy = v[2], v[3]
		case 'S':
			if last != 'C' && last != 'S' {
				hx, hy = x, y
			}
			p.cube(2*x-hx, 2*y-hy, v[0], v[1], v[2], v[3])
			hx, hy = v[0], v[1]
		case 'Q', 'T':
			if upper == 'T' {
				v[2], v[3] = v[0], v[1]
				v[0], v[1] = x, y
				if last == 'Q' || last == 'T' {
					v[0], v[1] = 2*x-hx, 2*y-hy
				}
			}
			hx, hy = v[0], v[1]
			p.cube(x+2*(hx-x)/3, y+2*(hy-y)/3, v[2]+2*(hx-v[2])/3, v[3]+2*(hy-v[3])/3, v[2], v[3])
		case 'A':
			p.arc(v[0], v[1], v[2], v[3] == 1, v[4] == 1, v[5], v[6])
		case 'Z':
			p.close()
		}
		last = upper
	}
}

// arguments reads what a command takes.
func (n *numbers) arguments(upper byte, v []float64) bool {
	for i := range v {
		var ok bool
		if upper == 'A' && (i == 3 || i == 4) {
			var f bool
			if f, ok = n.flag(); f {
				v[i] = 1
			} else {
				v[i] = 0
			}
		} else {
			v[i], ok = n.next()
		}
		if !ok {
			return false
		}
	}
	return true
}

// place gives the points of a command where they lie; one number becomes a point.
func (p *pen) place(command byte, v []float64) {
	switch command &^ 0x20 {
	case 'A':
		v[5], v[6] = p.absolute(command, v[5], v[6])
	case 'H':
		v[0], _ = p.absolute(command, v[0], 0)
		v[1] = p.y
	case 'V':
		_, v[1] = p.absolute(command, 0, v[0])
		v[0] = p.x
	default:
		for i := 0; i+2 < len(v); i += 2 {
			v[i], v[i+1] = p.absolute(command, v[i], v[i+1])
		}
	}
}

func (p *pen) absolute(command byte, x, y float64) (float64, float64) {
	if command >= 'a' {
		return p.x + x, p.y + y
	}
	return x, y
}

// arc draws an elliptical arc (SVG 2 §B.2.4), by curves of at most a quarter.
func (p *pen) arc(rx, ry, turn float64, large, sweep bool, x, y float64) {
	x0, y0 := p.x, p.y
	rx, ry = math.Abs(rx), math.Abs(ry)
	if !(rx > 0 && ry > 0) || x == x0 && y == y0 || !(rx < maxFar && ry < maxFar) {
		p.line(x, y)
		return
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (x0-x)/2, (y0-y)/2
	ax, ay := cos*dx+sin*dy, -sin*dx+cos*dy
	if over := ax*ax/(rx*rx) + ay*ay/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	below := rx*rx*ay*ay + ry*ry*ax*ax
	q := math.Sqrt(max(0, rx*rx*ry*ry-below) / below)
	if large == sweep {
		q = -q
	}
	cx, cy := q*rx*ay/ry, -q*ry*ax/rx
	from := math.Atan2((ay-cy)/ry, (ax-cx)/rx)
	by := math.Atan2((-ay-cy)/ry, (-ax-cx)/rx) - from
	switch {
	case sweep && by < 0:
		by += 2 * math.Pi
	case !sweep && by > 0:
		by -= 2 * math.Pi
	}
	if math.IsNaN(from) || math.IsNaN(by) {
		p.line(x, y)
		return
	}
	n := max(1, min(4, math.Ceil(math.Abs(by)/(math.Pi/2)-1e-9)))
	by /= n
	k := 4 / 3. * math.Tan(by/4)
	mx, my := (x0+x)/2, (y0+y)/2
	at := func(u, v float64) (float64, float64) { // of the ellipse's own axes
		u, v = cx+rx*u, cy+ry*v
		return mx + cos*u - sin*v, my + sin*u + cos*v
	}
	for i := 0.; i < n; i++ {
		s1, c1 := math.Sincos(from + i*by)
		s2, c2 := math.Sincos(from + (i+1)*by)
		ax, ay := at(c1-k*s1, s1+k*c1)
		bx, by := at(c2+k*s2, s2-k*c2)
		ex, ey := at(c2, s2)
		if i == n-1 {
			ex, ey = x, y
		}
		p.cube(ax, ay, bx, by, ex, ey)
	}
}

// transform reads a list of transformations (CSS Transforms 1 §8), of a style too.
func transform(s string) Matrix {
	m := Identity
	for range 64 {
		name, rest, ok := strings.Cut(s, "(")
		args, after, closed := strings.Cut(rest, ")")
		if !ok || !closed {
			break
		}
		s = after
		var v [6]float64
		n, list := 0, numbers{s: args}
		for n < 6 {
			x, ok := list.next()
			if !ok {
				break
			}
			for list.i < len(args) && (args[list.i] >= 'a' && args[list.i] <= 'z' || args[list.i] == '%') {
				list.i++ // px, deg
			}
			v[n] = x
			n++
		}
		t := Identity
		switch strings.ToLower(strings.Trim(name, ", \t\r\n")) {
		case "matrix":
			if n == 6 {
				t = v
			}
		case "translate":
			t[4], t[5] = v[0], v[1]
		case "translatex":
			t[4] = v[0]
		case "translatey":
			t[5] = v[0]
		case "scale":
			if t[0], t[3] = v[0], v[1]; n == 1 {
				t[3] = v[0]
			}
		case "scalex":
			t[0] = v[0]
		case "scaley":
			t[3] = v[0]
		case "rotate":
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			t = Matrix{cos, sin, -sin, cos, v[1] - cos*v[1] + sin*v[2], v[2] - sin*v[1] - cos*v[2]}
		case "skewx":
			t[2] = math.Tan(v[0] * math.Pi / 180)
		case "skewy":
			t[1] = math.Tan(v[0] * math.Pi / 180)
		}
		m = t.Mul(m)
	}
	return m
}

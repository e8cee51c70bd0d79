package raster

import (
	"hash/maphash"
	"math"
	"slices"
)

// Survey notes what is painted, and tells where it could be a code: where many
// edges of one length lie close together, in an area of a code's shape. It sees
// neither colours nor what covers what, only where to look. The zero Survey is
// empty.
//
//	var s raster.Survey
//	s.Fill(&p, m)            // for each path filled, in units of your own
//	s.Stroke(&p, m, width)
//	s.Square(m)              // a picture of one pixel or so
//	for _, r := range s.Regions() { … }
type Survey struct {
	Cut   bool // there was more than is noted
	marks []mark
	// Memory that is used again, and the bins of the lengths that were met last.
	sorted []mark
	bins   [16]struct {
		length float64
		bin    int16
	}
}

// Reset empties s and keeps its memory.
func (s *Survey) Reset() { s.Cut, s.marks = false, s.marks[:0] }

// mark is an edge of about lengthStep to the power of bin.
type mark struct {
	x, y, length float32
	bin          int16
}

// Bounds of a survey.
const (
	maxMarks   = 1 << 18
	maxRegions = 16
	minMarks   = 120 // edges of one length: a code of 25 modules, its runs drawn as one each, has twice as many
	minModules = 15  // of a side of a region, some of which may not be seen
	maxModules = 600
	reach      = 6   // modules from one edge of a code to the next at most
	margin     = 6   // modules around what is seen
	lengthStep = 1.2 // lengths that differ by less are as good as equal
)

// Region is where a code could be, and the side of its modules.
type Region struct {
	Box
	Module float64
}

func (s *Survey) mark(x, y, length float64, times int) {
	if !(length > 1e-6 && length < 1e6) || !(math.Abs(x) < 1e7 && math.Abs(y) < 1e7) {
		return
	}
	known := &s.bins[math.Float64bits(length)*0x9E3779B97F4A7C15>>60]
	if known.length != length {
		known.length, known.bin = length, int16(math.Round(math.Log(length)/math.Log(lengthStep)))
	}
	bin := known.bin
	for range times {
		if len(s.marks) >= maxMarks {
			s.Cut = true
			return
		}
		s.marks = append(s.marks, mark{float32(x), float32(y), float32(length), bin})
	}
}

// Fill notes the parts of a path that is filled, moved by m: their edges, and of
// what is round its breadth.
func (s *Survey) Fill(p *Path, m Matrix) {
	for i := range p.parts {
		points := p.part(i)
		if p.parts[i].curved {
			b := NoBox
			for _, q := range points {
				b = b.Add(m.At(q.X, q.Y))
			}
			s.mark((b.X0+b.X1)/2, (b.Y0+b.Y1)/2, min(b.X1-b.X0, b.Y1-b.Y0), 4)
			continue
		}
		if len(points) < 3 {
			continue
		}
		x0, y0 := m.At(points[len(points)-1].X, points[len(points)-1].Y)
		for _, q := range points {
			x, y := m.At(q.X, q.Y)
			s.mark((x0+x)/2, (y0+y)/2, distance(x-x0, y-y0), 1)
			x0, y0 = x, y
		}
	}
}

// distance is how long a line is; most are upright.
func distance(x, y float64) float64 {
	switch {
	case x == 0:
		return math.Abs(y)
	case y == 0:
		return math.Abs(x)
	}
	return math.Hypot(x, y)
}

// Stroke notes the lines of a path that are drawn so wide, as bars.
func (s *Survey) Stroke(p *Path, m Matrix, width float64) {
	width *= m.Scale()
	for i := range p.parts {
		points := p.part(i)
		for k := 1; k < len(points); k++ {
			for _, q := range points[k-1 : k+1] {
				x, y := m.At(q.X, q.Y)
				s.mark(x, y, width, 1)
			}
		}
	}
}

// Square notes the unit square, moved by m.
func (s *Survey) Square(m Matrix) {
	b := m.Square()
	s.mark((b.X0+b.X1)/2, (b.Y0+b.Y1)/2, min(b.X1-b.X0, b.Y1-b.Y0), 4)
}

// Regions gives where codes could be, the most likely first, at most sixteen.
func (s *Survey) Regions() []Region {
	if s.sort(); len(s.marks) < minMarks {
		return nil
	}
	var all []cluster
	// From small lengths to large: the edges of runs of two and three modules lie in
	// the same place as those of one.
	for i := 0; i < len(s.marks); {
		bin, j := s.marks[i].bin, i
		next := i
		for ; j < len(s.marks) && s.marks[j].bin <= bin+1; j++ {
			if s.marks[j].bin == bin {
				next = j + 1
			}
		}
		for _, r := range clusters(s.marks[i:j]) {
			if !slices.ContainsFunc(all, func(f cluster) bool { return f.covers(r.Region) }) {
				all = append(all, r)
			}
		}
		i = next
	}
	slices.SortStableFunc(all, func(a, b cluster) int { return b.marks - a.marks })
	if len(all) > maxRegions {
		all, s.Cut = all[:maxRegions], true
	}
	out := make([]Region, len(all))
	for i, f := range all {
		out[i] = f.Region
		out[i].X0 -= margin * f.Module
		out[i].Y0 -= margin * f.Module
		out[i].X1 += margin * f.Module
		out[i].Y1 += margin * f.Module
	}
	return out
}

// sort puts the marks in the order of their bins, without those of lengths of which
// there are too few for a code.
func (s *Survey) sort() {
	const far = 128 // bins from that of a length of 1 at most: see mark
	var n [2*far + 3]int
	for _, k := range s.marks {
		n[k.bin+far+1]++
	}
	var at [2*far + 3]int
	all := 0
	for i := 1; i+1 < len(n); i++ {
		if at[i] = -1; n[i-1]+n[i] >= minMarks || n[i]+n[i+1] >= minMarks {
			at[i] = all
			all += n[i]
		}
	}
	if cap(s.sorted) < all {
		s.sorted = make([]mark, all)
	}
	sorted := s.sorted[:all]
	for _, k := range s.marks {
		if i := &at[k.bin+far+1]; *i >= 0 {
			sorted[*i] = k
			*i++
		}
	}
	s.marks, s.sorted = sorted, s.marks
}

// covers reports whether most of what r is lies in f, drawn as finely.
func (f Region) covers(r Region) bool {
	w := min(f.X1, r.X1) - max(f.X0, r.X0)
	h := min(f.Y1, r.Y1) - max(f.Y0, r.Y0)
	return w > 0 && h > 0 && w*h >= 0.6*(r.X1-r.X0)*(r.Y1-r.Y0) && r.Module < 12*f.Module
}

// cluster is a region before it is said where a code could be.
type cluster struct {
	Region
	marks int
}

// clusters gives the areas where marks of about one length lie close together.
func clusters(marks []mark) []cluster {
	if len(marks) < minMarks {
		return nil
	}
	length := 0.0
	for _, k := range marks {
		length += float64(k.length)
	}
	length /= float64(len(marks))
	at := func(k mark) tile {
		return tile{int32(math.Floor(float64(k.x) / (reach * length))), int32(math.Floor(float64(k.y) / (reach * length)))}
	}
	// Marks that follow one another mostly lie in one tile.
	tiles := newTiles()
	of := make([]int32, len(marks)) // the tile of each mark, by its number
	for i, k := range marks {
		t := at(k)
		if i > 0 && t == tiles.all[of[i-1]] {
			of[i] = of[i-1]
			continue
		}
		of[i] = tiles.add(t)
	}
	part := make([]int, len(tiles.all)) // the cluster of each tile, from 1 on
	var out []cluster
	var queue []int32
	for n := range part {
		if part[n] > 0 {
			continue
		}
		out = append(out, cluster{Region: Region{Box: NoBox}})
		part[n], queue = len(out), append(queue, int32(n))
		for len(queue) > 0 {
			t := tiles.all[queue[len(queue)-1]]
			queue = queue[:len(queue)-1]
			for dx := int32(-1); dx <= 1; dx++ {
				for dy := int32(-1); dy <= 1; dy++ {
					if q := tiles.find(tile{t.x + dx, t.y + dy}); q >= 0 && part[q] == 0 {
						part[q], queue = len(out), append(queue, q)
					}
				}
			}
		}
	}
	for i, k := range marks {
		c := &out[part[of[i]]-1]
		c.Box = c.Add(float64(k.x), float64(k.y))
		c.Module += float64(k.length)
		c.marks++
	}
	likely := out[:0]
	for _, c := range out {
		if c.Module /= float64(c.marks); c.likely() {
			likely = append(likely, c)
		}
	}
	return likely
}

type tile struct{ x, y int32 }

// tiles numbers tiles in the order in which they are met. It is a map that is asked for
// all neighbours of each: a map of the language takes most of a survey's time.
type tiles struct {
	all   []tile
	slots []int32 // one more than a number, where the tile's product leads to or behind; 0: none
	shift uint
	odd   uint64 // nobody knows beforehand which tiles fall together
}

func newTiles() *tiles {
	t := &tiles{odd: maphash.Comparable(maphash.MakeSeed(), 0) | 1}
	t.room(8)
	return t
}

// room has 1<<n slots.
func (t *tiles) room(n uint) {
	t.shift, t.slots = 64-n, make([]int32, 1<<n)
	for i, k := range t.all {
		_, slot := t.look(k)
		t.slots[slot] = int32(i) + 1
	}
}

// look gives the number of a tile, -1 for none, and its slot.
func (t *tiles) look(k tile) (n int32, slot uint64) {
	last := uint64(len(t.slots) - 1)
	for i := (uint64(uint32(k.x))<<32 | uint64(uint32(k.y))) * t.odd >> t.shift; ; i = (i + 1) & last {
		if n = t.slots[i&last] - 1; n < 0 || t.all[n] == k {
			return n, i & last
		}
	}
}

// find gives the number of a tile, -1 for none.
func (t *tiles) find(k tile) int32 {
	n, _ := t.look(k)
	return n
}

// add gives the number of a tile, which it has from now on.
func (t *tiles) add(k tile) int32 {
	n, slot := t.look(k)
	if n >= 0 {
		return n
	}
	t.all = append(t.all, k)
	t.slots[slot] = int32(len(t.all))
	if 2*len(t.all) > len(t.slots) {
		t.room(64 - t.shift + 1)
	}
	return int32(len(t.all)) - 1
}

// likely reports whether the area has a code's shape.
func (c *cluster) likely() bool {
	w, h := (c.X1-c.X0)/c.Module, (c.Y1-c.Y0)/c.Module
	return c.marks >= minMarks && min(w, h) >= minModules && max(w, h) <= maxModules && max(w, h) <= 6*min(w, h) &&
		float64(c.marks) >= 0.05*w*h
}

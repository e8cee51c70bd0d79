package raster

import (
	"image"
	"math"
	"slices"
)

// Bounds of what is looked at.
const (
	perModule = 4    // pixels
	maxView   = 2048 // pixels of a side
	maxViews  = 8
	drawnOver = 16 // times that a view may be painted over
)

// View is a part of a drawing that could hold a code, and the size at which it is
// drawn, in pixels.
type View struct {
	Width, Height int
	Whole         bool // it is the whole drawing
	box           Box
}

// Views are where the drawing could have codes, and then the whole of it; none where
// there is nothing like one.
func (s *SVG) Views() []View {
	regions := s.survey.Regions()
	if len(regions) == 0 {
		return nil
	}
	var views []View
	add := func(b Box, scale float64) {
		w, h := b.X1-b.X0, b.Y1-b.Y0
		if b.empty() || !(w < maxFar && h < maxFar) {
			return
		}
		scale = min(scale, maxView/max(w, h))
		v := View{Width: int(math.Ceil(w * scale)), Height: int(math.Ceil(h * scale)), box: b}
		if !slices.Contains(views, v) && v.Width >= 21 && v.Height >= 21 {
			views = append(views, v)
		}
	}
	for _, r := range regions[:min(len(regions), maxViews-1)] {
		add(r.Box, perModule/r.Module)
	}
	whole := s.box
	if whole.empty() {
		whole = NoBox
		for i := range s.shapes {
			whole = whole.join(s.shapes[i].box)
		}
	}
	n := len(views)
	if add(whole, math.Inf(1)); len(views) > n {
		views[n].Whole = true
	}
	return views
}

// Draw draws what stands in v, black on white.
func (s *SVG) Draw(v View) *image.Gray {
	c := New(v.Width, v.Height)
	c.Work = min(MaxWork, 1<<20+drawnOver*v.Width*v.Height)
	sx, sy := float64(v.Width)/(v.box.X1-v.box.X0), float64(v.Height)/(v.box.Y1-v.box.Y0)
	m := Matrix{sx, 0, 0, sy, -v.box.X0 * sx, -v.box.Y0 * sy}
	clips, at := map[int]*Clip{}, 0
	for i := range s.shapes {
		q := &s.shapes[i]
		if q.box.X1 < v.box.X0 || q.box.X0 > v.box.X1 || q.box.Y1 < v.box.Y0 || q.box.Y0 > v.box.Y1 {
			continue
		}
		if q.clip != at {
			at = q.clip
			c.Clip = s.clipOn(c, at, m, clips)
		}
		if q.width > 0 {
			c.Stroke(&q.path, m, q.width, q.square, q.ink)
		} else {
			c.Fill(&q.path, m, q.rule, q.ink)
		}
	}
	s.Cut = s.Cut || c.Cut
	return c.Gray
}

// clipOn is the n-th clip on a canvas, nil for none.
func (s *SVG) clipOn(c *Canvas, n int, m Matrix, made map[int]*Clip) *Clip {
	if n == 0 {
		return nil
	}
	if k, ok := made[n]; ok {
		return k
	}
	q := &s.clips[n-1]
	k := c.Narrow(s.clipOn(c, q.before, m, made), &q.path, m, q.rule)
	made[n] = k
	return k
}

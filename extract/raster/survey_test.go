package raster

import (
	"math"
	"math/rand/v2"
	"testing"
)

// cells calls each for the dark cells of a random code of n modules, as runs of one
// row; each is at x, y and w wide.
func cells(n int, each func(x, y, w float64)) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	for y := range n {
		from := -1
		for x := range n + 1 {
			dark := x < n && rng.IntN(2) == 0
			switch {
			case dark && from < 0:
				from = x
			case !dark && from >= 0:
				each(float64(from), float64(y), float64(x-from))
				from = -1
			}
		}
	}
}

func TestSurvey(t *testing.T) {
	const module = 1.7
	place := Matrix{module, 0, 0, module, 100, 200}
	turned := Matrix{math.Cos(0.4), math.Sin(0.4), -math.Sin(0.4), math.Cos(0.4), 0, 0}.Mul(place)
	var p Path
	for _, tc := range []struct {
		desc string
		m    Matrix
		draw func(s *Survey, m Matrix)
		n    int // regions
	}{
		{"runs, a path each", place, func(s *Survey, m Matrix) {
			cells(25, func(x, y, w float64) { p.Reset(); p.Rect(x, y, w, 1); s.Fill(&p, m) })
		}, 1},
		{"runs in one path", turned, func(s *Survey, m Matrix) {
			p.Reset()
			cells(29, func(x, y, w float64) { p.Rect(x, y, w, 1) })
			s.Fill(&p, m)
		}, 1},
		{"lines as thick as a module", turned, func(s *Survey, m Matrix) {
			p.Reset()
			cells(29, func(x, y, w float64) { p.Move(x, y+0.5); p.Line(x+w, y+0.5) })
			s.Stroke(&p, m, 1)
		}, 1},
		{"dots", place, func(s *Survey, m Matrix) {
			cells(29, func(x, y, w float64) {
				for i := range int(w) {
					x := x + float64(i)
					p.Reset()
					p.Move(x, y+0.5)
					p.Cube(x, y+1.1, x+1, y+1.1, x+1, y+0.5)
					p.Cube(x+1, y-0.1, x, y-0.1, x, y+0.5)
					s.Fill(&p, m)
				}
			})
		}, 1},
		{"pictures", place, func(s *Survey, m Matrix) {
			cells(29, func(x, y, w float64) {
				for i := range int(w) {
					s.Square(Matrix{1, 0, 0, 1, x + float64(i), y}.Mul(m))
				}
			})
		}, 1},
		{"two codes apart", place, func(s *Survey, m Matrix) {
			for _, far := range []float64{0, 60} {
				cells(29, func(x, y, w float64) { p.Reset(); p.Rect(far+x, y, w, 1); s.Fill(&p, m) })
			}
		}, 2},
		{"a line of many cells is no code", place, func(s *Survey, m Matrix) {
			for i := range 300 {
				p.Reset()
				p.Rect(float64(2*i), 0, 1, 1)
				s.Fill(&p, m)
			}
		}, 0},
		{"cells of all sizes are no code", place, func(s *Survey, m Matrix) {
			rng := rand.New(rand.NewPCG(1, 2))
			for i := range 200 {
				p.Reset()
				side := math.Pow(1.5, float64(i%40))
				p.Rect(rng.Float64()*100, rng.Float64()*100, side, side)
				s.Fill(&p, m)
			}
		}, 0},
		{"few cells", place, func(s *Survey, m Matrix) {
			cells(9, func(x, y, w float64) { p.Reset(); p.Rect(x, y, w, 1); s.Fill(&p, m) })
		}, 0},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			var s Survey
			tc.draw(&s, tc.m)
			got := s.Regions()
			if len(got) != tc.n || s.Cut {
				t.Fatalf("%d regions, want %d: %v", len(got), tc.n, got)
			}
			for _, r := range got {
				if r.Module < module*0.8 || r.Module > module*1.25 {
					t.Errorf("a module of %.2f, want %.2f", r.Module, module)
				}
			}
			if tc.n == 1 {
				var whole Path
				whole.Rect(0, 0, 25, 25)
				b := whole.Bounds(tc.m)
				if r := got[0]; r.X0 > b.X0 || r.Y0 > b.Y0 || r.X1 < b.X1 || r.Y1 < b.Y1 {
					t.Errorf("%v does not hold %v", r, b)
				}
			}
		})
	}
}

// TestAttack359_SurveyWithoutEnd: a survey of very many cells, of every size and place,
// takes bounded memory and time, and says what it left out.
func TestAttack359_SurveyWithoutEnd(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var s Survey
	var p Path
	for i := range 100_000 {
		p.Reset()
		side := math.Pow(1.1, float64(i%200))
		p.Rect(rng.NormFloat64()*1000, rng.NormFloat64()*1000, side, side)
		s.Fill(&p, Identity)
		if i%1000 == 0 {
			s.Square(Matrix{math.NaN(), 0, 0, math.Inf(1), 0, 0})
		}
	}
	if !s.Cut || len(s.marks) > maxMarks {
		t.Errorf("%d edges are kept, and it is not told: %v", len(s.marks), s.Cut)
	}
	_ = s.Regions()

	s = Survey{}
	for i := range maxRegions + 4 {
		cells(29, func(x, y, w float64) { p.Reset(); p.Rect(float64(i*60)+x, y, w, 1); s.Fill(&p, Identity) })
	}
	if got := s.Regions(); len(got) != maxRegions || !s.Cut {
		t.Errorf("%d regions, and it is told: %v", len(got), s.Cut)
	}
}

package extract

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// finder tells beforehand whether gozxing could read a code of a picture: it draws the
// same line between dark and light, eight pixels at once, and goes through the rows for
// finder patterns as gozxing does, until there are three. Most pictures have fewer,
// and of these gozxing would say no more than that. What is black and white is parted
// already: gozxing's limits lie between the two. TestFinder holds it against gozxing.
type finder struct {
	g          *gray
	cols, rows int    // blocks of 8 by 8 pixels; the last ones lie over those before them, and have their limits
	point      []byte // shade between dark and light that a block would have alone
	limit      []byte // what is at most this is dark
	sums       []int
	line       []byte // of a row, a bit for each dark pixel
	found      []*detector.FinderPattern
	light      bool // whether there may be finder patterns of an inverted code, which are light on dark
}

const (
	block     = 8
	finderMin = 5 * block // pixels of a side; smaller pictures are gozxing's
	evenBytes = 0x00FF00FF00FF00FF
	ninthBits = 0x0100010001000100
	ones      = 0x0101010101010101
	far       = gozxing.MIN_DYNAMIC_RANGE + 1 // what shades differ by that are not about one
)

// atLeast has all bits of each lane of 16 set where a's is not smaller than b's; both have
// eight bits.
func atLeast(a, b uint64) uint64 {
	k := ((a | ninthBits) - b) & ninthBits
	return k - k>>8
}

// darker has the smaller one of each two bytes.
func darker(a, b uint64) uint64 {
	d := a ^ b
	first := atLeast(a&evenBytes, b&evenBytes) | atLeast(a>>8&evenBytes, b>>8&evenBytes)<<8
	return a ^ d&first
}

// set takes the picture that is to be gone through; false for one that is too small.
func (f *finder) set(g *gray) bool {
	if g.Width < finderMin || g.Height < finderMin {
		return false
	}
	f.g, f.cols, f.rows = g, (g.Width+block-1)/block, (g.Height+block-1)/block
	if g.bits != nil {
		f.cols, f.rows = 0, 0 // it needs no limits
	}
	if n := f.cols * f.rows; cap(f.point) < n {
		f.point, f.limit = make([]byte, n), make([]byte, n)
	}
	if n := (g.Width+63)/64*8 + 8; cap(f.line) < n {
		f.line, f.sums = make([]byte, n), make([]int, n)
	}
	f.point, f.limit = f.point[:f.cols*f.rows], f.limit[:f.cols*f.rows]
	f.line, f.sums = f.line[:(g.Width+63)/64*8+8], f.sums[:f.cols]
	return true
}

// global has one shade for the whole picture, which gozxing finds out by four rows of
// it; false where there is none.
func (f *finder) global() bool {
	m, err := gozxing.NewGlobalHistgramBinarizer(fiveRows{f.g}).GetBlackMatrix()
	if err != nil {
		return false
	}
	n := 0
	for ; n < 256 && m.Get(n%f.g.Width, n/f.g.Width); n++ {
	}
	for i := range f.limit {
		f.limit[i] = byte(n - 1)
	}
	return n > 0
}

// fiveRows is a picture of which gozxing takes the shade: in the rows by which it finds
// that out it is g, and what it then makes dark and light are all shades there are.
type fiveRows struct{ *gray }

func (r fiveRows) GetHeight() int { return 7 } // of at least 40 pixels

func (r fiveRows) GetRow(y int, row []byte) ([]byte, error) {
	for i := 1; i < 5; i++ {
		if y == 7*i/5 {
			return r.gray.GetRow(r.Height*i/5, row)
		}
	}
	return r.gray.GetRow(0, row)
}

func (r fiveRows) GetMatrix() []byte {
	all := make([]byte, 7*r.Width)
	for i := range all {
		all[i] = byte(min(i, 255))
	}
	return all
}

// local has a shade for each block, by the blocks around it.
func (f *finder) local() {
	g := f.g
	for by := range f.rows {
		y := min(by*block, g.Height-block)
		above, points := f.point[max(0, by-1)*f.cols:][:f.cols], f.point[by*f.cols:][:f.cols]
		var rows [block][]byte
		for i := range rows {
			rows[i] = g.pix[(y+i)*g.Width:][:g.Width]
		}
		for bx := range points {
			low, mean, flat := shades(&rows, min(bx*block, g.Width-block))
			if flat {
				// All dark or all light: dark only where the neighbours say so.
				mean = low / 2
				if by > 0 && bx > 0 {
					around := (int(above[bx]) + 2*int(points[bx-1]) + int(above[bx-1])) / 4
					if low < around {
						mean = around
					}
				}
			}
			points[bx] = byte(mean)
		}
	}
	last := -1 // row of blocks whose surroundings are summed
	for by := range f.rows {
		limits := f.limit[by*f.cols:][:f.cols]
		middle := min(max(by, 2), f.rows-3)
		if middle == last { // at the edges
			copy(limits, f.limit[(by-1)*f.cols:])
			continue
		}
		add := func(y, sign int) {
			for bx, v := range f.point[y*f.cols:][:f.cols] {
				f.sums[bx] += sign * int(v)
			}
		}
		if last < 0 {
			clear(f.sums)
			for y := range 4 {
				add(y, 1)
			}
		} else {
			add(last-2, -1)
		}
		add(middle+2, 1)
		last = middle
		all := f.sums[0] + f.sums[1] + f.sums[2] + f.sums[3]
		for bx := 2; bx < f.cols-2; bx++ {
			all += f.sums[bx+2]
			limits[bx] = byte(uint32(all) / 25)
			all -= f.sums[bx-2]
		}
		limits[0], limits[1] = limits[2], limits[2]
		limits[f.cols-2], limits[f.cols-1] = limits[f.cols-3], limits[f.cols-3]
	}
}

// shades gives the mean of the block that begins at x, whether its shades are about one,
// and if so the darkest.
func shades(rows *[block][]byte, x int) (low, mean int, flat bool) {
	r0, r1, r2, r3 := rowOf(rows[0], x), rowOf(rows[1], x), rowOf(rows[2], x), rowOf(rows[3], x)
	r4, r5, r6, r7 := rowOf(rows[4], x), rowOf(rows[5], x), rowOf(rows[6], x), rowOf(rows[7], x)
	one := r0 & 0xFF
	if (r0^one*ones)|(r0^r1)|(r0^r2)|(r0^r3)|(r0^r4)|(r0^r5)|(r0^r6)|(r0^r7) == 0 {
		return int(one), int(one), true
	}
	// Most blocks that are not of one shade have one that is far from the first: from 0x4000
	// on, what is at most far below it or some more above it changes the lowest six bits alone.
	const lanes, near = 0x0001000100010001, 0x3FC03FC03FC03FC0
	base := (0x4000 + far - one) * lanes
	a0, a1, a2, a3 := r0&evenBytes, r1&evenBytes, r2&evenBytes, r3&evenBytes
	a4, a5, a6, a7 := r4&evenBytes, r5&evenBytes, r6&evenBytes, r7&evenBytes
	b0, b1, b2, b3 := r0>>8&evenBytes, r1>>8&evenBytes, r2>>8&evenBytes, r3>>8&evenBytes
	b4, b5, b6, b7 := r4>>8&evenBytes, r5>>8&evenBytes, r6>>8&evenBytes, r7>>8&evenBytes
	sum := a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7
	apart := (base + a0) | (base + a1) | (base + a2) | (base + a3) | (base + a4) | (base + a5) | (base + a6) | (base + a7) |
		(base + b0) | (base + b1) | (base + b2) | (base + b3) | (base + b4) | (base + b5) | (base + b6) | (base + b7)
	all := int(sum&0xFFFF + sum>>16&0xFFFF + sum>>32&0xFFFF + sum>>48)
	if apart&near != 0 {
		return 0, all / (block * block), false
	}
	lo, hi := uint64(evenBytes), uint64(0)
	for _, row := range rows {
		w := rowOf(row, x)
		a, b := w&evenBytes, w>>8&evenBytes
		swap := (a ^ b) & atLeast(a, b)
		small, large := a^swap, b^swap
		lo ^= (lo ^ small) & atLeast(lo, small)
		hi ^= (hi ^ large) & atLeast(large, hi)
	}
	least, most := 255, 0
	for range 4 {
		least, most = min(least, int(lo&0xFFFF)), max(most, int(hi&0xFFFF))
		lo, hi = lo>>16, hi>>16
	}
	return least, all / (block * block), most-least <= gozxing.MIN_DYNAMIC_RANGE
}

func rowOf(row []byte, x int) uint64 { return binary.LittleEndian.Uint64(row[x:]) }

// darkBits has a bit for each of eight pixels that is at most limit.
func darkBits(p []byte, limit byte) byte {
	w, t := binary.LittleEndian.Uint64(p), uint64(limit)*(ones&evenBytes)|ninthBits
	k := (t-w&evenBytes)&ninthBits>>8 | (t-w>>8&evenBytes)&ninthBits>>7
	return byte(k | k>>14 | k>>28 | k>>42)
}

// row fills line with a row's dark pixels.
func (f *finder) row(y int) {
	if f.g.bits != nil {
		clear(f.line[copy(f.line, f.g.bits.row(y)):])
		return
	}
	pix := f.g.pix[y*f.g.Width:][:f.g.Width]
	limits := f.limit[y/block*f.cols:][:f.cols]
	clear(f.line)
	for bx, limit := range limits[:f.cols-1] {
		if binary.LittleEndian.Uint64(pix[bx*block:]) != eightWhite || limit == 255 {
			f.line[bx] = darkBits(pix[bx*block:], limit)
		}
	}
	last := len(pix) - block // over the one before, which has the same limit
	b := darkBits(pix[last:], limits[f.cols-1])
	f.line[last/8] |= b << (last % 8)
	f.line[last/8+1] |= b >> (8 - last%8)
}

// dark reports of one pixel whether it is dark.
func (f *finder) dark(x, y int) bool {
	if b := f.g.bits; b != nil {
		return b.dark[y*b.stride+x>>3]>>(x&7)&1 == 1
	}
	return f.g.pix[y*f.g.Width+x] <= f.limit[y/block*f.cols+x/block]
}

// matrix is the picture in dark and light, for gozxing.
func (f *finder) matrix() *gozxing.BitMatrix {
	m, err := gozxing.NewBitMatrix(f.g.Width, f.g.Height)
	if err != nil {
		return nil
	}
	row := gozxing.NewBitArray(f.g.Width)
	for y := range f.g.Height {
		f.row(y)
		for x := 0; x < f.g.Width; x += 32 {
			row.SetBulk(x, binary.LittleEndian.Uint32(f.line[x/8:]))
		}
		m.SetRow(y, row)
	}
	return m
}

// centers counts what looks like a finder pattern; three are enough. Of an inverted one
// it sees the row that crosses it, and no more.
func (f *finder) centers() int {
	f.found, f.light = f.found[:0], false
	skip, skipped := 3, false
	for y := skip - 1; y < f.g.Height; y += skip {
		f.row(y)
		var a, b, c, d, e, x int // ends of the latest runs
		n, carry := 0, uint64(0)
	line:
		for i := 0; i < len(f.line); i += 8 {
			w := binary.LittleEndian.Uint64(f.line[i:])
			turns := w ^ (w<<1 | carry)
			for carry = w >> 63; turns != 0; turns &= turns - 1 {
				a, b, c, d, e, x = b, c, d, e, x, i*8+bits.TrailingZeros64(turns)
				if n++; n%2 == 1 {
					f.light = f.light || f.crossLight(a, b, c, d, e, x)
					continue
				}
				if n < 6 || !cross(b-a, c-b, d-c, e-d, x-e) {
					continue
				}
				runs := [5]int{b - a, c - b, d - c, e - d, x - e}
				if !f.confirm(&runs, x, y) {
					continue
				}
				// The rows that are left, or are passed over, may have any.
				if f.light = f.light || len(f.found) > 1; len(f.found) == 3 {
					return 3
				}
				if n = 0; x == f.g.Width {
					skip = runs[0]
					break line
				}
				// Two that were met twice tell where the third is at the soonest.
				if skip = 2; !skipped && len(f.found) == 2 && f.found[0].GetCount() > 1 && f.found[1].GetCount() > 1 {
					skipped = true
					dx, dy := f.found[0].GetX()-f.found[1].GetX(), f.found[0].GetY()-f.found[1].GetY()
					if far := int((math.Abs(dx) - math.Abs(dy)) / 2); far > runs[2] {
						y += far - runs[2] - skip
						break line
					}
				}
			}
		}
		if !f.light { // the row may end with a light run
			f.light = f.crossLight(b, c, d, e, x, f.g.Width)
		}
	}
	return len(f.found)
}

// Where shades turn from dark to light and back less often, there is no code, however small
// its modules are: of 32 pixels beside each other in a row, and of rows, each second one.
const (
	busyTurns = 5
	busyRows  = 6
)

// busy reports whether dark and light turn so often anywhere as they do in a code whose
// modules are one to three pixels large: what is drawn of lines and areas, as most pictures
// of a page are, need not be made larger to look for one.
func (f *finder) busy() bool {
	turns := make([]int, len(f.line)) // of the eight pixels in a byte of line
	met := make([]int, len(f.line))   // of the 32 pixels from there on, in how many rows of late
	for y := 0; y < f.g.Height; y += 2 {
		f.row(y)
		carry := byte(0)
		for i, b := range f.line {
			turns[i] = bits.OnesCount8(b ^ (b<<1 | carry))
			carry = b >> 7
		}
		for i := range len(turns) - 3 {
			if turns[i]+turns[i+1]+turns[i+2]+turns[i+3] < busyTurns {
				met[i] = max(0, met[i]-2)
			} else if met[i] += 3; met[i] >= 3*busyRows { // a row between that has fewer says little
				return true
			}
		}
	}
	return false
}

// crossLight reports whether the runs that end so, of which the first is light, are about
// as 1:1:3:1:1. In the margin, which is light too, a run may be of any length.
func (f *finder) crossLight(a, b, c, d, e, end int) bool {
	first, last, one := b-a, end-e, (c-b+e-d)/2
	if a < quiet {
		first = min(first, one)
	}
	if end > f.g.Width-quiet {
		last = min(last, one)
	}
	return cross(first, c-b, d-c, e-d, last)
}

// cross reports whether runs are about as 1:1:3:1:1.
func cross(a, b, c, d, e int) bool {
	all := a + b + c + d + e
	near := func(times, run int) bool {
		d := 2*times*all - 14*run
		return -times*all < d && d < times*all
	}
	return all >= 7 && a > 0 && b > 0 && c > 0 && d > 0 && e > 0 && near(3, c) &&
		near(1, a) && near(1, b) && near(1, d) && near(1, e)
}

// confirm looks at what a row has from above, from the side and across, and counts it
// when it is a finder pattern.
func (f *finder) confirm(runs *[5]int, end, y int) bool {
	all := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	middle := func(n *[5]int, end int) float64 { return float64(end-n[4]-n[3]) - float64(n[2])/2 }
	differs := func(n *[5]int) int {
		d := n[0] + n[1] + n[2] + n[3] + n[4] - all
		return max(d, -d)
	}
	centerX := middle(runs, end)
	down, step, ok := f.through(int(centerX), y, 0, 1, runs[2])
	if !ok || 5*differs(&down) >= 2*all || !cross(down[0], down[1], down[2], down[3], down[4]) {
		return false
	}
	centerY := middle(&down, y+step)
	x := int(centerX)
	along, step, ok := f.through(x, int(centerY), 1, 0, runs[2])
	if !ok || 5*differs(&along) >= all || !cross(along[0], along[1], along[2], along[3], along[4]) {
		return false
	}
	centerX = middle(&along, x+step)
	if slant, _, ok := f.through(int(centerX), int(centerY), 1, 1, math.MaxInt); !ok || !detector.FinderPatternFinder_foundPatternDiagonal(slant[:]) {
		return false
	}
	size := float64(all) / 7
	for i, c := range f.found {
		if c.AboutEquals(size, centerY, centerX) {
			f.found[i] = c.CombineEstimate(centerY, centerX, size)
			return true
		}
	}
	f.found = append(f.found, detector.NewFinderPattern1(centerX, centerY, size))
	return true
}

// through counts the runs (dark, light, dark, light, dark) on both sides of a pixel, and
// where the last ends; false when one of the outer ones is longer than most, or the
// picture ends before.
func (f *finder) through(x, y, dx, dy, most int) (n [5]int, end int, ok bool) {
	run := func(i, step int, want bool, limit int) (count int, in bool) {
		for count < limit {
			px, py := x+i*dx, y+i*dy
			if px < 0 || py < 0 || px >= f.g.Width || py >= f.g.Height {
				return count, false
			}
			if f.dark(px, py) != want {
				break
			}
			count, i = count+1, i+step
		}
		return count, true
	}
	over := most // one more than most above, and most below: as gozxing has it
	if most < math.MaxInt {
		over++
	}
	var in bool
	if n[2], in = run(0, -1, true, math.MaxInt); !in {
		return n, 0, false
	}
	if n[1], in = run(-n[2], -1, false, over); !in || n[1] > most {
		return n, 0, false
	}
	if n[0], _ = run(-n[2]-n[1], -1, true, over); n[0] > most {
		return n, 0, false
	}
	more, in := run(1, 1, true, math.MaxInt)
	if n[2] += more; !in {
		return n, 0, false
	}
	if n[3], in = run(1+more, 1, false, most); !in || n[3] >= most {
		return n, 0, false
	}
	if n[4], _ = run(1+more+n[3], 1, true, most); n[4] >= most {
		return n, 0, false
	}
	return n, 1 + more + n[3] + n[4], true
}

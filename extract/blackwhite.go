package extract

import (
	"encoding/binary"
	"image"
	"image/color"
	"math/bits"
)

// blackWhite is a picture of black and white: a bit for each pixel, set where it is dark,
// the first pixel of a row in the lowest bit of its first byte.
type blackWhite struct {
	w, h   int
	stride int // bytes of a row, a multiple of eight; behind the last pixel there are zeros
	dark   []byte
}

func newBlackWhite(w, h int) *blackWhite {
	stride := (w + 63) / 64 * 8
	dark := pictureKept(stride * h)
	if dark == nil && stride*h > pictureRounded { // much of it may never be touched
		return &blackWhite{w, h, stride, make([]byte, stride*h)}
	}
	if dark == nil {
		dark = pictureMemory(stride * h)
	}
	clear(dark)
	return &blackWhite{w, h, stride, dark}
}

// paintedBlackWhite has pixels of any kind: all of them are to be painted.
func paintedBlackWhite(w, h int) *blackWhite {
	stride := (w + 63) / 64 * 8
	return &blackWhite{w, h, stride, pictureMemory(stride * h)}
}

func (b *blackWhite) row(y int) []byte { return b.dark[y*b.stride:][:b.stride] }

// ColorModel implements image.Image.
func (b *blackWhite) ColorModel() color.Model { return color.GrayModel }

// Bounds implements image.Image.
func (b *blackWhite) Bounds() image.Rectangle { return image.Rect(0, 0, b.w, b.h) }

// At implements image.Image.
func (b *blackWhite) At(x, y int) color.Color {
	if !image.Pt(x, y).In(b.Bounds()) || b.row(y)[x>>3]>>(x&7)&1 == 0 {
		return color.Gray{Y: 255}
	}
	return color.Gray{}
}

// cut makes a row end with its last pixel.
func (b *blackWhite) cut(row []byte) {
	clear(row[(b.w+7)/8:])
	if rest := b.w & 7; rest != 0 {
		row[b.w/8] &= 1<<rest - 1
	}
}

// invert makes dark what is light.
func (b *blackWhite) invert() {
	for y := range b.h {
		row := b.row(y)
		for i := 0; i < len(row); i += 8 {
			binary.LittleEndian.PutUint64(row[i:], ^binary.LittleEndian.Uint64(row[i:]))
		}
		b.cut(row)
	}
}

// narrow keeps the first w columns and the first h rows.
func (b *blackWhite) narrow(w, h int) {
	b.dark, b.h = b.dark[:b.stride*h], h
	if w < b.w {
		b.w = w
		for y := range h {
			b.cut(b.row(y))
		}
	}
}

// pack takes a row whose first pixel is in the highest bit, as PDF has it; flip is 0xFF
// where bits that are not set are dark, else 0.
func (b *blackWhite) pack(y int, line []byte, flip byte) {
	row := b.row(y)
	for i, v := range line[:(b.w+7)/8] {
		row[i] = bits.Reverse8(v) ^ flip
	}
	b.cut(row)
}

// gray is the picture with a byte for each pixel.
func (b *blackWhite) gray() *image.Gray {
	g := image.NewGray(b.Bounds())
	for y := range b.h {
		lighten(b.row(y), g.Pix[y*g.Stride:][:b.w])
	}
	return g
}

// darken sets the bits from one pixel to before another.
func darken(row []byte, from, to int) {
	first, last := from>>3, to>>3
	head, tail := byte(0xFF)<<(from&7), byte(1)<<(to&7)-1
	if first == last {
		row[first] |= head & tail
		return
	}
	row[first] |= head
	for i := first + 1; i < last; i++ {
		row[i] = 0xFF
	}
	if tail != 0 {
		row[last] |= tail
	}
}

// eightShades has the eight pixels of each byte.
var eightShades = func() (t [256]uint64) {
	for v := range t {
		for x := range 8 {
			if v>>x&1 == 0 {
				t[v] |= 255 << (8 * x)
			}
		}
	}
	return t
}()

// lighten makes a byte of each bit.
func lighten(row, out []byte) {
	x := 0
	for ; x+8 <= len(out); x += 8 {
		binary.LittleEndian.PutUint64(out[x:], eightShades[row[x>>3]])
	}
	for ; x < len(out); x++ {
		out[x] = byte(eightShades[row[x>>3]] >> (8 * (x & 7)))
	}
}

// darkOfTwo has how many of each two pixels of a byte are dark, a byte for each.
var darkOfTwo = func() (t [256]uint32) {
	for v := range t {
		for x := range 8 {
			t[v] += uint32(v) >> x & 1 << (8 * (x / 2))
		}
	}
	return t
}()

// halfRow makes of two rows one of half the width, in gray.
func halfRow(a, b, out []byte) {
	four := func(i int) uint32 {
		n := darkOfTwo[a[i]] + darkOfTwo[b[i]]
		// 255, 191, 127, 63, 0: as the mean of four bytes is.
		return uint32(0xFFFFFFFF - (uint64(n)*64 - uint64(n>>2&0x01010101)))
	}
	x := 0
	for x+4 <= len(out) {
		if x&31 == 0 && x+32 <= len(out) && binary.LittleEndian.Uint64(a[x/4:])|binary.LittleEndian.Uint64(b[x/4:]) == 0 {
			for end := x + 32; x < end; x += 8 {
				binary.LittleEndian.PutUint64(out[x:], eightWhite)
			}
			continue
		}
		binary.LittleEndian.PutUint32(out[x:], four(x/4))
		x += 4
	}
	for v := four(min(x/4, len(a)-1)); x < len(out); x++ {
		out[x] = byte(v >> (8 * (x & 3)))
	}
}

// inHalf is a picture half as wide and high, in gray.
func (b *blackWhite) inHalf() *gray {
	n := newGray(b.w/2, b.h/2)
	for y := range n.Height {
		halfRow(b.row(2*y), b.row(2*y+1), n.pix[y*n.Width:][:n.Width])
	}
	return n
}

// half is a picture half as wide and high: dark where two or more of four pixels are.
func (b *blackWhite) half() *blackWhite {
	n := paintedBlackWhite(b.w/2, b.h/2)
	for y := range n.h {
		above, below, out := b.row(2*y), b.row(2*y+1), n.row(y)
		for i := 0; i < len(out); i += 4 { // 64 pixels of two rows make 32
			v := uint32(0)
			if 2*i < b.stride {
				v = mostDark(binary.LittleEndian.Uint64(above[2*i:]), binary.LittleEndian.Uint64(below[2*i:]))
			}
			binary.LittleEndian.PutUint32(out[i:], v)
		}
		n.cut(out)
	}
	return n
}

// mostDark has a bit for each two pixels of two rows, set where two or more are dark.
func mostDark(a, b uint64) uint32 {
	if a|b == 0 {
		return 0
	}
	x, y := a>>1, b>>1
	v := (a&x | b&y | (a|x)&(b|y)) & 0x5555555555555555
	v = (v | v>>1) & 0x3333333333333333
	v = (v | v>>2) & 0x0F0F0F0F0F0F0F0F
	v = (v | v>>4) & evenBytes
	v = (v | v>>8) & 0x0000FFFF0000FFFF
	return uint32(v | v>>16)
}

// quarter is a picture a quarter as wide and high, in gray: as halfRow of each two rows,
// and the mean of each four of those.
func (b *blackWhite) quarter(w, h int) *gray {
	n := newGray(w, h)
	for y := range h {
		var rows [4][]byte
		for i := range rows {
			rows[i] = b.row(4*y + i)
		}
		out := n.pix[y*w:][:w]
		var eight [16]byte
		for x := 0; x < w; x += 16 { // 64 pixels of four rows
			into := out[x:]
			if len(into) < len(eight) {
				into = eight[:]
			}
			words := [4]uint64{}
			for i, row := range rows {
				words[i] = binary.LittleEndian.Uint64(row[x/2:])
			}
			var even, odd uint64 // how many are dark, of each second sixteen
			if words[0]|words[1]|words[2]|words[3] != 0 {
				for _, v := range words {
					v -= v >> 1 & 0x5555555555555555
					v = v&0x3333333333333333 + v>>2&0x3333333333333333
					even += v & 0x0F0F0F0F0F0F0F0F
					odd += v >> 4 & 0x0F0F0F0F0F0F0F0F
				}
			}
			binary.LittleEndian.PutUint64(into, lightOf(spread(uint32(even))|spread(uint32(odd))<<8))
			binary.LittleEndian.PutUint64(into[8:], lightOf(spread(uint32(even>>32))|spread(uint32(odd>>32))<<8))
			copy(out[x:], into)
		}
	}
	return n
}

// lightOf makes shades of how many of sixteen pixels are dark.
func lightOf(dark uint64) uint64 {
	return eightWhite - (dark<<4 - dark>>4&ones)
}

package extract

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"

	"github.com/makiuchi-d/gozxing"
)

// JPEGs (ITU-T T.81) are searched in shades of gray: their colours are gone through and
// not made. What is not sequential, of eight bits, and gray or of brightness and two
// colours, is the library's, and so is what is damaged: it says what is wrong.

// decodeJPEG gives a JPEG whole, its brightness alone where that is enough, and that with
// a margin where it is to be searched.
func decodeJPEG(b []byte, margin bool) (image.Image, error) {
	r := jpegReader{margin: margin}
	switch ok := r.read(b); {
	case ok && margin:
		return &framed{r.img, r.all}, nil
	case ok:
		return r.img, nil
	}
	return jpeg.Decode(bytes.NewReader(b))
}

func decodeJPEGFrom(r io.Reader) (image.Image, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return decodeJPEG(b, false)
}

const jpegFastBits = 9

// jpegCodes are the Huffman codes of a table (T.81 annex C and F.2.2.3).
type jpegCodes struct {
	fast   [1 << jpegFastBits]uint16 // length and symbol of what so many bits begin with
	most   [18]int32                 // largest code of a length, behind it, as 16 bits
	first  [17]int32                 // number of the first symbol of a length, less its code
	values []byte
}

type jpegPart struct {
	id, h, v, quant byte
	dc, ac          *jpegCodes
	before          int32 // DC of the block before
}

// jpegReader reads the brightness of one scan.
type jpegReader struct {
	quant   [4][64]int32
	tables  [2][4]*jpegCodes
	parts   []jpegPart
	w, h    int
	restart int
	data    []byte // of an interval, without stuffing
	at      int    // bytes taken into have
	have    uint64 // bits, from the highest on
	bits    int
	block   [64]int32
	margin  bool // img stands within one
	img     *image.Gray
	all     *gray
}

// jpegOrder is where the coefficients of a block belong (T.81 figure 5); runs may lead
// beyond its end.
var jpegOrder = [64 + 16]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// brightness decodes a JPEG; nil for one that is the library's.
func brightness(b []byte) *image.Gray {
	r := jpegReader{}
	if !r.read(b) {
		return nil
	}
	return r.img
}

// read makes img of a JPEG; false for one that is the library's.
func (r *jpegReader) read(b []byte) bool {
	for i := 2; i+4 <= len(b); {
		if b[i] != 0xFF {
			return false
		}
		marker := b[i+1]
		if marker == 0xFF {
			i++
			continue
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if n < 2 || i+2+n > len(b) {
			return false
		}
		seg := b[i+4 : i+2+n]
		i += 2 + n
		ok := true
		switch {
		case marker == 0xC0 || marker == 0xC1:
			ok = r.frame(seg)
		case marker == 0xC4:
			ok = r.huffman(seg)
		case marker == 0xDB:
			ok = r.quantisation(seg)
		case marker == 0xDD:
			if ok = len(seg) == 2; ok {
				r.restart = int(binary.BigEndian.Uint16(seg))
			}
		case marker == 0xDA:
			return r.scan(seg, b[i:])
		case marker == 0xEE && len(seg) >= 12 && string(seg[:5]) == "Adobe":
			ok = seg[11] == 1 // of brightness and colours
		case marker >= 0xE0 && marker <= 0xEF, marker == 0xFE:
		default:
			return false
		}
		if !ok {
			return false
		}
	}
	return false
}

// frame reads what the picture is (T.81 §B.2.2).
func (r *jpegReader) frame(seg []byte) bool {
	if len(seg) < 6 || seg[0] != 8 || r.parts != nil || len(seg) != 6+3*int(seg[5]) || seg[5] != 1 && seg[5] != 3 {
		return false
	}
	r.h, r.w = int(binary.BigEndian.Uint16(seg[1:])), int(binary.BigEndian.Uint16(seg[3:]))
	for i := range int(seg[5]) {
		p := seg[6+3*i:]
		c := jpegPart{id: p[0], h: p[1] >> 4, v: p[1] & 15, quant: p[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return false
		}
		if seg[5] == 1 {
			c.h, c.v = 1, 1 // there is nothing to interleave
		}
		r.parts = append(r.parts, c)
	}
	if len(r.parts) == 3 && r.parts[0].id == 'R' && r.parts[1].id == 'G' && r.parts[2].id == 'B' {
		return false
	}
	if len(r.parts) == 3 && (r.parts[0].h < max(r.parts[1].h, r.parts[2].h) || r.parts[0].v < max(r.parts[1].v, r.parts[2].v)) {
		return false
	}
	return r.w > 0 && r.h > 0 && int64(r.w)*int64(r.h) <= maxPixels
}

func (r *jpegReader) quantisation(seg []byte) bool {
	for len(seg) >= 65 && seg[0] < 4 { // of eight bits
		for i, v := range seg[1:65] {
			r.quant[seg[0]][jpegOrder[i]] = int32(v)
		}
		seg = seg[65:]
	}
	return len(seg) == 0
}

func (r *jpegReader) huffman(seg []byte) bool {
	for len(seg) >= 17 {
		class, id := seg[0]>>4, seg[0]&15
		all := 0
		for _, n := range seg[1:17] {
			all += int(n)
		}
		if class > 1 || id > 3 || all > 256 || len(seg) < 17+all {
			return false
		}
		t := &jpegCodes{values: seg[17 : 17+all]}
		code, k := int32(0), int32(0)
		for n := 1; n <= 16; n++ {
			t.first[n] = k - code
			for range seg[n] {
				if code >= 1<<n {
					return false
				}
				if rest := jpegFastBits - n; rest >= 0 {
					for j := range 1 << rest {
						t.fast[int(code)<<rest|j] = uint16(n)<<8 | uint16(t.values[k])
					}
				}
				code, k = code+1, k+1
			}
			t.most[n] = code << (16 - n)
			code <<= 1
		}
		t.most[17] = 1 << 30
		r.tables[class][id] = t
		seg = seg[17+all:]
	}
	return len(seg) == 0
}

// scan reads all blocks (T.81 §B.2.3 and F.2); false for what is damaged, or has more
// scans than one.
func (r *jpegReader) scan(head, b []byte) bool {
	n := len(r.parts)
	if n == 0 || len(head) != 4+2*n || int(head[0]) != n || head[1+2*n] != 0 || head[2+2*n] != 63 || head[3+2*n] != 0 {
		return false
	}
	for i := range r.parts {
		c := &r.parts[i]
		dc, ac := head[2+2*i]>>4, head[2+2*i]&15
		if head[1+2*i] != c.id || dc > 3 || ac > 3 {
			return false
		}
		if c.dc, c.ac = r.tables[0][dc], r.tables[1][ac]; c.dc == nil || c.ac == nil {
			return false
		}
	}
	y := r.parts[0]
	wide, high := 8*int(y.h), 8*int(y.v)
	cols, rows := (r.w+wide-1)/wide, (r.h+high-1)/high
	// What is cut off is not given the memory: a block takes two bits at least.
	if cols*rows*int(y.h)*int(y.v) > 4*len(b) {
		return false
	}
	r.img = &image.Gray{Stride: cols * wide, Rect: image.Rect(0, 0, cols*wide, rows*high)}
	if r.margin {
		// What the last units have beyond the edges falls into the margin, and lines below it.
		r.img.Stride = r.w + 2*quiet
		pix := pictureMemory(r.img.Stride * (rows*high + 2*quiet + 1))
		r.img.Pix = pix[quiet*r.img.Stride+quiet:]
		size := gozxing.LuminanceSourceBase{Width: r.img.Stride, Height: r.h + 2*quiet}
		r.all = &gray{size, pix[:size.Width*size.Height], nil, nil, true}
	} else {
		r.img.Pix = pictureMemory(cols * wide * rows * high)
	}
	each := r.restart
	if each == 0 {
		each = cols * rows
	}
	for m := 0; m < cols*rows; {
		var ok bool
		if b, ok = r.interval(b, m > 0); !ok {
			return false
		}
		for end := min(m+each, cols*rows); m < end; m++ {
			if !r.unit(m%cols*wide, m/cols*high) {
				return false
			}
		}
	}
	r.img = r.img.SubImage(image.Rect(0, 0, r.w, r.h)).(*image.Gray)
	return true
}

// interval takes the data up to the next marker, and gives what is behind it.
func (r *jpegReader) interval(b []byte, again bool) (rest []byte, ok bool) {
	if again {
		if len(b) < 2 || b[0] != 0xFF || b[1]&0xF8 != 0xD0 {
			return nil, false
		}
		b = b[2:]
	}
	if r.data == nil {
		r.data = make([]byte, 0, len(b)+16)
	}
	r.data = r.data[:0]
	for {
		i := bytes.IndexByte(b, 0xFF)
		if i < 0 || i+1 >= len(b) {
			return nil, false // broken off
		}
		r.data = append(r.data, b[:i]...)
		if b[i+1] != 0 {
			b = b[i:]
			break
		}
		r.data, b = append(r.data, 0xFF), b[i+2:]
	}
	r.at, r.have, r.bits = 0, 0, 0
	for i := range r.parts {
		r.parts[i].before = 0
	}
	return b, true
}

// fill has 48 bits at least, zeros behind the last.
func (r *jpegReader) fill() {
	if r.at+8 <= len(r.data) {
		r.have |= binary.BigEndian.Uint64(r.data[r.at:]) >> r.bits
		n := (64 - r.bits) >> 3
		r.at += n
		r.bits += 8 * n
		return
	}
	for r.bits <= 56 {
		if r.at < len(r.data) {
			r.have |= uint64(r.data[r.at]) << (56 - r.bits)
		}
		r.at++
		r.bits += 8
	}
}

// take drops n bits, which have been looked at.
func (r *jpegReader) take(n int) { r.have, r.bits = r.have<<n, r.bits-n }

// symbol reads a code; there are 16 bits of it at least. -1 for none.
func (r *jpegReader) symbol(t *jpegCodes) int {
	if c := t.fast[r.have>>(64-jpegFastBits)]; c != 0 {
		r.take(int(c >> 8))
		return int(c & 0xFF)
	}
	code := int32(r.have >> 48)
	n := jpegFastBits + 1
	for code >= t.most[n] {
		n++
	}
	if n > 16 {
		return -1
	}
	i := int(code>>(16-n) + t.first[n])
	if i < 0 || i >= len(t.values) {
		return -1
	}
	r.take(n)
	return int(t.values[i])
}

// number reads so many bits of a coefficient (T.81 §F.2.2.1); 1 to 15.
func (r *jpegReader) number(size int) int32 {
	v := int32(r.have >> (64 - size))
	r.take(size)
	if v < 1<<(size-1) {
		v += -1<<size + 1
	}
	return v
}

// unit reads the blocks of one unit, whose brightness begins at x, y.
func (r *jpegReader) unit(x, y int) bool {
	for i := range r.parts {
		c := &r.parts[i]
		for k := range int(c.h) * int(c.v) {
			if i > 0 {
				if !r.skip(c) {
					return false
				}
				continue
			}
			last := r.coefficients(c)
			if last < 0 {
				return false
			}
			out := r.img.Pix[(y+8*(k/int(c.h)))*r.img.Stride+x+8*(k%int(c.h)):]
			if last == 0 {
				r.flat(out)
			} else {
				jpegShades(&r.block, out, r.img.Stride)
			}
		}
	}
	// Of bits that are not there, some may be missing: the library says so.
	return r.at-r.bits/8 <= len(r.data)
}

// coefficients reads a block (T.81 §F.2.2), and gives the number of the last
// coefficient that is not zero; -1 where it is damaged.
func (r *jpegReader) coefficients(c *jpegPart) int {
	r.fill()
	size := r.symbol(c.dc)
	if size < 0 || size > 11 {
		return -1
	}
	if size > 0 {
		c.before += r.number(size)
	}
	q := &r.quant[c.quant]
	clear(r.block[:])
	r.block[0] = c.before * q[0]
	last := 0
	for k := 1; k < 64; k++ {
		if r.bits < 32 {
			r.fill()
		}
		v := r.symbol(c.ac)
		if v < 0 {
			return -1
		}
		size := v & 15
		if size == 0 {
			if v != 0xF0 {
				break
			}
			k += 15
			continue
		}
		if k += v >> 4; k > 63 {
			return -1
		}
		z := jpegOrder[k] & 63
		r.block[z] = r.number(size) * q[z]
		last = k
	}
	return last
}

// skip goes over a block of colour.
func (r *jpegReader) skip(c *jpegPart) bool {
	r.fill()
	size := r.symbol(c.dc)
	if size < 0 || size > 11 {
		return false
	}
	r.take(size)
	for k := 1; k < 64; k++ {
		if r.bits < 32 {
			r.fill()
		}
		v := r.symbol(c.ac)
		if v < 0 {
			return false
		}
		size := v & 15
		if size == 0 {
			if v != 0xF0 {
				break
			}
			k += 15
			continue
		}
		if k += v >> 4; k > 63 {
			return false
		}
		r.take(size)
	}
	return true
}

// flat paints a block of one shade.
func (r *jpegReader) flat(out []byte) {
	v := uint64(jpegClamp((r.block[0]+4)>>3+128)) * ones
	for y := range 8 {
		binary.LittleEndian.PutUint64(out[y*r.img.Stride:], v)
	}
}

func jpegClamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^(v >> 31))
	}
	return uint8(v)
}

// Cosines of the transform, in 4096ths: of i times a sixteenth of half a turn, times
// the square root of two.
const (
	jpegC1 = 5681
	jpegC2 = 5352
	jpegC3 = 4816
	jpegC5 = 3218
	jpegC6 = 2217
	jpegC7 = 1130
)

// jpegLine transforms a line of eight (T.81 §A.3.3): even and odd parts, the sums of
// which are the first half and the differences the second. Even ones come in 4096ths.
func jpegLine(s0, s1, s2, s3, s4, s5, s6, s7 int32) (e, o [4]int32) {
	a, b := (s0+s4)<<12, (s0-s4)<<12
	c, d := jpegC2*s2+jpegC6*s6, jpegC6*s2-jpegC2*s6
	e = [4]int32{a + c, b + d, b - d, a - c}
	o = [4]int32{
		jpegC1*s1 + jpegC3*s3 + jpegC5*s5 + jpegC7*s7,
		jpegC3*s1 - jpegC7*s3 - jpegC1*s5 - jpegC5*s7,
		jpegC5*s1 - jpegC1*s3 + jpegC7*s5 + jpegC3*s7,
		jpegC7*s1 - jpegC5*s3 + jpegC3*s5 - jpegC1*s7,
	}
	return e, o
}

// jpegShades makes pixels of a block's coefficients.
func jpegShades(b *[64]int32, out []byte, stride int) {
	for x := range 8 {
		if b[8+x]|b[16+x]|b[24+x]|b[32+x]|b[40+x]|b[48+x]|b[56+x] == 0 {
			v := b[x] << 2
			for y := range 8 {
				b[8*y+x] = v
			}
			continue
		}
		e, o := jpegLine(b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x])
		for y := range 4 {
			b[8*y+x] = (e[y] + o[y] + 1<<9) >> 10
			b[8*(7-y)+x] = (e[y] - o[y] + 1<<9) >> 10
		}
	}
	for y := range 8 {
		l := b[8*y:][:8]
		e, o := jpegLine(l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7])
		line := out[y*stride:][:8]
		for x := range 4 {
			line[x] = jpegClamp((e[x]+o[x]+1<<16)>>17 + 128)
			line[7-x] = jpegClamp((e[x]-o[x]+1<<16)>>17 + 128)
		}
	}
}

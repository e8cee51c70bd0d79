package pdf

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
)

// Deflate (RFC 1951) from memory: nearly every stream of a PDF is packed by it, and what
// a general reader has to do for each byte (ask for the next one, keep a window of its own)
// costs more than the unpacking. What is damaged gives all that came before, as
// compress/flate does: FuzzInflate holds it against that.

const (
	huffmanFast = 9  // bits by which a code is looked up at once
	huffmanMost = 15 // of a code
	longest     = 258
	window      = 32 << 10 // bytes that a match may reach back
)

var errDeflate = errors.New("damaged deflate data")

// What a code means: its length in the lowest four bits, then one of these; then the
// bits behind it, and what they are added to.
const (
	isLiteral = 1 << 4
	isCopy    = 2 << 4
	isEnd     = 3 << 4
	isWhat    = 3 << 4
)

// huffman is a table of codes (RFC 1951 §3.2.2), longer ones by their order.
type huffman struct {
	fast  [1 << huffmanFast]uint32
	least int                  // bits that are there for any code
	most  [huffmanMost + 2]int // largest code of a length, behind it, as 15 bits
	first [huffmanMost + 1]int // number of the first code of a length, less that code
	order [288]uint32          // what codes mean, in their order
}

// build makes codes of their lengths; false where these do not fit together.
func (h *huffman) build(lengths []uint8, means []uint32) bool {
	var count, at, next [huffmanMost + 2]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	code, k, most := 0, 0, 0
	h.least = 0
	for n := 1; n <= huffmanMost; n++ {
		code <<= 1
		at[n], next[n], h.first[n] = k, code, k-code
		k += count[n]
		if code += count[n]; count[n] > 0 {
			if most = n; h.least == 0 {
				h.least = n
			}
		}
		h.most[n] = code << (huffmanMost - n)
	}
	h.most[huffmanMost+1] = 1 << 30
	if used := code >> (huffmanMost - most); most > 0 && used != 1<<most && !(used == 1 && most == 1) {
		return false
	}
	if most == 0 || count[1] == 1 && most == 1 {
		clear(h.fast[:]) // there are bits that are no code
	}
	for s, n := range lengths {
		if n == 0 {
			continue
		}
		e := means[s] | uint32(n) // what has no meaning is damage
		h.order[at[n]] = e
		at[n]++
		c := next[n]
		next[n]++
		if n > huffmanFast {
			h.fast[bits.Reverse16(uint16(c))>>(16-n)&(1<<huffmanFast-1)] = 0
			continue
		}
		for i := int(bits.Reverse16(uint16(c)) >> (16 - n)); i < len(h.fast); i += 1 << n {
			h.fast[i] = e
		}
	}
	return true
}

// long looks up a code that is not in fast; 0 for none.
func (h *huffman) long(b uint64) uint32 {
	c := int(bits.Reverse16(uint16(b)) >> (16 - huffmanMost))
	n := huffmanFast + 1
	for c >= h.most[n] {
		n++
	}
	if n > huffmanMost {
		return 0
	}
	return h.order[c>>(huffmanMost-n)+h.first[n]]
}

var (
	literalMeans = func() (m [288]uint32) {
		for i := range 256 {
			m[i] = isLiteral | uint32(i)<<16
		}
		m[256] = isEnd
		base := 3
		for i := 257; i < 285; i++ {
			extra := max(0, (i-261)/4)
			m[i] = isCopy | uint32(extra)<<8 | uint32(base)<<16
			base += 1 << extra
		}
		m[285] = isCopy | longest<<16
		return m // the last two mean nothing
	}()
	distanceMeans = func() (m [32]uint32) {
		base := 1
		for i := range 30 {
			extra := max(0, (i-2)/2)
			m[i] = isCopy | uint32(extra)<<8 | uint32(base)<<16
			base += 1 << extra
		}
		return m
	}()
	lengthMeans = func() (m [19]uint32) { // of codes of lengths of codes
		for i := range m {
			m[i] = isLiteral | uint32(i)<<16
		}
		return m
	}()
	fixedLiterals, fixedDistances = func() (l, d *huffman) {
		var lengths [288]uint8
		for i := range lengths {
			switch {
			case i < 144, i >= 280:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			default:
				lengths[i] = 7
			}
		}
		l, d = &huffman{}, &huffman{}
		l.build(lengths[:], literalMeans[:])
		for i := range 32 {
			lengths[i] = 5
		}
		d.build(lengths[:32], distanceMeans[:])
		return l, d
	}()
)

// inflater unpacks in, as far as there is room for.
type inflater struct {
	in            []byte
	at            int    // what is in bits of it
	bits          uint64 // the next one is the lowest
	n             int    // how many bits are there; above them there may be some of what follows
	block, last   bool   // within a block, which is the last
	stored        int    // bytes of a stored block that are left; -1 for one of codes
	length, back  int    // what is left of a match
	lit, dist     *huffman
	own, ownPlace huffman
	err           error
}

func (z *inflater) reset(in []byte) {
	z.in, z.at, z.bits, z.n = in, 0, 0, 0
	z.block, z.last, z.stored, z.length, z.err = false, false, 0, 0, nil
}

// refill has 48 bits at least, or all that there are.
func (z *inflater) refill() {
	if z.at+8 <= len(z.in) {
		z.bits |= binary.LittleEndian.Uint64(z.in[z.at:]) << z.n
		z.at += (63 - z.n) >> 3
		z.n |= 56
		return
	}
	z.bits &= 1<<z.n - 1
	for z.n <= 56 && z.at < len(z.in) {
		z.bits |= uint64(z.in[z.at]) << z.n
		z.at++
		z.n += 8
	}
}

// take gives the next bits; false where there are not so many.
func (z *inflater) take(n int) (int, bool) {
	if z.n < n {
		if z.refill(); z.n < n {
			return 0, false
		}
	}
	v := int(z.bits & (1<<n - 1))
	z.bits, z.n = z.bits>>n, z.n-n
	return v, true
}

// symbol gives what the next code means; 0 for none.
func (z *inflater) symbol(h *huffman) uint32 {
	if z.n < 48 {
		z.refill()
	}
	e := h.fast[z.bits&(1<<huffmanFast-1)]
	if e == 0 {
		e = h.long(z.bits)
	}
	n := int(e & 15)
	if e == 0 || max(n, h.least) > z.n {
		return 0
	}
	z.bits, z.n = z.bits>>n, z.n-n
	return e
}

// value adds the bits behind a code to what it means.
func (z *inflater) value(e uint32) (int, bool) {
	more, ok := z.take(int(e >> 8 & 31))
	return int(e>>16) + more, ok
}

// run unpacks into out from w on, and gives where it ended: with the room, with the
// data, or where they are damaged. What is before w is what matches reach back to.
func (z *inflater) run(out []byte, w int) int {
	for z.err == nil && w < len(out) {
		switch {
		case z.length > 0:
			w = z.again(out, w)
		case !z.block:
			z.header()
		case z.stored > 0:
			n := copy(out[w:], z.in[z.at:min(len(z.in), z.at+z.stored)])
			w, z.at, z.stored = w+n, z.at+n, z.stored-n
			if z.stored == 0 {
				z.block = false
			} else if z.at == len(z.in) {
				z.err = io.ErrUnexpectedEOF
			}
		default:
			if w = z.quick(out, w); z.block && z.err == nil && z.length == 0 && w < len(out) {
				w = z.careful(out, w)
			}
		}
	}
	return w
}

// again goes on with a match, which may overlap with what it makes.
func (z *inflater) again(out []byte, w int) int {
	end := min(len(out), w+z.length)
	z.length -= end - w
	for from := w - z.back; w < end; {
		w += copy(out[w:end], out[from:w])
	}
	return w
}

// header begins a block (RFC 1951 §3.2.3).
func (z *inflater) header() {
	if z.last {
		z.err = io.EOF
		return
	}
	z.err = errDeflate
	v, ok := z.take(3)
	if !ok {
		return
	}
	z.last, z.block = v&1 == 1, true
	switch v >> 1 {
	case 0:
		// It begins with the next byte.
		z.at -= z.n >> 3
		z.bits, z.n = 0, 0
		if z.at+4 > len(z.in) {
			return
		}
		n := binary.LittleEndian.Uint16(z.in[z.at:])
		if n != ^binary.LittleEndian.Uint16(z.in[z.at+2:]) {
			return
		}
		z.at += 4
		z.stored, z.block = int(n), n > 0
	case 1:
		z.lit, z.dist, z.stored = fixedLiterals, fixedDistances, -1
	case 2:
		if !z.codes() {
			return
		}
		z.lit, z.dist, z.stored = &z.own, &z.ownPlace, -1
	default:
		return
	}
	z.err = nil
}

// codes reads the codes of a block (RFC 1951 §3.2.7).
func (z *inflater) codes() bool {
	v, ok := z.take(14)
	literals, distances, n := v&31+257, v>>5&31+1, v>>10+4
	if !ok || literals > 286 || distances > 30 {
		return false
	}
	var lengths [286 + 30]uint8
	for _, i := range []uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:n] {
		if v, ok = z.take(3); !ok {
			return false
		}
		lengths[i] = uint8(v)
	}
	if !z.own.build(lengths[:19], lengthMeans[:]) {
		return false
	}
	clear(lengths[:19])
	all := lengths[:literals+distances]
	for i := 0; i < len(all); {
		e := z.symbol(&z.own)
		if e == 0 {
			return false
		}
		of, times := uint8(e>>16), 1
		switch of {
		case 16:
			if i == 0 {
				return false
			}
			v, ok = z.take(2)
			of, times = all[i-1], 3+v
		case 17:
			v, ok = z.take(3)
			of, times = 0, 3+v
		case 18:
			v, ok = z.take(7)
			of, times = 0, 11+v
		}
		if !ok || i+times > len(all) {
			return false
		}
		for range times {
			all[i] = of
			i++
		}
	}
	if !z.own.build(all[:literals], literalMeans[:]) || !z.ownPlace.build(all[literals:], distanceMeans[:]) {
		return false
	}
	z.own.least = max(z.own.least, int(all[256])) // a block has its end
	return true
}

// careful reads one code near the end of the data or of the room.
func (z *inflater) careful(out []byte, w int) int {
	e := z.symbol(z.lit)
	switch e & isWhat {
	case isLiteral:
		out[w] = byte(e >> 16)
		return w + 1
	case isEnd:
		z.block = false
		return w
	}
	z.err = errDeflate
	if e&isWhat == 0 {
		return w
	}
	length, ok := z.value(e)
	if !ok {
		return w
	}
	if e = z.symbol(z.dist); e&isWhat == 0 {
		return w
	}
	back, ok := z.value(e)
	if !ok || back > w {
		return w
	}
	z.err, z.length, z.back = nil, length, back
	return w
}

// quick reads codes as long as there are data and room for any.
func (z *inflater) quick(out []byte, w int) int {
	in, at, b, n := z.in, z.at, z.bits, z.n
	lit, dist := z.lit, z.dist
	for w+longest <= len(out) && at+8 <= len(in) {
		if n < 48 {
			b |= binary.LittleEndian.Uint64(in[at:]) << n
			at += (63 - n) >> 3
			n |= 56
		}
		e := lit.fast[b&(1<<huffmanFast-1)]
		if e == 0 {
			if e = lit.long(b); e == 0 {
				z.err = errDeflate
				break
			}
		}
		b, n = b>>(e&15), n-int(e&15)
		if e&isWhat == isLiteral {
			out[w] = byte(e >> 16)
			w++
			continue
		}
		if e&isWhat != isCopy {
			if z.block = false; e&isWhat != isEnd {
				z.err = errDeflate
			}
			break
		}
		extra := e >> 8 & 31
		length := int(e>>16) + int(b&(1<<extra-1))
		b, n = b>>extra, n-int(extra)
		if e = dist.fast[b&(1<<huffmanFast-1)]; e == 0 {
			e = dist.long(b)
		}
		if e&isWhat == 0 {
			z.err = errDeflate
			break
		}
		extra = e >> 8 & 31
		b, n = b>>(e&15), n-int(e&15)
		back := int(e>>16) + int(b&(1<<extra-1))
		b, n = b>>extra, n-int(extra)
		if back > w {
			z.err = errDeflate
			break
		}
		from, end := w-back, w+length
		if back >= length {
			copy(out[w:end], out[from:])
			w = end
			continue
		}
		for w < end {
			w += copy(out[w:end], out[from:w])
		}
	}
	z.at, z.bits, z.n = at, b, n
	return w
}

// inflateReader gives what is unpacked piece by piece.
type inflateReader struct {
	z    inflater
	buf  []byte // what matches reach back to, and what follows
	r, w int
}

// Read implements io.Reader.
func (r *inflateReader) Read(p []byte) (int, error) {
	if r.r == r.w {
		if r.w == len(r.buf) && r.w < 2*window {
			r.buf = append(r.buf, make([]byte, max(r.w, 4<<10))...)
			r.buf = r.buf[:min(cap(r.buf), 2*window)]
		} else if r.w == len(r.buf) {
			r.r = copy(r.buf, r.buf[r.w-window:])
			r.w = r.r
		}
		if r.w = r.z.run(r.buf, r.w); r.r == r.w {
			return 0, r.z.err
		}
	}
	n := copy(p, r.buf[r.r:r.w])
	r.r += n
	return n, nil
}

package extract

import (
	"encoding/binary"
	"io"
)

// Filters that archivers put behind a compressor, whatever the member is: Python's py7zr
// always, 7-Zip and xz where they are asked to (methods of 7z 03 and 03 03 01 03, xz file
// format §5.3.2 and §5.3.3).

// filtered undoes one filter as it is read.
type filtered struct {
	r    io.Reader
	undo func(b []byte) int // undoes the beginning of b and gives how much of it is done
	buf  [filterRoom]byte
	from int // buf[from:done] is undone and not given yet,
	done int
	end  int // buf[done:end] waits for more
	err  error
}

func (f *filtered) Read(p []byte) (int, error) {
	for f.from == f.done {
		if f.err != nil {
			return 0, f.err
		}
		f.end = copy(f.buf[:], f.buf[f.done:f.end])
		var n int
		n, f.err = f.r.Read(f.buf[f.end:])
		f.end += n
		f.from, f.done = 0, f.undo(f.buf[:f.end])
		if f.err != nil {
			f.done = f.end // the last bytes are as they were
		}
	}
	n := copy(p, f.buf[f.from:f.done])
	f.from += n
	return n, nil
}

const filterRoom = 4096 // bytes undone at a time

// newDelta undoes the differences between bytes that stand so far apart, less one.
func newDelta(r io.Reader, apart byte) io.Reader {
	var before [256]byte
	at := 0
	return &filtered{r: r, undo: func(b []byte) int {
		for i := range b {
			b[i] += before[at]
			before[at] = b[i]
			at = (at + 1) % (int(apart) + 1)
		}
		return len(b)
	}}
}

// newX86 undoes the filter for programs of x86: where such a program would call or jump
// to, counted from the beginning, is counted again from the place itself.
func newX86(r io.Reader) io.Reader {
	x := x86{}
	return &filtered{r: r, undo: x.undo}
}

type x86 struct {
	pos  uint32 // of the bytes that come next
	mask uint32 // which of the bytes before could be a call
}

// Of the masks, which let a call stand, and which byte of it is looked at.
var (
	x86Allowed = [8]bool{true, true, true, false, true}
	x86Bit     = [8]uint32{0, 1, 2, 2, 3, 3, 3, 3}
)

// x86Near reports whether b may be the last byte of a place that is near enough.
func x86Near(b byte) bool { return b == 0 || b == 0xFF }

func (x *x86) undo(b []byte) int {
	if len(b) <= 4 {
		return 0
	}
	size := len(b) - 4
	before, i := -1, 0
	for ; i < size; i++ {
		if b[i]&0xFE != 0xE8 {
			continue
		}
		if gap := i - before; gap > 3 {
			x.mask = 0
		} else if x.mask = x.mask << (gap - 1) & 7; x.mask != 0 && (!x86Allowed[x.mask] || x86Near(b[i+4-int(x86Bit[x.mask])])) {
			before, x.mask = i, x.mask<<1|1
			continue
		}
		before = i
		if !x86Near(b[i+4]) {
			x.mask = x.mask<<1 | 1
			continue
		}
		binary.LittleEndian.PutUint32(b[i+1:], x.near(binary.LittleEndian.Uint32(b[i+1:]), x.pos+uint32(i)+5))
		i += 4
	}
	if gap := i - before; gap > 3 {
		x.mask = 0
	} else {
		x.mask <<= gap - 1
	}
	x.pos += uint32(i)
	return i
}

// near gives a place, told as it is from the beginning, as it is from here.
func (x *x86) near(place, here uint32) uint32 {
	to := place - here
	for x.mask != 0 {
		bits := x86Bit[x.mask] * 8
		if !x86Near(byte(to >> (24 - bits))) {
			break
		}
		to = (to ^ (1<<(32-bits) - 1)) - here
	}
	return to&0x01FFFFFF | -(to & 0x01000000)
}

package extract

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"

	"github.com/ulikunitz/xz/lzma"
)

// LZMA and LZMA2 streams, and the .xz files that hold the latter. A decoder
// takes the memory of a dictionary before it has read a byte, and files name any
// size up to 4 GiB: it is given no more than the stream unpacks to, nor more than
// maxDictionary.

const maxDictionary = 64 << 20

var (
	errMethod     = errors.New("another way of compression")
	errDictionary = errors.New("the dictionary is too large")
	errDamaged    = errors.New("damaged")
	errTold       = errors.New("told already")
)

// dictionary is the room that a stream of so many bytes needs that asks for want.
func dictionary(want, size int64) (int, error) {
	n := max(min(want, size), lzma.MinDictCap)
	if n > maxDictionary {
		return 0, errDictionary
	}
	return int(n), nil
}

// newLZMA reads an LZMA stream of so many bytes, of which props are the five
// bytes of properties (LZMA specification, "lzma-specification.txt").
func newLZMA(props, packed []byte, size int64) (io.Reader, error) {
	if len(props) != 5 || size < 0 {
		return nil, errDamaged
	}
	n, err := dictionary(int64(binary.LittleEndian.Uint32(props[1:])), size)
	if err != nil {
		return nil, err
	}
	head := binary.LittleEndian.AppendUint32([]byte{props[0]}, uint32(n))
	head = binary.LittleEndian.AppendUint64(head, uint64(size))
	return lzma.ReaderConfig{DictCap: n}.NewReader(&joined{head, packed})
}

// joined reads one run of bytes behind another, byte for byte as well, which the
// decoder would do by one-byte reads.
type joined struct{ head, rest []byte }

// Read implements io.Reader.
func (j *joined) Read(b []byte) (int, error) {
	if len(j.head) == 0 {
		j.head, j.rest = j.rest, nil
	}
	if len(j.head) == 0 {
		return 0, io.EOF
	}
	n := copy(b, j.head)
	j.head = j.head[n:]
	return n, nil
}

// ReadByte implements io.ByteReader.
func (j *joined) ReadByte() (byte, error) {
	var b [1]byte
	_, err := j.Read(b[:])
	return b[0], err
}

// newLZMA2 reads an LZMA2 stream, of which prop is the byte that names the
// dictionary (.xz format 1.2.1 §5.3.1), and of which most bytes are read at most.
// It gives the packed length, too.
func newLZMA2(prop byte, b []byte, most int64) (r io.Reader, packed int64, err error) {
	want := int64(1<<32 - 1)
	switch {
	case prop > 40:
		return nil, 0, errDamaged
	case prop < 40:
		want = int64(2|prop&1) << (prop/2 + 11)
	}
	packed, size := lzma2Extent(b)
	n, err := dictionary(want, min(size, most))
	if err != nil {
		return nil, packed, err
	}
	r, err = lzma.Reader2Config{DictCap: n}.NewReader2(bytes.NewReader(b[:packed]))
	return r, packed, err
}

// lzma2Extent hops from chunk to chunk. Of a stream that is cut off it is what
// is there.
func lzma2Extent(b []byte) (packed, size int64) {
	at := int64(0)
	for at < int64(len(b)) {
		control := b[at]
		if control == 0 { // the end
			return at + 1, size
		}
		head := int64(3) // of a chunk that is not compressed
		switch {
		case control >= 0xC0:
			head = 6
		case control >= 0x80:
			head = 5
		}
		if at+head > int64(len(b)) {
			break
		}
		n := int64(binary.BigEndian.Uint16(b[at+1:])) + 1
		if control >= 0x80 {
			size += n + int64(control&0x1f)<<16
			n = int64(binary.BigEndian.Uint16(b[at+3:])) + 1
		} else {
			size += n
		}
		at += head + n
	}
	return int64(len(b)), size
}

const xzMagic = "\xFD7zXZ\x00"

func sniffXZ(p *part) bool { return len(p.data) >= 12 && string(p.data[:6]) == xzMagic }

func extractXZ(p *part) { p.unpacked(&xzReader{p: p, b: p.data}, "") }

// xzReader unpacks the streams of a .xz file, one block after the other. Of its
// filters it knows LZMA2 (.xz format 1.2.1 §2, §3).
type xzReader struct {
	p      *part
	b      []byte // what is left
	within bool   // a stream
	check  byte   // what kind of check its blocks have
	block  io.Reader
	left   []byte // behind the block
	pad    int
	sum    hash.Hash
}

// Read implements io.Reader.
func (x *xzReader) Read(b []byte) (int, error) {
	for {
		var err error
		switch {
		case x.block != nil:
			n, err := x.block.Read(b)
			x.sum.Write(b[:n])
			if err == io.EOF {
				x.b, x.block = x.left, nil
				err = x.checked()
			}
			if n > 0 || err != nil {
				return n, err
			}
		case x.within:
			err = x.next()
		default:
			for len(x.b) >= 4 && string(x.b[:4]) == "\x00\x00\x00\x00" {
				x.b = x.b[4:]
			}
			if len(x.b) == 0 {
				return 0, io.EOF
			}
			err = x.begin()
		}
		if err != nil {
			return 0, err
		}
	}
}

// begin reads the header of a stream (§2.1.1).
func (x *xzReader) begin() error {
	if len(x.b) < 12 {
		return io.ErrUnexpectedEOF
	}
	if string(x.b[:7]) != xzMagic+"\x00" || crc32.ChecksumIEEE(x.b[6:8]) != binary.LittleEndian.Uint32(x.b[8:]) {
		return errDamaged
	}
	x.check, x.within = x.b[7]&0x0f, true
	x.b = x.b[12:]
	return nil
}

// xzChecks are the lengths of the checks by kind (§2.1.1.2).
var xzChecks = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}

// next reads the header of a block, or the index, with which a stream ends
// (§3.1, §4).
func (x *xzReader) next() error {
	if len(x.b) == 0 {
		return io.ErrUnexpectedEOF
	}
	if x.b[0] == 0 {
		return x.end()
	}
	if !x.p.count(1) {
		return errTold
	}
	n := (int(x.b[0]) + 1) * 4
	if len(x.b) < n {
		return io.ErrUnexpectedEOF
	}
	h := x.b[:n-4]
	if crc32.ChecksumIEEE(h) != binary.LittleEndian.Uint32(x.b[n-4:]) {
		return errDamaged
	}
	flags := h[1]
	h = h[2:]
	for _, there := range []bool{flags&0x40 != 0, flags&0x80 != 0} {
		if there {
			if _, h = xzNumber(h); h == nil { // the stream itself tells its lengths
				return errDamaged
			}
		}
	}
	if flags&0x3c != 0 {
		return errMethod
	}
	var filters []func(io.Reader) io.Reader // the last one first
	for ; flags&3 > 0; flags-- {
		switch {
		case len(h) >= 3 && h[0] == 0x03 && h[1] == 1:
			apart := h[2]
			filters, h = append(filters, func(r io.Reader) io.Reader { return newDelta(r, apart) }), h[3:]
		case len(h) >= 2 && h[0] == 0x04 && h[1] == 0:
			filters, h = append(filters, newX86), h[2:]
		default:
			return errMethod
		}
	}
	if len(h) < 3 || h[0] != 0x21 || h[1] != 1 {
		return errMethod
	}
	r, packed, err := newLZMA2(h[2], x.b[n:], x.p.inflated)
	if err != nil && err != io.EOF {
		return err
	}
	for _, undo := range slices.Backward(filters) {
		r = undo(r)
	}
	x.block, x.left = r, x.b[int64(n)+packed:]
	x.pad = int(-packed & 3)
	switch x.check {
	case 1:
		x.sum = crc32.NewIEEE()
	case 4:
		x.sum = crc64.New(crc64.MakeTable(crc64.ECMA))
	default:
		x.sum = sha256.New()
	}
	return nil
}

// checked compares what a block unpacked to with its check, where its kind is
// known (§3.4).
func (x *xzReader) checked() error {
	n := x.pad + xzChecks[x.check]
	if len(x.b) < n {
		return io.ErrUnexpectedEOF
	}
	want, got := x.b[x.pad:n], x.sum.Sum(nil)
	x.b = x.b[n:]
	switch x.check {
	case 1:
		got = binary.LittleEndian.AppendUint32(nil, binary.BigEndian.Uint32(got))
	case 4:
		got = binary.LittleEndian.AppendUint64(nil, binary.BigEndian.Uint64(got))
	case 10:
	default:
		return nil
	}
	if !bytes.Equal(want, got) {
		return errDamaged
	}
	return nil
}

// end skips the index and the footer.
func (x *xzReader) end() error {
	n, rest := xzNumber(x.b[1:])
	for i := uint64(0); rest != nil && i < 2*n; i++ {
		_, rest = xzNumber(rest)
	}
	if rest == nil {
		return io.ErrUnexpectedEOF
	}
	read := len(x.b) - len(rest)
	read += -read&3 + 4 + 12
	if read > len(x.b) {
		return io.ErrUnexpectedEOF
	}
	x.b, x.within = x.b[read:], false
	return nil
}

// xzNumber reads a multibyte integer (§1.2); rest is nil when there is none.
func xzNumber(b []byte) (n uint64, rest []byte) {
	for i := 0; i < len(b) && i < 9; i++ {
		n |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return n, b[i+1:]
		}
	}
	return 0, nil
}

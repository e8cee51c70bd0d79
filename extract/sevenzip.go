package extract

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"
	"strings"
)

// 7z, after "7zFormat.txt" of the LZMA SDK. Everything that the header counts is
// held against the bytes that are there before it is given memory. Read are the
// methods that programs choose for documents: none, LZMA, LZMA2, Deflate, BZip2.

const sevenMagic = "7z\xBC\xAF\x27\x1C"

func sniff7z(p *part) bool { return len(p.data) >= 32 && string(p.data[:6]) == sevenMagic }

// Properties of the header.
const (
	sevenEnd         = 0x00
	sevenHeader      = 0x01
	sevenArchive     = 0x02
	sevenMore        = 0x03
	sevenStreams     = 0x04
	sevenFiles       = 0x05
	sevenPack        = 0x06
	sevenUnpack      = 0x07
	sevenSubStreams  = 0x08
	sevenSize        = 0x09
	sevenCRC         = 0x0A
	sevenFolder      = 0x0B
	sevenUnpackSize  = 0x0C
	sevenNumStreams  = 0x0D
	sevenEmptyStream = 0x0E
	sevenEmptyFile   = 0x0F
	sevenNames       = 0x11
	sevenAttributes  = 0x15
	sevenEncoded     = 0x17
	sevenDummy       = 0x19
)

// Bounds of a 7z header.
const (
	sevenMaxHeader = 4 << 20 // bytes of a header, packed or not
	sevenMaxCoders = 32      // of one folder
)

var errPassword = errors.New("needs a password")

// sevenCoder is one step of unpacking.
type sevenCoder struct {
	id    string
	props []byte
}

// folder7 is what is packed together: one stream, of one member or several.
type folder7 struct {
	coders []sevenCoder
	sizes  []int64 // that each coder unpacks to
	main   int     // whose is the folder's
	chain  []int   // the coders from the packed stream on; nil where one takes several streams
	packed []byte
	bare   bool // its packed bytes are not there in full
	crc    uint32
	hasCRC bool
	files  int // that it holds
}

func (f *folder7) size() int64 {
	if f.main >= len(f.sizes) {
		return 0
	}
	return f.sizes[f.main]
}

// open gives the stream of a folder.
func (f *folder7) open() (io.Reader, error) {
	for _, c := range f.coders {
		if c.id == "\x06\xF1\x07\x01" {
			return nil, errPassword
		}
	}
	if len(f.chain) == 0 {
		return nil, errMethod
	}
	r, err := f.unpack(f.coders[f.chain[0]], f.sizes[f.chain[0]])
	for _, i := range f.chain[1:] {
		if err != nil {
			return nil, err
		}
		switch c := f.coders[i]; {
		case c.id == "\x03" && len(c.props) == 1:
			r = newDelta(r, c.props[0])
		case c.id == "\x04" || c.id == "\x03\x03\x01\x03":
			r = newX86(r)
		default:
			return nil, errMethod
		}
		r = io.LimitReader(r, f.sizes[i])
	}
	return r, err
}

// unpack gives the stream that a coder makes of the packed one.
func (f *folder7) unpack(c sevenCoder, size int64) (io.Reader, error) {
	var r io.Reader
	var err error
	switch c.id {
	case "\x00":
		r = bytes.NewReader(f.packed)
	case "\x03\x01\x01":
		r, err = newLZMA(c.props, f.packed, size)
	case "\x21":
		if len(c.props) != 1 {
			return nil, errDamaged
		}
		r, _, err = newLZMA2(c.props[0], f.packed, size)
	case "\x04\x01\x08":
		r = flate.NewReader(bytes.NewReader(f.packed))
	case "\x04\x02\x02":
		r = bzip2.NewReader(bytes.NewReader(f.packed))
	default:
		return nil, errMethod
	}
	if err != nil {
		return nil, err
	}
	return io.LimitReader(r, size), nil
}

// file7 is one member.
type file7 struct {
	name   string
	empty  bool // without a stream: a folder, or
	file   bool // a file with nothing in it
	link   bool
	size   int64
	crc    uint32
	hasCRC bool
}

// cursor7 reads a header. What is not there is 0, and bad from then on.
type cursor7 struct {
	b   []byte
	bad bool
}

func (c *cursor7) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)) {
		c.bad = true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor7) byte() byte {
	if b := c.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (c *cursor7) uint32() uint32 {
	if b := c.take(4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// number reads an integer, whose first byte tells by its leading ones how many
// bytes follow it.
func (c *cursor7) number() uint64 {
	first := c.byte()
	more := bits.LeadingZeros8(^first)
	var v uint64
	for i, b := range c.take(uint64(more)) {
		v |= uint64(b) << (8 * i)
	}
	if more < 7 {
		v |= uint64(first&(1<<(7-more)-1)) << (8 * more)
	}
	return v
}

// size reads the length of something.
func (c *cursor7) size() int64 {
	n := c.number()
	if n > 1<<62 {
		c.bad = true
		return 0
	}
	return int64(n)
}

// count reads how many there are of something of which each takes a byte at least
// of what follows, or of what came before.
func (c *cursor7) count(most int) int {
	n := c.number()
	if n > uint64(most) {
		c.bad = true
		return 0
	}
	return int(n)
}

// property reads the kind of the next property. Each stands once in its place, but
// for what fills room: to read one goes over all that was read before.
func (c *cursor7) property(seen *uint32) byte {
	kind := c.byte()
	if kind != sevenEnd && kind < sevenDummy {
		if *seen>>kind&1 != 0 {
			c.bad = true
		}
		*seen |= 1 << kind
	}
	return kind
}

// flags reads n bits.
func (c *cursor7) flags(n int) []bool {
	b := c.take(uint64(n+7) / 8)
	if c.bad {
		return make([]bool, n)
	}
	v := make([]bool, n)
	for i := range v {
		v[i] = b[i/8]&(0x80>>(i%8)) != 0
	}
	return v
}

// defined reads n bits, or one byte for all of them.
func (c *cursor7) defined(n int) []bool {
	if c.byte() == 0 {
		return c.flags(n)
	}
	v := make([]bool, n)
	for i := range v {
		v[i] = true
	}
	return v
}

// digests reads the CRC of those of n that have one.
func (c *cursor7) digests(n int, set func(i int, crc uint32)) {
	for i, there := range c.defined(n) {
		if there && !c.bad {
			set(i, c.uint32())
		}
	}
}

// archive7 is a 7z while its header is read.
type archive7 struct {
	p       *part
	folders []folder7
	files   []file7
	streams []file7 // sizes and CRCs of what the folders hold, in order
}

// header reads the header, unpacks it first where it is packed, and gives why it
// could not.
func (a *archive7) header() error {
	b := a.p.data
	if crc32.ChecksumIEEE(b[12:32]) != binary.LittleEndian.Uint32(b[8:]) {
		return errDamaged
	}
	from, n := binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint64(b[20:])
	rest := uint64(len(b) - 32)
	switch {
	case n == 0 && from == 0:
		return nil // no member
	case from > rest || n > rest-from:
		return io.ErrUnexpectedEOF
	case n > sevenMaxHeader:
		return errTooLarge
	}
	h := b[32+from:][:n]
	if crc32.ChecksumIEEE(h) != binary.LittleEndian.Uint32(b[28:]) {
		return errDamaged
	}
	for range 3 {
		c := &cursor7{b: h}
		switch c.byte() {
		case sevenHeader:
			a.main(c)
			if c.bad {
				return errDamaged
			}
			return nil
		case sevenEncoded:
			a.streamsInfo(c)
			if c.bad || len(a.folders) != 1 {
				return errDamaged
			}
			f := a.folders[0]
			a.folders, a.streams = nil, nil
			r, err := f.open()
			if err != nil {
				return err
			}
			if f.size() > sevenMaxHeader {
				return errTooLarge
			}
			if h, err = a.p.inflate(r, sevenMaxHeader); err != nil {
				return err
			}
			if int64(len(h)) != f.size() || f.hasCRC && crc32.ChecksumIEEE(h) != f.crc {
				return errDamaged
			}
		default:
			return errDamaged
		}
	}
	return errDamaged
}

func (a *archive7) main(c *cursor7) {
	var seen uint32
	for !c.bad {
		switch c.property(&seen) {
		case sevenArchive:
			for c.byte() != sevenEnd && !c.bad {
				c.take(c.number())
			}
		case sevenMore: // none writes them
			c.bad = true
		case sevenStreams:
			a.streamsInfo(c)
		case sevenFiles:
			a.filesInfo(c)
		case sevenEnd:
			return
		default:
			c.bad = true
		}
	}
}

func (a *archive7) streamsInfo(c *cursor7) {
	var packed [][]byte
	told := false // what the folders hold
	var seen uint32
	for !c.bad {
		switch c.property(&seen) {
		case sevenPack:
			packed = a.packInfo(c)
		case sevenUnpack:
			a.unpackInfo(c, packed)
		case sevenSubStreams:
			a.subStreams(c)
			told = true
		case sevenEnd:
			if !told {
				a.noSubStreams()
			}
			return
		default:
			c.bad = true
		}
	}
}

// packInfo gives the packed streams. One that is not in the file is nil.
func (a *archive7) packInfo(c *cursor7) (packed [][]byte) {
	at := c.size()
	n := c.count(len(c.b))
	for !c.bad {
		switch c.byte() {
		case sevenSize:
			for range n {
				size := c.size()
				end := at + size
				if c.bad || end < at {
					c.bad = true
					return nil
				}
				var b []byte
				if end <= int64(len(a.p.data)-32) {
					b = a.p.data[32+at : 32+end : 32+end]
				}
				packed = append(packed, b)
				at = end
			}
		case sevenCRC:
			c.digests(n, func(int, uint32) {})
		case sevenEnd:
			return packed
		default:
			c.bad = true
		}
	}
	return nil
}

func (a *archive7) unpackInfo(c *cursor7, packed [][]byte) {
	if c.byte() != sevenFolder {
		c.bad = true
		return
	}
	n := c.count(len(c.b))
	if c.byte() != 0 { // they stand elsewhere
		c.bad = true
	}
	for range n {
		if c.bad {
			return
		}
		f, streams := readFolder7(c) // one at least, if it is good
		if c.bad || len(packed) < streams {
			c.bad = true
			return
		}
		f.packed, f.bare = packed[0], packed[0] == nil
		packed = packed[streams:]
		a.folders = append(a.folders, f)
	}
	if c.byte() != sevenUnpackSize {
		c.bad = true
		return
	}
	for i := range a.folders {
		f := &a.folders[i]
		for range f.coders {
			f.sizes = append(f.sizes, c.size())
		}
	}
	for !c.bad {
		switch c.byte() {
		case sevenCRC:
			c.digests(len(a.folders), func(i int, crc uint32) { a.folders[i].crc, a.folders[i].hasCRC = crc, true })
		case sevenEnd:
			return
		default:
			c.bad = true
		}
	}
}

// readFolder7 reads how a folder is packed, and of how many packed streams.
func readFolder7(c *cursor7) (f folder7, streams int) {
	n := c.count(sevenMaxCoders)
	in := 0
	for range n {
		flags := c.byte()
		coder := sevenCoder{id: string(c.take(uint64(flags & 0x0f)))}
		if flags&0x10 != 0 {
			in += c.count(sevenMaxCoders)
			if c.number() != 1 { // streams that it unpacks to
				c.bad = true
			}
		} else {
			in++
		}
		if flags&0x20 != 0 {
			coder.props = c.take(c.number())
		}
		if flags&0x80 != 0 || c.bad {
			c.bad = true
			return f, 0
		}
		f.coders = append(f.coders, coder)
	}
	bound, from := map[uint64]bool{}, map[uint64]uint64{}
	for range n - 1 {
		to, of := c.number(), c.number() // the stream that goes in, and whose it is
		bound[of], from[to] = true, of
	}
	for f.main = 0; f.main < n && bound[uint64(f.main)]; f.main++ {
	}
	if in == n { // each takes one stream
		f.chain = chain7(f.main, n, from)
	}
	streams = in - (n - 1)
	if n == 0 || streams < 1 || f.main == n {
		c.bad = true
		return f, 0
	}
	if streams > 1 {
		for range streams {
			c.number()
		}
	}
	return f, streams
}

// chain7 gives n coders from the packed stream on to the main one; nil where they are
// not one behind the other.
func chain7(main, n int, from map[uint64]uint64) []int {
	chain := []int{main}
	for len(chain) < n {
		of, ok := from[uint64(chain[0])]
		if !ok || of >= uint64(n) {
			return nil
		}
		chain = slices.Insert(chain, 0, int(of))
	}
	return chain
}

// noSubStreams is for folders that hold one member each.
func (a *archive7) noSubStreams() {
	for i := range a.folders {
		f := &a.folders[i]
		f.files = 1
		a.streams = append(a.streams, file7{size: f.size(), crc: f.crc, hasCRC: f.hasCRC})
	}
}

func (a *archive7) subStreams(c *cursor7) {
	for i := range a.folders {
		a.folders[i].files = 1
	}
	kind := c.byte()
	if kind == sevenNumStreams {
		for i := range a.folders {
			a.folders[i].files = c.count(len(c.b))
		}
		kind = c.byte()
	}
	total := 0
	for i := range a.folders {
		total += a.folders[i].files
		if total > len(c.b)+len(a.folders) {
			c.bad = true
			return
		}
	}
	a.streams = make([]file7, total)
	k := 0
	for i := range a.folders {
		f := &a.folders[i]
		left := f.size()
		for j := range f.files {
			size := left // the last one's is what remains
			if j < f.files-1 {
				if kind != sevenSize {
					c.bad = true
					return
				}
				size = c.size()
			}
			if size > left {
				c.bad = true
				return
			}
			left -= size
			a.streams[k].size = size
			k++
		}
	}
	if kind == sevenSize {
		kind = c.byte()
	}
	var open []int // streams whose CRC is not the folder's
	k = 0
	for i := range a.folders {
		f := &a.folders[i]
		if f.files == 1 && f.hasCRC {
			a.streams[k].crc, a.streams[k].hasCRC = f.crc, true
		} else {
			for j := range f.files {
				open = append(open, k+j)
			}
		}
		k += f.files
	}
	for !c.bad && kind != sevenEnd {
		if kind != sevenCRC {
			c.bad = true
			return
		}
		c.digests(len(open), func(i int, crc uint32) { a.streams[open[i]].crc, a.streams[open[i]].hasCRC = crc, true })
		kind = c.byte()
	}
}

func (a *archive7) filesInfo(c *cursor7) {
	n := c.count(len(c.b) / 2) // each has two bytes of name at least
	a.files = make([]file7, n)
	var seen uint32
	for !c.bad {
		kind := c.property(&seen)
		if kind == sevenEnd {
			break
		}
		v := &cursor7{b: c.take(c.number())}
		switch kind {
		case sevenEmptyStream:
			for i, empty := range v.flags(n) {
				a.files[i].empty = empty
			}
		case sevenEmptyFile:
			var empty []*file7
			for i := range a.files {
				if a.files[i].empty {
					empty = append(empty, &a.files[i])
				}
			}
			for i, file := range v.flags(len(empty)) {
				empty[i].file = file
			}
		case sevenNames:
			if v.byte() != 0 {
				c.bad = true
				return
			}
			for i := range a.files {
				end := 0
				for end+1 < len(v.b) && (v.b[end] != 0 || v.b[end+1] != 0) {
					end += 2
				}
				a.files[i].name = decodeUTF16(v.take(uint64(end)), false)
				v.take(2)
			}
		case sevenAttributes:
			there := v.defined(n)
			if v.byte() != 0 {
				c.bad = true
				return
			}
			for i := range a.files {
				if there[i] && !v.bad {
					// The upper half is the mode that Unix knows, where bit 15 says so.
					if attr := v.uint32(); attr&0x8000 != 0 {
						a.files[i].link = attr>>16&0xF000 == symlink
					}
				}
			}
		}
		c.bad = c.bad || v.bad
	}
	k := 0
	for i := range a.files {
		f := &a.files[i]
		if f.empty {
			continue
		}
		if k == len(a.streams) {
			c.bad = true
			return
		}
		s := a.streams[k]
		f.size, f.crc, f.hasCRC = s.size, s.crc, s.hasCRC
		k++
	}
}

// extract7z sends every member through the dispatcher, folder by folder.
func extract7z(p *part) {
	a := archive7{p: p}
	if err := a.header(); err != nil {
		if errors.Is(err, errPassword) {
			p.unread(p.where, ReasonEncrypted, "needs a password")
			return
		}
		p.unpackFailed(p.where, err)
		return
	}
	for i := range a.files {
		if a.files[i].file && !isLitter(a.files[i].name) {
			p.unread(p.place(a.files[i].name).Where, ReasonEmpty, "")
		}
	}
	files := a.files
	names := map[string]int{}
	for i := range a.folders {
		f := &a.folders[i]
		var held []*file7
		for len(held) < f.files && len(files) > 0 {
			if !files[0].empty {
				held = append(held, &files[0])
			}
			files = files[1:]
		}
		if !p.folder7(f, held, names) {
			return
		}
	}
}

// folder7 reads the members of one folder. It reports whether there is room for
// those of another.
func (p *part) folder7(f *folder7, held []*file7, names map[string]int) bool {
	r, err := f.open()
	if f.bare && err == nil {
		err = io.ErrUnexpectedEOF
	}
	m := &metered{p: p, r: r}
	for _, h := range held {
		if p.done() || !p.count(1) {
			return false
		}
		where := p.place(h.name).Where
		switch {
		case errors.Is(err, errPassword):
			p.unread(where, ReasonEncrypted, "needs a password")
			continue
		case err != nil:
			p.unpackFailed(where, err)
			if errors.Is(err, errInflated) {
				return false
			}
			continue
		}
		in := io.LimitReader(m, h.size)
		var data []byte
		skip := h.link || isLitter(h.name)
		if h.link {
			p.unread(where, ReasonUnknown, "a link to another file")
		}
		if !skip && h.size > p.limits.FileBytes {
			p.unread(where, ReasonTooLarge, "")
			skip = true
		}
		if skip {
			var n int64
			if n, err = io.Copy(io.Discard, in); err == nil && n < h.size {
				err = io.ErrUnexpectedEOF
			}
			continue
		}
		if data, err = p.whole(in); err == nil && int64(len(data)) < h.size {
			err = io.ErrUnexpectedEOF
		}
		flags := oddName(h.name, names)
		if err != nil {
			p.unpackFailed(where, err)
			if len(data) == 0 {
				continue
			}
		} else if h.hasCRC && crc32.ChecksumIEEE(data) != h.crc {
			flags = append(flags, badCRC)
			p.unread(where, ReasonMalformed, badSum)
		}
		p.embed(p.place(strings.ReplaceAll(h.name, `\`, "/")).flagged(flags...), baseName(h.name), "", data)
	}
	return !errors.Is(err, errInflated)
}

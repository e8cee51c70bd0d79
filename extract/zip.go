package extract

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// member is one entry of a ZIP as its central directory tells it (APPNOTE
// §4.3.12).
type member struct {
	name   string
	flags  uint16
	method uint16
	crc    uint32
	packed int64
	size   int64
	mode   uint32
	start  int64 // of its packed bytes
	odd    []string
	ahead  *unpackedMember // what was read before its turn
}

// unpackedMember is what read gave for a member.
type unpackedMember struct {
	data []byte
	ok   bool
}

func sniffZIP(p *part) bool {
	if len(p.data) < 22 {
		return false
	}
	switch string(p.data[:4]) {
	case "PK\x03\x04", "PK\x05\x06":
		return true
	}
	switch p.ext() {
	case ".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".jar", ".epub":
		return endOfDirectory(p.data) >= 0
	}
	return false
}

// endOfDirectory is the offset of the end record (APPNOTE §4.3.16), -1 when
// there is none.
func endOfDirectory(b []byte) int {
	for i := len(b) - 22; i >= 0 && i >= len(b)-22-65535; i-- {
		if b[i] == 'P' && string(b[i:i+4]) == "PK\x05\x06" {
			return i
		}
	}
	return -1
}

// archive reads the directory of a ZIP. Members are taken one at a time, into
// memory, and never by their name.
type archive struct {
	p       *part
	members []member
	ranges  []span // of packed bytes that were taken already
}

type span struct{ from, to int64 }

// open reads the directory: the central one, or where that is damaged the
// headers before each member. It allocates for members that are really there
// and within the budget only.
func (a *archive) open() bool {
	b := a.p.data
	end := endOfDirectory(b)
	if end < 0 {
		a.p.unread(a.p.where, ReasonTruncated, "no directory at the end")
		a.scan()
		return len(a.members) > 0
	}
	size := int64(binary.LittleEndian.Uint32(b[end+12:]))
	from := int64(binary.LittleEndian.Uint32(b[end+16:]))
	at := int64(end)
	if end >= 20 && string(b[end-20:end-16]) == "PK\x06\x07" {
		// Zip64 (APPNOTE §4.3.14): the locator stands right before.
		z := int64(binary.LittleEndian.Uint64(b[end-20+8:]))
		for _, at64 := range []int64{z, int64(end) - 20 - 56} {
			if at64 >= 0 && at64 <= int64(end)-20-56 && string(b[at64:at64+4]) == "PK\x06\x06" {
				size = int64(binary.LittleEndian.Uint64(b[at64+40:]))
				from = int64(binary.LittleEndian.Uint64(b[at64+48:]))
				at = at64
				break
			}
		}
	}
	// What stands before the archive shifts every offset.
	shift := at - size - from
	if size < 0 || from < 0 || shift < 0 || from+shift > at {
		shift = 0
	}
	dir := from + shift
	if dir < 0 || dir > int64(len(b)) || dir+4 <= int64(len(b)) && string(b[dir:dir+4]) != "PK\x01\x02" && at > dir {
		a.p.unread(a.p.where, ReasonMalformed, "the directory is not where it should be")
		a.scan()
		return len(a.members) > 0
	}
	for i := dir; i+46 <= int64(len(b)) && string(b[i:i+4]) == "PK\x01\x02"; {
		h := b[i:]
		n, x, c := int64(binary.LittleEndian.Uint16(h[28:])), int64(binary.LittleEndian.Uint16(h[30:])), int64(binary.LittleEndian.Uint16(h[32:]))
		if i+46+n+x > int64(len(b)) {
			a.p.unread(a.p.where, ReasonTruncated, "the directory ends too early")
			break
		}
		if !a.p.count(1) {
			return true
		}
		m := member{
			name:   string(h[46 : 46+n]),
			flags:  binary.LittleEndian.Uint16(h[8:]),
			method: binary.LittleEndian.Uint16(h[10:]),
			crc:    binary.LittleEndian.Uint32(h[16:]),
			packed: int64(binary.LittleEndian.Uint32(h[20:])),
			size:   int64(binary.LittleEndian.Uint32(h[24:])),
			mode:   binary.LittleEndian.Uint32(h[38:]) >> 16,
		}
		local := int64(binary.LittleEndian.Uint32(h[42:]))
		zip64(h[46+n:46+n+x], &m.size, &m.packed, &local)
		m.named(h[46+n : 46+n+x])
		i += 46 + n + x + c
		local += shift
		if local < 0 || local+30 > int64(len(b)) || string(b[local:local+4]) != "PK\x03\x04" {
			a.p.unread(a.p.where+" > "+cleanStep(m.name), ReasonMalformed, "no member where the directory says")
			continue
		}
		m.start = local + 30 + int64(binary.LittleEndian.Uint16(b[local+26:])) + int64(binary.LittleEndian.Uint16(b[local+28:]))
		a.members = append(a.members, m)
	}
	return true
}

// named takes the name in UTF-8 that some programs write beside one in the alphabet of the
// computer (APPNOTE §4.6.9); it is that of the same name.
func (m *member) named(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if 4+n > len(extra) {
			return
		}
		field := extra[4 : 4+n]
		if id == 0x7075 && n > 5 && field[0] == 1 && binary.LittleEndian.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(m.name)) && utf8.Valid(field[5:]) {
			m.name = string(field[5:])
			return
		}
		extra = extra[4+n:]
	}
}

// zip64 takes the 64-bit values of an extra field (APPNOTE §4.5.3) for those
// of v that say so.
func zip64(extra []byte, v ...*int64) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if 4+n > len(extra) {
			return
		}
		if field := extra[4 : 4+n]; id == 1 {
			for _, p := range v {
				if *p == 0xffffffff && len(field) >= 8 {
					*p = int64(binary.LittleEndian.Uint64(field) & (1<<63 - 1))
					field = field[8:]
				}
			}
			return
		}
		extra = extra[4+n:]
	}
}

// scan finds members by their own headers, for archives without a directory.
func (a *archive) scan() {
	b := a.p.data
	for i := 0; ; {
		j := bytes.Index(b[i:], []byte("PK\x03\x04"))
		if j < 0 || i+j+30 > len(b) {
			return
		}
		i += j
		h := b[i:]
		n, x := int(binary.LittleEndian.Uint16(h[26:])), int(binary.LittleEndian.Uint16(h[28:]))
		if 30+n+x > len(h) || !a.p.count(1) {
			return
		}
		m := member{
			name:   string(h[30 : 30+n]),
			flags:  binary.LittleEndian.Uint16(h[6:]),
			method: binary.LittleEndian.Uint16(h[8:]),
			crc:    binary.LittleEndian.Uint32(h[14:]),
			packed: int64(binary.LittleEndian.Uint32(h[18:])),
			size:   int64(binary.LittleEndian.Uint32(h[22:])),
			start:  int64(i + 30 + n + x),
			odd:    []string{"rescue"},
		}
		m.named(h[30+n : 30+n+x])
		if m.flags&8 != 0 || m.start+m.packed > int64(len(b)) {
			// The size follows the data, or the data is cut off: up to the next
			// header, where deflate ends by itself.
			m.packed = int64(len(b)) - m.start
			if k := bytes.Index(b[m.start:], []byte("PK\x03\x04")); k >= 0 {
				m.packed = int64(k)
			}
			m.size, m.crc = 0, 0
		}
		a.members = append(a.members, m)
		i = int(min(m.start+max(m.packed, 1), int64(len(b))))
	}
}

// read unpacks one member. What fails is reported; ok says whether there is
// anything to go on with.
func (a *archive) read(m *member) (data []byte, ok bool) {
	p := a.p
	if m.ahead != nil {
		return m.ahead.data, m.ahead.ok
	}
	where := p.place(m.name).Where
	if m.flags&1 != 0 || m.method == 99 {
		p.unread(where, ReasonEncrypted, "needs a password")
		return nil, false
	}
	if m.start > int64(len(p.data)) || m.packed < 0 || m.start+m.packed > int64(len(p.data)) {
		p.unread(where, ReasonTruncated, "")
		return nil, false
	}
	// Members that share their bytes make a bomb of a small file.
	s := span{m.start, m.start + m.packed}
	k := sort.Search(len(a.ranges), func(i int) bool { return a.ranges[i].to > s.from })
	if s.from < s.to {
		if k < len(a.ranges) && a.ranges[k].from < s.to {
			p.unread(where, ReasonMalformed, "shares its bytes with another member")
			return nil, false
		}
		a.ranges = append(a.ranges, span{})
		copy(a.ranges[k+1:], a.ranges[k:])
		a.ranges[k] = s
	}
	packed := p.data[m.start : m.start+m.packed]
	var err error
	switch m.method {
	case 0:
		data = packed
	case 8:
		data, err = p.inflate(flate.NewReader(bytes.NewReader(packed)), 0)
	case 12:
		data, err = p.inflate(bzip2.NewReader(bytes.NewReader(packed)), 0)
	case 14: // behind a version and the length of the properties (APPNOTE §5.8.8)
		var r io.Reader
		if err = errDamaged; len(packed) > 9 {
			r, err = newLZMA(packed[4:9], packed[9:], m.size)
		}
		if err == nil {
			data, err = p.inflate(r, 0)
		}
	case 95:
		data, err = p.inflate(&xzReader{p: p, b: packed}, 0)
	default:
		p.unread(where, ReasonUnknown, "compressed in a way that is not read")
		return nil, false
	}
	if err != nil {
		p.unpackFailed(where, err)
		return data, len(data) > 0
	}
	if m.crc != 0 && crc32.ChecksumIEEE(data) != m.crc {
		m.odd = append(m.odd, badCRC)
	}
	return data, true
}

// shown is the member's name and what is odd about it.
func (m *member) shown(names map[string]int) (string, []string) {
	name, flags := m.name, m.odd
	switch {
	case m.flags&0x800 == 0 && !utf8.ValidString(name):
		// Without bit 11 it is in the alphabet of the first PCs (App. D).
		if s, err := charmap.CodePage437.NewDecoder().String(name); err == nil {
			name = s
		}
	case !utf8.ValidString(name):
		name = decodeText([]byte(name))
	}
	return name, append(flags, oddName(name, names)...)
}

const symlink = 0xA000

// extractZIP sends every member through the dispatcher. Office documents are
// ZIPs too, and are read as such.
func extractZIP(p *part) {
	a := archive{p: p}
	if !a.open() {
		return
	}
	if kind := officeKind(&a); kind != "" {
		p.carrier = kind
		p.office(&a)
		return
	}
	send := p.embed
	if slices.ContainsFunc(a.members, func(m member) bool { return m.name == "Index/Document.iwa" || m.name == "Index.zip" }) {
		p.unread(p.where, ReasonUnknown, "Apple iWork document")
		send = func(pl Place, name, _ string, data []byte) { p.embedQuiet(pl, name, data) }
	}
	names := map[string]int{}
	for i := range a.members {
		if p.done() {
			return
		}
		m := &a.members[i]
		base := baseName(m.name)
		if strings.HasSuffix(m.name, "/") || isLitter(m.name) {
			continue
		}
		if m.mode&0xF000 == symlink {
			p.unread(p.place(m.name).Where, ReasonUnknown, "a symbolic link")
			continue
		}
		data, ok := a.read(m)
		if !ok {
			continue
		}
		name, flags := m.shown(names)
		pl := p.place(name).flagged(flags...)
		p.doubt(m, pl)
		send(pl, base, "", data)
	}
}

// doubt tells of a member whose checksum is another: what was in it may be lost.
func (p *part) doubt(m *member, pl Place) {
	if slices.Contains(m.odd, badCRC) {
		p.unread(pl.Where, ReasonMalformed, badSum)
	}
}

// badCRC flags what is found in data whose checksum is another.
const (
	badCRC = "bad_crc"
	badSum = "its checksum is another: it is damaged"
)

package extract

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Compound files hold Outlook messages, office documents of before 2007,
// embedded objects, and, as a wrapper, encrypted office documents. Read are
// [MS-CFB], and of [MS-OXMSG] the bodies and attachments. Of the older office
// formats only what lies open is found: pictures and URLs. Names are compared
// without regard to case ([MS-CFB] §2.6.4).

const cfbSignature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

func sniffCFB(p *part) bool {
	return len(p.data) >= 512 && string(p.data[:8]) == cfbSignature
}

// stream is a stream of a compound file.
type stream struct {
	name   string
	key    string // name in capitals, by which it is known
	parent int    // directory entry of the storage it is in
	start  uint32
	size   int64
}

type compound struct {
	data  []byte
	shift uint
	fat   []uint32
	mini  []byte   // the mini stream
	mfat  []uint32 // its table
	list  []stream
	names map[int]string
}

const (
	cfbFree  = 0xFFFFFFFA // sector numbers from here on are none
	cfbSmall = 4096       // streams below this size live in the mini stream
)

func (c *compound) sector(n uint32) []byte {
	from := (int64(n) + 1) << c.shift
	if n >= cfbFree || from+1<<c.shift > int64(len(c.data)) {
		return nil
	}
	return c.data[from : from+1<<c.shift]
}

// chain reads sectors along the table, size bytes at most. A loop ends where
// the chain is longer than the file.
func (c *compound) chain(n uint32, size int64) []byte {
	var out []byte
	for range len(c.fat) + 1 {
		s := c.sector(n)
		if s == nil || int64(len(out)) >= size || int(n) >= len(c.fat) || len(out) > len(c.data) {
			break
		}
		out = append(out, s...)
		n = c.fat[n]
	}
	return out[:min(int64(len(out)), size)]
}

func (c *compound) read(s stream) []byte {
	if s.size >= cfbSmall {
		return c.chain(s.start, s.size)
	}
	var out []byte
	n := s.start
	for range len(c.mfat) + 1 {
		if int64(len(out)) >= s.size || int64(n) >= int64(len(c.mfat)) || int64(n+1)*64 > int64(len(c.mini)) {
			break
		}
		out = append(out, c.mini[n*64:n*64+64]...)
		n = c.mfat[n]
	}
	return out[:min(int64(len(out)), s.size)]
}

func words32(b []byte) []uint32 {
	w := make([]uint32, len(b)/4)
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}

// openCFB reads the tables and the directory. most bounds its entries.
func openCFB(b []byte, most int) *compound {
	c := &compound{data: b, shift: uint(binary.LittleEndian.Uint16(b[30:])), names: map[int]string{}}
	if c.shift != 9 && c.shift != 12 {
		return nil
	}
	sectors := len(b)>>c.shift + 1
	// The table of tables: 109 in the header, the rest in a chain.
	difat := words32(b[76:512])
	next := binary.LittleEndian.Uint32(b[68:])
	for len(difat) < sectors {
		s := c.sector(next)
		if s == nil {
			break
		}
		w := words32(s)
		difat = append(difat, w[:len(w)-1]...)
		next = w[len(w)-1]
	}
	for _, n := range difat {
		if len(c.fat) > sectors+1024 {
			break
		}
		if s := c.sector(n); s != nil {
			c.fat = append(c.fat, words32(s)...)
		}
	}
	dir := c.chain(binary.LittleEndian.Uint32(b[48:]), int64(len(b)))
	c.mfat = words32(c.chain(binary.LittleEndian.Uint32(b[60:]), int64(len(b))))
	count := min(len(dir)/128, most)
	if count == 0 {
		return nil
	}
	entry := func(i int) []byte { return dir[i*128 : i*128+128] }
	c.mini = c.chain(binary.LittleEndian.Uint32(entry(0)[116:]), int64(len(b)))
	// The tree of siblings and children, walked without recursion.
	seen := make([]bool, count)
	type visit struct{ at, parent int }
	todo := []visit{{int(binary.LittleEndian.Uint32(entry(0)[76:])), 0}}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if v.at < 0 || v.at >= count || seen[v.at] {
			continue
		}
		seen[v.at] = true
		e := entry(v.at)
		n := int(binary.LittleEndian.Uint16(e[64:]))
		name := ""
		if n >= 2 && n <= 64 {
			name = decodeUTF16(e[:n-2], false)
		}
		for _, off := range []int{68, 72} {
			todo = append(todo, visit{int(binary.LittleEndian.Uint32(e[off:])), v.parent})
		}
		switch e[66] {
		case 1: // a storage
			c.names[v.at] = name
			todo = append(todo, visit{int(binary.LittleEndian.Uint32(e[76:])), v.at})
		case 2:
			size := int64(binary.LittleEndian.Uint32(e[120:]))
			c.list = append(c.list, stream{name, strings.ToUpper(name), v.parent, binary.LittleEndian.Uint32(e[116:]), size})
		}
	}
	return c
}

func extractCFB(p *part) {
	c := openCFB(p.data, p.limits.Parts)
	if c == nil {
		p.unread(p.where, ReasonMalformed, "not a compound file")
		return
	}
	message, locked := false, false
	for _, s := range c.list {
		switch {
		case s.key == "ENCRYPTEDPACKAGE" || s.key == "ENCRYPTIONINFO":
			p.unread(p.where, ReasonEncrypted, "needs a password")
			return
		case strings.HasPrefix(s.key, "__SUBSTG1.0_") || strings.HasPrefix(s.key, "__PROPERTIES_VERSION"):
			message = true
		}
		locked = locked || c.locked(s)
	}
	if locked {
		// What lies open in it is found all the same.
		p.unread(p.where, ReasonEncrypted, "needs a password")
	}
	if message {
		p.carrier = "msg"
		p.outlook(c)
		return
	}
	for _, s := range c.list {
		if p.done() || !p.count(1) {
			return
		}
		if s.size < 64 {
			continue
		}
		pl := p.place(strings.TrimLeft(s.name, "\x01\x03\x05"))
		b := c.read(s)
		if s.key == "WORKBOOK" || s.key == "BOOK" {
			if open := openWorkbook(b); open != nil {
				b = open
			}
		}
		if s.key == "PACKAGE" || s.key == "CONTENTS" {
			before := p.hits
			if p.embedQuiet(pl, s.name, b); p.hits > before {
				continue
			}
			// Or it is what a field of a form holds, which is no file.
		}
		p.rescue(b, pl)
	}
}

// locked reports whether a stream is one by which a document of before 2007 says
// that it needs a password, whatever the cipher: fEncrypted of [MS-DOC] §2.5.1,
// FilePass of [MS-XLS] §2.4.117 unless [openWorkbook] opens it, the token of [MS-PPT]
// §2.3.2, or rights management ([MS-OFFCRYPTO] §2.2).
func (c *compound) locked(s stream) bool {
	head := func() []byte {
		if s.size >= cfbSmall {
			return c.chain(s.start, cfbSmall)
		}
		return c.read(s)
	}
	switch s.key {
	case "WORDDOCUMENT":
		b := head()
		return len(b) >= 12 && (b[0] == 0xEC || b[0] == 0xDC) && b[1] == 0xA5 && b[11]&1 != 0
	case "WORKBOOK", "BOOK":
		const endOfPart = 0x0A
		for b := head(); len(b) >= 4; {
			id, n := binary.LittleEndian.Uint16(b), 4+int(binary.LittleEndian.Uint16(b[2:]))
			if id == filePass || id == endOfPart || n > len(b) {
				return id == filePass && workbookKey(b[4:min(n, len(b))]) == nil
			}
			b = b[n:]
		}
	case "CURRENT USER":
		b := head()
		return len(b) >= 16 && binary.LittleEndian.Uint32(b[12:]) == 0xF3D1C4DF
	case "ENCRYPTEDSUMMARY", "\x09DRMCONTENT":
		return true
	}
	return false
}

// outlook reads the bodies and attachments of a message and of those attached
// to it ([MS-OXMSG] §2.2; property tags of [MS-OXPROPS]).
func (p *part) outlook(c *compound) {
	names := map[int]string{}
	for _, s := range c.list {
		if s.size > 2048 {
			continue
		}
		// PidTagAttachLongFilename before PidTagAttachFilename.
		switch s.key {
		case "__SUBSTG1.0_3707001F", "__SUBSTG1.0_3704001F":
			if n := decodeUTF16(c.read(s), false); names[s.parent] == "" || s.key[12:16] == "3707" {
				names[s.parent] = strings.TrimRight(n, "\x00")
			}
		case "__SUBSTG1.0_3707001E", "__SUBSTG1.0_3704001E":
			if n := decodeText(c.read(s)); names[s.parent] == "" || s.key[12:16] == "3707" {
				names[s.parent] = strings.TrimRight(n, "\x00")
			}
		}
	}
	for _, s := range c.list {
		if p.done() || !p.count(1) {
			return
		}
		tag, ok := strings.CutPrefix(s.key, "__SUBSTG1.0_")
		if !ok || s.size == 0 {
			continue
		}
		switch tag {
		case "1000001F":
			p.text(decodeUTF16(c.read(s), false), p.place("body", "text"))
		case "1000001E":
			p.text(decodeText(c.read(s)), p.place("body", "text"))
		case "10130102", "1013001E":
			p.embedQuiet(p.place("body"), "body.html", c.read(s))
		case "1013001F":
			p.embedQuiet(p.place("body"), "body.html", []byte(decodeUTF16(c.read(s), false)))
		case "10090102":
			if rtf := p.unpackRTF(c.read(s)); len(rtf) > 0 {
				p.embedQuiet(p.place("body"), "body.rtf", rtf)
			}
		case "37010102":
			name := names[s.parent]
			if name == "" {
				name = "unnamed"
			}
			p.embed(p.place("attachment "+name), name, "", c.read(s))
		}
	}
}

// rtfPrefix is what the dictionary of compressed RTF starts with ([MS-OXRTFCP]
// §2.1.2.1).
const rtfPrefix = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript " +
	"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// unpackRTF undoes [MS-OXRTFCP]: the one compressed form and the plain one.
func (p *part) unpackRTF(b []byte) []byte {
	if len(b) < 16 {
		return nil
	}
	switch string(b[8:12]) {
	case "MELA":
		return b[16:]
	case "LZFu":
	default:
		return nil
	}
	most := min(int64(binary.LittleEndian.Uint32(b[4:])), p.inflated, p.limits.FileBytes)
	var dict [4096]byte
	at := copy(dict[:], rtfPrefix)
	var out []byte
	b = b[16:]
	for len(b) > 1 && int64(len(out)) < most {
		control := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if control>>bit&1 == 0 {
				out = append(out, b[0])
				dict[at] = b[0]
				at = (at + 1) & 4095
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				b = nil
				break
			}
			ref := int(b[0])<<8 | int(b[1])
			b = b[2:]
			from, n := ref>>4, ref&15+2
			if from == at {
				b = nil // the end mark
				break
			}
			for range n {
				v := dict[from]
				from = (from + 1) & 4095
				out = append(out, v)
				dict[at] = v
				at = (at + 1) & 4095
			}
		}
	}
	p.inflated -= min(int64(len(out)), p.inflated)
	return out
}

const maxRescued = 1000 // pictures found in one stream

// rescue finds what lies open in binary data: whole PNG and JPEG pictures, and
// URLs in 8-bit and 16-bit letters.
func (p *part) rescue(b []byte, pl Place) {
	pl = pl.flagged("rescue")
	for n := 0; len(b) > 0; n++ {
		between := b
		i := bytes.Index(b, []byte(pngSignature))
		if i < 0 || p.full(n, maxRescued) {
			b = nil
		} else {
			end := pngEnd(b[i:])
			ip := pl
			ip.Where += " > picture"
			if !p.count(1) {
				return
			}
			p.embedQuiet(ip, "", b[i:i+end])
			between, b = b[:i], b[i+end:]
		}
		rp := pl
		rp.Where += " > text"
		for _, wide := range []bool{false, true} {
			for _, run := range urlRuns(between, wide) {
				p.text(run, rp)
			}
		}
	}
}

// pngEnd is the length of the PNG at the start of b, by its chunks.
func pngEnd(b []byte) int {
	off := int64(8)
	for off+12 <= int64(len(b)) {
		n := int64(binary.BigEndian.Uint32(b[off:]))
		last := string(b[off+4:off+8]) == "IEND"
		off += 12 + n
		if last {
			break
		}
	}
	return int(min(off, int64(len(b))))
}

// urlRuns gives the printable runs of b that begin like a URL or a JWS.
func urlRuns(b []byte, wide bool) []string {
	marks := []string{"http", "eyJ"}
	var out []string
	for _, m := range marks {
		mark := []byte(m)
		step := 1
		if wide {
			step = 2
			mark = make([]byte, 0, 8)
			for _, u := range utf16.Encode([]rune(m)) {
				mark = append(mark, byte(u), byte(u>>8))
			}
		}
		for i := 0; len(out) < 10_000; {
			j := bytes.Index(b[i:], mark)
			if j < 0 {
				break
			}
			i += j
			var run strings.Builder
			for i+step <= len(b) && run.Len() < 1<<16 {
				if b[i] <= ' ' || b[i] > '~' || wide && b[i+1] != 0 {
					break
				}
				run.WriteByte(b[i])
				i += step
			}
			if run.Len() > 0 {
				out = append(out, run.String())
			} else {
				i++
			}
		}
	}
	return out
}

func sniffTNEF(p *part) bool {
	return len(p.data) > 15 && binary.LittleEndian.Uint32(p.data) == 0x223E9F78
}

// extractTNEF reads the attachments of winmail.dat ([MS-OXTNEF] §2.1.3).
func extractTNEF(p *part) {
	const (
		attTitle = 0x00018010
		attData  = 0x0006800F
		attStart = 0x00069002
		attBody  = 0x0002800C
		attProps = 0x00069003
		attMAPI  = 0x00069005
	)
	b := p.data[6:]
	name := ""
	var data []byte
	flush := func() {
		if len(data) > 0 {
			if name == "" {
				name = "unnamed"
			}
			p.embed(p.place("attachment "+name), name, "", data)
		}
		name, data = "", nil
	}
	for len(b) >= 11 && !p.done() {
		id, n := binary.LittleEndian.Uint32(b[1:]), int64(binary.LittleEndian.Uint32(b[5:]))
		if n+11 > int64(len(b)) {
			p.unread(p.where, ReasonTruncated, "")
			n = int64(len(b)) - 11
		}
		if !p.count(1) {
			return
		}
		v := b[9 : 9+n]
		switch id {
		case attStart:
			flush()
		case attTitle:
			name = strings.TrimRight(decodeText(v), "\x00")
		case attData:
			data = v
		case attBody:
			p.text(decodeText(v), p.place("body", "text"))
		case attProps, attMAPI:
			p.rescue(v, p.place("properties"))
		}
		b = b[11+n:]
	}
	flush()
}

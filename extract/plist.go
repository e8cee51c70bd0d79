package extract

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
)

// Property lists in their binary form, as programs of Apple write them: the address
// that was dragged out of a browser (.webloc), a page that was saved with all that
// belongs to it (.webarchive). The form has no specification but its reader,
// CFBinaryPList.c of CoreFoundation. Lists in XML are read as XML, and the pages in them as
// these are.

const (
	plistMagic    = "bplist"
	plistTrailer  = 32 // bytes at the end
	maxPlistDepth = 32 // objects within objects
)

func sniffPlist(p *part) bool { return bytes.HasPrefix(p.data, []byte(plistMagic)) }

// plist is a property list of which every reference is held against what is there.
type plist struct {
	p       *part
	b       []byte // all before the trailer
	objects uint64
	top     uint64
	offsets int // where the table of offsets begins
	wide    int // bytes of an offset
	refs    int // bytes of a reference
}

// extractPlist reads the texts and files in a property list.
func extractPlist(p *part) {
	l, ok := newPlist(p)
	if !ok {
		if p.quiet {
			return // settings of a program
		}
		reason := ReasonMalformed
		if len(p.data) < 8+plistTrailer {
			reason = ReasonTruncated
		}
		p.unread(p.where, reason, "no table of objects")
		return
	}
	l.value(l.top, nil, 0)
}

func newPlist(p *part) (*plist, bool) {
	n := len(p.data) - plistTrailer
	if n < 8 {
		return nil, false
	}
	t := p.data[n:]
	l := &plist{p: p, b: p.data[:n], wide: int(t[6]), refs: int(t[7]), objects: binary.BigEndian.Uint64(t[8:]), top: binary.BigEndian.Uint64(t[16:])}
	at := binary.BigEndian.Uint64(t[24:])
	if l.wide < 1 || l.wide > 8 || l.refs < 1 || l.refs > 8 || at > uint64(n) || l.objects > (uint64(n)-at)/uint64(l.wide) || l.top >= l.objects {
		return nil, false
	}
	l.offsets = int(at)
	return l, true
}

// number reads a number of n bytes at i.
func (l *plist) number(i, n int) (v uint64, ok bool) {
	if i < 0 || i > len(l.b)-n {
		return 0, false
	}
	for _, c := range l.b[i : i+n] {
		v = v<<8 | uint64(c)
	}
	return v, true
}

// object gives the kind of an object, how many units it has, and where they begin.
func (l *plist) object(ref uint64) (kind byte, n, at int, ok bool) {
	if ref >= l.objects {
		return 0, 0, 0, false
	}
	offset, ok := l.number(l.offsets+int(ref)*l.wide, l.wide)
	if !ok || offset >= uint64(len(l.b)) {
		return 0, 0, 0, false
	}
	at = int(offset) + 1
	kind, n = l.b[offset]>>4, int(l.b[offset]&15)
	if n == 15 && kind >= 4 {
		if at >= len(l.b) || l.b[at]>>4 != 1 || l.b[at]&15 > 3 {
			return 0, 0, 0, false
		}
		size := 1 << (l.b[at] & 15)
		many, ok := l.number(at+1, size)
		if !ok || many > uint64(len(l.b)) {
			return 0, 0, 0, false
		}
		n, at = int(many), at+1+size
	}
	unit := map[byte]int{4: 1, 5: 1, 6: 2, 10: l.refs, 12: l.refs, 13: 2 * l.refs}[kind]
	return kind, n, at, unit == 0 || n <= (len(l.b)-at)/unit
}

// text gives an object that is a text.
func (l *plist) text(ref uint64) string {
	kind, n, at, ok := l.object(ref)
	switch {
	case !ok:
	case kind == 5:
		return decodeText(l.b[at : at+n])
	case kind == 6:
		return decodeUTF16(l.b[at:at+2*n], true)
	}
	return ""
}

// data gives an object that is bytes.
func (l *plist) data(ref uint64) []byte {
	if kind, n, at, ok := l.object(ref); ok && kind == 4 {
		return l.b[at : at+n]
	}
	return nil
}

// members gives the values of an object that is a dictionary, by the texts that name
// them, in its order.
func (l *plist) members(n, at int) (names []string, values []uint64) {
	for i := range n {
		k, _ := l.number(at+i*l.refs, l.refs)
		v, _ := l.number(at+(n+i)*l.refs, l.refs)
		names, values = append(names, l.text(k)), append(values, v)
	}
	return names, values
}

func (l *plist) place(steps []string) Place {
	if len(steps) == 0 {
		return l.p.place()
	}
	return l.p.place(strings.Join(steps, "."))
}

// value reads an object and what it holds. One object may stand in many, and even
// in itself: each sight of it counts.
func (l *plist) value(ref uint64, steps []string, depth int) {
	p := l.p
	if p.done() || !p.count(1) {
		return
	}
	if depth > maxPlistDepth {
		p.limit(p.where, ReasonDepth, "objects nested too deep")
		return
	}
	kind, n, at, ok := l.object(ref)
	if !ok {
		p.unread(p.where, ReasonMalformed, "an object that is not there")
		return
	}
	switch kind {
	case 4:
		if n > 0 {
			p.embedQuiet(l.place(steps), "", l.b[at:at+n])
		}
	case 5, 6:
		p.value(l.text(ref), l.place(steps))
	case 10, 12:
		for i := range n {
			r, _ := l.number(at+i*l.refs, l.refs)
			l.value(r, steps, depth+1)
		}
	case 13:
		if !p.count(n) {
			return
		}
		names, values := l.members(n, at)
		if l.resource(names, values, steps) {
			return
		}
		for i, v := range values {
			l.value(v, append(steps[:len(steps):len(steps)], names[i]), depth+1)
		}
	}
}

// resource reads a file that a saved page keeps. It reports whether it is one.
func (l *plist) resource(names []string, values []uint64, steps []string) bool {
	var r webResource
	for i, name := range names {
		if name == "WebResourceData" {
			r.data = l.data(values[i])
		} else {
			r.take(name, l.text(values[i]))
		}
	}
	if r.data == nil {
		return false
	}
	l.p.webResource(&r, l.place(steps), len(steps) > 0 && steps[len(steps)-1] == mainResource)
	return true
}

// webResource is a file that a saved page keeps (WebResource of WebKit).
type webResource struct {
	data                    []byte
	kind, encoding, address string
}

const mainResource = "WebMainResource" // the page itself

// take notes what is said of the file, and reports whether it is that.
func (r *webResource) take(name, text string) bool {
	switch name {
	case "WebResourceMIMEType":
		r.kind = text
	case "WebResourceTextEncodingName":
		r.encoding = text
	case "WebResourceURL":
		r.address = text
	default:
		return false
	}
	return true
}

// webResource reads a page by its address, which is told where it is the one that was
// saved.
func (p *part) webResource(r *webResource, pl Place, main bool) {
	kind := r.kind
	if r.encoding != "" {
		kind += "; charset=" + r.encoding
	}
	if main {
		p.saved(r.address, pl)
	}
	name, _, _ := strings.Cut(r.address, "?")
	p.embedPage(pl, path.Base(name), kind, r.address, r.data, !main)
}

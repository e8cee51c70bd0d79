package pdf

import (
	"bytes"
	"errors"
	"io"
)

// InlineImage reads an inline image whose BI was read, and goes behind its EI
// (ISO 32000-1 §8.9.7). The node is that of an image XObject: its abbreviations are
// the filters' and color spaces' own, those of keys are undone. spaces are the
// resources' color spaces, by which it may name its own.
func (l *Lexer) InlineImage(spaces Node) Node {
	var d Dict
	for {
		t := l.Next()
		if t.Kind == TokenEOF || len(d) > 64 {
			return Null{}
		}
		if t.Kind == TokenKeyword && string(t.Bytes) == "ID" {
			break
		}
		if t.Kind != TokenName {
			continue
		}
		key := string(t.Bytes)
		if v, ok := l.element(0); ok {
			d = append(d, Entry{key, v})
		}
	}
	if l.p < len(l.b) && classOf[l.b[l.p]] == classSpace {
		l.p++
	}
	n := inlineNode{v: d, stream: true, spaces: spaces}
	start := l.p
	for _, size := range []int{n.size(), d.length()} {
		if l.inlineEnd(size) {
			n.data = l.b[start : start+size]
			return n
		}
	}
	l.skipToEI()
	n.data = bytes.TrimSuffix(l.b[start:l.p], []byte("EI"))
	return n
}

// length is what a dictionary says of its data (ISO 32000-2 §8.9.7), -1 for nothing.
func (d Dict) length() int {
	for _, key := range []string{"L", "Length"} {
		if n, ok := d.integer(key); ok {
			return n
		}
	}
	return -1
}

// inlineEnd goes behind the EI that stands n bytes on, if one does.
func (l *Lexer) inlineEnd(n int) bool {
	if n < 0 || n > len(l.b)-l.p {
		return false
	}
	end := Lexer{b: l.b, p: l.p + n}
	if t := end.Next(); t.Kind != TokenKeyword || string(t.Bytes) != "EI" {
		return false
	}
	l.p = end.p
	return true
}

// skipToEI goes behind the EI of an inline image whose length nobody says: one that
// text follows.
func (l *Lexer) skipToEI() {
	for p := l.p; ; {
		i := bytes.Index(l.b[p:], []byte("EI"))
		if i < 0 {
			l.p = len(l.b)
			return
		}
		p += i + 2
		before, after := l.b[p-3], byte(' ')
		if p < len(l.b) {
			after = l.b[p]
		}
		if classOf[before] != classSpace || classOf[after] != classSpace {
			continue
		}
		plain := true
		for _, c := range l.b[p:min(p+12, len(l.b))] {
			plain = plain && (c >= ' ' && c < 0x7f || classOf[c] == classSpace && c != 0)
		}
		if plain {
			l.p = p
			return
		}
	}
}

// inlineNode is an inline image, or a value in its dictionary.
type inlineNode struct {
	v      any
	stream bool
	data   []byte
	spaces Node
}

// inlineKeys are the abbreviations of ISO 32000-1 table 93.
var inlineKeys = map[string]string{
	"BitsPerComponent": "BPC", "ColorSpace": "CS", "Decode": "D", "DecodeParms": "DP",
	"Filter": "F", "Height": "H", "ImageMask": "IM", "Interpolate": "I", "Width": "W",
}

// size is how many bytes the image has if it is not packed, -1 if it is.
func (n inlineNode) size() int {
	if !n.Key("Filter").Null() {
		return -1
	}
	w, _ := n.Key("Width").Num()
	h, _ := n.Key("Height").Num()
	bits, _ := n.Key("BitsPerComponent").Num()
	comps := 0.0
	switch cs := n.Key("ColorSpace"); {
	case n.Key("ImageMask").IsTrue():
		bits, comps = 1, 1
	case cs.Name() == "G", cs.Name() == "DeviceGray", cs.Index(0).Name() == "Indexed", cs.Index(0).Name() == "I":
		comps = 1
	case cs.Name() == "RGB", cs.Name() == "DeviceRGB":
		comps = 3
	case cs.Name() == "CMYK", cs.Name() == "DeviceCMYK":
		comps = 4
	default:
		return -1
	}
	if !(w >= 1 && h >= 1 && bits >= 1) || w > 1<<15 || h > 1<<15 || bits > 16 {
		return -1
	}
	return (int(w)*int(bits)*int(comps) + 7) / 8 * int(h)
}

func (n inlineNode) of(v any) Node {
	switch v.(type) {
	case nil, Ref: // there are no references in a content stream
		return Null{}
	}
	return inlineNode{v: v}
}

func (n inlineNode) Null() bool { return n.v == nil }

func (n inlineNode) Key(name string) Node {
	d, _ := n.v.(Dict)
	v := d.Get(name)
	if short := inlineKeys[name]; v == nil && n.stream && short != "" {
		v = d.Get(short)
	}
	if space, named := v.(Name); named && n.stream && name == "ColorSpace" && n.spaces != nil {
		if s := n.spaces.Key(string(space)); !s.Null() {
			return s
		}
	}
	return n.of(v)
}

func (n inlineNode) Keys() []string {
	d, _ := n.v.(Dict)
	out := make([]string, len(d))
	for i, e := range d {
		out[i] = e.Key
	}
	return out
}

func (n inlineNode) Index(i int) Node {
	if a, _ := n.v.(Array); i >= 0 && i < len(a) {
		return n.of(a[i])
	}
	return Null{}
}

func (n inlineNode) Len() int {
	a, _ := n.v.(Array)
	return len(a)
}

func (n inlineNode) IsDict() bool {
	_, ok := n.v.(Dict)
	return ok
}

func (n inlineNode) IsStream() bool { return n.stream }

func (n inlineNode) Str() (string, bool) {
	s, ok := n.v.(string)
	return s, ok
}

func (n inlineNode) Name() string {
	s, _ := n.v.(Name)
	return string(s)
}

func (n inlineNode) Num() (float64, bool) {
	switch v := n.v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func (n inlineNode) IsTrue() bool {
	b, _ := n.v.(bool)
	return b
}

func (n inlineNode) Object() int { return 0 }

func (n inlineNode) Data() ([]byte, string, error) { return n.decoded(MaxStream) }

func (n inlineNode) decoded(size int64) ([]byte, string, error) {
	if !n.stream {
		return nil, "", errReader
	}
	b, picture, err := decode(n.data, nodeFilters(n), int(min(size, MaxStream)))
	if errors.Is(err, errBroken) {
		err = nil // whoever reads the picture misses its rows
	}
	return b, picture, err
}

func (n inlineNode) Samples(size int64) (io.Reader, string, error) {
	if !n.stream {
		return nil, "", errReader
	}
	return samplesOf(n.data, nodeFilters(n), size, func() ([]byte, string, error) {
		b, picture, err := n.decoded(size) // more is not asked for
		if errors.Is(err, ErrLimit) {
			err = nil
		}
		return b, picture, err
	})
}

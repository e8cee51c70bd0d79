package pdf

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Fonts, as far as text needs them: which characters a string of codes means
// (ISO 32000-1 §9.10: ToUnicode first, then the encoding) and how wide it is.

// Font decodes the strings that one font shows (ISO 32000-1 §9.6 to §9.10).
type Font struct {
	// Drawn says that its glyphs are content streams (Type 3, §9.6.5).
	Drawn  bool
	simple [256]string // of a simple font
	width  [256]float64
	wide   bool              // codes of more than one byte
	length [256]uint8        // of a code, by its first byte; 0: not said
	spaces bool              // some code spaces were read
	chars  map[uint32]string // ToUnicode of a composite font
	ranges []codeRange
	native native // what codes mean without ToUnicode
	cids   map[int]float64
	dw     float64
	memo   *[256]glyph // of a composite font: the codes asked for last, by their low bytes
}

// native is the meaning of the codes of a composite font in themselves.
type native uint8

const (
	nativeNone  native = iota
	nativeUCS2         // UTF-16
	nativeASCII        // a mixed encoding: low bytes are ASCII
	nativeAdobe        // Adobe's CJK collections: CID 1 to 95 are ASCII
)

type codeRange struct {
	low, high uint32
	text      string   // of low; the last unit counts up
	list      []string // or one each
}

const (
	maxCMap  = 70_000 // entries of one map
	maxGlyph = 32     // bytes of UTF-16 that one code stands for
)

// NewFont reads a font dictionary. spend is asked before each element of its
// tables is read; false ends the reading.
func NewFont(n Node, spend func() bool) *Font {
	f := &Font{}
	if n.Key("Subtype").Name() == "Type0" {
		f.composite(n, spend)
	} else {
		f.single(n, spend)
	}
	return f
}

func (f *Font) single(n Node, spend func() bool) {
	kind, base := n.Key("Subtype").Name(), n.Key("BaseFont").Name()
	if i := strings.IndexByte(base, '+'); i == 6 {
		base = base[7:]
	}
	f.Drawn = kind == "Type3"
	f.encoding(n, kind, base, spend)
	if tu := n.Key("ToUnicode"); tu.IsStream() {
		if b, _, err := tu.Data(); err == nil {
			f.parseCMap(b)
			for code := range f.simple {
				if s, ok := f.lookup(uint32(code)); ok && s != "" && s != "\x00" {
					f.simple[code] = s
				}
			}
			f.chars, f.ranges = nil, nil
		}
	}
	f.widths(n, kind, base, spend)
}

// encoding reads what the codes of a simple font mean without ToUnicode
// (ISO 32000-1 §9.6.6).
func (f *Font) encoding(n Node, kind, base string, spend func() bool) {
	enc := n.Key("Encoding")
	name := enc.Name()
	if enc.IsDict() {
		name = enc.Key("BaseEncoding").Name()
	}
	f.simple = standardText(name, base)
	if name == "" && kind != "TrueType" && kind != "Type3" {
		if file := n.Key("FontDescriptor").Key("FontFile"); file.IsStream() && n.Key("ToUnicode").Null() && !enc.IsDict() {
			if b, _, err := file.Data(); err == nil {
				f.builtin(b)
			}
		}
	}
	d := enc.Key("Differences")
	code := 0
	for i := 0; i < min(d.Len(), 1024) && spend(); i++ {
		e := d.Index(i)
		if v, ok := e.Num(); ok {
			code = int(v)
			continue
		}
		if g := e.Name(); g != "" && code >= 0 && code < 256 {
			if s, ok := glyphText(g); ok {
				f.simple[code] = s
			}
			code++
		}
	}
}

// widths reads the widths of a simple font (ISO 32000-1 §9.6.2, §9.6.5).
func (f *Font) widths(n Node, kind, base string, spend func() bool) {
	scale := 0.001
	if m := n.Key("FontMatrix"); kind == "Type3" && m.Len() == 6 {
		if v, ok := m.Index(0).Num(); ok && v != 0 {
			scale = v
		}
	}
	w := n.Key("Widths")
	if w.Len() == 0 {
		f.width = standardWidths(base)
		return
	}
	missing, _ := n.Key("FontDescriptor").Key("MissingWidth").Num()
	for i := range f.width {
		f.width[i] = missing * scale
	}
	first, _ := n.Key("FirstChar").Num()
	for i := 0; i < min(w.Len(), 256) && spend(); i++ {
		if c := int(first) + i; c >= 0 && c < 256 {
			if v, ok := number(w, i); ok {
				f.width[c] = v * scale
			}
		}
	}
}

// builtin reads the encoding in the clear text of a Type 1 font program.
func (f *Font) builtin(b []byte) {
	if i := bytes.Index(b, []byte("eexec")); i >= 0 {
		b = b[:i]
	}
	i := bytes.Index(b, []byte("/Encoding"))
	if i < 0 {
		return
	}
	l := Lexer{b: b, p: i}
	for n := 0; n < 4096; n++ {
		t := l.Next()
		if t.Kind == TokenEOF || t.Kind == TokenKeyword && (string(t.Bytes) == "readonly" || string(t.Bytes) == "def") && n > 16 {
			return
		}
		if t.Kind != TokenKeyword || string(t.Bytes) != "dup" {
			continue
		}
		code := l.Next()
		g := l.Next()
		if code.Kind == TokenInt && g.Kind == TokenName && code.Num >= 0 && code.Num < 256 {
			if s, ok := glyphText(string(g.Bytes)); ok {
				f.simple[int(code.Num)] = s
			}
		}
	}
}

func (f *Font) composite(n Node, spend func() bool) {
	f.wide = true
	enc := n.Key("Encoding")
	name := enc.Name()
	if enc.IsStream() {
		if b, _, err := enc.Data(); err == nil {
			f.parseCMap(b)
			f.chars, f.ranges = nil, nil // of CIDs, not of characters
		}
		if name = enc.Key("UseCMap").Name(); name == "" {
			name = enc.Key("CMapName").Name()
		}
	}
	d := n.Key("DescendantFonts").Index(0)
	ordering, _ := d.Key("CIDSystemInfo").Key("Ordering").Str()
	switch {
	case strings.Contains(name, "UCS2"), strings.Contains(name, "UTF16"):
		f.native = nativeUCS2
	case strings.HasPrefix(name, "Identity"):
		switch ordering {
		case "Japan1", "GB1", "CNS1", "Korea1", "KR", "Japan2":
			f.native = nativeAdobe
		}
	case name != "" && !f.spaces:
		f.native = nativeASCII
	}
	if tu := n.Key("ToUnicode"); tu.IsStream() {
		if b, _, err := tu.Data(); err == nil {
			length, known := f.length, f.spaces
			f.length, f.spaces = [256]uint8{}, false
			f.parseCMap(b)
			if known || strings.HasPrefix(name, "Identity") {
				f.length, f.spaces = length, known // the encoding says how long codes are
			}
		}
	}
	f.dw = 1
	if v, ok := d.Key("DW").Num(); ok {
		f.dw = v / 1000
	}
	w := d.Key("W")
	f.cids = map[int]float64{}
	for i := 0; i < w.Len() && spend() && len(f.cids) < maxCMap; {
		a, ok := number(w, i)
		if !ok {
			break
		}
		next := w.Index(i + 1)
		if next.Len() > 0 {
			for j := 0; j < next.Len() && spend(); j++ {
				if v, ok := number(next, j); ok {
					f.cids[int(a)+j] = v / 1000
				}
			}
			i += 2
			continue
		}
		b, ok1 := next.Num()
		v, ok2 := number(w, i+2)
		if ok1 && ok2 {
			for c := int(a); c <= int(b) && len(f.cids) < maxCMap; c++ {
				f.cids[c] = v / 1000
			}
		}
		i += 3
	}
}

// parseCMap reads what a ToUnicode map (Adobe technical note 5411) says.
func (f *Font) parseCMap(b []byte) {
	if f.chars == nil {
		f.chars = map[uint32]string{}
	}
	code := func(t Token) (c uint32, n int) {
		for _, x := range t.Bytes[max(0, len(t.Bytes)-4):] {
			c = c<<8 | uint32(x)
		}
		return c, len(t.Bytes)
	}
	defer func() {
		slices.SortStableFunc(f.ranges, func(a, b codeRange) int { return cmp.Compare(a.low, b.low) })
	}()
	text := func(b []byte) string { return utf16String(string(b[:min(len(b), maxGlyph)]), 0) }
	l := Lexer{b: b}
	var mode string
	for entries := 0; entries < maxCMap; {
		t := l.Next()
		switch t.Kind {
		case TokenEOF:
			return
		case TokenKeyword:
			mode = string(t.Bytes)
			continue
		case TokenString:
		default:
			continue
		}
		entries++
		low, n := code(t)
		switch mode {
		case "begincodespacerange":
			high, m := code(l.Next())
			if n == m && n >= 1 && n <= 4 {
				f.spaces = true
				for c := int(byte(low >> (8*n - 8))); c <= int(byte(high>>(8*n-8))); c++ {
					if f.length[c] == 0 || int(f.length[c]) > n {
						f.length[c] = uint8(n)
					}
				}
			}
		case "beginbfchar":
			switch v := l.Next(); v.Kind {
			case TokenString:
				f.chars[low] = text(v.Bytes)
			case TokenName:
				if s, ok := glyphText(string(v.Bytes)); ok {
					f.chars[low] = s
				}
			}
		case "beginbfrange":
			high, _ := code(l.Next())
			r := codeRange{low: low, high: high}
			switch v := l.Next(); v.Kind {
			case TokenString:
				r.text = text(v.Bytes)
			case TokenOpenArray:
				for v = l.Next(); v.Kind == TokenString || v.Kind == TokenName; v = l.Next() {
					s := ""
					if v.Kind == TokenString {
						s = text(v.Bytes)
					} else {
						s, _ = glyphText(string(v.Bytes))
					}
					r.list = append(r.list, s)
					entries++
				}
			}
			if r.high >= r.low && (r.text != "" || r.list != nil) {
				f.ranges = append(f.ranges, r)
			}
		default: // ranges of CIDs and the like
		}
	}
}

func (f *Font) lookup(code uint32) (string, bool) {
	if s, ok := f.chars[code]; ok {
		return s, true
	}
	// The last one that begins before the code, or one of its neighbours where
	// ranges overlap.
	i, _ := slices.BinarySearchFunc(f.ranges, code, func(r codeRange, c uint32) int {
		if r.low <= c {
			return -1
		}
		return 1
	})
	for n := 0; i > 0 && n < 8; n++ {
		i--
		r := &f.ranges[i]
		if code > r.high {
			continue
		}
		n := code - r.low
		if r.list != nil {
			if int(n) < len(r.list) {
				return r.list[n], true
			}
			continue
		}
		last, size := utf8.DecodeLastRuneInString(r.text)
		return r.text[:len(r.text)-size] + string(last+rune(n)), true
	}
	return "", false
}

// code reads the next code of a composite font's string (ISO 32000-1 §9.7.6.2,
// where the first byte tells the length in every map that is in use).
func (f *Font) code(s []byte) (code uint32, n int) {
	n = 2
	switch {
	case f.spaces:
		if n = int(f.length[s[0]]); n == 0 {
			n = 1
		}
	case f.native == nativeASCII && s[0] < 0x80:
		n = 1
	}
	n = min(n, len(s))
	for _, c := range s[:n] {
		code = code<<8 | uint32(c)
	}
	return code, n
}

// Decode appends what s means to out and returns its width for a size of 1,
// the number of its codes, and of those that are a single byte 32.
func (f *Font) Decode(out []byte, s []byte) (text []byte, width float64, codes, spaces int) {
	if !f.wide {
		for _, c := range s {
			out = append(out, f.simple[c]...)
			width += f.width[c]
			if c == ' ' {
				spaces++
			}
		}
		return out, width, len(s), spaces
	}
	if f.memo == nil {
		f.memo = new([256]glyph)
	}
	for len(s) > 0 {
		code, n := f.code(s)
		if n == 1 && code == ' ' {
			spaces++
		}
		g := &f.memo[code&255]
		if g.code != code || int(g.bytes) != n {
			*g = f.glyph(code, n)
		}
		out = append(out, g.text...)
		width += g.width
		codes++
		s = s[n:]
	}
	return out, width, codes, spaces
}

// glyph is what a code of a composite font means, and how wide it is.
type glyph struct {
	code  uint32
	bytes uint8 // of the code; 0: none was looked up
	text  string
	width float64
}

// glyph looks up a code of so many bytes.
func (f *Font) glyph(code uint32, n int) glyph {
	g := glyph{code: code, bytes: uint8(n), width: f.dw}
	if t, ok := f.lookup(code); ok {
		g.text = t
	} else {
		switch {
		case f.native == nativeUCS2 && n == 2:
			g.text = utf16String(string([]byte{byte(code >> 8), byte(code)}), 0)
		case f.native == nativeASCII && n == 1:
			g.text = string(rune(code))
		case f.native == nativeAdobe && code >= 1 && code <= 95:
			g.text = string(rune(code + 0x1f))
		default:
			g.text = string(utf8.RuneError)
		}
	}
	if w, ok := f.cids[int(code)]; ok {
		g.width = w
	}
	return g
}

// The named encodings (ISO 32000-1 annex D), made once. Copies of them are handed out.
var (
	winText       = charmapText(charmap.Windows1252)
	macText       = charmapText(charmap.Macintosh)
	standardSigns = map[byte]string{0x27: "’", 0x60: "‘", 0xae: "fi", 0xaf: "fl", 0xd0: "—", 0xb1: "–", 0xa4: "⁄", 0xa9: "'", 0xaa: "“", 0xba: "”"}
	texSigns      = map[byte]string{0x0b: "ff", 0x0c: "fi", 0x0d: "fl", 0x0e: "ffi", 0x0f: "ffl"}
)

func charmapText(table *charmap.Charmap) (t [256]string) {
	for c := range 256 {
		r := table.DecodeByte(byte(c))
		if c >= 0x20 && c != 0x7f && r != utf8.RuneError && r != 0 {
			t[c] = string(r)
		}
	}
	return t
}

// standardText is a named encoding. A font that names
// none has the standard one, a symbolic one too: of what is wanted here, the
// letters, digits and signs of URLs, it makes no difference.
func standardText(name, font string) [256]string {
	t := winText
	if name == "MacRomanEncoding" {
		t = macText
	}
	if name == "" || name == "StandardEncoding" {
		for c, s := range standardSigns {
			t[c] = s
		}
		if strings.HasPrefix(font, "CM") || strings.HasPrefix(font, "SF") { // TeX's own, when nothing is said
			for c, s := range texSigns {
				t[c] = s
			}
		}
	}
	return t
}

// glyphText is the meaning of a glyph's name (Adobe Glyph List specification).
func glyphText(name string) (string, bool) {
	if len(name) == 1 {
		return name, true
	}
	if i := strings.IndexByte(name, '.'); i > 0 {
		name = name[:i] // a variant: a.sc, one.oldstyle
	}
	if s, ok := glyphNames[name]; ok {
		return s, true
	}
	hex := ""
	switch {
	case strings.HasPrefix(name, "uni") && len(name) >= 7:
		hex = name[3:7]
	case strings.HasPrefix(name, "u") && len(name) >= 5 && len(name) <= 7:
		hex = name[1:]
	}
	if hex != "" {
		if n, err := strconv.ParseUint(hex, 16, 32); err == nil && n > 0 && n < 0x110000 {
			return string(rune(n)), true
		}
	}
	if i := strings.IndexByte(name, '_'); i > 0 { // f_i
		var out string
		for _, part := range strings.Split(name, "_") {
			s, ok := glyphText(part)
			if !ok || strings.Contains(part, "_") {
				return "", false
			}
			out += s
		}
		return out, true
	}
	return "", false
}

// glyphNames are the names of ASCII, of Latin-1 and of what stands among it in
// prose, as the Adobe Glyph List has them.
var glyphNames = func() map[string]string {
	m := map[string]string{
		"fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl",
		"quoteleft": "‘", "quoteright": "’", "quotedblleft": "“", "quotedblright": "”", "quotesinglbase": "‚", "quotedblbase": "„",
		"endash": "–", "emdash": "—", "minus": "−", "sfthyphen": "\u00ad", "softhyphen": "\u00ad", "nbspace": " ", "nonbreakingspace": " ",
		"bullet": "•", "ellipsis": "…", "dagger": "†", "daggerdbl": "‡", "Euro": "€", "trademark": "™", "florin": "ƒ",
		"dotlessi": "ı", "Scaron": "Š", "scaron": "š", "Zcaron": "Ž", "zcaron": "ž", "OE": "Œ", "oe": "œ", "Ydieresis": "Ÿ",
		"guilsinglleft": "‹", "guilsinglright": "›", "perthousand": "‰", "visiblespace": " ", "Lslash": "Ł", "lslash": "ł", "fraction": "⁄",
		"hyphenminus": "-", "tilde": "~", "circumflex": "^",
	}
	ascii := strings.Fields(`space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright
		asterisk plus comma hyphen period slash zero one two three four five six seven eight nine colon semicolon less equal
		greater question at A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum
		underscore grave a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde`)
	for i, n := range ascii {
		m[n] = string(rune(' ' + i))
	}
	latin := strings.Fields(`exclamdown cent sterling currency yen brokenbar section dieresis copyright ordfeminine
		guillemotleft logicalnot - registered macron degree plusminus twosuperior threesuperior acute mu paragraph
		periodcentered cedilla onesuperior ordmasculine guillemotright onequarter onehalf threequarters questiondown
		Agrave Aacute Acircumflex Atilde Adieresis Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave Iacute
		Icircumflex Idieresis Eth Ntilde Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash Ugrave Uacute
		Ucircumflex Udieresis Yacute Thorn germandbls agrave aacute acircumflex atilde adieresis aring ae ccedilla egrave
		eacute ecircumflex edieresis igrave iacute icircumflex idieresis eth ntilde ograve oacute ocircumflex otilde
		odieresis divide oslash ugrave uacute ucircumflex udieresis yacute thorn ydieresis`)
	for i, n := range latin {
		if n != "-" {
			m[n] = string(rune(0xa1 + i))
		}
	}
	return m
}()

// standardWidths are rough widths of the standard fonts (ISO 32000-1 §9.6.2.2),
// for files that leave them out: enough to tell a gap from a letter. The digits
// are the advance widths of Adobe's metrics of Helvetica and Times-Roman, in
// thousandths; every bold and italic one has those.
func standardWidths(font string) (w [256]float64) {
	const helvetica = "278278355556556889667191333333389584278333278278" + // space to slash
		"556556556556556556556556556556278278584584584556" + // 0 to ?
		"1015667667722722667611778722278500667556833722778" + // @ to O
		"667778722667611722667944667667611278278278469556" + // P to _
		"333556556500556556278556556222222500222833556556" + // ` to o
		"556556333500278556500722500500500334260334584" // p to ~
	const times = "250333408500500833778180333333500564250333250278" +
		"500500500500500500500500500500278278564564564444" +
		"921722667667722611556722722333389722611889722722" +
		"556722667556611722722944722722611333278333469500" +
		"333444500444500444333500500278278500278778500500" +
		"500500333389278500500722500500444480200480541"
	table := helvetica
	switch {
	case strings.Contains(font, "Courier"):
		for i := range w {
			w[i] = 0.6
		}
		return w
	case strings.Contains(font, "Times"):
		table = times
	}
	for i := range w {
		w[i] = 0.55
	}
	p := 0
	for c := ' '; c <= '~'; c++ {
		n := 3
		if table[p] == '1' && p+4 <= len(table) && c == '@' {
			n = 4
		}
		v, err := strconv.Atoi(table[p : p+n])
		if err == nil {
			w[c] = float64(v) / 1000
		}
		p += n
	}
	return w
}

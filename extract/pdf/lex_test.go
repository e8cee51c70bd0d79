package pdf

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tokens writes the tokens of s in short: the kind's letter and the value.
func tokens(s string) (out []string) {
	l := NewLexer([]byte(s))
	for {
		switch t := l.Next(); t.Kind {
		case TokenEOF:
			return out
		case TokenInt, TokenReal:
			out = append(out, fmt.Sprintf("%c%g", "ir"[t.Kind-TokenInt], t.Num))
		case TokenString:
			out = append(out, "s"+string(t.Bytes))
		case TokenName:
			out = append(out, "n"+string(t.Bytes))
		case TokenKeyword:
			out = append(out, "k"+string(t.Bytes))
		default:
			out = append(out, map[TokenKind]string{TokenOpenDict: "<<", TokenCloseDict: ">>", TokenOpenArray: "[", TokenCloseArray: "]"}[t.Kind])
		}
	}
}

// TestTokens: what ISO 32000-1 §7.2 and §7.3 say, and what writers do instead.
func TestTokens(t *testing.T) {
	for _, tc := range []struct {
		desc, in string
		want     []string
	}{
		{"nothing", " \t\r\n\f\x00", nil},
		{"comment to the end of its line (§7.2.3)", "1%2\r3% 4\n5", []string{"i1", "i3", "i5"}},
		{"comment to the end", "1 %", []string{"i1"}},
		{"integers (§7.3.3)", "0 +17 -98 000123", []string{"i0", "i17", "i-98", "i123"}},
		{"reals (§7.3.3)", "34.5 -3.62 +123.6 4. -.002 0.0", []string{"r34.5", "r-3.62", "r123.6", "r4", "r-0.002", "r0"}},
		{"two signs, as some writers have it", "--5 0.-5", []string{"i-5", "r0"}},
		{"no number", "1a - . 1.2.3", []string{"k1a", "k-", "k.", "k1.2.3"}},
		{"more digits than a number has", "12345678901234567890", []string{"k12345678901234567890"}},
		{"name and delimiters (§7.3.5)", "/Name/A;B_-*#(x)", []string{"nName", "nA;B_-*#", "sx"}},
		{"name with escapes (§7.3.5)", "/A#42 /paired#28#29 /#", []string{"nAB", "npaired()", "n#"}},
		{"name with a broken escape", "/A#4x#4", []string{"nA#4x#4"}},
		{"empty name", "/ 1", []string{"n", "i1"}},
		{"literal string (§7.3.4.2)", "(a(b)c)()", []string{"sa(b)c", "s"}},
		{"escapes of a string", `(\n\r\t\b\f\(\)\\)`, []string{"s\n\r\t\b\f()\\"}},
		{"octal escapes", `(\101\7\0053\400)`, []string{"sA\x07\x053\x00"}},
		{"unknown escape loses its backslash", `(\cre\dly)`, []string{"scredly"}},
		{"line end escaped, and not", "(a\\\nb\\\r\nc\\\rd\re\r\nf)", []string{"sabcd\ne\nf"}},
		{"nested behind an escape", `(\\(x))`, []string{`s\(x)`}},
		{"string that is never closed", `(ab\`, []string{"sab"}},
		{"hexadecimal string (§7.3.4.3)", "<48 65\n6C6c6F><>", []string{"sHello", "s"}},
		{"odd digits are filled up", "<901FA>", []string{"s\x90\x1f\xa0"}},
		{"hexadecimal string with what is no digit, never closed", "<4x8", []string{"sH"}},
		{"dictionary and array", "<</A[1]>>", []string{"<<", "nA", "[", "i1", "]", ">>"}},
		{"stray delimiters", "} { ) >", []string{"k}", "k{", "k)", "k>"}},
	} {
		if d := cmp.Diff(tc.want, tokens(tc.in)); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

// TestObjects: what is read of an object, written again by appendObject.
func TestObjects(t *testing.T) {
	for _, tc := range []struct{ desc, in, want string }{
		{"null, true, false", "[null true false]", "[null true false ]"},
		{"numbers", "[1 -2 0.5]", "[1 -2 0.5 ]"},
		{"string", "(a)", "<61>"},
		{"name with what must be escaped", "/A#20B#2f", "/A#20B#2f"},
		{"reference (§7.3.10)", "[12 0 R 3 1 R]", "[12 0 R 3 1 R ]"},
		{"no reference", "[1 2 3 R1]", "[1 2 3 null ]"},
		{"dictionary, the order kept", "<</B 1/A<</C[]>>>>", "<</B 1 /A <</C [] >> >>"},
		{"a key without a value", "<</A>>", "<</A null >>"},
		{"a key twice", "<</A 1/A 2>>", "<</A 1 /A 2 >>"},
		{"what is no key is skipped", "<<1 (x) /A 2>>", "<</A 2 >>"},
		{"array that ends with the input", "[1 [2", "[1 [2 ] ]"},
		{"containers that are never closed end with their object", "[1 <</A 2 endobj 3", "[1 <</A 2 >> ]"},
	} {
		l := Lexer{b: []byte(tc.in)}
		v, ok := l.object(0, false)
		if got := string(appendObject(nil, v)); !ok || got != tc.want {
			t.Errorf("%s: %q, %v, want %q", tc.desc, got, ok, tc.want)
		}
	}
	l := Lexer{b: []byte("endobj")}
	if v, ok := l.object(0, false); ok || v != nil || l.p != 0 {
		t.Errorf("a keyword gives %v, %v and is consumed to %d", v, ok, l.p)
	}
	d := Dict{{"A", 1}, {"A", Name("x")}, {"R", Ref{4, 0}}, {"F", 2.7}}
	if d.Name("A") != "x" || d.Get("B") != nil || d.Ref("R") != (Ref{4, 0}) || d.Ref("A") != (Ref{}) {
		t.Errorf("of a key written twice the last counts: %v", d)
	}
	if n, ok := d.integer("F"); n != 2 || !ok {
		t.Errorf("a real for an integer gives %d, %v", n, ok)
	}
}

// TestStreams: where a stream's data begins (ISO 32000-1 §7.3.8).
func TestStreams(t *testing.T) {
	for _, tc := range []struct{ desc, in string }{
		{"line feed", "<</A 1>>stream\nDATA"},
		{"carriage return and line feed", "<</A 1>> stream\r\nDATA"},
		{"carriage return alone", "<</A 1>> stream\rDATA"},
		{"spaces before the line end", "<</A 1>> stream  \nDATA"},
		{"data that touches", "<</A 1>> stream\nDATA"},
	} {
		l := Lexer{b: []byte(tc.in)}
		v, _ := l.object(0, true)
		s, ok := v.(Stream)
		if !ok || !strings.HasPrefix(tc.in[s.start:], "DATA") {
			t.Errorf("%s: %v, %v", tc.desc, v, ok)
		}
	}
	l := Lexer{b: []byte("<</A 1>> endobj")}
	if v, ok := l.object(0, true); !ok || l.p != len("<</A 1>>") {
		t.Errorf("without a stream: %v, %v, read to %d", v, ok, l.p)
	}
}

// TestSyntaxBounds: nesting and lengths end.
func TestSyntaxBounds(t *testing.T) {
	for _, in := range []string{strings.Repeat("[", 1<<20), strings.Repeat("<</A", 1<<20), strings.Repeat("[<</A", 1<<19)} {
		l := Lexer{b: []byte(in)}
		if _, ok := l.object(0, false); !ok {
			t.Errorf("%.8q…: nothing is read", in)
		}
	}
	l := Lexer{b: []byte("[" + strings.Repeat("1 ", maxArray+5) + "]")}
	if v, _ := l.object(0, false); len(v.(Array)) != maxArray {
		t.Errorf("an array of %d elements, at most %d", len(v.(Array)), maxArray)
	}
	for _, n := range []int{maxNesting, 3 * maxNesting} {
		l = Lexer{b: []byte(strings.Repeat("[", n) + strings.Repeat("]", n))}
		v, _ := l.object(0, false)
		depth := 0
		for a, ok := v.(Array); ok; {
			if depth++; len(a) == 0 {
				break
			}
			a, ok = a[0].(Array)
		}
		if want := min(n, maxNesting); depth < want || depth > want+1 {
			t.Errorf("of %d arrays within arrays %d are read, at most %d", n, depth, maxNesting)
		}
	}
}

// TestObjectHeader: "N G obj", and what is none.
func TestObjectHeader(t *testing.T) {
	for _, tc := range []struct {
		in       string
		num, gen int
		ok       bool
	}{
		{"12 3 obj", 12, 3, true},
		{"\n 12  3obj<<", 12, 3, true},
		{"12 3 obx", 0, 0, false},
		{"12 obj", 0, 0, false},
		{"x 3 obj", 0, 0, false},
		{"", 0, 0, false},
	} {
		num, gen, body, ok := objectHeader([]byte(tc.in), 0)
		if num != tc.num || gen != tc.gen || ok != tc.ok || ok && !bytes.HasSuffix([]byte(tc.in)[:body], []byte("obj")) {
			t.Errorf("%q: %d %d, %v", tc.in, num, gen, ok)
		}
	}
	if _, _, _, ok := objectHeader([]byte("1 0 obj"), -4); ok {
		t.Error("a header before the file")
	}
}

// TestInlineImageEnd: from BI to behind the EI that is one
// (ISO 32000-1 §8.9.7).
func TestInlineImageEnd(t *testing.T) {
	for _, tc := range []struct {
		desc, in string
		want     []string
	}{
		{"plain", "/W 1 ID xyz\nEI (a) Tj", []string{"sa", "kTj"}},
		{"EI within the data", "/W 1 ID a EI\x01\x02 b EI (a)", []string{"sa"}},
		{"EI that no white space surrounds", "/W 1 ID aEIb xEI EI (a)", []string{"sa"}},
		{"EI within data whose length the sizes say", "/W 6 /H 1 /BPC 8 /CS /G ID \nEI a\nEI (a)", []string{"sa"}},
		{"EI within data whose length is given", "/F /LZW /L 6 ID \nEI a\nEI (a)", []string{"sa"}},
		{"a length that is a lie", "/L 2 ID abc\nEI (a)", []string{"sa"}},
		{"no data", "/W 1", nil},
		{"no end", "/W 1 ID abc", nil},
		{"at the end", "/W 1 ID abc EI", nil},
	} {
		l := NewLexer([]byte(tc.in))
		l.InlineImage(Null{})
		var got []string
		if rest := tokens(string(l.b[l.p:])); len(rest) > 0 {
			got = rest
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// TestInlineImage: an inline image reads as an image XObject does, its keys and
// filters short or long.
func TestInlineImage(t *testing.T) {
	spaces := NewLexer([]byte("/CS0 [/Indexed /DeviceRGB 1 <000000ffffff>] ID EI"))
	named := spaces.InlineImage(nil)
	for _, tc := range []struct {
		desc, in, samples, picture string
		bits                       float64
		space                      string
	}{
		{"short", "/W 2 /H 3 /BPC 8 /CS /RGB /F /AHx ID 000102> EI", "\x00\x01\x02", "", 8, "RGB"},
		{"long", "/Width 2 /Height 3 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter [/ASCII85Decode] ID 87cUR~> EI", "Hell", "", 1, "DeviceGray"},
		{"packed twice", "/W 2 /H 3 /BPC 8 /CS /CMYK /F [/AHx /RL] ID fe61 80> EI", "aaa", "", 8, "CMYK"},
		{"a space of the resources", "/W 2 /H 3 /BPC 1 /CS /CS0 ID \xff\xff\xff EI", "\xff\xff\xff", "", 1, "Indexed"},
		{"a mask of one bit", "/W 2 /H 3 /IM true /BPC 1 /D [1 0] ID \xff\xff\xff EI", "\xff\xff\xff", "", 1, ""},
		{"a picture's own filter", "/W 2 /H 3 /BPC 8 /CS /RGB /F /DCT ID \xff\xd8 EI", "\xff\xd8 ", "DCT", 8, "RGB"},
	} {
		l := NewLexer([]byte(tc.in + " Q"))
		n := l.InlineImage(named)
		w, _ := n.Key("Width").Num()
		h, _ := n.Key("Height").Num()
		bits, _ := n.Key("BitsPerComponent").Num()
		space := n.Key("ColorSpace")
		name := space.Name()
		if space.Len() > 0 {
			name = space.Index(0).Name()
		}
		if w != 2 || h != 3 || bits != tc.bits || name != tc.space || !n.IsStream() || n.Object() != 0 {
			t.Errorf("%s: %v by %v, %v bits, %q", tc.desc, w, h, bits, name)
		}
		r, picture, err := n.Samples(1000)
		if err != nil {
			t.Errorf("%s: %v", tc.desc, err)
			continue
		}
		b, _ := io.ReadAll(r)
		if string(b) != tc.samples || picture != tc.picture {
			t.Errorf("%s: %q, %q", tc.desc, b, picture)
		}
		if k := l.Next(); string(k.Bytes) != "Q" {
			t.Errorf("%s: %q behind it", tc.desc, k.Bytes)
		}
	}
}

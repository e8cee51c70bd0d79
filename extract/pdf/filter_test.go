package pdf

import (
	"bytes"
	"compress/flate"
	"compress/lzw"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

func unhexed(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// earlyLZW packs as ISO 32000-1 §7.4.4.2 says: the width of a code grows one
// code early.
func earlyLZW(s []byte) []byte {
	var out []byte
	var acc uint64
	var have, width, next = 0, 9, 258
	table := map[string]int{}
	put := func(code int) {
		acc = acc<<width | uint64(code)
		for have += width; have >= 8; have -= 8 {
			out = append(out, byte(acc>>(have-8)))
		}
	}
	put(256)
	code := func(w string) int {
		if len(w) == 1 {
			return int(w[0])
		}
		return table[w]
	}
	w := ""
	for _, c := range s {
		longer := w + string([]byte{c})
		if _, ok := table[longer]; len(longer) == 1 || ok {
			w = longer
			continue
		}
		put(code(w))
		table[longer] = next
		if next++; next >= 1<<width && width < 12 {
			width++
		}
		if next == 4094 {
			put(256)
			table, next, width = map[string]int{}, 258, 9
		}
		w = string([]byte{c})
	}
	if w != "" {
		put(code(w))
		if next++; next >= 1<<width && width < 12 {
			width++
		}
	}
	put(257)
	if have > 0 {
		out = append(out, byte(acc<<(8-have)))
	}
	return out
}

// TestFilters: each filter of ISO 32000-1 §7.4, whole, broken off and with what
// writers get wrong.
func TestFilters(t *testing.T) {
	deflated := pdftest.Deflated("hello, badge")
	long := []byte(strings.Repeat("abcabcabdabcab", 3000))
	var late bytes.Buffer
	w := lzw.NewWriter(&late, lzw.MSB, 8)
	_, _ = w.Write(long)
	_ = w.Close()
	for _, tc := range []struct {
		desc, filter, in, want string
	}{
		{"FlateDecode", "FlateDecode", deflated, "hello, badge"},
		{"its short name", "Fl", deflated, "hello, badge"},
		{"with a line end too many before it", "FlateDecode", "\r\n" + deflated, "hello, badge"},
		{"with a wrong checksum", "FlateDecode", deflated[:len(deflated)-4] + "\x00\x00\x00\x00", "hello, badge"},
		{"without its header", "FlateDecode", deflated[2:], "hello, badge"},
		{"nothing", "FlateDecode", "", ""},
		// The example of §7.4.4.2.
		{"LZWDecode", "LZWDecode", "\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", "-----A---B"},
		{"its short name", "LZW", string(earlyLZW(long)), string(long)},
		{"a code that is not there yet", "LZWDecode", "\x80\x0B\x7f\xff", "-"},
		{"ASCIIHexDecode", "ASCIIHexDecode", "48 65 6c\n6C 6f 2>rest", "Hello "},
		{"its short name", "AHx", "4g8", "H"},
		{"ASCII85Decode", "ASCII85Decode", "87cURD]i,\"Ebo80~>rest", "Hello World!"},
		{"its short name, with a prefix, white space and z", "A85", " <~z87cUR\nD]~>", "\x00\x00\x00\x00Hello"},
		{"broken off", "A85", "87cUR", "Hell"},
		{"RunLengthDecode", "RunLengthDecode", "\x04Hello\xfe!\x80rest", "Hello!!!"},
		{"its short name, broken off", "RL", "\x04He", "He"},
		{"broken off in a run", "RL", "\x00a\xfe", "a"},
		{"Crypt with Identity (§7.4.10)", "Crypt", "as it is", "as it is"},
	} {
		got, picture, err := decode([]byte(tc.in), []filter{{name: tc.filter, predictor: 1, early: true}}, MaxStream)
		if errors.Is(err, errBroken) && strings.Contains(tc.desc, "name, broken off") || errors.Is(err, errSum) && tc.desc == "with a wrong checksum" {
			err = nil
		}
		if err != nil || picture != "" || string(got) != tc.want {
			t.Errorf("%s: %.60q, %q, %v, want %.60q", tc.desc, got, picture, err, tc.want)
		}
	}
	got, _, err := decode(late.Bytes(), []filter{{name: "LZWDecode", predictor: 1}}, MaxStream)
	if err != nil || !bytes.Equal(got, long) {
		t.Errorf("LZWDecode with EarlyChange 0: %d bytes, %v, want %d", len(got), err, len(long))
	}
	for _, name := range []string{"DCTDecode", "DCT", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "CCF"} {
		got, picture, err := decode([]byte(hex.EncodeToString([]byte("pixels"))+">"), []filter{{name: "AHx"}, {name: name}}, MaxStream)
		if string(got) != "pixels" || picture != name || err != nil {
			t.Errorf("%s: %q, %q, %v: a picture's filter is left as it is", name, got, picture, err)
		}
		if _, _, err := decode([]byte("x"), []filter{{name: name}, {name: "AHx"}}, MaxStream); !errors.Is(err, errFilter) {
			t.Errorf("%s before another filter: %v", name, err)
		}
	}
	got, _, err = decode([]byte(deflated[:len(deflated)-10]), []filter{{name: "Fl", predictor: 1}}, MaxStream)
	if !errors.Is(err, errBroken) || len(got) == 0 || !strings.HasPrefix("hello, badge", string(got)) {
		t.Errorf("FlateDecode broken off: %q, %v", got, err)
	}
	if _, _, err := decode(nil, []filter{{name: "Unheard"}}, MaxStream); !errors.Is(err, errFilter) {
		t.Errorf("an unknown filter: %v", err)
	}
}

// TestFilterBounds: no chain, no length and no ratio goes further than it may,
// and what fits comes with the error.
func TestFilterBounds(t *testing.T) {
	zeros := pdftest.Deflated(strings.Repeat("\x00", 4<<20))
	flate := filter{name: "FlateDecode", predictor: 1}
	for _, tc := range []struct {
		desc    string
		in      string
		filters []filter
		limit   int
		want    int
	}{
		{"length", pdftest.Deflated(strings.Repeat("x", 1000)), []filter{flate}, 100, 100},
		{"ratio", zeros, []filter{flate}, MaxStream, max(ratioFree, len(zeros)*maxRatio)},
		{"LZW", string(earlyLZW(bytes.Repeat([]byte("a"), 5000))), []filter{{name: "LZW", early: true}}, 100, 91},
		{"run lengths", strings.Repeat("\x81a", 100), []filter{{name: "RL"}}, 100, 100},
		{"ASCII85", strings.Repeat("z", 100), []filter{{name: "A85"}}, 100, 100},
	} {
		got, _, err := decode([]byte(tc.in), tc.filters, tc.limit)
		if !errors.Is(err, ErrLimit) || len(got) != tc.want {
			t.Errorf("%s: %d bytes, %v, want %d and the limit", tc.desc, len(got), err, tc.want)
		}
	}
	chain := make([]filter, maxFilters+1)
	for i := range chain {
		chain[i] = filter{name: "AHx"}
	}
	if _, _, err := decode(nil, chain, MaxStream); !errors.Is(err, errFilter) {
		t.Errorf("a chain of %d filters: %v", len(chain), err)
	}
	if _, _, err := decode(nil, chain[1:], MaxStream); err != nil {
		t.Errorf("a chain of %d filters: %v", maxFilters, err)
	}
}

// TestPredictors: those of PNG and of TIFF (ISO 32000-1 §7.4.4.4, PNG §9).
func TestPredictors(t *testing.T) {
	for _, tc := range []struct {
		desc     string
		f        filter
		in, want string
	}{
		{"None", filter{predictor: 10, columns: 3, colors: 1, bits: 8}, "00 010203 00 040506", "010203 040506"},
		{"Sub", filter{predictor: 11, columns: 3, colors: 1, bits: 8}, "01 010101 01 040101", "010203 040506"},
		{"Up", filter{predictor: 12, columns: 3, colors: 1, bits: 8}, "02 010203 02 030303", "010203 040506"},
		{"Average", filter{predictor: 13, columns: 3, colors: 1, bits: 8}, "03 010202 03 040202", "010203 040506"},
		{"Paeth", filter{predictor: 14, columns: 3, colors: 1, bits: 8}, "04 010101 04 030101", "010203 040506"},
		{"Paeth that takes the corner", filter{predictor: 15, columns: 2, colors: 1, bits: 8}, "00 0a14 04 0005", "0a14 0a19"},
		{"each line its own", filter{predictor: 15, columns: 2, colors: 1, bits: 8}, "01 0101 02 0101", "0102 0203"},
		{"of three bytes", filter{predictor: 15, columns: 2, colors: 3, bits: 8}, "01 010203 010101", "010203 020304"},
		{"of less than a byte", filter{predictor: 15, columns: 4, colors: 1, bits: 1}, "01 80 02 01", "80 81"},
		{"a line that breaks off", filter{predictor: 12, columns: 3, colors: 1, bits: 8}, "02 010203 02 03", "010203 04"},
		{"TIFF", filter{predictor: 2, columns: 3, colors: 1, bits: 8}, "010101 040101", "010203 040506"},
		{"TIFF of three bytes", filter{predictor: 2, columns: 2, colors: 3, bits: 8}, "010203 010101", "010203 020304"},
		{"TIFF of other depths is left", filter{predictor: 2, columns: 2, colors: 1, bits: 4}, "12", "12"},
		{"unheard of", filter{predictor: 5, columns: 1, colors: 1, bits: 8}, "0102", "0102"},
		{"columns beyond measure", filter{predictor: 15, columns: 1 << 25, colors: 1, bits: 8}, "0102", "0102"},
		{"colors beyond measure", filter{predictor: 15, columns: 1, colors: 65, bits: 8}, "0102", "0102"},
		{"no columns", filter{predictor: 15, columns: 0, colors: 1, bits: 8}, "0102", "0102"},
	} {
		got := unpredict(unhexed(t, tc.in), tc.f)
		if want := unhexed(t, tc.want); !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", tc.desc, got, want)
		}
	}
}

// TestSamples: the samples of a picture are read row by row, as far as the picture
// goes, and only where one step unpacks them.
func TestSamples(t *testing.T) {
	flate := filter{name: "FlateDecode", predictor: 1}
	read := func(raw string, filters []filter, size int64) (string, bool) {
		r, ok := samples([]byte(raw), filters, size)
		if !ok {
			return "", false
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Error(err)
		}
		return string(b), true
	}
	rows := filter{name: "Fl", predictor: 15, columns: 3, colors: 1, bits: 8}
	for _, tc := range []struct {
		desc, raw string
		filters   []filter
		size      int64
		want      string
		ok        bool
	}{
		{"plain", pdftest.Deflated("abcdef"), []filter{flate}, 6, "abcdef", true},
		{"no more than it may be", pdftest.Deflated("abcdef"), []filter{flate}, 4, "abcd", true},
		{"in ASCII", fmt.Sprintf("%x>", pdftest.Deflated("abcdef")), []filter{{name: "AHx"}, flate}, 6, "abcdef", true},
		{"rows", pdftest.Deflated("\x00abc\x01\x01\x01\x01\x02\x01\x01\x01\x03\x01\x01\x01\x04\x01\x01\x01\x00xy"), []filter{rows}, 100, "abc\x01\x02\x03\x02\x03\x04\x02\x03\x04\x03\x04\x05xy", true},
		{"differences", pdftest.Deflated("\x01\x01\x01\x05\x01\x01"), []filter{{name: "Fl", predictor: 2, columns: 3, colors: 1, bits: 8}}, 100, "\x01\x02\x03\x05\x06\x07", true},
		{"two steps that unpack", pdftest.Deflated(pdftest.Deflated("abcdef")), []filter{flate, flate}, 6, "", false},
		{"a step that unpacks first", "x", []filter{{name: "RL"}, flate}, 6, "", false},
		{"none", "abcdef", nil, 6, "", false},
		{"a picture's own", "abcdef", []filter{{name: "DCTDecode"}}, 6, "", false},
		{"rows of no width", pdftest.Deflated("x"), []filter{{name: "Fl", predictor: 15, bits: 8, colors: 1}}, 6, "", false},
	} {
		if got, ok := read(tc.raw, tc.filters, tc.size); got != tc.want || ok != tc.ok {
			t.Errorf("%s: %q, %v, want %q", tc.desc, got, ok, tc.want)
		}
	}
	// As rows are undone one by one, so are they all at once.
	whole := pdftest.Deflated("\x00abc\x01\x01\x01\x01\x02\x01\x01\x01\x03\x01\x01\x01\x04\x01\x01\x01\x00xy")
	b, _, err := decode([]byte(whole), []filter{rows}, MaxStream)
	if got, _ := read(whole, []filter{rows}, 100); err != nil || got != string(b) {
		t.Errorf("%q by rows, %q at once", got, b)
	}
}

// TestUnfilter: predictors of PNG are undone as its specification (§9.2) says it of each
// byte, in rows of every length and pixels of every width.
func TestUnfilter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for range 4000 {
		kind, bpp, n := byte(rng.IntN(6)), 1+rng.IntN(9), rng.IntN(40)
		line, prev := make([]byte, n), make([]byte, n+rng.IntN(3))
		for i := range line {
			line[i] = byte(rng.IntN(256))
		}
		for i := range prev {
			prev[i] = byte(rng.IntN(256))
		}
		want := bytes.Clone(line)
		for i := range want {
			left, up, corner := 0, int(prev[i]), 0
			if i >= bpp {
				left, corner = int(want[i-bpp]), int(prev[i-bpp])
			}
			p := left + up - corner
			switch {
			case kind == 1:
				want[i] += byte(left)
			case kind == 2:
				want[i] += byte(up)
			case kind == 3:
				want[i] += byte((left + up) / 2)
			case kind == 4 && abs(p-left) <= abs(p-up) && abs(p-left) <= abs(p-corner):
				want[i] += byte(left)
			case kind == 4 && abs(p-up) <= abs(p-corner):
				want[i] += byte(up)
			case kind == 4:
				want[i] += byte(corner)
			}
		}
		got := bytes.Clone(line)
		if unfilter(kind, got, prev, bpp); !bytes.Equal(got, want) {
			t.Fatalf("kind %d, %d bytes a pixel, %x on %x: %x, want %x", kind, bpp, line, prev, got, want)
		}
	}
}

// TestInflateBroken: of a stream that breaks off, or is damaged, there is all that the
// standard library makes of it, and of one that is whole as well.
func TestInflateBroken(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 7))
	broken := 0
	for i := range 600 {
		text := make([]byte, rng.IntN(9000))
		for j := range text {
			if text[j] = byte(rng.IntN(200)); j > 100 && rng.IntN(3) > 0 {
				text[j] = text[j-1-rng.IntN(90)]
			}
		}
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, i%12-2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		data := b.Bytes()
		if i%3 > 0 {
			data = data[:rng.IntN(len(data)+1)]
		}
		if i%5 > 2 && len(data) > 0 {
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		}
		limit := 10_000 - 50*(i%200)
		want, _ := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), int64(limit)))
		if len(want) < len(text) {
			broken++
		}
		// A header, so that what follows is taken as it is.
		if got, _ := inflate(append([]byte{0x78, 0x9c}, data...), limit); !bytes.Equal(got, want) {
			t.Fatalf("stream %d: %d bytes, want %d of %d", i, len(got), len(want), len(text))
		}
	}
	if broken < 100 {
		t.Errorf("%d broken streams prove nothing", broken)
	}
}

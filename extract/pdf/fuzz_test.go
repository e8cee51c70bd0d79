package pdf

import (
	"bytes"
	"io"
	"testing"

	"assay/extract/pdf/pdftest"
)

// FuzzPreflight: whatever the bytes, the preflight ends, stays in bounds,
// and makes an overlay that holds together.
func FuzzPreflight(f *testing.F) {
	for _, s := range pdftest.Seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		inflated := 0
		file := Open(data, func(n int) bool { inflated += n; return inflated < 64<<20 }, func(library string) { t.Fatalf("%s failed", library) })
		if file == nil {
			return
		}
		for num, l := range file.locs {
			if l.kind == locStream && !file.Encrypted {
				t.Fatalf("object %d is still in an object stream", num)
			}
			if l.kind == locPlain && (l.off < 0 || l.off >= len(file.data)+len(file.expanded)) {
				t.Fatalf("object %d is at %d of %d", num, l.off, len(file.data)+len(file.expanded))
			}
		}
		for _, o := range file.Physical {
			if o.Off > o.body || o.body > o.end || o.end > len(file.data) || o.stream > len(file.data) {
				t.Fatalf("object %+v of %d bytes", o, len(data))
			}
		}
		o := file.overlay()
		o.short = false
		b, err := io.ReadAll(io.NewSectionReader(o, 0, o.size()))
		if err != nil || int64(len(b)) != o.size() || !bytes.HasSuffix(b, []byte("%%EOF\n")) || !bytes.Equal(b[len(overlayHeader):][:len(file.data)], file.data) {
			t.Fatalf("overlay of %d bytes: %v", len(b), err)
		}
	})
}

// FuzzFilters: no stream makes a filter panic or exceed its limit.
func FuzzFilters(f *testing.F) {
	for _, name := range []string{"FlateDecode", "LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode"} {
		f.Add(name, []byte(pdftest.Deflated("hello")), uint8(15), uint8(4))
		f.Add(name, []byte("80 0b 60 50 22 0c 0c 85 01>"), uint8(2), uint8(1))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte, predictor, columns uint8) {
		const limit = 1 << 16
		for _, early := range []bool{true, false} {
			out, _, err := decode(bytes.Clone(data), []filter{{name: name, predictor: int(predictor), columns: int(columns), colors: 1, bits: 8, early: early}}, limit)
			if len(out) > limit && len(out) > len(data) {
				t.Fatalf("%d bytes, at most %d; %v", len(out), limit, err)
			}
		}
	})
}

package pdf

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// sameInflated holds both ways of unpacking against compress/flate: the same bytes, and
// the same word on whether they are all.
func sameInflated(t *testing.T, b []byte) {
	t.Helper()
	const most = 1 << 20
	r := flate.NewReader(bytes.NewReader(b))
	want, err := io.ReadAll(io.LimitReader(r, most))
	for _, piece := range []int{100, 5000, most} {
		z := &inflateReader{}
		z.z.reset(b)
		got, gotErr := io.ReadAll(io.LimitReader(pieces{z, piece}, most))
		if !bytes.Equal(got, want) || (err == nil) != (gotErr == nil) {
			t.Fatalf("in pieces of %d: %d bytes, %v; want %d bytes, %v", piece, len(got), gotErr, len(want), err)
		}
	}
	z, out, w := &inflater{}, make([]byte, 1), 0
	for z.reset(b); z.err == nil && w < most; {
		if w == len(out) {
			out = append(out, make([]byte, w)...)[:min(2*w, most)]
		}
		w = z.run(out, w)
	}
	if !bytes.Equal(out[:w], want) || w < most && (err == nil) != (z.err == io.EOF) {
		t.Fatalf("whole: %d bytes, %v; want %d bytes, %v", w, z.err, len(want), err)
	}
}

type pieces struct {
	r    io.Reader
	most int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.most)]) }

func deflatedBy(level int, b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, level)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// inflateSamples are streams of every kind of block.
func inflateSamples() [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 60_000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	skewed := make([]byte, 60_000) // rare ones have codes of fifteen bits
	for i := range skewed {
		for skewed[i] = 0; skewed[i] < 250 && rng.IntN(100) < 45; skewed[i]++ {
		}
	}
	texts := [][]byte{
		nil, {'a'}, []byte("to be or not to be"), bytes.Repeat([]byte("abc"), 40_000), bytes.Repeat([]byte{255}, 100_000),
		noise, skewed, append(append(bytes.Clone(noise[:40_000]), skewed[:40_000]...), noise[8000:40_000]...),
		[]byte(strings.Repeat("0.5 0 0 0.5 10 20 cm BT /F1 12 Tf (Certificate) Tj ET\n", 500)),
	}
	var out [][]byte
	for _, b := range texts {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.BestCompression} {
			out = append(out, deflatedBy(level, b))
		}
	}
	return append(out,
		[]byte{0x4b, 0x4c, 0x4a, 0x4e, 0x49, 0x4d, 0x4b, 0xcf, 0x00, 0x00}, // fixed codes
		[]byte{0x03, 0x00},       // nothing, by fixed codes
		[]byte{0x1b, 0x07},       // a length that means nothing
		[]byte{0x63, 0x00, 0x3e}, // a match that reaches back too far
		[]byte{0x07},             // a kind of block that there is not
		[]byte{0x01, 0x05, 0x00, 0xfa, 0xff, 'a', 'b'},                           // a stored block that breaks off
		[]byte{0x01, 0x05, 0x00, 0xfb, 0xff, 'a', 'b', 'c', 'd', 'e'},            // whose length is not so
		[]byte{0x05, 0xc0, 0x81, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0xff, 0xd5}) // codes of which there is one alone
}

// TestInflate: whole, cut off anywhere, and with any bit turned.
func TestInflate(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, b := range inflateSamples() {
		sameInflated(t, b)
		for range 20 {
			sameInflated(t, b[:rng.IntN(len(b)+1)])
			bad := bytes.Clone(b)
			for range 1 + rng.IntN(3) {
				if n := rng.IntN(len(bad)); rng.IntN(2) == 0 {
					bad[n] ^= 1 << rng.IntN(8)
				} else { // near the beginning, where the codes are
					bad[n%40%len(bad)] ^= 1 << rng.IntN(8)
				}
			}
			sameInflated(t, bad)
		}
		for n := range min(len(b), 40) {
			sameInflated(t, b[:n])
			sameInflated(t, b[:len(b)-n])
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, b := range inflateSamples() {
		if len(b) < 4<<10 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 64<<10 {
			sameInflated(t, b)
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	data := []byte(strings.Repeat("0.5 0 0 0.5 10 20 cm BT /F1 12 Tf (Certificate) Tj ET\n", 50))
	for i := range data {
		if i%7 == 0 {
			data[i] = byte('0' + i*i%10)
		}
	}
	packed := deflatedBy(flate.DefaultCompression, data)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := inflate(append([]byte{0x78, 0x9c}, packed...), MaxStream); err != nil {
			b.Fatal(err)
		}
	}
}

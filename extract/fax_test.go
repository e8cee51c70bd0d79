package extract

import (
	"bytes"
	"image"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/ccitt"
)

// faxWriter packs rows as a scanner does.
type faxWriter struct {
	data []byte
	left int // bits free in the last byte
}

func (f *faxWriter) bits(code string) {
	for _, c := range code {
		if f.left == 0 {
			f.data, f.left = append(f.data, 0), 8
		}
		f.left--
		f.data[len(f.data)-1] |= byte(c-'0') << f.left
	}
}

func (f *faxWriter) run(colour, n int) {
	codes := strings.Fields([]string{faxWhite + faxBoth, faxBlack + faxBoth}[colour])
	for n >= 64 {
		most := min(n/64, 40)
		f.bits(codes[63+most])
		n -= most * 64
	}
	f.bits(codes[n])
}

// flat writes a row of T.4 in one dimension.
func (f *faxWriter) flat(row []byte) {
	for x, colour := 0, 0; x < len(row); colour ^= 1 {
		n := 0
		for x+n < len(row) && int(row[x+n]) == colour {
			n++
		}
		f.run(colour, n)
		x += n
	}
}

// row writes a row of T.6, of what differs from the one before.
func (f *faxWriter) row(before, row []byte) {
	modes := strings.Fields(faxModes)
	at := func(line []byte, x int) int {
		if x < 0 {
			return 0
		}
		return int(line[x])
	}
	change := func(line []byte, x, colour int) int { // the next pixel behind x that begins a run of the other colour
		for x++; x < len(line); x++ {
			if at(line, x) != colour && at(line, x-1) == colour {
				return x
			}
		}
		return len(line)
	}
	turn := func(line []byte, x int) int {
		for x++; x < len(line) && at(line, x) == at(line, x-1); x++ {
		}
		return min(x, len(line))
	}
	a, colour := -1, 0
	for a < len(row) {
		a1 := max(a, 0)
		for a1 < len(row) && int(row[a1]) == colour {
			a1++
		}
		b1 := change(before, a, colour)
		b2 := turn(before, b1)
		switch d := a1 - b1; {
		case b2 < a1:
			f.bits(modes[faxPass])
			a = b2
		case d >= -3 && d <= 3:
			f.bits(modes[d+3])
			a, colour = a1, colour^1
		default:
			a2 := a1
			for a2 < len(row) && int(row[a2]) != colour {
				a2++
			}
			f.bits(modes[faxHorizontal])
			f.run(colour, a1-max(a, 0))
			f.run(colour^1, a2-a1)
			a = a2
		}
	}
}

// faxPage has rows of runs, each much like the one before it.
func faxPage(rng *rand.Rand, w, h int) [][]byte {
	rows := make([][]byte, h)
	for y := range rows {
		rows[y] = make([]byte, w)
		if y > 0 && rng.IntN(4) > 0 {
			copy(rows[y], rows[y-1])
			for range rng.IntN(6) {
				rows[y][rng.IntN(w)] ^= 1
			}
			continue
		}
		if rng.IntN(3) == 0 {
			continue // paper
		}
		colour := byte(rng.IntN(2))
		for x := 0; x < w; colour ^= 1 {
			for n := 1 + rng.IntN(1+rng.IntN(1+rng.IntN(w))); n > 0 && x < w; n-- {
				rows[y][x] = colour
				x++
			}
		}
	}
	return rows
}

// TestFax: rows come out as they went in, and as the library's reader has them, in
// every form that scanners write.
func TestFax(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	for i := range 400 {
		w, h := 1+rng.IntN(300), 1+rng.IntN(20)
		if i%10 == 0 {
			w = 2500 + rng.IntN(300) // runs of more than 2560
		}
		rows := faxPage(rng, w, h)
		same := func(desc string, f faxWriter, form faxForm) {
			t.Helper()
			form.columns, form.rows = w, h
			img, n, err := readFax(f.data, form)
			if err != nil || n != h {
				t.Fatalf("%s, %d by %d: %d rows, %v", desc, w, h, n, err)
			}
			for y, row := range rows {
				for x, v := range row {
					if img.row(y)[x>>3]>>(x&7)&1 != v {
						t.Fatalf("%s, %d by %d: pixel %d,%d is not %d", desc, w, h, x, y, v)
					}
				}
			}
		}
		library := func(desc string, f faxWriter, form ccitt.SubFormat, o *ccitt.Options) {
			t.Helper()
			img := image.NewGray(image.Rect(0, 0, w, h))
			if err := ccitt.DecodeIntoGray(img, bytes.NewReader(f.data), ccitt.MSB, form, o); err != nil {
				t.Fatalf("%s: %v", desc, err)
			}
			for y, row := range rows {
				for x, v := range row {
					if img.Pix[y*img.Stride+x] != 255*(1-v) {
						t.Fatalf("%s, %d by %d: the library has pixel %d,%d another way", desc, w, h, x, y)
					}
				}
			}
		}
		const mark = "000000000001"
		var six, aligned, flat, bare, marked, both faxWriter
		before := make([]byte, w)
		flat.bits(mark)
		for y, row := range rows {
			six.row(before, row)
			aligned.left = 0
			aligned.row(before, row)
			flat.flat(row)
			flat.bits(mark)
			bare.flat(row)
			marked.left = 4 // so that the mark ends with a byte
			if marked.data = append(marked.data, 0); y > 0 && rng.IntN(2) == 0 {
				marked.data = append(marked.data, 0)
			}
			marked.bits(mark)
			marked.flat(row)
			if both.bits(mark); y%4 == 0 {
				both.bits("1")
				both.flat(row)
			} else {
				both.bits("0")
				both.row(before, row)
			}
			before = row
		}
		library("T.6", six, ccitt.Group4, nil)
		library("T.6 by bytes", aligned, ccitt.Group4, &ccitt.Options{Align: true})
		same("T.6 without an end", six, faxForm{k: -1})
		six.bits(mark + mark)
		same("T.6", six, faxForm{k: -1})
		same("T.6 by bytes", aligned, faxForm{k: -1, byteAlign: true})
		for range 5 {
			flat.bits(mark)
		}
		library("T.4", flat, ccitt.Group3, nil)
		same("T.4", flat, faxForm{})
		same("T.4 without marks", bare, faxForm{})
		same("T.4 with marks by bytes", marked, faxForm{byteAlign: true, endOfLine: true})
		for range 6 {
			both.bits(mark + "1")
		}
		same("T.4 in two dimensions", both, faxForm{k: 4})
	}
}

// TestFaxEnds: what breaks off gives its rows, what is none gives an error.
func TestFaxEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 2))
	rows := faxPage(rng, 200, 50)
	var f faxWriter
	before := make([]byte, 200)
	for _, row := range rows {
		f.row(before, row)
		before = row
	}
	last := 0
	for n := range len(f.data) {
		img, y, err := readFax(f.data[:n], faxForm{k: -1, columns: 200, rows: 50})
		if err != nil || y < last || y > 50 {
			t.Fatalf("%d bytes: %d rows, %v", n, y, err)
		}
		last = y
		for i := range y {
			for x, v := range rows[i] {
				if img.row(i)[x>>3]>>(x&7)&1 != v {
					t.Fatalf("%d bytes: pixel %d,%d", n, x, i)
				}
			}
		}
	}
	if last < 40 {
		t.Errorf("%d rows", last)
	}
	for desc, form := range map[string]faxForm{
		"no mode": {k: -1, columns: 100, rows: 9}, "no run": {columns: 100, rows: 9}, "no mark": {k: 1, columns: 100, rows: 9},
		"no column": {k: -1, rows: 9}, "too many columns": {k: -1, columns: 1<<15 + 1, rows: 9},
	} {
		data := bytes.Repeat([]byte{0x01}, 50)
		if desc == "no mark" {
			data = bytes.Repeat([]byte{0x35}, 50)
		}
		if _, _, err := readFax(data, form); err == nil {
			t.Errorf("%s: no error", desc)
		}
	}
}

// FuzzFax: no bytes make the reader fail, and where the library reads all rows of T.6,
// it reads the same.
func FuzzFax(f *testing.F) {
	f.Add([]byte{0xff, 0x35, 0x12}, -1, 40, 10, false)
	f.Add([]byte{0x23, 0x86, 0xb8, 0x28, 0, 0, 0, 0}, -1, 39, 3, false) // a change before the row's beginning
	f.Add([]byte{0x00, 0x10, 0x35}, 0, 100, 3, true)
	f.Add([]byte{0x00, 0x18, 0x35}, 2, 100, 3, false)
	f.Fuzz(func(t *testing.T, data []byte, k, w, h int, align bool) {
		w, h = 1+w&1023, 1+h&63
		img, n, err := readFax(data, faxForm{k: k, columns: w, rows: h, byteAlign: align})
		if k >= 0 || err == nil && n < h {
			return
		}
		g := image.NewGray(image.Rect(0, 0, w, h))
		z := ccitt.NewReader(bytes.NewReader(data), ccitt.MSB, ccitt.Group4, w, h, &ccitt.Options{Align: align})
		line := make([]byte, (w+7)/8)
		for y := range h {
			if _, e := z.Read(line); e != nil {
				if err == nil && y < h-1 {
					t.Fatalf("row %d of %d: %v", y, h, e)
				}
				return
			}
			if err != nil {
				continue
			}
			for x := range w {
				if dark := img.row(y)[x>>3]>>(x&7)&1 == 1; dark == (line[x>>3]<<(x&7)>>7 == 1) {
					t.Fatalf("pixel %d,%d of %v", x, y, g.Rect)
				}
			}
		}
		if err != nil {
			t.Fatalf("%v where the library reads on", err)
		}
	})
}

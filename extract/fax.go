package extract

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Scanned pages as fax machines pack them (ITU-T T.4 and T.6). They stay bits: most of
// a page is paper, and a byte for each of its nine million pixels is what took the time.

// faxForm says how a picture is packed (ISO 32000-1 §7.4.6).
type faxForm struct {
	k         int  // below 0: T.6; 0: T.4 in one dimension; above: in both
	columns   int  // of a row
	rows      int  // that are wanted
	byteAlign bool // each row begins with a byte
	endOfLine bool // marks of line ends are there
}

const (
	faxMostColumns = 1 << 15
	faxPass        = 7 // modes of T.6 beside those that say how far a change has moved
	faxHorizontal  = 8
	faxModeBits    = 7
	faxRunBits     = 13
)

var (
	errFax    = errors.New("no rows of a fax")
	errFaxEnd = errors.New("a fax ends")
)

// faxCode is what a code means, and how many bits it has; 0 for none.
type faxCode struct {
	value int16
	bits  uint8
}

// The codes of T.4 tables 2 and 3 and T.6 table 1, in the order of what they mean:
// runs from 0 to 63, then by 64 to 1728, then those for both colours.
const (
	faxWhite = `00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101
		101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010
		00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010
		00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100
		11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 011010100 011010101
		011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 011000 010011011 `
	faxBlack = `0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000
		0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001
		000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111
		000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111
		0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100
		0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 0000001100100 0000001100101 `
	faxBoth  = `00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 000000011100 000000011101 000000011110 000000011111`
	faxModes = `0000010 000010 010 1 011 000011 0000011 0001 001` // -3 to 3, pass, horizontal
)

var (
	faxRuns  = [2][]faxCode{faxTable(faxWhite+faxBoth, faxRunBits, faxRun), faxTable(faxBlack+faxBoth, faxRunBits, faxRun)}
	faxModed = faxTable(faxModes, faxModeBits, func(i int) int {
		if i < 7 {
			return i - 3
		}
		return i
	})
)

// faxRun is the length of the run that the i-th code of a colour means.
func faxRun(i int) int {
	if i < 64 {
		return i
	}
	return (i - 63) * 64
}

// faxTable has what each so many bits begin with.
func faxTable(codes string, most int, meaning func(i int) int) []faxCode {
	table := make([]faxCode, 1<<most)
	for i, code := range strings.Fields(codes) {
		first := 0
		for _, c := range code {
			first = first<<1 | int(c-'0')
		}
		rest := most - len(code)
		for j := range 1 << rest {
			table[first<<rest|j] = faxCode{int16(meaning(i)), uint8(len(code))}
		}
	}
	return table
}

// faxReader reads rows one after another.
type faxReader struct {
	faxForm
	data []byte
	at   int // bits read
	// Where the colour changes in the row before and in this one; behind the last
	// change the number of columns, three times.
	before, row []int32
}

// readFax gives the rows of a fax as bits, dark where it is black, and how many of
// them there are: one that breaks off has fewer than are wanted.
func readFax(data []byte, form faxForm) (*blackWhite, int, error) {
	if form.columns < 1 || form.columns > faxMostColumns {
		return nil, 0, errFax
	}
	f := faxReader{faxForm: form, data: data}
	f.row = f.end(f.row)
	img := newBlackWhite(form.columns, form.rows)
	for y := range form.rows {
		f.before, f.row = f.row, f.before[:0]
		switch err := f.next(); {
		case errors.Is(err, errFaxEnd):
			return img, y, nil
		case err != nil:
			return nil, y, err
		}
		line := img.row(y)
		for i := 0; int(f.row[i]) < f.columns; i += 2 {
			darken(line, int(f.row[i]), int(f.row[i+1]))
		}
	}
	return img, form.rows, nil
}

// end puts the marks of a row's end.
func (f *faxReader) end(row []int32) []int32 {
	n := int32(f.columns)
	return append(row, n, n, n)
}

// peek gives the next 32 bits, zeros behind the last.
func (f *faxReader) peek() uint32 {
	i := f.at >> 3
	if i+8 <= len(f.data) {
		return uint32(binary.BigEndian.Uint64(f.data[i:]) << (f.at & 7) >> 32)
	}
	var rest [8]byte
	copy(rest[:], f.data[min(i, len(f.data)):])
	return uint32(binary.BigEndian.Uint64(rest[:]) << (f.at & 7) >> 32)
}

// code reads one of a table's codes.
func (f *faxReader) code(table []faxCode, most int) (int, error) {
	c := table[f.peek()>>(32-most)]
	left := len(f.data)*8 - f.at
	switch {
	case c.bits == 0 && left >= most:
		return 0, errFax
	case c.bits == 0, int(c.bits) > left:
		return 0, errFaxEnd
	}
	f.at += int(c.bits)
	return int(c.value), nil
}

// run reads a run of a colour.
func (f *faxReader) run(colour int) (int, error) {
	all := 0
	for {
		n, err := f.code(faxRuns[colour], faxRunBits)
		if err != nil {
			return 0, err
		}
		if all += n; all > f.columns {
			return 0, errFax
		}
		if n < 64 {
			return all, nil
		}
	}
}

// mark goes behind the mark of a line's end and the zeros that fill up before it, if
// one is next.
func (f *faxReader) mark() bool {
	const least = 11
	for zeros := 0; ; {
		bits := f.peek()
		if bits != 0 {
			n := 0
			for bits>>31 == 0 {
				bits, n = bits<<1, n+1
			}
			if zeros+n < least {
				return false
			}
			f.at += n + 1
			return true
		}
		if zeros += 32; f.at+32 >= len(f.data)*8 {
			return false
		}
		f.at += 32
	}
}

// align goes to the next byte.
func (f *faxReader) align() { f.at = (f.at + 7) &^ 7 }

// next reads a row.
func (f *faxReader) next() error {
	if f.k < 0 {
		if f.byteAlign {
			f.align()
		}
		if f.peek()>>20 == 1 { // the end of the block
			return errFaxEnd
		}
		return f.twoDimensions()
	}
	if f.byteAlign && !f.endOfLine {
		f.align()
	}
	marks, flat := 0, f.k == 0
	for f.mark() {
		if marks++; marks > 1 && (f.k == 0 || flat) {
			return errFaxEnd // of the page
		}
		if f.k > 0 {
			flat = f.peek()>>31 == 1
			f.at++
		}
	}
	switch {
	case f.k > 0 && marks == 0:
		if f.at+32 >= len(f.data)*8 {
			return errFaxEnd
		}
		return errFax
	case f.k == 0 && f.byteAlign:
		f.align()
	}
	if !flat {
		return f.twoDimensions()
	}
	for at, colour := 0, 0; at < f.columns; colour ^= 1 {
		n, err := f.run(colour)
		if err != nil {
			return err
		}
		if at += n; at > f.columns {
			return errFax
		}
		f.change(at)
	}
	f.row = f.end(f.row)
	return nil
}

// change notes that the colour is another one from a column on. A run of nothing
// between two changes is no change.
func (f *faxReader) change(at int) {
	switch n := len(f.row); {
	case n > 0 && int(f.row[n-1]) == at:
		f.row = f.row[:n-1]
	case at < f.columns:
		f.row = append(f.row, int32(at))
	}
}

// twoDimensions reads a row that is told by what differs from the one before (T.6 §2.2).
func (f *faxReader) twoDimensions() error {
	at, colour, i := -1, 0, 0
	for at < f.columns {
		mode, err := f.code(faxModed, faxModeBits)
		if err != nil {
			return err
		}
		// The next change of the row before, to the other colour.
		if i--; i < 0 || i&1 != colour {
			i++
		}
		if i&1 != colour {
			i++
		}
		for int(f.before[i]) <= at && int(f.before[i]) < f.columns {
			i += 2
		}
		switch mode {
		case faxPass:
			at = int(f.before[i+1])
		case faxHorizontal:
			at = max(at, 0)
			for c := range 2 {
				n, err := f.run(colour ^ c)
				if err != nil {
					return err
				}
				if at += n; at > f.columns {
					return errFax
				}
				f.change(at)
			}
		default:
			to := int(f.before[i]) + mode
			if to < max(at, 0) || to > f.columns {
				return errFax
			}
			at = to
			f.change(at)
			colour ^= 1
		}
	}
	f.row = f.end(f.row)
	return nil
}

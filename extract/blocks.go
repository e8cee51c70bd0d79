package extract

import (
	"image"
	"regexp"
	"strings"
)

// QR codes that are text: block elements (Unicode, U+2580 to U+259F), as programs print
// them on a terminal, two modules above one another in a character, or one in two beside one
// another.

const (
	blockRows  = 11  // lines of the smallest code
	blockMost  = 200 // lines and characters of the largest, with what is around it
	blockWide  = 4   // pixels of a character, which is twice as high
	blockQuiet = 16  // pixels around it
	blockCodes = 8   // of one text
	blockSigns = "█▀▄▌▐"
	blockFirst = "\xe2\x96" // with what all of them begin
)

// ansi is what colours text on a terminal (ECMA-48 §8.3.117).
var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// blocks searches the codes that lines of block elements are.
func (t *scan) blocks() {
	if !strings.Contains(t.s, blockFirst) || !t.p.wantsQR() {
		return
	}
	var lines [][]rune
	codes, from, at := 0, 0, 0
	end := func() {
		if len(lines) >= blockRows && codes < blockCodes && !t.p.done() {
			codes++
			t.blocksOf(lines, t.at(from))
		}
		lines = lines[:0]
	}
	for line := range strings.Lines(t.s) {
		row := blockLine(line)
		if row == nil || len(lines) >= blockMost {
			end()
		}
		if row != nil {
			if len(lines) == 0 {
				from = at
			}
			lines = append(lines, row)
		}
		at += len(line)
	}
	end()
}

// blockLine gives the characters of a line of block elements, nil for any other.
func blockLine(line string) []rune {
	if !strings.Contains(line, blockFirst) {
		return nil
	}
	if strings.IndexByte(line, 0x1b) >= 0 {
		line = ansi.ReplaceAllString(line, "")
	}
	for strings.HasPrefix(line, "> ") || strings.HasPrefix(line, ">>") { // of a message that is answered
		line = strings.TrimPrefix(line[1:], " ")
	}
	line = strings.TrimRight(line, " \u00a0\t\r\n")
	row := make([]rune, 0, len(line))
	signs := 0
	for _, r := range line {
		switch {
		case strings.ContainsRune(blockSigns, r):
			signs++
		case r == '\u00a0' || r == '\u2003' || r == '\u3000':
			r = ' '
		case r != ' ':
			return nil
		}
		if row = append(row, r); len(row) > blockMost {
			return nil
		}
	}
	if signs < 5 {
		return nil
	}
	return row
}

// blocksOf searches the code that lines are.
func (t *scan) blocksOf(lines [][]rune, pl Place) {
	wide, halves := 0, false
	for _, row := range lines {
		wide = max(wide, len(row))
		for _, r := range row {
			halves = halves || r == '▀' || r == '▄'
		}
	}
	unit := blockWide
	if !halves && wide < 3*len(lines)/2 { // a character for each module
		unit = 2 * blockWide
	}
	w, h := wide*unit+2*blockQuiet, len(lines)*2*blockWide+2*blockQuiet
	if int64(w*h) > t.p.pixelsLeft {
		t.p.unread(pl.Where, ReasonPixels, "a code of block elements")
		return
	}
	t.p.pixelsLeft -= int64(w * h)
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	fill := func(x, y, w, h int) {
		for ; h > 0; y, h = y+1, h-1 {
			clear(img.Pix[y*img.Stride+x:][:w])
		}
	}
	for y, row := range lines {
		for x, r := range row {
			x, y := blockQuiet+x*unit, blockQuiet+y*2*blockWide
			switch r {
			case '█':
				fill(x, y, unit, 2*blockWide)
			case '▀':
				fill(x, y, unit, blockWide)
			case '▄':
				fill(x, y+blockWide, unit, blockWide)
			case '▌':
				fill(x, y, unit/2, 2*blockWide)
			case '▐':
				fill(x+unit/2, y, unit/2, 2*blockWide)
			}
		}
	}
	t.p.codes(t.p.readDrawn(img), pl)
}

package extract

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
)

const (
	csvSniffed = 64 << 10 // bytes from which separated values are known
	maxCells   = 200_000  // of one file
)

// sniffCSV wants the name or the type of separated values, or three rows and more
// with the same two separators and more in each.
func sniffCSV(p *part) bool { return separator(p) != 0 }

// separator is what stands between the values of a file, 0 when it is none of
// separated values.
func separator(p *part) rune {
	b := p.data[:min(len(p.data), csvSniffed)]
	if isUTF16(b) {
		b = []byte(decodeText(b[:len(b)&^1]))
	} else if bytes.IndexByte(b, 0) >= 0 || bytes.IndexByte(b, 0x1b) >= 0 { // what was printed on a terminal
		return 0
	}
	if len(b) == csvSniffed {
		b = b[:bytes.LastIndexByte(b, '\n')+1]
	}
	named := p.ext() == ".csv" || p.ext() == ".tsv" || strings.HasPrefix(p.contentType, "text/csv") || strings.HasPrefix(p.contentType, "text/tab-separated-values")
	best, most := rune(0), 0
	for _, c := range ",;\t|" {
		rows, same, width := 0, true, 0
		r := newCSV(bytes.NewReader(b), c)
		for rows < 20 {
			cells, err := r.Read()
			if err != nil {
				break
			}
			if rows++; rows == 1 {
				width = len(cells)
			}
			same = same && len(cells) == width
		}
		if width > most && (named && width > 1 || same && rows >= 3 && width >= 3) {
			best, most = c, width
		}
	}
	return best
}

func newCSV(in io.Reader, comma rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = comma, true, -1, true
	return r
}

// extractCSV reads separated values (RFC 4180, and with semicolons, tabs and bars)
// cell by cell: exports of hiring systems and of LinkedIn. A cell's place is its
// row and the name of its column.
func extractCSV(p *part) {
	comma := separator(p)
	r := newCSV(strings.NewReader(strings.TrimPrefix(decodeText(p.data), "\uFEFF")), comma)
	var columns []string
	for row, cells := 1, 0; ; row++ {
		if p.done() {
			return
		}
		values, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.unread(p.where, ReasonMalformed, "row "+strconv.Itoa(row)+" cannot be told into values")
			return
		}
		if cells += len(values); cells > maxCells {
			p.limit(p.where, ReasonParts, "at most "+strconv.Itoa(maxCells)+" values")
			return
		}
		for i, v := range values {
			if row == 1 {
				columns = append(columns, cleanStep(strings.TrimSpace(strings.Clone(v))))
			}
			if len(v) < 8 || p.fetched && p.depth == 0 && !strings.Contains(v, "{") && !strings.Contains(v, "ey") {
				continue
			}
			step := "row " + strconv.Itoa(row)
			if row > 1 && i < len(columns) && columns[i] != "" {
				step += " " + columns[i]
			}
			pl := p.place(step)
			switch v = strings.Clone(v); {
			case p.candidate(v, pl, false):
			case p.root().fetched:
				p.text(v, pl)
			default:
				p.words(v, pl)
			}
		}
	}
}

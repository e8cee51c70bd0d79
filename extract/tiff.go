package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// A TIFF of several pages is what scanners and fax servers write: a chain of
// directories, each a picture (TIFF 6.0 §2). The decoder reads the first only, so
// it is given the file once for each, with that one's place in the header.

// tiffPage is a TIFF of which one directory is the first.
type tiffPage struct {
	*bytes.Reader
	head [8]byte
}

// ReadAt implements io.ReaderAt, which is all that the decoder asks for.
func (t tiffPage) ReadAt(b []byte, off int64) (int, error) {
	n, err := t.Reader.ReadAt(b, off)
	if off < int64(len(t.head)) && off >= 0 {
		copy(b[:n], t.head[off:])
	}
	return n, err
}

// tiffPages gives the directories of a TIFF in the order of their chain, at most
// so many; more says that the chain goes on, cut that it leads out of the file.
func tiffPages(data []byte, most int) (pages []tiffPage, more, cut bool) {
	if len(data) < 8 {
		return nil, false, true
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0 && !seen[at]; {
		if int64(at)+2 > int64(len(data)) {
			return pages, false, true
		}
		if len(pages) >= most {
			return pages, true, false
		}
		seen[at] = true
		page := tiffPage{Reader: bytes.NewReader(data)}
		copy(page.head[:], data)
		order.PutUint32(page.head[4:], at)
		pages = append(pages, page)
		next := int64(at) + 2 + 12*int64(order.Uint16(data[at:]))
		if next+4 > int64(len(data)) {
			return pages, false, true
		}
		at = order.Uint32(data[next:])
	}
	return pages, false, false
}

// qrTIFF searches every page of a TIFF for QR codes; which is not searched is told.
func (p *part) qrTIFF(pl Place) {
	pages, more, cut := tiffPages(p.data, p.limits.Pages)
	if more {
		p.unread(p.where, ReasonParts, fmt.Sprintf("at most %d pages", p.limits.Pages))
	}
	for i, page := range pages {
		if p.done() || !p.count(1) {
			return
		}
		at := pl
		if len(pages) > 1 {
			at.Where += " > page " + strconv.Itoa(i+1)
		}
		p.undecoded(at.Where, p.qrPixels("tiff", func() io.Reader { return page }, at))
	}
	if cut {
		p.unread(p.where, ReasonTruncated, "a page is missing")
	}
}

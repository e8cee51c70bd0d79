package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/bits"
	"strconv"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// TIFF (TIFF 6.0; its Technical Note 2 for JPEG), as scanners and fax servers write
// it: a chain of directories, each a picture of strips or tiles, which are unpacked
// row by row into shades of gray. A library would hold a strip, which may be the
// whole page, several times, and knows no JPEG inside.

// Tags of a directory.
const (
	tiffWidth       = 256
	tiffHeight      = 257
	tiffBits        = 258
	tiffCompression = 259
	tiffPhotometric = 262
	tiffFillOrder   = 266
	tiffStrips      = 273
	tiffSamples     = 277
	tiffRows        = 278
	tiffStripSizes  = 279
	tiffXResolution = 282
	tiffYResolution = 283
	tiffPlanar      = 284
	tiffFax         = 292
	tiffPredictor   = 317
	tiffColors      = 320
	tiffTileWidth   = 322
	tiffTileHeight  = 323
	tiffTiles       = 324
	tiffTileSizes   = 325
	tiffExtra       = 338
	tiffFormat      = 339
	tiffTables      = 347
	tiffSubsampling = 530
)

const (
	tiffMaxSide    = 1 << 16
	tiffMaxSamples = 8
	tiffDense      = 1040 * 8 // pixels that a byte can bear at most
)

// errForm is a form of picture that is not read.
var errForm = errors.New("a form of picture that is not read")

// tiffDirectory describes one picture.
type tiffDirectory struct {
	data    []byte
	order   binary.ByteOrder
	entries []byte
}

// values gives the bytes of a tag, and how many each of its numbers has; none where
// they are not in the file.
func (d tiffDirectory) values(tag uint16) (b []byte, size int) {
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if d.order.Uint16(e) != tag {
			continue
		}
		switch d.order.Uint16(e[2:]) {
		case 1, 7:
			size = 1
		case 3:
			size = 2
		case 4:
			size = 4
		default:
			return nil, 1 // no numbers of ours (TIFF 6.0 §2)
		}
		n := int64(d.order.Uint32(e[4:])) * int64(size)
		if n <= 4 {
			return e[8:][:n], size
		}
		if at := int64(d.order.Uint32(e[8:])); at+n <= int64(len(d.data)) {
			return d.data[at:][:n], size
		}
		break
	}
	return nil, 1
}

// at gives the i-th number of a tag; false where there is none.
func (d tiffDirectory) at(b []byte, size, i int) (int64, bool) {
	if (i+1)*size > len(b) {
		return 0, false
	}
	switch b = b[i*size:]; size {
	case 2:
		return int64(d.order.Uint16(b)), true
	case 4:
		return int64(d.order.Uint32(b)), true
	}
	return int64(b[0]), true
}

// first gives the first number of a tag, or what it is where there is none.
func (d tiffDirectory) first(tag uint16, otherwise int64) int64 {
	b, size := d.values(tag)
	if n, ok := d.at(b, size, 0); ok {
		return n
	}
	return otherwise
}

// pixel is how many times as high as wide a pixel is (TIFF 6.0 §8, XResolution and
// YResolution): twice in a fax of normal fineness.
func (d tiffDirectory) pixel() float64 {
	x, y := d.ratio(tiffXResolution), d.ratio(tiffYResolution)
	if !(x > 0 && y > 0) {
		return 1
	}
	return x / y
}

// ratio is the first number of a tag of fractions, 0 for none.
func (d tiffDirectory) ratio(tag uint16) float64 {
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if d.order.Uint16(e) != tag || d.order.Uint16(e[2:]) != 5 {
			continue
		}
		at := int64(d.order.Uint32(e[8:]))
		if at+8 > int64(len(d.data)) {
			return 0
		}
		over, under := d.order.Uint32(d.data[at:]), d.order.Uint32(d.data[at+4:])
		return float64(over) / max(1, float64(under))
	}
	return 0
}

// tiffPages gives the directories of a TIFF in the order of their chain, at most
// so many; more says that the chain goes on, cut that it leads out of the file.
func tiffPages(data []byte, most int) (pages []tiffDirectory, more, cut bool) {
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
		from := int64(at) + 2
		next := from + 12*int64(order.Uint16(data[at:]))
		pages = append(pages, tiffDirectory{data, order, data[from:min(next, int64(len(data)))]})
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
		p.undecoded(at.Where, p.qrPage(page, at))
	}
	if cut {
		p.unread(p.where, ReasonTruncated, "a page is missing")
	}
}

// tiffPicture is how the pixels of a page are packed.
type tiffPicture struct {
	tiffDirectory
	w, h        int
	wide, high  int // of a strip or tile
	compression int64
	photometric int64
	samples     int // of a pixel in a row
	planes      int // of strips, one for each colour
	predicted   bool
	tables      []byte // of JPEG
	alpha       int64  // 1 for premultiplied, 2 for not
	f           pdfSamples
}

// picture reads what is said of a page's pixels.
func (d tiffDirectory) picture() (t tiffPicture, err error) {
	t.tiffDirectory = d
	w, h := d.first(tiffWidth, 0), d.first(tiffHeight, 0)
	wide, high := d.first(tiffTileWidth, 0), d.first(tiffTileHeight, 0)
	if wide == 0 || high == 0 {
		wide, high = w, min(h, d.first(tiffRows, h))
	}
	if w == 0 || h == 0 || high == 0 {
		return t, errDamaged
	}
	t.w, t.h, t.wide, t.high = int(w), int(h), int(wide), int(high)
	t.compression, t.photometric = d.first(tiffCompression, 1), d.first(tiffPhotometric, 1)
	samples := d.first(tiffSamples, 1)
	apart := samples > 1 && d.first(tiffPlanar, 1) == 2
	t.tables, _ = d.values(tiffTables)
	t.f.bits, t.f.comps = int(d.first(tiffBits, 1)), 1
	switch d.first(tiffPredictor, 1) {
	case 1:
	case 2:
		t.predicted = true
	default:
		return t, errForm
	}
	if err := t.colours(); err != nil {
		return t, err
	}
	switch {
	case samples < int64(t.f.comps), samples > tiffMaxSamples, d.first(tiffFormat, 1) != 1,
		t.f.bits != 1 && t.f.bits != 2 && t.f.bits != 4 && t.f.bits != 8 && t.f.bits != 16,
		t.predicted && t.f.bits < 8, apart && t.f.comps == 4:
		return t, errForm
	}
	t.samples, t.planes = int(samples), 1
	if apart {
		t.samples, t.planes, t.f.comps = 1, t.f.comps, 1
	} else if extra := d.first(tiffExtra, 0); t.samples > t.f.comps && t.photometric != 6 && t.photometric != 8 {
		t.alpha = extra
	}
	return t, nil
}

// colours reads how the samples of a pixel are meant (TIFF 6.0 §4 to §6, §16, §21, §23).
func (t *tiffPicture) colours() error {
	switch t.photometric {
	case 0:
		t.f.invert = true
	case 1, 8: // black is zero; CIE L*a*b*, of which L
	case 2:
		t.f.comps = 3
	case 3:
		t.f.palette = t.palette()
	case 5:
		t.f.comps = 4
	case 6: // YCbCr, of which Y, but for pixels that have their colour in common
		if b, size := t.values(tiffSubsampling); t.compression != 7 {
			x, _ := t.at(b, size, 0)
			y, _ := t.at(b, size, 1)
			if x != 1 || y != 1 {
				return errForm
			}
		}
	default:
		return errForm
	}
	if t.f.comps < 3 || t.compression == 7 {
		t.f.comps = 1
	}
	return nil
}

// palette gives the shades of indexed colours.
func (d tiffDirectory) palette() []uint8 {
	b, size := d.values(tiffColors)
	n := min(len(b)/size/3, 256)
	shades := make([]uint8, n)
	for i := range shades {
		red, _ := d.at(b, size, i)
		green, _ := d.at(b, size, n+i)
		blue, _ := d.at(b, size, 2*n+i)
		shades[i] = luma(uint32(red), uint32(green), uint32(blue), 0xffff)
	}
	return shades
}

// qrPage searches one page. The error is that of what cannot be decoded; what can be is
// searched all the same.
func (p *part) qrPage(d tiffDirectory, pl Place) error {
	t, err := d.picture()
	if err != nil || t.w < pdfMinQR || t.h < pdfMinQR {
		return err
	}
	tooMany := func() error {
		p.unread(pl.Where, ReasonPixels, fmt.Sprintf("%d by %d pixels are not searched for QR codes", t.w, t.h))
		return nil
	}
	if max(t.w, t.h, t.wide, t.high) > tiffMaxSide {
		return tooMany()
	}
	across, down := (t.w+t.wide-1)/t.wide, (t.h+t.high-1)/t.high
	n := int64(across*t.wide) * int64(down*t.high)
	if n > maxPixels || n > p.pixelsLeft {
		return tooMany()
	}
	if n > tiffDense*int64(len(p.data)) {
		return io.ErrUnexpectedEOF
	}
	p.pixelsLeft -= n
	places, place := d.values(tiffStrips)
	sizes, size := d.values(tiffStripSizes)
	if d.first(tiffTileWidth, 0) > 0 {
		places, place = d.values(tiffTiles)
		sizes, size = d.values(tiffTileSizes)
	}
	img := image.NewGray(image.Rect(0, 0, t.w, t.h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	var broken error
	for i := range across * down * t.planes {
		if p.done() {
			return nil
		}
		at, ok := d.at(places, place, i)
		n, has := d.at(sizes, size, i)
		if !has && across*down == 1 {
			n, has = int64(len(p.data))-at, true // some do not say how long their only strip is
		}
		if !ok || !has || n < 0 || at >= int64(len(p.data)) {
			broken = io.ErrUnexpectedEOF
			break
		}
		b := p.data[at:min(at+n, int64(len(p.data)))]
		cell := i % (across * down)
		if err := t.cell(img, b, cell%across*t.wide, cell/across*t.high); err != nil && broken == nil {
			broken = err
		}
		if errors.Is(broken, errForm) {
			return broken
		}
	}
	p.qrOf(img, d.pixel(), pl)
	return broken
}

// cell puts what a strip or tile unpacks to into img.
func (t *tiffPicture) cell(img *image.Gray, b []byte, x0, y0 int) error {
	w, rows := min(t.wide, t.w-x0), min(t.high, t.h-y0)
	if t.compression == 7 {
		return t.jpeg(img.SubImage(image.Rect(x0, y0, x0+w, y0+rows)).(*image.Gray), b)
	}
	r, err := t.unpack(b, min(t.high, t.h-y0))
	if err != nil {
		return err
	}
	row := make([]byte, (t.wide*t.samples*t.f.bits+7)/8)
	shades := make([]uint8, w)
	for y := range rows {
		if _, err := io.ReadFull(r, row); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		t.undo(row)
		t.shade(row, shades)
		for x, v := range img.Pix[(y0+y)*img.Stride+x0:][:w] {
			// Of planes the darkest: what is white is white in each.
			img.Pix[(y0+y)*img.Stride+x0+x] = min(v, shades[x])
		}
	}
	return nil
}

// unpack gives the rows of a strip or tile.
func (t *tiffPicture) unpack(b []byte, rows int) (io.Reader, error) {
	turned := t.first(tiffFillOrder, 1) == 2
	in := io.Reader(bytes.NewReader(b))
	order := ccitt.MSB
	if turned {
		order = ccitt.LSB
	}
	switch t.compression {
	case 1:
	case 3, 4:
		if t.samples != 1 || t.f.bits != 1 {
			return nil, errForm
		}
		form := ccitt.Group4
		if t.compression == 3 {
			if form = ccitt.Group3; t.first(tiffFax, 0)&5 != 0 {
				return nil, errForm // of two dimensions, or filled up to whole bytes
			}
		}
		// A white run is of zeros, whatever they mean.
		return ccitt.NewReader(in, order, form, t.wide, rows, &ccitt.Options{Invert: true}), nil
	case 5:
		return lzw.NewReader(in, lzw.MSB, 8), nil
	case 8, 32946:
		return zlib.NewReader(in)
	case 32773:
		return &packBits{b: b}, nil
	default:
		return nil, errForm
	}
	if turned {
		b = bytes.Clone(b)
		for i, v := range b {
			b[i] = bits.Reverse8(v)
		}
		in = bytes.NewReader(b)
	}
	return in, nil
}

// undo makes of the differences in a row its samples again, and of 16 bits the high
// byte first.
func (t *tiffPicture) undo(row []byte) {
	if t.f.bits == 16 {
		for i := 0; i+1 < len(row); i += 2 {
			v := t.order.Uint16(row[i:])
			if t.predicted && i >= 2*t.samples {
				v += binary.BigEndian.Uint16(row[i-2*t.samples:])
			}
			binary.BigEndian.PutUint16(row[i:], v)
		}
		return
	}
	for i := t.samples; t.predicted && i < len(row); i++ {
		row[i] += row[i-t.samples]
	}
}

// shade makes shades of gray of a row.
func (t *tiffPicture) shade(row []byte, out []uint8) {
	if t.samples == t.f.comps {
		t.f.gray(row, out)
		return
	}
	bytewise := t.f.bits == 8 && t.f.palette == nil && !t.f.invert
	for x := range out {
		sum := 0
		for c := range t.f.comps {
			if i := x*t.samples + c; bytewise {
				sum += int(row[i])
			} else {
				sum += t.f.sample(row, i)
			}
		}
		v := sum / t.f.comps
		if t.f.comps == 4 {
			v = max(0, 255-sum)
		}
		if t.alpha != 0 {
			a := t.f.sample(row, x*t.samples+t.f.comps)
			if t.f.invert {
				a = 255 - a
			}
			if t.alpha == 2 {
				v = v * a / 255
			}
			v = min(255, v+255-a) // on white
		}
		out[x] = uint8(v)
	}
}

// jpeg decodes a strip or tile that is a JPEG, with the tables that all of them have
// in common.
func (t *tiffPicture) jpeg(cell *image.Gray, b []byte) error {
	if len(t.tables) > 4 && len(b) > 2 { // but for the mark of their end, and of its beginning
		b = append(append(make([]byte, 0, len(t.tables)+len(b)), t.tables[:len(t.tables)-2]...), b[2:]...)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return err
	}
	if c.Width > t.wide+16 || c.Height > t.high+16 || progressive(b) {
		return errForm
	}
	img, err := decodeJPEG(b, false)
	if err != nil {
		return err
	}
	g := grayOf(img)
	for y := range min(g.Rect.Dy(), cell.Rect.Dy()) {
		for x, v := range g.Pix[y*g.Stride:][:min(g.Rect.Dx(), cell.Rect.Dx())] {
			if t.f.invert {
				v = 255 - v
			}
			cell.Pix[y*cell.Stride+x] = min(v, cell.Pix[y*cell.Stride+x])
		}
	}
	return nil
}

// packBits unpacks runs of bytes (TIFF 6.0 §9).
type packBits struct {
	b    []byte
	run  int // bytes of it that are left
	same bool
}

// Read implements io.Reader.
func (p *packBits) Read(out []byte) (n int, err error) {
	for n < len(out) {
		if p.run == 0 {
			if len(p.b) < 2 {
				break
			}
			c := int(int8(p.b[0]))
			p.b = p.b[1:]
			switch {
			case c >= 0:
				p.run, p.same = min(c+1, len(p.b)), false
			case c > -128:
				p.run, p.same = 1-c, true
			default:
				continue
			}
		}
		if p.same {
			out[n] = p.b[0]
		} else {
			out[n], p.b = p.b[0], p.b[1:]
		}
		n++
		if p.run--; p.run == 0 && p.same {
			p.b = p.b[1:]
		}
	}
	if n == 0 && len(out) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

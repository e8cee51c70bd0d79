package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/bits"
	"slices"
	"sync"

	"github.com/makiuchi-d/gozxing"
	multiqr "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// decoders of pixels, by carrier.
var decoders = map[string]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// dense is how many pixels a byte of the format can bear at most: a file
	// that claims more is cut off or lies, and is not given the memory.
	dense int64
}{
	"png":  {png.DecodeConfig, png.Decode, 1040 * 8},
	"jpeg": {jpeg.DecodeConfig, decodeJPEGFrom, 64 * 8},
	"gif":  {gif.DecodeConfig, gif.Decode, 3000},
	"webp": {webp.DecodeConfig, webp.Decode, 1 << 14},
	"bmp":  {bmp.DecodeConfig, bmp.Decode, 8},
}

// qrImage searches the pixels of the part itself for QR codes, if it is to be
// done at all. A picture that is not searched is told.
func (p *part) qrImage(pl Place) {
	if !p.wantsQR() || p.done() {
		return
	}
	kind := p.carrier
	if kind == "picture" {
		switch {
		case bytes.HasPrefix(p.data, []byte("BM")):
			kind = "bmp"
		case bytes.HasPrefix(p.data, []byte("II*\x00")), bytes.HasPrefix(p.data, []byte("MM\x00*")):
			kind = "tiff"
		}
	}
	if kind == "tiff" {
		p.qrTIFF(pl)
		return
	}
	if _, ok := decoders[kind]; !ok {
		p.unread(p.where, ReasonUnknown, "its pixels are not searched for QR codes")
		return
	}
	p.undecoded(pl.Where, p.qrPixels(kind, func() io.Reader { return bytes.NewReader(p.data) }, pl))
}

// qrPixels searches the picture that open gives from its beginning. The error is
// that of a picture that cannot be decoded.
func (p *part) qrPixels(kind string, open func() io.Reader, pl Place) error {
	d := decoders[kind]
	c, err := d.config(open())
	if err != nil || c.Width < 21 || c.Height < 21 { // a QR code has 21 modules at least
		return err
	}
	n := int64(c.Width) * int64(c.Height)
	if n > maxPixels || n > p.pixelsLeft || deep(c.ColorModel) && n > maxPixels/2 {
		p.unread(pl.Where, ReasonPixels, fmt.Sprintf("%d by %d pixels are not searched for QR codes", c.Width, c.Height))
		return nil
	}
	if n > d.dense*int64(len(p.data)) {
		return io.ErrUnexpectedEOF
	}
	p.pixelsLeft -= n
	img, err := d.decode(open())
	if err != nil {
		return err
	}
	p.qr(img, pl)
	return nil
}

func deep(m color.Model) bool {
	return m == color.RGBA64Model || m == color.NRGBA64Model
}

// maxCodes is how many QR codes of one picture are read.
const maxCodes = 16

// searchedWhole is how many pixels a picture has at most that is searched in one size.
const searchedWhole = 1_000_000

// readQR gives what the QR codes of img say. It tries the picture as it is,
// then inverted, enlarged, and reduced; and it gives up on pictures with so
// many things like finder patterns that matching them would take long.
func (p *part) readQR(img image.Image) []string {
	g := flatten(img)
	if g == nil {
		return nil
	}
	defer g.done()
	return p.readSizes(g, nil)
}

// emptied is what was seen of a picture in which no code was found: as it is, half as
// large, and inverted.
type emptied struct {
	half                           *gray
	centers, centersHalf, inverted int
	lightHalf                      bool
}

// readSizes is readQR; what was searched before, in vain, is not searched again.
func (p *part) readSizes(g *gray, before *emptied) []string {
	var found []string
	s := searcher{p: p}
	add := func(texts []string) bool { // whether there is anything now
		for _, t := range texts {
			if !slices.Contains(found, t) && len(found) < maxCodes {
				found = append(found, t)
			}
		}
		return len(found) > 0
	}
	// From small to large: large pictures mostly have large modules, which are
	// as good at half the size. Every size is searched, for there may be codes
	// of several sizes; inverted ones are looked for at the smallest only.
	sizes := []*gray{g}
	defer func() {
		for _, size := range sizes[1:] {
			size.done()
		}
	}()
	half := func(size *gray) *gray {
		if size == g && before != nil {
			return before.half
		}
		return size.half()
	}
	for last := g; last.Width*last.Height > searchedWhole; sizes = append(sizes, last) {
		last = half(last)
	}
	smallest := sizes[len(sizes)-1]
	for _, size := range slices.Backward(sizes) {
		switch {
		case before != nil && size == g:
			s.centers += before.centers
		case before != nil && size == before.half:
			s.centers, s.light = s.centers+before.centersHalf, before.lightHalf
		default:
			add(s.search(size, false))
		}
		switch {
		case size != smallest || len(found) > 0:
		case before != nil && size == g:
			s.centers += before.inverted
		default:
			add(s.search(size, true))
		}
	}
	if len(found) > 0 {
		return found
	}
	if small := max(g.Width, g.Height) < 700; small {
		if add(s.larger(g)) {
			return found
		}
	} else if s.centers == 0 {
		return nil // nothing like a finder pattern anywhere
	}
	// Blur and noise go away in a smaller picture.
	for h := half(smallest); len(found) == 0 && h.Width >= 42 && h.Height >= 42 && h.Width >= smallest.Width/4; h = h.half() {
		if before == nil || h != before.half {
			add(s.search(h, false))
		}
		sizes = append(sizes, h)
	}
	return found
}

// larger searches a small picture as a larger one, where its modules could be too small.
func (s *searcher) larger(g *gray) []string {
	if m := g.unblended(); m != nil {
		defer m.done()
		if found := s.search(m, false); len(found) > 0 {
			return found
		}
	}
	if !s.busy(g) {
		return nil
	}
	d := g.double()
	defer d.done()
	if found := s.search(d, false); len(found) > 0 {
		return found
	}
	return s.search(d, true)
}

// readDrawn is readQR for what was drawn by us: sharp, and as fine as its modules ask
// for.
func (p *part) readDrawn(img *image.Gray) []string {
	g := flatten(img)
	if g == nil {
		return nil
	}
	defer g.done()
	s := searcher{p: p}
	before := &emptied{}
	found := s.search(g, false)
	if before.centers = s.centers; len(found) == 0 {
		found = s.search(g, true)
		before.inverted = s.centers - before.centers
	}
	// Dots, and cells that do not touch, are one where they are a pixel larger,
	// or where they were drawn finely, some more.
	for more, step := g, 1; step <= 3 && len(found) == 0; step += 2 {
		for range (step + 1) / 2 {
			larger := more.grown()
			if more != g {
				more.done()
			}
			more = larger
		}
		if found = s.search(more, false); step == 3 {
			more.done()
		}
	}
	if len(found) > 0 {
		return found
	}
	// Round cells run together where they are fewer pixels.
	so := s.centers
	before.half = g.half()
	defer before.half.done()
	found = s.search(before.half, false)
	before.centersHalf, before.lightHalf = s.centers-so, s.light
	if len(found) == 0 && s.centers > 0 {
		return p.readSizes(g, before)
	}
	return found
}

// grown is a picture whose dark parts are one pixel wider and higher.
func (g *gray) grown() *gray {
	n := newGray(g.Width, g.Height)
	w := g.Width
	for y := range g.Height {
		row := g.pix[y*w:][:w]
		above := g.pix[max(0, y-1)*w:][:w]
		out := n.pix[y*w:][:w]
		x, before := 0, uint64(255) // what is left of the eight
		for ; x+8 <= w; x += 8 {
			both := binary.LittleEndian.Uint64(row[x:])
			if up := binary.LittleEndian.Uint64(above[x:]); up != both {
				both = darker(both, up)
			}
			darkest := both
			if left := both<<8 | before; left != both {
				darkest = darker(both, left)
			}
			binary.LittleEndian.PutUint64(out[x:], darkest)
			before = both >> 56
		}
		for ; x < w; x++ {
			out[x] = min(row[x], above[x], row[max(0, x-1)], above[max(0, x-1)])
		}
	}
	return n
}

// gray is a picture in shades of gray. It is what gozxing searches. A large one of
// black and white is bits as long as no more is asked of it than whether there are
// three finder patterns, and to be made half as large.
type gray struct {
	gozxing.LuminanceSourceBase
	pix      []byte
	bits     *blackWhite // instead of pix
	fine     *blackWhite // of which bits are the half, and which is there as long
	borrowed bool        // the memory is a picture's that is still there
}

// newGray has pixels of any shade: all of them are to be painted.
func newGray(w, h int) *gray {
	return &gray{gozxing.LuminanceSourceBase{Width: w, Height: h}, pictureMemory(w * h), nil, nil, false}
}

// done gives the memory of g back; g is not used any more.
func (g *gray) done() {
	if g.pix != nil && !g.borrowed {
		giveBack(g.pix)
		g.pix = nil
	}
	if g.bits != nil {
		giveBack(g.bits.dark)
		g.bits = nil
	}
}

// pictures keeps the memory of those that were searched: every one is searched in
// several sizes, and fresh memory costs as much as the search.
var pictures [4 * 48]sync.Pool

// roomOf is the number of the room where pictures of about n bytes are kept, and how many
// those have at most: there are four between a power of two and the next.
func roomOf(n int) (room, most int) {
	n = max(n-1, 4)
	b := bits.Len(uint(n)) - 1
	quarter := n >> (b - 2)
	return 4*b + quarter&3, (quarter + 1) << (b - 2)
}

// pictureMemory gives n bytes with anything in them.
func pictureMemory(n int) []byte {
	if m := pictureKept(n); m != nil {
		return m
	}
	_, most := roomOf(n)
	if n > pictureRounded {
		most = n
	}
	return make([]byte, n, most)
}

// pictureKept is pictureMemory of what was used before; nil for none.
func pictureKept(n int) []byte {
	room, _ := roomOf(n)
	for i := range min(4, len(pictures)-room) { // up to twice as large
		if m, ok := pictures[room+i].Get().(*[]byte); ok && cap(*m) >= n {
			return (*m)[:n]
		}
	}
	return nil
}

// pictureRounded is up to how many bytes a picture has the memory of the largest in its room.
const pictureRounded = 1 << 20

// giveBack takes the memory of a picture that nobody looks at any more.
func giveBack(m []byte) {
	room, _ := roomOf(cap(m))
	pictures[room].Put(&m)
}

// framed is a picture in shades of gray that may stand within the margin that it is
// searched with: so it need not be copied there.
type framed struct {
	*image.Gray
	all *gray // with the margin; nil for one without
}

// newFramed has pixels of any shade, the margin too.
func newFramed(w, h int, margin bool) *framed {
	if !margin {
		return &framed{&image.Gray{Pix: pictureMemory(w * h), Stride: w, Rect: image.Rect(0, 0, w, h)}, nil}
	}
	g := newGray(w+2*quiet, h+2*quiet)
	g.borrowed = true
	return &framed{&image.Gray{Pix: g.pix[quiet*g.Width+quiet:], Stride: g.Width, Rect: image.Rect(0, 0, w, h)}, g}
}

// end makes the picture one of so many rows, which are as many as it has at most.
func (f *framed) end(rows int) {
	if f.Rect.Max.Y = rows; f.all != nil {
		f.all.Height = rows + 2*quiet
		f.all.pix = f.all.pix[:f.all.Width*f.all.Height]
	}
}

// pictureDone gives the memory of a picture of pdfPicture, or of what was drawn, back.
func pictureDone(img image.Image) {
	switch m := img.(type) {
	case *image.Gray:
		giveBack(m.Pix[:0])
	case *blackWhite:
		giveBack(m.dark[:0])
	case *framed:
		if m.all == nil {
			giveBack(m.Pix[:0])
		} else {
			giveBack(m.all.pix[:0])
		}
	}
}

// whole has a byte for each pixel.
func (g *gray) whole() *gray {
	if g.bits == nil {
		return g
	}
	if g.fine != nil {
		return g.fine.inHalf() // it has shades between
	}
	n := newGray(g.Width, g.Height)
	for y := range g.Height {
		lighten(g.bits.row(y), n.pix[y*g.Width:][:g.Width])
	}
	return n
}

// GetRow implements gozxing.LuminanceSource.
func (g *gray) GetRow(y int, row []byte) ([]byte, error) {
	if y < 0 || y >= g.Height {
		return row, fmt.Errorf("row %d of %d", y, g.Height)
	}
	return append(row[:0], g.pix[y*g.Width:(y+1)*g.Width]...), nil
}

// GetMatrix implements gozxing.LuminanceSource.
func (g *gray) GetMatrix() []byte { return g.pix }

// Invert implements gozxing.LuminanceSource.
func (g *gray) Invert() gozxing.LuminanceSource { return g.inverted() }

// String implements gozxing.LuminanceSource.
func (g *gray) String() string { return fmt.Sprintf("gray %dx%d", g.Width, g.Height) }

func (g *gray) inverted() *gray {
	n := newGray(g.Width, g.Height)
	i := 0
	for ; i+8 <= len(n.pix); i += 8 {
		binary.LittleEndian.PutUint64(n.pix[i:], ^binary.LittleEndian.Uint64(g.pix[i:]))
	}
	for ; i < len(n.pix); i++ {
		n.pix[i] = ^g.pix[i]
	}
	return n
}

func (g *gray) double() *gray {
	n := newGray(2*g.Width, 2*g.Height)
	for y := range g.Height {
		// Between the rows and columns of the old ones the mean of both.
		row, below := g.pix[y*g.Width:][:g.Width], g.pix[min(y+1, g.Height-1)*g.Width:][:g.Width]
		out, between := n.pix[2*y*n.Width:][:n.Width], n.pix[(2*y+1)*n.Width:][:n.Width]
		x := 0
		for ; x+5 <= len(row) && x+5 <= len(below); x += 4 { // four at once, a lane for each
			a, b := spread(binary.LittleEndian.Uint32(row[x:])), spread(binary.LittleEndian.Uint32(row[x+1:]))
			c, d := spread(binary.LittleEndian.Uint32(below[x:])), spread(binary.LittleEndian.Uint32(below[x+1:]))
			binary.LittleEndian.PutUint64(out[2*x:], a|(a+b)>>1&evenBytes<<8)
			binary.LittleEndian.PutUint64(between[2*x:], (a+c)>>1&evenBytes|(a+b+c+d)>>2&evenBytes<<8)
		}
		for ; x < len(row); x++ {
			next := min(x+1, len(row)-1)
			a, b, c, d := int(row[x]), int(row[next]), int(below[x]), int(below[next])
			out[2*x], out[2*x+1] = byte(a), byte((a+b)/2)
			between[2*x], between[2*x+1] = byte((a+c)/2), byte((a+b+c+d)/4)
		}
	}
	return n
}

// spread gives each byte a lane of sixteen bits.
func spread(v uint32) uint64 {
	w := uint64(v)
	w = (w | w<<16) & 0x0000FFFF0000FFFF
	return (w | w<<8) & evenBytes
}

func (g *gray) half() *gray {
	switch w, h := g.Width/2, g.Height/2; {
	case g.fine != nil:
		return g.fine.quarter(w, h)
	case g.bits != nil && w*h > searchedWhole:
		b := g.bits.half()
		return &gray{gozxing.LuminanceSourceBase{Width: w, Height: h}, nil, b, g.bits, false}
	case g.bits != nil:
		return g.bits.inHalf()
	}
	n := newGray(g.Width/2, g.Height/2)
	for y := range n.Height {
		r, below := g.pix[2*y*g.Width:][:g.Width], g.pix[(2*y+1)*g.Width:][:g.Width]
		out := n.pix[y*n.Width:][:n.Width]
		x := 0
		for ; x+4 <= len(out) && 2*x+8 <= len(r); x += 4 { // four at once
			a, b := binary.LittleEndian.Uint64(r[2*x:]), binary.LittleEndian.Uint64(below[2*x:])
			if a&b == eightWhite {
				binary.LittleEndian.PutUint32(out[x:], 0xFFFFFFFF)
				continue
			}
			k := (a&evenBytes + a>>8&evenBytes + b&evenBytes + b>>8&evenBytes) >> 2 & evenBytes
			k = (k | k>>8) & 0x0000FFFF0000FFFF
			binary.LittleEndian.PutUint32(out[x:], uint32(k|k>>16))
		}
		for ; x < len(out); x++ {
			out[x] = byte((int(r[2*x]) + int(r[2*x+1]) + int(below[2*x]) + int(below[2*x+1])) / 4)
		}
	}
	return n
}

// quiet is the width of the margin that is put around every picture: a code
// needs four modules of space, and many are cropped to the edge (ISO/IEC 18004
// §5.3.8).
const quiet = 24

// eightWhite is eight white pixels.
const eightWhite = 0xFFFFFFFFFFFFFFFF

// flatten makes shades of gray of img, on white where it is transparent, with
// a margin.
func flatten(img image.Image) *gray {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= 0 || h <= 0 || int64(w)*int64(h) > maxPixels {
		return nil
	}
	if m, ok := img.(*blackWhite); ok && (w+2*quiet)*(h+2*quiet) > searchedWhole {
		b := paintedBlackWhite(w+2*quiet, h+2*quiet)
		clear(b.dark[:quiet*b.stride])
		clear(b.dark[(h+quiet)*b.stride:])
		for y := range h {
			row := b.row(y + quiet)
			clear(row[:quiet/8])
			clear(row[quiet/8+copy(row[quiet/8:], m.row(y)):])
		}
		return &gray{gozxing.LuminanceSourceBase{Width: b.w, Height: b.h}, nil, b, nil, false}
	}
	if m, ok := img.(*framed); ok && m.all != nil {
		m.all.frameOf(quiet, 255)
		return m.all
	} else if ok {
		img = m.Gray
	}
	g := newGray(w+2*quiet, h+2*quiet)
	g.frameOf(quiet, 255)
	row := func(y int) []byte { return g.pix[(y+quiet)*g.Width+quiet:][:w] }
	switch m := img.(type) {
	case *blackWhite:
		for y := range h {
			lighten(m.row(y), row(y))
		}
	case *image.Gray:
		for y := range h {
			copy(row(y), m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):][:w])
		}
	case *image.YCbCr:
		for y := range h {
			copy(row(y), m.Y[m.YOffset(b.Min.X, b.Min.Y+y):][:w])
		}
	case *image.Paletted:
		var lut [256]byte
		for i, c := range m.Palette {
			lut[i&255] = luma(c.RGBA())
		}
		for y := range h {
			out := row(y)
			for x, v := range m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):][:w] {
				out[x] = lut[v]
			}
		}
	case *image.RGBA:
		for y := range h {
			out, in := row(y), m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range out {
				q := in[4*x : 4*x+4]
				out[x] = byte((299*uint32(q[0])+587*uint32(q[1])+114*uint32(q[2]))/1000 + 255 - uint32(q[3]))
			}
		}
	case *image.NRGBA:
		for y := range h {
			out, in := row(y), m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range out {
				q := in[4*x : 4*x+4]
				l := (299*uint32(q[0]) + 587*uint32(q[1]) + 114*uint32(q[2])) / 1000
				out[x] = byte((l*uint32(q[3]) + 255*(255-uint32(q[3]))) / 255)
			}
		}
	default:
		for y := range h {
			out := row(y)
			for x := range out {
				out[x] = luma(img.At(b.Min.X+x, b.Min.Y+y).RGBA())
			}
		}
	}
	return g
}

// luma takes alpha-premultiplied 16-bit values and gives the shade on white.
func luma(r, g, b, a uint32) byte {
	return byte(((299*r+587*g+114*b)/1000 + 0xffff - a) >> 8)
}

// searcher reads QR codes from one gray picture after another.
type searcher struct {
	p       *part
	centers int  // things like finder patterns seen so far, over all searches
	light   bool // whether the picture that was searched last may have inverted ones
}

// Matching finder patterns takes the cube of their number.
const (
	maxCenters      = 300
	maxCentersMulti = 60
)

type tooManyCenters struct{}

// search gives what the codes of a picture say; of inverted ones after it was searched for
// others.
func (s *searcher) search(g *gray, invert bool) []string {
	if s.p.done() || g.Width < 21 || g.Height < 21 || invert && !s.light {
		return nil
	}
	if !invert {
		s.light = false
	}
	if g.bits != nil {
		// One shade between black and white parts it as every other does.
		if s.p.finder.set(g); !invert && s.centersOf() < 3 {
			s.centers += len(s.p.finder.found)
			return nil
		}
		g = g.whole()
		defer g.done()
	}
	if invert {
		g = g.inverted()
		defer g.done()
		g.frame(255)
	}
	var found []string
	for range maxCodes {
		text, corners, seen := s.next(g, false)
		if corners == nil && len(found) == 0 && seen < 3 && (seen > 0 || len(g.pix) < 500_000) {
			var more int
			text, corners, more = s.next(g, true)
			seen = max(seen, more)
		}
		if corners == nil {
			if seen >= 4 && seen <= maxCentersMulti {
				found = append(found, s.several(g)...)
			}
			return found
		}
		if text != "" {
			found = append(found, text)
		}
		if len(found) == 1 {
			n := newGray(g.Width, g.Height)
			defer n.done()
			copy(n.pix, g.pix)
			g = n
		}
		g.wipe(corners)
	}
	return found
}

// frame gives the margin one shade.
func (g *gray) frame(v byte) {
	m := min(quiet, g.Width/4, g.Height/4)
	g.frameOf(m, v)
}

// frameOf gives a margin of a width one shade.
func (g *gray) frameOf(m int, v byte) {
	fill(g.pix[:m*g.Width], v)
	fill(g.pix[len(g.pix)-m*g.Width:], v)
	// The end of a row and the beginning of the next are one piece.
	for y := m; m > 0 && y <= g.Height-m; y++ {
		copy(g.pix[y*g.Width-m:][:2*m], g.pix[:m*g.Width])
	}
}

func fill(b []byte, v byte) {
	if len(b) > 0 {
		b[0] = v
	}
	for n := 1; n < len(b); {
		n += copy(b[n:], b[:min(n, 4<<10)])
	}
}

// wipe paints over a code that was read.
func (g *gray) wipe(corners []gozxing.ResultPoint) {
	minX, minY, maxX, maxY := float64(g.Width), float64(g.Height), 0.0, 0.0
	for _, c := range corners {
		minX, maxX = min(minX, c.GetX()), max(maxX, c.GetX())
		minY, maxY = min(minY, c.GetY()), max(maxY, c.GetY())
	}
	// The points are centres of finder patterns, 3.5 modules from the edge of
	// at least 21.
	dx, dy := (maxX-minX)/4, (maxY-minY)/4
	x0, x1 := max(0, int(minX-dx)), min(g.Width, int(maxX+dx)+1)
	y0, y1 := max(0, int(minY-dy)), min(g.Height, int(maxY+dy)+1)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			g.pix[y*g.Width+x] = 255
		}
	}
}

func (s *searcher) hints(most int, seen *int) map[gozxing.DecodeHintType]any {
	return map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			*seen++
			s.centers++
			if *seen > most || *seen&15 == 0 && s.p.done() {
				panic(tooManyCenters{})
			}
		}),
	}
}

// gaveUp takes what ended a search by a panic: our own limit, or a fault of the
// library.
func (s *searcher) gaveUp(x any) {
	if _, ours := x.(tooManyCenters); !ours {
		s.p.failed(s.p.carrier, "the reader of QR codes failed")
	}
}

// next reads one code, with one line between dark and light for the whole picture or one
// for each part of it. gozxing is asked only where there are three finder patterns.
func (s *searcher) next(g *gray, global bool) (text string, corners []gozxing.ResultPoint, seen int) {
	defer func() {
		if x := recover(); x != nil {
			s.light = true
			s.gaveUp(x)
		}
	}()
	switch {
	case !s.p.finder.set(g):
		s.light = true
		if global {
			return s.one(g, gozxing.NewGlobalHistgramBinarizer(g))
		}
		return s.one(g, gozxing.NewHybridBinarizer(g))
	case !global:
		s.p.finder.local()
	case !s.p.finder.global():
		return "", nil, 0
	}
	if seen = s.centersOf(); seen < 3 {
		s.centers += seen
		return "", nil, seen
	}
	return s.one(g, parted{gozxing.NewHybridBinarizer(g), s.p.finder.matrix()})
}

// busy reports whether a picture could hold a code whose modules are too small for it.
func (s *searcher) busy(g *gray) bool {
	if s.centers > 0 || !s.p.finder.set(g) {
		return true
	}
	s.p.finder.local()
	return s.p.finder.busy()
}

func (s *searcher) centersOf() int {
	n := s.p.finder.centers()
	s.light = s.light || s.p.finder.light
	return n
}

func (s *searcher) one(g *gray, z gozxing.Binarizer) (text string, corners []gozxing.ResultPoint, seen int) {
	defer func() {
		if x := recover(); x != nil {
			text, corners = "", nil
			s.gaveUp(x)
		}
	}()
	bits, err := gozxing.NewBinaryBitmap(z)
	if err != nil {
		return "", nil, 0
	}
	r, err := qrcode.NewQRCodeReader().Decode(bits, s.hints(maxCenters, &seen))
	if err != nil || len(r.GetResultPoints()) < 3 {
		return "", nil, seen
	}
	return r.GetText(), r.GetResultPoints(), seen
}

// parted is a picture whose dark and light parts are known.
type parted struct {
	gozxing.Binarizer
	matrix *gozxing.BitMatrix
}

// GetBlackMatrix implements gozxing.Binarizer.
func (z parted) GetBlackMatrix() (*gozxing.BitMatrix, error) { return z.matrix, nil }

func (s *searcher) several(g *gray) (found []string) {
	defer func() {
		if x := recover(); x != nil {
			s.gaveUp(x)
		}
	}()
	z := gozxing.NewHybridBinarizer(g)
	if s.p.finder.set(g) {
		s.p.finder.local()
		z = parted{z, s.p.finder.matrix()}
	}
	bits, err := gozxing.NewBinaryBitmap(z)
	if err != nil {
		return nil
	}
	seen := 0
	all, err := multiqr.NewQRCodeMultiReader().DecodeMultiple(bits, s.hints(maxCentersMulti, &seen))
	if err != nil {
		return nil
	}
	for _, r := range all {
		if t := r.GetText(); t != "" {
			found = append(found, t)
		}
	}
	return found
}

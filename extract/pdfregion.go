package extract

import (
	"cmp"
	"hash/maphash"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"

	"assay/extract/pdf"
	"assay/extract/raster"
)

// QR codes that a page draws: as paths, in tiles of a pattern, in pictures of which
// none holds it whole (strips of a scanner, a picture for each module), and in inline
// images. What a page paints is looked through first; only where a code could be is
// it drawn, as finely as that takes, and searched.

const (
	pdfModule     = 5         // pixels of a module that is drawn
	pdfLeastDPI   = 150       // of what is drawn, where that costs little
	pdfRegion     = 4_000_000 // pixels of a region: a page of A4 at 200 dpi
	pdfTouch      = 0.75      // units between pictures that lie side by side
	pdfOpPixels   = 8         // what an operator costs, in pixels of the budget
	pdfCached     = 4 << 20   // bytes of content, and pixels of pictures, that are kept
	pdfDrawnEdges = 200       // edges of paths on a page that could hold a code
	pdfDecode     = 1024      // pixels that decoding a picture costs at least
	pdfSearch     = 16 << 10  // and searching it
	pdfMaxRegions = 16        // of a page
)

// pdfDrawn is what a page paints beside text, as it is noticed on the way.
type pdfDrawn struct {
	edges   int          // of paths
	other   bool         // inline images, or fills with a pattern
	squares []raster.Box // pictures
	// How many times as high as wide pictures are drawn whose pixels are no squares, by
	// their objects.
	stretched map[int]float64
	masks     []pdfMask                  // soft masks that could hold a code
	fonts     map[*pdf.Font]*pdfGlyphs   // whose glyphs are content streams
	known     map[pdfFontKey]*pdfGlyphs  // the same
	manyFonts bool                       // there were more
	glyphs    map[pdfFontKey]pdfGlyphUse // those of them that could be a code or its cells
	content   []byte                     // of a page that is worth looking through, where there is room for it
}

func (d *pdfDrawn) picture(x pdf.Node, m raster.Matrix) {
	if len(d.squares) >= 1000 {
		return
	}
	d.squares = append(d.squares, m.Square())
	aspect := pdfAspect(m)
	odd := stretched(pdfPixel(x, aspect))
	for _, key := range []string{"SMask", "Mask"} {
		odd = odd || stretched(pdfPixel(x.Key(key), aspect))
	}
	if num := x.Object(); odd && num != 0 {
		if d.stretched == nil {
			d.stretched = map[int]float64{}
		}
		d.stretched[num] = aspect
	}
}

// pdfAspect is how many times as high as wide m makes the unit square, 0 where that is
// not known.
func pdfAspect(m raster.Matrix) float64 {
	a := math.Hypot(m[2], m[3]) / math.Hypot(m[0], m[1])
	if !(a > 0) || math.IsInf(a, 0) {
		return 0
	}
	return a
}

// pdfPixel is how many times as high as wide the pixels of a picture are, which is drawn
// so many times as high as wide; 1 where that is not known.
func pdfPixel(n pdf.Node, aspect float64) float64 {
	w, _ := n.Key("Width").Num()
	h, _ := n.Key("Height").Num()
	if !(w >= 1 && h >= 1 && aspect > 0) {
		return 1
	}
	return aspect * w / h
}

// worth reports whether a page could hold a code that is not in one picture.
func (d *pdfDrawn) worth() bool {
	return d.cells() || d.other || d.edges >= pdfDrawnEdges || len(pdfSideBySide(d.squares)) > 0
}

// pdfSideBySide gives those of boxes that touch another along half of a side, by
// their numbers, those together that hang together.
func pdfSideBySide(boxes []raster.Box) [][]int {
	group := make([]int, len(boxes))
	for i := range group {
		group[i] = i
	}
	find := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]]
			i = group[i]
		}
		return i
	}
	order := make([]int, 0, len(boxes))
	for i, b := range boxes {
		if b.X1-b.X0 > 0 && b.Y1-b.Y0 > 0 && b.X1-b.X0 < 1e6 && b.Y1-b.Y0 < 1e6 { // NaN is not
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(boxes[i].X0, boxes[j].X0) })
	for k, i := range order {
		for _, j := range order[k+1:] {
			if boxes[j].X0 > boxes[i].X1+pdfTouch {
				break
			}
			if pdfTouching(boxes[i], boxes[j]) {
				group[find(i)] = find(j)
			}
		}
	}
	members := map[int][]int{}
	for _, i := range order {
		members[find(i)] = append(members[find(i)], i)
	}
	var out [][]int
	for _, i := range order {
		if m := members[find(i)]; len(m) > 1 && m[0] == i {
			slices.Sort(m)
			out = append(out, m)
		}
	}
	return out
}

func pdfTouching(a, b raster.Box) bool {
	wide, high := min(a.X1, b.X1)-max(a.X0, b.X0), min(a.Y1, b.Y1)-max(a.Y0, b.Y0)
	beside := math.Abs(wide) <= pdfTouch && high >= min(a.Y1-a.Y0, b.Y1-b.Y0)/2
	above := math.Abs(high) <= pdfTouch && wide >= min(a.X1-a.X0, b.X1-b.X0)/2
	return beside || above
}

// pdfCodes searches what one page draws.
type pdfCodes struct {
	w       *pdfWalk
	page    pdfPage
	here    string
	box     raster.Box // of the page
	hasBox  bool
	painter pdfPainter
	decoded map[int]*image.Gray
	cached  int  // pixels of decoded
	behind  bool // pictures behind it are drawn, too
	skipped bool // one was not
	where   string
	placed  []pdfPlaced  // pictures
	mask    *pdfMask     // that is searched in place of the page
	done    map[int]bool // those of them that were searched as parts of larger ones
}

// drawn searches what page draws; nil where that is nothing. rest searches the
// pictures that it places and that codesOf has not come upon.
func (w *pdfWalk) drawn(page pdfPage, number int) *pdfCodes {
	if !page.drawn.worth() {
		return &pdfCodes{w: w}
	}
	c := w.codesOn(page, number)
	c.box, c.hasBox = w.pageBox(page)
	c.search()
	return c
}

func (w *pdfWalk) codesOn(page pdfPage, number int) *pdfCodes {
	return &pdfCodes{w: w, page: page, here: "page " + strconv.Itoa(number), decoded: map[int]*image.Gray{}, done: map[int]bool{}}
}

// paint paints the page, or the mask in its place.
func (c *pdfCodes) paint(base raster.Matrix) {
	if c.mask != nil {
		c.mask.paint(&c.painter, base)
		return
	}
	c.painter.paint(c.page, base)
}

// search draws what could be codes, and searches it.
func (c *pdfCodes) search() {
	w := c.w
	w.d.looked++
	survey := &w.survey
	survey.Reset()
	w.clips.Reset()
	c.painter = pdfPainter{w: w, survey: survey, shows: c.picture, bytes: pdfMaxContent}
	c.paint(raster.Identity)
	c.placed, c.painter.survey = c.painter.placed, nil
	regions := pdfRegions(survey, &w.clips)
	for _, r := range regions {
		if c.where = "drawing"; c.mask != nil {
			c.where = "soft mask"
		}
		scale := max(pdfModule/r.Module, min(pdfLeastDPI/72.0, math.Sqrt(1e6/((r.X1-r.X0)*(r.Y1-r.Y0)))))
		if img, pl := c.draw(r.Box, scale, 2000); img != nil {
			w.d.p.codes(w.d.p.readDrawn(img), pl)
			pictureDone(img)
		}
	}
	c.together()
	if c.painter.cut || survey.Cut {
		w.d.unsearched(w.place(c.page, c.here).Where, ReasonPixels, "it draws more than is looked through")
	}
	if c.painter.undrawn {
		w.d.unsearched(w.place(c.page, c.here, "shading").Where, ReasonUnknown, "a shading of many cells")
	}
}

// pdfRegions gives the regions of what is painted, and behind them those of clips: any
// number of clips hides no code that is drawn.
func pdfRegions(painted, clips *raster.Survey) []raster.Region {
	out := painted.Regions()
	own := len(out)
	for _, r := range clips.Regions() {
		if slices.ContainsFunc(out[:own], func(f raster.Region) bool {
			return f.Module <= r.Module && f.X0 <= r.X0 && f.Y0 <= r.Y0 && f.X1 >= r.X1 && f.Y1 >= r.Y1
		}) {
			continue
		}
		if len(out) >= pdfMaxRegions {
			painted.Cut = true
			break
		}
		out = append(out, r)
	}
	painted.Cut = painted.Cut || clips.Cut
	return out
}

// rest searches inline images, and pictures that only tiles of patterns lead to.
func (c *pdfCodes) rest() {
	inline := 0
	for _, p := range c.placed {
		step := "pattern"
		if c.mask != nil {
			step = "soft mask"
		}
		if p.Object() == 0 {
			inline++
			step = "inline image " + strconv.Itoa(inline)
		}
		if p.grouped || !c.w.spend() || !c.w.first(p.Node, 0) {
			continue
		}
		pl := c.w.d.flagged(c.w.place(p.Node, c.here, step))
		if img := grayOf(c.w.picture(p.Node, pl.Where)); img != nil && c.first(img) {
			c.w.searched(img, pdfPixel(p.Node, pdfAspect(p.at)), pl)
		}
	}
}

// together searches pictures that lie side by side as one.
func (c *pdfCodes) together() {
	placed := c.placed
	boxes := make([]raster.Box, len(placed))
	for i := range placed {
		if boxes[i] = raster.NoBox; !placed[i].glyph {
			boxes[i] = placed[i].at.Square()
		}
	}
	for _, group := range pdfSideBySide(boxes) {
		all, finest := raster.NoBox, 0.0
		for _, i := range group {
			all = all.Add(boxes[i].X0, boxes[i].Y0).Add(boxes[i].X1, boxes[i].Y1)
			finest = max(finest, placed[i].fineness())
		}
		scale := min(finest, math.Sqrt(pdfRegion/((all.X1-all.X0)*(all.Y1-all.Y0))))
		c.where = "pictures"
		img, pl := c.draw(all, scale, raster.MaxSide)
		found := false
		if img != nil {
			found = c.w.d.p.qr(img, pl)
			pictureDone(img)
		}
		for _, i := range group {
			// One that was finer than it was drawn may hold a small code of its own.
			if found || placed[i].fineness() < 1.5*scale {
				placed[i].grouped = true
				if num := placed[i].Object(); num != 0 {
					c.done[num] = true
				}
			}
		}
	}
}

// fineness is how many pixels a picture has on a unit.
func (p *pdfPlaced) fineness() float64 {
	w, _ := p.Key("Width").Num()
	h, _ := p.Key("Height").Num()
	m := p.at
	f := max(w/math.Hypot(m[0], m[1]), h/math.Hypot(m[2], m[3]))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// draw draws a part of the page; nil for one that is too small, or too large for what
// is left of the budget.
func (c *pdfCodes) draw(b raster.Box, scale, most float64) (*image.Gray, Place) {
	if c.hasBox {
		b = raster.Box{X0: max(b.X0, c.box.X0), Y0: max(b.Y0, c.box.Y0), X1: min(b.X1, c.box.X1), Y1: min(b.Y1, c.box.Y1)}
	}
	side := max(b.X1-b.X0, b.Y1-b.Y0)
	scale = min(scale, most/side)
	w, h := math.Ceil((b.X1-b.X0)*scale), math.Ceil((b.Y1-b.Y0)*scale)
	if !(w >= pdfMinQR && h >= pdfMinQR) || c.w.d.p.done() {
		return nil, Place{}
	}
	pl := c.w.d.flagged(c.w.place(c.page, c.here, c.where))
	left := &c.w.d.p.pixelsLeft
	if int64(w*h) > *left {
		c.w.d.unsearched(pl.Where, ReasonPixels, "")
		return nil, pl
	}
	*left -= int64(w * h)
	c.w.d.regions++
	width, height := min(int(w), raster.MaxSide), min(int(h), raster.MaxSide)
	canvas := raster.On(pictureMemory(width*height), width, height)
	canvas.Work = int(min(raster.MaxWork, 4**left))
	before := canvas.Work
	c.painter.canvas, c.behind, c.skipped = canvas, false, false
	at := raster.Matrix{scale, 0, 0, -scale, -scale * b.X0, scale * b.Y1}
	c.paint(at)
	if c.skipped && flat(canvas.Gray) {
		c.behind = true // light on a dark picture
		c.paint(at)
	}
	*left -= int64(before-canvas.Work) / 4
	if canvas.Cut {
		c.w.d.unsearched(pl.Where, ReasonPixels, "")
	}
	c.painter.canvas = nil
	if !c.first(canvas.Gray) {
		pictureDone(canvas.Gray)
		return nil, pl
	}
	return canvas.Gray, pl
}

// first reports whether pixels were not searched before: what stands on every page is
// searched once.
func (c *pdfCodes) first(img *image.Gray) bool {
	w := img.Rect.Dx()
	var h maphash.Hash
	h.SetSeed(c.w.seed)
	maphash.WriteComparable(&h, w)
	for y := range img.Rect.Dy() {
		_, _ = h.Write(img.Pix[y*img.Stride:][:w]) // it never fails
	}
	sum := h.Sum64()
	if c.w.shown[sum] {
		return false
	}
	c.w.shown[sum] = true
	return true
}

// picture decodes one that the region shows. A picture many times as large as the
// region is what it is drawn on, and asked only where nothing is seen without it.
func (c *pdfCodes) picture(p pdfPlaced) (img, opacity *image.Gray) {
	b := p.at.Square()
	canvas := c.painter.canvas.Gray.Rect
	w, h := float64(canvas.Dx()), float64(canvas.Dy())
	if b.X1 <= 0 || b.Y1 <= 0 || b.X0 >= w || b.Y0 >= h {
		return nil, nil
	}
	if !c.behind && (b.X1-b.X0)*(b.Y1-b.Y0) > 4*w*h {
		c.skipped = true
		return nil, nil
	}
	img = c.decode(p.Node)
	switch mask := p.Key("Mask"); {
	case img == nil:
	case p.stencil:
		return nil, negative(img)
	case p.Key("SMask").IsStream():
		opacity = c.decode(p.Key("SMask"))
	case mask.IsStream():
		if m := c.decode(mask); m != nil {
			opacity = negative(m)
		}
	}
	return img, opacity
}

// decode gives the pixels of an image, which are kept where they are few.
func (c *pdfCodes) decode(n pdf.Node) *image.Gray {
	num := n.Object()
	if img, ok := c.decoded[num]; ok && num != 0 {
		return img
	}
	w := c.w
	where := w.place(c.page, c.here, c.where).Where
	img := grayOf(w.pixels(n, where, false))
	if img != nil && w.short != "" {
		w.d.unsearched(where, ReasonTruncated, w.short)
	}
	if img == nil {
		c.decoded[num] = nil
	} else if size := img.Rect.Dx() * img.Rect.Dy(); num != 0 && c.cached+size <= pdfCached {
		c.cached += size
		c.decoded[num] = img
	}
	return img
}

// pageBox is what is seen of a page: its crop box within its media box, both of
// which it may have from the nodes above it (ISO 32000-1 §14.11.2).
func (w *pdfWalk) pageBox(page pdfPage) (raster.Box, bool) {
	inherited := func(key string) (raster.Box, bool) {
		n := page.Node
		for range pdfMaxDepth {
			if b, ok := pdfBox(n.Key(key)); ok {
				return b, true
			}
			if n = n.Key("Parent"); n.Null() || !w.spend() {
				break
			}
		}
		return raster.NoBox, false
	}
	media, ok := inherited("MediaBox")
	if !ok {
		return media, false
	}
	if crop, ok := inherited("CropBox"); ok {
		both := raster.Box{X0: max(media.X0, crop.X0), Y0: max(media.Y0, crop.Y0), X1: min(media.X1, crop.X1), Y1: min(media.Y1, crop.Y1)}
		if both.X1 > both.X0 && both.Y1 > both.Y0 {
			return both, true
		}
	}
	return media, true
}

// grayOf gives a picture in shades of gray: the same memory, where it has them.
func grayOf(img image.Image) *image.Gray {
	switch m := img.(type) {
	case nil:
		return nil
	case *image.Gray:
		return m
	case *framed:
		return m.Gray
	case *blackWhite:
		return m.gray()
	case *image.YCbCr:
		return &image.Gray{Pix: m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y):], Stride: m.YStride, Rect: m.Rect}
	}
	b := img.Bounds()
	g := image.NewGray(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			g.SetGray(x, y, color.Gray{Y: luma(img.At(x, y).RGBA())})
		}
	}
	return g
}

// flat reports whether nothing can be told apart in a picture.
func flat(img *image.Gray) bool {
	return int(slices.Max(img.Pix))-int(slices.Min(img.Pix)) < 48
}

func negative(img *image.Gray) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	n := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x, v := range img.Pix[y*img.Stride:][:w] {
			n.Pix[y*n.Stride+x] = 255 - v
		}
	}
	return n
}

package extract

import (
	"bytes"
	"hash/maphash"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"strconv"
	"strings"

	"assay/extract/pdf"
)

// Pixels of a PDF's pictures, for QR codes only. Gray, RGB, CMYK, indexed and
// bilevel pictures are understood, packed by any filter of pdfDecode, as JPEG,
// or as fax; JPEG 2000 and JBIG2 are not.

const (
	pdfMinQR       = 21   // pixels of the smallest code
	maxProgressive = 10e6 // pixels of a JPEG that takes fifteen bytes for each
	pdfToldEach    = 4    // pictures that were not searched for one reason and are told one by one
)

// wantsQR gives the pages whose pictures are to be searched, by their numbers: all,
// or those that gave nothing which is a badge or may lead to one. What the
// document gave beside its pages (an attachment, metadata) stands for its page where
// it has one alone. A link that leads nowhere is not something found: a CV with a link to a profile has scanned certificates behind it.
func (d *pdfDoc) wantsQR(pages int) func(page int) bool {
	switch d.p.limits.QR {
	case QRAlways:
		return func(int) bool { return true }
	case QRAuto:
	default:
		return func(int) bool { return false }
	}
	found := map[int]bool{}
	for _, e := range d.p.findings {
		if e.Kind == KindLink && !e.Link.leads() {
			continue
		}
		for _, pl := range e.Places {
			rest, here := strings.CutPrefix(pl.Where, d.p.where+" > ")
			if !here {
				continue
			}
			name, _, _ := strings.Cut(rest, " > ")
			number, onPage := strings.CutPrefix(name, "page ")
			if n, err := strconv.Atoi(number); onPage && err == nil {
				found[n] = true
			} else if pages == 1 {
				found[1] = true
			}
		}
	}
	return func(page int) bool { return !found[page] }
}

// leads reports whether a link may give a badge when it is asked.
func (l *Link) leads() bool {
	return l.Class != ClassOther && !l.Portal && !l.Claim
}

// codes searches the pictures of all pages for QR codes.
func (w *pdfWalk) codes() {
	w.left, w.seen, w.shown = pdfMaxNodes, map[int]int{}, map[uint64]bool{}
	w.seed = maphash.MakeSeed()
	wants := w.d.wantsQR(len(w.pages))
	for i, page := range w.pages {
		if i >= w.d.p.limits.Pages || w.d.p.done() {
			return
		}
		if !wants(i + 1) {
			continue
		}
		w.d.asked++
		if page.drawn.manyFonts {
			w.d.unsearched(w.place(page, "page "+strconv.Itoa(i+1)).Where, ReasonParts, "more fonts of drawn glyphs than are looked at")
		}
		drawn := w.drawn(page, i+1)
		w.inGroups, w.stretched = drawn.done, page.drawn.stretched
		w.codesOf(page.resources(), "page "+strconv.Itoa(i+1), 0)
		annots := page.Key("Annots")
		for j := 0; j < annots.Len() && w.spend(); j++ {
			if n := pdfNormal(annots.Index(j)); n.IsStream() && w.first(n, 0) {
				w.codesOf(n.Key("Resources"), "page "+strconv.Itoa(i+1), 0)
			}
		}
		drawn.rest()
		for _, m := range page.drawn.masks {
			if w.first(m.group, 0) {
				w.inMask(page, i+1, m)
			}
		}
	}
}

func (w *pdfWalk) codesOf(resources pdf.Node, here string, depth int) {
	x := resources.Key("XObject")
	if depth > pdfMaxForms || !x.IsDict() {
		return
	}
	for _, key := range x.Keys() {
		o := x.Key(key)
		if !o.IsStream() || !w.spend() || w.inGroups[o.Object()] || !w.first(o, 0) {
			continue
		}
		switch o.Key("Subtype").Name() {
		case "Form":
			w.codesOf(o.Key("Resources"), here, depth+1)
		case "Image":
			pl := w.d.flagged(w.place(o, here, "image "+key))
			found := false
			if img := w.picture(o, pl.Where); img != nil {
				found = w.searched(img, pdfPixel(o, w.stretched[o.Object()]), pl)
				pictureDone(img)
			}
			for _, key := range []string{"SMask", "Mask"} {
				m := o.Key(key)
				if found || !m.IsStream() || !w.first(m, o.Object()) {
					continue
				}
				// The code may be in the transparency alone.
				if img := w.picture(m, pl.Where); img != nil {
					found = w.searched(img, pdfPixel(m, w.stretched[o.Object()]), pl)
					pictureDone(img)
				}
			}
		}
	}
}

// searched searches the picture that was decoded last, and tells where it gives nothing
// and breaks off.
func (w *pdfWalk) searched(img image.Image, ratio float64, pl Place) bool {
	short := w.short
	found := w.d.p.qrOf(img, ratio, pl)
	if !found && short != "" {
		w.d.unsearched(pl.Where, ReasonTruncated, short)
	}
	return found
}

// picture decodes an image XObject; nil when it is too small, and when it is too
// large for what is left of the budget, or cannot be decoded, which is told.
func (w *pdfWalk) picture(n pdf.Node, where string) image.Image {
	width, _ := n.Key("Width").Num()
	height, _ := n.Key("Height").Num()
	if !(width >= pdfMinQR && height >= pdfMinQR) {
		return nil
	}
	// However small, searching one takes its time.
	w.d.p.pixelsLeft -= max(0, pdfSearch-int64(width*height))
	return w.pixels(n, where, true)
}

// pixels decodes a picture of any size, with a margin where it is to be searched, or
// tells why not.
func (w *pdfWalk) pixels(n pdf.Node, where string, margin bool) image.Image {
	width, _ := n.Key("Width").Num()
	height, _ := n.Key("Height").Num()
	if !(width >= 1 && height >= 1) {
		return nil
	}
	if width > 1<<15 || height > 1<<15 || width*height > min(maxPixels, float64(w.d.p.pixelsLeft)) {
		w.d.unsearched(where, ReasonPixels, "")
		return nil
	}
	w.d.p.pixelsLeft -= max(int64(width*height), pdfDecode)
	img, reason, detail := pdfPicture(n, int(width), int(height), margin)
	if reason == ReasonUnknown { // none of it was decoded
		w.d.p.pixelsLeft += max(int64(width*height), pdfDecode) - pdfDecode
	}
	w.short = ""
	switch {
	case reason == "":
	case img == nil:
		w.d.unsearched(where, reason, detail)
	default:
		w.short = detail
	}
	return img
}

// unsearched tells of a picture whose pixels were not searched; of many for one
// reason the first, and how many more.
func (d *pdfDoc) unsearched(where string, reason Reason, detail string) {
	const why = "its pixels are not searched for QR codes"
	if detail = strings.TrimPrefix(detail+": "+why, ": "); d.dark == nil {
		d.dark = map[Unread]int{}
	}
	kind := Unread{Reason: reason, Detail: detail}
	if d.dark[kind]++; d.dark[kind] <= pdfToldEach {
		d.p.unread(where, reason, detail)
	}
}

// darkness tells how many more pictures were not searched than were told.
func (d *pdfDoc) darkness() {
	for kind, n := range d.dark {
		if n > pdfToldEach {
			more := " pictures more, "
			if n == pdfToldEach+1 {
				more = " picture more, "
			}
			d.p.unread(d.p.where, kind.Reason, strconv.Itoa(n-pdfToldEach)+more+kind.Detail)
		}
	}
}

// pdfPicture gives a picture in gray, or why there is none; both for one that ends before
// its last rows.
func pdfPicture(n pdf.Node, w, h int, margin bool) (image.Image, Reason, string) {
	f, known := pdfSamplesOf(n)
	stride := (w*max(f.comps, 1)*max(f.bits, 1) + 7) / 8
	r, filter, err := n.Samples(int64(stride) * int64(h))
	if err != nil {
		return nil, ReasonMalformed, "it cannot be unpacked"
	}
	switch filter {
	case "":
	case "DCTDecode", "DCT":
		return pdfJPEG(r, w*h, margin)
	case "CCITTFaxDecode", "CCF":
		return pdfFax(n, r, w, h, f.invert)
	default:
		return nil, ReasonUnknown, filter
	}
	if !known {
		return nil, ReasonUnknown, "colours of a kind that is not known"
	}
	flip, twoShades := f.blackWhite()
	if twoShades {
		return pdfBits(r, w, h, stride, flip)
	}
	img := newFramed(w, h, margin)
	line, y := make([]byte, stride), 0
	for ; y < h; y++ {
		if _, err := io.ReadFull(r, line); err != nil {
			break // broken off: what is there may hold the code
		}
		f.gray(line, img.Pix[y*img.Stride:y*img.Stride+w])
	}
	if y < min(pdfMinQR, h) {
		pictureDone(img)
		return nil, ReasonTruncated, ""
	}
	img.end(y)
	reason, detail := pdfRows(y, h)
	return img, reason, detail
}

// pdfBits reads the rows of a picture of black and white.
func pdfBits(r io.Reader, w, h, stride int, flip byte) (image.Image, Reason, string) {
	img := newBlackWhite(w, h)
	line, y := make([]byte, stride), 0
	for ; y < h; y++ {
		if _, err := io.ReadFull(r, line); err != nil {
			break
		}
		img.pack(y, line, flip)
	}
	if y < min(pdfMinQR, h) {
		return nil, ReasonTruncated, ""
	}
	img.narrow(w, y)
	reason, detail := pdfRows(y, h)
	return img, reason, detail
}

// pdfRows tells of a picture that breaks off behind some rows; nothing of one that lacks
// next to none, as some are written.
func pdfRows(have, want int) (Reason, string) {
	if want-have <= want/50 {
		return "", ""
	}
	return ReasonTruncated, "behind " + strconv.Itoa(have) + " of " + strconv.Itoa(want) + " rows"
}

// blackWhite reports whether samples are black or white and nothing else, and what makes
// dark ones set bits.
func (f *pdfSamples) blackWhite() (flip byte, ok bool) {
	if f.bits != 1 || f.comps != 1 {
		return 0, false
	}
	none, set := f.sample([]byte{0}, 0), f.sample([]byte{0x80}, 0)
	if none == 0 {
		flip = 0xFF
	}
	return flip, none+set == 255 && none*set == 0
}

// pdfJPEG decodes a picture that is a JPEG of about so many pixels.
func pdfJPEG(r io.Reader, pixels int, margin bool) (image.Image, Reason, string) {
	// What is no JPEG costs no memory: the head first, then the rest.
	soi := make([]byte, 2)
	if _, err := io.ReadFull(r, soi); err != nil || soi[0] != 0xFF || soi[1] != 0xD8 {
		return nil, ReasonMalformed, "JPEG"
	}
	r = io.MultiReader(bytes.NewReader(soi), r)
	var head bytes.Buffer
	c, err := jpeg.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, ReasonMalformed, "JPEG"
	}
	if _, err := head.ReadFrom(r); err != nil {
		return nil, ReasonMalformed, "it cannot be unpacked"
	}
	b := head.Bytes()
	switch {
	case c.Width*c.Height > 2*pixels, c.Width*c.Height > maxProgressive && progressive(b):
		return nil, ReasonPixels, ""
	}
	img, err := decodeJPEG(b, margin)
	if err != nil {
		return nil, ReasonMalformed, "JPEG"
	}
	return img, "", ""
}

// progressive reports whether a JPEG is decoded as a whole before its first pixel
// (ITU-T T.81 Annex G): that takes many times the memory.
func progressive(b []byte) bool {
	for i := 2; i+4 <= len(b) && b[i] == 0xFF; {
		switch m := b[i+1]; {
		case m == 0xFF:
			i++
			continue
		case m == 0xC2:
			return true
		case m == 0xDA:
			return false
		}
		i += 2 + int(b[i+2])<<8 + int(b[i+3])
	}
	return false
}

// pdfSamples is how a picture's samples are packed (ISO 32000-1 §8.9.5).
type pdfSamples struct {
	bits, comps int
	palette     []uint8       // gray values of an indexed picture
	invert      bool          // each sample
	shades      *[256][8]byte // of the pixels of each byte
}

// pdfSamplesOf reads an image dictionary; false when it is not understood.
func pdfSamplesOf(n pdf.Node) (f pdfSamples, ok bool) {
	f.bits = 8
	given, hasBits := n.Key("BitsPerComponent").Num()
	if hasBits {
		f.bits = int(given)
	}
	f.comps = 1
	if n.Key("ImageMask").IsTrue() || n.Key("ColorSpace").Null() {
		f.bits = max(1, min(f.bits, 8))
		if n.Key("BitsPerComponent").Null() {
			f.bits = 1
		}
	} else {
		f.comps, f.palette = pdfColors(n.Key("ColorSpace"), 0)
	}
	switch f.bits {
	case 1, 2, 4, 8, 16:
	default:
		return f, false
	}
	if v, ok := n.Key("Decode").Index(0).Num(); ok && v > 0.5 && f.palette == nil {
		f.invert = true
	}
	return f, f.comps > 0
}

// sample is the i-th sample of a row, as eight bits.
func (f *pdfSamples) sample(row []byte, i int) int {
	var v, top int
	switch f.bits {
	case 8:
		v = int(row[i])
	case 16:
		v = int(row[2*i])
	default:
		top = 1<<f.bits - 1
		v = int(row[i*f.bits/8]>>(8-f.bits-i*f.bits%8)) & top
	}
	if f.palette != nil {
		if v < len(f.palette) {
			return int(f.palette[v])
		}
		return 0
	}
	if top > 0 {
		v = v * 255 / top
	}
	if f.invert {
		v = 255 - v
	}
	return v
}

// gray turns a row of samples into a row of gray pixels.
func (f *pdfSamples) gray(row, out []byte) {
	switch {
	case f.comps == 1 && f.bits == 8 && f.palette == nil && !f.invert:
		copy(out, row)
	case f.comps == 1 && f.bits <= 8:
		each := 8 / f.bits // pixels of a byte
		if f.shades == nil {
			f.shades = new([256][8]byte)
			for v := range f.shades {
				for x := range each {
					f.shades[v][x] = byte(f.sample([]byte{byte(v)}, x))
				}
			}
		}
		if f.bits == 8 {
			for x, v := range row[:len(out)] {
				out[x] = f.shades[v][0]
			}
			return
		}
		for x := 0; x < len(out); x += each {
			copy(out[x:], f.shades[row[x/each]][:each])
		}
	case f.comps == 3 && f.bits == 8 && !f.invert:
		for x := range out {
			p := row[3*x : 3*x+3]
			out[x] = uint8((uint32(p[0]) + uint32(p[1]) + uint32(p[2])) / 3)
		}
	default:
		f.graySlow(row, out)
	}
}

// graySlow looks at each sample alone.
func (f *pdfSamples) graySlow(row, out []byte) {
	for x := range out {
		sum := 0
		for c := range f.comps {
			sum += f.sample(row, x*f.comps+c)
		}
		if f.comps == 4 { // CMYK, without the finer points
			out[x] = uint8(max(0, 255-sum))
		} else {
			out[x] = uint8(sum / f.comps)
		}
	}
}

// pdfColors gives the number of a color space's components, 0 when it is not
// understood, and the gray values of an indexed one.
func pdfColors(n pdf.Node, depth int) (comps int, palette []uint8) {
	name := n.Name()
	if name == "" {
		name = n.Index(0).Name()
	}
	switch name {
	case "DeviceGray", "CalGray", "G", "Separation":
		return 1, nil
	case "DeviceRGB", "CalRGB", "RGB", "Lab":
		return 3, nil
	case "DeviceCMYK", "CMYK":
		return 4, nil
	case "ICCBased":
		if v, ok := n.Index(1).Key("N").Num(); ok && (v == 1 || v == 3 || v == 4) {
			return int(v), nil
		}
	case "Indexed", "I":
		if depth > 0 {
			return 0, nil
		}
		base, _ := pdfColors(n.Index(1), 1)
		table := []byte(nil)
		if s, ok := n.Index(3).Str(); ok {
			table = []byte(s)
		} else if t := n.Index(3); t.IsStream() {
			table, _, _ = t.Data()
		}
		if base == 0 || len(table) < base {
			return 0, nil
		}
		for i := 0; i+base <= len(table) && len(palette) < 256; i += base {
			var g uint8
			switch base {
			case 1:
				g = table[i]
			case 3:
				g = color.GrayModel.Convert(color.RGBA{table[i], table[i+1], table[i+2], 255}).(color.Gray).Y
			default:
				r, gr, bl := color.CMYKToRGB(table[i], table[i+1], table[i+2], table[i+3])
				g = color.GrayModel.Convert(color.RGBA{r, gr, bl, 255}).(color.Gray).Y
			}
			palette = append(palette, g)
		}
		return 1, palette
	}
	return 0, nil
}

// pdfFax decodes a scanned page of CCITT group 3 or 4 (ISO 32000-1 §7.4.6).
func pdfFax(n pdf.Node, r io.Reader, w, h int, inverted bool) (image.Image, Reason, string) {
	parms := n.Key("DecodeParms")
	if parms.Len() > 0 {
		parms = parms.Index(parms.Len() - 1)
	}
	k, _ := parms.Key("K").Num()
	form := faxForm{k: int(k), columns: 1728, rows: h, byteAlign: parms.Key("EncodedByteAlign").IsTrue(), endOfLine: parms.Key("EndOfLine").IsTrue()}
	if c, ok := parms.Key("Columns").Num(); ok {
		form.columns = int(c)
	}
	data, err := io.ReadAll(r)
	if err != nil || form.columns < w {
		return nil, ReasonMalformed, "CCITTFaxDecode"
	}
	img, rows, err := readFax(data, form)
	switch {
	case err != nil:
		return nil, ReasonMalformed, "CCITTFaxDecode"
	case rows < min(pdfMinQR, h):
		return nil, ReasonTruncated, ""
	}
	// Black is 0 by itself, and 1 where BlackIs1 says so: as a sample, which Decode
	// may turn round again. What did not come is paper.
	img.narrow(w, h)
	if parms.Key("BlackIs1").IsTrue() != inverted {
		img.invert()
	}
	return img, "", ""
}

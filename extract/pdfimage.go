package extract

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strconv"

	"golang.org/x/image/ccitt"

	"assay/extract/pdf"
)

// Pixels of a PDF's pictures, for QR codes only. Gray, RGB, CMYK, indexed and
// bilevel pictures are understood, packed by any filter of pdfDecode, as JPEG,
// or as fax; JPEG 2000 and JBIG2 are not.

const (
	pdfMinQR   = 21   // pixels of the smallest code
	pdfMaxJPEG = 10e6 // pixels: a progressive one takes fifteen bytes for each
)

// wantsQR reports whether the pictures are to be searched: always, or when the
// document gave nothing that is or may lead to a badge.
func (d *pdfDoc) wantsQR() bool {
	switch d.p.limits.QR {
	case QRAlways:
		return true
	case QRAuto:
		for _, e := range d.p.findings {
			if e.Kind != KindLink || e.Link.Class != ClassOther {
				return false
			}
		}
		return true
	}
	return false
}

// codes searches the pictures of all pages for QR codes.
func (w *pdfWalk) codes() {
	w.left, w.seen = pdfMaxNodes, map[int]int{}
	for i, page := range w.pages {
		if i >= w.d.p.limits.Pages || w.d.p.done() {
			return
		}
		w.codesOf(page.resources(), "page "+strconv.Itoa(i+1), 0)
		annots := page.Key("Annots")
		for j := 0; j < annots.Len() && w.spend(); j++ {
			if n := annots.Index(j).Key("AP").Key("N"); n.IsStream() && w.first(n, 0) {
				w.codesOf(n.Key("Resources"), "page "+strconv.Itoa(i+1), 0)
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
		if !o.IsStream() || !w.spend() || !w.first(o, 0) {
			continue
		}
		switch o.Key("Subtype").Name() {
		case "Form":
			w.codesOf(o.Key("Resources"), here, depth+1)
		case "Image":
			pl := w.d.flagged(w.place(o, here, "image "+key))
			found := false
			if img := w.picture(o); img != nil {
				found = w.d.p.qr(img, pl)
			}
			if m := o.Key("SMask"); !found && m.IsStream() && w.first(m, o.Object()) {
				// The code may be in the transparency alone.
				if img := w.picture(m); img != nil {
					w.d.p.qr(img, pl)
				}
			}
		}
	}
}

// picture decodes an image XObject; nil when it is too large for what is left
// of the budget, too small, or of a kind that is not understood.
func (w *pdfWalk) picture(n pdf.Node) image.Image {
	width, _ := n.Key("Width").Num()
	height, _ := n.Key("Height").Num()
	most := min(maxPixels, float64(w.d.p.pixelsLeft))
	if !(width >= pdfMinQR && height >= pdfMinQR && width <= 1<<15 && height <= 1<<15 && width*height <= most) {
		return nil
	}
	return pdfPicture(n, int(width), int(height))
}

func pdfPicture(n pdf.Node, w, h int) image.Image {
	b, filter, err := n.Data()
	if err != nil {
		return nil
	}
	switch filter {
	case "":
	case "DCTDecode", "DCT":
		c, err := jpeg.DecodeConfig(bytes.NewReader(b))
		if err != nil || c.Width < pdfMinQR || c.Height < pdfMinQR || c.Width*c.Height > min(2*w*h, pdfMaxJPEG) {
			return nil
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			return nil
		}
		return img
	case "CCITTFaxDecode", "CCF":
		return pdfFax(n, b, w, h)
	default:
		return nil
	}
	f, ok := pdfSamplesOf(n)
	if !ok {
		return nil
	}
	stride := (w*f.comps*f.bits + 7) / 8
	if h > len(b)/stride { // broken off: what is there may hold the code
		h = len(b) / stride
		if h < pdfMinQR {
			return nil
		}
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		f.gray(b[y*stride:(y+1)*stride], img.Pix[y*img.Stride:y*img.Stride+w])
	}
	return img
}

// pdfSamples is how a picture's samples are packed (ISO 32000-1 §8.9.5).
type pdfSamples struct {
	bits, comps int
	palette     []uint8 // gray values of an indexed picture
	invert      bool    // each sample
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

// pdfFax decodes a scanned page of CCITT group 3 or 4.
func pdfFax(n pdf.Node, b []byte, w, h int) image.Image {
	parms := n.Key("DecodeParms")
	if parms.Len() > 0 {
		parms = parms.Index(parms.Len() - 1)
	}
	mode := ccitt.Group3
	if k, _ := parms.Key("K").Num(); k < 0 {
		mode = ccitt.Group4
	} else if k > 0 {
		return nil
	}
	if c, ok := parms.Key("Columns").Num(); ok && int(c) != w {
		return nil
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	err := ccitt.DecodeIntoGray(img, bytes.NewReader(b), ccitt.MSB, mode, &ccitt.Options{Align: parms.Key("EncodedByteAlign").IsTrue()})
	if err != nil {
		return nil
	}
	return img
}

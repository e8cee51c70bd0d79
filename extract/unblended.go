package extract

// Codes that were painted half a pixel beside the pixels, one to a module: so LibreOffice
// saves the codes of its own (Insert, Object, QR and Barcode) where the document has no
// drawings of SVG: DOCX, DOC, RTF, HTML. Each pixel is the middle of four modules, of one
// of five shades, and no reader of codes makes anything of it. What the modules were
// follows from the margin, which is white.

const (
	blendedSide = 200 // pixels of a side: a code has 177 modules at most
	blendedInk  = 5   // shades
	unblendedBy = 4   // pixels of a module
)

// unblended gives the modules of such a picture, in black and white; nil for any other.
func (g *gray) unblended() *gray {
	w, h := g.Width, g.Height
	if g.bits != nil || max(w, h) > blendedSide+2*quiet {
		return nil
	}
	var there [256]bool
	for _, v := range g.pix[:w*h] {
		there[v] = true
	}
	// How many of the four modules are dark, by the shade.
	var dark [256]int
	n := 0
	for v := 255; v >= 0; v-- {
		if there[v] {
			dark[v] = n
			n++
		}
	}
	if n != blendedInk {
		return nil
	}
	modules := make([]int, w*h)
	for y := 1; y < h; y++ {
		for x := 1; x < w; x++ {
			i := y*w + x
			m := dark[g.pix[i]] - modules[i-1] - modules[i-w] - modules[i-w-1]
			if m != 0 && m != 1 {
				return nil // not four modules each
			}
			modules[i] = m
		}
	}
	out := newGray(w*unblendedBy, h*unblendedBy)
	for y := range out.Height {
		for x := range out.Width {
			out.pix[y*out.Width+x] = byte(255 * (1 - modules[y/unblendedBy*w+x/unblendedBy]))
		}
	}
	return out
}

package extract

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"

	"assay/extract/raster"
)

// Namespaces in which an SVG bears its badge: OB 2.0 Baking §3, OB 3.0 §5.3.1,
// CLR 2.0 §5.3.1.
var bakeNamespaces = []string{
	"http://openbadges.org", "https://openbadges.org", "http://openbadges.org/", "https://openbadges.org/",
	"https://purl.imsglobal.org/ob/v3p0", "https://purl.imsglobal.org/clr/v2p0",
}

const maxXMLDepth = 128

// sniffSVG knows SVG by its element, wherever it stands in the first bytes,
// and SVGZ by the element within.
func sniffSVG(p *part) bool {
	b := p.data
	if len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b {
		return p.ext() == ".svgz" || looksSVG(gunzipHead(b))
	}
	if isUTF16(b) {
		return looksSVG([]byte(decodeText(b[:min(len(b), 4096)&^1])))
	}
	return looksSVG(b[:min(len(b), 4096)])
}

// looksSVG reports whether the first element of b is svg, with any prefix.
func looksSVG(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 || i+4 > len(b) || i > 1024 {
			return false
		}
		b = b[i+1:]
		switch b[0] {
		case '?':
			b = after(b, "?>")
		case '!':
			switch {
			case bytes.HasPrefix(b, []byte("!--")):
				b = after(b, "-->")
			case bytes.IndexByte(b[:min(len(b), 1024)], '[') >= 0 && bytes.IndexByte(b, '[') < max(0, bytes.IndexByte(b, '>')):
				b = after(b, "]")
			default:
				b = after(b, ">")
			}
		default:
			name := b[:min(len(b), 40)]
			if i := bytes.IndexAny(name, " \t\r\n/>"); i >= 0 {
				name = name[:i]
			}
			return bytes.EqualFold(name, []byte("svg")) || bytes.HasSuffix(name, []byte(":svg"))
		}
	}
}

func after(b []byte, mark string) []byte {
	if i := bytes.Index(b, []byte(mark)); i >= 0 {
		return b[i+len(mark):]
	}
	return nil
}

func gunzipHead(b []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	head := make([]byte, 4096)
	n, _ := io.ReadFull(z, head)
	return head[:n]
}

// extractSVG reads an SVG or SVGZ.
func extractSVG(p *part) {
	b := p.data
	if len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err == nil {
			b, err = p.inflate(z, 0)
		}
		if err != nil {
			p.inflateFailed(p.where, err)
			if len(b) == 0 {
				return
			}
		}
	}
	p.svg(b, nil, p.place())
}

// svg reads SVG text that stands at top. Styles hold for it beside its own, nil for
// none.
func (p *part) svg(b []byte, styles *raster.Styles, top Place) {
	if isUTF16(b) {
		b = []byte(decodeText(b))
	}
	r := svgReader{p: p, top: top}
	leads := p.leads
	err := r.read(b)
	if len(r.found) > 0 {
		why := ambiguousBakes
		if r.elements == 1 {
			why = ambiguousVerify
		}
		if r.entities {
			// Readers that expand entities see another text than we do.
			for _, k := range r.found {
				if !p.take(p.carrier, k.text, k.place.flagged("dtd_entities"), true, ambiguousEntities) {
					p.unread(k.place.Where, ReasonMalformed, "neither JSON, nor a JWS, nor a URL")
				}
			}
		} else {
			p.bakes(r.found, why)
		}
	}
	for _, l := range r.links {
		pl := top
		pl.Where += " > link"
		p.link(l, pl)
	}
	for _, d := range r.inline {
		pl := top
		pl.Where += " > image"
		p.dataURI(d, pl)
	}
	if s := r.prose.String(); s != "" {
		pl := top
		pl.Where += " > text"
		p.prose(s, pl)
	}
	if p.leads == leads || p.limits.QR == QRAlways {
		p.drawn(b, styles, top)
	}
	var syntax *xml.SyntaxError
	switch {
	case err == nil:
	case errors.Is(err, errDepth):
		p.unread(top.Where, ReasonDepth, "elements nested too deep")
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		p.unread(top.Where, ReasonTruncated, "")
	default:
		p.unread(top.Where, ReasonMalformed, "not well-formed XML")
	}
}

// drawn searches what an SVG draws for QR codes, where nothing else was found in it.
func (p *part) drawn(b []byte, styles *raster.Styles, top Place) {
	if p.limits.QR == QRNever || p.done() {
		return
	}
	top.Where += " > drawing"
	s := raster.ReadSVG(b, styles, p.stepsLeft, p.done)
	p.stepsLeft = s.Steps
	found := false // there may be a code in each of the regions
	for _, v := range s.Views() {
		if found && v.Whole {
			return
		}
		n := int64(v.Width) * int64(v.Height)
		if n > p.pixelsLeft {
			p.unread(top.Where, ReasonPixels, fmt.Sprintf("%d by %d pixels are not searched for QR codes", v.Width, v.Height))
			return
		}
		p.pixelsLeft -= n
		found = p.qr(s.Draw(v), top) || found
		if p.done() {
			return
		}
	}
	if s.Cut {
		p.unread(top.Where, ReasonParts, "more shapes than are searched for QR codes")
	}
}

const ambiguousEntities = "the image defines entities of its own, which readers may expand"

var errDepth = errors.New("nested too deep")

type svgReader struct {
	p        *part
	top      Place
	found    []bake
	elements int // bake elements
	entities bool
	attrs    bool // attributes are prose too
	links    []string
	inline   []string
	prose    strings.Builder
}

func (r *svgReader) read(b []byte) error {
	w := svgWalk{svgReader: r, d: newXML(b)}
	for {
		if w.depth&0x3f == 0 && r.p.done() {
			return nil
		}
		t, err := w.d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.Directive:
			if bytes.Contains(t, []byte("ENTITY")) {
				r.entities = true
			}
		case xml.StartElement:
			if w.depth++; w.depth > maxXMLDepth {
				return errDepth
			}
			w.start(t)
		case xml.EndElement:
			w.end(t)
			w.depth--
		case xml.CharData:
			switch {
			case w.bake > 0:
				w.body.Write(t[:min(len(t), max(0, maxPayload+1-w.body.Len()))]) // one byte too many is told later
			case w.skip == 0:
				r.prose.Write(t)
			}
		}
	}
}

// svgWalk is where a reader stands in its document.
type svgWalk struct {
	*svgReader
	d           *xml.Decoder
	depth, svgs int // elements that are open
	bake, skip  int // depth of the bake element, or of one whose text is none
	body        strings.Builder
	at          Place // of the bake element's body
}

func (w *svgWalk) start(t xml.StartElement) {
	switch {
	case w.bake == 0 && isBakeElement(t.Name):
		w.startBake(t)
	case t.Name.Local == "svg":
		w.svgs++
	case w.skip == 0 && (t.Name.Local == "style" || t.Name.Local == "script"):
		w.skip = w.depth
	}
	for _, a := range t.Attr {
		if w.attrs && w.bake != w.depth && a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			w.prose.WriteString(a.Value + "\n")
		}
		if a.Name.Local != "href" && a.Name.Local != "src" || a.Name.Space == "" && w.bake > 0 {
			continue
		}
		switch {
		case hasFoldPrefix(a.Value, "data:"):
			if !w.p.full(len(w.inline), 1000) {
				w.inline = append(w.inline, a.Value)
			}
		case t.Name.Local == "a" && !w.p.full(len(w.links), 10_000):
			w.links = append(w.links, a.Value)
		}
	}
}

// startBake opens an element that bears a badge.
func (w *svgWalk) startBake(t xml.StartElement) {
	w.bake = w.depth
	w.elements++
	w.body.Reset()
	pl := w.top
	pl.Where += " > " + t.Name.Local
	pl.Offset = w.d.InputOffset()
	if w.svgs > 1 {
		pl = pl.flagged("nested")
	}
	if !slices.Contains(bakeNamespaces, t.Name.Space) {
		pl = pl.flagged("wrong_namespace")
	}
	w.at = pl
	w.at.Where += " body"
	for _, a := range t.Attr {
		if a.Name.Local == "verify" && strings.TrimSpace(a.Value) != "" {
			vp := pl
			vp.Where += " verify"
			w.found = append(w.found, bake{a.Value, vp})
		}
	}
}

func (w *svgWalk) end(t xml.EndElement) {
	if w.bake == w.depth && w.bake > 0 {
		w.bake = 0
		if strings.TrimSpace(w.body.String()) != "" {
			w.found = append(w.found, bake{w.body.String(), w.at})
		}
	}
	if w.skip == w.depth {
		w.skip = 0
	}
	if t.Name.Local == "svg" {
		w.svgs--
	}
}

// newXML reads XML leniently and without ever expanding an entity that the
// document defines: encoding/xml does not read definitions (XML 1.0 §4.1).
func newXML(b []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if wide := strings.ToLower(label); strings.HasPrefix(wide, "utf-16") || strings.HasPrefix(wide, "utf-32") || strings.HasPrefix(wide, "iso-10646-ucs") {
			return in, nil // what can be read this far is UTF-8 by now
		}
		if r, err := charset.NewReaderLabel(label, in); err == nil {
			return r, nil
		}
		return in, nil
	}
	return d
}

// isBakeElement matches by namespace, and by prefix where that was not
// declared.
func isBakeElement(n xml.Name) bool {
	if n.Local != "assertion" && n.Local != "credential" {
		return false
	}
	return slices.Contains(bakeNamespaces, n.Space) || strings.EqualFold(n.Space, "openbadges") ||
		strings.Contains(n.Space, "openbadges.org") || strings.Contains(n.Space, "imsglobal.org/")
}

package extract

import (
	"bytes"
	"strconv"

	"assay/extract/pdf"
)

// missed reports whether the raw scan knows of a link of the current revision
// that no reader came upon.
func (d *pdfDoc) missed() bool {
	found := false
	d.rawLinks(func(uri string, _ Place, stale bool) {
		if !stale && d.links[uri]&^seenBy(readerRaw) == 0 {
			found = true
		}
	})
	return found
}

// raw reports what lies in the file and was not come upon by any tree: links
// and files of older revisions, which are stale, and orphans, which are marked
// rescue. Neither is ever ranked above what a tree leads to.
func (d *pdfDoc) raw() {
	f := d.file
	d.rawLinks(func(uri string, pl Place, stale bool) {
		seen := d.links[uri]
		d.links[uri] |= seenBy(readerRaw)
		if seen&^seenBy(readerRaw) != 0 {
			return
		}
		flag := "rescue"
		if stale {
			flag = "stale"
		}
		d.p.link(uri, pl.flagged(flag))
	})
	if f.Encrypted {
		d.clearMetadata()
		return
	}
	f.Alts(func(text string, num, off int, stale bool) {
		pl := d.rawPlace(num, off, "alternative text")
		if stale {
			pl = pl.flagged("stale")
		}
		d.text(text, pl)
	})
	d.flags = []string{"stale"}
	for _, t := range f.Older {
		d.olderTrailer(t)
	}
	for i := range f.Physical {
		if d.p.done() {
			break
		}
		o := &f.Physical[i]
		current := f.Current(o)
		if current && !o.EmbedsFile() {
			continue
		}
		v := f.At(o)
		d.flags = []string{"rescue"}
		if !current {
			d.flags = []string{"stale"}
		}
		d.rawObject(v, o, current)
	}
	d.flags = nil
	for _, s := range f.Stale {
		d.flags = []string{"stale"}
		d.rawStrings(s.Value(), d.rawPlace(s.Num, 0), 0)
	}
	d.flags = nil
}

// olderTrailer reads what only the trailer of an older revision leads to.
func (d *pdfDoc) olderTrailer(t pdf.Dict) {
	f := d.file
	if r, ok := t.Get("Info").(pdf.Ref); ok && f.Trailer.Ref("Info") != r {
		info, _ := f.Object(r.Num).(pdf.Dict)
		for _, e := range info {
			if s, ok := f.Resolve(e.Value).(string); ok && pdfTelling(s) {
				pl := d.rawPlace(r.Num, 0)
				pl.Where = d.p.place("info " + e.Key).Where
				d.text(pdf.TextString(s), pl)
			}
		}
	}
	if r, ok := t.Get("Root").(pdf.Ref); ok && f.Trailer.Ref("Root") != r {
		root, _ := f.Object(r.Num).(pdf.Dict)
		if m, ok := root.Get("Metadata").(pdf.Ref); ok {
			if s, ok := f.Object(m.Num).(pdf.Stream); ok {
				if b, _, err := f.Decode(s); err == nil {
					d.xmp(b, d.rawPlace(m.Num, 0, "xmp"))
				}
			}
		}
	}
}

func (d *pdfDoc) rawPlace(num, off int, steps ...string) Place {
	pl := d.p.place(append([]string{"object " + strconv.Itoa(num)}, steps...)...)
	pl.Reader, pl.Object, pl.Offset = readerRaw, num, int64(off)
	return pl
}

func (d *pdfDoc) rawObject(v any, o *pdf.Physical, current bool) {
	f := d.file
	s, ok := v.(pdf.Stream)
	if !ok {
		if !current {
			d.rawStrings(v, d.rawPlace(o.Num, o.Off), 0)
		}
		return
	}
	switch s.Dict.Name("Type") {
	case "EmbeddedFile":
		if current && d.objects[o.Num] {
			d.markFile(s)
			return
		}
		if b, picture, err := f.Decode(s); picture == "" && (err == nil || b != nil) {
			d.embed(b, "", s.Dict.Name("Subtype"), d.rawPlace(o.Num, o.Off, "attachment"), readerRaw)
		}
	case "Metadata":
		if current {
			return
		}
		if b, _, err := f.Decode(s); err == nil {
			d.xmp(b, d.rawPlace(o.Num, o.Off, "xmp"))
		}
	}
}

// markFile counts a file that a tree led to, when every reader's are counted.
func (d *pdfDoc) markFile(s pdf.Stream) {
	if d.all {
		if b, _, err := d.file.Decode(s); err == nil {
			d.embed(b, "", "", d.rawPlace(0, 0), readerRaw)
		}
	}
}

// rawStrings hands over the telling strings of an object that is not current.
func (d *pdfDoc) rawStrings(v any, pl Place, depth int) {
	switch v := v.(type) {
	case string:
		if s := pdf.TextString(v); len(s) >= 8 && pdfTelling(s) && d.links[s] == 0 {
			d.text(s, pl)
		}
	case pdf.Array:
		for _, e := range v {
			d.rawStrings(e, pl, depth+1)
		}
	case pdf.Dict:
		for _, e := range v {
			if e.Key != "URI" { // rawLinks has those
				d.rawStrings(e.Value, pl, depth+1)
			}
		}
	}
}

// rawLinks calls each for every /URI with a string in every physical object
// and object stream.
func (d *pdfDoc) rawLinks(each func(uri string, pl Place, stale bool)) {
	d.file.URIs(func(uri string, num, off int, stale bool) { each(uri, d.rawPlace(num, off, "link"), stale) })
}

// clearMetadata reads metadata that an encrypted document left in the clear.
func (d *pdfDoc) clearMetadata() {
	for i := range d.file.Physical {
		o := &d.file.Physical[i]
		if d.p.done() || !o.SpeaksOfMetadata() {
			continue
		}
		s, ok := d.file.At(o).(pdf.Stream)
		if !ok || s.Dict.Name("Type") != "Metadata" {
			continue
		}
		if b, _, err := d.file.Decode(s); err == nil && bytes.Contains(b, []byte("<rdf:RDF")) {
			d.xmp(b, d.rawPlace(o.Num, o.Off, "xmp"))
		}
	}
}

// everyObject goes through the whole table of the second reader: actions and
// files that no tree leads to.
func (d *pdfDoc) everyObject(r *pdf.Pdfcpu, w *pdfWalk) {
	d.flags = []string{"rescue"}
	defer func() { d.flags = nil }()
	for _, n := range r.All() {
		if !w.spend() {
			return
		}
		if !n.IsDict() {
			continue
		}
		here := "object " + strconv.Itoa(n.Object())
		v := n.Key("URI")
		if s, ok := v.Str(); ok && d.links[w.absolute(pdf.TextString(s))]&seenBy(readerPdfcpu) == 0 {
			w.uri(v, here, "link")
		}
		for _, key := range []string{"A", "PA", "AA"} {
			if v := n.Key(key).Key("URI"); !v.Null() {
				if s, ok := v.Str(); ok && d.links[w.absolute(pdf.TextString(s))]&seenBy(readerPdfcpu) == 0 {
					w.uri(v, here, "link")
				}
			}
		}
		if n.IsStream() && n.Key("Type").Name() == "EmbeddedFile" && !d.objects[n.Object()] {
			w.attachment(n, "", here)
		}
	}
}

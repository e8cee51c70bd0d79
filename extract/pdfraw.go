package extract

import (
	"bytes"
	"strconv"
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
	if f.encrypted {
		d.clearMetadata()
		return
	}
	d.flags = []string{"stale"}
	for _, t := range f.older {
		d.olderTrailer(t)
	}
	for i := range f.physical {
		if d.p.done() {
			break
		}
		o := &f.physical[i]
		current := f.current(o)
		if current && !o.embedsFile() {
			continue
		}
		v := f.at(o)
		d.flags = []string{"rescue"}
		if !current {
			d.flags = []string{"stale"}
		}
		d.rawObject(v, o, current)
	}
	d.flags = nil
	for _, s := range f.stale {
		d.flags = []string{"stale"}
		d.rawStrings(s.value(), d.rawPlace(s.num, 0), 0)
	}
	d.flags = nil
}

// olderTrailer reads what only the trailer of an older revision leads to.
func (d *pdfDoc) olderTrailer(t pdfDict) {
	f := d.file
	if r, ok := t.get("Info").(pdfRef); ok && f.trailer.ref("Info") != r {
		info, _ := f.object(r.num).(pdfDict)
		for _, e := range info {
			if s, ok := f.resolve(e.val).(string); ok && pdfTelling(s) {
				pl := d.rawPlace(r.num, 0)
				pl.Where = d.p.place("info " + e.key).Where
				d.text(pdfTextString(s), pl)
			}
		}
	}
	if r, ok := t.get("Root").(pdfRef); ok && f.trailer.ref("Root") != r {
		root, _ := f.object(r.num).(pdfDict)
		if m, ok := root.get("Metadata").(pdfRef); ok {
			if s, ok := f.object(m.num).(pdfStream); ok {
				if b, _, err := f.decode(s); err == nil {
					d.xmp(b, d.rawPlace(m.num, 0, "xmp"))
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

func (d *pdfDoc) rawObject(v any, o *pdfPhysical, current bool) {
	f := d.file
	s, ok := v.(pdfStream)
	if !ok {
		if !current {
			d.rawStrings(v, d.rawPlace(o.num, o.off), 0)
		}
		return
	}
	switch s.dict.name("Type") {
	case "EmbeddedFile":
		if current && d.objects[o.num] {
			d.markFile(s)
			return
		}
		if b, picture, err := f.decode(s); picture == "" && (err == nil || b != nil) {
			d.embed(b, "", s.dict.name("Subtype"), d.rawPlace(o.num, o.off, "attachment"), readerRaw)
		}
	case "Metadata":
		if current {
			return
		}
		if b, _, err := f.decode(s); err == nil {
			d.xmp(b, d.rawPlace(o.num, o.off, "xmp"))
		}
	}
}

// markFile counts a file that a tree led to, when every reader's are counted.
func (d *pdfDoc) markFile(s pdfStream) {
	if d.all {
		if b, _, err := d.file.decode(s); err == nil {
			d.embed(b, "", "", d.rawPlace(0, 0), readerRaw)
		}
	}
}

// rawStrings hands over the telling strings of an object that is not current.
func (d *pdfDoc) rawStrings(v any, pl Place, depth int) {
	switch v := v.(type) {
	case string:
		if s := pdfTextString(v); len(s) >= 8 && pdfTelling(s) && d.links[s] == 0 {
			d.text(s, pl)
		}
	case pdfArray:
		for _, e := range v {
			d.rawStrings(e, pl, depth+1)
		}
	case pdfDict:
		for _, e := range v {
			if e.key != "URI" { // rawLinks has those
				d.rawStrings(e.val, pl, depth+1)
			}
		}
	}
}

// rawLinks calls each for every /URI with a string in every physical object
// and object stream.
func (d *pdfDoc) rawLinks(each func(uri string, pl Place, stale bool)) {
	d.file.uris(func(uri string, num, off int, stale bool) { each(uri, d.rawPlace(num, off, "link"), stale) })
}

// clearMetadata reads metadata that an encrypted document left in the clear.
func (d *pdfDoc) clearMetadata() {
	for i := range d.file.physical {
		o := &d.file.physical[i]
		if d.p.done() || !o.speaksOfMetadata() {
			continue
		}
		s, ok := d.file.at(o).(pdfStream)
		if !ok || s.dict.name("Type") != "Metadata" {
			continue
		}
		if b, _, err := d.file.decode(s); err == nil && bytes.Contains(b, []byte("<rdf:RDF")) {
			d.xmp(b, d.rawPlace(o.num, o.off, "xmp"))
		}
	}
}

// everyObject goes through the whole table of the second reader: actions and
// files that no tree leads to.
func (d *pdfDoc) everyObject(r *pdfcpuReader, w *pdfWalk) {
	d.flags = []string{"rescue"}
	defer func() { d.flags = nil }()
	for _, n := range r.all() {
		if !w.spend() {
			return
		}
		if !n.isDict() {
			continue
		}
		here := "object " + strconv.Itoa(n.object())
		v := n.key("URI")
		if s, ok := v.str(); ok && d.links[w.absolute(pdfTextString(s))]&seenBy(readerPdfcpu) == 0 {
			w.uri(v, here, "link")
		}
		for _, key := range []string{"A", "PA", "AA"} {
			if v := n.key(key).key("URI"); !v.null() {
				if s, ok := v.str(); ok && d.links[w.absolute(pdfTextString(s))]&seenBy(readerPdfcpu) == 0 {
					w.uri(v, here, "link")
				}
			}
		}
		if n.isStream() && n.key("Type").name() == "EmbeddedFile" && !d.objects[n.object()] {
			w.attachment(n, "", here)
		}
	}
}

package extract

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// XML that is data: what hiring systems export (HR-XML), Europass, property lists,
// feeds. Each element that holds no other is a text of its own, and read for what it
// is: a link, prose, HTML, a file in base64. Names of vocabularies, schemas and types of
// documents are no links, and no entity is expanded.

// isOffice reports whether XML is a document of an office program or a packet of
// metadata, whose elements are pieces of one text, by the prefix of its first element.
func isOffice(prefix string) bool {
	switch prefix {
	case "w", "pkg", "office", "x":
		return true
	}
	return false
}

// element is one that is open.
type element struct {
	name   string
	text   []byte
	parent bool // it holds others
	// Of a property list: the name of what follows, and the file of a saved page.
	key string
	web *webFile
}

// webFile is a file of a saved page, as far as it was read.
type webFile struct {
	webResource
	place Place // of its data
	text  []string
	at    []Place // of the texts
}

type dataReader struct {
	p    *part
	top  Place
	d    *xml.Decoder
	open []element
	// The last element to end held none: it is a text of its own unless words follow
	// it within its parent.
	last  []byte
	place Place
	list  bool // it is a property list
}

// extractXMLData reads XML whose elements are values.
func extractXMLData(p *part) {
	r := dataReader{p: p, top: p.place(), d: newXML(p.data)}
	err := r.read()
	r.flush()
	open := len(r.open) > 0
	for len(r.open) > 0 { // what was open when it broke off
		r.end()
		r.flush()
	}
	var syntax *xml.SyntaxError
	switch {
	case err == nil && (!open || p.done()):
		return
	case err == nil:
		p.unread(p.where, ReasonTruncated, "")
	case errors.Is(err, errDepth):
		p.unread(p.where, ReasonDepth, "elements nested too deep")
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		p.unread(p.where, ReasonTruncated, "")
	default:
		p.unread(p.where, ReasonMalformed, "not well-formed XML")
	}
	// The rest is text at least.
	if at := r.d.InputOffset(); at < int64(len(p.data)) {
		p.text(decodeText(p.data[at:]), p.place("text"))
	}
}

func (r *dataReader) read() error {
	for n := 0; ; n++ {
		if n&0x3ff == 0 && r.p.done() {
			return nil
		}
		t, err := r.d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			r.flush()
			if len(r.open) == maxXMLDepth {
				return errDepth
			}
			if n := len(r.open); n > 0 {
				r.open[n-1].parent = true
			}
			r.open = append(r.open, element{name: t.Name.Local[:min(len(t.Name.Local), maxStep)]})
			r.list = r.list || len(r.open) == 1 && t.Name.Local == "plist"
			for _, a := range t.Attr {
				r.attr(a)
			}
			if t.Name.Local == "br" && len(r.open) > 1 {
				r.open[len(r.open)-2].text = append(r.open[len(r.open)-2].text, '\n')
			}
		case xml.EndElement:
			r.flush()
			if len(r.open) > 0 {
				r.end()
			}
		case xml.CharData:
			r.chars(t)
		}
	}
}

// chars takes words within an element. Behind an element that held nothing but text
// they make it a piece of theirs, as markup within a sentence is.
func (r *dataReader) chars(t []byte) {
	if len(r.open) == 0 {
		return
	}
	e := &r.open[len(r.open)-1]
	words := strings.TrimSpace(string(t)) != ""
	if r.last != nil {
		if words {
			e.text = append(e.text, r.last...)
			r.last = nil
		} else {
			r.flush()
		}
	}
	if words || len(e.text) > 0 {
		e.text = append(e.text, t...)
	}
}

// flush reads the text that waited for what follows it.
func (r *dataReader) flush() {
	if r.last != nil {
		r.p.value(string(r.last), r.place)
		r.last = nil
	}
}

// end closes the innermost element.
func (r *dataReader) end() {
	n := len(r.open) - 1
	e := r.open[n]
	pl := r.top
	if len(e.text) > 0 {
		pl = r.at("")
	}
	r.open = r.open[:n]
	switch {
	case r.list && e.web != nil:
		r.webFile(e.web)
	case r.list && n > 0 && !e.parent && r.listed(&r.open[n-1], e, pl):
	case len(e.text) == 0:
	case e.parent:
		r.p.value(string(e.text), pl)
	case n > 0 && len(strings.TrimSpace(string(r.open[n-1].text))) > 0:
		// Within a sentence.
		r.open[n-1].text = append(r.open[n-1].text, e.text...)
	default:
		r.last, r.place = e.text, pl
	}
}

// listed takes the name of a value in a property list, and what is said of a file that a saved
// page keeps: it is read when all of that is known.
func (r *dataReader) listed(dict *element, e element, pl Place) bool {
	if dict.name != "dict" {
		return false
	}
	key := dict.key
	if dict.key = ""; e.name == "key" {
		dict.key = string(e.text[:min(len(e.text), maxStep)])
		return false
	}
	of := dict.web
	if of == nil {
		of = &webFile{}
	}
	switch {
	case e.name == "data" && key == "WebResourceData":
		of.data, of.place = decodeBase64(string(e.text)), pl
	case e.name != "string" || !of.take(key, string(e.text)):
		return false
	default:
		of.text, of.at = append(of.text, string(e.text)), append(of.at, pl)
	}
	dict.web = of
	return true
}

// webFile reads a file that a saved page keeps.
func (r *dataReader) webFile(f *webFile) {
	if len(f.data) == 0 { // it is something else
		for i, s := range f.text {
			r.p.value(s, f.at[i])
		}
		return
	}
	var steps []string
	for i := range r.open {
		if r.open[i].key != "" {
			steps = append(steps, r.open[i].key)
		}
	}
	pl := f.place
	if len(steps) > 0 {
		pl = r.p.place(strings.Join(steps, "."))
	}
	if r.p.count(1) {
		r.p.webResource(&f.webResource, pl, len(steps) > 0 && steps[len(steps)-1] == mainResource)
	}
}

// at is the place of the innermost element, or of an attribute of it.
func (r *dataReader) at(attribute string) Place {
	var path strings.Builder
	for i := range r.open {
		if path.Len() > maxStep {
			break
		}
		if i > 0 {
			path.WriteByte('/')
		}
		path.WriteString(r.open[i].name)
	}
	if attribute != "" {
		path.WriteString(" " + attribute)
	}
	pl := r.top
	pl.Where += " > " + cleanStep(path.String())
	return pl
}

func (r *dataReader) attr(a xml.Attr) {
	name := a.Name.Local
	switch {
	case a.Name.Space == "xmlns" || strings.EqualFold(name, "xmlns") || strings.HasSuffix(strings.ToLower(name), "schemalocation"):
	case strings.EqualFold(name, "href") || strings.EqualFold(name, "url") || strings.EqualFold(name, "src") || name == "Target":
		if isTarget(a.Value) {
			pl := r.top
			pl.Where += " > link"
			r.p.link(a.Value, pl)
		}
	case name == "uri" || a.Name.Space == "xml": // names of vocabularies, and bases
	case len(a.Value) >= 12 && (strings.Contains(a.Value, "http") || strings.Contains(a.Value, "ey") || strings.Contains(a.Value, "{") || isFile(a.Value) || hasFoldPrefix(a.Value, "data:")):
		r.p.value(a.Value, r.at(name))
	}
}

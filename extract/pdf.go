package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/extract/pdf"
)

// A PDF is read three times over, each reader for what the others miss
// (ISO 32000-1, and -2 where it differs in the places where badges hide):
//
//   - raw: our own preflight on every file. It finds every physical object,
//     older revisions too, and what no tree leads to.
//   - ledongthuc: the structured reader, on an overlay that the preflight made.
//     It gives the tree: pages, annotations, names, fields, pictures.
//   - pdfcpu: the second structured reader, for damaged files and whenever raw saw
//     something that the tree did not lead to.
//
// An encrypted file that needs no password is read by all three in the clear.
//
// What they find is united; Place.Reader says who saw it. Text and what pages draw are
// read by ourselves, from the pages that whoever opened the file leads to. Out of scope: rendering,
// scripts, signatures, and passwords other than the empty one.

// Names of the readers in Place.Reader.
const (
	readerLedongthuc = "ledongthuc"
	readerPdfcpu     = "pdfcpu"
	readerRaw        = "raw"
	readerText       = "text"
)

// pdfDoc unites what the readers find in one file.
type pdfDoc struct {
	p       *part
	file    *pdf.File
	links   map[string]pdfSeen
	files   map[[32]byte]pdfSeen
	objects map[int]bool   // streams handed over as attachments
	flags   []string       // of every place that is found now
	many    bool           // pages
	xmlRead int            // bytes of XML read so far
	second  bool           // the second reader was asked
	dark    map[Unread]int // pictures that were not searched, by why
	streams map[int]string // where damaged streams were met, by their objects

	// For tests and benchmarks: every reader on every file with every file
	// counted, no text, and the text of each page.
	all    bool
	noText bool
	onText func(string)
	// How many pages were asked for codes, of these looked through for what they draw,
	// and the regions that were drawn.
	asked, looked, regions int
}

const pdfMaxXML = 16 << 20 // bytes of XML in one document

// pdfSeen is a set of readers.
type pdfSeen uint8

func seenBy(reader string) pdfSeen {
	return 1 << slices.Index([]string{readerLedongthuc, readerPdfcpu, readerRaw, readerText}, reader)
}

// pdfSecondTime is what pdfcpu may take of a document's time: of a hundred thousand
// small objects it makes ten seconds, in which the pages are not searched.
const pdfSecondTime = 5 * time.Second

func sniffPDF(p *part) bool {
	return bytes.Contains(p.data[:min(len(p.data), 1024)], []byte("%PDF-")) ||
		p.ext() == ".pdf" && bytes.Contains(p.data, []byte(" obj"))
}

func extractPDF(p *part) { (&pdfDoc{p: p}).read() }

func (d *pdfDoc) read() {
	p := d.p
	d.links, d.files, d.objects = map[string]pdfSeen{}, map[[32]byte]pdfSeen{}, map[int]bool{}
	d.file = pdf.Open(p.data, d.inflated, d.libraryFailed)
	if d.file == nil {
		p.unread(p.where, ReasonMalformed, "no object in it")
		return
	}
	f := d.file
	if f.Encrypted {
		p.unread(p.where, ReasonEncrypted, f.Locked.Error())
		d.raw()
		return
	}
	if f.Closed > 0 {
		p.unread(p.where, ReasonEncrypted, "its attachments need a password")
	}
	var tree, second *pdfWalk
	r, trailer, err := pdf.OpenLedongthuc(p.ctx, f)
	if err == nil {
		tree = &pdfWalk{d: d, reader: readerLedongthuc, trailer: trailer}
		tree.run()
	}
	doubt := err != nil || f.Invented || r.Errors > 0 || len(tree.pages) == 0
	if doubt || d.all || d.missed() {
		d.second = true
		ctx, cancel := context.WithTimeout(p.ctx, pdfSecondTime)
		cpu, trailer, err := pdf.OpenPdfcpu(ctx, f)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && p.ctx.Err() == nil {
			p.unread(p.where, ReasonTime, "the second reader of PDF was given up")
		}
		cancel()
		if err == nil {
			second = &pdfWalk{d: d, reader: readerPdfcpu, trailer: trailer}
			second.run()
			d.everyObject(cpu, second)
		}
	}
	d.raw()
	if tree == nil || len(tree.pages) == 0 {
		tree = second
	}
	if tree != nil && !d.noText {
		own := tree.byOurselves()
		own.texts()
		own.codes()
		d.darkness()
		f.Limited = f.Limited || tree.reader == readerLedongthuc && r.Spent()
	}
	switch {
	case tree == nil && len(p.unreads) == 0:
		p.unread(p.where, ReasonMalformed, "no reader opens it")
	case tree != nil && len(tree.pages) == 0:
		p.unread(p.where, ReasonMalformed, "it shows no page")
	}
	d.damage()
	switch {
	case f.NoEOF && f.Damaged:
		p.unread(p.where, ReasonTruncated, "the end is missing")
	case f.Limited:
		p.unread(p.where, ReasonParts, "too many or too large objects")
	case f.Cut:
		p.unread(p.where, ReasonInflated, "streams decoded only in part")
	}
}

// met notes where the stream of an object is read, if it is damaged.
func (d *pdfDoc) met(n pdf.Node, where string) {
	num := n.Object()
	if broken, _ := d.file.IsBroken(num); num == 0 || !broken || d.streams[num] != "" {
		return
	}
	if d.streams == nil {
		d.streams = map[int]string{}
	}
	d.streams[num] = where
}

// damage tells of streams that were read up to a damage, or whose checksum is another; of
// many the first, and how many more.
func (d *pdfDoc) damage() {
	told := map[Unread]bool{}
	many := map[string]int{}
	for _, num := range d.file.Broken() {
		where := d.streams[num]
		switch {
		case where != "":
		case num == 0:
			where = d.p.where
		default:
			where = d.p.place("object " + strconv.Itoa(num)).Where
		}
		why := badSum
		if _, lost := d.file.IsBroken(num); lost {
			why = "its data are damaged: what comes behind the damage is lost"
		}
		u := Unread{Where: where, Reason: ReasonMalformed, Detail: why}
		if told[u] {
			continue
		}
		told[u] = true
		if many[why]++; many[why] <= pdfToldEach {
			d.p.unread(u.Where, u.Reason, u.Detail)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(many)) {
		if more := many[why] - pdfToldEach; more > 0 {
			d.p.unread(d.p.where, ReasonMalformed, "streams beside these, "+strconv.Itoa(more)+" of them: "+why)
		}
	}
}

// inflated takes decoded bytes off the budget.
func (d *pdfDoc) inflated(n int) bool {
	if int64(n) > d.p.inflated {
		d.p.inflated = 0
		d.p.inflateFailed(d.p.where, errInflated)
		return false
	}
	d.p.inflated -= int64(n)
	return true
}

// libraryFailed takes the word of a library that panicked by a fault of its own.
func (d *pdfDoc) libraryFailed(library string) {
	d.p.failed("pdf", "the "+library+" reader failed")
}

func (d *pdfDoc) maxPages() int { return max(d.p.limits.Pages, 5000) }

func (d *pdfDoc) tooManyPages(most int) {
	if !d.many {
		d.many = true
		d.p.unread(d.p.where, ReasonParts, "at most "+strconv.Itoa(most)+" pages")
	}
}

// metadata reports whether there is metadata beyond the document's own.
func (d *pdfDoc) metadata() bool {
	return d.file.Opened || d.file.Metadata > 2 || d.file.AssociatedFiles()
}

func (d *pdfDoc) flagged(pl Place) Place {
	if len(d.flags) > 0 {
		return pl.flagged(d.flags...)
	}
	return pl
}

// link takes a URI of an action or of a dictionary.
func (d *pdfDoc) link(uri string, pl Place, reader string) {
	if uri == "" {
		return
	}
	d.links[uri] |= seenBy(reader)
	d.p.link(uri, d.flagged(pl))
}

// text takes a string that may be a badge, a link, or prose.
func (d *pdfDoc) text(s string, pl Place) {
	pl = d.flagged(pl)
	if !d.p.candidate(s, pl, false) {
		d.p.text(s, pl)
	}
}

// sameFile reports whether another place led to this stream already.
func (d *pdfDoc) sameFile(reader string, num int) bool {
	return num != 0 && reader != readerLedongthuc && d.objects[num] && !d.all
}

func (d *pdfDoc) embed(b []byte, name, contentType string, pl Place, reader string) {
	if pl.Object != 0 {
		d.objects[pl.Object] = true
	}
	h := sha256.Sum256(b)
	before := d.files[h]
	d.files[h] |= seenBy(reader)
	if before&^seenBy(reader) != 0 {
		return // the first reader's place is good enough
	}
	if len(b) == 0 && d.file.Closed > 0 {
		d.p.unread(pl.Where, ReasonEncrypted, "needs a password")
		return
	}
	d.p.embed(d.flagged(pl), name, contentType, b)
}

// failed reports a stream that was not read, or not to its end.
func (d *pdfDoc) failed(where string, err error) {
	switch {
	case errors.Is(err, pdf.ErrLimit):
		d.p.unread(where, ReasonInflated, "decoded only in part")
	default:
		d.p.unread(where, ReasonMalformed, "cannot be decoded")
	}
}

// xmp reads an XMP packet: badges stand in openbadges:assertion/@verify, or
// anywhere as JSON, JWS or URL.
func (d *pdfDoc) xmp(b []byte, pl Place) { d.xml(b, pl) }

// xml reads the attributes and the text of an XML document. Nothing is
// expanded or loaded; what cannot be parsed is looked through as text.
func (d *pdfDoc) xml(b []byte, pl Place) {
	if len(b) > pdfMaxXML-d.xmlRead {
		b = b[:pdfMaxXML-d.xmlRead]
		d.file.Limited = true
	}
	d.xmlRead += len(b)
	if bytes.HasPrefix(b, []byte{0xfe, 0xff}) || bytes.HasPrefix(b, []byte{0xff, 0xfe}) {
		b = []byte(pdf.TextString(string(b)))
	}
	if !xmlTelling(b) {
		return
	}
	dec := xml.NewDecoder(bytes.NewReader(b))
	dec.Strict = false
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var text strings.Builder
	flush := func() {
		if s := text.String(); pdfTelling(s) {
			d.text(s, pl)
		}
		text.Reset()
	}
	depth := 0
	for depth < 256 {
		t, err := dec.RawToken()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				d.text(string(b[min(int(dec.InputOffset()), len(b)):]), pl)
			}
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			flush()
			depth++
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || !pdfTelling(a.Value) {
					continue
				}
				d.text(a.Value, pl)
			}
		case xml.EndElement:
			flush()
			depth--
		case xml.CharData:
			text.Write(t)
		case xml.Comment:
			if s := string(t); pdfTelling(s) {
				d.text(s, pl)
			}
		}
	}
	flush()
}

// pdfPageText is the text of a page.
type pdfPageText struct {
	s      string
	place  Place
	pieces []pdfPiece
}

// pageText takes the text of a page, which may go on in the next one: nil where there is
// none.
func (d *pdfDoc) pageText(page, next *pdfPageText) {
	if d.onText != nil {
		d.onText(page.s)
	}
	lines := newPDFLines(page.s, page.pieces)
	if next != nil {
		lines.then = func() *pdfLines { return newPDFLines(next.s, next.pieces) }
	}
	t := scan{p: d.p, s: page.s, place: d.flagged(page.place), lines: lines}
	t.run()
}

// xmlTelling reports whether there is more to an XML document than namespaces:
// most metadata is not worth parsing.
func xmlTelling(b []byte) bool {
	for _, s := range []string{"openbadge", "{", "eyJ", "eyA", "&#", "CDATA"} {
		if bytes.Contains(b, []byte(s)) {
			return true
		}
	}
	for p := 0; ; {
		i := bytes.IndexByte(b[p:], '/')
		if i < 0 {
			return false
		}
		i += p
		p = i + 1
		if i == 0 || b[i-1] == '<' || p < len(b) && b[p] == '>' {
			continue // a tag's end
		}
		// The value that it stands in: the name of a namespace, or a word more.
		start := i
		for start > 0 && i-start < 256 && !bytes.ContainsRune([]byte("\"'<>"), rune(b[start-1])) {
			start--
		}
		before := b[max(0, start-40):start]
		quoted := bytes.HasSuffix(before, []byte(`"`)) || bytes.HasSuffix(before, []byte("'"))
		if k := bytes.LastIndexByte(before, ' '); k >= 0 && quoted && bytes.HasPrefix(before[k+1:], []byte("xmlns")) {
			continue
		}
		end := i
		for end < len(b) && end-i < 64 && !bytes.ContainsRune([]byte("\"'<> "), rune(b[end])) {
			end++
		}
		word := b[start:end]
		if k := bytes.LastIndexByte(word, ' '); k >= 0 {
			word = word[k+1:]
		}
		if bytes.IndexByte(word, '.') < 0 || bytes.HasPrefix(word, []byte("application/")) {
			continue // no host in it
		}
		if bytes.Contains(word, []byte("//ns.adobe.com/")) || bytes.Contains(word, []byte("//www.w3.org/")) ||
			bytes.Contains(word, []byte("//www.aiim.org/")) || bytes.Contains(word, []byte("//purl.org/")) {
			continue // descriptions of schemas (PDF/A)
		}
		return true
	}
}

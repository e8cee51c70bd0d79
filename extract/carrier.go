package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
)

// carrier reads one kind of file. See "Adding a carrier" in the package comment.
type carrier struct {
	name    string // Finding.Carrier of what it finds
	sniff   func(p *part) bool
	extract func(p *part)
}

// carriers in the order in which they are asked: first match wins.
var carriers []carrier

// The table leads to the dispatcher, which reads it: hence not initialised
// where it is declared.
func init() {
	carriers = []carrier{
		// By what stands in their first bytes.
		{"png", sniffPNG, extractPNG},
		{"jpeg", sniffJPEG, extractJPEG},
		{"gif", sniffGIF, extractGIF},
		{"webp", sniffWebP, extractWebP},
		{"picture", sniffPicture, extractPicture},
		{"rtf", sniffRTF, extractRTF},
		{"ole", sniffCFB, extractCFB}, // and Outlook messages
		{"tnef", sniffTNEF, extractTNEF},
		{"zip", sniffZIP, extractZIP}, // and office documents
		{"7z", sniff7z, extract7z},
		{"xz", sniffXZ, extractXZ},
		{"bzip2", sniffBzip2, extractBzip2},
		{"tar", sniffTar, extractTar},
		{"cbor", sniffCBOR, extractCBOR},
		{"cms", sniffCMS, extractCMS},
		{"plist", sniffPlist, extractPlist},
		// By what stands somewhere near the start.
		{"pdf", sniffPDF, extractPDF},
		{"svg", sniffSVG, extractSVG},
		{"gzip", sniffGzip, extractGzip}, // but for compressed SVG
		{"json", sniffJSON, extractJSON},
		{"jws", sniffJWS, extractJWS},
		{"vcard", sniffContentLines, extractContentLines}, // and iCalendar
		{"mail", sniffMail, extractMail},
		{"encoded", sniffEncoded, extractEncoded}, // yEnc, BinHex
		{"html", sniffHTML, extractHTML},
		{"xml", sniffXML, extractXML},
		{"csv", sniffCSV, extractCSV},
		{"text", sniffText, extractText},
	}
}

// part is one file on its way through the carriers: a document, or a file
// embedded in one. Not safe for concurrent use.
type part struct {
	sealed bool // it is told that PGP encrypted a message in its text
	*call
	where       string // place so far, without the steps inside this file
	name        string // as its container calls it, or the document's name
	contentType string // somebody's hint
	data        []byte
	depth       int      // containers around it
	fetched     bool     // the body of a link
	carrier     string   // who reads it
	flags       []string // of the place it is embedded at
	object      int
	reader      string
	hits        int        // candidates accepted from it and from what it embeds
	creds       int        // of these, what is not only a link
	leads       int        // of these, what is a badge or may lead to one
	trail       []emission // the same, for a twin of this file
	parent      *part
	quiet       bool     // not worth a word when no carrier reads it
	address     string   // of a page that was saved, by which its relative links are told
	linkBase    *url.URL // of the relative links of an office document; nil for none
}

// emission is a finding as one part made it, kept so that a second copy of the
// same file is not read again.
type emission struct {
	finding Finding // without Places
	place   Place   // Where is the rest below the part's own place
}

// call is the budget and the harvest of one Extract.
type call struct {
	ctx        context.Context
	name       string // of the document, as its places begin
	limits     Limits
	found      func(Finding)
	inflated   int64 // bytes still allowed
	parts      int   // members, chunks, objects still allowed
	pixelsLeft int64 // still allowed to be searched for QR codes
	finder     finder
	stepsLeft  int // still allowed to be taken through what SVGs draw
	badges     int
	links      int // of all documents so far
	known      int // of these to known providers
	earlier    int // of these in the documents before this one
	presenting int // presentations that are being looked into, each in the one before
	// texts in strings of JSON that are being looked into, each in the one before
	wordsWithin int
	findings    []Finding
	keys        map[string]int // by dedupe key
	held        []Finding      // links of no known provider that wait for room
	heldKeys    map[string]int
	waiting     map[string]int             // of held, by class
	over        map[[sha256.Size]byte]bool // links for which there was no room
	unreads     []Unread
	told        map[Reason]bool // limits of the whole call already reported
	seen        map[[32]byte][]emission
	own         []string // words of the applicant's name
	linkWork    int      // URLs that may still be looked at
	jsonWork    int64    // bytes of prose that may still be tried as JSON
}

// Bounds that are not options.
const (
	maxPlaces  = 256     // of one finding; further ones are the same news
	maxUnread  = 1000    // of one document
	maxStep    = 200     // bytes of one step of a place
	maxWhere   = 4 << 10 // bytes of a place beyond the document's name
	maxPayload = 1 << 20 // bytes of one credential
	maxPixels  = 40e6    // of one image that is searched for QR codes
	allPixels  = 120e6   // of all of them, in one document
	manyPixels = 480e6   // and in all documents of an application
	allSteps   = 120_000 // through what SVGs draw: elements, most of all
	allLinks   = 50_000  // URLs of one document, however often the same
)

func newCall(ctx context.Context, l Limits, found func(Finding)) *call {
	return &call{ctx: ctx, limits: l, found: found, inflated: l.InflatedBytes, parts: l.Parts, pixelsLeft: allPixels, stepsLeft: allSteps, linkWork: allLinks, jsonWork: 16 << 20}
}

func (c *call) run(d Document) {
	name := strings.ToValidUTF8(d.Name, "\uFFFD")
	if name == "" {
		name = "document"
	}
	c.name = name
	p := &part{call: c, where: name, name: d.Name, contentType: d.ContentType, data: d.Data, fetched: d.Fetched}
	defer p.guard(ReaderNone)
	if d.Fetched {
		// A URL may be as long as it likes; only its path says something of the
		// kind of the file.
		if i := strings.IndexAny(p.name, "?#"); i >= 0 {
			p.name = p.name[:i]
		}
	}
	switch {
	case len(d.Data) == 0:
		p.unread(p.where, ReasonEmpty, "")
	case int64(len(d.Data)) > c.limits.FileBytes:
		p.unread(p.where, ReasonTooLarge, fmt.Sprintf("%d bytes, at most %d", len(d.Data), c.limits.FileBytes))
	default:
		p.dispatch()
	}
}

// dispatch gives the part to its carrier.
func (p *part) dispatch() {
	if p.done() {
		return
	}
	p.narrow()
	for i := range carriers {
		if k := &carriers[i]; p.is(k) {
			p.carrier = k.name
			told := len(p.unreads)
			p.readBy(k)
			if k.name == "pdf" && p.hits == 0 && len(p.unreads) > told && p.unreads[told].Reason == ReasonMalformed && !bytes.HasPrefix(p.data, []byte("%PDF-")) {
				p.unreads = p.unreads[:told] // only speaks of PDF
				continue
			}
			p.polyglot(k.name)
			p.pretends(k.name)
			return
		}
	}
	p.unknown()
}

// polyglot looks for the PDF that a picture or an archive is at the same time:
// readers of PDF accept a header anywhere in the first kilobyte.
func (p *part) polyglot(kind string) {
	switch kind {
	case "png", "jpeg", "gif", "webp", "picture":
	case "zip":
		if p.hits > 0 {
			return // a PDF stored in it was read already
		}
	default:
		return
	}
	if i := bytes.Index(p.data[:min(len(p.data), 1024)], []byte("%PDF-")); i > 0 {
		p.embedQuiet(p.place("PDF").flagged("polyglot"), "", p.data[i:])
	}
}

// is asks a carrier whether the part is of its kind. One that fails has not
// said so, and the next is asked.
func (p *part) is(k *carrier) bool {
	defer p.guard(k.name)
	return k.sniff(p)
}

// readBy lets a carrier read the part.
func (p *part) readBy(k *carrier) {
	defer p.guard(k.name)
	k.extract(p)
}

// done reports that the time of the call is over.
func (p *part) done() bool { return p.ctx.Err() != nil }

// ext is the extension of the part's name, lower case, with its dot.
func (p *part) ext() string { return strings.ToLower(path.Ext(p.name)) }

// place is a place inside this part; no step means the part itself.
func (p *part) place(steps ...string) Place {
	w := p.where
	for _, s := range steps {
		if len(w)-len(p.root().where) > maxWhere {
			break
		}
		w += " > " + cleanStep(s)
	}
	return Place{Where: w, Object: p.object, Reader: p.reader, Flags: slices.Clone(p.flags)}
}

func (p *part) root() *part {
	for p.parent != nil {
		p = p.parent
	}
	return p
}

func (pl Place) flagged(flags ...string) Place {
	for _, f := range flags {
		if !slices.Contains(pl.Flags, f) {
			pl.Flags = append(slices.Clone(pl.Flags), f)
		}
	}
	return pl
}

// embed sends a file that stands inside this one through the carriers. What is
// found there bears place's flags, object and reader.
func (p *part) embed(pl Place, name, contentType string, data []byte) {
	p.send(pl, name, contentType, data, false)
}

// embedQuiet is embed for the inner parts of a format, where one that no
// carrier reads (a font, printer settings) is no news.
func (p *part) embedQuiet(pl Place, name string, data []byte) {
	p.send(pl, name, "", data, true)
}

// embedPage is embed for what a saved page is made of, which stood at address.
func (p *part) embedPage(pl Place, name, contentType, address string, data []byte, quiet bool) {
	p.sendPart(&part{name: name, contentType: contentType, data: data, quiet: quiet, address: address}, pl)
}

// saved takes the address of a page that was saved from a browser.
func (p *part) saved(address string, pl Place) {
	if hasHTTP(address) && !p.root().fetched {
		pl.Where += " > address"
		p.link(address, pl)
	}
}

func (p *part) send(pl Place, name, contentType string, data []byte, quiet bool) {
	p.sendPart(&part{name: name, contentType: contentType, data: data, quiet: quiet}, pl)
}

func (p *part) sendPart(q *part, pl Place) {
	q.call, q.parent, q.depth = p.call, p, p.depth+1
	q.where, q.flags, q.object, q.reader = pl.Where, pl.Flags, pl.Object, pl.Reader
	data := q.data
	switch {
	case p.done():
		return
	case len(data) == 0:
		p.unread(q.where, ReasonEmpty, "")
		return
	case int64(len(data)) > p.limits.FileBytes:
		p.unread(q.where, ReasonTooLarge, fmt.Sprintf("%d bytes, at most %d", len(data), p.limits.FileBytes))
		return
	case q.depth > p.limits.Depth:
		p.unread(q.where, ReasonDepth, fmt.Sprintf("at most %d containers within containers", p.limits.Depth))
		return
	}
	// A twin of a file that was read already costs a hash only. The kind of a
	// file may follow from its name, so that is part of the key.
	h := sha256.New()
	h.Write(data)
	h.Write([]byte(q.ext() + " " + q.address))
	var key [32]byte
	h.Sum(key[:0])
	if trail, ok := p.seen[key]; ok {
		for _, e := range trail {
			q.repeat(e)
		}
		return
	}
	unreads, depthLeft := len(p.unreads), p.limits.Depth-q.depth
	q.dispatch()
	if len(p.unreads) == unreads && depthLeft > 0 && !p.done() {
		if p.seen == nil {
			p.seen = map[[32]byte][]emission{}
		}
		p.seen[key] = q.trail
	}
}

// repeat emits again what a twin of this part gave.
func (p *part) repeat(e emission) {
	f := e.finding
	pl := e.place
	pl.Where = p.where + pl.Where
	pl = pl.flagged(p.flags...)
	if pl.Object == 0 {
		pl.Object = p.object
	}
	if p.reader != "" {
		pl.Reader = p.reader
	}
	p.emit(f, pl)
}

// emit adds a finding, or a place to the finding that is there already.
func (p *part) emit(f Finding, pl Place) {
	if !f.LinkFits() {
		p.limit(pl.Where, ReasonLinkLength, fmt.Sprintf("at most %d bytes that can be printed", MaxLink))
		return
	}
	for q := p; q != nil; q = q.parent {
		q.hits++
		if f.Kind != KindLink {
			q.creds++
		}
		if f.Kind != KindLink || f.Link.leads() {
			q.leads++
		}
		if q.parent != nil && len(q.trail) < maxPlaces {
			below := pl
			below.Where = strings.TrimPrefix(pl.Where, q.where)
			q.trail = append(q.trail, emission{f, below})
		}
	}
	k := ""
	if len(p.findings)+len(p.held) > 0 {
		p.index()
		k = key(f)
		if i, ok := p.keys[k]; ok {
			p.findings[i].join(f, pl)
			return
		}
		if i, ok := p.heldKeys[k]; ok {
			p.held[i].join(f, pl)
			return
		}
	}
	f.Places = []Place{pl}
	if f.Kind == KindLink {
		p.addLink(f, k)
		return
	}
	if p.badges >= p.limits.Badges {
		p.limit(pl.Where, ReasonBadges, fmt.Sprintf("at most %d badges", p.limits.Badges))
		return
	}
	p.badges++
	p.add(f, k)
}

// index makes the maps by which a finding is found again. A document with one
// finding, as most badge images are, does without.
func (c *call) index() {
	if c.keys != nil {
		return
	}
	c.keys, c.heldKeys = map[string]int{}, map[string]int{}
	for i, f := range c.findings {
		c.keys[key(f)] = i
	}
	for i, f := range c.held {
		c.heldKeys[key(f)] = i
	}
}

// addLink adds a link. Links of no known provider may take half of the room at
// once and wait with the rest until the end, those that speak of badges before the
// others, so that a page full of them does not push out a badge. Nor does a document
// full of them push out those to known providers in the next one.
func (p *part) addLink(f Finding, k string) {
	known := f.known()
	switch {
	case known && (p.known >= p.limits.Links || p.links-p.earlier >= p.limits.Links):
		p.noRoom(f)
	case !known && (p.links >= p.limits.Links || p.waiting[f.Link.Class] >= p.limits.Links):
		p.noRoom(f)
	case !known && p.links >= p.limits.Links/2:
		if p.heldKeys != nil {
			p.heldKeys[k] = len(p.held)
		}
		if p.waiting == nil {
			p.waiting = map[string]int{}
		}
		p.waiting[f.Link.Class]++
		p.held = append(p.held, f)
	default:
		p.links++
		if known {
			p.known++
		}
		p.add(f, k)
	}
}

// known reports whether a link leads to a known provider, or stands where a bake does.
func (f *Finding) known() bool { return f.Bake || f.Link != nil && f.Link.Class == ClassKnown }

// noRoom notes a link for which there is no room.
func (c *call) noRoom(f Finding) {
	c.limit(f.Places[0].Where, ReasonLinks, "")
	if c.over == nil {
		c.over = map[[sha256.Size]byte]bool{}
	}
	c.over[sha256.Sum256([]byte(f.Payload))] = true
}

func (c *call) add(f Finding, k string) {
	if c.keys != nil {
		c.keys[k] = len(c.findings)
	}
	c.findings = append(c.findings, f)
	if c.found != nil {
		f.Places = f.Places[:1:1]
		c.found(f)
	}
}

// join merges a further sight of the same badge into f.
func (f *Finding) join(g Finding, pl Place) {
	f.Bake = f.Bake || g.Bake
	if f.Ambiguous == "" {
		f.Ambiguous = g.Ambiguous
	}
	for i := range f.Places {
		q := &f.Places[i]
		if q.Where == pl.Where && q.Offset == pl.Offset && q.Object == pl.Object {
			// Another reader of the same file saw the same thing.
			if pl.Reader != "" && !strings.Contains("+"+q.Reader+"+", "+"+pl.Reader+"+") {
				if q.Reader != "" {
					q.Reader += "+"
				}
				q.Reader += pl.Reader
			}
			return
		}
	}
	if len(f.Places) < maxPlaces {
		f.Places = append(f.Places, pl)
	}
}

// result closes the harvest.
func (c *call) result() Result {
	c.finish(&part{call: c, where: c.name})
	return Result{Findings: c.findings, Unread: c.unreads}
}

// finish takes the links that waited for room, and folds those that mean the
// same.
func (c *call) finish(root *part) {
	defer root.guard(ReaderNone)
	c.keys = nil // nothing is looked up any more
	slices.SortStableFunc(c.held, func(a, b Finding) int {
		switch likely := a.Link.Class == ClassLikely; {
		case likely == (b.Link.Class == ClassLikely):
			return 0
		case likely:
			return -1
		}
		return 1
	})
	for _, f := range c.held {
		if c.links >= c.limits.Links {
			c.noRoom(f)
			continue
		}
		c.links++
		c.add(f, "")
	}
	for i := range c.unreads {
		if u := &c.unreads[i]; u.Reason == ReasonLinks && u.Detail == "" {
			u.Detail = fmt.Sprintf("at most %d links; %d more stand in it", c.limits.Links, len(c.over))
		}
	}
	c.held = nil
	c.foldLinks()
}

// unread reports a part that was not read.
func (c *call) unread(where string, reason Reason, detail string) {
	c.leave(Unread{Where: where, Reason: reason, Detail: detail})
}

func (c *call) leave(u Unread) {
	switch {
	case slices.Contains(c.unreads[max(0, len(c.unreads)-8):], u):
	case len(c.unreads) >= maxUnread:
		c.limit(c.name, ReasonParts, "more was not read than is listed")
	default:
		c.unreads = append(c.unreads, u)
	}
}

// limit reports a limit of the whole call, once.
func (c *call) limit(where string, reason Reason, detail string) {
	if c.told[reason] {
		return
	}
	if c.told == nil {
		c.told = map[Reason]bool{}
	}
	c.told[reason] = true
	c.unreads = append(c.unreads, Unread{Where: where, Reason: reason, Detail: detail}) // however many there are
}

// count takes n members, chunks or objects off the budget and reports whether
// they were there. When they were not, that is told once.
func (p *part) count(n int) bool {
	if n > p.parts {
		p.parts = 0
		p.limit(p.where, ReasonParts, fmt.Sprintf("at most %d members, chunks and objects", p.limits.Parts))
		return false
	}
	p.parts -= n
	return true
}

// full reports, and tells, that n of one kind were kept and most is all.
func (p *part) full(n, most int) bool {
	if n < most {
		return false
	}
	p.limit(p.where, ReasonParts, "more parts of one kind than are read")
	return true
}

// Why inflate gave up. The bytes read so far come with it.
var (
	errInflated = errors.New("inflated bytes used up")
	errTooLarge = errors.New("larger than a file may be")
)

// inflate reads all of r, up to most bytes (0 = Limits.FileBytes) and within the
// budget of the call. How tightly it is packed is no matter: clean pages are a
// thousand to one. Memory grows with what is really there. Use inflateFailed to
// report its errors.
func (p *part) inflate(r io.Reader, most int64) ([]byte, error) {
	if most <= 0 || most > p.limits.FileBytes {
		most = p.limits.FileBytes
	}
	allowed, over := most, errTooLarge
	if p.inflated < allowed {
		allowed, over = p.inflated, errInflated
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, allowed+1))
	p.inflated -= min(n, p.inflated)
	if n > allowed {
		return b.Bytes()[:allowed], over
	}
	return b.Bytes(), err
}

// inflateFailed reports an error of inflate as an unread part.
func (p *part) inflateFailed(where string, err error) {
	switch {
	case errors.Is(err, errInflated):
		p.limit(where, ReasonInflated, fmt.Sprintf("at most %d bytes decompressed", p.limits.InflatedBytes))
	case errors.Is(err, errTooLarge):
		p.unread(where, ReasonTooLarge, "")
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.unread(where, ReasonTruncated, "")
	default:
		p.unread(where, ReasonMalformed, "cannot be decompressed")
	}
}

// wantsQR reports whether pixels are to be searched for QR codes here. A link that
// leads nowhere is not something found.
func (p *part) wantsQR() bool {
	return p.limits.QR == QRAlways || p.limits.QR == QRAuto && p.leads == 0
}

// qr looks for QR codes in img and takes what they say for candidates. It
// reports whether one was read. The caller has asked wantsQR, and has held the
// size of the picture against maxPixels before decoding it.
func (p *part) qr(img image.Image, pl Place) bool {
	return p.codes(p.readQR(img), pl)
}

// codes takes what the QR codes of one picture say.
func (p *part) codes(texts []string, pl Place) bool {
	found := false
	for _, s := range texts {
		pl := pl
		pl.Where += " > QR code"
		found = true
		if !p.candidateAs("qr", s, pl, false) {
			p.text(s, pl)
		}
	}
	return found
}

// Package extract finds digital badges in documents: the raw assertion or
// credential, or a link that may lead to one, and the place where it stood.
//
// Obeyed are the baking rules of Open Badges 2.0 (Baking Specification 1.0) and
// of Open Badges 3.0 and CLR 2.0 (document formats); accepted is also what is
// met in the wild beside them: old keywords, badges carried by office files and
// mail, links of known providers, QR codes.
//
// Everything here treats its input as hostile and bounds what it costs by
// Limits. It is meant to run in a child process (package sandbox): a library
// below may still loop or die. Out of scope: judging a badge, the network, the
// clock, and documents that need a password.
//
// # The way of a document
//
// Extract wraps the document in a part and dispatches it: the first carrier of
// the table whose sniff says yes extracts it. A carrier hands candidates, text,
// links and embedded files back to its part; embedded files go through the
// dispatcher again, under a longer place and within the same budget. The same
// badge found again becomes another Place of the one Finding.
//
// # Adding a carrier
//
// A carrier is one small file with two functions, for the entries of a playlist
// say (playlist.go):
//
//	func sniffPlaylist(p *part) bool { return bytes.HasPrefix(p.data, []byte("#EXTM3U")) }
//
//	// extractPlaylist reads the addresses of a playlist (RFC 8216 §4.1).
//	func extractPlaylist(p *part) {
//		for line := range strings.Lines(string(p.data)) {
//			if p.done() || !p.count(1) {
//				return
//			}
//			if !strings.HasPrefix(line, "#") {
//				p.link(strings.TrimSpace(line), p.place("entry"))
//			}
//		}
//	}
//
// one line in the table carriers (carrier.go):
//
//	{"playlist", sniffPlaylist, extractPlaylist},
//
// and one in the table of samples (samples_test.go), by which the tests see that
// it knows its files and that its faults are told as ours:
//
//	"playlist": {"a.m3u", []byte("#EXTM3U\r\n" + urlA + "\r\n"), u + " | %s > entry"},
//
// TestAddingACarrier adds just these.
//
// sniff looks at p.data (and, only as a hint, p.ext() and p.contentType) and
// says whether the file is of its kind. It must be cheap, must not trust the
// name, and must not be fooled by a kind higher up in the table: first match
// wins, so the binary signatures stand first and plain text last.
//
// extract reads p.data and calls, in any order and as often as it likes:
//
//	p.place("iTXt openbadges")         the place of a step below this file; set
//	                                   Offset, Object, Reader, Flags on it
//	p.candidate(text, place, bake)     text that is perhaps a JSON credential, a
//	                                   compact JWS or a URL; false when it is none
//	p.bakes([]bake, why)               all that one image bears as its badge;
//	                                   differing ones are marked ambiguous
//	p.link(url, place)                 a link annotation, href or relationship
//	p.text(text, place)                prose: URLs, JWS and JSON are looked for,
//	                                   raw and joined over line ends
//	p.prose(text, place)               the same for text whose lines are its own,
//	                                   as markup has them
//	p.value(text, place)               text that stands alone: a badge, a link, HTML,
//	                                   a file in base64, or prose
//	p.plain(text, place)               p.text, and the files in base64, data: URIs and
//	                                   uuencode that stand in it
//	p.encodedFiles(data, place)        the files in yEnc and BinHex in bytes of text
//	p.xml(data, place), p.svg(data,
//	styles, place), p.xmp(data, step,
//	offset)                            markup that stands inside a format
//	p.embed(place, name, type, data)   a file inside this one
//	p.embedQuiet(place, name, data)    one that need not be of a known kind
//	p.qr(image, place)                 pixels to look for QR codes in, if
//	                                   p.wantsQR()
//	p.unread(place.Where, reason, why) what could not be read
//	p.inflate(r, most)                 decompress within the budget
//	p.count(n)                         members, chunks, objects: false = too many
//	p.done()                           true when it is time to give up
//
// It returns nothing: what it could not do it reports by unread, and then goes
// on with the rest. A panic is caught by the dispatcher and becomes an unread
// part (ReasonReaderFailed: our fault, not the file's), but unbounded recursion
// and allocation are not, so recursion needs a depth, and a length read from the
// file is never allocated unseen. It starts no goroutine.
//
// Flags of a place, where they apply: compressed, bad_crc, after_iend,
// truncated, wrong_keyword, legacy_keyword (PNG); nested, wrong_namespace,
// dtd_entities, unsigned_copy (SVG); joined (over line ends), in_url,
// not_utf8, machine_form, variant (pages); hostile_name, duplicate_name (ZIP);
// rescue, stale (not led to by the file's own structure); polyglot.
//
// A carrier that stays comes with a table test of its places, a test that a file
// without a badge gives no finding and no unread, a fuzz target that calls
// fuzzCarrier, and a row in the README.
package extract

import (
	"cmp"
	"context"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Document is one file of an application, or the body of a fetched link.
type Document struct {
	Name        string // as the applicant named it, or the URL; used in places only, never as a path
	ContentType string // what somebody said it is: a hint, never trusted
	Data        []byte
	Fetched     bool  // the body of a link: generic discovery on pages applies
	Spent       Spent // what the documents of the same application before this one have used
	// Own are names of the applicant, and addresses of mail. A link that a line ends
	// within is not read on over a word of one: it would be told to a stranger's host.
	Own []string
	// Started, when not nil, is called once the document is being read: what it
	// waited for before is not its own time.
	Started func()
}

// Spent is what has been used of the limits that hold for an application as a
// whole.
type Spent struct {
	Inflated int64 `json:"inflated,omitempty"` // bytes, of Limits.InflatedBytes
	Badges   int   `json:"badges,omitempty"`   // of Limits.Badges
	Links    int   `json:"links,omitempty"`    // of Limits.Links
	Known    int   `json:"known,omitempty"`    // of these such as lead to a known provider
	Pixels   int64 `json:"pixels,omitempty"`   // drawn, decoded and searched for QR codes
}

// After gives what has been used once r was found, too.
func (s Spent) After(r Result) Spent {
	for i := range r.Findings {
		if r.Findings[i].Kind == KindLink {
			s.Links++
			if r.Findings[i].known() {
				s.Known++
			}
		} else {
			s.Badges++
		}
	}
	s.Inflated += max(0, r.Inflated)
	s.Pixels += max(0, r.Pixels)
	return s
}

// Kind says what a finding's payload is.
type Kind string

const (
	KindJSON Kind = "json" // a credential or assertion as JSON text
	KindJWS  Kind = "jws"  // a compact JWS
	KindForm Kind = "form" // another kind of credential, which is only named: XML, or CBOR in base64url
	KindLink Kind = "link" // a URL that may lead to one
)

// Place is where something stood, written so that a person can follow it
// ("bundle.zip > cv.docx > word/media/image1.png > iTXt openbadges").
type Place struct {
	Where  string   `json:"where"`
	Offset int64    `json:"offset,omitempty"` // byte offset in the innermost file, where known
	Object int      `json:"object,omitempty"` // PDF object number, where known
	Reader string   `json:"reader,omitempty"` // which reader saw it (pdf: ledongthuc, pdfcpu, raw, text)
	Flags  []string `json:"flags,omitempty"`  // oddities: compressed, after_iend, bad_crc, stale, rescue, wrong_keyword, ...
}

// Finding is one badge, or one link to one, with every place it stood in.
type Finding struct {
	Kind      Kind    `json:"kind"`
	Payload   string  `json:"payload"`             // JSON text, JWS, or normalised URL
	Carrier   string  `json:"carrier"`             // of the first place: png, svg, pdf, json, jws, text, html, docx, qr, ...
	Places    []Place `json:"places"`              // at least one
	Ambiguous string  `json:"ambiguous,omitempty"` // why two readers could see two badges here; such a finding is never verified silently
	Bake      bool    `json:"bake,omitempty"`      // the payload stood where the baking specification puts an assertion
	Link      *Link   `json:"link,omitempty"`      // for KindLink
}

// MaxLink is how long the URLs of a link may be, in bytes.
const MaxLink = 512

// LinkFits reports whether a finding is no link, or one whose URLs are at most
// MaxLink bytes of what can be printed: all that a link can carry out of a
// document.
func (f *Finding) LinkFits() bool {
	if f.Kind != KindLink {
		return true
	}
	fits := func(s string) bool {
		return len(s) <= MaxLink && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' })
	}
	return fits(f.Payload) && (f.Link == nil || fits(f.Link.Machine))
}

// Link is what the table of providers knows of a URL.
type Link struct {
	Class    string `json:"class"`              // known, likely, other: what --follow chooses by
	Provider string `json:"provider,omitempty"` // name of the row that matched
	Machine  string `json:"machine,omitempty"`  // URL of the machine form, "" when the page itself must be asked
	Claim    bool   `json:"claim,omitempty"`    // the provider has no machine form: claim_only
	Portal   bool   `json:"portal,omitempty"`   // a profile or portfolio page that lists badges
	Share    bool   `json:"share,omitempty"`    // Machine is there for as long as the holder shares the badge
	Form     bool   `json:"form,omitempty"`     // what a fetched page gives for its own machine form: part of the page, to be asked in the order of the findings
}

// Unread is a part of a document that could not be read, or was not read
// because a limit was hit. What was found before it is kept.
type Unread struct {
	Where  string `json:"where"`
	Reason Reason `json:"reason"`
	Detail string `json:"detail,omitempty"` // for a person, without content of the document
	// With ReasonReaderFailed, for whoever mends the program: whose reader it was,
	// one of Carriers or ReaderNone, and the line of the program ("walk.go:12").
	Reader string `json:"reader,omitempty"`
	At     string `json:"at,omitempty"`
}

// Result is what was found in one document.
type Result struct {
	Findings []Finding `json:"findings"`
	Unread   []Unread  `json:"unread,omitempty"`
	Inflated int64     `json:"inflated,omitempty"` // bytes that were decompressed
	Pixels   int64     `json:"pixels,omitempty"`   // that were drawn, decoded and searched for QR codes
}

// Limits bound the work on one application's documents. A field that is zero or
// less means its Default. What a limit leaves out is told by its own Reason.
type Limits struct {
	FileBytes     int64 // bytes of one document, or of one file inside of one; 25 MiB
	InflatedBytes int64 // bytes that all documents together may unpack to; 128 MiB
	Depth         int   // files within files; 4
	Badges        int   // badges that are read of all documents together; 50
	Links         int   // links that are kept of all documents together; 100
	Parts         int   // members, chunks and objects of one document; 4096
	Pages         int   // pages of a PDF whose text and pictures are read; 500
	// QR says when pixels are searched for QR codes; QRAuto.
	QR QRMode
}

// QRMode says when pixels are decoded to look for QR codes.
type QRMode string

const (
	QRAuto   QRMode = ""       // only when nothing else is found in the image
	QRAlways QRMode = "always" // in every image
	QRNever  QRMode = "never"  // in none
)

// Defaults of Limits.
const (
	DefaultFileBytes     = 25 << 20
	DefaultInflatedBytes = 128 << 20
	DefaultDepth         = 4
	DefaultBadges        = 100
	DefaultLinks         = 250
	DefaultParts         = 4096
	DefaultPages         = 500
)

// Extractor finds badges in documents. Its zero value has the default limits.
// It is safe for concurrent use; each call has its own budget.
type Extractor struct {
	Limits Limits
	// Found, when not nil, is told of each finding at its first place as soon
	// as it is there, so that whoever runs the extractor in a child keeps what
	// was found before the child is killed. Never called concurrently.
	Found func(Finding)
}

// Extract finds every badge and link in d, in d's containers too. It never
// returns an error for a bad document: what could not be read is in
// Result.Unread. Nor does it panic: a reader that does is ReasonReaderFailed, and
// the rest is read. The error is ctx's alone, and the result so far comes with it.
func (e *Extractor) Extract(ctx context.Context, d Document) (Result, error) {
	if d.Started != nil {
		d.Started()
	}
	c := newCall(ctx, e.Limits.WithDefaults(), e.Found)
	c.inflated = max(0, c.inflated-d.Spent.Inflated)
	c.badges, c.links = d.Spent.Badges, d.Spent.Links
	c.earlier, c.known = c.links, d.Spent.Known
	c.own = ownWords(d.Own)
	c.pixelsLeft = max(0, min(c.pixelsLeft, manyPixels-d.Spent.Pixels))
	room, pixels := c.inflated, c.pixelsLeft
	c.run(d)
	r := c.result()
	r.Inflated, r.Pixels = room-max(0, c.inflated), pixels-max(0, c.pixelsLeft)
	return r, ctx.Err()
}

// WithDefaults gives every limit its value.
func (l Limits) WithDefaults() Limits {
	l.FileBytes = cmp.Or(max(l.FileBytes, 0), DefaultFileBytes)
	l.InflatedBytes = cmp.Or(max(l.InflatedBytes, 0), DefaultInflatedBytes)
	l.Depth = cmp.Or(max(l.Depth, 0), DefaultDepth)
	l.Badges = cmp.Or(max(l.Badges, 0), DefaultBadges)
	l.Links = cmp.Or(max(l.Links, 0), DefaultLinks)
	l.Parts = cmp.Or(max(l.Parts, 0), DefaultParts)
	l.Pages = cmp.Or(max(l.Pages, 0), DefaultPages)
	return l
}

package extract

import (
	"context"
)

// Document is one file of an application, or the body of a fetched link.
type Document struct {
	Name        string // as the applicant named it, or the URL; used in places only, never as a path
	ContentType string // what somebody said it is: a hint, never trusted
	Data        []byte
	Fetched     bool // the body of a link: generic discovery on pages applies
}

// Kind says what a finding's payload is.
type Kind string

const (
	KindJSON Kind = "json" // a credential or assertion as JSON text
	KindJWS  Kind = "jws"  // a compact JWS
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

// Link is what the table of providers knows of a URL.
type Link struct {
	Class    string `json:"class"`              // known, likely, other: what --follow chooses by
	Provider string `json:"provider,omitempty"` // name of the row that matched
	Machine  string `json:"machine,omitempty"`  // URL of the machine form, "" when the page itself must be asked
	Claim    bool   `json:"claim,omitempty"`    // the provider has no machine form: claim_only
	Portal   bool   `json:"portal,omitempty"`   // a profile or portfolio page that lists badges
}

// Unread is a part of a document that could not be read, or was not read
// because a limit was hit. What was found before it is kept.
type Unread struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`           // one of the Reason constants
	Detail string `json:"detail,omitempty"` // for a person, without content of the document
}

// Reasons of Unread.
const (
	ReasonEmpty       = "empty"              // no bytes
	ReasonEncrypted   = "encrypted"          // needs a password
	ReasonTruncated   = "truncated"          // ends too early
	ReasonMalformed   = "malformed"          // not what it says it is
	ReasonUnknown     = "unknown_format"     // no carrier reads it
	ReasonTooLarge    = "limit_file_size"    // Limits.FileBytes
	ReasonInflated    = "limit_inflated"     // Limits.InflatedBytes
	ReasonDepth       = "limit_depth"        // Limits.Depth
	ReasonBadges      = "limit_badges"       // Limits.Badges
	ReasonLinks       = "limit_links"        // Limits.Links
	ReasonParts       = "limit_parts"        // pages, members, chunks or objects
	ReasonTime        = "limit_time"         // CPU or wall time
	ReasonMemory      = "limit_memory"       // the child ran out of memory
	ReasonCrashed     = "parser_crashed"     // the child died or broke its protocol
	ReasonUnavailable = "parser_unavailable" // no child could be started
)

// Result is what was found in one document.
type Result struct {
	Findings []Finding `json:"findings"`
	Unread   []Unread  `json:"unread,omitempty"`
}

// Limits bound the work on one application's documents. The zero value of a
// field means its Default.
type Limits struct {
	FileBytes     int64 // of one file or container member
	InflatedBytes int64 // decompressed bytes in all
	Depth         int   // containers within containers
	Badges        int   // findings of kind JSON and JWS
	Links         int   // findings of kind link
	Parts         int   // members of a container, chunks of an image
	Pages         int   // pages of a PDF whose text is read
	QR            QRMode
}

// QRMode says when pixels are decoded to look for QR codes.
type QRMode string

const (
	QRAuto   QRMode = ""       // only when nothing else is found in the image
	QRAlways QRMode = "always" // in every image
	QRNever  QRMode = "never"
)

// Defaults of Limits.
const (
	DefaultFileBytes     = 25 << 20
	DefaultInflatedBytes = 128 << 20
	DefaultDepth         = 4
	DefaultBadges        = 50
	DefaultLinks         = 100
	DefaultParts         = 4096
	DefaultPages         = 500
)

// Extractor finds badges in documents. Its zero value has the default limits.
// It is safe for concurrent use; each call has its own budget.
type Extractor struct {
	Limits Limits
}

// Extract finds every badge and link in d, in d's containers too. It never
// returns an error for a bad document: what could not be read is in
// Result.Unread. The error is ctx's alone, and the result so far comes with it.
func (e *Extractor) Extract(ctx context.Context, d Document) (Result, error) {
	return Result{}, ctx.Err()
}

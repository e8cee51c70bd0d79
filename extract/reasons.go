package extract

// Reason says why a part of a document was not read. A limit that was hit is its
// own reason, never "nothing found".
//
// Adding one: a constant, its sentence in reasonWords, and a test that meets it.
type Reason string

// Reasons of Unread.
const (
	ReasonEmpty       Reason = "empty"              // no bytes
	ReasonEncrypted   Reason = "encrypted"          // needs a password
	ReasonTruncated   Reason = "truncated"          // ends too early
	ReasonMalformed   Reason = "malformed"          // not what it says it is
	ReasonUnknown     Reason = "unknown_format"     // no carrier reads it
	ReasonOutside     Reason = "points_outside"     // an action that names another file or program: told, never opened
	ReasonTooLarge    Reason = "limit_file_size"    // Limits.FileBytes
	ReasonInflated    Reason = "limit_inflated"     // Limits.InflatedBytes
	ReasonDepth       Reason = "limit_depth"        // Limits.Depth
	ReasonBadges      Reason = "limit_badges"       // Limits.Badges
	ReasonLinks       Reason = "limit_links"        // Limits.Links
	ReasonLinkLength  Reason = "limit_link_length"  // MaxLink
	ReasonParts       Reason = "limit_parts"        // pages, members, chunks or objects
	ReasonPixels      Reason = "limit_pixels"       // a picture, or a page that draws, too large to be searched for QR codes; badges beside the pixels are found all the same
	ReasonTime        Reason = "limit_time"         // CPU or wall time
	ReasonMemory      Reason = "limit_memory"       // the child ran out of memory
	ReasonCrashed     Reason = "parser_crashed"     // the child died or broke its protocol
	ReasonUnavailable Reason = "parser_unavailable" // no child could be started
	// A reader of assay's, or a library below it, failed on this part: a fault of
	// the program, which says nothing of the document.
	ReasonReaderFailed Reason = "reader_failed"

	// What never came to be read, told by who hands documents over.
	ReasonMissing   Reason = "document_missing"  // it is not where it was said to be
	ReasonMismatch  Reason = "document_mismatch" // it does not have the size or SHA-256 that was said
	ReasonDocuments Reason = "limit_documents"   // documents of an application, by number or bytes in all
	ReasonNoLink    Reason = "no_link"           // given as a link, and no http or https URL
)

var reasonWords = map[Reason]string{
	ReasonEmpty:        "There is nothing in it.",
	ReasonEncrypted:    "It needs a password.",
	ReasonTruncated:    "It breaks off before its end.",
	ReasonMalformed:    "It is not what it says it is, or it is damaged.",
	ReasonUnknown:      "It is a kind of file that assay does not read.",
	ReasonOutside:      "It names another file or program, which is never opened.",
	ReasonTooLarge:     "It is larger than a document may be.",
	ReasonInflated:     "It unpacks to more than is allowed.",
	ReasonDepth:        "It is packed too deeply, one thing in another.",
	ReasonBadges:       "There are more badges than are read of one application.",
	ReasonLinks:        "There are more links than are read of one application.",
	ReasonLinkLength:   "A link in it is longer than links may be.",
	ReasonParts:        "It has more pages or parts than are read.",
	ReasonPixels:       "It is too large, or there is too much of it, to be searched for QR codes.",
	ReasonTime:         "It took too long to read.",
	ReasonMemory:       "It took too much memory to read.",
	ReasonCrashed:      "The program that reads documents broke down over it.",
	ReasonUnavailable:  "The program that reads documents could not be started.",
	ReasonReaderFailed: "A part of assay failed on it. The fault is the program's, not the document's.",
	ReasonMissing:      "It is not where it was said to be.",
	ReasonMismatch:     "It is not the document that was announced: its size or digest is another.",
	ReasonDocuments:    "There are more documents, or larger ones in all, than are read of one application.",
	ReasonNoLink:       "It is no address of a page on the web.",
}

// Words is what the reason means, in a sentence for a recruiter; "" for a code
// that this version does not know.
func (r Reason) Words() string { return reasonWords[r] }

package extract

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// What kind of file it is that no carrier reads, so that whoever is told can ask
// for another form; and the files whose names say what their bytes are not.

// kindHead is how much of a file its kind is told by.
const kindHead = 3072

// kinds are names of kinds that people know better than their media types.
var kinds = map[string]string{
	"application/zip":                               "part of a ZIP archive",
	"application/vnd.rar":                           "RAR archive",
	"application/vnd.ms-cab-compressed":             "cabinet archive",
	"application/zstd":                              "Zstandard archive",
	"application/lzip":                              "lzip archive",
	"application/x-archive":                         "ar archive",
	"application/x-xar":                             "xar archive",
	"application/x-cpio":                            "cpio archive",
	"application/vnd.microsoft.portable-executable": "Windows program",
	"application/x-executable":                      "Linux program",
	"application/x-elf":                             "Linux program",
	"application/x-mach-binary":                     "macOS program",
	"application/x-ms-shortcut":                     "Windows shortcut",
	"application/onenote":                           "OneNote section",
	"application/postscript":                        postScript,
	"application/vnd.wordperfect":                   "WordPerfect document",
	"image/vnd.dwg":                                 "AutoCAD drawing",
}

// postScript is text, of which only the comments and strings are looked through.
const postScript = "PostScript document"

// signatures of kinds that mimetype does not know.
var signatures = []struct{ begin, kind string }{
	{"\x04\x22\x4D\x18", "LZ4 archive"},
	{"\x1F\x9D", "compress archive"},
	{"**ACE**", "ACE archive"}, // at 7
	{"-lh", "LHA archive"},     // at 2
	{"\x60\xEA", "ARJ archive"},
	{"MSWIM\x00\x00\x00", "WIM archive"},
	{"qoif", "QOI picture"},
	{"\xC5\xD0\xD3\xC6", postScript}, // with a preview
	{"II+\x00", "BigTIFF picture"},
	{"MM\x00+", "BigTIFF picture"},
	{"\x85\x02", "OpenPGP message"},
	{"age-encryption.org/", "age-encrypted file"},
	{"StuffIt ", "StuffIt archive"},
	{"SIT!", "StuffIt archive"},
	{"\x5D\x00\x00", "LZMA archive"},
	{"\xFF\x4F\xFF\x51", "JPEG 2000 picture"}, // without a container
	{"\xD7\xCD\xC6\x9A", "Windows metafile"},
	{" EMF", "Windows metafile"}, // at 40
}

// kindOf names the kind of a file by its bytes alone; "" for one that is not
// known.
func kindOf(b []byte) string {
	b = b[:min(len(b), kindHead)]
	for _, s := range signatures {
		at := 0
		switch s.begin {
		case "**ACE**":
			at = 7
		case "-lh":
			at = 2
		case " EMF":
			at = 40
		}
		if len(b) >= at+len(s.begin) && string(b[at:at+len(s.begin)]) == s.begin {
			return s.kind
		}
	}
	kind, _, _ := strings.Cut(mimetype.Detect(b).String(), ";")
	switch kind {
	case "application/octet-stream", "text/plain":
		return ""
	}
	if name := kinds[kind]; name != "" {
		return name
	}
	return kind
}

// Endings of names that say what a file is: of kinds that are never text, of
// tokens and JSON, and of those that programs also write as text or that are
// text.
var (
	binaryEndings = []string{".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".avif", ".svg", ".svgz",
		".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".pages", ".numbers", ".zip", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".txz", ".tar"}
	tokenEndings = []string{".jwt", ".jws"}
	jsonEndings  = []string{".json", ".jsonld"}
	oldEndings   = []string{".doc", ".xls", ".ppt", ".msg", ".rtf", ".eml"}
	otherEndings = []string{".txt", ".md", ".csv", ".html", ".htm", ".xml"}
)

// textCarriers read what has no signature of its own.
var textCarriers = []string{"mail", "html", "xml", "csv", "text"}

// unknown tells of a file that no carrier reads what it is.
func (p *part) unknown() {
	if p.quiet {
		if name := windowsDrawing(p.data); name != "" && p.wantsQR() {
			p.unread(p.where, ReasonUnknown, name+" is not searched for QR codes")
		}
		return
	}
	ext, kind := p.ext(), kindOf(p.data)
	if kind == "" && slices.Contains(slices.Concat(binaryEndings, tokenEndings, jsonEndings, oldEndings, otherEndings), ext) {
		p.unread(p.where, ReasonMalformed, "its name says "+ext[1:]+", its bytes do not")
		return
	}
	p.unread(p.where, ReasonUnknown, kind)
}

// windowsDrawing names the kind of a drawing that Windows programs put into documents
// ([MS-EMF] §2.3.4.2, [MS-WMF] §2.3.2.3).
func windowsDrawing(b []byte) string {
	switch {
	case len(b) > 44 && string(b[:4]) == "\x01\x00\x00\x00" && string(b[40:44]) == " EMF":
		return "an EMF drawing"
	case len(b) > 22 && string(b[:4]) == "\xD7\xCD\xC6\x9A":
		return "a WMF drawing"
	}
	return ""
}

// pretends tells of a file that a carrier of text has read and whose name says
// that it is something else. The body of a link has no name of the sender's.
func (p *part) pretends(carrier string) {
	if p.quiet || p.fetched {
		return
	}
	if i := bytes.Index(p.data[:min(len(p.data), 1024)], []byte("%PDF-")); carrier == "pdf" && i > 0 {
		if kind := kindOf(p.data[:i]); strings.HasSuffix(kind, " archive") {
			p.unread(p.where, ReasonUnknown, kind+", of which one member is read") // that is stored in it
		}
	}
	if !slices.Contains(textCarriers, carrier) {
		return
	}
	if carrier == "text" && !isUTF16(p.data) {
		// Only what stands in it as text was found.
		if kind, zeros := kindOf(p.data), bytes.Count(bytes.TrimRight(p.data, "\x00"), []byte{0}); kind == postScript || kind != "" && zeros > 0 || zeros*100 > len(p.data) {
			p.unread(p.where, ReasonUnknown, kindOf(p.data))
			return
		}
	}
	if p.creds > 0 {
		return
	}
	switch ext := p.ext(); {
	case slices.Contains(tokenEndings, ext):
		reason := ReasonMalformed
		if s := trimPayload(string(p.data)); strings.HasPrefix(s, "ey") && strings.Count(s, ".") < 2 && strings.Trim(s, tokenBytes) == "" {
			reason = ReasonTruncated
		}
		p.unread(p.where, reason, "not a compact JWS")
	case slices.Contains(jsonEndings, ext):
		if !json.Valid([]byte(trimPayload(string(p.data)))) {
			p.unread(p.where, ReasonMalformed, "not valid JSON")
		}
	case carrier == "html" && !sniffText(p):
		p.unread(p.where, ReasonMalformed, "its bytes are no text")
	case slices.Contains(binaryEndings, ext), slices.Contains(oldEndings, ext) && isEncoded(p.data):
		p.unread(p.where, ReasonMalformed, "its name says "+ext[1:]+", its bytes do not")
	}
}

// isEncoded reports whether b is letters and digits without a blank, as what some program
// has encoded is: no words of anybody's.
func isEncoded(b []byte) bool {
	return len(b) >= leastFile && !bytes.ContainsFunc(b, func(r rune) bool {
		return r != '\r' && r != '\n' && r != '=' && (r >= 0x80 || !isBase64(byte(r)))
	})
}

const tokenBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

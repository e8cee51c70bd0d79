package extract

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"
)

// Bounds on mail, beside the budget of parts.
const (
	maxHeader    = 256 << 10 // bytes of one header block
	maxMultipart = 32        // multiparts within multiparts of one message
	maxMessages  = 1000      // of one mailbox
)

// mailHeaders are fields one of which stands among the first of a message.
var mailHeaders = []string{"received:", "from:", "to:", "subject:", "date:", "message-id:", "mime-version:", "return-path:", "delivered-to:", "content-type:", "reply-to:", "x-", "cc:", "sender:", "dkim-signature:", "arc-", "authentication-results:"}

// sniffMail wants header fields from the first line on (RFC 5322 §2.2), and
// among them one that only mail has, unless the name says it is mail.
func sniffMail(p *part) bool {
	b := savedMessage(p.data)
	b = b[:min(len(b), 4096)]
	if bytes.HasPrefix(b, []byte("From ")) {
		if i := bytes.IndexByte(b, '\n'); i > 0 {
			b = b[i+1:]
		}
	}
	named := p.ext() == ".eml" || p.ext() == ".mbox" || p.ext() == ".mht" || p.ext() == ".mhtml" || strings.HasPrefix(p.contentType, "message/rfc822")
	fields, typical := 0, 0
	for fields < 30 {
		line, rest, more := bytes.Cut(b, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' || fields == 0 {
			name, _, ok := bytes.Cut(line, []byte(":"))
			if !ok || len(name) == 0 || len(name) > 76 || bytes.ContainsAny(name, " \t<>{}\"()/") {
				if more || fields == 0 {
					return false
				}
				break
			}
			fields++
			low := strings.ToLower(string(name)) + ":"
			for _, h := range mailHeaders {
				if low == h || strings.HasSuffix(h, "-") && strings.HasPrefix(low, h) {
					typical++
					break
				}
			}
		}
		if !more {
			break
		}
		b = rest
	}
	return typical >= 2 || named && typical >= 1
}

// savedMessage gives the message or mailbox in a file as programs save it: behind
// blank lines, with lines that end in CR alone, or between the count of its bytes
// and a property list (.emlx of Apple Mail).
func savedMessage(b []byte) []byte {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF")), " \t\r\n")
	if len(b) == 0 || b[0] < '0' || b[0] > 'z' {
		return b
	}
	if line, _, ok := bytes.Cut(b[:min(len(b), 32)], []byte("\n")); ok {
		if n, err := strconv.Atoi(string(bytes.TrimSpace(line))); err == nil && n > 0 {
			rest := b[len(line)+1:]
			return rest[:min(len(rest), n)]
		}
	}
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') >= 0 {
		return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
	}
	return b
}

// extractMail reads a message (RFC 5322, RFC 2045 ff.) or a mailbox of them
// (RFC 4155).
func extractMail(p *part) {
	rest := savedMessage(p.data)
	if !bytes.HasPrefix(rest, []byte("From ")) {
		m := mailReader{p: p}
		m.entity(rest, p.place(), 0)
		return
	}
	for n := 1; len(rest) > 0; n++ {
		if n > maxMessages || !p.count(1) {
			p.limit(p.where, ReasonParts, "at most "+strconv.Itoa(maxMessages)+" messages")
			return
		}
		if p.done() {
			return
		}
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			rest = rest[i+1:]
		} else {
			return
		}
		message := rest
		if i := bytes.Index(rest, []byte("\nFrom ")); i >= 0 {
			message, rest = rest[:i+1], rest[i+1:]
		} else {
			rest = nil
		}
		if len(bytes.TrimSpace(message)) == 0 {
			continue
		}
		m := mailReader{p: p}
		m.entity(message, p.place("message "+strconv.Itoa(n)), 0)
	}
}

type mailReader struct {
	p     *part
	parts int
}

// header is one block of fields; of those it knows the last one wins.
type header struct {
	contentType, disposition, encoding string
	location, saved                    string // of a page (RFC 2557 §4.2), and of the one that a browser saved
	told                               [maxTold]toldField
}

// toldField is a field that may hold an address: the subject, what lists say of
// themselves (RFC 2369), and what programs add.
type toldField struct{ name, value string }

const maxTold = 16 // fields of one header in which addresses are looked for

// tells gives room for a field that may hold an address; nil for any other.
func (h *header) tells(name string) *string {
	if name != "subject" && !strings.HasPrefix(name, "list-") && !strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "list-unsubscribe") {
		return nil
	}
	for i := range h.told {
		if f := &h.told[i]; f.name == "" {
			f.name = name
			return &f.value
		}
		if h.told[i].value == "" || !strings.Contains(h.told[i].value, "://") { // of no use
			h.told[i] = toldField{name: name}
			return &h.told[i].value
		}
	}
	return nil
}

// splitHeader takes the fields off the front of b.
func splitHeader(b []byte) (h header, body []byte, ok bool) {
	size := 0
	var field *string
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if size += len(line) + 2; size > maxHeader {
			return h, nil, false
		}
		switch {
		case len(line) == 0:
			return h, rest, true
		case line[0] == ' ' || line[0] == '\t':
			if field != nil && len(*field) < 8<<10 {
				*field += " " + strings.TrimSpace(string(line))
			}
		default:
			name, value, found := bytes.Cut(line, []byte(":"))
			if !found {
				// No field and no empty line: the body has begun already.
				return h, b, true
			}
			switch strings.ToLower(string(bytes.TrimSpace(name))) {
			case "content-type":
				field = &h.contentType
			case "content-disposition":
				field = &h.disposition
			case "content-transfer-encoding":
				field = &h.encoding
			case "content-location":
				field = &h.location
			case "snapshot-content-location":
				field = &h.saved
			default:
				field = h.tells(strings.ToLower(string(bytes.TrimSpace(name))))
			}
			if field != nil {
				*field = strings.TrimSpace(string(value))
			}
		}
		b = rest
	}
	return h, nil, true
}

// mediaType is mime.ParseMediaType for what mail programs really write.
func mediaType(v string) (string, map[string]string) {
	t, params, err := mime.ParseMediaType(v)
	if t == "" || err != nil && params == nil {
		t, _, _ = strings.Cut(v, ";")
		t = strings.ToLower(strings.TrimSpace(t))
		params = map[string]string{}
		for piece := range strings.SplitSeq(v, ";") {
			if k, w, ok := strings.Cut(piece, "="); ok {
				params[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(w), `"`)
			}
		}
	}
	return t, params
}

var words = mime.WordDecoder{CharsetReader: func(label string, in io.Reader) (io.Reader, error) {
	return charset.NewReaderLabel(label, in)
}}

// entity reads one MIME entity, which stands at pl.
func (m *mailReader) entity(b []byte, pl Place, depth int) {
	p := m.p
	if p.done() || !p.count(1) {
		return
	}
	h, body, ok := splitHeader(b)
	if !ok {
		p.unread(pl.Where, ReasonTooLarge, "a header of more than 256 KiB")
		return
	}
	p.saved(h.saved, pl)
	p.header(&h, pl)
	kind, params := mediaType(h.contentType)
	name := partName(h.disposition, params)
	if kind == "multipart/encrypted" { // RFC 1847 §2.2
		p.unread(pl.Where, ReasonEncrypted, "encrypted for its recipient")
		return
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		if depth >= maxMultipart {
			p.unread(pl.Where, ReasonDepth, "multiparts nested too deep")
			return
		}
		m.multipart(body, params["boundary"], pl, depth)
		return
	}
	if kind == "text/calendar" && name == "" {
		return // the sender's invitation
	}
	m.parts++
	data := m.decode(body, h.encoding, pl)
	step := "part " + strconv.Itoa(m.parts)
	if name != "" {
		step += " " + name
	}
	if depth > 0 || name != "" {
		pl.Where += " > " + cleanStep(step)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		if name != "" {
			p.unread(pl.Where, ReasonEmpty, "")
		}
		return
	}
	switch {
	case name == "" && (kind == "" || kind == "text/plain" || kind == "text/markdown"):
		p.mailText(data, h.encoding, params, pl)
	case kind == "text/html" && name == "":
		p.embedPage(pl, "part.html", "text/html; charset=utf-8", h.location, []byte(toUTF8(data, params["charset"])), false)
	case kind == "message/rfc822" || kind == "message/global":
		p.embed(pl, "message.eml", kind, data)
	case kind == "application/ms-tnef" || strings.EqualFold(name, "winmail.dat"):
		p.embed(pl, "winmail.dat", kind, data)
	case name == "" && strings.HasPrefix(kind, "message/"):
		pl.Where += " > text"
		p.text(decodeText(data), pl)
	case isDetached(kind):
		// The seal of the message, no document of the applicant.
		p.embedQuiet(pl, name, data)
	default:
		p.embed(pl, name, kind, data)
	}
}

// mailText reads a part that is text.
func (p *part) mailText(data []byte, encoding string, params map[string]string, pl Place) {
	data = p.encodedFiles(data, pl)
	text, sure := data, true
	if encoding == "" || strings.HasSuffix(strings.ToLower(encoding), "bit") {
		text, sure = p.unquoted(data, pl)
	}
	decoded := func(data []byte) string {
		s := toUTF8(data, params["charset"])
		if strings.EqualFold(params["format"], "flowed") {
			s = unflow(s, strings.EqualFold(params["delsp"], "yes"))
		}
		return s
	}
	pl.Where += " > text"
	p.plain(decoded(text), pl)
	if !sure {
		p.text(decoded(data), pl)
	}
}

// header takes the addresses of badges in the fields of a header. Others are those of
// the sender's programs: whom to write to, where to unsubscribe.
func (p *part) header(h *header, pl Place) {
	for _, f := range h.told {
		value := f.value
		if strings.Contains(value, "=?") {
			if d, err := words.DecodeHeader(value); err == nil {
				value = d
			}
		}
		if !strings.Contains(value, "://") {
			continue
		}
		at := pl
		at.Where += " > header " + f.name
		for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return r <= ' ' || strings.ContainsRune("<>,;\"()", r) }) {
			if !hasFoldPrefix(word, "http") {
				continue
			}
			if _, l, ok := p.parseLink(word, at); ok && l.Class == ClassKnown && l.leads() && !acts(word) {
				p.link(word, at)
			}
		}
	}
}

// acts reports whether an address does something where it is asked: it carries a word that
// is good once, or ends at what is to be done.
func acts(address string) bool {
	path, query, _ := strings.Cut(address, "?")
	switch strings.ToLower(path[strings.LastIndexByte(path, '/')+1:]) {
	case "accept", "claim", "decline", "reject", "unsubscribe":
		return true
	}
	return strings.Contains(strings.ToLower(query), "token=")
}

// partName is the name of the file that a part holds (RFC 2183 §2.3), or that its media
// type gives it.
func partName(disposition string, params map[string]string) string {
	_, dparams := mediaType(disposition)
	name := dparams["filename"]
	if name == "" {
		name = params["name"]
	}
	if d, err := words.DecodeHeader(name); err == nil {
		name = d
	}
	return name
}

// isDetached reports whether a part is a signature beside what it signs (RFC 1847
// §2.1, RFC 8551 §3.5.3, RFC 3156 §5).
func isDetached(kind string) bool {
	return kind == "application/pkcs7-signature" || kind == "application/x-pkcs7-signature" || kind == "application/pgp-signature"
}

// multipart goes through the parts between boundary lines (RFC 2046 §5.1.1).
func (m *mailReader) multipart(b []byte, boundary string, pl Place, depth int) {
	mark := []byte("--" + boundary)
	start := -1
	closed := false
	for i := 0; i <= len(b) && !m.p.done(); {
		j := bytes.Index(b[i:], mark)
		if j < 0 {
			break
		}
		j += i
		end := j + len(mark)
		i = end
		if j > 0 && b[j-1] != '\n' {
			continue
		}
		line := b[end:]
		if k := bytes.IndexByte(line, '\n'); k >= 0 {
			line = line[:k]
			i = end + k + 1
		} else {
			i = len(b) + 1
		}
		rest := strings.TrimSpace(string(line))
		if rest != "" && !strings.HasPrefix(rest, "--") {
			continue // a longer boundary that begins alike
		}
		if start >= 0 {
			m.entity(bytes.TrimSuffix(bytes.TrimSuffix(b[start:j], []byte("\n")), []byte("\r")), pl, depth+1)
		}
		start = min(i, len(b))
		if strings.HasPrefix(rest, "--") {
			start, closed = -1, true
			break
		}
	}
	switch {
	case start >= 0 && start < len(b):
		// The last part was not closed: cut off, but perhaps only by a line.
		m.entity(b[start:], pl, depth+1)
		fallthrough
	case !closed:
		m.p.unread(pl.Where, ReasonTruncated, "the last boundary is missing")
	}
}

// decode undoes the transfer encoding (RFC 2045 §6), leniently.
func (m *mailReader) decode(b []byte, encoding string, pl Place) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		if int64(len(b)) > m.p.inflated {
			m.p.inflateFailed(pl.Where, errInflated)
			return nil
		}
		m.p.inflated -= int64(len(b)) / 4 * 3
		return decodeBase64(inAlphabet(b))
	case "quoted-printable":
		data, err := m.p.inflate(quotedprintable.NewReader(bytes.NewReader(b)), 0)
		if err != nil && len(data) == 0 {
			return b
		}
		return data
	case "x-uuencode", "uuencode", "x-uue":
		data, _ := uudecode(string(b))
		return data
	}
	return b
}

// uudecode undoes the first uuencoded file in s, and gives where it ends (POSIX
// uuencode). Blanks at the ends of lines may have been taken off. A line that is no
// more than text ends it.
func uudecode(s string) (out []byte, end int) {
	begun := false
	for line := range strings.SplitSeq(s, "\n") {
		size := len(line) + 1
		line = strings.TrimRight(line, "\r")
		switch {
		case !begun:
			begun = strings.HasPrefix(line, "begin ")
		case line == "end":
			return out, min(end+size, len(s))
		case len(line) == 0 || line[0] == ' ' || line[0] == '`': // of no bytes
		default:
			n := int(line[0]-' ') & 63
			line = line[1:]
			if len(line) > (n+2)/3*4+2 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '`' }) {
				return out, end
			}
			for ; n > 0; n -= 3 {
				var four [4]byte
				for i := range copy(four[:], line) {
					four[i] = (four[i] - ' ') & 63
				}
				three := []byte{four[0]<<2 | four[1]>>4, four[1]<<4 | four[2]>>2, four[2]<<6 | four[3]}
				out = append(out, three[:min(n, 3)]...)
				line = line[min(4, len(line)):]
			}
		}
		end += size
	}
	return out, min(end, len(s))
}

// toUTF8 decodes text by its declared charset, which may lie.
func toUTF8(b []byte, label string) string {
	if label != "" && !strings.EqualFold(label, "utf-8") && !strings.EqualFold(label, "us-ascii") {
		if r, err := charset.NewReaderLabel(label, bytes.NewReader(b)); err == nil {
			if u, err := io.ReadAll(io.LimitReader(r, 3*int64(len(b))+16)); err == nil {
				return string(u)
			}
		}
	}
	return decodeText(b)
}

// inAlphabet leaves out what is no character of base64: a decoder must pass it
// over (RFC 2045 §6.8). Some mail programs write the alphabet for URLs.
func inAlphabet(b []byte) string {
	forURLs := !bytes.ContainsAny(b, "+/")
	kept := make([]byte, 0, len(b))
	for _, c := range b {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' || forURLs && (c == '-' || c == '_') {
			kept = append(kept, c)
		}
	}
	return string(kept)
}

// unflow joins the lines that format=flowed broke after a space, within one depth
// of quotation; with delsp the space goes, too (RFC 3676 §4).
func unflow(s string, delsp bool) string {
	var b strings.Builder
	open, before := false, 0
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimLeft(line, ">")
		depth := len(line) - len(text)
		for depth > 0 { // some programs quote what is quoted with a space between
			more, ok := strings.CutPrefix(strings.TrimPrefix(text, " "), ">")
			if !ok {
				break
			}
			text = more
			depth++
		}
		text = strings.TrimPrefix(text, " ") // stuffed
		if b.Len() > 0 && !(open && depth == before) {
			b.WriteByte('\n')
		}
		before = depth
		open = strings.HasSuffix(text, " ") && text != "-- "
		switch {
		case open && delsp:
			text = text[:len(text)-1]
		case open && withinAngles(text):
			open = false // white space between angle brackets does not count
		}
		b.WriteString(text)
	}
	return b.String()
}

// withinAngles reports whether a line ends within an address in angle brackets.
func withinAngles(line string) bool {
	in := line[strings.LastIndexByte(line, '<')+1:]
	return len(in) < len(line) && hasFoldPrefix(in, "http") && !strings.ContainsAny(strings.TrimRight(in, " "), "> ")
}

package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"assay/extract"
)

// The protocol: frames of one byte kind, four bytes length (big endian) and a
// body. The parent sends a request frame and a document frame; the child first
// sends a hello, then for each request for a document any number of finding
// frames as they are found and one done frame, for one for a schema one answer.
const (
	frameHello    = 'H' // child: Guard
	frameRequest  = 'Q' // parent: request
	frameDocument = 'D' // parent: the document's bytes, or those of a schema and its document
	frameFinding  = 'F' // child: one extract.Finding, as soon as it is found
	frameDone     = 'R' // child: done
	frameAnswer   = 'A' // child: answer
)

// Caps on what one side believes of the other.
const (
	maxRequest = 64 << 10 // names and limits
	maxAnswer  = 1 << 10  // yes or no
	maxFinding = 4 << 20  // one finding: a credential as large as a badge may be
	maxDone    = 32 << 20 // all findings of a document
	maxPlaces  = 4096     // places of one finding
	maxUnread  = 4096     // unread parts of a document
	maxWhere   = 8 << 10  // bytes of one place
	maxWord    = 64       // bytes of a word of ours
	maxFlags   = 32       // flags of one place
)

var errProtocol = errors.New("protocol broken")

type request struct {
	Name        string         `json:"name"`
	ContentType string         `json:"contentType,omitempty"`
	Fetched     bool           `json:"fetched,omitempty"`
	Limits      extract.Limits `json:"limits"`
	Spent       extract.Spent  `json:"spent,omitzero"`
	Own         []string       `json:"own,omitempty"`
	CPU         time.Duration  `json:"cpu"`
	Wall        time.Duration  `json:"wall"`
	Schema      *schemaOf      `json:"schema,omitempty"` // nil: a document is to be parsed
}

// schemaOf asks for a document to be tried by a schema.
type schemaOf struct {
	ID    string `json:"id"`    // the address of the schema
	Bytes int    `json:"bytes"` // its length; the document comes after it
}

// answer is what a child says of a document and a schema.
type answer struct {
	Obeys   bool          `json:"obeys,omitempty"`
	Unknown bool          `json:"unknown,omitempty"` // the text is no schema, or what follows it failed
	Failed  string        `json:"failed,omitempty"`  // the line of the program that did
	CPU     time.Duration `json:"cpu"`               // of the child's whole life
}

type done struct {
	Result extract.Result `json:"result"`
	CPU    time.Duration  `json:"cpu"` // of the child's whole life
}

func writeFrame(w io.Writer, kind byte, body []byte) error {
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(body)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

// readFrame reads one frame whose kind is among kinds and whose body is at most
// limit(kind) bytes long. It allocates no more than what has really arrived,
// whatever length the frame claims; only a document's length is believed, which
// a parent tells its child.
func readFrame(r io.Reader, limit func(kind byte) int) (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[1:]))
	most := limit(head[0])
	if most <= 0 {
		return 0, nil, fmt.Errorf("%w: frame of kind %q", errProtocol, head[0])
	}
	if n > int64(most) {
		return 0, nil, fmt.Errorf("%w: frame %q of %d bytes, at most %d", errProtocol, head[0], n, most)
	}
	if n <= 1<<16 || head[0] == frameDocument {
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return head[0], b, err
	}
	var buf bytes.Buffer
	got, err := io.CopyN(&buf, r, n)
	if err == nil && got < n {
		err = io.ErrUnexpectedEOF
	}
	return head[0], buf.Bytes(), err
}

func fromChild(kind byte) int {
	switch kind {
	case frameHello:
		return maxRequest
	case frameFinding:
		return maxFinding
	case frameDone:
		return maxDone
	case frameAnswer:
		return maxAnswer
	}
	return 0
}

func strictDecode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %v", errProtocol, err)
	}
	if d.More() {
		return fmt.Errorf("%w: trailing data", errProtocol)
	}
	return nil
}

// checkResult holds a child's answer to what extraction can honestly say.
func checkResult(r extract.Result, name string, l extract.Limits) error {
	l = l.WithDefaults()
	badges, links := l.Badges, l.Links
	for _, f := range r.Findings {
		if err := checkFinding(f, name); err != nil {
			return err
		}
		if f.Kind == extract.KindLink {
			links--
		} else {
			badges--
		}
	}
	if badges < 0 || links < 0 {
		return fmt.Errorf("%w: more findings than the limits allow", errProtocol)
	}
	if r.Inflated < 0 || r.Pixels < 0 {
		return fmt.Errorf("%w: fewer than no bytes decompressed, or pixels searched", errProtocol)
	}
	if len(r.Unread) > maxUnread {
		return fmt.Errorf("%w: %d unread parts", errProtocol, len(r.Unread))
	}
	for _, u := range r.Unread {
		if !fits(u.Where, name) || u.Reason == "" || len(u.Reason) > 64 || len(u.Detail) > maxWhere {
			return fmt.Errorf("%w: unread part without place or reason", errProtocol)
		}
		if (u.Reason == extract.ReasonReaderFailed) != (u.Reader != "") || u.Reader != "" && !isReader(u.Reader) || u.At != "" && (u.Reader == "" || !isLine(u.At)) {
			return fmt.Errorf("%w: a fault that is not the program's", errProtocol)
		}
	}
	return nil
}

// isReader reports whether a name is a reader's: it goes into logs and metrics.
func isReader(name string) bool {
	return name == extract.ReaderNone || slices.Contains(extract.Carriers(), name)
}

// isLine reports whether s is a line of a program, which goes into logs.
func isLine(s string) bool {
	file, line, ok := strings.Cut(s, ".go:")
	rest := strings.Trim(file, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
	n, err := strconv.Atoi(line)
	return ok && file != "" && rest == "" && len(file) <= 40 && err == nil && n > 0 && len(line) <= 6
}

func checkFinding(f extract.Finding, name string) error {
	switch f.Kind {
	case extract.KindJSON, extract.KindJWS, extract.KindForm, extract.KindLink:
	default:
		return fmt.Errorf("%w: finding of kind %q", errProtocol, f.Kind)
	}
	if f.Payload == "" || f.Carrier == "" || len(f.Carrier) > maxWord || len(f.Places) == 0 || len(f.Places) > maxPlaces {
		return fmt.Errorf("%w: finding without payload, carrier or place", errProtocol)
	}
	if !f.LinkFits() || f.Kind == extract.KindLink && f.Link != nil && (len(f.Link.Class) > maxWord || len(f.Link.Provider) > maxWord) || len(f.Ambiguous) > maxWhere {
		return fmt.Errorf("%w: a link that carries more than a link", errProtocol)
	}
	for _, p := range f.Places {
		if len(p.Reader) > maxWord || len(p.Flags) > maxFlags || slices.ContainsFunc(p.Flags, func(s string) bool { return len(s) > maxWord }) {
			return fmt.Errorf("%w: a place with more words than there are", errProtocol)
		}
		if !fits(p.Where, name) {
			return fmt.Errorf("%w: place outside the document", errProtocol)
		}
	}
	return nil
}

// fits reports whether a place is one of the document's own: a child that was
// broken into must not speak for another document.
func fits(where, name string) bool {
	return where != "" && len(where) <= maxWhere+len(name) && utf8.ValidString(where) && strings.HasPrefix(where, name)
}

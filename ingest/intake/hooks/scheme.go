package hooks

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/ingest"
	"assay/verify/read"
)

// Bounds of a notification.
const (
	MaxBody     = 4 << 20 // bytes as they came
	maxUnpacked = 8 << 20
	maxDigests  = 16 // signatures that are looked at
)

// Scheme says how a hiring system signs what it notifies: one row of a table, which the
// seven systems that come with assay and whatever an operator writes have in common.
// Places are "body", "header NAME" and "member PATH", with dots.
type Scheme struct {
	Signature string        `yaml:"signature"` // place
	Prefix    string        `yaml:"prefix"`    // before each digest
	Several   string        `yaml:"several"`   // between digests; "" = there is one
	Form      string        `yaml:"form"`      // hex, base64, or base64hex: base64 of the hex text
	Sign      []string      `yaml:"sign"`      // places of what is signed (HMAC-SHA256)
	Join      string        `yaml:"join"`      // what stands between them
	Time      string        `yaml:"time"`      // place of when it was sent, one of those signed: seconds or milliseconds since 1970, or RFC 3339
	Window    time.Duration `yaml:"window"`    // how far that may be from now
	ID        string        `yaml:"id"`        // place of the event's id, which it bears each time it is sent
	Apart     string        `yaml:"apart"`     // place of what tells events apart that are signed alike
	Handshake string        `yaml:"handshake"` // header that is answered as it came, before anything is sent
	Answer    int           `yaml:"answer"`    // status that says it was taken; 0 = 200
}

// Reasons why a notification is refused.
var (
	errSignature = errors.New("no signature of it is one by a key of this hook")
	errStale     = errors.New("it was signed too long ago, or is not of this time")
	errForm      = errors.New("it is no JSON object that can be read in one way only")
	errLarge     = errors.New("it is larger than is taken")
)

const (
	placeBody   = "body"
	placeHeader = "header "
	placeMember = "member "
)

func (s *Scheme) check() error {
	for _, p := range slices.Concat([]string{s.Signature, s.Time, s.ID, s.Apart}, s.Sign) {
		if p != "" && p != placeBody && !strings.HasPrefix(p, placeHeader) && !strings.HasPrefix(p, placeMember) {
			return fmt.Errorf("scheme: %q is none of body, header NAME, member PATH", p)
		}
	}
	switch {
	case s.Signature == "" || s.Signature == placeBody || len(s.Sign) == 0:
		return errors.New("scheme: signature and sign are needed")
	case !slices.Contains([]string{"hex", "base64", "base64hex"}, s.Form):
		return errors.New("scheme: form is hex, base64 or base64hex")
	case s.Time != "" && (!slices.Contains(s.Sign, s.Time) || s.Window <= 0 || s.Window >= ingest.NoticeMemory):
		return errors.New("scheme: time needs to be signed, and a window that is shorter than notices are known again")
	case s.Answer != 0 && (s.Answer < 200 || s.Answer > 299):
		return errors.New("scheme: answer is a status of success")
	}
	return nil
}

// whole reports whether the signature covers the body.
func (s *Scheme) whole() bool { return slices.Contains(s.Sign, placeBody) }

// message is a notification as it came: nothing of it is believed before signed says so.
type message struct {
	header http.Header
	raw    []byte         // signed as it came, packed or not
	body   []byte         // unpacked
	object map[string]any // of it
}

// read unpacks and reads it, within bounds.
func (m *message) read() error {
	m.body = m.raw
	switch e := strings.ToLower(strings.TrimSpace(m.header.Get("Content-Encoding"))); e {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(m.raw))
		if err != nil {
			return errForm
		}
		if m.body, err = io.ReadAll(io.LimitReader(z, maxUnpacked+1)); err != nil {
			return errForm
		}
		if len(m.body) > maxUnpacked {
			return errLarge
		}
	default:
		return errForm
	}
	o, err := read.ParseObject(m.body, read.Limits{Bytes: maxUnpacked})
	if err != nil {
		return errForm
	}
	m.object, _ = native(o).(map[string]any)
	return nil
}

// open checks and reads a notification. What the signature covers is as it came, so that
// nothing is unpacked or read before it is known to be the system's, unless the signature
// itself stands in it.
func (s *Scheme) open(h http.Header, raw []byte, secrets [][]byte, now time.Time) (*message, error) {
	if len(raw) > MaxBody {
		return nil, errLarge
	}
	m := &message{header: h, raw: raw}
	inside := slices.ContainsFunc(slices.Concat([]string{s.Signature}, s.Sign), func(p string) bool { return strings.HasPrefix(p, placeMember) })
	steps := []func() error{func() error { return s.verify(m, secrets, now) }, m.read}
	if inside {
		slices.Reverse(steps)
	}
	for _, f := range steps {
		if err := f(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// at gives what stands at a place; "" where nothing does.
func (m *message) at(place string) string {
	if place == placeBody {
		return string(m.raw)
	}
	if name, ok := strings.CutPrefix(place, placeHeader); ok {
		return m.header.Get(name)
	}
	var v any = m.object
	for name := range strings.SplitSeq(strings.TrimPrefix(place, placeMember), ".") {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return spell(v)
}

// text is what is signed.
func (s *Scheme) text(m *message) string {
	parts := make([]string, len(s.Sign))
	for i, p := range s.Sign {
		parts[i] = m.at(p)
	}
	return strings.Join(parts, s.Join)
}

// verify refuses what none of the secrets has signed, or has signed at another time.
func (s *Scheme) verify(m *message, secrets [][]byte, now time.Time) error {
	if !s.whole() {
		// Nothing is signed by a digest of nothing.
		for _, p := range s.Sign {
			if m.at(p) == "" {
				return errSignature
			}
		}
	}
	if !s.signed(m, secrets) {
		return errSignature
	}
	if s.Time == "" {
		return nil
	}
	at, err := when(m.at(s.Time))
	if err != nil || now.Sub(at).Abs() > s.Window {
		return errStale
	}
	return nil
}

func (s *Scheme) signed(m *message, secrets [][]byte) bool {
	given := []string{m.at(s.Signature)}
	if s.Several != "" {
		given = strings.Split(given[0], s.Several)
	}
	text := s.text(m)
	for _, key := range secrets {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		sum := mac.Sum(nil)
		for _, g := range given[:min(len(given), maxDigests)] {
			digest, ok := strings.CutPrefix(strings.TrimSpace(g), s.Prefix)
			if ok && hmac.Equal(sum, s.digest(digest)) {
				return true
			}
		}
	}
	return false
}

// digest reads a digest; nil where it is none.
func (s *Scheme) digest(text string) []byte {
	text = strings.TrimSpace(text)
	if s.Form != "hex" {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || s.Form == "base64" {
			return b
		}
		text = string(b)
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}

// when reads a time; milliseconds are told from seconds by their number.
func when(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return time.Parse(time.RFC3339Nano, text)
	case n > 1e11:
		return time.UnixMilli(n), nil
	}
	return time.Unix(n, 0), nil
}

// id is what a notification is known again by: what is signed, and what tells events
// apart that are signed alike.
func (s *Scheme) id(m *message, hook string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("notice\x00" + hook + "\x00" + s.text(m)))
	if s.Apart != "" {
		mac.Write([]byte("\x00" + m.at(s.Apart)))
	}
	return hex.EncodeToString(mac.Sum(nil)[:20])
}

// believed is what of a notification the signature covers: the members, and the headers.
func (s *Scheme) believed(m *message) (event map[string]any, header map[string]string) {
	event, header = map[string]any{}, map[string]string{}
	if s.whole() {
		event = m.object
	}
	for _, p := range s.Sign {
		if name, ok := strings.CutPrefix(p, placeHeader); ok {
			header[strings.ToLower(name)] = m.header.Get(name)
		}
		if path, ok := strings.CutPrefix(p, placeMember); ok && !s.whole() {
			put(event, strings.Split(path, "."), m.at(p))
		}
	}
	return event, header
}

func put(o map[string]any, path []string, v any) {
	for _, name := range path[:len(path)-1] {
		next, ok := o[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			o[name] = next
		}
		o = next
	}
	o[path[len(path)-1]] = v
}

package extract

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// bake is one thing that stands where an image bears its badge.
type bake struct {
	text  string
	place Place
}

// Why a finding is ambiguous.
const (
	ambiguousBakes  = "the image bears two badges that differ"
	ambiguousVerify = "the element's body and its verify attribute differ"
)

// bakes takes all that one image bears where the specification puts its badge,
// in the order of the file. Readers disagree on which of several counts, so
// ones that differ are all marked with why.
func (p *part) bakes(all []bake, why string) {
	mark := ""
	for i := 1; i < len(all) && mark == ""; i++ {
		if !sameBadge(all[0].text, all[i].text) {
			mark = why
		}
	}
	signed := -1
	for i, b := range all {
		if mark == "" && signed < 0 && isJWS(trimPayload(b.text)) {
			signed = i
		}
	}
	for i, b := range all {
		if signed >= 0 && i != signed && strings.HasPrefix(trimPayload(b.text), "{") {
			// The same badge without its signature: another place of the JWS.
			b.text, b.place = all[signed].text, b.place.flagged("unsigned_copy")
		}
		if !p.take(p.carrier, b.text, b.place, true, mark) {
			p.unread(b.place.Where, ReasonMalformed, "neither JSON, nor a JWS, nor a URL")
		}
	}
}

// candidate takes text that is perhaps a JSON credential, a compact JWS, or a
// URL, with nothing around it but space. With bake it stands where a baking
// specification puts an assertion, and any JSON object or JWS is believed to be
// one. It reports whether text was one of the three.
func (p *part) candidate(text string, pl Place, bake bool) bool {
	return p.take(p.carrier, text, pl, bake, "")
}

func (p *part) candidateAs(carrier, text string, pl Place, bake bool) bool {
	return p.take(carrier, text, pl, bake, "")
}

// several matches where an address ends and another begins in a list of them.
var several = regexp.MustCompile(`(?i)[;,|]https?://`)

func (p *part) take(carrier, text string, pl Place, bake bool, ambiguous string) bool {
	text = trimPayload(text)
	if len(text) < 8 {
		return false
	}
	if bake && text[0] == '"' {
		// Some write a token as a string of JSON, as their library gave it.
		var s string
		if json.Unmarshal([]byte(text), &s) == nil && isToken(trimPayload(s)) {
			text = trimPayload(s)
		}
	}
	f := Finding{Payload: text, Carrier: carrier, Bake: bake, Ambiguous: ambiguous}
	switch {
	case text[0] == '{':
		if !bake {
			return p.jsonText(carrier, text, pl)
		}
		f.Kind = KindJSON
	case text[0] == '[':
		return !bake && p.jsonText(carrier, text, pl)
	case isToken(text):
		// One of two badges in one place is handed on as it stands, and so marked.
		if parts := strings.SplitN(text, ".", 3); ambiguous == "" && p.presented(carrier, parts[1], pl) {
			return true
		}
		f.Kind = KindJWS
	case isCBORText(text), text[0] == '<' && isEuropassXML([]byte(text)):
		p.form(text, pl)
		return true
	default:
		if strings.ContainsAny(text, " \t\r\n") {
			return false
		}
		if len(text) > 5 && strings.EqualFold(text[:5], "data:") {
			return p.dataURI(text, pl)
		}
		// Most words are none, and cost nothing of what may be looked at.
		if !strings.Contains(text, "//") && !strings.Contains(strings.ToLower(text[:min(len(text), 16)]), "www.") {
			return false
		}
		if !bake && several.MatchString(text) {
			return false // each is one of what stands in a text
		}
		u, l, ok := p.parseLink(text, pl)
		if !ok {
			return false
		}
		f.Kind, f.Payload, f.Link = KindLink, u, &l
	}
	if f.Kind != KindLink && !fitsPayload(text) {
		p.unread(pl.Where, ReasonTooLarge, "a credential of "+strconv.Itoa(len(text))+" bytes, at most "+strconv.Itoa(maxPayload))
		return true
	}
	if !utf8.ValidString(f.Payload) {
		f.Payload = strings.ToValidUTF8(f.Payload, "\uFFFD")
		pl = pl.flagged("not_utf8")
	}
	p.emit(f, pl)
	if f.Kind == KindLink {
		p.jwsInURL(f.Payload, pl)
		p.jwsInURL(fragmentOf(text, f.Payload), pl)
	}
	return true
}

// fitsPayload holds a payload against maxPayload, and against what becomes of
// it when it is written as a JSON string to the parent process.
func fitsPayload(s string) bool {
	if len(s) > maxPayload {
		return false
	}
	if len(s) < maxPayload/2 {
		return true
	}
	odd := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '<' || c == '>' || c == '&' || c >= 0x80 {
			odd++
		}
	}
	return odd < maxPayload/4
}

// trimPayload takes off space, NULs and byte order marks.
func trimPayload(s string) string {
	return strings.Trim(s, " \t\r\n\x00\v\f\uFEFF")
}

// isJWS reports whether s is a compact JWS (RFC 7515 §7.1) whose header is a
// JSON object with an alg. The signature may be empty: judging alg none is not
// our business.
func isJWS(s string) bool {
	if len(s) < 16 || s[:2] != "ey" {
		return false
	}
	dots := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			dots++
		case !isBase64URL(c):
			return false
		}
	}
	return dots == 2 && jwsHeader(s) != nil
}

// isToken reports whether s is a compact JWS, an SD-JWT, or a JWS whose parts are
// padded, which is none and is handed on to be told so.
func isToken(s string) bool { return isJWS(s) || isSDJWT(s) || isPadded(s) }

// isPadded reports whether s would be a compact JWS but for the padding of its
// parts.
func isPadded(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || !strings.Contains(s, "=") {
		return false
	}
	for i, part := range parts {
		parts[i] = strings.TrimRight(part, "=")
		if len(part)-len(parts[i]) > 2 {
			return false
		}
	}
	return isJWS(strings.Join(parts, "."))
}

// isSDJWT reports whether s is an SD-JWT (RFC 9901 §4): a compact JWS, and after
// it disclosures and perhaps the proof of its holder, each behind a tilde. It is
// handed on whole: without the tilde it would pass for a plain token.
func isSDJWT(s string) bool {
	at := strings.IndexByte(s, '~')
	return at > 0 && disclosures(s, at) == len(s) && isJWS(s[:at])
}

// isDisclosure reports whether text is base64url of a list, as each disclosure of
// an SD-JWT is (RFC 9901 §4.2).
func isDisclosure(text []byte) bool {
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	return err == nil && len(b) > 0 && b[0] == '[' && json.Valid(b)
}

// disclosures gives the end of what follows the JWS of an SD-JWT at i.
func disclosures(s string, i int) int {
	if i >= len(s) || s[i] != '~' {
		return i
	}
	for i < len(s) && (isBase64URL(s[i]) || s[i] == '~' || s[i] == '.') {
		i++
	}
	return i
}

func isBase64URL(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

type joseHeader struct {
	Alg string `json:"alg"`
}

// maxHead is how long the header of a JWS is, in characters.
const maxHead = 64 << 10

// jwsHeader is the header of a compact JWS, nil when it has none with an alg.
func jwsHeader(s string) *joseHeader {
	head, rest, ok := strings.Cut(s, ".")
	if !ok || len(head) > maxHead || strings.HasPrefix(rest, ".") {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return nil
	}
	var h joseHeader
	if json.Unmarshal(b, &h) != nil || h.Alg == "" {
		return nil
	}
	return &h
}

// jwsPayload is the decoded payload of a compact JWS when it is a JSON object.
func jwsPayload(s string) (string, bool) {
	_, rest, _ := strings.Cut(s, ".")
	body, _, ok := strings.Cut(rest, ".")
	if !ok {
		return "", false
	}
	b, err := base64.RawURLEncoding.DecodeString(body)
	b = bytes.TrimSpace(b)
	if err != nil || len(b) == 0 || b[0] != '{' || !json.Valid(b) {
		return "", false
	}
	return string(b), true
}

// sameBadge reports whether two payloads are one badge told twice: the same
// JSON in another layout, a JWS and the assertion or credential it signs, or an
// assertion and the URL where it is hosted.
func sameBadge(a, b string) bool {
	a, b = trimPayload(a), trimPayload(b)
	if a == b {
		return true
	}
	ja, jb := strings.HasPrefix(a, "{"), strings.HasPrefix(b, "{")
	switch {
	case ja && jb:
		ca, errA := canonical(a)
		cb, errB := canonical(b)
		return errA == nil && errB == nil && ca == cb
	case jb:
		return sameBadge(b, a)
	case ja && isJWS(b):
		return signs(b, a)
	case ja:
		u, l, ok := ParseLink(b)
		return ok && hostedAt(a, u, l.Machine)
	case isJWS(a) || isJWS(b):
		return false
	}
	ua, _, okA := ParseLink(a)
	ub, _, okB := ParseLink(b)
	return okA && okB && ua == ub
}

// signs reports whether the payload of jws is the JSON object obj: as it stands
// (OB2 signed badges), under the claim vc (VC 1.1 §6.3.1), or with the
// registered claims of a JWT added beside it (OB3 §8.2.4.1).
func signs(jws, obj string) bool {
	body, ok := jwsPayload(jws)
	if !ok {
		return false
	}
	want, err := canonical(obj)
	if err != nil {
		return false
	}
	if got, err := canonical(body); err == nil && got == want {
		return true
	}
	var claims map[string]json.RawMessage
	if _, err := canonical(body); err != nil || json.Unmarshal([]byte(body), &claims) != nil {
		return false
	}
	if vc, ok := claims["vc"]; ok {
		got, err := canonical(string(vc))
		return err == nil && got == want
	}
	for _, k := range []string{"iss", "jti", "nbf", "sub", "exp", "iat", "aud"} {
		delete(claims, k)
	}
	rest, err := json.Marshal(claims)
	if err != nil {
		return false
	}
	got, err := canonical(string(rest))
	return err == nil && got == want
}

// hostedAt reports whether the assertion obj says of itself that it is hosted
// at one of urls.
func hostedAt(obj string, urls ...string) bool {
	for _, u := range hostedURLs(obj) {
		if slices.Contains(urls, u) {
			return true
		}
	}
	return false
}

// hostedURLs are the places where the assertion obj says that it is hosted: its
// id, and verify.url or verification.url (OB 1.x, 2.0), each with its machine
// form. A credential that carries its own proof is not hosted.
func hostedURLs(obj string) []string {
	if !json.Valid([]byte(obj)) {
		return nil
	}
	var urls []string
	add := func(raw string) {
		var s string
		if json.Unmarshal([]byte(raw), &s) != nil {
			return
		}
		if u, l, ok := ParseLink(s); ok {
			urls = append(urls, u)
			if l.Machine != "" {
				urls = append(urls, l.Machine)
			}
		}
	}
	for k, raw := range members(obj) {
		switch k {
		case "id", "@id":
			add(raw)
		case "proof":
			return nil
		case "type", "@type":
			if !slices.Contains(typesOf(raw), "Assertion") {
				return nil
			}
		case "verify", "verification":
			for k, raw := range members(raw) {
				switch k {
				case "url":
					add(raw)
				case "type":
					if t := typesOf(raw); slices.Contains(t, "signed") || slices.Contains(t, "SignedBadge") {
						return nil
					}
				}
			}
		}
	}
	return urls
}

// foldLinks gives the places of a link to the finding that already holds the
// hosted assertion it leads to: judging that one asks the very same URL.
func (c *call) foldLinks() {
	if c.badges == 0 || c.links == 0 {
		return
	}
	at := map[string]int{}
	for i, f := range c.findings {
		if f.Kind == KindJSON && f.Ambiguous == "" {
			for _, u := range hostedURLs(f.Payload) {
				if _, ok := at[u]; !ok {
					at[u] = i
				}
			}
		}
	}
	folded := func(f Finding) (int, bool) {
		if f.Kind != KindLink || f.Ambiguous != "" {
			return 0, false
		}
		i, ok := at[f.Payload]
		if !ok && f.Link.Machine != "" {
			i, ok = at[f.Link.Machine]
		}
		return i, ok
	}
	for _, f := range c.findings {
		if i, ok := folded(f); ok {
			for _, pl := range f.Places {
				c.findings[i].join(f, pl)
			}
		}
	}
	c.findings = slices.DeleteFunc(c.findings, func(f Finding) bool { _, ok := folded(f); return ok })
}

// key is what makes two findings the same badge: the JWS, the URL, or the
// canonical form of the JSON.
func key(f Finding) string {
	if f.Kind == KindJSON {
		return digest(f.Payload)
	}
	return string(f.Kind) + " " + f.Payload
}

// digest stands for the canonical form of obj, or for obj when it has none.
func digest(obj string) string {
	s, err := canonical(obj)
	if err != nil {
		s = "raw " + obj
	}
	h := sha256.Sum256([]byte(s))
	return string(h[:])
}

var errNotCanonical = errors.New("no canonical form")

const maxJSONDepth = 64

// canonical writes JSON with sorted members and without space. Numbers stay as
// they are written. It refuses members of one name, which readers take
// differently, and depths beyond maxJSONDepth.
func canonical(s string) (string, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var b bytes.Buffer
	if err := canonicalValue(d, &b, 0); err != nil {
		return "", err
	}
	if _, err := d.Token(); err != io.EOF {
		return "", errNotCanonical
	}
	return b.String(), nil
}

func canonicalValue(d *json.Decoder, b *bytes.Buffer, depth int) error {
	if depth > maxJSONDepth {
		return errNotCanonical
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		var names []string
		values := map[string]string{}
		for d.More() {
			t, err := d.Token()
			if err != nil {
				return err
			}
			name, ok := t.(string)
			if _, twice := values[name]; twice || !ok {
				return errNotCanonical
			}
			var v bytes.Buffer
			if err := canonicalValue(d, &v, depth+1); err != nil {
				return err
			}
			names, values[name] = append(names, name), v.String()
		}
		slices.Sort(names)
		b.WriteByte('{')
		for i, n := range names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(n))
			b.WriteByte(':')
			b.WriteString(values[n])
		}
		b.WriteByte('}')
		_, err = d.Token()
	case json.Delim('['):
		b.WriteByte('[')
		for i := 0; d.More(); i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := canonicalValue(d, b, depth+1); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		_, err = d.Token()
	default:
		switch v := t.(type) {
		case string:
			b.WriteString(strconv.Quote(v))
		case json.Number:
			b.WriteString(v.String())
		case bool:
			b.WriteString(strconv.FormatBool(v))
		case nil:
			b.WriteString("null")
		default:
			return errNotCanonical
		}
	}
	return err
}

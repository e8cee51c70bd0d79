package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func sniffJSON(p *part) bool {
	b := bytes.TrimLeft(bytes.TrimPrefix(p.data, []byte("\xEF\xBB\xBF")), " \t\r\n")
	if len(b) < 2 || b[0] != '{' && b[0] != '[' {
		return false
	}
	switch c := bytes.TrimLeft(b[1:], " \t\r\n"); {
	case len(c) == 0:
		return false
	case b[0] == '{':
		return c[0] == '"' || c[0] == '}' || strings.HasPrefix(p.ext(), ".json")
	default:
		return strings.IndexByte("{[\"]", c[0]) >= 0 && utf8.Valid(b[:min(len(b), 512)-min(len(b), 512)%4]) || strings.HasPrefix(p.ext(), ".json")
	}
}

// extractJSON reads a document that is JSON: a credential, an array of them, a
// presentation, an LER-RS or any other object that holds some. A CLR is one
// credential: what it contains is judged with it.
func extractJSON(p *part) {
	s := trimPayload(string(p.data))
	pl := p.place()
	if !json.Valid([]byte(s)) {
		if p.jsonValues(s) {
			return
		}
		// Perhaps cut off, perhaps with comments: prose.
		before := p.creds
		p.text(s, pl)
		named := strings.HasPrefix(p.ext(), ".json") || isJSONType(p.contentType) || strings.HasPrefix(s, `{"`)
		if p.creds == before && named {
			reason := ReasonMalformed
			if truncatedJSON(s) {
				reason = ReasonTruncated
			}
			p.unread(p.where, reason, "not valid JSON")
		}
		return
	}
	p.jsonText(p.carrier, s, pl)
}

// jsonValues reads several values one behind another, as JSON Lines have
// them; false for what is none. Where the places of values are used up, the others are read
// as prose.
func (p *part) jsonValues(s string) bool {
	values := 0
	for d := json.NewDecoder(strings.NewReader(s)); ; values++ {
		var v json.RawMessage
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil || p.done() {
			return false
		}
	}
	if values < 2 {
		return false
	}
	from, d := 0, json.NewDecoder(strings.NewReader(s))
	for i := 1; i <= min(values, maxValues) && !p.done(); i++ {
		var v json.RawMessage
		if d.Decode(&v) != nil {
			break
		}
		p.jsonText(p.carrier, string(v), p.place("value "+strconv.Itoa(i)))
		from = int(d.InputOffset())
	}
	if values > maxValues {
		pl := p.place("values behind " + strconv.Itoa(maxValues))
		pl.Offset += int64(from)
		p.text(s[from:], pl)
	}
	return true
}

// maxValues are values of one file that are read each by itself.
const maxValues = 4096

func truncatedJSON(s string) bool {
	var v json.RawMessage
	err := json.NewDecoder(strings.NewReader(s)).Decode(&v)
	return err != nil && strings.Contains(err.Error(), "unexpected EOF")
}

// jsonText looks for credentials in JSON text and reports whether any stood
// there. s need not be valid.
func (p *part) jsonText(carrier, s string, pl Place) bool {
	if !json.Valid([]byte(s)) {
		return false
	}
	w := jsonWalk{p: p, carrier: carrier, top: pl}
	w.value(s, 0)
	return w.any
}

// jsonWalk goes through a JSON text and hands out the credentials, outermost
// only, and what its strings carry.
type jsonWalk struct {
	p       *part
	carrier string
	top     Place
	path    []string
	any     bool
	only    bool // credentials, and not the links and words beside them
}

func (w *jsonWalk) place() Place {
	pl := w.top
	if len(w.path) > 0 {
		pl.Where += " > " + cleanStep(strings.Join(w.path, ""))
	}
	return pl
}

func (w *jsonWalk) value(raw string, depth int) {
	if w.p.done() {
		return
	}
	if depth > maxJSONDepth {
		w.p.unread(w.top.Where, ReasonDepth, "JSON nested too deep")
		return
	}
	switch raw[0] {
	case '{':
		jws := isJWSJSON(raw)
		if jws && w.p.presented(w.carrier, textOf(raw, "payload"), w.place()) {
			w.any = true
			return
		}
		if jws || isCredential(raw) || isForm(raw) {
			w.found(raw)
			return
		}
		before := w.p.creds
		w.members(raw, depth)
		if w.p.creds == before && isEnvelope(raw) {
			w.found(raw) // what is in it is of a kind that nobody here knows
		}
	case '[':
		w.list(raw, depth)
	case '"':
		if len(raw) < 10 {
			return
		}
		var s string
		if json.Unmarshal([]byte(raw), &s) != nil {
			return
		}
		switch {
		case (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")) && json.Valid([]byte(s)):
			// JSON within a JSON string.
			if depth < maxJSONDepth {
				w.value(s, depth+8)
			}
		case w.only && !isToken(s):
		case w.p.take(w.carrier, s, w.place(), false, ""):
			w.any = true
		default:
			w.any = w.p.words(s, w.place()) || w.any
		}
	}
}

// found hands out an object.
func (w *jsonWalk) found(raw string) {
	pl := w.place()
	if !fitsPayload(raw) {
		w.p.unread(pl.Where, ReasonTooLarge, "a credential of "+strconv.Itoa(len(raw))+" bytes, at most "+strconv.Itoa(maxPayload))
		return
	}
	w.any = true
	f := Finding{Kind: KindJSON, Payload: raw, Carrier: w.carrier}
	if !utf8.ValidString(raw) {
		f.Payload = strings.ToValidUTF8(raw, "\uFFFD")
		pl = pl.flagged("not_utf8")
	}
	w.p.emit(f, pl)
}

// isEnvelope reports whether an object says that it envelopes a credential (VCDM 2.0
// §4.13), and not by the address of one, which is a link.
func isEnvelope(raw string) bool {
	for k, v := range members(raw) {
		if k == "type" && slices.Contains(typesOf(v), "EnvelopedVerifiableCredential") {
			return !hasFoldPrefix(textOf(raw, "id"), "http")
		}
	}
	return false
}

// members goes through the members of an object.
func (w *jsonWalk) members(raw string, depth int) {
	for k, v := range members(raw) {
		if w.p.done() {
			return
		}
		if k == "@context" || k == "$schema" {
			continue
		}
		step := k[:min(len(k), maxStep)] // a place is made anew for each address
		if len(w.path) > 0 {
			step = "." + step
		}
		w.path = append(w.path, step)
		if !w.only && (strings.Contains(k, "://") || isSchemeless(k)) && !w.p.root().fetched {
			w.p.text(k, w.place()) // an address that is said something of
		}
		if !w.shownCopy(raw, v) {
			w.value(v, depth+1)
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// byteList gives the bytes of a file that is written as a list of numbers, as
// JavaScript writes one; nil for any other list.
func byteList(raw string) []byte {
	if len(raw) < 2*leastFile {
		return nil
	}
	if first := raw[skipSpace(raw, 1)]; first < '0' || first > '9' {
		return nil
	}
	var b []byte
	for n, v := range elements(raw) {
		c, err := strconv.ParseUint(v, 10, 8)
		if err != nil || n > len(raw)/2 {
			return nil
		}
		b = append(b, byte(c))
	}
	return b
}

// list goes through a list, or reads the file that is written as one.
func (w *jsonWalk) list(raw string, depth int) {
	if !w.only && !w.p.root().fetched { // a page's own links are found by the rules for pages
		if b := byteList(raw); b != nil {
			if (beginsFile(base64.StdEncoding.EncodeToString(b[:min(len(b), 24)])) || namesBadge(b)) && w.p.count(1) {
				w.p.embedQuiet(w.place(), "", b)
			}
			return
		}
	}
	for i, v := range elements(raw) {
		w.path = append(w.path, "["+strconv.Itoa(i)+"]")
		w.value(v, depth+1)
		w.path = w.path[:len(w.path)-1]
	}
}

// shownCopy reports whether v is the credential that a token beside it in the object
// raw signs, as wallets keep it to show what the token says (walt.id's
// parsedDocument). It is another place of the token, and not a badge that nobody
// signed.
func (w *jsonWalk) shownCopy(raw, v string) bool {
	if v[0] != '{' || !isCredential(v) || hasMember(v, "proof") {
		return false
	}
	for _, x := range members(raw) {
		var s string
		if x[0] == '"' && json.Unmarshal([]byte(x), &s) == nil && isJWS(s) && signs(s, v) {
			w.any = w.p.take(w.carrier, s, w.place().flagged("unsigned_copy"), false, "") || w.any
			return true
		}
	}
	return false
}

func hasMember(raw, name string) bool {
	for k := range members(raw) {
		if k == name {
			return true
		}
	}
	return false
}

// isJWSJSON reports whether the valid JSON object raw is a JWS in the JSON
// serialisation (RFC 7515 §7.2), whose header is one of a JWS.
func isJWSJSON(raw string) bool {
	var payload, flat, many bool
	for k, v := range members(raw) {
		switch k {
		case "payload":
			payload = strings.HasPrefix(v, `"`)
		case "protected":
			flat = flat || jwsHeader(strings.Trim(v, `"`)+".") != nil
		case "signatures":
			for _, s := range elements(v) {
				many = many || jwsHeader(textOf(s, "protected")+".") != nil
			}
		}
	}
	return payload && (flat || many)
}

// textOf gives a text member of the valid JSON object raw, "" when it has none.
func textOf(raw, name string) (s string) {
	for k, v := range members(raw) {
		if k == name && json.Unmarshal([]byte(v), &s) != nil {
			return ""
		}
	}
	return s
}

// maxPresented is how many presentations may stand in one another.
const maxPresented = 8

// presented hands out the credentials in the payload of a token, which is base64url,
// when that is a presentation (VCDM 1.1 §6.3.1, VC-JOSE-COSE §3.1.2), and reports
// whether there were any. The token around them proves nothing about them.
func (p *part) presented(carrier, payload string, pl Place) bool {
	b, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || len(b) < 2 || b[0] != '{' || !json.Valid(b) {
		return false
	}
	vp, path := string(b), "verifiableCredential"
	held := false
	for k, v := range members(vp) {
		switch {
		case k == "vp" && strings.HasPrefix(v, "{"):
			vp, path, held = v, "vp.verifiableCredential", true
		case k == "type" || k == "@type":
			held = held || slices.Contains(typesOf(v), "VerifiablePresentation")
		}
		if path != "verifiableCredential" {
			break
		}
	}
	if !held {
		return false
	}
	if p.presenting == maxPresented {
		p.unread(pl.Where, ReasonDepth, "presentations nested too deep")
		return true
	}
	p.presenting++
	defer func() { p.presenting-- }()
	w := jsonWalk{p: p, carrier: carrier, top: pl, path: []string{path}}
	for k, v := range members(vp) {
		if k == "verifiableCredential" {
			w.value(v, 0)
		}
	}
	return w.any
}

// isCredential reports whether the valid JSON object raw is an assertion or a
// credential: by its type (OB 2.0, VC), or, where it has none, by the members
// that Open Badges 0.5 and 1.0 require.
func isCredential(raw string) bool {
	var recipient, badge, subject, issuer, verify, typed bool
	for k, v := range members(raw) {
		switch k {
		case "type", "@type":
			for _, t := range typesOf(v) {
				switch t {
				case "Assertion", "OpenBadgeCredential", "AchievementCredential", "ClrCredential",
					"VerifiableCredential", "EndorsementCredential", "Endorsement":
					return true
				}
				typed = true
			}
		case "recipient":
			recipient = true
		case "badge":
			badge = true
		case "verify":
			verify = true
		case "credentialSubject":
			subject = true
		case "issuer":
			issuer = true
		}
	}
	return !typed && (badge && (recipient || verify) || subject && issuer)
}

// typesOf gives the strings of a JSON string or array, without the prefix or
// the namespace a type may bear.
func typesOf(raw string) []string {
	var one string
	var all []string
	if json.Unmarshal([]byte(raw), &one) == nil {
		all = []string{one}
	} else if strings.HasPrefix(raw, "[") {
		for _, v := range elements(raw) {
			if json.Unmarshal([]byte(v), &one) == nil {
				all = append(all, one)
			}
		}
	}
	for i, t := range all {
		all[i] = t[strings.LastIndexAny(t, ":/#")+1:]
	}
	return all
}

// members goes through the members of a valid JSON object, or through none
// when raw is something else.
func members(raw string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if len(raw) == 0 || raw[0] != '{' {
			return
		}
		i := skipSpace(raw, 1)
		for i < len(raw) && raw[i] == '"' {
			end := valueEnd(raw, i)
			name := raw[i+1 : end-1]
			if strings.IndexByte(name, '\\') >= 0 {
				if json.Unmarshal([]byte(raw[i:end]), &name) != nil {
					return
				}
			}
			i = skipSpace(raw, end)
			i = skipSpace(raw, i+1) // the colon
			end = valueEnd(raw, i)
			if end <= i || !yield(name, raw[i:end]) {
				return
			}
			i = skipSpace(raw, end)
			i = skipSpace(raw, i+1) // a comma, or the end
		}
	}
}

// elements is members for arrays.
func elements(raw string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if len(raw) == 0 || raw[0] != '[' {
			return
		}
		i := skipSpace(raw, 1)
		for n := 0; i < len(raw) && raw[i] != ']'; n++ {
			end := valueEnd(raw, i)
			if end <= i || !yield(n, raw[i:end]) {
				return
			}
			i = skipSpace(raw, end)
			i = skipSpace(raw, i+1)
		}
	}
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n') {
		i++
	}
	return min(i, len(s))
}

// valueEnd is the end of the JSON value that begins at i: of valid JSON its
// exact end, else some place within s.
func valueEnd(s string, i int) int {
	depth := 0
	for j := i; j < len(s); j++ {
		switch s[j] {
		case '"':
			for j++; j < len(s) && s[j] != '"'; j++ {
				if s[j] == '\\' {
					j++
				}
			}
			if j >= len(s) {
				return len(s)
			}
			if depth == 0 {
				return j + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return j + 1
			}
			if depth < 0 {
				return j
			}
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return j
			}
		}
	}
	return len(s)
}

func sniffJWS(p *part) bool {
	return len(p.data) > 16 && len(p.data) <= 2*maxPayload && bytes.Contains(p.data[:min(len(p.data), 64)], []byte("ey")) &&
		isToken(trimPayload(string(p.data)))
}

// extractJWS reads a document that is one compact JWS and nothing else.
func extractJWS(p *part) {
	p.candidate(string(p.data), p.place(), slices.Contains([]string{".jws", ".jwt"}, p.ext()))
}

package extract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"assay/extract/raster"
)

// sniffHTML looks for markup at the start; a fetched page may also say so
// itself.
func sniffHTML(p *part) bool {
	b := bytes.TrimLeft(bytes.TrimPrefix(p.data[:min(len(p.data), 2048)], []byte("\xEF\xBB\xBF")), " \t\r\n")
	if isUTF16(b) {
		b = bytes.TrimSpace([]byte(decodeText(b[:len(b)&^1])))
	}
	if len(b) == 0 {
		return false
	}
	if b[0] == '<' {
		low := bytes.ToLower(b[:min(len(b), 1024)])
		if bytes.HasPrefix(low, []byte("<!doctype html")) || htmlElements[firstName(low)] {
			return true
		}
		return bytes.Contains(low, []byte("<html")) || bytes.Contains(low, []byte("<!doctype html"))
	}
	switch p.ext() {
	case ".html", ".htm", ".xhtml", ".shtml", ".mht":
		return bytes.IndexByte(p.data, '<') >= 0
	}
	return strings.HasPrefix(p.contentType, "text/html") && bytes.IndexByte(p.data, '<') >= 0
}

// htmlElements are the elements with which a page, or a piece of one, begins.
var htmlElements = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(`html head body title meta link style script base a abbr address article aside
		b big blockquote br button center code dd details div dl dt em embed fieldset figure font footer form h1 h2 h3 h4
		h5 h6 header hr i iframe img input label li main nav noscript ol p picture pre q s section small span strong
		sub sup table tbody td template textarea th thead tr tt u ul`) {
		all[name] = true
	}
	return all
}()

// firstName is the name of the tag with which b begins.
func firstName(b []byte) string {
	name := b[1:]
	if i := bytes.IndexAny(name, " \t\r\n/>"); i >= 0 {
		return string(name[:i])
	}
	return ""
}

const (
	maxToken   = 2 << 20 // one tag with its attributes: a data: URI may be long
	maxRawText = maxPayload
)

// page is what a fetched page says of its machine forms, in the order in which
// they are to be asked.
type page struct {
	alternates []string // link rel=alternate, of JSON types
	hrefs      []string // a href that names a machine form
	images     []string // og:image, twitter:image, img: perhaps a bake
	refresh    []string
}

// extractHTML reads a page with the tokenizer only: no tree, no nesting.
func extractHTML(p *part) {
	b := p.data
	if !p.fetched {
		if text, sure := p.unquoted(b, p.place()); sure {
			b = text
		}
	}
	if r, err := charset.NewReader(bytes.NewReader(b), p.contentType); err == nil {
		if u, err := io.ReadAll(io.LimitReader(r, 3*int64(len(b))+16)); err == nil {
			b = u
		}
	}
	base := (*url.URL)(nil)
	if p.fetched {
		base, _ = url.Parse(p.root().where)
	} else if u, err := url.Parse(p.address); err == nil && hasHTTP(p.address) {
		base = u
	}
	h := htmlReader{p: p, base: base}
	h.read(b)
	h.finish()
}

type htmlReader struct {
	p     *part
	base  *url.URL
	page  page
	prose strings.Builder
	jsons []string
	svgs  [][]byte
	links []string
	data  []string
	forms int  // machine forms that the page gives
	based bool // a base element was met

	styles raster.Styles // they hold for inline SVG, too

	verifierPlus bool // it is a page of VerifierPlus
	share        sharePage

	flight strings.Builder // what a page of Next.js has its script draw
}

func (h *htmlReader) read(b []byte) {
	h.verifierPlus = bytes.Contains(b, []byte("VerifierPlus"))
	z := html.NewTokenizer(bytes.NewReader(b))
	z.SetMaxBuf(maxToken)
	w := htmlWalk{htmlReader: h, b: b, z: z, svgAt: -1}
	for n := 0; ; n++ {
		if n&0xff == 0 && h.p.done() {
			return
		}
		kind := z.Next()
		w.size = len(z.Raw())
		switch kind {
		case html.ErrorToken:
			if z.Err() == html.ErrBufferExceeded {
				h.p.unread(h.p.where, ReasonTooLarge, "a tag of more than 2 MiB")
			}
			if w.svgAt >= 0 {
				h.svgs = append(h.svgs, b[w.svgAt:])
			}
			return
		case html.TextToken:
			w.text()
		case html.CommentToken:
			w.comment()
		case html.StartTagToken:
			w.start(false)
		case html.SelfClosingTagToken:
			w.start(true)
		case html.EndTagToken:
			w.end()
		}
		w.offset += w.size
	}
}

// htmlWalk is where a reader stands in its page.
type htmlWalk struct {
	*htmlReader
	b            []byte
	z            *html.Tokenizer
	offset, size int    // of the token in b
	raw          string // element whose raw text comes next
	jsonLD       bool   // and that it is JSON
	svgAt        int    // where the outermost svg begins, -1 outside of one
	svgDepth     int
	scripts      int  // bytes of scripts
	pre          int  // elements whose lines are their own
	broken       bool // a line of the prose has just ended
}

// breaks are the elements at whose beginning or end a line ends.
var breaks = map[string]struct{ start, end bool }{
	"p": {true, true}, "div": {true, true}, "li": {true, true}, "tr": {true, true}, "td": {true, true},
	"h1": {true, true}, "h2": {true, true}, "h3": {true, true}, "h4": {true, true},
	"h5": {true, true}, "h6": {true, true}, "th": {true, true}, "section": {true, true}, "article": {true, true},
	"header": {true, true}, "footer": {true, true}, "aside": {true, true}, "blockquote": {true, true},
	"figure": {true, true}, "figcaption": {true, true}, "caption": {true, true}, "address": {true, true},
	"button": {true, true}, "option": {true, true}, "title": {true, true}, "pre": {true, true},
	"br": {true, false}, "hr": {true, false}, "table": {true, true}, "ul": {true, true}, "ol": {true, true},
	"dd": {true, true}, "dt": {true, true},
}

// beside are the elements within a line that are no part of the word before them: marks
// of notes, pictures.
var beside = map[string]bool{"sup": true, "sub": true, "img": true, "input": true, "svg": true}

func (w *htmlWalk) text() {
	switch {
	case w.jsonLD:
		switch {
		case w.size > maxRawText:
			w.p.unread(w.p.place("json-ld").Where, ReasonTooLarge, "")
		case !w.p.full(len(w.jsons), 1000):
			w.jsons = append(w.jsons, string(w.z.Raw()))
		}
	case w.raw == "script":
		w.drawn()
		w.script()
	case w.raw == "style":
		s := string(w.z.Raw())
		w.styles.Add(s)
		w.backgrounds(s)
	case w.raw != "", w.svgDepth > 0:
	default:
		s := html.UnescapeString(string(w.z.Raw()))
		if w.broken && w.pre == 0 {
			s = strings.TrimLeft(s, " \t\r\n") // ends of lines of the page's text are none of its own
		}
		if s != "" {
			w.prose.WriteString(s)
			w.broken = false
		}
	}
}

// savedFrom begins the comment in which a browser notes where a page was that it saved,
// before the length of its address.
const savedFrom = "saved from url="

func (w *htmlWalk) comment() {
	if c := strings.TrimSpace(string(w.z.Text())); strings.HasPrefix(c, savedFrom) {
		_, address, _ := strings.Cut(c, ")")
		w.p.saved(address, w.p.place())
	}
}

// flightPush begins a piece of the data of a page of Next.js: a JSON text, of which
// a badge may run over several.
const flightPush = "self.__next_f.push([1,"

// drawn keeps the data that a script brings along.
func (w *htmlWalk) drawn() {
	s := string(w.z.Raw())
	for {
		i := strings.Index(s, flightPush)
		if i < 0 {
			return
		}
		s = s[i+len(flightPush):]
		var piece string
		d := json.NewDecoder(strings.NewReader(s))
		if d.Decode(&piece) != nil {
			continue
		}
		if w.flight.Len()+len(piece) > maxRawText {
			w.p.unread(w.p.place("page data").Where, ReasonTooLarge, "")
			return
		}
		w.flight.WriteString(piece)
		s = s[d.InputOffset():]
	}
}

// maxScripts is how many bytes of the scripts of a page are looked through.
const maxScripts = 8 << 20

// script takes the credentials that a script has for its page to show: as objects, and
// in texts that it parses.
func (w *htmlWalk) script() {
	s := string(w.z.Raw())
	if w.scripts += len(s); w.scripts > maxScripts {
		w.p.limit(w.p.place("script").Where, ReasonTooLarge, "scripts of more than 8 MiB")
		return
	}
	if strings.Contains(s, flightPush) || !tellsCredential(strings.ReplaceAll(s, `\"`, `"`)) {
		return
	}
	w.p.credentialsWithin(s, w.p.place("script"))
	for i := 0; ; {
		n := strings.Index(s[i:], `"{\"`)
		if n < 0 {
			return
		}
		i += n
		var text string
		d := json.NewDecoder(strings.NewReader(s[i:]))
		if d.Decode(&text) != nil {
			i++
			continue
		}
		w.p.credentialsWithin(text, w.p.place("script"))
		i += int(d.InputOffset())
	}
}

// attribute takes a credential that an element bears for a script.
func (w *htmlWalk) attribute(tag, name, value string) {
	value = strings.TrimSpace(value)
	switch {
	case len(value) < 16:
	case hasHTTP(value) && (name == "value" || strings.HasPrefix(name, "data-")):
		// What a button copies: a verifier's page has the address of its credential there.
		if _, l, ok := w.p.parseLink(value, w.p.place(tag+" "+name)); ok && l.Class == ClassKnown {
			w.keep(&w.links, value)
		}
	case value[0] == '{' || value[0] == '[':
		w.p.credentialsWithin(value, w.p.place(tag+" "+name))
	case isJWS(value):
		if body, ok := jwsPayload(value); ok && bearsCredential(body) {
			w.p.candidate(value, w.p.place(tag+" "+name), false)
		}
	}
}

func (w *htmlWalk) start(closed bool) {
	name, more := w.z.TagName()
	tag := string(name)
	w.raw, w.jsonLD = "", false
	attrs := map[string]string{}
	for i := 0; more && i < 64; i++ {
		var k, v []byte
		k, v, more = w.z.TagAttr()
		if _, twice := attrs[string(k)]; !twice {
			attrs[string(k)] = string(v)
			w.attribute(tag, string(k), string(v))
		}
	}
	switch tag {
	case "script", "style":
		if !closed {
			w.raw = tag
			w.jsonLD = tag == "script" && isJSONType(attrs["type"])
		}
	case "svg":
		if w.svgDepth == 0 {
			w.svgAt = w.offset
		}
		if !closed {
			w.svgDepth++
		} else if w.svgDepth == 0 {
			w.svgAt = -1
		}
	}
	if tag == "pre" && !closed {
		w.pre++
	}
	if breaks[tag].start {
		w.prose.WriteByte('\n')
		w.broken = true
	} else if beside[tag] {
		w.prose.WriteByte(' ')
	}
	if id := attrs["data-share-badge-id"]; id != "" && !w.p.full(len(w.links), 10_000) {
		// What Credly gives to show a badge on one's own page, in any element.
		w.links = append(w.links, cmp.Or(strings.TrimSuffix(attrs["data-share-badge-host"], "/"), "https://www.credly.com")+"/badges/"+id)
	}
	w.tag(tag, attrs)
	w.backgrounds(attrs["style"])
}

// backgrounds keeps the data: URIs of a style: pictures behind an element (CSS
// Values 3 §3.4).
func (h *htmlReader) backgrounds(style string) {
	for {
		_, rest, ok := strings.Cut(style, "url(")
		if !ok {
			return
		}
		style = rest
		u, end := strings.TrimLeft(rest, " \t\r\n"), ")"
		if u != "" && (u[0] == '"' || u[0] == '\'') {
			u, end = u[1:], u[:1]
		}
		if u, _, ok = strings.Cut(u, end); ok && hasFoldPrefix(u, "data:") && !h.p.full(len(h.data), 1000) {
			h.data = append(h.data, u)
			style = rest[len(u):]
		}
	}
}

func (w *htmlWalk) end() {
	name, _ := w.z.TagName()
	switch string(name) {
	case "script", "style":
		w.raw, w.jsonLD = "", false
	case "pre":
		w.pre = max(0, w.pre-1)
	case "svg":
		if w.svgDepth > 0 {
			w.svgDepth--
			if w.svgDepth == 0 && !w.p.full(len(w.svgs), 1000) {
				w.svgs = append(w.svgs, w.b[w.svgAt:min(len(w.b), w.offset+w.size)])
				w.svgAt = -1
			}
		}
	}
	if breaks[string(name)].end {
		w.prose.WriteByte('\n')
		w.broken = true
	}
}

// isJSONType reports whether a media type is JSON, JSON-LD, or a credential.
func isJSONType(t string) bool {
	t, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(t)), ";")
	t = strings.TrimSpace(t)
	return t == "application/json" || strings.HasSuffix(t, "+json") || strings.HasPrefix(t, "application/vc") || strings.HasPrefix(t, "application/vp") || t == "application/jwt"
}

func (h *htmlReader) tag(tag string, a map[string]string) {
	switch tag {
	case "base":
		h.rebase(a["href"])
	case "a", "area":
		href := a["href"]
		if p, _, _ := strings.Cut(href, "?"); h.p.fetched && (strings.HasSuffix(p, ".json") || strings.HasSuffix(p, ".jsonld") || strings.HasSuffix(p, ".jws") || strings.HasSuffix(p, ".jwt") || strings.HasSuffix(p, "/baked")) {
			h.keep(&h.page.hrefs, href)
		} else {
			h.keep(&h.links, href)
		}
	case "link":
		rel := " " + strings.ToLower(a["rel"]) + " "
		switch {
		case strings.Contains(rel, " alternate ") && isJSONType(a["type"]):
			h.keep(&h.page.alternates, a["href"])
		case strings.Contains(rel, " canonical ") && !h.p.fetched:
			h.keep(&h.links, a["href"]) // of a page that was saved
		}
	case "img", "source", "embed", "object", "iframe", "image":
		for _, k := range []string{"src", "data", "href", "xlink:href"} {
			if v := a[k]; v != "" {
				if tag == "iframe" {
					h.keep(&h.links, v)
				} else {
					h.keep(&h.page.images, v)
				}
			}
		}
	case "form", "input":
		h.share.take(tag, a)
		if kind := strings.ToLower(a["type"]); tag == "input" && !h.p.fetched && (kind == "" || kind == "text" || kind == "url") {
			// What was filled in is text: words behind an address are none of it.
			if v := strings.TrimSpace(a["value"]); hasHTTP(v) && !strings.ContainsFunc(v, unicode.IsSpace) {
				h.keep(&h.links, v)
			} else {
				h.prose.WriteString("\n" + v + "\n")
			}
		}
	case "meta":
		h.meta(a)
	}
}

func (h *htmlReader) meta(a map[string]string) {
	name := strings.ToLower(a["property"] + a["name"])
	switch {
	case name == "og:image" || name == "twitter:image" || name == "og:image:secure_url" || name == "twitter:image:src":
		h.keep(&h.page.images, a["content"])
	case name == "og:url" && !h.p.fetched:
		h.keep(&h.links, a["content"])
	case strings.EqualFold(a["http-equiv"], "refresh"):
		if _, u, ok := strings.Cut(a["content"], "="); ok {
			h.keep(&h.page.refresh, strings.Trim(u, ` '"`))
		}
	}
}

// keep adds an address of the page to a list, or what a data: URI holds to its own.
func (h *htmlReader) keep(list *[]string, v string) {
	if v = strings.TrimSpace(v); v == "" || h.p.full(len(*list), 10_000) {
		return
	}
	if hasFoldPrefix(v, "data:") {
		if !h.p.full(len(h.data), 1000) {
			h.data = append(h.data, v)
		}
		return
	}
	*list = append(*list, v)
}

// rebase takes the address by which a page says that its links are meant (HTML §4.2.3).
// A page that was fetched may name another place of its own host alone: its machine
// forms are the host's word. Of several the first counts.
func (h *htmlReader) rebase(href string) {
	href = strings.TrimSpace(href)
	switch {
	case href == "" || h.based:
	case h.base != nil:
		if u, err := h.base.Parse(href); err == nil && (u.Host == h.base.Host || !h.p.fetched) {
			h.base, h.based = u, true
		}
	case hasHTTP(href), strings.HasPrefix(href, "//"):
		if u, err := url.Parse(href); err == nil {
			u.Scheme = cmp.Or(u.Scheme, "https")
			h.base, h.based = u, true
		}
	}
}

// finish hands out what the page bears, first what is a badge, then what may
// lead to one.
func (h *htmlReader) finish() {
	p := h.p
	for _, s := range h.jsons {
		pl := p.place("json-ld")
		s = trimPayload(s)
		s = strings.TrimSuffix(strings.TrimPrefix(s, "<!--"), "-->")
		if !p.jsonText(p.carrier, s, pl) && !p.candidate(s, pl, false) {
			p.text(s, pl)
		}
	}
	for _, s := range h.svgs {
		p.svg(s, &h.styles, p.place("inline SVG"))
	}
	if h.flight.Len() > 0 {
		p.jsonWithin(h.flight.String(), p.place("page data"))
	}
	for _, d := range h.data {
		p.dataURI(d, p.place("inline file"))
	}
	// In the order in which they are to be asked.
	h.machine(h.page.alternates, "alternate", 4)
	h.shared()
	h.sharedFile()
	if p.fetched {
		h.machine(h.page.hrefs, "link", 4)
		if p.creds == 0 {
			h.machine(h.page.images, "image", 4)
		}
		h.machine(h.page.refresh, "refresh", 1)
		if p.creds == 0 && h.forms == 0 {
			h.variants()
		}
	}
	for _, l := range h.links {
		p.link(h.absolute(l), p.place("link"))
	}
	p.prose(h.prose.String(), p.place("text"))
}

// machine tells links that a page gives for its own machine forms, most at
// most. They are likely by that alone.
func (h *htmlReader) machine(list []string, step string, most int) {
	seen := map[string]bool{}
	for _, l := range list {
		u, k, ok := h.p.parseLink(h.absolute(l), h.p.place(step))
		if !ok || seen[u] || len(seen) >= most {
			continue
		}
		seen[u] = true
		h.form(u, k, h.p.place(step).flagged("machine_form"))
	}
}

// sharePath is where an installation of VerifierPlus shows a badge that its holder
// shares; the same under /api gives the badge itself.
var sharePath = regexp.MustCompile(`^(.*)/credentials/(` + reAnyUUID + `)/?$`)

// shared tells the machine form of a badge that a page of VerifierPlus shows,
// whatever host it is installed on.
func (h *htmlReader) shared() {
	p := h.p
	at, err := url.Parse(p.root().where)
	if !p.fetched || err != nil || !h.verifierPlus {
		return
	}
	m := sharePath.FindStringSubmatch(at.Path)
	if m == nil || strings.HasSuffix(m[1], "/api") {
		return
	}
	u := url.URL{Scheme: at.Scheme, Host: at.Host, Path: m[1] + "/api/credentials/" + m[2]}
	if v, k, ok := p.parseLink(u.String(), p.place()); ok {
		k.Share = true
		h.form(v, k, p.place("shared").flagged("machine_form"))
	}
}

func (h *htmlReader) form(u string, k Link, pl Place) {
	if k.Class == ClassOther {
		k.Class = ClassLikely
	}
	if k.Form = h.p.fetched; k.Form {
		h.forms++
	}
	h.p.emit(Finding{Kind: KindLink, Payload: u, Carrier: h.p.carrier, Link: &k}, pl)
}

// variants are guesses at the machine form of a page of which nothing else is
// known, when its URL speaks of badges.
func (h *htmlReader) variants() {
	p := h.p
	u, l, ok := p.parseLink(p.root().where, p.place())
	if !ok || l.Class == ClassOther || l.Portal || l.Claim {
		return
	}
	page, query, _ := strings.Cut(u, "?")
	join := "?"
	if query != "" {
		join = u[len(page):] + "&"
	}
	guesses := []string{page + join + "format=json", page + join + "v=2_0"}
	if strings.Count(page, "/") > 2 && !strings.HasSuffix(page, "/") && !strings.Contains(page[strings.LastIndexByte(page, '/'):], ".") {
		guesses = append([]string{page + ".json" + u[len(page):]}, guesses...)
	}
	for _, g := range guesses {
		if v, k, ok := p.parseLink(g, p.place()); ok {
			h.form(v, k, p.place("variant").flagged("machine_form", "variant"))
		}
	}
}

func (h *htmlReader) absolute(l string) string {
	l = strings.TrimSpace(l)
	if h.base == nil {
		return l
	}
	u, err := h.base.Parse(l)
	if err != nil {
		return l
	}
	return u.String()
}

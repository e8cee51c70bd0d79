package verify

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"assay/verify/read"
	"assay/verify/verdict"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// ErrTrust is wrapped by LoadTrust when a file is no registry.
var ErrTrust = errors.New("not an issuer registry")

// Trust is a set of issuer registries and a block list. Safe for concurrent
// use once loaded.
type Trust struct {
	listed  map[string][]listing // by identifierKey
	blocked map[string]bool      // by identifierKey
	origins map[string]bool      // blocked hosts, by authority
	names   map[string][]string  // skeleton of a listed name -> identifierKeys
	hosts   map[string][]string  // skeleton of a listed host -> hosts
}

// listing is one registry's word for an issuer.
type listing struct{ registry, name string }

// LoadTrust reads registries and block lists. A text is one of, or a list of:
//
//	{"meta":{"title":"…"},"registry":{"did:…":{"name":"…","location":"…","url":"…"}, "https://…":{…}}}
//	{"blocked":["did:…","https://host/issuers/1","https://host/"]}
//
// The first is the form of the DCC issuer registry. Issuers are listed by DID
// or by the URL that is their id, never by name. A blocked URL without a path
// blocks every issuer of that host, its did:web as well. Both members may stand
// in one object.
func LoadTrust(data ...[]byte) (*Trust, error) {
	t := &Trust{
		listed: map[string][]listing{}, blocked: map[string]bool{}, origins: map[string]bool{},
		names: map[string][]string{}, hosts: map[string][]string{},
	}
	for i, b := range data {
		v, err := read.Parse(b, read.Limits{Bytes: 64 << 20})
		if err != nil {
			return nil, fmt.Errorf("%w: file %d: %w", ErrTrust, i+1, err)
		}
		for _, e := range (read.Object{"v": v}).List("v") {
			m, ok := e.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%w: file %d: not an object", ErrTrust, i+1)
			}
			if err := t.add(m); err != nil {
				return nil, fmt.Errorf("%w: file %d: %w", ErrTrust, i+1, err)
			}
		}
	}
	return t, nil
}

func (t *Trust) add(o read.Object) error {
	registry := o.Obj("registry")
	if !o.Has("registry") && !o.Has("blocked") {
		return errors.New(`neither "registry" nor "blocked"`)
	}
	if o.Has("registry") && registry == nil {
		return errors.New(`"registry" is no object of issuers by id`)
	}
	title := o.Obj("meta").Str("title")
	if title == "" {
		title = o.Obj("meta").Str("name")
	}
	for id := range registry {
		if idScheme(id) != "did" && idScheme(id) != "http" {
			return fmt.Errorf("issuer %q is neither a DID nor a URL", id)
		}
		key, name := identifierKey(id), registry.Obj(id).Str("name")
		t.listed[key] = append(t.listed[key], listing{registry: title, name: name})
		if s := skeleton(name); s != "" {
			t.names[s] = append(t.names[s], key)
		}
		if h := issuerHost(id); h != "" {
			s := skeleton(h)
			t.hosts[s] = append(t.hosts[s], h)
		}
	}
	for _, e := range o.List("blocked") {
		id, _ := read.Object{"e": e}.Ref("e")
		switch u, ok := read.HTTPURL(id); {
		case ok && strings.Trim(u.Path, "/") == "" && u.RawQuery == "":
			t.origins[read.Authority(u)] = true
		case ok, idScheme(id) == "did":
			t.blocked[identifierKey(id)] = true
		default:
			return fmt.Errorf("blocked issuer %q is neither a DID nor a URL", id)
		}
	}
	return nil
}

// lists reports whether a registry names an issuer by its id, or by the host
// that it lies on, as a URL without a path.
func (t *Trust) lists(id string) bool {
	if t == nil || t.isBlocked(id, identifierKey(id)) {
		return false
	}
	if len(t.listed[identifierKey(id)]) > 0 {
		return true
	}
	u, ok := read.HTTPURL(id)
	return ok && len(t.listed[identifierKey(u.Scheme+"://"+u.Host)]) > 0
}

// judge gives the trust aspect of an issuer and whether the employer blocks
// it. proven says that a key or host was bound to the issuer's id.
func (t *Trust) judge(p verdict.Party, proven bool) (a verdict.Aspect, blocked bool, warnings []verdict.Warning) {
	if t == nil {
		return verdict.Aspect{State: verdict.None}, false, nil
	}
	key := identifierKey(p.ID)
	if t.isBlocked(p.ID, key) {
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.IssuerBlocked}, true, nil
	}
	list := t.listed[key]
	switch {
	case p.ID == "" || len(list) == 0:
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerNotListed}
		warnings = t.lookalikes(p, key)
	case !proven:
		// Naming a listed issuer is what a forger does.
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnproven}
	default:
		a = verdict.Aspect{State: verdict.Pass}
		for _, l := range list {
			a.Evidence = append(a.Evidence, verdict.Evidence{Note: strings.TrimSpace("listed in registry " + l.registry)})
		}
	}
	return a, false, warnings
}

func (t *Trust) isBlocked(id, key string) bool {
	if t.blocked[key] {
		return true
	}
	if u, ok := read.HTTPURL(id); ok {
		return t.origins[read.Authority(u)]
	}
	if u := didWebURL(id); u != nil {
		return t.origins[read.Authority(u)]
	}
	return false
}

// lookalikes says whether an issuer that no registry lists could be taken for
// one that is listed, by its name or by its host (UTS #39 §4).
func (t *Trust) lookalikes(p verdict.Party, key string) (warnings []verdict.Warning) {
	for _, other := range t.names[skeleton(p.Name)] {
		if other != key && p.Name != "" {
			warnings = append(warnings, verdict.WarnNameLookalike)
			break
		}
	}
	host := issuerHost(p.ID)
	for _, other := range t.hosts[skeleton(host)] {
		if host != "" && other != host {
			warnings = append(warnings, verdict.WarnHostLookalike)
			break
		}
	}
	return warnings
}

// issuerHost is the host of an issuer's URL or did:web, in Unicode.
func issuerHost(id string) string {
	u, ok := read.HTTPURL(id)
	if !ok {
		if u = didWebURL(id); u == nil {
			return ""
		}
	}
	host := strings.TrimSuffix(lower(u.Hostname()), ".")
	if s, err := idna.ToUnicode(host); err == nil {
		return s
	}
	return host
}

// didWebURL gives the host of a did:web as a URL, nil for other identifiers.
func didWebURL(id string) *url.URL {
	rest, ok := strings.CutPrefix(id, "did:web:")
	if !ok {
		return nil
	}
	host, _, _ := strings.Cut(rest, ":")
	host, err := url.PathUnescape(host)
	if err != nil {
		return nil
	}
	u, ok := read.HTTPURL("https://" + host)
	if !ok {
		return nil
	}
	return u
}

// skeleton maps a text to what it looks like (UTS #39 §4, with a table of the
// Latin, Cyrillic and Greek letters and digits that names are spoofed with).
// Case, spaces, punctuation, marks and characters without a shape are left
// out, for a reader overlooks them as well.
func skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(read.Printable(s)) {
		if c, ok := confusables[r]; ok {
			b.WriteString(c)
			continue
		}
		r = unicode.ToLower(r)
		if c, ok := confusables[r]; ok {
			b.WriteString(c)
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	// Two letters that look like one.
	return strings.NewReplacer("rn", "m", "vv", "w", "cl", "d").Replace(b.String())
}

// confusables gives the ASCII look of a character. Capital letters whose
// lower-case form looks different stand here themselves.
var confusables = map[rune]string{
	'I': "l", '1': "l", '|': "l", '!': "l", 'ı': "i", '0': "o", '5': "s", '$': "s", '@': "a",
	// Latin letters with a stroke or of other shape.
	'ø': "o", 'ł': "l", 'đ': "d", 'ħ': "h", 'ŧ': "t", 'ɡ': "g", 'ɑ': "a", 'ɩ': "i", 'ʏ': "y", 'ᴏ': "o", 'ƅ': "b",
	'æ': "ae", 'œ': "oe", 'ß': "ss", 'ⅼ': "l", 'ǀ': "l",
	// Cyrillic.
	'а': "a", 'в': "b", 'с': "c", 'ԁ': "d", 'е': "e", 'ё': "e", 'һ': "h", 'і': "i", 'ї': "i", 'ј': "j", 'к': "k", 'ӏ': "l", 'Ӏ': "l",
	'м': "m", 'н': "h", 'о': "o", 'р': "p", 'ԛ': "q", 'ѕ': "s", 'т': "t", 'у': "y", 'ү': "y", 'ѵ': "v", 'ԝ': "w", 'х': "x",
	'г': "r", 'п': "n", 'ь': "b", 'З': "3", 'з': "3",
	// Greek.
	'α': "a", 'β': "b", 'ε': "e", 'ζ': "z", 'η': "n", 'ι': "i", 'Ι': "l", 'κ': "k", 'μ': "u", 'ν': "v", 'Ν': "n", 'Η': "h", 'Μ': "m",
	'ο': "o", 'ρ': "p", 'ς': "c", 'σ': "o", 'τ': "t", 'υ': "u", 'Υ': "y", 'χ': "x", 'γ': "y", 'ω': "w",
	// Cyrillic and other capitals that NFKD leaves alone look like Latin ones.
	'В': "b", 'Н': "h", 'Т': "t", 'М': "m", 'К': "k", 'Β': "b", 'Ε': "e", 'Ζ': "z", 'Κ': "k", 'Τ': "t", 'Χ': "x", 'Ρ': "p",
}

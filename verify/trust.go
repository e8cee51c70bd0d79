package verify

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"

	"golang.org/x/net/idna"
)

// ErrTrust is wrapped by LoadTrust when a file is no registry, and by With when a
// decision is none.
var ErrTrust = errors.New("not an issuer registry")

// ErrMany is wrapped by With, beside ErrTrust, for a decision to trust a whole host
// on which strangers have places of their own.
var ErrMany = errors.New("many have a place of their own on that host: name one issuer, or a path")

// DefaultAccept is the least standing of a verified badge where nothing else is
// said.
const DefaultAccept = verdict.LevelAccount

// Policy is what an employer says of issuers.
type Policy struct {
	Trust  *Trust        // registries and the employer's own word; nil = none
	Accept verdict.Level // least standing of a verified badge; "" = DefaultAccept
}

// Decision is an employer's word on an issuer: trust it, or block it.
type Decision struct {
	// Issuer is an issuer's id (a DID or a URL); a path, as a URL that ends in "/",
	// with everything under it; or a host, bare or as a URL without a path, with
	// everything under it.
	Issuer string
	Block  bool   // else trusted
	Name   string // the issuer is shown by it; "" = by its host
	Source string // who says so: "the employer", a registry's title
}

// Trust is a set of issuer registries, block lists and decisions. Safe for
// concurrent use once loaded.
type Trust struct {
	listed   map[string][]listing // by identifierKey
	under    map[string][]listing // by host: everything on and under it
	paths    []pathListing
	blocked  map[string]bool // by identifierKey
	hosts    map[string]bool // blocked, with everything under them
	stems    []string        // blocked paths, as pathKey
	registry bool            // a registry was loaded, so "not listed" says something

	names standing.Names
	looks map[string][]string // skeleton of a listed host -> hosts
}

// listing is one registry's, or the employer's, word for an issuer.
type listing struct{ registry, name string }

type pathListing struct {
	stem string
	listing
}

func newTrust() *Trust {
	return &Trust{listed: map[string][]listing{}, under: map[string][]listing{}, blocked: map[string]bool{}, hosts: map[string]bool{}, looks: map[string][]string{}}
}

// LoadTrust reads registries and block lists. A text is one of, or a list of:
//
//	{"meta":{"title":"…"},"registry":{"did:…":{"name":"…","location":"…","url":"…"}, "https://…":{…}}}
//	{"blocked":["did:…","https://host/issuers/1","https://host/"]}
//
// The first is the form of the DCC issuer registry. Issuers are listed by DID
// or by the URL that is their id, never by name. A URL without a path lists an
// issuer of Open Badges 0.5 and 1, which is its host. A blocked URL without a path
// blocks every issuer of that host and of those under it, whatever the scheme,
// port and spelling, and their did:web as well. Both members may stand in one
// object.
func LoadTrust(data ...[]byte) (*Trust, error) {
	t := newTrust()
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
			if err := t.load(m); err != nil {
				return nil, fmt.Errorf("%w: file %d: %w", ErrTrust, i+1, err)
			}
		}
	}
	return t, nil
}

func (t *Trust) load(o read.Object) error {
	registry := o.Obj("registry")
	if !o.Has("registry") && !o.Has("blocked") {
		return errors.New(`neither "registry" nor "blocked"`)
	}
	if o.Has("registry") && registry == nil {
		return errors.New(`"registry" is no object of issuers by id`)
	}
	t.registry = t.registry || o.Has("registry")
	title := o.Obj("meta").Str("title")
	if title == "" {
		title = o.Obj("meta").Str("name")
	}
	for id := range registry {
		if idScheme(id) != "did" && idScheme(id) != "http" {
			return fmt.Errorf("issuer %q is neither a DID nor a URL", id)
		}
		t.list(id, listing{registry: title, name: seen(registry.Obj(id).Str("name"))})
	}
	for _, e := range o.List("blocked") {
		id, _ := read.Object{"e": e}.Ref("e")
		if err := t.block(id); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trust) list(id string, l listing) {
	key := identifierKey(id)
	t.listed[key] = append(t.listed[key], l)
	t.look(id, key, l.name)
}

// look keeps what others could be taken for.
func (t *Trust) look(id, key, name string) {
	t.names.Add(name, key)
	if h := shownHost(id); h != "" {
		s := standing.Skeleton(h)
		t.looks[s] = append(t.looks[s], h)
	}
}

// bare gives the URL of a host that stands alone, as a decision may name it.
func bare(id string) string {
	if !strings.ContainsAny(id, "/:") && strings.Contains(id, ".") {
		return "https://" + id + "/"
	}
	return id
}

func (t *Trust) block(id string) error {
	id = bare(strings.TrimSpace(id))
	u := standing.URL(id)
	switch {
	case u == nil && idScheme(id) == "did":
		t.blocked[identifierKey(id)] = true
	case u == nil:
		return fmt.Errorf("blocked issuer %q is neither a DID nor a URL", id)
	case strings.Trim(u.Path, "/") == "" && u.RawQuery == "":
		t.hosts[strings.TrimPrefix(standing.Host(u), "www.")] = true
	case strings.HasSuffix(u.Path, "/"):
		t.stems = append(t.stems, pathKey(id))
	default:
		t.blocked[blockKey(id)] = true
	}
	return nil
}

// blockKey is one spelling for all addresses that would be asked at one place.
func blockKey(id string) string {
	if u := standing.URL(id); u != nil {
		return strings.TrimSuffix(pathKey(id), "/") + "?" + u.RawQuery
	}
	return identifierKey(id)
}

// pathKey is the host and path of an id, whatever its scheme and port.
func pathKey(id string) string {
	u := standing.URL(id)
	return strings.TrimPrefix(standing.Host(u), "www.") + u.Path
}

// With gives a copy of t, which may be nil, with an employer's decisions; the
// later ones win over the earlier, and a block over everything else that is said
// of the same issuer. Its errors wrap ErrTrust and name the decision.
func (t *Trust) With(decisions ...Decision) (*Trust, error) {
	out := newTrust()
	if t != nil {
		for k, v := range t.listed {
			out.listed[k] = slices.Clone(v)
		}
		for k, v := range t.under {
			out.under[k] = slices.Clone(v)
		}
		for k := range t.blocked {
			out.blocked[k] = true
		}
		for k := range t.hosts {
			out.hosts[k] = true
		}
		for k, v := range t.looks {
			out.looks[k] = slices.Clone(v)
		}
		out.names = t.names.Clone()
		out.paths, out.stems, out.registry = slices.Clone(t.paths), slices.Clone(t.stems), t.registry
	}
	for _, d := range decisions {
		if err := out.decide(d); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *Trust) decide(d Decision) error {
	if d.Block {
		if err := t.block(d.Issuer); err != nil {
			return fmt.Errorf("%w: %w", ErrTrust, err)
		}
		return nil
	}
	id := bare(strings.TrimSpace(d.Issuer))
	u := standing.URL(id)
	l := listing{registry: d.Source, name: seen(d.Name)}
	switch {
	case u == nil && idScheme(id) == "did":
		t.list(id, l)
	case u == nil:
		return fmt.Errorf("%w: %q is neither a DID, a URL nor a host", ErrTrust, d.Issuer)
	case idScheme(id) != "did" && strings.Trim(u.Path, "/") == "" && u.RawQuery == "":
		host := standing.Host(u)
		if standing.Many(host) {
			return fmt.Errorf("%w: %q: %w", ErrTrust, d.Issuer, ErrMany)
		}
		host = strings.TrimPrefix(host, "www.")
		t.under[host] = append(t.under[host], l)
		t.look(id, host, l.name)
	case idScheme(id) != "did" && strings.HasSuffix(u.Path, "/"):
		t.paths = append(t.paths, pathListing{pathKey(id), l})
		t.look(id, pathKey(id), l.name)
	default:
		t.list(id, l)
	}
	return nil
}

// listings are what is said for an issuer by its id, its path or its host.
func (t *Trust) listings(id string) []listing {
	if t == nil || id == "" {
		return nil
	}
	out := slices.Clone(t.listed[identifierKey(id)])
	u := standing.URL(id)
	if http, ok := read.HTTPURL(id); ok && strings.Trim(http.Path, "/") != "" && !standing.Many(standing.Host(http)) {
		out = append(out, t.listed[identifierKey(http.Scheme+"://"+http.Host)]...)
	}
	if u == nil || u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return out
	}
	for host := strings.TrimPrefix(standing.Host(u), "www."); host != ""; {
		out = append(out, t.under[host]...)
		_, host, _ = strings.Cut(host, ".")
	}
	for _, p := range t.paths {
		if within(pathKey(id), p.stem) {
			out = append(out, p.listing)
		}
	}
	return out
}

// within reports whether a path lies below a stem, and is written so that nobody
// reads it as another.
func within(p, stem string) bool {
	return strings.HasPrefix(p, stem) && !strings.Contains(p, "/../") && !strings.HasSuffix(p, "/..") && !strings.ContainsAny(p, ";\\%")
}

// lists reports whether a registry or the employer names an issuer by its id, or
// by the host that it lies on.
func (t *Trust) lists(id string) bool { return !t.blocks(id) && len(t.listings(id)) > 0 }

// blocks reports whether the employer blocks an issuer, by the host and path that
// would be asked for it, with dots and double slashes in the path or without, as hosts
// leave them out (RFC 3986 §5.2.4).
func (t *Trust) blocks(id string) bool {
	if t == nil || id == "" {
		return false
	}
	if u := standing.URL(id); u != nil {
		straight := *u
		straight.Path, straight.RawPath = path.Clean("/"+u.Path), ""
		if straight.Path != u.Path && t.blocksAt(straight.String()) {
			return true
		}
	}
	return t.blocksAt(id)
}

// blocksAt is blocks for an id as it is written.
func (t *Trust) blocksAt(id string) bool {
	u := standing.URL(id)
	if t.blocked[identifierKey(id)] || u == nil {
		return t.blocked[identifierKey(id)]
	}
	if t.blocked[blockKey(id)] || u.RawQuery != "" && t.blocksPage(id, u) {
		return true
	}
	for host := strings.TrimPrefix(standing.Host(u), "www."); host != ""; {
		if t.hosts[host] {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return slices.ContainsFunc(t.stems, func(stem string) bool { return strings.HasPrefix(pathKey(id)+"/", stem) })
}

// blocksPage reports whether an issuer is blocked whose address is part of an id with a
// query: the same page, with nothing in its query that the id has not, too. What more
// an id asks for its writer chooses, and the host may well ignore.
func (t *Trust) blocksPage(id string, u *url.URL) bool {
	page := strings.TrimSuffix(pathKey(id), "/") + "?"
	asked := u.Query()
	for key := range t.blocked {
		query, ok := strings.CutPrefix(key, page)
		if !ok {
			continue
		}
		all, err := url.ParseQuery(query)
		for name, values := range all {
			for _, v := range values {
				ok = ok && slices.Contains(asked[name], v)
			}
		}
		if ok && err == nil {
			return true
		}
	}
	return false
}

// lookalikes says whether an issuer that is not listed could be taken for one
// that is, by its name or by its host (UTS #39 §4).
func (t *Trust) lookalikes(p verdict.Party) (warnings []verdict.Warning) {
	if t == nil {
		return nil
	}
	if p.Name != "" && t.names.Resembles(p.Name, identifierKey(p.ID)) {
		warnings = append(warnings, verdict.WarnNameLookalike)
	}
	host := shownHost(p.ID)
	for _, other := range t.looks[standing.Skeleton(host)] {
		if host != "" && other != host {
			warnings = append(warnings, verdict.WarnHostLookalike)
			break
		}
	}
	return warnings
}

// shownHost is the host of an issuer's id in Unicode, "" where it has none.
func shownHost(id string) string {
	u := standing.URL(id)
	if u == nil {
		return ""
	}
	host := standing.Host(u)
	if s, err := idna.ToUnicode(host); err == nil {
		return s
	}
	return host
}

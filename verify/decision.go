package verify

import (
	"fmt"
	"strings"

	"assay/verify/read"
	"assay/verify/standing"
)

// Key is one spelling for all ways in which a decision can name the same issuer,
// path or host: of two decisions with the same key the later one stands. The error
// is that of [Trust.With], for what is no decision.
func (d Decision) Key() (string, error) {
	if _, err := (*Trust)(nil).With(d); err != nil {
		return "", err
	}
	id := bare(strings.TrimSpace(d.Issuer))
	u := standing.URL(id)
	switch {
	case u == nil, idScheme(id) == "did" && !d.Block:
		return identifierKey(id), nil
	case strings.Trim(u.Path, "/") == "" && u.RawQuery == "":
		return strings.TrimPrefix(standing.Host(u), "www."), nil
	case strings.HasSuffix(u.Path, "/"):
		return pathKey(id), nil
	}
	return blockKey(id), nil
}

// Of reports whether a decision is about an issuer: whether it names its id, a
// path or a host that covers it. What is no decision is about nobody.
func (d Decision) Of(id string) bool {
	t, err := (*Trust)(nil).With(d)
	return err == nil && (len(t.listings(id)) > 0 || t.blocks(id))
}

// Blocks reports whether an employer blocks an issuer.
func (p Policy) Blocks(id string) bool { return p.Trust.blocks(id) }

// Registry is the list of issuers that a registry is, by id.
type Registry struct {
	Title   string
	Entries map[string]string // id → name
}

// WithRegistry gives a copy of t, which may be nil, in which the registry lists its
// issuers as [LoadTrust] says. What is no id of an issuer is left out.
func (t *Trust) WithRegistry(r Registry) *Trust {
	out, _ := t.With() // no decision, no error
	out.registry = true
	for id, name := range r.Entries {
		if s := idScheme(id); s == "did" || s == "http" {
			out.list(id, listing{registry: r.Title, name: seen(name)})
		}
	}
	return out
}

// maxRegistry bounds the entries of a registry that an employer imports.
const maxRegistry = 10000

// ParseRegistry reads one registry in the form of the DCC's ([LoadTrust]), strictly.
// The error wraps ErrTrust.
func ParseRegistry(b []byte) (*Registry, error) {
	t := newTrust()
	o, err := registryObject(b)
	if err != nil {
		return nil, err
	}
	if o.Obj("registry") == nil || o.Has("blocked") {
		return nil, fmt.Errorf(`%w: a registry has a member "registry" and none "blocked"`, ErrTrust)
	}
	if err := t.load(o); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTrust, err)
	}
	out := &Registry{Entries: map[string]string{}}
	if out.Title = seen(o.Obj("meta").Str("title")); out.Title == "" {
		out.Title = seen(o.Obj("meta").Str("name"))
	}
	list := o.Obj("registry")
	if len(list) > maxRegistry {
		return nil, fmt.Errorf("%w: %d issuers, %d are taken", ErrTrust, len(list), maxRegistry)
	}
	for id := range list {
		out.Entries[id] = seen(list.Obj(id).Str("name"))
	}
	return out, nil
}

func registryObject(b []byte) (read.Object, error) {
	o, err := read.ParseObject(b, read.Limits{Bytes: 16 << 20})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTrust, err)
	}
	return o, nil
}

// Lists reports whether the registry lists an issuer.
func (r Registry) Lists(id string) bool { return (*Trust)(nil).WithRegistry(r).lists(id) }

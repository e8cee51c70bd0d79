package hooks

import (
	"bytes"
	"cmp"
	_ "embed" // the systems that come with assay
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/index/record"

	"github.com/google/cel-go/cel"
	"gopkg.in/yaml.v3"
)

//go:embed systems.yaml
var shipped []byte

// System is how a hiring system signs, what its events are, and how it is asked.
type System struct {
	Scheme  Scheme  `yaml:"scheme"`
	Mapping Mapping `yaml:"mapping"`
	API     API     `yaml:"api"`
}

// API is how a hiring system is asked.
type API struct {
	URL    string            `yaml:"url"`    // https; paths stand below it
	Auth   string            `yaml:"auth"`   // basic (the key is the user), bearer, or "header NAME: before the key "
	Header map[string]string `yaml:"header"` // of each request
	Rate   float64           `yaml:"rate"`   // requests a second
	Burst  int               `yaml:"burst"`  // requests at once
}

// Secret says where a secret lies: in a file or a variable of the environment. It is
// never written anywhere.
type Secret struct {
	File string `yaml:"file"`
	Env  string `yaml:"env"`
}

// entry is a hook of the file.
type entry struct {
	Tenant  string   `yaml:"tenant"`
	System  string   `yaml:"system"`  // one that comes with assay; "" where scheme and mapping are named
	Secrets []Secret `yaml:"secrets"` // live ones: two while one takes the other's place
	Prefix  string   `yaml:"prefix"`  // of applications' ids, where two systems count alike
	APIURL  string   `yaml:"api-url"`
	APIKey  *Secret  `yaml:"api-key"`
	Scheme  string   `yaml:"scheme"`  // file, in place of the system's
	Mapping string   `yaml:"mapping"` // file, in place of the system's
}

// Hook is a hook that was read.
type Hook struct {
	Name, Tenant string

	of      string // the system, for the roster
	prefix  string
	system  System
	secrets [][]byte // none: it is not configured yet
	key     string   // of the API
}

// ErrConfig is behind every error of the file of hooks.
var ErrConfig = errors.New("hooks")

// Open reads a file of hooks. A hook whose secrets are not there is one all the same,
// which takes nothing yet.
func Open(path string) ([]*Hook, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	var file struct {
		Hooks map[string]entry `yaml:"hooks"`
	}
	if err := strictly(b, &file); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrConfig, path, err)
	}
	systems := map[string]System{}
	if err := strictly(shipped, &systems); err != nil {
		return nil, fmt.Errorf("%w: those that come with assay: %w", ErrConfig, err)
	}
	env, err := environment()
	if err != nil {
		return nil, err
	}
	var all []*Hook
	names := make([]string, 0, len(file.Hooks))
	for name := range file.Hooks {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		h, err := file.Hooks[name].hook(name, filepath.Dir(path), systems, env)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %s: %w", ErrConfig, path, name, err)
		}
		all = append(all, h)
	}
	return all, nil
}

// strictly reads YAML whose every key is one.
func strictly(b []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	return d.Decode(into)
}

func (e entry) hook(name, dir string, systems map[string]System, env *cel.Env) (*Hook, error) {
	if record.CheckToken("", name) != nil || record.CheckToken("", e.Tenant) != nil {
		return nil, fmt.Errorf("name or tenant is %w", record.ErrToken)
	}
	if e.Prefix != "" && record.CheckToken("", e.Prefix) != nil || len(e.Prefix) > 16 {
		return nil, fmt.Errorf("prefix is longer than 16, or %w", record.ErrToken)
	}
	h := &Hook{Name: name, Tenant: e.Tenant, of: e.System, prefix: e.Prefix}
	var known bool
	h.system, known = systems[e.System]
	switch {
	case e.System != "" && !known:
		return nil, fmt.Errorf("system %q does not come with assay", e.System)
	case !known && (e.Scheme == "" || e.Mapping == ""):
		return nil, errors.New("system, or scheme and mapping, are needed")
	}
	h.of = cmp.Or(e.System, name) + "\x00" + e.Prefix             // one account's candidates, where two systems count alike
	h.system.Mapping.Fetch = slices.Clone(h.system.Mapping.Fetch) // each hook compiles its own
	for _, x := range []struct {
		file string
		into any
		zero func()
	}{{e.Scheme, &h.system.Scheme, func() { h.system.Scheme = Scheme{} }}, {e.Mapping, &h.system.Mapping, func() { h.system.Mapping = Mapping{} }}} {
		if x.file == "" {
			continue
		}
		if !filepath.IsAbs(x.file) {
			x.file = filepath.Join(dir, x.file)
		}
		b, err := os.ReadFile(x.file)
		if err != nil {
			return nil, err
		}
		x.zero()
		if err := strictly(b, x.into); err != nil {
			return nil, fmt.Errorf("%s: %w", x.file, err)
		}
	}
	if err := errors.Join(h.system.Scheme.check(), h.system.Mapping.compile(env)); err != nil {
		return nil, err
	}
	if e.APIURL != "" {
		h.system.API.URL = e.APIURL
	}
	if err := h.system.API.check(); err != nil {
		return nil, err
	}
	if len(e.Secrets) > 2 {
		return nil, errors.New("more than two secrets")
	}
	for _, s := range e.Secrets {
		if b, ok, err := s.read(dir); err != nil {
			return nil, err
		} else if ok {
			h.secrets = append(h.secrets, b)
		}
	}
	if e.APIKey != nil {
		b, _, err := e.APIKey.read(dir)
		if err != nil {
			return nil, err
		}
		h.key = string(b)
	}
	if m := &h.system.Mapping; !h.system.Scheme.whole() && (len(m.Fetch) == 0 || m.into != nil) {
		return nil, errors.New("the signature does not cover the body: what is in it has to be fetched, and nobody is merged by it")
	}
	if len(h.system.Mapping.Fetch) > 0 && h.key == "" {
		h.secrets = nil // what it notifies could not be asked for
	}
	return h, nil
}

// read reads a secret; ok is false where it is not there.
func (s Secret) read(dir string) (b []byte, ok bool, err error) {
	switch {
	case (s.File == "") == (s.Env == ""):
		return nil, false, errors.New("a secret has a file or a variable of the environment (env), one of the two")
	case s.Env != "":
		b = []byte(os.Getenv(s.Env))
	default:
		if !filepath.IsAbs(s.File) {
			s.File = filepath.Join(dir, s.File)
		}
		if b, err = os.ReadFile(s.File); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, false, err
		}
	}
	b = bytes.TrimRight(b, "\r\n")
	return b, len(b) > 0, nil
}

func (a *API) check() error {
	if a.URL == "" {
		return nil
	}
	u, err := url.Parse(a.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("the API's address is not https://HOST/…")
	}
	if name, _, ok := strings.Cut(strings.TrimPrefix(a.Auth, "header "), ":"); a.Auth != "basic" && a.Auth != "bearer" &&
		(!strings.HasPrefix(a.Auth, "header ") || !ok || strings.TrimSpace(name) == "") {
		return errors.New("auth is basic, bearer or header NAME: …")
	}
	if a.Rate <= 0 || a.Burst <= 0 {
		return errors.New("rate and burst of the API are more than none")
	}
	return nil
}

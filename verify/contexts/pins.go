package contexts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/verify/rdf"
)

// A Keeper keeps pins for all who share it. An error says that what is kept
// cannot be had, or may not be believed; it is not told to whoever sent the badge.
// Safe for concurrent use.
type Keeper interface {
	// Get gives what is kept under a name, nil for nothing.
	Get(ctx context.Context, name string) ([]byte, error)
	// Create keeps a value under a name. Where one is kept already it stays: of two
	// who create at once, one value is kept, and both get no error.
	Create(ctx context.Context, name string, value []byte) error
	// Replace keeps a value in the place of whatever is kept.
	Replace(ctx context.Context, name string, value []byte) error
	// Remove keeps nothing under a name any more.
	Remove(ctx context.Context, name string) error
	// Names gives the names under which something is kept.
	Names(ctx context.Context) ([]string, error)
	// Full reports whether no more is to be kept: MaxPins, and what waits beside
	// them, or MaxKept bytes.
	Full(ctx context.Context) (bool, error)
}

// Memory is a Keeper that lasts as long as the process. The zero value is empty.
type Memory struct {
	mu   sync.Mutex
	kept map[string][]byte
	size int
}

// Get is [Keeper.Get].
func (m *Memory) Get(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[name], nil
}

// Create is [Keeper.Create].
func (m *Memory) Create(_ context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.kept[name]; !ok {
		m.put(name, value)
	}
	return nil
}

// Replace is [Keeper.Replace].
func (m *Memory) Replace(_ context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(name, value)
	return nil
}

func (m *Memory) put(name string, value []byte) {
	if m.kept == nil {
		m.kept = map[string][]byte{}
	}
	m.size += len(value) - len(m.kept[name])
	m.kept[name] = value
}

// Remove is [Keeper.Remove].
func (m *Memory) Remove(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size -= len(m.kept[name])
	delete(m.kept, name)
	return nil
}

// Names is [Keeper.Names].
func (m *Memory) Names(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := make([]string, 0, len(m.kept))
	for name := range m.kept {
		names = append(names, name)
	}
	return names, nil
}

// Full is [Keeper.Full].
func (m *Memory) Full(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Full(len(m.kept), m.size), nil
}

// Full reports whether no more is to be kept beside so many names and bytes.
func Full(names, size int) bool { return names >= 2*MaxPins || size >= MaxKept-rdf.MaxExtension }

// A Pin is what an installation has read a context as.
type Pin struct {
	URL    string    `json:"url"`
	SHA256 string    `json:"sha256"` // hex, of the text
	At     time.Time `json:"at"`     // when it was read first, or accepted

	Known   bool   `json:"known,omitempty"`   // the text was read through beforehand
	Pending string `json:"pending,omitempty"` // SHA-256 of what the host serves now, "" if nothing is to be settled
}

// kept is a pin with its text, as it lies with the Keeper.
type kept struct {
	Pin
	Text string `json:"text"`

	ext *rdf.Extension
}

// ErrNothing is what Accept's error wraps where there is nothing to accept.
var ErrNothing = errors.New("nothing is to be settled about it")

// pending ends the name of a text that waits to be accepted.
const pending = ".pending"

// name is what a context is kept under.
func name(u, kind string) string {
	sum := sha256.Sum256([]byte(u))
	return hex.EncodeToString(sum[:]) + kind
}

// pinned gives the pin of an address, nil if there is none.
func (s *Store) pinned(ctx context.Context, u string) (*kept, error) {
	k, err := s.load(ctx, name(u, ""))
	if k != nil && err == nil && k.URL != u {
		err = errOther
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// Why what is kept is not believed.
var (
	errOther = errors.New("a pin of another address")
	errText  = errors.New("the text is not the one that was pinned")
	errGone  = errors.New("what was pinned a moment ago is not there")
)

// load reads what is kept under a name, nil for nothing. Its text is read as any
// other, and must have the SHA-256 that it is pinned by.
func (s *Store) load(ctx context.Context, name string) (*kept, error) {
	b, err := s.o.Keeper.Get(ctx, name)
	if b == nil || err != nil {
		return nil, err
	}
	k := &kept{}
	if err := json.Unmarshal(b, k); err != nil {
		return nil, err
	}
	if k.ext, err = s.parse(k.URL, k.Text); err != nil {
		return nil, err
	}
	if k.ext.SHA256 != k.SHA256 {
		return nil, fmt.Errorf("%w: %s", errText, name)
	}
	k.Known, k.Pending = k.ext.Known(), ""
	return k, nil
}

// parse reads a text, once as long as it is the same.
func (s *Store) parse(u, text string) (*rdf.Extension, error) {
	s.mu.Lock()
	e := s.parsed[u]
	s.mu.Unlock()
	if e != nil && string(e.Text) == text {
		return e, nil
	}
	e, err := rdf.ParseExtension(u, []byte(text))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.parsed[u]; old != nil {
		s.held -= len(old.Text)
		delete(s.parsed, u)
	}
	if s.held+len(e.Text) <= MaxKept {
		s.held += len(e.Text)
		s.parsed[u] = e
	}
	return e, nil
}

// settle pins a text where none is pinned, and gives what is pinned. What is not
// the pinned text is kept aside, to be accepted. It gives nil where no more pins
// are kept.
func (s *Store) settle(ctx context.Context, e *rdf.Extension, text []byte) (*kept, error) {
	k := &kept{Pin: Pin{URL: e.URL, SHA256: e.SHA256, At: s.o.Now().UTC()}, Text: string(text)}
	value, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	was, err := s.pinned(ctx, e.URL)
	if err != nil {
		return nil, err
	}
	if was == nil {
		if full, err := s.o.Keeper.Full(ctx); full || err != nil {
			return nil, err
		}
		if err := s.o.Keeper.Create(ctx, name(e.URL, ""), value); err != nil {
			return nil, err
		}
		switch was, err = s.pinned(ctx, e.URL); { // another may have been first
		case err != nil:
			return nil, err
		case was == nil:
			return nil, errGone // nobody may go by a text that another has not pinned
		}
	}
	if was != nil && was.SHA256 != e.SHA256 {
		if err := s.o.Keeper.Replace(ctx, name(e.URL, pending), value); err != nil {
			return nil, err
		}
	}
	return was, nil
}

// back forgets what was to be settled: the host serves the pinned text.
func (s *Store) back(ctx context.Context, u string) {
	if b, err := s.o.Keeper.Get(ctx, name(u, pending)); b == nil || err != nil {
		return
	}
	_ = s.o.Keeper.Remove(ctx, name(u, pending)) // it is asked again
}

// List gives the pins, by their addresses.
func (s *Store) List(ctx context.Context) ([]Pin, error) {
	names, err := s.o.Keeper.Names(ctx)
	if err != nil {
		return nil, err
	}
	var out []Pin
	for _, n := range names {
		if strings.HasSuffix(n, pending) {
			continue
		}
		k, err := s.load(ctx, n)
		if err != nil {
			return nil, err
		}
		if k == nil {
			continue // it went away
		}
		p, err := s.load(ctx, n+pending)
		if err != nil {
			return nil, err
		}
		if p != nil && p.SHA256 != k.SHA256 {
			k.Pending = p.SHA256
		}
		out = append(out, k.Pin)
	}
	slices.SortFunc(out, func(a, b Pin) int { return cmp.Compare(a.URL, b.URL) })
	return out, nil
}

// Accept pins the text that a context's host served in place of the pinned one.
// With sum, it must begin the text's SHA-256. ErrNothing where there is none.
func (s *Store) Accept(ctx context.Context, u, sum string) (Pin, error) {
	p, err := s.load(ctx, name(u, pending))
	if err != nil {
		return Pin{}, err
	}
	if p == nil || p.URL != u {
		return Pin{}, ErrNothing
	}
	if !strings.HasPrefix(p.SHA256, strings.ToLower(sum)) {
		return Pin{}, fmt.Errorf("%w: the text that is served has SHA-256 %s", ErrNothing, p.SHA256)
	}
	p.At, p.Known = s.o.Now().UTC(), false // found anew
	value, err := json.Marshal(p)
	if err != nil {
		return Pin{}, err
	}
	if err := s.o.Keeper.Replace(ctx, name(u, ""), value); err != nil {
		return Pin{}, err
	}
	if err := s.o.Keeper.Remove(ctx, name(u, pending)); err != nil {
		return Pin{}, err
	}
	p.Known = p.ext.Known()
	return p.Pin, nil
}

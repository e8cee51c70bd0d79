// Package contexts finds the JSON-LD contexts that a badge names beside those of
// the bundle (package rdf), and remembers what they were.
//
// A context comes from a folder that the operator gave, else from its own
// address through the guarded client: https, no redirect to another host, three
// for a badge at most. The text that was read first is pinned by its SHA-256 for
// the installation and kept; when its host later serves another, badges that
// name it wait until somebody has accepted the new text ([Store.Accept]) or the
// old one is served again. Where the host does not answer, the kept text serves.
// A context that was read through beforehand (LearnCard's boosts, the DCC's) is
// known by its SHA-256, is asked for once, and may come from another host.
//
// Pins are files in the folder of the installation, one a context, so that
// several processes that share the folder share the pins: the first text wins
// (link(2) does not replace). Without a folder they last as long as the Store.
// Whatever a text says, package rdf admits only what cannot change what a badge
// means; a pin keeps verdicts from changing when a host changes its mind.
//
// Out of scope: contexts of Open Badges 1 and 2, whose badges are read by names.
package contexts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/verify/fetch"
	"assay/verify/rdf"
	"assay/verify/read"
	"assay/verify/verdict"

	"go.uber.org/zap"
)

// Bounds of a badge and of an installation.
const (
	MaxFetched = 3        // contexts that are fetched for one badge
	maxPins    = 1000     // that are kept: what is beyond is read anew each time
	maxHeld    = 32 << 20 // bytes of texts that are held in memory
	maxFolder  = 1000     // files of the operator's folder
)

// Options configure a Store. The zero value keeps pins in memory.
type Options struct {
	Dir    string           // where pins are kept, made when it is needed; "" = for as long as the Store lasts
	Folder string           // contexts of the operator's, by host and path of their addresses; "" = none
	Now    func() time.Time // nil = time.Now
	Log    *zap.Logger      // is told when pins cannot be read or written; nil = no log
}

// Store finds and remembers contexts. Safe for concurrent use, and for several
// processes with one Dir.
type Store struct {
	o      Options
	folder map[string]*rdf.Extension

	mu   sync.Mutex
	pins map[string]*kept
	held int // bytes of their texts
}

// hold keeps a pin in memory, where there is room. The caller holds s.mu.
func (s *Store) hold(k *kept) bool {
	was := 0
	if old := s.pins[k.URL]; old != nil {
		was = len(old.Text)
	}
	if s.held+len(k.Text)-was > maxHeld {
		delete(s.pins, k.URL)
		s.held -= was
		return false
	}
	s.held += len(k.Text) - was
	s.pins[k.URL] = k
	return true
}

// A Pin is what an installation has read a context as.
type Pin struct {
	URL    string    `json:"url"`
	SHA256 string    `json:"sha256"` // hex, of the text
	At     time.Time `json:"at"`     // when it was read first, or accepted

	Known   bool   `json:"known,omitempty"`   // the text was read through beforehand
	Pending string `json:"pending,omitempty"` // SHA-256 of what the host serves now, "" if nothing is to be settled
}

// kept is a pin with its text, as it is in its file.
type kept struct {
	Pin
	Text string `json:"text"`

	ext *rdf.Extension
}

// Errors of Accept and Open.
var (
	ErrNothing = errors.New("nothing is to be settled about it")
	ErrFolder  = errors.New("folder of contexts cannot be read")
)

// Open returns a Store. A file of the folder that is no context is an error, as
// is one that no badge may be read by.
func Open(o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Log = cmp.Or(o.Log, zap.NewNop())
	s := &Store{o: o, folder: map[string]*rdf.Extension{}, pins: map[string]*kept{}}
	if o.Folder == "" {
		return s, nil
	}
	root := os.DirFS(o.Folder)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", ErrFolder, err)
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case len(s.folder) == maxFolder:
			return fmt.Errorf("%w: more than %d files", ErrFolder, maxFolder)
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFolder, err)
		}
		e, err := rdf.ParseExtension("https://"+name, text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.folder[e.URL] = e
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Badge is the contexts of one badge: what was found once is the same for all of
// it. Safe for concurrent use, for a status list may be read while its badge is
// given up.
type Badge struct {
	store   *Store
	fetcher fetch.Fetcher

	mu      sync.Mutex
	found   map[string]found
	fetched int
}

type found struct {
	ext      *rdf.Extension
	evidence verdict.Evidence
	err      error
	stale    bool // kept, and its host gave no answer
}

// Badge gives the contexts of one badge. A nil Store finds none.
func (s *Store) Badge(f fetch.Fetcher) *Badge {
	return &Badge{store: s, fetcher: f, found: map[string]found{}}
}

// Find finds contexts by their addresses, with the evidence of each that was
// found. An error wraps rdf.ErrContext where no badge is judged by one of them,
// rdf.ErrUnread where it cannot be had just now, rdf.ErrChanged where it is not
// the one that was pinned.
func (b *Badge) Find(ctx context.Context, urls []string) (rdf.Extensions, []verdict.Evidence, error) {
	if b == nil || b.store == nil {
		return nil, nil, nil
	}
	out := rdf.Extensions{}
	var evidence []verdict.Evidence
	for _, u := range urls {
		f, ok := b.known(u)
		if !ok {
			f.ext, f.evidence, f.err = b.find(ctx, u)
			f.stale = f.evidence.Note == noAnswer
			if ctx.Err() != nil {
				return nil, evidence, ctx.Err()
			}
			b.mu.Lock()
			b.found[u] = f
			b.mu.Unlock()
		}
		if f.evidence.URL != "" {
			evidence = append(evidence, f.evidence)
		}
		if f.err != nil {
			return nil, evidence, f.err
		}
		out[u] = f.ext
	}
	return out, evidence, nil
}

const noAnswer = "a context, as it was kept: its host gave no answer"

// Stale reports whether one of these contexts is a kept text whose host gave no
// answer: a badge that was signed by a later one would not hold by it.
func (b *Badge) Stale(urls []string) bool {
	return b != nil && slices.ContainsFunc(urls, func(u string) bool {
		f, _ := b.known(u)
		return f.stale
	})
}

// Text is the text of a context that was found.
func (b *Badge) Text(u string) ([]byte, bool) {
	if b == nil {
		return nil, false
	}
	f, _ := b.known(u)
	if f.ext == nil {
		return nil, false
	}
	return f.ext.Text, true
}

func (b *Badge) known(u string) (found, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.found[u]
	return f, ok
}

// mayFetch counts what is fetched.
func (b *Badge) mayFetch() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fetched == MaxFetched {
		return false
	}
	b.fetched++
	return true
}

func (b *Badge) find(ctx context.Context, u string) (*rdf.Extension, verdict.Evidence, error) {
	s := b.store
	if e := s.folder[u]; e != nil {
		return e, s.evidence(e, s.o.Now(), "a context of the operator's folder"), nil
	}
	pin, err := s.pinned(u, false)
	if err != nil {
		return nil, verdict.Evidence{}, s.fault(u, err)
	}
	if pin != nil && pin.ext.Known() {
		return pin.ext, s.evidence(pin.ext, pin.At, "a context that was read through beforehand, kept"), nil
	}
	if at, ok := read.HTTPURL(u); !ok || at.Scheme != "https" || len(u) > 2048 {
		return nil, verdict.Evidence{}, verdict.Because(rdf.ErrContext, "%.120q is no address that a context is read from", u)
	}
	if !b.mayFetch() {
		return nil, verdict.Evidence{}, verdict.Because(rdf.ErrContext, "more than %d contexts beside those of specifications", MaxFetched)
	}
	resp, err := b.fetcher.Fetch(ctx, fetch.Request{URL: u, Accept: "application/ld+json, application/json", MaxBytes: rdf.MaxExtension,
		SameHost: !rdf.Reviewed(u), Chosen: true})
	if why := unread(u, resp, err); why != nil {
		if pin != nil {
			return pin.ext, s.evidence(pin.ext, pin.At, noAnswer), nil
		}
		return nil, verdict.Evidence{}, why
	}
	e, err := rdf.ParseExtension(u, resp.Body)
	if err == nil && rdf.Reviewed(u) && !e.Known() && resp.URL != u && !read.SameOrigin(mustURL(resp.URL), mustURL(u)) {
		err = verdict.Because(rdf.ErrContext, "%.120s is served by another host", u)
	}
	ev := resp.Evidence("a context that the badge names")
	ev.URL = u
	switch {
	case pin == nil && err != nil:
		return nil, ev, err
	case pin != nil && err != nil: // a page, say, where the context was
		return pin.ext, s.evidence(pin.ext, pin.At, noAnswer), nil
	case pin != nil && e.SHA256 == pin.SHA256:
		s.back(u)
		return pin.ext, s.evidence(pin.ext, pin.At, "a context, as it was pinned"), nil
	}
	if pin, err = s.settle(e, resp.Body); err != nil {
		return nil, ev, s.fault(u, err)
	}
	if pin != nil && pin.SHA256 != e.SHA256 {
		return nil, ev, verdict.Because(rdf.ErrChanged, "%.120s is not the text that was read first (SHA-256 %s…)", u, pin.SHA256[:8])
	}
	return e, ev, nil
}

// fault is that pins cannot be read or written: nothing that the badge did.
func (s *Store) fault(u string, err error) error {
	s.o.Log.Error("what was kept of contexts cannot be read or written", zap.Error(err))
	return verdict.Because(rdf.ErrUnread, "%.120s: what was kept of it cannot be read", u)
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		return &url.URL{}
	}
	return u
}

func (s *Store) evidence(e *rdf.Extension, at time.Time, note string) verdict.Evidence {
	return verdict.Evidence{URL: e.URL, At: at.UTC(), SHA256: e.SHA256, Note: note}
}

// unread says why there is no text, nil if there is.
func unread(u string, resp *fetch.Response, err error) error {
	switch {
	case err != nil && fetch.Temporary(err):
		return verdict.Because(rdf.ErrUnread, "%.120s: %w", u, err)
	case err != nil:
		return verdict.Because(rdf.ErrContext, "%.120s: %w", u, err)
	case resp.Status/100 == 2:
		return nil
	case resp.Status == http.StatusNotFound || resp.Status == http.StatusGone:
		return verdict.Because(rdf.ErrContext, "%.120s is not there", u)
	}
	return verdict.Because(rdf.ErrUnread, "%.120s: the host answered with status %d", u, resp.Status)
}

// pinned gives the pin of an address, nil if there is none. fresh looks at the
// file, for another process may have accepted another text.
func (s *Store) pinned(u string, fresh bool) (*kept, error) {
	s.mu.Lock()
	k := s.pins[u]
	s.mu.Unlock()
	if s.o.Dir == "" || k != nil && !fresh {
		return k, nil
	}
	k, err := load(s.file(u, ""))
	if k == nil || err != nil {
		return nil, err
	}
	if k.URL != u {
		return nil, fmt.Errorf("%s is a pin of another address", s.file(u, ""))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold(k)
	return k, nil
}

// settle pins a text where none is pinned, and gives what is pinned. What is not
// the pinned text is kept aside, to be accepted. It gives nil where no more pins
// are kept.
func (s *Store) settle(e *rdf.Extension, text []byte) (*kept, error) {
	k := &kept{Pin: Pin{URL: e.URL, SHA256: e.SHA256, At: s.o.Now().UTC()}, Text: string(text), ext: e}
	if s.o.Dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		if was := s.pins[e.URL]; was != nil {
			was.Pending = cmp.Or(other(e.SHA256, was.SHA256), was.Pending)
			return was, nil
		}
		if len(s.pins) >= maxPins || !s.hold(k) {
			return nil, nil
		}
		return k, nil
	}
	was, err := s.pinned(e.URL, true)
	if err != nil {
		return nil, err
	}
	if was == nil {
		files, err := os.ReadDir(s.o.Dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("pins of contexts: %w", err)
		}
		if len(files) >= 2*maxPins {
			return nil, nil
		}
		if err := s.write(s.file(e.URL, ""), k, false); err != nil {
			return nil, err
		}
		if was, err = s.pinned(e.URL, true); err != nil { // another may have been first
			return nil, err
		}
	}
	if was != nil && was.SHA256 != e.SHA256 {
		if err := s.write(s.file(e.URL, pending), k, true); err != nil {
			return nil, err
		}
	}
	return was, nil
}

// back forgets what was to be settled: the host serves the pinned text.
func (s *Store) back(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.pins[u]; k != nil {
		k.Pending = ""
	}
	if s.o.Dir != "" {
		_ = os.Remove(s.file(u, pending)) // most often there is none
	}
}

func other(now, was string) string {
	if now == was {
		return ""
	}
	return now
}

const pending = ".pending"

func (s *Store) file(u, kind string) string {
	sum := sha256.Sum256([]byte(u))
	return filepath.Join(s.o.Dir, hex.EncodeToString(sum[:])+kind+".json")
}

// write writes a pin's file whole; without over what is there stays.
func (s *Store) write(name string, k *kept, over bool) error {
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return fmt.Errorf("pins of contexts: %w", err)
	}
	was := *k
	was.Known, was.Pending = false, "" // as they are found anew
	b, err := json.Marshal(was)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.o.Dir, ".new-*")
	if err != nil {
		return fmt.Errorf("pins of contexts: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("pins of contexts: %w", err)
	}
	if over {
		err = os.Rename(f.Name(), name)
	} else if err = os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		err = nil // another was first
	}
	if err != nil {
		return fmt.Errorf("pins of contexts: %w", err)
	}
	return nil
}

// load reads a pin's file, nil if there is none. Its text is read as any other,
// and must have the SHA-256 that it is pinned by.
func load(name string) (*kept, error) {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pins of contexts: %w", err)
	}
	k := &kept{}
	if err := json.Unmarshal(b, k); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if k.ext, err = rdf.ParseExtension(k.URL, []byte(k.Text)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if k.ext.SHA256 != k.SHA256 {
		return nil, fmt.Errorf("%s: the text is not the one that was pinned", name)
	}
	k.Known, k.Pending = k.ext.Known(), ""
	return k, nil
}

// List gives the pins, by their addresses.
func (s *Store) List() ([]Pin, error) {
	all := map[string]Pin{}
	s.mu.Lock()
	for u, k := range s.pins {
		all[u] = k.Pin
	}
	s.mu.Unlock()
	if s.o.Dir != "" {
		names, err := filepath.Glob(filepath.Join(s.o.Dir, "*.json"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasSuffix(name, pending+".json") {
				continue
			}
			k, err := load(name)
			if k == nil || err != nil {
				if err == nil {
					continue // it went away
				}
				return nil, err
			}
			p, err := load(s.file(k.URL, pending))
			if err != nil {
				return nil, err
			}
			if p != nil {
				k.Pending = other(p.SHA256, k.SHA256)
			}
			all[k.URL] = k.Pin
		}
	}
	out := make([]Pin, 0, len(all))
	for _, p := range all {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Pin) int { return strings.Compare(a.URL, b.URL) })
	return out, nil
}

// Accept pins the text that a context's host served in place of the pinned one.
// With sum, it must begin the text's SHA-256. ErrNothing where there is none.
func (s *Store) Accept(u, sum string) (Pin, error) {
	p, err := load(s.file(u, pending))
	if err != nil {
		return Pin{}, err
	}
	if p == nil || p.URL != u {
		return Pin{}, ErrNothing
	}
	if !strings.HasPrefix(p.SHA256, strings.ToLower(sum)) {
		return Pin{}, fmt.Errorf("%w: the text that is served has SHA-256 %s", ErrNothing, p.SHA256)
	}
	p.At = s.o.Now().UTC()
	if err := s.write(s.file(u, ""), p, true); err != nil {
		return Pin{}, err
	}
	if err := os.Remove(s.file(u, pending)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Pin{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold(p)
	return p.Pin, nil
}

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
// Pins lie with a [Keeper] that all processes of an installation share (the queue's
// key-value store, package ingest): the first text wins, and it is asked for each
// badge, so that what was accepted in one process holds in all. A badge whose pins
// cannot be had waits. Without a Keeper they last as long as the Store.
// Whatever a text says, package rdf admits only what cannot change what a badge
// means; a pin keeps verdicts from changing when a host changes its mind.
//
// Out of scope: contexts of Open Badges 1 and 2, whose badges are read by names.
package contexts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
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
	MaxPins    = 1000     // that are kept: what is beyond is read anew each time
	MaxKept    = 32 << 20 // bytes of what is kept of them
	maxFolder  = 1000     // files of the operator's folder
)

// Options configure a Store. The zero value keeps pins in memory.
type Options struct {
	Keeper Keeper           // where pins are kept; nil = in memory, for as long as the Store lasts
	Folder string           // contexts of the operator's, by host and path of their addresses; "" = none
	Now    func() time.Time // nil = time.Now
	Log    *zap.Logger      // is told when pins cannot be read or written; nil = no log
}

// Store finds and remembers contexts. Safe for concurrent use, and for several
// processes with one Keeper.
type Store struct {
	o      Options
	folder map[string]*rdf.Extension

	mu     sync.Mutex
	parsed map[string]*rdf.Extension // pinned texts, by their addresses
	held   int                       // bytes of them
}

// ErrFolder is what Open's error wraps for a folder that is none.
var ErrFolder = errors.New("folder of contexts cannot be read")

// Open returns a Store. A file of the folder that is no context is an error, as
// is one that no badge may be read by.
func Open(o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Log = cmp.Or(o.Log, zap.NewNop())
	if o.Keeper == nil {
		o.Keeper = &Memory{}
	}
	s := &Store{o: o, folder: map[string]*rdf.Extension{}, parsed: map[string]*rdf.Extension{}}
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
	pin, err := s.pinned(ctx, u)
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
		s.back(ctx, u)
		return pin.ext, s.evidence(pin.ext, pin.At, "a context, as it was pinned"), nil
	}
	if pin, err = s.settle(ctx, e, resp.Body); err != nil {
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

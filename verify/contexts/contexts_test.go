package contexts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/verify/fetch"
	"assay/verify/rdf"
)

// host answers every address with the text that it has.
type host struct {
	mu   sync.Mutex
	text string
	err  error
	n    int
}

func (h *host) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	if h.err != nil {
		return nil, h.err
	}
	return &fetch.Response{URL: r.URL, Status: 200, Body: []byte(h.text)}, nil
}

func clock() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func text(i int) string { return fmt.Sprintf(`{"@context":{"t":"https://contexts.example/#%d"}}`, i) }

const at = "https://contexts.example/c.json"

func find(t *testing.T, s *Store, f fetch.Fetcher, u string) (*rdf.Extension, error) {
	t.Helper()
	ext, _, err := s.Badge(f).Find(t.Context(), []string{u})
	return ext[u], err
}

func open(t *testing.T, o Options) *Store {
	t.Helper()
	o.Now = clock
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Many processes that read a context first at the same time, from a host that
// serves another text each time, agree on one.
func TestFirstTextWins(t *testing.T) {
	shared := &Memory{}
	sums := make([]string, 16)
	var wg sync.WaitGroup
	for i := range sums {
		s := open(t, Options{Keeper: shared})
		wg.Go(func() {
			ext, _, err := s.Badge(&host{text: text(i)}).Find(t.Context(), []string{at})
			switch {
			case errors.Is(err, rdf.ErrChanged):
			case err != nil:
				t.Error(err)
			default:
				sums[i] = ext[at].SHA256
			}
		})
	}
	wg.Wait()
	pinned := ""
	for _, sum := range sums {
		if sum != "" && pinned != "" && sum != pinned {
			t.Error("two texts were taken")
		}
		if sum != "" {
			pinned = sum
		}
	}
	list, err := open(t, Options{Keeper: shared}).List(t.Context())
	if err != nil || len(list) != 1 || pinned == "" || list[0].SHA256 != pinned || list[0].Pending == "" || !list[0].At.Equal(clock()) {
		t.Errorf("%+v, %v, pinned %s", list, err, pinned)
	}
}

// What is beyond the bounds is read anew each time, and what was kept stays.
func TestBoundsOfPins(t *testing.T) {
	s := open(t, Options{})
	if e, err := find(t, s, &host{text: text(0)}, at); err != nil || e == nil {
		t.Fatal(err)
	}
	big := `{"@context":{"t":"https://contexts.example/#b"},"x":"` + strings.Repeat("x", rdf.MaxExtension-100) + `"}`
	for i := range MaxKept/rdf.MaxExtension + 20 {
		if _, err := find(t, s, &host{text: big}, fmt.Sprintf("https://contexts.example/%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if m := s.o.Keeper.(*Memory); s.held > MaxKept || m.size > MaxKept+rdf.MaxExtension || len(m.kept) > MaxPins {
		t.Errorf("%d bytes are held, %d kept, %d pins", s.held, m.size, len(m.kept))
	}
	if _, err := find(t, s, &host{text: text(1)}, at); !errors.Is(err, rdf.ErrChanged) {
		t.Errorf("the first was forgotten: %v", err)
	}
	last := fmt.Sprintf("https://contexts.example/%d", MaxKept/rdf.MaxExtension+19)
	if _, err := find(t, s, &host{text: text(1)}, last); err != nil {
		t.Errorf("beyond the bounds: %v", err)
	}
	// By their number, too.
	if Full(2*MaxPins-1, 0) || !Full(2*MaxPins, 0) || !Full(0, MaxKept) {
		t.Error("bounds")
	}
	full := &lost{Memory: &Memory{}, full: true}
	for i := range 2 {
		if _, err := find(t, open(t, Options{Keeper: full}), &host{text: text(i)}, at); err != nil {
			t.Errorf("full: %v", err)
		}
	}
}

// One badge asks once for a context, however often it names it.
func TestBadgeAsksOnce(t *testing.T) {
	h := &host{text: text(0)}
	b := open(t, Options{}).Badge(h)
	for range 5 {
		if _, ev, err := b.Find(t.Context(), []string{at}); err != nil || len(ev) != 1 || ev[0].URL != at {
			t.Fatal(ev, err)
		}
	}
	if h.n != 1 {
		t.Errorf("asked %d times", h.n)
	}
	if body, ok := b.Text(at); !ok || string(body) != h.text {
		t.Errorf("%s, %v", body, ok)
	}
	// One that ended before its time is asked for again.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.err = context.Canceled
	b = open(t, Options{}).Badge(h)
	if _, _, err := b.Find(ctx, []string{at}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	h.err = nil
	if _, _, err := b.Find(t.Context(), []string{at}); err != nil {
		t.Errorf("%v", err)
	}
}

// A badge's contexts may be asked for while it is given up.
func TestBadgeOfManyAtOnce(t *testing.T) {
	b := open(t, Options{}).Badge(&host{text: text(0)})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			u := fmt.Sprintf("https://contexts.example/%d", i)
			if _, _, err := b.Find(t.Context(), []string{at, u}); err != nil && !errors.Is(err, rdf.ErrContext) {
				t.Error(err)
			}
			b.Text(u)
		})
	}
	wg.Wait()
	if b.fetched > MaxFetched {
		t.Errorf("%d were asked for", b.fetched)
	}
}

// lost is a Keeper of which a part does not work.
type lost struct {
	*Memory
	get, create, full, forgets bool
}

var errLost = errors.New("no such secret place")

func (l *lost) Get(ctx context.Context, name string) ([]byte, error) {
	if l.get {
		return nil, errLost
	}
	return l.Memory.Get(ctx, name)
}

func (l *lost) Create(ctx context.Context, name string, value []byte) error {
	switch {
	case l.create:
		return errLost
	case l.forgets:
		return nil
	}
	return l.Memory.Create(ctx, name, value)
}

func (l *lost) Full(context.Context) (bool, error) { return l.full, nil }

// Where pins cannot be had, or written, that is a fault of ours: nothing is said of
// the badge, nothing of the place, and no text is taken that others might not take.
func TestPinsThatCannotBeKept(t *testing.T) {
	for desc, k := range map[string]*lost{"read": {get: true}, "written": {create: true}, "read again": {forgets: true}} {
		k.Memory = &Memory{}
		s := open(t, Options{Keeper: k})
		if _, err := find(t, s, &host{text: text(0)}, at); !errors.Is(err, rdf.ErrUnread) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", desc, err)
		}
		k.get, k.create, k.forgets = false, false, false
		if _, err := find(t, s, &host{text: text(1)}, at); err != nil {
			t.Errorf("%s, once they can: %v", desc, err)
		}
		k.get = true
		h := &host{text: text(1)}
		if _, err := find(t, s, h, at); !errors.Is(err, rdf.ErrUnread) || h.n > 0 {
			t.Errorf("%s, and no more: %v, asked %d times", desc, err, h.n)
		}
	}
}

// TestAcceptedByAnother: what one process accepts, another that has read the text
// before goes by, also while the host is away.
func TestAcceptedByAnother(t *testing.T) {
	shared := &Memory{}
	a, b := open(t, Options{Keeper: shared}), open(t, Options{Keeper: shared})
	for _, s := range []*Store{a, b} {
		if _, err := find(t, s, &host{text: text(0)}, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*Store{a, b} {
		if _, err := find(t, s, &host{text: text(1)}, at); !errors.Is(err, rdf.ErrChanged) {
			t.Errorf("a changed text: %v", err)
		}
	}
	p, err := a.Accept(t.Context(), at, "")
	if err != nil {
		t.Fatal(err)
	}
	for desc, h := range map[string]*host{"served": {text: text(1)}, "away": {err: fetch.ErrTimeout}} {
		e, err := find(t, b, h, at)
		if err != nil || e.SHA256 != p.SHA256 {
			t.Errorf("%s: %v, %v", desc, e, err)
		}
	}
	if _, err := find(t, b, &host{text: text(0)}, at); !errors.Is(err, rdf.ErrChanged) {
		t.Errorf("the old text: %v", err)
	}
}

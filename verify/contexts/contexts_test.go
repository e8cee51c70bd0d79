package contexts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	dir := t.TempDir()
	sums := make([]string, 16)
	var wg sync.WaitGroup
	for i := range sums {
		s := open(t, Options{Dir: dir})
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
	list, err := open(t, Options{Dir: dir}).List()
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
	for i := range maxHeld/rdf.MaxExtension + 20 {
		if _, err := find(t, s, &host{text: big}, fmt.Sprintf("https://contexts.example/%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if s.held > maxHeld || len(s.pins) > maxPins {
		t.Errorf("%d bytes, %d pins", s.held, len(s.pins))
	}
	if _, err := find(t, s, &host{text: text(1)}, at); !errors.Is(err, rdf.ErrChanged) {
		t.Errorf("the first was forgotten: %v", err)
	}
	last := fmt.Sprintf("https://contexts.example/%d", maxHeld/rdf.MaxExtension+19)
	if _, err := find(t, s, &host{text: text(1)}, last); err != nil {
		t.Errorf("beyond the bounds: %v", err)
	}
	// In a folder, by its files.
	dir := t.TempDir()
	for i := range 2 * maxPins {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("x%d", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, Options{Dir: dir})
	for i := range 2 {
		if _, err := find(t, d, &host{text: text(i)}, at); err != nil {
			t.Errorf("a full folder: %v", err)
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

// A folder that cannot be written to is a fault of ours: nothing is said of the
// badge, and nothing of the folder.
func TestPinsThatCannotBeKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := find(t, open(t, Options{Dir: dir}), &host{text: text(0)}, at)
	if !errors.Is(err, rdf.ErrUnread) || strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
}

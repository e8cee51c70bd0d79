package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index/record"
	"assay/index/web/kept"
)

var savedKey = []byte("id key of a test, long enough....") // of rig.work

// saving is what is kept on an embedded server of its own.
func saving(t *testing.T) (*Saved, *rig, *memory) {
	t.Helper()
	r, e := alone(t)
	s, err := r.Saved(savedKey)
	if err != nil {
		t.Fatal(err)
	}
	return s, r, e
}

func (s *Saved) add(t *testing.T, x *kept.Thing) *kept.Thing {
	t.Helper()
	if err := s.Add(t.Context(), x); err != nil || x.ID == "" {
		t.Fatal(err)
	}
	return x
}

func listOf(tenant, owner string, ids ...string) *kept.Thing {
	x := &kept.Thing{Tenant: tenant, Owner: owner, Name: "of " + owner, Created: time.Unix(1e9, 0).UTC(), List: &kept.List{}}
	for _, id := range ids {
		x.List.Entries = append(x.List.Entries, kept.Entry{ID: id})
	}
	return x
}

func searchOf(tenant, owner string) *kept.Thing {
	return &kept.Thing{Tenant: tenant, Owner: owner, Name: "of " + owner, Created: time.Unix(1e9, 0).UTC(), Search: &kept.Search{Query: "q=welding"}}
}

// TestSavedByTenant: what one tenant keeps no other sees, changes or removes; and what
// another key wrote, or lies under another name, is not there.
func TestSavedByTenant(t *testing.T) {
	t.Parallel()
	s, r, _ := saving(t)
	x, y := s.add(t, listOf("acme", "Jo", "1")), s.add(t, searchOf("rival", "Jo"))
	for tenant, want := range map[string]string{"acme": x.ID, "rival": y.ID} {
		if all, err := s.All(t.Context(), tenant); err != nil || len(all) != 1 || all[0].ID != want {
			t.Errorf("%s: %v, %v", tenant, all, err)
		}
	}
	if all, err := s.All(t.Context(), ""); err != nil || len(all) != 2 {
		t.Errorf("all: %v, %v", all, err)
	}
	if all, err := s.All(t.Context(), "*"); !errors.Is(err, record.ErrToken) || len(all) > 0 {
		t.Errorf("*: %v, %v", all, err)
	}
	for _, tc := range [][2]string{{"rival", x.ID}, {"*", x.ID}, {"acme", "*"}, {"acme", ">"}, {"acme", ""}, {"", x.ID}, {"acme", y.ID}} {
		if _, err := s.Change(t.Context(), tc[0], tc[1], func(*kept.Thing) error { return nil }); !errors.Is(err, kept.ErrNone) {
			t.Errorf("%q is changed: %v", tc, err)
		}
		if err := s.Remove(t.Context(), tc[0], tc[1]); !errors.Is(err, kept.ErrNone) {
			t.Errorf("%q is removed: %v", tc, err)
		}
	}
	kv, err := s.kv(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, err := kv.Get(t.Context(), keyOfSaved("acme", x.ID))
	if err != nil || strings.Contains(string(e.Value()), "of Jo") {
		t.Fatalf("%q, %v", e.Value(), err)
	}
	if _, err := kv.Put(t.Context(), keyOfSaved("rival", x.ID), e.Value()); err != nil {
		t.Fatal(err)
	}
	if all, err := s.All(t.Context(), "rival"); err != nil || len(all) != 1 {
		t.Errorf("what was copied to another tenant is there: %v, %v", all, err)
	}
	foreign, err := r.Saved([]byte("another key of a test, as long.."))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := foreign.All(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("by another key: %v, %v", all, err)
	}
}

// TestSavedBounds: a caller keeps so many, and a tenant, and no other pays for it.
func TestSavedBounds(t *testing.T) {
	t.Parallel()
	s, _, _ := saving(t)
	for range kept.MaxOwn {
		s.add(t, searchOf("acme", "Jo"))
	}
	if err := s.Add(t.Context(), searchOf("acme", "Jo")); !errors.Is(err, kept.ErrMany) {
		t.Errorf("one more: %v", err)
	}
	s.add(t, searchOf("rival", "Jo"))
	// Nor by adding at the same time.
	for range kept.MaxOwn - 1 {
		s.add(t, searchOf("other", "Jo"))
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.Add(t.Context(), searchOf("other", "Jo")); err != nil && !errors.Is(err, kept.ErrMany) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if all, err := s.All(t.Context(), "other"); err != nil || len(all) > kept.MaxOwn {
		t.Errorf("%d at once, %v", len(all), err)
	}
	for i := range kept.MaxTenant - kept.MaxOwn {
		s.add(t, searchOf("acme", fmt.Sprint(i)))
	}
	if err := s.Add(t.Context(), searchOf("acme", "Lee")); !errors.Is(err, kept.ErrMany) {
		t.Errorf("of the tenant: %v", err)
	}
}

// TestSavedAtOnce: of many who change one thing at once nobody's change is lost, and an
// error changes nothing.
func TestSavedAtOnce(t *testing.T) {
	t.Parallel()
	s, _, _ := saving(t)
	x := s.add(t, listOf("acme", "Jo"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := s.Change(t.Context(), "acme", x.ID, func(x *kept.Thing) error {
				_, err := x.Put(kept.Entry{ID: fmt.Sprint(i)})
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// Another one writes between reading and writing.
	put := func(id string, meanwhile func()) error {
		_, err := s.Change(t.Context(), "acme", x.ID, func(x *kept.Thing) error {
			_, err := x.Put(kept.Entry{ID: id})
			meanwhile()
			return err
		})
		return err
	}
	var once sync.Once
	if err := put("first", func() {
		once.Do(func() {
			if err := put("second", func() {}); err != nil {
				t.Error(err)
			}
		})
	}); err != nil {
		t.Error(err)
	}
	if _, err := s.Change(t.Context(), "acme", x.ID, func(x *kept.Thing) error { x.Name = "never"; return kept.ErrOthers }); !errors.Is(err, kept.ErrOthers) {
		t.Error(err)
	}
	if list, err := s.All(t.Context(), "acme"); err != nil || len(list[0].List.Entries) != 10 || list[0].Name == "never" {
		t.Errorf("%+v, %v", list[0], err)
	}
	if err := s.Remove(t.Context(), "acme", x.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Change(t.Context(), "acme", x.ID, func(*kept.Thing) error { return nil }); !errors.Is(err, kept.ErrNone) {
		t.Errorf("after it was removed: %v", err)
	}
}

// TestSavedFeeds: a feed is found by the digest of its token until it is taken back, or
// its search is no longer kept.
func TestSavedFeeds(t *testing.T) {
	t.Parallel()
	s, _, _ := saving(t)
	x := s.add(t, searchOf("acme", "Jo"))
	one, two := kept.Digest("token one"), kept.Digest("token two")
	set := func(sums ...string) {
		t.Helper()
		if _, err := s.Change(t.Context(), "acme", x.ID, func(x *kept.Thing) error {
			x.Search.Feeds = nil
			for _, d := range sums {
				x.Search.Feeds = append(x.Search.Feeds, kept.Feed{Digest: d, By: "Jo"})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	found := func(sum string) bool {
		t.Helper()
		y, err := s.Feed(t.Context(), sum)
		if err != nil && !errors.Is(err, kept.ErrNone) {
			t.Fatal(err)
		}
		return err == nil && y.ID == x.ID
	}
	set(one, two)
	if !found(one) || !found(two) || found(kept.Digest("token three")) || found("token one") || found("*") {
		t.Error("feeds are not found by their digests alone")
	}
	kv, err := s.kv(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pointer, err := kv.Get(t.Context(), savedFeeds+one)
	if err != nil {
		t.Fatal(err)
	}
	set(two)
	if found(one) || !found(two) {
		t.Error("a feed that was taken back is found, or another one is not")
	}
	if _, err := kv.Put(t.Context(), savedFeeds+one, pointer.Value()); err != nil {
		t.Fatal(err)
	}
	if found(one) {
		t.Error("what the search does not have is found")
	}
	if err := s.Remove(t.Context(), "acme", x.ID); err != nil || found(two) {
		t.Errorf("the feed of what is no longer kept: %v", err)
	}
}

// TestErasureLeavesNothingKept: whoever is erased, by himself or with all of a person,
// leaves lists, looks and alerts of his tenant, and nobody else does.
func TestErasureLeavesNothingKept(t *testing.T) {
	t.Parallel()
	s, r, e := saving(t)
	stop := r.work(t, e, examiner(byContent))
	for _, a := range []string{"A-1", "A-2", "A-3"} {
		r.outcome(t, "acme", a, r.submit(t, "acme", a, "verified"))
	}
	r.outcome(t, "rival", "A-1", r.submit(t, "rival", "A-1", "verified"))
	id := func(tenant, application string) string { return record.ID(savedKey, tenant, application) }
	if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || doc.ID != id("acme", "A-1") {
		t.Fatalf("%v, %v: this test sees nothing", doc, err)
	}
	ids := []string{id("acme", "A-1"), id("acme", "A-2"), id("acme", "A-3")}
	s.add(t, listOf("acme", "Jo", ids...))
	x := searchOf("acme", "Lee")
	x.Looks = map[string]kept.Look{"Lee": {Seen: map[string]string{kept.Short(ids[0]): "", kept.Short(ids[1]): ""}}}
	x.Search.Alert = &kept.Alert{Mail: "jo@example.org", Seen: []string{kept.Short(ids[0]), kept.Short(ids[1])}}
	s.add(t, x)
	s.add(t, listOf("rival", "Jo", id("rival", "A-1")))
	holds := func(tenant, application string) int {
		t.Helper()
		all, err := s.having(t.Context(), tenant, application)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if holds("acme", "A-1") != 2 || holds("acme", "A-2") != 2 || holds("acme", "A-3") != 1 {
		t.Fatal("this test sees nothing")
	}
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if holds("acme", "A-1") != 0 || holds("acme", "A-2") != 2 || holds("rival", "A-1") != 1 {
		t.Errorf("after an erasure: %d, and of its neighbours %d, %d", holds("acme", "A-1"), holds("acme", "A-2"), holds("rival", "A-1"))
	}
	// All of a person, by the worker's word.
	report, err := r.RequestEraseCandidate(t.Context(), "acme", Person{Address: "applicant@example.org", Claimed: true}, true)
	if err != nil || report.Removed["saved"] != 3 {
		t.Errorf("dry: %+v, %v", report, err)
	}
	if report, err = r.RequestEraseCandidate(t.Context(), "acme", Person{Address: "applicant@example.org", Claimed: true}, false); err != nil || report.Removed["saved"] != 3 || len(report.Left) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if holds("acme", "A-2") != 0 || holds("acme", "A-3") != 0 || holds("rival", "A-1") != 1 {
		t.Error("a person's applications are kept, or another tenant's are not")
	}
	stop()
	// A process without the key does not say that all is gone.
	other, err := Dial(t.Context(), r.o)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Erase(t.Context(), e, "rival", "A-1", time.Now()); !errors.Is(err, errSavedKey) {
		t.Errorf("without the key: %v", err)
	}
	if err := other.Erase(t.Context(), e, "third", "A-1", time.Now()); err != nil {
		t.Errorf("of a tenant that keeps nothing: %v", err)
	}
}

// TestErasureHalfWayLeavesNothingKept: an erasure that was stopped is finished for what is
// kept, too.
func TestErasureHalfWayLeavesNothingKept(t *testing.T) {
	t.Parallel()
	r, e, gone := halfErased(t)
	s, err := r.Saved(savedKey)
	if err != nil {
		t.Fatal(err)
	}
	s.add(t, listOf("acme", "Jo", record.ID(savedKey, "acme", "A-1"), record.ID(savedKey, "acme", "A-2")))
	r.work(t, e, examiner(byContent))
	if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Before: time.Now()}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "erased", gone)
	all, err := s.All(t.Context(), "acme")
	if err != nil || len(all) != 1 || !slices.EqualFunc(all[0].List.Entries, []string{record.ID(savedKey, "acme", "A-2")}, func(e kept.Entry, id string) bool { return e.ID == id }) {
		t.Errorf("%+v, %v", all, err)
	}
}

package session

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// hour is a clock that tests set.
type hour struct{ at time.Time }

func (h *hour) now() time.Time { return h.at }

func keeper(t *testing.T, o Options) (*Keeper, *hour) {
	t.Helper()
	h := &hour{time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)}
	o.Now = h.now
	k, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return k, h
}

// jar is a browser: it keeps what an answer sets.
type jar map[string]*http.Cookie

func (j jar) take(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(j, c.Name)
			continue
		}
		j[c.Name] = c
	}
}

func (j jar) request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range j {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return r
}

func begin(t *testing.T, k *Keeper, who Who) (*Session, jar) {
	t.Helper()
	w, j := httptest.NewRecorder(), jar{}
	s, err := k.Begin(w, who)
	if err != nil {
		t.Fatal(err)
	}
	j.take(w)
	return s, j
}

// TestEnds: a session ends when it is not used, and in any case after a day's work.
func TestEnds(t *testing.T) {
	k, h := keeper(t, Options{})
	_, j := begin(t, k, Who{Token: "x"})
	use := func() error {
		s, err := k.Read(j.request())
		if err != nil {
			return err
		}
		w := httptest.NewRecorder()
		if err := k.Touch(w, s); err != nil {
			t.Fatal(err)
		}
		j.take(w)
		return nil
	}
	for range 10 {
		h.at = h.at.Add(Idle - time.Second)
		if err := use(); err != nil {
			t.Fatalf("used all the time: %v", err)
		}
	}
	before := j[plainName].Value
	h.at = h.at.Add(touchEvery - time.Second)
	if err := use(); err != nil || j[plainName].Value != before {
		t.Errorf("it is written down more often than it has to be: %v", err)
	}
	h.at = h.at.Add(Idle)
	if err := use(); !errors.Is(err, ErrIdle) {
		t.Errorf("not used for half an hour: %v", err)
	}
	_, j = begin(t, k, Who{Token: "x"})
	for end := h.at.Add(Absolute); h.at.Add(10 * time.Minute).Before(end); {
		h.at = h.at.Add(10 * time.Minute)
		if err := use(); err != nil {
			t.Fatalf("used all the time: %v", err)
		}
	}
	h.at = h.at.Add(10 * time.Minute)
	if err := use(); !errors.Is(err, ErrOver) {
		t.Errorf("after twelve hours: %v", err)
	}
	_, j = begin(t, k, Who{Token: "x"})
	h.at = h.at.Add(-time.Hour)
	if err := use(); !errors.Is(err, ErrNone) {
		t.Errorf("of the future: %v", err)
	}
}

// TestSealed: nobody without the key reads or makes a session, and none is good for
// what another cookie is for.
func TestSealed(t *testing.T) {
	k, _ := keeper(t, Options{Key: []byte("one"), Secure: true})
	s, j := begin(t, k, Who{Tenant: "acme", Name: "Jo", Words: []string{"recruiter"}})
	c := j[secureName]
	if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
		t.Fatalf("%+v", j)
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || bytes.Contains(raw, []byte("acme")) || strings.Contains(c.Value, s.ID) {
		t.Errorf("it can be read: %q, %v", raw, err)
	}
	if got, err := k.Read(j.request()); err != nil || fmt.Sprint(got.Who) != fmt.Sprint(s.Who) || got.ID != s.ID {
		t.Errorf("%+v, %v", got, err)
	}
	// Another process with the same key knows it, one with another key does not.
	for key, want := range map[string]error{"one": nil, "two": ErrNone} {
		other, _ := keeper(t, Options{Key: []byte(key), Secure: true})
		if _, err := other.Read(j.request()); !errors.Is(err, want) {
			t.Errorf("with the key %s: %v, want %v", key, err, want)
		}
	}
	random, _ := keeper(t, Options{Secure: true})
	if _, err := random.Read(j.request()); !errors.Is(err, ErrNone) {
		t.Errorf("with a key of its own: %v", err)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: secureName, Value: base64.RawURLEncoding.EncodeToString(changed)})
		if _, err := k.Read(r); !errors.Is(err, ErrNone) {
			t.Fatalf("changed at %d: %v", i, err)
		}
	}
	for desc, value := range map[string]string{"empty": "", "short": "YQ", "no base64": "%", "long": strings.Repeat("a", maxCookie+1)} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: secureName, Value: value})
		if _, err := k.Read(r); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", desc, err)
		}
	}
	twice := j.request()
	twice.AddCookie(&http.Cookie{Name: secureName, Value: c.Value})
	if _, err := k.Read(twice); !errors.Is(err, ErrNone) {
		t.Errorf("twice: %v", err)
	}
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	plain.AddCookie(&http.Cookie{Name: plainName, Value: c.Value})
	if _, err := k.Read(plain); !errors.Is(err, ErrNone) {
		t.Errorf("under the name that a plain page can set: %v", err)
	}
	w := httptest.NewRecorder()
	if err := k.SetBlind(w, s, Blind{Lifted: true}); err != nil {
		t.Fatal(err)
	}
	swapped := httptest.NewRequest(http.MethodGet, "/", nil)
	swapped.AddCookie(&http.Cookie{Name: secureName, Value: w.Result().Cookies()[0].Value})
	if _, err := k.Read(swapped); !errors.Is(err, ErrNone) {
		t.Errorf("what is remembered of reading, as a session: %v", err)
	}
	swapped = httptest.NewRequest(http.MethodGet, "/", nil)
	swapped.AddCookie(&http.Cookie{Name: secureName + "-way", Value: c.Value})
	if _, err := k.Way(httptest.NewRecorder(), swapped); !errors.Is(err, ErrNone) {
		t.Errorf("a session as a way: %v", err)
	}
}

// TestSignedOut: a session that was ended is over, for who has copied its cookie too, and
// with all of a caller's the others' are not.
func TestSignedOut(t *testing.T) {
	k, h := keeper(t, Options{})
	who := Who{Token: "x"}
	a, ja := begin(t, k, who)
	b, jb := begin(t, k, who)
	h.at = h.at.Add(time.Minute)
	copied := ja.request()
	w := httptest.NewRecorder()
	if err := k.Touch(w, a); err != nil { // its answer writes both
		t.Fatal(err)
	}
	if err := k.End(t.Context(), w, a); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Header().Values("Set-Cookie")); n != 2 {
		t.Errorf("%d cookies: %v", n, w.Header())
	}
	ja.take(w)
	if len(ja) != 0 {
		t.Errorf("the browser keeps %v", ja)
	}
	if _, err := k.Read(copied); !errors.Is(err, ErrEnded) {
		t.Errorf("a copy: %v", err)
	}
	if _, err := k.Read(jb.request()); err != nil {
		t.Errorf("another session: %v", err)
	}
	if err := k.EndAll(t.Context(), httptest.NewRecorder(), a, "acme", "Jo"); err != nil {
		t.Fatal(err)
	}
	h.at = h.at.Add(time.Minute)
	later, _ := begin(t, k, who)
	for _, tc := range []struct {
		s            *Session
		tenant, name string
		want         error
	}{{b, "acme", "Jo", ErrEnded}, {b, "acme", "Other", nil}, {b, "rival", "Jo", nil}, {b, "acmeJ", "o", nil}, {later, "acme", "Jo", nil}} {
		if err := k.Still(tc.s, tc.tenant, tc.name); !errors.Is(err, tc.want) {
			t.Errorf("%s %s: %v, want %v", tc.tenant, tc.name, err, tc.want)
		}
	}
}

// TestSignedOutAhead: a session that began by a clock ahead of this one's is ended, too.
func TestSignedOutAhead(t *testing.T) {
	k, h := keeper(t, Options{})
	h.at = h.at.Add(ahead)
	one, jar := begin(t, k, Who{Token: "x"})
	two, _ := begin(t, k, Who{Token: "x"})
	h.at = h.at.Add(-ahead)
	if err := k.End(t.Context(), httptest.NewRecorder(), one); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Read(jar.request()); !errors.Is(err, ErrEnded) {
		t.Errorf("here: %v", err)
	}
	if err := k.EndAll(t.Context(), httptest.NewRecorder(), two, "acme", "Jo"); err != nil {
		t.Fatal(err)
	}
	if err := k.Still(two, "acme", "Jo"); !errors.Is(err, ErrEnded) {
		t.Errorf("everywhere: %v", err)
	}
}

// TestMemory is bounded, and who was signed out stays so.
func TestMemory(t *testing.T) {
	h := &hour{time.Unix(1000, 0)}
	m := NewMemory(h.now)
	m.most = 3
	end := func(id string) {
		t.Helper()
		if err := m.End(t.Context(), id, h.at); err != nil {
			t.Fatal(err)
		}
	}
	first := h.at
	end("a")
	h.at = h.at.Add(time.Hour)
	end("b")
	end("c")
	end("d")
	if len(m.at) > m.most {
		t.Errorf("%d are kept", len(m.at))
	}
	for _, id := range []string{"a", "b", "c", "d"} {
		if m.Since(id).Before(first) {
			t.Errorf("%s came back", id)
		}
	}
	if !m.Since("new").Equal(h.at) {
		t.Error("what was dropped has no floor")
	}
	h.at = h.at.Add(Absolute + 2*ahead)
	end("e")
	end("f")
	end("g")
	if m.Since("new").Equal(h.at) || len(m.at) != 3 {
		t.Errorf("all are signed out where the old could be dropped: %d", len(m.at))
	}
}

// TestFormKey: a form's key is another text each time, good for its session alone.
func TestFormKey(t *testing.T) {
	k, _ := keeper(t, Options{})
	a, _ := begin(t, k, Who{Token: "x"})
	b, _ := begin(t, k, Who{Token: "x"})
	one, err := k.FormKey(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := k.FormKey(a)
	if err != nil {
		t.Fatal(err)
	}
	if one == two || !k.FormOf(a, one) || !k.FormOf(a, two) {
		t.Errorf("%s, %s", one, two)
	}
	for i := range 64 { // nothing of it stands in each
		if one[i:i+8] == two[i:i+8] {
			t.Errorf("the same at %d", i)
		}
	}
	for _, key := range []string{"", "%", one[:len(one)-2], one + "AA", base64.RawURLEncoding.EncodeToString(make([]byte, 2*keyLength)), base64.RawURLEncoding.EncodeToString(nil)} {
		if k.FormOf(a, key) {
			t.Errorf("%q is taken", key)
		}
	}
	if k.FormOf(b, one) {
		t.Error("another session's is taken")
	}
}

// TestBlind: it is remembered for one session, or for who has none.
func TestBlind(t *testing.T) {
	k, _ := keeper(t, Options{})
	a, j := begin(t, k, Who{Token: "x"})
	b, _ := begin(t, k, Who{Token: "x"})
	want := Blind{Lifted: true, Schools: true, Dates: true}
	w := httptest.NewRecorder()
	if err := k.SetBlind(w, a, want); err != nil {
		t.Fatal(err)
	}
	j.take(w)
	for _, tc := range []struct {
		s    *Session
		want Blind
	}{{a, want}, {b, Blind{}}, {nil, Blind{}}} {
		if got := k.Blind(j.request(), tc.s); got != tc.want {
			t.Errorf("%+v, want %+v", got, tc.want)
		}
	}
	w = httptest.NewRecorder()
	if err := k.SetBlind(w, nil, want); err != nil {
		t.Fatal(err)
	}
	j.take(w)
	if got := k.Blind(j.request(), nil); got != want {
		t.Errorf("without a session: %+v", got)
	}
	if got := k.Blind(j.request(), a); got != (Blind{}) {
		t.Errorf("what was lifted without a session counts in one: %+v", got)
	}
}

// TestWay: a way is gone once, and soon.
func TestWay(t *testing.T) {
	k, h := keeper(t, Options{})
	set := func() jar {
		w, j := httptest.NewRecorder(), jar{}
		if err := k.SetWay(w, Way{State: "s", Nonce: "n", Verifier: "v", To: "/"}); err != nil {
			t.Fatal(err)
		}
		j.take(w)
		return j
	}
	j, w := set(), httptest.NewRecorder()
	if v, err := k.Way(w, j.request()); err != nil || v.State != "s" || v.Nonce != "n" || v.Verifier != "v" || v.To != "/" {
		t.Errorf("%+v, %v", v, err)
	}
	if j.take(w); len(j) != 0 {
		t.Errorf("it is still there: %v", j)
	}
	if _, err := k.Way(w, j.request()); !errors.Is(err, ErrNone) {
		t.Errorf("none: %v", err)
	}
	j = set()
	h.at = h.at.Add(WayTime)
	if _, err := k.Way(w, j.request()); !errors.Is(err, ErrNone) {
		t.Errorf("ten minutes later: %v", err)
	}
}

// broken is chance that there is none of.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

// TestNoChance: without randomness there is neither a session nor a form.
func TestNoChance(t *testing.T) {
	k, err := New(Options{Key: []byte("k"), Random: broken{}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if _, err := k.Begin(w, Who{}); err == nil {
		t.Error("a session")
	}
	if _, err := k.FormKey(&Session{}); err == nil {
		t.Error("a form's key")
	}
	if err := k.SetWay(w, Way{State: "s"}); err == nil || len(w.Header()) != 0 {
		t.Error("a way")
	}
	if _, err := New(Options{Random: broken{}}); err == nil {
		t.Error("a key")
	}
}

// TestTooMuch: what a browser would not keep is no session.
func TestTooMuch(t *testing.T) {
	k, _ := keeper(t, Options{})
	w := httptest.NewRecorder()
	if _, err := k.Begin(w, Who{Words: []string{strings.Repeat("a", maxCookie)}}); err == nil || len(w.Header()) != 0 {
		t.Errorf("%v, %v", err, w.Header())
	}
}

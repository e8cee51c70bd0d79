package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/web/look"
	"assay/verify/verdict"

	"github.com/chromedp/chromedp"
)

// drops sends files to the page that checks, as a caller.
func drops(t *testing.T, s *httptest.Server, token, path string, fields [][2]string, file string, header ...string) (int, string, http.Header) {
	t.Helper()
	kind, body := checkingForm(t, fields, []byte(file))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return do(t, r)
}

// TestCheckPage: what is put in is judged for the caller's tenant and shown with what to
// do; a form of another site, or of whoever may not, has nothing judged.
func TestCheckPage(t *testing.T) {
	j := &judgeOf{report: reportOf(t, "cv.pdf", [2]string{"verified", ""}, [2]string{"rejected", "proof_invalid"}, [2]string{"authentic", "recipient_mismatch"}, [2]string{"rejected", "issuer_blocked"})}
	s := asking(t, Options{Checker: j, Checks: 3})
	status, page, _ := as(t, s, "may check", "/check")
	if status != 200 || !strings.Contains(page, `enctype="multipart/form-data"`) || !strings.Contains(seenText(page), "3 checks an hour.") || strings.Contains(page, "What the seals and signs mean") {
		t.Errorf("%d %s", status, seenText(page))
	}
	status, page, _ = drops(t, s, "may check", "/check", [][2]string{{"email", "a@example.org"}}, "one")
	text := seenText(page)
	for _, want := range []string{"cv.pdf: 1 of 4 badges counts", "altered or forged", "another address", "blocked by you", remedies[verdict.ProofInvalid], "not what was signed : no", "unaltered : yes", "names another address or person : no", "cv.pdf › page 1", "What the seals and signs mean"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
	if q := j.asked[0]; status != 200 || j.tenants[0] != "acme" || len(q.Files) != 1 || string(q.Files[0].Data) != "one" || !slices.Equal(q.Emails, []string{"a@example.org"}) {
		t.Errorf("%d, asked %+v for %v", status, q, j.tenants)
	}
	for name, tc := range map[string]struct {
		token  string
		header []string
		status int
	}{
		"without the right": {"may search", nil, 403}, "by nobody": {"", nil, 401},
		"from another site": {"may check", []string{"Sec-Fetch-Site", "cross-site"}, 403}, "from another origin": {"may check", []string{"Origin", "https://elsewhere.example"}, 403},
	} {
		if status, page, _ := drops(t, s, tc.token, "/check", nil, "one", tc.header...); status != tc.status {
			t.Errorf("%s: %d %s", name, status, seenText(page))
		}
	}
	if len(j.asked) != 1 {
		t.Fatalf("%d were judged", len(j.asked))
	}
	// What cannot be read is said beside the form, and what failed is kept back.
	j.err = &DoorError{Kind: KindRefused, Member: "applicant_email[0]"}
	if status, page, _ := drops(t, s, "may check", "/check", [][2]string{{"email", "nobody"}}, "one"); status != 400 || !strings.Contains(page, `value="nobody"`) || !strings.Contains(seenText(page), "One of the e-mail addresses is none.") {
		t.Errorf("%d %s", status, seenText(page))
	}
	j.err = errors.New("a secret")
	if status, page, _ := drops(t, s, "may check", "/check", nil, "one"); status != 500 || strings.Contains(page, "secret") {
		t.Errorf("%d %s", status, seenText(page))
	}
	// One hour has three, as POST /v1/check has them.
	if status, _, h := drops(t, s, "may check", "/check", nil, "one"); status != 429 || h.Get("Retry-After") == "" {
		t.Errorf("a fourth one: %d", status)
	}
	if status, _, _ := get(t, openNone(t), "/check"); status != 501 {
		t.Errorf("no checker: %d", status)
	}
}

// TestCheckInGerman: the answer is in the reader's language, on both pages.
func TestCheckInGerman(t *testing.T) {
	j := &judgeOf{report: reportOf(t, "cv.pdf", [2]string{"rejected", "proof_invalid"}, [2]string{"unvouched", "issuer_unvouched"})}
	s := openWith(t, Options{Checker: j})
	_, page, _ := drops(t, s, "", "/check", nil, "one", "Accept-Language", "de")
	p := public(t, PublicOptions{Checker: j})
	kind, body := checkingForm(t, nil, []byte("one"))
	chosen := from(p, peer, "POST", "/?language=de", kind, body)
	for _, text := range []string{seenText(page), seenText(chosen.Body.String())} {
		for _, want := range []string{"cv.pdf: 0 von 2 Badges zählen", "verändert oder gefälscht", "Oft war es ein Programm", "niemand steht hinter seinem Aussteller", "nicht, was unterschrieben wurde"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q: %s", want, text)
			}
		}
	}
	if !strings.Contains(chosen.Body.String(), `action="/?language=de"`) {
		t.Error("the form forgets the language")
	}
}

// TestCheckedWords: every state has what its holder is told, and every question its
// answers.
func TestCheckedWords(t *testing.T) {
	for _, s := range look.States() {
		if checkedSays[s] == "" {
			t.Errorf("%s says nothing", s)
		}
	}
	var all verdict.Aspects
	for q := range all.Each() {
		for _, state := range []verdict.State{verdict.Pass, verdict.Fail, verdict.Unknown, verdict.None} {
			x := checking{t: tongueOfTest(t)}
			if got := x.aspectOf(q, &verdict.Aspect{State: state}); got.Word == "" || got.Answer == "" || got.Sign == "" || (got.Class == "fail") != (state == verdict.Fail && slices.Contains([]verdict.Question{verdict.Integrity, verdict.Issuer, verdict.Status}, q)) {
				t.Errorf("%s %s: %+v", q, state, got)
			}
		}
	}
}

// TestCheckedTimes: an end that is past is told as past, and a badge whose time has not
// begun has the sign of its own.
func TestCheckedTimes(t *testing.T) {
	x := checking{t: tongueOfTest(t), now: func() time.Time { return now }}
	found := checkFinding{Result: verdict.Expired, Reason: verdict.PastEnd}
	found.Credential.Expires = now.AddDate(0, -1, 0)
	if got := x.badgeOf(found).When; got != "ended Oct 2026" {
		t.Errorf("past: %q", got)
	}
	found.Credential.Expires = now.AddDate(0, 1, 0)
	if got := x.badgeOf(found).When; got != "runs out Dec 2026" {
		t.Errorf("ahead: %q", got)
	}
	if got := x.aspectOf(verdict.Dates, &verdict.Aspect{State: verdict.Fail, Reason: verdict.NotYetValid}); got.Sign != "early" || got.Word != "not begun yet" {
		t.Errorf("not begun: %+v", got)
	}
	for reason, want := range map[verdict.Reason]string{verdict.Suspended: "suspended", verdict.Revoked: "taken back"} {
		if got := x.aspectOf(verdict.Status, &verdict.Aspect{State: verdict.Fail, Reason: reason}); got.Word != want {
			t.Errorf("%s: %+v", reason, got)
		}
	}
}

func tongueOfTest(t *testing.T) *look.Tongue {
	t.Helper()
	l, err := look.New()
	if err != nil {
		t.Fatal(fmt.Errorf("look: %w", err))
	}
	return l.Tongue("en", "")
}

// TestCheckFormHasKey: of who has signed in, a document is judged with the key of a page of
// his session alone.
func TestCheckFormHasKey(t *testing.T) {
	h := newHouse(t, digest("jo's")+" acme rights=search,names,check Jo\n"+digest("al's")+" acme rights=search,names,check Al\n", nil)
	v, other := h.visitor(t), h.visitor(t)
	v.signIn("jo's")
	other.signIn("al's")
	send := func(key string, head ...string) int {
		t.Helper()
		kind, body := checkingForm(t, [][2]string{{"key", key}}, []byte("one"))
		r := httptest.NewRequest(http.MethodPost, "/check", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		return v.do(r, head...).Code
	}
	m := keyField.FindStringSubmatch(v.get("/check").Body.String())
	if m == nil {
		t.Fatal("the form has no key")
	}
	for desc, key := range map[string]string{"none": "", "another session's": other.key(), "made up": strings.Repeat("A", 86)} {
		if got := send(key); got != http.StatusForbidden {
			t.Errorf("%s: %d", desc, got)
		}
	}
	if got := send(m[1], "Sec-Fetch-Site", "cross-site"); got != http.StatusForbidden {
		t.Errorf("from another site: %d", got)
	}
	if got := send(m[1]); got != http.StatusOK {
		t.Errorf("with its key: %d", got)
	}
}

// TestCheckedInBrowser: what was checked is readable for everybody, in a real browser.
func TestCheckedInBrowser(t *testing.T) {
	axe := axeSource(t)
	long := strings.Repeat("Donaudampfschifffahrt", 6)
	j := &judgeOf{report: reportOf(t, long+".pdf", [2]string{"verified", ""}, [2]string{"rejected", "proof_invalid"}, [2]string{"authentic", "recipient_mismatch"}, [2]string{"unvouched", "issuer_unvouched"}, [2]string{"pending", "host_unreachable"})}
	s := openWith(t, Options{Checker: j, Checks: 100})
	path := filepath.Join(t.TempDir(), "badge.json")
	if err := os.WriteFile(path, []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t, 2*time.Minute)
	do, text := clicks(t, ctx)
	do(chromedp.Navigate(s.URL+"/check"), chromedp.WaitVisible(`#file`), chromedp.SetUploadFiles(`#file`, []string{path}), chromedp.Click(`form .go`), chromedp.WaitVisible(`.figures`))
	if got := text(`main`); !strings.Contains(got, "1 of 5 badges counts") {
		t.Errorf("the page says %s", got)
	}
	lookedAt(t, ctx, axe, "what was checked", []int64{320, 1280}, "light", "dark", "forced colors")
}

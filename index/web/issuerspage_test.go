package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"assay/index/issuers"
	"assay/verify/verdict"
)

// submits sends a page's form as a caller, and gives where it leads.
func submits(t *testing.T, s *httptest.Server, token, path string, form url.Values, header ...string) (status int, body, leads string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	status, body, h := do(t, r)
	return status, body, h.Get("Location")
}

// TestNotYetCounted: what is about to begin is not told as 0 of 0.
func TestNotYetCounted(t *testing.T) {
	d := &desk{list: &issuers.List{Work: &issuers.Work{Since: now}}}
	c := &counter{}
	s := openWith(t, Options{Issuers: d, Intake: c, Operations: c})
	for path, want := range map[string]string{"/issuers": "is about to be decided again", "/operations?words=on": "is about to be read again"} {
		if _, page, _ := get(t, s, path); !strings.Contains(seenText(page), want) || strings.Contains(seenText(page), "0 of 0") {
			t.Errorf("%s: %s", path, seenText(page))
		}
	}
}

// TestIssuersPage: what stands behind each issuer, what was said of it by whom and why,
// and what is indexed follows.
func TestIssuersPage(t *testing.T) {
	d := &desk{list: &issuers.List{Accept: verdict.LevelAccount, Total: 240,
		Issuers: []issuers.Row{
			{Issuer: "did:web:harbour.example.edu", Shown: "Harbour College", Standing: verdict.LevelListed, Applicants: 21, Apps: 21, Decision: issuers.Trust, By: "Jo"},
			{Issuer: "https://badges.example.edu/i", Shown: `badges.example.edu, which calls itself "Northgate"`, Standing: verdict.LevelDomain, Applicants: 4200, About: true, Apps: 5100, Backing: verdict.Backing{Level: verdict.LevelDomain, Host: "badges.example.edu"}, Claims: "Northgate"},
			{Issuer: "did:key:z1", Shown: "a key", Standing: verdict.LevelKey, Applicants: 1, Backing: verdict.Backing{Level: verdict.LevelKey}, Claims: "Harbour College", Resembles: true, Warnings: []verdict.Warning{verdict.WarnNameLookalike}, Registries: []string{"Trades"}},
			{Issuer: "did:key:z2", Applicants: 1},
		},
		Decisions: []issuers.Word{{Kind: issuers.Trust, Issuer: "harbour.example.edu", Note: "known to us", By: "Jo", At: now}},
		Work:      &issuers.Work{Done: 3, Total: 21, Since: now}}}
	s := openWith(t, Options{Issuers: d})
	status, page, _ := get(t, s, "/issuers?said=block")
	text := seenText(page)
	for _, want := range []string{"240 issuers seen here", "Your decision holds: blocked.", "3 of 21 applications", "badges.example.edu calls itself “Northgate” https://badges.example.edu/i", "about 4,200 in 5,100 applications ", "you 21 trusted", "own domain", "a key calls itself “Harbour College”",
		"its name resembles that of a listed issuer", "in the registry Trades", "trusted Jo, 23 November 2026: “known to us” · said of harbour.example.edu", "an issuer that is not proven", "the 4 with the most applicants", "registry taken"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
	// A decision is taken back where it was said.
	if status != 200 || !strings.Contains(page, `href="/issuers?do=forget&amp;issuer=harbour.example.edu#decide"`) || !strings.Contains(page, `href="/issuers?do=block&amp;issuer=did%3Akey%3Az1#decide"`) {
		t.Errorf("%d: the links", status)
	}
	for path, want := range map[string][]string{
		"/issuers?named=northgate": {"badges.example.edu"}, "/issuers?undecided=on": {"badges.example.edu", "a key", "an issuer that"}, "/issuers?resembling=on": {"a key"}, "/issuers?standing=listed": {"Harbour College did"}, "/issuers?named=nobody": {},
	} {
		_, page, _ := get(t, s, path)
		if n := strings.Count(page, `<tr><th scope="row">`) - strings.Count(page, "<time "); n != len(want) {
			t.Errorf("%s: %d rows", path, n)
		}
		for _, x := range want {
			if !strings.Contains(seenText(page), x) {
				t.Errorf("%s: no %q", path, x)
			}
		}
	}
	// The piece that the script asks for again has no page round it, and asks no index.
	d.listed = nil
	if _, piece, _ := get(t, s, "/issuers?live=on"); strings.Contains(piece, "<html") || !strings.Contains(piece, "3 of 21") || !strings.Contains(page, `data-live="/issuers?live=on"`) {
		t.Errorf("live: %s", piece)
	}
	if !slices.Equal(d.listed, []int{0}) {
		t.Errorf("listed %v", d.listed)
	}
	for path, want := range map[string]int{"/issuers?standing=best": 400, "/issuers?n=201": 400, "/issuers?do=praise": 400, "/issuers?do=trust&issuer=nobody": 400, "/issuers?do=import&source=x": 400} {
		if status, _, _ := get(t, s, path); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, body, _ := get(t, openNone(t), "/issuers"); status != 503 || !strings.Contains(body, "--nats") {
		t.Errorf("no queue: %d", status)
	}
}

// openNone gives a server that has neither queue nor checker.
func openNone(t *testing.T) *httptest.Server {
	t.Helper()
	h, err := New(Options{Engine: engineWith(t)})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// TestWhatWouldChange: before a decision is taken it is said what it would change, for
// whom; nothing is said by asking, and names are hidden like everywhere.
func TestWhatWouldChange(t *testing.T) {
	d := &desk{}
	var seen []Seen
	s := openWith(t, Options{Issuers: d, Audit: func(_ *http.Request, x Seen) { seen = append(seen, x) }})
	_, page, _ := get(t, s, "/issuers?do=block&issuer=https%3A%2F%2Fmill.example%2Fi%2F7")
	text := seenText(page)
	for _, want := range []string{"Block https://mill.example/i/7?", "Would no longer count: 3 badges of 2 applicants.", "Say it of the whole host mill.example", "Trust it instead"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
	// Whose own id is his name goes by the document's.
	if strings.Contains(strings.ToLower(page), "applicant-one") || !strings.Contains(page, `<a href="/applications/feedbeef">Applicant FE-EDBE</a>`) {
		t.Errorf("blind reading shows an application's own id: %s", text)
	}
	if strings.Contains(page, "Applicant One") || strings.Contains(page, "Teamwork of One") || len(seen) != 1 || !seen[0].Blind || seen[0].Count != 1 {
		t.Errorf("blind reading names somebody; %v", seen)
	}
	if len(d.said) != 0 || len(d.asked) != 1 || d.asked[0].Kind != issuers.Block || d.asked[0].By != operatorName {
		t.Errorf("said %v, asked %v", d.said, d.asked)
	}
	if _, page, _ := get(t, s, "/issuers?blind=off&do=block&issuer=mill.example"); !strings.Contains(page, "Applicant One") || !strings.Contains(page, "loses “Teamwork of One”") || !strings.Contains(page, "/applications/applicant-one?") || len(seen) != 2 || seen[1].Blind || seen[1].Count != 1 {
		t.Errorf("with names: %v", seen)
	}
	for _, tc := range []struct {
		change issuers.Change
		path   string
		want   string
	}{
		{issuers.Change{Issuers: 2, Apps: 1, Read: 1, Badges: 1, Gain: 1, Gaining: 1, Judged: true}, "do=trust&issuer=mill.example", "Would newly count: 1 badge of 1 applicant. In all it is about 1 badge in 1 application. 2 issuers go by it."},
		{issuers.Change{Judged: true}, "do=trust&issuer=mill.example", "Nobody here has a badge of it yet."},
		{issuers.Change{Apps: 9000, Read: 2000, Judged: true}, "do=accept&accept=domain", "No badge would count that does not, or the other way round. Only the first 2,000 of 9,000 applications"},
		{issuers.Change{Apps: 1, Read: 1, Badges: 2}, "do=forget&issuer=mill.example", "This server judges no badges"},
		{issuers.Change{Apps: 1, Read: 1, Judged: true}, "do=drop&source=https%3A%2F%2Fregistry.example%2Fr.json", "Drop the registry https://registry.example/r.json?"},
	} {
		d.change = &tc.change
		if _, page, _ := get(t, s, "/issuers?"+tc.path); !strings.Contains(seenText(page), tc.want) {
			t.Errorf("%s: no %q in %s", tc.path, tc.want, seenText(page))
		}
	}
}

// TestDecideForm: a decision is the caller's, with its note; a form of another site, or
// one of whoever may not, decides nothing.
func TestDecideForm(t *testing.T) {
	d := &desk{}
	s := asking(t, Options{Issuers: d})
	block := url.Values{"do": {"block"}, "issuer": {"mill.example"}, "note": {"sells certificates"}}
	status, _, leads := submits(t, s, "may issuers", "/issuers", block)
	if status != http.StatusSeeOther || leads != "/issuers?said=block" || len(d.said) != 1 || d.said[0].Kind != issuers.Block || d.said[0].By != "Only issuers" || !d.said[0].At.Equal(now) {
		t.Fatalf("%d %s %+v", status, leads, d.said)
	}
	for name, tc := range map[string]struct {
		token  string
		form   url.Values
		header []string
		status int
	}{
		"without the right":    {"may operate", block, nil, 403},
		"by nobody":            {"", block, nil, 401},
		"from another site":    {"may issuers", block, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"as JSON":              {"may issuers", block, []string{"Content-Type", "application/json"}, 400},
		"in another's name":    {"may issuers", url.Values{"do": {"block"}, "issuer": {"mill.example"}, "by": {"Somebody"}}, nil, 400},
		"two at once":          {"may issuers", url.Values{"do": {"block", "trust"}, "issuer": {"mill.example"}}, nil, 400},
		"of many":              {"may issuers", url.Values{"do": {"trust"}, "issuer": {"github.io"}}, nil, 400},
		"beside a block":       {"may issuers", url.Values{"do": {"trust"}, "issuer": {"blocked.example"}}, nil, 409},
		"of nothing":           {"may issuers", url.Values{}, nil, 400},
		"a registry that fell": {"may issuers", url.Values{"do": {"import"}, "source": {"https://down.example/"}}, nil, 502},
	} {
		if status, body, _ := submits(t, s, tc.token, "/issuers", tc.form, tc.header...); status != tc.status {
			t.Errorf("%s: %d %s", name, status, seenText(body))
		}
	}
	if len(d.said) != 1 || len(d.chosen) != 0 {
		t.Errorf("what was refused is said: %v %v", d.said, d.chosen)
	}
	// A registry is looked at first, and what is chosen of it counts.
	status, page, _ := submits(t, s, "may issuers", "/issuers", url.Values{"do": {"import"}, "source": {"https://registry.example/r.json"}})
	if status != 200 || !strings.Contains(page, `name="entry" value="did:key:z1"`) || !strings.Contains(seenText(page), "Which of R count?") {
		t.Errorf("%d %s", status, seenText(page))
	}
	status, _, leads = submits(t, s, "may issuers", "/issuers", url.Values{"do": {"import"}, "source": {"https://registry.example/r.json"}, "entry": {"did:key:z1"}})
	if status != http.StatusSeeOther || leads != "/issuers?said=import" || len(d.chosen) != 2 || !slices.Equal(d.chosen[1].Entries, []string{"did:key:z1"}) || d.chosen[1].By != "Only issuers" {
		t.Errorf("%d %s %+v", status, leads, d.chosen)
	}
}

// TestIssuersHostile: whatever an issuer calls itself, the page has the same elements.
func TestIssuersHostile(t *testing.T) {
	shape := func(name string) []string {
		w := issuers.Word{Kind: issuers.Block, Issuer: "mill.example", Note: name, By: name, At: now}
		d := &desk{list: &issuers.List{Total: 1, Decisions: []issuers.Word{w}, Issuers: []issuers.Row{
			{Issuer: "https://mill.example/" + name, Shown: name, Applicants: 1, Standing: verdict.LevelDomain, Backing: verdict.Backing{Level: verdict.LevelDomain, Host: "mill.example", Path: name}, Claims: name, Decision: issuers.Block, By: name, Registries: []string{name}},
			{Issuer: name, Shown: name, Claims: name}},
			Registries: []issuers.RegistryStatus{{Source: name, Title: name, Why: name, Failed: now}}},
			change: &issuers.Change{Apps: 1, Read: 1, Lose: 1, Losing: 1, Judged: true, First: []issuers.Changed{{Application: "A1", Name: name, Lose: []string{name}}}}}
		status, page, _ := get(t, openWith(t, Options{Issuers: d}), "/issuers?blind=off&do=block&issuer=mill.example")
		if status != 200 {
			t.Fatalf("%q: %d", name, status)
		}
		return skeleton(t, page)
	}
	want := shape("plain")
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</td></table><h1>x`, `{{.}}`, "\u202egnp.exe", "a\u0000b", `javascript:alert(1)`} {
		if got := shape(evil); !slices.Equal(got, want) {
			t.Errorf("%q changes the page", evil)
		}
	}
}

// TestIssuersInGerman: the page speaks the reader's language.
func TestIssuersInGerman(t *testing.T) {
	s := openWith(t, Options{Issuers: &desk{}})
	r, err := http.NewRequest(http.MethodGet, s.URL+"/issuers?do=block&issuer=mill.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "de")
	_, page, _ := do(t, r)
	text := seenText(page)
	for _, want := range []string{"Wer hinter den Badges steht", "mill.example sperren?", "Nicht mehr zählen würde: 3 Badges von 2 Personen.", "sein Name ähnelt dem eines gelisteten Ausstellers"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
}

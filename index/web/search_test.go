package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
	"assay/verify/verdict"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/net/html"
)

// inGerman asks for a page as a reader of German does.
func inGerman(t *testing.T, s *httptest.Server, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "de-AT,de;q=0.9,en;q=0.5")
	status, body, _ := do(t, r)
	return status, body
}

// stood are applicants with a badge of every state.
func stood() []record.Application {
	var docs []record.Application
	for i, x := range []struct {
		result verdict.Result
		reason verdict.Reason
	}{
		{verdict.Verified, ""}, {verdict.Authentic, verdict.RecipientMissing}, {verdict.Authentic, verdict.RecipientMismatch}, {verdict.Unvouched, verdict.IssuerUnvouched}, {verdict.Pending, verdict.HostUnreachable},
		{verdict.Rejected, verdict.ProofInvalid}, {verdict.Rejected, verdict.Revoked}, {verdict.Rejected, verdict.NotYetValid}, {verdict.Rejected, verdict.IssuerBlocked}, {verdict.Unsupported, verdict.MDoc}, {verdict.Verified, ""},
		{verdict.Rejected, verdict.NotFound}, {verdict.Rejected, verdict.Suspended}, {verdict.Rejected, verdict.Gone},
	} {
		e := badge(fmt.Sprintf("Teamwork %d", i), teams, "work in teams", x.result, x.reason)
		if x.result == verdict.Unsupported {
			e.Verdict.Format = verdict.MDocForm
		}
		if i == 10 {
			e.Verdict.Credential.Expires = now.AddDate(0, -2, 0)
		}
		docs = append(docs, document("default", fmt.Sprint("S", i), "", nil, e))
	}
	return docs
}

// TestCardsTellStates: each badge of a list stands under the seal of its state, with what
// it is and until when, and leads to its evidence; in each language.
func TestCardsTellStates(t *testing.T) {
	s := open(t, stood()...)
	path := "/?size=50&q=teamwork+include:all,unsupported"
	_, page, _ := get(t, s, path)
	_, german := inGerman(t, s, path)
	for _, state := range look.States() {
		for lang, page := range map[string]string{"en": page, "de": german} {
			if n := strings.Count(page, `<li><span class="seal s-`+string(state)+`"`); n != 1 {
				t.Errorf("%s, %s: stands %d times", lang, state, n)
			}
		}
	}
	for _, want := range []string{
		"verified Teamwork 0 Harbour College work in teams exact Nov 2025 to Nov 2027", "expired Teamwork 10 Harbour College work in teams exact Nov 2025 ended Sep 2026",
		"not judged Teamwork 9 mobile document (mdoc)", "revoked Teamwork 6", "not yet valid Teamwork 7", "blocked by you Teamwork 8", "not counted: 1 altered, revoked, blocked, not yet valid or otherwise refused", "not counted: 1 expired",
	} {
		if !strings.Contains(seenText(page), want) {
			t.Errorf("no %q: %s", want, seenText(page))
		}
	}
	for _, want := range []string{"bestätigt Teamwork 0 Harbour College work in teams genau Nov. 2025 bis Nov. 2027", "abgelaufen Teamwork 10", "abgelaufen Sept. 2026", "14 Personen gefunden", "nicht gezählt: 1 abgelaufen", "Fähigkeit „work in teams“"} {
		if !strings.Contains(seenText(german), want) {
			t.Errorf("German: no %q: %s", want, seenText(german))
		}
	}
	for i := range 11 {
		if want := fmt.Sprintf(`<a class="badge" href="/applications/S%d#b1">`, i); !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestIssuerByStanding: what is known of an issuer stands before what it calls itself, and
// that never seems to be more than a claim.
func TestIssuerByStanding(t *testing.T) {
	h := &handler{}
	var err error
	if h.look, err = look.New(); err != nil {
		t.Fatal(err)
	}
	a := &asked{Request: httptest.NewRequest(http.MethodGet, "/", nil)}
	a.tongue(h)
	for _, tc := range []struct {
		shown, standing string
		want            byView
	}{
		{"Harbour College", "listed", byView{Listed: "Harbour College"}},
		{`badges.example.edu, which calls itself "Northgate Academy"`, "domain", byView{Host: "badges.example.edu", Claim: ", which calls itself “Northgate Academy”"}},
		{`an account on Openbadges that calls itself "Harbor Collage"`, "account", byView{Before: "an account on", Host: "Openbadges", Claim: " that calls itself “Harbor Collage”"}},
		{`a page on x.example/y that calls itself "Z"`, "page", byView{Before: "a page on", Host: "x.example/y", Claim: " that calls itself “Z”"}},
		{`a key that calls itself "MIT"`, "key", byView{Before: "a key", Claim: " that calls itself “MIT”"}},
		{"a key", "key", byView{Before: "a key"}},
		{`the applicant's own key that calls itself "Me"`, "self", byView{Before: "the applicant’s own key", Claim: " that calls itself “Me”"}},
		{`an issuer that calls itself "MIT"`, "", byView{Before: "an issuer", Claim: " that calls itself “MIT”"}},
		{"an issuer that gives no name", "", byView{Before: "an issuer without a name"}},
		{"badges.example.edu", "domain", byView{Host: "badges.example.edu"}},
		// A name that says what only a list may say stays a claim.
		{`a key that calls itself "Harbour College, which calls itself 'MIT'"`, "listed", byView{Before: "a key", Claim: " that calls itself “Harbour College, which calls itself 'MIT'”"}},
		{"", "", byView{}},
	} {
		if got := a.byOf(tc.shown, tc.standing); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.shown, got, tc.want)
		}
	}
}

// TestStates of the page before a question, in both languages.
func TestStartPage(t *testing.T) {
	s := open(t, yard()...)
	_, page, _ := get(t, s, "/")
	for _, want := range []string{`<title>Who can prove it? · assay</title>`, "<dt>applicants</dt><dd>4</dd>", "<dt>with an expired one</dt><dd>1</dd>", "Most held certificates Rope access 2 Teamwork on site 2", "Newest applicants", `href="/?sort=recency"`} {
		if !strings.Contains(page, want) && !strings.Contains(seenText(page), want) {
			t.Errorf("no %q: %s", want, seenText(page))
		}
	}
	// Each example, and each that is held, finds as many as it says.
	_, main, _ := strings.Cut(page, "<main")
	for _, m := range regexp.MustCompile(`<a class="(?:btn mini|fr)" href="([^"]*)">`).FindAllStringSubmatch(main, -1) {
		status, there, _ := get(t, s, html.UnescapeString(m[1]))
		if status != 200 || !strings.Contains(there, `<article class="card"`) {
			t.Errorf("%s finds nobody: status %d", m[1], status)
		}
	}
	if _, german := inGerman(t, s, "/"); !strings.Contains(seenText(german), "Wer kann es belegen?") || !strings.Contains(german, `<html lang="de">`) || !strings.Contains(seenText(german), "Neueste Bewerbungen") {
		t.Error(seenText(german))
	}
	if _, page, _ := get(t, open(t), "/"); !strings.Contains(seenText(page), "There is no application yet.") {
		t.Error("an empty index")
	}
}

// TestTiers: who has not all of it stands under what was given up, with how much of it is
// met and what is lacking; the page's title says question and count.
func TestTiers(t *testing.T) {
	s := open(t, yard()...)
	path := "/?q=teamwork+rope"
	_, page, _ := get(t, s, path)
	for _, want := range []string{"1 applicant found: teamwork rope · assay", "All of it teamwork, rope", "1 of the 2 rope, without teamwork · 1 applicant", "1 of 2 verified", "lacks: teamwork", "lacks: rope"} {
		if !strings.Contains(seenText(page), want) {
			t.Errorf("no %q: %s", want, seenText(page))
		}
	}
	_, german := inGerman(t, s, path)
	for _, want := range []string{"1 Person gefunden: teamwork rope", "Alles davon", "1 der 2 rope, ohne teamwork · 1 Person", "fehlt: teamwork"} {
		if !strings.Contains(seenText(german), want) {
			t.Errorf("German: no %q: %s", want, seenText(german))
		}
	}
}

// TestEmptyAndWrongInGerman: the ways on are told in the reader's language.
func TestEmptyAndWrongInGerman(t *testing.T) {
	s := open(t, yard()...)
	for path, wants := range map[string][]string{
		"/?q=" + url.QueryEscape(`"rope rescue" "work in teams"`):             {"Niemand hat alles davon", "Welches Wort niemanden fand", "niemand 2 Personen", "darum wurde von selbst nichts aufgegeben"},
		"/?q=" + url.QueryEscape(`"acess rope"`):                              {"Versuchen Sie dies", "ohne Anführungszeichen · 2 Personen"},
		"/?q=" + url.QueryEscape(`"rope rescue"`):                             {"Was jemanden hinzubrächte auch: Abgelaufen +1"},
		"/?last=teamwork&q=" + url.QueryEscape(`teamwork AND ("rope access"`): {"Die Frage ist nicht zu lesen", "Bei Zeichen 14: Diese Klammer ist nicht geschlossen.", "Ihrer letzten Frage, „teamwork“", "Gemeint war vielleicht:"},
		"/?cursor=zzz": {"Diese Seite gehört zu einer anderen Suche"},
	} {
		if _, page := inGerman(t, s, path); !containsAll(seenText(page), wants) {
			t.Errorf("%s: not all of %q: %s", path, wants, seenText(page))
		}
	}
}

func containsAll(s string, wants []string) bool {
	return !slices.ContainsFunc(wants, func(w string) bool { return !strings.Contains(s, w) })
}

// TestProblemsAreTold: what the language of questions says of one that it cannot read is
// said in the reader's words.
func TestProblemsAreTold(t *testing.T) {
	s := open(t)
	for _, q := range []string{`"..."`, `"`, ")", "(a", "()", "a OR", "AND b", "a AND", "NOT", "earned:", "color:red", "level:x", "earned:soon", "badge:!", strings.Repeat("a", 257), strings.Repeat("a ", 17), "status:fine", "standing:fine", "earned!=2024", "job<3", "level:<<3", "a OR include:expired", "a OR ?b", strings.Repeat("(", 20) + "a" + strings.Repeat(")", 20)} {
		status, page := inGerman(t, s, "/?q="+url.QueryEscape(q))
		if status != 400 || strings.Contains(seenText(page), " needs ") || strings.Contains(seenText(page), " not ") {
			t.Errorf("%.20s: status %d: %s", q, status, seenText(page))
		}
	}
	for path, want := range map[string]string{"/?q=status:fine": "status kennt verified", "/?q=a+OR+include:expired": "gilt für die ganze Frage", "/match?required=%21": "Fähigkeit 1 der Stelle hat keinen Buchstaben", "/match?occupation=juggler": "Keine geladene Klassifikation beschreibt den Beruf."} {
		if _, page := inGerman(t, s, path); !strings.Contains(seenText(page), want) {
			t.Errorf("%s: %s", path, seenText(page))
		}
	}
}

// chipLinks are the links of the chips of a page, by chip and text.
func chipLinks(page string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, chip := range strings.Split(page, `<li class="tok `)[1:] {
		chip, _, _ = strings.Cut(chip, `</details>`)
		word := html.UnescapeString(regexp.MustCompile(`<span class="w">([^<]*)`).FindStringSubmatch(chip)[1])
		out[word] = map[string]string{}
		for _, m := range regexp.MustCompile(`<a href="([^"]*)"[^>]*>([^<]*)`).FindAllStringSubmatch(chip, -1) {
			out[word][html.UnescapeString(m[2])] = html.UnescapeString(m[1])
		}
	}
	return out
}

// TestChipsTurn: each link of a chip leads to a page whose box and chips say what the link
// says, the other chips as they were.
func TestChipsTurn(t *testing.T) {
	s := open(t, yard()...)
	for _, q := range []string{
		`teamwork "rope access" frist aid certificate NOT trainee`, `teamwork ?rope NOT (first aid)`, `python or java`, `issuer:northgate earned>2024 teamwork`, `teamwork AND rope`, `badge:"Rope access" level>=B2`, `teamwork include:expired`,
	} {
		_, page, _ := get(t, s, "/?earned=2025&q="+url.QueryEscape(q))
		chips := chipLinks(page)
		if len(chips) == 0 {
			t.Fatalf("%s has no chips", q)
		}
		for word, links := range chips {
			for text, to := range links {
				u, err := url.Parse(to)
				if err != nil || u.Query().Get("earned") != "2025" {
					t.Errorf("%s: %s: %s loses the filter", q, text, to)
					continue
				}
				parsed, err := query.New(u.Query().Get("q"), query.Options{})
				if err != nil {
					t.Errorf("%s: %s leads to %s: %v", q, text, to, err)
					continue
				}
				as := map[string]query.As{"must have it": query.AsMust, "may have it: nice to have": query.AsMay, "must not have it": query.AsNot}[text]
				words := record.Words(word)
				stands := func(as query.As) bool {
					return slices.ContainsFunc(parsed.Asked(), func(x query.Asked) bool {
						return (as == "" || x.As == as) && strings.Contains(" "+strings.Join(record.Words(x.Text), " ")+" ", " "+strings.Join(words, " ")+" ")
					})
				}
				switch {
				case as != "" && !stands(as):
					t.Errorf("%s: %s as %s leads to %s", q, word, as, to)
				case strings.HasPrefix(text, "Take away") && stands(""):
					t.Errorf("%s: %s leads to %s, where it stands", q, text, to)
				}
				if _, there, _ := get(t, s, to); !strings.Contains(there, `name="q" type="text" value="`+html.EscapeString(u.Query().Get("q"))+`"`) {
					t.Errorf("%s: chips and text differ", to)
				}
			}
		}
	}
}

// TestDense: how much is shown of each is kept by a cookie, and by no link.
func TestDense(t *testing.T) {
	s := open(t, yard()...)
	status, page, head := get(t, s, "/?q=teamwork&view=dense")
	cookie := head.Get("Set-Cookie")
	if status != 200 || !strings.Contains(page, `class="wrap ans dense"`) || !strings.HasPrefix(cookie, "assay-view=dense;") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("status %d, %q", status, cookie)
	}
	if _, _, head := get(t, openWith(t, Options{secure: true}), "/?q=teamwork&view=dense"); !strings.Contains(head.Get("Set-Cookie"), "Secure") {
		t.Errorf("over https: %q", head.Get("Set-Cookie"))
	}
	if n := strings.Count(page, "view="); n != 2 {
		t.Errorf("%d links name how much is shown", n)
	}
	for value, want := range map[string]bool{"dense": true, "full": false, "huge": false} {
		r, err := http.NewRequest(http.MethodGet, s.URL+"/?q=teamwork", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: viewCookie, Value: value})
		if _, page, h := do(t, r); strings.Contains(page, `ans dense"`) != want || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: dense %v", value, !want)
		}
	}
	if status, _, _ := get(t, s, "/?view=huge"); status != 400 {
		t.Errorf("view=huge: status %d", status)
	}
}

// TestWaysOn: what leads on from a search is offered where it is there, to whoever may
// use it.
func TestWaysOn(t *testing.T) {
	const ask = "/?q=teamwork&earned=2025"
	keeps := []string{`method="post" action="/saved/searches"`, `formaction="/saved"`}
	s := open(t, yard()...)
	_, page, _ := get(t, s, ask)
	for _, want := range []string{`action="/compare"`, `formaction="/match"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, not := range keeps {
		if strings.Contains(page, not) {
			t.Errorf("%s is offered where nothing is kept", not)
		}
	}
	s = openWith(t, Options{Saved: saves(t)}, yard()...)
	_, page, _ = get(t, s, ask)
	for _, want := range keeps {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, to := range []string{"/compare?a=A1&a=A2", "/match?a=A1&a=A2"} { // where the tray's buttons lead
		if status, page, _ := get(t, s, to); status != 200 {
			t.Errorf("%s: status %d: %s", to, status, seenText(page))
		}
	}
	for _, want := range []string{`name="q" value="earned=2025&amp;q=teamwork"`, `type="checkbox" form="pick" name="a" value="A1"`, `id="pick"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestSuggestions: only what somebody of the tenant holds is suggested, by kind, and what
// is taken keeps what was typed before it.
func TestSuggestions(t *testing.T) {
	by := badge("Climbing", "urn:climb", "climbing", verdict.Verified, "")
	by.Verdict.Credential.Issuer = verdict.Party{ID: "https://badges.example.edu/i", Name: "Northgate", Shown: `badges.example.edu, which calls itself "Northgate"`}
	by.Verdict.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "badges.example.edu", Counts: "example.edu"}
	by.Verdict.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelDomain}
	s := open(t, append(yard(), document("default", "A5", "", nil, by), document("rival", "R1", "", nil, badge("Rope walking", "urn:walk", "rope walking", verdict.Verified, "")))...)
	for q, wants := range map[string][]string{
		"teamwork rop":       {`Skills rope access techniques 2 hold it Certificates Rope access 2 hold it`},
		"exam":               {"Issuers badges. exam", "which calls itself “Northgate” issued to 1"},
		`teamwork "rope acc`: {"rope access techniques 2 hold it"},
		"teamwork NOT rop":   {"rope access techniques"},
		"-rop":               {"rope access techniques"},
	} {
		_, part, _ := get(t, s, "/suggest?q="+url.QueryEscape(q))
		if !containsAll(seenText(part), wants) || strings.Contains(part, "walking") || strings.Contains(part, "<html") {
			t.Errorf("%s: %s", q, part)
		}
		before := q[:strings.LastIndexAny(q, ` -"`)+1]
		for _, m := range regexp.MustCompile(`data-fill="([^"]*)"`).FindAllStringSubmatch(part, -1) {
			fill := html.UnescapeString(m[1])
			if q != `teamwork "rope acc` && !strings.HasPrefix(fill, before) {
				t.Errorf("%s becomes %s", q, fill)
			}
			if status, _, _ := get(t, s, "/?q="+url.QueryEscape(fill)); status != 200 {
				t.Errorf("%s cannot be asked: status %d", fill, status)
			}
		}
	}
	for _, q := range []string{"", "r", "teamwork ", "welding zzz", "weld", strings.Repeat("rop ", 90), "issuer:rop"} {
		if _, part, _ := get(t, s, "/suggest?q="+url.QueryEscape(q)); strings.Contains(part, "option") {
			t.Errorf("%q: %s", q, part)
		}
	}
	if _, part := inGerman(t, s, "/suggest?q=rop"); !strings.Contains(seenText(part), "Fähigkeiten rope access techniques bei 2 Personen") {
		t.Error(part)
	}
}

// TestHostileSuggestions: a label that is markup, or holds the signs of the language of
// questions, is text.
func TestHostileSuggestions(t *testing.T) {
	e := badge(`Rope "><img src=x onerror=alert(1)> OR NOT (`, "urn:x", `rope" OR <b>all</b>`, verdict.Verified, "")
	e.Skills[0].Basis = skills.BasisURI
	s := open(t, document("default", "A1", "", nil, e))
	_, part, _ := get(t, s, "/suggest?q=rop")
	for _, el := range skeleton(t, part) {
		if strings.HasPrefix(el, "img") || strings.HasPrefix(el, "script") {
			t.Errorf("%s in %s", el, part)
		}
	}
	if !strings.Contains(part, "option") {
		t.Errorf("nothing is suggested: %s", part)
	}
	for _, m := range regexp.MustCompile(`data-fill="([^"]*)"`).FindAllStringSubmatch(part, -1) {
		p, err := query.Parse(html.UnescapeString(m[1]))
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		parts := []*query.Node{p.Tree}
		if p.Tree.Op == query.NodeAnd { // a name with brackets in it is asked for piece by piece
			parts = p.Tree.Kids
		}
		for _, n := range parts {
			if n.Op != query.NodePhrase && (n.Op != query.NodeField || n.Field != "badge") {
				t.Errorf("%s is read as %s", m[1], p.Tree)
			}
		}
	}
}

// tabStops counts what Tab reaches before the first card, on a wide screen without
// script: nothing in what is folded.
func tabStops(t *testing.T, page string) int {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	n, done := 0, false
	var walk func(*html.Node)
	walk = func(e *html.Node) {
		attr := map[string]string{}
		for _, a := range e.Attr {
			attr[a.Key] = a.Val
		}
		_, hidden := attr["hidden"]
		if done = done || e.Data == "article" && attr["class"] == "card"; done || hidden || strings.Contains(attr["class"], "for-narrow") {
			return
		}
		_, to := attr["href"]
		if _, off := attr["disabled"]; attr["tabindex"] != "-1" && !off && (e.Data == "a" && to || e.Data == "button" || e.Data == "summary" || e.Data == "select" || e.Data == "input" && attr["type"] != "hidden" || attr["tabindex"] == "0") {
			n++
		}
		_, open := attr["open"]
		for c := e.FirstChild; c != nil; c = c.NextSibling {
			if e.Data != "details" || open || c.Data == "summary" {
				walk(c)
			}
		}
	}
	walk(root)
	return n
}

// great are applicants with four hundred badges each, with names as long as may be.
func great() []record.Application {
	long := strings.Repeat("Donaudampfschifffahrt", 8)
	var docs []record.Application
	for i := range 12 {
		var entries []record.Entry
		for k := range 400 {
			e := badge(fmt.Sprintf("Teamwork and welding and rope access and first aid %s %d-%d", long, i, k), teams, "work in teams", verdict.Verified, "")
			e.Verdict.Credential.Issuer = verdict.Party{ID: fmt.Sprintf("https://x%d.example/issuer", k), Name: long + " academy of welding"}
			e.Skills[0].ID, e.Skills[0].Label = fmt.Sprintf("urn:skill:%d:%s", k, long), "teamwork "+long+fmt.Sprint(k)
			entries = append(entries, e)
		}
		docs = append(docs, document("default", fmt.Sprint("A", i), long+" "+long, nil, entries...))
	}
	return docs
}

// maxView is what a first view weighs at most, in bytes before compression.
const maxView = 100 << 10

// TestFirstView: whatever the names and however many badges, a page stays small, and the
// first card is near.
func TestFirstView(t *testing.T) {
	for name, s := range map[string]*httptest.Server{"great": open(t, great()...), "crowded": open(t, crowded()...)} {
		for _, q := range []string{"", `teamwork "rope access" frist aid welding NOT trainee`, "teamwork welding rope access first academy donau fahrt python java sql php ruby go rust perl", "teamwork include:all"} {
			path := "/?blind=off&q=" + url.QueryEscape(q)
			_, page, _ := get(t, s, path)
			if len(page) > maxView {
				t.Errorf("%s: %s: %d bytes", name, q, len(page))
			}
			n := tabStops(t, page)
			if strings.Contains(page, `<article class="card"`) && strings.Count(q, " ") < 8 && n >= 20 {
				t.Errorf("%s: %s: %d Tab stops before the first card", name, q, n)
			}
			t.Logf("%s: %q: %d bytes, %d Tab stops", name, q, len(page), n)
		}
	}
}

// TestSearchByKeys: the box, the cards and the suggestions by keys alone, and a filter that
// keeps focus and place.
func TestSearchByKeys(t *testing.T) {
	s := open(t, yard()...)
	ctx := browser(t, 60*time.Second)
	do, text := clicks(t, ctx)
	keys := func(k string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(k) }
	do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.URL+"/?q=teamwork"), chromedp.WaitVisible(`.card`))
	do(keys("j"), chromedp.WaitVisible(`.card:focus`), keys("s"), chromedp.WaitVisible(`.card:focus .choose:checked`), keys("/"), chromedp.WaitVisible(`#q:focus`))
	value(t, ctx, `document.querySelector("#q").select() ?? ""`)
	do(keys("teamwork rop"), chromedp.WaitVisible(`#suglist [role=option]`), chromedp.Sleep(500*time.Millisecond), keys(kb.ArrowDown)) // what was typed before the end is answered, too
	if got := value(t, ctx, `document.activeElement.getAttribute("aria-activedescendant") + " " + document.querySelector("#q").getAttribute("aria-expanded")`); got != "o0 true" {
		t.Errorf("the first suggestion is not the active one: %s", got)
	}
	do(keys(kb.Enter))
	if got := value(t, ctx, `document.querySelector("#q").value`); got != `teamwork "rope access techniques" ` {
		t.Errorf("taken: %q", got)
	}
	do(keys(kb.Enter), chromedp.WaitVisible(`.question li:nth-child(2) .w`))
	if found := text(`.head h1`); found != "1 applicant found" {
		t.Errorf("found %q", found)
	}
	do(keys("j"), keys(kb.Enter), chromedp.WaitVisible(`.wrap.rec h1`))
}

// TestBlindNote: a page that hides names says so, one that shows them does not.
func TestBlindNote(t *testing.T) {
	s := open(t, yard()...)
	for path, want := range map[string]bool{"/?q=teamwork": true, "/?q=teamwork&blind=off": false} {
		if _, page, _ := get(t, s, path); strings.Contains(page, "Blind reading is on.") != want {
			t.Errorf("%s: told %v", path, !want)
		}
	}
	if _, page := inGerman(t, s, "/?q=teamwork"); !strings.Contains(page, "Blindes Lesen ist an.") {
		t.Error("not told in German")
	}
}

// submitted is where a browser without script goes when a form of the page is sent:
// tick is a box that is ticked before, name=value.
func submitted(t *testing.T, page, form, tick string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	p, action := url.Values{}, ""
	var walk func(e *html.Node, in bool)
	walk = func(e *html.Node, in bool) {
		attr := map[string]string{}
		for _, a := range e.Attr {
			attr[a.Key] = a.Val
		}
		if e.Data == "form" {
			if in = attr["id"] == form; in {
				action = attr["action"]
			}
		}
		owner, other := attr["form"]
		_, off := attr["disabled"]
		_, on := attr["checked"]
		if e.Data == "input" && attr["name"] != "" && !off && (in && !other || owner == form) && (attr["type"] != "checkbox" || on || attr["name"]+"="+attr["value"] == tick) {
			p.Add(attr["name"], attr["value"])
		}
		for c := e.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(root, false)
	return action + "?" + p.Encode()
}

// TestWithoutScript: filters, the last answer beside a question that cannot be read, and
// what is chosen go by the page's forms alone.
func TestWithoutScript(t *testing.T) {
	s := open(t, stood()...)
	_, page, _ := get(t, s, "/?q=teamwork&sort=recency")
	to := submitted(t, page, "ask", "include=rejected")
	status, there, _ := get(t, s, to)
	if status != 200 || !strings.Contains(there, "8 applicants found") || !strings.Contains(there, `name="include" value="rejected" checked`) || !strings.Contains(to, "sort=recency") {
		t.Errorf("%s: status %d: %s", to, status, seenText(there))
	}
	wrong := strings.Replace(to, "q=teamwork", "q=teamwork+AND", 1)
	status, there, _ = get(t, s, wrong)
	if status != 400 || !strings.Contains(there, "8 applicants found") || !strings.Contains(seenText(there), "your last question, “teamwork”") {
		t.Errorf("%s: status %d: %s", wrong, status, seenText(there))
	}
	// A filter that is ticked there holds for the last answer, too.
	again := submitted(t, there, "ask", "include=pending")
	if status, there, _ = get(t, s, again); status != 400 || !strings.Contains(there, "9 applicants found") {
		t.Errorf("%s: status %d: %s", again, status, seenText(there))
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "onclick") || strings.Contains(page, "style=") {
		t.Error("script or style stands in the page")
	}
}

// value is what an expression gives in the page.
func value(t *testing.T, ctx context.Context, js string) string {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestStartNamesAll: each skill that the first page shows goes by its name, also where no
// framework here has it and none of the newest applicants holds it.
func TestStartNamesAll(t *testing.T) {
	e := badge("Circus", "urn:skill:0", "circus skill 0", verdict.Verified, "")
	for i := 1; i < startHeld; i++ {
		more := badge("Circus", fmt.Sprintf("urn:skill:%d", i), fmt.Sprintf("circus skill %d", i), verdict.Verified, "")
		e.Skills = append(e.Skills, more.Skills...)
	}
	old := record.New(key, record.Submission{Tenant: "default", Application: "A0", Submitted: now.AddDate(-1, 0, 0), Checked: now}, []record.Entry{e}, nil)
	docs := []record.Application{old}
	for i := range startNewest {
		docs = append(docs, document("default", fmt.Sprintf("N%d", i), "", nil))
	}
	_, page, _ := get(t, open(t, docs...), "/")
	for i := range startHeld {
		if want := fmt.Sprintf("<span>circus skill %d</span>", i); !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestFileEndsBefore: where a file holds fewer than are found, the page says so beside it.
func TestFileEndsBefore(t *testing.T) {
	docs := []record.Application{document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")), document("default", "A2", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))}
	for most, told := range map[int]bool{1: true, 2: false} {
		s := openWith(t, Options{Export: most}, docs...)
		for _, path := range []string{"/?q=teamwork", "/match?required=teamwork"} {
			if _, page, _ := get(t, s, path); strings.Contains(seenText(page), "A file holds the first 1 of 2.") != told {
				t.Errorf("%s, %d at most: told %v", path, most, !told)
			}
		}
	}
	var none Rights
	if (&handler{}).heldOf(&asked{caller: Caller{Rights: none}}, 2, 1) != "" {
		t.Error("told whoever may not have it")
	}
}

// TestSuggestedIsFound: whatever is suggested finds whom it says, also where the name of a
// badge has a comma, a colon or brackets in it.
func TestSuggestedIsFound(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Rope access technician, level 2 (IRATA): on site", "urn:rope", "rope access", verdict.Verified, "")))
	_, part, _ := get(t, s, "/suggest?q=rope")
	fills := regexp.MustCompile(`data-fill="([^"]*)"`).FindAllStringSubmatch(part, -1)
	if len(fills) < 2 {
		t.Fatalf("suggested: %s", part)
	}
	for _, m := range fills {
		if _, page, _ := get(t, s, "/?q="+url.QueryEscape(html.UnescapeString(m[1]))); !strings.Contains(page, `href="/applications/A1`) {
			t.Errorf("%s finds nobody: %s", m[1], seenText(page))
		}
	}
}

// TestMarkedAndOnce: each word that met a badge's name is marked in it, and a skill stands
// once beside it.
func TestMarkedAndOnce(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("First aid at work", "urn:aid", "first aid", verdict.Verified, "")))
	_, page, _ := get(t, s, "/?q=first+work")
	if !strings.Contains(page, "<mark>First</mark> aid at <mark>work</mark>") {
		t.Errorf("marked: %s", regexp.MustCompile(`<a class="badge".*?</a>`).FindString(page))
	}
	if n := strings.Count(page, `class="shows"`); n > 1 && strings.Count(seenText(page), "first aid exact first aid exact") > 0 {
		t.Errorf("a skill stands there twice: %s", seenText(page))
	}
}

// TestRefusedLines: a badge that counts for nothing and is not what was asked for stands
// with what is recorded of it, and its issuer with no more than a claim.
func TestRefusedLines(t *testing.T) {
	docs := []record.Application{document("acme", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""), badge("Glazing", "urn:glass", "glazing", verdict.Rejected, verdict.ProofInvalid))}
	h := newHouse(t, digest("jo's")+houseTokens, nil, docs...)
	v := h.visitor(t)
	v.signIn("jo's")
	text := seenText(v.get("/?q=teamwork").Body.String())
	if want := "altered or forged Glazing an issuer that calls itself “Harbour College” " + sentence(verdict.ProofInvalid) + " glazing exact Nov 2025 to Nov 2027, does not count"; !strings.Contains(text, want) {
		t.Errorf("no %q: %s", want, text)
	}
	v.post("/blind", url.Values{"do": {"keep"}, "hide": {"schools", "dates"}, "key": {v.key()}})
	if text := seenText(v.get("/?q=teamwork").Body.String()); strings.Contains(text, "Harbour") || strings.Contains(text, "2025") || !strings.Contains(text, "altered or forged Glazing an issuer") {
		t.Errorf("hidden: %s", text)
	}
}

// TestCertificateIsMarked: where a badge is found by its own name, the words that met the
// name are marked in it.
func TestCertificateIsMarked(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Project Management Professional (PMP)", "urn:pm", "manage projects", verdict.Verified, "")))
	for q, want := range map[string]string{
		`badge:"project management professional"`:           "<mark>Project Management Professional</mark> (PMP)",
		`"manage projects" badge:professional`:              "<mark>Project</mark> Management <mark>Professional</mark> (PMP)",
		"pmp":                                               "Project Management Professional (<mark>PMP</mark>)",
		"project management professional":                   "<mark>Project Management Professional</mark> (PMP)",
		`"manage projects" AND NOT badge:glazing badge:pmp`: "<mark>Project</mark> Management Professional (<mark>PMP</mark>)",
	} {
		_, page, _ := get(t, s, "/?"+url.Values{"q": {q}}.Encode())
		if !strings.Contains(page, `#b1">`+want) {
			t.Errorf("%s: %s", q, regexp.MustCompile(`<a class="badge".*?</a>`).FindString(page))
		}
	}
}

// TestNothingForOneWord: a word that finds nobody is named, with what here is spelt like it
// among skills, certificates and issuers; where nothing is, with a way to what there is.
func TestNothingForOneWord(t *testing.T) {
	one := badge("Glazing Diploma", "urn:glass", "window fitting", verdict.Verified, "")
	one.Verdict.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelListed}
	s := open(t, document("default", "A1", "", nil, one))
	for q, want := range map[string][]string{
		"zymurgology":   {"Which word found nobody", "zymurgology nobody", "Nothing here is spelt like it", "What applicants here hold"},
		"glazzingwork":  {"glazzingwork nobody", "Nothing here is spelt like it"},
		"Glazign":       {"Glazign nobody", "Spelt like it Glazing Diploma Certificates · 1 holds it"},
		"harboru":       {"harboru nobody", "Spelt like it Harbour College Issuers · issued to 1"},
		"issuer:hrbour": {"issuer:hrbour nobody"},
	} {
		status, page, _ := get(t, s, "/?exact=true&"+url.Values{"q": {q}}.Encode())
		for _, w := range want {
			if !strings.Contains(seenText(page), w) {
				t.Errorf("%s: %d, no %q: %s", q, status, w, seenText(page))
			}
		}
	}
	_, page, _ := get(t, s, "/?exact=true&q=harboru")
	if !strings.Contains(page, `q=issuer%3A%22did%3Akey%3AzIssuer%22`) {
		t.Error("the issuer is not asked for")
	}
	long := open(t, document("default", "A1", "", nil, badge("Glazing "+strings.Repeat("Diploma ", 40), "urn:glass", "window fitting", verdict.Verified, "")))
	if _, page, _ := get(t, long, "/?exact=true&q=Glazign"); strings.Contains(page, "Spelt like it") || strings.Contains(page, "Nothing here is spelt like it") {
		t.Errorf("a question that is too long is offered: %s", seenText(page))
	}
	// Nothing is said of names that were not looked for.
	for _, q := range []string{"xyz", "job:zymurgology", "earned:1999", "standing:listed NOT glazing", "standing:blocked", "NOT zymurgology", "NOT glazing"} {
		if _, page, _ := get(t, s, "/?exact=true&"+url.Values{"q": {q}}.Encode()); strings.Contains(page, "Nothing here is spelt like it") {
			t.Errorf("%s: %s", q, seenText(page))
		}
	}
	const all, some = "No proven skill, certificate or issuer here is called so, or nearly so.", "No proven skill or certificate here is called so, or nearly so."
	if _, page, _ := get(t, s, "/?q=zymurgology"); !strings.Contains(page, all) || strings.Contains(page, some) {
		t.Error(seenText(page))
	}
	// With the filters nobody is found, which is not said of the word alone.
	if _, page, _ := get(t, s, "/?exact=true&q=glazing&earned=1999"); !strings.Contains(page, "without the picked filters") || strings.Contains(page, "Finds alone") {
		t.Error(seenText(page))
	}
}

package web

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/chromedp/chromedp"
)

// yard are applicants of whom some have two skills, one, or badges that do not count.
func yard() []record.Application {
	teamwork := badge("Teamwork on site", teams, "work in teams", verdict.Verified, "")
	rope := badge("Rope access", "urn:rope", "rope access techniques", verdict.Verified, "")
	old := badge("Rope rescue", "urn:rescue", "rope rescue", verdict.Verified, "")
	old.Verdict.Credential.Expires = now.AddDate(0, -2, 0)
	return []record.Application{
		document("default", "A1", "", nil, teamwork, rope),
		document("default", "A2", "", nil, teamwork),
		document("default", "A3", "", nil, rope),
		document("default", "A4", "", nil, old),
	}
}

// TestEmptyAnswerHelps: an empty answer says which word found nobody and what the
// others find without it, offers what finds somebody, with numbers that are right.
func TestEmptyAnswerHelps(t *testing.T) {
	s := open(t, yard()...)
	for path, wants := range map[string][]string{
		`/?q="rope rescue" "work in teams"`: {"Which word found nobody", `"rope rescue" nobody 2 applicants`, `"work in teams" 2 applicants nobody`},
		`/?q="rope rescue"`:                 {"What would add somebody include: Expired +1"},
		`/?q="acess rope"`:                  {"Try one of these", "acess rope without quotes · 2 applicants"},
		`/?q=issuer:nowhere "rope access"`:  {"issuer:nowhere nobody 2 applicants"},
		`/?q=teamwork&earned=1999`:          {"without the picked filters 2 applicants"},
		`/?q=teamwrok&exact=true`:           {"not exactly as typed 2 applicants"},
		`/?q="roped"`:                       {"Spelt like it rope access techniques Skills · 2 applicants can prove it"},
		`/?q=teamwork rope`:                 {"What each word finds Word Finds alone teamwork 2 applicants rope 2 applicants"},
	} {
		path = strings.NewReplacer(" ", "+", `"`, "%22").Replace(path)
		_, page, _ := get(t, s, path)
		for _, want := range wants {
			if !strings.Contains(seenText(page), want) {
				_, main, _ := strings.Cut(page, "<main")
				t.Errorf("%s does not say %q: %s", path, want, seenText("<main"+main))
			}
		}
		if strings.Contains(page, "+0") || strings.Contains(page, ">0 applicants<") {
			t.Errorf("%s offers what adds nobody", path)
		}
		// Each link finds as many as it says.
		for _, m := range regexp.MustCompile(`<a href="([^"]*)">(\d+ applicants?)</a>`).FindAllStringSubmatch(page, -1) {
			if _, there, _ := get(t, s, html.UnescapeString(m[1])); !strings.Contains(there, m[2]+" found") {
				t.Errorf("%s: %s does not find %s", path, m[1], m[2])
			}
		}
	}
	// What would name the applicant is offered to no blind reader.
	named := badge("Zebulon Quux, rigger", "", "zebulon quux", verdict.Verified, "")
	named.Skills[0].Framework, named.Skills[0].Basis = "", skills.BasisUnmapped
	s = open(t, document("default", "B1", "Zebulon Quux", nil, named))
	for _, q := range []string{`"zebulon quuz"`, "badge:zebulin", "zebul"} {
		if _, page, _ := get(t, s, "/?q="+url.QueryEscape(q)); strings.Contains(strings.ToLower(strings.ReplaceAll(page, url.QueryEscape(q), "")), "zebulon quux") {
			t.Errorf("%s tells a blind reader the name", q)
		}
	}
}

// TestUnreadKeepsAnswer: a question that cannot be read keeps what was picked and the
// last answer, and points at the place.
func TestUnreadKeepsAnswer(t *testing.T) {
	s := open(t, yard()...)
	status, page, _ := get(t, s, "/?last=teamwork&earned=2025&q="+url.QueryEscape(`teamwork AND ("rope access" OR climbing`))
	if status != 400 {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{
		`The answer below is to your last question, “teamwork”.`, "At character 14: This bracket is not closed.", "2 applicants found", "\n             ^\n",
		`value="teamwork AND ("rope access" OR climbing"`, `name="earned" value="2025" checked`, `Earned: 2025`, `<input type="hidden" name="last" value="teamwork">`,
		`href="/?earned=2025&q=teamwork+AND+%28%22rope+access%22+OR+climbing%29"`,
	} {
		if !strings.Contains(html.UnescapeString(strings.ReplaceAll(page, "</pre>", "\n")), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(strings.ReplaceAll(page, `name="last"`, ""), "last=") {
		t.Error("a link carries the last question along")
	}
	for path, want := range map[string]bool{"/?q=(": false, "/?q=(&last=)": false, "/?q=(&last=": true, "/?q=(&last=juggling": true, "/?q=teamwork&last=juggling": false} {
		if _, page, _ := get(t, s, path); strings.Contains(page, "The answer below is") != want {
			t.Errorf("%s: the last answer is there: %v", path, !want)
		}
	}
	var p problem
	_, body, _ := get(t, s, "/v1/search?q="+url.QueryEscape("teamwork AND"))
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Column != 10 || p.Length != 3 || !slices.Equal(p.Try, []string{"teamwork"}) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestExportHoldsSections: who stands below the question as it is asked is in the file,
// told by what was given up to find him.
func TestExportHoldsSections(t *testing.T) {
	path := "/v1/export?q=" + url.QueryEscape("teamwork rope")
	s := open(t, yard()...)
	_, body, h := get(t, s, path)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	_, answer, _ := get(t, s, strings.Replace(path, "export", "search", 1))
	var res index.Results
	if err := json.Unmarshal([]byte(answer), &res); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, hit := range res.Hits {
		want[hit.Application] = ""
	}
	for _, x := range res.Sections {
		for _, hit := range x.Hits {
			want[hit.Application] = string(x.Way) + ": " + x.Heading
		}
	}
	if len(want) != 3 || h.Get("X-Total-Count") != "3" || h.Get("X-Truncated") != "" {
		t.Errorf("%v, X-Total-Count %q, X-Truncated %q", want, h.Get("X-Total-Count"), h.Get("X-Truncated"))
	}
	met := map[string]bool{}
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		in := ""
		if cell("section") != "" {
			in = cell("section") + ": " + cell("heading")
		}
		if w, ok := want[cell("application")]; !ok || in != w {
			t.Errorf("%s stands under %q, want %q", cell("application"), in, w)
		}
		met[cell("application")] = true
	}
	if len(met) != len(want) {
		t.Errorf("%d applicants in the file", len(met))
	}
	_, body, _ = get(t, s, path+"&format=json")
	var hits []exportHit
	if err := json.Unmarshal([]byte(body), &hits); err != nil || len(hits) != 3 || hits[0].Section != nil || hits[1].Section == nil || hits[1].Section.Heading == "" {
		t.Errorf("%s: %v", body, err)
	}
	// Bounded as a whole.
	cut := openWith(t, Options{Export: 2}, yard()...)
	_, body, h = get(t, cut, path+"&format=ndjson")
	if n := strings.Count(body, "\n"); n != 2 || h.Get("X-Total-Count") != "3" || h.Get("X-Truncated") != "true" {
		t.Errorf("cut: %d lines, X-Total-Count %q, X-Truncated %q", n, h.Get("X-Total-Count"), h.Get("X-Truncated"))
	}
}

// TestWrongAndEmptyInBrowser: a question that cannot be read, the cure that is offered,
// and from an empty answer to somebody, by clicks.
func TestWrongAndEmptyInBrowser(t *testing.T) {
	s := open(t, yard()...)
	ctx := browser(t, 60*time.Second)
	do, text := clicks(t, ctx)
	do(chromedp.Navigate(s.URL+"/?q=teamwork&earned=2025"), chromedp.SendKeys(`.box input[data-suggest]`, ` AND ("rope rescue"`), chromedp.Click(`.box button`), chromedp.WaitVisible(`pre.point`))
	if found, said := text(`.head h2`), text(`.note.bad`); found != "2 applicants found" || !strings.Contains(said, "“teamwork”") || !strings.Contains(said, "^") {
		t.Errorf("found %q, said %q", found, said)
	}
	do(chromedp.Click(`.cures a`), chromedp.WaitVisible(`.help table`))
	if found, said := text(`.head h1`), text(`.help`); found != "Nobody has all of it" || !strings.Contains(said, "2 applicants") {
		t.Errorf("found %q, said %q", found, said)
	}
	do(chromedp.Click(`.help tbody tr:first-child td a`), chromedp.WaitNotPresent(`.help table`))
	if found := text(`.head h1`); found != "2 applicants found" {
		t.Errorf("found %q", found)
	}
}

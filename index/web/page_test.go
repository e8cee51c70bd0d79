package web

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// tags are the elements of a page.
var tags = regexp.MustCompile(`<[^>]*>`)

// seenText is what a reader of the page sees, each run of spaces as one.
func seenText(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

// TestExactOrInferred: each skill that is shown says whether the badge names it,
// and apart from that how the question met it.
func TestExactOrInferred(t *testing.T) {
	for _, tc := range []struct {
		name  string
		basis skills.Basis
		want  string
		tag   string
	}{
		{"On site", skills.BasisURI, "exact · by its ESCO id", "exact"},
		{"On site", skills.BasisCode, "exact · by its ESCO code", "exact"},
		{"On site", skills.BasisLabel, "inferred from its name in ESCO", "by name"},
		{"On site", skills.BasisAlias, "inferred from another name of it", "by name"},
		{"Work in teams", skills.BasisText, "inferred from the badge’s name", "by name"},
		{"On site", skills.BasisText, "inferred from a tag", "by name"},
		{"Juggling", skills.BasisUnmapped, "as the badge puts it · in no framework", "own words"},
	} {
		label := "work in teams"
		if tc.basis == skills.BasisUnmapped {
			label = "juggling"
		}
		s := open(t, document("default", "A1", "", nil, onBasis(tc.name, tc.basis)))
		for path, want := range map[string]string{"/?sort=match": label + " " + tc.tag, "/?q=" + url.QueryEscape(`"`+label+`"`): label + " " + tc.tag} {
			if _, page, _ := get(t, s, path); !strings.Contains(seenText(page), want) {
				t.Errorf("%s, %s: %s does not say %q", tc.name, tc.basis, path, want)
			}
		}
	}
}

// TestHowItWasMet: the way in which a term met a skill stands beside exact or
// inferred, not in its place.
func TestHowItWasMet(t *testing.T) {
	narrow := badge("On site", "http://data.europa.eu/esco/skill/x", "cooperate with colleagues", verdict.Verified, "")
	narrow.Skills[0].Soft = "teamwork"
	old := badge("Old", teams, "work in teams", verdict.Verified, "")
	old.Verdict.Credential.Expires = now.AddDate(0, -2, 0)
	listed := badge("Listed", teams, "work in teams", verdict.Verified, "")
	listed.Verdict.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelListed}
	s := open(t,
		document("default", "A1", "", nil, narrow),
		document("default", "A2", "", nil, old),
		document("default", "A3", "", nil, listed))
	for path, wants := range map[string][]string{
		"/?q=teamwork": {"cooperate with colleagues exact narrower"},
		"/?include=expired&q=" + url.QueryEscape(`"work in teams"`): {
			"expired Old Harbour College work in teams exact Nov 2025 ended Sep 2026",
			"verified Listed Harbour College listed work in teams exact Nov 2025 to Nov 2027",
		},
	} {
		_, page, _ := get(t, s, path)
		for _, want := range wants {
			if !strings.Contains(seenText(page), want) {
				t.Errorf("%s does not say %q: %s", path, want, seenText(page))
			}
		}
	}
	if _, page, _ := get(t, s, "/?q=teamwrok"); !strings.Contains(seenText(page), "work in teams exact respelt") {
		t.Errorf("a typing error: %s", seenText(page))
	}
}

// TestHeadline says how many were found, and never that they can prove what they
// cannot.
func TestHeadline(t *testing.T) {
	s := open(t, mixed()...)
	for path, want := range map[string]string{
		"/?sort=match":                      "8 applications in ",
		"/?q=teamwork":                      "1 applicant found of 8, in ",
		"/?q=teamwork&include=rejected":     "2 applicants found 1 of the 2 on this page verified · of 8, in ",
		"/?q=teamwork+include:rejected":     "2 applicants found 1 of the 2 on this page verified · of 8, in ",
		"/?q=teamwork+status:rejected":      "1 applicant found 0 of the 1 on this page verified · of 8, in ",
		"/?q=teamwork&status=rejected":      "1 applicant found 0 of the 1 on this page verified · of 8, in ",
		"/?q=teamwork&include=all&size=2":   "6 applicants found 1 of the 2 on this page verified · of 8, ",
		"/?q=status:rejected":               "1 application of 8, in ",
		"/?q=NOT+teamwork":                  "7 applications of 8, in ",
		"/?q=job:technician":                "8 applications of 8, in ",
		"/?skill=" + url.QueryEscape(teams): "1 application of 8, in ",
		"/?q=teamwork+OR+NOT+juggling":      "8 applicants found of 8, in ",
		"/?q=juggling":                      "0 applicants found of 8, in ",
		"/?q=juggling&include=pending":      "0 applicants found of 8, in ",
		"/?status=pending":                  "1 application of 8, in ",
	} {
		_, page, _ := get(t, s, path)
		if !strings.Contains(seenText(page), want) {
			_, main, _ := strings.Cut(page, "<main")
			t.Errorf("%s does not say %q: %.120s", path, want, seenText("<main"+main))
		}
		if strings.Contains(page, "can prove it") {
			t.Errorf("%s says that they can prove it", path)
		}
	}
	for path, want := range map[string]string{
		"/?q=juggling":                 "Nobody can prove this yet.",
		"/?q=juggling&include=pending": "Nobody has a badge for this.",
		"/?q=job:nothing":              "No application is like this.",
	} {
		if _, page, _ := get(t, s, path); !strings.Contains(seenText(page), want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	if _, page, _ := get(t, open(t), "/"); !strings.Contains(seenText(page), "There is no application yet.") {
		t.Error("an empty index")
	}
}

// TestFiltersShow: whatever is picked shows and can be taken back, also where it
// finds nobody; the values beside it show too.
func TestFiltersShow(t *testing.T) {
	other := badge("Teamwork at sea", teams, "work in teams", verdict.Verified, "")
	other.Verdict.Credential.Issuer = verdict.Party{ID: "did:key:zOther", Name: "Sea College", Shown: "Sea College"}
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")), document("default", "A2", "", nil, other))
	for _, tc := range []struct {
		path      string
		want, not []string
	}{
		{"/?q=teamwork&earned=2019", []string{
			`Earned: 2019 <a href="/?q=teamwork"`, `name="earned" value="2019" checked`, `2019</span><span class="n">0</span>`, `2025</span><span class="n">2</span>`, `Search without filters`}, nil},
		{"/?q=teamwork&earned=2019&earned=2025", []string{`<a href="/?earned=2025&amp;q=teamwork"`, `<a href="/?earned=2019&amp;q=teamwork"`, `name="earned" value="2025" checked`}, nil},
		{"/?q=teamwork&issuer=" + url.QueryEscape("did:key:zIssuer"), []string{
			`Issuer: Harbour College <a href="/?q=teamwork"`, `value="did:key:zIssuer" checked><span>Harbour College</span><span class="n">1</span>`, `value="did:key:zOther"><span>Sea College</span><span class="n">1</span>`}, nil},
		{"/?include=all&q=teamwork", []string{`Proof: Altered, revoked, blocked, not yet valid or otherwise refused <a href="/?include=authentic&amp;include=expired&amp;include=unvouched&amp;include=pending&amp;q=teamwork"`, `value="rejected" checked`, `value="authentic" checked`}, nil},
		{"/?include=authentic,pending", []string{`Proof: Authentic, or for another address or person <a href="/?include=pending"`}, nil},
		{"/?include=verified", nil, []string{"Picked filters"}},
		{"/?status=rejected&q=teamwork", []string{`Only: Altered, revoked, blocked, not yet valid or otherwise refused <a href="/?q=teamwork"`}, nil},
		{"/?trust=blocked", []string{`Who stands behind the issuer: Blocked by you`, `name="standing" value="blocked" checked`}, nil},
		{"/?q=" + url.QueryEscape("teamwork AND (") + "&earned=2019", []string{`Earned: 2019 <a href="/?q=teamwork`}, nil},
		{"/?q=teamwork", nil, []string{"Picked filters", "Without all filters"}},
	} {
		_, page, _ := get(t, s, tc.path)
		for _, w := range tc.want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: no %s", tc.path, w)
			}
		}
		for _, w := range tc.not {
			if strings.Contains(page, w) {
				t.Errorf("%s: %s", tc.path, w)
			}
		}
	}
	// The links lead where they say.
	_, page, _ := get(t, s, "/?q=teamwork&earned=2019&exact=false")
	m := regexp.MustCompile(`href="([^"]*)">Without all filters`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no link takes all filters back")
	}
	if _, page, _ := get(t, s, html.UnescapeString(m[1])); !strings.Contains(page, "2 applicants found") {
		t.Errorf("%s does not find all", m[1])
	}
}

// TestPageErrors: a person who errs gets a page that says so and a way back.
func TestPageErrors(t *testing.T) {
	s := open(t)
	for _, tc := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/?size=99", 400, "is not a number from 1 to 50"},
		{"GET", "/?include=everything", 400, "is not of verified, authentic"},
		{"GET", "/?query=python", 400, "There is no parameter"},
		{"GET", "/?tenant=*", 400, "Tenant missing or malformed"},
		{"GET", "/?q=%zz", 400, "cannot be read"},
		{"GET", "/?cursor=zzz", 400, "belongs to another search"},
		{"GET", "/match?required=teamwork&cursor=zzz", 400, "belongs to another role"},
		{"GET", "/match?required=teamwork&size=99", 400, "is not a number from 1 to 50"},
		{"GET", "/applications/none", 404, "No such application"},
		{"GET", "/applications/erased", 410, "Application was erased"},
		{"GET", "/nothing", 404, "No such resource"},
		{"GET", "/applications/", 404, "No such resource"},
		{"POST", "/", 405, "Method not allowed"},
		{"POST", "/compare", 405, "Method not allowed"},
		{"PUT", "/nothing", 405, "Method not allowed"},
	} {
		r, err := http.NewRequest(tc.method, s.URL+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, body, h := do(t, r)
		if tc.path == "/applications/erased" {
			status, body, h = erased(t)
		}
		if status != tc.status || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(seenText(body), tc.want) || !strings.Contains(body, `href="/`) {
			t.Errorf("%s %s: status %d, %s: %s", tc.method, tc.path, status, h.Get("Content-Type"), seenText(body))
		}
		if strings.Contains(body, `"status":`) || strings.Contains(body, "bad request") || tc.status == 405 && h.Get("Allow") == "" {
			t.Errorf("%s %s: %s", tc.method, tc.path, body)
		}
	}
}

// erased asks for the record of an application that was erased.
func erased(t *testing.T) (int, string, http.Header) {
	t.Helper()
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.Write(context.Background(), []record.Application{document("default", "erased", "Applicant One", nil)})
	if err := e.Erase(context.Background(), "default", "erased"); err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{Engine: e})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	return get(t, s, "/applications/erased")
}

// TestDirectionMarks: what turns text round is nowhere on the page, whoever
// typed it.
func TestDirectionMarks(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	for _, mark := range []string{"\u202e", "\u202a", "\u2066", "\u2069", "\u200f", "\u061c", "\ufeff"} {
		q := url.QueryEscape("team" + mark + "work AND \"" + mark + "abc\" NOT x" + mark + "y")
		for _, path := range []string{"/?q=" + q, "/?q=" + q + url.QueryEscape(" AND ("), "/match?required=" + url.QueryEscape("team"+mark+"work"), "/match?occupation=" + url.QueryEscape("a"+mark+"b"),
			"/?size=" + url.QueryEscape("9"+mark), "/?q=a&issuer=" + url.QueryEscape("x"+mark)} {
			_, page, _ := get(t, s, path)
			if i := strings.Index(tags.ReplaceAllString(page, ""), mark); i >= 0 {
				t.Errorf("%s: %U is on the page", path, []rune(mark))
			}
			if strings.Contains(path, "q=team") && strings.Contains(page, mark) {
				t.Errorf("%s: %U is in the page", path, []rune(mark))
			}
		}
	}
	// The column that the query is wrong at is under its sign all the same.
	_, page, _ := get(t, s, "/?q="+url.QueryEscape("a\u202e AND ("))
	if !strings.Contains(page, "a AND (\n      ^") {
		t.Errorf("the pointer is off: %s", page)
	}
}

// TestOrderAndPages: each order has a link, the one in force is marked, and pages
// lead on and back.
func TestOrderAndPages(t *testing.T) {
	s := open(t, crowd(5)...)
	_, page, _ := get(t, s, "/?q=teamwork&sort=breadth")
	for _, w := range []string{`<a href="/?q=teamwork&amp;sort=match">best proof first</a>`, `<a href="/?q=teamwork&amp;sort=breadth" aria-current="true">most skills first</a>`, `<a href="/?q=teamwork&amp;sort=recency">applied last first</a>`} {
		if !strings.Contains(page, w) {
			t.Errorf("no %s", w)
		}
	}
	record := regexp.MustCompile(`href="(/applications/[^"?#]*)"`)
	link := func(page, rel string) string {
		m := regexp.MustCompile(`href="([^"]*)" rel="` + rel + `"`).FindStringSubmatch(page)
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	for _, start := range []string{"/?q=teamwork&size=2", "/match?required=teamwork&size=2"} {
		var pages [][]string
		path, prev := start, ""
		for path != "" && len(pages) < 9 {
			status, page, _ := get(t, s, path)
			if status != 200 {
				t.Fatalf("%s: status %d", path, status)
			}
			var here []string
			for _, m := range record.FindAllStringSubmatch(page, -1) {
				here = append(here, m[1])
			}
			pages = append(pages, here)
			path, prev = link(page, "next"), link(page, "prev")
			if (prev == "") != (len(pages) == 1) {
				t.Errorf("%s: page %d has the way back %q", start, len(pages), prev)
			}
		}
		if len(pages) != 3 || len(pages[0]) != 2 || len(pages[2]) != 1 {
			t.Fatalf("%s: pages %v", start, pages)
		}
		for i := len(pages) - 2; i >= 0; i-- {
			_, page, _ := get(t, s, prev)
			var here []string
			for _, m := range record.FindAllStringSubmatch(page, -1) {
				here = append(here, m[1])
			}
			if !slices.Equal(here, pages[i]) {
				t.Errorf("%s: back on page %d: %v, want %v", start, i+1, here, pages[i])
			}
			prev = link(page, "prev")
		}
		if prev != "" {
			t.Errorf("%s: before the first page there is %s", start, prev)
		}
	}
}

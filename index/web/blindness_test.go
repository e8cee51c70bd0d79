package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/index/record"
	"assay/verify/verdict"
)

// schooled is an application whose badges name a school and dates everywhere.
func schooled() record.Application {
	v := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	c := &v.Verdict.Credential
	c.ID, c.Criteria, c.AchievementID, c.Image = "https://harbour-college.example/1", "https://harbour-college.example/criteria", "https://harbour-college.example/class", "https://harbour-college.example/i.png"
	c.EvidenceURLs, c.Creator = []string{"https://harbour-college.example/work"}, verdict.Party{ID: "https://harbour-college.example", Name: "Harbour College"}
	c.Issuer.Shown = "harbour-college.example"
	v.Verdict.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "harbour-college.example", Counts: "harbour-college.example"}
	v.Verdict.Aspects.Issuer.Detail = "as harbour-college.example says"
	v.Verdict.Aspects.Integrity.Evidence = []verdict.Evidence{{URL: "https://harbour-college.example/1", SHA256: strings.Repeat("a", 64), Note: "Harbour College"}}
	v.Verdict.Endorsements = []verdict.Endorsed{{Issuer: verdict.Party{ID: "https://harbour-college.example", Name: "Harbour College"}, Backing: verdict.Backing{Host: "harbour-college.example"}}}
	v.Verdict.Warnings = []verdict.Warning{verdict.WarnNameLookalike}
	c.Issued, c.Expires = time.Date(1987, 6, 5, 0, 0, 0, 0, time.UTC), time.Date(2087, 6, 5, 0, 0, 0, 0, time.UTC)
	over := badge("Old teamwork", teams, "work in teams", verdict.Verified, "")
	over.Verdict.Credential.Issued, over.Verdict.Credential.Expires = time.Date(1988, 6, 5, 0, 0, 0, 0, time.UTC), now.AddDate(0, 0, -1)
	over.Verdict.Contained = []verdict.Verdict{v.Verdict}
	return document("acme", "A1", "Applicant One", nil, v, over)
}

// readings are pages and files that tell of an applicant.
var readings = []string{"/?q=teamwork", "/", "/?sort=recency", "/compare?a=A1", "/?q=teamwork&include=all", "/applications/A1", "/match?required=teamwork", "/v1/search?q=teamwork", "/v1/applications/A1", "/v1/match?required=teamwork", "/v1/export?q=teamwork", "/v1/export?format=json&q=teamwork", "/v1/match?required=teamwork&format=csv", "/saved", "/saved/LIST/export", "/saved/LIST/export?format=json"}

// keeping is a house with somebody signed in who has applicant A1 on a shortlist: readings
// gives its address for those of a list.
func keeping(t *testing.T, lines string) (h *house, v *visitor, path func(string) string) {
	t.Helper()
	h = newKeeping(t, saves(t), lines, nil, schooled())
	v = h.visitor(t)
	h.clock.at = now.AddDate(0, 0, -2) // a badge runs out since
	v.signIn("jo's")
	w := v.post("/saved/lists", url.Values{"name": {"Crew"}, "a": {"A1"}, "key": {v.key()}})
	u, err := url.Parse(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || err != nil {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	h.clock.at = now
	v.signIn("jo's")
	return h, v, func(reading string) string { return strings.Replace(reading, "LIST", u.Query().Get("open"), 1) }
}

// TestBlindIsRemembered: names are hidden until somebody who may see them says so; that
// is told the audit, and so is each look.
func TestBlindIsRemembered(t *testing.T) {
	h, v, of := keeping(t, digest("jo's")+houseTokens+digest("al's")+" acme rights=search,export Al\n")
	shown := func(want bool) {
		t.Helper()
		for _, path := range readings {
			h.seen = nil
			path = of(path)
			w := v.get(path)
			body := w.Body.String()
			if strings.Contains(path, "/v1/match") && !strings.Contains(path, "csv") {
				continue // hits of a match have their name below
			}
			if w.Code != http.StatusOK || strings.Contains(body, "Applicant One") != want {
				t.Errorf("%s: %d, names are to be shown: %v", path, w.Code, want)
			}
			if want && (len(h.seen) != 1 || h.seen[0].Blind || h.seen[0].Name != "Jo of HR") {
				t.Errorf("%s: the audit is told %+v", path, h.seen)
			}
			if strings.Contains(body, "blind=off") && want {
				t.Errorf("%s: a link tells how this reader reads", path)
			}
			// What the address says comes first.
			join := "?"
			if strings.Contains(path, "?") {
				join = "&"
			}
			if body := v.get(path + join + "blind=on").Body.String(); strings.Contains(body, "Applicant One") {
				t.Errorf("%s: names with blind=on", path)
			}
		}
	}
	shown(false)
	if body := v.get("/blind?to=/applications/A1").Body.String(); !strings.Contains(body, "Blind reading is on.") || !strings.Contains(body, "Lift blind reading") || !strings.Contains(body, `value="/applications/A1"`) || !strings.Contains(body, "Blind: on") {
		t.Errorf("the page says: %s", body)
	}
	h.seen = nil
	if w := v.post("/blind", url.Values{"do": {"lift"}, "key": {v.key()}, "to": {"/applications/A1"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/applications/A1" {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	if len(h.seen) != 1 || h.seen[0].Route != "POST /blind lift" || h.seen[0].Name != "Jo of HR" || h.seen[0].Tenant != "acme" || h.seen[0].Blind {
		t.Errorf("the audit is told %+v", h.seen)
	}
	shown(true)
	if body := v.get("/blind").Body.String(); !strings.Contains(body, "Blind: off") || !strings.Contains(body, "Read blind again") || strings.Contains(body, "Lift blind reading") {
		t.Errorf("the page says: %s", body)
	}
	// Without the right it is lifted no longer, and comes back with the right alone.
	h.write(t, digest("jo's")+" acme rights=search,export Jo of HR\n")
	if w := v.get("/applications/A1"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Applicant One") {
		t.Errorf("without the right: %d", w.Code)
	}
	h.write(t, digest("jo's")+houseTokens+digest("al's")+" acme rights=search,export Al\n")
	if w := v.post("/blind", url.Values{"do": {"keep"}, "key": {v.key()}}); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
	shown(false)
	// A new session reads blind.
	v.post("/blind", url.Values{"do": {"lift"}, "key": {v.key()}})
	shown(true)
	v.signIn("jo's")
	shown(false)
	al := h.visitor(t)
	al.signIn("al's")
	h.seen = nil
	if body := al.get("/blind").Body.String(); strings.Contains(body, "Lift blind reading") {
		t.Error("it is offered without the right")
	}
	if w := al.post("/blind", url.Values{"do": {"lift"}, "key": {al.key()}}); w.Code != http.StatusForbidden || al.jar["assay-blind"] != "" || len(h.seen) != 0 || !strings.Contains(w.Body.String(), "This needs the right names.") {
		t.Errorf("lifted without the right: %d, %+v", w.Code, h.seen)
	}
	if w := al.post("/blind", url.Values{"do": {"other"}, "key": {al.key()}}); w.Code != http.StatusBadRequest {
		t.Errorf("another deed: %d", w.Code)
	}
	// Where nobody signs in the browser keeps it.
	pages, err := New(Options{Engine: engineWith(t, document("default", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))})
	if err != nil {
		t.Fatal(err)
	}
	free := &visitor{t, pages, map[string]string{}}
	for _, tc := range []struct {
		do   string
		want bool
	}{{"lift", true}, {"keep", false}} {
		if w := free.post("/blind", url.Values{"do": {tc.do}}); w.Code != http.StatusSeeOther {
			t.Fatalf("%d", w.Code)
		}
		if body := free.get("/applications/A1").Body.String(); strings.Contains(body, "Applicant One") != tc.want {
			t.Errorf("%s: names are shown: %v", tc.do, !tc.want)
		}
	}
}

// TestSchoolsAndDates: whoever asked not to see them sees neither who issued a badge nor
// when, on no page and in no file; and what is over is still over.
func TestSchoolsAndDates(t *testing.T) {
	_, v, of := keeping(t, digest("jo's")+houseTokens)
	schools := []string{"harbour", "Harbour"}
	dates := []string{"1987", "1988", "2087"}
	for _, tc := range []struct{ schools, dates bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		form := url.Values{"do": {"keep"}, "key": {v.key()}}
		if tc.schools {
			form.Add("hide", "schools")
		}
		if tc.dates {
			form.Add("hide", "dates")
		}
		v.post("/blind", form)
		toldSchools, toldDates := 0, 0
		for _, path := range readings {
			w := v.get(of(path))
			body := w.Body.String()
			tells := func(list []string) bool {
				return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(body, s) })
			}
			if w.Code != http.StatusOK || tc.schools && tells(schools) || tc.dates && tells(dates) {
				t.Errorf("%+v: %s: %d tells of schools %v, of dates %v: %s", tc, path, w.Code, tells(schools), tells(dates), body)
			}
			if tells(schools) {
				toldSchools++
			}
			if tells(dates) {
				toldDates++
			}
			// A look-alike is warned of all the same: that names nobody.
			if warns := path == "/?q=teamwork" || path == "/applications/A1"; warns && !strings.Contains(body, "resembles that of a listed issuer") {
				t.Errorf("%+v: %s: no warning", tc, path)
			}
		}
		if body := v.get("/v1/suggest?prefix=harbour").Body.String(); strings.Contains(body, "harbour-college") == tc.schools {
			t.Errorf("%+v: suggested: %s", tc, body)
		}
		if body := v.get("/saved").Body.String(); !strings.Contains(body, "ran out") || strings.Contains(body, "ran out on 22 November 2026") == tc.dates {
			t.Errorf("%+v: saved: %s", tc, body)
		}
		if !tc.schools && toldSchools < len(readings)-3 || !tc.dates && toldDates < 5 {
			t.Errorf("%+v: only %d tell of schools and %d of dates", tc, toldSchools, toldDates)
		}
		var answer struct {
			Credentials []struct {
				Verdict struct{ Result verdict.Result }
			}
			Claims []struct{ Status verdict.Result }
		}
		if err := json.Unmarshal(v.get("/v1/applications/A1").Body.Bytes(), &answer); err != nil || len(answer.Claims) != 2 {
			t.Fatalf("%+v: %v", answer, err)
		}
		if tc.dates && answer.Credentials[1].Verdict.Result != verdict.Expired || answer.Credentials[0].Verdict.Result != verdict.Verified || answer.Claims[1].Status != verdict.Expired {
			t.Errorf("%+v: what is over is not expired any more: %+v", tc, answer)
		}
	}
	// With names everything is shown.
	v.post("/blind", url.Values{"do": {"lift"}, "key": {v.key()}})
	if body := v.get("/applications/A1").Body.String(); !strings.Contains(body, "harbour-college.example") || !strings.Contains(body, "1987") || !strings.Contains(body, "Applicant One") {
		t.Error("lifted, and something is hidden")
	}
}

// TestBlindNoteStands: pages that tell of applicants begin with how they are read, and
// where that is changed; not where names are shown.
func TestBlindNoteStands(t *testing.T) {
	_, v, _ := keeping(t, digest("jo's")+houseTokens)
	for _, path := range []string{"/?q=teamwork", "/", "/?q=(", "/applications/A1", "/match", "/match?required=teamwork", "/compare?a=A1", "/saved"} {
		page := v.get(path).Body.String()
		if _, main, _ := strings.Cut(page, `<main id="main" tabindex="-1">`); !strings.HasPrefix(main, `<section class="note" id="bl" aria-label="Blind reading">`) || strings.Count(page, `id="bl"`) != 1 || !strings.Contains(page, `value="lift"`) {
			t.Errorf("%s has no note", path)
		}
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		if page := v.get(path + join + "blind=off").Body.String(); strings.Contains(page, `id="bl"`) {
			t.Errorf("%s: with names", path)
		}
	}
	// It leads back to the page, and not to one look at it.
	if page := v.get("/?q=teamwork&last=rope").Body.String(); !strings.Contains(page, `name="to" value="/?q=teamwork"`) {
		t.Error("back to another page")
	}
}

// TestBlindSessionHasNoOriginals: what was submitted names who submits, so that who has
// signed in has it in no form until he has lifted blind reading; a program with a token has.
func TestBlindSessionHasNoOriginals(t *testing.T) {
	h, v, _ := keeping(t, digest("jo's")+houseTokens)
	forms := []string{"", "?as=json", "?as=zip", "?as=clr", "?as=ler-rs"}
	path := "/v1/applications/A1/record"
	tells := func(w *httptest.ResponseRecorder) bool {
		return strings.Contains(w.Body.String(), "Applicant One") || w.Code == http.StatusOK
	}
	h.seen = nil
	for _, form := range forms {
		if w := v.get(path + form); w.Code != http.StatusForbidden || tells(w) || !strings.Contains(w.Body.String(), "Blind reading hides this") || !strings.Contains(w.Body.String(), `href="/blind?to=%2Fapplications%2FA1"`) {
			t.Errorf("%q: %d %s", form, w.Code, w.Body)
		}
		w := v.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path+form, nil), "Accept", "application/json")
		if w.Code != http.StatusForbidden || tells(w) || !strings.Contains(w.Body.String(), typeBlind) {
			t.Errorf("%q: %d %s", form, w.Code, w.Body)
		}
	}
	if len(h.seen) != 0 {
		t.Errorf("seen: %+v", h.seen)
	}
	// Nor is it offered where an address shows names.
	if body := v.get("/applications/A1?blind=off").Body.String(); strings.Contains(body, "as=zip") || !strings.Contains(body, "Applicant One") {
		t.Error("it is offered")
	}
	if w := v.post("/blind", url.Values{"do": {"lift"}, "key": {v.key()}}); w.Code != http.StatusSeeOther || len(h.seen) != 2 || h.seen[1].Route != "POST /blind lift" {
		t.Fatalf("%d, %+v", w.Code, h.seen)
	}
	for _, form := range forms {
		if w := v.get(path + form); w.Code != http.StatusOK {
			t.Errorf("%q, lifted: %d %s", form, w.Code, w.Body)
		}
	}
	if body := v.get("/applications/A1").Body.String(); !strings.Contains(body, "as=zip") {
		t.Error("it is not offered")
	}
	v.post("/blind", url.Values{"do": {"keep"}, "key": {v.key()}})
	if w := v.get(path + "?as=zip"); w.Code != http.StatusForbidden {
		t.Errorf("read blind again: %d", w.Code)
	}
	program := h.visitor(t)
	for _, form := range forms {
		if w := program.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path+form, nil), "Authorization", "Bearer jo's"); w.Code != http.StatusOK {
			t.Errorf("%q, a token: %d %s", form, w.Code, w.Body)
		}
	}
}

// TestHiddenSchoolsAreNotAskedFor: who hides schools finds nobody by an issuer, by no
// field, filter, word or typing error; a question for one is refused in a sentence.
func TestHiddenSchoolsAreNotAskedFor(t *testing.T) {
	_, v, _ := keeping(t, digest("jo's")+houseTokens)
	const sentence = "While schools are hidden, nobody is found by an issuer"
	hide := func(schools bool) {
		form := url.Values{"do": {"keep"}, "key": {v.key()}}
		if schools {
			form.Set("hide", "schools")
		}
		v.post("/blind", form)
	}
	if w := v.post("/saved/searches", url.Values{"name": {"Of the college"}, "q": {"q=issuer:harbour-college.example"}, "key": {v.key()}}); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	asked := []string{"q=issuer:harbour-college.example", "q=" + url.QueryEscape("issuer~harbour"), "q=teamwork+AND+NOT+issuer:harbour-college.example", "q=teamwork+(issuer:harbour+OR+python)",
		"q=teamwork+" + url.QueryEscape("?issuer:harbour"), "q=teamwork&issuer=" + url.QueryEscape("did:key:zIssuer"), "issuer=" + url.QueryEscape("did:key:zIssuer")}
	told := []string{"q=harbour", "q=harbour-college.example", "q=harbuor", "q=" + url.QueryEscape(`"harbour college"`), "q=harbour+college", "q=" + url.QueryEscape("NOT python harbour")}
	hide(true)
	for _, q := range asked {
		if w := v.get("/?" + q); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), sentence) || strings.Contains(w.Body.String(), "/applications/") {
			t.Errorf("%s: %d %s", q, w.Code, seenText(w.Body.String()))
		}
		for _, path := range []string{"/v1/search?", "/v1/export?", "/v1/export?format=json&"} {
			if w := v.get(path + q); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "issuers are hidden") {
				t.Errorf("%s%s: %d %s", path, q, w.Code, w.Body)
			}
		}
	}
	for _, q := range told {
		for _, path := range []string{"/?", "/v1/search?", "/v1/export?", "/suggest?"} {
			w := v.get(path + q)
			if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, `/applications/`) || strings.Contains(body, `"id":`) || strings.Contains(body, "work in teams") {
				t.Errorf("%s%s: %d %s", path, q, w.Code, seenText(body))
			}
		}
	}
	if body := v.get("/saved").Body.String(); !strings.Contains(body, "It asks for what is hidden now: not answered here.") || strings.Contains(body, "1 in all") {
		t.Errorf("saved: %s", seenText(body))
	}
	// It is schools that are not told: whoever sees them asks for them.
	hide(false)
	for _, q := range slices.Concat(asked[:1], asked[4:], told[:1], told[2:5]) {
		if w := v.get("/?" + q); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/applications/") {
			t.Errorf("shown, %s: %d %s", q, w.Code, seenText(w.Body.String()))
		}
	}
	if body := v.get("/saved").Body.String(); !strings.Contains(body, "1 in all") {
		t.Errorf("saved: %s", seenText(body))
	}
}

// TestHiddenDatesAreNotAskedFor: who hides dates finds nobody by one, by no field, filter
// or year among the words; a question for one is refused in a sentence.
func TestHiddenDatesAreNotAskedFor(t *testing.T) {
	_, v, _ := keeping(t, digest("jo's")+houseTokens)
	for name, q := range map[string]string{"Not of 2025": "q=teamwork+AND+NOT+earned:2025", "Of all": "q=teamwork"} {
		if w := v.post("/saved/searches", url.Values{"name": {name}, "q": {q}, "key": {v.key()}}); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	asked := []string{"q=teamwork+AND+NOT+earned:2025", "q=" + url.QueryEscape("expires>2020"), "q=earned:2025", "q=teamwork+2025", "q=teamwork&earned=2025", "earned=2025"}
	v.post("/blind", url.Values{"do": {"keep"}, "hide": {"dates"}, "key": {v.key()}})
	for _, q := range asked {
		if w := v.get("/?" + q); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "While dates are hidden, nobody is found by one") || strings.Contains(w.Body.String(), "/applications/") {
			t.Errorf("%s: %d %s", q, w.Code, seenText(w.Body.String()))
		}
		for _, path := range []string{"/v1/search?", "/v1/export?"} {
			if w := v.get(path + q); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "dates are hidden") {
				t.Errorf("%s%s: %d %s", path, q, w.Code, w.Body)
			}
		}
	}
	// What is hidden is not too much to be looked at.
	body := v.get("/saved").Body.String()
	if !strings.Contains(body, "It asks for what is hidden now: not answered here.") || strings.Count(body, "1 in all") != 1 || strings.Contains(body, "not looked at") {
		t.Errorf("saved: %s", seenText(body))
	}
	if body := v.get("/").Body.String(); strings.Contains(body, "not looked at") {
		t.Errorf("start: %s", seenText(body))
	}
	v.post("/blind", url.Values{"do": {"keep"}, "key": {v.key()}})
	for _, q := range asked[:2] {
		if w := v.get("/?" + q); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/applications/") {
			t.Errorf("shown, %s: %d %s", q, w.Code, seenText(w.Body.String()))
		}
	}
	if body := v.get("/saved").Body.String(); strings.Count(body, "1 in all") != 2 {
		t.Errorf("saved: %s", seenText(body))
	}
}

// TestHiddenSearchesTakeNoRoom: searches that ask for what is hidden keep no other from
// being looked at, however many they are.
func TestHiddenSearchesTakeNoRoom(t *testing.T) {
	_, v, _ := keeping(t, digest("jo's")+houseTokens)
	keep := func(name, q string) {
		if w := v.post("/saved/searches", url.Values{"name": {name}, "q": {q}, "key": {v.key()}}); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	keep("The first", "q=teamwork")
	for i := range savedSearches {
		keep(strconv.Itoa(i), "q=earned:2025")
	}
	keep("The last", "q=teamwork")
	v.post("/blind", url.Values{"do": {"keep"}, "hide": {"dates"}, "key": {v.key()}})
	if body := v.get("/saved").Body.String(); strings.Count(body, "1 in all") != 2 || strings.Contains(body, "not looked at") {
		t.Errorf("saved: %s", seenText(body))
	}
}

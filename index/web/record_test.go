package web

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	things "assay/index/web/kept"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// everyState is an application with a badge in each state.
func everyState(application string) record.Application {
	results := map[look.State]struct {
		result verdict.Result
		reason verdict.Reason
	}{
		look.Verified: {verdict.Verified, ""}, look.Expired: {verdict.Expired, verdict.PastEnd}, look.Unvouched: {verdict.Unvouched, verdict.IssuerUnvouched},
		look.Authentic: {verdict.Authentic, verdict.RecipientUnknown}, look.Waiting: {verdict.Pending, verdict.HostUnreachable}, look.Other: {verdict.Authentic, verdict.RecipientMismatch},
		look.Early: {verdict.Rejected, verdict.NotYetValid}, look.Unjudged: {verdict.Unsupported, verdict.MDoc}, look.Blocked: {verdict.Rejected, verdict.IssuerBlocked},
		look.Altered: {verdict.Rejected, verdict.ProofInvalid}, look.Revoked: {verdict.Rejected, verdict.Revoked}, look.Void: {verdict.Rejected, verdict.NotFound},
		look.Suspended: {verdict.Rejected, verdict.Suspended}, look.Gone: {verdict.Rejected, verdict.Gone},
	}
	var entries []record.Entry
	for i, s := range look.States() {
		e := badge("Badge "+string(s), fmt.Sprint("https://skills.example/", i), "skill "+string(s), results[s].result, results[s].reason)
		a := &e.Verdict.Aspects
		a.Integrity, a.Issuer, a.Status = verdict.Aspect{State: verdict.Pass}, verdict.Aspect{State: verdict.Pass}, verdict.Aspect{State: verdict.Pass}
		a.Dates, a.Recipient, a.Conformance = verdict.Aspect{State: verdict.Pass}, verdict.Aspect{State: verdict.Pass}, verdict.Aspect{State: verdict.Pass}
		a.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelDomain}
		switch s {
		case look.Expired:
			e.Verdict.Credential.Expires = now.AddDate(0, -8, 0)
			a.Dates = verdict.Aspect{State: verdict.Fail, Reason: verdict.PastEnd}
		case look.Unvouched:
			a.Standing = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnvouched, Level: verdict.LevelKey}
		case look.Authentic:
			a.Recipient = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientUnknown}
		case look.Waiting:
			a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.HostUnreachable}
		case look.Other:
			a.Recipient = verdict.Aspect{State: verdict.Fail, Reason: verdict.RecipientMismatch}
		case look.Early:
			a.Dates = verdict.Aspect{State: verdict.Fail, Reason: verdict.NotYetValid}
		case look.Unjudged:
			*a = verdict.Unasked()
			e.Verdict.Format = verdict.MDocForm
		case look.Blocked:
			a.Standing = verdict.Aspect{State: verdict.Fail, Reason: verdict.IssuerBlocked}
		case look.Altered:
			a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofInvalid}
		case look.Revoked:
			a.Status = verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked}
		case look.Suspended:
			a.Status = verdict.Aspect{State: verdict.Fail, Reason: verdict.Suspended}
		case look.Void, look.Gone:
			a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: results[s].reason}
		}
		entries = append(entries, e)
	}
	return document("default", application, "Applicant One", nil, entries...)
}

// cred gives the article of credential n of a record.
func cred(t *testing.T, page string, n int) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, fmt.Sprintf(`id="b%d"`, n))
	if !ok {
		t.Fatalf("credential %d is not on the page", n)
	}
	rest, _, _ = strings.Cut(rest, "</article>")
	return rest
}

// TestEveryStateOnARecord: each state has its seal, its word and its sentence, in both
// languages; only what is verified counts; and the seven questions are answered by words.
func TestEveryStateOnARecord(t *testing.T) {
	s := open(t, everyState("A1"))
	looks, err := look.New()
	if err != nil {
		t.Fatal(err)
	}
	chips := map[look.State]string{look.Expired: "over since Mar 2026", look.Unvouched: "only a key", look.Authentic: "whose, is not known", look.Waiting: "not compared yet",
		look.Other: "names another address or person", look.Early: "not begun yet", look.Blocked: "issuer blocked by you", look.Altered: "not what was signed", look.Revoked: "taken back", look.Void: "not at its host", look.Suspended: "suspended", look.Gone: "no longer at its host"}
	classes := map[look.State]string{look.Expired: "over", look.Unvouched: "over", look.Authentic: "unknown", look.Waiting: "unknown", look.Other: "fail", look.Early: "over", look.Blocked: "fail", look.Altered: "fail", look.Revoked: "fail", look.Void: "fail", look.Suspended: "fail", look.Gone: "fail"}
	for _, tongue := range []string{"en", "de"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/applications/A1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", tongue)
		_, page, _ := do(t, r)
		counts, not, _ := strings.Cut(page, `id="h-n"`)
		for i, state := range look.States() {
			a := cred(t, page, i+1)
			speaks := looks.Tongue(tongue, "")
			if !strings.Contains(a, fmt.Sprintf(`class="seal s-%s" popovertarget="tip-%s"`, state, state)) || !strings.Contains(a, speaks.T(state.Word())+"</button>") {
				t.Errorf("%s, %s: no seal: %s", tongue, state, a)
			}
			if !strings.Contains(page, `id="tip-`+string(state)+`" popover>`+html.EscapeString(speaks.T(state.Sentence()))) {
				t.Errorf("%s, %s: its sentence is not on the page", tongue, state)
			}
			if where := map[bool]string{true: counts, false: not}[state == look.Verified]; !strings.Contains(where, fmt.Sprintf(`id="b%d"`, i+1)) {
				t.Errorf("%s, %s: under the wrong heading", tongue, state)
			}
			if n := strings.Count(a, "<li class=\"pass\"") + strings.Count(a, "<li class=\"fail\"") + strings.Count(a, "<li class=\"over\"") + strings.Count(a, "<li class=\"unknown\"") + strings.Count(a, "<li class=\"none\""); n != 7 {
				t.Errorf("%s, %s: %d answers", tongue, state, n)
			}
			if tongue == "de" {
				continue
			}
			if w := chips[state]; w != "" && !regexp.MustCompile(`<li class="`+classes[state]+`"[^>]*><svg[^>]*><use href="#g-[a-z]+"/></svg>`+regexp.QuoteMeta(w)+`<`).MatchString(a) {
				t.Errorf("%s: no chip %q of class %s: %s", state, w, classes[state], a)
			}
		}
		if strings.Contains(page, `lang="`+tongue+`"`) != true || strings.Contains(page, "%!") {
			t.Errorf("%s: the language of the page, or a message with a fault in it", tongue)
		}
		if want := map[string]string{"en": "What does not count", "de": "Was nicht zählt"}[tongue]; !strings.Contains(page, want) {
			t.Errorf("%s: %q is not on the page", tongue, want)
		}
	}
	if _, page, _ := get(t, s, "/applications/A1"); !strings.Contains(cred(t, page, 8), "mobile document (mdoc)") {
		t.Error("a form that is not judged is not named")
	}
}

// TestEvidenceIsOnARecord: an answer shows what was asked, what was found, where, when
// and the whole hash; links lead to http(s) alone, and leave nothing behind.
func TestEvidenceIsOnARecord(t *testing.T) {
	hash := strings.Repeat("9f", 32)
	e := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	e.Verdict.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "badges.example.edu"}
	e.Verdict.Credential.ID, e.Verdict.Credential.Criteria = "https://badges.example.edu/a/7", "https://badges.example.edu/criteria"
	e.Verdict.Credential.Issuer = verdict.Party{ID: "https://badges.example.edu/issuer", Name: "Northgate Academy", Shown: "x", URL: "javascript:alert(1)"}
	e.Verdict.Warnings = []verdict.Warning{verdict.WarnHostLookalike, verdict.WarnMD5}
	e.Verdict.Aspects.Issuer.Evidence = []verdict.Evidence{{URL: "https://badges.example.edu/did.json", At: now, SHA256: hash, Note: "a note"}, {URL: "javascript:alert(2)"}, {URL: "https://u:p@badges.example.edu/"}}
	e.Verdict.Aspects.Conformance.State = verdict.Pass
	s := openWith(t, Options{ApplicationURL: "https://ats.example.org/{application}"}, document("default", "A1", "Applicant One", nil, e))
	_, page, _ := get(t, s, "/applications/A1?blind=off")
	a := cred(t, page, 1)
	for _, want := range []string{
		`<span class="host">badges.example.edu</span>, which calls itself “Northgate Academy”`, `<a href="https://badges.example.edu/did.json" rel="noopener nofollow">`, "read 23 November 2026, 12:00 UTC · sha256 " + hash + " · a note",
		"Signed with the issuer’s own key.", "Open Badges 3.0, all rules met.", "resume.pdf › attachment badge.png", `href="https://badges.example.edu/a/7" rel="noopener nofollow">Badge`, `href="https://badges.example.edu/criteria" rel="noopener nofollow">Criteria`,
		`href="https://badges.example.edu/issuer" rel="noopener nofollow">Issuer`, "javascript:alert(2)", "earned 23 November 2025 · runs out 23 November 2027 · Open Badges 3.0", "resembles that of a listed issuer", "Note: The holder is named by an MD5 hash", "work in teams: exact, by its ESCO id",
	} {
		if !strings.Contains(a, want) {
			t.Errorf("%q is not there: %s", want, a)
		}
	}
	if !strings.Contains(page, `href="https://ats.example.org/A1" rel="noopener nofollow"`) {
		t.Error("no way back to the hiring system")
	}
	for _, not := range []string{`href="javascript:`, `href="https://u:p@`, "#ZgotmplZ"} {
		if strings.Contains(page, not) {
			t.Errorf("%s is on the page", not)
		}
	}
	for _, m := range regexp.MustCompile(`<a [^>]*href="https?:[^>]*>`).FindAllString(page, -1) {
		if !strings.Contains(m, `rel="noopener nofollow"`) {
			t.Errorf("%s", m)
		}
	}
	// A blind reader is led to no page that names whose badge it is.
	_, page, _ = get(t, s, "/applications/A1")
	if a := cred(t, page, 1); strings.Contains(a, "/a/7") || strings.Contains(a, "did.json") || !strings.Contains(a, "badges.example.edu<br>read 23 November 2026") || strings.Contains(page, "resume.pdf") || !strings.Contains(a, ">Criteria ↗<") {
		t.Errorf("blind: %s", a)
	}
}

// TestGoodAnswersAreTold: what the good answers about a badge rest on is told, each by
// the way in which it was proven.
func TestGoodAnswersAreTold(t *testing.T) {
	e := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	a := &e.Verdict.Aspects
	a.Status, a.Recipient = verdict.Aspect{State: verdict.Pass}, verdict.Aspect{State: verdict.Pass}
	a.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelListed, Evidence: []verdict.Evidence{{Note: "listed in registry of the harbour"}}}
	hosted, weak, forged, old := e, e, e, e
	hosted.Verdict.Proof = "hosted"
	weak.Verdict.Aspects.Recipient.Reason = verdict.RecipientWeak
	forged.Verdict.Result, forged.Verdict.Reason = verdict.Rejected, verdict.ProofInvalid
	forged.Verdict.Aspects.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofInvalid}
	old.Verdict.Credential.Expires = now.AddDate(0, 0, -1)
	old.Verdict.Aspects.Dates.State = verdict.Pass
	waits, unvouched, authentic, missing, suspended := old, old, e, e, e
	waits.Verdict.Result, waits.Verdict.Aspects.Integrity = verdict.Pending, verdict.Aspect{State: verdict.Unknown, Reason: verdict.HostUnreachable}
	unvouched.Verdict.Result, unvouched.Verdict.Aspects.Standing = verdict.Unvouched, verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnvouched, Level: verdict.LevelKey}
	authentic.Verdict.Result, authentic.Verdict.Aspects.Recipient = verdict.Authentic, verdict.Aspect{State: verdict.None}
	missing.Verdict.Result, missing.Verdict.Reason, missing.Verdict.Aspects.Integrity = verdict.Rejected, verdict.NotFound, verdict.Aspect{State: verdict.Fail, Reason: verdict.NotFound}
	suspended.Verdict.Result, suspended.Verdict.Reason, suspended.Verdict.Aspects.Status = verdict.Rejected, verdict.Suspended, verdict.Aspect{State: verdict.Fail, Reason: verdict.Suspended}
	for _, tc := range []struct {
		desc string
		e    record.Entry
		want []string
		not  string
	}{
		{"signed", e, []string{"exactly what was signed (eddsa-rdfc-2022)", "Signed with the issuer’s own key.", "Not taken back by the issuer.", "matches the holder", "listed in registry of the harbour", "Seven answers, none speaks against it"}, "The issuer’s server says"},
		{"hosted", hosted, []string{"The issuer’s server says the same.", "as on the issuer’s host"}, "Signed with"},
		{"weakly the applicant's", weak, []string{"by evidence that others could make fit."}, "matches the holder"},
		{"altered", forged, []string{"altered or forged", "not what was signed", "The badge is not what was signed"}, "exactly what was signed"},
		{"expired since", old, []string{"expired", "It ran out on 22 November 2026, after it was checked. It proves nothing any more.", "over since Nov 2026", "Began 23 November 2025; ended 22 November 2026."}, "Seven answers, none"},
		{"waits, and is over since", waits, []string{"waiting", "over since Nov 2026"}, "in date"},
		{"unvouched, and is over since", unvouched, []string{"unvouched", "over since Nov 2026", "; ended 22 November 2026."}, "in date"},
		{"authentic", authentic, []string{"authentic"}, "Seven answers, none"},
		{"the host knows none", missing, []string{"does not hold", "not at its host", "The server says that there is no such badge"}, "altered or forged"},
		{"suspended", suspended, []string{"suspended", "The issuer has suspended the badge."}, "revoked"},
	} {
		s := open(t, document("default", "A1", "", nil, tc.e))
		_, page, _ := get(t, s, "/applications/A1")
		text := seenText(cred(t, page, 1))
		for _, want := range tc.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %s", tc.desc, want, text)
			}
		}
		if strings.Contains(text, tc.not) {
			t.Errorf("%s: %q is in %s", tc.desc, tc.not, text)
		}
	}
}

// TestExactOrByName: a record says of each skill whether the badge names it, and from
// what it was read; and so does a match.
func TestExactOrByName(t *testing.T) {
	for _, tc := range []struct {
		name      string
		basis     skills.Basis
		tag, from string
	}{
		{"On site", skills.BasisURI, "exact", "exact, by its ESCO id"},
		{"On site", skills.BasisCode, "exact", "exact, by its ESCO code"},
		{"On site", skills.BasisLabel, "by name", "inferred from its name in ESCO"},
		{"On site", skills.BasisAlias, "by name", "inferred from another name of it"},
		{"Work in teams", skills.BasisText, "by name", "inferred from the badge’s name"},
		{"On site", skills.BasisText, "by name", "inferred from a tag"},
		{"Juggling", skills.BasisUnmapped, "by name", "as the badge puts it, in no framework"},
	} {
		label := "work in teams"
		if tc.basis == skills.BasisUnmapped {
			label = "juggling"
		}
		s := open(t, document("default", "A1", "", nil, onBasis(tc.name, tc.basis)))
		_, page, _ := get(t, s, "/applications/A1")
		text := seenText(cred(t, page, 1))
		if !strings.Contains(text, label+" "+tc.tag) || !strings.Contains(text, label+": "+tc.from) {
			t.Errorf("%s, %s: the credential does not say %q, %q: %s", tc.name, tc.basis, tc.tag, tc.from, text)
		}
		if rows := tableOf(t, page); len(rows) != 1 || !strings.HasPrefix(rows[0], label+"|1 "+tc.tag+"|1|") {
			t.Errorf("%s, %s: the table is %q", tc.name, tc.basis, rows)
		}
		_, page, _ = get(t, s, "/match?required="+url.QueryEscape(label))
		cell := regexp.MustCompile(`(?s)<td><a class="cell c-has".*?</td>`).FindString(page)
		if cell == "" || (tc.tag == "by name") != strings.Contains(cell, "<small>by name</small>") {
			t.Errorf("%s, %s: the match says %s", tc.name, tc.basis, cell)
		}
	}
	claimed := onBasis("Juggling", skills.BasisUnmapped)
	claimed.Skills[0].Framework = "Circus"
	if _, page, _ := get(t, open(t, document("default", "A1", "", nil, claimed)), "/applications/A1"); !strings.Contains(seenText(page), "juggling: as the badge puts it, not found in Circus") {
		t.Error("a framework that does not know the skill")
	}
	// A badge that shows a skill in two ways is as exact as the better one, once.
	twice := onBasis("On site", skills.BasisText)
	twice.Skills = append(twice.Skills, onBasis("On site", skills.BasisURI).Skills...)
	if _, page, _ := get(t, open(t, document("default", "A1", "", nil, twice, onBasis("At sea", skills.BasisText))), "/applications/A1"); !strings.HasPrefix(strings.Join(tableOf(t, page), ";"), "work in teams|1 exact, 1 by name|") {
		t.Errorf("%q", tableOf(t, page))
	}
}

// TestManyBadges: a record of four hundred badges shows what a record holds, says how
// many it does not, draws them in two pictures, and stays small on the way.
func TestManyBadges(t *testing.T) {
	var entries []record.Entry
	for i := range 400 {
		e := badge(fmt.Sprintf("Badge number %d of a long career", i), fmt.Sprint("https://skills.example/", i%40), fmt.Sprint("skill ", i%40), verdict.Verified, "")
		for _, a := range e.Verdict.Aspects.Each() {
			*a = verdict.Aspect{State: verdict.Pass, Evidence: []verdict.Evidence{{URL: fmt.Sprint("https://badges.example/", i), At: now, SHA256: fmt.Sprintf("%064x", i*7919)}}}
		}
		e.Verdict.Credential.Issued = now.AddDate(0, -i, 0)
		entries = append(entries, e)
	}
	s := open(t, document("default", "A1", "", nil, entries...))
	_, page, _ := get(t, s, "/applications/A1")
	text := seenText(page)
	if !strings.Contains(text, "200 more badges came with this application than a record holds.") || strings.Count(page, "<article") != record.MaxCredentials || strings.Count(page, `<svg class="time"`) != 2 || !strings.Contains(text, fmt.Sprint(record.MaxCredentials-firstRows, " more badges")) {
		t.Errorf("%d badges, %d pictures", strings.Count(page, "<article"), strings.Count(page, `<svg class="time"`))
	}
	if !strings.Contains(page, "+") || !strings.Contains(page, `aria-label="5 exact"`) {
		t.Errorf("the units of a skill: %q", tableOf(t, page))
	}
	sent := len(look.Compress([]byte(page)))
	t.Logf("%d bytes, %d compressed", len(page), sent)
	if sent > 100<<10 {
		t.Errorf("%d bytes are sent", sent)
	}
}

// TestNothingOnARecord: a record without a badge has no picture, no table and no empty
// heading, and says so.
func TestNothingOnARecord(t *testing.T) {
	s := open(t, document("default", "A1", "", nil))
	_, page, _ := get(t, s, "/applications/A1")
	for _, not := range []string{`class="time"`, `class="kinds"`, "What counts", "What does not count", "Not read, not followed", "<table"} {
		if strings.Contains(page, not) {
			t.Errorf("%s is on the page", not)
		}
	}
	if !strings.Contains(page, "No badge was found in this application.") || strings.Count(page, "<h1>") != 1 {
		t.Error(seenText(page))
	}
}

// TestOtherApplications: another application of the same person that holds one of the
// badges is led to, by the name that its reader may see; another person's is not.
func TestOtherApplications(t *testing.T) {
	shared := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	shared.Verdict.Identity = "the same"
	person := func(application, job, name string, marks ...string) record.Application {
		return record.New(key, record.Submission{Tenant: "default", Application: application, Job: job, DisplayName: name, Persons: marks, Submitted: now.Add(-time.Hour), Checked: now}, []record.Entry{shared}, nil)
	}
	s := open(t, person("A1", "site-technician", "Zaphod", "m1"), person("zaphod-2", "warehouse-lead", "Zaphod", "m1"), person("C1", "cook", "Trillian", "m2"))
	_, page, _ := get(t, s, "/applications/A1?blind=off")
	if !strings.Contains(page, `<a href="/applications/zaphod-2?blind=off">warehouse lead</a> · Nov 2026`) || strings.Contains(page, "cook") {
		t.Error(seenText(page))
	}
	_, page, _ = get(t, s, "/applications/A1")
	doc := person("zaphod-2", "", "")
	if strings.Contains(strings.ToLower(page), "zaphod") || !strings.Contains(page, "/applications/"+doc.ID) {
		t.Error("a blind reader is told the name, or not led there")
	}
}

// TestFurtherApplicationsAreCounted: those of a person that a record has no room for.
func TestFurtherApplicationsAreCounted(t *testing.T) {
	e := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	e.Verdict.Identity = "the same"
	var docs []record.Application
	for i := range maxOthers + 3 {
		docs = append(docs, record.New(key, record.Submission{Tenant: "default", Application: fmt.Sprint("A", i), Persons: []string{"m1"}, Submitted: now, Checked: now}, []record.Entry{e}, nil))
	}
	if _, page, _ := get(t, open(t, docs...), "/applications/A0?blind=off"); !strings.Contains(seenText(page), "2 further applications are not shown.") {
		t.Error(seenText(page))
	}
}

// TestWaysFromARecord: what a reader may not do is not offered, and what names the
// applicant is not offered to a blind one.
func TestWaysFromARecord(t *testing.T) {
	e := engineWith(t, document("acme", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	for _, tc := range []struct {
		rights    Rights
		query     string
		want, not []string
	}{
		{MaySearch, "", []string{`/v1/applications/A1"`, `href="/compare?a=A1"`}, []string{"as=zip", "blind=off", "format=csv"}},
		{AllRights, "", []string{`/v1/applications/A1"`, "Blind: on", `/v1/applications/A1?format=csv"`}, []string{"as=zip", "as=clr"}},
		{AllRights, "?blind=off", []string{`as=zip"`, `as=clr"`, `as=ler-rs"`, `href="/compare?a=A1&amp;blind=off"`, "Blind: off"}, nil},
		{AllRights &^ MayExport, "?blind=off", nil, []string{"as=zip"}},
	} {
		h, err := New(Options{Engine: e, Intake: &counter{}, Documents: &paper{}, Now: func() time.Time { return now },
			Identity: func(*http.Request) (Caller, error) { return Caller{Name: "x", Tenant: "acme", Rights: tc.rights}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/applications/A1"+tc.query, nil))
		for _, want := range tc.want {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s: no %s", tc.rights, tc.query, want)
			}
		}
		for _, not := range tc.not {
			if strings.Contains(w.Body.String(), not) {
				t.Errorf("%s %s: %s is offered", tc.rights, tc.query, not)
			}
		}
	}
}

// TestRecordAsCSV: a record leaves as a sheet with a line for each skill, as its reader
// may see it, and only with the right to export.
func TestRecordAsCSV(t *testing.T) {
	two := badge("=Teamwork", teams, "work in teams", verdict.Verified, "")
	two.Skills = append(two.Skills, skills.Skill{Label: "juggling", Basis: skills.BasisUnmapped})
	old := badge("Old", teams, "work in teams", verdict.Verified, "")
	old.Verdict.Credential.Expires, old.Skills = now.AddDate(0, -1, 0), nil
	s := open(t, document("default", "A1", "Applicant One", nil, two, old))
	status, csv, h := get(t, s, "/v1/applications/A1?format=csv")
	lines := strings.Split(strings.TrimSpace(csv), "\r\n")
	if status != 200 || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") || len(lines) != 4 || !strings.Contains(lines[1], ",'=Teamwork,1,verified,") || !strings.Contains(lines[2], ",juggling,") || !strings.Contains(lines[3], ",Old,2,expired,") || strings.Contains(csv, "Applicant One") || strings.Contains(csv, "resume.pdf") {
		t.Errorf("%d %v: %q", status, h, lines)
	}
	if _, csv, _ := get(t, s, "/v1/applications/A1?format=csv&blind=off"); !strings.Contains(csv, "Applicant One") {
		t.Error(csv)
	}
	if status, _, _ := get(t, s, "/v1/applications/A1?format=xlsx"); status != 400 {
		t.Errorf("a format that is none: %d", status)
	}
	if status, _, _ := as(t, asking(t, Options{}), "may search", "/v1/applications/A1?format=csv"); status != http.StatusForbidden {
		t.Errorf("without the right: %d", status)
	}
}

// TestHiddenSchoolsAndDates: a reader who has asked not to see who issued, and when, is
// told neither by record, match or comparison.
func TestHiddenSchoolsAndDates(t *testing.T) {
	doc := document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))
	h := &handler{o: Options{Now: func() time.Time { return now }, Taxonomy: func() *skills.Taxonomy { return skills.Builtin() }}}
	l, err := look.New()
	if err != nil {
		t.Fatal(err)
	}
	a := &asked{p: url.Values{}, speaks: l.Tongue("en", "")}
	a.kept.Schools, a.kept.Dates = true, true
	d := &doc.Credentials[0].Verdict
	d.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "harbour.example"}
	d.Aspects.Issuer.Evidence = []verdict.Evidence{{URL: "https://harbour.example/did.json", At: now, SHA256: "9f"}}
	a.hides().record(&doc, now)
	said := fmt.Sprint(h.credentialOf(a, &doc, 0, false, now), a.spanOf(d, now))
	for _, told := range []string{"Harbour", "harbour", "2025", "2027", "no end"} {
		if strings.Contains(said, told) {
			t.Errorf("%q is told: %s", told, said)
		}
	}
	if !strings.Contains(said, "an issuer") || !strings.Contains(said, "Teamwork") {
		t.Error(said)
	}
	// That its time is over is told without its dates, however it stands.
	e := badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.HostUnreachable)
	e.Verdict.Credential.Expires, e.Verdict.Aspects.Dates = now.AddDate(0, -1, 0), verdict.Aspect{State: verdict.Pass}
	doc = document("default", "A1", "", nil, e)
	a.hides().record(&doc, now)
	if said := fmt.Sprint(h.credentialOf(a, &doc, 0, false, now)); !strings.Contains(said, "The badge has run out.") || strings.Contains(said, "in date") || strings.Contains(said, "Nothing in it has ended") || strings.Contains(said, "2026") {
		t.Error(said)
	}
}

// TestShortlistsOnARecord: a reader's own lists and a new one are offered, where they are
// kept; another's are not.
func TestShortlistsOnARecord(t *testing.T) {
	doc := document("default", "A1", "", nil)
	if _, page, _ := get(t, open(t, doc), "/applications/A1"); strings.Contains(page, "/saved/lists") {
		t.Error("offered where nothing is kept")
	}
	shelves := saves(t)
	for _, x := range []*things.Thing{
		{Owner: operatorName, Name: "Site crew <b>", List: &things.List{}}, {Owner: "somebody else", Name: "Theirs", List: &things.List{}}, {Owner: operatorName, Name: "A search", Search: &things.Search{}},
	} {
		x.Tenant, x.Created = "default", now
		if err := shelves.Add(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	_, page, _ := get(t, openWith(t, Options{Saved: shelves}, doc), "/applications/A1")
	if !regexp.MustCompile(`<button class="btn" name="list" value="[^"]+">Site crew &lt;b&gt;</button>`).MatchString(page) || !strings.Contains(page, `name="name" required`) || strings.Contains(page, "Theirs") || strings.Contains(page, "A search") {
		t.Error(page)
	}
}

// forgetful is an index that still lists who holds a badge, and has none of them any more.
type forgetful struct {
	index.Engine
	person string
	tries  int
}

func (e *forgetful) Holders(context.Context, string, []string) ([]record.Holder, error) {
	var out []record.Holder
	for i := range 20 * maxOthers {
		out = append(out, record.Holder{Application: fmt.Sprintf("B%d", i), Persons: []string{e.person}})
	}
	return out, nil
}

func (e *forgetful) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	if strings.HasPrefix(application, "B") {
		e.tries++
		return nil, index.ErrNotFound
	}
	return e.Engine.Get(ctx, tenant, application)
}

// TestOthersAreBounded: a record asks for few other applications of the person, whether
// they can be read or not.
func TestOthersAreBounded(t *testing.T) {
	e := &forgetful{person: "mark"}
	held := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	held.Verdict.Identity = "one"
	e.Engine = engineWith(t, record.New(key, record.Submission{Tenant: "default", Application: "A1", Persons: []string{e.person}, Submitted: now, Checked: now},
		[]record.Entry{held}, nil))
	h, err := New(Options{Engine: e, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	if status, _, _ := get(t, s, "/applications/A1"); status != http.StatusOK || e.tries != maxOthers {
		t.Errorf("%d: %d were tried", status, e.tries)
	}
}

// TestWordsOfTheCheck: what a check says in English alone stands in a frame of the page's
// language, and is told to be English.
func TestWordsOfTheCheck(t *testing.T) {
	e := badge("Teamwork", teams, "work in teams", verdict.Rejected, verdict.ProofInvalid)
	e.Verdict.Aspects.Integrity.Detail = "the third of four proofs"
	e.Verdict.Aspects.Integrity.Evidence = []verdict.Evidence{{URL: "https://issuer.example/1", Note: "the fourth of five notes"}}
	s := open(t, document("default", "A1", "", nil, e))
	_, german := inGerman(t, s, "/applications/A1")
	for _, text := range []string{"the third of four proofs", "the fourth of five notes"} {
		if !strings.Contains(german, `In den Worten der Prüfung: <span lang="en">`+text+`</span>`) {
			t.Errorf("German: %s", seenText(german))
		}
		if _, page, _ := get(t, s, "/applications/A1"); !strings.Contains(page, text) || strings.Contains(page, "In the words of the check") {
			t.Errorf("English: %s", seenText(page))
		}
	}
}

// TestOneHeadingFirst: no heading stands before that of the page.
func TestOneHeadingFirst(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	for _, path := range []string{"/", "/?q=teamwork", "/applications/A1", "/match", "/match?required=teamwork", "/compare?a=A1", "/blind"} {
		_, page, _ := get(t, s, path)
		if first := regexp.MustCompile(`<h([1-6])`).FindStringSubmatch(page); first == nil || first[1] != "1" {
			t.Errorf("%s: begins with %v", path, first)
		}
	}
}

package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// send posts a form of a page and gives the answer's status and where it leads.
func send(t *testing.T, base, path string, form url.Values) (int, string, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, h := do(t, r)
	return status, h.Get("Location"), body
}

// team are applicants who stand to teamwork in each way.
func team() []record.Application {
	old := badge("Teamwork of old", teams, "work in teams", verdict.Expired, verdict.PastEnd)
	old.Verdict.Credential.Expires = now.AddDate(0, -5, 0)
	words := badge("A course", "https://skills.example/x", "course", verdict.Verified, "")
	words.Verdict.Credential.Name = "Teamwork and so on"
	return []record.Application{
		document("default", "has", "Applicant Has", nil, badge("Other", "https://skills.example/o", "other", verdict.Verified, ""), badge("Teamwork", teams, "work in teams", verdict.Verified, ""), badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, "")),
		document("default", "weaker", "Applicant Weaker", nil, words, badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, "")),
		document("default", "waiting", "Applicant Waiting", nil, badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.HostUnreachable), badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, "")),
		document("default", "over", "Applicant Over", nil, old, badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, "")),
		document("default", "lacks", "Applicant Lacks", nil, badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, "")),
	}
}

// TestMatrix: each way of standing to a skill has its sign and word, and what rests on a
// badge leads to it; gaps are told once.
func TestMatrix(t *testing.T) {
	s := open(t, team()...)
	_, page, _ := get(t, s, "/match?required=teamwork&wished=juggling&blind=off")
	row := func(name string) string {
		_, rest, ok := strings.Cut(page, `>Applicant `+name+`</a>`)
		if !ok {
			t.Fatalf("%s is not in the matrix", name)
		}
		rest, _, _ = strings.Cut(rest, "</tr>")
		return rest
	}
	for name, want := range map[string]string{
		"Has":     `<a class="cell c-has" href="/applications/has?blind=off#b2"><svg class="ic" aria-hidden="true"><use href="#g-ok"/></svg>has<span class="vh">: work in teams, Applicant Has</span></a><small>Teamwork, 2025</small>`,
		"Weaker":  `<a class="cell c-weak" href="/applications/weaker?blind=off#b1"><svg class="ic" aria-hidden="true"><use href="#g-half"/></svg>weaker<`,
		"Waiting": `<a class="cell c-wait" href="/applications/waiting?blind=off#b1"><svg class="ic" aria-hidden="true"><use href="#g-wa"/></svg>waiting<`,
		"Over":    `<a class="cell c-old" href="/applications/over?blind=off#b1"><svg class="ic" aria-hidden="true"><use href="#g-old"/></svg>over<`,
		"Lacks":   `<span class="cell c-no"><svg class="ic" aria-hidden="true"><use href="#g-lack"/></svg>lacks</span>`,
	} {
		if !strings.Contains(row(name), want) {
			t.Errorf("%s: %s", name, row(name))
		}
	}
	if w := row("Has"); !strings.Contains(w, "<b>1 of 1 must</b><small>1 of 1 wish</small>") || !strings.Contains(row("Over"), "ended Jun 2026") {
		t.Errorf("what is met: %s", w)
	}
	text := seenText(page)
	for _, want := range []string{"5 applicants show at least one of the skills, some only weakly", "must, weight 3 1 holds it", "wish, weight 3 5 hold it", "work in teams 4 of 5 Teamwork, by Harbour College", "nothing that counts"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	if n := strings.Count(text, "What would close the gaps"); n != 1 || strings.Contains(text, "juggling 0 of") {
		t.Errorf("gaps: %s", text)
	}
	// Every claim leads to evidence that is there.
	links := regexp.MustCompile(`href="(/applications/[^"#]*)#(b[0-9]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) != 9 {
		t.Errorf("%d claims", len(links))
	}
	for _, l := range links {
		if _, record, _ := get(t, s, l[1]); !strings.Contains(record, `id="`+l[2]+`"`) {
			t.Errorf("%s leads nowhere", l[0])
		}
	}
	near := badge("Docker", "", "", verdict.Verified, "")
	near.Skills = skills.Builtin().Resolve(verdict.Credential{Name: "Docker"})
	_, kin, _ := get(t, open(t, document("default", "related", "", nil, near, badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, ""))), "/match?required=kubernetes&required=juggling")
	if !strings.Contains(kin, `<a class="cell c-rel" href="/applications/related#b1"><svg class="ic" aria-hidden="true"><use href="#g-rel"/></svg>related<`) || !strings.Contains(kin, "1 of 2 must") {
		t.Errorf("a neighbouring skill: %s", seenText(kin))
	}
	// Blind, nobody is named.
	if _, page, _ := get(t, s, "/match?required=teamwork&wished=juggling"); strings.Contains(page, "Applicant Has") || !strings.Contains(page, "has<span") {
		t.Error("a blind reader is told names, or nothing")
	}
}

// TestMatchWeights: weights stand in the address, move who is first, and are in the form
// and the file.
func TestMatchWeights(t *testing.T) {
	s := open(t,
		document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")),
		document("default", "A2", "", nil, badge("Juggling", "https://skills.example/juggling", "juggling", verdict.Verified, "")))
	for path, first := range map[string]string{"/match?required=teamwork%5E1&required=juggling": "A2", "/match?required=teamwork&required=juggling%5E1": "A1"} {
		_, page, _ := get(t, s, path)
		if m := regexp.MustCompile(`name="a" value="([^"]*)"`).FindStringSubmatch(page); m == nil || m[1] != first {
			t.Errorf("%s: %v is first", path, m)
		}
		if !strings.Contains(page, `<option value="1" selected>weight 1</option>`) || !strings.Contains(page, "must, weight 1") {
			t.Errorf("%s: the weight is not shown", path)
		}
		m := regexp.MustCompile(`href="(/v1/match[^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatal("the match cannot be taken along")
		}
		if _, csv, _ := get(t, s, strings.ReplaceAll(m[1], "&amp;", "&")); !strings.HasPrefix(strings.SplitN(csv, "\n", 2)[1], first) {
			t.Errorf("%s: %s", path, csv)
		}
	}
	if status, page, _ := get(t, s, "/match?required=teamwork%5E9"); status != 400 || !strings.Contains(page, "A weight is from 1 to 3") || !strings.Contains(page, `name="s" value="teamwork"`) {
		t.Errorf("a weight that is none: %d", status)
	}
}

// TestMatchForm: what the form says becomes an address: an advert's skills, with their
// typing errors; what was there, changed, weighed or taken away; an occupation.
func TestMatchForm(t *testing.T) {
	s := open(t, team()...)
	for _, tc := range []struct {
		desc string
		form url.Values
		want string
	}{
		{"an advert", url.Values{"advert": {"You work in teams and know kubernets. Python is a plus."}}, "/match?required=work+in+team&required=kubernet&wished=python"},
		{"an advert beside others", url.Values{"advert": {"Python"}, "s": {"sql"}, "k": {"wish"}, "w": {"2"}}, "/match?required=python&wished=sql%5E2"},
		{"no skill in it", url.Values{"advert": {"Apply by email"}}, "/match?found=none"},
		{"typed", url.Values{"add": {"teamwrok, juggling"}}, "/match?required=teamwrok&required=juggling"},
		{"changed", url.Values{"s": {"a", "b", "c"}, "k": {"must", "wish", "must"}, "w": {"3", "3", "1"}, "title": {"Site technician"}}, "/match?required=a&required=c%5E1&title=Site+technician&wished=b"},
		{"taken away", url.Values{"s": {"a", "b"}, "k": {"must", "must"}, "w": {"3", "3"}, "drop": {"1"}, "a": {"has", "over"}}, "/match?a=has&a=over&required=b"},
		{"an occupation", url.Values{"occupation": {"electrician"}, "title": {"Old"}}, "/match?occupation=electrician"},
		{"more than are taken", url.Values{"add": {many(index.MaxRoleSkills + 2)}}, "/match?left=2&" + strings.ReplaceAll("required="+many(index.MaxRoleSkills), ",", "&required=")},
		{"a weight that is none", url.Values{"s": {"a"}, "k": {"must"}, "w": {"900"}}, "/match?required=a"},
	} {
		if status, to, body := send(t, s.URL, "/match", tc.form); status != http.StatusSeeOther || to != tc.want {
			t.Errorf("%s: %d to %s, want %s: %.200s", tc.desc, status, to, tc.want, body)
		}
	}
	for desc, form := range map[string]url.Values{
		"no kinds": {"s": {"a"}}, "too many": {"s": slices.Repeat([]string{"a"}, 33), "k": slices.Repeat([]string{"must"}, 33), "w": slices.Repeat([]string{"3"}, 33)},
		"drop": {"drop": {"x"}}, "a long skill": {"add": {strings.Repeat("a", 600)}}, "a long advert": {"advert": {strings.Repeat("a", 40000)}},
	} {
		if status, _, _ := send(t, s.URL, "/match", form); status != 400 {
			t.Errorf("%s: %d", desc, status)
		}
	}
	// Where it leads is a page that says what was read.
	_, page, _ := get(t, s, "/match?required=teamwrok")
	if !strings.Contains(seenText(page), "work in teams “teamwrok”, a typing error set right") {
		t.Error(seenText(page))
	}
	if _, page, _ := get(t, s, "/match?found=none"); !strings.Contains(page, "No skill was read from the advert.") {
		t.Error("nothing read is not told")
	}
	_, page, _ = get(t, s, "/match?occupation=electrician")
	if !strings.Contains(page, "Who fits “") || strings.Count(page, `class="skillrow"`) < 3 || !strings.Contains(page, `name="title" value="`) {
		t.Error("an occupation has no skills")
	}
	if _, page, _ := get(t, s, "/match?required=zymurgology"); !strings.Contains(seenText(page), "nobody shows any of the skills") || strings.Contains(seenText(page), "0 applicants") {
		t.Errorf("nobody: %s", seenText(page))
	}
	for typed, want := range map[string]string{"electrican": "electrician", "Electrisian": "electrician", "nurs": "", "x": ""} {
		status, page, _ := get(t, s, "/match?size=5&occupation="+typed)
		if link := `<a class="btn mini" href="/match?occupation=` + want + `&amp;size=5">`; status != 400 || want != "" && !strings.Contains(strings.ToLower(page), link) || want == "" && strings.Contains(page, "Meant was perhaps") {
			t.Errorf("%s: %d %s", typed, status, seenText(page))
		}
	}
	if status, page, _ := get(t, s, "/match?occupation=nothing+like+it"); status != 400 || !strings.Contains(page, "No framework that is loaded describes the occupation") {
		t.Errorf("an occupation that nobody knows: %d", status)
	}
	// The address of before leads here, with its question.
	status, _, h := get(t, s, "/role?required=teamwork&wished=juggling")
	if status != http.StatusPermanentRedirect || h.Get("Location") != "/match?required=teamwork&wished=juggling" {
		t.Errorf("/role: %d to %s", status, h.Get("Location"))
	}
	if r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/match", strings.NewReader("add=a")); err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if status, _, _ := do(t, r); status != http.StatusForbidden {
			t.Errorf("from another site: %d", status)
		}
	}
}

// TestMatchOfTheChosen: only the chosen are in the matrix, and how to see all.
func TestMatchOfTheChosen(t *testing.T) {
	s := open(t, team()...)
	_, page, _ := get(t, s, "/match?required=teamwork&wished=juggling&a=over&a=has&a=gone&blind=off")
	if strings.Count(page, `name="a" value=`) != 2+3 || !strings.Contains(page, ">Applicant Over<") || strings.Contains(page, ">Applicant Lacks<") || !strings.Contains(page, `href="/match?blind=off&amp;required=teamwork&amp;wished=juggling"`) {
		t.Error(seenText(page))
	}
	if !strings.Contains(page, "0 of 1 must") || !strings.Contains(page, "1 of 1 must") {
		t.Error("what is met is not told")
	}
	// What is counted is of those who stand there, and who is gone is named.
	for _, want := range []string{"2 applicants, whom you chose", "Not here, or not any more: gone.", "in the order in which they were chosen", "must, weight 3 1 holds it", "work in teams 1 of 2"} {
		if !strings.Contains(seenText(page), want) {
			t.Errorf("%q is not in %s", want, seenText(page))
		}
	}
	if strings.Contains(page, "best first") {
		t.Error("an order is told that they do not stand in")
	}
	if _, page, _ := get(t, s, "/match?required=teamwork&a=gone"); strings.Contains(page, "Nobody can prove any of it yet.") || !strings.Contains(page, "Not here, or not any more: gone.") {
		t.Error(seenText(page))
	}
	if status, _, _ := get(t, s, "/match?required=teamwork"+strings.Repeat("&a=x", 25)); status != 400 {
		t.Errorf("too many chosen: %d", status)
	}
}

// TestCompare: two to four stand side by side, by skill, with the evidence of each; more
// than four, and who is not here, are told.
func TestCompare(t *testing.T) {
	s := open(t, append(team(), everyState("states"))...)
	_, page, _ := get(t, s, "/compare?a=has&a=over&a=states&blind=off")
	text := seenText(page)
	for _, want := range []string{"3 applicants, side by side", "work in teams verified Teamwork Harbour College · Nov 2025 to Nov 2027 expired Teamwork of old Harbour College · ended Jun 2026 nothing shown", "Profile of Applicant Has: badges by kind of skill", "Only where they differ"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	links := regexp.MustCompile(`href="(/applications/[^"#]*)#(b[0-9]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) != 3+2+len(look.States()) {
		t.Errorf("%d claims", len(links))
	}
	for _, l := range links {
		if _, record, _ := get(t, s, l[1]); !strings.Contains(record, `id="`+l[2]+`"`) {
			t.Errorf("%s leads nowhere", l[0])
		}
	}
	if !strings.Contains(page, `href="/compare?a=over&amp;a=states&amp;blind=off" aria-label="Take away Applicant Has"`) {
		t.Error("nobody can be taken away")
	}
	if _, page, _ := get(t, s, "/compare?a=has&a=over&only=differences"); strings.Contains(page, ">juggling<") || !strings.Contains(page, ">work in teams<") {
		t.Errorf("where they differ: %s", seenText(page))
	}
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/compare":           {200, "Choose two to four applicants"},
		"/compare?a=has":     {200, "One applicant, and nobody beside"},
		"/compare?a=nobody":  {404, "Not here, or not any more: nobody."},
		"/compare?a=has&a=x": {404, "Not here, or not any more: x."},
		"/compare?a=has&a=over&a=lacks&a=waiting&a=weaker":      {400, "5 applicants are chosen; up to 4 fit beside each other."},
		"/compare?a=has&only=x":                                 {400, "is not differences"},
		"/compare?a=has&a=has":                                  {200, "One applicant, and nobody beside"},
		"/compare?a=" + url.QueryEscape(`"><script>x</script>`): {404, `"><script>x</script>`},
	} {
		status, page, _ := get(t, s, path)
		if status != want.status || !strings.Contains(seenText(page), want.says) && !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s: %d %s", path, status, seenText(page))
		}
	}
	if _, page, _ := get(t, s, "/compare?a=has&a=over"); strings.Contains(page, "Applicant Has") {
		t.Error("a blind reader is told names")
	}
}

// TestCompareShowsTheBest: of many badges of a skill the best stand there, whichever came
// first, each once; and they decide whether applicants differ.
func TestCompareShowsTheBest(t *testing.T) {
	var many []record.Entry
	for i := range 4 {
		many = append(many, badge(fmt.Sprint("Over ", i), teams, "work in teams", verdict.Rejected, verdict.Revoked))
	}
	best := badge("Best", teams, "work in teams", verdict.Verified, "")
	best.Skills = append(best.Skills, best.Skills...)
	s := open(t, document("default", "many", "", nil, append(many, best)...), document("default", "one", "", nil, best))
	_, page, _ := get(t, s, "/compare?a=many&a=one")
	if text := seenText(page); !strings.Contains(text, "work in teams verified Best") || !strings.Contains(text, "and 2 more") || strings.Contains(text, "Over 2") {
		t.Error(text)
	}
	if _, page, _ := get(t, s, "/compare?a=many&a=one&only=differences"); strings.Contains(page, ">work in teams<") {
		t.Error("they differ by what is not their best")
	}
}

// TestHostileComparison: whatever stands in a badge, match and comparison have the same
// elements as with a harmless one.
func TestHostileComparison(t *testing.T) {
	shape := func(name string) []string {
		e := badge("Teamwork "+name, teams, "work in teams", verdict.Verified, "")
		e.Verdict.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "a.example"}
		e.Verdict.Credential.Issuer.Name, e.Verdict.Credential.Issuer.Shown = name, name
		e.Verdict.Credential.Criteria = name
		e.Verdict.Aspects.Integrity.Evidence = []verdict.Evidence{{URL: name, Note: name, SHA256: name, At: time.Unix(0, 0)}}
		other := badge(name, "", name, verdict.Verified, "")
		other.Skills[0].Basis, other.Skills[0].Level = skills.BasisUnmapped, name
		s := open(t, document("default", "A1", name, nil, e, other), document("default", "A2", name, nil, e))
		var out []string
		for _, path := range []string{"/compare?a=A1&a=A2&blind=off", "/match?required=teamwork&blind=off&title=" + url.QueryEscape(name), "/match?required=" + url.QueryEscape("a "+name) + "&wished=teamwork&blind=off", "/applications/A1?blind=off"} {
			status, body, _ := get(t, s, path)
			if status != 200 {
				t.Fatalf("%s: status %d", path, status)
			}
			out = append(out, skeleton(t, body)...)
		}
		return out
	}
	want := shape("plain")
	for _, evil := range []string{`<script>alert(1)</script>`, `x"><img src=x onerror=alert(1)>`, `x' onmouseover='alert(1)`, `</span></main><h1>x`, `x {{.}}`, "x\u202egnp.exe", `<svg/onload=alert(1)>`, `javascript:alert(1)`, "x]]><b>", "%d %s %[9]d"} {
		if got := shape(evil); !slices.Equal(got, want) {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Errorf("%q changes a page: %d elements, want %d, from %v", evil, len(got), len(want), fmt.Sprint(got[min(at, len(got)-1)]))
		}
	}
}

// TestMatchInGerman: match and comparison speak the reader's language, with its numbers.
func TestMatchInGerman(t *testing.T) {
	s := open(t, team()...)
	for path, wants := range map[string][]string{
		"/match?required=teamwork&wished=juggling": {"Wer passt zu dieser Stelle", "5 Personen zeigen mindestens eine der Fähigkeiten, manche nur schwach", "nötig, Gewicht 3", "hat : work in teams", "schwächer", "wartet", "abgelaufen", "fehlt", "abgelaufen Juni 2026", "Was die Lücken schlösse"},
		"/compare?a=has&a=over":                    {"2 Personen nebeneinander", "Fähigkeit für Fähigkeit", "bestätigt", "abgelaufen", "nichts gezeigt", "Nov. 2025 bis Nov. 2027"},
		"/compare?a=nobody":                        {"Nicht hier oder nicht mehr: nobody."},
	} {
		_, page := inGerman(t, s, path)
		text := seenText(page)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %s", path, want, text)
			}
		}
		if strings.Contains(page, "%!") || !strings.Contains(page, `<html lang="de">`) {
			t.Errorf("%s: a message has a fault, or is of another language", path)
		}
	}
}

// many are n skills that nobody knows, with commas.
func many(n int) string {
	var out []string
	for i := range n {
		out = append(out, "x"+strconv.Itoa(i))
	}
	return strings.Join(out, ",")
}

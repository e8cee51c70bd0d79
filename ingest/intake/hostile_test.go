package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/extract"
	"assay/index/issuers"
	"assay/index/local"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/verifytest"

	"go.uber.org/zap"
	"golang.org/x/net/html"
)

// harmless is what stands where a payload does in the pages that others are compared with.
const harmless = "plain"

// payloads are what strangers write into everything that is theirs, some to a text.
var payloads = [][]string{
	{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "` onload=`alert(1)"},
	{`</textarea><img src=x>`, `</title><base href=//evil.example>`, `</option></select><h1>x`, `</style><style>*{display:none}`, `</main></body></html><iframe src=x>`},
	{`]]><b>x`, `<![CDATA[<b>`, `<svg/onload=alert(1)>`, `<math><mi xlink:href=x>`, `<meta http-equiv=refresh content=0>`, `<!-- x`},
	{`{{.}}`, `{{template "head" .}}`, `%22onload=`, `%s%d%[9]s`, `&lt;b&gt;&#x3c;b&#x3e;`, `javascript:alert(1)`, `data:text/html,<b>x</b>`, `\u003cb\u003e`},
	{"\u202egnp.exe\u2066x\u2069", "a\u0000b\u001b[31mc\u009b", "x\u2028y\u2029z\r\nSet-Cookie: a=b", "\ufeff\u200b\u200d\u00ad", "\U000e0041\U000e0042", "e" + strings.Repeat("\u0301", 30)},
	{strings.Repeat("w", 1000), strings.Repeat("<b>", 200)},
	{"'", `"`, "\xff\xfe\xc0\xaf", "<", "𝕳𝖊", "﷽"},
}

// formulas are what spreadsheets take a cell for that begins so.
var formulas = []string{`=1+1`, `+1`, `-1`, `@SUM(1)`, "\t=1", "\r=1", "\n=1", `＝1`}

// hostileURLs are what strangers write where an address belongs: none may be a link.
var hostileURLs = []string{
	"javascript:alert('evil')", "JaVaScRiPt:alert('evil')", "java\tscript:alert('evil')", " javascript:alert('evil')", "data:text/html,<script>evil</script>", "vbscript:evil", "//evil.example/x", "/v1/evil", "?q=evil", "https://user:pass@evil.example/",
	"https:evil.example", "https:///evil", "blob:https://a.example/evil", "file:///evil", "https://evil.example/\u202egnp", "https://evil.example/a\nb", "ftp://evil.example/", "http://evil.example\\@a.example/",
}

// tame gives the harmless twin of a text: the same words without a sign between them.
func tame(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return r
		}
		return ' '
	}, strings.ReplaceAll(s, "&", " and "))
}

type object = map[string]any

// stranger writes the strings of an issuer and an applicant.
type stranger struct {
	n       int
	payload string
	begins  string // every text
	bad     int    // hostileURLs from this on, where addresses belong; 0 = good ones that bear the payload
	used    *int
}

func (s stranger) says(what string) string { return s.begins + what + " " + s.payload }

// text gives a text as JSON can hold it.
func (s stranger) text(what string) string { return strings.ToValidUTF8(s.says(what), "?") }

// short is as much of the payload as an address holds.
func (s stranger) short(n int) string {
	return read.Printable(read.Cut(s.payload, n)) // what is not shown is among hostileURLs
}

func (s stranger) url(what string) string {
	if s.bad > 0 {
		*s.used++
		return hostileURLs[(s.bad+*s.used)%len(hostileURLs)]
	}
	return "https://" + what + ".example/at?x=" + url.QueryEscape(s.short(200))
}

// name gives a text as what recruiters keep and say may have it.
func (s stranger) name(what string) string {
	text := read.Printable(s.text(what))
	return strings.ToValidUTF8(text[:min(len(text), 60)], "")
}

// key is of an issuer that is in the registry. What is ordered by ids is so alike for all.
func (s stranger) key() ed25519.PrivateKey {
	unlisted, _ := verifytest.DIDKey(verifytest.Ed25519(1))
	for seed, n := byte(2), 0; ; seed++ {
		k := verifytest.Ed25519(seed)
		if did, _ := verifytest.DIDKey(k); did < unlisted {
			continue
		}
		if n++; n > s.n {
			return k
		}
	}
}

// badge is an Open Badges 3.0 credential of which every text is the stranger's.
func (s stranger) badge(issuer, name, email string) object {
	return object{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"},
		"id":       s.url("badge"), "type": []any{"VerifiableCredential", "OpenBadgeCredential"}, "name": s.text(name), "description": s.text("About"),
		"issuer":    object{"id": issuer, "type": []any{"Profile"}, "name": s.text("College"), "url": s.url("issuer"), "description": s.text("We"), "image": object{"id": s.url("logo"), "type": "Image", "caption": s.text("Logo")}},
		"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2030-01-01T00:00:00Z", "image": object{"id": s.url("image"), "type": "Image", "caption": s.text("Picture")},
		"evidence": []any{object{"id": s.url("evidence"), "type": []any{"Evidence"}, "name": s.text("Evidence"), "narrative": s.text("Seen"), "genre": s.text("Film"), "audience": s.text("All"), "description": s.text("Described")}},
		"credentialSubject": object{
			"type":       []any{"AchievementSubject"},
			"identifier": []any{object{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": email}},
			"result":     []any{object{"type": []any{"Result"}, "resultDescription": "urn:uuid:r1", "value": s.text("B2"), "achievedLevel": "urn:uuid:l1"}},
			"achievement": object{
				"id": s.url("achievement"), "type": []any{"Achievement"}, "name": s.text(name), "description": s.text("Works well"), "humanCode": s.text("C"), "fieldOfStudy": s.text("Field"), "specialization": s.text("Special"), "version": s.text("1"),
				"criteria": object{"id": s.url("criteria"), "narrative": s.text("Nominated")}, "image": object{"id": s.url("picture"), "type": "Image"},
				"creator": object{"id": s.url("creator"), "type": []any{"Profile"}, "name": s.text("Creator")},
				"alignment": []any{object{"type": []any{"Alignment"}, "targetName": s.text("work in teams"), "targetUrl": "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0", "targetFramework": "ESCO"},
					object{"type": []any{"Alignment"}, "targetName": s.text("zyxing"), "targetUrl": s.url("skill"), "targetFramework": s.text("House"), "targetCode": s.text("Z1"), "targetDescription": s.text("D")}},
				"tag":               []any{s.text("zyxable"), s.text("zyxful")},
				"resultDescription": []any{object{"id": "urn:uuid:r1", "type": []any{"ResultDescription"}, "name": s.text("Level"), "resultType": "RubricCriterionLevel", "rubricCriterionLevel": []any{object{"id": "urn:uuid:l1", "type": []any{"RubricCriterionLevel"}, "name": s.text("Level B"), "level": s.text("B"), "description": s.text("L")}}}},
			},
		},
	}
}

// hosted puts an Open Badges 2.0 badge on the web, and gives its assertion.
func (s stranger) hosted(w *verifytest.Web) object {
	at := fmt.Sprintf("https://host-%d.example", s.n)
	const of = "https://w3id.org/openbadges/v2"
	a := object{"@context": of, "type": "Assertion", "id": at + "/a/1", "badge": at + "/b/1", "issuedOn": "2026-01-01T00:00:00Z", "image": s.url("image"), "narrative": s.text("Narrative"),
		"recipient": object{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "verification": object{"type": "hosted"}, "evidence": []any{object{"id": s.url("evidence"), "name": s.text("Evidence"), "narrative": s.text("N")}}}
	w.Put(at+"/a/1", a)
	w.Put(at+"/b/1", object{"@context": of, "type": "BadgeClass", "id": at + "/b/1", "name": s.text("Rope"), "description": s.text("Class"), "image": s.url("image"), "criteria": s.url("criteria"), "issuer": at + "/i",
		"tags": []any{s.text("zyxtag")}, "alignment": []any{object{"targetName": s.text("zyxhost"), "targetUrl": s.url("skill"), "targetFramework": s.text("House"), "targetCode": s.text("Z2")}}})
	w.Put(at+"/i", object{"@context": of, "type": "Profile", "id": at + "/i", "name": s.text("Academy"), "url": s.url("academy"), "email": s.text("a") + "@x.example", "description": s.text("Academy"), "image": s.url("logo")})
	return a
}

// files are the documents of the stranger's application.
func (s stranger) files(w *verifytest.Web) []ingest.File {
	listed, key := s.key(), verifytest.Ed25519(1)
	listedDID, listedMethod := verifytest.DIDKey(listed)
	did, method := verifytest.DIDKey(key)
	const mine, suite = "applicant@example.org", "eddsa-jcs-2022"
	endorsed := s.badge(listedDID, "Teamwork", mine)
	endorsed["endorsement"] = []any{verifytest.Secure(object{"@context": endorsed["@context"], "id": "urn:uuid:e", "type": []any{"VerifiableCredential", "EndorsementCredential"}, "name": s.text("Endorsement"),
		"issuer": object{"id": did, "type": []any{"Profile"}, "name": s.text("Endorser")}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": object{"id": endorsed["id"], "type": []any{"EndorsementSubject"}, "endorsementComment": s.text("Good")}}, key, method, suite)}
	old := s.badge(did, "Welding", mine)
	old["validUntil"] = "2026-02-01T00:00:00Z"
	forged := verifytest.Secure(s.badge(listedDID, "First aid", mine), listed, listedMethod, suite)
	forged["name"] = s.text("Doctor of first aid")
	waiting := s.badge(listedDID, "Scaffolding", mine)
	waiting["credentialStatus"] = object{"id": "urn:uuid:s", "type": "1EdTechRevocationList"}
	waiting["credentialStatus"].(object)["id"] = fmt.Sprintf("https://status-%d.example/at?x=%s", s.n, url.QueryEscape(s.short(200)))
	token := verifytest.Compact(object{"alg": "EdDSA", "typ": "JWT", "kid": method}, verifytest.JSON(s.badge(did, "Crane", mine)), key)
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for _, x := range []ingest.File{{Name: s.says("in/a") + ".json", Data: verifytest.JSON(verifytest.Secure(old, key, method, suite))}, {Name: s.says("in/broken") + ".pdf", Data: []byte("%PDF-1.7 broken")}, {Name: s.says("in/x") + ".jwt", Data: token}} {
		f, err := z.Create(x.Name)
		if err != nil {
			panic(err)
		}
		_, _ = f.Write(x.Data)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return []ingest.File{
		{Name: s.says("one") + ".json", Type: s.says("text/x"), Data: verifytest.JSON(verifytest.Secure(endorsed, listed, listedMethod, suite))},
		{Name: s.says("two") + ".json", Data: verifytest.JSON(forged)},
		{Name: s.says("three") + ".json", Data: verifytest.JSON(verifytest.Secure(s.badge(did, "Ladder", "other@example.org"), key, method, suite))},
		{Name: s.says("four") + ".json", Data: verifytest.JSON(verifytest.Secure(waiting, listed, listedMethod, suite))},
		{Name: s.says("five") + ".json", Data: verifytest.JSON(s.hosted(w))},
		{Name: s.says("six") + ".json", Data: verifytest.JSON(s.badge(did, "Unsigned", mine))},
		{Name: s.says("packed") + ".zip", Data: packed.Bytes()},
		{Name: s.says("cv") + ".pdf", Data: []byte("%PDF-1.7 broken")},
		{Name: s.says("letter") + ".txt", Data: []byte("Dear all,\nsee https://credly.com/badges/" + url.PathEscape(s.short(100)) + "\n" + s.says("Yours"))},
	}
}

// hostileSite is a server of everything, over a queue with a worker.
type hostileSite struct {
	*httptest.Server
	public *web.Public
	q      *ingest.Queue
	desk   *ingest.Decisions
	submit *ingest.Submitter
	forms  atomic.Int64 // that were posted, a second each: what is kept is ordered by it
}

func newHostileSite(t *testing.T, all []stranger, w *verifytest.Web) *hostileSite {
	t.Helper()
	registry := object{}
	for _, s := range all {
		did, _ := verifytest.DIDKey(s.key())
		registry[did] = object{"name": s.text("Listed college")}
	}
	trust, err := verify.LoadTrust(verifytest.JSON(object{"meta": object{"title": all[0].text("Registry")}, "registry": registry}))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return verifytest.Now }
	v, err := verify.New(verify.Options{Fetcher: examine.Budgeted(w), Trust: trust, Schemas: verifytest.Schemas{}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	x, err := examine.New(examine.Options{Extraction: inProcess{&extract.Extractor{}}, Verifier: v, Fetcher: w})
	if err != nil {
		t.Fatal(err)
	}
	d := &hostileSite{}
	if d.q, err = ingest.Dial(t.Context(), embedded(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.q.Close)
	if err := d.q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	desk, err := New(d.q, e, key, now)
	if err != nil {
		t.Fatal(err)
	}
	if d.submit, err = ingest.NewSubmitter(d.q, key); err != nil {
		t.Fatal(err)
	}
	if d.desk, err = ingest.OpenDecisions(t.Context(), ingest.DecisionsOptions{Queue: d.q, Engine: e, Key: key, Installation: &verify.Policy{Trust: trust}, Now: now, Log: zap.NewNop()}); err != nil {
		t.Fatal(err)
	}
	saved, err := d.q.Saved(key)
	if err != nil {
		t.Fatal(err)
	}
	work, err := ingest.NewWorker(ingest.WorkerOptions{Queue: d.q, Engine: e, Examiner: x, IDKey: key, Workers: 2, Recheck: -1, Now: now, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 2)
	go func() { done <- work.Run(ctx) }()
	go func() { done <- d.desk.Follow(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	checker := &Checker{Examiner: x, Faults: &guard.Watch{Log: zap.NewNop()}}
	words, link := func(code string) string { return extract.Reason(code).Words() }, func(code string) string { return examine.Skipped(code).Words() }
	h, err := web.New(web.Options{Engine: e, Intake: desk, Operations: desk, Issuers: d.desk, Saved: saved, Checker: checker, Unread: words, Link: link, ApplicationURL: "https://ats.example/a/{application}",
		Now: func() time.Time { return now().Add(time.Duration(d.forms.Load()) * time.Second) }})
	if err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewServer(h)
	t.Cleanup(d.Close)
	if d.public, err = web.NewPublic(web.PublicOptions{Listen: "127.0.0.1:0", Checker: checker, Unread: words, Link: link, Now: now}); err != nil {
		t.Fatal(err)
	}
	return d
}

func tenantOf(s stranger) string { return fmt.Sprintf("t%d", s.n) }

// apply hands the stranger's applications in.
func (d *hostileSite) apply(t *testing.T, s stranger, w *verifytest.Web) (receipts []*ingest.Receipt) {
	t.Helper()
	all := s.files(w)
	sets := [][]ingest.File{all, all[1:2]} // of which the first comes first wherever both stand
	if s.begins != "" {
		sets = [][]ingest.File{all[:1]} // for files, one badge is enough
	}
	for i, files := range sets {
		sub := ingest.Submission{Tenant: tenantOf(s), Application: fmt.Sprintf("A-%d", i+1), Job: s.text("Fitter"), Files: files, Links: []string{s.url("link"), s.says("no link")},
			Applicant: ingest.Applicant{Name: s.text("Applicant"), Emails: []string{"applicant@example.org"}, IDs: []string{"https://me.example/" + url.PathEscape(s.short(20))}}}
		r, err := d.submit.Submit(t.Context(), sub)
		if err != nil {
			t.Fatalf("%.80q: %v", s.payload, err)
		}
		receipts = append(receipts, r)
	}
	return receipts
}

// answer is what one address gave.
type answer struct {
	path, kind, body string
}

func (d *hostileSite) ask(t *testing.T, method, path, form string) (*http.Response, answer) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.URL+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || resp.Header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(strings.Join(resp.Header.Values("Set-Cookie"), ""), "a=b") {
		t.Errorf("%.200s: headers %v", path, resp.Header)
	}
	return resp, answer{path, resp.Header.Get("Content-Type"), b.String()}
}

// shownPaths are the pages whose element tree no payload may change.
var shownPaths = []string{"/?q=teamwork&blind=off", "/?q=teamwork", "/?q=teamwork&view=dense&blind=off", "/?q=teamwork+include:all,unsupported&blind=off", "/?q=zyxing&blind=off", "/?q=rope+include:all&blind=off",
	"/applications/A-1?blind=off", "/applications/A-1", "/applications/A-2?blind=off", "/match?required=teamwork,zyxing,juggling&wished=zyxable&blind=off", "/match?required=teamwork", "/compare?a=A-1&a=A-2&blind=off", "/compare?a=A-1&a=A-2",
	"/issuers", "/operations?words=on", "/check", "/suggest?q=team", "/suggest?q=zyx", "/suggest?q=coll", "/"}

func with(path, more string) string {
	if strings.Contains(path, "?") {
		return path + "&" + more
	}
	return path + "?" + more
}

// TestHostileStrings: whatever an issuer or an applicant writes, from the document to every
// page, a page has the elements and attributes that it has with harmless words; nothing is
// run, loaded or linked to that should not be.
func TestHostileStrings(t *testing.T) {
	var all []stranger
	for _, p := range payloads {
		text := strings.Join(p, " ")
		all = append(all, stranger{n: len(all), payload: text}, stranger{n: len(all) + 1, payload: tame(text)})
	}
	twins := len(all)
	all = append(all, stranger{n: twins, payload: harmless})
	for i := range 3 {
		all = append(all, stranger{n: len(all), payload: harmless, bad: 1 + 6*i, used: new(int)})
	}
	for _, f := range formulas {
		all = append(all, stranger{n: len(all), payload: harmless, begins: f})
	}
	w := verifytest.NewWeb(nil)
	d := newHostileSite(t, all, w)
	var said sync.WaitGroup
	for _, s := range all {
		said.Go(func() { // each waits until every worker knows it
			if _, err := d.desk.Say(t.Context(), tenantOf(s), issuers.Word{Kind: issuers.Block, Issuer: "mill.example", Note: s.name("Note"), By: s.name("Me"), At: verifytest.Now}); err != nil {
				t.Errorf("%.80q: %v", s.payload, err)
			}
		})
	}
	said.Wait()
	receipts := make([][]*ingest.Receipt, len(all))
	for i, s := range all {
		receipts[i] = d.apply(t, s, w)
	}
	trees := make([]map[string][]string, len(all))
	for i, s := range all {
		for k, r := range receipts[i] {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			o, err := d.q.Wait(ctx, tenantOf(s), fmt.Sprintf("A-%d", k+1), r)
			cancel()
			if err != nil || o.State != ingest.Indexed {
				t.Fatalf("%.80q: %+v %v", s.payload, o, err)
			}
		}
		d.files(t, s)
		if s.begins != "" {
			continue
		}
		p := d.pages(t, s)
		p = append(p, d.checked(t, s, w)...)
		if s.payload == harmless && s.bad == 0 {
			soundly(t, p)
		}
		trees[i] = map[string][]string{}
		for _, a := range p {
			trees[i][a.path] = treeOf(t, a)
		}
		for _, path := range reflected(s) {
			_, a := d.ask(t, http.MethodGet, with(path, "tenant="+tenantOf(s)), "")
			treeOf(t, a)
		}
	}
	for i := 0; i < twins; i += 2 {
		for _, path := range slices.Sorted(maps.Keys(trees[i])) {
			if at, a, b := differs(trees[i][path], trees[i+1][path]); at >= 0 {
				t.Errorf("%.60q changes %s, from element %d of %d on: %q, want %q", all[i].payload, path, at, len(trees[i+1][path]), a, b)
			}
		}
	}
}

// reflected are addresses that bring the payload themselves, as a reader may be sent there,
// and a list whose order is that of coming in.
func reflected(s stranger) []string {
	p := url.QueryEscape(s.short(200))
	return []string{"/?sort=recency&blind=off", "/?q=" + p, "/?q=teamwork+%22" + p, "/?last=" + p + "&q=%28", "/?q=teamwork&issuer=" + p + "&sort=" + p, "/?q=teamwork&issuer=" + p, "/match?required=" + p, "/match?required=teamwork&title=" + p, "/compare?a=" + p, "/applications/" + url.PathEscape(s.payload), "/saved?open=" + p,
		"/issuers?named=" + p, "/issuers?do=block&issuer=" + p, "/operations?said=" + p, "/suggest?q=" + p, "/blind?to=" + p, "/sign-in?to=" + p, "/nothing/" + url.PathEscape(s.payload), "/?" + p + "=1", "/?tenant=" + p}
}

// checked are the answers of the pages that judge on the spot.
func (d *hostileSite) checked(t *testing.T, s stranger, w *verifytest.Web) (all []answer) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, f := range s.files(w)[:5] {
		p, err := m.CreateFormFile("file", strings.Map(func(r rune) rune {
			if read.Control(r) {
				return -1 // no form can hold it
			}
			return r
		}, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = p.Write(f.Data)
	}
	_ = m.WriteField("email", "applicant@example.org")
	_ = m.Close()
	for name, h := range map[string]http.Handler{"check": d.Config.Handler, "public": d.public} {
		r := httptest.NewRequest(http.MethodPost, map[string]string{"check": "/check?tenant=" + tenantOf(s), "public": "/"}[name], bytes.NewReader(b.Bytes()))
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", s.n+1)
		r.Header.Set("Content-Type", m.FormDataContentType())
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%.80q: %s: %d %.300s", s.payload, name, w.Code, textOf(w.Body.String()))
		}
		all = append(all, answer{"POST " + name, "", w.Body.String()})
	}
	return all
}

// files asks for what leaves as a file: no cell of a spreadsheet begins a formula, and JSON
// can be read.
func (d *hostileSite) files(t *testing.T, s stranger) {
	t.Helper()
	in := "tenant=" + tenantOf(s)
	for _, path := range []string{"/v1/export?blind=off", "/v1/export?q=teamwork+include:all&blind=off", "/v1/match?required=teamwork,zyxing&format=csv&blind=off", "/v1/applications/A-1?format=csv&blind=off"} {
		resp, a := d.ask(t, http.MethodGet, with(path, in), "")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
		if resp.StatusCode != http.StatusOK || err != nil || len(rows) < 2 {
			t.Errorf("%.60q: %s: %d %v, %d rows", s.begins+s.payload, path, resp.StatusCode, err, len(rows))
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(cell, "＝") || !utf8.ValidString(cell) {
					t.Errorf("%.60q: %s: a cell %.60q", s.begins+s.payload, path, cell)
				}
			}
		}
	}
	for _, path := range []string{"/v1/export?format=json&blind=off", "/v1/search?q=teamwork&blind=off", "/v1/applications/A-1?blind=off", "/v1/suggest?prefix=zyx", "/v1/issuers"} {
		resp, a := d.ask(t, http.MethodGet, with(path, in), "")
		if resp.StatusCode != http.StatusOK || !json.Valid([]byte(a.body)) || !strings.HasPrefix(a.kind, "application/json") || strings.ContainsAny(a.body, "<>\u2028\u2029") {
			t.Errorf("%.60q: %s: %d %s %.300s", s.begins+s.payload, path, resp.StatusCode, a.kind, a.body)
		}
	}
}

// soundly fails where the pages do not show what the strangers wrote, for then they are
// compared in vain.
func soundly(t *testing.T, all []answer) {
	t.Helper()
	text := ""
	for _, a := range all {
		text += html.UnescapeString(a.body)
	}
	for _, what := range []string{"Teamwork", "First aid", "Ladder", "Scaffolding", "Rope", "Crane", "Welding", "Listed college", "College", "Academy", "zyxing", "zyxable", "zyxhost", "House", "Works well", "Applicant", "Fitter", "cv", "in/broken", "List", "Search", "Note"} {
		if !strings.Contains(text, what+" "+harmless) {
			t.Errorf("no page shows %q", what+" "+harmless)
		}
	}
	for _, what := range []string{"https://criteria.example/", "https://badge.example/", "https://issuer.example/"} {
		if !strings.Contains(text, `href="`+what) {
			t.Errorf("no page links to %s", what)
		}
	}
}

func (d *hostileSite) pages(t *testing.T, s stranger) (all []answer) {
	t.Helper()
	in := "tenant=" + tenantOf(s)
	post := func(path string, form url.Values) string {
		d.forms.Add(1)
		resp, a := d.ask(t, http.MethodPost, with(path, in), form.Encode())
		if resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("%.80q: POST %s: %d %s", s.payload, path, resp.StatusCode, textOf(a.body))
		}
		u, err := url.Parse(resp.Header.Get("Location"))
		if err != nil || u.Host != "" {
			t.Fatalf("%.80q: POST %s leads to %q", s.payload, path, resp.Header.Get("Location"))
		}
		return u.Query().Get("open")
	}
	list := post("/saved/lists", url.Values{"name": {s.name("List")}, "a": {"A-1"}})
	asked := post("/saved/searches", url.Values{"name": {s.name("Search")}, "q": {"q=teamwork"}})
	none := post("/saved/searches", url.Values{"name": {s.name("Empty")}, "q": {url.Values{"q": {"teamwork"}, "issuer": {s.name("Filter")}}.Encode()}})
	for _, path := range slices.Concat(shownPaths, []string{"/saved", "/saved?open=" + list + "&blind=off", "/saved?open=" + asked + "&blind=off", "/saved?open=" + none}) {
		resp, a := d.ask(t, http.MethodGet, with(path, in), "")
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(a.kind, "text/html") {
			t.Errorf("%.80q: %s: %d %s %.300s", s.payload, path, resp.StatusCode, a.kind, a.body)
		}
		a.path = strings.NewReplacer(list, "LIST", asked, "SEARCH", none, "NONE").Replace(path)
		all = append(all, a)
	}
	return all
}

// textOf is what a page says in its main part.
func textOf(page string) string {
	_, main, _ := strings.Cut(page, "<main")
	return strings.Join(strings.Fields(html.UnescapeString(marks.ReplaceAllString(main, " "))), " ")
}

var marks = regexp.MustCompile(`<[^>]*>`)

// loads are the attributes that name what is fetched, gone to or sent to.
var loads = []string{"href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href", "ping", "background", "manifest"}

var anchor = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:-]*$`)

// treeOf gives the elements of a page with the names of their attributes, and what kind of
// address those that load have; it fails for what no page may have.
func treeOf(t *testing.T, a answer) (lines []string) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Errorf("%.60s: %s", a.path, fmt.Sprintf(format, args...))
	}
	if !utf8.ValidString(a.body) {
		fail("no UTF-8")
	}
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	steers := func(what, s string) {
		if i := strings.IndexFunc(s, func(r rune) bool {
			return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Bidi_Control, r))
		}); i >= 0 {
			fail("%s: a character that steers: %.60q", what, s[i:])
		}
	}
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		switch n.Type {
		case html.TextNode:
			steers("in "+n.Parent.Data, n.Data)
		case html.CommentNode:
			lines = append(lines, strings.Repeat(" ", depth)+"<!-- -->")
		case html.ElementNode:
			lines = append(lines, strings.Repeat(" ", depth)+elementOf(n, fail, steers))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	return lines
}

// elementOf is one element as a line.
func elementOf(n *html.Node, fail func(string, ...any), steers func(what, s string)) string {
	line := n.Data
	switch n.Data {
	case "iframe", "object", "embed", "base", "style", "img", "picture", "video", "audio", "frame", "applet":
		fail("an element %s", n.Data)
	case "title":
		if n.FirstChild == nil || n.FirstChild != n.LastChild || n.FirstChild.Type != html.TextNode {
			fail("a title of a window that is no text")
		}
	case "script":
		if n.FirstChild != nil {
			fail("an inline script")
		}
	}
	attrs := slices.Clone(n.Attr)
	slices.SortFunc(attrs, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
	for _, at := range attrs {
		line += " " + at.Key
		if n.Data != "input" || at.Key != "value" { // which is what the reader asked, to be asked again
			steers(n.Data+" "+at.Key, at.Val)
		}
		switch {
		case strings.HasPrefix(at.Key, "on"), at.Key == "style", at.Key == "srcdoc", at.Key == "http-equiv":
			fail("an attribute %s", at.Key)
		case at.Key == "class", at.Key == "type", at.Key == "method", at.Key == "rel", at.Key == "role":
			line += "=" + at.Val
		case at.Key == "id" && !anchor.MatchString(at.Val):
			fail("an id %.60q", at.Val)
		case slices.Contains(loads, at.Key):
			kind := kindOf(at.Val)
			line += "=" + kind
			outward := n.Data == "a" && kind == "http"
			if target, _, _ := strings.Cut(at.Val, "?"); strings.Contains(target, "evil") && outward || kind != "own" && !outward || kind == "own" && (n.Data == "script" || n.Data == "link") && !strings.HasPrefix(at.Val, "/static/") {
				fail("%s %s=%.100q", n.Data, at.Key, at.Val)
			}
			if outward && !strings.Contains(relOf(n), "noopener") {
				fail("a link outward without noopener: %.100q", at.Val)
			}
		}
	}
	return line
}

func relOf(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "rel" {
			return a.Val
		}
	}
	return ""
}

// kindOf is where an address leads as a browser reads it.
func kindOf(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil, strings.HasPrefix(s, "//"), strings.ContainsAny(s, "\\\t\n\r") || strings.TrimSpace(s) != s:
		return "broken"
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" || u.User != nil {
			return "broken"
		}
		return "http"
	case u.Scheme == "":
		return "own"
	}
	return u.Scheme
}

// differs gives where two trees are not the same; -1 where they are.
func differs(got, want []string) (at int, a, b string) {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return i, "", want[i]
		case i >= len(want):
			return i, got[i], ""
		case got[i] != want[i]:
			return i, got[i], want[i]
		}
	}
	return -1, "", ""
}

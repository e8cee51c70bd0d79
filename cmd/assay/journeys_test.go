package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/sync/errgroup"
)

// recruiter is somebody at a real browser, whose acts are counted: a click, a key, or a
// text that is written or pasted into a field, is one.
type recruiter struct {
	t    *testing.T
	ctx  context.Context
	at   string // address of the server
	acts int
}

// step is how long one act may take until its page is there.
const step = 6 * time.Second

func (r *recruiter) do(what string, a chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, step)
	defer cancel()
	if err := chromedp.Do(ctx, a); err != nil {
		r.t.Fatalf("%s: %v\n%s", what, err, r.page())
	}
}

// leads does what leads to another page, and waits until that is there.
func (r *recruiter) leads(what string, a chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, step)
	defer cancel()
	if resp, err := chromedp.RunResponse(ctx, a); err != nil {
		r.t.Fatalf("%s: %v\n%s", what, err, r.page())
	} else if resp != nil && resp.Status >= http.StatusInternalServerError {
		r.t.Fatalf("%s: status %d\n%s", what, resp.Status, r.page())
	}
}

// page is where the recruiter is and what stands there, for a failure.
func (r *recruiter) page() string {
	ctx, cancel := context.WithTimeout(r.ctx, step)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.activeElement?.outerHTML ?? "").slice(0, 200) + "\n" + document.body.innerText.slice(0, 3000)`))
	if err != nil {
		return err.Error()
	}
	return s
}

// opens goes to an address; it is no act of the journey.
func (r *recruiter) opens(path string) {
	r.t.Helper()
	r.leads("opening "+path, chromedp.Navigate(r.at+path))
}

func (r *recruiter) clicks(sel string) {
	r.t.Helper()
	r.acts++
	r.do("click on "+sel, chromedp.Click(sel))
}

func (r *recruiter) follows(sel string) {
	r.t.Helper()
	r.acts++
	r.leads("click on "+sel, chromedp.Click(sel))
}

func (r *recruiter) presses(key string) {
	r.t.Helper()
	r.acts++
	r.do("key "+key, chromedp.KeyEvent(key))
}

func (r *recruiter) enters() {
	r.t.Helper()
	r.acts++
	r.leads("Enter", chromedp.KeyEvent(kb.Enter))
}

// writes puts a text where the focus is.
func (r *recruiter) writes(text string) {
	r.t.Helper()
	r.acts++
	r.do("writing "+text, chromedp.KeyEvent(text))
}

// tabs presses Tab until something has the focus, which is seen on everything between.
func (r *recruiter) tabs(sel string) {
	r.t.Helper()
	for range 60 {
		r.presses(kb.Tab)
		if ask[bool](r, fmt.Sprintf("document.activeElement.matches(%q)", sel)) {
			return
		}
		if !ask[bool](r, `(e => e.matches("body, iframe") || e.matches(":focus-visible") && getComputedStyle(e).outlineStyle !== "none")(document.activeElement)`) {
			r.t.Errorf("focus is not seen\n%s", r.page())
		}
	}
	r.t.Fatalf("60 times Tab do not lead to %s\n%s", sel, r.page())
}

func (r *recruiter) sees(sel string) {
	r.t.Helper()
	r.do("looking for "+sel, chromedp.WaitVisible(sel))
}

func (r *recruiter) text(sel string) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, step)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.TextContent(sel))
	if err != nil {
		r.t.Fatalf("reading %s: %v\n%s", sel, err, r.page())
	}
	return strings.Join(strings.Fields(s), " ")
}

// reads fails where a part of the page does not say something.
func (r *recruiter) reads(sel, want string) {
	r.t.Helper()
	if got := r.text(sel); !strings.Contains(got, want) {
		r.t.Fatalf("%s says %q, want %q\n%s", sel, got, want, r.page())
	}
}

// ask evaluates in the page.
func ask[T any](r *recruiter, expression string) T {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, step)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", expression, err, r.page())
	}
	return v
}

// seen counts what is on the page.
func (r *recruiter) seen(sel string) int {
	r.t.Helper()
	return ask[int](r, fmt.Sprintf("document.querySelectorAll(%q).length", sel))
}

// finally opens an address again and again until something is on its page, or is no
// longer: what is indexed follows a decision.
func (r *recruiter) finally(path, sel string, there bool) {
	r.t.Helper()
	for end := time.Now().Add(step); ; time.Sleep(100 * time.Millisecond) {
		r.opens(path)
		if (r.seen(sel) > 0) == there {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%s on %s: there is not %v\n%s", sel, path, there, r.page())
		}
	}
}

// download is the address of a link, and what its first line is when the browser asks.
func (r *recruiter) download(sel string) string {
	r.t.Helper()
	return ask[string](r, fmt.Sprintf(`fetch(document.querySelector(%q).href).then(r => r.text()).then(t => t.split("\r\n")[0].split("\n")[0])`, sel))
}

// scripts switches the page's scripts on and off.
func (r *recruiter) scripts(on bool) {
	r.t.Helper()
	if _, err := chromedp.Call(r.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		r.t.Fatal(err)
	}
}

// signsIn is the form of a token.
func (r *recruiter) signsIn() {
	r.t.Helper()
	r.opens("/")
	r.do("focus", chromedp.Focus("#tk"))
	r.writes(goodToken)
	r.enters()
	r.sees("nav.main")
}

// journeysOf starts the program with sample applications, and a browser.
func journeysOf(t *testing.T) (*recruiter, func(subject, body string)) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		testenv.Missing(t, testenv.Chromium, "no chromium")
	}
	top, dir := root(t), t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	assay := filepath.Join(dir, "assay") // by this name the test is the program
	if err := os.Symlink(exe, assay); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(goodToken))
	tokens := filepath.Join(dir, "tokens")
	if err := os.WriteFile(tokens, []byte(hex.EncodeToString(sum[:])+" acme rights=search,names,export,issuers,submit,check,operate Jo of HR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	page, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	queue, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	serve := exec.CommandContext(t.Context(), assay, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:"+page, "--nats-listen", "127.0.0.1:"+queue, "--tokens", tokens,
		"--web", filepath.Join(top, "testdata", "site", "web.json"), "--trust", filepath.Join(top, "testdata", "site", "trust.json"))
	untilServing(t, serve, "127.0.0.1:"+page)

	samples := filepath.Join(top, "testdata", "applications")
	var entries []manifestEntry
	b, err := os.ReadFile(filepath.Join(samples, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(b, &entries)
	}
	if err != nil {
		t.Fatal(err)
	}
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(2)
	for _, e := range entries {
		if !slices.Contains([]string{"A-01-proof-png", "A-02-jwt-es256", "A-07-svg", "A-08-resume-pdf", "A-11-expired", "A-17-broken-pdf"}, e.Application) {
			continue
		}
		g.Go(func() error {
			cmd := exec.CommandContext(ctx, assay, append([]string{"submit", "--nats", "nats://127.0.0.1:" + queue, "--tenant", "acme", "--application", e.Application, "--job", e.Job,
				"--applicant-email", e.Email, "--applicant-name", e.Name + " Lindqvist", "--wait"}, e.Files...)...)
			cmd.Dir, cmd.Env = samples, settled()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", e.Application, err, out)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	nc, err := connected("nats://127.0.0.1:" + queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	publish := func(subject, body string) {
		t.Helper()
		if err := nc.Publish(subject, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
	}

	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return &recruiter{t: t, ctx: ctx, at: "http://127.0.0.1:" + page}, publish
}

// TestJourneys has a recruiter at a browser go the ways through the program that the page
// is made for: with script, without, by keys alone, and ten tasks with their acts counted.
func TestJourneys(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server and a browser")
	}
	t.Parallel()
	began := time.Now()
	r, publish := journeysOf(t)
	r.signsIn()
	t.Logf("%.1f s until somebody has signed in", time.Since(began).Seconds())
	for _, j := range []struct {
		name string
		goes func(*recruiter)
	}{
		{"finding", finding},
		{"matching and comparing", matching},
		{"keeping", keeping},
		{"trusting and blocking", trusting},
		{"operating", func(r *recruiter) { operating(r, publish) }},
		{"blind reading", readingBlind},
		{"tasks", tasks},
		{"keys alone", keysAlone},
		{"without script", withoutScript},
		{"leaving", leaving},
	} {
		if ok := t.Run(j.name, func(t *testing.T) {
			own, start := *r, time.Now()
			own.t = t
			j.goes(&own)
			t.Logf("%.1f s", time.Since(start).Seconds())
		}); !ok {
			return // where the browser is now, no other journey begins
		}
	}
}

// finding: search, refine, open, evidence, back, export.
func finding(r *recruiter) {
	r.opens("/")
	r.clicks("#q")
	r.writes("teamwork")
	r.enters()
	r.reads(".head h1", "3 applicants found")
	r.clicks(`#filters input[name="certificate"][value*="first aid" i]`)
	r.sees(".picked .tag")
	r.sees(`#filters input[value*="first aid" i]:checked:focus`)
	if left := r.seen(".card"); left != 1 {
		r.t.Errorf("%d cards are left", left)
	}
	question := ask[string](r, "location.search")
	r.follows(".card .badge")
	r.sees(".cred:target .aspects")
	r.clicks(".cred:target .evi summary")
	r.reads(".cred:target .evi", "exactly what was signed")
	r.do("back", chromedp.NavigateBack())
	r.sees(".picked .tag")
	if now := ask[string](r, "location.search"); now != question {
		r.t.Errorf("back at %s, want %s", now, question)
	}
	r.clicks(".tools .drop:last-of-type summary")
	if line := r.download(`.tools a[href*="/v1/export"][href*="csv"]`); !strings.HasPrefix(line, "application") {
		r.t.Errorf("the CSV begins with %q", line)
	}
}

// matching: a role from a pasted advert, a skill of it taken away, and two compared.
func matching(r *recruiter) {
	r.opens("/")
	r.follows(`nav.main a[href^="/match"]`)
	r.clicks("#ad")
	r.writes("You work in teams, give first aid, and know welding techniques.")
	r.follows("#ad ~ * .btn.go, form.pairs .btn.go")
	r.reads(".cq", "work in teams")
	if n := r.seen(".skillrow"); n < 2 {
		r.t.Errorf("%d skills were read from the advert", n)
	}
	was := r.seen(".skillrow")
	r.sees(".matrix .c-has")
	r.follows(".skillrow:last-child button[name=drop]")
	if n := r.seen(".skillrow"); n != was-1 {
		r.t.Errorf("%d skills after one was taken away from %d", n, was)
	}
	r.clicks(".matrix tbody tr:nth-child(1) .choose")
	r.clicks(".matrix tbody tr:nth-child(2) .choose")
	r.reads("[data-chosen]", "2 chosen")
	r.follows("#pick .btn.go")
	if n := r.seen(".compare thead th"); n != 3 {
		r.t.Errorf("%d columns of two who are compared", n)
	}
	r.sees(".compare .s-verified")
}

// got asks for an address as anybody does who is not signed in.
func got(t *testing.T, address string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// keeping: a search and its alert, its feed, which anybody with the address reads and
// which names nobody, and shortlists.
func keeping(r *recruiter) {
	r.opens("/?q=teamwork")
	r.clicks(".tools .drop:nth-of-type(2) summary")
	r.clicks(".tools input[name=daily]")
	r.follows(".tools form .btn.go")
	r.reads("main", "Saved searches")
	r.reads("main", "once a day")
	feeds := `.row.small .drop:first-child `
	r.clicks(feeds + "summary")
	r.follows(feeds + `button:last-of-type`)
	address := ask[string](r, `document.querySelector('.note[role="status"] a').href`)
	status, atom := got(r.t, address)
	if status != http.StatusOK || !strings.Contains(atom, "<feed") || strings.Count(atom, "<entry>") != 3 {
		r.t.Errorf("the feed: %d %s", status, atom)
	}
	for _, name := range []string{"Lindqvist", "example.org"} {
		if strings.Contains(atom, name) {
			r.t.Errorf("the feed has %q: %s", name, atom)
		}
	}
	r.opens("/saved")
	r.clicks(feeds + "summary")
	r.follows(feeds + "button.bad")
	if status, _ := got(r.t, address); status != http.StatusNotFound {
		r.t.Errorf("a feed that was taken back: %d", status)
	}

	r.opens("/?q=teamwork")
	r.clicks(".card:nth-of-type(1) .choose")
	r.clicks(".card:nth-of-type(2) .choose")
	r.follows(`#pick [formaction^="/saved"]`)
	r.clicks("#putname")
	r.writes("Site crew")
	r.enters()
	r.reads("main", "Site crew")
	if n := r.seen(".people > li"); n != 2 {
		r.t.Errorf("%d are on the shortlist", n)
	}
	r.opens("/?q=teamwork")
	r.clicks(".card:nth-of-type(3) .choose")
	r.follows(`#pick [formaction^="/saved"]`)
	r.follows(`main .note button[name="list"]`)
	if n := r.seen(".people > li"); n != 3 {
		r.t.Errorf("%d are on the shortlist after one more", n)
	}
	r.clicks(".people > li:nth-child(1) .choose")
	r.clicks(".people > li:nth-child(2) .choose")
	r.reads("[data-chosen]", "2 chosen")
	r.follows("#pick .btn.go")
	if n := r.seen(".compare thead th"); n != 3 {
		r.t.Errorf("%d columns of two of a shortlist\n%s", n, r.page())
	}
}

// trusting: an issuer whom nobody knew is trusted, blocked and forgotten, and the search
// follows.
func trusting(r *recruiter) {
	const asks, issuer = "/?q=python&include=all", "did:key:zDnaezoaaP2XN1cn4K7BQbwY9HPorgcfLcR3B6kZpaMkkG5TF"
	r.finally(asks, ".card .s-unvouched", true)
	decide := func(does, note string) {
		r.t.Helper()
		r.opens("/issuers?named=Badge+Works")
		r.follows(does)
		r.sees("#decide")
		r.clicks("#nt")
		r.writes(note)
		r.follows("#decide .btn.go")
		r.reads(`.note[role="status"]`, "Your decision holds")
		r.reads("#log", note)
	}
	decide(`.fold a[href*="do=trust"]`, "we asked them")
	start := time.Now()
	r.finally("/?q=python", ".card .s-verified", true)
	r.t.Logf("%.1f s from the trust to the verified badge", time.Since(start).Seconds())
	// A block reaches every search at once, whoever trusted the issuer.
	r.opens("/issuers?do=block&issuer=" + issuer)
	r.clicks("#nt")
	r.writes("the key was stolen")
	r.follows("#decide .btn.go")
	r.reads("#log", "the key was stolen")
	r.opens("/?q=python")
	if r.seen(".card .s-verified") > 0 {
		r.t.Errorf("what a blocked issuer signed is verified\n%s", r.page())
	}
	r.finally(asks, ".card .s-blocked", true)
	decide(`.fold a[href*="do=forget"]`, "it was not")
	r.finally(asks, ".card .s-unvouched", true)
}

// operating: a dead letter is tried again, and dropped.
func operating(r *recruiter, publish func(subject, body string)) {
	publish("applications.acme.A-99", "no JSON at all")
	r.finally("/operations", `button[value^="retry:"]`, true)
	r.reads("table.fold", "letter 1") // read blind: an application may be called as a person is
	number := ask[string](r, `document.querySelector('button[value^="retry:"]').value`)
	r.follows(`button[value^="retry:"]`)
	r.sees(`.note[role="status"]`)
	// It is as broken as it was, and becomes another letter.
	r.finally("/operations", fmt.Sprintf(`button[value^="retry:"]:not([value=%q])`, number), true)
	r.follows(`button[value^="drop:"]`)
	r.finally("/operations", `button[value^="retry:"]`, false)
}

// readingBlind: names are hidden, shown to whoever lifts it, and hidden again.
func readingBlind(r *recruiter) {
	const name = "Lindqvist"
	r.opens("/?q=teamwork")
	if page := r.text("main"); strings.Contains(page, name) {
		r.t.Errorf("named while it is read blind: %s", page)
	}
	r.follows(`.me a[href^="/blind"]`)
	r.follows(`button[value="lift"]`)
	r.reads(".head h1", "3 applicants found")
	r.reads(".card h3", name)
	r.follows(".card h3 a")
	r.reads("h1", name)
	r.follows(`.me a[href^="/blind"]`)
	r.follows(`button[value="keep"]`)
	if page := r.text("main"); strings.Contains(page, name) {
		r.t.Errorf("named while it is read blind again: %s", page)
	}
}

// tasks are what a recruiter does all day: each begins on the page that the one before
// leaves, or on a search, and takes at most as many acts as the drawing of the page does.
func tasks(r *recruiter) {
	search := func(q string) { r.opens("/?q=" + url.QueryEscape(q)) }
	for _, x := range []struct {
		task   string
		most   int // clicks, keys and texts that the drawing takes
		begins func()
		does   func()
		sees   string
	}{
		{"find who can prove teamwork", 2, func() { r.opens("/") }, func() {
			r.sees("#q:focus")
			r.writes("teamwork")
			r.enters()
		}, ".card .s-verified"},
		{"of them, who cannot rope access", 2, func() { search("teamwork rope access") }, func() {
			r.clicks(".question li:nth-child(2) summary")
			r.follows(".question li:nth-child(2) .menu a:nth-child(3)")
		}, ".tok.not"},
		{"narrow by a certificate", 1, func() { search("teamwork") }, func() {
			r.clicks(`#filters input[name="certificate"][value*="first aid" i]`)
		}, ".picked .tag"},
		{"look at the evidence of a badge", 2, func() { search("teamwork") }, func() {
			r.follows(".card .badge")
			r.clicks(".cred:target .evi summary")
		}, ".cred:target .evi dd"},
		{"compare two", 3, func() { search("teamwork") }, func() {
			r.clicks(".card:nth-of-type(1) .choose")
			r.clicks(".card:nth-of-type(2) .choose")
			r.follows("#pick .btn.go")
		}, ".compare .s-verified"},
		{"put two on a shortlist", 4, func() { search("teamwork") }, func() {
			r.clicks(".card:nth-of-type(1) .choose")
			r.clicks(".card:nth-of-type(2) .choose")
			r.follows(`#pick [formaction^="/saved"]`)
			r.follows(`main .note button[name="list"]`)
		}, ".people > li"},
		{"save the search, and be told of new ones", 3, func() { search("first aid") }, func() {
			r.clicks(".tools .drop:nth-of-type(2) summary")
			r.clicks(".tools input[name=daily]")
			r.follows(".tools form .btn.go")
		}, ".tag"},
		{"match an advert", 4, func() { search("teamwork") }, func() {
			r.follows(`nav.main a[href^="/match"]`)
			r.clicks("#ad")
			r.writes("You work in teams and give first aid.")
			r.follows("form.pairs .btn.go")
		}, ".matrix .c-has"},
		{"take the hits along as a sheet", 2, func() { search("teamwork") }, func() {
			r.clicks(".tools .drop:nth-of-type(3) summary")
			r.acts++ // the link, which gives a file and no page
			if line := r.download(`.tools a[href*="/v1/export"][href*="csv"]`); !strings.HasPrefix(line, "application,") {
				r.t.Errorf("the CSV begins with %q", line)
			}
		}, ".card"},
		{"see why somebody is not counted", 2, func() { search("forklift") }, func() {
			r.clicks(`#filters input[name="include"][value="expired"]`)
			r.sees(".card .s-expired")
			r.follows(".card:has(.s-expired) .badge")
			r.reads(".cred:target", "ended")
		}, ".cred:target .s-expired"},
	} {
		x.begins()
		r.acts = 0
		x.does()
		r.sees(x.sees)
		r.t.Logf("%d (%d in the drawing)  %s", r.acts, x.most, x.task)
		if r.acts > x.most {
			r.t.Errorf("%s takes %d acts, the drawing %d", x.task, r.acts, x.most)
		}
	}
}

// keysAlone: from the box to the first card's evidence, and two who are compared, without
// a mouse.
func keysAlone(r *recruiter) {
	r.opens("/")
	r.sees("#q:focus")
	r.acts = 0
	r.writes("teamwork")
	r.enters()
	r.presses("j")
	r.sees(".card:focus")
	r.tabs("h3 a")
	r.tabs(".badge")
	r.enters()
	r.sees(".cred:target")
	r.tabs(".cred:target .evi summary")
	r.presses(kb.Enter)
	r.sees(".cred:target .evi dd")
	r.t.Logf("%d acts from the box to the evidence of the first badge", r.acts)
	if r.acts > 10 {
		r.t.Errorf("%d acts from the box to the evidence", r.acts)
	}

	r.opens("/?q=teamwork")
	r.acts = 0
	for range 2 {
		r.presses("j")
		r.presses("s")
	}
	r.sees(".card:focus .choose:checked")
	r.reads("[data-chosen]", "2")
	chosen := r.acts
	r.tabs("#pick .btn.go")
	r.enters()
	r.sees(".compare .s-verified")
	r.t.Logf("%d acts from a search to two who are compared, %d of them to choose", r.acts, chosen)
	if r.acts > 14 {
		r.t.Errorf("%d acts to compare two", r.acts)
	}
}

// withoutScript: the same forms, by what the browser does by itself.
func withoutScript(r *recruiter) {
	r.scripts(false)
	defer r.scripts(true)
	r.opens("/")
	r.clicks(".me .drop summary")
	r.follows(`form[action="/sign-out"] button`)
	r.signsIn()
	r.clicks("#q")
	r.writes("teamwork first aid")
	r.enters()
	r.sees(".question li:nth-child(2) .x")
	r.follows(".question li:nth-child(2) .x")
	r.reads(".head h1", "3 applicants found")
	r.clicks(`#filters input[name="certificate"][value*="first aid" i]`)
	r.follows("#filters > .btn.go")
	r.sees(".picked .tag")
	r.follows(".picked .tag a")
	r.clicks(".card:nth-of-type(1) .choose")
	r.clicks(".card:nth-of-type(2) .choose")
	r.reads("[data-chosen]", "Those chosen") // a script would count them
	r.follows("#pick .btn.go")
	r.sees(".compare .s-verified")
	r.opens("/?q=welding")
	r.clicks(".tools .drop:nth-of-type(2) summary")
	r.follows(".tools form .btn.go")
	r.reads("main", "welding")
	r.opens("/issuers?named=Badge+Works")
	r.follows(`.fold a[href*="do=trust"]`)
	r.follows("#decide .btn.go")
	r.reads(`.note[role="status"]`, "Your decision holds")
	r.finally("/?q=python", ".card .s-verified", true)
}

// leaving: who signs out sees nothing any more, nor by going back.
func leaving(r *recruiter) {
	r.opens("/?q=teamwork")
	r.clicks(".me .drop summary")
	r.follows(`form[action="/sign-out"] button`)
	r.sees("#tk")
	r.do("back", chromedp.NavigateBack())
	r.sees("#tk")
	r.opens("/?q=teamwork")
	r.sees("#tk")
	if r.seen(".card") > 0 {
		r.t.Error("applicants are shown to who has signed out")
	}
}

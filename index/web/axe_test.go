package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// modes are how a reader may have pages shown; without motion, so that no colour is met
// half way to another.
var modes = map[string][]*emulation.MediaFeature{
	"light":         {{Name: "prefers-color-scheme", Value: "light"}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	"dark":          {{Name: "prefers-color-scheme", Value: "dark"}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	"forced colors": {{Name: "forced-colors", Value: "active"}, {Name: "prefers-reduced-motion", Value: "reduce"}},
}

// axeRun asks axe for what violates WCAG 2.2 AA or best practice, and gives a line each.
const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then(r =>
	r.violations.flatMap(v => v.nodes.slice(0, 4).map(n => v.id + ": " + n.target.join(" ") + " " + (n.failureSummary || "").replaceAll("\n", " "))))`

// axeSource is the text of axe-core, which deploy/setup.sh ci brings.
func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Root(t), "bin", "node", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		testenv.Missing(t, testenv.Axe, "no axe-core here")
	}
	return string(b)
}

// accessible opens a page and fails for whatever axe finds in it, and for what lies
// outside the window, at each width in each mode.
func accessible(t *testing.T, ctx context.Context, axe, address string, widths []int64, in ...string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	lookedAt(t, ctx, axe, address, widths, in...)
}

// lookedAt is accessible for the page that is open.
func lookedAt(t *testing.T, ctx context.Context, axe, address string, widths []int64, in ...string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[json.RawMessage](axe+"; 0")); err != nil {
		t.Fatal(err)
	}
	for _, mode := range in {
		for _, w := range widths {
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: modes[mode]}); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, 900)); err != nil {
				t.Fatal(err)
			}
			bad, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](axeRun, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			out, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](outside))
			if err != nil {
				t.Fatal(err)
			}
			if bad = append(bad, out...); len(bad) > 0 {
				t.Errorf("%s, %s, %d wide:\n%s", address, mode, w, strings.Join(bad, "\n"))
			}
		}
	}
}

// everyPage are the pages and their states.
func everyPage() map[string]string {
	return map[string]string{
		"nothing there":    "/nothing",
		"start":            "/",
		"found":            "/?q=teamwork&blind=off",
		"every result":     "/?q=teamwork+include:all,unsupported&size=50",
		"dense":            "/?q=teamwork&view=dense",
		"chips and tiers":  "/?earned=2025&q=" + url.QueryEscape(`teamwork "rope access" frist aid certificate NOT trainee ?welding`),
		"nobody":           "/?q=" + url.QueryEscape(`"kubernets administrator" issuer:goethe level>=C2`),
		"a question wrong": "/?last=teamwork&q=" + url.QueryEscape(`teamwork AND ("rope access" OR climbing`),
		"a second page":    "/?q=teamwork&size=2",
		"what is kept":     "/saved",
		"for a shortlist":  "/saved?a=B1&a=B2",
		"a record":         "/applications/B1?blind=off",
		"a crowded record": "/applications/A" + strings.Repeat("1", 60) + "?blind=off",
		"no such record":   "/applications/none",
		"a role":           "/match",
		"a role matched":   "/match?required=teamwork,juggling&wished=python&blind=off",
		"a role wrong":     "/match?required=teamwork%5E9",
		"compared":         "/compare?a=B1&a=B2&a=B3&a=A" + strings.Repeat("1", 60),
		"nobody compared":  "/compare?a=none",
		"issuers":          "/issuers?do=block&issuer=https%3A%2F%2Fmill.example%2Fi%2F7&said=block",
		"operations":       "/operations?words=on&said=retry&count=100",
		"check":            "/check",
		"blind":            "/blind",
	}
}

// TestAccessible looks at every page with axe, on a telephone and on a wide screen;
// TestLongAccessible in every mode at every width.
func TestAccessible(t *testing.T) {
	pages(t, 4*time.Minute, []int64{320, 1280}, "light")
}

func TestLongAccessible(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	pages(t, 15*time.Minute, []int64{320, 360, 768, 1280}, "light", "dark", "forced colors")
}

// TestAccessibleOnceOpen looks at what no address leads to: suggestions while somebody
// types, and the tokens of a feed that are shown once.
func TestAccessibleOnceOpen(t *testing.T) {
	axe := axeSource(t)
	s := crowdedServer(t)
	ctx := browser(t, 2*time.Minute)
	do, _ := clicks(t, ctx)
	do(chromedp.Navigate(s.URL+"/"), chromedp.SendKeys("#q", "team"), chromedp.WaitVisible(`#suglist [role=option]`))
	lookedAt(t, ctx, axe, "suggestions", []int64{1280, 320}, "light")
	do(chromedp.Navigate(s.URL+"/saved"), chromedp.Click(`details:has(input[value="feed"]) > summary`), chromedp.Click(`form:has(input[value="feed"]) button`), chromedp.WaitVisible(`.note[role=status]`))
	lookedAt(t, ctx, axe, "a feed's tokens", []int64{320, 1280}, "light")
}

func pages(t *testing.T, limit time.Duration, widths []int64, in ...string) {
	axe := axeSource(t)
	s := crowdedServer(t)
	ctx := browser(t, limit)
	// It finds what there is.
	if err := chromedp.Do(ctx, chromedp.Navigate("data:text/html,<title>x</title><img src=x>")); err != nil {
		t.Fatal(err)
	}
	if found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](axe+";"+axeRun, chromedp.EvalAwaitPromise)); err != nil || !strings.Contains(strings.Join(found, "\n"), "image-alt") {
		t.Fatalf("axe finds %v: %v", found, err)
	}
	for name, path := range everyPage() {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			accessible(t, ctx, axe, s.URL+path, widths, in...)
			t.Log(fmt.Sprint(time.Since(begin).Round(time.Millisecond)))
		})
	}
}

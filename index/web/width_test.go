package web

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/chromedp/chromedp"
)

// browser starts a real one, for at most limit.
func browser(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		testenv.Missing(t, testenv.Chromium, "no chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, limit)
	t.Cleanup(cancel)
	return ctx
}

// outside lists what of a page does not fit into the window: the document itself,
// and every control that can be seen. What scrolls by itself (a wide table) may be
// wider.
const outside = `(() => {
	const out = [], wide = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > wide) out.push("the document is " + document.documentElement.scrollWidth + " wide");
	for (const e of document.querySelectorAll("a, button, input, select, textarea, summary, label")) {
		const r = e.getBoundingClientRect();
		if (e.closest(".scroll, .skip") || r.width === 0 || r.height === 0 || !e.checkVisibility({checkOpacity: true, visibilityProperty: true})) continue;
		if (r.left < -0.5 || r.right > wide + 0.5) out.push(e.tagName.toLowerCase() + " " + (e.className || e.name || e.textContent.trim().slice(0, 30)) + " from " + Math.round(r.left) + " to " + Math.round(r.right));
	}
	return out.slice(0, 8);
})()`

// crowded are applications that leave no room: many badges, long words that
// nothing breaks, every result.
func crowded() []record.Application {
	long := strings.Repeat("Donaudampfschifffahrt", 5)
	var entries []record.Entry
	for i, result := range []verdict.Result{verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Pending, verdict.Rejected, verdict.Unsupported} {
		e := badge(fmt.Sprintf("%s %d", long, i), teams, "work in teams", result, verdict.ProofInvalid)
		e.Where = long + ".pdf > attachment " + long + ".png"
		e.Verdict.Credential.Issuer = verdict.Party{ID: "https://" + strings.ToLower(long) + ".example/" + long, Name: long + " of " + long}
		e.Skills[0].Level = "Level 3 of " + long
		other := badge(long, "https://skills.example/"+long, long, result, "")
		other.Verdict.Credential.Description = long + " " + long
		entries = append(entries, e, other)
	}
	docs := []record.Application{document("default", "A"+strings.Repeat("1", 60), long, []record.Unread{{Where: long + ".pdf", Reason: "encrypted"}}, entries...)}
	for i := range 12 {
		docs = append(docs, document("default", fmt.Sprint("B", i), "Applicant", nil, badge("Teamwork on site", teams, "work in teams", verdict.Verified, "")))
	}
	return docs
}

// TestLongEveryWidth looks at every state of the page in windows from the
// narrowest telephone to a wide screen: it never scrolls sideways, and no control
// lies outside.
func TestLongEveryWidth(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	s := crowdedServer(t)
	ctx := browser(t, 8*time.Minute)
	long := url.QueryEscape(strings.Repeat("x", 120))
	first := "/applications/A" + strings.Repeat("1", 60)
	states := map[string]string{
		"everybody":        "/",
		"found":            "/?q=teamwork",
		"every result":     "/?q=teamwork&include=all&blind=off",
		"by a choice":      "/?q=teamwork&skill=" + url.QueryEscape(teams) + "&earned=2025",
		"a second page":    "/?q=teamwork&size=2",
		"nobody":           "/?q=juggling",
		"a long question":  "/?q=" + long,
		"a question wrong": "/?q=" + url.QueryEscape("teamwork AND (lead"),
		"a record":         "/applications/B1",
		"a crowded record": first,
		"with the name":    first + "?blind=off",
		"no such record":   "/applications/C1",
		"a role":           "/match",
		"compared":         "/compare?a=B1&a=B2&a=B3&a=A" + strings.Repeat("1", 60),
		"a role matched":   "/match?required=teamwork,juggling&wished=python&blind=off",
		"what is kept":     "/saved",
		"kept, with names": "/saved?blind=off",
	}
	widths := []int64{320, 480, 768, 1024, 1440, 759, 760, 761} // at 760 the layout changes
	for w := int64(340); w <= 1600; w += 60 {
		widths = append(widths, w)
	}
	slices.Sort(widths)
	widths = slices.Compact(widths)
	for name, path := range states {
		t.Run(name, func(t *testing.T) {
			if err := chromedp.Do(ctx, chromedp.Navigate(s.URL+path)); err != nil {
				t.Fatal(err)
			}
			for _, open := range []bool{false, true} {
				if open {
					if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("details").forEach(d => d.open = true) ?? 0`)); err != nil {
						t.Fatal(err)
					}
				}
				for _, w := range widths {
					if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, 900)); err != nil {
						t.Fatal(err)
					}
					bad, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](outside))
					if err != nil {
						t.Fatal(err)
					}
					if len(bad) > 0 {
						t.Fatalf("%d wide, details open %v: %s", w, open, strings.Join(bad, "; "))
					}
				}
			}
		})
	}
}

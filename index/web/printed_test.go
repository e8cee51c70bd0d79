package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/index/record"
	"assay/verify/verdict"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// printed lists what is wrong with a page on paper: what is cut off at its edge or by a
// box, what can only be clicked, addresses that cannot be read, states without a word or
// told by colour alone, what may be split in two.
const printed = `(() => {
	const out = [], wide = document.documentElement.clientWidth;
	const called = e => e.tagName.toLowerCase() + "." + e.getAttribute("class") + " " + e.textContent.trim().slice(0, 40);
	const seen = e => { const r = e.getBoundingClientRect(); return r.width > 1 && r.height > 1 && !e.closest(".vh") && e.checkVisibility({opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true}); };
	if (document.documentElement.scrollWidth > wide) out.push("the document is " + document.documentElement.scrollWidth + " wide");
	for (const e of document.querySelectorAll("body *")) {
		if (e.ownerSVGElement || !seen(e) || getComputedStyle(e).display === "inline") continue;
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		if (r.left < -0.5 || r.right > wide + 0.5) out.push("cut off at the edge: " + called(e) + " to " + Math.round(r.right));
		if (!e.closest("thead") && e.tagName !== "svg" && (e.scrollWidth > e.clientWidth + 1 || s.overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1) && e.clientWidth > 0) out.push("more than fits: " + called(e));
	}
	for (const e of document.querySelectorAll("nav, form, input, select, textarea, button:not(.seal), .btn:not([href^=http]), .drop, a[hreflang], .skip")) if (seen(e)) out.push("to be clicked: " + called(e));
	for (const e of document.querySelectorAll("main details:not(.drop) > :not(summary)")) if (!seen(e)) out.push("folded: " + called(e));
	const blind = document.querySelector("#bl") !== null;
	for (const e of document.querySelectorAll("main a[href^=http]")) {
		const at = e.getAttribute("href"), read = e.textContent.includes(at) || getComputedStyle(e, "::after").content.includes(at);
		if (seen(e) && !blind && !read) out.push("an address that nobody reads: " + at);
		if (blind && seen(e)) out.push("an address that a blind reader reads: " + at);
	}
	for (const e of document.querySelectorAll(".seal, .aspects li")) if (seen(e)) {
		const s = getComputedStyle(e);
		if (e.textContent.trim() === "" || parseFloat(s.borderTopWidth) < 1 || s.borderTopStyle === "none" || !e.querySelector("svg")) out.push("a state by colour alone: " + called(e));
	}
	for (const e of document.querySelectorAll(".cred, .card, .compare tbody tr:not(.kind), .trio .panel, .profile tr, .legend dl > div")) if (getComputedStyle(e).breakInside !== "avoid") out.push("split in two: " + called(e));
	for (const e of document.querySelectorAll("h1, h2, h3")) if (getComputedStyle(e).breakAfter !== "avoid") out.push("a heading alone: " + called(e));
	const s = getComputedStyle(document.body);
	if (s.color !== "rgb(0, 0, 0)" || s.backgroundColor !== "rgb(255, 255, 255)") out.push(s.color + " on " + s.backgroundColor);
	return [...new Set(out)].slice(0, 12);
})()`

// Of A4 with the margins of the style sheet.
const (
	a4Wide, a4High = 8.27, 11.69 // inches
	a4Text         = 688         // px from margin to margin
	a4Foot         = 16 / 25.4 * 72
	a4Room         = a4High*72 - 2*a4Foot // pt
)

var (
	outlined  = regexp.MustCompile(`/Title \((Badge \d+)\)\s*/Dest \[\d+ 0 R /XYZ [\d.]+ ([\d.]+) 0\]`)
	pageInPDF = regexp.MustCompile(`/Type\s*/Page[^s]`)
)

// badgesOfAll is an application with badges of every result, with addresses as evidence.
func badgesOfAll() record.Application {
	var entries []record.Entry
	results := []verdict.Result{verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Pending, verdict.Rejected, verdict.Unsupported}
	for i := range 2 * len(results) {
		e := badge(fmt.Sprintf("Badge %d", 10+i), teams, "work in teams", results[i%len(results)], verdict.ProofInvalid)
		c := &e.Verdict.Credential
		c.ID, c.Criteria = fmt.Sprintf("https://badges.example/%s/%d", strings.Repeat("donaudampf", 4), i), "https://criteria.example/teamwork"
		e.Verdict.Aspects.Issuer.Evidence = []verdict.Evidence{{URL: fmt.Sprintf("https://keys.example/%s/%d", strings.Repeat("schifffahrt", 4), i), At: now, SHA256: strings.Repeat("a", 64)}}
		entries = append(entries, e)
	}
	return document("default", "M1", "Applicant Many", nil, entries...)
}

// TestPrinted: a record and a comparison are whole on paper, and read there as on the
// page: nothing to click, each address and state in words, and no badge over two sheets
// that fits on one.
func TestPrinted(t *testing.T) {
	s := openWith(t, Options{}, append(crowded(), badgesOfAll())...)
	ctx := browser(t, 2*time.Minute)
	media := func(kind string, dark bool) {
		t.Helper()
		p := emulation.SetEmulatedMediaParams{Media: kind}
		if dark {
			p.Features = modes["dark"]
		}
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, p); err != nil {
			t.Fatal(err)
		}
	}
	eval := func(script string) []string {
		t.Helper()
		out, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	long := "A" + strings.Repeat("1", 60)
	for _, x := range []struct {
		desc, path string
		words      []string // that are read on paper
		sheets     int      // at most
	}{
		{"a record", "/applications/B1?blind=off", []string{"verified", "Record of application B1"}, 3},
		{"a record of many", "/applications/M1?blind=off", []string{"verified", "authentic", "expired", "unvouched", "waiting", "altered or forged", "not judged", "unaltered", "https://criteria.example/teamwork", "sha256 aaaa"}, 10},
		{"many, blind", "/applications/M1", []string{"verified", "Blind reading is on.", "keys.example"}, 10},
		{"a crowded record", "/applications/" + long + "?blind=off", []string{"verified", "not judged"}, 20},
		{"compared", "/compare?a=B1&a=B2&a=B3&a=" + long + "&blind=off", []string{"verified", "expired", "unvouched"}, 5},
		{"compared, many", "/compare?a=B1&a=M1&blind=off", []string{"verified", "and 11 more"}, 4},
	} {
		t.Run(x.desc, func(t *testing.T) {
			media("", false)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.Navigate(s.URL+x.path)); err != nil {
				t.Fatal(err)
			}
			yes := true
			pdf, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: a4Wide, PaperHeight: a4High, PreferCSSPageSize: &yes, GenerateDocumentOutline: &yes})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(pageInPDF.FindAll(pdf.Data, -1)); n < 1 || n > x.sheets {
				t.Errorf("%d sheets, at most %d", n, x.sheets)
			}
			for _, dark := range []bool{false, true} {
				media("print", dark)
				for _, w := range []int64{453, a4Text} { // A5 and A4
					if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, 1000)); err != nil {
						t.Fatal(err)
					}
					if bad := eval(printed); len(bad) > 0 {
						t.Errorf("%d wide, dark %v:\n%s", w, dark, strings.Join(bad, "\n"))
					}
				}
			}
			text := eval(`[document.body.innerText + [...document.querySelectorAll("a")].map(e => getComputedStyle(e, "::after").content).join(" ")]`)[0]
			for _, w := range x.words {
				if !strings.Contains(text, w) {
					t.Errorf("%q is not in %s", w, text)
				}
			}
			// Where each badge's heading stands on its sheet, and how much comes below.
			below := eval(`[...document.querySelectorAll(".cred")].map(e => e.querySelector("h3").textContent + "=" + (e.getBoundingClientRect().bottom - e.querySelector("h3").getBoundingClientRect().top))`)
			at := outlined.FindAllStringSubmatch(string(pdf.Data), -1)
			if strings.Contains(x.path, "applications/M1") && (len(at) != 14 || len(below) != 14) {
				t.Fatalf("%d headings in the PDF, %d badges", len(at), len(below))
			}
			for _, m := range at {
				top, err := strconv.ParseFloat(m[2], 64)
				if err != nil {
					t.Fatal(err)
				}
				high := math.NaN()
				for _, b := range below {
					if name, px, _ := strings.Cut(b, "="); name == m[1] {
						if high, err = strconv.ParseFloat(px, 64); err != nil {
							t.Fatal(err)
						}
					}
				}
				if high *= 0.75; math.IsNaN(high) || high < a4Room-20 && top-high < a4Foot-4 {
					t.Errorf("%s is on two sheets: from %.0f pt, %.0f high", m[1], top, high)
				}
			}
		})
	}
}

package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/extract"
	"assay/index/skills"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"
)

// What strangers wrote cannot move the cursor, ring the bell or turn the line.
func TestReportIsSafeForATerminal(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2J\u202eabc\r\n\u2028x\ufeff\x9b31m\u200b\u00ad\U000e0041\u3164"
	var b bytes.Buffer
	p := newPrinter(&b)
	p.report(examine.Report{Document: evil,
		Findings: []examine.Finding{{Where: evil, Carrier: evil, Places: []extract.Place{{Where: evil}, {Where: evil}},
			Verdict: verify.Verdict{Result: verdict.Rejected, Proof: evil, Unconfirmed: verdict.Unconfirmed{Name: evil, Issuer: evil}, Reason: verdict.Reason(evil), Warnings: []verdict.Warning{evil},
				Aspects:      verdict.Aspects{Integrity: verdict.Aspect{State: verdict.Fail, Reason: verdict.Reason(evil), Detail: evil}},
				Endorsements: []verdict.Endorsed{{Issuer: verdict.Party{ID: evil}}},
				Credential:   verdict.Credential{ID: evil, Name: evil, Issuer: verdict.Party{ID: evil, Name: evil}}},
			Skills: []skills.Skill{{Label: evil, Framework: evil, Basis: evil, Level: evil}}}},
		Unread:      []extract.Unread{{Where: evil, Reason: evil, Detail: evil}},
		NotFollowed: []examine.Unfollowed{{Where: evil, URL: evil, Reason: evil}}})
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\r", "\u2028", "\ufeff", "\u009b", "\u200b", "\u00ad", "\U000e0041", "\u3164"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	if !strings.Contains(b.String(), "abc") {
		t.Error("nothing was printed")
	}
}

// Of a badge whose end may be hidden nobody says that it has none.
func TestReportOfAnEndNotKnown(t *testing.T) {
	for state, want := range map[verdict.State]bool{verdict.Pass: true, verdict.Fail: true, verdict.Unknown: false} {
		var b bytes.Buffer
		v := verify.Verdict{Result: verdict.Unsupported, Reason: verdict.NotDisclosed, Aspects: verdict.Unasked()}
		v.Aspects.Dates.State = state
		v.Credential.Issued = time.Date(2025, 1, 10, 0, 0, 0, 0, time.UTC)
		newPrinter(&b).report(examine.Report{Document: "a", Findings: []examine.Finding{{Verdict: v}}})
		if text := b.String(); strings.Contains(text, "does not expire") != want || !strings.Contains(text, "issued 2025-01-10") {
			t.Errorf("dates %s:\n%s", state, text)
		}
	}
}

// A form that is not judged is told by its name.
func TestReportNamesWhatIsUnsupported(t *testing.T) {
	var b bytes.Buffer
	v := verify.Verdict{Result: verdict.Unsupported, Reason: verdict.StatusUnknownType, Aspects: verdict.Unasked()}
	v.Aspects.Status = verdict.Aspect{State: verdict.Unknown, Reason: v.Reason, Detail: `status of type "MyOwnStatus"`}
	newPrinter(&b).report(examine.Report{Document: "a", Findings: []examine.Finding{{Verdict: v}}})
	if text := strings.Join(strings.Fields(b.String()), " "); !strings.Contains(text, v.Reason.Words()+` (status of type "MyOwnStatus")`) {
		t.Errorf("not by its name:\n%s", b.String())
	}
}

func TestReportColours(t *testing.T) {
	var b bytes.Buffer
	p := newPrinter(&b)
	p.colour = true
	p.report(examine.Report{Document: "a", Findings: []examine.Finding{{Verdict: verify.Verdict{Result: verdict.Verified}}}})
	if !strings.Contains(b.String(), "\x1b[32;1m✔ VERIFIED") {
		t.Errorf("no colour: %q", b.String())
	}
}

// What each credential of a record shows stands with it.
func TestReportSkillsOfARecord(t *testing.T) {
	var b bytes.Buffer
	newPrinter(&b).report(examine.Report{Document: "clr.json", Findings: []examine.Finding{{Where: "clr.json",
		Verdict: verify.Verdict{Result: verdict.Verified, Format: verdict.CLR20, Contained: []verify.Verdict{
			{Result: verdict.Verified, Credential: verdict.Credential{Name: "One"}}, {Result: verdict.Rejected, Credential: verdict.Credential{Name: "Two"}}, {Result: verdict.Verified}}},
		Inner: [][]skills.Skill{{{Label: "welding", Framework: "ESCO", Basis: skills.BasisCode, Level: "2"}}, {{Label: "gas", Framework: "ESCO", Basis: skills.BasisAlias}}}}}})
	for _, want := range []string{"One\n    found       clr.json > credential 1\n    skills      welding (ESCO, exact, level 2)\n", "would show  gas (ESCO, by name)\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestWrap(t *testing.T) {
	for _, l := range wrap(strings.Repeat("word ", 40)+strings.Repeat("x", 95), 30) {
		if len([]rune(l)) > 30 {
			t.Errorf("%q is longer than the line", l)
		}
	}
	if got := wrap("", 10); len(got) != 1 || got[0] != "" {
		t.Errorf("%q", got)
	}
}

// TestReportUnconfirmed: what only the copy says stands apart from what is proven.
func TestReportUnconfirmed(t *testing.T) {
	var b bytes.Buffer
	newPrinter(&b).report(examine.Report{Document: "cv", Findings: []examine.Finding{{Where: "cv", Verdict: verify.Verdict{Result: verdict.Pending,
		Credential: verdict.Credential{ID: "https://issuer.example/1"}, Unconfirmed: verdict.Unconfirmed{Name: "Doctor", Issuer: "MIT", Recipient: verdict.Pass}}}}})
	for _, want := range []string{"PENDING      https://issuer.example/1\n", `says        The copy that was sent calls it "Doctor" and its issuer "MIT", and names the`, "applicant. None of this is confirmed."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestReportGroupsUnread: much that was not read for one reason is one line, a few
// have one each; all of it is counted.
func TestReportGroupsUnread(t *testing.T) {
	r := examine.Report{Document: "all.zip"}
	add := func(n int, ending string, reason extract.Reason, detail string) {
		for i := range n {
			r.Unread = append(r.Unread, extract.Unread{Where: fmt.Sprintf("all.zip > %d.%s", i, ending), Reason: reason, Detail: detail})
		}
	}
	add(40, "mov", extract.ReasonUnknown, "video/quicktime")
	add(3, "rar", extract.ReasonUnknown, "RAR archive")
	add(1, "doc", extract.ReasonEncrypted, "")
	var b strings.Builder
	p := newPrinter(&b)
	p.report(r)
	p.summary(verdict.Counts{})
	for _, want := range []string{
		"! unread all.zip > 0.mov, all.zip > 1.mov, all.zip > 2.mov and 37 more: unknown_format: It is a kind of file that assay does not read. (video/quicktime)\n",
		"! unread all.zip > 2.rar: unknown_format: It is a kind of file that assay does not read. (RAR archive)\n",
		"! unread all.zip > 0.doc: encrypted: It needs a password.\n",
		"44 parts unread",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	if n := strings.Count(b.String(), "! unread"); n != 5 {
		t.Errorf("%d lines, want 5:\n%s", n, &b)
	}
	// An outcome has no names: parts of a document for one reason are counted.
	b.Reset()
	gap := ingest.OutcomeGap{Document: "document 1", Reason: "encrypted"}
	newPrinter(&b).gaps([]ingest.OutcomeGap{gap, {Document: "document 1", Reason: "truncated"}, gap, gap}, nil)
	if want := "  ! unread document 1, 3 parts: encrypted: It needs a password.\n  ! unread document 1: truncated: It breaks off before its end.\n"; b.String() != want {
		t.Errorf("%q, want %q", &b, want)
	}
}

// Links that were asked are told from those that were not, each with its reason,
// which stands once above many; the last line counts them.
func TestReportOfLinks(t *testing.T) {
	var links []examine.Unfollowed
	for _, l := range []struct {
		path   string
		reason examine.Skipped
		more   int
	}{{"policy", examine.SkippedPolicy, 0}, {"gone", examine.SkippedNotFound, 0}, {"page", examine.SkippedNoBadge, 0}, {"silent", examine.SkippedNoAnswer, 0},
		{"far1", examine.SkippedHops, 4}, {"left1", examine.SkippedBudget, 0}, {"left2", examine.SkippedBudget, 0}, {"left3", examine.SkippedBudget, 0}, {"left4", examine.SkippedBudget, 0}} {
		links = append(links, examine.Unfollowed{Where: "cv.txt", URL: "https://a.example/" + l.path, Reason: l.reason, More: l.more})
	}
	var b bytes.Buffer
	p := newPrinter(&b)
	p.report(examine.Report{Document: "cv.txt", NotFollowed: links})
	p.summary(verdict.Counts{})
	const want = `cv.txt
  no badge found

  → link asked https://a.example/gone — not_found: The server says that there is nothing.
  → link asked https://a.example/page — no_badge: What is there holds no badge.
  → link asked https://a.example/silent — no_answer: The server gives no answer.
  → link not asked https://a.example/policy — policy: The rule for following links leaves it out.
  → link not asked https://a.example/far1 and 4 more of that page — hops: Too many links away from the document.
  → link not asked 4 links — budget: More links than are fetched for one application at a time.
      https://a.example/left1
      https://a.example/left2
      https://a.example/left3
      https://a.example/left4

no badge; 2 links asked, with nothing there, 1 link asked without an answer that counts, 10 links not asked
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

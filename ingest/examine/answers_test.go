package examine

import (
	"context"
	"testing"
	"time"

	"assay/extract"
	"assay/verify/fetch"
	"assay/verify/verdict"
)

// answers gives one answer to every question.
type answers fetch.Response

func (a answers) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	out := fetch.Response(a)
	out.URL, out.At = r.URL, time.Unix(0, 0)
	return &out, nil
}

// TestAttack335WithheldLinks: what a host does not give out of a badge behind a
// link can be asked again, and is never told as a page without a badge.
func TestAttack335WithheldLinks(t *testing.T) {
	const captcha = "<html><title>Just a moment...</title>"
	for desc, tc := range map[string]struct {
		answer fetch.Response
		bake   verdict.Reason // "" = pending
		known  verdict.Reason
		likely Skipped
	}{
		"405":                     {answer: fetch.Response{Status: 405}, likely: SkippedStatus},
		"451":                     {answer: fetch.Response{Status: 451}, likely: SkippedStatus},
		"425":                     {answer: fetch.Response{Status: 425}, likely: SkippedStatus},
		"429":                     {answer: fetch.Response{Status: 429}, likely: SkippedNoAnswer},
		"a promise and a page":    {answer: fetch.Response{Status: 202, ContentType: "text/html", Body: []byte("<html>")}, likely: SkippedStatus},
		"a captcha":               {answer: fetch.Response{Status: 200, ContentType: "text/html", Body: []byte(captcha)}, likely: SkippedStatus},
		"a captcha that says 404": {answer: fetch.Response{Status: 404, Header: map[string][]string{"Cf-Mitigated": {"challenge"}}}, likely: SkippedStatus},
		"404":                     {answer: fetch.Response{Status: 404}, bake: verdict.NotFound, known: "none", likely: SkippedNotFound},
		"a page without a badge":  {answer: fetch.Response{Status: 200, ContentType: "text/html", Body: []byte("<html>")}, bake: verdict.NotABadge, known: verdict.ClaimOnly},
	} {
		for _, kind := range []string{"bake", "known", "likely"} {
			e := newExaminer(t, answers(tc.answer), FollowLikely, Limits{})
			r, err := e.Examine(context.Background(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(kind + " https://issuer.example/badge/1")}}})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]verdict.Reason{"bake": tc.bake, "known": tc.known, "likely": "none"}[kind]
			switch f := r[0].Findings; {
			case want == "none" && len(f) == 0:
			case want == "" && len(f) == 1 && f[0].Result == verdict.Pending && f[0].Reason == verdict.HostUnreachable:
			case want != "" && len(f) == 1 && f[0].Result != verdict.Pending && f[0].Reason == want:
			default:
				t.Errorf("%s for a %s: %+v", desc, kind, f)
			}
			if kind == "likely" {
				if n := r[0].NotFollowed; tc.likely != "" && (len(n) != 1 || n[0].Reason != tc.likely) {
					t.Errorf("%s: %+v", desc, n)
				}
			}
		}
	}
}

// TestDeniedElsewhere: what another host denies, where a link led, is not denied by
// the one that was asked.
func TestDeniedElsewhere(t *testing.T) {
	const at = "https://issuer.example/badge/1"
	for final, want := range map[string]verdict.Reason{
		at: verdict.NotFound, "https://issuer.example/404": verdict.NotFound, "https://www.issuer.example/badge/1": verdict.NotFound,
		"https://parking.example/": verdict.HostUnreachable, "https://issuer.example.evil.example/": verdict.HostUnreachable,
	} {
		r := examined(t, leading{at: {Status: 404, URL: final}}, Limits{}, "bake "+at)
		if len(r.Findings) != 1 || r.Findings[0].Reason != want {
			t.Errorf("%s: %+v", final, r.Findings)
		}
	}
}

// TestChallengeBesideABadge: a page that holds a badge is read, whatever else
// stands in it.
func TestChallengeBesideABadge(t *testing.T) {
	e := newExaminer(t, answers{Status: 200, ContentType: "text/html", Body: []byte("json {\"a\":\"captcha\"}\n<html>captcha")}, FollowLikely, Limits{})
	r, err := e.Examine(context.Background(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte("likely https://issuer.example/badge/1")}}})
	if err != nil || len(r[0].Findings) != 1 || len(r[0].NotFollowed) != 0 {
		t.Errorf("%+v %v", r, err)
	}
}

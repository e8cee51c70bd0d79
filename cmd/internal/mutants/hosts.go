package main

// hostMutants are the checks of what hosts answer, of where they lead on to, and
// of what links stand for.
var hostMutants = []mutant{
	{"fetch: any status but 404 and 410 gives", "verify/fetch/answer.go", "case r.Status/100 != 2, r.Status == http.StatusNoContent", "case r.Denies(), r.Status == http.StatusNoContent", fetch, "^TestAnswers$"},
	{"fetch: every 4xx denies", "verify/fetch/answer.go", "return r.Status == http.StatusGone || r.Status == http.StatusNotFound && !r.Challenge()", "return r.Status/100 == 4", top, "Attack335"},
	{"fetch: a check for robots is an answer", "verify/fetch/answer.go", "r.Status == http.StatusResetContent, r.Challenge():", "r.Status == http.StatusResetContent:", top, "Attack335"},
	{"fetch: a check for robots is remembered like an answer", "verify/fetch/cache.go", "resp.Status != http.StatusOK || resp.Challenge()", "resp.Status != http.StatusOK", fetch, "^TestChallengeIsForgotten$"},
	{"fetch: a promise with a page is an answer", "verify/fetch/answer.go", "return len(r.Body) > 0 && !r.page()", "return true", top, "Attack335"},
	{"fetch: the body of any status is read", "verify/fetch/document.go", "if !resp.Gives() && !resp.Denies() {", "if false {", top, "Attack335"},
	{"ob2: a promise is a badge", "verify/ob2/chain.go", "case d.Status == http.StatusAccepted && !speaks(d.Object):", "case false:", top, "Attack335"},
	{"examine: a check for robots is a page without a badge", "ingest/examine/follow.go", "if l.empty && resp.Challenge() {", "if false {", examining, "Attack335"},
	{"examine: what a known host withholds leaves no trace", "ingest/examine/judge.go", "case SkippedNoAnswer, SkippedStatus:", "case SkippedNoAnswer:", examining, "Attack335"},
}

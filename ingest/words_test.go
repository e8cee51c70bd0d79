package ingest

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/extract"
	"assay/ingest/examine"
	"assay/verify/verdict"
)

// TestOutcomeWords: each code of an outcome stands beside its sentence, also where it was
// changed after the outcome was made, and who reads one back has what was written.
func TestOutcomeWords(t *testing.T) {
	o := Outcome{V: OutcomeVersion, State: Indexed, Reason: string(ClassFault), Findings: []Found{{Result: verdict.Rejected, Reason: verdict.Revoked,
		Aspects: map[string]FoundSays{"status": {State: verdict.Fail, Reason: verdict.Revoked}, "dates": {State: verdict.Pass}}}},
		Unread: []OutcomeGap{{"document 1", string(extract.ReasonEncrypted)}}, NotFollowed: []OutcomeLink{{"link 1", examine.SkippedNotFound, 1, 0}},
		Changed: []Change{{Reason: verdict.PastEnd}}}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{ClassFault.Words(), verdict.Revoked.Words(), extract.ReasonEncrypted.Words(), examine.SkippedNotFound.Words(), verdict.PastEnd.Words()} {
		if words == "" || !strings.Contains(string(b), `"words":"`+words+`"`) {
			t.Errorf("no %q in %s", words, b)
		}
	}
	if n := strings.Count(string(b), `"words"`); n != 6 {
		t.Errorf("%d sentences in %s", n, b)
	}
	var back Outcome
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	back.Findings[0].Reason = verdict.Suspended
	if b, err = json.Marshal(&back); err != nil || !strings.Contains(string(b), verdict.Suspended.Words()) || !strings.Contains(string(b), `"v":2`) {
		t.Errorf("%s %v", b, err)
	}
	if b, err = json.Marshal(Outcome{Reason: ErrErased.Error(), Findings: []Found{{}}}); err != nil || strings.Contains(string(b), "words") {
		t.Errorf("a sentence already: %s %v", b, err)
	}
}

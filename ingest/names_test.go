package ingest

import (
	"context"
	"strings"
	"testing"

	"assay/extract"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"
)

// Attack 160: a badge that is called after the applicant, by name and id, in the
// outcome that everybody reads who may read results; and what the document gets
// to know of him, so that the index can tell.
func TestAttack160OutcomeNames(t *testing.T) {
	t.Parallel()
	const n = "Zaphod Beeblebrox"
	named := func(_ context.Context, in examine.Input) ([]examine.Report, error) {
		target := &verdict.Alignment{TargetURL: "https://x.example/zaphod", TargetName: n}
		v := verify.Verdict{Result: verdict.Verified, Format: verdict.OB30, Proof: "hosted", Credential: verdict.Credential{ID: "urn:zaphod-beeblebrox", Name: "Certificate for " + n,
			Issuer: verdict.Party{ID: "https://zaphod.example", Name: n}, Alignments: []verdict.Alignment{*target}}}
		return []examine.Report{{Document: in.Documents[0].Name,
			Findings: []examine.Finding{{Where: in.Documents[0].Name + " > iTXt", Carrier: "png", Verdict: v, Skills: []skills.Skill{
				{Label: n + "'s juggling", Basis: skills.BasisUnmapped, Level: n, Target: target}, {ID: "http://esco/1", Label: "zaphod skills", Framework: "ESCO", Basis: skills.BasisURI}}}},
			Unread: []extract.Unread{{Where: n + ".zip", Reason: extract.ReasonUnknown}}}}, nil
	}
	for _, asked := range []bool{false, true} {
		s := &embedded{dir: t.TempDir()}
		s.start(t)
		t.Cleanup(s.stop)
		r, e := newRig(t, s), newMemory()
		r.work(t, e, examiner(named), func(o *WorkerOptions) { o.Names = asked })
		rc, err := r.sub.Submit(t.Context(), Submission{Tenant: "acme", Application: "A-1", Applicant: Applicant{Name: n, Emails: []string{"zb42@galaxy.example"}, IDs: []string{"did:web:zaphod.example"}},
			Files: []File{{Name: n + ".png", Data: []byte("x")}}})
		if err != nil {
			t.Fatal(err)
		}
		r.outcome(t, "acme", "A-1", rc)
		m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
		if err != nil {
			t.Fatal(err)
		}
		body := strings.ReplaceAll(string(m.Data), "zaphod skills", "") // a framework's own label stays
		low := strings.ToLower(body)
		if asked != strings.Contains(low, "zaphod") || asked != strings.Contains(low, "beeblebrox") || asked == strings.Contains(body, record.Masked) || !strings.Contains(body, "Certificate for") || !strings.Contains(string(m.Data), "zaphod skills") {
			t.Errorf("names %v: %s", asked, m.Data)
		}
		// What the index keeps is the whole, with the words to take out of it.
		doc, err := e.Get(t.Context(), "acme", "A-1")
		if err != nil || doc.Credentials[0].Verdict.Credential.Name != "Certificate for "+n || doc.Claims[0].Label != n+"'s juggling" || doc.Claims[0].URL != "https://x.example/zaphod" {
			t.Fatalf("%v %+v", err, doc)
		}
		for _, w := range []string{"zaphod", "beeblebrox", "zb42", "did web zaphod example"} {
			if !strings.Contains(strings.Join(doc.Own, ",")+",", w+",") {
				t.Errorf("the document does not know that %q is the applicant's: %q", w, doc.Own)
			}
		}
		if doc.BlindRule != record.BlindRule {
			t.Errorf("rule %d", doc.BlindRule)
		}
	}
}

// The texts of an outcome are those of the verdicts that the index keeps: masking
// the one leaves the other whole, whichever is written first.
func TestAttack160OutcomeIsACopy(t *testing.T) {
	known := []skills.Skill{{Label: "Zaphod's juggling", Target: &verdict.Alignment{TargetName: "Zaphod", TargetURL: "https://x.example/1"}}}
	var o Outcome
	o.found("a.png", "png", verify.Verdict{Credential: verdict.Credential{Name: "Certificate for Zaphod"}, Unconfirmed: verdict.Unconfirmed{Name: "Zaphod's badge", Issuer: "Zaphod", Recipient: verdict.Pass}}, known)
	if err := o.unnamed(record.MaskOf(&record.Application{Own: []string{"zaphod"}, BlindRule: record.BlindRule})); err != nil {
		t.Fatal(err)
	}
	if c := o.Findings[0].Credential; strings.Contains(c.Name+c.Skills[0].Label+c.Skills[0].Target.TargetName, "Zaphod") {
		t.Errorf("not masked: %+v", c)
	}
	if u := o.Findings[0].Unconfirmed; u.Name == "" || u.Recipient != verdict.Pass || strings.Contains(u.Name+u.Issuer, "Zaphod") {
		t.Errorf("not masked, or lost: %+v", u)
	}
	if known[0].Label != "Zaphod's juggling" || known[0].Target.TargetName != "Zaphod" {
		t.Errorf("masked in the index, too: %+v", known[0])
	}
}

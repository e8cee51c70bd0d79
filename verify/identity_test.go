package verify

import (
	"testing"
	"time"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// One credential has one identity, however it is carried and proven; another of
// the same issuer, or one that nothing proves, has not.
func TestAttack204OneIdentity(t *testing.T) {
	base := func() Verdict {
		v := Verdict{Format: verdict.OB30, Proof: "eddsa-rdfc-2022", Credential: Credential{ID: "urn:uuid:1", Name: "Welding", Issuer: verdict.Party{ID: "did:web:a.example"},
			AchievementID: "urn:a", Issued: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), SubjectID: "did:example:s",
			Identities: []verdict.Identity{{Kind: "email", Value: "a@example.org"}, {Kind: "name", Value: "A"}}}}
		v.Aspects.Integrity.State, v.Aspects.Issuer.State = verdict.Pass, verdict.Pass
		return v
	}
	of := func(change func(*Verdict)) string {
		v := base()
		change(&v)
		return identity(&v)
	}
	one := of(func(*Verdict) {})
	if one == "" {
		t.Fatal("no identity")
	}
	for desc, change := range map[string]func(*Verdict){
		"as a token":               func(v *Verdict) { v.Proof = "vc-jwt ES256" },
		"parts not disclosed":      func(v *Verdict) { v.Credential.Identities, v.Credential.Name, v.Credential.SubjectID = nil, "", "" },
		"another format's reading": func(v *Verdict) { v.Format = verdict.OB20 },
	} {
		if of(change) != one {
			t.Errorf("%s: another identity", desc)
		}
	}
	for desc, change := range map[string]func(*Verdict){
		"another id":     func(v *Verdict) { v.Credential.ID = "urn:uuid:2" },
		"another issuer": func(v *Verdict) { v.Credential.Issuer.ID = "did:web:b.example" },
	} {
		if got := of(change); got == one || got == "" {
			t.Errorf("%s: %q", desc, got)
		}
	}
	for desc, change := range map[string]func(*Verdict){
		"not what was signed": func(v *Verdict) { v.Aspects.Integrity.State = verdict.Fail },
		"not the issuer's":    func(v *Verdict) { v.Aspects.Issuer.State = verdict.Unknown },
		"no issuer":           func(v *Verdict) { v.Credential.Issuer.ID = "" },
	} {
		if got := of(change); got != "" {
			t.Errorf("%s: %q", desc, got)
		}
	}
	// Before 2.0 the address is the id, and is written in many ways.
	old := func(change func(*Verdict)) string {
		return of(func(v *Verdict) { v.Format = verdict.OB10; change(v) })
	}
	first := old(func(v *Verdict) { v.Credential.ID = "https://a.example/1" })
	if old(func(v *Verdict) { v.Credential.ID = "https://a.example/1?x" }) != first || first == "" {
		t.Error("another spelling of an old badge's address is another badge")
	}
	for desc, change := range map[string]func(*Verdict){
		"another's":     func(v *Verdict) { v.Credential.Identities[0].Value = "b@example.org" },
		"another class": func(v *Verdict) { v.Credential.AchievementID = "urn:b" },
		"another day":   func(v *Verdict) { v.Credential.Issued = v.Credential.Issued.AddDate(0, 0, 1) },
	} {
		if old(change) == first {
			t.Errorf("of before 2.0, %s: the same identity", desc)
		}
	}
}

// A badge and the same one with another proof, as Verify gives them; what was
// altered has none.
func TestAttack204TwoForms(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	seen := map[string]bool{}
	for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022"} {
		got := checkFor(t, verifytest.NewWeb(nil), verifytest.Secure(badge(did), issuerKey, method, suite), Applicant{Proven: applicant.Emails})
		if got.Aspects.Integrity.State != verdict.Pass || !got.Proven || got.Aspects.Recipient.Reason != "" {
			t.Fatalf("%+v", got)
		}
		seen[got.Identity] = true
	}
	if len(seen) != 1 || seen[""] {
		t.Errorf("identities %v", seen)
	}
	altered := secured()
	altered["name"] = "Chief Surgeon"
	if got := check(t, verifytest.NewWeb(nil), altered); got.Identity != "" || got.Proven {
		t.Errorf("altered: %+v", got)
	}
}

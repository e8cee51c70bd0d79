package record

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/index/skills"
	"assay/verify/verdict"
)

// Attack 150: the name in any spelling that a badge, a file or an address may have
// it in.
func TestAttack150Spellings(t *testing.T) {
	for _, c := range []struct {
		name  string
		mails []string
		text  string
		want  string
	}{
		{"Jane Doe", nil, "Certificate for Jane Doe", "Certificate for •••"},
		{"Jane Doe", nil, "JANE DOE, jane doe, Jané Dôe", "•••, •••, •••"},
		{"Jane Doe", nil, "jane_doe-cv.pdf JaneDoe.pdf janedoe2026 CVDoe2", "•••_•••-cv.pdf •••.pdf •••"},
		{"Jane Doe", nil, "J. Doe, jdoe, janed, doej, Doe's, DOES", "J. •••, •••, •••, •••, •••, •••"},
		{"Jane Doe", nil, "https://x.example/Jane%20Doe/j%61ne&#68;oe", "https://x.example/•••%20•••/•••"},
		{"Jane Doe", nil, "urn:badge:jane-doe", "urn:badge:•••-•••"},
		{"Jane Doe", nil, "J\u200bane D\u00adoe", "•••"},
		{"Jane Doe", nil, "Ｊａｎｅ", "•••"},
		{"Jane Doe", nil, "Jаnе", "•••"}, // Cyrillic а and е
		{"Jane Doe", nil, "janitor dozen A B", "janitor dozen A B"},
		{"Anna-Lena Müller-Lüdenscheid", nil, "Annalena Mueller, MULLER; ludenscheid anna", "•••, •••; •••"},
		{"Björn Åström", nil, "Bjoern Aastroem bjorn-astrom", "•••-•••"},
		{"Jürgen Mueller", nil, "J%C3%BCrgen M&uuml;ller Muller", "•••"},
		{"Sean O’Neill", nil, "O'Neill, ONeill, O Neill, oneills", "•••, •••, O •••, •••"},
		{"Vincent van Gogh", nil, "van Gogh in a van", "van ••• in a van"},
		{"Dr. María de la Cruz", nil, "Dr de la Cruz de Maria", "Dr de la ••• de •••"},
		{"王小明", nil, "給王小明的證書 小明 王国", "給•••的證書 ••• 王国"},
		{"김민수", nil, "김민수 수료증", "••• 수료증"},
		{"Madonna", []string{"m.ciccone85+jobs@mail.example"}, "ciccone, mail.example, m.ciccone85@mail.example", "•••, mail.example, m.•••@mail.example"},
		{"Jo Li", []string{"applicant@example.org"}, "Jo, Li, lion, applicant of example.org, applicant@example.org", "•••, •••, lion, applicant of example.org, •••"},
		{"", []string{"https://github.com/zaphod42", "+49 170 1234567", "did:web:zaphod.example"}, "github.com/other, https://github.com/zaphod42/x, 491701234567", "github.com/other, https://•••/x, •••"},
		{"Maximilian Y", nil, "zertifikatmaximilian", "•••"},
		{"", nil, "nothing to hide", "nothing to hide"},
		{"Jane Doe", nil, "xn--jan-doe-xx 50% &amp; 100 %zz", "xn--jan-•••-xx 50% &amp; 100 %zz"},
	} {
		m := newMask(ownWords(c.name, c.mails))
		got := m.Text(c.text)
		if got != c.want {
			t.Errorf("%s %v: %q\n is %q\nwant %q", c.name, c.mails, c.text, got, c.want)
		}
		if again := m.Text(got); again != got {
			t.Errorf("%s: masked twice: %q, once %q", c.name, again, got)
		}
	}
}

// Attack 151: file names and steps in a place.
func TestAttack151Places(t *testing.T) {
	p := places{}
	for _, c := range []struct{ where, want string }{
		{"resume of Jane Doe.pdf > attachment Jane Doe's diploma.png > iTXt openbadgecredential", "document 1 > attachment > iTXt"},
		{"Jane.zip > Jane Doe/diploma of Jane.pdf > page 12 > image Jane", "document 2 > file > page 12 > image"},
		{"https://doe.example/jane > link https://doe.example/2", "link 1 > link"},
		{"resume of Jane Doe.pdf", "document 1"},
		{"https://doe.example/cv.pdf > resume of Jane Doe.pdf > credential 3", "link 2 > file > credential 3"},
		{"letter.eml > Jane_attachment", "document 3 > file"},
		{"x.pdf > page Jane > text > QR code", "document 4 > page > text > QR code"},
		{"x.pdf > file://host/jane", "document 4 > link"},
	} {
		if got := p.blind(c.where); got != c.want {
			t.Errorf("%s: %s, want %s", c.where, got, c.want)
		}
	}
}

func asJSON(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// Attack 152: a name in any text of a badge or a document, whatever it is for.
func TestAttack152EveryText(t *testing.T) {
	a := canary()
	b, err := a.Blinded()
	if err != nil {
		t.Fatal(err)
	}
	low := strings.ToLower(asJSON(b))
	for _, w := range []string{"zaphod", "beeblebrox", "beeble"} {
		if i := strings.Index(low, w); i >= 0 {
			t.Errorf("%s is told: …%s…", w, low[max(0, i-80):min(len(low), i+40)])
		}
	}
	if b.Claims[0].Label != "Java (computer programming)" || b.Claims[0].ID == "" || len(b.Credentials) != 1 || b.Credentials[0].Verdict.Credential.Issuer.ID == "" {
		t.Errorf("what is not the name is gone: %+v", b.Claims[0])
	}
	if raw := asJSON(a); !strings.Contains(raw, "Zaphod") {
		t.Error("the document itself was changed")
	}
	// A document of before the rule tells no text.
	old := canary()
	old.BlindRule, old.Own = 0, nil
	Refresh(&old)
	if b, err = old.Blinded(); err != nil || b.Credentials[0].Verdict.Credential.Name != "" || b.Credentials[0].Verdict.Credential.Description != "" || b.Claims[0].Label == "" {
		t.Errorf("%v %+v", err, b.Credentials[0].Verdict.Credential)
	}
	for _, c := range old.Claims {
		if k := c.ForBlind(); k.NameWords+k.AboutWords+k.IssuerW+k.Issuer != "" || c.ID == "" && k.LabelWords != "" {
			t.Errorf("searched of an old document: %+v", k)
		}
	}
}

// canary is a document with the name in every text.
func canary() Application {
	n := "Zaphod Beeblebrox"
	v := verdict.Verdict{Format: verdict.OB30, Proof: "x of " + n, Result: verdict.Verified, Credential: verdict.Credential{
		ID: "urn:zaphod-beeblebrox", Name: "Certificate for " + n, Description: n + " has learned", Issuer: verdict.Party{ID: "https://zaphod.example/issuer", Name: "Academy of " + n},
		Creator: verdict.Party{ID: "https://beeblebrox.example", Name: n}, AchievementID: "https://x.example/ZaphodBeeblebrox", AchievementType: n, Criteria: "given to " + n, Image: "https://x.example/zaphod.png",
		Tags: []string{n, "java"}, Alignments: []verdict.Alignment{{TargetURL: "https://x.example/zaphod", TargetName: n, TargetCode: "zaphod-1", TargetFramework: n}},
		Results: []verdict.Attainment{{Name: n, Level: "Beeblebrox"}}, EvidenceURLs: []string{"https://x.example/zaphod%20beeblebrox"},
		Extensions: map[string]json.RawMessage{"zaphod": json.RawMessage(`{"Beeblebrox":["Zaphod",1.50]}`)},
	}, Endorsements: []verdict.Endorsed{{Issuer: verdict.Party{ID: "https://zaphod.example", Name: n}}}}
	v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "zaphod.example", Path: "/~zaphod", Platform: "Zaphod's", Counts: "zaphod.example"}
	v.Credential.Issuer.Shown = `zaphod.example, which calls itself "Academy of Zaphod Beeblebrox"`
	v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelDomain}
	v.Aspects.Integrity = verdict.Aspect{State: verdict.Pass, Detail: "as " + n + " says", Evidence: []verdict.Evidence{{URL: "https://x.example/zaphod/1"}}}
	return New([]byte("key"), Submission{Tenant: "acme", Application: "zaphod-1", Job: "job for " + n, Candidate: "zaphod", DisplayName: n, Addresses: []string{"zaphod@x.example"}},
		[]Entry{{Where: n + ".pdf > attachment Zaphod", Carrier: "pdf", Verdict: v, Skills: []skills.Skill{
			{ID: "http://data.europa.eu/esco/skill/19a8293b-8e95-4de3-983f-77484079c389", Label: "Java (computer programming)", Framework: "ESCO", Basis: skills.BasisURI, Level: "Zaphod"},
			{Label: "Skill of " + n, Framework: "Framework of " + n, Basis: skills.BasisUnmapped, Target: &verdict.Alignment{TargetURL: "https://x.example/zaphod", TargetCode: "beeblebrox"}},
		}}}, []Unread{{Where: n + ".zip > zaphod.pdf", Reason: "encrypted"}})
}

// Attack 153: what blind readers search holds none of the applicant's own words,
// and a Ms Baker keeps her baking.
func TestAttack153SecondSet(t *testing.T) {
	a := canary()
	if a.Claims[0].Clear || strings.Contains(a.BlindJob, "zaphod") || a.BlindJob == "" {
		t.Errorf("clear %v, job %q", a.Claims[0].Clear, a.BlindJob)
	}
	for i := range a.Claims {
		k := a.Claims[i].ForBlind()
		if s := k.LabelWords + k.NameWords + k.AboutWords + k.IssuerW + k.Issuer; strings.Contains(s, "zaphod") || strings.Contains(s, "beeble") {
			t.Errorf("claim %d: %s", i, s)
		}
	}
	if k := a.Claims[0].ForBlind(); k.LabelWords != "java" || !strings.Contains(k.NameWords, "certificate for") || !strings.Contains(k.NameWords, "java") {
		t.Errorf("%q %q", k.LabelWords, k.NameWords)
	}
	baker := func(display, name string, tags ...string) Application {
		return New([]byte("key"), Submission{Tenant: "acme", Application: "a", DisplayName: display}, []Entry{{Where: "cv.pdf", Verdict: verdict.Verdict{Result: verdict.Verified,
			Credential: verdict.Credential{Name: name, Tags: tags, Issuer: verdict.Party{ID: "https://college.example", Name: "The College"}}},
			Skills: []skills.Skill{{ID: "http://esco/bake", Label: "bake goods", Framework: "ESCO", Basis: skills.BasisLabel}}}}, nil)
	}
	for _, c := range []struct {
		app   Application
		name  string
		clear bool
		shown string
	}{
		{baker("Ann Baker", "Baking"), "baking", true, "Baking"},
		{baker("Ann Goods", "Bake goods"), "bake good", true, "Bake goods"},
		{baker("Ann Bake", "Bake goods for Ann Bake"), "goods for", false, "••• goods for •••"},
		{baker("Ann Bake", "Course", "Bake"), "course · bake", true, "Course"},
		{baker("Ann Baker", "Baker Ann", "bakers"), "", false, "•••"},
	} {
		k := c.app.Claims[0].ForBlind()
		if c.app.Claims[0].Clear != c.clear || strings.ReplaceAll(k.NameWords, "good for", "goods for") != c.name || c.app.BadgeName(MaskOf(&c.app), 0) != c.shown {
			t.Errorf("%s: clear %v, %q, shown %q; want %v %q %q", c.app.DisplayName, c.app.Claims[0].Clear, k.NameWords, c.app.BadgeName(MaskOf(&c.app), 0), c.clear, c.name, c.shown)
		}
		if k.LabelWords != "bake good" {
			t.Errorf("%s: the skill's label is %q", c.app.DisplayName, k.LabelWords)
		}
		if c.clear != (c.app.Claims[0].Blind == nil) {
			t.Errorf("%s: a second set %v where clear is %v", c.app.DisplayName, c.app.Claims[0].Blind, c.clear)
		}
	}
}

// Attack 153, too: a key that a domain of the applicant's name has confirmed, and an
// issuer that is listed under a name with his.
func TestAttack153ProvenHost(t *testing.T) {
	v := verdict.Verdict{Result: verdict.Verified, Backing: verdict.Backing{Level: verdict.LevelDomain, Host: "badges.zaphod.example", Counts: "zaphod.example"},
		Credential: verdict.Credential{Name: "Knots", Issuer: verdict.Party{ID: "did:key:z6MkgeRi5oS4cdwLHcYDjuaj9VdTcwJ48qWuM1Zt8eeo4wTR", Name: "Yard"}}}
	v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelDomain}
	of := func(display string) *Claim {
		a := New([]byte("key"), Submission{Tenant: "acme", Application: "a", DisplayName: display}, []Entry{{Where: "cv.pdf", Verdict: v}}, nil)
		return a.Claims[0].ForBlind()
	}
	if k := of("Somebody Else"); !strings.Contains(strings.Join(k.Hosts, " "), "zaphod.example") || !strings.Contains(k.IssuerW, "zaphod") {
		t.Fatalf("the host is not asked for at all: %+v", k)
	}
	if k := of("Zaphod B"); strings.Contains(strings.Join(k.Hosts, " ")+k.IssuerW+k.ClaimedW, "zaphod") || k.Issuer == "" {
		t.Errorf("%+v", k)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("Jane Doe", "Jane%20Doe &amp; jаne")
	f.Add("王小明", "王小明")
	f.Fuzz(func(t *testing.T, name, s string) {
		m := newMask(ownWords(name, []string{name + "@x.example"}))
		got := m.Text(s)
		if again := m.Text(got); again != got {
			t.Errorf("%q in %q: %q, then %q", name, s, got, again)
		}
	})
}

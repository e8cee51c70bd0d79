package record_test

import (
	"slices"
	"testing"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// A badge that is named like a known certificate says so where its issuer is known
// and is none of those who issue that, and nowhere else.
func TestOthersCertificate(t *testing.T) {
	badge := func(name, host string) verdict.Verdict {
		v := verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{Name: name}, Backing: verdict.Backing{Level: verdict.LevelDomain, Host: host}}
		v.Aspects = verdict.Unasked()
		v.Aspects.Issuer.State, v.Aspects.Integrity.State = verdict.Pass, verdict.Pass
		v.Aspects.Standing.Level = verdict.LevelDomain
		return v
	}
	change := func(v verdict.Verdict, f func(*verdict.Verdict)) verdict.Verdict { f(&v); return v }
	pmp := "Project Management Professional (PMP)®"
	tests := []struct {
		desc string
		v    verdict.Verdict
		want bool
	}{
		{"another host", badge(pmp, "mill.example"), true},
		{"certified", badge("Certified CISSP", "mill.example"), true},
		{"with the issuer's name", badge("AWS Certified Solutions Architect – Associate", "mill.example"), true},
		{"its own host", badge(pmp, "www.pmi.org"), false},
		{"its own host and port", badge(pmp, "PMI.org:8443"), false},
		{"a host that ends alike", badge(pmp, "notpmi.org"), true},
		{"a platform's account", change(badge(pmp, "badges.example"), func(v *verdict.Verdict) { v.Backing.Level = verdict.LevelAccount }), false},
		{"a platform that knows its issuers", change(badge(pmp, "badges.example"), func(v *verdict.Verdict) { v.Backing.Platform = "Badges" }), false},
		{"a page of many", change(badge(pmp, "pages.example"), func(v *verdict.Verdict) { v.Backing.Path = "/pmi" }), false},
		{"a key", change(badge(pmp, ""), func(v *verdict.Verdict) { v.Backing.Level = verdict.LevelKey }), false},
		{"an issuer that is not proven", change(badge(pmp, "mill.example"), func(v *verdict.Verdict) { v.Aspects.Issuer.State = verdict.Unknown }), false},
		{"an altered badge", change(badge(pmp, "mill.example"), func(v *verdict.Verdict) { v.Aspects.Integrity.State = verdict.Fail }), false},
		{"listed under the issuer's name", change(badge(pmp, "pmi-badges.example"), func(v *verdict.Verdict) {
			v.Aspects.Standing.Level, v.Credential.Issuer.Shown = verdict.LevelListed, "Project Management Institute, Inc."
		}), false},
		{"listed under another name", change(badge(pmp, "mill.example"), func(v *verdict.Verdict) {
			v.Aspects.Standing.Level, v.Credential.Issuer.Shown = verdict.LevelListed, "Mill College"
		}), true},
		{"who calls himself so is not listed", change(badge(pmp, "mill.example"), func(v *verdict.Verdict) { v.Credential.Issuer.Shown = "Project Management Institute" }), true},
		{"a course", badge("PMP Exam Preparation", "mill.example"), false},
		{"a course for the certificate's whole name", badge("Project Management Professional Exam Preparation", "mill.example"), false},
		{"two certificates", badge("PMP and CISSP", "mill.example"), false},
		{"one of many issuers", badge("First Aid at Work", "mill.example"), false},
		{"three letters alone", badge("CFP", "mill.example"), false},
		{"three letters that are spoken of", change(badge("PMP", "mill.example"), func(v *verdict.Verdict) { v.Credential.Description = "For project managers" }), true},
		{"no certificate", badge("Harbour Week", "mill.example"), false},
	}
	for _, tt := range tests {
		v := tt.v
		if _, got := record.OthersCertificate(&v, skills.Builtin()); got != tt.want {
			t.Errorf("%s: %v", tt.desc, got)
		}
		for range 2 {
			if record.NoteCertificate(&v, skills.Builtin()); slices.Contains(v.Warnings, verdict.WarnCertificate) != tt.want {
				t.Errorf("%s: warnings %v", tt.desc, v.Warnings)
			}
		}
		if v.Backing.Host = "pmi.org"; tt.desc == "another host" {
			if record.NoteCertificate(&v, skills.Builtin()); len(v.Warnings) != 0 {
				t.Errorf("stays noted: %v", v.Warnings)
			}
		}
	}
	v := badge(pmp, "mill.example")
	if c, _ := record.OthersCertificate(&v, skills.Builtin()); c.Name != "Project Management Professional" || len(c.Issuers) != 1 || c.Issuers[0].Name != "Project Management Institute" {
		t.Errorf("%+v", c)
	}
}

// What a badge is called by itself, apart from its tags: the certificate of the table
// that its name is, however that is written, where nothing says that it is another's.
func TestTitleOf(t *testing.T) {
	for _, tt := range []struct {
		name, tag, certificate, words string
		host                          string
		warning                       verdict.Warning
	}{
		{name: "Project Management Professional (PMP)®", tag: "Leadership", certificate: "Project Management Professional", words: "project management professional · pmp · project management professional"},
		{name: "CFP®", certificate: "CFP®", words: "cfp"}, // three letters are many things
		{name: "PMP®", host: "www.pmi.org", certificate: "Project Management Professional", words: "pmp · project management professional"},
		{name: "PMP®", host: "pmi.org.example", certificate: "PMP®", words: "pmp"},
		{name: "Certified CISSP", warning: verdict.WarnCertificate, certificate: "Certified CISSP", words: "certified cissp"},
		{name: "Harbour Week", tag: "PMP", certificate: "Harbour Week", words: "harbour week"},
		{name: ""},
	} {
		v := verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{Name: tt.name, Tags: []string{tt.tag}}}
		if tt.host != "" {
			v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: tt.host}
		}
		if tt.warning != "" {
			v.Warnings = []verdict.Warning{tt.warning}
		}
		a := record.New([]byte("key"), record.Submission{Tenant: "acme", Application: "a"}, []record.Entry{{Verdict: v}}, nil)
		c := a.Claims[0]
		if c.Certificate != tt.certificate || c.TitleWords != tt.words || slices.Contains(a.Flat.Certificates, tt.certificate) != (tt.certificate != "") {
			t.Errorf("%s: %q, %q, %v", tt.name, c.Certificate, c.TitleWords, a.Flat.Certificates)
		}
		// What an earlier schema lacks is worked out by a rebuild.
		a.Claims[0].Certificate, a.Claims[0].TitleWords, a.Flat.Certificates = "", "", nil
		if record.Refresh(&a); a.Claims[0].Certificate != tt.certificate || a.Claims[0].TitleWords != tt.words {
			t.Errorf("%s, anew: %+v", tt.name, a.Claims[0])
		}
	}
}

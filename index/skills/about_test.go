package skills

import (
	"strings"
	"testing"

	"assay/verify/verdict"
)

// What a badge is about, and which certificate it is.
func TestAbout(t *testing.T) {
	tests := []struct{ name, issuer, tags, about, certificate string }{
		{"Python", "", "", "Python (computer programming)", ""},
		{"Harbour week", "", "teamwork", "work in teams", ""},
		{"Harbour week", "", "teamwork,python,java", "", ""}, // of several tags none more than the others
		{"Google Data Analytics Professional Certificate", "Google Career Certificates", "tableau,sql", "data analytics", "google-da"},
		{"Project Management Professional (PMP)®", "Project Management Institute", "", "project management", "pmp"},
		{"Project Management Professional (PMP)®", "Skill Badges Online", "", "project management", ""}, // who is none of its issuers
		{"AZ-104", "Microsoft", "", "Microsoft Azure software", "az-104"},
		// What an abbreviation is spelt out as is what it means.
		{"Certified Protection Professional (CPP)", "ASIS International", "", "provide door security", "asis-cpp"},
		{"Certified Customer Service Professional (CCSP)", "", "", "customer service", ""},
		{"CPA – C++ Certified Associate Programmer", "C++ Institute", "", "C++", ""},
	}
	for _, tt := range tests {
		c := verdict.Credential{Name: tt.name, Issuer: verdict.Party{Name: tt.issuer}}
		if tt.tags != "" {
			c.Tags = strings.Split(tt.tags, ",")
		}
		var about []string
		certificate := ""
		for _, s := range Builtin().Resolve(c) {
			if s.About {
				about = append(about, s.Label)
			}
			if s.Certificate != nil {
				certificate = s.Certificate.ID
			}
		}
		if got := strings.Join(about, ", "); got != tt.about || certificate != tt.certificate {
			t.Errorf("%s by %s: about %q, certificate %q", tt.name, tt.issuer, got, certificate)
		}
	}
}

func TestSuccessors(t *testing.T) {
	list := certificates().list
	for i := range list {
		for _, id := range list[i].Successors() {
			if id == list[i].ID {
				t.Errorf("%s supersedes itself", id)
			}
		}
	}
	if c, ok := Builtin().Certificate("PRINCE2 Foundation"); !ok || len(c.Successors()) == 0 {
		t.Errorf("%+v %v", c, ok)
	}
}

func TestIsIssuer(t *testing.T) {
	for name, want := range map[string]bool{"american red cross": true, "red cross": true, "linux foundation": true, "red": false, "first aid": false} {
		if got := Builtin().IsIssuer(Words(name)); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

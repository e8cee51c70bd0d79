package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

func forged(t *testing.T, name string) {
	t.Helper()
	for _, f := range conformance.Forgers {
		if f.Name == name {
			conformance.Forged(t, newMemory(conformance.Key), f)
			return
		}
	}
	t.Fatal("no such forger")
}

// Attacks 190 to 193: 23 badges that bear the names of universities, by keys made on
// the spot, by pages, by pastes, by accounts of one platform.
func TestAttack190Keys(t *testing.T)     { forged(t, "keys") }
func TestAttack191Pages(t *testing.T)    { forged(t, "hosts of pages") }
func TestAttack192Pastes(t *testing.T)   { forged(t, "pastes") }
func TestAttack193Accounts(t *testing.T) { forged(t, "accounts") }

// Attack 194: an issuer that calls itself, or has a host that holds, another's name.
func TestAttack194IssuerByName(t *testing.T) {
	a := func(id, issuer, name string, b verdict.Backing, l verdict.Level, shown string) record.Application {
		v := verdict.Verdict{Result: verdict.Verified, Backing: b, Credential: verdict.Credential{Name: "Python", Issuer: verdict.Party{ID: issuer, Name: name, Shown: shown}}}
		v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: l}
		return record.New(conformance.Key, record.Submission{Tenant: "acme", Application: id, Submitted: conformance.Now, Checked: conformance.Now}, []record.Entry{{Verdict: v}}, nil)
	}
	m := newMemory(conformance.Key)
	domain := func(host, counts string) verdict.Backing {
		return verdict.Backing{Level: verdict.LevelDomain, Host: host, Counts: counts}
	}
	for _, o := range m.Write(t.Context(), []record.Application{
		a("real", "https://badges.mit.edu/issuer", "MIT", domain("badges.mit.edu", "mit.edu"), verdict.LevelListed, "Massachusetts Institute of Technology"),
		a("key", "did:key:z6Mk", "MIT", verdict.Backing{Level: verdict.LevelKey, Counts: "key"}, verdict.LevelKey, ""),
		a("host", "https://mit.edu.evil.example/i", "Massachusetts Institute of Technology", domain("mit.edu.evil.example", "evil.example"), verdict.LevelDomain, ""),
		a("suffix", "https://notmit.edu/", "MIT", domain("notmit.edu", "notmit.edu"), verdict.LevelDomain, ""),
		a("vetted", "https://credly.example/org/mit", "MIT Sloan", verdict.Backing{Level: verdict.LevelDomain, Host: "credly.example", Platform: "credly.example", Counts: "https://credly.example/org/mit"}, verdict.LevelDomain, ""),
	}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	for text, want := range map[string]string{
		"issuer:mit": "real vetted", "issuer:MIT.edu": "real", "issuer:badges.mit.edu": "real", `issuer:"massachusetts institute of technology"`: "real",
		"issuer:evil.example": "host", "issuer:edu": "", "issuer~mit": "host key real suffix vetted", `issuer~"massachusetts institute of technology"`: "host",
		"issuer:did:key:z6Mk": "key", `issuer:"mit sloan"`: "vetted",
	} {
		q, err := query.New(text, query.Options{Now: conformance.Now})
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Search(t.Context(), "acme", q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range r.Hits {
			got = append(got, h.Application)
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s finds %q, want %q", text, s, want)
		}
	}
}

// Attack 195: many places of one domain, platform or key count for one issuer.
func TestAttack195ManyPlaces(t *testing.T) {
	for _, counts := range []string{"github.io", "key", "platform.example", ""} {
		var entries []record.Entry
		for i := range 23 {
			v := verdict.Verdict{Result: verdict.Verified, Backing: verdict.Backing{Counts: counts},
				Credential: verdict.Credential{Name: "Python", Issuer: verdict.Party{ID: fmt.Sprintf("https://mit%d.example", i), Name: "MIT"}}}
			entries = append(entries, record.Entry{Verdict: v, Skills: skills.Builtin().Resolve(v.Credential)})
		}
		a := record.New(conformance.Key, record.Submission{Tenant: "acme", Application: "a", Submitted: conformance.Now, Checked: conformance.Now}, entries, nil)
		want := 1
		if counts == "" { // stored before this was known
			want = 23
		}
		if b := record.BreadthOf(&a, conformance.Now.Unix()); b.Issuers != want || b.Skills != 1 {
			t.Errorf("%q: %+v", counts, b)
		}
		if d := record.DepthOf(&a, conformance.Now.Unix()); len(d) != 1 || d[0].Issuers != want {
			t.Errorf("%q: %+v", counts, d)
		}
	}
}

package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/verify/standing"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

func load(t *testing.T, data ...string) *Trust {
	t.Helper()
	var in [][]byte
	for _, d := range data {
		in = append(in, []byte(d))
	}
	tr, err := LoadTrust(in...)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// stand judges an issuer for an employer who accepts any key.
func stand(tr *Trust, p verdict.Party, proven bool) (a verdict.Aspect, blocked bool, warnings []verdict.Warning) {
	a, _ = Policy{Trust: tr, Accept: verdict.LevelKey}.standing(p, standing.Of(p.ID, nil), proven, nil)
	if a.Level != verdict.LevelListed {
		warnings = tr.lookalikes(p)
	}
	return a, a.Reason == verdict.IssuerBlocked, warnings
}

func TestTrust(t *testing.T) {
	tr := load(t,
		`{"meta":{"title":"First","created":"2020-01-01"},"registry":{"did:key:z6Mk1":{"name":"Example University","location":"Here","url":"https://example.edu"},"https://a.example/issuer":{"name":"A"}}}`,
		`[{"registry":{"did:web:B.example:org":{"name":"B"},"did:key:z6Mk1":{"name":"Again"}}},{"blocked":["did:key:z6MkBad","https://bad.example/","https://host.example/mallory",{"id":"did:web:worse.example"}]}]`)
	for _, tc := range []struct {
		desc    string
		id      string
		name    string
		proven  bool
		state   State
		reason  Reason
		blocked bool
	}{
		{"listed DID", "did:key:z6Mk1", "anything", true, verdict.Pass, "", false},
		{"listed URL", "https://a.example/issuer", "", true, verdict.Pass, "", false},
		{"listed URL, spelt otherwise", "https://A.example:443/issuer/", "", true, verdict.Pass, "", false},
		{"listed did:web", "did:web:b.example:org", "", true, verdict.Pass, "", false},
		{"listed, and not proven", "did:key:z6Mk1", "", false, verdict.Unknown, verdict.IssuerUnproven, false},
		{"not listed", "did:key:z6Mk2", "", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"DID in other case", "did:key:Z6MK1", "", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"listed by name only", "did:key:z6Mk2", "Example University", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"website of a listed issuer", "https://example.edu", "", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"other path", "https://a.example/issuer2", "", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"no id", "", "A", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"blocked DID", "did:key:z6MkBad", "", true, verdict.Fail, verdict.IssuerBlocked, true},
		{"blocked, and not proven", "did:key:z6MkBad", "", false, verdict.Fail, verdict.IssuerBlocked, true},
		{"blocked host", "https://bad.example/any/issuer", "", true, verdict.Fail, verdict.IssuerBlocked, true},
		{"did:web of a blocked host", "did:web:bad.example:x", "", true, verdict.Fail, verdict.IssuerBlocked, true},
		{"neighbour of a blocked host", "https://notbad.example/", "", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"blocked address", "https://host.example/mallory", "", true, verdict.Fail, verdict.IssuerBlocked, true},
		{"neighbour of a blocked address", "https://host.example/alice", "", true, verdict.Pass, verdict.IssuerNotListed, false},
		{"blocked in an object", "did:web:worse.example", "", true, verdict.Fail, verdict.IssuerBlocked, true},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			a, blocked, _ := stand(tr, verdict.Party{ID: tc.id, Name: tc.name}, tc.proven)
			if a.State != tc.state || a.Reason != tc.reason || blocked != tc.blocked || (a.Level == verdict.LevelListed) != (tc.state == verdict.Pass && tc.reason == "") {
				t.Errorf("%+v, blocked %v", a, blocked)
			}
		})
	}
	hosts := load(t, `{"registry":{"https://a.example/issuer":{},"https://host.example/":{}},"blocked":["https://host.example/mallory","https://a.example/"]}`)
	for id, want := range map[string]bool{
		"https://host.example/about": true, "https://HOST.example:443/": true, "https://host.example:8443/about": false, "https://a.host.example/about": false,
		"http://host.example/about": false, "https://host.example/mallory": false, "https://a.example/issuer": false, "https://other.example/": false, "": false, "host.example": false,
	} {
		if got := hosts.lists(id); got != want {
			t.Errorf("%s: listed %v", id, got)
		}
	}
	if tr.lists("https://a.example/other") || !tr.lists("https://a.example/issuer") || !tr.lists("did:key:z6Mk1") {
		t.Error("an issuer that is listed by its id stands for its host, or not for itself")
	}
	if a, _, _ := stand(tr, verdict.Party{ID: "did:key:z6Mk1"}, true); len(a.Evidence) != 2 {
		t.Errorf("registries %+v", a.Evidence)
	}
	var none *Trust
	if a, blocked, _ := stand(none, verdict.Party{ID: "x"}, true); a.State != verdict.Pass || a.Level != verdict.LevelKey || a.Reason != "" || blocked {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{``, `{}`, `{"registry":[]}`, `{"registry":{"MIT":{"name":"MIT"}}}`, `{"blocked":["MIT"]}`, `[1]`, `{"registry":{"a":1,"a":2}}`} {
		if _, err := LoadTrust([]byte(bad)); !errors.Is(err, ErrTrust) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestTrustInVerdict(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	b := verifytest.JSON(secured())
	for registry, want := range map[string]Result{
		fmt.Sprintf(`{"registry":{%q:{"name":"Example University"}}}`, did): verdict.Verified,
		`{"registry":{}}`:                                            verdict.Verified,
		fmt.Sprintf(`{"blocked":[%q]}`, did):                         verdict.Rejected,
		fmt.Sprintf(`{"registry":{%q:{}},"blocked":[%q]}`, did, did): verdict.Rejected,
	} {
		v := judged(t, newVerifier(t, issuers(), load(t, registry)), Assertion{Payload: b}, applicant)
		if v.Result != want {
			t.Errorf("%s: %s", registry, short(v))
		}
		if want == verdict.Rejected && v.Reason != verdict.IssuerBlocked {
			t.Errorf("%s: reason %s", registry, v.Reason)
		}
	}
}

// TestAttackA18Lookalikes spoofs names and hosts of listed issuers, one letter
// at a time: none is trusted, each is flagged.
func TestAttackA18Lookalikes(t *testing.T) {
	spoofs := map[rune][]rune{
		'a': {'а', 'ɑ', 'α', 'ａ', 'á'}, 'c': {'с', 'ⅽ'}, 'e': {'е', 'ё', 'ｅ'}, 'i': {'і', 'ı', 'ι'}, 'l': {'ӏ', '1', 'I', '|'},
		'o': {'о', 'ο', '0', 'ѳ' /* not in the table: must not be trusted all the same */}, 'p': {'р', 'ρ'}, 's': {'ѕ'}, 'x': {'х', 'χ'}, 'y': {'у', 'γ'}, 'n': {'п', 'η'}, 'v': {'ν', 'ѵ'}, 'm': {'м'}, 't': {'т', 'τ'},
	}
	names := []string{}
	var entries []string
	for i := range 200 {
		name := fmt.Sprintf("%s College of Sciences %c%c", []string{"Example", "Northern", "Central", "Royal", "Polytechnic"}[i%5], 'a'+rune(i%26), 'a'+rune(i/26))
		names = append(names, name)
		entries = append(entries, fmt.Sprintf(`"did:web:college%d.example":{"name":%q}`, i, name))
	}
	tr := load(t, `{"registry":{`+strings.Join(entries, ",")+`}}`)
	tried, flagged := 0, 0
	for _, name := range names {
		for at, r := range name {
			for _, s := range spoofs[r] {
				fake := name[:at] + string(s) + name[at+len(string(r)):]
				a, _, warn := stand(tr, verdict.Party{ID: "did:key:z6MkEvil", Name: fake}, true)
				if a.Level == verdict.LevelListed {
					t.Fatalf("%q is trusted", fake)
				}
				tried++
				if slices.Contains(warn, verdict.WarnNameLookalike) {
					flagged++
				} else if s != 'ѳ' && s != 'ⅽ' {
					t.Errorf("%q is not flagged", fake)
				}
			}
		}
	}
	if tried < 2000 || flagged < tried*9/10 {
		t.Errorf("%d tried, %d flagged", tried, flagged)
	}
	for _, name := range []string{"Another School", "Examples College of Arts"} {
		if _, _, warn := stand(tr, verdict.Party{ID: "did:key:z6MkOther", Name: name}, true); len(warn) > 0 {
			t.Errorf("%q is flagged: %v", name, warn)
		}
	}
	// Hosts: Cyrillic, punycode of it, and a name within another's.
	for id, want := range map[string]bool{
		"https://соllege7.example/issuer": true, "did:web:xn--llege7-" + "4vf6a.example": false, "https://college7.example.evil.example/": false,
		"did:web:сollege7.example": true, "https://col1ege7.example/": true,
	} {
		a, _, warn := stand(tr, verdict.Party{ID: id, Name: "x"}, true)
		if a.Level == verdict.LevelListed {
			t.Errorf("%s is trusted", id)
		}
		if slices.Contains(warn, verdict.WarnHostLookalike) != want {
			t.Errorf("%s: %v", id, warn)
		}
	}
}

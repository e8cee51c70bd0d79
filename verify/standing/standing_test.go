package standing

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// TestOf places ids, each beside one that is written much like it and is another
// thing.
func TestOf(t *testing.T) {
	const domain, account, page, key = verdict.LevelDomain, verdict.LevelAccount, verdict.LevelPage, verdict.LevelKey
	for _, c := range []struct {
		id     string
		level  verdict.Level
		shown  string
		counts string
	}{
		// Domains.
		{"https://badges.example.edu/issuers/1", domain, "badges.example.edu/issuers/1", "example.edu"},
		{"https://badges.example.edu/", domain, "badges.example.edu", "example.edu"},
		{"https://BADGES.example.edu:443", domain, "badges.example.edu", "example.edu"},
		{"https://example.co.uk/i?id=7", domain, "example.co.uk/i?id=7", "example.co.uk"},
		{"did:web:badges.example.edu", domain, "badges.example.edu", "example.edu"},
		{"did:web:example.edu:people:dean", domain, "example.edu/people/dean", "example.edu"},
		{"did:web:example.edu#key", domain, "example.edu", "example.edu"},
		{"https://uni.example.ac.jp/", domain, "uni.example.ac.jp", "example.ac.jp"},
		// Platforms.
		{"https://api.credly.com/v1/obi/v2/issuers/1", domain, "api.credly.com/v1/obi/v2/issuers/1", "https://api.credly.com/v1/obi/v2/issuers/1"},
		{"https://sandbox-api.credly.com/v1/issuers/1", account, "sandbox-api.credly.com/v1/issuers/1", "sandbox-api.credly.com"},
		{"https://api.badgr.io/public/issuers/1", account, "api.badgr.io/public/issuers/1", "badgr.com"},
		{"https://api.eu.badgr.io/public/issuers/1", account, "api.eu.badgr.io/public/issuers/1", "badgr.com"},
		{"https://openbadgefactory.com/v1/client/1", account, "openbadgefactory.com/v1/client/1", "openbadgefactory.com"},
		{"did:web:network.learncard.com:users:somebody", account, "network.learncard.com/users/somebody", "learncard.com"},
		{"https://notbadgr.com/issuers/1", domain, "notbadgr.com/issuers/1", "notbadgr.com"},
		{"https://badgr.com.example.org/", domain, "badgr.com.example.org", "example.org"},
		// Pages.
		{"https://somebody.github.io/", page, "somebody.github.io", "github.io"},
		{"did:web:somebody.github.io", page, "somebody.github.io", "github.io"},
		{"https://a.b.netlify.app/x", page, "a.b.netlify.app/x", "netlify.app"},
		{"https://github.io/", page, "github.io", "github.io"},
		{"https://example.edu/~mallory/issuer.json", page, "example.edu/~mallory/issuer.json", "example.edu"},
		{"https://example.edu/%7Emallory/issuer.json", page, "example.edu/~mallory/issuer.json", "example.edu"},
		{"https://example.edu/wp-content/uploads/2026/issuer.json", page, "example.edu/wp-content/uploads/2026/issuer.json", "example.edu"},
		{"https://example.edu/forum/attachments/7", page, "example.edu/forum/attachments/7", "example.edu"},
		{"https://example.edu/sites/default/files/issuer.json", page, "example.edu/sites/default/files/issuer.json", "example.edu"},
		{"https://example.edu/sites/files/issuer.json", domain, "example.edu/sites/files/issuer.json", "example.edu"},
		{"https://example.edu/files/issuer.json", domain, "example.edu/files/issuer.json", "example.edu"},
		{"https://repository.example.edu/bitstream/1/2/issuer.json", page, "repository.example.edu/bitstream/1/2/issuer.json", "example.edu"},
		// What anybody's files, programs and machines are given out by.
		{"https://mallory-default-rtdb.firebaseio.com/issuer.json", page, "mallory-default-rtdb.firebaseio.com/issuer.json", "firebaseio.com"},
		{"https://raw.githack.com/mallory/x/main/issuer.json", page, "raw.githack.com/mallory/x/main/issuer.json", "githack.com"},
		{"https://my-json-server.typicode.com/mallory/x/issuer", page, "my-json-server.typicode.com/mallory/x/issuer", "typicode.com"},
		{"https://jsonplaceholder.example.com/issuer", domain, "jsonplaceholder.example.com/issuer", "example.com"},
		{"did:web:203.0.113.7.nip.io", page, "203.0.113.7.nip.io", "nip.io"},
		{"did:web:abc-8080.app.github.dev", page, "abc-8080.app.github.dev", "github.dev"},
		{"https://example.edu/a/..;/mallory", page, "example.edu/a/..;/mallory", "example.edu"},
		{"https://example.edu/a%2fmallory", page, "example.edu/a/mallory", "example.edu"},
		{"https://sites.google.com/view/mit", page, "sites.google.com/view/mit", "google.com"},
		{"https://developers.google.com/issuer", domain, "developers.google.com/issuer", "google.com"},
		{"https://pastebin.com/raw/abc", page, "pastebin.com/raw/abc", "pastebin.com"},
		{"https://cdn.discordapp.com/attachments/1/2/i.json", page, "cdn.discordapp.com/attachments/1/2/i.json", "discordapp.com"},
		{"https://raw.githubusercontent.com/mit/i/main/i.json", page, "raw.githubusercontent.com/mit/i/main/i.json", "githubusercontent.com"},
		{"https://mit.wordpress.com/", page, "mit.wordpress.com", "wordpress.com"},
		{"https://web.archive.org/web/2020/https://mit.edu/", page, "web.archive.org/web/2020/https:/mit.edu", "archive.org"},
		{"https://mit-edu.translate.goog/issuer", page, "mit-edu.translate.goog/issuer", "translate.goog"},
		{"https://192.0.2.1/issuer", page, "192.0.2.1/issuer", "192.0.2.1"},
		{"https://[2001:db8::1]/issuer", page, "2001:db8::1/issuer", "2001:db8::1"},
		{"https://127.1/issuer", page, "127.1/issuer", "127.1"},
		{"https://intranet/issuer", page, "intranet/issuer", "intranet"},
		{"https://college.example/issuer", page, "college.example/issuer", "college.example"},
		{"https://co.uk/issuer", page, "co.uk/issuer", "co.uk"},
		// Keys, and what is nothing at all.
		{"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", key, "", "key"},
		{"did:jwk:e30", key, "", "key"},
		{"urn:uuid:1", key, "", "key"},
		{"mailto:dean@example.edu", key, "", "key"},
		{"", key, "", "key"},
		{"https://user@example.edu/", key, "", "key"},
	} {
		b := Of(c.id, nil)
		if got := b.Host + b.Path; b.Level != c.level || got != c.shown || b.Counts != c.counts {
			t.Errorf("%s: %s, %q, counts as %q; want %s, %q, %q", c.id, b.Level, got, b.Counts, c.level, c.shown, c.counts)
		}
	}
	// What the operator allows by its address counts as a domain, and nothing else
	// on that machine does.
	local := func(hostport string) bool { return hostport == "127.0.0.1:8001" }
	for id, want := range map[string]verdict.Level{"http://127.0.0.1:8001/issuer": domain, "http://127.0.0.1:8002/issuer": page, "https://127.0.0.1/issuer": page} {
		if b := Of(id, local); b.Level != want {
			t.Errorf("%s: %s", id, b.Level)
		}
	}
}

// A host is shown in its own letters, and as what it is where those mix or could
// be read as Latin ones.
func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"https://xn--bcher-kva.example/": "bücher.example", "https://bücher.example/": "bücher.example",
		"https://xn--fsqu00a.xn--0zwm56d/": "例子.测试",
		"https://xn--80ak6aa92e.com/":      "xn--80ak6aa92e.com", // a Cyrillic word that reads "apple"
		"https://pаypal.com/":              "xn--pypal-4ve.com",  // one Cyrillic letter
		"https://xn--90a3ac.xn--p1ai/":     "срб.рф",
		"https://example.edu:8443/":        "example.edu:8443", "http://example.edu:80/": "example.edu",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := Shown(u); got != want {
			t.Errorf("%s is shown as %q, want %q", in, got, want)
		}
	}
}

func TestConfirmed(t *testing.T) {
	for origin, want := range map[string]bool{
		"https://example.edu/": true, "https://somebody.github.io/": false, "https://badgr.com/": false, "https://credly.com/": false,
		"https://college.example/": false, "https://192.0.2.1/": false, "": false,
	} {
		if _, ok := Confirmed(origin, nil); ok != want {
			t.Errorf("%s: %v", origin, ok)
		}
	}
}

func TestMany(t *testing.T) {
	for host, want := range map[string]bool{
		"badgr.com": true, "api.badgr.io": true, "github.io": true, "somebody.github.io": true, "credly.com": true, "pastebin.com": true, "192.0.2.1": true,
		"example.edu": false, "badges.example.edu": false, "linkedin.com": false,
	} {
		if got := Many(host); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// A link is the applicant's own site only where nothing else is there: a school,
// a profile, a provider of badges are not.
func TestOwnSite(t *testing.T) {
	for link, want := range map[string]string{
		"https://mina.example.com/": "example.com", "https://www.example.com": "example.com", "https://example.com/portfolio": "example.com",
		"https://example.com/cv.html": "example.com", "https://mina.github.io/": "mina.github.io", "http://example.com/about-me/": "example.com",
		"https://university.example.edu/people/mina": "", "https://example.edu/~mina": "", "https://www.linkedin.com/in/mina": "", "https://github.com/mina": "",
		"https://orcid.org/0000-0002-1825-0097": "", "https://www.credly.com/users/mina": "", "https://badgr.com/backpack": "", "https://drive.google.com/file/1": "",
		"did:key:z6Mk": "", "mina@example.com": "", "https://192.0.2.1/": "", "https://mina.example/": "",
	} {
		if got := OwnSite(link); got != want {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
}

// TestPlaces reads the table: every row has its kind and its source, and none
// stands under another of the same kind, where it would say nothing.
func TestPlaces(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if len(lines) < 400 || len(places()) != len(lines)-1 {
		t.Errorf("%d lines, %d places", len(lines), len(places()))
	}
	if !slices.IsSorted(lines[1:]) {
		t.Error("the rows are not in order")
	}
	for _, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 4 || !slices.Contains([]string{vetted, account, page, profile}, f[1]) || f[2] == "" || !strings.HasPrefix(f[3], "https://") || !strings.Contains(f[3], ": ") {
			t.Errorf("%q is no row", line)
		}
		if strings.ToLower(f[0]) != f[0] || strings.HasPrefix(f[0], "www.") || strings.Contains(f[0], "://") {
			t.Errorf("%q is never asked for", f[0])
		}
	}
}

func TestResembles(t *testing.T) {
	var n Names
	for name, key := range map[string]string{
		"Massachusetts Institute of Technology": "mit", "Stanford University": "stanford", "The Open University": "ou", "IBM": "ibm",
		"Goethe-Institut e.V.": "goethe", "Red Cross": "cross", "University": "generic",
	} {
		n.Add(name, key)
	}
	for name, want := range map[string]bool{
		// The same, as a reader sees it.
		"Stanford University": true, "stanford  university": true, "Stаnford University": true, "Stanf0rd University": true, "Stanford  Univer\u200bsity": true,
		// An article or a legal form more or less.
		"The Stanford University": true, "Open University": true, "Open University Ltd": true, "Goethe Institut": true, "IBM Corporation": true,
		// What initials spell, both ways round.
		"MIT": true, "M.I.T.": true, "International Business Machines": true,
		// Two letters that changed places.
		"Stanfrod University": true, "Standford University": false, "Goethe-Insittut": true,
		// Words more.
		"Stanford University Online": true, "Global Stanford University of Skills": true, "Red Cross First Aid": true, "IBM Skills Academy": true,
		// Others.
		"Harvard University": false, "University of Sands": false, "Crossword": false, "Technical Institute": false, "Blue Cross": false, "": false, "University": true,
	} {
		if got := n.Resembles(name, "another"); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	if n.Resembles("Stanford University", "stanford") || n.Resembles("The Stanford University", "stanford") {
		t.Error("an issuer resembles itself")
	}
	var none Names
	if none.Resembles("Stanford", "") {
		t.Error("resembles nothing")
	}
	c := n.Clone()
	c.Add("Harvard University", "harvard")
	if !c.Resembles("Harvard University", "x") || n.Resembles("Harvard University", "x") {
		t.Error("a copy is no copy")
	}
}

func BenchmarkOf(b *testing.B) {
	ids := []string{"https://badges.example.edu/issuers/1", "https://api.badgr.io/public/issuers/1", "did:web:somebody.github.io", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Of(ids[i%len(ids)], nil)
	}
}

func BenchmarkResembles(b *testing.B) {
	var n Names
	for i := range 10_000 {
		n.Add("College of Sciences "+strings.Repeat("x", i%7)+string(rune('a'+i%26))+string(rune('a'+i/26%26)), string(rune(i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		n.Resembles("The Northern College of Arts and Letters", "x")
	}
}

// FuzzOf places anything without a panic, and never better than a page where the
// host is no name under a known suffix.
func FuzzOf(f *testing.F) {
	for _, s := range []string{"https://a.github.io/~x", "did:web:a%3A80:b", "https://xn--a", "did:key:z", "https://[::1]/", "https://a..b/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		b := Of(id, nil)
		if b.Level == "" || b.Counts == "" {
			t.Errorf("%q: %+v", id, b)
		}
		u := URL(id)
		if u != nil && b.Level == verdict.LevelDomain && !strings.Contains(strings.Trim(Host(u), "."), ".") {
			t.Errorf("%q is a domain", id)
		}
		if s := b.Shown(b.Level, "", "x"); strings.ContainsAny(s, "\n\r\x1b\u202e") {
			t.Errorf("%q is shown as %q", id, s)
		}
		OwnSite(id)
	})
}

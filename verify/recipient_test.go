package verify

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"

	"pgregory.net/rapid"
)

func md5of(s string) string {
	h := md5.Sum([]byte(s))
	return "md5$" + hex.EncodeToString(h[:])
}

func TestAttack58To59Recipient(t *testing.T) {
	who := Applicant{Proven: []string{"Ada.Example@Example.org"}, Name: "Ada Example", IDs: []string{"did:web:ada.example", "https://ada.example/", "+1 (222) 333-4444", "s123"}}
	id := func(kind, value string, salt ...string) verdict.Identity {
		i := verdict.Identity{Kind: kind, Value: value}
		if len(salt) > 0 {
			i.Hashed, i.Salt = true, salt[0]
		}
		return i
	}
	for _, tc := range []struct {
		desc   string
		ids    []verdict.Identity
		state  State
		reason Reason
		warn   verdict.Warning
	}{
		{"plain", []verdict.Identity{id("email", "Ada.Example@Example.org")}, verdict.Pass, "", ""},
		{"lower case", []verdict.Identity{id("emailAddress", "ada.example@example.org")}, verdict.Pass, "", ""},
		{"other", []verdict.Identity{id("email", "bob@example.org")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"other domain", []verdict.Identity{id("email", "ada.example@example.com")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"hashed as typed", []verdict.Identity{id("email", sha("Ada.Example@Example.orgs"), "s")}, verdict.Pass, "", ""},
		{"hashed in lower case", []verdict.Identity{id("email", sha("ada.example@example.orgs"), "s")}, verdict.Pass, "", ""},
		{"hashed with a lower-case domain", []verdict.Identity{id("email", sha("Ada.Example@example.orgs"), "s")}, verdict.Pass, "", ""},
		{"hash in capitals", []verdict.Identity{id("email", "sha256$"+strings.ToUpper(sha("ada.example@example.orgs")[7:]), "s")}, verdict.Pass, "", ""},
		{"no salt", []verdict.Identity{id("email", sha("ada.example@example.org"), "")}, verdict.Pass, verdict.RecipientWeak, verdict.WarnUnsalted},
		{"md5", []verdict.Identity{id("email", md5of("ada.example@example.orgs"), "s")}, verdict.Pass, verdict.RecipientWeak, verdict.WarnMD5},
		{"md5 beside sha256", []verdict.Identity{id("email", md5of("ada.example@example.orgs"), "s"), id("email", sha("ada.example@example.orgs"), "s")}, verdict.Pass, "", ""},
		{"wrong salt", []verdict.Identity{id("email", sha("ada.example@example.orgs"), "t")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"unknown algorithm", []verdict.Identity{id("email", "sha1$"+strings.Repeat("ab", 20), "s")}, verdict.Unknown, verdict.RecipientUnknown, verdict.WarnRecipientForm},
		{"short digest", []verdict.Identity{id("email", "sha256$"+strings.Repeat("ab", 20), "s")}, verdict.Unknown, verdict.RecipientUnknown, verdict.WarnRecipientForm},
		{"said to be hashed, and plain", []verdict.Identity{id("email", "ada.example@example.org", "s")}, verdict.Unknown, verdict.RecipientUnknown, verdict.WarnRecipientForm},
		{"hashed, and not said", []verdict.Identity{{Kind: "email", Value: sha("ada.example@example.orgs"), Salt: "s"}}, verdict.Pass, verdict.RecipientWeak, verdict.WarnRecipientForm},
		{"tag", []verdict.Identity{id("email", "ada.example+badges@example.org")}, verdict.Unknown, verdict.RecipientWeak, ""},
		{"Kelvin sign", []verdict.Identity{id("email", "\u212Aim@example.org")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"address as a name", []verdict.Identity{id("name", "ada.example@example.org")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"address as a user name", []verdict.Identity{id("userName", "ada.example@example.org")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"name alone", []verdict.Identity{id("name", "ada  EXAMPLE")}, verdict.Unknown, verdict.RecipientWeak, verdict.WarnNameOnly},
		{"another name", []verdict.Identity{id("name", "Bob")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"DID", []verdict.Identity{id("id", "did:web:ada.example")}, verdict.Pass, "", ""},
		{"DID, other case of the host", []verdict.Identity{id("id", "did:web:ADA.example")}, verdict.Pass, "", ""},
		{"another DID", []verdict.Identity{id("id", "did:web:bob.example")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"another DID, own address", []verdict.Identity{id("id", "did:web:wallet.example"), id("emailAddress", "ada.example@example.org")}, verdict.Pass, "", ""},
		{"mailto", []verdict.Identity{id("id", "mailto:ada.example@example.org")}, verdict.Pass, "", ""},
		{"another mailto", []verdict.Identity{id("id", "mailto:bob@example.org")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"urn", []verdict.Identity{id("id", "urn:uuid:1")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"web address", []verdict.Identity{id("url", "https://ada.example")}, verdict.Pass, "", ""},
		{"telephone", []verdict.Identity{id("telephone", "+12223334444")}, verdict.Pass, "", ""},
		{"another telephone", []verdict.Identity{id("telephone", "+19998887777")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"student number", []verdict.Identity{id("sourcedId", "s123")}, verdict.Pass, "", ""},
		{"another student number", []verdict.Identity{id("sourcedId", "s124")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"number of a book", []verdict.Identity{id("isbn", "s123")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"in angle brackets", []verdict.Identity{id("email", "Ada Example <Ada.Example@Example.org>")}, verdict.Pass, "", ""},
		{"in angle brackets alone", []verdict.Identity{id("emailAddress", "<ada.example@example.org>")}, verdict.Pass, "", ""},
		{"another's in angle brackets, and the applicant's name", []verdict.Identity{id("email", "Ada Example <bob@example.org>")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"another's in angle brackets, and the applicant's address for a name", []verdict.Identity{id("email", `"ada.example@example.org" <bob@example.org>`)}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"two in angle brackets", []verdict.Identity{id("email", "<bob@example.org> <ada.example@example.org>")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"percent-encoded", []verdict.Identity{id("email", "ada.example%40example.org")}, verdict.Pass, "", ""},
		{"another's percent-encoded", []verdict.Identity{id("email", "bob%40example.org")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"another host behind what is percent-encoded", []verdict.Identity{id("email", "ada.example%40example.org@evil.example")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"masked", []verdict.Identity{id("email", "a***@example.org")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"masked by dots", []verdict.Identity{id("email", "ad...e@example.org")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"masked by an ellipsis, as mailto", []verdict.Identity{id("id", "mailto:a\u2026@example.org")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"masked in angle brackets", []verdict.Identity{id("email", "Ada <a***@example.org>")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"redacted", []verdict.Identity{id("email", "redacted")}, verdict.Unknown, verdict.RecipientUnknown, ""},
		{"stars and dots in the name before it", []verdict.Identity{id("email", "Prof... *Ada* <ada.example@example.org>")}, verdict.Pass, "", ""},
		{"masked, beside another's", []verdict.Identity{id("email", "a***@example.org"), id("email", "bob@example.org")}, verdict.Fail, verdict.RecipientMismatch, ""},
		{"masked, beside the applicant's", []verdict.Identity{id("email", "a***@example.org"), id("email", "ada.example@example.org")}, verdict.Pass, "", ""},
		{"nobody", nil, verdict.None, verdict.RecipientMissing, ""},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			a, warn := recipient(tc.ids, who)
			if a.State != tc.state || a.Reason != tc.reason {
				t.Errorf("%s %s %v", a.State, a.Reason, warn)
			}
			if tc.warn != "" && !slices.Contains(warn, tc.warn) || tc.warn == "" && tc.state == verdict.Pass && len(warn) > 0 {
				t.Errorf("warnings %v", warn)
			}
		})
	}
	if a, _ := recipient([]verdict.Identity{id("email", "ada@example.org")}, Applicant{Emails: []string{"ada@example.org"}, Proven: []string{"x@example.org"}}); a.State != verdict.Pass || a.Reason != verdict.AddressClaimed {
		t.Errorf("claimed: %+v", a)
	}
	if a, _ := recipient([]verdict.Identity{id("email", "ada@example.org"), id("id", "did:web:ada.example")}, Applicant{Emails: []string{"ada@example.org"}, IDs: []string{"did:web:ada.example"}}); a.State != verdict.Pass || a.Reason != "" {
		t.Errorf("claimed beside an id: %+v", a)
	}
	if a, _ := recipient([]verdict.Identity{id("email", "x@example.org")}, Applicant{}); a.State != verdict.None {
		t.Errorf("nobody asked: %+v", a)
	}
	// Whoever gives a masked address for their own is not whom it hides, who wrote it in
	// whatever spelling.
	for _, e := range []string{"a***@example.org", "<a***@example.org>", "a***%40example.org"} {
		a, _ := recipient([]verdict.Identity{id("email", e)}, Applicant{Emails: []string{"a***@example.org"}, Proven: []string{e}})
		if a.State != verdict.Unknown || a.Detail != "the badge hides a part of the address" {
			t.Errorf("masked: %+v", a)
		}
	}
	if a, _ := recipient([]verdict.Identity{id("email", "redacted")}, who); a.Detail != "what stands for the address is none" {
		t.Errorf("redacted: %+v", a)
	}
	// A hash is an address of which nothing is left out.
	if a, _ := recipient([]verdict.Identity{id("email", sha("bob@example.orgs"), "s")}, who); a.State != verdict.Fail {
		t.Errorf("hashed: %+v", a)
	}
	// An applicant whose address holds the Kelvin sign is not the one with a k.
	if a, _ := recipient([]verdict.Identity{id("email", "kim@example.org")}, Applicant{Emails: []string{"\u212Aim@example.org"}}); a.State == verdict.Pass {
		t.Error("the Kelvin sign passes for a k")
	}
}

// TestRecipientPairs: of random pairs of people, only equal ones match.
func TestRecipientPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	person := func() string { return fmt.Sprintf("%c%d@example.org", 'a'+rune(r.IntN(26)), r.IntN(20)) }
	matched := 0
	for range 1000 {
		a, b := person(), person()
		salt := fmt.Sprint(r.IntN(3))
		got, _ := recipient([]verdict.Identity{{Kind: "emailAddress", Value: sha(b + salt), Hashed: true, Salt: salt}}, Applicant{Emails: []string{a}})
		if (got.State == verdict.Pass) != (a == b) {
			t.Fatalf("%s and %s: %+v", a, b, got)
		}
		if a == b {
			matched++
		}
	}
	if matched == 0 {
		t.Error("no pair was equal: nothing was shown")
	}
}

func TestRecipientProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[a-zA-Z0-9.]{1,12}`).Draw(t, "local")
		other := rapid.StringMatching(`[a-zA-Z0-9.]{1,12}`).Draw(t, "other")
		salt := rapid.StringMatching(`[a-z]{0,6}`).Draw(t, "salt")
		who := Applicant{Emails: []string{local + "@example.org"}}
		mine := verdict.Identity{Kind: "email", Value: sha(strings.ToLower(local) + "@example.org" + salt), Hashed: true, Salt: salt}
		if a, _ := recipient([]verdict.Identity{mine}, who); a.State != verdict.Pass {
			t.Fatalf("own address: %+v", a)
		}
		theirs := verdict.Identity{Kind: "email", Value: sha(other + "@example.org" + salt), Hashed: true, Salt: salt}
		if a, _ := recipient([]verdict.Identity{theirs}, who); a.State == verdict.Pass && !strings.EqualFold(local, other) {
			t.Fatalf("another's address: %+v", a)
		}
	})
}

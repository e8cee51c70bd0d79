package status_test

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	vt "assay/verify/verifytest"
)

// TestPlainSpellings: an index or a purpose that is spelled as software prints it
// means what it says, be the bit set or clear.
func TestPlainSpellings(t *testing.T) {
	for desc, e := range map[string]obj{
		"zeros before it":       entry("statusListIndex", "007"),
		"spaces around it":      entry("statusListIndex", " 7 "),
		"a fraction of nothing": entry("statusListIndex", "7.0"),
		"a float":               entry("statusListIndex", json.Number("7.0")),
		"a purpose in capitals": entry("statusPurpose", "Revocation"),
		"a purpose and a space": entry("statusPurpose", "revocation "),
	} {
		expect(t, desc+", clear", check(t, vt.NewWeb(obj{listURL: list(bits(n, 0, 6, 8))}), e), verdict.Pass, "")
		expect(t, desc+", set", check(t, vt.NewWeb(obj{listURL: list(bits(n, 7))}), e), verdict.Fail, verdict.Revoked)
	}
	loud := list(bits(n, 7), "credentialSubject.statusPurpose", "REVOCATION")
	expect(t, "of the list", check(t, vt.NewWeb(obj{listURL: loud}), entry()), verdict.Fail, verdict.Revoked)
	zero := entry("statusListIndex", "000")
	expect(t, "nought", check(t, vt.NewWeb(obj{listURL: list(bits(n, 0))}), zero), verdict.Fail, verdict.Revoked)
	// A purpose is one of another kind all the same.
	expect(t, "another purpose", check(t, vt.NewWeb(obj{listURL: list(bits(n, 7), "credentialSubject.statusPurpose", "Message")}), entry("statusPurpose", "Message")), verdict.Pass, "")
}

// TestListThatNobodyPacked: a bit that is set in a list that is not packed is set,
// and no bit of what is packed in another way is one. Such a list says nothing good.
func TestListThatNobodyPacked(t *testing.T) {
	raw := make([]byte, n/8)
	answer := func(text string) verdict.Aspect { return check(t, vt.NewWeb(obj{listURL: list(text)}), entry()) }
	expect(t, "clear", answer("u"+base64.RawURLEncoding.EncodeToString(raw)), verdict.Unknown, verdict.StatusInvalid)
	raw[0] = 1
	a := answer("u" + base64.RawURLEncoding.EncodeToString(raw))
	expect(t, "set", a, verdict.Fail, verdict.Revoked)
	if a.Detail != "revoked by the issuer" {
		t.Errorf("of a list whose proof holds: %q", a.Detail)
	}
	expect(t, "set, base64", answer("m"+base64.StdEncoding.EncodeToString(raw)), verdict.Fail, verdict.Revoked)
	expect(t, "without the prefix that says how it is written", answer(base64.RawURLEncoding.EncodeToString(raw)), verdict.Unknown, verdict.StatusInvalid)
	expect(t, "too short for a list", answer("u"+base64.RawURLEncoding.EncodeToString(raw[1:])), verdict.Unknown, verdict.StatusInvalid)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range raw {
		raw[i] = byte(r.IntN(256))
	}
	raw[0] = 1
	expect(t, "packed in a way that is not known", answer("u"+base64.RawURLEncoding.EncodeToString(raw)), verdict.Unknown, verdict.StatusInvalid)
}

// TestRevocationList2020: the draft before StatusList2021, with the same list under
// other names and one purpose that it does not name.
func TestRevocationList2020(t *testing.T) {
	e := obj{"id": listURL + "#7", "type": "RevocationList2020Status", "revocationListIndex": "7", "revocationListCredential": listURL}
	old := func(set ...int) obj {
		set = slices.Clone(set)
		for i := range set {
			set[i] ^= 7 // the lowest bit of a byte is its first place
		}
		return obj{"id": listURL, "type": []any{"VerifiableCredential", "RevocationList2020Credential"}, "issuer": issuer,
			"credentialSubject": obj{"type": "RevocationList2020", "encodedList": strings.TrimPrefix(bits(n, set...), "u")}}
	}
	answer := func(l any, e obj) verdict.Aspect { return check(t, vt.NewWeb(obj{listURL: l}), e) }
	expect(t, "clear", answer(old(6, 8), e), verdict.Pass, "")
	expect(t, "set", answer(old(7), e), verdict.Fail, verdict.Revoked)
	expect(t, "set in both orders", answer(old(0, 7), e), verdict.Fail, verdict.Revoked)
	expect(t, "set in the other order", answer(old(0), e), verdict.Unknown, verdict.StatusUnclear)
	expect(t, "with a bad proof", answer(change(old(), "proof", "bad"), e), verdict.Unknown, verdict.StatusInvalid)
	expect(t, "set, with a bad proof", answer(change(old(7), "proof", "bad"), e), verdict.Fail, verdict.Revoked)
	expect(t, "of another kind", answer(list(bits(n)), e), verdict.Unknown, verdict.StatusInvalid)
	expect(t, "another's, with another id", answer(change(old(), "issuer", keeper, "id", listURL+"0"), e), verdict.Unknown, verdict.StatusForeign)
	expect(t, "of a list that names another purpose", answer(change(old(7), "credentialSubject.statusPurpose", "suspension"), e), verdict.Unknown, verdict.StatusInvalid)
	expect(t, "without an index", answer(old(), change(e, "revocationListIndex", nil)), verdict.Unknown, verdict.StatusUnfollowed)
	expect(t, "without a list", answer(old(), change(e, "revocationListCredential", nil)), verdict.Unknown, verdict.StatusUnfollowed)
}

package status_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/verify/fetch"
	"assay/verify/status"
	"assay/verify/verdict"
	vt "assay/verify/verifytest"
)

const keeper = "did:key:z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"

// warned gives the aspect with its warnings, as words.
func warned(t testing.TB, w fetch.Fetcher, st any) (verdict.Aspect, string) {
	t.Helper()
	a, warnings := status.New(0).Check(t.Context(), query(w, st))
	var out []string
	for _, x := range warnings {
		out = append(out, string(x))
	}
	return a, strings.Join(out, " ")
}

// Attack 50: a list that is shorter than recommended, or that another keeps, tells
// the status where the issuer's entry points at it and at nothing else. Attack 255:
// a clear bit in one that did not come from there is no good word.
func TestAttack50_255_ShortAndForeignLists(t *testing.T) {
	const short, other, both = "status_list_short", "status_list_issuer_differs", "status_list_short status_list_issuer_differs"
	foreign := list(bits(n), "issuer", keeper)
	little := list(bits(80_000))
	dcc := list(bits(100_000), "issuer", keeper)
	for _, l := range []struct {
		desc     string
		list     obj
		warnings string
	}{{"another's", foreign, other}, {"short", little, short}, {"short and another's", dcc, both}} {
		for _, tc := range []struct {
			desc   string
			answer any
			state  verdict.State
			reason verdict.Reason
		}{
			{"as named", l.list, verdict.Pass, ""},
			{"with the port written out", change(l.list, "id", "https://issuer.example.org:443/status/1"), verdict.Pass, ""},
			{"after a redirect of the host itself", vt.Answer{Final: "https://issuer.example.org/lists/1", Body: string(vt.JSON(l.list))}, verdict.Pass, ""},
			{"by a redirect to another host", vt.Answer{Final: "https://evil.example.com/status/1", Body: string(vt.JSON(l.list))}, verdict.Unknown, verdict.StatusForeign},
			{"by a redirect to a host below", vt.Answer{Final: "https://www.issuer.example.org/status/1", Body: string(vt.JSON(l.list))}, verdict.Unknown, verdict.StatusForeign},
			{"by a redirect to another port", vt.Answer{Final: "https://issuer.example.org:8443/status/1", Body: string(vt.JSON(l.list))}, verdict.Unknown, verdict.StatusForeign},
			{"by a redirect to http", vt.Answer{Final: "http://issuer.example.org/status/1", Body: string(vt.JSON(l.list))}, verdict.Unknown, verdict.StatusForeign},
			{"by a redirect to http on the same port", vt.Answer{Final: "http://issuer.example.org:443/status/1", Body: string(vt.JSON(l.list))}, verdict.Unknown, verdict.StatusForeign},
			{"without an id", change(l.list, "id", nil), verdict.Unknown, verdict.StatusForeign},
			{"with the id of the next list", change(l.list, "id", listURL+"0"), verdict.Unknown, verdict.StatusForeign},
			{"with the id of another path", change(l.list, "id", "https://issuer.example.org/STATUS/1"), verdict.Unknown, verdict.StatusForeign},
			{"with the id of another query", change(l.list, "id", listURL+"?v=2"), verdict.Unknown, verdict.StatusForeign},
			{"with the id of another host", change(l.list, "id", "https://evil.example.com/status/1"), verdict.Unknown, verdict.StatusForeign},
			{"with an id over http", change(l.list, "id", "http://issuer.example.org/status/1"), verdict.Unknown, verdict.StatusForeign},
			{"with an id that is no address", change(l.list, "id", "urn:uuid:1"), verdict.Unknown, verdict.StatusForeign},
			{"with a bad proof", change(l.list, "proof", "bad"), verdict.Unknown, verdict.StatusInvalid},
			{"for another purpose", change(l.list, "credentialSubject.statusPurpose", "suspension"), verdict.Unknown, verdict.StatusInvalid},
			{"past its date", change(l.list, "validUntil", "2026-01-01T00:00:00Z"), verdict.Unknown, verdict.StatusInvalid},
			{"of nobody", change(l.list, "issuer", nil), verdict.Unknown, verdict.StatusInvalid},
		} {
			t.Run(l.desc+"/"+tc.desc, func(t *testing.T) {
				a, warnings := warned(t, vt.NewWeb(obj{listURL: tc.answer}), entry())
				expect(t, "", a, tc.state, tc.reason)
				if a.State == verdict.Unknown && !a.Passing {
					t.Error("as if nothing could mend it")
				}
				if (warnings == l.warnings) != (a.State == verdict.Pass) || warnings != "" && a.State != verdict.Pass {
					t.Errorf("warns %q", warnings)
				}
				if parties := len(a.Evidence) == 1 && strings.Contains(a.Evidence[0].Note, keeper) && strings.Contains(a.Evidence[0].Note, issuer); parties != strings.Contains(warnings, other) {
					t.Errorf("evidence %+v", a.Evidence)
				}
			})
		}
		expect(t, l.desc+", index beyond", check(t, vt.NewWeb(obj{listURL: l.list}), entry("statusListIndex", fmt.Sprint(n))), verdict.Unknown, verdict.StatusInvalid)
	}
	// An own list of full length needs none of it.
	a, warnings := warned(t, vt.NewWeb(obj{listURL: vt.Answer{Final: "https://cdn.example.net/1", Body: string(vt.JSON(list(bits(n), "id", nil)))}}), entry())
	expect(t, "its own", a, verdict.Pass, "")
	if warnings != "" {
		t.Errorf("its own warns %s", warnings)
	}
}

// Attack 256: a set bit counts in whatever could be read of whatever answered.
func TestAttack256_SetBitCounts(t *testing.T) {
	set := bits(n, 7)
	raw := packed(n, 7)
	for _, tc := range []struct {
		desc  string
		list  any
		entry obj
	}{
		{"bad proof", list(set, "proof", "bad"), entry()},
		{"key unreachable", list(set, "proof", "key unreachable"), entry()},
		{"secured in another way", list(set, "proof", "odd"), entry()},
		{"another's", list(set, "issuer", keeper), entry()},
		{"nobody's", list(set, "issuer", nil), entry()},
		{"short", list(bits(64, 7)), entry()},
		{"another list's id", list(set, "id", listURL+"0"), entry()},
		{"another host", vt.Answer{Final: "https://evil.example.com/1", Body: string(vt.JSON(list(set)))}, entry()},
		{"past", list(set, "validUntil", "2020-01-01T00:00:00Z"), entry()},
		{"another type", list(set, "type", "VerifiableCredential"), entry()},
		{"another type of subject", list(set, "credentialSubject.type", "StatusList2021"), entry()},
		{"the list names no purpose", list(set, "credentialSubject.statusPurpose", nil), entry()},
		{"the entry names no purpose", list(set), entry("statusPurpose", nil)},
		{"data after it", list("u" + base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw), 0))), entry()},
		{"cut", list("u" + base64.RawURLEncoding.EncodeToString(raw[:len(raw)-8])), entry()},
		{"a bomb behind it", list("u" + base64.RawURLEncoding.EncodeToString(packed(status.MaxInflated*8+8, 7))), entry()},
		{"a statusSize without messages", list(bits(2*n, 15)), entry("statusSize", json.Number("2"))},
	} {
		a, warnings := warned(t, vt.NewWeb(obj{listURL: tc.list}), tc.entry)
		expect(t, tc.desc, a, verdict.Fail, verdict.Revoked)
		if said := a.Detail; strings.Contains(said, "nothing proves") != strings.Contains("bad proof key unreachable secured in another way", tc.desc) ||
			strings.Contains(said, "another keeps") != (tc.desc == "another's" || tc.desc == "nobody's") {
			t.Errorf("%s: %q", tc.desc, said)
		}
		if warnings != "" {
			t.Errorf("%s: warns %s", tc.desc, warnings)
		}
	}
	for _, tc := range []struct {
		desc string
		list obj
	}{
		{"for another purpose", list(set, "credentialSubject.statusPurpose", "suspension")},
		{"of a purpose that is not known, with a bad proof", list(set, "proof", "bad", "credentialSubject.statusPurpose", "odd")},
	} {
		expect(t, tc.desc, check(t, vt.NewWeb(obj{listURL: tc.list}), entry()), verdict.Unknown, verdict.StatusInvalid)
	}
	// What is suspended may be so no more.
	suspended := list(set, "credentialSubject.statusPurpose", "suspension")
	e := entry("statusPurpose", "suspension")
	expect(t, "suspended, bad proof", check(t, vt.NewWeb(obj{listURL: change(suspended, "proof", "bad")}), e), verdict.Fail, verdict.Suspended)
	expect(t, "suspended, past", check(t, vt.NewWeb(obj{listURL: change(suspended, "validUntil", "2020-01-01T00:00:00Z")}), e), verdict.Unknown, verdict.StatusInvalid)
}

// Attack 54: 1EdTech's list by another than the issuer.
func TestAttack54_ForeignRevocationList(t *testing.T) {
	e := obj{"type": "1EdTechRevocationList", "id": listURL}
	rl := obj{"id": listURL, "issuer": keeper, "revokedCredential": []any{}}
	for _, tc := range []struct {
		desc   string
		answer any
		state  verdict.State
		reason verdict.Reason
	}{
		{"as named", rl, verdict.Pass, ""},
		{"an object as issuer", change(rl, "issuer", obj{"id": keeper}), verdict.Pass, ""},
		{"without an id", change(rl, "id", nil), verdict.Unknown, verdict.StatusForeign},
		{"another list's id", change(rl, "id", listURL+"0"), verdict.Unknown, verdict.StatusForeign},
		{"another host", vt.Answer{Final: "https://evil.example.com/1", Body: string(vt.JSON(rl))}, verdict.Unknown, verdict.StatusForeign},
		{"http in the end", vt.Answer{Final: "http://issuer.example.org/status/1", Body: string(vt.JSON(rl))}, verdict.Unknown, verdict.StatusForeign},
		{"malformed", change(rl, "revokedCredential", []any{json.Number("7")}), verdict.Unknown, verdict.StatusInvalid},
		{"listed", change(rl, "revokedCredential", []any{obj{"id": id}}), verdict.Fail, verdict.Revoked},
		{"listed at another host", vt.Answer{Final: "https://evil.example.com/1", Body: string(vt.JSON(change(rl, "revokedCredential", []any{obj{"id": id}})))}, verdict.Fail, verdict.Revoked},
	} {
		a, warnings := warned(t, vt.NewWeb(obj{listURL: tc.answer}), e)
		expect(t, tc.desc, a, tc.state, tc.reason)
		if (warnings == "status_list_issuer_differs") != (tc.state == verdict.Pass) {
			t.Errorf("%s: warns %q", tc.desc, warnings)
		}
	}
}

// Spellings of an encoded list and of an index.
func TestSpellings(t *testing.T) {
	zip := func(set ...int) []byte {
		b := make([]byte, n/8)
		for _, i := range set {
			b[i/8] |= 1 << (7 - i%8)
		}
		return deflated(b)
	}
	// A list whose text has characters that tell base64 from base64url, and padding.
	var set []int
	for i := 5; i < n; i += 7919 {
		set = append(set, i)
	}
	for name, pack := range map[string]func(...int) []byte{"gzip": func(set ...int) []byte { return packed(n, set...) }, "zlib": zip} {
		clear, revoked := pack(append(set, 6)...), pack(append(set, 7)...)
		for form, encode := range map[string]func([]byte) string{
			"base64url": base64.RawURLEncoding.EncodeToString, "base64url, padded": base64.URLEncoding.EncodeToString,
			"base64": base64.RawStdEncoding.EncodeToString, "base64, padded": base64.StdEncoding.EncodeToString,
		} {
			for _, prefix := range []string{"", "u", "U", "m", "M"} {
				desc := name + ", " + form + ", prefix " + prefix
				expect(t, desc, check(t, vt.NewWeb(obj{listURL: list(prefix + encode(clear))}), entry()), verdict.Pass, "")
				expect(t, desc+", set", check(t, vt.NewWeb(obj{listURL: list(prefix + encode(revoked))}), entry()), verdict.Fail, verdict.Revoked)
			}
			for _, prefix := range []string{"z", "uu", "H", " ", "\n"} {
				expect(t, name+", "+form+", prefix "+prefix, check(t, vt.NewWeb(obj{listURL: list(prefix + encode(clear))}), entry()), verdict.Unknown, verdict.StatusInvalid)
			}
		}
	}
	w := vt.NewWeb(obj{listURL: list(bits(n, 7))})
	for _, tc := range []struct {
		index  any
		state  verdict.State
		reason verdict.Reason
	}{
		{json.Number("7"), verdict.Fail, verdict.Revoked}, {json.Number("6"), verdict.Pass, ""}, {json.Number("0"), verdict.Pass, ""},
		{json.Number("7.0"), verdict.Fail, verdict.Revoked}, {json.Number("7.5"), verdict.Unknown, verdict.StatusUnfollowed}, {json.Number("7e0"), verdict.Unknown, verdict.StatusUnfollowed}, {json.Number("-7"), verdict.Unknown, verdict.StatusUnfollowed},
		{true, verdict.Unknown, verdict.StatusUnfollowed}, {[]any{"7"}, verdict.Unknown, verdict.StatusUnfollowed},
		{json.Number("131072"), verdict.Unknown, verdict.StatusInvalid}, {json.Number("99999999999999999999"), verdict.Unknown, verdict.StatusInvalid},
	} {
		expect(t, fmt.Sprint("index ", tc.index), check(t, w, entry("statusListIndex", tc.index)), tc.state, tc.reason)
	}
	// An entry that is named by its list, a size as text and a list given as an object.
	expect(t, "the list's id", check(t, w, entry("id", listURL, "statusListIndex", "6")), verdict.Pass, "")
	expect(t, "the list's id, set", check(t, w, entry("id", listURL)), verdict.Fail, verdict.Revoked)
	expect(t, "an object", check(t, w, entry("statusListCredential", obj{"id": listURL})), verdict.Fail, verdict.Revoked)
	expect(t, "a size as text", check(t, vt.NewWeb(obj{listURL: list(bits(2*n, 14))}), change(sized(2), "statusSize", "2")), verdict.Fail, verdict.Revoked)
}

func deflated(b []byte) []byte {
	var buf bytes.Buffer
	w := zlib.NewWriter(&buf)
	if _, err := w.Write(b); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// tokenClaims gives the claims of a status list token with the given values, the
// first of a byte in its lowest bits.
func tokenClaims(size, count int, values map[int]int, kv ...any) obj {
	b := make([]byte, count*size/8)
	for i, v := range values {
		b[i*size/8] |= byte(v << (i * size % 8))
	}
	return change(obj{
		"iss": issuer, "sub": listURL, "iat": json.Number("1764547200"),
		"status_list": obj{"bits": json.Number(fmt.Sprint(size)), "lst": base64.RawURLEncoding.EncodeToString(deflated(b))},
	}, kv...)
}

// judgeClaim judges the claim status; that of a token is verified as the fake does.
func judgeClaim(t testing.TB, w fetch.Fetcher, claim any) verdict.Aspect {
	t.Helper()
	a, _ := claimWarned(t, w, claim)
	return a
}

func claimWarned(t testing.TB, w fetch.Fetcher, claim any) (verdict.Aspect, []verdict.Warning) {
	q := query(w, nil)
	q.Claims = []any{nil, claim}
	q.VerifyToken = func(ctx context.Context, raw []byte, url string) (*status.List, error) {
		l, err := verifyList(ctx, raw, url)
		if err == nil {
			l.Issuer, _ = l.Credential["iss"].(string)
		}
		return l, err
	}
	return status.New(0).Check(t.Context(), q)
}

func statusListClaim(kv ...any) obj {
	return obj{"status_list": change(obj{"idx": json.Number("3"), "uri": listURL}, kv...)}
}

// Token Status List, 1, 2, 4 and 8 bits.
func TestTokenStatusList(t *testing.T) {
	for _, size := range []int{1, 2, 4, 8} {
		for value := range min(1<<size, 16) {
			// Its neighbours say the opposite.
			around := map[int]int{2: 1<<size - 1, 3: value, 4: 1<<size - 1}
			a := judgeClaim(t, vt.NewWeb(obj{listURL: tokenClaims(size, 64, around)}), statusListClaim())
			desc := fmt.Sprintf("%d bits, value %d", size, value)
			switch value {
			case 0:
				expect(t, desc, a, verdict.Pass, "")
			case 1:
				expect(t, desc, a, verdict.Fail, verdict.Revoked)
			case 2:
				expect(t, desc, a, verdict.Fail, verdict.Suspended)
			default:
				expect(t, desc, a, verdict.Unknown, verdict.StatusUnclear)
				if !strings.Contains(a.Detail, fmt.Sprintf("status %d", value)) {
					t.Errorf("%s: %q", desc, a.Detail)
				}
			}
		}
	}
	// The example of the draft: sixteen statuses of one bit in two bytes.
	drawn := obj{"iss": issuer, "sub": listURL, "status_list": obj{"bits": json.Number("1"), "lst": base64.RawURLEncoding.EncodeToString(deflated([]byte{0xb9, 0xa3}))}}
	for i, want := range []int{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1} {
		a := judgeClaim(t, vt.NewWeb(obj{listURL: drawn}), statusListClaim("idx", json.Number(fmt.Sprint(i))))
		if (a.State == verdict.Fail) != (want == 1) || (a.State == verdict.Pass) != (want == 0) {
			t.Errorf("status %d: %+v", i, a)
		}
	}
}

// Attack 257: status list tokens that must not be believed where they say nothing
// against the badge, and never speak against it by being so.
func TestAttack257_TokenStatusList(t *testing.T) {
	clear := func(kv ...any) obj { return tokenClaims(2, 64, map[int]int{2: 1}, kv...) }
	for _, tc := range []struct {
		desc   string
		list   any
		claim  any
		state  verdict.State
		reason verdict.Reason
	}{
		{"good", clear(), statusListClaim(), verdict.Pass, ""},
		{"about another address", clear("sub", listURL+"0"), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"about nothing", clear("sub", nil), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"a bad proof", clear("proof", "bad"), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"another's", clear("iss", keeper), statusListClaim(), verdict.Pass, ""},
		{"another's from another host", vt.Answer{Final: "https://evil.example.com/1", Body: string(vt.JSON(clear("iss", keeper)))}, statusListClaim(), verdict.Unknown, verdict.StatusForeign},
		{"past", clear("validUntil", "2026-01-01T00:00:00Z"), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"index beyond", clear(), statusListClaim("idx", json.Number("64")), verdict.Unknown, verdict.StatusInvalid},
		{"index huge", clear(), statusListClaim("idx", json.Number("9223372036854775807")), verdict.Unknown, verdict.StatusInvalid},
		{"index negative", clear(), statusListClaim("idx", json.Number("-1")), verdict.Unknown, verdict.StatusUnfollowed},
		{"no index", clear(), statusListClaim("idx", nil), verdict.Unknown, verdict.StatusUnfollowed},
		{"no address", clear(), statusListClaim("uri", nil), verdict.Unknown, verdict.StatusUnfollowed},
		{"over http", clear(), statusListClaim("uri", "http://issuer.example.org/status/1"), verdict.Unknown, verdict.StatusUnfollowed},
		{"3 bits", clear("status_list", obj{"bits": json.Number("3"), "lst": "eJwDAAAAAAE"}), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"no bits", clear("status_list", obj{"lst": "eJwDAAAAAAE"}), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"no list", clear("status_list", nil), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"a bomb", clear("status_list", obj{"bits": json.Number("1"), "lst": base64.RawURLEncoding.EncodeToString(deflated(make([]byte, status.MaxInflated+1)))}), statusListClaim(), verdict.Unknown, verdict.StatusInvalid},
		{"not there", vt.Answer{Status: 404}, statusListClaim(), verdict.Unknown, verdict.StatusUnreachable},
		{"another way to ask", clear(), obj{"identifier_list": obj{"uri": listURL}}, verdict.Unknown, verdict.StatusUnknownType},
		{"another way beside it", clear(), change(statusListClaim(), "status_assertion", obj{}), verdict.Unknown, verdict.StatusUnknownType},
		{"a word", clear(), "active", verdict.Unknown, verdict.StatusUnknownType},
		{"an empty object", clear(), obj{}, verdict.Unknown, verdict.StatusUnknownType},
		{"no object", clear(), obj{"status_list": "x"}, verdict.Unknown, verdict.StatusUnfollowed},

		{"revoked, bad proof", clear("proof", "bad"), statusListClaim("idx", json.Number("2")), verdict.Fail, verdict.Revoked},
		{"revoked, about another address", clear("sub", listURL+"0"), statusListClaim("idx", json.Number("2")), verdict.Fail, verdict.Revoked},
		{"revoked, past", clear("validUntil", "2026-01-01T00:00:00Z"), statusListClaim("idx", json.Number("2")), verdict.Fail, verdict.Revoked},
		{"revoked, beside another way", clear(), change(statusListClaim("idx", json.Number("2")), "status_assertion", obj{}), verdict.Fail, verdict.Revoked},
	} {
		a, warnings := claimWarned(t, vt.NewWeb(obj{listURL: tc.list}), tc.claim)
		expect(t, tc.desc, a, tc.state, tc.reason)
		if differs := tc.desc == "another's"; differs != slices.Contains(warnings, verdict.WarnStatusListIssuer) {
			t.Errorf("%s: warns %v", tc.desc, warnings)
		}
	}
	a := judgeClaim(t, vt.NewWeb(nil), obj{"identifier_list": obj{}})
	if !strings.Contains(a.Detail, "identifier_list") {
		t.Errorf("not by its name: %q", a.Detail)
	}
}

package status_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/status"
	"assay/verify/verdict"
	vt "assay/verify/verifytest"
)

type obj = map[string]any

const (
	issuer  = "did:web:issuer.example.org"
	listURL = "https://issuer.example.org/status/1"
	id      = "https://issuer.example.org/credentials/7"
)

// bits packs a bitstring of n entries with the given bits set.
func bits(n int, set ...int) string {
	return "u" + base64.RawURLEncoding.EncodeToString(packed(n, set...))
}

func packed(n int, set ...int) []byte {
	b := make([]byte, (n+7)/8)
	for _, i := range set {
		b[i/8] |= 1 << (7 - i%8)
	}
	return gz(b)
}

func gz(b []byte) []byte {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	w.Write(b)
	w.Close()
	return buf.Bytes()
}

func list(encoded string, kv ...any) obj {
	l := obj{
		"id": listURL, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "issuer": issuer,
		"credentialSubject": obj{"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encoded},
	}
	return change(l, kv...)
}

// change sets members, a name "a.b" that of an object within.
func change(m obj, kv ...any) obj {
	m = vt.Clone(m)
	for i := 0; i < len(kv); i += 2 {
		name, at := kv[i].(string), m
		if outer, inner, ok := strings.Cut(name, "."); ok {
			at, name = m[outer].(obj), inner
		}
		if kv[i+1] == nil {
			delete(at, name)
		} else {
			at[name] = kv[i+1]
		}
	}
	return vt.Clone(m)
}

func entry(kv ...any) obj {
	return change(obj{
		"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": listURL,
	}, kv...)
}

var errProof = errors.New("bad proof")

// verifyList stands for the check of a list's proof: it believes the issuer
// that the list names, unless the list says that its proof is bad.
func verifyList(ctx context.Context, raw []byte, url string) (*status.List, error) {
	m, err := read.ParseObject(raw, read.Limits{})
	if err != nil {
		return nil, err
	}
	l := &status.List{Issuer: read.ID(m["issuer"]), Credential: m}
	switch m["proof"] {
	case "bad":
		l.Fault = errProof
	case "key unreachable":
		l.Fault = fmt.Errorf("key: %w", fetch.ErrTimeout)
	case "odd":
		l.Fault = fmt.Errorf("%w: by smoke signals", status.ErrUnsupported)
	}
	for name, at := range map[string]*time.Time{"validFrom": &l.ValidFrom, "validUntil": &l.ValidUntil} {
		if s := read.Object(m).Str(name); s != "" {
			if *at, err = time.Parse(time.RFC3339, s); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

func query(w fetch.Fetcher, st any) status.Query {
	return status.Query{Status: st, IDs: []string{id}, Issuer: issuer, Now: vt.Now, Fetcher: w, VerifyList: verifyList, VerifyRevocations: verifyList}
}

func check(t testing.TB, w fetch.Fetcher, st any) verdict.Aspect {
	t.Helper()
	return judge(t, status.New(0), query(w, st))
}

func judge(t testing.TB, c *status.Checker, q status.Query) verdict.Aspect {
	t.Helper()
	a, _ := c.Check(t.Context(), q)
	return a
}

func expect(t *testing.T, desc string, a verdict.Aspect, state verdict.State, reason verdict.Reason) {
	t.Helper()
	if a.State != state || a.Reason != reason {
		t.Errorf("%s: %s %s (%s), want %s %s", desc, a.State, a.Reason, a.Detail, state, reason)
	}
}

const n = status.MinListEntries

func TestBitstring(t *testing.T) {
	for _, tc := range []struct {
		desc   string
		list   obj
		entry  obj
		state  verdict.State
		reason verdict.Reason
	}{
		{"clear", list(bits(n, 6, 8)), entry(), verdict.Pass, ""},
		{"set", list(bits(n, 7)), entry(), verdict.Fail, verdict.Revoked},
		{"first bit", list(bits(n, 0)), entry("statusListIndex", "0"), verdict.Fail, verdict.Revoked},
		{"first bit clear", list(bits(n, 1, 7)), entry("statusListIndex", "0"), verdict.Pass, ""},
		{"last bit", list(bits(n, n-1)), entry("statusListIndex", fmt.Sprint(n-1)), verdict.Fail, verdict.Revoked},
		{"last bit clear", list(bits(n, n-2)), entry("statusListIndex", fmt.Sprint(n-1)), verdict.Pass, ""},
		{"purposes of the list", list(bits(n), "credentialSubject.statusPurpose", []any{"suspension", "revocation"}), entry(), verdict.Pass, ""},
		{"suspended", list(bits(n, 7), "credentialSubject.statusPurpose", "suspension"), entry("statusPurpose", "suspension"), verdict.Fail, verdict.Suspended},
		{"not suspended", list(bits(n), "credentialSubject.statusPurpose", "suspension"), entry("statusPurpose", "suspension"), verdict.Pass, ""},
		{"refresh", list(bits(n, 7), "credentialSubject.statusPurpose", "refresh"), entry("statusPurpose", "refresh"), verdict.Pass, ""},
		{"message", list(bits(n, 7), "credentialSubject.statusPurpose", "message"), entry("statusPurpose", "message"), verdict.Pass, ""},
		{"unknown purpose, set", list(bits(n, 7), "credentialSubject.statusPurpose", "odd"), entry("statusPurpose", "odd"), verdict.Unknown, verdict.StatusUnknownType},
		{"unknown purpose, clear", list(bits(n), "credentialSubject.statusPurpose", "odd"), entry("statusPurpose", "odd"), verdict.Pass, ""},
		{"type in a list", list(bits(n, 7)), entry("type", []any{"BitstringStatusListEntry"}), verdict.Fail, verdict.Revoked},
		{"valid now", list(bits(n), "validFrom", "2026-01-01T00:00:00Z", "validUntil", "2027-01-01T00:00:00Z"), entry(), verdict.Pass, ""},
		{"size 2, value 0", list(bits(2 * n)), sized(2), verdict.Pass, ""},
		{"size 2 in the list, too", list(bits(2*n), "credentialSubject.statusSize", "2"), sized(2), verdict.Pass, ""},
		{"size 1 in the list, too", list(bits(n), "credentialSubject.statusSize", json.Number("1")), entry(), verdict.Pass, ""},
		{"size 2, value 1", list(bits(2*n, 15)), sized(2), verdict.Fail, verdict.Revoked},
		{"size 2, value 2", list(bits(2*n, 14)), sized(2), verdict.Fail, verdict.Revoked},
		{"size 2, neighbours", list(bits(2*n, 13, 16)), sized(2), verdict.Pass, ""},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			a := check(t, vt.NewWeb(obj{listURL: tc.list}), tc.entry)
			expect(t, "", a, tc.state, tc.reason)
			if len(a.Evidence) != 1 || a.Evidence[0].URL != listURL || a.Evidence[0].SHA256 == "" {
				t.Errorf("evidence %+v", a.Evidence)
			}
		})
	}
	for _, none := range []any{nil, []any{}} {
		expect(t, "no status", check(t, vt.NewWeb(nil), none), verdict.None, "")
	}
}

func sized(size int) obj {
	var m []any
	for i := range 1 << size {
		m = append(m, obj{"status": fmt.Sprintf("0x%x", i), "message": fmt.Sprintf("state %d", i)})
	}
	return entry("statusSize", json.Number(fmt.Sprint(size)), "statusMessage", m)
}

func TestStatusMessage(t *testing.T) {
	a := check(t, vt.NewWeb(obj{listURL: list(bits(2*n, 14), "credentialSubject.statusPurpose", "message")}), change(sized(2), "statusPurpose", "message"))
	if a.State != verdict.Pass || !strings.Contains(a.Detail, "state 2") {
		t.Errorf("%+v", a)
	}
}

// Attack 50 and A16: lists and entries that must not be believed where they say
// nothing against the badge. None of them is a fact against it either.
func TestAttack50_A16_BadLists(t *testing.T) {
	fail, unknown := verdict.Fail, verdict.Unknown
	for _, tc := range []struct {
		desc   string
		list   any
		entry  obj
		state  verdict.State
		reason verdict.Reason
	}{
		{"wrong purpose", list(bits(n), "credentialSubject.statusPurpose", "suspension"), entry(), unknown, verdict.StatusInvalid},
		{"no purpose in the list", list(bits(n), "credentialSubject.statusPurpose", nil), entry(), unknown, verdict.StatusInvalid},
		{"no purpose in the entry", list(bits(n)), entry("statusPurpose", nil), unknown, verdict.StatusUnfollowed},
		{"a size in the list alone", list(bits(2*n), "credentialSubject.statusSize", json.Number("2")), entry(), unknown, verdict.StatusInvalid},
		{"a size in the list alone, and set by the other", list(bits(2*n, 7), "credentialSubject.statusSize", json.Number("2")), entry(), unknown, verdict.StatusInvalid},
		{"another size in the list", list(bits(2*n), "credentialSubject.statusSize", json.Number("4")), sized(2), unknown, verdict.StatusInvalid},
		{"a size in the list that cannot be read", list(bits(n), "credentialSubject.statusSize", "two"), entry(), unknown, verdict.StatusInvalid},
		{"wrong type of credential", list(bits(n), "type", []any{"VerifiableCredential"}), entry(), unknown, verdict.StatusInvalid},
		{"an older type of credential", list(bits(n), "type", []any{"VerifiableCredential", "StatusList2021Credential"}), entry(), unknown, verdict.StatusInvalid},
		{"wrong type of subject", list(bits(n), "credentialSubject.type", "StatusList2021"), entry(), unknown, verdict.StatusInvalid},
		{"subject in a list", list(bits(n), "credentialSubject", []any{obj{"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": bits(n)}}), entry(), unknown, verdict.StatusInvalid},
		{"secured in another way", list(bits(n), "proof", "odd"), entry(), unknown, verdict.StatusUnknownType},
		{"bad proof", list(bits(n), "proof", "bad"), entry(), unknown, verdict.StatusInvalid},
		{"key of the list unreachable", list(bits(n), "proof", "key unreachable"), entry(), unknown, verdict.StatusUnreachable},
		{"another issuer's, and revoked", list(bits(n, 7), "issuer", "did:web:evil.example.com"), entry(), fail, verdict.Revoked},
		{"nobody's", list(bits(n), "issuer", nil), entry(), unknown, verdict.StatusInvalid},
		{"expired", list(bits(n), "validUntil", "2026-11-23T12:00:00Z"), entry(), unknown, verdict.StatusInvalid},
		{"not begun", list(bits(n), "validFrom", "2026-11-23T12:00:01Z"), entry(), unknown, verdict.StatusInvalid},
		{"expired, and revoked", list(bits(n, 7), "validUntil", "2020-01-01T00:00:00Z"), entry(), fail, verdict.Revoked},

		{"index one beyond", list(bits(n)), entry("statusListIndex", fmt.Sprint(n)), unknown, verdict.StatusInvalid},
		{"index negative", list(bits(n)), entry("statusListIndex", "-1"), unknown, verdict.StatusUnfollowed},
		{"index huge", list(bits(n)), entry("statusListIndex", "18446744073709551623"), unknown, verdict.StatusInvalid},
		{"index very huge", list(bits(n)), entry("statusListIndex", strings.Repeat("9", 1000)), unknown, verdict.StatusInvalid},
		{"index that overflows times size", list(bits(n)), entry("statusListIndex", "999999999999999"), unknown, verdict.StatusInvalid},
		{"index a float", list(bits(n)), entry("statusListIndex", "7.5"), unknown, verdict.StatusUnfollowed},
		{"index with an exponent", list(bits(n)), entry("statusListIndex", "7e0"), unknown, verdict.StatusUnfollowed},
		{"index hexadecimal", list(bits(n)), entry("statusListIndex", "0x7"), unknown, verdict.StatusUnfollowed},
		{"index negative, after a zero", list(bits(n)), entry("statusListIndex", "0-7"), unknown, verdict.StatusUnfollowed},
		{"index of a point", list(bits(n)), entry("statusListIndex", ".0"), unknown, verdict.StatusUnfollowed},
		{"index with a plus", list(bits(n)), entry("statusListIndex", "+7"), unknown, verdict.StatusUnfollowed},
		{"index of two numbers", list(bits(n)), entry("statusListIndex", "7 8"), unknown, verdict.StatusUnfollowed},
		{"index in other digits", list(bits(n)), entry("statusListIndex", "７"), unknown, verdict.StatusUnfollowed},
		{"index empty", list(bits(n)), entry("statusListIndex", ""), unknown, verdict.StatusUnfollowed},
		{"no index", list(bits(n)), entry("statusListIndex", nil), unknown, verdict.StatusUnfollowed},

		{"index beyond the list, by its size", list(bits(2 * n)), change(sized(2), "statusListIndex", fmt.Sprint(n)), unknown, verdict.StatusInvalid},
		{"last index, by its size", list(bits(2*n, 2*n-1)), change(sized(2), "statusListIndex", fmt.Sprint(n-1)), fail, verdict.Revoked},

		{"empty", list("u" + base64.RawURLEncoding.EncodeToString(gz(nil))), entry(), unknown, verdict.StatusInvalid},
		{"too long", list("u" + base64.RawURLEncoding.EncodeToString(gz(make([]byte, status.MaxInflated+1)))), entry(), unknown, verdict.StatusInvalid},
		{"gzip bomb", list("u" + base64.RawURLEncoding.EncodeToString(gz(make([]byte, 40<<20)))), entry(), unknown, verdict.StatusInvalid},
		{"two members", list("u" + base64.RawURLEncoding.EncodeToString(append(packed(n), packed(n, 7)...))), entry(), unknown, verdict.StatusInvalid},
		{"data after it", list("u" + base64.RawURLEncoding.EncodeToString(append(packed(n), 0))), entry(), unknown, verdict.StatusInvalid},
		{"cut", list(bits(n)[:40]), entry(), unknown, verdict.StatusInvalid},
		{"not gzip", list("u" + base64.RawURLEncoding.EncodeToString(make([]byte, n/8))), entry(), unknown, verdict.StatusInvalid},
		{"padded", list("u" + base64.URLEncoding.EncodeToString(append(packed(n), 0, 0))), entry(), unknown, verdict.StatusInvalid},
		{"no list", list(bits(n), "credentialSubject.encodedList", nil), entry(), unknown, verdict.StatusInvalid},
		{"a list that is an object", list(bits(n), "credentialSubject.encodedList", obj{}), entry(), unknown, verdict.StatusInvalid},

		{"size 0", list(bits(n)), change(sized(1), "statusSize", json.Number("0")), unknown, verdict.StatusUnfollowed},
		{"size negative", list(bits(n)), change(sized(1), "statusSize", json.Number("-1")), unknown, verdict.StatusUnfollowed},
		{"size a float", list(bits(n)), change(sized(2), "statusSize", json.Number("2.5")), unknown, verdict.StatusUnfollowed},
		{"size huge", list(bits(n)), change(sized(2), "statusSize", json.Number("63")), unknown, verdict.StatusUnfollowed},

		{"no URL", list(bits(n)), entry("statusListCredential", nil), unknown, verdict.StatusUnfollowed},
		{"relative URL", list(bits(n)), entry("statusListCredential", "/status/1"), unknown, verdict.StatusUnfollowed},
		{"file", list(bits(n)), entry("statusListCredential", "file:///etc/passwd"), unknown, verdict.StatusUnfollowed},
		{"over http", list(bits(n)), entry("statusListCredential", "http://issuer.example.org/status/1"), unknown, verdict.StatusUnfollowed},
		{"not JSON", "hello", entry(), unknown, verdict.StatusInvalid},
		{"duplicate members", `{"type":[],"type":[]}`, entry(), unknown, verdict.StatusInvalid},
		{"a page", vt.Answer{Type: "text/html", Body: "<html>"}, entry(), unknown, verdict.StatusUnreachable},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := vt.NewWeb(obj{listURL: tc.list, "http://issuer.example.org/status/1": tc.list})
			expect(t, "", check(t, w, tc.entry), tc.state, tc.reason)
		})
	}
	q := query(vt.NewWeb(obj{listURL: list(bits(n))}), entry())
	q.VerifyList = nil
	if a := judge(t, status.New(0), q); a.State == verdict.Pass || a.State == verdict.None {
		t.Errorf("nobody to verify the list: %+v", a)
	}
}

// Attack 51: every entry counts, wherever it stands.
func TestAttack51_EveryEntry(t *testing.T) {
	second := "https://issuer.example.org/status/2"
	w := vt.NewWeb(obj{
		listURL: list(bits(n, 7)), second: list(bits(n)),
		"https://issuer.example.org/status/3": list(bits(n, 7), "credentialSubject.statusPurpose", "suspension"),
	})
	good := entry("statusListCredential", second)
	revoked := entry()
	suspended := entry("statusPurpose", "suspension", "statusListCredential", "https://issuer.example.org/status/3")
	down := entry("statusListCredential", "https://issuer.example.org/status/4")
	odd := obj{"type": "OtherStatus"}
	broken := entry("statusListIndex", "x")
	for _, tc := range []struct {
		desc    string
		entries []any
		state   verdict.State
		reason  verdict.Reason
	}{
		{"all good", []any{good, good}, verdict.Pass, ""},
		{"last revoked", []any{good, good, revoked}, verdict.Fail, verdict.Revoked},
		{"first revoked", []any{revoked, good}, verdict.Fail, verdict.Revoked},
		{"revoked before suspended", []any{suspended, revoked}, verdict.Fail, verdict.Revoked},
		{"suspended after down", []any{down, suspended}, verdict.Fail, verdict.Suspended},
		{"revoked among all", []any{odd, down, broken, suspended, revoked, good}, verdict.Fail, verdict.Revoked},
		{"down", []any{good, down}, verdict.Unknown, verdict.StatusUnreachable},
		{"unknown type", []any{good, odd}, verdict.Unknown, verdict.StatusUnknownType},
		{"unknown type before down", []any{down, odd}, verdict.Unknown, verdict.StatusUnknownType},
		{"broken", []any{good, broken}, verdict.Unknown, verdict.StatusUnfollowed},
		{"broken before down", []any{down, broken}, verdict.Unknown, verdict.StatusUnfollowed},
		{"not an object", []any{good, "x"}, verdict.Unknown, verdict.StatusUnfollowed},
		{"null, which is not there", []any{good, nil}, verdict.Pass, ""},
		{"nothing but null", []any{nil}, verdict.None, ""},
		{"no type", []any{good, obj{"id": listURL}}, verdict.Unknown, verdict.StatusUnfollowed},
	} {
		expect(t, tc.desc, check(t, w, tc.entries), tc.state, tc.reason)
	}
	many := make([]any, status.MaxEntries)
	for i := range many {
		many[i] = good
	}
	expect(t, "as many as allowed", check(t, w, many), verdict.Pass, "")
	expect(t, "one more", check(t, w, append(many, good)), verdict.Unknown, verdict.StatusUnfollowed)
	expect(t, "one more, and revoked", check(t, w, append([]any{revoked}, many...)), verdict.Fail, verdict.Revoked)
	a := check(t, w, []any{good, revoked})
	if len(a.Evidence) != 2 {
		t.Errorf("evidence of both: %+v", a.Evidence)
	}
}

// Attack 52: kinds of status that others let pass unread.
func TestAttack52_NoKindPassesUnread(t *testing.T) {
	old := func(set ...int) obj {
		return obj{"type": []any{"VerifiableCredential", "StatusList2021Credential"}, "issuer": issuer,
			"credentialSubject": obj{"type": "StatusList2021", "statusPurpose": "revocation", "encodedList": base64.URLEncoding.EncodeToString(packed(n, set...))}}
	}
	e := entry("type", "StatusList2021Entry")
	expect(t, "2021, clear", check(t, vt.NewWeb(obj{listURL: old()}), e), verdict.Pass, "")
	expect(t, "2021, set", check(t, vt.NewWeb(obj{listURL: old(7)}), e), verdict.Fail, verdict.Revoked)
	expect(t, "2021, base64 without padding", check(t, vt.NewWeb(obj{listURL: change(old(), "credentialSubject.encodedList", base64.RawStdEncoding.EncodeToString(packed(n, 7)))}), e), verdict.Fail, verdict.Revoked)
	expect(t, "2021, list of the newer kind", check(t, vt.NewWeb(obj{listURL: list(bits(n))}), e), verdict.Unknown, verdict.StatusInvalid)
	expect(t, "2021, other purpose", check(t, vt.NewWeb(obj{listURL: old()}), change(e, "statusPurpose", "message")), verdict.Unknown, verdict.StatusUnknownType)
	expect(t, "2021, size is not defined", check(t, vt.NewWeb(obj{listURL: old(7)}), change(e, "statusSize", json.Number("2"))), verdict.Fail, verdict.Revoked)
	for _, typ := range []string{"RevocationList2021Status", "CredentialStatusList2017", "TokenStatusList", "bitstringstatuslistentry", "BitstringStatusListEntry ", "1edtechrevocationlist"} {
		a := check(t, vt.NewWeb(nil), obj{"type": typ, "id": listURL})
		expect(t, typ, a, verdict.Unknown, verdict.StatusUnknownType)
		if a.Passing {
			t.Errorf("%s: as if it would pass", typ)
		}
	}
}

// Attack 53: a list that cannot be had is never good, and never a failure.
func TestAttack53_ServerDown(t *testing.T) {
	for _, e := range []obj{entry(), {"type": "1EdTechRevocationList", "id": listURL}} {
		for _, tc := range []struct {
			desc    string
			answer  any
			reason  verdict.Reason
			passing bool
		}{
			{"unreachable", vt.Answer{Err: fetch.ErrUnreachable}, verdict.StatusUnreachable, true},
			{"timeout", vt.Answer{Err: fetch.ErrTimeout}, verdict.StatusUnreachable, true},
			{"busy", vt.Answer{Err: fetch.ErrBusy}, verdict.StatusUnreachable, true},
			{"offline", vt.Answer{Err: fetch.ErrOffline}, verdict.Offline, true},
			{"budget", vt.Answer{Err: fetch.ErrBudget}, verdict.Budget, true},
			{"forbidden", vt.Answer{Err: fetch.ErrForbidden}, verdict.StatusUnreachable, false},
			{"too large", vt.Answer{Err: fetch.ErrTooLarge}, verdict.StatusUnreachable, false},
			{"404", vt.Answer{Status: 404, Body: "{}"}, verdict.StatusUnreachable, true},
			{"410", vt.Answer{Status: 410}, verdict.StatusUnreachable, true},
			{"500", vt.Answer{Status: 500, Body: string(vt.JSON(list(bits(n))))}, verdict.StatusUnreachable, true},
			{"204", vt.Answer{Status: 204}, verdict.StatusUnreachable, true},
		} {
			a := check(t, vt.NewWeb(obj{listURL: tc.answer}), e)
			expect(t, tc.desc, a, verdict.Unknown, tc.reason)
			if a.Passing != tc.passing || len(a.Evidence) != 1 || a.Evidence[0].URL != listURL {
				t.Errorf("%s: %+v", tc.desc, a)
			}
		}
	}
}

// Attack 54: 1EdTechRevocationList.
func TestAttack54_RevocationList(t *testing.T) {
	e := obj{"type": "1EdTechRevocationList", "id": listURL}
	rl := func(entries ...any) obj {
		return obj{"id": listURL, "issuer": issuer, "revokedCredential": entries}
	}
	rename := func(m obj) obj {
		m["revokedCredentials"] = m["revokedCredential"]
		delete(m, "revokedCredential")
		return m
	}
	for _, tc := range []struct {
		desc   string
		list   any
		state  verdict.State
		reason verdict.Reason
	}{
		{"empty", rl(), verdict.Pass, ""},
		{"no entries at all", obj{"id": listURL, "issuer": issuer}, verdict.Pass, ""},
		{"another's", rl(obj{"id": "https://issuer.example.org/credentials/8"}), verdict.Pass, ""},
		{"its own", rl(obj{"id": "x"}, obj{"id": id}), verdict.Fail, verdict.Revoked},
		{"revoked true", rl(obj{"id": id, "revoked": true, "revocationReason": "left"}), verdict.Fail, verdict.Revoked},
		{"revoked false", rl(obj{"id": id, "revoked": false}), verdict.Pass, ""},
		{"revoked false, then true", rl(obj{"id": id, "revoked": false}, obj{"id": id, "revoked": true}), verdict.Fail, verdict.Revoked},
		{"revoked by a word", rl(obj{"id": id, "revoked": "false"}), verdict.Fail, verdict.Revoked},
		{"id alone", rl(id), verdict.Fail, verdict.Revoked},
		{"one object", obj{"issuer": issuer, "revokedCredential": obj{"id": id}}, verdict.Fail, verdict.Revoked},
		{"plural", rename(rl(obj{"id": id})), verdict.Fail, verdict.Revoked},
		{"both spellings", change(rl(), "revokedCredentials", []any{obj{"id": id}}), verdict.Fail, verdict.Revoked},
		{"percent-encoded", rl(obj{"id": "https://issuer.example.org/%63redentials/7"}), verdict.Fail, verdict.Revoked},
		{"spaces around", rl(obj{"id": " " + id + " "}), verdict.Fail, verdict.Revoked},
		{"issuer an object", change(rl(obj{"id": id}), "issuer", obj{"id": issuer}), verdict.Fail, verdict.Revoked},
		{"nobody's", change(rl(), "issuer", nil), verdict.Unknown, verdict.StatusInvalid},
		{"issuer in another case", func() obj { m := change(rl(), "issuer", nil); m["Issuer"] = issuer; return m }(), verdict.Unknown, verdict.StatusInvalid},
		{"nobody's, and listed", change(rl(obj{"id": id}), "issuer", nil), verdict.Fail, verdict.Revoked},
		{"entry a number", rl(json.Number("7")), verdict.Unknown, verdict.StatusInvalid},
		{"entry a number, and listed", rl(json.Number("7"), obj{"id": id}), verdict.Fail, verdict.Revoked},
		{"not an object", "[]", verdict.Unknown, verdict.StatusInvalid},
		{"a duplicate member", `{"issuer":"` + issuer + `","revokedCredential":[{"id":"` + id + `"}],"revokedCredential":[]}`, verdict.Unknown, verdict.StatusInvalid},
	} {
		a := check(t, vt.NewWeb(obj{listURL: tc.list}), e)
		expect(t, tc.desc, a, tc.state, tc.reason)
	}
	w := vt.NewWeb(obj{"http://issuer.example.org/list": rl()})
	expect(t, "over http", check(t, w, change(e, "id", "http://issuer.example.org/list")), verdict.Unknown, verdict.StatusUnfollowed)
	for _, bad := range []any{nil, "", "list", "urn:uuid:1", "file:///x"} {
		expect(t, fmt.Sprint(bad), check(t, w, change(e, "id", bad)), verdict.Unknown, verdict.StatusUnfollowed)
	}
	q := query(vt.NewWeb(obj{listURL: rl()}), e)
	q.IDs = nil
	expect(t, "credential without id", judge(t, status.New(0), q), verdict.Unknown, verdict.StatusUnfollowed)
}

// Attack 55: suspended is not good, and has its own reason.
func TestAttack55_Suspended(t *testing.T) {
	l := list(bits(n, 7), "credentialSubject.statusPurpose", "suspension")
	w := vt.NewWeb(obj{listURL: l})
	c := status.New(0)
	e := entry("statusPurpose", "suspension")
	a := judge(t, c, query(w, e))
	expect(t, "suspended", a, verdict.Fail, verdict.Suspended)
	// A16: taken back, the next check says so.
	w.Put(listURL, list(bits(n), "credentialSubject.statusPurpose", "suspension"))
	expect(t, "unsuspended", judge(t, c, query(w, e)), verdict.Pass, "")
	w.Put(listURL, l)
	expect(t, "suspended again", judge(t, c, query(w, e)), verdict.Fail, verdict.Suspended)
}

// A thousand badges on one list: one check of its proof, one unpacking.
func TestManyOnOneList(t *testing.T) {
	var verified atomic.Int64
	w := vt.NewWeb(obj{listURL: list(bits(n, 500))})
	c := status.New(0)
	var wg sync.WaitGroup
	var revoked atomic.Int64
	for i := range 1000 {
		wg.Go(func() {
			q := query(w, entry("statusListIndex", fmt.Sprint(i)))
			q.VerifyList = func(ctx context.Context, raw []byte, url string) (*status.List, error) {
				verified.Add(1)
				return verifyList(ctx, raw, url)
			}
			if a := judge(t, c, q); a.Reason == verdict.Revoked {
				revoked.Add(1)
			} else if a.State != verdict.Pass {
				t.Errorf("%d: %+v", i, a)
			}
		})
	}
	wg.Wait()
	if verified.Load() != 1 || revoked.Load() != 1 {
		t.Errorf("verified %d times, %d revoked", verified.Load(), revoked.Load())
	}
}

// later gives answers a time of its own.
type later struct {
	fetch.Fetcher
	at    *time.Time
	fresh int
}

func (l *later) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	resp, err := l.Fetcher.Fetch(ctx, r)
	if resp != nil {
		resp.At = *l.at
	}
	if r.Fresh {
		l.fresh++
		if resp != nil {
			resp.At = vt.Now
		}
	}
	return resp, err
}

// The proof of an unchanged list is checked again after a while; ttl asks for
// a fresh copy when the one at hand is older.
func TestAges(t *testing.T) {
	at := vt.Now
	w := &later{Fetcher: vt.NewWeb(obj{listURL: list(bits(n))}), at: &at}
	verified := 0
	c := status.New(0)
	ask := func() verdict.Aspect {
		q := query(w, entry())
		q.VerifyList = func(ctx context.Context, raw []byte, url string) (*status.List, error) {
			verified++
			return verifyList(ctx, raw, url)
		}
		return judge(t, c, q)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {59 * time.Minute, 1}, {time.Hour, 1}, {61 * time.Minute, 2}, {62 * time.Minute, 2}} {
		at = vt.Now.Add(step.after)
		if a := ask(); a.State != verdict.Pass || verified != step.want {
			t.Errorf("after %v: %+v, verified %d times", step.after, a, verified)
		}
	}

	// That of a status list token is in seconds.
	token := &later{Fetcher: vt.NewWeb(obj{listURL: tokenClaims(1, 64, nil, "ttl", json.Number("300"))}), at: &at}
	for _, step := range []struct {
		age  time.Duration
		want int
	}{{0, 0}, {5 * time.Minute, 0}, {5*time.Minute + time.Second, 1}} {
		at = vt.Now.Add(-step.age)
		if a := judgeClaim(t, token, statusListClaim()); a.State != verdict.Pass || token.fresh != step.want {
			t.Errorf("token of age %v: %+v, %d fresh copies", step.age, a, token.fresh)
		}
	}

	w.Fetcher = vt.NewWeb(obj{listURL: list(bits(n), "credentialSubject.ttl", json.Number("300000"))})
	for _, step := range []struct {
		age  time.Duration
		want int
	}{{0, 0}, {5 * time.Minute, 0}, {5*time.Minute + time.Second, 1}} {
		at = vt.Now.Add(-step.age)
		if a := ask(); a.State != verdict.Pass || w.fresh != step.want {
			t.Errorf("age %v: %+v, %d fresh copies", step.age, a, w.fresh)
		}
	}
}

// A failure of the first asker's own (his budget, his time) is not handed to
// those who wait beside him.
// A fault while a list is verified reaches everyone who waits for it, and is
// remembered for nobody.
func TestFaultReachesAllWhoWait(t *testing.T) {
	c := status.New(0)
	w := vt.NewWeb(map[string]any{listURL: list(bits(n))})
	asked, next := make(chan struct{}), make(chan struct{})
	ask := func(verifying func(context.Context, []byte, string) (*status.List, error)) (verdict.Aspect, error) {
		q := query(w, entry())
		q.VerifyList = verifying
		var a verdict.Aspect
		err := guard.Do("test", func() { a = judge(t, c, q) })
		return a, err
	}
	var calls atomic.Int64
	faulty := func(ctx context.Context, raw []byte, url string) (*status.List, error) {
		if calls.Add(1) > 1 {
			return verifyList(ctx, raw, url)
		}
		close(asked)
		<-next
		panic("fault")
	}
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := ask(faulty)
			errs <- err
		}()
	}
	<-asked
	time.Sleep(50 * time.Millisecond) // so that the other waits for the first
	close(next)
	for range 2 {
		if err := <-errs; !errors.Is(err, guard.ErrFault) || !strings.Contains(err.Error(), "TestFaultReachesAllWhoWait") {
			t.Error(err)
		}
	}
	if a, err := ask(verifyList); err != nil || a.State != verdict.Pass {
		t.Errorf("afterwards: %+v %v", a, err)
	}
}

func TestFailuresAreNotShared(t *testing.T) {
	w := vt.NewWeb(obj{listURL: list(bits(n))})
	c := status.New(0)
	entered, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	enter := sync.OnceFunc(func() { close(entered) })
	wg.Go(func() {
		q := query(w, entry())
		q.VerifyList = func(context.Context, []byte, string) (*status.List, error) {
			enter()
			<-release
			return nil, fetch.ErrBudget
		}
		expect(t, "the first", judge(t, c, q), verdict.Unknown, verdict.Budget)
	})
	<-entered
	for range 10 {
		wg.Go(func() { expect(t, "beside him", judge(t, c, query(w, entry())), verdict.Pass, "") })
	}
	time.Sleep(50 * time.Millisecond) // for the ten to be waiting; if they are late, they pass all the same
	close(release)
	wg.Wait()
}

// No failure is kept.
func TestFailuresAreNotKept(t *testing.T) {
	w := vt.NewWeb(obj{listURL: list(bits(n))})
	c := status.New(0)
	q := query(w, entry())
	q.VerifyList = func(context.Context, []byte, string) (*status.List, error) { return nil, fetch.ErrBudget }
	expect(t, "budget", judge(t, c, q), verdict.Unknown, verdict.Budget)
	expect(t, "another's", judge(t, c, query(w, entry())), verdict.Pass, "")
}

// The memory for lists is bounded.
func TestCacheBound(t *testing.T) {
	c := status.New(3 * n / 8)
	w := vt.NewWeb(nil)
	verified := 0
	ask := func(i int) {
		u := fmt.Sprintf("%s%d", listURL, i)
		w.Put(u, list(bits(n, i)))
		q := query(w, entry("statusListCredential", u, "statusListIndex", fmt.Sprint(i)))
		q.VerifyList = func(ctx context.Context, raw []byte, url string) (*status.List, error) {
			verified++
			return verifyList(ctx, raw, url)
		}
		expect(t, u, judge(t, c, q), verdict.Fail, verdict.Revoked)
	}
	for i := range 10 {
		ask(i)
	}
	was := verified
	if ask(9); verified != was {
		t.Error("the newest was not kept")
	}
	if ask(0); verified != was+1 {
		t.Error("the oldest was kept beyond the bound")
	}
}

// The lists of the DCC fixtures, their proofs taken as good: 100,000 entries, by
// another than the issuer. The first is a copy of one that lies elsewhere.
func TestDCCLists(t *testing.T) {
	type want map[string]verdict.Reason
	for name, reasons := range map[string]want{
		"e5WK8CbZ1GjycuPombrj": {"2": verdict.Revoked, "6": verdict.Revoked, "8": verdict.Revoked, "7": "", "9": "", "100000": verdict.StatusInvalid},
		"expired":              {"6": verdict.Revoked, "7": verdict.StatusInvalid},
		"missingBitStringType": {"6": verdict.Revoked, "7": verdict.StatusInvalid},
	} {
		data, err := os.ReadFile(vt.Shared(t, "vectors", "dcc-vc-test-fixtures", "statusLists", "didkey-ed25519Signature2020", name))
		if err != nil {
			t.Fatal(err)
		}
		where := read.Object(vt.Object(string(data))).Str("id")
		for index, reason := range reasons {
			a, warnings := status.New(0).Check(t.Context(), query(vt.NewWeb(obj{where: string(data)}), entry("statusListCredential", where, "statusListIndex", index)))
			if a.Reason != reason || (a.State == verdict.Fail) != (reason == verdict.Revoked) || (a.State == verdict.Pass) != (reason == "") {
				t.Errorf("%s %s: %+v", name, index, a)
			}
			if told := slices.Equal(warnings, []verdict.Warning{verdict.WarnStatusListShort, verdict.WarnStatusListIssuer}); told != (reason == "") {
				t.Errorf("%s %s: warns %v", name, index, warnings)
			}
		}
		if reasons["7"] == "" {
			expect(t, name+", a copy elsewhere", check(t, vt.NewWeb(obj{listURL: string(data)}), entry()), verdict.Unknown, verdict.StatusForeign)
			expect(t, name+", a copy elsewhere, set", check(t, vt.NewWeb(obj{listURL: string(data)}), entry("statusListIndex", "8")), verdict.Fail, verdict.Revoked)
		}
	}
}

// Lists of other implementations, their proofs taken as good.
func TestOtherLists(t *testing.T) {
	for _, tc := range []struct {
		file []string
		typ  string
		want map[string]verdict.Reason
	}{
		{[]string{"bitstring-status-list", "spruceid-ssi", "local-status-list-credential.jsonld"}, "BitstringStatusListEntry", map[string]verdict.Reason{"1": "", "3": verdict.Revoked}},
		{[]string{"bitstring-status-list", "spruceid-ssi", "status-list-credential.jsonld"}, "BitstringStatusListEntry", map[string]verdict.Reason{"0": "", "131071": "", "131072": verdict.StatusInvalid}},
		{[]string{"bitstring-status-list", "spruceid-ssi-legacy", "statusList.json"}, "StatusList2021Entry", map[string]verdict.Reason{"5": verdict.StatusInvalid, "6": verdict.Revoked}}, // names no purpose
		{[]string{"1edtech-public-validator", "vc", "ob30", "bit-string-list", "testlist"}, "BitstringStatusListEntry", map[string]verdict.Reason{"22": "", "23": verdict.Revoked, "24": ""}},
	} {
		data, err := os.ReadFile(vt.Shared(t, append([]string{"vectors"}, tc.file...)...))
		if err != nil {
			t.Fatal(err)
		}
		m := vt.Object(string(data))
		m["issuer"] = issuer // of the badge that is asked for; one file names none
		for index, want := range tc.want {
			if a := check(t, vt.NewWeb(obj{listURL: m}), entry("type", tc.typ, "statusListIndex", index)); a.Reason != want {
				t.Errorf("%s, index %s: %+v", tc.file, index, a)
			}
		}
	}
}

// FuzzList: whatever a host says, a set bit is never good and a list that is
// not the issuer's never passes.
func FuzzList(f *testing.F) {
	f.Add(vt.JSON(list(bits(n))), "7", "revocation")
	f.Add(vt.JSON(list(bits(n, 7))), "7", "revocation")
	f.Add(vt.JSON(obj{"issuer": issuer, "revokedCredential": []any{obj{"id": id}}}), "0", "suspension")
	f.Add([]byte(`{"type":["BitstringStatusListCredential"],"credentialSubject":{"encodedList":"uH4sIAAAAAAAA_w"}}`), "-1", "")
	f.Fuzz(func(t *testing.T, data []byte, index, purpose string) {
		w := vt.NewWeb(obj{listURL: string(data)})
		a := check(t, w, entry("statusListIndex", index, "statusPurpose", purpose))
		b := check(t, w, obj{"type": "1EdTechRevocationList", "id": listURL})
		for _, x := range []verdict.Aspect{a, b} {
			if x.State == verdict.None {
				t.Fatalf("%s: none", data)
			}
			if x.State != verdict.Pass {
				continue
			}
			m, err := read.ParseObject(data, read.Limits{})
			if err != nil || read.ID(m["issuer"]) == "" { // whose it is is told; that it is somebody's is asked
				t.Fatalf("%s: passes", data)
			}
		}
		if b.State == verdict.Pass && bytes.Contains(data, []byte(`"`+id+`"`)) && !bytes.Contains(data, []byte("false")) {
			if m, err := read.ParseObject(data, read.Limits{}); err == nil && read.Has(m["revokedCredential"], id) {
				t.Fatalf("%s: passes", data)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	w := vt.NewWeb(obj{listURL: list(bits(n, 500))})
	e := entry()
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if a := judge(b, status.New(0), query(w, e)); a.State != verdict.Pass {
				b.Fatal(a)
			}
		}
	})
	c := status.New(0)
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if a := judge(b, c, query(w, e)); a.State != verdict.Pass {
				b.Fatal(a)
			}
		}
	})
}

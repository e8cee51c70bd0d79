// Package status asks whether a credential was revoked or suspended:
// 1EdTechRevocationList (1EdTech VC Revocation List 1.0), BitstringStatusListEntry
// (W3C Bitstring Status List 1.0) and StatusList2021Entry (its draft).
//
// Every entry of credentialStatus is judged, and the worst answer counts. What
// could not be asked is unknown, never good: so is a kind of status that is
// not known here. A list that is not what it must be (its signature, issuer,
// type, purpose, length) fails, since whoever may name a list to his liking
// can have it say anything; one that is merely past its own dates is unknown
// until its issuer renews it.
//
// Out of scope: the lists of Open Badges 1 and 2 (package ob2), status by
// other methods (such as OCSP or ledgers), and the proof of a list, which the
// caller checks.
package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Limits.
const (
	MaxEntries  = 16       // of credentialStatus in one credential
	MaxList     = 2 << 20  // bytes of a list as it is fetched
	MaxInflated = 16 << 20 // bytes of a bitstring

	// MinListEntries is the least length of a bitstring (§3.1.3: 16 KiB), so
	// that asking for it does not tell whose credential is meant.
	MinListEntries = 131_072
)

// List is a status list credential whose proof holds.
type List struct {
	Issuer                string         // id, bound to the key of its proof
	Credential            map[string]any // as it was verified
	ValidFrom, ValidUntil time.Time      // zero where it names none
	Evidence              []verdict.Evidence
}

// Query asks for the status of one credential.
type Query struct {
	Status  any       // credentialStatus: nil, an object or a list
	ID      string    // of the credential
	Issuer  string    // id of its issuer, proven
	Now     time.Time // zero = time.Now()
	Fetcher fetch.Fetcher

	// VerifyList checks a status list credential (JSON or compact JWS): that
	// its proof holds and its key is its issuer's. An error that wraps one of
	// package fetch which passes makes the status unknown, any other a failure.
	VerifyList func(ctx context.Context, raw []byte, url string) (*List, error)
}

// Checker answers queries and keeps lists that were verified and unpacked, so
// that many credentials on one list cost one. Safe for concurrent use.
type Checker struct{ lists *lists }

// New returns a Checker that keeps up to cacheBytes of unpacked lists;
// 0 = DefaultCacheBytes.
func New(cacheBytes int64) *Checker {
	if cacheBytes == 0 {
		cacheBytes = DefaultCacheBytes
	}
	return &Checker{lists: newLists(cacheBytes)}
}

// DefaultCacheBytes is the memory for unpacked lists.
const DefaultCacheBytes = 64 << 20

// Check judges all of q.Status. The aspect is None when it names no status.
func (c *Checker) Check(ctx context.Context, q Query) verdict.Aspect {
	if q.Now.IsZero() {
		q.Now = time.Now()
	}
	entries := read.List(q.Status)
	if len(entries) == 0 {
		return verdict.Aspect{State: verdict.None}
	}
	if len(entries) > MaxEntries {
		return invalid("more than %d status entries", MaxEntries)
	}
	worst := verdict.Aspect{State: verdict.Pass}
	var evidence []verdict.Evidence
	for _, e := range entries {
		a := c.entry(ctx, &q, e)
		evidence = append(evidence, a.Evidence...)
		switch {
		case rank(a) > rank(worst):
			worst = a
		case rank(a) == rank(worst) && worst.Detail == "":
			worst.Detail = a.Detail
		}
	}
	worst.Evidence = evidence
	return worst
}

// rank orders answers from good to bad. What is plainly said counts more than
// what could not be read.
func rank(a verdict.Aspect) int {
	switch {
	case a.State == verdict.Pass:
		return 0
	case a.State == verdict.Unknown && a.Passing:
		return 1
	case a.State == verdict.Unknown:
		return 2
	case a.Reason == verdict.Revoked:
		return 5
	case a.Reason == verdict.Suspended:
		return 4
	}
	return 3
}

func invalid(format string, args ...any) verdict.Aspect {
	return verdict.Aspect{State: verdict.Fail, Reason: verdict.StatusInvalid, Detail: fmt.Sprintf(format, args...)}
}

func (c *Checker) entry(ctx context.Context, q *Query, v any) verdict.Aspect {
	e, ok := v.(map[string]any)
	if !ok {
		return invalid("a status entry is not an object")
	}
	switch t := e["type"]; {
	case read.Has(t, "BitstringStatusListEntry"):
		return c.bitstring(ctx, q, e, &bitstringList)
	case read.Has(t, "StatusList2021Entry"):
		return c.bitstring(ctx, q, e, &statusList2021)
	case read.Has(t, "1EdTechRevocationList"):
		return revocationList(ctx, q, e)
	case len(read.Strings(t)) == 0:
		return invalid("a status entry without a type")
	default:
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnknownType,
			Detail: fmt.Sprintf("status of type %.60q", read.Strings(t)[0])}
	}
}

// unread is the aspect when a list could not be had.
func unread(err error, where string) verdict.Aspect {
	a := verdict.Aspect{
		State: verdict.Unknown, Reason: verdict.StatusUnreachable, Passing: fetch.Temporary(err),
		Evidence: []verdict.Evidence{{URL: where, Note: "no answer"}},
	}
	switch {
	case errors.Is(err, fetch.ErrOffline):
		a.Reason = verdict.Offline
	case errors.Is(err, fetch.ErrBudget):
		a.Reason = verdict.Budget
	}
	return a
}

// get reads a list. Any other answer than a 200 with something in it passes:
// hosts lose lists and find them again.
func get(ctx context.Context, q *Query, where string, fresh bool) (*fetch.Response, verdict.Aspect) {
	resp, err := q.Fetcher.Fetch(ctx, fetch.Request{
		URL: where, Accept: acceptList, MaxBytes: MaxList, Fresh: fresh,
	})
	if err != nil {
		return nil, unread(err, where)
	}
	if resp.Status != 200 || strings.HasPrefix(resp.ContentType, "text/html") {
		a := unread(fetch.ErrUnreachable, where)
		a.Detail = fmt.Sprintf("the host answered %d with %.40s", resp.Status, resp.ContentType)
		a.Evidence = []verdict.Evidence{resp.Evidence(fmt.Sprintf("status %d", resp.Status))}
		return nil, a
	}
	return resp, verdict.Aspect{State: verdict.Pass}
}

const acceptList = "application/vc, application/vc+jwt, application/ld+json, application/json;q=0.9, */*;q=0.1"

// revocationList judges a 1EdTechRevocationList: credentialStatus.id is the
// URL of {id, issuer, revokedCredential: [{id, revoked, revocationReason}]}. It
// carries no proof: https and the issuer's name are all that ties it to him.
func revocationList(ctx context.Context, q *Query, e map[string]any) verdict.Aspect {
	where := read.Object(e).Str("id")
	if !absolute(where) {
		return invalid("a revocation list without a URL")
	}
	if q.ID == "" {
		return invalid("a revocation list for a credential without an id")
	}
	resp, a := get(ctx, q, where, false)
	if resp == nil {
		return a
	}
	a.Evidence = []verdict.Evidence{resp.Evidence("revocation list")}
	bad := func(reason verdict.Reason, detail string) verdict.Aspect {
		return verdict.Aspect{State: verdict.Fail, Reason: reason, Detail: detail, Evidence: a.Evidence}
	}
	m, err := read.ParseObject(resp.Text(), read.Limits{Bytes: MaxList})
	if err != nil {
		return bad(verdict.StatusInvalid, "the revocation list is not strict JSON")
	}
	switch id := read.ID(m["issuer"]); id {
	case q.Issuer:
	case "":
		return bad(verdict.StatusInvalid, "the revocation list names no issuer")
	default:
		return bad(verdict.StatusForeign, "the revocation list is another issuer's")
	}
	// The specification says revokedCredential; issuers write the plural, too.
	worst := a
	for _, name := range []string{"revokedCredential", "revokedCredentials"} {
		for _, x := range read.List(m[name]) {
			switch x.(type) {
			case map[string]any, []any:
			default:
				if s, ok := x.(string); !ok || s == "" {
					return bad(verdict.StatusInvalid, "the revocation list is malformed")
				}
			}
			switch answer, entry := read.TakenBack(x, q.ID); answer {
			case read.Yes:
				detail := "revoked by the issuer"
				if why := entry.Str("revocationReason"); why != "" {
					detail = fmt.Sprintf("revoked by the issuer: %.200s", why)
				}
				return bad(verdict.Revoked, detail)
			case read.Unclear:
				worst = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnclear, Evidence: a.Evidence}
			}
		}
	}
	return worst
}

func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// form tells BitstringStatusListEntry and its draft apart.
type form struct {
	credential, subject string
	purposes            []string // nil = any
	sizes               bool     // statusSize and statusMessage are defined
	decode              func(string) ([]byte, error)
}

var (
	bitstringList  = form{"BitstringStatusListCredential", "BitstringStatusList", nil, true, decodeMultibase}
	statusList2021 = form{"StatusList2021Credential", "StatusList2021", []string{"revocation", "suspension"}, false, decodeBase64}
)

// bitstring judges an entry by the Validate Algorithm (Bitstring Status List
// 1.0 §3.2).
func (c *Checker) bitstring(ctx context.Context, q *Query, e map[string]any, f *form) verdict.Aspect {
	purpose := read.Object(e).Str("statusPurpose")
	if purpose == "" {
		return invalid("a status entry without a purpose")
	}
	if f.purposes != nil && !slices.Contains(f.purposes, purpose) {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnknownType, Detail: fmt.Sprintf("status purpose %.60q", purpose)}
	}
	where := read.Object(e).Str("statusListCredential")
	if !absolute(where) || read.Object(e).Str("id") == where {
		return invalid("a status entry without the URL of a list, or with the list's as its own")
	}
	index, ok := decimal(e["statusListIndex"])
	if !ok {
		return invalid("the index in the status list is not a decimal string")
	}
	size := int64(1)
	if f.sizes {
		if size, ok = sizeOf(e); !ok {
			return invalid("statusSize or statusMessage of a status entry")
		}
	}
	l, a := c.list(ctx, q, where, f)
	if l == nil {
		return a
	}
	bad := func(reason verdict.Reason, detail string) verdict.Aspect {
		return verdict.Aspect{State: verdict.Fail, Reason: reason, Detail: detail, Evidence: a.Evidence}
	}
	if !slices.Contains(l.purposes, purpose) {
		return bad(verdict.StatusInvalid, "the status list is for another purpose")
	}
	bits := int64(len(l.bits)) * 8
	if index >= bits/size {
		return bad(verdict.StatusInvalid, "the index lies beyond the status list")
	}
	value := valueAt(l.bits, index*size, size)
	message := messageOf(e, value)
	if value != 0 && purpose == "revocation" {
		// Whoever keeps the list, however old or short it is: what was revoked
		// stays so.
		return bad(verdict.Revoked, strings.TrimSpace("revoked by the issuer "+message))
	}
	if bits/size < MinListEntries {
		return bad(verdict.StatusInvalid, "the status list is shorter than allowed")
	}
	if l.issuer != q.Issuer {
		// The standard lets another keep the list; nothing then says that the
		// issuer chose him but the entry, so only the issuer's own will do.
		return bad(verdict.StatusForeign, "the status list is another issuer's")
	}
	if !l.from.IsZero() && q.Now.Before(l.from) || !l.until.IsZero() && !q.Now.Before(l.until) {
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Passing: true,
			Detail: "the status list is not valid at this time", Evidence: a.Evidence}
	}
	switch {
	case value == 0:
		a.Detail = message
		return a
	case purpose == "suspension":
		return bad(verdict.Suspended, strings.TrimSpace("suspended by the issuer "+message))
	case purpose == "refresh", purpose == "message":
		// A newer credential, or a word about it, takes nothing from this one.
		a.Detail = strings.TrimSpace(purpose + " " + message)
		return a
	}
	return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnknownType,
		Detail: fmt.Sprintf("status purpose %.60q is set", purpose), Evidence: a.Evidence}
}

// decimal reads an index: a string of digits, as the specification has it and
// as no reader rounds it. Beyond 15 digits it is beyond any list.
func decimal(v any) (int64, bool) {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > 1 && s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	if len(s) > 15 {
		return 1 << 60, true
	}
	var n int64
	for _, c := range s {
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// maxStatusSize bounds statusSize: 2^size messages must be given.
const maxStatusSize = 8

func sizeOf(e map[string]any) (int64, bool) {
	size := int64(1)
	if v, ok := e["statusSize"]; ok && v != nil {
		n, isNumber := v.(json.Number)
		i, err := n.Int64()
		if !isNumber || err != nil || i < 1 || i > maxStatusSize {
			return 0, false
		}
		size = i
	}
	messages, given := e["statusMessage"]
	if size > 1 && !given || given && len(read.Objects(messages)) != 1<<size {
		return 0, false
	}
	return size, true
}

func messageOf(e map[string]any, value int64) string {
	for _, m := range read.Objects(e["statusMessage"]) {
		if s := read.Object(m).Str("status"); strings.EqualFold(s, fmt.Sprintf("%#x", value)) {
			return fmt.Sprintf("(%.100s)", read.Object(m).Str("message"))
		}
	}
	return ""
}

// valueAt reads size bits from position at; bit 0 is the leftmost (§3.1.3).
func valueAt(bits []byte, at, size int64) int64 {
	var v int64
	for i := at; i < at+size; i++ {
		v = v<<1 | int64(bits[i/8]>>(7-i%8)&1)
	}
	return v
}

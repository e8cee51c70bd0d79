// Package status asks whether a credential was revoked or suspended:
// 1EdTechRevocationList (1EdTech VC Revocation List 1.0), BitstringStatusListEntry
// (W3C Bitstring Status List 1.0), StatusList2021Entry (its draft),
// RevocationList2020Status (the draft before that) and the claim status of a token (Token Status List, draft-ietf-oauth-status-list, as JWT).
//
// Every entry is judged, and the worst answer counts. Only what a list says of the
// credential speaks against it: a set bit, an entry that names it. Such a word
// counts in whatever could be read of whatever lies where the issuer's entry
// points, be it old, short, cut, unsigned or another's. Silence counts in less: the
// list must be whole, in force and for the entry's purpose, its proof must hold by
// a key of its own issuer, and where that is not the credential's issuer, or the
// list is shorter than the standard recommends, it must have come over https from
// the very address that the entry names and call itself by it. Then it is told with
// a warning: whoever has that host could take a revocation back. All else is
// unknown, never good and never bad, and so is a kind of status that is not known
// here, by its name.
//
// Out of scope: the lists of Open Badges 1 and 2 (package ob2), status by
// other methods (such as OCSP or ledgers), lists as CWT, and the proof of a list,
// which the caller checks.
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

	// MinListEntries is the length of a bitstring that the standard recommends
	// (§3.1.3: 16 KiB), so that asking for it does not tell whose credential is
	// meant. That is the holder's protection and says nothing of the list: a
	// shorter one is told with a warning.
	MinListEntries = 131_072
)

// List is a status list credential, or the claims of a status list token.
type List struct {
	Issuer                string         // id, bound to the key of its proof
	Credential            map[string]any // as it was verified; as it lies there where it was not
	ValidFrom, ValidUntil time.Time      // zero where it names none
	Evidence              []verdict.Evidence

	// Fault is why the list is not proven, nil where its proof holds by a key of
	// its issuer. Only what such a list says against a credential is read.
	Fault error
}

// ErrUnsupported is wrapped by a List's Fault where it is secured in a way that is
// not judged; the rest of its text names it.
var ErrUnsupported = errors.New("status list of a form that is not judged")

// Query asks for the status of one credential.
type Query struct {
	Status  any       // credentialStatus: nil, an object or a list
	Claims  []any     // the claim status of a token, nil where it has none
	IDs     []string  // of the credential: all names that it has
	Issuer  string    // id of its issuer, proven
	Now     time.Time // zero = time.Now()
	Fetcher fetch.Fetcher

	// VerifyList checks a status list credential (JSON or compact JWS), and
	// VerifyToken a status list token: that its proof holds and its key is its
	// issuer's. An error, when nothing in it can be read, or a Fault that wraps one
	// of package fetch which passes says that its key could not be had.
	VerifyList, VerifyToken func(ctx context.Context, raw []byte, url string) (*List, error)

	// VerifyRevocations does it for a 1EdTech revocation list, which needs no proof: a
	// Fault is for one that bears a proof all the same, or is a token.
	VerifyRevocations func(ctx context.Context, raw []byte, url string) (*List, error)
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

// answer is what one entry says.
type answer struct {
	verdict.Aspect
	warnings []verdict.Warning
}

// Check judges all of q.Status and q.Claims. The aspect is None when they name no
// status.
func (c *Checker) Check(ctx context.Context, q Query) (verdict.Aspect, []verdict.Warning) {
	if q.Now.IsZero() {
		q.Now = time.Now()
	}
	var answers []answer
	for _, e := range read.List(q.Status) {
		switch {
		case e == nil: // what is null is not there
		case len(answers) == MaxEntries:
			return worst(append(answers, unfollowed("more than %d status entries", MaxEntries)))
		default:
			answers = append(answers, c.entry(ctx, &q, e))
		}
	}
	for _, v := range q.Claims {
		if v != nil {
			answers = append(answers, c.claim(ctx, &q, v)...)
		}
	}
	return worst(answers)
}

// worst is the answer that counts, with the evidence and warnings of all.
func worst(answers []answer) (verdict.Aspect, []verdict.Warning) {
	if len(answers) == 0 {
		return verdict.Aspect{State: verdict.None}, nil
	}
	out := verdict.Aspect{State: verdict.Pass}
	var evidence []verdict.Evidence
	var warnings []verdict.Warning
	for _, a := range answers {
		evidence = append(evidence, a.Evidence...)
		warnings = append(warnings, a.warnings...)
		switch {
		case rank(a.Aspect) > rank(out):
			out = a.Aspect
		case rank(a.Aspect) == rank(out) && out.Detail == "":
			out.Detail = a.Detail
		}
	}
	out.Evidence = evidence
	return out, warnings
}

// rank orders answers from good to bad. What is plainly said counts more than
// what could not be read, and what waiting cannot mend more than what it can.
func rank(a verdict.Aspect) int {
	switch {
	case a.State == verdict.Pass:
		return 0
	case a.State == verdict.Unknown && a.Reason.Lasting():
		return 3
	case a.State == verdict.Unknown && a.Passing:
		return 1
	case a.State == verdict.Unknown:
		return 2
	case a.Reason == verdict.Suspended:
		return 4
	}
	return 5
}

// unfollowed is the answer of an entry that leads to no list. It is part of what
// the issuer signed, so no waiting mends it.
func unfollowed(format string, args ...any) answer {
	return unknown(verdict.StatusUnfollowed, fmt.Sprintf(format, args...))
}

func unknown(r verdict.Reason, detail string) answer {
	return answer{Aspect: verdict.Aspect{State: verdict.Unknown, Reason: r, Detail: verdict.Clip(detail)}}
}

func (c *Checker) entry(ctx context.Context, q *Query, v any) answer {
	e, ok := v.(map[string]any)
	if !ok {
		return unfollowed("a status entry is not an object")
	}
	switch t := e["type"]; {
	case read.Has(t, "BitstringStatusListEntry"):
		return c.bitstring(ctx, q, e, &bitstringList)
	case read.Has(t, "StatusList2021Entry"):
		return c.bitstring(ctx, q, e, &statusList2021)
	case read.Has(t, "RevocationList2020Status"):
		return c.bitstring(ctx, q, read.Object{
			"statusListCredential": e["revocationListCredential"], "statusListIndex": e["revocationListIndex"], "statusPurpose": "revocation",
		}, &revocationList2020)
	case read.Has(t, "1EdTechRevocationList"):
		return revocationList(ctx, q, e)
	case len(read.Strings(t)) == 0:
		return unfollowed("a status entry without a type")
	default:
		return unknown(verdict.StatusUnknownType, fmt.Sprintf("status of type %.60q", read.Strings(t)[0]))
	}
}

// unread is the answer when a list could not be had.
func unread(err error, where string) answer {
	a := answer{Aspect: verdict.Aspect{
		State: verdict.Unknown, Reason: verdict.StatusUnreachable, Passing: fetch.Temporary(err),
		Evidence: []verdict.Evidence{{URL: where, Note: "no answer"}},
	}}
	switch {
	case errors.Is(err, fetch.ErrOffline):
		a.Reason = verdict.Offline
	case errors.Is(err, fetch.ErrBudget):
		a.Reason = verdict.Budget
	case errors.Is(err, fetch.ErrLater):
		a.Reason = verdict.BeingAsked
	}
	return a
}

// get reads a list. Any other answer than a 200 with something in it passes:
// hosts lose lists and find them again.
func get(ctx context.Context, q *Query, where, accept string, fresh bool) (*fetch.Response, answer) {
	resp, err := q.Fetcher.Fetch(ctx, fetch.Request{
		URL: where, Accept: accept, MaxBytes: MaxList, Fresh: fresh,
	})
	switch {
	case errors.Is(err, fetch.ErrForbidden) && strings.HasPrefix(strings.ToLower(where), "http:"):
		return nil, unfollowed("the address of the status list is not https")
	case err != nil:
		return nil, unread(err, where)
	}
	if resp.Status != 200 || strings.HasPrefix(resp.ContentType, "text/html") {
		a := unread(fetch.ErrUnreachable, where)
		a.Detail = fmt.Sprintf("the host answered %d with %.40s", resp.Status, resp.ContentType)
		a.Evidence = []verdict.Evidence{resp.Evidence(fmt.Sprintf("status %d", resp.Status))}
		return nil, a
	}
	return resp, answer{Aspect: verdict.Aspect{State: verdict.Pass, Evidence: []verdict.Evidence{resp.Evidence("status list")}}}
}

const (
	acceptList  = "application/vc, application/vc+jwt, application/ld+json, application/json;q=0.9, */*;q=0.1"
	acceptToken = "application/statuslist+jwt, application/jwt;q=0.9, */*;q=0.1"
)

// doubt turns an answer into one that says nothing, for a cause that its issuer
// can mend.
func (a answer) doubt(r verdict.Reason, detail string) answer {
	a.Aspect = verdict.Aspect{State: verdict.Unknown, Reason: r, Detail: verdict.Clip(detail), Passing: true, Evidence: a.Evidence}
	a.warnings = nil
	return a
}

// lasting is doubt for a cause that no waiting mends.
func (a answer) lasting(r verdict.Reason, detail string) answer {
	a = a.doubt(r, detail)
	a.Passing = false
	return a
}

// faulty is the answer of a list that is not to be relied on.
func (a answer) faulty(err error) answer {
	switch {
	case errors.Is(err, ErrUnsupported):
		return a.lasting(verdict.StatusUnknownType, err.Error())
	case fetch.Temporary(err):
		b := unread(err, "")
		b.Evidence, b.Detail = a.Evidence, "the key of the status list could not be had"
		return b
	}
	return a.doubt(verdict.StatusInvalid, err.Error())
}

// against is the answer of what speaks against the credential.
func (a answer) against(r verdict.Reason, detail string) answer {
	a.Aspect = verdict.Aspect{State: verdict.Fail, Reason: r, Detail: verdict.Clip(strings.TrimSpace(detail)), Evidence: a.Evidence}
	return a
}

// another tells, by warnings and in the evidence, of a list that may speak for the
// issuer though it is shorter than recommended or another's, where it may: id is
// what it calls itself, final where it was read.
func (a answer) another(q *Query, where, final, id, issuer string, short bool) answer {
	differs := issuer != q.Issuer
	switch {
	case issuer == "":
		return a.doubt(verdict.StatusInvalid, "the status list names no issuer")
	case !short && !differs:
		return a
	}
	if why := strayed(where, final, id); why != "" {
		return a.doubt(verdict.StatusForeign, why)
	}
	if short {
		a.warnings = append(a.warnings, verdict.WarnStatusListShort)
	}
	if differs {
		a.warnings = append(a.warnings, verdict.WarnStatusListIssuer)
		a.Evidence = slices.Clone(a.Evidence)
		a.Evidence[0].Note = fmt.Sprintf("status list by %.200s, the badge by %.200s", issuer, q.Issuer)
	}
	return a
}

// strayed says why a list is not what lies at the address that the entry names, ""
// when it is. The address stands in what the issuer signed, and https ties the
// answer to it; a redirect to another host, or a copy of another list, is not what
// the issuer named.
func strayed(where, final, id string) string {
	asked, ok := read.HTTPURL(where)
	got, ok2 := read.HTTPURL(final)
	own, ok3 := read.HTTPURL(id)
	switch {
	case !ok || !ok2 || asked.Scheme != "https" || got.Scheme != "https":
		return "the status list did not come over https"
	case read.Authority(asked) != read.Authority(got):
		return "another host answered for the status list"
	case id == "":
		return "the status list does not say which it is"
	case !ok3 || own.Scheme != asked.Scheme || read.Authority(own) != read.Authority(asked) || own.EscapedPath() != asked.EscapedPath() || own.RawQuery != asked.RawQuery:
		return "the status list calls itself by another address"
	}
	return ""
}

// revocationList judges a 1EdTechRevocationList: credentialStatus.id is the
// URL of {id, issuer, revokedCredential: [{id, revoked, revocationReason}]}. It
// need not carry a proof: https and the issuer's name are all that ties it to him.
// Some hand it out as a token, as the subject of a credential, or in an envelope.
func revocationList(ctx context.Context, q *Query, e map[string]any) answer {
	where := read.Object(e).Str("id")
	if !absolute(where) {
		return unfollowed("a revocation list without a URL")
	}
	if len(q.IDs) == 0 {
		return unfollowed("a revocation list, and the credential has no id to stand in it")
	}
	resp, a := get(ctx, q, where, acceptList, false)
	if resp == nil {
		return a
	}
	a.Evidence[0].Note = "revocation list"
	l, m := verified(ctx, q.VerifyRevocations, resp, where)
	a.Evidence = append(a.Evidence, l.evidence...)
	said, entry, malformed := takenBack(m, q.IDs)
	switch {
	case said == read.Yes:
		by := l.says("revoked", q)
		if why := entry.Str("revocationReason"); why != "" {
			by += fmt.Sprintf(": %.200s", why)
		}
		return a.against(verdict.Revoked, by)
	case said == read.Unclear:
		return a.doubt(verdict.StatusUnclear, "")
	case l.fault != nil:
		return a.faulty(l.fault)
	case malformed:
		return a.doubt(verdict.StatusInvalid, "the revocation list is malformed")
	case !l.current(q.Now):
		return a.doubt(verdict.StatusInvalid, "the status list is not valid at this time")
	case !isRevocations(m, where):
		return a.doubt(verdict.StatusInvalid, "what lies there is no revocation list")
	}
	// Nothing proves whose list it is but where it lies: any host can write a name.
	if why := strayed(where, resp.URL, where); why != "" {
		return a.doubt(verdict.StatusForeign, why)
	}
	return a.another(q, where, resp.URL, read.ID(m), l.issuer, false)
}

// revoking gives the objects in which a revocation list may have its entries.
func revoking(m read.Object) []read.Object { return append(m.Objs("credentialSubject"), m) }

// isRevocations reports whether what lies at an address is a revocation list: by its
// entries, by its type, or, where it has no type, by its own address: one that has no
// entries says no more (OB 3.0 §E.2). What is something else clears nobody.
func isRevocations(m read.Object, where string) bool {
	for _, o := range revoking(m) {
		if o.Has("revokedCredential") || o.Has("revokedCredentials") {
			return true
		}
		for _, t := range o.Strs("type") {
			if strings.HasSuffix(t, "RevocationList") {
				return true
			}
		}
	}
	return !m.Has("type") && !m.Has("credentialSubject") && read.ID(m) == where
}

// takenBack reads what a revocation list says of a credential, with the entry that
// says it, and whether an entry is none.
func takenBack(m read.Object, ids []string) (said read.Answer, entry read.Object, malformed bool) {
	listed := false
	for _, o := range revoking(m) {
		// The specification says revokedCredential; issuers write the plural, too.
		for _, name := range []string{"revokedCredential", "revokedCredentials"} {
			listed = listed || o.Has(name)
			for _, x := range read.List(o[name]) {
				switch x.(type) {
				case map[string]any, []any:
				default:
					s, ok := x.(string)
					malformed = malformed || !ok || s == ""
				}
				if word, in := read.TakenBack(x, ids...); word > said {
					said, entry = word, in
				}
			}
		}
	}
	if !listed && read.Mentions(map[string]any(m), ids...) {
		said = read.Unclear // in a member of another name
	}
	return said, entry, malformed
}

func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// form tells the kinds of lists apart.
type form struct {
	credential, subject string   // types of the list, and of its subject
	purposes            []string // nil = any
	purpose             string   // of every list, "" where each names its own
	sizes               bool     // statusSize and statusMessage are defined
	mirrored            bool     // the lowest bit of a byte is its first place
	accept              string
	unpack              func(context.Context, *Query, *fetch.Response, string, *form) *bitlist
}

var (
	bitstringList  = form{credential: "BitstringStatusListCredential", subject: "BitstringStatusList", sizes: true, accept: acceptList, unpack: unpack}
	statusList2021 = form{credential: "StatusList2021Credential", subject: "StatusList2021", purposes: []string{"revocation", "suspension"}, accept: acceptList, unpack: unpack}
	// Revocation List 2020, which knows one purpose and names none. It does not say in
	// which order the bits of a byte stand; who writes such lists begins with the lowest.
	revocationList2020 = form{credential: "RevocationList2020Credential", subject: "RevocationList2020", purpose: "revocation", mirrored: true, accept: acceptList, unpack: unpack}
	tokenList          = form{credential: TokenType, accept: acceptToken, unpack: unpackToken}
)

// bitstring judges an entry by the Validate Algorithm (Bitstring Status List
// 1.0 §3.2).
func (c *Checker) bitstring(ctx context.Context, q *Query, e read.Object, f *form) answer {
	purpose := fold(e.Str("statusPurpose"))
	if purpose != "" && f.purposes != nil && !slices.Contains(f.purposes, purpose) {
		return unknown(verdict.StatusUnknownType, fmt.Sprintf("status purpose %.60q", purpose))
	}
	where, _ := e.Ref("statusListCredential")
	if !absolute(where) {
		return unfollowed("a status entry without the URL of a list")
	}
	index, ok := decimal(e["statusListIndex"])
	if !ok {
		return unfollowed("the index in the status list is no whole number")
	}
	size := int64(1)
	if f.sizes {
		if size, ok = sizeOf(e); !ok {
			return unfollowed("statusSize of a status entry")
		}
	}
	l, final, a := c.list(ctx, q, where, f)
	if l == nil {
		return a
	}
	if f.sizes && l.size != 0 && l.size != size {
		// Drafts had the size there. By the one or the other it is another's status.
		return a.doubt(verdict.StatusInvalid, "the status list and the entry differ in how many bits a status has")
	}
	places := int64(len(l.bits)) * 8 / size
	var value int64
	if index < places {
		value = valueAt(l.bits, index*size, size)
	}
	otherwise := value // read in the other order
	if f.mirrored && index < places {
		value = valueAt(l.bits, index^7, 1)
	}
	message := messageOf(e, value)
	agreed := slices.Contains(l.purposes, purpose)
	current := l.current(q.Now)
	if value != 0 {
		if r := l.denies(purpose, q.Now); r != "" {
			return a.against(r, l.says(string(r), q)+" "+message)
		}
	}
	if l.fault != nil {
		return a.faulty(l.fault)
	}
	switch {
	case purpose == "":
		return a.lasting(verdict.StatusUnfollowed, "a status entry without a purpose")
	case len(l.purposes) == 0:
		return a.doubt(verdict.StatusInvalid, "the status list does not say what it is for")
	case !agreed:
		return a.doubt(verdict.StatusInvalid, "the status list is for another purpose")
	case index >= places:
		return a.doubt(verdict.StatusInvalid, "the index lies beyond the status list")
	case !current:
		return a.doubt(verdict.StatusInvalid, "the status list is not valid at this time")
	}
	if a = a.another(q, where, final, l.id, l.issuer, places < MinListEntries); a.State != verdict.Pass {
		return a
	}
	switch {
	case value == 0 && otherwise != 0:
		return a.doubt(verdict.StatusUnclear, "the bit is set if the bits of the list stand in another order")
	case value == 0:
		a.Detail = message
		return a
	case purpose == "refresh", purpose == "message":
		// A newer credential, or a word about it, takes nothing from this one.
		a.Detail = strings.TrimSpace(purpose + " " + message)
		return a
	}
	return a.lasting(verdict.StatusUnknownType, fmt.Sprintf("status purpose %.60q is set", purpose))
}

// fold brings a purpose to the small letters that the specification writes it in.
func fold(purpose string) string { return strings.ToLower(strings.TrimSpace(purpose)) }

// decimal reads an index: a whole number, as the decimal text that the
// specification has or as a JSON number, with spaces around it, zeros before it or
// a fraction of zeros, as software prints what it pads or holds as a float. Beyond
// 15 digits it is beyond any list.
func decimal(v any) (int64, bool) {
	s, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	s, fraction, _ := strings.Cut(strings.Trim(s, " "), ".")
	if !ok || s == "" || strings.Trim(s, "0123456789") != "" || strings.Trim(fraction, "0") != "" {
		return 0, false
	}
	s = strings.TrimLeft(s, "0")
	if len(s) > 15 {
		return 1 << 60, true
	}
	var n int64
	for _, c := range s {
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// maxStatusSize bounds statusSize: 2^size messages are to be given.
const maxStatusSize = 8

// sizeOf is how many bits a status takes. What they mean, statusMessage says; that
// it says it of each value is a matter of conformance.
func sizeOf(e read.Object) (int64, bool) {
	if !e.Has("statusSize") {
		return 1, true
	}
	i, ok := decimal(e["statusSize"])
	return i, ok && i >= 1 && i <= maxStatusSize
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

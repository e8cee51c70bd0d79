package verify

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// likeness is how well an identity of a credential fits the applicant.
type likeness int

const (
	incomparable likeness = iota // nothing of its kind is known of the applicant
	different                    // of a kind that is known, and another
	near                         // could be the applicant's, could be another's
	same                         // the applicant's
)

// recipient compares the identities of a credential with the applicant
// (OB3 §"Recipient Verification"; OB2 "IdentityObject"). One identity that is
// the applicant's suffices; one of a known kind that is not, with none that
// is, makes it somebody else's.
func recipient(ids []verdict.Identity, who Applicant) (a verdict.Aspect, warnings []verdict.Warning) {
	if len(ids) == 0 {
		return verdict.Aspect{State: verdict.None, Reason: verdict.RecipientMissing}, nil
	}
	if len(who.Emails) == 0 && len(who.Proven) == 0 && who.Name == "" && len(who.IDs) == 0 {
		return verdict.Aspect{State: verdict.None}, nil
	}
	best, bestWarn := incomparable, []verdict.Warning(nil)
	other, claimed := false, true
	for _, id := range ids {
		l, w := compare(id, who)
		if l == same && (identityKind(id) != "email" || proven(id, who)) {
			claimed = false
		}
		other = other || l == different
		switch {
		case l > best || l == same && best == same && len(w) < len(bestWarn):
			best, bestWarn = l, w
		case l == best && l != same:
			bestWarn = append(bestWarn, w...)
		}
	}
	switch {
	case best == same:
		a = verdict.Aspect{State: verdict.Pass}
		switch {
		case len(bestWarn) > 0:
			a.Reason = verdict.RecipientWeak
		case claimed:
			a.Reason = verdict.AddressClaimed
		}
	case best == near:
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientWeak}
	case other:
		a = verdict.Aspect{State: verdict.Fail, Reason: verdict.RecipientMismatch}
	default:
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientUnknown}
	}
	return a, bestWarn
}

// proven reports whether an identity is an address that the hiring system has
// confirmed.
func proven(id verdict.Identity, who Applicant) bool {
	if identityKind(id) != "email" {
		return false
	}
	l, _ := compare(id, Applicant{Emails: who.Proven})
	return l == same
}

func anyProven(ids []verdict.Identity, who Applicant) bool {
	return slices.ContainsFunc(ids, func(id verdict.Identity) bool { return proven(id, who) })
}

// compare judges one identity.
func compare(id verdict.Identity, who Applicant) (likeness, []verdict.Warning) {
	kind := identityKind(id)
	var known, close []string
	switch kind {
	case "email":
		for _, e := range slices.Concat(who.Emails, who.Proven) {
			forms := emailForms(e)
			known = append(known, forms...)
			if bare := untagged(e); bare != e {
				forms = emailForms(bare)
			}
			close = append(close, forms...)
		}
	case "name":
		if who.Name == "" {
			return incomparable, nil
		}
		if id.Hashed {
			known = nil
			close = []string{who.Name, strings.ToLower(who.Name)}
		} else if foldName(id.Value) == foldName(who.Name) {
			// People share names: enough to show, not to verify.
			return near, []verdict.Warning{verdict.WarnNameOnly}
		} else {
			return incomparable, nil
		}
	case "telephone":
		for _, s := range who.IDs {
			if d := digits(s); d != "" {
				known = append(known, s, d, "+"+d)
			}
		}
	case "id", "url":
		for _, s := range who.IDs {
			if idScheme(s) == idScheme(id.Value) || id.Hashed {
				known = append(known, s)
			}
		}
	case "thing":
		return incomparable, nil
	default:
		known = who.IDs
	}
	if len(known) == 0 && len(close) == 0 {
		return incomparable, nil
	}
	if id.Hashed || hashed(id.Value) {
		return compareHash(id, kind, known, close)
	}
	for _, k := range known {
		if equal(kind, id.Value, k) {
			return same, nil
		}
	}
	if kind == "email" {
		for _, k := range close {
			if equal(kind, untagged(id.Value), k) {
				return near, nil
			}
		}
	}
	switch kind {
	case "email", "telephone", "id", "url":
		return different, nil
	}
	// An identifier of a kind of its own says nothing when it is not among the
	// ones that are known.
	return incomparable, nil
}

// compareHash compares by hash: "sha256$" or "md5$" and the hex digest of the
// UTF-8 identity followed by the salt.
func compareHash(id verdict.Identity, kind string, known, close []string) (likeness, []verdict.Warning) {
	if !hashed(id.Value) {
		// Said to be a hash, and is none: neither reading of it is certain.
		return incomparable, []verdict.Warning{verdict.WarnRecipientForm}
	}
	alg, want, _ := strings.Cut(id.Value, "$")
	var warn []verdict.Warning
	if !id.Hashed {
		warn = append(warn, verdict.WarnRecipientForm)
	}
	var sum func(string) []byte
	switch strings.ToLower(alg) {
	case "sha256":
		sum = func(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }
	case "md5":
		sum = func(s string) []byte { h := md5.Sum([]byte(s)); return h[:] }
		warn = append(warn, verdict.WarnMD5)
	default:
		return incomparable, []verdict.Warning{verdict.WarnRecipientForm}
	}
	if id.Salt == "" {
		warn = append(warn, verdict.WarnUnsalted)
	}
	digest, err := hex.DecodeString(strings.ToLower(want))
	if err != nil || len(digest) != len(sum("")) {
		return incomparable, []verdict.Warning{verdict.WarnRecipientForm}
	}
	for _, k := range known {
		if subtle.ConstantTimeCompare(sum(k+id.Salt), digest) == 1 {
			return same, warn
		}
	}
	for _, k := range close {
		if subtle.ConstantTimeCompare(sum(k+id.Salt), digest) == 1 {
			return near, warn
		}
	}
	switch kind {
	case "email", "telephone", "id", "url":
		return different, nil
	}
	return incomparable, nil
}

// identityKind brings the types of OB 2.0 and the identityType values of
// OB 3.0 to the kinds that are compared alike.
func identityKind(id verdict.Identity) string {
	switch id.Kind {
	case "email", "emailAddress", "schema:email", "http://schema.org/email":
		return "email"
	case "telephone", "phone":
		return "telephone"
	case "name":
		return "name"
	case "url":
		return "url"
	case "id":
		switch {
		case strings.HasPrefix(strings.ToLower(id.Value), "mailto:"):
			return "email"
		case strings.HasPrefix(strings.ToLower(id.Value), "tel:"):
			return "telephone"
		}
		return "id"
	case "isbn", "issn", "ltiContextId", "ltiDeploymentId", "ltiToolId", "ltiPlatformId", "productId":
		return "thing" // names a thing, not a person
	}
	return "other"
}

// identityTypes are the values of OB3 IdentifierTypeEnum.
var identityTypes = map[string]bool{
	"name": true, "sourcedId": true, "systemId": true, "productId": true, "userName": true, "accountId": true,
	"emailAddress": true, "nationalIdentityNumber": true, "isbn": true, "issn": true, "lisSourcedId": true,
	"oneRosterSourcedId": true, "sisSourcedId": true, "ltiContextId": true, "ltiDeploymentId": true,
	"ltiToolId": true, "ltiPlatformId": true, "ltiUserId": true, "identifier": true,
}

// hashed reports whether s is written as "alg$hex", which no address or DID is.
func hashed(s string) bool {
	alg, digest, ok := strings.Cut(s, "$")
	if !ok || alg == "" || len(digest) < 32 || strings.ContainsAny(alg, "@:/ ") {
		return false
	}
	return strings.Trim(strings.ToLower(digest), "0123456789abcdef") == ""
}

// equal compares two plain identities of a kind.
func equal(kind, a, b string) bool {
	switch kind {
	case "email":
		return len(emailForms(a)) > 0 && emailKey(a) == emailKey(b)
	case "telephone":
		return digits(a) != "" && digits(a) == digits(b)
	case "id", "url":
		return a == b || identifierKey(a) == identifierKey(b)
	}
	return a == b
}

// emailForms gives the spellings under which an issuer may have hashed an
// address: as told, in lower case, with a lower-case domain, in NFC, and with
// the domain in either form of IDNA.
func emailForms(e string) []string {
	e = strings.TrimSpace(e)
	if at := strings.LastIndexByte(e, '@'); at <= 0 || at == len(e)-1 {
		return nil
	}
	var out []string
	add := func(s string) {
		for _, have := range out {
			if have == s {
				return
			}
		}
		out = append(out, s)
	}
	for _, f := range []string{e, composed(e)} {
		at := strings.LastIndexByte(f, '@')
		local, domain := f[:at], f[at+1:]
		add(f)
		add(local + "@" + lower(domain))
		add(lower(f))
		if d, err := idna.ToASCII(domain); err == nil {
			add(lower(local) + "@" + lower(d))
			add(local + "@" + lower(d))
		}
		if d, err := idna.ToUnicode(lower(domain)); err == nil {
			add(lower(local) + "@" + d)
			add(local + "@" + d)
		}
	}
	return out
}

// emailKey is one spelling for all of an address's forms.
func emailKey(e string) string {
	e = composed(strings.TrimSpace(e))
	if strings.HasPrefix(lower(e), "mailto:") {
		e = e[len("mailto:"):]
	}
	at := strings.LastIndexByte(e, '@')
	if at < 0 {
		return lower(e)
	}
	domain := lower(e[at+1:])
	if d, err := idna.ToASCII(domain); err == nil {
		domain = lower(d)
	}
	return lower(e[:at]) + "@" + domain
}

// untagged takes a "+tag" off the local part.
func untagged(e string) string {
	at := strings.LastIndexByte(e, '@')
	if at < 0 {
		return e
	}
	plus := strings.IndexByte(e[:at], '+')
	if plus <= 0 {
		return e
	}
	return e[:plus] + e[at:]
}

// composed brings a text to NFC, unless that makes an ASCII letter of a
// character that is none, as of the Kelvin sign: one person's address would
// become another's.
func composed(s string) string {
	for _, r := range s {
		if r >= 0x80 && norm.NFC.String(string(r))[0] < 0x80 {
			return s
		}
	}
	return norm.NFC.String(s)
}

// lower folds ASCII letters only: Unicode folding would make the Kelvin sign a
// k, and one person's address another's.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// digits gives the digits of a telephone number, or "" for what is none.
func digits(s string) string {
	s = strings.TrimPrefix(lower(strings.TrimSpace(s)), "tel:")
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" +-.()/", r):
		default:
			return ""
		}
	}
	if b.Len() < 6 {
		return ""
	}
	return b.String()
}

// idScheme tells identifiers apart that cannot name the same thing in the same
// way: a DID, a web address, another URI, a plain text.
func idScheme(s string) string {
	if strings.HasPrefix(s, "did:") {
		return "did"
	}
	if _, ok := read.HTTPURL(s); ok {
		return "http"
	}
	if i := strings.IndexByte(s, ':'); i > 0 {
		return s[:i]
	}
	return ""
}

// identifierKey is one spelling for a DID or URL: a DID without its fragment,
// a URL with a lower-case host and without a slash alone.
func identifierKey(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "did:") {
		s, _, _ = strings.Cut(s, "#")
		if rest, ok := strings.CutPrefix(s, "did:web:"); ok {
			host, path, _ := strings.Cut(rest, ":")
			s = "did:web:" + lower(host)
			if path != "" {
				s += ":" + path
			}
		}
		return s
	}
	if u, ok := read.HTTPURL(s); ok {
		key := u.Scheme + "://" + read.Authority(u) + strings.TrimSuffix(u.EscapedPath(), "/")
		if u.RawQuery != "" {
			key += "?" + u.RawQuery
		}
		if u.Fragment != "" {
			key += "#" + u.Fragment
		}
		return key
	}
	return s
}

// foldName brings a person's name to one spelling.
func foldName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(read.Printable(s)))), " ")
}

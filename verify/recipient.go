package verify

import (
	"cmp"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"

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
// is, makes it somebody else's. The detail says by which spelling the applicant
// was found, or missed.
func recipient(ids []verdict.Identity, who Applicant) (a verdict.Aspect, warnings []verdict.Warning) {
	if len(ids) == 0 {
		return verdict.Aspect{State: verdict.None, Reason: verdict.RecipientMissing}, nil
	}
	if len(who.Emails) == 0 && len(who.Proven) == 0 && who.Name == "" && len(who.IDs) == 0 {
		return verdict.Aspect{State: verdict.None}, nil
	}
	best, bestWarn, bestWords := incomparable, []verdict.Warning(nil), ""
	other, claimed, missed, hidden := false, true, "", ""
	for _, id := range ids {
		l, w, words := compare(id, who)
		if l == same && (identityKind(id) != "email" || proven(id, who)) {
			claimed = false
		}
		if l == different {
			other, missed = true, cmp.Or(missed, words)
		}
		if l == incomparable {
			hidden = cmp.Or(hidden, words)
		}
		switch {
		case l > best || l == same && best == same && len(w) < len(bestWarn):
			best, bestWarn, bestWords = l, w, words
		case l == best && l != same:
			bestWarn = append(bestWarn, w...)
		}
	}
	switch {
	case best == same:
		a = verdict.Aspect{State: verdict.Pass, Detail: bestWords}
		switch {
		case len(bestWarn) > 0:
			a.Reason = verdict.RecipientWeak
		case claimed:
			a.Reason = verdict.AddressClaimed
		}
	case best == near:
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientWeak, Detail: bestWords}
	case other:
		a = verdict.Aspect{State: verdict.Fail, Reason: verdict.RecipientMismatch, Detail: missed}
	default:
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientUnknown, Detail: hidden}
	}
	return a, bestWarn
}

// proven reports whether an identity is an address that the hiring system has
// confirmed.
func proven(id verdict.Identity, who Applicant) bool {
	if identityKind(id) != "email" {
		return false
	}
	l, _, _ := compare(id, Applicant{Emails: who.Proven})
	return l == same
}

func anyProven(ids []verdict.Identity, who Applicant) bool {
	return slices.ContainsFunc(ids, func(id verdict.Identity) bool { return proven(id, who) })
}

// compare judges one identity, and says in words what was compared where that is
// not plain.
func compare(id verdict.Identity, who Applicant) (likeness, []verdict.Warning, string) {
	if id.Value == "" {
		return incomparable, nil, "" // it is named by nothing that was read
	}
	kind := identityKind(id)
	var known []string
	switch kind {
	case "email":
		if words := noAddress(id); words != "" {
			return incomparable, nil, words
		}
		for _, e := range slices.Concat(who.Emails, who.Proven) {
			if e = address(e); e != "" {
				known = append(known, e)
			}
		}
	case "name":
		switch {
		case who.Name == "":
		case id.Hashed:
			return compareHash(id, kind, nil, func() (_, close []string) {
				return nil, []string{who.Name, strings.ToLower(who.Name)}
			})
		case foldName(id.Value) == foldName(who.Name):
			// People share names: enough to show, not to verify.
			return near, []verdict.Warning{verdict.WarnNameOnly}, ""
		}
		return incomparable, nil, ""
	case "telephone":
		for _, s := range who.IDs {
			if telephone(s).digits != "" {
				known = append(known, s)
			}
		}
	case "id", "url":
		for _, s := range who.IDs {
			if idScheme(s) == idScheme(id.Value) || orcid(s) != "" && orcid(id.Value) != "" || id.Hashed {
				known = append(known, s)
			}
		}
	case "thing":
		return incomparable, nil, ""
	default:
		known = who.IDs
	}
	if len(known) == 0 {
		return incomparable, nil, ""
	}
	if id.Hashed || hashed(id.Value) {
		plain, rest := hashForms(kind, known)
		return compareHash(id, kind, plain, rest)
	}
	found, words := different, ""
	for _, k := range known {
		l, w := alike(kind, id.Value, k)
		if l == same {
			return same, nil, w
		}
		if l > found {
			found, words = l, w
		}
	}
	switch {
	case found == near, personal(kind):
		return found, nil, words
	}
	// An identifier of a kind of its own says nothing when it is not among the
	// ones that are known.
	return incomparable, nil, ""
}

// noAddress says why what stands for an address cannot be compared, "" where it can.
func noAddress(id verdict.Identity) string {
	switch {
	case id.Hashed || hashed(id.Value):
	case masked(cmp.Or(address(id.Value), id.Value)): // not the name before it
		return "the badge hides a part of the address"
	case address(id.Value) == "":
		return "what stands for the address is none"
	}
	return ""
}

// masked reports whether a part of an address is left out, as by those who show it to
// the public: whose it is cannot be told, nor is it that of one who writes the same.
func masked(s string) bool {
	return strings.ContainsAny(s, "*\u2022\u25cf\u2588\u2026\u00d7") || strings.Contains(s, "...")
}

// personal reports whether two identities of a kind that are not the same name
// two people, as far as assay goes.
func personal(kind string) bool {
	switch kind {
	case "email", "telephone", "id", "url":
		return true
	}
	return false
}

// compareHash compares by hash: "sha256$" or "md5$" and the hex digest of the
// UTF-8 identity followed by the salt. Plain are the identities as they are told, the
// rest is as hashForms gives it.
func compareHash(id verdict.Identity, kind string, plain []string, rest func() (spelled, close []string)) (likeness, []verdict.Warning, string) {
	if !hashed(id.Value) {
		// Said to be a hash, and is none: neither reading of it is certain.
		return incomparable, []verdict.Warning{verdict.WarnRecipientForm}, ""
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
		return incomparable, []verdict.Warning{verdict.WarnRecipientForm}, ""
	}
	if id.Salt == "" {
		warn = append(warn, verdict.WarnUnsalted)
	}
	digest, err := hex.DecodeString(strings.ToLower(want))
	if err != nil || len(digest) != len(sum("")) {
		return incomparable, []verdict.Warning{verdict.WarnRecipientForm}, ""
	}
	is := func(k string) bool { return subtle.ConstantTimeCompare(sum(k+id.Salt), digest) == 1 }
	if slices.ContainsFunc(plain, is) {
		return same, warn, ""
	}
	spelled, close := rest()
	switch {
	case slices.ContainsFunc(spelled, is):
		return same, warn, "the hash is that of another spelling of what is known of the applicant"
	case slices.ContainsFunc(close, is):
		return near, warn, "the hash is that of what resembles what is known of the applicant"
	case kind == "email":
		return different, nil, "no usual spelling of an address of the applicant's has this hash; capitals count in it"
	case personal(kind):
		return different, nil, "no usual spelling of what is known of the applicant has this hash"
	}
	return incomparable, nil, ""
}

// identityKind brings the types of OB 2.0 and the identityType values of
// OB 3.0 to the kinds that are compared alike.
func identityKind(id verdict.Identity) string {
	kind := id.Kind
	for _, space := range []string{"schema:", "http://schema.org/", "https://schema.org/"} {
		kind = strings.TrimPrefix(kind, space)
	}
	switch kind {
	case "email", "Email", "emailAddress":
		return "email"
	case "telephone", "Telephone", "phone":
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
		if rest, ok := read.WebDID(s); ok {
			host, path, _ := strings.Cut(rest, ":")
			s = strings.TrimSuffix(s, rest) + lower(host)
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

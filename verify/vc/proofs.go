package vc

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/verify/did"
	"assay/verify/proof"
	"assay/verify/rdf"
	"assay/verify/read"
	"assay/verify/verdict"
)

// binding is the key that a proof names, or those that may have made it, and what
// ties them to the issuer.
type binding struct {
	tried  []*proof.Key   // fit for the check of a signature
	found  *did.Found     // what the issuer's documents say of them, nil where they are nobody's
	issuer verdict.Aspect // pass: they are the issuer's own
	err    error          // why there is none
}

// proofs judges integrity and issuer.
func (c *credential) proofs() {
	switch {
	case c.in.Token != nil:
		c.judgeTokens()
	case bearsProof(c.doc):
		c.judgeEmbedded()
	default:
		c.unsigned()
	}
	c.checkRelated()
}

// bearsProof reports whether a document has a proof, of whatever kind: an empty value is
// none.
func bearsProof(o read.Object) bool {
	for _, p := range read.List(o["proof"]) {
		switch x := p.(type) {
		case nil:
		case bool:
			if x {
				return true
			}
		case string:
			if x != "" {
				return true
			}
		case map[string]any:
			if len(x) > 0 {
				return true
			}
		case []any:
			if len(x) > 0 {
				return true
			}
		default:
			return true
		}
	}
	return false
}

func (c *credential) unsigned() {
	c.lost = true
	c.v.Aspects.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned}
	c.v.Aspects.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: verdict.Unsigned}
}

// judgeEmbedded judges Data Integrity proofs. One that holds by a key of the
// issuer suffices (OB3 §8.3); the others are told.
func (c *credential) judgeEmbedded() {
	a := &c.v.Aspects
	issuer, _ := c.doc.Ref("issuer")
	bindings := map[string]*binding{}
	var contexts []verdict.Evidence
	var named []string // contexts beside the bundle's
	results, err := proof.VerifyDataIntegrity(c.ctx, c.doc, proof.DIOptions{
		Now: c.env.Now,
		Keys: func(ctx context.Context, method string) ([]*proof.Key, error) {
			b := bindings[method]
			switch {
			case b != nil:
			case method != "" && !resolvable(method) && resolvable(issuer):
				// Such a name may be the kid of a token; here it must be a URL that can
				// be read (VC Data Integrity §2.1). By no key of the issuer's it is nobody's.
				b = c.key(ctx, issuer, method)
				b.doubt(did.ErrNameless)
			default:
				b = c.key(ctx, issuer, method)
			}
			bindings[method] = b
			return b.tried, b.err
		},
		Contexts: func(ctx context.Context, urls []string) (ext rdf.Extensions, err error) {
			named = urls
			ext, contexts, err = c.env.Contexts.Find(ctx, urls)
			return ext, err
		},
	})
	defer func() { a.Integrity.Evidence = append(a.Integrity.Evidence, contexts...) }()
	if err != nil {
		a.Integrity = proof.Aspect(err)
		a.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: a.Integrity.Reason}
		return
	}
	best := pick(results, func(r *proof.DIResult) verdict.Aspect { return c.useOf(r, bindings[r.Method]) })
	r := &results[best]
	c.v.Proof = r.Suite
	c.suite = r.Suite
	for i := range results {
		if results[i].Err != nil && i != best && r.Err == nil && !errors.Is(results[i].Err, proof.ErrUnsupported) {
			c.warn(verdict.WarnMalformedProof)
		}
	}
	b := bindings[r.Method]
	if r.Err != nil {
		if (errors.Is(r.Err, proof.ErrDataLoss) || errors.Is(r.Err, proof.ErrSignature)) && c.env.Contexts.Stale(named) {
			r.Err = proof.ErrUnread // nobody can say by which text it was signed
		}
		switch {
		case b == nil:
			a.Integrity, a.Issuer = proof.Aspect(r.Err), verdict.Aspect{State: verdict.Unknown}
		case b.err != nil && errors.Is(r.Err, b.err):
			// No key, no arithmetic: what is known of the key says it all.
			a.Integrity, a.Issuer = verdict.Keyless(b.issuer), b.issuer
		case errors.Is(r.Err, proof.ErrUndated) && r.Key != nil:
			a.Integrity, a.Issuer = proof.Aspect(r.Err), c.useOf(r, b)
		default:
			a.Integrity, a.Issuer = b.unmade(r.Err, c.env.Now)
		}
		if a.Issuer.Reason == "" && a.Issuer.State == verdict.Unknown {
			a.Issuer.Reason = a.Integrity.Reason
		}
		return
	}
	a.Integrity = verdict.Aspect{State: verdict.Pass}
	a.Issuer = c.useOf(r, b)
	if b != nil {
		p := c.doc.Objs("proof")[best]
		c.made = made{signature: signatureOf(p), signed: c.signing(r), ended: b.ended(r.Key)}
	}
	c.signedBy(b, r.Key)
	c.warn(r.Warnings...)
	c.selective = r.Selective
	c.doc = r.Document
	c.shown = r.Reading
}

// useOf says whether the issuer lets the key of a good proof make claims.
func (c *credential) useOf(r *proof.DIResult, b *binding) verdict.Aspect {
	if b == nil {
		return verdict.Aspect{State: verdict.Unknown}
	}
	return b.use(r.Key, c.signing(r), c.env.Now)
}

// signing is when a proof was made, by its own word.
func (c *credential) signing(r *proof.DIResult) time.Time {
	if !r.Created.IsZero() {
		return r.Created
	}
	return c.dated()
}

// dated is when a credential says that it was issued, zero where it does not say it
// so that it can be read.
func (c *credential) dated() (at time.Time) {
	for _, name := range []string{"validFrom", "issuanceDate"} {
		if d, ok := read.DateOf(c.doc[name]); ok && d.First.After(at) {
			at = d.First
		}
	}
	return at
}

// signedBy keeps which key signed, so that an applicant's own can be told, and
// tells where the proof did not name it.
func (c *credential) signedBy(b *binding, made *proof.Key) {
	if t, err := proof.Thumbprint(made.Public); err == nil {
		c.v.Signer = t
	}
	if b.found != nil && !b.found.Named && slices.Index(b.tried, made) < len(b.found.Keys) {
		c.warn(verdict.WarnKeyTried)
	}
}

// checkRelated compares the digests that a credential gives for its contexts
// with the copies that it was read by (VCDM 2.0 §5.3). Other resources are not
// read, so there is nothing to compare.
func (c *credential) checkRelated() {
	a := &c.v.Aspects.Integrity
	if a.State != verdict.Pass {
		return
	}
	contexts := c.doc.Strs("@context")
	for _, r := range c.doc.Objs("relatedResource") {
		id := r.Str("id")
		if !slices.Contains(contexts, id) {
			continue
		}
		ok := false
		bundled := false
		for _, src := range rdf.Bundle() {
			bundled = bundled || src.URL == id
			ok = ok || src.URL == id && checkDigest(r, src.Data) == nil
		}
		if text, found := c.env.Contexts.Text(id); !bundled && (!found || checkDigest(r, text) == nil) {
			continue // not read, or the very text
		}
		if !ok {
			*a = verdict.Aspect{State: verdict.Fail, Reason: verdict.ContextDiffers, Detail: "the context is not the text that the credential names by digest"}
			return
		}
	}
}

// pick gives the proof that counts: a good one by a key of the issuer, else a
// good one, else one that is bad for a cause of its own rather than for being
// of a kind that is not judged.
func pick(results []proof.DIResult, use func(*proof.DIResult) verdict.Aspect) int {
	best, rank := 0, -1
	for i := range results {
		r := &results[i]
		n := 0
		switch {
		case r.Err == nil && use(r).State == verdict.Pass:
			n = 4
		case r.Err == nil:
			n = 3
		case errors.Is(r.Err, proof.ErrUnsupported):
			n = 0
		case r.Key == nil && use(r).State != verdict.Pass && use(r).Reason != "":
			n = 2 // its key may yet be had
		default:
			n = 1
		}
		if n > rank {
			best, rank = i, n
		}
	}
	return best
}

// signedJSON reports whether the proof signs the JSON text and not statements.
func (c *credential) signedJSON() bool { return strings.Contains(c.suite, "-jcs-") }

// claimsOfToken compares what a token says around the credential with the
// credential (OB3 §8.2.4.1; VC-JOSE-COSE §3).
func (c *credential) claimsOfToken() []string {
	var bad []string
	t, doc := c.token, c.doc
	issuer, _ := doc.Ref("issuer")
	text := func(name string) (string, bool) {
		if v := t[name]; v == nil || v == "" {
			return "", false // libraries write these for what is not there
		}
		s := read.ID(t[name])
		if n, ok := t[name].(json.Number); ok {
			s = n.String()
		}
		if s == "" {
			bad = append(bad, name+" is no text")
		}
		return s, s != ""
	}
	if s, ok := text("iss"); ok && !sameName(s, issuer) && !siteOf(issuer, s) {
		bad = append(bad, "iss is not the issuer")
	}
	if s, ok := text("jti"); ok && doc.Has("id") && !sameName(s, doc.Str("id")) && !lastPart(doc.Str("id"), s) {
		bad = append(bad, "jti is not the id")
	}
	if s, ok := text("sub"); ok && !slices.ContainsFunc(doc.Objs("credentialSubject"), func(o read.Object) bool { return isSubject(o, s) }) && !c.subjectLeftOut() {
		bad = append(bad, "sub is not the subject")
	}
	bad = append(bad, c.ends()...)
	for _, name := range validity {
		if c.legacy && name != "credentialStatus" && t.Has(name) && !sameDate(t[name], doc[name]) {
			bad = append(bad, name+" beside the credential is not "+name+" in it")
		}
	}
	if _, ok := numericDate(t, "iat"); !ok && t.Has("iat") {
		c.warn(verdict.WarnIssuedAt)
	}
	c.begins()
	return bad
}

// begins compares nbf with the begin that the credential gives. They are two
// things (VC-JOSE-COSE §3.1.3): nbf is about the signature, which may be made
// later. The later counts, so that nothing begins before both.
func (c *credential) begins() {
	n, ok := claimDate(c.token, "nbf")
	if !ok || n.IsZero() {
		return
	}
	for _, name := range []string{"validFrom", "issuanceDate"} {
		if d, ok := c.doc.Latest(name); ok && !d.IsZero() && d.Sub(n).Abs() >= time.Second {
			c.warn(verdict.WarnNotBefore)
		}
	}
}

// ends compares exp with the end that the credential gives. In VC-JOSE-COSE exp
// is about the signature and may be earlier, and so some issuers of the former write
// it (the earlier end counts); in neither reading may it outlive the credential. What cannot be read, says [credential.dates].
func (c *credential) ends() (bad []string) {
	n, ok := claimDate(c.token, "exp")
	if !ok || n.IsZero() {
		return nil
	}
	for _, name := range []string{"validUntil", "expirationDate"} {
		d, ok := read.DateOf(c.doc[name])
		if !ok || read.Zero(d.Last) {
			continue // what stands for no end contradicts none
		}
		// A NumericDate need not have a fraction, and may be rounded. It was reckoned by a
		// clock that has a zone, also where the credential says none.
		slack := time.Second
		if !d.Zoned && d.First.Equal(d.Last) {
			slack = farthestZone
		}
		if n.Sub(d.Last) >= slack {
			bad = append(bad, "exp is not "+name)
		}
	}
	return bad
}

// farthestZone is how far a clock may be from UTC, and a second for what is rounded.
const farthestZone = 14*time.Hour + time.Second

// siteOf reports whether a web address is the site alone that a did:web is named by:
// whoever has the one has the other. The issuer stays the one that the badge names.
func siteOf(did, address string) bool {
	u, ok := read.HTTPURL(address)
	host, isWeb := read.WebDID(did)
	return ok && isWeb && strings.Trim(u.EscapedPath(), "/") == "" && u.RawQuery == "" && u.Fragment == "" &&
		strings.EqualFold(host, strings.ReplaceAll(strings.TrimSuffix(read.Authority(u), ":443"), ":", "%3A"))
}

// uuids match a UUID in its usual form (RFC 9562 §4).
var uuids = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// lastPart reports whether a UUID is what an id ends in, as issuers make one of the
// other.
func lastPart(id, uuid string) bool {
	at := len(id) - len(uuid)
	return uuids.MatchString(uuid) && at > 0 && strings.ContainsRune("/:#=", rune(id[at-1])) && strings.EqualFold(id[at:], uuid)
}

// sameName reports whether two ids of a party, a badge or a person are one, in
// whatever spelling: a key of a DID is named by the DID, a host in any letters and
// by http or https, an address with a slash behind it or none, a UUID alone or as a
// URN.
func sameName(a, b string) bool {
	if a == b || strings.HasPrefix(b, "did:") && strings.HasPrefix(a, b+"#") {
		return true
	}
	const urn = "urn:uuid:"
	if x, y := strings.ToLower(a), strings.ToLower(b); len(x)+len(y) >= len(urn) && (x == urn+y || y == urn+x) {
		return true
	}
	x, ok := read.HTTPURL(a)
	y, ok2 := read.HTTPURL(b)
	return ok && ok2 && read.SameOrigin(x, y) && strings.TrimSuffix(x.EscapedPath(), "/") == strings.TrimSuffix(y.EscapedPath(), "/") &&
		x.RawQuery == y.RawQuery && x.Fragment == y.Fragment
}

// sameDate reports whether two values are one date, in whatever spelling.
func sameDate(a, b any) bool {
	x, ok := read.DateOf(a)
	y, ok2 := read.DateOf(b)
	return ok && ok2 && x.First.Equal(y.First) && x.Last.Equal(y.Last) || a != nil && read.Equal(a, b)
}

// isSubject reports whether sub names the subject: its id, or where it has
// none, one of its identifiers, or by what none of them can be compared with.
func isSubject(subject read.Object, sub string) bool {
	if subject.Has("id") {
		return sameName(sub, subject.Str("id"))
	}
	for _, i := range subject.Objs("identifier") {
		if identifies(i, sub) {
			return true
		}
	}
	return absolute(sub) && !mails(sub)
}

func mails(s string) bool { return len(s) > 7 && strings.EqualFold(s[:7], "mailto:") }

// identifies reports whether an identifier is a name: as it is written, as an address of
// mail in any letters, or by its hash.
func identifies(i read.Object, name string) bool {
	value := i.Text("identityHash")
	if value == name {
		return true
	}
	plain := name
	if mails(name) {
		plain = name[7:]
	}
	if strings.Contains(plain, "@") && strings.EqualFold(plain, value) {
		return true
	}
	alg, digest, ok := strings.Cut(strings.ToLower(value), "$")
	for _, s := range []string{name, plain, strings.ToLower(plain)} {
		s += i.Text("salt")
		switch {
		case !ok:
		case alg == "sha256" && digest == fmt.Sprintf("%x", sha256.Sum256([]byte(s))), alg == "md5" && digest == fmt.Sprintf("%x", md5.Sum([]byte(s))):
			return true
		}
	}
	return false
}

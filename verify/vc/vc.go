// Package vc judges Open Badges 3.0, Comprehensive Learner Records 2.0 and
// endorsements, on both Verifiable Credentials data models (1.1 and 2.0),
// secured by Data Integrity proofs, as a JWS, or as an SD-JWT; and European Digital
// Credentials that are sealed by a certificate (seal.go) or signed as a token.
//
// Specifications: 1EdTech Open Badges 3.0, CLR 2.0, W3C VC Data Model 1.1 and
// 2.0, VC Data Integrity 1.0, Bitstring Status List 1.0; European Learning Model 3,
// ETSI TS 119 182-1 (JAdES, level B-B), EN 319 412-3. What is done, in this
// order (OB3 §8.3 "Verification"):
//
//  1. Proof. One good proof suffices, and it must be by a key of the issuer;
//     claims of a token are compared with the credential in it. A copy that has lost
//     its proof is judged by the signed one at its own address (copy.go).
//  2. The document is brought to the one shape in which it is read (tree.go).
//  3. Conformance and credentialSchema.
//  4. Refresh, once, after the proof; the newer copy must be of the same
//     issuer and id and is judged by the same steps, else the older stays.
//  5. Status, every entry. Dates.
//  6. Endorsements, and the inner credentials of a CLR, each alone.
//
// Recipient and standing are judged by package verify, which knows the applicant
// and the employer's registries.
//
// Out of scope: the proofs of verifiable presentations that nobody asked for
// (presentation.go has those of others; the credentials in one are judged), holder binding (a copy proves nothing of it), selective disclosure
// other than ecdsa-sd-2023 and SD-JWT, evidence documents, pictures; of seals their
// timestamps, and whether a certificate was revoked.
package vc

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/status"
	"assay/verify/verdict"
)

// Limits of one credential.
const (
	Skew            = 60 * time.Second // how far an issuer's clock may run ahead of ours
	MaxEndorsements = 8                // endorsements that are judged
	MaxContained    = 100              // inner credentials of a CLR that are judged
)

// Env is what judging needs from outside.
type Env struct {
	Fetcher fetch.Fetcher
	Schemas Schemas // nil = schemas of others are not followed
	Now     time.Time

	// Any has status and dates of a credential judged that is no badge, whose result
	// stays unsupported all the same.
	Any bool

	SealRoots *x509.CertPool // certificates whose word on whose a seal is counts; nil = none
	// Contexts finds contexts beside those of the bundle; nil = none but those
	// that stand in the document.
	Contexts *contexts.Badge
}

// Input is a credential as it was found.
type Input struct {
	Object read.Object // the JSON document, or the payload of the token
	Token  *proof.JWS  // nil for a document with embedded proofs

	SD *proof.SDJWT // of which Token is the signed part and Object the payload, disclosed; nil = no SD-JWT

	also   []Input // of the JSON serialisation of a JWS: its other signatures over the same payload
	unread bool    // and one that cannot be read
}

// Judge judges credentials. Safe for concurrent use.
type Judge struct {
	lists *status.Checker
}

// New returns a Judge.
func New() *Judge { return &Judge{lists: status.New(0)} }

// Is reports whether an object is a Verifiable Credential, or the payload of
// one secured as a JWT.
func Is(o read.Object) bool {
	if inner := o.Obj("vc"); inner != nil {
		o = inner
	}
	if o.Obj("vp") != nil {
		return true
	}
	if o.Str("vct") != "" {
		return true // SD-JWT VC §3.2.2.1
	}
	if o.IsType("VerifiableCredential", "VerifiablePresentation") {
		return true
	}
	for _, c := range o.Strs("@context") {
		if c == contextV1 || c == contextV2 {
			return true
		}
	}
	return false
}

// Verdict gives the verdict but for recipient, standing and result.
func (g *Judge) Verdict(ctx context.Context, env Env, in Input) verdict.Verdict {
	c := &credential{judge: g, ctx: ctx, env: env, in: in}
	c.run()
	return c.v
}

// credential is the judging of one credential.
type credential struct {
	judge *Judge
	ctx   context.Context
	env   Env
	in    Input
	v     verdict.Verdict

	doc    read.Object // as it is written; of a token, the credential in it
	shown  read.Object // as it is to be read, where extension contexts add to it (proof.DIResult.Reading); else nil
	tree   read.Object // as it is read, once the proof is known to be good
	token  read.Object // the claims around the credential, nil without a token
	legacy bool        // the token holds its credential in the claim vc (VCDM 1.1)
	from   time.Time   // when it begins
	suite  string      // of the embedded proof that counts
	made   made        // of the proof that holds
	inner  bool        // found inside another: not refreshed, nothing inside it is judged

	keywords  bool             // it writes @id or @type in place of id and type
	refreshed bool             // a refreshed copy: not refreshed again
	lost      bool             // it came without a proof
	copies    *int             // unsigned ones that were asked for, with those around and within it
	selective *proof.Selective // of a selective disclosure proof
	left      *proof.LeftOut   // of an SD-JWT: what may have been left out of the credential
}

func (c *credential) warn(codes ...verdict.Warning) {
next:
	for _, code := range codes {
		for _, have := range c.v.Warnings {
			if have == code {
				continue next
			}
		}
		c.v.Warnings = append(c.v.Warnings, code)
	}
}

// run judges everything.
func (c *credential) run() {
	a := &c.v.Aspects
	if vp := presentation(c.in); vp != nil {
		// Wallets hand badges out in one. The wrapper proves nothing about them
		// and is not judged; what is in it is.
		c.doc, c.v.Format = vp, verdict.VC
		c.unsupported(verdict.NotABadgeVC, "VerifiablePresentation")
		if !c.inner {
			c.each(c.doc, 0, func(*credential) {})
		}
		return
	}
	if !c.open() {
		return
	}
	c.v.Format = format(c.doc)
	c.proofs()
	if a.Integrity.Reason == verdict.Unsigned && c.askItself() {
		return
	}
	if c.v.Format == verdict.VC {
		// Whether it was signed is told; whether it is good is not asked.
		if form, r, ok := otherForm(c.doc); ok {
			c.v.Format = form
			c.unsupported(r, strings.Join(c.doc.Strs("type"), " "))
			return
		}
		if c.env.Any {
			c.plain()
		}
		c.unsupported(verdict.NotABadgeVC, strings.Join(c.doc.Strs("type"), " "))
		if problems := malformed(c.doc); c.env.Any && len(problems) > 0 && !c.partial() {
			a.Conformance = verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaInvalid, Detail: strings.Join(problems, "; ")}
		}
		return
	}
	if c.v.Format == verdict.EDC && a.Integrity.Reason == verdict.Unsigned {
		c.unsupported(verdict.Unsealed, strings.Join(c.doc.Strs("type"), " "))
		return
	}
	t, err := c.readTree()
	if err != nil {
		if a.Integrity.State != verdict.Fail {
			a.Integrity = proof.Aspect(err)
		}
		t = read.Object{}
	}
	c.tree = t
	c.oneIssuer()
	c.conformance()
	c.readClaims()
	c.dates()
	if a.Integrity.State == verdict.Pass && a.Issuer.Reason == verdict.KeyOutdated && !c.inner && !c.refreshed {
		if c.hosted() {
			return
		}
	}
	if a.Integrity.State == verdict.Pass && a.Issuer.State == verdict.Pass && !c.inner && !c.refreshed {
		if c.refresh() {
			return
		}
	}
	if a.Integrity.State == verdict.Pass && a.Issuer.State != verdict.Fail {
		// Nothing is fetched on the word of a document that nobody signed, but what may be
		// the signed one (copy.go).
		c.status()
		if !c.inner {
			c.endorsements()
		}
	}
	if !c.inner {
		c.contained()
	}
}

// plain judges what every credential has: its dates, and whether it was taken back.
func (c *credential) plain() {
	a := &c.v.Aspects
	t, err := c.readTree()
	if err != nil {
		if a.Integrity.State != verdict.Fail {
			a.Integrity = proof.Aspect(err)
		}
		t = read.Object{}
	}
	c.tree = t
	c.oneIssuer()
	c.dates()
	if a.Integrity.State == verdict.Pass && a.Issuer.State != verdict.Fail {
		c.status()
	}
}

// malformed says what a credential of any type lacks (VCDM 2.0 §4.4 to §4.6, §4.8, §4.11, §5.3).
func malformed(o read.Object) []string {
	var problems []string
	say := func(name, lacks string) { problems = append(problems, name+": "+lacks) }
	oneID := func(name string, x read.Object) {
		if id, ok := x["id"]; ok && !isURL(id) {
			say(name, "its id is no URL: "+verdict.Clip(fmt.Sprint(id)))
		}
	}
	if !o.IsType("VerifiableCredential") {
		say("type", "VerifiableCredential is missing")
	}
	oneID("the credential", o)
	subjects := o.Objs("credentialSubject")
	if len(subjects) == 0 || slices.ContainsFunc(subjects, func(s read.Object) bool { return len(s) == 0 }) {
		say("credentialSubject", "says nothing")
	}
	for _, s := range subjects {
		oneID("credentialSubject", s)
	}
	for _, name := range []string{"credentialStatus", "credentialSchema", "evidence", "refreshService", "termsOfUse"} {
		for _, x := range o.Objs(name) {
			if len(x.Strs("type")) == 0 {
				say(name, "type is missing")
			}
			if name == "credentialSchema" && !isURL(x["id"]) {
				say(name, "id is missing")
			}
		}
	}
	of := []read.Object{o}
	if i := o.Obj("issuer"); i != nil {
		of = append(of, i)
	}
	for _, x := range of {
		for _, name := range []string{"name", "description"} {
			if !isProse(x[name]) {
				say(name, "is neither a text nor one in a language")
			}
		}
	}
	for _, x := range o.Objs("relatedResource") {
		if !isURL(x["id"]) || !x.Has("digestSRI") && !x.Has("digestMultibase") {
			say("relatedResource", "id or digest is missing")
		}
	}
	return problems
}

// isProse reports whether v is missing, a text, one in a language, or some of these.
func isProse(v any) bool {
	switch v := v.(type) {
	case nil, string:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !isProse(x) })
	case map[string]any:
		for name, x := range v {
			if _, text := x.(string); !text || name != "@value" && name != "@language" && name != "@direction" {
				return false
			}
		}
		return true
	}
	return false
}

func isURL(v any) bool {
	text, _ := v.(string)
	u, err := url.Parse(text)
	return err == nil && u.Scheme != ""
}

// readTree brings the credential to the shape in which it is read.
func (c *credential) readTree() (read.Object, error) {
	if c.shown != nil {
		return tree(c.shown, false, true)
	}
	return tree(c.doc, c.in.Token != nil || c.signedJSON(), false)
}

// oneIssuer compares the issuer whose key was looked for with the one that is read.
// They are one for whoever writes an issuer as the specifications have it; with a
// text for other readers beside an id, a forger's own key would speak for another.
func (c *credential) oneIssuer() {
	asked, _ := c.doc.Ref("issuer")
	named, _ := c.tree.Ref("issuer")
	if a := &c.v.Aspects; a.Integrity.State == verdict.Pass && asked != "" && asked != named {
		a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.Ambiguous, Detail: "its issuer is written so that two readers see two", Evidence: a.Integrity.Evidence}
	}
}

// open finds the credential in the input.
func (c *credential) open() bool {
	c.doc = c.in.Object
	_, c.keywords = read.ByTerms(c.doc, true)
	if c.in.Token == nil {
		if proof.HoldsDigests(map[string]any(c.doc)) {
			// Nothing but the payload of an SD-JWT has such members (a token with
			// them is none).
			c.v.Format = format(c.doc)
			c.unsupported(verdict.SDJWT, "")
			return false
		}
		return true
	}
	c.v.Proof = tokenProof(c.in)
	c.token = c.in.Object
	if c.in.SD != nil {
		c.left = c.in.SD.Left
	}
	if !c.token.Has("vc") {
		c.doc, _ = read.ByTerms(c.doc, false)
		if c.token.Has("vct") {
			c.doc = typed(c.doc)
		}
		return true
	}
	inner := c.token.Obj("vc")
	// OB3 §8.2.4.1 puts the credential into the claim vc, VC-JOSE-COSE makes
	// it the payload. With both, readers differ in what they see.
	c.legacy = true
	if inner == nil || twoCredentials(inner, c.token) {
		c.v.Format = verdict.OB30
		fail := verdict.Aspect{State: verdict.Fail, Reason: verdict.Ambiguous, Detail: "the token holds its credential twice"}
		c.v.Aspects.Integrity = fail
		c.v.Aspects.Conformance = fail
		c.v.Aspects.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: verdict.Ambiguous}
		c.v.Aspects.Dates = verdict.Aspect{State: verdict.Unknown, Reason: verdict.Ambiguous}
		return false
	}
	inner, _ = read.ByTerms(withIssuer(inner, c.token), false)
	c.doc = complete(inner, c.token)
	c.left = c.left.Of("vc")
	return true
}

func (c *credential) unsupported(r verdict.Reason, detail string) {
	c.v.Result, c.v.Reason = verdict.Unsupported, r
	c.v.Aspects.Conformance = verdict.Aspect{State: verdict.None, Detail: verdict.Clip(detail)}
	c.v.Credential.ID = c.doc.Str("id")
	c.v.Credential.Name = c.doc.Text("name")
}

// readClaims reads what the credential says, and who it is about.
func (c *credential) readClaims() {
	of := claims
	if c.v.Format == verdict.EDC {
		of = edcClaims
	}
	cred, warnings := of(c.tree)
	c.v.Credential, c.v.Read = cred, len(c.tree) > 0
	c.v.Credential.Undisclosed = c.undisclosed()
	c.warn(warnings...)
	if c.v.Credential.Undisclosed.Results {
		c.warn(verdict.WarnResultsHidden)
	}
	if read.Nulls(map[string]any(c.doc)) {
		c.warn(verdict.WarnNulls)
	}
}

// conformance checks the document against its specification and against the
// schemas that it names.
func (c *credential) conformance() {
	if c.v.Format == verdict.EDC {
		c.v.Aspects.Conformance = edcConformance(c.doc)
		return
	}
	doc, _ := read.ByTerms(c.doc, true)
	problems := conform(doc)
	if c.keywords {
		problems = append(problems, "@id or @type: in place of id or type")
	}
	if c.in.Token != nil {
		if c.in.Token.KeyID == "" && c.in.Token.JWK == nil {
			problems = append(problems, "header: names no key") // OB3 §8.2.4.1
		}
		for _, name := range c.extraHeaders() {
			problems = append(problems, "header: "+strconv.Quote(verdict.Clip(name))+" is not allowed")
		}
	}
	switch {
	case len(problems) > 0:
		c.v.Aspects.Conformance = verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaInvalid, Detail: strings.Join(problems, "; ")}
	case c.v.Aspects.Integrity.State == verdict.Pass && c.v.Aspects.Issuer.State != verdict.Fail:
		c.v.Aspects.Conformance = c.schemas()
	default:
		c.v.Aspects.Conformance = verdict.Aspect{State: verdict.Pass}
	}
	if a := &c.v.Aspects.Conformance; a.State == verdict.Fail && c.partial() {
		// What is missing may have been left out.
		*a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed, Detail: a.Detail, Evidence: a.Evidence}
	}
}

// dates compares begin and end with now. Begin is the latest start that
// credential and token name, end the earliest end, so that neither can stretch
// what the other says. A date that cannot be read says nothing against the
// credential, and is not passed over.
func (c *credential) dates() {
	var from, to time.Time
	var unread []string
	begins := func(o read.Object, names ...string) {
		for _, name := range names {
			t, ok := o.Latest(name)
			if !ok {
				unread = append(unread, read.Quoted(name, o[name]))
			}
			if t.After(from) {
				from = t
			}
		}
	}
	ends := func(o read.Object, names ...string) {
		for _, name := range names {
			t, ok := o.Earliest(name)
			if !ok {
				unread = append(unread, read.Quoted(name, o[name]))
			}
			to = read.Sooner(to, t)
		}
	}
	begins(c.tree, "validFrom", "issuanceDate")
	issued := from
	if t, ok := c.tree.Latest("awardedDate"); ok && !t.IsZero() {
		issued = t // shown, and decides nothing
	}
	ends(c.tree, "validUntil", "expirationDate")
	if c.token != nil {
		t, ok := claimDate(c.token, "nbf")
		if t.After(from) {
			from = t
			if issued.IsZero() {
				issued = t
			}
		}
		if !ok {
			unread = append(unread, read.Quoted("nbf", c.token["nbf"]))
		}
		t, ok = claimDate(c.token, "exp")
		to = read.Sooner(to, t)
		if !ok {
			unread = append(unread, read.Quoted("exp", c.token["exp"]))
		}
	}
	c.elsewhere(begins, ends)
	c.from = from
	c.v.Credential.Issued, c.v.Credential.Expires = issued, to
	a := verdict.OfDates(from, to, c.env.Now, Skew, unread)
	if a.State == verdict.Pass {
		switch {
		case c.hiddenDates(), c.datesLeftOut():
			a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed}
		case from.IsZero():
			a.Reason = verdict.DateMissing
		}
	}
	c.v.Aspects.Dates = a
}

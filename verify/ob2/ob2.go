// Package ob2 judges Open Badges 0.5, 1.0, 1.1, 2.0 and 2.1.
//
// Specifications: Mozilla Open Badges 0.5 assertion; Open Badges 1.1; IMS
// Global Open Badges 2.0 (2.1 adds an API and a context, the objects are the
// same). What is done, in this order:
//
//  1. Assertion. Hosted: the copy at hand only names the address; the host's
//     answer is what is judged (OB2 "Hosted Verification"; OB1.1 "verify.url";
//     OB0.5 the same where the assertion names one, or the address that it came
//     from), read out of a picture where its own address gives one (OB2 "Baking").
//     Signed: the payload of the compact JWS.
//  2. BadgeClass and issuer Profile, read from their own addresses also when
//     they are embedded under an http id.
//  3. Scope (OB2 "HostedBadge"): assertion and class lie where the issuer's
//     policy allows, on parsed URLs, and the assertion not among the files of users of
//     the issuer's host, unless the policy names their folder. Or key (OB2 "SignedBadge"): one that the
//     profile lists and that names the profile as its owner; never one from
//     the token. Both rest on what the issuer's host says at the issuer's id
//     (type authority), never on what came embedded, whatever the generation.
//     Open Badges 0.5 has no document of its issuer: the host is the issuer.
//  4. Revocation: 410, "revoked", or the profile's revocation list.
//  5. Dates, conformance, endorsements, and what the badge claims.
//
// Recipient and standing are judged by package verify, which knows the applicant
// and the employer's registries.
//
// Out of scope: badges of Open Badges 3.0 (package vc), JSON-LD processing
// (members are read by their literal names; that a context gives these names
// no other meaning is part of conformance), validation of extensions by the
// schemas their contexts name, what pictures show.
package ob2

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Skew is how far an issuer's clock may run ahead of ours.
const Skew = 60 * time.Second

// MaxEndorsements bounds how many endorsements of one badge are judged.
const MaxEndorsements = 8

// Env is what judging needs from outside.
type Env struct {
	Fetcher fetch.Fetcher
	Now     time.Time

	// Pictures reads what is baked into a picture that a host gives in place of a
	// badge; nil = such an answer is not read.
	Pictures Pictures

	// Listed reports whether the employer lists an issuer by its id, or by the
	// host that it lies on; nil = none is. Asked only where an issuer says
	// nothing of itself.
	Listed func(id string) bool
}

// Pictures reads badges out of pictures. A picture is a stranger's file for a parser
// to go wrong on: what stands behind Pictures can be ended, and ends with ctx.
type Pictures interface {
	// Unbake gives the texts that are baked into a picture (Open Badges 2.0
	// "Baking"), JSON or compact JWS. An error means that this cannot be known.
	Unbake(ctx context.Context, mediaType string, picture []byte) ([]string, error)
}

// Input is a badge as it was found.
type Input struct {
	Object read.Object // the assertion; of a signed badge, the payload
	Token  *proof.JWS  // of a signed badge
	Origin string      // where it was fetched from, "" when it stood in a document
}

// Version tells which of the specifications an object follows, and ok=false
// when it is no assertion of any of them.
func Version(o read.Object) (f verdict.Format, ok bool) {
	o = read.Plain(o)
	ctx := strings.Join(o.Strs("@context"), " ")
	has := o.Has("badge") && (o.Has("recipient") || o.Has("uid") || o.Has("verify") || o.Has("verification"))
	switch {
	case o.IsType("VerifiableCredential"):
		return "", false
	case strings.Contains(ctx, "w3id.org/openbadges/v1"):
		return verdict.OB11, has || o.IsType("Assertion")
	case isOpenBadges(ctx) || ctx == "" && hasInlineContext(o):
		// A context of its own: judged as 2.0, where conformance says what is
		// wrong with it.
		return verdict.OB20, has && !o.Has("type") || o.IsType("Assertion")
	case ctx != "":
		return "", false // its members mean something else
	case !has:
		return "", false
	case isString(o["recipient"]):
		return verdict.OB05, true
	case o.IsType("Assertion") && o.Has("verification") && !o.Has("uid"):
		return verdict.OB20, true
	default:
		return verdict.OB10, true
	}
}

// Part tells which part of a badge an object is that is no assertion itself
// ("BadgeClass", "Issuer", ...), or "".
func Part(o read.Object) string {
	o = read.Plain(o)
	if !isOpenBadges(strings.Join(o.Strs("@context"), " ")) && !hasInlineContext(o) {
		return ""
	}
	for _, t := range []string{"BadgeClass", "Issuer", "Profile", "CryptographicKey", "RevocationList", "Endorsement", "Criteria", "Evidence"} {
		if o.IsType(t) {
			return t
		}
	}
	return ""
}

func isOpenBadges(ctx string) bool {
	return strings.Contains(ctx, "w3id.org/openbadges/v") || strings.Contains(ctx, "purl.imsglobal.org/spec/ob/v2p1") ||
		strings.Contains(ctx, "openbadgespec.org")
}

func hasInlineContext(o read.Object) bool { return len(o.Objs("@context")) > 0 }

func isString(v any) bool { _, ok := v.(string); return ok }

// Judge gives the verdict but for recipient, standing and result.
func Judge(ctx context.Context, env Env, in Input) verdict.Verdict {
	in.Object = read.Plain(in.Object)
	j := &job{ctx: ctx, env: env, in: in}
	j.v.Format, _ = Version(in.Object)
	j.run()
	return j.v
}

// job is the judging of one badge.
type job struct {
	ctx context.Context
	env Env
	in  Input
	v   verdict.Verdict

	assertion part
	class     part
	issuer    part
	silent    bool              // at the issuer's id there is no profile
	moves     map[string]string // host of each site that moved, by the one that answers for it now
	problems  []string          // against the specification
	redefines bool              // one of them is that a context redefines a term
	warned    map[verdict.Warning]bool
}

// part is one of the three objects that make a badge.
type part struct {
	obj      read.Object
	id       string   // canonical: what the object calls itself, "" when embedded without an http id
	owner    *url.URL // who says it: the address that answered, nil for what came within another object or a token
	embedded bool     // read from within its parent, not from its own address
	evidence []verdict.Evidence
	body     []byte // of an answer that is no JSON object
	plain    bool   // it was served as a text or a page
	moved    bool   // its host answered from where the site has moved
}

func (j *job) problem(s string) { j.problems = append(j.problems, s) }

func (j *job) warn(code verdict.Warning) {
	if j.warned == nil {
		j.warned = map[verdict.Warning]bool{}
	}
	if !j.warned[code] {
		j.warned[code] = true
		j.v.Warnings = append(j.v.Warnings, code)
	}
}

func (j *job) run() {
	a := &j.v.Aspects
	*a = verdict.Aspects{
		Integrity: verdict.Aspect{State: verdict.Unknown}, Issuer: verdict.Aspect{State: verdict.Unknown},
		Status: verdict.Aspect{State: verdict.None}, Dates: verdict.Aspect{State: verdict.Unknown},
	}
	kind := verificationKind(j.in.Object)
	signed := j.in.Token != nil && kind != hosted
	if signed {
		j.v.Proof = "signed"
		j.assertion = part{obj: j.in.Object, id: j.in.Object.Str("id")}
		if slices.ContainsFunc(j.in.Token.Ignored, func(name string) bool { return name != "cty" }) {
			j.warn(verdict.WarnHeaderIgnored)
		}
		if kind != signedKind {
			j.problem("verification of a signed badge does not say that it is signed")
		}
	} else {
		j.v.Proof = "hosted"
		if !j.readAssertion() {
			j.finish()
			return
		}
	}
	classOK := j.readClass()
	if classOK {
		j.readIssuer()
	}
	if signed {
		j.judgeSignature()
	} else if classOK {
		j.judgeScope()
	}
	j.judgeStatus(signed)
	j.judgeDates()
	j.claims()
	if j.v.Aspects.Integrity.State == verdict.Pass && j.v.Aspects.Issuer.State == verdict.Pass {
		j.warnShared()
		// Nothing is fetched on the word of a badge that is not its issuer's.
		j.endorsements()
	}
	j.finish()
}

// unconfirmed keeps what the copy at hand says where a host has not said it.
func (j *job) unconfirmed() {
	a := &j.v.Aspects
	silent := false
	for _, x := range []verdict.Aspect{a.Integrity, a.Issuer, a.Status} {
		if x.State == verdict.Fail {
			return
		}
		silent = silent || x.State == verdict.Unknown
	}
	if !silent {
		return
	}
	class := j.in.Object.Obj("badge")
	u := &j.v.Unconfirmed
	if j.v.Credential.Name == "" {
		u.Name = verdict.Clip(class.Text("name"))
	}
	if j.v.Credential.Issuer.Name == "" {
		u.Issuer = verdict.Clip(class.Obj("issuer").Text("name"))
	}
	if j.assertion.obj == nil {
		u.Recipient, u.Identities = verdict.Unknown, identities(j.in.Object)
	}
}

// finish writes conformance, and fills the aspects that were not reached.
func (j *job) finish() {
	a := &j.v.Aspects
	j.unconfirmed()
	if j.assertion.obj != nil {
		j.conform()
	}
	switch {
	case j.redefines:
		a.Conformance = verdict.Aspect{State: verdict.Fail, Reason: verdict.ContextRedefines, Detail: strings.Join(j.problems, "; ")}
	case len(j.problems) > 0:
		a.Conformance = verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaInvalid, Detail: strings.Join(j.problems, "; ")}
	case j.assertion.obj == nil:
		a.Conformance = verdict.Aspect{State: verdict.Unknown, Reason: a.Integrity.Reason}
	default:
		a.Conformance = verdict.Aspect{State: verdict.Pass}
	}
	for _, x := range []*verdict.Aspect{&a.Issuer, &a.Dates} {
		if x.State == verdict.Unknown && x.Reason == "" {
			x.Reason, x.Passing = a.Integrity.Reason, a.Integrity.Passing
		}
	}
}

const (
	hosted     = "hosted"
	signedKind = "signed"
)

// verificationKind gives hosted, signed, or "" when the assertion does not say.
func verificationKind(o read.Object) string {
	for _, name := range []string{"verification", "verify"} {
		for _, t := range o.Obj(name).Strs("type") {
			switch t {
			case "hosted", "HostedBadge", "obi:HostedBadge":
				return hosted
			case "signed", "SignedBadge", "obi:SignedBadge":
				return signedKind
			}
		}
	}
	return ""
}

// raw gives a member as JSON text.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

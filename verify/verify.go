// Package verify judges digital badges: which are real, current, and the
// applicant's.
//
// # What is checked, in this order
//
// A badge comes as bytes: a JSON text, a JWS in either serialisation or an SD-JWT,
// as package extract found it, alone or in an envelope or presentation. [Verifier.Verify] reads it strictly (package read: no duplicate
// names, no case folding, no surprises), tells its format, and has it judged by
// package ob2 (Open Badges 0.5, 1.0, 1.1, 2.0, 2.1) or package vc (Open Badges
// 3.0 on both VC data models, CLR 2.0, endorsements). There, and here:
//
//  1. integrity: is this what was signed, or what the issuer's server says now?
//     Hosted badges are fetched anew and the host's copy counts (OB2 "Hosted
//     Verification"), out of the baked picture where that is what lies at the
//     badge's own address ([ob2.Pictures]). Only 404 and 410 of that host deny a
//     badge; a login, a check for robots or any other status is no answer. A site
//     may have moved to https, or to or from www. Signatures: JWS (OB2 "Signed Verification", OB3 §8.2.1)
//     and Data Integrity (OB3 §8.2.2, vc-data-integrity §4), JSON-LD without
//     any loss, by pinned contexts and such as add terms and change none
//     (packages rdf, contexts).
//  2. issuer: is that key, or that host, the issuer's own? A key counts when
//     the issuer's DID document or profile lists it for assertions; never
//     because it came with the badge. A host counts within the issuer's
//     verification policy (OB2 "HostedBadge").
//  3. conformance: is it built as its specification demands, and as the
//     credentialSchema that it names? That is a program of a stranger's, and is
//     followed by the [vc.Schemas] that are given, where it can be ended.
//  4. refresh: a newer copy is taken once, after the proof, and judged alike.
//  5. status: 410 and "revoked", revocation lists (OB1, OB2, 1EdTech), Bitstring
//     Status List, StatusList2021 and Token Status List, every entry. What cannot
//     be asked is unknown, never good.
//  6. dates: begun, and not expired, by the earliest end and latest start that
//     credential and token give.
//  7. recipient: is it this applicant's (OB2 "IdentityObject", OB3 "IdentityObject",
//     subject id)? See recipient.go.
//  8. standing: who stands behind the issuer's id (package standing), does a
//     registry or the employer list it, does the employer block it, is it the
//     applicant's own? See standing.go.
//  9. endorsements, and the inner credentials of a CLR, each by the same steps.
//     They are shown; neither raises the verdict of what holds it.
//
// [verdict.Decide] draws the result. Only [verdict.Verified] means all of: what
// was signed, by the issuer, current, this applicant's, and of an issuer whose
// standing the tenant accepts. Claims are read from
// what was judged, never from a copy beside it.
//
// # One rule for every aspect
//
// Only what speaks against a badge fails it: a signature over other content, a key
// that the issuer does not list, a word of the issuer's that it was taken back, an
// end that is past. That assay cannot read, reach or recognise something is no such
// fact. It leaves the aspect unknown: pending where time can mend it (a host that is
// down, a list past its date), unsupported where nothing will (a kind of signature,
// of status or of identifier that is not judged), by its name. What is merely not
// as a specification wishes is a warning, or an answer of conformance, which decides
// nothing. Nothing unknown is ever good; and a fact against a badge is read from
// whatever says it, be that old, unsigned or another's.
//
// What each reason may say of each aspect, and by which fact, stands in
// verifytest.Grounds; every badge that a test judges is held to it.
//
// # Choices where specifications leave one
//
//   - A badge that extraction calls ambiguous (two different payloads in one
//     picture) is judged and then rejected with reason ambiguous: another
//     reader would have seen another badge.
//   - What is not there in a derived proof (ecdsa-sd-2023) may have been left out, and
//     so in an SD-JWT where a digest stands of which nothing is disclosed. Then a
//     beginning, an end and a status have to be there to be read, or the badge is
//     unsupported by reason of not_disclosed. Of the words for an end one is enough:
//     issuers are bidden to hide none (RFC 9901 §9.7).
//   - The proof of a holder's key raises nothing: a copy shows the same. One that
//     does not hold makes the badge rejected. That an SD-JWT or a European Digital
//     Credential is made out to a key (cnf) takes nothing from its signature, and
//     makes it nobody's: the recipient is asked by whom else it names.
//   - Of several signatures over one payload the issuer's own counts.
//   - A key past its date counts for what the issuer's host shows that it signed
//     before: the badge at its own address. A status list shows nothing of the kind
//     (package vc, hosted.go).
//   - A context is not signed, so none makes a badge fail: one that could change
//     what a badge means is not read by, and the badge is unsupported.
//   - An edited copy of a hosted badge is judged by its host's copy, with the
//     warning copy_differs.
//   - An address that the applicant merely claims passes with reason
//     address_claimed; one that the hiring system has confirmed, without.
//   - A hash without salt or by MD5 passes with reason recipient_weak; a bare
//     name or an address that differs in its +tag is unknown.
//   - A listed issuer stands for nothing until a key or host was bound to its id.
//   - Standing is asked before the recipient: a badge by an issuer that nobody
//     stands behind is unvouched, whomever it names.
//
// # Out of scope
//
// Issuing, proofs of verifiable presentations but of those that answer a question
// ([Verifier.Present]), what pictures show (they are not signed), and
// whether an issuer whose name or domain is known keeps its word.
//
// The network is reached only through the [fetch.Fetcher] that is given.
// Judging ends with its context, whatever a host, a schema or a proof does. What
// could not be done stands in the verdict. An error, which comes beside a verdict, tells of a fault in assay itself ([ErrFault]); Verify never panics.
package verify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/ob2"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/vc"
	"assay/verify/verdict"
)

// The vocabulary of results, defined in package verdict so that the packages
// below can speak it too.
type (
	Verdict    = verdict.Verdict
	Aspect     = verdict.Aspect
	Aspects    = verdict.Aspects
	Reason     = verdict.Reason
	State      = verdict.State
	Result     = verdict.Result
	Credential = verdict.Credential
)

// Assertion is a badge as it was found.
type Assertion struct {
	Payload   []byte // JSON text, compact JWS or SD-JWT
	Origin    string // the URL that it was fetched from, "" when it stood in a document
	Ambiguous string // from extraction: another reader could see another badge; never verified
}

// Applicant is whom a badge must belong to. An empty field was not told.
type Applicant struct {
	Emails []string // addresses that the applicant claims
	Proven []string // addresses that the hiring system has confirmed; they need not stand in Emails, too
	Name   string
	IDs    []string // DIDs, URLs, telephone numbers and other identifiers

	// holder is the DID whose key signed a challenge of assay's for this application:
	// Present alone sets it, and Verify does not believe it.
	holder string
}

// Limits of one badge.
const (
	MaxPayload     = 4 << 20          // bytes of an assertion; a CLR of a whole study fits
	DefaultFetches = 40               // requests that judging one badge may cause
	retryAfter     = 10 * time.Minute // a fair time to ask a host again that was down
)

// Options configure a Verifier.
type Options struct {
	Fetcher  fetch.Fetcher    // required
	Now      func() time.Time // nil = time.Now
	Trust    *Trust           // registries and the employer's word; nil = none
	Accept   verdict.Level    // least standing of a verified badge; "" = DefaultAccept
	Local    []string         // HOST:PORT that the operator allows by address: their issuers count as domains
	Pictures ob2.Pictures     // reads badges out of pictures that hosts give in their place; nil = they are not read
	Schemas  vc.Schemas       // tries badges by the schemas that their issuers name; nil = such a schema is unknown
	Contexts *contexts.Store  // of contexts that badges name beside those of specifications; nil = such a badge is unsupported
	Fetches  int              // most requests for one badge; 0 = DefaultFetches
	any      bool             // credentials that are no badges are judged as far as they can be
	// SealRoots are the certificates of authorities whose word on whose a seal is
	// counts (--seal-roots); nil = none, and a seal stands for its key alone.
	SealRoots *x509.CertPool
}

// ErrNoFetcher is returned by New when Options.Fetcher is missing.
var ErrNoFetcher = errors.New("no fetcher")

// grace is how long after its context has ended a badge may still be judged, so
// that who watches the context says what was found.
const grace = 500 * time.Millisecond

// Verifier judges badges. Safe for concurrent use.
type Verifier struct {
	o     Options
	vc    *vc.Judge
	links *links
	left  *guard.Left // shared with those of For
}

// New returns a Verifier.
func New(o Options) (*Verifier, error) {
	if o.Fetcher == nil {
		return nil, ErrNoFetcher
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Fetches = cmp.Or(max(o.Fetches, 0), DefaultFetches)
	o.Accept = cmp.Or(o.Accept, DefaultAccept)
	return &Verifier{o: o, vc: vc.New(), links: newLinks(), left: new(guard.Left)}, nil
}

// Left is how many badges are still being judged of which Verify has given its
// answer already, because their context had ended.
func (v *Verifier) Left() int { return v.left.Running() }

// For gives a Verifier that judges by another employer's policy, with the same
// means.
func (v *Verifier) For(p Policy) *Verifier {
	out := *v
	out.o.Trust, out.o.Accept = p.Trust, cmp.Or(p.Accept, DefaultAccept)
	return &out
}

func (v *Verifier) policy() Policy { return Policy{Trust: v.o.Trust, Accept: v.o.Accept} }

// ErrFault is wrapped by the error of Verify: a fault in assay itself, which says
// nothing about the badge.
var ErrFault = guard.ErrFault

// Verify judges one badge for one applicant. What could not be done is in the
// verdict. It returns when ctx ends, half a second later at most, whatever the
// Fetcher, the Schemas and the badge do: such a badge is pending by reason of
// [verdict.LimitTime]. The error is a fault of assay's own (a panic, here or in a
// goroutine that judging started) and wraps [ErrFault]; the verdict beside it is
// unsupported by reason of [verdict.InternalFault]. It is a [guard.Fault] or wraps
// one: it tells the type and the place, has the stack for the log, and quotes
// nothing of the badge.
func (v *Verifier) Verify(ctx context.Context, a Assertion, who Applicant) (Verdict, error) {
	who.holder = "" // of a document, or of what somebody sent: a copy proves nothing of its holder
	return v.verify(ctx, a, who)
}

func (v *Verifier) verify(ctx context.Context, a Assertion, who Applicant) (Verdict, error) {
	var out Verdict
	var failed error
	err := v.left.Within(ctx, grace, "verifying", func() {
		f := &budget{Fetcher: v.o.Fetcher}
		f.left.Store(int64(v.o.Fetches))
		out = v.judge(ctx, f, a)
		v.finish(ctx, f, &out, who, a.Ambiguous)
		failed = f.failed()
	})
	if errors.Is(err, guard.ErrLeft) {
		return late(), nil
	}
	if err = cmp.Or(err, failed); err != nil {
		return verdict.NotJudged(verdict.InternalFault), err
	}
	return out, nil
}

// late is the verdict on a badge for which the time was up.
func late() Verdict {
	v := Verdict{Result: verdict.Pending, Reason: verdict.LimitTime, Aspects: verdict.Unasked(), RetryAfter: retryAfter}
	v.Aspects.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.LimitTime, Passing: true}
	return v
}

// judge tells the format and has the badge judged.
func (v *Verifier) judge(ctx context.Context, f fetch.Fetcher, a Assertion) Verdict {
	payload := bytes.TrimSpace(a.Payload)
	now := v.o.Now()
	switch {
	case len(payload) > MaxPayload:
		return unsupported(verdict.PayloadTooLarge, "")
	case len(payload) == 0:
		return unsupported(verdict.PayloadUnreadable, "")
	}
	if out, ok := namedText(payload); ok {
		return out
	}
	in, seals, err := readPayload(payload)
	if out, ok := v.vc.Sealed(ctx, v.env(f, now), seals); ok {
		return out
	}
	switch {
	case errors.Is(err, errNotJSON):
		return unsupported(verdict.PayloadUnreadable, "not strict JSON")
	case err != nil && in.Object != nil && !badgeLike(in.Object):
		// Whatever its signature is, it is none of a badge.
		return v.judgeObject(ctx, f, now, vc.Input{Object: in.Object}, "")
	case err != nil && len(seals) > 0:
		out := unsupported(verdict.SuiteUnsupported, "a seal (JAdES) over something else than a European Digital Credential")
		out.Proof = "jades"
		return out
	case errors.Is(err, proof.ErrHeader), errors.Is(err, proof.ErrUnsupported), errors.Is(err, proof.ErrDisclosure):
		// It is a token, and one that nobody may accept.
		out := unsupported(verdict.PayloadUnreadable, "")
		out.Result, out.Reason = "", ""
		out.Aspects.Integrity = proof.Aspect(err)
		if o, err := read.ParseDocument(payload); err != nil || proof.IsJWSJSON(o) {
			out.Proof = "jws" // no envelope of something else
		}
		return out
	case err != nil:
		return unsupported(verdict.PayloadUnreadable, "neither JSON nor a JWS")
	}
	return v.judgeObject(ctx, f, now, in, a.Origin)
}

var errNotJSON = errors.New("not strict JSON")

// readPayload reads JSON or a token, in whatever envelope, and the seals of it.
func readPayload(payload []byte) (in vc.Input, seals []*proof.Seal, err error) {
	if payload[0] != '{' {
		if s, ok := proof.ReadSeal(payload); ok {
			seals = append(seals, s)
		}
		in, err = vc.TokenInput(payload)
		return in, seals, err
	}
	obj, err := read.ParseDocument(payload)
	if err != nil {
		return in, nil, errNotJSON
	}
	seals, _ = proof.ReadSeals(obj)
	in, err = vc.ObjectInput(obj)
	return in, seals, err
}

func (v *Verifier) env(f fetch.Fetcher, now time.Time) vc.Env {
	return vc.Env{Any: v.o.any, Fetcher: f, Schemas: v.o.Schemas, Contexts: v.o.Contexts.Badge(f), Now: now, SealRoots: v.o.SealRoots}
}

// badgeLike reports whether an object calls itself a badge of any kind.
func badgeLike(o read.Object) bool {
	if inner := o.Obj("vc"); inner != nil {
		o = inner
	}
	_, old := ob2.Version(o)
	return old || o.IsType("OpenBadgeCredential", "AchievementCredential", "ClrCredential", "EndorsementCredential") || !vc.Is(o)
}

// judgeObject dispatches by format.
func (v *Verifier) judgeObject(ctx context.Context, f fetch.Fetcher, now time.Time, in vc.Input, origin string) Verdict {
	obj, token := in.Object, in.Token
	if vc.Is(obj) {
		return v.vc.Verdict(ctx, v.env(f, now), in)
	}
	if out, ok := namedForm(obj); ok {
		return out
	}
	if format, ok := ob2.Version(obj); ok {
		if in.SD != nil {
			out := unsupported(verdict.SDJWT, "")
			out.Format, out.Proof = format, "sd-jwt"
			return out
		}
		if token != nil && format == verdict.OB05 {
			return unsupported(verdict.FormatUnknown, "Open Badges 0.5 knows no signatures")
		}
		env := ob2.Env{Fetcher: f, Now: now, Pictures: v.o.Pictures, Listed: v.o.Trust.lists}
		out := ob2.Judge(ctx, env, ob2.Input{Object: obj, Token: token, Origin: origin})
		for _, other := range in.Tokens()[min(1, len(in.Tokens())):] {
			if out.Aspects.Integrity.State == verdict.Pass && out.Aspects.Issuer.State == verdict.Pass {
				break
			}
			// Of several signatures the issuer's own counts.
			if one := ob2.Judge(ctx, env, ob2.Input{Object: obj, Token: other, Origin: origin}); one.Aspects.Integrity.State == verdict.Pass && one.Aspects.Issuer.State == verdict.Pass {
				out = one
			}
		}
		return out
	}
	if part := ob2.Part(obj); part != "" {
		out := unsupported(verdict.NotAnAssertion, part)
		out.Format = verdict.OB20
		return out
	}
	return unsupported(verdict.FormatUnknown, "")
}

// unsupported is the verdict of a form that is not judged.
func unsupported(r verdict.Reason, detail string) Verdict {
	out := verdict.NotJudged(r)
	out.Aspects.Conformance.Detail = detail
	return out
}

// finish judges what rests on the applicant and the employer, and draws the
// result; for the inner credentials of a CLR as well.
func (v *Verifier) finish(ctx context.Context, f fetch.Fetcher, out *Verdict, who Applicant, ambiguous string) {
	v.decide(ctx, f, out, who, ambiguous)
	for i := range out.Contained {
		inner := &out.Contained[i]
		v.decide(ctx, f, inner, who, ambiguous)
		if inherits(out, inner) {
			inner.Aspects.Recipient = verdict.Aspect{State: verdict.Pass, Reason: out.Aspects.Recipient.Reason,
				Detail: "the record that holds it names the same subject, by the same issuer"}
			inner.Proven = out.Proven
			Decide(inner, v.policy())
		}
	}
	clearIdentities(out)
	showNames(out)
}

// inherits reports whether an inner credential may take over who its subject
// is from the CLR around it: when both speak of the same subject id and the
// same proven issuer says so. Another issuer's record could put any name to a
// stranger's subject id.
func inherits(outer, inner *Verdict) bool {
	return outer.Aspects.Sound() && outer.Aspects.Recipient.State == verdict.Pass && inner.Aspects.Recipient.State == verdict.Unknown &&
		inner.Aspects.Integrity.State == verdict.Pass && inner.Aspects.Issuer.State == verdict.Pass &&
		outer.Credential.SubjectID != "" && outer.Credential.SubjectID == inner.Credential.SubjectID &&
		outer.Credential.Issuer.ID != "" && outer.Credential.Issuer.ID == inner.Credential.Issuer.ID
}

func (v *Verifier) decide(ctx context.Context, f fetch.Fetcher, out *Verdict, who Applicant, ambiguous string) {
	out.Aspects.Fill()
	if out.Result == verdict.Unsupported {
		return
	}
	a := &out.Aspects
	var warn []verdict.Warning
	switch {
	case !out.Read:
		// Whom it names was not looked for: the host is down, the token refused.
		a.Recipient = verdict.Aspect{State: verdict.None}
	case out.Credential.Several:
		a.Recipient = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientSeveral}
	case who.holder != "" && out.Credential.SubjectID == who.holder:
		a.Recipient = verdict.Aspect{State: verdict.Pass, Reason: verdict.HolderProven}
	default:
		a.Recipient, warn = recipient(out.Credential.Identities, who)
	}
	if a.Recipient.Reason == verdict.RecipientMissing && slices.Contains(out.Warnings, verdict.WarnHolderKey) {
		// It names a key: somebody, and whose it is cannot be told.
		a.Recipient = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientUnknown, Detail: "nothing but a key"}
	}
	if a.Recipient.Reason == verdict.RecipientMissing && out.Credential.Undisclosed.Recipient {
		a.Recipient = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed}
	}
	if member := out.Credential.NamedIn; member != "" && a.Recipient.Reason == verdict.RecipientMissing {
		// It names somebody, in a form that no specification of badges compares.
		a.Recipient = verdict.Aspect{State: verdict.Unknown, Reason: verdict.RecipientUnknown, Detail: "nothing but " + member + ", which is not compared"}
	}
	if u := &out.Unconfirmed; u.Recipient != "" {
		named, _ := recipient(u.Identities, who)
		if u.Recipient = named.State; u.Recipient == verdict.None && len(u.Identities) > 0 {
			u.Recipient = verdict.Unknown // nothing of the applicant was told
		}
	}
	out.Proven = a.Recipient.State == verdict.Pass && anyProven(out.Credential.Identities, who)
	out.Identity = identity(out)
	out.Warnings = append(out.Warnings, warn...)
	for _, id := range out.Credential.Identities {
		if out.Format == verdict.OB30 && id.Kind != "id" && !identityTypes[id.Kind] && !strings.HasPrefix(id.Kind, "ext:") {
			out.Warnings = append(out.Warnings, verdict.WarnIdentityType)
			break
		}
	}
	if who.holder != "" {
		who.IDs = append(slices.Clone(who.IDs), who.holder) // a badge of his own making is no other's
	}
	v.back(ctx, f, out, who)
	if ambiguous != "" {
		a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.Ambiguous, Detail: ambiguous, Evidence: a.Integrity.Evidence}
		a.Conformance = verdict.Aspect{State: verdict.Fail, Reason: verdict.Ambiguous, Detail: ambiguous}
	}
	Decide(out, v.policy())
	if out.Result == verdict.Pending {
		for _, x := range []verdict.Aspect{a.Integrity, a.Issuer, a.Status, a.Dates} {
			if x.Passing {
				out.RetryAfter = retryAfter
			}
		}
	}
}

func clearIdentities(out *Verdict) {
	out.Credential.Identities, out.Unconfirmed.Identities = nil, nil
	for i := range out.Contained {
		clearIdentities(&out.Contained[i])
	}
}

// budget bounds how many requests one badge causes, and keeps the first fault
// that one met.
type budget struct {
	fetch.Fetcher
	left atomic.Int64

	mu    sync.Mutex
	fault error // the first that a fetch gave
}

// failed is the fault of a fetch, which to the judges is only one more host that
// gave no answer.
func (b *budget) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fault
}

func (b *budget) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if b.left.Add(-1) < 0 {
		return nil, fetch.ErrBudget
	}
	resp, err := b.Fetcher.Fetch(ctx, r)
	if errors.Is(err, ErrFault) {
		b.mu.Lock()
		b.fault = cmp.Or(b.fault, err)
		b.mu.Unlock()
	}
	return resp, err
}

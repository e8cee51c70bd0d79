package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/index/record"
	"assay/verify"
	"assay/verify/verdict"
)

// The verifier's part of the VC API of W3C's Credentials Community Group, 0.0.3-unstable
// of 2025 (now VCALM), for Open Badges and CLR: POST credentials/verify,
// presentations/verify and challenges. What it leaves to the implementation: 200 is for
// what is verified and 400 for what is not, as the W3C's test suites have it; a credential
// is verified when it is as its issuer signed it, in its time and not taken back, whoever
// stands behind the issuer, which the verdict beside it tells; what cannot be known is not
// verified, and its problem says that it is unknown or unsupported. Of options, checks with
// proof alone is heeded, and those of challenges; others change nothing.

// maxAsked bounds the texts of options, in characters.
const maxAsked = 512

// verifyRequest is the body of POST credentials/verify.
type verifyRequest struct {
	Credential json.RawMessage `json:"verifiableCredential"`
	Options    verifyOptions   `json:"options"`
}

// presentRequest is the body of POST presentations/verify.
type presentRequest struct {
	Presentation json.RawMessage `json:"verifiablePresentation"`
	Options      verifyOptions   `json:"options"`
}

// verifyOptions are the options that change something.
type verifyOptions struct {
	Checks      []string `json:"checks"`
	Challenge   string   `json:"challenge"`
	Domain      string   `json:"domain"`
	Application string   `json:"application"` // that the challenge was issued for
}

// verified is the answer.
type verified struct {
	Verified bool            `json:"verified"`
	Problems []verifyProblem `json:"problemDetails"`
	Checks   []string        `json:"checks"` // what was asked and is good
	Warnings []string        `json:"warnings"`
	Errors   []string        `json:"errors"`
	Verdict  *verify.Verdict `json:"verdict,omitempty"` // of a credential

	Results     *presentedResults `json:"results,omitempty"`     // of a presentation
	Credentials []verified        `json:"credentials,omitempty"` // of the credentials in it
}

// verifyProblem is why something is not verified (RFC 9457, by the types of the
// specifications where they have one).
type verifyProblem struct {
	Type   string           `json:"type"`
	Title  string           `json:"title"`
	Detail string           `json:"detail,omitempty"`
	Aspect verdict.Question `json:"aspect,omitempty"`
	State  verdict.State    `json:"state"`
	Reason verdict.Reason   `json:"reason,omitempty"`
}

// presentedResults are what became of the parts of a presentation.
type presentedResults struct {
	Challenge *validity `json:"challenge,omitempty"`
	Domain    *validity `json:"domain,omitempty"`
	Holder    validity  `json:"holder"`
}

type validity struct {
	Valid bool   `json:"valid"`
	Input string `json:"input"`
}

// Types of problems of the specifications.
const (
	problemProof     = "https://w3id.org/security#PROOF_VERIFICATION_ERROR"
	problemMethod    = "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
	problemChallenge = "https://w3id.org/security#INVALID_CHALLENGE_ERROR"
	problemDomain    = "https://w3id.org/security#INVALID_DOMAIN_ERROR"
	problemMalformed = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	problemRange     = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
	problemStatus    = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
	problemNoStatus  = "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
	problemUnknown   = "about:blank"
)

// vcQuestions are the aspects that decide whether a credential is verified, with the name
// of each among checks, and the type of its problem where it fails or is unknown.
var vcQuestions = []struct {
	aspect       verdict.Question
	check        string
	fails, opens string
}{
	{verdict.Integrity, "proof", problemProof, problemUnknown},
	{verdict.Issuer, "issuer", problemMethod, problemUnknown},
	{verdict.Status, "credentialStatus", problemStatus, problemNoStatus},
	{verdict.Dates, "validityPeriod", problemRange, problemUnknown},
}

// verifyCredential answers POST credentials/verify.
func (h *handler) verifyCredential(a *asked) (any, error) {
	end, err := h.mayCheck(a)
	if err != nil {
		return nil, err
	}
	defer end()
	var r verifyRequest
	if err := bodyUpTo(a, maxCredential, &r, "verifiableCredential", "options"); err != nil {
		return nil, err
	}
	payload, err := securedText("verifiableCredential", r.Credential)
	if err != nil {
		return nil, err
	}
	v, err := h.o.Checker.Credential(a.Context(), a.caller.Tenant, payload)
	if err != nil {
		return nil, err
	}
	return a.verified(verifiedOf(&v, r.Options))
}

// verifyPresentation answers POST presentations/verify.
func (h *handler) verifyPresentation(a *asked) (any, error) {
	end, err := h.mayCheck(a)
	if err != nil {
		return nil, err
	}
	defer end()
	var r presentRequest
	if err := bodyUpTo(a, maxCredential, &r, "verifiablePresentation", "options"); err != nil {
		return nil, err
	}
	payload, err := securedText("verifiablePresentation", r.Presentation)
	if err != nil {
		return nil, err
	}
	q := r.Options
	p, err := h.o.Checker.Present(a.Context(), a.caller.Tenant, q.Application, payload, verify.Asked{Challenge: q.Challenge, Domain: q.Domain})
	if err != nil {
		return nil, err
	}
	return a.verified(presentedOf(p, q))
}

// issueChallenge answers POST challenges.
func (h *handler) issueChallenge(a *asked) (any, error) {
	end, err := h.mayCheck(a)
	if err != nil {
		return nil, err
	}
	defer end()
	var r struct {
		Application *string `json:"application"`
		Domain      string  `json:"domain"`
	}
	if a.ContentLength != 0 {
		if err := bodyOf(a, &r, "application", "domain"); err != nil {
			return nil, err
		}
	}
	if utf8.RuneCountInString(r.Domain) > maxAsked {
		return nil, &DoorError{Kind: KindRefused, Member: "domain", Detail: fmt.Sprintf("is longer than %d characters", maxAsked)}
	}
	application := ""
	if r.Application != nil { // one that is empty is none, and is not of no application
		if application = *r.Application; record.CheckToken("application", application) != nil {
			return nil, &DoorError{Kind: KindRefused, Member: "application", Detail: "is " + record.ErrToken.Error()}
		}
	}
	text, until, err := h.o.Checker.Challenge(a.caller.Tenant, application, r.Domain)
	if err != nil {
		return nil, err
	}
	return struct {
		Challenge string    `json:"challenge"`
		Expires   time.Time `json:"expires"`
	}{text, until.Truncate(time.Second)}, nil
}

// verified answers with 200 or 400.
func (a *asked) verified(v verified) (any, error) {
	if v.Verified {
		return v, nil
	}
	return a.answer(http.StatusBadRequest, v)
}

// credentialText reads a credential that stands in JSON: an object as it is, or the text
// of one.
func credentialText(member string, raw json.RawMessage) ([]byte, error) {
	var text string
	switch {
	case len(raw) > 0 && raw[0] == '{':
		return raw, nil
	case len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		return []byte(text), nil
	}
	return nil, &DoorError{Kind: KindRefused, Member: member, Detail: "is neither an object nor the text of one"}
}

// securedText is credentialText as Data Integrity wants it: a document that carries its
// proof is a map, and only a token is a text.
func securedText(member string, raw json.RawMessage) ([]byte, error) {
	text, err := credentialText(member, raw)
	if err == nil && raw[0] == '"' && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, &DoorError{Kind: KindRefused, Member: member, Detail: "is an object written as a text: send the object"}
	}
	return text, err
}

// verifiedOf draws the answer from a verdict.
func verifiedOf(v *verify.Verdict, o verifyOptions) verified {
	out := verified{Problems: []verifyProblem{}, Checks: []string{}, Warnings: []string{}, Errors: []string{}, Verdict: v}
	aspects := map[verdict.Question]verdict.Aspect{}
	for q, x := range v.Aspects.Each() {
		aspects[q] = *x
	}
	proofOnly := len(o.Checks) > 0 && !slices.ContainsFunc(o.Checks, func(s string) bool { return s != "proof" })
	for _, q := range vcQuestions {
		x := aspects[q.aspect]
		switch {
		case proofOnly && (q.aspect == verdict.Status || q.aspect == verdict.Dates):
		case x.State == verdict.Pass, q.aspect == verdict.Status && x.State == verdict.None:
			out.Checks = append(out.Checks, q.check)
		case x.State == verdict.Fail:
			out.add(verifyProblem{Type: q.fails, Aspect: q.aspect, State: verdict.Fail, Reason: x.Reason, Detail: x.Detail})
		default:
			out.add(verifyProblem{Type: q.opens, Aspect: q.aspect, State: verdict.Unknown, Reason: cmp.Or(x.Reason, v.Reason), Detail: x.Detail})
		}
	}
	if v.Result == verdict.Unsupported && v.Reason != verdict.NotABadgeVC && len(out.Problems) == 0 {
		out.add(verifyProblem{Type: problemUnknown, State: verdict.Unknown, Reason: v.Reason})
	}
	for _, w := range v.Warnings {
		out.Warnings = append(out.Warnings, string(w)+": "+w.Words())
	}
	if v.Reason == verdict.NotABadgeVC {
		out.Warnings = append(out.Warnings, string(v.Reason)+": "+v.Reason.Words())
	}
	// A badge that a reader understands is not refused over its form; of what is no badge
	// nothing is understood but the data model.
	switch c := v.Aspects.Conformance; {
	case c.State != verdict.Fail:
	case v.Reason == verdict.NotABadgeVC && !proofOnly:
		out.add(verifyProblem{Type: problemMalformed, Aspect: verdict.Conformance, State: verdict.Fail, Reason: c.Reason, Detail: c.Detail})
	default:
		out.Warnings = append(out.Warnings, string(c.Reason)+": "+cmp.Or(c.Detail, c.Reason.Words()))
	}
	out.Verified = len(out.Problems) == 0
	return out
}

// add adds a problem, with its words.
func (v *verified) add(p verifyProblem) {
	p.Title = cmp.Or(p.Title, p.Reason.Words(), "It cannot be judged.")
	v.Problems = append(v.Problems, p)
	v.Errors = append(v.Errors, strings.TrimSuffix(string(p.Reason)+": "+p.Title, ": "))
}

// presentedOf draws the answer from what became of a presentation: it is verified when its
// own proof is for what was asked, and each credential in it is verified.
func presentedOf(p *verify.Presented, o verifyOptions) verified {
	out := verified{Problems: []verifyProblem{}, Checks: []string{}, Warnings: []string{}, Errors: []string{}, Results: &presentedResults{Holder: validity{p.Proof.State == verdict.Pass, p.Holder}}}
	if p.Proof.State == verdict.Pass {
		out.Checks = append(out.Checks, "proof")
	} else {
		kind := problemUnknown
		if p.Proof.State == verdict.Fail {
			kind = problemProof
		}
		out.add(verifyProblem{Type: kind, State: p.Proof.State, Reason: p.Proof.Reason, Detail: p.Proof.Detail, Title: holderWords[p.Proof.Reason]})
	}
	for _, q := range []struct {
		asked, has, name, kind, title string
		result                        **validity
	}{
		{o.Challenge, p.Challenge, "challenge", problemChallenge, "The proof was made for another challenge.", &out.Results.Challenge},
		{o.Domain, p.Domain, "domain", problemDomain, "The proof was made for another domain.", &out.Results.Domain},
	} {
		switch {
		case q.asked != "":
			*q.result = &validity{q.asked == q.has, q.asked}
			if q.asked != q.has {
				out.add(verifyProblem{Type: q.kind, State: verdict.Fail, Title: q.title})
			} else {
				out.Checks = append(out.Checks, q.name)
			}
		case q.has != "":
			out.Warnings = append(out.Warnings, "the proof has a "+q.name+", and none was asked for: a copy passes, too")
		}
	}
	out.Verified = len(out.Problems) == 0
	for i := range p.Credentials {
		one := verifiedOf(&p.Credentials[i], o)
		if !one.Verified {
			out.Verified = false
			for _, x := range one.Problems {
				x.Detail = strings.TrimSuffix(fmt.Sprintf("credential %d: %s", i+1, x.Detail), ": ")
				out.add(x)
			}
		}
		out.Credentials = append(out.Credentials, one)
	}
	return out
}

// holderWords are those of reasons that are of an issuer elsewhere.
var holderWords = map[verdict.Reason]string{
	verdict.Unsigned:         "The presentation is not signed.",
	verdict.ProofInvalid:     "The presentation is not what was signed.",
	verdict.ProofPurpose:     "The proof was made for another purpose than authentication.",
	verdict.KeyNotIssuers:    "The key is not the holder's.",
	verdict.KeyNotAssertion:  "The holder's document does not list the key for authentication.",
	verdict.KeyRevoked:       "The holder has withdrawn the key.",
	verdict.KeyOutdated:      "The time of the holder's key is over.",
	verdict.KeyUnavailable:   "The holder's document could not be read.",
	verdict.IssuerUnprovable: "The key is of no DID that can be read.",
}

package verdict

import (
	"encoding/json"
	"iter"
)

// Question names an aspect.
type Question string

// The seven questions, in the order in which they are asked.
const (
	Integrity   Question = "integrity"   // is this what was signed, or what the issuer's server says now?
	Issuer      Question = "issuer"      // is the key, or the host, the issuer's own?
	Status      Question = "status"      // not revoked, not suspended?
	Dates       Question = "dates"       // begun, and not expired?
	Recipient   Question = "recipient"   // is it this applicant's?
	Standing    Question = "standing"    // who stands behind the issuer?
	Conformance Question = "conformance" // does it obey its specification?
)

// Aspects are the answers to the seven questions of a verdict.
type Aspects struct {
	Integrity   Aspect `json:"integrity"`
	Issuer      Aspect `json:"issuer"`
	Status      Aspect `json:"status"`
	Dates       Aspect `json:"dates"`
	Recipient   Aspect `json:"recipient"`
	Standing    Aspect `json:"standing"`
	Conformance Aspect `json:"conformance"`
}

// Each gives the seven aspects with their names, in the order of the questions.
// An aspect may be changed through its pointer.
func (a *Aspects) Each() iter.Seq2[Question, *Aspect] {
	return func(yield func(Question, *Aspect) bool) {
		_ = yield(Integrity, &a.Integrity) && yield(Issuer, &a.Issuer) && yield(Status, &a.Status) && yield(Dates, &a.Dates) &&
			yield(Recipient, &a.Recipient) && yield(Standing, &a.Standing) && yield(Conformance, &a.Conformance)
	}
}

// Unasked are the aspects of what was not judged: all none.
func Unasked() Aspects {
	var a Aspects
	a.Fill()
	return a
}

// Keyless is integrity where the key could not be had, as the issuer says why.
func Keyless(issuer Aspect) Aspect {
	a := Aspect{State: Unknown, Reason: KeyUnavailable, Passing: issuer.Passing}
	if issuer.Reason == BeingAsked {
		a.Reason = BeingAsked
	}
	return a
}

// Fill makes every aspect without a state none.
func (a *Aspects) Fill() {
	for _, x := range a.Each() {
		if x.State == "" {
			x.State = None
		}
	}
}

// NotJudged is the verdict on what was not judged, for the reason given.
func NotJudged(r Reason) Verdict {
	return Verdict{Result: Unsupported, Reason: r, Aspects: Unasked()}
}

// UnmarshalJSON also reads aspects of before 0.3, which called standing "trust".
// What they said of a registry is kept as it was: the level is worked out anew
// where the verdict is decided again.
func (a *Aspects) UnmarshalJSON(b []byte) error {
	type plain Aspects
	in := struct {
		*plain
		Trust *Aspect `json:"trust"`
	}{plain: (*plain)(a)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	if in.Trust != nil && a.Standing.State == "" {
		a.Standing = *in.Trust
	}
	return nil
}

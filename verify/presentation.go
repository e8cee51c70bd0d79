package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/vc"
	"assay/verify/verdict"
)

// MaxPresented is how many credentials of one presentation are judged.
const MaxPresented = 16

// ErrPresentation: what was presented is none, or holds more than is judged.
var ErrPresentation = errors.New("no presentation that is judged")

// Asked is what a presentation is the answer to.
type Asked struct {
	Challenge, Domain string // "" = not asked for

	// Own says that the challenge is one that assay issued for this very application
	// and domain, that it is in time, and that it was not answered before. Only then
	// does the presentation prove anything of the recipient.
	Own bool
}

// Presented is what became of a presentation.
type Presented struct {
	vc.Held
	Credentials []Verdict
}

// Answers reports whether the proof holds and is for what was asked.
func (p *Presented) Answers(a Asked) bool {
	return p.Proof.State == verdict.Pass && p.Challenge == a.Challenge && p.Domain == a.Domain
}

// Present judges a presentation that somebody was asked for, and each credential in it.
// With a challenge of assay's own, a badge passes for its holder's whose subject has the
// id by whose key the presentation was signed, by reason of [verdict.HolderProven]. The
// error wraps ErrPresentation or [ErrFault].
func (v *Verifier) Present(ctx context.Context, payload []byte, asked Asked, who Applicant) (*Presented, error) {
	o, err := read.ParseDocument(bytes.TrimSpace(payload))
	if err != nil || len(payload) > MaxPayload {
		return nil, ErrPresentation
	}
	vp := vc.Presentation(o)
	if vp == nil || len(vp.List("verifiableCredential")) > MaxPresented {
		return nil, ErrPresentation
	}
	out := &Presented{}
	fault := v.left.Within(ctx, grace, "verifying a presentation", func() {
		f := &budget{Fetcher: v.o.Fetcher}
		f.left.Store(int64(v.o.Fetches))
		out.Held = v.vc.Held(ctx, v.env(f, v.o.Now()), vp, asked.Challenge, asked.Domain)
		err = f.failed()
	})
	switch {
	case errors.Is(fault, guard.ErrLeft):
		return &Presented{Held: vc.Held{Proof: late().Aspects.Integrity}}, nil
	case fault != nil:
		return nil, fault
	case err != nil:
		return nil, err
	}
	who.holder = ""
	if asked.Own && asked.Challenge != "" && out.Answers(asked) {
		who.holder = out.Holder
	}
	for _, e := range vp.List("verifiableCredential") {
		one, err := v.verify(ctx, Assertion{Payload: text(e)}, who)
		if err != nil {
			return nil, err
		}
		out.Credentials = append(out.Credentials, one)
	}
	return out, nil
}

// text is a credential as it stands in a presentation: an object, or the text of one.
func text(e any) []byte {
	if s, ok := e.(string); ok {
		return []byte(s)
	}
	b, _ := json.Marshal(e) // what was read from JSON is JSON
	return b
}

// Any gives a Verifier that judges also of a credential that is no badge whether it is
// as it was signed, in its time, and not taken back. Its result is unsupported.
func (v *Verifier) Any() *Verifier {
	out := *v
	out.o.any = true
	return &out
}

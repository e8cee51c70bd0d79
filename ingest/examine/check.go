package examine

import (
	"bytes"
	"context"
	"encoding/json"

	"assay/extract/sandbox"
	"assay/verify"
	"assay/verify/fetch"
)

// Check examines what somebody asks about on the spot, as Examine does; its Links are
// what was asked about, and are fetched whatever the follow policy.
func (e *Examiner) Check(ctx context.Context, in Input) ([]Report, error) {
	in.Explicit = true
	return e.Examine(ctx, in)
}

// Credential judges one credential as it was given, also one that is no badge
// ([verify.Verifier.Any]). Of the input its documents and links are not read.
func (e *Examiner) Credential(ctx context.Context, in Input, payload []byte) (verify.Verdict, error) {
	v, ctx, cancel := e.alone(ctx, in)
	defer cancel()
	return v.Verify(ctx, verify.Assertion{Payload: payload}, in.Applicant)
}

// Present judges a presentation, and each credential in it, as Credential does.
func (e *Examiner) Present(ctx context.Context, in Input, payload []byte, asked verify.Asked) (*verify.Presented, error) {
	v, ctx, cancel := e.alone(ctx, in)
	defer cancel()
	return v.Present(ctx, payload, asked, in.Applicant)
}

// alone gives what judges without documents, by the bounds of an application.
func (e *Examiner) alone(ctx context.Context, in Input) (*verify.Verifier, context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Limits.Application)
	ctx = withBudget(fetch.For(ctx, in.Tenant), int64(e.o.Limits.Lookups))
	ctx = sandbox.WithOwner(ctx, sandbox.Owner{Tenant: in.Tenant, Application: in.Application})
	v := e.o.Verifier.Any()
	if in.Policy != nil {
		v = v.For(*in.Policy)
	}
	return v, ctx, cancel
}

// Line is the report as `assay check --json` prints it, on one line.
func (r Report) Line() ([]byte, error) {
	// A place reads "a > b", not "a \u003e b".
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

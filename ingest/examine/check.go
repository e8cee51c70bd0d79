package examine

import (
	"bytes"
	"context"
	"encoding/json"
)

// Check examines what somebody asks about on the spot, as Examine does; its Links are
// what was asked about, and are fetched whatever the follow policy.
func (e *Examiner) Check(ctx context.Context, in Input) ([]Report, error) {
	in.Explicit = true
	return e.Examine(ctx, in)
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

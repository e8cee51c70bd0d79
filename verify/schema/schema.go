// Package schema tells whether a document obeys a JSON Schema (drafts 4 to
// 2020-12) that a stranger wrote.
//
// A schema is a program. One of a few kilobytes, whose definitions each ask for
// the next one twice, runs for ever, and nothing in this process can end it. So
// [Obeys] is called in a child process that can be killed, and nowhere else: who
// judges badges asks through vc.Schemas.
//
// Out of scope: fetching schemas and what they refer to. A reference out of the
// text is refused.
package schema

import (
	"bytes"
	"errors"
	"fmt"

	"assay/verify/read"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// ErrNone is wrapped by the error of Obeys: the text is no schema that can be
// followed.
var ErrNone = errors.New("no schema")

// Obeys reports whether a JSON document obeys the schema of that text; id is the
// address at which the text was found. The document is valid JSON: an error
// wraps ErrNone, or tells that it is not. There is no bound on the time that it
// takes, nor on the memory.
func Obeys(id string, text, document []byte) (bool, error) {
	if _, err := read.ParseObject(text, read.Limits{Bytes: len(text), Depth: 64}); err != nil {
		return false, fmt.Errorf("%w: %w", ErrNone, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrNone, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2019)
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(id, doc); err != nil {
		return false, fmt.Errorf("%w: %w", ErrNone, err)
	}
	s, err := compiler.Compile(id)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrNone, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return false, fmt.Errorf("document: %w", err)
	}
	return s.Validate(v) == nil, nil
}

// noLoader refuses every reference out of a schema.
type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, ErrNone }

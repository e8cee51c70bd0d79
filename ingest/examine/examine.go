// Package examine takes one application from its documents to verdicts: the
// loop of extract, fetch and verify, without a queue.
package examine

import (
	"context"

	"assay/extract"
	"assay/index/skills"
	"assay/verify"
)

// Extraction is how documents are read: the sandbox's pool, or the extractor
// itself where a test wants no child.
type Extraction interface {
	Extract(ctx context.Context, d extract.Document) (extract.Result, error)
}

// Finding is one badge of a document with its verdict.
type Finding struct {
	Where   string          `json:"where"`
	Places  []extract.Place `json:"places,omitempty"`
	Carrier string          `json:"carrier"`
	verify.Verdict
	Skills []skills.Skill `json:"-"` // printed inside credential
}

// Report is what became of one document.
type Report struct {
	Document string           `json:"document"`
	Findings []Finding        `json:"findings"`
	Unread   []extract.Unread `json:"unread,omitempty"`
}

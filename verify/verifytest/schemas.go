package verifytest

import (
	"context"

	"assay/verify/schema"
)

// Schemas follows schemas in this process: for tests, whose schemas end.
type Schemas struct{}

// Obeys is schema.Obeys.
func (Schemas) Obeys(_ context.Context, id string, text, document []byte) (bool, error) {
	return schema.Obeys(id, text, document)
}

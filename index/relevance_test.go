package index_test

import (
	"testing"

	"assay/index/conformance/relevance"
)

var testKey = []byte("a key for tests of package index!")

// The measure of the judgments themselves: what a right engine can reach.
func TestRelevance(t *testing.T) {
	relevance.Judge(t, newMemory(testKey), testKey, nil)
}

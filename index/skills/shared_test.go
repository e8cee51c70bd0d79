package skills

import (
	"testing"

	"assay/deploy/testenv"
)

// shared gives a folder of the data that tests read when it is there.
func shared(t testing.TB, sub string) string {
	t.Helper()
	return testenv.Shared(t, sub)
}

// sharedOrNot is shared for tests that say something without the data too: ""
// where it is not there.
func sharedOrNot(t testing.TB, sub string) string {
	t.Helper()
	return testenv.Find(t, sub)
}

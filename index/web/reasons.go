package web

import (
	"cmp"

	"assay/verify/verdict"
)

// sentence gives the words for a reason, or its code where it has none.
func sentence(r verdict.Reason) string { return cmp.Or(r.Words(), capital(words(string(r)))+".") }

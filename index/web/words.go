package web

import (
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// formatName is what a form is called; some of them are messages.
func formatName(f verdict.Format) string {
	switch f {
	case verdict.OB05:
		return "Open Badges 0.5"
	case verdict.OB10:
		return "Open Badges 1.0"
	case verdict.OB11:
		return "Open Badges 1.1"
	case verdict.OB20:
		return "Open Badges 2.0"
	case verdict.OB30:
		return "Open Badges 3.0"
	case verdict.CLR20:
		return "Comprehensive Learner Record 2.0"
	case verdict.EDC:
		return "European Digital Credential"
	case verdict.EDCI:
		return msg("Europass credential (XML)")
	case verdict.Blockcerts:
		return "Blockcerts"
	case verdict.OpenAttest:
		return "OpenAttestation"
	case verdict.CLR10:
		return "Comprehensive Learner Record 1.0"
	case verdict.MDocForm:
		return msg("mobile document (mdoc)")
	case verdict.COSEForm:
		return "COSE"
	}
	if f == verdict.Unnamed || f == "" {
		return msg("unknown form")
	}
	return clean(string(f))
}

// words turns a reason code into words.
func words(code string) string { return strings.ReplaceAll(clean(code), "_", " ") }

// clean is what may be shown of text that a stranger wrote.
func clean(s string) string { return read.Printable(s) }

// recordURL is the address of an applicant's record, read as this page is.
func recordURL(a *asked, application string) string {
	return to("/applications/"+application, a.keep())
}

package web

type top struct {
	Home string // query that keeps the tenant and the names, "" or "?tenant=…"
	Here string
}

type seal struct{ Class, Word string }

// Says is what a seal means, in a sentence.
func (s seal) Says() string { return sealWords[s.Word] }

var sealWords = map[string]string{
	"verified":    "Unaltered, in date, not taken back, this applicant’s own, and somebody known stands behind the issuer.",
	"expired":     "A real badge whose time is over. It was right until the day shown.",
	"unvouched":   "Unaltered, but nobody stands behind the issuer: anybody can make such a badge. It proves nothing yet.",
	"authentic":   "A real badge, but nothing ties it to this applicant. It may be somebody else’s.",
	namesAnother:  "A real badge sent to an address that the applicant has not given. Perhaps their other one: ask.",
	"pending":     "Nothing speaks against it. A server that must be asked does not answer; it is asked again.",
	"unsupported": "A form of credential that assay does not judge.",
}

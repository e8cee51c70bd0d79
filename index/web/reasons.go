package web

import (
	"net/url"
	"strings"

	"assay/verify/verdict"
)

// sentences say in plain words what the commonest reasons mean. A reason that
// is not here is shown by its code.
var sentences = map[verdict.Reason]string{
	verdict.ProofInvalid:      "The text of this badge is not what was signed. Nothing in it counts.",
	verdict.KeyNotIssuers:     "It is signed with a key that is not the issuer's. Anyone could have made it.",
	verdict.HostNotIssuers:    "It lies on a host that the issuer it names does not answer for.",
	verdict.IssuerUnprovable:  "Nothing ties this badge to the issuer that it names.",
	verdict.KeyRevoked:        "The issuer has withdrawn the key that signed it.",
	verdict.Unsigned:          "It is neither signed nor to be had from the issuer's server.",
	verdict.DataLoss:          "It holds statements that its signature does not cover.",
	verdict.Ambiguous:         "Two different badges stand in the same place, and each reader would see another.",
	verdict.Revoked:           "The issuer has taken it back.",
	verdict.Suspended:         "The issuer has suspended it.",
	verdict.Expired:           "Its time is over.",
	verdict.NotYetValid:       "Its time has not begun.",
	verdict.RecipientMismatch: "It names somebody else as its holder.",
	verdict.RecipientUnknown:  "It is real. Whom it names cannot be compared with what is known of the applicant.",
	verdict.RecipientMissing:  "It is real. It names no holder.",
	verdict.IssuerBlocked:     "The employer's block list names its issuer.",
	verdict.HostUnreachable:   "A server that must be asked does not answer. It will be asked again.",
	verdict.KeyUnavailable:    "The document that holds the issuer's key cannot be read just now. It will be asked for again.",
	verdict.StatusUnreachable: "The issuer's status list does not answer. It will be asked again.",
	verdict.NotFound:          "The issuer's server says that there is no such badge.",
	verdict.FormatUnknown:     "It is no kind of badge that assay judges.",
	verdict.SuiteUnsupported:  "Its proof is of a kind that assay does not judge.",
}

// sentence gives the words for a reason.
func sentence(r verdict.Reason) string {
	if s, ok := sentences[r]; ok {
		return s
	}
	return capital(words(string(r))) + "."
}

// passed says what the good answers about a badge that is real rest on, with
// what was read and when.
func passed(v *verdict.Verdict) string {
	if v.Result != verdict.Verified && v.Result != verdict.Authentic {
		return ""
	}
	var out []string
	a := &v.Aspects
	if a.Integrity.State == verdict.Pass && a.Issuer.State == verdict.Pass {
		if v.Proof == "hosted" {
			out = append(out, "The issuer’s server says the same"+readAt(a.Integrity)+".")
		} else {
			out = append(out, "Signed with the issuer’s own key"+readAt(a.Issuer)+".")
		}
	}
	if a.Status.State == verdict.Pass {
		out = append(out, "Not taken back by the issuer"+readAt(a.Status)+".")
	}
	if a.Recipient.State == verdict.Pass {
		if a.Recipient.Reason == verdict.RecipientWeak {
			out = append(out, "It names the applicant, by evidence that others could make fit.")
		} else {
			out = append(out, "What the applicant gave of himself matches the holder that it names.")
		}
	}
	if a.Trust.State == verdict.Pass {
		for _, e := range a.Trust.Evidence {
			if e.Note != "" {
				out = append(out, "Its issuer is "+clean(e.Note)+".")
				break
			}
		}
	}
	return strings.Join(out, " ")
}

// readAt tells where and when an answer was read, as far as the evidence says.
func readAt(a verdict.Aspect) string {
	for _, e := range a.Evidence {
		u, err := url.Parse(e.URL)
		if err != nil || u.Host == "" {
			continue
		}
		s := " (" + clean(u.Host)
		if !e.At.IsZero() {
			s += ", read " + e.At.UTC().Format("2 January 2006 15:04") + " UTC"
		}
		return s + ")"
	}
	return ""
}

package web

import (
	"cmp"
	"net/url"
	"strings"

	"assay/verify/verdict"
)

// sentence gives the words for a reason, or its code where it has none.
func sentence(r verdict.Reason) string { return cmp.Or(r.Words(), capital(words(string(r)))+".") }

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
		switch a.Recipient.Reason {
		case verdict.RecipientWeak:
			out = append(out, "It names the applicant, by evidence that others could make fit.")
		case verdict.AddressClaimed:
			out = append(out, sentence(a.Recipient.Reason))
		default:
			out = append(out, "What the applicant gave of himself matches the holder that it names.")
		}
	}
	if a.Standing.State == verdict.Pass {
		for _, e := range a.Standing.Evidence {
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

package verify

import (
	"strings"

	"assay/verify/read"
)

// showNames takes out of the names in a verdict what is not seen (zero width,
// tag characters, fillers): two names that look like one are one, wherever they
// are shown, counted or searched.
func showNames(out *Verdict) {
	c := &out.Credential
	for _, s := range []*string{&c.Name, &c.Issuer.Name, &c.Creator.Name, &out.Unconfirmed.Name, &out.Unconfirmed.Issuer} {
		*s = seen(*s)
	}
	for i := range out.Endorsements {
		out.Endorsements[i].Issuer.Name = seen(out.Endorsements[i].Issuer.Name)
	}
	for i := range out.Contained {
		showNames(&out.Contained[i])
	}
}

// seen is a name as a person sees it.
func seen(s string) string { return strings.TrimSpace(read.Printable(s)) }

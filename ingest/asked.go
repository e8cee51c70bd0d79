package ingest

import "assay/verify"

// Asked reads whose badges somebody asks about, and the links that he asks about, as they
// are read out of a submission. The error is an *EnvelopeError.
func Asked(who Applicant, links []string) (verify.Applicant, []string, error) {
	who.Name = plainly(who.Name)
	if len(who.Name) > maxText {
		return verify.Applicant{}, nil, malformed("name is longer than %d bytes", maxText).at("applicant.name")
	}
	if err := who.check(); err != nil {
		return verify.Applicant{}, nil, err
	}
	out := make([]string, len(links))
	for i, l := range links {
		var ok bool
		if out[i], ok = typed(l); !ok {
			return verify.Applicant{}, nil, malformed("link %d is none", i+1).at("links[%d]", i)
		}
	}
	return verify.Applicant{Emails: who.Emails, Proven: who.Proven, Name: who.Name, IDs: who.IDs}, out, nil
}

package record

import (
	"slices"
	"strings"

	"assay/index/skills"
	"assay/verify/verdict"
)

// OthersCertificate gives the certificate of the carried table that a badge is
// named like, though its issuer is none of those who issue it. It is silent
// wherever that is not sure: where the table does not know a host of each issuer,
// where the badge's issuer is not proven to be a host that speaks for itself (a
// platform's account is its issuer's voice, whoever that is), and where the
// employer's or a registry's name of the issuer fits.
func OthersCertificate(v *verdict.Verdict, t *skills.Taxonomy) (skills.Certificate, bool) {
	b := v.Backing
	if b.Level != verdict.LevelDomain || b.Platform != "" || b.Path != "" || b.Host == "" || v.Record() ||
		v.Aspects.Issuer.State != verdict.Pass || v.Aspects.Integrity.State != verdict.Pass {
		return skills.Certificate{}, false
	}
	c, ok := t.NamedLike(&v.Credential)
	if !ok {
		return skills.Certificate{}, false
	}
	host, _, _ := strings.Cut(strings.ToLower(b.Host), ":")
	listed := v.Aspects.Standing.Level == verdict.LevelListed
	for _, issuer := range c.Issuers {
		if len(issuer.Hosts) == 0 || listed && shareWords(issuer.Name, v.Credential.Issuer.Shown) {
			return skills.Certificate{}, false
		}
		for _, h := range issuer.Hosts {
			if host == h || strings.HasSuffix(host, "."+h) {
				return skills.Certificate{}, false
			}
		}
	}
	return c, true
}

// shareWords reports whether one of two names is within the other, as words.
func shareWords(a, b string) bool {
	a, b = " "+skills.Folded(a)+" ", " "+skills.Folded(b)+" "
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// NoteCertificate makes the warnings of a badge say whether it is named like
// others' certificate.
func NoteCertificate(v *verdict.Verdict, t *skills.Taxonomy) {
	has := slices.Contains(v.Warnings, verdict.WarnCertificate)
	if _, is := OthersCertificate(v, t); is && !has {
		v.Warnings = append(v.Warnings, verdict.WarnCertificate)
	} else if has && !is {
		v.Warnings = slices.DeleteFunc(slices.Clone(v.Warnings), func(w verdict.Warning) bool { return w == verdict.WarnCertificate })
	}
}

// CertificateWords says which certificate a badge is named like and who issues
// that, "" where WarnCertificate is not to be told.
func CertificateWords(v *verdict.Verdict, t *skills.Taxonomy) string {
	c, ok := OthersCertificate(v, t)
	if !ok {
		return ""
	}
	var names []string
	for _, issuer := range c.Issuers {
		names = append(names, issuer.Name)
	}
	return "It is named like " + c.Name + ", which " + strings.Join(names, " or ") + " issues; " + v.Backing.Host + " is none of theirs."
}

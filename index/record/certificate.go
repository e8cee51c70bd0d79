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
	listed := v.Aspects.Standing.Level == verdict.LevelListed
	for _, issuer := range c.Issuers {
		if len(issuer.Hosts) == 0 || listed && shareWords(issuer.Name, v.Credential.Issuer.Shown) {
			return skills.Certificate{}, false
		}
	}
	return c, !issues(&c, b.Host)
}

// issues reports whether a host is one of a certificate's issuers, or below one.
func issues(c *skills.Certificate, host string) bool {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	return slices.ContainsFunc(c.Issuers, func(issuer skills.CertificateIssuer) bool {
		return slices.ContainsFunc(issuer.Hosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
	})
}

// titleOf gives what a badge is called by itself, apart from its tags: the certificate
// of the carried table that its name is, or the name, and the words that both are
// found by. A badge that is named like others' certificate is none of it.
func titleOf(v *verdict.Verdict) (certificate, words string) {
	name := plain(v.Credential.Name)
	if v.Record() {
		return "", text(name)
	}
	c, ok := skills.Builtin().NamedLike(&v.Credential)
	if !ok { // three letters alone are its name where its own issuer says them
		if c, ok = skills.Builtin().Certificate(name); ok {
			ok = v.Backing.Level == verdict.LevelDomain && issues(&c, v.Backing.Host)
		}
	}
	if ok && !slices.Contains(v.Warnings, verdict.WarnCertificate) {
		return Cut(c.Name, maxTitle), text(name, c.Name)
	}
	return Cut(name, maxTitle), text(name)
}

// maxTitle bounds the bytes of Claim.Certificate.
const maxTitle = 256

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

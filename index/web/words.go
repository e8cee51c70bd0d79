package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/index/query"
	"assay/index/skills"
	"assay/verify/read"
	"assay/verify/verdict"
)

// sealOf gives a result its shape and word: told apart by both before colour.
func sealOf(r verdict.Result) seal {
	switch r {
	case verdict.Verified:
		return seal{"verified", "verified"}
	case verdict.Authentic:
		return seal{"authentic", "authentic"}
	case verdict.Expired:
		return seal{"expired", "expired"}
	case verdict.Unvouched:
		return seal{"unvouched", "unvouched"}
	case verdict.Pending:
		return seal{"pending", "pending"}
	case verdict.Unsupported:
		return seal{"pending", "unsupported"}
	}
	return seal{"refused", "refused"}
}

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
		return "Europass credential (XML)"
	case verdict.Blockcerts:
		return "Blockcerts"
	case verdict.OpenAttest:
		return "OpenAttestation"
	case verdict.CLR10:
		return "Comprehensive Learner Record 1.0"
	case verdict.MDocForm:
		return "mobile document (mdoc)"
	case verdict.COSEForm:
		return "COSE"
	case verdict.Unnamed:
		return "unknown form"
	}
	return cmp.Or(string(f), "unknown form")
}

// basisOf says whether a badge names the skill itself, exactly, or the skill was
// inferred from its words, and from which. name is the badge's.
func basisOf(t *skills.Taxonomy, basis skills.Basis, framework, id, name string) string {
	named := clean(framework)
	framework = cmp.Or(named, "framework")
	switch basis {
	case skills.BasisURI:
		return "exact · by its " + framework + " id"
	case skills.BasisCode:
		return "exact · by its " + framework + " code"
	case skills.BasisLabel:
		return "inferred from its name in " + framework
	case skills.BasisAlias:
		return "inferred from another name of it"
	case skills.BasisText, skills.BasisName:
		// The document does not say which text it was; the badge's name does when it
		// is enough for the skill.
		if slices.ContainsFunc(t.Resolve(verdict.Credential{Name: name}), func(s skills.Skill) bool { return s.ID == id && s.Basis == basis }) {
			return "inferred from the badge’s name"
		}
		if basis == skills.BasisName {
			return "inferred from words of a tag"
		}
		return "inferred from a tag"
	case skills.BasisUnmapped:
		if named != "" {
			return "as the badge puts it · not found in " + named
		}
		return "as the badge puts it · in no framework"
	}
	return "names no skill"
}

// ranked are the bases from exact to inferred.
var ranked = []skills.Basis{skills.BasisURI, skills.BasisCode, skills.BasisLabel, skills.BasisAlias, skills.BasisName, skills.BasisText, skills.BasisUnmapped}

// better reports whether a is the more exact basis.
func better(a, b skills.Basis) bool {
	return slices.Index(ranked, a) >= 0 && (slices.Index(ranked, b) < 0 || slices.Index(ranked, a) < slices.Index(ranked, b))
}

// metBy says how what was asked met the skill.
func metBy(h query.How) string {
	switch h {
	case query.HowExact:
		return "the skill asked for"
	case query.HowAlias:
		return "asked for by another name"
	case query.HowNarrower:
		return "by hierarchy"
	case query.HowLabel:
		return "words of the skill"
	case query.HowName:
		return "words of the badge’s name"
	case query.HowAbout:
		return "words of its description"
	case query.HowTypo:
		return "as if spelt right"
	case query.HowForm:
		return "another form of the word"
	case query.HowIssuer:
		return "words of its issuer's name"
	case query.HowClaimed:
		return "words of what its issuer calls itself"
	case query.HowCertificate:
		return "the certificate asked for"
	case query.HowRelated:
		return "related, and no proof of it"
	}
	return ""
}

// words turns a reason code into words.
func words(code string) string { return strings.ReplaceAll(clean(code), "_", " ") }

// clean is what may be shown of text that a stranger wrote.
func clean(s string) string { return read.Printable(s) }

func month(t time.Time) string { return t.UTC().Format("Jan 2006") }

func monthOrDash(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return month(t)
}

func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch days := int(d.Hours() / 24); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return plural(int(d.Minutes()), "minute") + " ago"
	case d < 24*time.Hour:
		return plural(int(d.Hours()), "hour") + " ago"
	case days == 1:
		return "yesterday"
	case days < 60:
		return plural(days, "day") + " ago"
	}
	return month(t)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func subLine(job string, applied, now time.Time) string {
	s := clean(strings.ReplaceAll(job, "-", " "))
	if !applied.IsZero() {
		if s != "" {
			s += " · "
		}
		s += "applied " + ago(applied, now)
	}
	return s
}

// title is the applicant's name, or in blind reading a short form of the id.
func title(blind bool, name, id string) string {
	if !blind && name != "" {
		return clean(name)
	}
	id = strings.ToUpper(id)
	if len(id) < 6 {
		return "Applicant " + id
	}
	return "Applicant " + id[:2] + "-" + id[2:6]
}

// topOf gives the head of a page.
func topOf(a *asked, here string) top {
	t := top{Here: here}
	if p := a.keep(); len(p) > 0 {
		t.Home = "?" + p.Encode()
	}
	return t
}

// recordURL is the address of an applicant's record, read as this page is.
func recordURL(a *asked, application string) string {
	return to("/applications/"+application, a.keep())
}

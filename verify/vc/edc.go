package vc

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// European Digital Credentials are Verifiable Credentials of the European Learning
// Model 3: what was achieved stands in claims of the subject, and a text is an object
// of texts by language.

// Bounds of reading one.
const (
	maxClaims     = 64  // claims of a subject, with their parts
	maxAlignments = 256 // skills of all of them
	maxParts      = 4   // claims within claims
)

func isEDC(o read.Object) bool {
	return o.IsType("EuropeanDigitalCredential", "EuropassCredential")
}

// edcClaims reads what a European Digital Credential says.
func edcClaims(o read.Object) (c verdict.Credential, warnings []verdict.Warning) {
	c.ID = o.Str("id")
	issuer, by := o.Ref("issuer")
	c.Issuer = verdict.Party{ID: issuer, Name: cmp.Or(inLanguages(by["legalName"]), inLanguages(by["prefLabel"]), by.Text("name"))}
	display := o.Obj("displayParameter")
	c.Name = cmp.Or(inLanguages(display["title"]), inLanguages(o["title"]), o.Text("name"))
	c.Description = cmp.Or(inLanguages(display["description"]), inLanguages(o["description"]))
	subject := subjectOf(o)
	c.SubjectID = subject.Str("id")
	c.Identities = edcIdentities(subject)
	w := edcWalk{c: &c}
	for _, a := range subject.Objs("hasClaim") {
		w.claim(a, 0)
	}
	if w.first != nil {
		c.Name = cmp.Or(inLanguages(w.first["title"]), c.Name)
		c.Description = cmp.Or(inLanguages(w.first["description"]), c.Description)
		c.AchievementID = w.first.Str("id")
		for _, body := range w.first.Obj("awardedBy").Objs("awardingBody") {
			c.Creator = verdict.Party{ID: body.Str("id"), Name: inLanguages(body["legalName"])}
			break
		}
	}
	if w.more {
		warnings = append(warnings, verdict.WarnTruncated)
	}
	return c, warnings
}

// edcWalk goes through the claims of a subject.
type edcWalk struct {
	c     *verdict.Credential
	first read.Object // the achievement that the credential is called after
	n     int
	more  bool
}

// claim reads one claim. Skills are proven by what was achieved alone: not by an
// activity that was attended, nor by a right that was given.
func (w *edcWalk) claim(a read.Object, depth int) {
	if w.n++; w.n > maxClaims || depth > maxParts {
		w.more = true
		return
	}
	achieved := a.IsType("LearningAchievement")
	if achieved {
		if w.first == nil {
			w.first = a
		}
		for _, s := range a.Objs("specifiedBy") {
			for _, l := range s.Objs("learningOutcome") {
				w.skills(l)
			}
		}
		for _, l := range a.Objs("learningOutcome") {
			w.skills(l)
		}
	}
	for _, p := range a.Objs("hasPart") {
		w.claim(p, depth+1)
	}
}

func (w *edcWalk) skills(outcome read.Object) {
	for _, of := range []struct{ member, framework string }{{"relatedESCOSkill", "ESCO"}, {"relatedSkill", ""}} {
		for _, s := range outcome.Objs(of.member) {
			if len(w.c.Alignments) == maxAlignments {
				w.more = true
				return
			}
			a := verdict.Alignment{TargetName: inLanguages(s["prefLabel"]), TargetFramework: of.framework}
			if _, ok := read.HTTPURL(s.Str("id")); ok {
				a.TargetURL = s.Str("id")
			}
			w.c.Alignments = append(w.c.Alignments, a)
		}
	}
}

// edcIdentities gives the ways in which a subject is named.
func edcIdentities(subject read.Object) (out []verdict.Identity) {
	if id := subject.Str("id"); strings.HasPrefix(id, "did:") {
		out = append(out, verdict.Identity{Kind: "id", Value: id})
	}
	mail := func(v any) {
		id := read.ID(v)
		if rest, ok := cutFold(id, "mailto:"); ok {
			if s, err := url.PathUnescape(rest); err == nil {
				out = append(out, verdict.Identity{Kind: "emailAddress", Value: s})
			}
		}
	}
	for _, p := range subject.Objs("contactPoint") {
		for _, e := range p.List("emailAddress") {
			mail(e)
		}
	}
	for _, e := range subject.List("email") {
		mail(e)
	}
	name := inLanguages(subject["fullName"])
	if name == "" {
		name = strings.TrimSpace(inLanguages(subject["givenName"]) + " " + inLanguages(subject["familyName"]))
	}
	if name != "" {
		out = append(out, verdict.Identity{Kind: "name", Value: name})
	}
	return out
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// inLanguages gives a text that stands in several languages: the English one, else
// the first by the name of its language.
func inLanguages(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case map[string]any:
		best := ""
		for lang := range x {
			if best == "" || strings.EqualFold(lang, "en") || !strings.EqualFold(best, "en") && lang < best {
				best = lang
			}
		}
		return inLanguages(x[best])
	case []any:
		if i := slices.IndexFunc(x, func(e any) bool { _, ok := e.(string); return ok }); i >= 0 {
			return x[i].(string)
		}
		if len(x) > 0 {
			if o, ok := x[0].(map[string]any); ok && o["noteLiteral"] == nil {
				return inLanguages(o)
			}
		}
	}
	return ""
}

// edcRights gives the rights that a subject was given, where it was given nothing else:
// with the end of one ends what the credential says.
func edcRights(o read.Object) []read.Object {
	claims := subjectOf(o).Objs("hasClaim")
	if slices.ContainsFunc(claims, func(a read.Object) bool { return !a.IsType("LearningEntitlement") }) {
		return nil
	}
	return claims
}

// edcConformance checks the members without which there is no European Digital
// Credential (VCDM 1.1 §4). Its shapes (SHACL) are not followed.
func edcConformance(o read.Object) verdict.Aspect {
	var problems []string
	if version(o) == 0 {
		problems = append(problems, "the first context is not that of Verifiable Credentials")
	}
	for _, name := range []string{"issuer", "credentialSubject"} {
		if !o.Has(name) {
			problems = append(problems, name+" is missing")
		}
	}
	if !o.Has("issuanceDate") && !o.Has("validFrom") && !o.Has("issued") {
		problems = append(problems, "it says no date of issue")
	}
	if len(problems) > 0 {
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaInvalid, Detail: strings.Join(problems, "; ")}
	}
	return verdict.Aspect{State: verdict.None}
}

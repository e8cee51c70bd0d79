package ob2

import (
	"assay/verify/read"
	"assay/verify/verdict"
)

// conform checks the three objects against what their version demands of
// them. What it finds is told, and decides nothing.
func (j *job) conform() {
	o, class, issuer := j.assertion.obj, j.class.obj, j.issuer.obj
	need := func(what string, o read.Object, names ...string) {
		for _, n := range names {
			if !o.Has(n) {
				j.problem(what + " lacks " + n)
			}
		}
	}
	text := func(what string, o read.Object, names ...string) {
		for _, n := range names {
			if _, ok := o[n].(string); o.Has(n) && !ok {
				j.problem(what + ": " + n + " is no text")
			}
		}
	}
	j.conformContexts()
	switch j.v.Format {
	case verdict.OB05:
		need("assertion", o, "recipient", "badge")
		if class != nil {
			need("badge", class, "version", "name", "image", "description", "criteria", "issuer")
		}
		if issuer != nil {
			need("issuer", issuer, "origin", "name")
		}
		return
	case verdict.OB10, verdict.OB11:
		need("assertion", o, "recipient", "badge", "issuedOn")
		if !o.Has("verify") && !o.Has("verification") {
			j.problem("assertion lacks verify")
		}
		if j.v.Format == verdict.OB10 {
			need("assertion", o, "uid")
		} else {
			need("assertion", o, "id", "type")
		}
		if class != nil {
			need("class", class, "name", "description", "image", "criteria", "issuer")
		}
		if issuer != nil {
			need("issuer", issuer, "name", "url")
		}
		j.conformRecipient()
		return
	}
	need("assertion", o, "id", "type", "recipient", "badge", "verification", "issuedOn")
	if !o.IsType("Assertion") {
		j.problem("type is not Assertion")
	}
	text("assertion", o, "id", "issuedOn", "expires", "narrative")
	for _, n := range []string{"issuedOn", "expires"} {
		if s := o.Str(n); s != "" && !zoned(s) {
			j.problem("assertion: " + n + " has no time zone")
		}
	}
	if o.Has("revoked") {
		if _, ok := o["revoked"].(bool); !ok {
			j.problem("assertion: revoked is no boolean")
		}
	}
	if k := verificationKind(o); o.Has("verification") && k == "" {
		j.problem("verification has no type")
	}
	if class != nil {
		need("class", class, "type", "name", "description", "image", "criteria", "issuer")
		if !j.class.embedded {
			need("class", class, "id")
		}
		if !class.IsType("BadgeClass") {
			j.problem("class: type is not BadgeClass")
		}
		text("class", class, "name", "description")
		if c := class.Obj("criteria"); c != nil && !c.Has("id") && !c.Has("narrative") {
			j.problem("class: criteria has neither id nor narrative")
		}
		for _, al := range class.Objs("alignment") {
			need("alignment", al, "targetName", "targetUrl")
		}
	}
	if issuer != nil {
		need("issuer", issuer, "id", "type", "name", "url", "email")
		if !issuer.IsType("Profile", "Issuer") {
			j.problem("issuer: type is not Profile or Issuer")
		}
		text("issuer", issuer, "name", "url", "email")
		if p := issuer.Obj("verification"); p.Has("verificationProperty") && p.Str("verificationProperty") != "id" {
			j.problem("issuer: verificationProperty is not id")
		}
	}
	if read.Nulls(map[string]any(o)) {
		j.warn(verdict.WarnNulls)
	}
	j.conformRecipient()
}

func (j *job) conformRecipient() {
	r := j.assertion.obj.Obj("recipient")
	if r == nil {
		return
	}
	for _, n := range []string{"identity", "type"} {
		if !r.Has(n) {
			j.problem("recipient lacks " + n)
		}
	}
	if _, ok := r["hashed"].(bool); !ok && (r.Has("hashed") || j.v.Format != verdict.OB10) {
		j.problem("recipient: hashed is no boolean")
	}
}

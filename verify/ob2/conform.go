package ob2

import (
	"assay/verify/read"
	"assay/verify/verdict"
)

// demands are what a version asks of one kind of object.
type demands struct {
	what   string // as problems call it
	of     func(j *job) []read.Object
	need   []string // members that must be there
	text   []string // members that must be text where they are there
	checks []check
}

// check is a demand that no list of members says.
type check struct {
	problem string
	broken  func(j *job, o read.Object) bool
}

// conformance are the demands of each version: Open Badges 0.5 and 1.0
// "Assertion"; 1.1 "Assertion", "BadgeClass" and "IssuerOrganization"; 2.0
// "Assertion", "BadgeClass", "AlignmentObject", "Profile" and "IdentityObject".
var conformance = map[verdict.Format][]demands{
	verdict.OB05: {
		{what: "assertion", of: theAssertion, need: []string{"recipient", "badge"}},
		{what: "badge", of: theClass, need: []string{"version", "name", "image", "description", "criteria", "issuer"}},
		{what: "issuer", of: theIssuer, need: []string{"origin", "name"}},
	},
	verdict.OB10: {
		{what: "assertion", of: theAssertion, need: []string{"recipient", "badge", "issuedOn", "uid"}, checks: []check{lacksVerify}},
		class1, issuer1,
		{what: "recipient", of: theRecipient, need: []string{"identity", "type"}, checks: []check{
			{"recipient: hashed is no boolean", func(_ *job, o read.Object) bool { return o.Has("hashed") && !isBool(o, "hashed") }},
		}},
	},
	verdict.OB11: {
		{what: "assertion", of: theAssertion, need: []string{"recipient", "badge", "issuedOn", "id", "type"}, checks: []check{lacksVerify}},
		class1, issuer1, recipient2,
	},
	verdict.OB20: {
		{what: "assertion", of: theAssertion, need: []string{"id", "type", "recipient", "badge", "verification", "issuedOn"},
			text: []string{"id", "issuedOn", "expires", "narrative"}, checks: []check{
				{"type is not Assertion", notA("Assertion")},
				{"assertion: issuedOn has no time zone", zoneless("issuedOn")},
				{"assertion: expires has no time zone", zoneless("expires")},
				{"assertion: revoked is no boolean", func(_ *job, o read.Object) bool { return o.Has("revoked") && !isBool(o, "revoked") }},
				{"verification has no type", func(_ *job, o read.Object) bool { return o.Has("verification") && verificationKind(o) == "" }},
			}},
		{what: "class", of: theClass, need: []string{"type", "name", "description", "image", "criteria", "issuer"},
			text: []string{"name", "description"}, checks: []check{
				{"class lacks id", func(j *job, o read.Object) bool { return !j.class.embedded && !o.Has("id") }},
				{"class: type is not BadgeClass", notA("BadgeClass")},
				{"class: criteria has neither id nor narrative", func(_ *job, o read.Object) bool {
					c := o.Obj("criteria")
					return c != nil && !c.Has("id") && !c.Has("narrative")
				}},
			}},
		{what: "alignment", of: func(j *job) []read.Object { return j.class.obj.Objs("alignment") }, need: []string{"targetName", "targetUrl"}},
		{what: "issuer", of: theIssuer, need: []string{"id", "type", "name", "url", "email"}, text: []string{"name", "url", "email"}, checks: []check{
			{"issuer: type is not Profile or Issuer", notA("Profile", "Issuer")},
			{"issuer: verificationProperty is not id", func(_ *job, o read.Object) bool {
				p := o.Obj("verification")
				return p.Has("verificationProperty") && p.Str("verificationProperty") != "id"
			}},
		}},
		recipient2,
	},
}

var (
	class1     = demands{what: "class", of: theClass, need: []string{"name", "description", "image", "criteria", "issuer"}}
	issuer1    = demands{what: "issuer", of: theIssuer, need: []string{"name", "url"}}
	recipient2 = demands{what: "recipient", of: theRecipient, need: []string{"identity", "type"}, checks: []check{
		{"recipient: hashed is no boolean", func(_ *job, o read.Object) bool { return !isBool(o, "hashed") }},
	}}
	lacksVerify = check{"assertion lacks verify", func(_ *job, o read.Object) bool { return !o.Has("verify") && !o.Has("verification") }}
)

func theAssertion(j *job) []read.Object { return []read.Object{j.assertion.obj} }
func theClass(j *job) []read.Object     { return present(j.class.obj) }
func theIssuer(j *job) []read.Object    { return present(j.issuer.obj) }
func theRecipient(j *job) []read.Object { return present(j.assertion.obj.Obj("recipient")) }

func present(o read.Object) []read.Object {
	if o == nil {
		return nil
	}
	return []read.Object{o}
}

func isBool(o read.Object, name string) bool { _, ok := o[name].(bool); return ok }

func notA(types ...string) func(*job, read.Object) bool {
	return func(_ *job, o read.Object) bool { return !o.IsType(types...) }
}

func zoneless(name string) func(*job, read.Object) bool {
	return func(_ *job, o read.Object) bool { s := o.Str(name); return s != "" && !read.Zoned(s) }
}

// conform checks the objects against what their version demands of them. What
// it finds is told, and decides nothing.
func (j *job) conform() {
	j.conformContexts()
	for _, d := range conformance[j.v.Format] {
		for _, o := range d.of(j) {
			j.demand(&d, o)
		}
	}
	if j.v.Format == verdict.OB20 && read.Nulls(map[string]any(j.assertion.obj)) {
		j.warn(verdict.WarnNulls)
	}
}

func (j *job) demand(d *demands, o read.Object) {
	for _, n := range d.need {
		if !o.Has(n) {
			j.problem(d.what + " lacks " + n)
		}
	}
	for _, n := range d.text {
		if o.Has(n) && !isString(o[n]) {
			j.problem(d.what + ": " + n + " is no text")
		}
	}
	for _, c := range d.checks {
		if c.broken(j, o) {
			j.problem(c.problem)
		}
	}
}

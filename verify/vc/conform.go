package vc

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// kind is what a member must be.
type kind int

const (
	text     kind = iota // a JSON string
	uri                  // an absolute IRI
	dateTime             // xsd:dateTimeStamp: a date, a time and a zone
	boolean
	number
	object  // an object of a class
	ref     // an absolute IRI, or an object of a class with an id
	compact // a compact JWS
	enum    // one of an open list: a known word, or "ext:…"
	word    // one of a closed list
	tongue  // a language tag (BCP 47), as far as the schema allows one
)

// field is one member of a class.
type field struct {
	name     string
	kind     kind
	required bool
	many     bool // must be a list
	compacts bool // a list of one may stand without its brackets
	class    *class
	words    map[string]bool // of an enum
}

// class is one class of the data model of Open Badges 3.0 or CLR 2.0. Members
// that it does not name are allowed, as the specifications allow them, but in a
// class that is closed.
type class struct {
	name   string
	closed bool
	types  []string // one of them must be in type; nil = any
	typed  bool     // type is required
	fields []field
}

// The data model (OB3 §B "Data Model"; CLR2 §B). It is written as data so that
// one walk checks it all.
var (
	image = &class{name: "Image", closed: true, types: []string{"Image"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "caption", kind: text},
	}}
	alignmentClass = &class{name: "Alignment", types: []string{"Alignment"}, typed: true, fields: []field{
		{name: "targetName", kind: text, required: true}, {name: "targetUrl", kind: uri, required: true},
		{name: "targetCode", kind: text}, {name: "targetDescription", kind: text}, {name: "targetFramework", kind: text},
		{name: "targetType", kind: enum, words: targetTypes},
	}}
	identifierEntry = &class{name: "IdentifierEntry", closed: true, types: []string{"IdentifierEntry"}, typed: true, fields: []field{
		{name: "identifier", kind: text, required: true}, {name: "identifierType", kind: enum, required: true, words: identifierTypes},
	}}
	identityObject = &class{name: "IdentityObject", closed: true, types: []string{"IdentityObject"}, typed: true, fields: []field{
		{name: "hashed", kind: boolean, required: true}, {name: "identityHash", kind: text, required: true},
		{name: "identityType", kind: enum, required: true, words: identifierTypes}, {name: "salt", kind: text},
	}}
	geo = &class{name: "GeoCoordinates", types: []string{"GeoCoordinates"}, typed: true, fields: []field{
		{name: "latitude", kind: number, required: true}, {name: "longitude", kind: number, required: true},
	}}
	address = &class{name: "Address", types: []string{"Address"}, typed: true, fields: []field{
		{name: "addressCountry", kind: text}, {name: "addressRegion", kind: text}, {name: "addressLocality", kind: text},
		{name: "streetAddress", kind: text}, {name: "postalCode", kind: text}, {name: "addressCountryCode", kind: text}, {name: "postOfficeBoxNumber", kind: text}, {name: "geo", kind: object, class: geo},
	}}
	profile = withParent(&class{name: "Profile", types: []string{"Profile"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "name", kind: text}, {name: "url", kind: uri}, {name: "phone", kind: text},
		{name: "description", kind: text}, {name: "email", kind: text}, {name: "image", kind: ref, class: image},
		{name: "address", kind: object, class: address}, {name: "otherIdentifier", kind: object, many: true, class: identifierEntry},
		{name: "official", kind: text}, {name: "endorsementJwt", kind: compact, many: true},
		{name: "givenName", kind: text}, {name: "familyName", kind: text}, {name: "additionalName", kind: text}, {name: "patronymicName", kind: text},
		{name: "honorificPrefix", kind: text}, {name: "honorificSuffix", kind: text}, {name: "familyNamePrefix", kind: text}, {name: "dateOfBirth", kind: text},
	}})
	criteria = &class{name: "Criteria", fields: []field{{name: "id", kind: uri}, {name: "narrative", kind: text}}}
	rubric   = &class{name: "RubricCriterionLevel", types: []string{"RubricCriterionLevel"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "name", kind: text, required: true}, {name: "description", kind: text}, {name: "level", kind: text},
		{name: "points", kind: text}, {name: "alignment", kind: object, many: true, class: alignmentClass},
	}}
	resultDescription = &class{name: "ResultDescription", types: []string{"ResultDescription"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "name", kind: text, required: true},
		{name: "resultType", kind: enum, required: true, words: resultTypes},
		{name: "allowedValue", kind: text, many: true}, {name: "requiredLevel", kind: uri}, {name: "requiredValue", kind: text},
		{name: "valueMin", kind: text}, {name: "valueMax", kind: text},
		{name: "alignment", kind: object, many: true, class: alignmentClass}, {name: "rubricCriterionLevel", kind: object, many: true, class: rubric},
	}}
	result = &class{name: "Result", types: []string{"Result"}, typed: true, fields: []field{
		{name: "achievedLevel", kind: uri}, {name: "resultDescription", kind: uri}, {name: "status", kind: word, words: resultStatuses}, {name: "value", kind: text},
		{name: "alignment", kind: object, many: true, class: alignmentClass},
	}}
	related = &class{name: "Related", types: []string{"Related"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "version", kind: text}, {name: "inLanguage", kind: tongue},
	}}
	achievement = &class{name: "Achievement", types: []string{"Achievement"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "name", kind: text, required: true},
		{name: "description", kind: text, required: true}, {name: "criteria", kind: object, required: true, class: criteria},
		{name: "achievementType", kind: enum, words: achievementTypes},
		{name: "alignment", kind: object, many: true, class: alignmentClass}, {name: "creator", kind: object, class: profile},
		{name: "creditsAvailable", kind: number}, {name: "fieldOfStudy", kind: text}, {name: "humanCode", kind: text},
		{name: "image", kind: object, class: image}, {name: "inLanguage", kind: tongue},
		{name: "otherIdentifier", kind: object, many: true, class: identifierEntry}, {name: "related", kind: object, many: true, class: related},
		{name: "resultDescription", kind: object, many: true, class: resultDescription}, {name: "specialization", kind: text},
		{name: "tag", kind: text, many: true}, {name: "version", kind: text}, {name: "endorsementJwt", kind: compact, many: true},
	}}
	evidence = &class{name: "Evidence", types: []string{"Evidence"}, typed: true, fields: []field{
		{name: "id", kind: uri}, {name: "narrative", kind: text}, {name: "name", kind: text}, {name: "description", kind: text},
		{name: "genre", kind: text}, {name: "audience", kind: text},
	}}
	achievementSubject = &class{name: "AchievementSubject", types: []string{"AchievementSubject"}, typed: true, fields: []field{
		{name: "id", kind: uri}, {name: "achievement", kind: object, required: true, class: achievement},
		{name: "activityStartDate", kind: dateTime}, {name: "activityEndDate", kind: dateTime}, {name: "creditsEarned", kind: number},
		{name: "identifier", kind: object, many: true, class: identityObject}, {name: "image", kind: object, class: image},
		{name: "licenseNumber", kind: text}, {name: "narrative", kind: text}, {name: "result", kind: object, many: true, class: result},
		{name: "role", kind: text}, {name: "source", kind: object, class: profile}, {name: "term", kind: text},
	}}
	endorsementSubject = &class{name: "EndorsementSubject", types: []string{"EndorsementSubject"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "endorsementComment", kind: text},
	}}
	association = &class{name: "Association", types: []string{"Association"}, typed: true, fields: []field{
		{name: "associationType", kind: text, required: true}, {name: "sourceId", kind: uri, required: true}, {name: "targetId", kind: uri, required: true},
	}}
	clrSubject = &class{name: "ClrSubject", types: []string{"ClrSubject"}, typed: true, fields: []field{
		{name: "id", kind: uri}, {name: "identifier", kind: object, many: true, class: identityObject},
		{name: "achievement", kind: object, many: true, class: achievement},
		{name: "association", kind: object, many: true, class: association},
	}}
	credentialSchema = &class{name: "CredentialSchema", typed: true, fields: []field{{name: "id", kind: uri, required: true}}}
	credentialStatus = &class{name: "CredentialStatus", typed: true, fields: []field{{name: "id", kind: uri}}}
	refreshService   = &class{name: "RefreshService", typed: true, fields: []field{{name: "id", kind: uri, required: true}}}
	proofClass       = &class{name: "Proof", typed: true, fields: []field{
		{name: "proofPurpose", kind: text}, {name: "verificationMethod", kind: text}, {name: "created", kind: text}, {name: "cryptosuite", kind: text},
		{name: "proofValue", kind: text}, {name: "nonce", kind: text}, {name: "challenge", kind: text}, {name: "domain", kind: text},
	}}
	termsOfUse = &class{name: "TermsOfUse", typed: true, fields: []field{{name: "id", kind: uri}}}
)

// withParent adds the organisation that a profile belongs to, a profile itself.
func withParent(c *class) *class {
	c.fields = append(c.fields, field{name: "parentOrg", kind: object, class: c})
	return c
}

// credentialClass is the outermost class for a format and data model.
func credentialClass(subject *class, v1 bool) *class {
	c := &class{name: "credential", types: []string{"VerifiableCredential"}, typed: true, fields: []field{
		{name: "id", kind: uri, required: true}, {name: "issuer", kind: ref, required: true, class: profile},
		{name: "credentialSubject", kind: object, required: true, class: subject},
		{name: "name", kind: text}, {name: "description", kind: text}, {name: "image", kind: object, class: image},
		{name: "awardedDate", kind: dateTime}, {name: "evidence", kind: object, many: true, class: evidence},
		{name: "endorsementJwt", kind: compact, many: true},
		{name: "credentialSchema", kind: object, many: true, compacts: true, class: credentialSchema},
		{name: "credentialStatus", kind: object, compacts: true, many: true, class: credentialStatus},
		{name: "refreshService", kind: object, class: refreshService},
		{name: "termsOfUse", kind: object, many: true, compacts: true, class: termsOfUse},
		{name: "proof", kind: object, many: true, compacts: true, class: proofClass},
	}}
	if v1 {
		c.fields = append(c.fields, field{name: "issuanceDate", kind: dateTime, required: true}, field{name: "expirationDate", kind: dateTime})
	} else {
		c.fields = append(c.fields, field{name: "validFrom", kind: dateTime, required: true}, field{name: "validUntil", kind: dateTime})
	}
	return c
}

// The outermost classes, built once.
var (
	badgeV1, badgeV2             = credentialClass(achievementSubject, true), credentialClass(achievementSubject, false)
	endorsementV1, endorsementV2 = named(credentialClass(endorsementSubject, true)), named(credentialClass(endorsementSubject, false))
	clrV1, clrV2                 = credentialClass(clrSubject, true), credentialClass(clrSubject, false)
)

// named demands a name, as of an endorsement.
func named(c *class) *class {
	c.fields = append(c.fields, field{name: "name", kind: text, required: true})
	return c
}

// maxProblems bounds how many faults are told.
const maxProblems = 8

// conform checks a credential against its specification, as it is written: the
// document itself, not the tree that it is read by.
func conform(doc read.Object) []string {
	w := &walk{}
	v1 := version(doc) == 1
	cls := badgeV2
	switch {
	case isCLR(doc) && v1:
		cls = clrV1
	case isCLR(doc):
		cls = clrV2
	case doc.IsType("EndorsementCredential") && v1:
		cls = endorsementV1
	case doc.IsType("EndorsementCredential"):
		cls = endorsementV2
	case v1:
		cls = badgeV1
	}
	if version(doc) == 0 {
		w.problem("@context", "does not begin with that of Verifiable Credentials")
	}
	if isCLR(doc) && !hasContext(doc, contextCLR) {
		w.problem("@context", "lacks that of CLR 2.0")
	} else if !isCLR(doc) && !secondContext(doc) {
		w.problem("@context", "is not followed by that of Open Badges 3.0")
	}
	w.object(doc, cls, nil)
	subject := doc.Obj("credentialSubject")
	if cls != endorsementV1 && cls != endorsementV2 && subject != nil && !subject.Has("id") && !subject.Has("identifier") {
		w.problem("credentialSubject", "has neither id nor identifier")
	}
	w.results(subject)
	return w.problems
}

// secondContext reports whether the second context is that of Open Badges 3.0
// (OB3 §B.1: the order is demanded).
func secondContext(doc read.Object) bool {
	ctx := doc.List("@context")
	if len(ctx) < 2 {
		return false
	}
	second, _ := ctx[1].(string)
	return hasContext(read.Object{"@context": second}, contextOB)
}

type walk struct{ problems []string }

func (w *walk) problem(path, what string) {
	if len(w.problems) < maxProblems {
		w.problems = append(w.problems, path+" "+what)
	}
}

// place is where a value stands; it is written out where something is wrong.
type place struct {
	in   *place // what holds it, nil = the credential
	name string
	n    int // in a list, from 1; 0 = it stands in none
}

func (p *place) String() string {
	if p == nil {
		return ""
	}
	s := p.name
	if in := p.in.String(); in != "" {
		s = in + "." + s
	}
	if p.n > 0 {
		s += "[" + strconv.Itoa(p.n-1) + "]"
	}
	return s
}

func (w *walk) wrong(at place, what string) { w.problem(at.String(), what) }

func (w *walk) object(o read.Object, c *class, in *place) {
	if c.typed {
		types := read.List(o["type"])
		texts := 0
		for _, t := range types {
			if isText(t) && t != "" {
				texts++
			}
		}
		switch {
		case texts == 0:
			w.wrong(place{in: in, name: "type"}, "is missing")
		case texts != len(types):
			w.wrong(place{in: in, name: "type"}, "holds what is no text")
		case c.types != nil && !o.IsType(c.types...):
			w.wrong(place{in: in, name: "type"}, "is not "+strings.Join(c.types, " or "))
		}
	}
	if c.closed {
		for name := range o {
			if name != "type" && !slices.ContainsFunc(c.fields, func(f field) bool { return f.name == name }) {
				w.wrong(place{in: in, name: verdict.Clip(name)}, "is not allowed here")
			}
		}
	}
	for i := range c.fields {
		f := &c.fields[i]
		v, there := o[f.name]
		at := place{in: in, name: f.name}
		switch {
		case !there && f.required:
			w.wrong(at, "is missing")
		case !there:
		case v == nil && f.required:
			w.wrong(at, "is null")
		case v == nil:
			// Told as a warning: real issuers write it.
		case f.many:
			list, ok := v.([]any)
			if !ok && !f.compacts {
				w.wrong(at, "is no list")
			}
			if !ok {
				list = []any{v}
			}
			for n, e := range list {
				at.n = n + 1
				w.value(e, f, at)
			}
		default:
			w.value(v, f, at)
		}
	}
}

// forms are what a value of each kind but the classes must be, and what is said
// where it is not.
var forms = map[kind]struct {
	is    func(v any, f *field) bool
	fault string
}{
	text:     {func(v any, _ *field) bool { return isText(v) }, "is no text"},
	compact:  {func(v any, _ *field) bool { s, ok := v.(string); return ok && strings.Count(s, ".") == 2 }, "is no compact JWS"},
	uri:      {func(v any, _ *field) bool { s, ok := v.(string); return ok && absolute(s) }, "is no absolute URI"},
	dateTime: {isDateTime, "is no date and time with a zone"},
	boolean:  {func(v any, _ *field) bool { _, ok := v.(bool); return ok }, "is no boolean"},
	number:   {func(v any, _ *field) bool { return isNumber(v) }, "is no number"},
	word:     {func(v any, f *field) bool { s, ok := v.(string); return ok && f.words[s] }, "is none of the words allowed"},
	enum: {func(v any, f *field) bool {
		s, ok := v.(string)
		return ok && (f.words[s] || strings.HasPrefix(s, "ext:") && s != "ext:")
	}, "is none of the words allowed"},
	tongue: {func(v any, _ *field) bool { s, ok := v.(string); return ok && languageTag.MatchString(s) }, "is no language tag"},
}

func (w *walk) value(v any, f *field, at place) {
	if form, ok := forms[f.kind]; ok {
		if !form.is(v, f) {
			w.wrong(at, form.fault)
		}
		return
	}
	if s, ok := v.(string); ok && f.kind == ref {
		if !absolute(s) {
			w.wrong(at, "is no absolute URI")
		}
		return
	}
	o, ok := v.(map[string]any)
	if !ok {
		w.wrong(at, "is no object")
		return
	}
	w.object(o, f.class, &at)
}

func isText(v any) bool { _, ok := v.(string); return ok }

func isDateTime(v any, _ *field) bool {
	s, ok := v.(string)
	return ok && read.Stamp(s)
}

func isNumber(v any) bool {
	switch v.(type) {
	case json.Number, float64:
		return true
	}
	return false
}

// languageTag is the form of inLanguage (OB3 §B "LanguageCode"): language, script
// and region.
var languageTag = regexp.MustCompile(`^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

// results checks that each result is described by the achievement.
func (w *walk) results(subject read.Object) {
	known := map[string]bool{}
	for _, d := range subject.Obj("achievement").Objs("resultDescription") {
		known[d.Str("id")] = true
	}
	for i, r := range subject.Objs("result") {
		if id := r.Str("resultDescription"); id != "" && !known[id] {
			w.problem(fmt.Sprintf("credentialSubject.result[%d].resultDescription", i), "names no description of the achievement")
		}
	}
}

// absolute reports whether s begins with a scheme (RFC 3986 §3.1) and holds
// something after it, without spaces.
func absolute(s string) bool {
	i := strings.IndexByte(s, ':')
	if i <= 0 || i == len(s)-1 || strings.ContainsAny(s, " \t\r\n<>\"") {
		return false
	}
	for n, c := range []byte(s[:i]) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (n == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// The closed parts of the extensible enumerations (OB3 §B "…Enum").
var (
	targetTypes = words(`ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion CFRubricCriterionLevel CTDL`)
	resultTypes = words(`GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result
		RubricCriterion RubricCriterionLevel RubricScore ScaledScore Status`)
	resultStatuses  = words(`Completed Enrolled Failed InProgress OnHold Provisional Withdrew`)
	identifierTypes = words(`name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber
		isbn issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId ltiPlatformId
		ltiUserId identifier`)
	achievementTypes = words(`Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award
		BachelorDegree Badge Certificate CertificateOfCompletion Certification CommunityService Competency Course
		CoCurricular Degree Diploma DoctoralDegree Fieldwork GeneralEducationDevelopment JourneymanCertificate
		LearningProgram License Membership ProfessionalDoctorate QualityAssuranceCredential MasterCertificate
		MasterDegree MicroCredential ResearchDoctorate SecondarySchoolDiploma`)
)

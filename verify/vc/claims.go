package vc

import (
	"cmp"
	"strconv"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// claims reads what a credential says, from the tree that was judged
// (OB3 §B.1 "AchievementCredential" and the classes it names).
func claims(o read.Object) (c verdict.Credential, warnings []verdict.Warning) {
	c.ID = o.Str("id")
	c.Name = o.Prose("name")
	c.Description = o.Prose("description")
	c.Issuer = party(o, "issuer")
	c.Image = reference(o, "image")
	subject := subjectOf(o)
	c.SubjectID = subject.Str("id")
	all := o.Objs("credentialSubject")
	for _, s := range all {
		c.Identities = append(c.Identities, identities(s)...)
		c.NamedIn = cmp.Or(c.NamedIn, namedIn(s))
	}
	if subject == nil && len(all) > 1 {
		// A team's badge. What is said of one of them is never read as said of
		// another.
		if c.Several = !oneAward(all); c.Several {
			return c, nil
		}
		subject = all[0]
	}
	for _, e := range o.List("evidence") {
		id, _ := read.Object{"e": e}.Ref("e")
		if _, ok := read.HTTPURL(id); ok {
			c.EvidenceURLs = append(c.EvidenceURLs, id)
		}
	}
	for _, a := range subject.Objs("association") {
		c.Associations = append(c.Associations, verdict.Association{
			Type: a.Str("associationType"), Source: a.Str("sourceId"), Target: a.Str("targetId"),
		})
	}
	if isCLR(o) {
		return c, nil // its achievements are shown under it, each alone
	}
	a := subject.Obj("achievement")
	if a == nil {
		if list := subject.Objs("achievement"); len(list) > 0 {
			a = list[0]
		}
	}
	if a == nil {
		return c, nil
	}
	if s := a.Prose("name"); s != "" {
		// The award is named by its achievement; the credential's own name is
		// often that of the kind of document.
		c.Name = s
	}
	if s := a.Prose("description"); s != "" {
		c.Description = s
	}
	c.AchievementID = a.Str("id")
	c.AchievementType = a.Text("achievementType")
	if cr := a.Obj("criteria"); cr != nil {
		if c.Criteria = cr.Prose("narrative"); c.Criteria == "" {
			c.Criteria = cr.Str("id")
		}
	} else {
		c.Criteria = a.Str("criteria")
	}
	if s := reference(a, "image"); s != "" {
		c.Image = s
	}
	c.Tags = a.Strs("tag")
	c.Alignments = append(alignments(a), boostSkills(o)...)
	if creator := party(a, "creator"); creator.ID != "" && creator.ID != c.Issuer.ID {
		// OB3 proves nothing about who made an achievement.
		c.Creator = creator
		warnings = append(warnings, verdict.WarnOtherCreator)
	}
	described := map[string]read.Object{}
	for _, d := range a.Objs("resultDescription") {
		described[d.Str("id")] = d
	}
	for _, r := range subject.Objs("result") {
		d := described[r.Str("resultDescription")]
		if r.Has("resultDescription") && d == nil {
			warnings = append(warnings, verdict.WarnUnknownResult)
		}
		level := r.Str("achievedLevel")
		at := verdict.Attainment{
			Name: d.Prose("name"), Type: d.Text("resultType"), Value: r.Text("value"), Level: level,
			Status: statusOf(r), Short: short(r.Text("value"), d.Text("requiredValue")),
			Alignments: append(alignments(r), alignments(d)...),
		}
		if at.Value == "" {
			at.Value = at.Status
		}
		for _, l := range d.Objs("rubricCriterionLevel") {
			if level != "" && l.Str("id") == level {
				if at.Level = l.Prose("name"); at.Level == "" {
					at.Level = l.Text("level")
				}
				at.Alignments = append(at.Alignments, alignments(l)...)
			}
		}
		c.Results = append(c.Results, at)
	}
	return c, warnings
}

// statusOf gives the status of a result. Several are one that says no word of
// those that it may say.
func statusOf(r read.Object) string {
	if s := r.Text("status"); s != "" || !r.Has("status") {
		return s
	}
	return "several: " + strings.Join(r.Strs("status"), ", ")
}

// short reports whether a value is a lower number than the one required.
func short(value, required string) bool {
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	want, err2 := strconv.ParseFloat(strings.TrimSpace(required), 64)
	return err == nil && err2 == nil && v < want
}

// oneAward reports whether several subjects are given the same. Nothing that is
// read of a subject may differ but who it is.
func oneAward(subjects []read.Object) bool {
	for _, s := range subjects[1:] {
		for _, name := range []string{"achievement", "result", "association"} {
			if !read.Equal(s[name], subjects[0][name]) {
				return false
			}
		}
	}
	return true
}

// subjectOf gives the subject, when there is one (OB3 §B "AchievementCredential").
func subjectOf(o read.Object) read.Object { return o.Obj("credentialSubject") }

func party(o read.Object, name string) verdict.Party {
	id, obj := o.Ref(name)
	return verdict.Party{ID: id, Name: obj.Prose("name"), URL: obj.Str("url")}
}

func reference(o read.Object, name string) string {
	id, _ := o.Ref(name)
	return id
}

func alignments(o read.Object) (out []verdict.Alignment) {
	for _, a := range o.Objs("alignment") {
		out = append(out, verdict.Alignment{
			TargetURL: a.Str("targetUrl"), TargetName: a.Prose("targetName"), TargetCode: a.Text("targetCode"),
			TargetFramework: a.Prose("targetFramework"), TargetType: a.Str("targetType"),
			TargetDescription: a.Prose("targetDescription"),
		})
	}
	return out
}

// identities reads the ways in which a subject is named: its id, and each
// IdentityObject (OB3 §B "IdentityObject"); what is a text in place of one, or does
// not say of what kind it is, is an address where it looks like one.
func identities(subject read.Object) (out []verdict.Identity) {
	if id := subject.Str("id"); id != "" {
		out = append(out, verdict.Identity{Kind: "id", Value: id})
	}
	for _, v := range subject.List("identifier") {
		i, ok := v.(map[string]any)
		if s := read.Text(v); s != "" {
			i, ok = map[string]any{"identityHash": s}, true
		}
		if !ok {
			continue
		}
		o := read.Object(i)
		id := verdict.Identity{Kind: o.Str("identityType"), Value: o.Text("identityHash"), Hashed: o.Bool("hashed"), Salt: o.Text("salt")}
		if id.Kind == "" && (id.Hashed || strings.Contains(id.Value, "@")) {
			id.Kind = "emailAddress"
		}
		out = append(out, id)
	}
	return out
}

// namedIn gives the member by which a subject is named though Open Badges 3.0 has no
// such member, or none that says of what kind it is (OB3 §B "AchievementSubject"), ""
// where there is none.
func namedIn(subject read.Object) string {
	for _, name := range []string{"email", "emailAddress", "telephone", "givenName", "familyName", "additionalName", "firstName", "lastName", "fullName", "name", "profile"} {
		said := strings.TrimSpace(subject.Prose(name)) != ""
		if o := subject.Obj(name); name == "profile" && o != nil {
			said = namedIn(o) != "" || o.Str("id") != ""
		}
		if said && (name != "name" || !read.Equal(subject[name], subject.Obj("achievement")[name])) {
			return "credentialSubject." + name
		}
	}
	return ""
}

func isCLR(o read.Object) bool { return o.IsType("ClrCredential") }

func isBadge(o read.Object) bool { return o.IsType("OpenBadgeCredential", "AchievementCredential") }

// format names what kind of credential o is.
func format(o read.Object) verdict.Format {
	switch {
	case isCLR(o):
		return verdict.CLR20
	case isBadge(o):
		return verdict.OB30
	case o.IsType("EndorsementCredential"):
		return verdict.Endorsement
	case isEDC(o):
		return verdict.EDC
	}
	return verdict.VC
}

// version gives the VC data model by the first context (VCDM 1.1 or 2.0), 0
// when it is neither.
func version(o read.Object) int {
	ctx := o.List("@context")
	if len(ctx) == 0 {
		return 0
	}
	switch ctx[0] {
	case contextV2:
		return 2
	case contextV1:
		return 1
	}
	return 0
}

const (
	contextV2 = "https://www.w3.org/ns/credentials/v2"
	contextV1 = "https://www.w3.org/2018/credentials/v1"
	// Open Badges 3.0 and CLR 2.0 contexts, whatever their version.
	contextOB  = "https://purl.imsglobal.org/spec/ob/v3p0/context"
	contextCLR = "https://purl.imsglobal.org/spec/clr/v2p0/context"
)

func hasContext(o read.Object, prefix string) bool {
	for _, c := range o.Strs("@context") {
		if rest, ok := strings.CutPrefix(c, prefix); ok && strings.HasSuffix(rest, ".json") && !strings.ContainsAny(rest, "/?#") {
			return true
		}
	}
	return false
}

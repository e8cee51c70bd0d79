package ob2

import (
	"encoding/json"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// claims reads what the badge says, from the copies that were judged.
func (j *job) claims() {
	j.v.Read = true
	c := &j.v.Credential
	o, class, issuer := j.assertion.obj, j.class.obj, j.issuer.obj
	c.ID = j.assertion.id
	if c.ID == "" {
		c.ID = o.Text("uid")
	}
	c.Name = class.Prose("name")
	c.Description = class.Prose("description")
	c.AchievementID = j.class.id
	c.Criteria = reference(class, "criteria", "narrative")
	c.Image = reference(class, "image", "id")
	for _, tag := range class.List("tags") {
		if s := read.Prose(tag); s != "" {
			c.Tags = append(c.Tags, s)
		}
	}
	for _, name := range []string{"alignment", "alignments"} {
		for _, a := range class.List(name) {
			switch x := a.(type) {
			case string:
				c.Alignments = append(c.Alignments, verdict.Alignment{TargetURL: x})
			case map[string]any:
				c.Alignments = append(c.Alignments, alignment(x))
			}
		}
	}
	c.Issuer = verdict.Party{ID: j.issuer.id, Name: issuer.Prose("name"), URL: issuer.Str("url")}
	if by, ok := j.authority(); ok {
		c.Issuer.ID = by.id
	} else if c.Issuer.ID == "" {
		c.Issuer.ID = issuer.Str("id") // a claim: nothing can prove it
	}
	for _, e := range o.List("evidence") {
		switch x := e.(type) {
		case string:
			c.EvidenceURLs = append(c.EvidenceURLs, x)
		case map[string]any:
			if _, ok := read.HTTPURL(read.Object(x).Str("id")); ok {
				c.EvidenceURLs = append(c.EvidenceURLs, read.Object(x).Str("id"))
			}
		}
	}
	c.Identities = identities(o)
	for _, r := range o.Objs("recipient") {
		for _, name := range []string{"email", "name", "id", "url", "telephone"} {
			if c.NamedIn == "" && strings.TrimSpace(read.Text(r[name])) != "" {
				c.NamedIn = "recipient." + name
			}
		}
	}
	for _, part := range []read.Object{issuer, class, o} {
		for name, v := range part {
			e, ok := v.(map[string]any)
			if ok && read.Object(e).IsType("Extension", "obi:Extension") {
				if c.Extensions == nil {
					c.Extensions = map[string]json.RawMessage{}
				}
				c.Extensions[name] = raw(v)
			}
		}
	}
}

// alignment reads an AlignmentObject of OB 2 or OB 1 (name, url, description).
func alignment(o read.Object) verdict.Alignment {
	first := func(names ...string) string {
		for _, n := range names {
			if s := o.Prose(n); s != "" {
				return s
			}
		}
		return ""
	}
	return verdict.Alignment{
		TargetURL: first("targetUrl", "url"), TargetName: first("targetName", "name"),
		TargetDescription: first("targetDescription", "description"),
		TargetCode:        first("targetCode"), TargetFramework: first("targetFramework"),
		TargetType: first("targetType"),
	}
}

// reference reads a member that is text, or an object whose text stands under
// one of two names.
func reference(o read.Object, name, inner string) string {
	if s := o.Prose(name); s != "" {
		return s
	}
	obj := o.Obj(name)
	if s := obj.Prose(inner); s != "" {
		return s
	}
	return obj.Str("id")
}

// identities reads the recipient (OB2 "IdentityObject"; OB0.5 a text and a
// salt beside it).
func identities(o read.Object) []verdict.Identity {
	if s := o.Str("recipient"); s != "" {
		return []verdict.Identity{{Kind: "email", Value: s, Hashed: hashForm(s), Salt: o.Text("salt")}}
	}
	var out []verdict.Identity
	for _, r := range o.Objs("recipient") {
		for _, identity := range r.List("identity") {
			v := read.Text(identity) // a telephone may be a number
			if v == "" {
				continue
			}
			kind := "email"
			if t := r.Strs("type"); len(t) > 0 {
				kind = t[0]
			}
			out = append(out, verdict.Identity{Kind: kind, Value: v, Hashed: r.Bool("hashed"), Salt: r.Text("salt")})
		}
	}
	return out
}

// hashForm reports whether s is written as "alg$hex".
func hashForm(s string) bool {
	alg, hex, ok := strings.Cut(s, "$")
	return ok && alg != "" && !strings.Contains(alg, "@") && len(hex) >= 32 && strings.Trim(strings.ToLower(hex), "0123456789abcdef") == ""
}

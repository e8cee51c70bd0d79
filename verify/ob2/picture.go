package ob2

import (
	"net/url"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/verdict"
)

// unbaked reads an object out of the picture that its own address gives in place of
// it: an assertion that names that address as its id or as what verifies it; of a
// class, the one within such a badge. What else is baked into the picture is
// nobody's word on it, and never followed. An unknown aspect says that nothing was
// read.
func (j *job) unbaked(d *fetch.Document, asked, final *url.URL, to role) (part, verdict.Aspect) {
	d.Evidence.Note = "a picture"
	unread := verdict.Aspect{State: verdict.Unknown, Reason: verdict.ImageUnsupported, Evidence: []verdict.Evidence{d.Evidence}}
	move := moved(asked, final)
	if j.env.Pictures == nil || to != anAssertion && to != aClass || !move && !read.SameOrigin(asked, final) {
		return part{}, unread
	}
	texts, err := j.env.Pictures.Unbake(j.ctx, d.ContentType, d.Body)
	if err != nil {
		return part{}, unread
	}
	var found read.Object
	others := false
	for _, text := range texts {
		o, err := read.ParseDocument([]byte(text))
		if err != nil {
			continue
		}
		if _, is := Version(o); !is {
			continue
		}
		if to == aClass {
			o = o.Obj("badge")
		}
		id := o.Str("id")
		if id == "" && to == anAssertion {
			id = verifiedAt(o)
		}
		switch {
		case !sameID(id, asked.String()) && !sameID(id, final.String()) && !(move && j.respelt(id, asked)):
			others = others || id != ""
		case found != nil && !read.Equal(map[string]any(found), map[string]any(o)):
			return part{}, unread // two of one name: which one is meant, nobody knows
		default:
			found = o
		}
	}
	switch {
	case found != nil:
	case others && to == anAssertion:
		return part{}, verdict.Aspect{State: verdict.Unknown, Reason: verdict.WrongID, Passing: true, Evidence: unread.Evidence}
	default:
		return part{}, unread
	}
	d.Evidence.Note = "a picture that holds it"
	j.warn(verdict.WarnInPicture)
	// Pictures are what hosts take from their users.
	p := part{obj: found, id: found.Str("id"), owner: final, evidence: []verdict.Evidence{d.Evidence}, plain: true}
	if p.id == "" {
		p.id = asked.String()
	}
	if move {
		j.settle(&p, asked, final, to)
	}
	return p, verdict.Aspect{State: verdict.Pass}
}

// verifiedAt is where an assertion of Open Badges 1 says that its host has it.
func verifiedAt(o read.Object) string {
	for _, name := range []string{"verify", "verification"} {
		if s := o.Obj(name).Str("url"); s != "" {
			return s
		}
	}
	return ""
}

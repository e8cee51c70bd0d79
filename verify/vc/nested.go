package vc

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// maxCredential bounds a credential that is fetched.
const maxCredential = 1 << 20

// input gives the input for a credential as it stands in another: an object, or
// the text of a token.
func input(v any) (Input, error) {
	switch x := v.(type) {
	case map[string]any:
		return ObjectInput(x)
	case string:
		return readText([]byte(x))
	}
	return Input{}, verdict.Because(proof.ErrMalformed, "neither an object nor a token")
}

func readText(b []byte) (in Input, err error) { return textInput(b, 0) }

// textInput reads the text of a credential that stands in some envelopes.
func textInput(b []byte, depth int) (in Input, err error) {
	b = []byte(strings.TrimSpace(string(b)))
	switch {
	case len(b) > 5 && strings.EqualFold(string(b[:5]), "data:"):
		return enveloped(string(b), depth)
	case len(b) == 0 || b[0] != '{':
		return TokenInput(b)
	}
	o, err := read.ParseDocument(b)
	if err != nil {
		return Input{}, verdict.Because(proof.ErrMalformed, "not strict JSON")
	}
	return objectInput(o, depth)
}

// readLong reads a status list: a document, or a token of most bytes. It is no
// SD-JWT.
func readLong(b []byte, most int) (in Input, err error) {
	b = []byte(strings.TrimSpace(string(b)))
	if len(b) > 0 && b[0] == '{' {
		in.Object, err = read.ParseDocument(b)
	} else {
		if in.Token, err = proof.ParseLongJWS(b, most); err != nil {
			return Input{}, err
		}
		in.Object, err = in.Token.Object()
	}
	if err != nil {
		return Input{}, verdict.Because(proof.ErrMalformed, "not strict JSON")
	}
	return in, nil
}

// TokenInput reads a compact JWS or an SD-JWT. The error is that of
// [proof.ParseJWS] or [proof.ParseSDJWT]; the object is the payload then, so far as
// it can be read, which nothing vouches for.
func TokenInput(b []byte) (Input, error) {
	in, err := tokenInput(b)
	if err != nil {
		parts := strings.SplitN(string(b), ".", 3)
		return Input{Object: payload(parts[min(1, len(parts)-1)])}, err
	}
	return in, nil
}

// payload reads the payload of a token that is none, nil if that cannot be.
func payload(part string) read.Object {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil
	}
	o, err := read.ParseDocument(b)
	if err != nil {
		return nil
	}
	return o
}

func tokenInput(b []byte) (in Input, err error) {
	in.Token, err = proof.ParseJWS(b)
	switch {
	case errors.Is(err, proof.ErrSDJWT):
		if in.SD, err = proof.ParseSDJWT(b); err != nil {
			return Input{}, err
		}
		in.Token, in.Object = in.SD.JWS, in.SD.Object
		return in, nil
	case err != nil:
		return Input{}, err
	}
	if in.Object, err = in.Token.Object(); err != nil {
		return Input{}, verdict.Because(proof.ErrMalformed, "not strict JSON")
	}
	return in, nil
}

// sub judges a credential that stands in this one, by itself.
func (c *credential) sub(in Input) *credential {
	if c.copies == nil {
		c.copies = new(int)
	}
	s := &credential{judge: c.judge, ctx: c.ctx, env: c.env, in: in, inner: true, copies: c.copies}
	s.run()
	return s
}

// refresh takes a newer copy of a credential whose proof is good, once (OB3
// §8.3, "Refresh"). It reports whether the newer one took this one's place: it
// must be of the same issuer, id and subject, well signed, and not older.
func (c *credential) refresh() bool {
	var where string
	for _, s := range c.tree.Objs("refreshService") {
		if s.IsType("1EdTechCredentialRefresh") {
			where = s.Str("id")
		}
	}
	if where == "" {
		return false
	}
	if _, ok := read.HTTPURL(where); !ok {
		c.warn(verdict.WarnRefreshFailed)
		return false
	}
	resp, err := c.env.Fetcher.Fetch(c.ctx, fetch.Request{URL: where, Accept: acceptCredential, MaxBytes: maxCredential, Fresh: true, Private: true})
	if err != nil || resp.Status/100 != 2 {
		c.warn(verdict.WarnRefreshFailed)
		return false
	}
	in, err := readText(resp.Text())
	if err != nil || !Is(in.Object) || !c.replace(in, resp, "a newer copy by the refresh service") {
		c.warn(verdict.WarnRefreshFailed)
		return false
	}
	return true
}

// acceptCredential asks for a credential in whatever form.
const acceptCredential = "application/vc+ld+json, application/vc+jwt, " + fetch.AcceptJSON

// replace judges another copy, and puts it in this one's place where it is by the
// same issuer, with the same id and subject, well signed, and not older.
func (c *credential) replace(in Input, resp *fetch.Response, note string) bool {
	if in.SD != nil {
		return false
	}
	n := &credential{judge: c.judge, ctx: c.ctx, env: c.env, in: in, refreshed: true}
	n.run()
	old, now := c.v.Credential, n.v.Credential
	switch {
	case n.v.Format != c.v.Format, n.v.Aspects.Integrity.State != verdict.Pass, n.v.Aspects.Issuer.State != verdict.Pass,
		old.ID == "", now.ID != old.ID, now.Issuer.ID != old.Issuer.ID, now.SubjectID != old.SubjectID,
		now.Issued.Before(old.Issued):
		return false
	}
	n.warn(verdict.WarnRefreshed)
	n.v.Aspects.Integrity.Evidence = append(n.v.Aspects.Integrity.Evidence, resp.Evidence(note))
	c.v = n.v
	return true
}

// endorsements judges what others say of the credential, its achievement and
// its issuer (OB3 §"Endorsement"). They are shown beside the verdict and raise
// nothing.
func (c *credential) endorsements() {
	issuerID, issuer := c.doc.Ref("issuer")
	achievement := subjectOf(c.doc).Obj("achievement")
	for _, of := range []struct {
		about string
		o     read.Object
	}{
		{c.doc.Str("id"), c.doc}, {achievement.Str("id"), achievement}, {issuerID, issuer},
	} {
		for _, name := range []string{"endorsement", "endorsementJwt"} {
			for _, e := range of.o.List(name) {
				if len(c.v.Endorsements) == MaxEndorsements {
					c.warn(verdict.WarnTruncated)
					return
				}
				c.v.Endorsements = append(c.v.Endorsements, c.endorsement(e, of.about, issuerID))
			}
		}
	}
}

func (c *credential) endorsement(e any, about, issuer string) verdict.Endorsed {
	in, err := input(e)
	switch a := proof.Aspect(err); {
	case err == nil:
	case formless(err):
		return verdict.Endorsed{Result: verdict.Unsupported, Reason: verdict.PayloadUnreadable}
	case a.State == verdict.Unknown:
		return verdict.Endorsed{Result: verdict.Unsupported, Reason: a.Reason}
	default:
		return verdict.Endorsed{Result: verdict.Rejected, Reason: a.Reason}
	}
	s := c.sub(in)
	out := s.v.Aspects.Endorsement(s.v.Credential.Issuer)
	reject := func(r verdict.Reason) verdict.Endorsed {
		out.Result, out.Reason = verdict.Rejected, r
		return out
	}
	switch {
	case s.v.Reason == verdict.SDJWT:
		out.Result, out.Reason = verdict.Unsupported, verdict.SDJWT
		return out
	case s.v.Format != verdict.Endorsement:
		return reject(verdict.NotABadge)
	case out.Result != verdict.Authentic:
		return out
	case about == "" || s.v.Credential.SubjectID != about:
		return reject(verdict.RecipientMismatch)
	case s.v.Credential.Issuer.ID == issuer:
		return reject(verdict.SelfEndorsed)
	}
	return out
}

// contained judges the inner credentials of a CLR, each alone, and shows the
// achievements that the CLR's own issuer asserts (CLR2 §B "ClrSubject").
func (c *credential) contained() {
	if c.v.Format != verdict.CLR20 {
		return
	}
	ids := map[string]bool{}
	own, _ := c.doc.Ref("issuer")
	stripped := false
	c.each(subjectOf(c.doc), 0, func(s *credential) {
		by, _ := s.doc.Ref("issuer")
		stripped = stripped || s.lost && by != own
		if id := s.v.Credential.SubjectID; id != "" && c.v.Credential.SubjectID != "" && id != c.v.Credential.SubjectID {
			s.warn(verdict.WarnSubjectDiffers)
			c.warn(verdict.WarnSubjectDiffers)
		}
		ids[s.v.Credential.ID], ids[s.v.Credential.AchievementID] = true, true
	})
	mixed := c.mixed(stripped)
	for _, a := range c.tree.Obj("credentialSubject").Objs("achievement") {
		if len(c.v.Contained) == MaxContained {
			c.warn(verdict.WarnTruncated)
			break
		}
		ids[a.Str("id")] = true
		one := c.asserted(a)
		if mixed && one.Aspects.Issuer.State == verdict.Pass {
			one.Aspects.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Evidence: one.Aspects.Issuer.Evidence,
				Detail: "another's badge in the record is not as it was signed, and what it said may stand among what the record says"}
		}
		c.v.Contained = append(c.v.Contained, one)
	}
	for _, as := range c.v.Credential.Associations {
		if !ids[as.Source] || !ids[as.Target] {
			c.warn(verdict.WarnAssociation)
		}
	}
	c.associate()
}

// mixed reports whether what another says in the record may stand among what its own
// issuer says: of statements, the record's proof holds wherever they stand in it, and
// that of the badge that they were taken out of does not, or is gone.
func (c *credential) mixed(stripped bool) bool {
	if c.in.Token != nil || c.signedJSON() {
		return false
	}
	return stripped || slices.ContainsFunc(c.v.Contained, func(v verdict.Verdict) bool {
		return v.Aspects.Integrity.State == verdict.Fail && v.Credential.Issuer.ID != c.v.Credential.Issuer.ID
	})
}

// Bounds of what associate adds to one contained credential.
const (
	maxAssociations = 64
	maxAssociation  = 1024 // bytes of an id; a concept's is shorter
)

// associate hands each contained credential the record's associations that name
// it, because skills are read from a credential alone. They say what the
// record's issuer says: a record that is not good by itself hands out none, and
// another issuer's credential takes none, or whoever wraps a stranger's badge in
// a record of his own could put skills into that stranger's mouth.
func (c *credential) associate() {
	outer := &c.v.Credential
	if len(outer.Associations) == 0 || outer.Issuer.ID == "" || !c.v.Aspects.Sound() {
		return
	}
	for i := range c.v.Contained {
		in := &c.v.Contained[i]
		if a := in.Aspects; a.Integrity.State != verdict.Pass || a.Issuer.State != verdict.Pass || in.Credential.Issuer.ID != outer.Issuer.ID {
			continue
		}
		own := func(id string) bool {
			// An asserted achievement has the record's id, which names all of them.
			return id != "" && (id == in.Credential.AchievementID || id == in.Credential.ID && !in.Asserted)
		}
		for _, as := range outer.Associations {
			if !own(as.Source) && !own(as.Target) || len(as.Source) > maxAssociation || len(as.Target) > maxAssociation {
				continue
			}
			if len(in.Credential.Associations) >= maxAssociations {
				c.warn(verdict.WarnTruncated)
				break
			}
			if !slices.Contains(in.Credential.Associations, as) {
				in.Credential.Associations = append(in.Credential.Associations, as)
			}
		}
	}
}

// each judges the credentials that an object holds, each alone, and in the place
// of a presentation those that it holds.
func (c *credential) each(holder read.Object, depth int, judged func(s *credential)) {
	for _, e := range holder.List("verifiableCredential") {
		if len(c.v.Contained) == MaxContained {
			c.warn(verdict.WarnTruncated)
			return
		}
		in, err := input(e)
		if err != nil {
			c.v.Contained = append(c.v.Contained, notRead(err))
			continue
		}
		if vp := presentation(in); vp != nil && depth < maxPresentations {
			c.each(vp, depth+1, judged)
			continue
		}
		s := c.sub(in)
		judged(s)
		c.v.Contained = append(c.v.Contained, s.v)
	}
}

// notRead is the verdict on what stands in the place of a credential and is none
// that can be read: a token that nobody may accept is rejected, and what is neither a
// token nor an object, an address say, is no forgery.
func notRead(err error) verdict.Verdict {
	if formless(err) {
		v := verdict.NotJudged(verdict.PayloadUnreadable)
		v.Format, v.Aspects.Conformance.Detail = verdict.Unnamed, verdict.DetailOf(err)
		return v
	}
	v := verdict.Verdict{Format: verdict.Unnamed}
	v.Aspects.Integrity = proof.Aspect(err)
	return v
}

// formless reports whether what is no credential is no token either, so that it has no
// signature that could be wrong.
func formless(err error) bool {
	return errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrDisclosure) && !errors.Is(err, proof.ErrHeader)
}

// asserted is the verdict on an achievement that stands in the CLR itself: it
// is as good as the CLR, and its issuer's is the CLR's.
func (c *credential) asserted(a read.Object) verdict.Verdict {
	one := read.Object{"credentialSubject": map[string]any{"achievement": map[string]any(a), "result": resultsOf(a, c.tree.Obj("credentialSubject"))}}
	cred, warnings := claims(one)
	out := verdict.Verdict{Format: c.v.Format, Proof: c.v.Proof, Asserted: true, Read: true, Aspects: c.v.Aspects, Credential: cred, Warnings: warnings}
	outer := c.v.Credential
	out.Credential.ID = outer.ID
	out.Credential.Undisclosed = outer.Undisclosed
	out.Credential.Issuer, out.Credential.Issued, out.Credential.Expires = outer.Issuer, outer.Issued, outer.Expires
	out.Credential.SubjectID, out.Credential.Identities, out.Credential.NamedIn = outer.SubjectID, outer.Identities, outer.NamedIn
	return out
}

// resultsOf gives the results of a record's subject that speak of one of its
// achievements: those that it describes, and those that none of them does. A
// result has no place there by CLR 2.0; one that says that the course was failed
// is heard all the same.
func resultsOf(a, subject read.Object) (out []any) {
	described := map[string]bool{}
	for _, x := range subject.Objs("achievement") {
		for _, d := range x.Objs("resultDescription") {
			described[d.Str("id")] = true
		}
	}
	for _, d := range a.Objs("resultDescription") {
		delete(described, d.Str("id"))
	}
	for _, r := range subject.Objs("result") {
		if !described[r.Str("resultDescription")] {
			out = append(out, map[string]any(r))
		}
	}
	return out
}

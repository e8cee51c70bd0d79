package vc

import (
	"errors"
	"time"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// A copy of a credential may have lost its proof: a page, a wallet or a hand took the
// members along and left the signature behind. Such a copy proves nothing, whatever it
// says. Where it calls itself by a web address, that is asked, as for a hosted badge,
// and the signed credential of the same id that it gives is judged in the place of the
// copy, of which nothing counts. An address that gives none, or no answer, makes the
// copy no forgery, and never good.

// askItself asks for the signed credential at the address that an unsigned one calls
// itself by. It reports whether there was one to ask; then all is said.
//
// Of what holds many, some are asked for: the requests are those of all of them.
func (c *credential) askItself() bool {
	id := read.ID(c.doc)
	if _, ok := read.HTTPURL(id); !ok || c.refreshed || c.v.Format == verdict.VC || c.v.Format == verdict.EDC {
		return false
	}
	if c.copies == nil {
		c.copies = new(int)
	}
	if *c.copies++; *c.copies > maxCopies {
		c.unproven(verdict.Aspect{State: verdict.Unknown, Reason: verdict.WorkLimit, Detail: "not signed, and not asked for at its own address: too many such copies"})
		return true
	}
	in, d, silent := c.signedAtHome(id)
	if silent.State != verdict.Pass {
		c.unproven(silent)
		return true
	}
	// It is signed, so that it is not asked for once more.
	n := &credential{judge: c.judge, ctx: c.ctx, env: c.env, in: in, inner: c.inner, copies: c.copies}
	n.run()
	if !sameMembers(c.doc, opened(in)) {
		n.warn(verdict.WarnCopyDiffers)
	}
	d.Evidence.Note = "the signed badge at its own address"
	n.v.Aspects.Integrity.Evidence = append(n.v.Aspects.Integrity.Evidence, d.Evidence)
	c.v = n.v
	return true
}

// signedAtHome reads a signed credential from the address that is its id. The aspect
// says what there is in its place, pass for nothing else.
func (c *credential) signedAtHome(id string) (Input, *fetch.Document, verdict.Aspect) {
	// What is signed is as good over http as in a document.
	d, err := fetch.Get(c.ctx, c.env.Fetcher, fetch.Request{URL: id, Accept: acceptCredential, MaxBytes: maxCredential, Fresh: true, Private: true, Chosen: true, PlainHTTP: true})
	none := func(r verdict.Reason, detail string) (Input, *fetch.Document, verdict.Aspect) {
		return Input{}, nil, verdict.Aspect{State: verdict.Unknown, Reason: r, Detail: detail, Evidence: []verdict.Evidence{d.Evidence}}
	}
	switch {
	case d == nil:
		return Input{}, nil, fetch.Unreached(err, id)
	case errors.Is(err, fetch.ErrWithheld):
		return Input{}, nil, d.Withheld()
	case errors.Is(err, fetch.ErrImage):
		return none(verdict.ImageUnsupported, "the copy is not signed, and its own address gives a picture")
	case d.Status/100 != 2:
		return none(verdict.NoProof, "at its own address there is none")
	}
	in, err := readText(d.Body)
	switch {
	case err != nil && !errors.Is(err, proof.ErrUnsupported) || err == nil && !Is(in.Object):
		return none(verdict.NoProof, "its own address gives something else")
	case err != nil:
		return none(verdict.SuiteUnsupported, verdict.DetailOf(err))
	case in.Token == nil && !bearsProof(in.Object):
		return none(verdict.NoProof, "what its own address gives is not signed either")
	case presentation(in) != nil:
		return none(verdict.NoProof, "its own address gives a presentation, which was not opened")
	}
	switch own := read.ID(opened(in)); {
	case own == "":
		return none(verdict.NoProof, "what its own address gives has no id that can be read")
	case !sameName(own, id):
		return none(verdict.NoProof, "what its own address gives calls itself by another id")
	}
	return in, d, verdict.Aspect{State: verdict.Pass}
}

// maxCopies is how many copies without a proof are asked for, of all that stand in one.
const maxCopies = 8

// opened is the credential of an input as it is read, with the end that a token says in
// a claim of its own; nil where that is not plain.
func opened(in Input) read.Object {
	c := &credential{in: in}
	if !c.open() {
		return nil
	}
	if t, ok := numericDate(c.token, "exp"); ok && c.legacy && !c.doc.Has("expirationDate") && !c.doc.Has("validUntil") {
		c.doc["expirationDate"] = t.Format(time.RFC3339) // a copy of what is in the token
	}
	return c.doc
}

// unproven says that nobody has confirmed a copy, and why. What it says is told as
// what it is.
func (c *credential) unproven(why verdict.Aspect) {
	a := &c.v.Aspects
	open := verdict.Aspect{State: verdict.Unknown, Reason: why.Reason, Passing: why.Passing}
	a.Integrity, a.Issuer, a.Dates, a.Conformance, a.Status = why, open, open, open, verdict.Aspect{State: verdict.None}
	c.v.Credential.ID = read.ID(c.doc)
	if t, err := tree(c.doc, true, false); err == nil {
		said, _ := claims(t)
		c.v.Unconfirmed = verdict.Unconfirmed{Name: said.Name, Issuer: said.Issuer.Name, Recipient: verdict.Unknown, Identities: said.Identities}
	}
	if !c.inner {
		c.contained() // each has its own proof
	}
}

// sameMembers reports whether a copy says what the signed credential says. Whose it is
// and its dates a token says in claims of its own (VCDM 1.1 §6.3.1), in another form.
func sameMembers(copied, signed read.Object) bool {
	for name, v := range copied {
		switch name {
		case "proof":
			continue
		case "issuer":
			_, short := v.(string)
			if _, is := signed[name].(string); (short || is) && read.ID(v) == read.ID(signed[name]) {
				continue
			}
		case "validFrom", "validUntil", "issuanceDate", "expirationDate":
			if sameDate(v, signed[name]) {
				continue
			}
		}
		if !read.Equal(v, signed[name]) {
			return false
		}
	}
	return true
}

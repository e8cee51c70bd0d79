package ob2

import (
	"bytes"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// endorsements judges what others say of the badge, its class and its issuer
// (OB2 "Endorsement"). They are shown beside the verdict and raise nothing.
func (j *job) endorsements() {
	if j.v.Format != verdict.OB20 {
		return
	}
	for _, p := range []part{j.assertion, j.class, j.issuer} {
		for _, e := range p.obj.List("endorsement") {
			if len(j.v.Endorsements) == MaxEndorsements {
				j.warn(verdict.WarnTruncated)
				return
			}
			v := j.endorsement(e, p.id)
			if v.Result == verdict.Authentic && sameID(v.Issuer.ID, j.issuer.id) {
				v.Result, v.Reason = verdict.Rejected, verdict.SelfEndorsed
			}
			j.v.Endorsements = append(j.v.Endorsements, v)
		}
	}
}

// endorsement judges one endorsement of the object about: hosted, by its
// address; or signed, a compact JWS in place of the address or at it. An
// endorsement of an endorsement is not read.
func (j *job) endorsement(e any, about string) verdict.Endorsed {
	id, _ := read.Object{"e": e}.Ref("e")
	if _, ok := read.HTTPURL(id); !ok {
		return j.signedEndorsement([]byte(id), about)
	}
	sub := j.sub(Input{})
	p, r := sub.read(id, aPart)
	if r.State != verdict.Pass {
		switch r.Reason {
		case verdict.Gone:
			r.Reason = verdict.Revoked
		case verdict.NotABadge:
			// At its address may lie the token: whoever hosts it, its
			// signature says whose it is.
			if token := bytes.TrimSpace(p.body); bytes.Count(token, []byte{'.'}) == 2 {
				if _, err := proof.ParseJWS(token); err == nil {
					return j.signedEndorsement(token, about)
				}
			}
		}
		return endorsed(verdict.Party{}, r)
	}
	return sub.endorses(p, about)
}

// signedEndorsement judges an endorsement like a signed assertion: by a key of
// its own issuer, and by its own issuer's revocation list (OB2 "SignedBadge").
func (j *job) signedEndorsement(token []byte, about string) verdict.Endorsed {
	jws, err := proof.ParseJWS(token)
	if err != nil {
		return endorsed(verdict.Party{}, failed(verdict.Unsigned))
	}
	o, err := jws.Object()
	if err != nil {
		return endorsed(verdict.Party{}, failed(verdict.ProofMalformed))
	}
	o = read.Plain(o)
	sub := j.sub(Input{Object: o, Token: jws})
	return sub.endorses(part{obj: o, id: o.Str("id")}, about)
}

// sub is the judging of another object with the means of j.
func (j *job) sub(in Input) *job {
	s := &job{ctx: j.ctx, env: j.env, in: in, v: verdict.Verdict{Format: verdict.OB20}}
	s.v.Aspects = verdict.Aspects{Integrity: verdict.Aspect{State: verdict.Unknown}, Issuer: verdict.Aspect{State: verdict.Unknown}}
	return s
}

// endorses judges p, the endorsement itself, signed if j has a token.
func (j *job) endorses(p part, about string) verdict.Endorsed {
	signed := j.in.Token != nil
	o := p.obj
	if !o.IsType("Endorsement") {
		return endorsed(verdict.Party{}, failed(verdict.NotABadge))
	}
	if said := takenBack(p, j.env.Now); said.State != verdict.None {
		return endorsed(verdict.Party{}, said)
	}
	if claim := o.Obj("claim").Str("id"); about == "" || !sameID(claim, about) {
		return endorsed(verdict.Party{}, failed(verdict.RecipientMismatch))
	}
	if signed != (verificationKind(o) == signedKind) {
		// A payload whose signature was left behind; or a token that says that
		// it is hosted, which counts only as its host has it.
		return endorsed(verdict.Party{}, failed(verdict.Unsigned))
	}
	issuerID, obj := o.Ref("issuer")
	issuer, r := j.readPart(issuerID, obj, aPart)
	if r.State != verdict.Pass {
		return endorsed(verdict.Party{}, r)
	}
	by := verdict.Party{ID: issuer.id, Name: issuer.obj.Prose("name"), URL: issuer.obj.Str("url")}
	j.assertion, j.issuer, j.class = p, issuer, part{embedded: true}
	a := &j.v.Aspects
	if signed {
		j.judgeSignature()
	} else {
		a.Integrity = verdict.Aspect{State: verdict.Pass}
		j.judgeScope()
	}
	if a.Integrity.State == verdict.Pass && a.Issuer.State == verdict.Pass {
		// Nothing is fetched on the word of what is not its issuer's.
		j.judgeStatus(signed)
	}
	j.judgeDates()
	a.Fill()
	return a.Endorsement(by)
}

// endorsed is what becomes of an endorsement of which one answer says all.
func endorsed(by verdict.Party, said verdict.Aspect) verdict.Endorsed {
	pass := verdict.Aspect{State: verdict.Pass}
	return verdict.Aspects{Integrity: said, Issuer: pass, Status: verdict.Aspect{State: verdict.None}, Dates: pass}.Endorsement(by)
}

func failed(r verdict.Reason) verdict.Aspect { return verdict.Aspect{State: verdict.Fail, Reason: r} }

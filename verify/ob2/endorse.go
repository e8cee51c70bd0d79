package ob2

import (
	"assay/verify/source"
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
			id, _ := source.Object{"e": e}.Ref("e")
			j.v.Endorsements = append(j.v.Endorsements, j.endorsement(id, p.id))
		}
	}
}

// endorsement judges one hosted endorsement of the object about. An
// endorsement of an endorsement is not read.
func (j *job) endorsement(id, about string) (e verdict.Endorsed) {
	answer := func(a verdict.Aspect) verdict.Endorsed {
		e.Reason = a.Reason
		e.Result = verdict.Rejected
		if a.State == verdict.Unknown {
			e.Result = verdict.Pending
		}
		return e
	}
	if _, ok := source.HTTPURL(id); !ok {
		return answer(verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned})
	}
	sub := &job{ctx: j.ctx, env: j.env, v: verdict.Verdict{Format: verdict.OB20}}
	p, r := sub.read(id, false)
	if r.State != verdict.Pass {
		if r.Reason == verdict.Gone {
			r.Reason = verdict.Revoked
		}
		return answer(r)
	}
	o := p.obj
	if !o.IsType("Endorsement") {
		return answer(verdict.Aspect{State: verdict.Fail, Reason: verdict.NotABadge})
	}
	if o.Bool("revoked") {
		return answer(verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked})
	}
	if claim := o.Obj("claim").Str("id"); about == "" || !sameID(claim, about) {
		return answer(verdict.Aspect{State: verdict.Fail, Reason: verdict.RecipientMismatch})
	}
	if verificationKind(o) == signedKind {
		return answer(verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned})
	}
	issuerID, obj := o.Ref("issuer")
	issuer, r := sub.readPart(issuerID, obj)
	if r.State != verdict.Pass {
		return answer(r)
	}
	e.Issuer = verdict.Party{ID: issuer.id, Name: issuer.obj.Str("name"), URL: issuer.obj.Str("url")}
	sub.assertion, sub.issuer, sub.class = p, issuer, part{embedded: true}
	sub.v.Aspects.Issuer.State = verdict.Unknown
	sub.judgeScope()
	if sub.v.Aspects.Issuer.State != verdict.Pass {
		return answer(sub.v.Aspects.Issuer)
	}
	if t, err := ParseTime(o.Text("issuedOn")); err != nil || t.After(j.env.Now.Add(Skew)) {
		return answer(verdict.Aspect{State: verdict.Fail, Reason: verdict.NotYetValid})
	}
	e.Result = verdict.Authentic
	return e
}

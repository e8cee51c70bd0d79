package ob2

import (
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// maxKeys bounds how many keys of a profile are tried.
const maxKeys = 8

// judgeSignature checks the token by keys of the issuer, and by no others:
// integrity says whether one of them made the signature, issuer whether there
// is such a key.
func (j *job) judgeSignature() {
	a := &j.v.Aspects
	if a.Integrity.State == verdict.Fail || j.issuer.obj == nil {
		// Without the issuer's document there is no key to check by.
		if a.Integrity.State == verdict.Unknown && a.Integrity.Reason == "" {
			a.Integrity = a.Issuer
			if a.Issuer.State == verdict.Fail {
				a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable}
			}
		}
		return
	}
	keys, r := j.keys()
	if r.State == verdict.Fail {
		a.Issuer = r
		a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable}
		return
	}
	var bad verdict.Aspect
	for _, k := range keys {
		err := j.in.Token.Verify(k.key)
		if err == nil {
			a.Integrity = verdict.Aspect{State: verdict.Pass, Evidence: append(a.Integrity.Evidence, k.evidence...)}
			a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: append(j.issuer.evidence, k.evidence...)}
			return
		}
		bad = proof.Aspect(err)
	}
	if r.State == verdict.Unknown {
		// A key that could not be read may be the one.
		a.Integrity, a.Issuer = r, r
		return
	}
	a.Integrity = bad
	a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: j.issuer.evidence, Detail: "the key is the issuer's, the signature is not this key's"}
}

// issuerKey is a key that the issuer names as its own.
type issuerKey struct {
	key      *proof.Key
	evidence []verdict.Evidence
}

// keys gives the issuer's keys that may have signed: the creator that the
// assertion names, if the profile lists it, else all that the profile lists
// (OB2 "SignedBadge"). An unknown aspect comes with the keys that could be
// read.
func (j *job) keys() ([]issuerKey, verdict.Aspect) {
	if j.v.Format == verdict.OB10 || j.v.Format == verdict.OB11 && !j.issuer.obj.Has("publicKey") {
		return j.pemKey()
	}
	if _, ok := read.HTTPURL(j.issuer.id); !ok {
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.IssuerUnprovable, Detail: "the issuer's id is no http address"}
	}
	creator, _ := j.assertion.obj.Obj("verification").Ref("creator")
	if creator == "" {
		creator, _ = j.assertion.obj.Obj("verify").Ref("creator")
	}
	listed := j.issuer.obj.List("publicKey")
	if len(listed) > maxKeys {
		listed = listed[:maxKeys]
	}
	var keys []issuerKey
	unread := verdict.Aspect{State: verdict.Pass}
	found := false
	for _, l := range listed {
		id, obj := read.Object{"k": l}.Ref("k")
		if creator != "" && !sameID(creator, id) {
			continue
		}
		found = true
		k, r := j.key(id, obj)
		switch r.State {
		case verdict.Pass:
			keys = append(keys, k)
		case verdict.Unknown:
			unread = r
		default:
			if len(keys) == 0 && unread.State == verdict.Pass {
				unread = r
			}
		}
	}
	switch {
	case !found:
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Evidence: j.issuer.evidence,
			Detail: "the issuer's profile does not list the key"}
	case len(keys) > 0 && unread.State == verdict.Fail:
		unread.State = verdict.Pass
	}
	return keys, unread
}

// key reads a CryptographicKey and makes sure that it names the profile as its
// owner, as the profile names it.
func (j *job) key(id string, obj read.Object) (issuerKey, verdict.Aspect) {
	fail := func(r verdict.Reason, detail string) (issuerKey, verdict.Aspect) {
		return issuerKey{}, verdict.Aspect{State: verdict.Fail, Reason: r, Detail: detail}
	}
	p := part{obj: obj, id: id, embedded: true}
	if _, ok := read.HTTPURL(id); ok && !obj.Has("publicKeyPem") {
		var r verdict.Aspect
		if p, r = j.read(id, false); r.State != verdict.Pass {
			if r.State == verdict.Fail {
				r.Reason = verdict.KeyNotIssuers
			}
			return issuerKey{}, r
		}
		if !sameID(p.id, id) {
			return fail(verdict.KeyNotIssuers, "the key calls itself something else")
		}
	}
	if owner, _ := p.obj.Ref("owner"); !sameID(owner, j.issuer.id) {
		return fail(verdict.KeyNotIssuers, "the key names another owner")
	}
	for _, gone := range []string{"revoked", "expires"} {
		if t, err := ParseTime(p.obj.Str(gone)); err == nil && t.Before(j.env.Now) {
			return fail(verdict.KeyRevoked, "")
		}
	}
	pub, err := proof.ParsePEM([]byte(p.obj.Str("publicKeyPem")))
	if err != nil {
		return fail(verdict.ProofKey, "the key cannot be read, or is too weak")
	}
	return issuerKey{key: &proof.Key{ID: id, Controller: j.issuer.id, Public: pub, Assertion: true}, evidence: p.evidence},
		verdict.Aspect{State: verdict.Pass}
}

// pemKey reads the key of an OB 1.x badge from verify.url. That address binds
// nothing by itself: it must lie on the issuer's own origin (the document that
// the class names as its issuer, or the class where there is none).
func (j *job) pemKey() ([]issuerKey, verdict.Aspect) {
	where := j.assertion.obj.Obj("verify").Str("url")
	if where == "" {
		where = j.assertion.obj.Obj("verification").Str("url")
	}
	u, ok := read.HTTPURL(where)
	if !ok {
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Detail: "names no address of its key"}
	}
	owner, ok := read.HTTPURL(j.issuer.id)
	if !ok || !read.SameOrigin(u, owner) {
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Detail: "the key does not lie on the issuer's host"}
	}
	j.warnPlain(where)
	resp, err := j.env.Fetcher.Fetch(j.ctx, fetch.Request{URL: where, Accept: "*/*", MaxBytes: 64 << 10, SameHost: true, PlainHTTP: true})
	if err != nil {
		return nil, fetch.Unreached(err, where)
	}
	ev := []verdict.Evidence{{URL: where, At: resp.At, SHA256: resp.SHA256}}
	switch {
	case resp.Status/100 != 2 && !read.Answered(resp.Status):
		return nil, verdict.Aspect{State: verdict.Unknown, Reason: verdict.HostUnreachable, Passing: true, Evidence: ev}
	case resp.Status/100 != 2:
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Detail: "there is no key at its address", Evidence: ev}
	}
	if final, ok := read.HTTPURL(resp.URL); resp.URL != "" && (!ok || !read.SameOrigin(final, owner)) {
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.RedirectedAway, Evidence: ev}
	}
	pub, err := proof.ParsePEM(resp.Body)
	if err != nil {
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofKey, Detail: "the key cannot be read, or is too weak", Evidence: ev}
	}
	return []issuerKey{{key: &proof.Key{ID: where, Controller: j.issuer.id, Public: pub, Assertion: true}, evidence: ev}},
		verdict.Aspect{State: verdict.Pass}
}

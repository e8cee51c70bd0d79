package vc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/status"
	"assay/verify/verdict"
)

// status asks for each status that the credential names (OB3 §8.3, "Check the
// status"; Bitstring Status List §3.2).
func (c *credential) status() {
	issuer, _ := c.doc.Ref("issuer")
	var ids []string // an issuer may list a badge by the name that its token has
	for _, id := range []string{c.tree.Str("id"), c.token.Str("jti")} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	// Of a token of VC-JOSE-COSE the two are one.
	claims := []any{c.tree["status"]}
	if c.legacy {
		claims = append(claims, c.token["status"])
	}
	a, warnings := c.judge.lists.Check(c.ctx, status.Query{
		Status: c.tree["credentialStatus"], Claims: claims, IDs: ids, Issuer: issuer, Now: c.env.Now,
		Fetcher: c.env.Fetcher, VerifyList: c.verifyList, VerifyToken: c.verifyToken, VerifyRevocations: c.verifyRevocations,
	})
	c.warn(warnings...)
	if c.selective != nil && a.State != verdict.Fail && !c.selective.Fixed(credentialTerms+"credentialStatus") {
		// Its holder shows what he likes, and of several statuses the clear one.
		// Only one that the issuer made mandatory could not be left out.
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed, Evidence: a.Evidence}
	}
	if said := a.Reason == verdict.Revoked || a.Reason == verdict.Suspended; !said && c.statusLeftOut() {
		// Nor does it speak against the badge that an entry is not all there.
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed, Evidence: a.Evidence}
	}
	switch max(c.token.Denied("revoked", c.env.Now), c.tree.Denied("revoked", c.env.Now), c.extra().Denied("revoked", c.env.Now)) {
	case read.Yes:
		a = verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Evidence: a.Evidence}
	case read.Unclear:
		if a.State != verdict.Fail {
			a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnclear, Evidence: a.Evidence}
		}
	}
	c.v.Aspects.Status = a
}

// credentialTerms is the namespace of the terms of VCDM.
const credentialTerms = "https://www.w3.org/2018/credentials#"

// hiddenDates reports whether the holder may have left out when the credential
// begins or ends.
func (c *credential) hiddenDates() bool {
	s := c.selective
	if s == nil {
		return false
	}
	return !s.Fixed(credentialTerms+"validFrom") && !s.Fixed(credentialTerms+"issuanceDate") ||
		!s.Fixed(credentialTerms+"validUntil") && !s.Fixed(credentialTerms+"expirationDate")
}

var errList = errors.New("the status list is not to be relied on")

// verifyList checks a status list credential as any other: its proof holds, by
// a key of its issuer. What cannot be relied on is read all the same, for what it
// says against a credential.
func (c *credential) verifyList(ctx context.Context, raw []byte, _ string) (*status.List, error) {
	raw = bareList(raw)
	in, err := readLong(raw, status.MaxList)
	if err == nil && in.Object.IsType("EnvelopedVerifiableCredential") {
		// What stands in it could not be taken out: whether it is signed was not seen.
		if _, err = dataOf(in.Object.Str("id")); err == nil {
			err = verdict.Because(proof.ErrMalformed, "enveloped too deeply")
		}
		return nil, unsound(err)
	}
	if err != nil {
		if in.Object = payloadOf(raw); in.Object == nil {
			return nil, fmt.Errorf("%w: %w", errList, err)
		}
	}
	l := &credential{judge: c.judge, ctx: ctx, env: c.env, in: in, inner: true}
	out := &status.List{}
	switch {
	case err != nil:
		if l.doc = in.Object; l.doc.Obj("vc") != nil {
			l.doc = l.doc.Obj("vc")
		}
		out.Fault = unsound(err)
	case !l.open():
		out.Fault = fmt.Errorf("%w: ambiguous", errList)
	default:
		if iss := l.token.Str("iss"); iss != "" && !l.doc.Has("issuer") {
			l.doc = maps.Clone(l.doc) // VC-JOSE-COSE §3.1.3: one for the other
			l.doc["issuer"] = iss
		}
		l.proofs()
		out.Fault = l.listFault()
	}
	if l.tree, err = l.readTree(); err != nil {
		l.tree = l.doc
		out.Fault = cmp.Or(out.Fault, fmt.Errorf("%w: %w", errList, err))
	} else {
		l.oneIssuer()
		out.Fault = cmp.Or(out.Fault, l.listFault())
	}
	if id := l.token.Str("jti"); id != "" && !l.tree.Has("id") {
		l.tree["id"] = id // VCDM 1.1 §6.3.1, VC-JOSE-COSE §3.1.3: one for the other
	}
	l.dates()
	if l.v.Aspects.Dates.Reason == verdict.DateMalformed {
		out.Fault = cmp.Or(out.Fault, fmt.Errorf("%w: %s", errList, verdict.DateMalformed))
	}
	out.Issuer, _ = l.tree.Ref("issuer")
	out.Credential, out.ValidFrom, out.ValidUntil, out.Evidence = l.tree, l.from, l.v.Credential.Expires, l.v.Aspects.Issuer.Evidence
	return out, nil
}

// bareList takes a status list out of what its host hands it out in: an enveloping
// object (VCDM 2.0 §4.13), a list of one, the text of a token in quotes, or an object
// that names it and is none itself. What is around it is not signed, and not read.
func bareList(raw []byte) []byte {
	for range maxEnvelopes {
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || !strings.ContainsRune(`{["`, rune(raw[0])) {
			return raw
		}
		v, err := read.Parse(raw, read.Limits{Bytes: status.MaxList})
		if err != nil {
			return raw
		}
		inner := v
		if o, ok := v.(map[string]any); ok {
			inner = held(o)
		} else if list, ok := v.([]any); ok && len(list) == 1 {
			inner = list[0]
		}
		switch x := inner.(type) {
		case string:
			raw = []byte(x)
		case map[string]any:
			if raw, err = json.Marshal(x); err != nil {
				return nil
			}
		default:
			return raw
		}
	}
	return raw
}

// held gives the one list that an object holds which is none, nil where it is one or
// holds several.
func held(o read.Object) (list any) {
	switch {
	case o.IsType("EnvelopedVerifiableCredential"):
		if text, err := dataOf(o.Str("id")); err == nil {
			return string(text)
		}
		return nil
	case o.Has("credentialSubject"), o.Has("vc") && o.Has("iss"), isRevocations(o):
		return nil
	}
	for _, name := range []string{"credential", "verifiableCredential", "statusListCredential", "revocationList", "vc", "jwt", "data"} {
		of := o.List(name)
		if len(of) > 1 || len(of) == 1 && list != nil {
			return nil
		}
		if len(of) == 1 {
			list = of[0]
		}
	}
	return list
}

// verifyRevocations checks a 1EdTech revocation list. It need not bear a proof; one
// that it bears must hold, by a key of its issuer.
func (c *credential) verifyRevocations(ctx context.Context, raw []byte, where string) (*status.List, error) {
	if v, _ := read.Parse(raw, read.Limits{Bytes: status.MaxList}); isEntries(v) {
		// What it says against a credential is plain; whose it is, it does not say.
		return &status.List{Credential: read.Object{"revokedCredential": v}, Fault: fmt.Errorf("%w: it is no object", errList)}, nil
	}
	raw = bareList(raw)
	v, err := read.Parse(raw, read.Limits{Bytes: status.MaxList})
	o, isObject := v.(map[string]any)
	list := read.Object(o)
	switch {
	case err == nil && !isObject, err != nil && bytes.Count(raw, []byte{'.'}) != 2:
		return nil, fmt.Errorf("%w: it is neither an object of strict JSON nor a token", errList)
	case err != nil, list.Has("proof"), list.IsType("EnvelopedVerifiableCredential"):
		l, err := c.verifyList(ctx, raw, where)
		if l != nil && list.Has("proof") {
			// What it says against a credential it says under whatever context: where one
			// gives the entries a name of its own, the list as it is read has none.
			l.Credential = list
		}
		return l, err
	}
	l := &status.List{Issuer: read.ID(list["issuer"]), Credential: list}
	for name, at := range map[string]*time.Time{"validFrom": &l.ValidFrom, "issuanceDate": &l.ValidFrom} {
		if t, ok := list.Latest(name); !ok {
			l.Fault = fmt.Errorf("%w: %s", errList, verdict.DateMalformed)
		} else if t.After(*at) {
			*at = t
		}
	}
	for _, name := range []string{"validUntil", "expirationDate"} {
		t, ok := list.Earliest(name)
		if !ok {
			l.Fault = fmt.Errorf("%w: %s", errList, verdict.DateMalformed)
		}
		l.ValidUntil = read.Sooner(l.ValidUntil, t)
	}
	return l, nil
}

// isEntries reports whether a value is the entries of a revocation list, which is
// none itself, nor one in a list of one.
func isEntries(v any) bool {
	list, ok := v.([]any)
	if !ok || len(list) != 1 {
		return ok
	}
	if s, isText := list[0].(string); isText {
		// Neither a token nor what one stands in.
		return strings.Contains(s, ":") && !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "data:")
	}
	o, ok := list[0].(map[string]any)
	whole := read.Object(o)
	return ok && !isRevocations(whole) && !whole.Has("credentialSubject") && held(whole) == nil && !whole.IsType("EnvelopedVerifiableCredential")
}

// isRevocations tells a 1EdTech revocation list by its entries.
func isRevocations(o read.Object) bool {
	return o.Has("revokedCredential") || o.Has("revokedCredentials")
}

// verifyToken checks a status list token (draft-ietf-oauth-status-list): a JWT of
// its own type, by a key of whom it names as its issuer, else of the DID that its
// key is named by, else of the credential's issuer.
func (c *credential) verifyToken(ctx context.Context, raw []byte, _ string) (*status.List, error) {
	t, err := proof.ParseLongJWS(bytes.TrimSpace(raw), status.MaxList)
	if err != nil {
		claims := payloadOf(raw)
		if claims == nil {
			return nil, fmt.Errorf("%w: %w", errList, err)
		}
		return &status.List{Credential: claims, Fault: unsound(err)}, nil
	}
	claims, err := t.Object()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errList, err)
	}
	issuer := claims.Str("iss")
	if did, _, ok := strings.Cut(t.KeyID, "#"); issuer == "" && ok && strings.HasPrefix(did, "did:") {
		issuer = did
	}
	if issuer == "" {
		issuer, _ = c.doc.Ref("issuer")
	}
	l := &credential{judge: c.judge, ctx: ctx, env: c.env, in: Input{Token: t}, doc: read.Object{"issuer": issuer}, inner: true}
	l.judgeToken()
	out := &status.List{Issuer: issuer, Credential: claims, Fault: l.listFault(), Evidence: l.v.Aspects.Issuer.Evidence}
	// A media type, in whatever letters and with "application/" or not (RFC 7515 §4.1.9).
	if typ := strings.ToLower(t.Type); typ != status.TokenType && typ != "application/"+status.TokenType {
		out.Fault = cmp.Or(out.Fault, fmt.Errorf("%w: a token of type %.40q", errList, t.Type))
	}
	for name, at := range map[string]*time.Time{"exp": &out.ValidUntil, "nbf": &out.ValidFrom} {
		var ok bool
		if *at, ok = numericDate(claims, name); !ok && claims.Has(name) {
			out.Fault = cmp.Or(out.Fault, fmt.Errorf("%w: %s is no date", errList, name))
		}
	}
	if made, ok := numericDate(claims, "iat"); ok && made.After(c.env.Now.Add(Skew)) && made.After(out.ValidFrom) {
		out.ValidFrom = made
	}
	return out, nil
}

// listFault says why a status list is not proven.
func (c *credential) listFault() error {
	for _, x := range []verdict.Aspect{c.v.Aspects.Integrity, c.v.Aspects.Issuer} {
		switch {
		case x.State == verdict.Pass:
		case x.State == verdict.Unknown && x.Passing:
			return fmt.Errorf("%w: %s: %w", errList, x.Reason, fetch.ErrUnreachable)
		case x.State == verdict.Unknown && x.Reason == verdict.SuiteUnsupported:
			return fmt.Errorf("%w: %s", status.ErrUnsupported, x.Detail)
		default:
			return fmt.Errorf("%w: %s", errList, x.Reason)
		}
	}
	if c.selective != nil {
		// Whoever passes it on could have left out its end, or its purpose.
		return fmt.Errorf("%w: %s", errList, verdict.NotDisclosed)
	}
	return nil
}

// unsound is the fault of a list whose token cannot be checked.
func unsound(err error) error {
	if errors.Is(err, proof.ErrUnsupported) {
		return fmt.Errorf("%w: %w", status.ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", errList, err)
}

// payloadOf gives what a token says that cannot be checked, nil when it is none.
func payloadOf(raw []byte) read.Object {
	parts := bytes.SplitN(bytes.TrimSpace(raw), []byte{'.'}, 4)
	if len(parts) < 3 {
		return nil
	}
	return payload(string(parts[1]))
}

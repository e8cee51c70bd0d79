package proof

import (
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"assay/verify/rdf"
	"assay/verify/read"
	"assay/verify/verdict"

	"github.com/mr-tron/base58"
)

// DIOptions say how Data Integrity proofs are checked.
type DIOptions struct {
	Keys   KeySource  // required: finds the key that a proof names
	Now    time.Time  // the time to judge at; zero = time.Now()
	Limits rdf.Limits // of the canonicalization; zero fields mean the defaults

	Purpose string // that a proof must have; "" = assertionMethod

	// Contexts finds those that a document names beside the bundle's; nil = none.
	// It is asked once a document, when the key is known. Its errors wrap
	// ErrContext, or are the source's own.
	Contexts ContextSource
}

// ContextSource finds extension contexts by their addresses. One that it leaves
// out is not allowed.
type ContextSource func(ctx context.Context, urls []string) (rdf.Extensions, error)

// DIResult is what became of one proof of a document.
type DIResult struct {
	Suite   string // cryptosuite, or the type of a proof from before cryptosuites
	Method  string // verificationMethod as the proof names it
	Key     *Key   // the key by which the proof holds; the last that was tried where it does not, nil if none was
	Err     error  // nil when the proof is good; else wraps one of this package's errors or the KeySource's
	ID      string // of the proof, "" if it has none
	Created time.Time
	Expires time.Time

	// Document is what the proof secures, and the only thing to read claims
	// from: the document without its proofs, with the context that the proof
	// was made under (vc-di-eddsa §3.3.2). Where statements were signed, @id and
	// @type stand in it as id and type ([read.ByTerms]). nil unless Err is nil. It
	// shares its values with the input.
	Document map[string]any

	// Reading is Document as its claims are read: what stands there by terms of
	// extension contexts is under their IRIs (rdf.Dataset.Reading). It is nil
	// where there is nothing of the kind.
	Reading map[string]any

	Warnings  []verdict.Warning
	Variant   string     // the copy of the contexts that it verified with, "" = as published
	Selective *Selective // of a selective disclosure proof
}

// maxProofs bounds a proof set or chain.
const maxProofs = 16

// skew is how far a proof's clock may run ahead of ours (A17).
const skew = time.Minute

// VerifyDataIntegrity checks every proof of a document, decoded with numbers
// as json.Number, and gives a result for each in their order. Whether one good
// proof is enough is the caller's to judge (VC Data Integrity §4.4: of a set,
// one is; a proof of a chain is good only if all before it are). The error is
// for a document whose proofs cannot be told at all: none, too many, two with
// one id.
//
// Proofs are looked for at the root alone. A key's binding to the issuer is
// not judged here.
func VerifyDataIntegrity(ctx context.Context, doc map[string]any, o DIOptions) ([]DIResult, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	proofs, err := proofsOf(doc)
	if err != nil {
		return nil, err
	}
	v := &diVerifier{o: o, doc: doc, proofs: proofs, done: make([]bool, len(proofs)), running: make([]bool, len(proofs)), results: make([]DIResult, len(proofs))}
	v.unsecured = without(doc, "proof")
	v.byID = make(map[string]int)
	for i, p := range proofs {
		id, ok := naming(p, "id").(string)
		if !ok {
			continue
		}
		if _, twice := v.byID[id]; twice {
			return nil, verdict.Because(ErrMalformed, "two proofs have one id")
		}
		v.byID[id] = i
	}
	for i := range proofs {
		v.check(ctx, i)
	}
	return v.results, nil
}

// proofsOf gives the proofs at the root of a document.
func proofsOf(doc map[string]any) ([]map[string]any, error) {
	var list []any
	switch p := doc["proof"].(type) {
	case map[string]any:
		list = []any{p}
	case []any:
		list = p
	case nil:
		return nil, verdict.Because(ErrMalformed, "no proof")
	default:
		return nil, verdict.Because(ErrUnsupported, "a proof that is not an object")
	}
	if len(list) == 0 {
		return nil, verdict.Because(ErrMalformed, "an empty list of proofs")
	}
	if len(list) > maxProofs {
		return nil, verdict.Because(ErrBudget, "more than %d proofs", maxProofs)
	}
	out := make([]map[string]any, len(list))
	for i, p := range list {
		m, ok := p.(map[string]any)
		if !ok {
			return nil, verdict.Because(ErrUnsupported, "a proof that is not an object")
		}
		out[i] = m
	}
	return out, nil
}

// A diVerifier checks the proofs of one document.
type diVerifier struct {
	o         DIOptions
	doc       map[string]any
	unsecured map[string]any // doc without proof
	proofs    []map[string]any
	byID      map[string]int
	done      []bool
	running   []bool
	results   []DIResult
	hashes    []*docHash

	asked      bool // for extensions
	extensions rdf.Extensions
	refused    error // why they cannot be had
}

// contexts gives the extension contexts that the document names.
func (v *diVerifier) contexts(ctx context.Context) (rdf.Extensions, error) {
	if v.asked {
		return v.extensions, v.refused
	}
	v.extensions, v.refused = v.find(ctx, v.doc)
	v.asked = true
	return v.extensions, v.refused
}

func (v *diVerifier) find(ctx context.Context, doc map[string]any) (rdf.Extensions, error) {
	urls, err := rdf.Foreign(doc)
	if err != nil || len(urls) == 0 || v.o.Contexts == nil {
		return nil, err
	}
	return v.o.Contexts(ctx, urls)
}

// A docHash remembers the hash of the unsecured document, which the proofs of
// a set share.
type docHash struct {
	hash     crypto.Hash
	variant  string
	sum      []byte
	warnings []verdict.Warning
	reading  map[string]any
	err      error
}

// check judges proof i once.
func (v *diVerifier) check(ctx context.Context, i int) {
	if v.done[i] {
		return
	}
	v.running[i] = true
	r := &v.results[i]
	r.Document, r.Err = v.judge(ctx, i, r)
	v.running[i] = false
	v.done[i] = true
}

// judge is "Verify Proof" (VC Data Integrity §4.4) for proof i.
func (v *diVerifier) judge(ctx context.Context, i int, r *DIResult) (map[string]any, error) {
	p := v.proofs[i]
	kind, ok := naming(p, "type").(string)
	if !ok {
		return nil, verdict.Because(ErrUnsupported, "a proof without a type")
	}
	r.Suite = kind
	if kind == "DataIntegrityProof" {
		if r.Suite, ok = p["cryptosuite"].(string); !ok {
			return nil, verdict.Because(ErrUnsupported, "a DataIntegrityProof without a cryptosuite")
		}
	}
	if r.ID, ok = naming(p, "id").(string); !ok && naming(p, "id") != nil {
		return nil, verdict.Because(ErrUnsupported, "a proof whose id is no text")
	}
	s, err := suiteOf(kind, r)
	if err != nil {
		return nil, err
	}
	// VC Data Integrity §2.1: it may be left out; who knows the issuer knows its keys.
	if r.Method = methodOf(p["verificationMethod"]); r.Method == "" && p["verificationMethod"] != nil && p["verificationMethod"] != "" {
		return nil, verdict.Because(ErrMalformed, "verificationMethod names no key")
	}
	if p["proofPurpose"] != any(cmp.Or(v.o.Purpose, "assertionMethod")) {
		return nil, verdict.Because(ErrPurpose, "%.40q", fmt.Sprint(p["proofPurpose"]))
	}
	unread, err := v.dates(p, r)
	if err != nil {
		return nil, err
	}
	name := "proofValue"
	if _, ok := detached[kind]; ok {
		if name = "jws"; p["proofValue"] != nil {
			return nil, verdict.Because(ErrMalformed, "%s with a proofValue", kind)
		}
	}
	value, ok := p[name].(string)
	if !ok {
		return nil, verdict.Because(ErrMalformed, "proof without a %s", name)
	}
	input, err := v.chain(ctx, i, p)
	if err != nil {
		return nil, err
	}
	keys, err := v.o.Keys(ctx, r.Method)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, verdict.Because(ErrKey, "no key")
	}
	warnings := r.Warnings
	var first error
	for _, k := range keys {
		r.Key, r.Warnings = k, slices.Clone(warnings)
		doc, err := v.byKey(ctx, s, &diProof{v: v, proof: p, value: value, input: input, chained: p["previousProof"] != nil, result: r, config: without(p, name)})
		if err == nil {
			if unread != nil {
				return nil, unread
			}
			return doc, nil
		}
		first = Telling(first, err)
		if errors.Is(err, ErrBudget) || errors.Is(err, ErrContext) || errors.Is(err, ErrDataLoss) || ctx.Err() != nil {
			return nil, err // whatever the key
		}
	}
	return nil, first
}

// byKey checks a proof by one key.
func (v *diVerifier) byKey(ctx context.Context, s suite, p *diProof) (map[string]any, error) {
	if err := v.usable(p.result.Key); err != nil {
		return nil, err
	}
	return s(ctx, p)
}

// statements is the document whose statements were signed, by the terms that it is
// read by.
func (p *diProof) statements() map[string]any {
	doc, _ := read.ByTerms(p.input, false)
	return doc
}

// naming gives the member of a proof that a term or its keyword names.
func naming(p map[string]any, term string) any {
	if v, ok := p[term]; ok {
		return v
	}
	return p["@"+term]
}

// A diProof is one proof on its way through its suite.
type diProof struct {
	v       *diVerifier
	proof   map[string]any
	config  map[string]any // the proof without its value
	value   string
	input   map[string]any // what was signed, still under its own context
	chained bool
	result  *DIResult
}

// A suite checks the arithmetic and gives the secured document.
type suite func(ctx context.Context, p *diProof) (map[string]any, error)

// suites are the cryptosuites of a DataIntegrityProof, by their exact names.
var suites = map[string]suite{
	"eddsa-rdfc-2022": eddsaRDFC,
	"eddsa-2022":      eddsaRDFC, // as a draft called it
	"eddsa-rdf-2022":  eddsaRDFC, // a misspelling
	"eddsa-jcs-2022":  eddsaJCS,
	"ecdsa-rdfc-2019": ecdsaRDFC,
	"ecdsa-jcs-2019":  ecdsaJCS,
	"ecdsa-sd-2023":   ecdsaSD,
}

// suiteOf finds the suite of a proof by its exact name: a proof of a suite
// that is not known is never no proof.
func suiteOf(kind string, r *DIResult) (suite, error) {
	switch kind {
	case "DataIntegrityProof":
	case "Ed25519Signature2020":
		return ed25519Signature2020, nil
	case "Ed25519Signature2018", "JsonWebSignature2020":
		return detachedJWS, nil
	default:
		return nil, verdict.Because(ErrUnsupported, "proof type %.60q", kind)
	}
	switch r.Suite {
	case "eddsa-2022":
		r.Warnings = append(r.Warnings, verdict.WarnOldSuiteName)
	case "eddsa-rdf-2022": // the implementation guide of Open Badges 3.0 has it, and so do badges
		r.Warnings = append(r.Warnings, verdict.WarnSuiteMisspelt)
	}
	if s := suites[r.Suite]; s != nil {
		return s, nil
	}
	return nil, verdict.Because(ErrUnsupported, "cryptosuite %.60q", r.Suite)
}

// dates checks created and expires (VC Data Integrity §2.1, §4.4), in whatever
// spelling of a date they stand (package read). The published schema of Open Badges
// asks for a text, and no more. unread is what a proof comes to that holds else, for
// a date that cannot be read: its time may have come, or not.
func (v *diVerifier) dates(p map[string]any, r *DIResult) (unread, err error) {
	made, ok := read.Latest(p["created"])
	end, ok2 := read.Earliest(p["expires"])
	switch {
	case ok && made.After(v.o.Now.Add(skew)):
		return nil, verdict.Because(ErrDates, "created in the future")
	case ok2 && read.Zero(end):
		unread = verdict.Because(ErrUndated, "%s, the zero of a clock, which may stand for no end", read.Quoted("expires", p["expires"]))
	case ok2 && !end.IsZero() && !v.o.Now.Before(end):
		return nil, verdict.Because(ErrDates, "expired")
	case !ok:
		unread = verdict.Because(ErrUndated, "%s", read.Quoted("created", p["created"]))
	case !ok2:
		unread = verdict.Because(ErrUndated, "%s", read.Quoted("expires", p["expires"]))
	case made.IsZero():
		r.Warnings = append(r.Warnings, verdict.WarnNoCreated)
	}
	if ok {
		r.Created = made
	}
	if ok2 {
		r.Expires = end
	}
	return unread, nil
}

// usable checks what the key's own document says of it (CID 1.0 §2.2, §2.3).
func (v *diVerifier) usable(k *Key) error {
	if k == nil || k.Public == nil {
		return verdict.Because(ErrKey, "no key")
	}
	if !k.Assertion {
		return verdict.Because(ErrPurpose, "the key is not listed for assertions")
	}
	if !k.Revoked.IsZero() && !v.o.Now.Before(k.Revoked) {
		return verdict.Because(ErrKey, "the key was revoked")
	}
	if !k.Expires.IsZero() && !v.o.Now.Before(k.Expires) {
		return verdict.Because(ErrKey, "the key has expired")
	}
	return nil
}

// chain gives the document that proof i was made over: the bare one, or the
// one with the proofs that it names as previous, all of which must be good (VC
// Data Integrity §4.5).
func (v *diVerifier) chain(ctx context.Context, i int, p map[string]any) (map[string]any, error) {
	previous := p["previousProof"]
	if previous == nil {
		return v.unsecured, nil
	}
	list, ok := previous.([]any)
	if !ok {
		list = []any{previous}
	}
	if len(list) == 0 {
		return nil, verdict.Because(ErrChain, "previousProof is empty")
	}
	matching := make([]any, 0, len(list))
	for _, x := range list {
		id, ok := x.(string)
		if !ok {
			return nil, verdict.Because(ErrMalformed, "previousProof is not a string")
		}
		j, ok := v.byID[id]
		if !ok {
			return nil, verdict.Because(ErrChain, "%.80q is not in the document", id)
		}
		if v.running[j] {
			return nil, verdict.Because(ErrChain, "proofs name each other")
		}
		v.check(ctx, j)
		if err := v.results[j].Err; err != nil {
			return nil, verdict.Because(ErrChain, "the one before: %w", err)
		}
		matching = append(matching, v.proofs[j])
	}
	input := maps.Clone(v.unsecured)
	input["proof"] = matching
	return input, nil
}

// without gives a copy of m that lacks a member.
func without(m map[string]any, key string) map[string]any {
	out := maps.Clone(m)
	delete(out, key)
	return out
}

// rdfc hashes configuration and document by RDFC-1.0 and asks ok whether the
// signature holds over the two; it tries the copies of the contexts that
// circulate in turn, the published ones first. It gives the secured document.
func (p *diProof) rdfc(ctx context.Context, h crypto.Hash, ok func(hashData []byte) bool) (map[string]any, error) {
	// The proof is read under the document's context (vc-di-eddsa §3.2.5).
	if own, has := p.config["@context"]; has {
		if !sameJSON(own, p.input["@context"]) {
			return nil, verdict.Because(ErrContext, "the proof has another context than the document")
		}
		p.result.Warnings = append(p.result.Warnings, verdict.WarnSuiteContext)
	}
	p.config["@context"] = p.input["@context"]
	return p.variants(ctx, h, ok)
}

// variants hashes configuration and document under each copy of the contexts in
// turn, and asks ok. It gives the secured document.
func (p *diProof) variants(ctx context.Context, h crypto.Hash, ok func(hashData []byte) bool) (map[string]any, error) {
	var first error
	for i, variant := range rdf.Variants() {
		hashData, d, err := p.rdfcHash(ctx, h, variant)
		if err == nil && !ok(hashData) {
			err = ErrSignature
		}
		if err == nil {
			p.result.Warnings = append(p.result.Warnings, d.warnings...)
			p.result.Reading = d.reading
			if i > 0 {
				p.result.Variant = variant
				p.result.Warnings = append(p.result.Warnings, verdict.WarnVariant)
			}
			return p.statements(), nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, ErrDataLoss) && !errors.Is(err, ErrSignature) {
			break
		}
	}
	return nil, first
}

// rdfcHash gives H(canonical proof configuration) || H(canonical document).
func (p *diProof) rdfcHash(ctx context.Context, h crypto.Hash, variant string) ([]byte, *docHash, error) {
	d := p.documentHash(ctx, h, variant)
	if d.err != nil {
		return nil, nil, d.err
	}
	config := p.hashRDF(ctx, p.config, h, variant)
	if config.err != nil {
		return nil, nil, fmt.Errorf("in the proof: %w", config.err)
	}
	return append(config.sum, d.sum...), d, nil
}

func (p *diProof) documentHash(ctx context.Context, h crypto.Hash, variant string) *docHash {
	if p.chained {
		return p.hashRDF(ctx, p.input, h, variant)
	}
	for _, d := range p.v.hashes {
		if d.hash == h && d.variant == variant {
			return d
		}
	}
	d := p.hashRDF(ctx, p.input, h, variant)
	if ctx.Err() == nil {
		p.v.hashes = append(p.v.hashes, d)
	}
	return d
}

// hashRDF hashes the statements of a document.
func (p *diProof) hashRDF(ctx context.Context, doc map[string]any, h crypto.Hash, variant string) *docHash {
	out := &docHash{hash: h, variant: variant}
	d, err := p.toRDF(ctx, doc, variant)
	if err != nil {
		out.err = err
		return out
	}
	if out.sum, out.err = rdf.Hash(ctx, d.Quads, h, p.v.o.Limits); out.err != nil {
		return out
	}
	out.warnings = unsigned(d)
	if d.Extended() {
		out.reading = d.Reading(doc)
	}
	return out
}

// toRDF reads a document into statements, with the extensions that it names.
func (p *diProof) toRDF(ctx context.Context, doc map[string]any, variant string) (*rdf.Dataset, error) {
	ext, err := p.v.contexts(ctx)
	if err != nil {
		return nil, err
	}
	return ext.ToRDF(doc, variant, p.v.o.Limits)
}

// methodOf gives the id of the one key that a proof names, as a text, in an object or
// in a list of one. A key that stands in it is not read: whoever signs can write his.
func methodOf(v any) string {
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	if o, ok := v.(map[string]any); ok {
		v = naming(o, "id")
	}
	s, _ := v.(string)
	return s
}

// unsigned warns of what a document has that no statement holds, or that nobody
// reads.
func unsigned(d *rdf.Dataset) (out []verdict.Warning) {
	if d.Nulls > 0 {
		out = append(out, verdict.WarnNulls)
	}
	if d.Turned > 0 {
		out = append(out, verdict.WarnDirection)
	}
	if d.Extended() {
		out = append(out, verdict.WarnContextAdds)
	}
	return out
}

// jcs hashes configuration and document by RFC 8785 and asks ok whether the
// signature holds (vc-di-eddsa §3.3.2). The document that it gives has the
// proof's context: what was added to it after signing is gone. Drafts of the
// suites differed in whether the options have the document's context; a proof
// that writes none may have been signed with it, which binds nothing else.
func (p *diProof) jcs(ctx context.Context, sum func([]byte) []byte, ok func(hashData []byte) bool) (map[string]any, error) {
	doc := p.input
	own, has := p.config["@context"]
	if has {
		if !startsWith(doc["@context"], own) {
			return nil, verdict.Because(ErrSignature, "the document's @context does not start with the proof's")
		}
		doc = maps.Clone(doc)
		doc["@context"] = own
	}
	body, err := rdf.CanonicalJSON(doc)
	if err != nil {
		return nil, err
	}
	holds := func(config map[string]any) (bool, error) {
		c, err := rdf.CanonicalJSON(config)
		return err == nil && ok(append(sum(c), sum(body)...)), err
	}
	good, err := holds(p.config)
	if err == nil && !good && !has {
		config := maps.Clone(p.config)
		config["@context"] = doc["@context"]
		if good, err = holds(config); good {
			p.result.Warnings = append(p.result.Warnings, verdict.WarnUnwritten)
		}
	}
	if err != nil {
		return nil, err
	}
	if !good {
		return nil, ErrSignature
	}
	// The text was signed, whatever its contexts; what it says is another matter.
	// Of contexts that somebody added to it later nothing is asked.
	ext, err := p.v.extensions, p.v.refused
	if !p.v.asked {
		ext, err = p.v.find(ctx, map[string]any{"@context": doc["@context"]})
	}
	if err != nil {
		return nil, err
	}
	if err := rdf.CheckContext(doc["@context"], ext); err != nil {
		return nil, err
	}
	return doc, nil
}

// startsWith reports whether the context whole has the contexts of part first,
// in their order.
func startsWith(whole, part any) bool {
	w, ok := whole.([]any)
	if !ok {
		w = []any{whole}
	}
	q, ok := part.([]any)
	if !ok {
		q = []any{part}
	}
	if len(q) == 0 || len(q) > len(w) {
		return false
	}
	return reflect.DeepEqual(w[:len(q)], q)
}

// sameJSON compares two contexts.
func sameJSON(a, b any) bool { return startsWith(a, b) && startsWith(b, a) }

func sha256Sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sha384Sum(b []byte) []byte { s := sha512.Sum384(b); return s[:] }

// base58btc decodes a multibase value that must be base58btc and of n bytes. The same
// signature in another encoding is unsupported by its name: two spellings of one value
// are two texts, and the specifications know this one.
func base58btc(value string, n int) ([]byte, error) {
	if len(value) > 5*n {
		return nil, verdict.Because(ErrMalformed, "proofValue is too long")
	}
	if digits, ok := strings.CutPrefix(value, "z"); ok {
		if b, err := base58.Decode(digits); err == nil {
			switch {
			case len(b) == n:
				return b, nil
			case inDER(b, n):
				return nil, verdict.Because(ErrUnsupported, "a signature in DER")
			}
			return nil, verdict.Because(ErrMalformed, "a signature of %d bytes instead of %d", len(b), n)
		}
	}
	if name := otherEncoding(value, n); name != "" {
		return nil, verdict.Because(ErrUnsupported, "a proofValue in %s", name)
	}
	return nil, verdict.Because(ErrMalformed, "proofValue is not base58btc")
}

// base64url decodes base64url without padding, and no other spelling of it.
var base64url = base64.RawURLEncoding.Strict()

// HashDataIntegrity gives the bytes that a signer signs for a document without
// proof and a proof without value: H(proof) || H(document) of the cryptosuite
// that the proof names, with SHA-256. It is for those who make test data and
// for audits; nothing here signs. The document must not have a proof, except
// the ones that a chained proof is made over.
func HashDataIntegrity(ctx context.Context, doc, proof map[string]any) ([]byte, error) {
	return HashExtended(ctx, doc, proof, nil)
}

// HashExtended is HashDataIntegrity of a document that may name these extension
// contexts, too.
func HashExtended(ctx context.Context, doc, proof map[string]any, ext rdf.Extensions) ([]byte, error) {
	p := &diProof{v: &diVerifier{asked: true, extensions: ext}, input: doc, config: without(proof, "proofValue"), chained: true, result: &DIResult{}}
	var out []byte
	keep := func(hashData []byte) bool { out = hashData; return true }
	name, _ := proof["cryptosuite"].(string)
	if name == "" {
		name, _ = proof["type"].(string)
	}
	var err error
	switch name {
	case "eddsa-rdfc-2022", "eddsa-rdf-2022", "ecdsa-rdfc-2019", "Ed25519Signature2020":
		_, err = p.rdfc(ctx, crypto.SHA256, keep)
	case "eddsa-jcs-2022", "ecdsa-jcs-2019":
		_, err = p.jcs(ctx, sha256Sum, keep)
	case "Ed25519Signature2018", "JsonWebSignature2020":
		p.config = without(p.config, "jws")
		_, err = p.linkedData(ctx, detached[name].contexts, keep)
	default:
		err = verdict.Because(ErrUnsupported, "%.60q", name)
	}
	return out, err
}

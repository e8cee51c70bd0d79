package did

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mr-tron/base58"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/rdf"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Bounds of one log of a did:webvh.
const (
	maxLog     = 1 << 20 // bytes
	maxVersion = 256     // entries
	maxWitness = 16      // witnesses, and proofs of an entry of theirs
	maxUpdate  = 16      // keys that may update, and hashes of them
)

const (
	acceptLog = "text/jsonl, application/jsonl;q=0.9, application/json;q=0.5, */*;q=0.1"
	logMethod = "did:webvh:1.0"
	logSkew   = 5 * time.Minute // how far an entry may be dated ahead of our clock
	scidMark  = "{SCID}"
)

// logParameters are those that version 1.0 knows, and what each may be.
var logParameters = map[string]func(v any) bool{
	"method": isText, "scid": isText, "updateKeys": isTexts, "nextKeyHashes": isTexts, "watchers": isTexts,
	"witness": func(v any) bool { _, ok := v.(map[string]any); return ok }, "portable": isBool, "deactivated": isBool,
	"ttl": func(v any) bool { _, ok := v.(json.Number); return ok },
}

func isText(v any) bool { _, ok := v.(string); return ok }
func isBool(v any) bool { _, ok := v.(bool); return ok }
func isTexts(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) <= maxUpdate && !slices.ContainsFunc(list, func(e any) bool { return !isText(e) })
}

// webvhDocument reads the document of a did:webvh (version 1.0): that of the last
// entry of its log, each entry of which follows from the one before it. The domain is
// the one that the DID names, where the log is read; what the log says of domains that
// it lay on before says nothing.
func webvhDocument(ctx context.Context, l *lookup, did string) (*document, error) {
	where, scid, err := webvhURL(did)
	if err != nil {
		return nil, err
	}
	resp, err := l.ask(ctx, where+"did.jsonl", acceptLog, maxLog)
	switch {
	case errors.Is(err, fetch.ErrTooLarge):
		return nil, verdict.Because(ErrUnsupported, "a did:webvh with a log of more than %d bytes", maxLog)
	case err != nil:
		return nil, err
	case strings.Contains(resp.ContentType, "html") || bytes.HasPrefix(bytes.TrimSpace(resp.Body), []byte("<")):
		return nil, verdict.Because(ErrNotFound, "a page in place of a log")
	}
	l.tellShared(where+"did.jsonl", resp)
	log := &webvhLog{did: did, scid: scid, now: l.r.now()}
	if err := log.read(resp.Text()); err != nil {
		return nil, err
	}
	if len(log.witnessed) > 0 {
		if err := log.witnesses(ctx, l, where+"did-witness.json"); err != nil {
			return nil, err
		}
	}
	switch last := log.state; {
	case !log.named:
		return nil, verdict.Because(ErrDocument, "no entry of its log is of that DID")
	case log.deactivated:
		return nil, verdict.Because(ErrRevoked, "its document is deactivated")
	case last["id"] != any(did):
		return nil, verdict.Because(ErrUnsupported, "a did:webvh that has moved")
	}
	return &document{m: log.state, base: did, issuer: l.issuer}, nil
}

// webvhURL gives the folder of a did:webvh's log, and its SCID ("The DID to HTTPS
// Transformation"): always https, as for a did:web.
func webvhURL(did string) (folder, scid string, err error) {
	scid, place, ok := strings.Cut(strings.TrimPrefix(did, "did:webvh:"), ":")
	if !ok || !isSHA256(scid) {
		return "", "", verdict.Because(ErrMethod, "not a did:webvh")
	}
	where, err := webURL("did:web:" + place)
	if err != nil {
		return "", "", verdict.Because(ErrMethod, "not a did:webvh")
	}
	return strings.TrimSuffix(where, "did.json"), scid, nil
}

// multihash gives the SHA-256 of data as a multihash in base58btc.
func multihash(data []byte) string {
	sum := sha256.Sum256(data)
	return base58.Encode(append([]byte{0x12, 0x20}, sum[:]...))
}

// isSHA256 reports whether s is one.
func isSHA256(s string) bool {
	if len(s) != 46 {
		return false
	}
	b, err := base58.Decode(s)
	return err == nil && len(b) == 34 && b[0] == 0x12 && b[1] == 0x20
}

// webvhLog is a log as it is read, entry by entry.
type webvhLog struct {
	did, scid string
	now       time.Time

	n           int       // of the last entry
	version     string    // its versionId
	at          time.Time // its versionTime
	update      []string  // keys that may sign what comes next
	next        []string  // hashes of the keys that may update next; none = any
	portable    bool
	deactivated bool
	witness     witnessing
	versions    []string // versionId of every entry
	witnessed   map[int]witnessing
	named       bool           // one of them was of the DID that is asked for
	state       map[string]any // the document
}

// witnessing says who must have approved an entry.
type witnessing struct {
	keys      []string // multikeys
	threshold int
}

// read follows a log to its end ("Read (Resolve)").
func (g *webvhLog) read(b []byte) error {
	g.witnessed = map[int]witnessing{}
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if g.n == maxVersion {
			return verdict.Because(ErrUnsupported, "a did:webvh with more than %d versions", maxVersion)
		}
		entry, err := read.ParseObject(line, read.Limits{Bytes: maxDocument})
		if err != nil {
			return verdict.Because(ErrDocument, "entry %d of its log: %w", g.n+1, err)
		}
		if err := g.entry(entry); err != nil {
			return err
		}
	}
	if g.n == 0 {
		return verdict.Because(ErrDocument, "its log is empty")
	}
	return nil
}

// bad is an entry that does not follow from the one before it.
func (g *webvhLog) bad(what string) error {
	return verdict.Because(ErrDocument, "entry %d of its log: %s", g.n+1, what)
}

func (g *webvhLog) entry(entry read.Object) error {
	if g.deactivated {
		return g.bad("it was deactivated before")
	}
	parameters, ok := entry["parameters"].(map[string]any)
	state, ok2 := entry["state"].(map[string]any)
	if !ok || !ok2 {
		return g.bad("no parameters or no state")
	}
	before, rotating, signers, watched := g.version, g.next, g.update, g.witness
	if err := g.parameters(parameters, rotating); err != nil {
		return err
	}
	if before == "" {
		before = g.scid
	}
	if g.n == 0 || len(rotating) > 0 {
		signers = g.update
	}
	if err := g.chain(entry, before); err != nil {
		return err
	}
	if err := g.signed(entry, signers); err != nil {
		return err
	}
	if g.n == 0 {
		if err := g.inception(entry); err != nil {
			return err
		}
	}
	if err := g.dated(entry.Str("versionTime")); err != nil {
		return err
	}
	if err := g.document(state); err != nil {
		return err
	}
	g.n++
	g.version, g.state = entry.Str("versionId"), state
	g.versions = append(g.versions, g.version)
	// A first list of witnesses holds at once, and another one from the next entry on.
	if watched.threshold == 0 {
		watched = g.witness
	}
	if watched.threshold > 0 {
		g.witnessed[g.n-1] = watched
	}
	return nil
}

// parameters takes what an entry changes ("did:webvh DID Method Parameters"); rotating
// are the hashes that the entry before has committed itself to.
func (g *webvhLog) parameters(p read.Object, rotating []string) error {
	first := g.n == 0
	for name, v := range p {
		fits, known := logParameters[name]
		switch {
		case !known:
			return verdict.Because(ErrUnsupported, "did:webvh with the parameter %.40q", name)
		case v == nil: // early logs write null for the default
		case !fits(v):
			return g.bad("parameter " + name)
		}
	}
	if m := p.Str("method"); m != "" && m != logMethod || first && m == "" {
		return verdict.Because(ErrUnsupported, "did:webvh in the version %.40q", m)
	}
	if first != p.Has("scid") || first && p.Str("scid") != g.scid {
		return g.bad("the SCID is not that of the DID")
	}
	switch {
	case p.Has("updateKeys"):
		g.update = read.Strings(p["updateKeys"])
	case first || len(rotating) > 0:
		return g.bad("it does not say which keys may update")
	}
	if len(rotating) > 0 {
		for _, k := range g.update {
			if !slices.Contains(rotating, multihash([]byte(k))) {
				return g.bad("a key that was not announced")
			}
		}
		if _, told := p["nextKeyHashes"]; !told {
			return g.bad("it does not say which keys come next")
		}
	}
	if _, told := p["nextKeyHashes"]; told {
		g.next = read.Strings(p["nextKeyHashes"])
	}
	if v, told := p["portable"].(bool); told {
		if v && !first {
			return g.bad("it is portable from the first entry on or not at all")
		}
		g.portable = v
	}
	g.deactivated = p["deactivated"] == any(true)
	if _, told := p["witness"]; told {
		w, ok := readWitnessing(read.Object(p).Obj("witness"))
		if !ok {
			return g.bad("parameter witness")
		}
		g.witness = w
	}
	return nil
}

// readWitnessing reads the parameter witness; an empty one asks for none.
func readWitnessing(o read.Object) (w witnessing, ok bool) {
	if len(o) == 0 {
		return w, true
	}
	list := o.Objs("witnesses")
	n, _ := o["threshold"].(json.Number)
	threshold, err := strconv.Atoi(n.String())
	if err != nil || threshold < 1 || threshold > len(list) || len(list) > maxWitness {
		return w, false
	}
	for _, x := range list {
		key, isKey := strings.CutPrefix(x.Str("id"), "did:key:")
		if _, err := edKey(key); !isKey || err != nil || slices.Contains(w.keys, key) {
			return w, false
		}
		w.keys = append(w.keys, key)
	}
	w.threshold = threshold
	return w, true
}

// chain compares the hash that an entry is called by with that of its text, in which
// it is called as the one before ("Verify The Entry Hash").
func (g *webvhLog) chain(entry read.Object, before string) error {
	number, hash, _ := strings.Cut(entry.Str("versionId"), "-")
	if number != strconv.Itoa(g.n+1) || !isSHA256(hash) {
		return g.bad("versionId")
	}
	text, err := rdf.CanonicalJSON(with(entry, before))
	if err != nil || multihash(text) != hash {
		return g.bad("its hash is not that of its text")
	}
	return nil
}

// with is an entry without its proof, under another versionId.
func with(entry read.Object, version string) map[string]any {
	out := make(map[string]any, len(entry))
	for name, v := range entry {
		if name != "proof" {
			out[name] = v
		}
	}
	out["versionId"] = version
	return out
}

// inception compares the SCID with the hash of the first entry as it was before it
// held the SCID ("Verify SCID").
func (g *webvhLog) inception(entry read.Object) error {
	text, err := rdf.CanonicalJSON(with(entry, scidMark))
	if err != nil {
		return g.bad("SCID")
	}
	plain, err := read.ParseObject(bytes.ReplaceAll(text, []byte(g.scid), []byte(scidMark)), read.Limits{Bytes: maxDocument})
	if err != nil {
		return g.bad("SCID")
	}
	if text, err = rdf.CanonicalJSON(plain); err != nil || multihash(text) != g.scid {
		return g.bad("the SCID is not the hash of the first entry")
	}
	return nil
}

func (g *webvhLog) dated(s string) error {
	t, err := time.Parse(time.RFC3339Nano, s)
	if _, zone := t.Zone(); err != nil || zone != 0 {
		return g.bad("versionTime")
	}
	if !t.After(g.at) || t.After(g.now.Add(logSkew)) {
		return g.bad("its time is not after that of the one before, or in the future")
	}
	g.at = t
	return nil
}

// document takes the document of an entry. Its SCID stays for ever; its place only
// where it is portable.
func (g *webvhLog) document(state read.Object) error {
	id := state.Str("id")
	_, scid, err := webvhURL(id)
	if err != nil || scid != g.scid {
		return g.bad("the document of another DID")
	}
	if was := read.Object(g.state).Str("id"); was != "" && was != id && (!g.portable || !read.Has(state["alsoKnownAs"], was)) {
		return g.bad("it moves, and may not")
	}
	g.named = g.named || id == g.did
	return nil
}

// signed checks the proofs of an entry: each must be by a key that may update
// ("Authorized Keys").
func (g *webvhLog) signed(entry read.Object, keys []string) error {
	proofs := entry.Objs("proof")
	if len(proofs) == 0 || len(proofs) > maxUpdate {
		return g.bad("no proof")
	}
	text, err := rdf.CanonicalJSON(with(entry, entry.Str("versionId")))
	if err != nil {
		return g.bad("its text")
	}
	for _, p := range proofs {
		if key, ok := provenBy(p, text); !ok || !slices.Contains(keys, key) {
			return g.bad("not signed by a key that may update it")
		}
	}
	return nil
}

// provenBy gives the multikey by which a proof of eddsa-jcs-2022 over a canonical text
// holds (vc-di-eddsa §3.3).
func provenBy(p read.Object, text []byte) (key string, ok bool) {
	if p.Str("type") != "DataIntegrityProof" || p.Str("cryptosuite") != "eddsa-jcs-2022" || p.Str("proofPurpose") != "assertionMethod" {
		return "", false
	}
	body, fragment, _ := strings.Cut(strings.TrimPrefix(p.Str("verificationMethod"), "did:key:"), "#")
	if body != fragment {
		return "", false
	}
	pub, err := edKey(body)
	if err != nil {
		return "", false
	}
	config := map[string]any{}
	for name, v := range p {
		if name != "proofValue" {
			config[name] = v
		}
	}
	head, err := rdf.CanonicalJSON(config)
	value, isBase58 := strings.CutPrefix(p.Str("proofValue"), "z")
	if err != nil || !isBase58 || len(value) > 2*ed25519.SignatureSize {
		return "", false
	}
	sig, err := base58.Decode(value)
	if err != nil || len(sig) != ed25519.SignatureSize {
		return "", false
	}
	a, b := sha256.Sum256(head), sha256.Sum256(text)
	return body, ed25519.Verify(pub, slices.Concat(a[:], b[:]), sig)
}

// edKey reads a Multikey that must be of Ed25519.
func edKey(multikey string) (ed25519.PublicKey, error) {
	pub, err := proof.ParseMultikey(multikey)
	if err != nil {
		return nil, err
	}
	k, ok := pub.(ed25519.PublicKey)
	if !ok {
		return nil, verdict.Because(ErrUnsupported, "a key of another kind than Ed25519")
	}
	return k, proof.CheckKey(k)
}

// witnesses checks that enough of those who must approve an entry have approved it, or
// one after it ("Verifying Witness Proofs During Resolution").
func (g *webvhLog) witnesses(ctx context.Context, l *lookup, where string) error {
	resp, err := l.ask(ctx, where, accept, maxLog)
	if err != nil {
		return err
	}
	v, err := read.Parse(resp.Text(), read.Limits{Bytes: maxLog})
	list, ok := v.([]any)
	if err != nil || !ok || len(list) > 2*maxVersion {
		return verdict.Because(ErrDocument, "the proofs of its witnesses")
	}
	approved := map[string]int{} // of a witness, the last entry that it approves
	for _, x := range read.Objects(list) {
		at := slices.Index(g.versions, x.Str("versionId"))
		if at < 0 {
			continue // of an entry that is not published yet
		}
		text, err := rdf.CanonicalJSON(map[string]any{"versionId": x.Str("versionId")})
		if err != nil {
			continue
		}
		proofs := x.Objs("proof")
		for _, p := range proofs[:min(len(proofs), maxWitness)] {
			if key, ok := provenBy(p, text); ok && at+1 > approved[key] {
				approved[key] = at + 1
			}
		}
	}
	for at, w := range g.witnessed {
		n := 0
		for _, key := range w.keys {
			if approved[key] > at {
				n++
			}
		}
		if n < w.threshold {
			return verdict.Because(ErrDocument, "too few of its witnesses have approved entry %d of its log", at+1)
		}
	}
	return nil
}

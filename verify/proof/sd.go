package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/verify/rdf"
	"assay/verify/verdict"

	"github.com/fxamacker/cbor/v2"
)

// Selective says what a selective disclosure proof (ecdsa-sd-2023) disclosed.
// A statement that the issuer made mandatory is in every derived proof; any
// other may have been left out by the holder, unseen. So a member that is not
// there (a status, an end of validity) may have been there when it was
// issued, unless the issuer made it mandatory, which only a proof that shows
// it can tell.
type Selective struct {
	Mandatory []string // statements that the issuer made mandatory, N-Quads
	Disclosed []string // statements that the holder chose to show, N-Quads

	links []link // of the credential itself and of what it links to
}

// link is a statement of a credential.
type link struct {
	subject, predicate, object string
	root                       bool // its subject is the credential
	mandatory                  bool
}

// Fixed reports whether something stands under a predicate of the credential, or
// under a path of them, and the holder could leave out none of what is shown
// there: each link on the way was made mandatory by the issuer, and so was every
// statement about what the last one links to. One that may be left out may have
// stood beside others.
func (s *Selective) Fixed(path ...string) bool {
	about := map[string]bool{}
	for i, predicate := range path {
		next := map[string]bool{}
		for _, l := range s.links {
			if from := l.root && i == 0 || about[l.subject] && i > 0; !from || l.predicate != predicate {
				continue
			}
			if !l.mandatory {
				return false
			}
			next[l.object] = true
		}
		if len(next) == 0 {
			return false
		}
		about = next
	}
	return !slices.ContainsFunc(s.links, func(l link) bool { return about[l.subject] && !l.mandatory })
}

// HasMandatory reports whether the issuer made a statement with this
// predicate mandatory.
func (s *Selective) HasMandatory(predicate string) bool {
	return slices.ContainsFunc(s.Mandatory, func(q string) bool { return strings.Contains(q, " <"+predicate+"> ") })
}

// Limits of a derived proof.
const (
	maxDerivedProof = 1 << 20 // characters of its proofValue
	maxDerivedItems = 10_000  // signatures, labels or indexes
)

// derivedProof is the content of a derived proof value (vc-di-ecdsa §3.5.7).
type derivedProof struct {
	_          struct{} `cbor:",toarray"`
	Base       []byte
	PublicKey  []byte
	Signatures [][]byte
	Labels     map[uint64][]byte
	Mandatory  []uint64
}

var sdDecoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		MaxArrayElements: maxDerivedItems,
		MaxMapPairs:      maxDerivedItems,
		MaxNestedLevels:  4,
	}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}()

// ecdsaSD is ecdsa-sd-2023 for derived proofs (vc-di-ecdsa §3.6.6, §3.5.8). A
// base proof is for the holder alone and is refused.
func ecdsaSD(ctx context.Context, p *diProof) (map[string]any, error) {
	issuer, err := newECDSA(p.result.Key, p.result.Suite)
	if err != nil {
		return nil, err
	}
	if issuer.pub.Curve != elliptic.P256() {
		return nil, verdict.Because(ErrKey, "ecdsa-sd-2023 needs a P-256 key")
	}
	d, err := parseDerived(p.value)
	if err != nil {
		return nil, err
	}
	if own, has := p.config["@context"]; has && !sameJSON(own, p.input["@context"]) {
		return nil, verdict.Because(ErrContext, "the proof has another context than the document")
	}
	p.config["@context"] = p.input["@context"]
	config := p.hashRDF(ctx, p.config, crypto.SHA256, "")
	if config.err != nil {
		return nil, fmt.Errorf("in the proof: %w", config.err)
	}
	proofHash := config.sum
	lines, links, err := p.relabel(ctx, d.Labels)
	if err != nil {
		return nil, err
	}
	sel, err := d.split(lines, links)
	if err != nil {
		return nil, err
	}
	// The issuer signed the mandatory statements and the key of the others.
	if err := issuer.set(d.Base); err != nil {
		return nil, err
	}
	mandatory := sha256Sum([]byte(strings.Join(sel.Mandatory, "")))
	if !issuer.verify(slices.Concat(proofHash, d.PublicKey, mandatory)) {
		return nil, ErrSignature
	}
	single, err := d.key()
	if err != nil {
		return nil, err
	}
	if len(d.Signatures) != len(sel.Disclosed) {
		return nil, verdict.Because(ErrSignature, "%d signatures for %d statements", len(d.Signatures), len(sel.Disclosed))
	}
	for i, q := range sel.Disclosed {
		if len(d.Signatures[i]) != 64 {
			return nil, verdict.Because(ErrMalformed, "a signature of %d bytes", len(d.Signatures[i]))
		}
		if err := single.set(d.Signatures[i]); err != nil {
			return nil, err
		}
		if !single.verify([]byte(q)) {
			return nil, ErrSignature
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	p.result.Selective = sel
	p.result.Warnings = append(p.result.Warnings, verdict.WarnSelective)
	return p.statements(), nil
}

func parseDerived(value string) (*derivedProof, error) {
	if !strings.HasPrefix(value, "u") {
		return nil, verdict.Because(ErrMalformed, "proofValue is not base64url")
	}
	if len(value) > maxDerivedProof {
		return nil, verdict.Because(ErrBudget, "proofValue is too long")
	}
	b, err := base64url.DecodeString(value[1:])
	if err != nil || strings.ContainsAny(value, "\r\n") {
		return nil, verdict.Because(ErrMalformed, "proofValue is not base64url")
	}
	if bytes.HasPrefix(b, []byte{0xd9, 0x5d, 0x00}) {
		return nil, verdict.Because(ErrMalformed, "a base proof, which its holder must not show")
	}
	rest, ok := bytes.CutPrefix(b, []byte{0xd9, 0x5d, 0x01})
	if !ok {
		return nil, verdict.Because(ErrMalformed, "not a derived proof")
	}
	d := new(derivedProof)
	if err := sdDecoding.Unmarshal(rest, d); err != nil {
		return nil, verdict.Because(ErrMalformed, "derived proof: not the expected CBOR")
	}
	if len(d.Base) != 64 || len(d.PublicKey) != 35 {
		return nil, verdict.Because(ErrMalformed, "derived proof: a part of the wrong size")
	}
	for _, l := range d.Labels {
		if len(l) != 32 {
			return nil, verdict.Because(ErrMalformed, "derived proof: a label of the wrong size")
		}
	}
	return d, nil
}

// key reads the key that the issuer made for this proof alone: Multikey,
// P-256, compressed.
func (d *derivedProof) key() (*ecdsaSignature, error) {
	if d.PublicKey[0] != 0x80 || d.PublicKey[1] != 0x24 {
		return nil, verdict.Because(ErrKey, "derived proof: not a P-256 key")
	}
	pub, err := compressed(elliptic.P256(), d.PublicKey[2:])
	if err != nil {
		return nil, err
	}
	return newECDSA(&Key{Public: pub}, "ecdsa-sd-2023")
}

// relabel gives the statements of the disclosed document, sorted, with the
// blank node labels that the issuer made (vc-di-ecdsa §3.4.3,
// createLabelMapFunction), and those outside of any graph by their lines.
func (p *diProof) relabel(ctx context.Context, labels map[uint64][]byte) ([]string, map[string]link, error) {
	data, err := p.toRDF(ctx, p.input, "")
	if err != nil {
		return nil, nil, err
	}
	p.result.Warnings = append(p.result.Warnings, unsigned(data)...)
	if data.Extended() {
		p.result.Reading = data.Reading(p.input)
	}
	c, err := rdf.Canonicalize(ctx, data.Quads, crypto.SHA256, p.v.o.Limits)
	if err != nil {
		return nil, nil, err
	}
	names := make(map[string]string, len(c.Labels))
	used := make(map[string]bool, len(c.Labels))
	for label, canonical := range c.Labels {
		n, err := strconv.ParseUint(strings.TrimPrefix(canonical, "c14n"), 10, 32)
		if err != nil {
			return nil, nil, verdict.Because(ErrMalformed, "label %s", canonical)
		}
		l, ok := labels[n]
		if !ok {
			return nil, nil, verdict.Because(ErrMalformed, "derived proof: a blank node without a label")
		}
		name := "u" + base64url.EncodeToString(l)
		if used[name] {
			return nil, nil, verdict.Because(ErrMalformed, "derived proof: one label for two blank nodes")
		}
		used[name], names[label] = true, name
	}
	if len(labels) != len(names) {
		return nil, nil, verdict.Because(ErrMalformed, "derived proof: labels without blank nodes")
	}
	lines := make([]string, 0, len(data.Quads))
	links := make(map[string]link, len(data.Quads))
	for _, q := range data.Quads {
		root := q.Subject == data.Root && q.Graph.Kind == rdf.DefaultGraph
		for _, t := range []*rdf.Term{&q.Subject, &q.Object, &q.Graph} {
			if t.Kind == rdf.Blank {
				t.Value = names[t.Value]
			}
		}
		line := string(rdf.AppendQuad(nil, q))
		lines = append(lines, line)
		if q.Graph.Kind == rdf.DefaultGraph {
			object := q.Object.Value
			if q.Object.Kind == rdf.Literal {
				object = "" // links to nothing
			}
			links[line] = link{subject: q.Subject.Value, predicate: q.Predicate.Value, object: object, root: root}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines), links, nil
}

// split tells the mandatory statements from the disclosed ones.
func (d *derivedProof) split(lines []string, links map[string]link) (*Selective, error) {
	is := make([]bool, len(lines))
	for _, i := range d.Mandatory {
		if i >= uint64(len(lines)) || is[i] {
			return nil, verdict.Because(ErrMalformed, "derived proof: a bad index")
		}
		is[i] = true
	}
	s := new(Selective)
	for i, q := range lines {
		if is[i] {
			s.Mandatory = append(s.Mandatory, q)
		} else {
			s.Disclosed = append(s.Disclosed, q)
		}
		if l, ok := links[q]; ok {
			l.mandatory = is[i]
			s.links = append(s.links, l)
		}
	}
	return s, nil
}

package vc

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/mr-tron/base58"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Limits of schemas.
const (
	maxSchema  = 256 << 10 // bytes of one schema
	maxSchemas = 4         // schemas of one credential that are read
	keptParsed = 256       // schemas that a Judge keeps compiled
)

// ownSchemas are the published schemas of Open Badges 3.0 and CLR 2.0. What
// they demand is what conform.go checks of every credential, so they are not
// fetched: a credential cannot point at another text in their place.
const (
	ownOB  = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_"
	ownCLR = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_"
)

// ownClasses are the credentials that the published schemas describe, by the
// name in the schema's address.
var ownClasses = map[string]func(read.Object) bool{
	"achievementcredential_schema.json":    func(o read.Object) bool { return isBadge(o) },
	"anyachievementcredential_schema.json": func(o read.Object) bool { return isBadge(o) },
	"endorsementcredential_schema.json":    func(o read.Object) bool { return o.IsType("EndorsementCredential") },
	"clrcredential_schema.json":            isCLR,
}

// schemas judges the document by the schemas that it names (OB3 §8.3, step 1).
// They come after our own check and can only add to it. A schema is compiled
// with a loader that has no network: what it refers to must be in itself.
func (c *credential) schemas() verdict.Aspect {
	pass := verdict.Aspect{State: verdict.Pass}
	entries := c.doc.Objs("credentialSchema")
	unknown := func(ev ...verdict.Evidence) {
		c.warn(verdict.WarnSchemaUnread)
		if pass.State == verdict.Pass {
			pass = verdict.Aspect{State: verdict.Unknown, Reason: verdict.SchemaUnknown, Evidence: ev}
		}
	}
	if len(entries) > maxSchemas {
		entries = entries[:maxSchemas]
		unknown()
	}
	for _, e := range entries {
		id := e.Str("id")
		if !e.IsType("1EdTechJsonSchemaValidator2019", "JsonSchema", "JsonSchemaValidator2018") {
			unknown()
			continue
		}
		if name, ok := ownSchema(id); ok {
			fits, known := ownClasses[name]
			switch {
			case !known:
				unknown()
			case !fits(c.doc):
				return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaMismatch, Detail: "names the schema of another kind of credential"}
			}
			continue
		}
		schema, ev, err := c.judge.schema(c, id, e)
		switch {
		case errors.Is(err, errDigest):
			return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaMismatch, Detail: "the schema is not the one that was named", Evidence: ev}
		case err != nil:
			unknown(ev...)
			continue
		}
		if err := schema.Validate(map[string]any(c.doc)); err != nil {
			return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaMismatch, Detail: "does not obey " + verdict.Clip(id), Evidence: ev}
		}
	}
	return pass
}

// ownSchema tells the name of a published schema by its exact address.
func ownSchema(id string) (string, bool) {
	if name, ok := strings.CutPrefix(id, ownOB); ok {
		return name, true
	}
	return strings.CutPrefix(id, ownCLR)
}

// parsed keeps compiled schemas by the digest of their text.
type parsed struct {
	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

var errSchema = errors.New("no schema to be had")

// schema fetches and compiles the schema of an entry.
func (g *Judge) schema(c *credential, id string, entry read.Object) (*jsonschema.Schema, []verdict.Evidence, error) {
	if _, ok := read.HTTPURL(id); !ok {
		return nil, nil, errSchema
	}
	resp, err := c.env.Fetcher.Fetch(c.ctx, fetch.Request{URL: id, Accept: "application/schema+json, application/json", MaxBytes: maxSchema})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	ev := []verdict.Evidence{resp.Evidence("schema")}
	if resp.Status/100 != 2 {
		return nil, ev, errSchema
	}
	if err := checkDigest(entry, resp.Body); err != nil {
		return nil, ev, err
	}
	g.parsed.mu.Lock()
	defer g.parsed.mu.Unlock()
	if s := g.parsed.schemas[resp.SHA256]; s != nil {
		return s, ev, nil
	}
	s, err := compile(id, resp.Body)
	if err != nil {
		return nil, ev, err
	}
	if g.parsed.schemas == nil || len(g.parsed.schemas) >= keptParsed {
		g.parsed.schemas = map[string]*jsonschema.Schema{}
	}
	g.parsed.schemas[resp.SHA256] = s
	return s, ev, nil
}

// compile compiles a schema without any network. Regular expressions are Go's:
// their time is linear in the text.
func compile(id string, text []byte) (*jsonschema.Schema, error) {
	if _, err := read.ParseObject(text, read.Limits{Bytes: maxSchema, Depth: 64}); err != nil {
		return nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2019)
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(id, doc); err != nil {
		return nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	s, err := compiler.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	return s, nil
}

// noLoader refuses every reference out of a schema.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, errSchema }

var errDigest = errors.New("not the text that was named")

// checkDigest compares a text with the digest that the credential gives for it
// (VCDM 2.0 §5.3 "Integrity of Related Resources"). An entry without one says
// nothing.
func checkDigest(entry read.Object, body []byte) error {
	if entry.Has("digestSRI") {
		for _, word := range strings.Fields(entry.Str("digestSRI")) {
			alg, want, _ := strings.Cut(word, "-")
			var sum []byte
			switch alg {
			case "sha256":
				s := sha256.Sum256(body)
				sum = s[:]
			case "sha384":
				s := sha512.Sum384(body)
				sum = s[:]
			case "sha512":
				s := sha512.Sum512(body)
				sum = s[:]
			default:
				continue
			}
			if want == base64.StdEncoding.EncodeToString(sum) {
				return nil
			}
		}
		return errDigest
	}
	if m := entry.Str("digestMultibase"); m != "" {
		s := sha256.Sum256(body)
		// A multihash of SHA-256 in base64url or base58btc.
		hash := append([]byte{0x12, 0x20}, s[:]...)
		if m != "u"+base64.RawURLEncoding.EncodeToString(hash) && m != "z"+base58.Encode(hash) {
			return errDigest
		}
	}
	return nil
}

package vc

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mr-tron/base58"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/verdict"
)

// maxSchemas is how many schemas of one credential are read.
const maxSchemas = 4

// maxSchema is how many bytes of a schema are fetched.
const maxSchema = 256 << 10

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

// Schemas tells whether a document obeys the schema that its issuer wrote, or
// points at. That schema is a stranger's program, which may run for ever: what
// stands behind Schemas can be ended, and ends with ctx.
type Schemas interface {
	// Obeys reports whether a JSON document obeys the schema of that text, which
	// was found at the address id. An error means that this cannot be known: the
	// text is no schema, it came to no end within its limits, or it could not be
	// tried.
	Obeys(ctx context.Context, id string, schema, document []byte) (bool, error)
}

// schemas judges the document by the schemas that it names (OB3 §8.3, step 1).
// They come after our own check and can only add to it.
func (c *credential) schemas() verdict.Aspect {
	pass := verdict.Aspect{State: verdict.Pass}
	entries := c.doc.Objs("credentialSchema")
	unknown := func(detail string, ev ...verdict.Evidence) {
		c.warn(verdict.WarnSchemaUnread)
		if pass.State == verdict.Pass {
			pass = verdict.Aspect{State: verdict.Unknown, Reason: verdict.SchemaUnknown, Detail: detail, Evidence: ev}
		}
	}
	if len(entries) > maxSchemas {
		entries = entries[:maxSchemas]
		unknown("names more schemas than are read")
	}
	for _, e := range entries {
		id := e.Str("id")
		if !e.IsType("1EdTechJsonSchemaValidator2019", "JsonSchema", "JsonSchemaValidator2018") {
			unknown("a kind of schema that assay does not read")
			continue
		}
		if name, ok := ownSchema(id); ok {
			fits, known := ownClasses[name]
			switch {
			case !known:
				unknown("no schema that is known at this address")
			case !fits(c.doc):
				return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaMismatch, Detail: "names the schema of another kind of credential"}
			}
			continue
		}
		if c.env.Schemas == nil {
			unknown("schemas of others are not followed here")
			continue
		}
		text, ev, err := c.schema(id, e)
		switch {
		case errors.Is(err, errDigest):
			return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaMismatch, Detail: "the schema is not the one that was named", Evidence: ev}
		case err != nil:
			unknown("the schema is not to be had", ev...)
			continue
		}
		obeys, err := c.obeys(id, text)
		switch {
		case err != nil:
			unknown("the schema is none, or came to no end within its limits", ev...)
		case !obeys:
			return verdict.Aspect{State: verdict.Fail, Reason: verdict.SchemaMismatch, Detail: "does not obey " + verdict.Clip(id), Evidence: ev}
		}
	}
	return pass
}

// obeys has the document tried by a schema.
func (c *credential) obeys(id string, text []byte) (bool, error) {
	doc, err := json.Marshal(map[string]any(c.doc))
	if err != nil {
		return false, err
	}
	return c.env.Schemas.Obeys(c.ctx, id, text, doc)
}

// ownSchema tells the name of a published schema by its exact address.
func ownSchema(id string) (string, bool) {
	if name, ok := strings.CutPrefix(id, ownOB); ok {
		return name, true
	}
	return strings.CutPrefix(id, ownCLR)
}

var errSchema = errors.New("no schema to be had")

// schema fetches the schema of an entry.
func (c *credential) schema(id string, entry read.Object) ([]byte, []verdict.Evidence, error) {
	if _, ok := read.HTTPURL(id); !ok {
		return nil, nil, errSchema
	}
	resp, err := c.env.Fetcher.Fetch(c.ctx, fetch.Request{URL: id, Accept: "application/schema+json, application/json", MaxBytes: maxSchema})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	ev := []verdict.Evidence{resp.Evidence("schema")}
	if !resp.Gives() {
		return nil, ev, errSchema
	}
	if err := checkDigest(entry, resp.Body); err != nil {
		return nil, ev, err
	}
	return resp.Text(), ev, nil
}

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

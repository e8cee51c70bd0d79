package rdf

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync"

	"assay/verify/verdict"
)

// A role says where a context may stand among the others.
type role uint8

const (
	roleBase      role = iota // the data model: first, and one
	roleCLR                   // Comprehensive Learner Record: one edition
	roleBadge                 // Open Badges: one edition
	roleGeneral               // vocabularies of other credentials: never beside Open Badges or CLR
	roleSuite                 // proofs, status lists and extensions
	roleExtension             // beside the bundle, see Extension: not beside general vocabularies
	roleOld                   // Open Badges 1 and 2: never of a credential, see BadgeVocabulary
)

// A bundled document. variant names the copies of one URL that circulate: the
// first of a URL is the one that its specification publishes.
type bundled struct {
	url     string
	file    string
	sha256  string
	role    role
	variant string
}

// bundle is every context that a credential may name, and those of Open Badges
// 1 and 2, which none may. NOTICE at the root of the project says where each
// comes from.
var bundle = []bundled{
	{"https://www.w3.org/2018/credentials/v1", "credentials-v1.json", "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc", roleBase, ""},
	{"https://www.w3.org/ns/credentials/v2", "credentials-v2.json", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734", roleBase, ""},
	{"https://purl.imsglobal.org/spec/clr/v2p0/context.json", "clr-2.0.json", "958ff9dc1a5a18c226579b707eac77c1ef50d7d9ab6c24e7058a3b02663f53a1", roleCLR, ""},
	{"https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "clr-2.0.1.json", "d371397030ae9b16a37c468fac463d37ff441f3a7bb364ddfc964624c573b847", roleCLR, ""},
	{"https://purl.imsglobal.org/spec/ob/v3p0/context.json", "ob-3.0.json", "9f1c8f9f361ba2994b9b50701f41149919542c50c7b7455b2846d87959295d72", roleBadge, ""},
	{"https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld", "ob-3.0.json", "9f1c8f9f361ba2994b9b50701f41149919542c50c7b7455b2846d87959295d72", roleBadge, ""},
	{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json", "ob-3.0.1.json", "af095468326d3449160509b26ca71576e6321d13c85b0369cfe3b654c9a48fba", roleBadge, ""},
	{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json", "ob-3.0.2.json", "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53", roleBadge, ""},
	{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "ob-3.0.3.json", "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761", roleBadge, ""},
	{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "ob-3.0.3-validator.json", "602a94035961f6737a242826ff1eb8f5a961a13aeba6a48125db58ee325533ef", roleBadge, "1edtech-validator"},
	{"https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", "ob-extensions.json", "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e", roleSuite, ""},
	{"https://w3id.org/security/data-integrity/v1", "data-integrity-v1.json", "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554", roleSuite, ""},
	{"https://w3id.org/security/data-integrity/v2", "data-integrity-v2.json", "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4", roleSuite, ""},
	{"https://w3id.org/security/suites/ed25519-2020/v1", "ed25519-2020-v1.json", "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588", roleSuite, ""},
	{"https://w3id.org/security/suites/ed25519-2018/v1", "ed25519-2018-v1.json", "166c6abb9e08176cee5f6c87c9c1bbfefa5717da391bcac525e5437f93eab809", roleSuite, ""},
	{"https://w3id.org/security/suites/jws-2020/v1", "jws-2020-v1.json", "d648e05ddc6577827ca2bfd5e931f53e9ebc6e52a57a8da81df4ec8c46ffcd1e", roleSuite, ""},
	{"https://w3id.org/security/multikey/v1", "multikey-v1.json", "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597", roleSuite, ""},
	{"https://www.w3.org/ns/credentials/status/v1", "status-v1.json", "fd08cbf28ddd829ab2f1978c48f43ab07a112c1c90245a0cfac7ba721c65170c", roleSuite, ""},
	{"https://w3id.org/vc/status-list/2021/v1", "status-list-2021-v1.json", "634d71c159289f068c96012e4511c657fdf82ac4231900081bda3ba24e2e1160", roleSuite, ""},
	{"https://www.w3.org/ns/credentials/examples/v2", "examples-v2.json", "57393fbc69d6efb9b9b5dc9cb6b9880b0944360abfe2eaf459c9e58cf2279d7c", roleGeneral, ""},
	{"https://w3id.org/citizenship/v4rc1", "citizenship-v4rc1.json", "a89b0bc00b1848ac3dfdf956c7dd5de8567e755351c07ec6a1c2b4a08b67953b", roleGeneral, ""},
	{"https://w3id.org/openbadges/legacy-v1", "ob-1-legacy.json", "5f6a2801dfc82e58b5397d12d7a170150257c9853caa320986f6f672291ef26b", roleOld, ""},
	{"https://w3id.org/openbadges/v1", "ob-1.json", "9eb64a331891c4ff7d2dea1e62e78979600105bb0478a58edab25c329bcca756", roleOld, ""},
	{"https://w3id.org/openbadges/v2", "ob-2.json", "a0046babb122b6124badf4d39f345e6ed942a99e8204669b4098b0ad6612e507", roleOld, ""},
	// The specification of 2.1 names its context by two addresses.
	{"https://purl.imsglobal.org/spec/ob/v2p1/context/ob_v2p1.jsonld", "ob-2.1.json", "8eb86412618a49a1d69a3ef738744508df0257c7d33081f84a716c28f6e18719", roleOld, ""},
	{"https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld", "ob-2.1.json", "8eb86412618a49a1d69a3ef738744508df0257c7d33081f84a716c28f6e18719", roleOld, ""},
}

//go:embed contexts/*.json
var bundleFiles embed.FS

// A document is a context of the bundle, parsed.
type document struct {
	url     string
	role    role
	context any
	sum     string // SHA-256, hex: two addresses of one text are one document
	known   bool   // an extension that was read through beforehand
}

// maxContexts bounds the contexts of one credential.
const maxContexts = 32

// A catalogue is the bundle with one choice among the variants.
type catalogue struct {
	variant string
	docs    map[string]*document
	empty   *activeContext

	once   sync.Once // of the first: for extensions
	pinned *pinned
	err    error
}

// catalogues loads the bundle once. The first catalogue has the documents that
// the specifications publish, the others one variant each.
var catalogues = sync.OnceValues(func() ([]*catalogue, error) {
	first := &catalogue{docs: make(map[string]*document)}
	all := []*catalogue{first}
	for _, b := range bundle {
		d, err := load(b)
		if err != nil {
			return nil, err
		}
		if b.role == roleOld {
			continue // no credential finds it
		}
		if b.variant == "" {
			first.docs[b.url] = d
			continue
		}
		v := &catalogue{variant: b.variant, docs: make(map[string]*document)}
		for u, d := range first.docs {
			v.docs[u] = d
		}
		v.docs[b.url] = d
		all = append(all, v)
	}
	for _, c := range all {
		for u, d := range first.docs {
			if _, ok := c.docs[u]; !ok {
				c.docs[u] = d
			}
		}
		c.empty = &activeContext{cat: c}
	}
	return all, nil
})

func load(b bundled) (*document, error) {
	data, err := bundleFiles.ReadFile("contexts/" + b.file)
	if err != nil {
		return nil, verdict.Because(ErrBundle, "%s", b.file)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != b.sha256 {
		return nil, verdict.Because(ErrBundle, "%s", b.file)
	}
	var j map[string]any
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, verdict.Because(ErrBundle, "%s", b.file)
	}
	return &document{url: b.url, role: b.role, context: j["@context"], sum: b.sha256}, nil
}

// sequence checks that value is a context as a credential must have it, and
// returns its documents, in the order in which they apply: the data model first
// (VCDM 1.1 §4.1, VCDM 2.0 §4.3), then others of the bundle in any order, for no
// term of theirs has two meanings (TestNoTwoMeanings), and extensions, by URL or
// as they stand in the document. Of Open Badges and of CLR one edition may stand
// there, or one general vocabulary instead of all these. One that stands twice
// says the same twice.
func (c *catalogue) sequence(value any, ext Extensions) ([]*document, error) {
	var one [1]any
	var list []any
	switch v := value.(type) {
	case string, map[string]any:
		one[0] = v
		list = one[:]
	case []any:
		list = v
	default:
		return nil, verdict.Because(ErrContext, "neither a URL nor a list of URLs")
	}
	if len(list) == 0 || len(list) > maxContexts {
		return nil, verdict.Because(ErrContext, "empty or too long a list")
	}
	docs := make([]*document, 0, len(list))
	var seen [roleExtension + 1]*document
	for i, v := range list {
		d, err := c.document(v, ext)
		if err != nil {
			return nil, err
		}
		if i == 0 && d.role != roleBase {
			return nil, verdict.Because(ErrContext, "the data model is not the first")
		}
		was := seen[d.role]
		if was != nil && was.sum != d.sum && d.role < roleSuite {
			return nil, verdict.Because(ErrContext, "%s beside %s", d.url, was.url)
		}
		seen[d.role] = d
		if g := seen[roleGeneral]; g != nil {
			for _, r := range []role{roleBadge, roleCLR, roleExtension} {
				if seen[r] != nil {
					return nil, verdict.Because(ErrContext, "%s beside %s", g.url, seen[r].name())
				}
			}
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// document finds one context of a credential.
func (c *catalogue) document(v any, ext Extensions) (*document, error) {
	switch v := v.(type) {
	case string:
		if d := c.docs[v]; d != nil {
			return d, nil
		}
		if e := ext[v]; e != nil {
			return e.doc, nil
		}
		return nil, verdict.Because(ErrContext, "%.120q is no context of a credential in the bundle", v)
	case map[string]any:
		return extension("", v, false)
	}
	return nil, verdict.Because(ErrContext, "neither a URL nor a map of terms")
}

// CheckContext reports whether value, the @context of a credential, is one that
// a credential may have: the data model first, then URLs of the bundle and
// extensions. Proof suites that do not expand the document (JCS) need it for
// themselves. The error wraps ErrContext.
func CheckContext(value any, ext Extensions) error {
	cats, err := catalogues()
	if err != nil {
		return err
	}
	docs, err := cats[0].sequence(value, ext)
	if err != nil || !slices.ContainsFunc(docs, func(d *document) bool { return d.role == roleExtension }) {
		return err
	}
	a := cats[0].empty
	for _, d := range docs {
		if a, err = a.withDocument(d); err != nil {
			return err
		}
	}
	return nil
}

// Source is one bundled context, for tests and reports.
type Source struct {
	URL     string
	File    string
	SHA256  string
	Variant string // "" is the copy that the specification publishes
	Data    []byte
}

// Bundle lists the contexts that are known, in a fixed order.
func Bundle() []Source {
	out := make([]Source, 0, len(bundle))
	for _, b := range bundle {
		data, _ := bundleFiles.ReadFile("contexts/" + b.file)
		out = append(out, Source{b.url, b.file, b.sha256, b.variant, data})
	}
	return out
}

// Variants names the choices among copies of the same context URL, the
// specification's own ("") first.
func Variants() []string {
	cats, err := catalogues()
	if err != nil {
		return []string{""}
	}
	out := make([]string, len(cats))
	for i, c := range cats {
		out[i] = c.variant
	}
	return out
}

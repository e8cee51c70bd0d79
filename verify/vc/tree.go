package vc

import (
	"strings"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// tree brings a document to the one shape in which it is read. RDF
// canonicalisation signs statements, not JSON: a list of one, a list in a list
// and a null are signed like what they stand for, and a member can be spelt by
// its full IRI or a keyword. Whoever holds a badge can rewrite it so without
// touching its signature, and hide an expiry date or a status from a reader
// that looks for the plain form. So lists of one become their element, nested
// lists are flattened, nulls and empty lists go, the keywords @id and @type become
// the terms id and type, and other spellings of names are refused; what is said of one node in several places is brought together
// (nodes.go).
//
// signedJSON says that the JSON text itself was signed (JWT, JCS); names are
// then free, for nobody but the issuer could choose them. extended says that what
// terms of extension contexts say stands under their IRIs, which no reader looks
// for (proof.DIResult.Reading).
func tree(doc map[string]any, signedJSON, extended bool) (read.Object, error) {
	if signedJSON {
		doc = read.Plain(doc)
	}
	if !signedJSON {
		// Also inside what is judged alone: what is said of a node there is said of it.
		doc, _ = read.ByTerms(doc, true)
		var err error
		if doc, err = merged(doc); err != nil {
			return nil, err
		}
	}
	v, err := plain(doc, signedJSON || extended, 0)
	if err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

// maxDepth bounds the nesting of a credential, as the strict parser does.
const maxDepth = 64

func plain(v any, anyName bool, depth int) (any, error) {
	if depth > maxDepth {
		return nil, verdict.Because(proof.ErrMalformed, "nested too deeply")
	}
	if s, ok := inLanguage(v); ok {
		return s, nil
	}
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, m := range x {
			if name == "@context" {
				out[name] = m
				continue
			}
			if !anyName && (strings.HasPrefix(name, "@") || strings.Contains(name, ":")) {
				if name == "@id" || name == "@type" {
					return nil, verdict.Because(proof.ErrUnsupported, "JSON-LD that writes %s", name)
				}
				return nil, verdict.Because(proof.ErrDataLoss, "member %q", verdict.Clip(name))
			}
			p, err := plain(m, anyName, depth+1)
			if err != nil {
				return nil, err
			}
			if p != nil {
				out[name] = p
			}
		}
		return out, nil
	case []any:
		var out []any
		for _, m := range x {
			p, err := plain(m, anyName, depth+1)
			if err != nil {
				return nil, err
			}
			switch y := p.(type) {
			case nil:
			case []any:
				out = append(out, y...)
			default:
				out = append(out, y)
			}
		}
		switch len(out) {
		case 0:
			return nil, nil
		case 1:
			return out[0], nil
		}
		return out, nil
	}
	return v, nil
}

// inLanguage reads a text that says its language (VCDM 2.0 §11.1), or several
// of them: English, else the first by the name of its language, for their
// order is not signed.
func inLanguage(v any) (string, bool) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	best, text := "", ""
	for _, e := range list {
		o, ok := e.(map[string]any)
		if !ok || len(o) > 3 {
			return "", false
		}
		for name := range o {
			if name != "@value" && name != "@language" && name != "@direction" {
				return "", false
			}
		}
		s, ok := o["@value"].(string)
		lang, tagged := o["@language"].(string)
		if !ok || !tagged {
			return "", false
		}
		lang = strings.ToLower(lang)
		if lang == "en" || strings.HasPrefix(lang, "en-") {
			lang = "!" + lang // before all others
		}
		if best == "" || lang < best {
			best, text = lang, s
		}
	}
	return text, best != ""
}

package ob2

import (
	"slices"
	"strings"

	"assay/verify/rdf"
	"assay/verify/read"
	"assay/verify/verdict"
)

// The contexts of Open Badges 1.1, 2.0 and 2.1, exactly as their
// specifications write them. Package rdf has the documents.
const (
	context11   = "https://w3id.org/openbadges/v1"
	context20   = "https://w3id.org/openbadges/v2"
	context21   = "https://purl.imsglobal.org/spec/ob/v2p1/context/ob_v2p1.jsonld"
	context21At = "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld" // as the text of OB2.1 has it
)

// conformContexts checks the @context of the three objects: that of their
// specification first (OB1.1, OB2 "Open Badges Vocabulary"). An assertion must
// have one, of its own version; a class or profile may be of another version,
// have it written out, or be a part of the object that names it.
func (j *job) conformContexts() {
	version, base := []string{context20, context21, context21At}, context20
	switch j.v.Format {
	case verdict.OB05, verdict.OB10:
		return // before JSON-LD
	case verdict.OB11:
		version, base = []string{context11}, context11
	}
	j.conformContext("assertion", j.assertion.obj, version, base)
	version = []string{context11, context20, context21, context21At}
	if j.class.obj.Has("@context") {
		j.conformContext("class", j.class.obj, version, base)
	}
	if j.issuer.obj.Has("@context") {
		j.conformContext("issuer", j.issuer.obj, version, base)
	}
	for _, o := range []read.Object{j.class.obj, j.issuer.obj} {
		if g := generation(o); g != "" && g != j.v.Format {
			j.warn(verdict.WarnGenerations)
		}
	}
}

// conformContext checks one @context. base is the context whose terms the
// object is read by.
func (j *job) conformContext(what string, o read.Object, version []string, base string) {
	list, ok := o["@context"].([]any)
	if !ok {
		list = []any{o["@context"]}
	}
	first, copied := "", false
	if len(list) > 0 {
		first, _ = list[0].(string)
		if x, ok := list[0].(map[string]any); ok && what != "assertion" {
			v, ok := rdf.BadgeVocabulary(base)
			copied = ok && v.Copied(x)
		}
	}
	switch {
	case slices.Contains(version, first):
		list = list[1:]
	case !copied:
		j.problem(what + ": @context is not that of Open Badges")
	}
	names := []string{first}
	if first != context11 && first != context20 {
		// The objects of 2.1 are those of 2.0: its context adds an API's terms.
		names = append(names, base)
	}
	var redefined []string
	for _, c := range list {
		switch x := c.(type) {
		case string:
			switch _, known := rdf.BadgeVocabulary(x); {
			case !known:
				j.warn(verdict.WarnContextAdds)
			case x != first && (x == context11 || first == context11):
				j.problem(what + ": @context is that of two versions")
			default:
				names = append(names, x)
			}
		case map[string]any:
			j.warn(verdict.WarnContextAdds)
			for term, definition := range x {
				if redefines(names, term, definition) {
					redefined = append(redefined, term)
				}
			}
		default:
			// JSON null forgets what the contexts before it define.
			if o.Has("@context") {
				j.problem(what + ": @context holds neither a URL nor an object")
			}
		}
	}
	if len(redefined) > 0 {
		// A document that another reader takes for something else.
		slices.Sort(redefined)
		j.redefines = true
		j.problem(what + ": @context redefines " + verdict.Clip(strings.Join(slices.Compact(redefined), ", ")))
	}
}

// redefines reports whether an inline definition makes something else of a
// term of the named contexts.
func redefines(names []string, term string, definition any) bool {
	for _, u := range names {
		if v, ok := rdf.BadgeVocabulary(u); ok && v.Redefines(term, definition) {
			return true
		}
	}
	return false
}

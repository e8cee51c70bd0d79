package read

import (
	"maps"
	"slices"
	"strings"
)

// Plain brings a JSON-LD object to the form in which its members are read: @id and
// @type are id and type where these are not there, a value object ({"@value": …})
// is its value, @list and @set are lists, and of texts in several languages one is
// taken ([Prose]). @context stays as it is. What needs no change is not copied.
//
// It is for documents of which the JSON itself counts, what a host answers or a
// token holds: in one of which statements were signed, whoever holds it can write
// them down otherwise.
func Plain(o Object) Object {
	v, _ := plain(map[string]any(o), 0)
	m, _ := v.(map[string]any)
	return m
}

// keywords are the JSON-LD keywords that are read under a name.
var keywords = []struct{ keyword, name string }{{"@id", "id"}, {"@type", "type"}}

// ByTerms writes the keywords @id and @type as the terms id and type that stand for
// them in every context of a credential, wherever they stand without these, and
// reports whether any did: to whoever signs statements the two are one. Left as they
// are: contexts, typed values ({"@value": …, "@type": …}), objects that have both,
// and, unless inner, credentials inside this one, whose own proofs may be over the
// text. What needs no change is not copied.
func ByTerms(o Object, inner bool) (Object, bool) {
	v, changed := byTerms(map[string]any(o), inner, 0)
	m, _ := v.(map[string]any)
	return m, changed
}

func byTerms(v any, inner bool, depth int) (out any, changed bool) {
	if depth > DefaultDepth {
		return v, false
	}
	switch x := v.(type) {
	case []any:
		var list []any
		for i, e := range x {
			p, differs := byTerms(e, inner, depth+1)
			if differs && list == nil {
				list = slices.Clone(x)
			}
			if differs {
				list[i] = p
			}
		}
		if list != nil {
			return list, true
		}
	case map[string]any:
		if depth > 0 && !inner && x["proof"] != nil || x["@value"] != nil {
			return v, false
		}
		o := x
		for name, e := range x {
			if name == "@context" {
				continue
			}
			if p, differs := byTerms(e, inner, depth+1); differs {
				if !changed {
					o, changed = maps.Clone(x), true
				}
				o[name] = p
			}
		}
		for _, k := range keywords {
			w, there := o[k.keyword]
			if _, both := o[k.name]; !there || both {
				continue
			}
			if !changed {
				o, changed = maps.Clone(x), true
			}
			o[k.name] = w
			delete(o, k.keyword)
		}
		return o, changed
	}
	return v, false
}

func plain(v any, depth int) (out any, changed bool) {
	if depth > DefaultDepth {
		return v, false
	}
	switch x := v.(type) {
	case map[string]any:
		if v, ok := valueOf(x, depth); ok {
			return v, true
		}
		return plainMembers(x, depth)
	case []any:
		if text, ok := tagged(x); ok {
			return text, true
		}
		var copied []any
		for i, e := range x {
			p, differs := plain(e, depth+1)
			if differs && copied == nil {
				copied = slices.Clone(x)
			}
			if differs {
				copied[i] = p
			}
		}
		if copied != nil {
			return copied, true
		}
	}
	return v, false
}

// valueOf reads an object that stands for a value or a list.
func valueOf(x map[string]any, depth int) (any, bool) {
	if text, ok := tagged(x); ok {
		return text, true
	}
	if w, ok := x["@value"]; ok && onlyOfValues(x) {
		return w, true
	}
	for _, name := range []string{"@list", "@set"} {
		if w, ok := x[name]; ok && len(x) == 1 {
			w, _ = plain(List(w), depth+1)
			return w, true
		}
	}
	return nil, false
}

func plainMembers(x map[string]any, depth int) (out map[string]any, changed bool) {
	out = x
	set := func(name string, v any) {
		if !changed {
			changed = true
			out = make(map[string]any, len(x))
			for n, e := range x {
				out[n] = e
			}
		}
		out[name] = v
	}
	for name, e := range x {
		if name == "@context" {
			continue
		}
		if p, differs := plain(e, depth+1); differs {
			set(name, p)
		}
	}
	for _, k := range keywords {
		if w, there := out[k.keyword]; there && out[k.name] == nil {
			set(k.name, w)
			delete(out, k.keyword)
		}
	}
	return out, changed
}

// onlyOfValues reports whether an object has no members but those that a value may
// have (JSON-LD 1.1 §9.5): one with an @id is a node to other readers.
func onlyOfValues(x map[string]any) bool {
	for name := range x {
		switch name {
		case "@value", "@type", "@language", "@direction", "@index":
		default:
			return false
		}
	}
	return true
}

// tagged reads a text that says its language ({"@value": …, "@language": …}), or a
// list of nothing else.
func tagged(v any) (string, bool) {
	byLanguage := map[string]any{}
	for _, e := range List(v) {
		o, _ := e.(map[string]any)
		text, ok := o["@value"].(string)
		language, ok2 := o["@language"].(string)
		if !ok || !ok2 || !onlyOfValues(o) {
			return "", false
		}
		if _, twice := byLanguage[language]; !twice {
			byLanguage[language] = text
		}
	}
	return inOneLanguage(byLanguage)
}

// Prose reads what a person is to read: a text, a number, a text that says its
// language, a map of languages ({"en": …, "de": …}), or the first of a list. Of
// several languages it is English, else the first by the name of its language. ""
// is for what is none of these.
func Prose(v any) string {
	switch x := v.(type) {
	case []any:
		if text, ok := tagged(x); ok {
			return text
		}
		for _, e := range x {
			if s := Prose(e); s != "" {
				return s
			}
		}
	case map[string]any:
		if w, ok := x["@value"]; ok {
			return Text(w)
		}
		s, _ := inOneLanguage(x)
		return s
	case bool:
	default:
		return Text(x)
	}
	return ""
}

// Prose is the function [Prose] of a member.
func (o Object) Prose(name string) string { return Prose(o[name]) }

// inOneLanguage picks the text of a map of languages; ok is false for a map of
// anything else.
func inOneLanguage(m map[string]any) (text string, ok bool) {
	best := ""
	for language, v := range m {
		s, isText := v.(string)
		if list, many := v.([]any); many && len(list) > 0 {
			s, isText = list[0].(string)
		}
		if !isText || !isLanguage(language) {
			return "", false
		}
		key := strings.ToLower(language)
		switch {
		case key == "en" || strings.HasPrefix(key, "en-"):
			key = " " + key // before all others
		case key == "@none":
			key = "!"
		}
		if best == "" || key < best {
			best, text = key, s
		}
	}
	return text, best != ""
}

// isLanguage reports whether s may be a language tag (BCP 47), or stands for none.
func isLanguage(s string) bool {
	if s == "@none" {
		return true
	}
	for i, part := range strings.Split(s, "-") {
		if part == "" || len(part) > 8 || i == 0 && (len(part) < 2 || len(part) > 3) {
			return false
		}
		if strings.ContainsFunc(part, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9')
		}) {
			return false
		}
	}
	return true
}

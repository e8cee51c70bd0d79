package read

// The accessors below read a value that Parse gave. JSON-LD and Open Badges let
// one value stand for a list of one, and forbid null but see it all the same,
// so a null is read as absent. Those of [Object] read a member by its name, and
// are these.

// List returns v as a list: nil and null as none, a list as itself, any other
// value as a list of one. A null within a list stays: whether a list with a
// hole may be read is the caller's to say.
func List(v any) []any {
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		return x
	default:
		return []any{x}
	}
}

// Strings returns the strings of List(v), leaving out what is none, or empty.
func Strings(v any) []string {
	var out []string
	for _, x := range List(v) {
		if s, ok := x.(string); ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Objects returns the objects of List(v), leaving out what is none.
func Objects(v any) []Object {
	var out []Object
	for _, x := range List(v) {
		if o, ok := x.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// Has reports whether v, one or many, holds the string s.
func Has(v any, s string) bool {
	for _, x := range List(v) {
		if x == any(s) {
			return true
		}
	}
	return false
}

// ID returns the identifier of a node that is given by its id alone or as an
// object with a member id, or @id where it has no other; what is no text names
// nothing.
func ID(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case map[string]any:
		return ID(Object(x))
	case Object:
		if x["id"] != nil {
			return x.Str("id")
		}
		return x.Str("@id")
	}
	return ""
}

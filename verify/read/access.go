package read

// The accessors below read what Parse gave. JSON-LD and Open Badges let one
// value stand for a list of one, and forbid null but see it all the same, so a
// null is read as absent.

// String returns the string under key, or "" when there is none. It does not
// take another type for a string.
func String(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// Member returns the object under key, or nil.
func Member(m map[string]any, key string) map[string]any {
	o, _ := m[key].(map[string]any)
	return o
}

// List returns v as a list: nil and null as none, a list as itself, any other
// value as a list of one.
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

// Strings returns the strings of List(v), leaving out what is none.
func Strings(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var out []string
	for _, x := range List(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Objects returns the objects of List(v), leaving out what is none.
func Objects(v any) []map[string]any {
	var out []map[string]any
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
// object with a member id (or @id).
func ID(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case map[string]any:
		if s, ok := x["id"].(string); ok {
			return s
		}
		return String(x, "@id")
	}
	return ""
}

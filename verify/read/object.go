package read

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Object is a JSON object. Its accessors never panic and read a member of
// another type than asked for as absent. JSON null is read as absent, too.
type Object map[string]any

// Has reports whether the member is there and not null.
func (o Object) Has(name string) bool { return o[name] != nil }

// Str gives a string member, trimmed of nothing.
func (o Object) Str(name string) string {
	s, _ := o[name].(string)
	return s
}

// Text gives a string or number member as text.
func (o Object) Text(name string) string { return Text(o[name]) }

// Text gives a JSON string, number or boolean as text, and "" for all else.
func Text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// Bool gives a boolean member; the text "true" counts as well.
func (o Object) Bool(name string) bool {
	switch x := o[name].(type) {
	case bool:
		return x
	case string:
		return strings.EqualFold(x, "true")
	}
	return false
}

// Obj gives an object member, or the only element of a list of one object.
func (o Object) Obj(name string) Object {
	switch x := o[name].(type) {
	case map[string]any:
		return x
	case []any:
		if len(x) == 1 {
			m, _ := x[0].(map[string]any)
			return m
		}
	}
	return nil
}

// List gives a member as a list: a single value is a list of one, nulls are
// left out.
func (o Object) List(name string) []any {
	var out []any
	for _, v := range List(o[name]) {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

// Objs gives the objects of a member that is an object or a list.
func (o Object) Objs(name string) []Object { return Objects(o[name]) }

// Strs gives the strings of a member that is a string or a list, but the empty.
func (o Object) Strs(name string) []string { return Strings(o[name]) }

// IsType reports whether the member type (or @type) names t, alone or in a list.
func (o Object) IsType(t ...string) bool {
	for _, want := range t {
		if Has(o["type"], want) || o["type"] == nil && Has(o["@type"], want) {
			return true
		}
	}
	return false
}

// Ref gives the id of a member that is an id or an object with one, and the
// object when it is one.
func (o Object) Ref(name string) (string, Object) {
	switch x := o[name].(type) {
	case string:
		return x, nil
	case map[string]any:
		return ID(x), x
	case []any:
		if len(x) == 1 {
			return Object{name: x[0]}.Ref(name)
		}
	}
	return "", nil
}

// Nulls reports whether a null, an empty list or an empty object stands
// anywhere in v.
func Nulls(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, e := range x {
			if Nulls(e) {
				return true
			}
		}
	case Object:
		return Nulls(map[string]any(x))
	case []any:
		if len(x) == 0 {
			return true
		}
		for _, e := range x {
			if Nulls(e) {
				return true
			}
		}
	}
	return false
}

// Equal reports whether two values that Parse gave are the same: objects
// whatever the order of their members, numbers as they are written.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for name, v := range x {
			if w, there := y[name]; !there || !Equal(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !Equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case nil, bool, string, json.Number:
		return a == b
	}
	return false
}

// ParseDocument reads a strict JSON object of at most 4 MiB and 32 levels.
func ParseDocument(data []byte) (Object, error) {
	m, err := ParseObject(data, Limits{})
	if err != nil {
		return nil, err
	}
	return m, nil
}

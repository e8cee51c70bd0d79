package elastic

import (
	"encoding/json"
	"slices"
	"strconv"
)

// A search is a hundred kilobytes of small objects, of which encoding/json would take
// longer to sort and to look at than the server to answer some.

// appendJSON appends the JSON form of what queries are made of.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case object:
		return appendObject(b, v)
	case []object:
		return appendList(b, v, func(b []byte, o object) ([]byte, error) { return appendObject(b, o) })
	case []string:
		return appendList(b, v, func(b []byte, s string) ([]byte, error) { return appendString(b, s) })
	case string:
		return appendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	}
	raw, err := json.Marshal(v)
	return append(b, raw...), err
}

func appendObject(b []byte, o object) ([]byte, error) {
	var room [8]string
	keys := room[:0]
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys) // the same query is the same bytes
	b = append(b, '{')
	var err error
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendString(b, k); err != nil {
			return b, err
		}
		if b, err = appendJSON(append(b, ':'), o[k]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func appendList[T any](b []byte, list []T, one func([]byte, T) ([]byte, error)) ([]byte, error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = one(b, v); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendString(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		// Whatever needs care.
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			raw, err := json.Marshal(s)
			return append(b, raw...), err
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"'), nil
}

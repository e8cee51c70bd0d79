package read

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// Answer is what a document says to a question that would speak against a
// badge: whether it, its key or its issuer's identifier was taken back. The
// zero Answer is the only one that is good for the badge.
type Answer uint8

// The answers.
const (
	No      Answer = iota // it is not there, or plainly false
	Unclear               // it is there, and not to be understood
	Yes
)

// Denied reads a fact against what it stands in, such as a member revoked. No
// is what is absent, null, an empty list, false, 0, "false", "no" or "0"; Yes is
// true, any other number, "true", "yes", and a date that is past. Issuers write
// all of these (xsd:boolean has 1 for true, and some put the time of it). What
// is left, a date that is still ahead among it, is Unclear, and never good.
func Denied(v any, now time.Time) Answer {
	from, said := Since(v)
	if from.After(now) {
		return Unclear
	}
	return said
}

// Ended is Denied for what may be written as a date beforehand, such as revoked
// or expires of a key: a date that is still ahead is No.
func Ended(v any, now time.Time) Answer {
	from, said := Since(v)
	if from.After(now) {
		return No
	}
	return said
}

// Denied is [Denied] of a member.
func (o Object) Denied(name string, now time.Time) Answer { return Denied(o[name], now) }

// Ended is [Ended] of a member.
func (o Object) Ended(name string, now time.Time) Answer { return Ended(o[name], now) }

// flags are the numbers below which one is a flag and no time: of seconds since
// 1970, those before 1973.
const flags = 100_000_000

// Since reads a fact against what it stands in, and with Yes the time from which
// it holds, zero for always.
func Since(v any) (from time.Time, said Answer) {
	switch x := v.(type) {
	case nil:
		return from, No
	case bool:
		if x {
			return from, Yes
		}
		return from, No
	case json.Number:
		f, err := x.Float64()
		switch {
		case err != nil, f < 0:
			return from, Unclear
		case f == 0:
			return from, No
		case f >= flags:
			return seconds(f), Yes
		}
		return from, Yes
	case string:
		x = strings.TrimSpace(x)
		switch strings.ToLower(x) {
		case "false", "no", "0":
			return from, No
		case "true", "yes", "1":
			return from, Yes
		}
		if len(x) < 8 && x != "" && strings.Trim(x, "0123456789") == "" {
			return Since(json.Number(x))
		}
		if d, ok := DateOf(x); ok {
			return d.First, Yes
		}
		return from, Unclear
	case []any:
		// Of several none is the one that counts, unless one says it plainly.
		for _, e := range x {
			t, a := Since(e)
			switch {
			case len(x) == 1, a == Yes && t.IsZero():
				return t, a
			case a != No:
				said = Unclear
			}
		}
		return from, said
	}
	return from, Unclear
}

// Until reads the end of what may be used until then, such as a key: a date, to its end,
// also a year alone or one beyond the year 9999; else as [Since].
func Until(v any) (end time.Time, said Answer) {
	if d, ok := DateOf(v); ok {
		return d.Last, Yes
	}
	return Since(v)
}

// seconds reads a time since 1970 in seconds, or in milliseconds where seconds
// would lie beyond the year 5000.
func seconds(f float64) time.Time {
	if f >= 1e11 {
		f /= 1000
	}
	if f >= 1e11 {
		f = 1e11
	}
	return time.Unix(int64(f), 0).UTC()
}

// Dated is a time that was read as one that says something: that of the year 1,
// which Go holds for no time at all, and which some software writes for "never",
// is a nanosecond later. A badge that ends then has ended.
func Dated(t time.Time) time.Time {
	if t.IsZero() {
		return t.Add(time.Nanosecond)
	}
	return t
}

// TakenBack reads whether a list of what was taken back names one of ids: Yes,
// with the entry where that is an object, unless the entry itself says revoked:
// false and nothing else. The list is one entry or many, in lists of lists too,
// each an id, an object that has one as id, @id or uid, or an object of ids and
// what is said of them. An entry of another form that holds one of the ids is
// Unclear. Ids are compared by [SameName].
func TakenBack(list any, ids ...string) (Answer, Object) {
	return takenBack(list, ids, 0)
}

func takenBack(v any, ids []string, depth int) (Answer, Object) {
	if depth > 8 {
		return Unclear, nil
	}
	switch x := v.(type) {
	case []any:
		worst := No
		var entry Object
		for _, e := range x {
			a, o := takenBack(e, ids, depth+1)
			if a > worst {
				worst, entry = a, o
			}
		}
		return worst, entry
	case string, json.Number:
		if named(ids, Text(x)) {
			return Yes, nil
		}
	case bool:
		// It names nobody, so it may mean anybody.
		return Unclear, nil
	case map[string]any:
		o := Object(x)
		whose := 0
		for _, name := range []string{"id", "@id", "uid"} {
			for _, e := range List(x[name]) {
				s := Text(e)
				if m, ok := e.(map[string]any); ok {
					s = ID(m)
				}
				if s != "" {
					whose++
				}
				if named(ids, s) {
					return unlessFalse(x["revoked"]), o
				}
			}
		}
		for id, said := range x {
			if !named(ids, id) {
				continue
			}
			whose++
			inner, _ := said.(map[string]any)
			if why := Text(said); why != "" && inner == nil {
				inner = map[string]any{"revocationReason": why}
			}
			if said != any(false) && unlessFalse(inner["revoked"]) == Yes {
				return Yes, inner
			}
		}
		if whose == 0 && mentions(x, ids, 0) {
			return Unclear, o
		}
	}
	return No, nil
}

// Mentions reports whether a value, or anything in it, is one of ids by [SameName], or
// says something of one that it has for a name.
func Mentions(v any, ids ...string) bool { return mentions(v, ids, 0) }

// unlessFalse: to stand in the list says it; only a plain false takes that back.
func unlessFalse(revoked any) Answer {
	if revoked == any(false) {
		return No
	}
	return Yes
}

func mentions(v any, ids []string, depth int) bool {
	if depth > 8 {
		return true
	}
	switch x := v.(type) {
	case string:
		return named(ids, x)
	case []any:
		for _, e := range x {
			if mentions(e, ids, depth+1) {
				return true
			}
		}
	case map[string]any:
		for name, e := range x {
			if e != any(false) && named(ids, name) || mentions(e, ids, depth+1) {
				return true
			}
		}
	}
	return false
}

func named(ids []string, s string) bool {
	for _, id := range ids {
		if id != "" && s != "" && SameName(id, s) {
			return true
		}
	}
	return false
}

// SameName reports whether two identifiers may name the same thing, so that no
// spelling escapes a revocation: trimmed, percent-decoded (OB3 §9.2), web
// addresses by their authority, whether by http or https and with a slash behind
// them or none, a UUID as a URN or alone, the scheme and
// namespace of a URN and all of a UUID in capitals or not (RFC 8141 §3.1, RFC
// 9562 §4). It is wide on purpose: it says nothing about who owns a name.
func SameName(a, b string) bool {
	return a == b || spelling(a) == spelling(b)
}

// spelling is one spelling for all of a name's.
func spelling(s string) string {
	s = strings.TrimSpace(s)
	if u, ok := HTTPURL(s); ok {
		path := strings.TrimRight(u.Path, "/") + "/"
		authority := strings.TrimSuffix(strings.TrimSuffix(Authority(u), ":443"), ":80")
		s = "//" + authority + path
		if u.RawQuery != "" {
			s += "?" + u.RawQuery
		}
		if u.Fragment != "" {
			s += "#" + u.Fragment
		}
	}
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	if scheme, rest, ok := strings.Cut(s, ":"); ok && strings.EqualFold(scheme, "urn") {
		if space, name, ok := strings.Cut(rest, ":"); ok {
			s = "urn:" + strings.ToLower(space) + ":" + name
			if strings.EqualFold(space, "uuid") && len(name) == 36 && isUUID(name) {
				s = name // lists give the number alone
			}
		}
	}
	return lowerUUIDs(s)
}

// lowerUUIDs writes the UUIDs in s in small letters.
func lowerUUIDs(s string) string {
	const size = 36
	for i := 0; i+size <= len(s); i++ {
		if isUUID(s[i : i+size]) {
			s = s[:i] + strings.ToLower(s[i:i+size]) + s[i+size:]
			i += size - 1
		}
	}
	return s
}

func isUUID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}

package status

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/verdict"
)

// TokenType is the typ of a status list token (draft-ietf-oauth-status-list, "Status
// List Token in JWT Format"), so that no other token of its issuer's passes for one.
const TokenType = "statuslist+jwt"

// claim judges the claim status of a token: an object of ways to ask, each by its
// name, of which status_list is the one that is followed.
func (c *Checker) claim(ctx context.Context, q *Query, v any) (out []answer) {
	ways, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(ways)) {
		switch {
		case ways[name] == nil:
		case name == "status_list":
			out = append(out, c.statusList(ctx, q, ways[name]))
		default:
			out = append(out, unknown(verdict.StatusUnknownType, fmt.Sprintf("the claim status of a token by %.60q", name)))
		}
	}
	if len(out) == 0 {
		out = append(out, unknown(verdict.StatusUnknownType, "the claim status of a token"))
	}
	return out
}

// The values of a status ("Status Types Values"). All others mean what an
// application made of them.
const (
	valueValid     = 0
	valueInvalid   = 1
	valueSuspended = 2
)

// statusList judges {idx, uri} ("Referenced Token", "Validation Rules").
func (c *Checker) statusList(ctx context.Context, q *Query, v any) answer {
	o, _ := v.(map[string]any)
	where := read.Object(o).Str("uri")
	index, ok := decimal(o["idx"])
	switch {
	case !ok:
		return unfollowed("the index in the status list is no whole number")
	case !absolute(where):
		return unfollowed("a status without the URL of a list")
	}
	l, final, a := c.list(ctx, q, where, &tokenList)
	if l == nil {
		return a
	}
	var value int64
	places := int64(0)
	if l.size > 0 {
		places = int64(len(l.bits)) * 8 / l.size
	}
	if index < places {
		value = lowValueAt(l.bits, index*l.size, l.size)
	}
	current := l.current(q.Now)
	switch {
	case value == valueInvalid:
		return a.against(verdict.Revoked, l.says("revoked", q))
	case value == valueSuspended && current:
		return a.against(verdict.Suspended, l.says("suspended", q))
	case l.fault != nil:
		return a.faulty(l.fault)
	case index >= places:
		return a.doubt(verdict.StatusInvalid, "the index lies beyond the status list")
	case !current:
		return a.doubt(verdict.StatusInvalid, "the status list is not valid at this time")
	}
	if a = a.another(q, where, final, l.id, l.issuer, false); a.State == verdict.Pass && value != valueValid {
		return a.doubt(verdict.StatusUnclear, fmt.Sprintf("status %d of a status list", value))
	}
	return a
}

// unpackToken reads the claims of a status list token.
func unpackToken(ctx context.Context, q *Query, resp *fetch.Response, where string, _ *form) *bitlist {
	l, claims := verified(ctx, q.VerifyToken, resp, where)
	l.id = claims.Str("sub")
	if n, ok := claims["ttl"].(json.Number); ok {
		l.lives(n, time.Second)
	}
	list := claims.Obj("status_list")
	switch size, ok := decimal(list["bits"]); {
	case ok && (size == 1 || size == 2 || size == 4 || size == 8):
		l.size = size
	default:
		l.doubt(fmt.Errorf("%w: bits of a status", errList))
	}
	var err error
	l.bits, err = inflate(list.Str("lst"))
	l.doubt(err)
	if l.id != where {
		l.doubt(fmt.Errorf("%w: it is about another address", errList))
	}
	return l
}

// lowValueAt reads size bits from position at, where the first status of a byte
// lies in its lowest bits ("Compressed Byte Array"), the other way round than in a
// bitstring.
func lowValueAt(bits []byte, at, size int64) int64 {
	return int64(bits[at/8]) >> (at % 8) & (1<<size - 1)
}

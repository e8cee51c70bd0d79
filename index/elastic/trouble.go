package elastic

import (
	"context"
	"errors"
	"net"
	"net/http"

	"assay/index"
)

// Types of errors of the server.
const (
	blockedType = "cluster_block_exception"          // the index takes no writes
	strictType  = "strict_dynamic_mapping_exception" // the index has no such field
)

// troubleOf gives the trouble that a status tells of, "" for none; kind gives the type
// of the error. What is not there, was there before or is refused as such is an answer.
func troubleOf(status int, kind func() string) index.Trouble {
	switch {
	case status == http.StatusTooManyRequests && kind() == blockedType, status == http.StatusForbidden && kind() == blockedType:
		return index.TroubleReadOnly
	case status == http.StatusTooManyRequests:
		return index.TroubleOverloaded
	case status >= http.StatusInternalServerError:
		return index.TroubleUnwell
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return index.TroubleForbidden
	case status == http.StatusBadRequest && kind() == strictType:
		return index.TroubleMapping
	}
	return ""
}

// broken tells of a request without an answer, unless whoever asked went away.
func (e *Engine) broken(ctx context.Context, err error) {
	var slow net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		e.o.Troubled(index.TroubleTimeout)
	default:
		e.o.Troubled(index.TroubleUnreachable)
	}
}

// troubles tells of the documents of a bulk request that were not taken, each kind
// once.
func (e *Engine) troubles(items []item) {
	seen := map[index.Trouble]bool{}
	for _, it := range items {
		if t := troubleOf(it.status, func() string { return it.kind }); t != "" && !seen[t] {
			seen[t] = true
			e.o.Troubled(t)
		}
	}
}

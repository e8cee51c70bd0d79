package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"assay/index/issuers"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Issuers is where employers decide on issuers: ingest.Decisions, which this
// package may not know.
type Issuers interface {
	// List gives the issuers of a tenant's badges, n at most; with 0 only what is said of
	// them, without asking the index.
	List(ctx context.Context, tenant string, n int) (*issuers.List, error)
	// Log gives every word of a tenant, oldest first.
	Log(ctx context.Context, tenant string) ([]issuers.Word, error)
	// Say has a word hold.
	Say(ctx context.Context, tenant string, w issuers.Word) (issuers.Receipt, error)
	// Would counts what a word would change, and says nothing.
	Would(ctx context.Context, tenant string, w issuers.Word) (*issuers.Change, error)
	// Import has what was chosen of a registry count.
	Import(ctx context.Context, tenant string, c issuers.Chosen) (issuers.Receipt, error)
}

// Bounds of the routes of issuers.
const (
	defaultIssuers = 20
	maxIssuers     = 200
	maxWordBody    = 2 << 20
)

// errNoIssuers: the server has no queue, in which decisions lie.
var errNoIssuers = errors.New("this server keeps no decisions on issuers")

// operatorName is the author of words where nobody is asked who he is.
const operatorName = "the operator"

func (h *handler) listIssuers(a *asked) (any, error) {
	n, err := number(a.p, "n", defaultIssuers, 1, maxIssuers)
	if err != nil {
		return nil, err
	}
	if h.o.Issuers == nil {
		return nil, errNoIssuers
	}
	return h.o.Issuers.List(a.Context(), a.caller.Tenant, n)
}

func (h *handler) logIssuers(a *asked) (any, error) {
	if h.o.Issuers == nil {
		return nil, errNoIssuers
	}
	words, err := h.o.Issuers.Log(a.Context(), a.caller.Tenant)
	if err != nil {
		return nil, err
	}
	words = slices.DeleteFunc(words, func(w issuers.Word) bool { return w.Kind == issuers.Map }) // about no issuer
	return map[string]any{"words": words}, nil
}

// wordRequest is the body of POST /v1/issuers. Who says it is who asks, and when is
// now: neither can be given.
type wordRequest struct {
	Decision issuers.Kind    `json:"decision"`
	Issuer   string          `json:"issuer"`
	Name     string          `json:"name"`
	Note     string          `json:"note"`
	Accept   verdict.Level   `json:"accept"`
	Source   string          `json:"source"`
	Registry json.RawMessage `json:"registry"`
	Entries  []string        `json:"entries"`
	Whole    bool            `json:"whole"`
}

func (h *handler) sayIssuers(a *asked) (any, error) {
	if h.o.Issuers == nil {
		return nil, errNoIssuers
	}
	// A page elsewhere can have a browser send a form or plain text, but not JSON,
	// without asking this server first, which allows nobody.
	if t, _, err := mime.ParseMediaType(a.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return nil, badRequest("the body is not application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(a.w, a.Body, maxWordBody))
	if err != nil {
		return nil, badRequest("the body is larger than %d MiB, or broke off", maxWordBody>>20)
	}
	o, err := read.ParseObject(body, read.Limits{Bytes: maxWordBody}) // no name twice
	if err != nil {
		return nil, badRequest("the body is no JSON object that can be read in one way only")
	}
	for name := range o {
		switch name {
		case "decision", "issuer", "name", "note", "accept", "source", "registry", "entries", "whole":
		default:
			return nil, badRequest("there is no member %.32q", name)
		}
	}
	var r wordRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, badRequest("a member of the body is of another type")
	}
	by := a.caller.Name
	if by == "" {
		by = operatorName
	}
	var receipt issuers.Receipt
	if r.Decision == issuers.Import {
		if r.Issuer != "" || r.Name != "" || r.Accept != "" {
			return nil, badRequest("import takes source, registry, entries, whole and note")
		}
		receipt, err = h.o.Issuers.Import(a.Context(), a.caller.Tenant, issuers.Chosen{Source: r.Source, Body: r.Registry, Entries: r.Entries, Whole: r.Whole, Note: r.Note, By: by})
	} else {
		w := issuers.Word{Kind: r.Decision, Issuer: r.Issuer, Name: r.Name, Note: r.Note, Accept: r.Accept, By: by, At: h.o.Now().UTC().Truncate(time.Second)}
		if len(r.Registry) > 0 || len(r.Entries) > 0 || r.Whole {
			return nil, badRequest("registry, entries and whole are import's")
		}
		if r.Source != "" {
			w.Registry = &issuers.Registry{Source: r.Source}
		}
		receipt, err = h.o.Issuers.Say(a.Context(), a.caller.Tenant, w)
	}
	if err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " " + string(r.Decision), Count: receipt.Applicants, Blind: true})
	return receipt, nil
}

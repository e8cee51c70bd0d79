// Package web is the recruiters' page and the HTTP API over an index.Engine:
// search, an applicant's record, matching a role, suggestions and export.
//
// The tenant is the caller's: Options.Tenant takes it from the request's
// identity, and nothing that a user types can name another one. Without
// authentication (Options.Tenant nil) the handler trusts the parameter tenant=
// and therefore belongs on loopback only.
//
// Pages are html/template and work without scripts; every answer carries a
// content security policy that allows this origin's style sheet and script and
// nothing else. No picture of an applicant's document is ever shown. Errors of
// the API are problem details (RFC 9457). The API is described by the OpenAPI
// 3.1 document at /v1/openapi.json.
//
// Out of scope: logging people in, and /healthz, /readyz and /metrics, which
// belong to the process.
package web

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"assay/index"
	"assay/index/skills"

	"go.uber.org/zap"
)

//go:embed static templates openapi.json
var files embed.FS

// DefaultTenant is the tenant of a request that names none, where the tenant
// may be named at all.
const DefaultTenant = "default"

// Options configure the handler.
type Options struct {
	Engine   index.Engine                                      // required
	Taxonomy func() *skills.Taxonomy                           // nil = skills.Builtin; asked for each request, so it can be replaced
	Tenant   func(*http.Request) (string, error)               // whose request it is; nil = parameter tenant=, loopback only
	Audit    func(r *http.Request, tenant, application string) // told of each view of an applicant; nil = none
	Now      func() time.Time                                  // nil = time.Now
	Log      *zap.Logger                                       // nil = no log
}

// requestTime bounds one request.
const requestTime = 10 * time.Second

type handler struct {
	o     Options
	pages *template.Template
}

// New returns the handler of the page (/, /role, /applications/{id}, /static/)
// and of the API (/v1/).
func New(o Options) (http.Handler, error) {
	if o.Engine == nil {
		return nil, errors.New("web: no engine")
	}
	if o.Taxonomy == nil {
		builtin := skills.Builtin()
		o.Taxonomy = func() *skills.Taxonomy { return builtin }
	}
	if o.Tenant == nil {
		o.Tenant = tenantParameter
	}
	if o.Audit == nil {
		o.Audit = func(*http.Request, string, string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	pages, err := template.ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	h := &handler{o: o, pages: pages}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.HandleFunc("GET /{$}", h.page(h.searchPage))
	mux.HandleFunc("GET /role", h.page(h.rolePage))
	mux.HandleFunc("GET /applications/{id}", h.page(h.applicantPage))
	mux.HandleFunc("GET /v1/search", h.api(h.search))
	mux.HandleFunc("GET /v1/export", h.api(h.export))
	mux.HandleFunc("GET /v1/match", h.api(h.match))
	mux.HandleFunc("GET /v1/applications/{id}", h.api(h.application))
	mux.HandleFunc("GET /v1/suggest", h.api(h.suggest))
	mux.HandleFunc("GET /v1/skills/{id...}", h.api(h.skill))
	mux.HandleFunc("GET /v1/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		b, err := files.ReadFile("openapi.json")
		if err != nil {
			h.problem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b)
	})
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeProblem(w, problem{Title: "method not allowed", Status: http.StatusMethodNotAllowed})
			return
		}
		writeProblem(w, problem{Title: "no such resource", Status: http.StatusNotFound})
	})
	return secure(mux), nil
}

// tenantParameter is the identity of a caller on loopback.
func tenantParameter(r *http.Request) (string, error) {
	q := r.URL.Query()
	if !q.Has("tenant") {
		return DefaultTenant, nil
	}
	t := q.Get("tenant")
	return t, index.CheckTenant(t)
}

// secure sets what every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// api wraps a handler that answers with a value as JSON, or with an error as a
// problem. A handler that has written for itself returns nil, nil.
func (h *handler) api(f func(w http.ResponseWriter, r *http.Request, tenant string) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tenant, err := h.o.Tenant(r)
		if err != nil {
			h.problem(w, r, err)
			return
		}
		v, err := f(w, r, tenant)
		if err != nil {
			h.problem(w, r, err)
			return
		}
		if v == nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			h.o.Log.Debug("answer not written", zap.Error(err))
		}
	}
}

// page wraps a handler that answers with a template and its data.
func (h *handler) page(f func(r *http.Request, tenant string) (name string, status int, data any, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tenant, err := h.o.Tenant(r)
		if err != nil {
			h.problem(w, r, err)
			return
		}
		name, status, data, err := f(r, tenant)
		if err != nil {
			h.problem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		if err := h.pages.ExecuteTemplate(w, name, data); err != nil {
			h.o.Log.Debug("page not written", zap.Error(err))
		}
	}
}

// problem is an error as RFC 9457 shapes it.
type problem struct {
	Type   string `json:"type,omitempty"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Column int    `json:"column,omitempty"` // of a query that cannot be read, from 1
}

func writeProblem(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// errBadRequest is a parameter that cannot be taken.
var errBadRequest = errors.New("bad request")

// problem renders an error at the edge: what the caller did wrong is told,
// everything else is logged and kept from him.
func (h *handler) problem(w http.ResponseWriter, r *http.Request, err error) {
	p := problem{Status: http.StatusInternalServerError, Title: "internal error"}
	var syntax *index.SyntaxError
	switch {
	case errors.As(err, &syntax):
		p = problem{Status: http.StatusBadRequest, Title: "query cannot be read", Detail: syntax.Error(), Column: syntax.Column}
	case errors.Is(err, errBadRequest):
		p = problem{Status: http.StatusBadRequest, Title: "parameter cannot be taken", Detail: err.Error()}
	case errors.Is(err, index.ErrTenant):
		p = problem{Status: http.StatusBadRequest, Title: "tenant missing or malformed"}
	case errors.Is(err, index.ErrCursor):
		p = problem{Status: http.StatusBadRequest, Title: "cursor is not of this search"}
	case errors.Is(err, index.ErrNotFound):
		p = problem{Status: http.StatusNotFound, Title: "no such application"}
	case errors.Is(err, errNoSkill):
		p = problem{Status: http.StatusNotFound, Title: "no such skill"}
	case errors.Is(err, index.ErrErased):
		p = problem{Status: http.StatusGone, Title: "application was erased"}
	case errors.Is(err, index.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", "5")
		p = problem{Status: http.StatusServiceUnavailable, Title: "index does not answer now"}
	case errors.Is(err, context.Canceled):
		return // nobody is listening
	}
	if p.Status >= 500 {
		h.o.Log.Error("request failed", zap.String("path", r.Pattern), zap.Error(err))
	}
	writeProblem(w, p)
}

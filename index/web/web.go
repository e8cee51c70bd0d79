// Package web is the recruiters' page and the HTTP API over an index.Engine:
// search, an applicant's record, matching a role (/match) and comparison, suggestions and
// export. Shortlists and searches are kept (/saved) and read as feeds (/feeds/), issuers
// are decided on (/issuers), a document is judged on the spot (/check), and whoever
// operates sees how it stands (/operations).
//
// The tenant is the caller's: Options.Identity (Tokens.Caller) takes it from the
// request's credentials, and nothing that a user types can name another one.
// Without an identity (Options.Identity nil) the handler trusts the parameter
// tenant= and therefore belongs on loopback only.
//
// What a caller may do is his Rights; a table names what each route needs. Names
// of applicants are hidden on the page and in the API unless blind=off asks for
// them, which takes a right: without, every text is masked (record.Mask) and
// nobody is found by the name (query.Plan.Blind). Who sees them, or takes more than
// a page of hits along, is told to Options.Audit.
//
// People sign in to a Server's pages by a form with a token or by an OpenID issuer, and
// are known by a sealed cookie (package session) until they sign out or it ends. It counts
// for reading and for forms that bear its key; what the API changes takes a token. How
// somebody reads, blind or not, is remembered so; lifting it is told to Options.Audit.
//
// Why a badge or a part of an application counts for nothing is told in words:
// the verdict's own, and those of Options.Unread and Options.Link.
//
// Pages are html/template and work without scripts; every answer carries a
// content security policy that allows this origin's style sheet and script and
// nothing else. No picture of an applicant's document is ever shown. Errors of
// the API are problem details (RFC 9457), those of a page are a page. The API is
// described by the OpenAPI 3.1 document at /v1/openapi.json.
//
// Applications are handed in here too, and what became of them is told; operators erase,
// retry and check again: by Intake and Operations, which the program connects with the
// queue. Hiring systems notify by Hooks, whose signatures say who they are, and are told by
// Webhooks. The contract of both doors is given at /v1/schemas/, /v1/asyncapi.json and
// /v1/problems.
//
// Programs of assistants are answered at /mcp by the Model Context Protocol (2025-03-26 and
// later), streamable HTTP without sessions: tools that read, with the rights and the tenant
// of the token that each message bears.
//
// Whoever may check has documents and credentials judged on the spot, by Checker; nothing
// of it is kept.
//
// Server is the process's HTTP server around them: it answers only under its own
// names, serves others than this machine only where tokens say who asks, and has
// /healthz, /readyz and /metrics. Ops has these for orchestrators, on a port of its own,
// with profiles and with nothing of a person.
//
// Out of scope: making tokens and certificates.
package web

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/index"
	"assay/index/issuers"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
	"assay/index/web/session"
	"assay/verify"
	"assay/verify/guard"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

//go:embed openapi.json contract
var files embed.FS

// published are the documents of the contract, by the routes that give them.
var published = map[string]string{
	"/v1/openapi.json":            "openapi.json",
	"/v1/asyncapi.json":           "contract/asyncapi.json",
	"/v1/schemas/submission.json": "contract/submission.json",
	"/v1/schemas/outcome.json":    "contract/outcome.json",
	"/v1/schemas/event.json":      "contract/event.json",
}

// DefaultTenant is the tenant of a request that names none, where the tenant
// may be named at all.
const DefaultTenant = "default"

// Defaults of Options.
const (
	DefaultRate   = 20     // enough for a person who clicks and a script that reads page after page, too little to take the index from the others
	DefaultExport = 100000 // applicants
)

// Options configure the handler.
type Options struct {
	Engine         index.Engine                        // required
	Taxonomy       func() *skills.Taxonomy             // nil = skills.Builtin; asked for each request, so it can be replaced
	Identity       func(*http.Request) (Caller, error) // who asks (Tokens.Caller); nil = nobody is asked and tenant= names the tenant, loopback only
	Issuers        Issuers                             // where employers decide on issuers; nil = nowhere here
	Operations     Operations                          // what operators ask; nil = nothing here
	Intake         Intake                              // where applications are handed in; nil = nowhere here
	ApplicationURL string                              // where the hiring system has an application, with {application} (record.CheckURL); "" = nowhere
	Hooks          Hooks                               // what hiring systems notify; nil = nothing here
	Webhooks       Webhooks                            // where outcomes are sent; nil = nowhere from here
	Unread         func(reason string) string          // what a reason of record.Unread means, in a sentence; nil or "" = its code is shown as words
	Link           func(reason string) string          // the same of record.Link
	Audit          func(*http.Request, Seen)           // told of what callers have seen of applicants; nil = none
	Rate           float64                             // requests a second of one caller; 0 = no limit, or DefaultRate where a Server asks for tokens
	Burst          int                                 // requests that may come at once; 0 = five seconds' worth
	Export         int                                 // applicants of one export at most; 0 = DefaultExport
	Now            func() time.Time                    // nil = time.Now
	Log            *zap.Logger                         // nil = no log
	Messages       [][]byte                            // files of further languages (look.New)
	Saved          Saved                               // what recruiters keep; nil = nothing here
	PageURL        string                              // where others find the page, for links that leave it; "" = where it is asked
	Holds          Holds                               // what those may do who are not asking; nil = nobody is asked who he is
	Alerter        Alerter                             // who sends what is new in searches; nil = nobody is told
	Documents      Documents                           // where assistants' documents are judged; nil = nowhere here

	Checker Checker // judges on the spot; nil = nothing here
	Checks  int     // what one caller may have checked in an hour; 0 = no limit, or DefaultChecks where a Server asks for tokens

	Key   []byte        // of the installation: cookies are sealed by it; nil = by one of this process
	Ended session.Ended // where it is kept which sessions were ended; nil = in this process

	tokens *Tokens        // by which people sign in to its pages; nil = by none
	logins *Logins        // the same
	secure bool           // browsers come to it over https
	faults *guard.Watch   // the server's
	made   func(*handler) // is given what New makes; nil = nobody
}

// Seen is what a caller has seen: one record, or a list of applicants with their
// names, matched against a role, or taken along as a file.
type Seen struct {
	Caller
	Route       string
	Application string // of one record, "" of a list
	Count       int    // applicants
	Blind       bool   // without names
}

// AuditLog is an Options.Audit that writes to a log: who has seen how many, of
// which tenant, and of one record its id; never a name of an applicant.
func AuditLog(log *zap.Logger) func(*http.Request, Seen) {
	return func(_ *http.Request, s Seen) {
		fields := []zap.Field{zap.String("caller", s.Name), zap.String("tenant", s.Tenant), zap.String("route", s.Route), zap.Int("count", s.Count), zap.Bool("blind", s.Blind)}
		if s.Application != "" {
			fields = append(fields, zap.String("application", s.Application))
		}
		log.Info("applicants seen", fields...)
	}
}

// Bounds of the time that one request takes.
const (
	requestTime = 10 * time.Second
	fileTime    = 5 * time.Minute // of a file of many pages of hits
)

// patience is the time of routes that take longer than a search.
var patience = map[string]time.Duration{
	"POST /v1/applications":         handTime,
	"DELETE /v1/applications/{id}":  operateTime,
	"POST /v1/deadletters":          operateTime,
	"/v1/applications/{id}/record":  fileTime,
	"POST /v1/reprocess":            operateTime,
	"POST /v1/candidates/erase":     operateTime,
	"/v1/applications/{id}/outcome": streamTime + streamPause,

	"POST /operations":              operateTime,
	"POST /check":                   publicRead + checkTime,
	"POST /v1/check":                checkTime,
	"POST /v1/credentials/verify":   checkTime,
	"POST /v1/presentations/verify": checkTime,
}

type handler struct {
	o        Options
	look     *look.Look
	sessions *session.Keeper
	signs    *signIn // nil: nobody signs in to pages
	limit    *limiter
	hands    *atOnce // of forms that come in, by tenant
	waits    *atOnce // of those who wait for outcomes
	reads    *atOnce // of originals, by tenant

	adverts *atOnce // that are read, by caller
	counts  *atOnce // of questions that read many applications, by tenant

	mcp       http.Handler     // of assistants' messages, bound to who sends them by their context
	schemas   *mcp.SchemaCache // of their tools' arguments
	arguments sync.Map         // reflect.Type to the *jsonschema.Schema of a tool's arguments
	assists   *atOnce          // of them, by caller
	hooks     *atOnce          // of notifications that come in, by hook
	checks    *atOnce          // of what is judged on the spot, by caller
	hourly    *limiter         // the same, in an hour
	feeds     *feedLimits
}

// New returns the handler of the pages (/, /match, /compare, /applications/{id}, /saved,
// /issuers, /operations, /check, /blind, /sign-in, /static/), of feeds (/feeds/), of the
// API (/v1/) and of assistants (/mcp).
func New(o Options) (http.Handler, error) {
	if o.Engine == nil {
		return nil, errors.New("no engine")
	}
	if o.Taxonomy == nil {
		builtin := skills.Builtin()
		o.Taxonomy = func() *skills.Taxonomy { return builtin }
	}
	if o.Unread == nil {
		o.Unread = func(string) string { return "" }
	}
	if o.Link == nil {
		o.Link = func(string) string { return "" }
	}
	if o.Audit == nil {
		o.Audit = func(*http.Request, Seen) {}
	}
	o.Export = cmp.Or(max(o.Export, 0), DefaultExport)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	looks, err := look.New(o.Messages...)
	if err != nil {
		return nil, err
	}
	keep, err := session.New(session.Options{Key: o.Key, Secure: o.secure, Ended: o.Ended, Now: o.Now})
	if err != nil {
		return nil, err
	}
	h := &handler{o: o, look: looks, sessions: keep, hands: newAtOnce(handAtOnce, handAtOnce/4), waits: newAtOnce(waitAtOnce, waitAtOnce/8), reads: newAtOnce(readAtOnce, readAtOnce/2),
		hooks: newAtOnce(hookAtOnce, hookAtOnce/2), adverts: newAtOnce(countAtOnce, countAtOnce/2), counts: newAtOnce(countAtOnce, countAtOnce/2)}
	if o.Rate > 0 {
		burst := cmp.Or(max(o.Burst, 0), int(math.Ceil(5*o.Rate)))
		h.limit = newLimiter(rate.Limit(o.Rate), burst, o.Now)
	}
	if h.o.faults == nil {
		h.o.faults = &guard.Watch{Log: o.Log}
	}
	if o.tokens != nil || o.logins.signs() {
		h.signs = newSignIn(o.tokens, o.logins, o.Now)
	}
	h.mcp, h.schemas, h.assists = newAssist(), mcp.NewSchemaCache(), newAtOnce(assistAtOnce, assistAtOnce/4)
	h.checks, h.feeds = newAtOnce(checkAtOnce, checkAtOnce/2), newFeedLimits(o.Now)
	if o.made != nil {
		o.made(h)
	}
	if o.Checks > 0 {
		h.hourly = newLimiter(rate.Every(time.Hour/time.Duration(o.Checks)), o.Checks, o.Now)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(assistRoute, h.assist)
	h.pageRoutes(mux)
	mux.Handle("GET /static/", looks) // the page to sign in needs them
	mux.HandleFunc("GET /v1/search", h.api("/v1/search", h.search))
	mux.HandleFunc("GET /v1/export", h.api("/v1/export", h.export))
	mux.HandleFunc("GET /v1/match", h.api("/v1/match", h.match))
	mux.HandleFunc("GET /v1/applications/{id}", h.api("/v1/applications/{id}", h.application))
	mux.HandleFunc("POST /v1/applications", h.api("POST /v1/applications", h.handIn))
	mux.HandleFunc("GET /v1/applications/{id}/outcome", h.api("/v1/applications/{id}/outcome", h.outcome))
	mux.HandleFunc("GET /v1/applications/{id}/record", h.api("/v1/applications/{id}/record", h.originals))
	mux.HandleFunc("DELETE /v1/applications/{id}", h.api("DELETE /v1/applications/{id}", h.erase))
	mux.HandleFunc("GET /v1/deadletters", h.api("/v1/deadletters", h.letters))
	mux.HandleFunc("POST /v1/deadletters", h.api("POST /v1/deadletters", h.doLetters))
	mux.HandleFunc("POST /v1/candidates/erase", h.api("POST /v1/candidates/erase", h.eraseCandidate))
	mux.HandleFunc("POST /v1/reprocess", h.api("POST /v1/reprocess", h.reprocess))
	mux.HandleFunc("POST /v1/hooks/{hook}", h.hook)
	mux.HandleFunc("GET /v1/webhooks", h.api("/v1/webhooks", h.listWebhooks))
	mux.HandleFunc("PUT /v1/webhooks", h.api("PUT /v1/webhooks", h.setWebhook))
	mux.HandleFunc("DELETE /v1/webhooks", h.api("DELETE /v1/webhooks", h.removeWebhook))
	mux.HandleFunc("POST /v1/check", h.api("POST /v1/check", h.check))
	for path, f := range map[string]func(*asked) (any, error){"/credentials/verify": h.verifyCredential, "/presentations/verify": h.verifyPresentation, "/challenges": h.issueChallenge} {
		answer := h.api("POST /v1"+path, f)
		mux.HandleFunc("POST /v1"+path, answer)
		mux.HandleFunc("POST "+path, answer) // as the VC API has it without a base
	}
	mux.HandleFunc("GET /v1/status", h.api("/v1/status", h.status))
	mux.HandleFunc("GET /v1/problems", h.api("/v1/problems", h.listProblems))
	mux.HandleFunc("GET /v1/issuers", h.api("/v1/issuers", h.listIssuers))
	mux.HandleFunc("POST /v1/issuers", h.api("/v1/issuers", h.sayIssuers))
	mux.HandleFunc("GET /v1/issuers/log", h.api("/v1/issuers/log", h.logIssuers))
	mux.HandleFunc("GET /v1/suggest", h.api("/v1/suggest", h.suggest))
	for route, name := range published {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		mux.Handle("GET "+route, h.known(route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(text)
		}), h.problem))
	}
	nothing := h.known("/v1/", h.nothing(h.problem), h.problem)
	mux.Handle("/v1/", nothing)
	mux.Handle("/", h.known("/v1/", h.nothing(h.pageProblem), h.pageProblem))
	skill := h.api("/v1/skills/{id}", h.skill)
	return secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A concept's URI has two slashes in it, which a mux takes for one too many
		// and sends the client elsewhere for.
		id, ok := strings.CutPrefix(r.URL.Path, "/v1/skills/")
		switch {
		case !ok:
			mux.ServeHTTP(w, r)
		case !taken(r):
			nothing.ServeHTTP(w, r)
		default:
			r.SetPathValue("id", id)
			skill(w, r)
		}
	})), nil
}

// pageRoutes are the pages, and what their forms post.
func (h *handler) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", h.page("/", h.searchPage))
	mux.HandleFunc("GET /suggest", h.page("/suggest", h.suggestPart))
	mux.HandleFunc("GET "+signInRoute, h.door(signInRoute, h.showSignIn))
	mux.HandleFunc("POST "+signInRoute, h.door("POST "+signInRoute, h.signInByToken))
	mux.HandleFunc("GET "+companyRoute, h.door(companyRoute, h.signInElsewhere))
	mux.HandleFunc("GET "+backRoute, h.door(backRoute, h.signInBack))
	mux.HandleFunc("POST "+signOutRoute, h.form("POST "+signOutRoute, h.signOut))
	mux.HandleFunc("POST "+everyOut, h.form("POST "+everyOut, h.signOut))
	mux.HandleFunc("GET "+languageRoute, h.language)
	mux.HandleFunc("GET /blind", h.page("/blind", h.blindPage))
	mux.HandleFunc("POST /blind", h.form("POST /blind", h.setBlind))
	mux.Handle("GET /role", h.known("/role", http.HandlerFunc(roleMoved), h.pageProblem))
	mux.HandleFunc("GET /match", h.page("/match", h.matchPage))
	mux.HandleFunc("POST /match", h.form("POST /match", h.matchForm))
	mux.HandleFunc("GET /compare", h.page("/compare", h.comparePage))
	mux.HandleFunc("GET /applications/{id}", h.page("/applications/{id}", h.recordPage))
	mux.HandleFunc("GET /check", h.page("/check", h.checkPage))
	mux.HandleFunc("POST /check", h.paged("POST /check", true, h.checkPosted))
	mux.HandleFunc("GET /operations", h.page("/operations", h.operationsPage))
	mux.HandleFunc("POST /operations", h.form("POST /operations", h.operateForm))
	mux.HandleFunc("GET /issuers", h.page("/issuers", h.issuersPage))
	mux.HandleFunc("POST /issuers", h.form("POST /issuers", h.decideForm))
	h.keepRoutes(mux)
}

// taken reports whether the request's method is one that any route takes.
func taken(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// methodsOf gives the methods that a path takes, as the header Allow lists them
// (RFC 9110 §10.2.1).
func methodsOf(path string) string {
	if path == "/v1/issuers" { // both go by one row
		return "GET, HEAD, POST"
	}
	var all []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, ok := needs[strings.TrimPrefix(m+" "+routeOf(path), "GET ")]; ok {
			all = append(all, m)
		}
		if m == http.MethodGet && (len(all) > 0 || routeOf(path) == "other") {
			all = append(all[:0], m, http.MethodHead)
		}
	}
	return strings.Join(all, ", ")
}

// identify tells who asks and counts the request against his limit. A session, which a
// browser sends along whoever had it ask, counts for reading, and for forms, which have
// its key.
func (h *handler) identify(r *http.Request, form bool) (c Caller, s *session.Session, err error) {
	switch {
	case h.o.Identity == nil:
		return Caller{Rights: AllRights}, nil, nil
	case h.signs != nil && r.Header.Get("Authorization") == "" && (form || taken(r)):
		c, s, err = h.signedIn(r)
	default:
		c, err = h.o.Identity(r)
	}
	if err != nil {
		return Caller{}, nil, err
	}
	if err := record.CheckToken("tenant", c.Tenant); err != nil {
		return Caller{}, nil, err
	}
	return c, s, h.limit.take(c)
}

// ask reads a request: who asks, in whose name, and what.
func (h *handler) ask(w http.ResponseWriter, r *http.Request, route string) (*asked, error) {
	return h.askBy(w, r, route, false)
}

func (h *handler) askBy(w http.ResponseWriter, r *http.Request, route string, form bool) (*asked, error) {
	caller, s, err := h.identify(r, form)
	a := &asked{Request: r, w: w, caller: caller, route: route, session: s}
	if s != nil {
		if err := h.sessions.Touch(w, s); err != nil {
			return a, err
		}
	}
	if err == nil {
		err = permit(caller, route)
	}
	if err != nil {
		return a, err
	}
	p, err := parameters(route, r.URL.RawQuery)
	if err != nil {
		return a, err
	}
	switch tenant := p.Get("tenant"); {
	case h.o.Identity == nil && !p.Has("tenant"):
		a.caller.Tenant = DefaultTenant
	case h.o.Identity == nil:
		if err := record.CheckToken("tenant", tenant); err != nil {
			return a, err
		}
		a.caller.Tenant, a.named = tenant, true
	case p.Has("tenant") && tenant != caller.Tenant:
		return a, badRequest("the tenant is the caller's own, tenant= can name no other")
	}
	a.p, a.kept = p, h.sessions.Blind(r, s)
	if a.lifted = a.kept.Lifted && !p.Has("blind") && caller.Rights.May(MayNames); a.lifted {
		p.Set("blind", "off")
	}
	if !a.blind() && !caller.Rights.May(MayNames) {
		return a, &rightError{MayNames}
	}
	if a.isFile() && !caller.Rights.May(MayExport) {
		return a, &rightError{MayExport}
	}
	return a, nil
}

// known lets through whoever has an identity and may use the route.
func (h *handler) known(route string, next http.Handler, problem func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _, err := h.identify(r, false)
		if err == nil {
			err = permit(caller, route)
		}
		if err != nil {
			problem(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// nothing answers where no route is, or none for the method.
func (h *handler) nothing(problem func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if allow := methodsOf(r.URL.Path); !taken(r) || !strings.HasPrefix(allow, http.MethodGet) {
			w.Header().Set("Allow", allow)
			problem(w, r, errMethod)
			return
		}
		problem(w, r, errNothing)
	})
}

// secure sets what every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secured(w.Header())
		next.ServeHTTP(w, r)
	})
}

func secured(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // with none, a browser does not say whose page sends the form
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// api wraps a handler that answers with a value as JSON, or with an error as a
// problem. A handler that has written for itself returns nil, nil.
func (h *handler) api(route string, f func(*asked) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := h.ask(w, r, route)
		if err != nil {
			h.problem(w, r, err)
			return
		}
		limit := cmp.Or(patience[route], requestTime)
		if a.isFile() {
			limit = fileTime
		}
		if limit > requestTime {
			// The server's own limit is for answers of one page. A writer without
			// deadlines (a test's) has none to move.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit))
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		a.Request = r.WithContext(ctx)
		v, err := f(a)
		if err != nil {
			if errors.Is(err, errBlind) && readsPages(r) { // a link of a page was followed
				h.failed(a, err)
				return
			}
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

// page wraps a handler that answers with a page.
func (h *handler) page(route string, f func(*asked) (*screen, error)) http.HandlerFunc {
	return h.paged(route, false, f)
}

func (h *handler) paged(route string, form bool, f func(*asked) (*screen, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := h.askBy(w, r, route, form)
		if err != nil {
			h.failed(a, err)
			return
		}
		limit := cmp.Or(patience[route], requestTime)
		if limit > requestTime {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit))
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		a.Request = r.WithContext(ctx)
		a.tongue(h)
		s, err := f(a)
		switch {
		case err != nil:
			h.failed(a, err)
		case s != nil: // else it has answered for itself
			h.show(a, s)
		}
	}
}

// problem is an error as RFC 9457 shapes it.
type problem struct {
	Type   string `json:"type,omitempty"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Member string `json:"member,omitempty"` // of what was handed in, by its path
	// Of a query that cannot be read: the place, from 1, how many characters it is of,
	// and what can be read and is nearest.
	Column int      `json:"column,omitempty"`
	Length int      `json:"length,omitempty"`
	Try    []string `json:"try,omitempty"`
}

// writeProblem writes an error of the API.
func writeProblem(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// Errors at the edge.
var (
	errNothing = errors.New("no such resource")
	errMethod  = errors.New("method not allowed")
	errStrange = errors.New("the form is not of a page that was shown here")
	errBlind   = errors.New("blind reading hides this")
)

// requestError: a request of which something cannot be taken.
type requestError struct {
	Problem string // for whoever asked
}

func (e *requestError) Error() string { return e.Problem }

func badRequest(format string, args ...any) error {
	return &requestError{fmt.Sprintf(format, args...)}
}

// problem renders an error of the API.
func (h *handler) problem(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody is listening
	}
	writeProblem(w, h.judge(w, r, err))
}

// errorView is what the template "error" takes.
type errorView struct{ Title, Detail, Again string }

// pageProblem renders an error for a person where no more is known of the
// request.
func (h *handler) pageProblem(w http.ResponseWriter, r *http.Request, err error) {
	h.failed(&asked{Request: r, w: w}, err)
}

// failed renders an error for a person.
func (h *handler) failed(a *asked, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody is listening
	}
	a.tongue(h)
	if errors.Is(err, ErrNoIdentity) && h.signs != nil && readsPages(a.Request) {
		h.unknown(a, err)
		return
	}
	if lacks := (*rightError)(nil); errors.As(err, &lacks) {
		h.show(a, h.forbidden(a, lacks))
		return
	}
	if errors.Is(err, errBlind) {
		h.show(a, h.hidden(a))
		return
	}
	p := h.judge(a.w, a.Request, err)
	v := errorView{Title: capital(p.Title) + ".", Detail: capital(clean(p.Detail))}
	if v.Detail != "" {
		v.Detail += "."
	}
	if p.Status >= 500 && taken(a.Request) {
		v.Again = a.URL.RequestURI()
	}
	h.show(a, &screen{name: "error", status: p.Status, title: capital(p.Title), view: v})
}

// forbids says what of a session stands in the way.
func forbids(err error) problem {
	if errors.Is(err, errBlind) {
		return problem{Type: typeBlind, Status: http.StatusForbidden, Title: errBlind.Error(), Detail: "what was submitted names who submits; blind reading is lifted at /blind, which is logged"}
	}
	return problem{Status: http.StatusForbidden, Title: errStrange.Error(), Detail: "open the page anew and try again"}
}

// judge says what an error is to the caller, with the headers that go with it:
// what he did wrong is told, everything else is logged and kept from him.
func (h *handler) judge(w http.ResponseWriter, r *http.Request, err error) problem {
	p := problem{Status: http.StatusInternalServerError, Title: "internal error"}
	var syntax *query.SyntaxError
	var bad *requestError
	var many errTooMany
	var right *rightError
	var load *issuers.LoadError
	var door *DoorError
	switch {
	case errors.As(err, &door):
		p = door.problem(w)
	case errors.As(err, &syntax):
		p = problem{Status: http.StatusBadRequest, Title: "query cannot be read", Detail: syntax.Error(), Column: syntax.Column}
		if text := r.URL.Query().Get("q"); text != "" {
			if from, to, ok := syntax.Mark(text); ok {
				p.Length = to - from
			}
			p.Try = query.Cures(text)
		}
	case errors.As(err, &bad):
		p = problem{Status: http.StatusBadRequest, Title: "parameter cannot be taken", Detail: bad.Problem}
	case errors.Is(err, ErrNoIdentity):
		challenge(w, r, h.o.logins != nil, h.signs == nil || !ofBrowser(r))
		p = problem{Type: typeNoToken, Status: http.StatusUnauthorized, Title: "a token is needed", Detail: "Authorization: Bearer TOKEN, or Basic with the token as password"}
	case errors.Is(err, ErrIssuerAway):
		w.Header().Set("Retry-After", "10")
		p = problem{Type: typeIssuerAway, Status: http.StatusServiceUnavailable, Title: ErrIssuerAway.Error()}
	case errors.As(err, &right):
		p = problem{Type: typeNoRight, Status: http.StatusForbidden, Title: "the token does not allow this", Detail: "it needs the right " + right.Lacks.String() + "; the operator gives rights, in the file of tokens or by --oidc-rights"}
	case errors.As(err, &many):
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(many.wait.Seconds()))))
		p = problem{Type: typeTooMany, Status: http.StatusTooManyRequests, Title: "too many requests"}
	case errors.Is(err, record.ErrToken):
		p = problem{Status: http.StatusBadRequest, Title: "tenant missing or malformed"}
	case errors.Is(err, index.ErrCursor):
		p = problem{Status: http.StatusBadRequest, Title: "cursor is not of this search"}
	case errors.Is(err, index.ErrNotFound):
		p = problem{Status: http.StatusNotFound, Title: "no such application"}
	case errors.Is(err, errNoSkill):
		p = problem{Status: http.StatusNotFound, Title: "no such skill"}
	case errors.As(err, &load):
		p = problem{Status: http.StatusBadGateway, Title: issuers.ErrRegistry.Error(), Detail: load.Error()}
		if load.Text != "" {
			p.Status = http.StatusBadRequest
		}
	case errors.Is(err, verify.ErrMany):
		p = problem{Status: http.StatusBadRequest, Title: "no decision on an issuer", Detail: verify.ErrMany.Error()}
	case errors.Is(err, verify.ErrTrust):
		p = problem{Status: http.StatusBadRequest, Title: "no decision on an issuer", Detail: "an issuer is a DID, an http(s) URL, or a host"}
	case errors.Is(err, issuers.ErrForm), errors.Is(err, issuers.ErrAuthor):
		p = problem{Status: http.StatusBadRequest, Title: "no decision on an issuer", Detail: err.Error()}
	case errors.Is(err, issuers.ErrBlocked):
		p = problem{Status: http.StatusConflict, Title: "issuer is blocked", Detail: err.Error()}
	case errors.Is(err, errNoIssuers):
		p = problem{Type: typeNoIssuers, Status: http.StatusServiceUnavailable, Title: err.Error(), Detail: "assay serve has them, or assay web with --nats"}
	case errors.Is(err, errNothing):
		p = problem{Status: http.StatusNotFound, Title: "no such resource"}
	case errors.Is(err, errStrange), errors.Is(err, errBlind):
		p = forbids(err)
	case errors.Is(err, errMethod):
		p = problem{Status: http.StatusMethodNotAllowed, Title: "method not allowed"}
	case errors.Is(err, index.ErrErased):
		p = problem{Status: http.StatusGone, Title: "application was erased"}
	case errors.Is(err, index.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", "5")
		p = problem{Type: typeIndexAway, Status: http.StatusServiceUnavailable, Title: "index does not answer now"}
	}
	if p.Status >= 500 && (door == nil || door.Kind != KindNoHook) { // a hook that is not there anybody can ask for
		h.o.Log.Error("request failed", zap.String("route", r.Pattern), zap.Error(err))
	}
	return p
}

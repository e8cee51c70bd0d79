package main

var (
	door = []string{"./index/web"}
	api  = []string{"./index/web/client"}
	wire = []string{"./cmd/assay"}
)

// webMutants are the checks of the HTTP server, its client and the wiring that
// are taken out.
var webMutants = []mutant{
	{"web: others are served without tokens", "index/web/server.go", "if isLoopback(host) {", "if isLoopback(host) || host != \"-\" {", door, "^TestNewServer$"},
	{"web: a server answers under any name", "index/web/server.go", "!isLoopback(host) && !d.server.hosts[host]", "host == \"-\"", door, "^TestOwnNames$"},
	{"web: any text is the name of a host", "index/web/server.go", "err == nil || !isHostName(name) {", "err == nil {", door, "^TestNewServer$"},
	{"web: a server asks nobody for a token", "index/web/server.go", "o.Identity, o.Rate = s.access.Tokens.Caller, cmp", "o.Rate = cmp", door, "^TestServe$"},
	{"web: metrics for everybody", "index/web/server.go", "if !d.mayMeasure(r) {", "if r == nil {", door, "^TestOwnRoutes$"},
	{"web: a proxy on this machine measures for others", "index/web/server.go", `if r.Header.Get(name) != "" {`, `if r.Header.Get(name) == "-" {`, door, "^TestOwnRoutes$"},
	{"web: what a fault cuts off looks whole", "index/web/server.go", "case abort, fault != nil && begun.yes:", "case abort:", door, "^TestFaults$"},
	{"web: a tenant is named beside a token", "index/web/web.go", `case p.Has("tenant") && tenant != caller.Tenant:`, `case tenant == "-":`, door, "^TestTenantIsTheCallers$"},
	{"web: no limit for a caller", "index/web/identity.go", "if wait := r.DelayFrom(now); wait > 0 {", "if wait := r.DelayFrom(now); wait < 0 {", door, "^TestRate$"},
	{"web: the digest of nothing is a token", "index/web/identity.go", "if e.digest == sha256.Sum256(nil) {", "if e.digest == [sha256.Size]byte{} {", door, "^TestOpenTokens$"},
	{"web: names are shown unasked", "index/web/params.go", `return a.p.Get("blind") != "off"`, `return a.p.Get("blind") == "on"`, door, "^TestBlind$"},
	{"client: a token of any form is sent", "index/web/client/client.go", `if o.Token != "" && !bearer.MatchString(o.Token) {`, `if o.Token == "-" {`, api, "^TestNew$"},
	{"client: an answer without end is read", "index/web/client/client.go", "if len(b) > maxAnswer {", "if len(b) < 0 {", api, "^TestCut$"},
	{"client: the same page for ever", "index/web/client/client.go", `if next == v.Get("cursor") {`, `if next == "" {`, api, "^TestPages$"},
	{"assay: an unknown key of the file is left out", "cmd/assay/config.go", "if _, nested := v.(map[string]any); nested || !flags[flagOf(section, k)] {", "if _, nested := v.(map[string]any); nested {", wire, "^TestScripts$/^usage$"},
	{"assay: a setting is lost on its way", "cmd/assay/settings.go", "Badges: int(c.Badges), ", "", wire, "^TestEveryOptionIsReached$"},
}

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
	{"web: a server asks nobody for a token", "index/web/server.go", "o.Identity, o.Rate = s.access.caller, cmp", "o.Rate = cmp", door, "^TestServe$"},
	{"web: metrics for everybody", "index/web/server.go", "case errors.Is(err, ErrNoIdentity):\n\t\t\tchallenge(rw,", "case r == nil:\n\t\t\tchallenge(rw,", door, "^TestOwnRoutes$"},
	{"web: metrics for any token", "index/web/server.go", `return permit(c, "/metrics")`, `return permit(c, "/v1/")`, door, "^TestOwnRoutes$"},
	{"web: operators' port shows the command line", "index/web/ops.go", "case slices.Contains(profiles, profile):\n\t\tpprof.Handler(profile).ServeHTTP(rw, r)", "case profile == \"cmdline\":\n\t\tpprof.Cmdline(rw, r)\n\tcase slices.Contains(profiles, profile):\n\t\tpprof.Handler(profile).ServeHTTP(rw, r)", door, "^TestOps$"},
	{"web: a page of another site has profiles made", "index/web/ops.go", "case fromElsewhere(r): // a profile", "case r == nil: // a profile", door, "^TestOps$"},
	{"web: a path is the label of a metric", "index/web/ops.go", "return \"other\"", "return path", door, "^TestCountRequests$"},
	{"web: any token may do anything", "index/web/rights.go", "if !c.Rights.May(need) {", "if c.Tenant == \"-\" {", door, "^TestAttack154"},
	{"web: a route without a row is open", "index/web/rights.go", "\tif !ok {\n\t\treturn errNothing\n", "\tif !ok {\n\t\treturn nil\n", door, "^TestAttack154"},
	{"web: a line of before there were rights sees names", "index/web/rights.go", "lineRights = MaySearch | MayExport", "lineRights = MaySearch | MayExport | MayNames", door, "^TestAttack15[45]"},
	{"web: a right that is none is left out", "index/web/rights.go", "if i < 0 {", "if i < -1 {", door, "^TestOpenTokens$"},
	{"web: names without the right to them", "index/web/web.go", "if !a.blind() && !caller.Rights.May(MayNames) {", "if !a.blind() && caller.Tenant == \"-\" {", door, "^TestAttack155"},
	{"web: a match is taken along without the right to export", "index/web/web.go", "if a.isFile() && !caller.Rights.May(MayExport) {", "if a.isFile() && caller.Tenant == \"-\" {", door, "^TestAttack154"},
	{"web: a page of another site asks", "index/web/server.go", "if fromElsewhere(r) && !comesBack(r) {", "if r == nil {", door, "^TestAttack156"},
	{"web: a page of the same site asks", "index/web/rights.go", `if v != "same-origin" && v != "none" {`, `if v == "cross-site" {`, door, "^TestAttack156"},
	{"web: answers may be embedded anywhere", "index/web/web.go", `h.Set("Cross-Origin-Resource-Policy", "same-origin")`, "", door, "^TestAttack156"},
	{"web: an export has no bound but that of its sections", "index/web/export.go", "hits[:min(len(hits), h.o.Export-n)]", "hits", door, "^TestExportHoldsSections$"},
	{"web: links carry the last question along", "index/web/params.go", ` && name != "last" &&`, " &&", door, "^TestUnreadKeepsAnswer$"},
	{"web: questions of blind readers go by the names", "index/web/params.go", "Facets: facets, Blind: isBlind(p), ", "Facets: facets, ", door, "^TestAttack157"},
	{"web: what is said of a part that was not read may name the applicant", "index/record/blind.go", "m.Text(b.Unread[i].Detail)", "b.Unread[i].Detail", door, "^TestPageTellsOfUnread$"},
	{"web: what is said of a part that was not read is as long as it likes", "index/record/document.go", "Cut(plain(a.Unread[i].Detail), maxDetail)", "a.Unread[i].Detail", door, "^TestPageTellsOfUnread$"},
	{"web: a role is matched by the names", "index/web/role.go", "o.Blind = a.blind()", "_ = a.blind()", door, "^TestAttack157"},
	{"web: a record is not masked", "index/web/api.go", "if s.Application, err = app.Blinded(); err != nil {", "if s.Application, err = app, nil; err != nil {", door, "^TestAttack157"},
	{"web: what is counted of a record is not masked", "index/web/api.go", "s.mask.Fill(&list)", "_ = s.mask", door, "^TestAttack157"},
	{"web: a proxy on this machine measures for others", "index/web/server.go", `if r.Header.Get(name) != "" {`, `if r.Header.Get(name) == "-" {`, door, "^TestOwnRoutes$"},
	{"web: what a fault cuts off looks whole", "index/web/server.go", "case abort, fault != nil && begun.status != 0:", "case abort:", door, "^TestFaults$"},
	{"web: a tenant is named beside a token", "index/web/web.go", `case p.Has("tenant") && tenant != caller.Tenant:`, `case tenant == "-":`, door, "^TestTenantIsTheCallers$"},
	{"web: no limit for a caller", "index/web/identity.go", "if wait := r.DelayFrom(now); wait > 0 {", "if wait := r.DelayFrom(now); wait < 0 {", door, "^TestRate$"},
	{"web: the digest of nothing is a token", "index/web/identity.go", "if e.digest == sha256.Sum256(nil) {", "if e.digest == [sha256.Size]byte{} {", door, "^TestOpenTokens$"},
	{"web: names are shown unasked", "index/web/params.go", `return p.Get("blind") != "off"`, `return p.Get("blind") == "on"`, door, "^TestBlind$"},
	{"client: a token of any form is sent", "index/web/client/client.go", `if o.Token != "" && !bearer.MatchString(o.Token) {`, `if o.Token == "-" {`, api, "^TestNew$"},
	{"client: an answer without end is read", "index/web/client/client.go", "if len(b) > maxAnswer {", "if len(b) < 0 {", api, "^TestCut$"},
	{"client: the same page for ever", "index/web/client/client.go", `if next == v.Get("cursor") {`, `if next == "" {`, api, "^TestPages$"},
	{"assay: an unknown key of the file is left out", "cmd/assay/config.go", "if _, nested := v.(map[string]any); nested || !flags[flagOf(section, k)] {", "if _, nested := v.(map[string]any); nested {", wire, "^TestScripts$/^usage$"},
	{"assay: a setting is lost on its way", "cmd/assay/settings.go", "Badges: int(c.Badges), ", "", wire, "^TestEveryOptionIsReached$"},
}

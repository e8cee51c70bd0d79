package main

// decisionMutants are the checks of what employers decide on issuers that are taken
// out.
var decisionMutants = []mutant{
	{"decision: a forged one holds", "ingest/decisions.go", "if !hmac.Equal([]byte(s.MAC), []byte(d.mac(tenant, key, s.Word))) {", "if false {", worker, "^TestAttack179To181ForgedDecisions$"},
	{"decision: one employer's holds for another", "ingest/decisions.go", `for _, part := range []string{"issuers 1", tenant, key} {`, `for _, part := range []string{"issuers 1", key} {`, worker, "^TestAttack179To181ForgedDecisions$"},
	{"decision: trust beside a block is taken", "ingest/decisions.go", "w.Kind == issuers.Trust && x != nil {", "x != nil && false {", worker, "^TestAttack183And184HostsOfMany$"},
	{"decision: what is in hand is not decided again", "ingest/task.go", "said = w.decideAgain(tenant, said, reports)", "_ = w.decideAgain", worker, "^TestAttack186InHand$"},
	{"decision: what one employer maps holds for all", "ingest/decisions.go", "if e := d.tenants[tenant]; e != nil {\n\t\treturn e.words\n\t}", "for _, e := range d.tenants {\n\t\tif e.words != nil {\n\t\t\treturn e.words\n\t\t}\n\t}", worker, "^TestWordMapped$"},
	{"decision: work that stopped begins anew", "ingest/redecide.go", "h.state.After = lot[len(lot)-1].ID", `h.state.After = ""`, worker, "^TestAttack187Resumed$"},
	{"decision: outcomes that are told again name the applicant", "ingest/redecide.go", "\tif !names {\n", "\tif false {\n", worker, "^TestRetoldNamesNobody$"},
	{"block: not before the index follows", "index/ruled.go", "\tq.Plan = q.Plan.Bar(e.Barred(tenant))\n", "", worker, "^TestDecisionHolds$"},
	{"registry: fetched from wherever its host leads", "ingest/decisions.go", "SameHost: true, Fresh: true}", "Fresh: true}", worker, "^TestAttack188Registry$"},
	{"registry: all of it counts, chosen or not", "index/issuers/issuers.go", "if r.Whole || chosen(id) {", "if true {", worker, "^TestAttack188Registry$"},
	{"registry: asked all the time", "ingest/decisions.go", "!now.Before(last.Add(refreshEvery)) && ", "!now.Before(last) && ", worker, "^TestAttack188Registry$"},
	{"decision: a page of another site decides", "index/web/issuers.go", `err != nil || t != "application/json" {`, "false && err != nil && t != \"\" {", webPackage, "^TestAttack185ForeignPage$"},
	{"decision: the caller says who he is", "index/web/issuers.go", "\t\t\treturn nil, badRequest(\"there is no member %.32q\", name)\n", "", webPackage, "^TestIssuersSaid$"},
	{"decision: any token decides", "index/web/rights.go", "\"/v1/issuers\":           MayIssuers,", "\"/v1/issuers\":           MaySearch,", webPackage, "^TestIssuersSaid$"},
	{"search: one half goes on when the other has failed", "index/local/find.go", "\tdefer wg.Wait() // whatever becomes of b: what a reads may go when this returns\n", "", localPackage, "^TestE06_PartOfASearchFails$"},
	{"search: a fault of one half is none", "index/local/find.go", "\t\tpanic(fault) // whoever serves the request tells it", "\t\treturn err", localPackage, "^TestE06_PartOfASearchFails$"},
	{"block: facets count what is barred", "index/local/search.go", " && !barred[k.issuer]", " && (!barred[k.issuer] || true)", localPackage, "^TestConformance$/^issuers$"},
	{"block: a hit says what barred badges prove", "index/results.go", "\ta = record.Bar(a, q.Plan.Barred)\n", "", localPackage, "^TestConformance$/^issuers$"},
	{"replace: a write in between is lost", "index/local/write.go", "|| !w.equal && have.version == w.app.Version", "", localPackage, "^TestConformance$/^issuers$"},
	{"replace: a write in between is lost, Elasticsearch", "index/elastic/bulk.go", `kind := "external"` + "\n", `kind := "external_gte"` + "\n", []string{"./index/elastic"}, "^TestBulk"},
	{"block: facets count what is barred, Elasticsearch", "index/elastic/facets.go", " || len(p.Barred) > 0 {", " {", []string{"./index/elastic"}, "^TestConformance$/^issuers$"},
}

var (
	webPackage   = []string{"./index/web"}
	localPackage = []string{"./index/local"}
)

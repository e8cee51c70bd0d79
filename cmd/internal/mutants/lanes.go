package main

// laneMutants are the checks that keep tenants' requests, and what applicants
// chose and what issuers publish, apart.
var laneMutants = []mutant{
	{"fetch: the log names an applicant's host", "verify/fetch/client.go", "if c.names.own(host, r.personal()) {", "if host == \"\" {", fetch, "^TestAttack159"},
	{"fetch: the log names an applicant's host that answered before", "verify/fetch/client.go", "if r.personal() {", "if r.URL == \"\" {", fetch, "^TestAttack159"},
	{"fetch: an address that the applicant chose is nobody's", "verify/fetch/names.go", "return r.Private || r.Chosen", "return r.Private", fetch, "^TestAttack159"},
	{"fetch: pseudonyms can be tried", "verify/fetch/names.go", "_, _ = rand.Read(n.secret[:])", "_, _ = rand.Read(nil)", fetch, "^TestAttack159"},
	{"lanes: an application waits in vain for every link", "verify/fetch/host.go", "if l.alone && mine.tired() || !take(h.slots) {", "if !take(h.slots) {", fetch, "^TestAttack130_"},
	{"lanes: the rate tires", "verify/fetch/host.go", "errors.Is(err, errNoPlace) && longest > 0", "longest > 0", fetch, "^TestAttack130_"},
	{"lanes: tenants share one", "verify/fetch/lane.go", `l.key = "tenant " + l.app.tenant`, `l.key = "tenant"`, fetch, "^TestAttack131_"},
	{"lanes: links and issuers share one", "verify/fetch/lane.go", `l.key += "\nlinks"`, `l.key += "\nissuers"`, fetch, "^TestAttack131_"},
	{"lanes: links are issuers' documents", "ingest/examine/follow.go", "Private: true, Chosen: true, PlainHTTP", "Private: true, PlainHTTP", examining, "^TestAttack131_"},
	{"lanes: applications have no tenant", "ingest/examine/examine.go", "\tctx = fetch.For(ctx, in.Tenant)\n", "", examining, "^TestAttack131_"},
	{"lanes: the worker tells no tenant", "ingest/task.go", "examine.Input{Tenant: tenant, Application: application, Documents: docs,", "examine.Input{Application: application, Documents: docs,", worker, "^TestAttack137_OthersApplicationsStay$"},
	{"lanes: each failure of one application counts", "verify/fetch/host.go", "if h.by[l.app] {", "if false {", fetch, "^TestAttack132_"},
	{"lanes: an application asks a host that fails it on", "verify/fetch/host.go", "if mine.broken(c.o.BreakAfter) {", "if false {", fetch, "^TestAttack132_"},
	{"lanes: one application takes a host's every place", "verify/fetch/lane.go", "max(places-1, 1)", "places", fetch, "^TestAttack133_"},
	{"lanes: addresses do not count", "verify/fetch/client.go", "conn, err = c.dial(ctx, connect, network, addr)", "conn, err = connect(ctx, network, addr)", fetch, "^TestAttack134_"},
	{"lanes: a caller who goes counts against the host", "verify/fetch/client.go", "case caller.Err() != nil:", "case false:", fetch, "^TestAttack135_"},
	{"lanes: tenants wait for each other's questions", "verify/fetch/client.go", `laneOf(ctx, r).key+"\n"+key`, "key", fetch, "^TestAttack136_"},
	{"tenants: others' applications are delivered", "ingest/queue.go", `consumerOf(ConsumerLive, t), filterOf("applications", t)`, `consumerOf(ConsumerLive, t), filterOf("applications", "")`, worker, "^TestAttack137_OthersApplicationsStay$"},
	{"tenants: others' rechecks are delivered", "ingest/queue.go", `consumerOf(ConsumerBatch, t), filterOf("rechecks", t)`, `consumerOf(ConsumerBatch, t), filterOf("rechecks", "")`, worker, "^TestAttack137_OthersApplicationsStay$"},
	{"tenants: what others did is done again", "ingest/task.go", "if w.o.Now().Sub(t.submitted) > fresh && w.q.done(ctx, t) {", "if false {", worker, "^TestAttack137_OthersApplicationsStay$"},
	{"tenants: what was buried for want of a worker stays buried", "ingest/task.go", "(o.State != Refused || o.Reason != string(ClassTenant))", "true", worker, "^TestAttack137_BuriedBefore$"},
	{"tenants: a consumer in use is taken away", "ingest/queue.go", "if asked[name] || i.NumAckPending > 0", "if i.NumAckPending > 0", worker, "^TestTenantsBesideEverybody$"},
	{"lanes: what an applicant chose is kept", "verify/fetch/client.go", "if r.Private {", "if r.Private && !r.Chosen {", fetch, "^TestAttack136_"},
}

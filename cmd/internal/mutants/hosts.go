package main

// hostMutants are the checks of what hosts answer, of where they lead on to, and
// of what links stand for.
var hostMutants = []mutant{
	{"fetch: any status but 404 and 410 gives", "verify/fetch/answer.go", "case r.Status/100 != 2, r.Status == http.StatusNoContent", "case r.Denies(), r.Status == http.StatusNoContent", fetch, "^TestAnswers$"},
	{"fetch: every 4xx denies", "verify/fetch/answer.go", "return r.Status == http.StatusGone || r.Status == http.StatusNotFound && !r.Challenge()", "return r.Status/100 == 4", top, "Attack335"},
	{"fetch: a check for robots is an answer", "verify/fetch/answer.go", "r.Status == http.StatusResetContent, r.Challenge():", "r.Status == http.StatusResetContent:", top, "Attack335"},
	{"fetch: a check for robots is remembered like an answer", "verify/fetch/cache.go", "resp.Status != http.StatusOK || resp.Challenge()", "resp.Status != http.StatusOK", fetch, "^TestChallengeIsForgotten$"},
	{"fetch: a promise with a page is an answer", "verify/fetch/answer.go", "return len(r.Body) > 0 && !r.page()", "return true", top, "Attack335"},
	{"fetch: the body of any status is read", "verify/fetch/document.go", "if !resp.Gives() && !resp.Denies() {", "if false {", top, "Attack335"},
	{"ob2: a promise is a badge", "verify/ob2/chain.go", "case d.Status == http.StatusAccepted && !speaks(d.Object):", "case false:", top, "Attack335"},
	{"examine: a check for robots is a page without a badge", "ingest/examine/follow.go", "if l.empty && resp.Challenge() {", "if false {", examining, "Attack335"},
	{"examine: what a known host withholds leaves no trace", "ingest/examine/judge.go", "case SkippedBusy, SkippedNoAnswer, SkippedStatus:", "case SkippedBusy, SkippedNoAnswer:", examining, "Attack335"},

	// Moves.
	{"ob2: a move may lead to another path", "verify/ob2/move.go", "return (up || standing.Twins(x, y)) && samePath(asked, final)", "return up || standing.Twins(x, y)", top, "Attack336"},
	{"ob2: a move may lead down to http", "verify/ob2/move.go", `if asked.Scheme == "https" && final.Scheme != "https" || !usualPort`, `if !usualPort`, top, "Attack336"},
	{"ob2: a move may lead to another port", "verify/ob2/move.go", "!usualPort(asked) || !usualPort(final) {", "!usualPort(asked) {", top, "Attack336"},
	{"ob2: a move is not told", "verify/ob2/move.go", "j.warn(verdict.WarnMoved)", "_ = verdict.WarnMoved", top, "Attack46"},
	{"ob2: who moved is who it moved to", "verify/ob2/move.go", "ok && (to == aClass || to == aPart) {", "ok && to == aKey {", top, "Attack46"},
	{"ob2: an old name has what the new one never said", "verify/ob2/move.go", "old, ok := j.moves[standing.Host(u)]", "old, ok := j.moves[standing.Host(u)]\n\tfor was, is := range j.moves {\n\t\tif is == u.Host {\n\t\t\told, ok = was, true\n\t\t}\n\t}", top, "Attack336"},
	{"ob2: a key may have moved", "verify/ob2/chain.go", "move := !strict && moved(asked, final)", "move := moved(asked, final)", top, "Attack337"},
	{"ob2: a list of what was taken back may have moved", "verify/ob2/status.go", "!ok || !read.SameOrigin(asked, final) {", "!ok || !read.SameOrigin(asked, final) && !moved(asked, final) {", top, "Attack337"},
	{"ob2: a page of another host denies", "verify/ob2/chain.go", "case !strict && away && (d.Page || d.Status/100 != 2):", "case false:", top, "Attack335"},
	{"standing: under a private suffix names are twins", "verify/standing/standing.go", "!isPrivate(a) && !isPrivate(b) && suffix != a", "suffix != a", top, "Attack336"},
	{"standing: a public suffix has a twin", "verify/standing/standing.go", "!isPrivate(b) && suffix != a", "!isPrivate(b) && (suffix == a || true)", top, "Attack336"},

	// Pictures.
	{"ob2: a picture speaks for any address", "verify/ob2/picture.go", "case !sameID(id, asked.String()) && !sameID(id, final.String()) && !(move && j.respelt(id, asked)):", "case id == \"\":", top, "Attack338"},
	{"ob2: a picture of another host speaks for this one", "verify/ob2/picture.go", "|| !move && !read.SameOrigin(asked, final) {", "{", top, "Attack338"},
	{"ob2: a picture is a profile", "verify/ob2/picture.go", "j.env.Pictures == nil || to != anAssertion && to != aClass ||", "j.env.Pictures == nil ||", top, "Attack338"},
	{"ob2: of two badges in a picture the last counts", "verify/ob2/picture.go", "case found != nil && !read.Equal(map[string]any(found), map[string]any(o)):", "case false:", top, "Attack338"},
	{"ob2: a badge in a picture is told as any", "verify/ob2/picture.go", "j.warn(verdict.WarnInPicture)", "_ = verdict.WarnInPicture", top, "Attack338"},
	{"ob2: a picture is not told as what users put on a host", "verify/ob2/picture.go", "plain: true}", "plain: false}", top, "Attack338"},
	{"sandbox: a picture is read by a child that has seen documents", "extract/sandbox/sandbox.go", "p.Extract(WithOwner(ctx, Owner{}), extract", "p.Extract(ctx, extract", sandbox, "^TestAttack338_"},
	{"sandbox: what lies behind a picture is baked into it", "extract/sandbox/sandbox.go", "f.Kind == extract.KindLink || !slices.ContainsFunc(f.Places, outermost):", "f.Kind == extract.KindLink:", sandbox, "^TestUnbake$"},

	// What only a copy says.
	{"ob2: a copy speaks for a host that is silent", "verify/ob2/ob2.go", "u.Name = verdict.Clip(class.Text(\"name\"))", "j.v.Credential.Name = class.Text(\"name\")", top, "Attack339"},
	{"ob2: a copy speaks where its host denies it", "verify/ob2/ob2.go", "if x.State == verdict.Fail {\n\t\t\treturn", "if false {\n\t\t\treturn", top, "Attack339"},
	{"whom a copy names is not compared", "verify/verify.go", "if u.Recipient = named.State; u.Recipient == verdict.None &&", "if _ = named.State; u.Recipient == verdict.None &&", top, "Attack339"},
	{"whom a copy names stays in the verdict", "verify/verify.go", "out.Credential.Identities, out.Unconfirmed.Identities = nil, nil", "out.Credential.Identities = nil", top, "Attack339"},

	// Links.
	{"extract: a name that ends like a provider's is his", "extract/link.go", "return ok && (host == rest || strings.HasSuffix(host, pattern[1:]))", "return ok && strings.HasSuffix(host, rest)", extract, "Attack340"},
	{"extract: any page with such a path is a share", "extract/html.go", "if !p.fetched || err != nil || !h.verifierPlus {", "if !p.fetched || err != nil {", extract, "^TestSharedPage$"},
	{"examine: a bake is denied by whoever answers", "ingest/examine/follow.go", "case resp.Denies() && !elsewhere(l.url, resp.URL):", "case resp.Denies():", examining, "^TestDeniedElsewhere$"},
	{"examine: where a link led leads on", "ingest/examine/follow.go", "if final == l.url || l.led {", "if final == l.url {", examining, "Attack342"},
	{"examine: where a link led is asked for free", "ingest/examine/follow.go", "\tcase x.fetches.Add(-1) < 0:\n\t\tl.led, l.skipped = true, SkippedBudget", "\tcase false:\n\t\tl.led, l.skipped = true, SkippedBudget", examining, "^TestLedToAProvider$"},
	{"examine: a share that is withdrawn leaves no trace", "ingest/examine/judge.go", "case l.unshare && l.empty, l.skipped", "case l.unshare && l.empty && false, l.skipped", examining, "^TestShareWithdrawn$"},
	{"examine: a share that is withdrawn leaves no trace, by its host", "ingest/examine/judge.go", "(l.unshare || n.Link != nil && n.Link.Share):", "l.unshare:", examining, "^TestShareWithdrawn$"},

	// Many links.
	{"examine: links are fetched without end", "ingest/examine/follow.go", "if x.fetches.Add(-1) < 0 {\n\t\t\ttodo[i]", "if false {\n\t\t\ttodo[i]", examining, "Attack382"},
	{"examine: links of a page that are too far are listed each", "ingest/examine/judge.go", "if s != SkippedHops || len(via) == 0 {", "if true {", examining, "Attack382"},
	{"examine: what was left over of a provider leaves no trace", "ingest/examine/judge.go", "\tcase SkippedBudget:\n\t\treturn pending(verdict.Budget), true\n", "", examining, "^TestManyBadges$"},
	{"extract: links that speak of badges take all room", "extract/carrier.go", "case !known && p.links >= p.limits.Links/2:", "case f.Link.Class == ClassOther && p.links >= p.limits.Links/2:", examining, "Attack383"},
	{"extract: links that speak of badges wait behind the others", "extract/carrier.go", "case likely:\n\t\t\treturn -1", "case likely:\n\t\t\treturn 1", extract, "^TestB11_Limits$"},
	{"extract: links without room are not counted", "extract/carrier.go", "c.over[sha256.Sum256([]byte(f.Payload))] = true", "_ = f", examining, "Attack382"},
	{"examine: a page's links are counted among the next one's", "ingest/examine/examine.go", "d.Spent.Links = 0 //", "_ = 0 //", examining, "Attack384"},
	{"examine: answers of links have no bound together", "ingest/examine/follow.go", "if x.bytes.Load() <= 0 {", "if false {", examining, "Attack385"},
	{"examine: links are asked in the order of the document alone", "ingest/examine/follow.go", "at[n] = place{s.rank, before[s]}", "at[n] = place{s.rank, 0}", examining, "Attack386"},
	{"examine: links take all of the time", "ingest/examine/follow.go", "if ctx.Err() != nil || x.clock.left() < x.until {", "if ctx.Err() != nil {", examining, "Attack387"},
	{"examine: nothing there is not told", "ingest/examine/judge.go", "return SkippedNoBadge", "return l.skipped", examining, "^TestLinksWithoutABadge$"},
	{"examine: what time cannot mend is asked again", "ingest/examine/examine.go", "case SkippedBudget, SkippedTime, SkippedBusy, SkippedNoAnswer:", "case SkippedBudget, SkippedTime, SkippedBusy, SkippedNoAnswer, SkippedStatus:", examining, "^TestLinksWithoutABadge$"},
	{"examine: a host that is not asked just now gave no answer", "ingest/examine/follow.go", "\tcase errors.Is(err, fetch.ErrBusy):\n", "\tcase false:\n", examining, "^TestLinksWithoutABadge$"},
	{"examine: any link is asked again", "ingest/examine/judge.go", "Pending: s.Passes() && (n.top || speaks(n))}", "Pending: s.Passes()}", examining, "^TestLinksWithoutABadge$"},
	{"ingest: links without an answer are not asked again", "ingest/task.go", "if u.Pending {\n\t\t\t\tn++", "if u.Pending {\n\t\t\t\tn += 0", worker, "^TestLinksAreAskedAgain$"},
	{"ingest: links without a badge are not in the record", "ingest/task.go", "doc.NotFollowed = record.KeepLinks(links)", "_ = links", worker, "^TestLinksAreAskedAgain$"},
	{"record: links without end are kept", "index/record/document.go", "if ok && len(out) >= MaxLinks {", "if ok && false {", records, "^TestKeepLinks$"},
	{"record: the address of a link is a blind reader's", "index/record/blind.go", "p.blind(b.NotFollowed[i].Where), \"\"", "p.blind(b.NotFollowed[i].Where), b.NotFollowed[i].URL", []string{"./index/web"}, "Attack388"},
	{"record: the place of a link is a blind reader's", "index/record/blind.go", "b.NotFollowed[i].Where, b.NotFollowed[i].URL = p.blind(b.NotFollowed[i].Where), \"\"", "b.NotFollowed[i].URL = \"\"", []string{"./index/web"}, "Attack388"},
	{"examine: what stands is asked again", "ingest/examine/follow.go", "case ok && hop == 1 && len(before.Findings) > 0:", "case ok && false:", worker, "^TestManyBadgesInSeveralChecks$"},
	{"examine: what was asked before is asked first", "ingest/examine/follow.go", "s.rank += askedBefore", "_ = askedBefore", examining, "^TestNeverAskedComesFirst$"},
	{"ingest: what is pending stands", "ingest/earlier.go", "v.Result == verdict.Pending || ", "", worker, "^TestEarlierStands$"},
	{"ingest: a check of everything asks nothing", "ingest/earlier.go", "if t.attempt == 0 {", "if false {", worker, "^TestManyBadgesInSeveralChecks$"},
	{"ingest: the record of another submission stands", "ingest/earlier.go", "if old != nil && !old.AppliedAt", "if false && !old.AppliedAt", worker, "^TestOtherSubmissionDoesNotStand$"},
	{"ingest: what stands loses the key by which others who hold it are found", "ingest/task.go", "of[i].Key = f.Keys[i]", "_ = i", worker, "^TestManyBadgesInSeveralChecks$"},
	{"ingest: what stands is not decided by today's policy", "ingest/earlier.go", "verify.Decide(&v, *p)", "_ = p", worker, "^TestStandsByTodaysPolicy$"},
	{"record: the link of a badge is a blind reader's", "index/record/blind.go", "c.Where, c.Link = name, tags, where, \"\"", "c.Where = name, tags, where", []string{"./index/web"}, "Attack157"},
	{"record: what others hold stays in a verdict that stands", "index/record/held.go", "if c.Elsewhere != \"\" {\n\t\tc.tell(\"\")", "if false {\n\t\tc.tell(\"\")", records, "^TestAlone$"},
	{"web: links that were not asked are no badge", "index/web/applicant.go", "\tcase pending > 0:\n", "\tcase false:\n", []string{"./index/web"}, "^TestPageTellsOfLinks$"},
}

package main

var (
	queueing = []string{"./ingest"}
	mailing  = []string{"./ingest/intake/mail"}
)

// savedMutants are the checks of what recruiters keep, of its feeds and its alerts.
var savedMutants = []mutant{
	{"saved: another tenant's things are listed", "ingest/saved.go", "keys = keyOfSaved(tenant, \"*\")\n\t}\n\tkv, err", "keys = keyOfSaved(\"*\", \"*\")\n\t}\n\tall0 := tenant\n\ttenant = all0[:0]\n\tkv, err", queueing, "^TestSavedByTenant$"},
	{"saved: a value is good under another key", "ingest/destinations.go", "seal.Open(nil, value[:n], value[n:], []byte(key))", "seal.Open(nil, value[:n], value[n:], nil)", queueing, "^TestSavedByTenant$"},
	{"saved: a change is lost", "ingest/saved.go", "if _, err = kv.Update(ctx, key, value, revision); outrun(err) || isTaken(err) {", "if _, err = kv.Put(ctx, key, value); outrun(err) || isTaken(err) {\n\t\t\t_ = revision", queueing, "^TestSavedAtOnce$"},
	{"saved: a caller keeps without end", "ingest/saved.go", "return own+more > kept.MaxOwn || len(all)", "_ = own\n\treturn len(all)", queueing, "^TestSavedBounds$"},
	{"saved: a feed that was taken back is read", "ingest/saved.go", "if err == nil && !slices.Contains(feedsOf(t), sum) {", "if false {", queueing, "^TestSavedFeeds$"},
	{"saved: an erasure leaves what is kept", "ingest/erase.go", "\tif err := q.forgetSaved(ctx, tenant, application); err != nil {\n\t\treturn err\n\t}\n", "", queueing, "^TestErasureLeavesNothingKept$"},
	{"saved: an erasure that was stopped leaves what is kept", "ingest/task.go", "return w.q.forgetSaved(ctx, o.Tenant, o.Application)", "return nil", queueing, "^TestErasureHalfWayLeavesNothingKept$"},
	{"saved: an erasure without the key says that all is gone", "ingest/saved.go", "return q.savesNothing(ctx, tenant)", "return nil", queueing, "^TestErasureLeavesNothingKept$"},
	{"saved: what is not shared is changed by others", "index/web/saved.go", "\t\tif !t.Sees(a.who()) {\n\t\t\treturn things.ErrNone\n\t\t}\n", "", webPackage, "^TestSavedList$"},
	{"saved: what is not shared is shown to others", "index/web/saved.go", "return !t.Sees(a.who()) }), nil", "return t == nil }), nil", webPackage, "^TestSavedList$"},
	{"saved: what is shared is renamed by all", "index/web/saved.go", "\t\tif !a.mayChange(t) {\n", "\t\tif false {\n", webPackage, "^TestSavedList$"},
	{"saved: a list tells names in a blind reading", "index/web/news.go", "x.mask = record.MaskOf(doc)", "_ = record.MaskOf(doc)", webPackage, "^TestSavedCanary$"},
	{"feeds: names are told", "index/web/feeds.go", "h.findSaved(ctx, t.Tenant, t.Search.Query, hides{names: true})", "h.findSaved(ctx, t.Tenant, t.Search.Query, hides{})", webPackage, "^TestSavedCanary$"},
	{"feeds: a token outlives its maker's right", "index/web/feeds.go", " || !h.holds(t, t.Search.Feeds[i].By, t.Search.Feeds[i].At, MaySearch)", "", webPackage, "^TestFeeds$"},
	{"feeds: a token outlives the sharing", "index/web/feeds.go", " || !t.Sees(t.Search.Feeds[i].By)", "", webPackage, "^TestFeeds$"},
	{"feeds: a maker whom nobody knows any more reads for ever", "index/web/feeds.go", "return h.o.Now().Sub(since) < feedAge", "return !since.IsZero()", webPackage, "^TestFeedAge$"},
	{"feeds: others' tokens are taken back", "index/web/saved.go", "(f.By == a.who() || a.mayChange(t))", "f.By != \"\"", webPackage, "^TestFeeds$"},
	{"feeds: a token is kept as it is", "index/web/saved.go", "things.Feed{Digest: things.Digest(token), By: a.who()", "things.Feed{Digest: things.Digest(token), By: a.who() + token", webPackage, "^TestFeeds$"},
	{"feeds: a feed is read without end", "index/web/feeds.go", "if err := h.feeds.feed.take(Caller{Tenant: t.Tenant, Name: sum}); err != nil {", "if err := h.feeds.feed.take(Caller{}); false {", webPackage, "^TestFeedsAreBounded$"},
	{"feeds: tokens are guessed without end", "index/web/feeds.go", "if err := h.feeds.knock.take(Caller{Name: addressOf(r)}); err != nil {", "if err := h.feeds.knock.take(Caller{Name: addressOf(r)}); false {", webPackage, "^TestFeedsAreBounded$"},
	{"feeds: a token is a metric's label", "index/web/ops.go", "\"/static/\", feedRoute}", "\"/static/\"}", webPackage, "^TestCount"},
	{"alerts: who does not operate says where to", "index/web/saved.go", "if to+hook != \"\" && !a.caller.Rights.May(MayOperate) {", "if false {", webPackage, "^TestAlerts$"},
	{"alerts: an e-mail is promised without a mail server", "index/web/saved.go", "\t\tif !h.mails() {\n", "\t\tif false {\n", webPackage, "^TestAlertsThatCannotBe$"},
	{"alerts: who is told by nobody is told daily", "index/web/saved.go", "\tcase \"daily\":\n\t\tif !h.tells() {\n", "\tcase \"daily\":\n\t\tif false {\n", webPackage, "^TestAlertsThatCannotBe$"},
	{"alerts: two processes tell", "index/web/alerts.go", " || !t.Search.Alert.Next.Equal(was) {", " || was.IsZero() {", webPackage, "^TestAlerts$"},
	{"alerts: another address is told a second time that day", "index/web/saved.go", "x.Seen, x.Next, x.Sent = old.Seen, old.Next, old.Sent", "x.Sent = old.Sent", webPackage, "^TestAlerts$"},
	{"alerts: what may have been taken is sent again", "index/web/alerts.go", "if err != nil && !errors.Is(err, ErrMaybeSent) {", "if err != nil {", webPackage, "^TestAlerts$"},
	{"alerts: who sees it no longer has others told", "index/web/alerts.go", "t.Sees(a.By) && ", "", webPackage, "^TestAlertsBeside$"},
	{"alerts: a mail server's words are shown to all", "index/web/savedpage.go", "\tcase v.Operates:\n", "\tcase true:\n", webPackage, "^TestAlerts$"},
	{"alerts: a sending takes as long as it likes", "index/web/alerts.go", "err = x.send(sending, t,", "err = x.send(context.WithoutCancel(sending), t,", webPackage, "^TestAlertsBeside$"},
	{"saved: who is erased meanwhile stays in a look", "index/web/news.go", "\tif len(gone) == 0 {\n", "\tif len(gone) >= 0 {\n", webPackage, "^TestErasedMeanwhile$"},
	{"saved: who left a list meanwhile stays in a look", "index/web/saved.go", "maps.DeleteFunc(l.Seen, func(id, _ string) bool { return !on[id] })", "", webPackage, "^TestErasedMeanwhile$"},
	{"feeds: what leaves is called by a name that was given by who saw names", "index/web/feeds.go", "\tif t.Lifted {\n", "\tif false {\n", webPackage, "^TestNamesStay$"},
	{"feeds: whose token was taken back is taken for an issuer's", "index/web/server.go", " || !strings.HasPrefix(name, byIssuer)", "", webPackage, "^TestFeedAge$"},
	{"alerts: who operates no longer has others told", "index/web/alerts.go", " && x.h.holds(t, a.By, t.Created, MaySearch|MayOperate)", "", webPackage, "^TestAlerts$"},
	{"alerts: an address ends a header", "index/web/saved.go", "return r <= ' ' || r >= 0x7f || strings.ContainsRune(", "return strings.ContainsRune(", webPackage, "^TestAlerts$"},
	{"mail: a subject ends a header", "ingest/intake/mail/mail.go", "mime.QEncoding.Encode(\"utf-8\", oneLine(subject))", "mime.QEncoding.Encode(\"utf-8\", \"\") + subject", mailing, "^TestMail$"},
	{"mail: two addresses are one", "ingest/intake/mail/mail.go", "\tif !web.IsMail(to) {\n", "\tif false {\n", mailing, "^TestAddresses$"},
	{"mail: a password crosses a network in the clear", "ingest/intake/mail/mail.go", "} else if !isLoopback(conn.RemoteAddr()) {", "} else if conn == nil {", mailing, "^TestSecure$"},
	{"mail: any certificate will do", "ingest/intake/mail/mail.go", "\t\tconfig.ServerName = s.host\n", "\t\tconfig.ServerName, config.InsecureSkipVerify = s.host, true\n", mailing, "^TestSecure$"},
	{"mail: what was refused may have been sent", "ingest/intake/mail/mail.go", "if said := (*textproto.Error)(nil); errors.As(err, &said) {", "if said := (*textproto.Error)(nil); errors.As(err, &said) && said == nil {", mailing, "^TestRefused$"},
	{"webhooks: an alert goes to another tenant's destination", "ingest/intake/tell/tell.go", "\tall, err := t.to.List(ctx, tenant)\n\tif err != nil {\n\t\treturn err\n\t}\n\tfor i := range all {\n\t\tif all[i].ID == destination && all[i].Tenant == tenant {", "\tall, err := t.to.List(ctx, \"\")\n\tif err != nil {\n\t\treturn err\n\t}\n\tfor i := range all {\n\t\tif all[i].ID == destination {", telling, "^TestAlert$"},
}

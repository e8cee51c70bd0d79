package main

var (
	hooking = []string{"./ingest/intake/hooks"}
	telling = []string{"./ingest/intake/tell"}
)

// hookMutants are the checks of what hiring systems notify, and of what they are told.
var hookMutants = []mutant{
	{"hooks: a wrong signature passes", "ingest/intake/hooks/scheme.go", "if ok && hmac.Equal(sum, s.digest(digest)) {", "if ok && len(s.digest(digest)) == len(sum) {", hooking, "^TestGreenhouse$"},
	{"hooks: no signature passes", "ingest/intake/hooks/scheme.go", "\tif !s.signed(m, secrets) {\n", "\tif m.at(s.Signature) != \"\" && !s.signed(m, secrets) {\n", hooking, "^TestGreenhouse$"},
	{"hooks: a body may change after it was signed", "ingest/intake/hooks/scheme.go", "\tif place == placeBody {\n\t\treturn string(m.raw)\n", "\tif place == placeBody {\n\t\treturn \"\"\n", hooking, "^TestGreenhouse$"},
	{"hooks: another tenant's secret passes", "ingest/intake/hooks/hooks.go", "m, err := s.open(header, body, k.secrets, h.o.Now())", "var all [][]byte\n\tfor _, x := range h.hooks {\n\t\tall = append(all, x.secrets...)\n\t}\n\tm, err := s.open(header, body, all, h.o.Now())", hooking, "^TestGreenhouse$"},
	{"hooks: a stale time passes", "ingest/intake/hooks/scheme.go", "if err != nil || now.Sub(at).Abs() > s.Window {", "if _ = now.Sub(at); err != nil {", hooking, "^TestForms$"},
	{"hooks: a signature of nothing passes", "ingest/intake/hooks/scheme.go", "\tif !s.whole() {\n\t\t// Nothing is signed by a digest of nothing.\n", "\tif false {\n", hooking, "^TestUnsignedIsNotBelieved$"},
	{"hooks: a token counts twice", "ingest/intake/hooks/scheme.go", `mac.Write([]byte("notice\x00" + hook + "\x00" + s.text(m)))`, `mac.Write([]byte("notice\x00" + hook + "\x00" + s.text(m) + string(m.raw)))`, hooking, "^TestForms$"},
	{"hooks: a repeat is another notice", "ingest/notices.go", "\tif errors.Is(err, jetstream.ErrKeyExists) {\n\t\treturn true, nil\n\t}\n", "\tif errors.Is(err, jetstream.ErrKeyExists) {\n\t\t_, err = kv.Put(ctx, hook+\".\"+id, body)\n\t}\n", hooking, "^TestGreenhouse$"},
	{"hooks: what is not signed is believed", "ingest/intake/hooks/scheme.go", "\tif s.whole() {\n\t\tevent = m.object\n", "\tif true {\n\t\tevent = m.object\n", hooking, "^TestUnsignedIsNotBelieved$"},
	{"hooks: a deletion that is not signed is believed", "ingest/intake/hooks/hooks.go", "\tif !k.system.Scheme.whole() {\n", "\tif false {\n", hooking, "^TestForms$"},
	{"hooks: a hook may believe what is not signed", "ingest/intake/hooks/config.go", "!h.system.Scheme.whole() && (len(m.Fetch) == 0 || m.into != nil)", "!h.system.Scheme.whole() && m.into != nil", hooking, "^TestUnsignedIsNotBelieved$"},
	{"hooks: a packed body has no bound", "ingest/intake/hooks/scheme.go", "\t\tif len(m.body) > maxUnpacked {\n", "\t\tif false {\n", hooking, "^TestPacked$"},
	{"hooks: what nobody signed is unpacked", "ingest/intake/hooks/scheme.go", "\tif inside {\n", "\tif inside || true {\n", hooking, "^TestPacked$"},
	{"hooks: an expression may cost anything", "ingest/intake/hooks/mapping.go", "cel.CostLimit(costLimit), ", "", hooking, "^TestCost$"},
	{"hooks: a path leads out of the API", "ingest/intake/hooks/api.go", `strings.Contains(path, "//") || strings.Contains(path, "..") || `, "", hooking, "^TestRate$"},
	{"hooks: an API is asked as fast as one can", "ingest/intake/hooks/api.go", "if err := c.sleep(ctx, r.DelayFrom(now)); err != nil {", "if err := c.sleep(ctx, 0*r.DelayFrom(now)); err != nil {", hooking, "^TestRate$"},
	{"hooks: a key goes where a redirect leads", "verify/fetch/client.go", "CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },", "CheckRedirect: func(*http.Request, []*http.Request) error { return nil },", hooking, "^TestForms$"},
	{"hooks: a hook without a secret takes what is signed with none", "ingest/intake/hooks/config.go", "return b, len(b) > 0, nil", "return b, true, nil", hooking, "^TestGreenhouse$"},
	{"hooks: a merge loses applications", "ingest/notices.go", "write = e.add(a, first.Since[a]) || write", "write = a == \"\" || write", hooking, "^TestErasedAndMerged$"},
	{"hooks: a late event brings an erased candidate back", "ingest/notices.go", "\t\t\tcase e.Gone:\n\t\t\t\treturn false, ErrGone\n", "", hooking, "^TestErasedAndMerged$"},
	{"hooks: what was notified stays after it is worked off", "ingest/notices.go", `kv.Update(ctx, hook+"."+n.ID, nil, md.Sequence.Stream)`, `kv.Get(ctx, hook+"."+n.ID)`, hooking, "^TestGreenhouse$"},
	{"hooks: what comes late is given up at its first fault", "ingest/notices.go", "return age > noticeAge && tries >= noticeTries", "return age > noticeAge", hooking, "^TestGivenUp$"},
	{"hooks: what was given up is taken for known", "ingest/notices.go", "if err := kv.Purge(ctx, hook+\".\"+n.ID, jetstream.LastRevision(md.Sequence.Stream)); err != nil {", "if err := ctx.Err(); err != nil {", hooking, "^TestGivenUp$"},
	{"hooks: who was merged away takes another's along", "ingest/notices.go", "if e.Into != \"\" || e.Gone || known", "if e.Into != \"\" {\n\t\t\t*e = enrolled{Applications: []string{\"1\", \"3\"}}\n\t\t}\n\t\tif e.Gone || known", hooking, "^TestErasedAndMerged$"},
	{"hooks: merged into one who was erased, all stay", "ingest/notices.go", "if whole && other.Gone {", "if false {", hooking, "^TestErasedAndMerged$"},
	{"hooks: what came later is made anonymous, too", "ingest/notices.go", "return e.Since[a].After(before)", "return false", hooking, "^TestErasedAndMerged$"},
	{"hooks: a deletion of nobody keeps whoever comes out", "ingest/notices.go", " || known && len(e.Applications) == 0 {", " {", hooking, "^TestErasedAndMerged$"},
	{"hooks: names that are made up take the places", "index/web/hooks.go", "if !h.o.Hooks.Known(name) {", "if false {", webPackage, "^TestHookRoutes$"},
	{"hooks: what never succeeds is tried for ever", "ingest/notices.go", "n.Last = lastTry(now().Sub(n.At), md.NumDelivered)", "n.Last = false", hooking, "^TestGivenUp$"},
	{"webhooks: who applies is told to everybody", "ingest/intake/tell/tell.go", "\tif !x.To.Names {\n", "\tif false {\n", telling, "^TestTell$"},
	{"webhooks: an id that tells who applies is sent", "ingest/intake/tell/tell.go", "e.Data.Application = doc.Reference(record.MaskOf(doc))", "_ = record.MaskOf(doc)", telling, "^TestTell$"},
	{"webhooks: what is not taken at once is lost", "ingest/destinations.go", "_ = m.NakWithDelay(pauseAfter(md.NumDelivered))", "_ = m.Ack()", telling, "^TestTell$"},
	{"webhooks: another tenant's destination is removed", "ingest/destinations.go", "all, err := d.List(ctx, tenant)\n\tif err != nil {\n\t\treturn err\n\t}\n\ti := slices.IndexFunc(all, func(x Destination) bool { return x.ID == id && x.Tenant == tenant })", "all, err := d.List(ctx, \"\")\n\tif err != nil {\n\t\treturn err\n\t}\n\ti := slices.IndexFunc(all, func(x Destination) bool { return x.ID == id })", telling, "^TestTell$"},
	{"webhooks: what is never taken is sent for ever", "ingest/destinations.go", "dead := err != nil && d.now().Sub(t.At) > noticeAge && md.NumDelivered > 1", "dead := false", telling, "^TestDead$"},
	{"webhooks: who writes to the queue says where outcomes go", "ingest/destinations.go", "\tbody, ok := unsealed(d.seal, key, value)\n\tif !ok {\n\t\treturn nil\n\t}\n", "\tbody := fmt.Appendf(nil, `{\"id\":%q,\"tenant\":\"rival\"}`, key[len(\"rival.\"):])\n", telling, "^TestSetRefused$"},
	{"webhooks: outcomes go anywhere", "ingest/intake/tell/tell.go", "if err := t.o.Client.Check(r.URL); err != nil {", "if err := t.o.Client.Check(r.URL); false {", telling, "^TestSetRefused$"},
	{"webhooks: a private address is sent to", "verify/fetch/send.go", "conn, err = connect(ctx, network, addr)", "conn, err = open.DialContext(ctx, network, addr)", fetch, "^TestSend$"},
	{"webhooks: a redirect is followed", "verify/fetch/send.go", "&http.Client{CheckRedirect: c.http.CheckRedirect, Transport: t}", "&http.Client{Transport: t}", fetch, "^TestSend$"},
	{"webhooks: who may not see names has them sent", "index/web/webhooks.go", "if r.Names && !a.caller.Rights.May(MayNames) {", "if false {", webPackage, "^TestHookRoutes$"},
	{"webhooks: a link tells who applies", "index/web/record.go", "\tif id == application {\n", "\tif id == \"\" {\n", webPackage, "^TestApplicationURL$"},
}

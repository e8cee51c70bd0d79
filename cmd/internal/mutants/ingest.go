package main

var (
	worker    = []string{"./ingest"}
	examining = []string{"./ingest/examine"}
	embedding = []string{"./ingest/natsd"}
)

// ingestMutants are the checks of the worker, and of whatever begins a
// goroutine, that are taken out.
var ingestMutants = []mutant{
	{"fault: one in a message ends the worker", "ingest/loop.go", `if w.o.Faults.Do("a message in hand", func() { w.hold(hand, m, handle) }) != nil {`, "if w.hold(hand, m, handle); false {", worker, "^TestE06_MessageInHandFails$"},
	{"fault: the message is not given back", "ingest/loop.go", "\t\t\t\t\t\tw.again(m)\n", "", worker, "^TestE06_MessageInHandFails$"},
	{"fault: one in an application ends the worker's hold of it", "ingest/task.go", `if fault := guard.Do("an application in hand", func() { err = w.work(ctx, t, earlier) }); fault != nil {`, "var fault error\n\tif err = w.work(ctx, t, earlier); fault != nil {", worker, "^TestE06_WorkFails$"},
	{"order: an older submission is written when a newer one waits", "ingest/order.go", "if late, err := w.q.overtaken(ctx, t); err != nil || late {", "if late, err := false, error(nil); err != nil || late {", worker, "^TestOrderByTheStream$"},
	{"order: what a lost stream had stays", "ingest/order.go", "record.VersionAt(epoch+1, t.sequence)", "record.VersionAt(epoch, t.sequence)", worker, "^TestOrderOverWhatIsThere$"},
	{"order: an older submission replaces what a lost stream had", "ingest/order.go", "if !t.submitted.After(old.AppliedAt) {", "if false {", worker, "^TestOrderOverWhatIsThere$"},
	{"order: the epoch begins anew", "ingest/order.go", "record.VersionAt(epoch, t.sequence)), nil", "record.VersionAt(0, t.sequence)), nil", worker, "^TestOrderOverWhatIsThere$"},
	{"order: the outcome of an older submission is the last", "ingest/outcome.go", "		if newer {\n			if _, err", "		if false {\n			if _, err", worker, "^TestOrderByTheStream$"},
	{"order: an outcome is told without looking who was quicker", "ingest/outcome.go", "jetstream.WithExpectLastSequencePerSubject(after)", "jetstream.WithExpectStream([]string{StreamResults}[min(after, 0)])", worker, "^TestOrderByTheStream$"},
	{"order: what was superseded has no outcome", "ingest/outcome.go", "		at, err := q.tell(ctx, subject, body, h, last)", "		if o.State == Superseded {\n			return nil\n		}\n		at, err := q.tell(ctx, subject, body, h, last)", worker, "^TestConcurrentOrder$|^TestOrderOverWhatIsThere$"},
	{"order: an outcome of a lost stream is waited for", "ingest/outcome.go", "case last.Sequence < o.Sequence:", "case last == nil:", worker, "^TestWaitForThisLife$"},
	{"order: an outcome of a lost stream covers a submission", "ingest/order.go", "return m.submitted >= of.submitted\n", "return true\n", worker, "^TestWaitForThisLife$"},
	{"order: the clock orders the submissions of one stream", "ingest/order.go", "case !ok, sequence < t.sequence:", "case !ok, sequence < t.sequence && t.submitted.After(old.AppliedAt):", worker, "^TestConcurrentOrder$"},
	{"order: a check that began earlier is the last", "ingest/order.go", "if old.Version != t.began && old.CheckedAt.After(checked) {", "if false {", worker, "^TestOrderOfChecks$"},
	{"index: one that is begun anew stays empty", "ingest/reconcile.go", "s.Applications+s.Erased == 0", "false", worker, "^TestIndexIsLost$"},
	{"index: an older submission than was told passes", "ingest/reconcile.go", "!ok || sequence >= markOf(h).sequence", "ok || !ok", worker, "^TestIndexIsLost$"},
	{"an outcome names the applicant", "ingest/task.go", "if !w.o.Names {", "if w.o.Names {", worker, "^TestAttack160"},
	{"what is masked in an outcome is masked in the index", "ingest/outcome.go", "findings := []Found{}\n\tif err := json.Unmarshal(raw, &findings); err != nil {", "findings := o.Findings\n\tif err := json.Unmarshal(raw, new(any)); err != nil {", worker, "^TestAttack160"},
	{"the index does not learn the applicant's addresses", "ingest/task.go", "Addresses: slices.Concat(a.Applicant.Emails, a.Applicant.Proven, a.Applicant.IDs)", "Addresses: nil", worker, "^TestAttack160"},
	{"an application is examined to its end, however late", "ingest/task.go", "context.WithTimeout(ctx, 2*w.o.Time)", "context.WithTimeout(ctx, 2000*w.o.Time)", worker, "^TestAttack114_ApplicationWithoutEnd$"},
	{"an application that does not end is tried again", "ingest/task.go", "return nil, &permanent{class: ClassStuck}", "return nil, gone", worker, "^TestAttack114_ApplicationWithoutEnd$"},
	{"the end of the worker waits for every application", "ingest/task.go", "gone := w.left.Within(limit, grace, ", "gone := w.left.Within(context.WithoutCancel(limit), grace, ", worker, "^TestAttack114_"},
	{"what does not end is not told", "index/web/server.go", "if n := d.stuck(); n > 0 {", "if n := d.stuck(); n > 9 {", []string{"./index/web"}, "^TestAttack114_"},
	{"a link is asked for to its end, however late", "ingest/examine/follow.go", "gone := x.left.Within(ctx, grace, ", "gone := x.left.Within(context.WithoutCancel(ctx), grace, ", examining, "^TestAttack113_"},
	{"fault: never indexed", "ingest/task.go", "return t.tries >= uint64(w.q.o.MaxTries) }", "return false }", worker, "^TestE06_Fault$"},
	{"fault: not tried again", "ingest/task.go", "return t.tries >= uint64(w.q.o.MaxTries) }", "return true }", worker, "^TestE06_Fault$"},
	{"fault: no letter tells", "ingest/task.go", "if len(faults) > 0 && o.State == Indexed {", "if false {", worker, "^TestE06_Fault$"},
	{"fault: each recheck sends a letter", "ingest/task.go", "err != nil || t.attempt == 0, nil", "true, nil", worker, "^TestE06_ReaderFails$"},
	{"fault: a reader that fails in the child is passed over", "ingest/task.go", `if u.Reason == extract.ReasonReaderFailed && u.At != "" {`, "if false {", worker, "^TestE06_ReaderFails$"},
	{"fault: an operator waits for ever", "ingest/admin.go", "w.reply(m, adminReply{Done: true, Error: errRequest.Error()})", "", worker, "^TestE06_RequestFails$"},
	{"fault: an engine that fails on one document fails on its neighbours", "ingest/writer.go", "w.write(ctx, lot[i:i+1])", "x.answer(index.Outcome{Err: err})", worker, "^TestWriterOutcomes$"},
	{"fault: what an engine says nothing of passes for written", "ingest/writer.go", "outs = append(outs, index.Outcome{Err: index.ErrUnavailable})", "outs = append(outs, index.Outcome{})", worker, "^TestWriterOutcomes$"},
	{"queue: what is delivered at the end waits for the queue to give it up", "ingest/loop.go", "\t\t\tw.do(m.Nak())\n", "", worker, "^TestTakeAtTheEnd$"},
	{"queue: the server adds waits to those that are asked for", "ingest/queue.go", "AckWait: q.o.AckWait, MaxDeliver: q.o.MaxTries}", "AckWait: q.o.AckWait, MaxDeliver: q.o.MaxTries, BackOff: []time.Duration{q.o.AckWait, 2 * q.o.AckWait}}", worker, "^TestDelays$"},
	{"fault: one in a badge ends the process", "ingest/examine/examine.go", "if !x.keep(guard.Do(where, func() { f(i) })) {", "if f(i); false {", examining, "^TestE06_Faults$"},
	{"fault: what stands for a badge is left out", "ingest/examine/examine.go", "\t\t\t\tinstead(i)\n", "", examining, "^TestE06_Faults$"},
	{"fault: a document is read no more after one", "ingest/examine/examine.go", "\tdefer x.reading.Unlock()\n\td.Spent, d.Own = x.spent, x.own\n", "\td.Spent, d.Own = x.spent, x.own\n\tdefer func() {\n\t\tif e := recover(); e != nil {\n\t\t\tpanic(e)\n\t\t}\n\t\tx.reading.Unlock()\n\t}()\n", examining, "^TestE06_Faults$"},
	{"fault: a request's words are net/http's to log", "index/web/server.go", `fault := d.server.access.Faults.Do("a request to the page or the API", func() {`, "fault := func(_ string, f func()) error { f(); return nil }(\"\", func() {", []string{"./index/web"}, "^TestFaults$"},
	{"fault: an answer that is cut off looks whole", "index/web/server.go", "case abort, fault != nil && begun.yes:", "case abort:", []string{"./index/web"}, "^TestFaults$"},
	{"queue: a message says itself where it lies", "ingest/submit.go", "return all[len(all)-1]", "return all[0]", worker, "^TestAttack419_"},
	{"queue: an erasure deletes what a message says it is", "ingest/erase.go", "m, err := q.newest(ctx, stream, subject)", "m, err := s.GetLastMsgForSubject(ctx, subject)", worker, "^TestAttack419_"},
	{"queue: what is not allowed is waited for", "ingest/queue.go", "\t\t\tq.denials.deny(err)\n", "", worker, "^TestAttack391_"},
	{"queue: a part is a document, whatever it holds", "ingest/parts.go", "int64(len(data)+len(m.Data)) > d.Size", "false", worker, "^TestParts$"},
	{"queue: parts that are named are swept", "ingest/parts.go", "if named[t[3]] {", "if false {", worker, "^TestParts$"},
	{"queue: parts on their way are swept", "ingest/parts.go", "if at.After(then) {", "if false {", worker, "^TestParts$"},
	{"queue: parts stay when an application is erased", "ingest/erase.go", ", q.forgetParts(ctx, tenant, application))", ")", worker, "^TestRoles$"},
	{"queue: the embedded server lets everybody in", "ingest/natsd/natsd.go", "Nkeys: []*server.NkeyUser{{Nkey: public}}, ", "Username: public[:0], ", embedding, "^TestSeed$"},
	{"queue: a key is shown to whoever names it", "ingest/natsd/seed.go", "if err != nil || strings.TrimSpace(string(where)) != c.RemoteAddr().String() {", "if err != nil || len(where) < 0 {", embedding, "^TestSeed$"},
	{"queue: a key that others may read is taken", "ingest/natsd/seed.go", "err != nil || i.Mode().Perm()&0o077 != 0 {", "err != nil || i == nil {", embedding, "^TestSeedRefused$"},
	{"queue: a tenant submits for others", "ingest/natsd/roles.go", `Publish: []string{"applications." + t + ".*", `, `Publish: []string{"applications.>", `, worker, "^TestAttack182"},
	{"queue: a tenant reads others' answers", "ingest/natsd/roles.go", `r.Subscribe = append(r.Subscribe, r.Inbox()+".>")`, `r.Subscribe = append(r.Subscribe, "_INBOX.>", r.Inbox()+".>")`, worker, "^TestAttack182"},
}

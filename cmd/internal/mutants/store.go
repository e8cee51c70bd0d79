package main

var queueServer = []string{"./ingest/natsd"}

// storeMutants are the checks of what the queue holds, and for how long, that are
// taken out.
var storeMutants = []mutant{
	{"disk: a full one takes what comes", "ingest/natsd/disk.go", "l.MaxStore = 0\n", "l.MaxStore = -1\n", queueServer, "^TestFullDisk$"},
	{"disk: a byte of room ends it", "ingest/natsd/disk.go", "want += want / 8", "want += 0", queueServer, "^TestFullDisk$"},
	{"disk: a store that could not write stays so", "ingest/natsd/disk.go", "s.broke() && low == nil && s.looks >= mendEvery", "false", queueServer, "^TestReadOnlyStore$"},
	{"disk: a store that could not write is not noticed", "ingest/natsd/disk.go", "if !strings.Contains(format, cannotWrite) {", "if format != \"\" || !strings.Contains(format, cannotWrite) {", queueServer, "^TestReadOnlyStore$"},
	{"disk: a store is opened with streams missing", "ingest/natsd/disk.go", "n < s.streams {", "n < 0 {", queueServer, "^TestAnew$"},
	{"disk: a store is opened where nothing can be written", "ingest/natsd/disk.go", "if err := s.probe(); err != nil {", "if err := error(nil); err != nil {", queueServer, "^TestAnew$"},
	{"queue: ready with a full disk", "ingest/queue.go", "if err := q.o.InProcess.Ready(); err != nil {", "if err := error(nil); err != nil {", worker, "^TestDiskIsFull$"},
	{"queue: ready when it is full", "ingest/queue.go", "if s.Full() && s.Stream != StreamRechecks {", "if s.Full() && s.Stream == StreamRechecks {", worker, "^TestStores$"},
	{"queue: ready when nothing can be written", "ingest/queue.go", "\treturn q.explain(err)\n}\n\n// Close sends", "\treturn nil\n}\n\n// Close sends", worker, "^TestReadyWrites$"},
	{"queue: a full disk keeps it from beginning", "ingest/queue.go", "if err = q.unmade(err); !errors.Is(err, ErrRoom) {", "if err = q.unmade(err); true {", worker, "^TestDiskIsFull$"},
	{"queue: letters give way to letters", "ingest/queue.go", "r.DeadAge, r.Dead, jetstream.DiscardNew", "r.DeadAge, r.Dead, jetstream.DiscardOld", worker, "^TestStores$"},
	{"queue: a full one uses up tries", "ingest/task.go", "case errors.Is(err, ErrFull):\n\t\t\tw.log", "case false:\n\t\t\tw.log", worker, "^TestDiskIsFull$"},
	{"erasure: documents that came just now stay", "ingest/held.go", "if o.tenant == tenant && o.application == application {", "if false {", worker, "^TestEraseDocuments$"},
	{"erasure: documents that no submission names stay", "ingest/held.go", "\tfor _, sha := range list {\n\t\tall[sha] = true\n", "\tfor _, sha := range list {\n\t\t_ = sha\n", worker, "^TestEraseDocuments$"},
	{"erasure: stopped half-way it stays so", "ingest/erase.go", "now.Add(eraseAgain)", "now.Add(1000*eraseAgain)", worker, "^TestErasureIsGoneOnWith$"},
	{"sweep: what is lost is looked at once", "ingest/sweep.go", "if open = open || s != nowSettled; !open {", "if !open {", worker, "^TestSweepStaysAtTheLost$"},
	{"sweep: a queue made anew counts as swept", "ingest/lease.go", "!p.Created.Equal(i.Created) || ", "", worker, "^TestSweepStaysAtTheLost$"},
	{"sweep: a queue set back counts as swept", "ingest/lease.go", " || p.Seq > i.State.LastSeq {", " {", worker, "^TestSweepStaysAtTheLost$"},
	{"sweep: documents of a submission on its way go", "ingest/held.go", "case err == nil && i.ModTime.Before(before):", "case err == nil:", worker, "^TestSweepReplacedDocuments$"},
	{"sweep: documents that are named go", "ingest/held.go", "err = e; e == nil && !named[sha] {", "err = e; e == nil && (!named[sha] || true) {", worker, "^TestSweepReplacedDocuments$"},
	{"lease: every worker has it", "ingest/lease.go", "if l.still++; l.still < leaseBeats {", "if l.still++; false {", worker, "^TestLease$"},
	{"lease: it is held without an answer", "ingest/lease.go", "\tl.held.Store(held)\n", "\tl.held.Store(held || err != nil)\n", worker, "^TestLease$"},
	{"pending: what has no time is due", "ingest/reprocess.go", "if r.At.After(now) {", "if false {", worker, "^TestDueByItsTime$"},
	{"archive: what is pending gives way", "ingest/thin.go", "err != nil || waits {", "err != nil || waits && false {", worker, "^TestArchiveGivesWay$"},
	{"archive: what was lost gives way", "ingest/thin.go", "err != nil || !told {", "err != nil || !told && false {", worker, "^TestArchiveGivesWay$"},
	{"archive: it fills the queue", "ingest/thin.go", "messages -= size", "messages -= 1 << 40 * min(size, 1)", worker, "^TestArchiveGivesWay$"},
	{"recheck: it judges what lies where it says", "ingest/reprocess.go", "case err == nil && m.Subject == subject:", "case err == nil:", worker, "^TestRecheckByItsSequence$"},
	{"recheck: a dry run queues", "ingest/reprocess.go", "\t\tif o.DryRun {\n", "\t\tif o.DryRun && o.Tenant == \"-\" {\n", worker, "^TestReprocessChoice$"},
	{"recheck: outcomes of all tenants are chosen", "ingest/reprocess.go", "\t\treturn prefix + \".\" + o.Tenant + \".*\"\n", "\t\treturn prefix + \".>\"\n", worker, "^TestReprocessChoice$"},
	{"recheck: who was stopped before he told is passed over", "ingest/reprocess.go", "return told && err == nil\n", "return told || err == nil\n", worker, "^TestChangedAfterAStop$"},
	{"changed: what changed is forgotten with the next check", "ingest/changed.go", "\t\tcase ok:\n", "\t\tcase ok && false:\n", worker, "^TestChange"},
	{"changed: two badges in one place are one", "ingest/changed.go", "if a != b && a != \"\" && b != \"\" {", "if false {", worker, "^TestChanges$"},
	{"renew: an issuer is asked without end", "ingest/renew.go", "r.spent[issuer]+n > budget && ", "false && ", worker, "^TestRenew$"},
	{"renew: what was withdrawn is not noticed", "ingest/renew.go", "(s == verdict.Pass || s == verdict.Fail)", "false", worker, "^Test(Renew|MayChange)$"},
	{"renew: what was just checked is checked again", "ingest/renew.go", " || o.Checked.After(then) || ", " || ", worker, "^TestRenew$"},
}

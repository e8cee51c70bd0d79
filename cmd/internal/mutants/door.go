package main

// doorMutants are the checks of the HTTP door that are taken out.
var doorMutants = []mutant{
	{"door: an upload of which a record has the chunks is swept", "ingest/upload.go", "case err == nil && i.NUID == o.NUID:", "case err == nil && i.NUID == o.NUID && false:", worker, "^TestDraftBrokenOff$"},
	{"door: what broke off stays in the store", "ingest/upload.go", "\tcase !u.taken:\n", "\tcase false:\n", worker, "^TestDraftBrokenOff$"},
	{"door: a document that was removed meanwhile is acknowledged", "ingest/upload.go", "\tcase mine: // and its chunks with it\n\t\treturn errGone\n", "\tcase mine:\n\t\treturn nil\n", worker, "^TestDraftOvertaken$"},
	{"door: what an earlier submission brought is not looked for again", "ingest/upload.go", "\treturn q.take(ctx, tenant, application, u)\n", "\treturn nil\n", worker, "^TestDraftOvertaken$"},
	{"door: another content under a key passes for the first", "ingest/draft.go", "\t\t\t\tcase t[1] != of:\n\t\t\t\t\treturn nil, ErrKey\n", "", worker, "^TestOnce$"},
	{"door: an old key puts the old submission back", "ingest/draft.go", `list = append(list, t[0]+" "+t[1]+" "+strconv.FormatUint(r.Sequence, 10))`, "_ = t", worker, "^TestOnce$"},
	{"door: two at once under one key are two", "ingest/draft.go", ", jetstream.WithExpectLastSequencePerSubject(after))\n\t\t\treturn err\n\t\t}, subject)\n\t\tif isTaken", ", jetstream.WithRetryAttempts(int(after%2)))\n\t\t\treturn err\n\t\t}, subject)\n\t\tif isTaken", worker, "^TestOnceAtOneTime$"},
	{"erasing stops at the end of a file of the server's", "ingest/erase.go", `map[string]any{"seq": next, "next_by_subj": subject})`, "map[string]any{\"last_by_subj\": subject})\n\t\t_ = next", worker, "^TestDraft$"},
	{"door: a dead letter is anybody's", "ingest/intake/operate.go", "if err == nil && l.Tenant != tenant {", "if err == nil && l.Tenant != tenant && false {", []string{"./ingest/intake"}, "^TestOperate$"},
	{"door: a page elsewhere has a browser hand in", "index/web/handin.go", "return err != nil || !strings.EqualFold(u.Host, r.Host)", "_ = u\n\treturn false && err != nil", webPackage, "^TestOperateRefused$"},
	{"door: any token hands in", "index/web/rights.go", `"POST /v1/applications":         MaySubmit,`, `"POST /v1/applications":         0,`, []string{"./ingest/intake"}, "^TestHandIn$"},
	{"door: any token erases", "index/web/rights.go", `"DELETE /v1/applications/{id}":  MayOperate,`, `"DELETE /v1/applications/{id}":  MaySubmit,`, []string{"./ingest/intake"}, "^TestOperate$"},
	{"door: originals without the right to names", "index/web/rights.go", "MayNames | MayExport,", "MayExport,", []string{"./ingest/intake"}, "^TestOriginals$"},
	{"door: a form may be of any size", "index/web/handin.go", "if fields += int64(len(value)); fields > maxFields {", "if fields += int64(len(value)); false {", []string{"./ingest/intake"}, "^TestHandInRefused$"},
}

package main

// tracingMutants are the checks of what traces hold, where they go, and who chooses that
// there are any.
var tracingMutants = []mutant{
	{"trace: the submitter's flag chooses", "ingest/tracing.go", "parent.IsValid() && !parent.IsRemote()", "parent.IsValid()", worker, "^TestTraceHostile$"},
	{"trace: one id has all of its applications traced", "ingest/tracing.go", "mac.Write([]byte(subject))", "mac.Write([]byte(subject[:0]))", worker, "^TestTraceHostile$"},
	{"trace: ids choose", "ingest/tracing.go", "mac := hmac.New(sha256.New, c.key)", "mac := hmac.New(sha256.New, []byte(p.TraceID.String()))", worker, "^TestTraceHostile$"},
	{"trace: a header of any length", "ingest/tracing.go", "if len(parent) != lenTrace {", "if false {", worker, "^TestTraceHostile$"},
	{"trace: of several headers one counts", "ingest/tracing.go", "len(v) == 1 && len(v[0]) == lenTrace", "len(v) > 0 && len(v[0]) == lenTrace", worker, "^TestTraceHostile$"},
	{"trace: errors are told as they are", "ingest/tracing.go", "plain(err).Error()", "err.Error()", worker, "^TestTraceHostile$"},
	{"trace: spans without end", "ingest/tracing.go", "more := s.asked > maxFetchSpans", "more := false", worker, "^TestTraceBounded$"},
	{"otlp: traces go anywhere", "ingest/otlp/otlp.go", `!(u.Scheme == "http" && here(u.Hostname()))`, `u.Scheme != "http"`, []string{"./ingest/otlp"}, "^TestEndpoint$"},
	{"otlp: traces go where they are led", "ingest/otlp/otlp.go", "return http.ErrUseLastResponse", "return nil", []string{"./ingest/otlp"}, "^TestExportRefused$"},
	{"web: a trace of any form", "index/web/trace.go", "len(v) != 1 || len(v[0]) != lenTraceparent", "len(v) == 0", webPackage, "^TestTraced$"},
}

// holeMutants are those of what one member of a cluster does not have.
var holeMutants = []mutant{
	{"cluster: a member's hole leaves a recheck undone", "ingest/reprocess.go", "return q.fromLeader(ctx, StreamApplications, which{Last: subject})", "return nil, err", worker, "^TestHoleOfOneMember$"},
	{"cluster: a member's hole leaves what is due undone", "ingest/reprocess.go", "m, err = q.fromLeader(ctx, StreamPending, which{Sequence: seq})", "_ = seq", worker, "^TestHoleOfOneMember$"},
}

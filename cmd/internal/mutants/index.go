package main

var (
	meaning = []string{"./index/query"}
	hits    = []string{"./index"}
	records = []string{"./index/record"}
	local   = []string{"./index/local"}
	elastic = []string{"./index/elastic"}
)

// indexMutants are the checks of the search that are taken out. Those whose
// description begins with needsServer are killed by tests that need
// Elasticsearch.
var indexMutants = []mutant{
	// Tenants, in what both engines share.
	{"index: a hit of another tenant is let through", "index/results.go", `if a.Tenant != tenant || record.CheckToken("tenant", tenant) != nil {`, `if record.CheckToken("tenant", tenant) != nil {`, hits, "^TestHitRefusesOthers$"},
	{"index: anything names a tenant", "index/record/token.go", "if !token.MatchString(s) {", `if s == "" {`, records, "^TestCheckToken$"},
	{"index: an index under another id key is used", "index/key.go", "if KeyFingerprint(key) != fingerprint {", `if fingerprint == "" {`, hits, "^TestCheckKey$"},
	{"index: a short id key is taken", "index/key.go", "err != nil || len(key) < MinKey {", "err != nil {", hits, "^TestReadKey$"},
	{"index: a hit that does not match is let through", "index/results.go", "score, why, ok := q.Plan.Match(a)\n\tif !ok {", "score, why, ok := q.Plan.Match(a)\n\tif !ok && a.Erased {", hits, "^TestHitRefusesOthers$"},
	{"index: a cursor that was changed is taken", "index/results.go", "if !hmac.Equal(raw[:macSize], cursorMAC(key, tenant, q, body)) {", "if len(cursorMAC(key, tenant, q, body)) == 0 {", hits, "^TestCursor$"},
	{"index: a cursor of another tenant is taken", "index/results.go", `[]string{"cursor 1", tenant, q.Text, string(q.Sort)}`, `[]string{"cursor 1", q.Text, string(q.Sort)}`, hits, "^TestCursor$"},
	{"index: a cursor of another query is taken", "index/results.go", `[]string{"cursor 1", tenant, q.Text, string(q.Sort)}`, `[]string{"cursor 1", tenant, string(q.Sort)}`, hits, "^TestCursor$"},
	{"index: a cursor holds for ever", "index/results.go", "age > maxCursorAge || age < -maxCursorAge", "age > maxCursorAge && age < -maxCursorAge", local, "^TestConformance$/^paging$"},

	// What counts as proven.
	{"index: a badge that runs out now still counts", "index/record/document.go", "if c.Until <= now && (", "if c.Until < now && (", local, "^TestConformance$/^(search|expiry)$"},
	{"index: a badge never runs out", "index/record/document.go", "if c.Until <= now && (", "if c.Until < 0 && c.Until <= now && (", meaning, "^TestMeaning$"},
	{"index: authentic badges count unasked", "index/query/plan.go", "b.include = []verdict.Result{verdict.Verified}", "b.include = []verdict.Result{verdict.Verified, verdict.Authentic}", meaning, "^TestMeaning$"},
	{"record: a name in other letters is left", "index/record/mask.go", "for _, spelt := range []string{name, spelled(name)} {", "for _, spelt := range []string{name} {", records, "^TestAttack150"},
	{"record: a name written together is left", "index/record/mask.go", "m.inner = append(m.inner, a+b)", "_ = a + b", records, "^TestAttack150"},
	{"record: a name with its initial is left", "index/record/mask.go", "m.own[a+string(first)], m.own[string(first)+a] = true, true", "_ = first", records, "^TestAttack150"},
	{"record: parts of a word in a file's name are left", "index/record/mask.go", "slices.ContainsFunc(t.parts, m.is)", "slices.ContainsFunc(t.parts[:0], m.is)", records, "^TestAttack150"},
	{"record: what is escaped is left", "index/record/mask.go", "case '%':\n\t\t\tvar raw []byte", "case 0:\n\t\t\tvar raw []byte", records, "^TestAttack150"},
	{"record: letters that look like others are left", "index/record/mask.go", "if t.mixed || m.is(t.fold)", "if m.is(t.fold)", records, "^TestAttack150"},
	{"record: words of the address are left", "index/record/mask.go", "for _, t := range maskWords(local) {", "for _, t := range maskWords(local)[:0] {", records, "^TestAttack150"},
	{"record: a name of letters that are words is left", "index/record/mask.go", "if n := m.run(list[i:]); n > 0 {", "if n := m.run(nil); n > 0 {", records, "^TestAttack150"},
	{"record: file names stay in a place", "index/record/blind.go", "case !kinds[strings.ToLower(kind)]:", "case false:", records, "^TestAttack151"},
	{"record: what follows a kind stays in a place", "index/record/blind.go", `strings.Trim(rest, "0123456789") == ""`, `strings.Trim(rest, "0123456789") != "-"`, records, "^TestAttack151"},
	{"record: a verdict's texts are not masked", "index/record/blind.go", "m.Fill(&c.Verdict)", "_ = &c.Verdict", records, "^TestAttack152"},
	{"record: JSON that is kept is not masked", "index/record/mask.go", "v.SetBytes(m.json(v.Bytes()))", "_ = m.json", records, "^TestAttack152"},
	{"record: a document without its own words tells its texts", "index/record/mask.go", "if a.BlindRule < BlindRule {", "if a.BlindRule < 0 {", records, "^TestAttack152"},
	{"record: an application's own name is told", "index/record/blind.go", `if !m.hide && m.Text(a.Application) == a.Application || a.Application == "" {`, `if a != nil {`, records, "^TestAttack152"},
	{"record: a proven host that names the applicant is asked for", "index/record/blind.go", "func(h string) bool { return m.any(h) }", "func(h string) bool { return h == \"\" }", records, "^TestAttack153ProvenHost$"},
	{"record: a host alone is not looked at", "index/record/blind.go", "v.Tags, hosts, by)...", "v.Tags)...", records, "^TestAttack153ProvenHost$"},
	{"record: a Ms Baker loses her baking", "index/record/blind.go", "len(m.find(s)) > 0 && says(s, labels)", "len(m.find(s)) > 0 && says(s, nil)", records, "^TestAttack153"},
	{"record: a label with more in it is kept whole", "index/record/blind.go", "return !slices.ContainsFunc(w, func(x string) bool { return !slices.Contains(have, x) })", "return slices.ContainsFunc(w, func(x string) bool { return slices.Contains(have, x) })", records, "^TestAttack153"},
	{"index: a blind question is asked of all texts", "index/query/match.go", "\tif m.blind {\n\t\treturn m.a.Claims[i].ForBlind()", "\tif m.blind && m.a == nil {\n\t\treturn m.a.Claims[i].ForBlind()", hits, "^TestAttack158"},
	{"index: a hit tells a blind reader the name", "index/results.go", "mask.Fill(&h)", "_ = &h", hits, "^TestAttack158"},
	{"index: a reason tells a blind reader the badge's name", "index/query/match.go", "v.Name = m.a.BadgeName(m.mask, k.Credential)", "_ = m.a", hits, "^TestAttack158"},
	{"index: a page of names goes on blindly", "index/results.go", "q.Options.Choices, q.Plan.Blind)", "q.Options.Choices, false)", hits, "^TestAttack158"},
	{"index: a block goes by what blind readers may ask", "index/query/match.go", "return whole.Issuer != \"\" && slices.Contains(f.Values, whole.Issuer)", "return k.Issuer != \"\" && slices.Contains(f.Values, k.Issuer)", hits, "^TestAttack158"},
	{"local: a block goes by what blind readers may ask", "index/local/find.go", "case query.FilterBarred:\n\t\treturn func(c *claim) bool { return in(c.issuer) }", "case query.FilterBarred:\n\t\treturn func(c *claim) bool { return in(c.texts(f.blind).issuer) }", local, "^TestConformance$/^blind$"},
	{"local: blind readers search what is not clear", "index/local/find.go", "is := col.clear\n", "is := col.known\n", local, "^TestConformance$/^blind$"},
	{"local: blind readers ask for issuers' ids that tell", "index/local/find.go", "case query.FilterIssuerID:\n\t\treturn func(c *claim) bool { return in(c.texts(f.blind).issuer) }", "case query.FilterIssuerID:\n\t\treturn func(c *claim) bool { return in(c.issuer) }", local, "^TestConformance$/^blind$"},
	{"local: blind readers count issuers' ids that tell", "index/local/search.go", "(n != facetIssuer || !q.Plan.Blind)", "(n != facetIssuer || n >= 0)", local, "^TestConformance$/^blind$"},
	{"local: suggestions tell names", "index/local/search.go", " || c.skill == 0 && c.blind != nil {", " {", local, "^TestConformance$/^blind$"},
	{"elastic: blind readers search what is not clear", "index/elastic/query.go", `return object{"term": object{of + "clear": true}}`, `return object{"match_all": object{}}`, elastic, "^TestQueryGolden$"},
	{needsServer + "suggestions tell names", "index/elastic/search.go", "\t\teither([]object{isClear(\"claims.\"), {\"exists\": object{\"field\": \"claims.skill\"}}})))", "\t\teverything))", elastic, "^TestConformance$/^blind$"},
	{"index: what is not proven weighs like what is", "index/query/match.go", "weight = c.Score(tier, record.EffectiveStatus(k, m.now) == verdict.Verified, k.Standing)", "weight = c.Score(tier, k.Status != \"\", k.Standing)", meaning, "^TestProvenFirst$"},
	{"index: a forger names an issuer", "index/results.go", "c.Proven() && c.IssuerName != \"\"", "c.IssuerName != \"\"", local, "^TestConformance$/^edges$"},
	{"index: standing decides nothing among those who prove a skill alike", "index/query/match.go", "return weight*StandingStep + by", "return weight*StandingStep + 0*by", meaning, "^TestStandingBeforeBreadth$"},
	{"index: what is lower counts like a listed one", "index/record/application.go", "func StandingRank(standing string) int { return max(verdict.Level(standing).Rank()-1, 0) }", "func StandingRank(standing string) int { return min(verdict.Level(standing).Rank(), 1) }", meaning, "^TestStandingBeforeBreadth$"},
	{"index: evidence of a role goes by its best badge of any kind", "index/query/plan.go", "w.Alike = true", "w.Alike = false", meaning, "^TestEvidenceBySkill$"},
	{"index: many terms outweigh a better way of meeting one", "index/query/query.go", "const StandingStep = 100", "const StandingStep = 20", meaning, "^TestStandingStep$"},
	{"index: who nobody stands behind is found unasked", "index/query/plan.go", "b.include = []verdict.Result{verdict.Verified}\n", "b.include = []verdict.Result{verdict.Verified, verdict.Unvouched}\n", hits, "^TestAttack19"},
	{"index: what ran out is refused", "index/record/document.go", "\t\treturn verdict.Expired\n", "\t\treturn verdict.Rejected\n", meaning, "^TestMeaning$"},
	{"index: what was never proven is a real badge whose time is over", "index/record/document.go", "if c.Until <= now && (c.Status == verdict.Verified || c.Status == verdict.Authentic) {", "if c.Until <= now && (c.Status == verdict.Verified || c.Status == verdict.Authentic || c.Status == verdict.Pending) {", local, "^TestConformance$/^edges$"},
	{"index: an issuer is asked for by what it calls itself", "index/record/document.go", "k.Hosts, k.IssuerW = hosts, text(names...)", "k.Hosts, k.IssuerW = hosts, text(append(names, c.Issuer.Name)...)", hits, "^TestAttack194"},
	{"index: an issuer's host is found by a part of it", "index/query/plan.go", "f.Values, f.Words = sorted(append(f.Values, host)), nil", "f.Values = sorted(append(f.Values, host))", meaning, "^TestAttack196"},
	{"index: everything under a public suffix is one's own", "index/record/issuer.go", "for yield(host) && host != last && strings.HasSuffix(host, \".\"+last) {", "for yield(host) && strings.Contains(host, \".\") {", hits, "^TestAttack194"},
	{"index: every place counts for an issuer", "index/record/document.go", "return cmp.Or(a.Credentials[c.Credential].Verdict.Backing.Counts, c.Issuer)", "return c.Issuer", hits, "^TestAttack195"},
	{"index: an unproven issuer is shown by the host that it names", "index/record/issuer.go", "case v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass:", "case v.Result != \"\":", records, "^TestShownIssuer$"},
	{"index: documents of before are never decided again", "index/upgrade.go", "record.Redecide(a, decide(a.Tenant))", "_ = decide", local, "^TestUpgradeDecides$"},
	{"local: an old index passes for a new one", "index/local/local.go", "\treturn err\n}\n\n// sweep", "\treturn errors.Join(err, m.Put(keySchema, []byte(strconv.Itoa(index.SchemaVersion))))\n}\n\n// sweep", local, "^TestUpgrade"},
	{"local: standing decides nothing", "index/local/find.go", "return int32(c.weight)*query.StandingStep + by", "return int32(c.weight)*query.StandingStep + by*0", local, "^TestConformance$/^forgers$"},
	{needsServer + "standing decides nothing", "index/elastic/query.go", "score(k, part.statuses, name, part.weight+w)", "score(k, part.statuses, name, part.weight+0*w)", elastic, "^TestConformance$/^forgers$"},
	{"web: an issuer that issued to one applicant only is not said to", "index/web/holders.go", "out[c.Issuer] = len(people)", "out[c.Issuer] = len(people) + 1", []string{"./index/web"}, "^TestIssuerOfOneApplicant$"},
	{"web: nobody is told of those with an unvouched badge", "index/web/search.go", "+ unvouchedOf(res)", "", []string{"./index/web"}, "^TestUnvouchedIsOffered$"},
	{"web: whom an issuer resembles is not told", "index/web/search.go", "if m.Resembles != \"\" {", "if false {", []string{"./index/web"}, "^TestResemblesIsTold$"},
	{"web: a badge of another address is like the applicant's", "index/web/search.go", "if m.Reason == verdict.RecipientMismatch {", "if false {", []string{"./index/web"}, "^TestResemblesIsTold$"},
	{"index: a spreadsheet takes a cell for a formula", "index/web/export.go", "return \"'\" + s", "return s", []string{"./index/web"}, "^TestD02_SafeCell$"},

	// The embedded engine.
	{"local: an older version replaces a newer one", "index/local/write.go", "if have != nil && (have.version > w.app.Version ||", "if have != nil && (have.version < 0 ||", local, "^TestConformance$/^write$"},
	{"local: a badge that runs out now still counts", "index/local/row.go", "if until <= now && (", "if until < now && (", local, "^TestConformance$/^(search|expiry)$"},
	{"local: the broadest are those of the check", "index/local/search.go", "if s == query.SortBreadth {", "if s == \"\" {", local, "^TestConformance$/^expiry$"},
	{"local: typing errors in Georgian are not forgiven", "index/local/find.go", "if !isASCII(word) {", "if word == \"\" {", local, "^TestWordsWithinTypingErrors$"},
	{"local: an erased name stays in the file after Close", "index/local/local.go", "return errors.Join(e.scrub(), e.text.Close(), e.db.Close())", "return errors.Join(e.text.Close(), e.db.Close())", local, "^TestErasureReachesTheDisk$"},
	{"local: an erased name stays in the file after a crash", "index/local/local.go", "if err := e.scrub(); err != nil {", "if err := error(nil); err != nil {", local, "^TestErasureReachesTheDiskAfterACrash$"},
	{"local: pages in use are overwritten", "index/local/scrub.go", "if p.Type != \"free\" {", "if p.Type != \"free\" && p.Type != \"leaf\" {", local, "^TestScrubUnderLoad$"},

	// Elasticsearch.
	{"elastic: the query has no tenant", "index/elastic/query.go", `"filter":   object{"term": object{"tenant": tenant}},`, "", elastic, "^TestQueryGolden$"},
	{"elastic: where a badge ran out the first state counts too", "index/elastic/claimed.go", `return object{"bool": object{"must_not": lapsedIn("claimed.until", now), "must": must}}`, `return object{"bool": object{"must": must}}`, elastic, "^TestQueryGolden$"},
	{"elastic: counts of another tenant's documents leave", "index/elastic/search.go", "if t != tenant {", "if t == \"\" {", elastic, "^TestCountsOfOthersAreRefused$"},
	{"elastic: versions are not external", "index/elastic/bulk.go", "buf.WriteString(`,\"version_type\":\"` + kind + `\"}}` + \"\\n\")", "_ = kind\n\t\tbuf.WriteString(`}}` + \"\\n\")", elastic, "^TestBulk"},
	{"elastic: a fault keeps its place for ever", "index/elastic/bulk.go", "if held { // a fault", "if held && w == nil { // a fault", elastic, "^TestGateAfterAFault$"},
	{"elastic: an index is made where the alias is missing", "index/elastic/bulk.go", "/_bulk?require_alias=true&", "/_bulk?", elastic, "^TestBulk"},
	{"elastic: a conflict is taken for success unseen", "index/elastic/bulk.go", "conflicts = append(conflicts, o)", "done(o, index.Outcome{Superseded: true})", elastic, "^TestBulk"},
	{"elastic: a conflict with a lower version is success", "index/elastic/bulk.go", "case stored[i] == o.version:", "case stored[i] <= o.version:", elastic, "^TestBulk"},
	{needsServer + "a later state holds after its end", "index/elastic/claimed.go", `"must_not": lapsedIn("later.until", now)`, `"must_not": lapsedIn("later.until", 0)`, elastic, "^TestConformance$/^(search|expiry)$"},
}

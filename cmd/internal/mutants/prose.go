package main

// proseMutants are the checks of the readers of text, mail, markup and what stands in
// them.
var proseMutants = []mutant{
	{"extract: the applicant's address is taken for the rest of a link", "extract/pdflines.go", "strings.Contains(word, \"@\") || ", "", extract, "^(TestURLEnds|TestAttack381_WordsOfTheApplicant)$"},
	{"extract: a word of the applicant's name is told to the host above it", "extract/text.go", "|| t.p.owns(word) {", "{", extract, "^TestAttack381_"},
	{"extract: a word of the applicant's name is told to the host above it in a PDF", "extract/pdflines.go", `if word == "" || t.p.owns(word) {`, `if word == "" {`, extract, "^TestAttack381_"},
	{"extract: a word of the applicant's name is told within angle brackets", "extract/text.go", "&& !t.p.owns(u[min(len(u), end-i):]) {", "{", extract, "^TestAttack381_"},
	{"extract: an address of mail is told within angle brackets", "extract/text.go", "j > i+b.Len() && strings.IndexByte(u, '@') < 0 {", "j > i+b.Len() {", extract, "^TestAttack381_"},
	{"extract: digits below a link are told to any host", "extract/text.go", ` && isProvider(hostOf(u))`, "", extract, "^(TestText|TestPDFLines)$"},
	{"extract: a number is asked for as a host", "extract/pdflines.go", "return (strings.ContainsFunc(word, unicode.IsLetter) || ipStart.MatchString(word)) &&", "return", extract, "^TestAttack381_"},
	{"extract: a word is asked for as a host", "extract/pdflines.go", `if rest == "" && !strings.Contains(strings.TrimRight(word, "./"), ".") { // no host`, "if false { // no host", extract, "^TestAttack381_"},
	{"extract: any numbers are asked for as a host", "extract/pdflines.go", `(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+)?/`, `[0-9.]+`, extract, "^TestOwnWords$"},
	{"extract: a heading of two words is told to the host above it", "extract/pdflines.go", "humps(bare) < 2 ||", "humps(bare) < 1 ||", extract, "^TestAttack381_"},
	{"sandbox: a child does not know the applicant's name", "extract/sandbox/child.go", "Spent: r.Spent, Own: r.Own, Data", "Spent: r.Spent, Data", sandbox, "^TestChildKnowsWhoseItIs$"},
	{"sandbox: the applicant's name is not sent", "extract/sandbox/child.go", "Spent: d.Spent, Own: d.Own, Limits", "Spent: d.Spent, Limits", sandbox, "^TestChildKnowsWhoseItIs$"},
	{"examine: the applicant's name is not told to the readers", "ingest/examine/examine.go", "d.Spent, d.Own = x.spent, x.own", "d.Spent = x.spent", []string{"./ingest/examine"}, "^TestNamesOfTheApplicant$"},

	{"extract: what is anchored beside a word is part of it", "extract/office.go", "\t\t\tif isBeside(t.Name) {\n\t\t\t\tr.beside()\n\t\t\t}\n", "", extract, "^TestBesideTheText$"},
	{"extract: a note of RTF is part of the word before it", "extract/rtf.go", "r.g.to, r.g.beside = toProse, true\n\t\t\tr.write([]byte(\"\\n\\n\"))", "r.g.to, r.g.beside = toProse, true", extract, "^TestBesideTheText$"},
	{"extract: the mark of a note is part of the word before it", "extract/html.go", "} else if beside[tag] {", "} else if false {", extract, "^TestBesideTheText$"},
	{"extract: what is glued to the id of a badge is part of it", "extract/link.go", "if v := withoutGlued(u); v != nil {", "if v := withoutGlued(u); false {", extract, "^TestGluedToAnID$"},
	{"extract: an address that nobody knows ends where an id does", "extract/link.go", "if err != nil || classify(v).Class != ClassKnown {", "if err != nil {", extract, "^TestGluedToAnID$"},
	{"extract: the fragment that Word keeps apart is not of the address", "extract/office.go", "return target + \"#\" + fragment", "return target", extract, "^TestFragmentsApart$"},
	{"extract: base64 that begins with two slashes is asked for as a host", "extract/link.go", `!strings.Contains(host, ".")`, "false", extract, "^TestFilesInStrings$"},
	{"extract: a list of numbers is a list of bytes", "extract/json.go", "if err != nil || n > len(raw)/2 {", "if n > len(raw)/2 {", extract, "^TestFilesInStrings$"},
	{"extract: a list of addresses is one address", "extract/candidate.go", "if !bake && several.MatchString(text) {", "if false {", extract, "^TestFilesInStrings$"},
	{"extract: an appearance of another state is seen", "extract/pdfdraw.go", "n = n.Key(a.Key(\"AS\").Name())", "n = n.Key(\"On\")", extract, "^TestPDFCodesBeside$"},
	{"extract: a page that cannot be decoded is passed over in silence", "extract/pdftext.go", "if in.lost {", "if false {", extract, "^TestPDFTextLost$"},
	{"extract: what an author took out is in the document", "extract/office.go", "if gone == 0 && isDeletion(t.Name) {", "if false {", extract, "^TestTrackedDeletions$"},
	{"extract: what an author took out of RTF is in the document", "extract/rtf.go", "r.g.gone = !given || n != 0", "r.g.gone = false", extract, "^TestTrackedDeletions$"},

	{"extract: XML is as deep as it likes", "extract/xmldata.go", "if len(r.open) == maxXMLDepth {", "if false {", extract, "^TestAttack375_"},
	{"extract: names of schemas are links", "extract/xmldata.go", `|| strings.HasSuffix(strings.ToLower(name), "schemalocation"):`, ":", extract, "^TestXMLData$"},
	{"extract: names of vocabularies are links", "extract/values.go", "hasHTTP(s) && isNamespace(s) ||", "", extract, "^TestXMLData$"},
	{"extract: files in strings are nobody's budget", "extract/values.go", "\t\tif p.count(1) {\n\t\t\tp.embedQuiet(pl, \"\", decodeBase64(s))", "\t\tif true {\n\t\t\tp.embedQuiet(pl, \"\", decodeBase64(s))", extract, "^TestAttack376_"},
	{"extract: files in text are nobody's budget", "extract/values.go", "\tif !f.p.count(1) {\n", "\tif false {\n", extract, "^TestAttack376_"},
	{"extract: pictures of a card are nobody's budget", "extract/contentlines.go", "len(data) > 0 && p.count(1) {", "len(data) > 0 {", extract, "^TestAttack376_"},
	{"extract: a limit is not told where much else could not be read", "extract/carrier.go", "\tc.unreads = append(c.unreads, Unread{Where: where, Reason: reason, Detail: detail}) // however many there are\n", "\tc.unread(where, reason, detail)\n", extract, "^TestAttack376_"},

	{"extract: items of a message are as deep as they like", "extract/cms.go", "case !ok || depth > maxBERDepth:", "case !ok:", extract, "^TestAttack377_"},
	{"extract: a message's type is as long as it says", "extract/cms.go", "\tif !whole {\n\t\treturn \"\", nil, false\n\t}\n", "\t_ = whole\n", extract, "^TestAttack377_"},
	{"extract: parts of a message are as deep as they like", "extract/cms.go", "if !ok || depth > maxBERDepth {", "if !ok {", extract, "^TestAttack377_"},
	{"extract: a message is as long as it says", "extract/cms.go", "return b[:min(len(b), length)], length > len(b), true", "return b[:length], length > len(b), true", extract, "^TestAttack377_"},
	{"extract: what a message unpacks to is nobody's budget", "extract/cms.go", "data, err = p.inflate(z, 0)", "data, err = (&part{call: newCall(p.ctx, Limits{FileBytes: 1 << 30, InflatedBytes: 1 << 30}, nil)}).inflate(z, 0)", extract, "^TestCMSBudget$"},
	{"extract: an encrypted message is passed over in silence", "extract/cms.go", "\t\tp.unread(p.where, ReasonEncrypted, \"encrypted for its recipient\")\n\t\treturn\n\tdefault:", "\t\treturn\n\tdefault:", extract, "^TestCMS$"},

	{"extract: objects of a property list are as deep as they like", "extract/plist.go", "if depth > maxPlistDepth {", "if false {", extract, "^TestAttack378_"},
	{"extract: objects of a property list are nobody's budget", "extract/plist.go", "if p.done() || !p.count(1) {", "if p.done() {", extract, "^TestAttack378_"},
	{"extract: members of a property list are nobody's budget", "extract/plist.go", "\t\tif !p.count(n) {\n\t\t\treturn\n\t\t}\n", "", extract, "^TestAttack378_"},
	{"extract: a text of a property list is as long as it says", "extract/plist.go", "return kind, n, at, unit == 0 || n <= (len(l.b)-at)/unit", "return kind, n, at, true", extract, "^TestAttack378_"},
	{"extract: a property list has as many objects as it says", "extract/plist.go", "|| l.objects > (uint64(n)-at)/uint64(l.wide) ||", "||", extract, "^TestAttack378_"},

	{"extract: what begins like wide text is text", "extract/wide.go", "for _, from := range []int{0, n / 2, n - wideSample} {", "for _, from := range []int{0} {", extract, "^TestAttack379_"},
	{"extract: half a character is a character", "extract/wide.go", "return utf8.ValidRune(r) &&", "return", extract, "^TestAttack379_"},

	{"extract: a saved page's base moves a fetched one to another host", "extract/html.go", "u.Host == h.base.Host || !h.p.fetched)", "u.Host == h.base.Host || true)", extract, "^TestDiscovery$"},
	{"extract: a fetched page says where it was saved from", "extract/carrier.go", "if hasHTTP(address) && !p.root().fetched {", "if hasHTTP(address) {", extract, "^TestSavedPage$"},
	{"extract: a session's token is taken for a badge", "extract/html.go", "; ok && bearsCredential(body) {\n\t\t\tw.p.candidate(value", "; ok && body != \"\" {\n\t\t\tw.p.candidate(value", extract, "^TestPageData$"},
	{"extract: scripts have no end", "extract/html.go", "w.scripts > maxScripts {", "false {", extract, "^TestPageData$"},
	{"extract: addresses of a program are links of the applicant", "extract/text.go", "top: pl, only: t.only}", "top: pl}", extract, "^TestPageData$"},
}

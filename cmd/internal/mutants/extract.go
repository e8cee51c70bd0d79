package main

var (
	extract = []string{"./extract"}
	pdf     = []string{"./extract/pdf"}
	raster  = []string{"./extract/raster"}
	sandbox = []string{"./extract/sandbox"}
)

// extractMutants are the checks of the readers and of what runs them that are
// taken out. A mutant that would end the process is noticed by that, too.
var extractMutants = []mutant{
	// Faults of ours.
	{"extract: a carrier's panic is nobody's business", "extract/carrier.go", "\tdefer p.guard(k.name)\n\tk.extract(p)", "\tk.extract(p)", extract, "^TestB12_ReaderFails$"},
	{"extract: a panic in how a carrier knows its files is nobody's business", "extract/carrier.go", "\tdefer p.guard(k.name)\n\treturn k.sniff(p)", "\treturn k.sniff(p)", extract, "^TestB12_ReaderFails$"},
	{"extract: a fault of ours blames the file", "extract/fault.go", "Reason: ReasonReaderFailed, Detail", "Reason: ReasonMalformed, Detail", extract, "^TestB12_ReaderFails$"},
	{"extract: a fault at the end ends the caller", "extract/carrier.go", "\tdefer root.guard(ReaderNone)\n", "", extract, "^TestFaultAround$"},
	{"extract: a fault of the reader of QR codes is not told", "extract/qr.go", "if _, ours := x.(tooManyCenters); !ours {", "if _, ours := x.(tooManyCenters); ours {", extract, "^TestQRFaults$"},
	{"pdf: a fault of a library is the file's", "extract/pdf/preflight.go", "if _, fault := x.(runtime.Error); fault {", "if _, fault := x.(runtime.Error); fault && library == \"\" {", pdf, "^Test(Library|Pdfcpu)Fault"},
	{"sandbox: a fault of the child's parser ends it", "extract/sandbox/child.go", "err := protected(func() error { res = do.parse(ctx, q, data, found); return nil })", "var err error\n\tres = do.parse(ctx, q, data, found)", sandbox, "^TestB12_Faults$"},
	{"sandbox: a fault of the parent is the caller's", "extract/sandbox/sandbox.go", "err = protected(func() (err error) { b, err = f(c); return err })", "b, err = f(c)", sandbox, "^TestB12_Faults$"},
	{"sandbox: a child that gets no document is waited for", "extract/sandbox/child.go", "\t\t\t\t_ = c.cmd.Process.Kill() // which will never have its document\n", "", sandbox, "^TestB12_Faults$"},
	{"sandbox: a child may name any reader", "extract/sandbox/protocol.go", `u.Reader != "" && !isReader(u.Reader)`, `u.Reader != "" && len(u.Reader) > 64`, sandbox, "^TestCheckResult$"},
	{"sandbox: a child may name any line", "extract/sandbox/protocol.go", `(u.Reader == "" || !isLine(u.At))`, `u.Reader == ""`, sandbox, "^TestCheckResult$"},

	// Schemas.
	{"sandbox: a schema that failed leaves its child to others", "extract/sandbox/child.go", `lifeCPU/2 || a.Failed != ""`, "lifeCPU/2", sandbox, "^TestAttack112_"},
	{"sandbox: a child may say that what is unknown is obeyed", "extract/sandbox/child.go", `if a.Unknown && a.Obeys || `, `if `, sandbox, "^TestAttack112_"},
	{"sandbox: a schema has all the time that there is", "extract/sandbox/child.go", "ctx, cancel := context.WithTimeout(ctx, q.Wall)", "ctx, cancel := context.WithTimeout(ctx, 10*q.Wall)", sandbox, "^TestAttack112_"},

	// Whose a child is.
	{"sandbox: a child is lent to another tenant", "extract/sandbox/sandbox.go", "if c.owner != owner {", "if c.owner.Tenant == \"\" {", sandbox, "^TestAttack115_"},
	{"sandbox: a child of an application is lent to another", "extract/sandbox/sandbox.go", "if p.o.Per != PerApplication {", "if p.o.Per != \"\" {", sandbox, "^TestAttack115_"},
	{"sandbox: a child of nobody in particular is everybody's", "extract/sandbox/sandbox.go", "case c.owner == Owner{} || c.documents", "case c.documents", sandbox, "^TestAttack115_"},
	{"sandbox: a child lives for ever", "extract/sandbox/sandbox.go", "c.documents >= p.o.recycle || c.over:", "c.over:", sandbox, "^TestAttack116_"},
	{"sandbox: a child whose reader failed goes on", "extract/sandbox/child.go", "lifeCPU/2 || broke(r.Result)", "lifeCPU/2", sandbox, "^TestAttack116_"},
	{"sandbox: a child may answer before it is asked", "extract/sandbox/sandbox.go", "if c.quiet() {", "if c != nil {", sandbox, "^TestAttack116_"},
	{"sandbox: other processes may be named", "extract/sandbox/guard_linux.go", "g.Seccomp = loadOwnOnly() && ", "g.Seccomp = true && ", sandbox, "^(TestB09_Guard|TestAttack117_)"},
	{"sandbox: other processes' limits may be set", "extract/sandbox/guard_linux.go", "{unix.SYS_PRLIMIT64, 0, []uint32{0}},", "", sandbox, "^TestAttack117_"},
	{"sandbox: the self-test does not look for other processes", "extract/sandbox/guard_linux.go", "if list := reachable(other); len(list) > 0 {", "if list := reachable(other); len(list) > 99 {", sandbox, "^TestB09_GuardHolds$"},
	{"sandbox: a link carries as much as it likes", "extract/sandbox/protocol.go", "if !f.LinkFits() || ", "if ", sandbox, "^TestAttack118_"},
	{"extract: a link is as long as it likes", "extract/carrier.go", "if !f.LinkFits() {", "if f.Kind == \"\" {", sandbox, "^TestAttack118_"},
	{"sandbox: the wait for a child is the document's", "extract/sandbox/sandbox.go", "return nil, fmt.Errorf(\"%w: %w\", ErrBusy, ctx.Err())", "return nil, ctx.Err()", sandbox, "^TestAttack119_"},
	{"the wait for a child is the application's", "ingest/examine/examine.go", "d.Started = x.clock.stop()", "d.Started = func() {}", []string{"./ingest/examine"}, "^TestAttack119_"},
	{"no child is the document's fault", "ingest/examine/examine.go", "\tif x.busy.Load() {\n", "\tif x.busy.Load() && false {\n", []string{"./ingest/examine"}, "^TestAttack119_"},
	{"an application without a child is not tried again", "ingest/task.go", "if err != nil && (len(faults) == 0 && !errors.Is(err, examine.ErrBusy) || !w.last(t)) {", "if err != nil && (len(faults) == 0 && !errors.Is(err, examine.ErrBusy)) {", []string{"./ingest"}, "^TestAttack119_"},

	// What a child may say and do.
	{"sandbox: a child may speak of another document", "extract/sandbox/protocol.go", "utf8.ValidString(where) && strings.HasPrefix(where, name)", `utf8.ValidString(where) && name != "\x00"`, sandbox, "^TestCheckResult$"},
	{"sandbox: a child may find without end", "extract/sandbox/protocol.go", "if badges < 0 || links < 0 {", "if badges < 0 && links < 0 {", sandbox, "^TestCheckResult$"},
	{"sandbox: a frame may be as long as it says", "extract/sandbox/protocol.go", "if n > int64(most) {", "if n > int64(most) && n < 0 {", sandbox, "^(TestB08_MisbehavingParser|FuzzReadFrame)$"},
	{"sandbox: an unguarded child is taken", "extract/sandbox/sandbox.go", "if !c.guard.Holds() && !p.o.Unsafe && mustGuard {", "if !c.guard.Holds() && !p.o.Unsafe && !mustGuard {", sandbox, "^TestB09_Unguarded$"},
	{"sandbox: no system call is kept from a child", "extract/sandbox/guard_linux.go", "g.Seccomp = loadOwnOnly() && seccomp.LoadFilter(filter()) == nil", "g.Seccomp = filter().NoNewPrivs", sandbox, "^TestB09_Guard"},
	{"sandbox: a child has its parent's environment", "extract/sandbox/child.go", "cmd.Env = []string{} //", "cmd.Env = os.Environ() //", sandbox, "^TestF05_EnvironmentIsEmpty$"},

	// Costs.
	{"extract: files within files without end", "extract/carrier.go", "case q.depth > p.limits.Depth:", "case q.depth > p.limits.Depth+100:", extract, "^Test(B06_ZIP|PDFInPDF)$"},
	{"extract: a document of any size", "extract/carrier.go", "case int64(len(d.Data)) > c.limits.FileBytes:", "case int64(len(d.Data)) > 2*c.limits.FileBytes:", extract, "^TestB11_Limits$"},
	{"extract: an embedded file of any size", "extract/carrier.go", "case int64(len(data)) > p.limits.FileBytes:", "case int64(len(data)) > 2*p.limits.FileBytes:", extract, "^TestB11_EmbeddedSize$"},
	{"extract: badges without end", "extract/carrier.go", "if p.badges >= p.limits.Badges {", "if p.badges > p.limits.Badges {", extract, "^TestB11_Limits$"},
	{"extract: each document has limits of its own", "extract/extract.go", "c.badges, c.links = d.Spent.Badges, d.Spent.Links", "c.links = d.Spent.Links", extract, "^TestB11_Spent$"},
	{"pdf: a stream unpacks to any length", "extract/pdf/filter.go", "limit = min(limit, MaxStream, max(ratioFree, len(raw)*maxRatio))", "limit = min(limit, MaxStream)", pdf, "^TestFilterBounds$"},
	{"pdf: a picture's stream gives more than the picture", "extract/pdf/filter.go", "return io.LimitReader(r, size), true", "return r, true", pdf, "^TestSamples$"},
	{"pdf: what unpacks in two steps has no ratio", "extract/pdf/filter.go", "return nil, false // what unpacks in two steps is bounded by its ratio", "continue", pdf, "^TestSamples$"},
	{"extract: an address of mail is told to the host above it", "extract/pdflines.go", "strings.Contains(word, \"@\") || ", "", extract, "^TestPDFLinesOfTheApplicant$"},
	{"extract: a number of a telephone is told to the host above it", "extract/pdflines.go", "if !letters || monthWord", "if letters && monthWord", extract, "^TestPDFLinesOfTheApplicant$"},
	{"extract: a date is told to the host above it", "extract/pdflines.go", "if !letters || monthWord.MatchString(word) {", "if !letters {", extract, "^TestPDFLinesOfTheApplicant$"},
	{"extract: another page is told to the host above it", "extract/pdflines.go", "if !broken && isHostName(bare) {", "if false {", extract, "^TestPDFLinesOfTheApplicant$"},
	{"extract: a line goes on that had room left", "extract/pdflines.go", "< l.edge(k) {", "< 0 {", extract, "^TestPDFLines$"},
	{"extract: lines below are looked for without end", "extract/pdflines.go", "if l.work--; l.work < 0 {", "if false {", extract, "^TestPDFLinesBounded$"},
	{"extract: pages of a TIFF without end", "extract/tiff.go", "if len(pages) >= most {", "if false {", extract, "^TestTIFFChain$"},
	{"extract: a page of a TIFF is passed over in silence", "extract/tiff.go", "p.undecoded(at.Where, p.qrPixels(\"tiff\", func() io.Reader { return page }, at))", "_ = p.qrPixels(\"tiff\", func() io.Reader { return page }, at)", extract, "^TestTIFFChain$"},
	{"extract: a TIFF whose directory is cut off is passed over in silence", "extract/tiff.go", "\tif cut {", "\tif false {", extract, "^TestPicturesCut$"},
	{"extract: a picture that cannot be decoded is passed over in silence", "extract/qr.go", "p.undecoded(pl.Where, p.qrPixels(kind, func() io.Reader { return bytes.NewReader(p.data) }, pl))", "_ = p.qrPixels(kind, func() io.Reader { return bytes.NewReader(p.data) }, pl)", extract, "^TestPicturesCut$"},
	{"extract: a form of picture that is not known is called damaged", "extract/image.go", "errors.As(err, &jpegForm), ", "", extract, "^TestPicturesCut$"},
	{"extract: a link that leads nowhere ends the search for codes", "extract/pdfimage.go", "!l.Portal && !l.Claim", "true", extract, "^TestPDFCodesByPage$"},
	{"extract: a badge on one page ends the search of the others", "extract/pdfimage.go", "return func(page int) bool { return !found[page] }", "return func(page int) bool { return len(found) == 0 }", extract, "^TestPDFCodesByPage$"},
	{"extract: pictures of a PDF are nobody's budget", "extract/pdfimage.go", "\tw.d.p.pixelsLeft -= max(int64(width*height), pdfDecode)\n", "", extract, "^TestB03_PicturesInTheDark$"},
	{"extract: a picture of any size is given memory", "extract/pdfimage.go", "width > 1<<15 || height > 1<<15 || width*height > min(maxPixels, float64(w.d.p.pixelsLeft))", "false", extract, "^TestB03_PicturesInTheDark$"},
	{"extract: a picture that is not searched is passed over in silence", "extract/pdfimage.go", "if img == nil && reason != \"\" {", "if false {", extract, "^TestB03_PicturesInTheDark$"},
	{"raster: a canvas is drawn on without end", "extract/raster/raster.go", "if c.Work -= n; c.Work < 0 {", "if c.Work -= n; false {", raster, "^TestAttack357_"},
	{"raster: a path has any number of points", "extract/raster/raster.go", "if len(p.points) >= MaxPath {", "if false {", raster, "^TestAttack357_"},
	{"raster: clips take any memory", "extract/raster/raster.go", "if c.masks+size > maxMasks {", "if false {", raster, "^TestAttack357_"},
	{"raster: what is far away is taken as it is", "extract/raster/raster.go", "return math.Max(-MaxFar, math.Min(v, MaxFar))", "return v", raster, "^TestAttack358_"},
	{"raster: a survey keeps any number of edges", "extract/raster/survey.go", "if len(s.marks) >= maxMarks {", "if false {", raster, "^TestAttack359_"},
	{"raster: a survey gives any number of places", "extract/raster/survey.go", "if len(all) > maxRegions {", "if false {", raster, "^TestAttack359_"},
	{"raster: use brings what uses itself without end", "extract/raster/svg.go", "if uses >= maxUses {", "if uses >= 1000*maxUses {", raster, "^TestAttack363_"},
	{"raster: the stops of a gradient may be that gradient", "extract/raster/svgstyle.go", "if r.stops {", "if false {", raster, "^TestAttack363_"},
	{"raster: an SVG draws far away", "extract/raster/svgpath.go", "if !(math.Abs(x) < maxFar && math.Abs(y) < maxFar) {", "if false {", raster, "^TestAttack364_"},
	{"raster: an SVG is of any size", "extract/raster/svgview.go", "scale = min(scale, maxView/max(w, h))", "scale = min(scale, 1e4)", raster, "^TestAttack364_"},
	{"raster: an SVG takes steps without end", "extract/raster/svg.go", "if r.svg.Steps -= n; r.svg.Steps < 0 {", "if r.svg.Steps -= n; false {", raster, "^TestAttack36[56]_"},
	{"raster: an SVG has any number of points", "extract/raster/svg.go", "n > maxPoints-r.svg.points", "false", raster, "^TestAttack365_"},
	{"raster: an SVG is nested without end", "extract/raster/svg.go", "if len(states) > maxNested {", "if false {", raster, "^TestAttack365_"},
	{"raster: an SVG has any number of names", "extract/raster/svg.go", "if len(r.ids) >= maxNames {", "if false {", raster, "^TestAttack365_"},
	{"raster: an SVG has any number of clips", "extract/raster/svg.go", "if len(r.svg.clips) >= maxClips {", "if false {", raster, "^TestAttack365_"},
	{"raster: an SVG has any number of rules", "extract/raster/svgstyle.go", "if len(l.rules) >= maxRules {", "if false {", raster, "^TestAttack365_"},
	{"raster: a view is painted over without end", "extract/raster/svgview.go", "\tc.Work = min(MaxWork, 1<<20+drawnOver*v.Width*v.Height)\n", "", raster, "^TestAttack357_SVG"},
	{"raster: what is read again costs nothing", "extract/raster/svg.go", "r.spend(int(d.InputOffset()) / stepBytes)", "r.spend(0)", raster, "^TestAttack366_"},
	{"raster: rules that are obeyed cost nothing", "extract/raster/svgstyle.go", "if !r.spend(len(fit) / stepRules) {", "if false {", raster, "^TestAttack366_"},
	{"extract: drawings are nobody's budget", "extract/svg.go", "if n > p.pixelsLeft {", "if false {", extract, "^TestAttack367_"},
	{"extract: each drawing has steps of its own", "extract/svg.go", "\tp.stepsLeft = s.Steps\n", "", extract, "^TestAttack367_"},
	{"extract: a drawing that is not searched is passed over in silence", "extract/svg.go", "if s.Cut {", "if false {", extract, "^TestAttack367_"},
	{"extract: a link in a drawing that leads nowhere ends the search", "extract/svg.go", "if p.leads == leads ||", "if p.hits == 0 ||", extract, "^TestQRDrawnInSVG$"},
	{"extract: a link beside a picture that leads nowhere ends the search", "extract/carrier.go", "p.limits.QR == QRAuto && p.leads == 0", "p.limits.QR == QRAuto && p.hits == 0", extract, "^TestQRBehindLink$"},
	{"pdf: a chain of filters without end", "extract/pdf/filter.go", "if len(filters) > maxFilters {", "if len(filters) > 100*maxFilters {", pdf, "^TestFilterBounds$"},
	{"pdf: nesting without end", "extract/pdf/lex.go", "if depth >= maxNesting {", "if depth >= 2*maxNesting {", pdf, "^TestSyntaxBounds$"},
	{"pdf: a library reads without end", "extract/pdf/ledongthuc.go", "m.left -= int64(n)", "m.left -= 0 * int64(n)", pdf, "^TestMetered$"},
	{"pdf: a closed file is given to a library", "extract/pdf/pdfcpu.go", "\tif f.Encrypted {\n\t\treturn nil, nil, f.Locked\n\t}\n", "", pdf, "^TestPassword$"},
	{"pdf: any key opens a file", "extract/pdf/security.go", "sum[:], false), u[:16]) != 1 {", "sum[:], false), u[:16]) == 7 {", pdf, "^TestSecurityForms$"},
	{"pdf: any key of 256 bits opens a file", "extract/pdf/security.go", "len(w.packed) < 32 || subtle.ConstantTimeCompare(hash(w.proof[32:40], w.more), w.proof[:32]) != 1", "len(w.packed) < 32", pdf, "^Test(SecurityForms|Password)$"},
	{"pdf: a handler that is not known is taken for the standard one", "extract/pdf/security.go", `n != "Standard"`, `n == ""`, pdf, "^TestSecurityForms$"},
	{"pdf: attachments behind a password are left out without a word", "extract/pdf/clear.go", "\t\t\tf.Closed++\n", "", pdf, "^TestSecurityInTheClear$"},
	{"pdf: a string that was not packed is turned into noise", "extract/pdf/clear.go", "o.gen), []byte(v)); ok {", "o.gen), []byte(v)); ok || true {", pdf, "^TestSecurityInTheClear$"},
	{"pdf: decoded bytes are nobody's budget", "extract/pdf/preflight.go", "\tif !f.inflated(len(data)) {", "\tif !f.inflated(len(data)) && false {", pdf, "^TestBudget$"},

	// What is said of what was not read.
	{"extract: a password of before 2007 is passed over in silence", "extract/ole.go", "locked = locked || c.locked(s)", "locked = false", extract, "^TestPasswords$"},
	{"extract: names of streams have a case", "extract/ole.go", "stream{name, strings.ToUpper(name), ", "stream{name, name, ", extract, "^TestPasswords$"},
	{"extract: the manifest of an encrypted document is asked when it is met", "extract/office.go", "locked := odf && a.locked()", "locked := false", extract, "^TestEncryptedODT$"},

	// What is said of what was found.
	{"extract: two badges in one picture are not ambiguous", "extract/candidate.go", "ambiguousBakes  = \"the image bears two badges that differ\"", "ambiguousBakes  = \"\"", extract, "^TestAttack61_"},
	{"extract: what an older revision held is current", "extract/pdfraw.go", "\tif stale {\n\t\t\tflag = \"stale\"\n\t\t}\n", "", extract, "^TestPDFOlderRevision$"},
	{"extract: a name from inside a document is shown as it is", "extract/shown.go", "\t\tcase Shown(r):\n\t\t\treturn r\n\t\t}\n\t\treturn -1", "\t\tcase Shown(r):\n\t\t\treturn r\n\t\t}\n\t\treturn r", extract, "^TestCleanStep$"},
	{"extract: a name may make a step of its own", "extract/shown.go", "return '›'", "return r", extract, "^TestCleanStep$"},
	{"extract: overlapping members of a ZIP are read", "extract/zip.go", `p.unread(where, ReasonMalformed, "shares its bytes with another member")`, `p.unread(where, ReasonEmpty, "")`, extract, "^TestB06_ZIP$"},
}

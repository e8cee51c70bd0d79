package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/index/issuers"
	"assay/verify"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Bounds of the page of issuers.
const (
	pageIssuers = 40  // that are shown at first; a filter looks at maxIssuers
	pageWords   = 50  // of the log
	pageOffered = 200 // entries of a registry
	maxClaim    = 120 // bytes of what an issuer calls itself
)

// issuersView is what the template "issuers" takes.
type issuersView struct {
	Sum        string
	Said       string // a decision was taken a moment ago
	Hidden     []field
	Query      string
	Standings  []option
	Undecided  bool
	Resembling bool
	Rows       []issuerRow
	Found      string
	More       string
	Decide     *decideView
	Offer      *offerView
	Registries []registryRow
	Accept     []option
	Log        []wordRow
	LogCut     bool
	Work       *workView
}

// option is one of a list that can be chosen.
type option struct {
	Value, Text string
	On          bool
}

// issuerRow is an issuer of badges that are here.
type issuerRow struct {
	ID, Title, Calls, Where string
	Warnings                []string
	Listing                 string
	Sign, Standing          string
	Applicants, Apps        int // Apps where some applied several times
	About                   bool
	Decision, Why           string
	Trust, Block, Forget    string // where each is asked about
}

// decideView is what a decision would change, before it is taken.
type decideView struct {
	Title, About        string
	Do, Issuer          string
	Source, Accept      string
	Lines               []string
	First               []changedRow
	Naming, Take, Plain bool // a name may be given; it takes back; nothing would change
	Button              string
	Others              []option // the other decisions, and how far each goes
	Leave               string
}

type changedRow struct{ Text, URL, What string }

// offerView is a registry that was read, and what of it counts.
type offerView struct {
	Source, Title string
	Counts        string
	Entries       []issuers.Item
	Left          int // entries that are not shown
	Leave         string
}

type registryRow struct {
	Title, Source, Says, Failed string
	Drop                        string
}

type wordRow struct {
	At                   time.Time
	By, Did, About, Note string
}

// workView is how far what is indexed follows.
type workView struct {
	Text        string
	Done, Total int
	Live        string // its address
}

// signOf gives a standing its shape and word.
func signOf(l verdict.Level) (sign, word string) {
	switch l {
	case verdict.LevelListed:
		return "ok", msg("listed by you")
	case verdict.LevelDomain:
		return "dia", msg("own domain")
	case verdict.LevelAccount:
		return "di0", msg("account")
	case verdict.LevelPage:
		return "di0", msg("a page of anybody’s")
	case verdict.LevelKey:
		return "key", msg("only a key")
	case verdict.LevelSelf:
		return "key", msg("the applicant’s own")
	}
	return "ask", msg("not proven")
}

// decisionWords are what a word did, for the log and for what was said a moment ago.
var decisionWords = map[issuers.Kind]string{
	issuers.Trust: msg("trusted"), issuers.Block: msg("blocked"), issuers.Forget: msg("taken back"),
	issuers.Import: msg("registry taken"), issuers.Drop: msg("registry dropped"), issuers.Accept: msg("least standing"), issuers.Map: msg("word mapped"),
}

// issuersPage shows who stands behind the badges that are here.
func (h *handler) issuersPage(a *asked) (*screen, error) {
	if h.o.Issuers == nil {
		return nil, errNoIssuers
	}
	if a.p.Get("live") == "on" {
		list, err := h.o.Issuers.List(a.Context(), a.caller.Tenant, 0)
		if err != nil {
			return nil, err
		}
		return &screen{name: "issuerswork", view: workOf(a, list)}, nil
	}
	v, err := h.issuersSeen(a)
	if err != nil {
		return nil, err
	}
	if do := issuers.Kind(a.p.Get("do")); do != "" {
		w := issuers.Word{Kind: do, Issuer: strings.TrimSpace(a.p.Get("issuer")), Accept: verdict.Level(a.p.Get("accept"))}
		if s := a.p.Get("source"); s != "" {
			w.Registry = &issuers.Registry{Source: s}
		}
		if v.Decide, err = h.would(a, w, v.Rows); err != nil {
			return nil, err
		}
	}
	return issuersScreen(a, v), nil
}

func issuersScreen(a *asked, v *issuersView) *screen {
	return &screen{name: "issuers", title: a.T("Issuers: %s", v.Sum), here: "/issuers", view: v}
}

// issuersSeen fills the page but for what is asked about one of them.
func (h *handler) issuersSeen(a *asked) (*issuersView, error) {
	n, err := number(a.p, "n", pageIssuers, 1, maxIssuers)
	if err != nil {
		return nil, err
	}
	v := &issuersView{Query: strings.TrimSpace(a.p.Get("named")), Undecided: a.p.Get("undecided") == "on", Resembling: a.p.Get("resembling") == "on"}
	standing := a.p.Get("standing")
	if standing != "" && verdict.Level(standing).Rank() == 0 {
		return nil, badRequest("standing=%.32q is no standing", standing)
	}
	narrow := v.Query != "" || v.Undecided || v.Resembling || standing != ""
	if narrow {
		n = maxIssuers
	}
	list, err := h.o.Issuers.List(a.Context(), a.caller.Tenant, n)
	if err != nil {
		return nil, err
	}
	words, err := h.o.Issuers.Log(a.Context(), a.caller.Tenant)
	if err != nil {
		return nil, err
	}
	for name, values := range a.keep() {
		v.Hidden = append(v.Hidden, field{name, values[0]})
	}
	v.Sum = a.T("%d issuers seen here", list.Total)
	if said := decisionWords[issuers.Kind(a.p.Get("said"))]; said != "" {
		v.Said = a.T(said)
	}
	v.Work = workOf(a, list)
	v.Standings = []option{{"", a.T("any standing"), standing == ""}}
	for _, l := range verdict.Levels() {
		_, word := signOf(l)
		v.Standings = append(v.Standings, option{string(l), a.T(word), standing == string(l)})
		if l != verdict.LevelSelf {
			v.Accept = append(v.Accept, option{string(l), a.T(word), list.Accept == l})
		}
	}
	for i := range list.Issuers {
		r := &list.Issuers[i]
		row := issuerOf(a, r, list.Decisions)
		if v.Undecided && r.Decision != "" || v.Resembling && !r.Resembles || standing != "" && string(r.Standing) != standing ||
			!holds(row.Title+" "+row.Calls+" "+row.Where+" "+row.Listing, v.Query) {
			continue
		}
		v.Rows = append(v.Rows, row)
	}
	switch {
	case narrow && list.Total > len(list.Issuers):
		v.Found = a.T("%d of the %d with the most applicants", len(v.Rows), len(list.Issuers))
	case narrow:
		v.Found = a.T("%d of %d", len(v.Rows), list.Total)
	case list.Total > len(list.Issuers):
		v.Found = a.T("the %d with the most applicants", len(v.Rows))
		if n < maxIssuers {
			v.More = a.with("n", "200")
		}
	}
	for _, r := range list.Registries {
		v.Registries = append(v.Registries, registryOf(a, r))
	}
	slices.Reverse(words)
	v.LogCut = len(words) > pageWords
	for _, w := range words[:min(len(words), pageWords)] {
		v.Log = append(v.Log, wordOf(a, &w))
	}
	return v, nil
}

// holds reports whether a text has all words of another in it.
func holds(text, all string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(all)), func(w string) bool { return !strings.Contains(text, w) })
}

// about gives the address at which a decision is asked about.
func (a *asked) about(do issuers.Kind, name, value string) string {
	p := a.keep()
	p.Set("do", string(do))
	p.Set(name, value)
	return to("/issuers", p) + "#decide"
}

// issuerOf puts an issuer into words: what is known first, what it calls itself in
// quotes behind it.
func issuerOf(a *asked, r *issuers.Row, said []issuers.Word) issuerRow {
	out := issuerRow{ID: r.Issuer, Where: clean(read.Cut(r.Issuer, maxValue)), Applicants: r.Applicants, About: r.About}
	if r.Apps > r.Applicants {
		out.Apps = r.Apps
	}
	b, claim := &r.Backing, clean(read.Cut(r.Claims, maxClaim))
	switch {
	case r.Shown == "":
		out.Title = a.T("an issuer that is not proven")
	case r.Standing == verdict.LevelListed || b.Level == "":
		out.Title, claim = clean(r.Shown), ""
	case b.Level == verdict.LevelKey:
		out.Title = a.T("a key")
	case b.Level == verdict.LevelPage:
		out.Title = a.T("a page on %s", clean(b.Host+b.Path))
	case b.Level == verdict.LevelAccount:
		out.Title = a.T("an account on %s", clean(b.Platform))
	case b.Platform != "":
		out.Title = a.T("a customer of %s", clean(b.Platform))
	default:
		out.Title = clean(b.Host + b.Path)
	}
	if claim != "" && !strings.EqualFold(claim, out.Title) {
		out.Calls = a.T("calls itself “%s”", claim)
	}
	for _, w := range r.Warnings {
		switch w {
		case verdict.WarnNameLookalike:
			out.Warnings = append(out.Warnings, a.T("its name resembles that of a listed issuer"))
		case verdict.WarnHostLookalike:
			out.Warnings = append(out.Warnings, a.T("its address resembles that of a listed issuer"))
		}
	}
	var in []string
	for _, name := range r.Registries {
		in = append(in, clean(name))
	}
	if len(in) > 0 {
		out.Listing = a.T("in the registry %s", strings.Join(in, ", "))
	}
	var word string
	out.Sign, word = signOf(r.Standing)
	out.Standing = a.T(word)
	if r.Decision == "" {
		out.Decision = a.T("none yet")
		out.Trust, out.Block = a.about(issuers.Trust, "issuer", r.Issuer), a.about(issuers.Block, "issuer", r.Issuer)
		return out
	}
	out.Decision, out.Why, out.Forget = a.T(decisionWords[r.Decision]), clean(r.By), a.about(issuers.Forget, "issuer", r.Issuer)
	for _, w := range said {
		if w.Kind == r.Decision && w.By == r.By && w.Of(r.Issuer) {
			out.Why = whyOf(a, &w)
			out.Forget = a.about(issuers.Forget, "issuer", w.Issuer)
			if w.Issuer != r.Issuer {
				out.Why += " · " + a.T("said of %s", clean(w.Issuer))
			}
			break
		}
	}
	return out
}

// whyOf is who said it, when, and why.
func whyOf(a *asked, w *issuers.Word) string {
	s := clean(w.By) + ", " + a.speaks.Date(w.At)
	if w.Note != "" {
		s += ": “" + clean(w.Note) + "”"
	}
	return s
}

func workOf(a *asked, list *issuers.List) *workView {
	p := a.keep()
	p.Set("live", "on")
	v := &workView{Live: to("/issuers", p)}
	if w := list.Work; w != nil {
		v.Done, v.Total = w.Done, w.Total
		if v.Total == 0 { // it is not counted yet
			v.Text = a.T("What is indexed is about to be decided again. A block holds for every search already.")
			return v
		}
		v.Text = a.T("What is indexed is being decided again: %d of %d applications. A block holds for every search already.", w.Done, w.Total)
	}
	return v
}

func registryOf(a *asked, r issuers.RegistryStatus) registryRow {
	out := registryRow{Title: clean(cmp.Or(r.Title, r.Source)), Source: clean(r.Source), Drop: a.about(issuers.Drop, "source", r.Source)}
	switch {
	case r.Whole:
		out.Says = a.T("%d entries, taken whole: later ones count too", r.Entries)
	default:
		out.Says = a.T("%d entries, %d of them taken", r.Entries+r.Others, r.Entries)
	}
	if !r.Loaded.IsZero() {
		out.Says += " · " + a.T("read %s", a.speaks.Time(r.Loaded))
	}
	if !r.Failed.IsZero() {
		out.Failed = a.T("could not be loaded at %s; what was taken before counts", a.speaks.Time(r.Failed))
	}
	return out
}

func wordOf(a *asked, w *issuers.Word) wordRow {
	out := wordRow{At: w.At, By: clean(w.By), Did: a.T(decisionWords[w.Kind]), About: clean(w.Issuer), Note: clean(w.Note)}
	switch {
	case w.Kind == issuers.Map:
		out.About = clean(w.Label)
		if w.Skill == "" {
			out.Did = a.T(decisionWords[issuers.Forget])
		}
	case w.Registry != nil:
		out.About = clean(cmp.Or(w.Registry.Title, w.Registry.Source))
	case w.Accept != "":
		_, word := signOf(w.Accept)
		out.About = a.T(word)
	}
	return out
}

// would says what a decision would change, by the index as it stands.
func (h *handler) would(a *asked, w issuers.Word, rows []issuerRow) (*decideView, error) {
	w.By, w.At = h.speaker(a), h.o.Now().UTC().Truncate(time.Second)
	end, ok := h.counts.begin(a.caller.Tenant)
	if !ok {
		return nil, errManyAsk
	}
	defer end()
	change, err := h.o.Issuers.Would(a.Context(), a.caller.Tenant, w)
	if err != nil {
		return nil, err
	}
	v := &decideView{Do: string(w.Kind), Issuer: w.Issuer, Accept: string(w.Accept), Naming: w.Kind == issuers.Trust, Take: w.Kind == issuers.Forget || w.Kind == issuers.Drop, Leave: to("/issuers", a.keep())}
	who := clean(read.Cut(w.Issuer, maxValue))
	switch w.Kind {
	case issuers.Trust:
		v.Title, v.Button = a.T("Trust %s?", who), a.T("Trust it")
	case issuers.Block:
		v.Title, v.Button = a.T("Block %s?", who), a.T("Block it")
	case issuers.Forget:
		v.Title, v.Button = a.T("Take back what was said of %s?", who), a.T("Take it back")
	case issuers.Drop:
		v.Source = w.Registry.Source
		v.Title, v.Button = a.T("Drop the registry %s?", clean(w.Registry.Source)), a.T("Drop it")
	case issuers.Accept:
		_, word := signOf(w.Accept)
		v.Title, v.Button = a.T("Count issuers from this standing on: %s?", a.T(word)), a.T("Set it")
	default:
		return nil, badRequest("do=%.32q is not trust, block, forget, drop or accept", string(w.Kind))
	}
	for _, r := range rows {
		if r.ID == w.Issuer {
			v.About = strings.Join(slices.DeleteFunc(append([]string{r.Title, r.Calls}, r.Warnings...), func(s string) bool { return s == "" }), " · ")
		}
	}
	v.Lines = changeLines(a, w, change)
	v.Plain = change.Gain+change.Lose == 0
	for _, x := range change.First {
		row := changedRow{Text: a.called(x.Name, x.ID), URL: recordURL(a, x.Reference)}
		if !a.blind() { // a badge's name may be the applicant's
			row.URL = recordURL(a, x.Application)
			row.What = strings.Join(changedBadges(a, x), " · ")
		}
		v.First = append(v.First, row)
	}
	if len(v.First) > 0 {
		h.seen(a, len(v.First))
	}
	if w.Kind == issuers.Trust || w.Kind == issuers.Block {
		other, text := issuers.Block, msg("Block it instead")
		if w.Kind == issuers.Block {
			other, text = issuers.Trust, msg("Trust it instead")
		}
		v.Others = append(v.Others, option{Value: a.about(other, "issuer", w.Issuer), Text: a.T(text)})
		if host := hostOf(w.Issuer); host != "" && host != w.Issuer {
			if _, err := (verify.Decision{Issuer: host, Block: w.Kind == issuers.Block}).Key(); err == nil {
				v.Others = append(v.Others, option{Value: a.about(w.Kind, "issuer", host), Text: a.T("Say it of the whole host %s, with everything under it", clean(host))})
			}
		}
	}
	return v, nil
}

// changedBadges names badges that would newly count, or would not any more.
func changedBadges(a *asked, x issuers.Changed) []string {
	var out []string
	for _, name := range x.Gain {
		out = append(out, a.T("gains “%s”", clean(read.Cut(name, maxClaim))))
	}
	for _, name := range x.Lose {
		out = append(out, a.T("loses “%s”", clean(read.Cut(name, maxClaim))))
	}
	return out
}

// changeLines say what would change.
func changeLines(a *asked, w issuers.Word, c *issuers.Change) []string {
	var out []string
	of := func(text string, badges int, who string) {
		out = append(out, a.T(text, a.T("%d badges", badges), who))
	}
	apps := a.T("%d applications", c.Apps)
	switch {
	case c.Apps == 0 && w.About():
		return []string{a.T("Nobody here has a badge of it yet. It holds for those that come.")}
	case !c.Judged:
		of(msg("This server judges no badges, so it cannot say which would count. Concerned: %s in %s."), c.Badges, apps)
		return out
	}
	if c.Lose > 0 {
		of(msg("Would no longer count: %s of %s."), c.Lose, a.T("%d applicants", c.Losing))
	}
	if c.Gain > 0 {
		of(msg("Would newly count: %s of %s."), c.Gain, a.T("%d applicants", c.Gaining))
	}
	if c.Gain+c.Lose == 0 {
		out = append(out, a.T("No badge would count that does not, or the other way round."))
	}
	if w.About() {
		of(msg("In all it is about %s in %s."), c.Badges, apps)
		if c.Issuers > 1 {
			out = append(out, a.T("%d issuers go by it.", c.Issuers))
		}
	}
	if c.Read < c.Apps {
		out = append(out, a.T("Only the first %d of %d applications were read for this.", c.Read, c.Apps))
	}
	return out
}

// hostOf is the host of an issuer's id, "" for none.
func hostOf(id string) string {
	if rest, ok := strings.CutPrefix(id, "did:web:"); ok {
		host, _, _ := strings.Cut(rest, ":")
		if host, err := url.PathUnescape(host); err == nil {
			host, _, _ = strings.Cut(host, ":")
			return host
		}
		return ""
	}
	if u, err := url.Parse(id); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		return u.Hostname()
	}
	return ""
}

// speaker is who says a word.
func (h *handler) speaker(a *asked) string { return cmp.Or(a.caller.Name, operatorName) }

// decideForm takes a decision on the page of issuers.
func (h *handler) decideForm(a *asked, posted url.Values) (*screen, error) {
	if h.o.Issuers == nil {
		return nil, errNoIssuers
	}
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		switch {
		case !slices.Contains([]string{"key", "do", "issuer", "name", "note", "source", "accept", "whole", "entry"}, name):
			return nil, badRequest("the form has no field %.32q", name)
		case name != "entry" && len(posted[name]) > 1:
			return nil, badRequest("%s stands there %d times", name, len(posted[name]))
		}
	}
	get := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	do := issuers.Kind(get("do"))
	receipt, err := issuers.Receipt{}, error(nil)
	if do == issuers.Import {
		receipt, err = h.o.Issuers.Import(a.Context(), a.caller.Tenant, issuers.Chosen{Source: get("source"), Entries: posted["entry"], Whole: get("whole") == "on", Note: get("note"), By: h.speaker(a)})
	} else {
		w := issuers.Word{Kind: do, Issuer: get("issuer"), Name: get("name"), Note: get("note"), Accept: verdict.Level(get("accept")), By: h.speaker(a), At: h.o.Now().UTC().Truncate(time.Second)}
		if s := get("source"); s != "" {
			w.Registry = &issuers.Registry{Source: s}
		}
		receipt, err = h.o.Issuers.Say(a.Context(), a.caller.Tenant, w)
	}
	if err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " " + string(do), Count: receipt.Applicants, Blind: true})
	if do == issuers.Import && len(posted["entry"]) == 0 && get("whole") == "" && len(receipt.Offered) > 0 {
		v, err := h.issuersSeen(a)
		if err != nil {
			return nil, err
		}
		v.Offer = offerOf(a, get("source"), receipt)
		return issuersScreen(a, v), nil
	}
	p := a.keep()
	p.Set("said", string(do))
	a.see("/issuers", p)
	return nil, nil
}

// offerOf shows what a registry lists that does not count yet.
func offerOf(a *asked, source string, r issuers.Receipt) *offerView {
	v := &offerView{Source: source, Title: clean(cmp.Or(r.Title, source)), Counts: a.T("%d entries, %d of them taken", r.Entries+len(r.Offered), r.Entries), Leave: to("/issuers", a.keep())}
	v.Left = max(0, len(r.Offered)-pageOffered)
	for _, x := range r.Offered[:len(r.Offered)-v.Left] {
		v.Entries = append(v.Entries, issuers.Item{ID: x.ID, Name: clean(read.Cut(x.Name, maxClaim))})
	}
	return v
}

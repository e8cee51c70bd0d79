package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index"
	"assay/index/issuers"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Bounds of the page of operators.
const (
	pageLetters = 50 // dead letters that are shown
	pagePending = 50 // applications with a badge that waits, that are looked at
	pageHosts   = 20 // hosts that are shown
)

// operationsView is what the template "operations" takes.
type operationsView struct {
	Live    operationsLive
	Problem string
	Said    string
	Letters []letterRow
	More    bool // dead letters than are shown
	Hosts   []hostRow
	Waiting string // how many applications wait for others
	Stores  []storeRow
	Refresh string
	Words   *wordsView // nil = they cannot be mapped here
}

// operationsLive is the piece that the script asks for again.
type operationsLive struct {
	URL    string
	Now    time.Time
	OK     bool
	State  string
	Tiles  []tile
	Batch  batchView
	Parts  []factRow
	Buried string // dead letters by class
}

type tile struct{ Title, Big, Small string }

// batchView is how far checking again is.
type batchView struct {
	Text        string
	Done, Total int
}

type factRow struct{ Term, Says string }

type letterRow struct {
	Number      string
	Application string
	Why, Detail string
	At          time.Time
	Since       string
	Tries       int
}

type hostRow struct {
	Host, Why string
	Badges    int
}

// wordsView are the words of badges that no framework knows.
type wordsView struct {
	Look   string // where they are looked for, "" where they are
	All    string
	Rows   []unmappedRow
	Mapped []mappedRow
	Work   string
}

type unmappedRow struct{ ID, Label, Of, On, Typed string }

type mappedRow struct{ Label, Skill, Why string }

type storeRow struct {
	Name, Size string
	Messages   int
	Full       string
}

// letterWords are what classes of dead letters mean, by their codes (ingest.Class).
var letterWords = map[string]string{
	"subject":           msg("Its tenant or application is named by none of the letters that a name may have."),
	"malformed":         msg("The submission is not what the contract says."),
	"unknown_tenant":    msg("This installation does not work for the tenant."),
	"document_missing":  msg("A document by reference never came."),
	"document_mismatch": msg("A document by reference is another than was announced."),
	"index_refused":     msg("The index refuses the document."),
	"fault":             msg("assay itself failed on it, or on a part of it."),
	"stuck":             msg("Examining it came to no end."),
	"exhausted":         msg("It was tried too often without success."),
}

// operationsPage shows how everything stands.
func (h *handler) operationsPage(a *asked) (*screen, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	live, stores, err := h.operationsNow(a)
	if err != nil {
		return nil, err
	}
	if a.p.Get("live") == "on" {
		return &screen{name: "operationslive", view: live}, nil
	}
	return h.operationsScreen(a, http.StatusOK, live, stores, nil)
}

func (h *handler) operationsScreen(a *asked, status int, live *operationsLive, stores []storeRow, wrong *unread) (*screen, error) {
	v := &operationsView{Live: *live, Stores: stores, Refresh: to("/operations", a.keep())}
	switch n, _ := number(a.p, "count", 0, 0, maxNumber); a.p.Get("said") {
	case "reprocess":
		v.Said = a.T("%d applications are to be checked again.", n)
	case "retry":
		v.Said = a.T("%d letters are tried again.", n)
	case "drop":
		v.Said = a.T("%d letters were dropped.", n)
	case "map":
		v.Said = a.T("It holds for every badge that comes; what is indexed is being read again.")
	}
	if wrong != nil {
		v.Problem = wrong.says
	}
	var err error
	if v.Words, err = h.wordsOf(a, wrong); err != nil {
		return nil, err
	}
	letters, err := h.o.Operations.Letters(a.Context(), a.caller.Tenant, "", 0, pageLetters+1)
	if err != nil {
		return nil, err
	}
	v.More = len(letters) > pageLetters
	for _, l := range letters[:min(len(letters), pageLetters)] {
		row := letterRow{Number: strconv.FormatUint(l.Number, 10), Application: clean(l.Application), Detail: clean(l.Error), At: l.Buried, Since: a.speaks.Ago(l.Buried, h.o.Now()), Tries: l.Attempts}
		if a.blind() { // an application's own id may be a name, and an error may quote one
			row.Application, row.Detail = a.T("letter %s", row.Number), ""
		}
		row.Why = a.T(cmp.Or(letterWords[l.Class], clean(cmp.Or(l.Words, l.Class))))
		v.Letters = append(v.Letters, row)
	}
	if err := h.waitingFor(a, v); err != nil {
		return nil, err
	}
	return &screen{name: "operations", status: status, title: a.T("Operations: %s", live.State), here: "/operations", view: v}, nil
}

// unread is a skill that somebody typed and that is none.
type unread struct{ label, typed, says string }

// maxUnmapped is how many words that no framework knows are shown.
const maxUnmapped = 60

// wordsOf gives what can be mapped, and what is.
func (h *handler) wordsOf(a *asked, wrong *unread) (*wordsView, error) {
	if h.o.Issuers == nil {
		return nil, nil
	}
	list, err := h.o.Issuers.List(a.Context(), a.caller.Tenant, 0)
	if err != nil {
		return nil, err
	}
	p := a.keep()
	p.Set("words", "on")
	v := &wordsView{Look: to("/operations", p) + "#words"}
	if w := list.Work; w != nil {
		v.Work = a.T("What is indexed is about to be read again.")
		if w.Total > 0 { // else they are not counted yet
			v.Work = a.T("What is indexed is being read again: %d of %d applications.", w.Done, w.Total)
		}
	}
	for _, w := range list.Mapped {
		v.Mapped = append(v.Mapped, mappedRow{clean(w.Label), clean(cmp.Or(h.o.Taxonomy().Label(w.Skill), w.Skill)), whyOf(a, &w)})
	}
	if a.p.Get("words") != "on" && wrong == nil {
		return v, nil
	}
	end, ok := h.counts.begin(a.caller.Tenant)
	if !ok {
		return nil, errManyAsk
	}
	defer end()
	all, err := h.o.Operations.Unmapped(a.Context(), a.caller.Tenant)
	if err != nil {
		return nil, err
	}
	if a.blind() { // a word of a badge may be its holder's name
		all = slices.DeleteFunc(all, func(u Unmapped) bool { return u.Clear == 0 })
		for i := range all {
			all[i].Applications = all[i].Clear
		}
	}
	v.Look, v.All = "", a.T("%d words", len(all))
	known := map[string]bool{}
	for _, u := range all {
		label := clean(u.Label)
		if len(v.Rows) == maxUnmapped || known[label] {
			continue
		}
		known[label] = true
		row := unmappedRow{ID: "u" + strconv.Itoa(len(v.Rows)), Label: label, Of: clean(u.Framework), On: a.T("on %d applications", u.Applications)}
		if wrong != nil && wrong.label == label {
			row.Typed = wrong.typed
		}
		v.Rows = append(v.Rows, row)
	}
	if n := len(v.Rows); n == maxUnmapped && n < len(all) {
		v.All = a.T("%[1]d of %[2]d words, those on most applications", n, len(all))
	}
	return v, nil
}

// mapForm keeps what a word of badges is, or that it is nothing any more.
func (h *handler) mapForm(a *asked, label, typed string) (*screen, error) {
	if h.o.Issuers == nil {
		return nil, errNoIssuers
	}
	w := issuers.Word{Kind: issuers.Map, Label: label, By: h.speaker(a), At: h.o.Now().UTC().Truncate(time.Second)}
	if typed != "" {
		tax := h.o.Taxonomy()
		w.Skill = skillNamed(tax, typed)
		if w.Skill == "" {
			var near []string
			for _, r := range tax.Suggest(typed, 3) {
				near = append(near, "“"+r.Label+"”")
			}
			wrong := &unread{label, typed, a.T("There is no skill called “%s”.", clean(typed))}
			if len(near) > 0 {
				wrong.says += " " + a.T("Near it are %s.", strings.Join(near, ", "))
			}
			live, stores, err := h.operationsNow(a)
			if err != nil {
				return nil, err
			}
			return h.operationsScreen(a, http.StatusBadRequest, live, stores, wrong)
		}
	}
	if _, err := h.o.Issuers.Say(a.Context(), a.caller.Tenant, w); err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " map", Blind: true})
	p := a.keep()
	p.Set("said", "map")
	a.see("/operations", p)
	return nil, nil
}

// skillNamed gives the concept that a text names, by its identifier or a name, "" for
// none.
func skillNamed(tax *skills.Taxonomy, text string) string {
	if c, ok := tax.Concept(text); ok && !c.Group {
		return c.ID
	}
	for _, r := range tax.Suggest(text, maxSuggestions) {
		if skills.Folded(r.Label) == skills.Folded(text) {
			return r.ID
		}
	}
	for _, s := range tax.Resolve(verdict.Credential{Name: "-", Tags: []string{text}}) {
		if s.Basis == skills.BasisLabel || s.Basis == skills.BasisAlias {
			return s.ID
		}
	}
	return ""
}

// operationsNow gives the figures of the moment.
func (h *handler) operationsNow(a *asked) (*operationsLive, []storeRow, error) {
	type answer struct {
		w   *Workers
		err error
	}
	told := make(chan answer, 1)
	go func(ctx context.Context) {
		var x answer
		if err := h.o.faults.Do("asking workers for figures", func() { x.w, x.err = h.o.Operations.Workers(ctx) }); err != nil {
			x.err = err
		}
		told <- x
	}(a.Context())
	s, err := h.o.Operations.Status(a.Context(), a.caller.Tenant)
	x := <-told
	if err != nil {
		return nil, nil, err
	}
	p := a.keep()
	p.Set("live", "on")
	if c := a.p.Get("count"); c != "" {
		p.Set("count", c)
	}
	now := h.o.Now()
	v := &operationsLive{URL: to("/operations", p), Now: now, OK: true, State: a.T("all parts answer")}
	if x.err != nil || x.w == nil || x.w.N == 0 {
		v.OK, v.State = false, a.T("no worker answers")
	}
	for _, q := range s.Waiting {
		h.tilesOf(a, v, &q, now)
	}
	if v.OK {
		rate, small := "–", a.T("a minute, not known yet")
		if x.w.Rate > 0 {
			rate, small = a.speaks.Number(int(x.w.Rate+0.5)), a.T("a minute")
		}
		v.Tiles = append(v.Tiles, tile{a.T("Checked"), rate, small})
		v.Parts = append(v.Parts, factRow{a.T("Workers"), a.T("%[1]d, with %[2]d applications in hand", x.w.N, x.w.InHand)},
			factRow{a.T("Since they were started"), a.T("%d applications checked", x.w.Checked) + ", " + a.T("%d messages delivered again", x.w.Again)},
			factRow{a.T("Parsers in the sandbox"), a.T("%[1]d at work, %[2]d started, %[3]d ended by a limit or a crash", x.w.Working, x.w.Children, x.w.Ended)},
			factRow{a.T("Faults of assay’s own"), a.speaks.Number(x.w.Faults)})
	}
	if wait, err := h.waiting(a); err == nil {
		small := a.T("applications")
		if v.OK {
			small = a.T("of all tenants, %d are asked for now", x.w.Asking) + ", " + a.T("%d hosts are left alone for a while", x.w.Resting)
		}
		v.Tiles = append(v.Tiles, tile{a.T("Wait for hosts"), a.speaks.Number(wait), small})
	}
	size := ""
	if s.Index.Bytes > 0 {
		size = ", " + bytesOf(a, s.Index.Bytes)
	}
	v.Parts = append(v.Parts, factRow{a.T("Index"), clean(s.Index.Engine) + ", " + a.T("%d applications", s.Index.Applications) + size})
	var classes []string
	n := 0
	for _, c := range slices.Sorted(maps.Keys(s.Letters)) {
		classes = append(classes, a.speaks.Number(s.Letters[c])+" "+words(c))
		n += s.Letters[c]
	}
	v.Buried = a.T("%d, never delivered for ever: each waits for you", n)
	if n > 0 {
		v.Buried += " (" + strings.Join(classes, ", ") + ")"
	}
	return v, storesOf(a, s.Stores), nil
}

// tilesOf shows one of the queues.
func (h *handler) tilesOf(a *asked, v *operationsLive, q *Waiting, now time.Time) {
	left := int(min(q.Messages, maxNumber)) + q.Held
	if q.Queue == "batch" {
		v.Batch.Text = a.T("Nothing waits to be checked again.")
		if left > 0 {
			v.Batch.Text = a.T("%d applications wait to be checked again, of all tenants", left)
			if n, _ := number(a.p, "count", 0, 0, maxNumber); n >= left {
				v.Batch.Done, v.Batch.Total = n-left, n
			}
		}
		return
	}
	v.Tiles = append(v.Tiles, tile{a.T("Waiting in the queue"), a.speaks.Number(left), a.T("applications")})
	age, since := "–", a.T("nothing waits")
	if !q.Oldest.IsZero() {
		age, since = lasting(a, now.Sub(q.Oldest)), a.T("since %s", a.speaks.Time(q.Oldest))
	}
	v.Tiles = append(v.Tiles, tile{a.T("Oldest of them"), age, since})
}

// lasting writes how long something takes.
func lasting(a *asked, d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return a.T("%d s", int(d.Seconds()))
	case d < time.Hour:
		return a.T("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return a.T("%d h", int(d.Hours()))
	}
	return a.T("%d days", int(d.Hours()/24))
}

// bytesOf writes a size.
func bytesOf(a *asked, n int64) string {
	for _, u := range []struct {
		name string
		of   int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.of {
			return a.speaks.Number(int(n/u.of)) + " " + u.name
		}
	}
	return a.speaks.Number(int(n)) + " B"
}

func storesOf(a *asked, all []Store) []storeRow {
	var out []storeRow
	for _, s := range all {
		row := storeRow{Name: clean(s.Name), Size: bytesOf(a, s.Bytes), Messages: int(min(s.Messages, maxNumber))}
		if s.Limit > 0 {
			row.Size += " / " + bytesOf(a, s.Limit)
			row.Full = a.speaks.Number(int(100*float64(s.Bytes)/float64(s.Limit))) + " %"
		}
		out = append(out, row)
	}
	return out
}

// pendingOf asks for the applications with a badge that waits for a host.
func (h *handler) pendingOf() (query.Query, error) {
	q, err := query.New("", query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: pagePending, Sort: query.SortRecency,
		Choices: []query.Choice{{Facet: query.FacetStatus, Values: []string{string(verdict.Pending)}}}})
	if err == nil {
		q.Plan = q.Plan.WithInclude(verdict.Pending)
	}
	return q, err
}

// waiting counts the tenant's applications with a badge that waits for a host, be it that
// it is asked now or later.
func (h *handler) waiting(a *asked) (int, error) {
	q, err := h.pendingOf()
	if err != nil {
		return 0, err
	}
	n, err := h.o.Engine.Count(a.Context(), a.caller.Tenant, []query.Plan{q.Plan})
	if err != nil || len(n) != 1 {
		return 0, cmp.Or(err, index.ErrUnavailable)
	}
	return n[0], nil
}

// waitingFor says which hosts badges wait for, and why, of the tenant's applications that
// were checked last.
func (h *handler) waitingFor(a *asked, v *operationsView) error {
	q, err := h.pendingOf()
	if err != nil {
		return err
	}
	res, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, q)
	if err != nil {
		return err
	}
	n := map[hostRow]int{}
	for _, hit := range res.Hits {
		app, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, hit.Application)
		if err != nil {
			continue // erased meanwhile
		}
		mask := &record.Mask{}
		if a.blind() {
			mask = record.MaskOf(app)
		}
		for i := range app.Credentials {
			if d := &app.Credentials[i].Verdict; d.Result == verdict.Pending {
				n[hostRow{Host: hostAsked(a, d, mask), Why: a.T(sentence(d.Reason))}]++
			}
		}
	}
	for k, badges := range n {
		k.Badges = badges
		v.Hosts = append(v.Hosts, k)
	}
	slices.SortFunc(v.Hosts, func(x, y hostRow) int {
		return cmp.Or(cmp.Compare(y.Badges, x.Badges), cmp.Compare(x.Host, y.Host), cmp.Compare(x.Why, y.Why))
	})
	v.Hosts = v.Hosts[:min(len(v.Hosts), pageHosts)]
	v.Waiting = a.T("%d applications", res.Total)
	if res.Total > len(res.Hits) {
		v.Waiting += ", " + a.T("of which the %d that came last are read", len(res.Hits))
	}
	return nil
}

// hostAsked is the host that the answer which decided a verdict was asked of; a badge's
// issuer where that is not known. Of a host that names the applicant the mask leaves
// little, and nothing where it is not known what does.
func hostAsked(a *asked, d *verdict.Verdict, mask *record.Mask) string {
	for _, x := range d.Aspects.Each() {
		if x.State != verdict.Unknown || x.Reason != d.Reason {
			continue
		}
		for _, e := range x.Evidence {
			if host := hostOf(e.URL); host != "" {
				return cmp.Or(clean(mask.Text(host)), a.T("not shown"))
			}
		}
	}
	return cmp.Or(clean(mask.Text(hostOf(d.Credential.Issuer.ID))), a.T("not known"))
}

// operateForm does what an operator asks for on the page.
func (h *handler) operateForm(a *asked, posted url.Values) (*screen, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		if !slices.Contains([]string{"key", "do", "n", "one", "application", "label", "skill"}, name) || name != "n" && len(posted[name]) > 1 {
			return nil, badRequest("the form has no field %.32q, or more than one", name)
		}
	}
	do, numbers := posted.Get("do"), posted["n"]
	if one, number, ok := strings.Cut(posted.Get("one"), ":"); ok { // the button of one letter, whatever is chosen
		do, numbers = one, []string{number}
	}
	p := a.keep()
	n := 0
	switch do {
	case "map":
		skill := strings.TrimSpace(posted.Get("skill"))
		if skill == "" {
			return nil, badRequest("name the skill that it is")
		}
		return h.mapForm(a, posted.Get("label"), skill)
	case "unmap":
		return h.mapForm(a, posted.Get("label"), "")
	case "reprocess":
		application := strings.TrimSpace(posted.Get("application"))
		if application != "" && record.CheckToken("application", application) != nil {
			return nil, badRequest("application %v", record.ErrToken)
		}
		var err error
		if n, err = h.o.Operations.Reprocess(a.Context(), a.caller.Tenant, application, h.o.Now().UTC()); err != nil {
			return nil, err
		}
	case "retry", "drop":
		if len(numbers) == 0 || len(numbers) > pageLetters {
			return nil, badRequest("choose 1 to %d dead letters", pageLetters)
		}
		act := h.o.Operations.Retry
		if do == "drop" {
			act = h.o.Operations.Drop
		}
		for _, s := range numbers {
			number, err := strconv.ParseUint(s, 10, 64)
			if err != nil || number == 0 || number > maxNumber {
				return nil, badRequest("%.32q is no number of a dead letter", s)
			}
			if err := act(a.Context(), a.caller.Tenant, number); err != nil {
				h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " " + do, Count: n, Blind: true})
				return nil, err
			}
			n++
		}
	default:
		return nil, badRequest("do=%.32q is not reprocess, retry, drop, map or unmap", do)
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " " + do, Count: n, Blind: true})
	p.Set("said", do)
	p.Set("count", strconv.Itoa(n))
	a.see("/operations", p)
	return nil, nil
}

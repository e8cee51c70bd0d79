package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"assay/index/record"
	things "assay/index/web/kept"
	"assay/index/web/look"
)

// recordView is what the template "applicant" takes.
type recordView struct {
	Title, Sub, Number, Job string
	Candidate               string
	Applied, Checked        string
	Printed                 string
	Hidden                  bool
	Figures                 []figure
	Timelines               []timelineView
	Undated, Unfolded       int
	Profile                 profileView
	Kinds                   []kindView
	Counts, Not             []credentialView
	Left                    int // badges beyond what a record holds
	None                    string
	Links                   []linksView
	Unread                  []unreadView
	PlaceURL, CompareURL    string
	Exports                 []exportView
	Save                    bool // to a shortlist
	Lists                   []look.Choice
	Others                  []otherView
	MoreOthers, MoreLists   int // that are not shown
	Breadth                 []field
}

// figure is a number and what it counts.
type figure struct {
	Text string
	N    int
}

// exportView is a form in which a record leaves, and what it is for.
type exportView struct{ Text, Hint, URL string }

// otherView is another application of the same person.
type otherView struct{ URL, Text, When string }

// linksView are links that led to no badge, of one reason.
type linksView struct {
	Text string // how many, why, and what comes of it
	URLs []string
	More int
}

// unreadView are parts that were not read, of one reason.
type unreadView struct {
	Where []string
	More  int
	Why   string
}

// Bounds of what a page shows: of links of one reason, of a person's other applications,
// and of shortlists that are offered.
const (
	maxLinks      = 20
	maxOthers     = 8
	maxShortlists = 12
	fewUnread     = 3 // of one reason are listed by themselves; of more, so many are
)

func (h *handler) recordPage(a *asked) (*screen, error) {
	app, err := h.record(a)
	if err != nil {
		return nil, err
	}
	now, t := h.o.Now(), a.speaks
	v := &recordView{Title: a.called(app.DisplayName, app.ID), Number: clean(app.Application.Application), Job: jobOf(app.Job), Candidate: clean(app.Candidate), Hidden: app.hidden()}
	sub := slices.DeleteFunc([]string{v.Job}, func(s string) bool { return s == "" })
	if !app.AppliedAt.IsZero() {
		v.Applied = t.Date(app.AppliedAt)
		sub = append(sub, a.T("applied %s", v.Applied))
	}
	if !app.CheckedAt.IsZero() {
		v.Checked = t.Time(app.CheckedAt)
		sub = append(sub, a.T("checked %s", t.Ago(app.CheckedAt, now)))
	}
	v.Sub = strings.Join(sub, " · ")
	v.Printed = a.T("Record of application %[1]s, checked %[2]s", v.Number, v.Checked)
	holders := h.holders(a, app.whole)
	var spans []span
	for i := range app.Credentials {
		alone := holders[app.whole.Credentials[i].Verdict.Credential.Issuer.ID] == 1
		c := h.credentialOf(a, app.Application, i, alone, now)
		if c.State == look.Verified {
			v.Counts = append(v.Counts, c)
		} else {
			v.Not = append(v.Not, c)
		}
		d := &app.Credentials[i].Verdict.Credential
		spans = append(spans, span{Name: c.Name, State: c.State, From: d.Issued, To: d.Expires})
	}
	if !a.hides().dates {
		v.Timelines, v.Undated = timelinesOf(t, spans, now)
	}
	if len(v.Timelines) > 1 {
		v.Unfolded = len(v.Timelines[1].Rows)
	}
	p := shownBy(t, app, now)
	v.Profile, v.Kinds = p.picture(t, "kinds", ""), p.table(t)
	b := app.breadth(now.Unix())
	v.Left = max(record.CountsAt(app.whole, now.Unix()).Total()-len(app.Credentials), 0)
	v.Figures = []figure{{a.T("verified badges"), len(v.Counts)}, {a.T("issuers"), b.Issuers}, {a.T("skills proven"), b.Skills}, {a.T("not counted"), len(v.Not) + v.Left}}
	v.Breadth = breadthPairs(a, &b)
	v.Unread, v.Links = h.unreadOf(a, app.Unread), h.linksOf(a, app.NotFollowed)
	if len(app.Credentials) == 0 {
		v.None = nothingOf(a, app.Application)
	}
	h.ways(a, app, v)
	v.Others, v.MoreOthers = h.others(a, app)
	title := v.Title
	if v.Job != "" {
		title += ", " + v.Job
	}
	return &screen{name: "applicant", title: title, here: "/", view: v}, nil
}

// ways fills in where a reader may go from a record, as far as his rights go.
func (h *handler) ways(a *asked, app *shown, v *recordView) {
	id, keep := app.Application.Application, a.keep()
	v.PlaceURL = safeURL(h.placeOf(app.ID, id))
	p := a.keep()
	p.Set("a", id)
	v.CompareURL = to("/compare", p)
	if v.Save = h.o.Saved != nil && permit(a.caller, "POST /saved/lists") == nil; v.Save {
		v.Lists, v.MoreLists = h.shortlists(a)
	}
	if permit(a.caller, "/issuers") == nil && !a.hides().schools {
		for i := range v.Not {
			c := &v.Not[i]
			d := &app.Credentials[c.Number-1].Verdict
			if name := cmp.Or(d.Backing.Host, d.Credential.Issuer.Name); name != "" && !strings.Contains(name, record.Masked) {
				p := a.keep()
				p.Set("named", name)
				c.Decide = to("/issuers", p)
			}
		}
	}
	v.Exports = append(v.Exports, exportView{"JSON", a.T("all evidence"), to("/v1/applications/"+id, keep)})
	if a.caller.Rights.May(MayExport) {
		p := a.keep()
		p.Set("format", string(formCSV))
		v.Exports = append(v.Exports, exportView{"CSV", a.T("for a sheet"), to("/v1/applications/"+id, p)})
	}
	// What was submitted names who submits.
	if a.blind() || a.readsBlind() || h.o.Intake == nil || permit(a.caller, "/v1/applications/{id}/record") != nil {
		return
	}
	forms := []struct{ as, text, hint string }{{"ler-rs", "LER-RS", a.T("for HR systems")}, {"clr", "CLR", a.T("a learner record")}, {"zip", "ZIP", a.T("the originals")}}
	for _, f := range forms {
		if f.as != "zip" && h.o.Documents == nil {
			continue
		}
		p := a.keep()
		p.Del("blind")
		p.Set("as", f.as)
		v.Exports = append(v.Exports, exportView{f.text, f.hint, to("/v1/applications/"+id+"/record", p)})
	}
}

// shortlists are those that a reader may put somebody on; none where they cannot be had.
func (h *handler) shortlists(a *asked) (out []look.Choice, more int) {
	kept, err := h.visible(a)
	if err != nil {
		return nil, 0
	}
	return shortlistsOf(kept)
}

// shortlistsOf are those among what is kept, and how many more there are.
func shortlistsOf(kept []*things.Thing) (out []look.Choice, more int) {
	for _, t := range kept {
		switch {
		case t.List == nil:
		case len(out) == maxShortlists:
			more++
		default:
			out = append(out, look.Choice{Code: t.ID, Text: clipped(clean(t.Name), longName)})
		}
	}
	return out, more
}

// others finds other applications of the same person: those that hold a badge of this
// one, and whose addresses say that they are the person's. What cannot be had is left
// out: it is a help only.
func (h *handler) others(a *asked, app *shown) (out []otherView, more int) {
	keys := app.whole.Keys()
	if len(keys) == 0 || len(app.whole.Persons) == 0 {
		return nil, 0
	}
	held, err := h.o.Engine.Holders(a.Context(), a.caller.Tenant, keys)
	if err != nil {
		return nil, 0
	}
	tries := 0
	for i := range held {
		if held[i].Application == app.whole.Application || app.whole.Other(&held[i]) {
			continue
		}
		if tries++; tries > maxOthers { // also those that cannot be read cost a question each
			more++
			continue
		}
		other, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, held[i].Application)
		if err != nil {
			continue
		}
		name, job := other.Application, other.Job
		if a.blind() {
			mask := record.MaskOf(other)
			name, job = other.Reference(mask), mask.Text(job)
		}
		o := otherView{URL: recordURL(a, name), Text: cmp.Or(jobOf(job), clean(name))}
		if !other.AppliedAt.IsZero() {
			o.When = a.speaks.Month(other.AppliedAt)
		}
		out = append(out, o)
	}
	return out, more
}

func breadthPairs(a *asked, b *record.Breadth) []field {
	month := func(at time.Time) string {
		if at.IsZero() {
			return "–"
		}
		return a.speaks.Month(at)
	}
	n := a.speaks.Number
	return []field{{a.T("Soft skills"), n(b.SoftSkills)}, {a.T("Fields of work"), n(b.Domains)}, {a.T("Years in a row with a badge"), n(b.Years)},
		{a.T("First"), month(b.First)}, {a.T("Newest"), month(b.Last)}, {a.T("Next expiry"), month(b.NextExpiry)}}
}

func jobOf(job string) string { return clean(strings.ReplaceAll(job, "-", " ")) }

// linksOf gathers links that led to no badge by their reasons.
func (h *handler) linksOf(a *asked, links []record.Link) []linksView {
	type kind struct {
		reason  string
		pending bool
	}
	var order []kind
	counts, urls := map[kind]int{}, map[kind][]string{}
	for _, l := range links {
		k := kind{l.Reason, l.Pending}
		if counts[k] == 0 {
			order = append(order, k)
		}
		counts[k] += 1 + l.More
		if l.URL != "" && len(urls[k]) < maxLinks {
			urls[k] = append(urls[k], clean(l.URL))
		}
	}
	var out []linksView
	for _, k := range order {
		v := linksView{Text: a.T("%d links", counts[k]) + ": " + a.T(cmp.Or(h.o.Link(k.reason), capital(words(k.reason))+".")), URLs: urls[k]}
		if k.pending {
			v.Text += " " + a.T("Asked again later.")
		}
		if len(v.URLs) > 0 {
			v.More = counts[k] - len(v.URLs)
		}
		out = append(out, v)
	}
	return out
}

// nothingOf says of an application without a badge how far that is known.
func nothingOf(a *asked, app *record.Application) string {
	all, pending := app.LinksOf()
	switch {
	case pending > 0:
		return a.T("No badge was found yet: %d links that may lead to one could not be asked, and are asked again.", pending)
	case all > 0:
		return a.T("No badge was found in what was read; %d links led to none, or were not followed.", all)
	case len(app.Unread) > 0:
		return a.T("No badge was found in what could be read.")
	}
	return a.T("No badge was found in this application.")
}

// unreadOf gives a line for each part that was not read, and one for many that
// were not for one reason.
func (h *handler) unreadOf(a *asked, unread []record.Unread) (lines []unreadView) {
	for _, group := range record.UnreadGroups(unread) {
		why := a.T(cmp.Or(h.o.Unread(group[0].Reason), words(group[0].Reason)))
		if d := group[0].Detail; d != "" {
			why += " (" + clean(d) + ")"
		}
		v := unreadView{Why: why, More: max(len(group)-fewUnread, 0)}
		for _, u := range group[:min(len(group), fewUnread)] {
			v.Where = append(v.Where, strings.ReplaceAll(clean(u.Where), " > ", " › "))
		}
		lines = append(lines, v)
	}
	return lines
}

// placeOf is where the hiring system has an application; "" where nobody says, and for one
// that goes by the id of its document, as its own tells who applies.
func (h *handler) placeOf(id, application string) string {
	if id == application {
		return ""
	}
	return record.URLOf(h.o.ApplicationURL, application)
}

package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	things "assay/index/web/kept"
	"assay/index/web/look"
)

// savedView is the view of the template "saved".
type savedView struct {
	Sub          string
	Anything     bool
	Nowhere      bool // this server has no queue, in which it would lie
	Token        *newFeedView
	Put          *putView
	Lists        []savedListView
	Searches     []savedSearchView
	Choose       bool // applicants can be compared
	Tray         *trayView
	Keep, Search string // the query of every form, and where a search begins
}

// newFeedView is a feed whose token is shown this once.
type newFeedView struct{ Name, Atom, JSON string }

// putView are applicants whom a reader has chosen elsewhere, and the shortlists that
// they can go on.
type putView struct {
	Count string
	IDs   []string
	Lists []look.Choice

	MoreLists int // that are not shown
}

// savedTop is what a list and a search have alike.
type savedTop struct {
	ID, Name, URL, Whose string
	Mine                 bool // the reader may change it
	Shared, Skipped      bool
	Hidden               bool // it asks for what is hidden
	OpenURL              string
	Since                string
	Count                int
}

type savedListView struct {
	savedTop
	Added    int
	Changes  []changeView
	People   []listedView
	Compare  string
	Exports  []look.Link
	NoChange string
	Left     string // what is not compared
}

type changeView struct {
	State      look.State
	Badge, URL string
	Text       string
}

type listedView struct {
	ID, Name, URL, Sub, Place string
	New                       bool
}

type savedSearchView struct {
	savedTop
	New      int
	Tags     []string
	Alert    string
	How      string // the choice that is made
	Mail     string
	Hooks    []hookChoice
	Operates bool
	Tells    bool // anybody is told of what is new
	Mails    bool // by e-mail, too
	Feeds    []feedView
}

type hookChoice struct {
	ID, URL string
	On      bool
}

type feedView struct{ Digest, Text string }

// savedPage shows what is kept.
func (h *handler) savedPage(a *asked) (*screen, error) { return h.savedScreen(a, nil) }

func (h *handler) savedScreen(a *asked, token *newFeedView) (*screen, error) {
	keep := ""
	if p := a.keep(); len(p) > 0 {
		keep = "?" + p.Encode()
	}
	if h.o.Saved == nil {
		return &screen{name: "saved", status: http.StatusNotImplemented, title: a.T("Saved"), here: "/saved", view: &savedView{Nowhere: true, Search: "/" + keep}}, nil
	}
	all, err := h.visible(a)
	if err != nil {
		return nil, err
	}
	openFirst(all, a.p.Get("open"))
	v := &savedView{Token: token, Anything: len(all) > 0, Keep: keep, Search: "/" + keep}
	if ids := a.p["a"]; len(ids) > things.MaxEntries {
		return nil, badRequest("%s", things.ErrFull.Error())
	} else if len(ids) > 0 && permit(a.caller, "POST /saved/lists") == nil {
		v.Put = &putView{Count: strconv.Itoa(len(ids)), IDs: ids}
		v.Put.Lists, v.Put.MoreLists = shortlistsOf(all)
	}
	var hooks []Webhook
	if h.o.Webhooks != nil && a.caller.Rights.May(MayOperate) && slices.ContainsFunc(all, func(t *things.Thing) bool { return t.Search != nil }) {
		if hooks, err = h.o.Webhooks.Webhooks(a.Context(), a.caller.Tenant); err != nil {
			return nil, err
		}
	}
	b, fresh, changes, people, skipped, own := newBudget(savedPeople, savedSearches), 0, 0, 0, 0, true
	mayCompare := permit(a.caller, "/compare") == nil
	var since time.Time
	for _, t := range all {
		n, err := h.newsOf(a, t, b)
		if err != nil {
			return nil, err
		}
		fresh, changes, people = fresh+len(n.fresh), changes+len(n.changes), people+len(n.people)
		if n.Skipped && !n.Hidden {
			skipped++
		}
		own = own && (n.Own || n.Since.IsZero())
		if !n.Since.IsZero() && (since.IsZero() || n.Since.Before(since)) {
			since = n.Since
		}
		if t.List != nil {
			v.Lists = append(v.Lists, h.listView(a, n))
		} else {
			v.Searches = append(v.Searches, h.savedSearch(a, n, hooks))
		}
	}
	if v.Choose = mayCompare && people > 1; v.Choose {
		v.Tray = &trayView{Compare: "/compare", Keep: a.keepFields()}
	}
	if !a.blind() {
		h.seen(a, people)
	}
	s := &screen{name: "saved", title: a.T("Saved"), here: "/saved", view: v}
	if !since.IsZero() {
		date, who, what := a.speaks.Date(since), a.T("%d new applicants", fresh), a.T("%d changes", changes)
		if own {
			v.Sub = a.T("since your last look on %s: %s, %s", date, who, what)
		} else { // of what is shared, its owner's
			v.Sub = a.T("since the last look on %s: %s, %s", date, who, what)
		}
		if skipped > 0 {
			v.Sub += "; " + a.T("%d shortlists and searches were not looked at", skipped)
		}
		s.title = a.T("Saved: %d new, %s", fresh, a.T("%d changes", changes))
	}
	return s, nil
}

// openFirst puts what was asked for by its id first, so that nothing else leaves no room
// for it.
func openFirst(all []*things.Thing, id string) {
	slices.SortStableFunc(all, func(x, y *things.Thing) int {
		switch {
		case x.ID == id && y.ID != id:
			return -1
		case y.ID == id && x.ID != id:
			return 1
		}
		return 0
	})
}

// topView is what a list and a search show alike.
func (h *handler) topView(a *asked, n *news) savedTop {
	v := savedTop{ID: n.ID, Name: clean(n.Name), Mine: a.mayChange(n.Thing), Shared: n.Shared, Skipped: n.Skipped, Hidden: n.Hidden, OpenURL: h.openURL(a, n.Thing)}
	switch {
	case n.Owner != a.who():
		v.Whose = a.T("shared by %s", clean(n.Owner))
	case n.Shared:
		v.Whose = a.T("shared with your team")
	default:
		v.Whose = a.T("only you")
	}
	if !n.Since.IsZero() {
		v.Since = a.speaks.Date(n.Since)
	}
	return v
}

func (h *handler) listView(a *asked, n *news) savedListView {
	v := savedListView{savedTop: h.topView(a, n)}
	v.Count, v.URL = len(n.List.Entries), v.OpenURL
	for _, c := range n.changes {
		v.Changes = append(v.Changes, h.changeView(a, &c))
	}
	compare := a.keep()
	for i := range n.people {
		x := &n.people[i]
		sub := []string{}
		if job := clean(x.mask.Text(strings.ReplaceAll(x.doc.Job, "-", " "))); job != "" {
			sub = append(sub, job)
		}
		sub = append(sub, a.T("added by %s, %s", clean(x.By), a.speaks.Date(x.Added)))
		p := listedView{ID: x.doc.ID, Name: h.nameTo(a, x), URL: recordURL(a, x.doc.Reference(x.mask)), Sub: strings.Join(sub, " · "), New: x.New}
		p.Place = h.placeOf(x.doc.ID, x.doc.Reference(x.mask))
		if x.New {
			v.Added++
		}
		v.People = append(v.People, p)
		if i < mostCompared {
			compare.Add("a", x.doc.Reference(x.mask))
		}
	}
	if n := len(n.people); n >= 2 && n <= mostCompared && permit(a.caller, "/compare") == nil {
		v.Compare = to("/compare", compare)
	}
	if len(n.changes) == 0 && n.compared > 0 { // nothing is where it was not looked at
		v.NoChange = a.T("No change in %d badges since %s.", n.compared, v.Since)
	}
	if n.left > 0 {
		v.Left = a.T("%d badges are not compared: of an applicant %s are.", n.left, a.speaks.Number(things.MaxBadges))
	}
	if a.caller.Rights.May(MayExport) && v.Count > 0 {
		for _, f := range []fileForm{formCSV, formJSON} {
			p := a.keep()
			p.Set("format", string(f))
			v.Exports = append(v.Exports, look.Link{Text: strings.ToUpper(string(f)), URL: to("/saved/"+n.ID+"/export", p)})
		}
	}
	return v
}

// mostCompared is how many applicants are compared side by side.
const mostCompared = 4

// nameTo is how an applicant is called to the reader.
func (h *handler) nameTo(a *asked, x *listed) string {
	return a.called(x.doc.DisplayName, x.doc.ID)
}

// changeView says how a badge stands now, and since when it does not as it did.
func (h *handler) changeView(a *asked, c *turn) changeView {
	x, who := c.of, h.nameTo(a, c.of)
	if c.gone > 0 {
		v := changeView{Badge: a.T("%d badges", c.gone), URL: recordURL(a, x.doc.Reference(x.mask)), Text: a.T("of %s: gone from the record.", who)}
		if c.was == look.Verified {
			v.Text = a.T("of %s: gone from the record, verified until then.", who)
		}
		return v
	}
	name := clean(x.doc.BadgeName(x.mask, c.badge))
	if name == "" {
		name = a.T("A badge without a name")
	}
	v := changeView{State: c.now, Badge: name, URL: recordURL(a, x.doc.Reference(x.mask)) + "#b" + strconv.Itoa(c.badge+1)}
	switch e := x.doc.Credentials[c.badge].Verdict.Credential.Expires; {
	case c.now == look.Verified && c.was == "":
		v.Text = a.T("of %s is new, and verified.", who)
	case c.now == look.Verified:
		v.Text = a.T("of %s was “%s” and is verified now.", who, a.T(c.was.Word()))
	case c.now == look.Expired && !e.IsZero() && !a.hides().dates:
		v.Text = a.T("of %s ran out on %s. Ask for a renewal.", who, a.speaks.Date(e))
	case c.now == look.Expired:
		v.Text = a.T("of %s ran out. Ask for a renewal.", who)
	case c.now == look.Revoked:
		v.Text = a.T("of %s was taken back by its issuer.", who)
	case c.now == look.Suspended:
		v.Text = a.T("of %s was suspended by its issuer.", who)
	case c.now == look.Gone:
		v.Text = a.T("of %s is no longer at its issuer’s host, and does not count.", who)
	case c.now == look.Blocked:
		v.Text = a.T("of %s does not count: you have blocked its issuer.", who)
	case c.now == look.Altered:
		v.Text = a.T("of %s is not what its issuer signed, or not its issuer’s, and does not count.", who)
	case c.now == look.Void:
		v.Text = a.T("of %s does not hold, and does not count.", who)
	default:
		v.Text = a.T("of %s was verified and is “%s” now: it does not count.", who, a.T(c.now.Word()))
	}
	return v
}

// offered reports whether the way in which somebody is told can be chosen.
func (v *savedSearchView) offered() bool {
	switch {
	case !v.Tells:
		return false
	case !v.Operates:
		return true
	case v.How == "mail":
		return v.Mails
	}
	return v.How == "hook" && slices.ContainsFunc(v.Hooks, func(c hookChoice) bool { return c.On })
}

func (h *handler) savedSearch(a *asked, n *news, hooks []Webhook) savedSearchView {
	v := savedSearchView{savedTop: h.topView(a, n), New: len(n.fresh), Operates: a.caller.Rights.May(MayOperate), Tells: h.tells(), Mails: h.mails()}
	if n.found != nil {
		v.Count = n.found.total
	}
	p, err := url.ParseQuery(n.Search.Query)
	if err != nil {
		p = url.Values{}
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		for _, value := range p[name] {
			if name == "q" {
				v.Tags = slices.Insert(v.Tags, 0, clean(value))
			} else {
				v.Tags = append(v.Tags, clean(name)+" "+clean(value))
			}
		}
	}
	for name, values := range a.keep() {
		p[name] = values
	}
	v.URL = to("/", p)
	x := n.Search.Alert
	switch {
	case x == nil:
		v.Alert, v.How = a.T("nobody is told"), "none"
	case x.Mail != "":
		v.Alert, v.How, v.Mail = a.T("e-mail to %s", clean(x.Mail)), "mail", clean(x.Mail)
	case x.Hook != "":
		v.Alert, v.How = a.T("a webhook is told"), "hook"
	default:
		v.Alert, v.How = a.T("to be told once a day; who operates assay has yet to say where"), "daily"
	}
	if x != nil && !v.Operates {
		v.Mail = "" // an address is a person's
		if x.Mail != "" {
			v.Alert = a.T("e-mail, once a day at most")
		}
	}
	if x != nil && !x.Sent.IsZero() {
		v.Alert += ", " + a.T("last on %s", a.speaks.Date(x.Sent))
	}
	switch {
	case x == nil || x.Error == "":
	case v.Operates:
		v.Alert += ", " + a.T("the last try failed: %s", clean(x.Error))
	default: // what a mail server says names an address
		v.Alert += ", " + a.T("the last try failed")
	}
	for _, w := range hooks {
		v.Hooks = append(v.Hooks, hookChoice{w.ID, clean(w.URL), x != nil && x.Hook == w.ID})
	}
	if !v.offered() {
		v.How = "none"
	}
	for _, f := range n.Search.Feeds {
		if f.By == a.who() || v.Mine {
			v.Feeds = append(v.Feeds, feedView{f.Digest, a.T("made by %s on %s", clean(f.By), a.speaks.Date(f.At))})
		}
	}
	return v
}

package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	things "assay/index/web/kept"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// budget bounds what one request looks at of what is kept.
type budget struct{ people, searches int }

func newBudget(people, searches int) *budget { return &budget{people, searches} }

// Budgets of the page of what is kept, and of the start page, which tells of it by the way.
const (
	savedPeople, savedSearches = 400, 24
	startPeople, startSearches = 60, 6
	startTime                  = 2 * time.Second
)

// finding is those whom a search finds by the question as it stands, who applied last
// first.
type finding struct {
	hits  []index.Hit // things.MaxSeen at most
	total int
	again func(context.Context) (*finding, error) // asks anew
}

// findSaved asks a search that is kept.
func (h *handler) findSaved(ctx context.Context, tenant, question string, x hides) (*finding, error) {
	p, err := parameters("/", question)
	if err != nil {
		return nil, err
	}
	for _, name := range passing {
		p.Del(name)
	}
	if !x.names {
		p.Set("blind", "off")
	}
	p.Set("sort", string(query.SortRecency))
	q, err := h.searchOf(p, x, nil, true)
	if err != nil {
		return nil, err
	}
	q.Size = things.MaxSeen
	res, err := h.o.Engine.Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	again := func(ctx context.Context) (*finding, error) { return h.findSaved(ctx, tenant, question, x) }
	return &finding{res.Hits, res.Total, again}, nil
}

// forgetErased takes those out of a search again who were erased between the look at the
// index and its writing: an erasure looks here after it has emptied the index.
func (h *handler) forgetErased(ctx context.Context, tenant, id string, f *finding) error {
	now, err := f.again(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for i := range now.hits {
		there[now.hits[i].ID] = true
	}
	var gone []string
	for i := range f.hits {
		if x := f.hits[i].ID; !there[x] {
			if _, err := h.o.Engine.Version(ctx, tenant, x); errors.Is(err, index.ErrErased) || errors.Is(err, index.ErrNotFound) {
				gone = append(gone, x)
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err = h.o.Saved.Change(ctx, tenant, id, func(t *things.Thing) error {
		for _, x := range gone {
			t.Forget(x)
		}
		return nil
	})
	return unsaved(err)
}

// ids gives them as what is seen of them is kept.
func (f *finding) ids() []string {
	var all []string
	for i := range f.hits {
		all = append(all, things.Short(f.hits[i].ID))
	}
	return all
}

// look is what is kept of a look at them.
func (f *finding) look(now time.Time) things.Look {
	l := things.Look{At: now.UTC().Truncate(time.Second), Seen: map[string]string{}, More: f.total > len(f.hits)}
	for _, id := range f.ids() {
		l.Seen[id] = ""
	}
	return l
}

// fresh gives those who were not seen. Where more were found than are kept, an applicant
// whose application is older than the look was among them.
func (f *finding) fresh(seen func(string) bool, more bool, at time.Time) []index.Hit {
	var all []index.Hit
	for i := range f.hits {
		if x := &f.hits[i]; !seen(things.Short(x.ID)) && (!more || x.AppliedAt.After(at)) {
			all = append(all, *x)
		}
	}
	return all
}

// news is what is new in a thing since its reader's last look, or where he had none, its
// owner's.
type news struct {
	*things.Thing
	Hidden   bool // it was not looked at: it asks for what is hidden
	Skipped  bool // it was not looked at: there is too much, or it is Hidden
	Since    time.Time
	Own      bool // it is since the reader's own look
	found    *finding
	fresh    []index.Hit
	people   []listed
	changes  []turn
	compared int // badges
	left     int // badges beyond those whose states are kept
}

// listed is an applicant on a shortlist.
type listed struct {
	things.Entry
	doc  *record.Application
	mask *record.Mask
	New  bool // was put there since
}

// turn is a badge that stands otherwise than it did, or badges that are gone.
type turn struct {
	of       *listed
	badge    int // of the document's
	was, now look.State
	gone     int // badges that the record has no more
}

// told are the states whose coming is told, as they change what an applicant can prove; of
// a badge that was verified every other one is.
var told = []look.State{look.Verified, look.Expired, look.Revoked, look.Suspended, look.Gone, look.Blocked, look.Void, look.Altered}

// newsOf looks at a thing, where that is within the budget.
func (h *handler) newsOf(a *asked, t *things.Thing, b *budget) (*news, error) {
	n := &news{Thing: t}
	last, ok := t.Looks[a.who()]
	if !ok {
		last, ok = t.Looks[t.Owner]
	}
	_, n.Own = t.Looks[a.who()]
	n.Since = last.At
	if t.Search != nil {
		if b.searches == 0 {
			n.Skipped = true
			return n, nil
		}
		b.searches--
		f, err := h.findSaved(a.Context(), a.caller.Tenant, t.Search.Query, a.hides())
		if syntax := (*query.SyntaxError)(nil); errors.As(err, &syntax) && (syntax.Kind == query.WrongIssuer || syntax.Kind == query.WrongDated) {
			b.searches++ // the index was not asked
			n.Skipped, n.Hidden = true, true
			return n, nil
		}
		if err != nil {
			return nil, err
		}
		n.found = f
		if ok {
			n.fresh = f.fresh(func(id string) bool { _, ok := last.Seen[id]; return ok }, last.More, last.At)
		}
		return n, nil
	}
	if len(t.List.Entries) > b.people {
		n.Skipped = true
		return n, nil
	}
	b.people -= len(t.List.Entries)
	for _, e := range t.List.Entries {
		doc, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, e.ID)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			continue // it is being erased
		}
		if err != nil {
			return nil, err
		}
		x := listed{Entry: e, doc: doc, mask: &record.Mask{}}
		if a.blind() {
			x.mask = record.MaskOf(doc)
		}
		was, known := last.Seen[things.Short(e.ID)]
		x.New = ok && !known
		n.people = append(n.people, x)
		if known {
			n.compare(&x, things.Was(was), h.o.Now())
		}
	}
	return n, nil
}

// standing gives an applicant's badges with the states that they are shown in, those that
// count first: of too many they are those that are kept.
func standing(doc *record.Application, now time.Time) []things.Badge {
	var all []things.Badge
	for i := range doc.Credentials {
		b := things.Badge{Key: keyOfBadge(&doc.Credentials[i].Verdict), State: string(badgeState(&doc.Credentials[i].Verdict, now))}
		if !slices.ContainsFunc(all, func(x things.Badge) bool { return x.Key == b.Key }) {
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(x, y things.Badge) int {
		switch verified := string(look.Verified); {
		case x.State == verified && y.State != verified:
			return -1
		case y.State == verified && x.State != verified:
			return 1
		}
		return 0
	})
	return all
}

// keyOfBadge knows a badge again: by its id, for one that is gone at its host has no name any
// more.
func keyOfBadge(v *verdict.Verdict) string {
	c := &v.Credential
	if c.ID != "" {
		return things.BadgeKey(c.ID, "", "")
	}
	return things.BadgeKey("", c.Name, stamp(c.Issued))
}

// compare notes the badges of an applicant that stand otherwise than they did, those that
// are new and verified, and how many are gone.
func (n *news) compare(x *listed, was map[string]string, now time.Time) {
	full := len(was) >= things.MaxBadges // of more than those nothing is known
	done := map[string]bool{}
	for i := range x.doc.Credentials {
		key := keyOfBadge(&x.doc.Credentials[i].Verdict)
		if done[key] {
			continue
		}
		done[key] = true
		if _, known := was[key]; !known && full {
			n.left++
			continue
		}
		n.compared++
		is, before := badgeState(&x.doc.Credentials[i].Verdict, now), look.State(was[key])
		if is == before || before != look.Verified && !slices.Contains(told, is) || before == "" && is != look.Verified {
			continue
		}
		n.changes = append(n.changes, turn{of: x, badge: i, was: before, now: is})
	}
	gone := map[bool]int{} // by whether they were verified
	for key, before := range was {
		if !done[key] {
			n.compared++
			gone[look.State(before) == look.Verified]++
		}
	}
	if k := gone[true]; k > 0 {
		n.changes = append(n.changes, turn{of: x, was: look.Verified, gone: k})
	}
	if k := gone[false]; k > 0 {
		n.changes = append(n.changes, turn{of: x, gone: k})
	}
}

// since gives what is new in what the caller keeps since it was looked at last; nothing
// where nothing is kept here. It takes no longer than the start page can wait.
func (h *handler) since(a *asked) ([]sinceView, error) {
	if h.o.Saved == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(a.Context(), startTime)
	defer cancel()
	own := *a
	own.Request = a.WithContext(ctx)
	all, err := h.visible(&own)
	if err != nil {
		return nil, err
	}
	var out []sinceView
	b, skipped := newBudget(startPeople, startSearches), 0
	for _, t := range all {
		n, err := h.newsOf(&own, t, b)
		if err != nil && ctx.Err() != nil && a.Context().Err() == nil {
			n, err = &news{Thing: t, Skipped: true}, nil
		}
		if err != nil {
			return nil, err
		}
		if n.Skipped && !n.Hidden {
			skipped++
		}
		if len(n.fresh)+len(n.changes) > 0 {
			s := sinceView{Text: clean(t.Name), URL: h.openURL(a, t)}
			if len(n.fresh) > 0 {
				s.New = a.T("%d new", len(n.fresh))
			} else {
				s.New = a.T("%d changes", len(n.changes))
			}
			out = append(out, s)
		}
	}
	if skipped > 0 {
		out = append(out, sinceView{Text: a.T("%d shortlists and searches were not looked at", skipped), URL: to("/saved", a.keep())})
	}
	return out, nil
}

// openURL is the page of what is kept with one thing first.
func (h *handler) openURL(a *asked, t *things.Thing) string {
	p := a.keep()
	p.Set("open", t.ID)
	return to("/saved", p) + "#s-" + t.ID
}

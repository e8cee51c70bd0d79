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

func newBudget() *budget { return &budget{people: 400, searches: 24} }

// finding is those whom a search finds by the question as it stands, who applied last
// first.
type finding struct {
	hits  []index.Hit // things.MaxSeen at most
	total int
}

// findSaved asks a search that is kept.
func (h *handler) findSaved(ctx context.Context, tenant, question string, blind bool) (*finding, error) {
	p, err := parameters("/", question)
	if err != nil {
		return nil, err
	}
	for _, name := range passing {
		p.Del(name)
	}
	if !blind {
		p.Set("blind", "off")
	}
	p.Set("sort", string(query.SortRecency))
	q, err := h.searchOf(p, nil, true)
	if err != nil {
		return nil, err
	}
	q.Size = things.MaxSeen
	res, err := h.o.Engine.Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	return &finding{res.Hits, res.Total}, nil
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
	Skipped bool // it was not looked at: there is too much
	Since   time.Time
	found   *finding
	fresh   []index.Hit
	people  []listed
	changes []turn
}

// listed is an applicant on a shortlist.
type listed struct {
	things.Entry
	doc  *record.Application
	mask *record.Mask
	New  bool // was put there since
}

// turn is a badge that stands otherwise than it did.
type turn struct {
	of       *listed
	badge    int // of the document's
	was, now look.State
}

// told are the states whose coming is told, as they change what an applicant can prove.
var told = []look.State{look.Verified, look.Expired, look.Revoked, look.Suspended, look.Gone, look.Blocked, look.Void, look.Altered}

// newsOf looks at a thing, where that is within the budget.
func (h *handler) newsOf(a *asked, t *things.Thing, b *budget) (*news, error) {
	n := &news{Thing: t}
	last, ok := t.Looks[a.who()]
	if !ok {
		last, ok = t.Looks[t.Owner]
	}
	n.Since = last.At
	if t.Search != nil {
		if b.searches--; b.searches < 0 {
			n.Skipped = true
			return n, nil
		}
		f, err := h.findSaved(a.Context(), a.caller.Tenant, t.Search.Query, a.blind())
		if err != nil {
			return nil, err
		}
		n.found = f
		if ok {
			n.fresh = f.fresh(func(id string) bool { _, ok := last.Seen[id]; return ok }, last.More, last.At)
		}
		return n, nil
	}
	if b.people -= len(t.List.Entries); b.people < 0 {
		n.Skipped = true
		return n, nil
	}
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
			n.changes = append(n.changes, changesOf(&x, things.Was(was), h.o.Now())...)
		}
	}
	return n, nil
}

// standing gives an applicant's badges with the states that they are shown in.
func standing(doc *record.Application, now time.Time) []things.Badge {
	var all []things.Badge
	for i := range doc.Credentials {
		b := things.Badge{Key: keyOfBadge(&doc.Credentials[i].Verdict), State: string(badgeState(&doc.Credentials[i].Verdict, now))}
		if !slices.ContainsFunc(all, func(x things.Badge) bool { return x.Key == b.Key }) {
			all = append(all, b)
		}
	}
	return all
}

func keyOfBadge(v *verdict.Verdict) string {
	c := &v.Credential
	return things.BadgeKey(c.ID, c.Name, stamp(c.Issued))
}

// changesOf gives the badges of an applicant that stand otherwise than they did, and those
// that are new and verified.
func changesOf(x *listed, was map[string]string, now time.Time) []turn {
	var all []turn
	done := map[string]bool{}
	for i := range x.doc.Credentials {
		key := keyOfBadge(&x.doc.Credentials[i].Verdict)
		if done[key] {
			continue
		}
		done[key] = true
		is, before := badgeState(&x.doc.Credentials[i].Verdict, now), look.State(was[key])
		if is == before || !slices.Contains(told, is) || before == "" && is != look.Verified {
			continue
		}
		if before == "" && len(was) >= things.MaxBadges {
			continue // it was there, perhaps, beyond those that are kept
		}
		all = append(all, turn{x, i, before, is})
	}
	return all
}

// since gives what is new in what the caller keeps since he looked last; nothing where
// nothing is kept here.
func (h *handler) since(a *asked) ([]sinceView, error) {
	if h.o.Saved == nil {
		return nil, nil
	}
	all, err := h.visible(a)
	if err != nil {
		return nil, err
	}
	var out []sinceView
	b := newBudget()
	for _, t := range all {
		n, err := h.newsOf(a, t, b)
		if err != nil {
			return nil, err
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
	return out, nil
}

// openURL is the page of what is kept with one thing first.
func (h *handler) openURL(a *asked, t *things.Thing) string {
	p := a.keep()
	p.Set("open", t.ID)
	return to("/saved", p) + "#s-" + t.ID
}

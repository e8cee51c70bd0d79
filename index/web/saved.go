package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	things "assay/index/web/kept"
)

// Saved is where shortlists and searches lie that recruiters keep: ingest.Saved, which
// this package may not know. Its errors are those of package kept.
type Saved interface {
	// All gives what a tenant keeps, with "" all tenants, oldest first.
	All(ctx context.Context, tenant string) ([]*things.Thing, error)
	// Add keeps one thing more, and gives it its id.
	Add(ctx context.Context, t *things.Thing) error
	// Change has f change a thing, again where somebody else has changed it meanwhile.
	Change(ctx context.Context, tenant, id string, f func(*things.Thing) error) (*things.Thing, error)
	// Remove keeps a thing no longer.
	Remove(ctx context.Context, tenant, id string) error
	// Feed gives the search that a feed reads, by the digest of its token.
	Feed(ctx context.Context, digest string) (*things.Thing, error)
}

// Holds tells what a caller may do who is not asking, by his name; known is false where
// that cannot be told.
type Holds func(tenant, name string) (rights Rights, known bool)

// keepRoutes are those of what recruiters keep.
func (h *handler) keepRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /saved", h.page("/saved", h.savedPage))
	mux.HandleFunc("POST /saved/lists", h.form("POST /saved/lists", h.saveList))
	mux.HandleFunc("POST /saved/searches", h.form("POST /saved/searches", h.saveSearch))
	mux.HandleFunc("POST /saved/seen", h.form("POST /saved/seen", h.allSeen))
	mux.HandleFunc("POST /saved/{id}", h.form("POST /saved/{id}", h.doSaved))
	mux.HandleFunc("GET /saved/{id}/export", h.api("/saved/{id}/export", h.exportSaved))
	mux.HandleFunc("GET "+feedRoute+"{feed}", h.feed)
}

// errNoSaved: the server has no queue, in which it would lie.
var errNoSaved = &DoorError{Kind: KindNoDoor, Detail: "it keeps no shortlists and searches: assay serve does, or assay web with --nats"}

// unsaved says to the caller what is wrong with what he wants kept.
func unsaved(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, things.ErrNone):
		return errNothing
	case errors.Is(err, things.ErrOthers):
		return &rightError{MayOperate}
	case errors.Is(err, things.ErrAway):
		return &DoorError{Kind: KindAway, Err: err}
	}
	for _, bad := range []error{things.ErrMany, things.ErrName, things.ErrFull, things.ErrFeeds, things.ErrQuery, things.ErrLarge} {
		if errors.Is(err, bad) {
			return badRequest("%s", bad.Error())
		}
	}
	return err
}

// who is the name under which a caller keeps things.
func (a *asked) who() string { return cmp.Or(a.caller.Name, operatorName) }

// mayChange reports whether a caller may do with a thing what its owner may: he, and of
// what is shared, who operates.
func (a *asked) mayChange(t *things.Thing) bool {
	return t.Sees(a.who()) && (t.Owner == a.who() || a.caller.Rights.May(MayOperate))
}

// visible gives what a caller may see of what is kept.
func (h *handler) visible(a *asked) ([]*things.Thing, error) {
	if h.o.Saved == nil {
		return nil, errNoSaved
	}
	all, err := h.o.Saved.All(a.Context(), a.caller.Tenant)
	if err != nil {
		return nil, unsaved(err)
	}
	return slices.DeleteFunc(all, func(t *things.Thing) bool { return !t.Sees(a.who()) }), nil
}

// change has f change a thing that the caller sees.
func (h *handler) change(a *asked, id string, f func(*things.Thing) error) (*things.Thing, error) {
	if h.o.Saved == nil {
		return nil, errNoSaved
	}
	t, err := h.o.Saved.Change(a.Context(), a.caller.Tenant, id, func(t *things.Thing) error {
		if !t.Sees(a.who()) {
			return things.ErrNone
		}
		return f(t)
	})
	return t, unsaved(err)
}

// asOwner is change of what the owner alone may.
func (h *handler) asOwner(a *asked, id string, f func(*things.Thing) error) (*things.Thing, error) {
	return h.change(a, id, func(t *things.Thing) error {
		if !a.mayChange(t) {
			return things.ErrOthers
		}
		return f(t)
	})
}

// seeSaved leads back to the page, to a thing where id is not "".
func (h *handler) seeSaved(a *asked, id string) (*screen, error) {
	p := a.keep()
	if id != "" {
		p.Set("open", id)
	}
	a.see("/saved", p)
	return nil, nil
}

// saveList puts applicants on a shortlist, or on a new one.
func (h *handler) saveList(a *asked, posted url.Values) (*screen, error) {
	if h.o.Saved == nil {
		return nil, errNoSaved
	}
	if len(posted["a"]) > things.MaxEntries {
		return nil, badRequest("%s", things.ErrFull.Error())
	}
	now := h.o.Now().UTC().Truncate(time.Second)
	var docs []*record.Application
	for _, name := range posted["a"] {
		doc, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, name)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	put := func(t *things.Thing) error {
		if t.List == nil {
			return things.ErrNone
		}
		// Whoever has not looked yet goes on from what is told him: the others are no news
		// by what he adds.
		l, ok := t.Looks[a.who()]
		if !ok {
			l, ok = t.Looks[t.Owner]
		}
		if l.Seen = cloned(l.Seen); !ok {
			var err error
			if l, err = h.lookAt(a, t); err != nil {
				return err
			}
		}
		for _, doc := range docs {
			if _, err := t.Put(things.Entry{ID: doc.ID, Added: now, By: a.who()}); err != nil {
				return err
			}
			if _, ok := l.Seen[things.Short(doc.ID)]; !ok {
				l.Seen[things.Short(doc.ID)] = things.States(standing(doc, h.o.Now()))
			}
		}
		t.Saw(a.who(), l)
		return nil
	}
	id := posted.Get("list")
	if id != "" {
		if _, err := h.change(a, id, put); err != nil {
			return nil, err
		}
	} else {
		t, err := h.newThing(a, posted)
		if err != nil {
			return nil, err
		}
		t.List = &things.List{}
		if err := put(t); err != nil {
			return nil, unsaved(err)
		}
		if err := h.o.Saved.Add(a.Context(), t); err != nil {
			return nil, unsaved(err)
		}
		id = t.ID
	}
	// Who was erased between the look at the index and now is taken out again: an erasure
	// looks here after it has emptied the index.
	for _, doc := range docs {
		if _, err := h.o.Engine.Version(a.Context(), a.caller.Tenant, doc.ID); errors.Is(err, index.ErrErased) || errors.Is(err, index.ErrNotFound) {
			if _, err := h.change(a, id, func(t *things.Thing) error { t.Forget(doc.ID); return nil }); err != nil {
				return nil, err
			}
		}
	}
	return h.seeSaved(a, id)
}

// lookAt is what is kept of a look at a shortlist as it stands.
func (h *handler) lookAt(a *asked, t *things.Thing) (things.Look, error) {
	l := things.Look{At: h.o.Now().UTC().Truncate(time.Second), Seen: map[string]string{}}
	for _, e := range t.List.Entries {
		doc, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, e.ID)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			continue // it is being erased
		}
		if err != nil {
			return l, err
		}
		l.Seen[things.Short(e.ID)] = things.States(standing(doc, h.o.Now()))
	}
	return l, nil
}

func cloned(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	maps.Copy(out, m)
	return out
}

// newThing begins a thing of the caller's.
func (h *handler) newThing(a *asked, posted url.Values) (*things.Thing, error) {
	name := strings.TrimSpace(posted.Get("name"))
	if err := things.CheckName(name); err != nil {
		return nil, unsaved(err)
	}
	return &things.Thing{Tenant: a.caller.Tenant, Owner: a.who(), Name: name, Lifted: !a.blind(), Shared: posted.Get("shared") != "", Created: h.o.Now().UTC().Truncate(time.Second)}, nil
}

// passing are the parameters of the search page that are of one look at it, and not of the
// question.
var passing = []string{"tenant", "blind", "size", "cursor", "back", "last"}

// saveSearch keeps a question, as the parameters of the search page ask it.
func (h *handler) saveSearch(a *asked, posted url.Values) (*screen, error) {
	if h.o.Saved == nil {
		return nil, errNoSaved
	}
	if len(posted.Get("q")) > things.MaxQuery {
		return nil, unsaved(things.ErrQuery)
	}
	p, err := parameters("/", strings.TrimPrefix(posted.Get("q"), "?"))
	if err != nil {
		return nil, err
	}
	for _, name := range passing {
		p.Del(name)
	}
	t, err := h.newThing(a, posted)
	if err != nil {
		return nil, err
	}
	t.Search = &things.Search{Query: p.Encode()}
	f, err := h.findSaved(a.Context(), a.caller.Tenant, t.Search.Query, a.hides())
	if err != nil {
		return nil, err
	}
	t.Saw(a.who(), f.look(h.o.Now()))
	if posted.Get("daily") != "" {
		if !h.tells() {
			return nil, badRequest("%s", a.T("Nobody is told of anything from here: assay serve does that"))
		}
		t.Search.Alert = &things.Alert{By: a.who(), Seen: f.ids(), Next: h.o.Now().UTC()}
	}
	if err := h.o.Saved.Add(a.Context(), t); err != nil {
		return nil, unsaved(err)
	}
	if err := h.forgetErased(a.Context(), t.Tenant, t.ID, f); err != nil {
		return nil, err
	}
	return h.seeSaved(a, t.ID)
}

// allSeen marks everything that the caller sees as seen.
func (h *handler) allSeen(a *asked, _ url.Values) (*screen, error) {
	all, err := h.visible(a)
	if err != nil {
		return nil, err
	}
	b := newBudget(savedPeople, savedSearches)
	for _, t := range all {
		if err := h.markSeen(a, t, b); err != nil && !errors.Is(err, errNothing) {
			return nil, err
		}
	}
	return h.seeSaved(a, "")
}

// markSeen keeps what the caller sees of a thing now, where that is within the budget.
func (h *handler) markSeen(a *asked, t *things.Thing, b *budget) error {
	n, err := h.newsOf(a, t, b)
	if err != nil || n.Skipped {
		return err
	}
	l := things.Look{At: h.o.Now().UTC().Truncate(time.Second), Seen: map[string]string{}}
	if n.found != nil {
		l = n.found.look(h.o.Now())
	}
	for _, e := range n.people {
		l.Seen[things.Short(e.doc.ID)] = things.States(standing(e.doc, h.o.Now()))
	}
	if _, err = h.change(a, t.ID, func(t *things.Thing) error {
		if t.List != nil { // nobody who has left it meanwhile, by an erasure perhaps
			on := map[string]bool{}
			for _, e := range t.List.Entries {
				on[things.Short(e.ID)] = true
			}
			maps.DeleteFunc(l.Seen, func(id, _ string) bool { return !on[id] })
		}
		t.Saw(a.who(), l)
		return nil
	}); err != nil || n.found == nil {
		return err
	}
	return h.forgetErased(a.Context(), t.Tenant, t.ID, n.found)
}

// doSaved does with a thing what a form of the page asks for.
func (h *handler) doSaved(a *asked, posted url.Values) (*screen, error) {
	id := a.PathValue("id")
	var err error
	switch posted.Get("do") {
	case "rename":
		name := strings.TrimSpace(posted.Get("name"))
		if err := things.CheckName(name); err != nil {
			return nil, unsaved(err)
		}
		_, err = h.asOwner(a, id, func(t *things.Thing) error { t.Name, t.Lifted = name, !a.blind(); return nil })
	case "share":
		_, err = h.asOwner(a, id, func(t *things.Thing) error { t.Shared = posted.Get("shared") != ""; return nil })
	case "remove":
		if _, err := h.asOwner(a, id, func(*things.Thing) error { return nil }); err != nil {
			return nil, err
		}
		err, id = unsaved(h.o.Saved.Remove(a.Context(), a.caller.Tenant, id)), ""
	case "drop":
		_, err = h.change(a, id, func(t *things.Thing) error {
			if t.List == nil {
				return things.ErrNone
			}
			for _, x := range posted["a"] {
				t.Forget(x)
			}
			return nil
		})
	case "seen":
		var t *things.Thing
		if t, err = h.change(a, id, func(*things.Thing) error { return nil }); err == nil {
			err = h.markSeen(a, t, newBudget(savedPeople, savedSearches))
		}
	case "feed":
		return h.newFeed(a, id)
	case "unfeed":
		_, err = h.change(a, id, func(t *things.Thing) error {
			if t.Search == nil {
				return things.ErrNone
			}
			t.Search.Feeds = slices.DeleteFunc(t.Search.Feeds, func(f things.Feed) bool {
				return f.Digest == posted.Get("feed") && (f.By == a.who() || a.mayChange(t))
			})
			return nil
		})
	case "alert":
		err = h.setAlert(a, id, posted)
	default:
		err = badRequest("do=%.32q is not rename, share, remove, drop, seen, feed, unfeed or alert", posted.Get("do"))
	}
	if err != nil {
		return nil, err
	}
	return h.seeSaved(a, id)
}

// newFeed makes a token that reads a search, and shows it this once.
func (h *handler) newFeed(a *asked, id string) (*screen, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	t, err := h.change(a, id, func(t *things.Thing) error {
		switch {
		case t.Search == nil:
			return things.ErrNone
		case len(t.Search.Feeds) >= things.MaxFeeds:
			return things.ErrFeeds
		}
		t.Search.Feeds = append(t.Search.Feeds, things.Feed{Digest: things.Digest(token), By: a.who(), At: h.o.Now().UTC().Truncate(time.Second)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	base := h.baseOf(a.Request) + feedRoute + token
	return h.savedScreen(a, &newFeedView{Name: clean(t.Name), Atom: base + ".atom", JSON: base + ".json"})
}

// setAlert says who is told of what is new in a search. Addresses are for who operates:
// what is told leaves the installation.
func (h *handler) setAlert(a *asked, id string, posted url.Values) error {
	to, hook := "", ""
	switch how := posted.Get("how"); how {
	case "none":
	case "daily":
		if !h.tells() {
			return badRequest("%s", a.T("Nobody is told of anything from here: assay serve does that"))
		}
	case "mail":
		if !h.mails() {
			return badRequest("%s", a.T("No mail server is named here, by --smtp: no e-mail is sent"))
		}
		if to = posted.Get("mail"); !IsMail(to) {
			return badRequest("that is not one address of e-mail")
		}
	case "hook":
		if hook = posted.Get("hook"); h.o.Webhooks == nil || !h.tells() || record.CheckToken("application", hook) != nil {
			return badRequest("there is no such webhook")
		}
		list, err := h.o.Webhooks.Webhooks(a.Context(), a.caller.Tenant)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(w Webhook) bool { return w.ID == hook }) {
			return badRequest("there is no such webhook")
		}
	default:
		return badRequest("how=%.32q is not none, daily, mail or hook", how)
	}
	if to+hook != "" && !a.caller.Rights.May(MayOperate) {
		return &rightError{MayOperate}
	}
	var before *things.Thing
	if _, err := h.asOwner(a, id, func(t *things.Thing) error {
		if before = t; t.Search == nil {
			return things.ErrNone
		}
		if posted.Get("how") == "none" {
			t.Search.Alert = nil
		}
		return nil
	}); err != nil || posted.Get("how") == "none" {
		return err
	}
	f, err := h.findSaved(a.Context(), a.caller.Tenant, before.Search.Query, hides{names: true})
	if err != nil {
		return err
	}
	_, err = h.asOwner(a, id, func(t *things.Thing) error {
		x := &things.Alert{Mail: to, Hook: hook, By: a.who(), Lang: a.speaks.Code, Seen: f.ids(), Next: h.o.Now().UTC()}
		if old := t.Search.Alert; old != nil {
			// Another address is no second time to be told on one day.
			x.Seen, x.Next, x.Sent = old.Seen, old.Next, old.Sent
		}
		t.Search.Alert = x
		return nil
	})
	if err == nil {
		err = h.forgetErased(a.Context(), a.caller.Tenant, id, f)
	}
	if err == nil {
		h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " alert", Blind: true})
	}
	return err
}

// tells reports whether anybody is told of what is new, and mails whether by e-mail: what
// cannot work is neither offered nor taken.
func (h *handler) tells() bool { return h.o.Alerter != nil }
func (h *handler) mails() bool { return h.tells() && h.o.Alerter.Mails() }

// maxMail bounds an address of e-mail, in bytes (RFC 5321 §4.5.3.1.3).
const maxMail = 254

// IsMail reports whether a text is one address of e-mail, without a name beside it, and
// nothing that would end a header.
func IsMail(s string) bool {
	if len(s) > maxMail || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()",;:\[]`, r) }) {
		return false
	}
	x, err := mail.ParseAddress(s)
	return err == nil && x.Name == "" && x.Address == s
}

// exportSaved gives a shortlist as a file.
func (h *handler) exportSaved(a *asked) (any, error) {
	format := fileForm(cmp.Or(a.p.Get("format"), string(formCSV)))
	if format != formCSV && format != formJSON && format != formNDJSON {
		return nil, badRequest("format=%.32q is not csv, json or ndjson", format)
	}
	all, err := h.visible(a)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(t *things.Thing) bool { return t.ID == a.PathValue("id") && t.List != nil })
	if i < 0 {
		return nil, errNothing
	}
	q, err := query.New("", query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Export: true, Blind: a.blind()})
	if err != nil {
		return nil, err
	}
	res := index.NewResults(&q)
	var hits []index.Hit
	hides := a.hides()
	for _, e := range all[i].List.Entries {
		doc, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, e.ID)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if hit, ok := res.Hit(a.caller.Tenant, doc); ok {
			hides.hit(&hit)
			hits = append(hits, hit)
		}
	}
	defer h.seen(a, len(hits))
	a.file("shortlist", format, len(hits), len(hits))
	out := newHitWriter(a.w, format, h.placeOf)
	for i := range hits {
		if err := out.hit(&hits[i], nil); err != nil {
			h.breakOff(a, err)
		}
	}
	if err := out.end(); err != nil {
		h.breakOff(a, err)
	}
	return nil, nil
}

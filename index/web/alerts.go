package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/index"
	things "assay/index/web/kept"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Alerter sends what is new: tell.Teller and mail.Sender, which this package may not know.
type Alerter interface {
	// Mails reports whether a mail server is named: else Mail sends nothing.
	Mails() bool
	// Mail sends a text to an address. The error wraps ErrMaybeSent where it may have been
	// taken all the same.
	Mail(ctx context.Context, to, subject, text string) error
	// Alert sends an event to a destination of the tenant's, under an id that it is known
	// again by.
	Alert(ctx context.Context, tenant, destination, id string, event []byte) error
}

// Errors of Alerter.
var (
	ErrMaybeSent = errors.New("whether it was taken is not known")
	ErrNoMail    = errors.New("no mail server is named")
)

// errNotDue: another process has it in hand, or did it.
var errNotDue = errors.New("not due")

// Pauses of alerts.
const (
	alertTick  = 5 * time.Minute
	alertEvery = 15 * time.Minute // from one look to the next
	alertAgain = time.Hour        // after it could not be sent
	alertDay   = 24 * time.Hour   // after it was
	alertTime  = time.Minute      // for those of a tenant at a time
	alertSend  = 20 * time.Second // for one to be taken: mail servers have strangers wait
	alertAside = 8                // tenants beside each other
	alertNames = 20               // applicants that an e-mail lists
)

// alerts look for what is new in searches, and have it sent once a day at most, however
// many processes look: whoever writes first that he does, does.
type alerts struct{ h *handler }

// alertsOf gives what looks for them; nil where nobody is told.
func alertsOf(h *handler) *alerts {
	if h.o.Saved == nil || h.o.Alerter == nil {
		return nil
	}
	return &alerts{h}
}

// run looks until ctx ends.
func (x *alerts) run(ctx context.Context) error {
	tick := time.NewTicker(alertTick)
	defer tick.Stop()
	for {
		if err := x.once(ctx); err != nil && ctx.Err() == nil {
			x.h.o.Log.Warn("searches are not looked at for alerts", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// once looks at every search that is due, of each tenant by itself: one whose webhook is
// slow holds up nobody else. What a tenant's time is too short for is due the next time.
func (x *alerts) once(ctx context.Context) error {
	all, err := x.h.o.Saved.All(ctx, "")
	if err != nil {
		return err
	}
	of := map[string][]*things.Thing{}
	for _, t := range all {
		if x.due(t) {
			of[t.Tenant] = append(of[t.Tenant], t)
		}
	}
	var g errgroup.Group
	g.SetLimit(alertAside)
	for _, due := range of {
		g.Go(func() error {
			return x.h.o.faults.Do("alerts of a tenant", func() { x.those(ctx, due) })
		})
	}
	return errors.Join(g.Wait(), ctx.Err())
}

// those looks at searches of one tenant.
func (x *alerts) those(ctx context.Context, due []*things.Thing) {
	ctx, cancel := context.WithTimeout(ctx, alertTime)
	defer cancel()
	for _, t := range due {
		if ctx.Err() != nil {
			return
		}
		if err := x.one(ctx, t); err != nil && !errors.Is(err, errNotDue) && !errors.Is(err, things.ErrNone) && !errors.Is(err, context.Canceled) {
			x.h.o.Log.Warn("an alert is not sent", zap.String("tenant", t.Tenant), zap.String("of", t.ID), zap.Error(err))
		}
	}
}

// due reports whether a search is to be looked at: for those who may still be told.
func (x *alerts) due(t *things.Thing) bool {
	if t.Search == nil || t.Search.Alert == nil {
		return false
	}
	a := t.Search.Alert
	return a.Mail+a.Hook != "" && !a.Next.After(x.h.o.Now()) &&
		t.Sees(a.By) && x.h.holds(t, t.Owner, t.Created, MaySearch) && x.h.holds(t, a.By, t.Created, MaySearch|MayOperate)
}

// claim has this process do the next step, and no other one.
func (x *alerts) claim(ctx context.Context, t *things.Thing, next time.Time, f func(*things.Alert)) (*things.Thing, error) {
	was := t.Search.Alert.Next
	return x.h.o.Saved.Change(ctx, t.Tenant, t.ID, func(t *things.Thing) error {
		if t.Search == nil || t.Search.Alert == nil || !t.Search.Alert.Next.Equal(was) {
			return errNotDue
		}
		t.Search.Alert.Next = next.UTC()
		if f != nil {
			f(t.Search.Alert)
		}
		return nil
	})
}

// one looks at a search, and has what is new in it sent.
func (x *alerts) one(ctx context.Context, t *things.Thing) error {
	now := x.h.o.Now()
	t, err := x.claim(ctx, t, now.Add(alertEvery), nil)
	if err != nil {
		return err
	}
	a := t.Search.Alert
	f, err := x.h.findSaved(ctx, t.Tenant, t.Search.Query, hides{names: true})
	if err != nil {
		return err
	}
	since := t.Created
	if a.Sent.After(since) {
		since = a.Sent
	}
	fresh := f.fresh(func(id string) bool { return slices.Contains(a.Seen, id) }, len(a.Seen) >= things.MaxSeen, since)
	if len(fresh) == 0 {
		return nil
	}
	// From here on nobody is told twice, whatever becomes of this process.
	if t, err = x.claim(ctx, t, now.Add(alertDay), nil); err != nil {
		return err
	}
	sending, sent := context.WithTimeout(ctx, alertSend)
	err = x.send(sending, t, fresh, now)
	sent()
	// What became of it is written down even where the time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	if err != nil && !errors.Is(err, ErrMaybeSent) {
		_, e := x.claim(ctx, t, now.Add(alertAgain), func(a *things.Alert) { a.Error = saidOf(err) })
		return errors.Join(err, e)
	}
	if _, err = x.claim(ctx, t, t.Search.Alert.Next, func(a *things.Alert) { a.Sent, a.Seen, a.Error = now.UTC(), f.ids(), "" }); err != nil {
		return err
	}
	if err := x.h.forgetErased(ctx, t.Tenant, t.ID, f); err != nil {
		x.h.o.Log.Warn("who was erased meanwhile is not looked for: the next look does", zap.String("tenant", t.Tenant), zap.Error(err))
	}
	return nil
}

// saidOf is an error as the page shows it.
func saidOf(err error) string {
	text := []rune(clean(err.Error()))
	return string(text[:min(len(text), 200)])
}

// alertEvent is what a webhook is told.
type alertEvent struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      alertData `json:"data"`
}

type alertData struct {
	Search       string   `json:"search"`
	Name         string   `json:"name"`
	Count        int      `json:"count"`
	Applications []string `json:"applications"` // ids of documents, which name nobody
	URL          string   `json:"url,omitempty"`
}

// send tells of those who are new, without names.
func (x *alerts) send(ctx context.Context, t *things.Thing, fresh []index.Hit, now time.Time) error {
	a, page := t.Search.Alert, ""
	if x.h.o.PageURL != "" {
		page = strings.TrimSuffix(x.h.o.PageURL, "/")
	}
	tongue := x.h.look.Tongue(a.Lang, "")
	name := outwards(tongue, t)
	open := page + to("/saved", url.Values{"open": {t.ID}})
	if a.Hook != "" {
		d := alertData{Search: t.ID, Name: name, Count: len(fresh)}
		if page != "" {
			d.URL = open
		}
		for i := range fresh {
			d.Applications = append(d.Applications, fresh[i].ID)
		}
		body, err := json.Marshal(alertEvent{"search.new", now.UTC(), d})
		if err != nil {
			return err
		}
		return x.h.o.Alerter.Alert(ctx, t.Tenant, a.Hook, t.ID+"_"+now.UTC().Format("20060102"), body)
	}
	if !IsMail(a.Mail) {
		return ErrNoMail
	}
	subject := "assay: " + tongue.T("%d new applicants", len(fresh)) + " · " + name
	var b strings.Builder
	b.WriteString(tongue.T("The search “%s” finds %s.", name, tongue.T("%d new applicants", len(fresh))) + "\n\n")
	for i := range fresh[:min(len(fresh), alertNames)] {
		b.WriteString("- " + nameless(tongue, fresh[i].ID))
		if page != "" {
			b.WriteString("  " + page + "/applications/" + fresh[i].ID)
		}
		b.WriteString("\n")
	}
	if page != "" {
		b.WriteString("\n" + open + "\n")
	}
	b.WriteString("\n" + tongue.T("Who keeps this search is told once a day at most. On the page of what is saved that can be ended.") + "\n")
	return x.h.o.Alerter.Mail(ctx, a.Mail, subject, b.String())
}

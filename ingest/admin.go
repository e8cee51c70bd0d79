package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"
)

// Operators' requests to the workers, who have the index: request and reply on
// assay.<what>. Who may publish there may erase; on a server with accounts only
// operators get that right.
const (
	requestErase   = "assay.erase"    // .<tenant>.<application>
	requestStatus  = "assay.status"   // of the index
	requestRebuild = "assay.rebuild"  // of the index
	requestSkills  = "assay.unmapped" // skills that no framework knows; .<tenant>, or .* for all

	requestReconcile = "assay.reconcile" // outcomes and index
	requestReprocess = "assay.reprocess" // ReprocessOptions
)

// adminBeat is how often a worker shows that it is still at a request.
const adminBeat = 2 * time.Second

// adminTries is how often nobody answers until there is nobody.
const adminTries = 4

// errRequest answers a request on which assay itself failed.
var errRequest = errors.New("the worker failed on the request, and its log says where")

// errQuestion answers a request that cannot be read: of another release.
var errQuestion = errors.New("the worker does not understand the request; is it of an earlier release?")

// ErrNoWorker: nobody answers requests.
var ErrNoWorker = errors.New("no worker answers")

// adminReply is one message of an answer; the one with Done set is the last.
type adminReply struct {
	Done   bool          `json:"done"`
	Error  string        `json:"error,omitempty"`
	Now    int           `json:"now,omitempty"` // progress
	Total  int           `json:"total,omitempty"`
	Status *index.Status `json:"status,omitempty"`
	Skills []Unmapped    `json:"skills,omitempty"`
	Count  int           `json:"count,omitempty"`
	Begun  time.Time     `json:"begun,omitzero"` // by the worker's clock

	Indexing *Indexing `json:"indexing,omitempty"`
	Erasure  *Erasure  `json:"erasure,omitempty"`

	Reconciled *Reconciled `json:"reconciled,omitempty"`
}

// serveAdmin answers operators' requests until ctx ends.
func (w *Worker) serveAdmin(ctx context.Context) error {
	var busy sync.WaitGroup
	defer busy.Wait()
	var subs []*nats.Subscription
	defer func() {
		for _, s := range subs {
			_ = s.Unsubscribe()
		}
	}()
	on := func(subject string, f func(ctx context.Context, m *nats.Msg, tell func(now, total int)) (adminReply, error)) error {
		sub, err := w.q.nc.QueueSubscribe(subject, "workers", func(m *nats.Msg) {
			busy.Go(func() {
				if w.o.Faults.Do("an operator's request", func() { w.request(ctx, m, f) }) != nil {
					w.reply(m, adminReply{Done: true, Error: errRequest.Error()})
				}
			})
		})
		if err == nil {
			subs = append(subs, sub)
		}
		return err
	}
	err := errors.Join(
		on(requestErase+".*.*", func(ctx context.Context, m *nats.Msg, _ func(int, int)) (adminReply, error) {
			tenant, application, _ := split(m.Subject, requestErase)
			return adminReply{}, w.q.Erase(ctx, w.o.Engine, tenant, application, w.o.Now())
		}),
		on(requestStatus, func(ctx context.Context, _ *nats.Msg, _ func(int, int)) (adminReply, error) {
			s, err := w.o.Engine.Status(ctx)
			return adminReply{Status: &s}, err
		}),
		on(requestReconcile, func(ctx context.Context, _ *nats.Msg, tell func(int, int)) (adminReply, error) {
			r, err := w.q.reconcileIndex(ctx, w.o.Engine, tell)
			return adminReply{Reconciled: &r}, err
		}),
		on(requestCandidate+".*", func(ctx context.Context, m *nats.Msg, _ func(int, int)) (adminReply, error) {
			var r candidateRequest
			if err := json.Unmarshal(m.Data, &r); err != nil {
				return adminReply{}, errQuestion
			}
			x, err := w.q.EraseCandidate(ctx, w.o.Engine, w.o.IDKey, strings.TrimPrefix(m.Subject, requestCandidate+"."), r.Person, r.DryRun, w.o.Now)
			return adminReply{Erasure: x}, err
		}),
		on(requestShow+".*.*", func(ctx context.Context, m *nats.Msg, _ func(int, int)) (adminReply, error) {
			tenant, application, _ := split(m.Subject, requestShow)
			x, err := indexing(ctx, w.o.Engine, tenant, application, w.o.Now())
			return adminReply{Indexing: x}, err
		}),
		on(requestReprocess, func(ctx context.Context, m *nats.Msg, tell func(int, int)) (adminReply, error) {
			var o ReprocessOptions
			if err := json.Unmarshal(m.Data, &o); err != nil {
				return adminReply{}, errQuestion
			}
			o.Now, o.Progress = w.o.Now(), tell
			n, err := w.q.Reprocess(ctx, w.o.Engine, o)
			return adminReply{Count: n, Begun: o.Now}, err
		}),
		on(requestRebuild, func(ctx context.Context, _ *nats.Msg, tell func(int, int)) (adminReply, error) {
			tax := w.o.Taxonomy() // one for all, whatever is imported meanwhile
			return adminReply{}, w.o.Engine.Rebuild(ctx, func(a *record.Application) { record.Remake(a, w.resolver(a.Tenant, tax)) }, tell)
		}))
	err = errors.Join(err, on(requestSkills+".>", func(ctx context.Context, m *nats.Msg, _ func(int, int)) (adminReply, error) {
		tenant := strings.TrimPrefix(m.Subject, requestSkills+".")
		if tenant == everyTenant {
			tenant = ""
		} else if err := record.CheckToken("tenant", tenant); err != nil {
			return adminReply{}, err
		}
		list, err := ListUnmapped(ctx, w.o.Engine, tenant)
		return adminReply{Skills: list}, err
	}))
	if err == nil {
		for _, serve := range []func() (*nats.Subscription, error){w.serveFigures, w.serveForget} {
			sub, e := serve()
			if err = errors.Join(err, e); e == nil {
				subs = append(subs, sub)
			}
		}
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// request answers one request, and shows meanwhile that it is in hand.
func (w *Worker) request(ctx context.Context, m *nats.Msg, f func(context.Context, *nats.Msg, func(now, total int)) (adminReply, error)) {
	if m.Reply == "" {
		return
	}
	var mu sync.Mutex
	var at adminReply
	held, done := context.WithCancel(context.WithoutCancel(ctx))
	var beat sync.WaitGroup
	beat.Go(func() {
		_ = w.o.Faults.Keep(held, "the heartbeat of a request", func(ctx context.Context) error {
			return every(ctx, adminBeat/4, func() {
				mu.Lock()
				r := at
				mu.Unlock()
				w.reply(m, r)
			})
		})
	})
	end := func() { done(); beat.Wait() }
	defer end() // nothing comes after the last reply
	r, err := f(ctx, m, func(now, total int) {
		mu.Lock()
		at.Now, at.Total = now, total
		mu.Unlock()
	})
	end()
	r.Done = true
	if err != nil {
		r.Error = err.Error()
		w.log.Warn("request failed", zap.String("request", strings.SplitN(m.Subject, ".", 3)[1]), zap.Error(plain(err)))
	}
	w.reply(m, r)
}

// reply sends one message of an answer.
func (w *Worker) reply(m *nats.Msg, r adminReply) {
	if m.Reply == "" {
		return
	}
	body, err := json.Marshal(r)
	if err == nil {
		err = w.q.nc.Publish(m.Reply, body)
	}
	if err != nil {
		w.log.Warn("request is not answered", zap.Error(err))
	}
}

// ask sends a request and waits for its last reply.
func (q *Queue) ask(ctx context.Context, subject string, tell func(now, total int)) (*adminReply, error) {
	return q.askWith(ctx, subject, nil, tell)
}

// askWith is ask with more than a subject.
func (q *Queue) askWith(ctx context.Context, subject string, body []byte, tell func(now, total int)) (*adminReply, error) {
	inbox := q.nc.NewInbox()
	sub, err := q.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, q.explain(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := q.nc.PublishRequest(subject, inbox, body); err != nil {
		return nil, q.explain(err)
	}
	for tries := 0; ; {
		wait, cancel := context.WithTimeout(ctx, 5*adminBeat)
		m, err := sub.NextMsgWithContext(wait)
		cancel()
		switch {
		case errors.Is(err, nats.ErrNoResponders), err == nil && len(m.Data) == 0 && m.Header.Get("Status") == "503":
			// One that was started just now does not listen yet.
			if tries++; tries < adminTries && sleep(ctx, adminBeat/4) {
				if err := q.nc.PublishRequest(subject, inbox, body); err != nil {
					return nil, q.explain(err)
				}
				continue
			}
			return nil, fmt.Errorf("%w: start assay serve or assay work", ErrNoWorker)
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fmt.Errorf("%w any more", ErrNoWorker)
		}
		var r adminReply
		if err := json.Unmarshal(m.Data, &r); err != nil {
			return nil, fmt.Errorf("%w in words that are known", ErrNoWorker)
		}
		if !r.Done {
			if tell != nil {
				tell(r.Now, r.Total)
			}
			continue
		}
		if r.Error != "" {
			return nil, errors.New(r.Error)
		}
		return &r, nil
	}
}

// RequestErase has a worker Erase an application.
func (q *Queue) RequestErase(ctx context.Context, tenant, application string) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	if err := record.CheckToken("application", application); err != nil {
		return err
	}
	_, err := q.ask(ctx, requestErase+"."+tenant+"."+application, nil)
	return err
}

// RequestStatus asks a worker for the state of the index.
func (q *Queue) RequestStatus(ctx context.Context) (*index.Status, error) {
	r, err := q.ask(ctx, requestStatus, nil)
	if err != nil {
		return nil, err
	}
	if r.Status == nil {
		return nil, fmt.Errorf("%w with a status", ErrNoWorker)
	}
	return r.Status, nil
}

// Unmapped is a skill that badges name and no framework knows.
type Unmapped struct {
	Label        string `json:"label"`
	Framework    string `json:"framework,omitempty"` // as the badge names it
	URL          string `json:"url,omitempty"`       // what the badge points at
	Code         string `json:"code,omitempty"`      // and its code there
	Applications int    `json:"applications"`
	Verified     int    `json:"verified"` // of those, by a verified badge
	Clear        int    `json:"clear"`    // of those, in whose claims no word is the applicant's own: blind readers are told of these
}

// everyTenant stands for all tenants in a subject; it is no token.
const everyTenant = "~"

// maxUnmapped bounds a list of unmapped skills, so that it fits a message.
const maxUnmapped = 2000

// ListUnmapped lists unmapped skills of the tenant's applications ("" = of
// all), most frequent first, maxUnmapped at most. What rejected badges say is
// not worth mapping, and would let whoever makes up badges fill the list.
func ListUnmapped(ctx context.Context, e index.Engine, tenant string) ([]Unmapped, error) {
	n := map[Unmapped]*Unmapped{} // by what is said, without the counts
	if err := e.Scan(ctx, tenant, func(a *record.Application) error {
		type how struct{ verified, clear bool }
		seen := map[Unmapped]how{}
		for i := range a.Claims {
			c := &a.Claims[i]
			if c.Basis != skills.BasisUnmapped || c.Label == "" {
				continue
			}
			switch k := (Unmapped{Label: c.Label, Framework: c.Framework, URL: c.URL, Code: c.Code}); c.Status {
			case verdict.Verified, verdict.Authentic, verdict.Pending:
				seen[k] = how{seen[k].verified || c.Status == verdict.Verified, seen[k].clear || c.Clear}
			}
		}
		for k, by := range seen {
			u := n[k]
			if u == nil {
				u = new(k)
				n[k] = u
			}
			u.Applications++
			if by.verified {
				u.Verified++
			}
			if by.clear {
				u.Clear++
			}
		}
		return ctx.Err()
	}); err != nil {
		return nil, err
	}
	out := make([]Unmapped, 0, len(n))
	for _, u := range n {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b Unmapped) int {
		return cmp.Or(cmp.Compare(b.Applications, a.Applications), cmp.Compare(b.Verified, a.Verified), cmp.Compare(a.Label, b.Label),
			cmp.Compare(a.Framework, b.Framework), cmp.Compare(a.URL, b.URL), cmp.Compare(a.Code, b.Code))
	})
	size := 0
	for i, u := range out {
		if size += len(u.Label) + len(u.Framework) + len(u.URL) + len(u.Code) + 96; i == maxUnmapped || size > maxMessage/2 {
			return out[:i], nil
		}
	}
	return out, nil
}

// RequestUnmapped asks a worker for ListUnmapped.
func (q *Queue) RequestUnmapped(ctx context.Context, tenant string) ([]Unmapped, error) {
	subject := requestSkills + "." + everyTenant
	if tenant != "" {
		if err := record.CheckToken("tenant", tenant); err != nil {
			return nil, err
		}
		subject = requestSkills + "." + tenant
	}
	r, err := q.ask(ctx, subject, nil)
	if err != nil {
		return nil, err
	}
	return r.Skills, nil
}

// RequestRebuild has a worker rebuild the index with its own taxonomy, and
// waits. tell may be nil.
func (q *Queue) RequestRebuild(ctx context.Context, tell func(now, total int)) error {
	_, err := q.ask(ctx, requestRebuild, tell)
	return err
}

// Package hooks takes what hiring systems notify over HTTP (webhooks): applications, and
// that a candidate was erased or merged with another one.
//
// A file names the hooks: whose they are, of which system, and with which secrets. How a
// system signs is one row of a table (Scheme); what in its events is what is said in CEL
// (Mapping). Seven systems come with assay.
//
// A notice is believed as far as its signature covers it, and no further: where that is
// an id, or no more than the time, all else is asked of the system's API by the id. It is
// put on the queue before it is answered, once, and then worked off by and by: files are
// fetched by the guarded client, and the application is handed in as any other. What fails
// is tried again for three days.
//
// Out of scope: HTTP itself (index/web), systems that are polled, and OAuth.
package hooks

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/web"
	"assay/ingest"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/read"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// What became of a notification, as it is counted.
const (
	wasTaken        = "taken"        // it is on the queue
	wasRepeated     = "repeated"     // it was there before
	wasIgnored      = "ignored"      // it is of nothing that assay does
	wasRefused      = "refused"      // by its signature, time or form
	wasFull         = "full"         // the queue has no room for it
	wasUnconfigured = "unconfigured" // there is no such hook, or not yet
	wasDone         = "done"         // it is worked off
	wasFailed       = "failed"       // it is tried again
	wasDead         = "dead"         // it was given up
)

// Bounds of an application that is notified.
const (
	maxLinks   = 256
	maxText    = 2048
	fileWait   = time.Hour        // for which a file that cannot be had now is waited for
	mapTime    = 5 * time.Second  // for an event's expressions
	inlineTime = 50 * time.Second // for what is too large to wait
)

// Options configure Hooks. Hooks, Queue, Engine, Key, Fetcher and Client are required.
type Options struct {
	Hooks   []*Hook
	Queue   *ingest.Queue
	Engine  index.Engine
	Key     []byte        // of the installation
	Fetcher fetch.Fetcher // of files
	Client  *fetch.Client // of the systems' APIs
	Figures prometheus.Registerer
	Now     func() time.Time                                 // nil = time.Now
	Sleep   func(ctx context.Context, d time.Duration) error // between requests to an API; nil = by the clock
	Faults  *guard.Watch                                     // nil = Log is told
	Log     *zap.Logger                                      // nil = no log
}

// Hooks take notifications and work them off. Safe for concurrent use.
type Hooks struct {
	o      Options
	hooks  map[string]*Hook
	submit *ingest.Submitter
	roster *ingest.Roster
	count  func(hook, outcome string)
	apis   map[string]*client // by hook
}

// CountHooks registers with r the metric assay_hooks_total, by hook and what became of a
// notification, and gives what counts in it.
func CountHooks(r prometheus.Registerer) func(hook, outcome string) {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_hooks_total", Help: "Notifications of hiring systems, by hook and what became of them."}, []string{"hook", "outcome"})
	r.MustRegister(c)
	return func(hook, outcome string) { c.WithLabelValues(hook, outcome).Inc() }
}

// New returns Hooks.
func New(o Options) (*Hooks, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Faults == nil {
		o.Faults = &guard.Watch{Log: o.Log}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	s, err := ingest.NewSubmitter(o.Queue, o.Key)
	if err != nil {
		return nil, err
	}
	h := &Hooks{o: o, hooks: map[string]*Hook{}, submit: s, roster: ingest.NewRoster(o.Queue, o.Key), count: func(string, string) {}, apis: map[string]*client{}}
	if o.Figures != nil {
		h.count = CountHooks(o.Figures)
	}
	turns := map[string]*rate.Limiter{} // of a key at a host, whatever the hooks
	for _, k := range o.Hooks {
		h.hooks[k.Name] = k
		if len(k.secrets) == 0 {
			o.Log.Warn("a hook has no secret, or no key of the API, and takes nothing", zap.String("of", k.Name))
		}
		api := &k.system.API
		at := api.URL + "\x00" + k.key
		if turns[at] == nil {
			turns[at] = rate.NewLimiter(rate.Limit(api.Rate), api.Burst)
		}
		h.apis[k.Name] = &client{api: api, key: k.key, client: o.Client, turn: turns[at], now: o.Now, sleep: o.Sleep}
	}
	return h, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waiting is a notice as it waits on the queue, packed.
type waiting struct {
	Header map[string]string `json:"header,omitempty"` // those that are signed, and the event's id
	Body   json.RawMessage   `json:"body"`
}

// Known reports whether there is a hook of a name.
func (h *Hooks) Known(name string) bool { return h.hooks[name] != nil }

// Take takes a notification: when there is no error, it is on the queue's disk, or there
// is nothing to do for it. A hook that is not there, or not yet configured, is one that
// the system must try again: some never come back after another answer.
func (h *Hooks) Take(ctx context.Context, name string, header http.Header, body []byte) (web.HookAnswer, error) {
	k := h.hooks[name]
	if k != nil && k.system.Scheme.Handshake != "" {
		if v := header.Get(k.system.Scheme.Handshake); v != "" {
			if len(v) > 512 || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
				return web.HookAnswer{}, &web.DoorError{Kind: web.KindMalformed, Member: k.system.Scheme.Handshake, Detail: "is not up to 512 printable characters"}
			}
			return web.HookAnswer{Status: http.StatusOK, Name: k.system.Scheme.Handshake, Value: v, State: wasIgnored}, nil
		}
	}
	if k == nil || len(k.secrets) == 0 {
		h.count(label(k), wasUnconfigured)
		return web.HookAnswer{}, &web.DoorError{Kind: web.KindNoHook}
	}
	s := &k.system.Scheme
	m, err := s.open(header, body, k.secrets, h.o.Now())
	if err != nil {
		h.count(k.Name, wasRefused)
		h.o.Log.Warn("what came to a hook is refused", zap.String("of", k.Name), zap.String("tenant", k.Tenant), zap.Error(err))
		switch {
		case errors.Is(err, errLarge):
			return web.HookAnswer{}, &web.DoorError{Kind: web.KindTooLarge, Detail: err.Error()}
		case errors.Is(err, errForm):
			return web.HookAnswer{}, &web.DoorError{Kind: web.KindMalformed, Detail: err.Error()}
		}
		return web.HookAnswer{}, &web.DoorError{Kind: web.KindSignature, Detail: err.Error()}
	}
	a := web.HookAnswer{Status: cmp.Or(s.Answer, http.StatusOK)}
	_, headers := s.believed(m)
	kind, err := h.kind(ctx, k, m.object, headers)
	if err == nil && (kind == "" || kind == kindPing) {
		h.count(k.Name, wasIgnored)
		a.State = wasIgnored
		return a, nil
	}
	// An event that the mapping does not fit waits for a better one.
	a.State, err = h.put(ctx, k, m, headers)
	if errors.Is(err, ingest.ErrFull) {
		h.count(k.Name, wasFull)
	}
	if err != nil {
		return web.HookAnswer{}, &web.DoorError{Kind: kindOf(err), Err: err}
	}
	h.count(k.Name, a.State)
	return a, nil
}

func label(k *Hook) string {
	if k == nil {
		return "" // whatever it was called, somebody else chose it
	}
	return k.Name
}

func kindOf(err error) web.Kind {
	if errors.Is(err, ingest.ErrFull) {
		return web.KindFull
	}
	return web.KindAway
}

// put puts a notice on the queue, or works on one at once that is too large for it.
func (h *Hooks) put(ctx context.Context, k *Hook, m *message, headers map[string]string) (state string, err error) {
	s := &k.system.Scheme
	if name, ok := strings.CutPrefix(s.ID, placeHeader); ok {
		headers[strings.ToLower(name)] = m.header.Get(name)
	}
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false) // the body is not to grow beyond what is read again
	if err := enc.Encode(waiting{headers, m.body}); err != nil {
		return "", err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(plain.Bytes()); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	id := s.id(m, k.Name, h.o.Key)
	if packed.Len() > ingest.MaxNotice {
		ctx, cancel := context.WithTimeout(ctx, inlineTime)
		defer cancel()
		return wasTaken, h.work(ctx, k, ingest.Notice{Hook: k.Name, ID: id, Body: packed.Bytes(), At: h.o.Now()})
	}
	known, err := h.o.Queue.PutNotice(ctx, k.Name, id, packed.Bytes())
	if known {
		return wasRepeated, err
	}
	return wasTaken, err
}

// Run works off what was notified until ctx ends.
func (h *Hooks) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, k := range h.o.Hooks {
		g.Go(func() error {
			return h.o.Faults.Keep(ctx, "working off a hook", func(ctx context.Context) error {
				h.o.Queue.Notices(ctx, k.Name, h.o.Now, func(ctx context.Context, n ingest.Notice) error { return h.work(ctx, k, n) },
					func(err error, dead bool) { h.told(k, err, dead) })
				return nil
			})
		})
	}
	return g.Wait()
}

// told counts what became of a notice, and says what failed.
func (h *Hooks) told(k *Hook, err error, dead bool) {
	h.o.Faults.Tell(err)
	switch {
	case err == nil:
		h.count(k.Name, wasDone)
	case dead:
		h.count(k.Name, wasDead)
		h.o.Log.Error("what a hiring system notified is given up: see to its hook, and have the system send it again", zap.String("of", k.Name), zap.String("tenant", k.Tenant), zap.Error(err))
	default:
		h.count(k.Name, wasFailed)
		h.o.Log.Warn("what a hiring system notified is tried again", zap.String("of", k.Name), zap.String("tenant", k.Tenant), zap.Error(err))
	}
}

// Kinds of events.
const (
	kindApplication = "application"
	kindDelete      = "delete"
	kindAnonymise   = "anonymise"
	kindWithdraw    = "withdraw"
	kindMerge       = "merge"
	kindPing        = "ping"
)

func (h *Hooks) kind(ctx context.Context, k *Hook, event map[string]any, headers map[string]string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mapTime)
	defer cancel()
	v := vars{event: event, header: headers, got: map[string]any{}}
	return v.text(ctx, k.system.Mapping.kind)
}

// work works off a notice.
func (h *Hooks) work(ctx context.Context, k *Hook, n ingest.Notice) error {
	z, err := gzip.NewReader(bytes.NewReader(n.Body))
	if err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(z, 2*maxUnpacked))
	if err != nil {
		return err
	}
	var w waiting
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	m := &message{header: http.Header{}, raw: w.Body}
	for name, v := range w.Header {
		m.header.Set(name, v)
	}
	if err := m.read(); err != nil {
		return err
	}
	s, mapping := &k.system.Scheme, &k.system.Mapping
	event, header := s.believed(m)
	v := &vars{event: m.object, header: header, got: map[string]any{}}
	kind, err := h.kind(ctx, k, m.object, header)
	if err != nil {
		return err
	}
	switch kind {
	case kindApplication:
		if err := h.apis[k.Name].fetch(ctx, mapping, v); err != nil {
			return err
		}
		v.event = event
		return h.application(ctx, k, v, n, m)
	case kindDelete, kindAnonymise, kindWithdraw:
		return h.delete(ctx, k, v, event, kind, n.At)
	case kindMerge:
		v.event = event
		from, err := v.text(ctx, mapping.candidate)
		if err != nil {
			return err
		}
		into, err := v.text(ctx, mapping.into)
		if err != nil {
			return err
		}
		if from == "" || into == "" {
			return fmt.Errorf("%w: a merge without its two candidates", errMapping)
		}
		// Into one who was deleted meanwhile: what is his now goes as he went.
		gone, err := h.roster.Merge(ctx, k.Tenant, k.of, from, into)
		if err != nil {
			return err
		}
		return h.erase(ctx, k, into, gone)
	}
	return nil
}

// delete erases what came of a candidate, or the applications that are named: one of a
// withdrawal. Of one who was deleted nothing is taken any more.
func (h *Hooks) delete(ctx context.Context, k *Hook, v *vars, event map[string]any, kind string, at time.Time) error {
	m := &k.system.Mapping
	if !k.system.Scheme.whole() {
		// That somebody was deleted is not signed: it is true when the system has nobody.
		path, err := v.text(ctx, m.gone)
		if err != nil || path == "" {
			return errors.Join(err, fmt.Errorf("%w: nothing says how a deletion is confirmed", errMapping))
		}
		switch _, err := h.apis[k.Name].ask(ctx, http.MethodGet, path, nil, maxAnswer); {
		case err == nil:
			h.o.Log.Warn("a deletion that is not true is not believed", zap.String("of", k.Name), zap.String("tenant", k.Tenant))
			return nil
		case !errors.Is(err, errGone):
			return err
		}
	}
	who, err := v.text(ctx, m.candidate)
	if err != nil {
		return err
	}
	v.event = event // for what is named is not confirmed
	var named any
	if kind == kindWithdraw {
		who = ""
		if named, err = v.text(ctx, m.withdrawn); err == nil && named != "" {
			named = []any{named}
		}
	} else {
		named, err = v.of(ctx, m.applications)
	}
	if err != nil {
		return err
	}
	var list []string
	if all, ok := named.([]any); ok {
		for _, x := range all {
			if id := spell(x); id != "" {
				list = append(list, k.id(id))
			}
		}
	} else {
		if who == "" {
			return fmt.Errorf("%w: a deletion of nobody", errMapping)
		}
		if kind == kindAnonymise {
			list, err = h.roster.Of(ctx, k.Tenant, k.of, who, at) // who may apply again, and may have, when this is tried again
		} else {
			list, err = h.roster.Close(ctx, k.Tenant, k.of, who, !k.system.Scheme.whole())
		}
		if err != nil {
			return err
		}
	}
	return h.erase(ctx, k, who, list)
}

// erase erases applications, and takes them off a candidate's; "" = nobody's.
func (h *Hooks) erase(ctx context.Context, k *Hook, who string, list []string) error {
	for _, id := range list {
		if err := h.o.Queue.Erase(ctx, h.o.Engine, k.Tenant, id, h.o.Now()); err != nil {
			return err
		}
	}
	h.o.Log.Info("a hiring system had a candidate erased", zap.String("of", k.Name), zap.String("tenant", k.Tenant), zap.Int("count", len(list)))
	if who == "" || len(list) == 0 {
		return nil
	}
	return h.roster.Forget(ctx, k.Tenant, k.of, who, list)
}

// id is an application's id here: the system's, or a digest of one that cannot be.
func (k *Hook) id(theirs string) string {
	id := k.prefix + theirs
	if record.CheckToken("", id) == nil {
		return id
	}
	sum := sha256.Sum256([]byte(theirs))
	return k.prefix + "h-" + hex.EncodeToString(sum[:16])
}

// application hands an application in.
func (h *Hooks) application(ctx context.Context, k *Hook, v *vars, n ingest.Notice, at *message) error {
	m := &k.system.Mapping
	id, err := v.text(ctx, m.application)
	if err != nil {
		return err
	}
	if id == "" {
		return fmt.Errorf("%w: an application without an id", errMapping)
	}
	sub := ingest.Submission{Tenant: k.Tenant, Application: k.id(id), Key: "hook " + k.Name + " " + n.ID}
	if s := &k.system.Scheme; s.ID != "" {
		if id := at.at(s.ID); id != "" {
			sub.Key = "hook " + k.Name + " event " + id
		}
	}
	if sub.Job, err = v.text(ctx, m.job); err != nil {
		return err
	}
	if sub.Applicant.Name, err = v.text(ctx, m.name); err != nil {
		return err
	}
	sub.Job, sub.Applicant.Name = read.Cut(sub.Job, maxText), read.Cut(sub.Applicant.Name, maxText)
	emails, err := v.texts(ctx, m.emails)
	if err != nil {
		return err
	}
	for _, e := range emails {
		// What is no address must not cost the application.
		if _, ok := read.Addresses(e); ok && len(e) <= maxText && !strings.ContainsFunc(e, read.Control) && len(sub.Applicant.Emails) < 32 {
			sub.Applicant.Emails = append(sub.Applicant.Emails, e)
		}
	}
	if sub.Links, err = v.texts(ctx, m.links); err != nil {
		return err
	}
	sub.Links = sub.Links[:min(len(sub.Links), maxLinks)]
	who, err := v.text(ctx, m.candidate)
	if err != nil {
		return err
	}
	if who != "" {
		switch err := h.roster.Enroll(ctx, k.Tenant, k.of, who, sub.Application, n.At); {
		case errors.Is(err, ingest.ErrGone):
			return nil
		case err != nil:
			return err
		}
	}
	d := h.submit.Draft()
	defer d.Discard(ctx)
	files, err := v.of(ctx, m.files)
	if err != nil {
		return err
	}
	list, _ := files.([]any)
	for _, x := range list[:min(len(list), maxEach)] {
		f, _ := x.(map[string]any)
		link, err := h.file(ctx, k, d, f, h.o.Now().Sub(n.At) > fileWait, n.Last)
		if err != nil {
			return err
		}
		if link != "" {
			sub.Links = append(sub.Links, link) // told with what hinders, and asked again by and by
		}
	}
	switch _, err = d.Submit(ctx, sub); {
	case errors.Is(err, ingest.ErrKey):
		// The same event, notified again when it was another state: it was taken.
		return nil
	case errors.Is(err, ingest.ErrErased):
		return nil
	}
	return err
}

// file takes a file along; of one that cannot be had for good, or (late) still not, it
// gives the link in its place. A file of the API has no address where anybody else could
// ask again: it is waited for to the last.
func (h *Hooks) file(ctx context.Context, k *Hook, d *ingest.Draft, f map[string]any, late, last bool) (link string, err error) {
	name, kind, from := spell(f["name"]), spell(f["type"]), spell(f["url"])
	var body []byte
	switch {
	case spell(f["path"]) != "":
		res, err := h.apis[k.Name].ask(ctx, http.MethodGet, spell(f["path"]), nil, ingest.MaxDocument)
		switch {
		case errors.Is(err, errGone), err != nil && last:
			h.o.Log.Warn("a file that a hiring system names cannot be had", zap.String("of", k.Name), zap.Error(err))
			return h.apis[k.Name].address(spell(f["path"])), nil
		case err != nil:
			return "", err
		}
		if body, from = res.Body, ""; res.Status > 299 {
			// Where it leads, the key does not go.
			if from = res.Header.Get("Location"); from == "" {
				return h.apis[k.Name].address(spell(f["path"])), nil
			}
		}
	case spell(f["data"]) != "":
		if body, err = base64.StdEncoding.DecodeString(strings.TrimSpace(spell(f["data"]))); err != nil {
			body = []byte(spell(f["data"])) // it is what it is: a document that is not read is told
		}
	case spell(f["text"]) != "":
		body, name, kind = []byte(spell(f["text"])), cmp.Or(name, "resume.txt"), cmp.Or(kind, "text/plain")
	case from == "":
		return "", nil
	}
	if from != "" {
		res, err := h.o.Fetcher.Fetch(fetch.For(ctx, k.Tenant), fetch.Request{URL: from, Accept: "*/*", MaxBytes: ingest.MaxDocument, Private: true, Chosen: true})
		switch {
		case err == nil && res.Status == http.StatusOK:
			body, kind = res.Body, cmp.Or(kind, res.ContentType)
		case late, err != nil && !fetch.Temporary(err), err == nil && res.Status < 500 && res.Status != http.StatusTooManyRequests:
			return from, nil
		case err != nil:
			return "", err
		default:
			return "", fmt.Errorf("%w: status %d of a file", errAPI, res.Status)
		}
	}
	if u, err := url.Parse(from); name == "" && err == nil && from != "" {
		name = path.Base(u.Path)
	}
	if !strings.Contains(kind, "/") {
		kind = "" // a hint, and no media type
	}
	return "", d.File(ctx, name, kind, bytes.NewReader(body))
}

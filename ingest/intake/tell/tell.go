// Package tell sends outcomes, and what changed of them, to where a tenant wants them
// (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature), over https, by
// the guarded client, and to no address but the one that was set. What is not taken is
// sent again for three days. Who the applicant is, is told where the destination was set
// by one who may see names, and asked for it.
//
// Out of scope: HTTP itself (index/web), and the results stream (ingest).
package tell

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/web"
	"assay/ingest"
	"assay/verify/fetch"
	"assay/verify/guard"

	"github.com/prometheus/client_golang/prometheus"
	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/zap"
)

// Options configure a Teller. Queue, Engine, Key and Client are required.
type Options struct {
	Queue   *ingest.Queue
	Engine  index.Engine
	Key     []byte // of the installation
	Client  *fetch.Client
	Link    string                // address of an application in the hiring system, with {application}; "" = none
	Figures prometheus.Registerer // nil = nothing is counted
	Now     func() time.Time      // nil = time.Now
	Faults  *guard.Watch          // nil = Log is told
	Log     *zap.Logger           // nil = no log
}

// Teller sends outcomes. Safe for concurrent use.
type Teller struct {
	o     Options
	to    *ingest.Destinations
	count func(outcome string)
}

// What became of sending, as it is counted.
const (
	wasSent   = "sent"
	wasFailed = "failed" // it is sent again
	wasDead   = "dead"   // it was given up
)

// CountSent registers with r the metric assay_webhooks_total, by what became of sending an
// outcome, and gives what counts in it.
func CountSent(r prometheus.Registerer) func(outcome string) {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_webhooks_total", Help: "Outcomes that were sent to where tenants want them, by what became of it."}, []string{"outcome"})
	r.MustRegister(c)
	return func(outcome string) { c.WithLabelValues(outcome).Inc() }
}

// New returns a Teller.
func New(o Options) (*Teller, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Faults == nil {
		o.Faults = &guard.Watch{Log: o.Log}
	}
	to, err := ingest.NewDestinations(o.Queue, o.Key, o.Now)
	if err != nil {
		return nil, err
	}
	t := &Teller{o: o, to: to, count: func(string) {}}
	if o.Figures != nil {
		t.count = CountSent(o.Figures)
	}
	return t, nil
}

// event is what is sent.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it came to this
	Data      data      `json:"data"`
}

// Types of events.
const (
	typeChecked = "application.checked"
	typeChanged = "application.changed" // a later check, or a decision, gave another result
	typeErased  = "application.erased"
	typeRefused = "application.refused"
)

type data struct {
	*ingest.Outcome
	beside
}

// beside is what a webhook says that the outcome does not.
type beside struct {
	ID             string     `json:"id"` // of the application's document, which names nobody
	ApplicationURL string     `json:"applicationUrl,omitempty"`
	Applicant      *applicant `json:"applicant,omitempty"`
}

// MarshalJSON writes the outcome as the queue has it, and the rest after it.
func (d data) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(d.Outcome)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(d.beside)
	if err != nil {
		return nil, err
	}
	return append(append(text[:len(text)-1], ','), more[1:]...), nil
}

type applicant struct {
	Name string `json:"name"`
}

func typeOf(o *ingest.Outcome) string {
	switch {
	case o.State == ingest.Erased:
		return typeErased
	case o.State == ingest.Refused:
		return typeRefused
	case len(o.Changed) > 0 || !o.Decided.IsZero():
		return typeChanged
	}
	return typeChecked
}

// errAnswer: the destination did not take it.
var errAnswer = errors.New("it answers")

// send sends an outcome once.
func (t *Teller) send(ctx context.Context, x ingest.Telling) error {
	e := event{Type: typeOf(x.Outcome), Timestamp: x.At, Data: data{Outcome: x.Outcome}}
	doc, err := t.o.Engine.Get(ctx, x.To.Tenant, x.Outcome.Application)
	switch {
	case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrErased):
		doc = nil
	case err != nil:
		return err
	}
	application := x.Outcome.Application
	e.Data.ID = record.ID(t.o.Key, x.To.Tenant, application)
	if !x.To.Names {
		if err := e.Data.Unnamed(doc); err != nil {
			return err
		}
		if e.Data.Application = e.Data.ID; doc != nil {
			e.Data.Application = doc.Reference(record.MaskOf(doc)) // an id may tell the name, too
		}
	} else if doc != nil && doc.DisplayName != "" {
		e.Data.Applicant = &applicant{doc.DisplayName}
	}
	if e.Data.Application == application {
		e.Data.ApplicationURL = record.URLOf(t.o.Link, application)
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return t.post(ctx, x.To, x.ID, body)
}

// post sends a body to a destination, signed with its secret.
func (t *Teller) post(ctx context.Context, to *ingest.Destination, id string, body []byte) error {
	hook, err := webhooks.NewWebhookRaw(to.Secret)
	if err != nil {
		return err
	}
	at := t.o.Now()
	signature, err := hook.Sign(id, at, body)
	if err != nil {
		return err
	}
	res, err := t.o.Client.Send(ctx, fetch.Message{Method: http.MethodPost, URL: to.URL, Body: body, MaxBytes: 64 << 10, Told: true, Header: http.Header{
		"Content-Type": {"application/json"}, webhooks.HeaderWebhookID: {id}, webhooks.HeaderWebhookTimestamp: {fmt.Sprint(at.Unix())}, webhooks.HeaderWebhookSignature: {signature}}})
	if err != nil {
		return err
	}
	if res.Status < 200 || res.Status > 299 {
		return fmt.Errorf("%w %d", errAnswer, res.Status)
	}
	return nil
}

// Run sends outcomes until ctx ends.
func (t *Teller) Run(ctx context.Context) error {
	t.to.Run(ctx, t.o.Faults, t.send, func(to *ingest.Destination, err error, dead bool) {
		t.o.Faults.Tell(err)
		switch {
		case err == nil:
			t.count(wasSent)
		case dead:
			t.count(wasDead)
			t.o.Log.Error("an outcome that a destination did not take for three days is given up", zap.String("tenant", to.Tenant), zap.String("of", to.ID), zap.Error(err))
		default:
			t.count(wasFailed)
			t.o.Log.Warn("an outcome is sent again later", zap.String("tenant", to.Tenant), zap.String("of", to.ID), zap.Error(err))
		}
	})
	return nil
}

func told(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, ingest.ErrDestinations):
		return &web.DoorError{Kind: web.KindRefused, Member: "url", Detail: err.Error()}
	case errors.Is(err, ingest.ErrNoDestination):
		return &web.DoorError{Kind: web.KindNotFound}
	case errors.Is(err, record.ErrToken):
		return &web.DoorError{Kind: web.KindRefused, Detail: err.Error()}
	}
	return &web.DoorError{Kind: web.KindAway, Err: err}
}

func shown(x *ingest.Destination) web.Webhook {
	return web.Webhook{ID: x.ID, URL: x.URL, Names: x.Names, Created: x.Created, By: x.By}
}

// SetWebhook adds a destination, or changes the one of that address. A new secret is shown
// this once.
func (t *Teller) SetWebhook(ctx context.Context, tenant, by string, r web.WebhookRequest) (web.Webhook, error) {
	if err := t.o.Client.Check(r.URL); err != nil {
		return web.Webhook{}, &web.DoorError{Kind: web.KindRefused, Member: "url", Detail: err.Error() + ": https://, a public name, and no port or user"}
	}
	x, fresh, err := t.to.Set(ctx, ingest.Destination{Tenant: tenant, URL: r.URL, Names: r.Names, By: by}, r.Renew)
	if err != nil {
		return web.Webhook{}, told(err)
	}
	out := shown(x)
	if fresh {
		out.Secret = "whsec_" + base64.StdEncoding.EncodeToString(x.Secret)
	}
	return out, nil
}

// Webhooks lists a tenant's destinations, and how sending goes.
func (t *Teller) Webhooks(ctx context.Context, tenant string) ([]web.Webhook, error) {
	all, err := t.to.List(ctx, tenant)
	if err != nil {
		return nil, told(err)
	}
	list := []web.Webhook{}
	for i := range all {
		x := shown(&all[i])
		s, err := t.to.State(ctx, &all[i])
		if err != nil {
			return nil, told(err)
		}
		x.Waiting, x.Failing, x.Error, x.Dead, x.DeadSince = s.Waiting, s.Failing, s.Error, s.Dead, s.DeadSince
		list = append(list, x)
	}
	return list, nil
}

// Alert sends an event to a destination of the tenant's, once, under an id that it is
// known again by. It names nobody, wherever the destination is told names otherwise.
func (t *Teller) Alert(ctx context.Context, tenant, destination, id string, event []byte) error {
	all, err := t.to.List(ctx, tenant)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID == destination && all[i].Tenant == tenant {
			return t.post(ctx, &all[i], id, event)
		}
	}
	return ingest.ErrNoDestination
}

// RemoveWebhook ends sending to a destination of the tenant's.
func (t *Teller) RemoveWebhook(ctx context.Context, tenant, id string) error {
	return told(t.to.Remove(ctx, tenant, id))
}

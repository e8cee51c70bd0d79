package web

import (
	"context"
	"net/http"
	"time"
)

// Webhooks say where outcomes are sent: tell.Teller, which this package may not know. Its
// errors are *DoorError.
type Webhooks interface {
	// SetWebhook adds a destination of the tenant's, or changes the one of that address.
	SetWebhook(ctx context.Context, tenant, by string, r WebhookRequest) (Webhook, error)
	// Webhooks lists the tenant's destinations.
	Webhooks(ctx context.Context, tenant string) ([]Webhook, error)
	// RemoveWebhook ends sending to one.
	RemoveWebhook(ctx context.Context, tenant, id string) error
}

// WebhookRequest is the body of PUT /v1/webhooks.
type WebhookRequest struct {
	URL   string `json:"url"`
	Names bool   `json:"names"` // who the applicants are is told, too
	Renew bool   `json:"renew"` // with another secret
}

// Webhook is a destination of outcomes, and how sending goes.
type Webhook struct {
	ID        string    `json:"id"`
	URL       string    `json:"url"`
	Names     bool      `json:"names"`
	Secret    string    `json:"secret,omitempty"` // where it is new, this once
	Created   time.Time `json:"created"`
	By        string    `json:"by,omitempty"`
	Waiting   uint64    `json:"waiting"`
	Failing   time.Time `json:"failing,omitzero"`
	Error     string    `json:"error,omitempty"`
	Dead      int       `json:"dead"`
	DeadSince time.Time `json:"dead_since,omitzero"`
}

func (h *handler) setWebhook(a *asked) (any, error) {
	if h.o.Webhooks == nil {
		return nil, errNoDoor
	}
	var r WebhookRequest
	if err := bodyOf(a, &r, "url", "names", "renew"); err != nil {
		return nil, err
	}
	if r.Names && !a.caller.Rights.May(MayNames) {
		return nil, &rightError{MayNames} // nobody has sent what he may not see
	}
	w, err := h.o.Webhooks.SetWebhook(a.Context(), a.caller.Tenant, a.caller.Name, r)
	if err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Blind: !r.Names})
	return w, nil
}

func (h *handler) listWebhooks(a *asked) (any, error) {
	if h.o.Webhooks == nil {
		return nil, errNoDoor
	}
	list, err := h.o.Webhooks.Webhooks(a.Context(), a.caller.Tenant)
	if err != nil {
		return nil, err
	}
	return map[string]any{"webhooks": list}, nil
}

func (h *handler) removeWebhook(a *asked) (any, error) {
	if h.o.Webhooks == nil {
		return nil, errNoDoor
	}
	if fromAnother(a.Request) {
		return nil, errAnother
	}
	if !a.p.Has("id") {
		return nil, &DoorError{Kind: KindRefused, Member: "id", Detail: "says which"}
	}
	if err := h.o.Webhooks.RemoveWebhook(a.Context(), a.caller.Tenant, a.p.Get("id")); err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Blind: true})
	a.w.WriteHeader(http.StatusNoContent)
	return nil, nil
}

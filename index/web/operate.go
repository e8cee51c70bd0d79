package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/read"
)

// Operations are what operators ask of the queue and the index for their tenant:
// intake.Desk, which this package may not know. Its errors are *DoorError.
type Operations interface {
	// Erase removes an application everywhere and for good.
	Erase(ctx context.Context, tenant, application string) error
	// EraseCandidate erases all applications of a person, or says with dry what that
	// would be, and gives how many.
	EraseCandidate(ctx context.Context, tenant string, who Person, dry bool) (report any, n int, err error)
	// Letters gives the tenant's dead letters behind a number, oldest first, n at most;
	// of one class, "" = of all.
	Letters(ctx context.Context, tenant, class string, after uint64, n int) ([]Letter, error)
	// Retry puts the submission of a dead letter back to work.
	Retry(ctx context.Context, tenant string, number uint64) error
	// Drop removes a dead letter for good.
	Drop(ctx context.Context, tenant string, number uint64) error
	// Reprocess has applications checked again that were last checked before a time,
	// "" = all of the tenant, and gives how many.
	Reprocess(ctx context.Context, tenant, application string, before time.Time) (int, error)
	// Status says how queue and index stand, and what dead letters the tenant has.
	Status(ctx context.Context, tenant string) (*Standing, error)
	// Unmapped lists what badges of the tenant say and no framework knows, what most
	// applications have first. It reads every application.
	Unmapped(ctx context.Context, tenant string) ([]Unmapped, error)
	// Workers says what those who work have in hand, and have done since they were
	// started.
	Workers(ctx context.Context) (*Workers, error)
}

// Standing is how queue and index stand, and what dead letters a tenant has.
type Standing struct {
	Waiting []Waiting      `json:"waiting"`
	Stores  []Store        `json:"stores"`
	Letters map[string]int `json:"letters"` // by class
	Index   index.Status   `json:"index"`
}

// Waiting is what waits for workers on one of their queues, of all tenants.
type Waiting struct {
	Queue       string    `json:"queue"`           // "live" or "batch"
	Messages    uint64    `json:"messages"`        // not delivered yet
	Held        int       `json:"held"`            // delivered, and not yet answered
	Redelivered int       `json:"redelivered"`     // of those, more than once
	Asking      int       `json:"asking"`          // requests of workers that wait for messages
	Oldest      time.Time `json:"oldest,omitzero"` // of all of them, when it was put there
}

// Store is one of the queue's stores.
type Store struct {
	Name     string    `json:"name"`
	Messages uint64    `json:"messages"`
	Bytes    int64     `json:"bytes"`
	Limit    int64     `json:"limit,omitempty"` // of Bytes; 0 = none
	Oldest   time.Time `json:"oldest,omitzero"`
}

// Unmapped is a word that badges say and no framework knows.
type Unmapped struct {
	Label, Framework string // as the badge has them
	Applications     int
	Verified         int // of those, by a verified badge
	Clear            int // of those, in whose claims no word is the applicant's own
}

// Workers is what those who work have in hand, and have done since each was started.
type Workers struct {
	N        int     // that answer
	Checked  int     // applications
	Rate     float64 // of them a minute, over the last minutes; 0 = not known yet
	InHand   int     // applications
	Asking   int     // applications whose hosts are asked, or are to be
	Again    int     // messages that were delivered again
	Resting  int     // hosts that are not asked for a while, since they failed often
	Working  int     // children that have a document in hand
	Children int     // that read documents, started
	Ended    int     // of those, by a limit or a crash
	Faults   int     // of assay's own
}

// Person says whose applications are erased: by the key that a record has for a
// candidate, or by an address, which counts where it is proven, or with Claimed where it
// is merely claimed as well.
type Person struct {
	Candidate, Address string
	Claimed            bool
}

// Letter is a submission that could not be worked on.
type Letter struct {
	Number      uint64    `json:"number"`
	Application string    `json:"application"`
	Class       string    `json:"class"`
	Words       string    `json:"words,omitempty"`
	Error       string    `json:"error"`
	Attempts    int       `json:"attempts"`
	Submitted   time.Time `json:"submitted,omitzero"`
	Buried      time.Time `json:"buried"`
}

// Bounds of what operators ask.
const (
	defaultLetters = 100
	maxLetters     = 1000
	maxNumber      = 1 << 53 // that every reader of JSON can hold
	operateTime    = 2 * time.Minute
)

// erase removes an application.
func (h *handler) erase(a *asked) (any, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	if fromAnother(a.Request) {
		return nil, errAnother
	}
	id := a.PathValue("id")
	// What is stopped half-way is finished all the same.
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Application: id, Count: 1, Blind: true})
	if err := h.o.Operations.Erase(a.Context(), a.caller.Tenant, id); err != nil {
		return nil, err
	}
	a.w.WriteHeader(http.StatusNoContent)
	return nil, nil
}

// candidateRequest is the body of POST /v1/candidates/erase. It is no part of an address,
// which ends in logs.
type candidateRequest struct {
	Candidate string `json:"candidate"`
	Address   string `json:"address"`
	Claimed   bool   `json:"claimed"`
	Expect    *int   `json:"expect"` // applications, as a dry run said; nil = a dry run
}

// eraseCandidate says what an erasure would be, or erases what was said.
func (h *handler) eraseCandidate(a *asked) (any, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	var r candidateRequest
	if err := bodyOf(a, &r, "candidate", "address", "claimed", "expect"); err != nil {
		return nil, err
	}
	if r.Expect != nil && *r.Expect < 0 {
		return nil, &DoorError{Kind: KindRefused, Member: "expect", Detail: "is less than none"}
	}
	who := Person{r.Candidate, r.Address, r.Claimed}
	report, n, err := h.o.Operations.EraseCandidate(a.Context(), a.caller.Tenant, who, true)
	switch {
	case err != nil || r.Expect == nil:
		return report, err
	case n != *r.Expect:
		return nil, &DoorError{Kind: KindChanged, Member: "expect", Detail: fmt.Sprintf("it is %d by now", n)}
	}
	// What is stopped half-way is finished all the same.
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Count: n, Blind: true})
	report, _, err = h.o.Operations.EraseCandidate(a.Context(), a.caller.Tenant, who, false)
	return report, err
}

func (h *handler) letters(a *asked) (any, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	n, err := number(a.p, "n", defaultLetters, 1, maxLetters)
	if err != nil {
		return nil, err
	}
	after, err := number(a.p, "after", 0, 0, maxNumber)
	if err != nil {
		return nil, err
	}
	list, err := h.o.Operations.Letters(a.Context(), a.caller.Tenant, a.p.Get("class"), uint64(after), n)
	if err != nil {
		return nil, err
	}
	if list == nil {
		list = []Letter{}
	}
	return map[string]any{"letters": list}, nil
}

// letterRequest is the body of POST /v1/deadletters.
type letterRequest struct {
	Do      string   `json:"do"`
	Numbers []uint64 `json:"numbers"`
}

// failedLetter is one of which that could not be done.
type failedLetter struct {
	Number uint64 `json:"number"`
	problem
}

func (h *handler) doLetters(a *asked) (any, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	var r letterRequest
	if err := bodyOf(a, &r, "do", "numbers"); err != nil {
		return nil, err
	}
	do := map[string]func(context.Context, string, uint64) error{"retry": h.o.Operations.Retry, "drop": h.o.Operations.Drop}[r.Do]
	switch {
	case do == nil:
		return nil, &DoorError{Kind: KindRefused, Member: "do", Detail: "is not retry or drop"}
	case len(r.Numbers) == 0 || len(r.Numbers) > maxLetters || slices.Min(r.Numbers) == 0 || slices.Max(r.Numbers) > maxNumber:
		return nil, &DoorError{Kind: KindRefused, Member: "numbers", Detail: fmt.Sprintf("are not 1 to %d numbers of letters", maxLetters)}
	}
	done, failed := []uint64{}, []failedLetter{}
	defer func() {
		h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " " + r.Do, Count: len(done), Blind: true})
	}()
	for _, n := range r.Numbers {
		err := do(a.Context(), a.caller.Tenant, n)
		if a.Context().Err() != nil {
			break // what is left is neither done nor failed
		}
		if err != nil {
			failed = append(failed, failedLetter{n, h.judge(a.w, a.Request, err)})
			continue
		}
		done = append(done, n)
	}
	return map[string]any{"done": done, "failed": failed}, nil
}

// reprocessRequest is the body of POST /v1/reprocess.
type reprocessRequest struct {
	Application *string   `json:"application"` // nil = all of the tenant
	Before      time.Time `json:"checked_before"`
}

func (h *handler) reprocess(a *asked) (any, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	var r reprocessRequest
	if err := bodyOf(a, &r, "application", "checked_before"); err != nil {
		return nil, err
	}
	if r.Before.IsZero() {
		r.Before = h.o.Now().UTC()
	}
	application := ""
	if r.Application != nil {
		// One that is empty is a caller's slip, and not all.
		if application = *r.Application; record.CheckToken("application", application) != nil {
			return nil, &DoorError{Kind: KindRefused, Member: "application", Detail: "is " + record.ErrToken.Error()}
		}
	}
	n, err := h.o.Operations.Reprocess(a.Context(), a.caller.Tenant, application, r.Before)
	if n > 0 || err == nil {
		h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Count: n, Blind: true})
	}
	if err != nil {
		return nil, err
	}
	return a.answer(http.StatusAccepted, map[string]any{"queued": n, "checked_before": r.Before})
}

func (h *handler) status(a *asked) (any, error) {
	if h.o.Operations == nil {
		return nil, errNoDoor
	}
	return h.o.Operations.Status(a.Context(), a.caller.Tenant)
}

// errAnother: a browser was made to ask.
var errAnother = &DoorError{Kind: KindMalformed, Detail: "a page of another site asks"}

// bodyOf reads a JSON object whose members are named, strictly. A page elsewhere can have
// a browser send a form or plain text, but not JSON, without asking this server first,
// which allows nobody.
func bodyOf(a *asked, into any, names ...string) error {
	return bodyUpTo(a, maxBody, into, names...)
}

// bodyUpTo is bodyOf for so many bytes.
func bodyUpTo(a *asked, most int64, into any, names ...string) error {
	if fromAnother(a.Request) {
		return errAnother
	}
	if t, _, err := mime.ParseMediaType(a.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return &DoorError{Kind: KindMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(a.w, a.Body, most))
	if err != nil {
		return broken(err)
	}
	o, err := read.ParseObject(body, read.Limits{}) // no name twice
	if err != nil {
		return &DoorError{Kind: KindMalformed, Detail: "the body is no JSON object that can be read in one way only"}
	}
	for name, v := range o {
		switch {
		case !slices.Contains(names, name):
			return &DoorError{Kind: KindRefused, Member: cutName(name), Detail: "there is no such member"}
		case v == nil:
			return &DoorError{Kind: KindRefused, Member: name, Detail: "is null"}
		}
	}
	err = json.Unmarshal(body, into)
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ):
		return &DoorError{Kind: KindRefused, Member: typ.Field, Detail: "is of another type"}
	case err != nil:
		return &DoorError{Kind: KindRefused, Detail: "a member cannot be read"}
	}
	return nil
}

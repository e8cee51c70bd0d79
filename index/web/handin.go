package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Intake is where applications are handed in and asked after: intake.Desk, which this
// package may not know. Its errors are *DoorError, or index.ErrErased.
type Intake interface {
	// Draft begins an application of which files come before the rest is known.
	Draft() Draft
	// Message hands in a submission in the form that it has on the queue.
	Message(ctx context.Context, tenant string, body []byte, key string) (Handed, error)
	// Follow tells f what became of a submission, or of a later one of the same
	// application, and then each change, until f has enough, or ctx ends; sequence 0 is
	// the newest submission. Where nothing is told yet f is first called with none.
	Follow(ctx context.Context, tenant, application string, sequence uint64, f func(Told) (enough bool)) error
	// Originals tells f each document of the newest submission, byte for byte.
	Originals(ctx context.Context, tenant, application string, f func(Original) error) error
}

// Draft is an application that comes in piece by piece.
type Draft interface {
	// File takes a file, to the end of r.
	File(ctx context.Context, name, mediaType string, r io.Reader) error
	// Submit hands the application in with the files that came.
	Submit(ctx context.Context, tenant string, f Form) (Handed, error)
	// Discard removes what came in and was not handed in.
	Discard(ctx context.Context)
}

// Form is an application but for its files.
type Form struct {
	Application, Job, Name     string
	Emails, Proven, IDs, Links []string
	Key                        string // what is handed in under one key twice is taken once; "" = none
}

// Handed says that a submission is on the queue's disk.
type Handed struct {
	Application string `json:"application"`
	Sequence    uint64 `json:"sequence"`           // of the submission, on the queue
	Repeated    bool   `json:"repeated,omitempty"` // it was handed in before under the same key
	Unread      []Gap  `json:"unread"`
	Outcome     string `json:"outcome"` // where it will be told what became of it
}

// Gap is a document or link that will not be read.
type Gap struct {
	Document string `json:"document"`
	Reason   string `json:"reason"`
	Words    string `json:"words,omitempty"`
}

// Told is an outcome: the message of the queue as it is.
type Told struct {
	Body     json.RawMessage
	Sequence uint64
	Stamp    string // another one for each change
	Whole    bool   // hosts have been asked; else another one follows
}

// errAtOnce: as much is under way as may be at a time.
var errAtOnce = &DoorError{Kind: KindBusy, Err: errors.New("as much is under way as may be at a time")}

// Bounds of handing in.
const (
	maxForm     = 128 << 20        // bytes of a form
	maxFields   = 1 << 20          // of them, those that are no files
	maxParts    = 4096             // of a form
	maxBody     = 1 << 20          // bytes of JSON
	maxKey      = 255              // characters of an Idempotency-Key
	handTime    = 15 * time.Minute // for a form to come in
	handPause   = 30 * time.Second // in which nothing of it comes
	handAtOnce  = 64               // forms that come in at a time, a quarter of them of one tenant at most
	waitAtOnce  = 512              // waits for outcomes, and streams of them, an eighth of one caller at most
	readAtOnce  = 4                // applications whose originals are read, half of one tenant at most
	maxWait     = time.Minute
	streamTime  = 10 * time.Minute
	streamPause = 15 * time.Second // after which a stream shows that it lives
)

// handIn takes an application.
func (h *handler) handIn(a *asked) (any, error) {
	if h.o.Intake == nil {
		return nil, errNoDoor
	}
	if fromAnother(a.Request) {
		return nil, errAnother
	}
	key, err := idempotencyKey(a.Header)
	if err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if e := a.Header.Get("Content-Encoding"); err != nil || e != "" && e != "identity" {
		return nil, &DoorError{Kind: KindMediaType}
	}
	end, ok := h.hands.begin(a.caller.Tenant)
	if !ok {
		return nil, errAtOnce
	}
	defer end()
	a.Request = traced(a.Request)
	var handed Handed
	switch kind {
	case "application/json":
		a.Body = http.MaxBytesReader(a.w, a.Body, maxBody)
		body, e := io.ReadAll(a.Body)
		if e != nil {
			return nil, broken(e)
		}
		handed, err = h.o.Intake.Message(a.Context(), a.caller.Tenant, body, key)
	case "multipart/form-data":
		if a.ContentLength > maxForm { // before it is sent
			return nil, broken(&http.MaxBytesError{Limit: maxForm})
		}
		body := &paced{ReadCloser: http.MaxBytesReader(a.w, a.Body, maxForm), to: http.NewResponseController(a.w), end: time.Now().Add(handTime)}
		a.Body = body
		handed, err = h.handForm(a, params["boundary"], key)
		if err != nil && a.Context().Err() == nil {
			// What is still coming, so that the client reads the answer.
			end()
			_, _ = io.Copy(io.Discard, body)
		}
	default:
		return nil, &DoorError{Kind: KindMediaType}
	}
	if err != nil {
		return nil, err
	}
	p := a.keep()
	p.Set("sequence", strconv.FormatUint(handed.Sequence, 10))
	handed.Outcome = to("/v1/applications/"+handed.Application+"/outcome", p)
	for i, g := range handed.Unread {
		handed.Unread[i].Words = h.o.Unread(g.Reason)
	}
	a.w.Header().Set("Location", handed.Outcome)
	return a.answer(http.StatusAccepted, handed)
}

// answer writes a value with a status that is not 200.
func (a *asked) answer(status int, v any) (any, error) {
	a.w.Header().Set("Content-Type", "application/json")
	a.w.WriteHeader(status)
	_ = json.NewEncoder(a.w).Encode(v) // who is gone needs no answer
	return nil, nil
}

// handForm reads a form as it comes: its fields stand in any order, and files go on to
// the store at once.
func (h *handler) handForm(a *asked, boundary, key string) (Handed, error) {
	d := h.o.Intake.Draft()
	defer d.Discard(a.Context())
	f := Form{Key: key}
	err := readForm(a.Body, boundary, formFields{
		once:  map[string]*string{"application": &f.Application, "job": &f.Job, "applicant_name": &f.Name},
		many:  map[string]*[]string{"applicant_email": &f.Emails, "applicant_proven": &f.Proven, "applicant_id": &f.IDs, "link": &f.Links},
		known: "application, job, applicant_email, applicant_proven, applicant_name, applicant_id, link and file",
		file: func(part *multipart.Part, kind string) error {
			return fieldOf(broken(d.File(a.Context(), part.FileName(), kind, part)))
		},
	})
	if err != nil {
		return Handed{}, err
	}
	handed, err := d.Submit(a.Context(), a.caller.Tenant, f)
	return handed, fieldOf(err)
}

// formFields are what a form may hold: fields that stand there once, or as often as there
// are, and files.
type formFields struct {
	once  map[string]*string
	many  map[string]*[]string
	known string // the names of all, for whoever used another
	file  func(part *multipart.Part, kind string) error
}

// readForm reads a form as it comes, its fields in any order.
func readForm(body io.Reader, boundary string, f formFields) error {
	if boundary == "" {
		return &DoorError{Kind: KindMalformed, Detail: "the form's boundary is missing"}
	}
	form := multipart.NewReader(body, boundary)
	seen := map[string]bool{}
	fields := int64(0)
	for n := 0; ; n++ {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && errors.Unwrap(err) == nil { // wrapped, the end came before the form's own
			return nil
		}
		if err != nil {
			return broken(err)
		}
		name := part.FormName()
		if n == maxParts {
			return &DoorError{Kind: KindRefused, Detail: fmt.Sprintf("more than %d fields", maxParts)}
		}
		if name == "file" {
			kind := part.Header.Get("Content-Type")
			if kind == "application/octet-stream" {
				kind = ""
			}
			if err := f.file(part, kind); err != nil {
				return err
			}
			continue
		}
		one, list := f.once[name], f.many[name]
		switch {
		case one == nil && list == nil:
			return &DoorError{Kind: KindRefused, Member: cutName(name), Detail: "there is no such field: there are " + f.known}
		case one != nil && seen[name]:
			return &DoorError{Kind: KindRefused, Member: name, Detail: "stands there twice"}
		}
		seen[name] = true
		value, err := io.ReadAll(io.LimitReader(part, maxFields-fields+1))
		if err != nil {
			return broken(err)
		}
		if fields += int64(len(value)); fields > maxFields {
			return &DoorError{Kind: KindTooLarge, Member: name, Detail: fmt.Sprintf("the fields that are no files have more than %d bytes", maxFields)}
		}
		if one != nil {
			*one = string(value)
		} else {
			*list = append(*list, string(value))
		}
	}
}

// fieldNames are a form's fields by the members of the message that they become.
var fieldNames = strings.NewReplacer("applicant.emails", "applicant_email", "applicant.proven", "applicant_proven", "applicant.name", "applicant_name",
	"applicant.ids", "applicant_id", "documents", "file", "links", "link")

// fieldOf names the field of a form where an error names the member of a message.
func fieldOf(err error) error {
	var e *DoorError
	if errors.As(err, &e) && e.Member != "" {
		e.Member = fieldNames.Replace(e.Member)
	}
	return err
}

// cutName is what somebody called a field, as far as an answer repeats it.
func cutName(s string) string {
	return strings.ToValidUTF8(fmt.Sprintf("%.64s", clean(s)), "\ufffd")
}

// broken says why a body could not be read; an error of the store stays what it is.
func broken(err error) error {
	var large *http.MaxBytesError
	var door *DoorError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return &DoorError{Kind: KindTooLarge, Detail: fmt.Sprintf("it has more than %d bytes", large.Limit)}
	case errors.As(err, &door), errors.Is(err, context.Canceled):
		return err
	}
	return &DoorError{Kind: KindMalformed, Detail: "the body broke off, or is no form"}
}

// idempotencyKey reads the header of that name: a text, in quotes or not.
func idempotencyKey(h http.Header) (string, error) {
	all := h.Values("Idempotency-Key")
	if len(all) == 0 {
		return "", nil
	}
	key := strings.TrimSpace(all[0])
	if n := len(key); n > 1 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	bad := func(r rune) bool { return r < ' ' || r > '~' }
	if len(all) > 1 || key == "" || len(key) > maxKey || strings.ContainsFunc(key, bad) {
		return "", &DoorError{Kind: KindMalformed, Member: "Idempotency-Key", Detail: fmt.Sprintf("is not 1 to %d printable characters of ASCII, once", maxKey)}
	}
	return key, nil
}

// fromAnother reports whether a browser says that a page of another origin has it ask:
// what changes something is not left to Sec-Fetch-Site alone, which older ones do not send.
func fromAnother(r *http.Request) bool {
	o := r.Header.Get("Origin")
	if o == "" {
		return false
	}
	u, err := url.Parse(o)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// paced is a body of which something must come from time to time.
type paced struct {
	io.ReadCloser
	to  *http.ResponseController
	end time.Time // when all of it must be there
}

func (p *paced) Read(b []byte) (int, error) {
	// A writer without deadlines (a test's) has none to move.
	by := time.Now().Add(handPause)
	if p.end.Before(by) {
		by = p.end
	}
	_ = p.to.SetReadDeadline(by)
	return p.ReadCloser.Read(b)
}

// waiting says that nothing is told yet.
type waiting struct {
	Application string `json:"application"`
	State       string `json:"state"` // "waiting"
	Sequence    uint64 `json:"sequence,omitempty"`
}

// outcome tells what became of a submission, once or as it changes.
func (h *handler) outcome(a *asked) (any, error) {
	if h.o.Intake == nil {
		return nil, errNoDoor
	}
	sequence, err := sequenceOf(a.p)
	if err != nil {
		return nil, err
	}
	wait, err := duration(a.p, "wait", maxWait)
	if err != nil {
		return nil, err
	}
	id := a.PathValue("id")
	streams := strings.Contains(a.Header.Get("Accept"), "text/event-stream")
	if streams || wait > 0 {
		end, ok := h.waits.begin(a.caller.Tenant + "/" + a.caller.Name)
		if !ok {
			return nil, errAtOnce
		}
		defer end()
	}
	if streams {
		return nil, h.stream(a, id, sequence)
	}
	ctx, cancel := context.WithTimeout(a.Context(), cmp.Or(wait, requestTime))
	defer cancel()
	var told Told
	err = h.o.Intake.Follow(ctx, a.caller.Tenant, id, sequence, func(t Told) bool {
		told = t
		return t.Whole || wait == 0
	})
	switch {
	case told.Body != nil:
		return told.Body, nil
	case a.Context().Err() != nil:
		return nil, a.Context().Err()
	case err == nil, errors.Is(err, context.DeadlineExceeded):
		a.w.Header().Set("Retry-After", "1")
		return a.answer(http.StatusAccepted, waiting{Application: id, State: "waiting", Sequence: sequence})
	}
	return nil, err
}

// stream tells outcomes as events of a server (HTML §9.2), each with its stamp as id, so
// that who comes back is not told again.
func (h *handler) stream(a *asked, id string, sequence uint64) error {
	flush := http.NewResponseController(a.w)
	known, begun := a.Header.Get("Last-Event-ID"), false
	begin := func() {
		if !begun {
			begun = true
			a.w.Header().Set("Content-Type", "text/event-stream")
			a.w.WriteHeader(http.StatusOK)
		}
	}
	for end := h.o.Now().Add(streamTime); h.o.Now().Before(end); {
		ctx, cancel := context.WithTimeout(a.Context(), streamPause)
		gone := false
		err := h.o.Intake.Follow(ctx, a.caller.Tenant, id, sequence, func(t Told) bool {
			if t.Body == nil || t.Stamp == known {
				return false
			}
			begin()
			known = t.Stamp
			_, err := fmt.Fprintf(a.w, "id: %s\nevent: outcome\ndata: %s\n\n", t.Stamp, t.Body)
			gone = err != nil || flush.Flush() != nil
			return gone
		})
		cancel()
		switch {
		case gone || a.Context().Err() != nil:
			return context.Canceled
		case !errors.Is(err, context.DeadlineExceeded) && begun:
			return context.Canceled // the reader comes back
		case !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		begin()
		if _, err := io.WriteString(a.w, ": waiting\n\n"); err != nil || flush.Flush() != nil {
			return context.Canceled
		}
	}
	return nil
}

func sequenceOf(p url.Values) (uint64, error) {
	if !p.Has("sequence") {
		return 0, nil
	}
	n, err := strconv.ParseUint(p.Get("sequence"), 10, 63)
	if err != nil || n == 0 {
		return 0, badRequest("sequence=%.32q is no number of a submission", p.Get("sequence"))
	}
	return n, nil
}

// duration reads a time such as 30s, at most as long as may be waited.
func duration(p url.Values, name string, most time.Duration) (time.Duration, error) {
	if !p.Has(name) {
		return 0, nil
	}
	d, err := time.ParseDuration(p.Get(name))
	if err != nil || d < 0 || !utf8.ValidString(p.Get(name)) {
		return 0, badRequest("%s=%.32q is not a time such as 30s", name, p.Get(name))
	}
	return min(d, most), nil
}

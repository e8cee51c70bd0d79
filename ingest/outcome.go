package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// State says what became of a submission as a whole.
type State string

const (
	Indexed    State = "indexed"    // it can be searched
	Superseded State = "superseded" // something newer is in the index already
	Erased     State = "erased"     // the application was erased and takes no submission any more
	Refused    State = "refused"    // it is a dead letter; Reason says why
)

// Phase says what an outcome rests on.
type Phase string

const (
	// PhaseDocuments: on what the documents prove by themselves, and on what was known of
	// hosts already. Hosts are being asked, and what comes of it is told in another
	// outcome.
	PhaseDocuments Phase = "documents"
	// PhaseComplete: on everything. What is pending then is asked for again later.
	PhaseComplete Phase = "complete"
)

// OutcomeVersion is the version of an Outcome. Version 2 has the aspect standing
// with its level in place of trust, the results expired and unvouched, and what an
// issuer may be called.
const OutcomeVersion = 2

// Outcome is what became of a submission. It holds nothing personal: documents
// and links are named by their number, and of each badge only what its issuer
// says of the award, in which words that name the applicant are masked
// (record.Mask) unless WorkerOptions.Names says otherwise.
type Outcome struct {
	V           int            `json:"v"`
	Tenant      string         `json:"tenant"`
	Application string         `json:"application"`
	State       State          `json:"state"`
	Phase       Phase          `json:"phase,omitempty"`  // "" = complete, of an earlier release
	Reason      string         `json:"reason,omitempty"` // of Refused and Erased; of Indexed "fault" when assay itself failed on a part of it
	Sequence    uint64         `json:"sequence"`         // of the submission in APPLICATIONS
	Submitted   time.Time      `json:"submitted"`
	Checked     time.Time      `json:"checked"`
	Decided     time.Time      `json:"decided,omitzero"`  // when an employer's word on issuers was carried over to it, without a new check
	Tries       uint64         `json:"tries,omitempty"`   // that the check took, of the queue's deliveries
	Version     int64          `json:"version,omitempty"` // in the index
	Counts      verdict.Counts `json:"counts"`
	Findings    []Found        `json:"findings"`
	Unread      []OutcomeGap   `json:"unread"`
	NotFollowed []OutcomeLink  `json:"notFollowed,omitempty"`
	Recheck     time.Time      `json:"recheck,omitzero"`  // when pending badges, and links that gave no answer, are asked for again
	Changed     []Change       `json:"changed,omitempty"` // what later checks of the same submission came to

	first bool // it is likely that none of the application was told before
	// rechecked reports whether the index has a later check by now than the one that is
	// told; nil = nobody needs to ask.
	rechecked func(context.Context) (bool, error)
}

// Found is one badge of an Outcome, each badge once.
type Found struct {
	Document   string               `json:"document" blind:"-"` // "document 1" or "link 1", in the order of the submission
	Carrier    string               `json:"carrier" blind:"-"`
	Format     verdict.Format       `json:"format"`
	Proof      string               `json:"proof"`
	Result     verdict.Result       `json:"result"`
	Reason     verdict.Reason       `json:"reason,omitempty"`
	Aspects    map[string]FoundSays `json:"aspects" blind:"-"`
	Credential FoundCredential      `json:"credential"`

	// Unconfirmed is what only the copy in the documents says, of a badge that is
	// pending.
	Unconfirmed verdict.Unconfirmed `json:"unconfirmed,omitzero"`

	// Elsewhere is set when another candidate of the tenant holds the very same
	// badge: "other", or "proven_other" where that candidate's address is confirmed.
	Elsewhere record.Elsewhere `json:"elsewhere,omitempty" blind:"-"`
}

// FoundSays is an aspect without its evidence.
type FoundSays struct {
	State  verdict.State  `json:"state"`
	Reason verdict.Reason `json:"reason,omitempty"`
	Level  verdict.Level  `json:"level,omitempty"` // of standing
}

// FoundCredential is what the issuer says of the award.
type FoundCredential struct {
	ID      string         `json:"id,omitempty"`
	Name    string         `json:"name,omitempty"`
	Issuer  verdict.Party  `json:"issuer"`
	Issued  time.Time      `json:"issued,omitzero"`
	Expires time.Time      `json:"expires,omitzero"`
	Skills  []skills.Skill `json:"skills"`
}

// OutcomeGap is something that could not be read.
type OutcomeGap struct {
	Document string `json:"document"`
	Reason   string `json:"reason"`
}

// OutcomeLink counts links that were not followed, or that led to no badge.
type OutcomeLink struct {
	Document string          `json:"document"`
	Reason   examine.Skipped `json:"reason"`
	Links    int             `json:"links"`
	Pending  int             `json:"pending,omitempty"` // of them, asked again as pending badges are
}

// outcome makes the Outcome of examined reports: n documents and then links.
func outcome(reports []examine.Report, n int) Outcome {
	o := Outcome{V: OutcomeVersion, Phase: PhaseComplete, Findings: []Found{}, Unread: []OutcomeGap{}}
	name := func(i int) string {
		if i < n {
			return "document " + strconv.Itoa(i+1)
		}
		return "link " + strconv.Itoa(i-n+1)
	}
	in := map[string]string{}
	for i, r := range reports {
		for _, f := range r.Findings {
			if in[f.Where] == "" {
				in[f.Where] = name(i)
			}
		}
		for _, u := range r.Unread {
			o.Unread = append(o.Unread, OutcomeGap{name(i), string(u.Reason)})
		}
		count, pending := map[examine.Skipped]int{}, map[examine.Skipped]int{}
		for _, u := range r.NotFollowed {
			count[u.Reason] += 1 + u.More
			if u.Pending {
				pending[u.Reason]++
			}
		}
		for _, reason := range slices.Sorted(maps.Keys(count)) {
			o.NotFollowed = append(o.NotFollowed, OutcomeLink{name(i), reason, count[reason], pending[reason]})
		}
	}
	for _, f := range examine.Merged(reports) {
		o.found(in[f.Where], f.Carrier, f.Verdict, f.Skills)
		for i, c := range f.Contained {
			// Each credential of a CLR is judged, and counts, for itself.
			o.found(in[f.Where], f.Carrier, c, f.Inner[i])
		}
	}
	return o
}

func (o *Outcome) found(document, carrier string, v verify.Verdict, known []skills.Skill) {
	o.Counts.Add(v.Result, 1)
	a, c := v.Aspects, v.Credential
	x := Found{Document: document, Carrier: carrier, Format: v.Format, Proof: v.Proof, Result: v.Result, Reason: v.Reason, Unconfirmed: v.Unconfirmed,
		Aspects:    map[string]FoundSays{},
		Credential: FoundCredential{ID: c.ID, Name: c.Name, Issuer: c.Issuer, Issued: c.Issued, Expires: c.Expires, Skills: known}}
	if known == nil {
		x.Credential.Skills = []skills.Skill{}
	}
	for q, s := range a.Each() {
		x.Aspects[string(q)] = FoundSays{s.State, s.Reason, s.Level}
	}
	o.Findings = append(o.Findings, x)
}

// unnamed masks what names the applicant in the findings. Their texts are shared
// with verdicts, so that it is done to a copy.
func (o *Outcome) unnamed(m *record.Mask) error {
	raw, err := json.Marshal(o.Findings)
	if err != nil {
		return err
	}
	findings := []Found{}
	if err := json.Unmarshal(raw, &findings); err != nil {
		return err
	}
	m.Fill(&findings)
	o.Findings = findings
	return nil
}

// publishTries is how often an outcome is published while others publish theirs of the
// same application.
const publishTries = 10

// publishOutcome tells what became of a submission. Where the outcome of a newer one is
// there already, that is told once more behind it, so that the newest outcome stays the
// last. It is taken back when the application was erased meanwhile.
func (q *Queue) publishOutcome(ctx context.Context, o Outcome) error {
	subject := "results." + o.Tenant + "." + o.Application
	body, err := o.fit()
	if err != nil {
		return err
	}
	t := task{subject: "applications." + o.Tenant + "." + o.Application, sequence: o.Sequence, submitted: o.Submitted}
	for alone, try := body, 0; ; try++ {
		var last *jetstream.RawStreamMsg
		err := error(jetstream.ErrMsgNotFound)
		if !o.first || try > 0 {
			last, err = q.last(ctx, StreamResults, subject)
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return q.explain(err)
		}
		newer := false
		if last != nil {
			if gone, err := o.late(ctx, last); gone || err != nil {
				return err
			}
			of := markOf(last.Header)
			switch newer = o.State != Erased && of != t.mark() && of.covers(t.mark()); {
			case o.State == Superseded && of == t.mark():
				return nil
			case o.State == Superseded:
				newer = true // whatever it is of, what superseded this one is told of then
			case o.State != Erased && !newer && of.sequence > t.sequence:
				// An earlier life of the stream, or its clock was set back.
				if newer, err = q.overtaken(ctx, t); err != nil {
					return err
				}
			}
		}
		if body, err = o.against(last, alone); err != nil {
			return err
		}
		h := t.mark().header()
		h.Set(headerState, string(o.State))
		intoTrace(ctx, h)
		at, err := q.tell(ctx, subject, body, h, last)
		if isTaken(err) && try < publishTries {
			continue
		}
		if err != nil {
			return q.explain(err)
		}
		if newer {
			if _, err := q.tell(ctx, subject, last.Data, last.Header, &jetstream.RawStreamMsg{Sequence: at}); err != nil && !isTaken(err) {
				return q.explain(err)
			}
		}
		break
	}
	if o.State == Erased {
		return nil
	}
	if err := q.refuseErased(ctx, o.Tenant, o.Application); errors.Is(err, ErrErased) {
		return q.wipe(ctx, StreamResults, subject)
	}
	return nil
}

// fit writes an outcome, with as many of its findings as a message has room for: Counts
// still tell all of them.
func (o *Outcome) fit() ([]byte, error) {
	body, err := json.Marshal(o)
	for err == nil && len(body) > maxMessage-4096 && len(o.Findings) > 0 {
		o.Findings = o.Findings[:len(o.Findings)/2]
		body, err = json.Marshal(o)
	}
	return body, err
}

// late reports whether a later check of the same submission is told already, and stands in
// the index: who made this one was slow to tell of it.
func (o *Outcome) late(ctx context.Context, last *jetstream.RawStreamMsg) (bool, error) {
	var told Outcome
	if o.rechecked == nil || o.State != Indexed || markOf(last.Header) != (mark{o.Sequence, o.Submitted.UnixNano()}) ||
		json.Unmarshal(last.Data, &told) != nil || told.State != Indexed || told.Version <= o.Version {
		return false, nil
	}
	// An index that was made anew counts from the beginning: only what it has now tells.
	return o.rechecked(ctx)
}

// tell publishes an outcome behind the last one of its subject, nil for none, and gives
// its sequence. isTaken reports of the error that another one came between.
func (q *Queue) tell(ctx context.Context, subject string, body []byte, h nats.Header, last *jetstream.RawStreamMsg) (uint64, error) {
	after := uint64(0)
	if last != nil {
		after = last.Sequence
	}
	own := markOf(h).header()
	if s := h.Get(headerState); s != "" {
		own.Set(headerState, s)
	}
	if t := traceOf(h); t != "" {
		own[headerTrace] = []string{t}
	}
	ack, err := q.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: body, Header: own},
		jetstream.WithExpectStream(StreamResults), jetstream.WithExpectLastSequencePerSubject(after))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// isTaken reports whether a message was refused because another one of its subject came
// first.
func isTaken(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// Wait waits for the complete outcome of a submission, or of a later one of the same
// application. The error is ctx's or the queue's.
func (q *Queue) Wait(ctx context.Context, tenant, application string, r *Receipt) (*Outcome, error) {
	subject := "results." + tenant + "." + application
	ctx, done := q.heed(ctx, subject)
	defer done()
	ch := make(chan *nats.Msg, 16)
	sub, err := q.nc.ChanSubscribe(subject, ch)
	if err != nil {
		return nil, q.explain(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	// What is published is looked up at once; what came before the subscription, or
	// while the connection was down, from time to time.
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		m, err := q.last(ctx, StreamResults, subject)
		if err == nil {
			o, err := q.awaited(ctx, r, m.Data)
			if o != nil && o.Phase != PhaseDocuments || err != nil && ctx.Err() == nil {
				return o, err
			}
		} else if !errors.Is(err, jetstream.ErrMsgNotFound) && ctx.Err() == nil {
			return nil, q.explain(err)
		}
		select {
		case <-ch: // comes before it is stored
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// awaited gives an outcome that tells what became of a submission, nil for another one.
func (q *Queue) awaited(ctx context.Context, r *Receipt, body []byte) (*Outcome, error) {
	var o Outcome
	switch {
	case json.Unmarshal(body, &o) != nil || o.Sequence < r.Sequence:
		return nil, nil
	case o.Sequence == r.Sequence && (r.Submitted.IsZero() || o.Submitted.Equal(r.Submitted)):
		return &o, nil
	}
	// A later one, unless it is from an earlier life of the stream.
	last, err := q.last(ctx, StreamApplications, "applications."+o.Tenant+"."+o.Application)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, ErrRights): // who may not read what others submit
		return &o, nil
	case err != nil:
		return nil, q.explain(err)
	case last.Sequence < o.Sequence:
		return nil, nil
	}
	return &o, nil
}

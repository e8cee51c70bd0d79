package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"assay/index"
	"assay/index/issuers"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Bounds of deciding again.
const (
	redecideLot   = 250 // applications in hand
	redecideBeat  = time.Second
	redecideDead  = 30 * time.Second // without a beat, its holder is taken for gone
	redecideTries = 5                // to write an application that others write at the same time
	publishers    = 16
)

// redecision is how far what is indexed follows the words of a tenant, as it lies
// in the bucket REDECIDE. Words up to revision Applied hold for all that is indexed;
// words up to Target for the applications up to After, in the order of their ids.
type redecision struct {
	Applied uint64    `json:"applied"`
	Target  uint64    `json:"target,omitempty"`
	After   string    `json:"after,omitempty"`
	Done    int       `json:"done,omitempty"`
	Total   int       `json:"total,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Holder  string    `json:"holder,omitempty"`
	Beat    time.Time `json:"beat,omitzero"`
}

// takeState takes in how far a tenant's index follows.
func (d *Decisions) takeState(x jetstream.KeyValueEntry) {
	var s redecision
	if record.CheckToken("tenant", x.Key()) != nil || x.Operation() == jetstream.KeyValuePut && json.Unmarshal(x.Value(), &s) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(x.Key()).state = s
	d.change()
}

// Carry carries words over to what is indexed, until ctx ends: verdicts that are
// stored are decided again, without fetching or parsing anything. Several workers
// may do it at once: one has the work of a tenant in hand, and another goes on where
// it stopped when it is gone.
func (d *Decisions) Carry(ctx context.Context) error {
	for ctx.Err() == nil {
		d.mu.Lock()
		moved := d.moved
		var todo []string
		for t, e := range d.tenants {
			if e.state.Applied < e.revision {
				todo = append(todo, t)
			}
		}
		d.mu.Unlock()
		slices.Sort(todo)
		for _, tenant := range todo {
			if err := d.redecide(ctx, tenant); err != nil && ctx.Err() == nil {
				d.o.Log.Warn("applications cannot be decided again just now; trying again", zap.String("tenant", tenant), zap.Error(plain(err)))
				sleep(ctx, time.Second)
			}
		}
		timer := time.NewTimer(redecideDead / 3)
		if len(todo) > 0 {
			timer.Reset(time.Second)
		}
		select {
		case <-moved:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// errMoved: a newer word came, so the work begins anew.
var errMoved = errors.New("a newer word")

// redecide does the work of one tenant, or leaves it to whoever has it in hand.
func (d *Decisions) redecide(ctx context.Context, tenant string) error {
	h := &hold{d: d, tenant: tenant}
	mine, err := h.take(ctx)
	if err != nil || !mine {
		return err
	}
	// Every worker knows the word before the first application is read: what is
	// written later was judged by it.
	for {
		d.mu.Lock()
		e := d.of(tenant)
		left := d.o.Settle - time.Since(e.at)
		d.mu.Unlock()
		if left <= 0 {
			break
		}
		if !sleep(ctx, min(left, d.o.Settle)) {
			return ctx.Err()
		}
	}
	d.mu.Lock()
	e := d.of(tenant)
	if e.revision != h.state.Target {
		d.mu.Unlock()
		return h.give(ctx) // taken up again at once, for the newer word
	}
	policy := e.policy
	var words []issuers.Word
	all, mapped := false, false
	for k, rev := range e.revisions {
		if rev > h.state.Applied {
			w := e.book[k]
			words, all, mapped = append(words, w), all || !w.About(), mapped || w.Kind == issuers.Map
		}
	}
	d.mu.Unlock()
	var ids []string
	if !all {
		counts, err := d.o.Engine.Issuers(ctx, tenant)
		if err != nil {
			return err
		}
		ids = idsOf(counts, words)
	}
	if h.state.Total, err = d.applications(ctx, tenant, ids); err != nil {
		return err
	}
	start, changed := time.Now(), 0
	var lot []record.Application
	flush := func() error {
		n, err := d.again(ctx, tenant, policy, mapped, lot)
		changed += n
		if err != nil {
			return err
		}
		h.state.Done += len(lot)
		if len(lot) > 0 {
			h.state.After = lot[len(lot)-1].ID
		}
		lot = lot[:0]
		if _, rev := d.Policy(tenant); rev != h.state.Target {
			return errMoved
		}
		return h.beat(ctx)
	}
	err = d.o.Engine.ScanIssuers(ctx, tenant, ids, h.state.After, func(a *record.Application) error {
		if lot = append(lot, *a); len(lot) < redecideLot {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	switch {
	case errors.Is(err, errMoved):
		return h.give(ctx)
	case err != nil:
		return errors.Join(err, h.give(context.WithoutCancel(ctx)))
	}
	h.state = redecision{Applied: h.state.Target}
	if err := h.save(ctx); err != nil {
		return err
	}
	d.o.Log.Info("applications are decided again", zap.String("tenant", tenant), zap.Int("count", changed), zap.Duration("took", time.Since(start)))
	return nil
}

// again decides applications again and writes those that are changed: into the
// index, and their outcomes to the results. It gives how many. mapped: their skills are
// read again, too, as the tenant maps words of badges.
func (d *Decisions) again(ctx context.Context, tenant string, p verify.Policy, mapped bool, lot []record.Application) (int, error) {
	decide := func(v *verdict.Verdict) { verify.Decide(v, p) }
	redo := func(a *record.Application) bool { return record.Redecide(a, decide) }
	if mapped {
		resolve := d.resolver(tenant, d.o.Taxonomy())
		redo = func(a *record.Application) bool {
			changed := record.Redecide(a, decide)
			return reread(a, resolve) || changed
		}
	}
	var todo []record.Application
	for i := range lot {
		if a := lot[i]; redo(&a) {
			a.Version = record.NextVersion(a.Version)
			todo = append(todo, a)
		}
	}
	n := len(todo)
	var written []record.Application
	for tries := 0; len(todo) > 0; tries++ {
		if tries == redecideTries {
			return 0, index.ErrUnavailable
		}
		var next []record.Application
		for i, o := range d.o.Engine.Write(ctx, todo) {
			switch {
			case o.Err != nil:
				return 0, o.Err
			case !o.Superseded:
				written = append(written, todo[i])
				continue
			}
			// Somebody wrote it meanwhile: what he wrote is decided.
			a, err := d.o.Engine.Get(ctx, tenant, todo[i].Application)
			if errors.Is(err, index.ErrErased) || errors.Is(err, index.ErrNotFound) {
				continue
			}
			if err != nil {
				return 0, err
			}
			if redo(a) {
				a.Version = record.NextVersion(a.Version)
				next = append(next, *a)
			}
		}
		todo = next
	}
	return n, d.publish(ctx, written)
}

// reread reads the skills of an application out of its badges again, and reports whether
// they are others.
func reread(a *record.Application, resolve func(verdict.Credential) []skills.Skill) bool {
	says := func() []string {
		var out []string
		for _, c := range a.Claims {
			out = append(out, strconv.Itoa(c.Credential)+" "+c.ID+" "+string(c.Basis)+" "+c.Label)
		}
		return out
	}
	if a.Erased {
		return false
	}
	was := says()
	record.Remake(a, resolve)
	return !slices.Equal(was, says())
}

// publish tells the outcomes of applications that were decided again.
func (d *Decisions) publish(ctx context.Context, all []record.Application) error {
	work := make(chan *record.Application)
	errs := make([]error, publishers)
	var wg sync.WaitGroup
	for i := range publishers {
		wg.Go(func() {
			for a := range work {
				if errs[i] == nil {
					fault := d.o.Faults.Do("telling an outcome", func() { errs[i] = d.o.Queue.republish(ctx, a, d.o.Now().UTC(), d.o.Names) })
					errs[i] = errors.Join(errs[i], fault)
				}
			}
		})
	}
	for i := range all {
		work <- &all[i]
	}
	close(work)
	wg.Wait()
	return errors.Join(errs...)
}

// republish tells the outcome of an application as it is decided now. What was told
// of the submission stays; where that is gone, it is told from the index. What names
// the applicant is masked, unless names says otherwise.
func (q *Queue) republish(ctx context.Context, a *record.Application, now time.Time, names bool) error {
	o := outcome(nil, 0)
	o.Tenant, o.Application, o.State, o.Submitted, o.Checked = a.Tenant, a.Application, Indexed, a.AppliedAt, a.CheckedAt
	_, o.Sequence, _ = record.Place(a.Version)
	last, err := q.last(ctx, StreamResults, "results."+a.Tenant+"."+a.Application)
	switch {
	case err == nil:
		var was Outcome
		if json.Unmarshal(last.Data, &was) == nil {
			if was.State != Indexed || was.Version >= a.Version {
				return nil // refused or erased since, or told by whoever wrote later
			}
			o = was
		}
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return q.explain(err)
	}
	told := len(o.Findings) > 0
	if last == nil && a.Asking() {
		o.Phase = PhaseDocuments
	}
	o.Version, o.Counts, o.Decided = a.Version, a.Counts, now
	for i := range a.Credentials {
		c := &a.Credentials[i]
		switch {
		case !told:
			counts := o.Counts
			o.found("", c.Carrier, c.Verdict, nil)
			o.Counts = counts
		case i < len(o.Findings) && o.Findings[i].Format == c.Verdict.Format && o.Findings[i].Proof == c.Verdict.Proof && o.Findings[i].Credential.Issued.Equal(c.Verdict.Credential.Issued):
			f := &o.Findings[i]
			f.Result, f.Reason, f.Credential.Issuer = c.Verdict.Result, c.Verdict.Reason, c.Verdict.Credential.Issuer
			f.Aspects[string(verdict.Standing)] = FoundSays{c.Verdict.Aspects.Standing.State, c.Verdict.Aspects.Standing.Reason, c.Verdict.Aspects.Standing.Level}
		}
	}
	if !names {
		if err := o.unnamed(record.MaskOf(a)); err != nil {
			return err
		}
	}
	return q.publishOutcome(ctx, o)
}

// hold is the work of a tenant in hand.
type hold struct {
	d      *Decisions
	tenant string
	state  redecision
	rev    uint64
	saved  time.Time
}

// take takes the work, unless somebody else is at it.
func (h *hold) take(ctx context.Context) (bool, error) {
	x, err := h.d.work.Get(ctx, h.tenant)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
	case err != nil:
		return false, h.d.o.Queue.explain(err)
	default:
		h.rev = x.Revision()
		if json.Unmarshal(x.Value(), &h.state) != nil {
			h.state = redecision{}
		}
	}
	now := time.Now().UTC() // of the machine: who holds the work is nothing to judge by
	_, target := h.d.Policy(h.tenant)
	s := &h.state
	if s.Applied >= target || s.Holder != "" && s.Holder != h.d.name && now.Sub(s.Beat) < redecideDead {
		return false, nil
	}
	if s.Target != target {
		*s = redecision{Applied: s.Applied, Target: target, Since: now}
	}
	s.Holder, s.Beat = h.d.name, now
	err = h.save(ctx)
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, err
}

// errTaken: somebody else has the work in hand.
var errTaken = errors.New("the work is another's")

func (h *hold) save(ctx context.Context) error {
	body, err := json.Marshal(h.state)
	if err != nil {
		return err
	}
	rev := uint64(0)
	if h.rev == 0 {
		rev, err = h.d.work.Create(ctx, h.tenant, body)
	} else {
		rev, err = h.d.work.Update(ctx, h.tenant, body, h.rev)
	}
	var api *jetstream.APIError
	switch {
	case errors.Is(err, jetstream.ErrKeyExists), errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence:
		return errTaken
	case err != nil:
		return h.d.o.Queue.explain(err)
	}
	h.rev, h.saved = rev, time.Now()
	return nil
}

// beat keeps how far the work is, once a second.
func (h *hold) beat(ctx context.Context) error {
	if time.Since(h.saved) < redecideBeat {
		return nil
	}
	h.state.Beat = time.Now().UTC()
	return h.save(ctx)
}

// give lets the work go, as far as it is.
func (h *hold) give(ctx context.Context) error {
	h.state.Holder = ""
	err := h.save(ctx)
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

// policy is what an application of a tenant is judged by, nil = the examiner's own,
// and the revision of what the employer says.
func (w *Worker) policy(tenant string) (*verify.Policy, uint64) {
	if w.o.Decisions == nil {
		return nil, 0
	}
	p, rev := w.o.Decisions.Policy(tenant)
	return &p, rev
}

// words are what a tenant says that words of badges are.
func (w *Worker) words(tenant string) map[string]string {
	if w.o.Decisions == nil {
		return nil
	}
	return w.o.Decisions.Words(tenant)
}

// resolver reads skills out of badges as a tenant has them.
func (w *Worker) resolver(tenant string, tax *skills.Taxonomy) func(verdict.Credential) []skills.Skill {
	if w.o.Decisions == nil {
		return tax.Resolve
	}
	return w.o.Decisions.resolver(tenant, tax)
}

// decideAgain decides what was judged by an employer's words up to one revision by
// those of now, whose revision it gives.
func (w *Worker) decideAgain(tenant string, said uint64, reports []examine.Report) uint64 {
	p, now := w.policy(tenant)
	if now == said {
		return said
	}
	for i := range reports {
		for k := range reports[i].Findings {
			f := &reports[i].Findings[k]
			verify.Decide(&f.Verdict, *p)
			for c := range f.Contained {
				verify.Decide(&f.Contained[c], *p)
			}
		}
	}
	return now
}

// settle decides a document that was just written again, when the employer spoke
// while it was on its way: whoever carries the word over may have been past it.
func (w *Worker) settle(ctx context.Context, tenant string, said uint64, doc *record.Application) error {
	p, now := w.policy(tenant)
	if now == said {
		return nil
	}
	_, err := w.o.Decisions.again(ctx, tenant, *p, w.o.Decisions.maps(tenant), []record.Application{*doc})
	return err
}

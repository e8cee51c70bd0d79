package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/index"
	"assay/index/record"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Person says whose applications are erased: by the key that the index has for a
// candidate, or by an address. Who merely claims an address is not taken for the one
// whose it is: anybody can write another's address into an application, and neither must
// lose theirs for it.
type Person struct {
	Candidate string `json:"candidate,omitempty"` // Candidate of the index's documents
	Address   string `json:"address,omitempty"`   // e-mail address
	Claimed   bool   `json:"claimed,omitempty"`   // applications count, too, that merely claim the address, or are known by one that is claimed
}

// ErrPerson: it is not said whose applications are meant.
var ErrPerson = errors.New("whose applications? A candidate's key (32 hex digits) or an address is asked for, one of the two")

var candidateKey = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (p *Person) check() error {
	if (p.Candidate == "") == (p.Address == "") || p.Candidate != "" && !candidateKey.MatchString(p.Candidate) ||
		p.Address != "" && (len(p.Address) > maxText || !strings.Contains(p.Address, "@") || folded(p.Address) == "") {
		return ErrPerson
	}
	return nil
}

// folded is an address as addresses are compared.
func folded(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// kin is what an application has to do with a person.
type kin int

const (
	stranger kin = iota
	claims       // it claims to be theirs
	theirs
)

// of says what a submission has to do with the person.
func (p *Person) of(key []byte, a *Application) kin {
	if p.Candidate != "" {
		switch {
		case candidate(key, a) != p.Candidate:
			return stranger
		case len(a.Applicant.Proven) > 0, len(a.Applicant.Emails)+len(a.Applicant.IDs) == 0:
			return theirs
		}
		return claims
	}
	is := func(s string) bool { return folded(s) == folded(p.Address) }
	switch {
	case slices.ContainsFunc(a.Applicant.Proven, is):
		return theirs
	case slices.ContainsFunc(a.Applicant.Emails, is):
		return claims
	}
	return stranger
}

// ofRecord says it of a document of the index, which has marks in place of addresses. An
// address that is claimed beside others is not among them.
func (p *Person) ofRecord(key []byte, a *record.Application) kin {
	if p.Candidate != "" {
		switch {
		case a.Candidate != p.Candidate:
			return stranger
		case len(a.Persons) > 1, // a mark for each address that is proven, and one for all
			a.Candidate == candidate(key, &Application{Tenant: a.Tenant, Application: a.Application}): // nothing is given
			return theirs
		}
		return claims
	}
	address := folded(p.Address)
	proven := record.Persons(key, a.Tenant, nil, []string{address}, nil)[0] // of the address by itself
	switch {
	case slices.Contains(a.Persons, proven):
		return theirs
	case a.Candidate == candidate(key, &Application{Tenant: a.Tenant, Applicant: Applicant{Emails: []string{address}}}):
		return claims
	}
	return stranger
}

// Erasure is what an erasure of a person came to. It names applications and no person.
type Erasure struct {
	Tenant       string         `json:"tenant"`
	DryRun       bool           `json:"dryRun,omitempty"`
	Applications []ErasedOne    `json:"applications"`        // the first thousand
	Erased       int            `json:"erased"`              // all of them; of a dry run those that would be
	Claimed      int            `json:"claimed"`             // that merely claim to be theirs, and stay
	Unread       int            `json:"unread,omitempty"`    // submissions that cannot be read: whose they are is not known
	Removed      map[string]int `json:"removed"`             // of all, by place
	Left         map[string]int `json:"left,omitempty"`      // what is there all the same, by place: erase again
	Processes    int            `json:"processes,omitempty"` // that dropped what they had of hosts' answers in memory
	Answers      int            `json:"answers,omitempty"`   // of these
}

// ErasedOne is one application of an Erasure.
type ErasedOne struct {
	Application string         `json:"application"`
	Removed     map[string]int `json:"removed"` // by place
}

// maxErased is how many applications a report lists.
const maxErased = 1000

// EraseCandidate erases all applications of a person, of one tenant: those that the queue
// has submissions or letters of, and those that the index knows. It goes through all
// submissions of the tenant; where the index has one, its marks say whose it is. With
// dry, nothing is removed, and the report says what would be.
func (q *Queue) EraseCandidate(ctx context.Context, e index.Engine, key []byte, tenant string, who Person, dry bool, now func() time.Time) (*Erasure, error) {
	if err := errors.Join(record.CheckToken("tenant", tenant), who.check()); err != nil {
		return nil, err
	}
	out := &Erasure{Tenant: tenant, DryRun: dry, Applications: []ErasedOne{}, Removed: map[string]int{}}
	todo := map[string]bool{}    // theirs
	claimed := map[string]bool{} // theirs as they claim
	add := func(application string, k kin) {
		switch {
		case k == theirs, k == claims && who.Claimed:
			todo[application] = true
		case k == claims:
			claimed[application] = true
		}
	}
	read := func(application string, body []byte) {
		a, err := Decode(body, tenant, application)
		if err != nil {
			out.Unread++
			return
		}
		add(application, who.of(key, a))
	}
	if err := q.walk(ctx, StreamApplications, "applications."+tenant+".*", func(subject string, _ nats.Header, seq uint64, _ time.Time) error {
		_, application, ok := split(subject, "applications")
		if !ok {
			return nil
		}
		if who.Address == "" || !who.Claimed { // else the index does not know all
			if doc, err := e.Get(ctx, tenant, application); err == nil && doc.Application == application {
				if _, of, ok := record.Place(doc.Version); ok && of == seq {
					add(application, who.ofRecord(key, doc))
					return nil
				}
			}
		}
		m, err := q.at(ctx, StreamApplications, seq)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			m, err = q.last(ctx, StreamApplications, subject) // replaced meanwhile
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return nil
			}
		case err == nil && m.Subject != subject:
			return nil
		}
		if err != nil {
			return q.explain(err)
		}
		read(application, m.Data)
		return nil
	}); err != nil {
		return nil, err
	}
	if err := q.walkFrom(ctx, StreamDeadLetters, 1, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"deadletters." + tenant + ".*"}},
		func(m jetstream.Msg, _ *jetstream.MsgMetadata) error {
			if _, application, ok := split(m.Subject(), "deadletters"); ok {
				read(application, m.Data())
			}
			return nil
		}); err != nil {
		return nil, err
	}
	if err := e.Scan(ctx, tenant, func(a *record.Application) error {
		if a.Tenant == tenant && !a.Erased {
			add(a.Application, who.ofRecord(key, a))
		}
		return ctx.Err()
	}); err != nil {
		return nil, err
	}
	for _, application := range slices.Sorted(maps.Keys(todo)) {
		delete(claimed, application)
		if err := q.eraseOne(ctx, e, tenant, application, out, now); err != nil {
			return out, fmt.Errorf("%w (%d of %d are erased; erase again)", err, out.Erased, len(todo))
		}
	}
	out.Claimed = len(claimed)
	if !dry {
		q.log.Info("applications of a person are erased", zap.String("tenant", tenant), zap.Int("count", out.Erased))
	}
	return out, nil
}

// eraseOne erases an application and reports it; a dry run reports it alone.
func (q *Queue) eraseOne(ctx context.Context, e index.Engine, tenant, application string, out *Erasure, now func() time.Time) error {
	there, err := q.placesOf(ctx, e, tenant, application)
	if err != nil {
		return err
	}
	if !out.DryRun {
		if err := q.Erase(ctx, e, tenant, application, now()); err != nil {
			return err
		}
		left, err := q.placesOf(ctx, e, tenant, application)
		if err != nil {
			return err
		}
		for place, n := range left {
			if out.Left == nil {
				out.Left = map[string]int{}
			}
			out.Left[place] += n
			if there[place] -= n; there[place] <= 0 {
				delete(there, place)
			}
		}
	}
	out.Erased++
	for place, n := range there {
		out.Removed[place] += n
	}
	if len(out.Applications) < maxErased {
		out.Applications = append(out.Applications, ErasedOne{application, there})
	}
	return nil
}

// placesOf counts what there is of an application, by place.
func (q *Queue) placesOf(ctx context.Context, e index.Engine, tenant, application string) (map[string]int, error) {
	name := tenant + "." + application
	there := map[string]int{}
	for _, x := range []struct{ place, stream, subjects string }{
		{"submissions", StreamApplications, "applications." + name}, {"outcomes", StreamResults, "results." + name},
		{"letters", StreamDeadLetters, "deadletters." + name}, {"rechecks", StreamRechecks, "rechecks." + name},
		{"pending", StreamPending, "pending." + name}, {"parts", StreamParts, "parts." + name + ".>"},
		{"held", "KV_" + BucketHeld, heldSubject + name + ".*"},
	} {
		n, err := q.count(ctx, x.stream, x.subjects)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			there[x.place] = n
		}
	}
	s, err := q.store(ctx)
	if err != nil {
		return nil, err
	}
	list, err := q.held(ctx, tenant, application)
	if err != nil {
		return nil, err
	}
	for sha := range q.objectsOf(ctx, tenant, application) {
		if !slices.Contains(list, sha) {
			list = append(list, sha)
		}
	}
	for _, sha := range list {
		switch _, err := s.GetInfo(ctx, objectName(tenant, application, sha)); {
		case err == nil:
			there["documents"]++
		case !errors.Is(err, jetstream.ErrObjectNotFound):
			return nil, q.explain(err)
		}
	}
	if n, err := q.savedOf(ctx, tenant, application); err != nil {
		return nil, err
	} else if n > 0 {
		there["saved"] = n
	}
	switch a, err := e.Get(ctx, tenant, application); {
	case err == nil && a.Application == application:
		there["index"] = 1
	case err != nil && !errors.Is(err, index.ErrNotFound) && !errors.Is(err, index.ErrErased):
		return nil, err
	}
	return there, nil
}

// Requests for it: assay.candidate.<tenant> of one worker, and assay.forget of all of
// them.
const (
	requestCandidate = "assay.candidate"
	requestForget    = "assay.forget"
)

// candidateRequest is what requestCandidate carries.
type candidateRequest struct {
	Person
	DryRun bool `json:"dryRun,omitempty"`
}

// RequestEraseCandidate has a worker EraseCandidate, and all of them drop what they have
// of hosts' answers in memory: a badge that its issuer hosts may name its recipient.
// Where the report is not nil, the error came after what it says.
func (q *Queue) RequestEraseCandidate(ctx context.Context, tenant string, who Person, dry bool) (*Erasure, error) {
	if err := errors.Join(record.CheckToken("tenant", tenant), who.check()); err != nil {
		return nil, err
	}
	body, err := json.Marshal(candidateRequest{who, dry})
	if err != nil {
		return nil, err
	}
	r, err := q.askWith(ctx, requestCandidate+"."+tenant, body, nil)
	if err != nil {
		return nil, err
	}
	if r.Erasure == nil {
		return nil, errQuestion
	}
	if dry || r.Erasure.Erased == 0 {
		return r.Erasure, nil
	}
	r.Erasure.Processes, r.Erasure.Answers, err = q.requestForget(ctx)
	return r.Erasure, err
}

// serveForget drops what is kept in memory, beside all other workers, until the
// subscription ends.
func (w *Worker) serveForget() (*nats.Subscription, error) {
	return w.q.nc.Subscribe(requestForget, func(m *nats.Msg) {
		_ = w.o.Faults.Do("forgetting", func() {
			n := 0
			if w.o.Forget != nil {
				n = w.o.Forget()
			}
			w.log.Info("answers in memory are dropped", zap.Int("count", n))
			w.reply(m, adminReply{Done: true, Count: n})
		})
	})
}

// requestForget has all workers drop what they keep in memory, and gives how many did and
// how much that was.
func (q *Queue) requestForget(ctx context.Context) (processes, answers int, err error) {
	err = q.askAll(ctx, requestForget, func(body []byte) {
		var r adminReply
		if json.Unmarshal(body, &r) == nil && r.Done {
			processes++
			answers += r.Count
		}
	})
	return processes, answers, err
}

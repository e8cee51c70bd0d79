package fetch

import (
	"context"
	"sync"
)

// An application that is in hand asks hosts for two things: what its documents
// link to, which the applicant chose, and what issuers publish. Each tenant's
// two are lanes of their own: a host that is slow or broken for the one is
// neither for the other. Within a lane nobody takes all of a host's places, and
// one application's bad luck with an issuer is not yet a broken host.

// application is what the client knows of one application in hand.
type application struct {
	tenant string

	mu    sync.Mutex
	lines map[string]*stand
}

// stand is how one application stands with one line.
type stand struct {
	places chan struct{} // that it may take at a time

	mu       sync.Mutex
	refused  int // times that it waited in vain
	failures int // in a row
}

// broken reports that the host has failed this application so often in a row.
func (s *stand) broken(after int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures >= after
}

// tired reports that the application has waited in vain often enough.
func (s *stand) tired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused >= patience
}

func (s *stand) waited() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
}

func (s *stand) learn(what learnt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch what {
	case good:
		s.failures = 0
	case bad:
		s.failures++
	}
}

// patience is how often an application waits in vain for a place for its links at
// one host. Then it has done with that host: the rest are not asked for, and the
// one who works on it has the hand free.
const patience = 2

type applicationKey struct{}

// For returns a context for the work on one application of a tenant. Requests
// under it share no turn, no circuit breaker and no place in a queue with those
// of another tenant, and count as one asker among the tenant's. Requests under a
// context without it are of a tenant of their own, and each an asker of its own.
func For(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, applicationKey{}, &application{tenant: tenant, lines: map[string]*stand{}})
}

func applicationOf(ctx context.Context) *application {
	a, _ := ctx.Value(applicationKey{}).(*application)
	return a
}

// at gives how the application stands with a line of so many places: all but one
// may be its own. Nobody's application begins anew each time, with all of them.
func (a *application) at(key string, places int) *stand {
	if a == nil {
		return &stand{places: make(chan struct{}, 1)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.lines[key]
	if s == nil {
		s = &stand{places: make(chan struct{}, max(places-1, 1))}
		a.lines[key] = s
	}
	return s
}

// lane is whose requests stand in line together.
type lane struct {
	key    string // tenant and purpose
	app    *application
	chosen bool // by an applicant
	alone  bool // nobody else waits for the answer
}

func laneOf(ctx context.Context, r Request) lane {
	l := lane{app: applicationOf(ctx), chosen: r.Chosen, alone: r.Private}
	if l.app != nil {
		l.key = "tenant " + l.app.tenant
	}
	if r.Chosen {
		l.key += "\nlinks"
	} else {
		l.key += "\nissuers"
	}
	return l
}

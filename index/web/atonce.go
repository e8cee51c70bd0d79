package web

import (
	"errors"
	"sync"
)

// countAtOnce bounds questions that take seconds of a processor, or read every application.
const countAtOnce = 4

// errManyAsk: as many of them are asked as may be at a time.
var errManyAsk = &DoorError{Kind: KindBusy, Detail: "as much is being asked as may be at a time", Err: errors.New("as much is being asked as may be at a time")}

// atOnce bounds how much is under way at a time: of all, and of each.
type atOnce struct {
	most, each int

	mu  sync.Mutex
	all int
	of  map[string]int
}

func newAtOnce(most, each int) *atOnce {
	return &atOnce{most: most, each: each, of: map[string]int{}}
}

// begin reports whether one more may be, and gives what ends it; ending it again does
// nothing.
func (l *atOnce) begin(who string) (end func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= l.most || l.of[who] >= l.each {
		return nil, false
	}
	l.all++
	l.of[who]++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all--
		if l.of[who]--; l.of[who] == 0 {
			delete(l.of, who)
		}
	}), true
}

package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// What a badge was found to be is so until its issuer withdraws it, or its time is over.
// Searches judge its end themselves, when they are asked; a withdrawal nobody tells of.
// So the worker that sweeps goes through the outcomes again and again, in rounds, and
// has checked again what may have changed and was not checked for long. What it finds at
// a time is queued by issuers, so that a status list that is fetched for one badge
// judges all of them out of the cache.
//
// Outcomes have a limit of bytes (Retention.Results), as submissions have: what fell out
// of either is not looked at again.

// Bounds of a look.
const (
	renewLooks   = 144    // of a period: one in ten minutes, of a day
	renewRounds  = 4      // of a period, through all outcomes
	renewAtOnce  = 50_000 // outcomes of a look
	renewWaiting = 2000   // rechecks that wait: nothing is added to more
)

// renewal is how far the present round has come. A worker that takes over begins a round
// of its own.
type renewal struct {
	next  time.Time // look
	seq   uint64    // everything up to it was looked at
	hour  time.Time // that the budget is of
	spent map[string]int
}

// asked is what checking a badge again asks of its issuer.
type asked struct {
	issuer string
	hosted bool // a request for it alone; else one for its status list
}

// mayChange gives the badges of an outcome that may be something else by now: those that
// their issuer hosts, or says the status of, and those whose time is over since. What is
// pending is asked for anyway, and what is signed once and for all stays as it is.
func (o *Outcome) mayChange(now time.Time) []asked {
	var all []asked
	for i := range o.Findings {
		f := &o.Findings[i]
		a := asked{issuer: f.Credential.Issuer.ID, hosted: f.Proof == "hosted"}
		s := f.Aspects[string(verdict.Status)].State
		end := f.Credential.Expires
		switch {
		case f.Result == verdict.Pending, f.Result == verdict.Unsupported, f.Aspects[string(verdict.Integrity)].State == verdict.Fail:
		case a.hosted, f.Result != verdict.Expired && (s == verdict.Pass || s == verdict.Fail),
			(f.Result == verdict.Verified || f.Result == verdict.Authentic) && end.After(o.Checked) && !end.After(now):
			all = append(all, a)
		}
	}
	if len(all) == 0 && o.Counts.Total() > len(o.Findings) { // it tells but half of them
		all = append(all, asked{})
	}
	return all
}

// due is an application that is to be looked at again.
type due struct {
	chosen
	asks []asked
}

// renew has checked again what may have changed since it was checked, a period ago, as
// far as it is this look's turn, and gives how many.
func (w *Worker) renew(ctx context.Context, now time.Time) (int, error) {
	r, every := &w.renewal, w.o.Recheck
	if every < 0 || now.Before(r.next) {
		return 0, nil
	}
	r.next = now.Add(every / renewLooks)
	waits, err := w.q.Rechecks(ctx)
	if err != nil || waits > renewWaiting {
		return 0, err
	}
	s, err := w.q.js.Stream(ctx, StreamResults)
	if err != nil {
		return 0, w.q.explain(err)
	}
	state := s.CachedInfo().State
	if r.seq > state.LastSeq { // the stream was made anew
		r.seq = 0
	}
	a, err := w.q.js.Stream(ctx, StreamApplications)
	if err != nil {
		return 0, w.q.explain(err)
	}
	oldest := a.CachedInfo().State.FirstSeq
	// What is told between two rounds of a period is looked at in the latter, at three
	// quarters of the period at least.
	then := now.Add(-every / renewRounds * (renewRounds - 1))
	looks, most := 0, min(max(int(state.Msgs)*renewRounds*5/4/renewLooks, 500), renewAtOnce)
	var all []due
	err = w.q.walkFrom(ctx, StreamResults, r.seq+1, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"results.>"}},
		func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
			if looks == most {
				return errEnough
			}
			looks++
			r.seq = md.Sequence.Stream
			var o Outcome
			tenant, application, ok := split(m.Subject(), "results")
			if !ok || json.Unmarshal(m.Data(), &o) != nil || o.State != Indexed || o.Checked.After(then) || o.Sequence < oldest {
				return nil
			}
			if asks := o.mayChange(now); len(asks) > 0 {
				all = append(all, due{chosen{tenant + "." + application, o.Sequence}, asks})
			}
			return nil
		})
	if err == nil { // the round is done
		r.seq = 0
	}
	if err != nil && !errors.Is(err, errEnough) {
		return 0, err
	}
	slices.SortStableFunc(all, func(a, b due) int { return cmp.Compare(a.asks[0].issuer, b.asks[0].issuer) })
	var list []chosen
	lists := map[string]bool{}
	for _, d := range all {
		if r.within(w.o.Budget, d.asks, lists, now) {
			list = append(list, d.chosen)
		}
	}
	// The attempt is one after which pending badges are asked for once a day.
	n, err := w.q.recheckAll(ctx, list, recheck{V: 1, Reason: "due", Before: then, Attempt: dailyAttempt, Whole: true})
	if n > 0 {
		w.log.Info("applications are looked at again", zap.Int("count", n))
	}
	return n, err
}

// dailyAttempt is the first recheck for pending badges that is lastRecheck away.
const dailyAttempt = 9

// within spends what an application asks of its issuers, unless one of them has been
// asked enough this hour: then the next round comes to it first. lists are the issuers
// whose status lists this look fetches anyway.
func (r *renewal) within(budget int, asks []asked, lists map[string]bool, now time.Time) bool {
	if h := now.Truncate(time.Hour); !h.Equal(r.hour) {
		r.hour, r.spent = h, map[string]int{}
	}
	cost := map[string]int{}
	for _, a := range asks {
		if a.hosted {
			cost[a.issuer]++
		} else if !lists[a.issuer] && cost[a.issuer] == 0 {
			cost[a.issuer] = 1
		}
	}
	for issuer, n := range cost {
		if r.spent[issuer]+n > budget && r.spent[issuer] > 0 {
			return false
		}
	}
	for issuer, n := range cost {
		r.spent[issuer] += n
	}
	for _, a := range asks {
		lists[a.issuer] = lists[a.issuer] || !a.hosted
	}
	return true
}

package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// requestFigures asks every worker for its metrics: assay.figures.
const requestFigures = "assay.figures"

// figuresWait is how long workers have to answer.
const figuresWait = time.Second

// Figure is one of a process's metrics. Of a histogram there are two, whose names end in
// _sum and _count.
type Figure struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Value  float64           `json:"value"`
}

// serveFigures answers, beside all other workers, until the subscription ends.
func (w *Worker) serveFigures() (*nats.Subscription, error) {
	return w.q.nc.Subscribe(requestFigures, func(m *nats.Msg) {
		_ = w.o.Faults.Do("a question for figures", func() {
			f, err := figuresOf(w.o.Figures)
			body, e := json.Marshal(f)
			if err = errors.Join(err, e); err == nil {
				err = w.q.nc.Publish(m.Reply, body)
			}
			if err != nil {
				w.log.Warn("figures are not told", zap.Error(plain(err)))
			}
		})
	})
}

// figuresOf gathers what g has of assay's own and is not 0.
func figuresOf(g prometheus.Gatherer) ([]Figure, error) {
	all := []Figure{}
	if g == nil {
		return all, nil
	}
	families, err := g.Gather()
	for _, fam := range families {
		name := fam.GetName()
		if !strings.HasPrefix(name, "assay_") {
			continue
		}
		for _, m := range fam.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			add := func(name string, v float64) {
				if v != 0 {
					all = append(all, Figure{name, labels, v})
				}
			}
			switch {
			case m.Counter != nil:
				add(name, m.GetCounter().GetValue())
			case m.Gauge != nil:
				add(name, m.GetGauge().GetValue())
			case m.Histogram != nil:
				add(name+"_sum", m.GetHistogram().GetSampleSum())
				add(name+"_count", float64(m.GetHistogram().GetSampleCount()))
			}
		}
	}
	return all, err
}

// RequestFigures asks all workers for their metrics, and gives those of each that answers
// within a second: none, where no worker does.
func (q *Queue) RequestFigures(ctx context.Context) ([][]Figure, error) {
	var all [][]Figure
	err := q.askAll(ctx, requestFigures, func(body []byte) {
		var f []Figure
		if json.Unmarshal(body, &f) == nil {
			all = append(all, f)
		}
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// askAll asks all workers, and gives f the answer of each that comes within a second.
func (q *Queue) askAll(ctx context.Context, subject string, f func(body []byte)) error {
	inbox := q.nc.NewInbox()
	sub, err := q.nc.SubscribeSync(inbox)
	if err != nil {
		return q.explain(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := q.nc.PublishRequest(subject, inbox, nil); err != nil {
		return q.explain(err)
	}
	wait, cancel := context.WithTimeout(ctx, figuresWait)
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(wait)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, nats.ErrNoResponders), errors.Is(err, context.DeadlineExceeded):
			return nil
		case err != nil:
			return q.explain(err)
		case m.Header.Get("Status") == "503":
			return nil
		}
		f(m.Data)
	}
}

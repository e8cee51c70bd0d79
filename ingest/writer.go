package ingest

import (
	"context"
	"errors"

	"assay/index"
	"assay/index/record"

	"go.uber.org/zap"
)

// write is a document on its way to the engine.
type write struct {
	doc  record.Application
	done chan index.Outcome
}

// write sends what has gathered while the engine was at the last lot: nothing
// waits for company, and nothing that has company goes alone.
func (w *Worker) write(ctx context.Context) {
	for {
		var lot []*write
		select {
		case x := <-w.writes:
			lot = append(lot, x)
		case <-ctx.Done():
			return
		}
		for more := true; more && len(lot) < maxBulk; {
			select {
			case x := <-w.writes:
				lot = append(lot, x)
			default:
				more = false
			}
		}
		docs := make([]record.Application, len(lot))
		for i, x := range lot {
			docs[i] = x.doc
		}
		outs := w.engineWrite(ctx, docs)
		for i, x := range lot {
			if outs == nil { // one of them is at fault: which?
				x.done <- w.alone(ctx, x.doc)
				continue
			}
			x.done <- outs[i]
		}
	}
}

// engineWrite gives nil when the engine failed on the documents.
func (w *Worker) engineWrite(ctx context.Context, docs []record.Application) (outs []index.Outcome) {
	defer func() {
		if recover() != nil {
			w.log.Error("index failed on a document", zap.Int("documents", len(docs)), zap.Stack("stack"))
			outs = nil
		}
	}()
	outs = w.o.Engine.Write(ctx, docs)
	for len(outs) < len(docs) {
		outs = append(outs, index.Outcome{Err: index.ErrUnavailable})
	}
	return outs
}

func (w *Worker) alone(ctx context.Context, doc record.Application) index.Outcome {
	if outs := w.engineWrite(ctx, []record.Application{doc}); outs != nil {
		return outs[0]
	}
	return index.Outcome{Err: errPanic}
}

// put writes one document.
func (w *Worker) put(ctx context.Context, doc record.Application) (index.Outcome, error) {
	var o index.Outcome
	err := w.patient(ctx, func() error {
		x := &write{doc, make(chan index.Outcome, 1)}
		select {
		case w.writes <- x:
		case <-ctx.Done():
			return ctx.Err()
		}
		o = <-x.done
		return o.Err
	})
	switch {
	case errors.Is(err, index.ErrRejected):
		return o, &permanent{class: ClassIndex, detail: refusal(err)}
	case errors.Is(err, index.ErrErased):
		return index.Outcome{Superseded: true}, nil
	}
	return o, err
}

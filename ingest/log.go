package ingest

import (
	"context"
	"time"

	"assay/index/record"

	"go.uber.org/zap"
)

// What a log line says of an application: whose it is, the key by which the index has
// it, its sequence and its tries. The key is made with the installation's: who has only
// the log learns nothing of an application's own id, which may be a person's name.

// fields are those of a submission.
func (w *Worker) fields(t task) []zap.Field {
	f := []zap.Field{zap.Uint64("sequence", t.sequence), zap.Uint64("tries", t.tries)}
	if tenant, application, ok := split(t.subject, "applications"); ok {
		f = append(f, zap.String("tenant", tenant), zap.String("key", record.ID(w.o.IDKey, tenant, application)))
	}
	return f
}

// about is the log for what is said of a submission.
func (w *Worker) about(t task) *zap.Logger { return w.log.With(w.fields(t)...) }

// hand is a submission in hand.
type hand struct {
	task  task
	since time.Time
}

type handKey struct{}

// inHand is the context of the work on a submission.
func inHand(ctx context.Context, t task, since time.Time) context.Context {
	return context.WithValue(ctx, handKey{}, hand{t, since})
}

// told is the log for an outcome: with the time that it took since the submission was
// taken in hand.
func (w *Worker) told(ctx context.Context, o Outcome) *zap.Logger {
	h, ok := ctx.Value(handKey{}).(hand)
	if !ok {
		h = hand{task{subject: "applications." + o.Tenant + "." + o.Application, sequence: o.Sequence}, w.o.Now()}
	}
	return w.about(h.task).With(zap.Int64("ms", w.o.Now().Sub(h.since).Milliseconds()))
}

package sandbox

import (
	"context"
	"errors"
	"time"

	"assay/extract"

	"go.uber.org/zap"
)

// fault is the error of a panic in this package or below. Its value may hold a
// document's words, so only the line is kept.
type fault struct{ at string }

func (f fault) Error() string { return "a fault of the program at " + f.at }

// protected runs f and turns a panic into a fault.
func protected(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = fault{extract.PanicSite()}
		}
	}()
	return f()
}

// Every goroutine of this package begins in one of the next three: a panic in
// one that is not protected would end the whole service.

// start runs f in a goroutine and hands its error, or its fault, to ended. where
// names the work.
func start(where string, f func() error, ended func(where string, err error)) {
	go func() { ended(where, protected(func() error { return f() })) }()
}

// after runs f when d is over, unless the timer is stopped before. f ends a
// child: after a fault it is run once more, for somebody waits for that.
func after(d time.Duration, f func() error, told func(error)) *time.Timer {
	return time.AfterFunc(d, func() {
		if err := protected(func() error { return f() }); errors.As(err, new(fault)) {
			told(err)
			_ = protected(func() error { return f() })
		}
	})
}

// whenDone is after, when ctx is done, unless stop is called before.
func whenDone(ctx context.Context, f func() error, told func(error)) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		if err := protected(func() error { return f() }); errors.As(err, new(fault)) {
			told(err)
			_ = protected(func() error { return f() })
		}
	})
}

// tell tells of a fault that no result tells of.
func (o Options) tell(where string, err error) {
	var f fault
	if !errors.As(err, &f) {
		return
	}
	if o.Fault != nil {
		o.Fault(where, f.at)
		return
	}
	o.Log.Error("a fault of the program", zap.String("where", where), zap.String("at", f.at))
}

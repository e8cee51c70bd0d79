package sandbox

import (
	"context"
	"time"

	"assay/extract"
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

// start runs f in a goroutine and hands its error, or its fault, to ended.
func start(f func() error, ended func(error)) {
	go func() { ended(protected(f)) }()
}

// after runs f when d is over, unless the timer is stopped before.
func after(d time.Duration, f func() error) *time.Timer {
	return time.AfterFunc(d, func() { _ = protected(f) })
}

// whenDone runs f when ctx is done, unless stop is called before.
func whenDone(ctx context.Context, f func() error) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = protected(f) })
}

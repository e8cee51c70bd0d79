// Package guard keeps a fault of the program's own, a panic, from ending the
// process and from passing for an answer: whatever a goroutine does for an
// application, an operator or a page is done in [Do], in [Watch.Do], in
// [Watch.Keep] or in [Left.Within], which gives up what does not end.
//
// What a panic says may be out of a document. It is thrown away: a [Fault] tells
// where the program was and nothing of what it had in hand.
//
// Out of scope: what no program can recover from (a stack that is used up, two
// goroutines that write one map), and goroutines of libraries.
package guard

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// ErrFault is what every [Fault] is.
var ErrFault = errors.New("a fault of assay's own")

// Fault is a panic that was caught.
type Fault struct {
	Where string // the work that was done, one of a fixed set of words
	Type  string // of what was panicked with, such as runtime.boundsError
	Stack string // functions and lines, the innermost first, without arguments
}

// Error names the work, the type and the function, and nothing that the panic
// said.
func (f *Fault) Error() string {
	s := ErrFault.Error() + " in: " + f.Where
	if f.Type == "" {
		return s
	}
	function, _, _ := strings.Cut(f.Stack, " ")
	return s + " (" + f.Type + " at " + function + ")"
}

// Is makes every Fault an [ErrFault].
func (f *Fault) Is(target error) bool { return target == ErrFault }

// Do calls f. The error is the *[Fault] that a panic of f is; where names the
// work.
func Do(where string, f func()) error {
	return Try(where, func() error { f(); return nil })
}

// Try is [Do] for work that has an error of its own. A [Fault] that f panics
// with, as one who waited for another's work does, stays the one it was.
func Try(where string, f func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Fault:
			err = r
		default:
			err = &Fault{Where: where, Type: fmt.Sprintf("%T", r), Stack: stack()}
		}
	}()
	return f()
}

// Go runs f in a goroutine of its own; failed is given the *[Fault] that a panic
// of f is.
func Go(where string, f func(), failed func(error)) {
	go func() {
		if err := Do(where, f); err != nil {
			failed(err)
		}
	}()
}

// ErrLeft is what [Left.Within] gives for work that it has given up.
var ErrLeft = errors.New("did not end with its time, and was given up")

// Left counts work that was given up and runs on all the same: a goroutine cannot
// be ended from outside. The zero value is ready. Safe for concurrent use.
type Left struct{ n atomic.Int64 }

// Running is how much of that work has not ended yet.
func (l *Left) Running() int { return int(l.n.Load()) }

// Within calls f in a goroutine of its own and waits for it, until grace after
// ctx has ended: in that time f, which watches ctx, says what it has come to.
// The error is the *[Fault] that a panic of f is, or ErrLeft; what f writes may
// then not be read, for f may be writing yet.
func (l *Left) Within(ctx context.Context, grace time.Duration, where string, f func()) error {
	done := make(chan error, 1)
	Go(where, func() {
		f()
		done <- nil
	}, func(err error) { done <- err })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
	}
	l.n.Add(1)
	Go(where, func() {
		defer l.n.Add(-1)
		func(error) {}(<-done) // whatever it came to, nobody asks any more
	}, func(error) {})
	return ErrLeft
}

// maxFrames bounds a stack: the innermost calls tell most.
const maxFrames = 48

// stack is that of the goroutine that panics, from the function that did.
func stack() string {
	pcs := make([]uintptr, 256)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	var b strings.Builder
	n, panicked := 0, false
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime.gopanic"):
			panicked = true
			n = 0
			b.Reset()
		case panicked && n < maxFrames && f.Function != "":
			n++
			b.WriteString(f.Function + " " + f.File + ":" + strconv.Itoa(f.Line) + "\n")
		}
		if !more {
			return strings.TrimSuffix(b.String(), "\n")
		}
	}
}

// Faults gives every fault that err is made of.
func Faults(err error) []*Fault {
	switch x := err.(type) {
	case nil:
		return nil
	case *Fault:
		return []*Fault{x}
	case interface{ Unwrap() error }:
		return Faults(x.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*Fault
		for _, e := range x.Unwrap() {
			all = append(all, Faults(e)...)
		}
		return all
	}
	return nil
}

// Watch tells the log and a metric of faults. A nil Watch and the zero value
// tell nobody. Safe for concurrent use.
type Watch struct {
	Log   *zap.Logger        // nil = no log
	Count func(where string) // nil = nothing is counted
}

// Tell logs and counts every fault that err is made of; fields stand beside
// each in the log.
func (w *Watch) Tell(err error, fields ...zap.Field) {
	if w == nil {
		return
	}
	for _, f := range Faults(err) {
		if w.Log != nil {
			w.Log.Error(ErrFault.Error(), append([]zap.Field{zap.String("where", f.Where), zap.String("type", f.Type), zap.String("stack", f.Stack)}, fields...)...)
		}
		if w.Count != nil {
			w.Count(f.Where)
		}
	}
}

// Do is the function [Do], and tells of a fault.
func (w *Watch) Do(where string, f func()) error {
	err := Do(where, f)
	w.Tell(err)
	return err
}

// Pauses before work that failed is begun again.
const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// Keep does what must not stop: f is called again after each fault (at first
// after a second, then twice as long each time, up to 30 s), until it returns or ctx has
// ended. The error is f's, the fault's when ctx ended after it.
func (w *Watch) Keep(ctx context.Context, where string, f func(context.Context) error) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := Try(where, func() error { return f(ctx) })
		var fault *Fault
		if !errors.As(err, &fault) || fault.Where != where {
			return err
		}
		w.Tell(err)
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}

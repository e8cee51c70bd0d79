// Package testdata starts goroutines in every way that there is, for the test
// that looks for them.
package testdata

import (
	"context"
	"sync"
	"time"
)

func all(ctx context.Context) {
	var wg sync.WaitGroup
	go all(ctx)
	go func() { wg.Wait() }()
	wg.Go(func() {})
	time.AfterFunc(time.Second, func() {})
	context.AfterFunc(ctx, func() {})
}

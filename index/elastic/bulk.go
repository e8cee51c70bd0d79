package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/guard"

	"go.uber.org/zap"
)

const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 30 * time.Second
)

// op is one document on its way into the index.
type op struct {
	id, tenant string
	version    int64
	body       []byte
	equal      bool // an equal version is overwritten
	at         int  // position in the caller's slice
	told       bool // it has its outcome
}

// target says where a write goes.
type target struct {
	alias   string // never an index: a name that is not there makes none
	refresh bool   // seen by searches when the write returns
}

// writer is a synchronous bulk writer: when write returns, every document has
// its own outcome from the server, or is not written as far as anybody knows.
//
//	item 2xx                success
//	item 409                success when a read shows a version at least as high
//	item 400                index.ErrRejected; its neighbours are written
//	item 400, strict fields tried again: it is the index that is at fault
//	item 429, 5xx, 403, 404 tried again (full queue, flood stage, index just swapped)
//	whole 413               split in two
//	whole 400               split in two, so that only what is at fault is refused
//	whole 429, 5xx, broken  tried again: external versions make that harmless
type writer struct {
	e        *Engine
	gate     *gate
	docs     int
	bytes    int
	retryFor time.Duration
	jitter   func() float64 // in [0,1)
	sleep    func(context.Context, time.Duration) error
}

// batch gathers ops into requests and sends each as soon as it is full, while
// the caller makes the next documents ready.
type batch struct {
	w      *writer
	ctx    context.Context
	cancel context.CancelFunc
	to     target
	done   func(*op, index.Outcome)
	mu     sync.Mutex // of done
	wg     sync.WaitGroup
	part   []*op
	size   int
}

// begin starts a batch. done is called once for every op, one at a time.
func (w *writer) begin(ctx context.Context, to target, done func(*op, index.Outcome)) *batch {
	ctx, cancel := context.WithTimeout(ctx, w.retryFor)
	return &batch{w: w, ctx: ctx, cancel: cancel, to: to, done: done}
}

func (b *batch) add(o *op) {
	if len(b.part) > 0 && (len(b.part) >= b.w.docs || b.size+len(o.body) > b.w.bytes) {
		part := b.part
		b.part, b.size = nil, 0
		b.wg.Go(func() {
			if err := guard.Do("writing to Elasticsearch", func() { b.w.run(b.ctx, b.to, part, b.outcome) }); err != nil {
				for _, o := range part { // what has no outcome yet
					b.outcome(o, index.Outcome{Err: err})
				}
			}
		})
	}
	b.part = append(b.part, o)
	b.size += len(o.body)
}

func (b *batch) outcome(o *op, out index.Outcome) {
	out.ID = o.id
	b.mu.Lock()
	defer b.mu.Unlock()
	if !o.told {
		o.told = true
		b.done(o, out)
	}
}

// wait sends what is left and returns when every op has its outcome.
func (b *batch) wait() {
	defer b.cancel()
	if len(b.part) > 0 { // the last or only request needs no goroutine
		b.w.run(b.ctx, b.to, b.part, b.outcome)
	}
	b.wg.Wait()
}

// write writes ops and calls done once for each.
func (w *writer) write(ctx context.Context, to target, ops []*op, done func(*op, index.Outcome)) {
	b := w.begin(ctx, to, done)
	for _, o := range ops {
		b.add(o)
	}
	b.wait()
}

// errTakenOver: the index that was being built has lost its token.
var errTakenOver = errors.New("another rebuild has begun")

// run writes one request's worth of ops until each has its outcome.
func (w *writer) run(ctx context.Context, to target, ops []*op, done func(*op, index.Outcome)) {
	var last error
	held := false
	release := func(throttled bool) { held = false; w.gate.release(throttled) }
	defer func() {
		if held { // a fault of ours must not keep the others out
			release(false)
		}
	}()
	for attempt := 0; len(ops) > 0; attempt++ {
		if attempt > 0 {
			if err := w.sleep(ctx, w.backoff(attempt)); err != nil {
				break
			}
		}
		if err := w.gate.acquire(ctx); err != nil {
			break
		}
		held = true
		items, err := w.post(ctx, to, ops)
		throttled := false
		switch {
		case errors.Is(err, index.ErrRejected): // because of a document in it
			release(false)
			if len(ops) == 1 {
				done(ops[0], index.Outcome{Err: err})
				return
			}
			half := len(ops) / 2
			w.run(ctx, to, ops[:half:half], done)
			w.run(ctx, to, ops[half:], done)
			return
		case err != nil:
			release(true)
			w.e.log.Warn("bulk request failed", zap.Int("documents", len(ops)), zap.Int("attempt", attempt+1), zap.Error(err))
			last = err
			continue
		}
		var again, conflicts []*op
		blocked := false
		for i, it := range items {
			o := ops[i]
			switch {
			case it.status >= 200 && it.status < 300:
				done(o, index.Outcome{})
			case it.status == http.StatusConflict:
				conflicts = append(conflicts, o)
			case it.status == http.StatusBadRequest && it.kind == "strict_dynamic_mapping_exception":
				// Our documents have no field of a badge's making: the index was made
				// for another version of them. An operator can mend that.
				last = &failure{it.status, it.kind}
				again = append(again, o)
			case it.status == http.StatusBadRequest:
				done(o, index.Outcome{Err: &index.Refusal{Kind: it.kind, Field: it.field}})
			case it.status == http.StatusRequestEntityTooLarge:
				done(o, index.Outcome{Err: &index.Refusal{Kind: "too large"}})
			case it.status == http.StatusNotFound && to.alias != w.e.alias:
				done(o, index.Outcome{Err: errTakenOver})
			default:
				throttled = throttled || it.status == http.StatusTooManyRequests || it.status == http.StatusServiceUnavailable
				blocked = blocked || it.status == http.StatusForbidden && it.kind == "cluster_block_exception"
				last = &failure{it.status, it.kind}
				again = append(again, o)
			}
		}
		release(throttled)
		w.e.heldUp(ctx, blocked)
		if len(conflicts) > 0 {
			unsettled, err := w.settle(ctx, to, conflicts, done)
			if err != nil {
				last = err
			}
			again = append(again, unsettled...)
		}
		if len(again) > 0 {
			// 403 is the flood stage's cluster_block, or a rebuild's: it lifts by itself
			// or an operator must act, so it is said aloud. So is an index that lacks
			// our fields: assay index rebuild makes one that has them.
			w.e.log.Warn("documents not taken, trying again", zap.Int("documents", len(again)), zap.Int("attempt", attempt+1), zap.Error(last))
		}
		ops = again
	}
	for _, o := range ops {
		err := ctx.Err()
		if last != nil {
			err = last
		}
		done(o, index.Outcome{Err: fmt.Errorf("%w: %w", index.ErrUnavailable, err)})
	}
}

// backoff doubles from 0.1 s to 30 s, each between half and the whole of it.
func (w *writer) backoff(attempt int) time.Duration {
	d := backoffMost
	if attempt < 10 {
		d = min(backoffFirst<<(attempt-1), backoffMost)
	}
	return d/2 + time.Duration(w.jitter()*float64(d/2))
}

// item is the server's word on one document.
type item struct {
	status int
	kind   string
	field  string
}

// fieldName finds the field that an error speaks of. The rest of a reason
// quotes the document and stays out of logs and dead letters.
var fieldName = regexp.MustCompile(`(?:field \[|field=")([a-z_.]{1,80})["\]]`)

// post sends one _bulk request and gives one item for each op, in order. An
// answer that does not name exactly what was sent counts as none.
func (w *writer) post(ctx context.Context, to target, ops []*op) ([]item, error) {
	size := 0
	for _, o := range ops {
		size += len(o.body) + 200
	}
	buf := bytes.NewBuffer(make([]byte, 0, size))
	for _, o := range ops {
		// id and tenant are hex and a token: nothing to escape.
		buf.WriteString(`{"index":{"_id":"`)
		buf.WriteString(o.id)
		buf.WriteString(`","routing":"`)
		buf.WriteString(o.tenant)
		buf.WriteString(`","version":`)
		buf.WriteString(strconv.FormatInt(o.version, 10))
		kind := "external"
		if o.equal {
			kind = "external_gte"
		}
		buf.WriteString(`,"version_type":"` + kind + `"}}` + "\n")
		buf.Write(o.body)
		buf.WriteByte('\n')
	}
	path := "/" + to.alias + "/_bulk?require_alias=true&filter_path=items.*._id,items.*.status,items.*.error.type,items.*.error.reason"
	if to.refresh {
		path += "&refresh=true"
	}
	res, err := w.e.raw(ctx, http.MethodPost, path, "application/x-ndjson", buf.Bytes())
	if err != nil {
		return nil, err
	}
	switch {
	case res.status == http.StatusRequestEntityTooLarge:
		return nil, &index.Refusal{Kind: "too large"}
	case res.status == http.StatusBadRequest && errorType(res.body) != "": // else it is a proxy's
		return nil, &index.Refusal{Kind: errorType(res.body)}
	case res.status != http.StatusOK:
		return nil, &failure{res.status, errorType(res.body)}
	}
	var a struct {
		Items []struct {
			Index struct {
				ID     string `json:"_id"`
				Status int    `json:"status"`
				Error  struct {
					Type   string `json:"type"`
					Reason string `json:"reason"`
				} `json:"error"`
			} `json:"index"`
		} `json:"items"`
	}
	if err := json.Unmarshal(res.body, &a); err != nil {
		return nil, fmt.Errorf("answer to _bulk: %w", err)
	}
	if len(a.Items) != len(ops) {
		return nil, fmt.Errorf("answer to _bulk has %d items for %d documents", len(a.Items), len(ops))
	}
	items := make([]item, len(ops))
	for i, it := range a.Items {
		if it.Index.ID != ops[i].id {
			return nil, errors.New("answer to _bulk names another document")
		}
		items[i] = item{status: it.Index.Status, kind: it.Index.Error.Type}
		if m := fieldName.FindStringSubmatch(it.Index.Error.Reason); m != nil {
			items[i].field = m[1]
		}
	}
	return items, nil
}

// settle reads what stands in the way of ops that met a version conflict. A
// version at least as high is success: ours, when an answer was lost, or another's. It returns what has to be tried again.
func (w *writer) settle(ctx context.Context, to target, ops []*op, done func(*op, index.Outcome)) ([]*op, error) {
	stored, err := w.e.versions(ctx, to.alias, ops)
	if err != nil {
		return ops, err
	}
	var again []*op
	for i, o := range ops {
		switch {
		case stored[i] > o.version, stored[i] == o.version && !o.equal:
			done(o, index.Outcome{Superseded: true})
		case stored[i] == o.version:
			done(o, index.Outcome{})
		default:
			again = append(again, o)
		}
	}
	if len(again) > 0 {
		return again, errors.New("conflict with a version that is not there")
	}
	return nil, nil
}

// versions reads the versions of ops in an index, -1 for what is not there. The
// read is realtime: it sees what no search sees yet.
func (e *Engine) versions(ctx context.Context, name string, ops []*op) ([]int64, error) {
	type doc struct {
		ID      string `json:"_id"`
		Routing string `json:"routing"`
		Source  bool   `json:"_source"`
	}
	var in struct {
		Docs []doc `json:"docs"`
	}
	for _, o := range ops {
		in.Docs = append(in.Docs, doc{ID: o.id, Routing: o.tenant})
	}
	var out struct {
		Docs []struct {
			ID      string          `json:"_id"`
			Found   bool            `json:"found"`
			Version int64           `json:"_version"`
			Error   json.RawMessage `json:"error"`
		} `json:"docs"`
	}
	if err := e.call(ctx, http.MethodPost, "/"+url.PathEscape(name)+"/_mget", in, &out); err != nil {
		return nil, err
	}
	if len(out.Docs) != len(ops) {
		return nil, fmt.Errorf("%w: answer to _mget has %d documents for %d", index.ErrUnavailable, len(out.Docs), len(ops))
	}
	v := make([]int64, len(ops))
	for i, d := range out.Docs {
		if d.ID != ops[i].id || d.Error != nil {
			return nil, fmt.Errorf("%w: answer to _mget", index.ErrUnavailable)
		}
		v[i] = -1
		if d.Found {
			v[i] = d.Version
		}
	}
	return v, nil
}

// gate bounds the bulk requests under way: halved when the server is
// overloaded, one more after as many successes as the limit.
type gate struct {
	mu    sync.Mutex
	most  int
	limit int
	busy  int
	good  int
	free  chan struct{} // closed and replaced when a place may be free
}

func newGate(most int) *gate {
	return &gate{most: most, limit: most, free: make(chan struct{})}
}

func (g *gate) acquire(ctx context.Context) error {
	for {
		g.mu.Lock()
		if g.busy < g.limit {
			g.busy++
			g.mu.Unlock()
			return nil
		}
		free := g.free
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-free:
		}
	}
}

func (g *gate) release(throttled bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	if throttled {
		g.limit = max(1, g.limit/2)
		g.good = 0
	} else if g.good++; g.good >= g.limit {
		g.limit = min(g.most, g.limit+1)
		g.good = 0
	}
	close(g.free)
	g.free = make(chan struct{})
}

// encode makes an op of an application that was checked.
func (e *Engine) encode(a *record.Application) (*op, error) {
	body, err := json.Marshal(newDocument(a))
	if err != nil {
		return nil, &index.Refusal{Kind: "cannot be written as JSON"}
	}
	return &op{id: a.ID, tenant: a.Tenant, version: a.Version, body: body}, nil
}

// Write implements index.Engine. Documents that fail for a passing cause are
// tried again for Options.RetryFor, and are then index.ErrUnavailable.
func (e *Engine) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	out := make([]index.Outcome, len(docs))
	b := e.bulk.begin(ctx, target{alias: e.alias}, func(o *op, r index.Outcome) { out[o.at] = r })
	for i := range docs {
		err := index.CheckWrite(e.o.Key, &docs[i])
		var o *op
		if err == nil {
			o, err = e.encode(&docs[i])
		}
		if err != nil {
			out[i] = index.Outcome{ID: docs[i].ID, Err: err}
			continue
		}
		o.at = i
		b.add(o)
	}
	b.wait()
	return out
}

// Erase implements index.Engine. When it returns, no search finds the
// application any more.
func (e *Engine) Erase(ctx context.Context, tenant, application string) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	stub := record.Stub(e.o.Key, tenant, application)
	o, err := e.encode(&stub)
	if err != nil {
		return fmt.Errorf("stub: %w", err)
	}
	o.equal = true
	e.bulk.write(ctx, target{alias: e.alias, refresh: true}, []*op{o}, func(_ *op, r index.Outcome) { err = r.Err })
	if err != nil {
		return err
	}
	return e.eraseLeft(ctx, o)
}

// eraseLeft writes a stub into our indices that are not behind the alias: one
// that is being built, and what a rebuild that died has left.
func (e *Engine) eraseLeft(ctx context.Context, stub *op) error {
	left, err := e.siblings(ctx)
	if err != nil || len(left) == 0 {
		return err
	}
	for name, s := range left {
		path := fmt.Sprintf("/%s/_doc/%s?routing=%s&version=%d&version_type=external_gte", name, stub.id, stub.tenant, stub.version)
		err := e.send(ctx, http.MethodPut, path, "application/json", stub.body, nil)
		if failed(err, http.StatusForbidden) && !s.building {
			// Blocked, and replaced: nobody needs it.
			err = e.call(ctx, http.MethodDelete, "/"+name, nil, nil)
		}
		if err := gone(err); err != nil {
			return fmt.Errorf("erase in %s: %w", name, unavailable(err))
		}
	}
	return nil
}

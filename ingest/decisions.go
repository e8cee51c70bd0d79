package ingest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/index"
	"assay/index/issuers"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Buckets of what employers say of issuers.
const (
	BucketIssuers  = "ISSUERS"  // key-value: <tenant>.<key of a word>; its history is the log
	BucketRedecide = "REDECIDE" // key-value: <tenant>: how far what is indexed follows
)

// Bounds of the buckets and of following them.
const (
	issuersHistory = 64 // words of one key that the log keeps: the most that the server lets a bucket keep
	maxWord        = 960 << 10
	defaultSettle  = 2 * time.Second
	registryBytes  = 16 << 20
	refreshEvery   = 24 * time.Hour
	refreshAgain   = time.Hour // after a registry could not be loaded
)

func (q *Queue) setupDecisions(ctx context.Context) error {
	for _, c := range []jetstream.KeyValueConfig{
		{Bucket: BucketIssuers, Description: "What employers say of issuers, with who said it", History: issuersHistory, MaxValueSize: maxWord},
		{Bucket: BucketRedecide, Description: "How far what is indexed follows what employers say of issuers", MaxValueSize: 4096},
		{Bucket: BucketContexts, Description: "JSON-LD contexts that badges named, as they were read first", MaxValueSize: maxWord},
	} {
		if err := q.bucket(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// DecisionsOptions configure Decisions. Queue, Engine and Key are required.
type DecisionsOptions struct {
	Queue        *Queue
	Engine       index.Engine
	Key          []byte                  // of the installation: words are signed with it
	Installation *verify.Policy          // for what an employer says nothing of; nil = not known here, where nothing is judged
	Fetcher      fetch.Fetcher           // of registries; nil = none is loaded from an address
	Names        bool                    // as WorkerOptions.Names
	Taxonomy     func() *skills.Taxonomy // that words of badges are mapped to; nil = skills.Builtin
	Settle       time.Duration           // from a word to deciding again, so that all workers know it; 0 = 2 s
	Now          func() time.Time        // nil = time.Now
	Faults       *guard.Watch            // nil = Log is told
	Log          *zap.Logger             // nil = no log
}

// Decisions are what employers say of issuers: kept in a bucket by tenant,
// followed as it changes, and carried over to what is indexed.
//
// A word is written only by a server that has the installation's key, and signed
// with it: what anybody else put into the bucket is passed over. Each stays in
// the bucket's history. Safe for concurrent use.
type Decisions struct {
	o        DecisionsOptions
	base     verify.Policy // of the installation
	kv, work jetstream.KeyValue
	name     string // of this process, as a holder of work

	mu      sync.Mutex
	tenants map[string]*employer
	moved   chan struct{} // closed and replaced at every change
}

// employer is one tenant's part.
type employer struct {
	book      issuers.Book
	revisions map[string]uint64 // of the newest word of each key
	revision  uint64            // of the newest of all
	at        time.Time         // when it was seen, by the machine's clock
	policy    verify.Policy
	words     map[string]string // of badges, that are mapped: never changed, replaced
	state     redecision
	barred    []string // issuers that are blocked and stand in the index as before
	barredAt  uint64   // the revision that barred was worked out for
	failed    map[string]failure
}

// failure is a registry that could not be loaded.
type failure struct {
	at    time.Time
	why   string
	again time.Time
}

// signed is a word as it lies in the bucket.
type signed struct {
	Word json.RawMessage `json:"word"`
	MAC  string          `json:"mac"`
}

// OpenDecisions reads the bucket as it stands; Follow keeps up with it. The buckets
// must be there: ErrNoQueue.
func OpenDecisions(ctx context.Context, o DecisionsOptions) (d *Decisions, err error) {
	if o.Queue == nil || o.Engine == nil || len(o.Key) == 0 {
		return nil, fmt.Errorf("%w: Queue, Engine and Key are required", ErrOptions)
	}
	err = o.Queue.allowed(ctx, func(ctx context.Context) error {
		d, err = openDecisions(ctx, o)
		return err
	})
	return d, err
}

func openDecisions(ctx context.Context, o DecisionsOptions) (*Decisions, error) {
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Faults = cmp.Or(o.Faults, &guard.Watch{Log: o.Log})
	o.Settle = cmp.Or(max(o.Settle, 0), defaultSettle)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Taxonomy == nil {
		o.Taxonomy = skills.Builtin
	}
	d := &Decisions{o: o, base: *cmp.Or(o.Installation, &verify.Policy{}), tenants: map[string]*employer{}, moved: make(chan struct{}), name: o.Queue.nc.NewInbox()}
	var err error
	if d.kv, err = o.Queue.js.KeyValue(ctx, BucketIssuers); err != nil {
		return nil, o.Queue.explain(err)
	}
	if d.work, err = o.Queue.js.KeyValue(ctx, BucketRedecide); err != nil {
		return nil, o.Queue.explain(err)
	}
	// Before anything is judged: what was said before must be known.
	for _, b := range []struct {
		kv   jetstream.KeyValue
		take func(jetstream.KeyValueEntry)
	}{{d.work, d.takeState}, {d.kv, d.take}} {
		w, err := b.kv.WatchAll(ctx)
		if err != nil {
			return nil, o.Queue.explain(err)
		}
		for e := range w.Updates() {
			if e == nil {
				break
			}
			b.take(e)
		}
		if err := errors.Join(w.Stop(), ctx.Err()); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// of gives a tenant's part. The caller holds d.mu.
func (d *Decisions) of(tenant string) *employer {
	e := d.tenants[tenant]
	if e == nil {
		e = &employer{book: issuers.Book{}, revisions: map[string]uint64{}, policy: d.base, failed: map[string]failure{}}
		d.tenants[tenant] = e
	}
	return e
}

// change tells those who wait that something changed. The caller holds d.mu.
func (d *Decisions) change() {
	close(d.moved)
	d.moved = make(chan struct{})
}

// take takes in a word from the bucket.
func (d *Decisions) take(x jetstream.KeyValueEntry) {
	tenant, key, ok := strings.Cut(x.Key(), ".")
	if !ok || record.CheckToken("tenant", tenant) != nil {
		return
	}
	w, err := d.open(tenant, key, x)
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.of(tenant)
	if x.Revision() <= e.revisions[key] {
		return
	}
	if err != nil {
		// It counts for nothing, and takes nothing away: what stood before stands.
		d.o.Log.Error("a decision on an issuer that no server of this installation wrote is passed over", zap.String("tenant", tenant), zap.Uint64("sequence", x.Revision()))
		return
	}
	e.book[key], e.revisions[key], e.at = w, x.Revision(), time.Now()
	e.revision = max(e.revision, x.Revision())
	e.policy = e.book.Policy(d.base)
	if w.Kind == issuers.Map {
		e.words = e.book.Words()
	}
	d.change()
}

var errForged = errors.New("not a word of this installation")

// open reads a word out of the bucket: its signature, its form, its author.
func (d *Decisions) open(tenant, key string, x jetstream.KeyValueEntry) (issuers.Word, error) {
	var s signed
	var w issuers.Word
	if x.Operation() != jetstream.KeyValuePut || json.Unmarshal(x.Value(), &s) != nil {
		return w, errForged
	}
	if !hmac.Equal([]byte(s.MAC), []byte(d.mac(tenant, key, s.Word))) {
		return w, errForged
	}
	if err := json.Unmarshal(s.Word, &w); err != nil {
		return w, err
	}
	if err := w.Check(); err != nil {
		return w, err
	}
	if !slices.Contains(w.Keys(), key) {
		return w, errForged
	}
	return w, nil
}

func (d *Decisions) mac(tenant, key string, word []byte) string {
	m := hmac.New(sha256.New, d.o.Key)
	for _, part := range []string{"issuers 1", tenant, key} {
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	m.Write(word)
	return hex.EncodeToString(m.Sum(nil))
}

// Policy is what a tenant's badges are judged by now. The revision is another when
// the policy is.
func (d *Decisions) Policy(tenant string) (verify.Policy, uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.tenants[tenant]; e != nil {
		return e.policy, e.revision
	}
	return d.base, 0
}

// Words are what a tenant says that words of badges are: the URIs of concepts, by the
// words folded. The caller does not change it.
func (d *Decisions) Words(tenant string) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.tenants[tenant]; e != nil {
		return e.words
	}
	return nil
}

// maps reports whether a tenant maps words of badges, or did.
func (d *Decisions) maps(tenant string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.of(tenant).book {
		if w.Kind == issuers.Map {
			return true
		}
	}
	return false
}

// resolver reads skills out of badges as a tenant has them.
func (d *Decisions) resolver(tenant string, tax *skills.Taxonomy) func(verdict.Credential) []skills.Skill {
	words := d.Words(tenant)
	return func(c verdict.Credential) []skills.Skill { return tax.Mapped(tax.Resolve(c), words) }
}

// Decide gives what decides a verdict by a tenant's policy, nil where the
// installation's part of it is not known.
func (d *Decisions) Decide(tenant string) func(*verdict.Verdict) {
	if d.o.Installation == nil {
		return nil
	}
	p, _ := d.Policy(tenant)
	return func(v *verdict.Verdict) { verify.Decide(v, p) }
}

// Barred are the issuers that a tenant blocks and that may stand in the index as
// they did before, by the ids that claims have.
func (d *Decisions) Barred(tenant string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.tenants[tenant]; e != nil && e.state.Applied < e.revision {
		return e.barred
	}
	return nil
}

// Follow keeps up with the bucket, and reads registries again, until ctx ends.
func (d *Decisions) Follow(ctx context.Context) error {
	f := d.o.Faults
	var all sync.WaitGroup
	all.Go(func() {
		_ = f.Keep(ctx, "following decisions on issuers", func(ctx context.Context) error { return d.watch(ctx, d.kv, d.take) })
	})
	all.Go(func() {
		_ = f.Keep(ctx, "following deciding again", func(ctx context.Context) error { return d.watch(ctx, d.work, d.takeState) })
	})
	all.Go(func() {
		_ = f.Keep(ctx, "barring issuers", func(ctx context.Context) error { return d.keepBarred(ctx) })
	})
	all.Go(func() {
		_ = f.Keep(ctx, "reading registries", func(ctx context.Context) error { return d.keepRegistries(ctx) })
	})
	all.Wait()
	return nil
}

// watch follows a bucket, and goes on where the connection breaks.
func (d *Decisions) watch(ctx context.Context, kv jetstream.KeyValue, take func(jetstream.KeyValueEntry)) error {
	for ctx.Err() == nil {
		w, err := kv.WatchAll(ctx)
		if err != nil {
			d.o.Log.Warn("decisions on issuers cannot be followed; trying again", zap.Error(d.o.Queue.explain(err)))
			sleep(ctx, time.Second)
			continue
		}
		for e := range w.Updates() {
			if e != nil {
				take(e)
			}
		}
		_ = w.Stop() // it has ended
		sleep(ctx, time.Second)
	}
	return nil
}

// wait waits until something changes, or d passes.
func (d *Decisions) wait(ctx context.Context, t time.Duration) {
	d.mu.Lock()
	moved := d.moved
	d.mu.Unlock()
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-moved:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// keepBarred works out which of the issuers in the index a tenant blocks, as long as
// the index does not say so itself. It looks again every second: an application
// that was written a moment ago may bring another spelling.
func (d *Decisions) keepBarred(ctx context.Context) error {
	for ctx.Err() == nil {
		d.mu.Lock()
		moved := d.moved
		todo := map[string]uint64{}
		for t, e := range d.tenants {
			if e.state.Applied < e.revision {
				todo[t] = e.revision
			}
		}
		d.mu.Unlock()
		for _, tenant := range slices.Sorted(maps.Keys(todo)) {
			if err := d.bar(ctx, tenant, todo[tenant]); err != nil && ctx.Err() == nil {
				d.o.Log.Warn("which issuers a block concerns cannot be looked up; trying again", zap.String("tenant", tenant), zap.Error(plain(err)))
			}
		}
		again := time.Hour
		if len(todo) > 0 {
			again = time.Second
		}
		timer := time.NewTimer(again)
		select {
		case <-moved:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

func (d *Decisions) bar(ctx context.Context, tenant string, revision uint64) error {
	p, _ := d.Policy(tenant)
	var barred []string
	if d.blocks(tenant) {
		all, err := d.o.Engine.Issuers(ctx, tenant)
		if err != nil {
			return err
		}
		for _, c := range all {
			if p.Blocks(c.ID) {
				barred = append(barred, c.ID)
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.of(tenant); e.barredAt < revision || !slices.Equal(e.barred, barred) {
		e.barred, e.barredAt = barred, max(e.barredAt, revision)
		d.change()
	}
	return nil
}

// blocks reports whether a tenant has a block that the index does not show yet.
func (d *Decisions) blocks(tenant string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.of(tenant)
	for k, w := range e.book {
		if w.Kind == issuers.Block && e.revisions[k] > e.state.Applied {
			return true
		}
	}
	return false
}

// Say checks a word of a tenant, writes it, and returns when it holds here: for
// every application judged from then on, and, of a block, for every question.
func (d *Decisions) Say(ctx context.Context, tenant string, w issuers.Word) (issuers.Receipt, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return issuers.Receipt{}, err
	}
	if err := w.Check(); err != nil {
		return issuers.Receipt{}, err
	}
	d.mu.Lock()
	e := d.of(tenant)
	blocked := inTheWay(e.book, &w)
	if w.Kind == issuers.Map && w.Skill != "" && len(e.words) >= issuers.MaxMapped {
		blocked = fmt.Errorf("%w: %d words are mapped, which is as many as may be", issuers.ErrForm, len(e.words))
	}
	keys := slices.DeleteFunc(w.Keys(), func(k string) bool {
		have, ok := e.book[k]
		switch w.Kind {
		case issuers.Forget:
			return !ok || have.Kind == issuers.Forget
		case issuers.Drop:
			return !ok || have.Kind == issuers.Drop
		}
		return ok && same(have, w)
	})
	d.mu.Unlock()
	if blocked != nil {
		return issuers.Receipt{}, blocked
	}
	out := issuers.Receipt{Unchanged: len(keys) == 0}
	body, err := json.Marshal(w)
	if err != nil {
		return out, err
	}
	for _, k := range keys {
		value, err := json.Marshal(signed{body, d.mac(tenant, k, body)})
		if err != nil {
			return out, err
		}
		rev, err := d.kv.Put(ctx, tenant+"."+k, value)
		if err != nil {
			return out, d.o.Queue.explain(err)
		}
		out.Key, out.Revision = k, max(out.Revision, rev)
	}
	for !out.Unchanged {
		d.mu.Lock()
		e := d.of(tenant)
		known := e.revision >= out.Revision && (e.barredAt >= out.Revision || e.state.Applied >= out.Revision)
		d.mu.Unlock()
		if known {
			break
		}
		d.wait(ctx, time.Second)
		if err := ctx.Err(); err != nil {
			return out, err
		}
	}
	if w.Kind == issuers.Import {
		out.Entries, out.Title = len(w.Registry.Entries), w.Registry.Title
	}
	if !w.About() {
		return out, nil
	}
	all, err := d.o.Engine.Issuers(ctx, tenant)
	if err != nil {
		return out, err
	}
	out.Applicants, err = d.applications(ctx, tenant, idsOf(all, []issuers.Word{w}))
	return out, err
}

// inTheWay is an error where a block stands in the way of trusting.
func inTheWay(book issuers.Book, w *issuers.Word) error {
	if x := book.Blocking(w); w.Kind == issuers.Trust && x != nil {
		return fmt.Errorf("%w (%s, by %s)", issuers.ErrBlocked, x.Issuer, x.By)
	}
	return nil
}

func same(a, b issuers.Word) bool {
	return a.Kind == b.Kind && a.Issuer == b.Issuer && a.Name == b.Name && a.Note == b.Note && a.Accept == b.Accept && a.Label == b.Label && a.Skill == b.Skill && a.Registry == nil && b.Registry == nil
}

// idsOf gives those of the issuers that a word is about.
func idsOf(all []index.IssuerCount, words []issuers.Word) []string {
	out := []string{}
	for _, c := range all {
		if slices.ContainsFunc(words, func(w issuers.Word) bool { return w.Of(c.ID) }) {
			out = append(out, c.ID)
		}
	}
	return out
}

// applications counts those with a badge of one of these issuers, nil = all.
func (d *Decisions) applications(ctx context.Context, tenant string, ids []string) (int, error) {
	if ids != nil && len(ids) == 0 {
		return 0, nil
	}
	q := d.query(ids)
	r, err := d.o.Engine.Search(ctx, tenant, q)
	if err != nil {
		return 0, err
	}
	return r.Total, nil
}

// errCounted ends counting.
var errCounted = errors.New("enough is counted")

// Would counts what a word of a tenant would change, and says nothing. It reads
// issuers.MaxCounted applications at most.
func (d *Decisions) Would(ctx context.Context, tenant string, w issuers.Word) (*issuers.Change, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if err := w.Check(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	e := d.of(tenant)
	now, book := e.policy, maps.Clone(e.book)
	d.mu.Unlock()
	if err := inTheWay(book, &w); err != nil {
		return nil, err
	}
	for _, k := range w.Keys() {
		book[k] = w
	}
	then := book.Policy(d.base)
	all, err := d.o.Engine.Issuers(ctx, tenant)
	if err != nil {
		return nil, err
	}
	ids := idsOf(all, []issuers.Word{w})
	out := &issuers.Change{Issuers: len(ids), Judged: d.o.Installation != nil}
	of := map[string]bool{}
	for _, id := range ids {
		of[id] = true
	}
	if !w.About() {
		ids = nil
	}
	if out.Apps, err = d.applications(ctx, tenant, ids); err != nil || out.Apps == 0 {
		return out, err
	}
	gaining, losing := map[string]bool{}, map[string]bool{}
	err = d.o.Engine.ScanIssuers(ctx, tenant, ids, "", func(a *record.Application) error {
		if out.Read == issuers.MaxCounted {
			return errCounted
		}
		out.Read++
		x := issuers.Changed{ID: a.ID, Application: a.Application, Name: a.DisplayName}
		gain, lose := 0, 0
		for i := range a.Credentials {
			v := &a.Credentials[i].Verdict
			if !of[v.Credential.Issuer.ID] {
				continue
			}
			out.Badges++
			if !out.Judged {
				continue
			}
			verify.Decide(v, now) // the index may not follow yet
			was := v.Result
			verify.Decide(v, then)
			switch counts := v.Result == verdict.Verified; {
			case counts && was != verdict.Verified:
				if gain++; gain <= issuers.FewChanged {
					x.Gain = append(x.Gain, v.Credential.Name)
				}
			case !counts && was == verdict.Verified:
				if lose++; lose <= issuers.FewChanged {
					x.Lose = append(x.Lose, v.Credential.Name)
				}
			}
		}
		out.Gain, out.Lose = out.Gain+gain, out.Lose+lose
		who := cmp.Or(a.Candidate, "/"+a.ID) // no candidate's key has a stroke
		if gain > 0 {
			gaining[who] = true
		}
		if lose > 0 {
			losing[who] = true
		}
		out.Gaining, out.Losing = len(gaining), len(losing)
		if gain+lose > 0 && len(out.First) < issuers.FewChanged {
			x.Reference = a.Reference(record.MaskOf(a))
			out.First = append(out.First, x)
		}
		return nil
	})
	if errors.Is(err, errCounted) {
		err = nil
	}
	return out, err
}

// Load reads a registry from an address that an employer names, over https, from
// the host that was named and no other. Errors wrap issuers.ErrRegistry.
func (d *Decisions) Load(ctx context.Context, source string) (*verify.Registry, error) {
	if d.o.Fetcher == nil {
		return nil, &issuers.LoadError{Text: "this server loads none"}
	}
	r, err := d.o.Fetcher.Fetch(ctx, fetch.Request{URL: source, Accept: "application/json", MaxBytes: registryBytes, SameHost: true, Fresh: true})
	switch {
	case err != nil:
		return nil, &issuers.LoadError{Cause: err}
	case r.Status != 200:
		return nil, &issuers.LoadError{Status: r.Status}
	}
	return parseRegistry(r.Body)
}

func parseRegistry(b []byte) (*verify.Registry, error) {
	r, err := verify.ParseRegistry(b)
	if err != nil {
		return nil, &issuers.LoadError{Text: "it is not in the form of an issuer registry, or too long", Cause: err}
	}
	return r, nil
}

// Import reads a registry and has what was chosen of it count: nothing where
// nothing is chosen, so that what it offers can be looked at first. Errors wrap
// issuers.ErrRegistry, or are those of Say.
func (d *Decisions) Import(ctx context.Context, tenant string, x issuers.Chosen) (issuers.Receipt, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return issuers.Receipt{}, err
	}
	now := d.o.Now().UTC()
	r := &issuers.Registry{Source: x.Source, Whole: x.Whole}
	w := issuers.Word{Kind: issuers.Import, Note: x.Note, By: x.By, At: now, Registry: r}
	if err := w.Check(); err != nil {
		return issuers.Receipt{}, err
	}
	var read *verify.Registry
	var err error
	switch {
	case x.Body == nil && !r.Remote():
		err = fmt.Errorf("%w: an https URL, or a file", issuers.ErrForm)
	case x.Body == nil:
		read, err = d.Load(ctx, x.Source)
	case r.Remote():
		err = fmt.Errorf("%w: the text of an address is its server's to give", issuers.ErrForm)
	default:
		read, err = parseRegistry(x.Body)
	}
	if err != nil {
		return issuers.Receipt{}, err
	}
	for _, id := range x.Entries {
		if _, ok := read.Entries[id]; !ok {
			return issuers.Receipt{}, &issuers.LoadError{Text: fmt.Sprintf("it does not list %.200q", id)}
		}
	}
	d.mu.Lock()
	was := d.of(tenant).book[w.Keys()[0]]
	d.mu.Unlock()
	w.Registry = r.Of(read, func(id string) bool {
		counts := false
		if was.Kind == issuers.Import {
			_, counts = was.Registry.Entries[id]
			counts = counts && !was.Registry.Whole
		}
		return counts || slices.Contains(x.Entries, id)
	}, now)
	out, err := d.Say(ctx, tenant, w)
	if err != nil {
		return out, err
	}
	for _, id := range slices.Sorted(maps.Keys(w.Registry.Others)) {
		out.Offered = append(out.Offered, issuers.Item{ID: id, Name: w.Registry.Others[id]})
	}
	d.mu.Lock()
	delete(d.of(tenant).failed, x.Source)
	d.mu.Unlock()
	return out, nil
}

// keepRegistries reads registries again when a day has passed.
func (d *Decisions) keepRegistries(ctx context.Context) error {
	d.refresh(ctx)
	return every(ctx, time.Minute, func() { d.refresh(ctx) })
}

// refresh reads those again that are due. What cannot be loaded counts as it did,
// and it is said.
func (d *Decisions) refresh(ctx context.Context) {
	now := d.o.Now()
	type due struct {
		tenant string
		word   issuers.Word
	}
	var todo []due
	d.mu.Lock()
	for tenant, e := range d.tenants {
		for _, w := range e.book.Registries() {
			last := w.Registry.Loaded
			if r, ok := refreshed(e.failed, w.Registry.Source); ok {
				last = r
			}
			if w.Registry.Remote() && !now.Before(last.Add(refreshEvery)) && !now.Before(e.failed[w.Registry.Source].again) {
				todo = append(todo, due{tenant, w})
			}
		}
	}
	d.mu.Unlock()
	for _, x := range todo {
		source := x.word.Registry.Source
		r, err := d.Load(ctx, source)
		if err == nil {
			w, changed := issuers.Refreshed(x.word, r, now.UTC())
			if changed {
				w.By, w.At, w.Note = "the daily refresh", now.UTC(), ""
				_, err = d.Say(ctx, x.tenant, w)
			}
		}
		if ctx.Err() != nil {
			return
		}
		d.mu.Lock()
		e := d.of(x.tenant)
		if err != nil {
			e.failed[source] = failure{at: now.UTC(), why: why(err), again: now.Add(refreshAgain)}
		} else {
			e.failed[source] = failure{again: now.Add(refreshEvery)}
		}
		d.mu.Unlock()
		if err != nil {
			d.o.Log.Warn("a registry of issuers could not be loaded", zap.String("tenant", x.tenant), zap.Error(plain(err)))
		}
	}
}

// refreshed is when a registry was last found as it was, by this process.
func refreshed(failed map[string]failure, source string) (time.Time, bool) {
	f, ok := failed[source]
	return f.again.Add(-refreshEvery), ok && f.why == ""
}

// why is what may be told of a registry that could not be loaded.
func why(err error) string {
	if e := new(issuers.LoadError); errors.As(err, &e) {
		return e.Error()
	}
	return issuers.ErrRegistry.Error()
}

// Log gives every word of a tenant that the bucket still has, oldest first.
func (d *Decisions) Log(ctx context.Context, tenant string) ([]issuers.Word, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	w, err := d.kv.Watch(ctx, tenant+".>", jetstream.IncludeHistory())
	if err != nil {
		return nil, d.o.Queue.explain(err)
	}
	type entry struct {
		rev  uint64
		word issuers.Word
	}
	var all []entry
	for e := range w.Updates() {
		if e == nil {
			break
		}
		_, key, _ := strings.Cut(e.Key(), ".")
		if word, err := d.open(tenant, key, e); err == nil {
			all = append(all, entry{e.Revision(), word})
		}
	}
	if err := errors.Join(w.Stop(), ctx.Err()); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.rev, b.rev) })
	out := make([]issuers.Word, len(all))
	for i, e := range all {
		out[i] = e.word
	}
	return out, nil
}

// List gives the issuers of a tenant's badges, n at most, with what the employer
// says of them and how far the index follows. With n = 0 it tells what the employer says
// alone, and asks the index nothing.
func (d *Decisions) List(ctx context.Context, tenant string, n int) (*issuers.List, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	var all []index.IssuerCount
	if n > 0 {
		var err error
		if all, err = d.o.Engine.Issuers(ctx, tenant); err != nil {
			return nil, err
		}
	}
	d.mu.Lock()
	e := d.of(tenant)
	book, p, state, revision, failed := maps.Clone(e.book), e.policy, e.state, e.revision, maps.Clone(e.failed)
	d.mu.Unlock()
	out := &issuers.List{Mapped: book.Mapped(), Accept: cmp.Or(p.Accept, verify.DefaultAccept), Issuers: []issuers.Row{}, Total: len(all), Decisions: book.Decisions(), Registries: []issuers.RegistryStatus{}}
	if out.Decisions == nil {
		out.Decisions = []issuers.Word{}
	}
	if state.Applied < revision {
		out.Work = &issuers.Work{Done: state.Done, Total: state.Total, Since: state.Since}
	}
	for _, w := range book.Registries() {
		r, f := w.Registry, failed[w.Registry.Source]
		s := issuers.RegistryStatus{Source: r.Source, Title: r.Title, Whole: r.Whole, Entries: len(r.Entries), Others: len(r.Others), By: w.By, At: w.At, Loaded: r.Loaded}
		if f.why != "" {
			s.Failed, s.Why = f.at, f.why
		} else if t, ok := refreshed(failed, r.Source); ok {
			s.Loaded = t.UTC()
		}
		out.Registries = append(out.Registries, s)
	}
	for _, c := range all[:min(n, len(all))] {
		row := issuers.Row{Issuer: c.ID, Applicants: c.Applicants, About: c.About, Apps: c.Applications, Registries: book.Listing(c.ID)}
		if said := book.Said(c.ID); said != nil {
			row.Decision, row.By = said.Kind, said.By
		}
		v, err := d.sample(ctx, tenant, c.ID)
		if err != nil {
			return nil, err
		}
		if v != nil {
			if d.o.Installation != nil {
				verify.Decide(v, p)
			}
			row.Shown, row.Standing = v.Credential.Issuer.Shown, v.Aspects.Standing.Level
			if row.Shown != "" {
				row.Backing, row.Claims = v.Backing, v.Credential.Issuer.Name
			}
			for _, w := range v.Warnings {
				if w == verdict.WarnNameLookalike || w == verdict.WarnHostLookalike {
					row.Resembles, row.Warnings = true, append(row.Warnings, w)
				}
			}
			row.Worth = row.Decision == "" && row.Standing == verdict.LevelKey && (c.Applicants > 1 || len(row.Registries) > 0)
		}
		out.Issuers = append(out.Issuers, row)
	}
	return out, nil
}

// query finds the applications with a badge of one of these issuers, however it
// stands; nil = all.
func (d *Decisions) query(ids []string) query.Query {
	q := query.Query{Sort: query.SortRecency, Size: 3, Plan: query.Plan{Include: verdict.Results(), Now: d.o.Now().Unix()}}
	if ids != nil {
		q.Plan.Root = query.Cond{Op: query.OpClaim, Claim: &query.ClaimCond{Status: verdict.Results(),
			Where: &query.Filter{Op: query.OpLeaf, Field: query.FilterIssuerID, Values: ids}}}
	}
	return q
}

// sample gives the verdict on a badge of an issuer, one that proves the issuer
// where there is one among the first; nil where there is none any more.
func (d *Decisions) sample(ctx context.Context, tenant, id string) (*verdict.Verdict, error) {
	q := d.query([]string{id})
	r, err := d.o.Engine.Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	var best *verdict.Verdict
	for _, h := range r.Hits {
		a, err := d.o.Engine.Get(ctx, tenant, h.Application)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range a.Credentials {
			v := &a.Credentials[i].Verdict
			if v.Credential.Issuer.ID != id {
				continue
			}
			if v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass {
				return v, nil
			}
			if best == nil {
				best = v
			}
		}
	}
	return best, nil
}

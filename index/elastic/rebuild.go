package elastic

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"assay/index"
	"assay/index/record"

	"go.uber.org/zap"
)

// Rebuild implements index.Engine: it makes the next index under today's
// mapping, copies every document and every stub at its version, and swaps the
// alias in one step.
//
//  1. copy what a point in time of the old index shows, while writes go on;
//  2. block writes on the old index: writers are told 403 and try again;
//  3. copy what was written since 1, by sequence number, and compare the counts;
//  4. swap, which also lets the writers through, to the new index;
//  5. drop the old index when no search can be reading it any more.
//
// Searches are answered throughout. When it fails, the old index stays as it
// was and takes writes again. A process killed in step 2 or 3 leaves the block:
// writers that are held up longer than a live rebuild may hold them lift it, or
// the next Rebuild does. What it leaves is dropped by the next Rebuild.
func (e *Engine) Rebuild(ctx context.Context, remake func(*record.Application), progress func(done, total int)) (err error) {
	old, m, err := e.current(ctx)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := index.CheckKey(e.o.Key, m.Key); err != nil {
		return fmt.Errorf("rebuild: index %s: %w", old, err)
	}
	spread, err := e.layoutOf(ctx, old)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	name := fmt.Sprintf("%s-%06d-%s", e.alias, e.generation(old)+1, strings.ToLower(rand.Text()[:8]))
	building := target{alias: name + tokenSuffix}
	err = e.call(ctx, http.MethodPut, "/"+name, object{
		"settings": object{"refresh_interval": "-1", "index": spread.with(e.o)},
		"mappings": mapping(e.meta()),
		"aliases":  object{building.alias: object{"is_write_index": true}},
	}, nil)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	swapped := false
	defer func() {
		if swapped {
			return
		}
		c, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		err = errors.Join(err, e.abandon(c, name))
	}()
	// Ours stands: whoever comes later finds it. Others', dead or alive, end here.
	if err := e.reclaim(ctx, name); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	// Since nobody else can swap any more, this is the index to copy.
	if old, _, err = e.current(ctx); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := e.block(ctx, old, false); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}

	copier := copier{e: e, to: building, remake: remake, progress: progress}
	mark, err := e.checkpoint(ctx, old)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if copier.total, err = e.count(ctx, old); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := copier.copy(ctx, old, object{"match_all": object{}}); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}

	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, blockedMost)
	defer cancel()
	if err := e.block(ctx, old, true); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	copier.progress = nil
	if err := copier.copy(ctx, old, object{"range": object{"_seq_no": object{"gt": mark}}}); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	err = e.call(ctx, http.MethodPut, "/"+name+"/_settings", object{"index": object{"refresh_interval": e.settings()["refresh_interval"]}}, nil)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	want, err := e.count(ctx, old)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	got, err := e.count(ctx, name)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if got != want {
		return fmt.Errorf("rebuild: %d documents copied of %d", got, want)
	}
	err = e.call(ctx, http.MethodPost, "/_aliases", object{"actions": []object{
		{"remove": object{"index": old, "alias": e.alias, "must_exist": true}},
		{"add": object{"index": name, "alias": e.alias, "is_write_index": true}},
		{"remove": object{"index": name, "alias": building.alias, "must_exist": true}},
	}}, nil)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	swapped = true
	e.states.Store(true)
	e.log.Info("index rebuilt", zap.String("index", name), zap.Int("documents", got))
	// From here on it must go even when nobody waits: an erasure no longer
	// reaches the old index.
	c, cancel2 := context.WithTimeout(context.WithoutCancel(whole), e.linger+time.Minute)
	defer cancel2()
	// Should anybody have lifted the block in between, nothing is lost all the same.
	copier.to = target{alias: e.alias, refresh: true}
	err = e.block(c, old, true)
	if err == nil {
		err = copier.copy(c, old, object{"range": object{"_seq_no": object{"gt": mark}}})
	}
	if err != nil && failed(e.call(c, http.MethodHead, "/"+url.PathEscape(old), nil, nil), http.StatusNotFound) {
		err = nil // an erasure found it blocked and dropped it (eraseLeft): nothing was written into it since
	}
	if err != nil {
		return fmt.Errorf("rebuild: done, but the old index %s could not be read to its end: %w", old, err)
	}
	_ = sleep(c, e.linger)
	if err := e.sweep(c, name); err != nil {
		return fmt.Errorf("rebuild: done, but old indices could not be dropped: %w", err)
	}
	return nil
}

const (
	tokenSuffix = "-building" // alias of an index that is being built; the swap demands it
	blockedMost = 2 * time.Minute
	// blockPatience is how long a writer is held up by a block before it takes
	// the rebuild that set it for dead: longer than a live one holds it.
	blockPatience = 5 * time.Minute
)

// sibling is one of our indices that is not behind the alias.
type sibling struct {
	building bool // has its token
	made     int64
}

// siblings lists our indices that are not behind the alias.
func (e *Engine) siblings(ctx context.Context) (map[string]sibling, error) {
	var all map[string]struct {
		Aliases  map[string]any `json:"aliases"`
		Settings struct {
			Index struct {
				Made string `json:"creation_date"`
			} `json:"index"`
		} `json:"settings"`
	}
	if err := e.call(ctx, http.MethodGet, "/"+e.alias+"-*?filter_path=*.aliases,*.settings.index.creation_date", nil, &all); err != nil {
		return nil, err
	}
	form := regexp.MustCompile("^" + regexp.QuoteMeta(e.alias) + `-[0-9]{6}(-[a-z2-7]{8})?$`)
	out := map[string]sibling{}
	for n, a := range all {
		if _, live := a.Aliases[e.alias]; live || !form.MatchString(n) {
			continue
		}
		made, err := strconv.ParseInt(a.Settings.Index.Made, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("index %s: creation date: %w", n, err)
		}
		_, building := a.Aliases[n+tokenSuffix]
		out[n] = sibling{building, made}
	}
	return out, nil
}

// abandon gives a rebuild up: its token first, so that it cannot swap, then the
// block that it may have set, then its index. Where the token is gone, somebody
// else did so, and the block may be a later rebuild's.
func (e *Engine) abandon(ctx context.Context, name string) error {
	err := e.call(ctx, http.MethodPost, "/_aliases", object{"actions": []object{
		{"remove": object{"index": name, "alias": name + tokenSuffix, "must_exist": true}},
	}}, nil)
	if failed(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	live, _, err := e.current(ctx)
	if err == nil {
		err = e.block(ctx, live, false)
	}
	return errors.Join(err, gone(e.call(ctx, http.MethodDelete, "/"+name, nil, nil)))
}

// reclaim ends every rebuild, or those that began before the one that is
// building mine: of two at once the younger goes on, and the older is told
// errTakenOver.
func (e *Engine) reclaim(ctx context.Context, mine string) error {
	all, err := e.siblings(ctx)
	if err != nil {
		return err
	}
	me := all[mine]
	for n, s := range all {
		if n == mine || !s.building {
			continue
		}
		if mine != "" && (s.made > me.made || s.made == me.made && n > mine) {
			return errTakenOver
		}
		err = errors.Join(err, e.abandon(ctx, n))
	}
	return err
}

// sweep drops what rebuilds left behind: indices without a token that are no
// newer than the live one.
func (e *Engine) sweep(ctx context.Context, live string) error {
	all, err := e.siblings(ctx)
	if err != nil {
		return err
	}
	for n, s := range all {
		if !s.building && e.generation(n) <= e.generation(live) {
			err = errors.Join(err, gone(e.call(ctx, http.MethodDelete, "/"+n, nil, nil)))
		}
	}
	return err
}

func gone(err error) error {
	if failed(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// heldUp is told of every bulk request: whether an item met a write block. When
// that lasts, the rebuild that set the block is dead, and what it left is
// cleared away. A block that somebody set without a rebuild is left alone.
func (e *Engine) heldUp(ctx context.Context, blocked bool) {
	e.held.Lock()
	switch {
	case !blocked:
		e.since = time.Time{}
	case e.since.IsZero():
		e.since = time.Now()
	}
	dead := blocked && time.Since(e.since) >= e.patience
	if dead {
		e.since = time.Time{} // one writer is enough to clear away
	}
	e.held.Unlock()
	if !dead {
		return
	}
	if err := e.reclaim(ctx, ""); err != nil {
		e.log.Warn("a write block of a rebuild that died cannot be lifted", zap.Error(err))
		return
	}
	e.log.Warn("a rebuild died: its write block is lifted")
}

// generation reads the number out of an index's name, 0 when it has none.
func (e *Engine) generation(name string) int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(name, e.alias+"-"), "-")
	n, _ := strconv.Atoi(digits)
	return n
}

// block refuses or allows writes to an index. When a block is set, no write is
// under way any more.
func (e *Engine) block(ctx context.Context, name string, on bool) error {
	if on {
		return e.call(ctx, http.MethodPut, "/"+url.PathEscape(name)+"/_block/write", nil, nil)
	}
	return e.call(ctx, http.MethodPut, "/"+url.PathEscape(name)+"/_settings", object{"index": object{"blocks.write": nil}}, nil)
}

// count counts documents and stubs, those written a moment ago too.
func (e *Engine) count(ctx context.Context, name string) (int, error) {
	if err := e.call(ctx, http.MethodPost, "/"+url.PathEscape(name)+"/_refresh", nil, nil); err != nil {
		return 0, err
	}
	var c struct {
		Count int `json:"count"`
	}
	err := e.call(ctx, http.MethodGet, "/"+url.PathEscape(name)+"/_count", nil, &c)
	return c.Count, err
}

// checkpoint gives a sequence number such that every write up to it, in every
// shard, is seen by a search after the next refresh.
func (e *Engine) checkpoint(ctx context.Context, name string) (int64, error) {
	var a struct {
		Indices map[string]struct {
			Shards map[string][]struct {
				SeqNo struct {
					Global int64 `json:"global_checkpoint"`
				} `json:"seq_no"`
			} `json:"shards"`
		} `json:"indices"`
	}
	if err := e.call(ctx, http.MethodGet, "/"+url.PathEscape(name)+"/_stats?level=shards&filter_path=**.seq_no", nil, &a); err != nil {
		return 0, err
	}
	least, found := int64(0), false
	for _, i := range a.Indices {
		for _, copies := range i.Shards {
			for _, c := range copies {
				if !found || c.SeqNo.Global < least {
					least, found = c.SeqNo.Global, true
				}
			}
		}
	}
	if !found {
		return -1, nil // then everything is copied twice, which is harmless
	}
	return least, nil
}

// copier copies documents into the index that is being built.
type copier struct {
	e           *Engine
	to          target
	remake      func(*record.Application)
	progress    func(done, total int)
	done, total int
}

func (c *copier) copy(ctx context.Context, from string, query object) error {
	if err := c.e.call(ctx, http.MethodPost, "/"+url.PathEscape(from)+"/_refresh", nil, nil); err != nil {
		return err
	}
	var batch []*op
	flush := func() error {
		var failed error
		c.e.bulk.write(ctx, c.to, batch, func(_ *op, r index.Outcome) {
			if r.Err != nil {
				failed = r.Err
			}
		})
		c.done += len(batch)
		batch = batch[:0]
		if failed == nil && c.progress != nil {
			c.progress(c.done, max(c.total, c.done))
		}
		return failed
	}
	err := c.e.each(ctx, from, "", query, c.e.o.FlushDocs, func(version int64, source json.RawMessage) error {
		var a record.Application
		if err := json.Unmarshal(source, &a); err != nil {
			return fmt.Errorf("document in the index: %w", err)
		}
		if c.remake == nil && !a.Erased {
			record.Refresh(&a)
		}
		if c.remake != nil && !a.Erased {
			id, tenant, application := a.ID, a.Tenant, a.Application
			c.remake(&a)
			a.ID, a.Tenant, a.Application, a.Erased = id, tenant, application, false
		}
		a.Version = version
		if err := index.CheckDocument(c.e.o.Key, &a); err != nil {
			return err
		}
		o, err := c.e.encode(&a)
		if err != nil {
			return err
		}
		o.equal = true
		if batch = append(batch, o); len(batch) >= c.e.o.FlushDocs {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

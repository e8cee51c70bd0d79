package local

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"assay/index"
	"assay/index/query"
	"assay/index/record"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	bindex "github.com/blevesearch/bleve_index_api"
	bolt "go.etcd.io/bbolt"
	"go.uber.org/zap"
)

const maxCommit = 1000 // documents in one transaction

// Fields of a claim in the Bleve index.
const (
	fieldSkill     = "skill"
	fieldAncestors = "ancestors"
	fieldSoft      = "soft"
)

// write is one document on its way into the file.
type write struct {
	app   *record.Application
	body  []byte
	equal bool // an equal version is overwritten
	out   index.Outcome
}

func yearText(y int) string { return strconv.Itoa(y) }

// Write implements index.Engine. When it returns, what succeeded is on the disk
// and seen by searches. Writers that come at the same time share a transaction.
func (e *Engine) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	out := make([]index.Outcome, len(docs))
	var list []*write
	var at []int
	for i := range docs {
		a := &docs[i]
		out[i].ID = a.ID
		err := index.CheckWrite(e.o.Key, a)
		var body []byte
		if err == nil {
			if body, err = json.Marshal(a); err != nil {
				err = &index.Refusal{Kind: "cannot be written as JSON"}
			}
		}
		if err != nil {
			out[i].Err = err
			continue
		}
		list = append(list, &write{app: a, body: body})
		at = append(at, i)
	}
	if err := ctx.Err(); err != nil {
		for i := range out {
			if out[i].Err == nil {
				out[i].Err = fmt.Errorf("%w: %w", index.ErrUnavailable, err)
			}
		}
		return out
	}
	e.submit(list)
	for i, w := range list {
		w.out.ID = w.app.ID
		out[at[i]] = w.out
	}
	return out
}

// Erase implements index.Engine.
func (e *Engine) Erase(ctx context.Context, tenant, application string) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", index.ErrUnavailable, err)
	}
	stub := record.Stub(e.o.Key, tenant, application)
	body, err := json.Marshal(&stub)
	if err != nil {
		return fmt.Errorf("stub: %w", err)
	}
	w := &write{app: &stub, body: body, equal: true}
	e.submit([]*write{w})
	if w.out.Err == nil {
		e.scrubLater()
	}
	return w.out.Err
}

// commitQueue gathers the writes that wait while one commit is under way.
type commitQueue struct {
	mu      sync.Mutex
	waiting []*pending
}

type pending struct {
	writes []*write
	done   chan struct{}
}

// submit has writes committed and returns when they are. Whoever gets the lock
// commits for all that wait.
func (e *Engine) submit(list []*write) {
	if len(list) == 0 {
		return
	}
	p := &pending{writes: list, done: make(chan struct{})}
	e.queue.mu.Lock()
	e.queue.waiting = append(e.queue.waiting, p)
	e.queue.mu.Unlock()

	e.commits.Lock()
	defer e.commits.Unlock()
	select {
	case <-p.done:
		return
	default:
	}
	e.queue.mu.Lock()
	all := e.queue.waiting
	e.queue.waiting = nil
	e.queue.mu.Unlock()
	for len(all) > 0 {
		var part []*write
		n := 0
		for n < len(all) && (n == 0 || len(part)+len(all[n].writes) <= maxCommit) {
			part = append(part, all[n].writes...)
			n++
		}
		e.commit(part)
		for _, p := range all[:n] {
			close(p.done)
		}
		all = all[n:]
	}
}

// commit writes documents in one transaction, then into the Bleve index, then
// shows them. The caller holds e.commits.
func (e *Engine) commit(list []*write) {
	fail := func(err error) {
		e.log.Error("commit failed", zap.Int("documents", len(list)), zap.Error(err))
		for _, w := range list {
			w.out = index.Outcome{Err: fmt.Errorf("%w: %w", index.ErrUnavailable, err)}
		}
	}
	e.mu.RLock()
	closed := e.closed
	e.mu.RUnlock()
	if closed {
		fail(errors.New("closed"))
		return
	}
	seq := e.seq + 1
	ordinal := e.ordinal
	newest := map[string]*row{} // within this commit
	stored := func(id string) *row {
		if r := newest[id]; r != nil {
			return r
		}
		return e.byID[id] // written under e.commits only
	}
	apps := map[*row]*record.Application{}
	err := e.db.Update(func(tx *bolt.Tx) error {
		docs, rows, graves := tx.Bucket(bucketDocuments), tx.Bucket(bucketRows), tx.Bucket(bucketGraves)
		for _, w := range list {
			w.out = index.Outcome{}
			have := stored(w.app.ID)
			if have != nil && (have.version > w.app.Version || !w.equal && have.version == w.app.Version) {
				w.out.Superseded = true
				continue
			}
			ordinal++
			rec := newStored(w.app, seq, ordinal)
			raw, err := json.Marshal(rec)
			if err != nil {
				return err
			}
			key := []byte(w.app.ID)
			if err := errors.Join(docs.Put(key, w.body), rows.Put(key, raw)); err != nil {
				return err
			}
			if w.app.Erased && (have == nil || !have.erased) {
				if err := tx.Bucket(bucketMeta).Put(keyErasures, []byte{1}); err != nil {
					return err
				}
			}
			if have != nil && newest[w.app.ID] == nil {
				grave := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, seq), have.ordinal)
				if err := graves.Put(grave, binary.BigEndian.AppendUint32(nil, uint32(len(have.claims)))); err != nil {
					return err
				}
			}
			r := e.terms.row(w.app.ID, rec)
			newest[w.app.ID] = r
			apps[r] = w.app
		}
		return nil
	})
	if err != nil {
		fail(err)
		return
	}
	if len(newest) == 0 {
		return
	}
	// From here on the file holds the documents: the sequence is used up even
	// when the Bleve index fails, so that the next start repairs it.
	e.seq, e.ordinal = seq, ordinal
	added := make([]*row, 0, len(newest))
	for _, text := range []bleve.Index{e.text, e.building} {
		if text == nil {
			continue
		}
		batch := text.NewBatch()
		for id, r := range newest {
			if err := addClaims(batch, r.ordinal, apps[r]); err != nil {
				fail(err)
				return
			}
			if before := e.byID[id]; before != nil {
				dropClaims(batch, before.ordinal, len(before.claims))
			}
		}
		batch.SetInternal(internalSeq, binary.BigEndian.AppendUint64(nil, seq))
		if err := text.Batch(batch); err != nil {
			fail(err)
			return
		}
	}
	for _, r := range newest {
		added = append(added, r)
	}
	reader, err := newReader(e.text)
	if err != nil {
		fail(err)
		return
	}
	if err := e.publish(reader, added); err != nil {
		fail(err)
	}
}

// The analyzers of Bleve's documents: words stand folded and joined by one
// space, everything else is one term.
var (
	asWords   = &analysis.DefaultAnalyzer{Tokenizer: spaces{}}
	asKeyword = &analysis.DefaultAnalyzer{Tokenizer: whole{}}
)

// spaces splits at spaces and does nothing else.
type spaces struct{}

func (spaces) Tokenize(b []byte) analysis.TokenStream {
	var out analysis.TokenStream
	start := -1
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] != ' ' {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, &analysis.Token{Term: b[start:i:i], Start: start, End: i, Position: len(out) + 1, Type: analysis.AlphaNumeric})
			start = -1
		}
	}
	return out
}

// whole takes a text as one term.
type whole struct{}

func (whole) Tokenize(b []byte) analysis.TokenStream {
	return analysis.TokenStream{&analysis.Token{Term: b, Start: 0, End: len(b), Position: 1, Type: analysis.AlphaNumeric}}
}

// addClaims adds the claims of an application to a batch.
func addClaims(batch *bleve.Batch, ordinal uint32, a *record.Application) error {
	for i := range a.Claims {
		c := &a.Claims[i]
		d := document.NewDocument(claimID(ordinal, i))
		keyword := func(field, s string) {
			if s != "" {
				d.AddField(document.NewTextFieldCustom(field, nil, []byte(s), bindex.IndexField|bindex.SkipFreqNorm, asKeyword))
			}
		}
		words := func(field query.Field, s string) {
			if s != "" {
				d.AddField(document.NewTextFieldCustom(string(field), nil, []byte(s), bindex.IndexField|bindex.IncludeTermVectors, asWords))
			}
		}
		keyword(fieldSkill, c.ID)
		keyword(fieldSoft, c.Soft)
		for _, x := range c.Ancestors {
			keyword(fieldAncestors, x)
		}
		words(query.FieldLabel, c.LabelWords)
		words(query.FieldName, c.NameWords)
		words(query.FieldTitle, c.TitleWords)
		words(query.FieldAbout, c.AboutWords)
		words(query.FieldIssuer, c.IssuerW)
		if b := c.Blind; b != nil {
			words(blindField(query.FieldLabel), b.LabelWords)
			words(blindField(query.FieldName), b.NameWords)
			words(blindField(query.FieldTitle), b.TitleWords)
			words(blindField(query.FieldAbout), b.AboutWords)
		}
		if err := batch.IndexAdvanced(d); err != nil {
			return err
		}
	}
	return nil
}

// blindField is what blind readers search in the place of a field, where a claim
// is not clear.
func blindField(f query.Field) query.Field { return "blind_" + f }

func dropClaims(batch *bleve.Batch, ordinal uint32, n int) {
	for i := range n {
		batch.Delete(claimID(ordinal, i))
	}
}

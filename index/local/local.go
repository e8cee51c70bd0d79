// Package local is the index.Engine inside the process: documents in a bbolt
// file, found through a Bleve index (scorch) beside it.
//
// The bbolt file is the truth: a write is acknowledged when its transaction is
// on the disk. The Bleve index holds one document a claim and finds the claims
// that meet a term, by concept, word, phrase or near spelling; what else is
// asked of a claim (status and expiry now, issuer, level, dates) and what is
// counted in facets stands in a compact copy in memory, so that a facet costs no
// read. After a crash the Bleve index is brought up to date from the file.
//
// Bleve's nested documents (2.6) join conditions that must hold for one claim;
// our plans also ask for several claims at once, with a score for each, so
// claims are documents of their own and are joined here.
//
// An erased application is overwritten in the file within a minute or at Close.
// In the Bleve index its claims are found no more, but the folded words of badge
// and issuer names, of badges' descriptions and the concepts they name (no
// applicant's name, unless a badge holds one) stay in the segments on the disk
// until Bleve merges them or a Rebuild makes new ones.
//
// Out of scope: more than one process on a folder, and installations whose
// claims do not fit into memory (about 100 bytes a claim, and once each label and badge name).
package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/guard"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	blevemapping "github.com/blevesearch/bleve/v2/mapping"
	bindex "github.com/blevesearch/bleve_index_api"
	bolt "go.etcd.io/bbolt"
	"go.uber.org/zap"
)

// Options say where the index lies. Dir and Key are required.
type Options struct {
	Dir    string           // a folder of its own; made when missing
	Key    []byte           // the installation's id key
	Log    *zap.Logger      // nil = none
	Faults *guard.Watch     // is told of assay's own faults in what the engine does by itself; nil = Log is
	Now    func() time.Time // nil = time.Now
}

// Engine is an index.Engine in a folder. It is safe for concurrent use.
type Engine struct {
	o   Options
	db  *bolt.DB
	log *zap.Logger
	now func() time.Time

	queue   commitQueue
	commits sync.Mutex // held by whoever writes
	writes  index.Writes
	// Owned by the holder of commits.
	seq      uint64
	ordinal  uint32
	text     bleve.Index
	building bleve.Index // set while Rebuild runs: gets every write too

	places *placeCache // of text
	terms  *terms

	reads sync.RWMutex // held for reading by whoever reads db; see scrub

	mu         sync.RWMutex // guards what follows
	snap       *snapshot
	byID       map[string]*row
	tenants    map[string]*tenantRows
	held       map[heldKey][]*row // alive
	closed     bool
	scrubTimer *time.Timer // set while a scrub is due
	scrubbed   time.Time   // when the last began

}

var _ index.Engine = (*Engine)(nil)

// Buckets and keys of the file.
var (
	bucketMeta      = []byte("meta")
	bucketDocuments = []byte("documents") // id → JSON of record.Application
	bucketRows      = []byte("rows")      // id → JSON of stored
	bucketGraves    = []byte("graves")    // sequence, ordinal → number of claims: replaced rows that Bleve may still hold
	keyFingerprint  = []byte("id_key")
	keySchema       = []byte("schema")
	keyRows         = []byte("rows")     // shape that the rows were last made in
	keyText         = []byte("text")     // folder of the Bleve index
	keyErasures     = []byte("erasures") // there while erased documents may stand in free pages
	internalSeq     = []byte("assay_seq")
)

// fileName is the bbolt file in the folder.
const fileName = "applications.db"

// Open opens the index in a folder, or makes it: index.ErrKey when it was
// written under another id key.
func Open(o Options) (*Engine, error) {
	if o.Dir == "" || len(o.Key) == 0 {
		return nil, errors.New("folder and id key are required")
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Faults == nil {
		o.Faults = &guard.Watch{Log: o.Log}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	db, err := bolt.Open(filepath.Join(o.Dir, fileName), 0o600, &bolt.Options{
		Timeout:        2 * time.Second,
		FreelistType:   bolt.FreelistMapType,
		NoFreelistSync: true,
	})
	if err != nil {
		return nil, fmt.Errorf("%s (is another process using it?): %w", o.Dir, err)
	}
	e := &Engine{
		o: o, db: db, log: o.Log, now: o.Now,
		places:  &placeCache{},
		terms:   newTerms(),
		byID:    map[string]*row{},
		tenants: map[string]*tenantRows{},
		held:    map[heldKey][]*row{},
	}
	if err := e.open(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

func (e *Engine) open() error {
	folder := ""
	err := e.db.Update(func(tx *bolt.Tx) error {
		for _, b := range [][]byte{bucketMeta, bucketDocuments, bucketRows, bucketGraves} {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		m := tx.Bucket(bucketMeta)
		switch have := m.Get(keyFingerprint); {
		case have == nil:
			if err := m.Put(keyFingerprint, []byte(index.KeyFingerprint(e.o.Key))); err != nil {
				return err
			}
			if err := m.Put(keySchema, []byte(strconv.Itoa(index.SchemaVersion))); err != nil {
				return err
			}
		default:
			if err := index.CheckKey(e.o.Key, string(have)); err != nil {
				return err
			}
		}
		if err := upgrade(tx, upgradeRows); err != nil {
			return err
		}
		folder = string(m.Get(keyText))
		if folder == "" {
			folder = "text-000001"
			return m.Put(keyText, []byte(folder))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := e.scrub(); err != nil {
		return err
	}
	if err := e.sweep(folder); err != nil {
		return err
	}
	if e.text, err = openText(filepath.Join(e.o.Dir, folder)); err != nil {
		return err
	}
	rows, err := e.load()
	if err == nil {
		err = e.recover(rows)
	}
	if err == nil {
		var reader bindex.IndexReader
		if reader, err = newReader(e.text); err == nil {
			err = e.publish(reader, rows)
		}
	}
	if err != nil {
		return errors.Join(err, e.text.Close())
	}
	return nil
}

// rowShape is raised when what a row keeps of a document changes and the documents do
// not.
const rowShape = 1 // candidate

// upgrade makes the rows of an earlier schema or shape anew from their documents: they
// lack what searches now ask of them. The documents are index.Upgrade's, and only a
// Rebuild raises the schema. Some are made anew at a time. A row whose document is gone
// stays as it is, if its schema allows.
func upgrade(tx *bolt.Tx, some int) error {
	m := tx.Bucket(bucketMeta)
	have, _ := strconv.Atoi(string(m.Get(keySchema)))
	shape, _ := strconv.Atoi(string(m.Get(keyRows)))
	if have >= index.SchemaVersion && shape >= rowShape {
		return nil
	}
	rows, docs := tx.Bucket(bucketRows), tx.Bucket(bucketDocuments)
	type row struct{ id, raw []byte }
	for from := []byte(nil); ; {
		// Some at a time: what is walked through is not to be changed meanwhile.
		var made []row
		at := rows.Cursor()
		id, raw := at.First()
		if from != nil {
			if id, raw = at.Seek(from); bytes.Equal(id, from) {
				id, raw = at.Next()
			}
		}
		for ; id != nil && len(made) < some; id, raw = at.Next() {
			b, err := rowAnew(id, raw, docs.Get(id))
			if err != nil && have < index.SchemaVersion {
				return err
			}
			if err != nil {
				b = raw // as it was it has served
			}
			made = append(made, row{bytes.Clone(id), bytes.Clone(b)})
		}
		if len(made) == 0 {
			return m.Put(keyRows, []byte(strconv.Itoa(rowShape)))
		}
		for _, r := range made {
			if err := rows.Put(r.id, r.raw); err != nil {
				return err
			}
		}
		from = made[len(made)-1].id
	}
}

const upgradeRows = 5000 // that are made anew at a time

// rowAnew makes a row anew of its document.
func rowAnew(id, raw, document []byte) ([]byte, error) {
	var r stored
	var a record.Application
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("row %s: %w", id, err)
	}
	if err := json.Unmarshal(document, &a); err != nil {
		return nil, fmt.Errorf("document %s: %w", id, err)
	}
	record.Refresh(&a)
	return json.Marshal(newStored(&a, r.Seq, r.Ordinal))
}

// sweep removes the folders of rebuilds that did not come to their end.
func (e *Engine) sweep(keep string) error {
	found, err := filepath.Glob(filepath.Join(e.o.Dir, "text-*"))
	if err != nil {
		return err
	}
	for _, f := range found {
		if filepath.Base(f) != keep {
			if err := os.RemoveAll(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// persistEvery is how long batches gather in memory, as long as there are less than
// manyFiles on the disk.
const (
	persistEvery = time.Second
	manyFiles    = 500
)

// openText opens a Bleve index or makes an empty one. Batches are not waited
// for: what a crash takes is written again from the file. So they come to the disk
// together, once in persistEvery; each by itself would be merged with its neighbours
// again and again.
func openText(folder string) (bleve.Index, error) {
	config := map[string]any{"unsafe_batch": true,
		"scorchPersisterOptions": map[string]any{"PersisterNapTimeMSec": persistEvery.Milliseconds(), "PersisterNapUnderNumFiles": manyFiles}}
	if _, err := os.Stat(filepath.Join(folder, "index_meta.json")); err == nil {
		b, err := bleve.OpenUsing(folder, config)
		if err == nil {
			return b, nil
		}
		// Beyond repair: it holds nothing that the file does not.
		if err := os.RemoveAll(folder); err != nil {
			return nil, err
		}
	}
	m := blevemapping.NewIndexMapping()
	m.DefaultMapping = blevemapping.NewDocumentDisabledMapping() // documents are built field by field
	return bleve.NewUsing(folder, m, scorch.Name, scorch.Name, config)
}

func newReader(b bleve.Index) (bindex.IndexReader, error) {
	low, err := b.Advanced()
	if err != nil {
		return nil, err
	}
	return low.Reader()
}

// load reads every row into memory.
func (e *Engine) load() ([]*row, error) {
	var rows []*row
	err := e.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketRows).ForEach(func(k, v []byte) error {
			var r stored
			if err := json.Unmarshal(v, &r); err != nil {
				return fmt.Errorf("row %s: %w", k, err)
			}
			rows = append(rows, e.terms.row(string(k), &r))
			e.seq = max(e.seq, r.Seq)
			e.ordinal = max(e.ordinal, r.Ordinal)
			return nil
		})
	})
	return rows, err
}

// recover writes into the Bleve index what it lost, and takes out what it
// should have lost.
func (e *Engine) recover(rows []*row) error {
	reader, err := newReader(e.text)
	if err != nil {
		return err
	}
	raw, err := reader.GetInternal(internalSeq)
	if err = errors.Join(err, reader.Close()); err != nil {
		return err
	}
	have := uint64(0)
	if len(raw) == 8 {
		have = binary.BigEndian.Uint64(raw)
	}
	batch := e.text.NewBatch()
	err = e.view(func(tx *bolt.Tx) error {
		docs := tx.Bucket(bucketDocuments)
		for _, r := range rows {
			if r.born <= have {
				continue
			}
			var a record.Application
			if err := json.Unmarshal(docs.Get([]byte(r.id)), &a); err != nil {
				return err
			}
			if err := addClaims(batch, r.ordinal, &a); err != nil {
				return err
			}
			if batch.Size() > 5000 {
				if err := e.text.Batch(batch); err != nil {
					return err
				}
				batch.Reset()
			}
		}
		return tx.Bucket(bucketGraves).ForEach(func(k, v []byte) error {
			seq, ordinal := binary.BigEndian.Uint64(k), binary.BigEndian.Uint32(k[8:])
			if seq > have {
				dropClaims(batch, ordinal, int(binary.BigEndian.Uint32(v)))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if e.seq > have {
		batch.SetInternal(internalSeq, binary.BigEndian.AppendUint64(nil, e.seq))
		if err := e.text.Batch(batch); err != nil {
			return err
		}
		return nil
	}
	// Nothing was lost, so nothing waits to be taken out either.
	return e.db.Update(func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket(bucketGraves); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucketGraves)
		return err
	})
}

// Ready implements index.Engine.
func (e *Engine) Ready(ctx context.Context) error {
	if err := e.alive(ctx); err != nil {
		return err
	}
	return e.writes.Ready(e.now())
}

// alive reports whether there is anything to ask: what takes no writes is searched still.
func (e *Engine) alive(ctx context.Context) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return fmt.Errorf("%w: closed", index.ErrUnavailable)
	}
	return ctx.Err()
}

// Status implements index.Engine.
func (e *Engine) Status(ctx context.Context) (index.Status, error) {
	if err := e.alive(ctx); err != nil {
		return index.Status{}, err
	}
	s := index.Status{Engine: "bleve", Name: e.o.Dir}
	err := e.view(func(tx *bolt.Tx) error {
		s.Schema, _ = strconv.Atoi(string(tx.Bucket(bucketMeta).Get(keySchema)))
		return nil
	})
	if err != nil {
		return index.Status{}, err
	}
	e.mu.RLock()
	for _, r := range e.byID {
		if r.erased {
			s.Erased++
		} else {
			s.Applications++
		}
	}
	e.mu.RUnlock()
	err = filepath.WalkDir(e.o.Dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a segment that was merged away meanwhile
		}
		if i, err := d.Info(); err == nil {
			s.Bytes += i.Size()
		}
		return nil
	})
	return s, err
}

// Close ends the engine. Searches under way fail.
func (e *Engine) Close() error {
	e.commits.Lock()
	defer e.commits.Unlock()
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	if e.scrubTimer != nil {
		e.scrubTimer.Stop()
	}
	snap := e.snap
	e.snap = nil
	e.mu.Unlock()
	snap.release()
	<-snap.gone
	return errors.Join(e.scrub(), e.text.Close(), e.db.Close())
}

// snapshot is a state of the index that a search works on from beginning to
// end: the Bleve reader and the rows of the same moment.
type snapshot struct {
	reader    bindex.IndexReader
	segments  []segment
	documents uint64 // in all segments, deleted ones too
	seq       uint64
	base      uint32 // ordinal of rows[0]
	rows      []*row // by ordinal; nil or dead where a newer one stands elsewhere
	refs      atomic.Int64
	gone      chan struct{}
}

func (s *snapshot) release() {
	if s.refs.Add(-1) == 0 {
		_ = s.reader.Close() // of a snapshot nobody reads any more
		close(s.gone)
	}
}

// row gives the row at an ordinal when it is alive in this snapshot.
func (s *snapshot) row(ordinal uint32) *row {
	if i := int(ordinal) - int(s.base); i >= 0 && i < len(s.rows) {
		if r := s.rows[i]; r != nil && s.alive(r) {
			return r
		}
	}
	return nil
}

func (s *snapshot) alive(r *row) bool {
	if r.born > s.seq {
		return false
	}
	died := r.died.Load()
	return died == 0 || died > s.seq
}

// tenantRows are the rows of one tenant in the order of writing.
type tenantRows struct {
	rows []*row
	live int
	// The texts of the claims by kind, those of some dead rows too: by them a search knows
	// that no claim has a word, and looks at none.
	said  [textKinds][]uint32
	known map[saidText]bool // what stands in said
}

// Kinds of texts that are known of a tenant's claims.
const (
	issuerID = iota
	issuerText
	claimedText
	titleText
	hostsText
	textKinds
)

// saidText is a text of a kind.
type saidText struct {
	kind int
	n    uint32
}

// add adds a row.
func (t *tenantRows) add(r *row, hidden []blindTexts) {
	t.rows = append(t.rows, r)
	for i := range r.claims {
		c := &r.claims[i]
		for _, x := range [...]blindTexts{c.texts(nil), c.texts(hidden)} {
			for kind, n := range [textKinds]uint32{x.issuer, x.issuerWords, x.claimedWords, x.titleWords, x.hosts} {
				if s := (saidText{kind, n}); n != 0 && !t.known[s] {
					t.known[s] = true
					t.said[kind] = append(t.said[kind], n)
				}
			}
		}
	}
}

// compact leaves the dead out. Readers keep the slices that they have.
func (t *tenantRows) compact(hidden []blindTexts) {
	rows := t.rows
	*t = tenantRows{rows: make([]*row, 0, len(rows)/2+64), live: t.live, known: map[saidText]bool{}}
	for _, r := range rows {
		if r.died.Load() == 0 {
			t.add(r, hidden)
		}
	}
}

// acquire gives the newest snapshot and the tenant's rows at that moment. The
// caller releases the snapshot.
func (e *Engine) acquire(tenant string) (*snapshot, tenantRows, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, tenantRows{}, fmt.Errorf("%w: closed", index.ErrUnavailable)
	}
	e.snap.refs.Add(1)
	if t := e.tenants[tenant]; t != nil {
		return e.snap, tenantRows{rows: t.rows, said: t.said}, nil
	}
	return e.snap, tenantRows{}, nil
}

// publish makes new rows, and the reader that knows their claims, visible at
// once.
func (e *Engine) publish(reader bindex.IndexReader, added []*row) error {
	segments, documents, err := e.places.of(reader)
	if err != nil {
		return errors.Join(err, reader.Close())
	}
	next := &snapshot{reader: reader, segments: segments, documents: documents, seq: e.seq, gone: make(chan struct{})}
	next.refs.Store(1)
	hidden := e.terms.hiddenTexts()
	e.mu.Lock()
	old := e.snap
	var rows []*row
	if old != nil {
		next.base, rows = old.base, old.rows
	} else if len(added) > 0 {
		next.base = added[0].ordinal
		for _, r := range added {
			next.base = min(next.base, r.ordinal)
		}
	} else {
		next.base = e.ordinal + 1
	}
	for _, r := range added {
		if before := e.byID[r.id]; before != nil {
			before.died.Store(e.seq)
			e.hold(before, false)
			e.tenants[before.tenant].live--
		}
		e.byID[r.id] = r
		e.hold(r, true)
		i := int(r.ordinal - next.base)
		for len(rows) <= i {
			rows = append(rows, nil)
		}
		rows[i] = r
		t := e.tenants[r.tenant]
		if t == nil {
			t = &tenantRows{known: map[saidText]bool{}}
			e.tenants[r.tenant] = t
		}
		t.add(r, hidden)
		t.live++
	}
	for _, r := range added {
		if t := e.tenants[r.tenant]; len(t.rows) > 2*t.live+64 {
			t.compact(hidden)
		}
	}
	if len(rows) > 2*len(e.byID)+4096 {
		rows, next.base = e.pack(rows, next.base)
	}
	next.rows = rows
	e.snap = next
	e.mu.Unlock()
	if old != nil {
		old.release()
	}
	return nil
}

// pack copies rows without the dead, from the lowest ordinal that is alive.
func (e *Engine) pack(rows []*row, base uint32) ([]*row, uint32) {
	first := 0
	for first < len(rows) && (rows[first] == nil || rows[first].died.Load() != 0) {
		first++
	}
	out := make([]*row, len(rows)-first, len(rows)-first+1024)
	for i, r := range rows[first:] {
		if r != nil && r.died.Load() == 0 {
			out[i] = r
		}
	}
	return out, base + uint32(first)
}

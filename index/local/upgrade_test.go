package local

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"

	bolt "go.etcd.io/bbolt"
)

// An index of an earlier schema is brought up to date when it is opened: its rows
// lacked the names' words and what a claim is worth.
func TestUpgrade(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(Options{Dir: dir, Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	docs := conformance.Documents("acme", 20)
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	find := func(sort query.Sort) (names []string) {
		q, err := query.New("", query.Options{Now: conformance.Now, Sort: sort, Size: 20})
		if err != nil {
			t.Fatal(err)
		}
		q.Plan.Root = query.Cond{Op: query.OpOr, Kids: []query.Cond{{Op: query.OpAll}, {Op: query.OpClaim, Claim: &query.ClaimCond{
			Status: q.Plan.Include, Tiers: []query.Tier{{How: query.HowName, Weight: 40, Field: query.FieldName, Words: record.Words(docs[0].Credentials[0].Verdict.Credential.Name), Phrase: true}},
		}}}}
		res, err := e.Search(t.Context(), "acme", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range res.Hits {
			names = append(names, h.Application)
		}
		return names
	}
	byName, byBreadth := find(query.SortMatch), find(query.SortBreadth)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	// Back to what schema 1 kept.
	db, err := bolt.Open(dir+"/applications.db", 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		rows := tx.Bucket(bucketRows)
		old := map[string][]byte{}
		err := rows.ForEach(func(id, raw []byte) error {
			var r stored
			if err := json.Unmarshal(raw, &r); err != nil {
				return err
			}
			for i := range r.Claims {
				r.Claims[i].NameWords, r.Claims[i].Worth = "", 0
			}
			b, err := json.Marshal(r)
			old[string(id)] = b
			return err
		})
		for id, b := range old {
			if err == nil {
				err = rows.Put([]byte(id), b)
			}
		}
		if err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keySchema, []byte("1"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if e, err = Open(Options{Dir: dir, Key: conformance.Key}); err != nil {
		t.Fatal(err)
	}
	st, err := e.Status(t.Context())
	if err != nil || st.Schema != 1 {
		t.Errorf("%+v, %v", st, err)
	}
	if got := find(query.SortMatch); !slices.Equal(got, byName) {
		t.Errorf("by name %v, before %v", got, byName)
	}
	if got := find(query.SortBreadth); !slices.Equal(got, byBreadth) {
		t.Errorf("by breadth %v, before %v", got, byBreadth)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// Rows of before candidates were counted are made anew, once, from the documents.
func TestRowShape(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(Options{Dir: dir, Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	docs := conformance.Documents("acme", 20)
	for i := range docs {
		docs[i].Candidate = "one"
	}
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	old := func(shape bool) {
		t.Helper()
		db, err := bolt.Open(dir+"/applications.db", 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(db.Update(func(tx *bolt.Tx) error {
			rows, old := tx.Bucket(bucketRows), map[string][]byte{}
			err := rows.ForEach(func(id, raw []byte) error {
				var r stored
				err := json.Unmarshal(raw, &r)
				r.Candidate = ""
				b, err2 := json.Marshal(r)
				old[string(id)] = b
				return errors.Join(err, err2)
			})
			for id, b := range old {
				err = errors.Join(err, rows.Put([]byte(id), b))
			}
			if shape {
				err = errors.Join(err, tx.Bucket(bucketMeta).Delete(keyRows))
			}
			return err
		}), db.Close())
		if err != nil {
			t.Fatal(err)
		}
	}
	several := func() (n int) {
		t.Helper()
		e, err := Open(Options{Dir: dir, Key: conformance.Key})
		if err != nil {
			t.Fatal(err)
		}
		all, err := e.Issuers(t.Context(), "acme")
		if err = errors.Join(err, e.Close()); err != nil || len(all) == 0 {
			t.Fatal(err, len(all))
		}
		for _, c := range all {
			n = max(n, c.Applicants)
		}
		return n
	}
	old(true)
	if n := several(); n != 1 {
		t.Errorf("%d applicants, who are one", n)
	}
	// Some rows at a time, and one of a document that is gone, which ends nothing.
	old(true)
	db, err := bolt.Open(dir+"/applications.db", 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("nothing of this stays")
	err = errors.Join(db.Update(func(tx *bolt.Tx) error {
		id, _ := tx.Bucket(bucketRows).Cursor().Last()
		if err := errors.Join(tx.Bucket(bucketDocuments).Delete(id), upgrade(tx, 7)); err != nil {
			return err
		}
		with := 0
		err := tx.Bucket(bucketRows).ForEach(func(_, raw []byte) error {
			var r stored
			err := json.Unmarshal(raw, &r)
			if r.Candidate != "" {
				with++
			}
			return err
		})
		if with != len(docs)-1 || err != nil {
			t.Errorf("%d rows of %d have what they lacked, %v", with, len(docs), err)
		}
		return gone
	}), db.Close())
	if !errors.Is(err, gone) {
		t.Fatal(err)
	}
	several()
	old(false) // what has the shape is not read again at each start
	if n := several(); n < 2 {
		t.Error("rows of this shape were made anew")
	}
}

// Documents of schema 2 are decided again from what they hold, and the rows and texts
// with them.
func TestUpgradeDecides(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(Options{Dir: dir, Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	docs := conformance.Former()
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(dir+"/applications.db", 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for i := range docs {
			if err := tx.Bucket(bucketDocuments).Put([]byte(docs[i].ID), conformance.Old(docs[i])); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keySchema, []byte("2"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if e, err = Open(Options{Dir: dir, Key: conformance.Key}); err != nil {
		t.Fatal(err)
	}
	conformance.Upgraded(t, e)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

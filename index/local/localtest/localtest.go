// Package localtest prepares an index in files for tests of the whole program. It is
// out of scope to make one: package local does.
package localtest

import (
	"encoding/json"
	"errors"
	"path/filepath"

	"assay/index/conformance"
	"assay/index/record"

	bolt "go.etcd.io/bbolt"
)

// Former takes the index in a folder, which nobody has open, back to what schema 2
// kept.
func Former(dir string) error {
	db, err := bolt.Open(filepath.Join(dir, "applications.db"), 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		documents, old := tx.Bucket([]byte("documents")), map[string][]byte{}
		err := documents.ForEach(func(id, raw []byte) error {
			var a record.Application
			err := json.Unmarshal(raw, &a)
			old[string(id)] = conformance.Old(a)
			return err
		})
		for id, raw := range old {
			err = errors.Join(err, documents.Put([]byte(id), raw))
		}
		return errors.Join(err, tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte("2")))
	})
	return errors.Join(err, db.Close())
}

package index

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The id key of an installation: ids of documents (record.ID) and cursors are
// made with it, so that nobody who reads the index can tell whose they are or
// make one up. All processes of an installation share it, and an index keeps its
// fingerprint.
const (
	KeyFile = "id.key" // in a data folder
	MinKey  = 32       // bytes
)

// ErrKeyFile: a file holds no id key.
var ErrKeyFile = fmt.Errorf("does not hold %d hex digits or more", 2*MinKey)

// ReadKey reads an id key from a file: 64 hex digits or more. Errors are those of
// the file system and ErrKeyFile.
func ReadKey(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) < MinKey {
		return nil, fmt.Errorf("%s %w", file, ErrKeyFile)
	}
	return key, nil
}

// MakeKey reads the id key of a data folder, and makes the folder (mode 0700) and
// the key (KeyFile, mode 0600) where they are not there. It never writes over a
// key. Errors are those of ReadKey.
func MakeKey(dir string) ([]byte, error) {
	file := filepath.Join(dir, KeyFile)
	key, err := ReadKey(file)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// Whole or not at all, also when the machine stops now: half a key would
	// be none, and an index without its key is lost.
	f, err := os.CreateTemp(dir, KeyFile+".*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	key = make([]byte, MinKey)
	if _, err := rand.Read(key); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return ReadKey(file) // of whoever was first
}

// KeyFingerprint tells id keys apart without giving one away.
func KeyFingerprint(key []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("assay index id key"))
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// CheckKey refuses with ErrKey a key that has another fingerprint than the index
// was written under: each document would be there twice.
func CheckKey(key []byte, fingerprint string) error {
	if KeyFingerprint(key) != fingerprint {
		return ErrKey
	}
	return nil
}

package index_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"assay/index"
)

func TestReadKey(t *testing.T) {
	good := strings.Repeat("0a", index.MinKey)
	for _, tc := range []struct {
		desc, text string
		err        error
	}{
		{"as it was made", good + "\n", nil},
		{"longer, in capitals", " " + strings.ToUpper(good) + "FF\r\n", nil},
		{"short", good[2:], index.ErrKeyFile},
		{"odd", good + "0", index.ErrKeyFile},
		{"no hex", good + "zz", index.ErrKeyFile},
		{"empty", "", index.ErrKeyFile},
	} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := index.ReadKey(file)
		if !errors.Is(err, tc.err) || err == nil && (len(key) < index.MinKey || key[0] != 0x0a) || err != nil && key != nil {
			t.Errorf("%s: %x, %v", tc.desc, key, err)
		}
		if err != nil && strings.Contains(err.Error(), good[2:]) {
			t.Errorf("%s: the error says what the key is: %v", tc.desc, err)
		}
	}
	if _, err := index.ReadKey(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestMakeKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	const n = 8
	keys := make([][]byte, n)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = index.MakeKey(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		if len(k) != index.MinKey || !bytes.Equal(k, keys[0]) {
			t.Fatalf("two who begin at once have the keys %x and %x", k, keys[0])
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Errorf("beside the key: %v, %v", list, err)
	}
	st, err := os.Stat(filepath.Join(dir, index.KeyFile))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	other, err := index.MakeKey(t.TempDir())
	if err != nil || bytes.Equal(other, keys[0]) {
		t.Errorf("two installations have one key: %v", err)
	}

	// What is there stays, also when it is no key.
	file := filepath.Join(dir, index.KeyFile)
	if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := index.MakeKey(dir); !errors.Is(err, index.ErrKeyFile) {
		t.Errorf("a broken key: %v", err)
	}
	if b, err := os.ReadFile(file); string(b) != "half" {
		t.Errorf("a broken key was written over: %q, %v", b, err)
	}
}

func TestCheckKey(t *testing.T) {
	a, b := bytes.Repeat([]byte{1}, index.MinKey), bytes.Repeat([]byte{2}, index.MinKey)
	f := index.KeyFingerprint(a)
	if f != "f7e2a647a3e2fbe3" {
		t.Errorf("fingerprint %s: indexes that were written before would be refused", f)
	}
	if err := index.CheckKey(a, f); err != nil {
		t.Error(err)
	}
	if err := index.CheckKey(b, f); !errors.Is(err, index.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	if err := index.CheckKey(a, ""); !errors.Is(err, index.ErrKey) {
		t.Errorf("no fingerprint: %v", err)
	}
}

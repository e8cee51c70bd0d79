package skills

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"assay/verify/verdict"

	"go.uber.org/zap"
)

// followEvery is how often a folder of frameworks is looked at.
const followEvery = 10 * time.Second

// Folder is the taxonomy of a folder of prepared frameworks, which another
// process may write to meanwhile. It may be used by several goroutines.
type Folder struct {
	dir  string
	tax  atomic.Pointer[Taxonomy]
	seen string
}

// OpenFolder opens a folder as Open does; "" is the built-in taxonomy alone. An
// error names the file that keeps it from being opened.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	if dir == "" {
		f.tax.Store(Builtin())
		return f, nil
	}
	f.seen = f.look()
	t, err := Open(dir)
	if err != nil {
		return nil, blame(dir, err)
	}
	f.tax.Store(t)
	return f, nil
}

// blame finds the file that keeps a folder from being opened.
func blame(dir string, err error) error {
	files, _ := filepath.Glob(filepath.Join(dir, "*"+Suffix))
	for _, p := range files {
		if _, err := CheckPrepared(p); err != nil {
			return err
		}
	}
	return err
}

// Taxonomy is the folder's as it was last read.
func (f *Folder) Taxonomy() *Taxonomy { return f.tax.Load() }

// Resolve gives the skills of a credential by the folder as it was last read.
func (f *Folder) Resolve(c verdict.Credential) []Skill { return f.tax.Load().Resolve(c) }

// look tells one state of the folder from another.
func (f *Folder) look() string {
	files, _ := os.ReadDir(f.dir)
	var b strings.Builder
	for _, x := range files {
		if i, err := x.Info(); err == nil {
			fmt.Fprintln(&b, x.Name(), i.Size(), i.ModTime().UnixNano())
		}
	}
	return b.String()
}

// Follow loads what was imported meanwhile, until ctx ends. What cannot be read
// is logged, and the taxonomy stays as it was.
func (f *Folder) Follow(ctx context.Context, log *zap.Logger) {
	if f.dir == "" {
		return
	}
	t := time.NewTicker(followEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			f.reload(log)
		case <-ctx.Done():
			return
		}
	}
}

func (f *Folder) reload(log *zap.Logger) {
	now := f.look()
	if now == f.seen {
		return
	}
	f.seen = now
	t, err := Open(f.dir)
	if err != nil {
		log.Warn("skills frameworks cannot be read; the old ones stay", zap.Error(blame(f.dir, err)))
		return
	}
	f.tax.Store(t)
	log.Info("skills frameworks replaced; assay index rebuild applies them to what is indexed", zap.Int("concepts", t.Len()))
}

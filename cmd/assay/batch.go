package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/index/record"
	"assay/ingest"
	"assay/verify/read"
)

// Names in and beside a folder of applications.
const (
	aboutFile   = "application.json" // what a sub-folder may say beside its documents
	statePrefix = ".submitted"       // ending of the state's name
	maxLine     = 1 << 20            // of a manifest
	namesAtOnce = 1000               // of a folder
)

// entry is one application of a batch: a message (README) whose documents have paths, in
// the folder of the batch or below, in place of contents.
type entry struct {
	V           int              `json:"v,omitempty"`
	Tenant      string           `json:"tenant,omitempty"`
	Application string           `json:"application,omitempty"`
	Job         string           `json:"job,omitempty"`
	Applicant   ingest.Applicant `json:"applicant,omitzero"`
	Documents   []entryFile      `json:"documents,omitempty"`
	Links       []string         `json:"links,omitempty"`
}

// entryFile is a document of an entry.
type entryFile struct {
	Path string `json:"path"`
	Name string `json:"name,omitempty"` // "" = that of the file
	Type string `json:"type,omitempty"`
}

// errEntry: an application of a batch cannot be submitted as it is.
var errEntry = errors.New("not as it is asked for")

// batch submits many applications.
type batch struct {
	e      *env
	sub    *ingest.Submitter
	tenant string
	job    string
	pause  time.Duration // while the queue is full
	root   *os.Root      // files are read in it, and nowhere else
	state  *batchState
	bar    *bar

	total, seen               int
	submitted, before, failed int
}

// runBatch submits a folder of applications, or those of a manifest.
func (c *submitCmd) runBatch(e *env) (err error) {
	if len(c.Files)+len(c.Link)+len(c.ApplicantEmail)+len(c.ApplicantProven)+len(c.ApplicantID) > 0 || c.Application != "" || c.ApplicantName != "" || c.Wait || c.JSON {
		return errors.New("submit: with --batch, applications, applicants, files and links are those of the folder or manifest; outcomes are not waited for")
	}
	info, err := os.Stat(c.Batch)
	if err != nil {
		return fmt.Errorf("--batch: %w", err)
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	q, err := c.connect(e)
	if err != nil {
		return err
	}
	defer q.Close()
	b := &batch{e: e, tenant: c.Tenant, job: c.Job, pause: time.Second, bar: progress(e.stderr, "submitting")}
	if b.sub, err = ingest.NewSubmitter(q, key); err != nil {
		return err
	}
	dir := c.Batch
	if !info.IsDir() {
		dir = filepath.Dir(c.Batch)
	}
	if b.root, err = os.OpenRoot(dir); err != nil {
		return fmt.Errorf("--batch: %w", err)
	}
	defer func() { _ = b.root.Close() }()
	if b.state, err = openState(cmp.Or(c.BatchState, strings.TrimRight(c.Batch, `/\`)+statePrefix)); err != nil {
		return fmt.Errorf("--batch-state: %w", err)
	}
	defer func() { err = errors.Join(err, b.state.close()) }()
	each := b.folder
	if !info.IsDir() {
		each = func(f func(*entry, error) error) error { return manifest(c.Batch, f) }
	}
	if err := each(func(*entry, error) error { b.total++; return e.ctx.Err() }); err != nil {
		return err
	}
	err = each(b.one)
	b.bar.end()
	fmt.Fprintf(e.stdout, "%d submitted, %d were submitted before, %d refused\n", b.submitted, b.before, b.failed)
	if err != nil {
		return fmt.Errorf("%w (the same command goes on)", err)
	}
	if b.failed > 0 {
		return exit(statusRefused)
	}
	return nil
}

// one submits one application, unless it was before. What is wrong with it costs it
// alone; the error is one that ends the whole.
func (b *batch) one(x *entry, err error) error {
	b.seen++
	defer func() { b.bar.set(b.seen, b.total) }()
	name := fmt.Sprintf("entry %d", b.seen)
	if x != nil && x.Application != "" {
		name = x.Application
	}
	if err == nil {
		err = b.submit(x)
	}
	switch {
	case err == nil:
		return nil
	case b.e.ctx.Err() != nil:
		return b.e.ctx.Err()
	case refusedAlone(err):
		b.failed++
		fmt.Fprintf(b.e.stderr, "%s: %s\n", clean(name), oneLine(err.Error()))
		return nil
	}
	return err
}

// refusedAlone reports whether an error is of one application and its files; any other
// is of the queue, and what comes next would meet it, too.
func refusedAlone(err error) bool {
	for _, e := range []error{errEntry, ingest.ErrEnvelope, ingest.ErrErased, record.ErrToken} {
		if errors.Is(err, e) {
			return true
		}
	}
	var file *fs.PathError
	return errors.As(err, &file)
}

func (b *batch) submit(x *entry) error {
	if err := ingest.Named(x.Tenant, b.tenant); err != nil {
		return err
	}
	sum, err := b.sum(x)
	if err != nil {
		return err
	}
	if b.state.has(sum) {
		b.before++
		return nil
	}
	s := ingest.Submission{Tenant: b.tenant, Application: x.Application, Job: cmp.Or(x.Job, b.job), Applicant: x.Applicant, Links: x.Links}
	size := int64(0)
	for _, d := range x.Documents {
		f, err := b.file(d, &size)
		if err != nil {
			return err
		}
		s.Files = append(s.Files, f)
	}
	r, err := b.sub.Submit(b.e.ctx, s)
	for errors.Is(err, ingest.ErrFull) { // workers make room
		select {
		case <-time.After(b.pause):
		case <-b.e.ctx.Done():
			return b.e.ctx.Err()
		}
		r, err = b.sub.Submit(b.e.ctx, s)
	}
	if err != nil {
		return err
	}
	b.submitted++
	return b.state.add(sum, x.Application, r.Sequence)
}

// file reads a document. Of one that is larger than documents may be, its size alone goes
// with the application; more than an application may have is not read.
func (b *batch) file(d entryFile, size *int64) (ingest.File, error) {
	i, err := b.stat(d.Path)
	if err != nil {
		return ingest.File{}, err
	}
	out := ingest.File{Name: cmp.Or(d.Name, filepath.Base(d.Path)), Type: d.Type, Size: i.Size()}
	if out.Size > ingest.MaxDocument {
		return out, nil
	}
	if *size += out.Size; *size > ingest.MaxDocuments {
		return out, fmt.Errorf("%w: its documents have more than %d bytes", errEntry, ingest.MaxDocuments)
	}
	f, err := b.root.Open(d.Path)
	if err != nil {
		return out, err
	}
	defer f.Close()
	out.Data, err = io.ReadAll(io.LimitReader(f, ingest.MaxDocument+1))
	out.Size = int64(len(out.Data))
	return out, err
}

// stat looks at a file before it is opened: nothing waits for a pipe.
func (b *batch) stat(path string) (fs.FileInfo, error) {
	i, err := b.root.Stat(path)
	if err == nil && !i.Mode().IsRegular() {
		err = fmt.Errorf("%w: %q is no file", errEntry, path)
	}
	return i, err
}

// sum tells an application from others, and from what it was before a file of it was
// changed, without reading them.
func (b *batch) sum(x *entry) (string, error) {
	h := sha256.New()
	enc := json.NewEncoder(h)
	if err := enc.Encode([]any{b.tenant, cmp.Or(x.Job, b.job), x}); err != nil {
		return "", err
	}
	for _, d := range x.Documents {
		i, err := b.stat(d.Path)
		if err != nil {
			return "", err
		}
		if err := enc.Encode([]any{i.Size(), i.ModTime().UnixNano()}); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// applicationOf is the application that a file or sub-folder is of.
func applicationOf(x fs.DirEntry) string {
	if x.IsDir() {
		return x.Name()
	}
	return strings.TrimSuffix(x.Name(), filepath.Ext(x.Name()))
}

// twice gives the applications that more than one file or sub-folder is of: the second
// would take the place of the first.
func (b *batch) twice() (map[string]bool, error) {
	d, err := b.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	all := map[string]bool{}
	for {
		list, err := d.ReadDir(namesAtOnce)
		for _, x := range list {
			if name := applicationOf(x); !strings.HasPrefix(name, ".") {
				_, there := all[name]
				all[name] = there
			}
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// folder calls f for each application of the folder: a sub-folder is one with its files,
// a file is one by itself. What begins with a full stop is passed over.
func (b *batch) folder(f func(*entry, error) error) error {
	twice, err := b.twice()
	if err != nil {
		return err
	}
	d, err := b.root.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		list, err := d.ReadDir(namesAtOnce)
		for _, x := range list {
			if strings.HasPrefix(x.Name(), ".") {
				continue
			}
			one := &entry{Application: applicationOf(x), Documents: []entryFile{{Path: x.Name()}}}
			var bad error
			switch {
			case twice[one.Application]:
				bad = fmt.Errorf("%w: another file or folder is of the same application", errEntry)
			case x.IsDir():
				one, bad = b.subfolder(x.Name())
			}
			if err := f(one, bad); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// subfolder gives the application of a sub-folder.
func (b *batch) subfolder(name string) (*entry, error) {
	x := &entry{Application: name}
	d, err := b.root.Open(name)
	if err != nil {
		return x, err
	}
	defer d.Close()
	list, err := d.ReadDir(-1)
	if err != nil {
		return x, err
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, f := range list {
		path := filepath.Join(name, f.Name())
		switch {
		case strings.HasPrefix(f.Name(), "."):
		case f.Name() == aboutFile:
			body, err := b.about(path)
			if err == nil {
				err = x.fill(body)
			}
			if err == nil && x.Application != name {
				err = fmt.Errorf("%w: it names another application than its folder", errEntry)
			}
			if err == nil && len(x.Documents) > 0 {
				err = fmt.Errorf("%w: a folder's documents are its files", errEntry)
			}
			if err != nil {
				return &entry{Application: name}, fmt.Errorf("%s: %w", aboutFile, err)
			}
		}
	}
	for _, f := range list {
		if !strings.HasPrefix(f.Name(), ".") && f.Name() != aboutFile {
			x.Documents = append(x.Documents, entryFile{Path: filepath.Join(name, f.Name())})
		}
	}
	return x, nil
}

func (b *batch) about(path string) ([]byte, error) {
	if _, err := b.stat(path); err != nil {
		return nil, err
	}
	f, err := b.root.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxLine+1))
	if len(body) > maxLine {
		return nil, fmt.Errorf("%w: longer than %d bytes", errEntry, maxLine)
	}
	return body, err
}

// fill reads an entry, strictly: a member that is misspelt would be left out in silence.
func (x *entry) fill(body []byte) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(x)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one object")
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s", errEntry, read.Printable(err.Error()))
	case x.V != 0 && x.V != ingest.EnvelopeVersion:
		return fmt.Errorf("%w: version %d is not known", errEntry, x.V)
	}
	return nil
}

// manifest calls f for each line of a file that is not empty.
func manifest(name string, f func(*entry, error) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		x := new(entry)
		err := x.fill(line)
		if err == nil && x.Application == "" {
			err = fmt.Errorf("%w: it names no application", errEntry)
		}
		if err != nil {
			err = fmt.Errorf("line %d: %w", n, err)
		}
		if err := f(x, err); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// batchState is what was submitted, a line each, so that a batch that was stopped goes
// on. An application is noted when the queue has it; one that was stopped in between is
// submitted again, as the same.
type batchState struct {
	f    *os.File
	done map[string]bool
}

func openState(name string) (*batchState, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := &batchState{f: f, done: map[string]bool{}}
	lines := bufio.NewScanner(f)
	last := byte('\n')
	for lines.Scan() {
		if sum, _, whole := strings.Cut(lines.Text(), " "); whole {
			s.done[sum] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// The last line may have been cut off.
	if i, err := f.Stat(); err == nil && i.Size() > 0 {
		b := make([]byte, 1)
		if _, err := f.ReadAt(b, i.Size()-1); err == nil {
			last = b[0]
		}
	}
	if last != '\n' {
		if _, err := f.WriteString("\n"); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return s, nil
}

func (s *batchState) has(sum string) bool { return s.done[sum] }

func (s *batchState) add(sum, application string, sequence uint64) error {
	s.done[sum] = true
	_, err := fmt.Fprintf(s.f, "%s %s %d\n", sum, application, sequence)
	return err
}

func (s *batchState) close() error { return errors.Join(s.f.Sync(), s.f.Close()) }

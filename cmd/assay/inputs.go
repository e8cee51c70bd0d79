package main

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index"
	"assay/index/skills"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"

	"go.uber.org/zap"
)

// judging are the flags that say how badges are judged, the same for check and
// for workers.
type judging struct {
	Offline   bool     `help:"Use no network at all."`
	Web       string   `help:"Answer every request from this recorded web." placeholder:"FILE"`
	At        string   `help:"Judge as of this time (RFC 3339, or a date)." placeholder:"TIME"`
	Trust     []string `help:"Registry of issuers, or block list (repeatable)." placeholder:"FILE"`
	SealRoots string   `help:"Certificates (PEM) whose word on whose a seal is counts." placeholder:"FILE"`
	Accept    string   `help:"Least standing of a verified badge: key, page, account, domain or listed." default:"account" enum:"key,page,account,domain,listed"`
	AllowHost []string `help:"Private address that may be fetched (repeatable)." placeholder:"HOST:PORT"`
	Egress    string   `name:"egress-proxy" help:"HTTP proxy through which hosts are reached, where nothing else is let out." placeholder:"URL"`
	Follow    string   `help:"Which links are followed: none, known, likely, all or portfolio." default:"likely" enum:"none,known,likely,all,portfolio"`
	Contexts  string   `help:"Folder of JSON-LD contexts that badges may name, by host and path." placeholder:"DIR"`
	QR        string   `name:"qr" help:"When pixels are searched for QR codes: auto, always or never." default:"auto" enum:"auto,always,never"`

	ChildPer        string `name:"child-per" help:"Whose documents one child process reads: those of a tenant, or of one application alone." default:"tenant" enum:"tenant,application"`
	UnsafeNoSandbox bool   `help:"Go on where documents cannot be parsed in a guarded child process."`

	Limits checking `embed:"" prefix:"limits-"`

	registry []byte          // of issuers, beside those that Trust names
	pins     contexts.Keeper // where contexts are kept; nil = as long as the process
	metrics  *ingest.Metrics // nil = none
	made     *made           // nil until the first is opened
	together bool            // links and badges share the requests of an application
}

// inspection is what judges applications, and what must be closed after.
type inspection struct {
	examiner *examine.Examiner
	aside    *examine.Examiner // of what is asked about on the spot, and not kept
	policy   verify.Policy     // of the installation
	fetcher  fetch.Fetcher
	pool     *sandbox.Pool
	broken   func() int // hosts that are left alone
	forget   func() int // drops the answers in memory
	now      func() time.Time
	close    func() error
}

// open makes the way from documents to verdicts.
func (j *judging) open(e *env, faults *guard.Watch, record string, workers int, f *skills.Folder) (*inspection, error) {
	if j.made == nil {
		j.made = &made{}
	}
	in := &inspection{broken: func() int { return 0 }, forget: func() int { return 0 }, now: time.Now, close: func() error { return nil }}
	if j.At != "" {
		at, err := parseTime(j.At)
		if err != nil {
			return nil, fmt.Errorf("--at: %w", err)
		}
		in.now = func() time.Time { return at }
	}
	for _, h := range j.AllowHost {
		if _, _, err := net.SplitHostPort(h); err != nil {
			return nil, fmt.Errorf("--allow-host: %q is not HOST:PORT", h)
		}
	}
	var err error
	switch {
	case j.Offline && j.Web != "":
		return nil, errors.New("--offline and --web exclude each other")
	case j.Offline:
		in.fetcher = fetch.Offline()
	case j.Web != "":
		if in.fetcher, err = fetch.OpenRecorded(j.Web, in.now); err != nil {
			return nil, fmt.Errorf("--web: %w", err)
		}
	default:
		c, err := j.client(e.log)
		if err != nil {
			return nil, err
		}
		in.fetcher, in.broken, in.forget = c, c.Broken, c.Forget
	}
	if record != "" {
		r := fetch.NewRecorder(in.fetcher, record)
		in.fetcher, in.close = r, r.Close
	}
	var trust *verify.Trust
	if len(j.Trust) > 0 || j.registry != nil {
		var lists [][]byte
		if j.registry != nil {
			lists = append(lists, j.registry)
		}
		for _, name := range j.Trust {
			b, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("--trust: %w", err)
			}
			lists = append(lists, b)
		}
		if trust, err = verify.LoadTrust(lists...); err != nil {
			return nil, fmt.Errorf("--trust: %w", err)
		}
	}
	roots, err := j.roots()
	if err != nil {
		return nil, fmt.Errorf("--seal-roots: %w", err)
	}
	in.policy = verify.Policy{Trust: trust, Accept: verdict.Level(j.Accept)}
	in.pool, err = sandbox.New(j.sandbox(workers, faults, e.log))
	if errors.Is(err, sandbox.ErrUnguarded) {
		return nil, fmt.Errorf("%w: --unsafe-no-sandbox goes on all the same", err)
	}
	if err != nil {
		return nil, err
	}
	known, err := contexts.Open(j.contexts(in.now, e.log))
	if err != nil {
		in.pool.Close()
		return nil, fmt.Errorf("--contexts: %w", err)
	}
	v, err := verify.New(j.verify(examine.Budgeted(in.fetcher), in.pool, known, in.now, trust, roots))
	if err != nil {
		in.pool.Close()
		return nil, err
	}
	o, err := j.examine(in.pool, v, in.fetcher, f)
	if err == nil {
		in.examiner, err = j.examiner(o)
	}
	if err == nil {
		in.aside, err = j.aside(in, o, trust, roots, e.log)
	}
	if err != nil {
		in.pool.Close()
		return nil, err
	}
	flush := in.close
	in.close = func() error {
		in.pool.Close()
		return flush()
	}
	return in, nil
}

func (j *judging) fetch(log *zap.Logger) fetch.Options {
	o := j.Limits.fetch()
	o.AllowHosts, o.Proxy, o.Log = j.AllowHost, j.Egress, log
	if j.metrics != nil {
		o.Told = j.metrics.Fetched
	}
	return o
}

func (j *judging) client(log *zap.Logger) (*fetch.Client, error) {
	c, err := fetch.NewClient(j.fetch(log))
	if errors.Is(err, fetch.ErrProxy) {
		err = fmt.Errorf("--egress-proxy: %w", err)
	}
	return c, err
}

func (j *judging) contexts(now func() time.Time, log *zap.Logger) contexts.Options {
	return contexts.Options{Keeper: j.pins, Folder: j.Contexts, Now: now, Log: log}
}

func (j *judging) verify(f fetch.Fetcher, pool *sandbox.Pool, c *contexts.Store, now func() time.Time, t *verify.Trust, roots *x509.CertPool) verify.Options {
	o := j.Limits.verify()
	o.Fetcher, o.Schemas, o.Pictures, o.Contexts, o.Now, o.Trust, o.Accept, o.Local = f, pool, pool, c, now, t, verdict.Level(j.Accept), j.AllowHost
	o.SealRoots = roots
	return o
}

// roots reads what SealRoots names; nil for nothing.
func (j *judging) roots() (*x509.CertPool, error) {
	if j.SealRoots == "" {
		return nil, nil
	}
	b, err := os.ReadFile(j.SealRoots)
	if err != nil {
		return nil, err
	}
	return verify.LoadSealRoots(b)
}

// sandbox are the options of the pool of parsers, of which there are so many
// where the settings do not say.
func (j *judging) sandbox(workers int, faults *guard.Watch, log *zap.Logger) sandbox.Options {
	o := j.Limits.sandbox()
	o.Workers, o.Per, o.Unsafe, o.Log = cmp.Or(o.Workers, workers), sandbox.Per(j.ChildPer), j.UnsafeNoSandbox, log
	o.Fault = func(where, at string) { faults.Tell(&guard.Fault{Where: where, Stack: at}) }
	switch j.QR {
	case "always":
		o.Limits.QR = extract.QRAlways
	case "never":
		o.Limits.QR = extract.QRNever
	}
	return o
}

func (j *judging) examine(x examine.Extraction, v *verify.Verifier, f fetch.Fetcher, s *skills.Folder) (examine.Options, error) {
	follow, err := examine.ParseFollow(j.Follow)
	o := examine.Options{Extraction: x, Verifier: v, Fetcher: f, Taxonomy: s.Taxonomy, Follow: follow, Limits: j.Limits.examine()}
	if j.metrics != nil {
		o.Took = j.metrics.Examined
	}
	if j.together {
		o.Fetcher = examine.Budgeted(f)
	}
	return o, err
}

func parseTime(s string) (time.Time, error) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither RFC 3339 nor YYYY-MM-DD", s)
}

// readFile reads one document, at most one byte more than may be, so that the
// limit shows; 0 is the limit that documents have by default.
func readFile(e *env, name string, limit int64) ([]byte, error) {
	r := e.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if i, err := f.Stat(); err == nil && i.IsDir() {
			return nil, fmt.Errorf("%s: is a folder", name)
		}
		r = f
	}
	return io.ReadAll(io.LimitReader(r, cmp.Or(limit, extract.DefaultFileBytes)+1))
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// idKey reads the key of the installation: the file that was named, or the one
// in the data folder, which is made there at the first start.
func idKey(file, data string) ([]byte, error) {
	var key []byte
	var err error
	switch {
	case file != "":
		key, err = index.ReadKey(file)
	case data != "":
		key, err = index.MakeKey(data)
	default:
		return nil, errors.New("--id-key FILE is needed where there is no --data: the index knows applications by it")
	}
	if err != nil {
		return nil, fmt.Errorf("--id-key: %w", err)
	}
	return key, nil
}

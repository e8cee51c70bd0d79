package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/index"
	"assay/index/elastic"
	"assay/index/local"
	"assay/index/skills"
	"assay/ingest"
	"assay/ingest/natsd"
	"assay/verify/guard"
	"assay/verify/read"

	"go.uber.org/zap"
)

// storage are the flags that say where the queue and the index are.
type storage struct {
	Data            string          `help:"Folder of the embedded queue and index, and of the installation's key." placeholder:"DIR"`
	Nats            string          `name:"nats" help:"NATS server to use in place of the embedded one." placeholder:"URL"`
	NatsLogin       login           `embed:"" prefix:"nats-"`
	Replicas        int             `help:"Copies of each stream in a NATS cluster." default:"1"`
	Elastic         []string        `help:"Elasticsearch to use in place of the embedded index (repeatable)." placeholder:"URL"`
	ElasticUser     string          `help:"User of Elasticsearch." placeholder:"NAME"`
	ElasticPassword string          `help:"Password of Elasticsearch; better set as ASSAY_ELASTIC_PASSWORD." placeholder:"WORD"`
	ElasticAPIKey   string          `name:"elastic-api-key" help:"API key of Elasticsearch, in place of a user." placeholder:"KEY"`
	ElasticCA       string          `name:"elastic-ca" help:"Certificate that may sign Elasticsearch's." placeholder:"FILE"`
	ElasticPrefix   string          `help:"Beginning of every name in Elasticsearch." placeholder:"WORD"`
	Skills          string          `help:"Folder of imported skills frameworks; with --data its folder skills." placeholder:"DIR"`
	existing        bool            // only an index that is there
	metrics         *ingest.Metrics // nil = none
	traces          *ingest.Tracing // nil = none
	doors           *hooking        // of serve; nil = none
	public          *publishing     // nil = no page for everybody
	mails           *mailing        // of serve; nil = none
	IDKey           string          `name:"id-key" help:"Key of the installation, hex; with --data it is made there." placeholder:"FILE"`
	Indices         indices         `embed:"" prefix:"elastic-"`
}

// need refuses what would leave queue or index without a place.
func (s *storage) need(queue, engine bool) error {
	if s.Data == "" && (queue && s.Nats == "" || engine && len(s.Elastic) == 0) {
		return errors.New("--data DIR is needed, or --nats URL and --elastic URL with --id-key FILE")
	}
	return nil
}

// engine opens the index.
func (s *storage) engine(ctx context.Context, e *env, faults *guard.Watch, key []byte) (index.Engine, error) {
	if len(s.Elastic) == 0 {
		en, err := local.Open(s.local(key, faults, e.log))
		if err != nil {
			return nil, fmt.Errorf("index in %s: %w", s.Data, err)
		}
		return en, nil
	}
	o, err := s.elastic(key, e.log)
	if err != nil {
		return nil, err
	}
	en, err := elastic.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("--elastic %s: %w", read.Redacted(strings.Join(s.Elastic, ",")), err)
	}
	return en, nil
}

func (s *storage) local(key []byte, faults *guard.Watch, log *zap.Logger) local.Options {
	return local.Options{Dir: filepath.Join(s.Data, "index"), Key: key, Faults: faults, Log: log}
}

func (s *storage) elastic(key []byte, log *zap.Logger) (elastic.Options, error) {
	o := s.Indices.elastic()
	o.Addresses, o.Key, o.Prefix, o.Existing, o.Log = s.Elastic, key, s.ElasticPrefix, s.existing, log
	if s.metrics != nil {
		o.Troubled = s.metrics.Troubled
	}
	o.Username, o.Password, o.APIKey = s.ElasticUser, s.ElasticPassword, s.ElasticAPIKey
	if s.ElasticCA != "" {
		b, err := os.ReadFile(s.ElasticCA)
		if err != nil {
			return o, fmt.Errorf("--elastic-ca: %w", err)
		}
		o.CACert = b
	}
	return o, nil
}

// queue connects to the NATS server that was named, or starts one. listen is
// the embedded one's address for outside clients. The second result shuts both
// down.
func (s *storage) queue(ctx context.Context, e *env, q *queueing, listen string, faults *guard.Watch) (*ingest.Queue, func(), error) {
	o := s.nats(q, e.log)
	down := func() {}
	if s.Nats == "" {
		d, err := natsd.Start(s.natsd(q, listen, faults, e.log))
		if err != nil {
			return nil, nil, err
		}
		o.InProcess, down = d, d.Close
	}
	c, err := s.NatsLogin.dial(ctx, o)
	if err != nil {
		down()
		return nil, nil, err
	}
	return c, func() { c.Close(); down() }, nil
}

func (s *storage) nats(q *queueing, log *zap.Logger) ingest.QueueOptions {
	o := q.queue()
	o.URL, o.Replicas, o.Log, o.Tracing = s.Nats, s.Replicas, log, s.traces
	s.NatsLogin.into(&o)
	return o
}

func (s *storage) natsd(q *queueing, listen string, faults *guard.Watch, log *zap.Logger) natsd.Options {
	o := q.server()
	o.Dir, o.Seed, o.Listen, o.Faults, o.Log = filepath.Join(s.Data, "nats"), seedOf(s.Data), listen, faults, log
	return o
}

// seedOf is the file of the key of an embedded queue.
func seedOf(data string) string { return filepath.Join(data, "queue.nk") }

// login are the flags that say who asks a NATS server.
type login struct {
	Creds    string `help:"Credentials for the NATS server." placeholder:"FILE"`
	NKey     string `name:"nkey" help:"Seed of an NKey for the NATS server; the one of serve's own queue on this machine is found." placeholder:"FILE"`
	User     string `help:"User of the NATS server." placeholder:"NAME"`
	Password string `help:"Password of the NATS server; better set as ASSAY_NATS_PASSWORD." placeholder:"WORD"`
	Cert     string `help:"Certificate to show to the NATS server." placeholder:"FILE"`
	Key      string `help:"Key of that certificate." placeholder:"FILE"`
	CA       string `name:"ca" help:"Certificates that may sign the NATS server's." placeholder:"FILE"`
	Inbox    string `help:"What subjects of answers begin with, where the NATS server gives each user its own." default:"_INBOX" placeholder:"WORD"`
}

func (l *login) into(o *ingest.QueueOptions) {
	o.Creds, o.NKey, o.User, o.Password = l.Creds, l.NKey, l.User, l.Password
	o.Cert, o.Key, o.RootCA, o.Inbox = l.Cert, l.Key, l.CA, l.Inbox
}

// dial connects. Where nothing says who asks, the key is looked for that serve makes for
// a queue of its own on this machine.
func (l *login) dial(ctx context.Context, o ingest.QueueOptions) (*ingest.Queue, error) {
	l.into(&o)
	if l.Creds == "" && l.NKey == "" && l.User == "" && l.Cert == "" && o.InProcess == nil {
		o.NKey = natsd.Seed(ctx, o.URL)
	}
	return ingest.Dial(ctx, o)
}

// queued are the flags of commands that talk to a queue.
type queued struct {
	Nats      string          `name:"nats" help:"NATS server." default:"nats://${nats}" placeholder:"URL"`
	NatsLogin login           `embed:"" prefix:"nats-"`
	traces    *ingest.Tracing // nil = none
}

// dial connects, for whatever the command asks: e.ctx ends when the server does not
// allow it.
func (c *queued) dial(e *env) (*ingest.Queue, error) {
	q, err := c.connect(e)
	if err == nil {
		e.ctx, _ = q.Heed(e.ctx)
	}
	return q, err
}

func (c *queued) connect(e *env) (*ingest.Queue, error) {
	return c.NatsLogin.dial(e.ctx, c.options())
}

func (c *queued) options() ingest.QueueOptions {
	return ingest.QueueOptions{URL: c.Nats, Name: "assay client", Tracing: c.traces}
}

// frameworks opens the skills frameworks of the installation.
func (s *storage) frameworks() (*skills.Folder, error) {
	dir := s.Skills
	if dir == "" && s.Data != "" {
		dir = filepath.Join(s.Data, "skills")
	}
	return openFrameworks(dir)
}

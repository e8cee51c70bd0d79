package ingest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/index/record"
	"assay/verify/read"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Streams, consumers and buckets of an installation.
const (
	StreamApplications = "APPLICATIONS" // applications.<tenant>.<application>: the newest submission of each
	StreamResults      = "RESULTS"      // results.<tenant>.<application>: the newest outcome of each
	StreamDeadLetters  = "DEADLETTERS"  // deadletters.<tenant>.<application>: what could not be worked on
	StreamRechecks     = "RECHECKS"     // rechecks.<tenant>.<application>: batch work; names an application, holds nothing of it
	StreamPending      = "PENDING"      // pending.<tenant>.<application>: when to recheck
	StreamAdvisories   = "ADVISORIES"   // the server's word of messages that were tried too often
	BucketDocuments    = "DOCUMENTS"    // object store: documents too large for a message
	BucketErased       = "ERASED"       // key-value: digests of what was erased
	BucketHeld         = "HELD"         // key-value: the documents in the object store, <tenant>.<application>.<sha256>

	ConsumerTenants    = "tenants"   // on APPLICATIONS: whose they are, headers alone
	ConsumerLive       = "live"      // on APPLICATIONS, "live_<tenant>" for each: headers, what they are of is read in its turn
	ConsumerBatch      = "batch"     // on RECHECKS, likewise
	ConsumerAdvisories = "exhausted" // on ADVISORIES
)

// Defaults of Retention and of the consumers.
const (
	DefaultMaxAge      = 180 * 24 * time.Hour
	DefaultMaxBytes    = 4 << 30
	DefaultResultAge   = 180 * 24 * time.Hour
	DefaultResults     = 1 << 30
	DefaultDeadAge     = 90 * 24 * time.Hour
	DefaultDead        = 512 << 20
	DefaultAckWait     = 60 * time.Second
	DefaultMaxTries    = 6
	DefaultDedupe      = 2 * time.Minute
	defaultTimeout     = 10 * time.Second
	advisoryMaxDeliver = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
)

// Errors of a Queue.
var (
	ErrNoServer = errors.New("no NATS server")                    // at the address that was given
	ErrLogin    = errors.New("the NATS server refuses the login") // user, password, token or credentials
	ErrRights   = errors.New("the NATS server does not allow this user what assay asks of it")
	ErrRoom     = errors.New("the NATS server has less room than the queue reserves")
	ErrInbox    = errors.New("what answers' subjects begin with is words with full stops between, without * and >")
	errSeed     = errors.New("no seed of a user's NKey in")
	ErrNoQueue  = errors.New("the server has no queue of assay") // no worker was ever started on it
	ErrFull     = errors.New("the queue is full")                // a stream's limit of bytes, or the disk
	ErrErased   = errors.New("this application was erased and takes no submission any more")
)

// QueueOptions say where the queue is. URL or InProcess is required.
type QueueOptions struct {
	URL       string // nats://…, several separated by commas
	InProcess interface {
		InProcessConn() (net.Conn, error)
		Ready() error
		Seed() string // in place of NKey
	} // a natsd.Server; takes the place of URL
	Name      string // of this client, for the server's monitoring; "" = assay
	Creds     string // file of NATS credentials
	NKey      string // file of an NKey's seed
	User      string // with Password; those of the URL come first
	Password  string
	Cert, Key string // files of a certificate of ours, where the server asks for one, and its key
	RootCA    string // file of certificates that may sign the server's
	Inbox     string // what subjects of answers begin with, a right of this user alone; "" = _INBOX
	Replicas  int    // of each stream, 0 = 1
	Retention Retention
	AckWait   time.Duration // how long a worker may be silent about a message before it is delivered again; 0 = DefaultAckWait
	MaxTries  int           // deliveries before a dead letter; 0 = DefaultMaxTries
	Tracing   *Tracing      // nil = none
	Log       *zap.Logger   // nil = no log
}

// Retention says how long and how much the streams keep. The zero value of a
// field means its Default. Setup brings streams that are there up to it.
type Retention struct {
	MaxAge    time.Duration // of a submission and its documents
	MaxBytes  int64         // of APPLICATIONS; beyond it submitting fails with ErrFull
	Documents int64         // bytes of the object store; 0 = MaxBytes
	KeepAge   time.Duration // of a submission that is worked off; 0 = MaxAge
	Keep      int64         // bytes of APPLICATIONS, and of documents, beyond which the oldest that are worked off give way; 0 = three quarters of MaxBytes
	ResultAge time.Duration // of an outcome
	Results   int64         // bytes of outcomes; beyond it the oldest give way
	DeadAge   time.Duration // of a dead letter
	Dead      int64         // bytes of dead letters; beyond it their applications wait
}

// Bytes of what waits to be checked again: names alone, a million of them.
const (
	maxRecheckBytes  = 128 << 20
	maxAdvisoryBytes = 64 << 20
	maxHeldBytes     = 128 << 20
)

func (r Retention) withDefaults() Retention {
	r.MaxAge = cmp.Or(max(r.MaxAge, 0), DefaultMaxAge)
	r.MaxBytes = cmp.Or(max(r.MaxBytes, 0), DefaultMaxBytes)
	r.Documents = cmp.Or(max(r.Documents, 0), r.MaxBytes)
	r.KeepAge = cmp.Or(max(r.KeepAge, 0), r.MaxAge)
	r.Keep = min(cmp.Or(max(r.Keep, 0), r.MaxBytes/4*3), r.MaxBytes/4*3)
	r.ResultAge = cmp.Or(max(r.ResultAge, 0), DefaultResultAge)
	r.Results = cmp.Or(max(r.Results, 0), DefaultResults)
	r.DeadAge = cmp.Or(max(r.DeadAge, 0), DefaultDeadAge)
	r.Dead = cmp.Or(max(r.Dead, 0), DefaultDead)
	return r
}

// Room is how many bytes a server's store needs for it: what submissions, documents,
// outcomes and dead letters may take, which the server sets aside, and 512 MiB for the
// rest.
func (r Retention) Room() int64 {
	r = r.withDefaults()
	return r.MaxBytes + r.Documents + r.Results + r.Dead + 512<<20
}

// Queue is a connection to the queue of an installation. Safe for concurrent
// use.
type Queue struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	o   QueueOptions
	log *zap.Logger

	mu      sync.Mutex
	streams map[string]jetstream.Stream
	objects jetstream.ObjectStore
	erased  jetstream.KeyValue

	contexts jetstream.KeyValue
	agenda   agenda

	denials denials

	saved atomic.Pointer[Saved] // nil = this process does not have the key that it is sealed with

	leaderless atomic.Bool // Patiently waits
}

// Dial connects. Errors wrap ErrNoServer, or ErrLogin where a server is there; they
// name its address without a password.
func Dial(ctx context.Context, o QueueOptions) (*Queue, error) {
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Name = cmp.Or(o.Name, "assay")
	o.Replicas = cmp.Or(max(o.Replicas, 0), 1)
	o.AckWait = cmp.Or(max(o.AckWait, 0), DefaultAckWait)
	o.MaxTries = cmp.Or(max(o.MaxTries, 0), DefaultMaxTries)
	o.Retention = o.Retention.withDefaults()
	o.Inbox = cmp.Or(o.Inbox, strings.TrimSuffix(nats.InboxPrefix, "."))
	log := o.Log
	q := &Queue{o: o, log: log, streams: map[string]jetstream.Stream{}, denials: denials{inbox: o.Inbox, waits: map[*waiting]func(error){}}}
	opts := []nats.Option{
		nats.Name(o.Name), nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(200*time.Millisecond, time.Second), nats.Timeout(5 * time.Second), nats.DrainTimeout(10 * time.Second),
		// A server that hangs, or a network that swallows everything, is noticed within half
		// a minute, and another one asked.
		nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("queue connection lost", zap.Error(err))
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			q.denials.hear()
			log.Info("queue connection is back")
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			q.denials.deny(err)
			log.Warn("queue", zap.Error(err))
		}),
	}
	login, err := o.login()
	if err != nil {
		return nil, err
	}
	opts = append(opts, login...)
	nc, err := nats.Connect(o.URL, opts...)
	if err != nil {
		return nil, unconnected(o.URL, cmp.Or(noLogin(o.URL, opts), err))
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(defaultTimeout))
	if err != nil {
		nc.Close()
		return nil, err
	}
	q.nc, q.js = nc, js
	return q, nil
}

// noLogin gives the error of the server among several that does not let the user in, nil
// where none is such: the client tells what came of the last that it tried.
func noLogin(addresses string, opts []nats.Option) error {
	all := strings.Split(addresses, ",")
	if len(all) < 2 {
		return nil
	}
	for _, a := range all {
		nc, err := nats.Connect(a, opts...)
		if err == nil {
			nc.Close()
		} else if refused(err) {
			return err
		}
	}
	return nil
}

// login is how the server is told who asks.
func (o QueueOptions) login() ([]nats.Option, error) {
	if !isInbox(o.Inbox) {
		return nil, fmt.Errorf("%w: %q", ErrInbox, o.Inbox)
	}
	opts := []nats.Option{nats.CustomInboxPrefix(o.Inbox)}
	if o.InProcess != nil {
		opts = append(opts, nats.InProcessServer(o.InProcess))
		o.NKey = o.InProcess.Seed()
	}
	if o.Creds != "" {
		opts = append(opts, nats.UserCredentials(o.Creds))
	}
	if o.NKey != "" {
		key, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, fmt.Errorf("%w %s: %w", errSeed, o.NKey, err)
		}
		opts = append(opts, key)
	}
	if o.User != "" || o.Password != "" {
		opts = append(opts, nats.UserInfo(o.User, o.Password))
	}
	if o.Cert != "" || o.Key != "" {
		opts = append(opts, nats.ClientCert(o.Cert, o.Key))
	}
	if o.RootCA != "" {
		opts = append(opts, nats.RootCAs(o.RootCA))
	}
	return opts, nil
}

// isInbox reports whether it is tokens of a subject without wildcards.
func isInbox(s string) bool {
	for _, t := range strings.Split(s, ".") {
		if t == "" || strings.ContainsAny(t, "*> \t\r\n") {
			return false
		}
	}
	return true
}

// unconnected says why there is no connection. What cannot be read as a URL is told
// without the client's words, which quote it.
func unconnected(address string, err error) error {
	at := read.Redacted(address)
	var form *url.Error
	var untrusted *tls.CertificateVerificationError
	var file *fs.PathError
	switch {
	case errors.As(err, &form):
		return fmt.Errorf("%w at %s", ErrNoServer, at)
	case refused(err):
		return fmt.Errorf("%w at %s: %w", ErrLogin, at, err)
	case errors.As(err, &untrusted):
		return fmt.Errorf("the NATS server at %s is not trusted: %w", at, err)
	case errors.Is(err, nats.ErrSecureConnRequired), errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("the NATS server at %s and assay do not agree on TLS: %w", at, err)
	case errors.As(err, &file):
		return err // credentials or certificates of ours
	}
	return fmt.Errorf("%w at %s: %w", ErrNoServer, at, err)
}

// refused reports whether a server is there and does not let the user in.
func refused(err error) bool {
	for _, e := range []error{nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Setup makes the streams, buckets and consumers, or brings them up to the
// options. Only who works on the queue needs the right to do it. Each tenant has
// consumers of its own, which deliver nothing of others'; those that are named get
// theirs here, and the others as soon as they submit anything (see ConsumerTenants).
// They begin so that whatever was left for want of a worker is reached. The error wraps record.ErrToken when a tenant is none.
func (q *Queue) Setup(ctx context.Context, tenants ...string) error {
	return q.allowed(ctx, func(ctx context.Context) error { return q.setup(ctx, tenants) })
}

func (q *Queue) setup(ctx context.Context, tenants []string) error {
	for _, t := range tenants {
		if err := record.CheckToken("tenant", t); err != nil {
			return err
		}
	}
	r := q.o.Retention
	base := jetstream.StreamConfig{Storage: jetstream.FileStorage, Replicas: q.o.Replicas, Duplicates: DefaultDedupe, AllowDirect: true}
	streams := []func(*jetstream.StreamConfig){
		func(c *jetstream.StreamConfig) {
			c.Name, c.Subjects = StreamApplications, []string{"applications.>"}
			c.Description = "The newest submission of each application: queue, and source for checking again"
			// Limits, not a work queue: what was worked on stays for a recheck.
			// Discard new: a full queue refuses, it never drops what it took.
			c.Retention, c.Discard, c.MaxMsgsPerSubject = jetstream.LimitsPolicy, jetstream.DiscardNew, 1
			c.MaxAge, c.MaxBytes, c.MaxMsgSize = r.MaxAge, r.MaxBytes, maxMessage
		},
		func(c *jetstream.StreamConfig) {
			c.Name, c.Subjects = StreamResults, []string{"results.*.*"}
			c.Description = "The newest outcome of each application, without personal data"
			c.MaxMsgsPerSubject, c.MaxAge, c.MaxBytes, c.MaxMsgSize = 1, r.ResultAge, r.Results, maxMessage
		},
		func(c *jetstream.StreamConfig) {
			c.Name, c.Subjects = StreamDeadLetters, []string{"deadletters.*.*"}
			c.Description = "Messages that could not be worked on, as they came, with the reason"
			// Discard new here and below: what cannot be noted is tried again, what
			// was noted is not dropped for it.
			c.MaxMsgsPerSubject, c.MaxAge, c.MaxBytes, c.Discard = 8, r.DeadAge, r.Dead, jetstream.DiscardNew
		},
		func(c *jetstream.StreamConfig) {
			c.Name, c.Subjects = StreamRechecks, []string{"rechecks.*.*"}
			c.Description = "Applications to check again, by name only"
			c.Retention, c.MaxMsgsPerSubject, c.MaxMsgSize = jetstream.WorkQueuePolicy, 1, 4096
			c.MaxBytes, c.Discard = maxRecheckBytes, jetstream.DiscardNew
		},
		func(c *jetstream.StreamConfig) {
			c.Name, c.Subjects = StreamPending, []string{"pending.*.*"}
			c.Description = "When to check pending applications again, by name only"
			c.MaxMsgsPerSubject, c.MaxAge, c.MaxMsgSize = 1, 30*24*time.Hour, 4096
			c.MaxBytes, c.Discard = maxRecheckBytes, jetstream.DiscardNew
		},
		func(c *jetstream.StreamConfig) {
			c.Name = StreamAdvisories
			c.Subjects = []string{advisoryMaxDeliver + StreamApplications + ".*", advisoryMaxDeliver + StreamRechecks + ".*"}
			c.Description = "The server's word of messages that were tried too often"
			c.MaxAge, c.MaxBytes = 30*24*time.Hour, maxAdvisoryBytes
		},
		r.parts,
	}
	for _, f := range streams {
		c := base
		f(&c)
		_, err := q.js.CreateOrUpdateStream(ctx, c)
		if err := q.made(ctx, c.Name, err); err != nil {
			return fmt.Errorf("stream %s: %w", c.Name, err)
		}
	}
	_, err := q.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: BucketDocuments, Description: "Documents too large for a message", TTL: r.MaxAge, MaxBytes: r.Documents,
		Storage: jetstream.FileStorage, Replicas: q.o.Replicas})
	if err := q.made(ctx, "OBJ_"+BucketDocuments, err); err != nil {
		return fmt.Errorf("object store %s: %w", BucketDocuments, err)
	}
	if err := q.bucket(ctx, jetstream.KeyValueConfig{Bucket: BucketErased, Description: "Digests of erased applications", MaxValueSize: 256}); err != nil {
		return err
	}
	if err := q.setupDecisions(ctx); err != nil {
		return err
	}
	if err := q.setupNotices(ctx); err != nil {
		return err
	}
	if err := q.setupWebhooks(ctx); err != nil {
		return err
	}
	if err := q.setupSignedOut(ctx); err != nil {
		return err
	}
	if err := q.setupSaved(ctx); err != nil {
		return err
	}
	if err := q.bucket(ctx, jetstream.KeyValueConfig{Bucket: BucketSweep, Description: "Who sweeps, and how far", MaxValueSize: 4096}); err != nil {
		return err
	}
	if err := q.bucket(ctx, jetstream.KeyValueConfig{Bucket: BucketHeld, Description: "The documents in the object store, by application", MaxValueSize: 64,
		TTL: r.MaxAge, MaxBytes: maxHeldBytes}); err != nil {
		return err
	}
	return q.consumers(ctx, tenants)
}

// consumerOf is the durable name of a consumer for a tenant, "" = for everybody.
func consumerOf(base, tenant string) string {
	if tenant == "" {
		return base
	}
	return base + "_" + tenant
}

// filterOf is what such a consumer delivers. Below a tenant it is everything, so
// that what is no application becomes a dead letter.
func filterOf(prefix, tenant string) string {
	if tenant == "" {
		return ""
	}
	return prefix + "." + tenant + ".>"
}

// consumersOf gives the consumers of a stream by their names.
func (q *Queue) consumersOf(ctx context.Context, stream string) (map[string]*jetstream.ConsumerInfo, error) {
	s, err := q.stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	all := map[string]*jetstream.ConsumerInfo{}
	list := s.ListConsumers(ctx)
	for i := range list.Info() {
		all[i.Name] = i
	}
	return all, q.explain(list.Err())
}

// Codes of the server's errors that the client has no names for.
const (
	errAccountLimit = jetstream.ErrorCode(10002) // resource limits exceeded for account
	errNoResources  = jetstream.ErrorCode(10023) // insufficient resources
	errNoStorage    = jetstream.ErrorCode(10047) // insufficient storage resources available
	errMaxBytes     = jetstream.ErrorCode(10077) // maximum bytes exceeded
)

// explain turns the client's errors into ours.
func (q *Queue) explain(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrConsumerNotFound):
		return fmt.Errorf("%w: start assay serve or assay work on it first", ErrNoQueue)
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled):
		return fmt.Errorf("%w: JetStream does not answer", ErrNoQueue)
	case errors.Is(err, nats.ErrConnectionClosed):
		return fmt.Errorf("%w: connection is closed", ErrNoServer)
	case errors.Is(err, context.DeadlineExceeded) && errors.Is(q.nc.LastError(), nats.ErrPermissionViolation):
		// What is not allowed is not answered.
		return fmt.Errorf("%w: %w", ErrRights, q.nc.LastError())
	case errors.As(err, &api) && (api.ErrorCode == errMaxBytes || api.ErrorCode == errNoStorage || api.ErrorCode == errNoResources || api.ErrorCode == errAccountLimit):
		return fmt.Errorf("%w: %s", ErrFull, api.Description)
	}
	return err
}

// bucket makes a key-value bucket, or brings it up to the options.
func (q *Queue) bucket(ctx context.Context, c jetstream.KeyValueConfig) error {
	c.Storage, c.Replicas = jetstream.FileStorage, q.o.Replicas
	_, err := q.js.CreateOrUpdateKeyValue(ctx, c)
	if err := q.made(ctx, "KV_"+c.Bucket, err); err != nil {
		return fmt.Errorf("bucket %s: %w", c.Bucket, err)
	}
	return nil
}

// made turns the error of making a stream, or of bringing it up to the options, into
// ours. One that is there stays as it is where the server has no room for what is
// changed: a full disk must not keep what is on the queue from being worked on.
func (q *Queue) made(ctx context.Context, stream string, err error) error {
	if err = q.unmade(err); !errors.Is(err, ErrRoom) {
		return err
	}
	if _, there := q.js.Stream(ctx, stream); there != nil {
		return err
	}
	q.log.Warn("a stream keeps its limits", zap.String("of", stream), zap.Error(err))
	return nil
}

// unmade is explain for what cannot be made: a store without room for what is
// reserved is not full, and emptying it does not help.
func (q *Queue) unmade(err error) error {
	var api *jetstream.APIError
	if !errors.As(err, &api) || api.ErrorCode != errNoStorage && api.ErrorCode != errNoResources && api.ErrorCode != errAccountLimit {
		return q.explain(err)
	}
	r := q.o.Retention
	return fmt.Errorf("%w (%d MiB for submissions, %d MiB for documents, %d MiB for outcomes, %d MiB for dead letters): give it more (--queue-store, where it is the embedded one), or reserve less (--queue-max-size, --queue-documents-size, --queue-results-size, --queue-dead-letters-size): %s",
		ErrRoom, r.MaxBytes>>20, r.Documents>>20, r.Results>>20, r.Dead>>20, api.Description)
}

// Ready reports whether the queue answers, has its streams, and takes what comes: a
// full stream or disk is ErrFull, with words.
func (q *Queue) Ready(ctx context.Context) error {
	switch err := q.nc.LastError(); {
	case q.nc.IsConnected():
	case refused(err):
		return fmt.Errorf("%w: %w", ErrLogin, err)
	default:
		return fmt.Errorf("%w: not connected", ErrNoServer)
	}
	if q.leaderless.Load() {
		return ErrNoLeader
	}
	if q.o.InProcess != nil {
		if err := q.o.InProcess.Ready(); err != nil {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	all, err := q.stores(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Full() && s.Stream != StreamRechecks { // who has something checked again waits
			return fmt.Errorf("%w: %s has %d of %d MiB", ErrFull, s.Stream, s.Bytes>>20, s.Limit>>20)
		}
	}
	// What can be read need not take anything: a cluster without a majority, a store
	// that could not write.
	_, err = q.js.Publish(ctx, "$KV."+BucketSweep+"."+readyKey, nil, jetstream.WithExpectStream("KV_"+BucketSweep))
	return q.explain(err)
}

// Close sends what is buffered and disconnects.
func (q *Queue) Close() {
	if err := q.nc.Drain(); err != nil {
		q.nc.Close()
		return
	}
	for range 100 {
		if q.nc.IsClosed() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	q.nc.Close()
}

// RoundTrip is how long the server takes to answer with nothing to do.
func (q *Queue) RoundTrip() (time.Duration, error) {
	d, err := q.nc.RTT()
	return d, q.explain(err)
}

package ingest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/index/record"
	"assay/verify/guard"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// BucketWebhooks has, sealed with the installation's key, where outcomes are sent:
// <tenant>.<id>; and how that goes: state.<tenant>.<id>.
const BucketWebhooks = "WEBHOOKS"

// Bounds of destinations.
const (
	maxDestinations = 16 // of a tenant
	maxDestination  = 8 << 10
	tellTime        = 30 * time.Second // for one outcome
	destinationLook = 30 * time.Second // how often what is there is looked at beside being told
)

// Destination is where a tenant's outcomes are sent.
type Destination struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	URL     string    `json:"url"`
	Secret  []byte    `json:"secret"`
	Names   bool      `json:"names,omitempty"` // who the applicants are is told, too
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
}

// DestinationState is how sending goes.
type DestinationState struct {
	Waiting   uint64    `json:"waiting"`            // outcomes that are to be sent
	Failing   time.Time `json:"failing,omitzero"`   // since when nothing is taken
	Error     string    `json:"error,omitempty"`    // the last one
	Dead      int       `json:"dead,omitempty"`     // outcomes that were given up
	DeadSince time.Time `json:"deadSince,omitzero"` // when one was first
}

// Errors of destinations.
var (
	ErrDestinations  = fmt.Errorf("a tenant has %d destinations at most", maxDestinations)
	ErrNoDestination = errors.New("no such destination")
)

func (q *Queue) setupWebhooks(ctx context.Context) error {
	return q.bucket(ctx, jetstream.KeyValueConfig{Bucket: BucketWebhooks, Description: "Where outcomes are sent, sealed; and how that goes", MaxValueSize: maxDestination})
}

// Destinations are all installations' tenants' destinations. Safe for concurrent use.
type Destinations struct {
	q    *Queue
	seal cipher.AEAD
	now  func() time.Time
}

// NewDestinations returns Destinations; the key is the installation's: whoever may write
// to the queue cannot have outcomes sent anywhere by it, and who reads it reads no secret.
func NewDestinations(q *Queue, key []byte, now func() time.Time) (*Destinations, error) {
	seal, err := sealOf(key, "destinations")
	if err != nil {
		return nil, err
	}
	return &Destinations{q: q, seal: seal, now: now}, nil
}

// sealOf is what the installation's key seals one kind of values with.
func sealOf(key []byte, kind string) (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(kind))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealed is a value as it lies under a key of a bucket, where it cannot be read, and
// under no other.
func sealed(seal cipher.AEAD, key string, body []byte) ([]byte, error) {
	nonce := make([]byte, seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return seal.Seal(nonce, nonce, body, []byte(key)), nil
}

// unsealed gives the value; ok reports whether this installation sealed it for the key.
func unsealed(seal cipher.AEAD, key string, value []byte) (body []byte, ok bool) {
	n := seal.NonceSize()
	if len(value) < n {
		return nil, false
	}
	body, err := seal.Open(nil, value[:n], value[n:], []byte(key))
	return body, err == nil
}

func (d *Destinations) kv(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := d.q.js.KeyValue(ctx, BucketWebhooks)
	return kv, d.q.explain(err)
}

// open reads what stands under a key; nil for what this installation did not write there.
func (d *Destinations) open(key string, value []byte) *Destination {
	body, ok := unsealed(d.seal, key, value)
	if !ok {
		return nil
	}
	var x Destination
	if json.Unmarshal(body, &x) != nil || key != x.Tenant+"."+x.ID {
		return nil
	}
	return &x
}

// List gives the destinations of a tenant, or with "" of all.
func (d *Destinations) List(ctx context.Context, tenant string) ([]Destination, error) {
	kv, err := d.kv(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := kv.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, nil
	}
	if err != nil {
		return nil, d.q.explain(err)
	}
	slices.Sort(keys)
	var all []Destination
	for _, k := range keys {
		if strings.HasPrefix(k, "state.") || tenant != "" && !strings.HasPrefix(k, tenant+".") {
			continue
		}
		e, err := kv.Get(ctx, k)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return nil, d.q.explain(err)
		}
		if x := d.open(k, e.Value()); x != nil {
			all = append(all, *x)
		}
	}
	return all, nil
}

// Set adds a destination, or changes the one of the same tenant and address; fresh says
// that its secret is new. Outcomes from now on are sent there.
func (d *Destinations) Set(ctx context.Context, x Destination, renew bool) (_ *Destination, fresh bool, err error) {
	if err := record.CheckToken("tenant", x.Tenant); err != nil {
		return nil, false, err
	}
	all, err := d.List(ctx, x.Tenant)
	if err != nil {
		return nil, false, err
	}
	x.ID, x.Created = "", d.now().UTC().Truncate(time.Second)
	for _, y := range all {
		if y.URL == x.URL {
			x.ID, x.Secret, x.Created = y.ID, y.Secret, y.Created
		}
	}
	switch {
	case x.ID == "" && len(all) >= maxDestinations:
		return nil, false, ErrDestinations
	case x.ID == "":
		x.ID, renew = strings.ToLower(rand.Text()), true
	}
	if renew {
		x.Secret = make([]byte, 32)
		if _, err := rand.Read(x.Secret); err != nil {
			return nil, false, err
		}
	}
	// First who is to be sent what, so that no outcome falls between.
	if _, err := d.consumer(ctx, &x); err != nil {
		return nil, false, err
	}
	body, err := json.Marshal(x)
	if err != nil {
		return nil, false, err
	}
	key := x.Tenant + "." + x.ID
	if body, err = sealed(d.seal, key, body); err != nil {
		return nil, false, err
	}
	kv, err := d.kv(ctx)
	if err != nil {
		return nil, false, err
	}
	_, err = kv.Put(ctx, key, body)
	return &x, renew, d.q.explain(err)
}

// Remove ends sending to a tenant's destination: ErrNoDestination.
func (d *Destinations) Remove(ctx context.Context, tenant, id string) error {
	all, err := d.List(ctx, tenant)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x Destination) bool { return x.ID == id && x.Tenant == tenant })
	if i < 0 {
		return ErrNoDestination
	}
	kv, err := d.kv(ctx)
	if err != nil {
		return err
	}
	for _, key := range []string{tenant + "." + id, "state." + tenant + "." + id} {
		if err := kv.Purge(ctx, key); err != nil {
			return d.q.explain(err)
		}
	}
	if err := d.q.js.DeleteConsumer(ctx, StreamResults, "tell_"+id); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return d.q.explain(err)
	}
	return nil
}

// State says how sending to a destination goes.
func (d *Destinations) State(ctx context.Context, x *Destination) (s DestinationState, err error) {
	kv, err := d.kv(ctx)
	if err != nil {
		return s, err
	}
	switch e, err := kv.Get(ctx, "state."+x.Tenant+"."+x.ID); {
	case err == nil:
		_ = json.Unmarshal(e.Value(), &s) // what cannot be read is told as nothing
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return s, d.q.explain(err)
	}
	c, err := d.q.js.Consumer(ctx, StreamResults, "tell_"+x.ID)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return s, nil
	}
	if err != nil {
		return s, d.q.explain(err)
	}
	i := c.CachedInfo()
	s.Waiting = i.NumPending + uint64(i.NumAckPending)
	return s, nil
}

func (d *Destinations) put(ctx context.Context, x *Destination, s DestinationState) {
	kv, err := d.kv(ctx)
	if err != nil {
		return // the log and the metric have told it
	}
	s.Waiting = 0
	if body, err := json.Marshal(s); err == nil {
		_, _ = kv.Put(ctx, "state."+x.Tenant+"."+x.ID, body)
	}
}

// consumer is what a destination is yet to be sent, of its tenant's outcomes alone.
func (d *Destinations) consumer(ctx context.Context, x *Destination) (jetstream.Consumer, error) {
	c, err := d.q.js.Consumer(ctx, StreamResults, "tell_"+x.ID)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		c, err = d.q.js.CreateOrUpdateConsumer(ctx, StreamResults, jetstream.ConsumerConfig{Durable: "tell_" + x.ID, FilterSubject: "results." + x.Tenant + ".*",
			DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 2 * tellTime, MaxAckPending: 10000})
	}
	return c, d.q.explain(err)
}

// Telling is an outcome that is to be sent.
type Telling struct {
	To      *Destination
	Outcome *Outcome
	ID      string // another one for each outcome, the same each time it is sent
	At      time.Time
}

// Run sends until ctx ends: send is called with each outcome, again after each error with
// longer and longer pauses, and told with what came of it. Each destination is sent to by
// itself: one that is slow, or away, keeps nobody waiting.
func (d *Destinations) Run(ctx context.Context, faults *guard.Watch, send func(context.Context, Telling) error, told func(to *Destination, err error, dead bool)) {
	var all sync.WaitGroup
	defer all.Wait()
	under := map[string]context.CancelFunc{}
	defer func() {
		for _, end := range under {
			end()
		}
	}()
	for ctx.Err() == nil {
		look, cancel := context.WithTimeout(ctx, destinationLook)
		changes := d.changes(look) // first, so that none falls between
		list, err := d.List(ctx, "")
		if err == nil {
			wanted := map[string]bool{}
			for _, x := range list {
				// A change of secret or address is one of destination, as far as this goes.
				name := fmt.Sprintf("%s %s %x %t", x.ID, x.URL, sha256.Sum256(x.Secret), x.Names)
				if wanted[name] = true; under[name] != nil {
					continue
				}
				own, end := context.WithCancel(ctx)
				under[name] = end
				all.Go(func() {
					_ = faults.Keep(own, "sending outcomes", func(ctx context.Context) error { d.tell(ctx, &x, faults, send, told); return nil })
				})
			}
			for name, end := range under {
				if !wanted[name] {
					end()
					delete(under, name)
				}
			}
		} else if ctx.Err() == nil {
			d.q.log.Warn("where outcomes are sent cannot be read", zap.Error(plain(err)))
		}
		select {
		case <-changes:
		case <-look.Done():
		}
		cancel()
	}
}

// changes tells when a destination is set or removed; nil where that cannot be told.
func (d *Destinations) changes(ctx context.Context) <-chan jetstream.KeyValueEntry {
	kv, err := d.kv(ctx)
	if err != nil {
		return nil
	}
	w, err := kv.Watch(ctx, "*.*", jetstream.UpdatesOnly()) // not state.*.*
	if err != nil {
		return nil
	}
	return w.Updates()
}

// tell sends to one destination until ctx ends.
func (d *Destinations) tell(ctx context.Context, x *Destination, faults *guard.Watch, send func(context.Context, Telling) error, told func(*Destination, error, bool)) {
	for ctx.Err() == nil {
		err := d.tellAll(ctx, x, send, told)
		if ctx.Err() != nil {
			return
		}
		faults.Tell(err)
		d.q.log.Warn("outcomes wait to be sent", zap.String("tenant", x.Tenant), zap.String("of", x.ID), zap.Error(plain(err)))
		if !sleep(ctx, noticeFirst) {
			return
		}
	}
}

func (d *Destinations) tellAll(ctx context.Context, x *Destination, send func(context.Context, Telling) error, told func(*Destination, error, bool)) error {
	c, err := d.consumer(ctx, x)
	if err != nil {
		return err
	}
	state, err := d.State(ctx, x)
	if err != nil {
		return err
	}
	for {
		m, err := d.q.next(ctx, c)
		if err != nil {
			return err
		}
		md, err := m.Metadata()
		if err != nil {
			return err
		}
		var o Outcome
		tenant, application, ok := split(m.Subject(), "results")
		if !ok || tenant != x.Tenant || json.Unmarshal(m.Data(), &o) != nil || o.Tenant != tenant || o.Application != application || o.Phase == PhaseDocuments {
			_ = m.Ack() // the whole is told in another one
			continue
		}
		if o.State == Superseded {
			_ = m.Ack() // what took its place is told
			continue
		}
		// Told once more by the queue it is the same, and has the same id.
		sum := sha256.Sum256(append([]byte(m.Subject()+"\x00"), m.Data()...))
		t := Telling{To: x, Outcome: &o, ID: x.ID + "_" + hex.EncodeToString(sum[:12]), At: md.Timestamp.UTC()}
		own, cancelOwn := context.WithTimeout(ctx, tellTime)
		err = guard.Try("sending an outcome", func() error { return send(own, t) })
		cancelOwn()
		dead := err != nil && d.now().Sub(t.At) > noticeAge && md.NumDelivered > 1 // we may have been away
		switch {
		case ctx.Err() != nil:
			_ = m.Nak()
			return ctx.Err()
		case err == nil:
			_ = m.Ack()
			if !state.Failing.IsZero() {
				state.Failing, state.Error = time.Time{}, ""
				d.put(ctx, x, state)
			}
		default:
			was := state
			if state.Error = fmt.Sprintf("%.200v", err); state.Failing.IsZero() {
				state.Failing = d.now().UTC()
			}
			if dead {
				if state.Dead++; state.DeadSince.IsZero() {
					state.DeadSince = d.now().UTC()
				}
				_ = m.Term()
			} else {
				_ = m.NakWithDelay(pauseAfter(md.NumDelivered))
			}
			if state != was {
				d.put(ctx, x, state)
			}
		}
		told(x, err, dead)
	}
}

// Unnamed masks in the findings what names the applicant, as his record knows it; with a
// nil record nothing of them is left.
func (o *Outcome) Unnamed(a *record.Application) error {
	if a == nil {
		o.Findings = []Found{}
		return nil
	}
	return o.unnamed(record.MaskOf(a))
}

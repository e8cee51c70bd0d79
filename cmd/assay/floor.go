package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"assay/index"
	"assay/index/elastic"
	"assay/index/local"
	"assay/index/record"
)

// floorMost is how many applications the floor is measured with.
const floorMost = 1000

// errScanned ends a scan that has enough.
var errScanned = errors.New("enough")

// floor measures the least that applications like those of the last run can cost on this
// machine, in CPU milliseconds of each: their messages written and read once, and outcomes
// of the same size written, by the same queue; their bytes hashed; their signatures
// checked; their documents written into an empty index of the same engine in lots of a
// hundred. Nothing is read, understood or decided.
func (b *bench) floor(dir string) (map[string]float64, error) {
	n := min(b.r.Runs[len(b.r.Runs)-1].N, floorMost)
	docs, err := b.indexed(n)
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	var sample [][]byte
	if all["queue"], err = b.bareQueue(n, docs[0].Application, func(body []byte) {
		if len(sample) < 50 {
			sample = append(sample, append([]byte(nil), body...))
		}
	}); err != nil {
		return nil, err
	}
	if all["bytes"], err = b.bareBytes(sample); err != nil {
		return nil, err
	}
	if all["signatures"], err = b.bareSignatures(); err != nil {
		return nil, err
	}
	all["index"], err = b.bareIndex(dir, docs)
	return all, err
}

// indexed are documents of the index.
func (b *bench) indexed(n int) ([]record.Application, error) {
	if b.fresh != nil {
		if err := b.fresh(b.e.ctx); err != nil {
			return nil, err
		}
	}
	var docs []record.Application
	for _, t := range b.tenants {
		err := b.engine.Scan(b.e.ctx, t, func(a *record.Application) error {
			if len(docs) == n {
				return errScanned
			}
			docs = append(docs, *a)
			return nil
		})
		if err != nil && !errors.Is(err, errScanned) {
			return nil, err
		}
	}
	if len(docs) < n {
		return nil, fmt.Errorf("%d of %d documents are in the index", len(docs), n)
	}
	return docs, nil
}

// spentFor is what all processes but the parsers' have used while f ran, for each of n.
func (b *bench) spentFor(n int, f func() error) (float64, error) {
	before := b.use.now()
	if err := f(); err != nil {
		return 0, err
	}
	sum := 0.0
	for name, ms := range b.use.now().each(before, n) {
		if name != "children" {
			sum += ms
		}
	}
	return sum, nil
}

// bareQueue submits n more applications, which nobody works on, and takes them off again.
func (b *bench) bareQueue(n int, known string, each func([]byte)) (float64, error) {
	end, size, err := b.queue.End(b.e.ctx, b.tenants[0], known)
	if err != nil {
		return 0, err
	}
	return b.spentFor(n, func() error {
		if err := json.NewEncoder(b.orders).Encode(hiringTask{Nats: b.nats, Login: b.NatsLogin, First: b.size, N: n, Tenants: b.tenants, Alone: true}); err != nil {
			return err
		}
		var d hiringDone
		for !d.Whole {
			d = hiringDone{}
			if err := b.told.Decode(&d); err != nil {
				return err
			}
		}
		if d.Error != "" {
			return errors.New(d.Error)
		}
		return b.queue.Bare(b.e.ctx, b.tenants, end+1, n, size, each)
	})
}

// bareBytes decodes the documents within messages and hashes them.
func (b *bench) bareBytes(bodies [][]byte) (float64, error) {
	var texts []string
	for _, body := range bodies {
		var a struct {
			Documents []struct {
				Data string `json:"data"`
			} `json:"documents"`
		}
		if err := json.Unmarshal(body, &a); err != nil {
			return 0, err
		}
		for _, d := range a.Documents {
			texts = append(texts, d.Data)
		}
	}
	const rounds = 20
	return b.spentFor(rounds*len(bodies), func() error {
		for range rounds {
			for _, text := range texts {
				data, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					return err
				}
				_ = sha256.Sum256(data)
			}
		}
		return nil
	})
}

// bareSignatures checks as many Ed25519 signatures as an application has badges.
func (b *bench) bareSignatures() (float64, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return 0, err
	}
	last := b.r.Runs[len(b.r.Runs)-1]
	if last.Verified == 0 {
		return 0, errors.New("no badge was verified")
	}
	const rounds = 2000
	text := make([]byte, 64) // the digests of a document and of its proof
	sum := ed25519.Sign(private, text)
	return b.spentFor(rounds*last.N/last.Verified, func() error {
		for range rounds {
			if !ed25519.Verify(public, text, sum) {
				return errors.New("a signature of the bench's own does not hold")
			}
		}
		return nil
	})
}

// bareIndex writes documents into an empty index.
func (b *bench) bareIndex(dir string, docs []record.Application) (float64, error) {
	const lot = 100
	en, remove, err := b.emptyIndex(dir)
	if err != nil {
		return 0, err
	}
	ms, err := b.spentFor(len(docs), func() error {
		for from := 0; from < len(docs); from += lot {
			for _, o := range en.Write(b.e.ctx, docs[from:min(from+lot, len(docs))]) {
				if o.Err != nil {
					return o.Err
				}
			}
		}
		if len(b.Elastic) == 0 {
			time.Sleep(2 * time.Second) // it writes to the disk once a second
		}
		return nil
	})
	return ms, errors.Join(err, remove())
}

func (b *bench) emptyIndex(dir string) (index.Engine, func() error, error) {
	key := []byte(benchKey)
	if len(b.Elastic) == 0 {
		en, err := local.Open(local.Options{Dir: filepath.Join(dir, "floor"), Key: key, Log: b.e.log})
		if err != nil {
			return nil, nil, err
		}
		return en, en.Close, nil
	}
	s := storage{Elastic: b.Elastic, ElasticPrefix: fmt.Sprintf("assay-bench-floor-%d", os.Getpid())}
	o, err := s.elastic(key, b.e.log)
	if err != nil {
		return nil, nil, err
	}
	en, err := elastic.Open(b.e.ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return en, func() error {
		return errors.Join(en.Remove(context.WithoutCancel(b.e.ctx)), en.Close())
	}, nil
}

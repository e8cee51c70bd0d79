package main

import (
	"cmp"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index/elastic"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/natsd"
	"assay/verify"
	"assay/verify/fetch"
)

// The settings are flags like any other. Those that hardly anybody turns stand
// in no help: they are for the sections elastic, limits and queue of the file
// that --config names, and README.md has their table. A setting that is not
// given is zero, for which the package that takes it has a default.

// checking are the limits of judging one application: of its documents, of the
// links in them and of what verifying asks.
type checking struct {
	FileSize size   `hidden:"" help:"Bytes of a document, or of a file in one." placeholder:"SIZE"`
	Unpacked size   `hidden:"" help:"Bytes that the documents of an application may unpack to." placeholder:"SIZE"`
	Depth    amount `hidden:"" help:"Files within files." placeholder:"N"`
	Badges   amount `hidden:"" help:"Badges of an application." placeholder:"N"`
	Links    amount `hidden:"" help:"Links that are kept of an application." placeholder:"N"`
	Parts    amount `hidden:"" help:"Members, chunks and objects of a document." placeholder:"N"`
	Pages    amount `hidden:"" help:"Pages of a PDF that are read." placeholder:"N"`

	Parsers      amount `hidden:"" help:"Child processes that read documents." placeholder:"N"`
	ParsersKept  amount `hidden:"" help:"Child processes beside them that wait for their tenant's next document." placeholder:"N"`
	ParserCPU    span   `hidden:"" name:"parser-cpu" help:"Processor time for reading a document." placeholder:"TIME"`
	ParserTime   span   `hidden:"" help:"Time by the clock for reading a document." placeholder:"TIME"`
	ParserMemory size   `hidden:"" help:"Memory of a child process." placeholder:"SIZE"`

	Fetches         amount `hidden:"" help:"Links that are fetched for an application." placeholder:"N"`
	Lookups         amount `hidden:"" help:"Requests that verifying the badges of an application makes." placeholder:"N"`
	BadgeFetches    amount `hidden:"" help:"Requests that verifying one badge makes." placeholder:"N"`
	BadgeTime       span   `hidden:"" help:"Time for verifying one badge." placeholder:"TIME"`
	ApplicationTime span   `hidden:"" help:"Time for an application." placeholder:"TIME"`
	Parallel        amount `hidden:"" help:"Documents, links or badges of an application in hand at a time." placeholder:"N"`

	FetchTime       span      `hidden:"" help:"Time for a request with its redirects." placeholder:"TIME"`
	FetchDial       span      `hidden:"" help:"Of this, for finding and reaching the host." placeholder:"TIME"`
	FetchTLS        span      `hidden:"" name:"fetch-tls" help:"Of this, for agreeing on encryption." placeholder:"TIME"`
	FetchHeader     span      `hidden:"" help:"Of this, until the answer begins." placeholder:"TIME"`
	FetchMinRate    size      `hidden:"" help:"Bytes a second that an answer must come at." placeholder:"SIZE"`
	FetchGrace      span      `hidden:"" help:"Time after which that is asked for." placeholder:"TIME"`
	FetchPerHost    amount    `hidden:"" help:"Requests at one host at a time." placeholder:"N"`
	FetchPerAddress amount    `hidden:"" help:"Requests at one address, whatever the hosts, at a time." placeholder:"N"`
	FetchRate       rate      `hidden:"" help:"Requests a second at one host." placeholder:"N"`
	FetchBurst      amount    `hidden:"" help:"Requests that one host may get at once before that counts." placeholder:"N"`
	FetchWait       span      `hidden:"" help:"Longest wait for a turn at a host." placeholder:"TIME"`
	FetchAtOnce     amount    `hidden:"" help:"Requests in all at a time." placeholder:"N"`
	FetchBreakAfter amount    `hidden:"" help:"Failures in a row after which a host is left alone." placeholder:"N"`
	FetchBreakFor   span      `hidden:"" help:"How long it is left alone, at first." placeholder:"TIME"`
	FetchCache      cacheSize `hidden:"" help:"Memory for answers that are kept, or none." placeholder:"SIZE"`
	FetchMinTTL     span      `hidden:"" name:"fetch-min-ttl" help:"Least time that an answer is kept." placeholder:"TIME"`
	FetchMaxTTL     span      `hidden:"" name:"fetch-max-ttl" help:"Most time that an answer is kept." placeholder:"TIME"`
	FetchTTL        span      `hidden:"" name:"fetch-ttl" help:"Time that an answer is kept that names none." placeholder:"TIME"`
	FetchErrorTTL   span      `hidden:"" name:"fetch-error-ttl" help:"Time that an error is kept." placeholder:"TIME"`
	FetchAgent      string    `hidden:"" help:"What requests call themselves." placeholder:"TEXT"`
}

func (c *checking) extract() extract.Limits {
	return extract.Limits{FileBytes: int64(c.FileSize), InflatedBytes: int64(c.Unpacked), Depth: int(c.Depth),
		Badges: int(c.Badges), Links: int(c.Links), Parts: int(c.Parts), Pages: int(c.Pages)}
}

func (c *checking) sandbox() sandbox.Options {
	return sandbox.Options{Workers: int(c.Parsers), Kept: int(c.ParsersKept), Limits: c.extract(), CPU: time.Duration(c.ParserCPU), Wall: time.Duration(c.ParserTime),
		Memory: int64(c.ParserMemory)}
}

func (c *checking) examine() examine.Limits {
	return examine.Limits{Fetches: int(c.Fetches), Lookups: int(c.Lookups), Badge: time.Duration(c.BadgeTime),
		Application: time.Duration(c.ApplicationTime), Parallel: int(c.Parallel)}
}

func (c *checking) verify() verify.Options { return verify.Options{Fetches: int(c.BadgeFetches)} }

func (c *checking) fetch() fetch.Options {
	return fetch.Options{UserAgent: c.FetchAgent,
		Total: time.Duration(c.FetchTime), Dial: time.Duration(c.FetchDial), TLS: time.Duration(c.FetchTLS), Header: time.Duration(c.FetchHeader),
		MinRate: int64(c.FetchMinRate), Grace: time.Duration(c.FetchGrace),
		PerHost: int(c.FetchPerHost), PerAddress: int(c.FetchPerAddress), Rate: float64(c.FetchRate), Burst: int(c.FetchBurst), MaxWait: time.Duration(c.FetchWait), MaxAtOnce: int(c.FetchAtOnce),
		BreakAfter: int(c.FetchBreakAfter), BreakFor: time.Duration(c.FetchBreakFor),
		CacheBytes: int64(c.FetchCache), MinTTL: time.Duration(c.FetchMinTTL), MaxTTL: time.Duration(c.FetchMaxTTL),
		DefaultTTL: time.Duration(c.FetchTTL), NegativeTTL: time.Duration(c.FetchErrorTTL)}
}

// answering are the limits of those who ask the page and the API.
type answering struct {
	Export      amount `hidden:"" help:"Applicants of one export." placeholder:"N"`
	CallerRate  rate   `hidden:"" help:"Requests a second of one caller." placeholder:"N"`
	CallerBurst amount `hidden:"" help:"Requests that a caller may make at once before that counts." placeholder:"N"`
	Checks      amount `hidden:"" help:"Questions that a caller may have checked on the spot in an hour." placeholder:"N"`
}

func (a *answering) page() web.Options {
	return web.Options{Export: int(a.Export), Rate: float64(a.CallerRate), Burst: int(a.CallerBurst), Checks: int(a.Checks)}
}

// queueing are the settings of the queue; those of its streams are brought up to
// them at each start.
type queueing struct {
	AckWait        span   `help:"How long a worker may be silent about an application before another one takes it." placeholder:"TIME"`
	Retention      span   `help:"Age at which a submission and its documents leave the queue, such as 180d." placeholder:"TIME"`
	Store          size   `help:"Bytes that the embedded queue may fill on the disk, such as 10GiB." placeholder:"SIZE"`
	Tries          amount `hidden:"" help:"Times that an application is tried before it is a dead letter." placeholder:"N"`
	MaxSize        size   `hidden:"" help:"Bytes of submissions; beyond it submitting is refused." placeholder:"SIZE"`
	DocumentsSize  size   `hidden:"" help:"Bytes of documents that are too large for a message." placeholder:"SIZE"`
	Keep           span   `hidden:"" help:"Age at which a submission leaves that is worked off." placeholder:"TIME"`
	KeepSize       size   `hidden:"" help:"Bytes of submissions, and of documents, beyond which the oldest that are worked off leave." placeholder:"SIZE"`
	ResultsAge     span   `hidden:"" help:"Age at which outcomes are dropped." placeholder:"TIME"`
	ResultsSize    size   `hidden:"" help:"Bytes of outcomes; beyond it the oldest are dropped." placeholder:"SIZE"`
	DeadLettersAge span   `hidden:"" help:"Age at which dead letters are dropped." placeholder:"TIME"`
	DeadLetters    size   `hidden:"" name:"dead-letters-size" help:"Bytes of dead letters; beyond it their applications wait." placeholder:"SIZE"`
	MinFree        size   `hidden:"" help:"Bytes that stay free on the embedded queue's disk; with fewer submitting is refused." placeholder:"SIZE"`
}

func (q *queueing) queue() ingest.QueueOptions {
	return ingest.QueueOptions{AckWait: time.Duration(q.AckWait), MaxTries: int(q.Tries), Retention: ingest.Retention{
		MaxAge: time.Duration(q.Retention), MaxBytes: int64(q.MaxSize), Documents: int64(q.DocumentsSize),
		KeepAge: time.Duration(q.Keep), Keep: int64(q.KeepSize),
		ResultAge: time.Duration(q.ResultsAge), Results: int64(q.ResultsSize), DeadAge: time.Duration(q.DeadLettersAge), Dead: int64(q.DeadLetters)}}
}

// server are the options of the embedded server, whose disk has room for what the
// queue may hold where nothing else is said.
func (q *queueing) server() natsd.Options {
	return natsd.Options{MinFree: int64(q.MinFree), MaxStore: cmp.Or(int64(q.Store), max(natsd.DefaultMaxStore, q.queue().Retention.Room()))}
}

// indices are the settings of Elasticsearch.
type indices struct {
	Shards      amount `help:"Shards of an index in Elasticsearch that is made or rebuilt; else as they are." placeholder:"N"`
	Replicas    copies `help:"Copies of each shard beside the first, or 0; else as they are." placeholder:"N"`
	Refresh     span   `hidden:"" help:"How late a search sees what was written." placeholder:"TIME"`
	FlushDocs   amount `hidden:"" help:"Applications in one request." placeholder:"N"`
	FlushSize   size   `hidden:"" help:"Bytes of one request." placeholder:"SIZE"`
	Concurrency amount `hidden:"" help:"Requests under way at a time." placeholder:"N"`
	RetryFor    span   `hidden:"" help:"How long a write is tried again." placeholder:"TIME"`
	Timeout     span   `hidden:"" help:"Time for a search." placeholder:"TIME"`
}

func (i *indices) elastic() elastic.Options {
	return elastic.Options{Shards: int(i.Shards), Replicas: int(i.Replicas), Refresh: time.Duration(i.Refresh), FlushDocs: int(i.FlushDocs),
		FlushBytes: int(i.FlushSize), Concurrency: int(i.Concurrency), RetryFor: time.Duration(i.RetryFor), Timeout: time.Duration(i.Timeout)}
}

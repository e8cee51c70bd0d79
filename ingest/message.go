// Package ingest takes applications off the queue, runs them through examine,
// writes them to the index and tells what became of them. It is the only
// package that knows NATS.
//
// The queue's contract. A submission is one JSON object (Application) published
// on applications.<tenant>.<application>; both names are tokens of 1 to 64 of
// A-Z a-z 0-9 _ -. Documents travel inside it, base64, or in the object store
// DOCUMENTS under <tenant>/<application>/<sha256>. The stream keeps the newest
// submission of each application. Work is done at least once; the index's
// external versions make that exactly one document (record.Version). What became
// of it is published on results.<tenant>.<application> (Outcome); what could
// not be worked on goes to deadletters.<tenant>.<application> as it came, with
// the reason in its headers.
//
// Checking again, in bulk or because a badge was pending, is work of its own on
// RECHECKS: the message names the application and the worker reads the
// submission from APPLICATIONS, so that nothing personal is stored twice and
// nothing that is old keeps new applications waiting.
//
// Erasure closes the door first (ERASED), then the index, then removes the
// submission, its documents, outcomes and dead letters; whoever writes any of
// these looks at the door afterwards and takes back what came too late.
//
// A fault of assay's own (a panic) is no verdict and ends nothing. It is tried
// again like any other fault that may pass. After the last try the application is
// indexed with the badge as unsupported/internal_fault, or the document as unread
// (reader_failed), and its outcome says "fault"; a dead letter of that class, the
// log and the metric assay_faults_total tell where it arose, and none of them what
// the document says. Putting the letter back to work judges it again.
//
// Out of scope: what fault a badge has (package verify), and how documents are
// read (package extract).
package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/index/record"
	"assay/verify/read"
)

// EnvelopeVersion is the only version of Application that is read.
const EnvelopeVersion = 1

// Limits of a submission.
const (
	MaxDocument    = 25 << 20  // bytes of one document
	MaxDocuments   = 50 << 20  // bytes of all documents of an application
	MaxInline      = 256 << 10 // bytes of a document inside the message
	maxInlineTotal = 512 << 10
	maxMessage     = 1 << 20
	maxCount       = 64 // documents
	maxLinks       = 100
	maxText        = 2048
)

// Application is a submission.
type Application struct {
	V           int        `json:"v"`
	Tenant      string     `json:"tenant"`      // the same as in the subject
	Application string     `json:"application"` // the same as in the subject
	Job         string     `json:"job,omitempty"`
	Applicant   Applicant  `json:"applicant"`
	Documents   []Document `json:"documents,omitempty"`
	Links       []string   `json:"links,omitempty"` // http(s) URLs beside the documents
}

// Applicant says who applies: what the applicant claims, and which addresses the
// hiring system has made sure of, by a message that was answered or the like.
type Applicant struct {
	Emails []string `json:"emails,omitempty"` // claimed
	Proven []string `json:"proven,omitempty"` // confirmed by the hiring system; they count as addresses whether they stand in Emails or not
	Name   string   `json:"name,omitempty"`
	IDs    []string `json:"ids,omitempty"` // DIDs, URLs, telephone numbers
}

// Document is one file. Data holds it, or Object says that it lies in the
// object store.
type Document struct {
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"` // media type, a hint
	SHA256 string `json:"sha256"`         // hex, lower case
	Size   int64  `json:"size"`
	Data   []byte `json:"data,omitempty"`
	Object bool   `json:"object,omitempty"`
}

// ErrEnvelope is behind every *EnvelopeError.
var ErrEnvelope = errors.New("malformed submission")

// EnvelopeError refuses a submission for what it says.
type EnvelopeError struct {
	Why string // names the member and never its content
}

// Error gives ErrEnvelope and Why.
func (e *EnvelopeError) Error() string { return ErrEnvelope.Error() + ": " + e.Why }

// Unwrap gives ErrEnvelope.
func (e *EnvelopeError) Unwrap() error { return ErrEnvelope }

func malformed(format string, args ...any) error { return &EnvelopeError{fmt.Sprintf(format, args...)} }

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// keys are the members that each object of a submission may have.
var keys = map[string]map[string]bool{
	"":          {"v": true, "tenant": true, "application": true, "job": true, "applicant": true, "documents": true, "links": true},
	"applicant": {"emails": true, "proven": true, "name": true, "ids": true},
	"documents": {"name": true, "type": true, "sha256": true, "size": true, "data": true, "object": true},
}

// envelopeLimits bound the JSON of a submission.
var envelopeLimits = read.Limits{}

// Decode reads a submission strictly: duplicate, unknown and wrongly cased
// members, another version, or names other than those of the subject are
// refused with an *EnvelopeError.
func Decode(data []byte, tenant, application string) (*Application, error) {
	if len(data) > maxMessage {
		return nil, malformed("larger than %d bytes", maxMessage)
	}
	m, err := read.ParseObject(data, envelopeLimits)
	if err != nil {
		return nil, malformed("not strict JSON")
	}
	if err := known("", m); err != nil {
		return nil, err
	}
	if a, ok := m["applicant"].(map[string]any); ok {
		if err := known("applicant", a); err != nil {
			return nil, err
		}
	}
	for _, d := range read.Objects(m["documents"]) {
		if err := known("documents", d); err != nil {
			return nil, err
		}
	}
	var a Application
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		return nil, malformed("a member has the wrong type")
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	if a.Tenant != tenant || a.Application != application {
		return nil, malformed("tenant or application is not that of the subject")
	}
	return &a, nil
}

func known(where string, m map[string]any) error {
	for k := range m {
		if !keys[where][k] {
			return malformed("unknown member in %s", strings.TrimSpace("the submission "+where))
		}
	}
	return nil
}

func (a *Application) check() error {
	if a.V != EnvelopeVersion {
		return malformed("version %d, want %d", a.V, EnvelopeVersion)
	}
	if !isToken(a.Tenant) || !isToken(a.Application) {
		return malformed("tenant or application is %v", record.ErrToken)
	}
	if !printable(a.Job) || !printable(a.Applicant.Name) {
		return malformed("job or name too long or not printable")
	}
	if len(a.Applicant.Emails) > 16 || len(a.Applicant.Proven) > 16 || len(a.Applicant.IDs) > 16 {
		return malformed("more than 16 e-mail addresses or ids")
	}
	for _, s := range append(append([]string(nil), a.Applicant.Emails...), a.Applicant.IDs...) {
		if s == "" || !printable(s) {
			return malformed("e-mail address or id empty, too long or not printable")
		}
	}
	var emails []string
	for i, s := range a.Applicant.Emails {
		all, ok := read.Addresses(s)
		if !ok {
			return malformed("e-mail address %d of the applicant is none", i+1)
		}
		emails = append(emails, all...)
	}
	a.Applicant.Emails = emails
	if len(emails) > 16 {
		return malformed("more than 16 e-mail addresses or ids")
	}
	for _, s := range a.Applicant.Proven {
		if !addressed(s) {
			return malformed("a proven e-mail address is none")
		}
	}
	if len(a.Documents) > maxCount || len(a.Links) > maxLinks {
		return malformed("too many documents or links")
	}
	for _, l := range a.Links {
		u, err := url.Parse(l)
		if err != nil || !printable(l) || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return malformed("a link is no http(s) URL")
		}
	}
	return checkDocuments(a.Documents)
}

// checkDocuments checks what a submission says of its documents, and what came
// inside it.
func checkDocuments(list []Document) error {
	var total int64
	for i := range list {
		d := &list[i]
		total += d.Size
		if err := d.check(); err != nil {
			return err
		}
	}
	if total > MaxDocuments {
		return malformed("documents larger than 50 MiB in all")
	}
	return nil
}

func (d *Document) check() error {
	switch {
	case d.Name == "" || !printable(d.Name) || !printable(d.Type):
		return malformed("a document's name is missing, too long or not printable")
	case !digest.MatchString(d.SHA256):
		return malformed("a document's sha256 is not 64 hex digits")
	case d.Size < 0 || d.Size > MaxDocument:
		return malformed("a document is larger than 25 MiB")
	case d.Object && d.Data != nil:
		return malformed("a document both inside and by reference")
	case d.Object:
		return nil
	case int64(len(d.Data)) != d.Size:
		return malformed("a document's size is not that of its data")
	}
	if sum := sha256.Sum256(d.Data); hex.EncodeToString(sum[:]) != d.SHA256 {
		return malformed("a document's sha256 is not that of its data")
	}
	return nil
}

// addressed reports whether s has the form of an e-mail address: one that was
// confirmed has one, and what has another would never be compared with it.
func addressed(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return printable(s) && at > 0 && at < len(s)-1 && !strings.ContainsFunc(s, func(r rune) bool { return !read.Shown(r) || unicode.IsSpace(r) }) && !strings.ContainsAny(s, ",;<>")
}

func printable(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, read.Control)
}

func isToken(s string) bool { return record.CheckToken("", s) == nil }

// split gives the tenant and application of a subject.
func split(subject, prefix string) (tenant, application string, ok bool) {
	rest, ok := strings.CutPrefix(subject, prefix+".")
	if !ok {
		return "", "", false
	}
	tenant, application, ok = strings.Cut(rest, ".")
	return tenant, application, ok && isToken(tenant) && isToken(application)
}

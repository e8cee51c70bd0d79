// Package ingest takes applications off the queue, runs them through examine,
// writes them to the index and tells what became of them. It and natsd,
// the embedded server, are the only packages that know NATS.
//
// The queue's contract. A submission is one JSON object (Application) published
// on applications.<tenant>.<application>; both names are tokens of 1 to 64 of
// A-Z a-z 0-9 _ -. Documents travel inside it, base64, or in the object store
// DOCUMENTS under <tenant>/<application>/<sha256>, or, of those who have rights for
// one tenant alone, in parts on PARTS. The stream keeps the newest
// submission of each application. Work is done at least once; the index's
// external versions make that exactly one document (record.VersionAt). What became
// of it is published on results.<tenant>.<application> (Outcome); what could
// not be worked on goes to deadletters.<tenant>.<application> as it came, with
// the reason in its headers.
//
// Where hosts must be asked, a submission is examined twice: what its documents prove by
// themselves is told at once (PhaseDocuments) and answers the message; the rest stands on
// PENDING until the hosts have been asked (PhaseComplete).
//
// Checking again, in bulk or because a badge was pending, is work of its own on
// RECHECKS: the message names the application and the worker reads the
// submission from APPLICATIONS, so that nothing personal is stored twice and
// nothing that is old keeps new applications waiting.
//
// Each tenant has consumers of its own, live and for batches, and whoever has spare
// hands takes from them in turn: one tenant's backlog is in nobody's way.
//
// Erasure closes the door first (ERASED), then the index and what recruiters keep
// (SAVED), then removes documents, dead letters, outcomes and, last, the submission;
// whoever writes any of these looks at the door afterwards and takes back what came
// too late.
//
// What employers and recruiters say lies in buckets of the queue under the
// installation's key: decisions on issuers are signed (ISSUERS), destinations of
// outcomes (WEBHOOKS) and what is kept (SAVED) are sealed.
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
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/extract"
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
	maxCount       = 64   // documents that are read
	maxLinks       = 100  // links that are followed
	maxTold        = 1024 // documents, or links, that are told of
	maxAddresses   = 64   // of each kind, and ids
	maxText        = 2048
)

// Application is a submission. What is wrong with one of its documents or links
// costs that one; what is wrong elsewhere, the submission.
type Application struct {
	V           int        `json:"v"`
	Tenant      string     `json:"tenant"`      // the same as in the subject
	Application string     `json:"application"` // the same as in the subject
	Job         string     `json:"job,omitempty"`
	Applicant   Applicant  `json:"applicant"`
	Documents   []Document `json:"documents,omitempty"`
	Links       []string   `json:"links,omitempty"` // http(s) URLs beside the documents

	gaps map[int]extract.Reason // of links that are not followed
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

	gap extract.Reason // why it is not read; "" = it is
}

// ErrEnvelope is behind every *EnvelopeError.
var ErrEnvelope = errors.New("malformed submission")

// EnvelopeError refuses a submission for what it says.
type EnvelopeError struct {
	Why    string // names the member and never its content
	Member string // by its path, such as applicant.emails[0]; "" = the whole

	Unknown string // a member of it that there is none of: for who sent it alone
}

// Error gives ErrEnvelope, Why and the member.
func (e *EnvelopeError) Error() string { return ErrEnvelope.Error() + ": " + e.Words() }

// Words gives Why with the member.
func (e *EnvelopeError) Words() string {
	if e.Member == "" {
		return e.Why
	}
	return e.Why + " (" + e.Member + ")"
}

// Unwrap gives ErrEnvelope.
func (e *EnvelopeError) Unwrap() error { return ErrEnvelope }

func malformed(format string, args ...any) *EnvelopeError {
	return &EnvelopeError{Why: fmt.Sprintf(format, args...)}
}

// at says which member it is.
func (e *EnvelopeError) at(format string, args ...any) *EnvelopeError {
	e.Member = fmt.Sprintf(format, args...)
	return e
}

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
	if err := allKnown(m); err != nil {
		return nil, err
	}
	a, err := filled(m)
	if err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	if a.Tenant != tenant || a.Application != application {
		return nil, malformed("tenant or application is not that of the subject")
	}
	return a, nil
}

// allKnown refuses a submission with a member of another name, in its parts too.
func allKnown(m map[string]any) error {
	if err := known("", m); err != nil {
		return err
	}
	if a, ok := m["applicant"].(map[string]any); ok {
		if err := known("applicant", a); err != nil {
			return err.at("applicant")
		}
	}
	list, _ := m["documents"].([]any)
	for i, d := range list {
		o, _ := d.(map[string]any)
		if err := known("documents", o); err != nil {
			return err.at("documents[%d]", i)
		}
	}
	return nil
}

func known(where string, m map[string]any) *EnvelopeError {
	for k := range m {
		if !keys[where][k] {
			e := malformed("unknown member in %s", strings.TrimSpace("the submission "+where))
			e.Unknown = k
			return e
		}
	}
	return nil
}

func (a *Application) check() error {
	if a.V != EnvelopeVersion {
		return malformed("version %d, want %d", a.V, EnvelopeVersion).at("v")
	}
	if !isToken(a.Tenant) {
		return malformed("tenant or application is %v", record.ErrToken).at("tenant")
	}
	if !isToken(a.Application) {
		return malformed("tenant or application is %v", record.ErrToken).at("application")
	}
	a.Job, a.Applicant.Name = plainly(a.Job), plainly(a.Applicant.Name)
	if len(a.Job) > maxText {
		return malformed("job or name is longer than %d bytes", maxText).at("job")
	}
	if len(a.Applicant.Name) > maxText {
		return malformed("job or name is longer than %d bytes", maxText).at("applicant.name")
	}
	if err := a.Applicant.check(); err != nil {
		return err
	}
	if len(a.Documents) > maxTold || len(a.Links) > maxTold {
		if len(a.Links) > maxTold {
			return malformed("more than %d documents or links", maxTold).at("links")
		}
		return malformed("more than %d documents or links", maxTold).at("documents")
	}
	a.gaps = map[int]extract.Reason{}
	for i, l := range a.Links {
		u, ok := typed(l)
		switch {
		case i >= maxLinks:
			a.gaps[i] = extract.ReasonLinks
		case !ok:
			a.gaps[i] = extract.ReasonNoLink
		default:
			a.Links[i] = u
		}
	}
	judgeDocuments(a.Documents)
	return nil
}

// check reads the addresses as they come in forms and mail, one by one.
func (p *Applicant) check() error {
	var claimed, proven []string
	for i, s := range p.Emails {
		all, ok := read.Addresses(s)
		if !ok || !printable(s) {
			return malformed("e-mail address %d of the applicant is none", i+1).at("applicant.emails[%d]", i)
		}
		claimed = append(claimed, all...)
	}
	for i, s := range p.Proven {
		// One, for who confirms a message that went to several addresses has but one
		// of them.
		all, ok := read.Addresses(s)
		if !ok || !printable(s) || len(all) != 1 {
			return malformed("proven e-mail address %d of the applicant is not one address", i+1).at("applicant.proven[%d]", i)
		}
		proven = append(proven, all...)
	}
	for i, s := range p.IDs {
		if s == "" || !printable(s) {
			return malformed("id %d of the applicant is empty, too long or not printable", i+1).at("applicant.ids[%d]", i)
		}
	}
	if len(claimed) > maxAddresses || len(proven) > maxAddresses || len(p.IDs) > maxAddresses {
		return malformed("more than %d e-mail addresses or ids", maxAddresses).at("applicant")
	}
	p.Emails, p.Proven = claimed, proven
	return nil
}

// typed reads a link as it was typed into a form: a URL, or one without its scheme.
// No other scheme is made http, and nothing that is no name of a host is asked.
func typed(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if u, err := url.Parse(s); err == nil && printable(s) && u.Host != "" && !strings.HasSuffix(u.Host, ":") && (u.Scheme == "http" || u.Scheme == "https") {
		return s, true
	}
	if u, _, ok := extract.ParseLink(s); ok && printable(u) {
		return u, true
	}
	host, _, _ := strings.Cut(s, "/")
	if dot := strings.LastIndexByte(host, '.'); dot <= 0 || len(host)-dot < 3 || strings.ContainsFunc(host[dot+1:], unicode.IsDigit) ||
		strings.ContainsFunc(host, func(r rune) bool { return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return "", false
	}
	u, _, ok := extract.ParseLink("https://" + s)
	return u, ok && printable(u)
}

// judgeDocuments notes which documents are not read, and why: for what the
// submission says of them, for what came inside it, and for their number and size
// in all.
func judgeDocuments(list []Document) {
	var total int64
	for i := range list {
		d := &list[i]
		if d.Name = read.Cut(plainly(d.Name), maxText); d.Name == "" {
			d.Name = "document " + strconv.Itoa(i+1)
		}
		if !printable(d.Type) {
			d.Type = "" // a hint
		}
		if d.gap = d.judge(); d.gap != "" {
			continue
		}
		if i >= maxCount || total+d.Size > MaxDocuments {
			d.gap = extract.ReasonDocuments
			continue
		}
		total += d.Size
	}
}

func (d *Document) judge() extract.Reason {
	switch {
	case d.Size > MaxDocument:
		return extract.ReasonTooLarge
	case !digest.MatchString(d.SHA256), d.Size < 0, d.Object && d.Data != nil:
		return extract.ReasonMismatch
	case d.Object:
		return ""
	case int64(len(d.Data)) != d.Size:
		return extract.ReasonMismatch
	}
	if sum := sha256.Sum256(d.Data); hex.EncodeToString(sum[:]) != d.SHA256 {
		return extract.ReasonMismatch
	}
	return ""
}

// plainly is a name without what steers a terminal or ends a line.
func plainly(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if read.Control(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
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

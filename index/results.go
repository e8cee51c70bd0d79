package index

import (
	"time"

	"assay/index/skills"
	"assay/verify/verdict"
)

// Results is a page of hits with their facets.
type Results struct {
	Query    string        `json:"query"`
	Read     string        `json:"read"` // the parsed tree, printed with every operator and parenthesis
	Tree     *Node         `json:"tree,omitempty"`
	Expanded []Expansion   `json:"expanded,omitempty"`
	Total    int           `json:"total"`
	Hits     []Hit         `json:"hits"`
	Facets   []FacetCounts `json:"facets,omitempty"`
	Cursor   string        `json:"cursor,omitempty"` // of the next page, "" = this was the last
	Took     time.Duration `json:"took_ns"`
}

// Hit is one application that matches.
type Hit struct {
	ID          string    `json:"id"`
	Tenant      string    `json:"-"`
	Application string    `json:"application"`
	Job         string    `json:"job,omitempty"`
	Candidate   string    `json:"candidate,omitempty"`
	DisplayName string    `json:"display_name,omitempty"`
	AppliedAt   time.Time `json:"applied_at"`
	CheckedAt   time.Time `json:"checked_at"`
	Score       int       `json:"score"`
	Why         []Match   `json:"why,omitempty"`
	Counts      Counts    `json:"counts"`  // by effective status, now
	Breadth     Breadth   `json:"breadth"` // now
	Unread      int       `json:"unread,omitempty"`
}

// Match says why a term met an application: the claims that met it, best first.
type Match struct {
	Term       string         `json:"term,omitempty"`
	How        How            `json:"how,omitempty"`
	Skill      string         `json:"skill,omitempty"`
	Label      string         `json:"label"`
	LabelSpans []Span         `json:"label_spans,omitempty"` // what to highlight in Label
	Framework  string         `json:"framework,omitempty"`
	Basis      skills.Basis   `json:"basis,omitempty"`
	Exact      bool           `json:"exact"` // the skill was named by the badge itself (uri or code), not inferred
	Status     verdict.Result `json:"status"`
	Expired    bool           `json:"expired,omitempty"` // was good at the check, ran out since
	Trust      string         `json:"trust"`
	Level      string         `json:"level,omitempty"`
	Credential int            `json:"credential"` // position in Application.Credentials
	Name       string         `json:"name"`       // of the credential
	NameSpans  []Span         `json:"name_spans,omitempty"`
	Issuer     string         `json:"issuer,omitempty"`
	IssuerName string         `json:"issuer_name,omitempty"`
	Earned     time.Time      `json:"earned,omitzero"`
	Expires    time.Time      `json:"expires,omitzero"`
}

// Span is a part of a string, in bytes: from Start up to End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Expansion says what else a term was taken to mean.
type Expansion struct {
	Term     string   `json:"term"`
	Concept  string   `json:"concept,omitempty"` // URI, "" when no framework knows the term
	Label    string   `json:"label,omitempty"`
	How      How      `json:"how,omitempty"`      // exact, alias or typo
	Also     []string `json:"also,omitempty"`     // labels of narrower concepts, the first few
	Narrower int      `json:"narrower,omitempty"` // how many there are
}

// FacetCounts are the buckets of one facet, most applications first.
type FacetCounts struct {
	Facet   Facet    `json:"facet"`
	Buckets []Bucket `json:"buckets"`
}

// Bucket is one value of a facet.
type Bucket struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"` // for a person, when Value is a URI
	Count int    `json:"count"`           // applications
}

// Suggestion completes what a recruiter types.
type Suggestion struct {
	Label     string `json:"label"`
	ID        string `json:"id,omitempty"`
	Framework string `json:"framework,omitempty"`
	Count     int    `json:"count"` // applicants of the tenant who can prove it
}

// Position is where a page ended: the sort values of its last hit.
type Position struct {
	Score   int       `json:"s"`
	Breadth int       `json:"b"`
	Applied int64     `json:"a"` // AppliedAt, Unix milliseconds
	ID      string    `json:"i"`
	Seen    int       `json:"n"` // hits on the pages before
	Now     time.Time `json:"t"` // Query's Now, kept from page to page
}

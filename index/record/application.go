// Package record is the one document of an application that the index keeps:
// what verdicts and the skills of their badges become (New), how it counts at a
// moment (EffectiveStatus, BreadthOf, DepthOf, CountsAt), and the identity and
// version that engines store it under.
//
// Nothing here asks a clock: a moment is always given. Out of scope: questions
// (index/query) and storage (the engines).
package record

import (
	"time"

	"assay/index/skills"
	"assay/verify/verdict"
)

// Submission says whose application it is and when it came.
type Submission struct {
	Tenant      string
	Application string
	Job         string
	Candidate   string   // opaque key of the applicant within the tenant, made by the submitter of the document
	Persons     []string // marks of the applicant, from the function Persons
	DisplayName string   // shown to recruiters, never searched
	Addresses   []string // the applicant's, beside the name what blind readers must not meet: e-mail addresses, DIDs, URLs, telephone numbers
	Submitted   time.Time
	Checked     time.Time
}

// Entry is one badge of an application as it goes into the index.
type Entry struct {
	Where   string
	Carrier string
	Verdict verdict.Verdict
	Skills  []skills.Skill
	Link    string // Credential.Link
	Key     string // Credential.Key, of a badge that was judged before; "" = from Verdict.Identity
}

// Unread is a part of the application that could not be read.
type Unread struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"` // more of the reason: what kind of file it is, which limit was met
}

// Link is a link of the application that led to no badge: it was not followed, or
// was asked in vain.
type Link struct {
	Where   string `json:"where"`
	URL     string `json:"url,omitempty"` // not told to blind readers
	Reason  string `json:"reason"`
	Pending bool   `json:"pending,omitempty"` // time can mend it: it is asked again as pending badges are
	More    int    `json:"more,omitempty"`    // links as this one that are not listed by themselves
}

// Never stands for "does not expire" in Claim.Until: the last second of year
// 9999.
const Never int64 = 253402300799

// Application is the one document of an application: the engines store its JSON
// form. Claims are nested documents; Credentials, Unread and NotFollowed are stored only;
// Flat holds copies of what verified claims say, for filters and facets.
type Application struct {
	ID          string         `json:"id"` // opaque: HMAC of tenant and application
	Tenant      string         `json:"tenant"`
	Application string         `json:"application"`
	Version     int64          `json:"version"`
	Erased      bool           `json:"erased"`
	Job         string         `json:"job,omitempty"`
	JobWords    string         `json:"job_words,omitempty"` // Words of Job, joined by spaces
	Candidate   string         `json:"candidate,omitempty"`
	Persons     []string       `json:"persons,omitempty"`      // marks of the applicant; see Persons
	Held        []Held         `json:"held,omitempty"`         // of Credentials, so that who else holds one is found
	DisplayName string         `json:"display_name,omitempty"` // never searched
	AppliedAt   time.Time      `json:"applied_at,omitzero"`
	CheckedAt   time.Time      `json:"checked_at,omitzero"`
	Credentials []Credential   `json:"credentials,omitempty"`  // stored, not indexed
	Claims      []Claim        `json:"claims,omitempty"`       // nested
	Unread      []Unread       `json:"unread,omitempty"`       // stored, not indexed
	NotFollowed []Link         `json:"not_followed,omitempty"` // stored, not indexed; see KeepLinks
	Counts      verdict.Counts `json:"counts,omitzero"`        // credentials by result, at the check
	Breadth     Breadth        `json:"breadth,omitzero"`       // at the check
	Flat        Flat           `json:"flat,omitzero"`
	Own         []string       `json:"own,omitempty"`             // what names the applicant, folded: masked for blind readers, never searched
	BlindRule   int            `json:"blind_rule,omitempty"`      // by which Own was made; below BlindRule blind readers see no texts
	BlindJob    string         `json:"blind_job_words,omitempty"` // JobWords without words of Own
}

// Claim is one skill that one credential of the application speaks of, with
// what a search may ask about that credential. A credential that speaks of no
// skill has one claim with an empty ID, so that its issuer and status can be
// searched. All that a query says of one skill is asked of one Claim.
type Claim struct {
	Credential  int            `json:"credential"`                    // position in Application.Credentials
	ID          string         `json:"skill,omitempty" blind:"-"`     // concept URI, "" when unmapped
	Label       string         `json:"label,omitempty" blind:"ID"`    // of the concept, or raw
	Framework   string         `json:"framework,omitempty" blind:"-"` // "" when unmapped
	Basis       skills.Basis   `json:"basis,omitempty"`
	Soft        string         `json:"soft,omitempty" blind:"-"`      // soft skill of hiring
	Ancestors   []string       `json:"ancestors,omitempty" blind:"-"` // URIs of every broader concept and group
	Domain      string         `json:"domain,omitempty" blind:"-"`    // label of the framework's division
	Level       string         `json:"level,omitempty"`               // as given
	Scale       string         `json:"scale,omitempty" blind:"-"`     // scale that Level was read on, "" = not comparable
	Rank        int            `json:"rank,omitempty"`                // place on Scale
	Status      verdict.Result `json:"status"`                        // at the check; EffectiveStatus judges expiry
	Standing    string         `json:"standing,omitempty" blind:"-"`  // what stands behind the issuer: a verdict.Level, or Blocked; "" = not asked
	Issuer      string         `json:"issuer,omitempty"`              // id
	IssuerName  string         `json:"issuer_name,omitempty"`         // ShownIssuer
	Hosts       []string       `json:"issuer_hosts,omitempty"`        // the issuer's proven host and those above it, down to the domain that somebody registered
	Earned      time.Time      `json:"earned,omitzero"`
	Year        int            `json:"year,omitempty"` // of Earned, UTC
	Expires     time.Time      `json:"expires,omitzero"`
	URL         string         `json:"url,omitempty"`           // what an unmapped skill points at, for whoever maps it,
	Code        string         `json:"code,omitempty"`          // its code there,
	Named       string         `json:"named,omitempty"`         // and the framework that the badge names: a claim, no framework of ours
	Until       int64          `json:"until"`                   // Expires in Unix seconds, or Never
	Worth       int            `json:"worth,omitempty"`         // summed over the verified claims that have not run out: Breadth.Skills
	FrameworkW  string         `json:"framework_key" blind:"-"` // Key(Framework)
	LabelWords  string         `json:"label_words,omitempty"`   // Words of Label, without those that say nothing of the skill (skills.Skill.Searched)
	NameWords   string         `json:"name_words,omitempty"`    // Words of the credential's name and tags, and the Sign of what it is about
	TitleWords  string         `json:"title_words,omitempty"`   // Words of the credential's own name, and of the certificate that it is
	Certificate string         `json:"certificate,omitempty"`   // the certificate of the carried table that the own name is, else the own name; "" of a record
	AboutWords  string         `json:"about_words,omitempty"`   // Words of its description; on the credential's first claim only
	IssuerW     string         `json:"issuer_words,omitempty"`  // Words of what is known of the issuer: its listed name, the name of its domain
	ClaimedW    string         `json:"claimed_words,omitempty"` // Words of what the issuer calls itself, and of its id
	Clear       bool           `json:"clear,omitempty"`         // no text of any claim of the application is the applicant's own: blind readers search them as they are,
	Blind       *BlindWords    `json:"blind,omitempty"`         // and else this; where there is neither, no text of the claim
}

// Blocked is a value of Claim.Standing beside those of verdict.Level: the employer
// blocks the issuer.
const Blocked = "blocked"

// Standings are the values of Claim.Standing, best first.
func Standings() []string {
	var out []string
	for _, l := range verdict.Levels() {
		out = append(out, string(l))
	}
	return append(out, Blocked)
}

// StandingRank is what a claim weighs by what stands behind its issuer, within
// one way of meeting a term: from MaxStandingRank for a listed issuer to 0 for the
// applicant himself, a blocked one and one that was not asked about.
func StandingRank(standing string) int { return max(verdict.Level(standing).Rank()-1, 0) }

// MaxStandingRank is the rank of a listed issuer.
const MaxStandingRank = 5

// KnownRank is the least rank of an issuer of whom somebody knows who it is: that of
// a domain.
const KnownRank = 4

// StandingWeight is StandingRank of what is verified. What is not proven weighs by
// whether somebody known stands behind it: 1 for a listed issuer or a domain, else 0.
func StandingWeight(verified bool, standing string) int {
	switch rank := StandingRank(standing); {
	case verified:
		return rank
	case rank >= KnownRank:
		return 1
	}
	return 0
}

// Credential is one badge of the application with its whole verdict.
type Credential struct {
	Where   string          `json:"where"`
	Carrier string          `json:"carrier"`
	Verdict verdict.Verdict `json:"verdict"`
	Link    string          `json:"link,omitempty"` // URL in a document that led to it; not told to blind readers

	Key       string          `json:"key,omitempty"`       // keyed digest of the credential, the same in every form; "" when nothing is proven of it
	Proven    bool            `json:"proven,omitempty"`    // it names an address of the applicant's that is confirmed
	Elsewhere Elsewhere       `json:"elsewhere,omitempty"` // other candidates who hold it
	Named     *verdict.Aspect `json:"named,omitempty"`     // the recipient's aspect, while others keep it from being told
}

// Breadth says how much an applicant can prove. It counts verified credentials
// that have not expired at the time of asking.
type Breadth struct {
	Skills      int       `json:"skills"`      // distinct concepts
	Domains     int       `json:"domains"`     // distinct divisions of the frameworks
	SoftSkills  int       `json:"soft_skills"` // distinct soft skills of hiring
	Credentials int       `json:"credentials"`
	Issuers     int       `json:"issuers"` // each once by verdict.Backing.Counts, whatever it calls itself
	Years       int       `json:"years"`   // longest run of calendar years with a credential earned in each
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
	NextExpiry  time.Time `json:"next_expiry,omitzero"`
}

// Depth says how well an applicant can prove one skill.
type Depth struct {
	ID          string    `json:"id,omitempty" blind:"-"`
	Label       string    `json:"label" blind:"ID"`
	Framework   string    `json:"framework,omitempty" blind:"-"`
	Soft        string    `json:"soft,omitempty" blind:"-"`
	Credentials int       `json:"credentials"` // independent: one issuer's copies of one achievement count once
	Issuers     int       `json:"issuers"`
	Level       string    `json:"level,omitempty"` // the best
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
	NextExpiry  time.Time `json:"next_expiry,omitzero"`
}

// Flat holds what the verified claims say, each value once. It is exact while
// NextUntil has not passed: for a document whose NextUntil lies before
// Plan.Now, an engine counts its Claims instead.
type Flat struct {
	NextUntil    int64    `json:"next_until"` // least Until of the verified claims, or Never
	Skills       []string `json:"skills,omitempty"`
	Ancestors    []string `json:"ancestors,omitempty"`
	Soft         []string `json:"soft,omitempty"`
	Frameworks   []string `json:"frameworks,omitempty"`
	Issuers      []string `json:"issuers,omitempty"`
	Standings    []string `json:"standings,omitempty"`
	Years        []string `json:"years,omitempty"`
	Domains      []string `json:"domains,omitempty"`
	Certificates []string `json:"certificates,omitempty"`

	Ties []string `json:"ties,omitempty"` // what settles ties, by concept; see TieKind

	// Blind readers count Issuers and Certificates where Clear says so, and else what
	// is written for them.
	Clear             bool     `json:"clear,omitempty"`
	BlindIssuers      []string `json:"blind_issuers,omitempty"`
	BlindCertificates []string `json:"blind_certificates,omitempty"`
}

package local

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/index/record"
	"assay/verify/verdict"
)

// stored is a row as it stands in the file: what loading needs of a document,
// without its credentials and long texts.
type stored struct {
	Seq         uint64         `json:"q"`
	Ordinal     uint32         `json:"o"`
	Tenant      string         `json:"t"`
	Application string         `json:"a,omitempty"`
	Version     int64          `json:"v"`
	Erased      bool           `json:"e,omitempty"`
	Persons     []string       `json:"w,omitempty"`
	Held        []record.Held  `json:"h,omitempty"`
	Candidate   string         `json:"i,omitempty"`
	JobWords    string         `json:"j,omitempty"`
	BlindJob    string         `json:"k,omitempty"`
	Applied     int64          `json:"p"` // Unix milliseconds
	Breadth     int            `json:"b,omitempty"`
	Fresh       int            `json:"n,omitempty"`
	Flat        record.Flat    `json:"f,omitzero"`
	Claims      []record.Claim `json:"c,omitempty"` // words taken out
}

// newStored takes what a row needs out of an application.
func newStored(a *record.Application, seq uint64, ordinal uint32) *stored {
	r := &stored{
		Seq: seq, Ordinal: ordinal, Tenant: a.Tenant, Application: a.Application, Version: a.Version, Erased: a.Erased,
		Persons: a.Persons, Held: a.Held, Candidate: a.Candidate, JobWords: a.JobWords, BlindJob: a.BlindJob, Applied: a.AppliedAt.UnixMilli(), Breadth: a.Breadth.Skills, Fresh: a.Breadth.Fresh(), Flat: a.Flat,
	}
	r.Flat.Ancestors, r.Flat.Domains, r.Flat.BlindIssuers, r.Flat.BlindCertificates = nil, nil, nil, nil
	r.Claims = make([]record.Claim, len(a.Claims))
	for i, c := range a.Claims {
		c.Ancestors, c.AboutWords, c.Level, c.Domain = nil, "", "", ""
		c.Expires = time.Time{} // Until says it
		if c.Blind != nil {
			b := *c.Blind
			b.AboutWords = ""
			c.Blind = &b
		}
		r.Claims[i] = c
	}
	return r
}

// row is what the engine keeps in memory of one version of one application.
// All but died is never written again.
type row struct {
	id          string
	tenant      string
	application string
	version     int64
	erased      bool
	ordinal     uint32
	born        uint64        // sequence of the commit that wrote it
	died        atomic.Uint64 // sequence of the commit that replaced it, 0 = alive
	persons     []string
	held        []record.Held
	candidate   string
	jobWords    string
	blindJob    string
	applied     int64
	breadth     int
	fresh       int
	nextUntil   int64
	values      []uint32           // of each facet, and of ties, one after the other
	ends        [facets + 1]uint32 // of each among them
	claims      []claim
}

// flat gives the values of a facet, each once; of no facet, number facets, what settles ties.
func (r *row) flat(facet int) []uint32 {
	from := uint32(0)
	if facet > 0 {
		from = r.ends[facet-1]
	}
	return r.values[from:r.ends[facet]]
}

// facets is the number of facets that are counted, and the order of row.values.
const (
	facetSkill = iota
	facetCertificate
	facetSoft
	facetFramework
	facetIssuer
	facetStanding
	facetYear
	facets
)

// claim is a record.Claim with its texts as numbers of the engine's terms; 0 is
// the empty text. No pointer is in it: what collects garbage passes the claims by, which are
// most of what the engine keeps.
type claim struct {
	skill, label, framework, frameworkKey, soft uint32
	issuer, issuerWords, hosts, scale, year     uint32
	labelWords, nameWords, standing             uint32
	titleWords, certificate, issuerName         uint32
	claimedWords                                uint32
	status, weight                              uint8 // weight: record.StandingRank
	rank                                        int64
	earned                                      int64 // Unix seconds, noDate = none
	until                                       int64
	worth                                       int32
	blind                                       uint32 // number of what blind readers search; 0: what everybody does
}

// blindTexts are the texts of a claim that blind readers search: those of
// record.BlindWords.
type blindTexts struct {
	issuer, hosts, issuerWords, claimedWords, labelWords, nameWords, titleWords, certificate uint32
}

// texts gives what a reader may search of a claim: a blind one, where what is hidden from
// such is given.
func (c *claim) texts(hidden []blindTexts) blindTexts {
	if hidden != nil && c.blind != 0 {
		return hidden[c.blind]
	}
	return blindTexts{c.issuer, c.hosts, c.issuerWords, c.claimedWords, c.labelWords, c.nameWords, c.titleWords, c.certificate}
}

const noDate = math.MinInt64

// Statuses in small, in the order of a tie.
const (
	statusAuthentic = iota
	statusPending
	statusRejected
	statusVerified
	statusUnsupported
	statusExpired
	statusUnvouched
	statusOther // none that is known
)

var statusNames = [...]verdict.Result{verdict.Authentic, verdict.Pending, verdict.Rejected, verdict.Verified, verdict.Unsupported, verdict.Expired, verdict.Unvouched}

func statusOf(r verdict.Result) uint8 {
	for i, n := range statusNames {
		if n == r {
			return uint8(i)
		}
	}
	return statusOther
}

// statusSet says which statuses are asked for.
type statusSet [statusOther + 1]bool

func (s *statusSet) add(r verdict.Result) {
	if n := statusOf(r); n != statusOther {
		s[n] = true
	}
}

// effective judges expiry, as index.EffectiveStatus does.
func (c *claim) effective(now int64) uint8 { return effective(c.status, c.until, now) }

func effective(status uint8, until, now int64) uint8 {
	if until <= now && (status == statusVerified || status == statusAuthentic) {
		return statusExpired
	}
	return status
}

// terms numbers texts, so that rows are small and facets are counted by
// number. Numbers are given for ever.
type terms struct {
	mu    sync.RWMutex
	ids   map[string]uint32
	names []string
	room  strings.Builder // where the next texts stand, many in one piece

	numbers map[blindTexts]uint32
	hidden  []blindTexts // by their numbers; 0 is none
}

// termsRoom is how many bytes of texts stand in one piece: each piece by itself is work for
// what collects garbage.
const termsRoom = 64 << 10

func newTerms() *terms {
	return &terms{ids: map[string]uint32{"": 0}, names: []string{""}, numbers: map[blindTexts]uint32{}, hidden: []blindTexts{{}}}
}

// keep copies a text into the piece at hand. The caller holds mu.
func (t *terms) keep(s string) string {
	if len(s) > termsRoom/16 {
		return strings.Clone(s)
	}
	if t.room.Len()+len(s) > t.room.Cap() {
		t.room = strings.Builder{}
		t.room.Grow(termsRoom)
	}
	from := t.room.Len()
	t.room.WriteString(s)
	return t.room.String()[from:]
}

// hide gives the number of what blind readers search of a claim.
func (t *terms) hide(b blindTexts) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.numbers[b]
	if !ok {
		n = uint32(len(t.hidden))
		t.numbers[b] = n
		t.hidden = append(t.hidden, b)
	}
	return n
}

// hiddenTexts gives what blind readers search in place of claims' texts, by number, as of
// now.
func (t *terms) hiddenTexts() []blindTexts {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.hidden
}

// add gives the number of s, a new one when it has none.
func (t *terms) add(s string) uint32 {
	t.mu.RLock()
	n, ok := t.ids[s]
	t.mu.RUnlock()
	if ok {
		return n
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok := t.ids[s]; ok {
		return n
	}
	s = t.keep(s)
	n = uint32(len(t.names))
	t.ids[s] = n
	t.names = append(t.names, s)
	return n
}

// find gives the number of s, false when no document holds it.
func (t *terms) find(s string) (uint32, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	n, ok := t.ids[s]
	return n, ok
}

// list gives the texts by number, as of now.
func (t *terms) list() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.names
}

// same gives the one copy of s.
func (t *terms) same(s string) string {
	n := t.add(s)
	return t.list()[n]
}

// row makes the row of a record.
func (t *terms) row(id string, r *stored) *row {
	out := &row{
		id: id, tenant: t.same(r.Tenant), application: r.Application, version: r.Version, erased: r.Erased,
		ordinal: r.Ordinal, born: r.Seq, persons: slices.Clone(r.Persons), held: slices.Clone(r.Held), candidate: r.Candidate, jobWords: r.JobWords, blindJob: r.BlindJob, applied: r.Applied, breadth: r.Breadth, fresh: r.Fresh, nextUntil: r.Flat.NextUntil,
	}
	out.pack()
	flat := [facets + 1][]string{r.Flat.Skills, r.Flat.Certificates, r.Flat.Soft, r.Flat.Frameworks, r.Flat.Issuers, r.Flat.Standings, r.Flat.Years, r.Flat.Ties}
	n := 0
	for _, list := range flat {
		n += len(list)
	}
	out.values = make([]uint32, 0, n) // read together
	for f, list := range flat {
		from := len(out.values)
		for _, s := range list {
			if v := t.add(s); v != 0 && !slices.Contains(out.values[from:], v) {
				out.values = append(out.values, v)
			}
		}
		out.ends[f] = uint32(len(out.values))
	}
	out.claims = make([]claim, len(r.Claims))
	for i := range r.Claims {
		c := &r.Claims[i]
		k := claim{
			skill: t.add(c.ID), label: t.add(c.Label), framework: t.add(c.Framework), frameworkKey: t.add(c.FrameworkW),
			soft: t.add(c.Soft), issuer: t.add(c.Issuer), issuerWords: t.add(c.IssuerW), hosts: t.add(strings.Join(c.Hosts, " ")), claimedWords: t.add(c.ClaimedW),
			scale: t.add(c.Scale), labelWords: t.add(c.LabelWords), nameWords: t.add(c.NameWords), titleWords: t.add(c.TitleWords), certificate: t.add(c.Certificate), issuerName: t.add(c.IssuerName), standing: t.add(c.Standing), weight: uint8(record.StandingRank(c.Standing)), status: statusOf(c.Status), rank: int64(c.Rank),
			earned: noDate, until: c.Until, worth: int32(c.Worth),
		}
		if c.Year != 0 {
			k.year = t.add(yearText(c.Year))
		}
		if !c.Earned.IsZero() {
			k.earned = c.Earned.Unix()
		}
		if b := c.ForBlind(); !c.Clear {
			k.blind = t.hide(blindTexts{t.add(b.Issuer), t.add(strings.Join(b.Hosts, " ")), t.add(b.IssuerW), t.add(b.ClaimedW), t.add(b.LabelWords), t.add(b.NameWords), t.add(b.TitleWords), t.add(b.Certificate)})
		}
		out.claims[i] = k
	}
	return out
}

// pack puts the texts of a row into one piece, which is one thing to what collects garbage.
func (r *row) pack() {
	texts := []*string{&r.id, &r.application, &r.candidate, &r.jobWords}
	same := r.blindJob == r.jobWords
	if !same {
		texts = append(texts, &r.blindJob)
	}
	for i := range r.persons {
		texts = append(texts, &r.persons[i])
	}
	for i := range r.held {
		texts = append(texts, &r.held[i].Key)
	}
	var all strings.Builder
	for _, s := range texts {
		all.WriteString(*s)
	}
	left := all.String()
	for _, s := range texts {
		*s, left = left[:len(*s)], left[len(*s):]
	}
	if same {
		r.blindJob = r.jobWords
	}
}

// breadthAt gives index.Breadth.Skills as of a moment.
func (r *row) breadthAt(now int64, barred map[uint32]bool) int {
	n := int32(0)
	for i := range r.claims {
		if c := &r.claims[i]; c.status == statusVerified && c.until > now && !barred[c.issuer] {
			n += c.worth
		}
	}
	return int(n)
}

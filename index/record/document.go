package record

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/index/skills"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Bounds of what one document holds. What is beyond is cut; credentials beyond
// are counted in Counts as unsupported, as nobody could say later whether they
// have run out.
const (
	MaxCredentials = 200
	MaxClaims      = 2000
	MaxLinks       = 100  // of NotFollowed, beside one for each reason
	maxText        = 4096 // bytes of a stored description or criteria
	maxDetail      = 200  // bytes of Unread.Detail
	maxWords       = 64   // words of a text field that are searched
)

// Words splits a text as every field and query is split. See skills.Words.
func Words(s string) []string { return skills.Words(s) }

// Key folds a short name (a framework) to its letters and digits, so that
// "O*NET" and "onet" are one.
func Key(s string) string { return strings.ReplaceAll(skills.Folded(s), " ", "") }

// ID gives the document id: HMAC-SHA-256 of tenant and application under the
// installation's key, hex. Tenant and application are tokens, so the separator
// cannot stand in them.
func ID(key []byte, tenant, application string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(tenant))
	m.Write([]byte{0})
	m.Write([]byte(application))
	return hex.EncodeToString(m.Sum(nil))
}

// The version of a document orders what was ever written of its application: an
// engine takes no lower one in place of a higher. Of what a stream orders, from the top:
// bit 62, 12 bits of epoch, 36 of the submission's sequence in the stream, 14 of the
// writes of that submission. What no stream ordered (documents made without a queue, and
// those of earlier releases) has 40 bits of milliseconds since 2020 and 23 of minutes,
// and is below all of them.
const (
	versionOrdered = 1 << 62
	versionEpochs  = 1<<12 - 1
	versionStream  = 1<<36 - 1
	versionWrites  = 1<<14 - 1
	versionMillis  = 1<<40 - 1
	versionMinutes = 1<<23 - 1
)

var versionZero = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// VersionErased is the version of an erasure stub: nothing that comes later is
// higher.
const VersionErased int64 = math.MaxInt64

// Version gives the version of a document that no stream orders, of a submission and
// its check. Times outside the range (before 2020, after 2037; a check before its
// submission or more than 15 years after it) count as its nearest end.
func Version(submitted, checked time.Time) int64 {
	ms := min(max(submitted.Sub(versionZero).Milliseconds(), 0), versionMillis)
	minutes := min(max(int64(checked.Sub(submitted)/time.Minute), 0), versionMinutes)
	return min(ms<<23|minutes, versionOrdered-1)
}

// VersionAt gives the first version of a submission, by its sequence in the stream. An
// epoch is a life of the stream: one that was made anew, or is back from a backup, counts
// its sequences again.
func VersionAt(epoch int, sequence uint64) int64 {
	return min(versionOrdered|int64(min(epoch, versionEpochs))<<50|int64(min(sequence, versionStream))<<14, VersionErased-1)
}

// Place gives what VersionAt made a version of, whatever was written since; ok is false
// for one that no stream orders.
func Place(version int64) (epoch int, sequence uint64, ok bool) {
	if version < versionOrdered || version == VersionErased {
		return 0, 0, false
	}
	return int(version >> 50 & versionEpochs), uint64(version >> 14 & versionStream), true
}

// NextVersion gives the version of the write after one, of the same submission. After
// the last of 16,384 it begins an epoch.
func NextVersion(version int64) int64 {
	if epoch, sequence, ok := Place(version); ok && version&versionWrites == versionWrites {
		return VersionAt(epoch+1, sequence)
	}
	return min(version+1, VersionErased-1)
}

// Stub gives the document that erasure leaves: no personal data, at the highest
// version. The tenant stays so that the tenant can be told of it.
func Stub(key []byte, tenant, application string) Application {
	return Application{ID: ID(key, tenant, application), Tenant: tenant, Version: VersionErased, Erased: true, Flat: Flat{NextUntil: Never}}
}

// SkillsOf resolves what a badge says of skills, by itself: not what it contains.
// A record's own name is a title, often the person's: no skill.
func SkillsOf(v *verdict.Verdict, resolve func(verdict.Credential) []skills.Skill) []skills.Skill {
	if v.Record() {
		return nil
	}
	return resolve(v.Credential)
}

// Entries gives the entries of one finding: the badge itself, with the skills
// that are its own, and, of a CLR, each credential in it, judged on its own and
// with the inner skills at its place (none where inner is shorter). SkillsOf
// resolves both.
func Entries(where, carrier string, v verdict.Verdict, own []skills.Skill, inner [][]skills.Skill) []Entry {
	contained := v.Contained
	v.Contained = nil
	out := []Entry{{Where: where, Carrier: carrier, Verdict: v, Skills: own}}
	for i, c := range contained {
		e := Entry{Where: where + " > credential " + strconv.Itoa(i+1), Carrier: carrier, Verdict: c}
		if i < len(inner) {
			e.Skills = inner[i]
		}
		e.Verdict.Contained = nil // a CLR in a CLR is judged without what it contains
		out = append(out, e)
	}
	return out
}

// New makes the document of an application: its credentials, one
// claim for each skill of each, the counts, and the flat copies.
func New(key []byte, s Submission, entries []Entry, unread []Unread) Application {
	a := Application{
		ID:          ID(key, s.Tenant, s.Application),
		Tenant:      s.Tenant,
		Application: s.Application,
		Version:     Version(s.Submitted, s.Checked),
		Job:         s.Job,
		JobWords:    text(s.Job),
		Candidate:   s.Candidate,
		Persons:     s.Persons,
		DisplayName: s.DisplayName,
		AppliedAt:   s.Submitted.UTC(),
		CheckedAt:   s.Checked.UTC(),
		Unread:      slices.Clone(unread),
		Own:         ownWords(s.DisplayName, s.Addresses),
		BlindRule:   BlindRule,
	}
	for i := range a.Unread {
		a.Unread[i].Detail = Cut(plain(a.Unread[i].Detail), maxDetail)
	}
	for _, e := range entries {
		if len(a.Credentials) == MaxCredentials {
			a.Counts.Unsupported++
			continue
		}
		a.Counts.Add(e.Verdict.Result, 1)
		a.Credentials = append(a.Credentials, Credential{Where: e.Where, Carrier: e.Carrier, Verdict: trimmed(e.Verdict), Link: e.Link,
			Key: cmp.Or(e.Key, CredentialKey(key, s.Tenant, e.Verdict.Identity)), Proven: e.Verdict.Proven})
		a.claims(len(a.Credentials)-1, e.Skills)
	}
	a.summarise(s.Checked.Unix())
	return a
}

// KeepLinks gives what of links that led to no badge a document keeps
// (Application.NotFollowed): those that are asked again first, MaxLinks of them,
// and at least one for each reason; the others are counted in Link.More of the last
// that is as they are.
func KeepLinks(links []Link) []Link {
	type kind struct {
		reason  string
		pending bool
	}
	var out []Link
	last := map[kind]int{}
	for _, pending := range []bool{true, false} {
		for _, l := range links {
			if l.Pending != pending {
				continue
			}
			k := kind{l.Reason, pending}
			at, ok := last[k]
			if ok && len(out) >= MaxLinks {
				out[at].More += 1 + l.More
				continue
			}
			last[k] = len(out)
			l.Where, l.URL = Cut(plain(l.Where), maxText), Cut(plain(l.URL), maxText)
			out = append(out, l)
		}
	}
	return out
}

// UnreadGroups puts parts that were not read for one reason together, in the order
// in which the reasons were met.
func UnreadGroups(unread []Unread) [][]Unread {
	var out [][]Unread
	at := map[Unread]int{}
	for _, u := range unread {
		why := Unread{Reason: u.Reason, Detail: u.Detail}
		i, ok := at[why]
		if !ok {
			i = len(out)
			at[why] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], u)
	}
	return out
}

// LinksOf counts links that led to no badge: all, and those that are asked again.
func (a *Application) LinksOf() (all, pending int) {
	for _, l := range a.NotFollowed {
		all += 1 + l.More
		if l.Pending {
			pending += 1 + l.More
		}
	}
	return all, pending
}

// Refresh works out anew what claims say of their badges, and what follows as of
// the check: Worth, Breadth and Flat, which documents of an earlier schema may lack.
func Refresh(a *Application) {
	if !a.Erased {
		a.restate()
		a.summarise(a.CheckedAt.Unix())
	}
}

// Remake works the claims out anew from the stored credentials, with another
// taxonomy: what a rebuild after an import does.
func Remake(a *Application, resolve func(verdict.Credential) []skills.Skill) {
	if a.Erased {
		return
	}
	a.Claims = nil
	for i := range a.Credentials {
		a.claims(i, SkillsOf(&a.Credentials[i].Verdict, resolve))
	}
	a.summarise(a.CheckedAt.Unix())
}

// trimmed cuts what a verdict carries but no page shows: long texts, and
// images that stand in the credential itself.
func trimmed(v verdict.Verdict) verdict.Verdict {
	v.Credential.Name = plain(v.Credential.Name)
	v.Credential.Issuer.Name = plain(v.Credential.Issuer.Name)
	v.Unconfirmed.Name, v.Unconfirmed.Issuer = plain(v.Unconfirmed.Name), plain(v.Unconfirmed.Issuer)
	v.Credential.Description = plain(Cut(v.Credential.Description, maxText))
	v.Credential.Criteria = plain(Cut(v.Credential.Criteria, maxText))
	if strings.HasPrefix(v.Credential.Image, "data:") || len(v.Credential.Image) > 2048 {
		v.Credential.Image = ""
	}
	v.Contained = nil // entries of their own
	return v
}

// plain takes out what may not be shown, but line breaks and tabs: with it a
// badge could show a recruiter another name than it has.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || read.Shown(r) {
			return r
		}
		return -1
	}, s)
}

// Cut shortens s to n bytes at a character's edge.
func Cut(s string, n int) string {
	return read.Cut(s, n)
}

// wordGap stands in a searched text where a sentence or a part of it ends: no
// query can hold it, so no phrase reaches over it.
const wordGap = "·"

// sign begins a word of Claim.NameWords that stands for what the badge is about: no
// text folds to it.
const sign = "="

// maxSign is the longest of such words in bytes: engines part longer ones.
const maxSign = 250

// Sign gives the word of Claim.NameWords that says that a badge is about a skill
// before others, or is a certificate: by the concept's URI or the certificate's id.
// "" is none.
func Sign(id string) string {
	if id == "" || len(id) >= maxSign || strings.ContainsFunc(id, unicode.IsSpace) {
		return ""
	}
	return sign + id
}

// signed appends signs to a text, each once.
func signed(text string, signs ...string) string {
	for _, s := range signs {
		if s == "" || slices.Contains(strings.Fields(text), s) {
			continue
		}
		if text != "" {
			text += " "
		}
		text += s
	}
	return text
}

// signsOf gives the signs that stand in a text.
func signsOf(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(w string) bool { return !strings.HasPrefix(w, sign) })
}

// text gives the searched form of a text, at most maxWords words, none longer
// than 64 bytes.
func text(parts ...string) string {
	var out []string
	n := 0
	for _, p := range parts {
		for piece := range pieces(Cut(p, maxText)) {
			gap := n > 0
			for _, w := range Words(piece) {
				if len(w) > 64 {
					continue
				}
				if gap {
					out, gap = append(out, wordGap), false
				}
				out = append(out, w)
				if n++; n == maxWords {
					return strings.Join(out, " ")
				}
			}
		}
	}
	return strings.Join(out, " ")
}

// Phrases gives the parts of a text that are searched as a phrase each: a question for all of
// it asks for each by itself.
func Phrases(s string) []string {
	var out []string
	for piece := range pieces(Cut(s, maxText)) {
		if piece = strings.TrimSpace(piece); len(Words(piece)) > 0 {
			out = append(out, piece)
		}
	}
	return out
}

// pieces splits a text where a phrase ends: at brackets, dashes and the like, and
// at full stops, commas and colons before a space or the end ("Node.js" is one).
func pieces(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i, r := range s {
			next := i + utf8.RuneLen(r)
			stop := strings.ContainsRune(";()|–—!?•\n", r)
			if !stop && strings.ContainsRune(":,.", r) {
				after, _ := utf8.DecodeRuneInString(s[next:])
				stop = next == len(s) || unicode.IsSpace(after)
			}
			if stop {
				if !yield(s[start:i]) {
					return
				}
				start = next
			}
		}
		yield(s[start:])
	}
}

// claims appends the claims of credential n.
func (a *Application) claims(n int, list []skills.Skill) {
	v := &a.Credentials[n].Verdict
	c := &v.Credential
	base := Claim{Credential: n, NameWords: text(append([]string{c.Name}, c.Tags...)...)}
	for i := range list {
		if s := &list[i]; s.About {
			base.NameWords = signed(base.NameWords, Sign(s.ID))
			if s.Certificate != nil {
				base.NameWords = signed(base.NameWords, Sign(s.Certificate.ID))
			}
		}
	}
	base.says(v)
	base.Certificate, base.TitleWords = titleOf(v)
	if len(list) == 0 {
		list = []skills.Skill{{}}
	}
	for i, s := range list {
		if len(a.Claims) == MaxClaims {
			return
		}
		k := base
		k.ID, k.Label, k.Framework, k.Basis = Cut(s.ID, 1024), Cut(plain(s.Label), 256), Cut(plain(s.Framework), 128), s.Basis
		k.Soft, k.Level = s.Soft, Cut(plain(s.Level), 64)
		if s.Above != nil {
			k.Ancestors, k.Domain = s.Above.Ancestors, s.Above.Domain
		}
		k.Scale, k.Rank = skills.ParseLevel(s.Level)
		if s.Basis == skills.BasisUnmapped {
			k.Named, k.Framework = k.Framework, ""
		}
		if t := s.Target; t != nil {
			k.URL, k.Code = Cut(t.TargetURL, 1024), Cut(plain(t.TargetCode), 128)
		}
		k.FrameworkW = Key(k.Framework)
		k.LabelWords = text(s.Searched())
		if i == 0 {
			k.AboutWords = text(c.Description)
		}
		a.Claims = append(a.Claims, k)
	}
}

// says sets what a claim says of its badge beside the skill.
func (k *Claim) says(v *verdict.Verdict) {
	c := &v.Credential
	k.Status = cmp.Or(v.Result, verdict.Unsupported)
	k.Standing = standingOf(v)
	k.Issuer = Cut(c.Issuer.ID, 1024)
	k.IssuerName = Cut(plain(ShownIssuer(v)), 512)
	hosts, names := known(v)
	k.Hosts, k.IssuerW = hosts, text(names...)
	k.ClaimedW = text(c.Issuer.Name, c.Issuer.ID)
	k.Earned, k.Expires = c.Issued.UTC(), c.Expires.UTC()
	k.Year, k.Until = 0, Never
	if !c.Issued.IsZero() {
		k.Year = k.Earned.Year()
	}
	if !c.Expires.IsZero() {
		k.Until = min(c.Expires.Unix(), Never)
	}
}

func standingOf(v *verdict.Verdict) string {
	if a := v.Aspects.Standing; a.State != verdict.Fail {
		return string(a.Level)
	}
	return Blocked
}

// weigh sets Claim.Worth: of each concept the claim that runs out last counts
// one; where a concept is another framework's name for one that is proven too,
// one is taken off for as long as both hold.
func (a *Application) weigh() {
	best := map[string]*Claim{}
	for i := range a.Claims {
		c := &a.Claims[i]
		c.Worth = 0
		if c.Status != verdict.Verified || c.ID == "" {
			continue
		}
		if b := best[c.ID]; b == nil || b.Until < c.Until {
			best[c.ID] = c
		}
	}
	for id, c := range best {
		c.Worth++
		if len(c.Ancestors) == 0 || c.Ancestors[0] == id {
			continue
		}
		if p := best[c.Ancestors[0]]; p != nil && p.Framework != c.Framework {
			if p.Until < c.Until {
				p.Worth--
			} else {
				c.Worth--
			}
		}
	}
}

// summarise works out Held, Breadth and Flat as of now (Unix seconds), and what
// blind readers search.
func (a *Application) summarise(now int64) {
	a.holds()
	a.blind()
	a.weigh()
	a.Breadth = BreadthOf(a, now)
	a.Flat = FlatAt(a, now)
	a.Flat.Ties = a.ties(now)
}

// FlatAt gives what the verified claims of an application say at a moment (Unix
// seconds).
func FlatAt(a *Application, now int64) Flat {
	f := Flat{NextUntil: Never, Clear: true}
	var open, openCertificates []string
	for i := range a.Claims {
		c := &a.Claims[i]
		if c.Status != verdict.Verified {
			continue
		}
		f.NextUntil = min(f.NextUntil, c.Until)
		if EffectiveStatus(c, now) != verdict.Verified {
			continue
		}
		f.Skills = once(f.Skills, c.ID)
		for _, x := range c.Ancestors {
			f.Ancestors = once(f.Ancestors, x)
		}
		f.Soft = once(f.Soft, c.Soft)
		f.Frameworks = once(f.Frameworks, c.Framework)
		f.Issuers = once(f.Issuers, c.Issuer)
		f.Certificates = once(f.Certificates, c.Certificate)
		seen := c.ForBlind()
		open, openCertificates = once(open, seen.Issuer), once(openCertificates, seen.Certificate)
		f.Clear = f.Clear && seen.Issuer == c.Issuer && seen.Certificate == c.Certificate
		f.Standings = once(f.Standings, c.Standing)
		f.Domains = once(f.Domains, c.Domain)
		if c.Year != 0 {
			f.Years = once(f.Years, strconv.Itoa(c.Year))
		}
	}
	if !f.Clear {
		f.BlindIssuers, f.BlindCertificates = open, openCertificates
	}
	return f
}

func once(list []string, v string) []string {
	if v == "" || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// BreadthOf says how much the application proves at a moment (Unix seconds):
// verified claims that have not expired.
func BreadthOf(a *Application, now int64) Breadth {
	var b Breadth
	var ids, domains, softs, issuers, achievements []string
	credentials := map[int]bool{}
	years := map[int]bool{}
	for i := range a.Claims {
		c := &a.Claims[i]
		if EffectiveStatus(c, now) != verdict.Verified {
			continue
		}
		if a.elsewhere(c, now) == nil {
			ids = once(ids, c.ID)
			domains = once(domains, c.Domain)
		}
		softs = once(softs, c.Soft)
		issuers = once(issuers, a.counted(c))
		if credentials[c.Credential] {
			continue
		}
		credentials[c.Credential] = true
		achievements = once(achievements, a.achievement(c))
		if !c.Earned.IsZero() {
			years[c.Year] = true
			if b.First.IsZero() || c.Earned.Before(b.First) {
				b.First = c.Earned
			}
			if c.Earned.After(b.Last) {
				b.Last = c.Earned
			}
		}
		if c.Until != Never && (b.NextExpiry.IsZero() || c.Expires.Before(b.NextExpiry)) {
			b.NextExpiry = c.Expires
		}
	}
	b.Skills, b.Domains, b.SoftSkills, b.Issuers = len(ids), len(domains), len(softs), len(issuers)
	b.Credentials = len(achievements)
	for y := range years {
		if years[y-1] {
			continue
		}
		run := 1
		for years[y+run] {
			run++
		}
		b.Years = max(b.Years, run)
	}
	return b
}

// elsewhere gives the claim whose concept c's is another framework's name for,
// when the applicant proves that one too: the two count once.
func (a *Application) elsewhere(c *Claim, now int64) *Claim {
	if c.ID == "" || len(c.Ancestors) == 0 {
		return nil
	}
	for i := range a.Claims {
		o := &a.Claims[i]
		if o.ID == c.Ancestors[0] && o.ID != c.ID && o.Framework != c.Framework && EffectiveStatus(o, now) == verdict.Verified {
			return o
		}
	}
	return nil
}

// counted gives as what a claim's issuer counts among others: twenty accounts of
// one platform, or pages of one host, are one.
func (a *Application) counted(c *Claim) string {
	return cmp.Or(a.Credentials[c.Credential].Verdict.Backing.Counts, c.Issuer)
}

// achievement names what a credential is about, so that one issuer's copies of
// one achievement (the same badge in two documents, or issued again) count
// once.
func (a *Application) achievement(c *Claim) string {
	v := &a.Credentials[c.Credential].Verdict.Credential
	id := v.AchievementID
	if id == "" {
		id = "name:" + skills.Folded(v.Name)
	}
	return c.Issuer + "\x00" + id
}

// DepthOf says how well the application proves each skill at a moment (Unix
// seconds), the best proven first. Unmapped skills count by their label.
func DepthOf(a *Application, now int64) []Depth {
	type work struct {
		Depth
		achievements, issuers []string
	}
	var list []*work
	byID := map[string]*work{}
	for i := range a.Claims {
		c := &a.Claims[i]
		if c.Label == "" || EffectiveStatus(c, now) != verdict.Verified {
			continue
		}
		shown := c
		if o := a.elsewhere(c, now); o != nil {
			shown = o
		}
		id := shown.ID
		if id == "" {
			if id = "words:" + c.LabelWords; c.LabelWords == "" {
				id = "label:" + c.Label // signs only
			}
		}
		w := byID[id]
		if w == nil {
			w = &work{Depth: Depth{ID: shown.ID, Label: shown.Label, Framework: shown.Framework, Soft: shown.Soft}}
			byID[id] = w
			list = append(list, w)
		}
		w.achievements = once(w.achievements, a.achievement(c))
		w.issuers = once(w.issuers, a.counted(c))
		w.Level = skills.BetterLevel(w.Level, c.Level)
		if !c.Earned.IsZero() {
			if w.First.IsZero() || c.Earned.Before(w.First) {
				w.First = c.Earned
			}
			if c.Earned.After(w.Last) {
				w.Last = c.Earned
			}
		}
		if c.Until != Never && (w.NextExpiry.IsZero() || c.Expires.Before(w.NextExpiry)) {
			w.NextExpiry = c.Expires
		}
	}
	out := make([]Depth, len(list))
	for i, w := range list {
		w.Credentials, w.Issuers = len(w.achievements), len(w.issuers)
		out[i] = w.Depth
	}
	slices.SortStableFunc(out, func(x, y Depth) int {
		if x.Issuers != y.Issuers {
			return y.Issuers - x.Issuers
		}
		return y.Credentials - x.Credentials
	})
	return out
}

// CountsAt counts the credentials by effective status at a moment (Unix
// seconds).
func CountsAt(a *Application, now int64) verdict.Counts {
	c := a.Counts
	for i := range a.Credentials {
		v := &a.Credentials[i].Verdict
		if v.Credential.Expires.IsZero() || v.Credential.Expires.Unix() > now {
			continue
		}
		if v.Result == verdict.Verified || v.Result == verdict.Authentic {
			c.Add(v.Result, -1)
			c.Add(verdict.Expired, 1)
		}
	}
	return c
}

// EffectiveStatus judges expiry: a verified or authentic claim whose Until is not
// after now (Unix seconds) counts as verdict.Expired. What was never proven does
// not become a real badge whose time is over.
func EffectiveStatus(c *Claim, now int64) verdict.Result {
	if c.Until <= now && (c.Status == verdict.Verified || c.Status == verdict.Authentic) {
		return verdict.Expired
	}
	return c.Status
}

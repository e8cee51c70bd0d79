// Package issuers is what an employer says of issuers: whom to trust and whom to
// block, which registries count, and the least standing of a verified badge. It
// holds the form of each such word ([Word.Check]), what they come to together
// ([Book.Policy]), and what is told of the issuers that a tenant's applicants have
// badges of ([Row]).
//
// A word is the newest of its key (one issuer, path or host in whatever spelling;
// one registry; the accepted standing), and every word stays in the log of its
// bucket with who said it and when.
//
// Out of scope: where words are kept and who may write them (package ingest), and
// what a policy does to a badge (package verify).
package issuers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/index/skills"
	"assay/verify"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Kind is what a word says.
type Kind string

// Kinds of words.
const (
	Trust  Kind = "trust"  // an issuer, a path or a host is trusted
	Block  Kind = "block"  // an issuer, a path or a host is blocked
	Forget Kind = "forget" // of an issuer, a path or a host nothing is said any more
	Import Kind = "import" // issuers of a registry are trusted
	Drop   Kind = "drop"   // a registry counts no more
	Accept Kind = "accept" // the least standing of a verified badge
	Map    Kind = "map"    // a word of badges that no framework knows is a skill; it is about no issuer, and kept beside what is
)

// Word is one thing that an employer says.
type Word struct {
	Kind     Kind          `json:"kind"`
	Issuer   string        `json:"issuer,omitempty"` // of trust, block and forget: an id, a path that ends in "/", or a host
	Name     string        `json:"name,omitempty"`   // of trust: the issuer is shown by it
	Note     string        `json:"note,omitempty"`   // for whoever reads the log
	Accept   verdict.Level `json:"accept,omitempty"`
	Registry *Registry     `json:"registry,omitempty"` // of import; of drop its source alone
	Label    string        `json:"label,omitempty"`    // of map: what badges say
	Skill    string        `json:"skill,omitempty"`    // of map: the URI of the concept that it is; "" = none any more
	By       string        `json:"by"`                 // who said it, as the door knows him
	At       time.Time     `json:"at"`
}

// Registry is a registry that an employer chose, as far as its issuers count.
type Registry struct {
	Source  string            `json:"source"` // https URL, or the name of a file
	Title   string            `json:"title,omitempty"`
	Whole   bool              `json:"whole,omitempty"`   // every entry counts, later ones too; else those that were chosen
	Entries map[string]string `json:"entries,omitempty"` // id → name, of those that count
	Others  map[string]string `json:"others,omitempty"`  // that it lists and that do not count
	Loaded  time.Time         `json:"loaded,omitzero"`   // when it last was read
}

// Remote reports whether the registry is read again by itself.
func (r *Registry) Remote() bool { return strings.HasPrefix(r.Source, "https://") }

// Bounds of a word.
const (
	MaxIssuer   = 2048 // bytes of an issuer's id
	MaxName     = 256  // characters
	MaxNote     = 1024 // characters
	MaxEntries  = 5000 // of a registry that count
	MaxMapped   = 2000 // words that are mapped
	maxEntryLen = 512 << 10
)

// Errors of Check, beside verify.ErrTrust and verify.ErrMany.
var (
	ErrForm   = errors.New("not a decision on an issuer")
	ErrAuthor = errors.New("a decision without an author")
)

// Errors of carrying a word out.
var (
	ErrBlocked  = errors.New("a block stands in the way: forget it first")
	ErrRegistry = errors.New("the registry could not be loaded")
)

// LoadError says that a registry could not be loaded, and of the reason no more than
// anybody may know of a host: its status, or what is wrong with its text. It wraps
// ErrRegistry and Cause.
type LoadError struct {
	Status int    // of HTTP, where it was another than 200
	Text   string // what is wrong with what the host answered
	Cause  error  // for the log
}

// Error is ErrRegistry with Status or Text.
func (e *LoadError) Error() string {
	switch {
	case e.Status != 0:
		return fmt.Sprintf("%v: its server answers %d", ErrRegistry, e.Status)
	case e.Text != "":
		return fmt.Sprintf("%v: %s", ErrRegistry, e.Text)
	}
	return ErrRegistry.Error()
}

// Unwrap gives ErrRegistry and the cause.
func (e *LoadError) Unwrap() []error { return []error{ErrRegistry, e.Cause} }

// Chosen is what an employer chooses of a registry.
type Chosen struct {
	Source  string          // https URL, or with Body the name of a file
	Body    json.RawMessage // the registry's text; nil = it is loaded from Source
	Entries []string        // ids that count, beside those of it that count already
	Whole   bool            // every entry counts, later ones too
	Note    string
	By      string
}

// Check refuses a word that is none: ErrForm, ErrAuthor, or what verify says of an
// issuer that cannot be decided on.
func (w *Word) Check() error {
	if w.By == "" || w.At.IsZero() || utf8.RuneCountInString(w.By) > MaxName || read.Printable(w.By) != w.By {
		return ErrAuthor
	}
	if w.Registry != nil && w.Registry.Source == "" {
		return fmt.Errorf("%w: a registry has a source", ErrForm)
	}
	for _, s := range []struct {
		what, text string
		most       int
	}{{"issuer", w.Issuer, MaxIssuer}, {"name", w.Name, MaxName}, {"note", w.Note, MaxNote}, {"label", w.Label, MaxName}, {"skill", w.Skill, MaxIssuer}} {
		if !utf8.ValidString(s.text) || utf8.RuneCountInString(s.text) > s.most || read.Printable(s.text) != s.text {
			return fmt.Errorf("%w: its %s is longer than %d characters, or holds some that cannot be shown", ErrForm, s.what, s.most)
		}
	}
	of := func(issuer, name, accept, registry bool) error {
		for _, x := range []struct {
			what      string
			have, may bool
		}{{"an issuer", w.Issuer != "", issuer}, {"a name", w.Name != "", name}, {"a standing", w.Accept != "", accept}, {"a registry", w.Registry != nil, registry}, {"a word of badges", w.Label != "" || w.Skill != "", w.Kind == Map}} {
			if x.have && !x.may {
				return fmt.Errorf("%w: %q with %s", ErrForm, w.Kind, x.what)
			}
		}
		return nil
	}
	switch w.Kind {
	case Trust, Block, Forget:
		if err := of(true, w.Kind == Trust, false, false); err != nil {
			return err
		}
		if w.Kind == Forget {
			_, err := verify.Decision{Issuer: w.Issuer, Block: true}.Key()
			return err
		}
		_, err := w.decision().Key()
		return err
	case Accept:
		if err := of(false, false, true, false); err != nil {
			return err
		}
		if w.Accept == verdict.LevelSelf || w.Accept.Rank() == 0 {
			return fmt.Errorf("%w: %.32q is not key, page, account, domain or listed", ErrForm, w.Accept)
		}
		return nil
	case Map:
		if err := of(false, false, false, false); err != nil {
			return err
		}
		if skills.Folded(w.Label) == "" {
			return fmt.Errorf("%w: %q without a word of badges", ErrForm, w.Kind)
		}
		return nil
	case Import, Drop:
		if err := of(false, false, false, true); err != nil {
			return err
		}
		return w.Registry.check(w.Kind == Drop)
	}
	return fmt.Errorf("%w: there is no %.32q", ErrForm, w.Kind)
}

func (r *Registry) check(drop bool) error {
	switch {
	case r == nil || r.Source == "" || len(r.Source) > MaxIssuer || read.Printable(r.Source) != r.Source:
		return fmt.Errorf("%w: a registry has a source, an https URL or a file's name", ErrForm)
	case strings.Contains(r.Source, "://") && !r.Remote():
		return fmt.Errorf("%w: a registry is read over https", ErrForm)
	case drop:
		return nil
	case len(r.Entries)+len(r.Others) > MaxEntries:
		return fmt.Errorf("%w: %d issuers of a registry, %d are taken", ErrForm, len(r.Entries)+len(r.Others), MaxEntries)
	case r.Whole && len(r.Others) > 0:
		return fmt.Errorf("%w: a registry is taken whole, or some of it", ErrForm)
	}
	size := 0
	for _, list := range []map[string]string{r.Entries, r.Others} {
		for id, name := range list {
			if size += len(id) + len(name); size > maxEntryLen {
				return fmt.Errorf("%w: the registry's issuers are more than %d KiB", ErrForm, maxEntryLen>>10)
			}
		}
	}
	return nil
}

// decision is what trust and block say, as verify takes it.
func (w *Word) decision() verify.Decision {
	return verify.Decision{Issuer: w.Issuer, Block: w.Kind == Block, Name: w.Name, Source: "the employer"}
}

// Of reports whether a word may change how a badge of an issuer is decided.
// Registries and the accepted standing are about all.
func (w *Word) Of(id string) bool {
	switch w.Kind {
	case Trust, Block:
		return w.decision().Of(id)
	case Forget:
		return verify.Decision{Issuer: w.Issuer}.Of(id) || verify.Decision{Issuer: w.Issuer, Block: true}.Of(id)
	}
	return true
}

// About reports whether a word is about some issuers only.
func (w *Word) About() bool { return w.Kind == Trust || w.Kind == Block || w.Kind == Forget }

// Keys are those under which a word stands, each a token of letters and digits
// with a group before a dot: the newest word of a key is the one that counts.
// Forget takes back whatever was said in that spelling, so it has two.
func (w *Word) Keys() []string {
	key := func(group, s string) string {
		sum := sha256.Sum256([]byte(s))
		return group + "." + hex.EncodeToString(sum[:16])
	}
	switch w.Kind {
	case Accept:
		return []string{"accept"}
	case Map:
		return []string{key("skill", skills.Folded(w.Label))}
	case Import, Drop:
		if w.Registry == nil {
			return nil
		}
		return []string{key("registry", w.Registry.Source)}
	case Trust, Block:
		k, _ := w.decision().Key()
		return []string{key("issuer", k)}
	}
	k1, err := verify.Decision{Issuer: w.Issuer}.Key()
	k2, _ := verify.Decision{Issuer: w.Issuer, Block: true}.Key()
	if err != nil || k1 == k2 { // what cannot be trusted can be blocked
		return []string{key("issuer", k2)}
	}
	return []string{key("issuer", k1), key("issuer", k2)}
}

// Book is what an employer says, by the key of each word.
type Book map[string]Word

// Policy is what the words come to, with the installation's policy for what the
// employer says nothing of. Words that are none are passed over; what a book holds
// was checked before.
func (b Book) Policy(installation verify.Policy) verify.Policy {
	p := installation
	var all []verify.Decision
	for _, k := range slices.Sorted(maps.Keys(b)) {
		w := b[k]
		switch w.Kind {
		case Trust, Block:
			all = append(all, w.decision())
		case Accept:
			p.Accept = w.Accept
		case Import:
			p.Trust = p.Trust.WithRegistry(verify.Registry{Title: w.Registry.source(), Entries: w.Registry.Entries})
		}
	}
	all = slices.DeleteFunc(all, func(d verify.Decision) bool {
		_, err := d.Key()
		return err != nil
	})
	if t, err := p.Trust.With(all...); err == nil && len(all) > 0 {
		p.Trust = t
	}
	return p
}

func (r *Registry) source() string {
	if r.Title != "" {
		return r.Title
	}
	return r.Source
}

// Registries are the registries that count, by their source.
func (b Book) Registries() []Word {
	var out []Word
	for _, w := range b {
		if w.Kind == Import {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(x, y Word) int { return strings.Compare(x.Registry.Source, y.Registry.Source) })
	return out
}

// Mapped are the words of badges that are mapped to a skill, by what they say.
func (b Book) Mapped() []Word {
	var out []Word
	for _, w := range b {
		if w.Kind == Map && w.Skill != "" {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(x, y Word) int { return strings.Compare(x.Label, y.Label) })
	return out
}

// Words gives the concepts' URIs of the words that are mapped, by the words folded
// (skills.Folded); nil where there is none.
func (b Book) Words() map[string]string {
	var out map[string]string
	for _, w := range b.Mapped() {
		if out == nil {
			out = map[string]string{}
		}
		out[skills.Folded(w.Label)] = w.Skill
	}
	return out
}

// Decisions are the issuers that are trusted or blocked, by their ids.
func (b Book) Decisions() []Word {
	var out []Word
	for _, w := range b {
		if w.Kind == Trust || w.Kind == Block {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(x, y Word) int { return strings.Compare(x.Issuer, y.Issuer) })
	return out
}

// Said is the word that decides on an issuer, by its id, its path or its host: a
// block where there is one, and of several the newest; nil for none.
func (b Book) Said(id string) *Word {
	var out *Word
	for _, w := range b {
		switch {
		case w.Kind != Trust && w.Kind != Block, !w.decision().Of(id):
		case out == nil, w.Kind == Block && out.Kind != Block, w.Kind == out.Kind && w.At.After(out.At):
			out = &w
		}
	}
	return out
}

// Of gives the registry as it counts when it was read: taken whole every entry, else
// those that are chosen and that it lists. So an entry that vanishes ends, and a
// registry taken whole brings what it lists later.
func (r *Registry) Of(now *verify.Registry, chosen func(id string) bool, at time.Time) *Registry {
	out := &Registry{Source: r.Source, Title: read.Cut(now.Title, MaxName), Whole: r.Whole, Entries: map[string]string{}, Others: map[string]string{}, Loaded: at}
	for id, name := range now.Entries {
		if r.Whole || chosen(id) {
			out.Entries[id] = name
		} else {
			out.Others[id] = name
		}
	}
	return out
}

// Refreshed gives the word of a registry as it is read again: what counts, counts
// as long as the registry lists it. changed reports whether it says anything new.
func Refreshed(w Word, now *verify.Registry, at time.Time) (out Word, changed bool) {
	was := w.Registry
	out = w
	out.Registry = was.Of(now, func(id string) bool { _, ok := was.Entries[id]; return ok }, at)
	r := out.Registry
	return out, !maps.Equal(r.Entries, was.Entries) || !maps.Equal(r.Others, was.Others) || r.Title != was.Title
}

// Blocking gives the block that stands in the way of trusting an issuer, nil for
// none: a block wins, so that trust beside it would be a word without effect.
func (b Book) Blocking(w *Word) *Word {
	for k, x := range b {
		if x.Kind != Block || slices.Contains(w.Keys(), k) {
			continue
		}
		if d := x.decision(); d.Of(w.Issuer) || d.Of("https://"+w.Issuer+"/") {
			return &x
		}
	}
	return nil
}

// Listing names the registries that list an issuer, whether the entry counts or not.
func (b Book) Listing(id string) []string {
	var out []string
	for _, w := range b.Registries() {
		all := verify.Registry{Entries: maps.Clone(w.Registry.Entries)}
		if all.Entries == nil {
			all.Entries = map[string]string{}
		}
		maps.Copy(all.Entries, w.Registry.Others)
		if all.Lists(id) {
			out = append(out, w.Registry.source())
		}
	}
	return out
}

// Row is an issuer of badges that a tenant's applicants have.
type Row struct {
	Issuer     string            `json:"issuer"` // id
	Shown      string            `json:"shown,omitempty"`
	Applicants int               `json:"applicants"`
	About      bool              `json:"about,omitempty"` // Applicants is nearly so
	Apps       int               `json:"applications"`    // of theirs, with such a badge
	Standing   verdict.Level     `json:"standing,omitempty"`
	Decision   Kind              `json:"decision,omitempty"` // trust or block, where the employer said so
	By         string            `json:"by,omitempty"`       // who
	Resembles  bool              `json:"resembles"`          // could be taken for one that is listed
	Warnings   []verdict.Warning `json:"warnings,omitempty"`
	Registries []string          `json:"registries,omitempty"` // that the employer knows and that list it, whether it counts or not
	Worth      bool              `json:"worth"`                // a decision: nothing but a key, and several applicants have its badges

	// Of one that is proven, for a page that puts them into words of its own.
	Backing verdict.Backing `json:"-"`
	Claims  string          `json:"-"` // what it calls itself
}

// Change is what a word would change, as counted before it is said.
type Change struct {
	Issuers int  // in the index, that the word is about
	Apps    int  // applications with a badge of one of them, or in all for a word about all
	Read    int  // of those that were looked at, MaxCounted at most
	Badges  int  // of those issuers, that were looked at
	Gain    int  // badges that would be verified and are not
	Lose    int  // badges that are verified and would not be
	Gaining int  // applicants with one that would be
	Losing  int  // applicants with one that would not be any more
	Judged  bool // Gain and Lose are known: not where nothing is judged
	First   []Changed
}

// Changed is an application of which something would change.
type Changed struct {
	ID, Application, Name string
	Reference             string   // by which a blind reader asks for it
	Gain, Lose            []string // names of badges, a few
}

// Bounds of counting what a word would change.
const (
	MaxCounted = 2000 // applications
	FewChanged = 5    // applications that are named, and badges of each
)

// Work is how far the deciding again of what is indexed is.
type Work struct {
	Done  int       `json:"done"`  // applications looked at
	Total int       `json:"total"` // of so many, 0 = not counted yet
	Since time.Time `json:"since,omitzero"`
}

// List is what GET /v1/issuers gives.
type List struct {
	Accept     verdict.Level    `json:"accept"`
	Issuers    []Row            `json:"issuers"` // by number of applicants, most first
	Total      int              `json:"total"`   // issuers, of which the first are given
	Decisions  []Word           `json:"decisions"`
	Registries []RegistryStatus `json:"registries"`
	Work       *Work            `json:"work,omitempty"` // what is indexed is being decided again
	Mapped     []Word           `json:"-"`              // words of badges, beside what is said of issuers
}

// RegistryStatus is a registry that counts, and how reading it last went.
type RegistryStatus struct {
	Source  string    `json:"source"`
	Title   string    `json:"title,omitempty"`
	Whole   bool      `json:"whole"`
	Entries int       `json:"entries"` // that count
	Others  int       `json:"others"`  // that it lists and that do not count
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Loaded  time.Time `json:"loaded,omitzero"`
	Failed  time.Time `json:"failed,omitzero"` // could not be loaded, last at this time
	Why     string    `json:"why,omitempty"`
}

// Receipt is the answer to a word.
type Receipt struct {
	Key        string `json:"key,omitempty"` // of the word in the log
	Revision   uint64 `json:"revision"`
	Applicants int    `json:"applicants"`        // applications that are decided again
	Entries    int    `json:"entries,omitempty"` // of a registry, that count now
	Offered    []Item `json:"offered,omitempty"` // a registry's entries, where none was chosen
	Title      string `json:"title,omitempty"`   // of the registry
	Unchanged  bool   `json:"unchanged,omitempty"`
}

// Item is an entry of a registry.
type Item struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

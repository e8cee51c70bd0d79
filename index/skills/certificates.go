package skills

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"assay/verify/verdict"
)

//go:embed certificates.tsv
var certificatesFile string

// Certificate is a certificate or licence of the table that assay carries
// (certificates.tsv). Names of a language's examinations have a row for each
// level.
type Certificate struct {
	ID         string // short and lasting: "pmp"
	Name       string
	Names      []string // other names and abbreviations
	Issuers    []CertificateIssuer
	Skills     []string // concept URIs, the one that it is most about first
	Level      string   // "step" and 1 to 4, "cefr" and A1 to C2, or nothing
	Supersedes []string // ids of certificates that its holder had to have, or has left behind
	Equivalent []string // ids of certificates that employers take for it
	Sector     string   // one word: it, health, transport …
	Source     string   // https URL of a public page about it
}

// CertificateIssuer is one who issues a certificate.
type CertificateIssuer struct {
	Name  string
	Hosts []string // their own, where they are known; hosts below them are theirs, too
}

// certificateTable is the table as it is read.
type certificateTable struct {
	list    []Certificate
	issuers map[string]bool // names of several words, folded
}

var certificates = sync.OnceValue(func() *certificateTable {
	t, err := readCertificates(certificatesFile)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return t
})

// readCertificates reads the table: its form, not what it says of skills, which a
// taxonomy knows.
func readCertificates(file string) (*certificateTable, error) {
	t := &certificateTable{issuers: map[string]bool{}}
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		bad := func(problem string) error {
			return &FileError{File: "certificates.tsv", Line: n, Problem: problem}
		}
		if len(f) != 10 {
			return nil, bad(fmt.Sprintf("%d fields, want 10", len(f)))
		}
		c := Certificate{ID: f[0], Name: f[1], Names: splitNames(f[2]), Level: f[5],
			Supersedes: splitList(f[6]), Equivalent: splitList(f[7]), Sector: f[8], Source: f[9]}
		for _, issuer := range splitNames(f[3]) {
			name, hosts, _ := strings.Cut(issuer, "=")
			c.Issuers = append(c.Issuers, CertificateIssuer{name, splitList(hosts)})
			w := strings.Fields(Folded(name))
			for _, part := range [][]string{w, w[min(len(w), 1):], w[:max(len(w)-1, 0)]} {
				if len(part) > 1 {
					t.issuers[strings.Join(part, " ")] = true
				}
			}
		}
		refs := splitList(f[4])
		for _, ref := range refs {
			c.Skills = append(c.Skills, certificateSkill(ref))
		}
		u, err := url.Parse(c.Source)
		switch {
		case c.ID == "" || c.Name == "" || c.Sector == "":
			return nil, bad("no id, name or sector")
		case len(refs) == 0:
			return nil, bad("no skill")
		case err != nil || u.Scheme != "https" || u.Host == "":
			return nil, bad("no source")
		case c.Level != "" && levelText(c.Level) == "":
			return nil, bad("no level")
		}
		t.list = append(t.list, c)
	}
	return t, nil
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// certificateSkill gives the URI of a skill as the table names it: by the id of a
// skill or technology of the core.
func certificateSkill(ref string) string {
	kind := kindTechnology
	if isUUID(ref) {
		kind = kindSkill
	}
	id, _ := fullID(kind, ref)
	return id
}

// steps are the words for the steps 1 to 4 of a certificate's level.
var steps = [...]string{"foundation", "intermediate", "advanced", "expert"}

// levelText gives a level of the table as credentials write levels, "" when it is
// none.
func levelText(level string) string {
	scale, rank, _ := strings.Cut(level, " ")
	switch {
	case scale == "step" && len(rank) == 1 && rank[0] >= '1' && rank[0] <= '4':
		return steps[rank[0]-'1']
	case scale == "cefr":
		if s, _ := ParseLevel(rank); s == "cefr" {
			return rank
		}
	}
	return ""
}

// levelWithin gives the level that a certificate shows whose own name holds the word
// of one. An examination's level is what it is; the table's steps are a reading of
// ours, and a word above them is a title: a Tableau Desktop Specialist is no expert.
func (c *Certificate) levelWithin(word string) string {
	scale, rank, _ := strings.Cut(c.Level, " ")
	if scale == "cefr" {
		return rank
	}
	if s, step := ParseLevel(word); s == "step" && s == scale && step > int(rank[0]-'0') {
		return ""
	}
	return word
}

// givenBy reports whether an issuer calls itself by one of the certificate's
// issuers' names, or may: where the table names nobody with a host. What it calls itself proves
// nothing, and what is made of this ranks and no more.
func (c *Certificate) givenBy(by *verdict.Party) bool {
	return len(c.Issuers) == 0 || slices.ContainsFunc(c.Issuers, func(i CertificateIssuer) bool {
		return len(i.Hosts) == 0 || containsFold(by.Name, i.Name) || slices.ContainsFunc(i.Hosts, func(h string) bool {
			return containsFold(by.ID, h) || calledAfter(by.Name, h)
		})
	})
}

// wholeLabel is how long the name of a host must be that an issuer's longer name may begin with.
const wholeLabel = 6

// calledAfter reports whether an issuer calls itself as a host is called: "British
// Council" is britishcouncil.org, "(ISC)²" is isc2.org. A short name of a host is a
// word of others' names, too, and must be all that it calls itself.
func calledAfter(name, host string) bool {
	label, rest, _ := strings.Cut(host, ".")
	if i := strings.IndexByte(rest, '.'); i > len("gov") || len(label) < 3 {
		return false // a part of somebody's site
	}
	var buf [256]byte
	if len(name) > longest {
		return false
	}
	at := 0
	folded := fold(buf[:0], name, false)
	for i, b := range folded {
		switch {
		case b == ' ':
		case at == len(label):
			return len(label) >= wholeLabel && folded[i-1] == ' '
		case b != label[at]:
			return false
		default:
			at++
		}
	}
	return at == len(label)
}

// Successors gives the ids of the certificates that supersede this one: their holders
// had it, or have what took its place.
func (c *Certificate) Successors() []string {
	var out []string
	for i := range certificates().list {
		if x := &certificates().list[i]; slices.Contains(x.Supersedes, c.ID) {
			out = append(out, x.ID)
		}
	}
	return out
}

// IsIssuer reports whether folded words are the name by which people know an issuer of
// the table: in full, or without the country or the legal form beside two words.
func (t *Taxonomy) IsIssuer(words []string) bool {
	return len(words) > 1 && certificates().issuers[strings.Join(words, " ")]
}

// edition is that of a certificate whose name has none: CEH v14.
var edition = regexp.MustCompile(`(?i)^(.*\S)\s+v[0-9]{1,2}(?:\.[0-9]{1,2})?$`)

// version is that of a certificate whose name has the number alone: ITIL v4 Foundation.
var version = regexp.MustCompile(`(?i)\bv([0-9]{1,2})\b`)

// Certificate gives the certificate of the table that a whole name means: with
// or without its issuer's, in capitals or not, of whatever edition.
func (t *Taxonomy) Certificate(name string) (Certificate, bool) {
	c, ok := t.certificate(name)
	if ok || len(name) > longest {
		return c, ok
	}
	if m := edition.FindStringSubmatch(name); m != nil {
		if c, ok = t.certificate(m[1]); ok {
			return c, ok
		}
	}
	if plain := version.ReplaceAllString(name, "$1"); plain != name {
		return t.certificate(plain)
	}
	return c, ok
}

func (t *Taxonomy) certificate(name string) (Certificate, bool) {
	row, ok := t.row(name)
	if !ok {
		return Certificate{}, false
	}
	return certificates().list[row], true
}

// row gives the row of the table that a whole name means.
func (t *Taxonomy) row(name string) (int32, bool) {
	var buf, stems [256]byte
	if len(name) > longest {
		return 0, false
	}
	folded := fold(buf[:0], name, false)
	p, ok := t.certificates[string(appendStemmed(stems[:0], folded))]
	if !ok || bytes.IndexByte(folded, ' ') < 0 && p.spelling != spelling(folded) {
		return 0, false
	}
	return p.concept, true
}

// examCode is the code of an examination, which many type without its hyphen: AZ-900, AZ900.
var examCode = regexp.MustCompile(`^([A-Z]{2,3})-([0-9]{3})$`)

// addCertificates makes the names of the table known, a name by itself and behind
// an issuer's name, and what each row shows.
func (t *Taxonomy) addCertificates() error {
	table := certificates()
	t.certificates = make(map[string]phrase, 8*len(table.list))
	of := func(s *starts) *uint8 { return &s.certificate }
	for i := range table.list {
		c := &table.list[i]
		t.phrase(t.certificates, c.Name, int32(i), of)
		for _, name := range c.Names {
			t.phrase(t.certificates, name, int32(i), of)
			if code := examCode.FindStringSubmatch(name); code != nil {
				t.phrase(t.certificates, code[1]+code[2], int32(i), of)
			}
		}
		skills := make([]int32, 0, len(c.Skills))
		for _, uri := range c.Skills {
			j, ok := t.lookup(uri)
			if !ok {
				return fmt.Errorf("certificates.tsv: %s: no concept %s", c.ID, uri)
			}
			skills = append(skills, j)
		}
		t.proven = append(t.proven, skills)
	}
	for i := range table.list { // never over a name of another's own
		c := &table.list[i]
		for _, issuer := range c.Issuers {
			t.phrase(t.certificates, issuer.Name+" "+c.Name, int32(i), of)
			for _, name := range c.Names {
				t.phrase(t.certificates, issuer.Name+" "+name, int32(i), of)
			}
		}
	}
	return nil
}

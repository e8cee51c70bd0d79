package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// SyntaxError says what is wrong with a query, and where.
type SyntaxError struct {
	Column  int    // 1-based, in characters; 0 = the query as a whole
	Problem string // for the person who typed it
	Kind    Wrong  // of the problem, for whoever says it in another language
	Args    []string
}

// Wrong is a kind of what is wrong with a query: how it is said, with a place for each
// of the Args. "" is one of a parameter, which nobody typed.
type Wrong string

// Kinds of what is wrong.
const (
	WrongUTF8       Wrong = "not valid UTF-8"
	WrongLength     Wrong = "longer than %s characters"
	WrongTerms      Wrong = "more than %s terms"
	WrongDepth      Wrong = "nested deeper than %s"
	WrongClose      Wrong = `")" without "("`
	WrongOpen       Wrong = `this "(" is not closed`
	WrongBrackets   Wrong = `nothing to search for before ")"`
	WrongQuote      Wrong = "this quote is not closed"
	WrongQuotes     Wrong = "these quotes hold no word"
	WrongWord       Wrong = "%q has no letter or digit to search for"
	WrongOr         Wrong = "OR needs a term on each side"
	WrongAnd        Wrong = "AND needs a term before it"
	WrongEnd        Wrong = "%s needs a term after it"
	WrongInclude    Wrong = "include: stands for the whole query: it cannot be an operand of OR or NOT"
	WrongMay        Wrong = "what is nice to have stands for the whole query: it cannot be an operand of OR or NOT"
	WrongUnequal    Wrong = "write NOT %[1]s=… instead of %[1]s!=…"
	WrongField      Wrong = "there is no field %q; put the text in quotes to search for it"
	WrongCompared   Wrong = "%s takes a colon, not %s"
	WrongComparison Wrong = "%s needs a value after one comparison"
	WrongNoValue    Wrong = "%s needs a value right after it"
	WrongStatus     Wrong = "%s knows verified, authentic, expired, unvouched, pending, rejected, unsupported and all, not %q"
	WrongStanding   Wrong = "%s knows listed, domain, account, page, key, self, blocked, unlisted and unasked, not %q"
	WrongLevel      Wrong = "%q is not a level: write 3, B2, 80%%, intermediate or gold"
	WrongDate       Wrong = "%q is not a date: write 2024, 2024-05 or 2024-05-31"
	WrongSkill      Wrong = "skill %s of the role has no letter or digit to search for, or is too long"
	WrongSkills     Wrong = "a role has from 1 to %s skills, not %s"
	WrongIssuer     Wrong = "issuers are hidden: nobody is found by one"
	WrongDated      Wrong = "dates are hidden: nobody is found by one"
	WrongWeight     Wrong = "a weight is from 1 to %s, not %s"
)

// At is the error of that kind, at a character of the query.
func (w Wrong) At(column int, args ...string) *SyntaxError {
	var list []any
	for _, a := range args {
		list = append(list, a)
	}
	return &SyntaxError{Column: column, Problem: fmt.Sprintf(string(w), list...), Kind: w, Args: args}
}

// Error gives column and problem.
func (e *SyntaxError) Error() string {
	if e.Column == 0 {
		return e.Problem
	}
	return "column " + strconv.Itoa(e.Column) + " of the query: " + e.Problem
}

// NodeOp is the kind of a Node.
type NodeOp string

// Kinds of Node.
const (
	NodeAnd    NodeOp = "and"    // of two Kids or more
	NodeOr     NodeOp = "or"     // of two Kids or more
	NodeNot    NodeOp = "not"    // of one of Kids
	NodeMay    NodeOp = "may"    // of one of Kids; never in a tree: see Parsed.May
	NodeWord   NodeOp = "word"   // Value
	NodePhrase NodeOp = "phrase" // the words of Value, next to each other
	NodeField  NodeOp = "field"  // Field, Cmp, Value
)

// Node is a part of a parsed query.
type Node struct {
	Op     NodeOp  `json:"op"`
	Kids   []*Node `json:"kids,omitempty"`
	Field  string  `json:"field,omitempty"` // skill, badge, issuer, framework, level, earned, expires, status, standing, trust, job
	Cmp    string  `json:"cmp,omitempty"`   // of a field: =, ~, <, <=, >, >=
	Value  string  `json:"value,omitempty"`
	Quoted bool    `json:"quoted,omitempty"` // of a field: the value stood in quotes
	Column int     `json:"column"`           // 1-based, in characters

	dates [2]int64 // of earned and expires: first second of the date, first second after it
	plain bool     // of an OR: it was written small, as among words; see planner.spoken
	and   bool     // a small "and" or an & stands before it, which may be part of a name: health and safety
	bound bool     // in brackets, or beside an AND that was written out: nothing of it is given up; see Relax
}

// Parsed is a query as it was read.
type Parsed struct {
	Tree    *Node            // nil: every application
	Include []verdict.Result // what include: named
	May     []*Node          // what stands behind a question mark: whoever has it comes first, and nobody needs it
}

// fields says which comparisons a field takes.
var fields = map[string]string{
	"skill": "=", "badge": "=", "issuer": "= ~", "framework": "=", "status": "=", "standing": "=", "trust": "=", "job": "=", "include": "=",
	"level": "= < <= > >=", "earned": "= < <= > >=", "expires": "= < <= > >=",
}

// Parse reads what a recruiter typed. Its grammar:
//
//	query  = and { "OR" and }
//	and    = not { [ "AND" ] not }
//	not    = ( "NOT" | "-" | "?" ) not | "(" query ")" | term
//	term   = word | '"' words '"' | field ":" value | field compare value
//
// NOT binds closest, then AND, then OR; words beside each other are joined by
// AND. Operators may be typed in any case; a * ends the beginning of a word. Fields are
// skill, badge (its own name), issuer, framework, status, standing, job, include (with a colon) and level, earned, expires (with a
// colon or <, <=, >, >=); trust is another word for standing. issuer goes by what
// is known of an issuer, its listed name and its host; issuer~NAME by what it calls
// itself. include: and what stands behind a question mark ("?welding" is nice to have)
// are outside the tree. The error is a *SyntaxError.
func Parse(text string) (Parsed, error) {
	if !utf8.ValidString(text) {
		return Parsed{}, WrongUTF8.At(0)
	}
	if n := utf8.RuneCountInString(text); n > MaxRunes {
		return Parsed{}, WrongLength.At(MaxRunes+1, strconv.Itoa(MaxRunes))
	}
	spoken := ungendered(text)
	out, err := parse(spoken)
	if err != nil && spoken != text {
		// An operator may have lost what it stands before: NOT (m/f).
		if as, asErr := parse(text); asErr == nil {
			return as, nil
		}
	}
	return out, err
}

// parse is Parse of a text that is short enough.
func parse(text string) (Parsed, error) {
	p := parser{src: []rune(text)}
	if err := p.scan(); err != nil {
		return Parsed{}, err
	}
	var out Parsed
	if len(p.toks) == 0 && p.sign != nil {
		return Parsed{}, p.sign
	}
	if len(p.toks) > 0 {
		n, err := p.or(0)
		if err != nil {
			return Parsed{}, err
		}
		if p.at < len(p.toks) {
			t := p.toks[p.at]
			return Parsed{}, WrongClose.At(t.col)
		}
		out.Tree = n
	}
	var err error
	out.Tree, err = out.take(out.Tree, false)
	if err != nil {
		return Parsed{}, err
	}
	return out, nil
}

type tokenKind uint8

const (
	tokWord tokenKind = iota
	tokPhrase
	tokField
	tokOpen
	tokClose
	tokAnd
	tokOr
	tokNot
	tokMay
)

// begins reports whether a term can begin with a token.
func (k tokenKind) begins() bool { return k < tokClose || k == tokNot || k == tokMay }

type tok struct {
	kind tokenKind
	col  int
	node *Node
	text string
}

type parser struct {
	src   []rune
	toks  []tok
	at    int
	terms int
	sign  *SyntaxError // of the first word without letter or digit

	ampersand bool // stands before the next term
}

// isMinus reports whether r before a word means NOT: word processors make dashes
// of a minus.
func isMinus(r rune) bool {
	return r == '-' || r == '–' || r == '—' || r == '−' || r == '!'
}

func isQuote(r rune) bool {
	return r == '"' || r == '“' || r == '”' || r == '„' || r == '«' || r == '»'
}

func (p *parser) scan() error {
	s := p.src
	for i := 0; i < len(s); {
		r, col := s[i], i+1
		switch {
		case unicode.IsSpace(r):
			i++
		case r == '(':
			p.toks = append(p.toks, tok{kind: tokOpen, col: col, text: "("})
			i++
		case r == ')':
			p.toks = append(p.toks, tok{kind: tokClose, col: col, text: ")"})
			i++
		case isQuote(r) && p.stray(i):
			i++
		case isQuote(r):
			value, next, err := p.quoted(i)
			if err != nil {
				return err
			}
			i = next
			if err := p.term(&Node{Op: NodePhrase, Value: value, Column: col}); err != nil {
				return err
			}
		case r == '?' && i+1 < len(s) && (s[i+1] == '(' || isQuote(s[i+1]) || unicode.IsLetter(s[i+1]) || unicode.IsDigit(s[i+1])):
			p.toks = append(p.toks, tok{kind: tokMay, col: col, text: "?"})
			i++
		case isMinus(r) && i+1 < len(s) && !unicode.IsSpace(s[i+1]) && !isMinus(s[i+1]) && s[i+1] != ')':
			p.toks = append(p.toks, tok{kind: tokNot, col: col, text: string(r)})
			i++
		default:
			next, err := p.word(i)
			if err != nil {
				return err
			}
			i = next
		}
	}
	return nil
}

// quoted reads a phrase whose opening quote stands at i.
func (p *parser) quoted(i int) (value string, next int, err error) {
	for j := i + 1; j < len(p.src); j++ {
		if isQuote(p.src[j]) {
			v := strings.TrimSpace(string(p.src[i+1 : j]))
			if len(record.Words(v)) == 0 {
				return "", 0, WrongQuotes.At(i + 1)
			}
			return v, j + 1, nil
		}
	}
	v := strings.TrimSpace(string(p.src[i+1:]))
	if len(record.Words(v)) == 0 {
		return "", 0, WrongQuote.At(i + 1)
	}
	return v, len(p.src), nil // as far as the question goes
}

// stray reports whether a quote closes nothing and opens nothing: the last one, right
// behind a word.
func (p *parser) stray(i int) bool {
	return i > 0 && !unicode.IsSpace(p.src[i-1]) && p.src[i-1] != '(' && !isQuote(p.src[i-1]) && !slices.ContainsFunc(p.src[i+1:], isQuote)
}

// word reads a bare word, an operator or a field from i.
func (p *parser) word(i int) (next int, err error) {
	s := p.src
	j := i
	for j < len(s) && (s[j] >= 'a' && s[j] <= 'z' || s[j] >= 'A' && s[j] <= 'Z') {
		j++
	}
	if j < len(s) && j > i && strings.ContainsRune(":<>=~", s[j]) {
		rest := string(s[i:min(len(s), i+8)])
		if _, isURL := cutAny(rest, "http://", "https://", "urn:"); !isURL && !p.announces(i, j) {
			return p.field(i, j)
		}
	}
	if _, known := fields[strings.ToLower(string(s[i:j]))]; known && j+1 < len(s) && s[j] == '!' && s[j+1] == '=' {
		return 0, WrongUnequal.At(j+1, string(s[i:j]))
	}
	for j = i; j < len(s) && !unicode.IsSpace(s[j]) && s[j] != '(' && s[j] != ')' && !isQuote(s[j]); j++ {
	}
	w := string(s[i:j])
	switch strings.ToUpper(w) {
	case "AND", "&&":
		p.toks = append(p.toks, tok{kind: tokAnd, col: i + 1, text: w})
		return j, nil
	case "OR", "||":
		p.toks = append(p.toks, tok{kind: tokOr, col: i + 1, text: w})
		return j, nil
	case "NOT":
		p.toks = append(p.toks, tok{kind: tokNot, col: i + 1, text: w})
		return j, nil
	}
	if w == "&" {
		p.ampersand = true
	}
	if len(record.Words(w)) == 0 || !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		// A sign among words ("R & D") asks for nothing; alone it is a mistake.
		if p.sign == nil {
			p.sign = WrongWord.At(i+1, w)
		}
		return j, nil
	}
	return j, p.term(&Node{Op: NodeWord, Value: unended(w), Column: i + 1})
}

// announces reports whether the colon behind a word is one of a text ("data analyst:
// SQL, Excel"): a space follows, and no field is called so.
func (p *parser) announces(i, j int) bool {
	_, known := fields[strings.ToLower(string(p.src[i:j]))]
	return !known && p.src[j] == ':' && (j+1 == len(p.src) || unicode.IsSpace(p.src[j+1]))
}

// unended takes the signs of a text off the end of a word, that it is told as it is
// meant.
func unended(w string) string {
	if strings.Contains(w, "://") {
		return w
	}
	out := strings.TrimRight(w, ",;:.!?…")
	switch strings.ToUpper(out) {
	case "AND", "OR", "NOT":
		return w // it was typed as a word, and is read as one again
	}
	return out
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			return s[len(p):], true
		}
	}
	return s, false
}

// field reads field, comparison and value; the name stands from i to j.
func (p *parser) field(i, j int) (next int, err error) {
	s := p.src
	name := strings.ToLower(string(s[i:j]))
	allowed, known := fields[name]
	if !known {
		return 0, WrongField.At(i+1, name)
	}
	cmp := string(s[j])
	k := j + 1
	if cmp == "=" && k < len(s) && (s[k] == '>' || s[k] == '<') {
		cmp = string(s[k]) + "=" // level=>3 is meant as level>=3
		k++
	}
	if cmp != ":" && cmp != "=" && k < len(s) && s[k] == '=' {
		cmp += "="
		k++
	}
	if cmp == ":" || cmp == "=" {
		cmp = "="
		// earned:>2024 is meant as earned>2024.
		if k < len(s) && strings.ContainsRune("<>=", s[k]) {
			cmp = string(s[k])
			k++
			if cmp != "=" && k < len(s) && s[k] == '=' {
				cmp += "="
				k++
			}
		}
	}
	if !strings.Contains(" "+allowed+" ", " "+cmp+" ") {
		return 0, WrongCompared.At(j+1, name, cmp)
	}
	n := &Node{Op: NodeField, Field: name, Cmp: cmp, Column: i + 1}
	switch {
	case k < len(s) && isQuote(s[k]):
		n.Value, next, err = p.quoted(k)
		n.Quoted = true
		if err != nil {
			return 0, err
		}
	default:
		for next = k; next < len(s) && !unicode.IsSpace(s[next]) && s[next] != ')' && s[next] != '(' && !isQuote(s[next]); next++ {
		}
		n.Value = string(s[k:next])
		if n.Value != "" && strings.ContainsRune("<>=", rune(n.Value[0])) {
			return 0, WrongComparison.At(k+1, name)
		}
		if n.Value == "" {
			return 0, WrongNoValue.At(k+1, name)
		}
	}
	if err := n.check(k + 1); err != nil {
		return 0, err
	}
	return next, p.term(n)
}

// check reads a field's value; col is where it stands.
func (n *Node) check(col int) error {
	switch n.Field {
	case "status", "include":
		if _, ok := statuses(n.Value); !ok {
			return WrongStatus.At(col, n.Field, n.Value)
		}
	case "standing", "trust":
		if !StandingWord(n.Value) {
			return WrongStanding.At(col, n.Field, n.Value)
		}
	case "level":
		if scale, _ := skills.ParseLevel(n.Value); scale == "" {
			return WrongLevel.At(col, n.Value)
		}
	case "earned", "expires":
		from, to, ok := parseDate(n.Value)
		if !ok {
			return WrongDate.At(col, n.Value)
		}
		n.dates = [2]int64{from, to}
	default:
		if len(record.Words(n.Value)) == 0 {
			return WrongWord.At(col, n.Value)
		}
	}
	return nil
}

// parseDate reads a year, month or day: its first second, and the first after
// it.
func parseDate(s string) (from, to int64, ok bool) {
	for _, f := range []struct {
		layout           string
		years, mon, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {"2006-01-02", 0, 0, 1}} {
		if t, err := time.Parse(f.layout, s); err == nil && t.Year() >= 1 {
			return t.Unix(), t.AddDate(f.years, f.mon, f.days).Unix(), true
		}
	}
	return 0, 0, false
}

// statuses reads a list of statuses.
func statuses(value string) ([]string, bool) {
	var out []string
	for s := range strings.SplitSeq(strings.ToLower(value), ",") {
		switch s {
		case "verified", "authentic", "expired", "unvouched", "pending", "rejected", "unsupported":
			out = append(out, s)
		case "refused":
			out = append(out, "rejected")
		case "all", "any":
			out = append(out, "verified", "authentic", "expired", "unvouched", "pending", "rejected")
		default:
			return nil, false
		}
	}
	return out, true
}

// standingWords are the values of standing: with what they mean of Claim.Standing;
// nothing stands for what was not asked about.
var standingWords = func() map[string][]string {
	m := map[string][]string{}
	for _, s := range record.Standings() {
		m[s] = []string{s}
	}
	m["trusted"] = m[string(verdict.LevelListed)]
	m["unlisted"] = record.Standings()[1:]
	m["unlisted"] = m["unlisted"][:len(m["unlisted"])-1] // without Blocked
	m["unknown"] = m["unlisted"]
	m["unasked"], m["none"] = nil, nil
	return m
}()

func (p *parser) term(n *Node) error {
	if p.terms++; p.terms > MaxTerms {
		return WrongTerms.At(n.Column, strconv.Itoa(MaxTerms))
	}
	n.and, p.ampersand = p.ampersand, false
	kind := tokWord
	switch n.Op {
	case NodePhrase:
		kind = tokPhrase
	case NodeField:
		kind = tokField
	}
	p.toks = append(p.toks, tok{kind: kind, col: n.Column, node: n, text: n.Value})
	return nil
}

func (p *parser) or(depth int) (*Node, error) {
	first, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	kids, plain := []*Node{first}, true
	for p.at < len(p.toks) && p.toks[p.at].kind == tokOr {
		plain = plain && p.toks[p.at].text == "or"
		p.at++
		k, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		kids = append(kids, k)
	}
	if len(kids) == 1 {
		return first, nil
	}
	return &Node{Op: NodeOr, Kids: kids, Column: first.Column, plain: plain}, nil
}

func (p *parser) and(depth int) (*Node, error) {
	var kids []*Node
	bound := false
	for p.at < len(p.toks) {
		t := p.toks[p.at]
		if t.kind == tokOr || t.kind == tokClose {
			break
		}
		if t.kind == tokAnd {
			if len(kids) == 0 {
				return nil, WrongAnd.At(t.col)
			}
			p.at++
			if p.at == len(p.toks) || !p.toks[p.at].kind.begins() {
				return nil, WrongEnd.At(t.col, "AND")
			}
			if bound = t.text != "and"; bound { // which is a word among others
				kids[len(kids)-1].bound = true
			}
		}
		k, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		k.bound, bound = k.bound || bound, false
		k.and = k.and || t.kind == tokAnd && t.text == "and"
		kids = append(kids, k)
	}
	switch len(kids) {
	case 0:
		if p.at < len(p.toks) {
			t := p.toks[p.at]
			if t.kind == tokClose {
				return nil, WrongBrackets.At(t.col)
			}
			return nil, WrongOr.At(t.col)
		}
		last := p.toks[len(p.toks)-1]
		return nil, WrongEnd.At(last.col, strings.ToUpper(last.text))
	case 1:
		return kids[0], nil
	}
	return &Node{Op: NodeAnd, Kids: kids, Column: kids[0].Column}, nil
}

func (p *parser) not(depth int) (*Node, error) {
	t := p.toks[p.at]
	if depth > maxNested {
		return nil, WrongDepth.At(t.col, strconv.Itoa(maxNested))
	}
	p.at++
	switch t.kind {
	case tokNot:
		if p.at == len(p.toks) || !p.toks[p.at].kind.begins() {
			return nil, WrongEnd.At(t.col, "NOT")
		}
		k, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		if k.Op == NodeNot {
			return k.Kids[0], nil
		}
		return &Node{Op: NodeNot, Kids: []*Node{k}, Column: t.col}, nil
	case tokMay:
		if p.at == len(p.toks) || !p.toks[p.at].kind.begins() {
			return nil, WrongEnd.At(t.col, "?")
		}
		k, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return &Node{Op: NodeMay, Kids: []*Node{k}, Column: t.col}, nil
	case tokOpen:
		if p.at == len(p.toks) {
			return nil, WrongOpen.At(t.col)
		}
		k, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.at == len(p.toks) || p.toks[p.at].kind != tokClose {
			return nil, WrongOpen.At(t.col)
		}
		p.at++
		k.bound = true
		return k, nil
	}
	return t.node, nil
}

// take takes include: and what may be out of the tree, wherever an AND holds them: they
// stand for the whole query. As the operand of OR or NOT they would mean nothing.
func (p *Parsed) take(n *Node, operand bool) (*Node, error) {
	if n == nil {
		return nil, nil
	}
	if n.Op == NodeField && n.Field == "include" {
		if operand {
			return nil, WrongInclude.At(n.Column)
		}
		values, _ := statuses(n.Value)
		for _, v := range values {
			p.Include = append(p.Include, verdict.Result(v))
		}
		return nil, nil
	}
	if n.Op == NodeMay {
		if operand {
			return nil, WrongMay.At(n.Column)
		}
		k, err := p.take(n.Kids[0], true)
		if err == nil {
			p.May = append(p.May, k)
		}
		return nil, err
	}
	if len(n.Kids) == 0 {
		return n, nil
	}
	kids := n.Kids[:0:0]
	for _, k := range n.Kids {
		k, err := p.take(k, operand && n.Op != NodeAnd || n.Op == NodeNot || n.Op == NodeOr)
		if err != nil {
			return nil, err
		}
		if k != nil {
			kids = append(kids, k)
		}
	}
	switch len(kids) {
	case 0:
		return nil, nil
	case 1:
		if n.Op != NodeNot {
			return kids[0], nil
		}
	}
	c := *n
	c.Kids = kids
	return &c, nil
}

// String prints the tree with every operator and parenthesis, so that it reads
// as it was understood; it parses to the same tree.
func (n *Node) String() string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	n.print(&b, false)
	return b.String()
}

func (n *Node) print(b *strings.Builder, inner bool) {
	switch n.Op {
	case NodeAnd, NodeOr:
		if inner {
			b.WriteByte('(')
		}
		for i, k := range n.Kids {
			if i > 0 {
				b.WriteString(" " + strings.ToUpper(string(n.Op)) + " ")
			}
			k.print(b, true)
		}
		if inner {
			b.WriteByte(')')
		}
	case NodeNot:
		b.WriteString("NOT ")
		n.Kids[0].print(b, true)
	case NodePhrase:
		b.WriteString(`"` + n.Value + `"`)
	case NodeField:
		b.WriteString(n.Field)
		if n.Cmp == "=" {
			b.WriteByte(':')
		} else {
			b.WriteString(n.Cmp)
		}
		if n.Quoted {
			b.WriteString(`"` + n.Value + `"`)
		} else {
			b.WriteString(n.Value)
		}
	default:
		b.WriteString(n.Value)
	}
}

package record

import (
	"bytes"
	"encoding/json"
	"html"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/index/skills"
)

// Masked stands in a text where a word was taken out. No word of a query can meet
// it, and no phrase reaches over it.
const Masked = "•••"

const gapSign = '•' // of Masked

// Bounds of what is told apart.
const (
	maxOwn     = 64  // entries of Application.Own
	maxOwnName = 8   // words of a name that are looked for written together
	maxOwnText = 512 // bytes of a name or an address
	minInner   = 7   // letters of a word of the name that is found within a longer word
)

// particles stand in names and everywhere else: inside a name, or written small at
// its beginning, they are nobody's own. titles are not, wherever they stand beside
// a name.
var (
	particles = words("al bin bint da de del della den der des di do dos du el ibn la le van von y zu zum zur")
	titles    = words("bsc dr ii iii iv jr mba mr mrs ms msc mx phd prof sir sr")
)

// roles are words of addresses that many people have.
var roles = words("admin applicant application applications apply career contact hello hi hiring hr info job jobs mail email me my office post recruiting resume team the user work www com net org http https")

func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// whole folds a text as Words does, its plurals left as they are.
func whole(s string) string { return strings.TrimSuffix(skills.Folded(s+"0"), "0") }

// ownWords gives what of a name and of addresses (e-mail, DIDs, URLs, telephone
// numbers) is the applicant's own, folded: single words, and words in a row that
// are his only together. Initials are nobody's own.
func ownWords(name string, addresses []string) []string {
	var own ownList
	name = Cut(name, maxOwnText)
	for _, spelt := range []string{name, spelled(name)} {
		own.ofName(spelt)
	}
	for _, a := range addresses {
		a = Cut(a, maxOwnText)
		if local, domain, mail := strings.Cut(a, "@"); mail {
			own.ofMail(local, domain)
		} else {
			own.ofID(a)
		}
	}
	return own
}

// ownList gathers what is an applicant's own, each once.
type ownList []string

func (own *ownList) add(s string) {
	if s = strings.Join(strings.Fields(s), " "); s != "" && len(*own) < maxOwn && !slices.Contains(*own, s) {
		*own = append(*own, s)
	}
}

func (own *ownList) ofName(name string) {
	parts := maskWords(name)
	for i := 0; i < len(parts); i++ {
		w := parts[i].fold
		first, _ := utf8.DecodeRuneInString(name[parts[i].start:])
		switch {
		case isLone(w): // letters that are words of their own are a name together
			run := []string{w}
			for i+1 < len(parts) && isLone(parts[i+1].fold) {
				i++
				run = append(run, parts[i].fold)
			}
			if len(run) > 1 {
				own.add(strings.Join(run, " "))
			}
			if len(run) > 2 {
				own.add(strings.Join(run[1:], " "))
			}
		case utf8.RuneCountInString(w) < 2, titles[w] && len(parts) > 1,
			particles[w] && i < len(parts)-1 && (i > 0 || unicode.IsLower(first)):
		default:
			own.add(w)
			for _, v := range spellings(w) {
				own.add(v)
			}
		}
	}
	// The parts of O'Neill, which some write apart.
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("'’ʼ`-", r) || unicode.IsSpace(r) }) {
		if w = whole(w); utf8.RuneCountInString(w) > 2 && !strings.Contains(w, " ") && !particles[w] && !titles[w] && !isLone(w) {
			own.add(w)
		}
	}
}

// ofMail takes the words of an e-mail address before its sign, and the whole: a
// domain alone is a school's or a provider's.
func (own *ownList) ofMail(local, domain string) {
	own.add(whole(local + " " + domain))
	local, _, _ = strings.Cut(local, "+")
	for _, t := range maskWords(local) {
		if utf8.RuneCountInString(t.fold) > 3 && strings.IndexFunc(t.fold, unicode.IsDigit) >= 0 {
			own.add(t.fold)
		}
		if w := strings.TrimFunc(t.fold, unicode.IsDigit); utf8.RuneCountInString(w) > 2 && !roles[w] && !particles[w] {
			own.add(w)
		}
	}
}

// ofID takes a DID, a URL or a telephone number as a whole.
func (own *ownList) ofID(id string) {
	_, rest, url := strings.Cut(id, "://")
	if !url {
		rest = id
	}
	if w := strings.TrimPrefix(whole(rest), "www "); len(w) > 5 {
		own.add(w)
	}
	if digits := strings.Map(onlyDigits, id); !url && len(digits) > 6 && strings.IndexFunc(id, unicode.IsLetter) < 0 {
		own.add(digits)
	}
}

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// spellings are other ways in which a folded word is written: Müller, Mueller and
// Muller are one.
func spellings(w string) []string {
	var out []string
	for _, v := range []string{
		twoLetters.Replace(w),
		strings.ReplaceAll(w, "aa", "a"),
	} {
		if v != w && utf8.RuneCountInString(v) > 2 {
			out = append(out, v)
		}
	}
	return out
}

// Umlauts are written out as two letters, and two letters for them as one.
var (
	umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ø", "oe", "Ø", "Oe", "å", "aa", "Å", "Aa",
		"a\u0308", "ae", "o\u0308", "oe", "u\u0308", "ue")
	twoLetters = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")
)

// spelled gives a name with its umlauts written out as two letters.
func spelled(name string) string { return umlauts.Replace(name) }

// isLone reports whether a word is a letter of a script without spaces.
func isLone(w string) bool {
	r, n := utf8.DecodeRuneInString(w)
	return n == len(w) && lone(r)
}

func lone(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// Mask takes the words of one applicant out of texts. The zero value takes out
// nothing.
type Mask struct {
	hide    bool            // no text at all: it is not known whose words they are
	own     map[string]bool // words, whole and as Words folds them
	runs    [][]string      // words in a row
	inner   []string        // what is found within a word, too
	needles []string        // a text of ASCII without any of these holds nothing of his
}

// MaskOf gives the mask of an application.
func MaskOf(a *Application) *Mask {
	if a.BlindRule < BlindRule {
		return &Mask{hide: true}
	}
	return newMask(a.Own)
}

func newMask(own []string) *Mask {
	m := &Mask{own: map[string]bool{}}
	var single []string
	for _, w := range own {
		if run := strings.Fields(w); len(run) > 1 {
			m.runs = append(m.runs, run)
			m.needles = append(m.needles, run[0])
			continue
		}
		single = append(single, w)
		m.own[w], m.own[skills.Folded(w)] = true, true
		m.needles = append(m.needles, skills.Folded(w))
		if utf8.RuneCountInString(w) >= minInner {
			m.inner = append(m.inner, w)
		}
	}
	single = single[:min(len(single), maxOwnName)]
	for i, a := range single {
		for j, b := range single {
			if i == j {
				continue
			}
			if utf8.RuneCountInString(a+b) > 4 {
				m.inner = append(m.inner, a+b)
			}
			// jdoe, janed, doej
			first, _ := utf8.DecodeRuneInString(b)
			if utf8.RuneCountInString(a) > 2 {
				m.own[a+string(first)], m.own[string(first)+a] = true, true
			}
		}
	}
	return m
}

// Text gives s with Masked in the place of the applicant's own words: in any case
// and with or without accents, written together, in a file's name or an address,
// escaped for a URL or for HTML. Of an application whose words are not known it
// gives nothing.
func (m *Mask) Text(s string) string {
	if s == "" || m.hide {
		return ""
	}
	cut := m.find(s)
	if len(cut) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for i, c := range cut {
		// A name of several words is one gap: how many they are tells of it.
		if i == 0 || strings.TrimSpace(s[at:c[0]]) != "" {
			b.WriteString(s[at:c[0]])
			b.WriteString(Masked)
		}
		at = c[1]
	}
	b.WriteString(s[at:])
	return b.String()
}

// find gives the places of the applicant's own words in s, in bytes and in order.
func (m *Mask) find(s string) (cut [][2]int) {
	if len(m.needles) == 0 || m.without(s) {
		return nil
	}
	list := maskWords(s)
	for i := 0; i < len(list); i++ {
		t := &list[i]
		if n := m.run(list[i:]); n > 0 {
			cut = append(cut, [2]int{t.start, list[i+n-1].end})
			i += n - 1
			continue
		}
		if t.mixed || m.is(t.fold) || slices.ContainsFunc(t.parts, m.is) || slices.ContainsFunc(m.inner, func(w string) bool { return strings.Contains(t.fold, w) }) {
			cut = append(cut, [2]int{t.start, t.end})
		}
	}
	return cut
}

// is reports whether a word is one of the applicant's, with digits behind or
// before it, too.
func (m *Mask) is(w string) bool {
	if m.own[w] || m.own[skills.Folded(w)] {
		return true
	}
	t := strings.TrimFunc(w, unicode.IsDigit)
	return len(t) < len(w) && utf8.RuneCountInString(t) > 1 && (m.own[t] || m.own[skills.Folded(t)])
}

// run gives how many of the first words are in a row the applicant's.
func (m *Mask) run(list []maskWord) int {
	for _, r := range m.runs {
		if len(r) > len(list) {
			continue
		}
		n := 0
		for n < len(r) && list[n].fold == r[n] && (n == 0 || !list[n].apart) {
			n++
		}
		if n == len(r) {
			return n
		}
	}
	return 0
}

// without reports, of a plain text, that it has nothing of the applicant's: most
// have not, and are not taken apart.
func (m *Mask) without(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || strings.IndexByte("%&'", s[i]) >= 0 {
			return false
		}
	}
	low := strings.ToLower(s)
	if strings.Contains(low, "xn--") {
		return false
	}
	return !slices.ContainsFunc(m.needles, func(n string) bool { return strings.Contains(low, n) })
}

// maskWord is a word of a text and where it stood in it.
type maskWord struct {
	fold       string
	start, end int
	mixed      bool     // letters of scripts that nobody mixes: made to look like another word
	apart      bool     // something was taken out before it
	parts      []string // of JaneDoe2 and the like: jane, doe, 2
}

// letter is a character of a text, with its escapes read.
type letter struct {
	r          rune
	start, end int
}

// letters reads a text with what is escaped in it for a URL or for HTML.
func letters(s string) []letter {
	out := make([]letter, 0, len(s))
	for i := 0; i < len(s); {
		switch s[i] {
		case '%':
			var raw []byte
			j := i
			for j+2 < len(s) && s[j] == '%' {
				b, err := strconv.ParseUint(s[j+1:j+3], 16, 8)
				if err != nil {
					break
				}
				raw = append(raw, byte(b))
				j += 3
			}
			for at := i; len(raw) > 0; {
				r, n := utf8.DecodeRune(raw)
				out = append(out, letter{r, at, at + 3*n})
				raw, at = raw[n:], at+3*n
			}
			if j > i {
				i = j
				continue
			}
		case '&':
			if n := strings.IndexByte(s[i:min(len(s), i+12)], ';'); n > 0 {
				if text := html.UnescapeString(s[i : i+n+1]); text != s[i:i+n+1] {
					for _, r := range text {
						out = append(out, letter{r, i, i + n + 1})
					}
					i += n + 1
					continue
				}
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		out = append(out, letter{r, i, i + n})
		i += n
	}
	return out
}

// maskWords takes a text apart into words.
func maskWords(s string) []maskWord {
	list := letters(s)
	var out []maskWord
	apart := false
	for i := 0; i < len(list); {
		r := list[i].r
		j := i + 1
		switch {
		case lone(r):
			out = append(out, maskWord{fold: string(r), start: list[i].start, end: list[i].end, apart: apart})
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			for j < len(list) && inWord(list, j) {
				j++
			}
			t := wordOf(list[i:j])
			t.apart = apart
			out = append(out, t)
		default:
			apart = apart || r == gapSign
			i++
			continue
		}
		apart = false
		i = j
	}
	return out
}

// inWord reports whether the character at i goes on with the word before it.
func inWord(list []letter, i int) bool {
	r := list[i].r
	switch {
	case lone(r):
		return false
	case strings.ContainsRune("'’ʼ", r):
		return i+1 < len(list) && unicode.IsLetter(list[i+1].r)
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r)
}

func wordOf(list []letter) maskWord {
	t := maskWord{fold: whole(textOf(list)), start: list[0].start, end: list[len(list)-1].end}
	latin, other := 0, 0
	from := 0
	for i, l := range list {
		switch {
		case unicode.Is(unicode.Latin, l.r):
			latin++
		case unicode.In(l.r, unicode.Cyrillic, unicode.Greek):
			other++
		}
		if i > 0 && bounds(list, i) {
			t.parts = append(t.parts, whole(textOf(list[from:i])))
			from = i
		}
	}
	if from > 0 {
		t.parts = append(t.parts, whole(textOf(list[from:])))
	}
	t.mixed = latin > 0 && other > 0 && latin+other > 3
	return t
}

// bounds reports whether a part of a word begins at i: JaneDoe, CVDoe, doe2.
func bounds(list []letter, i int) bool {
	before, r := list[i-1].r, list[i].r
	return unicode.IsLower(before) && unicode.IsUpper(r) ||
		unicode.IsUpper(before) && unicode.IsUpper(r) && i+1 < len(list) && unicode.IsLower(list[i+1].r) ||
		unicode.IsDigit(before) != unicode.IsDigit(r)
}

func textOf(list []letter) string {
	var b strings.Builder
	for _, l := range list {
		b.WriteRune(l.r)
	}
	return b.String()
}

// Fill masks every text in what v points at: each plain string, in structs, slices,
// maps and pointers, and in JSON that is kept as it came. A field tagged
// blind:"-" stays as it is, and one tagged blind:"FIELD" where that field of the
// same struct is not empty. Texts of types of their own are words of assay's and
// stay.
func (m *Mask) Fill(v any) { m.fill(reflect.ValueOf(v)) }

var (
	plainText = reflect.TypeFor[string]()
	rawJSON   = reflect.TypeFor[json.RawMessage]()
)

func (m *Mask) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if v.Kind() == reflect.Interface {
			inner := reflect.New(v.Elem().Type()).Elem()
			inner.Set(v.Elem())
			m.fill(inner)
			v.Set(inner)
			return
		}
		m.fill(v.Elem())
	case reflect.String:
		if v.Type() == plainText {
			v.SetString(m.Text(v.String()))
		}
	case reflect.Slice, reflect.Array:
		if v.Type() == rawJSON {
			v.SetBytes(m.json(v.Bytes()))
			return
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			m.fill(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		out := reflect.MakeMap(v.Type())
		for it := v.MapRange(); it.Next(); {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.Set(it.Key())
			value.Set(it.Value())
			m.fill(key)
			m.fill(value)
			out.SetMapIndex(key, value)
		}
		v.Set(out)
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			if tag := f.Tag.Get("blind"); tag == "-" || tag != "" && !v.FieldByName(tag).IsZero() {
				continue
			}
			m.fill(v.Field(i))
		}
	}
}

// json masks the texts of a JSON value; what is none is left out.
func (m *Mask) json(raw []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return []byte("null")
	}
	m.fill(reflect.ValueOf(&v))
	out, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return out
}

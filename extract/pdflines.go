package extract

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"assay/extract/pdf"
)

// Addresses over the ends of lines, by where the lines stand on the page: a line
// that reached the right edge of its block goes on in the next line of that block,
// whichever is painted next.

const (
	pdfMaxPieces = 20_000 // pieces of lines of one page whose place is kept
	pdfMaxBlock  = 40     // lines of a block looked at to either side, for its edge
	pdfMaxBelow  = 256    // pieces looked at for the next line
	pdfLineWork  = 4_000  // next lines looked for on one page
	pdfOver      = 64     // lines of one page that are looked for in the next column or page
	pdfReadings  = 4      // readings told of one address
	pdfDivided   = 3      // words of a page that are divided at the ends of lines, where it is no chance
)

// pdfPiece is what a line of text has in one column: along is the direction of its
// writing, up is across.
type pdfPiece struct {
	page        int // 0, or 1 for the next one
	start, end  int // in the page's text
	left, right float64
	up          float64
	height      float64 // of the letters that it begins with,
	tall        float64 // and ends with
	dirX, dirY  float64
	first, last *pdf.Font
}

// pdfLines is where the text of a page stands.
type pdfLines struct {
	text   string
	pieces []pdfPiece // in the order of the text
	order  []int      // by up, the lowest first
	work   int
	over   int              // lines that were looked for beyond the end of a block
	then   func() *pdfLines // the next page; nil when it was taken, or where there is none
	// What is known of lines, by number, where there are two pages.
	running map[int]bool
	letters map[int]string
	hyphen  int     // whether words are divided at the ends of lines: 0 for not looked yet, 1 for no, 2
	limit   float64 // what the lines of the address that is read stay left of, as far as known
}

func newPDFLines(text string, pieces []pdfPiece) *pdfLines {
	l := &pdfLines{text: text, pieces: pieces, work: pdfLineWork}
	l.order = make([]int, len(pieces))
	for i := range l.order {
		l.order[i] = i
	}
	slices.SortFunc(l.order, func(a, b int) int { return cmp.Compare(pieces[a].up, pieces[b].up) })
	return l
}

// at gives the piece that holds the character before i; -1 for none.
func (l *pdfLines) at(i int) int {
	k, _ := slices.BinarySearchFunc(l.pieces, i, func(p pdfPiece, i int) int { return cmp.Compare(p.start, i) })
	if k--; k >= 0 && i <= l.pieces[k].end {
		return k
	}
	return -1
}

// next gives the nearest line of the block below the piece k, or above; -1 for none.
func (l *pdfLines) next(k int, below bool) int {
	if l.work--; l.work < 0 {
		return -1
	}
	p := &l.pieces[k]
	h := math.Max(p.height, p.tall)
	low, high := p.up-2.1*h, p.up-0.7*h
	if !below {
		low, high = p.up+0.7*h, p.up+2.1*h
	}
	from, _ := slices.BinarySearchFunc(l.order, low, func(i int, up float64) int { return cmp.Compare(l.pieces[i].up, up) })
	best := -1
	for _, i := range l.order[from:min(len(l.order), from+pdfMaxBelow)] {
		q := &l.pieces[i]
		if q.up > high {
			break
		}
		if q.page != p.page || q.dirX*p.dirX+q.dirY*p.dirY < 0.99 || !p.alike(q) || !p.aligned(q) {
			continue
		}
		if best < 0 || math.Abs(q.up-p.up) < math.Abs(l.pieces[best].up-p.up) {
			best = i
		}
	}
	return best
}

// beyond gives the line with which a block goes on at the top of the next column or page
// where the piece k is the last of its own; -1 for none. Letters of another font or size,
// and what stands at the same place of both pages, are no part of a block.
func (l *pdfLines) beyond(k int) int {
	if l.over++; l.over > pdfOver {
		return -1
	}
	if l.then != nil && l.pieces[k].page == 0 {
		next := l.then()
		l.then = nil
		l.append(next)
	}
	p := &l.pieces[k]
	edge, first := l.edge(k), p.left // the block's right edge, and the left of the page's first column
	column := -1
	for i := range l.pieces {
		q := &l.pieces[i]
		if q.page != p.page || !p.goesOnAs(q) {
			continue
		}
		switch {
		case q.left < edge && q.right > p.left && q.up < p.up-0.1*p.height && !l.runs(i):
			return -1 // not the last
		case q.right < p.left:
			first = math.Min(first, q.left)
		case q.left > edge && q.up > p.up+p.height && !l.runs(i):
			if column < 0 || q.left < l.pieces[column].left-0.6*p.height || q.left < l.pieces[column].left+0.6*p.height && q.up > l.pieces[column].up {
				column = i
			}
		}
	}
	if column >= 0 {
		return column
	}
	return l.nextPage(p, edge, first)
}

// goesOnAs reports whether q has the letters with which p ends.
func (p *pdfPiece) goesOnAs(q *pdfPiece) bool {
	return q.dirX*p.dirX+q.dirY*p.dirY >= 0.99 && q.first == p.last && sameHeight(p.tall, q.height)
}

// nextPage gives the first line of the next page below p, whose block reaches to edge, or in
// the first column; -1 where it begins elsewhere.
func (l *pdfLines) nextPage(p *pdfPiece, edge, first float64) int {
	begins := func(q *pdfPiece, left float64) bool { return math.Abs(q.left-left) < 0.6*p.height }
	top := -1
	for i := range l.pieces {
		q := &l.pieces[i]
		if q.page != p.page+1 || !p.goesOnAs(q) || l.runs(i) {
			continue
		}
		if (top < 0 || q.up > l.pieces[top].up) && (q.left < edge && q.right > p.left || begins(q, first)) {
			top = i
		}
	}
	if top >= 0 && !begins(&l.pieces[top], p.left) && !begins(&l.pieces[top], first) {
		return -1
	}
	return top
}

// runs reports whether a line stands at the same place of both pages, but for numbers.
func (l *pdfLines) runs(i int) bool {
	if l.pieces[len(l.pieces)-1].page == 0 {
		return false // there is one page
	}
	is, ok := l.running[i]
	if !ok { // lines are looked at again for each address
		is = l.runsAt(i)
		l.running[i] = is
	}
	return is
}

func (l *pdfLines) runsAt(i int) bool {
	p := &l.pieces[i]
	near, _ := slices.BinarySearchFunc(l.order, p.up-1, func(i int, up float64) int { return cmp.Compare(l.pieces[i].up, up) })
	for _, n := range l.order[near:min(len(l.order), near+pdfMaxBelow)] {
		q := &l.pieces[n]
		if q.up > p.up+1 {
			break
		}
		if q.page != p.page && math.Abs(q.left-p.left) < p.height && l.lettersOf(i) == l.lettersOf(n) {
			return true
		}
	}
	return false
}

// lettersOf gives a line without numbers and blanks.
func (l *pdfLines) lettersOf(i int) string {
	s, ok := l.letters[i]
	if !ok {
		s = strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) || unicode.IsSpace(r) {
				return -1
			}
			return r
		}, l.text[l.pieces[i].start:l.pieces[i].end])
		l.letters[i] = s
	}
	return s
}

// append adds the lines of the next page.
func (l *pdfLines) append(next *pdfLines) {
	if next == nil {
		return
	}
	l.running, l.letters = map[int]bool{}, map[int]string{}
	behind := len(l.text) + 1
	l.text += "\n" + next.text
	for _, q := range next.pieces {
		q.page, q.start, q.end = 1, q.start+behind, q.end+behind
		l.pieces = append(l.pieces, q)
		l.order = append(l.order, len(l.pieces)-1)
	}
	slices.SortFunc(l.order, func(a, b int) int { return cmp.Compare(l.pieces[a].up, l.pieces[b].up) })
}

// alike reports whether letters of one size stand in two lines: an address in a line of prose
// may be of another.
func (p *pdfPiece) alike(q *pdfPiece) bool {
	return sameHeight(p.height, q.height) || sameHeight(p.tall, q.height) || sameHeight(p.height, q.tall) || sameHeight(p.tall, q.tall)
}

func sameHeight(a, b float64) bool { return math.Abs(a-b) <= 0.06*a }

// aligned reports whether two lines begin at one indent, or stand about one middle.
// A line may hang a little to the right of the one that begins its paragraph.
func (p *pdfPiece) aligned(q *pdfPiece) bool {
	d := q.left - p.left
	return math.Abs(d) < 0.6*p.height || math.Abs(d) < 3*p.height && (d > 0) == (q.up < p.up) ||
		math.Abs(p.left+p.right-q.left-q.right) < p.height
}

// edge is the right edge of the block of the piece k. A line that reaches into the next
// column stands above or below both: it is none of the block's.
func (l *pdfLines) edge(k int) float64 {
	edge := l.pieces[k].right
	for _, below := range []bool{false, true} {
		limit, last := l.limit, math.Inf(1)
		for i, n := l.next(k, below), 0; i >= 0 && n < pdfMaxBlock; i, n = l.next(i, below), n+1 {
			p := &l.pieces[i]
			if p.right > math.Max(edge, limit) {
				break
			}
			edge = math.Max(edge, p.right)
			left := l.beside(i)
			if math.Abs(left-last) < 0.6*p.height && left > edge { // two lines are a column
				limit = math.Min(limit, left)
			}
			last = left
		}
	}
	return edge
}

// beside is where the next column begins to the right of the piece k; infinite for none.
func (l *pdfLines) beside(k int) float64 {
	p := &l.pieces[k]
	left := math.Inf(1)
	from, _ := slices.BinarySearchFunc(l.order, p.up-0.5*p.height, func(i int, up float64) int { return cmp.Compare(l.pieces[i].up, up) })
	for _, i := range l.order[from:min(len(l.order), from+pdfMaxBelow)] {
		q := &l.pieces[i]
		if q.up > p.up+0.5*p.height {
			break
		}
		if q.page == p.page && q.dirX*p.dirX+q.dirY*p.dirY >= 0.99 && q.left > p.right {
			left = math.Min(left, q.left)
		}
	}
	return left
}

// goesOn gives the word with which the address told so far, which ends at i in the
// text, goes on in the next line of its block, and where the word ends; "" for none.
// whole is asked of a word that looks like none whether it makes the address whole.
func (l *pdfLines) goesOn(so string, i int, whole func(so, word string) bool) (string, int) {
	k := l.at(i)
	if k < 0 || strings.TrimSpace(l.text[i:l.pieces[k].end]) != "" {
		return "", 0
	}
	n := l.next(k, true)
	if n < 0 {
		n = l.beyond(k)
	}
	if n < 0 || l.pieces[n].first != l.pieces[k].last || !sameHeight(l.pieces[k].tall, l.pieces[n].height) {
		return "", 0
	}
	q := &l.pieces[n]
	start := q.start + len(l.text[q.start:q.end]) - len(strings.TrimLeft(l.text[q.start:q.end], " \n"))
	end := min(urlEnd(l.text, start), q.end)
	word := l.text[start:max(start, end)]
	letter := (q.right - q.left) / float64(max(1, utf8.RuneCountInString(strings.TrimSpace(l.text[q.start:q.end]))))
	if alone := strings.TrimSpace(l.text[end:q.end]) == ""; !continues(so, word, alone) && !whole(so, word) {
		if !alone || !withinHost(so, word) {
			return "", 0
		}
		if strings.HasSuffix(so, "://") {
			l.limit = math.Min(l.limit, q.right+1.5*letter) // no host ends so: its line is full
		}
		rest, to := l.goesOn(so+word, end, whole)
		if !strings.Contains(rest, "/") {
			return "", 0
		}
		word, end = word+rest, to
	}
	// behind is how far the line would have reached with the beginning of the word, up to
	// where a line may be broken.
	behind := func(breaks string) float64 {
		piece := word
		if b := strings.IndexAny(word, breaks); b >= 0 {
			piece = word[:b+1]
		}
		return l.pieces[k].right + letter*(float64(utf8.RuneCountInString(piece))+0.5)
	}
	if strings.HasSuffix(so, "-") || strings.HasSuffix(so, "://") || strings.HasSuffix(so, "/") && isID(word) ||
		strings.HasSuffix(so, "&") || strings.HasSuffix(so, "?") && strings.Contains(word, "=") {
		l.limit = math.Min(l.limit, behind("/-?=&_#")) // which had no room
		return word, end                               // no address ends so, whatever room was left
	}
	left := l.beside(k)
	if math.Abs(left-l.beside(n)) < 0.6*q.height { // two lines are a column
		l.limit = math.Min(l.limit, left)
	}
	if behind("/-.?=&_#") < math.Min(math.Min(l.limit, left), l.edge(k)) {
		return "", 0
	}
	l.limit = math.Min(l.limit, left)
	last, _ := utf8.DecodeLastRuneInString(so)
	first, _ := utf8.DecodeRuneInString(word)
	if isWord(last) && isWord(first) { // a word is divided where the line is full
		l.limit = math.Min(l.limit, l.pieces[k].right+1.5*letter)
	}
	return word, end
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// behind gives the word with which the next line of the block begins where a line ends at i.
func (l *pdfLines) behind(i int) string {
	k := l.at(i)
	if k < 0 || strings.TrimSpace(l.text[i:l.pieces[k].end]) != "" {
		return ""
	}
	n := l.next(k, true)
	if n < 0 {
		n = l.beyond(k)
	}
	if n < 0 {
		return ""
	}
	word, _, _ := strings.Cut(strings.TrimSpace(l.text[l.pieces[n].start:l.pieces[n].end]), " ")
	return word
}

// divides reports whether words are divided at the ends of lines.
func (l *pdfLines) divides() bool {
	if l.hyphen == 0 {
		n := 0
		for _, p := range l.pieces {
			s := strings.TrimRight(l.text[p.start:p.end], " \n")
			word := strings.TrimRight(s, "-\u2010\u00ad")
			r, _ := utf8.DecodeLastRuneInString(word)
			if len(word) < len(s) && unicode.IsLower(r) && !strings.ContainsAny(word[max(0, strings.LastIndexByte(word, ' ')):], "/.-_") {
				n++
			}
		}
		if l.hyphen = 1; n >= pdfDivided {
			l.hyphen = 2
		}
	}
	return l.hyphen == 2
}

// spelling is how an address may be spelt. One that is no more than a guess is told only
// where a provider's rule says that it is whole.
type spelling struct {
	url   string
	guess bool
}

// readOn gives the spellings of an address whose spellings so far are given, and which goes on
// with a word in the next line, the likeliest first. A hyphen between letters may be that of a
// program which divides words.
func (l *pdfLines) readOn(so []spelling, word string) []spelling {
	behind, _ := utf8.DecodeRuneInString(word)
	var out []spelling
	for _, s := range so {
		out = append(out, spelling{s.url + word, s.guess})
		bare, hyphen := strings.CutSuffix(s.url, "-")
		if before, _ := utf8.DecodeLastRuneInString(bare); hyphen && unicode.IsLetter(before) && unicode.IsLetter(behind) {
			out = append(out, spelling{bare + word, s.guess || !l.divides()})
		}
	}
	return out[:min(len(out), pdfReadings)]
}

// idWord is the id of a badge or the beginning of one, as far as a line holds it: programs
// divide none where a hyphen stands between digits.
var idWord = regexp.MustCompile(`^(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){0,3}[0-9a-fA-F]{0,12}|([0-9a-f]{16,})|([A-Za-z0-9_-]{16,}))(?:$|[/?.,;:)])`)

// isID reports whether word is one: what people are called by has few capitals, or is
// words that begin with one each, with a year or a number behind them.
func isID(word string) bool {
	m := idWord.FindStringSubmatch(word)
	return m != nil && strings.ContainsAny(word, "0123456789") && (m[2] == "" || humps(m[2]) > 3 && !nameWord.MatchString(m[2]))
}

// nameWord is names of people, run together, and dottedName with dots between them.
var (
	nameWord   = regexp.MustCompile(`^(?:[A-Z][a-z]+[-_]?)+[0-9]*$`)
	dottedName = regexp.MustCompile(`^(?:\p{Lu}\p{Ll}*\.)+\p{Lu}\p{Ll}+[0-9]*[.,;:!?)]*$`)
)

// ipStart begins the address of a host that has no name.
var ipStart = regexp.MustCompile(`^(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+)?/`)

// portWord begins with the port of a host.
var portWord = regexp.MustCompile(`^[1-9][0-9]{1,4}/[A-Za-z]`)

var monthWord = regexp.MustCompile(`(?i)^(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\p{L}*[-./–]?\d*$`)

// Numbers of telephones: with a country's, at the beginning or behind a label, and others
// behind one.
var (
	dialled  = regexp.MustCompile(`^(?:\p{L}{0,3}|[\p{L}.-]{1,24}[:=./#_-]+)\(?\+[0-9][0-9()./-]{5,}`)
	labelled = regexp.MustCompile(`^([\p{L}.]{1,24}?)([-:=/#._]+)(\(?0?[0-9()./-]{5,})[.,;:!?)]*$`)
	home     = regexp.MustCompile(`^\(?0[0-9()./-]{7,}$`) // with the zero before an area's number
)

// telephones are labels of what is no address whatever stands between them and a number.
var telephones = strings.Fields(`tel telephone telephonenumber telefon telefonnummer telefono teléfono téléphone telefoon phone phonenumber ph fon
	mobile mobil mob móvil movil cellulare handy cell fax portable komórka whatsapp`)

// isPhone reports whether word is the number of a telephone, and no port of a host.
func isPhone(word string) bool {
	if dialled.MatchString(word) {
		return true
	}
	m := labelled.FindStringSubmatch(word)
	if m == nil {
		return false
	}
	label := lowerLetters(m[1])
	return slices.Contains(telephones, label) || m[2][0] == ':' && !isHostName(m[1]) || len(label) == 1 && home.MatchString(m[3])
}

// lowerLetters gives the letters of s in small.
func lowerLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// personal are the other labels, in small letters and without what stands between these, of
// what an applicant says of himself.
var personal = strings.Fields(`name fullname firstname lastname familyname givenname surname vorname nachname familienname
	nom prenom prénom nombre apellido apellidos nome cognome sobrenome naam voornaam achternaam imie imię nazwisko
	mail email emailaddress courriel correo address adresse dirección
	direccion indirizzo endereço adres anschrift street strasse straße residence wohnort birth birthday birthdate dateofbirth dob
	born geb geboren geburtsdatum geburtstag naissance nacimiento nascita nascimento geboortedatum urodzenia age alter
	nationality passport passportnumber iban ssn`)

// personalColon are such labels that names of parameters could be, too.
var personalColon = strings.Fields("id dni nie nif cpf pesel ausweis skype telegram signal instagram")

// isPersonal reports whether word begins with such a label and a value.
func isPersonal(word string) bool {
	i := strings.IndexAny(word, ":=")
	if i < 0 {
		return false
	}
	label := lowerLetters(word[:i])
	if label == "name" && strings.Contains(word, "&") {
		return false // a query's
	}
	return slices.Contains(personal, label) || slices.Contains(telephones, label) || word[i] == ':' && slices.Contains(personalColon, label)
}

// accountWord is the number of an account (IBAN) or of a passport.
var accountWord = regexp.MustCompile(`^[A-Z]{1,2}[0-9]{6,32}[.,;:!?)]*$`)

// continues reports whether word may be the rest of an address of which so much has
// been told; alone says that nothing else stands in its line. A word that could be
// of the applicant - an address of mail, a number of a telephone, another page -
// never is: it would be sent to a stranger's host.
func continues(so, word string, alone bool) bool {
	if word == "" || isOfPerson(word) || urlStart(word) > 0 || labelledURL.MatchString(word) || strings.HasPrefix(word, "eyJ") || isJWS(word) {
		return false
	}
	_, rest, found := strings.Cut(so, "://")
	if !found {
		rest = so // www.…, which needs no scheme
	}
	broken := rest == "" || strings.ContainsAny(rest[len(rest)-1:], "-_=?&#%.")
	if !strings.Contains(rest, "/") {
		return ofHost(rest, word, broken, alone)
	}
	letters := strings.ContainsFunc(word, unicode.IsLetter)
	letters = letters || numbered(rest, word)
	if !letters || monthWord.MatchString(word) || accountWord.MatchString(word) {
		return false // numbers and dates
	}
	bare := strings.TrimRight(word, ".,;:!?)")
	first, _ := utf8.DecodeRuneInString(bare)
	if !strings.ContainsAny(bare, "0123456789/=&?%_-.") && (unicode.IsUpper(first) && humps(bare) < 2 || bare != word && strings.HasSuffix(word, ":")) {
		return false // a heading
	}
	if (!broken || strings.Contains(bare, "/") && strings.IndexByte("-_.#", rest[len(rest)-1]) >= 0) && isHostName(bare) {
		return false // another page; behind a hyphen the end of a name may look like a host
	}
	if strings.ContainsAny(rest[len(rest)-1:], "?&") && !ofQuery(bare) {
		return false
	}
	if alone {
		return true
	}
	return isPiece(bare, len(word)) || endsFile(rest, bare) || broken && rest[len(rest)-1] != '.'
}

// labelledURL is another address behind what it is called.
var labelledURL = regexp.MustCompile(`(?i)^\p{L}[\p{L}0-9._-]*[:([<{]+https?://`)

// fileEnd is the end of the name of a file as badges and their pages have it.
var fileEnd = regexp.MustCompile(`(?i)[^/?#]\.(?:json|jsonld|jwt|html?|php|aspx|jsp|png|svg|xml)$`)

// endsFile reports whether word makes the name of a file whole that so begins.
func endsFile(so, word string) bool { return fileEnd.MatchString(so+word) && !fileEnd.MatchString(so) }

// ofHost reports whether word may go on within the name of a host, of which so much stands
// in the line before.
func ofHost(so, word string, broken, alone bool) bool {
	path := strings.ContainsAny(word, "/?")
	host := word
	if i := strings.IndexAny(word, "/:?#"); i >= 0 {
		host = word[:i]
	}
	switch {
	case so == "" && !beginsHost(word):
		return false
	case strings.HasSuffix(so, ":"): // no area of a telephone begins so, nor is it before letters
		return isHostName(so[:len(so)-1]) && portWord.MatchString(word) || ipStart.MatchString(so+word)
	case path && so != "":
		return strings.ToLower(host) == host && isHostName(so+host) || ipStart.MatchString(so+word)
	}
	return (strings.ContainsFunc(word, unicode.IsLetter) || ipStart.MatchString(word)) && (broken || path) && (alone || path)
}

// withinHost reports whether word, which stands alone in its line, may be from the middle of
// the name of a host: only the line that ends the name tells. What has a name already has
// no more of it.
func withinHost(so, word string) bool {
	_, host, _ := strings.Cut(so, "://")
	return len(host)+len(word) < maxHost && !strings.ContainsAny(host, "/:?#@") && strings.Contains(word, ".") &&
		!isHostName(host) && !isHostName(word) && !isOfPerson(word) && !strings.ContainsFunc(word, func(r rune) bool {
		return r != '.' && (r >= utf8.RuneSelf || !isHostByte(byte(r)) || unicode.IsUpper(r))
	})
}

const maxHost = 253 // characters of the name of a host (RFC 1035 §2.3.4)

// isOfPerson reports whether word is how people are written to, called up or called.
func isOfPerson(word string) bool {
	return strings.Contains(word, "@") || isPersonal(word) || isPhone(word) || dottedName.MatchString(word)
}

// numbered reports whether word is the number in an address before its query.
func numbered(rest, word string) bool {
	return strings.HasSuffix(rest, "/") && strings.HasSuffix(word, "?")
}

// callName is how people call themselves where they are asked for a name: letters, and a year
// or a number behind them.
var callName = regexp.MustCompile(`^[\p{L}_.-]+[0-9]*$`)

// parameters are names in queries of badges, which may end a line.
var parameters = strings.Fields("hash id key token code Signature Expires Policy")

// ofQuery reports whether word may be of a query: that has names and values, or is an id.
func ofQuery(word string) bool {
	return strings.ContainsAny(word, "=&%") || strings.HasPrefix(word, "X-Amz-") || slices.Contains(parameters, word) ||
		len(word) >= 8 && strings.ContainsAny(word, "0123456789") && !callName.MatchString(word)
}

// isPiece reports whether a word of a size, with others behind it, looks like a part of an address.
func isPiece(word string, size int) bool {
	return strings.ContainsAny(word, "/=&?%_") || strings.ContainsAny(word, "0123456789") && size >= 8 || humps(word) > 3 && size >= 16
}

// humps counts the capitals behind small letters in s: a word of people has one at most
// (LinkedIn), the id of a badge has many.
func humps(s string) int {
	n, small := 0, false
	for _, r := range s {
		if small && unicode.IsUpper(r) {
			n++
		}
		small = unicode.IsLower(r)
	}
	return n
}

// owns reports whether a word of the applicant's name stands in s, by itself or run
// together with others.
func (c *call) owns(s string) bool {
	s = strings.ToLower(s)
	pieces := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, own := range c.own {
		if slices.Contains(pieces, own) || utf8.RuneCountInString(own) > 4 && strings.Contains(s, own) {
			return true
		}
	}
	return false
}

// ownsOver reports whether word is the beginning of what is the applicant's or of an address
// of mail, which goes on in the line behind it.
func (c *call) ownsOver(word, behind string) bool {
	if strings.HasPrefix(behind, "@") && strings.Contains(behind, ".") {
		return true
	}
	word = strings.ToLower(word)
	s := word + strings.ToLower(behind)
	return slices.ContainsFunc(c.own, func(own string) bool {
		i := strings.LastIndex(s, own)
		return utf8.RuneCountInString(own) > 4 && i >= 0 && i < len(word) && i+len(own) > len(word)
	})
}

// ownWords are the words of names by which the applicant may be known, and what stands in
// addresses of mail before the host, in small letters.
func ownWords(names []string) []string {
	var words []string
	for _, n := range names {
		if local, _, mail := strings.Cut(strings.ToLower(n), "@"); mail {
			local, _, _ = strings.Cut(local[strings.LastIndexAny(local, "<\" :")+1:], "+")
			if utf8.RuneCountInString(local) > 4 && len(words) < maxOwn { // less may be a word of a path
				words = append(words, local)
			}
			continue
		}
		for _, w := range strings.FieldsFunc(strings.ToLower(n), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if utf8.RuneCountInString(w) > 1 && len(words) < maxOwn {
				words = append(words, w)
			}
		}
	}
	return words
}

const maxOwn = 100 // words of names

// isHostName reports whether s begins with a name of a host under a public suffix.
func isHostName(s string) bool {
	host, _, _ := strings.Cut(strings.ToLower(s), "/")
	if !strings.Contains(host, ".") || strings.HasPrefix(host, ".") || strings.ContainsAny(host, "=&?%_") {
		return false
	}
	suffix, known := publicsuffix.PublicSuffix(host)
	return known || strings.Contains(suffix, ".") // hosts of one who gives names to others
}

// beginsHost reports whether word may be what stands behind a scheme: the name of a host
// or its number, or the beginning of one that the next line divides.
func beginsHost(word string) bool {
	host := strings.TrimRight(word, ".,;:!?)")
	divided := strings.HasSuffix(host, "-") && strings.Contains(host, ".") && !strings.Contains(host, "/")
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	return divided || strings.ToLower(host) == host && isHostName(host) || ipStart.MatchString(word)
}

// wrappedURL takes the address that stands from i to end in the text of a page and
// goes on in lines below. It tells the several readings, the likeliest first: the
// host decides. false when it does not go on.
func (t *scan) wrappedURL(i, end int) bool {
	if t.lines == nil {
		return false
	}
	type reading struct {
		url  string
		link Link
	}
	so, at := []spelling{{url: t.s[i:end]}}, end
	var all []reading
	add := func() bool { // whether a provider's rule says that one is whole
		for n := len(so) - 1; n >= 0; n-- {
			u, l, ok := t.p.parseLink(so[n].url, t.place)
			if !ok || isNamespace(u) {
				continue
			}
			if l.Class == ClassKnown && !openEnded(l, u) {
				all = append(all[:0], reading{u, l})
				return true
			}
			if !so[n].guess && (len(all) == 0 || all[len(all)-1].url != u) {
				all = append(all, reading{u, l})
			}
		}
		return false
	}
	whole := add()
	t.lines.limit = math.Inf(1)
	first := len(all)
	lines := 0
	for !whole && lines < maxJoined {
		word, next := t.lines.goesOn(so[0].url, at, t.completes)
		if word == "" || t.p.owns(word) {
			break
		}
		if t.p.ownsOver(word, t.lines.behind(next)) {
			break
		}
		so, at = t.lines.readOn(so, word), next
		lines++
		whole = add()
	}
	if lines == 0 || len(all) == 0 {
		return false
	}
	slices.Reverse(all)
	for n, r := range all[:min(len(all), pdfReadings)] {
		pl := t.at(i)
		if whole || n < len(all)-first {
			pl = t.at(i, "joined")
		}
		t.p.emit(Finding{Kind: KindLink, Payload: r.url, Carrier: t.p.carrier, Link: &r.link}, pl)
		t.p.jwsInURL(r.url, pl)
	}
	return true
}

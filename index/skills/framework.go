package skills

import (
	"slices"
	"strings"
)

// Names of the frameworks that assay knows by themselves.
const (
	ESCO      = "ESCO"
	ONET      = "O*NET"
	CASE      = "CASE"
	RSD       = "RSD"
	CTDL      = "CTDL"
	Lightcast = "Lightcast"
)

// framework is a skills framework that assay knows by itself: by its
// identifiers, by its name, or by the files that its publisher gives out. What a
// row cannot do is nil or "".
type framework struct {
	name string // as skills of it say
	// names are those that badges write, folded; fullName the words that together
	// stand for it, of each several forms.
	names    []string
	fullName [][]string
	// closed: everything in it is known where it is loaded, so that an identifier
	// which it lacks was made up. Its import bears its own name.
	closed bool

	// identifier reads the concept's identifier out of an address, and of what kind
	// it is: both together tell concepts apart.
	identifier func(u address) (kind, id string)
	// keeps says that a badge's address stands for a concept though the framework
	// is not loaded, and under which URL. competency: the badge calls it one.
	keeps func(raw string, competency bool) (id string, ok bool)
	// code reads a code in the framework's form.
	code func(code string) (codeForm, string)

	format string // of an import
	read   func(*importer) error
}

// codeForm is what the form of a code says.
type codeForm uint8

const (
	codeAny        codeForm = iota // it has no form of the framework's
	codeConcept                    // a concept's: of the URL beside it, where there is one
	codeKept                       // a concept's, which is kept by the URL beside it
	codeOccupation                 // an occupation's: no skill
)

// frameworks are those that assay knows, in the order in which they are asked
// for an identifier.
var frameworks []framework

func init() { // not at once: to read an import is to ask for identifiers
	frameworks = []framework{
		{name: ESCO, names: []string{"esco"}, fullName: [][]string{{"european"}, {"competence", "competency"}, {"occupation"}}, closed: true,
			identifier: escoIdentifier, code: escoCode, format: FormatESCO, read: (*importer).esco},
		{name: ONET, names: []string{"onet", "o net", "onetonline", "onetcenter"}, closed: true,
			identifier: onetIdentifier, code: onetCode, format: FormatONET, read: (*importer).onet},
		{name: CASE, identifier: caseIdentifier, keeps: caseKeeps, format: FormatCASE, read: jsonFiles((*importer).readCASE)},
		{name: CTDL, identifier: ctdlIdentifier, keeps: ctdlKeeps, format: FormatCTDL, read: jsonFiles((*importer).readCTDL)},
		{name: RSD, identifier: rsdIdentifier, keeps: rsdKeeps, format: FormatRSD, read: jsonFiles((*importer).readRSD)},
		{name: Lightcast, names: []string{"lightcast", "emsi", "emsidata"}, identifier: lightcastIdentifier, keeps: lightcastKeeps, code: lightcastCode},
	}
	for i := range frameworks {
		for _, form := range slices.Concat(frameworks[i].fullName...) {
			words.kinds.put(form, words.kinds.known[form]|wordBeside)
		}
	}
}

// known gives the row of a framework; of one that assay does not know by itself
// it can do nothing.
func known(name string) *framework {
	if name == "" {
		return &noFramework
	}
	for i := range frameworks {
		if frameworks[i].name == name {
			return &frameworks[i]
		}
	}
	return &noFramework
}

var noFramework framework

// opaque gives the identifier that is kept for a URL that no loaded framework
// has; framework is appendKey's.
func opaque(framework, raw string, competency bool) (id string, ok bool) {
	if f := known(framework); f.keeps != nil {
		return f.keeps(strings.TrimSpace(raw), competency)
	}
	return "", false
}

// codeOf reads a code in a framework's form.
func codeOf(framework, code string) (codeForm, string) {
	if f := known(framework); f.code != nil {
		return f.code(code)
	}
	return codeAny, ""
}

// frameworkName gives the framework that a name stands for, of those that assay
// knows by their names, "" for others. Beside the name only words may stand
// that say what these frameworks are: "ESCO Corporation, welding" is somebody
// else's.
func frameworkName(s string) string {
	if s == "" || len(s) > longest {
		return ""
	}
	var buf [256]byte
	return frameworkOf(appendFolded(buf[:0], s))
}

// frameworkOf is frameworkName of a folded text.
func frameworkOf(folded []byte) string {
	name := ""
	for f := folded; len(f) > 0; {
		is, rest := nameAt(f)
		if is == "" {
			w := f[:wordEnd(f)]
			rest = f[len(w):]
			if words.kinds.of(w)&wordBeside == 0 && !isVersion(w) {
				return ""
			}
		} else if name != "" && name != is {
			return ""
		} else {
			name = is
		}
		if f = rest; len(f) > 0 {
			f = f[1:] // the space
		}
	}
	if name != "" {
		return name
	}
	for i := range frameworks {
		if full := frameworks[i].fullName; len(full) > 0 && hasEach(folded, full) {
			return frameworks[i].name
		}
	}
	return ""
}

// nameAt gives the framework whose name a folded text begins with.
func nameAt(f []byte) (name string, rest []byte) {
	for i := range frameworks {
		for _, n := range frameworks[i].names {
			if f[0] == n[0] && len(f) >= len(n) && string(f[:len(n)]) == n && (len(f) == len(n) || f[len(n)] == ' ') {
				return frameworks[i].name, f[len(n):]
			}
		}
	}
	return "", f
}

func wordEnd(f []byte) int {
	for i, c := range f {
		if c == ' ' {
			return i
		}
	}
	return len(f)
}

// hasEach reports whether of each word one form stands in a folded text.
func hasEach(folded []byte, each [][]string) bool {
	for _, forms := range each {
		found := false
		for f := folded; len(f) > 0 && !found; {
			w := f[:wordEnd(f)]
			for _, x := range forms {
				found = found || string(w) == x
			}
			f = f[min(len(w)+1, len(f)):]
		}
		if !found {
			return false
		}
	}
	return true
}

// isVersion reports whether a word is a number, or v and a number.
func isVersion(w []byte) bool {
	if len(w) > 1 && w[0] == 'v' {
		w = w[1:]
	}
	for _, c := range w {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

package web

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/read"

	"go.uber.org/zap"
)

// maxMatch is how many applicants a match as CSV holds: each is ranked against
// every skill.
const maxMatch = 1000

// fileForm is a form in which hits leave.
type fileForm string

const (
	formCSV    fileForm = "csv"    // RFC 4180, a line for each applicant and skill; safe to open in a spreadsheet
	formJSON   fileForm = "json"   // one array
	formNDJSON fileForm = "ndjson" // an object a line
)

func (f fileForm) contentType() string {
	switch f {
	case formCSV:
		return "text/csv; charset=utf-8"
	case formNDJSON:
		return "application/x-ndjson"
	}
	return "application/json"
}

// isFile reports whether the answer is a file of many pages of hits.
func (a *asked) isFile() bool {
	return a.route == "/v1/export" || a.route == "/saved/{id}/export" || a.p.Get("format") == string(formCSV)
}

// file says in the headers what follows: how many there are, and whether the
// file ends before.
func (a *asked) file(name string, format fileForm, total, limit int) {
	h := a.w.Header()
	h.Set("Content-Type", format.contentType())
	h.Set("Content-Disposition", `attachment; filename="`+name+"."+string(format)+`"`)
	h.Set("X-Total-Count", strconv.Itoa(total))
	if total > limit {
		h.Set("X-Truncated", "true")
	}
}

// breakOff ends an answer that cannot be completed so that the client sees it:
// a file that is cut must not look like a whole one.
func (h *handler) breakOff(a *asked, err error) {
	h.o.Log.Warn("file broken off", zap.String("route", a.route), zap.Error(err))
	panic(http.ErrAbortHandler)
}

// export writes every hit of a search, a page of hits at a time, and below them, where
// they are fewer than a page of the search, those of its sections, query.MaxExportSize
// of each; Options.Export at most in all.
func (h *handler) export(a *asked) (any, error) {
	format := fileForm(a.p.Get("format"))
	switch {
	case !a.p.Has("format"):
		format = formCSV
	case format == formCSV, format == formJSON, format == formNDJSON:
	default:
		return nil, badRequest("format=%.32q is not csv, json or ndjson", format)
	}
	p, n := a.again(), 0
	next := func() (*index.Results, error) {
		q, err := h.searchOf(p, a.hides(), nil, true)
		if err != nil {
			return nil, err
		}
		q.Size = min(q.Size, h.o.Export-n)
		return h.find(a, q)
	}
	res, err := next()
	if err != nil {
		return nil, err // nothing is written yet: a problem can be
	}
	defer func() { h.seen(a, n) }() // also of what was broken off
	total, limit, sections := res.Total, h.o.Export, res.Sections
	if len(sections) > 0 {
		limit = min(limit, res.Shown())
	}
	for i := range sections {
		total += sections[i].Total
	}
	a.file("applicants", format, total, limit)
	out := newHitWriter(a.w, format, h.placeOf)
	write := func(hits []index.Hit, in *index.Section) {
		for i := range hits[:min(len(hits), h.o.Export-n)] {
			if err := out.hit(&hits[i], in); err != nil {
				h.breakOff(a, err)
			}
			n++
		}
	}
	for {
		write(res.Hits, nil)
		if res.Cursor == "" || n >= h.o.Export {
			break
		}
		p.Set("cursor", res.Cursor)
		if res, err = next(); err != nil {
			h.breakOff(a, err)
		}
	}
	for i := range sections {
		write(sections[i].Hits, &sections[i])
	}
	if err := out.end(); err != nil {
		h.breakOff(a, err)
	}
	return nil, nil
}

// recordColumns are the columns of a record as CSV: a line for each skill of each badge,
// and one for a badge of no skill.
var recordColumns = []string{"application", "display_name", "job", "applied_at", "checked_at", "badge", "number", "status", "reason", "issuer", "issuer_id", "issuer_standing", "earned", "expires", "skill", "skill_id", "framework", "basis", "level", "where"}

// recordFile writes one application as CSV.
func (h *handler) recordFile(a *asked) error {
	app, err := h.record(a)
	if err != nil {
		return err
	}
	a.file("application", formCSV, len(app.Credentials), len(app.Credentials))
	out, now := newSheet(a.w, recordColumns), h.o.Now()
	for i := range app.Credentials {
		d := &app.Credentials[i].Verdict
		status, _ := nowOf(d, now)
		line := func(skill, id, framework, basis, level string) error {
			return out.line(app.Application.Application, app.DisplayName, app.Job, stamp(app.AppliedAt), stamp(app.CheckedAt), d.Credential.Name, strconv.Itoa(i+1), string(status), string(d.Reason),
				record.ShownIssuer(d), d.Credential.Issuer.ID, string(d.Aspects.Standing.Level), stamp(d.Credential.Issued), stamp(d.Credential.Expires), skill, id, framework, basis, level, app.Credentials[i].Where)
		}
		n := 0
		for k := range app.Claims {
			if c := &app.Claims[k]; c.Credential == i && c.Label != "" {
				n++
				if err := line(c.Label, c.ID, cmp.Or(c.Framework, c.Named), string(c.Basis), c.Level); err != nil {
					h.breakOff(a, err)
				}
			}
		}
		if n == 0 {
			if err := line("", "", "", "", ""); err != nil {
				h.breakOff(a, err)
			}
		}
	}
	if err := out.end(); err != nil {
		h.breakOff(a, err)
	}
	return nil
}

// hitWriter writes hits in one of the forms, one by one.
type hitWriter struct {
	w      io.Writer
	format fileForm
	csv    *sheet
	n      int
	place  func(id, application string) string
}

// exportColumns are the columns of a CSV export: a line for each applicant and
// skill that he was found by, or that he can prove where the question names
// none.
var exportColumns = []string{
	"application", "candidate", "display_name", "job", "applied_at", "checked_at", "score",
	"term", "skill", "skill_id", "framework", "basis", "match", "status", "reason", "standing", "level",
	"badge", "issuer", "issuer_id", "issuer_resembles", "earned", "expires", "verified_credentials", "skills_proven",
	"section", "heading", // what was given up to find him; empty where nothing was
	"application_url", // in the hiring system; empty where nobody says
}

// exportHit is a hit with the section that it is of.
type exportHit struct {
	*index.Hit
	Place   string         `json:"application_url,omitempty"` // in the hiring system
	Section *exportSection `json:"section,omitempty"`         // nil: found by the question as it stands
}

type exportSection struct {
	Way     query.Way `json:"way"`
	Heading string    `json:"heading"`
}

func newHitWriter(w io.Writer, format fileForm, place func(id, application string) string) *hitWriter {
	h := &hitWriter{w: w, format: format, place: place}
	if format == formCSV {
		h.csv = newSheet(w, exportColumns)
	}
	return h
}

// hit writes a hit, of a section where in is not nil.
func (h *hitWriter) hit(x *index.Hit, in *index.Section) error {
	h.n++
	section := &exportSection{}
	if in != nil {
		section.Way, section.Heading = in.Way, in.Heading
	}
	switch h.format {
	case formJSON, formNDJSON:
		if in == nil {
			section = nil
		}
		b, err := json.Marshal(exportHit{x, h.place(x.ID, x.Application), section})
		if err != nil {
			return err
		}
		before, after := "", "\n"
		if h.format == formJSON {
			if before, after = ",", ""; h.n == 1 {
				before = "["
			}
		}
		_, err = h.w.Write(slices.Concat([]byte(before), b, []byte(after)))
		return err
	}
	why := x.Why
	if len(why) == 0 {
		why = x.Proven
	}
	if len(why) == 0 {
		why = []query.Match{{}}
	}
	for i := range why {
		m := &why[i]
		if err := h.csv.line(
			x.Application, x.Candidate, x.DisplayName, x.Job, stamp(x.AppliedAt), stamp(x.CheckedAt), strconv.Itoa(x.Score),
			m.Term, m.Label, m.Skill, m.Framework, string(m.Basis), string(m.How), string(m.Status), string(m.Reason), m.Standing, m.Level,
			m.Name, m.IssuerName, m.Issuer, string(m.Resembles), stamp(m.Earned), stamp(m.Expires), strconv.Itoa(x.Counts.Verified), strconv.Itoa(x.Breadth.Skills),
			string(section.Way), section.Heading, h.place(x.ID, x.Application),
		); err != nil {
			return err
		}
	}
	return nil
}

func (h *hitWriter) end() error {
	switch {
	case h.csv != nil:
		return h.csv.end()
	case h.format == formNDJSON:
		return nil
	case h.n == 0:
		_, err := io.WriteString(h.w, "[]\n")
		return err
	}
	_, err := io.WriteString(h.w, "]\n")
	return err
}

// sheet is a CSV file (RFC 4180) that is safe to open in a spreadsheet.
type sheet struct{ w *csv.Writer }

func newSheet(w io.Writer, columns []string) *sheet {
	s := &sheet{csv.NewWriter(w)}
	s.w.UseCRLF = true     // RFC 4180 §2.1
	_ = s.w.Write(columns) // an error stays and shows at the end
	return s
}

func (s *sheet) line(cells ...string) error {
	for i := range cells {
		cells[i] = safeCell(cells[i])
	}
	return s.w.Write(cells)
}

func (s *sheet) end() error {
	s.w.Flush()
	return s.w.Error()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// formula are the signs that a spreadsheet begins a formula at, or that move
// what follows into a cell of its own, with their full-width and small forms
// (OWASP, CSV Injection).
const formula = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫\u2212"

// safeCell keeps a spreadsheet from taking a cell for a formula: a quote goes
// before it when it begins with one of formula, also behind what shows as
// nothing or as a space, or stands between cells. Line breaks become spaces, and
// what shows as nothing is left out.
func safeCell(s string) string {
	start := strings.TrimLeftFunc(s, func(r rune) bool {
		return r != '\t' && r != '\r' && r != '\n' && (!read.Shown(r) || unicode.IsSpace(r)) || strings.ContainsRune(",;|'\"", r)
	})
	first, size := utf8.DecodeRuneInString(start)
	s = clean(s)
	if size > 0 && strings.ContainsRune(formula, first) {
		return "'" + s
	}
	return s
}

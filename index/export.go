package index

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ExportFormat is a form in which hits leave.
type ExportFormat string

// Forms of an export.
const (
	ExportCSV    ExportFormat = "csv"    // RFC 4180, a line for each applicant and matched skill; safe to open in a spreadsheet
	ExportJSON   ExportFormat = "json"   // one array
	ExportNDJSON ExportFormat = "ndjson" // an object a line
)

// ContentType gives the media type of the form.
func (f ExportFormat) ContentType() string {
	switch f {
	case ExportCSV:
		return "text/csv; charset=utf-8"
	case ExportNDJSON:
		return "application/x-ndjson"
	}
	return "application/json"
}

// Export writes hits in one of the forms.
func Export(w io.Writer, format ExportFormat, hits []Hit) error {
	switch format {
	case ExportCSV:
		return exportCSV(w, hits)
	case ExportNDJSON:
		e := json.NewEncoder(w)
		for i := range hits {
			if err := e.Encode(&hits[i]); err != nil {
				return err
			}
		}
		return nil
	case ExportJSON:
		if hits == nil {
			hits = []Hit{}
		}
		return json.NewEncoder(w).Encode(hits)
	}
	return fmt.Errorf("index: no export format %q", string(format))
}

// Columns of a CSV export.
var exportColumns = []string{
	"application", "candidate", "display_name", "job", "applied_at", "checked_at", "score",
	"term", "skill", "skill_id", "framework", "basis", "match", "status", "trust", "level",
	"badge", "issuer", "issuer_id", "earned", "expires", "verified_credentials", "skills_proven",
}

func exportCSV(w io.Writer, hits []Hit) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true // RFC 4180 §2.1
	if err := c.Write(exportColumns); err != nil {
		return err
	}
	for i := range hits {
		h := &hits[i]
		why := h.Why
		if len(why) == 0 {
			why = []Match{{}}
		}
		for j := range why {
			m := &why[j]
			row := []string{
				h.Application, h.Candidate, h.DisplayName, h.Job, stamp(h.AppliedAt), stamp(h.CheckedAt), strconv.Itoa(h.Score),
				m.Term, m.Label, m.Skill, m.Framework, string(m.Basis), string(m.How), string(m.Status), m.Trust, m.Level,
				m.Name, m.IssuerName, m.Issuer, stamp(m.Earned), stamp(m.Expires), strconv.Itoa(h.Counts.Verified), strconv.Itoa(h.Breadth.Skills),
			}
			for k := range row {
				row[k] = safeCell(row[k])
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// safeCell keeps a spreadsheet from taking a cell for a formula: a quote goes
// before a leading = + - @, tab or carriage return (OWASP, CSV Injection), also
// where spaces, a separator or a full-width form of those signs come first, and
// line breaks and control characters become spaces.
func safeCell(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < 0x20 || r == 0x7f:
			return -1
		case hidden(r):
			return -1
		}
		return r
	}, s)
	t := strings.TrimLeft(s, " ,;|'\"\u00a0\u3000")
	if t == "" {
		return s
	}
	if r, _ := utf8.DecodeRuneInString(t); strings.ContainsRune("=+-@＝＋－＠\u2212", r) {
		return "'" + s
	}
	return s
}

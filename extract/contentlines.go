package extract

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
)

// Cards of people and entries of calendars: lines of a name, parameters and a value
// (vCard 4.0, RFC 6350 §3.3; iCalendar, RFC 5545 §3.1; vCard 2.1 and 3.0 as well).

// sniffContentLines wants the first line of a card or a calendar.
func sniffContentLines(p *part) bool {
	b := bytes.TrimLeft(bytes.TrimPrefix(p.data[:min(len(p.data), 256)], []byte("\xEF\xBB\xBF")), " \t\r\n")
	return hasFoldPrefix(string(b[:min(len(b), 16)]), "BEGIN:VCARD") || hasFoldPrefix(string(b[:min(len(b), 16)]), "BEGIN:VCALENDAR")
}

// extractContentLines reads every value, whichever its name: addresses, notes and
// what programs add of their own (X-…), and the pictures and files that stand in it.
func extractContentLines(p *part) {
	s := strings.TrimPrefix(decodeText(p.data), "\uFEFF")
	for line := range unfolded(s) {
		if p.done() {
			return
		}
		head, value := splitLine(line)
		if value == "" {
			continue
		}
		name, params, _ := strings.Cut(strings.ToUpper(head), ";")
		if i := strings.LastIndexByte(name, '.'); i >= 0 { // of a group, as "item1.URL"
			name = name[i+1:]
		}
		pl := p.place(name)
		params = ";" + params + ";"
		switch {
		case name == "TZURL": // of the zone's rules
		case strings.Contains(params, "ENCODING=B;") || strings.Contains(params, "ENCODING=BASE64;") || strings.Contains(params, ";BASE64;"):
			if data := decodeBase64(value); len(data) > 0 && p.count(1) {
				p.embedQuiet(pl, "", data)
			}
		case strings.Contains(params, "QUOTED-PRINTABLE;"):
			b, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
			p.value(toUTF8(b, charsetOf(params)), pl)
		case value[0] == '{' && p.candidate(value, pl, false):
		default:
			p.value(unescapeValue(value), pl)
		}
	}
}

// unfolded goes through the lines of s, each joined with those that continue it: one
// that begins with a space or a tab (RFC 6350 §3.2), and in quoted-printable the one
// behind "=" (vCard 2.1 §2.1.3).
func unfolded(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var whole strings.Builder
		soft := false
		for line := range strings.Lines(s) {
			line = strings.TrimRight(line, "\r\n")
			switch {
			case soft:
				whole.WriteString("\n" + line)
			case line != "" && (line[0] == ' ' || line[0] == '\t'):
				whole.WriteString(line[1:])
				continue
			default:
				if whole.Len() > 0 && !yield(whole.String()) {
					return
				}
				whole.Reset()
				whole.WriteString(line)
			}
			head, _ := splitLine(whole.String()[:min(whole.Len(), 1000)])
			soft = strings.HasSuffix(line, "=") && strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
		}
		if whole.Len() > 0 {
			yield(whole.String())
		}
	}
}

// splitLine parts a line at the colon before its value, which stands in no quotes.
func splitLine(line string) (head, value string) {
	quoted := false
	for i := range len(line) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return line[:i], strings.TrimSpace(line[i+1:])
			}
		}
	}
	return line, ""
}

func charsetOf(params string) string {
	_, label, _ := strings.Cut(params, "CHARSET=")
	label, _, _ = strings.Cut(label, ";")
	return label
}

// unescapeValue undoes the backslashes of a value (RFC 6350 §3.4).
func unescapeValue(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if i++; s[i] == 'n' || s[i] == 'N' {
			b.WriteByte('\n')
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

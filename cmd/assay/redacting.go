package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// redacting is a log or a terminal that passwords in URLs do not reach, whoever
// wrote the line: libraries quote addresses in their errors. What assay says of an
// address itself goes through read.Redacted.
type redacting struct{ w io.Writer }

var (
	// userinfo is a user, or a token, and perhaps a password (RFC 3986 §3.2.1).
	userinfo = regexp.MustCompile(`://([^\s/?#@:"'<>]*)(:[^\s/?#@"'<>]*)?@`)
	// unescaped is one whose password holds what ends a host, which is no port.
	unescaped = regexp.MustCompile(`://([^\s/?#@:"'<>]*):([^\s@"'<>]*)@`)
	port      = regexp.MustCompile(`^[0-9]{1,5}[/?#]`)
)

// Write writes lines, each whole.
func (r redacting) Write(lines []byte) (int, error) {
	safe := userinfo.ReplaceAllFunc(lines, func(m []byte) []byte {
		if at := userinfo.FindSubmatch(m); len(at[2]) > 0 {
			return append(append([]byte("://"), at[1]...), ":xxxxx@"...)
		}
		return []byte("://xxxxx@")
	})
	safe = unescaped.ReplaceAllFunc(safe, func(m []byte) []byte {
		if at := unescaped.FindSubmatch(m); !port.Match(at[2]) {
			return append(append([]byte("://"), at[1]...), ":xxxxx@"...)
		}
		return bytes.Clone(m)
	})
	if _, err := r.w.Write(safe); err != nil {
		return 0, err
	}
	return len(lines), nil
}

// safe is an error's text in one line, as a log has it.
func safe(err error) string {
	var b strings.Builder
	_, _ = redacting{&b}.Write([]byte(oneLine(err.Error())))
	return b.String()
}

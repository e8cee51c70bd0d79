package ingest

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

// filled makes a submission of what was read, which is strict already: read once more by
// another reader, a document of some hundred kilobytes costs as much as all the rest.
func filled(m map[string]any) (*Application, error) {
	o := members{m: m}
	a := &Application{V: int(o.number("v")), Tenant: o.kept("tenant"), Application: o.kept("application"), Job: o.kept("job"), Links: o.texts("links")}
	who := o.object("applicant")
	a.Applicant = Applicant{Emails: who.texts("emails"), Proven: who.texts("proven"), Name: who.kept("name"), IDs: who.texts("ids")}
	for _, d := range o.objects("documents") {
		a.Documents = append(a.Documents, Document{Name: d.kept("name"), Type: d.kept("type"), SHA256: d.kept("sha256"),
			Size: d.number("size"), Data: d.bytes("data"), Object: d.flag("object")})
	}
	if o.wrong() != nil {
		return nil, o.wrong()
	}
	return a, nil
}

// members reads the members of an object. What is not there, or null, is nothing; the
// first that is of another type is an error of all.
type members struct {
	m   map[string]any
	at  string // its path, with the full stop behind it
	err *EnvelopeError
	top *members // that the error is of; nil = itself
}

func (o *members) root() *members {
	if o.top != nil {
		return o.top
	}
	return o
}

func (o *members) wrong() *EnvelopeError { return o.root().err }

func (o *members) fail(name string) {
	if r := o.root(); r.err == nil {
		r.err = malformed("a member has the wrong type").at("%s", o.at+name)
	}
}

func (o *members) text(name string) string {
	s, ok := o.m[name].(string)
	if !ok && o.m[name] != nil {
		o.fail(name)
	}
	return s
}

// kept is text that does not hold on to the message it was read from: a submission on its
// way to the index would keep its documents in memory for the sake of a name.
func (o *members) kept(name string) string { return strings.Clone(o.text(name)) }

func (o *members) flag(name string) bool {
	b, ok := o.m[name].(bool)
	if !ok && o.m[name] != nil {
		o.fail(name)
	}
	return b
}

func (o *members) number(name string) int64 {
	if o.m[name] == nil {
		return 0
	}
	n, _ := o.m[name].(json.Number)
	v, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil {
		o.fail(name)
	}
	return v
}

func (o *members) bytes(name string) []byte {
	s := o.text(name)
	if s == "" {
		if o.m[name] != nil {
			return []byte{} // an empty document, and not none
		}
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		o.fail(name)
	}
	return b
}

func (o *members) list(name string) []any {
	l, ok := o.m[name].([]any)
	if !ok && o.m[name] != nil {
		o.fail(name)
	}
	return l
}

func (o *members) texts(name string) []string {
	var all []string
	for i, v := range o.list(name) {
		s, ok := v.(string)
		if !ok && v != nil {
			o.fail(name + "[" + strconv.Itoa(i) + "]")
		}
		all = append(all, strings.Clone(s))
	}
	return all
}

func (o *members) object(name string) *members {
	m, ok := o.m[name].(map[string]any)
	if !ok && o.m[name] != nil {
		o.fail(name)
	}
	return &members{m: m, at: o.at + name + ".", top: o.root()}
}

func (o *members) objects(name string) []*members {
	var all []*members
	for i, v := range o.list(name) {
		at := name + "[" + strconv.Itoa(i) + "]"
		m, ok := v.(map[string]any)
		if !ok && v != nil {
			o.fail(at)
		}
		all = append(all, &members{m: m, at: o.at + at + ".", top: o.root()})
	}
	return all
}

package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// secrets are the texts of a file with one of each: a string, a packed stream, an
// embedded file and metadata.
func secrets(f *File) map[string]string {
	out := map[string]string{}
	info, _ := f.Resolve(f.Trailer.Get("Info")).(Dict)
	out["string"], _ = info.Get("Title").(string)
	root, _ := f.Resolve(f.Trailer.Get("Root")).(Dict)
	for _, key := range []string{"Stream", "File", "Metadata"} {
		if s, ok := f.Resolve(root.Get(key)).(Stream); ok {
			b, _, _ := f.Decode(s)
			out[strings.ToLower(key)] = string(b)
		}
	}
	return out
}

var open4 = map[string]string{"string": "a title", "stream": "a stream", "file": "a file", "metadata": "<x/>"}

func secretFile(way string, handler func(string) string) *pdftest.Builder {
	b := &pdftest.Builder{Encrypt: way, Info: "/Title (a title)", Handler: handler}
	b.Catalog = "/Stream " + b.Packed("", "a stream") + " /File " + b.Stream("/Type /EmbeddedFile", "a file") + " /Metadata " + b.Stream("/Type /Metadata", "<x/>")
	return b
}

// What writers make of the handler's dictionary: of each the texts that are read,
// or why none are.
func TestSecurityForms(t *testing.T) {
	replace := func(pairs ...string) func(string) string {
		return func(d string) string {
			out := strings.NewReplacer(pairs...).Replace(d)
			if out == d {
				t.Errorf("%q is not in %s", pairs, d)
			}
			return out
		}
	}
	const filters = "/CF <</StdCF <</CFM /AESV2 /AuthEvent /DocOpen /Length 16>>>> /StmF /StdCF /StrF /StdCF"
	for desc, c := range map[string]struct {
		way     string
		handler func(string) string
		locked  error
	}{
		"RC4 of 40 bits":                    {"rc4-40", nil, nil},
		"RC4 of 128 bits":                   {"rc4-128", nil, nil},
		"AES of 128 bits":                   {"aes-128", nil, nil},
		"AES of 256 bits":                   {"aes-256", nil, nil},
		"RC4 of 40 bits by a filter":        {"filter-40", nil, nil},
		"version 4 without a length":        {"aes-128", replace("/Length 128 ", ""), nil},
		"a length that is a lie":            {"aes-128", replace("/Length 128 ", "/Length 40 "), nil},
		"a length in bytes":                 {"rc4-128", replace("/Length 128 ", "/Length 16 "), nil},
		"RC4 by a filter":                   {"rc4-128", replace("/V 2 /R 3 ", "/V 4 /R 3 /CF <</StdCF <</CFM /V2 /Length 16>>>> /StmF /StdCF /StrF /StdCF "), nil},
		"filters of another name":           {"aes-128", replace("StdCF", "Mine"), nil},
		"a public key handler":              {"aes-128", replace("/Filter /Standard", "/Filter /Adobe.PubSec"), ErrSecurity},
		"a version of later":                {"aes-256", replace("/V 5", "/V 6"), ErrSecurity},
		"a revision of later":               {"aes-256", replace("/R 6", "/R 7"), ErrSecurity},
		"another method":                    {"aes-128", replace("/AESV2", "/AESV9"), ErrSecurity},
		"a filter that is not there":        {"aes-128", replace("/StmF /StdCF", "/StmF /Other"), ErrSecurity},
		"no proof of the password":          {"aes-128", replace("/U ", "/X "), ErrSecurity},
		"a proof of another":                {"aes-128", replace("/P -44", "/P -48"), ErrPassword},
		"a proof of another, AES of 256":    {"aes-256", replace("/U <", "/U <00"), ErrPassword},
		"the key's dictionary is no object": {"aes-128", func(string) string { return "(none)" }, ErrSecurity},
	} {
		b := secretFile(c.way, c.handler)
		f := Open(b.Build(), func(int) bool { return true }, func(library string) { t.Errorf("%s failed", library) })
		if c.locked != nil {
			if f == nil || !f.Encrypted || f.Opened || !errors.Is(f.Locked, c.locked) {
				t.Errorf("%s: %+v, %v", desc, f.Opened, f.Locked)
			}
			continue
		}
		if f.Encrypted || !f.Opened || f.Damaged || f.Closed != 0 {
			t.Errorf("%s: encrypted %v, damaged %v, %v", desc, f.Encrypted, f.Damaged, f.Locked)
		}
		if got := secrets(f); fmt.Sprint(got) != fmt.Sprint(open4) {
			t.Errorf("%s: %q", desc, got)
		}
	}
	// Behind references, and directly in the trailer.
	b := secretFile("aes-128", nil)
	b.Add("%s", strings.TrimPrefix(strings.Split(filters, " /StmF")[0], "/CF "))
	apart := fmt.Sprintf("/CF %d 0 R /StmF", 9)
	b.Handler = replace("/CF <</StdCF <</CFM /AESV2 /AuthEvent /DocOpen /Length 16>>>> /StmF", apart)
	data := b.Build()
	if f := opened(t, data); !f.Opened || fmt.Sprint(secrets(f)) != fmt.Sprint(open4) {
		t.Errorf("filters behind a reference: %v, %q", f.Locked, secrets(f))
	}
	data = secretFile("rc4-128", nil).Build()
	from := bytes.Index(data, []byte("<</Filter /Standard"))
	dict := data[from : from+bytes.Index(data[from:], []byte("\nendobj"))]
	direct := bytes.Replace(data, []byte("/Encrypt 9 0 R"), append([]byte("/Encrypt "), dict...), 1)
	if f := opened(t, direct); !f.Opened || fmt.Sprint(secrets(f)) != fmt.Sprint(open4) {
		t.Errorf("directly in the trailer: %v, %q", f.Locked, secrets(f))
	}
	// Without cross references, a key is no less a key.
	lost := bytes.ReplaceAll(data, []byte("startxref"), []byte("startnone"))
	if f := opened(t, lost); !f.Opened || !f.Damaged || fmt.Sprint(secrets(f)) != fmt.Sprint(open4) {
		t.Errorf("damaged: %v, %q", f.Locked, secrets(f))
	}
}

// What is left in the clear among what is packed is read as it is: by Identity
// filters, metadata, one string, a stream that names a filter of its own.
func TestSecurityInTheClear(t *testing.T) {
	replaced := func(b *pdftest.Builder, old, now string) []byte {
		data := b.Build()
		if !bytes.Contains(data, []byte(old)) {
			t.Fatalf("%q is not there", old)
		}
		return bytes.Replace(data, []byte(old), []byte(now), 1)
	}
	// Nothing is packed at all.
	b := secretFile("", nil)
	b.Add("<</Filter /Standard /V 4 /R 4 /O (12345678901234567890123456789012) /U (12345678901234567890123456789012) /P -4 /StmF /Identity /StrF /Identity>>")
	b.Trailer = "/Encrypt 9 0 R"
	if f := opened(t, b.Build()); !f.Opened || fmt.Sprint(secrets(f)) != fmt.Sprint(open4) {
		t.Errorf("Identity: %v, %q", f.Locked, secrets(f))
	}
	// A name that was not packed, as one library writes those of attachments.
	b = secretFile("aes-128", nil)
	b.Catalog += " /Name @@"
	f := opened(t, replaced(b, "/Name @@", "/Name (an attachment with a long name of its own.png)"))
	root, _ := f.Resolve(f.Trailer.Get("Root")).(Dict)
	if s := root.Get("Name"); s != "an attachment with a long name of its own.png" || fmt.Sprint(secrets(f)) != fmt.Sprint(open4) {
		t.Errorf("one string in the clear: %q, %q", s, secrets(f))
	}
	// A stream in the clear by its own filter.
	b = secretFile("aes-128", nil)
	b.Catalog += " /Open 9 0 R"
	b.Add("@@")
	f = opened(t, replaced(b, "@@", "<</Filter [/Crypt /ASCIIHexDecode] /DecodeParms [<</Name /Identity>> null] /Length 5>> stream\n4869>\nendstream"))
	root, _ = f.Resolve(f.Trailer.Get("Root")).(Dict)
	if s, ok := f.Resolve(root.Get("Open")).(Stream); !ok {
		t.Error("no stream")
	} else if got, _, err := f.Decode(s); string(got) != "Hi" || err != nil {
		t.Errorf("a stream of its own filter: %q, %v", got, err)
	}
	// Only the attachments need a password: the rest is read, and they are counted.
	b = secretFile("", nil)
	b.Add("<</Filter /Standard /V 4 /R 4 /Length 128 /O (12345678901234567890123456789012) /U (12345678901234567890123456789012) /P -4 /CF <</StdCF <</CFM /AESV2 /AuthEvent /EFOpen /Length 16>>>> /StmF /Identity /StrF /Identity /EFF /StdCF>>")
	b.Trailer = "/Encrypt 9 0 R"
	f = opened(t, b.Build())
	if got := secrets(f); !f.Opened || f.Closed != 1 || got["file"] != "" || got["string"] != "a title" || got["stream"] != "a stream" {
		t.Errorf("closed attachments: %v, %d closed, %q", f.Opened, f.Closed, got)
	}
}

// Objects that lie in a packed object stream are current as the file says.
func TestSecurityObjectStreams(t *testing.T) {
	b := &pdftest.Builder{Encrypt: "aes-128"}
	in := "20 0 << /Title (in a stream) >>"
	b.Catalog = "/In 20 0 R"
	b.Packed("/Type /ObjStm /N 1 /First 5", in)
	data := bytes.ReplaceAll(b.Build(), []byte("startxref"), []byte("startnone"))
	f := opened(t, data)
	if d, _ := f.Object(20).(Dict); !f.Opened || d.Get("Title") != "in a stream" {
		t.Errorf("%v: %v", f.Locked, f.Object(20))
	}
}

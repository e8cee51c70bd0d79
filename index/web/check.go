package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"assay/verify"
	"assay/verify/read"
)

// Checker judges on the spot what it is given, and keeps nothing of it:
// intake.Checker, which this package may not know. Its errors are *DoorError.
type Checker interface {
	// Check gives a report for each file and then for each link, each as `assay check
	// --json` prints it, by what the tenant says of issuers.
	Check(ctx context.Context, tenant string, c Checking) ([]json.RawMessage, error)
	// Credential judges one credential, of whatever type.
	Credential(ctx context.Context, tenant string, payload []byte) (verify.Verdict, error)
	// Challenge issues a challenge that a holder is to sign who applies, once and until a
	// time; without an application it proves nothing of anybody.
	Challenge(tenant, application, domain string) (text string, until time.Time, err error)
	// Present judges a presentation, and each credential in it. Whether it answers a
	// challenge that was issued for the application, it finds out.
	Present(ctx context.Context, tenant, application string, payload []byte, asked verify.Asked) (*verify.Presented, error)
}

// Checking is what somebody asks about, and whose it should be.
type Checking struct {
	Files                      []File
	Name                       string
	Emails, Proven, IDs, Links []string
}

// File is a document that came with a question.
type File struct {
	Name, Type string
	Data       []byte
}

// DefaultChecks is how much one caller may have checked in an hour.
const DefaultChecks = 600

// Bounds of checking.
const (
	maxChecked    = 50 << 20 // bytes of the files of one question
	maxCheckParts = 64       // files, and links
	maxCredential = 4 << 20  // bytes of a question in JSON
	checkAtOnce   = 4        // questions that are in hand, half of them of one caller at most
	checkTime     = 3 * time.Minute
)

// errNoChecks: nothing is judged by this process.
var errNoChecks = &DoorError{Kind: KindNoDoor, Detail: "this server judges nothing: assay serve does"}

// check answers with what a worker would find.
func (h *handler) check(a *asked) (any, error) {
	end, err := h.mayCheck(a)
	if err != nil {
		return nil, err
	}
	defer end()
	kind, params, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if e := a.Header.Get("Content-Encoding"); err != nil || e != "" && e != "identity" {
		return nil, &DoorError{Kind: KindMediaType}
	}
	body := &paced{ReadCloser: http.MaxBytesReader(a.w, a.Body, maxChecked+maxFields), to: http.NewResponseController(a.w), end: time.Now().Add(checkTime)}
	a.Body = body
	var c Checking
	switch kind {
	case "application/json":
		c, err = checkObject(a)
	case "multipart/form-data":
		c, err = checkForm(a, params["boundary"])
	default:
		return nil, &DoorError{Kind: KindMediaType}
	}
	if err == nil && len(c.Files)+len(c.Links) == 0 {
		err = &DoorError{Kind: KindRefused, Member: "file", Detail: "there is no file, no credential and no link"}
	}
	if err != nil {
		if a.Context().Err() == nil {
			// What is still coming, so that the client reads the answer.
			end()
			_, _ = io.Copy(io.Discard, body)
		}
		return nil, err
	}
	reports, err := h.o.Checker.Check(a.Context(), a.caller.Tenant, c)
	if err != nil {
		return nil, fieldOf(err)
	}
	return map[string]any{"reports": reports}, nil
}

// mayCheck takes a place for a question, and gives it back with end.
func (h *handler) mayCheck(a *asked) (end func(), err error) {
	if h.o.Checker == nil {
		return nil, errNoChecks
	}
	if fromAnother(a.Request) {
		return nil, errAnother
	}
	return h.beginCheck(a)
}

// beginCheck is mayCheck for whoever is known to ask of himself.
func (h *handler) beginCheck(a *asked) (end func(), err error) {
	end, ok := h.checks.begin(a.caller.Tenant + "/" + a.caller.Name)
	if !ok {
		return nil, &DoorError{Kind: KindBusy, Detail: "as much is being checked as may be at a time", Err: errors.New("as much is being checked as may be at a time")}
	}
	if err := h.hourly.take(a.caller); err != nil {
		end()
		return nil, err
	}
	return end, nil
}

// checkForm reads the form of POST /v1/applications, but for what is an application's
// own, and with the field credential.
func checkForm(a *asked, boundary string) (Checking, error) {
	var c Checking
	var credentials []string
	left := int64(maxChecked)
	err := readForm(a.Body, boundary, formFields{
		once:  map[string]*string{"applicant_name": &c.Name},
		many:  map[string]*[]string{"applicant_email": &c.Emails, "applicant_proven": &c.Proven, "applicant_id": &c.IDs, "link": &c.Links, "credential": &credentials},
		known: "applicant_email, applicant_proven, applicant_name, applicant_id, link, credential and file",
		file: func(part *multipart.Part, kind string) error {
			if len(c.Files) == maxCheckParts {
				return &DoorError{Kind: KindRefused, Member: "file", Detail: fmt.Sprintf("more than %d files", maxCheckParts)}
			}
			data, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return broken(err)
			}
			if left -= int64(len(data)); left < 0 {
				return &DoorError{Kind: KindTooLarge, Member: "file", Detail: fmt.Sprintf("the files have more than %d bytes", maxChecked)}
			}
			c.Files = append(c.Files, File{part.FileName(), kind, data})
			return nil
		},
	})
	if err != nil {
		return Checking{}, err
	}
	return c.with(credentials)
}

// with adds credentials that came as a text.
func (c Checking) with(credentials []string) (Checking, error) {
	for i, s := range credentials {
		name, kind := "credential", "text/plain"
		if len(credentials) > 1 {
			name = fmt.Sprintf("credential %d", i+1)
		}
		if _, err := read.ParseDocument([]byte(s)); err == nil {
			kind = "application/json"
		}
		c.Files = append(c.Files, File{name, kind, []byte(s)})
	}
	if len(c.Files) > maxCheckParts || len(c.Links) > maxCheckParts {
		return Checking{}, &DoorError{Kind: KindRefused, Detail: fmt.Sprintf("more than %d files or links", maxCheckParts)}
	}
	return c, nil
}

// checkRequest is the body of POST /v1/check as JSON.
type checkRequest struct {
	Credential json.RawMessage `json:"credential"` // an object, or the text of a token
	Links      []string        `json:"links"`
	Emails     []string        `json:"applicant_email"`
	Proven     []string        `json:"applicant_proven"`
	Name       string          `json:"applicant_name"`
	IDs        []string        `json:"applicant_id"`
}

func checkObject(a *asked) (Checking, error) {
	var r checkRequest
	if err := bodyUpTo(a, maxCredential, &r, "credential", "links", "applicant_email", "applicant_proven", "applicant_name", "applicant_id"); err != nil {
		return Checking{}, err
	}
	c := Checking{Name: r.Name, Emails: r.Emails, Proven: r.Proven, IDs: r.IDs, Links: r.Links}
	if r.Credential == nil {
		return c.with(nil)
	}
	text, err := credentialText("credential", r.Credential)
	if err != nil {
		return Checking{}, err
	}
	return c.with([]string{string(text)})
}

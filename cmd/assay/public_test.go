package main

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPublicCheck: on its own port serve shows anybody what an employer would see, and
// nothing of it is on the queue, in the index or on the API's port.
func TestPublicCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	t.Parallel()
	top := root(t)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	k := newKillable(t, "--nats-listen", "none", "--web", filepath.Join(top, "testdata", "site", "web.json"), "--trust", filepath.Join(top, "testdata", "site", "trust.json"), "--public-check", "127.0.0.1:"+port)
	file := filepath.Join(top, "testdata", "applications", "A-08-resume-pdf", "resume.pdf")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("email", "applicant08@example.org")
	f, err := w.CreateFormFile("file", "resume.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(data)
	_ = w.Close()
	res, err := http.Post("http://127.0.0.1:"+port+"/", w.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := html.UnescapeString(strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(page), " ")), " "))
	if res.StatusCode != 200 || !strings.Contains(text, "resume.pdf: ") || !strings.Contains(text, "An employer sees this as yours and as real") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	for path, want := range map[string]string{"/v1/search": `"total":0`, "/v1/status": `"letters":{}`, "/v1/issuers": `"issuers":[]`} {
		r, err := http.Get(k.http + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || r.StatusCode != 200 || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d %s", path, r.StatusCode, b)
		}
	}
	if r, err := http.Get("http://127.0.0.1:" + port + "/v1/search"); err != nil || r.StatusCode != 404 {
		t.Errorf("the API is there, too: %v", err)
	} else {
		_ = r.Body.Close()
	}
}

package extract

import (
	"context"
	"strings"
	"testing"
)

// TestFileHosts: a page of a file host is asked for its file, and only a page of
// that very host.
func TestFileHosts(t *testing.T) {
	for raw, want := range map[string]string{
		"https://github.com/ada/portfolio/blob/main/a/badge.json":                                   "https://github.com/ada/portfolio/raw/main/a/badge.json",
		"https://gist.github.com/ada/0123456789abcdef0123456789abcdef":                              "https://gist.github.com/ada/0123456789abcdef0123456789abcdef/raw",
		"https://gitlab.com/g/sub/portfolio/-/blob/main/badge.json?ref_type=heads":                  "https://gitlab.com/g/sub/portfolio/-/raw/main/badge.json",
		"https://www.dropbox.com/s/abc123/badge.json?dl=0":                                          "https://www.dropbox.com/s/abc123/badge.json?dl=1",
		"https://www.dropbox.com/s/abc123/badge.json":                                               "https://www.dropbox.com/s/abc123/badge.json?dl=1",
		"https://www.dropbox.com/scl/fi/abc/badge.json?rlkey=x1&dl=0":                               "https://www.dropbox.com/scl/fi/abc/badge.json?rlkey=x1&dl=1",
		"https://www.dropbox.com/scl/fi/abc/badge.json?rlkey=x1&st=y&dl=0":                          "https://www.dropbox.com/scl/fi/abc/badge.json?rlkey=x1&dl=1",
		"https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view?usp=sharing":                        "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp",
		"https://drive.google.com/open?id=1AbCdEfGhIjKlMnOp":                                        "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp",
		"https://drive.google.com/open?usp=forms_web&id=1AbCdEfGhIjKlMnOp":                          "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp",
		"https://drive.google.com/a/example.edu/file/d/1AbCdEfGhIjKlMnOp/view":                      "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp",
		"https://drive.google.com/file/u/1/d/0B1AbCdEfGhIjKlMnOp/view?usp=sharing&resourcekey=0-a1": "https://drive.google.com/uc?export=download&id=0B1AbCdEfGhIjKlMnOp&resourcekey=0-a1",
		"https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOp":                                  "",
		"https://www.dropbox.com/scl/fo/abc/h?rlkey=x1&dl=0":                                        "https://www.dropbox.com/scl/fo/abc/h?rlkey=x1&dl=1",
		"https://docs.google.com/document/u/0/d/1AbCdEfGhIjKlMnOp/edit#heading=h.x":                 "https://docs.google.com/document/d/1AbCdEfGhIjKlMnOp/export?format=pdf",
		"https://bitbucket.org/ada/portfolio/src/main/badge.json?at=main":                           "https://bitbucket.org/ada/portfolio/raw/main/badge.json",
		"https://codeberg.org/ada/portfolio/src/branch/main/badge.json":                             "https://codeberg.org/ada/portfolio/raw/branch/main/badge.json",
		"https://docs.google.com/document/d/1AbCdEfGhIjKlMnOp/edit?usp=sharing":                     "https://docs.google.com/document/d/1AbCdEfGhIjKlMnOp/export?format=pdf",
		"https://docs.google.com/presentation/d/1AbCdEfGhIjKlMnOp/edit":                             "https://docs.google.com/presentation/d/1AbCdEfGhIjKlMnOp/export/pdf",
		"https://docs.google.com/document/d/1AbCdEfGhIjKlMnOp/export?format=docx":                   "",
		"https://ada.app.box.com/s/0123456789abcdef0123456789abcdef":                                "https://app.box.com/shared/static/0123456789abcdef0123456789abcdef",
		"https://example-my.sharepoint.com/:b:/g/personal/ada_example_com/EabcDEF?e=a1B2":           "https://example-my.sharepoint.com/:b:/g/personal/ada_example_com/EabcDEF?e=a1B2&download=1",
		"https://example.sharepoint.com/:i:/s/team/EabcDEF":                                         "https://example.sharepoint.com/:i:/s/team/EabcDEF?download=1",
		"https://1drv.ms/b/s!AbCdEfGhIjKl":                                                          "https://api.onedrive.com/v1.0/shares/u!aHR0cHM6Ly8xZHJ2Lm1zL2IvcyFBYkNkRWZHaElqS2w/root/content",
		"https://cloud.example.org/index.php/s/AbCdEfGhIjKlMnO":                                     "https://cloud.example.org/index.php/s/AbCdEfGhIjKlMnO/download",
		"https://example.org/nc/index.php/s/AbCdEfGhIjKlMnO?path=x":                                 "https://example.org/nc/index.php/s/AbCdEfGhIjKlMnO/download",
		"https://www.dropbox.com/scl/fi/abc/badge.json?dl=0&rlkey=x1":                               "https://www.dropbox.com/scl/fi/abc/badge.json?rlkey=x1&dl=1",
		"https://example.sharepoint.com/:i:/s/team/EabcDEF?e=4%3aa1B2&at=9":                         "https://example.sharepoint.com/:i:/s/team/EabcDEF?e=4%3aa1B2&download=1",
		"https://example-my.sharepoint.com/personal/ada_example_com/_layouts/15/onedrive.aspx?id=%2Fpersonal%2Fada%5Fexample%5Fcom%2FDocuments%2Fbadge%2Epng&parent=%2Fpersonal%2Fada%5Fexample%5Fcom%2FDocuments&ga=1": "https://example-my.sharepoint.com/personal/ada_example_com/_layouts/15/download.aspx?SourceUrl=%2Fpersonal%2Fada%5Fexample%5Fcom%2FDocuments%2Fbadge%2Epng",
		"https://example-my.sharepoint.com/personal/ada/_layouts/15/onedrive.aspx?ga=1&id=/personal/ada/Documents/cv.pdf":                                                                                               "https://example-my.sharepoint.com/personal/ada/_layouts/15/download.aspx?SourceUrl=/personal/ada/Documents/cv.pdf",
		"https://example-my.sharepoint.com/personal/ada/_layouts/15/onedrive.aspx?id=%2Fpersonal%2Fada%2FDocuments%2Fbadges":                                                                                            "",
		"https://example.sharepoint.com/:w:/r/sites/team/_layouts/15/Doc.aspx?sourcedoc=%7B0A1B2C3D-0001-0002-0003-0A1B2C3D4E5F%7D&file=cv.docx&action=default":                                                         "https://example.sharepoint.com/sites/team/_layouts/15/download.aspx?UniqueId=%7B0A1B2C3D-0001-0002-0003-0A1B2C3D4E5F%7D",
		"https://example.sharepoint.com/sites/team/_layouts/15/doc.aspx?sourcedoc={0a1b2c3d-0001-0002-0003-0a1b2c3d4e5f}":                                                                                               "https://example.sharepoint.com/sites/team/_layouts/15/download.aspx?UniqueId={0a1b2c3d-0001-0002-0003-0a1b2c3d4e5f}",
		"https://sharepoint.com.evil.example/personal/ada/_layouts/15/onedrive.aspx?id=%2Fbadge%2Epng":                                                                                                                  "",
		"https://cloud.example.org/s/AbCdEfGhIjKlMnO":                        "", // the page itself must say that it is one
		"https://sharepoint.com.evil.example/:b:/g/personal/x/E":             "",
		"https://github.com/ada/portfolio":                                   "",
		"https://github.com.evil.example/ada/portfolio/blob/main/badge.json": "",
		"https://evildropbox.com/s/abc123/badge.json?dl=0":                   "",
	} {
		if _, l, ok := ParseLink(raw); !ok || l.Machine != want || l.Class == ClassKnown {
			t.Errorf("%s is asked at %q (%s), want %q", raw, l.Machine, l.Class, want)
		}
	}
	for _, h := range fileHosts {
		if _, l, _ := ParseLink(h.example); l.Machine == "" {
			t.Errorf("%s: no file", h.example)
		}
	}
}

// TestSharePages: a page that says that it shows a shared file is asked for that, at its own
// host, and no other page is.
func TestSharePages(t *testing.T) {
	const token = "AbCdEfGhIjKlMnO"
	const old, now = `<html><input type="hidden" id="sharingToken" value="` + token + `">`, `<html><input type="hidden" id="initial-state-files_sharing-sharingToken" value="IkFiQ2RFZkdoSWpLbE1uTyI=">`
	const warning = `<html><title>Google Drive - Virus scan warning</title><form id="download-form" action="https://drive.usercontent.google.com/download" method="get"><input type="submit" value="Download anyway"/>` +
		`<input type="hidden" name="id" value="1AbCdEfGhIjKlMnOp"><input type="hidden" name="export" value="download"><input type="hidden" name="confirm" value="t"><input type="hidden" name="uuid" value="0a1b"><input type="hidden" name="next" value="https://evil.example/"></form>`
	for _, tc := range []struct{ desc, at, page, want string }{
		{"Nextcloud to 27, ownCloud", "https://cloud.example.org/s/" + token, old, "https://cloud.example.org/s/" + token + "/download"},
		{"Nextcloud", "https://cloud.example.org/s/" + token + "/?path=x", now, "https://cloud.example.org/s/" + token + "/download"},
		{"in a folder, on a port", "http://cloud.example.org:8080/nc/s/" + token, now, "http://cloud.example.org:8080/nc/s/" + token + "/download"},
		{"another share's", "https://cloud.example.org/s/AnotherToken123", now, ""},
		{"another page's", "https://cloud.example.org/apps/" + token, old, ""},
		{"a page that says nothing", "https://short.example.org/s/" + token, "<html>", ""},
		{"a token that is none", "https://cloud.example.org/s/" + token, `<html><input id="initial-state-files_sharing-sharingToken" value="e30=">`, ""},
		{"Google Drive's warning", "https://drive.usercontent.google.com/download?id=1AbCdEfGhIjKlMnOp&export=download", warning, "https://drive.usercontent.google.com/download?confirm=t&export=download&id=1AbCdEfGhIjKlMnOp&uuid=0a1b"},
		{"at its first address", "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp", warning, "https://drive.usercontent.google.com/download?confirm=t&export=download&id=1AbCdEfGhIjKlMnOp&uuid=0a1b"},
		{"the same form elsewhere", "https://evil.example/uc?id=1", warning, ""},
		{"a form that leads elsewhere", "https://drive.google.com/uc?id=1", strings.ReplaceAll(warning, "https://drive.usercontent.google.com/download", "https://evil.example/"), ""},
	} {
		r, err := (&Extractor{}).Extract(context.Background(), Document{Name: tc.at, Data: []byte(tc.page), ContentType: "text/html", Fetched: true})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range r.Findings {
			if f.Link != nil && f.Link.Form {
				got = f.Payload
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
	if r := find(t, "saved.html", []byte(warning)); len(linksOf(r)) != 0 {
		t.Errorf("a page that was saved: %q", show(r))
	}
}

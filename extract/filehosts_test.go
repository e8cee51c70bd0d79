package extract

import "testing"

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
		"https://sharepoint.com.evil.example/:b:/g/personal/x/E":                                    "",
		"https://github.com/ada/portfolio":                                                          "",
		"https://github.com.evil.example/ada/portfolio/blob/main/badge.json":                        "",
		"https://evildropbox.com/s/abc123/badge.json?dl=0":                                          "",
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

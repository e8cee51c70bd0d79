package extract

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
)

// Pages on which a host of files shows one that is shared, where the address alone does
// not say that it is one: the page itself does, and gives the file at another address of
// the same host.

// sharePage is what such a page says of itself.
type sharePage struct {
	token   string     // of the share that a Nextcloud or ownCloud shows
	warning bool       // Google Drive asks whether to take a file that was not looked through for viruses
	fields  url.Values // what is sent when it is taken
}

// cloudToken is the element in which Nextcloud keeps the token of the share that a page shows,
// since its pages are drawn by a script; before that, and in ownCloud, it is sharingToken.
const cloudToken = "initial-state-files_sharing-sharingToken"

// driveFields are the fields of Google Drive's form.
var driveFields = map[string]bool{"id": true, "export": true, "authuser": true, "confirm": true, "uuid": true, "at": true, "resourcekey": true}

// driveFile is where Google Drive gives a file.
const driveFile = "https://drive.usercontent.google.com/download"

// take notes what an element of the page says.
func (s *sharePage) take(tag string, a map[string]string) {
	switch {
	case tag == "form":
		if s.warning = a["id"] == "download-form" && a["action"] == driveFile; s.warning {
			s.fields = url.Values{}
		}
	case tag != "input":
	case a["id"] == "sharingToken":
		s.token = a["value"]
	case a["id"] == cloudToken:
		if b, err := base64.StdEncoding.DecodeString(a["value"]); err == nil {
			_ = json.Unmarshal(b, &s.token) // what is none is no token
		}
	case s.warning && driveFields[a["name"]] && len(a["value"]) < maxStep:
		s.fields.Set(a["name"], a["value"])
	}
}

// cloudPath is where a cloud shows a share; behind it, the file is at /download.
var cloudPath = regexp.MustCompile(`^((?:/[^/]+)*/s/([A-Za-z0-9_-]{4,64}))/?$`)

// file gives the address of the file that a page at such an address shows; "" for none.
func (s *sharePage) file(at *url.URL) string {
	if m := cloudPath.FindStringSubmatch(at.Path); m != nil && m[2] == s.token {
		u := url.URL{Scheme: at.Scheme, Host: at.Host, Path: m[1] + "/download"}
		return u.String()
	}
	google := at.Host == "drive.google.com" || at.Host == "docs.google.com" || at.Host == "drive.usercontent.google.com"
	if at.Scheme == "https" && google && s.fields.Get("id") != "" && s.fields.Get("confirm") != "" {
		return driveFile + "?" + s.fields.Encode()
	}
	return ""
}

// sharedFile tells the file that a fetched page shows.
func (h *htmlReader) sharedFile() {
	p := h.p
	at, err := url.Parse(p.root().where)
	if !p.fetched || err != nil {
		return
	}
	if file := h.share.file(at); file != "" {
		if u, k, ok := p.parseLink(file, p.place()); ok {
			h.form(u, k, p.place("shared").flagged("machine_form"))
		}
	}
}

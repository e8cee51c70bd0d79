package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// site is what the issuers' host answers, kept as a recorded web: the same
// files are served on loopback by the demo and replayed by tests.
type site struct {
	base  string
	pages map[string]page
	files map[string][]byte
}

type page struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType,omitempty"`
	File        string `json:"file,omitempty"`
}

func newSite(base string) *site {
	return &site{base: base, pages: map[string]page{}, files: map[string][]byte{}}
}

// put adds an answer at path and returns its URL.
func (s *site) put(path string, status int, contentType string, body []byte) string {
	url := s.base + path
	file := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "_")
	s.pages[url] = page{Status: status, ContentType: contentType, File: file}
	s.files[file] = body
	return url
}

func (s *site) putJSON(path string, status int, v any) (string, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "", err
	}
	return s.put(path, status, "application/ld+json", b), nil
}

func (s *site) write(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for name, data := range s.files {
		if err := write(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	web, err := json.MarshalIndent(s.pages, "", "  ")
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, "web.json"), append(web, '\n'))
}

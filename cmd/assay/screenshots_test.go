package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// maxPicture is what a picture of the README weighs at most, in bytes.
const maxPicture = 64 << 10

// TestPictures: the README's pictures are there, small, and told in words.
func TestPictures(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`!\[([^\]]*)\]\(([^)]*)\)`).FindAllStringSubmatch(string(text), -1)
	if len(all) != 4 {
		t.Errorf("%d pictures, want four", len(all))
	}
	for _, m := range all {
		b, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(m[2])))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(m[1]) < 20 || len(b) > maxPicture || len(b) < 12 || string(b[8:12]) != "WEBP" {
			t.Errorf("%s: %d bytes, %q", m[2], len(b), m[1])
		}
	}
}

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// top is the project's top folder.
func top(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// copied is the part of the project that a program is built from, in another
// folder.
func copied(t *testing.T) string {
	t.Helper()
	from, to := top(t), t.TempDir()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{"bin", "testdata", ".git", ".cache"}, rel) || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// released makes a release for this machine and gives its files by name.
func released(t *testing.T, r release) map[string][]byte {
	t.Helper()
	r.out, r.version, r.commit, r.time = t.TempDir(), "1.2.3+test", "0123456789ab", time.Unix(1790000000, 0).UTC()
	if err := r.run(t.Context(), []string{"linux/" + runtime.GOARCH}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	names, err := os.ReadDir(r.out)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if files[n.Name()], err = os.ReadFile(filepath.Join(r.out, n.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// unpacked is what a tar holds, by name.
func unpacked(t *testing.T, r io.Reader) (map[string][]byte, map[string]*tar.Header) {
	t.Helper()
	files, headers := map[string][]byte{}, map[string]*tar.Header{}
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files, headers
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name], headers[h.Name] = b, h
	}
}

func gunzip(t *testing.T, b []byte) io.Reader {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestArchive makes the archive twice, from the project's folder and from a copy
// of it: the bytes are the same, the sums are right, and what it holds is whole.
func TestArchive(t *testing.T) {
	sbom := filepath.Join(t.TempDir(), "sbom")
	if err := os.WriteFile(sbom, []byte("#!/bin/sh\nfor a; do last=$a; done\ntest -x \"$last\" && echo \"$*\" | sed 's, [^ ]*/, ,g'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	one, two := released(t, release{root: top(t), sbom: sbom}), released(t, release{root: copied(t), sbom: sbom})
	name := "assay_1.2.3+test_linux_" + runtime.GOARCH
	if len(one) != 2 || one[name+".tar.gz"] == nil || one["SHA256SUMS"] == nil {
		t.Fatalf("files %q", slices.Sorted(maps.Keys(one)))
	}
	for file := range one {
		if !bytes.Equal(one[file], two[file]) {
			t.Errorf("%s: two builds differ", file)
		}
	}
	if want := fmt.Sprintf("%x  %s.tar.gz\n", sha256.Sum256(one[name+".tar.gz"]), name); string(one["SHA256SUMS"]) != want {
		t.Errorf("SHA256SUMS says %q, want %q", one["SHA256SUMS"], want)
	}
	files, headers := unpacked(t, gunzip(t, one[name+".tar.gz"]))
	for _, f := range []string{"assay", "LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "man/assay.1", "completions/assay.bash", "completions/_assay", "completions/assay.fish", "licences/" + runtime.Version() + "/LICENSE"} {
		if len(files[name+"/"+f]) == 0 {
			t.Errorf("no %s", f)
		}
	}
	if got, want := string(files[name+"/assay.cdx.json"]), "bin -json -licenses -std -noserial -notimestamp -version v1.2.3+test assay-linux-"+runtime.GOARCH+"\n"; got != want {
		t.Errorf("the SBOM was asked for by %q, want %q", got, want)
	}
	for f, h := range headers {
		if h.Uid != 0 || h.Uname != "" || !h.ModTime.Equal(time.Unix(1790000000, 0)) {
			t.Errorf("%s is of %d %q at %s", f, h.Uid, h.Uname, h.ModTime)
		}
	}
	if !bytes.Contains(files[name+"/man/assay.1"], []byte("1.2.3+test")) {
		t.Error("the manual page does not say the version")
	}
	// Every module that Go noted in the program has a licence text.
	program := filepath.Join(t.TempDir(), "assay")
	if err := os.WriteFile(program, files[name+"/assay"], 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "dep" {
			continue
		}
		n++
		if !slices.ContainsFunc(slices.Sorted(maps.Keys(files)), func(file string) bool {
			return strings.HasPrefix(file, name+"/licences/"+f[1]+"@"+f[2]+"/")
		}) {
			t.Errorf("no licence text of %s %s", f[1], f[2])
		}
	}
	if n < 20 {
		t.Errorf("only %d modules were seen in the program", n)
	}
	if bytes.Contains(files[name+"/assay"], []byte(top(t)+"/")) {
		t.Error("the program holds a path of this machine")
	}
}

// TestLongReproducible makes a release of another folder: it is the same. Where
// ASSAY_SOAK is set, everything is compiled anew for it, too, as on another machine.
func TestLongReproducible(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	one := released(t, release{root: top(t)})
	if os.Getenv("ASSAY_SOAK") != "" {
		t.Setenv("GOCACHE", t.TempDir())
	}
	for file, b := range released(t, release{root: copied(t)}) {
		if !bytes.Equal(b, one[file]) {
			t.Errorf("%s: two builds differ", file)
		}
	}
}

// TestImage unpacks the image as a runtime does, and runs the program in it.
func TestImage(t *testing.T) {
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, []byte("certificates\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	image := released(t, release{root: top(t), roots: roots})["assay_1.2.3+test_linux_"+runtime.GOARCH+".oci.tar"]
	files, _ := unpacked(t, bytes.NewReader(image))
	read := func(name string, v any) {
		t.Helper()
		if err := json.Unmarshal(files[name], v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	blob := func(d descriptor) []byte {
		t.Helper()
		b := files[blobName(d.Digest)]
		if fmt.Sprintf("sha256:%x", sha256.Sum256(b)) != d.Digest || len(b) != d.Size {
			t.Fatalf("blob %s is not what it is called", d.Digest)
		}
		return b
	}
	var layout struct{ ImageLayoutVersion string }
	read("oci-layout", &layout)
	if layout.ImageLayoutVersion != "1.0.0" {
		t.Errorf("layout %q", layout.ImageLayoutVersion)
	}
	var index struct{ Manifests []descriptor }
	read("index.json", &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("%d manifests", len(index.Manifests))
	}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	if err := json.Unmarshal(blob(index.Manifests[0]), &manifest); err != nil || len(manifest.Layers) != 1 {
		t.Fatalf("%d layers, %v", len(manifest.Layers), err)
	}
	var config struct {
		Architecture, OS string
		Config           struct {
			User, WorkingDir string
			Entrypoint, Cmd  []string
		}
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(blob(manifest.Config), &config); err != nil {
		t.Fatal(err)
	}
	if c := config.Config; c.User != "65532:65532" || !slices.Equal(append(c.Entrypoint, c.Cmd...), []string{"/usr/bin/assay", "serve", "--data", "/data"}) {
		t.Errorf("it runs %q %q as %q", c.Entrypoint, c.Cmd, c.User)
	}
	if config.OS != "linux" || config.Architecture != runtime.GOARCH {
		t.Errorf("it is for %s/%s", config.OS, config.Architecture)
	}
	layer, err := io.ReadAll(gunzip(t, blob(manifest.Layers[0])))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("sha256:%x", sha256.Sum256(layer)); !slices.Equal(config.RootFS.DiffIDs, []string{got}) {
		t.Errorf("diff_ids %q, and the layer is %s", config.RootFS.DiffIDs, got)
	}
	contents, headers := unpacked(t, bytes.NewReader(layer))
	if got := contents["etc/ssl/certs/ca-certificates.crt"]; string(got) != "certificates\n" {
		t.Errorf("certificates %q", got)
	}
	if h := headers["data/"]; h == nil || h.Uid != nobody || h.Mode&0o777 != 0o700 {
		t.Errorf("the data folder is %+v", h)
	}
	for name, h := range headers {
		if h.Mode&0o6000 != 0 || h.Mode&0o002 != 0 && name != "tmp/" {
			t.Errorf("%s has mode %o", name, h.Mode)
		}
	}
	program, err := elf.NewFile(bytes.NewReader(contents["usr/bin/assay"]))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program is not static")
		}
	}
	if program.Section(".symtab") != nil {
		t.Error("the program is not stripped")
	}

	if runtime.GOOS != "linux" {
		t.Skip("Linux's program cannot run here")
	}
	root := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		at := filepath.Join(root, name)
		if headers[name].Typeflag == tar.TypeDir {
			err = os.MkdirAll(at, 0o755)
		} else {
			err = os.WriteFile(at, contents[name], 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "usr/bin/assay"), "version")
	cmd.Env = []string{}
	if os.Getuid() == 0 {
		// As its user and with nothing but the image, as a runtime runs it.
		if err := os.Chmod(root, 0o755); err != nil {
			t.Fatal(err)
		}
		within(cmd, root)
		cmd.Path, cmd.Dir = "/usr/bin/assay", "/"
	}
	out, err := cmd.CombinedOutput()
	if want := "assay 1.2.3+test (commit 0123456789ab, "; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("assay version: %v: %q, want %q", err, out, want)
	}
}

// TestLicences: a module without a licence text ends the release.
func TestLicences(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":            "module m\n\ngo 1.26.0\n\nrequire x.example/dep v1.0.0\n\nreplace x.example/dep => ./dep\n",
		"cmd/assay/main.go": "package main\n\nimport _ \"x.example/dep/inner\"\n\nfunc main() {}\n",
		"dep/go.mod":        "module x.example/dep\n\ngo 1.26.0\n",
		"dep/inner/a.go":    "package inner\n",
	} {
		if err := write(filepath.Join(dir, name), text); err != nil {
			t.Fatal(err)
		}
	}
	r := release{root: dir}
	linux := target{"linux", "amd64"}
	if _, err := r.licences(t.Context(), linux); err == nil || !strings.Contains(err.Error(), "x.example/dep@v1.0.0 has no licence text") {
		t.Fatalf("error %v", err)
	}
	for _, name := range []string{"dep/LICENSE-MIT", "dep/inner/notice.txt", "dep/licensed.go", "dep/other/COPYING"} {
		if err := write(filepath.Join(dir, name), "package dep\n"); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := r.licences(t.Context(), linux)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.name)
	}
	want := []string{"licences/" + runtime.Version() + "/LICENSE", "licences/x.example/dep@v1.0.0/LICENSE-MIT", "licences/x.example/dep@v1.0.0/inner/notice.txt"}
	if !slices.Equal(names, want) {
		t.Errorf("licences %q, want %q", names, want)
	}
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

func TestWarnings(t *testing.T) {
	if w := (target{"linux", "arm64"}).warnings(); w != nil {
		t.Errorf("Linux has %v", w)
	}
	if w := (target{"darwin", "arm64"}).warnings(); len(w) != 1 || w[0].name != "NO-SANDBOX.txt" || !bytes.Contains(w[0].data, []byte("has no sandbox")) {
		t.Errorf("darwin has %v", w)
	}
}

func TestRefuses(t *testing.T) {
	for _, r := range []release{{}, {version: "1.0"}, {version: "1.0 -X main.x=y", commit: "a"}, {version: "1/0", commit: "a"}} {
		r.out = t.TempDir()
		if err := r.run(t.Context(), nil); err == nil {
			t.Errorf("version %q of commit %q is taken", r.version, r.commit)
		}
	}
}

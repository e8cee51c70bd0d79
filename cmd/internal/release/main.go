// Command release is `make release` and `make image`: it builds assay for each
// target and writes into -out
//
//	assay_VERSION_OS_ARCH.tar.gz    the program, its manual page and completions, the
//	                                licence texts of every module in it, and an SBOM
//	SHA256SUMS                      of all of them
//
// or, with -image, in place of the archives
//
//	assay_VERSION_OS_ARCH.oci.tar   an OCI image (Image Format Specification 1.1) with
//	                                the static program, root certificates and a user
//	                                that is not root
//
// The same tree, version, commit, time and Go give the same bytes, on any machine
// and in any folder. Nothing is signed and nothing is published.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	r := release{}
	targets := flag.String("targets", "linux/amd64,linux/arm64", "what to build for, with commas between")
	epoch := flag.Int64("epoch", 0, "time of everything that is written, in seconds since 1970: the commit's")
	flag.StringVar(&r.root, "root", ".", "the project's top folder")
	flag.StringVar(&r.out, "out", "bin/release", "folder to write into; what it held of an earlier release is removed")
	flag.StringVar(&r.version, "version", "", "the version, without a v")
	flag.StringVar(&r.commit, "commit", "", "the commit")
	flag.StringVar(&r.sbom, "sbom", "", "the program cyclonedx-gomod; without it no SBOM is written")
	flag.StringVar(&r.roots, "image", "", "write images, with the root certificates of this PEM file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r.time = time.Unix(*epoch, 0).UTC()
	err := r.run(ctx, strings.Split(*targets, ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

type release struct {
	root, out       string
	version, commit string
	sbom, roots     string
	time            time.Time
	tmp             string
	built           map[target]string // files of programs, by what they are for
}

// target is a system to build for.
type target struct{ os, arch string }

func (r *release) run(ctx context.Context, targets []string) error {
	if r.version == "" || r.commit == "" || strings.ContainsAny(r.version+r.commit, " /'\"") {
		return errors.New("-version and -commit are needed, each one word")
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(r.out, "assay_*"))
	if err != nil {
		return err
	}
	for _, name := range append(old, filepath.Join(r.out, "SHA256SUMS")) {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp("", "assay-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	r.tmp, r.built = tmp, map[target]string{}
	sums := map[string][]byte{}
	for _, name := range targets {
		goos, arch, ok := strings.Cut(name, "/")
		if !ok {
			return fmt.Errorf("target %q is not OS/ARCH", name)
		}
		pack, ending := r.archive, ".tar.gz"
		if r.roots != "" {
			pack, ending = r.image, ".oci.tar"
		}
		name := "assay_" + r.version + "_" + goos + "_" + arch
		data, err := pack(ctx, target{goos, arch}, name)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", goos, arch, err)
		}
		if err := os.WriteFile(filepath.Join(r.out, name+ending), data, 0o644); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		sums[name+ending] = sum[:]
		fmt.Printf("%s%s %d bytes\n", name, ending, len(data))
	}
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&b, "%x  %s\n", sums[file], file)
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(b.String()), 0o644)
}

// archive makes the archive of a target, all of it under one folder.
func (r *release) archive(ctx context.Context, t target, folder string) ([]byte, error) {
	file, err := r.build(ctx, t)
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	docs, err := r.docs(ctx)
	if err != nil {
		return nil, err
	}
	licences, err := r.licences(ctx, t)
	if err != nil {
		return nil, err
	}
	entries := slices.Concat([]entry{{"assay", 0o755, program}}, docs, licences, t.warnings())
	if r.sbom != "" {
		bom, err := r.bom(ctx, file)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{"assay.cdx.json", 0o644, bom})
	}
	return archived(folder, entries, r.time)
}

// noSandbox is what an archive says for a system on which documents cannot be
// parsed apart.
const noSandbox = `On this system assay has no sandbox for the documents that it parses: Landlock,
seccomp and namespaces are Linux's. A document is parsed in a process of its own,
with limits of time, and nothing keeps that process from files and network. assay
logs so when it starts. Use it here to try things out, with documents that you
trust.
`

// warnings are what lies beside the program for one system only.
func (t target) warnings() []entry {
	if t.os == "linux" {
		return nil
	}
	return []entry{{"NO-SANDBOX.txt", 0o644, []byte(noSandbox)}}
}

// build compiles the program for a target, once, and names its file: static,
// stripped, without paths.
func (r *release) build(ctx context.Context, t target) (string, error) {
	file := filepath.Join(r.tmp, "assay-"+t.os+"-"+t.arch)
	if r.built[t] != "" {
		return file, nil
	}
	cmd := r.command(ctx, t, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+r.version+" -X main.commit="+r.commit, "-o", file, "./cmd/assay")
	if _, err := output(cmd); err != nil {
		return "", err
	}
	r.built[t] = file
	return file, nil
}

// command runs a program for a target: without C, and for the least of its
// processors.
func (r *release) command(ctx context.Context, t target, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFLAGS=", "GOWORK=off")
	return cmd
}

func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return b, nil
}

// docs are what lies beside every program: texts of the project, and what the
// program says of itself.
func (r *release) docs(ctx context.Context) ([]entry, error) {
	var docs []entry
	for _, name := range []string{"LICENSE", "NOTICE", "README.md", "SECURITY.md", "CHANGELOG.md"} {
		b, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return nil, err
		}
		docs = append(docs, entry{name, 0o644, b})
	}
	host, err := r.build(ctx, target{runtime.GOOS, runtime.GOARCH})
	if err != nil {
		return nil, err
	}
	for name, args := range map[string][]string{
		"man/assay.1":            {"man"},
		"completions/assay.bash": {"completion", "bash"},
		"completions/_assay":     {"completion", "zsh"},
		"completions/assay.fish": {"completion", "fish"},
	} {
		cmd := exec.CommandContext(ctx, host, args...)
		cmd.Env = []string{} // nothing of the environment stands in them
		b, err := output(cmd)
		if err != nil {
			return nil, err
		}
		docs = append(docs, entry{name, 0o644, b})
	}
	return docs, nil
}

// bom is the SBOM of a built program in CycloneDX: what Go noted in it when it was
// linked. It has neither serial number nor time.
func (r *release) bom(ctx context.Context, file string) ([]byte, error) {
	return output(exec.CommandContext(ctx, r.sbom, "bin", "-json", "-licenses", "-std", "-noserial", "-notimestamp", "-version", "v"+r.version, file))
}

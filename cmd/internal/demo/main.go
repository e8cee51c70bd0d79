// Command demo is `make run`: it serves the sample issuers' site on loopback,
// starts `assay serve` on a temporary folder, submits the sample applications
// and prints the address to open. It ends with Ctrl-C and removes its folder.
//
// With -once it compares what came out with what the samples' manifest says,
// prints the comparison and ends: exit status 1 when they differ. With -run it
// then runs a shell command, with the page's address in PAGE, and ends with it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

func main() {
	d := demo{}
	flag.StringVar(&d.assay, "assay", "bin/assay", "the program")
	flag.StringVar(&d.samples, "samples", "testdata", "folder that holds applications and site")
	flag.BoolVar(&d.once, "once", false, "check the outcomes and end")
	flag.StringVar(&d.command, "run", "", "shell command to run once the samples are in, with the page's address in PAGE")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := d.run(ctx); err != nil && !(errors.Is(ctx.Err(), context.Canceled) && d.command == "" && !d.once) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

type demo struct {
	assay, samples string
	command        string
	once           bool
}

// application is one entry of the samples' manifest.
type application struct {
	Application string   `json:"application"`
	Job         string   `json:"job"`
	Email       string   `json:"email"`
	Name        string   `json:"name"`
	Shows       string   `json:"shows"`
	Files       []string `json:"files"`
	Results     []string `json:"results"`
	Reason      string   `json:"reason"`
}

// outcome is the part of a published outcome that the demo prints.
type outcome struct {
	Findings []struct {
		Result     string `json:"result"`
		Reason     string `json:"reason"`
		Credential struct {
			Name string `json:"name"`
		} `json:"credential"`
	} `json:"findings"`
	Unread []struct {
		Reason string `json:"reason"`
	} `json:"unread"`
}

// theSite is where the committed samples expect their issuers.
const theSite = "127.0.0.1:8931"

func (d demo) run(ctx context.Context) error {
	tmp, err := os.MkdirTemp("", "assay-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	issuers, err := net.Listen("tcp", theSite)
	if err != nil {
		// The port is taken: the samples are made anew for another one.
		if issuers, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		gen := exec.CommandContext(ctx, "go", "run", "./cmd/internal/generate", "-out", tmp, "-site", "http://"+issuers.Addr().String())
		gen.Stderr = os.Stderr
		if err := gen.Run(); err != nil {
			return fmt.Errorf("making the samples for another port: %w", err)
		}
		d.samples = tmp
	}
	site, err := openSite(filepath.Join(d.samples, "site"))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: site, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(issuers) }()
	defer func() { _ = server.Close() }()

	page, queue := freeAddress("127.0.0.1:8080"), freeAddress("127.0.0.1:4222")
	serve := exec.Command(d.assay, "serve", "--data", filepath.Join(tmp, "data"), "--listen", page, "--nats-listen", queue,
		"--allow-host", issuers.Addr().String(), "--trust", filepath.Join(d.samples, "site", "trust.json"))
	var log bytes.Buffer
	serve.Stdout, serve.Stderr = &log, &log
	if err := serve.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", d.assay, err)
	}
	ended, end := context.WithCancelCause(context.Background())
	go func() { end(serve.Wait()) }()
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended.Done():
		case <-time.After(30 * time.Second):
			_ = serve.Process.Kill()
		}
	}()
	if err := ready(ctx, "http://"+page+"/readyz", ended); err != nil {
		return fmt.Errorf("%w; its log:\n%s", err, log.String())
	}

	apps, err := d.manifest()
	if err != nil {
		return err
	}
	bar := newBar(len(apps))
	var table strings.Builder
	wrong := 0
	for _, a := range apps {
		bar.Describe(a.Application)
		o, err := d.submit(ctx, a, "nats://"+queue)
		if err != nil {
			return fmt.Errorf("submitting %s: %w", a.Application, err)
		}
		_ = bar.Add(1)
		line, ok := describe(a, o)
		table.WriteString(line)
		if !ok {
			wrong++
		}
	}
	_ = bar.Finish()
	fmt.Printf("\n\n%s\n", table.String())
	if d.once || d.command != "" {
		if wrong > 0 {
			return fmt.Errorf("%d of %d applications differ from the manifest", wrong, len(apps))
		}
		fmt.Printf("%d applications, all as the manifest says\n", len(apps))
		if d.command == "" {
			return nil
		}
		cmd := exec.CommandContext(ctx, "sh", "-c", d.command)
		cmd.Env = append(os.Environ(), "PAGE=http://"+page)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Run()
	}
	fmt.Printf("Open http://%s and search for teamwork, or: %s search --server http://%s teamwork\nCtrl-C ends it.\n", page, d.assay, page)
	select {
	case <-ctx.Done():
		return nil
	case <-ended.Done():
		return fmt.Errorf("assay serve ended: %w", context.Cause(ended))
	}
}

func newBar(n int) *progressbar.ProgressBar {
	var out io.Writer = io.Discard
	if term.IsTerminal(int(os.Stderr.Fd())) {
		out = os.Stderr
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(out), progressbar.OptionShowCount(), progressbar.OptionSetWidth(32))
}

func (d demo) manifest() ([]application, error) {
	b, err := os.ReadFile(filepath.Join(d.samples, "applications", "manifest.json"))
	if err != nil {
		return nil, err
	}
	var apps []application
	return apps, json.Unmarshal(b, &apps)
}

func (d demo) submit(ctx context.Context, a application, queue string) (outcome, error) {
	args := []string{"submit", "--nats", queue, "--tenant", "default", "--application", a.Application, "--job", a.Job,
		"--applicant-email", a.Email, "--applicant-name", a.Name, "--wait", "--json", "--timeout", "30s"}
	for _, f := range a.Files {
		args = append(args, filepath.Join(d.samples, "applications", f))
	}
	cmd := exec.CommandContext(ctx, d.assay, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	var o outcome
	if jerr := json.Unmarshal(b, &o); jerr != nil {
		return o, errors.Join(err, jerr, errors.New(stderr.String()))
	}
	return o, nil // exit status 1 is a badge that was refused: an outcome
}

// describe gives one line of the table and whether it is what the manifest
// says.
func describe(a application, o outcome) (string, bool) {
	var results, said, reasons []string
	for _, f := range o.Findings {
		results = append(results, f.Result)
		line := f.Result + " " + f.Credential.Name
		if f.Reason != "" && f.Result != "verified" {
			line += " (" + f.Reason + ")"
			reasons = append(reasons, f.Reason)
		}
		said = append(said, strings.TrimSpace(line))
	}
	for _, u := range o.Unread {
		said = append(said, "unread: "+u.Reason)
		reasons = append(reasons, u.Reason)
	}
	if len(said) == 0 {
		said = append(said, "no badge")
	}
	ok := slices.Equal(results, a.Results) && (a.Reason == "" || slices.Contains(reasons, a.Reason))
	mark := "  "
	if !ok {
		mark = "! "
	}
	return fmt.Sprintf("%s%-22s %s\n", mark, a.Application, strings.Join(said, "; ")), ok
}

// freeAddress is the wanted address, or one with a free port where it is taken.
func freeAddress(wanted string) string {
	for _, a := range []string{wanted, "127.0.0.1:0"} {
		if l, err := net.Listen("tcp", a); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	return wanted
}

func ready(ctx context.Context, url string, ended context.Context) error {
	client := http.Client{Timeout: time.Second}
	for range 300 {
		if r, err := client.Get(url); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ended.Done():
			return fmt.Errorf("assay serve ended: %w", context.Cause(ended))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New("assay serve is not ready after 30 s")
}

// site answers as a recorded web says (the form of `assay check --web`).
type site struct {
	dir   string
	pages map[string]struct {
		Status      int    `json:"status"`
		ContentType string `json:"contentType"`
		File        string `json:"file"`
	}
}

func openSite(dir string) (*site, error) {
	b, err := os.ReadFile(filepath.Join(dir, "web.json"))
	if err != nil {
		return nil, err
	}
	s := &site{dir: dir}
	return s, json.Unmarshal(b, &s.pages)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, ok := s.pages["http://"+r.Host+r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := os.ReadFile(filepath.Join(s.dir, filepath.Base(p.File)))
	if err != nil {
		http.Error(w, "not there", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", p.ContentType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

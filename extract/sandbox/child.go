package sandbox

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/extract"
)

// Schemas reports whether a JSON document obeys the schema of a text that was
// found at an address. An error means that the text is none. It is called in a
// child, for a schema may run for ever.
type Schemas func(id string, schema, document []byte) (bool, error)

// work is what a child does.
type work struct {
	parse parser
	obeys Schemas // nil = schemas are not followed
}

// parser is what a child does with a document. found is called with each
// finding as soon as it is there, so that a later breach does not lose it.
type parser func(ctx context.Context, r request, data []byte, found func(extract.Finding)) extract.Result

func parse(ctx context.Context, r request, data []byte, found func(extract.Finding)) extract.Result {
	e := extract.Extractor{Limits: r.Limits, Found: found}
	// ctx's error shows in the result: the extractor reports what it left.
	res, err := e.Extract(ctx, extract.Document{Name: r.Name, ContentType: r.ContentType, Fetched: r.Fetched, Spent: r.Spent, Own: r.Own, Data: data})
	if err != nil {
		res.Unread = append(res.Unread, extract.Unread{Where: r.Name, Reason: extract.ReasonTime, Detail: "time limit of the document"})
	}
	return res
}

// largeDocument is from where on a child looks after its memory, in bytes; largeRoom is
// what a large PDF is read in beside itself, as far as that goes.
const (
	largeDocument = 4 << 20
	largeRoom     = 20 << 20
)

// runChild is the child's life: guard, hello, then one document after another
// until the parent closes the pipe.
func runChild(in io.Reader, out io.Writer, guard func(memory int64) Guard, do work) int {
	var memory int64
	if _, err := fmt.Fscanf(in, "%d\n", &memory); err != nil || memory <= 0 {
		return 3
	}
	debug.SetMaxStack(64 << 20)
	debug.SetMemoryLimit(memory / 2)
	g := guard(memory)
	hello, err := json.Marshal(g)
	if err != nil {
		return 3
	}
	w := bufio.NewWriterSize(out, 64<<10)
	if writeFrame(w, frameHello, hello) != nil || w.Flush() != nil {
		return 3
	}
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		_, head, err := readFrame(r, func(k byte) int {
			if k == frameRequest {
				return maxRequest
			}
			return 0
		})
		if err != nil {
			if errors.Is(err, io.EOF) {
				return 0
			}
			return 3
		}
		var q request
		if strictDecode(head, &q) != nil {
			return 3
		}
		_, data, err := readFrame(r, func(k byte) int {
			if k == frameDocument {
				return 1 << 30
			}
			return 0
		})
		if err != nil {
			return 3
		}
		if code := serveOne(w, do, q, data); code != 0 {
			return code
		}
		if len(data) > largeDocument {
			debug.FreeOSMemory() // the document is not used any more
		}
	}
}

func serveOne(w *bufio.Writer, do work, q request, data []byte) int {
	limitCPU(q.CPU)
	if len(data) > largeDocument {
		// Room for as much garbage again as the document is large would double
		// the child.
		defer debug.SetGCPercent(debug.SetGCPercent(20))
		if bytes.Contains(data[:1024], []byte("%PDF-")) {
			// The pictures of its pages come and go faster than a collector at
			// its ease notices on a busy machine.
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(int64(len(data))+largeRoom, debug.SetMemoryLimit(-1))))
		}
	}
	if q.Schema != nil {
		return serveSchema(w, do, q, data)
	}
	return serveDocument(w, do, q, data)
}

func serveDocument(w *bufio.Writer, do work, q request, data []byte) int {
	// A little less than the parent's deadline: a parser that watches its
	// context ends in time and says what it left out.
	ctx, cancel := context.WithTimeout(context.Background(), q.Wall*9/10)
	defer cancel()
	var mu sync.Mutex
	var failed bool
	var res, sofar extract.Result
	found := func(f extract.Finding) {
		mu.Lock()
		defer mu.Unlock()
		sofar.Findings = append(sofar.Findings, f)
		b, err := json.Marshal(f)
		if err != nil || writeFrame(w, frameFinding, b) != nil || w.Flush() != nil {
			failed = true
		}
	}
	err := protected(func() error { res = do.parse(ctx, q, data, found); return nil })
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		res = faulty(sofar, cmp.Or(q.Name, "document"), err)
	}
	b, err := json.Marshal(done{Result: res, CPU: cpuUsed()})
	if err != nil || failed || writeFrame(w, frameDone, b) != nil || w.Flush() != nil {
		return 3
	}
	return 0
}

// serveSchema tries a document by a schema. data is the one after the other.
func serveSchema(w *bufio.Writer, do work, q request, data []byte) int {
	n := q.Schema.Bytes
	if n < 0 || n > len(data) || do.obeys == nil {
		return 3
	}
	a := answer{}
	err := protected(func() (err error) { a.Obeys, err = do.obeys(q.Schema.ID, data[:n], data[n:]); return err })
	var f fault
	switch {
	case errors.As(err, &f):
		a = answer{Unknown: true, Failed: f.at}
	case err != nil:
		a = answer{Unknown: true}
	}
	a.CPU = cpuUsed()
	b, err := json.Marshal(a)
	if err != nil || writeFrame(w, frameAnswer, b) != nil || w.Flush() != nil {
		return 3
	}
	return 0
}

// child is the parent's side.
type child struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	to        *bufio.Writer // over in
	out       *bufio.Reader
	rawOut    io.ReadCloser
	stderr    *head
	guard     Guard
	documents int
	since     time.Time   // when it came to rest
	owner     Owner       // whose documents it has seen, and may see; none: it is used once
	told      func(error) // of faults
	over      bool        // is not to be used again: something failed in it, or it has used most of the CPU time of its life
}

// breach says why a child was given up.
type breach struct {
	reason extract.Reason
	cause  string
	ended  bool // from outside: the system does it where memory is short
}

// faulty adds a fault of this package to what was found before it.
func faulty(r extract.Result, where string, err error) extract.Result {
	u := extract.Unread{Where: where, Reason: extract.ReasonReaderFailed, Detail: "what runs the readers failed", Reader: extract.ReaderNone}
	var f fault
	if errors.As(err, &f) {
		u.At = f.at
	}
	r.Unread = append(r.Unread, u)
	return r
}

// head keeps the first bytes of a child's standard error: enough to tell out of
// memory from a crash. They are compared, never logged.
type head struct {
	mu sync.Mutex
	b  []byte
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := 512 - len(h.b); n > 0 {
		h.b = append(h.b, p[:min(n, len(p))]...)
	}
	return len(p), nil
}

func (h *head) empty() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.b) == 0
}

func (h *head) has(words ...string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range words {
		if strings.Contains(string(h.b), w) {
			return true
		}
	}
	return false
}

const helloTime = 10 * time.Second

func startChild(o Options) (*child, error) {
	var last error
	for _, namespaces := range []bool{true, false} {
		c, err := startOnce(o, namespaces)
		if err == nil {
			return c, nil
		}
		last = err
		if !namespacesExist {
			break
		}
	}
	return nil, fmt.Errorf("%w: %v", ErrStart, last)
}

func startOnce(o Options, namespaces bool) (*child, error) {
	self, err := selfPath()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, append([]string{childArg}, o.childArgs...)...)
	cmd.Env = []string{} // nothing of the parent's: no secret, no proxy
	cmd.Dir = "/"
	cmd.SysProcAttr = processAttributes(namespaces)
	c := &child{cmd: cmd, stderr: &head{}, told: func(err error) { o.tell("ending a child", err) }}
	cmd.Stderr = c.stderr
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out, c.rawOut = bufio.NewReaderSize(out, 64<<10), out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	timer := after(helloTime, cmd.Process.Kill, c.told)
	defer timer.Stop()
	if _, err := fmt.Fprintf(c.in, "%d\n", o.Memory); err != nil {
		c.kill()
		return nil, err
	}
	kind, body, err := readFrame(c.out, fromChild)
	if err == nil && kind != frameHello {
		err = errProtocol
	}
	if err == nil {
		err = strictDecode(body, &c.guard)
	}
	if err != nil {
		c.kill()
		return nil, err
	}
	c.guard.Namespaces = namespaces && namespacesExist
	widenPipe(c.in)
	c.to = bufio.NewWriterSize(c.in, 32<<10)
	return c, nil
}

// extract sends one document and reads what the child says of it, until the
// wall clock runs out. What was found before a breach is in sofar. The error is a
// fault of ours.
func (c *child) extract(ctx context.Context, o Options, d extract.Document, sofar *extract.Result) (*breach, error) {
	q := request{Name: d.Name, ContentType: d.ContentType, Fetched: d.Fetched, Spent: d.Spent, Own: d.Own, Limits: o.Limits, CPU: o.CPU, Wall: o.Wall}
	return c.ask(ctx, q, d.Data, func(kind byte, body []byte) (bool, error) {
		switch kind {
		case frameFinding:
			var f extract.Finding
			if err := strictDecode(body, &f); err != nil {
				return false, err
			}
			sofar.Findings = append(sofar.Findings, f)
			if err := checkResult(*sofar, d.Name, o.Limits); err != nil {
				sofar.Findings = sofar.Findings[:len(sofar.Findings)-1]
				return false, err
			}
			return false, nil
		case frameDone:
			var r done
			if err := strictDecode(body, &r); err != nil {
				return false, err
			}
			if err := checkResult(r.Result, d.Name, o.Limits); err != nil {
				return false, err
			}
			c.over = r.CPU > lifeCPU/2 || broke(r.Result)
			*sofar = r.Result
			return true, nil
		}
		return false, errProtocol
	})
}

// broke reports whether a document made a reader fail, or took more of anything
// than it may have: it may have done more to the child than that.
func broke(r extract.Result) bool {
	return slices.ContainsFunc(r.Unread, func(u extract.Unread) bool {
		return u.Reason == extract.ReasonReaderFailed || strings.HasPrefix(string(u.Reason), "limit_")
	})
}

// obeys sends a schema and a document, and reads whether the one obeys the other.
func (c *child) obeys(ctx context.Context, o Options, id string, schema, document []byte, a *answer) (*breach, error) {
	q := request{Schema: &schemaOf{ID: id, Bytes: len(schema)}, CPU: min(o.CPU, schemaCPU), Wall: min(o.Wall, schemaWall)}
	return c.ask(ctx, q, slices.Concat(schema, document), func(kind byte, body []byte) (bool, error) {
		if kind != frameAnswer {
			return false, errProtocol
		}
		if err := strictDecode(body, a); err != nil {
			return false, err
		}
		if a.Unknown && a.Obeys || a.Failed != "" && (!a.Unknown || !isLine(a.Failed)) {
			return false, errProtocol
		}
		c.over = a.CPU > lifeCPU/2 || a.Failed != ""
		return true, nil
	})
}

// ask sends a request with its data and gives each frame of the answer to take,
// until that says that it was the last, or the wall clock runs out. The error is
// a fault of ours.
func (c *child) ask(ctx context.Context, q request, data []byte, take func(kind byte, body []byte) (last bool, err error)) (*breach, error) {
	c.documents++
	ctx, cancel := context.WithTimeout(ctx, q.Wall)
	defer cancel()
	// Killing the child is what ends a read or a write that hangs.
	stop := whenDone(ctx, c.cmd.Process.Kill, c.told)
	defer stop()

	head, err := json.Marshal(q)
	if err != nil || len(head) > maxRequest {
		return &breach{reason: extract.ReasonMalformed, cause: "name of the document is too long"}, nil
	}
	sent := make(chan error, 1)
	send := func() error {
		if err := writeFrame(c.to, frameRequest, head); err != nil {
			return err
		}
		if err := writeFrame(c.to, frameDocument, data); err != nil {
			return err
		}
		return c.to.Flush()
	}
	if len(data) <= 32<<10 {
		// Fits the pipe: no second goroutine needed.
		sent <- send()
	} else {
		start("sending a document", send, func(_ string, err error) {
			sent <- err
			if errors.As(err, new(fault)) {
				_ = c.cmd.Process.Kill() // which will never have its document
			}
		})
	}
	for {
		last := false
		kind, body, err := readFrame(c.out, fromChild)
		if err == nil {
			last, err = take(kind, body)
		}
		if err == nil && last {
			if err = <-sent; err == nil {
				return nil, nil
			}
			sent <- err
		}
		if err != nil {
			select {
			case e := <-sent:
				if errors.As(e, new(fault)) {
					return nil, e
				}
			default:
			}
			return c.why(ctx, err), nil
		}
	}
}

// why names the breach after the child stopped making sense.
func (c *child) why(ctx context.Context, err error) *breach {
	timedOut := ctx.Err() != nil
	if errors.Is(err, errProtocol) {
		return &breach{reason: extract.ReasonCrashed, cause: "the parser broke its protocol"}
	}
	c.kill() // waits, so that the standard error is complete
	switch {
	case timedOut:
		return &breach{reason: extract.ReasonTime, cause: "the parser did not end in time"}
	case c.stderr.has("SIGXCPU"):
		return &breach{reason: extract.ReasonTime, cause: "the parser used up its CPU time"}
	case c.stderr.has("out of memory", "cannot allocate memory", "failed to allocate",
		"pthread_create failed", "failed to create new OS thread"): // there is no room for a thread's stack
		return &breach{reason: extract.ReasonMemory, cause: "the parser ran out of memory"}
	case c.stderr.has("stack exceeds", "stack overflow"):
		return &breach{reason: extract.ReasonCrashed, cause: "the parser overflowed its stack"}
	}
	return &breach{reason: extract.ReasonCrashed, cause: "the parser died", ended: c.ended()}
}

// ended reports whether a child that has gone was ended from outside: one that fails by
// itself says so.
func (c *child) ended() bool {
	return c.cmd.ProcessState.String() == "signal: killed" && c.stderr.empty()
}

// quiet reports that the child has said nothing since its last answer.
func (c *child) quiet() bool { return c.out.Buffered() == 0 && !waiting(c.rawOut) }

// stop lets the child end by itself, and kills it if it does not.
func (c *child) stop() {
	_ = c.in.Close()
	timer := after(2*time.Second, c.cmd.Process.Kill, c.told)
	_, _ = io.Copy(io.Discard, c.out)
	_ = c.cmd.Wait()
	timer.Stop()
}

// kill ends the child now. Calling it again does nothing.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.in.Close()
	_ = c.rawOut.Close()
	_ = c.cmd.Wait()
}

func selfPath() (string, error) {
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		return "/proc/self/exe", nil // survives a binary replaced on disk
	}
	return os.Executable()
}

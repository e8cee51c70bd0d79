package main

import (
	"encoding"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index/elastic"
	"assay/index/skills"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
)

// excused are the fields of options that no flag and no key of the file reaches,
// each with its reason.
var excused = map[string]string{
	"proof.DIOptions.Limits":         "rdf's own bounds of work, the same for everybody: tests lower them",
	"read.Limits.Number":             "one bound for every number: tests lower it",
	"fetch.Options.Now":              "the clock",
	"fetch.Options.RootCAs":          "the system's: SSL_CERT_FILE and SSL_CERT_DIR name others",
	"fetch.Options.Resolver":         "the system's",
	"local.Options.Now":              "the clock",
	"elastic.Options.Now":            "the clock",
	"elastic.Options.Transport":      "for tests: one of its own reaches what --elastic names",
	"elastic.Options.Existing":       "what the command does: only index init makes an index",
	"web.Options.Now":                "the clock",
	"web.Options.Identity":           "the server's, from --tokens and --oidc-issuer",
	"web.LoginOptions.Now":           "the clock",
	"web.Options.Documents":          "a part that run connects",
	"session.Options.Random":         "chance",
	"web.Options.Ended":              "a part that run connects",
	"web.PublicOptions.Now":          "the clock",
	"sandbox.Options.Recycle":        "so that what a document did to a child does not last",
	"natsd.Options.NoSync":           "bench alone: a power failure would lose applications",
	"ingest.QueueOptions.InProcess":  "what --data starts",
	"ingest.QueueOptions.Tracing":    "a part that run connects",
	"otlp.Options.RootCAs":           "the system's: SSL_CERT_FILE and SSL_CERT_DIR name others",
	"ingest.WorkerOptions.Queue":     "a part that run connects",
	"ingest.WorkerOptions.Engine":    "a part that run connects",
	"ingest.WorkerOptions.Examiner":  "a part that run connects",
	"ingest.WorkerOptions.IDKey":     "a part that run connects",
	"ingest.WorkerOptions.Taxonomy":  "a part that run connects",
	"ingest.WorkerOptions.Now":       "the clock",
	"ingest.WorkerOptions.Metrics":   "a part that run connects",
	"ingest.WorkerOptions.Figures":   "a part that run connects",
	"ingest.WorkerOptions.Forget":    "a part that run connects",
	"ingest.WorkerOptions.Faults":    "a part that run connects",
	"ingest.WorkerOptions.Log":       "a part that run connects",
	"ingest.WorkerOptions.Jitter":    "chance",
	"ingest.WorkerOptions.Time":      "of examine.Limits, which run connects",
	"examine.Options.Extraction":     "a part that open connects",
	"examine.Options.Verifier":       "a part that open connects",
	"examine.Options.Fetcher":        "a part that open connects",
	"verify.Options.Fetcher":         "a part that open connects",
	"verify.Options.Now":             "the clock",
	"verify.Options.Contexts":        "a part that open connects",
	"contexts.Options.Now":           "the clock",
	"contexts.Options.Keeper":        "a part that run connects",
	"verify.Options.Trust":           "what --trust names, read",
	"verify.Options.SealRoots":       "what --seal-roots names, read",
	"web.Options.Engine":             "a part that run connects",
	"web.Options.Issuers":            "a part that run connects",
	"web.Options.Intake":             "a part that run connects",
	"web.Options.Operations":         "a part that run connects",
	"web.Options.Hooks":              "a part that run connects",
	"web.Options.Webhooks":           "a part that run connects",
	"hooks.Options.Sleep":            "for tests, which do not wait",
	"web.Options.Checker":            "a part that run connects",
	"web.Options.Saved":              "a part that run connects",
	"web.Options.Alerter":            "a part that run connects",
	"web.Options.Holds":              "the server's, from --tokens and --oidc-issuer",
	"mail.Options.TLS":               "the system's certificates: SSL_CERT_FILE and SSL_CERT_DIR name others",
	"mail.Options.Now":               "the clock",
	"ingest.DecisionsOptions.Settle": "for tests, which do not wait so long",
	"ingest.WorkerOptions.Decisions": "a part that run connects",
	"fetch.Options.Told":             "run's metrics",
	"examine.Options.Took":           "run's metrics",
	"elastic.Options.Troubled":       "run's metrics",
}

// questions are the options of one question or one call: not the program's, but its
// callers' within it, one of whom must set each field.
var questions = map[string]string{
	"query.Options":           "assay/index/query",
	"index.RoleOptions":       "assay/index",
	"ingest.ReprocessOptions": "assay/ingest",
	"client.Options":          "assay/index/web/client",
	"web.Access":              "assay/index/web",
	"session.Options":         "assay/index/web/session",
	"web.PublicOptions":       "assay/index/web",
	"ingest.DecisionsOptions": "assay/ingest",
	"proof.DIOptions":         "assay/verify/proof",
	"did.Options":             "assay/verify/did",
	"read.Limits":             "assay/verify/read",
	"hooks.Options":           "assay/ingest/intake/hooks",
	"tell.Options":            "assay/ingest/intake/tell",
	"mail.Options":            "assay/ingest/intake/mail",
}

// TestEveryOptionIsReached gives every setting a value of its own in a file, reads
// it as serve does, and looks for the values in the options that the packages
// are called with. A field that no key reaches fails, unless it is excused; so
// does an excuse that is no longer needed, and a struct of options that this test
// does not know.
func TestEveryOptionIsReached(t *testing.T) {
	c, keys := everySetting(t)
	if keys < 55 {
		t.Errorf("only %d settings were found", keys)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte("PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &c.Serve
	s.NatsLogin = login{"creds", "nkey", "user", "word", "cert", "key", "ca", "inbox"}
	s.Nats, s.Elastic, s.ElasticPrefix, s.ElasticUser, s.ElasticPassword, s.ElasticAPIKey, s.ElasticCA, s.Data =
		"nats://x", []string{"http://x"}, "p", "u", "w", "k", ca, "data"
	s.ApplicationURL, s.PageURL = "https://ats.example/{application}", "https://assay.example"
	s.Contexts, s.Egress = "folder", "http://proxy:3128"
	s.Workers, s.Batch, s.InHand, s.Tenants, s.AllowHost, s.QR, s.UnsafeNoSandbox, s.Names = 1001, 1002, 1005, []string{"acme"}, []string{"x:1"}, "always", true, true
	s.Recheck, s.Budget = period(1003*time.Second), 1004
	s.Traces = tracing{"https://collector", 0.1007}
	french := filepath.Join(t.TempDir(), "fr.json")
	if err := os.WriteFile(french, []byte(`{"language":"fr","name":"Français","messages":{"Search":"Recherche"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Language = []string{french}
	log, f := zap.NewNop(), &skills.Folder{}
	s.OIDC.CA, s.OIDC.SecretFile = ca, ca
	login, err := s.OIDC.options("https://badges.example", log)
	if err != nil {
		t.Fatal(err)
	}
	es, err := s.elastic([]byte("key"), log)
	if err != nil {
		t.Fatal(err)
	}
	ex, err := s.examine(nil, nil, nil, f)
	if err != nil {
		t.Fatal(err)
	}
	queue := s.nats(&s.Queue, log)
	queue.Name = c.Submit.options().Name // of clients
	page, err := s.beside(s.access.page(nil, f, []byte("key"), log), nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	walk := &walker{t: t, numbers: map[string]string{}, reached: map[string]bool{}, seen: map[string]bool{}}
	for _, v := range []any{
		s.judging.sandbox(0, nil, log), s.judging.fetch(log), s.judging.verify(nil, nil, nil, nil, nil, nil), ex, s.judging.contexts(nil, log),
		s.storage.local([]byte("key"), &guard.Watch{}, log), es, queue, s.natsd(&s.Queue, "x:1", &guard.Watch{}, log),
		s.working.options(), page, s.Traces.exporter(&guard.Watch{}, log), s.Traces.options(nil, []byte("key")),
		login,
	} {
		walk.value(reflect.ValueOf(v))
	}
	for name := range excused {
		typ := name[:strings.LastIndex(name, ".")]
		if walk.seen[typ] && walk.reached[name] {
			t.Errorf("%s is excused and is reached", name)
		}
	}
	for name, path := range optionStructs(t) {
		if _, ok := questions[name]; ok || name == "rdf.Limits" { // what proof.DIOptions.Limits is
			continue
		}
		if !walk.seen[name] {
			t.Errorf("%s (%s) is no struct that this test walks", name, path)
		}
	}
}

// TestEveryQuestionIsAsked: what a caller may set of one question is set by one.
func TestEveryQuestionIsAsked(t *testing.T) {
	known := optionStructs(t)
	for name, path := range questions {
		if _, ok := known[name]; !ok {
			t.Errorf("%s is not there", name)
			continue
		}
		for field, ok := range setFields(t, name, path) {
			if !ok && excused[name+"."+field] == "" {
				t.Errorf("%s.%s is set by nothing in the program", name, field)
			}
		}
	}
}

// everySetting reads a file in which every setting has a value of its own.
func everySetting(t *testing.T) (*commands, int) {
	t.Helper()
	k, err := kong.New(&commands{}, vars())
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	n := 0
	for _, f := range command(k.Model.Node, "serve").Flags {
		for _, s := range sections {
			key, ok := strings.CutPrefix(f.Name, s+"-")
			if !ok {
				continue
			}
			value := ""
			switch f.Target.Interface().(type) {
			case size, cacheSize, amount, copies, int:
				value = fmt.Sprint(100 + n)
			case span:
				value = fmt.Sprintf("%ds", 100+n)
			case rate:
				value = fmt.Sprintf("%d.5", 100+n)
			case string:
				value = fmt.Sprintf("text %d", n)
			case []string:
				value = fmt.Sprintf("[text %d]", n)
			default:
				t.Errorf("--%s is a %v", f.Name, f.Target.Type())
			}
			n++
			values[s] = append(values[s], key+": "+value)
		}
	}
	var b strings.Builder
	for s, list := range values {
		b.WriteString(s + ":\n  " + strings.Join(list, "\n  ") + "\n")
	}
	path := filepath.Join(t.TempDir(), "all.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := openConfig([]string{"--config", path})
	if err != nil {
		t.Fatal(err)
	}
	c := &commands{}
	if k, err = kong.New(c, vars(), kong.Resolvers(conf), kong.Exit(func(int) { t.Fatal("exit") })); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse([]string{"serve", "--config", path}); err != nil {
		t.Fatal(err)
	}
	return c, n
}

// walker looks for a value in every field.
type walker struct {
	t             *testing.T
	numbers       map[string]string
	reached, seen map[string]bool
}

var ourPackages = []string{"extract", "sandbox", "fetch", "verify", "examine", "elastic", "local", "ingest", "natsd", "web"}

func (w *walker) value(v reflect.Value) {
	name := v.Type().String()
	w.seen[name] = true
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		at, x := name+"."+f.Name, v.Field(i)
		if pkg, _, _ := strings.Cut(f.Type.String(), "."); f.Type.Kind() == reflect.Struct && slices.Contains(ourPackages, pkg) {
			w.value(x)
			continue
		}
		w.reached[at] = !x.IsZero()
		if excused[at] != "" && x.IsZero() {
			continue
		}
		if x.IsZero() {
			w.t.Errorf("%s is reached by nothing", at)
		}
		// Two fields of one number have one key between them.
		switch x.Kind() {
		case reflect.Int, reflect.Int64, reflect.Float64:
			number := fmt.Sprint(x)
			if d, ok := x.Interface().(time.Duration); ok {
				number = fmt.Sprint(d.Seconds())
			}
			if other := w.numbers[number]; other != "" {
				w.t.Errorf("%s and %s have the same value, %s", at, other, number)
			}
			w.numbers[number] = at
		}
	}
}

// sources calls f with every file of the program, tests left out.
func sources(t *testing.T, f func(path string, file *ast.File)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(top, path)
		if d.IsDir() && rel != "." && (rel == "testdata" || rel == "cmd/internal" || rel == filepath.Join("deploy", "check") || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			f(filepath.ToSlash(rel), file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var optionName = regexp.MustCompile(`^([A-Z][A-Za-z]*)?(Options|Limits|Retention|Access|Config)$`)

// optionStructs gives where every exported struct of options stands.
func optionStructs(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	sources(t, func(path string, file *ast.File) {
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				ts, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if _, ok := ts.Type.(*ast.StructType); ok && optionName.MatchString(ts.Name.Name) {
					out[file.Name.Name+"."+ts.Name.Name] = path
				}
			}
		}
	})
	if len(out) < 15 {
		t.Errorf("only %d structs of options were found", len(out))
	}
	return out
}

// setFields reports of every field of a struct whether something sets it: a
// literal of the struct, or an assignment in a file that knows its package.
func setFields(t *testing.T, name, path string) map[string]bool {
	t.Helper()
	_, typ, _ := strings.Cut(name, ".")
	out := map[string]bool{}
	dir := strings.TrimPrefix(path, "assay/")
	sources(t, func(rel string, file *ast.File) {
		if filepath.ToSlash(filepath.Dir(rel)) != dir {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			ts, ok := n.(*ast.TypeSpec)
			if !ok || ts.Name.Name != typ {
				return true
			}
			st, ok := ts.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range st.Fields.List {
				for _, id := range f.Names {
					if id.IsExported() {
						out[id.Name] = false
					}
				}
			}
			return false
		})
	})
	if len(out) == 0 {
		t.Errorf("%s: no fields", name)
	}
	sources(t, func(rel string, file *ast.File) {
		local := ""
		if filepath.ToSlash(filepath.Dir(rel)) == dir {
			return
		}
		for _, i := range file.Imports {
			if i.Path.Value == `"`+path+`"` {
				local = path[strings.LastIndex(path, "/")+1:]
				if i.Name != nil {
					local = i.Name.Name
				}
			}
		}
		if local == "" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				sel, ok := n.Type.(*ast.SelectorExpr)
				if x, _ := n.Type.(*ast.SelectorExpr); !ok || x.Sel.Name != typ || fmt.Sprint(sel.X) != local {
					return true
				}
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						mark(out, kv.Key)
					}
				}
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					if s, ok := l.(*ast.SelectorExpr); ok {
						mark(out, s.Sel)
					}
				}
			}
			return true
		})
	})
	return out
}

func mark(fields map[string]bool, e ast.Expr) {
	if id, ok := e.(*ast.Ident); ok {
		if _, known := fields[id.Name]; known {
			fields[id.Name] = true
		}
	}
}

// defaults are what the packages take where a setting is not given. That of a
// setting that is not here depends on the machine or on another setting.
var defaults = map[string]any{
	"elastic-refresh": elastic.DefaultRefresh, "elastic-flush-docs": elastic.DefaultFlushDocs,
	"elastic-flush-size": elastic.DefaultFlushBytes, "elastic-concurrency": elastic.DefaultConcurrency, "elastic-retry-for": elastic.DefaultRetryFor,
	"elastic-timeout": elastic.DefaultTimeout,
	"queue-ack-wait":  ingest.DefaultAckWait, "queue-retention": ingest.DefaultMaxAge,
	"queue-tries": ingest.DefaultMaxTries, "queue-max-size": ingest.DefaultMaxBytes, "queue-results-age": ingest.DefaultResultAge,
	"queue-dead-letters-age": ingest.DefaultDeadAge,
	"limits-file-size":       extract.DefaultFileBytes, "limits-unpacked": extract.DefaultInflatedBytes, "limits-depth": extract.DefaultDepth,
	"limits-badges": extract.DefaultBadges, "limits-links": extract.DefaultLinks, "limits-parts": extract.DefaultParts, "limits-pages": extract.DefaultPages,
	"limits-parser-cpu": sandbox.DefaultCPU, "limits-parser-time": sandbox.DefaultWall, "limits-parser-memory": sandbox.DefaultMemory,
	"limits-fetches": examine.DefaultFetches, "limits-lookups": examine.DefaultLookups, "limits-badge-fetches": verify.DefaultFetches,
	"limits-badge-time": examine.DefaultBadge, "limits-application-time": examine.DefaultApplication, "limits-parallel": examine.DefaultParallel,
	"limits-fetch-time": fetch.DefaultTotal, "limits-fetch-dial": fetch.DefaultDial, "limits-fetch-tls": fetch.DefaultTLS,
	"limits-fetch-header": fetch.DefaultHeader, "limits-fetch-min-rate": fetch.DefaultMinRate, "limits-fetch-grace": fetch.DefaultGrace,
	"limits-fetch-per-host": fetch.DefaultPerHost, "limits-fetch-per-address": fetch.DefaultPerAddress, "limits-fetch-rate": fetch.DefaultRate, "limits-fetch-burst": fetch.DefaultBurst,
	"limits-fetch-wait": fetch.DefaultMaxWait, "limits-fetch-at-once": fetch.DefaultMaxAtOnce, "limits-fetch-break-after": fetch.DefaultBreakAfter,
	"limits-fetch-break-for": fetch.DefaultBreakFor, "limits-fetch-cache": fetch.DefaultCacheBytes, "limits-fetch-min-ttl": fetch.DefaultMinTTL,
	"limits-fetch-max-ttl": fetch.DefaultMaxTTL, "limits-fetch-ttl": fetch.DefaultTTL, "limits-fetch-error-ttl": fetch.DefaultNegativeTTL,
	"limits-fetch-agent": fetch.DefaultUserAgent, "limits-export": web.DefaultExport, "limits-caller-rate": web.DefaultRate,
}

// TestSettingsAreTold: README.md has every key of the sections, with the default
// that its package has.
func TestSettingsAreTold(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	section := ""
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			section = ""
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
			if s, ok := strings.CutSuffix(m[1], ":"); ok && slices.Contains(sections, s) {
				section = s
			} else if section != "" {
				told[flagOf(section, m[1])] = strings.TrimSpace(cells[3])
			}
		}
	}
	k, err := kong.New(&commands{}, vars())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range command(k.Model.Node, "serve").Flags {
		section, _, _ := strings.Cut(f.Name, "-")
		if !slices.Contains(sections, section) {
			continue
		}
		text, ok := told[f.Name]
		delete(told, f.Name)
		if !ok {
			t.Errorf("README.md does not tell of %s", f.Name)
		}
		want, ok := defaults[f.Name]
		if !ok {
			continue
		}
		got := reflect.New(f.Target.Type())
		if u, ok := got.Interface().(encoding.TextUnmarshaler); ok {
			if err := u.UnmarshalText([]byte(text)); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			if w := reflect.ValueOf(want).Convert(got.Elem().Type()); !w.Equal(got.Elem()) {
				t.Errorf("README.md says %s of %s, its package %v", text, f.Name, want)
			}
		} else if fmt.Sprint(want) != text {
			t.Errorf("README.md says %s of %s, its package %v", text, f.Name, want)
		}
	}
	delete(told, "elastic")
	delete(told, "replicas")
	for name := range told {
		t.Errorf("README.md tells of %s, which is not there", name)
	}
}

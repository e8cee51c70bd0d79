package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/deploy/testenv"
	"assay/extract/sandbox"
	"assay/index/elastic"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/intake/hooks"
	"assay/ingest/intake/tell"
	"assay/verify/verdict"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"
)

// composed is what deploy/compose.yaml may hold: of the Compose specification the keys
// that it uses, each in the form that it uses, so that one misspelt fails.
type composed struct {
	Name     string
	Services map[string]struct {
		Image, User, Restart  string
		ReadOnly              bool     `yaml:"read_only"`
		CapDrop               []string `yaml:"cap_drop"`
		SecurityOpt           []string `yaml:"security_opt"`
		Command, Entrypoint   []string
		Profiles              []string
		Environment           map[string]string
		Ports, Volumes, Tmpfs []string
		StopGracePeriod       string `yaml:"stop_grace_period"`
		PidsLimit             int    `yaml:"pids_limit"`
		Ulimits               map[string]int
		DependsOn             map[string]struct {
			Condition string
		} `yaml:"depends_on"`
		Healthcheck *struct {
			Test              []string
			Interval, Timeout string
			Retries           int
			StartPeriod       string `yaml:"start_period"`
		}
		Logging *struct {
			Driver  string
			Options map[string]string
		}
		Deploy struct {
			Resources struct {
				Limits struct{ CPUs, Memory string }
			}
		}
	}
	Service any `yaml:"x-service"`
	NATS    any `yaml:"x-nats"`
	Assay   any `yaml:"x-assay"`
}

// strictly reads YAML of one document, and no key that out does not have.
func strictly(b []byte, out any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(out); err != nil {
		return err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document")
	}
	return nil
}

// TestCompose: the services that deploy/compose.yaml starts are what it says, each is
// started with flags that assay has, and mounts what deploy/keys.sh makes.
func TestCompose(t *testing.T) {
	top := root(t)
	b, err := os.ReadFile(filepath.Join(top, "deploy", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var c composed
	if err := strictly(b, &c); err != nil {
		t.Fatal(err)
	}
	if err := strictly(append(bytes.Clone(b), "\n  worker:\n    imagee: x\n"...), new(composed)); err == nil {
		t.Error("a key that is none is taken")
	}
	want := []string{"doors", "elasticsearch", "elasticsearch-user", "nats-1", "nats-2", "nats-3", "web", "work"}
	if got := slices.Sorted(maps.Keys(c.Services)); !slices.Equal(got, want) {
		t.Fatalf("services %v, want %v", got, want)
	}
	if p := c.Services["doors"].Profiles; !slices.Equal(p, []string{"doors"}) {
		t.Errorf("doors are open for profiles %q", p)
	}
	made := keys(t)
	mounted := 0
	for name, s := range c.Services {
		if !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || !strings.HasPrefix(s.User, "${ASSAY_UID") {
			t.Errorf("%s has rights that it does not need: %+v", name, s)
		}
		if name != "elasticsearch-user" && (s.Deploy.Resources.Limits.Memory == "" || s.Deploy.Resources.Limits.CPUs == "" || s.Restart == "") {
			t.Errorf("%s has no limits, or is not started again", name)
		}
		for on, d := range s.DependsOn {
			to, there := c.Services[on]
			if !there || d.Condition == "service_healthy" && to.Healthcheck == nil {
				t.Errorf("%s waits for %s, which never is %s", name, on, d.Condition)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is reached from other machines: %s", name, p)
			}
		}
		if name == "elasticsearch" && slices.Contains(slices.Collect(maps.Values(s.Environment)), "false") {
			t.Error("Elasticsearch asks nobody who he is")
		}
		var at string // where the folder of keys is, within
		for _, v := range s.Volumes {
			from, to, _ := strings.Cut(strings.TrimPrefix(v, "${ASSAY_HOME:?}/"), ":")
			if _, err := os.Stat(filepath.Join(made, from)); err != nil {
				t.Errorf("%s mounts what keys.sh does not make: %v", name, err)
			}
			if to, ro := strings.CutSuffix(to, ":ro"); ro {
				at = to
			} else if !strings.HasPrefix(from, "data/") {
				t.Errorf("%s can write to %s", name, from)
			}
			mounted++
		}
		if !strings.HasPrefix(s.Image, "assay:") {
			continue
		}
		if err := taken(s.Command); err != nil {
			t.Errorf("%s: assay %s: %v", name, strings.Join(s.Command, " "), err)
		}
		for _, a := range s.Command {
			_, file, _ := strings.Cut(a, "="+at+"/")
			if file == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(made, name, file)); err != nil {
				t.Errorf("%s: %s: %v", name, a, err)
			}
			if strings.HasPrefix(a, "--config=") {
				if _, err := configured(filepath.Join(made, name, file), "version"); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if strings.Contains(strings.Join(s.Command, " "), "password") {
			t.Errorf("a password of %s is seen by who lists processes", name)
		}
	}
	if mounted < 10 {
		t.Errorf("only %d mounts were seen", mounted)
	}

	// Each service sees its own keys and no other's.
	for file, there := range map[string]bool{"work/worker.nk": true, "work/web.nk": false, "web/web.nk": true, "web/worker.nk": false, "doors/serve.nk": true, "doors/hooks.yaml": true, "doors/worker.nk": false, "work/serve.nk": false, "web/serve.nk": false, "nats/worker.nk": false, "web/tokens": true, "people/operator.nk": true, "people/submit_acme.nk": true} {
		info, err := os.Stat(filepath.Join(made, file))
		if (err == nil) != there {
			t.Errorf("%s is there: %v, want %v", file, err == nil, there)
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is read by others: %v", file, info.Mode())
		}
	}
	var role struct {
		Cluster []string
		Indices []struct{ Names, Privileges []string }
	}
	b, err = os.ReadFile(filepath.Join(made, "elasticsearch", "elasticsearch-role.json"))
	if err == nil {
		err = json.Unmarshal(b, &role)
	}
	if err != nil || len(role.Indices) != 1 || !slices.Equal(role.Indices[0].Names, []string{elastic.DefaultPrefix + "-applications*"}) || slices.Contains(role.Cluster, "all") {
		t.Errorf("the role in Elasticsearch is %+v, %v", role, err)
	}
}

// keys runs deploy/keys.sh, twice, and gives its folder: what was there stays, and the
// server takes each configuration.
func keys(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl here")
	}
	top, bin := root(t), t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(bin, "assay")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "made")
	run := func(tenants ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(top, "deploy", "keys.sh"), append([]string{dir}, tenants...)...)
		cmd.Env = settled("PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "docker compose ") {
			t.Fatalf("keys.sh: %v: %s", err, out)
		}
	}
	read := func() (all string) {
		for _, name := range []string{"work/worker.nk", "work/id.key", "nats/tls.key", "nats/cluster.key", "web/client.crt", "web/tokens", "elasticsearch/password", "authorities/clients.key"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			all += string(b)
		}
		return all
	}
	run("acme")
	before := read()
	run("acme", "rival")
	if read() != before {
		t.Error("a second run made keys anew")
	}
	// The authority of the cluster's own port signs no client.
	for _, c := range []struct {
		ca, cert string
		good     bool
	}{{"cluster-ca.crt", "nats/cluster.crt", true}, {"ca.crt", "nats/tls.crt", true}, {"ca.crt", "people/client.crt", true}, {"cluster-ca.crt", "people/client.crt", false}} {
		err := exec.Command("openssl", "verify", "-CAfile", filepath.Join(dir, "nats", c.ca), filepath.Join(dir, c.cert)).Run()
		if (err == nil) != c.good {
			t.Errorf("%s by %s: %v", c.cert, c.ca, err)
		}
	}
	if server := testenv.FindNATSServer(); server != "" {
		at := t.TempDir()
		for _, name := range []string{"nats.conf", "nats-cluster.conf", "roles.conf"} {
			b, err := os.ReadFile(filepath.Join(dir, "nats", name))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(`"/etc/nats/`, `"`+filepath.Join(dir, "nats")+"/", `"/data"`, `"`+filepath.Join(at, "data")+`"`).Replace(string(b))
			if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"nats.conf", "nats-cluster.conf"} {
			cmd := exec.Command(server, "-t", "-c", filepath.Join(at, name))
			cmd.Env = append(os.Environ(), "NATS_NAME=nats-1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", name, err, out)
			}
		}
	} else if testenv.Required(testenv.NATS) {
		t.Error("no nats-server")
	}
	return dir
}

// configured gives what assay makes of a file for --config under a command, or why it
// does not take it.
func configured(path string, args ...string) (*commands, error) {
	c, err := openConfig([]string{"--config", path})
	if err != nil {
		return nil, err
	}
	var all commands
	p, err := kong.New(&all, vars(), kong.Resolvers(c), kong.Writers(io.Discard, io.Discard), kong.Exit(func(n int) { panic(exit(n)) }))
	if err != nil {
		return nil, err
	}
	_, _, err = parse(p, args)
	return &all, err
}

// TestChartSettings: assay takes what the Helm chart gives it, as deploy/check renders it,
// and every setting of it reaches the command that it is for.
func TestChartSettings(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "deploy", "check", "testdata", "rendered.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file, args := filepath.Join(t.TempDir(), "assay.yaml"), map[string][]string{}
	for d := yaml.NewDecoder(bytes.NewReader(b)); ; {
		var o struct {
			Kind string
			Data map[string]string
			Spec struct {
				Template struct {
					Spec struct{ Containers []struct{ Args []string } }
				}
			}
		}
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			continue // of another form
		}
		switch o.Kind {
		case "ConfigMap":
			if err := os.WriteFile(file, []byte(o.Data["assay.yaml"]), 0o600); err != nil {
				t.Fatal(err)
			}
		case "Deployment":
			a := o.Spec.Template.Spec.Containers[0].Args
			args[a[0]] = a
		}
	}
	for name, a := range args {
		if !slices.Equal(a, []string{name, "--config=/etc/assay/config/assay.yaml"}) {
			t.Errorf("%q", a)
		}
	}
	c, err := configured(file, args["work"]...)
	if err != nil {
		t.Fatal(err)
	}
	w := c.Work
	if w.Nats != "tls://nats:4222" || w.NatsLogin.NKey != "/etc/assay/keys/worker.nk" || w.NatsLogin.Inbox != "_INBOX_worker" || w.NatsLogin.Cert == "" || w.NatsLogin.Key == "" || w.NatsLogin.CA == "" ||
		w.Replicas != 3 || w.Workers != 8 || w.judging.Limits.Parsers != 2 || w.judging.Limits.ParserMemory != 400<<20 || w.OpsListen != "0.0.0.0:9090" || w.IDKey == "" ||
		!slices.Equal(w.Elastic, []string{"https://elasticsearch:9200"}) || w.ElasticUser != "assay" || w.ElasticCA == "" || !c.LogJSON {
		t.Errorf("work has %+v", w)
	}
	if c, err = configured(file, args["web"]...); err != nil {
		t.Fatal(err)
	}
	if p := c.Web; p.Nats != "tls://nats:4222" || p.NatsLogin.NKey != "/etc/assay/keys/web.nk" || p.NatsLogin.Inbox != "_INBOX_web" || p.Listen != "0.0.0.0:8080" || p.Tokens == "" || p.OpsListen != "0.0.0.0:9090" || p.IDKey == "" || len(p.Elastic) != 1 {
		t.Errorf("web has %+v", p)
	}
}

// descriptions are a registry that keeps what is registered.
type descriptions struct{ lines []string }

var descForm = regexp.MustCompile(`fqName: "([^"]+)", .*variableLabels: \{([^}]*)\}`)

func (s *descriptions) Register(c prometheus.Collector) error {
	ch := make(chan *prometheus.Desc)
	go func() { c.Describe(ch); close(ch) }()
	for d := range ch {
		m := descForm.FindStringSubmatch(d.String())
		if m == nil {
			return fmt.Errorf("%s is of another form", d)
		}
		kind := "value"
		if strings.Contains(strings.ToLower(fmt.Sprintf("%T", c)), "histogram") {
			kind = "histogram"
		}
		s.lines = append(s.lines, strings.Join(append([]string{m[1], kind}, strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' })...), " "))
	}
	return nil
}
func (s *descriptions) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		if err := s.Register(c); err != nil {
			panic(err)
		}
	}
}
func (*descriptions) Unregister(prometheus.Collector) bool { return false }

// TestMetricsList: deploy/prometheus/metrics.txt, which rules and dashboards are held to,
// names the metrics that there are, and so does the README.
func TestMetricsList(t *testing.T) {
	var s descriptions
	ingest.NewMetrics(&s)
	ingest.CountFaults(&s)
	ingest.CountBroken(&s, func() int { return 0 }, nil)
	web.CountRequests(&s)
	hooks.CountHooks(&s)
	tell.CountSent(&s)
	s.MustRegister(ingest.LagCollector(nil, nil, nil), ingest.LeftCollector(nil, nil), ingest.ChildrenCollector(nil, nil), ingest.HostsCollector(nil))
	slices.Sort(s.lines)
	top := root(t)
	path := filepath.Join(top, "deploy", "prometheus", "metrics.txt")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "# Metrics of assay: name, kind, labels. cmd/assay's TestMetricsList holds it to the program.\n" + strings.Join(s.lines, "\n") + "\n"
	if string(b) != want {
		t.Errorf("deploy/prometheus/metrics.txt should be\n%s", want)
	}
	// None is made elsewhere.
	made := map[string]bool{}
	for _, dir := range []string{"cmd/assay", "ingest", "index", "extract", "verify"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			for _, m := range regexp.MustCompile(`(?:Name: |NewDesc\()"(assay_[a-z_]+)"`).FindAllStringSubmatch(string(b), -1) {
				made[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range s.lines {
		f := strings.Fields(line)
		delete(made, f[0])
		name := f[0]
		if len(f) > 2 {
			name += "{" + strings.Join(f[2:], ",") + "}"
		}
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("the README does not tell of %s", name)
		}
	}
	if len(made) > 0 || len(s.lines) < 20 {
		t.Errorf("%d metrics are in the list, and these are not: %v", len(s.lines), made)
	}
}

// TestScalingSettings: what SCALING.md sets are settings.
func TestScalingSettings(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "deploy", "SCALING.md"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(b)) {
		if code, ok := strings.CutPrefix(line, "    "); ok && !strings.HasPrefix(code, "assay ") {
			text.WriteString(code)
		}
	}
	file := filepath.Join(t.TempDir(), "assay.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := configured(file, "work")
	if err != nil {
		t.Fatal(err)
	}
	if c.Work.Replicas != 3 || c.Work.Queue.MaxSize != 160<<30 || c.Work.Queue.ResultsAge == 0 || c.Work.Indices.Shards != 24 {
		t.Errorf("%+v", c.Work)
	}
}

// TestAlertValues: rules, dashboard and chart pick series by values that labels have; one
// that no series has would never be raised.
func TestAlertValues(t *testing.T) {
	load, err := os.ReadFile(filepath.Join(root(t), "ingest", "load.go"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{
		"queue": {ingest.ConsumerLive, ingest.ConsumerBatch, "pending", "held", "dead_letters"}, "cache": {"hit", "miss"}, "purpose": {"links", "issuers"},
		"at": {"waiting", "asked", "later"}, "status": {"1xx", "2xx", "3xx", "4xx", "5xx"}, "outcome": {"2xx", "3xx", "4xx", "5xx"},
	}
	for _, e := range sandbox.Ends {
		values["end"] = append(values["end"], string(e))
	}
	for _, r := range []verdict.Result{verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Rejected, verdict.Pending, verdict.Unsupported} {
		values["result"] = append(values["result"], string(r))
	}
	for _, m := range regexp.MustCompile(`\{"([a-z]+)", (?:Stream|"OBJ_|"KV_)`).FindAllStringSubmatch(string(load), -1) {
		values["stream"] = append(values["stream"], m[1])
	}
	for _, name := range []string{"hooks/hooks.go", "tell/tell.go"} {
		b, err := os.ReadFile(filepath.Join(root(t), "ingest", "intake", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\twas[A-Z][a-z]+ += "([a-z]+)"`).FindAllStringSubmatch(string(b), -1) {
			values["outcome"] = append(values["outcome"], m[1])
		}
	}
	seen := map[string]int{}
	for _, name := range []string{"prometheus/alerts.yaml", "grafana/assay.json", "helm/assay/templates/work.yaml"} {
		b, err := os.ReadFile(filepath.Join(root(t), "deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\b([a-z]+)(?:=~|!~|!=|=)\\?"([^"\\]*)\\?"`).FindAllStringSubmatch(string(b), -1) {
			if values[m[1]] == nil {
				continue
			}
			for _, v := range strings.Split(m[2], "|") {
				seen[m[1]]++
				if !slices.Contains(values[m[1]], v) {
					t.Errorf("%s asks for %s=%q, of which there is none", name, m[1], v)
				}
			}
		}
	}
	for label := range values {
		if seen[label] == 0 {
			t.Errorf("nothing asks for %s: %v", label, seen)
		}
	}
}

package check

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// exported are the metrics that assay has, with their labels, as cmd/assay's tests hold
// deploy/prometheus/metrics.txt to them; of a histogram its three series.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "prometheus", "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		of := append([]string{"instance", "job", "namespace", "pod"}, f[2:]...)
		if f[1] != "histogram" {
			all[f[0]] = of
			continue
		}
		all[f[0]+"_sum"], all[f[0]+"_count"], all[f[0]+"_bucket"] = of, of, append(of, "le")
	}
	if len(all) < 20 {
		t.Fatalf("only %d metrics are known", len(all))
	}
	return all
}

// foreign are metrics of others that rules and dashboards may use.
var foreign = map[string]bool{"up": true, "process_resident_memory_bytes": true, "process_cpu_seconds_total": true, "go_goroutines": true, "go_memstats_heap_inuse_bytes": true}

// holds parses an expression and looks its metrics and labels up.
func holds(t *testing.T, where, expr string, known map[string][]string) {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Errorf("%s: %q: %v", where, expr, err)
		return
	}
	seen := 0
	var names []string // labels that the metrics within have
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		seen++
		have, there := known[v.Name]
		if !there && !foreign[v.Name] {
			t.Errorf("%s: assay has no metric %q", where, v.Name)
		}
		names = append(names, have...)
		for _, m := range v.LabelMatchers {
			if m.Name != labels.MetricName && there && !has(have, m.Name) {
				t.Errorf("%s: %s has no label %s", where, v.Name, m.Name)
			}
		}
		return nil
	})
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, g := range a.Grouping {
				if !has(names, g) && g != "job" && g != "instance" {
					t.Errorf("%s: %q is grouped by %s, which nothing within has", where, expr, g)
				}
			}
		}
		return nil
	})
	if seen == 0 {
		t.Errorf("%s: %q asks for nothing", where, expr)
	}
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// TestAlerts: Prometheus takes the rules, each asks for metrics that assay has, and leads
// to a heading of OPERATIONS.md that says what to do.
func TestAlerts(t *testing.T) {
	groups, errs := rulefmt.ParseFile(filepath.Join("..", "prometheus", "alerts.yaml"), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Error(err)
	}
	if groups == nil {
		t.FailNow()
	}
	text, err := os.ReadFile(filepath.Join("..", "OPERATIONS.md"))
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		headings[strings.ReplaceAll(regexp.MustCompile(`[^\w\s-]`).ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")] = true
	}
	known, n, told := exported(t), 0, map[string]bool{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			n++
			holds(t, r.Alert, r.Expr, known)
			link, anchor, _ := strings.Cut(r.Annotations["runbook"], "#")
			if link != "deploy/OPERATIONS.md" || !headings[anchor] {
				t.Errorf("%s: no heading is at %q", r.Alert, r.Annotations["runbook"])
			}
			told[anchor] = true
			if s := r.Labels["severity"]; s != "page" && s != "ticket" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s: %v %v", r.Alert, r.Labels, r.Annotations)
			}
			if strings.ToLower(r.Alert) != anchor {
				t.Errorf("%s leads to another alert's heading, %s", r.Alert, anchor)
			}
		}
	}
	for h := range headings {
		if strings.HasPrefix(h, "assay") && !told[h] {
			t.Errorf("OPERATIONS.md tells of %s, which no rule raises", h)
		}
	}
	if n < 12 {
		t.Errorf("only %d rules were seen", n)
	}
}

// TestDashboard: each panel asks for metrics that assay has, by a name for its source that
// whoever imports the dashboard chooses.
func TestDashboard(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "grafana", "assay.json"))
	if err != nil {
		t.Fatal(err)
	}
	type grid struct{ H, W, X, Y int }
	var d struct {
		Title, UID    string
		SchemaVersion int
		Templating    struct {
			List []struct{ Name, Type, Query string }
		}
		Panels []struct {
			ID          int
			Title, Type string
			Datasource  struct{ Type, UID string }
			GridPos     grid
			Targets     []struct{ Expr, RefID, LegendFormat string }
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if d.Title == "" || d.UID == "" || d.SchemaVersion == 0 || len(d.Templating.List) == 0 || d.Templating.List[0].Type != "datasource" {
		t.Errorf("dashboard %+v", d.Templating)
	}
	known, ids, asked := exported(t), map[int]bool{}, 0
	for i, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q is there twice, or has no title", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, q := range d.Panels[:i] {
			if p.GridPos.X < q.GridPos.X+q.GridPos.W && q.GridPos.X < p.GridPos.X+p.GridPos.W && p.GridPos.Y < q.GridPos.Y+q.GridPos.H && q.GridPos.Y < p.GridPos.Y+p.GridPos.H {
				t.Errorf("%q lies on %q", p.Title, q.Title)
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Datasource.UID != "${source}" || len(p.Targets) == 0 {
			t.Errorf("%q asks %+v for nothing", p.Title, p.Datasource)
		}
		for _, q := range p.Targets {
			asked++
			holds(t, p.Title, strings.NewReplacer("$__rate_interval", "5m", "$job", "assay").Replace(q.Expr), known)
		}
	}
	if asked < 20 {
		t.Errorf("only %d questions were seen", asked)
	}
}

// Package check holds what is shipped for clusters against the programs that will read it:
// the Helm chart, rendered by Helm's engine, against Kubernetes' own types, and alert rules
// and dashboards against Prometheus' parser and the metrics that assay has. None of it is
// run on a cluster. It is a module of its own, so that go.mod stays the program's.
package check

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	pairs "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write testdata/rendered.yaml anew")

// scaled is KEDA's ScaledObject (keda.sh/v1alpha1), of which here is what the chart sets.
type scaled struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		ScaleTargetRef                                                    struct{ Name string }
		MinReplicaCount, MaxReplicaCount, PollingInterval, CooldownPeriod *int32
		Advanced                                                          struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior struct {
					ScaleDown struct {
						StabilizationWindowSeconds int32
						Policies                   []struct {
							Type                 string
							Value, PeriodSeconds int32
						}
					}
				}
			}
		}
		Triggers []struct {
			Type, MetricType string
			Metadata         map[string]string
		}
	}
}

// render renders the chart with values and gives its objects, each as the type that it
// says it is, by kind and name. What a type does not have fails.
func render(t *testing.T, values string) (map[string]any, error) {
	t.Helper()
	chart, err := loader.LoadDir(filepath.Join("..", "helm", "assay"))
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(values), &given); err != nil {
		t.Fatal(err)
	}
	all, err := util.ToRenderValues(chart, given, common.ReleaseOptions{Name: "one", Namespace: "badges", IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true}.Render(chart, all)
	if err != nil {
		return nil, err
	}
	objects := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for _, doc := range strings.Split("\n"+files[name], "\n---\n") {
			if strings.TrimSpace(doc) == "" || strings.TrimSpace(doc) == "---" {
				continue
			}
			var head struct {
				meta.TypeMeta   `json:",inline"`
				meta.ObjectMeta `json:"metadata"`
			}
			if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, doc)
			}
			var o any
			switch head.APIVersion + " " + head.Kind {
			case "v1 ConfigMap":
				o = &core.ConfigMap{}
			case "v1 ServiceAccount":
				o = &core.ServiceAccount{}
			case "v1 Service":
				o = &core.Service{}
			case "apps/v1 Deployment":
				o = &apps.Deployment{}
			case "policy/v1 PodDisruptionBudget":
				o = &policy.PodDisruptionBudget{}
			case "networking.k8s.io/v1 NetworkPolicy":
				o = &networking.NetworkPolicy{}
			case "keda.sh/v1alpha1 ScaledObject":
				o = &scaled{}
			default:
				t.Fatalf("%s: no %s %s is expected", name, head.APIVersion, head.Kind)
			}
			if err := yaml.UnmarshalStrict([]byte(doc), o); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, doc)
			}
			key := head.Kind + " " + head.Name
			if objects[key] != nil || head.Name == "" {
				t.Fatalf("%s: %q twice, or without a name", name, key)
			}
			objects[key] = o
		}
	}
	return objects, nil
}

// TestChart: the chart as it comes is taken by Kubernetes' types, and what has to fit
// together does.
func TestChart(t *testing.T) {
	o, err := render(t, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ConfigMap one-assay", "Deployment one-assay-web", "Deployment one-assay-work", "NetworkPolicy one-assay-web", "NetworkPolicy one-assay-work",
		"PodDisruptionBudget one-assay-web", "PodDisruptionBudget one-assay-work", "Service one-assay", "ServiceAccount one-assay"}
	if got := slices.Sorted(maps.Keys(o)); !slices.Equal(got, want) {
		t.Fatalf("objects %q, want %q", got, want)
	}
	for _, part := range []string{"work", "web"} {
		d := o["Deployment one-assay-"+part].(*apps.Deployment)
		pod := d.Spec.Template
		sel, err := meta.LabelSelectorAsSelector(d.Spec.Selector)
		if err != nil || sel.Empty() {
			t.Fatalf("%s: selector %v, %v", part, sel, err)
		}
		for _, other := range []string{"work", "web"} {
			labels := o["Deployment one-assay-"+other].(*apps.Deployment).Spec.Template.Labels
			if errs := validation.ValidateLabels(labels, nil); len(errs) > 0 {
				t.Error(errs.ToAggregate())
			}
			for name, s := range map[string]*meta.LabelSelector{"Deployment": d.Spec.Selector, "budget": o["PodDisruptionBudget one-assay-"+part].(*policy.PodDisruptionBudget).Spec.Selector,
				"policy": &o["NetworkPolicy one-assay-"+part].(*networking.NetworkPolicy).Spec.PodSelector, "spread": pod.Spec.TopologySpreadConstraints[0].LabelSelector} {
				s, err := meta.LabelSelectorAsSelector(s)
				if err != nil || s.Matches(pairs.Set(labels)) != (part == other) {
					t.Errorf("%s of %s matches pods of %s: %v", name, part, other, err)
				}
			}
		}
		if len(pod.Spec.Containers) != 1 || *d.Spec.Replicas < 2 || pod.Spec.ServiceAccountName != "one-assay" || *pod.Spec.AutomountServiceAccountToken {
			t.Errorf("%s: %+v", part, pod.Spec)
		}
		c := pod.Spec.Containers[0]
		if s := c.SecurityContext; *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) || !*pod.Spec.SecurityContext.RunAsNonRoot ||
			pod.Spec.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s may do more than it needs: %+v %+v", part, s, pod.Spec.SecurityContext)
		}
		for path, p := range map[string]*core.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
			if p == nil || p.HTTPGet == nil || p.HTTPGet.Path != path || p.HTTPGet.Port != intstr.FromString("ops") {
				t.Errorf("%s is not asked for %s", part, path)
			}
		}
		if !slices.ContainsFunc(c.Ports, func(p core.ContainerPort) bool { return p.Name == "ops" && p.ContainerPort == 9090 }) {
			t.Errorf("%s has no port for probes: %+v", part, c.Ports)
		}
		volumes := map[string]core.Volume{}
		for _, v := range pod.Spec.Volumes {
			volumes[v.Name] = v
		}
		for _, m := range c.VolumeMounts {
			if _, ok := volumes[m.Name]; !ok {
				t.Errorf("%s mounts %s, which is no volume", part, m.Name)
			}
			delete(volumes, m.Name)
			if m.Name == "keys" && (!m.ReadOnly || m.MountPath != "/etc/assay/keys") {
				t.Errorf("%s: %+v", part, m)
			}
		}
		if len(volumes) > 0 {
			t.Errorf("%s does not mount %v", part, volumes)
		}
		if s := pod.Spec.Volumes[1].Secret; s == nil || s.SecretName != "assay-"+part {
			t.Errorf("the keys of %s are of %+v", part, s)
		}
		// Its memory holds all that its parsers may take, and then what is left to it.
		var limit string
		for _, e := range c.Env {
			if e.Name == "GOMEMLIMIT" {
				limit = e.Value
			} else if e.ValueFrom == nil {
				t.Errorf("%s has %s in plain text", part, e.Name)
			}
		}
		var own int64
		if _, err := fmt.Sscanf(limit, "%dMiB", &own); err != nil {
			t.Errorf("%s: GOMEMLIMIT=%q", part, limit)
		}
		memory := c.Resources.Limits.Memory().Value() >> 20
		if part == "work" {
			memory -= 3 * 400
		}
		if own < 256 || own > memory*4/5 {
			t.Errorf("%s: %d MiB are left to assay itself of %d", part, own, memory)
		}
	}
	if s := o["Service one-assay"].(*core.Service); s.Spec.Selector["app.kubernetes.io/component"] != "web" || s.Spec.Ports[0].TargetPort != intstr.FromString("http") {
		t.Errorf("service %+v", s.Spec)
	}

	// Whoever reads this sees what is rendered; cmd/assay's tests read its settings.
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(o)) {
		text, err := yaml.Marshal(o[key])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "---\n# %s\n%s", key, text)
	}
	golden := filepath.Join("testdata", "rendered.yaml")
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(golden); err != nil || !bytes.Equal(text, b.Bytes()) {
		t.Errorf("testdata/rendered.yaml is not what is rendered (%v): go test -run TestChart -update .", err)
	}
}

// reaches tells whether a policy lets its pods out to the internet.
func reaches(p *networking.NetworkPolicy) (internet bool) {
	for _, e := range p.Spec.Egress {
		if len(e.To) == 0 || len(e.Ports) == 0 {
			return true
		}
		for _, to := range e.To {
			internet = internet || to.IPBlock != nil
		}
	}
	return internet || !slices.Contains(p.Spec.PolicyTypes, networking.PolicyTypeEgress)
}

// TestChartEgress: nobody but workers is let out beyond names, queue and index, and they
// never to this network's own addresses.
func TestChartEgress(t *testing.T) {
	for _, c := range []struct {
		desc, values  string
		work, web     bool
		proxied, page bool // ports of a proxy are open to the worker, and to the page
	}{
		{"as it comes", "", true, false, false, false},
		{"registries are read", "web: {reachRegistries: true}", true, true, false, false},
		{"through a proxy", "work: {egressProxy: 'http://proxy:3128', egressProxyPeers: [{podSelector: {matchLabels: {app: proxy}}}]}", false, false, true, false},
		{"both", "work: {egressProxy: 'http://proxy:3128', egressProxyPeers: [{podSelector: {matchLabels: {app: proxy}}}]}\nweb: {reachRegistries: true}", false, false, true, true},
	} {
		t.Run(c.desc, func(t *testing.T) {
			o, err := render(t, c.values)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []struct {
				part              string
				internet, proxied bool
			}{{"work", c.work, c.proxied}, {"web", c.web, c.page}} {
				p := o["NetworkPolicy one-assay-"+x.part].(*networking.NetworkPolicy)
				if got := reaches(p); got != x.internet {
					t.Errorf("%s reaches the internet: %v, want %v", x.part, got, x.internet)
				}
				proxied := false
				for _, e := range p.Spec.Egress {
					for _, port := range e.Ports {
						proxied = proxied || port.Port.IntValue() == 3128
					}
					for _, to := range e.To {
						if to.IPBlock == nil {
							continue
						}
						private := []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "168.63.129.16/32"}
						if strings.Contains(to.IPBlock.CIDR, ":") {
							private = []string{"fc00::/7", "fe80::/10"}
						}
						for _, net := range private {
							if !slices.Contains(to.IPBlock.Except, net) {
								t.Errorf("%s reaches %s", x.part, net)
							}
						}
					}
				}
				if proxied != x.proxied {
					t.Errorf("%s reaches the proxy: %v, want %v", x.part, proxied, x.proxied)
				}
				if len(p.Spec.Ingress) == 0 && x.part == "web" {
					t.Error("nobody reaches the page")
				}
			}
			var config map[string]any
			if err := yaml.Unmarshal([]byte(o["ConfigMap one-assay"].(*core.ConfigMap).Data["assay.yaml"]), &config); err != nil {
				t.Fatal(err)
			}
			for part, want := range map[string]bool{"work": c.proxied, "web": c.page} {
				if _, got := config[part].(map[string]any)["egress-proxy"]; got != want {
					t.Errorf("%s is told of a proxy: %v, want %v", part, got, want)
				}
			}
		})
	}
}

// TestChartDoors: with the doors open there are pods of assay serve with keys of their own and
// the file of hooks, who reach what workers do and are reached as the page is; without them
// there are none.
func TestChartDoors(t *testing.T) {
	o, err := render(t, "doors: {enabled: true, hooks: acme-hooks}")
	if err != nil {
		t.Fatal(err)
	}
	d, _ := o["Deployment one-assay-doors"].(*apps.Deployment)
	if d == nil {
		t.Fatalf("%q", slices.Sorted(maps.Keys(o)))
	}
	pod := d.Spec.Template.Spec
	if a := pod.Containers[0].Args; a[0] != "serve" {
		t.Errorf("it runs %q", a)
	}
	mounts, secrets := map[string]string{}, map[string]string{}
	for _, m := range pod.Containers[0].VolumeMounts {
		if mounts[m.Name] = m.MountPath; m.Name == "hooks" && !m.ReadOnly {
			t.Error("hooks can be written to")
		}
	}
	for _, v := range pod.Volumes {
		if v.Secret != nil {
			secrets[v.Name] = v.Secret.SecretName
		}
	}
	if mounts["hooks"] != "/etc/assay/hooks" || secrets["hooks"] != "acme-hooks" || secrets["keys"] != "assay-doors" {
		t.Errorf("mounts %v of secrets %v", mounts, secrets)
	}
	var config map[string]map[string]any
	var all map[string]any
	text := []byte(o["ConfigMap one-assay"].(*core.ConfigMap).Data["assay.yaml"])
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	config = map[string]map[string]any{"serve": all["serve"].(map[string]any), "web": all["web"].(map[string]any)}
	if s := config["serve"]; s["hooks"] != "/etc/assay/hooks/hooks.yaml" || s["nats-nkey"] != "/etc/assay/keys/serve.nk" || s["nats-inbox"] != "_INBOX_serve" || s["listen"] == nil || s["tokens"] == nil || s["limits"] == nil {
		t.Errorf("settings %v", s)
	}
	if config["web"]["nats-nkey"] != "/etc/assay/keys/web.nk" {
		t.Errorf("the page has settings %v", config["web"])
	}
	p := o["NetworkPolicy one-assay-doors"].(*networking.NetworkPolicy)
	if !reaches(p) || !slices.ContainsFunc(p.Spec.Ingress, func(r networking.NetworkPolicyIngressRule) bool { return r.Ports[0].Port.StrVal == "http" }) {
		t.Errorf("policy %+v", p.Spec)
	}
	if s := o["Service one-assay-doors"].(*core.Service); s.Spec.Selector["app.kubernetes.io/component"] != "doors" || o["PodDisruptionBudget one-assay-doors"] == nil {
		t.Errorf("service %+v", s.Spec)
	}
	if o["Service one-assay"].(*core.Service).Spec.Selector["app.kubernetes.io/component"] != "web" {
		t.Error("the page's service is another's")
	}
	if o, err = render(t, "doors: {enabled: true}"); err != nil || strings.Contains(o["ConfigMap one-assay"].(*core.ConfigMap).Data["assay.yaml"], "hooks") {
		t.Errorf("without hooks: %v", err)
	}
	if _, err := render(t, "doors: {enabled: true, memoryMiB: 1300}"); err == nil {
		t.Error("a memory that parsers take is taken")
	}
}

// TestChartScales: with KEDA the deployment leaves its size to it, and it asks for a metric
// that assay has (its query is read in TestAlerts' way).
func TestChartScales(t *testing.T) {
	o, err := render(t, "keda: {enabled: true, min: 2, max: 8}")
	if err != nil {
		t.Fatal(err)
	}
	s := o["ScaledObject one-assay-work"].(*scaled)
	if o["Deployment one-assay-work"].(*apps.Deployment).Spec.Replicas != nil || s.Spec.ScaleTargetRef.Name != "one-assay-work" || *s.Spec.MinReplicaCount != 2 || *s.Spec.MaxReplicaCount != 8 {
		t.Errorf("%+v", s.Spec)
	}
	holds(t, "the ScaledObject", s.Spec.Triggers[0].Metadata["query"], exported(t))
}

// TestChartSettings: what an installation says goes before what the chart says, and what
// is wrong is refused.
func TestChartSettings(t *testing.T) {
	o, err := render(t, "config: {queue: {max-size: 64GiB}, work: {drain: 40s}, elastic: {shards: 6}}\nelastic: {user: '', key: api-key}\nskillsClaim: skills\nnetworkPolicy: {enabled: false}\ndisruptionBudget: {enabled: false}\nimagePullSecrets: [{name: pull}]\nweb: {hosts: [badges.example.org]}")
	if err != nil {
		t.Fatal(err)
	}
	for key := range o {
		if strings.HasPrefix(key, "NetworkPolicy") || strings.HasPrefix(key, "PodDisruptionBudget") {
			t.Errorf("%s was not asked for", key)
		}
	}
	var config struct {
		Queue   map[string]any `json:"queue"`
		Elastic map[string]any `json:"elastic"`
		Work    map[string]any `json:"work"`
		Web     map[string]any `json:"web"`
		Skills  string         `json:"skills"`
	}
	if err := yaml.Unmarshal([]byte(o["ConfigMap one-assay"].(*core.ConfigMap).Data["assay.yaml"]), &config); err != nil {
		t.Fatal(err)
	}
	if _, user := config.Elastic["user"]; user || config.Queue["max-size"] != "64GiB" || config.Elastic["shards"] != 6.0 || config.Elastic["address"] == nil || config.Work["drain"] != "40s" || config.Work["nats-nkey"] == nil || config.Skills == "" || config.Web["host"] == nil {
		t.Errorf("settings %+v", config)
	}
	env, _ := json.Marshal(o["Deployment one-assay-work"].(*apps.Deployment).Spec.Template.Spec.Containers[0].Env)
	if !strings.Contains(string(env), "ASSAY_ELASTIC_API_KEY") {
		t.Errorf("%s", env)
	}
	for _, wrong := range []string{"wrok: {}", "work: {replica: 3}", "work: {memoryMiB: 1300}", "nats: {replicas: 2}", "nats: {url: 'tls://user:word@nats:4222'}", "elastic: {addresses: []}", "elastic: {peers: []}", "keda: {enabled: true, min: 0}", "work: {egressProxy: 'http://proxy:3128'}"} {
		if _, err := render(t, wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

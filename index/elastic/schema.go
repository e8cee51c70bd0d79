package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"assay/index"

	"go.uber.org/zap"
)

type object = map[string]any

// meta is what an index remembers of its making.
type meta struct {
	Schema int    `json:"schema"`
	Key    string `json:"id_key"` // fingerprint
}

// mapping gives the mapping of an application: strict throughout, so that no
// badge can add a field. Word fields are folded in Go and split at spaces here.
func mapping(m meta) object {
	keyword := object{"type": "keyword"}
	date := object{"type": "date"}
	whole := object{"type": "integer"}
	long := object{"type": "long"}
	stored := object{"type": "object", "enabled": false}
	kept := object{"type": "keyword", "index": false, "doc_values": false}
	words := object{"type": "text", "analyzer": "whitespace", "norms": false}
	strict := func(properties object) object {
		return object{"type": "object", "dynamic": "strict", "properties": properties}
	}
	blind := strict(object{"issuer": keyword, "issuer_hosts": words, "claimed_words": words, "label_words": words, "name_words": words, "title_words": words, "certificate": keyword, "about_words": words, "issuer_words": words})
	first, later := stateProperties("claimed."), stateProperties("later.")
	first["beyond"] = long
	first["rank"] = object{"type": "long", "index": false}
	first["few"] = object{"type": "keyword", "index": false}
	later["from"], later["lost"] = long, object{"type": "keyword", "index": false}
	return object{
		"dynamic": "strict",
		"_meta":   object{"assay": m},
		"_source": object{"enabled": true},
		"_routing": object{
			"required": true, // the tenant
		},
		"properties": object{
			"id":           keyword,
			"tenant":       keyword,
			"application":  keyword,
			"version":      long,
			"erased":       object{"type": "boolean"},
			"job":          keyword,
			"job_words":    words,
			"candidate":    keyword,
			"persons":      kept,
			"held":         strict(object{"key": keyword, "proven": object{"type": "boolean"}, "elsewhere": kept}),
			"display_name": kept,
			"applied_at":   date,
			"checked_at":   date,
			"credentials":  stored,
			"own":          kept,
			"blind_rule":   object{"type": "integer", "index": false, "doc_values": false},

			"blind_job_words": words,

			"unread":       stored,
			"not_followed": stored,
			"counts": strict(object{
				"verified": whole, "authentic": whole, "expired": whole, "unvouched": whole, "pending": whole, "rejected": whole, "unsupported": whole,
			}),
			"breadth": strict(object{
				"skills": whole, "domains": whole, "soft_skills": whole, "credentials": whole, "issuers": whole,
				"years": whole, "first": date, "last": date, "next_expiry": date,
			}),
			"flat": strict(object{
				"next_until": long, "skills": keyword, "ancestors": keyword, "soft": keyword, "frameworks": keyword,
				"issuers": keyword, "standings": keyword, "years": keyword, "domains": keyword, "certificates": keyword, "ties": object{"type": "keyword", "doc_values": false},
				"clear": object{"type": "boolean"}, "blind_issuers": keyword, "blind_certificates": keyword,
			}),
			"claimed": strict(first),
			"later":   object{"type": "nested", "dynamic": "strict", "properties": later},
			"claims": object{"type": "nested", "dynamic": "strict", "properties": object{
				"credential": whole, "skill": keyword, "label": keyword, "framework": keyword, "framework_key": keyword,
				"basis": keyword, "soft": keyword, "ancestors": keyword, "domain": keyword, "level": keyword,
				"scale": keyword, "rank": long, "status": keyword, "standing": keyword, "issuer": keyword, "issuer_hosts": keyword,
				"issuer_name": keyword, "earned": date, "year": whole, "expires": date, "until": long, "worth": whole, "url": kept, "code": kept, "named": kept,
				"label_words": words, "name_words": words, "title_words": words, "certificate": keyword, "about_words": words, "issuer_words": words, "claimed_words": words,
				"clear": object{"type": "boolean", "doc_values": false}, "blind": blind,
			}},
		},
	}
}

// settings gives the settings that every index of ours has.
func (e *Engine) settings() object {
	return object{
		"refresh_interval": strconv.FormatInt(e.o.Refresh.Milliseconds(), 10) + "ms",
		// Applications come slowly and are searched often: fewer segments than
		// Elasticsearch keeps by itself, as every search visits each of them.
		"merge.policy.floor_segment":     "64mb",
		"merge.policy.segments_per_tier": 4,
		"merge.policy.max_merge_at_once": 4,
	}
}

// layout says over how many shards an index lies, and in how many copies.
type layout struct {
	Shards   string `json:"number_of_shards,omitempty"`
	Replicas string `json:"number_of_replicas,omitempty"`
	Expand   string `json:"auto_expand_replicas,omitempty"` // "false", or from-to by the number of nodes: then Replicas follows
}

// firstLayout is that of a first index: a copy as soon as a second node can hold
// it.
var firstLayout = layout{Shards: "1", Expand: "0-1"}

// with gives the layout with what the options ask for.
func (l layout) with(o Options) layout {
	if o.Shards > 0 {
		l.Shards = strconv.Itoa(o.Shards)
	}
	switch {
	case o.Replicas != 0:
		l.Replicas, l.Expand = strconv.Itoa(max(o.Replicas, 0)), "false"
	case l.Expand != "" && l.Expand != "false":
		l.Replicas = ""
	}
	return l
}

// layoutOf gives the layout of an index.
func (e *Engine) layoutOf(ctx context.Context, name string) (layout, error) {
	var a map[string]struct {
		Settings struct {
			Index layout `json:"index"`
		} `json:"settings"`
	}
	err := e.call(ctx, http.MethodGet, "/"+url.PathEscape(name)+"/_settings?filter_path=*.settings.index.number_of_*,*.settings.index.auto_expand_replicas", nil, &a)
	if err == nil && len(a) != 1 {
		err = fmt.Errorf("settings of %d indices for %s", len(a), name)
	}
	if err != nil {
		return layout{}, err
	}
	for _, v := range a {
		return v.Settings.Index, nil
	}
	return layout{}, nil
}

// spread gives an index that is there the replicas that the options ask for.
func (e *Engine) spread(ctx context.Context, name string) error {
	if e.o.Replicas == 0 {
		return nil
	}
	have, err := e.layoutOf(ctx, name)
	if err != nil {
		return err
	}
	want := have.with(e.o)
	if want.Replicas == have.Replicas && (have.Expand == "" || have.Expand == "false") {
		return nil
	}
	return e.call(ctx, http.MethodPut, "/"+url.PathEscape(name)+"/_settings", object{"index": layout{Replicas: want.Replicas, Expand: want.Expand}}, nil)
}

func (e *Engine) meta() meta {
	return meta{Schema: index.SchemaVersion, Key: index.KeyFingerprint(e.o.Key)}
}

// Init makes the template, and the first index with its alias, where they are
// missing, and checks the id key of an index that is there. It may be called
// again, and by several processes at once.
func (e *Engine) Init(ctx context.Context) error {
	err := e.call(ctx, http.MethodPut, "/_index_template/"+e.alias, object{
		"index_patterns": []string{e.alias + "-*"},
		"priority":       200,
		"_meta":          object{"assay": e.meta()},
		"template":       object{"settings": e.settings(), "mappings": mapping(e.meta())},
	}, nil)
	if err != nil {
		return fmt.Errorf("index template: %w", err)
	}
	name, m, err := e.current(ctx)
	if errors.Is(err, index.ErrNotFound) {
		name = e.alias + "-000001"
		err = e.call(ctx, http.MethodPut, "/"+name, object{
			"settings": object{"index": firstLayout.with(e.o)},
			"aliases":  object{e.alias: object{"is_write_index": true}},
		}, nil)
		// Another process may have been quicker.
		if err != nil && !failed(err, http.StatusBadRequest) {
			return fmt.Errorf("index %s: %w", name, err)
		}
		name, m, err = e.current(ctx)
	}
	if err != nil {
		return err
	}
	if err := e.adopt(ctx, name, m); err != nil {
		return err
	}
	if err := e.spread(ctx, name); err != nil {
		return fmt.Errorf("index %s: replicas: %w", name, err)
	}
	return nil
}

// adopt checks the index that is there and brings its fields up to date.
func (e *Engine) adopt(ctx context.Context, name string, m meta) error {
	if err := index.CheckKey(e.o.Key, m.Key); err != nil {
		return fmt.Errorf("index %s: %w", name, err)
	}
	if m.Schema < index.SchemaVersion {
		// New documents need their fields; the old ones lack them until a rebuild,
		// so that searches do without.
		err := e.call(ctx, http.MethodPut, "/"+url.PathEscape(name)+"/_mapping", object{"properties": mapping(m)["properties"]}, nil)
		if err != nil {
			return fmt.Errorf("index %s: fields of schema %d: %w", name, index.SchemaVersion, err)
		}
		e.log.Warn("the index was made by an earlier version: searches are slow until it is rebuilt",
			zap.String("index", name), zap.Int("schema", m.Schema), zap.Int("want", index.SchemaVersion))
	}
	e.states.Store(m.Schema >= schemaStates)
	return nil
}

// schemaStates is the first schema whose documents carry claimed and later as
// searches ask them.
const schemaStates = 7

// current gives the index behind the alias, or index.ErrNotFound.
func (e *Engine) current(ctx context.Context) (string, meta, error) {
	var a map[string]struct {
		Mappings struct {
			Meta struct {
				Assay meta `json:"assay"`
			} `json:"_meta"`
		} `json:"mappings"`
	}
	err := e.call(ctx, http.MethodGet, "/"+e.alias+"/_mapping?filter_path=*.mappings._meta", nil, &a)
	if failed(err, http.StatusNotFound) {
		return "", meta{}, index.ErrNotFound
	}
	if err != nil {
		return "", meta{}, err
	}
	if len(a) != 1 {
		return "", meta{}, fmt.Errorf("%d indices behind alias %s, want one of ours", len(a), e.alias)
	}
	for name, v := range a {
		return name, v.Mappings.Meta.Assay, nil
	}
	return "", meta{}, index.ErrNotFound
}

// Status describes the index behind the alias.
func (e *Engine) Status(ctx context.Context) (index.Status, error) {
	name, m, err := e.current(ctx)
	if err != nil {
		return index.Status{}, err
	}
	s := index.Status{Name: name, Schema: m.Schema, Engine: "elasticsearch"}
	var nodes struct {
		Nodes map[string]struct {
			Version string `json:"version"`
		} `json:"nodes"`
	}
	// The number is an ornament: a user without the right to ask goes without.
	if e.call(ctx, http.MethodGet, "/_nodes/_local?filter_path=nodes.*.version", nil, &nodes) == nil {
		for _, n := range nodes.Nodes {
			s.Engine = "elasticsearch " + n.Version
		}
	}
	for erased, p := range map[bool]*int{false: &s.Applications, true: &s.Erased} {
		var c struct {
			Count int `json:"count"`
		}
		q := object{"query": object{"term": object{"erased": erased}}}
		if err := e.call(ctx, http.MethodGet, "/"+url.PathEscape(name)+"/_count", q, &c); err != nil {
			return index.Status{}, err
		}
		*p = c.Count
	}
	var st struct {
		All struct {
			Primaries struct {
				Store struct {
					Size int64 `json:"size_in_bytes"`
				} `json:"store"`
			} `json:"primaries"`
		} `json:"_all"`
	}
	if err := e.call(ctx, http.MethodGet, "/"+url.PathEscape(name)+"/_stats/store?filter_path=_all.primaries", nil, &st); err == nil {
		s.Bytes = st.All.Primaries.Store.Size
	}
	return s, nil
}

package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

const schemaAt = "https://issuer.example/schema.json"

// doubling is a schema of so many definitions, each of which asks for the next
// one twice; leaf is the last.
func doubling(word string, definitions int, leaf string) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
	for i := range definitions {
		fmt.Fprintf(&b, `"d%d":{"%s":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, word, i+1, i+1)
	}
	fmt.Fprintf(&b, `"d%d":%s}}`, definitions, leaf)
	return b.String()
}

// after a schema that did harm, the next one and the next document are tried as
// if nothing had been.
func wantWell(t *testing.T, p *Pool) {
	t.Helper()
	for text, want := range map[string]bool{`{"required":["name"]}`: true, `{"required":["gpa"]}`: false} {
		if got, err := p.Obeys(mine, schemaAt, []byte(text), []byte(`{"name":"A"}`)); err != nil || got != want {
			t.Errorf("%s afterwards: %t, %v", text, got, err)
		}
	}
}

// A schema of a few kilobytes that would run for ever, or take all memory, is
// ended with its child: it says nothing of the document, and costs nobody else.
func TestAttack110_SchemaWithoutEnd(t *testing.T) {
	p, err := New(Options{Workers: 1, CPU: time.Second, Wall: 2 * time.Second, Memory: 200 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for desc, text := range map[string]string{
		"40 definitions that double":       doubling("allOf", 40, `{"type":"object"}`),
		"and fail at the end":              doubling("allOf", 40, `{"type":"string"}`),
		"any of them":                      doubling("anyOf", 40, `{"type":"string"}`),
		"one of them":                      doubling("oneOf", 40, `{"type":"object"}`),
		"lists that double in a reference": strings.ReplaceAll(doubling("allOf", 40, `{"not":{"type":"object"}}`), "$defs", "definitions"),
	} {
		t.Run(desc, func(t *testing.T) {
			if len(text) > 4<<10 {
				t.Fatalf("%d bytes", len(text))
			}
			killed, start := p.Stats().Killed, time.Now()
			got, err := p.Obeys(mine, schemaAt, []byte(text), []byte(`{"name":"A"}`))
			if !errors.Is(err, ErrSchema) || got {
				t.Errorf("%t, %v", got, err)
			}
			if took := time.Since(start); took > 6*time.Second {
				t.Errorf("ended after %s", took)
			}
			if p.Stats().Killed != killed+1 {
				t.Error("the child lives")
			}
			if rss := p.Stats().PeakRSS; rss > 600<<20 {
				t.Errorf("%d MiB", rss>>20)
			}
			wantWell(t, p)
		})
	}
	// The same schema with fewer definitions comes to its end: what is refused
	// above is refused for its work.
	if got, err := p.Obeys(mine, schemaAt, []byte(doubling("allOf", 8, `{"type":"object"}`)), []byte(`{}`)); err != nil || !got {
		t.Errorf("8 definitions: %t, %v", got, err)
	}
}

// What else a schema can be made of: references in a circle, patterns that other
// engines never come to the end of, a reference to the network, no schema.
func TestAttack111_SchemaOfTricks(t *testing.T) {
	p, err := New(Options{Workers: 1, CPU: time.Second, Wall: 2 * time.Second, Memory: 200 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	as := `{"name":"` + strings.Repeat("a", 60_000) + `!"}`
	for _, tc := range []struct {
		desc, text, doc string
		obeys, known    bool
	}{
		{"a circle", `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`, `{}`, false, true},
		{"itself", `{"$ref":"#"}`, `{}`, false, true},
		{"a circle through the document", `{"additionalProperties":{"$ref":"#"}}`, `{"a":{"b":{"c":{}}}}`, true, true},
		{"a pattern that backtracks elsewhere", `{"properties":{"name":{"pattern":"^(a+)+$"}}}`, as, false, true},
		{"a pattern that is large", `{"properties":{"name":{"pattern":"^(((a{1,99}){1,99}){1,99})$"}}}`, as, false, false},
		{"the network", `{"$ref":"https://elsewhere.example/s.json"}`, `{}`, false, false},
		{"a file", `{"$ref":"file:///etc/passwd"}`, `{}`, false, false},
		{"no schema", `{"type":7}`, `{}`, false, false},
		{"no JSON", `schema`, `{}`, false, false},
		{"a name twice", `{"required":["a"],"required":[]}`, `{}`, false, false},
		{"empty", ``, `{}`, false, false},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			start := time.Now()
			got, err := p.Obeys(mine, schemaAt, []byte(tc.text), []byte(tc.doc))
			if got != tc.obeys || (err == nil) != tc.known || err != nil && !errors.Is(err, ErrSchema) {
				t.Errorf("%t, %v", got, err)
			}
			if took := time.Since(start); took > 6*time.Second {
				t.Errorf("ended after %s", took)
			}
		})
	}
	wantWell(t, p)
}

// A child that a schema broke into is not believed out of turn, and is not used
// again.
func TestAttack112_SchemaThatBreaksOut(t *testing.T) {
	for _, mode := range []string{"panic", "exit", "garbage", "huge", "found", "both", "words", "hang", "fault"} {
		t.Run(mode, func(t *testing.T) {
			core, logs := observer.New(zap.DebugLevel)
			p, err := New(Options{Workers: 1, CPU: time.Second, Wall: 2 * time.Second, childArgs: []string{"none"}, Log: zap.New(core)})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			start := time.Now()
			if got, err := p.Obeys(mine, schemaAt, []byte("harm "+mode), []byte(`{}`)); !errors.Is(err, ErrSchema) || got {
				t.Errorf("%t, %v", got, err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("ended after %s", took)
			}
			if s := fmt.Sprint(logs.All()); strings.Contains(s, "secret") || strings.Contains(s, "words of") {
				t.Errorf("the schema's words are told: %s", s)
			}
			wantWell(t, p)
			if s := p.Stats(); s.Started != 2 {
				t.Errorf("%+v: the same child goes on", s)
			}
		})
	}
	// Where nothing follows schemas, none is followed.
	p, err := New(Options{Workers: 1, childArgs: []string{"no-schemas"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got, err := p.Obeys(mine, schemaAt, []byte(`{}`), []byte(`{}`)); !errors.Is(err, ErrSchema) || got {
		t.Errorf("%t, %v", got, err)
	}
}

// What trying a badge by a schema costs on the way through a child.
func BenchmarkObeys(b *testing.B) {
	p, err := New(Options{Workers: 1, recycle: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	text := []byte(`{"$schema":"https://json-schema.org/draft/2019-09/schema","type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`)
	for b.Loop() {
		if ok, err := p.Obeys(mine, schemaAt, text, []byte(`{"name":"A"}`)); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}

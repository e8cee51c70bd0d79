package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
	"github.com/google/cel-go/interpreter"
)

// Bounds of a mapping.
const (
	maxExpression = 8 << 10 // bytes of one
	costLimit     = 200_000 // of one, as CEL counts
	checkEvery    = 1000    // iterations, whether its time is over
	maxEach       = 64      // requests of one step, and files
)

// Mapping says in CEL what of a notification is what. Variables are event (what of the
// body the signature covers), header (signed headers, in lower case) and got (what was
// fetched, by its name). An expression that begins with $ is a path in the event, such as
// $.payload.emails[*].value. Functions beside CEL's own: at(x, "a.b[0]"), text(x), "" for
// what is no text or number; items(x), of a list or of an object's values, empty for all
// else; first(list), the first text that is not empty; seg(x), a segment of a path.
type Mapping struct {
	Kind         string `yaml:"kind"`         // application, delete (a candidate), anonymise (one who may apply again), withdraw (an application), merge, ping; "" = nothing to do. Of an event that is not signed it says only what is to be asked
	Fetch        []Step `yaml:"fetch"`        // what is asked of the system's API first, for an application
	Gone         string `yaml:"gone"`         // path that answers 404 or 410 where a deletion is true that no signature covers
	Application  string `yaml:"application"`  // id
	Job          string `yaml:"job"`          //
	Candidate    string `yaml:"candidate"`    // the system's id of who applies, or who is spoken of
	Into         string `yaml:"into"`         // of a merge, the candidate who stays
	Name         string `yaml:"name"`         //
	Emails       string `yaml:"emails"`       // list
	Links        string `yaml:"links"`        // list
	Files        string `yaml:"files"`        // list of {name, type, and one of url, path (of the API), data (base64), text}
	Withdrawn    string `yaml:"withdrawn"`    // of a withdrawal, the application
	Applications string `yaml:"applications"` // of a deletion: those that are deleted with the candidate, and no others; null = all that are known

	kind, gone, application, job, candidate, into, name, emails, links, files, withdrawn, applications *expression
}

// Step asks the API of a hiring system for something.
type Step struct {
	As     string `yaml:"as"`     // name in got
	Path   string `yaml:"path"`   // CEL
	Method string `yaml:"method"` // GET or POST; "" = GET
	Body   string `yaml:"body"`   // CEL, JSON that is posted
	Each   string `yaml:"each"`   // CEL, a list: asked for each item, and got is a list

	path, body, each *expression
}

// expression is one that was compiled.
type expression struct{ program cel.Program }

// Errors of mapping.
var (
	errMapping = errors.New("mapping")
	errCost    = errors.New("expression costs more than it may, or takes too long")
)

// environment is what expressions are compiled in.
func environment() (*cel.Env, error) {
	return cel.NewEnv(cel.OptionalTypes(), ext.Strings(), cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(64),
		cel.Variable("event", cel.DynType), cel.Variable("header", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("got", cel.DynType), cel.Variable("item", cel.DynType),
		cel.Function("at", cel.Overload("at_dyn_string", []*cel.Type{cel.DynType, cel.StringType}, cel.DynType, cel.BinaryBinding(func(x, path ref.Val) ref.Val {
			v, err := plain(x)
			if err != nil {
				return types.WrapErr(err)
			}
			return types.DefaultTypeAdapter.NativeToValue(find(v, string(path.(types.String))))
		}))),
		cel.Function("text", cel.Overload("text_dyn", []*cel.Type{cel.DynType}, cel.StringType, cel.UnaryBinding(func(x ref.Val) ref.Val { return types.String(textOf(x)) }))),
		cel.Function("items", cel.Overload("items_dyn", []*cel.Type{cel.DynType}, cel.ListType(cel.DynType), cel.UnaryBinding(func(x ref.Val) ref.Val {
			if x.Type() == types.ListType {
				return x
			}
			v, err := plain(x)
			if err != nil {
				return types.WrapErr(err)
			}
			all := []any{}
			if o, ok := v.(map[string]any); ok {
				for _, k := range slices.Sorted(maps.Keys(o)) {
					all = append(all, o[k])
				}
			}
			return types.DefaultTypeAdapter.NativeToValue(all)
		}))),
		cel.Function("first", cel.Overload("first_list", []*cel.Type{cel.ListType(cel.DynType)}, cel.StringType, cel.UnaryBinding(func(x ref.Val) ref.Val {
			list, ok := x.(traits.Lister)
			for i := types.Int(0); ok && i < list.Size().(types.Int); i++ {
				if s := textOf(list.Get(i)); strings.TrimSpace(s) != "" {
					return types.String(s)
				}
			}
			return types.String("")
		}))),
		cel.Function("seg", cel.Overload("seg_dyn", []*cel.Type{cel.DynType}, cel.StringType, cel.UnaryBinding(func(x ref.Val) ref.Val {
			s := textOf(x)
			if s == "" || strings.Trim(s, ".") == "" || len(s) > 256 {
				return types.NewErr("no id where a path needs one")
			}
			return types.String(url.PathEscape(s))
		}))),
	)
}

// textOf is a text or a number as a text, and "" for all else.
func textOf(x ref.Val) string {
	switch v := x.Value().(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// errNoJSON: what an expression gives is no JSON.
var errNoJSON = errors.New("what comes out is no JSON")

// plain is a value of CEL as JSON has it, with whole numbers as they are.
func plain(x ref.Val) (any, error) {
	if o, ok := x.Value().(map[string]any); ok {
		return o, nil // of what was read: all of it is plain
	}
	switch v := x.(type) {
	case types.Int:
		return int64(v), nil
	case types.Double:
		return float64(v), nil
	case types.String:
		return string(v), nil
	case types.Bool:
		return bool(v), nil
	case types.Null:
		return nil, nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, nil
		}
		return plain(v.GetValue())
	case traits.Mapper:
		out := map[string]any{}
		for i := v.Iterator(); i.HasNext() == types.True; {
			k := i.Next()
			name, ok := k.(types.String)
			if !ok {
				return nil, errNoJSON
			}
			var err error
			if out[string(name)], err = plain(v.Get(k)); err != nil {
				return nil, err
			}
		}
		return out, nil
	case traits.Lister:
		out := []any{}
		for i := v.Iterator(); i.HasNext() == types.True; {
			y, err := plain(i.Next())
			if err != nil {
				return nil, err
			}
			out = append(out, y)
		}
		return out, nil
	}
	return nil, errNoJSON
}

// find follows a path: names with dots between, [n], and [*] for what each has.
func find(v any, path string) any {
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		name, rest := path, ""
		if i := strings.IndexAny(path[min(1, len(path)):], ".["); i >= 0 {
			name, rest = path[:i+1], path[i+1:]
		}
		path = rest
		switch {
		case strings.HasPrefix(name, "["):
			list, _ := v.([]any)
			in := strings.Trim(name, "[]")
			if in == "*" {
				all := []any{}
				for _, x := range list {
					if x = find(x, rest); x != nil {
						all = append(all, x)
					}
				}
				return all
			}
			n, err := strconv.Atoi(in)
			if err != nil || n < 0 || n >= len(list) {
				return nil
			}
			v = list[n]
		default:
			o, _ := v.(map[string]any)
			v = o[name]
		}
	}
	return v
}

// compile makes an expression; nil for none.
func compile(env *cel.Env, name, source string) (*expression, error) {
	if source == "" {
		return nil, nil
	}
	if path, ok := strings.CutPrefix(source, "$"); ok {
		source = "at(event, " + strconv.Quote(path) + ")"
	}
	ast, issues := env.Compile(source)
	if issues.Err() != nil {
		return nil, fmt.Errorf("%w: %s: %w", errMapping, name, issues.Err())
	}
	p, err := env.Program(ast, cel.CostLimit(costLimit), cel.InterruptCheckFrequency(checkEvery))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errMapping, name, err)
	}
	return &expression{p}, nil
}

// compile compiles all expressions.
func (m *Mapping) compile(env *cel.Env) (err error) {
	for _, x := range []struct {
		name, source string
		to           **expression
	}{
		{"kind", m.Kind, &m.kind}, {"gone", m.Gone, &m.gone}, {"application", m.Application, &m.application}, {"job", m.Job, &m.job},
		{"candidate", m.Candidate, &m.candidate}, {"into", m.Into, &m.into}, {"name", m.Name, &m.name}, {"emails", m.Emails, &m.emails},
		{"links", m.Links, &m.links}, {"files", m.Files, &m.files}, {"withdrawn", m.Withdrawn, &m.withdrawn},
		{"applications", m.Applications, &m.applications},
	} {
		if *x.to, err = compile(env, x.name, x.source); err != nil {
			return err
		}
	}
	for i := range m.Fetch {
		s := &m.Fetch[i]
		if s.As == "" || s.Path == "" || !slices.Contains([]string{"", "GET", "POST"}, s.Method) {
			return fmt.Errorf("%w: fetch: as and path are needed, method is GET or POST", errMapping)
		}
		for _, x := range []struct {
			name, source string
			to           **expression
		}{{"path", s.Path, &s.path}, {"body", s.Body, &s.body}, {"each", s.Each, &s.each}} {
			if *x.to, err = compile(env, "fetch: "+s.As+": "+x.name, x.source); err != nil {
				return err
			}
		}
	}
	if m.kind == nil || m.application == nil {
		return fmt.Errorf("%w: kind and application are needed", errMapping)
	}
	return nil
}

// vars are what expressions see.
type vars struct {
	event  map[string]any
	header map[string]string
	got    map[string]any
	item   any
}

// of evaluates an expression; nil for none.
func (v *vars) of(ctx context.Context, e *expression) (any, error) {
	if e == nil {
		return nil, nil
	}
	out, _, err := e.program.ContextEval(ctx, map[string]any{"event": v.event, "header": v.header, "got": v.got, "item": v.item})
	if err != nil {
		// Its words may quote what was notified.
		if over := (interpreter.EvalCancelledError{}); errors.As(err, &over) {
			return nil, errCost
		}
		return nil, fmt.Errorf("%w: an expression does not fit what was notified", errMapping)
	}
	return plain(out)
}

// text gives a text.
func (v *vars) text(ctx context.Context, e *expression) (string, error) {
	x, err := v.of(ctx, e)
	return spell(x), err
}

func spell(x any) string {
	switch x := x.(type) {
	case string:
		return x
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return ""
}

// texts gives the texts of a list that are not empty.
func (v *vars) texts(ctx context.Context, e *expression) ([]string, error) {
	x, err := v.of(ctx, e)
	if err != nil {
		return nil, err
	}
	list, ok := x.([]any)
	if !ok {
		list = []any{x}
	}
	var out []string
	for _, x := range list {
		if s := strings.TrimSpace(spell(x)); s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// native is JSON with whole numbers as such, so that an id stays the digits that it is.
func native(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = native(x)
		}
		return v
	case []any:
		for i, x := range v {
			v[i] = native(x)
		}
		return v
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

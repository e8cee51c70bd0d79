package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// config gives flags their values out of a YAML file. The command line and the
// environment come first.
//
// The file holds flags by their names, for all commands or under the name of one
// command, and there too sections of flags that belong together: the key shards
// of the section elastic is the flag elastic-shards.
type config struct {
	path string
	tree map[string]any
	line map[string]int // of each key, by its path with dots
}

// sections of the file.
var sections = []string{"elastic", "limits", "oidc", "queue"}

// flagOf names the flag that a key of a section speaks of.
func flagOf(section, key string) string {
	switch section + "." + key {
	case "elastic.address":
		return "elastic"
	case "queue.replicas":
		return "replicas"
	}
	return section + "-" + key
}

// openConfig reads the file that --config or ASSAY_CONFIG names, nil for none.
func openConfig(args []string) (*config, error) {
	path := os.Getenv("ASSAY_CONFIG")
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			path = v
		} else if a == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	c := &config{path: path, line: map[string]int{}}
	var doc yaml.Node
	err = yaml.Unmarshal(b, &doc)
	if err == nil && len(doc.Content) > 0 {
		err = doc.Decode(&c.tree)
	}
	if err != nil {
		return nil, fmt.Errorf("--config %s: %w", path, err)
	}
	for _, n := range doc.Content {
		c.note(n, "")
	}
	return c, nil
}

// note keeps the lines of a mapping's keys.
func (c *config) note(n *yaml.Node, at string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := at + n.Content[i].Value
		c.line[key] = n.Content[i].Line
		c.note(n.Content[i+1], key+".")
	}
}

// place is where a key stands.
func (c *config) place(key string) string {
	return fmt.Sprintf("--config %s:%d", c.path, c.line[key])
}

// Validate refuses keys that are no flag.
func (c *config) Validate(app *kong.Application) error {
	return c.check(app.Node, c.tree, "")
}

// check checks what stands for a command, or for all.
func (c *config) check(n *kong.Node, tree map[string]any, at string) error {
	flags := map[string]bool{}
	each(n, func(n *kong.Node) {
		for _, f := range n.Flags {
			flags[f.Name] = f.Name != "config" && f.Name != "help"
		}
	})
	keys := make([]string, 0, len(tree))
	for k := range tree {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Compare(c.line[at+a], c.line[at+b]) })
	for _, k := range keys {
		key := at + k
		sub, nested := tree[k].(map[string]any)
		child := command(n, k)
		switch {
		case (nested || tree[k] == nil) && slices.Contains(sections, k):
			if err := c.section(flags, k, sub, key+"."); err != nil {
				return err
			}
		case nested && child != nil: // web is a command as well as a flag of another: what it holds tells
			if err := c.check(child, sub, key+"."); err != nil {
				return err
			}
		case !flags[k]:
			return fmt.Errorf("%s: unknown key %q", c.place(key), key)
		case nested:
			return fmt.Errorf("%s: %q is a flag and takes a value", c.place(key), key)
		}
	}
	return nil
}

func (c *config) section(flags map[string]bool, section string, tree map[string]any, at string) error {
	for k, v := range tree {
		if _, nested := v.(map[string]any); nested || !flags[flagOf(section, k)] {
			return fmt.Errorf("%s: unknown key %q", c.place(at+k), at+k)
		}
	}
	return nil
}

func command(n *kong.Node, name string) *kong.Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func each(n *kong.Node, f func(*kong.Node)) {
	f(n)
	for _, c := range n.Children {
		each(c, f)
	}
}

var (
	errValue = errors.New("neither text, number, truth value nor a list of them")
	errTwice = errors.New("stands in a section and outside of it")
)

// Resolve gives the value of a flag: the one under its command's name, or the
// one for all commands.
func (c *config) Resolve(k *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, e := range flag.Envs {
		if _, ok := os.LookupEnv(e); ok {
			return nil, nil
		}
	}
	found, key, err := c.find(c.tree, "", flag.Name)
	if err != nil {
		return nil, err
	}
	tree, at := c.tree, ""
	for _, name := range strings.Fields(k.Command()) {
		sub, ok := tree[name].(map[string]any)
		if !ok {
			break
		}
		tree, at = sub, at+name+"."
		own, ownKey, err := c.find(tree, at, flag.Name)
		if err != nil {
			return nil, err
		}
		if own != nil {
			found, key = own, ownKey
		}
	}
	if found == nil {
		return nil, nil
	}
	value, err := valueOf(found, flag.Tag.Sep)
	if err == nil {
		// Tried here, where the place is known.
		into := reflect.New(flag.Target.Type()).Elem()
		if into.Kind() == reflect.Pointer {
			into.Set(reflect.New(into.Type().Elem()))
		}
		err = flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: kong.Scan().PushTyped(value, kong.FlagValueToken)}, into)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.place(key), err)
	}
	return value, nil
}

// find looks a flag up by its name, or in the section that has it.
func (c *config) find(tree map[string]any, at, name string) (value any, key string, err error) {
	if v, ok := tree[name]; ok {
		if _, nested := v.(map[string]any); !nested {
			value, key = v, at+name
		}
	}
	for _, s := range sections {
		sub, _ := tree[s].(map[string]any)
		for k, v := range sub {
			switch {
			case flagOf(s, k) != name:
			case value != nil:
				return nil, "", fmt.Errorf("%s: %w", c.place(at+s+"."+k), errTwice)
			default:
				value, key = v, at+s+"."+k
			}
		}
	}
	return value, key, nil
}

// valueOf gives a value as a flag takes it: a list for one that has no separator,
// else a text.
func valueOf(v any, sep rune) (any, error) {
	list, ok := v.([]any)
	if !ok || sep != -1 {
		return write(v, sep)
	}
	all := make([]any, len(list))
	for i, x := range list {
		text, err := write(x, sep)
		if _, nested := x.([]any); nested || err != nil {
			return nil, errValue
		}
		all[i] = text
	}
	return all, nil
}

// write gives a value as it would stand on the command line.
func write(v any, sep rune) (string, error) {
	switch v := v.(type) {
	case []any:
		var parts []string
		for _, x := range v {
			switch x.(type) {
			case string, int, float64, bool:
				parts = append(parts, kong.JoinEscaped([]string{fmt.Sprint(x)}, sep))
			default:
				return "", errValue
			}
		}
		return strings.Join(parts, string(sep)), nil
	case string, bool, int, float64:
		return fmt.Sprint(v), nil
	}
	return "", errValue
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// config gives flags their values out of a YAML file. The command line and the
// environment come first.
type config struct {
	path string
	tree map[string]any
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
	c := &config{path: path}
	if err := yaml.Unmarshal(b, &c.tree); err != nil {
		return nil, fmt.Errorf("--config %s: %w", path, err)
	}
	return c, nil
}

// Validate refuses keys that are no flag.
func (c *config) Validate(app *kong.Application) error {
	all := map[string]bool{}
	each(app.Node, func(n *kong.Node) {
		for _, f := range n.Flags {
			all[f.Name] = true
		}
	})
	return c.check(app.Node, c.tree, all, "")
}

func (c *config) check(n *kong.Node, tree map[string]any, flags map[string]bool, at string) error {
	for k, v := range tree {
		sub, ok := v.(map[string]any)
		child := command(n, k)
		// web is a command as well as a flag of another: what it holds tells.
		if k == "config" || k == "help" || !flags[k] || child != nil && ok {
			if child == nil || !ok {
				return fmt.Errorf("--config %s: unknown key %q", c.path, at+k)
			}
			own := map[string]bool{}
			each(child, func(m *kong.Node) {
				for _, f := range m.Flags {
					own[f.Name] = true
				}
			})
			if err := c.check(child, sub, own, at+k+"."); err != nil {
				return err
			}
			continue
		}
		if ok {
			return fmt.Errorf("--config %s: %q is a flag and takes a value", c.path, at+k)
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

var errValue = errors.New("neither text, number, truth value nor a list of them")

// Resolve gives the value of a flag: the one under its command's name, or the
// one for all commands.
func (c *config) Resolve(k *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, e := range flag.Envs {
		if _, ok := os.LookupEnv(e); ok {
			return nil, nil
		}
	}
	var found any
	tree := c.tree
	for _, name := range append([]string{""}, strings.Fields(k.Command())...) {
		if name != "" {
			sub, ok := tree[name].(map[string]any)
			if !ok {
				break
			}
			tree = sub
		}
		if v, ok := tree[flag.Name]; ok {
			if _, section := v.(map[string]any); !section {
				found = v
			}
		}
	}
	switch v := found.(type) {
	case nil:
		return nil, nil
	case []any:
		var parts []string
		for _, x := range v {
			switch x.(type) {
			case string, int, float64, bool:
				parts = append(parts, kong.JoinEscaped([]string{fmt.Sprint(x)}, flag.Tag.Sep))
			default:
				return nil, errValue
			}
		}
		return strings.Join(parts, string(flag.Tag.Sep)), nil
	case string, bool, int, float64:
		return fmt.Sprint(v), nil
	}
	return nil, errValue
}

package skills

import (
	"fmt"
	"strings"
)

// json reads every .json and .jsonld file of the source.
func (im *importer) json(one func(file string) error) error {
	names, err := im.list("*.json", "*.jsonld")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: no .json or .jsonld file in the folder", ErrFormat)
	}
	for _, n := range names {
		if err := one(n); err != nil {
			return err
		}
	}
	if len(im.rows) == 0 {
		return fmt.Errorf("%w: no skill of format %s in %s", ErrFormat, im.Format, strings.Join(names, ", "))
	}
	return nil
}

// str gives the string under one of the keys of an object: itself, its form in
// the wanted language or English where it is a language map, or the first of a
// list.
func (im *importer) str(v any, keys ...string) string {
	m, _ := v.(map[string]any)
	for _, k := range keys {
		switch x := m[k].(type) {
		case string:
			if x = strings.TrimSpace(x); x != "" {
				return x
			}
		case []any:
			if len(x) > 0 {
				if s := im.str(map[string]any{"v": x[0]}, "v"); s != "" {
					return s
				}
			}
		case map[string]any:
			for _, l := range []string{im.Language, "en", "en-US", "en-us", "en-GB", "@value", "@id", "name", "title", "uri"} {
				if s, _ := x[l].(string); strings.TrimSpace(s) != "" {
					return strings.TrimSpace(s)
				}
			}
		}
	}
	return ""
}

// values gives the list under a key; what is no list is a list of itself.
func values(v any, key string) []any {
	m, _ := v.(map[string]any)
	switch x := m[key].(type) {
	case []any:
		return x
	case nil:
		return nil
	default:
		return []any{x}
	}
}

// called takes the name that a file gives its framework. Two frameworks under
// one name would go by the licence of the first.
func (im *importer) called(name string) error {
	name = cut(cell(name), maxName)
	switch {
	case im.Name != "" || name == "":
	case im.title == "":
		im.title = name
	case im.title != name:
		return fmt.Errorf("the framework is called %q, and that of another file %q; import one file at a time, or give one name to both", name, im.title)
	}
	return nil
}

// concept gives the row of an item, which must have an id and a label.
func (im *importer) concept(n int, id, label, idKeys, labelKeys string) (*row, error) {
	id = cell(id)
	switch _, framework := appendKey(nil, id); {
	case id == "":
		return nil, fmt.Errorf("item %d has no id; want %s", n, idKeys)
	case !strings.Contains(id, "://") && !strings.HasPrefix(id, "urn:") && framework != CTDL:
		return nil, fmt.Errorf("item %d has the id %q; want a URL", n, cut(id, 80))
	case known(framework).closed:
		return nil, fmt.Errorf("item %d has the id %q, which is %s's own", n, cut(id, 80), framework)
	case cell(label) == "":
		return nil, fmt.Errorf("item %d, %s, has no name; want %s", n, cut(id, 80), labelKeys)
	}
	x := im.get("concept", id)
	x.label = im.label(label)
	return x, nil
}

// jsonFiles reads an import of JSON files with what reads one.
func jsonFiles(one func(im *importer, file string) error) func(*importer) error {
	return func(im *importer) error {
		return im.json(func(file string) error { return one(im, file) })
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"assay/index"
	"assay/index/skills"
	"assay/ingest"
)

// openFrameworks opens the folder that --skills names.
func openFrameworks(dir string) (*skills.Folder, error) {
	f, err := skills.OpenFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("--skills %q: %w", dir, err)
	}
	return f, nil
}

type skillsCmd struct {
	Import   skillsImportCmd   `cmd:"" help:"Import a skills framework; running servers take it up."`
	List     skillsListCmd     `cmd:"" help:"List the frameworks that are there."`
	Unmapped skillsUnmappedCmd `cmd:"" help:"List the skills that badges name and no framework knows."`
}

// skillsDir are the flags that say where frameworks are.
type skillsDir struct {
	Data   string `help:"Folder of the installation; frameworks are in its folder skills." placeholder:"DIR"`
	Skills string `help:"Folder of imported skills frameworks." placeholder:"DIR"`
}

func (d *skillsDir) dir() (string, error) {
	switch {
	case d.Skills != "":
		return d.Skills, nil
	case d.Data != "":
		return filepath.Join(d.Data, "skills"), nil
	}
	return "", errors.New("--data DIR or --skills DIR is needed")
}

type skillsImportCmd struct {
	skillsDir
	Format   string `help:"esco, onet, case, rsd or ctdl." enum:"esco,onet,case,rsd,ctdl" required:""`
	Name     string `help:"What the framework is called; ESCO and O*NET keep their own names." placeholder:"NAME"`
	Version  string `help:"Its version; else that in the name of the folder (esco-1.2.0)." env:"ASSAY_FRAMEWORK_VERSION" aliases:"framework-version" placeholder:"VERSION"`
	Language string `help:"Whose labels are the preferred ones; labels of other languages beside them become alternative ones." default:"en" placeholder:"CODE"`
	Force    bool   `help:"Replace what is there even by less than half as many concepts, or by what came in another format."`
	Source   string `arg:"" name:"folder" help:"Folder, or file, of the framework as its publisher gives it."`
}

// Run imports a framework.
func (c *skillsImportCmd) Run(e *env) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	from, err := filepath.Abs(c.Source)
	if err != nil {
		return err
	}
	i, err := os.Stat(from)
	if err != nil {
		return err
	}
	s := skills.Source{Format: c.Format, Files: os.DirFS(from), Folder: filepath.Base(from), Name: c.Name, Version: c.Version, Language: c.Language}
	if !i.IsDir() {
		s.Files = single{os.DirFS(filepath.Dir(from)), filepath.Base(from)}
		s.Folder = filepath.Join(filepath.Base(filepath.Dir(from)), filepath.Base(from))
	}
	r, err := s.Install(dir, c.Force)
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(e.stderr, "assay: warning:", clean(w))
	}
	files := r.Files
	if rest := len(files) - 20; rest > 0 {
		files = append(files[:20:20], fmt.Sprintf("and %d more", rest))
	}
	_, err = fmt.Fprintf(e.stdout, "%s %s: %d concepts\n%d skills, %d groups, %d occupations, %d relations\nread %s\n",
		clean(r.Version.Framework), clean(r.Version.Version), r.Version.Concepts,
		r.Skills, r.Groups, r.Occupations, r.Relations, clean(strings.Join(files, ", ")))
	if err == nil && r.Version.Attribution != "" {
		_, err = fmt.Fprintln(e.stdout, clean(r.Version.Attribution))
	}
	return err
}

// single is a folder of which one file is seen.
type single struct {
	fs.FS
	name string
}

// Open opens the one file, and the folder.
func (s single) Open(name string) (fs.File, error) {
	if name != "." && name != s.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.FS.Open(name)
}

// ReadDir lists the one file.
func (s single) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(s.FS, name)
	var out []fs.DirEntry
	for _, x := range all {
		if x.Name() == s.name {
			out = append(out, x)
		}
	}
	return out, err
}

type skillsListCmd struct {
	skillsDir
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists frameworks.
func (c *skillsListCmd) Run(e *env) error {
	dir, _ := c.dir()
	f, err := openFrameworks(dir)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(f.Taxonomy().Versions())
	}
	tw := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "FRAMEWORK\tVERSION\tCONCEPTS")
	for _, v := range f.Taxonomy().Versions() {
		fmt.Fprintf(tw, "%s\t%s\t%d\n", v.Framework, v.Version, v.Concepts)
	}
	return tw.Flush()
}

type skillsUnmappedCmd struct {
	indexing
	Tenant string `help:"Only this employer's." placeholder:"TOKEN"`
	JSON   bool   `name:"json" help:"Print one JSON object a skill."`
}

// Run lists unmapped skills: directly with --data or --elastic, else through
// the worker that answers at --nats.
func (c *skillsUnmappedCmd) Run(e *env) error {
	show := func(list []ingest.Unmapped) error {
		enc := json.NewEncoder(e.stdout)
		tw := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
		if !c.JSON {
			fmt.Fprintln(tw, "APPLICATIONS\tVERIFIED\tSKILL\tFRAMEWORK\tCODE\tURL")
		}
		for _, u := range list {
			if c.JSON {
				if err := enc.Encode(u); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(tw, "%d\t%d\t%s\t%s\t%s\t%s\n", u.Applications, u.Verified, clean(u.Label), clean(u.Framework), clean(u.Code), clean(u.URL))
		}
		return tw.Flush()
	}
	if c.through(e) {
		q, err := c.dial(e)
		if err != nil {
			return err
		}
		defer q.Close()
		list, err := q.RequestUnmapped(e.ctx, c.Tenant)
		if err != nil {
			return err
		}
		return show(list)
	}
	return c.direct(e, func(en index.Engine) error {
		list, err := ingest.ListUnmapped(e.ctx, en, c.Tenant)
		if err != nil {
			return err
		}
		return show(list)
	})
}

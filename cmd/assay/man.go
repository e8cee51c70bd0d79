package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

// Run prints the manual page in roff (man(7)), made from the commands' own
// definitions: assay man | man -l -.
func (manCmd) Run(e *env, k *kong.Context) error {
	v, _, _ := strings.Cut(strings.TrimPrefix(versionLine(), "assay "), " ")
	return man(e.stdout, k.Model, v)
}

func man(w io.Writer, app *kong.Application, version string) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH ASSAY 1 \"\" \"assay %s\" \"\"\n.SH NAME\nassay \\- %s\n.SH SYNOPSIS\n.B assay\n.I COMMAND\n[\\fIFLAG\\fR]... [\\fIARGUMENT\\fR]...\n", roff(version), roff(lowerFirst(strings.TrimSuffix(app.Help, "."))))
	b.WriteString(".SH FLAGS OF ALL COMMANDS\n")
	manFlags(&b, app.Flags)
	b.WriteString(".SH COMMANDS\n")
	for _, n := range app.Leaves(true) {
		fmt.Fprintf(&b, ".SS \"%s\"\n%s\n", roff(strings.TrimPrefix(n.Path(), "assay ")), roff(n.Help))
		if n.Detail != "" {
			fmt.Fprintf(&b, ".PP\n%s\n", roff(n.Detail))
		}
		for _, p := range n.Positional {
			fmt.Fprintf(&b, ".TP\n\\fI%s\\fR\n%s\n", roff(p.Name), roff(p.Help))
		}
		for at := n; at != nil && at != app.Node; at = at.Parent {
			manFlags(&b, at.Flags)
		}
	}
	b.WriteString(`.SH ENVIRONMENT
Every flag can be set as ASSAY_... in the environment, with the names that stand beside the flags above, and in a YAML file
.RB ( \-\-config ).
.SH EXIT STATUS
.TP
0
Done;
.BR check :
every badge is verified or authentic.
.TP
1
.BR check :
a badge is not; \fBsubmit \-\-wait\fR: the submission was not indexed.
.TP
2
Wrong usage, or something that is needed is not there.
`)
	_, err := io.WriteString(w, b.String())
	return err
}

func manFlags(b *strings.Builder, flags []*kong.Flag) {
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name, value := "--"+f.Name, ""
		if f.Tag.Negatable != "" {
			name = "--[no-]" + f.Name
		}
		if !f.IsBool() && !f.IsCounter() {
			value = "=\\fI" + roff(f.FormatPlaceHolder()) + "\\fR"
		}
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR%s\n%s\n", roff(name), value, roff(flagHelp(f.Value)))
	}
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// roff escapes a text: no line of it is a request, no character a command.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

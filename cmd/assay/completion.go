package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes commands and flags. It is made from the
// commands' own definitions, and needs nothing when it runs.
func (c *completionCmd) Run(e *env, k *kong.Context) error {
	places := places(k.Model.Node)
	switch c.Shell {
	case "bash":
		return bash(e.stdout, places)
	case "zsh":
		return zsh(e.stdout, places)
	default:
		return fish(e.stdout, places)
	}
}

// word is what may stand at a place, with what it is for.
type word struct {
	text, help string
	values     []string // of a flag that takes one of a few
	argument   bool     // a flag that takes a value
}

// place is a command, or the line before any: the words that may follow.
type place struct {
	path  string // "" or "deadletters list"
	words []word
}

// places are all commands that are shown, each with its subcommands and flags.
func places(n *kong.Node) []place {
	var all []place
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		p := place{path: path}
		for _, c := range n.Children {
			if !c.Hidden && c.Type == kong.CommandNode {
				p.words = append(p.words, word{text: c.Name, help: firstSentence(c.Help)})
			}
		}
		p.words = append(p.words, flags(n)...)
		all = append(all, p)
		for _, c := range n.Children {
			if !c.Hidden && c.Type == kong.CommandNode {
				walk(c, strings.TrimSpace(path+" "+c.Name))
			}
		}
	}
	walk(n, "")
	return all
}

// flags are the flags that may stand after a command, its parents' among them.
func flags(n *kong.Node) []word {
	var out []word
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			w := word{text: "--" + f.Name, help: firstSentence(f.Help), argument: !f.IsBool() && !f.IsCounter()}
			if f.Enum != "" {
				w.values = f.EnumSlice()
			}
			if !slices.ContainsFunc(out, func(o word) bool { return o.text == w.text }) {
				out = append(out, w)
			}
		}
	}
	return out
}

func firstSentence(s string) string {
	s, _, _ = strings.Cut(s, ". ")
	return strings.TrimSuffix(s, ".")
}

func (p place) texts() string {
	texts := make([]string, len(p.words))
	for i, w := range p.words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// step is the place above and the word that leads from there to this one.
func (p place) step() string {
	if strings.Contains(p.path, " ") {
		return p.path
	}
	return " " + p.path
}

// values are the flags that take one of a few words, each once.
func values(places []place) []word {
	var out []word
	for _, p := range places {
		for _, w := range p.words {
			if len(w.values) > 0 && !slices.ContainsFunc(out, func(o word) bool { return o.text == w.text }) {
				out = append(out, w)
			}
		}
	}
	return out
}

// shell finds the command of a line: both shells understand it.
const shell = `	local at= w
	for w in "${line[@]}"; do
		case "$at $w" in
%s		esac
	done
`

// commandCases are the branches that step from a command to its subcommand.
func commandCases(places []place) string {
	var b strings.Builder
	for _, p := range places[1:] {
		fmt.Fprintf(&b, "\t\t%q) at=%q ;;\n", p.step(), p.path)
	}
	return b.String()
}

// valueCases are the branches that offer the words of a flag, by a command of the
// shell's.
func valueCases(places []place, offer string) string {
	var b strings.Builder
	for _, f := range values(places) {
		fmt.Fprintf(&b, "\t%s) %s; return ;;\n", f.text, fmt.Sprintf(offer, strings.Join(f.values, " ")))
	}
	return b.String()
}

func bash(w io.Writer, places []place) error {
	var b strings.Builder
	b.WriteString("# Completion of assay for bash: source it, or put it where bash-completion looks.\n_assay() {\n")
	b.WriteString("\tlocal line=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\") cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n")
	fmt.Fprintf(&b, shell, commandCases(places))
	b.WriteString("\tcase $prev in\n" + valueCases(places, `COMPREPLY=($(compgen -W "%s" -- "$cur"))`) + "\tesac\n\tcase $at in\n")
	for _, p := range places {
		fmt.Fprintf(&b, "\t%q) words=%q ;;\n", p.path, p.texts())
	}
	b.WriteString("\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F _assay assay\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func zsh(w io.Writer, places []place) error {
	var b strings.Builder
	b.WriteString("#compdef assay\n# Completion of assay for zsh: put it into a folder of $fpath as _assay.\n_assay() {\n")
	b.WriteString("\tlocal -a line options\n\tline=(\"${words[@]:1:CURRENT-2}\")\n")
	fmt.Fprintf(&b, shell, commandCases(places))
	b.WriteString("\tcase ${words[CURRENT-1]} in\n" + valueCases(places, "compadd -- %s") + "\tesac\n\tcase $at in\n")
	for _, p := range places {
		fmt.Fprintf(&b, "\t%q) options=(\n", p.path)
		for _, x := range p.words {
			fmt.Fprintf(&b, "\t\t%s\n", quoted(strings.ReplaceAll(x.text, ":", `\:`)+":"+x.help))
		}
		b.WriteString("\t) ;;\n")
	}
	b.WriteString("\tesac\n\t_describe assay options\n\t_files\n}\nif [ \"$funcstack[1]\" = _assay ]; then _assay \"$@\"; else compdef _assay assay; fi\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func fish(w io.Writer, places []place) error {
	var b strings.Builder
	b.WriteString("# Completion of assay for fish: put it into ~/.config/fish/completions as assay.fish.\nfunction __assay_at\n\tset -l at ''\n\tfor w in (commandline -opc)[2..-1]\n\t\tswitch \"$at $w\"\n")
	for _, p := range places[1:] {
		fmt.Fprintf(&b, "\t\t\tcase %s\n\t\t\t\tset at %s\n", quoted(p.step()), quoted(p.path))
	}
	b.WriteString("\t\tend\n\tend\n\ttest \"$at\" = \"$argv[1]\"\nend\n")
	for _, p := range places {
		for _, x := range p.words {
			fmt.Fprintf(&b, "complete -c assay -n %s", quoted("__assay_at "+quoted(p.path)))
			if name, ok := strings.CutPrefix(x.text, "--"); ok {
				fmt.Fprintf(&b, " -l %s", name)
				if x.argument {
					b.WriteString(" -r")
				}
				if len(x.values) > 0 {
					fmt.Fprintf(&b, " -f -a %s", quoted(strings.Join(x.values, " ")))
				}
			} else {
				fmt.Fprintf(&b, " -f -a %s", x.text)
			}
			fmt.Fprintf(&b, " -d %s\n", quoted(x.help))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// quoted is a text in single quotes, as zsh and fish read them alike.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `'\''`).Replace(s) + "'"
}

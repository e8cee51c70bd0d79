// Command assay takes job applications off a queue, finds the digital badges in
// their documents, proves which are real, current and the applicant's, and
// makes the proven skills searchable. This package is wiring only.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"assay/extract/sandbox"
	"assay/index/query"
	"assay/index/web"
	"assay/ingest"
	"assay/verify/schema"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Exit statuses.
const (
	statusOK      = 0
	statusRefused = 1 // check: a badge rejected, pending or unsupported; submit --wait: the submission was not indexed
	statusUsage   = 2 // wrong usage, or something that is needed is not there
)

// commands are the subcommands and the flags that all have.
type commands struct {
	Config   string `help:"YAML file with flags: name and value, for all commands or under a command's name, and the sections elastic, limits, oidc and queue." placeholder:"FILE"`
	LogLevel string `help:"What is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogJSON  bool   `name:"log-json" help:"Log as JSON, a line an event."`

	Check       checkCmd       `cmd:"" help:"Find and verify the badges in files and pages, on the spot."`
	Serve       serveCmd       `cmd:"" help:"Run everything in one process: queue, workers, index, web page."`
	Work        workCmd        `cmd:"" help:"Run workers only."`
	Web         webCmd         `cmd:"" help:"Run the search API and page only."`
	Submit      submitCmd      `cmd:"" help:"Put an application on the queue."`
	Search      searchCmd      `cmd:"" help:"Search for applicants by what they can prove."`
	Match       matchCmd       `cmd:"" help:"Rank applicants against a role: what each has, and what is missing."`
	MCP         mcpCmd         `cmd:"" name:"mcp" help:"Give an assistant's program tools that search, on standard input and output (Model Context Protocol)."`
	Issuers     issuersCmd     `cmd:"" help:"List issuers, and decide whom to trust and whom to block."`
	Contexts    contextsCmd    `cmd:"" help:"List the contexts that badges are read by, and accept those that have changed."`
	Reprocess   reprocessCmd   `cmd:"" help:"Check applications again, in bulk."`
	Deadletters deadlettersCmd `cmd:"" help:"List, show, retry or drop what could not be worked on."`
	Erase       eraseCmd       `cmd:"" help:"Remove an application everywhere, for good."`
	Index       indexCmd       `cmd:"" help:"Make, rebuild or describe the index."`
	Roles       rolesCmd       `cmd:"" help:"Make the users of a NATS server of your own: their keys and rights."`
	Skills      skillsCmd      `cmd:"" help:"Import skills frameworks; list what no framework knows."`
	Show        showCmd        `cmd:"" help:"Show where an application is: submission, tries, outcome, letters, index."`
	Status      statusCmd      `cmd:"" help:"Show on one screen how the queue, the workers and the index stand."`
	Bench       benchCmd       `cmd:"" help:"Measure applications a second, and what each costs, on this machine."`
	BenchHiring hiringCmd      `cmd:"" hidden:""`
	Version     versionCmd     `cmd:"" help:"Print version and commit, as assay --version does."`
	Completion  completionCmd  `cmd:"" help:"Print a completion script for a shell."`
	Man         manCmd         `cmd:"" help:"Print the manual page."`
}

// env is what a command runs in.
type env struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    *zap.Logger
	level  string
}

// exit ends a command with a status and without a word.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	sandbox.Child(schema.Obeys)
	// A variable that is there and empty, as deployment files leave them, is not set.
	for _, v := range os.Environ() {
		if name, ok := strings.CutSuffix(v, "="); ok && strings.HasPrefix(name, "ASSAY_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(run(os.Args[1:]))
}

// vars are the defaults of flags, each said once: by the package that has it, or
// here.
func vars() kong.Vars {
	return kong.Vars{
		"workers": strconv.Itoa(ingest.DefaultWorkers),
		"inhand":  strconv.Itoa(ingest.DefaultInHand),
		"drain":   ingest.DefaultDrain.String(),
		"recheck": strconv.Itoa(int(ingest.DefaultRecheck/time.Hour)) + "h",
		"budget":  strconv.Itoa(ingest.DefaultBudget),
		"tenant":  web.DefaultTenant,
		"rights":  web.DefaultRightsClaim,
		"caller":  web.DefaultNameClaim,
		"size":    strconv.Itoa(query.DefaultSize),
		"maxsize": strconv.Itoa(query.MaxSize),
		"http":    "127.0.0.1:8080",
		"nats":    natsAddress,
	}
}

// natsAddress is where an installation's queue is on its own machine.
const natsAddress = "127.0.0.1:4222"

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := &env{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	var c commands
	status := -1
	opts := []kong.Option{
		kong.Name("assay"),
		kong.Description("Finds the digital badges in job applications and proves which are real, current and the applicant's."),
		kong.DefaultEnvars("ASSAY"),
		vars(),
		kong.Writers(e.stdout, redacting{e.stderr}),
		kong.Exit(func(n int) { status = n; panic(exit(n)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(flagHelp),
		kong.UsageOnError(),
	}
	config, err := openConfig(args)
	if err != nil {
		return fail(e.stderr, err)
	}
	if config != nil {
		opts = append(opts, kong.Resolvers(config))
	}
	parser, err := kong.New(&c, opts...)
	if err != nil {
		return fail(e.stderr, err)
	}
	k, done, err := parse(parser, versionAsked(args))
	if done { // --help
		return status
	}
	if err != nil {
		return fail(e.stderr, err)
	}
	e.level = c.LogLevel
	e.log = logger(e.stderr, c.LogLevel, c.LogJSON)
	err = k.Run(e)
	var code exit
	switch cause := context.Cause(e.ctx); {
	case errors.Is(cause, ingest.ErrRights):
		return fail(e.stderr, cause)
	case err == nil:
		return statusOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return fail(e.stderr, errors.New("interrupted"))
	}
	return fail(e.stderr, err)
}

// flagHelp is a flag's help with its default, which kong leaves out where there
// is a placeholder.
func flagHelp(v *kong.Value) string {
	if v.Flag == nil || v.Flag.PlaceHolder == "" || !v.HasDefault || v.IsBool() {
		return kong.DefaultHelpValueFormatter(v)
	}
	w := *v
	w.Help = strings.TrimSuffix(v.Help, ".") + " (default " + v.Default + ")."
	return kong.DefaultHelpValueFormatter(&w)
}

// parse keeps kong's help from ending the process under a test.
func parse(p *kong.Kong, args []string) (k *kong.Context, done bool, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exit:
			done = true
		default:
			panic(r)
		}
	}()
	k, err = p.Parse(args)
	return k, false, err
}

// fail prints one line and gives the status of wrong usage.
func fail(w io.Writer, err error) int {
	fmt.Fprintln(redacting{w}, "assay: "+oneLine(err.Error()))
	return statusUsage
}

func oneLine(s string) string {
	return clean(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; "))
}

func logger(w io.Writer, level string, asJSON bool) *zap.Logger {
	l, err := zapcore.ParseLevel(level)
	if err != nil {
		l = zapcore.InfoLevel
	}
	c := zap.NewProductionEncoderConfig()
	c.EncodeTime = zapcore.RFC3339TimeEncoder
	c.EncodeLevel = zapcore.LowercaseLevelEncoder
	enc := zapcore.NewConsoleEncoder(c)
	if asJSON {
		enc = zapcore.NewJSONEncoder(c)
	}
	return zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(redacting{w})), l))
}

// quieter leaves out what is less than a warning.
func quieter(l *zap.Logger) *zap.Logger {
	return l.WithOptions(zap.IncreaseLevel(max(zap.WarnLevel, l.Level())))
}

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// logKeys are all the names that a log line may give to a value. None of them
// is a place for what an applicant wrote or who he is: a new one is added here
// by somebody who has thought of that.
var logKeys = []string{
	"application", "applications", "at", "attempt", "authentic", "blind", "caller", "cause", "class", "concepts", "consumer", "count", "detail",
	"documents", "expired", "host", "http", "index", "key", "kind", "letter", "listen", "missing", "ms", "of", "os", "page", "pages", "parts", "pause", "pending", "reader", "reason",
	"rejected", "request", "route", "schema", "sequence", "stack", "state", "tenant", "tokens", "took", "tries", "type", "unread",
	"unsupported", "unvouched", "verified", "want", "where",
}

// keyless are zap's constructors of fields that take no key.
var keyless = []string{"Error", "Errors", "Skip", "Inline"}

// noFields are the names in package zap that make no field.
var noFields = []string{"New", "NewNop", "NewAtomicLevel", "NewAtomicLevelAt", "NewExample", "NewDevelopment", "NewProduction",
	"NewProductionConfig", "NewProductionEncoderConfig", "NewDevelopmentConfig", "NewDevelopmentEncoderConfig", "AddCaller", "AddCallerSkip",
	"AddStacktrace", "WrapCore", "Hooks", "Fields", "IncreaseLevel", "WithCaller", "WithClock", "ErrorOutput", "L", "NewStdLog", "NewStdLogAt", "RedirectStdLog"}

// logProblems names what a file logs that it may not: a key that is not on the
// list or not written out, and fields that print whole values.
func logProblems(file *ast.File) []string {
	zap := ""
	for _, i := range file.Imports {
		if i.Path.Value == `"go.uber.org/zap"` {
			zap = "zap"
			if i.Name != nil {
				zap = i.Name.Name
			}
		}
	}
	var problems []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if sel.Sel.Name == "Sugar" && len(call.Args) == 0 {
			problems = append(problems, "a sugared logger: its keys are nobody's")
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok || zap == "" || x.Name != zap || slices.Contains(noFields, sel.Sel.Name) || slices.Contains(keyless, sel.Sel.Name) || len(call.Args) == 0 {
			return true
		}
		lit, ok := call.Args[0].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			problems = append(problems, "zap."+sel.Sel.Name+": its key is not written out")
			return true
		}
		if key, _ := strconv.Unquote(lit.Value); !slices.Contains(logKeys, key) {
			problems = append(problems, "zap."+sel.Sel.Name+": key "+lit.Value+" is not on the list of logKeys")
		}
		return true
	})
	return problems
}

// TestLogKeys: logs hold nothing personal, which begins with what they have a
// name for.
func TestLogKeys(t *testing.T) {
	dir, seen := root(t), 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != dir {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		for _, p := range logProblems(f) {
			rel, _ := filepath.Rel(dir, path)
			t.Errorf("%s: %s", rel, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("only %d files were seen", seen)
	}
	for _, word := range []string{"name", "email", "mail", "phone", "address", "applicant", "person", "text", "document", "file", "url", "query"} {
		if slices.Contains(logKeys, word) {
			t.Errorf("%s is a place for what is personal", word)
		}
	}
	if !slices.IsSorted(logKeys) {
		t.Error("logKeys is not in order")
	}
}

// TestLogProblems: the walk sees what it is there for.
func TestLogProblems(t *testing.T) {
	for _, c := range []struct {
		desc, call string
		bad        bool
	}{
		{"a key of the list", `log.Info("x", zap.Int("count", 1))`, false},
		{"an error", `log.Info("x", zap.Error(nil))`, false},
		{"a name", `log.Info("x", zap.String("name", "y"))`, true},
		{"a key that is made", `log.Info("x", zap.String(key, "y"))`, true},
		{"a whole value", `log.Info("x", zap.Any("applicant", y))`, true},
		{"a sugared logger", `log.Sugar().Infow("x", "name", "y")`, true},
		{"in a branch", `if x { log.With(zap.Strings("emails", nil)).Warn("x") }`, true},
	} {
		t.Run(c.desc, func(t *testing.T) {
			src := "package p\nimport \"go.uber.org/zap\"\nfunc f() {" + c.call + "}"
			f, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if got := logProblems(f); (len(got) > 0) != c.bad {
				t.Errorf("%v", got)
			}
		})
	}
}

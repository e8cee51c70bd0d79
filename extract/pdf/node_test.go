package pdf

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// nodeRules are what a tree shows, whoever reads it.
var nodeRules = []struct {
	desc string
	ok   func(root Node) bool
}{
	{"the catalog", func(root Node) bool { return root.IsDict() && !root.IsStream() && root.Object() == 1 }},
	{"its keys", func(root Node) bool {
		keys := root.Keys()
		return slices.Contains(keys, "Pages") && slices.Contains(keys, "Arr")
	}},
	{"true", func(root Node) bool { return root.Key("T").IsTrue() && !root.Key("I").IsTrue() }},
	{"an integer", func(root Node) bool { n, ok := root.Key("I").Num(); return ok && n == -7 }},
	{"a real", func(root Node) bool { n, ok := root.Key("F").Num(); return ok && n == 1.5 }},
	{"a string", func(root Node) bool { s, ok := root.Key("S").Str(); return ok && s == "a(b" }},
	{"a hexadecimal string", func(root Node) bool { s, ok := root.Key("H").Str(); return ok && s == "Hi" }},
	{"a name", func(root Node) bool { return root.Key("Name").Name() == "A B" }},
	{"an array", func(root Node) bool {
		a := root.Key("Arr")
		s, ok := a.Index(1).Str()
		return ok && s == "two" && a.Len() == 3 && a.Index(2).Len() == 1
	}},
	{"a dictionary", func(root Node) bool { return root.Key("D").Key("K").Name() == "V" && root.Key("D").Object() == 1 }},
	{"a packed stream", func(root Node) bool {
		data, picture, err := root.Key("R").Data()
		return string(data) == "the file" && picture == "" && err == nil && root.Key("R").IsStream() && root.Key("R").Object() == 6
	}},
	{"a stream", func(root Node) bool {
		data, _, err := root.Key("C").Data()
		return string(data) == "as it is" && err == nil
	}},
	{"an object that names itself", func(root Node) bool { return root.Key("Loop").Key("Self").Key("Self").Key("Self").Object() == 8 }},
	{"the data of a dictionary", func(root Node) bool { _, _, err := root.Key("D").Data(); return err != nil }},
	{"null, written", func(root Node) bool { return isNothing(root.Key("N")) }},
	{"a key that is not there", func(root Node) bool { return isNothing(root.Key("Nothing")) }},
	{"an element that is not there", func(root Node) bool {
		return isNothing(root.Key("Arr").Index(9)) && isNothing(root.Key("Arr").Index(-1))
	}},
	{"a key of a string", func(root Node) bool { return isNothing(root.Key("S").Key("x")) }},
	{"an element of null", func(root Node) bool { return isNothing(root.Key("N").Index(0)) }},
}

// isNothing reports whether n is the null node in everything that it says.
func isNothing(n Node) bool {
	_, isString := n.Str()
	_, isNumber := n.Num()
	_, _, err := n.Data()
	return n.Null() && n.Len() == 0 && !isString && !isNumber && !n.IsTrue() && n.Name() == "" && n.Object() == 0 && len(n.Keys()) == 0 && err != nil
}

// TestNodes: both libraries and our own reader show the same tree, in the clear and encrypted in
// every way.
func TestNodes(t *testing.T) {
	for _, way := range append([]string{""}, pdftest.Encryptions...) {
		b := &pdftest.Builder{Encrypt: way, Content: "BT (x) Tj ET"}
		stream := b.Packed("/Type /EmbeddedFile", "the file")
		plain := b.Stream("/Type /Other", "as it is")
		b.Catalog = "/N null /T true /I -7 /F 1.5 /S (a\\(b) /H <4869> /Name /A#20B /Arr [1 (two) [3]] /D <</K /V>> /R " + stream + " /C " + plain + " /Loop " + b.Add("<</Self 8 0 R>>")
		f := Open(b.Build(), func(int) bool { return true }, func(library string) { t.Errorf("%s failed", library) })
		if f == nil || f.Damaged || f.Encrypted || f.Opened != (way != "") {
			t.Fatalf("%s: %+v", way, f)
		}
		trees := map[string]Node{}
		_, one, err := OpenLedongthuc(context.Background(), f)
		if err != nil {
			t.Errorf("%q: ledongthuc: %v", way, err)
			continue
		}
		trees["ledongthuc"] = one
		_, two, err := OpenPdfcpu(context.Background(), f)
		if err != nil {
			t.Errorf("%q: pdfcpu: %v", way, err)
			continue
		}
		trees["pdfcpu"], trees["our own"] = two, f.Tree()
		for library, trailer := range trees {
			for _, rule := range nodeRules {
				if !rule.ok(trailer.Key("Root")) {
					t.Errorf("%q by %s: %s is not as it was written", way, library, rule.desc)
				}
			}
		}
	}
}

// TestPassword: what the empty password does not open says so, and no library
// shows anything of it.
func TestPassword(t *testing.T) {
	for _, way := range pdftest.Encryptions {
		b := &pdftest.Builder{Encrypt: way, Password: "not empty", Info: "/Title (a secret)"}
		f := Open(b.Build(), func(int) bool { return true }, func(library string) { t.Errorf("%s failed", library) })
		if !f.Encrypted || f.Opened {
			t.Fatalf("%s: %+v", way, f)
		}
		if _, _, err := OpenLedongthuc(context.Background(), f); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: ledongthuc: %v", way, err)
		}
		if _, _, err := OpenPdfcpu(context.Background(), f); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: %v, want ErrPassword", way, err)
		}
	}
}

// TestMetered: a library that reads without end is given nothing more.
func TestMetered(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := &meteredReader{ctx: ctx, r: strings.NewReader(strings.Repeat("x", 1000)), left: 150}
	b := make([]byte, 100)
	for i, want := range []error{nil, nil, errReader, errReader} {
		if _, err := m.ReadAt(b, 0); !errors.Is(err, want) {
			t.Errorf("read %d: %v, want %v", i, err, want)
		}
	}
	m = &meteredReader{ctx: ctx, r: strings.NewReader(strings.Repeat("x", 1000)), left: 1 << 30}
	cancel()
	n := 0
	for ; n < 1000; n++ {
		if _, err := m.ReadAt(b, 0); err != nil {
			break
		}
	}
	if n > 64 {
		t.Errorf("%d reads after the time was over", n)
	}
}

// TestPdfcpuAll: every object of the table, in order.
func TestPdfcpuAll(t *testing.T) {
	b := &pdftest.Builder{}
	b.Add("<</A 1>>")
	f := Open(b.Build(), func(int) bool { return true }, func(string) {})
	r, _, err := OpenPdfcpu(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	var nums []int
	for _, n := range r.All() {
		nums = append(nums, n.Object())
	}
	if !slices.Equal(nums, []int{1, 2, 3, 4, 5, 6}) {
		t.Errorf("objects %v", nums)
	}
}

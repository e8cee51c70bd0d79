package pdf

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// TestNodes: both libraries show the same tree, in the clear and encrypted in
// every way.
func TestNodes(t *testing.T) {
	for _, way := range append([]string{""}, pdftest.Encryptions...) {
		b := &pdftest.Builder{Encrypt: way, Content: "BT (x) Tj ET"}
		stream := b.Packed("/Type /EmbeddedFile", "the file")
		crypt := b.Stream("/Type /Other", "as it is")
		b.Catalog = "/N null /T true /I -7 /F 1.5 /S (a\\(b) /H <4869> /Name /A#20B /Arr [1 (two) [3]] /D <</K /V>> /R " + stream + " /C " + crypt + " /Loop " + b.Add("<</Self 8 0 R>>")
		f := Open(b.Build(), func(int) bool { return true }, func(library string) { t.Errorf("%s failed", library) })
		if f == nil || f.Damaged || f.Encrypted != (way != "") {
			t.Fatalf("%s: %+v", way, f)
		}
		trees := map[string]Node{}
		_, trailer, err := OpenLedongthuc(context.Background(), f)
		switch {
		case err == nil:
			trees["ledongthuc"] = trailer
		case way != "rc4-40" && way != "aes-256": // which it gets wrong, and is not let loose on
			t.Errorf("%s: ledongthuc: %v", way, err)
		}
		if way == "rc4-40" || way == "aes-256" {
			if err == nil {
				t.Errorf("%s is read by a library that gets it wrong", way)
			}
		}
		_, trailer, err = OpenPdfcpu(context.Background(), f)
		if err != nil {
			t.Errorf("%s: pdfcpu: %v", way, err)
			continue
		}
		trees["pdfcpu"] = trailer
		for library, trailer := range trees {
			root := trailer.Key("Root")
			bad := func(what string, got ...any) { t.Errorf("%q by %s: %s: %v", way, library, what, got) }
			if !root.IsDict() || root.IsStream() || root.Object() != 1 {
				bad("the catalog", root.IsDict(), root.IsStream(), root.Object())
			}
			if keys := root.Keys(); !slices.Contains(keys, "Pages") || !slices.Contains(keys, "Arr") {
				bad("its keys", keys)
			}
			for _, none := range []Node{root.Key("N"), root.Key("Nothing"), root.Key("Arr").Index(9), root.Key("Arr").Index(-1), root.Key("S").Key("x"), root.Key("N").Index(0)} {
				_, isString := none.Str()
				_, isNumber := none.Num()
				_, _, err := none.Data()
				if !none.Null() || none.Len() != 0 || isString || isNumber || none.IsTrue() || none.Name() != "" || none.Object() != 0 || len(none.Keys()) != 0 || err == nil {
					bad("a null node", none)
				}
			}
			if !root.Key("T").IsTrue() || root.Key("I").IsTrue() {
				bad("true")
			}
			if n, ok := root.Key("I").Num(); n != -7 || !ok {
				bad("an integer", n, ok)
			}
			if n, ok := root.Key("F").Num(); n != 1.5 || !ok {
				bad("a real", n, ok)
			}
			if s, ok := root.Key("S").Str(); s != "a(b" || !ok {
				bad("a string", s, ok)
			}
			if s, ok := root.Key("H").Str(); s != "Hi" || !ok {
				bad("a hexadecimal string", s, ok)
			}
			if s := root.Key("Name").Name(); s != "A B" {
				bad("a name", s)
			}
			if s, ok := root.Key("Arr").Index(1).Str(); s != "two" || !ok || root.Key("Arr").Len() != 3 || root.Key("Arr").Index(2).Len() != 1 {
				bad("an array", s, root.Key("Arr").Len())
			}
			if s := root.Key("D").Key("K").Name(); s != "V" || root.Key("D").Object() != 1 {
				bad("a dictionary", s, root.Key("D").Object())
			}
			if data, picture, err := root.Key("R").Data(); string(data) != "the file" || picture != "" || err != nil || !root.Key("R").IsStream() || root.Key("R").Object() != 6 {
				bad("a packed stream", string(data), picture, err, root.Key("R").Object())
			}
			if data, _, err := root.Key("C").Data(); string(data) != "as it is" || err != nil {
				bad("a stream", string(data), err)
			}
			if n := root.Key("Loop").Key("Self").Key("Self").Key("Self"); n.Object() != 8 {
				bad("an object that names itself", n.Object())
			}
			if _, _, err := root.Key("D").Data(); err == nil {
				bad("the data of a dictionary")
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
		if _, _, err := OpenLedongthuc(context.Background(), f); err == nil {
			t.Errorf("%s: ledongthuc opens it", way)
		}
		if _, _, err := OpenPdfcpu(context.Background(), f); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: %v, want ErrPassword", way, err)
		}
	}
}

// TestEncryptedObjectStreams are not given to the library that can run in
// circles in them.
func TestEncryptedObjectStreams(t *testing.T) {
	b := &pdftest.Builder{Encrypt: "aes-128"}
	b.Packed("/Type /ObjStm /N 0 /First 1", " ")
	f := Open(b.Build(), func(int) bool { return true }, func(string) {})
	if _, _, err := OpenLedongthuc(context.Background(), f); !errors.Is(err, errReader) {
		t.Errorf("%v", err)
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

package pdf

import (
	"bytes"
	"io"
)

// Node is one object of a PDF as some reader shows it. References are
// followed without a word; what is not there, or cannot be read, is a null
// node. No method panics.
type Node interface {
	Null() bool
	Key(name string) Node // of a dictionary or a stream
	Keys() []string       // of a dictionary, in no order that means anything
	Index(i int) Node     // of an array
	Len() int             // of an array
	IsDict() bool
	IsStream() bool
	Str() (string, bool) // the bytes of a string, decrypted
	Name() string
	Num() (float64, bool)
	IsTrue() bool
	Object() int // number of the object that holds it, 0 if not known
	// Data decodes a stream. Of a picture it returns what the picture's filter
	// gets, and that filter's name.
	Data() (b []byte, picture string, err error)
	// Samples is Data for the samples of a picture, at most size bytes of them, read
	// as they are decoded. picture says that they are packed by that filter still.
	Samples(size int64) (r io.Reader, picture string, err error)
}

// samplesOf is Samples of a stream's bytes and filters, whose Data is given.
func samplesOf(raw []byte, filters []filter, size int64, data func() ([]byte, string, error)) (io.Reader, string, error) {
	if r, ok := samples(raw, filters, size); ok {
		return r, "", nil
	}
	b, picture, err := data()
	if err != nil {
		return nil, "", err
	}
	return bytes.NewReader(b), picture, nil
}

// Null is the null node.
type Null struct{}

func (Null) Null() bool                    { return true }
func (Null) Key(string) Node               { return Null{} }
func (Null) Keys() []string                { return nil }
func (Null) Index(int) Node                { return Null{} }
func (Null) Len() int                      { return 0 }
func (Null) IsDict() bool                  { return false }
func (Null) IsStream() bool                { return false }
func (Null) Str() (string, bool)           { return "", false }
func (Null) Name() string                  { return "" }
func (Null) Num() (float64, bool)          { return 0, false }
func (Null) IsTrue() bool                  { return false }
func (Null) Object() int                   { return 0 }
func (Null) Data() ([]byte, string, error) { return nil, "", errFilter }
func (Null) Samples(int64) (io.Reader, string, error) {
	return nil, "", errFilter
}

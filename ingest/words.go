package ingest

import (
	"encoding/json"

	"assay/extract"
)

// Beside each of its codes an outcome has what that means, in a sentence for a recruiter.
// It is made when the outcome is written: a code that is changed later takes its sentence
// along, and who reads an outcome back has the code alone.

// worded is a sentence beside a code, where that has one.
type worded struct {
	Words string `json:"words,omitempty"`
}

// MarshalJSON adds the words of the reason.
func (o Outcome) MarshalJSON() ([]byte, error) {
	type plain Outcome
	return json.Marshal(struct {
		plain
		worded
	}{plain(o), worded{Class(o.Reason).Words()}})
}

// MarshalJSON adds the words of the reason.
func (f Found) MarshalJSON() ([]byte, error) {
	type plain Found
	return json.Marshal(struct {
		plain
		worded
	}{plain(f), worded{f.Reason.Words()}})
}

// MarshalJSON adds the words of the reason.
func (s FoundSays) MarshalJSON() ([]byte, error) {
	type plain FoundSays
	return json.Marshal(struct {
		plain
		worded
	}{plain(s), worded{s.Reason.Words()}})
}

// MarshalJSON adds the words of the reason.
func (g OutcomeGap) MarshalJSON() ([]byte, error) {
	type plain OutcomeGap
	return json.Marshal(struct {
		plain
		worded
	}{plain(g), worded{extract.Reason(g.Reason).Words()}})
}

// MarshalJSON adds the words of the reason.
func (l OutcomeLink) MarshalJSON() ([]byte, error) {
	type plain OutcomeLink
	return json.Marshal(struct {
		plain
		worded
	}{plain(l), worded{l.Reason.Words()}})
}

// MarshalJSON adds the words of the reason.
func (c Change) MarshalJSON() ([]byte, error) {
	type plain Change
	return json.Marshal(struct {
		plain
		worded
	}{plain(c), worded{c.Reason.Words()}})
}

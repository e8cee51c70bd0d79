package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"assay/index"
	"assay/ingest"
)

type statusCmd struct {
	queued
	JSON bool `name:"json" help:"Print JSON."`
}

// standing is what assay status shows.
type standing struct {
	*ingest.Load
	Letters map[ingest.Class]int `json:"letters"`
	Index   *index.Status        `json:"index,omitempty"` // nil where no worker answers
	Workers [][]ingest.Figure    `json:"workers"`         // since they were started
}

// Run shows how everything stands, asked of the queue and, through it, of the workers.
func (c *statusCmd) Run(e *env) error {
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	s := standing{Letters: map[ingest.Class]int{}}
	if s.Load, err = q.Load(e.ctx); err != nil {
		return err
	}
	if err := q.DeadLetters(e.ctx, "", func(d ingest.DeadLetter) error { s.Letters[d.Class]++; return nil }); err != nil {
		return err
	}
	if s.Workers, err = q.RequestFigures(e.ctx); err != nil {
		return err
	}
	if s.Index, err = q.RequestStatus(e.ctx); err != nil && !errors.Is(err, ingest.ErrNoWorker) {
		return err
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(s)
	}
	return s.print(e.stdout, time.Now())
}

func (s *standing) print(w io.Writer, now time.Time) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "QUEUE\tWAITING\tIN HAND\tAGAIN\tOLDEST")
	for _, x := range s.Waiting {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%s\n", x.Queue, x.Messages, x.Held, x.Redelivered, since(now, x.Oldest))
	}
	fmt.Fprintln(tw, "\t\t\t\t")
	fmt.Fprintln(tw, "STORE\tMESSAGES\tBYTES\tLIMIT\tFULL")
	for _, x := range s.Stores {
		limit, full := "-", "-"
		if x.Limit > 0 {
			limit, full = inBytes(uint64(x.Limit)), strconv.Itoa(int(100*float64(x.Bytes)/float64(x.Limit)))+"%"
		}
		fmt.Fprintf(tw, "%s\t%d\t%s\t%s\t%s\n", x.Name, x.Messages, inBytes(uint64(x.Bytes)), limit, full)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	letters := tally{}
	for c, n := range s.Letters {
		letters[string(c)] = float64(n)
	}
	fmt.Fprintf(w, "\nletters       %s\n", letters)
	if s.Index == nil {
		_, err := fmt.Fprintln(w, "workers       none answers: start assay serve or assay work")
		return err
	}
	fmt.Fprintf(w, "index         %s: %s, %d erased, %s\n", s.Index.Engine, plural(s.Index.Applications, "application"), s.Index.Erased, inBytes(uint64(max(s.Index.Bytes, 0))))
	fmt.Fprintf(w, "workers       %d; since they were started:\n", len(s.Workers))
	for _, x := range []struct {
		word, name string
		labels     []string
	}{
		{"applications", "assay_applications_total", []string{"state"}},
		{"in hand", "assay_in_hand", []string{"queue"}},
		{"hosts to ask", "assay_hosts_applications", []string{"at"}},
		{"tried again", "assay_redeliveries_total", []string{"queue"}},
		{"badges", "assay_verdicts_total", []string{"result", "reason", "standing"}},
		{"fetches", "assay_fetches_total", []string{"purpose", "outcome", "cache"}},
		{"hosts resting", "assay_fetch_breakers_open", nil},
		{"children", "assay_children_started_total", nil},
		{"  ended", "assay_children_ended_total", []string{"end"}},
		{"index errors", "assay_index_errors_total", []string{"kind"}},
		{"faults", "assay_faults_total", []string{"where"}},
		{"left running", "assay_left_running", []string{"of"}},
	} {
		fmt.Fprintf(w, "%-14s%s\n", x.word, s.tally(x.name, x.labels...))
		if x.name == "assay_hosts_applications" {
			fmt.Fprintf(w, "%-14s%s\n", "  oldest, s", s.most("assay_hosts_oldest_seconds", x.labels...))
		}
	}
	steps, times := s.tally("assay_step_seconds_sum", "step"), s.tally("assay_step_seconds_count", "step")
	for step := range steps {
		steps[step] = 1000 * steps[step] / max(1, times[step])
	}
	bulk := tally{"documents": s.tally("assay_index_bulk_documents_sum")[""] / max(1, s.tally("assay_index_bulk_documents_count")[""])}
	_, err := fmt.Fprintf(w, "%-14s%s\n%-14s%s\n", "mean ms", steps, "mean bulk", bulk)
	return err
}

// tally is how much there is of what.
type tally map[string]float64

// tally sums a metric over all workers, by the values of labels.
func (s *standing) tally(name string, labels ...string) tally {
	return s.over(name, labels, func(a, b float64) float64 { return a + b })
}

// most is the largest of a metric among all workers, by the values of labels.
func (s *standing) most(name string, labels ...string) tally {
	return s.over(name, labels, func(a, b float64) float64 { return max(a, b) })
}

// over puts a metric of all workers together, by the values of labels.
func (s *standing) over(name string, labels []string, both func(a, b float64) float64) tally {
	t := tally{}
	for _, w := range s.Workers {
		for _, f := range w {
			if f.Name != name {
				continue
			}
			var of []string
			for _, l := range labels {
				if v := f.Labels[l]; v != "" {
					of = append(of, v)
				}
			}
			k := strings.Join(of, " ")
			t[k] = both(t[k], f.Value)
		}
	}
	return t
}

// tallied is how many of a tally are told, the largest: one line on a screen.
const tallied = 8

// String tells the largest first.
func (t tally) String() string {
	keys := slices.SortedFunc(maps.Keys(t), func(a, b string) int { return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b)) })
	var out []string
	for i, k := range keys {
		if i == tallied {
			out = append(out, fmt.Sprintf("and %d more", len(keys)-i))
			break
		}
		out = append(out, strings.TrimSpace(clean(k)+" "+strconv.FormatFloat(t[k], 'f', digits(t[k]), 64)))
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}

// digits is how many a number has behind its point: none where it is whole or large.
func digits(v float64) int {
	if v == float64(int64(v)) || v >= 100 {
		return 0
	}
	return 1
}

// since is how long ago something was; - where there is nothing.
func since(now, at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return max(0, now.Sub(at)).Round(time.Second).String()
}

// inBytes is a number of bytes for a person to read.
func inBytes(n uint64) string {
	for _, u := range []struct {
		name string
		of   float64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if float64(n) >= u.of {
			return strconv.FormatFloat(float64(n)/u.of, 'f', 1, 64) + " " + u.name
		}
	}
	return strconv.FormatUint(n, 10) + " B"
}

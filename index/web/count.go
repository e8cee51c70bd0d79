package web

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CountRequests registers with r the metrics assay_http_requests_total, by route and
// class of status, and assay_http_seconds, by route, and gives the Routes.Count that
// counts in them.
func CountRequests(r prometheus.Registerer) func(route string, status int, took time.Duration) {
	n := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_http_requests_total", Help: "Requests to the page and the API, by route and class of the answer's status."}, []string{"route", "status"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "assay_http_seconds", Help: "Time of a request to the page and the API.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60}}, []string{"route"})
	r.MustRegister(n, seconds)
	return func(route string, status int, took time.Duration) {
		n.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Inc()
		seconds.WithLabelValues(route).Observe(took.Seconds())
	}
}

package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"assay/ingest"
	"assay/ingest/otlp"
	"assay/verify/guard"

	"go.uber.org/zap"
)

// tracing are the flags of traces.
type tracing struct {
	Endpoint string  `name:"otlp-endpoint" help:"Collector that traces are sent to (OpenTelemetry, OTLP over HTTP): https, or http on this machine. None by default." placeholder:"URL"`
	Ratio    float64 `name:"trace-ratio" help:"Share of applications that are traced, from 0 to 1." default:"1" placeholder:"N"`
}

// traceEnd is how long what waits to be sent may take at the end.
const traceEnd = 5 * time.Second

// open makes traces, which end is to end; nil where there is no collector.
func (t *tracing) open(e *env, faults *guard.Watch, key []byte) (_ *ingest.Tracing, end func(), err error) {
	if t.Endpoint == "" {
		return nil, func() {}, nil
	}
	x, err := otlp.New(t.exporter(faults, e.log))
	if err != nil {
		return nil, nil, fmt.Errorf("--otlp-endpoint: %w", err)
	}
	tr, err := ingest.NewTracing(t.options(x, key))
	if err != nil {
		return nil, nil, err
	}
	return tr, func() {
		ctx, cancel := context.WithTimeout(context.Background(), traceEnd)
		defer cancel()
		tr.Close(ctx)
	}, nil
}

func (t *tracing) exporter(faults *guard.Watch, log *zap.Logger) otlp.Options {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	v, _ := described(info, version, commit)
	return otlp.Options{Endpoint: t.Endpoint, Version: v, Faults: faults, Log: log}
}

func (t *tracing) options(x *otlp.Exporter, key []byte) ingest.TracingOptions {
	return ingest.TracingOptions{Exporter: x, Ratio: t.Ratio, Key: key}
}

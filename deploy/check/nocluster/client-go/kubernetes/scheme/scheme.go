// Package scheme stands for Kubernetes' list of kinds, of which Helm's engine takes the
// groups that a cluster is supposed to have: what a chart asks of them, the test says.
package scheme

import "k8s.io/apimachinery/pkg/runtime"

// Scheme is empty.
var Scheme = runtime.NewScheme()

// Package discovery stands for Kubernetes' client in Helm's engine: there is no cluster.
package discovery

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Client would ask a cluster what it knows.
type Client struct{}

// NewDiscoveryClientForConfig reaches no cluster.
func NewDiscoveryClientForConfig(*rest.Config) (*Client, error) { return nil, dynamic.ErrNoCluster }

// ServerResourcesForGroupVersion is never reached.
func (*Client) ServerResourcesForGroupVersion(string) (*metav1.APIResourceList, error) {
	return nil, dynamic.ErrNoCluster
}

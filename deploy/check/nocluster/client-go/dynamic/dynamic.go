// Package dynamic stands for Kubernetes' client in Helm's engine: there is no cluster.
package dynamic

import (
	"context"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// ErrNoCluster is every answer.
var ErrNoCluster = errors.New("charts are rendered without a cluster")

// Object would be one of a cluster's.
type Object struct{}

// UnstructuredContent gives nothing.
func (*Object) UnstructuredContent() map[string]any { return nil }

// ResourceInterface would read objects of a kind.
type ResourceInterface interface {
	Get(ctx context.Context, name string, o metav1.GetOptions, sub ...string) (*Object, error)
	List(ctx context.Context, o metav1.ListOptions) (*Object, error)
}

// NamespaceableResourceInterface would do so in any namespace.
type NamespaceableResourceInterface interface {
	ResourceInterface
	Namespace(string) ResourceInterface
}

// Interface would reach a cluster.
type Interface interface {
	Resource(schema.GroupVersionResource) NamespaceableResourceInterface
}

// NewForConfig reaches none.
func NewForConfig(*rest.Config) (Interface, error) { return nil, ErrNoCluster }

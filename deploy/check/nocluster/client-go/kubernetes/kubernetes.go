// Package kubernetes is there for Helm, which asks for its module's version.
package kubernetes

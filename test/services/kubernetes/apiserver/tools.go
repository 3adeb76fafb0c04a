//go:build tools

// Package apiserver names the program that tests build from its module.
package apiserver

import _ "k8s.io/kubernetes/cmd/kube-apiserver"

//go:build tools

// Package helm names the program that tests build from its module.
package helm

import _ "helm.sh/helm/v3/cmd/helm"

//go:build tools

// Package etcd names the program that tests build from its module.
package etcd

import _ "go.etcd.io/etcd/server/v3"

//go:build tools

// Package actionlint names the program that tests build from its module.
package actionlint

import _ "github.com/rhysd/actionlint/cmd/actionlint"

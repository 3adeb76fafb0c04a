//go:build tools

// Package composespec names the program that tests build from its module.
package composespec

import _ "github.com/compose-spec/compose-go/v2/cmd"

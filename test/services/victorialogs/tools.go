//go:build tools

// Package victorialogs names the server that tests build from its module.
package victorialogs

import _ "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs"

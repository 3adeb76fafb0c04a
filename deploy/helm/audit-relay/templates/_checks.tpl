{{- /* What no schema can say; each ends the rendering with the fix. */ -}}
{{- define "audit-relay.checks" -}}
{{- if gt (int .Values.replicaCount) 1 }}
{{- fail "replicaCount is 1, or 0 to stop: the journal has one writer, and two relays would read and deliver everything twice" }}
{{- end }}
{{- /* A lane that the end of the drain cuts off has up to 12 s to end; behind it the journal is closed. */ -}}
{{- $least := add (int .Values.drainSeconds) 15 | int }}
{{- if lt (int .Values.terminationGracePeriodSeconds) $least }}
{{- fail (printf "terminationGracePeriodSeconds must be at least drainSeconds + 15 (%d): the kubelet would kill a relay that still drains" $least) }}
{{- end }}
{{- if not .Values.existingConfigMap }}
{{- if regexMatch "^(127\\.|localhost|\\[::1\\])" .Values.config.http.listen }}
{{- fail "config.http.listen is on loopback, which the kubelet's probes do not reach: write 0.0.0.0:9464" }}
{{- end }}
{{- if not (hasPrefix "/var/lib/audit-relay/" .Values.config.journal.path) }}
{{- fail "config.journal.path must be a folder in /var/lib/audit-relay, where the volume is: elsewhere nothing can be written" }}
{{- end }}
{{- include "audit-relay.refusePlainSecrets" (dict "path" "config" "value" .Values.config) }}
{{- end }}
{{- include "audit-relay.refuseNewSize" . }}
{{- end }}

{{- /* A ConfigMap is no place for a secret. The message names the key and never its value. */ -}}
{{- define "audit-relay.refusePlainSecrets" -}}
{{- $path := .path }}
{{- if kindIs "map" .value }}
{{- range $key, $value := .value }}
{{- $here := printf "%s.%s" $path $key }}
{{- if and (kindIs "string" $value) (regexMatch "^(api_key|app_key|token|password|bearer|redact_key|secret|passphrase)$" $key) (not (contains "${" $value)) }}
{{- fail (printf "%s stands in plain text, and config becomes a ConfigMap: put it into a Secret and write ${file:/var/run/secrets/audit-relay/<key>}" $here) }}
{{- end }}
{{- include "audit-relay.refusePlainSecrets" (dict "path" $here "value" $value) }}
{{- end }}
{{- else if kindIs "slice" .value }}
{{- range $index, $value := .value }}
{{- include "audit-relay.refusePlainSecrets" (dict "path" (printf "%s[%d]" $path $index) "value" $value) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Kubernetes refuses any change of a claim's template, in words that name no fix. */ -}}
{{- define "audit-relay.refuseNewSize" -}}
{{- if and .Values.persistence.enabled (not .Values.persistence.existingClaim) }}
{{- $old := lookup "apps/v1" "StatefulSet" .Release.Namespace (include "audit-relay.fullname" .) }}
{{- range (dig "spec" "volumeClaimTemplates" list $old) }}
{{- $size := .spec.resources.requests.storage }}
{{- if and (eq .metadata.name "state") (ne $size $.Values.persistence.size) }}
{{- fail (printf "persistence.size is %s in this release and cannot be changed by an upgrade: see \"A larger volume\" in docs/KUBERNETES.md, then upgrade with the new size" $size) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "audit-relay.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "audit-relay.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "audit-relay.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Never changes, as a StatefulSet's selector cannot. */ -}}
{{- define "audit-relay.selectorLabels" -}}
app.kubernetes.io/name: {{ include "audit-relay.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "audit-relay.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "audit-relay.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: audit-relay
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "audit-relay.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "audit-relay.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "audit-relay.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "audit-relay.configMapName" -}}
{{- default (include "audit-relay.fullname" .) .Values.existingConfigMap }}
{{- end }}

{{- /* audit-relay.yaml as the pod gets it. */ -}}
{{- define "audit-relay.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if $config.http.token }}
{{- $_ := unset $config.http "allow_unauthenticated" }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- define "audit-relay.port" -}}
{{- if .Values.existingConfigMap -}}
9464
{{- else -}}
{{- splitList ":" .Values.config.http.listen | last }}
{{- end -}}
{{- end }}

{{- /* Three quarters of the memory limit in MiB, for V8's old generation; empty without a limit that is understood. */ -}}
{{- define "audit-relay.heapMiB" -}}
{{- $limit := dig "limits" "memory" "" .Values.resources | toString }}
{{- $number := regexFind "^[0-9]+" $limit }}
{{- if regexMatch "^[0-9]+Mi$" $limit }}
{{- div (mul (int64 $number) 3) 4 }}
{{- else if regexMatch "^[0-9]+Gi$" $limit }}
{{- div (mul (int64 $number) 1024 3) 4 }}
{{- else if regexMatch "^[0-9]+M$" $limit }}
{{- div (mul (int64 $number) 1000000 3) (mul 4 1048576) }}
{{- else if regexMatch "^[0-9]+G$" $limit }}
{{- div (mul (int64 $number) 1000000000 3) (mul 4 1048576) }}
{{- end }}
{{- end }}

{{- define "audit-relay.nodeOptions" -}}
{{- if .Values.nodeOptions }}
{{- .Values.nodeOptions }}
{{- else }}
{{- $heap := include "audit-relay.heapMiB" . }}
{{- printf "--max-semi-space-size=4%s" (ternary "" (printf " --max-old-space-size=%s" $heap) (eq $heap "")) }}
{{- end }}
{{- end }}

{{- /* TCP ports that are to be reached: 443, and each that a text under sources and sinks or a proxy of env ends its host with. */ -}}
{{- define "audit-relay.egressPorts" -}}
{{- $texts := list }}
{{- if not .Values.existingConfigMap }}
{{- $texts = splitList "\n" (toYaml (pick .Values.config "sources" "sinks")) }}
{{- end }}
{{- range .Values.env }}
{{- if and (regexMatch "(?i)_proxy$" .name) (not (regexMatch "(?i)^no_proxy$" .name)) }}
{{- $texts = append $texts (toString .value) }}
{{- end }}
{{- end }}
{{- $ports := list 443 }}
{{- range $texts }}
{{- $found := regexFind "(^|[\\s'\"\\[,-])([a-z0-9-]+:[a-z0-9-]+:|https?://)?([^\\s'\"/@]+@)?([A-Za-z0-9_][A-Za-z0-9._-]*|\\[[0-9a-fA-F:]+\\]):[0-9]{2,5}([/'\",\\]]|$)" . }}
{{- if $found }}
{{- $ports = append $ports (int (regexFind "[0-9]+$" (regexFind ":[0-9]{2,5}([/'\",\\]]|$)" $found | regexFind ":[0-9]+"))) }}
{{- end }}
{{- end }}
{{- range .Values.networkPolicy.extraPorts }}
{{- $ports = append $ports (int .) }}
{{- end }}
{{- $ports | uniq | toJson }}
{{- end }}

{{- define "audit-relay.hasMonitoring" -}}
{{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}true{{ end }}
{{- end }}

{{- /* Volumes that the relay and the pod of `helm test` both have. */ -}}
{{- define "audit-relay.volumes" -}}
- name: config
  configMap:
    name: {{ include "audit-relay.configMapName" . }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if or .Values.existingSecrets .Values.secret.create }}
- name: secrets
  projected:
    # Readable through fsGroup alone.
    defaultMode: 0440
    sources:
      {{- if .Values.secret.create }}
      - secret:
          name: {{ include "audit-relay.fullname" . }}
      {{- end }}
      {{- range .Values.existingSecrets }}
      - secret:
          name: {{ . }}
      {{- end }}
{{- end }}
{{- with .Values.caBundle.existingConfigMap }}
- name: ca-bundle
  configMap:
    name: {{ . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Whole folders: a subPath would never be updated. */ -}}
{{- define "audit-relay.volumeMounts" -}}
- name: config
  mountPath: /etc/audit-relay
  readOnly: true
- name: state
  mountPath: /var/lib/audit-relay
- name: tmp
  mountPath: /tmp
{{- if or .Values.existingSecrets .Values.secret.create }}
- name: secrets
  mountPath: /var/run/secrets/audit-relay
  readOnly: true
{{- end }}
{{- if .Values.caBundle.existingConfigMap }}
- name: ca-bundle
  mountPath: /etc/audit-relay-ca
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "audit-relay.env" -}}
- name: NODE_OPTIONS
  value: {{ include "audit-relay.nodeOptions" . | quote }}
{{- if .Values.caBundle.existingConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/audit-relay-ca/{{ .Values.caBundle.key }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* What puts a pod somewhere, and says how it finds names. */ -}}
{{- define "audit-relay.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
  {{- end }}
{{- end }}
{{- $placed := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" "runtimeClassName" "schedulerName" }}
{{- range $key := concat $placed (list "dnsPolicy" "dnsConfig" "hostAliases") }}
{{- with index $.Values $key }}
{{ $key }}: {{- if kindIs "string" . }} {{ . }}{{ else }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Names and labels, the environment of a service, its image. Each takes a dict with `root` and `service`. */}}

{{- define "throughline.name" -}}
{{ printf "%s-%s" .root.Release.Name .service | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "throughline.account" -}}
{{ .root.Values.serviceAccount.name | default .root.Release.Name }}
{{- end -}}

{{- define "throughline.selector" -}}
app.kubernetes.io/name: throughline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end -}}

{{- define "throughline.labels" -}}
{{ include "throughline.selector" . }}
app.kubernetes.io/part-of: throughline
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "throughline.image" -}}
{{- $registry := required "image.registry is where the images of the services are: the chart has none of its own" .root.Values.image.registry -}}
{{ printf "%s/throughline-%s:%s" $registry .service (.root.Values.image.tag | default .root.Chart.AppVersion) }}
{{- end -}}

{{- define "throughline.url" -}}
{{ printf "http://%s:%d" (include "throughline.name" .) (int (index .root.Values .service "port")) }}
{{- end -}}

{{- define "throughline.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{- define "throughline.environment" -}}
{{- $values := .root.Values -}}
- name: THROUGHLINE_HOST
  value: 0.0.0.0
- name: {{ printf "THROUGHLINE_%s_PORT" (upper .service) }}
  value: {{ index $values .service "port" | quote }}
{{ include "throughline.secretVariable" (dict "name" "DATABASE_URL" "secret" $values.secrets.databases "key" .service) }}
{{- range $kind := list "write" "server" "read" "admin" }}
{{ include "throughline.secretVariable" (dict "name" (printf "THROUGHLINE_%s_KEY" (upper $kind)) "secret" $values.secrets.keys "key" $kind) }}
{{- end }}
{{- if eq .service "identity" }}
{{ include "throughline.secretVariable" (dict "name" "THROUGHLINE_IDENTITY_SECRET" "secret" $values.secrets.identity "key" "secret") }}
{{- end }}
{{- $root := .root }}
{{- $service := .service }}
{{- range $other := list "ingest" "identity" "metrics" }}
{{- if ne $other $service }}
- name: {{ printf "THROUGHLINE_%s_URL" (upper $other) }}
  value: {{ include "throughline.url" (dict "root" $root "service" $other) }}
{{- end }}
{{- end }}
{{- include "throughline.kafka" . }}
{{- if $values.tracing.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ $values.tracing.endpoint | quote }}
{{- if $values.tracing.headersSecret }}
{{ include "throughline.secretVariable" (dict "name" "OTEL_EXPORTER_OTLP_HEADERS" "secret" $values.tracing.headersSecret "key" "headers") }}
{{- end }}
{{- end }}
{{- range $name, $value := $values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "throughline.kafka" -}}
{{- $kafka := .root.Values.kafka -}}
{{- if $kafka.brokers }}
- name: KAFKA_BROKERS
  value: {{ $kafka.brokers | quote }}
{{- if $kafka.compression }}
- name: KAFKA_COMPRESSION
  value: {{ $kafka.compression }}
{{- end }}
{{- if $kafka.tls.enabled }}
- name: KAFKA_TLS
  value: "true"
{{- if $kafka.tls.secret }}
- name: KAFKA_TLS_CA_FILE
  value: /run/kafka-tls/ca.crt
{{- end }}
{{- if $kafka.tls.hasClientCertificate }}
- name: KAFKA_TLS_CERTIFICATE_FILE
  value: /run/kafka-tls/tls.crt
- name: KAFKA_TLS_KEY_FILE
  value: /run/kafka-tls/tls.key
{{- end }}
{{- end }}
{{- if $kafka.sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $kafka.sasl.mechanism }}
{{ include "throughline.secretVariable" (dict "name" "KAFKA_SASL_USERNAME" "secret" $kafka.sasl.secret "key" "username") }}
{{ include "throughline.secretVariable" (dict "name" "KAFKA_SASL_PASSWORD" "secret" $kafka.sasl.secret "key" "password") }}
{{- end }}
{{- end }}
{{- end -}}

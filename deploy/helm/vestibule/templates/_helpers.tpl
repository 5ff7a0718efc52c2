{{- define "vestibule.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "vestibule.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Labels of every object. Argument: dict with root and component. */ -}}
{{- define "vestibule.labels" -}}
{{ include "vestibule.selector" .root }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "vestibule.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "vestibule.migrates" -}}
{{- if and (eq .Values.database.kind "postgresql") .Values.migration.enabled }}true{{ end -}}
{{- end -}}

{{- /* What the schema can't say in words. */ -}}
{{- define "vestibule.check" -}}
{{- if eq .Values.database.kind "sqlite" -}}
{{- if ne (int .Values.replicas) 1 -}}
{{- fail (printf "replicas is %d and database.kind is sqlite: a SQLite database belongs to one node. Set replicas to 1, or database.kind to postgresql." (int .Values.replicas)) -}}
{{- end -}}
{{- else if not .Values.database.postgresql.urlSecretName -}}
{{- fail "database.postgresql.urlSecretName is empty: name the Secret that contains the URL of PostgreSQL." -}}
{{- end -}}
{{- range $section, $keys := .Values.config -}}
{{- range $key, $value := $keys -}}
{{- $path := printf "%s.%s" $section $key -}}
{{- if or (eq $section "security") (has $path (list "backup.passphrase" "database.url" "database.url_file" "database.migrate_on_start" "server.listen" "server.metrics_listen" "region.name" "region.api_url" "region.app_url" "rate_limits.client_ip_header" "log.format" "log.level")) -}}
{{- fail (printf "config.%s cannot be set here: it is a secret, or other values of the chart set it (sealingKey, database, migration, region, metrics, proxy, log)." $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* A value of an environment variable. Numbers of values files are floats to Helm. */ -}}
{{- define "vestibule.scalar" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- /* Environment of each container. Secrets are files. */ -}}
{{- define "vestibule.env" -}}
- name: VESTIBULE__REGION__NAME
  value: {{ .Values.region.name | quote }}
- name: VESTIBULE__REGION__API_URL
  value: {{ printf "https://%s" .Values.region.apiHost | quote }}
- name: VESTIBULE__REGION__APP_URL
  value: {{ printf "https://%s" (.Values.region.appHost | default .Values.region.apiHost) | quote }}
- name: VESTIBULE__LOG__FORMAT
  value: {{ .Values.log.format | quote }}
- name: VESTIBULE__LOG__LEVEL
  value: {{ .Values.log.level | quote }}
{{- if eq .Values.database.kind "sqlite" }}
- name: VESTIBULE__DATABASE__URL
  value: sqlite:///var/lib/vestibule/vestibule.db
{{- else }}
- name: VESTIBULE__DATABASE__URL_FILE
  value: /etc/vestibule/database/url
{{- end }}
- name: VESTIBULE__DATABASE__MIGRATE_ON_START
  value: {{ include "vestibule.migrates" . | empty | quote }}
{{- range $section, $keys := .Values.config }}
{{- range $key, $value := $keys }}
{{- if kindIs "map" $value }}
{{- range $name, $url := $value }}
- name: {{ printf "VESTIBULE__%s__%s__%s" $section $key $name | upper }}
  value: {{ include "vestibule.scalar" $url | quote }}
{{- end }}
{{- else }}
- name: {{ printf "VESTIBULE__%s__%s" $section $key | upper }}
  value: {{ include "vestibule.scalar" $value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "vestibule.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "vestibule.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "vestibule.databaseMounts" -}}
{{- if eq .Values.database.kind "postgresql" }}
- name: database-url
  mountPath: /etc/vestibule/database
  readOnly: true
{{- if .Values.database.postgresql.caConfigMapName }}
- name: database-ca
  mountPath: /etc/vestibule/database-ca
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- define "vestibule.databaseVolumes" -}}
{{- if eq .Values.database.kind "postgresql" }}
- name: database-url
  secret:
    secretName: {{ .Values.database.postgresql.urlSecretName }}
    defaultMode: 0440
    items:
      - key: {{ .Values.database.postgresql.urlSecretKey }}
        path: url
{{- if .Values.database.postgresql.caConfigMapName }}
- name: database-ca
  configMap:
    name: {{ .Values.database.postgresql.caConfigMapName }}
    items:
      - key: {{ .Values.database.postgresql.caConfigMapKey }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end -}}

{{- define "sealcheck.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
{{- end }}

{{- define "sealcheck.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sealcheck.labels" -}}
{{ include "sealcheck.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "sealcheck.image" -}}
{{- $repository := required "image.repository: where does your cluster find the image? `make image` builds it" .Values.image.repository -}}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}{{ else }}{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end }}

{{/* The service that receives: the whole program on SQLite, web on PostgreSQL. */}}
{{- define "sealcheck.receiver" -}}
{{- if eq .Values.database "sqlite" }}serve{{ else }}web{{ end -}}
{{- end }}

{{/* What cannot be: said before anything is rendered. */}}
{{- define "sealcheck.check" -}}
{{- $keys := .Values.secret.keys -}}
{{- if not .Values.secret.name }}{{ fail "secret.name: name an existing Secret with the bot's token and the webhook's secret" }}{{ end -}}
{{- if not (or $keys.WEBHOOK_SECRET $keys.WEBHOOK_SIGNING_TOKEN) }}{{ fail "secret.keys: WEBHOOK_SECRET or WEBHOOK_SIGNING_TOKEN is needed" }}{{ end -}}
{{- if eq .Values.database "sqlite" -}}
{{- if ne (int .Values.embedded.replicas) 1 }}{{ fail "embedded.replicas: SQLite has one owner; for more replicas set database: postgresql" }}{{ end -}}
{{- if $keys.DATABASE_URL }}{{ fail "secret.keys.DATABASE_URL: set database: postgresql with it" }}{{ end -}}
{{- if .Values.worker.autoscaling.enabled }}{{ fail "worker.autoscaling: needs database: postgresql" }}{{ end -}}
{{- else if not $keys.DATABASE_URL }}{{ fail "secret.keys.DATABASE_URL: the key that holds postgresql://..." }}{{ end -}}
{{- if and .Values.provision.enabled (not $keys.GITLAB_PROVISION_TOKEN) }}{{ fail "secret.keys.GITLAB_PROVISION_TOKEN: provision.enabled needs it" }}{{ end -}}
{{- if .Values.audit.enabled -}}
{{- if eq .Values.database "sqlite" }}{{ fail "audit.enabled: needs database: postgresql, as a Job cannot reach the other pod's file" }}{{ end -}}
{{- range $name := list "address" "role" "project" -}}
{{- if not (index $.Values.audit $name) }}{{ fail (printf "audit.%s: audit.enabled needs it" $name) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.survey.enabled (eq .Values.database "sqlite") }}{{ fail "survey.enabled: needs database: postgresql, as a Job cannot reach the other pod's file" }}{{ end -}}
{{- if and .Values.provision.enabled (not .Values.settings.PUBLIC_URL) }}{{ fail "settings.PUBLIC_URL: provision.enabled needs it" }}{{ end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}{{ fail "ingress.host: the host of PUBLIC_URL" }}{{ end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parents) }}{{ fail "gateway.parents: the Gateway that the route belongs to" }}{{ end -}}
{{- end }}

{{/* Environment of every container. The provisioning token goes only to those who use it: (list . "worker"). */}}
{{- define "sealcheck.env" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- range $name, $value := $root.Values.settings }}
- name: {{ $name }}
  value: {{ ternary (printf "%.0f" (float64 (default 0 $value))) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- if eq $root.Values.database "sqlite" }}
- name: DATABASE_URL
  value: sqlite:///{{ ternary "/data" "/tmp" (eq $component "serve") }}/sealcheck.sqlite3
{{- end }}
{{- if $root.Values.policy }}
- name: SEALCHECK_POLICY
  value: /etc/sealcheck/policy.yml
{{- end }}
{{- if eq $component "worker" }}
- name: SEALCHECK_WORKER_METRICS_PORT
  value: "9464"
{{- end }}
{{- if eq $component "audit" }}
- name: VAULT_ADDR
  value: {{ $root.Values.audit.address | quote }}
{{- with $root.Values.audit.namespace }}
- name: VAULT_NAMESPACE
  value: {{ . | quote }}
{{- end }}
{{- if $root.Values.ca.configMap }}
- name: VAULT_CACERT
  value: /etc/sealcheck-ca/{{ $root.Values.ca.key }}
{{- end }}
{{- end }}
{{- if $root.Values.ca.configMap }}
- name: REQUESTS_CA_BUNDLE
  value: /etc/sealcheck-ca/{{ $root.Values.ca.key }}
- name: SSL_CERT_FILE
  value: /etc/sealcheck-ca/{{ $root.Values.ca.key }}
{{- end }}
{{- with $root.Values.proxy }}
{{- range $name, $value := dict "HTTPS_PROXY" .https "HTTP_PROXY" .http "NO_PROXY" .none }}
{{- if $value }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $key := $root.Values.secret.keys }}
{{- if and $key (or (ne $name "GITLAB_PROVISION_TOKEN") (has $component (list "serve" "worker" "provision" "doctor"))) }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef: {name: {{ $root.Values.secret.name }}, key: {{ $key }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The TCP ports of the servers that the bot asks: GitLab, the proxies, whatever speaks HTTPS, the database. */}}
{{- define "sealcheck.ports" -}}
{{- $ports := list "53" "443" -}}
{{- range $url := list .Values.settings.GITLAB_URL .Values.settings.PUBLIC_URL .Values.proxy.https .Values.proxy.http (ternary .Values.audit.address "" .Values.audit.enabled) -}}
{{- if $url -}}
{{- $port := regexFind ":[0-9]+$" (urlParse $url).host | trimPrefix ":" -}}
{{- $ports = append $ports ($port | default (ternary "80" "443" (hasPrefix "http:" $url))) -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.database "postgresql" }}{{ $ports = append $ports "5432" }}{{ end -}}
{{- toJson ($ports | uniq) -}}
{{- end }}

{{/* A pod that runs one command of the program: (list . component arguments resources). */}}
{{- define "sealcheck.pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $arguments := index . 2 -}}
{{- $resources := index . 3 -}}
{{- $receives := has $component (list "serve" "web") -}}
metadata:
  labels:
    {{- include "sealcheck.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
    {{- with $root.Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    checksum/policy: {{ $root.Values.policy | sha256sum }}
    {{- with $root.Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "sealcheck.name" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # Running reviews may finish for SEALCHECK_DRAIN_SECONDS; then they are handed back.
  terminationGracePeriodSeconds: {{ add 15 (default 25 $root.Values.settings.SEALCHECK_DRAIN_SECONDS | int) }}
  {{- if has $component (list "provision" "doctor" "audit" "survey") }}
  restartPolicy: Never
  {{- end }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    {{- with $root.Values.runAsUser }}
    runAsUser: {{ . | int }}
    runAsGroup: {{ . | int }}
    fsGroup: {{ . | int }}
    {{- end }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: sealcheck
      image: {{ include "sealcheck.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toJson $arguments }}
      env: {{- include "sealcheck.env" (list $root $component) | trim | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      resources: {{- toYaml $resources | nindent 8 }}
      {{- if $receives }}
      ports:
        - {name: http, containerPort: 8080}
      # Not /readyz: that is 503 while GitLab refuses the token, and deliveries must be taken all the same.
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 2
        failureThreshold: 30
      readinessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 5
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 10
        failureThreshold: 6
      {{- else if eq $component "worker" }}
      ports:
        - {name: metrics, containerPort: 9464}
      livenessProbe:
        tcpSocket: {port: metrics}
        initialDelaySeconds: 15
        periodSeconds: 20
        failureThreshold: 6
      {{- end }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- if eq $component "serve" }}
        - {name: data, mountPath: /data}
        {{- end }}
        {{- if eq $component "audit" }}
        - {name: vault, mountPath: /var/run/secrets/sealcheck/vault, readOnly: true}
        {{- end }}
        {{- if $root.Values.policy }}
        - {name: policy, mountPath: /etc/sealcheck, readOnly: true}
        {{- end }}
        {{- if $root.Values.ca.configMap }}
        - {name: ca, mountPath: /etc/sealcheck-ca, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 512Mi}
    {{- if eq $component "audit" }}
    - name: vault
      projected:
        sources:
          - serviceAccountToken: {path: token, audience: {{ $root.Values.audit.audience }}, expirationSeconds: 3600}
    {{- end }}
    {{- if $root.Values.policy }}
    - name: policy
      configMap: {name: {{ include "sealcheck.name" $root }}-policy}
    {{- end }}
    {{- if $root.Values.ca.configMap }}
    - name: ca
      configMap: {name: {{ $root.Values.ca.configMap }}}
    {{- end }}
  {{- with $root.Values.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.topologySpreadConstraints }}
  topologySpreadConstraints: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* the path of PUBLIC_URL, under which the proxy puts the service; "" for none */}}
{{- define "sealcheck.under" -}}
{{- trimSuffix "/" (urlParse (.Values.settings.PUBLIC_URL | default "")).path -}}
{{- end -}}

{{- /* The pod of a node, for the Deployment (PostgreSQL) and the StatefulSet (SQLite). */ -}}
{{- define "vestibule.pod" -}}
metadata:
  labels:
    {{- include "vestibule.labels" (dict "root" . "component" "server") | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "vestibule.fullname" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- include "vestibule.podSecurity" . | nindent 4 }}
  # preStop, then server.shutdown_seconds, then what is left to write down.
  {{- $shutdown := dig "server" "shutdown_seconds" 20 .Values.config }}
  terminationGracePeriodSeconds: {{ add (int .Values.preStopSeconds) (int $shutdown) 10 }}
  containers:
    - name: vestibule
      image: {{ include "vestibule.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve]
      securityContext:
        {{- include "vestibule.containerSecurity" . | nindent 8 }}
      env:
        - name: VESTIBULE__SERVER__LISTEN
          value: 0.0.0.0:8080
        - name: VESTIBULE__SERVER__METRICS_LISTEN
          value: {{ .Values.metrics.enabled | ternary "0.0.0.0:9090" "" | quote }}
        - name: VESTIBULE__SECURITY__SEALING_KEY_FILE
          value: /etc/vestibule/sealing-key/sealing-key
        {{- if .Values.sealingKey.retired.secretName }}
        - name: VESTIBULE__SECURITY__RETIRED_SEALING_KEYS
          valueFrom:
            secretKeyRef:
              name: {{ .Values.sealingKey.retired.secretName }}
              key: {{ .Values.sealingKey.retired.secretKey }}
        {{- end }}
        - name: VESTIBULE__RATE_LIMITS__CLIENT_IP_HEADER
          value: {{ .Values.proxy.clientIpHeader | quote }}
        {{- include "vestibule.env" . | nindent 8 }}
      ports:
        - name: http
          containerPort: 8080
        {{- if .Values.metrics.enabled }}
        - name: metrics
          containerPort: 9090
        {{- end }}
      # Listening begins before the database is open, and /readyz answers after that: up to five minutes.
      startupProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 60
      # Without the database: a database that is down must not restart the nodes.
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 6
        failureThreshold: 2
      {{- if .Values.preStopSeconds }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ int .Values.preStopSeconds }}
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: sealing-key
          mountPath: /etc/vestibule/sealing-key
          readOnly: true
        {{- include "vestibule.databaseMounts" . | nindent 8 }}
        {{- if eq .Values.database.kind "sqlite" }}
        - name: data
          mountPath: /var/lib/vestibule
        {{- end }}
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: sealing-key
      secret:
        secretName: {{ .Values.sealingKey.secretName }}
        defaultMode: 0440
        items:
          - key: {{ .Values.sealingKey.secretKey }}
            path: sealing-key
    {{- include "vestibule.databaseVolumes" . | nindent 4 }}
    - name: tmp
      emptyDir:
        sizeLimit: 1Gi
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
  {{- else if gt (int .Values.replicas) 1 }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "vestibule.selector" $ | nindent 10 }}
          app.kubernetes.io/component: server
    {{- end }}
  {{- end }}
{{- end -}}

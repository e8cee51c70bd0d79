{{- /* name of what belongs to this release */ -}}
{{- define "assay.name" -}}
{{- if contains "assay" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-assay" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "assay.selects" -}}
app.kubernetes.io/name: assay
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "assay.labels" -}}
{{ include "assay.selects" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{- /* what is left of the memory of work or doors to assay itself, when each parser takes all it may: (list . "work") */ -}}
{{- define "assay.workMemory" -}}
{{- $ := index . 0 }}{{ $part := index . 1 -}}
{{- $left := sub (get $.Values $part).memoryMiB (mul $.Values.work.parserMemoryMiB (add $.Values.work.parsers 1)) -}}
{{- if lt $left 256 }}{{ fail (printf "%s.memoryMiB: parsers may take all but %d MiB of it: give it more, or have fewer parsers" $part $left) }}{{ end -}}
{{- div (mul $left 3) 4 -}}MiB
{{- end }}

{{- /* settings, for --config */ -}}
{{- define "assay.config" -}}
{{- $elastic := dict "address" .Values.elastic.addresses "ca" "/etc/assay/keys/ca.crt" -}}
{{- if .Values.elastic.user }}{{ $_ := set $elastic "user" .Values.elastic.user }}{{ end -}}
{{- $work := dict "nats-nkey" "/etc/assay/keys/worker.nk" "nats-inbox" "_INBOX_worker" "replicas" .Values.nats.replicas "workers" .Values.work.workers
      "limits" (dict "parsers" .Values.work.parsers "parser-memory" (printf "%dMiB" (int .Values.work.parserMemoryMiB))) -}}
{{- if .Values.work.egressProxy }}{{ $_ := set $work "egress-proxy" .Values.work.egressProxy }}{{ end -}}
{{- $web := dict "nats-nkey" "/etc/assay/keys/web.nk" "nats-inbox" "_INBOX_web" "listen" "0.0.0.0:8080" "tokens" "/etc/assay/keys/tokens" -}}
{{- if .Values.web.hosts }}{{ $_ := set $web "host" .Values.web.hosts }}{{ end -}}
{{- if .Values.web.pageURL }}{{ $_ := set $web "page-url" .Values.web.pageURL }}{{ end -}}
{{- if and .Values.work.egressProxy .Values.web.reachRegistries }}{{ $_ := set $web "egress-proxy" .Values.work.egressProxy }}{{ end -}}
{{- $all := dict "nats" .Values.nats.url "nats-ca" "/etc/assay/keys/ca.crt" "nats-cert" "/etc/assay/keys/client.crt" "nats-key" "/etc/assay/keys/client.key"
      "id-key" "/etc/assay/keys/id.key" "ops-listen" "0.0.0.0:9090" "log-json" true "elastic" $elastic "work" $work "web" $web -}}
{{- if .Values.doors.enabled }}
{{- $serve := mergeOverwrite (deepCopy $web) (deepCopy $work) (dict "nats-nkey" "/etc/assay/keys/serve.nk" "nats-inbox" "_INBOX_serve") -}}
{{- if .Values.doors.hooks }}{{ $_ := set $serve "hooks" "/etc/assay/hooks/hooks.yaml" }}{{ end -}}
{{- $_ := set $all "serve" $serve }}{{ end -}}
{{- if .Values.skillsClaim }}{{ $_ := set $all "skills" "/var/lib/skills" }}{{ end -}}
{{- toYaml (mergeOverwrite $all (deepCopy .Values.config)) -}}
{{- end }}

{{- /* a pod of part: (list . "work") */ -}}
{{- define "assay.pod" -}}
{{- $ := index . 0 }}{{ $part := index . 1 }}{{ $own := get $.Values $part -}}
metadata:
  labels:
    {{- include "assay.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $part }}
  annotations:
    checksum/config: {{ include "assay.config" $ | sha256sum }}
    prometheus.io/scrape: "true"
    prometheus.io/port: "9090"
spec:
  serviceAccountName: {{ include "assay.name" $ }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "assay.selects" $ | nindent 10 }}
          app.kubernetes.io/component: {{ $part }}
  terminationGracePeriodSeconds: {{ eq $part "web" | ternary 20 40 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: assay
      image: "{{ $.Values.image.repository }}:{{ $.Values.image.tag | default $.Chart.AppVersion }}"
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args: [{{ eq $part "doors" | ternary "serve" $part }}, --config=/etc/assay/config/assay.yaml]
      env:
        - name: GOMEMLIMIT
          value: {{ if ne $part "web" }}{{ include "assay.workMemory" (list $ $part) }}{{ else }}{{ div (mul $own.memoryMiB 3) 4 }}MiB{{ end }}
        - name: {{ $.Values.elastic.user | empty | ternary "ASSAY_ELASTIC_API_KEY" "ASSAY_ELASTIC_PASSWORD" }}
          valueFrom:
            secretKeyRef:
              name: {{ $.Values.elastic.secret }}
              key: {{ $.Values.elastic.key }}
      ports:
        - name: ops
          containerPort: 9090
        {{- if ne $part "work" }}
        - name: http
          containerPort: 8080
        {{- end }}
      # An index that is brought up to a new version is alive and not ready for as long as
      # that takes; so is one whose servers are away, which no new start would mend.
      livenessProbe:
        httpGet:
          path: /healthz
          port: ops
        initialDelaySeconds: 10
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet:
          path: /readyz
          port: ops
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      resources:
        limits:
          cpu: {{ $own.cpu | quote }}
          memory: {{ $own.memoryMiB }}Mi
        requests:
          {{- toYaml $own.requests | nindent 10 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: config
          mountPath: /etc/assay/config
          readOnly: true
        - name: keys
          mountPath: /etc/assay/keys
          readOnly: true
        - name: tmp
          mountPath: /tmp
        {{- if and (eq $part "doors") $own.hooks }}
        - name: hooks
          mountPath: /etc/assay/hooks
          readOnly: true
        {{- end }}
        {{- if $.Values.skillsClaim }}
        - name: skills
          mountPath: /var/lib/skills
          readOnly: true
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "assay.name" $ }}
    - name: keys
      secret:
        secretName: {{ get $.Values.secrets $part }}
        defaultMode: 0440
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if and (eq $part "doors") $own.hooks }}
    - name: hooks
      secret:
        secretName: {{ $own.hooks }}
        defaultMode: 0440
    {{- end }}
    {{- if $.Values.skillsClaim }}
    - name: skills
      persistentVolumeClaim:
        claimName: {{ $.Values.skillsClaim }}
        readOnly: true
    {{- end }}
{{- end }}

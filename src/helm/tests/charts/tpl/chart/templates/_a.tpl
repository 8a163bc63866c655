{{- define "render" -}}
{{- if kindIs "string" .value }}{{ tpl .value .context }}{{ else }}{{ tpl (.value | toYaml) .context }}{{ end -}}
{{- end -}}
{{- define "shared" }}{{ $_ := set .Values "changed" "yes" }}{{ end -}}

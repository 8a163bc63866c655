{{- define "lib.tone" }}loud{{ end -}}

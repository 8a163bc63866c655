#!/usr/bin/env python3
"""Records what the real helm prints for each template of the *.txt files beside this script.

    HELM=/path/to/helm python3 record.py [file.txt …]

A file is a list of cases: one line with a template, then `= "output"` or `! "error"` as a JSON text. The script reads the
templates, asks helm, and writes the file anew. Lines that start with `#` stay as they are.
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
HELM = os.environ.get("HELM", "helm")
BATCH = 25
CHART = "apiVersion: v2\nname: c\nversion: 1.2.3\nappVersion: 4.5.6\n"


def render(templates):
    """The output of each template, or the error of the run."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "c")
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(CHART)
        (chart / "values.yaml").write_text((HERE / "values.yaml").read_text())
        lines = []
        for index, template in enumerate(templates):
            (chart / "templates" / f"_{index}.tpl").write_text('{{ define "case%d" }}%s{{ end }}' % (index, template))
            lines.append('c%d: "{{ include "case%d" . | b64enc }}"\n' % (index, index))
        (chart / "templates" / "a.yaml").write_text("".join(lines))
        run = subprocess.run(
            [HELM, "template", "rel", str(chart), "--namespace", "ns"],
            capture_output=True,
            env={**os.environ, "TZ": "UTC", "HOME": folder},
        )
    if run.returncode:
        return run.stderr.decode(errors="replace")
    found = dict(re.findall(r'^c(\d+): "([^"]*)"$', run.stdout.decode(), re.M))
    return [base64.b64decode(found[str(index)]).decode(errors="replace") for index in range(len(templates))]


def error(text):
    """The innermost message: what the last template said of its last action."""
    text = text.split("\n\nUse --debug")[0].strip().removeprefix("Error: ")
    if found := re.match(r"(?:execution|parse) error at \([^)]*\): (.*)", text, re.S):
        return found[1]
    return re.sub(r"\s+", " ", re.split(r'at <(?:[^>\n]|>(?!:))*>:', text)[-1]).strip()


def answers(templates):
    result = render(templates)
    if isinstance(result, list):
        return ["= " + json.dumps(output, ensure_ascii=False) for output in result]
    if len(templates) == 1:
        return ["! " + json.dumps(error(result), ensure_ascii=False)]
    middle = len(templates) // 2
    return answers(templates[:middle]) + answers(templates[middle:])


def record(path):
    lines = [line for line in path.read_text().split("\n") if line and not line.startswith(("= ", "! "))]
    templates = list(dict.fromkeys(line for line in lines if not line.startswith("#")))
    batches = [templates[at : at + BATCH] for at in range(0, len(templates), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [answer for batch in pool.map(answers, batches) for answer in batch]
    answer = dict(zip(templates, found, strict=True))
    out, seen = [], set()
    for line in lines:
        if line in seen:
            continue
        seen.add(line)
        out.append(line)
        if line in answer:
            out.append(answer[line])
    path.write_text("\n".join(out) + "\n")
    print(path.name, len(templates))


if __name__ == "__main__":
    named = [pathlib.Path(name) for name in sys.argv[1:]]
    for path in named or sorted(HERE.glob("*.txt")):
        record(path)

"""Records what the real Helm makes of the charts in `charts`: HELM=/path/to/helm python3 record.py

Every line of `charts/NAME/cases.txt` is `CASE: arguments`; the answer goes to `charts/NAME/CASE.yaml`, or, where Helm
refuses the chart, to `charts/NAME/CASE.error`.
"""

import os
import pathlib
import re
import subprocess

helm = os.environ["HELM"]
for cases in sorted(pathlib.Path(__file__).parent.glob("charts/*/cases.txt")):
    for line in cases.read_text().splitlines():
        case, _, arguments = line.partition(":")
        arguments = arguments.split()
        name = "release-name"
        if "--name" in arguments:
            at = arguments.index("--name")
            name = arguments[at + 1]
            del arguments[at : at + 2]
        done = subprocess.run(
            [helm, "template", name, "chart", *arguments], cwd=cases.parent, capture_output=True, text=True
        )
        for old in (".yaml", ".error"):
            cases.with_name(case + old).unlink(missing_ok=True)
        if done.returncode == 0:
            cases.with_name(case + ".yaml").write_text(done.stdout)
        else:
            error = [text for text in done.stderr.splitlines() if text.startswith("Error:")]
            cases.with_name(case + ".error").write_text("\n".join(error) + "\n")
            print(f"{cases.parent.name} {case}: {error}")

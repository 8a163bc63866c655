#!/usr/bin/env python3
"""Plans what can be planned offline of a corpus of repositories, for the test `corpus_plans`.

Usage: plan_corpus.py OUT CORPUS [PATTERN ...]. TF_CLI_CONFIG_FILE names a mirror that has providers. Every root module
below CORPUS whose modules are local, whose variables have defaults and whose providers the mirror has is copied to
OUT/NAME/source and planned there, with the plan as OUT/NAME/plan.json. Versions and backends that a repository pins are
overridden. A PATTERN is a part of the path.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

PROVIDERS = {"aws", "azurerm", "google", "kubernetes", "null", "random", "terraform"}
KIND = re.compile(r'^\s*(?:resource|data|ephemeral)\s+"([a-z0-9-]+?)_', re.M)
DECLARED = re.compile(r'^\s*"?([a-z0-9-]+)"?\s*=\s*\{[^}]*source\s*=', re.M)
CALL = re.compile(r'^module\s+"[^"]+"\s*\{.*?^\}', re.M | re.S)
SOURCE = re.compile(r'^\s*source\s*=\s*"([^"]*)"', re.M)
VARIABLE = re.compile(r'^variable\s+"[^"]+"\s*\{(.*?)^\}', re.M | re.S)
ONE_LINE = re.compile(r'^variable\s+"[^"]+"\s*\{\s*\}', re.M)
BACKEND = re.compile(r'^\s*(backend\s+"|cloud\s*\{)', re.M)
QUOTED = re.compile(r'^(\s*type\s*=\s*)"(string|list|map)"', re.M)
META = re.compile(r'^\s*provider_meta\s+"[^"]+"\s*\{[^}]*\}', re.M)
REQUIRED = re.compile(r'^\s*required_providers\s*\{', re.M)


def text(folder):
    return "\n".join(file.read_text(errors="replace") for file in sorted(folder.glob("*.tf")))


def reachable(root):
    """The folders of a root module and of all that it calls, or None where that is not all local."""
    found, left = {}, [root]
    while left:
        folder = left.pop()
        if folder in found:
            continue
        found[folder] = text(folder)
        if not found[folder] or len(found) > 60:
            return None
        for call in CALL.findall(found[folder]):
            source = SOURCE.search(call)
            if not source or not source[1].startswith("."):
                return None
            left.append(pathlib.Path(os.path.normpath(folder / source[1])))
    return found


def plannable(root):
    own = text(root)
    if not re.search(r'^(resource|module)\s+"', own, re.M) or ONE_LINE.search(own):
        return None
    if any(not re.search(r"^\s*default\s*=", body, re.M) for body in VARIABLE.findall(own)):
        return None
    folders = reachable(root)
    if folders is None:
        return None
    kinds = {kind for body in folders.values() for kind in KIND.findall(body)}
    named = {name for body in folders.values() if REQUIRED.search(body) for name in DECLARED.findall(body)}
    return folders if kinds and kinds <= PROVIDERS and named <= PROVIDERS | {"default"} else None


def override(body):
    lines = ["terraform {", '  required_version = ">= 1.0"']
    if BACKEND.search(body):
        lines.append('  backend "local" {}')
    if REQUIRED.search(body):
        lines.append("  required_providers {")
        lines += [f'    {name} = {{ source = "hashicorp/{name}" }}' for name in sorted(PROVIDERS - {"terraform"})
                  if re.search(rf'^\s*{name}\s*=\s*\{{', body, re.M) and "configuration_aliases" not in body]
        lines.append("  }")
    return "\n".join(lines + ["}", ""])


def plan(out, corpus, root, folders):
    name = str(root.relative_to(corpus)).replace("/", "__")
    target = out / name
    if (target / "plan.json").is_file():
        return name, None
    shutil.rmtree(target, ignore_errors=True)
    repository = corpus / root.relative_to(corpus).parts[0]
    for folder, body in folders.items():
        copy = target / "source" / folder.relative_to(repository)

        def others(at, names):
            at = pathlib.Path(at)
            inner = [n for n in names if (at / n).is_dir() and (n.startswith(".") or any((at / n).rglob("*.tf")))]
            return inner + [n for n in names if n.endswith((".terraform.lock.hcl", ".tfstate"))]

        shutil.copytree(folder, copy, ignore=others, dirs_exist_ok=True)
        for file in copy.glob("*.tf"):
            # The oldest syntax of types, which Terraform no longer takes, and what a stand-in of a provider does not.
            read = file.read_text(errors="replace")
            new = QUOTED.sub(lambda found: found[1] + (found[2] if found[2] == "string" else f"{found[2]}(any)"), read)
            new = META.sub("", new)
            if new != read:
                file.write_text(new)
        (copy / "zz_offline_override.tf").write_text(override(body))
    work = target / "source" / root.relative_to(repository)
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_DATA_DIR": str(target / "data")}

    def terraform(*args):
        run = subprocess.run(["nice", "terraform", *args], cwd=work, env=environment, capture_output=True, text=True,
                             timeout=600)
        if run.returncode:
            raise RuntimeError((run.stderr.strip() or run.stdout.strip())[:300])
        return run.stdout

    try:
        terraform("init", "-input=false", "-no-color")
        terraform("plan", "-input=false", "-no-color", "-refresh=false", "-lock=false", f"-out={target}/plan.bin")
        shown = terraform("show", "-json", f"{target}/plan.bin")
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(target, ignore_errors=True)
        return name, str(error).replace("\n", " ")
    # A call within a comment looks like one here: what Terraform did not load goes.
    listed = target / "data" / "modules" / "modules.json"
    modules = json.loads(listed.read_text())["Modules"] if listed.is_file() else [{"Dir": "."}]
    loaded = {os.path.normpath(work / module["Dir"]) for module in modules}
    for file in (target / "source").rglob("*.tf"):
        if str(file.parent) not in loaded:
            file.unlink()
    shutil.rmtree(target / "data", ignore_errors=True)
    (target / "root").write_text(str(root.relative_to(repository)))
    (target / "plan.json").write_text(json.dumps(json.loads(shown)))
    return name, None


def main(out, corpus, patterns):
    out, corpus = pathlib.Path(out).resolve(), pathlib.Path(corpus).resolve()
    roots = sorted({file.parent for file in corpus.rglob("*.tf")})
    jobs = []
    for root in roots:
        if len(root.relative_to(corpus).parts) and (not patterns or any(part in str(root) for part in patterns)):
            folders = plannable(root)
            if folders:
                jobs.append((root, folders))
    print(f"{len(roots)} folders, {len(jobs)} worth trying", file=sys.stderr)
    planned = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, error in pool.map(lambda job: plan(out, corpus, *job), jobs):
            planned += error is None
            print(name, "planned" if error is None else error, file=sys.stderr, flush=True)
    print(f"{planned} of {len(jobs)} planned", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

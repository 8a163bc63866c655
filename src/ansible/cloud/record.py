#!/usr/bin/env python3
"""Records what the tables beside this file are held against.

    record.py SCHEMAS ANSIBLE_DOC

SCHEMAS is a folder of `terraform providers schema -json` files (`NAME.json` or `NAME.json.xz`), ANSIBLE_DOC the command.
Written are, for the modules and types that the tables name,

    modules.txt   module -> arguments   name|alias:type=default(choices){arguments inside}
    types.txt     type -> attributes    name:kind, name{attributes of the block}

Types of arguments: b bool, i int, f float, s str, l list, d dict, r raw; `ld{…}` is a list of mappings. Kinds of attributes: b bool,
n number, s string, l list or set, m map, o object; `!` where it is a secret. Attributes that cannot be set are left out, and arguments that say how the cloud
is reached or what the module is to wait for.

Written by hand, in the same form, from the documentation of their last version: removed.txt, modules that collections have no more;
older.txt, types and attributes of versions of providers that the schemas are not of.
"""

import json
import lzma
import pathlib
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).parent
CALL = {
    "amazon": "access_key aws_ca_bundle aws_config debug_botocore_endpoint_logs endpoint_url profile purge_tags region secret_key"
    " session_token state validate_certs wait wait_timeout",
    "azure": "ad_user adfs_authority_url api_profile append_tags auth_source cert_validation_mode client_id cloud_environment"
    " disable_instance_discovery log_mode log_path password profile secret state subscription_id tenant thumbprint x509_certificate_path",
    "google": "access_token auth_kind env_type scopes service_account_contents service_account_email service_account_file state",
}
CALL["community"] = CALL["amazon"]
KINDS = {"bool": "b", "int": "i", "float": "f", "str": "s", "list": "l", "dict": "d", "raw": "r", "path": "s", "json": "s", "jsonarg": "s"}


def tables():
    modules, types = {}, set()
    for path in sorted(HERE.glob("*.yaml")):
        for module, specs in yaml.safe_load(path.read_text())["modules"].items():
            modules[module] = specs
            types |= {spec["type"] for spec in specs}
    return modules, types


def word(value):
    """A default as one word, or None where it is no scalar that says something."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str) and value and not set(value) & set(" \t\n{}()=:|,"):
        return value
    return None


def arguments(options, call=()):
    out = []
    for name, option in sorted((options or {}).items()):
        if name in call:
            continue
        kind = KINDS[option.get("type", "str")]
        if kind == "l" and KINDS.get(option.get("elements"), "") == "d":
            kind = "ld"
        text = "|".join([name, *sorted(option.get("aliases", []))]) + ":" + kind
        default = word(option.get("default"))
        if default is not None:
            text += "=" + default
        choices = option.get("choices") or []
        words = [word(choice) for choice in choices]
        if words and all(words) and kind in "sl":
            text += "(" + ",".join(words) + ")"
        inner = arguments(option.get("suboptions"))
        if inner:
            text += "{" + inner + "}"
        out.append(text)
    return " ".join(out)


def kind_of(kind):
    if isinstance(kind, str):
        return {"bool": "b", "number": "n", "string": "s", "dynamic": "o"}[kind]
    if kind[0] == "map":
        return "m"
    if kind[0] in ("list", "set"):
        inner = kind[1]
        if isinstance(inner, list) and inner[0] == "object":
            return "{" + " ".join(f"{n}{(':' + k) if k[0] != '{' else k}" for n, k in ((n, kind_of(k)) for n, k in sorted(inner[1].items()))) + "}"
        return "l"
    return "o"


def attributes(block, top=True):
    out = []
    for name, attribute in sorted(block.get("attributes", {}).items()):
        if not (attribute.get("optional") or attribute.get("required")) or top and name == "id":
            continue
        if "nested_type" in attribute:
            out.append(name + "{" + attributes(attribute["nested_type"], False) + "}")
            continue
        kind = kind_of(attribute["type"]) + ("!" if attribute.get("sensitive") else "")
        out.append(name + (kind.rstrip("!") if kind[0] == "{" else ":" + kind))
    for name, inner in sorted(block.get("block_types", {}).items()):
        if top and name == "timeouts":
            continue
        out.append(name + "{" + attributes(inner["block"], False) + "}")
    return " ".join(out)


def main():
    schemas, doc = pathlib.Path(sys.argv[1]), sys.argv[2]
    modules, types = tables()
    by_hand = [{line.split(" ", 1)[0] for line in (HERE / name).read_text().splitlines()} for name in ("removed.txt", "older.txt")]
    names = sorted(modules.keys() - by_hand[0])
    said = json.loads(subprocess.run([doc, "-t", "module", "-j", *names], check=True, capture_output=True).stdout)
    lines = []
    for name in names:
        if name not in said:
            sys.exit(f"{name} is no module")
        lines.append(f"{name} {arguments(said[name]['doc'].get('options'), CALL[name.split('.')[0]].split())}\n")
    (HERE / "modules.txt").write_text("".join(lines))
    known = {}
    for path in sorted(schemas.glob("*.json*")):
        opened = lzma.open(path) if path.suffix == ".xz" else open(path, "rb")
        with opened as file:
            said = json.load(file)
            for provider in said.get("provider_schemas", {"": said}).values():
                known |= provider.get("resource_schemas", {})
    for name in sorted(types - known.keys() - by_hand[1]):
        sys.exit(f"{name} is in no schema")
    lines = [f"{name} {attributes(known[name]['block'])}\n" for name in sorted(types & known.keys())]
    (HERE / "types.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()

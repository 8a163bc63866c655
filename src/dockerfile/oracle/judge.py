"""Prints what Docker's parser (PyPI package `dockerfile`) says of each file named on standard input.

With an argument it prints the names alone, for the record: python judge.py record > answers.jsonl
"""
import glob
import json
import os
import sys

import dockerfile


def ask(path):
    try:
        commands = dockerfile.parse_file(path)
    except Exception as error:  # noqa: BLE001 - the package raises its own kinds
        return str(error)
    return [[c.cmd, c.json, c.start_line, c.end_line, list(c.flags), list(c.value)] for c in commands]


if sys.argv[1:] == ["record"]:
    cases = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
    for case in sorted(glob.glob(os.path.join(cases, "*"))):
        print(json.dumps([os.path.basename(case), ask(case)]))
else:
    for name in sys.stdin.read().split("\n"):
        if name:
            print(json.dumps([name, ask(name)]))

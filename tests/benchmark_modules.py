#!/usr/bin/env python3
"""Measures how cost grows with the instances of a module of 50 resources.

Usage: benchmark_modules.py PATH/TO/stockade [INSTANCES ...]; prints seconds and megabytes, the best of three runs.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

CALL = """module "m" {{
  source = "./m"
  count  = {count}
  name   = "x-${{count.index}}"
}}
"""
HEAD = """variable "name" {}
locals {
  tags = { Name = var.name, Team = "a" }
}
"""
PAIR = """resource "aws_s3_bucket" "b{at}" {{
  bucket = "${{var.name}}-{at}"
  acl    = "private"
  tags   = local.tags
}}
resource "aws_s3_bucket_public_access_block" "b{at}" {{
  bucket             = aws_s3_bucket.b{at}.id
  block_public_acls  = true
  ignore_public_acls = true
}}
"""


def measure(binary, count):
    with tempfile.TemporaryDirectory() as folder:
        module = pathlib.Path(folder) / "m"
        module.mkdir()
        (module / "main.tf").write_text(HEAD + "".join(PAIR.format(at=at) for at in range(25)))
        (module.parent / "main.tf").write_text(CALL.format(count=count))
        runs = []
        for _ in range(3):
            process = subprocess.Popen([binary, "check", folder, "--format", "json"], stdout=subprocess.DEVNULL)
            _, _, usage = os.wait4(process.pid, 0)
            runs.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
        return min(runs)


def main(binary, *counts):
    for count in counts or ("10", "100", "1000"):
        seconds, megabytes = measure(binary, int(count))
        print(f"{count:>6} instances: {seconds:6.2f} s of CPU, {megabytes:5.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What `make sbom` writes, read and validated by SPDX's own tools (make schemas): python3-spdx-tools, from the next Debian."""

import copy
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import debian
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
VERSION = re.search(r"^VERSION := (.+)$", (ROOT / "Makefile").read_text(), re.M)[1]
PACKAGES = ["python3-spdx-tools"] + [f"python3-{name}" for name in (
    "beartype", "boolean", "click", "isodate", "license-expression", "ply", "pyparsing", "rdflib", "semantic-version", "uritools", "xmltodict")]


@pytest.fixture(scope="module")
def tools():
    return debian.unpacked("forky", *PACKAGES)


@pytest.fixture(scope="module")
def document():
    done = subprocess.run([ROOT / "tools/sbom.py", BINARY, VERSION], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def said(tools, document, place):
    """Exit status and words of `pyspdxtools`."""
    path = place / "it.spdx.json"
    path.write_text(json.dumps(document))
    done = subprocess.run(["/usr/bin/python3", "-m", "spdx_tools.spdx.clitools.pyspdxtools", "-i", path], text=True, timeout=PATIENCE_S,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "PYTHONPATH": str(tools / "usr/lib/python3/dist-packages")})
    return done.returncode, done.stdout


def test_the_sbom(tools, document, tmp_path):
    assert said(tools, document, tmp_path) == (0, "")


def at(*keys):
    """What puts a value there."""
    def put(document, value):
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value
    return put


@pytest.mark.parametrize("put, value, word", [
    (at("packages", 1, "licenseDeclared"), "Imagined-1.0", "Imagined-1.0"),
    (at("packages", 1, "externalRefs", 0, "referenceLocator"), "libc6 2.36", "purl"),
    (at("packages", 1, "SPDXID"), "SPDXRef-lib_c", "spdx_id"),
    (at("relationships", 1, "relatedSpdxElement"), "SPDXRef-nowhere", "SPDXRef-nowhere"),
    (at("relationships", 1, "relationshipType"), "LINKED_WITH", "LINKED_WITH"),
    (at("creationInfo", "created"), "yesterday", "yesterday"),
    (at("packages", 0, "checksums", 0, "checksumValue"), "abc", "checksum"),
])
def test_what_is_not_spdx_is_refused(tools, document, tmp_path, put, value, word):
    wrong = copy.deepcopy(document)
    put(wrong, value)
    status, words = said(tools, wrong, tmp_path)
    assert status != 0 and word.lower() in words.lower(), words

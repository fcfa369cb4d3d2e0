"""The manifests of data/kubernetes against the schemas of Kubernetes' API, which a package of npm's registry brings (make schemas).

That no member is misspelled is held by tests/formats/test_schedulers.py: the API ignores what it does not know, and so do these schemas."""

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from patience import PATIENCE_S  # noqa: E402

PACKAGE = "kubernetes-models@4.5.1"
CACHE = ROOT / "build/npm"
CHECK = """
for (const object of JSON.parse(require("fs").readFileSync(0))) {
  const kind = require("kubernetes-models/" + object.apiVersion)[object.kind];
  try { new kind(object).validate(); console.log("sound"); } catch (error) { console.log(error.message.replaceAll("\\n", " ")); }
}"""


@pytest.fixture(scope="module")
def schemas():
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("NOT TESTED: no npm here to fetch Kubernetes' schemas with")
    if not (CACHE / "node_modules/kubernetes-models").is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefix", CACHE, PACKAGE]
        done = subprocess.run(install, cwd=CACHE, capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode:
            pytest.skip(f"NOT TESTED: {PACKAGE} is not to be had: {(done.stderr.splitlines() or ['?'])[0]}")
    return CACHE


def said(schemas, objects):
    done = subprocess.run(["node", "-e", CHECK], cwd=schemas, input=json.dumps(objects), capture_output=True, text=True, timeout=PATIENCE_S,
                          env={**os.environ, "NODE_PATH": str(schemas / "node_modules")})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def manifests():
    return [manifest for path in sorted((ROOT / "data/kubernetes").glob("*.yaml")) for manifest in yaml.safe_load_all(path.read_text())]


def test_the_manifests(schemas):
    objects = manifests()
    assert {manifest["kind"] for manifest in objects} == {"Job", "CronJob"}
    assert said(schemas, objects) == ["sound"] * len(objects)


def test_the_schemas_refuse_what_is_wrong(schemas):
    job = next(manifest for manifest in manifests() if manifest["kind"] == "Job")
    broken = [copy.deepcopy(job) for _ in range(2)]
    broken[0]["spec"]["completions"] = "eight"
    del broken[1]["spec"]["template"]["spec"]["containers"]
    answers = said(schemas, broken)
    assert "completions must be integer" in answers[0] and "required property" in answers[1]

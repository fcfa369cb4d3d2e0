"""The manifests of data/kubernetes against the schemas of Kubernetes' API, which a package of npm's registry brings (make schemas).

That no member is misspelled is held by tests/formats/test_schedulers.py: the API ignores what it does not know, and so do these schemas."""

import copy
import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

import npm
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]

PACKAGE = "kubernetes-models@4.5.1"
CHECK = """
for (const object of JSON.parse(require("fs").readFileSync(0))) {
  const kind = require("kubernetes-models/" + object.apiVersion)[object.kind];
  try { new kind(object).validate(); console.log("sound"); } catch (error) { console.log(error.message.replaceAll("\\n", " ")); }
}"""


@pytest.fixture(scope="module")
def schemas():
    return npm.fetched(PACKAGE)


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

"""The dashboard of data/grafana against the types that Grafana publishes for its own (make schemas): an unknown member or word does not compile."""

import copy
import json
import re
import subprocess
from pathlib import Path

import pytest

import npm
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
# Of the release whose schemaVersion the dashboard has, 39.
PACKAGES = ("@grafana/schema@11.0.0", "typescript@5.4.5")


@pytest.fixture(scope="module")
def place():
    there = npm.fetched(*PACKAGES)
    types = (there / "node_modules/@grafana/schema/dist/index.d.ts").read_text()
    # JSON has the words of an enum, not its members.
    words = re.sub(r"declare enum (\w+) \{(.*?)\n\}", lambda m: f"type {m[1]} = {' | '.join(re.findall(r'= (.*?),?$', m[2], re.M)) or 'never'};",
                   types, flags=re.S)
    (there / "types.d.ts").write_text(words)
    return there


def said(place, dashboard):
    (place / "dashboard.ts").write_text(f'import type {{ Dashboard }} from "./types";\nexport const it: Dashboard = {json.dumps(dashboard, indent=1)};\n')
    done = subprocess.run(["node", place / "node_modules/typescript/lib/tsc.js", "--noEmit", "--strict", "--skipLibCheck", "--moduleResolution",
                           "node", "dashboard.ts"], cwd=place, capture_output=True, text=True, timeout=PATIENCE_S)
    return done.stdout.splitlines()


def dashboard():
    return json.loads((ROOT / "data/grafana/kcdaudit.json").read_text())


def test_the_dashboard(place):
    assert said(place, dashboard()) == []


def test_the_types_refuse_what_is_wrong(place):
    for spoil, word in ((lambda d: d.update(titel="x"), "titel"), (lambda d: d["panels"][0].update(gridPos={"x": "left"}), "gridPos"),
                        (lambda d: d["panels"][0]["fieldConfig"]["defaults"].update(thresholds={"mode": "some", "steps": []}), "some")):
        wrong = copy.deepcopy(dashboard())
        spoil(wrong)
        answer = "\n".join(said(place, wrong))
        assert "error TS" in answer and (word in answer or word == "gridPos"), answer

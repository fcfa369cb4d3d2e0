"""data/windows/Get-MigrationFacts.ps1, parsed by tree-sitter's grammar of PowerShell: no Windows is at hand, nor PowerShell in Debian."""

import json
import re
import subprocess
import sys
from pathlib import Path

import npm
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/facts"))
from script_calls import OTHERS, READING, SHAPING, TEXT  # noqa: E402

PACKAGES = ("web-tree-sitter@0.27.2", "tree-sitter-powershell@0.26.4")

PARSE = """
const { Parser, Language } = require('web-tree-sitter');
(async () => {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(require.resolve('tree-sitter-powershell/tree-sitter-powershell.wasm')));
  const bad = [], names = new Set();
  (function walk(node) {
    if (node.isError || node.isMissing) bad.push([node.startPosition.row + 1, node.text.slice(0, 60)]);
    if (node.type === 'command_name') names.add(node.text);
    for (let i = 0; i < node.childCount; i++) walk(node.child(i));
  })(parser.parse(require('fs').readFileSync(0, 'utf8')).rootNode);
  console.log(JSON.stringify({ bad, names: [...names] }));
})();
"""


def parse(text):
    done = subprocess.run(["node", "-e", PARSE], cwd=npm.fetched(*PACKAGES), input=text, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_parses():
    found = parse(TEXT)
    assert found["bad"] == []
    functions = set(re.findall(r"(?m)^function ([A-Za-z-]+) \{", TEXT))
    assert set(found["names"]) <= functions | set(READING) | set(SHAPING) | set(OTHERS)
    assert parse(TEXT.replace("function Get-Fact {", "function Get-Fact { if ("))["bad"], "the grammar finds nothing"

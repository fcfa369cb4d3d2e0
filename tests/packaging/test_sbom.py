"""`make sbom`: the document is SPDX 2.3, names every package that the binary is linked with, and of each its licence.

SPDX_SCHEMA holds what the specification asks of the elements that are written here. KCDAUDIT_SPDX_SCHEMA=FILE: the project's own
schemas/spdx-schema.json as well."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from conftest import BINARY, ROOT

VERSION = re.search(r"^VERSION := (.+)$", (ROOT / "Makefile").read_text(), re.M)[1]
PARSER = "spdx-expression-parse@4.0.0"
EPOCH = "1700000000"

TEXT = {"type": "string", "minLength": 1}
SPDX_ID = {"type": "string", "pattern": "^SPDXRef-[a-zA-Z0-9.-]+$"}


def exactly(required, **properties):
    return {"type": "object", "required": required.split(), "additionalProperties": False, "properties": properties}


def some(items):
    return {"type": "array", "minItems": 1, "items": items}


SPDX_SCHEMA = exactly(
    "spdxVersion dataLicense SPDXID name documentNamespace creationInfo packages relationships",
    spdxVersion={"const": "SPDX-2.3"}, dataLicense={"const": "CC0-1.0"}, SPDXID={"const": "SPDXRef-DOCUMENT"}, name=TEXT,
    documentNamespace={"type": "string", "pattern": "^[a-z]+://[^#\\s]+$"},
    creationInfo=exactly("created creators", creators=some({"type": "string", "pattern": "^(Tool|Organization|Person): "}),
                         created={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}),
    packages=some(exactly(
        "SPDXID name versionInfo downloadLocation licenseDeclared licenseConcluded",
        SPDXID=SPDX_ID, name=TEXT, versionInfo=TEXT, downloadLocation=TEXT, filesAnalyzed={"const": False}, licenseDeclared=TEXT,
        licenseConcluded=TEXT, licenseComments=TEXT, copyrightText=TEXT, homepage=TEXT, sourceInfo=TEXT,
        supplier={"type": "string", "pattern": "^(Organization|Person): |^NOASSERTION$"},
        primaryPackagePurpose={"enum": ["APPLICATION", "LIBRARY"]},
        checksums=some(exactly("algorithm checksumValue", algorithm={"const": "SHA256"},
                               checksumValue={"type": "string", "pattern": "^[0-9a-f]{64}$"})),
        externalRefs=some(exactly("referenceCategory referenceType referenceLocator",
                                  referenceCategory={"const": "PACKAGE-MANAGER"}, referenceType={"const": "purl"},
                                  referenceLocator={"type": "string", "pattern": r"^pkg:deb/[a-z]+/[^\s@]+@[^\s@:+~]+$"})))),
    hasExtractedLicensingInfos={"type": "array", "items": exactly(
        "licenseId extractedText", licenseId={"type": "string", "pattern": "^LicenseRef-[a-zA-Z0-9.-]+$"}, name=TEXT,
        extractedText=TEXT)},
    relationships=some(exactly("spdxElementId relationshipType relatedSpdxElement", spdxElementId=SPDX_ID,
                               relationshipType={"enum": ["DESCRIBES", "DYNAMIC_LINK", "RUNTIME_DEPENDENCY_OF"]}, relatedSpdxElement=SPDX_ID)))


def sbom():
    done = subprocess.run([ROOT / "tools/sbom.py", BINARY, VERSION], capture_output=True, text=True,
                          env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def document():
    if not shutil.which("dpkg-query"):
        pytest.skip("NO SBOM WAS MADE: it takes Debian's or Ubuntu's dpkg")
    return json.loads(sbom())


def test_it_is_what_spdx_2_3_asks_for(document):
    jsonschema.validate(document, SPDX_SCHEMA)
    if schema := os.environ.get("KCDAUDIT_SPDX_SCHEMA"):
        jsonschema.validate(document, json.loads(Path(schema).read_text()))


def test_it_is_of_this_binary_and_the_same_each_time(document):
    program = document["packages"][0]
    assert program["name"] == "kcdaudit" and program["versionInfo"] == VERSION
    assert program["checksums"][0]["checksumValue"] == hashlib.sha256(BINARY.read_bytes()).hexdigest()
    assert document["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    assert json.loads(sbom()) == document


def test_every_library_is_of_a_package_that_it_names(document):
    named = {package["name"] for package in document["packages"]}
    libraries = re.findall(r"(?:=> |^\s+)(/\S+) \(", subprocess.check_output(["ldd", BINARY], text=True), re.M)
    assert len(libraries) > 10
    names = {library: (library, library.removeprefix("/usr")) for library in map(os.path.realpath, libraries)}
    said = subprocess.run(["dpkg-query", "-S", *(name for both in names.values() for name in both)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    owners = {file: package.partition(":")[0] for package, _, file in (line.rpartition(": ") for line in said.splitlines())}
    for library, both in names.items():
        assert any(owners.get(name) in named for name in both), library


def test_each_package_is_as_dpkg_has_it(document):
    for package in document["packages"][1:]:
        fields = subprocess.check_output(["dpkg-query", "-W", "-f", "${Version} ${source:Package} ${source:Version}\n", package["name"]],
                                         text=True).splitlines()
        assert f"{package['versionInfo']} {package['sourceInfo'].removeprefix('built from ')}" in fields


def test_what_is_loaded_is_named(document):
    """The plugin without which SASL binds nobody, and libpq: nothing is linked with them."""
    loaded = [r["spdxElementId"] for r in document["relationships"] if r["relationshipType"] == "RUNTIME_DEPENDENCY_OF"]
    assert loaded == ["SPDXRef-libpq5", "SPDXRef-libsasl2-modules-gssapi-mit"]
    names = {package["name"] for package in document["packages"]}
    assert any(re.match(r"libldap", name) for name in names) and any(re.match(r"libsasl2-\d", name) for name in names)
    assert any(re.match(r"libssl\d", name) for name in names), "with what libpq needs"


def test_a_library_is_not_under_the_licence_of_its_tools(document):
    """Of libidn2 and keyutils most files are the GPL's, and the library's are not; nothing here is linked with what is GPL alone but
    com_err, of which Debian's copyright file tells no more."""
    declared = {package["name"]: package["licenseDeclared"] for package in document["packages"]}
    strict = {name for name, licence in declared.items() if re.search(r"(?<!L)GPL-", licence) and not re.search("LGPL-|MIT|BSD", licence)}
    assert strict <= {"libcom-err2"}, {name: declared[name] for name in strict}


def test_what_refers_leads_somewhere(document):
    identifiers = [package["SPDXID"] for package in document["packages"]]
    assert len(set(identifiers)) == len(identifiers)
    for relation in document["relationships"]:
        assert relation["relatedSpdxElement"] in identifiers
    ends = {"DYNAMIC_LINK": "relatedSpdxElement", "RUNTIME_DEPENDENCY_OF": "spdxElementId"}
    assert [r[ends[r["relationshipType"]]] for r in document["relationships"][1:]] == identifiers[1:]
    extracted = {info["licenseId"] for info in document["hasExtractedLicensingInfos"]}
    used = {name for package in document["packages"] for name in re.findall(r"LicenseRef-[\w.-]+", package["licenseDeclared"])}
    assert used == extracted


def test_every_package_declares_a_licence(document):
    assert not [p["name"] for p in document["packages"] if p["licenseDeclared"] in ("NOASSERTION", "NONE")]


def parser():
    """Where the parser of licence expressions is, with SPDX's list; it is fetched once."""
    place = Path(os.environ.get("KCDAUDIT_SPDX_PARSER", ROOT / "build" / "spdx"))
    if not (place / "node_modules" / "spdx-expression-parse").is_dir():
        place.mkdir(parents=True, exist_ok=True)
        try:
            done = shutil.which("npm") and subprocess.run(
                ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", PARSER],
                cwd=place, capture_output=True, timeout=300)
        except subprocess.TimeoutExpired:
            done = None
        if not done or done.returncode != 0:
            pytest.skip("THE SBOM'S LICENCES WERE NOT PARSED: no npm, or its registry is not reached")
    return place


def test_every_licence_is_an_expression_of_spdx(document):
    """By the npm registry's own parser, which knows SPDX's list of licences."""
    texts = sorted({package[key] for package in document["packages"] for key in ("licenseDeclared", "licenseConcluded")
                    if package[key] != "NOASSERTION"})
    program = """const parse = require('spdx-expression-parse');
        const bad = JSON.parse(require('fs').readFileSync(0, 'utf8')).filter(text => {
            try { parse(text); return false; } catch (error) { return true; } });
        console.log(JSON.stringify(bad));"""
    done = subprocess.run(["node", "-e", program], cwd=parser(), input=json.dumps([*texts, "GPL-2+"]), capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["GPL-2+"], "this one, Debian's and not SPDX's, is refused, and no other"

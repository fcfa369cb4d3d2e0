#!/usr/bin/python3
"""An SPDX 2.3 document (JSON) of the program and of the packages whose libraries it is linked with, as dpkg knows them here,
those that they need in turn included, and those that it loads as it runs: sbom.py BINARY VERSION"""

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from pathlib import Path

# Debian's short names that SPDX has under another one. A name with "+" is "or later"; what neither list knows
# is a LicenseRef with the text of the package.
SPDX_NAMES = {
    "Expat": "MIT", "MIT": "MIT", "Apache-2.0": "Apache-2.0", "BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause",
    "BSD-3-Clause": "BSD-3-Clause", "BSD-4-clause": "BSD-4-Clause", "ISC": "ISC", "Zlib": "Zlib", "PostgreSQL": "PostgreSQL",
    "OpenLDAP-2.8": "OLDAP-2.8", "MPL-2.0": "MPL-2.0", "CC0-1.0": "CC0-1.0", "TCL": "TCL", "OpenSSL": "OpenSSL",
    "Artistic": "Artistic-1.0-Perl", "LGPL-3": "LGPL-3.0-only", "GPL-3": "GPL-3.0-only", "GPL-2": "GPL-2.0-only",
    "GPL-1+": "GPL-1.0-or-later", "GPL-2+": "GPL-2.0-or-later", "GPL-3+": "GPL-3.0-or-later", "LGPL-2+": "LGPL-2.0-or-later",
    "LGPL-2.1": "LGPL-2.1-only", "LGPL-2.1+": "LGPL-2.1-or-later", "LGPL-3+": "LGPL-3.0-or-later", "LGPLv2.1+": "LGPL-2.1-or-later",
    "LGPL-2": "LGPL-2.0-only",
}
# Where most files of a source are not the library's and the copyright file tells them apart: one that is.
LIBRARY_FILES = {"libidn2": "lookup.c", "keyutils": "keyutils.c"}
NOTHING = "NOASSERTION"


def output(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def stanzas(text):
    """Those of a copyright file in Debian's machine-readable format, each a dictionary; none of any other file."""
    if not text.startswith("Format:"):
        return []
    found = []
    for part in re.split(r"\n[ \t]*\n", text):
        fields = re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", part, re.M)
        found.append(dict(fields))
    return found


class Licences:
    """What copyright files declare, as SPDX expressions; `extracted` is what SPDX's list lacks."""

    def __init__(self):
        self.extracted = {}

    def of(self, package, source):
        """The licence of its library, which is mostly that of most files; and all that the copyright file names."""
        path = Path(f"/usr/share/doc/{package}/copyright")
        text = path.read_text(errors="replace") if path.exists() else ""
        parts = [part for part in stanzas(text) if part.get("License")]
        texts = {}
        for part in parts:
            name, _, words = part["License"].partition("\n")
            texts[name.strip()] = words or texts.get(name.strip(), "")
        # The last that fits is the one that holds.
        main = next((part["License"].partition("\n")[0].strip() for part in reversed(parts)
                     if covers(part.get("Files", ""), LIBRARY_FILES.get(source))), None)
        if main:
            return self._expression(main, source, texts), sorted(filter(None, texts))
        # In words of its own: all of them.
        return (self._extract("terms", source, text) if text else NOTHING), []

    def _expression(self, text, source, texts):
        """"A or B", "A and B" and one name; what is put together otherwise is one name, too."""
        for word, operator in ((" and ", " AND "), (" or ", " OR ")):
            if word in text and "," not in text and not (word == " and " and " or " in text):
                return operator.join(self._name(name.strip(), source, texts) for name in text.split(word))
        return self._name(text, source, texts)

    def _name(self, name, source, texts):
        return SPDX_NAMES.get(name) or self._extract(name, source, re.sub(r"(?m)^ \.?", "", texts.get(name, "")))

    def _extract(self, name, source, text):
        key = "LicenseRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", f"{source}-{name}").strip("-")
        self.extracted[key] = {"licenseId": key, "name": f"{name} of {source}",
                               "extractedText": text.strip() or f"{name}, as {source} has it"}
        return key


def covers(patterns, file):
    """Whether the patterns of a stanza are those of the file; without one, of everything."""
    return any(pattern == "*" or (file and fnmatchcase(file, pattern)) for pattern in patterns.split())


def linked_with(binary):
    return re.findall(r"(?:=> |^\s+)(/\S+) \(", output("ldd", binary), re.M)


def packages_of(binary):
    """Each library's package. dpkg knows it by /usr/lib, or by /lib before directories were merged; it reads all it knows
    each time that it is asked."""
    libraries = linked_with(binary)
    known = output("/sbin/ldconfig", "-p")
    for name in sorted(set(re.findall(rb"lib(?:ldap|pq)[\w.-]*\.so\.\d+[.\d]*", Path(binary).read_bytes()))):
        for library in re.findall(rf"(?m)^\s+{re.escape(name.decode())} .*=> (/\S+)$", known)[:1]:
            libraries += [library, *linked_with(library)]
    names = sorted({name for library in map(os.path.realpath, libraries) for name in (library, library.removeprefix("/usr"))})
    owners = (line.rpartition(": ") for line in output("dpkg-query", "-S", *names).splitlines())
    others = loaded()
    return sorted({package for package, _, file in owners if file in names and package.partition(":")[0] not in others})


def loaded():
    """What the package names that nothing is linked with: the plugin of SASL, and libpq."""
    control = Path(__file__).resolve().parents[1] / "data/packaging/debian/control"
    depends = re.search(r"(?m)^Depends: (.*)$", control.read_text())[1]
    return [name for name in depends.split(", ") if not name.startswith("$") and output("dpkg-query", "-W", name)]


def identifier(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def described(package, distribution, licences):
    """A package of the distribution, as SPDX has it."""
    name = package.partition(":")[0]
    fields = "${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Homepage}\t${Maintainer}"
    number, machine, source, source_number, home, keeper = output("dpkg-query", "-W", "-f", fields, package).split("\t")
    declared, named = licences.of(name, source)
    made = {
        "name": name, "SPDXID": identifier(name), "versionInfo": number,
        "supplier": f"Organization: {keeper.partition(' <')[0]}", "downloadLocation": NOTHING, "filesAnalyzed": False,
        "licenseConcluded": NOTHING, "licenseDeclared": declared, "copyrightText": NOTHING,
        "sourceInfo": f"built from {source} {source_number}",
        "licenseComments": f"Declared is the licence of the library, which is that of most files unless they are told apart, by /usr/share/doc/{name}/copyright, which names: "
                           + (", ".join(named) or "them in words of its own"),
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:deb/{distribution}/{name}@{quoted(number)}?arch={machine}"}],
    }
    return {**made, "homepage": home} if home else made


def quoted(text):
    return text.replace("%", "%25").replace("+", "%2B").replace(":", "%3A").replace("~", "%7E")


def document(binary, version):
    digest = hashlib.sha256(Path(binary).read_bytes()).hexdigest()
    made = int(os.environ.get("SOURCE_DATE_EPOCH") or os.stat(binary).st_mtime)
    distribution = re.search(r'^ID="?(\w+)', Path("/etc/os-release").read_text(), re.M)[1]
    licences = Licences()
    program = {
        "name": "kcdaudit", "SPDXID": "SPDXRef-kcdaudit", "versionInfo": version, "downloadLocation": NOTHING,
        "filesAnalyzed": False, "licenseConcluded": "MIT", "licenseDeclared": "MIT", "copyrightText": NOTHING,
        "primaryPackagePurpose": "APPLICATION", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
    }
    others = [described(package, distribution, licences) for package in packages_of(binary)]
    if not others:
        sys.exit(f"sbom: no package is known of the libraries of {binary}")
    plugins = [described(package, distribution, licences) for package in loaded()]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"kcdaudit-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/kcdaudit-{version}-{digest}",
        "creationInfo": {"creators": ["Tool: kcdaudit-sbom"],
                         "created": datetime.fromtimestamp(made, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")},
        "packages": [program, *others, *plugins],
        "hasExtractedLicensingInfos": [licences.extracted[key] for key in sorted(licences.extracted)],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-kcdaudit"},
            *({"spdxElementId": "SPDXRef-kcdaudit", "relationshipType": "DYNAMIC_LINK", "relatedSpdxElement": other["SPDXID"]}
              for other in others),
            *({"spdxElementId": plugin["SPDXID"], "relationshipType": "RUNTIME_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-kcdaudit"}
              for plugin in plugins)],
    }


def main():
    if not any(os.access(f"{place}/dpkg-query", os.X_OK) for place in os.environ.get("PATH", "").split(":")):
        sys.exit("sbom: dpkg-query is missing: the packages of the libraries are told by Debian's and Ubuntu's dpkg alone")
    json.dump(document(*sys.argv[1:3]), sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()

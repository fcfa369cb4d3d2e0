#!/bin/sh
# sbom.sh BINARY VERSION: an SPDX 2.3 document of the program and of the packages whose libraries it is linked with, as
# dpkg knows them here, those that they need in turn included.
binary=$1 version=$2
command -v dpkg-query >/dev/null || {
    echo "sbom: dpkg-query is missing: the packages of the libraries are told by Debian's and Ubuntu's dpkg alone" >&2
    exit 1
}
sum=$(sha256sum "$binary") || exit 1
sum=${sum%% *}
distribution=$(sed -n 's/^ID=//p' /etc/os-release)

# Of a library's file: its package.  dpkg knows it by /usr/lib, or by /lib before directories were merged.
package_of() {
    real=$(readlink -f "$1")
    dpkg-query -S "$real" "${real#/usr}" 2>/dev/null | head -n 1 | sed 's/: .*//'
}

licenses() {
    sed -n 's/^License: *\([A-Za-z0-9.+-][A-Za-z0-9.+-]*\).*/\1/p' "/usr/share/doc/${1%%:*}/copyright" 2>/dev/null |
        sort -u | tr '\n' ' ' | sed 's/ $//'
}

packages=$(ldd "$binary" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p' | while read -r library; do
    package_of "$library"
done | sort -u)
[ -n "$packages" ] || {
    echo "sbom: no package is known of the libraries of $binary" >&2
    exit 1
}

cat <<EOF
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: kcdaudit-$version
DocumentNamespace: https://spdx.org/spdxdocs/kcdaudit-$version-$sum
Creator: Tool: kcdaudit-sbom
Created: $(date -u -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y "$binary")}" +%Y-%m-%dT%H:%M:%SZ)

PackageName: kcdaudit
SPDXID: SPDXRef-kcdaudit
PackageVersion: $version
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: false
PackageChecksum: SHA256: $sum
PackageLicenseDeclared: MIT
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-kcdaudit
EOF
for package in $packages; do
    id=SPDXRef-$(printf %s "${package%%:*}" | tr -c 'A-Za-z0-9.-' '-')
    found=$(dpkg-query -W -f '${Version}|${Architecture}|${source:Package}|${Maintainer}' "$package")
    number=${found%%|*} rest=${found#*|}
    cat <<EOF

PackageName: ${package%%:*}
SPDXID: $id
PackageVersion: $number
PackageSupplier: Organization: $(printf %s "${rest##*|}" | sed 's/ *<.*//')
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: false
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: NOASSERTION
PackageLicenseComments: <text>debian/copyright names: $(licenses "$package")</text>
ExternalRef: PACKAGE-MANAGER purl pkg:deb/$distribution/${package%%:*}@$(printf %s "$number" | sed 's/+/%2B/g; s/:/%3A/g; s/~/%7E/g')?arch=$(printf %s "$rest" | cut -d'|' -f1)
Relationship: SPDXRef-kcdaudit DYNAMIC_LINK $id
EOF
done

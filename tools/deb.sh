#!/bin/sh
# Builds the Debian package from an export of this tree and puts it into a directory: deb.sh DIRECTORY
#
# The tree itself stays as it is.  DEB_BUILD_OPTIONS=nocheck leaves its tests out.  The package's version names the release
# that it was built on: Debian 12 has libldap-2.5.so.0, Debian 13 and Ubuntu 24.04 have libldap.so.2.
set -eu
case $1 in
/*) out=$1 ;;
*) out=$PWD/$1 ;;
esac
cd "$(dirname "$0")/.."
version=$(sed -n 's/^VERSION := //p' Makefile)
packaged=$(sed -n '1s/.*(\(.*\)).*/\1/p' data/packaging/debian/changelog)
if [ "$version" != "$packaged" ]; then
    echo "deb: Makefile says version $version, data/packaging/debian/changelog says $packaged" >&2
    exit 1
fi
# "~deb12", "~ubuntu24.04"; nothing where the system has no release (Debian's unstable).
# shellcheck disable=SC1091
release=$(. /etc/os-release && case ${VERSION_ID-} in
    '' | *[!0-9.]*) ;;
    *) if [ "$ID" = debian ]; then printf '~deb%s' "$VERSION_ID"; else printf '~%s%s' "$ID" "$VERSION_ID"; fi ;;
    esac)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools/dist.sh "$work/kcdaudit-$version.tar.gz" >/dev/null
tar -C "$work" -xzf "$work/kcdaudit-$version.tar.gz"
cp -R data/packaging/debian "$work/kcdaudit-$version/debian"
sed -i "1s/($version)/($version$release)/" "$work/kcdaudit-$version/debian/changelog"
(
    cd "$work/kcdaudit-$version"
    # The outer make's variables (B, CC, SAN) are not this build's.
    unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
    DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS-}" dpkg-buildpackage -us -uc -b
) >"$work/log" 2>&1 || {
    tail -n 60 "$work/log" >&2
    echo "deb: dpkg-buildpackage failed; the end of its log stands above" >&2
    exit 1
}
mkdir -p "$out"
cp "$work/log" "$out/kcdaudit_${version}.buildlog"
for file in "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo; do
    cp "$file" "$out"
    printf '%s\n' "$out/${file##*/}"
done

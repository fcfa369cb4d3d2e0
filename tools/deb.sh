#!/bin/sh
# Builds the Debian package from an export of this tree and puts it into a directory: deb.sh DIRECTORY
#
# The tree itself stays as it is.  DEB_BUILD_OPTIONS=nocheck leaves its tests out.
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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools/dist.sh "$work/kcdaudit-$version.tar.gz" >/dev/null
tar -C "$work" -xzf "$work/kcdaudit-$version.tar.gz"
cp -R data/packaging/debian "$work/kcdaudit-$version/debian"
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

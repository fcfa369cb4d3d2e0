#!/bin/sh
# What git tracks, as it stands in the tree, as an archive: dist.sh FILE.tar.gz
#
# Without git, as in an unpacked archive, everything that no build made.
set -eu
case $1 in
/*) archive=$1 ;;
*) archive=$PWD/$1 ;;
esac
cd "$(dirname "$0")/.."
name=$(basename "$archive" .tar.gz)
list=$(mktemp)
trap 'rm -f "$list" "$list.there" "$list.sorted" "$archive.tar" "$archive.new"' EXIT
if git ls-files -z >"$list" 2>/dev/null; then
    # What was deleted and not committed yet is listed, too.
    tr '\0' '\n' <"$list" | while IFS= read -r file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done >"$list.there"
    mv "$list.there" "$list"
else
    find . \( -name 'build' -o -name 'build-*' -o -name dist -o -name .git -o -name __pycache__ \
        -o -name .pytest_cache \) -prune -o -type f -printf '%P\0' >"$list"
fi
mkdir -p "$(dirname "$archive")"
# The same tree gives the same archive.
LC_ALL=C sort -z "$list" >"$list.sorted"
tar --no-recursion --transform "s,^,$name/," --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r-w \
    --mtime="@${SOURCE_DATE_EPOCH:-0}" -cf "$archive.tar" --null -T "$list.sorted"
gzip -9n <"$archive.tar" >"$archive.new"
mv "$archive.new" "$archive"
printf '%s\n' "$archive"

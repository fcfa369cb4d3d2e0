#!/bin/sh
# `make demo`: a disposable Active Directory, audited live, mended, audited again.
# Where the lab cannot run (neither root nor sudo, or no namespaces), an estate with the same kinds of slips from an LDIF file.
cd "$(dirname "$0")/.." || exit 2
binary=$1

if [ "$(id -u)" -eq 0 ]; then
    as_root=''
elif command -v sudo >/dev/null && sudo -v; then
    as_root='sudo --preserve-env=TERM,NO_COLOR,COLUMNS'
else
    as_root='none'
fi
if [ "$as_root" != none ]; then
    # Root in a container may have to do without namespaces.
    # shellcheck disable=SC2086 # words
    if trouble=$($as_root unshare -nmpf --kill-child --mount-proc ip link set lo up 2>&1); then
        exec $as_root tools/demo.py "$binary"
    fi
    echo "demo: no namespaces here: $trouble"
fi
echo "demo: offline, from fixtures/demo. The live one boots a Samba DC in namespaces of its own and"
echo "demo: acquires real tickets; it needs root or sudo, and the packages of: tools/deps.sh lab"
echo
pages=$(dirname "$binary")/demo
mkdir -p "$pages"
"$binary" audit --ldif fixtures/demo/estate.ldif -c /dev/null --no-history -f text -f "html:$pages/report.html"
[ $? -le 1 ] || exit 1
echo
echo "demo: the same to be opened in a browser: $pages/report.html"

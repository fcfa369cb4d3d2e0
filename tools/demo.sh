#!/bin/sh
# `make demo`: a disposable Active Directory, audited live, mended, audited again.
# Where the lab cannot run (neither root nor sudo), the same estate from an LDIF file.
cd "$(dirname "$0")/.." || exit 2
binary=$1

if [ "$(id -u)" -eq 0 ]; then
    exec tools/demo.py "$binary"
elif command -v sudo >/dev/null && sudo -v; then
    exec sudo --preserve-env=TERM,NO_COLOR,COLUMNS tools/demo.py "$binary"
fi
echo "demo: offline, from fixtures/demo. The live one boots a Samba DC in namespaces of its own and"
echo "demo: acquires real tickets; it needs root or sudo, and the packages of: tools/deps.sh lab"
echo
"$binary" audit --ldif fixtures/demo/estate.ldif -c /dev/null
[ $? -le 1 ]

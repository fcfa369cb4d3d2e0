#!/bin/sh
# Says in one line what is missing here to compile kcdaudit: needs.sh COMPILER PKG-CONFIG-NAME...
#
# Looks at the compiler and not at packages, so that it is right on every distribution.  CFLAGS is used as make does.
set -eu
compiler=$1
shift
missing=''

lacks() {
    missing="$missing${missing:+, }$1"
}

command -v "${compiler%% *}" >/dev/null || lacks "$compiler"
command -v pkg-config >/dev/null || lacks pkg-config
# Without these two nobody knows what else is missing.
if [ -z "$missing" ]; then
    for package; do
        pkg-config --exists "$package" || lacks "$package"
    done
    for header in stdio.h resolv.h ldap.h sasl/sasl.h; do
        # shellcheck disable=SC2086 # words
        printf '#include <%s>\n' "$header" | $compiler ${CFLAGS-} -E - >/dev/null 2>&1 || lacks "$header"
    done
fi
[ -n "$missing" ] || exit 0
echo "missing: $missing: run \"make deps\" first" >&2
exit 1

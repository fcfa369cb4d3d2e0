#!/bin/sh
# Format, static analysis, shell scripts.
cd "$(dirname "$0")/.." || exit 2
bad=0
flags="-std=c11 -D_GNU_SOURCE -DKCDAUDIT_VERSION=\"x\" -Iinclude $(pkg-config --cflags glib-2.0 krb5 jansson sqlite3)"

sources=$(find src tests/unit tests/differential tools -name '*.c' | sort)
headers=$(find include src tools -name '*.h' | sort)
# shellcheck disable=SC2086
clang-format --dry-run -Werror $sources $headers || bad=1
# shellcheck disable=SC2016 # $flags is the inner shell's
find src -name '*.c' | sort | xargs -P 2 -n 4 sh -c '
    flags=$1; shift
    # shellcheck disable=SC2086
    clang-tidy --quiet --warnings-as-errors="*" "$@" -- $flags 2>/dev/null' sh "$flags" || bad=1
# varFuncNullUB: POSIX defines NULL as a pointer, so that it may end a list of arguments.
cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
    --inline-suppr --library=gtk '-DG_DEFINE_AUTOPTR_CLEANUP_FUNC(a,b)=' \
    '-DG_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(a,b)=' '-DG_GNUC_PRINTF(a,b)=' \
    --error-exitcode=1 -Iinclude -j 2 \
    --suppress=missingIncludeSystem --suppress=varFuncNullUB src || bad=1
shells=$(git ls-files -z 2>/dev/null | xargs -0 -r grep -lE '^#!/(bin/sh|usr/bin/env bash|bin/bash)')
# shellcheck disable=SC2086
[ -z "$shells" ] || shellcheck $shells || bad=1
[ $bad -eq 0 ] && echo "lint: clean"
exit $bad

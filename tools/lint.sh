#!/bin/sh
# Format, static analysis, shell scripts, words.  What was clean and is the same is not asked again.
# lint.sh quick: without clang-tidy, which takes minutes in a fresh clone.  lint.sh analyze: gcc's analyzer, and clang's.
cd "$(dirname "$0")/.." || exit 2
bad=0
kept=build/lint
mkdir -p $kept/cppcheck
# shellcheck disable=SC2089 # the quotes are C's
flags="-std=c11 -D_GNU_SOURCE -DKCDAUDIT_VERSION=\"x\" -DLIBLDAP_SONAME=\"x\" -Iinclude $(pkg-config --cflags glib-2.0 krb5 jansson nettle sqlite3 libpq)"

# Nearly all of clang-tidy's time is its analyzer's, and most of that in functions where it tries every way until
# its limit of 225,000 states ends it. At 30,000 it reaches the same blocks in a fifth of the time: 97 % of all
# (debug.Stats over a quarter of the sources). At 3,000 all checks take less than half of what they take at 30,000.
nodes() {
    echo "-Xclang -analyzer-config -Xclang max-nodes=$1"
}

# gcc 12's analyzer, and clang's with more patience: minutes. Where one is wrong, the code is made so plain that it
# sees that. DEEP=1: clang's own limit.
if [ "${1-}" = analyze ]; then
    # shellcheck disable=SC2046,SC2086,SC2090
    tools/tidy.py gcc $kept/analyzer $(find src -name '*.c' | sort) -- $flags || bad=1
    # shellcheck disable=SC2046,SC2086,SC2090
    tools/tidy.py clang-tidy $kept/deep $(find src -name '*.c' | sort) -- $flags $([ -n "${DEEP-}" ] || nodes 30000) || bad=1
    exit $bad
fi

sources=$(find src tests/unit tests/differential tests/oracle tools -name '*.c' | sort)
headers=$(find include src tools -name '*.h' | sort)
# shellcheck disable=SC2086
clang-format --dry-run -Werror $sources $headers || bad=1
# shellcheck disable=SC2046,SC2086,SC2090
[ "${1-}" = quick ] || tools/tidy.py clang-tidy $kept/tidy $(find src -name '*.c' | sort) -- $flags $(nodes 3000) || bad=1
# missingIncludeSystem: headers of libraries are not read, --library=gtk says what GLib's functions do.
# varFuncNullUB: POSIX defines NULL as a pointer, so that it may end a list of arguments.
cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
    --inline-suppr --library=gtk '-DG_DEFINE_AUTOPTR_CLEANUP_FUNC(a,b)=' \
    '-DG_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(a,b)=' '-DG_GNUC_PRINTF(a,b)=' \
    --error-exitcode=1 -Iinclude -j "$(nproc)" --cppcheck-build-dir=$kept/cppcheck \
    --suppress=missingIncludeSystem --suppress=varFuncNullUB src || bad=1
shells=$(git ls-files -z 2>/dev/null | xargs -0 -r grep -lE '^#!/(bin/sh|usr/bin/env bash|bin/bash)')
# shellcheck disable=SC2086
[ -z "$shells" ] || shellcheck $shells || bad=1
tools/wording.py || bad=1
# What a program left behind, and `git add` took.
stray=$(git ls-files 2>/dev/null | grep -E '\.(out|log|tmp|o|pyc|orig|rej|swp)$')
[ -z "$stray" ] || { printf 'lint: no source: %s\n' "$stray" && bad=1; }
[ $bad -eq 0 ] && echo "lint: clean"
exit $bad

#!/bin/sh
# Everything that must hold; stops at nothing, sums up at the end: check.sh [soak]
#
# What is built comes first, then all parts, some at the same time.  `soak`: what takes hours, one after the other.
cd "$(dirname "$0")/.." || exit 2
jobs=$(nproc 2>/dev/null || echo 2)
logs=build/check

# The package's tests (tests/packaging/conftest.py) compile the same sources with the same flags once more.
cached=/usr/lib/ccache
[ ! -x $cached/gcc ] || export CCACHE_DIR="${CCACHE_DIR-$PWD/build/ccache}"

# One build for clang's warnings and for its sanitizers. Not optimised it is made in half of the time, and its
# tests, most of whose time is the start of a process, take no longer.
sanitized() {
    make CC=clang SAN=address,undefined SANOPT='-O0 -g1' "$@"
}

# The build that the tests are of, compiled as the package is.
plain() {
    make -s -f data/packaging/debian/rules flags | PATH=$cached:$PATH xargs -d '\n' make CC=gcc WERROR=1 "$@"
}

# The sum of a word's counts in the closing lines of a step, "unit: 7 passed, 1 failed" or
# "1 failed, 6 passed in 3 s"; a failure that is shown may have such words elsewhere.
total() {
    grep -E '^([a-z]+: )?[0-9]+ (passed|skipped|failed)' "$log" |
        grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}

# Seconds of CPU of what this shell has started and seen end, which do not depend on other load; to be called by
# the shell itself.
cpu() {
    times >"$logs/times.$$"
    tail -n 1 "$logs/times.$$" | tr 'ms' '  ' | awk '{ print int($1 * 60 + $2 + $3 * 60 + $4) }' >"$logs/cpu.$$"
    read -r used <"$logs/cpu.$$"
    rm -f "$logs/times.$$" "$logs/cpu.$$"
}

summary() {
    if [ "$result" = ok ]; then
        tail -n 1 "$log"
        # pytest's "SKIPPED [2] FILE:LINE: reason", once for each reason.
        sed -n 's/^SKIPPED \[\([0-9]*\)\] [^ ]*: /\1 /p' "$log" | awk '
            { count = $1; sub(/^[0-9]+ /, ""); sum[$0] += count }
            END { for (reason in sum) print "SKIPPED " sum[reason] ": " reason }'
    else
        cat "$log"
    fi
    echo "-- $name: $result ($(($(date +%s) - start)) s, $((used - before)) s of CPU)"
}

step() {
    name=$1
    shift
    start=$(date +%s)
    cpu
    before=$used
    log=$logs/$(printf %s "$name" | tr -c 'a-z0-9' '-').log
    if "$@" >"$log" 2>&1; then
        result=ok
    else
        result=FAILED
        # What ends badly without saying "3 failed" counts as one.
        [ "$(total failed)" -gt 0 ] || echo "1 failed" >>"$log"
    fi
    # The runners' own closing lines ("7 passed, 1 failed", "7 passed, 2 skipped in 3 s") add up.
    echo "$(total passed) $(total failed) $(total skipped)" >"$log.counts"
    cpu
    # In one piece: parts share the screen.
    said=$(summary)
    printf '== %s\n%s\n' "$name" "$said"
}

# The long ones first, so that none is left alone at the end.
parts="system-i formats packaging system-e system-a system-others history browser fuzz oracle unit-san growth lint unit golden-san history-san
    manual formats-san golden differential valgrind layers contributing"

part() {
    case $1 in
    system-others) step "diagnose, network, lab" make system TESTS="tests/diagnose tests/network tests/lab" ;;
    system-a) step "system, a to d" make system TESTS="tests/system/test_[a-d]*.py" ;;
    system-e) step "system, e to h" make system TESTS="tests/system/test_[e-h]*.py" ;;
    system-i) step "system, i to z" make system TESTS="tests/system/test_[i-z]*.py" ;;
    # Those of which a sanitizer leaves something out; it runs all the others, and `make unit` all of them.
    unit) step "unit" make unit UNITS="build/unit/test-chains build/unit/test-input build/unit/test-sandbox" ;;
    unit-san) step "unit under asan and ubsan" sanitized unit ;;
    packaging) step "packaging" make packaging ;;
    browser) step "browser" make browser ;;
    formats) step "formats" make formats ;;
    history) step "history" make history ;;
    growth) step "growth" make growth ;;
    manual) step "manual" make manual-tests ;;
    golden) step "golden" make golden ;;
    golden-san) step "golden under asan and ubsan" sanitized golden ;;
    valgrind) step "golden under valgrind" tests/golden/valgrind.sh build/kcdaudit ;;
    # What is hostile of them; the rest in `soak`.
    history-san) step "history under asan and ubsan" sanitized history HISTORY='tests/history/test_file.py -k damage' ;;
    formats-san)
        step "formats under asan and ubsan" sanitized formats \
            FORMATS="tests/formats/test_small_things.py tests/exports/test_adexplorer.py"
        ;;
    fuzz) step "fuzz" make fuzz-replay ;;
    differential) step "differential" sanitized differential ;;
    oracle) step "oracle" make oracle SEEDS=1..3 ;;
    layers) step "layers" make layers ;;
    # clang-tidy, as `analyze` in `soak` and `make lint` ask it, takes minutes in a fresh clone.
    lint) step "lint" tools/lint.sh quick ;;
    # Whether each change that it shows has its place; in `soak` the tree is built with them.
    contributing) step "contributing" make contributing CONTRIBUTING=tests/contributing/test_places.py ;;
    *) step "$1" false ;;
    esac
}

soak() {
    step "oracle" make oracle SEEDS=1..300 EDGES=1..100 ORACLE="--fixes 10 --labs 2 --denied 2"
    step "mutate" make mutate
    step "contributing" make contributing
    step "reproducible" make reproducible
    step "newcomer" make newcomer
    step "engines" make engines
    step "schemas" make schemas
    step "tsan" make tsan
    step "valgrind" make valgrind
    step "analyze" make analyze
    step "every fixture" env KCDAUDIT_SOAK=1 make formats
    step "growth" env KCDAUDIT_SOAK=1 make growth
    step "formats under asan and ubsan" sanitized formats
    step "history under asan and ubsan" sanitized history KCDAUDIT_SOAK=1
    step "random estates, every name" env KCDAUDIT_SOAK=1 make system \
        TESTS='tests/system/test_random_estates.py tests/diagnose/test_table.py'
    step "limits of a run, shapes, slow wires" env KCDAUDIT_SOAK=1 make system \
        TESTS='tests/network/test_limits.py tests/formats/test_shapes.py tests/system/test_wires.py'
}

sum_up() {
    cat $logs/*.counts | {
        passed=0 failed=0 skipped=0
        while read -r p f s; do
            passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        done
        [ "$skipped" -eq 0 ] || echo "SKIPPED: $skipped tests did not run; the reasons stand above"
        echo "$passed passed, $failed failed, $skipped skipped"
        [ "$failed" -eq 0 ]
    }
}

case ${1-} in
soak)
    logs=build/soak
    rm -rf $logs
    mkdir -p $logs
    soak
    sum_up
    exit
    ;;
--part)
    part "$2"
    exit
    ;;
esac

rm -rf $logs
mkdir -p $logs
step "gcc" plain -j"$jobs" all
step "clang with asan and ubsan" sanitized -j"$jobs" WERROR=1 all
# A group of its own: whoever ends this one ends those. Tests in the lab wait more than they compute.
# shellcheck disable=SC2086 # a list
setsid sh -c 'printf "%s\n" "$@" | xargs -P '$((jobs + 2))' -n 1 tools/check.sh --part' sh $parts &
all=$!
trap 'kill -- -$all 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM
# A part whose shell was killed said nothing.
wait $all || echo "0 1 0" >"$logs/parts.counts"
trap - EXIT

sum_up

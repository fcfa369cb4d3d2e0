#!/bin/sh
# Everything that must hold, from the cheap to the dear; stops at nothing, sums up at the end.
cd "$(dirname "$0")/.." || exit 2
jobs=$(nproc 2>/dev/null || echo 2)
passed=0 failed=0 skipped=0

# The sum of a word's counts in the closing lines of the step.
total() {
    grep -E '[0-9]+ passed|[0-9]+ skipped|[0-9]+ failed' build/step.log |
        grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}

step() {
    name=$1
    shift
    start=$(date +%s)
    echo "== $name"
    if "$@" >build/step.log 2>&1; then
        result=ok
    else
        result=FAILED
        grep -qE '[1-9][0-9]* failed' build/step.log || failed=$((failed + 1))
    fi
    # The runners' own closing lines ("7 passed, 1 failed", "7 passed, 2 skipped in 3 s") add up.
    passed=$((passed + $(total passed)))
    failed=$((failed + $(total failed)))
    skipped=$((skipped + $(total skipped)))
    if [ "$result" = ok ]; then
        tail -n 1 build/step.log
        # pytest's "SKIPPED [2] FILE:LINE: reason", once for each reason.
        sed -n 's/^SKIPPED \[\([0-9]*\)\] [^ ]*: /\1 /p' build/step.log | awk '
            { count = $1; sub(/^[0-9]+ /, ""); sum[$0] += count }
            END { for (reason in sum) print "SKIPPED " sum[reason] ": " reason }'
    else
        cat build/step.log
    fi
    echo "-- $name: $result ($(($(date +%s) - start)) s)"
}

mkdir -p build
step "gcc" make -j"$jobs" CC=gcc WERROR=1 all
step "clang" make -j"$jobs" CC=clang WERROR=1 all
step "unit" make -j"$jobs" unit
step "golden" make golden
step "formats" make formats
step "sanitizers build" make -j"$jobs" SAN=address,undefined all
step "unit under ASan and UBSan" make -j"$jobs" SAN=address,undefined unit
step "golden under ASan and UBSan" make SAN=address,undefined golden
step "formats under ASan and UBSan" make SAN=address,undefined formats
step "golden under valgrind" tests/golden/valgrind.sh build/kcdaudit
step "history" make SAN=address,undefined history
step "differential" make SAN=address,undefined differential
step "manual" make manual-tests
step "layers" make layers
step "lint" make lint
step "system" make system
step "packaging" make packaging

[ "$skipped" -eq 0 ] || echo "SKIPPED: $skipped tests did not run; the reasons stand above"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

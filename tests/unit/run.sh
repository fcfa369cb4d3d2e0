#!/bin/sh
# Runs the unit tests given (GTest, TAP); counts them; one closing line.
passed=0 failed=0
for test in "$@"; do
    out=$("$test" --tap 2>&1)
    status=$?
    passed=$((passed + $(printf '%s\n' "$out" | grep -c '^ok ')))
    bad=$(printf '%s\n' "$out" | grep -c '^not ok ')
    if [ "$status" -ne 0 ] || [ "$bad" -ne 0 ]; then
        failed=$((failed + (bad > 0 ? bad : 1)))
        printf '%s\n' "$out"
        echo "unit: $test: exit status $status"
    fi
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

#!/bin/sh
# A few audits under valgrind: no invalid access, no leak of our own.
binary=$(realpath "$1")
cd "$(dirname "$0")/../../fixtures" || exit 2
passed=0
for case in demo hostile-names rbcd-nested-group rbc-04-fires; do
    config=/dev/null
    [ -e "$case/kcdaudit.conf" ] && config=$case/kcdaudit.conf
    fixes=$(mktemp -d)
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        "$binary" audit --no-history --ldif "$case/estate.ldif" -c "$config" --fixes "$fixes" -f text -f json:/dev/null \
        >/dev/null
    status=$?
    rm -rf "$fixes"
    if [ $status -gt 3 ]; then
        echo "valgrind: $case: exit status $status"
        exit 1
    fi
    passed=$((passed + 1))
done
echo "valgrind: $passed passed, 0 failed"

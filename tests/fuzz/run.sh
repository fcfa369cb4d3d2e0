#!/bin/sh
# run.sh fuzz TARGET SECONDS: looks for new inputs; what breaks lies in build-fuzz/found.
# run.sh million TARGET [RUNS]: so many executions (a million), from what was found useful before.
# run.sh replay: every corpus under ASan and UBSan, and on top of each the executions that `runs` says, from a fixed seed.
# run.sh minimise: the corpora anew, of their own, the seeds and what was found useful.
cd "$(dirname "$0")/../.." || exit 2
corpus=tests/fuzz/corpus
work=build-fuzz
built=build-clang-san/fuzz
export UBSAN_OPTIONS=print_stacktrace=1
# A quarantine as small as what one input takes: pages are not filled anew all the time.
export ASAN_OPTIONS=quarantine_size_mb=32:malloc_context_size=10
limits="-timeout=25 -rss_limit_mb=2500 -max_len=65536"
# The same executions each time, whatever the machine: no clock, no address of this run.
repeat="-seed=20261129 -reload=0 -timeout=1200"
still=
setarch -R true 2>/dev/null && still="setarch -R"

targets() {
    for file in tests/fuzz/*.c; do
        basename "$file" .c
    done
}

build() {
    # shellcheck disable=SC2046
    make -s CC=clang SAN=address,undefined -j"$(nproc)" $(for name in "$@"; do echo "$built/$name"; done) >&2
}

seeds() {
    [ -d $work/seeds ] || tests/fuzz/seeds.py $work/seeds
}

# shellcheck disable=SC2086
run() {
    name=$1
    shift
    mkdir -p "$work/corpus/$name" $work/found $corpus/"$name"
    $still $built/"$name" $limits -artifact_prefix="$work/found/$name-" "$@"
}

# What a target was broken by, as text where it is short.
reproducer() {
    sed -n "s|.*Test unit written to \($work/found/.*\)|\1|p" "$1" | while IFS= read -r file; do
        echo "$file ($(wc -c <"$file") bytes)"
        [ "$(wc -c <"$file")" -gt 2048 ] || { echo "base64:" && base64 "$file"; }
    done
}

# One target's part of `replay`.
# shellcheck disable=SC2086
again() {
    rm -rf "$work/new/$1" && mkdir -p "$work/new/$1"
    if run "$1" $repeat -runs=0 "$corpus/$1" >"$work/$1.log" 2>&1 &&
        run "$1" $repeat -max_len=4096 -runs="$(sed -n "s/^$1 //p" tests/fuzz/runs)" "$work/new/$1" "$corpus/$1" >>"$work/$1.log" 2>&1; then
        return 0
    fi
    tail -n 40 "$work/$1.log"
    echo "$1: broken by"
    reproducer "$work/$1.log"
    return 1
}

mkdir -p $work
case $1 in
fuzz)
    build "$2" && seeds || exit 2
    run "$2" -max_total_time="$3" -print_final_stats=1 "$work/corpus/$2" "$corpus/$2" "$work/seeds/$2"
    ;;
million)
    build "$2" && seeds || exit 2
    # What only helps to find and to explain costs half of the time.
    ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=0
    run "$2" -entropic=0 -max_len=4096 -runs="${3:-1000000}" -print_final_stats=1 "$work/corpus/$2" "$corpus/$2" "$work/seeds/$2"
    ;;
again)
    again "$2" >"$work/$2.broken" || touch "$work/$2.failed"
    ;;
replay)
    # shellcheck disable=SC2046
    build $(targets) || exit 2
    rm -f $work/*.failed
    targets | xargs -P "$(nproc)" -n 1 "$0" again
    passed=0 failed=0
    for name in $(targets); do
        if [ -e "$work/$name.failed" ]; then
            failed=$((failed + 1))
            cat "$work/$name.broken"
        else
            passed=$((passed + 1))
        fi
    done
    echo "fuzz: $passed passed, $failed failed"
    [ $failed -eq 0 ]
    ;;
minimise)
    # shellcheck disable=SC2046
    build $(targets) && seeds || exit 2
    for name in $(targets); do
        rm -rf "$work/least/$name" && mkdir -p "$work/least/$name" "$work/corpus/$name" "$corpus/$name"
        run "$name" -merge=1 "$work/least/$name" "$corpus/$name" "$work/seeds/$name" "$work/corpus/$name" 2>"$work/$name.merge.log" || exit
        rm -rf "${corpus:?}/$name" && mv "$work/least/$name" "$corpus/$name"
    done
    du -sk --apparent-size $corpus
    ;;
*)
    echo "usage: run.sh fuzz TARGET SECONDS | million TARGET [RUNS] | replay | minimise" >&2
    exit 2
    ;;
esac

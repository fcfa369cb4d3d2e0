#!/bin/sh
# run.sh fuzz TARGET SECONDS: looks for new inputs; what breaks lies in build-fuzz/found.
# run.sh replay SECONDS: every corpus under ASan and UBSan, and each target for so long on top.
# run.sh minimise: the corpora anew, of their own, the seeds and what was found useful.
cd "$(dirname "$0")/../.." || exit 2
corpus=tests/fuzz/corpus
work=build-fuzz
export UBSAN_OPTIONS=print_stacktrace=1
limits="-timeout=25 -rss_limit_mb=2500 -max_len=65536"

targets() {
    for file in tests/fuzz/*.c; do
        basename "$file" .c
    done
}

build() {
    # shellcheck disable=SC2046
    make -s CC=clang FUZZ=1 -j"$(nproc)" $(for name in "$@"; do echo "$work/fuzz/$name"; done) >&2
}

seeds() {
    [ -d $work/seeds ] || tests/fuzz/seeds.py $work/seeds
}

# shellcheck disable=SC2086
run() {
    name=$1
    shift
    mkdir -p "$work/corpus/$name" $work/found $corpus/"$name"
    $work/fuzz/"$name" $limits -artifact_prefix="$work/found/$name-" "$@"
}

case $1 in
fuzz)
    build "$2" && seeds || exit 2
    run "$2" -max_total_time="$3" -print_final_stats=1 "$work/corpus/$2" "$corpus/$2" "$work/seeds/$2"
    ;;
replay)
    passed=0 failed=0
    # shellcheck disable=SC2046
    build $(targets) || exit 2
    for name in $(targets); do
        mkdir -p "$work/new/$name"
        if run "$name" -runs=0 "$corpus/$name" >"$work/$name.log" 2>&1 &&
            { [ "$2" -eq 0 ] || run "$name" -max_total_time="$2" "$work/new/$name" "$corpus/$name" >>"$work/$name.log" 2>&1; }; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            tail -n 40 "$work/$name.log"
            echo "$name: what breaks it lies in $work/found"
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
    echo "usage: run.sh fuzz TARGET SECONDS | replay SECONDS | minimise" >&2
    exit 2
    ;;
esac

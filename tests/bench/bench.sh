#!/bin/sh
# make bench: BENCH_HOSTS="100 300" hosts live and offline, five runs each, the median.
/usr/bin/python3 -B "$(dirname "$0")/history.py" "$@" &&
    exec /usr/bin/python3 -B "$(dirname "$0")/bench.py" "$@"

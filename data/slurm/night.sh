#!/bin/sh
# An audit by a Slurm array: DOMAIN=contoso.com WORK=/shared/kcdaudit ./night.sh
#
# WORK is a directory that all nodes see. The snapshot is taken here; the array and the merge, which begins when
# all tasks have ended, however they ended, are Slurm's. Everything of a run is in $WORK/$RUN: estate.ldif,
# shards, what the tasks said (slurm-*.out), and the report. Every node needs kcdaudit and credentials.
#
#   ./night.sh --host 'HV*' -c /etc/kcdaudit/kcdaudit.conf     what to look at; files by their whole path
#   OPTIONS='--keytab FILE --principal NAME'                   who asks; without: the ticket in KRB5CCNAME, a file
#                                                              that all nodes see
#   ASK='--ports'                                              what else the tasks ask
#   SHARDS=16                                                  instead of 8
#   HISTORY=postgresql://...                                   instead of $WORK/history.sqlite
set -eu
: "${DOMAIN:?the domain to audit}" "${WORK:?a directory that all nodes see}"
RUN=${RUN:-$(date -u +%Y-%m-%dT%H%M)}
SHARDS=${SHARDS:-8}
HISTORY=${HISTORY:-}
umask 077
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$WORK/$RUN"
WORK=$(cd "$WORK" && pwd)
export HISTORY RUN SHARDS WORK
cd "$WORK/$RUN"
# 3: something could not be read; the report will say what.
# shellcheck disable=SC2086 # several words
kcdaudit snapshot -q -D "$DOMAIN" ${OPTIONS-} "$@" -o estate.ldif || [ $? -eq 3 ]
# shellcheck disable=SC2086
array=$(sbatch --parsable --array="0-$((SHARDS - 1))" "$here/shards.sbatch" ${OPTIONS-} ${ASK-} "$@")
merge=$(sbatch --parsable --dependency="afterany:${array%%;*}" "$here/merge.sbatch" "$@")
echo "run $RUN: array ${array%%;*}, then the merge, job ${merge%%;*}; the report will be $WORK/$RUN/report.html"

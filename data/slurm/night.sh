#!/bin/sh
# An audit by a Slurm array: DOMAIN=contoso.com WORK=/shared/kcdaudit ./night.sh
#
# The snapshot is taken here; the array and the merge, which begins when all tasks have ended, however they
# ended, are Slurm's. Every node needs kcdaudit and credentials: a ticket in KRB5CCNAME that all nodes see, or
# OPTIONS="--keytab FILE --principal NAME".
set -eu
: "${DOMAIN:?the domain to audit}" "${WORK:?a directory that all nodes see}"
RUN=${RUN:-$(date -u +%Y-%m-%dT%H%M)}
export RUN WORK
umask 077
cd "$(dirname "$0")"
mkdir -p "$WORK/$RUN"
# 3: something could not be read; the report will say what.
# shellcheck disable=SC2086 # several words
kcdaudit snapshot -D "$DOMAIN" ${OPTIONS-} -o "$WORK/$RUN/estate.ldif" || [ $? -eq 3 ]
# shellcheck disable=SC2086
array=$(sbatch --parsable shards.sbatch ${OPTIONS-})
sbatch --dependency="afterany:${array%%;*}" merge.sbatch

#!/bin/sh
# Puts everything in its place, or takes it away again: install.sh install|uninstall BUILD
#
# `make install` and `make uninstall` call it and pass the places: DESTDIR PREFIX SYSCONFDIR DEFAULTDIR UNITDIR ZSHDIR.
# One list for both, so that nothing is forgotten in one of them.  Configuration that was changed is never touched.
set -eu
verb=$1
build=$2
cd "$(dirname "$0")/.."

: "${DESTDIR=}" "${PREFIX=/usr/local}" "${SYSCONFDIR=/etc}"
: "${DEFAULTDIR=$SYSCONFDIR/default}" "${UNITDIR=$PREFIX/lib/systemd/system}" "${ZSHDIR=$PREFIX/share/zsh/site-functions}"
share=$PREFIX/share
doc=$share/doc/kcdaudit

# MODE DIRECTORY FILE...: those that are there; built ones need not be there any more when they are taken away.
place() {
    mode=$1 directory=$DESTDIR$2
    shift 2
    for file; do
        shift
        case $verb in
        install) [ ! -e "$file" ] || set -- "$@" "$file" ;;
        *) set -- "$@" "$directory/${file##*/}" ;;
        esac
    done
    [ $# -gt 0 ] || return 0
    case $verb in
    install)
        install -d "$directory"
        install -m "$mode" "$@" "$directory" ;;
    *) rm -f "$@" ;;
    esac
}

# FILE PLACE: with the paths of this installation.
place_unit() {
    case $verb in
    install)
        install -d "$(dirname "$DESTDIR$2")"
        sed -e "s|/usr/bin/kcdaudit|$PREFIX/bin/kcdaudit|g" -e "s|/etc/default/|$DEFAULTDIR/|g" \
            -e "s|/etc/kcdaudit/|$SYSCONFDIR/kcdaudit/|g" -e "s|/usr/share/|$share/|g" "$1" >"$DESTDIR$2"
        chmod 0644 "$DESTDIR$2" ;;
    *) rm -f "$DESTDIR$2" ;;
    esac
}

# FILE PLACE: only where there is none yet; taken away only as it was put.
place_configuration() {
    case $verb in
    install) [ -e "$DESTDIR$2" ] || install -D -m 0644 "$1" "$DESTDIR$2" ;;
    *) ! cmp -s "$1" "$DESTDIR$2" || rm -f "$DESTDIR$2" ;;
    esac
}

place 0755 "$PREFIX/bin" "$build/kcdaudit"
place 0644 "$share/kcdaudit" data/*.schema.json data/*.xsd
place 0644 "$share/kcdaudit/queries" queries/*
place 0644 "$share/kcdaudit/diagnose" data/diagnose/*.table
place 0644 "$share/kcdaudit/workloads" data/workloads/*.table
place 0644 "$share/kcdaudit/windows" data/windows/*.ps1
place 0644 "$share/kcdaudit/grafana" data/grafana/*
place 0644 "$share/kcdaudit/kubernetes" data/kubernetes/*
place 0755 "$share/kcdaudit/slurm" data/slurm/*
place 0644 "$share/kcdaudit/ansible" data/ansible/*
place 0644 "$doc" docs/scheduled.md docs/audit-account.md docs/monitoring.md docs/grade.md docs/frameworks.md docs/facts.md docs/scale.md
place 0644 "$doc/rules" docs/rules/*.md
for section in 1 5; do
    manual=$share/man/man$section
    [ "$verb" = install ] && pages=$build/man || pages=$DESTDIR$manual
    place 0644 "$manual" "$pages"/kcdaudit.*"$section" "$pages"/kcdaudit-*."$section"
done
place 0644 "$ZSHDIR" "$build/completion/_kcdaudit"
place 0644 "$share/fish/vendor_completions.d" "$build/completion/kcdaudit.fish"
# bash looks for a file of the command's name.
[ ! -e "$build/completion/kcdaudit.bash" ] || cp "$build/completion/kcdaudit.bash" "$build/completion/kcdaudit"
place 0644 "$share/bash-completion/completions" "$build/completion/kcdaudit"
for unit in kcdaudit.service kcdaudit.timer; do
    place_unit "data/systemd/$unit" "$UNITDIR/$unit"
done
for example in data/systemd/examples/*; do
    place_unit "$example" "$doc/examples/${example##*/}"
done
for definition in data/monitoring/*; do
    place_unit "$definition" "$share/kcdaudit/monitoring/${definition##*/}"
done
# A script is to be run.
[ "$verb" = uninstall ] || chmod 0755 "$DESTDIR$share/kcdaudit/monitoring/kcdaudit-local"
place_configuration data/kcdaudit.conf "$SYSCONFDIR/kcdaudit/kcdaudit.conf"
place_configuration data/systemd/kcdaudit.default "$DEFAULTDIR/kcdaudit"

if [ "$verb" = uninstall ]; then
    # Ours; what others put into them keeps them.
    for directory in "$share/kcdaudit/queries" "$share/kcdaudit/diagnose" "$share/kcdaudit/workloads" "$share/kcdaudit/windows" \
        "$share/kcdaudit/grafana" "$share/kcdaudit/monitoring" "$share/kcdaudit" "$doc/rules" "$doc/examples" \
        "$doc" "$SYSCONFDIR/kcdaudit"; do
        rmdir "$DESTDIR$directory" 2>/dev/null || :
    done
fi

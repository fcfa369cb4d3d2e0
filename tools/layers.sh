#!/bin/sh
# Who may include whom, and which library each layer may know.  See docs/architecture.md.
cd "$(dirname "$0")/.." || exit 2
bad=0

# layer: the layers it may include (itself always)
allowed() {
    case $1 in
    base) echo "base" ;;
    model) echo "base model" ;;
    collect) echo "base model collect" ;;
    ticket) echo "base model ticket" ;;
    audit) echo "base model audit" ;;
    fix) echo "base model audit fix" ;;
    diagnose) echo "base model audit collect ticket diagnose" ;;
    render) echo "base model audit fix diagnose render" ;;
    store) echo "base model audit fix store" ;;
    cli) echo "base model collect ticket audit fix diagnose render store cli" ;;
    esac
}

for layer in base model collect ticket audit fix diagnose render store cli; do
    ok=$(allowed $layer | tr ' ' '|')
    files=$(find "src/$layer" "include/$layer" -name '*.[ch]' 2>/dev/null)
    [ -n "$files" ] || continue
    # shellcheck disable=SC2086
    hits=$(grep -HnE '^#include "[a-z]+/' $files | grep -vE "#include \"($ok)/")
    if [ -n "$hits" ]; then
        echo "layers: $layer may include only: $(allowed $layer)"
        echo "$hits"
        bad=1
    fi
done

# include/ holds what a layer offers; what only it uses lies beside its source, and nobody else looks in.
hits=$(grep -rnE '^#include "(\.\./|src/|.*/\.\./)' src include)
if [ -n "$hits" ]; then
    echo "layers: an inside is its own layer's: no path to it from elsewhere"
    echo "$hits"
    bad=1
fi
for header in include/*/*.h; do
    name=${header#include/}
    users=$(grep -rlF "#include \"$name\"" src include tools tests --include='*.c' --include='*.h' |
        grep -vE "^(src|include)/${name%%/*}/|^tests/")
    # An interface may need another for its types.
    users=$users$(grep -lF "#include \"$name\"" include/*/*.h)
    [ -n "$users" ] && continue
    echo "layers: $header is used by its own layer alone: it belongs beside its source"
    bad=1
done

# header pattern: the only layer that may include it
only() {
    hits=$(grep -rnE "^#include <($1)" src include | grep -vE "^(src|include)/($2)/")
    if [ -n "$hits" ]; then
        echo "layers: only $2 may include <$1>"
        echo "$hits"
        bad=1
    fi
}
only 'ldap\.h|ldif\.h|lber\.h|sasl/|resolv\.h|arpa/nameser\.h' collect
only 'krb5|gssapi' ticket
only 'jansson\.h' 'render|cli|diagnose'
only 'nettle/' base
only 'sqlite3\.h|libpq-fe\.h' store
only 'stdio\.h' 'cli|collect|base'

# What was not read is no bit that is off: account_flag tells the three apart.
# The number itself is carried by collect, before accounts are settled, and by a fix.
hits=$(grep -rnE -e '->uac\b|\betypes_usable' src include --include='*.[ch]' |
    grep -vE '^(src|include)/model/'
    grep -rnE '\baccount_uac ?\(' src include --include='*.[ch]' |
        grep -vE '^(src|include)/(model|collect)/|^src/fix/draft.c:')
if [ -n "$hits" ]; then
    echo "layers: userAccountControl is read through account_flag alone"
    echo "$hits"
    bad=1
fi

# A rule goes by its RuleId; its id stands in audit/rules.def.
hits=$(grep -rnE '"[A-Z]{3}-([0-9]{2}|")' src include --include='*.[ch]' | grep -vE '/\*| \* |"UTF-')
if [ -n "$hits" ]; then
    echo "layers: rules go by RuleId, not by the text of their id"
    echo "$hits"
    bad=1
fi

# Only cli prints; nothing below it exits.
hits=$(grep -rnE '\b(printf|puts|fputs|putchar|g_print|g_printerr|exit|abort|_exit) ?\(' src \
    --include='*.c' | grep -vE '^src/cli/')
if [ -n "$hits" ]; then
    echo "layers: only cli prints and exits"
    echo "$hits"
    bad=1
fi
# A source file begins with its one job.
hits=$(find src -name '*.c' -exec awk 'FNR == 1 && !/^\/\*/ { print FILENAME }' {} +)
if [ -n "$hits" ]; then
    echo "layers: the first line of a source file is a comment: its one job"
    echo "$hits"
    bad=1
fi
[ $bad -eq 0 ] && echo "layers: in order"
exit $bad

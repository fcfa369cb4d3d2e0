/* What a step does, in one line. */
#include "cause.h"

#include "audit/rules.h"
#include "base/text.h"

#include <string.h>

/* What a bit of userAccountControl that changes does. */
static const struct {
    guint32 bit;
    bool set;
    const char *text;
} flags[] = {
    {UAC_T2A4D, true, "set \"Use any authentication protocol\""},
    {UAC_T2A4D, false, "take off \"Use any authentication protocol\""},
    {UAC_TRUSTED_FOR_DELEGATION, false, "end its unconstrained delegation"},
    {UAC_NOT_DELEGATED, false, "let it be delegated (clear \"sensitive\")"},
};

/* "the missing SPN", "4 missing SPNs" */
static char *
some(guint count, const char *one, const char *many)
{
    return count == 1 ? g_strdup(one) : g_strdup_printf("%s %s", NUMBER(count), many);
}

static void
add_part(GPtrArray *parts, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_part(GPtrArray *parts, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (!g_ptr_array_find_with_equal_func(parts, text, g_str_equal, NULL))
        g_ptr_array_add(parts, g_steal_pointer(&text));
}

/* "svc-old" or "it", where it is the subject itself. */
static const char *
whom(const Cause *cause, const Account *account)
{
    return strcmp(cause->step->subject, account->name) == 0 ? "it" : account->name;
}

static bool
has_rule(const Cause *cause, RuleId rule)
{
    for (guint i = 0; i < cause->step->rules->len; i++)
        if (g_array_index(cause->step->rules, RuleId, i) == rule)
            return true;
    return false;
}

static void
say_spns(const Cause *cause, const Fix *fix, GPtrArray *parts)
{
    bool twice = has_rule(cause, RULE_SPN_03);
    g_autofree char *away =
        twice ? some(fix->remove->len, "the duplicate SPN", "duplicate SPNs")
              : some(fix->remove->len, "an SPN", "SPNs");
    bool own = strcmp(whom(cause, fix->account), "it") == 0;
    g_autofree char *missing =
        some(fix->add->len, own ? "its missing SPN" : "the missing SPN", "missing SPNs");
    if (fix->remove->len > 0)
        add_part(parts, "remove %s from %s", away, whom(cause, fix->account));
    if (fix->add->len > 0)
        add_part(parts, "register %s%s%s%s", own && fix->add->len > 1 ? "its " : "",
                 missing, own ? "" : " on ", own ? "" : fix->account->name);
}

static void
say_list(const Cause *cause, const Fix *fix, GPtrArray *parts)
{
    g_autofree char *more = some(fix->add->len, "one more SPN", "more SPNs");
    g_autofree char *less = some(fix->remove->len, "an entry", "entries");
    const char *name = whom(cause, fix->account);
    bool own = strcmp(name, "it") == 0;
    if (fix->add->len > 0)
        add_part(parts, "trust %s for %s", name, more);
    if (fix->remove->len > 0)
        add_part(parts, "drop %s of %s%s", less, own ? "its list" : "the list of ",
                 own ? "" : name);
}

/* Adds to the part that trusts, which is the first if there is one. */
static bool
extend_trust(GPtrArray *parts, const char *by)
{
    char *first = parts->len > 0 ? parts->pdata[0] : NULL;
    if (!first || !g_str_has_prefix(first, "trust "))
        return false;
    parts->pdata[0] = g_strconcat(first, by, NULL);
    g_free(first);
    return true;
}

static void
say_flags(const Fix *fix, GPtrArray *parts)
{
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        bool was = (fix->uac_old & flags[i].bit) != 0;
        bool is = (fix->uac_new & flags[i].bit) != 0;
        if (was == is || is != flags[i].set)
            continue;
        if (flags[i].bit != UAC_T2A4D || !is || !extend_trust(parts, ", any protocol"))
            add_part(parts, "%s", flags[i].text);
    }
}

static void
say_grant(const Cause *cause, const Fix *fix, GPtrArray *parts)
{
    g_autofree char *less = some(fix->remove->len, "an entry", "entries");
    const char *name = whom(cause, fix->account);
    const char *first = fix->add->len > 0 ? fix->add->pdata[0] : NULL;
    if (fix->add->len == 1)
        add_part(parts, "let %s act on %s by RBCD", first, name);
    else if (fix->add->len > 1)
        add_part(parts, "let %s accounts act on %s by RBCD", NUMBER(fix->add->len), name);
    if (fix->remove->len > 0)
        add_part(parts, "take %s out of the RBCD descriptor of %s", less,
                 fix->account->name);
}

static void
say_fix(const Cause *cause, const Fix *fix, GPtrArray *parts)
{
    if (fix->by_group)
        add_part(parts, "delegate by the group %s (by hand)", fix->account->name);
    else if (fix->kind == FIX_RBCD)
        say_grant(cause, fix, parts);
    else if (fix->uac_old != fix->uac_new)
        say_flags(fix, parts);
    else if (fix->kind == FIX_SPN)
        say_spns(cause, fix, parts);
    else
        say_list(cause, fix, parts);
}

/* "a, b and c" */
static char *
listed(const GPtrArray *parts)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++)
        g_string_append_printf(text, "%s%s",
                               i == 0                ? ""
                               : i + 1 == parts->len ? " and "
                                                     : ", ",
                               (const char *)parts->pdata[i]);
    return g_string_free(text, FALSE);
}

/* An SPN that leaves one account for another is moved. */
static char *
moved(const Cause *cause)
{
    const GPtrArray *fixes = cause->step->fixes;
    const Fix *from = fixes->pdata[0];
    const Fix *to = fixes->len == 2 ? fixes->pdata[1] : NULL;
    if (!to || from->kind != FIX_SPN || to->kind != FIX_SPN ||
        from->account == to->account || from->add->len > 0 || to->remove->len > 0 ||
        from->remove->len != to->add->len)
        return NULL;
    g_autofree char *what = some(to->add->len, "an SPN", "SPNs");
    return g_strdup_printf("move %s from %s to %s", what, whom(cause, from->account),
                           whom(cause, to->account));
}

char *
cause_title(const Cause *cause)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    char *move = moved(cause);
    if (move)
        return move;
    for (guint i = 0; i < cause->step->fixes->len; i++)
        say_fix(cause, cause->step->fixes->pdata[i], parts);
    return listed(parts);
}

/* Lists, or RBCD descriptors, that name the host, or do so once that is done. */
static char *
title_about(const Fix *fix, const char *host, const char *count)
{
    bool rbcd = fix->kind == FIX_RBCD;
    const char *what = rbcd ? "RBCD descriptors" : "delegation lists";
    if (fix->add->len == 0)
        return g_strdup_printf("drop %s from %s %s", host, count, what);
    return rbcd ? g_strdup_printf("let %s act on %s accounts by RBCD", host, count)
                : g_strdup_printf("trust %s accounts to delegate to %s", count, host);
}

char *
cause_title_alike(const Cause *cause, const char *host)
{
    const GPtrArray *fixes = cause->step->fixes;
    const Fix *fix = fixes->pdata[0];
    if (*cause->alike)
        return title_about(fix, host, NUMBER(fixes->len));
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    say_fix(cause, fix, parts);
    g_autofree char *all = listed(parts);
    g_autofree char *others = some(fixes->len - 1, "1 more account", "more accounts");
    return g_strdup_printf("%s, and the same for %s", all, others);
}

static const struct {
    RuleId rule;
    const char *text;
} by_hand[] = {
    {RULE_ACC_01, "enable the account, or leave the host out"},
    {RULE_ACC_02, "find out why it is marked sensitive, then let it be delegated"},
    {RULE_ACC_03, "take it out of Protected Users"},
    {RULE_ACC_04, "find out whether the host still exists"},
    {RULE_ACC_05, "give it an encryption type in common with its partners"},
    {RULE_ACC_06, "set its encryption types to AES"},
    {RULE_ACC_07, "let the operator be delegated, or name another operator"},
    {RULE_ACC_08, "take the operator out of Protected Users, or name another"},
    {RULE_ACC_09, "find out why krbtgt is marked sensitive, then clear that"},
    {RULE_ACC_18, "let it get a TGT of its own, or let another account delegate"},
    {RULE_ACC_12, "let its authentication policy admit the sources"},
    {RULE_ACC_13, "let the operator sign in, or name another operator"},
    {RULE_DEL_06, "enable the account, or delegate to it no more"},
    {RULE_HST_01, "enable live migration on it (Enable-VMMigration)"},
    {RULE_HST_02, "choose Kerberos in its live migration settings"},
    {RULE_HST_05, "put the operator into its Hyper-V Administrators"},
    {RULE_HST_06, "start the service that a port is of"},
    {RULE_HST_07, "open a port in its firewall"},
    {RULE_HST_08, "let operators log on to it over the network"},
    {RULE_HST_09, "choose networks that it has for live migration"},
    {RULE_HST_10, "choose a network that both hosts have for live migration"},
    {RULE_HST_11, "set its clock right"},
    {RULE_SPN_03, "decide who keeps the duplicate SPN, and remove the others"},
    {RULE_SPN_04, "decide whether its SPN stays on the other account"},
    {RULE_SPN_05, "remove from the other account what covers its alias"},
};

char *
cause_title_by_hand(const Cause *cause)
{
    for (gsize i = 0; i < G_N_ELEMENTS(by_hand); i++)
        if (by_hand[i].rule == cause->rule)
            return g_strdup(by_hand[i].text);
    const char *title = rules[cause->rule].title;
    return g_strdup_printf("see %s: %s", rule_name(cause->rule), title);
}

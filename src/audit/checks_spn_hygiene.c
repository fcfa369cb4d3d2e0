/* SPN-06, SPN-08, SPN-09: SPNs that are left over, lacking, or made to look alike. */
#include "checks.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

/* SPNs of a cluster's own names stand on the nodes as well. */
static bool
is_of_cluster(const char *spn)
{
    static const char *const classes[] = {"MSServerCluster", "MSServerClusterMgmtAPI",
                                          "MSClusterVirtualServer"};
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        if (spn_has_class(spn, classes[i]))
            return true;
    return false;
}

/* Whether it may be the host's own full name, which no dNSHostName tells, or a wrong one
 * (SPN-07). */
static bool
may_be_own(const Account *account, const char *host)
{
    bool told = account->dns && strchr(account->dns, '.') &&
                host_has_label(account, account->dns);
    return !told && host_has_label(account, host);
}

void
check_spn_stale_name(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    /* A DC's SPNs also name the domain, the forest and its own GUID. */
    if (account_is_dc(account) == TRI_YES) {
        sink_not_applicable(sink);
        return;
    }
    Finding *finding = NULL;
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", account->name);
    for (guint i = 0; i < account->spns->len; i++) {
        const char *text = account->spns->pdata[i];
        g_autoptr(Spn) spn = spn_parse(text);
        if (!spn || is_of_cluster(text) || account_has_name(account, spn->host) ||
            may_be_own(account, spn->host))
            continue;
        if (!finding) {
            finding = sink_fail(sink, SEVERITY_WARNING, about(account));
            finding_say(
                finding, "SPNs of another name",
                "%s holds SPNs that name neither it nor an additional DNS name of it: "
                "left by a rename, or an alias that somebody registered. If nobody uses "
                "the name any more, remove them (setspn -D SPN %s); if it is an alias, "
                "register it properly (netdom computername %s /add:ALIAS).",
                account->name, account->name, account->name);
        }
        finding_value(finding, text);
        finding_evidence(finding, key, text);
    }
}

static bool
holds(const Account *account, const char *class, const char *host)
{
    g_autofree char *wanted = spn_of(class, host);
    for (guint i = 0; i < account->spns->len; i++)
        if (text_equal(account->spns->pdata[i], wanted))
            return true;
    return false;
}

static bool
holds_class(const Account *account, const char *class)
{
    for (guint i = 0; i < account->spns->len; i++)
        if (spn_has_class(account->spns->pdata[i], class))
            return true;
    return false;
}

void
check_hyperv_spn_incomplete(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    static const char *const classes[] = {SPN_REPLICA, SPN_CONSOLE};
    const Account *account = host->account;
    bool any = holds_class(account, SPN_MIGRATION) || holds_class(account, SPN_REPLICA) ||
               holds_class(account, SPN_CONSOLE);
    if (!any && !account->hyperv_scp && !account->hyperv_partner) {
        sink_not_applicable(sink);
        return;
    }
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", account->name);
    if (!any) {
        Finding *finding = sink_fail(sink, SEVERITY_INFO, about(account));
        finding_say(
            finding, "A Hyper-V host without any Hyper-V SPN",
            "%s %s, but registered none of "
            "its SPNs: VMMS could not write them (event 14050), or the role was removed. "
            "Restart the Virtual Machine Management service and look at its log.",
            account->name,
            account->hyperv_scp
                ? "announces Hyper-V (a service connection point)"
                : "is a host to which others delegate the Migration Service");
        finding_evidence(finding, key, "no Hyper-V SPN");
        return;
    }
    Finding *finding = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        const char *names[] = {account->name, account->dns};
        for (guint n = 0; n < G_N_ELEMENTS(names); n++) {
            if (!names[n] || holds(account, classes[i], names[n]))
                continue;
            g_autofree char *spn = spn_of(classes[i], names[n]);
            if (!finding) {
                finding = sink_fail(sink, SEVERITY_INFO, about(account));
                finding_say(
                    finding, "Hyper-V SPNs incomplete",
                    "%s lacks SPNs that VMMS registers besides the Migration Service's: "
                    "Hyper-V Replica or the console by Kerberos fail under these names. "
                    "Restart the Virtual Machine Management service on it.",
                    account->name);
            }
            finding_value(finding, spn);
            finding_evidence(finding, "missing", spn);
        }
    }
}

static bool
is_plain(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((guchar)*at >= 0x80 || (guchar)*at < 0x20)
            return false;
    return true;
}

/* An SPN that is not plain ASCII. */
typedef struct {
    char *folded;
    const Account *owner; /* the first that holds it */
    const char *spelled;  /* as its owner spells it */
} Odd;

static void
odd_clear(gpointer data)
{
    g_free(((Odd *)data)->folded);
}

static int
odd_order(gconstpointer a, gconstpointer b)
{
    return strcmp(((const Odd *)a)->folded, ((const Odd *)b)->folded);
}

static void
class_free(gpointer odds)
{
    g_array_unref(odds);
}

static void
add_odd(GHashTable *classes, const Estate *estate, const Account *account,
        const char *spn)
{
    g_autofree char *folded = text_fold(spn);
    /* Of several that hold it the first counts. */
    if (is_plain(folded) || estate_by_spn(estate, folded)->pdata[0] != account)
        return;
    g_autofree char *skeleton = text_skeleton(folded);
    GArray *odds = g_hash_table_lookup(classes, skeleton);
    if (!odds) {
        odds = g_array_new(FALSE, FALSE, sizeof(Odd));
        g_array_set_clear_func(odds, odd_clear);
        g_hash_table_insert(classes, g_steal_pointer(&skeleton), odds);
    }
    const Odd odd = {g_steal_pointer(&folded), account, spn};
    g_array_append_val(odds, odd);
}

static void
sort_class(gpointer skeleton, gpointer odds, gpointer unused)
{
    (void)skeleton;
    (void)unused;
    g_array_sort(odds, odd_order);
}

/* Every SPN of the estate that is not plain ASCII, by what it looks like: only
 * such a one can look like another. */
static GHashTable *
lookalikes_of(const Estate *estate)
{
    GHashTable *classes =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, class_free);
    for (guint a = 0; a < estate->accounts->len; a++) {
        const Account *account = estate->accounts->pdata[a];
        for (guint i = 0; i < account->spns->len; i++)
            if (!is_plain(account->spns->pdata[i]))
                add_odd(classes, estate, account, account->spns->pdata[i]);
    }
    g_hash_table_foreach(classes, sort_class, NULL);
    return classes;
}

/* How many that look like one SPN are shown with it. */

static bool
is_alike(const Estate *estate, const Account *account, const char *folded, const Odd *odd)
{
    return strcmp(odd->folded, folded) != 0 &&
           /* Each forest has SPNs of its own. */
           (!estate->several_forests ||
            estate_in_one_forest(estate, account, odd->owner) != TRI_NO);
}

/* Those that look like the account's SPN: the first of another's, else the first. */
static const Odd *
first_alike(const Estate *estate, const Account *account, const char *folded,
            const GArray *odds)
{
    const Odd *first = NULL;
    for (guint i = 0; i < odds->len; i++) {
        const Odd *odd = &g_array_index(odds, Odd, i);
        if (!is_alike(estate, account, folded, odd))
            continue;
        if (odd->owner != account)
            return odd;
        first = first ? first : odd;
    }
    return first;
}

/* What an account answers for, and what looks like it. */
typedef struct {
    const Account *account;
    const char *spn;
    const char *held; /* the SPN by which it does; NULL: `spn` itself */
} Served;

static void
show_alike(Finding *finding, const Odd *odd)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, odd->spelled);
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", odd->owner->dn);
    finding_evidence(finding, key, shown);
}

/* Of as many as look alike, one finding on each account that holds any.  False: none
 * does.
 */
static bool
tell_lookalike(const Estate *estate, const Served *of, const GArray *odds, Sink *sink)
{
    const Account *account = of->account;
    g_autofree char *folded = text_fold(of->spn);
    const Odd *first = first_alike(estate, account, folded, odds);
    if (!first)
        return false;
    const Account *owner = first->owner;
    Finding *finding =
        sink_fail(sink, SEVERITY_WARNING,
                  (About){.account = account, .target = owner, .spn = of->spn});
    show_alike(finding, first);
    guint more = 0;
    for (guint i = 0; i < odds->len; i++) {
        const Odd *odd = &g_array_index(odds, Odd, i);
        if (odd == first || !is_alike(estate, account, folded, odd))
            continue;
        if (++more < MOST_LOOKALIKES)
            show_alike(finding, odd);
    }
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, first->spelled);
    g_autofree char *others =
        more == 0   ? g_strdup("")
        : more == 1 ? g_strdup(", and another looks like them")
                    : g_strdup_printf(", and %u others look like them", more);
    g_autofree char *by = of->held
                              ? g_strdup_printf("answers for %s by %s", of->spn, of->held)
                              : g_strdup_printf("holds %s", of->spn);
    finding_say(finding, "Two SPNs that look alike",
                "%s %s and %s holds %s%s: they differ only in characters that "
                "do not show or count as the same (CVE-2026-25177). Whoever "
                "registered the second wants the tickets of the first, or pasted it "
                "from a document. Remove the wrong one.",
                account->name, by, owner->name, shown, others);
    if (more < MOST_LOOKALIKES)
        return true;
    g_autofree char *rest = g_strdup_printf("%u", more - MOST_LOOKALIKES + 1);
    finding_evidence(finding, "others that look alike, not shown", rest);
    return true;
}

/* Each kind of look once. */
static void
look_at(const Estate *estate, GHashTable *lookalikes, const Served *of, GHashTable *told,
        Sink *sink)
{
    g_autofree char *skeleton = text_skeleton(of->spn);
    GArray *odds = g_hash_table_lookup(lookalikes, skeleton);
    if (odds && !g_hash_table_contains(told, odds) &&
        tell_lookalike(estate, of, odds, sink))
        g_hash_table_add(told, odds);
}

/* The classes that another serves, in order: host/HV01 answers for cifs/HV01. */
static GPtrArray *
served_classes(const Estate *estate)
{
    GPtrArray *classes = g_ptr_array_new();
    GHashTableIter iter;
    gpointer class;
    g_hash_table_iter_init(&iter, estate->aliases);
    while (g_hash_table_iter_next(&iter, &class, NULL))
        g_ptr_array_add(classes, class);
    g_ptr_array_sort(classes, text_order);
    return classes;
}

static void
look_at_served(const Estate *estate, GHashTable *lookalikes, const GPtrArray *classes,
               const Served *of, GHashTable *told, Sink *sink)
{
    g_autoptr(Spn) spn = spn_parse(of->spn);
    for (guint c = 0; spn && c < classes->len; c++) {
        const char *server = estate_alias_of(estate, classes->pdata[c]);
        if (!text_equal(server, spn->class))
            continue;
        g_autofree char *name = spn_with_class(spn, classes->pdata[c]);
        if (!estate_by_spn(estate, name)) /* else whoever holds it is looked at */
            look_at(estate, lookalikes,
                    &(Served){.account = of->account, .spn = name, .held = of->spn}, told,
                    sink);
    }
}

static void
look_at_spns(const Estate *estate, GHashTable *lookalikes, const GPtrArray *classes,
             const Account *account, Sink *sink)
{
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < account->spns->len; i++) {
        const Served of = {.account = account, .spn = account->spns->pdata[i]};
        look_at(estate, lookalikes, &of, told, sink);
        look_at_served(estate, lookalikes, classes, &of, told, sink);
    }
}

void
check_spn_lookalike(const Audit *audit, Sink *sink)
{
    const GPtrArray *const all[] = {audit->hosts, audit->principals};
    g_autoptr(GHashTable) lookalikes = lookalikes_of(audit->estate);
    if (g_hash_table_size(lookalikes) == 0)
        return;
    g_autoptr(GPtrArray) classes = served_classes(audit->estate);
    for (guint a = 0; a < G_N_ELEMENTS(all); a++)
        for (guint h = 0; h < all[a]->len; h++) {
            const Host *host = all[a]->pdata[h];
            if (!host->outside || host->receives != 0)
                look_at_spns(audit->estate, lookalikes, classes, host->account, sink);
        }
}

/* DOM-03, DOM-04: values that have not arrived everywhere yet. */
#include "checks.h"

#include "base/text.h"

#include <string.h>

#define FRESH_MINUTES 15
#define FRESH_US (G_GINT64_CONSTANT(60) * FRESH_MINUTES * G_USEC_PER_SEC)

/* The values compared between DCs. */
static const AttrId compared[] = {ATTR_UAC, ATTR_SPN, ATTR_DELEGATE_TO, ATTR_RBCD};

/* One line for a list, in one order: two DCs list values differently. */
static char *
list_text(const GPtrArray *values)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (guint i = 0; i < values->len; i++)
        g_ptr_array_add(sorted, values->pdata[i]);
    g_ptr_array_sort(sorted, text_order);
    g_ptr_array_add(sorted, NULL);
    return g_strjoinv("\n", (char **)sorted->pdata);
}

/* The value as comparable text (transfer full). */
static char *
value_text(const ReplicaView *view, AttrId attr)
{
    switch (attr) {
    case ATTR_UAC:
        return g_strdup_printf("%u", view->flags);
    case ATTR_SPN:
        return list_text(view->spns);
    case ATTR_DELEGATE_TO:
        return list_text(view->delegate_to);
    default: {
        gsize length = 0;
        const guint8 *data = view->rbcd ? g_bytes_get_data(view->rbcd, &length) : NULL;
        return length ? g_base64_encode(data, length) : g_strdup("");
    }
    }
}

static const ReplicaView *
view_of(const Replica *replica, const Account *account)
{
    for (guint i = 0; i < replica->views->len; i++)
        if (((const ReplicaView *)replica->views->pdata[i])->account == account)
            return replica->views->pdata[i];
    return NULL;
}

/* What one DC has and the other lacks, in a few words (transfer full). */
static char *
difference_text(const ReplicaView *here, const ReplicaView *there, AttrId attr)
{
    const GPtrArray *mine = attr == ATTR_SPN ? here->spns : here->delegate_to;
    const GPtrArray *theirs = attr == ATTR_SPN ? there->spns : there->delegate_to;
    if (attr == ATTR_UAC)
        return g_strdup_printf("%u", here->flags);
    if (attr == ATTR_RBCD)
        return g_strdup_printf("%" G_GSIZE_FORMAT " bytes",
                               here->rbcd ? g_bytes_get_size(here->rbcd) : 0);
    GString *only = g_string_new(NULL);
    g_string_append_printf(only, "%u value%s", mine->len, mine->len == 1 ? "" : "s");
    guint shown = 0;
    for (guint i = 0; i < mine->len && shown < 3; i++) {
        if (g_ptr_array_find_with_equal_func((GPtrArray *)theirs, mine->pdata[i],
                                             g_str_equal, NULL))
            continue;
        g_string_append_printf(
            only, "%s%s", shown++ ? ", " : "; only here: ", (const char *)mine->pdata[i]);
    }
    return g_string_free(only, FALSE);
}

static void
tell_newest(Finding *finding, const Account *account, AttrId attr)
{
    for (guint i = 0; account->changes && i < account->changes->len; i++) {
        const AttrChange *change = &g_array_index(account->changes, AttrChange, i);
        if (change->attr != attr)
            continue;
        g_autofree char *when = text_time(change->changed_us);
        g_autofree char *dc = account_change_dc(change);
        g_autofree char *text =
            g_strdup_printf("%s, version %u%s%s", when, change->version,
                            dc ? ", first on " : "", dc ? dc : "");
        finding_evidence(finding, "newest change", text);
    }
}

static void
compare(const Audit *audit, const Account *account, AttrId attr, Sink *sink)
{
    const GPtrArray *replicas = audit->estate->replicas;
    const Replica *first = NULL;
    const ReplicaView *first_view = NULL;
    g_autofree char *first_text = NULL;
    for (guint i = 0; i < replicas->len; i++) {
        const Replica *replica = replicas->pdata[i];
        const ReplicaView *view = replica->read ? view_of(replica, account) : NULL;
        if (!view || (view->unread & NEEDS(attr)) != 0)
            continue;
        g_autofree char *text = value_text(view, attr);
        if (!first) {
            first = replica;
            first_view = view;
            first_text = g_steal_pointer(&text);
            continue;
        }
        if (strcmp(text, first_text) == 0 && view->found == first_view->found)
            continue;
        Finding *finding =
            sink_fail(sink, SEVERITY_ERROR, about_spn(account, attr_name(attr)));
        finding_say(
            finding, "Domain controllers hold different values",
            "%s of %s is not the same on %s and %s: a host that asks one of them is "
            "refused what the other would grant. Wait for replication, or push it "
            "(repadmin /syncall %s /AdeP), then look at repadmin /showrepl.",
            attr_name(attr), account->name, first->dc, replica->dc, first->dc);
        g_autofree char *here = difference_text(first_view, view, attr);
        g_autofree char *there = difference_text(view, first_view, attr);
        finding_evidence(finding, first->dc,
                         first_view->found ? here : "no such account");
        finding_evidence(finding, replica->dc, view->found ? there : "no such account");
        tell_newest(finding, account, attr);
        return;
    }
}

void
check_replication_divergence(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    if (audit->estate->replicas->len == 0) {
        sink_not_asked(sink);
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(compared); i++)
        compare(audit, account, compared[i], sink);
}

/* Hosts and KDCs cache what comes of these alone. */
static bool
is_compared(AttrId attr)
{
    for (guint i = 0; i < G_N_ELEMENTS(compared); i++)
        if (compared[i] == attr)
            return true;
    return false;
}

static void
tell_fresh(Sink *sink, const Account *account, const char *what, gint64 then_us)
{
    Finding *finding = sink_fail(sink, SEVERITY_INFO, about(account));
    g_autofree char *when = text_time(then_us);
    /* The moment, not how long ago: two audits of one state shall say the same. */
    finding_say(
        finding, "Changed less than 15 minutes ago",
        "%s was last changed at %s (%s), less than %d minutes before this audit. Hosts "
        "may still use cached tickets, and remember refusals and unknown SPNs for that "
        "long: run klist purge -li 0x3e7 on the sources, or wait.",
        account->name, when, what, FRESH_MINUTES);
    finding_evidence(finding, what, when);
}

void
check_recently_changed(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    gint64 now = audit->estate->collected_us;
    /* The newest change in a file is always young, measured by itself. */
    if (audit->estate->dated == DATED_NEWEST) {
        sink_not_applicable(sink);
        return;
    }
    if (account->changed_us != 0 && now - account->changed_us >= FRESH_US)
        return; /* whenChanged bounds every attribute */
    if (!account->changes) {
        if (account->changed_us != 0)
            tell_fresh(sink, account, "whenChanged", account->changed_us);
        return;
    }
    for (guint i = 0; i < account->changes->len; i++) {
        const AttrChange *change = &g_array_index(account->changes, AttrChange, i);
        if (is_compared(change->attr) && now - change->changed_us < FRESH_US) {
            tell_fresh(sink, account, attr_name(change->attr), change->changed_us);
            return;
        }
    }
}

/* Hosts: what each may do, how its SPNs, tickets and pairs stand. */
#include "hosts.h"

#include "base/text.h"
#include "render/tally.h"

#include <string.h>

static const struct {
    const char *words;
    Verdict verdict;
} states[SPN_STATE_COUNT] = {
    [SPN_STATE_REGISTERED] = {"registered", VERDICT_READY},
    [SPN_STATE_ALIAS] = {"served by an alias", VERDICT_READY},
    [SPN_STATE_MISSING] = {"missing", VERDICT_BROKEN},
    [SPN_STATE_DUPLICATE] = {"on two accounts", VERDICT_BROKEN},
    [SPN_STATE_ELSEWHERE] = {"on another account", VERDICT_BROKEN},
    [SPN_STATE_UNKNOWN] = {"not determined", VERDICT_UNKNOWN},
};

const char *
hosts_spn_words(SpnState state)
{
    return states[state].words;
}

Verdict
hosts_spn_verdict(SpnState state)
{
    return states[state].verdict;
}

static void
entry_free(gpointer data)
{
    HostEntry *entry = data;

    g_free(entry->delegation);
    g_array_unref(entry->spns);
    g_free(entry);
}

static const TicketEvidence *
ticket_of(const Host *host, const char *spn)
{
    for (guint i = 0; host->tickets && i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];

        if (text_equal(ticket->spn, spn))
            return ticket;
    }
    return NULL;
}

static void
gather_spns(HostEntry *entry)
{
    const Host *host = entry->host;

    for (guint i = 0; i < host->spns->len; i++) {
        const SpnStatus *status = host->spns->pdata[i];
        HostSpn spn = {status, ticket_of(host, status->spn)};

        g_array_append_val(entry->spns, spn);
        entry->by_state[status->state]++;
    }
    for (guint i = 0; host->tickets && i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];

        entry->granted += ticket->granted ? 1 : 0;
        entry->refused += !ticket->granted && ticket->answered ? 1 : 0;
    }
}

static void
add_way(const char *name, void *data)
{
    GString *out = data;

    g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", name);
}

static HostEntry *
entry_of(const Estate *estate, const Host *host)
{
    HostEntry *entry = g_new0(HostEntry, 1);
    GString *delegation = g_string_new(NULL);

    entry->host = host;
    entry->spns = g_array_new(FALSE, FALSE, sizeof(HostSpn));
    if (!tally_delegation(host->account, add_way, delegation))
        add_way(delegation->len > 0 ? ESTATE_UNREAD(estate, "the rest")
                                    : estate_unread(estate),
                delegation);
    entry->delegation = g_string_free(delegation, FALSE);
    gather_spns(entry);
    return entry;
}

static void
count_pairs(const Audit *audit, GHashTable *by_account)
{
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];
        HostEntry *source = g_hash_table_lookup(by_account, pair->source);
        HostEntry *target = g_hash_table_lookup(by_account, pair->target);

        if (source)
            source->as_source[pair->verdict]++;
        if (target)
            target->as_target[pair->verdict]++;
    }
}

GPtrArray *
hosts_gather(const Audit *audit)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GHashTable) by_account = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < audit->hosts->len; i++) {
        HostEntry *entry = entry_of(audit->estate, audit->hosts->pdata[i]);

        g_ptr_array_add(entries, entry);
        g_hash_table_insert(by_account, (gpointer)entry->host->account, entry);
    }
    count_pairs(audit, by_account);
    return entries;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const Account *one = *(const Account *const *)a;
    const Account *other = *(const Account *const *)b;

    return strcmp(one->name, other->name);
}

GPtrArray *
hosts_left_out(const Audit *audit)
{
    const GPtrArray *accounts = audit->estate->accounts;
    GPtrArray *left_out = g_ptr_array_new();

    for (guint i = 0; audit->inferred && i < accounts->len; i++)
        if (group_is_disabled_host(accounts->pdata[i]))
            g_ptr_array_add(left_out, accounts->pdata[i]);
    g_ptr_array_sort(left_out, by_name);
    return left_out;
}

char *
hosts_left_out_text(const Audit *audit, guint shown)
{
    g_autoptr(GPtrArray) left_out = hosts_left_out(audit);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < left_out->len && i < shown; i++)
        g_string_append_printf(text, "%s%s (disabled)", i > 0 ? ", " : "",
                               ((const Account *)left_out->pdata[i])->name);
    if (left_out->len > shown)
        g_string_append_printf(text, " and %s more", NUMBER(left_out->len - shown));
    return g_string_free(text, left_out->len == 0);
}

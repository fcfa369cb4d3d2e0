/* Which tickets an audit asks for, and whose they are. */
#include "audit/audit.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

const Pair *
audit_ask_spn(Audit *audit, const Account *source, const Account *target, const char *spn)
{
    Pair *pair = verdict_of_spn(audit->context, MODE_EITHER, source, target, spn);
    g_ptr_array_add(audit->asked, pair);
    return pair;
}

static void
want_asked(const Audit *audit, GPtrArray *wanted)
{
    for (guint i = 0; i < audit->asked->len; i++) {
        const Pair *pair = audit->asked->pdata[i];
        g_ptr_array_add(wanted, ((NeededSpn *)pair->written->needed->pdata[0])->spn);
    }
}

/* Whether a KDC of the audited domain's forest knows the account's SPNs; of another one
 * its own are asked. */
static bool
is_asked_for(const Audit *audit, const Account *account)
{
    const Domain *home = audit->estate->domains->pdata[0];
    const Domain *domain = estate_home_of(audit->estate, account);
    return !audit->estate->several_forests || !domain || !domain->forest ||
           !home->forest || text_equal(domain->forest, home->forest);
}

GPtrArray *
audit_wanted_tickets(const Audit *audit)
{
    GPtrArray *wanted = g_ptr_array_new();
    want_asked(audit, wanted);
    for (guint h = 0; audit->asked->len == 0 && h < audit->hosts->len; h++) {
        const Host *host = audit->hosts->pdata[h];
        for (guint i = 0; is_asked_for(audit, host->account) && i < host->spns->len; i++)
            g_ptr_array_add(wanted,
                            (gpointer)((const SpnStatus *)host->spns->pdata[i])->spn);
    }
    for (guint e = 0; audit->asked->len == 0 && e < audit->edges->len; e++) {
        const Edge *edge = audit->edges->pdata[e];
        bool asked =
            edge->owner == OWNER_FOUND && is_asked_for(audit, edge->target.account);
        for (guint i = 0; asked && i < edge->spns->len; i++) {
            const EdgeSpn *spn = edge->spns->pdata[i];
            if (spn->declared == TRI_YES)
                g_ptr_array_add(wanted, (gpointer)spn->spn);
        }
    }
    g_ptr_array_sort(wanted, text_order);
    for (guint i = wanted->len; i > 1; i--)
        if (strcmp(wanted->pdata[i - 1], wanted->pdata[i - 2]) == 0)
            g_ptr_array_remove_index(wanted, i - 1);
    return wanted;
}

static void
take_edge_tickets(const Audit *audit, const Edge *edge, GHashTable *by_spn)
{
    const Host *host =
        edge->owner == OWNER_FOUND ? audit_host(audit, edge->target.account) : NULL;
    for (guint i = 0; host && i < edge->spns->len; i++) {
        g_autofree char *key = text_fold(((const EdgeSpn *)edge->spns->pdata[i])->spn);
        gpointer ticket = g_hash_table_lookup(by_spn, key);
        if (ticket && !g_ptr_array_find(host->tickets, ticket, NULL))
            g_ptr_array_add(host->tickets, ticket);
    }
}

void
audit_take_tickets(Audit *audit, GPtrArray *tickets)
{
    audit->tickets = tickets;
    g_autoptr(GHashTable) by_spn =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    for (guint i = 0; i < tickets->len; i++) {
        TicketEvidence *ticket = tickets->pdata[i];
        g_hash_table_insert(by_spn, text_fold(ticket->spn), ticket);
    }
    for (guint h = 0; h < audit->hosts->len; h++) {
        const Host *host = audit->hosts->pdata[h];
        for (guint i = 0; is_asked_for(audit, host->account) && i < host->spns->len;
             i++) {
            g_autofree char *key =
                text_fold(((const SpnStatus *)host->spns->pdata[i])->spn);
            gpointer ticket = g_hash_table_lookup(by_spn, key);
            if (ticket)
                g_ptr_array_add(host->tickets, ticket);
        }
    }
    for (guint e = 0; e < audit->edges->len; e++) {
        const Account *target = ((const Edge *)audit->edges->pdata[e])->target.account;
        if (!target || is_asked_for(audit, target))
            take_edge_tickets(audit, audit->edges->pdata[e], by_spn);
    }
}

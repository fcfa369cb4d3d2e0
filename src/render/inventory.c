#include "render/inventory.h"

#include "base/text.h"
#include "render/matrix.h"
#include "render/table.h"
#include "render/tally.h"

#include <string.h>

#define INDENT 2
#define AT_SERVICE 4
#define AT_VERDICT 14
#define AT_REASON 23 /* after "degraded" */

typedef struct {
    Page *page;
    bool any;
} FacetList;

static void
draw_facet(const char *name, void *data)
{
    FacetList *list = data;

    page_say(list->page, INDENT, STYLE_PLAIN, "%s%s",
             list->any ? ", " : "  delegation: ", name);
    list->any = true;
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

/* (transfer full) */
static char *
ticket_text(const TicketEvidence *ticket)
{
    const char *enctype;

    if (!ticket)
        return g_strdup("");
    if (!ticket->granted)
        return g_strdup_printf("%s %s", ticket->answered ? "refused" : "no answer",
                               ticket->error ? ticket->error : "");
    enctype = etype_name(ticket->etype);
    return g_strdup_printf("%s kvno %u %.1f ms", enctype ? enctype : "unknown enctype",
                           ticket->kvno, ticket->ms);
}

/* (transfer full) */
static char *
owners_text(const GPtrArray *owners)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; owners && i < owners->len; i++) {
        const Account *account = owners->pdata[i];

        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", account->name);
    }
    return g_string_free(out, FALSE);
}

static void
draw_host_spns(Page *page, const Host *host)
{
    g_autoptr(Table) table = table_new(4, INDENT);

    for (guint i = 0; i < host->spns->len; i++) {
        const SpnStatus *status = host->spns->pdata[i];
        const TicketEvidence *ticket = ticket_of(host, status->spn);
        g_autofree char *owners = owners_text(status->owners);
        g_autofree char *text = ticket_text(ticket);
        bool good =
            status->state == SPN_STATE_REGISTERED || status->state == SPN_STATE_ALIAS;

        table_add(table, STYLE_PLAIN, status->spn);
        table_add(table, good ? STYLE_GOOD : STYLE_BAD, spn_state_names[status->state]);
        table_add(table, STYLE_PLAIN, owners);
        table_add(table, !ticket || ticket->granted ? STYLE_FAINT : STYLE_BAD, text);
    }
    table_draw(table, page);
}

void
inventory_draw_hosts(Page *page, const Audit *audit)
{
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Host *host = audit->hosts->pdata[i];
        FacetList list = {page, false};

        page_say(page, INDENT, STYLE_STRONG, "%s", host->account->name);
        if (host->account->dns)
            page_say(page, INDENT, STYLE_PLAIN, "  %s", host->account->dns);
        if (host->account->os)
            page_say(page, INDENT, STYLE_FAINT, "  %s", host->account->os);
        if (host->storage)
            page_flow(page, INDENT, STYLE_FAINT, "  file server");
        if (!tally_delegation(host->account, draw_facet, &list))
            draw_facet(list.any ? "the rest could not be read" : "could not be read",
                       &list);
        page_end(page);
        draw_host_spns(page, host);
    }
    if (audit->hosts->len > 0)
        page_end(page);
}

static void
draw_legs(Page *page, guint by)
{
    for (guint leg = 0; leg < G_N_ELEMENTS(leg_names); leg++)
        if (by & (1u << leg))
            page_say(page, AT_REASON, STYLE_FAINT, " %s", leg_names[leg]);
}

/* "  cifs kcd | migration kcd", after the names of a ready pair. */
static void
draw_ready(Page *page, const Pair *pair)
{
    bool any = false;

    for (guint i = 0; i < SERVICE_COUNT; i++) {
        if (!pair->services[i].needed)
            continue;
        page_say(page, AT_REASON, STYLE_FAINT, any ? " %s " : "  ",
                 page_glyph(page, GLYPH_DOT));
        page_flow(page, AT_REASON, STYLE_PLAIN, service_names[i]);
        draw_legs(page, pair->services[i].by);
        any = true;
    }
    page_end(page);
}

static void
draw_service(Page *page, const ServiceVerdict *service, const char *name)
{
    page_tab(page, AT_SERVICE);
    page_put(page, STYLE_PLAIN, name);
    page_tab(page, AT_VERDICT);
    page_put(page, matrix_style(service->verdict), verdict_names[service->verdict]);
    page_tab(page, AT_REASON - 1);
    draw_legs(page, service->by);
    for (guint i = 0; service->reasons && i < service->reasons->len; i++)
        page_say(page, AT_REASON, STYLE_PLAIN, "%s %s", i > 0 ? ";" : "",
                 (const char *)service->reasons->pdata[i]);
    page_end(page);
}

/* "    proof     alice@CONTOSO.COM: 3 of 4 granted; cifs/HV02 KDC_ERR_..." */
static void
draw_proof(Page *page, const PairProof *proof)
{
    guint granted = 0;

    page_tab(page, AT_SERVICE);
    page_put(page, STYLE_PLAIN, "proof");
    page_tab(page, AT_VERDICT);
    for (guint i = 0; i < proof->results->len; i++)
        granted += ((const TicketEvidence *)proof->results->pdata[i])->granted ? 1 : 0;
    if (!proof->source->self_granted)
        page_say(page, AT_VERDICT, STYLE_BAD, "S4U2Self refused: %s",
                 proof->source->self_error);
    else
        page_say(page, AT_VERDICT,
                 granted == proof->results->len ? STYLE_GOOD : STYLE_BAD,
                 "%u of %u granted", granted, proof->results->len);
    page_say(page, AT_VERDICT, STYLE_FAINT, " for %s%s", proof->source->user,
             proof->source->self_granted && !proof->source->self_forwardable
                 ? ", by a ticket that is not forwardable"
                 : "");
    for (guint i = 0; i < proof->results->len; i++) {
        const TicketEvidence *result = proof->results->pdata[i];

        if (!result->granted)
            page_say(page, AT_VERDICT, STYLE_PLAIN, "; %s %s%s%s", result->spn,
                     result->error, result->ntstatus_name ? " " : "",
                     result->ntstatus_name ? result->ntstatus_name : "");
    }
    page_end(page);
}

void
inventory_draw_pairs(Page *page, const Audit *audit)
{
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];

        page_put(page, matrix_style(pair->verdict),
                 page_glyph(page, matrix_glyph(pair->verdict)));
        page_say(page, INDENT, STYLE_STRONG, " %s %s %s", pair->source->name,
                 page_glyph(page, GLYPH_ARROW), pair->target->name);
        if (pair->verdict == VERDICT_READY) {
            draw_ready(page, pair);
        } else {
            page_end(page);
            for (guint service = 0; service < SERVICE_COUNT; service++)
                if (pair->services[service].needed)
                    draw_service(page, &pair->services[service], service_names[service]);
        }
        if (pair->proof)
            draw_proof(page, pair->proof);
    }
    if (audit->pairs->len > 0)
        page_end(page);
}

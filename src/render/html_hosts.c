/* The hosts: what each may do, how its pairs stand, and its SPNs with their owners
 * and tickets.  A body of the table per host, so that a script can sort them. */
#include "base/text.h"
#include "render/html_page.h"

#include <string.h>

#define ACCOUNTS_SHOWN 8

/* A host's pairs as a source and as a target, by verdict. */
typedef struct {
    guint from[VERDICT_COUNT];
    guint to[VERDICT_COUNT];
} Ends;

/* (transfer full; const Account * -> Ends *) */
static GHashTable *
count_ends(const Audit *audit)
{
    GHashTable *ends = g_hash_table_new_full(NULL, NULL, NULL, g_free);

    for (guint i = 0; i < audit->hosts->len; i++)
        g_hash_table_insert(ends,
                            (gpointer)((const Host *)audit->hosts->pdata[i])->account,
                            g_new0(Ends, 1));
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];
        Ends *source = g_hash_table_lookup(ends, pair->source);
        Ends *target = g_hash_table_lookup(ends, pair->target);

        if (source)
            source->from[pair->verdict]++;
        if (target)
            target->to[pair->verdict]++;
    }
    return ends;
}

/* "✗ 3 of 5" ready; sorted by how many are not. */
static void
draw_end(Html *html, const guint counts[VERDICT_COUNT])
{
    guint pairs = 0;
    Verdict worst = VERDICT_READY;

    for (guint i = 0; i < VERDICT_COUNT; i++) {
        pairs += counts[i];
        worst = counts[i] > 0 ? (Verdict)i : worst;
    }
    g_autofree char *slips = g_strdup_printf("%u", pairs - counts[VERDICT_READY]);
    html_start(html, "td", "data-sort", slips, NULL);
    if (pairs == 0) {
        html_element(html, "span", "none", "class", "quiet", NULL);
    } else {
        html_mark(html, &html_verdicts[worst]);
        html_say(html, "%u of %u", counts[VERDICT_READY], pairs);
    }
    html_end(html);
}

static void
add_facet(const char *name, void *data)
{
    GString *out = data;

    g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", name);
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
draw_ticket(Html *html, const TicketEvidence *ticket)
{
    const char *enctype = ticket ? etype_name(ticket->etype) : NULL;

    html_start(html, "td", NULL);
    if (!ticket) {
        html_element(html, "span", "not asked for", "class", "quiet", NULL);
    } else if (ticket->granted) {
        html_mark(html, &html_verdicts[VERDICT_READY]);
        if (enctype)
            html_say(html, "granted, %s", enctype);
        else
            html_say(html, "granted, etype %d", ticket->etype);
        html_say(html, ", kvno %u, %.1f ms", ticket->kvno, ticket->ms);
    } else {
        html_mark(html,
                  ticket->answered ? &html_verdicts[VERDICT_BROKEN] : &html_undecided);
        html_say(html, "%s: %s%s%s", ticket->answered ? "refused" : "no answer",
                 ticket->error ? ticket->error : "", ticket->meaning ? ", " : "",
                 ticket->meaning ? ticket->meaning : "");
    }
    html_end(html);
}

const HtmlMark *
html_spn_mark(SpnState state)
{
    if (state == SPN_STATE_REGISTERED || state == SPN_STATE_ALIAS)
        return &html_verdicts[VERDICT_READY];
    if (state == SPN_STATE_UNKNOWN)
        return &html_undecided;
    return &html_verdicts[VERDICT_BROKEN];
}

static void
draw_owners(Html *html, const GPtrArray *owners)
{
    html_start(html, "td", NULL);
    for (guint i = 0; owners && i < owners->len && i < ACCOUNTS_SHOWN; i++) {
        const Account *owner = owners->pdata[i];

        html_text(html, i > 0 ? ", " : "");
        html_element(html, "span", owner->name, "title", owner->dn, NULL);
    }
    if (!owners || owners->len == 0)
        html_element(html, "span", "nobody", "class", "quiet", NULL);
    else if (owners->len > ACCOUNTS_SHOWN)
        html_say(html, " and %u more", owners->len - ACCOUNTS_SHOWN);
    html_end(html);
}

static void
draw_spns(Html *html, const Host *host)
{
    static const char *const columns[] = {"SPN", "Status", "Owner", "Test ticket"};

    if (host->spns->len == 0)
        return;
    g_autofree char *label =
        g_strconcat("SPNs that ", host->account->name, " needs", NULL);
    html_start(html, "table", "class", "list inner", "aria-label", label, NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < host->spns->len; i++) {
        const SpnStatus *status = host->spns->pdata[i];

        html_start(html, "tr", NULL);
        html_element(html, "th", status->spn, "scope", "row", "class", "code", NULL);
        html_start(html, "td", NULL);
        html_mark(html, html_spn_mark(status->state));
        html_text(html, spn_state_names[status->state]);
        html_end(html);
        draw_owners(html, status->owners);
        draw_ticket(html, ticket_of(host, status->spn));
        html_end(html);
    }
    html_end(html);
    html_end(html);
}

static void
draw_term(Html *html, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    html_element(html, "dt", name, NULL);
    html_element(html, "dd", value, NULL);
}

static void
draw_identity(Html *html, const Account *account)
{
    g_autofree char *sid = sid_is_set(&account->sid) ? sid_format(&account->sid) : NULL;
    g_autofree char *uac = account_uac_text(account);
    g_autofree char *etypes =
        !account_knows(account, ATTR_ETYPES) ? g_strdup("could not be read")
        : account->etypes                    ? flags_format(etype_flags, account->etypes)
                                             : g_strdup("not set");
    g_autofree char *os = account->os_version
                              ? g_strdup_printf("%s %s", account->os ? account->os : "",
                                                account->os_version)
                              : NULL;

    html_start(html, "dl", "class", "evidence", NULL);
    draw_term(html, "DN", account->dn);
    draw_term(html, "DNS name", account->dns ? account->dns : "none");
    draw_term(html, "SID", sid);
    draw_term(html, "Operating system", os);
    draw_term(html, "userAccountControl", uac);
    draw_term(html, "Encryption types", etypes);
    html_end(html);
}

/* "4 SPNs: 3 registered, 1 missing" */
static void
draw_spn_line(Html *html, const Host *host)
{
    static const SpnState states[] = {SPN_STATE_MISSING,    SPN_STATE_DUPLICATE,
                                      SPN_STATE_ELSEWHERE,  SPN_STATE_UNKNOWN,
                                      SPN_STATE_REGISTERED, SPN_STATE_ALIAS};
    guint granted = 0, refused = 0;
    bool first = true;

    for (guint s = 0; s < G_N_ELEMENTS(states); s++) {
        guint count = 0;

        for (guint i = 0; i < host->spns->len; i++)
            count += ((const SpnStatus *)host->spns->pdata[i])->state == states[s];
        if (count == 0)
            continue;
        html_text(html, first ? "SPNs: " : ", ");
        html_mark(html, html_spn_mark(states[s]));
        html_say(html, "%u %s", count, spn_state_names[states[s]]);
        first = false;
    }
    if (first)
        html_text(html, "No SPN is needed");
    for (guint i = 0; host->tickets && i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];

        granted += ticket->granted ? 1 : 0;
        refused += !ticket->granted && ticket->answered ? 1 : 0;
    }
    if (granted + refused > 0)
        html_say(html, "; tickets: %u granted, %u refused", granted, refused);
}

static void
draw_state(Html *html, const Host *host)
{
    const Account *account = host->account;

    html_start(html, "td", NULL);
    if (account_is_enabled(account) == TRI_UNKNOWN) {
        html_mark(html, &html_undecided);
        html_text(html, "not read");
    } else if (account_is_enabled(account) == TRI_YES) {
        html_text(html, "enabled");
    } else {
        html_mark(html, &html_verdicts[VERDICT_BROKEN]);
        html_text(html, "disabled");
    }
    html_end(html);
}

static void
draw_host(HtmlPage *page, const Host *host, const Ends *ends, guint place)
{
    Html *html = &page->html;
    const Account *account = host->account;
    g_autoptr(GString) facets = g_string_new(NULL);
    g_autofree char *entries = g_strdup_printf("%u", account->delegate_to->len);
    g_autofree char *number = g_strdup_printf("%u", place);

    if (!tally_delegation(account, add_facet, facets))
        add_facet(facets->len > 0 ? "the rest not read" : "not read", facets);
    html_start(html, "tbody", "class", "host", "data-host", number, NULL);
    html_start(html, "tr", NULL);
    html_element(html, "th", account->name, "scope", "row", NULL);
    html_start(html, "td", NULL);
    html_text(html, account->os ? account->os : "");
    if (host->storage)
        html_element(html, "span", account->os ? ", file server" : "file server", "class",
                     "quiet", NULL);
    html_end(html);
    draw_state(html, host);
    html_element(html, "td", facets->len > 0 ? facets->str : "none", "class",
                 facets->len > 0 ? NULL : "quiet", NULL);
    html_element(html, "td",
                 account_knows(account, ATTR_DELEGATE_TO) ? entries : "not read",
                 "data-sort", entries, NULL);
    draw_end(html, ends->from);
    draw_end(html, ends->to);
    html_end(html);
    html_start(html, "tr", NULL);
    html_start(html, "td", "colspan", "7", NULL);
    html_start(html, "details", "class", "spns", NULL);
    html_start(html, "summary", NULL);
    draw_spn_line(html, host);
    html_end(html);
    draw_spns(html, host);
    draw_identity(html, account);
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}

void
html_draw_hosts(HtmlPage *page)
{
    static const char *const columns[] = {
        "Host",    "Operating system", "Account",         "Delegates by",
        "Entries", "As source, ready", "As target, ready"};
    Html *html = &page->html;
    const GPtrArray *hosts = page->audit->hosts;
    g_autoptr(GHashTable) ends = count_ends(page->audit);

    html_section(html, "hosts", "Hosts, their SPNs and tickets");
    html_start(html, "div", "class", "controls scripted", NULL);
    html_element(html, "p", "", "id", "hosts-count", "class", "count", "role", "status",
                 NULL);
    html_end(html);
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list hosts", "id", "hosts-table",
               "aria-labelledby", "hosts-title", NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    for (guint i = 0; i < hosts->len; i++) {
        const Host *host = hosts->pdata[i];

        draw_host(page, host, g_hash_table_lookup(ends, host->account), i);
    }
    html_end(html);
    html_end(html);
    html_end(html);
}

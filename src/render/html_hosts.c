/* The hosts: what each may do, how its pairs stand, and its SPNs with their owners
 * and tickets.  A body of the table per host, so that a script can sort them. */
#include "hosts.h"
#include "html_parts.h"

#include "base/text.h"

#define ACCOUNTS_SHOWN 8

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
        html_say(html, "%s of %s", NUMBER(counts[VERDICT_READY]), NUMBER(pairs));
    }
    html_end(html);
}

static void
draw_ticket(Html *html, const TicketEvidence *ticket)
{
    html_start(html, "td", NULL);
    if (!ticket) {
        html_element(html, "span", "not requested", "class", "quiet", NULL);
    } else if (ticket->granted) {
        g_autofree char *enctype = etype_text(ticket->etype);

        html_mark(html, &html_verdicts[VERDICT_READY]);
        html_say(html, "granted, %s, kvno %u, %.1f ms", enctype, ticket->kvno,
                 ticket->ms);
    } else {
        html_mark(html,
                  ticket->answered ? &html_verdicts[VERDICT_BROKEN] : &html_undetermined);
        html_say(html, "%s: %s%s%s", ticket->answered ? "refused" : "no answer",
                 ticket->error ? ticket->error : "", ticket->meaning ? ", " : "",
                 ticket->meaning ? ticket->meaning : "");
    }
    html_end(html);
}

static const HtmlMark *
mark_of(SpnState state)
{
    return &html_verdicts[hosts_spn_verdict(state)];
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
draw_spns(Html *html, const HostEntry *entry)
{
    static const char *const columns[] = {"SPN", "Status", "Owner", "Test ticket"};

    if (entry->spns->len == 0)
        return;
    g_autofree char *label =
        g_strconcat("SPNs that ", entry->host->account->name, " needs", NULL);
    html_start(html, "table", "class", "list inner", "aria-label", label, NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < entry->spns->len; i++) {
        const HostSpn *spn = &g_array_index(entry->spns, HostSpn, i);

        html_start(html, "tr", NULL);
        html_element(html, "th", spn->status->spn, "scope", "row", "class", "code", NULL);
        html_start(html, "td", NULL);
        html_mark(html, mark_of(spn->status->state));
        html_text(html, spn_state_names[spn->status->state]);
        html_end(html);
        draw_owners(html, spn->status->owners);
        draw_ticket(html, spn->ticket);
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
        !account_knows(account, ATTR_ETYPES) ? g_strdup("was not read")
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

/* "SPNs: 1 missing, 3 registered; tickets: 3 granted, 1 refused", what is amiss
 * first. */
static void
draw_spn_line(Html *html, const HostEntry *entry)
{
    bool first = true;

    for (guint i = 0; i < 2 * SPN_STATE_COUNT; i++) {
        SpnState state = (SpnState)(i % SPN_STATE_COUNT);
        bool amiss = hosts_spn_verdict(state) != VERDICT_READY;

        if (entry->by_state[state] == 0 || amiss != (i < SPN_STATE_COUNT))
            continue;
        html_text(html, first ? "SPNs: " : ", ");
        html_mark(html, mark_of(state));
        html_say(html, "%u %s", entry->by_state[state], spn_state_names[state]);
        first = false;
    }
    if (first)
        html_text(html, "No SPN is needed");
    if (entry->granted + entry->refused > 0)
        html_say(html, "; tickets: %u granted, %u refused", entry->granted,
                 entry->refused);
}

static void
draw_state(Html *html, const Host *host)
{
    const Account *account = host->account;

    html_start(html, "td", NULL);
    if (account_is_enabled(account) == TRI_UNKNOWN) {
        html_mark(html, &html_undetermined);
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
draw_host(Html *html, const HostEntry *entry, guint place)
{
    const Host *host = entry->host;
    const Account *account = host->account;
    const char *ways = entry->delegation;
    g_autofree char *entries = g_strdup_printf("%u", account->delegate_to->len);
    g_autofree char *number = g_strdup_printf("%u", place);

    html_start(html, "tbody", "class", place < PAPER_HOSTS ? "host" : "host late",
               "data-host", number, NULL);
    html_start(html, "tr", NULL);
    html_element(html, "th", account->name, "scope", "row", NULL);
    html_start(html, "td", NULL);
    html_text(html, account->os ? account->os : "");
    if (host->storage)
        html_element(html, "span", account->os ? ", file server" : "file server", "class",
                     "quiet", NULL);
    html_end(html);
    draw_state(html, host);
    html_element(html, "td", *ways ? ways : "none", "class", *ways ? NULL : "quiet",
                 NULL);
    html_element(html, "td",
                 account_knows(account, ATTR_DELEGATE_TO) ? entries : "not read",
                 "data-sort", entries, NULL);
    draw_end(html, entry->as_source);
    draw_end(html, entry->as_target);
    html_end(html);
    html_start(html, "tr", NULL);
    html_start(html, "td", "colspan", "7", NULL);
    html_start(html, "details", "class", "spns", NULL);
    html_start(html, "summary", NULL);
    draw_spn_line(html, entry);
    html_end(html);
    draw_spns(html, entry);
    draw_identity(html, account);
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}

void
html_draw_hosts(HtmlPage *page)
{
    for (guint i = 0; i < page->hosts->len; i++)
        draw_host(&page->html, page->hosts->pdata[i], i);
}

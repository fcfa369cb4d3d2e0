/* Builds filter terms of accounts, SPNs, groups and SIDs. */
#include "batches.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/authnpolicy.h"
#include "model/spn.h"
#include "model/wellknown.h"
#include "model/written.h"

#include <string.h>

/* SPNs to be asked for, and what is found without. */
typedef struct {
    Batching batching;
    const GPtrArray *starts; /* as batches_lookalike_starts; NULL: none */
    GHashTable *computers;   /* folded sAMAccountNames of those read; NULL: none */
    GHashTable *entries;     /* that were seen: many lists hold the same */
} Asking;

static void
add_spn(Batching *batching, const char *spn)
{
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, spn);
    if (quoted && strlen(spn) <= MOST_SPN_BYTES)
        batching_add(batching, "servicePrincipalName", quoted);
}

static void
ask_spn(Asking *asking, const char *spn)
{
    if (!asking->starts || !batches_covered(asking->starts, spn))
        add_spn(&asking->batching, spn);
}

static void
add_needed(Asking *asking, const char *host)
{
    static const char *const classes[] = {SPN_CIFS, SPN_HOST, SPN_MIGRATION, SPN_HTTP,
                                          SPN_WSMAN};
    for (guint i = 0; host && *host && i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *spn = spn_of(classes[i], host);
        ask_spn(asking, spn);
    }
}

/* The computer that an entry names: where its SPN is on nobody, it matters
 * whether the host is gone or only the SPN. */
static void
add_named(Asking *asking, const char *host)
{
    g_autofree char *label = g_strndup(host, strcspn(host, "."));
    g_autofree char *sam = g_strconcat(label, "$", NULL);
    g_autofree char *folded = text_fold(sam);
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, sam);
    if (!asking->computers || !g_hash_table_contains(asking->computers, folded))
        batching_add(&asking->batching, "sAMAccountName", quoted);
}

static void
add_entry(Asking *asking, const Estate *estate, const char *entry)
{
    if (g_hash_table_contains(asking->entries, entry))
        return;
    g_hash_table_add(asking->entries, g_strdup(entry));
    ask_spn(asking, entry);
    g_autoptr(Spn) spn = spn_parse(entry);
    if (spn)
        add_named(asking, spn->host);
    const char *class = spn ? estate_alias_of(estate, spn->class) : NULL;
    if (class) {
        g_autofree char *alias = spn_with_class(spn, class);
        ask_spn(asking, alias);
    }
}

/* A KDC is asked by one of its own SPNs, which may be another's, too. */
static void
add_own(Asking *asking, const Account *account)
{
    for (guint i = 0; i < MIN(account->spns->len, SPNS_TRIED); i++)
        ask_spn(asking, account->spns->pdata[i]);
}

static void
add_declared(Asking *asking, const Estate *estate, const char *spn)
{
    if (!g_str_has_suffix(spn, ".*")) {
        add_entry(asking, estate, spn);
        return;
    }
    g_autofree char *stem = g_strndup(spn, strlen(spn) - 1);
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, stem);
    g_autofree char *assertion = g_strconcat(quoted, "*", NULL);
    batching_add(&asking->batching, "servicePrincipalName", assertion);
}

GPtrArray *
batches_class_spns(const CollectPlan *plan, const Account *host)
{
    GPtrArray *spns = g_ptr_array_new_with_free_func(g_free);
    for (guint g = 0; plan->groups && g < plan->groups->len; g++) {
        const GroupSpec *spec = plan->groups->pdata[g];
        for (guint i = 0; i < spec->classes->len; i++) {
            const char *class = spec->classes->pdata[i];
            int length = (int)strcspn(class, ":");
            g_ptr_array_add(spns, g_strdup_printf("%.*s/%s%s", length, class, host->name,
                                                  class + length));
            if (host->dns)
                g_ptr_array_add(spns, g_strdup_printf("%.*s/%s%s", length, class,
                                                      host->dns, class + length));
        }
    }
    return spns;
}

Batches *
batches_of_spns(const Builder *builder, const CollectPlan *plan, const GPtrArray *starts,
                GHashTable *computers)
{
    g_autoptr(GHashTable) entries =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    Asking asking = {batching_start(), starts, computers, entries};
    const Estate *estate = builder->estate;
    for (guint i = 0; plan->declared_spns && i < plan->declared_spns->len; i++)
        add_declared(&asking, estate, plan->declared_spns->pdata[i]);
    if (plan->asked_spn)
        add_entry(&asking, estate, plan->asked_spn);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        bool delegates = builder_delegates(builder, plan, account);
        bool wanted = builder_wants(builder, plan, account);
        if (wanted) {
            g_autoptr(GPtrArray) classes = batches_class_spns(plan, account);
            for (guint c = 0; c < classes->len; c++)
                add_entry(&asking, estate, classes->pdata[c]);
            add_needed(&asking, account->name);
            add_needed(&asking, account->dns);
        }
        if (delegates && account->rbcd)
            add_own(&asking, account);
        for (guint d = 0; (wanted || delegates) && d < account->delegate_to->len; d++)
            add_entry(&asking, estate, account->delegate_to->pdata[d]);
    }
    return batching_end(&asking.batching);
}

/* A glob as a substring assertion: LDAP has no ?, so * finds more than asked;
 * the plan decides again over what came. */
static char *
glob_assertion(const char *pattern)
{
    GString *assertion = g_string_new(NULL);
    while (*pattern) {
        gsize plain = strcspn(pattern, "*?");
        g_autofree char *piece = g_strndup(pattern, plain);
        text_quote(QUOTE_LDAP_FILTER, piece, assertion);
        pattern += plain;
        if (*pattern)
            g_string_append_c(assertion, '*');
        pattern += strspn(pattern, "*?");
    }
    return g_string_free(assertion, FALSE);
}

static void
add_sid_as(Batching *batching, const char *attribute, const Sid *sid)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GString) escaped = g_string_new(NULL);
    sid_write(sid, bytes);
    for (guint b = 0; b < bytes->len; b++)
        g_string_append_printf(escaped, "\\%02x", bytes->data[b]);
    batching_add(batching, attribute, escaped->str);
}

static void
add_sid(Batching *batching, const Sid *sid)
{
    add_sid_as(batching, "objectSid", sid);
}

/* All that the name or glob may stand for. */
static void
add_name(Batching *batching, const char *text)
{
    g_auto(WrittenForms) forms = written_forms(text);
    if (sid_is_set(&forms.sid))
        add_sid(batching, &forms.sid);
    if (forms.dn) {
        g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, forms.dn);
        batching_add(batching, "distinguishedName", quoted);
    }
    if (!forms.sam)
        return;
    g_autofree char *sam = glob_assertion(forms.sam);
    g_autofree char *dns = glob_assertion(forms.dns);
    if (!g_str_has_suffix(sam, "$")) {
        g_autofree char *computer = g_strconcat(sam, "$", NULL);
        batching_add(batching, "sAMAccountName", computer);
    }
    batching_add(batching, "sAMAccountName", sam);
    batching_add(batching, "dNSHostName", dns);
    if (strchr(forms.whole, '@')) {
        g_autofree char *upn = text_quoted(QUOTE_LDAP_FILTER, forms.whole);
        batching_add(batching, "userPrincipalName", upn);
    }
}

Batches *
batches_of_names(const CollectPlan *plan)
{
    Batching batching = batching_start();
    for (guint g = 0; plan->groups && g < plan->groups->len; g++) {
        const GroupSpec *spec = plan->groups->pdata[g];
        for (guint i = 0; i < spec->hosts->len; i++)
            add_name(&batching, spec->hosts->pdata[i]);
        for (guint i = 0; i < spec->storage->len; i++)
            add_name(&batching, spec->storage->pdata[i]);
    }
    return batching_end(&batching);
}

Batches *
batches_of_computers(const GPtrArray *hosts)
{
    Asking asking = {.batching = batching_start()};
    for (guint i = 0; i < hosts->len; i++)
        add_named(&asking, hosts->pdata[i]);
    return batching_end(&asking.batching);
}

Batches *
batches_of_declared(const CollectPlan *plan)
{
    Batching batching = batching_start();
    for (guint d = 0; plan->declarations && d < plan->declarations->len; d++) {
        const Declaration *declaration = plan->declarations->pdata[d];
        for (guint i = 0; i < declaration->from->len; i++) {
            add_name(&batching, declaration->from->pdata[i]);
        }
        for (guint i = 0; i < declaration->to->len; i++) {
            const char *host = declaration->to->pdata[i];
            g_autofree char *name = g_strndup(host, strcspn(host, ":"));
            if (declaration->workload && !strpbrk(host, "/*?"))
                add_name(&batching, name);
        }
    }
    return batching_end(&batching);
}

/* A list that was not parted, as a display name may hold a comma: its parts, too. */
static void
add_person(Batching *batching, const char *text)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, text);
    add_name(batching, text);
    if (!strpbrk(text, "\\@=")) {
        batching_add(batching, "displayName", quoted);
        batching_add(batching, "cn", quoted);
    }
    written_split(text, parts);
    for (guint i = 0; parts->len > 1 && i < parts->len; i++)
        add_name(batching, parts->pdata[i]);
}

Batches *
batches_of_people(const GPtrArray *names)
{
    Batching batching = batching_start();
    for (guint i = 0; names && i < names->len; i++)
        add_person(&batching, names->pdata[i]);
    return batching_end(&batching);
}

/* Names that begin as one of these does. */
#define NEARBY_PREFIX 3 /* letters at most */

Batches *
batches_nearby(const GPtrArray *texts)
{
    Batching batching = batching_start();
    for (guint i = 0; i < texts->len; i++) {
        g_auto(WrittenForms) forms = written_forms(texts->pdata[i]);
        glong length = forms.sam ? g_utf8_strlen(forms.sam, -1) : 0;
        if (length < 2 || strpbrk(forms.sam, "*?"))
            continue;
        glong taken = CLAMP(length / 2, 1, NEARBY_PREFIX);
        g_autofree char *prefix = g_utf8_substring(forms.sam, 0, taken);
        g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, prefix);
        g_autofree char *assertion = g_strconcat(quoted, "*", NULL);
        batching_add(&batching, "sAMAccountName", assertion);
    }
    return batching_end(&batching);
}

Batches *
batches_of_asked(const CollectPlan *plan)
{
    Asking asking = {.batching = batching_start()};
    g_autoptr(Spn) spn = spn_parse(plan->asked_spn);
    add_name(&asking.batching, plan->asked_name);
    add_spn(&asking.batching, plan->asked_spn);
    if (spn) {
        g_autofree char *alias = spn_with_class(spn, SPN_HOST);
        add_spn(&asking.batching, alias);
        add_named(&asking, spn->host);
    }
    return batching_end(&asking.batching);
}

/* * stays a wildcard, everything else stands for itself. */
static char *
pattern_assertion(const char *pattern)
{
    g_autoptr(GString) assertion = g_string_new(NULL);
    g_auto(GStrv) pieces = g_strsplit(pattern, "*", -1);
    for (guint i = 0; pieces[i]; i++) {
        bool last = pieces[i + 1] == NULL, inner = i > 0 && !last;
        if (inner && !*pieces[i])
            continue; /* "**" is no filter */
        if (i > 0)
            g_string_append_c(assertion, '*');
        text_quote(QUOTE_LDAP_FILTER, pieces[i], assertion);
    }
    return g_string_free(g_steal_pointer(&assertion), FALSE);
}

/* What stands in for the SPN where nobody holds it. */
static void
add_alias(Batching *batching, const Estate *estate, const char *pattern)
{
    g_autoptr(Spn) spn = strchr(pattern, '*') ? NULL : spn_parse(pattern);
    const char *class = spn ? estate_alias_of(estate, spn->class) : NULL;
    g_autofree char *alias = class ? spn_with_class(spn, class) : NULL;
    if (alias)
        add_spn(batching, alias);
}

Batches *
batches_of_search(const SpnSearch *search, const Estate *estate)
{
    Batching batching = batching_start();
    if (search->account)
        add_name(&batching, search->account);
    if (search->pattern || !search->account) {
        g_autofree char *assertion =
            pattern_assertion(search->pattern ? search->pattern : "*");
        batching_add(&batching, "servicePrincipalName", *assertion ? assertion : "*");
    }
    if (search->pattern)
        add_alias(&batching, estate, search->pattern);
    return batching_end(&batching);
}

Batches *
batches_of_doubles(const GPtrArray *spns)
{
    Batching batching = batching_start();
    for (guint i = 0; i < spns->len; i++)
        add_spn(&batching, spns->pdata[i]);
    return batching_end(&batching);
}

Batches *
batches_of_dns(const GPtrArray *dns)
{
    Batching batching = batching_start();
    for (guint i = 0; i < dns->len; i++) {
        g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, dns->pdata[i]);
        batching_add(&batching, "distinguishedName", quoted);
    }
    return batching_end(&batching);
}

Batches *
batches_of_primaries(const GPtrArray *sids)
{
    Batching batching = batching_start();
    for (guint i = 0; i < sids->len; i++) {
        g_autofree char *rid = g_strdup_printf("%u", sid_rid(sids->pdata[i]));
        batching_add(&batching, "primaryGroupID", rid);
    }
    return batching_end(&batching);
}

Batches *
batches_of_sids(const GPtrArray *sids)
{
    Batching batching = batching_start();
    for (guint i = 0; i < sids->len; i++) {
        add_sid(&batching, sids->pdata[i]);
    }
    return batching_end(&batching);
}

Batches *
batches_of_bearers(const GPtrArray *sids)
{
    Batching batching = batching_start();
    for (guint i = 0; i < sids->len; i++) {
        add_sid(&batching, sids->pdata[i]);
        if (sid_is_of_domain(sids->pdata[i]))
            add_sid_as(&batching, "sIDHistory", sids->pdata[i]);
    }
    return batching_end(&batching);
}

/* For SIDs that are asked for, and may be of groups. */
static const Account nobody;

static void
add_trustees(GBytes *of, GHashTable *known, GPtrArray *wanted, bool *ret_groups)
{
    g_autoptr(SecDesc) descriptor = NULL;
    gsize length;
    const void *data = g_bytes_get_data(of, &length);
    if (!secdesc_parse(data, length, &descriptor, NULL))
        return; /* the audit says so */
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Sid *sid = &g_array_index(descriptor->aces, Ace, i).sid;
        if (!sid_is_set(sid) || sid_among(sid, wellknown_everybody))
            continue; /* in every token: needs no look-up */
        const Account *found = g_hash_table_lookup(known, sid);
        if (!found || (found->kinds & (KIND_COMPUTER | KIND_USER)) == 0)
            *ret_groups = true;
        if (!found) {
            Sid *copy = g_memdup2(sid, sizeof *sid);
            g_ptr_array_add(wanted, copy);
            g_hash_table_insert(known, copy, (gpointer)&nobody); /* asked for once */
        }
    }
}

/* Whom authentication policies name. */
static void
add_authn_trustees(const Estate *estate, GHashTable *known, GPtrArray *wanted,
                   bool *ret_groups)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, estate->authn_policies);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const AuthnPolicy *policy = value;
        for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++)
            if (policy->descriptors[AUTHN_TO][type])
                add_trustees(policy->descriptors[AUTHN_TO][type], known, wanted,
                             ret_groups);
    }
}

GPtrArray *
batches_trustees(const Builder *builder, const CollectPlan *plan, Whose whose,
                 bool *ret_groups)
{
    const Estate *estate = builder->estate;
    GPtrArray *wanted = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) known = g_hash_table_new(sid_hash, sid_equal);
    *ret_groups = false;
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        if (sid_is_set(&account->sid))
            g_hash_table_insert(known, &account->sid, account);
    }
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (account->rbcd && whose(builder, plan, account))
            add_trustees(account->rbcd, known, wanted, ret_groups);
    }
    add_authn_trustees(estate, known, wanted, ret_groups);
    return wanted;
}

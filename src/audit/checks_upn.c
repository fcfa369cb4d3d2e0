/* SPN-11: names of those that delegate, and of operators, that somebody else has as well,
 * or something that looks like them. */
#include "checks.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

#define OTHERS_MAX 8u /* told of for one account */

/* Folded names of all accounts that were read -> GPtrArray of const Account *. */
typedef struct {
    GHashTable *written; /* userPrincipalName */
    GHashTable *made;    /* of sAMAccountName and domain (MS-ADTS 5.1.1.1.1) */
    GHashTable *alike;   /* written, not plain ASCII, by what they look like */
} Names;

static void
add_name(GHashTable *table, char *key, const Account *account)
{
    GPtrArray *list = g_hash_table_lookup(table, key);
    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(table, key, list);
    } else {
        g_free(key);
    }
    g_ptr_array_add(list, (gpointer)account);
}

static bool
is_plain(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((guchar)*at >= 0x80)
            return false;
    return true;
}

/* "alice@contoso.com" of alice, whatever her userPrincipalName is (transfer full); NULL:
 * not known. */
static char *
made_name(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_home_of(estate, account);
    return account->sam && domain && domain->dns
               ? g_strconcat(account->sam, "@", domain->dns, NULL)
               : NULL;
}

static GHashTable *
new_table(void)
{
    return g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                 (GDestroyNotify)g_ptr_array_unref);
}

static Names
names_of(const Estate *estate)
{
    Names names = {new_table(), new_table(), new_table()};
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (account->missing || (account->kinds & KIND_GROUP) != 0 ||
            account_is_conflict(account))
            continue;
        g_autofree char *made = made_name(estate, account);
        if (made)
            add_name(names.made, text_fold(made), account);
        if (account->upn)
            add_name(names.written, text_fold(account->upn), account);
        if (account->upn && !is_plain(account->upn))
            add_name(names.alike, text_skeleton(account->upn), account);
    }
    return names;
}

static void
names_clear(Names *names)
{
    g_hash_table_unref(names->written);
    g_hash_table_unref(names->made);
    g_hash_table_unref(names->alike);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Names, names_clear)

/* One account whose names are looked at. */
typedef struct {
    const Estate *estate;
    const Names *names;
    const Account *account;
    Sink *sink;
    GHashTable *told; /* const Account *: of whom was told already */
    Finding *last;
    guint more; /* of whom was not told, there being so many */
} Case;

static void
show_name(const Case *of, Finding *finding, const Account *account)
{
    g_autofree char *key = g_strdup_printf("userPrincipalName of %s", account->dn);
    g_autofree char *made = made_name(of->estate, account);
    g_autofree char *shown =
        account->upn ? text_quoted(QUOTE_TERMINAL, account->upn) : NULL;
    g_autofree char *none = g_strdup_printf(
        "%s; it answers to %s", account_knows(account, ATTR_UPN) ? "none" : "not read",
        made ? made : account->name);
    finding_evidence(finding, key, shown ? shown : none);
}

static Finding *
tell(Case *of, Severity severity, const Account *other)
{
    Finding *finding = sink_fail(of->sink, severity, about_pair(of->account, other));
    show_name(of, finding, of->account);
    show_name(of, finding, other);
    of->last = finding;
    return finding;
}

typedef void (*Telling)(Case *of, const Account *other, const char *name);

/* Each once, the worst first. */
static void
tell_each(Case *of, const GPtrArray *owners, const char *name, Telling telling)
{
    for (guint i = 0; owners && i < owners->len; i++) {
        const Account *other = owners->pdata[i];
        if (g_hash_table_size(of->told) >= OTHERS_MAX) {
            of->more += owners->len - i;
            return;
        }
        if (other != of->account && g_hash_table_add(of->told, (gpointer)other))
            telling(of, other, name);
    }
}

static void
tell_owner(Case *of, const Account *other, const char *name)
{
    finding_say(tell(of, SEVERITY_ERROR, other),
                "A user principal name on more than one account",
                "%s and %s both answer to %s. Which of them a domain controller takes "
                "depends on the form in which the name comes, or it refuses both (event "
                "11), so tickets for the one may be the other's: whoever signs in, or is "
                "delegated, under that name. Give one of them another "
                "userPrincipalName.",
                of->account->name, other->name, name);
}

static void
tell_alike(Case *of, const Account *other, const char *name)
{
    finding_say(
        tell(of, SEVERITY_WARNING, other), "Two user principal names that look alike",
        "%s has a userPrincipalName that looks like %s of %s: they differ only in "
        "characters that do not show or count as the same (CVE-2026-25177). "
        "Somebody wants to be taken for the other, or pasted a name from a "
        "document. Remove the wrong one.",
        other->name, name, of->account->name);
}

static void
judge_name(Case *of, const char *name)
{
    g_autofree char *folded = text_fold(name);
    g_autofree char *skeleton = text_skeleton(name);
    tell_each(of, g_hash_table_lookup(of->names->written, folded), name, tell_owner);
    tell_each(of, g_hash_table_lookup(of->names->made, folded), name, tell_owner);
    tell_each(of, g_hash_table_lookup(of->names->alike, skeleton), name, tell_alike);
    if (!is_plain(name)) {
        tell_each(of, g_hash_table_lookup(of->names->written, skeleton), name,
                  tell_alike);
        tell_each(of, g_hash_table_lookup(of->names->made, skeleton), name, tell_alike);
    }
}

static void
judge_account(const Estate *estate, const Names *names, const Account *account,
              Sink *sink)
{
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    Case of = {estate, names, account, sink, told, NULL, 0};
    g_autofree char *made = made_name(estate, account);
    if (account->upn)
        judge_name(&of, account->upn);
    if (made)
        judge_name(&of, made);
    if (of.more > 0) {
        g_autofree char *count = g_strdup_printf("%u more", of.more);
        finding_evidence(of.last, "accounts with one of these names", count);
    }
}

/* Whoever delegates, in the order of edges, and operators; each once. */
static GPtrArray *
subjects_of(const Audit *audit)
{
    GPtrArray *subjects = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < audit->edges->len; i++) {
        const Account *source = ((const Edge *)audit->edges->pdata[i])->source.account;
        if (source && (source->kinds & KIND_GROUP) == 0 &&
            g_hash_table_add(seen, (gpointer)source))
            g_ptr_array_add(subjects, (gpointer)source);
    }
    for (guint i = 0; i < audit->operators->len; i++)
        if (g_hash_table_add(seen, audit->operators->pdata[i]))
            g_ptr_array_add(subjects, audit->operators->pdata[i]);
    return subjects;
}

void
check_upn_duplicate(const Audit *audit, Sink *sink)
{
    const Estate *estate = audit->estate;
    g_auto(Names) names = names_of(estate);
    if (audit->policy->reach == REACH_HOSTS ||
        (audit_is_offline(audit) && g_hash_table_size(names.written) == 0)) {
        sink_not_asked(sink);
        return;
    }
    g_autoptr(GPtrArray) subjects = subjects_of(audit);
    for (guint i = 0; i < subjects->len; i++)
        judge_account(estate, &names, subjects->pdata[i], sink);
    if (!estate->upns_read && !audit_is_offline(audit))
        finding_say(
            sink_unknown(sink,
                         about_name(estate->domain ? estate->domain : "the domain")),
            "Who else has user principal names was not determined",
            "Not all accounts could be searched for the user principal names of those "
            "that delegate and of operators.");
}

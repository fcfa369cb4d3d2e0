#include "collect/wanted.h"

#include "base/text.h"
#include "model/spn.h"
#include "model/username.h"
#include "model/wellknown.h"

#include <string.h>

#define STEM_HOSTS 20 /* hosts of one numbered name that are searched together */

typedef struct {
    Batches *batches;
    GString *terms;
    guint count;
    GHashTable *seen; /* folded terms */
} Builder;

static Builder
builder_start(void)
{
    return (Builder){g_ptr_array_new_with_free_func(g_free), g_string_new(NULL), 0,
                     g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

static void
builder_cut(Builder *builder)
{
    if (builder->count > 0)
        g_ptr_array_add(builder->batches, g_strdup(builder->terms->str));
    g_string_truncate(builder->terms, 0);
    builder->count = 0;
}

static Batches *
builder_end(Builder *builder)
{
    builder_cut(builder);
    g_string_free(builder->terms, TRUE);
    g_hash_table_unref(builder->seen);
    return builder->batches;
}

/* One term; `assertion` is already quoted. */
static void
builder_add(Builder *builder, const char *attribute, const char *assertion)
{
    g_autofree char *term = g_strdup_printf("(%s=%s)", attribute, assertion);
    if (!g_hash_table_add(builder->seen, text_fold(term)))
        return;
    g_string_append(builder->terms, term);
    if (++builder->count >= BATCH_TERMS)
        builder_cut(builder);
}

static void
add_spn(Builder *builder, const char *spn)
{
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, spn);
    if (quoted && strlen(spn) <= SPN_MAX)
        builder_add(builder, "servicePrincipalName", quoted);
}

static void
add_needed(Builder *builder, const char *host)
{
    static const char *const classes[] = {SPN_CIFS, SPN_HOST, SPN_MIGRATION};
    for (guint i = 0; host && *host && i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *spn = spn_of(classes[i], host);
        add_spn(builder, spn);
    }
}

/* The computer that an entry names: where its SPN is on nobody, it matters
 * whether the host is gone or only the SPN. */
static void
add_named(Builder *builder, const char *host)
{
    g_autofree char *label = g_strndup(host, strcspn(host, "."));
    g_autofree char *sam = g_strconcat(label, "$", NULL);
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, sam);
    builder_add(builder, "sAMAccountName", quoted);
}

static void
add_entry(Builder *builder, const Estate *estate, const char *entry)
{
    add_spn(builder, entry);
    g_autoptr(Spn) spn = spn_parse(entry);
    if (spn)
        add_named(builder, spn->host);
    const char *class = spn ? estate_alias_of(estate, spn->class) : NULL;
    if (class) {
        g_autofree char *alias = spn_with_class(spn, class);
        add_spn(builder, alias);
    }
}

Batches *
wanted_spns(const Intake *intake, const CollectPlan *plan)
{
    Builder builder = builder_start();
    const Estate *estate = intake->estate;
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (!intake_wants(intake, plan, account))
            continue;
        add_needed(&builder, account->name);
        add_needed(&builder, account->dns);
        for (guint d = 0; d < account->delegate_to->len; d++)
            add_entry(&builder, estate, account->delegate_to->pdata[d]);
    }
    return builder_end(&builder);
}

/* "HV" of "HV012": what hosts that are numbered have in common. */
static char *
stem_of(const char *name)
{
    gsize length = strlen(name);
    while (length > 0 && g_ascii_isdigit(name[length - 1]))
        length--;
    return g_strndup(name, length);
}

static void
add_prefix(Builder *builder, const char *class, const char *start)
{
    g_autofree char *spn = spn_of(class, start);
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, spn);
    g_autofree char *assertion = g_strconcat(quoted, "*", NULL);
    builder_add(builder, "servicePrincipalName", assertion);
}

Batches *
wanted_lookalikes(const Intake *intake, const CollectPlan *plan)
{
    Builder builder = builder_start();
    const GPtrArray *accounts = intake->estate->accounts;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GHashTable) stems =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (!intake_wants(intake, plan, account) || strlen(account->name) > SPN_MAX)
            continue;
        g_autofree char *folded = text_fold(account->name);
        char *stem = stem_of(folded);
        g_ptr_array_add(names, (gpointer)account->name);
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem));
        g_hash_table_insert(stems, stem, GUINT_TO_POINTER(count + 1));
    }
    for (guint i = 0; i < names->len; i++) {
        /* Of many hosts with one stem the stem is enough; few may share it with
         * everybody's PCs. */
        g_autofree char *folded = text_fold(names->pdata[i]);
        g_autofree char *stem = stem_of(folded);
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem));
        add_prefix(&builder, SPN_HOST, *stem && count >= STEM_HOSTS ? stem : folded);
    }
    if (names->len > 0) {
        add_prefix(&builder, SPN_CIFS, "");
        add_prefix(&builder, SPN_MIGRATION, "");
    }
    return builder_end(&builder);
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
add_name(Builder *builder, const char *pattern)
{
    g_autofree char *assertion = glob_assertion(pattern);
    if (!*assertion)
        return;
    if (!g_str_has_suffix(assertion, "$")) {
        g_autofree char *computer = g_strconcat(assertion, "$", NULL);
        builder_add(builder, "sAMAccountName", computer);
    }
    builder_add(builder, "sAMAccountName", assertion);
    builder_add(builder, "dNSHostName", assertion);
}

Batches *
wanted_names(const CollectPlan *plan)
{
    Builder builder = builder_start();
    for (guint g = 0; plan->groups && g < plan->groups->len; g++) {
        const GroupSpec *spec = plan->groups->pdata[g];
        for (guint i = 0; i < spec->hosts->len; i++)
            add_name(&builder, spec->hosts->pdata[i]);
        for (guint i = 0; i < spec->storage->len; i++)
            add_name(&builder, spec->storage->pdata[i]);
    }
    return builder_end(&builder);
}

static void
add_person(Builder *builder, const char *name)
{
    g_auto(UserName) parts = username_of(name);
    if (!*parts.user)
        return;
    g_autofree char *sam = text_quoted(QUOTE_LDAP_FILTER, parts.user);
    g_autofree char *computer = g_strconcat(sam, "$", NULL);
    g_autofree char *whole = text_quoted(QUOTE_LDAP_FILTER, name);
    builder_add(builder, "sAMAccountName", sam);
    builder_add(builder, "sAMAccountName", computer);
    if (parts.upn)
        builder_add(builder, "userPrincipalName", whole);
    else if (strchr(name, '='))
        builder_add(builder, "distinguishedName", whole);
    else if (strchr(name, '.'))
        builder_add(builder, "dNSHostName", whole);
}

Batches *
wanted_people(const GPtrArray *names)
{
    Builder builder = builder_start();
    for (guint i = 0; names && i < names->len; i++)
        add_person(&builder, names->pdata[i]);
    return builder_end(&builder);
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

Batches *
wanted_search(const SpnSearch *search)
{
    Builder builder = builder_start();
    if (search->account)
        add_person(&builder, search->account);
    if (search->pattern || !search->account) {
        g_autofree char *assertion =
            pattern_assertion(search->pattern ? search->pattern : "*");
        builder_add(&builder, "servicePrincipalName", *assertion ? assertion : "*");
    }
    return builder_end(&builder);
}

Batches *
wanted_dns(const GPtrArray *dns)
{
    Builder builder = builder_start();
    for (guint i = 0; i < dns->len; i++) {
        g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, dns->pdata[i]);
        builder_add(&builder, "distinguishedName", quoted);
    }
    return builder_end(&builder);
}

Batches *
wanted_sids(const GPtrArray *sids)
{
    Builder builder = builder_start();
    for (guint i = 0; i < sids->len; i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_autoptr(GString) escaped = g_string_new(NULL);
        sid_write(sids->pdata[i], bytes);
        for (guint b = 0; b < bytes->len; b++)
            g_string_append_printf(escaped, "\\%02x", bytes->data[b]);
        builder_add(&builder, "objectSid", escaped->str);
    }
    return builder_end(&builder);
}

static void
add_trustees(const Account *account, GHashTable *known, GPtrArray *wanted,
             bool *ret_groups)
{
    g_autoptr(SecDesc) descriptor = NULL;
    gsize length;
    const void *data = g_bytes_get_data(account->rbcd, &length);
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
            g_hash_table_insert(known, copy, (gpointer)account); /* asked for once */
        }
    }
}

GPtrArray *
wanted_trustees(const Intake *intake, const CollectPlan *plan, bool *ret_groups)
{
    const Estate *estate = intake->estate;
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
        if (account->rbcd && intake_wants(intake, plan, account))
            add_trustees(account, known, wanted, ret_groups);
    }
    return wanted;
}

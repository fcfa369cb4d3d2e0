/* What accounts are searched by that look like others: by SPNs and names of people. */
#include "batches.h"

#include "base/limits.h"
#include "base/text.h"
#include "model/spn.h"
#include "model/username.h"

#include <string.h>

#define ALIKE_MIN 4   /* characters by which look-alikes of a person are searched */
#define STEM_MIN 3    /* the same, of many who are numbered */
#define STEM_NAMES 20 /* of one numbered name, that are searched together */

/* "HV" of "HV012": what hosts that are numbered have in common. */
static char *
stem_of(const char *name)
{
    gsize length = strlen(name);
    while (length > 0 && g_ascii_isdigit(name[length - 1]))
        length--;
    return g_strndup(name, length);
}

static GHashTable *
new_counts(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void
count_one(GHashTable *counts, char *key)
{
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
    g_hash_table_insert(counts, key, GUINT_TO_POINTER(count + 1));
}

/* Names in order, without those that another one finds as well (transfer full; takes
 * `all`). */
static GPtrArray *
starts_of(GPtrArray *all)
{
    GPtrArray *kept = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_sort(all, text_order);
    for (guint i = 0; i < all->len; i++)
        if (kept->len == 0 ||
            !g_str_has_prefix(all->pdata[i], kept->pdata[kept->len - 1]))
            g_ptr_array_add(kept, g_strdup(all->pdata[i]));
    g_ptr_array_unref(all);
    return kept;
}

bool
batches_covered(const GPtrArray *starts, const char *name)
{
    g_autofree char *folded = text_fold(name);
    guint low = 0, high = g_str_is_ascii(name) ? starts->len : 0;
    while (low < high) { /* the last start that is not behind the name */
        guint middle = low + (high - low) / 2;
        if (strcmp(starts->pdata[middle], folded) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && g_str_has_prefix(folded, starts->pdata[low - 1]);
}

static void
add_starts(Batching *batching, const char *attribute, const GPtrArray *starts)
{
    for (guint i = 0; i < starts->len; i++) {
        g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, starts->pdata[i]);
        g_autofree char *assertion = g_strconcat(quoted, "*", NULL);
        batching_add(batching, attribute, assertion);
    }
}

static void
add_start(GPtrArray *starts, const char *class, const char *name)
{
    g_autofree char *spn = spn_of(class, name);
    g_ptr_array_add(starts, text_fold(spn));
}

/* Of many hosts with one stem the stem is enough, and finds all of their services; few
 * may share it with everybody's PCs. */
static void
add_host_starts(GPtrArray *starts, GHashTable *stems, const char *name)
{
    g_autofree char *folded = text_fold(name);
    g_autofree char *stem = stem_of(folded);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem));
    if (!*stem || count < STEM_NAMES) {
        add_start(starts, SPN_HOST, folded);
        return;
    }
    add_start(starts, SPN_HOST, stem);
    add_start(starts, SPN_HTTP, stem);
    add_start(starts, SPN_WSMAN, stem);
}

GPtrArray *
batches_lookalike_starts(const Builder *builder, const CollectPlan *plan)
{
    const GPtrArray *accounts = builder->estate->accounts;
    GPtrArray *starts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GHashTable) stems = new_counts();
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (!builder_wants(builder, plan, account) ||
            strlen(account->name) > MOST_SPN_BYTES)
            continue;
        g_autofree char *folded = text_fold(account->name);
        count_one(stems, stem_of(folded));
        g_ptr_array_add(names, (gpointer)account->name);
    }
    for (guint i = 0; i < names->len; i++)
        add_host_starts(starts, stems, names->pdata[i]);
    if (names->len > 0) {
        add_start(starts, SPN_CIFS, "");
        add_start(starts, SPN_MIGRATION, "");
    }
    return starts_of(starts);
}

Batches *
batches_of_lookalikes(const Builder *builder, const CollectPlan *plan)
{
    Batching batching = batching_start();
    g_autoptr(GPtrArray) starts = batches_lookalike_starts(builder, plan);
    add_starts(&batching, "servicePrincipalName", starts);
    return batching_end(&batching);
}

/* What look-alikes of people start with. */
typedef struct {
    GPtrArray *starts; /* of char *, each once */
    GHashTable *seen;  /* folded, of them */
    GHashTable *stems; /* folded -> how many starts are this and a number */
    GHashTable *heads; /* the first letters, folded -> how many starts begin so */
} Alikes;

/* The first letters of a name by which look-alikes may be searched. */
static char *
head_of(const char *name)
{
    gsize length = 0;
    while (length < ALIKE_MIN && g_ascii_isgraph(name[length]))
        length++;
    return length < ALIKE_MIN ? g_strdup(name) : g_strndup(name, length);
}

/* A look-alike that goes on after what it starts with; of a short name that would be
 * half of the domain.  How a DC folds what is not ASCII is its affair. */
static void
add_alike(Alikes *alikes, const char *user)
{
    char *folded = strlen(user) < ALIKE_MIN ? NULL : text_fold(user);
    if (!folded || !g_hash_table_add(alikes->seen, folded))
        return;
    count_one(alikes->stems, stem_of(folded));
    count_one(alikes->heads, head_of(folded));
    g_ptr_array_add(alikes->starts, g_strdup(g_str_is_ascii(user) ? folded : user));
}

/* What a start is searched by.  Many that are numbered, or that begin alike, are searched
 * together: a few more that come for nothing cost a DC less than a term for each. */
static char *
common_start(const Alikes *alikes, const char *start)
{
    g_autofree char *stem = stem_of(start), *head = head_of(start);
    guint numbered = GPOINTER_TO_UINT(g_hash_table_lookup(alikes->stems, stem));
    guint beginning = GPOINTER_TO_UINT(g_hash_table_lookup(alikes->heads, head));
    if (numbered >= STEM_NAMES && strlen(stem) >= STEM_MIN)
        return g_steal_pointer(&stem);
    return beginning >= STEM_NAMES ? g_steal_pointer(&head) : g_strdup(start);
}

/* Makes of the starts those that are searched by: what another start finds as well is
 * left out. */
static void
settle_alikes(Alikes *alikes)
{
    GPtrArray *all = alikes->starts;
    for (guint i = 0; i < all->len; i++) {
        char *common = common_start(alikes, all->pdata[i]);
        g_free(all->pdata[i]);
        all->pdata[i] = common;
    }
    alikes->starts = starts_of(all);
}

/* In batches of their own: a DC without an index for it (Samba) reads the whole domain
 * for each filter that has such a term, and compares every account with each of its
 * terms. */
static void
add_alikes(Batching *batching, const Alikes *alikes)
{
    batching_cut(batching);
    add_starts(batching, "userPrincipalName", alikes->starts);
}

static void
add_upn(Batching *batching, const Alikes *alikes, const char *upn)
{
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, upn);
    if (!batches_covered(alikes->starts, upn))
        batching_add(batching, "userPrincipalName", quoted);
}

/* Whoever has the name that a domain makes of it; the account itself was read. */
static void
add_made(Batching *batching, const Estate *estate, const Account *account,
         const UserName *name)
{
    const Domain *own = estate_domain_of(estate, account->dn);
    g_autofree char *user = text_quoted(QUOTE_LDAP_FILTER, name->user);
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (username_names(name, domain) &&
            (domain != own || !text_equal(name->user, account->sam)))
            batching_add(batching, "sAMAccountName", user);
    }
}

static void
add_upns(Batching *batching, const Alikes *alikes, const Estate *estate,
         const Account *account)
{
    const Domain *domain = estate_domain_of(estate, account->dn);
    if (account->upn) {
        g_auto(UserName) name = username_of(account->upn);
        add_upn(batching, alikes, account->upn);
        add_made(batching, estate, account, &name);
    }
    if (domain && domain->dns) {
        g_autofree char *made = g_strconcat(account->sam, "@", domain->dns, NULL);
        add_upn(batching, alikes, made);
    }
}

static void
note_alikes(Alikes *alikes, const Account *account)
{
    if (account->upn) {
        g_auto(UserName) name = username_of(account->upn);
        add_alike(alikes, name.user);
    }
    if ((account->kinds & KIND_COMPUTER) == 0)
        add_alike(alikes, account->sam);
}

/* The accounts whose own name was asked for (transfer container). */
static GPtrArray *
accounts_with_names(const Builder *builder)
{
    GPtrArray *accounts = g_ptr_array_new();
    for (guint i = 0; i < builder->estate->accounts->len; i++) {
        const Account *account = builder->estate->accounts->pdata[i];
        const Taken *taken = builder_taken(builder, account);
        if (taken && (taken->asked & attribute_bit(ATTR_UPN)) != 0 && !account->partial &&
            (account->kinds & KIND_GROUP) == 0 && account->sam)
            g_ptr_array_add(accounts, (gpointer)account);
    }
    return accounts;
}

Batches *
batches_of_upns(const Builder *builder)
{
    Batching batching = batching_start();
    g_autoptr(GPtrArray) accounts = accounts_with_names(builder);
    g_autoptr(GHashTable) seen = new_counts(), stems = new_counts(), heads = new_counts();
    Alikes alikes = {g_ptr_array_new_with_free_func(g_free), seen, stems, heads};
    for (guint i = 0; i < accounts->len; i++)
        note_alikes(&alikes, accounts->pdata[i]);
    settle_alikes(&alikes);
    for (guint i = 0; i < accounts->len; i++)
        add_upns(&batching, &alikes, builder->estate, accounts->pdata[i]);
    add_alikes(&batching, &alikes);
    g_ptr_array_unref(alikes.starts);
    return batching_end(&batching);
}

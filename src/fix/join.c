/* Joins fixes: those without which others do harm, and those that are the same for many
 * accounts, so that a host that is gone is one step and not one for each list. */
#include "join.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

guint
joined_head(const Joined *joined, guint fix)
{
    while (joined->stands_for[fix] != fix)
        fix = joined->stands_for[fix];
    return fix;
}

static void
join(Joined *joined, guint a, guint b)
{
    guint left = joined_head(joined, a), right = joined_head(joined, b);
    joined->stands_for[MAX(left, right)] = MIN(left, right);
}

bool
joined_find(const Joined *joined, const char *id, guint *ret_number)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(joined->numbers, id));
    *ret_number = number - 1;
    return number > 0;
}

/* A list and the protocol transition that goes with it. */
static bool
is_of_delegation(const Fix *fix)
{
    return fix->kind == FIX_DELEGATION ||
           ((fix->uac_old ^ fix->uac_new) & UAC_T2A4D) != 0;
}

static void
join_by_account(Joined *joined)
{
    g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < joined->fixes->len; i++) {
        const Fix *fix = joined->fixes->pdata[i];
        guint other = GPOINTER_TO_UINT(g_hash_table_lookup(first, fix->account));
        if (fix->by_group || !is_of_delegation(fix))
            continue;
        if (other > 0)
            join(joined, other - 1, i);
        else
            g_hash_table_insert(first, (gpointer)fix->account, GUINT_TO_POINTER(i + 1));
    }
}

static bool
needs(const Fix *fix, const Fix *other)
{
    return g_ptr_array_find(fix->needs, other, NULL);
}

static void
join_by_needs(Joined *joined)
{
    for (guint i = 0; i < joined->fixes->len; i++) {
        const Fix *fix = joined->fixes->pdata[i];
        for (guint n = 0; n < fix->needs->len; n++) {
            const Fix *other = fix->needs->pdata[n];
            guint number;
            if ((other->account == fix->account || needs(other, fix)) &&
                joined_find(joined, other->id, &number))
                join(joined, i, number);
        }
    }
}

/* What leaves one account and comes to another. */
static void
join_by_move(Joined *joined, const Audit *audit)
{
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        guint first, next;
        if ((finding->rule != RULE_SPN_03 && finding->rule != RULE_SPN_04 &&
             finding->rule != RULE_SPN_10) ||
            finding->fixes->len < 2 ||
            !joined_find(joined, finding->fixes->pdata[0], &first))
            continue;
        for (guint n = 1; n < finding->fixes->len; n++)
            if (joined_find(joined, finding->fixes->pdata[n], &next))
                join(joined, first, next);
    }
}

/* The same change of many accounts. */

/* How a fix can be the same as others. */
typedef struct {
    bool alone;    /* no other fix goes with it, and lists are all that it changes */
    bool of_dead;  /* it ends nothing but entries that lead nowhere */
    GPtrArray *of; /* of const char *: the hosts that its values name, folded, sorted;
                    * NULL: some value names none */
} Likeness;

static void
likeness_clear(gpointer data)
{
    Likeness *likeness = data;
    g_clear_pointer(&likeness->of, g_ptr_array_unref);
}

/* The first label of whom a value names: "HV01" of "cifs/HV01.contoso.test" (transfer
 * full); NULL: it is no SPN. */
static char *
host_of(const Fix *fix, const char *value)
{
    if (fix->kind == FIX_RBCD)
        return g_strdup(value);
    g_autoptr(Spn) spn = spn_parse(value);
    if (!spn)
        return NULL;
    return g_hostname_is_ip_address(spn->host)
               ? g_strdup(spn->host)
               : g_strndup(spn->host, strcspn(spn->host, "."));
}

/* Folded hosts of values, each text taken apart once: values are kept once, and those of
 * many fixes are the same. */
typedef struct {
    GHashTable *of[2];   /* text -> its host, or NULL; of trustees, and of SPNs */
    GStringChunk *hosts; /* each once, so that the same are in the same place */
} Hosts;

static const char *
folded_host(Hosts *hosts, const Fix *fix, const char *value)
{
    GHashTable *of = hosts->of[fix->kind != FIX_RBCD];
    gpointer host = NULL;
    if (g_hash_table_lookup_extended(of, value, NULL, &host))
        return host;
    g_autofree char *name = host_of(fix, value);
    g_autofree char *folded = name ? text_fold(name) : NULL;
    if (folded)
        host = g_string_chunk_insert_const(hosts->hosts, folded);
    g_hash_table_insert(of, (gpointer)value, host);
    return host;
}

/* Returns false where a value names no host. */
static bool
add_hosts(Hosts *hosts, const Fix *fix, const GPtrArray *values, GHashTable *seen,
          GPtrArray *into)
{
    for (guint i = 0; i < values->len; i++) {
        const char *host = folded_host(hosts, fix, values->pdata[i]);
        if (!host)
            return false;
        if (g_hash_table_add(seen, (gpointer)host))
            g_ptr_array_add(into, (gpointer)host);
    }
    return true;
}

static bool
changes_a_list(const Fix *fix)
{
    return !fix->by_group && fix->uac_old == fix->uac_new && fix->needs->len == 0 &&
           (fix->kind == FIX_DELEGATION || fix->kind == FIX_RBCD);
}

static GArray *
likenesses_of(const Joined *joined, const Audit *audit)
{
    const GPtrArray *fixes = joined->fixes;
    GArray *all = g_array_sized_new(FALSE, TRUE, sizeof(Likeness), fixes->len);
    g_array_set_size(all, fixes->len);
    g_array_set_clear_func(all, likeness_clear);
    for (guint i = 0; i < fixes->len; i++)
        g_array_index(all, Likeness, i) = (Likeness){
            .alone = changes_a_list(fixes->pdata[i]),
            .of_dead = ((const Fix *)fixes->pdata[i])->add->len == 0,
        };
    for (guint i = 0; i < fixes->len; i++)
        if (joined_head(joined, i) != i)
            g_array_index(all, Likeness, i).alone =
                g_array_index(all, Likeness, joined_head(joined, i)).alone = false;
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        guint number;
        for (guint f = 0; f < finding->fixes->len; f++)
            if (finding->rule != RULE_DEL_05 && finding->rule != RULE_RBC_03 &&
                joined_find(joined, finding->fixes->pdata[f], &number))
                g_array_index(all, Likeness, number).of_dead = false;
    }
    return all;
}

static void
find_hosts(const Joined *joined, Hosts *hosts, GArray *all)
{
    for (guint i = 0; i < all->len; i++) {
        Likeness *likeness = &g_array_index(all, Likeness, i);
        const Fix *fix = joined->fixes->pdata[i];
        g_autoptr(GPtrArray) of = g_ptr_array_new();
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        if (likeness->alone && add_hosts(hosts, fix, fix->add, seen, of) &&
            add_hosts(hosts, fix, fix->remove, seen, of)) {
            g_ptr_array_sort(of, text_order);
            likeness->of = g_steal_pointer(&of);
        }
    }
}

/* In how many lists of dead entries each host stands. */
static GHashTable *
count_dead(const GArray *all)
{
    GHashTable *counts = g_hash_table_new(hash_text, g_str_equal);
    for (guint i = 0; i < all->len; i++) {
        const Likeness *likeness = &g_array_index(all, Likeness, i);
        for (guint h = 0; likeness->of_dead && likeness->of && h < likeness->of->len;
             h++) {
            gpointer host = likeness->of->pdata[h];
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, host));
            g_hash_table_replace(counts, host, GUINT_TO_POINTER(count + 1));
        }
    }
    return counts;
}

/* What the fix is about: one host, of several that are gone the one in most lists; ""
 * where that are several hosts. */
static const char *
thing_of(const Likeness *likeness, GHashTable *counts)
{
    const GPtrArray *of = likeness->of;
    const char *thing = of->len == 1 ? of->pdata[0] : "";
    guint most = 0;
    for (guint h = 0; likeness->of_dead && h < of->len; h++) {
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, of->pdata[h]));
        if (count > most) {
            thing = of->pdata[h];
            most = count;
        }
    }
    return thing;
}

static void
add_values(GString *key, char sign, const GPtrArray *values)
{
    for (guint i = 0; i < values->len; i++) {
        g_autofree char *value = text_fold(values->pdata[i]);
        g_string_append_c(key, '\n');
        g_string_append_c(key, sign);
        g_string_append(key, value);
    }
}

/* Fixes of the same key make one step (transfer full). */
static char *
key_of(const Fix *fix, const Likeness *likeness, const char *thing)
{
    GString *key = g_string_new(fix->kind == FIX_RBCD ? "rbcd" : "list");
    if (likeness->of_dead && *thing) {
        g_string_append_printf(key, " without %s", thing);
    } else {
        add_values(key, '+', fix->add);
        add_values(key, '-', fix->remove);
    }
    return g_string_free(key, FALSE);
}

/* A folded host as the first value of it has it (transfer full). */
static char *
as_written(const Fix *fix, const char *host)
{
    const GPtrArray *const both[] = {fix->remove, fix->add};
    for (guint b = 0; b < G_N_ELEMENTS(both); b++)
        for (guint i = 0; i < both[b]->len; i++) {
            g_autofree char *name = host_of(fix, both[b]->pdata[i]);
            if (name && text_equal(name, host))
                return g_steal_pointer(&name);
        }
    return g_strdup("");
}

static void
join_alike(Joined *joined, const Audit *audit)
{
    g_autoptr(GArray) all = likenesses_of(joined, audit);
    g_autoptr(GHashTable) first =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) trustees = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) spns = g_hash_table_new(NULL, NULL);
    g_autoptr(GStringChunk) texts = g_string_chunk_new(4096);
    find_hosts(joined, &(Hosts){{trustees, spns}, texts}, all);
    g_autoptr(GHashTable) counts = count_dead(all);
    for (guint i = 0; i < all->len; i++) {
        const Likeness *likeness = &g_array_index(all, Likeness, i);
        if (!likeness->of)
            continue;
        const Fix *fix = joined->fixes->pdata[i];
        const char *thing = thing_of(likeness, counts);
        char *key = key_of(fix, likeness, thing);
        gpointer other = g_hash_table_lookup(first, key);
        if (!other) {
            g_hash_table_insert(first, key, GUINT_TO_POINTER(i + 1));
            continue;
        }
        g_free(key);
        join(joined, GPOINTER_TO_UINT(other) - 1, i);
        g_hash_table_replace(joined->alike, other, as_written(fix, thing));
    }
}

void
joined_init(Joined *joined, const Audit *audit, const GPtrArray *fixes)
{
    *joined = (Joined){
        .fixes = fixes,
        .numbers = g_hash_table_new(hash_text, g_str_equal),
        .stands_for = g_new(guint, fixes->len + 1),
        .alike = g_hash_table_new_full(NULL, NULL, NULL, g_free),
    };
    for (guint i = 0; i < fixes->len; i++) {
        joined->stands_for[i] = i;
        g_hash_table_insert(joined->numbers, ((const Fix *)fixes->pdata[i])->id,
                            GUINT_TO_POINTER(i + 1));
    }
    join_by_account(joined);
    join_by_needs(joined);
    join_by_move(joined, audit);
    join_alike(joined, audit);
}

void
joined_clear(Joined *joined)
{
    g_clear_pointer(&joined->numbers, g_hash_table_unref);
    g_clear_pointer(&joined->stands_for, g_free);
    g_clear_pointer(&joined->alike, g_hash_table_unref);
}

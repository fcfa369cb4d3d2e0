/* Goes from the SIDs of a token to the access entries that name them. */
#include "trustees.h"

#include "model/wellknown.h"

/* As many SIDs are in a token: a list that is no longer is walked. */
#define SHORT 16

struct Trustees {
    GHashTable *by_sid; /* Sid -> GArray of guint: entries for users and computers */
    GArray *others;     /* of guint: whatever a token may have unseen */
};

/* A token has the SID of a user or a computer only where it shows (token_has). */
static bool
is_seen(const Estate *estate, const Sid *sid)
{
    const Account *account = sid_is_of_domain(sid) ? estate_by_sid(estate, sid) : NULL;
    return account && account->kinds != 0 && (account->kinds & KIND_GROUP) == 0;
}

static GArray *
places_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(guint));
}

Trustees *
trustees_new(const Estate *estate, const SecDesc *descriptor)
{
    if (descriptor->dacl != DACL_LIST || descriptor->aces->len <= SHORT)
        return NULL;
    Trustees *trustees = g_new0(Trustees, 1);
    trustees->by_sid =
        g_hash_table_new_full(sid_hash, sid_equal, NULL, (GDestroyNotify)g_array_unref);
    trustees->others = places_new();
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Sid *sid = &g_array_index(descriptor->aces, Ace, i).sid;
        bool seen = is_seen(estate, sid);
        GArray *places =
            seen ? g_hash_table_lookup(trustees->by_sid, sid) : trustees->others;
        if (!places) {
            places = places_new();
            g_hash_table_insert(trustees->by_sid, (gpointer)sid, places);
        }
        g_array_append_val(places, i);
    }
    return trustees;
}

void
trustees_free(Trustees *trustees)
{
    if (!trustees)
        return;
    g_hash_table_unref(trustees->by_sid);
    g_array_unref(trustees->others);
    g_free(trustees);
}

static void
add_named(const Trustees *trustees, GHashTable *sids, GHashTable *but, GArray *into)
{
    GHashTableIter iter;
    gpointer sid;
    g_hash_table_iter_init(&iter, sids);
    while (g_hash_table_iter_next(&iter, &sid, NULL)) {
        const GArray *places = g_hash_table_lookup(trustees->by_sid, sid);
        if (places && !(but && g_hash_table_contains(but, sid)))
            g_array_append_vals(into, places->data, places->len);
    }
}

static int
by_place(gconstpointer a, gconstpointer b)
{
    const guint *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

GArray *
trustees_in(const Trustees *trustees, const Token *token)
{
    GArray *places = g_array_copy(trustees->others);
    add_named(trustees, token_sids(token), NULL, places);
    add_named(trustees, token_doubtful(token), token_sids(token), places);
    g_array_sort(places, by_place);
    return places;
}

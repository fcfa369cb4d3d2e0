/* Goes from what a token holds to the descriptors that name it. */
#include "let_in.h"

#include "model/token.h"

/* The descriptors that the KDCs of one domain check. */
typedef struct {
    const Domain *kdc;
    GHashTable *by_sid; /* Sid -> GPtrArray of const Account *: who has it in an ACE */
    GPtrArray *groups; /* of const Sid *: those of by_sid that may be in a token unseen */
    GPtrArray *anyway; /* of const Account *: not decided by SIDs alone */
} Descriptors;

struct LetIn {
    EdgeIndex *edges;
    GPtrArray *domains; /* of Descriptors * */
};

static void
descriptors_free(gpointer data)
{
    Descriptors *descriptors = data;
    g_hash_table_unref(descriptors->by_sid);
    g_ptr_array_unref(descriptors->groups);
    g_ptr_array_unref(descriptors->anyway);
    g_free(descriptors);
}

static Descriptors *
descriptors_of(LetIn *let_in, const Domain *kdc)
{
    for (guint i = 0; i < let_in->domains->len; i++)
        if (((Descriptors *)let_in->domains->pdata[i])->kdc == kdc)
            return let_in->domains->pdata[i];
    Descriptors *descriptors = g_new0(Descriptors, 1);
    descriptors->kdc = kdc;
    descriptors->by_sid = g_hash_table_new_full(sid_hash, sid_equal, NULL,
                                                (GDestroyNotify)g_ptr_array_unref);
    descriptors->groups = g_ptr_array_new();
    descriptors->anyway = g_ptr_array_new();
    g_ptr_array_add(let_in->domains, descriptors);
    return descriptors;
}

/* Whether a token may have it although nothing shows it there (token_has). */
static bool
may_be_unseen(const Estate *estate, const Sid *sid)
{
    const Account *account = estate_by_sid(estate, sid);
    return !account || account->kinds == 0 || (account->kinds & KIND_GROUP) != 0;
}

static void
add_ace(Descriptors *descriptors, const Estate *estate, const Sid *sid,
        const Account *target)
{
    GPtrArray *targets = g_hash_table_lookup(descriptors->by_sid, sid);
    if (!targets) {
        targets = g_ptr_array_new();
        g_hash_table_insert(descriptors->by_sid, (gpointer)sid, targets);
        if (may_be_unseen(estate, sid))
            g_ptr_array_add(descriptors->groups, (gpointer)sid);
    }
    if (targets->len == 0 || targets->pdata[targets->len - 1] != target)
        g_ptr_array_add(targets, (gpointer)target);
}

static void
add_target(LetIn *let_in, const Estate *estate, const Account *target)
{
    const SecDesc *descriptor = edge_descriptor(let_in->edges, target, NULL);
    Descriptors *descriptors = descriptors_of(let_in, estate_home_of(estate, target));
    bool anyway = !descriptor || descriptor->dacl != DACL_LIST;
    for (guint i = 0; !anyway && i < descriptor->aces->len; i++)
        anyway = !sid_is_set(&g_array_index(descriptor->aces, Ace, i).sid);
    if (anyway)
        g_ptr_array_add(descriptors->anyway, (gpointer)target);
    for (guint i = 0; !anyway && i < descriptor->aces->len; i++)
        add_ace(descriptors, estate, &g_array_index(descriptor->aces, Ace, i).sid,
                target);
}

LetIn *
let_in_new(EdgeIndex *edges, const Estate *estate, const GPtrArray *targets)
{
    LetIn *let_in = g_new0(LetIn, 1);
    let_in->edges = edges;
    let_in->domains = g_ptr_array_new_with_free_func(descriptors_free);
    for (guint i = 0; i < targets->len; i++)
        add_target(let_in, estate, targets->pdata[i]);
    return let_in;
}

void
let_in_free(LetIn *let_in)
{
    if (!let_in)
        return;
    g_ptr_array_unref(let_in->domains);
    g_free(let_in);
}

/* One account, and what was found so far. */
typedef struct {
    const LetIn *let_in;
    const Account *account;
    guint tried;
    Tri found;
} Search;

static void
try_all(Search *search, const GPtrArray *targets)
{
    for (guint i = 0; targets && i < targets->len && search->found != TRI_YES; i++) {
        if (targets->pdata[i] == (gpointer)search->account)
            continue;
        if (search->tried++ >= LET_IN_TRIED) {
            search->found = TRI_UNKNOWN;
            return;
        }
        Tri granted =
            edge_rbcd(search->let_in->edges, search->account, targets->pdata[i]).granted;
        search->found = granted == TRI_NO ? search->found : granted;
    }
}

static const Account *
any_target(const Descriptors *descriptors)
{
    GHashTableIter iter;
    gpointer targets = descriptors->anyway;
    g_hash_table_iter_init(&iter, descriptors->by_sid);
    if (descriptors->anyway->len == 0)
        (void)g_hash_table_iter_next(&iter, NULL, &targets);
    return ((const GPtrArray *)targets)->pdata[0];
}

/* Only a SID that is in the token for certain can make it a yes. */
static void
search_domain(Search *search, const Descriptors *descriptors)
{
    if (g_hash_table_size(descriptors->by_sid) == 0 && descriptors->anyway->len == 0)
        return;
    const Token *token =
        edge_token(search->let_in->edges, search->account, any_target(descriptors));
    GHashTableIter iter;
    gpointer sid;
    g_hash_table_iter_init(&iter, token_sids(token));
    while (search->found != TRI_YES && g_hash_table_iter_next(&iter, &sid, NULL))
        try_all(search, g_hash_table_lookup(descriptors->by_sid, sid));
    if (search->found != TRI_NO)
        return;
    try_all(search, descriptors->anyway);
    for (guint i = 0; i < descriptors->groups->len && search->found == TRI_NO; i++)
        if (token_has(token, descriptors->groups->pdata[i]) == TRI_UNKNOWN)
            try_all(search, g_hash_table_lookup(descriptors->by_sid,
                                                descriptors->groups->pdata[i]));
}

Tri
let_in_any(const LetIn *let_in, const Account *account)
{
    Search search = {let_in, account, 0, TRI_NO};
    for (guint i = 0; i < let_in->domains->len && search.found != TRI_YES; i++)
        search_domain(&search, let_in->domains->pdata[i]);
    return search.found;
}

/* Protocol transition that new legs need.  With entries in its list and without
 * T2A4D a source's S4U2Self ticket is not forwardable (MS-SFU 3.2.5.1.2): so a
 * first entry would end what RBCD allowed until then. */
#include "audit/declared.h"
#include "draft.h"
#include "proposals.h"

typedef enum { LEG_NONE = 0, LEG_LISTED = 1, LEG_GRANTED = 2 } NewLeg;

static NewLeg
new_leg(const Wish *wish, const Account **ret_source)
{
    bool granted = wish->kind == WISH_TRUSTEE;
    *ret_source = granted ? wish->trustee : wish->account;
    if (granted)
        return LEG_GRANTED;
    return wish->slot == SLOT_LIST && !wish->off ? LEG_LISTED : LEG_NONE;
}

typedef struct {
    EdgeIndex *edges;
    const Account *source;
    bool required;
    bool granted; /* some partner lets it in by RBCD */
} Look;

static void
look_at_partner(const Group *group, const Account *partner, bool storage, void *data)
{
    (void)storage;
    Look *look = data;
    look->required = look->required || group->pt_required;
    look->granted =
        look->granted || edge_rbcd(look->edges, look->source, partner).granted == TRI_YES;
}

static bool
is_waived(const Audit *audit, const Account *source)
{
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->subject_account == source && finding->waived &&
            proposal_allows_transition(finding->rule))
            return true;
    }
    return false;
}

/* `legs`: NewLeg bits that the plan gives the source. */
static bool
needs_transition(const Plan *plan, const Account *source, guint legs)
{
    bool listed = (legs & LEG_LISTED) != 0 || source->delegate_to->len > 0;
    if (!listed || account_flag(source, UAC_T2A4D) == TRI_YES)
        return false;
    Look look = {.edges = verdict_edges(plan->audit->context),
                 .source = source,
                 .required = demands_transition(plan->audit, source) == PT_REQUIRED};
    proposal_partners(plan->audit, source, look_at_partner, &look);
    return (look.required || look.granted || (legs & LEG_GRANTED) != 0) &&
           !is_waived(plan->audit, source);
}

void
transition_wish(Plan *plan)
{
    g_autoptr(GHashTable) sources = g_hash_table_new(NULL, NULL); /* -> NewLeg bits */
    guint count = plan->wishes->len;
    const Account *source;
    for (guint i = 0; i < count; i++) {
        NewLeg leg = new_leg(&g_array_index(plan->wishes, Wish, i), &source);
        guint legs = leg | GPOINTER_TO_UINT(g_hash_table_lookup(sources, source));
        if (leg != LEG_NONE)
            g_hash_table_insert(sources, (gpointer)source, GUINT_TO_POINTER(legs));
    }

    GHashTableIter iter;
    gpointer key, legs;
    g_hash_table_iter_init(&iter, sources);
    while (g_hash_table_iter_next(&iter, &key, &legs))
        if (!needs_transition(plan, key, GPOINTER_TO_UINT(legs)))
            g_hash_table_iter_remove(&iter);

    for (guint i = 0; i < count; i++) {
        const Wish *wish = &g_array_index(plan->wishes, Wish, i);
        if (new_leg(wish, &source) == LEG_NONE || !g_hash_table_contains(sources, source))
            continue;
        plan->finding = wish->finding;
        plan_flag(plan, source, UAC_T2A4D, true);
    }
}

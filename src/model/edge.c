#include "model/edge.h"

#include "base/text.h"

const char *const leg_names[3] = {"kcd", "rbcd", "unconstrained"};

/* What an account gives, looked at once. */
typedef struct {
    GHashTable *list; /* folded SPNs of msDS-AllowedToDelegateTo */
    GHashTable *token;
    bool token_complete;
    bool descriptor_parsed;
    SecDesc *descriptor;
    GError *descriptor_error;
} Face;

struct EdgeIndex {
    const Estate *estate;
    Face *faces; /* by account->number */
};

EdgeIndex *
edge_index_new(const Estate *estate)
{
    g_assert(estate->frozen);
    EdgeIndex *index = g_new0(EdgeIndex, 1);
    index->estate = estate;
    index->faces = g_new0(Face, estate->accounts->len);
    return index;
}

void
edge_index_free(EdgeIndex *index)
{
    if (!index)
        return;
    for (guint i = 0; i < index->estate->accounts->len; i++) {
        Face *face = &index->faces[i];
        g_clear_pointer(&face->list, g_hash_table_unref);
        g_clear_pointer(&face->token, g_hash_table_unref);
        g_clear_pointer(&face->descriptor, secdesc_free);
        g_clear_error(&face->descriptor_error);
    }
    g_free(index->faces);
    g_free(index);
}

Tri
edge_kcd_folded(EdgeIndex *index, const Account *source, const char *folded)
{
    Face *face = &index->faces[source->number];
    if (!face->list) {
        face->list = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < source->delegate_to->len; i++)
            g_hash_table_add(face->list, text_fold(source->delegate_to->pdata[i]));
    }
    if (g_hash_table_contains(face->list, folded))
        return TRI_YES;
    return account_knows(source, ATTR_DELEGATE_TO) ? TRI_NO : TRI_UNKNOWN;
}

Tri
edge_kcd(EdgeIndex *index, const Account *source, const char *spn)
{
    g_autofree char *folded = text_fold(spn);
    return edge_kcd_folded(index, source, folded);
}

const SecDesc *
edge_descriptor(EdgeIndex *index, const Account *target, const GError **ret_error)
{
    Face *face = &index->faces[target->number];
    if (target->rbcd && !face->descriptor_parsed) {
        gsize length = 0;
        const void *data = g_bytes_get_data(target->rbcd, &length);
        secdesc_parse(data, length, &face->descriptor, &face->descriptor_error);
        face->descriptor_parsed = true;
    }
    if (ret_error)
        *ret_error = face->descriptor_error;
    return face->descriptor;
}

GHashTable *
edge_token(EdgeIndex *index, const Account *source, bool *ret_complete)
{
    Face *face = &index->faces[source->number];
    if (!face->token)
        face->token = estate_token(index->estate, source, &face->token_complete);
    *ret_complete = face->token_complete;
    return face->token;
}

/* Domain Admins to Domain Computers, DCs, GPO creators: groups that hold only
 * accounts of their own domain (MS-DTYP 2.4.2.4). */
static bool
rid_is_global(guint32 rid)
{
    return (rid >= 512 && rid <= 516) || rid == 520 || rid == 525;
}

/* Whether a SID could be a group the source is in without our knowing.  Where all
 * its groups are known, only one of another domain: neither memberOf nor
 * tokenGroups show those. */
static bool
could_be_group(const Estate *estate, const Account *source, bool complete, const Sid *sid)
{
    const Account *account = estate_by_sid(estate, sid);
    if (account && (account->kinds & KIND_GROUP) == 0 && account->kinds != 0)
        return false;
    return !complete || (account &&
                         estate_domain_of(estate, account->dn) !=
                             estate_domain_of(estate, source->dn) &&
                         !rid_is_global(sid_rid(sid)));
}

/* The check again as if the source were in every group that could be, for the
 * ACEs of one type only. */
static Access
check_supposing(const EdgeIndex *index, const SecDesc *descriptor, const Account *source,
                GHashTable *token, bool complete, guint8 type)
{
    g_autoptr(GHashTable) wider = g_hash_table_new(sid_hash, sid_equal);
    GHashTableIter iter;
    gpointer sid;
    g_hash_table_iter_init(&iter, token);
    while (g_hash_table_iter_next(&iter, &sid, NULL))
        g_hash_table_add(wider, sid);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (ace->type == type && sid_is_set(&ace->sid) &&
            could_be_group(index->estate, source, complete, &ace->sid))
            g_hash_table_add(wider, &ace->sid);
    }
    return secdesc_check(descriptor, wider, RIGHT_CONTROL_ACCESS).access;
}

RbcdEdge
edge_rbcd(EdgeIndex *index, const Account *source, const Account *target)
{
    RbcdEdge edge = {.granted = TRI_NO};
    if (!account_knows(target, ATTR_RBCD)) {
        edge.granted = TRI_UNKNOWN;
        return edge;
    }
    if (!target->rbcd)
        return edge;
    edge.present = true;
    const SecDesc *descriptor = edge_descriptor(index, target, NULL);
    if (!descriptor) {
        edge.malformed = true;
        return edge;
    }
    bool complete = false;
    GHashTable *token = edge_token(index, source, &complete);
    AccessResult result = secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS);
    edge.named = result.named;
    edge.unevaluated = result.unevaluated;
    edge.granted = result.access == ACCESS_GRANTED ? TRI_YES : TRI_NO;
    /* KDCs do not map generic rights in this descriptor: Samba's code does not,
     * and grants of GENERIC_ALL alone are reported to fail on Windows.  A grant
     * that hangs on one is none; a denial that does is in doubt. */
    if (result.by_generic) {
        edge.by_generic = true;
        edge.granted = result.access == ACCESS_GRANTED ? TRI_NO : TRI_UNKNOWN;
        return edge;
    }
    /* Who was denied by an ACE that is not evaluated here was perhaps refused. */
    if (result.deny_passed && result.access == ACCESS_GRANTED) {
        edge.deny_passed = true;
        edge.granted = TRI_UNKNOWN;
        return edge;
    }
    if (!complete || estate_domain_of(index->estate, source->dn) !=
                         estate_domain_of(index->estate, target->dn)) {
        guint8 doubt = result.access == ACCESS_GRANTED ? ACE_DENY : ACE_ALLOW;
        if (check_supposing(index, descriptor, source, token, complete, doubt) !=
            result.access)
            edge.granted = TRI_UNKNOWN;
    }
    return edge;
}

/* A long list decides by the entries that can be about a token as it does by all. */
#include "model/edge.h"
#include "model/token.h"

#include <string.h>

#define ACCOUNTS 12
#define ACES 40 /* long enough to be looked up */

static Sid
sid_number(guint32 rid)
{
    return (Sid){.revision = 1, .count = 5, .authority = 5, .sub = {21, 1, 2, 3, rid}};
}

static Account *
add_account(Estate *estate, guint kinds, guint32 rid)
{
    g_autofree char *dn = g_strdup_printf("CN=a%u,DC=contoso,DC=test", rid);
    Account *account = estate_add_account(estate, dn, NULL);
    account->kinds = kinds;
    account->sid = sid_number(rid);
    return account;
}

static void
add_ace(GByteArray *out, GRand *random)
{
    static const guint8 types[] = {ACE_ALLOW, ACE_ALLOW, ACE_DENY, ACE_ALLOW_CALLBACK};
    static const guint32 masks[] = {RIGHT_RBCD_USUAL, RIGHT_GENERIC_ALL, 0x20};
    Sid sid = sid_number((guint32)g_rand_int_range(random, 0, 2 * ACCOUNTS));
    g_autoptr(GByteArray) body = g_byte_array_new();
    if (g_rand_int_range(random, 0, 8) == 0)
        sid = (Sid){.revision = 1, .count = 2, .authority = 5, .sub = {32, 544}};
    sid_write(&sid, body);
    guint32 mask =
        GUINT32_TO_LE(masks[g_rand_int_range(random, 0, (gint32)G_N_ELEMENTS(masks))]);
    guint8 head[] = {types[g_rand_int_range(random, 0, (gint32)G_N_ELEMENTS(types))], 0,
                     (guint8)(body->len + 8), 0};
    g_byte_array_append(out, head, sizeof head);
    g_byte_array_append(out, (const guint8 *)&mask, sizeof mask);
    g_byte_array_append(out, body->data, body->len);
}

/* Self-relative, with a list alone. */
static GBytes *
descriptor_new(GRand *random)
{
    g_autoptr(GByteArray) aces = g_byte_array_new();
    for (guint i = 0; i < ACES; i++)
        add_ace(aces, random);
    guint16 size = GUINT16_TO_LE((guint16)(aces->len + 8));
    guint8 head[28] = {1, 0, 0x04, 0x80};
    head[16] = 20;
    head[20] = 2;
    memcpy(head + 22, &size, sizeof size);
    head[24] = ACES;
    g_byte_array_prepend(aces, head, sizeof head);
    return g_byte_array_free_to_bytes(g_steal_pointer(&aces));
}

static Tri
is_in(const Sid *sid, gpointer token)
{
    return token_has(token, sid);
}

static void
compare(EdgeIndex *edges, const Account *source, const Account *target)
{
    const SecDesc *descriptor = edge_descriptor(edges, target, NULL);
    g_assert_nonnull(descriptor);
    Decision all =
        secdesc_decide(descriptor, is_in, (gpointer)edge_token(edges, source, target));
    RbcdEdge edge = edge_rbcd(edges, source, target);
    /* No KDC asks for an owner here. */
    if (all.doubt == DOUBT_NO_OWNER) {
        all.granted = TRI_YES;
        all.doubt = DOUBT_NONE;
    }
    g_assert_cmpint(edge.granted, ==, all.granted);
    g_assert_cmpint(edge.doubt, ==, all.doubt);
    g_assert_cmpint(edge.ace, ==, all.ace);
    g_assert_cmpint(edge.named, ==, all.named || all.inherits);
    g_assert_cmpint(edge.inherits, ==, !all.named && all.inherits);
    g_assert_cmpint(edge.unevaluated, ==, all.unevaluated);
    g_assert_cmpint(edge.by_generic, ==, all.by_generic);
}

static void
test_as_by_all(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    for (guint round = 0; round < 200; round++) {
        g_autoptr(Estate) estate = estate_new(0);
        static const guint kinds[] = {KIND_USER, KIND_COMPUTER, KIND_GROUP};
        for (guint32 i = 0; i < ACCOUNTS; i++)
            add_account(estate, kinds[i % G_N_ELEMENTS(kinds)], i)->unread =
                g_rand_boolean(random) ? 1u << ATTR_MEMBER_OF : 0;
        ((Account *)estate->accounts->pdata[0])->rbcd = descriptor_new(random);
        estate_freeze(estate);
        EdgeIndex *edges = edge_index_new(estate);
        for (guint i = 1; i < estate->accounts->len; i++)
            compare(edges, estate->accounts->pdata[i], estate->accounts->pdata[0]);
        edge_index_free(edges);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trustees/as-by-all", test_as_by_all);
    return g_test_run();
}

/* What a KDC grants by a descriptor to a token that is known in part, against every
 * way in which the doubts may fall. */
#include "model/secdesc.h"

#include <string.h>

#define SIDS 7 /* 0, 1: in the token; 2: not in it; the others: in doubt */
#define FIRST_DOUBTFUL 3
#define ACES 8
#define OWNER 99

static Sid
sid_number(guint32 number)
{
    return (Sid){.revision = 1, .count = 2, .authority = 5, .sub = {32, number}};
}

static Tri
has(const Sid *sid, gpointer token)
{
    (void)token;
    guint32 number = sid_rid(sid);
    return number == OWNER || number == 2 ? TRI_NO
           : number < FIRST_DOUBTFUL      ? TRI_YES
                                          : TRI_UNKNOWN;
}

static SecDesc *
descriptor_new(bool owner)
{
    SecDesc *descriptor = g_new0(SecDesc, 1);
    descriptor->dacl = DACL_LIST;
    descriptor->aces = g_array_new(FALSE, TRUE, sizeof(Ace));
    if (owner)
        descriptor->owner = sid_number(OWNER);
    return descriptor;
}

static void
add_ace(SecDesc *descriptor, guint8 type, guint32 mask, guint32 number)
{
    Ace ace = {.type = type, .mask = mask, .sid = sid_number(number)};
    g_array_append_val(descriptor->aces, ace);
}

/* One way in which all doubts may fall. */
typedef struct {
    guint members;    /* bit per doubtful SID */
    guint conditions; /* bit per ACE */
    bool objects;     /* object ACEs without an object apply */
    bool generic;     /* denials of a generic right apply */
} World;

static bool
applies(const Ace *ace, guint place, const World *world)
{
    guint32 number = sid_rid(&ace->sid);
    bool in = number < FIRST_DOUBTFUL
                  ? number != 2
                  : (world->members & 1u << (number - FIRST_DOUBTFUL)) != 0;
    bool asked = (ace->mask & RIGHT_CONTROL_ACCESS) != 0;
    bool deny = ace_denies(ace);

    if (!in || ace->has_object || (ace->flags & ACE_FLAG_INHERIT_ONLY) != 0)
        return false;
    if (!asked && !(deny && world->generic && (ace->mask & RIGHT_GENERIC_ALL) != 0))
        return false;
    if (ace->type == ACE_ALLOW || ace->type == ACE_DENY)
        return true;
    if (ace->type == ACE_ALLOW_OBJECT || ace->type == ACE_DENY_OBJECT)
        return world->objects;
    return (world->conditions & 1u << place) != 0;
}

static bool
granted_in(const SecDesc *descriptor, const World *world)
{
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (applies(ace, i, world))
            return !ace_denies(ace);
    }
    return false;
}

static Tri
by_force(const SecDesc *descriptor)
{
    bool yes = false, no = false;
    guint aces = descriptor->aces->len;
    for (guint members = 0; members < 1u << (SIDS - FIRST_DOUBTFUL); members++)
        for (guint conditions = 0; conditions < 1u << aces; conditions++)
            for (guint more = 0; more < 4; more++) {
                World world = {members, conditions, (more & 1) != 0, (more & 2) != 0};
                bool granted = granted_in(descriptor, &world);
                yes = yes || granted;
                no = no || !granted;
            }
    /* A KDC may refuse a descriptor without owner. */
    no = no || !sid_is_set(&descriptor->owner);
    return yes && no ? TRI_UNKNOWN : yes ? TRI_YES : TRI_NO;
}

static SecDesc *
random_descriptor(GRand *random, const guint8 *types, gsize type_count)
{
    static const guint32 masks[] = {0x100, 0x100, RIGHT_RBCD_USUAL, 0x20};
    SecDesc *descriptor = descriptor_new(g_rand_int_range(random, 0, 10) > 0);
    guint count = (guint)g_rand_int_range(random, 0, ACES);
    for (guint i = 0; i < count; i++) {
        guint8 type = types[g_rand_int_range(random, 0, (gint32)type_count)];
        guint32 mask = masks[g_rand_int_range(random, 0, G_N_ELEMENTS(masks))];
        add_ace(descriptor, type, mask, (guint32)g_rand_int_range(random, 0, SIDS));
        Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        bool object = type == ACE_ALLOW_OBJECT || type == ACE_DENY_OBJECT ||
                      type > ACE_DENY_CALLBACK;
        ace->has_object = object && g_rand_boolean(random);
        if (g_rand_int_range(random, 0, 12) == 0)
            ace->flags = ACE_FLAG_INHERIT_ONLY;
    }
    return descriptor;
}

/* Plain and conditional ACEs: exactly what holds in every world. */
static void
test_exact(void)
{
    static const guint8 types[] = {ACE_ALLOW,          ACE_ALLOW,         ACE_DENY,
                                   ACE_DENY,           ACE_DENY,          ACE_ALLOW,
                                   ACE_ALLOW_CALLBACK, ACE_DENY_CALLBACK, 2};
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    guint seen[3] = {0};
    for (guint i = 0; i < 6000; i++) {
        g_autoptr(SecDesc) descriptor =
            random_descriptor(random, types, i % 2 ? 6 : G_N_ELEMENTS(types));
        /* Audit ACEs of type 2 are none of a DACL's business. */
        for (guint a = 0; a < descriptor->aces->len; a++) {
            Ace *ace = &g_array_index(descriptor->aces, Ace, a);
            if (ace->type == 2)
                ace->has_object = true;
        }
        Decision decision = secdesc_decide(descriptor, has, NULL);
        Tri expected = by_force(descriptor);
        if (decision.granted != expected)
            g_test_message("case %u", i);
        g_assert_cmpint(decision.granted, ==, expected);
        g_assert_cmpint(decision.doubt != DOUBT_NONE, ==, expected == TRI_UNKNOWN);
        seen[expected]++;
    }
    for (guint i = 0; i < 3; i++)
        g_assert_cmpuint(seen[i], >, 300);
}

/* With object ACEs and generic rights among them: what is decided holds in every
 * world. */
static void
test_sound(void)
{
    static const guint8 types[] = {ACE_ALLOW,
                                   ACE_DENY,
                                   ACE_ALLOW_OBJECT,
                                   ACE_DENY_OBJECT,
                                   ACE_ALLOW_CALLBACK,
                                   ACE_DENY_CALLBACK,
                                   ACE_ALLOW_CALLBACK_OBJECT,
                                   ACE_DENY_CALLBACK_OBJECT};
    g_autoptr(GRand) random = g_rand_new_with_seed(8);
    guint decided = 0, vague = 0;
    for (guint i = 0; i < 3000; i++) {
        g_autoptr(SecDesc) descriptor =
            random_descriptor(random, types, G_N_ELEMENTS(types));
        for (guint a = 0; a < descriptor->aces->len; a++)
            if (g_rand_int_range(random, 0, 6) == 0)
                g_array_index(descriptor->aces, Ace, a).mask = RIGHT_GENERIC_ALL;
        Decision decision = secdesc_decide(descriptor, has, NULL);
        Tri expected = by_force(descriptor);
        if (decision.granted == TRI_UNKNOWN) {
            vague += expected != TRI_UNKNOWN;
        } else {
            g_assert_cmpint(decision.granted, ==, expected);
            decided++;
        }
    }
    g_assert_cmpuint(decided, >, 1000);
    g_assert_cmpuint(vague, <, 60); /* and hardly ever vaguer than it need be */
}

enum { MOVERS = 3, DENIERS = 4, HOST = 0 };

static Decision
decide(const char *list)
{
    g_autoptr(SecDesc) descriptor = descriptor_new(true);
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    for (guint i = 0; words[i] && words[i + 1]; i += 2) {
        guint32 number = strcmp(words[i + 1], "Movers") == 0    ? MOVERS
                         : strcmp(words[i + 1], "Deniers") == 0 ? DENIERS
                         : strcmp(words[i + 1], "other") == 0   ? 2
                                                                : HOST;
        guint8 type = strcmp(words[i], "allow") == 0      ? ACE_ALLOW
                      : strcmp(words[i], "deny") == 0     ? ACE_DENY
                      : strcmp(words[i], "allow-if") == 0 ? ACE_ALLOW_CALLBACK
                                                          : ACE_DENY_CALLBACK;
        add_ace(descriptor, type, RIGHT_RBCD_USUAL, number);
    }
    return secdesc_decide(descriptor, has, NULL);
}

static void
test_named(void)
{
    static const struct {
        const char *list;
        Tri granted;
        Doubt doubt;
        int ace;
    } cases[] = {
        {"allow Movers deny Deniers deny Movers allow HV03", TRI_UNKNOWN, DOUBT_MEMBER,
         1},
        {"deny Movers allow Movers allow Deniers", TRI_UNKNOWN, DOUBT_MEMBER, 2},
        {"deny Movers allow Movers", TRI_NO, DOUBT_NONE, -1},
        {"allow Movers deny Movers allow HV03", TRI_YES, DOUBT_NONE, 2},
        {"deny Movers allow HV03", TRI_UNKNOWN, DOUBT_MEMBER, 0},
        {"allow Movers allow HV03", TRI_YES, DOUBT_NONE, 1},
        {"allow HV03 deny Movers", TRI_YES, DOUBT_NONE, 0},
        {"deny-if other allow HV03", TRI_YES, DOUBT_NONE, 1},
        {"deny-if HV03 allow HV03", TRI_UNKNOWN, DOUBT_CONDITION, 0},
        {"allow-if HV03", TRI_UNKNOWN, DOUBT_CONDITION, 0},
        {"allow-if other", TRI_NO, DOUBT_NONE, -1},
        {"deny HV03 allow-if HV03", TRI_NO, DOUBT_NONE, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Decision decision = decide(cases[i].list);
        g_test_message("%s", cases[i].list);
        g_assert_cmpint(decision.granted, ==, cases[i].granted);
        g_assert_cmpint(decision.doubt, ==, cases[i].doubt);
        g_assert_cmpint(decision.ace, ==, cases[i].ace);
    }
}

static void
test_frame(void)
{
    g_autoptr(SecDesc) ownerless = descriptor_new(false);
    add_ace(ownerless, ACE_ALLOW, 0x100, HOST);
    Decision decision = secdesc_decide(ownerless, has, NULL);
    g_assert_cmpint(decision.granted, ==, TRI_UNKNOWN);
    g_assert_cmpint(decision.doubt, ==, DOUBT_NO_OWNER);
    g_assert_true(decision.otherwise);

    g_autoptr(SecDesc) nobody = descriptor_new(false);
    g_assert_cmpint(secdesc_decide(nobody, has, NULL).granted, ==, TRI_NO);

    g_autoptr(SecDesc) open = descriptor_new(true);
    open->dacl = DACL_NULL;
    g_assert_cmpint(secdesc_decide(open, has, NULL).doubt, ==, DOUBT_NO_DACL);
    open->dacl = DACL_ABSENT;
    g_assert_cmpint(secdesc_decide(open, has, NULL).granted, ==, TRI_UNKNOWN);

    /* Owner Rights: of the owner, whoever that is. */
    g_autoptr(SecDesc) owned = descriptor_new(true);
    Ace rights = {.mask = 0x100, .sid = {.revision = 1, .count = 1, .authority = 3}};
    rights.sid.sub[0] = 4;
    g_array_append_val(owned->aces, rights);
    g_assert_cmpint(secdesc_decide(owned, has, NULL).granted, ==, TRI_NO);
    owned->owner = sid_number(HOST);
    g_assert_cmpint(secdesc_decide(owned, has, NULL).granted, ==, TRI_YES);
    owned->owner = sid_number(MOVERS);
    g_assert_cmpint(secdesc_decide(owned, has, NULL).granted, ==, TRI_UNKNOWN);

    /* A type that came after MS-DTYP: nobody knows what it does. */
    g_autoptr(SecDesc) later = descriptor_new(true);
    Ace unknown = {.type = 40, .mask = 0x100};
    g_array_append_val(later->aces, unknown);
    add_ace(later, ACE_ALLOW, 0x100, HOST);
    g_assert_cmpint(secdesc_decide(later, has, NULL).doubt, ==, DOUBT_KIND);
    g_array_index(later->aces, Ace, 0).mask = 0x20;
    g_assert_cmpint(secdesc_decide(later, has, NULL).granted, ==, TRI_YES);

    g_autoptr(SecDesc) generic = descriptor_new(true);
    add_ace(generic, ACE_ALLOW, RIGHT_GENERIC_ALL, HOST);
    decision = secdesc_decide(generic, has, NULL);
    g_assert_cmpint(decision.granted, ==, TRI_NO);
    g_assert_true(decision.by_generic);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decision/exact", test_exact);
    g_test_add_func("/decision/sound", test_sound);
    g_test_add_func("/decision/named", test_named);
    g_test_add_func("/decision/frame", test_frame);
    return g_test_run();
}

#include "model/secdesc.h"

#include "base/fault.h"
#include "base/limits.h"
#include "model/wellknown.h"

#include <string.h>

#define HOST "S-1-5-21-1-2-3-1104"
#define OTHER "S-1-5-21-1-2-3-1105"
#define GROUP "S-1-5-21-1-2-3-1200"
#define SPN_GUID "f3a64788-5306-11d1-a9c5-0000f80367c1"
#define RESTRICTIONS_GUID "4c164200-20c0-11d0-a768-00aa006e0529"

/* What Windows writes for one trustee: owner Administrators, allow 0xF01FF to
 * S-1-5-21-397955417-626881126-188441444-1010. */
static const guint8 usual[] = {
    0x01, 0x00, 0x04, 0x80, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x24, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,
    0x20, 0x00, 0x00, 0x00, 0x20, 0x02, 0x00, 0x00, 0x04, 0x00, 0x2C, 0x00, 0x01, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x24, 0x00, 0xFF, 0x01, 0x0F, 0x00, 0x01, 0x05, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x05, 0x15, 0x00, 0x00, 0x00, 0x59, 0x51, 0xB8, 0x17, 0x66, 0x72,
    0x5D, 0x25, 0x64, 0x63, 0x3B, 0x0B, 0xF2, 0x03, 0x00, 0x00,
};
#define USUAL_TRUSTEE "S-1-5-21-397955417-626881126-188441444-1010"

/* One ACE to build. */
typedef struct {
    guint8 type;
    guint8 flags;
    guint32 mask;
    const char *sid; /* NULL: 8 bytes that are none */
    const char *object;
    const char *inherited;
} AceSpec;

static Sid
sid_of(const char *text)
{
    Sid sid = {0};

    g_assert_true(sid_parse_text(text, &sid));
    return sid;
}

static Guid
guid_of(const char *text)
{
    Guid guid;

    g_assert_true(guid_parse(text, &guid));
    return guid;
}

static void
add_u16(GByteArray *out, guint value)
{
    const guint8 bytes[] = {(guint8)value, (guint8)(value >> 8)};

    g_byte_array_append(out, bytes, sizeof bytes);
}

static void
add_u32(GByteArray *out, guint32 value)
{
    add_u16(out, value & 0xFFFF);
    add_u16(out, value >> 16);
}

static void
add_ace(GByteArray *out, const AceSpec *spec)
{
    guint start = out->len;
    guint size = 0;

    g_byte_array_append(out, &spec->type, 1);
    g_byte_array_append(out, &spec->flags, 1);
    add_u16(out, 0);
    add_u32(out, spec->mask);
    if (spec->type == ACE_ALLOW_OBJECT || spec->type == ACE_DENY_OBJECT ||
        spec->type == ACE_ALLOW_CALLBACK_OBJECT ||
        spec->type == ACE_DENY_CALLBACK_OBJECT) {
        const char *const guids[] = {spec->object, spec->inherited};

        add_u32(out,
                (spec->object != NULL ? 1u : 0u) | (spec->inherited != NULL ? 2u : 0u));
        for (guint i = 0; i < G_N_ELEMENTS(guids); i++) {
            if (guids[i] != NULL) {
                Guid guid = guid_of(guids[i]);

                g_byte_array_append(out, guid.data, sizeof guid.data);
            }
        }
    }
    if (spec->sid != NULL) {
        Sid sid = sid_of(spec->sid);

        sid_write(&sid, out);
    } else {
        g_byte_array_append(out, (const guint8 *)"\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    }
    size = out->len - start;
    out->data[start + 2] = (guint8)size;
    out->data[start + 3] = (guint8)(size >> 8);
}

/* A descriptor with these ACEs and `slack` bytes behind them in the ACL. */
static GByteArray *
build_with_slack(const char *owner, const AceSpec *aces, guint count, guint slack)
{
    GByteArray *out = g_byte_array_new();
    guint acl = 0;
    guint size = 0;

    g_byte_array_append(out, (const guint8 *)"\x01\x00\x04\x80", 4);
    add_u32(out, owner != NULL ? 20 : 0);
    add_u32(out, 0);
    add_u32(out, 0);
    add_u32(out, 0);
    if (owner != NULL) {
        Sid sid = sid_of(owner);

        sid_write(&sid, out);
    }
    acl = out->len;
    out->data[16] = (guint8)acl;
    g_byte_array_append(out, (const guint8 *)"\x04\x00\x00\x00", 4);
    add_u16(out, count);
    add_u16(out, 0);
    for (guint i = 0; i < count; i++)
        add_ace(out, &aces[i]);
    for (guint i = 0; i < slack; i++)
        g_byte_array_append(out, (const guint8 *)"\xEE", 1);
    size = out->len - acl;
    out->data[acl + 2] = (guint8)size;
    out->data[acl + 3] = (guint8)(size >> 8);
    return out;
}

static GByteArray *
build(const char *owner, const AceSpec *aces, guint count)
{
    return build_with_slack(owner, aces, count, 0);
}

static SecDesc *
parse(const void *data, gsize length)
{
    g_autoptr(GError) error = NULL;
    SecDesc *descriptor = NULL;

    g_assert_true(secdesc_parse(data, length, &descriptor, &error));
    g_assert_no_error(error);
    return descriptor;
}

static GHashTable *
token_of(const char *const *sids)
{
    GHashTable *token = g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);

    for (; *sids != NULL; sids++) {
        Sid sid = sid_of(*sids);

        g_hash_table_add(token, g_memdup2(&sid, sizeof sid));
    }
    return token;
}

/* The check a KDC makes, for a host that is in GROUP. */
static AccessResult
check_with(const char *owner, const AceSpec *aces, guint count, guint32 wanted)
{
    const char *const sids[] = {HOST, GROUP, "S-1-1-0", "S-1-5-11", NULL};
    g_autoptr(GHashTable) token = token_of(sids);
    g_autoptr(GByteArray) data = build(owner, aces, count);
    g_autoptr(SecDesc) descriptor = parse(data->data, data->len);

    return secdesc_check(descriptor, token, wanted);
}

#define CHECK(...)                                   \
    check_with(NULL, (const AceSpec[]){__VA_ARGS__}, \
               G_N_ELEMENTS(((const AceSpec[]){__VA_ARGS__})), RIGHT_CONTROL_ACCESS)

static void
test_parse_usual(void)
{
    g_autoptr(SecDesc) descriptor = parse(usual, sizeof usual);
    const Ace *ace = &g_array_index(descriptor->aces, Ace, 0);
    g_autofree char *owner = sid_format(&descriptor->owner);
    g_autofree char *trustee = NULL;

    g_assert_cmphex(descriptor->control, ==, 0x8004);
    g_assert_cmpstr(owner, ==, "S-1-5-32-544");
    g_assert_cmpint(descriptor->dacl, ==, DACL_LIST);
    g_assert_cmpuint(descriptor->aces->len, ==, 1);
    g_assert_cmpuint(ace->type, ==, ACE_ALLOW);
    g_assert_cmphex(ace->mask, ==, RIGHT_RBCD_USUAL);
    g_assert_cmpuint(ace->at, ==, 0x24 + 8);
    trustee = sid_format(&ace->sid);
    g_assert_cmpstr(trustee, ==, USUAL_TRUSTEE);
}

static void
test_parse_object(void)
{
    const AceSpec aces[] = {
        {ACE_ALLOW_OBJECT, ACE_FLAG_INHERITED, 0x30, HOST, SPN_GUID, RESTRICTIONS_GUID},
        {ACE_DENY_OBJECT, 0, 0x20, OTHER, NULL, RESTRICTIONS_GUID},
        {ACE_ALLOW_OBJECT, 0, 0x10, GROUP, NULL, NULL},
        {9, 0, 0x100, NULL, NULL, NULL}, /* a callback without a SID */
        {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL},
        {ACE_DENY_CALLBACK, 0, 0x100, OTHER, NULL, NULL},
        {ACE_DENY_CALLBACK_OBJECT, 0, 0x100, GROUP, SPN_GUID, NULL},
        {2, 0, 0x100, GROUP, NULL, NULL},
    };
    g_autoptr(GByteArray) data = build(NULL, aces, G_N_ELEMENTS(aces));
    g_autoptr(SecDesc) descriptor = parse(data->data, data->len);
    const Ace *parsed = &g_array_index(descriptor->aces, Ace, 0);
    Guid spn = guid_of(SPN_GUID);
    Sid host = sid_of(HOST);

    g_assert_cmpuint(descriptor->aces->len, ==, G_N_ELEMENTS(aces));
    g_assert_false(sid_is_set(&descriptor->owner));
    g_assert_true(parsed[0].has_object);
    g_assert_true(parsed[0].has_inherited_object);
    g_assert_cmpint(memcmp(&parsed[0].object, &spn, sizeof spn), ==, 0);
    g_assert_cmpuint(parsed[0].flags, ==, ACE_FLAG_INHERITED);
    g_assert_true(sid_equal(&parsed[0].sid, &host));
    g_assert_false(parsed[1].has_object);
    g_assert_true(parsed[1].has_inherited_object);
    g_assert_false(parsed[2].has_inherited_object);
    g_assert_cmpuint(parsed[3].type, ==, 9);
    g_assert_cmphex(parsed[3].mask, ==, 0x100);
    g_assert_false(sid_is_set(&parsed[3].sid));
    g_assert_true(sid_equal(&parsed[4].sid, &host));
    Sid other = sid_of(OTHER), group = sid_of(GROUP);
    g_assert_true(sid_equal(&parsed[5].sid, &other));
    g_assert_true(sid_equal(&parsed[6].sid, &group));
    g_assert_true(parsed[6].has_object);
    g_assert_true(sid_equal(&parsed[7].sid, &group));
}

/* The three ways to have no list. */
static void
test_parse_dacl_states(void)
{
    g_autofree guint8 *data = g_memdup2(usual, sizeof usual);
    const char *const nobody[] = {NULL};
    g_autoptr(GHashTable) token = token_of(nobody);
    g_autoptr(SecDesc) absent = NULL;
    g_autoptr(SecDesc) null = NULL;
    g_autoptr(SecDesc) empty = NULL;

    data[2] = 0x00;
    absent = parse(data, sizeof usual);
    g_assert_cmpint(absent->dacl, ==, DACL_ABSENT);
    g_assert_cmpint(secdesc_check(absent, token, 0x100).access, ==, ACCESS_GRANTED);

    data[2] = 0x04;
    data[0x10] = 0;
    null = parse(data, sizeof usual);
    g_assert_cmpint(null->dacl, ==, DACL_NULL);
    g_assert_cmpint(secdesc_check(null, token, 0x100).access, ==, ACCESS_GRANTED);
    g_assert_cmpint(secdesc_check(null, token, 0x100).ace, ==, -1);

    data[0x10] = 0x24;
    data[0x28] = 0; /* AceCount */
    empty = parse(data, sizeof usual);
    g_assert_cmpint(empty->dacl, ==, DACL_LIST);
    g_assert_cmpuint(empty->aces->len, ==, 0);
    g_assert_cmpint(secdesc_check(empty, token, 0x100).access, ==, ACCESS_DENIED);
}

/* Cut at every byte, in a buffer of exactly that size: an error that says
 * where, and nothing read past the end (the sanitizer watches). */
static void
test_truncated(void)
{
    const AceSpec aces[] = {
        {ACE_DENY, 0, 0x100, OTHER, NULL, NULL},
        {ACE_ALLOW_OBJECT, 0, 0x30, HOST, SPN_GUID, RESTRICTIONS_GUID},
        {9, 0, 0x100, GROUP, NULL, NULL},
    };
    g_autoptr(GByteArray) built = build("S-1-5-32-544", aces, G_N_ELEMENTS(aces));

    for (gsize length = 0; length < built->len; length++) {
        g_autofree guint8 *exact = g_memdup2(built->data, length);
        g_autoptr(GError) error = NULL;
        SecDesc *descriptor = NULL;

        g_assert_false(secdesc_parse(exact, length, &descriptor, &error));
        g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
        g_assert_nonnull(strstr(error->message, "byte "));
        g_assert_null(strchr(error->message, '\n'));
        g_assert_null(descriptor);
    }
}

/* Every byte, and every two, set to values that hurt: whether it parses or not,
 * nothing is read past the end, and what parses can be checked and extended. */
static void
test_mangled(void)
{
    static const guint8 values[] = {0x00, 0x01, 0x04, 0x05, 0x06, 0x7F, 0x80, 0xFC, 0xFF};
    const AceSpec aces[] = {
        {ACE_DENY, 0, 0x100, OTHER, NULL, NULL},
        {ACE_ALLOW_OBJECT, 0, 0x30, HOST, SPN_GUID, RESTRICTIONS_GUID},
        {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL},
    };
    const char *const sids[] = {HOST, GROUP, NULL};
    g_autoptr(GHashTable) token = token_of(sids);
    g_autoptr(GByteArray) built = build("S-1-5-32-544", aces, G_N_ELEMENTS(aces));
    Sid more = sid_of(GROUP);
    guint parsed = 0;
    guint refused = 0;

    for (guint at = 0; at < 2 * built->len; at++) {
        for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
            g_autofree guint8 *data = g_memdup2(built->data, built->len);
            g_autoptr(SecDesc) descriptor = NULL;
            g_autoptr(GByteArray) extended = NULL;
            SecDesc *again = NULL;

            data[at % built->len] = values[i];
            if (at >= built->len) /* and the one after it */
                data[(at + 1) % built->len] = values[i];
            if (!secdesc_parse(data, built->len, &descriptor, NULL)) {
                refused++;
                continue;
            }
            parsed++;
            secdesc_check(descriptor, token, 0x100);
            extended = secdesc_with_grant(data, built->len, &more);
            if (extended == NULL) {
                g_assert_cmpint(descriptor->dacl, !=, DACL_LIST);
                continue;
            }
            g_assert_true(secdesc_parse(extended->data, extended->len, &again, NULL));
            g_assert_cmpuint(again->aces->len, ==, descriptor->aces->len + 1);
            secdesc_free(again);
        }
    }
    g_assert_cmpuint(parsed, >, 0);
    g_assert_cmpuint(refused, >, 0);
}

static void
assert_malformed(guint at, guint8 value, guint says_byte)
{
    g_autofree guint8 *data = g_memdup2(usual, sizeof usual);
    g_autofree char *expected = g_strdup_printf(", byte %u: ", says_byte);
    g_autoptr(GError) error = NULL;
    SecDesc *descriptor = NULL;

    data[at] = value;
    g_assert_false(secdesc_parse(data, sizeof usual, &descriptor, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_nonnull(strstr(error->message, expected));
}

static void
test_malformed(void)
{
    assert_malformed(0, 2, 0);       /* revision */
    assert_malformed(3, 0x00, 2);    /* not self-relative */
    assert_malformed(4, 0x50, 0x50); /* owner at the end */
    assert_malformed(8, 0x4C, 0x4C); /* group that does not fit */
    assert_malformed(0x0B, 0xFF, 0xFF000000u);
    assert_malformed(0x10, 0x4C, 0x4C); /* DACL that does not fit */
    assert_malformed(0x24, 1, 0x24);    /* ACL revision */
    assert_malformed(0x24, 5, 0x24);
    assert_malformed(0x26, 0x2D, 0x26); /* ACL past the end */
    assert_malformed(0x26, 0x04, 0x26); /* smaller than its header */
    assert_malformed(0x28, 2, 0x50);    /* one ACE more than there is */
    assert_malformed(0x2E, 0x28, 0x2E); /* ACE past the ACL */
    assert_malformed(0x2E, 0x00, 0x2E); /* of no size */
    assert_malformed(0x2E, 0x22, 0x2E); /* no multiple of 4 */
    assert_malformed(0x2E, 0x04, 0x2C); /* too short for a mask */
    assert_malformed(0x2C, 5, 0x48);    /* an object ACE: the SID is not one */
    assert_malformed(0x34, 2, 0x34);    /* SID revision */
    assert_malformed(0x35, 6, 0x50);    /* SID longer than its ACE */
    assert_malformed(0x35, 16, 0x34);
}

static void
test_too_large(void)
{
    gsize length = MOST_DESCRIPTOR_BYTES + 1;
    g_autofree guint8 *data = g_malloc0(length);
    g_autoptr(GError) error = NULL;
    SecDesc *descriptor = NULL;

    memcpy(data, usual, sizeof usual);
    g_assert_false(secdesc_parse(data, length, &descriptor, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_true(secdesc_parse(data, length - 1, &descriptor, NULL));
    secdesc_free(descriptor);
}

/* Owner, group and both lists may lie on each other. */
static void
test_overlapping(void)
{
    g_autofree guint8 *data = g_memdup2(usual, sizeof usual);
    g_autoptr(SecDesc) descriptor = NULL;

    data[2] |= 0x10; /* SE_SACL_PRESENT */
    data[8] = 0x14;
    data[12] = 0x24;
    descriptor = parse(data, sizeof usual);
    g_assert_cmpuint(descriptor->aces->len, ==, 1);
}

static void
test_check_order(void)
{
    AccessResult result = CHECK({ACE_ALLOW, 0, 0xF01FF, HOST, NULL, NULL});

    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_cmpint(result.ace, ==, 0);
    g_assert_true(result.named);
    g_assert_false(result.unevaluated);

    result = CHECK({ACE_ALLOW, 0, 0x100, OTHER, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_cmpint(result.ace, ==, -1);
    g_assert_false(result.named);

    /* A deny first, for the host's group. */
    result = CHECK({ACE_DENY, 0, 0x100, GROUP, NULL, NULL},
                   {ACE_ALLOW, 0, 0xF01FF, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_cmpint(result.ace, ==, 0);
    g_assert_true(result.named);

    /* A deny behind the allow comes too late. */
    result = CHECK({ACE_ALLOW, 0, 0xF01FF, HOST, NULL, NULL},
                   {ACE_DENY, 0, 0x100, GROUP, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);

    /* A deny of something else. */
    result = CHECK({ACE_DENY, 0, 0x20, HOST, NULL, NULL},
                   {ACE_ALLOW, 0, 0x100, GROUP, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_cmpint(result.ace, ==, 1);

    /* The mask lacks 0x100. */
    result = CHECK({ACE_ALLOW, 0, 0xF00FF, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_cmpint(result.ace, ==, -1);
    g_assert_true(result.named);

    result = CHECK({ACE_ALLOW, 0, 0x100, "S-1-1-0", NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
}

static void
test_check_inherit_only(void)
{
    AccessResult result =
        CHECK({ACE_DENY, ACE_FLAG_INHERIT_ONLY, 0x100, HOST, NULL, NULL},
              {ACE_ALLOW, ACE_FLAG_INHERITED, 0x100, HOST, NULL, NULL});

    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    result = CHECK({ACE_ALLOW, ACE_FLAG_INHERIT_ONLY, 0x100, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_false(result.named);
}

static void
test_check_several_rights(void)
{
    const AceSpec aces[] = {
        {ACE_ALLOW, 0, 0x10, HOST, NULL, NULL},
        {ACE_DENY, 0, 0x10, HOST, NULL, NULL}, /* granted already */
        {ACE_ALLOW, 0, 0x20, GROUP, NULL, NULL},
        {ACE_DENY, 0, 0x40, HOST, NULL, NULL},
    };
    AccessResult result = check_with(NULL, aces, G_N_ELEMENTS(aces), 0x30);

    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_cmpint(result.ace, ==, 2);
    result = check_with(NULL, aces, G_N_ELEMENTS(aces), 0x70);
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_cmpint(result.ace, ==, 3);
    result = check_with(NULL, aces, G_N_ELEMENTS(aces), 0xB0);
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_cmpint(result.ace, ==, -1);
}

/* Object and callback ACEs decide nothing, and are not passed over in silence;
 * audit ACEs never decide, and are. */
static void
test_check_unevaluated(void)
{
    AccessResult result = CHECK({ACE_ALLOW_OBJECT, 0, 0x100, HOST, SPN_GUID, NULL});

    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_true(result.unevaluated);
    g_assert_true(result.named);

    result = CHECK({ACE_ALLOW_OBJECT, 0, 0x100, OTHER, SPN_GUID, NULL});
    g_assert_false(result.unevaluated);

    result = CHECK({ACE_DENY_OBJECT, 0, 0x100, HOST, NULL, NULL},
                   {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_true(result.unevaluated);

    result =
        CHECK({10, 0, 0x100, HOST, NULL, NULL}, {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_true(result.unevaluated);

    result =
        CHECK({10, 0, 0x100, OTHER, NULL, NULL}, {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL});
    g_assert_false(result.unevaluated);

    result =
        CHECK({2, 0, 0x100, HOST, NULL, NULL}, {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_false(result.unevaluated);
}

static void
test_check_generic(void)
{
    AccessResult result = CHECK({ACE_ALLOW, 0, RIGHT_GENERIC_ALL, HOST, NULL, NULL});

    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_true(result.by_generic);

    result = CHECK({ACE_ALLOW, 0, RIGHT_GENERIC_ALL | 0x100, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
    g_assert_false(result.by_generic);

    /* The others do not hold control access. */
    result =
        CHECK({ACE_ALLOW, 0, RIGHT_GENERIC_READ | RIGHT_GENERIC_WRITE, HOST, NULL, NULL},
              {ACE_ALLOW, 0, RIGHT_GENERIC_EXECUTE, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_false(result.by_generic);

    result = CHECK({ACE_DENY, 0, RIGHT_GENERIC_ALL, HOST, NULL, NULL},
                   {ACE_ALLOW, 0, 0x100, HOST, NULL, NULL});
    g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    g_assert_true(result.by_generic);

    {
        const AceSpec write = {ACE_ALLOW, 0, RIGHT_GENERIC_WRITE, HOST, NULL, NULL};

        result = check_with(NULL, &write, 1, RIGHT_WRITE_PROPERTY | RIGHT_SELF);
        g_assert_cmpint(result.access, ==, ACCESS_GRANTED);
        result = check_with(NULL, &write, 1, RIGHT_GENERIC_READ);
        g_assert_cmpint(result.access, ==, ACCESS_DENIED);
    }
}

/* The owner may read and change the descriptor, nothing else. */
static void
test_check_owner(void)
{
    const AceSpec other = {ACE_ALLOW, 0, 0x100, OTHER, NULL, NULL};
    const AceSpec restricted = {ACE_ALLOW, 0, RIGHT_READ_CONTROL, "S-1-3-4", NULL, NULL};
    guint32 both = RIGHT_READ_CONTROL | RIGHT_WRITE_DACL;

    g_assert_cmpint(check_with(HOST, &other, 1, both).access, ==, ACCESS_GRANTED);
    g_assert_cmpint(check_with(OTHER, &other, 1, both).access, ==, ACCESS_DENIED);
    g_assert_cmpint(check_with(NULL, &other, 1, both).access, ==, ACCESS_DENIED);
    g_assert_cmpint(check_with(HOST, &other, 1, RIGHT_CONTROL_ACCESS).access, ==,
                    ACCESS_DENIED);
    g_assert_cmpint(check_with(HOST, &other, 1, both | RIGHT_WRITE_OWNER).access, ==,
                    ACCESS_DENIED);
    /* Owner Rights takes the place of what owners have. */
    g_assert_cmpint(check_with(HOST, &restricted, 1, RIGHT_READ_CONTROL).access, ==,
                    ACCESS_GRANTED);
    g_assert_cmpint(check_with(HOST, &restricted, 1, RIGHT_WRITE_DACL).access, ==,
                    ACCESS_DENIED);
    g_assert_cmpint(check_with(OTHER, &restricted, 1, RIGHT_READ_CONTROL).access, ==,
                    ACCESS_DENIED);
}

static Access
check_property(const AceSpec *aces, guint count, const char *attribute, const char *set)
{
    const char *const sids[] = {HOST, GROUP, NULL};
    g_autoptr(GHashTable) token = token_of(sids);
    g_autoptr(GByteArray) data = build(NULL, aces, count);
    g_autoptr(SecDesc) descriptor = parse(data->data, data->len);
    Guid guids[2] = {0};

    if (attribute != NULL)
        guids[0] = guid_of(attribute);
    if (set != NULL)
        guids[1] = guid_of(set);
    return secdesc_check_property(descriptor, token, RIGHT_WRITE_PROPERTY,
                                  attribute != NULL ? &guids[0] : NULL,
                                  set != NULL ? &guids[1] : NULL);
}

#define PROPERTY(attribute, set, ...)              \
    check_property((const AceSpec[]){__VA_ARGS__}, \
                   G_N_ELEMENTS(((const AceSpec[]){__VA_ARGS__})), attribute, set)

static void
test_check_property(void)
{
    const char *any = "00000000-0000-0000-0000-000000000001";

#define WRITE(guid, inherited, flags) \
    {ACE_ALLOW_OBJECT, flags, 0x20, HOST, guid, inherited}
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, WRITE(SPN_GUID, NULL, 0)), ==,
                    ACCESS_GRANTED);
    g_assert_cmpint(PROPERTY(any, RESTRICTIONS_GUID, WRITE(RESTRICTIONS_GUID, NULL, 0)),
                    ==, ACCESS_GRANTED);
    g_assert_cmpint(PROPERTY(any, RESTRICTIONS_GUID, WRITE(SPN_GUID, NULL, 0)), ==,
                    ACCESS_DENIED);
    g_assert_cmpint(PROPERTY(NULL, NULL, WRITE(SPN_GUID, NULL, 0)), ==, ACCESS_DENIED);
    /* No object type: every property. */
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, WRITE(NULL, NULL, 0)), ==, ACCESS_GRANTED);
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, {ACE_ALLOW, 0, 0x20, HOST, NULL, NULL}), ==,
                    ACCESS_GRANTED);
    g_assert_cmpint(
        PROPERTY(SPN_GUID, NULL, {ACE_ALLOW, 0, RIGHT_GENERIC_ALL, GROUP, NULL, NULL}),
        ==, ACCESS_GRANTED);
    /* Inherited for a class: it came here, so it matched. */
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, WRITE(SPN_GUID, any, ACE_FLAG_INHERITED)),
                    ==, ACCESS_GRANTED);
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, WRITE(SPN_GUID, any, ACE_FLAG_INHERIT_ONLY)),
                    ==, ACCESS_DENIED);
    /* A deny of the property, of another, and after the grant. */
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL,
                             {ACE_DENY_OBJECT, 0, 0x20, GROUP, SPN_GUID, NULL},
                             WRITE(SPN_GUID, NULL, 0)),
                    ==, ACCESS_DENIED);
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, {ACE_DENY_OBJECT, 0, 0x20, GROUP, any, NULL},
                             WRITE(SPN_GUID, NULL, 0)),
                    ==, ACCESS_GRANTED);
    g_assert_cmpint(PROPERTY(SPN_GUID, NULL, WRITE(SPN_GUID, NULL, 0),
                             {ACE_DENY_OBJECT, 0, 0x20, GROUP, SPN_GUID, NULL}),
                    ==, ACCESS_GRANTED);
#undef WRITE
}

/* From nothing: what Windows writes. */
static void
test_grant_new(void)
{
    Sid trustee = sid_of(USUAL_TRUSTEE);
    g_autoptr(GByteArray) made = secdesc_with_grant(NULL, 0, &trustee);

    g_assert_nonnull(made);
    g_assert_cmpuint(made->len, ==, sizeof usual);
    g_assert_cmpint(memcmp(made->data, usual, sizeof usual), ==, 0);
}

/* Old ACEs, known or not, stay byte for byte and in order, in front. */
static void
test_grant_added(void)
{
    const AceSpec aces[] = {
        {ACE_DENY, 0, 0x100, OTHER, NULL, NULL},
        {ACE_ALLOW_OBJECT, 0, 0x30, HOST, SPN_GUID, NULL},
        {9, 0, 0x100, NULL, NULL, NULL},
    };
    const char *const sids[] = {GROUP, NULL};
    g_autoptr(GHashTable) token = token_of(sids);
    g_autoptr(GByteArray) old = build_with_slack(OTHER, aces, G_N_ELEMENTS(aces), 12);
    g_autoptr(SecDesc) before = parse(old->data, old->len);
    g_autoptr(SecDesc) after = NULL;
    g_autoptr(GByteArray) made = NULL;
    const Ace *first = NULL;
    const Ace *added = NULL;
    const Ace *old_first = &g_array_index(before->aces, Ace, 0);
    Sid group = sid_of(GROUP);
    gsize old_size = 0;

    g_assert_cmpint(secdesc_check(before, token, 0x100).access, ==, ACCESS_DENIED);
    made = secdesc_with_grant(old->data, old->len, &group);
    g_assert_nonnull(made);
    after = parse(made->data, made->len);
    first = &g_array_index(after->aces, Ace, 0);
    added = &g_array_index(after->aces, Ace, 3);

    g_assert_cmpuint(after->aces->len, ==, 4);
    g_assert_true(sid_equal(&after->owner, &before->owner));
    g_assert_cmphex(after->control, ==, 0x8004);
    old_size = old->len - 12 - old_first->at;
    g_assert_cmpuint(added->at - first->at, ==, old_size);
    g_assert_cmpint(memcmp(made->data + first->at, old->data + old_first->at, old_size),
                    ==, 0);
    g_assert_cmpuint(made->data[first->at - 8], ==, 4); /* ACL revision */
    g_assert_cmpuint(added->type, ==, ACE_ALLOW);
    g_assert_cmphex(added->mask, ==, RIGHT_RBCD_USUAL);
    g_assert_cmpint(secdesc_check(after, token, 0x100).access, ==, ACCESS_GRANTED);
}

static void
test_grant_keeps(void)
{
    g_autofree guint8 *old = g_malloc0(sizeof usual + 12);
    g_autoptr(GByteArray) made = NULL;
    g_autoptr(SecDesc) after = NULL;
    Sid group = sid_of(GROUP);
    Sid everyone;

    /* A group, ACL revision 2 and the bit that protects the list. */
    memcpy(old, usual, sizeof usual);
    old[3] |= 0x10;
    old[8] = sizeof usual;
    old[0x24] = 2;
    memcpy(old + sizeof usual, "\x01\x01\0\0\0\0\0\x01\0\0\0\0", 12);
    made = secdesc_with_grant(old, sizeof usual + 12, &group);
    g_assert_nonnull(made);
    after = parse(made->data, made->len);
    g_assert_cmphex(after->control, ==, 0x9004);
    g_assert_cmpuint(after->aces->len, ==, 2);
    g_assert_cmpuint(made->data[made->data[16]], ==, 4);
    g_assert_true(sid_parse(made->data + made->data[8], 12, &everyone));
    g_assert_cmpstr(sid_well_known(&everyone), ==, "Everyone");
}

/* Where everybody is granted everything, a list would take it away. */
static void
test_grant_no_list(void)
{
    g_autofree guint8 *old = g_memdup2(usual, sizeof usual);
    Sid group = sid_of(GROUP);

    old[0x10] = 0;
    g_assert_null(secdesc_with_grant(old, sizeof usual, &group));
    old[2] = 0;
    g_assert_null(secdesc_with_grant(old, sizeof usual, &group));
}

static void
test_grant_full(void)
{
    Sid sid = sid_of(HOST);
    g_autoptr(GByteArray) data = secdesc_with_grant(NULL, 0, &sid);
    guint count = 1;

    for (;;) {
        GByteArray *larger = secdesc_with_grant(data->data, data->len, &sid);

        if (larger == NULL)
            break;
        g_byte_array_unref(data);
        data = larger;
        count++;
        g_assert_cmpuint(count, <, 4000);
    }
    /* 65535 bytes hold a header of 8 and ACEs of 36. */
    g_assert_cmpuint(count, ==, (65535 - 8) / 36);
    {
        g_autoptr(SecDesc) descriptor = parse(data->data, data->len);

        g_assert_cmpuint(descriptor->aces->len, ==, count);
    }
}

/* Whatever names the SID goes, in whatever kind of ACE; the rest stays as it
 * was written. */
static void
test_without(void)
{
    const AceSpec aces[] = {
        {ACE_DENY, 0, 0x100, OTHER, NULL, NULL},
        {ACE_ALLOW_OBJECT, 0, 0x30, HOST, SPN_GUID, NULL},
        {9, 0, 0x100, NULL, NULL, NULL},
        {ACE_ALLOW, 0x12, 0x1F1, OTHER, NULL, NULL},
        {ACE_ALLOW, 0, 0xF01FF, HOST, NULL, NULL},
        {ACE_ALLOW, 0, 0xF01FF, GROUP, NULL, NULL},
    };
    const AceSpec rest[] = {aces[0], aces[2], aces[3], aces[5]};
    g_autoptr(GByteArray) old = build_with_slack(OTHER, aces, G_N_ELEMENTS(aces), 12);
    g_autoptr(GByteArray) expected = build_with_slack(OTHER, rest, G_N_ELEMENTS(rest), 0);
    g_autoptr(SecDesc) before = parse(old->data, old->len);
    g_autoptr(SecDesc) after = NULL;
    Sid host = sid_of(HOST);
    g_autoptr(GByteArray) made = secdesc_without(old->data, old->len, &host, false);

    g_assert_nonnull(made);
    after = parse(made->data, made->len);
    g_assert_cmpuint(after->aces->len, ==, G_N_ELEMENTS(rest));
    g_assert_true(sid_equal(&after->owner, &before->owner));
    g_assert_cmphex(after->control, ==, before->control);
    {
        g_autoptr(SecDesc) wanted = parse(expected->data, expected->len);
        gsize first = g_array_index(after->aces, Ace, 0).at;
        gsize other = g_array_index(wanted->aces, Ace, 0).at;

        g_assert_cmpuint(made->len - first, ==, expected->len - other);
        g_assert_cmpint(memcmp(made->data + first - 8, expected->data + other - 8,
                               made->len - first + 8),
                        ==, 0);
    }
    /* Nothing of it is left to go. */
    g_assert_null(secdesc_without(made->data, made->len, &host, false));
}

static void
test_without_denials(void)
{
    const AceSpec aces[] = {
        {ACE_DENY, 0, 0x100, HOST, NULL, NULL},
        {ACE_DENY, 0, 0x100, GROUP, NULL, NULL},
        {ACE_ALLOW, 0, 0xF01FF, HOST, NULL, NULL},
    };
    const char *const sids[] = {HOST, NULL};
    g_autoptr(GHashTable) token = token_of(sids);
    g_autoptr(GByteArray) old = build_with_slack(OTHER, aces, G_N_ELEMENTS(aces), 0);
    g_autoptr(SecDesc) after = NULL;
    Sid host = sid_of(HOST);
    Sid other = sid_of(OTHER);
    g_autoptr(GByteArray) made = secdesc_without(old->data, old->len, &host, true);

    g_assert_nonnull(made);
    after = parse(made->data, made->len);
    g_assert_cmpuint(after->aces->len, ==, 2);
    g_assert_cmpint(secdesc_check(after, token, 0x100).access, ==, ACCESS_GRANTED);
    g_assert_null(secdesc_without(made->data, made->len, &host, true));
    g_assert_null(secdesc_without(old->data, old->len, &other, true));
}

/* The last one gone: a list that is empty, and nobody is granted. */
static void
test_without_last(void)
{
    g_autofree guint8 *open = g_memdup2(usual, sizeof usual);
    Sid trustee = sid_of(USUAL_TRUSTEE);
    Sid other = sid_of(OTHER);
    g_autoptr(GByteArray) made = secdesc_without(usual, sizeof usual, &trustee, false);
    g_autoptr(GByteArray) again = NULL;
    g_autoptr(SecDesc) after = NULL;

    g_assert_nonnull(made);
    after = parse(made->data, made->len);
    g_assert_cmpint(after->dacl, ==, DACL_LIST);
    g_assert_cmpuint(after->aces->len, ==, 0);
    again = secdesc_with_grant(made->data, made->len, &trustee);
    g_assert_cmpuint(again->len, ==, sizeof usual);
    g_assert_cmpint(memcmp(again->data, usual, sizeof usual), ==, 0);
    g_assert_null(secdesc_without(usual, sizeof usual, &other, false));
    /* A descriptor without a list names nobody. */
    open[0x10] = 0;
    g_assert_null(secdesc_without(open, sizeof usual, &trustee, false));
}

static void
test_guid(void)
{
    static const guint8 expected[16] = {0x88, 0x47, 0xa6, 0xf3, 0x06, 0x53, 0xd1, 0x11,
                                        0xa9, 0xc5, 0x00, 0x00, 0xf8, 0x03, 0x67, 0xc1};
    static const char *const refused[] = {
        "",
        "f3a64788",
        "f3a64788-5306-11d1-a9c5-0000f80367c",
        "f3a64788-5306-11d1-a9c5-0000f80367c11",
        "f3a6478805306-11d1-a9c5-0000f80367c1",
        "g3a64788-5306-11d1-a9c5-0000f80367c1",
        "f3a64788-5306-11d1-a9c5-0000f80367c-",
    };
    Guid guid = guid_of(SPN_GUID);

    g_assert_cmpint(memcmp(guid.data, expected, sizeof expected), ==, 0);
    guid = guid_of("F3A64788-5306-11D1-A9C5-0000F80367C1");
    g_assert_cmpint(memcmp(guid.data, expected, sizeof expected), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
        g_assert_false(guid_parse(refused[i], &guid));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/secdesc/parse/usual", test_parse_usual);
    g_test_add_func("/secdesc/parse/object", test_parse_object);
    g_test_add_func("/secdesc/parse/dacl-states", test_parse_dacl_states);
    g_test_add_func("/secdesc/parse/truncated", test_truncated);
    g_test_add_func("/secdesc/parse/mangled", test_mangled);
    g_test_add_func("/secdesc/parse/malformed", test_malformed);
    g_test_add_func("/secdesc/parse/too-large", test_too_large);
    g_test_add_func("/secdesc/parse/overlapping", test_overlapping);
    g_test_add_func("/secdesc/check/order", test_check_order);
    g_test_add_func("/secdesc/check/inherit-only", test_check_inherit_only);
    g_test_add_func("/secdesc/check/several-rights", test_check_several_rights);
    g_test_add_func("/secdesc/check/unevaluated", test_check_unevaluated);
    g_test_add_func("/secdesc/check/generic", test_check_generic);
    g_test_add_func("/secdesc/check/owner", test_check_owner);
    g_test_add_func("/secdesc/check/property", test_check_property);
    g_test_add_func("/secdesc/grant/new", test_grant_new);
    g_test_add_func("/secdesc/grant/added", test_grant_added);
    g_test_add_func("/secdesc/grant/keeps", test_grant_keeps);
    g_test_add_func("/secdesc/grant/no-list", test_grant_no_list);
    g_test_add_func("/secdesc/grant/full", test_grant_full);
    g_test_add_func("/secdesc/without", test_without);
    g_test_add_func("/secdesc/without/denials", test_without_denials);
    g_test_add_func("/secdesc/without/last", test_without_last);
    g_test_add_func("/secdesc/guid", test_guid);
    return g_test_run();
}

/* Longer than most: what reads a descriptor, judges it and writes it anew shares one
 * layout, and none of the three should know it alone. */
#include "model/secdesc.h"

#include "base/fault.h"
#include "base/limits.h"
#include "model/wellknown.h"

#include <string.h>

/* SECURITY_DESCRIPTOR.Control, MS-DTYP 2.4.6. */
#define SE_DACL_PRESENT 0x0004u
#define SE_SACL_PRESENT 0x0010u
#define SE_SELF_RELATIVE 0x8000u

#define HEADER_SIZE 20u
#define ACL_HEADER_SIZE 8u
#define ACE_HEADER_SIZE 4u
#define ACL_REVISION_DS 4u /* MS-DTYP 2.4.5: object ACEs; what AD writes */

/* ACCESS_ALLOWED_OBJECT_ACE.Flags, MS-DTYP 2.4.4.3. */
#define ACE_OBJECT_TYPE_PRESENT 0x1u
#define ACE_INHERITED_OBJECT_TYPE_PRESENT 0x2u

/* The fixed part (MS-DTYP 2.4.6): revision, resource manager bits, control and
 * four offsets. */
typedef struct {
    guint8 revision;
    guint8 sbz1;
    guint16 control;
    gsize owner;
    gsize group;
    gsize sacl;
    gsize dacl;
} Header;

static Header
header_read(const void *data, gsize length, bool *ret_whole)
{
    Bytes bytes = bytes_of(data, length);
    Header header = {0};

    header.revision = bytes_u8(&bytes);
    header.sbz1 = bytes_u8(&bytes);
    header.control = bytes_u16_le(&bytes);
    header.owner = bytes_u32_le(&bytes);
    header.group = bytes_u32_le(&bytes);
    header.sacl = bytes_u32_le(&bytes);
    header.dacl = bytes_u32_le(&bytes);
    *ret_whole = !bytes.failed;
    return header;
}

static bool
malformed(GError **error, gsize at, const char *why)
{
    return fault_set(error, FAULT_MALFORMED,
                     "security descriptor, byte %" G_GSIZE_FORMAT ": %s", at, why);
}

/* The SID at `at`, alone in what follows there; its size is *ret_size. */
static bool
parse_sid(const Bytes *whole, gsize at, const char *why, Sid *ret_sid, gsize *ret_size,
          GError **error)
{
    Bytes bytes = *whole;

    bytes_seek(&bytes, at);
    if (!sid_read(&bytes, ret_sid))
        return malformed(error, at, why);
    *ret_size = bytes.at - at;
    return true;
}

static bool
is_object_type(guint8 type)
{
    return type == ACE_ALLOW_OBJECT || type == ACE_DENY_OBJECT;
}

static bool
is_callback_type(guint8 type)
{
    return type >= ACE_ALLOW_CALLBACK && type <= ACE_DENY_CALLBACK_OBJECT;
}

/* Types whose SID stands behind an object's GUIDs (MS-DTYP 2.4.4.1). */
static bool
has_guids(guint8 type)
{
    return (type >= 5 && type <= 8) || type == 11 || type == 12 || type == 15 ||
           type == 16;
}

/* Types that hold a SID: all but the reserved compound one and those that came
 * later. */
static bool
has_sid(guint8 type)
{
    return type <= 3 || (type >= 5 && type <= 19);
}

static bool
is_plain_type(guint8 type)
{
    return type == ACE_ALLOW || type == ACE_DENY;
}

static bool
is_deny(guint8 type)
{
    return type == ACE_DENY || type == ACE_DENY_OBJECT;
}

static bool
read_guid(Bytes *bytes, Guid *ret_guid)
{
    const guint8 *span = bytes_span(bytes, sizeof ret_guid->data);

    if (span == NULL)
        return false;
    memcpy(ret_guid->data, span, sizeof ret_guid->data);
    return true;
}

/* One ACE of `size` bytes at `at`, known to lie in the ACL. */
static bool
parse_ace(const Bytes *whole, gsize at, gsize size, Ace *ret_ace, GError **error)
{
    Bytes bytes = bytes_sub(whole, at, size);
    Ace ace = {.at = at};
    guint32 present = 0;

    ace.type = bytes_u8(&bytes);
    ace.flags = bytes_u8(&bytes);
    (void)bytes_u16_le(&bytes); /* the size */
    ace.mask = bytes_u32_le(&bytes);
    if (has_guids(ace.type))
        present = bytes_u32_le(&bytes);
    if ((present & ACE_OBJECT_TYPE_PRESENT) != 0)
        ace.has_object = read_guid(&bytes, &ace.object);
    if ((present & ACE_INHERITED_OBJECT_TYPE_PRESENT) != 0) {
        Guid unused;

        ace.has_inherited_object = read_guid(&bytes, &unused);
    }
    if (!is_plain_type(ace.type) && !is_object_type(ace.type)) {
        /* What does not hold a SID where it should has none. */
        if (has_sid(ace.type) && !bytes.failed)
            (void)sid_read(&bytes, &ace.sid);
        *ret_ace = ace;
        return true;
    }
    if (bytes.failed)
        return malformed(error, at, "an ACE too short for its type");
    if (!sid_read(&bytes, &ace.sid))
        return malformed(error, at + bytes.failed_at,
                         "the SID of an ACE is not one, or leaves the ACE");
    *ret_ace = ace;
    return true;
}

/* The ACL at `at`: appends its ACEs to `aces`.  Bytes behind the last ACE are
 * fine, as Windows leaves them (MS-DTYP 2.4.5). */
static bool
parse_acl(const Bytes *whole, gsize at, GArray *aces, GError **error)
{
    Bytes bytes = *whole;
    guint revision = 0;
    gsize size = 0;
    guint count = 0;
    gsize end = 0;

    bytes_seek(&bytes, at);
    revision = bytes_u8(&bytes);
    (void)bytes_u8(&bytes);
    size = bytes_u16_le(&bytes);
    count = bytes_u16_le(&bytes);
    (void)bytes_u16_le(&bytes);
    if (bytes.failed)
        return malformed(error, at, "an ACL that starts past the end");
    if (revision < 2 || revision > ACL_REVISION_DS)
        return malformed(error, at, "an ACL of a revision other than 2 to 4");
    if (size < ACL_HEADER_SIZE || size > whole->length - at)
        return malformed(error, at + 2, "an ACL whose size does not fit");
    end = at + size;
    at += ACL_HEADER_SIZE;
    for (guint i = 0; i < count; i++) {
        Ace ace = {0};
        gsize ace_size = 0;

        if (end - at < ACE_HEADER_SIZE)
            return malformed(error, at, "an ACL that counts more ACEs than it holds");
        bytes_seek(&bytes, at + 2);
        ace_size = bytes_u16_le(&bytes);
        if (ace_size < ACE_HEADER_SIZE || ace_size % 4 != 0 || ace_size > end - at)
            return malformed(error, at + 2, "an ACE whose size does not fit");
        if (!parse_ace(whole, at, ace_size, &ace, error))
            return false;
        g_array_append_val(aces, ace);
        at += ace_size;
    }
    return true;
}

bool
secdesc_parse(const void *data, gsize length, SecDesc **ret_descriptor, GError **error)
{
    g_autoptr(SecDesc) descriptor = g_new0(SecDesc, 1);
    g_autoptr(GArray) audits = g_array_new(FALSE, FALSE, sizeof(Ace));
    Bytes whole = bytes_of(data, length);
    Sid group;
    gsize size = 0;
    bool fits = false;
    Header header = header_read(data, length, &fits);

    descriptor->aces = g_array_new(FALSE, FALSE, sizeof(Ace));
    if (!fits)
        return malformed(error, length, "it ends inside its header of 20 bytes");
    if (length > MOST_DESCRIPTOR_BYTES)
        return malformed(error, MOST_DESCRIPTOR_BYTES, "larger than 1 MiB");
    if (header.revision != 1)
        return malformed(error, 0, "a revision other than 1");
    if ((header.control & SE_SELF_RELATIVE) == 0)
        return malformed(error, 2, "not self-relative");

    descriptor->control = header.control;
    if (header.owner != 0 &&
        !parse_sid(&whole, header.owner, "the owner is no SID, or leaves the descriptor",
                   &descriptor->owner, &size, error))
        return false;
    if (header.group != 0 &&
        !parse_sid(&whole, header.group, "the group is no SID, or leaves the descriptor",
                   &group, &size, error))
        return false;
    if ((header.control & SE_SACL_PRESENT) != 0 && header.sacl != 0 &&
        !parse_acl(&whole, header.sacl, audits, error))
        return false;
    if ((header.control & SE_DACL_PRESENT) == 0) {
        descriptor->dacl = DACL_ABSENT;
    } else if (header.dacl == 0) {
        descriptor->dacl = DACL_NULL;
    } else {
        descriptor->dacl = DACL_LIST;
        if (!parse_acl(&whole, header.dacl, descriptor->aces, error))
            return false;
    }
    *ret_descriptor = g_steal_pointer(&descriptor);
    return true;
}

void
secdesc_free(SecDesc *descriptor)
{
    if (descriptor == NULL)
        return;
    g_array_unref(descriptor->aces);
    g_free(descriptor);
}

/* Generic rights mean these for AD objects (MS-ADTS 5.1.3.2). */
static guint32
map_generic(guint32 mask)
{
    static const struct {
        guint32 generic;
        guint32 rights;
    } map[] = {
        {RIGHT_GENERIC_ALL, 0x000F01FF},
        {RIGHT_GENERIC_READ, 0x00020094},
        {RIGHT_GENERIC_WRITE, 0x00020028},
        {RIGHT_GENERIC_EXECUTE, 0x00020004},
    };

    for (guint i = 0; i < G_N_ELEMENTS(map); i++) {
        if ((mask & map[i].generic) != 0)
            mask = (mask & ~map[i].generic) | map[i].rights;
    }
    return mask;
}

/* What an access check asks. */
typedef struct {
    GHashTable *token;
    guint32 wanted;
    bool for_property; /* object ACEs count for these two */
    const Guid *attribute;
    const Guid *property_set;
    bool map_generic;
} Question;

static const Sid owner_rights = {.revision = 1, .count = 1, .authority = 3, .sub = {4}};

static bool
guid_is(const Guid *a, const Guid *b)
{
    return b != NULL && memcmp(a->data, b->data, sizeof a->data) == 0;
}

/* Whether the ACE may grant or deny, had it been understood.  Audit, alarm,
 * label and resource ACEs (MS-DTYP 2.4.4.1) never do. */
static bool
is_unknown_access(const Ace *ace)
{
    return ace->type == 4 || (ace->type >= 9 && ace->type <= 12) || ace->type > 21;
}

bool
ace_denies(const Ace *ace)
{
    return is_deny(ace->type) || ace->type == ACE_DENY_CALLBACK ||
           ace->type == ACE_DENY_CALLBACK_OBJECT;
}

/* Whether the ACE decides about what is asked. */
static bool
ace_applies(const Ace *ace, const Question *question)
{
    if (is_plain_type(ace->type))
        return true;
    /* An inherited object type says which class it was to be inherited by: an
     * ACE that arrived here has matched. */
    return question->for_property &&
           (!ace->has_object || guid_is(&ace->object, question->attribute) ||
            guid_is(&ace->object, question->property_set));
}

static bool
has_owner_rights(const SecDesc *descriptor)
{
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);

        if ((ace->flags & ACE_FLAG_INHERIT_ONLY) == 0 && sid_is_set(&ace->sid) &&
            sid_equal(&ace->sid, &owner_rights))
            return true;
    }
    return false;
}

/* MS-DTYP 2.5.3.2: the ACEs in order; a right is denied by the first ACE that
 * denies it while it is still missing. */
static AccessResult
evaluate(const SecDesc *descriptor, const Question *question)
{
    AccessResult result = {.access = ACCESS_DENIED, .ace = -1};
    bool is_owner = sid_is_set(&descriptor->owner) &&
                    g_hash_table_contains(question->token, &descriptor->owner);
    guint32 missing = question->wanted;

    /* The owner may read and change the descriptor, unless it says otherwise
     * with Owner Rights. */
    if (is_owner && !has_owner_rights(descriptor))
        missing &= ~(RIGHT_READ_CONTROL | RIGHT_WRITE_DACL);
    if (missing == 0 || descriptor->dacl != DACL_LIST) {
        result.access = ACCESS_GRANTED;
        return result;
    }
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        guint32 mask = question->map_generic ? map_generic(ace->mask) : ace->mask;

        if ((ace->flags & ACE_FLAG_INHERIT_ONLY) != 0)
            continue;
        if (!is_plain_type(ace->type) && !is_object_type(ace->type)) {
            result.unevaluated = result.unevaluated ||
                                 (is_unknown_access(ace) &&
                                  (!sid_is_set(&ace->sid) ||
                                   g_hash_table_contains(question->token, &ace->sid)));
            continue;
        }
        if (!g_hash_table_contains(question->token, &ace->sid) &&
            !(is_owner && sid_equal(&ace->sid, &owner_rights)))
            continue;
        result.named = true;
        if (!ace_applies(ace, question)) {
            result.unevaluated = true;
            continue;
        }
        if (is_deny(ace->type)) {
            if ((mask & missing) == 0)
                continue;
            result.ace = (int)i;
            return result;
        }
        missing &= ~mask;
        if (missing == 0) {
            result.access = ACCESS_GRANTED;
            result.ace = (int)i;
            return result;
        }
    }
    return result;
}

AccessResult
secdesc_check(const SecDesc *descriptor, GHashTable *token, guint32 wanted)
{
    Question question = {
        .token = token,
        .wanted = map_generic(wanted),
        .map_generic = true,
    };
    AccessResult result = evaluate(descriptor, &question);

    /* Windows maps generic rights when a descriptor is put on an object.  The
     * RBCD descriptor is a value of an attribute, stored as it came; Samba's
     * KDC checks it with sec_access_check_ds, which maps nothing, and Windows'
     * KDC reportedly refuses such a grant too. */
    question.map_generic = false;
    result.by_generic = evaluate(descriptor, &question).access != result.access;
    return result;
}

Access
secdesc_check_property(const SecDesc *descriptor, GHashTable *token, guint32 wanted,
                       const Guid *attribute, const Guid *property_set)
{
    Question question = {
        .token = token,
        .wanted = map_generic(wanted),
        .for_property = true,
        .attribute = attribute,
        .property_set = property_set,
        .map_generic = true,
    };

    return evaluate(descriptor, &question).access;
}

/* What an ACE does to the right a KDC asks for, if its SID is in the token. */
typedef enum {
    EFFECT_NONE,
    EFFECT_CERTAIN,
    EFFECT_DOUBTFUL,
} Effect;

static Effect
effect_of(const Ace *ace, Doubt *ret_doubt)
{
    bool asked = (ace->mask & RIGHT_CONTROL_ACCESS) != 0;
    bool generic = !asked && (map_generic(ace->mask) & RIGHT_CONTROL_ACCESS) != 0;

    if (ace->has_object || (!asked && !generic))
        return EFFECT_NONE; /* without an object tree no object matches */
    /* KDCs do not map generic rights in this descriptor: Samba's code does not,
     * and grants of GENERIC_ALL alone are reported to fail on Windows.  A grant
     * that hangs on one is none; a denial that does is in doubt. */
    if (generic && !ace_denies(ace))
        return EFFECT_NONE;
    *ret_doubt = DOUBT_GENERIC;
    if (is_plain_type(ace->type) && asked)
        return EFFECT_CERTAIN;
    if (is_object_type(ace->type))
        *ret_doubt = DOUBT_OBJECT;
    else if (is_callback_type(ace->type))
        *ret_doubt = DOUBT_CONDITION;
    else if (is_unknown_access(ace))
        *ret_doubt = DOUBT_KIND;
    return is_plain_type(ace->type) || is_unknown_access(ace) || is_object_type(ace->type)
               ? EFFECT_DOUBTFUL
               : EFFECT_NONE;
}

/* One decision on its way through the list. */
typedef struct {
    Decision decision;
    /* The first doubt that ends in a denial, and in a grant. */
    Doubt doubts[2];
    int aces[2];
    GHashTable *absent; /* SIDs that are not in the token where we got this far */
    guint passed;       /* doubts (bits) that did not apply where we got this far */
} Walk;

/* Either the KDC takes all such ACEs, or none. */
static bool
is_common(Doubt doubt)
{
    return doubt == DOUBT_OBJECT || doubt == DOUBT_GENERIC;
}

static void
note_outcome(Walk *walk, bool granted, Doubt doubt, int ace)
{
    if (walk->doubts[granted] != DOUBT_NONE)
        return;
    walk->doubts[granted] = doubt;
    walk->aces[granted] = ace;
}

/* One ACE whose SID may be in the token.  True: it decides, whatever the rest. */
static bool
walk_ace(Walk *walk, const Ace *ace, int place, const Sid *sid, Tri in)
{
    Doubt doubt = DOUBT_NONE;
    Effect effect = effect_of(ace, &doubt);

    if (effect == EFFECT_NONE || g_hash_table_contains(walk->absent, sid))
        return false;
    if (effect == EFFECT_CERTAIN && in == TRI_YES) {
        walk->decision.ace = place;
        walk->decision.granted = ace_denies(ace) ? TRI_NO : TRI_YES;
        return true;
    }
    if (effect == EFFECT_CERTAIN) {
        note_outcome(walk, !ace_denies(ace), DOUBT_MEMBER, place);
        g_hash_table_add(walk->absent, (gpointer)sid);
        return false;
    }
    if ((walk->passed & 1u << doubt) != 0)
        return false;
    note_outcome(walk, !ace_denies(ace), doubt, place);
    if (is_common(doubt) && in == TRI_YES)
        walk->passed |= 1u << doubt;
    if (ace->type > ACE_DENY_CALLBACK_OBJECT)
        note_outcome(walk, false, doubt, place); /* nobody knows what it does */
    return false;
}

/* Owner Rights are in the token of whoever is the owner. */
static const Sid *
sid_meant(const SecDesc *descriptor, const Ace *ace)
{
    return sid_is_set(&ace->sid) && sid_equal(&ace->sid, &owner_rights)
               ? &descriptor->owner
               : &ace->sid;
}

const Sid *
ace_names(const SecDesc *descriptor, const Ace *ace)
{
    const Sid *sid = sid_meant(descriptor, ace);
    return sid_is_set(sid) ? sid : NULL;
}

static void
walk_list(Walk *walk, const SecDesc *descriptor, const GArray *places, TokenHas has,
          gpointer token)
{
    guint count = places ? places->len : descriptor->aces->len;
    for (guint n = 0; n < count; n++) {
        guint i = places ? g_array_index(places, guint, n) : n;
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        const Sid *sid = sid_meant(descriptor, ace);
        Tri in = TRI_UNKNOWN;

        if ((ace->flags & ACE_FLAG_INHERIT_ONLY) != 0) {
            walk->decision.inherits = walk->decision.inherits ||
                                      (is_plain_type(ace->type) && !ace_denies(ace) &&
                                       has(sid, token) == TRI_YES);
            continue;
        }
        if (sid_is_set(&ace->sid))
            in = sid_is_set(sid) ? has(sid, token) : TRI_NO;
        else if (!is_unknown_access(ace))
            continue;
        if (in == TRI_NO)
            continue;
        if (in == TRI_YES) {
            walk->decision.named = true;
            walk->decision.unevaluated =
                walk->decision.unevaluated || !is_plain_type(ace->type);
            walk->decision.by_generic =
                walk->decision.by_generic ||
                (is_plain_type(ace->type) && !ace_denies(ace) &&
                 (ace->mask & RIGHT_CONTROL_ACCESS) == 0 &&
                 (map_generic(ace->mask) & RIGHT_CONTROL_ACCESS) != 0);
        }
        if (walk_ace(walk, ace, (int)i, sid, in))
            return;
    }
}

/* Each doubtful SID and ACE is supposed on its own.  Of one right the first ACE
 * that applies decides, and each that may apply adds an outcome: that of a plain
 * one where its SID is in the token and no SID before it is.  Behind it, that SID
 * is not in the token, or we would not have come so far. */
Decision
secdesc_decide_by(const SecDesc *descriptor, const GArray *places, TokenHas has,
                  gpointer token)
{
    Walk walk = {.decision = {.granted = TRI_NO, .ace = -1}, .aces = {-1, -1}};

    if (descriptor->dacl != DACL_LIST) {
        walk.decision.granted = TRI_UNKNOWN;
        walk.decision.doubt = DOUBT_NO_DACL;
        walk.decision.named = walk.decision.otherwise = true;
        return walk.decision;
    }
    walk.absent = g_hash_table_new(sid_hash, sid_equal);
    walk_list(&walk, descriptor, places, has, token);
    g_hash_table_unref(walk.absent);

    bool granted = walk.decision.granted == TRI_YES;
    bool possible = granted || walk.doubts[true] != DOUBT_NONE;
    if (possible && !sid_is_set(&descriptor->owner))
        note_outcome(&walk, false, DOUBT_NO_OWNER, -1);
    walk.decision.by_generic = walk.decision.by_generic && !granted;
    if (walk.doubts[!granted] == DOUBT_NONE)
        return walk.decision;
    walk.decision.granted = TRI_UNKNOWN;
    walk.decision.otherwise = granted;
    walk.decision.doubt = walk.doubts[!granted];
    walk.decision.ace = walk.aces[!granted];
    walk.decision.by_generic = walk.decision.doubt == DOUBT_GENERIC;
    return walk.decision;
}

Decision
secdesc_decide(const SecDesc *descriptor, TokenHas has, gpointer token)
{
    return secdesc_decide_by(descriptor, NULL, has, token);
}

/* Each ACE that may apply adds its outcome, and the first that does for certain ends
 * the list. */
Tri
secdesc_decide_property(const SecDesc *descriptor, TokenHas has, gpointer token,
                        guint32 right, const Guid *attribute, const Guid *property_set)
{
    const Question question = {
        .for_property = true, .attribute = attribute, .property_set = property_set};
    g_autoptr(GHashTable) absent = g_hash_table_new(sid_hash, sid_equal);
    bool outcomes[2] = {false, false};
    bool last = false;

    if (descriptor->dacl != DACL_LIST)
        return TRI_YES;
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        bool plain = is_plain_type(ace->type) || is_object_type(ace->type);

        if ((ace->flags & ACE_FLAG_INHERIT_ONLY) != 0 ||
            (!plain && !is_unknown_access(ace)) ||
            (map_generic(ace->mask) & right) == 0 || !ace_applies(ace, &question) ||
            (sid_is_set(&ace->sid) && g_hash_table_contains(absent, &ace->sid)))
            continue;
        Tri in = sid_is_set(&ace->sid) ? has(&ace->sid, token) : TRI_UNKNOWN;
        if (in == TRI_NO)
            continue;
        last = !ace_denies(ace);
        if (plain && in == TRI_YES)
            break;
        outcomes[last] = true;
        if (plain)
            g_hash_table_add(absent, (gpointer)&ace->sid);
        last = false;
    }
    outcomes[last] = true;
    return outcomes[0] && outcomes[1] ? TRI_UNKNOWN : outcomes[1] ? TRI_YES : TRI_NO;
}

static void
put_u16(GByteArray *out, gsize at, gsize value)
{
    guint16 number = GUINT16_TO_LE((guint16)value);

    memcpy(out->data + at, &number, sizeof number);
}

static void
put_u32(GByteArray *out, gsize at, gsize value)
{
    guint32 number = GUINT32_TO_LE((guint32)value);

    memcpy(out->data + at, &number, sizeof number);
}

/* The size of the part of the ACL at `at` that holds ACEs, of one that has
 * been parsed: its header and everything to the end of its last ACE. */
static gsize
acl_used(const Bytes *whole, gsize at)
{
    Bytes bytes = *whole;
    gsize used = ACL_HEADER_SIZE;
    guint count = 0;

    bytes_seek(&bytes, at + 4);
    count = bytes_u16_le(&bytes);
    for (guint i = 0; i < count; i++) {
        bytes_seek(&bytes, at + used + 2);
        used += bytes_u16_le(&bytes);
    }
    g_assert(!bytes.failed);
    return used;
}

/* Appends the ACL at `dacl` of `old` (none where 0) with one more ACE; false
 * where its size would not fit into 16 bits. */
static bool
append_acl(const Bytes *old, gsize dacl, const Sid *sid, GByteArray *out)
{
    const guint8 head[ACL_HEADER_SIZE] = {ACL_REVISION_DS};
    const guint8 ace[8] = {ACE_ALLOW};
    gsize start = out->len;
    gsize ace_at = 0;
    guint count = 0;

    if (dacl != 0) {
        Bytes bytes = *old;
        gsize used = acl_used(old, dacl);

        bytes_seek(&bytes, dacl + 4);
        count = bytes_u16_le(&bytes);
        g_byte_array_append(out, old->data + dacl, (guint)used);
        out->data[start] = ACL_REVISION_DS;
    } else {
        g_byte_array_append(out, head, sizeof head);
    }
    ace_at = out->len;
    g_byte_array_append(out, ace, sizeof ace);
    sid_write(sid, out);
    if (out->len - start > G_MAXUINT16)
        return false;
    put_u16(out, ace_at + 2, out->len - ace_at);
    put_u32(out, ace_at + 4, RIGHT_RBCD_USUAL);
    put_u16(out, start + 2, out->len - start);
    put_u16(out, start + 4, count + 1u);
    return true;
}

/* What is written anew of a descriptor: all but its DACL. */
typedef struct {
    Bytes old; /* empty: there is none yet */
    Header header;
    Sid owner;
    Sid group;
} Frame;

/* Of a descriptor that parses; false where it has no list. */
static bool
frame_read(const void *data, gsize length, Frame *ret_frame)
{
    g_autoptr(SecDesc) parsed = NULL;
    Frame frame = {.old = bytes_of(data, length)};
    gsize size = 0;
    bool fits = false;

    (void)secdesc_parse(data, length, &parsed, NULL);
    g_assert(parsed != NULL);
    if (parsed->dacl != DACL_LIST)
        return false;
    frame.header = header_read(data, length, &fits);
    frame.owner = parsed->owner;
    if (frame.header.group != 0)
        parse_sid(&frame.old, frame.header.group, "", &frame.group, &size, NULL);
    *ret_frame = frame;
    return true;
}

/* Everything up to the DACL, which the caller appends. */
static void
frame_write(const Frame *frame, GByteArray *out)
{
    const Header *header = &frame->header;

    g_byte_array_set_size(out, HEADER_SIZE);
    memset(out->data, 0, HEADER_SIZE);
    out->data[0] = header->revision;
    out->data[1] = header->sbz1;
    put_u16(out, 2, header->control | SE_DACL_PRESENT | SE_SELF_RELATIVE);
    if (sid_is_set(&frame->owner)) {
        put_u32(out, 4, out->len);
        sid_write(&frame->owner, out);
    }
    if (sid_is_set(&frame->group)) {
        put_u32(out, 8, out->len);
        sid_write(&frame->group, out);
    }
    if ((header->control & SE_SACL_PRESENT) != 0 && header->sacl != 0) {
        gsize used = acl_used(&frame->old, header->sacl);
        gsize start = out->len;

        put_u32(out, 12, start);
        g_byte_array_append(out, frame->old.data + header->sacl, (guint)used);
        put_u16(out, start + 2, used);
    }
    put_u32(out, 16, out->len);
}

GByteArray *
secdesc_with_grant(const void *old_data, gsize old_length, const Sid *sid)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    Frame frame = {.old = bytes_of(NULL, 0), .header = {.revision = 1}};

    /* Without a list everybody is granted everything: a list of one would take
     * that away from the others. */
    if (old_data != NULL && !frame_read(old_data, old_length, &frame))
        return NULL;
    if (!sid_is_set(&frame.owner))
        frame.owner = sid_builtin(RID_ADMINISTRATORS);
    frame_write(&frame, out);
    if (!append_acl(&frame.old, frame.header.dacl, sid, out))
        return NULL;
    return g_steal_pointer(&out);
}

GByteArray *
secdesc_without(const void *old_data, gsize old_length, const Sid *sid, bool denials)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(SecDesc) parsed = NULL;
    Frame frame;
    Bytes bytes;
    gsize start = 0;
    guint kept = 0;

    if (!frame_read(old_data, old_length, &frame))
        return NULL;
    (void)secdesc_parse(old_data, old_length, &parsed, NULL);
    g_assert(parsed != NULL);
    frame_write(&frame, out);
    start = out->len;
    g_byte_array_append(out, frame.old.data + frame.header.dacl, ACL_HEADER_SIZE);
    for (guint i = 0; i < parsed->aces->len; i++) {
        const Ace *ace = &g_array_index(parsed->aces, Ace, i);

        if (sid_is_set(&ace->sid) && sid_equal(&ace->sid, sid) &&
            (!denials || ace->type == ACE_DENY))
            continue;
        bytes = frame.old;
        bytes_seek(&bytes, ace->at + 2);
        g_byte_array_append(out, frame.old.data + ace->at, bytes_u16_le(&bytes));
        kept++;
    }
    if (kept == parsed->aces->len)
        return NULL;
    put_u16(out, start + 2, out->len - start);
    put_u16(out, start + 4, kept);
    return g_steal_pointer(&out);
}

bool
guid_parse(const char *text, Guid *ret_guid)
{
    /* Where each byte of the text goes: the first three fields are numbers. */
    static const guint8 places[16] = {3, 2, 1,  0,  5,  4,  7,  6,
                                      8, 9, 10, 11, 12, 13, 14, 15};
    Guid guid;

    if (strlen(text) != 36)
        return false;
    for (guint i = 0; i < sizeof places; i++) {
        int high = 0;
        int low = 0;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        high = g_ascii_xdigit_value(*text++);
        low = high < 0 ? -1 : g_ascii_xdigit_value(*text++);
        if (low < 0)
            return false;
        guid.data[places[i]] = (guint8)(high << 4 | low);
    }
    *ret_guid = guid;
    return true;
}

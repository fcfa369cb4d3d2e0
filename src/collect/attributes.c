/* THE table of attributes: a parser, a place and the GUIDs of the right to read it.
 *
 * Longer than most: what each parser stores is compared and forgotten here as well, by
 * the same forms. */
#include "attributes.h"

#include "base/limits.h"
#include "base/text.h"
#include "metablob.h"
#include "metadata.h"
#include "model/dn.h"

#include <stddef.h>
#include <string.h>

#define SHOWN_MAX 60 /* bytes of a bad value in a message */

/* 100 ns units between 1601 and 1970 (MS-DTYP 2.3.3). */
#define FILETIME_1970 G_GINT64_CONSTANT(116444736000000000)

/* Without blanks at its end, which editors and scripts leave, and no number, time, class
 * or account's name has. */
static gsize
value_length(const struct berval *value)
{
    gsize length = value->bv_len;
    while (length > 0 && value->bv_val[length - 1] == ' ')
        length--;
    return length;
}

bool
attribute_says(const struct berval *value, const char *text)
{
    gsize length = strlen(text);
    return value->bv_len >= length && value_length(value) == length &&
           g_ascii_strncasecmp(value->bv_val, text, length) == 0;
}

bool
attribute_integer(const struct berval *value, gint64 low, gint64 high, gint64 *ret_number)
{
    char text[24];
    gsize length = value_length(value);
    if (length == 0 || length >= sizeof text)
        return false;
    memcpy(text, value->bv_val, length);
    text[length] = '\0';
    return g_ascii_string_to_signed(text, 10, low, high, ret_number, NULL);
}

/* Four digits and the like at a fixed place; -1 where they are no digits. */
static gint
digits(const char *at, guint count)
{
    gint number = 0;
    for (guint i = 0; i < count; i++) {
        if (!g_ascii_isdigit(at[i]))
            return -1;
        number = number * 10 + (at[i] - '0');
    }
    return number;
}

/* YYYYMMDDHHMMSS[.f...](Z|+hhmm|-hhmm): RFC 4517 3.3.13 as AD writes it. */
bool
attribute_time(const struct berval *value, gint64 *ret_us)
{
    const char *at = value->bv_val, *end = at + value_length(value);
    if (end - at < 15 || end - at > 40)
        return false;
    gint year = digits(at, 4), month = digits(at + 4, 2), day = digits(at + 6, 2);
    gint hour = digits(at + 8, 2), minute = digits(at + 10, 2),
         second = digits(at + 12, 2);
    if (year < 1 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0)
        return false;
    at += 14;
    if (*at == '.' || *at == ',')
        for (at++; at < end && g_ascii_isdigit(*at);)
            at++;
    gint offset_minutes = 0;
    if (end - at == 1 && *at == 'Z') {
        offset_minutes = 0;
    } else if (end - at == 5 && (*at == '+' || *at == '-') && digits(at + 1, 4) >= 0) {
        offset_minutes = digits(at + 1, 2) * 60 + digits(at + 3, 2);
        offset_minutes = *at == '-' ? -offset_minutes : offset_minutes;
    } else {
        return false;
    }
    g_autoptr(GDateTime) time =
        g_date_time_new_utc(year, month, day, hour, minute, second);
    if (!time)
        return false;
    *ret_us = (g_date_time_to_unix(time) - (gint64)offset_minutes * 60) * G_USEC_PER_SEC;
    return true;
}

char *
attribute_show(const struct berval *value)
{
    gsize length = MIN(value->bv_len, SHOWN_MAX);
    g_autofree char *shown = g_utf8_make_valid(value->bv_val, (gssize)length);
    return g_strconcat(shown, value->bv_len > length ? "..." : "", NULL);
}

/* Why a text value cannot be kept; NULL: it can. */
static const char *
text_trouble(const struct berval *value)
{
    if (value->bv_len > MOST_VALUE_BYTES)
        return "a value of more than 64 KiB was left out";
    if (memchr(value->bv_val, '\0', value->bv_len))
        return "a value with a NUL character was left out";
    return NULL;
}

static void
add_gap(const Taking *taking, AttrId attr, const char *why, const struct berval *value)
{
    g_autofree char *what =
        g_strdup_printf("%s of %s", attr_name(attr), taking->account->dn);
    g_autofree char *shown = value ? attribute_show(value) : NULL;
    g_autofree char *text = shown ? g_strdup_printf("%s: %s", why, shown) : g_strdup(why);
    estate_add_gap(taking->estate, what, text);
}

#define FIELD(taking, attribute, type) \
    ((type *)(void *)((char *)(taking)->account + (attribute)->field))

static bool
parse_kinds(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    /* Managed service accounts are computers by class (MS-ADSC). */
    static const struct {
        const char *name;
        guint kind;
    } classes[] = {
        {"computer", KIND_COMPUTER},
        {"user", KIND_USER},
        {"group", KIND_GROUP},
        {"foreignSecurityPrincipal", KIND_FOREIGN},
        {"msDS-ManagedServiceAccount", KIND_MANAGED},
        {"msDS-GroupManagedServiceAccount", KIND_MANAGED},
        {"msDS-DelegatedManagedServiceAccount", KIND_MANAGED | KIND_DMSA},
    };
    (void)attribute, (void)ret_why;
    guint kinds = 0;
    for (guint i = 0; i < taking->count; i++)
        for (guint c = 0; c < G_N_ELEMENTS(classes); c++)
            if (attribute_says(&taking->values[i], classes[c].name))
                kinds |= classes[c].kind;
    /* "computer" is a subclass of "user". */
    if (kinds & KIND_COMPUTER)
        kinds &= ~(guint)KIND_USER;
    taking->account->kinds = kinds;
    return true;
}

/* AD's integers are signed 32-bit; flags come back negative from bit 31 on. */
static bool
parse_u32(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    gint64 number;
    if (!attribute_integer(taking->values, G_MININT32, G_MAXUINT32, &number)) {
        *ret_why = "not a 32-bit integer";
        return false;
    }
    *FIELD(taking, attribute, guint32) = (guint32)number;
    return true;
}

static bool
parse_flag(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    gint64 number;
    if (!attribute_integer(taking->values, G_MININT32, G_MAXUINT32, &number)) {
        *ret_why = "not a 32-bit integer";
        return false;
    }
    *FIELD(taking, attribute, bool) = number != 0;
    return true;
}

/* FILETIME: 0 and 0x7FFFFFFFFFFFFFFF mean never (MS-ADA3 2.174). */
static bool
parse_filetime(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    gint64 number;
    if (!attribute_integer(taking->values, 0, G_MAXINT64, &number)) {
        *ret_why = "not a FILETIME";
        return false;
    }
    bool never = number == 0 || number == G_MAXINT64 || number < FILETIME_1970;
    *FIELD(taking, attribute, gint64) = never ? 0 : (number - FILETIME_1970) / 10;
    return true;
}

static bool
parse_time(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    gint64 us;
    if (!attribute_time(taking->values, &us)) {
        *ret_why = "not a GeneralizedTime";
        return false;
    }
    *FIELD(taking, attribute, gint64) = us;
    return true;
}

/* As a directory sends it; or as text, as ldbsearch and people write it. */
bool
attribute_sid(const struct berval *value, Sid *ret_sid)
{
    if (value->bv_len < 4 || memcmp(value->bv_val, "S-1-", 4) != 0)
        return sid_parse(value->bv_val, value->bv_len, ret_sid);
    g_autofree char *text = g_strndup(value->bv_val, value->bv_len);
    return strlen(text) == value->bv_len && sid_parse_text(text, ret_sid);
}

static bool
parse_sid(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    Sid sid;
    if (!attribute_sid(taking->values, &sid)) {
        *ret_why = "not a SID";
        return false;
    }
    *FIELD(taking, attribute, Sid) = sid;
    return true;
}

static bool
parse_sids(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    GArray **sids = FIELD(taking, attribute, GArray *);
    g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(Sid));
    for (guint i = 0; i < taking->count; i++) {
        Sid sid;
        if (!attribute_sid(&taking->values[i], &sid)) {
            *ret_why = "a value that is not a SID";
            return false;
        }
        g_array_append_val(read, sid);
    }
    if (!*sids)
        *sids = g_array_new(FALSE, FALSE, sizeof(Sid));
    g_array_append_vals(*sids, read->data, read->len);
    return true;
}

static bool
parse_text(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    *ret_why = text_trouble(taking->values);
    if (*ret_why)
        return false;
    *FIELD(taking, attribute, const char *) = estate_string_len(
        taking->estate, taking->values->bv_val, (gssize)taking->values->bv_len);
    return true;
}

static bool
parse_sam(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    const struct berval name = {value_length(taking->values), taking->values->bv_val};
    const Taking bare = {taking->estate, taking->account, &name, 1};
    if (name.bv_len == 0 || !parse_text(attribute, &bare, ret_why)) {
        *ret_why = "an empty or unreadable name";
        return false;
    }
    Account *account = taking->account;
    gsize length = strlen(account->sam);
    bool dollar = length > 1 && account->sam[length - 1] == '$';
    account->name =
        dollar ? estate_string_len(taking->estate, account->sam, (gssize)length - 1)
               : account->sam;
    return true;
}

/* A bad value is left out with a gap; the others are kept. */
static bool
parse_texts(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    (void)ret_why;
    GPtrArray *texts = *FIELD(taking, attribute, GPtrArray *);
    AttrId attr = (AttrId)(attribute - attribute_of(0));
    for (guint i = 0; i < taking->count; i++) {
        const char *trouble = text_trouble(&taking->values[i]);
        if (trouble)
            add_gap(taking, attr, trouble, &taking->values[i]);
        else
            g_ptr_array_add(texts, (gpointer)estate_shared_string(
                                       taking->estate, taking->values[i].bv_val,
                                       taking->values[i].bv_len));
    }
    return true;
}

/* The members that do not show the group themselves, of another domain and those that
 * stand for a SID, and the others. */
static bool
parse_members(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    (void)ret_why;
    GPtrArray *outside = *FIELD(taking, attribute, GPtrArray *);
    GPtrArray **listed = &taking->account->listed_members;
    for (guint i = 0; i < taking->count; i++) {
        if (text_trouble(&taking->values[i]))
            continue;
        g_autofree char *dn =
            g_strndup(taking->values[i].bv_val, taking->values[i].bv_len);
        bool shows = dn_shows_groups(dn, taking->account->dn);
        if (shows && !*listed)
            *listed = g_ptr_array_new();
        g_ptr_array_add(shows ? *listed : outside,
                        (gpointer)estate_string(taking->estate, dn));
    }
    return true;
}

/* A descriptor as SDDL, or in digits: no directory holds one that begins so. */
static bool
is_text(const struct berval *value)
{
    for (gsize i = 0; i < value->bv_len; i++)
        if (!g_ascii_isprint(value->bv_val[i]))
            return false;
    return true;
}

static bool
parse_bytes(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    GBytes **bytes = FIELD(taking, attribute, GBytes *);
    if (attribute != attribute_of(ATTR_LOGON_HOURS) && is_text(taking->values)) {
        *ret_why = "a descriptor that was written as text; ldifde and kcdaudit snapshot "
                   "write it as it is";
        return false;
    }
    g_clear_pointer(bytes, g_bytes_unref);
    *bytes = g_bytes_new(taking->values->bv_val, taking->values->bv_len);
    return true;
}

/* The builder keeps descriptors, equal ones once. */
static bool
parse_nothing(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    (void)attribute, (void)taking, (void)ret_why;
    return true;
}

/* One value per attribute of the object; few matter. */
static bool
parse_changes(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    static const AttrId kept[] = {ATTR_SPN,    ATTR_UAC,      ATTR_DELEGATE_TO, ATTR_RBCD,
                                  ATTR_ETYPES, ATTR_DNS_NAME, ATTR_SECURITY};
    GArray **changes = FIELD(taking, attribute, GArray *);
    g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    for (guint i = 0; i < taking->count; i++) {
        g_auto(Metadata) metadata = {.attribute = NULL};
        if (!metadata_parse(taking->values[i].bv_val, taking->values[i].bv_len, &metadata,
                            NULL)) {
            *ret_why = "a value that is not replication metadata";
            return false;
        }
        for (guint k = 0; k < G_N_ELEMENTS(kept); k++) {
            if (g_ascii_strcasecmp(metadata.attribute, attr_name(kept[k])) != 0)
                continue;
            AttrChange change = {.attr = kept[k],
                                 .changed_us = metadata.changed_us,
                                 .version = metadata.version,
                                 .dc = estate_string(taking->estate, metadata.dsa_dn)};
            g_array_append_val(read, change);
        }
    }
    if (!*changes)
        *changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    g_array_append_vals(*changes, read->data, read->len);
    return true;
}

/* The same, as the DC keeps it; where a file has both, they say the same. */
static bool
parse_blob(const Attribute *attribute, const Taking *taking, const char **ret_why)
{
    GArray **changes = FIELD(taking, attribute, GArray *);
    g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    if (!metablob_read(taking->values->bv_val, taking->values->bv_len, read)) {
        *ret_why = "a value that is not replication metadata";
        return false;
    }
    if (!*changes)
        *changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    if ((*changes)->len == 0)
        g_array_append_vals(*changes, read->data, read->len);
    return true;
}

#define C KIND_COMPUTER
#define U KIND_USER
#define G KIND_GROUP
#define F KIND_FOREIGN
#define M KIND_MANAGED

/* Property sets (MS-ADTS 5.1.3.2.1). */
#define GENERAL "59ba2f42-79a2-11d0-9020-00c04fc2d3cf"
#define PUBLIC "e48d0154-bcf8-11d1-8702-00c04fb96050"
#define PERSONAL "77b5b886-944a-11d1-aebd-0000f80367c1"
#define RESTRICTIONS "4c164200-20c0-11d0-a768-00aa006e0529"
#define LOGON "5f202010-79a5-11d0-9020-00c04fc2d4cf"
#define MEMBERSHIP "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"
#define DNS_HOST "72e39547-7b18-11d1-adef-00c04fd8d5cd"
#define OTHER "037088f8-0ae1-11d2-b422-00a0c968f939"

#define AT(field) offsetof(Account, field)

static const Attribute attributes[ATTR_COUNT] = {
    [ATTR_OBJECT_CLASS] = {parse_kinds, 0, "bf9679e5-0de6-11d0-a285-00aa003049e2", PUBLIC,
                           C | U | G | F, .always = true, .in_gc = true},
    [ATTR_OBJECT_SID] = {parse_sid, AT(sid), "bf9679e8-0de6-11d0-a285-00aa003049e2",
                         GENERAL, C | U | G | F, .always = true, .single = true,
                         .in_gc = true},
    [ATTR_SAM_NAME] = {parse_sam, AT(sam), "3e0abfd0-126a-11d0-a060-00aa006c33ed",
                       GENERAL, C | U | G, .always = true, .single = true, .in_gc = true},
    [ATTR_DNS_NAME] = {parse_text, AT(dns), "72e39547-7b18-11d1-adef-00c04fd8d5cd",
                       DNS_HOST, C, .single = true, .in_gc = true},
    [ATTR_EXTRA_DNS_NAMES] = {parse_texts, AT(extra_dns),
                              "80863791-dbe9-4eb8-837e-7f0ab55d9ac7", DNS_HOST, C,
                              .single = false},
    [ATTR_EXTRA_SAM_NAMES] = {parse_texts, AT(extra_sams),
                              "975571df-a4d5-429a-9f59-cdc6581d91e6", NULL, C,
                              .single = false, .extra = true},
    [ATTR_UAC] = {parse_u32, AT(uac), "bf967a68-0de6-11d0-a285-00aa003049e2",
                  RESTRICTIONS, C | U, .always = true, .single = true, .in_gc = true},
    [ATTR_UAC_COMPUTED] = {parse_u32, AT(uac_computed),
                           "2cc4b836-b63f-4940-8d23-ea7acf06af56", RESTRICTIONS, C | U,
                           .single = true, .constructed = true, .extra = true},
    [ATTR_SPN] = {parse_texts, AT(spns), "f3a64788-5306-11d1-a9c5-0000f80367c1", PUBLIC,
                  C | U, .in_gc = true},
    [ATTR_DELEGATE_TO] = {parse_texts, AT(delegate_to),
                          "800d94d7-b7a1-42a1-b14d-7cae1423d07f", PUBLIC, C | U,
                          .single = false},
    [ATTR_RBCD] = {parse_bytes, AT(rbcd), "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79",
                   RESTRICTIONS, C | U, .single = true},
    [ATTR_ETYPES] = {parse_u32, AT(etypes), "20119867-1d04-4ab7-9371-cfc3d5df0afd",
                     PERSONAL, C | U, .single = true},
    [ATTR_KVNO] = {parse_u32, AT(kvno), "c523e9c0-33b5-4ac8-8923-b57b927f42f6", NULL,
                   C | U, .single = true, .constructed = true},
    [ATTR_OS] = {parse_text, AT(os), "3e978925-8c01-11d0-afda-00c04fd930c9", NULL, C,
                 .single = true},
    [ATTR_OS_VERSION] = {parse_text, AT(os_version),
                         "3e978926-8c01-11d0-afda-00c04fd930c9", NULL, C, .single = true},
    [ATTR_PASSWORD_SET] = {parse_filetime, AT(password_set_us),
                           "bf967a0a-0de6-11d0-a285-00aa003049e2", RESTRICTIONS, C | U,
                           .always = true, .single = true},
    [ATTR_LAST_LOGON] = {parse_filetime, AT(last_logon_us),
                         "c0e20a04-0e5a-4ff3-9482-5efeaecd7060", LOGON, C | U,
                         .single = true, .in_gc = true},
    [ATTR_WHEN_CHANGED] = {parse_time, AT(changed_us),
                           "bf967a77-0de6-11d0-a285-00aa003049e2", NULL, C | U | G,
                           .single = true, .in_gc = true},
    [ATTR_PRIMARY_GROUP] = {parse_u32, AT(primary_group),
                            "bf967a00-0de6-11d0-a285-00aa003049e2", GENERAL, C | U,
                            .always = true, .single = true, .in_gc = true},
    [ATTR_MEMBER_OF] = {parse_texts, AT(member_of),
                        "bf967991-0de6-11d0-a285-00aa003049e2", MEMBERSHIP, C | U | G | F,
                        .single = false},
    [ATTR_TOKEN_GROUPS] = {parse_sids, AT(token_groups),
                           "b7c69e6d-2cc7-11d2-854e-00a0c983f608", OTHER, C | U | G,
                           .constructed = true},
    [ATTR_GROUP_TYPE] = {parse_u32, AT(group_type),
                         "9a9a021e-4a5b-11d1-a9c3-0000f80367c1", NULL, G, .always = true,
                         .single = true, .in_gc = true, .extra = true},
    /* The catalog has it of universal groups alone. */
    [ATTR_MEMBER] = {parse_members, AT(outside_members),
                     "bf9679c0-0de6-11d0-a285-00aa003049e2", MEMBERSHIP, G,
                     .extra = true},
    [ATTR_SID_HISTORY] = {parse_sids, AT(sid_history),
                          "17eb4278-d167-11d0-b002-0000f80367c1", GENERAL, C | U | G,
                          .in_gc = true},
    [ATTR_ADMIN_COUNT] = {parse_flag, AT(admin_count),
                          "bf967918-0de6-11d0-a285-00aa003049e2", NULL, C | U | G,
                          .single = true},
    [ATTR_UPN] = {parse_text, AT(upn), "28630ebb-41d5-11d1-a9c1-0000f80367c1", PUBLIC, U,
                  .single = true, .in_gc = true, .extra = true},
    /* Read with READ_CONTROL instead; the GUID is there for completeness. */
    [ATTR_SECURITY] = {parse_nothing, AT(security),
                       "bf9679e3-0de6-11d0-a285-00aa003049e2", NULL, C | U | G,
                       .always = true, .single = true, .extra = true},
    [ATTR_CREATOR] = {parse_sid, AT(creator), "c5e60132-1480-11d3-91c1-0000f87a57d4",
                      NULL, C | U, .single = true, .extra = true},
    [ATTR_REPL_BLOB] = {parse_blob, AT(changes), "281416c0-1968-11d0-a28f-00aa003049e2",
                        NULL, C | U | G, .single = true, .constructed = true,
                        .extra = true},
    [ATTR_REPL_META] = {parse_changes, AT(changes),
                        "d7c53242-724e-4c39-9d4c-2df8c9d66c7a", NULL, C | U | G,
                        .constructed = true, .extra = true},
    [ATTR_AUTHN_POLICY] = {parse_text, AT(authn_policy),
                           "b87a0ad8-54f7-49c1-84a0-e64d12853588", NULL, C | U,
                           .single = true, .extra = true},
    [ATTR_AUTHN_SILO] = {parse_text, AT(authn_silo),
                         "b23fc141-0df5-4aea-b33d-6cf493077b3f", NULL, C | U,
                         .single = true, .extra = true},
    [ATTR_EXPIRES] = {parse_filetime, AT(expires_us),
                      "bf967915-0de6-11d0-a285-00aa003049e2", RESTRICTIONS, C | U,
                      .single = true, .extra = true},
    [ATTR_LOCKOUT] = {parse_filetime, AT(locked_us),
                      "28630ebf-41d5-11d1-a9c1-0000f80367c1", NULL, C | U, .single = true,
                      .extra = true},
    [ATTR_LOGON_HOURS] = {parse_bytes, AT(logon_hours),
                          "bf9679ab-0de6-11d0-a285-00aa003049e2", LOGON, C | U,
                          .single = true, .extra = true},
    /* Of gMSAs and dMSAs. */
    [ATTR_PASSWORD_READERS] = {parse_bytes, AT(password_readers),
                               "888eedd6-ce04-df40-b462-b8a50e41ba38", NULL, M,
                               .single = true, .extra = true},
    [ATTR_DISPLAY_NAME] = {parse_text, AT(display),
                           "bf967953-0de6-11d0-a285-00aa003049e2", GENERAL, U,
                           .single = true, .in_gc = true, .extra = true},
};

const Attribute *
attribute_of(AttrId attr)
{
    g_assert(attr < ATTR_COUNT);
    return &attributes[attr];
}

/* Of all names: each attribute of each entry is looked for, and most are others. */
static const guint8 *
name_lengths(void)
{
    static guint8 lengths[ATTR_COUNT];
    static gsize once = 0;
    if (g_once_init_enter(&once)) {
        for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
            lengths[attr] = (guint8)strlen(attr_name(attr));
        g_once_init_leave(&once, 1);
    }
    return lengths;
}

bool
attribute_find(const char *name, gsize length, AttrId *ret_attr)
{
    const guint8 *lengths = name_lengths();
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        if (lengths[attr] == length &&
            g_ascii_strncasecmp(attr_name(attr), name, length) == 0) {
            *ret_attr = attr;
            return true;
        }
    }
    return false;
}

void
attribute_refuse(AttrId attr, const Taking *taking, const char *why)
{
    add_gap(taking, attr, why, &taking->values[0]);
}

bool
attribute_take(AttrId attr, const Taking *taking)
{
    const Attribute *attribute = attribute_of(attr);
    const char *why = NULL;
    if (attribute->single && taking->count > 1) {
        add_gap(taking, attr, "more than one value of a single-valued attribute", NULL);
        return false;
    }
    if (attribute->parse(attribute, taking, &why))
        return true;
    add_gap(taking, attr, why ? why : "not understood", &taking->values[0]);
    return false;
}

void
attribute_clear(AttrId attr, Account *account)
{
    const Attribute *attribute = attribute_of(attr);
    Taking taking = {.account = account};
    if (attribute->parse == parse_texts || attribute->parse == parse_members) {
        g_ptr_array_set_size(*FIELD(&taking, attribute, GPtrArray *), 0);
        if (attr == ATTR_MEMBER)
            g_clear_pointer(&account->listed_members, g_ptr_array_unref);
    } else if (attribute->parse == parse_sids) {
        GArray *sids = *FIELD(&taking, attribute, GArray *);
        if (sids)
            g_array_set_size(sids, 0);
    } else if (attribute->parse == parse_changes) {
        GArray *changes = *FIELD(&taking, attribute, GArray *);
        if (changes)
            g_array_set_size(changes, 0);
    }
}

#define PLACE(account, attribute, type) \
    ((type const *)(const void *)((const char *)(account) + (attribute)->field))

/* Each of `some` is in `of`, but for case. */
static bool
holds_texts(const GPtrArray *of, const GPtrArray *some)
{
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; of && i < of->len; i++)
        g_hash_table_add(known, text_fold(of->pdata[i]));
    for (guint i = 0; some && i < some->len; i++) {
        g_autofree char *folded = text_fold(some->pdata[i]);
        if (!g_hash_table_contains(known, folded))
            return false;
    }
    return true;
}

/* Mostly they stand in the same order. */
static bool
same_texts(const GPtrArray *a, const GPtrArray *b)
{
    guint length = a ? a->len : 0, at = 0;
    if (length == (b ? b->len : 0))
        while (at < length && strcmp(a->pdata[at], b->pdata[at]) == 0)
            at++;
    else
        at = G_MAXUINT;
    return at == length || (holds_texts(a, b) && holds_texts(b, a));
}

static bool
holds_sids(const GArray *of, const GArray *some)
{
    for (guint i = 0, at; some && i < some->len; i++) {
        for (at = 0; of && at < of->len; at++)
            if (sid_equal(&g_array_index(of, Sid, at), &g_array_index(some, Sid, i)))
                break;
        if (!of || at == of->len)
            return false;
    }
    return true;
}

static bool
same_list(const Attribute *attribute, const Account *a, const Account *b)
{
    return same_texts(*PLACE(a, attribute, GPtrArray *),
                      *PLACE(b, attribute, GPtrArray *));
}

static bool
same_members(const Attribute *attribute, const Account *a, const Account *b)
{
    return same_list(attribute, a, b) && same_texts(a->listed_members, b->listed_members);
}

static bool
same_sids(const Attribute *attribute, const Account *a, const Account *b)
{
    const GArray *one = *PLACE(a, attribute, GArray *);
    const GArray *other = *PLACE(b, attribute, GArray *);
    return holds_sids(one, other) && holds_sids(other, one);
}

static bool
same_text(const Attribute *attribute, const Account *a, const Account *b)
{
    const char *one = *PLACE(a, attribute, char *), *other = *PLACE(b, attribute, char *);
    return one && other ? text_equal(one, other) : one == other;
}

static bool
same_bytes(const Attribute *attribute, const Account *a, const Account *b)
{
    GBytes *one = *PLACE(a, attribute, GBytes *), *other = *PLACE(b, attribute, GBytes *);
    return one && other ? g_bytes_equal(one, other) : one == other;
}

static bool
same_sid(const Attribute *attribute, const Account *a, const Account *b)
{
    return sid_equal(PLACE(a, attribute, Sid), PLACE(b, attribute, Sid));
}

static bool
same_u32(const Attribute *attribute, const Account *a, const Account *b)
{
    return *PLACE(a, attribute, guint32) == *PLACE(b, attribute, guint32);
}

static bool
same_flag(const Attribute *attribute, const Account *a, const Account *b)
{
    return *PLACE(a, attribute, bool) == *PLACE(b, attribute, bool);
}

static bool
same_time(const Attribute *attribute, const Account *a, const Account *b)
{
    return *PLACE(a, attribute, gint64) == *PLACE(b, attribute, gint64);
}

/* What shows no class that matters is as good as silent. */
static bool
same_kinds(const Attribute *attribute, const Account *a, const Account *b)
{
    (void)attribute;
    return a->kinds == b->kinds || a->kinds == 0 || b->kinds == 0;
}

/* How what a parser stored is compared, and its bytes where zeros are none. */
static const struct {
    bool (*parse)(const Attribute *attribute, const Taking *taking, const char **ret_why);
    bool (*same)(const Attribute *attribute, const Account *a, const Account *b);
    gsize size;
} forms[] = {
    {parse_kinds, same_kinds, 0},
    {parse_sid, same_sid, sizeof(Sid)},
    {parse_sam, same_text, sizeof(char *)},
    {parse_text, same_text, sizeof(char *)},
    {parse_texts, same_list, 0},
    {parse_members, same_members, 0},
    {parse_u32, same_u32, sizeof(guint32)},
    {parse_flag, same_flag, sizeof(bool)},
    {parse_filetime, same_time, sizeof(gint64)},
    {parse_time, same_time, sizeof(gint64)},
    {parse_sids, same_sids, 0},
    {parse_bytes, same_bytes, 0},
};

bool
attribute_same(AttrId attr, const Account *a, const Account *b)
{
    const Attribute *attribute = attribute_of(attr);
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++)
        if (forms[i].parse == attribute->parse)
            return forms[i].same(attribute, a, b);
    return true;
}

void
attribute_forget(AttrId attr, Account *account)
{
    const Attribute *attribute = attribute_of(attr);
    Taking taking = {.account = account};
    attribute_clear(attr, account);
    if (attribute->parse == parse_bytes)
        g_clear_pointer(FIELD(&taking, attribute, GBytes *), g_bytes_unref);
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++)
        if (forms[i].parse == attribute->parse && forms[i].size > 0)
            memset(FIELD(&taking, attribute, char), 0, forms[i].size);
}

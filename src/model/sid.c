#include "model/sid.h"

#include <string.h>

#define AUTHORITY_MAX G_GUINT64_CONSTANT(0xFFFFFFFFFFFF) /* six bytes */

bool
sid_read(Bytes *bytes, Sid *ret_sid)
{
    Bytes reader = *bytes;
    Sid sid = {0};

    sid.revision = bytes_u8(&reader);
    sid.count = bytes_u8(&reader);
    for (guint i = 0; i < 6; i++)
        sid.authority = sid.authority << 8 | bytes_u8(&reader);
    if (!reader.failed && (sid.revision != 1 || sid.count > SID_SUB_MAX)) {
        reader.failed = true;
        reader.failed_at = bytes->at;
    }
    for (guint i = 0; !reader.failed && i < sid.count; i++)
        sid.sub[i] = bytes_u32_le(&reader);

    *bytes = reader;
    if (reader.failed)
        return false;
    *ret_sid = sid;
    return true;
}

bool
sid_parse(const void *data, gsize length, Sid *ret_sid)
{
    Bytes bytes = bytes_of(data, length);
    Sid sid;

    if (!sid_read(&bytes, &sid) || bytes.at != length)
        return false;
    *ret_sid = sid;
    return true;
}

/* A number in digits alone, moving *text behind it. */
static bool
read_number(const char **text, guint base, guint64 limit, guint64 *ret_number)
{
    const char *p = *text;
    guint64 number = 0;

    for (;; p++) {
        int digit = base == 16 ? g_ascii_xdigit_value(*p) : g_ascii_digit_value(*p);

        if (digit < 0)
            break;
        number = number * base + (guint64)digit;
        if (number > limit)
            return false;
    }
    if (p == *text)
        return false;
    *text = p;
    *ret_number = number;
    return true;
}

bool
sid_parse_text(const char *text, Sid *ret_sid)
{
    Sid sid = {.revision = 1};
    guint base = 10;

    if (g_ascii_strncasecmp(text, "S-1-", 4) != 0)
        return false;
    text += 4;
    /* MS-DTYP 2.4.2.1: authorities from 2^32 are written in hexadecimal. */
    if (g_ascii_strncasecmp(text, "0x", 2) == 0) {
        text += 2;
        base = 16;
    }
    if (!read_number(&text, base, AUTHORITY_MAX, &sid.authority))
        return false;
    while (*text == '-') {
        guint64 number = 0;

        text++;
        if (sid.count == SID_SUB_MAX || !read_number(&text, 10, G_MAXUINT32, &number))
            return false;
        sid.sub[sid.count++] = (guint32)number;
    }
    if (*text != '\0')
        return false;
    *ret_sid = sid;
    return true;
}

char *
sid_format(const Sid *sid)
{
    GString *out = g_string_sized_new(SID_TEXT_MAX);

    g_string_append_printf(out, "S-%u-", sid->revision);
    g_string_append_printf(out,
                           sid->authority > G_MAXUINT32 ? "0x%012" G_GINT64_MODIFIER "X"
                                                        : "%" G_GUINT64_FORMAT,
                           sid->authority);
    for (guint i = 0; i < sid->count; i++)
        g_string_append_printf(out, "-%u", sid->sub[i]);
    return g_string_free(out, FALSE);
}

void
sid_write(const Sid *sid, GByteArray *out)
{
    guint8 head[8] = {sid->revision, sid->count};

    for (guint i = 0; i < 6; i++)
        head[2 + i] = (guint8)(sid->authority >> (8 * (5 - i)));
    g_byte_array_append(out, head, sizeof head);
    for (guint i = 0; i < sid->count; i++) {
        guint32 sub = GUINT32_TO_LE(sid->sub[i]);

        g_byte_array_append(out, (const guint8 *)&sub, sizeof sub);
    }
}

guint
sid_hash(gconstpointer key)
{
    const Sid *sid = key;
    guint32 hash = 2166136261u ^ sid->count ^ (guint32)sid->authority; /* FNV-1a */

    for (guint i = 0; i < sid->count; i++)
        hash = (hash ^ sid->sub[i]) * 16777619u;
    return hash;
}

gboolean
sid_equal(gconstpointer a, gconstpointer b)
{
    const Sid *x = a;
    const Sid *y = b;

    return x->revision == y->revision && x->count == y->count &&
           x->authority == y->authority &&
           memcmp(x->sub, y->sub, x->count * sizeof x->sub[0]) == 0;
}

guint32
sid_rid(const Sid *sid)
{
    return sid->count > 0 ? sid->sub[sid->count - 1] : 0;
}

bool
sid_in_domain(const Sid *sid, const Sid *domain)
{
    return sid_is_set(sid) && sid_is_set(domain) && sid->count == domain->count + 1 &&
           sid->authority == domain->authority &&
           memcmp(sid->sub, domain->sub, domain->count * sizeof domain->sub[0]) == 0;
}

Sid
sid_of_rid(const Sid *domain, guint32 rid)
{
    Sid sid = *domain;

    /* A hostile directory may call something a domain that leaves no room. */
    if (!sid_is_set(domain) || domain->count >= SID_SUB_MAX)
        return (Sid){0};
    sid.sub[sid.count++] = rid;
    return sid;
}

/* MS-DTYP 2.4.2.4. */
static const struct {
    const char *sid;
    const char *name;
} well_known[] = {
    {"S-1-0-0", "Nobody"},
    {"S-1-1-0", "Everyone"},
    {"S-1-2-0", "Local"},
    {"S-1-2-1", "Console Logon"},
    {"S-1-3-0", "Creator Owner"},
    {"S-1-3-1", "Creator Group"},
    {"S-1-3-4", "Owner Rights"},
    {"S-1-5-1", "Dialup"},
    {"S-1-5-2", "Network"},
    {"S-1-5-3", "Batch"},
    {"S-1-5-4", "Interactive"},
    {"S-1-5-6", "Service"},
    {"S-1-5-7", "Anonymous Logon"},
    {"S-1-5-8", "Proxy"},
    {"S-1-5-9", "Enterprise Domain Controllers"},
    {"S-1-5-10", "Self"},
    {"S-1-5-11", "Authenticated Users"},
    {"S-1-5-12", "Restricted Code"},
    {"S-1-5-13", "Terminal Server User"},
    {"S-1-5-14", "Remote Interactive Logon"},
    {"S-1-5-15", "This Organization"},
    {"S-1-5-17", "IUSR"},
    {"S-1-5-18", "Local System"},
    {"S-1-5-19", "Local Service"},
    {"S-1-5-20", "Network Service"},
    {"S-1-5-21-0-0-0-496", "Compounded Authentication"},
    {"S-1-5-21-0-0-0-497", "Claims Valid"},
    {"S-1-5-32-544", "Builtin Administrators"},
    {"S-1-5-32-545", "Builtin Users"},
    {"S-1-5-32-546", "Builtin Guests"},
    {"S-1-5-32-547", "Power Users"},
    {"S-1-5-32-548", "Account Operators"},
    {"S-1-5-32-549", "Server Operators"},
    {"S-1-5-32-550", "Print Operators"},
    {"S-1-5-32-551", "Backup Operators"},
    {"S-1-5-32-552", "Replicator"},
    {"S-1-5-32-554", "Pre-Windows 2000 Compatible Access"},
    {"S-1-5-32-555", "Remote Desktop Users"},
    {"S-1-5-32-556", "Network Configuration Operators"},
    {"S-1-5-32-557", "Incoming Forest Trust Builders"},
    {"S-1-5-32-558", "Performance Monitor Users"},
    {"S-1-5-32-559", "Performance Log Users"},
    {"S-1-5-32-560", "Windows Authorization Access Group"},
    {"S-1-5-32-561", "Terminal Server License Servers"},
    {"S-1-5-32-562", "Distributed COM Users"},
    {"S-1-5-32-568", "IIS_IUSRS"},
    {"S-1-5-32-569", "Cryptographic Operators"},
    {"S-1-5-32-573", "Event Log Readers"},
    {"S-1-5-32-574", "Certificate Service DCOM Access"},
    {"S-1-5-32-575", "RDS Remote Access Servers"},
    {"S-1-5-32-576", "RDS Endpoint Servers"},
    {"S-1-5-32-577", "RDS Management Servers"},
    {"S-1-5-32-578", "Hyper-V Administrators"},
    {"S-1-5-32-579", "Access Control Assistance Operators"},
    {"S-1-5-32-580", "Remote Management Users"},
    {"S-1-5-64-10", "NTLM Authentication"},
    {"S-1-5-64-14", "SChannel Authentication"},
    {"S-1-5-64-21", "Digest Authentication"},
    {"S-1-5-65-1", "This Organization Certificate"},
    {"S-1-5-80-0", "All Services"},
    {"S-1-5-83-0", "Virtual Machines"},
    {"S-1-5-113", "Local Account"},
    {"S-1-5-114", "Local Account and Member of Administrators Group"},
    {"S-1-5-1000", "Other Organization"},
    {"S-1-18-1", "Authentication Authority Asserted Identity"},
    {"S-1-18-2", "Service Asserted Identity"},
    {"S-1-18-3", "Fresh Public Key Identity"},
    {"S-1-18-4", "Key Trust Identity"},
    {"S-1-18-5", "Key Property MFA"},
    {"S-1-18-6", "Key Property Attestation"},
};

/* The same section, for S-1-5-21-<domain>-RID. */
static const struct {
    guint32 rid;
    const char *name;
} domain_rids[] = {
    {498, "Enterprise Read-only Domain Controllers"},
    {500, "Administrator"},
    {501, "Guest"},
    {502, "krbtgt"},
    {512, "Domain Admins"},
    {513, "Domain Users"},
    {514, "Domain Guests"},
    {515, "Domain Computers"},
    {516, "Domain Controllers"},
    {517, "Cert Publishers"},
    {518, "Schema Admins"},
    {519, "Enterprise Admins"},
    {520, "Group Policy Creator Owners"},
    {521, "Read-only Domain Controllers"},
    {522, "Cloneable Domain Controllers"},
    {525, "Protected Users"},
    {526, "Key Admins"},
    {527, "Enterprise Key Admins"},
    {553, "RAS and IAS Servers"},
    {571, "Allowed RODC Password Replication Group"},
    {572, "Denied RODC Password Replication Group"},
};

const char *
sid_well_known(const Sid *sid)
{
    g_autofree char *text = sid_format(sid);

    for (guint i = 0; i < G_N_ELEMENTS(well_known); i++) {
        if (strcmp(well_known[i].sid, text) == 0)
            return well_known[i].name;
    }
    if (sid->authority != 5 || sid->count != 5 || sid->sub[0] != 21)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(domain_rids); i++) {
        if (domain_rids[i].rid == sid_rid(sid))
            return domain_rids[i].name;
    }
    return NULL;
}

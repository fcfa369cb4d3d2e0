/* The bits' names, and a number as their list. */
#include "model/flags.h"

/* MS-ADTS 2.2.16, without the prefix ADS_UF_; 0x1 and 0x100 from MS-DRSR 5.210
 * and iads.h, 0x8000000 from msDS-User-Account-Control-Computed. */
const FlagName uac_flags[] = {
    {0x00000001, "SCRIPT"},
    {UAC_DISABLED, "ACCOUNT_DISABLE"},
    {0x00000008, "HOMEDIR_REQUIRED"},
    {0x00000010, "LOCKOUT"},
    {0x00000020, "PASSWD_NOTREQD"},
    {0x00000040, "PASSWD_CANT_CHANGE"},
    {0x00000080, "ENCRYPTED_TEXT_PASSWORD_ALLOWED"},
    {0x00000100, "TEMP_DUPLICATE_ACCOUNT"},
    {UAC_NORMAL, "NORMAL_ACCOUNT"},
    {0x00000800, "INTERDOMAIN_TRUST_ACCOUNT"},
    {UAC_WORKSTATION, "WORKSTATION_TRUST_ACCOUNT"},
    {UAC_DOMAIN_CONTROLLER, "SERVER_TRUST_ACCOUNT"},
    {0x00010000, "DONT_EXPIRE_PASSWD"},
    {0x00020000, "MNS_LOGON_ACCOUNT"},
    {0x00040000, "SMARTCARD_REQUIRED"},
    {UAC_TRUSTED_FOR_DELEGATION, "TRUSTED_FOR_DELEGATION"},
    {UAC_NOT_DELEGATED, "NOT_DELEGATED"},
    {UAC_DES_ONLY, "USE_DES_KEY_ONLY"},
    {0x00400000, "DONT_REQUIRE_PREAUTH"},
    {0x00800000, "PASSWORD_EXPIRED"},
    {UAC_T2A4D, "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION"},
    {0x02000000, "NO_AUTH_DATA_REQUIRED"},
    {UAC_RODC, "PARTIAL_SECRETS_ACCOUNT"},
    {0x08000000, "USE_AES_KEYS"},
    {0, NULL},
};

/* MS-KILE 2.2.7. */
const FlagName etype_flags[] = {
    {ETYPE_BIT_DES_CRC, "DES-CBC-CRC"},
    {ETYPE_BIT_DES_MD5, "DES-CBC-MD5"},
    {ETYPE_BIT_RC4, "RC4-HMAC"},
    {ETYPE_BIT_AES128, "AES128-CTS-HMAC-SHA1-96"},
    {ETYPE_BIT_AES256, "AES256-CTS-HMAC-SHA1-96"},
    {ETYPE_BIT_AES256_SK, "AES256-CTS-HMAC-SHA1-96-SK"},
    {0x00010000, "FAST-supported"},
    {0x00020000, "Compound-identity-supported"},
    {0x00040000, "Claims-supported"},
    {0x00080000, "Resource-SID-compression-disabled"},
    {0, NULL},
};

char *
flags_format(const FlagName *table, guint32 value)
{
    GString *out = g_string_new(NULL);
    guint32 left = value;

    for (; table->bit != 0; table++) {
        if ((left & table->bit) == 0)
            continue;
        g_string_append_printf(out, "%s%s", out->len > 0 ? " | " : "", table->name);
        left &= ~table->bit;
    }
    if (left != 0)
        g_string_append_printf(out, "%s0x%08x", out->len > 0 ? " | " : "", left);
    if (out->len == 0)
        g_string_append_c(out, '0');
    return g_string_free(out, FALSE);
}

/* RFC 3961 section 8, RFC 3962, RFC 4757, RFC 6803, RFC 8009; the names are
 * those of MIT krb5. */
static const struct {
    gint32 number;
    gboolean weak;
    const char *name;
} etypes[] = {
    {1, TRUE, "des-cbc-crc"},
    {2, TRUE, "des-cbc-md4"},
    {3, TRUE, "des-cbc-md5"},
    {16, FALSE, "des3-cbc-sha1"},
    {17, FALSE, "aes128-cts-hmac-sha1-96"},
    {18, FALSE, "aes256-cts-hmac-sha1-96"},
    {19, FALSE, "aes128-cts-hmac-sha256-128"},
    {20, FALSE, "aes256-cts-hmac-sha384-192"},
    {23, TRUE, "arcfour-hmac"},
    {24, TRUE, "arcfour-hmac-exp"},
    {25, FALSE, "camellia128-cts-cmac"},
    {26, FALSE, "camellia256-cts-cmac"},
};

const char *
etype_name(gint32 etype)
{
    for (guint i = 0; i < G_N_ELEMENTS(etypes); i++) {
        if (etypes[i].number == etype)
            return etypes[i].name;
    }
    return NULL;
}

char *
etype_text(gint32 etype)
{
    const char *name = etype_name(etype);

    return name ? g_strdup(name) : g_strdup_printf("etype %d", etype);
}

gboolean
etype_is_weak(gint32 etype)
{
    for (guint i = 0; i < G_N_ELEMENTS(etypes); i++) {
        if (etypes[i].number == etype)
            return etypes[i].weak;
    }
    return FALSE;
}

static const struct {
    gint64 since; /* seconds since 1970; the newest first */
    guint32 etypes;
} defaults[] = {
    {1776124800 /* 2026-04-14 */, ETYPE_BITS_AES},
    {1667865600 /* 2022-11-08 */, ETYPE_BITS_DES | ETYPE_BIT_RC4 | ETYPE_BIT_AES256_SK},
    {0, ETYPE_BIT_RC4},
};

guint32
etypes_default(gint64 unix_us)
{
    for (guint i = 0; i < G_N_ELEMENTS(defaults); i++)
        if (unix_us >= defaults[i].since * G_USEC_PER_SEC)
            return defaults[i].etypes;
    return ETYPE_BIT_RC4;
}

guint32
etypes_usable(guint32 uac, guint32 announced, gint64 unix_us)
{
    if (uac & UAC_DES_ONLY)
        return ETYPE_BITS_DES;
    /* 0 counts as absent; bits without any type: nothing the account can use. */
    return (announced ? announced : etypes_default(unix_us)) & ETYPE_BITS;
}

/* userAccountControl (MS-ADTS 2.2.16) and encryption types (MS-KILE 2.2.7):
 * one table each, bit -> name. */
#ifndef MODEL_FLAGS_H
#define MODEL_FLAGS_H

#include <glib.h>

#define UAC_DISABLED 0x00000002u
#define UAC_LOCKOUT 0x00000010u /* computed alone (MS-ADTS 3.1.1.4.5.17) */
#define UAC_NORMAL 0x00000200u
#define UAC_DONT_EXPIRE_PASSWORD 0x00010000u
#define UAC_SMARTCARD_REQUIRED 0x00040000u
#define UAC_WORKSTATION 0x00001000u
#define UAC_DOMAIN_CONTROLLER 0x00002000u
#define UAC_TRUSTED_FOR_DELEGATION 0x00080000u /* unconstrained */
#define UAC_NOT_DELEGATED 0x00100000u          /* "sensitive" */
#define UAC_DES_ONLY 0x00200000u
#define UAC_PASSWORD_EXPIRED 0x00800000u /* computed alone, as UAC_LOCKOUT */
#define UAC_T2A4D 0x01000000u            /* protocol transition */
/* Those that tell what the account may do for users, and nothing of it as a target. */
#define UAC_OF_SOURCE (UAC_TRUSTED_FOR_DELEGATION | UAC_T2A4D)
#define UAC_NO_AUTH_DATA 0x02000000u /* no PAC in tickets to it (MS-KILE 3.3.5.3) */
#define UAC_RODC 0x04000000u

#define ETYPE_BIT_DES_CRC 0x01u
#define ETYPE_BIT_DES_MD5 0x02u
#define ETYPE_BIT_RC4 0x04u
#define ETYPE_BIT_AES128 0x08u
#define ETYPE_BIT_AES256 0x10u
#define ETYPE_BIT_AES256_SK 0x20u

/* groupType (MS-ADTS 2.2.12). */
#define GROUP_TYPE_GLOBAL 0x00000002u
#define GROUP_TYPE_LOCAL 0x00000004u /* domain local; builtin groups, too */
#define GROUP_TYPE_UNIVERSAL 0x00000008u
#define GROUP_TYPE_SECURITY 0x80000000u /* else a distribution list, in no token */

typedef struct {
    guint32 bit;
    const char *name;
} FlagName;

extern const FlagName uac_flags[];   /* ended by bit 0 */
extern const FlagName etype_flags[]; /* ended by bit 0 */

/* "WORKSTATION_TRUST_ACCOUNT | TRUSTED_FOR_DELEGATION"; unknown bits in hex
 * (transfer full). */
char *
flags_format(const FlagName *table, guint32 value);

#define ETYPE_BITS_AES (ETYPE_BIT_AES128 | ETYPE_BIT_AES256)
#define ETYPE_BITS_DES (ETYPE_BIT_DES_CRC | ETYPE_BIT_DES_MD5)
#define ETYPE_BITS (ETYPE_BITS_DES | ETYPE_BIT_RC4 | ETYPE_BITS_AES)

/* What a KDC takes for an account whose msDS-SupportedEncryptionTypes is absent
 * or 0, at a moment: DefaultDomainSupportedEncTypes as the updates of 2022 and
 * 2026 left it (KB5021131, KB5073381).  A domain may have set another. */
guint32
etypes_default(gint64 unix_us);

/* The encryption types (of ETYPE_BITS) that an account with this
 * userAccountControl and this msDS-SupportedEncryptionTypes may use then. */
guint32
etypes_usable(guint32 uac, guint32 announced, gint64 unix_us);

/* The name of an encryption type number of RFC 3961 ("aes256-cts-hmac-sha1-96"),
 * or NULL. */
const char *
etype_name(gint32 etype);

/* The same, or "etype 99" (transfer full). */
char *
etype_text(gint32 etype);

/* Whether an encryption type number is DES or RC4. */
gboolean
etype_is_weak(gint32 etype);

#endif

/* The table of Kerberos errors and NTSTATUS values. */
#include "ticket/krberror.h"

/* RFC 4120 section 7.5.9; RFC 4556 section 3.1.3 (62 to 81), RFC 6113 (90 to
 * 93), RFC 8636 (100), MS-KILE 2.2.  `meaning` is about a service ticket for a
 * live migration, and stays NULL for what a KDC never answers there. */
static const struct {
    gint32 code;
    const char *name;
    const char *meaning;
} errors[] = {
    {1, "KDC_ERR_NAME_EXP", "the account of the caller has expired"},
    {2, "KDC_ERR_SERVICE_EXP", "the account that holds the SPN has expired"},
    {3, "KDC_ERR_BAD_PVNO", NULL},
    {4, "KDC_ERR_C_OLD_MAST_KVNO", NULL},
    {5, "KDC_ERR_S_OLD_MAST_KVNO", NULL},
    {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN",
     "the caller's account no longer exists in this domain"},
    {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN",
     "no account holds this SPN, or (Windows) more than one does"},
    {8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE", "more than one account holds this SPN"},
    {9, "KDC_ERR_NULL_KEY",
     "the account that holds the SPN has no key: reset its password"},
    {10, "KDC_ERR_CANNOT_POSTDATE", NULL},
    {11, "KDC_ERR_NEVER_VALID",
     "the ticket would end before it begins: check both clocks"},
    {12, "KDC_ERR_POLICY",
     "an authentication policy or silo, or selective authentication on a trust, forbids "
     "it"},
    {13, "KDC_ERR_BADOPTION",
     "delegation refused: the SPN is not in the list, or the ticket for the user is not "
     "forwardable (no protocol transition, or a sensitive or protected user or host)"},
    {14, "KDC_ERR_ETYPE_NOSUPP",
     "no encryption type that the caller, the KDC and the account that holds the SPN "
     "share, "
     "or that account has no key: check msDS-SupportedEncryptionTypes"},
    {15, "KDC_ERR_SUMTYPE_NOSUPP", "the KDC does not take the caller's checksum type"},
    {16, "KDC_ERR_PADATA_TYPE_NOSUPP",
     "the KDC does not take this kind of request (S4U or PKINIT not supported)"},
    {17, "KDC_ERR_TRTYPE_NOSUPP", NULL},
    {18, "KDC_ERR_CLIENT_REVOKED", "the account is disabled, locked out or expired"},
    {19, "KDC_ERR_SERVICE_REVOKED", "the account that holds the SPN is disabled"},
    {20, "KDC_ERR_TGT_REVOKED",
     "the KDC no longer takes the ticket-granting ticket: krbtgt's key has changed, or "
     "the "
     "account has; run kinit again"},
    {21, "KDC_ERR_CLIENT_NOTYET", NULL},
    {22, "KDC_ERR_SERVICE_NOTYET", NULL},
    {23, "KDC_ERR_KEY_EXPIRED", "the password of the account has expired"},
    {24, "KDC_ERR_PREAUTH_FAILED",
     "wrong password, or a keytab older than the account's key"},
    {25, "KDC_ERR_PREAUTH_REQUIRED", NULL},
    {26, "KDC_ERR_SERVER_NOMATCH", "the ticket handed in is for another service"},
    {27, "KDC_ERR_MUST_USE_USER2USER",
     "the name belongs to an account without that SPN: register it"},
    {28, "KDC_ERR_PATH_NOT_ACCEPTED", "the trust path to the domain is not accepted"},
    {29, "KDC_ERR_SVC_UNAVAILABLE",
     "the KDC cannot answer now: its directory is not ready, or no domain controller of "
     "the "
     "other domain answers it"},
    {31, "KRB_AP_ERR_BAD_INTEGRITY",
     "the ticket does not decrypt: the key behind the SPN or the trust has changed"},
    {32, "KRB_AP_ERR_TKT_EXPIRED", "the ticket-granting ticket has expired: run kinit"},
    {33, "KRB_AP_ERR_TKT_NYV", "the ticket is not valid yet: check both clocks"},
    {34, "KRB_AP_ERR_REPEAT", "the KDC takes the request for a repeated one"},
    {35, "KRB_AP_ERR_NOT_US", "the ticket is for another service"},
    {36, "KRB_AP_ERR_BADMATCH", "ticket and request name different accounts"},
    {37, "KRB_AP_ERR_SKEW", "the clocks differ by more than five minutes"},
    {38, "KRB_AP_ERR_BADADDR", "the ticket was issued for another address"},
    {39, "KRB_AP_ERR_BADVERSION", NULL},
    {40, "KRB_AP_ERR_MSG_TYPE", NULL},
    {41, "KRB_AP_ERR_MODIFIED",
     "the ticket does not decrypt or its signature is wrong: the SPN is on another "
     "account, "
     "or a key has changed and not replicated yet"},
    {42, "KRB_AP_ERR_BADORDER", NULL},
    {44, "KRB_AP_ERR_BADKEYVER",
     "the key version is not known: a password change has not replicated yet"},
    {45, "KRB_AP_ERR_NOKEY", "the service has no key of that version"},
    {46, "KRB_AP_ERR_MUT_FAIL", NULL},
    {47, "KRB_AP_ERR_BADDIRECTION", NULL},
    {48, "KRB_AP_ERR_METHOD", NULL},
    {49, "KRB_AP_ERR_BADSEQ", NULL},
    {50, "KRB_AP_ERR_INAPP_CKSUM", "the KDC does not take the checksum of the request"},
    {51, "KRB_AP_PATH_NOT_ACCEPTED", "the trust path to the domain is not accepted"},
    {52, "KRB_ERR_RESPONSE_TOO_BIG",
     "the answer does not fit UDP, and TCP port 88 is not open"},
    {60, "KRB_ERR_GENERIC", "the KDC failed; its event log says why"},
    {61, "KRB_ERR_FIELD_TOOLONG", "the request is longer than the KDC takes"},
    {62, "KDC_ERR_CLIENT_NOT_TRUSTED", "the KDC does not trust the caller's certificate"},
    {63, "KDC_ERR_KDC_NOT_TRUSTED", NULL},
    {64, "KDC_ERR_INVALID_SIG", NULL},
    {65, "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED", NULL},
    {66, "KDC_ERR_CERTIFICATE_MISMATCH", "the certificate maps to another account"},
    {67, "KRB_AP_ERR_NO_TGT", NULL},
    {68, "KDC_ERR_WRONG_REALM", "the account is in another domain"},
    {69, "KRB_AP_ERR_USER_TO_USER_REQUIRED",
     "the account takes user-to-user tickets only"},
    {70, "KDC_ERR_CANT_VERIFY_CERTIFICATE", NULL},
    {71, "KDC_ERR_INVALID_CERTIFICATE", NULL},
    {72, "KDC_ERR_REVOKED_CERTIFICATE", NULL},
    {73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN", NULL},
    {74, "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE", NULL},
    {75, "KDC_ERR_CLIENT_NAME_MISMATCH", NULL},
    {76, "KDC_ERR_KDC_NAME_MISMATCH", NULL},
    {77, "KDC_ERR_INCONSISTENT_KEY_PURPOSE", NULL},
    {78, "KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED", NULL},
    {79, "KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED", NULL},
    {80, "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED", NULL},
    {81, "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED", NULL},
    {90, "KDC_ERR_PREAUTH_EXPIRED", NULL},
    {91, "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED", NULL},
    {92, "KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET", NULL},
    {93, "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS", NULL},
    {100, "KDC_ERR_NO_ACCEPTABLE_KDF", NULL},
};

const char *
krberror_name(gint32 code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(errors); i++) {
        if (errors[i].code == code) {
            return errors[i].name;
        }
    }
    return NULL;
}

const char *
krberror_meaning(gint32 code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(errors); i++) {
        if (errors[i].code == code) {
            return errors[i].meaning;
        }
    }
    return NULL;
}

/* MS-ERREF 2.3.1: those that a KDC puts into its e-data. */
static const struct {
    guint32 status;
    const char *name;
} statuses[] = {
    {0xC0000001, "STATUS_UNSUCCESSFUL"},
    {0xC000000D, "STATUS_INVALID_PARAMETER"},
    {0xC0000022, "STATUS_ACCESS_DENIED"},
    {0xC000005E, "STATUS_NO_LOGON_SERVERS"},
    {0xC0000064, "STATUS_NO_SUCH_USER"},
    {0xC000006A, "STATUS_WRONG_PASSWORD"},
    {0xC000006D, "STATUS_LOGON_FAILURE"},
    {0xC000006E, "STATUS_ACCOUNT_RESTRICTION"},
    {0xC000006F, "STATUS_INVALID_LOGON_HOURS"},
    {0xC0000070, "STATUS_INVALID_WORKSTATION"},
    {0xC0000071, "STATUS_PASSWORD_EXPIRED"},
    {0xC0000072, "STATUS_ACCOUNT_DISABLED"},
    {0xC000009A, "STATUS_INSUFFICIENT_RESOURCES"},
    {0xC00000BB, "STATUS_NOT_SUPPORTED"},
    {0xC00000DC, "STATUS_INVALID_SERVER_STATE"},
    {0xC00000E5, "STATUS_INTERNAL_ERROR"},
    {0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC"},
    {0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED"},
    {0xC000018B, "STATUS_NO_TRUST_SAM_ACCOUNT"},
    {0xC0000193, "STATUS_ACCOUNT_EXPIRED"},
    {0xC0000224, "STATUS_PASSWORD_MUST_CHANGE"},
    {0xC0000225, "STATUS_NOT_FOUND"},
    {0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
    {0xC0000272, "STATUS_NO_MATCH"},
    {0xC00002FB, "STATUS_KDC_INVALID_REQUEST"},
    {0xC00002FC, "STATUS_KDC_UNABLE_TO_REFER"},
    {0xC00002FD, "STATUS_KDC_UNKNOWN_ETYPE"},
    {0xC000035C, "STATUS_NETWORK_SESSION_EXPIRED"},
    {0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"},
    {0xC0000418, "STATUS_NTLM_BLOCKED"},
};

const char *
ntstatus_name(guint32 status)
{
    for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i].name;
        }
    }
    return NULL;
}

/* What keeps a KDC from issuing anything for a user. */
#include "model/signin.h"

#include "model/secdesc.h"

#define HOURS_A_WEEK 168
#define HOUR_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)
/* 1970-01-01 was a Thursday; logonHours begin on Sunday (MS-SAMR 2.2.6.5). */
#define HOURS_TO_THURSDAY (G_GINT64_CONSTANT(4) * 24)

#define GROUPS_GUID "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"
#define GROUPS_SET "037088f8-0ae1-11d2-b422-00a0c968f939"

static Tri
is_disabled(const Estate *estate, const Account *user)
{
    (void)estate;
    return account_flag(user, UAC_DISABLED);
}

static Tri
is_expired(const Estate *estate, const Account *user)
{
    return user->expires_us > 0 && user->expires_us <= estate->collected_us ? TRI_YES
                                                                            : TRI_NO;
}

/* A policy of the user's own (a password settings object) may be longer or shorter than
 * the domain's. */
static Tri
is_locked(const Estate *estate, const Account *user)
{
    const Domain *domain = estate_home_of(estate, user);
    if (user->locked_us == 0)
        return TRI_NO;
    if (!domain || domain->lockout_us < 0)
        return TRI_UNKNOWN;
    return domain->lockout_us == 0 ||
                   user->locked_us + domain->lockout_us > estate->collected_us
               ? TRI_YES
               : TRI_NO;
}

static Tri
is_off_hours(const Estate *estate, const Account *user)
{
    gsize length = 0;
    const guint8 *bits =
        user->logon_hours ? g_bytes_get_data(user->logon_hours, &length) : NULL;
    if (length == 0)
        return TRI_NO;
    if (length < HOURS_A_WEEK / 8)
        return TRI_UNKNOWN;
    guint hour =
        (guint)((estate->collected_us / HOUR_US + HOURS_TO_THURSDAY) % HOURS_A_WEEK);
    return bits[hour / 8] & (1 << hour % 8) ? TRI_NO : TRI_YES;
}

/* Not where the password never expires, or is not used. */
static Tri
must_change(const Estate *estate, const Account *user)
{
    (void)estate;
    if (user->password_set_us != 0)
        return TRI_NO;
    Tri kept = account_flag(user, UAC_DONT_EXPIRE_PASSWORD);
    Tri card = account_flag(user, UAC_SMARTCARD_REQUIRED);
    return kept == TRI_YES || card == TRI_YES           ? TRI_NO
           : kept == TRI_UNKNOWN || card == TRI_UNKNOWN ? TRI_UNKNOWN
                                                        : TRI_YES;
}

static const struct {
    AttrId attr;
    Tri (*refused)(const Estate *estate, const Account *user);
    const char *clause;
} slips[SIGNIN_COUNT] = {
    [SIGNIN_DISABLED] = {ATTR_UAC, is_disabled, "its account is disabled"},
    [SIGNIN_EXPIRED] = {ATTR_EXPIRES, is_expired, "its account has expired"},
    [SIGNIN_LOCKED] = {ATTR_LOCKOUT, is_locked, "its account is locked out"},
    [SIGNIN_OFF_HOURS] = {ATTR_LOGON_HOURS, is_off_hours,
                          "it may not sign in at this hour of the week"},
    [SIGNIN_MUST_CHANGE] = {ATTR_PASSWORD_SET, must_change,
                            "it must change its password before it signs in"},
};

Tri
signin_refused(const Estate *estate, const Account *user, SignInSlip slip)
{
    return account_knows(user, slips[slip].attr) ? slips[slip].refused(estate, user)
                                                 : TRI_UNKNOWN;
}

AttrId
signin_attribute(SignInSlip slip)
{
    return slips[slip].attr;
}

const char *
signin_clause(SignInSlip slip)
{
    return slips[slip].clause;
}

static Tri
is_in(const Sid *sid, gpointer token)
{
    return token_has(token, sid);
}

Tri
signin_groups_open(const Account *user, TokenHas has, gpointer token)
{
    gsize length;
    Guid guid, set;
    g_autoptr(SecDesc) descriptor = NULL;
    const void *data = user->security ? g_bytes_get_data(user->security, &length) : NULL;
    if (!data || !secdesc_parse(data, length, &descriptor, NULL))
        return TRI_UNKNOWN;
    bool parsed = guid_parse(GROUPS_GUID, &guid) && guid_parse(GROUPS_SET, &set);
    g_assert(parsed);
    return secdesc_decide_property(descriptor, has, token, RIGHT_READ_PROPERTY, &guid,
                                   &set);
}

Tri
signin_groups_readable(const Account *user, const Token *host)
{
    return signin_groups_open(user, is_in, (gpointer)host);
}

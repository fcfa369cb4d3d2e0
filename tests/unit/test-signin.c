/* model/signin: what keeps a KDC from issuing anything for a user. */
#include "model/signin.h"

#include <string.h>

/* Monday 2026-11-23 10:30 UTC. */
#define NOW_S G_GINT64_CONSTANT(1795429800)
#define NOW_US (NOW_S * G_USEC_PER_SEC)
#define MINUTE_US (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)

typedef struct {
    Estate *estate;
    Account *user;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->estate = estate_new(NOW_US);
    Domain *domain = estate_add_domain(f->estate, "DC=contoso,DC=com");
    domain->lockout_us = 30 * MINUTE_US;
    domain->age_us = 60 * MINUTE_US;
    domain->psos_read = true;
    f->user = estate_add_account(f->estate, "CN=alice,DC=contoso,DC=com", NULL);
    f->user->uac = UAC_NORMAL;
    f->user->unread = G_GUINT64_CONSTANT(1) << ATTR_UAC_COMPUTED;
    f->user->password_set_us = NOW_US - 10 * MINUTE_US;
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    estate_free(f->estate);
}

static void
assert_refused_by(const Fixture *f, int expected)
{
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++)
        g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_PERSON, slip), ==,
                        (int)slip == expected ? TRI_YES : TRI_NO);
}

static void
test_sound(Fixture *f, gconstpointer data)
{
    (void)data;
    assert_refused_by(f, -1);
    f->user->expires_us = NOW_US + MINUTE_US;
    assert_refused_by(f, -1);
}

static void
test_disabled(Fixture *f, gconstpointer data)
{
    (void)data;
    f->user->uac |= UAC_DISABLED;
    assert_refused_by(f, SIGNIN_DISABLED);
}

static void
test_expired(Fixture *f, gconstpointer data)
{
    (void)data;
    f->user->expires_us = NOW_US;
    assert_refused_by(f, SIGNIN_EXPIRED);
}

/* A lockout ends by itself, unless the domain says that somebody has to end it. */
static void
test_locked(Fixture *f, gconstpointer data)
{
    (void)data;
    Domain *domain = f->estate->domains->pdata[0];
    f->user->locked_us = NOW_US - 29 * MINUTE_US;
    assert_refused_by(f, SIGNIN_LOCKED);
    f->user->locked_us = NOW_US - 31 * MINUTE_US;
    assert_refused_by(f, -1);
    domain->lockout_us = 0;
    assert_refused_by(f, SIGNIN_LOCKED);
    domain->lockout_us = -1;
    g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_PERSON, SIGNIN_LOCKED), ==,
                    TRI_UNKNOWN);
    f->user->locked_us = 0;
    f->user->unread = 0;
    assert_refused_by(f, -1);
    f->user->uac_computed = UAC_LOCKOUT; /* the DC knows what the reader does not */
    assert_refused_by(f, SIGNIN_LOCKED);
    f->user->unread = G_GUINT64_CONSTANT(1) << ATTR_LOCKOUT;
    assert_refused_by(f, SIGNIN_LOCKED);
}

/* The bits go by UTC hours from Sunday on: Monday 10:00 is hour 34. */
static void
test_hours(Fixture *f, gconstpointer data)
{
    (void)data;
    guint8 bits[21];
    memset(bits, 0xFF, sizeof bits);
    bits[34 / 8] = (guint8) ~(1 << 34 % 8);
    f->user->logon_hours = g_bytes_new(bits, sizeof bits);
    assert_refused_by(f, SIGNIN_OFF_HOURS);
    memset(bits, 0, sizeof bits);
    bits[34 / 8] = 1 << 34 % 8;
    g_bytes_unref(f->user->logon_hours);
    f->user->logon_hours = g_bytes_new(bits, sizeof bits);
    assert_refused_by(f, -1);
    g_bytes_unref(f->user->logon_hours);
    f->user->logon_hours = g_bytes_new(bits, 3);
    g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_PERSON, SIGNIN_OFF_HOURS),
                    ==, TRI_UNKNOWN);
}

static void
test_must_change(Fixture *f, gconstpointer data)
{
    (void)data;
    f->user->password_set_us = 0;
    assert_refused_by(f, SIGNIN_MUST_CHANGE);
    f->user->uac |= UAC_DONT_EXPIRE_PASSWORD;
    assert_refused_by(f, -1);
}

/* By the domain's policy, unless a password settings object may say otherwise; the DC's
 * own word stands before both. */
static void
test_password_old(Fixture *f, gconstpointer data)
{
    (void)data;
    Domain *domain = f->estate->domains->pdata[0];
    f->user->password_set_us = NOW_US - 61 * MINUTE_US;
    assert_refused_by(f, SIGNIN_PASSWORD_OLD);
    domain->psos_read = false;
    g_assert_cmpint(
        signin_refused(f->estate, f->user, SIGNIN_PERSON, SIGNIN_PASSWORD_OLD), ==,
        TRI_UNKNOWN);
    f->user->unread = 0;
    assert_refused_by(f, -1);
    f->user->uac_computed = UAC_PASSWORD_EXPIRED;
    assert_refused_by(f, SIGNIN_PASSWORD_OLD);
    f->user->uac = UAC_NORMAL | UAC_DONT_EXPIRE_PASSWORD;
    assert_refused_by(f, -1);
    f->user->uac = UAC_WORKSTATION;
    f->user->locked_us = NOW_US;
    assert_refused_by(f, -1);
}

/* A service signs in at all hours, and has no card; what no account of a file carries is
 * as usual. */
static void
test_service(Fixture *f, gconstpointer data)
{
    (void)data;
    guint8 bits[21] = {1};
    f->user->logon_hours = g_bytes_new(bits, sizeof bits);
    f->user->uac |= UAC_SMARTCARD_REQUIRED;
    g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_SERVICE, SIGNIN_OFF_HOURS),
                    ==, TRI_UNKNOWN);
    g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_SERVICE, SIGNIN_CARD), ==,
                    TRI_YES);
    f->user->unread = ~G_GUINT64_CONSTANT(0);
    g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_SERVICE, SIGNIN_EXPIRED),
                    ==, TRI_UNKNOWN);
    f->estate->unasked = ~G_GUINT64_CONSTANT(0);
    g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_SERVICE, SIGNIN_EXPIRED),
                    ==, TRI_NO);
}

static void
test_unread(Fixture *f, gconstpointer data)
{
    (void)data;
    f->user->unread = ~G_GUINT64_CONSTANT(0);
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++)
        g_assert_cmpint(signin_refused(f->estate, f->user, SIGNIN_PERSON, slip), ==,
                        slip == SIGNIN_CARD ? TRI_NO : TRI_UNKNOWN);
}

/* Nothing of the user's descriptor was read: nobody can tell. */
static void
test_groups_unread(Fixture *f, gconstpointer data)
{
    (void)data;
    Account *host = estate_add_account(f->estate, "CN=HV01,DC=contoso,DC=com", NULL);
    estate_freeze(f->estate);
    g_autoptr(Token) token = token_new(f->estate, host, NULL);
    g_assert_cmpint(signin_groups_readable(f->user, token), ==, TRI_UNKNOWN);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Fixture *, gconstpointer);
    } tests[] = {
        {"/signin/sound", test_sound},
        {"/signin/disabled", test_disabled},
        {"/signin/expired", test_expired},
        {"/signin/locked", test_locked},
        {"/signin/hours", test_hours},
        {"/signin/must-change", test_must_change},
        {"/signin/password-old", test_password_old},
        {"/signin/service", test_service},
        {"/signin/unread", test_unread},
        {"/signin/groups-unread", test_groups_unread},
    };
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}

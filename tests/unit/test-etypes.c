/* Which tickets a KDC finds encryption types for. */
#include "model/etypes.h"
#include "model/trust.h"

#define DOMAIN "DC=contoso,DC=test"
#define RC4 ETYPE_BIT_RC4
#define AES128 ETYPE_BIT_AES128
#define AES256 ETYPE_BIT_AES256
#define SK ETYPE_BIT_AES256_SK
#define NONE 0u
#define FLAGS 0x50000u

/* The DCs of the domain. */
typedef enum { DCS_OLD, DCS_NEW, DCS_MIXED, DCS_UNREAD, DCS_SAMBA } Dcs;

typedef struct {
    const char *name;
    guint32 source, target;
    const char *when; /* NULL: after April 2026 */
    Dcs dcs;
    Tri common;
} Case;

static const Case cases[] = {
    {"usual", 28, 28, NULL, DCS_NEW, TRI_YES},
    {"aes/aes", AES256, 24, NULL, DCS_NEW, TRI_YES},
    {"aes128/aes256", AES128, AES256, NULL, DCS_NEW, TRI_NO},
    {"aes/rc4", 24, RC4, NULL, DCS_OLD, TRI_NO},
    {"aes/rc4+sk", 24, RC4 | SK, NULL, DCS_OLD, TRI_YES},
    {"aes256/rc4+sk", AES256, RC4 | SK, NULL, DCS_NEW, TRI_YES},
    {"aes128/rc4+sk", AES128, RC4 | SK, NULL, DCS_OLD, TRI_UNKNOWN},
    {"usual/rc4", 28, RC4, NULL, DCS_NEW, TRI_YES},
    {"rc4/usual", RC4, 28, NULL, DCS_OLD, TRI_YES},
    {"rc4/aes", RC4, 24, NULL, DCS_OLD, TRI_NO},
    {"rc4/usual+sk", RC4, 28 | SK, NULL, DCS_OLD, TRI_UNKNOWN},
    {"rc4/aes256+sk", RC4, AES256 | SK, NULL, DCS_OLD, TRI_UNKNOWN},
    {"rc4+sk/aes256", RC4 | SK, AES256, NULL, DCS_OLD, TRI_UNKNOWN},
    {"rc4+sk/dcs-2025", RC4 | SK, 28, NULL, DCS_NEW, TRI_UNKNOWN},
    {"rc4+sk/usual", RC4 | SK, 28, NULL, DCS_OLD, TRI_YES},
    {"aes128/aes256+sk", AES128, AES256 | SK, NULL, DCS_OLD, TRI_UNKNOWN},
    {"rc4/dcs-2025", RC4, 28, NULL, DCS_NEW, TRI_NO},
    {"rc4/dcs-mixed", RC4, 28, NULL, DCS_MIXED, TRI_UNKNOWN},
    {"rc4/dcs-unread", RC4, 28, NULL, DCS_UNREAD, TRI_UNKNOWN},
    {"rc4/aes/dcs-mixed", RC4, 24, NULL, DCS_MIXED, TRI_NO},
    {"rc4/samba", RC4, 28, NULL, DCS_SAMBA, TRI_YES},
    {"des/usual", 3, 28, NULL, DCS_OLD, TRI_NO},
    {"usual/des", 28, 3, NULL, DCS_OLD, TRI_NO},
    {"unset/rc4", NONE, RC4, NULL, DCS_OLD, TRI_YES},
    {"unset/rc4+sk", NONE, RC4 | SK, NULL, DCS_OLD, TRI_YES},
    {"unset/rc4/dcs-2025", NONE, RC4, NULL, DCS_NEW, TRI_UNKNOWN},
    {"unset/usual", NONE, 28, NULL, DCS_OLD, TRI_UNKNOWN},
    {"unset/usual/before", NONE, 28, "2026-04-01T00:00:00Z", DCS_OLD, TRI_YES},
    {"unset/aes", NONE, 24, "2026-04-01T00:00:00Z", DCS_OLD, TRI_UNKNOWN},
    {"usual/unset", 28, NONE, NULL, DCS_OLD, TRI_UNKNOWN},
    {"usual/unset/before", 28, NONE, "2026-04-01T00:00:00Z", DCS_OLD, TRI_YES},
    {"aes/unset/before", 24, NONE, "2026-04-01T00:00:00Z", DCS_OLD, TRI_YES},
    {"aes/unset/long-before", 24, NONE, "2022-01-01T00:00:00Z", DCS_OLD, TRI_UNKNOWN},
    {"rc4/unset", RC4, NONE, NULL, DCS_OLD, TRI_UNKNOWN},
    {"unset/unset", NONE, NONE, NULL, DCS_OLD, TRI_UNKNOWN},
    {"flags/usual", FLAGS, 28, NULL, DCS_OLD, TRI_UNKNOWN},
    {"usual/flags", 28, FLAGS, NULL, DCS_OLD, TRI_UNKNOWN},
    {"usual/sk-alone", 28, SK, NULL, DCS_OLD, TRI_UNKNOWN},
};

static Account *
add_account(Estate *estate, const char *name, guint32 uac, const char *version)
{
    g_autofree char *dn = g_strdup_printf("CN=%s," DOMAIN, name);
    Account *account = estate_add_account(estate, dn, NULL);
    account->kinds = KIND_COMPUTER;
    account->uac = uac;
    account->os_version = version;
    account->last_logon_us = 1;
    return account;
}

static void
add_dcs(Estate *estate, Dcs dcs)
{
    const guint32 uac = UAC_DOMAIN_CONTROLLER;
    estate->dcs_read = dcs != DCS_UNREAD;
    if (dcs == DCS_OLD || dcs == DCS_MIXED)
        add_account(estate, "DC1", uac, "10.0 (20348)");
    if (dcs == DCS_NEW || dcs == DCS_MIXED)
        add_account(estate, "DC2", uac, "10.0 (26100)");
    if (dcs == DCS_SAMBA)
        estate->vendor = "Samba Team (https://www.samba.org)";
    /* One that is gone counts for nothing. */
    add_account(estate, "DC3", uac | UAC_DISABLED, "10.0 (26100)");
}

static void
join(Account *account, Tri is_protected)
{
    Sid group;
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3-1103", &account->sid));
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3-525", &group));
    account->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    if (is_protected == TRI_YES)
        g_array_append_val(account->token_groups, group);
    if (is_protected == TRI_UNKNOWN)
        account->unread = G_GUINT64_CONSTANT(1) << ATTR_TOKEN_GROUPS |
                          G_GUINT64_CONSTANT(1) << ATTR_MEMBER_OF;
}

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GDateTime) moment =
        g_date_time_new_from_iso8601(c->when ? c->when : "2026-11-20T12:00:00Z", NULL);
    g_autoptr(Estate) estate = estate_new(g_date_time_to_unix(moment) * G_USEC_PER_SEC);
    estate_add_domain(estate, DOMAIN);
    add_dcs(estate, c->dcs);
    Account *source = add_account(estate, "HV01", UAC_WORKSTATION, NULL);
    Account *target = add_account(estate, "HV02", UAC_WORKSTATION, NULL);
    source->etypes = c->source;
    target->etypes = c->target;
    join(source, TRI_NO);
    estate_freeze(estate);

    EtypeAnswer answer = etypes_between(estate, source, target);
    g_assert_cmpint(answer.common, ==, c->common);
    g_assert_cmpint(answer.why == NULL, ==, c->common == TRI_YES);
    if (answer.no_tgt)
        g_assert_cmpint(c->dcs, ==, DCS_NEW);
}

/* Protected Users get no TGT of RC4, from whatever KDC. */
static void
test_protected(void)
{
    static const struct {
        guint32 source;
        Tri is_protected;
        Dcs dcs;
        Tri common;
    } rows[] = {
        {RC4, TRI_YES, DCS_OLD, TRI_NO},
        {RC4, TRI_YES, DCS_SAMBA, TRI_NO},
        {RC4, TRI_NO, DCS_SAMBA, TRI_YES},
        {RC4, TRI_UNKNOWN, DCS_OLD, TRI_UNKNOWN},
        {28, TRI_YES, DCS_OLD, TRI_YES},
        {28, TRI_UNKNOWN, DCS_OLD, TRI_YES},
        {RC4 | SK, TRI_YES, DCS_SAMBA, TRI_UNKNOWN},
        {NONE, TRI_YES, DCS_OLD, TRI_UNKNOWN},
        {NONE, TRI_NO, DCS_OLD, TRI_YES},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Estate) estate = estate_new(0);
        estate_add_domain(estate, DOMAIN);
        add_dcs(estate, rows[i].dcs);
        Account *source = add_account(estate, "HV01", UAC_WORKSTATION, NULL);
        Account *target = add_account(estate, "HV02", UAC_WORKSTATION, NULL);
        source->etypes = rows[i].source;
        target->etypes = 28;
        join(source, rows[i].is_protected);
        estate_freeze(estate);
        EtypeAnswer answer = etypes_between(estate, source, target);
        g_assert_cmpint(answer.common, ==, rows[i].common);
        g_assert_cmpint(answer.no_tgt, ==, rows[i].common == TRI_NO);
    }
}

/* Of a user and a managed account it says what tickets to it are encrypted with. */
static void
test_services(void)
{
    static const struct {
        guint kinds;
        guint32 uac, source, target;
        Tri common;
    } rows[] = {
        {KIND_USER, 0, RC4, 24, TRI_UNKNOWN},
        {KIND_USER, 0, 24, RC4, TRI_UNKNOWN},
        {KIND_USER, 0, 28, 24, TRI_YES},
        {KIND_USER, 0, 28, 3, TRI_NO},
        {KIND_USER, UAC_DES_ONLY, 28, 28, TRI_NO},
        {KIND_COMPUTER | KIND_MANAGED, UAC_WORKSTATION, RC4, 24, TRI_UNKNOWN},
        {KIND_COMPUTER, UAC_WORKSTATION, RC4, 24, TRI_NO},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Estate) estate = estate_new(0);
        estate_add_domain(estate, DOMAIN);
        add_dcs(estate, DCS_OLD);
        Account *source = add_account(estate, "svc", rows[i].uac, NULL);
        Account *target = add_account(estate, "HV02", UAC_WORKSTATION, NULL);
        source->kinds = rows[i].kinds;
        source->etypes = rows[i].source;
        target->etypes = rows[i].target;
        join(source, TRI_NO);
        estate_freeze(estate);
        g_assert_cmpint(etypes_between(estate, source, target).common, ==,
                        rows[i].common);
    }
}

#define CHILD "DC=child," DOMAIN
#define OTHER_CHILD "DC=other," DOMAIN

static void
add_trust(Estate *estate, const char *at, const char *partner, gint64 etypes)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,CN=System,%s", partner, at);
    Trust *trust = estate_add_trust(estate, dn);
    trust->attributes = TRUST_WITHIN_FOREST;
    trust->etypes = etypes;
}

/* A referral takes what the source and the trust have in common. */
static void
test_referrals(void)
{
    static const struct {
        guint32 source;
        gint64 up, down; /* of the trusts: child to root, root to the other child */
        bool read;
        Tri to_root, to_other;
    } rows[] = {
        {24, 24, 28, true, TRI_YES, TRI_YES},
        {24, -1, 24, true, TRI_UNKNOWN, TRI_UNKNOWN},
        {24, 0, 24, true, TRI_UNKNOWN, TRI_UNKNOWN},
        {24, RC4, 24, true, TRI_UNKNOWN, TRI_UNKNOWN},
        {24, RC4 | SK, 24, true, TRI_YES, TRI_YES},
        {24, 24, RC4, true, TRI_YES, TRI_UNKNOWN},
        {24, 24, 24, false, TRI_YES, TRI_UNKNOWN},
        {28, -1, -1, true, TRI_YES, TRI_YES},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Estate) estate = estate_new(0);
        static const char *const dns[] = {DOMAIN, CHILD, OTHER_CHILD};
        static const char *const names[] = {"contoso.test", "child.contoso.test",
                                            "other.contoso.test"};
        for (guint d = 0; d < G_N_ELEMENTS(dns); d++) {
            Domain *domain = estate_add_domain(estate, dns[d]);
            domain->dns = names[d];
            domain->forest = DOMAIN;
        }
        add_trust(estate, CHILD, "contoso.test", rows[i].up);
        add_trust(estate, DOMAIN, "other.contoso.test", rows[i].down);
        estate->trusts_read = rows[i].read;
        Account *source = estate_add_account(estate, "CN=A," CHILD, NULL);
        Account *root = estate_add_account(estate, "CN=B," DOMAIN, NULL);
        Account *other = estate_add_account(estate, "CN=C," OTHER_CHILD, NULL);
        source->kinds = root->kinds = other->kinds = KIND_COMPUTER;
        source->last_logon_us = root->last_logon_us = other->last_logon_us = 1;
        source->etypes = rows[i].source;
        root->etypes = other->etypes = 28;
        join(source, TRI_NO);
        estate_freeze(estate);
        g_assert_cmpint(etypes_between(estate, source, root).common, ==, rows[i].to_root);
        g_assert_cmpint(etypes_between(estate, source, other).common, ==,
                        rows[i].to_other);
    }
}

static void
test_unread(void)
{
    g_autoptr(Estate) estate = estate_new(0);
    estate_add_domain(estate, DOMAIN);
    Account *source = add_account(estate, "HV01", UAC_WORKSTATION, NULL);
    Account *target = add_account(estate, "HV02", UAC_WORKSTATION | UAC_DES_ONLY, NULL);
    source->etypes = target->etypes = 28;
    estate_freeze(estate);
    g_assert_cmpint(etypes_between(estate, source, target).common, ==, TRI_NO);
    g_assert_cmpint(etypes_between(estate, target, source).common, ==, TRI_NO);
    target->unread = G_GUINT64_CONSTANT(1) << ATTR_ETYPES;
    g_assert_cmpint(etypes_between(estate, source, target).common, ==, TRI_UNKNOWN);
}

/* In the rows below from some time in 2011 on; 0: not known. */
#define IN_2011 G_GINT64_CONSTANT(1300000000000000)
#define BEFORE_AES (-IN_2011 / 2)

static gint64
since_2011(gint64 us)
{
    return us == 0 ? 0 : IN_2011 + us;
}

/* Passwords younger than krbtgt's came with AES keys; of older ones nothing shows. */
static void
test_keys_by_age(void)
{
    static const struct {
        int level;
        gint64 krbtgt_us, source_us, target_us;
        guint32 source, target;
        Tri common;
    } rows[] = {
        {7, 100, 100, 200, NONE, NONE, TRI_YES},
        {7, 100, 200, 50, NONE, NONE, TRI_UNKNOWN},
        {7, 100, 50, 200, NONE, 28, TRI_UNKNOWN},
        {7, 100, 200, 0, NONE, 24, TRI_YES},
        {7, 100, 200, 50, NONE, 24, TRI_YES},
        {7, 100, 200, BEFORE_AES, NONE, 24, TRI_UNKNOWN},
        {7, 100, BEFORE_AES, 200, 24, 24, TRI_UNKNOWN},
        {7, 100, 200, BEFORE_AES, 28, 28, TRI_YES},
        {7, 100, 0, 200, RC4, NONE, TRI_NO},
        {2, 100, 200, 200, NONE, NONE, TRI_UNKNOWN},
        {7, 0, 200, 200, NONE, NONE, TRI_UNKNOWN},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Estate) estate = estate_new(G_GINT64_CONSTANT(1795219200000000));
        Domain *domain = estate_add_domain(estate, DOMAIN);
        g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
        add_dcs(estate, DCS_OLD);
        estate->domain_level = rows[i].level;
        Account *source = add_account(estate, "svc-web", UAC_WORKSTATION, NULL);
        Account *target = add_account(estate, "svc-sql", UAC_WORKSTATION, NULL);
        Account *krbtgt = add_account(estate, "krbtgt", UAC_WORKSTATION, NULL);
        g_assert_true(sid_parse_text("S-1-5-21-1-2-3-502", &krbtgt->sid));
        krbtgt->password_set_us = since_2011(rows[i].krbtgt_us);
        source->password_set_us = since_2011(rows[i].source_us);
        target->password_set_us = since_2011(rows[i].target_us);
        source->etypes = rows[i].source;
        target->etypes = rows[i].target;
        join(source, TRI_NO);
        estate_freeze(estate);
        g_assert_cmpint(etypes_between(estate, source, target).common, ==,
                        rows[i].common);
    }
}

/* Who has no password has no keys, whatever it announces. */
static void
test_without_a_password(void)
{
    static const struct {
        guint kinds;
        gint64 logon_us;
        Tri common;
    } rows[] = {
        {KIND_COMPUTER, 0, TRI_UNKNOWN},
        {KIND_USER, 0, TRI_UNKNOWN},
        {KIND_USER, 1, TRI_YES},
        {KIND_COMPUTER | KIND_MANAGED, 0, TRI_YES},
    };
    for (guint i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
        g_autoptr(Estate) estate = estate_new(G_GINT64_CONSTANT(1795219200000000));
        estate_add_domain(estate, DOMAIN);
        Account *ends[] = {add_account(estate, "svc-web", UAC_WORKSTATION, NULL),
                           add_account(estate, "svc-sql", UAC_WORKSTATION, NULL)};
        ends[0]->etypes = ends[1]->etypes = 28;
        ends[i % 2]->kinds = rows[i / 2].kinds;
        ends[i % 2]->last_logon_us = rows[i / 2].logon_us;
        join(ends[0], TRI_NO);
        estate_freeze(estate);
        g_assert_cmpint(etypes_between(estate, ends[0], ends[1]).common, ==,
                        rows[i / 2].common);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/etypes/%s", cases[i].name);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/etypes/protected", test_protected);
    g_test_add_func("/etypes/without-a-password", test_without_a_password);
    g_test_add_func("/etypes/services", test_services);
    g_test_add_func("/etypes/referrals", test_referrals);
    g_test_add_func("/etypes/unread", test_unread);
    g_test_add_func("/etypes/keys-by-age", test_keys_by_age);
    return g_test_run();
}

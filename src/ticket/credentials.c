/* Fills a memory cache from a keytab, or finds the user's own cache. */
#include "ticket/credentials.h"

#include "base/place.h"
#include "base/pool.h"
#include "base/text.h"
#include "krb.h"
#include "way.h"

#include <string.h>

#define NOBODYS_REALM "ATHENA.MIT.EDU" /* what krb5-user ships with */

/* What `held` points to. */
typedef struct {
    krb5_context context;
    krb5_ccache ccache;
    bool ours; /* a MEMORY cache of our making, destroyed at the end */
} Held;

/* What a look into one cache found. */
typedef struct {
    krb5_ccache ccache;       /* borrowed or owned, by `held` */
    krb5_principal principal; /* owned */
    char *realm;
    gint64 own_end_s;   /* the latest end of a TGT of the client's realm; 0: none */
    gint64 cross_end_s; /* of one of the realm to be asked; 0: none */
} Look;

static void
held_free(Held *held)
{
    if (held->ccache != NULL && held->ours) {
        krb5_cc_destroy(held->context, held->ccache);
    } else if (held->ccache != NULL) {
        krb5_cc_close(held->context, held->ccache);
    }
    krb5_free_context(held->context);
    g_free(held);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Held, held_free)

void
credentials_free(Credentials *credentials)
{
    if (credentials == NULL) {
        return;
    }
    if (credentials->held != NULL) {
        held_free(credentials->held);
    }
    g_free(credentials->ccache);
    g_free(credentials->principal);
    g_free(credentials->realm);
    g_free(credentials);
}

static bool
held_new(Held **ret_held, GError **error)
{
    krb5_context context = NULL;

    if (!krb_context(&context, error)) {
        return false;
    }
    *ret_held = g_new0(Held, 1);
    (*ret_held)->context = context;
    return true;
}

/* The credentials of `held`'s cache, which is taken over. */
static Credentials *
credentials_new(Held *held, krb5_principal principal, gint64 expires_us)
{
    Credentials *credentials = g_new0(Credentials, 1);
    char *name = NULL;

    if (krb5_cc_get_full_name(held->context, held->ccache, &name) == 0) {
        credentials->ccache = g_strdup(name);
        krb5_free_string(held->context, name);
    }
    credentials->principal = krb_name(held->context, principal);
    credentials->realm = krb_realm(principal);
    credentials->expires_us = expires_us;
    credentials->held = held;
    return credentials;
}

static void
look_clear(krb5_context context, Look *look)
{
    krb5_free_principal(context, look->principal);
    g_free(look->realm);
    *look = (Look){0};
}

static krb5_error_code
look_into(krb5_context context, krb5_ccache ccache, const char *realm, Look *look)
{
    krb5_cc_cursor cursor;
    krb5_creds creds;
    krb5_error_code code = krb5_cc_get_principal(context, ccache, &look->principal);

    if (code != 0) {
        return code;
    }
    look->ccache = ccache;
    look->realm = krb_realm(look->principal);
    code = krb5_cc_start_seq_get(context, ccache, &cursor);
    if (code != 0) {
        return code;
    }
    while ((code = krb5_cc_next_cred(context, ccache, &cursor, &creds)) == 0) {
        gint64 end_s = krb_seconds(creds.times.endtime);
        if (krb_is_tgt(creds.server, look->realm)) {
            look->own_end_s = MAX(look->own_end_s, end_s);
        }
        if (realm != NULL && krb_is_tgt(creds.server, realm)) {
            look->cross_end_s = MAX(look->cross_end_s, end_s);
        }
        krb5_free_cred_contents(context, &creds);
    }
    krb5_cc_end_seq_get(context, ccache, &cursor);
    return code == KRB5_CC_END ? 0 : code;
}

static gint64
now_s(krb5_context context)
{
    krb5_timestamp now = 0;

    /* With the KDC's offset that the cache may carry. */
    krb5_timeofday(context, &now);
    return krb_seconds(now);
}

/* What the caller asks for, and whom it would have asked in its place. */
typedef struct {
    const char *realm; /* NULL: any */
    const CredentialsHome *home;
    int timeout_s; /* for the way there; 0: as long as libkrb5 waits */
} Asked;

/* The realm for kinit (transfer full); NULL: nothing tells it.  krb5-user's own default
 * is nobody's. */
static char *
realm_to_kinit(krb5_context context, const Asked *asked)
{
    char *realm = g_strdup(asked->realm);

    if (realm == NULL && asked->home != NULL) {
        realm = asked->home->find(asked->home->data);
    }
    if (realm == NULL) {
        realm = krb_default_realm(context);
        if (realm != NULL && strcmp(realm, NOBODYS_REALM) == 0) {
            g_clear_pointer(&realm, g_free);
        }
    }
    return realm;
}

/* What a realm that krb5.conf names otherwise means for kinit (transfer full). */
static char *
default_differs(krb5_context context, const char *realm)
{
    g_autofree char *name = krb_default_realm(context);

    if (realm == NULL || name == NULL || strcmp(name, realm) == 0) {
        return g_strdup("");
    }
    return g_strdup_printf(" (with the realm: the default of krb5.conf is %s)", name);
}

/* "USER@CONTOSO.COM", and why the realm has to be written, for the advice (transfer
 * full). */
static char *
whom_to_kinit(krb5_context context, const char *user, const Asked *asked)
{
    g_autofree char *realm = realm_to_kinit(context, asked);
    g_autofree char *differs = default_differs(context, realm);

    if (realm == NULL) {
        return g_strdup_printf("%s@REALM (the realm is the domain's DNS name in "
                               "capitals)",
                               user);
    }
    return g_strdup_printf("%s@%s%s", user, realm, differs);
}

static bool
no_cache(krb5_context context, krb5_error_code code, const char *name, const Asked *asked,
         GError **error)
{
    g_autofree char *text = krb_text(context, code);

    if (code == KRB5_FCC_PERM) {
        return fault_set(error, FAULT_CREDENTIALS,
                         "no Kerberos ticket (%s may not be read): check its owner, or "
                         "KRB5CCNAME",
                         name);
    }
    g_autofree char *whom = whom_to_kinit(context, "USER", asked);
    if (code == KRB5_FCC_NOFILE || code == KRB5_CC_NOTFOUND) {
        return fault_set(error, FAULT_CREDENTIALS,
                         g_str_has_prefix(name, "FILE:")
                             ? "no Kerberos ticket (%s does not exist): run kinit %s"
                             : "no Kerberos ticket (%s holds none): run kinit %s",
                         name, whom);
    }
    return fault_set(error, FAULT_CREDENTIALS,
                     "no Kerberos ticket (%s cannot be read: %s): run kinit %s", name,
                     text, whom);
}

/* Whom a person meant whose ticket is of no use for `asked` (transfer full). */
static char *
who_instead(krb5_context context, const Look *look, const Asked *asked, bool foreign)
{
    g_autofree char *principal = krb_name(context, look->principal);

    return foreign ? whom_to_kinit(context, "USER", asked) : g_steal_pointer(&principal);
}

static bool
is_expired(krb5_context context, const Look *look, const Asked *asked, gint64 end_s,
           bool foreign, const char *cache, GError **error)
{
    g_autofree char *principal = krb_name(context, look->principal);
    g_autofree char *whom = who_instead(context, look, asked, foreign);

    if (end_s == 0) {
        return fault_set(error, FAULT_CREDENTIALS,
                         "no ticket-granting ticket of %s in %s: run kinit %s", principal,
                         cache, whom);
    }
    g_autofree char *when = text_time(end_s * G_USEC_PER_SEC);
    g_autofree char *now = text_time(now_s(context) * G_USEC_PER_SEC);
    return fault_set(error, FAULT_CREDENTIALS,
                     "the ticket of %s expired at %s (it is %s): run kinit %s", principal,
                     when, now, whom);
}

/* The ticket is of another realm, and no way leads from there. */
static bool
is_elsewhere(krb5_context context, const Look *look, const Asked *asked, const Way *way,
             GError **error)
{
    g_autofree char *principal = krb_name(context, look->principal);

    if (text_equal(look->realm, asked->realm)) {
        g_autofree char *user =
            g_strndup(principal, strlen(principal) - strlen(look->realm) - 1);
        return fault_set(error, FAULT_CREDENTIALS,
                         "the ticket is for %s, and realms are in capitals: run kinit "
                         "%s@%s",
                         principal, user, asked->realm);
    }
    g_autofree char *whom = whom_to_kinit(context, "USER", asked);
    if (!way->answered) {
        g_autofree char *why = way->text != NULL
                                   ? g_strdup_printf(" (%s)", way->text)
                                   : g_strdup_printf(" within %d s", asked->timeout_s);
        return fault_set(error, FAULT_UNREACHABLE,
                         "the ticket is for %s, and the KDC of %s did not answer%s when "
                         "asked for the way to realm %s: check the network and port 88, "
                         "or run kinit %s",
                         principal, way->realm, why, asked->realm, whom);
    }
    return fault_set(error, FAULT_CREDENTIALS,
                     "the ticket is for %s, from which there is no way to realm %s (%s): "
                     "run kinit %s",
                     principal, asked->realm, way->text, whom);
}

/* Whether the client's KDC tells a way into the realm. */
static bool
reach_realm(krb5_context context, const Look *look, const Asked *asked, GError **error)
{
    g_auto(Way) way = {0};
    char *cache = NULL;
    krb5_error_code code = krb5_cc_get_full_name(context, look->ccache, &cache);

    if (code != 0) {
        way.answered = true;
        way.text = krb_text(context, code);
        return is_elsewhere(context, look, asked, &way, error);
    }
    way_find(cache, look->realm, asked->realm, asked->timeout_s, &way);
    krb5_free_string(context, cache);
    return way.found || is_elsewhere(context, look, asked, &way, error);
}

/* Whether the cache serves for the realm; *ret_expires_s: until when. */
static bool
look_judge(krb5_context context, const Look *look, const char *cache, const Asked *asked,
           gint64 *ret_expires_s, GError **error)
{
    gint64 now = now_s(context);
    bool foreign = asked->realm != NULL && strcmp(asked->realm, look->realm) != 0;
    gint64 end_s = MAX(look->own_end_s, foreign ? look->cross_end_s : 0);

    if (end_s <= now) {
        return is_expired(context, look, asked, end_s, foreign, cache, error);
    }
    *ret_expires_s = end_s;
    if (!foreign || look->cross_end_s > now) {
        return true;
    }
    return reach_realm(context, look, asked, error);
}

/* Another cache of the collection (DIR:, KCM:, KEYRING:) whose client is of
 * `realm` and whose ticket lasts: what kswitch would choose. */
static krb5_ccache
collection_find(krb5_context context, const char *realm)
{
    krb5_cccol_cursor cursor;
    krb5_ccache found = NULL;
    krb5_ccache each = NULL;

    if (krb5_cccol_cursor_new(context, &cursor) != 0) {
        return NULL;
    }
    while (found == NULL && krb5_cccol_cursor_next(context, cursor, &each) == 0 &&
           each != NULL) {
        Look look = {0};
        if (look_into(context, each, realm, &look) == 0 &&
            strcmp(look.realm, realm) == 0 && look.own_end_s > now_s(context)) {
            found = each;
        } else {
            krb5_cc_close(context, each);
        }
        look_clear(context, &look);
    }
    krb5_cccol_cursor_free(context, &cursor);
    return found;
}

/* The name under which a person knows the default cache (transfer full). */
static char *
default_name(krb5_context context)
{
    const char *name = krb5_cc_default_name(context);

    if (name == NULL) {
        return g_strdup("the default cache");
    }
    /* A bare path means FILE:. */
    return strchr(name, ':') == NULL ? g_strconcat("FILE:", name, NULL) : g_strdup(name);
}

/* Whoever else can put a cache there knows the keys of its tickets, and could answer for
 * KDC and DC; a pipe would be waited for. */
static bool
is_own_cache(const char *name, GError **error)
{
    static const struct {
        const char *type;
        PlaceUse use;
    } files[] = {
        {"FILE:", PLACE_READ},
        {"WRFILE:", PLACE_READ},
        {"DIR::", PLACE_READ},
        {"DIR:", PLACE_FOLDER},
    };
    g_autofree char *fault = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        if (g_str_has_prefix(name, files[i].type)) {
            fault = place_fault(name + strlen(files[i].type), files[i].use);
            break;
        }
    }
    return fault == NULL ||
           fault_set(error, FAULT_CREDENTIALS,
                     "the Kerberos tickets in %s cannot be used: %s", name, fault);
}

char *
credentials_usual_cache(void)
{
    g_autoptr(Held) held = NULL;
    return held_new(&held, NULL) ? default_name(held->context) : NULL;
}

bool
credentials_are_own(GError **error)
{
    g_autofree char *name = credentials_usual_cache();
    return name == NULL || is_own_cache(name, error);
}

bool
credentials_from_cache(const char *realm, const CredentialsHome *home, int timeout_s,
                       Credentials **ret_credentials, GError **error)
{
    const Asked asked = {realm, home, timeout_s};
    g_autoptr(Held) held = NULL;

    if (!held_new(&held, error)) {
        return false;
    }
    g_autofree char *name = default_name(held->context);
    if (!is_own_cache(name, error)) {
        return false;
    }
    Look look = {0};
    gint64 expires_s = 0;
    krb5_error_code code = krb5_cc_default(held->context, &held->ccache);
    if (code == 0) {
        code = look_into(held->context, held->ccache, realm, &look);
    }
    bool fits = code == 0 && look.own_end_s > now_s(held->context) &&
                (realm == NULL || strcmp(look.realm, realm) == 0);
    krb5_ccache other =
        fits || realm == NULL ? NULL : collection_find(held->context, realm);
    if (other != NULL) {
        if (held->ccache != NULL) {
            krb5_cc_close(held->context, held->ccache);
        }
        held->ccache = other;
        look_clear(held->context, &look);
        code = look_into(held->context, other, realm, &look);
    }
    bool good = code == 0
                    ? look_judge(held->context, &look, name, &asked, &expires_s, error)
                    : no_cache(held->context, code, name, &asked, error);
    if (good) {
        *ret_credentials =
            credentials_new(held, look.principal, expires_s * G_USEC_PER_SEC);
    }
    look_clear(held->context, &look);
    if (good) {
        g_steal_pointer(&held);
    }
    return good;
}

/* ---- by keytab ---- */

typedef struct {
    char *keytab;
    char *principal;
    guint32 etypes;
    Credentials *credentials;
    GError *error;
} Login;

static void
login_free(gpointer data)
{
    Login *login = data;

    g_free(login->keytab);
    g_free(login->principal);
    credentials_free(login->credentials);
    g_clear_error(&login->error);
    g_free(login);
}

static void
login_run(Pool *pool, gpointer data, gpointer worker)
{
    Login *login = data;
    (void)worker;
    g_autoptr(Held) held = NULL;
    krb5_keytab table = NULL;
    krb5_principal name = NULL;
    guint32 kvno = 0;
    gint64 expires_us = 0;

    if (!held_new(&held, &login->error) ||
        !krb_keytab_open(held->context, login->keytab, &table, &login->error)) {
        return;
    }
    held->ours = true;
    bool good =
        krb_keytab_find(held->context, table, login->keytab, login->principal, &name,
                        &kvno, &login->error) &&
        pool_step(pool) &&
        krb_keytab_login(held->context, table, login->keytab, name, kvno, login->etypes,
                         &held->ccache, &expires_us, &login->error);
    krb5_kt_close(held->context, table);
    if (good) {
        login->credentials = credentials_new(held, name, expires_us);
        login->credentials->etypes = login->etypes;
    }
    krb5_free_principal(held->context, name);
    if (good) {
        g_steal_pointer(&held);
    }
}

bool
credentials_from_keytab(const char *keytab, const char *principal, guint32 etypes,
                        int timeout_s, Credentials **ret_credentials, GError **error)
{
    Login *login = g_new0(Login, 1);

    login->keytab = g_strdup(keytab);
    login->principal = g_strdup(principal);
    login->etypes = etypes;
    if (!pool_run_one(login_run, login, login_free, timeout_s)) {
        return fault_set(error, FAULT_UNREACHABLE,
                         "the KDC of %s did not answer within %d s: check the network "
                         "and port 88",
                         principal, timeout_s);
    }
    bool good = login->credentials != NULL;
    if (good) {
        *ret_credentials = g_steal_pointer(&login->credentials);
    } else {
        g_propagate_error(error, g_steal_pointer(&login->error));
    }
    login_free(login);
    return good;
}

/* Finds the KDCs of a realm: krb5.conf first, as libkrb5 does, then DNS. */
#include "ticket/kdcs.h"

#include "base/limits.h"
#include "realm.h"

#include <krb5.h>
#include <netdb.h>
#include <profile.h>
#include <string.h>

#define KDC_PORT 88
#define SHARED_MAX 4 /* KDCs over which the load is spread */
#define OWN_TIMEOUT_S 30

struct Kdcs {
    gatomicrefcount references;
    KdcsFind find;
    char *site; /* NULL: as krb5.conf says, or nobody */
    guint rate;
    int timeout_s;
    GMutex lock;
    GCond found;
    GPtrArray *realms; /* of Realm * */
    gint64 next_us;    /* when the next request may go out */
};

Kdc *
kdc_new(const char *host, guint16 port, guint16 priority)
{
    Kdc *kdc = g_new0(Kdc, 1);
    kdc->host = g_strdup(host);
    kdc->port = port;
    kdc->priority = priority;
    return kdc;
}

void
kdc_free(Kdc *kdc)
{
    g_free(kdc->host);
    g_free(kdc);
}

static void
realm_free(gpointer data)
{
    Realm *realm = data;
    g_free(realm->name);
    g_strfreev(realm->found);
    g_free(realm);
}

Kdcs *
kdcs_new(KdcsFind find, const char *site, guint rate, int timeout_s)
{
    Kdcs *kdcs = g_new0(Kdcs, 1);
    g_atomic_ref_count_init(&kdcs->references);
    g_mutex_init(&kdcs->lock);
    g_cond_init(&kdcs->found);
    kdcs->find = find;
    kdcs->site = g_strdup(site);
    kdcs->rate = rate;
    kdcs->timeout_s = timeout_s;
    kdcs->realms = g_ptr_array_new_with_free_func(realm_free);
    return kdcs;
}

Kdcs *
kdcs_ref(Kdcs *kdcs)
{
    g_atomic_ref_count_inc(&kdcs->references);
    return kdcs;
}

void
kdcs_unref(Kdcs *kdcs)
{
    if (!kdcs || !g_atomic_ref_count_dec(&kdcs->references))
        return;
    g_ptr_array_unref(kdcs->realms);
    g_mutex_clear(&kdcs->lock);
    g_cond_clear(&kdcs->found);
    g_free(kdcs->site);
    g_free(kdcs);
}

int
kdcs_slack_s(const Kdcs *kdcs)
{
    return kdcs->rate > 0 ? 1 : 0;
}

int
kdcs_timeout_s(const Kdcs *kdcs)
{
    return kdcs->timeout_s > 0 ? kdcs->timeout_s : OWN_TIMEOUT_S;
}

gint64
kdcs_turn_us(Kdcs *kdcs)
{
    gint64 now_us = g_get_monotonic_time();
    if (kdcs->rate == 0)
        return now_us;
    g_mutex_lock(&kdcs->lock);
    gint64 turn_us = MAX(now_us, kdcs->next_us);
    kdcs->next_us = turn_us + G_USEC_PER_SEC / kdcs->rate;
    g_mutex_unlock(&kdcs->lock);
    return turn_us;
}

/* ---- krb5.conf ---- */

/* "dc1.contoso.com", "tcp/dc1.contoso.com:88", "[::1]:88".  NULL: no TCP (udp/) or not
 * Kerberos' own (https://). */
static Kdc *
kdc_parse(const char *text)
{
    const char *host = g_str_has_prefix(text, "tcp/") ? text + strlen("tcp/") : text;
    bool v6 = *host == '[';
    const char *end = strchr(host, v6 ? ']' : ':');
    const char *colon = v6 && end ? end + 1 : end;
    guint64 port = KDC_PORT;
    if (strchr(host, '/') || (v6 && !end))
        return NULL;
    if (colon && *colon != '\0' &&
        (*colon != ':' ||
         !g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXUINT16, &port, NULL)))
        return NULL;
    host += v6 ? 1 : 0;
    g_autofree char *name = end ? g_strndup(host, (gsize)(end - host)) : g_strdup(host);
    return *name ? kdc_new(name, (guint16)port, 0) : NULL;
}

/* The KDCs that krb5.conf names; *ret_named: it names some, of whatever kind. */
static GPtrArray *
kdcs_configured(profile_t profile, const char *realm, bool *ret_named)
{
    const char *names[] = {"realms", realm, "kdc", NULL};
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)kdc_free);
    char **values = NULL;
    *ret_named = profile_get_values(profile, names, &values) == 0;
    for (char **value = values; *ret_named && *value; value++) {
        Kdc *kdc = kdc_parse(*value);
        if (kdc)
            g_ptr_array_add(list, kdc);
    }
    if (*ret_named)
        profile_free_list(values);
    return list;
}

/* ---- DNS ---- */

static GPtrArray *
kdcs_named_by_dns(const Kdcs *kdcs, profile_t profile, const char *realm)
{
    int wanted = 1;
    char *site = NULL;
    GPtrArray *list = NULL;
    profile_get_boolean(profile, "libdefaults", "dns_lookup_kdc", NULL, 1, &wanted);
    if (!kdcs->find || !wanted)
        return NULL;
    if (profile_get_string(profile, "realms", realm, "sitename", NULL, &site) != 0)
        site = NULL;
    list = kdcs->find(realm, kdcs->site ? kdcs->site : site, kdcs_timeout_s(kdcs));
    profile_release_string(site);
    return list;
}

/* ---- addresses ---- */

static void
realm_add(Realm *realm, const Kdc *kdc, bool shared)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    g_autofree char *port = g_strdup_printf("%u", kdc->port);
    guint first = realm->count;
    if (getaddrinfo(kdc->host, port, &hints, &list) != 0)
        return;
    for (const struct addrinfo *each = list; each && realm->count < MOST_KDC_ADDRESSES;
         each = each->ai_next) {
        KdcAddress *address = &realm->addresses[realm->count];
        if (each->ai_addrlen > sizeof address->name)
            continue;
        memcpy(&address->name, each->ai_addr, each->ai_addrlen);
        address->length = each->ai_addrlen;
        realm->count++;
    }
    freeaddrinfo(list);
    if (realm->count > first && (shared || realm->start_count == 0))
        realm->starts[realm->start_count++] = first;
}

/* As kdc= of krb5.conf has them (transfer full). */
static char **
kdcs_format(const GPtrArray *list)
{
    char **texts = g_new0(char *, list->len + 1);
    for (guint i = 0; i < list->len; i++) {
        const Kdc *kdc = list->pdata[i];
        texts[i] = g_strdup_printf("%s:%u", kdc->host, kdc->port);
    }
    return texts;
}

/* The order of krb5.conf is somebody's wish; DNS says by equal priorities over whom the
 * load may be spread. */
static void
realm_fill(const Kdcs *kdcs, profile_t profile, Realm *realm)
{
    bool named = false;
    g_autoptr(GPtrArray) list = kdcs_configured(profile, realm->name, &named);
    if (!named) {
        g_clear_pointer(&list, g_ptr_array_unref);
        list = kdcs_named_by_dns(kdcs, profile, realm->name);
        realm->found = list && list->len > 0 ? kdcs_format(list) : NULL;
    }
    for (guint i = 0; list && i < list->len; i++) {
        const Kdc *kdc = list->pdata[i], *best = list->pdata[0];
        bool equal = !named && kdc->priority == best->priority;
        realm_add(realm, kdc, equal && realm->start_count < SHARED_MAX);
    }
}

/* By krb5.conf itself: contexts of threads may ask this here for what it does not say. */
static void
realm_find(const Kdcs *kdcs, Realm *realm)
{
    krb5_context context = NULL;
    profile_t profile = NULL;
    if (krb5_init_context(&context) != 0)
        return;
    if (krb5_get_profile(context, &profile) == 0) {
        realm_fill(kdcs, profile, realm);
        profile_release(profile);
    }
    krb5_free_context(context);
}

Realm *
kdcs_realm(Kdcs *kdcs, const char *name)
{
    Realm *realm = NULL;
    g_mutex_lock(&kdcs->lock);
    for (guint i = 0; !realm && i < kdcs->realms->len; i++) {
        Realm *each = kdcs->realms->pdata[i];
        realm = strcmp(each->name, name) == 0 ? each : NULL;
    }
    if (realm) {
        while (!realm->ready)
            g_cond_wait(&kdcs->found, &kdcs->lock);
        g_mutex_unlock(&kdcs->lock);
        return realm;
    }
    realm = g_new0(Realm, 1);
    realm->name = g_strdup(name);
    g_ptr_array_add(kdcs->realms, realm);
    g_mutex_unlock(&kdcs->lock);
    realm_find(kdcs, realm);
    g_mutex_lock(&kdcs->lock);
    realm->ready = true;
    g_cond_broadcast(&kdcs->found);
    g_mutex_unlock(&kdcs->lock);
    return realm;
}

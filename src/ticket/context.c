/* A profile behind which krb5.conf stands, and Kdcs. */
#include "context.h"

#include "krb.h"
#include "realm.h"

#include <profile.h>
#include <string.h>

/* Of one context and its copies, which are one thread's. */
typedef struct {
    guint references;
    Kdcs *kdcs;
    profile_t file; /* krb5.conf */
} Source;

static bool
asks_for_kdcs(const char *const *names)
{
    return names[0] && names[1] && names[2] && !names[3] &&
           strcmp(names[0], "realms") == 0 && strcmp(names[2], "kdc") == 0;
}

static long
source_values(void *data, const char *const *names, char ***ret_values)
{
    const Source *source = data;
    char **values = NULL;
    long code = profile_get_values(source->file, names, &values);
    if (code == 0) {
        *ret_values = g_strdupv(values);
        profile_free_list(values);
        return 0;
    }
    const Realm *realm = asks_for_kdcs(names) ? kdcs_realm(source->kdcs, names[1]) : NULL;
    if (!realm || !realm->found)
        return code;
    *ret_values = g_strdupv(realm->found);
    return 0;
}

static void
source_free_values(void *data, char **values)
{
    (void)data;
    g_strfreev(values);
}

static void
source_cleanup(void *data)
{
    Source *source = data;
    if (--source->references > 0)
        return;
    profile_release(source->file);
    kdcs_unref(source->kdcs);
    g_free(source);
}

static long
source_copy(void *data, void **ret_data)
{
    Source *source = data;
    source->references++;
    *ret_data = source;
    return 0;
}

/* Lists are krb5.conf's alone. */
static long
source_list(void *data, const char *const *names, int flags, void **ret_iter)
{
    const Source *source = data;
    return profile_iterator_create(source->file, names, flags, ret_iter);
}

static long
source_next(void *data, void *iter, char **ret_name, char **ret_value)
{
    (void)data;
    return profile_iterator(&iter, ret_name, ret_value);
}

static void
source_end_list(void *data, void *iter)
{
    (void)data;
    profile_iterator_free(&iter);
}

static void
source_free_string(void *data, char *string)
{
    (void)data;
    profile_release_string(string);
}

static krb5_error_code
profile_of(Kdcs *kdcs, krb5_context context, profile_t *ret_profile)
{
    struct profile_vtable table = {.minor_ver = 1,
                                   .get_values = source_values,
                                   .free_values = source_free_values,
                                   .cleanup = source_cleanup,
                                   .copy = source_copy,
                                   .iterator_create = source_list,
                                   .iterator = source_next,
                                   .iterator_free = source_end_list,
                                   .free_string = source_free_string};
    profile_t file = NULL;
    krb5_error_code code = krb5_get_profile(context, &file);
    if (code != 0)
        return code;
    Source *source = g_new0(Source, 1);
    *source = (Source){1, kdcs_ref(kdcs), file};
    code = (krb5_error_code)profile_init_vtable(&table, source, ret_profile);
    if (code != 0)
        source_cleanup(source);
    return code;
}

bool
context_new(Kdcs *kdcs, krb5_context *ret_context, GError **error)
{
    krb5_context plain = NULL;
    profile_t profile = NULL;
    if (!krb_context(&plain, error))
        return false;
    krb5_error_code code = profile_of(kdcs, plain, &profile);
    if (code == 0) {
        code = krb5_init_context_profile(profile, 0, ret_context);
        profile_release(profile);
    }
    krb5_free_context(plain);
    return code == 0 || krb_fault_context(code, error);
}

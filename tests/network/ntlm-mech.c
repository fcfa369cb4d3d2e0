/* A mechanism of GSSAPI that calls itself NTLM: it takes whoever asks, and sends what
 * NTLM begins with. */
#include <gssapi/gssapi.h>
#include <stdlib.h>
#include <string.h>

static gss_OID_desc ntlm = {10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};

OM_uint32
gss_indicate_mechs(OM_uint32 *minor, gss_OID_set *set)
{
    *minor = 0;
    *set = calloc(1, sizeof **set);
    (*set)->count = 1;
    (*set)->elements = malloc(sizeof ntlm);
    (*set)->elements[0] = ntlm;
    return 0;
}

OM_uint32
gss_acquire_cred(OM_uint32 *minor, gss_name_t name, OM_uint32 time, gss_OID_set wanted,
                 gss_cred_usage_t usage, gss_cred_id_t *cred, gss_OID_set *mechs,
                 OM_uint32 *left)
{
    (void)name, (void)time, (void)wanted, (void)usage;
    *minor = 0;
    *cred = malloc(1);
    if (mechs)
        *mechs = NULL;
    if (left)
        *left = GSS_C_INDEFINITE;
    return 0;
}

OM_uint32
gss_release_cred(OM_uint32 *minor, gss_cred_id_t *cred)
{
    *minor = 0;
    free(*cred);
    *cred = NULL;
    return 0;
}

OM_uint32
gss_import_name(OM_uint32 *minor, gss_buffer_t text, gss_OID type, gss_name_t *name)
{
    (void)text, (void)type;
    *minor = 0;
    *name = malloc(1);
    return 0;
}

OM_uint32
gss_release_name(OM_uint32 *minor, gss_name_t *name)
{
    *minor = 0;
    free(*name);
    *name = NULL;
    return 0;
}

OM_uint32
gss_init_sec_context(OM_uint32 *minor, gss_cred_id_t cred, gss_ctx_id_t *context,
                     gss_name_t target, gss_OID mech, OM_uint32 flags, OM_uint32 time,
                     gss_channel_bindings_t bindings, gss_buffer_t in, gss_OID *used,
                     gss_buffer_t out, OM_uint32 *given, OM_uint32 *left)
{
    static const char hello[] = "NTLMSSP\0\1\0\0\0\7\x82\x08\xa2";
    (void)cred, (void)target, (void)mech, (void)time, (void)bindings, (void)in;
    *minor = 0;
    *context = *context ? *context : malloc(1);
    out->length = sizeof hello - 1;
    out->value = malloc(out->length);
    memcpy(out->value, hello, out->length);
    if (used)
        *used = &ntlm;
    if (given)
        *given = flags;
    if (left)
        *left = GSS_C_INDEFINITE;
    return GSS_S_CONTINUE_NEEDED;
}

OM_uint32
gss_delete_sec_context(OM_uint32 *minor, gss_ctx_id_t *context, gss_buffer_t token)
{
    (void)token;
    *minor = 0;
    free(*context);
    *context = NULL;
    return 0;
}

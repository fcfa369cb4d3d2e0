/* Contexts, principals, deadlines and results, made from libkrb5's own. */
#include "krb.h"

#include "base/place.h"
#include "base/text.h"
#include "edata.h"
#include "model/flags.h"
#include "model/refusal.h"
#include "ticket/keytab.h"
#include "ticket/krberror.h"

#include <profile.h>
#include <string.h>

char *
krb_text(krb5_context context, krb5_error_code code)
{
    const char *text = krb5_get_error_message(context, code);
    char *line = g_strdelimit(g_strdup(text), "\r\n", ' ');

    krb5_free_error_message(context, text);
    return line;
}

char *
krb_name(krb5_context context, krb5_const_principal principal)
{
    char *name = NULL;

    if (krb5_unparse_name_flags(context, principal, KRB5_PRINCIPAL_UNPARSE_DISPLAY,
                                &name) != 0) {
        return g_strdup("?");
    }
    char *copy = g_utf8_make_valid(name, -1);
    krb5_free_unparsed_name(context, name);
    return copy;
}

char *
krb_realm(krb5_const_principal principal)
{
    return g_strndup(principal->realm.data, principal->realm.length);
}

char *
krb_default_realm(krb5_context context)
{
    profile_t profile = NULL;
    char *name = NULL;

    if (krb5_get_profile(context, &profile) != 0) {
        return NULL;
    }
    profile_get_string(profile, "libdefaults", "default_realm", NULL, NULL, &name);
    char *realm = g_strdup(name);
    profile_release_string(name);
    profile_release(profile);
    return realm;
}

bool
krb_context(krb5_context *ret_context, GError **error)
{
    krb5_error_code code = krb5_init_context(ret_context);

    return code == 0 || krb_fault_context(code, error);
}

bool
krb_fault_context(krb5_error_code code, GError **error)
{
    g_autofree char *text = krb_text(NULL, code);
    return fault_set(error, FAULT_CREDENTIALS,
                     "Kerberos cannot be used: %s; check krb5.conf", text);
}

gint32
krb_protocol_code(krb5_error_code code)
{
    gint64 number = (gint64)code - ERROR_TABLE_BASE_krb5;

    return number >= 1 && number <= 127 ? (gint32)number : -1;
}

bool
krb_is_unreachable(krb5_error_code code)
{
    /* What no KDC says is no answer of one. */
    bool garbage = code == KRB5KRB_AP_ERR_MSG_TYPE ||
                   (code >= ASN1_BAD_TIMEFORMAT && code <= ASN1_OMITTED);

    return garbage || code == KRB5_KDC_UNREACH || code == KRB5_REALM_UNKNOWN ||
           code == KRB5_REALM_CANT_RESOLVE;
}

bool
krb_is_circle(krb5_error_code code, bool waiting)
{
    return code == KRB5_KDC_UNREACH && !waiting;
}

static bool
data_is(const krb5_data *data, const char *text)
{
    return data->length == strlen(text) && memcmp(data->data, text, data->length) == 0;
}

bool
krb_is_tgt(krb5_const_principal principal, const char *realm)
{
    return principal->length == 2 && data_is(&principal->data[0], KRB5_TGS_NAME) &&
           (realm == NULL || data_is(&principal->data[1], realm));
}

bool
krb_spn(krb5_context context, const char *spn, const char *realm,
        krb5_principal *ret_principal)
{
    /* class/host[:port][/name]: MS-ADTS 3.1.1.5.1.1.4 takes three at most, and
     * the last may hold a DN. */
    g_auto(GStrv) parts = g_strsplit(spn, "/", 3);
    guint count = g_strv_length(parts);
    krb5_principal principal = NULL;

    for (guint i = 0; i < count; i++) {
        if (*parts[i] == '\0') {
            return false;
        }
    }
    if (count < 2 || *realm == '\0' ||
        krb5_build_principal(context, &principal, (unsigned int)strlen(realm), realm,
                             parts[0], parts[1], parts[2], (char *)NULL) != 0) {
        return false;
    }
    /* Not NT_SRV_HST: libkrb5 would try short names and DNS after a refusal. */
    principal->type = KRB5_NT_SRV_INST;
    *ret_principal = principal;
    return true;
}

gint64
krb_seconds(krb5_timestamp time)
{
    return (gint64)(guint32)time;
}

/* ---- answers ---- */

/* KRB-ERROR is [APPLICATION 30], constructed: RFC 4120 5.9.1. */
static bool
krb_is_error(const krb5_data *reply)
{
    return reply->length > 0 && (guint8)reply->data[0] == 0x7e;
}

bool
krb_is_reply(const krb5_data *reply)
{
    static const char tags[] = {0x6b, 0x6d, 0x7e};

    return reply->length > 0 && memchr(tags, reply->data[0], sizeof tags) != NULL;
}

gint32
krb_reply_refusal(krb5_context context, const krb5_data *reply)
{
    krb5_error *refusal = NULL;

    if (!krb_is_error(reply) || krb5_rd_error(context, reply, &refusal) != 0) {
        return -1;
    }
    gint32 code = (gint32)refusal->error;
    krb5_free_error(context, refusal);
    return code;
}

void
krb_reply_ntstatus(krb5_context context, const krb5_data *reply, guint32 *ret_ntstatus)
{
    krb5_error *refusal = NULL;

    if (!krb_is_error(reply) || krb5_rd_error(context, reply, &refusal) != 0) {
        return;
    }
    edata_ntstatus(refusal->e_data.data, refusal->e_data.length, ret_ntstatus);
    krb5_free_error(context, refusal);
}

static void
fill_granted(krb5_context context, const krb5_creds *got, TicketResult *result)
{
    krb5_ticket *ticket = NULL;
    krb5_error_code code = krb5_decode_ticket(&got->ticket, &ticket);

    if (code != 0) {
        result->error = krb_text(context, code);
        return;
    }
    result->granted = true;
    result->answered = true;
    result->etype = ticket->enc_part.enctype;
    result->kvno = ticket->enc_part.kvno;
    result->flags = (guint32)got->ticket_flags;
    /* Not as asked where the KDC knows the account by another name. */
    result->server = krb_name(context, ticket->server);
    krb5_free_ticket(context, ticket);
}

void
krb_result_fill(krb5_context context, krb5_error_code code, const krb5_creds *got,
                bool replied, guint32 ntstatus, TicketResult *result)
{
    gint32 protocol = krb_protocol_code(code);

    if (code == 0 && replied) {
        fill_granted(context, got, result);
    } else if (code == 0) {
        /* The caller's own TGT, asked for by its name. */
        result->error = g_strdup("the ticket is in the cache already");
    } else if (protocol > 0 && replied) {
        const char *name = krberror_name(protocol);
        result->answered = true;
        result->error_code = protocol;
        result->error = name != NULL ? g_strdup(name) : krb_text(context, code);
        result->ntstatus = ntstatus;
    } else {
        result->error = krb_text(context, code);
    }
}

/* ---- encryption types ---- */

static const struct {
    guint32 bit;
    krb5_enctype etype;
} offered[KRB_ETYPES_MAX] = {
    {ETYPE_BIT_AES256, ENCTYPE_AES256_CTS_HMAC_SHA1_96},
    {ETYPE_BIT_AES128, ENCTYPE_AES128_CTS_HMAC_SHA1_96},
    {ETYPE_BIT_RC4, ENCTYPE_ARCFOUR_HMAC},
};

int
krb_etypes(guint32 etypes, krb5_enctype ret_list[static KRB_ETYPES_MAX + 1])
{
    int count = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(offered); i++) {
        if ((etypes & offered[i].bit) != 0) {
            ret_list[count++] = offered[i].etype;
        }
    }
    ret_list[count] = ENCTYPE_NULL;
    return count;
}

/* A library may leave out what it holds for weak. */
static guint32
etypes_lacking(krb5_context context, guint32 etypes)
{
    krb5_enctype *list = NULL;

    if (krb5_get_permitted_enctypes(context, &list) != 0) {
        return etypes;
    }
    for (krb5_enctype *one = list; *one != ENCTYPE_NULL; one++) {
        for (gsize i = 0; i < G_N_ELEMENTS(offered); i++) {
            if (*one == offered[i].etype) {
                etypes &= ~offered[i].bit;
            }
        }
    }
    krb5_free_enctypes(context, list);
    return etypes;
}

bool
krb_offer(krb5_context context, guint32 etypes, guint32 *ret_lacking, GError **error)
{
    krb5_enctype list[KRB_ETYPES_MAX + 1];

    if (ret_lacking != NULL) {
        *ret_lacking = 0;
    }
    if (etypes == 0) {
        return true;
    }
    if (krb_etypes(etypes, list) == 0 ||
        krb5_set_default_tgs_enctypes(context, list) != 0) {
        return fault_set(error, FAULT_CREDENTIALS,
                         "this machine's Kerberos has none of its encryption types");
    }
    if (ret_lacking != NULL) {
        *ret_lacking = etypes_lacking(context, etypes);
    }
    return true;
}

/* ---- keytabs ---- */

bool
krb_keytab_open(krb5_context context, const char *path, krb5_keytab *ret_keytab,
                GError **error)
{
    const char *file = keytab_file(path);
    g_autofree char *fault = file != NULL ? place_fault(file, PLACE_READ) : NULL;

    if (fault != NULL) {
        return fault_set(error, FAULT_CREDENTIALS, "keytab %s cannot be used: %s", path,
                         fault);
    }
    krb5_error_code code = krb5_kt_resolve(context, path, ret_keytab);

    if (code == 0) {
        return true;
    }
    g_autofree char *text = krb_text(context, code);
    return fault_set(error, FAULT_CREDENTIALS, "keytab %s cannot be used: %s", path,
                     text);
}

/* What a message lists of a keytab at most. */
#define NAMES_SHOWN 5

typedef struct {
    krb5_principal principal; /* the match, or NULL */
    guint32 kvno;
    GPtrArray *names; /* of char *: every principal there, once */
} Search;

static void
search_look(krb5_context context, Search *search, const char *wanted,
            const krb5_keytab_entry *entry)
{
    g_autofree char *name = krb_name(context, entry->principal);
    bool hit = search->principal != NULL
                   ? krb5_principal_compare(context, search->principal, entry->principal)
                   : wanted == NULL || text_equal(name, wanted);

    if (hit && search->principal == NULL &&
        krb5_copy_principal(context, entry->principal, &search->principal) != 0) {
        hit = false;
    }
    if (hit) {
        search->kvno = MAX(search->kvno, entry->vno);
    }
    if (!g_ptr_array_find_with_equal_func(search->names, name, g_str_equal, NULL)) {
        g_ptr_array_add(search->names, g_steal_pointer(&name));
    }
}

static char *
names_listed(const GPtrArray *names)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < names->len && i < NAMES_SHOWN; i++) {
        g_string_append_printf(list, "%s%s", i == 0 ? "" : ", ", (char *)names->pdata[i]);
    }
    if (names->len > NAMES_SHOWN) {
        g_string_append_printf(list, " and %u more", names->len - NAMES_SHOWN);
    }
    return g_string_free(list, FALSE);
}

/* `name` with the default realm where it has none, as krb5 reads it. */
static char *
full_name(krb5_context context, const char *name)
{
    krb5_principal parsed = NULL;

    if (name == NULL || krb5_parse_name(context, name, &parsed) != 0) {
        return g_strdup(name);
    }
    char *full = krb_name(context, parsed);
    krb5_free_principal(context, parsed);
    return full;
}

/* The one of `names` that is `name`, given without a realm, in some realm (transfer
 * full); NULL: none, or several. */
static char *
bare_match(const GPtrArray *names, const char *name)
{
    const char *match = NULL;
    guint matches = 0;

    if (strchr(name, '@') != NULL) {
        return NULL;
    }
    for (guint i = 0; i < names->len; i++) {
        const char *each = names->pdata[i];
        const char *at = strrchr(each, '@');
        g_autofree char *user = at != NULL ? g_strndup(each, (gsize)(at - each)) : NULL;
        if (user != NULL && text_equal(user, name)) {
            match = each;
            matches++;
        }
    }
    return matches == 1 ? g_strdup(match) : NULL;
}

static bool
search_run(krb5_context context, krb5_keytab keytab, const char *path, const char *wanted,
           Search *search, GError **error)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_error_code code = krb5_kt_start_seq_get(context, keytab, &cursor);

    if (code == 0) {
        while ((code = krb5_kt_next_entry(context, keytab, &entry, &cursor)) == 0) {
            search_look(context, search, wanted, &entry);
            krb5_free_keytab_entry_contents(context, &entry);
        }
        krb5_kt_end_seq_get(context, keytab, &cursor);
    }
    if (code == KRB5_KT_END) {
        return true;
    }
    g_autofree char *text = krb_text(context, code);
    krb5_free_principal(context, search->principal);
    search->principal = NULL;
    return fault_set(error, FAULT_CREDENTIALS, "keytab %s cannot be read: %s", path,
                     code == KRB5_KEYTAB_BADVNO
                         ? "it is no keytab, as ktpass, ktutil or samba-tool write one"
                         : text);
}

bool
krb_keytab_search(krb5_context context, krb5_keytab keytab, const char *path,
                  const char *name, krb5_principal *ret_principal, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Search search = {.names = names};

    if (!search_run(context, keytab, path, name, &search, error)) {
        return false;
    }
    *ret_principal = search.principal;
    return true;
}

bool
krb_keytab_find(krb5_context context, krb5_keytab keytab, const char *path,
                const char *name, krb5_principal *ret_principal, guint32 *ret_kvno,
                GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *wanted = full_name(context, name);
    Search search = {.names = names};

    if (!search_run(context, keytab, path, wanted, &search, error)) {
        return false;
    }
    /* The default realm of krb5.conf is not always the keytab's. */
    g_autofree char *bare =
        name != NULL && search.principal == NULL ? bare_match(names, name) : NULL;
    if (bare != NULL && !search_run(context, keytab, path, bare, &search, error)) {
        return false;
    }
    if (search.principal != NULL) {
        *ret_principal = search.principal;
        *ret_kvno = search.kvno;
        return true;
    }
    g_autofree char *list = names_listed(names);
    return fault_set(
        error, FAULT_CREDENTIALS, "keytab %s holds no key of %s; it holds %s", path,
        wanted == NULL ? "anybody" : wanted, names->len == 0 ? "nothing" : list);
}

/* What a KDC's refusal tells of its clock. */
typedef struct {
    gint64 skew_s; /* what this machine's clock lacks; 0: not known */
} Clock;

static krb5_error_code
on_refusal(krb5_context context, void *data, krb5_error_code code, const krb5_data *realm,
           const krb5_data *message, const krb5_data *reply, krb5_data **ret_reply)
{
    Clock *clock = data;
    krb5_error *refusal = NULL;

    (void)realm;
    (void)message;
    *ret_reply = NULL;
    if (code == 0 && reply != NULL && krb_is_error(reply) &&
        krb5_rd_error(context, reply, &refusal) == 0) {
        clock->skew_s = krb_seconds(refusal->stime) - g_get_real_time() / G_USEC_PER_SEC;
        krb5_free_error(context, refusal);
    }
    return code;
}

/* What to do about a refused logon. */
static bool
login_fault(krb5_context context, krb5_error_code code, const char *path,
            const char *principal, const char *realm, guint32 kvno, const Clock *clock,
            GError **error)
{
    g_autofree char *text = krb_text(context, code);
    g_autofree char *keytab = g_strdup_printf("%s (kvno %u)", path, kvno);
    g_autofree char *kdc = g_strdup_printf("the KDC of %s", realm);
    const Refused about = {.host = kdc,
                           .principal = principal,
                           .realm = realm,
                           .keytab = keytab,
                           .skew_s = clock->skew_s};
    const Refusal *refusal = refusal_find(REFUSAL_NO_RESULT, text, &about);

    if (refusal == NULL && krb_is_unreachable(code)) {
        return fault_set(error, FAULT_UNREACHABLE,
                         "no ticket for %s by keytab %s: what %s answers is not Kerberos "
                         "(%s): check that port 88 leads to a domain controller",
                         principal, path, kdc, text);
    }
    if (refusal == NULL) {
        return fault_set(error, FAULT_CREDENTIALS, "no ticket for %s by keytab %s: %s",
                         principal, path, text);
    }
    g_autofree char *words = refusal_words(refusal, text, &about);
    return fault_set(error, refusal->fault, "%s", words);
}

static krb5_error_code
login(krb5_context context, krb5_keytab keytab, krb5_principal principal, guint32 etypes,
      krb5_ccache ccache, krb5_creds *creds)
{
    krb5_enctype list[KRB_ETYPES_MAX + 1];
    int count = krb_etypes(etypes, list);
    krb5_get_init_creds_opt *options = NULL;
    krb5_error_code code = krb5_get_init_creds_opt_alloc(context, &options);

    if (code != 0) {
        return code;
    }
    /* S4U requests inherit their options from the TGT (domain.md section 8). */
    krb5_get_init_creds_opt_set_forwardable(options, 1);
    krb5_get_init_creds_opt_set_canonicalize(options, 0);
    if (count > 0) {
        krb5_get_init_creds_opt_set_etype_list(options, list, count);
    }
    code = krb5_get_init_creds_opt_set_out_ccache(context, options, ccache);
    if (code == 0) {
        code = krb5_get_init_creds_keytab(context, creds, principal, keytab, 0, NULL,
                                          options);
    }
    krb5_get_init_creds_opt_free(context, options);
    return code;
}

bool
krb_keytab_login(krb5_context context, krb5_keytab keytab, const char *path,
                 krb5_principal principal, guint32 kvno, guint32 etypes,
                 krb5_ccache *ret_ccache, gint64 *ret_expires_us, GError **error)
{
    krb5_ccache ccache = NULL;
    krb5_creds creds = {0};
    Clock clock = {0};
    krb5_error_code code = krb5_cc_new_unique(context, "MEMORY", NULL, &ccache);

    krb5_set_kdc_recv_hook(context, on_refusal, &clock);
    if (code == 0) {
        code = login(context, keytab, principal, etypes, ccache, &creds);
    }
    krb5_set_kdc_recv_hook(context, NULL, NULL);
    if (code == 0) {
        *ret_expires_us = krb_seconds(creds.times.endtime) * G_USEC_PER_SEC;
        *ret_ccache = ccache;
        krb5_free_cred_contents(context, &creds);
        return true;
    }
    g_autofree char *name = krb_name(context, principal);
    g_autofree char *realm = krb_realm(principal);
    login_fault(context, code, path, name, realm, kvno, &clock, error);
    if (ccache != NULL) {
        krb5_cc_destroy(context, ccache);
    }
    return false;
}

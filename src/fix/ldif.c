/* LDIF modify records (RFC 2849), for ldapmodify and ldifde. */
#include "fix/language.h"

#include <string.h>

static void
attribute(GString *out, const char *name, const char *value)
{
    g_string_append(out, name);
    bool quoted = text_quote(QUOTE_LDIF, value, out);
    g_assert(quoted); /* base64 takes everything */
    g_string_append_c(out, '\n');
}

/* "add: attr" or "delete: attr" with its values. */
static void
values(GString *out, const char *verb, const char *name, const GPtrArray *list)
{
    if (list->len == 0)
        return;
    g_string_append_printf(out, "%s: %s\n", verb, name);
    for (guint i = 0; i < list->len; i++)
        attribute(out, name, list->pdata[i]);
    g_string_append(out, "-\n");
}

/* The attribute is a signed 32-bit integer in AD (MS-ADTS 2.2.16 gives its bits). */
static void
number(GString *out, const char *verb, const char *name, guint32 value)
{
    g_string_append_printf(out, "%s: %s\n%s: %d\n-\n", verb, name, name, (gint32)value);
}

static void
bytes(GString *out, const char *verb, const char *name, GBytes *value)
{
    if (!value)
        return;
    gsize length;
    const guint8 *data = g_bytes_get_data(value, &length);
    g_autofree char *base64 = g_base64_encode(data, length);
    g_string_append_printf(out, "%s: %s\n%s:: %s\n-\n", verb, name, name, base64);
}

/* Samba (4.22) refuses even the removal of an SPN that another account holds
 * too: it looks for other owners of the values that the first change of
 * servicePrincipalName names, be it an addition or a removal.  So a value of
 * nobody's comes first, and goes again within the same modification. */
static void
duplicates_on_samba(GString *out, const Fix *fix)
{
    g_autofree char *sid = sid_format(&fix->account->sid);
    g_autofree char *passing = g_strdup_printf("kcdaudit/%s", sid);
    g_autoptr(GPtrArray) first = g_ptr_array_new();
    g_ptr_array_add(first, passing);
    values(out, "add", fix->attribute, first);
    values(out, "delete", fix->attribute, first);
    values(out, "delete", fix->attribute, fix->remove);
}

static char *
record(const Estate *estate, const Fix *fix, bool undo)
{
    if (undo && fix->no_undo)
        return g_strdup("");
    Change change = fix_change(fix, undo);
    GString *out = g_string_new(NULL);
    attribute(out, "dn", fix->account->dn);
    g_string_append(out, "changetype: modify\n");
    if (fix->kind == FIX_RBCD) {
        bytes(out, "delete", fix->attribute, change.rbcd_old);
        bytes(out, "add", fix->attribute, change.rbcd_new);
    } else if (change.uac_old != change.uac_new) {
        /* Against the value read: a change in between makes it fail. */
        number(out, "delete", fix->attribute, change.uac_old);
        number(out, "add", fix->attribute, change.uac_new);
    } else if (fix->no_undo && estate_is_samba(estate) &&
               sid_is_set(&fix->account->sid)) {
        duplicates_on_samba(out, fix);
    } else {
        values(out, "delete", fix->attribute, change.remove);
        values(out, "add", fix->attribute, change.add);
    }
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

void
ldif_render(const Estate *estate, Fix *fix)
{
    g_free(fix->ldif);
    g_free(fix->undo_ldif);
    fix->ldif = record(estate, fix, false);
    fix->undo_ldif = record(estate, fix, true);
}

/* A record that this domain controller would not take, which would stop
 * ldapmodify there. */
static void
as_comment(const char *text, GString *out)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **each = lines; *each; each++)
        if (**each)
            g_string_append_printf(out, "#   %s\n", *each);
    g_string_append_c(out, '\n');
}

void
ldif_append(const Estate *estate, const Fix *fix, bool undo, GString *out)
{
    const char *text = undo ? fix->undo_ldif : fix->ldif;
    if (undo && fix->no_undo) {
        fix_comment(
            out, "# ",
            "Not undone: a domain controller of 2012 R2 or later refuses to register "
            "an SPN twice.");
    } else if (!fix_is_at_home(estate, fix->account)) {
        /* It would answer with a referral. */
        const Domain *domain = estate_domain_of(estate, fix->account->dn);
        fix_comment(out, "# ", "To be applied at a domain controller of %s:",
                    domain->dns ? domain->dns : domain->dn);
        as_comment(text, out);
    } else if (fix->kind == FIX_RBCD && estate_is_samba(estate)) {
        fix_comment(
            out, "# ",
            "Samba does not let this attribute be written over LDAP. As root on the "
            "domain controller, for each of them:");
        for (guint i = 0; i < fix->trustees->len; i++)
            fix_comment(out, "# ", "  samba-tool delegation %s-principal %s %s",
                        undo ? "del" : "add", fix->account->sam,
                        ((const Account *)fix->trustees->pdata[i])->sam);
        as_comment(text, out);
    } else {
        g_string_append(out, text);
    }
}

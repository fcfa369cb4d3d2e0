/* LDIF modify records (RFC 2849), for ldapmodify and ldifde. */
#include "language.h"

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

/* groupType, a signed number (MS-ADTS 2.2.12): a security group, global or
 * universal. */
#define GROUP_GLOBAL "-2147483646"
#define GROUP_UNIVERSAL "-2147483640"

/* One step of RBCD by group: a record at a DC of the account's domain, or words
 * in the place of one. */
typedef void (*StepFn)(const Account *account, const Fix *part, const char *text,
                       void *data);

static char *
membership(const Fix *fix, bool undo)
{
    const ByGroup *by = fix->by_group;
    g_autoptr(GString) out = g_string_new(NULL);
    attribute(out, "dn", fix->account->dn);
    if (by->made && undo) {
        g_string_append(out, "changetype: delete\n\n");
        return g_strdup(out->str);
    }
    if (by->made) {
        g_string_append(out, "changetype: add\nobjectClass: group\n");
        attribute(out, "sAMAccountName", fix->account->sam);
        attribute(out, "groupType", by->universal ? GROUP_UNIVERSAL : GROUP_GLOBAL);
        attribute(out, "description", "Hosts that may live-migrate to each other (RBCD)");
    } else {
        g_string_append_printf(out, "changetype: modify\n%s: member\n",
                               undo ? "delete" : "add");
    }
    for (guint i = 0; i < by->joining->len; i++)
        attribute(out, "member", ((const Account *)by->joining->pdata[i])->dn);
    g_string_append(out, by->made ? "\n" : "-\n\n");
    return g_strdup(out->str);
}

/* Without the group there is no SID for the descriptors. */
static char *
words_for_descriptors(const Fix *fix, bool undo)
{
    const ByGroup *by = fix->by_group;
    GString *out = g_string_new(NULL);
    if (undo) {
        fix_comment(out, "# ",
                    "First take the group out of the targets' descriptors: "
                    "undo-delegation.ps1 does.");
        return g_string_free(out, FALSE);
    }
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < by->parts->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((const Fix *)by->parts->pdata[i])->account->name);
    fix_comment(
        out, "# ",
        "Not written: the descriptors of %s, since they name the group by its SID, "
        "which is not known%s.",
        names->str, by->made ? " before it is made" : "");
    fix_comment(out, "# ",
                "The lines of PowerShell serve; or, when the group is there, audit again "
                "with hosts_member_of=%s in the configuration: then they stand here.",
                fix->account->dn);
    return g_string_free(out, FALSE);
}

static void
each_descriptor(const Estate *estate, const Fix *fix, bool undo, StepFn visit, void *data)
{
    const GPtrArray *parts = fix->by_group->parts;
    for (guint i = 0; i < parts->len; i++) {
        const Fix *part = parts->pdata[i];
        g_autofree char *text = part->rbcd_new ? record(estate, part, undo) : NULL;
        visit(part->account, part, text, data);
    }
}

static void
each_step(const Estate *estate, const Fix *fix, bool undo, StepFn visit, void *data)
{
    const ByGroup *by = fix->by_group;
    g_autofree char *members = membership(fix, undo);
    g_autofree char *words = by->own ? words_for_descriptors(fix, undo) : NULL;
    if (undo)
        each_descriptor(estate, fix, undo, visit, data);
    if (undo && words)
        visit(fix->account, NULL, words, data);
    if (by->joining->len > 0)
        visit(fix->account, NULL, members, data);
    if (!undo && words)
        visit(fix->account, NULL, words, data);
    if (!undo)
        each_descriptor(estate, fix, undo, visit, data);
}

static void
collect_step(const Account *account, const Fix *part, const char *text, void *data)
{
    (void)account;
    (void)part;
    if (text)
        g_string_append(data, text);
}

void
ldif_render(const Estate *estate, Fix *fix)
{
    g_free(fix->ldif);
    g_free(fix->undo_ldif);
    if (fix->by_group) {
        GString *text[2] = {g_string_new(NULL), g_string_new(NULL)};
        each_step(estate, fix, false, collect_step, text[0]);
        each_step(estate, fix, true, collect_step, text[1]);
        fix->ldif = g_string_free(text[0], FALSE);
        fix->undo_ldif = g_string_free(text[1], FALSE);
        return;
    }
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

typedef struct {
    const Estate *estate;
    const Domain *domain; /* where the last record is to be applied */
    bool undo;
    GString *out;
} ByHand;

static void
samba_principal(const Fix *fix, bool undo, const char *lead, GString *out)
{
    for (guint i = 0; i < fix->trustees->len; i++)
        fix_comment(out, lead, "samba-tool delegation %s-principal %s %s",
                    undo ? "del" : "add", fix->account->sam,
                    ((const Account *)fix->trustees->pdata[i])->sam);
}

/* One step, as lines to be enabled. */
static void
append_step(const Account *account, const Fix *part, const char *text, void *data)
{
    ByHand *by = data;
    const Domain *domain = estate_home_of(by->estate, account);
    if (domain && domain != by->domain)
        fix_comment(by->out, "# ", "At a domain controller of %s:",
                    domain->dns ? domain->dns : domain->dn);
    by->domain = domain ? domain : by->domain;
    if (part && estate_is_samba(by->estate)) {
        samba_principal(part, by->undo, FIX_BY_HAND, by->out);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **each = lines; *each && each[1]; each++)
        g_string_append_printf(by->out, "%s%s\n", strchr("#", **each) ? "" : FIX_BY_HAND,
                               *each);
}

/* samba-tool adds and removes accounts that exist, no more. */
static void
append_for_samba(const Fix *fix, bool undo, const char *text, GString *out)
{
    bool whole = fix->orphans->len + fix->undenied->len == 0;
    fix_comment(out, "# ",
                "Samba does not let this attribute be written over LDAP. As root on the "
                "domain controller%s",
                whole ? ", for each of them:"
                      : ", with ldbmodify -H .../private/sam.ldb:");
    if (whole)
        samba_principal(fix, undo, "# ", out);
    as_comment(text, out);
}

/* Whether a record stands in the file to be applied there, and no comment. */
static bool
is_applied(const Estate *estate, const Fix *fix)
{
    return fix_is_at_home(estate, fix->account) &&
           !(fix->kind == FIX_RBCD && estate_is_samba(estate));
}

/* What has to stand before the fix and is only a comment; NULL: nothing. */
static const Fix *
ldif_lacks(const Estate *estate, const Fix *fix)
{
    for (guint i = 0; i < fix->needs->len; i++)
        if (!is_applied(estate, fix->needs->pdata[i]))
            return fix->needs->pdata[i];
    return NULL;
}

void
ldif_append(const Estate *estate, const Fix *fix, bool undo, GString *out)
{
    g_autofree char *whole = fix_is_long(fix) ? record(estate, fix, undo) : NULL;
    const char *text = whole ? whole : undo ? fix->undo_ldif : fix->ldif;
    if (fix->by_group) {
        ByHand by = {.estate = estate, .undo = undo, .out = out};
        by.domain = estate->domains->len > 0 ? estate->domains->pdata[0] : NULL;
        each_step(estate, fix, undo, append_step, &by);
        return;
    }
    const Fix *before = undo ? NULL : ldif_lacks(estate, fix);
    if (undo && fix->no_undo) {
        fix_comment_lost(out, "# ", fix);
    } else if (before) {
        fix_comment(out, "# ",
                    "To be applied only after %s, which is not made by this "
                    "file:",
                    before->id);
        as_comment(text, out);
    } else if (!fix_is_at_home(estate, fix->account)) {
        /* It would answer with a referral. */
        const Domain *domain = estate_home_of(estate, fix->account);
        fix_comment(out, "# ", "To be applied at a domain controller of %s:",
                    domain->dns ? domain->dns : domain->dn);
        as_comment(text, out);
    } else if (fix->kind == FIX_RBCD && estate_is_samba(estate)) {
        append_for_samba(fix, undo, text, out);
    } else {
        g_string_append(out, text);
    }
}

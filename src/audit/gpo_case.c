/* A GPO that reaches a host: how reports name and show it, and its files. */
#include "gpo_case.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/dn.h"
#include "model/username.h"
#include "model/wellknown.h"

#include <string.h>

#define SHOWN_MAX 12u /* principals of a right, and attributes, in one report */

/* Names that the policy editor writes where it does not write the SID; domain
 * controllers of some languages have their own. */
static const struct {
    const char *name;
    const char *sid;
} known_names[] = {
    {"Administrators", SID_ADMINISTRATORS},
    {"BUILTIN\\Administrators", SID_ADMINISTRATORS},
    {"Administratoren", SID_ADMINISTRATORS},
    {"VORDEFINIERT\\Administratoren", SID_ADMINISTRATORS},
    {"Administrateurs", SID_ADMINISTRATORS},
    {"BUILTIN\\Administrateurs", SID_ADMINISTRATORS},
    {"Administradores", SID_ADMINISTRATORS},
    {"BUILTIN\\Administradores", SID_ADMINISTRATORS},
    {"ALL SERVICES", SID_ALL_SERVICES},
    {"NT SERVICE\\ALL SERVICES", SID_ALL_SERVICES},
    {"Virtual Machines", SID_VIRTUAL_MACHINES},
    {"NT VIRTUAL MACHINE\\Virtual Machines", SID_VIRTUAL_MACHINES},
    {"Everyone", SID_EVERYONE},
    {"Jeder", SID_EVERYONE},
    {"Tout le monde", SID_EVERYONE},
    {"Todos", SID_EVERYONE},
    {"Authenticated Users", SID_AUTHENTICATED_USERS},
    {"NT AUTHORITY\\Authenticated Users", SID_AUTHENTICATED_USERS},
    {"Authentifizierte Benutzer", SID_AUTHENTICATED_USERS},
    {"NT-AUTORIT\xc3\x84T\\Authentifizierte Benutzer", SID_AUTHENTICATED_USERS},
    {"Users", SID_USERS},
    {"BUILTIN\\Users", SID_USERS},
    {"Guests", SID_GUESTS},
    {"BUILTIN\\Guests", SID_GUESTS},
};

bool
gpo_principal_sid(const char *principal, Sid *ret_sid)
{
    if (sid_parse_text(*principal == '*' ? principal + 1 : principal, ret_sid))
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(known_names); i++)
        if (text_equal(principal, known_names[i].name))
            return sid_parse_text(known_names[i].sid, ret_sid);
    return false;
}

bool
gpo_principal_find_sid(const Audit *audit, const char *principal, Sid *ret_sid)
{
    if (gpo_principal_sid(principal, ret_sid))
        return true;
    g_auto(UserName) parts = username_of(principal);
    const Account *found = NULL;
    for (guint i = 0; i < audit->estate->accounts->len; i++) {
        const Account *account = audit->estate->accounts->pdata[i];
        if (!account->sam || !text_equal(account->sam, parts.user))
            continue;
        if (found)
            return false;
        found = account;
    }
    if (found)
        *ret_sid = found->sid;
    return found && sid_is_set(ret_sid);
}

char *
gpo_case_title(const GpoCase *of)
{
    const Gpo *gpo = of->link->gpo;
    if (!gpo)
        return dn_name(of->link->dn);
    return gpo_is_namesake(of->reach, gpo)
               ? g_strdup_printf("%s %s", gpo->name, gpo->guid)
               : g_strdup(gpo->name);
}

char *
gpo_case_where(const GpoCase *of)
{
    return g_strdup_printf("%s%s", of->link->at->dn,
                           of->link->enforced ? " (enforced)" : "");
}

/* Why it may not apply after all (transfer full). */
static char *
not_evaluated(const GpoCase *of)
{
    GString *text = g_string_new("security filtering");
    if (of->link->gpo && of->link->gpo->wmi_filter)
        g_string_append_printf(text, ", WMI filter %s", of->link->gpo->wmi_filter);
    if (of->link->at->site)
        g_string_append(text, ", whether the host is in the site");
    return g_string_free(text, FALSE);
}

Finding *
gpo_case_show(const GpoCase *of, Finding *finding)
{
    g_autofree char *name = gpo_case_title(of);
    g_autofree char *where = gpo_case_where(of);
    g_autofree char *open = not_evaluated(of);
    g_autofree char *key = g_strdup_printf("gPLink to %s", name);
    finding_evidence(finding, key, where);
    finding_evidence(finding, "not evaluated", open);
    return finding;
}

Finding *
gpo_case_fail(const GpoCase *of)
{
    g_autofree char *name = gpo_case_title(of);
    return gpo_case_show(
        of, sink_fail(of->sink, SEVERITY_ERROR,
                      (About){.account = of->host->account, .target_name = name}));
}

Finding *
gpo_case_unknown(const GpoCase *of)
{
    g_autofree char *name = gpo_case_title(of);
    return gpo_case_show(of, sink_unknown(of->sink, (About){.account = of->host->account,
                                                            .target_name = name}));
}

void
gpo_case_show_rivals(const GpoCase *of, const char *right, Finding *finding)
{
    g_autofree char *key = text_fold(right);
    const GPtrArray *links = g_hash_table_lookup(of->definers, key);
    guint rivals = 0;
    for (guint i = 0; links && i < links->len; i++) {
        const GpoLink *link = links->pdata[i];
        if (link != of->link && ++rivals <= SHOWN_MAX)
            finding_evidence(finding, "also defined by", link->gpo->name);
    }
    if (rivals > SHOWN_MAX) {
        g_autofree char *more = g_strdup_printf("%u more", rivals - SHOWN_MAX);
        finding_evidence(finding, "also defined by", more);
    }
}

/* Folded names of rights -> GPtrArray of const GpoLink *, whose GPOs define them
 * (transfer full). */
static GHashTable *
find_definers(const Audit *audit, const GpoReach *reach)
{
    GHashTable *definers = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                                 (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < reach->links->len; i++) {
        const GpoLink *link = reach->links->pdata[i];
        const GpoEvidence *evidence =
            link->gpo ? g_hash_table_lookup(audit->gpos, link->gpo) : NULL;
        for (guint r = 0; evidence && r < evidence->rights->len; r++) {
            const PolicyRight *right = evidence->rights->pdata[r];
            g_autofree char *key = text_fold(right->right);
            GPtrArray *links = g_hash_table_lookup(definers, key);
            if (!links) {
                links = g_ptr_array_new();
                g_hash_table_insert(definers, g_steal_pointer(&key), links);
            }
            if (links->len == 0 || links->pdata[links->len - 1] != link)
                g_ptr_array_add(links, (gpointer)link);
        }
    }
    return definers;
}

char *
gpo_right_principals(const Estate *estate, const PolicyRight *right)
{
    g_autoptr(GString) list = g_string_new(NULL);
    guint count = right->principals->len;
    for (guint i = 0; i < count && i < SHOWN_MAX; i++) {
        const char *principal = right->principals->pdata[i];
        Sid sid;
        bool is_sid = *principal == '*' && sid_parse_text(principal + 1, &sid);
        g_autofree char *name = is_sid ? estate_sid_name(estate, &sid) : NULL;
        bool named = name && strcmp(name, principal + 1) != 0;
        g_string_append_printf(list, "%s%s%s%s%s", i > 0 ? ", " : "", principal,
                               named ? " (" : "", named ? name : "", named ? ")" : "");
    }
    if (count > SHOWN_MAX)
        g_string_append_printf(list, ", and %u more", count - SHOWN_MAX);
    return g_strdup(count > 0 ? list->str : "nobody");
}

void
gpo_case_show_right(const GpoCase *of, const PolicyRight *right, Finding *finding)
{
    g_autofree char *list = gpo_right_principals(of->audit->estate, right);
    g_autofree char *key = g_strdup_printf("%s of %s, GptTmpl.inf line %u", right->right,
                                           of->link->gpo->name, right->line);
    finding_evidence(finding, key, list);
}

static void
say_unread(const GpoCase *of, const PolicyFile *file, const char *name)
{
    Finding *finding = gpo_case_unknown(of);
    const char *title = of->link->gpo ? of->link->gpo->name : of->link->dn;
    const char *why = file->why ? file->why : "not found";
    finding_say(
        finding, "What a GPO defines for the host could not be read",
        "%s of the GPO \"%s\" could not be judged: %s. Give --sysvol a whole copy "
        "that you may read, then audit again.",
        name, title, why);
    if (file->path)
        finding_evidence(finding, file->path, why);
}

bool
gpo_case_readable(const GpoCase *of, const PolicyFile *file, const char *name,
                  const char *extension)
{
    if (file->state == POLICY_FILE_ABSENT) {
        if (gpo_runs(of->link->gpo, extension) == TRI_YES)
            say_unread(of, file, name);
        return false;
    }
    if (file->state == POLICY_FILE_UNREAD)
        say_unread(of, file, name);
    return file->state != POLICY_FILE_UNREAD;
}

const GPtrArray *
gpo_case_rights(const GpoCase *of)
{
    const PolicyFile *file = &of->evidence->security;
    if (!gpo_case_readable(of, file, "GptTmpl.inf", GPO_SECURITY_EXTENSION))
        return NULL;
    if (file->state == POLICY_FILE_CORRUPT) {
        say_unread(of, file, "GptTmpl.inf");
        return NULL;
    }
    return of->evidence->rights;
}

static void
say_not_reached(const GpoCase *of)
{
    const char *name = of->host->account->name;
    Finding *finding = sink_unknown(of->sink, about(of->host->account));
    const Estate *estate = of->audit->estate;
    finding_say(finding, "Which GPOs reach the host was not determined",
                estate->policies_read
                    ? estate_is_export(estate)
                          ? "What is linked above %s was not exported in full, so a GPO "
                            "that was not seen may reach it."
                          : "What is linked above %s could not be read in full, so a GPO "
                            "that was not seen may reach it."
                    : "No group policy was read for %s: the directory did not show the "
                      "links and the GPOs (gPLink, groupPolicyContainer), or the file "
                      "leaves them out.",
                name);
    for (guint i = 0; i < of->reach->unread->len && i < SHOWN_MAX; i++)
        finding_evidence(finding, of->reach->unread->pdata[i], "not read");
}

static void
say_no_object(const GpoCase *of)
{
    bool export = estate_is_export(of->audit->estate);
    finding_say(
        gpo_case_unknown(of),
        export ? "A GPO that is linked was not exported"
               : "A GPO that is linked could not be read",
        export
            ? "%s is linked to %s, and its object was not exported: it was deleted and "
              "the link left behind, or its rights hide it from whoever exported. Take "
              "the link away, or export it as an administrator."
            : "%s is linked to %s, and its object could not be read: it was deleted and "
              "the link left behind, or its rights hide it from the reader. Take the "
              "link away, or read it with an account that may.",
        of->link->dn, of->link->at->dn);
}

void
gpo_cases_judge(const Audit *audit, const Host *host, Sink *sink, const char *extension,
                void (*judge)(const GpoCase *of, const void *data), const void *data)
{
    g_autoptr(GpoReach) reach = gpo_reach(audit->estate, host->account);
    g_autoptr(GHashTable) definers = find_definers(audit, reach);
    GpoCase of = {audit, host, reach, definers, NULL, NULL, sink};
    if (!audit->estate->policies_read || reach->unread->len > 0)
        say_not_reached(&of);
    for (guint i = 0; audit->estate->policies_read && i < reach->links->len; i++) {
        of.link = reach->links->pdata[i];
        if (!of.link->gpo) {
            say_no_object(&of);
            continue;
        }
        of.evidence = g_hash_table_lookup(audit->gpos, of.link->gpo);
        if (gpo_idle(of.link->gpo) || gpo_runs(of.link->gpo, extension) == TRI_NO)
            continue;
        if (of.evidence)
            judge(&of, data);
        else
            say_unread(&of, &(PolicyFile){0}, "The SYSVOL folder");
    }
}

GPtrArray *
gpo_controllers(const Audit *audit)
{
    GPtrArray *controllers = g_ptr_array_new();
    const GPtrArray *accounts = audit->estate->accounts;
    for (guint i = 0; audit->policy->reach != REACH_HOSTS && i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (account_flag(account, UAC_DOMAIN_CONTROLLER) == TRI_YES &&
            account_is_enabled(account) == TRI_YES && !account->partial)
            g_ptr_array_add(controllers, (gpointer)account);
    }
    return controllers;
}

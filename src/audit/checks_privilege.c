/* GPO-05: who may set up delegation at all, by what GPOs define for domain controllers.
 */
#include "gpo_case.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/username.h"
#include "model/wellknown.h"

#include <string.h>

#define PRIVILEGE "SeEnableDelegationPrivilege"
#define LABEL "Enable computer and user accounts to be trusted for delegation"

/* The domain controllers of one domain, and the GPOs that reach some of them. */
typedef struct {
    const Audit *audit;
    const Domain *domain;
    Sink *sink;
    GPtrArray *reaches; /* of GpoReach *: whose links are looked at */
    GHashTable *seen;   /* set of folded DNs: GPOs that were looked at */
    GHashTable *told;   /* name and status -> Finding *, of whom the right is given to */
    bool defined;       /* by some GPO */
    bool doubtful;      /* something could not be seen, and was said */
} Case;

static const char *
domain_name(const Case *of)
{
    return of->domain->dns ? of->domain->dns : of->domain->dn;
}

static Finding *
say_unknown(Case *of, const char *target)
{
    of->doubtful = true;
    return sink_unknown(of->sink,
                        (About){.name = domain_name(of), .target_name = target});
}

static void
show_definition(const Case *of, const GpoLink *link, const PolicyRight *right,
                Finding *finding)
{
    g_autofree char *list = gpo_right_principals(of->audit->estate, right);
    g_autofree char *key = g_strdup_printf("%s of %s, GptTmpl.inf line %u", right->right,
                                           link->gpo->name, right->line);
    g_autofree char *place = g_strdup_printf("gPLink to %s", link->gpo->name);
    g_autofree char *where =
        g_strdup_printf("%s%s", link->at->dn, link->enforced ? " (enforced)" : "");
    finding_evidence(finding, key, list);
    finding_evidence(finding, place, where);
}

/* Groups that are administrators all the same. */
static bool
is_administrator(const Sid *sid)
{
    return sid_is_of_domain(sid) &&
           (sid_rid(sid) == RID_DOMAIN_ADMINS || sid_rid(sid) == RID_ENTERPRISE_ADMINS);
}

static void
tell_holder(const Case *of, const GpoLink *link, Finding *finding, const char *holder)
{
    bool sure = finding->status == STATUS_FAIL;
    finding_say(
        finding,
        sure ? "Others than Administrators may set up delegation"
             : "Others than Administrators may be able to set up delegation",
        "The GPO \"%s\", linked to %s, gives %s the right \"" LABEL "\" on domain "
        "controllers of %s. Whoever has it, and may write some account, can let that "
        "account act for any user towards any service, domain controllers included.%s "
        "Leave it to Administrators alone (Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, User Rights Assignment), then run "
        "gpupdate /force on the domain controllers.",
        link->gpo->name, link->at->dn, holder, domain_name(of),
        sure             ? ""
        : link->at->site ? " Whether a domain controller is in that site was not "
                           "evaluated."
                         : " Whether the name stands for Administrators in another "
                           "language, or domain controllers process the GPO, could not "
                           "be told.");
}

/* "CONTOSO\svc": whoever that is, Administrators are Builtin's. */
static bool
is_of_domain(const Audit *audit, const char *principal)
{
    g_auto(UserName) name = username_of(principal);
    for (guint i = 0; i < audit->estate->domains->len; i++)
        if (username_names(&name, audit->estate->domains->pdata[i]))
            return true;
    return false;
}

static void
judge_holder(Case *of, const GpoLink *link, const PolicyRight *right,
             const char *principal)
{
    Sid sid, administrators = sid_builtin(RID_ADMINISTRATORS);
    bool known = gpo_principal_find_sid(of->audit, principal, &sid);
    if (known && sid_equal(&sid, &administrators))
        return;
    bool sure = (known || is_of_domain(of->audit, principal)) && !link->at->site &&
                gpo_runs(link->gpo, GPO_SECURITY_EXTENSION) == TRI_YES;
    g_autofree char *holder =
        known ? estate_sid_name(of->audit->estate, &sid) : g_strdup(principal);
    char *key = g_strdup_printf("%d %s", sure, holder);
    Finding *finding = g_hash_table_lookup(of->told, key);
    if (finding) {
        g_free(key);
    } else {
        finding = sure
                      ? sink_fail(of->sink,
                                  known && is_administrator(&sid) ? SEVERITY_WARNING
                                                                  : SEVERITY_ERROR,
                                  (About){.name = domain_name(of), .target_name = holder})
                      : say_unknown(of, holder);
        g_hash_table_insert(of->told, key, finding);
        tell_holder(of, link, finding, holder);
    }
    show_definition(of, link, right, finding);
}

static void
judge_gpo(Case *of, const GpoLink *link)
{
    const GpoEvidence *evidence = g_hash_table_lookup(of->audit->gpos, link->gpo);
    const PolicyFile *file = evidence ? &evidence->security : NULL;
    Tri runs = gpo_runs(link->gpo, GPO_SECURITY_EXTENSION);
    if (gpo_idle(link->gpo) || runs == TRI_NO)
        return;
    if (!file || file->state == POLICY_FILE_UNREAD ||
        file->state == POLICY_FILE_CORRUPT ||
        (file->state == POLICY_FILE_ABSENT && runs == TRI_YES)) {
        const char *why = file && file->why ? file->why : "not found";
        Finding *finding = say_unknown(of, link->gpo->name);
        finding_say(finding, "Who may set up delegation was not determined",
                    "GptTmpl.inf of the GPO \"%s\", linked to %s, could not be judged: "
                    "%s. Give --sysvol a whole copy that you may read, then audit again.",
                    link->gpo->name, link->at->dn, why);
        if (file && file->path)
            finding_evidence(finding, file->path, why);
        return;
    }
    for (guint r = 0; r < evidence->rights->len; r++) {
        const PolicyRight *right = evidence->rights->pdata[r];
        if (!text_equal(right->right, PRIVILEGE))
            continue;
        of->defined = true;
        for (guint i = 0; i < right->principals->len; i++)
            judge_holder(of, link, right, right->principals->pdata[i]);
    }
}

static void
judge_link(Case *of, const GpoLink *link)
{
    if (!g_hash_table_add(of->seen, text_fold(link->dn)))
        return;
    if (link->gpo)
        judge_gpo(of, link);
    else
        finding_say(say_unknown(of, link->dn), "A GPO that is linked could not be read",
                    "%s is linked to %s, and its object could not be read: it was "
                    "deleted and the link left behind, or its rights hide it from the "
                    "reader.",
                    link->dn, link->at->dn);
}

/* What the links above the domain controllers leave open, once. */
static void
say_not_reached(Case *of)
{
    g_autoptr(GHashTable) unread = g_hash_table_new(hash_text, g_str_equal);
    Finding *finding = NULL;
    for (guint i = 0; i < of->reaches->len; i++) {
        const GpoReach *reach = of->reaches->pdata[i];
        for (guint u = 0; u < reach->unread->len; u++) {
            if (!g_hash_table_add(unread, reach->unread->pdata[u]))
                continue;
            if (!finding) {
                finding = say_unknown(of, NULL);
                finding_say(finding,
                            "Which GPOs reach domain controllers was not determined",
                            "What is linked above the domain controllers of %s could not "
                            "be read in full, so a GPO that was not seen may reach them.",
                            domain_name(of));
            }
            finding_evidence(finding, reach->unread->pdata[u], "not read");
        }
    }
}

static void
say_undefined(Case *of)
{
    finding_say(say_unknown(of, NULL), "Who may set up delegation was not determined",
                "No GPO that reaches the domain controllers of %s defines \"" LABEL
                "\" (" PRIVILEGE "), so their own lists count, which are not visible. "
                "On a domain controller: secedit /export /areas USER_RIGHTS /cfg FILE",
                domain_name(of));
}

static void
judge_domain(Case *of)
{
    say_not_reached(of);
    for (guint i = 0; i < of->reaches->len; i++) {
        const GpoReach *reach = of->reaches->pdata[i];
        for (guint l = 0; l < reach->links->len; l++)
            judge_link(of, reach->links->pdata[l]);
    }
    if (!of->defined && !of->doubtful)
        say_undefined(of);
}

/* False: no domain controller of it was read. */
static bool
check_domain(const Audit *audit, const Domain *domain, Sink *sink)
{
    Case of = {.audit = audit, .domain = domain, .sink = sink};
    g_autoptr(GPtrArray) controllers = gpo_controllers(audit);
    g_autoptr(GPtrArray) reaches =
        g_ptr_array_new_with_free_func((GDestroyNotify)gpo_reach_free);
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) told =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    of.reaches = reaches;
    of.seen = seen;
    of.told = told;
    for (guint i = 0; i < controllers->len; i++) {
        const Account *controller = controllers->pdata[i];
        if (estate_home_of(audit->estate, controller) == domain)
            g_ptr_array_add(reaches, gpo_reach(audit->estate, controller));
    }
    if (reaches->len > 0)
        judge_domain(&of);
    return reaches->len > 0;
}

void
check_enable_delegation(const Audit *audit, Sink *sink)
{
    const Estate *estate = audit->estate;
    if (audit->policy->reach == REACH_HOSTS ||
        (audit_is_offline(audit) && !estate->dcs_read)) {
        sink_not_asked(sink);
        return;
    }
    bool read = estate->policies_read && estate->dcs_read;
    for (guint i = 0; estate->policies_read && i < estate->domains->len; i++)
        if (!check_domain(audit, estate->domains->pdata[i], sink) && i == 0)
            read = false;
    if (!read)
        finding_say(sink_unknown(
                        sink, about_name(estate->domain ? estate->domain : "the domain")),
                    "Who may set up delegation was not determined",
                    "%s could not be read, so who has \"" LABEL "\" (" PRIVILEGE
                    ") is not known.",
                    estate->policies_read ? "The accounts of the domain controllers"
                                          : "Group policies and their links");
}

/* GPO-01 to GPO-03: what group policy defines for a host, by the SYSVOL's files. */
#include "gpo_case.h"

#include "base/text.h"
#include "model/wellknown.h"

#include <string.h>

/* A user right that Hyper-V needs, and by whom (MS-GPSB 2.2.6). */
typedef struct {
    const char *right;
    const char *label; /* as the policy editor calls it */
    const char *sids[2];
    const char *title;
    const char *doubtful_title;
    const char *consequence;
} NeededRight;

static const NeededRight symbolic_links = {
    "SeCreateSymbolicLinkPrivilege",
    "Create symbolic links",
    {SID_ADMINISTRATORS, SID_VIRTUAL_MACHINES},
    "A GPO takes away the right to create symbolic links",
    "A GPO may take the right to create symbolic links away",
    "Hyper-V creates such links where it registers a virtual machine, so it can neither "
    "be "
    "created on the host nor migrate to it.",
};
static const NeededRight service_logon = {
    "SeServiceLogonRight",
    "Log on as a service",
    {SID_ALL_SERVICES, SID_VIRTUAL_MACHINES},
    "A GPO takes away the right to log on as a service",
    "A GPO may take the right to log on as a service away",
    "A virtual machine's worker process then cannot log on (0x80070569), so that it "
    "neither starts nor migrates to the host.",
};

/* Whether the list gives the right to `needed`; Everyone is in every token. */
static bool
names_sid(const PolicyRight *right, const char *needed)
{
    Sid wanted, everyone, sid;
    bool parsed =
        sid_parse_text(needed, &wanted) && sid_parse_text(SID_EVERYONE, &everyone);
    g_assert(parsed);
    for (guint i = 0; i < right->principals->len; i++)
        if (gpo_principal_sid(right->principals->pdata[i], &sid) &&
            (sid_equal(&sid, &wanted) || sid_equal(&sid, &everyone)))
            return true;
    return false;
}

/* "NT VIRTUAL MACHINE\Virtual Machines (S-1-5-83-0)" (transfer none). */
static const char *
sid_label(const char *sid)
{
    return strcmp(sid, SID_ADMINISTRATORS) == 0 ? "Administrators (" SID_ADMINISTRATORS
                                                  ")"
           : strcmp(sid, SID_ALL_SERVICES) == 0
               ? "NT SERVICE\\ALL SERVICES (" SID_ALL_SERVICES ")"
               : "NT VIRTUAL MACHINE\\Virtual Machines (" SID_VIRTUAL_MACHINES ")";
}

/* Who is missing, for a sentence (transfer full); NULL: nobody. */
static char *
missing_from(const PolicyRight *right, const NeededRight *needed)
{
    GString *missing = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(needed->sids); i++) {
        if (names_sid(right, needed->sids[i]))
            continue;
        missing = missing ? missing : g_string_new(NULL);
        g_string_append_printf(missing, "%s%s", missing->len > 0 ? " and " : "",
                               sid_label(needed->sids[i]));
    }
    return missing ? g_string_free(missing, FALSE) : NULL;
}

static void
judge_definition(const GpoCase *of, const PolicyRight *right, const NeededRight *needed)
{
    g_autofree char *missing = missing_from(right, needed);
    if (!missing)
        return;
    g_autofree char *where = gpo_case_where(of);
    const Gpo *gpo = of->link->gpo;
    bool certain =
        !of->link->at->site && gpo_runs(gpo, GPO_SECURITY_EXTENSION) == TRI_YES;
    const char *doubt = certain ? ""
                        : of->link->at->site
                            ? " Whether the host is in that site was not evaluated."
                            : " Whether hosts process it could not be told "
                              "(gPCMachineExtensionNames).";
    Finding *finding = certain ? gpo_case_fail(of) : gpo_case_unknown(of);
    finding_say(
        finding, certain ? needed->title : needed->doubtful_title,
        "The GPO \"%s\", linked to %s, says who may \"%s\" and leaves out %s; what a GPO "
        "defines replaces the host's own list. %s%s Add them (Computer Configuration, "
        "Policies, Windows Settings, Security Settings, Local Policies, User Rights "
        "Assignment) or leave it undefined; then run gpupdate /force on %s, and gpresult "
        "/h "
        "to see which GPO wins.",
        gpo->name, where, needed->label, missing, needed->consequence, doubt,
        of->host->account->name);
    gpo_case_show_right(of, right, finding);
    gpo_case_show_rivals(of, needed->right, finding);
}

static void
judge_rights(const GpoCase *of, const void *data)
{
    const NeededRight *needed = data;
    const GPtrArray *rights = gpo_case_rights(of);
    for (guint i = 0; rights && i < rights->len; i++) {
        const PolicyRight *right = rights->pdata[i];
        if (text_equal(right->right, needed->right))
            judge_definition(of, right, needed);
    }
}

static void
judge_registry(const GpoCase *of, const void *unused)
{
    (void)unused;
    const PolicyFile *file = &of->evidence->registry;
    if (!gpo_case_readable(of, file, "Registry.pol", GPO_REGISTRY_EXTENSION) ||
        file->state != POLICY_FILE_CORRUPT)
        return;
    g_autofree char *where = gpo_case_where(of);
    bool site = of->link->at->site;
    Finding *finding = site ? gpo_case_unknown(of) : gpo_case_fail(of);
    finding_say(
        finding,
        site ? "The Registry.pol of a GPO is corrupt, which may reach the host"
             : "A GPO's Registry.pol is corrupt",
        "Registry.pol of the GPO \"%s\", linked to %s, is corrupt %s. Hosts cannot apply "
        "its registry settings, firewall rules among them (0x8007274C, \"the listener is "
        "disabled\").%s Restore the GPO from its backup, or edit a setting in it so that "
        "the file is written anew; then run gpupdate /force on %s.",
        of->link->gpo->name, where, file->why,
        site ? " Whether the host is in that site was not evaluated." : "",
        of->host->account->name);
    finding_evidence(finding, file->path, file->why);
    g_autofree char *records = g_strdup_printf("%u", of->evidence->records);
    finding_evidence(finding, "sound records before it", records);
}

/* What only virtual machines need: none comes to a file server. */
static void
judge_vm_policies(const Audit *audit, const Host *host, Sink *sink, const char *extension,
                  void (*judge)(const GpoCase *of, const void *data), const void *data)
{
    if (host->storage)
        sink_not_applicable(sink);
    else
        gpo_cases_judge(audit, host, sink, extension, judge, data);
}

void
check_symbolic_link_right(const Audit *audit, const Host *host, Sink *sink)
{
    judge_vm_policies(audit, host, sink, GPO_SECURITY_EXTENSION, judge_rights,
                      &symbolic_links);
}

void
check_service_logon_right(const Audit *audit, const Host *host, Sink *sink)
{
    judge_vm_policies(audit, host, sink, GPO_SECURITY_EXTENSION, judge_rights,
                      &service_logon);
}

void
check_registry_pol_corrupt(const Audit *audit, const Host *host, Sink *sink)
{
    judge_vm_policies(audit, host, sink, GPO_REGISTRY_EXTENSION, judge_registry, NULL);
}

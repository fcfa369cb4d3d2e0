/* GPO-*: what group policy defines for a host, by the SYSVOL's files. */
#include "checks.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/gpo.h"
#include "model/token.h"
#include "model/username.h"
#include "model/wellknown.h"

#include <string.h>

#define SHOWN_MAX 12u /* principals of a right, and attributes, in one report */

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

static bool
principal_sid(const char *principal, Sid *ret_sid)
{
    if (sid_parse_text(*principal == '*' ? principal + 1 : principal, ret_sid))
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(known_names); i++)
        if (text_equal(principal, known_names[i].name))
            return sid_parse_text(known_names[i].sid, ret_sid);
    return false;
}

/* Whether the list gives the right to `needed`; Everyone is in every token. */
static bool
names_sid(const PolicyRight *right, const char *needed)
{
    Sid wanted, everyone, sid;
    bool parsed =
        sid_parse_text(needed, &wanted) && sid_parse_text(SID_EVERYONE, &everyone);
    g_assert(parsed);
    for (guint i = 0; i < right->principals->len; i++)
        if (principal_sid(right->principals->pdata[i], &sid) &&
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

/* A host, and one GPO that reaches it. */
typedef struct {
    const Audit *audit;
    const Host *host;
    const GpoReach *reach;
    const GpoLink *link;
    const GpoEvidence *evidence;
    Sink *sink;
} Case;

/* What the report calls it: the display name; with the GUID where another GPO that
 * reaches the host has the same (transfer full). */
static char *
gpo_title(const Case *of)
{
    const Gpo *gpo = of->link->gpo;
    if (!gpo)
        return dn_name(of->link->dn);
    for (guint i = 0; i < of->reach->links->len; i++) {
        const GpoLink *other = of->reach->links->pdata[i];
        if (other != of->link && other->gpo && text_equal(other->gpo->name, gpo->name))
            return g_strdup_printf("%s %s", gpo->name, gpo->guid);
    }
    return g_strdup(gpo->name);
}

static char *
linked_where(const Case *of)
{
    return g_strdup_printf("%s%s", of->link->at->dn,
                           of->link->enforced ? " (enforced)" : "");
}

/* Why it may not apply after all (transfer full). */
static char *
not_evaluated(const Case *of)
{
    GString *text = g_string_new("security filtering");
    if (of->link->gpo && of->link->gpo->wmi_filter)
        g_string_append_printf(text, ", WMI filter %s", of->link->gpo->wmi_filter);
    if (of->link->at->site)
        g_string_append(text, ", whether the host is in the site");
    return g_string_free(text, FALSE);
}

static Finding *
show_policy(const Case *of, Finding *finding)
{
    g_autofree char *name = gpo_title(of);
    g_autofree char *where = linked_where(of);
    g_autofree char *open = not_evaluated(of);
    g_autofree char *key = g_strdup_printf("gPLink to %s", name);
    finding_evidence(finding, key, where);
    finding_evidence(finding, "not evaluated", open);
    return finding;
}

static Finding *
add_fail(const Case *of)
{
    g_autofree char *name = gpo_title(of);
    return show_policy(
        of, sink_fail(of->sink, SEVERITY_ERROR,
                      (About){.account = of->host->account, .target_name = name}));
}

static Finding *
add_unknown(const Case *of)
{
    g_autofree char *name = gpo_title(of);
    return show_policy(of, sink_unknown(of->sink, (About){.account = of->host->account,
                                                          .target_name = name}));
}

/* Other GPOs that define the right: which one wins is not decided here. */
static void
show_rivals(const Case *of, const char *right, Finding *finding)
{
    for (guint i = 0; i < of->reach->links->len; i++) {
        const GpoLink *link = of->reach->links->pdata[i];
        const GpoEvidence *evidence =
            link->gpo ? g_hash_table_lookup(of->audit->gpos, link->gpo) : NULL;
        bool defines = false;
        for (guint r = 0; evidence && r < evidence->rights->len; r++)
            defines |= text_equal(
                ((const PolicyRight *)evidence->rights->pdata[r])->right, right);
        if (defines && link != of->link)
            finding_evidence(finding, "also defined by", link->gpo->name);
    }
}

static void
show_right(const Case *of, const PolicyRight *right, Finding *finding)
{
    g_autoptr(GString) list = g_string_new(NULL);
    guint count = right->principals->len;
    for (guint i = 0; i < count && i < SHOWN_MAX; i++) {
        const char *principal = right->principals->pdata[i];
        Sid sid;
        bool is_sid = *principal == '*' && sid_parse_text(principal + 1, &sid);
        g_autofree char *name = is_sid ? estate_sid_name(of->audit->estate, &sid) : NULL;
        bool named = name && strcmp(name, principal + 1) != 0;
        g_string_append_printf(list, "%s%s%s%s%s", i > 0 ? ", " : "", principal,
                               named ? " (" : "", named ? name : "", named ? ")" : "");
    }
    if (count > SHOWN_MAX)
        g_string_append_printf(list, ", and %u more", count - SHOWN_MAX);
    g_autofree char *key = g_strdup_printf("%s of %s, GptTmpl.inf line %u", right->right,
                                           of->link->gpo->name, right->line);
    finding_evidence(finding, key, count > 0 ? list->str : "nobody");
}

static void
judge_definition(const Case *of, const PolicyRight *right, const NeededRight *needed)
{
    g_autofree char *missing = missing_from(right, needed);
    if (!missing)
        return;
    g_autofree char *where = linked_where(of);
    const Gpo *gpo = of->link->gpo;
    bool certain =
        !of->link->at->site && gpo_runs(gpo, GPO_SECURITY_EXTENSION) == TRI_YES;
    const char *doubt = certain ? ""
                        : of->link->at->site
                            ? " Whether the host is in that site was not evaluated."
                            : " Whether hosts process it could not be told "
                              "(gPCMachineExtensionNames).";
    Finding *finding = certain ? add_fail(of) : add_unknown(of);
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
    show_right(of, right, finding);
    show_rivals(of, needed->right, finding);
}

/* Says that a file is missing where hosts process it, or was not read. */
static void
say_unread(const Case *of, const PolicyFile *file, const char *name)
{
    Finding *finding = add_unknown(of);
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

/* Whether there is something to judge. */
static bool
file_is_readable(const Case *of, const PolicyFile *file, const char *name,
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

static void
judge_rights(const Case *of, const void *data)
{
    const NeededRight *needed = data;
    const PolicyFile *file = &of->evidence->security;
    if (!file_is_readable(of, file, "GptTmpl.inf", GPO_SECURITY_EXTENSION))
        return;
    if (file->state == POLICY_FILE_CORRUPT) {
        say_unread(of, file, "GptTmpl.inf");
        return;
    }
    for (guint i = 0; i < of->evidence->rights->len; i++) {
        const PolicyRight *right = of->evidence->rights->pdata[i];
        if (text_equal(right->right, needed->right))
            judge_definition(of, right, needed);
    }
}

static void
judge_registry(const Case *of, const void *unused)
{
    (void)unused;
    const PolicyFile *file = &of->evidence->registry;
    if (!file_is_readable(of, file, "Registry.pol", GPO_REGISTRY_EXTENSION) ||
        file->state != POLICY_FILE_CORRUPT)
        return;
    g_autofree char *where = linked_where(of);
    bool site = of->link->at->site;
    Finding *finding = site ? add_unknown(of) : add_fail(of);
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

static void
say_not_reached(const Case *of)
{
    const char *name = of->host->account->name;
    Finding *finding = sink_unknown(of->sink, about(of->host->account));
    bool asked = of->audit->estate->policies_read;
    finding_say(finding, "Which GPOs reach the host was not determined",
                asked
                    ? "What is linked above %s could not be read in full, so a GPO that "
                      "was not seen may reach it."
                    : "No group policy was read for %s: the directory did not show the "
                      "links and the GPOs (gPLink, groupPolicyContainer), or the file "
                      "leaves them out.",
                name);
    for (guint i = 0; i < of->reach->unread->len && i < SHOWN_MAX; i++)
        finding_evidence(finding, of->reach->unread->pdata[i], "not read");
}

static void
say_no_object(const Case *of)
{
    finding_say(
        add_unknown(of), "A GPO that is linked could not be read",
        "%s is linked to %s, and its object could not be read: it was deleted and "
        "the link left behind, or its rights hide it from the reader. Take the "
        "link away, or read it with an account that may.",
        of->link->dn, of->link->at->dn);
}

/* GPO-04: who may log on over the network, as whoever starts a migration does on the
 * target, by the ticket that the source got for them. */
#define ALLOWED "SeNetworkLogonRight"
#define DENIED "SeDenyNetworkLogonRight"

/* Of every user's network logon at a member of the domain; Users holds Authenticated
 * Users unless somebody took them out of it. */
static const struct {
    const char *sid;
    Tri held;
} of_anybody[] = {
    {SID_EVERYONE, TRI_YES},    {SID_AUTHENTICATED_USERS, TRI_YES},
    {SID_NETWORK, TRI_YES},     {SID_THIS_ORGANIZATION, TRI_YES},
    {SID_USERS, TRI_YES},       {SID_GUESTS, TRI_NO},
    {SID_ANONYMOUS, TRI_NO},    {SID_ENTERPRISE_DCS, TRI_NO},
    {SID_LOCAL_SYSTEM, TRI_NO}, {SID_LOCAL_ACCOUNT, TRI_NO},
    {SID_LOCAL_ADMIN, TRI_NO},
};

/* The name that a list has in place of a SID, where exactly one account has it. */
static bool
listed_sid(const Audit *audit, const char *principal, Sid *ret_sid)
{
    if (principal_sid(principal, ret_sid))
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

static Tri
anybody_holds(const Sid *sid)
{
    for (guint i = 0; i < G_N_ELEMENTS(of_anybody); i++) {
        Sid known;
        if (sid_parse_text(of_anybody[i].sid, &known) && sid_equal(&known, sid))
            return of_anybody[i].held;
    }
    return TRI_UNKNOWN;
}

/* Whether the logon of a user holds the SID (token NULL: of some user). */
static Tri
logon_holds(const Case *of, const Token *token, const Sid *sid)
{
    const Estate *estate = of->audit->estate;
    const Domain *domain = estate_domain_of(estate, of->host->account->dn);
    Tri held = anybody_holds(sid);
    bool local = domain && sid_is_set(&domain->sid) && sid_in_domain(sid, &domain->sid);
    if (held != TRI_UNKNOWN)
        return held;
    if (!token)
        return local && sid_rid(sid) == RID_DOMAIN_USERS       ? TRI_YES
               : local && sid_rid(sid) == RID_DOMAIN_COMPUTERS ? TRI_NO
                                                               : TRI_UNKNOWN;
    if (sid->count < 2 || sid->sub[0] != 32)
        return token_has(token, sid);
    /* The host's own groups stand in no directory; Domain Admins are put into one. */
    if (sid->sub[1] != RID_ADMINISTRATORS || !domain || !sid_is_set(&domain->sid))
        return TRI_UNKNOWN;
    Sid admins = sid_of_rid(&domain->sid, RID_DOMAIN_ADMINS);
    return token_has(token, &admins) == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

/* Whether anybody on the list is in that logon. */
static Tri
list_holds(const Case *of, const Token *token, const PolicyRight *right)
{
    Tri any = TRI_NO;
    for (guint i = 0; i < right->principals->len; i++) {
        Sid sid;
        Tri held = listed_sid(of->audit, right->principals->pdata[i], &sid)
                       ? logon_holds(of, token, &sid)
                       : TRI_UNKNOWN;
        if (held == TRI_YES)
            return TRI_YES;
        if (held == TRI_UNKNOWN)
            any = TRI_UNKNOWN;
    }
    return any;
}

/* Whom a list keeps out: names for a sentence; NULL: nobody. */
typedef struct {
    GString *refused;
    GString *doubtful; /* it cannot be told */
} LoggedOff;

static void
add_name(GString **names, const char *name)
{
    if (!*names)
        *names = g_string_new(name);
    else
        g_string_append_printf(*names, ", %s", name);
}

/* With no operator named, a list of groups that are denied says nothing. */
static LoggedOff
logged_off(const Case *of, const PolicyRight *right)
{
    const Audit *audit = of->audit;
    const Domain *kdc = estate_domain_of(audit->estate, of->host->account->dn);
    Tri right_answer = text_equal(right->right, DENIED) ? TRI_NO : TRI_YES;
    LoggedOff off = {NULL, NULL};
    for (guint i = 0; i < audit->operators->len; i++) {
        const Account *user = audit->operators->pdata[i];
        g_autoptr(Token) token = token_new(audit->estate, user, kdc);
        Tri held = list_holds(of, token, right);
        if (held != right_answer)
            add_name(held == TRI_UNKNOWN ? &off.doubtful : &off.refused, user->name);
    }
    if (audit->operators->len > 0)
        return off;
    Tri held = list_holds(of, NULL, right);
    if (held == TRI_UNKNOWN && right_answer == TRI_YES)
        add_name(&off.doubtful, "the operators (name them with --operator USER)");
    else if (held != TRI_UNKNOWN && held != right_answer)
        add_name(&off.refused, "the operators");
    return off;
}

static void
tell_logon(const Case *of, const PolicyRight *right, const LoggedOff *off)
{
    const Gpo *gpo = of->link->gpo;
    const char *host = of->host->account->name;
    bool denies = text_equal(right->right, DENIED);
    bool sure = off->refused && !of->link->at->site &&
                gpo_runs(gpo, GPO_SECURITY_EXTENSION) == TRI_YES;
    g_autofree char *where = linked_where(of);
    g_autofree char *name = gpo_title(of);
    g_autofree char *target = g_strdup_printf("%s%s", name, denies ? ", " DENIED : "");
    About whom = {.account = of->host->account, .target_name = target};
    Finding *finding = show_policy(of, sure ? sink_fail(of->sink, SEVERITY_ERROR, whom)
                                            : sink_unknown(of->sink, whom));
    finding_say(
        finding,
        sure ? "A GPO keeps operators from logging on over the network"
             : "A GPO may keep operators from logging on over the network",
        "The GPO \"%s\", linked to %s, defines \"%s\" and %s %s. Whoever starts a "
        "migration logs on to %s over the network, by the ticket that the source got for "
        "them, and is refused without that right (0x80070569).%s %s; then run gpupdate "
        "/force on %s, and gpresult /h to see which GPO wins.",
        gpo->name, where,
        denies ? "Deny access to this computer from the network"
               : "Access this computer from the network",
        !off->refused ? "it cannot be told whether that keeps out"
        : denies      ? "that keeps out"
                      : "leaves out",
        off->refused ? off->refused->str : off->doubtful->str, host,
        sure           ? ""
        : off->refused ? " Whether the host processes it was not evaluated."
                       : " Groups of the host itself stand in no directory.",
        denies ? "Take the group out of the list"
               : "Add Authenticated Users or the operators' group, or leave it undefined",
        host);
    show_right(of, right, finding);
    show_rivals(of, right->right, finding);
}

static void
judge_logons(const Case *of, const void *unused)
{
    (void)unused;
    const PolicyFile *file = &of->evidence->security;
    if (!file_is_readable(of, file, "GptTmpl.inf", GPO_SECURITY_EXTENSION))
        return;
    if (file->state == POLICY_FILE_CORRUPT) {
        say_unread(of, file, "GptTmpl.inf");
        return;
    }
    for (guint i = 0; i < of->evidence->rights->len; i++) {
        const PolicyRight *right = of->evidence->rights->pdata[i];
        if (!text_equal(right->right, ALLOWED) && !text_equal(right->right, DENIED))
            continue;
        LoggedOff off = logged_off(of, right);
        if (off.refused || off.doubtful)
            tell_logon(of, right, &off);
        if (off.refused)
            g_string_free(off.refused, TRUE);
        if (off.doubtful)
            g_string_free(off.doubtful, TRUE);
    }
}

/* Every GPO that reaches the host and whose machine half runs `extension`. */
static void
judge_policies(const Audit *audit, const Host *host, Sink *sink, const char *extension,
               void (*judge)(const Case *of, const void *data), const void *data)
{
    g_autoptr(GpoReach) reach = gpo_reach(audit->estate, host->account);
    Case of = {audit, host, reach, NULL, NULL, sink};
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

/* What only virtual machines need: none comes to a file server. */
static void
judge_vm_policies(const Audit *audit, const Host *host, Sink *sink, const char *extension,
                  void (*judge)(const Case *of, const void *data), const void *data)
{
    if (host->storage)
        sink_not_applicable(sink);
    else
        judge_policies(audit, host, sink, extension, judge, data);
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

void
check_network_logon_right(const Audit *audit, const Host *host, Sink *sink)
{
    judge_policies(audit, host, sink, GPO_SECURITY_EXTENSION, judge_logons, NULL);
}

/* GPO-04: who may log on over the network, as whoever starts a migration does on the
 * target, by the ticket that the source got for them. */
#include "gpo_case.h"

#include "base/text.h"
#include "model/token.h"
#include "model/wellknown.h"

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
logon_holds(const GpoCase *of, const Token *token, const Sid *sid)
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
list_holds(const GpoCase *of, const Token *token, const PolicyRight *right)
{
    Tri any = TRI_NO;
    for (guint i = 0; i < right->principals->len; i++) {
        Sid sid;
        Tri held = gpo_principal_find_sid(of->audit, right->principals->pdata[i], &sid)
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
logged_off(const GpoCase *of, const PolicyRight *right)
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
tell_logon(const GpoCase *of, const PolicyRight *right, const LoggedOff *off)
{
    const Gpo *gpo = of->link->gpo;
    const char *host = of->host->account->name;
    bool denies = text_equal(right->right, DENIED);
    bool sure = off->refused && !of->link->at->site &&
                gpo_runs(gpo, GPO_SECURITY_EXTENSION) == TRI_YES;
    g_autofree char *where = gpo_case_where(of);
    g_autofree char *name = gpo_case_title(of);
    g_autofree char *target = g_strdup_printf("%s%s", name, denies ? ", " DENIED : "");
    About whom = {.account = of->host->account, .target_name = target};
    Finding *finding = gpo_case_show(of, sure ? sink_fail(of->sink, SEVERITY_ERROR, whom)
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
    gpo_case_show_right(of, right, finding);
    gpo_case_show_rivals(of, right->right, finding);
}

static void
judge_logons(const GpoCase *of, const void *unused)
{
    (void)unused;
    const GPtrArray *rights = gpo_case_rights(of);
    for (guint i = 0; rights && i < rights->len; i++) {
        const PolicyRight *right = rights->pdata[i];
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

void
check_network_logon_right(const Audit *audit, const Host *host, Sink *sink)
{
    gpo_cases_judge(audit, host, sink, GPO_SECURITY_EXTENSION, judge_logons, NULL);
}

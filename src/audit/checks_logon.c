/* GPO-04: who may log on over the network, as whoever starts a migration does on the
 * target, by the ticket that the source got for them. */
#include "gpo_case.h"

#include "base/text.h"
#include "logon.h"

static void
tell_logon(const GpoCase *of, const PolicyRight *right, const LoggedOff *off)
{
    const Gpo *gpo = of->link->gpo;
    const char *host = of->host->account->name;
    bool denies = text_equal(right->right, LOGON_DENIED);
    bool sure = off->refused && !of->link->at->site &&
                gpo_runs(gpo, GPO_SECURITY_EXTENSION) == TRI_YES;
    g_autofree char *where = gpo_case_where(of);
    g_autofree char *name = gpo_case_title(of);
    g_autofree char *target =
        g_strdup_printf("%s%s", name, denies ? ", " LOGON_DENIED : "");
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
        if (!text_equal(right->right, LOGON_ALLOWED) &&
            !text_equal(right->right, LOGON_DENIED))
            continue;
        g_auto(LoggedOff) off =
            logged_off(of->audit, of->host, right->right, right->principals);
        if (off.refused || off.doubtful)
            tell_logon(of, right, &off);
    }
}

void
check_network_logon_right(const Audit *audit, const Host *host, Sink *sink)
{
    gpo_cases_judge(audit, host, sink, GPO_SECURITY_EXTENSION, judge_logons, NULL);
}

/* DOM-*: the domain around the hosts. */
#include "checks.h"

#define SKEW_WARNING_S 120
#define SKEW_ERROR_S 300 /* Kerberos refuses beyond it (RFC 4120, AD default) */

static Severity
skew_severity(gint64 skew_s)
{
    return skew_s >= SKEW_ERROR_S ? SEVERITY_ERROR : SEVERITY_WARNING;
}

static void
show_clock(Finding *finding, const char *dc, gint64 skew_us)
{
    g_autofree char *key = g_strdup_printf("currentTime of %s", dc);
    g_autofree char *value = g_strdup_printf(
        "%+" G_GINT64_FORMAT " s against this machine", skew_us / G_USEC_PER_SEC);
    finding_evidence(finding, key, value);
}

/* The two DCs whose clocks are furthest apart. */
static void
compare_clocks(const Estate *estate, Sink *sink)
{
    const Replica *slow = NULL, *fast = NULL;
    for (guint i = 0; i < estate->replicas->len; i++) {
        const Replica *replica = estate->replicas->pdata[i];
        if (!replica->clock_read)
            continue;
        slow = !slow || replica->skew_us < slow->skew_us ? replica : slow;
        fast = !fast || replica->skew_us > fast->skew_us ? replica : fast;
    }
    gint64 apart_s = slow ? (fast->skew_us - slow->skew_us) / G_USEC_PER_SEC : 0;
    if (apart_s < SKEW_WARNING_S)
        return;
    Finding *finding = sink_fail(sink, skew_severity(apart_s),
                                 (About){.name = slow->dc, .target_name = fast->dc});
    finding_say(
        finding, "Domain controllers' clocks differ",
        "%s is %" G_GINT64_FORMAT
        " s behind %s: a ticket of the one is not yet valid, or "
        "no longer, for hosts that follow the other. Look at the time source of both "
        "(w32tm /query /status, w32tm /monitor).",
        slow->dc, apart_s, fast->dc);
    show_clock(finding, slow->dc, slow->skew_us);
    show_clock(finding, fast->dc, fast->skew_us);
}

void
check_clock_skew(const Audit *audit, Sink *sink)
{
    const Estate *estate = audit->estate;
    const char *dc = estate->dc ? estate->dc : "the domain controller";
    if (g_str_equal(estate->source_kind, "ldif")) {
        sink_not_asked(sink);
        return;
    }
    if (!estate->dc_clock_read) {
        finding_say(sink_unknown(sink, about_name(dc)),
                    "The domain controller's clock was not read",
                    "%s did not report its time (currentTime of the rootDSE).", dc);
        return;
    }
    compare_clocks(estate, sink);
    gint64 skew_s = ABS(estate->dc_skew_us) / G_USEC_PER_SEC;
    if (skew_s < SKEW_WARNING_S)
        return;
    Finding *finding = sink_fail(sink, skew_severity(skew_s), about_name(dc));
    finding_say(finding, "The domain controller's clock differs",
                "%s is %" G_GINT64_FORMAT
                " s %s this machine. Kerberos refuses tickets from "
                "%d s on (KRB_AP_ERR_SKEW, 0x80090324). Find out which clock is wrong "
                "(w32tm /query /status; chronyc tracking) and set its time source.",
                dc, skew_s, estate->dc_skew_us > 0 ? "ahead of" : "behind", SKEW_ERROR_S);
    show_clock(finding, dc, estate->dc_skew_us);
}

void
check_machine_account_quota(const Audit *audit, Sink *sink)
{
    const Estate *estate = audit->estate;
    const char *domain = estate->domain ? estate->domain : "the domain";
    if (estate->machine_quota < 0 && audit_is_offline(audit)) {
        sink_not_asked(sink);
        return;
    }
    if (estate->machine_quota < 0) {
        finding_say(sink_unknown(sink, about_name(domain)),
                    "The machine account quota was not determined",
                    "ms-DS-MachineAccountQuota of the domain could not be read.");
        return;
    }
    if (estate->machine_quota == 0)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about_name(domain));
    finding_say(
        finding, "Any user may create computer accounts",
        "ms-DS-MachineAccountQuota is %d: any user can create an account with SPNs, "
        "which is all it takes to abuse a host whose RBCD descriptor they may write. "
        "Set it to 0 and let those who join machines have the right instead "
        "(Set-ADDomain %s -Replace @{'ms-DS-MachineAccountQuota'=0}).",
        estate->machine_quota, domain);
    g_autofree char *value = g_strdup_printf("%d", estate->machine_quota);
    finding_evidence(finding, "ms-DS-MachineAccountQuota", value);
}

void
check_os_level_mismatch(const Audit *audit, Sink *sink)
{
    for (guint g = 0; g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        const char *first = NULL;
        bool differs = false;
        for (guint i = 0; i < group->members->len; i++) {
            const Account *host = group->members->pdata[i];
            if (!host->os_version)
                continue;
            differs = differs || (first && !g_str_equal(first, host->os_version));
            first = first ? first : host->os_version;
        }
        if (!differs)
            continue;
        Finding *finding = sink_fail(sink, SEVERITY_INFO, about_name(group->name));
        finding_say(
            finding, "Hosts of different Windows versions",
            "The hosts of %s do not run the same build. VMs can move to newer hosts, "
            "and back only as long as their configuration version was not upgraded.",
            group->name);
        for (guint i = 0; i < group->members->len; i++) {
            const Account *host = group->members->pdata[i];
            g_autofree char *key =
                g_strdup_printf("operatingSystemVersion of %s", host->name);
            finding_evidence(finding, key,
                             host->os_version ? host->os_version : "not determined");
        }
    }
}

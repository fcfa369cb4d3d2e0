/* DOM-*: the domain around the hosts. */
#include "audit/checks.h"

#define SKEW_WARNING_S 120
#define SKEW_ERROR_S 300 /* Kerberos refuses beyond it (RFC 4120, AD default) */

CHECK(check_clock_skew)
{
    (void)subject;
    const Estate *estate = audit->estate;
    const char *dc = estate->dc ? estate->dc : "the domain controller";
    if (g_str_equal(estate->source_kind, "ldif")) {
        sink_not_applicable(sink);
        return;
    }
    if (!estate->dc_clock_read) {
        finding_say(sink_unknown_named(sink, dc),
                    "The domain controller's clock was not read",
                    "%s did not tell its time (currentTime of the rootDSE).", dc);
        return;
    }
    gint64 skew_s = ABS(estate->dc_skew_us) / G_USEC_PER_SEC;
    if (skew_s < SKEW_WARNING_S)
        return;
    Finding *finding = sink_fail_named(
        sink, skew_s >= SKEW_ERROR_S ? SEVERITY_ERROR : SEVERITY_WARNING, dc, NULL);
    finding_say(finding, "The domain controller's clock differs",
                "%s is %" G_GINT64_FORMAT
                " s %s this machine. Kerberos refuses tickets from "
                "%d s on (KRB_AP_ERR_SKEW, 0x80090324). Find out which clock is wrong "
                "(w32tm /query /status; chronyc tracking) and set its time source.",
                dc, skew_s, estate->dc_skew_us > 0 ? "ahead of" : "behind", SKEW_ERROR_S);
    g_autofree char *value =
        g_strdup_printf("%+" G_GINT64_FORMAT " s", estate->dc_skew_us / G_USEC_PER_SEC);
    g_autofree char *key = g_strdup_printf("currentTime of %s", dc);
    finding_evidence(finding, key, value);
}

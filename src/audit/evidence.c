#include "audit/checks.h"

void
evidence_uac(Finding *finding, const Account *account)
{
    g_autofree char *key = g_strdup_printf("userAccountControl of %s", account->name);
    g_autofree char *names = flags_format(uac_flags, account->uac);
    g_autofree char *text = g_strdup_printf("%u (%s)", account->uac, names);
    finding_evidence(finding, key, text);
}

void
evidence_list(Finding *finding, const Account *source)
{
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToDelegateTo of %s", source->name);
    guint count = source->delegate_to->len;
    g_autofree char *text = g_strdup_printf("%u value%s", count, count == 1 ? "" : "s");
    finding_evidence(finding, key, count == 0 ? "none" : text);
}

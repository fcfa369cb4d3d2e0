/* WinRM's hop to the target, beside the verdict. */
#include "ask.h"

/* Of a file server WinRM's hop is not asked. */
static const GPtrArray *
winrm_spns(const Asking *asking)
{
    const Host *host =
        g_hash_table_lookup(asking->audit->host_by_account, asking->ends->target);
    return host && host->winrm ? host->winrm->spns.needed : NULL;
}

/* In one section: each says its name itself. */
static void
name_each(const Asking *asking, guint from)
{
    for (guint i = from; i < asking->out->len; i++) {
        Condition *condition = &g_array_index(asking->out, Condition, i);
        condition->decides = false;
        condition->seen = ask_format(asking, "%s: %s", condition->name, condition->seen);
    }
}

void
ask_winrm(const Asking *asking)
{
    guint from = asking->out->len;
    const GPtrArray *all = winrm_spns(asking);
    if (all)
        ask_spns(asking, all);
    name_each(asking, from);
}

void
ask_winrm_ticket(const Asking *asking)
{
    guint from = asking->out->len;
    const GPtrArray *all = winrm_spns(asking);
    if (all)
        ask_tickets(asking, all);
    name_each(asking, from);
}

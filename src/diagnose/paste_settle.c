/* What a paste makes of the causes once they are judged. */
#include "pasted.h"

#include "audit/rules.h"
#include "base/text.h"

#include <string.h>

static CauseVerdict *
find_verdict(const Diagnosis *diagnosis, const char *cause)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (strcmp(verdict->cause->id, cause) == 0)
            return verdict;
    }
    return NULL;
}

static void
say_from(CauseVerdict *verdict, const char *from)
{
    char *said = g_strdup_printf("From the pasted %s: %s", from, verdict->said);
    g_free(verdict->said);
    verdict->said = said;
}

/* What a fact shows is as true of another cause, which the release makes likelier. */
static bool
is_shared(const Diagnosis *diagnosis, const PasteFact *fact)
{
    const CauseVerdict *guard = find_verdict(diagnosis, "credential-guard");
    return strcmp(fact->cause, "credssp") == 0 && fact->power == FACT_CONFIRMS && guard &&
           guard->raised;
}

static void
take_fact(const Paste *paste, const Diagnosis *diagnosis, const PasteFact *fact)
{
    CauseVerdict *verdict = find_verdict(diagnosis, fact->cause);
    bool directory = diagnosis->audit && !paste->ldif;
    if (!verdict || !paste_weighs(paste, verdict->cause, fact->weight) ||
        verdict->status == CAUSE_CONFIRMED || is_shared(diagnosis, fact) ||
        (directory && verdict->status == CAUSE_RULED_OUT) ||
        (fact->source && diagnosis->pair &&
         !text_equal(fact->source, diagnosis->pair->source->name)) ||
        (verdict->suspected && fact->power != FACT_CONFIRMS))
        return;
    verdict->status = fact->power == FACT_CONFIRMS   ? CAUSE_CONFIRMED
                      : fact->power == FACT_SUSPECTS ? CAUSE_NOT_VISIBLE
                                                     : CAUSE_RULED_OUT;
    verdict->suspected = fact->power == FACT_SUSPECTS;
    verdict->unread = false;
    g_free(verdict->said);
    verdict->said = g_strdup(fact->said);
    say_from(verdict, fact->from);
    g_ptr_array_add(verdict->looked_at, g_strdup_printf("pasted %s", fact->from));
}

/* What parts of two accounts can rule out: what is their own, where it was shown.  Who
 * else holds an SPN, and all that is not of accounts, they do not show. */
static bool
can_rule_out(const Paste *paste, const Diagnosis *diagnosis, const CauseVerdict *verdict)
{
    static const guint64 uac = NEEDS(ATTR_UAC), list = NEEDS(ATTR_DELEGATE_TO),
                         rbcd = NEEDS(ATTR_RBCD), spns = NEEDS(ATTR_SPN);
    const struct {
        RuleId rule;
        guint64 source, target;
    } own[] = {
        {RULE_DEL_01, list, 0},
        {RULE_DEL_02, list, 0},
        {RULE_DEL_03, uac | list, 0},
        {RULE_DEL_04, uac, 0},
        {RULE_DEL_11, list, 0},
        {RULE_SPN_01, 0, spns},
        {RULE_SPN_02, 0, spns},
        {RULE_ACC_01, uac, uac},
        {RULE_ACC_02, uac, 0},
        {RULE_RBC_01, 0, rbcd},
        {RULE_RBC_04, 0, rbcd},
        {RULE_RBC_05, uac | list, rbcd},
        {RULE_SPN_07, 0, NEEDS(ATTR_DNS_NAME)},
    };
    const Pair *pair = diagnosis->pair;
    const PasteAccount *target = paste_account_named(paste, pair->target->name);
    if (verdict->rule == RULE_SPN_07 && target && target->supposed_dns)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(own); i++)
        if (verdict->rule == own[i].rule)
            return (pair->source->unread & own[i].source) == 0 &&
                   (pair->target->unread & own[i].target) == 0;
    return false;
}

/* From which outputs what a finding rests on was read. */
static char *
from_of(const Paste *paste, const CauseVerdict *verdict)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < verdict->findings->len; i++) {
        const Finding *finding = verdict->findings->pdata[i];
        const Account *both[] = {finding->subject_account, finding->target_account};
        for (guint b = 0; b < G_N_ELEMENTS(both); b++) {
            const PasteAccount *account =
                both[b] ? paste_account_named(paste, both[b]->name) : NULL;
            g_autofree char *from =
                account && account->from->len > 0 ? paste_account_from(account) : NULL;
            if (from && !strstr(out->str, from))
                g_string_append_printf(out, "%s%s", out->len > 0 ? " and " : "", from);
        }
    }
    if (out->len == 0)
        g_string_append(out, "outputs");
    return g_string_free(out, FALSE);
}

/* Where only the target's descriptor is not known: the list lacks it, which is the cause
 * unless the descriptor grants it. */
static void
suspect_list(const Paste *paste, const Diagnosis *diagnosis, CauseVerdict *verdict)
{
    const Pair *pair = diagnosis->pair;
    Service which = verdict->rule == RULE_DEL_02 ? SERVICE_MIGRATION : SERVICE_CIFS;
    const ServiceVerdict *service = &pair->services[which];
    if ((verdict->rule != RULE_DEL_01 && verdict->rule != RULE_DEL_02) ||
        !account_knows(pair->source, ATTR_DELEGATE_TO) || service->missing->len == 0)
        return;
    const PasteAccount *account = paste_account_named(paste, pair->source->name);
    g_autofree char *from = account ? paste_account_from(account) : g_strdup("outputs");
    verdict->suspected = true;
    g_free(verdict->said);
    verdict->said = g_strdup_printf(
        "From the pasted %s: the delegation list of %s lacks %s%s. It is the cause "
        "unless "
        "%s grants it by resource-based delegation, which was not in the paste "
        "(PrincipalsAllowedToDelegateToAccount).",
        from, pair->source->name, (const char *)service->missing->pdata[0],
        service->missing->len > 1 ? " and more" : "", pair->target->name);
}

/* Whether the text asks for files of that host. */
static bool
asks_files(const Diagnosis *diagnosis)
{
    const GPtrArray *spns = diagnosis->input->spns;
    g_autoptr(Spn) spn = spns->len > 0 ? spn_parse(spns->pdata[0]) : NULL;
    g_autofree char *host = spn ? paste_short_name(spn->host) : NULL;
    return spn && text_equal(spn->class, SPN_CIFS) &&
           text_equal(host, diagnosis->pair->target->name);
}

/* No other machine registers the SPNs of Hyper-V, or needs them in a list. */
static bool
is_no_host(const Paste *paste, Diagnosis *diagnosis, CauseVerdict *verdict)
{
    const char *name = diagnosis->pair->target->name;
    const PasteAccount *target = paste_account_named(paste, name);
    const PasteAccount *source =
        paste_account_named(paste, diagnosis->pair->source->name);
    bool list = (verdict->rule == RULE_DEL_01 && !asks_files(diagnosis)) ||
                verdict->rule == RULE_DEL_02;
    if ((verdict->rule != RULE_SPN_01 && !list) || verdict->status == CAUSE_RULED_OUT ||
        !target || paste_may_run_hyperv(paste, target) ||
        (list && source && paste_may_run_hyperv(paste, source)))
        return false;
    diagnosis->no_host = true;
    verdict->status = CAUSE_NOT_VISIBLE;
    verdict->suspected = false;
    g_ptr_array_set_size(verdict->findings, 0);
    g_ptr_array_set_size(verdict->evidence, 0);
    g_ptr_array_set_size(verdict->looked_at, 0);
    g_free(verdict->said);
    verdict->said = g_strdup_printf(
        "nothing in what was pasted says that %s is a Hyper-V host", name);
    return true;
}

static void
settle_judged(const Paste *paste, Diagnosis *diagnosis, CauseVerdict *verdict)
{
    if (is_no_host(paste, diagnosis, verdict))
        return;
    if (verdict->status == CAUSE_CONFIRMED || verdict->suspected) {
        g_autofree char *from = from_of(paste, verdict);
        say_from(verdict, from);
        return;
    }
    if (verdict->by_hand)
        return;
    if (verdict->status == CAUSE_RULED_OUT && !can_rule_out(paste, diagnosis, verdict)) {
        verdict->status = CAUSE_NOT_VISIBLE;
        g_ptr_array_set_size(verdict->evidence, 0);
        g_ptr_array_set_size(verdict->looked_at, 0);
        verdict->unread = true;
    }
    if (!verdict->unread)
        return;
    g_free(verdict->said);
    verdict->said =
        g_strdup(paste->chopped
                     ? "what tells of it is not in the pasted outputs, or was cut in the "
                       "middle of a line and could not be read"
                     : "what tells of it is not in the pasted outputs");
    suspect_list(paste, diagnosis, verdict);
}

/* Whether the rule that told is what the cause is, and not only a sign of it. */
static bool
is_decided(const CauseVerdict *verdict)
{
    for (guint i = 0; i < verdict->cause->checks->len; i++) {
        const CauseCheck *check = verdict->cause->checks->pdata[i];
        if (check->rule == verdict->rule)
            return check->power == CHECK_DECIDES;
    }
    return true;
}

/* Of causes that only the outputs brought in, those stay that something speaks for; where
 * there is no error beside them, what was ruled out as well. */
static bool
is_idle(const Paste *paste, const CauseVerdict *verdict)
{
    bool alone = g_hash_table_size(paste->listed) == 0;
    if (g_hash_table_contains(paste->listed, verdict->cause))
        return false;
    if (verdict->findings->len > 0)
        return !is_decided(verdict);
    return verdict->status != CAUSE_CONFIRMED && !verdict->suspected &&
           !(alone && verdict->status == CAUSE_RULED_OUT);
}

/* The host that is in doubt. */
static void
say_supposed(const Paste *paste, CauseVerdict *verdict)
{
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        if (!account->supposed_dns || !verdict->said ||
            !strstr(verdict->said, account->dns))
            continue;
        char *said =
            g_strdup_printf("%s (%s is taken for its full name, after its domain.)",
                            verdict->said, account->dns);
        g_free(verdict->said);
        verdict->said = said;
        return;
    }
}

/* Where the directory shows all that a way of delegation needs, what may still be wrong
 * is that the hosts do not know of it yet. */
static void
suspect_caches(const Paste *paste, const Diagnosis *diagnosis)
{
    static const char *const ways[] = {"list-migration", "list-cifs", "no-transition"};
    CauseVerdict *caches = find_verdict(diagnosis, "caches");
    if (!caches || !g_hash_table_contains(paste->listed, caches->cause) ||
        caches->status == CAUSE_CONFIRMED)
        return;
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == CAUSE_CONFIRMED || verdict->suspected)
            return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        const CauseVerdict *way = find_verdict(diagnosis, ways[i]);
        if (!way || way->status != CAUSE_RULED_OUT)
            return;
    }
    const PasteAccount *source =
        paste_account_named(paste, diagnosis->pair->source->name);
    g_autofree char *from = source ? paste_account_from(source) : g_strdup("outputs");
    caches->suspected = true;
    caches->unread = false;
    g_free(caches->said);
    caches->said = g_strdup_printf(
        "From the pasted %s: the delegation of %s to %s is as it should be. Where it was "
        "entered a short time ago, the hosts may not use it before their tickets are "
        "purged or they are restarted.",
        from, diagnosis->pair->source->name, diagnosis->pair->target->name);
}

static void
say_nothing_wrong(Paste *paste)
{
    g_free(paste->entry->meaning);
    paste->entry->meaning =
        g_strdup("Nothing in what these tools printed shows a cause, and what they did "
                 "not print is not known. Paste the error beside it, with its code.");
}

static void
settle_outputs(Paste *paste, Diagnosis *diagnosis)
{
    if (paste_is_empty(paste))
        return;
    for (guint i = 0; diagnosis->audit && paste->ldif && i < diagnosis->causes->len;
         i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        settle_judged(paste, diagnosis, verdict);
        say_supposed(paste, verdict);
    }
    for (guint i = 0; i < paste->facts->len; i++)
        take_fact(paste, diagnosis, paste->facts->pdata[i]);
    if (diagnosis->audit && paste->ldif)
        suspect_caches(paste, diagnosis);
    for (guint i = diagnosis->causes->len; i > 0; i--)
        if (is_idle(paste, diagnosis->causes->pdata[i - 1]))
            g_ptr_array_remove_index(diagnosis->causes, i - 1);
    if (diagnosis->causes->len == 0 && diagnosis->matches->len == 1)
        say_nothing_wrong(paste);
    diagnosis_sort(diagnosis);
    /* However rare it is elsewhere, here it was seen: it is not folded away. */
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == CAUSE_CONFIRMED || verdict->suspected)
            verdict->likelihood = LIKELY;
    }
}

void
paste_settle(Paste *paste, Diagnosis *diagnosis)
{
    settle_outputs(paste, diagnosis);
    paste_take_service(paste, diagnosis);
}

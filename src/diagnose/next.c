/* What to do once the causes are judged. */
#include "diagnose/diagnosis.h"

#include "audit/rules.h"

#include <string.h>

#define NAMED 3

static const CauseVerdict *
first_of(const Diagnosis *diagnosis, CauseStatus status, bool suspected)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == status && verdict->suspected == suspected)
            return verdict;
    }
    return NULL;
}

/* What decides a pair comes in the order of its rules, the rest after it. */
static int
in_fixing_order(gconstpointer a, gconstpointer b)
{
    const CauseVerdict *left = *(const CauseVerdict *const *)a;
    const CauseVerdict *right = *(const CauseVerdict *const *)b;
    guint first = left->by_hand ? 0 : rules[left->rule].order;
    guint second = right->by_hand ? 0 : rules[right->rule].order;
    return (first ? first : G_MAXINT) < (second ? second : G_MAXINT)   ? -1
           : (first ? first : G_MAXINT) > (second ? second : G_MAXINT) ? 1
                                                                       : 0;
}

char *
diagnosis_asked(const Diagnosis *diagnosis)
{
    const Match *first = diagnosis->matches->pdata[0];
    return first->code ? error_code_text(first->code) : g_strdup("-");
}

/* What has to be given again, that the rule was asked with. */
static const char *
options_of(RuleId rule)
{
    return rules[rule].needs & NEEDS_NET      ? " --ports"
           : rules[rule].needs & NEEDS_GPO    ? " --sysvol DIR"
           : rules[rule].needs & NEEDS_FACTS  ? " --facts DIR, collected anew,"
           : rules[rule].needs & NEEDS_PROOFS ? " --prove-as USER --prove-keytab FILE"
           : rules[rule].concerns & CONCERNS_OPERATOR ? " --operator USER"
           : rule == RULE_DOM_03                      ? " --all-dcs"
                                                      : "";
}

/* What decides a pair, or is told beside it, is told by check. */
char *
diagnosis_verify(const Diagnosis *diagnosis, const CauseVerdict *verdict)
{
    if (verdict->by_hand)
        return verdict->cause->look ? diagnosis_fill(diagnosis, verdict->cause->look)
                                    : NULL;
    bool shown = rules[verdict->rule].order > 0 || verdict->rule == RULE_SPN_10 ||
                 verdict->rule == RULE_DEL_04;
    g_autofree char *asked = diagnosis_asked(diagnosis);
    g_autofree char *text =
        shown
            ? g_strdup("kcdaudit check SOURCE TARGET shows that it works; then purge the "
                       "tickets of both hosts (klist purge -li 0x3e7) and migrate again.")
            : g_strdup_printf("kcdaudit diagnose %s SOURCE TARGET%s no longer confirms "
                              "this cause.",
                              asked, options_of(verdict->rule));
    return diagnosis_fill(diagnosis, text);
}

/* All that is wrong, numbered, then the purge. */
static void
say_confirmed(const Diagnosis *diagnosis, GString *out)
{
    g_autoptr(GPtrArray) confirmed = g_ptr_array_new();
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == CAUSE_CONFIRMED && !verdict->instead)
            g_ptr_array_add(confirmed, (gpointer)verdict);
    }
    g_ptr_array_sort(confirmed, in_fixing_order);
    if (confirmed->len > 1) {
        g_string_append(out, "Fix what is confirmed, all of it, in this order: ");
        for (guint i = 0; i < confirmed->len; i++)
            g_string_append_printf(
                out, "%u. %s; ", i + 1,
                ((const CauseVerdict *)confirmed->pdata[i])->cause->title);
        g_string_append_printf(out, "%u. wait", confirmed->len + 1);
    } else {
        g_string_append(out, "Fix what is confirmed, wait");
    }
    g_string_append(out,
                    " until it has replicated to every domain controller, then purge the "
                    "tickets on SOURCE "
                    "and TARGET (klist purge -li 0x3e7) or wait 15 minutes, since hosts "
                    "remember refusals.");
}

static void
say_verdict(const Diagnosis *diagnosis, GString *out)
{
    const Pair *pair = diagnosis->pair;
    if (pair->verdict == VERDICT_READY)
        g_string_append(out, diagnosis->audit->gaps->len > 0
                                 ? "As far as it was read, the directory is right for "
                                   "SOURCE to TARGET"
                                 : "The directory is right for SOURCE to TARGET");
    else if (diagnosis->no_host || diagnosis->subject >= SUBJECT_OTHER)
        g_string_append(out, "No cause is confirmed");
    else
        g_string_append_printf(out,
                               "No cause is confirmed, although this migration "
                               "direction is %s",
                               verdict_names[pair->verdict]);
}

/* Both sides of the doubt: what is right, and what it leaves to suspect. */
static void
say_right(const Diagnosis *diagnosis, GString *out)
{
    const Pair *pair = diagnosis->pair;
    const CauseVerdict *suspect = first_of(diagnosis, CAUSE_NOT_VISIBLE, true);
    say_verdict(diagnosis, out);
    if (suspect && pair->verdict == VERDICT_READY && suspect->findings->len > 0) {
        const Finding *finding = suspect->findings->pdata[0];
        const Account *account = finding->subject_account;
        const char *what = finding->evidence->len > 0
                               ? ((const Evidence *)finding->evidence->pdata[0])->key
                               : "something";
        gint64 changed = account ? account->changed_us : 0;
        for (guint i = 0; account && account->changes && i < account->changes->len; i++) {
            const AttrChange *change = &g_array_index(account->changes, AttrChange, i);
            if (strcmp(attr_name(change->attr), what) == 0)
                changed = change->changed_us;
        }
        g_autofree char *age =
            diagnosis_age(diagnosis->audit->estate->collected_us - changed);
        g_string_append_printf(
            out,
            ", but hosts may still use cached tickets: %s of %s was changed %s ago. "
            "Purge the tickets on both hosts (klist purge -li 0x3e7) or wait until 15 "
            "minutes have passed.",
            what, finding->subject, age);
    } else if (suspect) {
        g_string_append_printf(out, "; likely, by what was seen: %s.",
                               suspect->cause->title);
    } else {
        g_string_append(out, ".");
    }
    if (diagnosis->audit->estate->replicas->len == 0 &&
        !audit_is_offline(diagnosis->audit))
        g_string_append(out, " Only one domain controller was read; another may still "
                             "hold the old values: --all-dcs.");
}

static void
say_remaining(const Diagnosis *diagnosis, GString *out)
{
    guint named = 0;
    for (guint i = 0; i < diagnosis->causes->len && named < NAMED; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status != CAUSE_NOT_VISIBLE || verdict->suspected ||
            verdict->cause->checks->len > 0)
            continue;
        g_string_append_printf(
            out, "%s%s",
            named == 0 ? " Next, check what the directory does not hold: " : "; ",
            verdict->cause->title);
        named++;
    }
    if (named > 0)
        g_string_append(out, ".");
    if (named > 0 && !diagnosis->audit->facts)
        g_string_append(out, " What the hosts say of it themselves "
                             "(Get-MigrationFacts.ps1, run on both) is read by "
                             "--facts DIR.");
}

static void
say_back(const Diagnosis *diagnosis, GString *out)
{
    if (diagnosis->back && diagnosis->back->verdict > VERDICT_READY &&
        diagnosis->pair->verdict == VERDICT_READY)
        g_string_append_printf(out,
                               " The other direction, TARGET to SOURCE, is %s: if the "
                               "VM was to move that way, swap --from and --to.",
                               verdict_names[diagnosis->back->verdict]);
}

char *
diagnosis_next(const Diagnosis *diagnosis)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (diagnosis->matches->len == 0)
        g_string_append(
            out, diagnosis->unknown && diagnosis->unknown->len > 0
                     ? "Paste the whole message with its code: kcdaudit diagnose - "
                       "reads it from standard input."
                     : "Look for the line with a code, in whatever language: eight "
                       "hexadecimal digits as in (0x8009030E), or a name as in "
                       "KDC_ERR_BADOPTION; of an event, also the line with its ID. Paste "
                       "the whole message with it: kcdaudit diagnose - reads it from "
                       "standard input.");
    else if (!diagnosis->audit)
        return NULL;
    else if (diagnosis_count(diagnosis, CAUSE_CONFIRMED) > 0)
        say_confirmed(diagnosis, out);
    else {
        say_right(diagnosis, out);
        say_remaining(diagnosis, out);
        say_back(diagnosis, out);
    }
    return diagnosis_fill(diagnosis, out->str);
}

/* Gathers causes of the matches in the order of their likelihood, judged. */
#include "diagnose/diagnosis.h"

#include <string.h>

const char *const cause_status_names[] = {"confirmed", "not-visible", "ruled-out"};

static void
evidence_free(gpointer data)
{
    Evidence *evidence = data;
    g_free(evidence->key);
    g_free(evidence->value);
    g_free(evidence);
}

static void
verdict_free(gpointer data)
{
    CauseVerdict *verdict = data;
    g_free(verdict->said);
    g_free(verdict->back);
    g_ptr_array_unref(verdict->evidence);
    g_ptr_array_unref(verdict->findings);
    g_free(verdict);
}

void
diagnosis_free(Diagnosis *diagnosis)
{
    if (!diagnosis)
        return;
    g_ptr_array_unref(diagnosis->matches);
    g_clear_pointer(&diagnosis->nearest, g_ptr_array_unref);
    g_ptr_array_unref(diagnosis->causes);
    g_free(diagnosis->structure);
    g_free(diagnosis);
}

static CauseVerdict *
find_cause(const Diagnosis *diagnosis, const Cause *cause)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->cause == cause)
            return verdict;
    }
    return NULL;
}

static void
add_cause(Diagnosis *diagnosis, const CauseRef *ref)
{
    const GPtrArray *checks = ref->cause->checks;
    CauseVerdict *verdict = find_cause(diagnosis, ref->cause);
    if (verdict) {
        verdict->likelihood = MIN(verdict->likelihood, ref->likelihood);
        return;
    }
    verdict = g_new0(CauseVerdict, 1);
    verdict->cause = ref->cause;
    verdict->likelihood = ref->likelihood;
    verdict->status = CAUSE_NOT_VISIBLE;
    verdict->by_hand = checks->len == 0;
    if (!verdict->by_hand)
        verdict->rule = ((const CauseCheck *)checks->pdata[0])->rule;
    verdict->evidence = g_ptr_array_new_with_free_func(evidence_free);
    verdict->findings = g_ptr_array_new();
    g_ptr_array_add(diagnosis->causes, verdict);
}

static gint
by_likelihood(gconstpointer a, gconstpointer b)
{
    const CauseVerdict *const *left = a, *const *right = b;
    return (int)(*left)->likelihood - (int)(*right)->likelihood;
}

/* The causes of all that was named.  An event's number wraps any text: where
 * the text or a code says more, the number's own causes do not count. */
static void
gather(Diagnosis *diagnosis)
{
    const GPtrArray *matches = diagnosis->matches;
    bool said = matches->len > 0 &&
                ((const Match *)matches->pdata[0])->entry->kind != ERROR_EVENT;
    for (guint i = 0; i < matches->len; i++) {
        const ErrorEntry *entry = ((const Match *)matches->pdata[i])->entry;
        if (said && entry->kind == ERROR_EVENT)
            continue;
        for (guint c = 0; c < entry->causes->len; c++)
            add_cause(diagnosis, entry->causes->pdata[c]);
    }
    g_ptr_array_sort(diagnosis->causes, by_likelihood);
}

Diagnosis *
diagnosis_new(const Errors *errors, const Input *input)
{
    Diagnosis *diagnosis = g_new0(Diagnosis, 1);
    diagnosis->errors = errors;
    diagnosis->input = input;
    diagnosis->matches = match_find(errors, input);
    diagnosis->causes = g_ptr_array_new_with_free_func(verdict_free);
    if (diagnosis->matches->len == 0) {
        diagnosis->nearest = match_nearest(errors, input);
        diagnosis->structure = match_structure(input);
    }
    gather(diagnosis);
    return diagnosis;
}

guint
diagnosis_count(const Diagnosis *diagnosis, CauseStatus status)
{
    guint count = 0;
    for (guint i = 0; i < diagnosis->causes->len; i++)
        count += ((const CauseVerdict *)diagnosis->causes->pdata[i])->status == status;
    return count;
}

bool
diagnosis_incomplete(const Diagnosis *diagnosis)
{
    if (diagnosis->audit && diagnosis->audit->gaps->len > 0)
        return true;
    for (guint i = 0; i < diagnosis->causes->len; i++)
        if (((const CauseVerdict *)diagnosis->causes->pdata[i])->unread)
            return true;
    return false;
}

/* Names */

static bool
is_plain_name(const char *name)
{
    return name && *name && *name != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-._") == strlen(name);
}

static void
replace(GString *text, const char *word, const char *name)
{
    if (is_plain_name(name))
        g_string_replace(text, word, name, 0);
}

/* Longer words first.  A placeholder that no plain name fills stays. */
char *
diagnosis_fill(const Diagnosis *diagnosis, const char *text)
{
    GString *out = g_string_new(text);
    if (diagnosis->pair) {
        const Account *source = diagnosis->pair->source;
        const Account *target = diagnosis->pair->target;
        /* Names put in must not be taken for placeholders again. */
        if (!strstr(source->name, "TARGET") && !strstr(source->name, "SOURCE") &&
            !strstr(target->name, "TARGET") && !strstr(target->name, "SOURCE")) {
            replace(out, "SOURCE-FQDN", source->dns);
            replace(out, "TARGET-FQDN", target->dns);
            if (!strstr(out->str, "-FQDN")) {
                replace(out, "SOURCE", source->name);
                replace(out, "TARGET", target->name);
            }
        }
    }
    return g_string_free(out, FALSE);
}

char *
diagnosis_age(gint64 age_us)
{
    gint64 minutes = MAX(0, age_us) / (60 * G_USEC_PER_SEC);
    gint64 count = minutes < 120    ? minutes
                   : minutes < 2880 ? minutes / 60
                                    : minutes / 1440;
    const char *unit = minutes < 120 ? "minute" : minutes < 2880 ? "hour" : "day";
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", count, unit,
                           count == 1 ? "" : "s");
}

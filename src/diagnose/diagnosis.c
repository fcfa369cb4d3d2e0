/* Gathers causes of the matches in the order of their likelihood, judged. */
#include "diagnose/diagnosis.h"

#include "diagnose/release.h"

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
    g_ptr_array_unref(verdict->looked_at);
    g_free(verdict);
}

void
diagnosis_free(Diagnosis *diagnosis)
{
    if (!diagnosis)
        return;
    g_ptr_array_unref(diagnosis->matches);
    g_clear_pointer(&diagnosis->nearest, g_ptr_array_unref);
    g_clear_pointer(&diagnosis->unknown, g_ptr_array_unref);
    g_clear_pointer(&diagnosis->codes, g_ptr_array_unref);
    g_ptr_array_unref(diagnosis->causes);
    g_free(diagnosis->structure);
    g_free(diagnosis->spn);
    g_free(diagnosis->holder);
    g_free(diagnosis->owner);
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
add_cause(Diagnosis *diagnosis, const Cause *cause, Likelihood likelihood)
{
    CauseVerdict *verdict = find_cause(diagnosis, cause);
    if (verdict) {
        verdict->likelihood = MIN(verdict->likelihood, likelihood);
        return;
    }
    verdict = g_new0(CauseVerdict, 1);
    verdict->cause = cause;
    verdict->likelihood = likelihood;
    verdict->status = CAUSE_NOT_VISIBLE;
    verdict->by_hand = cause->checks->len == 0;
    if (!verdict->by_hand)
        verdict->rule = ((const CauseCheck *)cause->checks->pdata[0])->rule;
    verdict->evidence = g_ptr_array_new_with_free_func(evidence_free);
    verdict->findings = g_ptr_array_new();
    verdict->looked_at = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(diagnosis->causes, verdict);
}

static gint
by_likelihood(gconstpointer a, gconstpointer b)
{
    const CauseVerdict *const *left = a, *const *right = b;
    if ((*left)->likelihood != (*right)->likelihood)
        return (int)(*left)->likelihood - (int)(*right)->likelihood;
    return !(*left)->raised - !(*right)->raised;
}

/* Whether one of the matches tells of an error by itself. */
static bool
is_told(const Diagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->matches->len; i++)
        if (match_tells(diagnosis->matches->pdata[i]))
            return true;
    return false;
}

/* Whether nothing is known but words around an error, or around one whose code is not
 * known: they say nothing of its cause. */
static bool
is_wrapped(const Diagnosis *diagnosis)
{
    bool wraps = false, words = false;
    for (guint i = 0; i < diagnosis->matches->len; i++) {
        const Match *match = diagnosis->matches->pdata[i];
        if (match->entry->kind == ERROR_CHECKLIST)
            continue;
        if (!match_is_wrapper(match))
            return false;
        wraps = true;
        words = words || (!match->code && match->entry->kind != ERROR_EVENT);
    }
    return words || (wraps && diagnosis->unknown->len > 0);
}

/* The causes of all that was named.  What only wraps counts where nothing tells more,
 * and nobody is to read a message whose code was read. */
static void
gather(Diagnosis *diagnosis)
{
    const GPtrArray *matches = diagnosis->matches;
    const Cause *read = errors_cause(diagnosis->errors, MATCH_READ_ON);
    bool told = is_told(diagnosis), wrapped = is_wrapped(diagnosis);
    if (wrapped && read)
        add_cause(diagnosis, read, LIKELY);
    for (guint i = 0; i < matches->len; i++) {
        const Match *match = matches->pdata[i];
        if (told && match_is_wrapper(match))
            continue;
        for (guint c = 0; c < match->entry->causes->len; c++) {
            const CauseRef *ref = match->entry->causes->pdata[c];
            if (!told || ref->cause != read)
                add_cause(diagnosis, ref->cause,
                          wrapped ? MAX(ref->likelihood, POSSIBLE) : ref->likelihood);
        }
    }
    g_ptr_array_sort(diagnosis->causes, by_likelihood);
}

/* The codes of the matches (transfer full, of char *). */
static GPtrArray *
list_codes(const GPtrArray *matches)
{
    GPtrArray *codes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < matches->len; i++) {
        const ErrorCode *code = ((const Match *)matches->pdata[i])->code;
        if (code)
            g_ptr_array_add(codes, error_code_text(code));
    }
    return codes;
}

Diagnosis *
diagnosis_new(const Errors *errors, const Input *input)
{
    Diagnosis *diagnosis = g_new0(Diagnosis, 1);
    diagnosis->errors = errors;
    diagnosis->input = input;
    diagnosis->matches = match_find(errors, input);
    diagnosis->subject = match_subject(errors, input, diagnosis->matches);
    diagnosis->codes = list_codes(diagnosis->matches);
    diagnosis->unknown = match_unknown(errors, input);
    diagnosis->causes = g_ptr_array_new_with_free_func(verdict_free);
    if (diagnosis->matches->len == 0) {
        diagnosis->nearest = match_nearest(errors, input);
        diagnosis->structure = match_structure(input);
    }
    gather(diagnosis);
    return diagnosis;
}

static bool
leads_to(const Match *match, const Cause *cause)
{
    for (guint i = 0; i < match->entry->causes->len; i++)
        if (((const CauseRef *)match->entry->causes->pdata[i])->cause == cause)
            return true;
    return false;
}

/* Of those that the most telling match leads to: what decides goes before any release. */
static void
raise_by(Diagnosis *diagnosis, const char *text, const char *release)
{
    Likelihood likeliest = is_wrapped(diagnosis) ? POSSIBLE : LIKELY;
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        const GPtrArray *on = verdict->cause->raised_on;
        if (diagnosis->matches->len == 0 ||
            !leads_to(diagnosis->matches->pdata[0], verdict->cause))
            continue;
        for (guint r = 0; r < on->len && !verdict->raised; r++)
            if (release ? strcmp(release, on->pdata[r]) == 0
                        : release_is_named(on->pdata[r], text))
                verdict->raised = release_title(on->pdata[r]);
        if (verdict->raised)
            verdict->likelihood = likeliest;
    }
    g_ptr_array_sort(diagnosis->causes, by_likelihood);
}

void
diagnosis_raise(Diagnosis *diagnosis, const char *text)
{
    if (!diagnosis->release)
        raise_by(diagnosis, text, NULL);
}

void
diagnosis_take_release(Diagnosis *diagnosis, const char *release)
{
    diagnosis->release = release;
    raise_by(diagnosis, NULL, release);
}

void
diagnosis_add(Diagnosis *diagnosis, const CauseRef *ref)
{
    add_cause(diagnosis, ref->cause, ref->likelihood);
}

/* What rules found of two hosts is about these, whatever else the text names. */
static bool
is_of_hosts(const CauseVerdict *verdict)
{
    return verdict->findings->len > 0 || verdict->status == CAUSE_CONFIRMED ||
           verdict->suspected;
}

/* Whether a cause before the nth is the same for a service: hosts have several lists. */
static bool
is_told_before(const Diagnosis *diagnosis, guint nth)
{
    const CauseVerdict *verdict = diagnosis->causes->pdata[nth];
    const Cause *words = verdict->cause->of_service;
    for (guint i = 0; words && !is_of_hosts(verdict) && i < nth; i++) {
        const Cause *other = ((CauseVerdict *)diagnosis->causes->pdata[i])->cause;
        if (other->of_service && strcmp(other->of_service->title, words->title) == 0)
            return true;
    }
    return false;
}

void
diagnosis_take_service(Diagnosis *diagnosis, const char *spn, const char *holder,
                       const char *owner)
{
    diagnosis->spn = g_strdup(spn);
    diagnosis->holder = g_strdup(holder);
    diagnosis->owner = g_strdup(owner);
    for (guint i = diagnosis->causes->len; i > 0; i--) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i - 1];
        const Cause *cause = verdict->cause;
        bool told = is_told_before(diagnosis, i - 1);
        if (!told && cause->of_service && verdict->findings->len == 0) {
            verdict->cause = cause->of_service;
            verdict->by_hand = true;
        } else if (told || (cause->hosts_only && !is_of_hosts(verdict) &&
                            diagnosis->causes->len > 1)) {
            g_ptr_array_remove_index(diagnosis->causes, i - 1);
        }
    }
}

/* Whether the words ask for an SPN to be put in. */
static bool
names_spn(const Cause *cause)
{
    static const char spn[] = "SERVICE-SPN";
    bool found = strstr(cause->look, spn) || strstr(cause->fix, spn);
    for (guint i = 0; i < cause->see->len; i++)
        found = found || strstr(cause->see->pdata[i], spn);
    for (guint i = 0; i < cause->run->len; i++)
        found = found || strstr(cause->run->pdata[i], spn);
    return found;
}

void
diagnosis_take_words(Diagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        const Cause *words = verdict->cause->of_service;
        if (words && !is_of_hosts(verdict) && !names_spn(words))
            verdict->cause = words;
    }
}

guint
diagnosis_count(const Diagnosis *diagnosis, CauseStatus status)
{
    guint count = 0;
    for (guint i = 0; i < diagnosis->causes->len; i++)
        count += ((const CauseVerdict *)diagnosis->causes->pdata[i])->status == status;
    return count;
}

GPtrArray *
diagnosis_gaps(const Diagnosis *diagnosis)
{
    GPtrArray *list = gap_list_new();
    g_autoptr(GHashTable) seen = gap_seen_new();
    const Gaps gaps = {list, seen};
    for (Limit limit = 0; limit < LIMIT_COUNT; limit++) {
        /* Symptoms count where nothing else tells of an error. */
        bool idle = limit == LIMIT_PASTE_SENTENCES && is_told(diagnosis);
        g_autofree char *why = limit_tells(limit);
        if (diagnosis->input->beyond[limit] && !idle)
            gaps_add(&gaps, "the text given", why);
    }
    const GPtrArray *read = diagnosis->audit ? diagnosis->audit->gaps : NULL;
    for (guint i = 0; read && i < read->len; i++) {
        const Gap *gap = read->pdata[i];
        gaps_add(&gaps, gap->what, gap->why);
    }
    return list;
}

bool
diagnosis_incomplete(const Diagnosis *diagnosis)
{
    g_autoptr(GPtrArray) gaps = diagnosis_gaps(diagnosis);
    if (gaps->len > 0)
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

static void
fill_service(const Diagnosis *diagnosis, GString *text)
{
    if (!diagnosis->spn)
        return;
    replace(text, "HOLDER",
            is_plain_name(diagnosis->holder) ? diagnosis->holder : "WRONGACCOUNT");
    replace(text, "OWNER",
            is_plain_name(diagnosis->owner) ? diagnosis->owner : "SERVICEACCOUNT");
    g_string_replace(text, "SERVICE-SPN", diagnosis->spn, 0);
}

/* Longer words first.  A placeholder that no plain name fills stays. */
char *
diagnosis_fill(const Diagnosis *diagnosis, const char *text)
{
    GString *out = g_string_new(text);
    fill_service(diagnosis, out);
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
    gint64 minutes = MAX(0, age_us) / (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC);
    gint64 count = minutes < 120    ? minutes
                   : minutes < 2880 ? minutes / 60
                                    : minutes / 1440;
    const char *unit = minutes < 120 ? "minute" : minutes < 2880 ? "hour" : "day";
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", count, unit,
                           count == 1 ? "" : "s");
}

/* What a text is about leaves causes of the two hosts aside that have no part in it. */
#include "subject.h"

#include "audit/rules.h"
#include "diagnose/match.h"

/* Whether the match tells of an error that what the text is about does not explain. */
static bool
is_apart(const Diagnosis *diagnosis, const Match *match)
{
    for (guint i = 0; i < diagnosis->matches->len; i++) {
        const Match *other = diagnosis->matches->pdata[i];
        if (other->entry->subject == SUBJECT_OTHER && match_is_over(other, match))
            return false;
    }
    return match_tells(match);
}

/* Whether what the text is about, or another error in it, leads to the cause. */
static bool
is_named(const Diagnosis *diagnosis, const Cause *cause)
{
    for (guint i = 0; i < diagnosis->matches->len; i++) {
        const Match *match = diagnosis->matches->pdata[i];
        bool counts =
            match->entry->subject == SUBJECT_OTHER || is_apart(diagnosis, match);
        for (guint c = 0; counts && c < match->entry->causes->len; c++)
            if (((const CauseRef *)match->entry->causes->pdata[c])->cause == cause)
                return true;
    }
    return false;
}

bool
subject_passes_over(const Diagnosis *diagnosis, const Cause *cause)
{
    const guint of_hosts =
        CONCERNS_PAIR | CONCERNS_TURNED | CONCERNS_SOURCE | CONCERNS_TARGET;
    bool rules_tell = false;
    if (diagnosis->subject < SUBJECT_OTHER)
        return false;
    if (diagnosis->subject == SUBJECT_OTHER)
        return !is_named(diagnosis, cause);
    for (guint i = 0; i < cause->checks->len; i++) {
        RuleId rule = ((const CauseCheck *)cause->checks->pdata[i])->rule;
        rules_tell = rules_tell || (rules[rule].concerns & of_hosts) != 0;
    }
    return rules_tell;
}

void
subject_keep(Diagnosis *diagnosis)
{
    for (guint i = diagnosis->causes->len; i > 0; i--) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i - 1];
        if (!subject_passes_over(diagnosis, verdict->cause))
            continue;
        if (diagnosis->subject == SUBJECT_SERVICE ? verdict->cause->of_service != NULL
                                                  : diagnosis->causes->len == 1)
            verdict->by_hand = true;
        else
            g_ptr_array_remove_index(diagnosis->causes, i - 1);
    }
}

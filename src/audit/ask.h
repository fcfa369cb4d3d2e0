/* Asking one condition; inside of audit. */
#ifndef AUDIT_ASK_H
#define AUDIT_ASK_H

#include "audit/conditions.h"

typedef struct {
    const PairEnds *ends;
    const Audit *audit; /* what is told beside the verdict; else NULL */
    const Pair *pair;   /* the same */
    bool words;         /* else states alone are wanted */
    const char *spn;    /* of what is listed this one alone; NULL: each */
    What what;
    GArray *out; /* of Condition */
} Asking;

/* One more condition of this kind; valid until the next. */
Condition *
ask_add(const Asking *asking, ConditionState state);
/* The same of one required SPN. */
Condition *
ask_add_spn(const Asking *asking, const NeededSpn *needed, guint nth,
            ConditionState state);
ConditionState
ask_state(Tri tri);
void
ask_stands_in(Condition *condition, AttrId attr, const Account *account);
/* A text that lives as long as the context. */
const char *
ask_text(const Asking *asking, const char *text);
const char *
ask_format(const Asking *asking, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Lets what a KDC answered go before the pair's verdict (pair.c). */
void
verdict_settle(const Audit *audit, Pair *pair);

/* Whether a bit of userAccountControl is as it should be. */
Condition *
ask_bit(const Asking *asking, const Account *account, guint32 bit, Tri wanted);
Condition *
ask_protected(const Asking *asking, const Account *account);
/* Who answers to each SPN (of const NeededSpn *), and the test ticket for it. */
void
ask_spns(const Asking *asking, const GPtrArray *all);
void
ask_tickets(const Asking *asking, const GPtrArray *all);

/* One of each row of CONDITIONS: ask_*.c, ways.c. */
#define CONDITION(name, function, key, label, part, scope, role) \
    void ask_##function(const Asking *asking);
CONDITIONS(CONDITION)
#undef CONDITION

#endif

/* What verdicts and conditions share; inside of audit. */
#ifndef AUDIT_CONTEXT_H
#define AUDIT_CONTEXT_H

#include "audit/verdict.h"

#define BITS_TOLD 2

/* What is said of a bit, for all that have the same userAccountControl. */
typedef struct {
    const Account *of; /* NULL: nothing was said yet */
    const char *text;
} BitTold;

struct VerdictContext {
    const Estate *estate;
    EdgeIndex *edges;
    GHashTable *needed; /* number, names and services, as one number -> TargetSpns */
    const TargetSpns **latest; /* of these, by the target's number: what was asked last */
    GHashTable *written;       /* "number SPN" -> TargetSpns */
    GHashTable *winrm;         /* const Account * -> WinrmHop */
    GHashTable *answers;       /* const Domain * -> GHashTable of SPN -> SpnAnswer */
    GPtrArray *by_place;       /* of SpnAnswer *, of all in `answers` */
    GHashTable *listed;  /* entry of a list, by its address -> SpnAnswer, where all in the
                          * forest have the same: the estate keeps nearly all texts once */
    GHashTable *entries; /* const Account * -> Entries */
    GHashTable *near;    /* const Account * -> its list by folded host */
    GHashTable *judged;  /* const Account * or TargetSpns * -> GArray of Condition */
    GHashTable *told;    /* the same, for what is told beside the verdict */
    GStringChunk *words; /* of conditions */
    /* What is said of the entries that a list lacks of a target, until another is asked:
     * each service of a pair asks. */
    const Account *lacking_source, *lacking_target;
    const char *lacking;
    const Account *none_source; /* whose list names no target that was asked last */
    const char *none;
    /* What is said where a source's ticket cannot be passed on for this reason. */
    const char *alone_why, *alone;
    bool alone_written;
    List *reasons[SERVICE_COUNT]; /* of the pair that was judged last; NULL: none yet */
    BitTold told_bits[32][BITS_TOLD]; /* of each bit of userAccountControl */
    GHashTable *names; /* const Account * -> GPtrArray of its folded names */
    GPtrArray *all;    /* of const Condition *: of the pair that is judged now */
    GArray *own;       /* of Condition: those of its own; NULL: none was judged yet */
    /* const Account * -> GPtrArray of const Group *: those of which it is a member; NULL:
     * nobody asked yet. */
    GHashTable *groups;
    /* GBytes * of a descriptor -> GPtrArray of whom it lets write, of accounts and of
     * managed service accounts; NULL: nobody asked yet. */
    GHashTable *writers[2];
};

#endif

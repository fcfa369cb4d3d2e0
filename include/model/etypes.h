/* Whether a KDC finds encryption types for a source's ticket to a target (MS-KILE
 * 2.2.7 and 3.3.5.7, KB 5021131, KB 5073381, and what is new in Windows Server 2025). */
#ifndef MODEL_ETYPES_H
#define MODEL_ETYPES_H

#include "model/estate.h"

typedef struct {
    Tri common;
    const char *why; /* of NO and UNKNOWN, for a sentence: "the source ..." */
    bool no_tgt;     /* NO: not for the target's types, but for those of a TGT */
} EtypeAnswer;

/* The ticket's key is one of the target's, its session key one that the source offers
 * and the target takes; and the source needs a TGT first. */
EtypeAnswer
etypes_between(const Estate *estate, const Account *source, const Account *target);

/* The same of whoever offers what Windows offers. */
EtypeAnswer
etypes_towards(const Estate *estate, const Account *target);

#endif

/* Judging a cause; inside of diagnose. */
#ifndef DIAGNOSE_JUDGE_H
#define DIAGNOSE_JUDGE_H

#include "diagnose/diagnosis.h"

/* What the findings that confirm a cause say, and show. */
void
judge_take_findings(CauseVerdict *verdict);

/* By what the hosts say of themselves, where the audit was given that (judge_facts.c). */
void
judge_by_facts(const Diagnosis *diagnosis, CauseVerdict *verdict);

#endif

/* Objects that were moved between two exports: one SID under two DNs. */
#ifndef COLLECT_MOVED_H
#define COLLECT_MOVED_H

#include "builder.h"

/* Leaves one account of each SID. */
void
moved_settle(Builder *builder);

#endif

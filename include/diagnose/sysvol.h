/* A mounted or copied SYSVOL: what the GPOs' files define.
 *
 * Below DIR, the SYSVOL share, a domain's folder in it, or its Policies:
 *     [DOMAIN/]Policies/{GUID}/Machine/Microsoft/Windows NT/SecEdit/GptTmpl.inf
 *     [DOMAIN/]Policies/{GUID}/Machine/Registry.pol
 * Names are found without regard to case, as Windows does.  Symbolic links below
 * DIR are not followed, and nothing but regular files of bounded size is read.
 */
#ifndef DIAGNOSE_SYSVOL_H
#define DIAGNOSE_SYSVOL_H

#include "audit/audit.h"

/* Whether DIR is a directory that can be read.  FAULT_CONFIG. */
bool
sysvol_check(const char *directory, GError **error);

/* Reads the files of these GPOs (of const Gpo *).  What is missing or cannot be
 * read is part of the evidence (of GpoEvidence *, transfer full).  `domain`: whose
 * policies a DIR holds that does not say so.  FAULT_CONFIG where DIR is no SYSVOL. */
bool
sysvol_read(const char *directory, const char *domain, const GPtrArray *gpos,
            GPtrArray **ret_evidence, GError **error);

#endif

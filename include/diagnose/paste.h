/* Outputs of Windows tools in a pasted text: evidence beside the error in it.
 *
 * What a tool printed of the directory (setspn, Get-ADComputer and its kin) becomes
 * entries of which only what it printed counts as read, and the audit's rules judge them
 * as they judge an export.  What it printed of a host (Get-VMHost, Test-WSMan, klist,
 * nltest) becomes facts that confirm a cause or rule it out.
 */
#ifndef DIAGNOSE_PASTE_H
#define DIAGNOSE_PASTE_H

#include "diagnose/diagnosis.h"

typedef struct Paste Paste;

/* Finds the outputs in a valid UTF-8 text.  Every text will do: what is no output of
 * these tools is left alone. */
Paste *
paste_read(const char *text);
void
paste_free(Paste *paste);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Paste, paste_free)

/* The same of an input, which is then read anew without the outputs: the numbers in them
 * are no codes.  FAULT_CONFIG. */
bool
paste_take(Input **input, Paste **ret_paste, GError **error);

/* Adds the causes that outputs can tell of to those of the error beside them, before they
 * are judged. */
void
paste_match(Paste *paste, Diagnosis *diagnosis);

/* Lets the text decide what it is about: a service that is no host's is none of the two
 * hosts that were named. */
void
paste_take_subject(const Paste *paste, Diagnosis *diagnosis);

/* The entries of the directory, as LDIF, with the two hosts among them that a diagnosis
 * is about: those given (may be NULL), else those that the text names, else one that
 * stands in for what is not known.  False: no output was about the directory. */
bool
paste_pair(Paste *paste, const Input *input, const char *from, const char *to);
const char *
paste_ldif(const Paste *paste);
const char *
paste_source(const Paste *paste);
const char *
paste_target(const Paste *paste);

/* Of the pair and its way back: the direction in which more is wrong, where nothing said
 * which one is meant. */
const Pair *
paste_direction(const Paste *paste, const Audit *audit, const Pair *pair);

/* What the outputs tell of the causes, after they were judged, where they were: says from
 * which output it is, takes back what entries in part cannot rule out, and puts first
 * what is confirmed. */
void
paste_settle(Paste *paste, Diagnosis *diagnosis);

#endif

/* A library that is loaded by who needs it: functions found by their names. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <glib.h>

/* Loads `soname` for the life of the process and finds `count` functions, in the order of
 * their names; `mode` is dlopen's.  What is wrong, for a message (transfer full); NULL:
 * all are found. */
char *
library_find(const char *soname, int mode, const char *const *names, guint count,
             gpointer *ret_functions);

#endif

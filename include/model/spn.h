/* Service principal names: class/host[:port][/name] (MS-ADTS 2.2.21 and
 * MS-KILE 3.1.5.11; the class may hold spaces). */
#ifndef MODEL_SPN_H
#define MODEL_SPN_H

#include <glib.h>
#include <stdbool.h>

#define SPN_CIFS "cifs"
#define SPN_HOST "HOST"
#define SPN_HTTP "HTTP"   /* what WinRM's clients ask for */
#define SPN_WSMAN "WSMAN" /* what WinRM registers, and some of them ask for */
#define SPN_MIGRATION "Microsoft Virtual System Migration Service"
#define SPN_REPLICA "Hyper-V Replica Service"
#define SPN_CONSOLE "Microsoft Virtual Console Service"
#define SPN_CLUSTER_NAME "MSClusterVirtualServer"

typedef struct {
    char *class;
    char *host;
    char *port; /* NULL: none.  May be an instance name. */
    char *name; /* NULL: none.  The third component. */
} Spn;

/* (transfer full) NULL where `text` is no SPN: no slash, an empty class or
 * host, a control character, longer than MOST_SPN_BYTES. */
Spn *
spn_parse(const char *text);

void
spn_free(Spn *spn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spn, spn_free)

/* "class/host" (transfer full). */
char *
spn_of(const char *class, const char *host);

/* The same SPN under another class (transfer full). */
char *
spn_with_class(const Spn *spn, const char *class);

/* Whether `text` is of `class`, without regard to case. */
bool
spn_has_class(const char *text, const char *class);

/* Whether an SPN matches a pattern: without regard to case, * stands for any
 * run of characters, everything else for itself. */
bool
spn_matches(const char *pattern, const char *spn);

/* Whether it is kadmin/changepw, which the krbtgt of every domain holds. */
bool
spn_is_of_krbtgts(const char *spn);
/* That, or krbtgt/...: a KDC answers for it itself, whatever is registered. */
bool
spn_is_kdcs(const char *spn);

#endif

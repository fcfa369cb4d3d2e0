/* Names of keytabs, as libkrb5 takes them. */
#ifndef TICKET_KEYTAB_H
#define TICKET_KEYTAB_H

/* The path of a keytab that is a file ("FILE:/etc/krb5.keytab"); NULL: it is something
 * else (MEMORY). */
const char *
keytab_file(const char *keytab);

#endif

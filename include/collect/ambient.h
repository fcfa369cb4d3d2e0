/* What stands around a run and must not decide what it trusts. */
#ifndef COLLECT_AMBIENT_H
#define COLLECT_AMBIENT_H

/* Has libldap, SASL, GSSAPI and TLS read neither their configuration nor their
 * variables: whom to trust, and by which code, is set by the program alone.  Called
 * before any of them, and before threads.  KRB5CCNAME, KRB5_CONFIG and the like, which
 * say who asks and where the KDCs are, stay. */
void
ambient_shed(void);

#endif

/* What stands around a run and must not decide what it trusts. */
#ifndef CLI_AMBIENT_H
#define CLI_AMBIENT_H

/* Takes out of the environment whatever libraries would read there, but for what says who
 * asks, where, and how text is to look.  Before any library is used, and before threads.
 */
void
ambient_shed(void);

#endif

/* Ending at once, and leaving nothing behind. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT remove temporary files and the
 * line of progress before they end the program the usual way, whatever it
 * waits for; a signal that was ignored at the start (nohup) stays ignored. */
void
interrupt_install(void);

#endif

/* Where past audits are kept, and keeping one more. */
#ifndef CLI_RECORDER_H
#define CLI_RECORDER_H

#include "cli/cli.h"
#include "render/render.h"
#include "store/history.h"

/* Runs of a trend, this one among them. */
#define KEEP_TREND 60

typedef struct {
    char *path;  /* NULL: this audit is not kept */
    char *aside; /* where it is kept instead; NULL: nowhere */
    bool kept;   /* in one of them */
    bool chosen; /* by --history: what fails is an error then, else a warning */
    GPtrArray *runs;
    Trend trend;
} Keep;

void
recorder_clear(Keep *keep);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Keep, recorder_clear)

/* --history, else the usual one: a file or the address of a server (transfer full); NULL:
 * nothing tells where. */
char *
recorder_place(const Options *options);

/* The file that takes what a server does not (transfer full); NULL: as above. */
char *
recorder_aside(void);

/* Settles where, and says before anything is contacted what is wrong with it:
 * as an error where the place was chosen, else as a warning. */
bool
recorder_prepare(const Options *options, Keep *keep, GError **error);

/* Keeps a finished audit and gives the report its trend.  Fails only where the
 * place was chosen; without a place it does nothing. */
bool
recorder_audit(Keep *keep, const Session *session, Report *report, int status,
               GError **error);

/* Sends what a file keeps for a server (history_send). */
bool
recorder_send(const char *file, const char *place, Db *server, guint *ret_sent,
              GError **error);
/* "2 audits that waited in FILE were sent to PLACE" (transfer full). */
char *
recorder_sent_text(guint sent, const char *file, const char *place);
/* For `history --send`: to the server of --history; and what to say of it (transfer
 * full). */
bool
recorder_send_all(const Options *options, char **ret_text, GError **error);

/* Opens the history for `history`, `diff` and `fleet`, which has to be there.
 * FAULT_MALFORMED where there is none yet: the message says how to make one. */
bool
recorder_open(const Options *options, DbUse use, Db **ret_db, char **ret_place,
              GError **error);

#endif

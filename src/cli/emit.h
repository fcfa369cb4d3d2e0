/* Reports on their way out: to standard output or into files. */
#ifndef CLI_EMIT_H
#define CLI_EMIT_H

#include "base/fileset.h"
#include "cli/options.h"
#include "render/page.h"

#include <jansson.h>

/* A place that cannot be written is said before anything is contacted.
 * FAULT_OUTPUT. */
bool
emit_check(const Options *options, GError **error);
bool
emit_check_path(const char *path, GError **error);
/* Made where it is missing. */
bool
emit_check_directory(const char *path, GError **error);

/* How text for `output` is to look. */
bool
emit_color(const Options *options, const Output *output);
/* Columns: of the terminal, else by COLUMNS; 0: nothing tells. */
int
emit_width(const Output *output);
bool
emit_utf8(void);

/* What goes out together: every file, or none where one cannot be written; then
 * standard output, which may end in the middle (| head). */
typedef struct {
    FileSet *files;
    GString *shown; /* for standard output */
    GArray *shows;  /* of what is made for it; NULL: nothing */
} Outbox;

void
outbox_clear(Outbox *box);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outbox, outbox_clear)

/* `path` NULL: standard output.  `mode`: FILE_PRIVATE or FILE_SHARED.
 * FAULT_OUTPUT. */
bool
outbox_put(Outbox *box, const char *path, guint mode, const GString *text,
           GError **error);
/* The same of what is made as it is written, which may be when all is sent: `data` is
 * borrowed until then. */
bool
outbox_make(Outbox *box, const char *path, guint mode, FileMake make, gpointer data,
            GError **error);
bool
outbox_send(Outbox *box, GError **error);

/* One text alone, mode 0600. */
bool
emit_text(const char *path, const GString *text, GError **error);

/* What a command has to show, for people and for programs (transfer full). */
typedef struct {
    void (*draw)(const void *what, Page *page);
    json_t *(*json)(const void *what);
    void (*csv)(const void *what, GString *out);  /* NULL: the command has no CSV */
    void (*html)(const void *what, GString *out); /* NULL: nor HTML */
} View;

/* To every place and in every format that was asked for. */
bool
emit_view(const Options *options, const View *view, const void *what, GError **error);

#endif

/* Reports on their way out: to standard output or into files. */
#ifndef CLI_EMIT_H
#define CLI_EMIT_H

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
int
emit_width(const Output *output);
bool
emit_utf8(void);

/* `path` NULL: standard output.  FAULT_OUTPUT. */
bool
emit_text(const char *path, const GString *text, GError **error);

/* What a command has to show, for people and for programs (transfer full). */
typedef struct {
    void (*draw)(const void *what, Page *page);
    json_t *(*json)(const void *what);
} View;

/* To every place and in every format that was asked for. */
bool
emit_view(const Options *options, const View *view, const void *what, GError **error);

#endif

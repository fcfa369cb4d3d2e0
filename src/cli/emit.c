/* Reports on their way out: to standard output or into files, for a terminal
 * or not. */
#include "emit.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/place.h"
#include "progress.h"
#include "render/render.h"
#include "render/tree.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int
terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* What COLUMNS says; 0: nothing that is a number. */
static int
columns_asked(void)
{
    guint64 columns = 0;
    const char *text = getenv("COLUMNS");
    return text && g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &columns, NULL)
               ? (int)columns
               : 0;
}

static bool
wants_color(const Options *options)
{
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
           !(no_color && *no_color);
}

bool
emit_color(const Options *options, const Output *output)
{
    return wants_color(options) && (!output->path || options->color == COLOR_ALWAYS);
}

int
emit_width(const Output *output)
{
    bool terminal = !output->path && isatty(STDOUT_FILENO);
    int width = terminal ? terminal_width() : columns_asked();
    return width > 0 ? CLAMP(width, PAGE_WIDTH_LEAST, PAGE_WIDTH_MOST) : 0;
}

bool
emit_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool
check_file(const char *path, guint mode, GError **error)
{
    g_autofree char *obstacle = fileset_obstacle(path, mode);
    return !obstacle ||
           fault_set(error, FAULT_OUTPUT, "cannot write %s: %s", path, obstacle);
}

bool
emit_check_path(const char *path, GError **error)
{
    return check_file(path, FILE_PRIVATE, error);
}

bool
emit_check_directory(const char *path, GError **error)
{
    g_autofree char *fault = place_fault(path, PLACE_FOLDER);
    if (fault)
        return fault_set(error, FAULT_OUTPUT, "cannot write into %s: %s", path, fault);
    if (!file_make_directory(path, error))
        return false;
    if (access(path, W_OK) != 0)
        return fault_set(error, FAULT_OUTPUT, "cannot write into %s: %s", path,
                         g_strerror(errno));
    return true;
}

bool
emit_check(const Options *options, GError **error)
{
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        const Renderer *renderer = renderer_find(output->format);
        guint mode = renderer && renderer->shared ? FILE_SHARED : FILE_PRIVATE;
        if (output->path && !check_file(output->path, mode, error))
            return false;
    }
    return true;
}

typedef struct {
    FileMake make;
    gpointer data;
} Show;

void
outbox_clear(Outbox *box)
{
    g_clear_pointer(&box->files, fileset_free);
    if (box->shown)
        g_string_free(box->shown, TRUE);
    box->shown = NULL;
    g_clear_pointer(&box->shows, g_array_unref);
}

bool
outbox_put(Outbox *box, const char *path, guint mode, const GString *text, GError **error)
{
    if (!path) {
        if (!box->shown)
            box->shown = g_string_new(NULL);
        g_string_append_len(box->shown, text->str, (gssize)text->len);
        return true;
    }
    if (!box->files)
        box->files = fileset_new();
    return fileset_add(box->files, path, mode, text->str, text->len, error);
}

bool
outbox_make(Outbox *box, const char *path, guint mode, FileMake make, gpointer data,
            GError **error)
{
    if (!path) {
        const Show show = {make, data};
        if (!box->shows)
            box->shows = g_array_new(FALSE, FALSE, sizeof(Show));
        g_array_append_val(box->shows, show);
        return true;
    }
    if (!box->files)
        box->files = fileset_new();
    return fileset_make(box->files, path, mode, make, data, error);
}

static bool
cannot_show(int reason, GError **error)
{
    return fault_set(error, FAULT_OUTPUT, "cannot write to standard output: %s",
                     reason == EBADF ? "it is closed (-o FILE writes to a file)"
                                     : g_strerror(reason));
}

bool
outbox_send(Outbox *box, GError **error)
{
    progress_end();
    if (box->files && !fileset_publish(box->files, error))
        return false;
    if (box->shown &&
        fwrite(box->shown->str, 1, box->shown->len, stdout) != box->shown->len)
        return cannot_show(errno, error);
    if (fflush(stdout) != 0)
        return cannot_show(errno, error);
    for (guint i = 0; box->shows && i < box->shows->len; i++) {
        const Show *show = &g_array_index(box->shows, Show, i);
        int reason = file_make_into(STDOUT_FILENO, show->make, show->data);
        if (reason != 0)
            return cannot_show(reason, error);
    }
    return true;
}

bool
emit_text(const char *path, const GString *text, GError **error)
{
    g_auto(Outbox) box = {0};
    return outbox_put(&box, path, FILE_PRIVATE, text, error) && outbox_send(&box, error);
}

bool
emit_view(const Options *options, const View *view, const void *what, GError **error)
{
    g_auto(Outbox) box = {0};
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL);
        if (strcmp(output->format, "json") == 0) {
            tree_write(text, view->json(what), 0);
            g_string_append_c(text, '\n');
        } else if (strcmp(output->format, "csv") == 0) {
            view->csv(what, text);
        } else if (strcmp(output->format, "html") == 0) {
            view->html(what, text);
        } else {
            Page page = page_of(text, emit_width(output), emit_color(options, output),
                                emit_utf8());
            view->draw(what, &page);
        }
        if (!outbox_put(&box, output->path, FILE_PRIVATE, text, error))
            return false;
    }
    return outbox_send(&box, error);
}

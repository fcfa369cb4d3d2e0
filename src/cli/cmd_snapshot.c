/* kcdaudit snapshot: saves what an audit reads as LDIF. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "emit.h"

#include <stdio.h>
#include <string.h>

/* Entries begin with a line of their own (RFC 2849). */
static guint
count_entries(const char *ldif)
{
    guint count = 0;
    for (const char *at = ldif; at; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        count += g_str_has_prefix(at, "dn:") ? 1 : 0;
    }
    return count;
}

static int
cmd_snapshot(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GString) ldif = g_string_new(NULL);
    const char *path = options->output;

    if (!path) {
        cli_note("snapshot needs a place to write to: -o FILE.ldif, or -o - for "
                 "standard output",
                 NULL);
        return EXIT_USAGE;
    }
    if (strcmp(path, "-") == 0)
        path = NULL;
    if ((path && !emit_check_path(path, &error)) ||
        !session_prepare(options, &session, &error) ||
        !session_collect(session, ldif, &error) || !emit_text(path, ldif, &error))
        return cli_fail(error);

    const Estate *estate = session->estate;
    guint count = count_entries(ldif->str);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path ? path : "standard output");
    if (!options->quiet)
        fprintf(stderr,
                "kcdaudit: %u entr%s of %s in %s; next: kcdaudit audit --ldif %s\n",
                count, count == 1 ? "y" : "ies",
                estate->domain ? estate->domain : "the directory", shown,
                path ? shown : "FILE");
    for (guint i = 0; i < estate->gaps->len; i++) {
        const Gap *gap = estate->gaps->pdata[i];
        g_autofree char *text = g_strdup_printf("not read: %s: %s", gap->what, gap->why);
        g_autofree char *line = text_quoted(QUOTE_TERMINAL, text);
        cli_note(line, NULL);
    }
    return estate->gaps->len > 0 ? EXIT_INCOMPLETE : EXIT_OK;
}

const Command command_snapshot = {
    .name = "snapshot",
    .arguments = "",
    .summary = "save everything that an audit reads, as LDIF, for an audit offline",
    .details = "The file tells who may delegate to whom: it is written for its owner "
               "alone (mode 0600).",
    .statuses =
        {
            [EXIT_OK] = "everything was read and written",
            [EXIT_USAGE] = "usage or configuration is wrong, or FILE cannot be written",
            [EXIT_INCOMPLETE] = "written, but something could not be read",
            [EXIT_NO_AUDIT] = "nothing written: no DC, bind refused, no credentials",
        },
    .options = OPTIONS_LIVE | OPTIONS_SCOPE | OPTIONS_LDIF_OUT | OPTIONS_WORDS,
    .run = cmd_snapshot,
};

/* kcdaudit diagnose: an error's causes, judged for two hosts where they are named. */
#include "cli/cli.h"

#include "base/fault.h"
#include "emit.h"
#include "pair.h"
#include "render/diagnosis_page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 1000

static void
draw(const void *what, Page *page)
{
    diagnosis_draw(what, page);
}

static json_t *
json(const void *what)
{
    return diagnosis_json(what);
}

static const View view = {draw, json, NULL};

/* Standard input up to one byte more than is taken. */
static bool
read_stdin(GString *text, GError **error)
{
    char block[8192];
    while (text->len <= INPUT_LIMIT) {
        gsize got = fread(block, 1, sizeof block, stdin);
        g_string_append_len(text, block, (gssize)got);
        if (got < sizeof block)
            break;
    }
    if (ferror(stdin))
        return fault_set(error, FAULT_CONFIG, "cannot read standard input: %s",
                         g_strerror(errno));
    return true;
}

/* What the words say together; "-" alone is standard input. */
static bool
read_input(const Options *options, Input **ret_input, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (strcmp(options->arguments[0], "-") == 0 && !options->arguments[1]) {
        if (!read_stdin(text, error))
            return false;
    } else {
        g_autofree char *words = g_strjoinv(" ", options->arguments);
        g_string_append(text, words);
    }
    return input_read(text->str, text->len, ret_input, error);
}

/* The audit of the two hosts, and what came of it. */
typedef struct {
    Session *session;
    GPtrArray *tickets;
    GPtrArray *proofs;
    Audit *audit;
    GPtrArray *fixes;
} Work;

static void
work_clear(Work *work)
{
    g_clear_pointer(&work->fixes, g_ptr_array_unref);
    g_clear_pointer(&work->audit, audit_free);
    g_clear_pointer(&work->proofs, g_ptr_array_unref);
    g_clear_pointer(&work->tickets, g_ptr_array_unref);
    g_clear_pointer(&work->session, session_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

static bool
judge(const Options *options, Diagnosis *diagnosis, Work *work, GError **error)
{
    const Ends ends = {options->from, options->to};
    Found found = {NULL, NULL};
    if (!pair_takes_names("diagnose", &ends, error) ||
        !proofs_are_possible(options, error) ||
        !session_prepare(options, &work->session, error) ||
        !pair_collect(work->session, &ends, &found, error) ||
        !audit_new(work->session->estate, work->session->policy, &work->audit, error) ||
        !session_sysvol(work->session, work->audit, error) ||
        !session_tickets(work->session, work->audit, &work->tickets, error) ||
        !session_proofs(work->session, work->audit, &work->proofs, error))
        return false;
    const Pair *pair = audit_pair(work->audit, found.source, found.target);
    g_assert(pair);
    session_ports(work->session, work->audit);
    audit_run(work->audit);
    work->fixes = fix_plan(work->audit);
    diagnosis_judge(diagnosis, work->audit, pair);
    return true;
}

static int
exit_status(const Diagnosis *diagnosis)
{
    if (diagnosis->matches->len == 0)
        return EXIT_USAGE;
    if (diagnosis_count(diagnosis, CAUSE_CONFIRMED) > 0)
        return EXIT_FINDINGS;
    return diagnosis_incomplete(diagnosis) ? EXIT_INCOMPLETE : EXIT_OK;
}

static int
cmd_diagnose(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Errors) errors = NULL;
    g_autoptr(Input) input = NULL;
    g_auto(Work) work = {0};

    if (!emit_check(options, &error) || !errors_load(options->table, &errors, &error) ||
        !read_input(options, &input, &error))
        return cli_fail(error);
    g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
    bool known = diagnosis->matches->len > 0;
    if (known && options->from && !judge(options, diagnosis, &work, &error))
        return cli_fail(error);
    DiagnosisView shown = {diagnosis, work.fixes, options->quiet, options->verbose};
    if (!emit_view(options, &view, &shown, &error))
        return cli_fail(error);
    return exit_status(diagnosis);
}

/* Every code, and its symbol.  The table behind them is read once and kept: they
 * are its words. */
static void
choices(GArray *into)
{
    static Errors *errors = NULL;
    if (!errors && !errors_load(NULL, &errors, NULL))
        return;
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        for (guint c = 0; c < entry->codes->len; c++) {
            const ErrorCode *code = entry->codes->pdata[c];
            g_autofree char *text = error_code_text(code);
            Choice number = {g_intern_string(text),
                             code->name ? code->name : entry->meaning};
            Choice name = {code->name, number.word};
            if (*text != '-') /* libkrb5's own: by name */
                g_array_append_val(into, number);
            if (code->name)
                g_array_append_val(into, name);
        }
    }
}

const Command command_diagnose = {
    .name = "diagnose",
    .arguments = "CODE|EVENT|TEXT...|-",
    .summary = "from an error, an event or a message to its cause",
    .details =
        "CODE as it is shown: 0x8009030E, -2146893042, SEC_E_NO_CREDENTIALS, 21502; or "
        "words of the message; - reads a whole event from standard input.  With --from "
        "and --to, the two hosts are audited and each cause is confirmed, ruled out, or "
        "not visible from here.",
    .statuses =
        {
            [EXIT_OK] = "no cause confirmed (without --from and --to none can be)",
            [EXIT_FINDINGS] = "a cause is confirmed",
            [EXIT_USAGE] = ("the code or text is not in kcdaudit's tables, or usage or "
                            "configuration is wrong"),
            [EXIT_INCOMPLETE] = ("something could not be read, and no cause is confirmed "
                                 "by the rest"),
            [EXIT_NO_AUDIT] = ("the hosts could not be audited: no DC, bind refused, no "
                               "credentials, bad input file"),
        },
    .choices = choices,
    .min_arguments = 1,
    .max_arguments = WORDS_MAX,
    .options = OPTIONS_SOURCE | OPTIONS_CONFIG | OPTIONS_OPERATORS | OPTIONS_DIAGNOSE |
               OPTIONS_BEYOND | OPTIONS_JUDGE | OPTIONS_OUTPUT | OPTIONS_WORDS,
    .run = cmd_diagnose,
};

/* kcdaudit diagnose: an error's causes, judged for two hosts where they are named. */
#include "cli/cli.h"

#include "audit/rules.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"
#include "collect/source.h"
#include "diagnose/paste.h"
#include "emit.h"
#include "pair.h"
#include "render/diagnosis_page.h"
#include "whereto.h"

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

static const View view = {draw, json, NULL, NULL};

/* Standard input up to one byte more than is taken. */
static bool
read_stdin(GString *text, GError **error)
{
    char block[8192];
    while (text->len <= MOST_PASTE_BYTES) {
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

/* The two hosts, where they were named, and who starts the migration. */
typedef struct {
    guint words; /* of the arguments, that are not the hosts */
    const char *from;
    const char *to;
    bool from_taken; /* from the text itself */
    bool to_taken;
    char *operators[2]; /* taken from the text; else NULL */
} Asked;

/* "HV01", "hv01.contoso.com", "CONTOSO\\HV01$": so written as nobody writes a word. */
static bool
looks_like_host(const char *word)
{
    bool special = false, lower = false;
    for (const char *at = word; *at; at++) {
        if (!g_ascii_isalnum(*at) && !strchr(".-_$\\@", *at))
            return false;
        special = special || (!g_ascii_isalpha(*at) && *at != '_');
        lower = lower || g_ascii_islower(*at);
    }
    return *word && g_ascii_isalnum(*word) && (special || !lower);
}

/* A code, an event's number, a symbol, "-", or a text in quotes: whole by itself. */
static bool
is_whole(const char *word)
{
    const char *digits = *word == '-' ? word + 1 : word;
    return strcmp(word, "-") == 0 || strpbrk(word, " \t\n_") ||
           (*digits && strspn(digits, "0123456789abcdefABCDEFxXoO") == strlen(digits) &&
            strpbrk(digits, "0123456789"));
}

/* diagnose CODE SOURCE TARGET.  Where a directory is named, any two words after a code
 * are the hosts.  `names` owns them. */
static void
find_ends(const Options *options, GPtrArray *names, Asked *asked)
{
    char **words = options->arguments;
    bool named = options->domain || options->uris || options->ldif;
    asked->words = g_strv_length(words);
    asked->from = options->from;
    asked->to = options->to;
    if (asked->from || asked->to || asked->words < 2 || asked->words > 4 ||
        !is_whole(words[0]))
        return;
    for (char **word = words + 1; *word; word++)
        pair_split(*word, names);
    if (names->len != 2 || !(named || (looks_like_host(names->pdata[0]) &&
                                       looks_like_host(names->pdata[1]))))
        return;
    asked->words = 1;
    asked->from = names->pdata[0];
    asked->to = names->pdata[1];
}

/* What is no text says nothing. */
static bool
is_text(const GString *text, GError **error)
{
    const char *instead, *is = source_binary(text->str, text->len, &instead);
    return !is || fault_set(error, FAULT_CONFIG,
                            "standard input: this is %s, and no text: %s", is, instead);
}

/* An export goes beside the text, not in its place. */
static bool
is_message(const Input *input, GError **error)
{
    return (!g_str_has_prefix(input->text, "dn:") &&
            !g_str_has_prefix(input->text, "version: 1")) ||
           fault_set(error, FAULT_CONFIG,
                     "this is LDIF: --ldif FILE takes it, beside a code and two hosts; "
                     "see: kcdaudit help diagnose");
}

/* A file's name, with a folder or an ending in it, in the place of what is in the file.
 */
static bool
is_no_file(const char *word, GError **error)
{
    if (!strpbrk(word, "./\\") || !g_file_test(word, G_FILE_TEST_IS_REGULAR))
        return true;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, word);
    return fault_set(error, FAULT_CONFIG,
                     "%s is a file: kcdaudit diagnose - <FILE reads what is in it",
                     shown);
}

/* What the words say together; "-" alone is standard input. */
static bool
read_input(const Options *options, guint count, Input **ret_input, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char **words = options->arguments;
    if (count == 1 && strcmp(words[0], "-") == 0) {
        if (!read_stdin(text, error) || !is_text(text, error))
            return false;
    } else {
        if (count == 1 && !is_no_file(words[0], error))
            return false;
        for (guint i = 0; i < count; i++)
            g_string_append_printf(text, "%s%s", i > 0 ? " " : "", words[i]);
    }
    return input_read(text->str, text->len, ret_input, error);
}

/* Who asks a directory, or gives one of the names, gets the others from the text. */
static void
take_names(const Options *options, const Input *input, Asked *asked)
{
    bool asks = options->domain || options->uris || options_ask_for_hosts(options) ||
                asked->from || asked->to;
    const char *target = input->target       ? input->target
                         : input->hosts->len ? input->hosts->pdata[0]
                                             : NULL;
    if (asks && (asked->from || input->source) && (asked->to || target)) {
        asked->from_taken = !asked->from;
        asked->to_taken = !asked->to;
        asked->from = asked->from ? asked->from : input->source;
        asked->to = asked->to ? asked->to : target;
    }
    if (!options->operators)
        asked->operators[0] = input->operator;
}

/* Evidence in the paste: it takes the place of a directory that nobody named. */
static bool
take_paste(const Options *options, Asked *asked, Input **input, Paste **ret_paste,
           GError **error)
{
    bool directory = options->ldif || options->domain || options->uris;
    if (!paste_take(input, ret_paste, error))
        return false;
    take_names(options, *input, asked);
    if (!asked->from || !directory)
        paste_pair(*ret_paste, *input, asked->from, asked->to);
    return true;
}

/* Options that need two hosts, of which the text may have told. */
static bool
hosts_suffice(const Options *options, const Asked *asked, GError **error)
{
    const char *asking = options_ask_for_hosts(options);
    if ((asked->from == NULL) != (asked->to == NULL))
        return fault_set(error, FAULT_CONFIG, "--from and --to go together");
    if (!asked->from && asking)
        return fault_set(error, FAULT_CONFIG,
                         "%s needs the two hosts: --from SOURCE --to TARGET", asking);
    return true;
}

/* The audit of the two hosts, and what came of it. */
typedef struct {
    Options options; /* as given, with the operator that the text names; borrowed */
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

/* Takes out what does not bear on the pair, so that no fix is about anything else
 * (transfer full). */
static GPtrArray *
set_aside(Audit *audit, const Pair *pair)
{
    GPtrArray *others = g_ptr_array_new();
    for (guint i = audit->findings->len; i > 0; i--)
        if (!finding_concerns(audit, audit->findings->pdata[i - 1], pair))
            g_ptr_array_add(others, g_ptr_array_steal_index(audit->findings, i - 1));
    return others;
}

static int
in_report(gconstpointer a, gconstpointer b)
{
    return finding_compare(*(const Finding *const *)a, *(const Finding *const *)b);
}

static void
put_back(Audit *audit, GPtrArray *others)
{
    for (guint i = 0; i < others->len; i++)
        g_ptr_array_add(audit->findings, others->pdata[i]);
    g_ptr_array_sort(audit->findings, in_report);
    g_ptr_array_unref(others);
}

static bool
judge(Asked *asked, const Paste *paste, Diagnosis *diagnosis, Work *work, GError **error)
{
    const char *pasted = paste_ldif(paste);
    const Ends ends = {pasted ? paste_source(paste) : asked->from,
                       pasted ? paste_target(paste) : asked->to};
    const Options *options = &work->options;
    Found found = {NULL, NULL};
    if (asked->operators[0])
        work->options.operators = asked->operators;
    if (!pair_takes_names("diagnose", &ends, error) ||
        !proofs_are_possible(options, error) ||
        !session_prepare(options, &work->session, error))
        return false;
    g_assert(work->session);
    work->session->pasted = pasted;
    if (!pair_collect(work->session, &ends, &found, error) ||
        !audit_new(work->session->estate, work->session->policy, &work->audit, error) ||
        !session_sysvol(work->session, work->audit, error) ||
        !session_tickets(work->session, work->audit, &work->tickets, error) ||
        !session_proofs(work->session, work->audit, &work->proofs, error))
        return false;
    const Pair *pair = audit_pair(work->audit, found.source, found.target);
    g_assert(pair);
    session_facts(work->session, work->audit);
    session_ports(work->session, work->audit);
    audit_run(work->audit);
    pair = paste_direction(paste, work->audit, pair);
    GPtrArray *others = set_aside(work->audit, pair);
    work->fixes = fix_plan(work->audit);
    put_back(work->audit, others);
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

/* Whether the error leaves what the tables tell: nobody could be asked, or it was only
 * the text that named the hosts, or that showed them. */
static bool
is_explained(const GError *error, const Asked *asked, const Paste *paste)
{
    return !g_error_matches(error, FAULT_ERROR, FAULT_CONFIG) || asked->from_taken ||
           asked->to_taken || paste_ldif(paste);
}

static int
cmd_diagnose(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) unasked = NULL;
    g_autoptr(Errors) errors = NULL;
    g_autoptr(Input) input = NULL;
    g_autoptr(Paste) paste = NULL;
    g_auto(Work) work = {.options = *options};
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Asked asked = {0};

    find_ends(options, names, &asked);
    const Ends ends = {asked.from, asked.to};
    if (!emit_check(options, &error) || !errors_load(options->table, &errors, &error) ||
        (ends.source && ends.target && !pair_takes_names("diagnose", &ends, &error)) ||
        !read_input(options, asked.words, &input, &error) ||
        !take_paste(options, &asked, &input, &paste, &error))
        return cli_fail(error);
    g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
    bool said = diagnosis->matches->len > 0;
    paste_match(paste, diagnosis);
    paste_take_subject(paste, diagnosis);
    if (!paste_ldif(paste) && !hosts_suffice(options, &asked, &error))
        return cli_fail(error);
    if (options->os)
        diagnosis_take_release(diagnosis, options->os);
    else
        diagnosis_raise(diagnosis, input->plain);
    bool known = diagnosis->matches->len > 0;
    if (!said && !is_message(input, &error))
        return cli_fail(error);
    g_autofree char *signin = whereto_explain(input->text, options->domain);
    if (known && (asked.from || paste_ldif(paste)) &&
        !judge(&asked, paste, diagnosis, &work, &unasked) &&
        !is_explained(unasked, &asked, paste))
        return cli_fail(unasked);
    paste_settle(paste, diagnosis);
    DiagnosisView shown = {
        .diagnosis = diagnosis,
        .fixes = work.fixes,
        .quiet = options->quiet,
        .verbose = options->verbose,
        .source_taken = asked.from_taken || (!asked.from && input->source),
        .target_taken = asked.to_taken || (!asked.to && input->target),
        .operator_taken = !options->operators && input->operator,
        .unasked = unasked ? unasked->message : NULL,
        .signin = signin,
    };
    if (!emit_view(options, &view, &shown, &error))
        return cli_fail(error);
    if (!unasked)
        return signin && !known ? EXIT_OK : exit_status(diagnosis);
    int status = cli_fail(unasked);
    return status == EXIT_USAGE ? EXIT_INCOMPLETE : status;
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
    .arguments = "CODE|EVENT|TEXT...|- [SOURCE TARGET]",
    .summary = "from an error, an event or a message to its cause",
    .details =
        "CODE as it is shown: 0x8009030E, -2146893042, SEC_E_NO_CREDENTIALS, 21502; or "
        "words of the message; - reads a whole event, or what Windows tools printed, "
        "from "
        "standard input.  With two hosts (after a code, or --from and --to) these are "
        "audited, and each cause is confirmed, not visible from here, or ruled out for "
        "what was looked at.  Where a directory is named, hosts and operator in the text "
        "stand in for those that are not given.",
    .statuses =
        {
            [EXIT_OK] =
                ("no cause is confirmed (without two hosts, only what is pasted of "
                 "tools can confirm one)"),
            [EXIT_FINDINGS] = "a cause is confirmed",
            [EXIT_USAGE] = ("the code or text is not in kcdaudit's tables, or usage or "
                            "configuration is wrong"),
            [EXIT_INCOMPLETE] = ("something could not be read, and no cause is confirmed "
                                 "by the rest; a host that the text names was not found"),
            [EXIT_NO_AUDIT] = ("the hosts could not be audited: no DC, bind refused, no "
                               "credentials, bad input file; what the tables tell was "
                               "written before"),
        },
    .choices = choices,
    .min_arguments = 1,
    .max_arguments = WORDS_MAX,
    .options = OPTIONS_SOURCE | OPTIONS_CONFIG | OPTIONS_OPERATORS | OPTIONS_DIAGNOSE |
               OPTIONS_BEYOND | OPTIONS_FACTS | OPTIONS_JUDGE | OPTIONS_OUTPUT |
               OPTIONS_WORDS,
    .run = cmd_diagnose,
};

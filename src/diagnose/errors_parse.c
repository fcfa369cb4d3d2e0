/* The *.table files: records of `key: value` lines, strictly.
 *
 * Longer than most: one grammar, whose keys share the parser and its refusals. */
#include "errors_parts.h"

#include "audit/rules.h"
#include "base/embed.h"
#include "base/fault.h"
#include "base/fields.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "diagnose/release.h"

#include <string.h>

#define SUFFIX ".table"

static void
code_free(gpointer data)
{
    ErrorCode *code = data;
    g_free(code->name);
    g_free(code);
}

static void
citation_free(gpointer data)
{
    Citation *citation = data;
    g_free(citation->id);
    g_free(citation->line);
    g_free(citation->title);
    g_free(citation->page);
    g_free(citation);
}

static void
phrase_free(gpointer data)
{
    Phrase *phrase = data;
    g_strfreev(phrase->parts);
    g_free(phrase);
}

static void
entry_free(gpointer data)
{
    ErrorEntry *entry = data;
    g_free(entry->id);
    g_free(entry->meaning);
    g_free(entry->about);
    g_ptr_array_unref(entry->codes);
    g_ptr_array_unref(entry->phrases);
    g_ptr_array_unref(entry->causes);
    g_ptr_array_unref(entry->sources);
    g_ptr_array_unref(entry->words);
    g_ptr_array_unref(entry->solved);
    g_ptr_array_unref(entry->over);
    g_free(entry);
}

static void
cause_free(gpointer data)
{
    Cause *cause = data;
    g_free(cause->id);
    g_free(cause->title);
    g_free(cause->look);
    g_free(cause->fix);
    g_ptr_array_unref(cause->checks);
    g_ptr_array_unref(cause->facts);
    g_ptr_array_unref(cause->see);
    g_ptr_array_unref(cause->run);
    g_ptr_array_unref(cause->raised_on);
    g_ptr_array_unref(cause->sources);
    g_clear_pointer(&cause->of_service, cause_free);
    g_free(cause);
}

bool
parser_refuse(const Parser *parser, guint line, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
    return fault_set(error, FAULT_CONFIG, "%s:%u: %s", parser->file, line, shown);
}

bool
parser_is_id(const char *text)
{
    return *text && strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(text);
}

GStrv
parser_split(const char *text)
{
    GStrv parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part; part++)
        g_strstrip(*part);
    return parts;
}

bool
parser_take_text(const Parser *parser, char **field, const char *key, const char *value,
                 GError **error)
{
    if (*field)
        return parser_refuse(parser, parser->line, error, "a second %s", key);
    *field = g_strdup(value);
    return true;
}

static bool
take_sources(Parser *parser, GPtrArray *sources, const char *value, GError **error)
{
    g_auto(GStrv) parts = parser_split(value);
    for (char **part = parts; *part; part++) {
        char *colon = strchr(*part, ':');
        Citation *citation = g_new0(Citation, 1);
        citation->id = colon ? g_strndup(*part, (gsize)(colon - *part)) : g_strdup(*part);
        citation->line = colon ? g_strdup(colon + 1) : NULL;
        g_ptr_array_add(sources, citation);
        if (!parser_is_id(citation->id) ||
            (colon &&
             (!colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))))
            return parser_refuse(parser, parser->line, error,
                                 "%s is no source, as in S1:119", *part);
        g_ptr_array_add(parser->cited, citation);
        g_array_append_val(parser->cited_line, parser->line);
        g_ptr_array_add(parser->cited_file, (gpointer)parser->file);
    }
    return true;
}

/* "DEL-01", or "NET-01:6600" with the port meant. */
static bool
take_check(const Parser *parser, CauseCheck *check, char *text, GError **error)
{
    char *colon = strchr(text, ':');
    guint64 port = 0;
    if (colon)
        *colon = '\0';
    if (!rule_parse(text, &check->rule))
        return parser_refuse(parser, parser->line, error, "there is no rule %s", text);
    if (rules[check->rule].concerns == 0)
        return parser_refuse(parser, parser->line, error, "%s says nothing of two hosts",
                             text);
    if (colon && (!g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL) ||
                  (rules[check->rule].needs & (NEEDS_NET | NEEDS_FACTS)) == 0))
        return parser_refuse(parser, parser->line, error,
                             "%s:%s is no port of a NET rule", text, colon + 1);
    check->port = (guint16)port;
    return true;
}

static bool
take_checks(const Parser *parser, GPtrArray *checks, CheckPower power, const char *value,
            GError **error)
{
    g_auto(GStrv) parts = parser_split(value);
    for (char **part = parts; *part; part++) {
        CauseCheck *check = g_new0(CauseCheck, 1);
        check->power = power;
        g_ptr_array_add(checks, check);
        if (!take_check(parser, check, *part, error))
            return false;
    }
    return true;
}

static bool
take_decides(Parser *parser, const char *value, GError **error)
{
    return take_checks(parser, parser->cause->checks, CHECK_DECIDES, value, error);
}

static bool
take_confirms(Parser *parser, const char *value, GError **error)
{
    return take_checks(parser, parser->cause->checks, CHECK_CONFIRMS, value, error);
}

static bool
take_suspects(Parser *parser, const char *value, GError **error)
{
    return take_checks(parser, parser->cause->checks, CHECK_SUSPECTS, value, error);
}

static bool
take_facts(Parser *parser, const char *value, GError **error)
{
    return take_checks(parser, parser->cause->facts, CHECK_DECIDES, value, error);
}

static bool
take_facts_confirm(Parser *parser, const char *value, GError **error)
{
    return take_checks(parser, parser->cause->facts, CHECK_CONFIRMS, value, error);
}

static bool
take_title(Parser *parser, const char *value, GError **error)
{
    return parser_take_text(
        parser, parser->cause ? &parser->cause->title : &parser->source->title, "title",
        value, error);
}

static bool
take_page(Parser *parser, const char *value, GError **error)
{
    return parser_take_text(parser, &parser->source->page, "page", value, error);
}

static bool
take_look(Parser *parser, const char *value, GError **error)
{
    return parser_take_text(parser, &parser->cause->look, "look", value, error);
}

static bool
take_fix(Parser *parser, const char *value, GError **error)
{
    return parser_take_text(parser, &parser->cause->fix, "fix", value, error);
}

static bool
take_see(Parser *parser, const char *value, GError **error)
{
    (void)error;
    g_ptr_array_add(parser->cause->see, g_strdup(value));
    return true;
}

static bool
take_run(Parser *parser, const char *value, GError **error)
{
    (void)error;
    g_ptr_array_add(parser->cause->run, g_strdup(value));
    return true;
}

static bool
take_raised_on(Parser *parser, const char *value, GError **error)
{
    g_auto(GStrv) parts = parser_split(value);
    for (char **part = parts; *part; part++) {
        const char *release = release_parse(*part);
        if (!release)
            return parser_refuse(parser, parser->line, error,
                                 "%s is no release of Windows", *part);
        g_ptr_array_add(parser->cause->raised_on, (gpointer)release);
    }
    return true;
}

static bool
take_hosts_only(Parser *parser, const char *value, GError **error)
{
    if (strcmp(value, "yes") != 0)
        return parser_refuse(parser, parser->line, error, "hosts_only takes yes");
    parser->cause->hosts_only = true;
    return true;
}

static bool
take_source(Parser *parser, const char *value, GError **error)
{
    return take_sources(parser,
                        parser->entry ? parser->entry->sources : parser->cause->sources,
                        value, error);
}

/* Every key but those of entries alone, and the records it may stand in. */
enum { IN_ENTRY = 1, IN_CAUSE = 2, IN_SOURCE = 4 };

static const struct {
    const char *name;
    guint records;
    ParserTake take;
} keys[] = {
    {"source", IN_ENTRY | IN_CAUSE, take_source},
    {"title", IN_CAUSE | IN_SOURCE, take_title},
    {"check", IN_CAUSE, take_decides},
    {"confirm", IN_CAUSE, take_confirms},
    {"suspect", IN_CAUSE, take_suspects},
    {"facts", IN_CAUSE, take_facts},
    {"facts_confirm", IN_CAUSE, take_facts_confirm},
    {"look", IN_CAUSE, take_look},
    {"see", IN_CAUSE, take_see},
    {"fix", IN_CAUSE, take_fix},
    {"run", IN_CAUSE, take_run},
    {"raised_on", IN_CAUSE, take_raised_on},
    {"hosts_only", IN_CAUSE, take_hosts_only},
    {"page", IN_SOURCE, take_page},
};

/* What a record still lacks when it ends; NULL: nothing. */

static const char *
cause_lacks(const Cause *cause)
{
    if (!cause->title)
        return "title";
    if (!cause->look && cause->checks->len == 0)
        return "check or look";
    if (!cause->fix)
        return "fix";
    if (cause->of_service && !cause->of_service->title)
        return "service_title";
    if (cause->of_service && (!cause->of_service->look || !cause->of_service->fix))
        return "service_look or service_fix";
    return cause->sources->len == 0 ? "source" : NULL;
}

static bool
close_record(Parser *parser, GError **error)
{
    const char *lacks = NULL;
    if (parser->entry)
        lacks = errors_entry_lacks(parser, parser->entry);
    else if (parser->cause)
        lacks = cause_lacks(parser->cause);
    else if (parser->source && !parser->source->title)
        lacks = "title";
    parser->entry = NULL;
    parser->cause = NULL;
    parser->source = NULL;
    return !lacks || parser_refuse(parser, parser->record_line, error,
                                   "the record that starts here has no %s", lacks);
}

static bool
is_known_source(const Errors *errors, const char *id)
{
    for (guint i = 0; i < errors->sources->len; i++)
        if (strcmp(((const Citation *)errors->sources->pdata[i])->id, id) == 0)
            return true;
    return false;
}

static Cause *
cause_new(const char *id)
{
    Cause *cause = g_new0(Cause, 1);
    cause->id = g_strdup(id);
    cause->checks = g_ptr_array_new_with_free_func(g_free);
    cause->facts = g_ptr_array_new_with_free_func(g_free);
    cause->see = g_ptr_array_new_with_free_func(g_free);
    cause->run = g_ptr_array_new_with_free_func(g_free);
    cause->raised_on = g_ptr_array_new();
    cause->sources = g_ptr_array_new_with_free_func(citation_free);
    return cause;
}

static bool
open_record(Parser *parser, const char *key, const char *id, GError **error)
{
    Errors *errors = parser->errors;
    if (!close_record(parser, error))
        return false;
    if (!parser_is_id(id))
        return parser_refuse(parser, parser->line, error,
                             "%s takes an id of letters, digits and -", key);
    parser->record_line = parser->line;
    if (strcmp(key, "entry") == 0 && !errors_entry(errors, id)) {
        ErrorEntry *entry = parser->entry = g_new0(ErrorEntry, 1);
        entry->id = g_strdup(id);
        entry->kind = ERROR_KINDS;
        entry->codes = g_ptr_array_new_with_free_func(code_free);
        entry->phrases = g_ptr_array_new_with_free_func(phrase_free);
        entry->causes = g_ptr_array_new_with_free_func(g_free);
        entry->sources = g_ptr_array_new_with_free_func(citation_free);
        entry->words = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
        entry->solved = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
        entry->over = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(errors->entries, entry);
    } else if (strcmp(key, "cause") == 0 && !errors_cause(errors, id)) {
        parser->cause = cause_new(id);
        g_ptr_array_add(errors->causes, parser->cause);
    } else if (strcmp(key, "source") == 0 && !is_known_source(errors, id)) {
        parser->source = g_new0(Citation, 1);
        parser->source->id = g_strdup(id);
        g_ptr_array_add(errors->sources, parser->source);
    } else {
        return parser_refuse(parser, parser->line, error, "a second %s %s", key, id);
    }
    return true;
}

/* `source` starts a record only where none is open that takes it: after a
 * blank line. */
static bool
starts_record(const Parser *parser, const char *key)
{
    bool open = parser->entry || parser->cause;
    return strcmp(key, "entry") == 0 || strcmp(key, "cause") == 0 ||
           (strcmp(key, "source") == 0 && !open);
}

/* "service_title" and its kin: the same of what the cause is for a service. */
static bool
take_of_service(Parser *parser, const char *key, const char *value, GError **error)
{
    static const char *const may[] = {"title", "look", "see", "fix", "run"};
    Cause *cause = parser->cause;
    if (!cause->of_service) {
        cause->of_service = cause_new(cause->id);
        g_ptr_array_unref(cause->of_service->sources);
        cause->of_service->sources = g_ptr_array_ref(cause->sources);
    }
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        bool named = strcmp(keys[i].name, key) == 0;
        for (guint m = 0; named && m < G_N_ELEMENTS(may); m++) {
            if (strcmp(may[m], key) != 0)
                continue;
            parser->cause = cause->of_service;
            bool taken = keys[i].take(parser, value, error);
            parser->cause = cause;
            return taken;
        }
    }
    return parser_refuse(parser, parser->line, error, "service_%s does not belong here",
                         key);
}

static bool
take_field(Parser *parser, const Fields *fields, GError **error)
{
    const char *key = fields->key, *value = g_strdelimit(fields->value, "\n", ' ');
    if (!key)
        return parser_refuse(parser, parser->line, error, "a line is KEY: VALUE, not %s",
                             value);
    guint record = parser->entry    ? IN_ENTRY
                   : parser->cause  ? IN_CAUSE
                   : parser->source ? IN_SOURCE
                                    : 0;
    if (!*value)
        return parser_refuse(parser, parser->line, error, "%s has no value", key);
    if (starts_record(parser, key))
        return open_record(parser, key, value, error);
    ParserTake take = record == IN_ENTRY ? errors_entry_key(key) : NULL;
    if (take)
        return take(parser, value, error);
    if (record == IN_CAUSE && g_str_has_prefix(key, "service_"))
        return take_of_service(parser, key + strlen("service_"), value, error);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].name, key) == 0 && (keys[i].records & record))
            return keys[i].take(parser, value, error);
    return parser_refuse(parser, parser->line, error, "%s does not belong here", key);
}

static bool
parse_file(Parser *parser, const char *file, const char *text, GError **error)
{
    g_ptr_array_add(parser->files, g_strdup(file));
    parser->file = parser->files->pdata[parser->files->len - 1];
    if (!g_utf8_validate(text, -1, NULL))
        return parser_refuse(parser, 1, error, "this is not UTF-8");
    g_auto(Fields) fields = fields_of(text);
    while (fields_next(&fields)) {
        parser->line = fields.line;
        if ((fields.parted && !close_record(parser, error)) ||
            !take_field(parser, &fields, error))
            return false;
    }
    return close_record(parser, error);
}

/* Names across files. */
static bool
resolve(Parser *parser, GError **error)
{
    for (guint i = 0; i < parser->cited->len; i++) {
        const Citation *citation = parser->cited->pdata[i];
        parser->file = parser->cited_file->pdata[i];
        if (!is_known_source(parser->errors, citation->id))
            return parser_refuse(parser, g_array_index(parser->cited_line, guint, i),
                                 error, "there is no source %s", citation->id);
    }
    for (guint i = 0; i < parser->overs->len; i++) {
        const Over *over = &g_array_index(parser->overs, Over, i);
        parser->file = over->file;
        if (!errors_entry(parser->errors, over->entry))
            return parser_refuse(parser, over->line, error, "there is no entry %s",
                                 over->entry);
    }
    for (guint i = 0; i < parser->pending->len; i++) {
        const Pending *pending = &g_array_index(parser->pending, Pending, i);
        const Cause *cause = errors_cause(parser->errors, pending->cause);
        parser->file = pending->file;
        if (!cause)
            return parser_refuse(parser, pending->line, error, "there is no cause %s",
                                 pending->cause);
        for (guint c = 0; c < pending->entry->causes->len; c++)
            if (((const CauseRef *)pending->entry->causes->pdata[c])->cause == cause)
                return parser_refuse(parser, pending->line, error, "%s stands here twice",
                                     pending->cause);
        CauseRef *ref = g_new0(CauseRef, 1);
        ref->cause = cause;
        ref->likelihood = pending->likelihood;
        g_ptr_array_add(pending->entry->causes, ref);
    }
    return true;
}

static gint
by_likelihood(gconstpointer a, gconstpointer b)
{
    const CauseRef *const *left = a, *const *right = b;
    return (int)(*left)->likelihood - (int)(*right)->likelihood;
}

static void
pending_clear(gpointer data)
{
    g_free(((Pending *)data)->cause);
}

static void
parser_clear(Parser *parser)
{
    errors_free(parser->errors);
    g_array_unref(parser->pending);
    g_array_unref(parser->cited_line);
    g_array_unref(parser->overs);
    g_ptr_array_unref(parser->cited);
    g_ptr_array_unref(parser->cited_file);
    g_ptr_array_unref(parser->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parser, parser_clear)

static Parser
parser_new(void)
{
    Errors *errors = g_new0(Errors, 1);
    errors->entries = g_ptr_array_new_with_free_func(entry_free);
    errors->causes = g_ptr_array_new_with_free_func(cause_free);
    errors->sources = g_ptr_array_new_with_free_func(citation_free);
    GArray *pending = g_array_new(FALSE, FALSE, sizeof(Pending));
    g_array_set_clear_func(pending, pending_clear);
    return (Parser){
        .errors = errors,
        .pending = pending,
        .cited = g_ptr_array_new(),
        .cited_line = g_array_new(FALSE, FALSE, sizeof(guint)),
        .cited_file = g_ptr_array_new(),
        .files = g_ptr_array_new_with_free_func(g_free),
        .overs = g_array_new(FALSE, FALSE, sizeof(Over)),
    };
}

/* All that the table says of the entry, as plain as what is compared with it. */
static char *
describe(const ErrorEntry *entry)
{
    g_autoptr(GString) about = g_string_new(NULL);
    for (guint i = 0; i < entry->phrases->len; i++) {
        g_autofree char *phrase =
            g_strjoinv(" ", ((const Phrase *)entry->phrases->pdata[i])->parts);
        g_string_append_printf(about, " %s", phrase);
    }
    for (guint i = 0; i < entry->codes->len; i++) {
        const ErrorCode *code = entry->codes->pdata[i];
        g_string_append_printf(about, " %s", code->name ? code->name : "");
    }
    g_string_append_printf(about, " %s", entry->meaning);
    return errors_plain(about->str);
}

static bool
finish(Parser *parser, Errors **ret_errors, GError **error)
{
    if (!resolve(parser, error))
        return false;
    for (guint i = 0; i < parser->errors->entries->len; i++) {
        ErrorEntry *entry = parser->errors->entries->pdata[i];
        g_ptr_array_sort(entry->causes, by_likelihood);
        entry->about = describe(entry);
    }
    *ret_errors = g_steal_pointer(&parser->errors);
    return true;
}

static bool
parse_directory(Parser *parser, const char *directory, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) local = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &local);
    if (!dir)
        return fault_set(error, FAULT_CONFIG, "--table: %s", local->message);
    for (const char *name; (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, SUFFIX))
            g_ptr_array_add(names, g_strdup(name));
    if (names->len == 0)
        return fault_set(error, FAULT_CONFIG, "--table: no *" SUFFIX " in %s", directory);
    g_ptr_array_sort(names, text_order);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);
        g_autofree char *text = NULL;
        if (!file_read(path, MOST_TABLE_BYTES, FAULT_CONFIG, &text, NULL, error) ||
            !parse_file(parser, path, text, error))
            return false;
    }
    return true;
}

bool
errors_load(const char *directory, Errors **ret_errors, GError **error)
{
    g_auto(Parser) parser = parser_new();
    if (directory && !parse_directory(&parser, directory, error))
        return false;
    /* Workloads are no errors (audit/workloads.h). */
    for (const Embedded *file = embedded_files; !directory && file->name; file++)
        if (g_str_has_suffix(file->name, SUFFIX) &&
            !g_str_has_prefix(file->name, "workload-") &&
            !parse_file(&parser, file->name, file->text, error))
            return false;
    return finish(&parser, ret_errors, error);
}

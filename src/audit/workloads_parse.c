/* The workload-*.table files: records of `key: value` lines, strictly.
 *
 * A statement ends with its sources in brackets: "Kerberos only suffices. [W6, INFER]".
 */
#include "audit/workloads.h"

#include "base/fault.h"
#include "base/fields.h"
#include "base/text.h"

#include <string.h>

/* A source that a statement cites, to be found once all files are read. */
typedef struct {
    WorkloadNote *note;
    char *id;
    const char *file;
    guint line;
} Cited;

typedef struct {
    Workloads *workloads;
    GArray *cited; /* of Cited */
    const char *file;
    guint line;
    Workload *workload; /* the record being read; one of them */
    WorkloadSource *source;
    guint record_line;
    bool way_given, transition_given;
} Parser;

static void
note_clear(WorkloadNote *note)
{
    g_free(note->text);
    g_ptr_array_unref(note->sources);
}

static void
note_free(gpointer data)
{
    note_clear(data);
    g_free(data);
}

static void
form_free(gpointer data)
{
    WorkloadForm *form = data;
    note_clear(&form->form);
    g_free(form);
}

static void
workload_free(gpointer data)
{
    Workload *workload = data;
    g_free(workload->id);
    g_free(workload->title);
    g_free(workload->port);
    g_free(workload->hint);
    g_ptr_array_unref(workload->about);
    g_ptr_array_unref(workload->from);
    g_ptr_array_unref(workload->why);
    g_ptr_array_unref(workload->slips);
    g_ptr_array_unref(workload->forms);
    g_free(workload);
}

static void
source_free(gpointer data)
{
    WorkloadSource *source = data;
    g_free(source->id);
    g_free(source->title);
    g_free(source->page);
    g_free(source);
}

void
workloads_free(Workloads *workloads)
{
    if (!workloads)
        return;
    g_ptr_array_unref(workloads->all);
    g_ptr_array_unref(workloads->sources);
    g_free(workloads);
}

static bool
refuse(const Parser *parser, guint line, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static bool
refuse(const Parser *parser, guint line, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
    return fault_set(error, FAULT_CONFIG, "%s:%u: %s", parser->file, line, shown);
}

static bool
is_id(const char *text)
{
    return g_regex_match_simple("^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", text, 0, 0);
}

static bool
take_text(const Parser *parser, char **field, const char *key, const char *value,
          GError **error)
{
    if (*field)
        return refuse(parser, parser->line, error, "a second %s", key);
    *field = g_strdup(value);
    return true;
}

static bool
take_citations(Parser *parser, WorkloadNote *note, const char *ids, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(ids, ",", -1);
    for (char **part = parts; *part; part++) {
        if (!is_id(g_strstrip(*part)))
            return refuse(parser, parser->line, error, "[%s] is no list of sources", ids);
        Cited cited = {note, g_strdup(*part), parser->file, parser->line};
        g_array_append_val(parser->cited, cited);
    }
    return true;
}

/* Splits off the sources; what continues on further lines is one text. */
static bool
take_note(Parser *parser, WorkloadNote *note, const char *value, GError **error)
{
    g_autofree char *text = g_strdelimit(g_strdup(value), "\n", ' ');
    gsize length = strlen(text);
    char *bracket = strrchr(text, '[');
    note->sources = g_ptr_array_new();
    note->text = NULL;
    if (length > 0 && text[length - 1] == ']' && bracket) {
        text[length - 1] = '\0';
        *bracket = '\0';
        if (!take_citations(parser, note, bracket + 1, error))
            return false;
    }
    note->text = g_strdup(g_strstrip(text));
    return *note->text ||
           refuse(parser, parser->line, error, "a statement without words");
}

static bool
add_note(Parser *parser, GPtrArray *notes, const char *value, GError **error)
{
    WorkloadNote *note = g_new0(WorkloadNote, 1);
    g_ptr_array_add(notes, note);
    return take_note(parser, note, value, error);
}

static bool
take_about(Parser *parser, const char *value, GError **error)
{
    return add_note(parser, parser->workload->about, value, error);
}

static bool
take_from(Parser *parser, const char *value, GError **error)
{
    return add_note(parser, parser->workload->from, value, error);
}

static bool
take_why(Parser *parser, const char *value, GError **error)
{
    return add_note(parser, parser->workload->why, value, error);
}

static bool
take_slip(Parser *parser, const char *value, GError **error)
{
    return add_note(parser, parser->workload->slips, value, error);
}

static bool
add_form(Parser *parser, bool needed, const char *value, GError **error)
{
    WorkloadForm *form = g_new0(WorkloadForm, 1);
    g_ptr_array_add(parser->workload->forms, form);
    form->needed = needed;
    if (!take_note(parser, &form->form, value, error))
        return false;
    return g_regex_match_simple("^[A-Za-z][A-Za-z0-9. -]*/(FQDN|NAME)(:PORT)?$",
                                form->form.text, 0, 0) ||
           refuse(parser, parser->line, error,
                  "%s is no form, as in MSSQLSvc/FQDN:PORT or cifs/NAME",
                  form->form.text);
}

static bool
take_need(Parser *parser, const char *value, GError **error)
{
    return add_form(parser, true, value, error);
}

static bool
take_allow(Parser *parser, const char *value, GError **error)
{
    return add_form(parser, false, value, error);
}

/* The place of a word; -1 where it is none of them. */
static int
word_of(const char *const *words, guint count, const char *value)
{
    for (guint i = 0; i < count; i++)
        if (strcmp(words[i], value) == 0)
            return (int)i;
    return -1;
}

static bool
take_way(Parser *parser, const char *value, GError **error)
{
    int way = word_of(workload_way_names, G_N_ELEMENTS(workload_way_names), value);
    if (way < 0)
        return refuse(parser, parser->line, error, "way is either, kcd or rbcd, not %s",
                      value);
    if (parser->way_given)
        return refuse(parser, parser->line, error, "a second way");
    parser->way_given = true;
    parser->workload->way = (GroupMode)way;
    return true;
}

static bool
take_transition(Parser *parser, const char *value, GError **error)
{
    int transition = word_of(workload_transition_names, TRANSITION_COUNT, value);
    if (transition < 0)
        return refuse(parser, parser->line, error,
                      "transition is needed, depends or excess, not %s", value);
    if (parser->transition_given)
        return refuse(parser, parser->line, error, "a second transition");
    parser->transition_given = true;
    parser->workload->transition = (WorkloadTransition)transition;
    return true;
}

static bool
take_port(Parser *parser, const char *value, GError **error)
{
    guint64 port = 0;
    if (!g_ascii_string_to_unsigned(value, 10, 1, 65535, &port, NULL))
        return refuse(parser, parser->line, error, "%s is no port", value);
    return take_text(parser, &parser->workload->port, "port", value, error);
}

static bool
take_hint(Parser *parser, const char *value, GError **error)
{
    for (guint i = 0; i < parser->workloads->all->len; i++) {
        const Workload *other = parser->workloads->all->pdata[i];
        if (other->hint && text_equal(other->hint, value))
            return refuse(parser, parser->line, error, "%s is the hint of %s already",
                          value, other->id);
    }
    return take_text(parser, &parser->workload->hint, "hint", value, error);
}

static bool
take_title(Parser *parser, const char *value, GError **error)
{
    return take_text(parser,
                     parser->workload ? &parser->workload->title : &parser->source->title,
                     "title", value, error);
}

static bool
take_page(Parser *parser, const char *value, GError **error)
{
    return take_text(parser, &parser->source->page, "page", value, error);
}

/* Every key, and the records it may stand in. */
enum { IN_WORKLOAD = 1, IN_SOURCE = 2 };

static const struct {
    const char *name;
    guint records;
    bool (*take)(Parser *parser, const char *value, GError **error);
} keys[] = {
    {"title", IN_WORKLOAD | IN_SOURCE, take_title},
    {"about", IN_WORKLOAD, take_about},
    {"from", IN_WORKLOAD, take_from},
    {"need", IN_WORKLOAD, take_need},
    {"allow", IN_WORKLOAD, take_allow},
    {"port", IN_WORKLOAD, take_port},
    {"way", IN_WORKLOAD, take_way},
    {"transition", IN_WORKLOAD, take_transition},
    {"why", IN_WORKLOAD, take_why},
    {"slip", IN_WORKLOAD, take_slip},
    {"hint", IN_WORKLOAD, take_hint},
    {"page", IN_SOURCE, take_page},
};

static bool
has_port(const Workload *workload)
{
    for (guint i = 0; i < workload->forms->len; i++)
        if (g_str_has_suffix(((const WorkloadForm *)workload->forms->pdata[i])->form.text,
                             ":PORT"))
            return true;
    return false;
}

/* What the record still lacks when it ends; NULL: nothing. */
static const char *
record_lacks(const Parser *parser)
{
    const Workload *workload = parser->workload;
    if (parser->source)
        return parser->source->title ? NULL : "title";
    if (!workload)
        return NULL;
    return !workload->title                        ? "title"
           : workload->about->len == 0             ? "about"
           : workload->from->len == 0              ? "from"
           : workload->forms->len == 0             ? "need or allow"
           : !parser->way_given                    ? "way"
           : !parser->transition_given             ? "transition"
           : workload->why->len == 0               ? "why"
           : has_port(workload) && !workload->port ? "port"
                                                   : NULL;
}

static bool
close_record(Parser *parser, GError **error)
{
    const char *lacks = record_lacks(parser);
    parser->workload = NULL;
    parser->source = NULL;
    return !lacks || refuse(parser, parser->record_line, error,
                            "the record that starts here has no %s", lacks);
}

static const WorkloadSource *
source_of(const Workloads *workloads, const char *id)
{
    for (guint i = 0; i < workloads->sources->len; i++)
        if (strcmp(((const WorkloadSource *)workloads->sources->pdata[i])->id, id) == 0)
            return workloads->sources->pdata[i];
    return NULL;
}

static Workload *
workload_new(const char *id)
{
    Workload *workload = g_new0(Workload, 1);
    workload->id = g_strdup(id);
    workload->about = g_ptr_array_new_with_free_func(note_free);
    workload->from = g_ptr_array_new_with_free_func(note_free);
    workload->why = g_ptr_array_new_with_free_func(note_free);
    workload->slips = g_ptr_array_new_with_free_func(note_free);
    workload->forms = g_ptr_array_new_with_free_func(form_free);
    return workload;
}

static bool
open_record(Parser *parser, const char *key, const char *id, GError **error)
{
    Workloads *workloads = parser->workloads;
    if (!close_record(parser, error))
        return false;
    if (!is_id(id))
        return refuse(parser, parser->line, error,
                      "%s takes an id of letters, digits and -", key);
    parser->record_line = parser->line;
    parser->way_given = parser->transition_given = false;
    if (strcmp(key, "workload") == 0 && !workload_find(workloads, id)) {
        parser->workload = workload_new(id);
        g_ptr_array_add(workloads->all, parser->workload);
    } else if (strcmp(key, "source") == 0 && !source_of(workloads, id)) {
        parser->source = g_new0(WorkloadSource, 1);
        parser->source->id = g_strdup(id);
        g_ptr_array_add(workloads->sources, parser->source);
    } else {
        return refuse(parser, parser->line, error, "a second %s %s", key, id);
    }
    return true;
}

static bool
take_field(Parser *parser, const Fields *fields, GError **error)
{
    const char *key = fields->key, *value = fields->value;
    if (!key || !*value)
        return refuse(parser, parser->line, error, "not key: value");
    if (strcmp(key, "workload") == 0 || strcmp(key, "source") == 0)
        return open_record(parser, key, value, error);
    guint record = parser->workload ? IN_WORKLOAD : parser->source ? IN_SOURCE : 0;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].name, key) == 0 && (keys[i].records & record) != 0)
            return keys[i].take(parser, value, error);
    return refuse(parser, parser->line, error, "unknown key %s here", key);
}

static bool
parse_file(Parser *parser, const char *file, const char *text, GError **error)
{
    g_auto(Fields) fields = fields_of(text);
    parser->file = file;
    while (fields_next(&fields)) {
        parser->line = fields.line;
        if (!take_field(parser, &fields, error))
            return false;
    }
    return close_record(parser, error);
}

static bool
resolve(Parser *parser, GError **error)
{
    for (guint i = 0; i < parser->cited->len; i++) {
        const Cited *cited = &g_array_index(parser->cited, Cited, i);
        const WorkloadSource *source = source_of(parser->workloads, cited->id);
        parser->file = cited->file;
        if (!source)
            return refuse(parser, cited->line, error, "there is no source %s", cited->id);
        g_ptr_array_add(cited->note->sources, (gpointer)source);
    }
    return true;
}

static int
by_id(gconstpointer a, gconstpointer b)
{
    const Workload *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

static void
cited_clear(gpointer data)
{
    g_free(((Cited *)data)->id);
}

bool
workloads_parse(const char *const *files, const char *const *texts,
                Workloads **ret_workloads, GError **error)
{
    g_autoptr(Workloads) workloads = g_new0(Workloads, 1);
    g_autoptr(GArray) cited = g_array_new(FALSE, FALSE, sizeof(Cited));
    g_array_set_clear_func(cited, cited_clear);
    workloads->all = g_ptr_array_new_with_free_func(workload_free);
    workloads->sources = g_ptr_array_new_with_free_func(source_free);
    Parser parser = {.workloads = workloads, .cited = cited};
    for (guint i = 0; files[i]; i++)
        if (!parse_file(&parser, files[i], texts[i], error))
            return false;
    if (!resolve(&parser, error))
        return false;
    g_ptr_array_sort(workloads->all, by_id);
    *ret_workloads = g_steal_pointer(&workloads);
    return true;
}

/* Numbers what is said of pairs, with the names of the two taken out. */
#include "lacks.h"

#include "base/hash.h"
#include "base/text.h"
#include "formats.h"
#include "line.h"
#include "render/explain.h"
#include "render/tree.h"

#include <string.h>

struct Lacks {
    GPtrArray *texts;    /* of char *: one line of JSON each */
    GHashTable *numbers; /* text -> its place, + 1 */
    GHashTable *known;   /* what a text is made of -> the same */
};

Lacks *
lacks_new(void)
{
    Lacks *lacks = g_new0(Lacks, 1);
    lacks->texts = g_ptr_array_new_with_free_func(g_free);
    lacks->numbers = g_hash_table_new(hash_text, g_str_equal);
    lacks->known = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    return lacks;
}

void
lacks_free(Lacks *lacks)
{
    if (!lacks)
        return;
    g_hash_table_unref(lacks->numbers);
    g_hash_table_unref(lacks->known);
    g_ptr_array_unref(lacks->texts);
    g_free(lacks);
}

static bool
is_of_name(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || (c & 0x80) != 0;
}

/* How long the name is that stands there as a word; 0: it does not. */
static gsize
name_length(const char *text, const char *at, const char *name)
{
    if (*at != *name || (at > text && is_of_name(at[-1])))
        return 0;
    gsize length = strlen(name);
    return strncmp(at, name, length) == 0 && !is_of_name(at[length]) ? length : 0;
}

static void
add_without_names(GString *out, const char *text, const Pair *pair)
{
    const char *source = pair->source->name, *target = pair->target->name;
    const char first[] = {*source ? *source : *target, *target, '\0'};
    for (const char *at = text; *at;) {
        gsize plain = *first ? strcspn(at, first) : strlen(at);
        g_string_append_len(out, at, (gssize)plain);
        at += plain;
        gsize length = name_length(text, at, source);
        bool is_source = length > 0;
        if (!is_source)
            length = name_length(text, at, target);
        if (length > 0)
            g_string_append(out, is_source ? "{source}" : "{target}");
        else if (*at)
            g_string_append_c(out, *at++);
        at += length;
    }
}

static void
take_names_out(json_t *strings, const Pair *pair)
{
    for (size_t i = 0; i < json_array_size(strings); i++) {
        g_autoptr(GString) shared = g_string_new(NULL);
        add_without_names(shared, json_string_value(json_array_get(strings, i)), pair);
        json_array_set_new(strings, i, tree_string(shared->str));
    }
}

static void
add_number(GString *made_of, guint number)
{
    g_string_append_c(made_of, ' ');
    line_number(made_of, number);
}

/* Of a text that is kept once its place is enough: '@' to 'O' for half a byte. */
static void
add_place(GString *made_of, gconstpointer text)
{
    char place[2 * sizeof(gsize) + 1] = " ";
    gsize left = (gsize)text;
    for (gsize i = 1; i < sizeof place; i++, left >>= 4)
        place[i] = (char)('@' + (left & 15));
    g_string_append_len(made_of, place, sizeof place);
}

/* With its length before it: no text runs into the next. */
static void
add_text(GString *made_of, const char *text)
{
    add_number(made_of, (guint)strlen(text));
    g_string_append_c(made_of, ':');
    g_string_append(made_of, text);
}

/* `told`: reasons that stand there already; NULL: none. */
static void
add_service(GString *made_of, const ServiceVerdict *service, const char *name,
            const Pair *pair, const List *told)
{
    g_autoptr(GString) shared = g_string_new(NULL);
    add_text(made_of, name);
    add_number(made_of, service->verdict);
    add_number(made_of, service->by);
    add_number(made_of, service->missing->len);
    add_number(made_of, service->reasons->len);
    for (guint i = 0; i < service->missing->len; i++)
        add_place(made_of, service->missing->pdata[i]);
    if (service->reasons == told)
        g_string_append(made_of, " =");
    for (guint i = 0; service->reasons != told && i < service->reasons->len; i++) {
        g_string_truncate(shared, 0);
        add_without_names(shared, service->reasons->pdata[i], pair);
        add_text(made_of, shared->str);
    }
}

/* All that render_services shows, without the trees: most pairs are like one before
 * (transfer full). */
static char *
made_of(const Pair *pair)
{
    GString *made_of = g_string_sized_new(256);
    const List *told = NULL;
    for (guint i = 0; i < SERVICE_COUNT; i++)
        if (pair->services[i].needed) {
            g_autofree char *name = explain_service_name(pair, (int)i);
            add_service(made_of, &pair->services[i], name, pair, told);
            told = pair->services[i].reasons;
        }
    if (pair->winrm)
        add_service(made_of, pair->winrm, "winrm", pair, NULL);
    return g_string_free(made_of, FALSE);
}

/* (transfer full) */
static char *
line_of(const Pair *pair)
{
    json_t *services = render_services(pair), *object = json_object();
    GString *text = g_string_new(NULL);
    for (void *at = json_object_iter(services); at;
         at = json_object_iter_next(services, at))
        take_names_out(json_object_get(json_object_iter_value(at), "reasons"), pair);
    tree_put(object, "services", services);
    tree_write_line(text, object);
    return g_string_free(text, FALSE);
}

guint
lacks_number(Lacks *lacks, const Pair *pair)
{
    g_autofree char *known = made_of(pair);
    gpointer place = g_hash_table_lookup(lacks->known, known);
    if (place)
        return GPOINTER_TO_UINT(place) - 1;
    g_autofree char *text = line_of(pair);
    place = g_hash_table_lookup(lacks->numbers, text);
    if (!place) {
        g_ptr_array_add(lacks->texts, text);
        place = GUINT_TO_POINTER(lacks->texts->len);
        g_hash_table_insert(lacks->numbers, g_steal_pointer(&text), place);
    }
    g_hash_table_insert(lacks->known, g_steal_pointer(&known), place);
    return GPOINTER_TO_UINT(place) - 1;
}

void
lacks_write(const Lacks *lacks, const Report *report, GString *out)
{
    g_string_append(out, ",\n  \"lacks\": [");
    for (guint i = 0; i < lacks->texts->len; i++) {
        g_string_append_printf(out, "%s\n    %s", i > 0 ? "," : "",
                               (const char *)lacks->texts->pdata[i]);
        report_flow(report, out);
    }
    g_string_append(out, lacks->texts->len > 0 ? "\n  ]" : "]");
}

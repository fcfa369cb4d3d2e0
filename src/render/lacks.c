/* Numbers what is said of pairs, with the names of the two taken out. */
#include "lacks.h"

#include "base/text.h"
#include "formats.h"
#include "render/tree.h"

#include <string.h>

struct Lacks {
    GPtrArray *texts;    /* of char *: one line of JSON each */
    GHashTable *numbers; /* text -> its place, + 1 */
};

Lacks *
lacks_new(void)
{
    Lacks *lacks = g_new0(Lacks, 1);
    lacks->texts = g_ptr_array_new_with_free_func(g_free);
    lacks->numbers = g_hash_table_new(g_str_hash, g_str_equal);
    return lacks;
}

void
lacks_free(Lacks *lacks)
{
    if (!lacks)
        return;
    g_hash_table_unref(lacks->numbers);
    g_ptr_array_unref(lacks->texts);
    g_free(lacks);
}

static bool
is_of_name(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || (c & 0x80) != 0;
}

/* Whether the name stands there as a word. */
static bool
names(const char *text, const char *at, const char *name)
{
    gsize length = strlen(name);
    return length > 0 && strncmp(at, name, length) == 0 &&
           (at == text || !is_of_name(at[-1])) && !is_of_name(at[length]);
}

/* (transfer full) */
static char *
without_names(const char *text, const Pair *pair)
{
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at;) {
        bool source = names(text, at, pair->source->name);
        if (!source && !names(text, at, pair->target->name)) {
            g_string_append_c(out, *at++);
            continue;
        }
        g_string_append(out, source ? "{source}" : "{target}");
        at += strlen(source ? pair->source->name : pair->target->name);
    }
    return g_string_free(out, FALSE);
}

static void
take_names_out(json_t *strings, const Pair *pair)
{
    for (size_t i = 0; i < json_array_size(strings); i++) {
        const char *text = json_string_value(json_array_get(strings, i));
        g_autofree char *shared = without_names(text, pair);
        json_array_set_new(strings, i, tree_string(shared));
    }
}

guint
lacks_number(Lacks *lacks, const Pair *pair)
{
    json_t *services = render_services(pair), *object = json_object();
    GString *text = g_string_new(NULL);
    for (void *at = json_object_iter(services); at;
         at = json_object_iter_next(services, at))
        take_names_out(json_object_get(json_object_iter_value(at), "reasons"), pair);
    tree_put(object, "services", services);
    tree_write_line(text, object);
    gpointer place = g_hash_table_lookup(lacks->numbers, text->str);
    if (place) {
        g_string_free(text, TRUE);
        return GPOINTER_TO_UINT(place) - 1;
    }
    char *kept = g_string_free(text, FALSE);
    g_ptr_array_add(lacks->texts, kept);
    g_hash_table_insert(lacks->numbers, kept, GUINT_TO_POINTER(lacks->texts->len));
    return lacks->texts->len - 1;
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
